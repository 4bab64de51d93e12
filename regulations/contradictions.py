"""What a merged rulebook must not say: values that each are well formed but deny each other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from regulations.book import Rulebook
from regulations.names import NAMES
from regulations.phrase_contradictions import phrase_contradictions
from regulations.schema import SPECS
from regulations.values import Duration, Unit

_HOURS = {
    Unit.MINUTE: Decimal(1) / 60,
    Unit.HOUR: Decimal(1),
    Unit.CALENDAR_DAY: Decimal(24),
    Unit.WEEK: Decimal(168),
}

NOT_LONGER_THAN = (
    ("complaint.forward_within", "complaint.final_feedback_within"),
    ("complaint.first_feedback_within", "complaint.final_feedback_within"),
    ("leave.special_notice", "leave.ordinary_notice"),
    ("promotion.review_within", "promotion.report_within"),
)
"""Pairs of durations of which the first must not be longer, where their units can be compared."""


def contradictions(book: Rulebook) -> list[tuple[str, str, str]]:
    """Every contradiction as (key, origin of the value to mend, reason)."""
    found = [*_durations(book), *_calendar(book), *_survey(book), *_fees(book), *_kinds(book)]
    return [*found, *_critical(book), *phrase_contradictions(book)]


def longer(one: Duration, two: Duration) -> bool | None:
    """Whether `one` is longer than `two`; None when their units cannot be compared."""
    if one.unit == two.unit:
        return one.value > two.value
    if one.unit in _HOURS and two.unit in _HOURS:
        return one.value * _HOURS[one.unit] > two.value * _HOURS[two.unit]
    return None


def _blame(book: Rulebook, *keys: str) -> tuple[str, str]:
    """The key to name and the file to mend: the last of the keys that is not simply inherited."""
    stated = [k for k in keys if not book.parameter(k).inherited]
    key = stated[-1] if stated else keys[0]
    return key, book.parameter(key).origin


def _durations(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    for short, long in NOT_LONGER_THAN:
        one, two = book.duration(short), book.duration(long)
        if one is not None and two is not None and longer(one, two):
            yield (
                *_blame(book, short, long),
                f"{short} ({one.text('en')}) is longer than {long} ({two.text('en')})",
            )


def _calendar(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    both = set(book.dates("calendar.holidays") or ()) & set(book.dates("calendar.makeup_workdays") or ())
    for day in sorted(both):
        reason = f"{day} is both a holiday and a make-up working day"
        yield (*_blame(book, "calendar.holidays", "calendar.makeup_workdays"), reason)


def _survey(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    grades, values = book.items("survey.grades"), book.numbers("survey.grade_values")
    if grades is not None and values is not None and len(grades) != len(values):
        reason = f"{len(values)} grade values for {len(grades)} grades"
        yield (*_blame(book, "survey.grades", "survey.grade_values"), reason)


def _fees(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    printed, delivered = book.integer("fee.notice_print"), book.integer("fee.deliver")
    if printed is not None and delivered is not None and printed > delivered:
        reason = "fee notices cannot be delivered before they are printed"
        yield (*_blame(book, "fee.notice_print", "fee.deliver"), reason)


def _kinds(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    known = {*NAMES["callback_kind"], *(c.code for c in book.callback_categories())}
    for key in (spec.key for spec in SPECS.values() if spec.section == "callback"):
        for kind in book.kinds_of(key):
            if kind not in known:
                reason = f"there is no callback category {kind}; known are {', '.join(sorted(known))}"
                yield key, book.parameter(key, kind).origin, reason


def _critical(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    key = "qa.critical_categories"
    known = {*NAMES["finding_category"], *(p.category for p in book.banned_phrases())}
    for category in book.items(key) or ():
        if category not in known:
            yield key, book.parameter(key).origin, f"there is no category {category!r} of banned phrases"
