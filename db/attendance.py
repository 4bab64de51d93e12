"""Attendance: the verdict on every shift, and today's board.

A verdict is always re-derivable from shift, punches, leave and time off the post; it is kept so that
lists and figures need not derive it again. What somebody may want to dispute keeps its words with it; a day like any
other is worded when it is opened (docs/decisions/0007-plain-days-are-worded-when-opened.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, contains_eager

from db import rulebooks
from db.attendance_facts import Facts, RosterEntry, relieved_by
from db.attendance_queries import DAY
from db.engine import take_write_lock
from db.import_inserts import insert_rows
from db.models import Agent, AttendanceDay, Shift
from db.visibility import within
from regulations import attendance as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.worktime import WorkCalendar

BATCH = 2000  # rows of one INSERT or UPDATE
_TURN = 5_310_111  # the advisory lock of PostgreSQL that whoever judges days holds until his commit
DISPUTED = frozenset({"late", "early", "late_and_early", "severe", "absent", "missing_punch"})
"""Classes whose reasoning is kept in words, like that of every day with a remark that is not everyday."""
EVERYDAY = frozenset({"not_early"})


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One shift of the day as it stands now, judged with what is known now."""

    agent: Agent
    shift: Shift
    class_: str
    late_minutes: int
    early_minutes: int
    worked_minutes: int
    first_in_at: datetime | None
    last_out_at: datetime | None
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    class_label: str = ""
    off_post_minutes: int = 0
    extra_minutes: int = 0
    approved_extra_minutes: int = 0
    month_count: int = 0
    remarks: tuple[str, ...] = ()


