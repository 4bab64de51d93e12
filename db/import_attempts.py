"""Obligations of a file and what was tried at them: read, written and settled as plain rows.

Completion, ending and the next try follow from the rules, as for an attempt that is recorded in the desk. The words are
left out: whoever opens a callback is told them anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, bindparam, select

from db.callback_attempts import decisions_of
from db.callback_callers import role_of
from db.import_inserts import insert_rows
from db.import_lookups import rows_with
from db.import_rows import Job
from db.models import Callback, CallbackAttempt
from db.rulebooks import made_under
from regulations import callbacks as rules
from regulations.rulebook import Rulebook
from regulations.values import Role
from regulations.worktime import whole_seconds

_COMPARED = (
    "id", "number", "kind", "arisen_at", "agent_id", "team_id", "customer_name", "customer_phone", "subject",
)  # fmt: skip
_DECIDED = (
    "due_at", "due_on", "handler_id", "resumed_at", "given_up_at", "settled_reason", "steps", "rulebook_version", "row_version",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt as a row of a file tells it."""

    at: datetime
    agent_id: int
    outcome: str
    is_complete: bool
    satisfaction: str | None
    note: str = ""


@dataclass(slots=True)
class Owed:
    """An obligation, kept already (`id`) or about to be. `values` are its columns, `tried` who called when."""

    id: int | None
    values: dict[str, Any]
    tried: list[tuple[datetime, int]] = field(default_factory=list)
    attempts: list[Tried] = field(default_factory=list)  # of this file
    changes: dict[str, Any] = field(default_factory=dict)
    rows: int = 0  # of this file that make or change it

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.values["number"])


def kept_owed(job: Job, column: Any, wanted: Sequence[Any]) -> Iterator[Owed]:
    """The obligations that are kept and whose column has one of the values, with who called when."""
    query = select(*(getattr(Callback, name) for name in _COMPARED))
    found = {row.id: Owed(row.id, dict(row._mapping)) for row in rows_with(job, query, column, wanted)}
    attempts = select(CallbackAttempt.callback_id, CallbackAttempt.at, CallbackAttempt.agent_id)
    for attempt in rows_with(job, attempts, CallbackAttempt.callback_id, list(found)):
        found[attempt.callback_id].tried.append((attempt.at, attempt.agent_id))
    yield from found.values()


def insert_owed(job: Job, new: Sequence[Owed]) -> None:
    """Write new obligations with their attempts; their deadlines and how they stand follow from the rules."""
    if not new:
        return
    people = _People(job)
    rows = []
    for owed in new:
        values, tried = owed.values, people.attempts_of(owed.attempts, job.book)
        handler = people.number_of(values["handler_id"])
        found = rules.obligation(
            values["kind"], values["arisen_at"], tried, job.book, job.now, handler=handler
        )
        assert found.due_at is not None
        due_at = whole_seconds(found.due_at)
        due_on = job.calendar.day_of(due_at)
        job.counts_in(due_on, owed.rows)
        rows.append(
            {
                **values,
                "due_at": due_at,
                "due_on": due_on,
                "clauses": list(found.clauses),
                "steps": [],
                "rulebook_version": job.book.version,
                **_standing(found, values["arisen_at"], tried, (), job.book, job.now),
                "row_version": 1 + bool(tried),
            }
        )
    insert_rows(job.session, Callback, rows)
    numbers = [owed.number for owed in new]
    ids = {
        row.number: row.id
        for row in rows_with(job, select(Callback.number, Callback.id), Callback.number, numbers)
    }
    for owed in new:
        owed.id = ids[owed.number]
    _insert_attempts(job, new)


def settle(job: Job, touched: Sequence[Owed]) -> None:
    """Write what the file changes in obligations that were there, and what its attempts mean for them."""
    by_id = {owed.id: owed for owed in touched if owed.id is not None}
    if not by_id:
        return
    # Locked before anything is read again: who records an attempt at this moment comes before or after us.
    query = select(Callback.id, *(getattr(Callback, name) for name in _DECIDED)).with_for_update()
    decided = list(rows_with(job, query, Callback.id, list(by_id)))
    _insert_attempts(job, touched)
    tried = _tried_at(job, [owed.id for owed in touched if owed.attempts])
    people, books = _People(job), dict[str, Rulebook]()
    updates: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in decided:
        owed = by_id[row.id]
        job.counts_in(row.due_on, owed.rows)
        values: dict[str, Any] = {"row_version": row.row_version + 1, **owed.changes}
        if owed.attempts:
            version = row.rulebook_version
            if version not in books:
                books[version] = made_under(job.session, version, job.book)
            values |= _standing_again(job, owed, row, tried[row.id], books[version], people)
        updates.setdefault(tuple(values), []).append({"its_id": row.id, **values})
    table = Callback.__table__
    assert isinstance(table, Table)
    for rows in updates.values():
        job.session.execute(table.update().where(table.c.id == bindparam("its_id")), rows)


