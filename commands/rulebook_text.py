"""Values of a rulebook in one line for people, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from commands.phrase_text import changed_fields, in_one_line
from regulations.names import name_of
from regulations.parameter import Difference, Parameter
from regulations.values import (
    CallbackCategory,
    Duration,
    FlowCue,
    PenaltyRule,
    PhraseRule,
    PhraseTrigger,
    Schedule,
    ShiftDefinition,
    Tier,
    TimeWindow,
)
from regulations.verdict import Lang


def value_text(p: Parameter, lang: Lang) -> str:
    """The value in one line for people."""
    if p.state == "off":
        return "off" if lang == "en" else "不适用"
    if isinstance(p.value, Duration):
        return p.value.text(lang)
    if isinstance(p.value, bool):
        return ("yes" if p.value else "no") if lang == "en" else ("是" if p.value else "否")
    if p.type in ("role", "roles"):
        roles = [p.value] if p.type == "role" else p.value
        return ", ".join(name_of("role", role, lang) for role in roles)
    shown = _short(p.value, lang)
    return f"{shown} {p.unit}" if p.unit and p.type != "list" else shown


def _short(value: Any, lang: Lang) -> str:
    """A value or a record without what the other columns say."""
    match value:
        case Duration():
            return value.text(lang)
        case Tier():
            edge = "" if value.upto is None else f"{'≤' if value.inclusive else '<'} {value.upto:f} "
            return f"{edge or '> '}{name_of('role', value.role, lang)}"
        case TimeWindow() | ShiftDefinition():
            end = "24:00" if value.end == time(0) else f"{value.end:%H:%M}"
            name = f"{value.code} " if isinstance(value, ShiftDefinition) else ""
            return f"{name}{value.start:%H:%M}-{end}"
        case PhraseRule() | PhraseTrigger() | FlowCue():
            return in_one_line(value, lang)
        case CallbackCategory():
            after = value.offset.text(lang) if value.offset else "-"
            return f"{value.start_event} + {after}, {value.target:f} %"
        case PenaltyRule():
            amount = "" if value.amount is None else f"{value.amount:f}"
            title = value.title_en if lang == "en" else value.title
            return f"{title} {value.subject} {value.kind} {amount}".strip()
        case Schedule():
            return f"{value.title_en if lang == 'en' else value.title} {value.every}"
        case Decimal():
            return f"{value:f}"
        case Mapping():
            return " ".join(_short(v, lang) for v in value.values())
        case tuple():
            return ", ".join(_short(v, lang) for v in value)
        case _:
            return str(value)


def difference_rows(found: Iterable[Difference], lang: Lang) -> Iterable[dict[str, str]]:
    """A row for each difference; of a phrase, trigger or cue that both have, one for each field that changed."""
    for d in found:
        stated = d.after or d.before
        clauses = " ".join(stated.clauses) if stated else ""
        one, two = (p.value if p else None for p in (d.before, d.after))
        if isinstance(one, PhraseRule | PhraseTrigger | FlowCue) and isinstance(two, type(one)):
            for label, before, after in changed_fields(one, two, lang):
                yield {"key": f"{d.key} {label}", "before": before, "after": after, "clauses": clauses}
            if _origin_of(d.before) == _origin_of(d.after):
                continue
            yield {
                "key": d.key,
                "before": _origin_of(d.before),
                "after": _origin_of(d.after),
                "clauses": clauses,
            }
            continue
        yield {
            "key": d.key,
            "before": value_text(d.before, lang) if d.before else "-",
            "after": value_text(d.after, lang) if d.after else "-",
            "clauses": clauses,
        }


def _origin_of(p: Parameter | None) -> str:
    return f"{' '.join(p.clauses)} {p.status}".strip() if p else "-"
