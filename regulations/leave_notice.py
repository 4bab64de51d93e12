"""When leave must be asked for: a day before, hours before, or at least before the shift.

Clauses: A1.24, A2.52, A4.17, E3.15, E4.4 (notice), A2.55 and E3.18 (an emergency is told before the shift). Whatever
comes too late may still be approved by the level that decides on exceptions; without that it is no leave but what
`leave.unfiled_class` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from regulations.leave_days import DayPart
from regulations.leave_facts import SICKNESS, LeaveRequestFacts
from regulations.leave_levels import exception_titles
from regulations.names import name_of
from regulations.ruling import Violation
from regulations.values import Unit
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_UNFILED = "leave.unfiled_class"
_ORDINARY, _SPECIAL, BASIS = "leave.ordinary_notice", "leave.special_notice", "leave.notice_basis"
HOLIDAY_NOTICE = "leave.holiday_notice"
EMERGENCY = "leave.emergency_exempt"
_DAY = timedelta(days=1)
_HOURS = {Unit.MINUTE: timedelta(minutes=1), Unit.HOUR: timedelta(hours=1), Unit.CALENDAR_DAY: _DAY}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the rules of notice say: against it, for the level of exceptions, and why."""

    violations: tuple[Violation, ...]
    steps: tuple[Step, ...]
    needs_exception: bool


def is_urgent_sickness(facts: LeaveRequestFacts) -> bool:
    """Whether it is treated at once: the type says so, or a sick leave is marked so (A2.55)."""
    return facts.type == "emergency" or (facts.type == "sick" and facts.is_emergency)


def told_at_of(facts: LeaveRequestFacts) -> datetime:
    """When it was known: sickness also counts from the telephone call (A2.55)."""
    if facts.type in SICKNESS and facts.told_at is not None:
        return whole_seconds(min(facts.filed_at, facts.told_at))
    return whole_seconds(facts.filed_at)


def notice_of_work(
    facts: LeaveRequestFacts, affected: list[DayPart], calendar: WorkCalendar, book: Rulebook
) -> Notice:
    """How long before work a request of its type is made: days, hours, or just before the shift."""
    first = min(affected, key=lambda part: part.starts_at)
    if facts.type == "personal" and not facts.is_emergency:
        limit = book.duration(_ORDINARY)
        if limit is not None:
            if book.choice(BASIS) == "hours_before_shift":
                return hours_before(facts, first, _ORDINARY, calendar, book)
            return days_before(facts, first.on, _ORDINARY, calendar, book)
    elif facts.type in ("special", "personal") and book.duration(_SPECIAL) is not None:
        return hours_before(facts, first, _SPECIAL, calendar, book)
    return _before_the_shift(facts, first, calendar, book)


def days_before(
    facts: LeaveRequestFacts, on: date, key: str, calendar: WorkCalendar, book: Rulebook
) -> Notice:
    """Notice in days: by the end of the N-th local date before `on`."""
    limit = book.duration(key)
    assert limit is not None
    told = told_at_of(facts)
    latest = on - int(limit.value) * _DAY
    by = calendar.end_of_day(latest)
    in_time = calendar.day_of(told) <= latest
    holiday = key == HOLIDAY_NOTICE
    what = ("节假日请假", "Leave on a public holiday") if holiday else _what(facts)
    return _answer(
        facts, told, in_time, calendar, book, key, "holiday_late" if holiday else "late_notice",
        f"{what[0]}须提前 {limit.text('zh')}，即 {day_text(latest, 'zh')} 当日结束前提出",
        f"{what[1]} is asked for {limit.text('en')} ahead, that is by the end of {day_text(latest, 'en')}",
        by,
    )  # fmt: skip


