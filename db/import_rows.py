"""One import while it runs: what is asked for, what came of each row, and the people the rows speak of."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, import_dates, import_values
from db.import_columns import LEAVE_STATUS, Field, Header
from db.import_results import SHOWN_VALUE, Action, ImportResult, Rejection, Taken
from db.import_values import BadValue
from db.models import Agent, ClosedMonth
from regulations.access import Scope
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

Progress = Callable[[float], None]
ABOUT_CELLS = 3  # enough cells of a row to know it by
KNOWN_TEXTS = 1_000  # spellings of codes remembered while a file is read


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

    def __post_init__(self) -> None:
        self.agents = {agent.number: agent for agent in self.session.scalars(select(Agent))}
        self.closed_months = frozenset(self.session.scalars(select(ClosedMonth.month)))

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
                f"没有工号“{number}”,或不在您的班组。",
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
        if not self.result.count_taken(action):
            return
        told = {name: (_told(before), _told(after)) for name, (before, after) in (changes or {}).items()}
        self.result.taken.append(Taken(row.number, action, row.about(), told))

    def counts_in(self, at: datetime | date, rows: int = 1) -> None:
        """Remember rows that fall into a month whose figures were fixed: they are taken, and it is said."""
        if self.closed_months:
            on = self.calendar.day_of(at) if isinstance(at, datetime) else at
            month = f"{on:%Y-%m}"
            if month in self.closed_months:
                self.result.closed_months[month] = self.result.closed_months.get(month, 0) + rows

    def log_change(self, object_kind: str, object_id: object, changes: Mapping[str, tuple[Any, Any]]) -> None:
        """Note what an import changed in a row that was already there."""
        told = {name: [str(before), str(after)] for name, (before, after) in changes.items()}
        audit.record(
            self.session,
            self.scope,
            f"{object_kind}.imported_over",
            object_kind,
            object_id,
            told,
            at=self.now,
        )


def _told(value: Any) -> str:
    return "" if value is None else str(value)[:SHOWN_VALUE]


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


def row_reader(
    header: Header, epoch: datetime, zone: ZoneInfo
) -> Callable[[int, tuple[Any, ...]], Row | Rejection]:
    """What reads the cells under this header as typed values, or says why they cannot be."""
    columns = [(column, position, _reader(column, epoch, zone)) for column, position in header.columns]

    def read(number: int, cells: tuple[Any, ...]) -> Row | Rejection:
        values: dict[str, Any] = {}
        bad: list[tuple[Field, str, BadValue]] = []
        if len(cells) > header.width and (overhang := _written(cells[header.width :])):
            return _too_long(number, overhang)
        for column, position, reader in columns:
            cell = cells[position] if position < len(cells) else None
            if cell is None or (isinstance(cell, str) and not import_values.plain(cell)):
                if column.required:
                    bad.append((column, "", BadValue("必填,不能为空。", "is required and empty")))
                continue
            try:
                values[column.name] = reader(cell)
            except BadValue as error:
                bad.append((column, import_values.plain(cell), error))
            except (ValueError, OverflowError, ArithmeticError):
                bad.append((column, import_values.plain(cell), BadValue("无法识别。", "cannot be read")))
        return _rejection(number, cells, bad, header) if bad else Row(number, values, cells, header)

    return read


def _written(cells: Sequence[Any]) -> list[str]:
    return [shown for cell in cells if (shown := import_values.plain(cell))]


def _too_long(number: int, overhang: Sequence[str]) -> Rejection:
    return Rejection(
        number,
        "",
        overhang[0][:SHOWN_VALUE],
        f"比表头多出 {len(overhang)} 列:内容中可能有未加引号的分隔符。",
        f"{len(overhang)} cells more than the header: a delimiter inside the text may lack its quotes",
    )


def _rejection(
    number: int, cells: tuple[Any, ...], bad: Sequence[tuple[Field, str, BadValue]], header: Header
) -> Rejection:
    if header.is_repeated(cells):
        said = "这一行重复了表头,不是数据。", "this row repeats the header and is no data"
        return Rejection(number, "", import_values.plain(cells[0])[:SHOWN_VALUE], *said)
    first, shown, why = bad[0]
    title = header.titles.get(first.name, first.zh)
    more_zh = "".join(f"另:{header.titles.get(c.name, c.zh)}{e.zh}" for c, _, e in bad[1:])
    more_en = "".join(f"; also {c.name}: {e.en}" for c, _, e in bad[1:])
    return Rejection(number, first.name, shown[:SHOWN_VALUE], why.zh + more_zh, why.en + more_en, title)


def _reader(column: Field, epoch: datetime, zone: ZoneInfo) -> Callable[[Any], Any]:
    """The way one column is read."""
    longest = column.longest
    match column.reader:
        case "number":
            return lambda cell: import_values.number_text(cell, longest)
        case "instant":
            return lambda cell: import_dates.instant(cell, epoch, zone)
        case "end":
            return lambda cell: import_dates.instant(cell, epoch, zone, end_of_day=True)
        case "date":
            return lambda cell: import_dates.day(cell, epoch)
        case "clock":
            return lambda cell: _clock(cell, epoch, zone)
        case "flag":
            return _remembering(import_values.flag)
        case "code":
            names = LEAVE_STATUS if column.names == "leave_status" else NAMES[column.names]
            extra = dict(column.values or {})
            return _remembering(lambda cell: import_values.code(cell, names, extra))
        case "breaks":
            return _breaks
        case _:
            return lambda cell: import_values.text(cell, longest)


def _remembering(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same reader; what few texts a column of codes holds is read once each."""
    known: dict[str, Any] = {}

    def reader(cell: Any) -> Any:
        if not isinstance(cell, str):
            return read(cell)
        if cell not in known:
            if len(known) >= KNOWN_TEXTS:
                return read(cell)
            known[cell] = read(cell)
        return known[cell]

    return reader


def _clock(cell: Any, epoch: datetime, zone: ZoneInfo) -> timedelta | datetime:
    """A time of day (as the time since midnight) or, where a date is written with it, an instant."""
    if not isinstance(cell, datetime):
        try:
            return import_dates.time_of_day(cell)
        except BadValue:
            pass
    at = import_dates.instant(cell, epoch, zone)
    if not isinstance(cell, datetime) and not import_dates.has_time(cell, epoch):
        raise BadValue("只有日期,没有时间。", "a date without a time")
    return at


_BREAK = re.compile(r"(.+?)\s*(?:-|~|–|—|至|到)\s*(.+)")


def _breaks(cell: Any) -> list[tuple[timedelta, timedelta]]:
    """Breaks as written in one cell: 12:00-13:00; 15:00-15:15. Times since midnight."""
    import_values.refuse_unusable(cell)
    found = []
    for part in re.split(r"[;,、\n]+", import_values.plain(cell)):
        if not part.strip():
            continue
        match = _BREAK.fullmatch(part.strip())
        if match is None:
            raise BadValue(
                f"“{part[:40]}”不是休息时段。请写成 12:00-13:00。",
                f"{part[:40]!r} is no break; write 12:00-13:00",
            )
        found.append((import_dates.time_of_day(match[1]), import_dates.time_of_day(match[2])))
    return found


def on_day(on: date, at: timedelta, zone: ZoneInfo) -> datetime:
    """The instant of a local date and a time since its midnight."""
    return import_dates.local_instant(on, at, zone)
