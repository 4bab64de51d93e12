"""What the rows of a file are compared with and refer to, read as plain values: objects of every row would cost more than the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.import_rows import BadCell, Job, Row
from db.models import Complaint
from db.numbering import next_number

ASKED_AT_ONCE = 500  # values of one IN: databases have a limit of parameters


def rows_with(
    job: Job, query: Select[*tuple[Any, ...]], column: InstrumentedAttribute[Any], wanted: Sequence[Any]
) -> Iterator[Any]:
    """The rows of the query whose column has one of the values; what is None or empty is not asked for."""
    asked = list(dict.fromkeys(value for value in wanted if value is not None and value != ""))
    for first in range(0, len(asked), ASKED_AT_ONCE):
        found = among(job.session, column, asked[first : first + ASKED_AT_ONCE])
        yield from job.session.execute(query.where(found))


def among(session: Session, column: InstrumentedAttribute[Any], values: Sequence[Any]) -> ColumnElement[bool]:
    """Whether the column has one of the values, for hundreds of them.

    PostgreSQL is given an array: of a list of parameters, asked again and again while a file fills the table, it
    makes a plan that reads the whole table each time.
    """
    if session.get_bind().dialect.name != "postgresql":
        return column.in_(values)
    wanted = bindparam(None, list(values), ARRAY(column.type), unique=True)
    return column == any_(wanted)


def cases_of(job: Job, rows: Sequence[Row]) -> dict[str, int]:
    """The cases that rows name and that are in scope: number to id."""
    numbers = [row.get("complaint") for row in rows]
    query = select(Complaint.number, Complaint.id, Complaint.team_id)
    found = rows_with(job, query, Complaint.number, numbers)
    return {case.number: case.id for case in found if job.scope.sees_team(case.team_id)}


def case_of(row: Row, cases: dict[str, int]) -> int | None:
    """The id of the case that the row names. Raises BadCell where there is none."""
    number = row.get("complaint")
    if not number:
        return None
    if number not in cases:
        raise BadCell("complaint", f"没有投诉“{number}”。", f"there is no case {number!r}")
    return cases[number]


@dataclass(slots=True)
class Numbers:
    """Numbers for rows that bring none, counted on within the file."""

    job: Job
    column: InstrumentedAttribute[str]
    prefix: str
    next_of_day: dict[date, int] = field(default_factory=dict)

    def new(self, on: date) -> str:
        """The next free number of a local day."""
        if on not in self.next_of_day:
            first = next_number(self.job.session, self.column, self.prefix, on)
            self.next_of_day[on] = int(first.rpartition("-")[2])
        number = self.next_of_day[on]
        self.next_of_day[on] += 1
        return f"{self.prefix}-{on:%Y%m%d}-{number:03d}"


def same_moment(kept: datetime, written: datetime) -> bool:
    """Whether what is written means what is kept: sheets often show minutes only."""
    if kept == written:
        return True
    if written.second == 0:
        return kept.replace(second=0, microsecond=0) == written
    return abs(kept - written) < timedelta(seconds=1)