def hours_before(
    facts: LeaveRequestFacts, first: DayPart, key: str, calendar: WorkCalendar, book: Rulebook
) -> Notice:
    """Notice in hours before work begins; exactly as many are enough."""
    limit = book.duration(key)
    assert limit is not None
    told = told_at_of(facts)
    latest = whole_seconds(first.starts_at) - _HOURS[limit.unit] * float(limit.value)
    what = _what(facts, special=key == _SPECIAL)
    begins, by = (instant_text(at, calendar.timezone) for at in (first.starts_at, latest))
    return _answer(
        facts, told, told <= latest, calendar, book, key, "late_notice",
        f"{what[0]}须在上班（{begins}）前 {limit.text('zh')}提出，即不晚于 {by}",
        f"{what[1]} is asked for {limit.text('en')} before work begins ({begins}), that is by {by}",
        latest,
    )  # fmt: skip


def _before_the_shift(
    facts: LeaveRequestFacts, first: DayPart, calendar: WorkCalendar, book: Rulebook
) -> Notice:
    told = told_at_of(facts)
    urgent = is_urgent_sickness(facts)
    own = urgent and not book.is_off(EMERGENCY) and not book.parameter(EMERGENCY).inherited
    key = EMERGENCY if own else _UNFILED
    what = _what(facts)
    begins = instant_text(first.starts_at, calendar.timezone)
    how = (
        ("班前来电或提出", "told or asked for before the shift")
        if urgent
        else ("班前提出", "asked for before the shift")
    )
    return _answer(
        facts, told, told < whole_seconds(first.starts_at), calendar, book, key, "not_before_shift",
        f"{what[0]}须{how[0]}（上班时间 {begins}）",
        f"{what[1]} is {how[1]} (work begins {begins})",
        whole_seconds(first.starts_at),
    )  # fmt: skip


def _answer(
    facts: LeaveRequestFacts,
    told: datetime,
    in_time: bool,
    calendar: WorkCalendar,
    book: Rulebook,
    key: str,
    code: str,
    zh: str,
    en: str,
    by: datetime,
) -> Notice:
    """In time: one step. Too late: the violation, and what becomes of it."""
    clause = book.clause(key)
    at = instant_text(told, calendar.timezone)
    said = (
        ("来电", "told")
        if facts.told_at is not None and told < whole_seconds(facts.filed_at)
        else ("提出", "asked")
    )
    if in_time:
        return Notice(
            (), (Step(f"{zh}；{said[0]}于 {at}，在时限内", f"{en}; {said[1]} {at}: in time", clause),), False
        )
    title = exception_titles(book)
    unfiled = book.choice(_UNFILED)
    class_ = {"absence": ("旷工", "absence without leave"), "violation": ("违纪", "a disciplinary offence")}
    otherwise = class_.get(unfiled or "", ("未请假", "leave not asked for"))
    violation = Violation(
        code,
        clause,
        f"{zh}；实际{said[0]}于 {at}，已迟。须经{title[0]}例外批准，否则按{otherwise[0]}处理。",
        f"{en}; {said[1]} only {at}. It needs {title[1]}'s approval by exception, else it counts as {otherwise[1]}.",
    )
    steps = (
        Step(f"{zh}；{said[0]}于 {at}，已迟", f"{en}; {said[1]} {at}: too late", clause),
        Step(
            f"未按时提出的，须经{title[0]}例外批准后有效，否则按{otherwise[0]}处理",
            f"What is filed too late holds only with {title[1]}'s approval, else it counts as {otherwise[1]}",
            book.clause(_UNFILED),
        ),
    )
    return Notice((violation,), steps, True)


def _what(facts: LeaveRequestFacts, special: bool = False) -> tuple[str, str]:
    if facts.type == "personal" and not special:
        return "一般事假", "Ordinary personal leave"
    if special:
        return "特殊事假", "Special personal leave"
    if is_urgent_sickness(facts):
        return "急诊", "Emergency leave"
    return name_of("leave_type", facts.type), f"{name_of('leave_type', facts.type, 'en')} leave"
