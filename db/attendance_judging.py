"""Making and keeping verdicts: judged in one go, written where they are new or have changed.

What somebody may want to dispute keeps its words; a day like any other is worded when it is opened
(docs/decisions/0007-plain-days-are-worded-when-opened.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from db import rulebooks
from db.attendance_facts import Facts, RosterEntry
from db.attendance_queries import read_failed_swaps
from db.attendance_relief import relieved_by
from db.engine import take_write_lock
from db.import_inserts import insert_rows
from db.models import AttendanceDay, Shift
from regulations import attendance as rules
from regulations.attendance_totals import EVERYDAY
from regulations.rulebook import Rulebook

BATCH = 2000  # rows of one INSERT or UPDATE
_TURN = 5_310_111  # the advisory lock of PostgreSQL that whoever judges days holds until his commit
DISPUTED = frozenset({"late", "early", "late_and_early", "severe", "absent", "missing_punch"})
"""Classes whose reasoning is kept in words, like that of every day with a remark that is not everyday."""


def judge_days(
    session: Session,
    *,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    agent_ids: Sequence[int] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> int:
    """Judge every shift of these local dates that has begun, and keep the verdicts; how many were written.

    A shift already judged keeps the rulebook it was judged under; `book` is for the others. A verdict that
    has not changed is not written again. Facts are read once for the whole range, not once per day. Verdicts that rest
    on these are judged again with them: of who was to be relieved by one of these people, and later latenesses of the
    month, which count on. A verdict is never taken back to an earlier moment than the one it was made for: with an
    earlier `now` it is judged anew for its own. Of a swap that failed the other person gets a verdict on the shift too. Who
    judges holds the turn until his commit, so that two changes of one day at once are both seen by the second.
    """
    _take_turn(session)
    if agent_ids is not None:
        failed = read_failed_swaps(session, from_on, to_on, agent_ids)
        answering = {agent_id for _, parties in failed for agent_id in parties}
        agent_ids = sorted({*agent_ids, *answering, *relieved_by(session, from_on, to_on, agent_ids)})
    until = _counts_until(session, to_on, agent_ids)
    facts = Facts.gather(session, from_on, until, agent_ids)
    kept = _kept_verdicts(session, facts, from_on, until, agent_ids)
    counts = counts_before(session, from_on, agent_ids)
    made, changed = _Written(session, is_new=True), _Written(session, is_new=False)
    wanted = None if agent_ids is None else frozenset(agent_ids)
    entries = [
        entry
        for entry in (*facts.roster, *facts.charged)
        if from_on <= entry.work_on <= until and (wanted is None or entry.agent_id in wanted)
    ]
    month = (from_on.year, from_on.month)
    for done, entry in enumerate(
        sorted(entries, key=lambda entry: (entry.work_on, entry.starts_at, entry.id, entry.agent_id))
    ):
        before = kept.get((entry.id, entry.agent_id))
        if (entry.work_on.year, entry.work_on.month) != month:
            month, counts = (entry.work_on.year, entry.work_on.month), Counter()
        if before is None and (entry.starts_at > now or entry.work_on > to_on):
            continue
        if entry.work_on > to_on and before is not None and not before["late_minutes"]:
            continue  # read for the latenesses that count on, and this is none
        version = entry.rulebook_version if before is None else before["version"]
        rules_of_then = rulebooks.made_under(session, version, book) if version else book
        at = now if before is None else max(now, before["judged_at"])
        if facts.failed and not facts.concerns(entry, rules_of_then, at):
            continue
        verdict = facts.judge(entry, rules_of_then, at, counts[entry.agent_id])
        if verdict.month_count:
            counts[entry.agent_id] += 1
        values = _values(entry, verdict, rules_of_then.version, at)
        if before is None:
            made.add(values)
        elif any(values[name] != before[name] for name in _COMPARED):
            changed.add({"id": before["id"], **values})
        if on_progress is not None and done % BATCH == 0:
            on_progress(done / len(entries))
    return made.finish() + changed.finish()


@dataclass(slots=True)
class _Written:
    """Rows on their way into the table, some thousands at a time: a department's year is not held in memory twice."""

    session: Session
    is_new: bool
    waiting: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def add(self, row: dict[str, Any]) -> None:
        self.waiting.append(row)
        if len(self.waiting) >= BATCH:
            self.finish()

    def finish(self) -> int:
        """Write what waits; how many rows there were in all."""
        if self.waiting:
            if self.is_new:
                rows = [{"class": row.pop("class_"), **row} for row in self.waiting]
                insert_rows(self.session, AttendanceDay, rows)
            else:
                self.session.execute(update(AttendanceDay), self.waiting)
            self.count += len(self.waiting)
            self.waiting = []
        return self.count


