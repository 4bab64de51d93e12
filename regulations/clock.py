"""One clock of a case and its verdict: how it stands at an instant, and what becomes of it when its deadline is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from regulations import complaint_steps as words
from regulations.values import Duration
from regulations.verdict import Step
from regulations.worktime import whole_seconds


@dataclass(frozen=True, slots=True)
class Clock:
    """One deadline of one case and its verdict at `now`.

    `due_at`, `warn_at`, `started_at`, `met_at` are None where there is nothing to tell; `limit` is None
    where a date was named instead. `state` is a code of names.NAMES["clock_state"]; what was met late or is
    open past its due instant is breached, by `overdue_seconds`. `ordinal` counts the runs of one clock in
    the order in which they started: reopened rounds, progress contacts, departments (`department` says which).
    """

    clock: str
    ordinal: int
    limit: Duration | None
    started_at: datetime | None
    due_at: datetime | None
    warn_at: datetime | None
    state: str
    met_at: datetime | None
    overdue_seconds: int
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    is_provisional: bool = False
    department: str = ""


def state_at(due_at: datetime, warn_at: datetime | None, met_at: datetime | None, now: datetime) -> str:
    """on_track, due_soon, met or breached at `now`, at whole seconds; the due second itself is in time."""
    if met_at is not None:
        return "met" if whole_seconds(met_at) <= due_at else "breached"
    if whole_seconds(now) > due_at:
        return "breached"
    return "due_soon" if warn_at is not None and now >= warn_at else "on_track"


def as_set(
    counted: Clock,
    now: datetime,
    *,
    ordinal: int,
    started_at: datetime,
    due_at: datetime,
    warn_at: datetime,
    is_provisional: bool,
) -> Clock:
    """The clock with the deadline that was set before, which a later record or calendar does not move.

    What stopped it is as counted now; the state follows from the deadline that was set.
    """
    assert counted.due_at is not None
    zone = counted.due_at.tzinfo
    assert zone is not None
    if due_at == counted.due_at:
        return replace(counted, ordinal=ordinal, is_provisional=is_provisional)
    state = "on_hold" if counted.state == "on_hold" else state_at(due_at, warn_at, counted.met_at, now)
    overdue = overdue_seconds(state, due_at, counted.met_at, now)
    clause = counted.steps[-1].clause
    verdict = words.verdict_step(due_at, counted.met_at, now, state, overdue, clause)
    return replace(
        counted,
        ordinal=ordinal,
        is_provisional=is_provisional,
        started_at=started_at.astimezone(zone),
        due_at=due_at.astimezone(zone),
        warn_at=warn_at.astimezone(zone),
        state=state,
        overdue_seconds=overdue,
        steps=(*counted.steps[:-1], words.kept_step(due_at, counted.due_at, zone), verdict),
    )


def overdue_seconds(state: str, due_at: datetime, met_at: datetime | None, now: datetime) -> int:
    """By how much a breached clock is over its deadline, to when it was met or to now; 0 in any other state."""
    over = whole_seconds(met_at or now) - due_at
    return int(over.total_seconds()) if state == "breached" else 0
