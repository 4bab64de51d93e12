"""The reasoning of kept verdicts in words (docs/decisions/0007-plain-days-are-worded-when-opened.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from db import rulebooks
from db.attendance_facts import Facts
from db.models import AttendanceDay
from regulations.rulebook import Rulebook


def steps_of(session: Session, day: AttendanceDay, book: Rulebook | None = None) -> list[Any]:
    """The reasoning of a kept verdict, as records of steps; how, see `words_of`."""
    return words_of(session, [day], book)[day.shift_id, day.agent_id]


def words_of(
    session: Session, days: Sequence[AttendanceDay], book: Rulebook | None = None
) -> dict[tuple[int, int], list[Any]]:
    """The reasoning of kept verdicts by shift and person, as records of steps.

    A day like any other kept no words: it is worded now, from its facts, under the rulebook and for the moment it was
    judged at. `book` stands in for a rulebook that was never published here; None: the one in force.
    """
    found = {(day.shift_id, day.agent_id): day.steps for day in days}
    plain = [day for day in days if not day.steps]
    if not plain:
        return found
    book = book or rulebooks.in_force(session)
    on = [day.work_on for day in plain]
    facts = Facts.gather(session, min(on), max(on), sorted({day.agent_id for day in plain}))
    entries = {(entry.id, entry.agent_id): entry for entry in (*facts.roster, *facts.charged)}
    for day in plain:
        entry = entries.get((day.shift_id, day.agent_id))
        if entry is not None:
            then = rulebooks.made_under(session, day.rulebook_version, book)
            before = max(day.month_count - 1, 0)
            steps = facts.judge(entry, then, day.judged_at, before).steps
            found[day.shift_id, day.agent_id] = [step.as_record() for step in steps]
    return found