def _take_turn(session: Session) -> None:
    connection = session.connection()
    take_write_lock(connection)
    if connection.dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_TURN)))


_COMPARED = (
    "class_",
    "late_minutes",
    "early_minutes",
    "worked_minutes",
    "off_post_minutes",
    "extra_minutes",
    "approved_extra_minutes",
    "month_count",
    "remarks",
    "first_in_at",
    "last_out_at",
    "work_on",
    "agent_id",
    "clauses",
    "steps",
)


def _kept_verdicts(
    session: Session, facts: Facts, from_on: date, to_on: date, agent_ids: Sequence[int] | None
) -> dict[tuple[int, int], dict[str, Any]]:
    """The verdicts there are, by shift and by the person it is about now.

    A shift that went to somebody else takes its verdict along, unless he has one on it already; then the one that nobody
    answers for any more is deleted.
    """
    day = AttendanceDay
    query = (
        select(
            day.id,
            day.shift_id,
            day.judged_at,
            Shift.agent_id.label("holder_id"),
            day.rulebook_version.label("version"),
            day.class_.label("class_"),
            *(getattr(day, name) for name in _COMPARED if name != "class_"),
        )
        .join(Shift, Shift.id == day.shift_id)
        .where(Shift.work_on >= from_on, Shift.work_on <= to_on)
    )
    if agent_ids is not None:
        query = query.where(or_(Shift.agent_id.in_(agent_ids), day.agent_id.in_(agent_ids)))
    found: dict[tuple[int, int], dict[str, Any]] = {}
    left_over: list[dict[str, Any]] = []
    for read in session.execute(query).mappings():
        row, key = dict(read), (read["shift_id"], read["agent_id"])
        if row["agent_id"] == row["holder_id"] or key in facts.failed:
            found[key] = row
        else:
            left_over.append(row)
    gone = []
    for row in left_over:
        if agent_ids is not None and row["holder_id"] not in agent_ids:
            continue  # the person it is about now is not asked for
        if found.setdefault((row["shift_id"], row["holder_id"]), row) is not row:
            gone.append(row["id"])
    if gone:
        session.execute(delete(AttendanceDay).where(AttendanceDay.id.in_(gone)))
    return found


def counts_before(session: Session, on: date, agent_ids: Sequence[int] | None) -> Counter[int]:
    """How often each person was late in the month before that local date."""
    day = AttendanceDay
    query = (
        select(day.agent_id, func.count())
        .where(day.work_on >= on.replace(day=1), day.work_on < on, day.late_minutes > 0)
        .group_by(day.agent_id)
    )
    if agent_ids is not None:
        query = query.where(day.agent_id.in_(agent_ids))
    counts: Counter[int] = Counter()
    for agent_id, count in session.execute(query):
        counts[agent_id] = count
    return counts


def _counts_until(session: Session, to_on: date, agent_ids: Sequence[int] | None) -> date:
    """The last local date of the month on which one of these people was late; `to_on` when there is none after it."""
    day = AttendanceDay
    month_end = (to_on.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    query = select(func.max(day.work_on)).where(
        day.work_on > to_on, day.work_on <= month_end, day.late_minutes > 0
    )
    if agent_ids is not None:
        query = query.where(day.agent_id.in_(agent_ids))
    return session.scalar(query) or to_on


def _values(entry: RosterEntry, verdict: rules.DayVerdict, version: str, now: datetime) -> dict[str, Any]:
    has_words = verdict.class_ in DISPUTED or not EVERYDAY.issuperset(verdict.remarks)
    return {
        "shift_id": entry.id,
        "agent_id": entry.agent_id,
        "work_on": entry.work_on,
        "class_": verdict.class_,
        "late_minutes": verdict.late_minutes,
        "early_minutes": verdict.early_minutes,
        "worked_minutes": verdict.worked_minutes,
        "off_post_minutes": verdict.off_post_minutes,
        "extra_minutes": verdict.extra_minutes,
        "approved_extra_minutes": verdict.approved_extra_minutes,
        "month_count": verdict.month_count,
        "remarks": list(verdict.remarks),
        "first_in_at": verdict.first_in_at,
        "last_out_at": verdict.last_out_at,
        "clauses": list(verdict.clauses),
        "steps": [step.as_record() for step in verdict.steps] if has_words else [],
        "rulebook_version": version,
        "judged_at": now,
    }
