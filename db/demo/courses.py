"""How a demo complaint runs its course: which step happened when, given its deadlines."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.demo.stage import Stage, after
from regulations.complaints import CaseEvent, CaseFacts, clocks


@dataclass(frozen=True)
class Course:
    """How well a case is handled. `punctuality` is the chance of keeping each deadline.

    `stop_before` names the step that, with all that follow, has not happened; `skip` are steps left out.
    `reopen` takes the case up again after closing; with `reopened_at` that happened then and it is open still.
    """

    punctuality: float = 1.0
    stop_before: str = ""
    skip: frozenset[str] = frozenset()
    reopen: bool = False
    reopened_at: datetime | None = None


def play(
    stage: Stage, dice: random.Random, received_at: datetime, channel: str, severity: str, course: Course
) -> tuple[CaseEvent, ...]:
    """The events of a case up to `now`, oldest first."""
    due = due_dates(stage, received_at, channel, severity)
    happened: list[CaseEvent] = []
    for kind, at in _steps(stage, dice, received_at, due, course):
        if kind == course.stop_before:
            break
        if kind not in course.skip and at <= stage.now:
            happened.append(CaseEvent(kind, at.replace(microsecond=0)))
    return tuple(sorted(happened, key=lambda event: event.at))


def due_dates(stage: Stage, received_at: datetime, channel: str, severity: str) -> dict[str, datetime]:
    """Each clock's first deadline as it stands on receipt; clocks that are off are left out."""
    facts = CaseFacts(received_at, channel, "一般投诉", severity, ())
    due: dict[str, datetime] = {}
    for clock in clocks(facts, stage.book, received_at):
        if clock.due_at is not None:
            due.setdefault(clock.clock, clock.due_at)
    return due


def received_for(
    stage: Stage, clock: str, candidates: Iterator[datetime], earliest: datetime, latest: datetime
) -> datetime | None:
    """The first candidate moment of receipt whose `clock` falls due in [earliest, latest]; None if there is none."""
    for received_at in candidates:
        if received_at > stage.now:
            continue
        due_at = due_dates(stage, received_at, "phone", "ordinary").get(clock)
        if due_at is not None and earliest <= due_at <= latest:
            return received_at
    return None


def _steps(
    stage: Stage, dice: random.Random, received_at: datetime, due: dict[str, datetime], course: Course
) -> Iterator[tuple[str, datetime]]:
    keep = course.punctuality

    def by(clock: str, start: datetime, median_minutes: float, chance: float = keep) -> datetime:
        return _moment(dice, start, due.get(clock), median_minutes, chance)

    registered = by("register", received_at, 6)
    yield "registered", registered
    forwarded = by("forward", registered, 55)
    if "leadership_submit" in due:
        yield "submitted", max(registered, by("leadership_submit", received_at, 12))
    yield "forwarded", forwarded
    acknowledged = stage.into_office(after(dice, forwarded, 150), dice)
    yield "acknowledged", acknowledged
    if "verify" in due:
        yield "verified", by("verify", received_at, 200)
    first = _in_office_by(stage, dice, by("first_feedback", acknowledged, 14 * 60), due.get("first_feedback"))
    yield "first_feedback", first
    final = by("final_feedback", received_at, 3.0 * 24 * 60)
    final = max(
        _in_office_by(stage, dice, final, due.get("final_feedback")),
        first + timedelta(minutes=dice.randint(90, 400)),
    )
    if course.reopened_at is not None:
        final = min(final, course.reopened_at - timedelta(days=2))
    if course.stop_before == "final_feedback":
        final = stage.now + timedelta(days=1)
    yield from _progress(stage, dice, first, final, keep)
    yield "investigated", max(acknowledged, final - timedelta(minutes=dice.randint(60, 900)))
    yield "final_feedback", final
    closed = max(final + timedelta(minutes=5), stage.into_office(after(dice, final, 18 * 60, 0.9), dice))
    if course.reopened_at is not None:
        closed = min(closed, course.reopened_at - timedelta(days=1))
    yield "closed", closed
    if course.reopened_at is not None:
        yield "reopened", course.reopened_at
    elif course.reopen:
        reopened = stage.into_office(after(dice, closed, 40 * 60), dice)
        yield "reopened", reopened
        again = stage.into_office(after(dice, reopened, 30 * 60, 0.4), dice)
        yield from _progress(stage, dice, reopened, again, keep)
        yield "final_feedback", again
        yield "closed", stage.into_office(after(dice, again, 10 * 60), dice)


def _progress(
    stage: Stage, dice: random.Random, last: datetime, until: datetime, chance: float
) -> Iterator[tuple[str, datetime]]:
    """Contacts while the case is unsolved; kept an interval apart, now and then a day late."""
    interval = stage.book.duration("complaint.progress_interval")
    if interval is None:
        return
    days = max(1, int(interval.value))
    while True:
        gap = days if dice.random() < chance + 0.02 else days + 1
        last = stage.at(stage.day_of(last) + timedelta(days=gap), dice.uniform(9, 17.5))
        if last >= until:
            return
        yield "progress_contact", last


def _moment(
    dice: random.Random, start: datetime, due_at: datetime | None, median_minutes: float, chance: float
) -> datetime:
    on_time, share, over = dice.random() < chance, dice.uniform(0.3, 0.95), dice.lognormvariate(0, 0.8)
    at = after(dice, start, median_minutes)
    if due_at is None:
        return at
    if not on_time:
        return due_at + timedelta(minutes=max(2, over * max(40, (due_at - start).total_seconds() / 60 * 0.2)))
    return at if at < due_at else start + (due_at - start) * share


def _in_office_by(stage: Stage, dice: random.Random, at: datetime, due_at: datetime | None) -> datetime:
    """Moved into office hours, but not past the deadline by that alone."""
    moved = stage.into_office(at, dice)
    if due_at is not None and at <= due_at < moved:
        return stage.at(stage.day_of(due_at), dice.uniform(17, 20))
    return moved