def _standing_again(
    job: Job, owed: Owed, row: Any, tried: Sequence[Tried], book: Rulebook, people: _People
) -> dict[str, Any]:
    kind, arisen_at, known = owed.values["kind"], owed.values["arisen_at"], people.attempts_of(tried, book)
    decided, handler = decisions_of(row), people.number_of(row.handler_id)
    found = rules.obligation(kind, arisen_at, known, book, job.now, handler=handler, decisions=decided)
    values = _standing(found, arisen_at, known, decided, book, job.now)
    if found.due_at is not None and whole_seconds(found.due_at) == row.due_at:
        # Who kept words goes on keeping them; what came from a file is worded when it is opened.
        words = [step.as_record() for step in found.steps] if row.steps else []
        values |= {"clauses": list(found.clauses), "steps": words}
    return values


def _standing(
    found: rules.Obligation,
    arisen_at: datetime,
    tried: Sequence[rules.Attempt],
    decided: Sequence[rules.Decision],
    book: Rulebook,
    now: datetime,
) -> dict[str, Any]:
    """How an obligation stands, as db.callback_attempts.follow_attempts keeps it."""
    later = None
    if found.completed_at is None and (tried or decided):
        later = rules.next_attempt(found.kind, arisen_at, tried, book, now, decided).at
    told = [attempt.satisfaction for attempt in sorted(tried, key=_when) if attempt.satisfaction is not None]
    return {
        "completed_at": whole_seconds(found.completed_at) if found.completed_at else None,
        "settled_at": whole_seconds(found.settled_at) if found.settled_at else None,
        "settled_reason": found.settled_reason,
        "next_attempt_at": later,
        "satisfaction": found.satisfaction if found.completed_at else told[-1] if told else None,
    }


def _when(attempt: rules.Attempt) -> datetime:
    return attempt.at


def _tried_at(job: Job, ids: Sequence[int | None]) -> dict[int, list[Tried]]:
    names = ("at", "agent_id", "outcome", "is_complete", "satisfaction")
    query = select(CallbackAttempt.callback_id, *(getattr(CallbackAttempt, name) for name in names))
    found: dict[int, list[Tried]] = {}
    for row in rows_with(job, query, CallbackAttempt.callback_id, ids):
        one = Tried(row.at, row.agent_id, row.outcome, row.is_complete, row.satisfaction)
        found.setdefault(row.callback_id, []).append(one)
    return found


def _insert_attempts(job: Job, touched: Sequence[Owed]) -> None:
    rows = [
        {
            "callback_id": owed.id,
            "at": attempt.at,
            "agent_id": attempt.agent_id,
            "outcome": attempt.outcome,
            "is_complete": attempt.is_complete,
            "satisfaction": attempt.satisfaction,
            "note": attempt.note,
        }
        for owed in touched
        for attempt in owed.attempts
    ]
    insert_rows(job.session, CallbackAttempt, rows)


class _People:
    """Who called, as the rules want to know it."""

    def __init__(self, job: Job) -> None:
        self.by_id = {agent.id: agent for agent in job.agents.values()}
        self.roles: dict[tuple[int, str], Role] = {}

    def number_of(self, agent_id: int | None) -> str | None:
        return None if agent_id is None else self.by_id[agent_id].number

    def attempts_of(self, tried: Sequence[Tried], book: Rulebook) -> tuple[rules.Attempt, ...]:
        return tuple(
            rules.Attempt(
                one.at,
                one.outcome,
                one.is_complete,
                self.by_id[one.agent_id].number,
                one.satisfaction,
                self._role(one.agent_id, book),
            )
            for one in tried
        )

    def _role(self, agent_id: int, book: Rulebook) -> Role:
        key = (agent_id, book.version)
        if key not in self.roles:
            self.roles[key] = role_of(self.by_id[agent_id], book)
        return self.roles[key]
