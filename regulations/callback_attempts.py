"""When to try again: after a busy line, an unanswered call, a wrong number, a refusal, or too many attempts.

No set of regulations says how a callback that reached nobody is retried (catalogue 5.4); the times are the
rulebook's (`callback.retry`), moved into the hours in which this kind of callback may be made (E5.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.callback_course import REFUSAL, Attempt, Course, Decision, course_of
from regulations.callback_terms import CallHours, due_of, term_of
from regulations.names import name_of
from regulations.values import Duration, Unit
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar, add, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

RETRY, MOST = "callback.retry", "callback.max_attempts"

WAITS_FOR_A_PERSON = ("number", "decide")
"""The reasons for which nothing is to be tried until a supervisor has said what."""


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """When the customer is to be called next, and why then.

    `reason` is a code of names.NAMES["next_attempt"]. `at` is within the permitted hours; None where there is nothing
    to try: completed, ended, not owed, or a person has to decide first. It may lie in the past: then it is due now.
    """

    at: datetime | None
    reason: str
    steps: tuple[Step, ...]


def next_attempt(
    kind: str,
    arisen_at: datetime,
    attempts: Sequence[Attempt],
    book: Rulebook,
    now: datetime,
    decisions: Sequence[Decision] = (),
) -> NextAttempt:
    """The next try at a callback, from what was tried until `now`. The order of the rows never matters.

    The first is made on the day it is planned for, at once after a solution. A conversation that did not cover the
    content is gone on with in the next permitted hours. After `callback.max_attempts` tries that reached nobody, and
    for an outcome after which the rulebook names no time, a supervisor decides; his decision to try again starts the
    count anew. Raises WorktimeError where its day cannot be computed.
    """
    calendar = WorkCalendar.from_rulebook(book)
    hours = CallHours(kind, book, calendar)
    term = term_of(kind, book)
    if term is None:
        return _nothing("off", Step("现行规则不要求回访", "The rulebook obliges to none"))
    course = course_of(kind, arisen_at, attempts, decisions, book, now)
    if course.done is not None:
        return _nothing("done", Step("回访已完成，无须再拨", "It is completed: nothing more to try"))
    if course.settled_at is not None:
        zh, en = (name_of("settled_reason", course.settled_reason, lang) for lang in ("zh", "en"))
        return _nothing("settled", Step(f"回访已终止：{zh}", f"It has ended: {en.lower()}"))
    due = due_of(term, arisen_at, hours)
    if course.counted:
        return _after_attempt(course, hours, due.at)
    if course.since is not None:
        said = instant_text(course.since, calendar.timezone)
        step = Step(
            f"{said} 决定再次拨打，次数重新计算", f"{said}: it was decided to try again, counting anew"
        )
        return _at("retry", course.since, hours, (step,), due.at)
    if term.is_limit:
        step = Step("解决后即可回访", "To be made as soon as the matter is solved", term.clause)
        return _at("first", arisen_at, hours, (step,), due.at)
    day = due.planned_on.isoformat()
    step = Step(f"应访日为 {day}", f"Planned for {day}", term.clause)
    return _at("first", max(arisen_at, calendar.start_of_day(due.planned_on)), hours, (step,), due.at)


def delays(kind: str, book: Rulebook) -> dict[str, Duration]:
    """How long after each outcome to try again, where the rulebook says it."""
    return {row["outcome"]: row["after"] for row in book.parameter(RETRY, kind).value or ()}


def _after_attempt(course: Course, hours: CallHours, due_at: datetime) -> NextAttempt:
    book, kind, zone = hours.book, hours.kind, hours.calendar.timezone
    last, most = course.counted[-1], book.integer(MOST, kind)
    at = instant_text(last.at, zone)
    zh, en = (name_of("attempt_outcome", last.outcome, lang) for lang in ("zh", "en"))
    happened = Step(f"最近一次 {at}：{zh}", f"Last tried {at}: {en.lower()}")
    if last.outcome == "wrong_number":
        return _nothing(
            "number",
            happened,
            Step(
                "须先查到正确号码，再由主管决定是否重拨",
                "The right number has to be found; a supervisor decides",
            ),
        )
    unreached = [a for a in course.counted if a.outcome in ("busy", "no_answer")]
    if most is not None and len(unreached) >= most and last.outcome != "connected":
        return _nothing(
            "decide",
            happened,
            Step(
                f"已拨打 {len(unreached)} 次未接通，达到 {most} 次，由主管决定",
                f"{len(unreached)} tries reached nobody, {most} are the most: a supervisor decides",
                book.clause(MOST, kind),
            ),
        )
    delay = delays(kind, book).get(last.outcome)
    if delay is not None:
        waited = Step(
            f"“{zh}”后 {delay.text('zh')} 再拨",
            f'After "{en.lower()}" again in {delay.text("en")}',
            book.clause(RETRY, kind),
        )
        return _at("retry", _later(last.at, delay, hours.calendar), hours, (happened, waited), due_at)
    if last.outcome == "connected":
        step = Step("已接通但内容未完成，继续回访", "Reached, but the content was not covered: go on")
        return _at("continue", last.at, hours, (happened, step), due_at)
    if last.outcome == "refused":
        step = Step(
            "客户拒绝后是否再拨，由主管决定", "Whether to call after a refusal is for a supervisor to decide",
            book.clause(REFUSAL, kind),
        )  # fmt: skip
    else:
        step = Step(
            "规则没有规定此后多久再拨，由主管决定",
            "The rulebook names no time after which to try again: a supervisor decides",
            book.clause(RETRY, kind),
        )
    return _nothing("decide", happened, step)


def _later(at: datetime, delay: Duration, calendar: WorkCalendar) -> datetime:
    """Minutes and hours are exact; days mean the beginning of the day, in which any hour will do."""
    later = add(whole_seconds(at), delay, calendar).at
    if delay.unit in (Unit.MINUTE, Unit.HOUR):
        return later
    return calendar.start_of_day(calendar.day_of(later))


def _nothing(reason: str, *steps: Step) -> NextAttempt:
    return NextAttempt(None, reason, steps)


def _at(
    reason: str, at: datetime, hours: CallHours, steps: tuple[Step, ...], due_at: datetime
) -> NextAttempt:
    opens, _end, moved = hours.opening(whole_seconds(at))
    shown = instant_text(opens, hours.calendar.timezone)
    found = [*steps, *moved, Step(f"下次拨打 {shown}", f"Next try {shown}")]
    if opens > due_at:
        limit = instant_text(due_at, hours.calendar.timezone)
        found.append(
            Step(
                f"晚于最迟完成时间 {limit}，时段内可提前再拨",
                f"That is behind the deadline {limit}: try sooner within the hours if you can",
            )
        )
    return NextAttempt(opens, reason, tuple(found))
