"""When leave must be asked for: a day before, hours before, or at least before the shift.

Clauses: A1.24, A2.52, A4.17, E3.15, E4.4 (notice), A2.55 and E3.18 (an emergency is told before the shift). Who falls ill on
duty tells it by the time he leaves (decision 9). Whatever comes too late may still be approved by the level that decides on exceptions; without that it is no leave but what
`leave.unfiled_class` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.leave_days import DayPart
from regulations.leave_facts import SICKNESS, LeaveRequestFacts
from regulations.leave_levels import exception_titles
from regulations.leave_limits import is_by_the_clock, latest_for
from regulations.names import name_of
from regulations.ruling import Violation
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_UNFILED = "leave.unfiled_class"
_ORDINARY, _SPECIAL, BASIS = "leave.ordinary_notice", "leave.special_notice", "leave.notice_basis"
HOLIDAY_NOTICE = "leave.holiday_notice"
EMERGENCY = "leave.emergency_exempt"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the rules of notice say: against it, for the level of exceptions and under which clauses, and why."""

    violations: tuple[Violation, ...]
    steps: tuple[Step, ...]
    needs_exception: bool
    exceptions: tuple[str, ...] = ()


def is_urgent_sickness(facts: LeaveRequestFacts) -> bool:
    """Whether it is treated at once: the type says so, or a sick leave is marked so (A2.55)."""
    return facts.type == "emergency" or (facts.type == "sick" and facts.is_emergency)


def told_at_of(facts: LeaveRequestFacts) -> datetime:
    """When it was known: sickness also counts from the telephone call (A2.55)."""
    if facts.type in SICKNESS and facts.told_at is not None:
        return whole_seconds(min(facts.filed_at, facts.told_at))
    return whole_seconds(facts.filed_at)


def falls_ill_on_duty(facts: LeaveRequestFacts, part: DayPart) -> bool:
    """Whether sick leave begins within a shift that has begun: nobody can tell before the shift what happens in it."""
    return facts.type in SICKNESS and whole_seconds(part.starts_at) < _begins(facts) < part.ends_at


def _begins(facts: LeaveRequestFacts) -> datetime:
    """Where what is asked for begins; of leave that amends another one, what was not granted before."""
    begins = whole_seconds(facts.starts_at)
    if facts.granted is not None and facts.granted[0] <= begins < facts.granted[1]:
        return whole_seconds(facts.granted[1])
    return begins


def notice_of_work(
    facts: LeaveRequestFacts, affected: list[DayPart], calendar: WorkCalendar, book: Rulebook
) -> Notice:
    """How long before work a request of its type is made: days, hours, or just before the shift."""
    first = min(affected, key=lambda part: part.starts_at)
    if falls_ill_on_duty(facts, first) and told_at_of(facts) >= whole_seconds(first.starts_at):
        return _on_duty(facts, first, calendar, book)
    if facts.type == "personal" and not facts.is_emergency:
        if book.duration(_ORDINARY) is not None:
            return ahead(facts, first, _ORDINARY, calendar, book)
    elif facts.type in ("special", "personal") and book.duration(_SPECIAL) is not None:
        return ahead(facts, first, _SPECIAL, calendar, book)
    return _before_the_shift(facts, first, calendar, book)


def ahead(
    facts: LeaveRequestFacts, first: DayPart, key: str, calendar: WorkCalendar, book: Rulebook
) -> Notice:
    """Notice so long before a day's work: in days by the end of a date, in hours before it begins; exactly is enough.

    `leave.notice_basis` may read days as 24 hours each.
    """
    limit = book.duration(key)
    assert limit is not None
    by_hours = book.choice(BASIS) == "hours_before_shift"
    told = told_at_of(facts)
    latest = latest_for(limit, first.on, first.starts_at, calendar, by_hours=by_hours)
    is_holiday = key == HOLIDAY_NOTICE
    what = (
        ("节假日请假", "Leave on a public holiday") if is_holiday else _what(facts, special=key == _SPECIAL)
    )
    if is_by_the_clock(limit, by_hours=by_hours):
        begins, by = (instant_text(at, calendar.timezone) for at in (first.starts_at, latest))
        measure = _measure(facts, first)
        zh = f"{what[0]}须在上班（{begins}{measure[0]}）前 {limit.text('zh')}提出，即不晚于 {by}"
        en = f"{what[1]} is asked for {limit.text('en')} before work begins ({begins}{measure[1]}), that is by {by}"
    else:
        day = calendar.day_of(latest)
        zh = f"{what[0]}须提前 {limit.text('zh')}，即 {day_text(day, 'zh')} 当日结束前提出"
        en = f"{what[1]} is asked for {limit.text('en')} ahead, that is by the end of {day_text(day, 'en')}"
    code = "holiday_late" if is_holiday else "late_notice"
    return _answer(facts, told, told <= latest, calendar, book, key, code, zh, en)


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
    measure = _measure(facts, first)
    return _answer(
        facts, told, told < whole_seconds(first.starts_at), calendar, book, key, "not_before_shift",
        f"{what[0]}须{how[0]}（上班时间 {begins}{measure[0]}）",
        f"{what[1]} is {how[1]} (work begins {begins}{measure[1]})",
    )  # fmt: skip


def _on_duty(facts: LeaveRequestFacts, part: DayPart, calendar: WorkCalendar, book: Rulebook) -> Notice:
    """Ill in the course of a shift: told by the time the leave begins, that moment included."""
    begins = _begins(facts)
    what = _what(facts)
    shift, leave = (instant_text(at, calendar.timezone) for at in (part.starts_at, begins))
    told = told_at_of(facts)
    return _answer(
        facts, told, told <= begins, calendar, book, _UNFILED, "not_before_leave",
        f"{what[0]}始于上班（{shift}）之后，班前无从提出，以离岗（{leave}）为准，须不晚于此时提出",
        f"{what[1]} begins after work has ({shift}): told by the time it begins ({leave}), not before the shift",
    )  # fmt: skip


def _measure(facts: LeaveRequestFacts, part: DayPart) -> tuple[str, str]:
    """That the shift is the measure, where the leave itself begins later; of sickness it need not be."""
    if facts.type not in SICKNESS and whole_seconds(part.starts_at) < _begins(facts) < part.ends_at:
        return "，以班次为准，不以离岗时间为准", ", the shift being the measure and not the leave"
    return "", ""


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
    return Notice((violation,), steps, True, named(clause))


def named(*clauses: str | None) -> tuple[str, ...]:
    """The clauses that are named, each once."""
    return tuple(dict.fromkeys(clause for clause in clauses if clause))


def _what(facts: LeaveRequestFacts, special: bool = False) -> tuple[str, str]:
    if facts.type == "personal" and not special:
        return "一般事假", "Ordinary personal leave"
    if special:
        return "特殊事假", "Special personal leave"
    if is_urgent_sickness(facts):
        return "急诊", "Emergency leave"
    zh, en = name_of("leave_type", facts.type), name_of("leave_type", facts.type, "en")
    return zh, en if facts.type == "time_off" else f"{en} leave"