def list_days(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
    class_: str | None = None,
) -> list[AttendanceDay]:
    """Verdicts in scope on the shifts of these local dates, both included, by date and staff number."""
    query = (
        select(AttendanceDay)
        .join(AttendanceDay.agent)
        .options(contains_eager(AttendanceDay.agent))
        .where(
            AttendanceDay.work_on >= from_on,
            AttendanceDay.work_on <= to_on,
            *within(scope, team=Agent.team_id, agent=AttendanceDay.agent_id),
        )
        .order_by(AttendanceDay.work_on, Agent.number, AttendanceDay.id)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    if agent_id is not None:
        query = query.where(AttendanceDay.agent_id == agent_id)
    if class_ is not None:
        query = query.where(AttendanceDay.class_ == class_)
    return list(session.scalars(query))


def board(
    session: Session, scope: Scope, on: date, now: datetime, book: Rulebook, team_id: int | None = None
) -> list[BoardRow]:
    """The shifts of a local date as they stand at `now`, by start and staff number; nothing is written."""
    query = (
        select(Shift)
        .join(Shift.agent)
        .options(contains_eager(Shift.agent))
        .where(Shift.work_on == on, *within(scope, team=Agent.team_id, agent=Shift.agent_id))
        .order_by(Shift.starts_at, Agent.number)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    shifts = list(session.scalars(query))
    agent_ids = sorted({shift.agent_id for shift in shifts})
    facts = Facts.gather(session, on, on, agent_ids)
    entries = {entry.id: entry for entry in facts.roster}
    counts = _counts_before(session, on, agent_ids)
    rows = []
    for shift in shifts:
        verdict = facts.judge(entries[shift.id], book, now, counts[shift.agent_id])
        if verdict.month_count:
            counts[shift.agent_id] += 1
        rows.append(
            BoardRow(
                agent=shift.agent,
                shift=shift,
                class_=verdict.class_,
                late_minutes=verdict.late_minutes,
                early_minutes=verdict.early_minutes,
                worked_minutes=verdict.worked_minutes,
                first_in_at=verdict.first_in_at,
                last_out_at=verdict.last_out_at,
                clauses=verdict.clauses,
                steps=verdict.steps,
                class_label=verdict.class_label,
                off_post_minutes=verdict.off_post_minutes,
                extra_minutes=verdict.extra_minutes,
                approved_extra_minutes=verdict.approved_extra_minutes,
                month_count=verdict.month_count,
                remarks=verdict.remarks,
            )
        )
    return rows


def rejudge(session: Session, *, agent_ids: Sequence[int], from_on: date, to_on: date, now: datetime) -> int:
    """Judge these people's shifts of these local dates again after something they rest on has changed.

    Called at the end of the change, in its transaction: a leave decided, a swap, a corrected punch, overtime, the roster.
    The days beside them too, since a reading past midnight belongs to the evening before. A shift that was judged keeps
    its rulebook. How many verdicts were written.
    """
    session.flush()
    book = rulebooks.in_force(session, on=now.date())
    book = rulebooks.in_force(session, on=WorkCalendar.from_rulebook(book).day_of(now))
    from_on, to_on = from_on - DAY, to_on + DAY
    return judge_days(
        session, from_on=from_on, to_on=to_on, book=book, now=now, agent_ids=sorted(set(agent_ids))
    )


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
    month, which count on. Who judges holds the turn until his commit, so that two changes of one day at once are both seen
    by the second.
    """
    _take_turn(session)
    if agent_ids is not None:
        agent_ids = sorted({*agent_ids, *relieved_by(session, from_on, to_on, agent_ids)})
    until = _counts_until(session, to_on, agent_ids)
    facts = Facts.gather(session, from_on, until, agent_ids)
    kept = _kept_verdicts(session, from_on, until, agent_ids)
    counts = _counts_before(session, from_on, agent_ids)
    made, changed = _Written(session, is_new=True), _Written(session, is_new=False)
    wanted = None if agent_ids is None else frozenset(agent_ids)
    entries = [
        entry
        for entry in facts.roster
        if from_on <= entry.work_on <= until and (wanted is None or entry.agent_id in wanted)
    ]
    month = (from_on.year, from_on.month)
    for done, entry in enumerate(
        sorted(entries, key=lambda entry: (entry.work_on, entry.starts_at, entry.id))
    ):
        before = kept.get(entry.id)
        if (entry.work_on.year, entry.work_on.month) != month:
            month, counts = (entry.work_on.year, entry.work_on.month), Counter()
        if before is None and (entry.starts_at > now or entry.work_on > to_on):
            continue
        if entry.work_on > to_on and before is not None and not before["late_minutes"]:
            continue  # read for the latenesses that count on, and this is none
        rules_of_then = book if before is None else rulebooks.made_under(session, before["version"], book)
        verdict = facts.judge(entry, rules_of_then, now, counts[entry.agent_id])
        if verdict.month_count:
            counts[entry.agent_id] += 1
        values = _values(entry, verdict, rules_of_then.version, now)
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


def steps_of(session: Session, day: AttendanceDay, book: Rulebook | None = None) -> list[Any]:
    """The reasoning of a kept verdict, as records of steps; how, see `words_of`."""
    return words_of(session, [day], book)[day.shift_id]


def words_of(
    session: Session, days: Sequence[AttendanceDay], book: Rulebook | None = None
) -> dict[int, list[Any]]:
    """The reasoning of kept verdicts by shift, as records of steps.

    A day like any other kept no words: it is worded now, from its facts, under the rulebook and for the moment it was
    judged at. `book` stands in for a rulebook that was never published here; None: the one in force.
    """
    found = {day.shift_id: day.steps for day in days}
    plain = [day for day in days if not day.steps]
    if not plain:
        return found
    book = book or rulebooks.in_force(session)
    on = [day.work_on for day in plain]
    facts = Facts.gather(session, min(on), max(on), sorted({day.agent_id for day in plain}))
    entries = {entry.id: entry for entry in facts.roster}
    for day in plain:
        entry = entries.get(day.shift_id)
        if entry is not None:
            then = rulebooks.made_under(session, day.rulebook_version, book)
            before = max(day.month_count - 1, 0)
            steps = facts.judge(entry, then, day.judged_at, before).steps
            found[day.shift_id] = [step.as_record() for step in steps]
    return found


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
    session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None
) -> dict[int, dict[str, Any]]:
    day = AttendanceDay
    query = select(
        day.id,
        day.shift_id,
        day.rulebook_version.label("version"),
        day.class_.label("class_"),
        *(getattr(day, name) for name in _COMPARED if name != "class_"),
    ).where(day.shift_id.in_(select(Shift.id).where(Shift.work_on >= from_on, Shift.work_on <= to_on)))
    if agent_ids is not None:
        # By the shift's person, not the verdict's: a shift that was swapped goes to somebody else.
        query = query.join(Shift, Shift.id == day.shift_id).where(Shift.agent_id.in_(agent_ids))
    return {row["shift_id"]: dict(row) for row in session.execute(query).mappings()}


def _counts_before(session: Session, on: date, agent_ids: Sequence[int] | None) -> Counter[int]:
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
