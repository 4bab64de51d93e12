"""Obligatory callbacks (回访): what is owed, and whether it was done in time.

Clauses: E1.18 to E1.22 complaints and repairs, E5.8 to E5.11 patients, A6.19 and A6.20 users, A5.5 who calls. A
callback is a follow-up that is owed, not the return of a missed call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from regulations.callback_attempts import NextAttempt, next_attempt
from regulations.callback_callers import CALLER, OTHER, may_call
from regulations.callback_course import COUNTS, REFUSAL, Attempt, Course, Decision, course_of
from regulations.callback_rates import RATES, Rates, Shortfall, rates, shortfall, shortfall_points
from regulations.callback_terms import HOLIDAYS, UNRESOLVED, WINDOWS, CallHours, due_of, term_of
from regulations.names import name_of
from regulations.verdict import Step, distinct_clauses
from regulations.wording import instant_text, span_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "FLAGS",
    "RATES",
    "UNRESOLVED",
    "Attempt",
    "Decision",
    "NextAttempt",
    "Obligation",
    "Rates",
    "Shortfall",
    "next_attempt",
    "obligation",
    "obliges",
    "rates",
    "shortfall",
    "shortfall_points",
]

FLAGS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "on_holiday": ("在节假日回访", "Made on a holiday"),
        "outside_window": ("不在规定的回访时段", "Outside the callback hours"),
        "caller_is_handler": ("回访人即处理人", "The caller handled the case himself"),
        "caller_below_role": ("回访人职级低于规定", "The caller is below the level that is to call"),
    }
)
"""What may be remarked on the contact that completed a callback. A remark never undoes it."""


@dataclass(frozen=True, slots=True)
class Obligation:
    """One callback that is owed, and how it stands.

    `due_at` is the last instant in time, tolerance included. `window` are the hours of the day on which it
    is to be made, from the first permitted hour to the last; None where any time will do. `state` is a code
    of names.NAMES["callback_state"]; "off" when the rulebook does not oblige to this kind, and `due_at` is
    None then. `flags` are remarks of FLAGS on the contact that completed it, `satisfaction` is what the customer
    said in it. A "settled" one ended without being completed (`settled_reason`); it stays owed.
    """

    kind: str
    arisen_at: datetime
    due_at: datetime | None
    window: tuple[datetime, datetime] | None
    state: str
    completed_at: datetime | None
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    flags: tuple[str, ...] = ()
    satisfaction: str | None = None
    settled_at: datetime | None = None
    settled_reason: str = ""


def obliges(kind: str, book: Rulebook) -> bool:
    """Whether the rulebook obliges to this kind of callback at all."""
    return term_of(kind, book) is not None


def obligation(
    kind: str,
    arisen_at: datetime,
    attempts: Sequence[Attempt],
    book: Rulebook,
    now: datetime,
    handler: str | None = None,
    decisions: Sequence[Decision] = (),
) -> Obligation:
    """The callback of `kind` that arose at `arisen_at` (solution, discharge, visit), as it stands at `now`.

    It is completed by the first attempt that reached the customer and covered the content, or by the first
    attempt at all where `callback.rate_counts` is "attempted". Attempts before it arose or after `now` do
    not count. It is due soon from the beginning of the day it is planned for. `handler` is who handled the
    case, to be compared with the caller (A5.5); `decisions` are those of a supervisor when calling on led
    nowhere. Raises WorktimeError where its day cannot be computed.
    """
    calendar = WorkCalendar.from_rulebook(book)
    zone = calendar.timezone
    term = term_of(kind, book)
    if term is None:
        return Obligation(kind, arisen_at.astimezone(zone), None, None, "off", None, (), (_off_step(kind),))
    hours = CallHours(kind, book, calendar)
    due = due_of(term, arisen_at, hours)
    course = course_of(kind, arisen_at, attempts, decisions, book, now)
    done = course.done
    completed_at = None if done is None else done.at.astimezone(zone)
    settled_at = None if course.settled_at is None else course.settled_at.astimezone(zone)
    flags = () if done is None else _flags(done, handler, hours)
    opens_at = calendar.start_of_day(calendar.day_of(due.window[0]) if due.window else due.planned_on)
    state = _state(due.at, opens_at, completed_at, settled_at, now)
    zh, en = (name_of("callback_kind", kind, lang) for lang in ("zh", "en"))
    arisen = instant_text(arisen_at, zone)
    steps = (
        Step(f"{zh}：事项发生于 {arisen}", f"{en}: arose {arisen}"),
        *due.steps,
        *_attempt_steps(course, kind, book, now, calendar),
        *(_flag_step(flag, kind, book) for flag in flags),
        _verdict_step(state, due.at, completed_at or now, term.clause),
    )
    return Obligation(
        kind=kind,
        arisen_at=arisen_at.astimezone(zone),
        due_at=due.at,
        window=due.window,
        state=state,
        completed_at=completed_at,
        clauses=distinct_clauses(steps, *term.clauses),
        steps=steps,
        flags=flags,
        satisfaction=None if done is None else done.satisfaction,
        settled_at=settled_at,
        settled_reason=course.settled_reason,
    )


def _state(
    due_at: datetime,
    opens_at: datetime,
    completed_at: datetime | None,
    settled_at: datetime | None,
    now: datetime,
) -> str:
    if completed_at is not None:
        return "completed" if whole_seconds(completed_at) <= due_at else "completed_late"
    if settled_at is not None:
        return "settled"
    if whole_seconds(now) > due_at:
        return "missed"
    return "due_soon" if now >= opens_at else "not_due"


def _attempt_steps(
    course: Course, kind: str, book: Rulebook, now: datetime, calendar: WorkCalendar
) -> list[Step]:
    """What each attempt was worth, and how it ended."""
    zone = calendar.timezone
    steps: list[Step] = []
    for attempt in course.too_early:
        at, zh, en = instant_text(attempt.at, zone), *_outcome(attempt)
        steps.append(Step(f"{at} {zh}，早于事项发生，不计", f"{at}: {en}, before it arose, not counted"))
    for attempt in course.made:
        at, zh, en = instant_text(attempt.at, zone), *_outcome(attempt)
        if attempt is course.done:
            steps.append(Step(f"{at} {zh}，回访完成", f"{at}: {en}, callback completed", book.clause(COUNTS)))
        elif attempt.outcome == "connected":
            steps.append(
                Step(f"{at} {zh}，内容未完成，不算完成", f"{at}: {en}, content not covered: not completed")
            )
        else:
            steps.append(Step(f"{at} {zh}，只计为一次尝试", f"{at}: {en}, an attempt only"))
    if course.done is not None:
        return steps
    if course.settled_at is not None:
        steps.append(_settled_step(course, kind, book, calendar))
    until = instant_text(now, zone)
    return [*steps, Step(f"截至 {until} 尚未完成回访", f"Not completed until {until}")]


def _outcome(attempt: Attempt) -> tuple[str, str]:
    zh, en = (name_of("attempt_outcome", attempt.outcome, lang) for lang in ("zh", "en"))
    return zh, en.lower()


def _settled_step(course: Course, kind: str, book: Rulebook, calendar: WorkCalendar) -> Step:
    assert course.settled_at is not None
    at = instant_text(course.settled_at, calendar.timezone)
    zh, en = (name_of("settled_reason", course.settled_reason, lang) for lang in ("zh", "en"))
    if course.is_given_up:
        return Step(
            f"{at} 经决定不再拨打（{zh}），仍计入应回访，不算完成",
            f"{at}: it was decided to call no more ({en.lower()}); it stays owed and is not completed",
        )
    return Step(
        f"{at} {zh}，不再拨打；仍计入应回访，不算完成",
        f"{at}: {en.lower()}, no further calls; it stays owed and is not completed",
        book.clause(REFUSAL, kind),
    )


def _flags(done: Attempt, handler: str | None, hours: CallHours) -> tuple[str, ...]:
    at = whole_seconds(done.at)
    day, book = hours.calendar.day_of(at), hours.book
    permitted = hours.on(day)
    found = {
        "on_holiday": not hours.is_permitted_day(day),
        "outside_window": bool(permitted) and not any(start <= at <= end for start, end in permitted),
        "caller_is_handler": bool(handler) and done.caller == handler and bool(book.flag(OTHER)),
        "caller_below_role": done.caller_role is not None
        and not may_call(hours.kind, done.caller_role, book).is_allowed,
    }
    return tuple(flag for flag in FLAGS if found[flag])


def _flag_step(flag: str, kind: str, book: Rulebook) -> Step:
    key = {"outside_window": WINDOWS, "on_holiday": HOLIDAYS, "caller_below_role": CALLER}.get(flag)
    clause = book.clause(OTHER) if key is None else book.clause(key, kind)
    zh, en = FLAGS[flag]
    return Step(f"备注：{zh}", f"Remark: {en.lower()}", clause)


def _off_step(kind: str) -> Step:
    zh, en = (name_of("callback_kind", kind, lang) for lang in ("zh", "en"))
    return Step(f"现行规则不要求：{zh}", f"The rulebook does not oblige to: {en.lower()}")


def _verdict_step(state: str, due_at: datetime, at: datetime, clause: str | None) -> Step:
    zh, en = (name_of("callback_state", state, lang) for lang in ("zh", "en"))
    over = (whole_seconds(at) - due_at).total_seconds()
    if over > 0 and state != "settled":
        return Step(f"{zh}，超过 {span_text(over, 'zh')}", f"{en}, by {span_text(over, 'en')}", clause)
    return Step(zh, en, clause)
