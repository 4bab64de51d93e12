"""Leave that is refused in principle: from night shifts and on public holidays.

Clauses: A1.27 and A2.56 (a night shift: raised before noon of the day), A2.57 (a public holiday: only in extreme cases,
two days ahead) and A3.9 (whoever is rostered on one takes none at all).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from regulations.intervals import clip, subtract
from regulations.leave_days import DayPart
from regulations.leave_facts import SICKNESS, LeaveRequestFacts
from regulations.leave_levels import exception_titles
from regulations.leave_notice import (
    EMERGENCY,
    HOLIDAY_NOTICE,
    Notice,
    ahead,
    falls_ill_on_duty,
    is_urgent_sickness,
    named,
    notice_of_work,
    told_at_of,
)
from regulations.ruling import Violation
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_NIGHT, _CUTOFF, _NIGHT_AFTER = "leave.night_default", "leave.night_cutoff", "shift.night_after"
_HOLIDAY = "leave.holiday_policy"


def is_night_shift(starts_at: datetime, ends_at: datetime, work_on: date, book: Rulebook) -> bool:
    """Whether a shift still runs at `shift.night_after` of the date it belongs to; one that ends then does not."""
    after = book.time_of_day(_NIGHT_AFTER)
    if after is None:
        return False
    calendar = WorkCalendar.from_rulebook(book)
    return whole_seconds(ends_at) > datetime.combine(work_on, after, calendar.timezone)


def judge_notice(facts: LeaveRequestFacts, parts: tuple[DayPart, ...], book: Rulebook) -> Notice:
    """The notice of a request whose days are counted; nothing is asked of one that touches no work."""
    new = [part for part in parts if not _was_granted(part, facts)]
    if parts and not new:
        said = Step(
            "原已批准的时间之内，不再要求提前量",
            "Within what was granted before: no further notice is asked for",
        )
        return Notice((), (said,), False)
    affected = [part for part in new if part.is_rostered or not part.is_known] or new
    if not affected:
        return Notice((), (), False)
    calendar = WorkCalendar.from_rulebook(book)
    nights = _nights(facts, affected, book)
    by_day = affected
    if facts.type == "personal" and not facts.is_emergency and _has_cutoff(book):
        # Noon of the day takes the place of the day before: the special rule goes before the general one (A1.27).
        by_day = [part for part in affected if part not in nights]
    found = [
        notice_of_work(facts, by_day, calendar, book) if by_day else Notice((), (), False),
        _night(facts, nights, calendar, book),
        _holiday(facts, affected, calendar, book),
    ]
    return Notice(
        tuple(violation for notice in found for violation in notice.violations),
        tuple(step for notice in found for step in notice.steps),
        any(notice.needs_exception for notice in found),
        named(*(clause for notice in found for clause in notice.exceptions)),
    )


def _was_granted(part: DayPart, facts: LeaveRequestFacts) -> bool:
    """Whether all the leave takes of this day was granted by the leave that it amends."""
    if facts.granted is None:
        return False
    asked = clip([(facts.starts_at, facts.ends_at)], part.starts_at, part.ends_at)
    return not subtract(asked, [facts.granted])


def _nights(facts: LeaveRequestFacts, affected: list[DayPart], book: Rulebook) -> list[DayPart]:
    """The night shifts among the days: by their hours, or the first day where somebody says so."""
    if facts.is_night is None:
        return [p for p in affected if is_night_shift(p.starts_at, p.ends_at, p.on, book)]
    return affected[:1] if facts.is_night else []


def _has_cutoff(book: Rulebook) -> bool:
    """Whether leave from a night shift may be raised on the day itself, up to a time of day."""
    return book.choice(_NIGHT) == "exception" and book.time_of_day(_CUTOFF) is not None


def _night(facts: LeaveRequestFacts, nights: list[DayPart], calendar: WorkCalendar, book: Rulebook) -> Notice:
    policy = book.choice(_NIGHT)
    if policy is None or not nights:
        return Notice((), (), False)
    clause = book.clause(_NIGHT)
    by_clause = named(clause)
    on = nights[0].on
    if policy == "forbidden":
        why = _why_night(facts, nights[0], calendar, book)
        found = _forbidden(facts, "night", f"{day_text(on, 'zh')} 是夜班，夜班不得请假", f"{day_text(on, 'en')} is a night shift, from which there is no leave", clause)  # fmt: skip
        return replace(found, steps=(why, *found.steps))
    title = exception_titles(book)
    steps = [
        _why_night(facts, nights[0], calendar, book),
        Step(
            f"{day_text(on, 'zh')} 是夜班：原则上不得请假，特殊情况由{title[0]}批准",
            f"{day_text(on, 'en')} is a night shift: no leave in principle; {title[1]} decides on special cases",
            clause,
        ),
    ]
    cutoff = book.time_of_day(_CUTOFF)
    if cutoff is None:
        return Notice((), tuple(steps), True, by_clause)
    if is_urgent_sickness(facts) or falls_ill_on_duty(facts, nights[0]):
        said = (
            ("急诊", "An emergency", book.clause(EMERGENCY))
            if is_urgent_sickness(facts)
            else ("当班中生病", "Who falls ill on duty", None)
        )
        steps.append(
            Step(f"{said[0]}不受夜班当日截止时刻限制", f"{said[1]} is not bound by the time of day", said[2])
        )
        return Notice((), tuple(steps), True, by_clause)
    told, by = told_at_of(facts), datetime.combine(on, cutoff, calendar.timezone)
    at, limit = instant_text(told, calendar.timezone), instant_text(by, calendar.timezone)
    clause = book.clause(_CUTOFF)
    if told < by:
        steps.append(
            Step(
                f"须在当日 {limit} 之前提出；提出于 {at}，在时限内",
                f"Raised before {limit}: asked {at}, in time",
                clause,
            )
        )
        return Notice((), tuple(steps), True, by_clause)
    steps.append(
        Step(
            f"须在当日 {limit} 之前提出（到点即算迟）；提出于 {at}，已迟",
            f"Raised before {limit}, that moment itself being too late; asked {at}",
            clause,
        )
    )
    late = Violation(
        "night_late",
        clause,
        f"夜班请假须在当日 {limit} 之前提出，实际提出于 {at}，已迟；须经{title[0]}例外批准。",
        f"Leave from a night shift is raised before {limit}; it was asked {at}. It needs {title[1]}'s approval.",
    )
    return Notice((late,), tuple(steps), True, named(*by_clause, clause))


def _holiday(
    facts: LeaveRequestFacts, affected: list[DayPart], calendar: WorkCalendar, book: Rulebook
) -> Notice:
    policy = book.choice(_HOLIDAY)
    holidays = [part for part in affected if part.is_holiday and part.is_work]
    if policy in (None, "allowed") or not holidays:
        return Notice((), (), False)
    on = holidays[0].on
    name = _festival(on, calendar)
    clause = book.clause(_HOLIDAY)
    title = exception_titles(book)
    rostered = next((part for part in holidays if part.is_known), None)
    steps: list[Step] = []
    if policy == "forbidden" and rostered is not None:
        on = rostered.on
        name = _festival(on, calendar)
        return _forbidden(
            facts,
            "holiday",
            f"{day_text(on, 'zh')} 是{name[0]}，节假日当班人员不得请假",
            f"{day_text(on, 'en')} is {name[1]}: whoever is rostered on a public holiday takes no leave",
            clause,
        )
    if policy == "forbidden":  # of whoever is rostered; whether he will be, nobody knows yet
        steps.append(
            Step(
                f"{day_text(on, 'zh')} 是{name[0]}，未排班，排班后再核对：当班的不得请假",
                f"{day_text(on, 'en')} is {name[1]} and not rostered yet: checked again with the roster, as whoever is"
                " rostered then takes no leave",
                clause,
            )
        )
        clause = book.clause(HOLIDAY_NOTICE)
    steps.append(
        Step(
            f"{day_text(on, 'zh')} 是{name[0]}：一般不得请假，特殊情况由{title[0]}批准",
            f"{day_text(on, 'en')} is {name[1]}: no leave but in an extreme case, which {title[1]} decides",
            clause,
        )
    )
    if book.duration(HOLIDAY_NOTICE) is None:
        return Notice((), tuple(steps), True, named(clause))
    if is_urgent_sickness(facts) or falls_ill_on_duty(facts, holidays[0]):
        said = (
            ("急诊", "An emergency", book.clause(EMERGENCY))
            if is_urgent_sickness(facts)
            else ("当班中生病", "Who falls ill on duty", None)
        )
        steps.append(Step(f"{said[0]}不受提前量限制", f"{said[1]} needs no notice ahead", said[2]))
        return Notice((), tuple(steps), True, named(clause))
    found = ahead(facts, holidays[0], HOLIDAY_NOTICE, calendar, book)
    return Notice(found.violations, (*steps, *found.steps), True, named(clause, *found.exceptions))


def _festival(on: date, calendar: WorkCalendar) -> tuple[str, str]:
    return calendar.holiday_name(on) or "节假日", calendar.holiday_name(on, "en") or "a public holiday"


def _why_night(facts: LeaveRequestFacts, part: DayPart, calendar: WorkCalendar, book: Rulebook) -> Step:
    """What makes it a night shift: its hours against `shift.night_after`, which no clause names."""
    zone = calendar.timezone
    begun, over = instant_text(part.starts_at, zone), instant_text(part.ends_at, zone)
    after = book.time_of_day(_NIGHT_AFTER)
    if facts.is_night or after is None:
        return Step(
            f"班次 {begun} 至 {over}：申请中写明是夜班",
            f"The shift from {begun} to {over} is said to be a night shift",
        )
    clock = after.strftime("%H:%M")
    ours = book.status(_NIGHT_AFTER) == "product_choice"
    return Step(
        f"班次 {begun} 至 {over}，过了 {clock} 仍在班，算夜班"
        + (f"（条文未写几点算夜班，{clock} 为本系统约定）" if ours else ""),
        f"The shift from {begun} to {over} still runs after {clock}: a night shift"
        + (f" (no clause says from when; {clock} is our choice)" if ours else ""),
        book.clause(_NIGHT if ours else _NIGHT_AFTER),
    )


def _forbidden(facts: LeaveRequestFacts, what: str, zh: str, en: str, clause: str | None) -> Notice:
    """Nobody's approval mends it, but for sickness, which nobody chooses: that goes to the level of exceptions."""
    if facts.type in SICKNESS:
        step = Step(
            f"{zh}；因病不由本人选择，交例外审批",
            f"{en}; sickness is nobody's choice and goes to the level that decides on exceptions",
            clause,
        )
        violation = Violation(
            f"{what}_sickness",
            clause,
            f"{zh}；因病的，须经例外批准。",
            f"{en}; sickness needs approval by exception.",
        )
        return Notice((violation,), (step,), True, named(clause))
    return Notice(
        (Violation(f"{what}_forbidden", clause, f"{zh}。", f"{en}."),), (Step(zh, en, clause),), False
    )
