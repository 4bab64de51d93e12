"""What to call in the coming window: overdue, due, planned for then, or to be tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from db import rulebooks
from db.callback_attempts import next_attempt_of
from db.models import Callback
from db.visibility import within
from regulations.access import Scope
from regulations.callback_attempts import WAITS_FOR_A_PERSON
from regulations.callback_terms import CallHours
from regulations.callbacks import NextAttempt
from regulations.intervals import Interval
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

# What is planned for the coming window is due at the latest a tolerance and the longest run of days off later.
_LATEST_DUE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ToCall:
    """A callback to be made in the coming window of its kind, or one that waits for somebody's decision.

    `reason`: overdue, retry (to be tried again), due (the deadline lies in the window or on its day), planned (for this
    day, with days left), waits (for a number or a decision; `next` says which).
    """

    callback: Callback
    reason: str
    next: NextAttempt
    window: Interval

    @property
    def is_ready(self) -> bool:
        """Whether it can be called as soon as the window is open."""
        return self.next.at is not None and self.next.at <= self.window[0]


def coming_window(kind: str, book: Rulebook, now: datetime) -> Interval:
    """The hours in which this kind is called next: the rest of the present ones, else the next ones."""
    hours = CallHours(kind, book, WorkCalendar.from_rulebook(book))
    opens, shuts, _steps = hours.opening(now.replace(microsecond=0))
    return opens, shuts


def list_to_call(
    session: Session, scope: Scope, book: Rulebook, now: datetime, team_id: int | None = None
) -> list[ToCall]:
    """Everything open that the coming window is for, in the order to call in.

    First what can be called at once, by deadline; then what is to be tried again later in the window; last what waits
    for a supervisor.
    """
    query = (
        select(Callback)
        .options(
            selectinload(Callback.attempts), selectinload(Callback.complaint), selectinload(Callback.handler)
        )
        .where(
            Callback.completed_at.is_(None),
            Callback.settled_at.is_(None),
            Callback.arisen_at <= now,
            Callback.due_at <= now + _LATEST_DUE,
            *within(scope, team=Callback.team_id, agent=Callback.agent_id),
        )
    )
    if team_id is not None:
        query = query.where(Callback.team_id == team_id)
    windows: dict[tuple[str, str], Interval] = {}
    found = []
    for callback in session.scalars(query):
        made_under = rulebooks.made_under(session, callback.rulebook_version, book)
        key = (callback.kind, made_under.version)
        if key not in windows:
            windows[key] = coming_window(callback.kind, made_under, now)
        later = next_attempt_of(session, callback, book, now)
        reason = _reason(callback, later, windows[key], made_under, now)
        if reason:
            found.append(ToCall(callback, reason, later, windows[key]))
    return sorted(found, key=_order)


def _reason(callback: Callback, later: NextAttempt, window: Interval, book: Rulebook, now: datetime) -> str:
    if later.reason in WAITS_FOR_A_PERSON:
        return "waits"
    if later.at is None or later.at > window[1]:
        return ""
    if callback.due_at < now.replace(microsecond=0):
        return "overdue"
    if later.reason in ("retry", "continue"):
        return "retry"
    calendar = WorkCalendar.from_rulebook(book)
    return "due" if callback.due_at <= calendar.end_of_day(calendar.day_of(window[1])) else "planned"


def _order(one: ToCall) -> tuple[int, datetime, datetime, int]:
    group = 2 if one.reason == "waits" else 0 if one.is_ready else 1
    return group, one.callback.due_at, one.next.at or one.callback.due_at, one.callback.id
