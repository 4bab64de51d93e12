"""One import while it runs: what is asked for, what came of each row, and the people the rows speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, import_dates, import_values
from db.import_columns import Header
from db.import_results import SHOWN_VALUE, Action, ImportResult, Rejection, Taken
from db.import_values import BadValue
from db.models import Agent, AttendanceMonth, ClosedMonth
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

Progress = Callable[[float], None]
ABOUT_CELLS = 3  # enough cells of a row to know it by


@dataclass(slots=True)
class Row:
    """A row whose cells could be read: field name to value; an empty cell is no entry."""

    number: int
    values: dict[str, Any]
    cells: tuple[Any, ...]
    header: Header

    def get(self, name: str, otherwise: Any = None) -> Any:
        """The value of a field, or `otherwise` when the cell was empty or the column is missing."""
        return self.values.get(name, otherwise)

    def written(self, name: str) -> str:
        """What the file has in the column of a field; "" without that column."""
        position = next((at for column, at in self.header.columns if column.name == name), len(self.cells))
        return import_values.plain(self.cells[position]) if position < len(self.cells) else ""

    def about(self) -> str:
        """Enough of the row to know it by."""
        filled = (
            self.written(column.name) for column, _ in self.header.columns if column.name in self.values
        )
        return " · ".join(islice(filled, ABOUT_CELLS))[:SHOWN_VALUE]


class Writer(Protocol):
    """Takes the rows of one kind, some hundreds at a time, and finishes when all have come."""

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with what is there, add and change; refuse through the job."""

    def finish(self, on_progress: Progress | None = None) -> None:
        """What is to be done once after all rows."""


OF_HOURS = ("shifts", "punches", "leave")
"""What the attendance of a month rests on."""


@dataclass(slots=True)
class Job:
    """The import that is running."""

    session: Session
    scope: Scope
    book: Rulebook
    now: datetime
    header: Header
    result: ImportResult
    calendar: WorkCalendar
    is_dry_run: bool = False
    agents: dict[str, Agent] = field(default_factory=dict)
    closed_months: frozenset[str] = frozenset()
    fixed_months: frozenset[tuple[int, str]] = frozenset()  # team and month of attendance

    def __post_init__(self) -> None:
        self.agents = {agent.number: agent for agent in self.session.scalars(select(Agent))}
        self.closed_months = frozenset(self.session.scalars(select(ClosedMonth.month)))
        if self.result.kind in OF_HOURS:
            fixed = self.session.execute(select(AttendanceMonth.team_id, AttendanceMonth.month))
            self.fixed_months = frozenset((team_id, f"{month:%Y-%m}") for team_id, month in fixed)

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return self.calendar.timezone

    def agent_of(self, row: Row, name: str = "agent") -> Agent:
        """The agent of the row's staff number. Raises BadCell when there is none in the viewer's scope."""
        number = row.get(name, "")
        agent = self.agents.get(number)
        if agent is None or not self.scope.sees_team(agent.team_id):
            raise BadCell(
                name,
                f"没有工号“{number}”，或不在您的班组。",
                f"no staff number {number!r}, or not in your teams",
            )
        return agent

    def not_in_future(self, name: str, at: datetime | None) -> None:
        """Raises BadCell for an instant later than now."""
        if at is not None and at > self.now + timedelta(minutes=5):
            raise BadCell(name, "时间晚于现在。", "the time lies in the future")

    def reject(self, row: Row, bad: BadCell) -> None:
        """Refuse a row that could be read."""
        self.result.rejected.append(
            Rejection(
                row.number,
                bad.field,
                row.written(bad.field)[:SHOWN_VALUE],
                bad.zh,
                bad.en,
                self.header.titles.get(bad.field, ""),
            )
        )

    def took(
        self,
        row: Row,
        action: Action,
        changes: Mapping[str, tuple[Any, Any]] | None = None,
        at: datetime | date | None = None,
    ) -> None:
        """Count a row that was taken, with what it changes. `at` is when the month it counts in has it."""
        if at is not None and action != "unchanged":
            self.counts_in(at)
            if self.fixed_months:
                self._counts_in_fixed(row, at)
        if not self.result.count_taken(action):
            return
        self.result.taken.append(Taken(row.number, action, row.about(), self._told(changes or {})))

    def _told(self, changes: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[str, str]]:
        """What changes in a row, as a person who looks at the file wants to read it."""
        told = {}
        for name, pair in changes.items():
            if name == "agent_id":
                numbers = {agent.id: agent.number for agent in self.agents.values()}
                name, pair = "agent", (numbers.get(pair[0]), numbers.get(pair[1]))
            elif name == "team_id" and "agent_id" in changes:
                continue  # it goes with the person
            told[name] = self._shown(pair[0]), self._shown(pair[1])
        return told

    def _shown(self, value: Any) -> str:
        if isinstance(value, datetime):
            return f"{value.astimezone(self.zone):%Y-%m-%d %H:%M}"
        return "" if value is None else str(value)[:SHOWN_VALUE]

    def counts_in(self, at: datetime | date, rows: int = 1) -> None:
        """Remember rows that fall into a month whose figures were fixed: they are taken, and it is said."""
        if self.closed_months:
            on = self.calendar.day_of(at) if isinstance(at, datetime) else at
            month = f"{on:%Y-%m}"
            if month in self.closed_months:
                self.result.closed_months[month] = self.result.closed_months.get(month, 0) + rows

    def _counts_in_fixed(self, row: Row, at: datetime | date) -> None:
        agent = self.agents.get(row.get("agent", ""))
        month = f"{self.calendar.day_of(at) if isinstance(at, datetime) else at:%Y-%m}"
        if agent is not None and (agent.team_id, month) in self.fixed_months:
            self.result.fixed_months[month] = self.result.fixed_months.get(month, 0) + 1

    def log_change(self, object_kind: str, object_id: object, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Note what an import changed in a row that was already there."""
        told = {name: [_logged(before), _logged(after)] for name, (before, after) in changes.items()}
        audit.record(
            self.session,
            self.scope,
            f"{object_kind}.imported_over",
            object_kind,
            object_id,
            told,
            at=self.now,
        )


def _logged(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return "" if value is None else str(value)


class BadCell(BadValue):
    """A field of a row that cannot be accepted."""

    def __init__(self, name: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.field = name


def each(job: Job, rows: Sequence[Row], take: Callable[[Row], None]) -> None:
    """Take every row; one that cannot be accepted is refused and the others go on."""
    for row in rows:
        try:
            take(row)
        except BadCell as bad:
            job.reject(row, bad)


def differences(kept: Any, wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The attributes of a kept row that would change, each with before and after."""
    return {
        name: (getattr(kept, name), value) for name, value in wanted.items() if getattr(kept, name) != value
    }


def on_day(on: date, at: timedelta, zone: ZoneInfo) -> datetime:
    """The instant of a local date and a time since its midnight."""
    return import_dates.local_instant(on, at, zone)
