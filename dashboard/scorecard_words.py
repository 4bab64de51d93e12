"""Scorecards in the words of the department: their fields, and what each says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from dashboard.formats import NOTHING, fmt_count
from dashboard.i18n import N_, _, lang, listed, name
from db.models import Scorecard as Row
from quality.scorecards import CATEGORIES, NA, Criterion, Level, OnlyIf, Problem, Scorecard

FIELDS: dict[str, str] = {
    "zh": N_("Chinese name"),
    "en": N_("English name"),
    "code": N_("Code"),
    "weight": N_("Weight"),
    "kind": N_("Scored"),
    "levels": N_("Answers"),
    "auto_fail": N_("Fails the whole contact"),
    "categories": N_("Answered from findings"),
    "channels": N_("Channels"),
    "directions": N_("Directions"),
    "kinds": N_("Kinds of contact"),
    "only_if": N_("Only where"),
    "guide_zh": N_("How to answer (Chinese)"),
    "guide_en": N_("How to answer (English)"),
    "clauses": N_("Clauses"),
    "source": N_("Clauses"),
    "status": N_("Status"),
    "pass_score": N_("Pass mark"),
    "criteria": N_("Items"),
    "order": N_("Order of the items"),
}
_NAMED = {"kind": "criterion_kind", "status": "parameter_status"}
_LISTS = {
    "channels": "channel",
    "directions": "direction",
    "kinds": "contact_kind",
    "categories": "finding_category",
}


def field_name(field: str) -> str:
    """What a field of a card is called."""
    return _(FIELDS[field]) if field in FIELDS else field


def level_words(level: Level) -> str:
    """An answer with what it earns: "一般 60 %"."""
    return f"{level.title(lang())} {fmt_count(round(level.share * 100, 1))} %"


def answer_words(criterion: Criterion, answer: str) -> str:
    """What was answered to an item."""
    if answer == NA:
        return _("Does not apply")
    known = {level.code: level.title(lang()) for level in criterion.levels}
    return known.get(answer, answer or NOTHING)


def scope_words(one: Criterion | Scorecard) -> str:
    """The contacts an item or a card applies to; "" for all."""
    parts = [
        listed(name(kind, code) for code in codes)
        for kind, codes in (
            ("channel", one.channels),
            ("direction", one.directions),
            ("contact_kind", one.kinds),
        )
        if codes
    ]
    return " · ".join(parts)


def condition_words(card: Scorecard, condition: OnlyIf | None) -> str:
    """When a conditional item counts; "" for one without a condition."""
    if condition is None:
        return ""
    other = next((c for c in card.criteria if c.code == condition.criterion), None)
    if other is None:
        return condition.criterion
    answers = [answer_words(other, answer) for answer in condition.answers]
    return _("{item}: {answers}", item=other.title(lang()), answers=" / ".join(answers))


def value_words(card: Scorecard, field: str, value: Any) -> str:
    """One field of a card or an item, before or after a change."""
    if value is None or value in ((), ""):
        return NOTHING
    if field in _NAMED:
        return name(_NAMED[field], str(value))
    if field in _LISTS:
        return listed(name(_LISTS[field], code) for code in value)
    if field == "levels":
        return " · ".join(level_words(level) for level in value)
    if field == "only_if":
        return condition_words(card, value)
    if field == "order":
        titles = {c.code: c.title(lang()) for c in card.criteria}
        return " → ".join(titles.get(code, code) for code in value)
    if field == "clauses":
        return ", ".join(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return fmt_count(value)
    return str(value)


def state_of(row: Row, rows: list[Row], on: date) -> str:
    """Where a version stands on a day: draft, announced, in_force, replaced or retired."""
    if row.state == "draft" or row.valid_from is None:
        return "draft"
    if row.valid_from > on:
        return "announced"
    if row.retired_from is not None and row.retired_from <= on:
        return "retired"
    begun = [
        other.valid_from
        for other in rows
        if other.code == row.code and other.valid_from is not None and other.valid_from <= on
    ]
    return "in_force" if row.valid_from == max(begun) else "replaced"


def since_words(row: Row) -> str:
    """From when a version applies; a shipped one applies from the beginning."""
    if row.valid_from is None:
        return NOTHING
    if row.valid_from.year < 2000:
        return _("from the beginning")
    return _("from {day}", day=row.valid_from.isoformat())


def row_name(row: Row) -> str:
    """The card's name; in Chinese where it has no English one."""
    return row.name_en if lang() == "en" and row.name_en else row.name_zh


def problem_words(problem: Problem, titles: dict[str, str]) -> str:
    """What is wrong with a card: item, field and reason."""
    said = problem.text(lang())
    field = field_name(problem.field)
    if problem.item:
        return _(
            "{item} · {field}: {reason}",
            item=titles.get(problem.item, problem.item),
            field=field,
            reason=said,
        )
    return _("{field}: {reason}", field=field, reason=said)


def categories() -> list[str]:
    """The categories that an item can be answered from: wording said or left out, not what is only measured."""
    measured = {
        *("rings", "dead_air", "agent_hangup", "flow", "interruption", "talk_share", "non_talk"),
        *("speaking_rate", "loudness"),
    }
    return sorted(CATEGORIES - measured, key=lambda c: name("finding_category", c))
