"""The values of a rulebook in one line for people, in both languages: what pages and commands show of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from regulations.code_words import code_words, column_words
from regulations.names import name_of
from regulations.values import (
    CallbackCategory,
    Duration,
    PenaltyRule,
    Schedule,
    ShiftDefinition,
    TimeWindow,
)
from regulations.verdict import Lang
from regulations.wording import money_text, number_text

RECORDS = (CallbackCategory, PenaltyRule, Schedule, ShiftDefinition)
"""The records that this module words; phrases, triggers and cues have their own."""


def record_words(
    value: CallbackCategory | PenaltyRule | Schedule | ShiftDefinition, key: str, lang: Lang
) -> str:
    """A record of the collection `key` without its clauses, which stand beside it."""
    match value:
        case CallbackCategory():
            event = code_words(key, value.start_event, lang)
            after = value.offset.text(lang) if value.offset else ""
            within = (
                (f"within {after} of {event}" if lang == "en" else f"{event}后 {after}内") if after else event
            )
            goal = f"target {value.target:f} %" if lang == "en" else f"目标 {value.target:f} %"
            return f"{name_of('callback_kind', value.code, lang)}: {within}, {goal}"
        case PenaltyRule():
            title = value.title_en if lang == "en" else value.title
            amount = _amount(value, lang)
            parts = [code_words(key, value.subject, lang), code_words(key, value.kind, lang), amount]
            return f"{title or value.trigger}: {' '.join(p for p in parts if p)}"
        case Schedule():
            return _schedule(value, key, lang)
        case ShiftDefinition():
            hours = f"{value.start:%H:%M}–{_end(value.end)}"
            breaks = ", ".join(f"{b.start:%H:%M}–{_end(b.end)}" for b in value.breaks)
            pause = (f" (break {breaks})" if lang == "en" else f"（休息 {breaks}）") if breaks else ""
            return f"{name_of('shift_code', value.code, lang)} {hours}{pause}"
    raise TypeError(type(value))


def row_words(row: Mapping[str, Any], key: str, lang: Lang) -> str:
    """A row of a table: a row with a title by it, another cell by cell. Codes stand beside their titles."""
    title = row.get("en") if lang == "en" and row.get("en") else row.get("title")
    if title:
        rest = [c for c in row if c not in ("code", "title", "en") and row[c] not in (None, False)]
        more = [_cell(column, row[column], key, lang) for column in rest]
        return f"{title} ({', '.join(more)})" if more else str(title)
    cells = [_cell(column, value, key, lang) for column, value in row.items() if value is not None]
    return ", ".join(cells)


def _cell(column: str, value: Any, key: str, lang: Lang) -> str:
    said = plain_words(value, key, lang)
    if value is True:
        return column_words(column, lang)
    return f"{column_words(column, lang)} {said}"


def plain_words(value: Any, key: str, lang: Lang) -> str:
    """A cell or an element of a list."""
    match value:
        case bool():
            return ("yes" if value else "no") if lang == "en" else ("是" if value else "否")
        case Duration():
            return value.text(lang)
        case Decimal():
            return number_text(value)
        case TimeWindow():
            return f"{value.start:%H:%M}–{_end(value.end)}"
        case time():
            return f"{value:%H:%M}"
        case str():
            return code_words(key, value, lang)
        case Mapping():
            return row_words(value, key, lang)
        case tuple() | list():
            return " · ".join(plain_words(one, key, lang) for one in value)
        case _:
            return str(value)


def _amount(rule: PenaltyRule, lang: Lang) -> str:
    if rule.amount is None:
        return ""
    if rule.kind.endswith("money"):
        return money_text(rule.amount, lang)
    return number_text(rule.amount) if lang == "en" else f"{number_text(rule.amount)} 分"


def _schedule(one: Schedule, key: str, lang: Lang) -> str:
    parts = [code_words(key, one.every, lang)]
    if one.weekday:
        parts.append(name_of("weekday", one.weekday, lang))
    if one.day:
        parts.append(f"day {one.day}" if lang == "en" else f"{one.day} 日")
    if one.at:
        parts.append(f"{one.at:%H:%M}" + (f"–{one.until:%H:%M}" if one.until else ""))
    if one.rule:
        parts.append(one.rule)
    return f"{one.title_en if lang == 'en' else one.title}: {', '.join(parts)}"


def _end(value: time) -> str:
    return "24:00" if value == time(0) else f"{value:%H:%M}"
