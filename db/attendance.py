"""Attendance: the verdict on every shift, and today's board.

A verdict is always re-derivable from shift, punches, leave and time off the post; it is kept so that
lists and figures need not derive it again.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, contains_eager

from db import rulebooks
from db.models import Agent, AttendanceDay, Leave, OffPost, Punch, Shift
from db.visibility import within
from regulations import attendance as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Step

# A punch this far from a shift still belongs to it when no other shift is nearer. Wider than what the
# rules accept, so that they, not the query, decide and say so in the explanation.
REACH = timedelta(hours=12)
NEIGHBOURS = 3  # shifts before and after a punch that are looked at; nobody has more within REACH
BATCH = 500  # rows of one INSERT or UPDATE, and agents of one query


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
    facts = _Facts.gather(session, on, on, [shift.agent_id for shift in shifts])
    rows = []
    for shift in shifts:
        verdict = facts.judge(_roster_entry(shift), book, now)
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
            )
        )
    return rows


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
    has not changed is not written again. Facts are read once for the whole range, not once per day.
    """
    facts = _Facts.gather(session, from_on, to_on, agent_ids)
    kept = _kept_verdicts(session, from_on, to_on, agent_ids)
    made: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    entries = [entry for entry in facts.roster if from_on <= entry.work_on <= to_on]
    for done, entry in enumerate(entries):
        before = kept.get(entry.id)
        rules_of_then = book if before is None else rulebooks.made_under(session, before["version"], book)
        if entry.starts_at > now and before is None:
            continue
        values = _values(entry, facts.judge(entry, rules_of_then, now), rules_of_then.version, now)
        if before is None:
            made.append(values)
        elif any(values[name] != before[name] for name in _COMPARED):
            changed.append({"id": before["id"], **values})
        if on_progress is not None and done % BATCH == 0:
            on_progress(done / len(entries))
    for start in range(0, len(made), BATCH):
        session.execute(insert(AttendanceDay), made[start : start + BATCH])
    for start in range(0, len(changed), BATCH):
        session.execute(update(AttendanceDay), changed[start : start + BATCH])
    return len(made) + len(changed)


_COMPARED = (
    "class_",
    "late_minutes",
    "early_minutes",
    "worked_minutes",
    "first_in_at",
    "last_out_at",
    "work_on",
    "agent_id",
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
        query = query.where(day.agent_id.in_(agent_ids))
    return {row["shift_id"]: dict(row) for row in session.execute(query).mappings()}


def _values(entry: _Entry, verdict: rules.DayVerdict, version: str, now: datetime) -> dict[str, Any]:
    return {
        "shift_id": entry.id,
        "agent_id": entry.agent_id,
        "work_on": entry.work_on,
        "class_": verdict.class_,
        "late_minutes": verdict.late_minutes,
        "early_minutes": verdict.early_minutes,
        "worked_minutes": verdict.worked_minutes,
        "first_in_at": verdict.first_in_at,
        "last_out_at": verdict.last_out_at,
        "clauses": list(verdict.clauses),
        "steps": [step.as_record() for step in verdict.steps],
        "rulebook_version": version,
        "judged_at": now,
    }


@dataclass(frozen=True, slots=True)
class _Entry:
    """A shift on the roster, without the weight of a mapped row."""

    id: int
    agent_id: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...]


def _roster_entry(shift: Any) -> _Entry:
    return _Entry(
        shift.id,
        shift.agent_id,
        shift.work_on,
        shift.starts_at,
        shift.ends_at,
        tuple((_instant(b["start"]), _instant(b["end"])) for b in shift.breaks),
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True)
class _Facts:
    """Everything the verdicts of a range of days rest on, read with one query for each kind of fact."""

    roster: tuple[_Entry, ...]
    punches: Mapping[int, Sequence[rules.PunchFact]]  # by shift
    leave: Mapping[int, Sequence[rules.LeaveFact]]  # by agent
    off_post: Mapping[int, Sequence[rules.OffPostFact]]  # by agent

    @staticmethod
    def gather(
        session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None = None
    ) -> _Facts:
        """The facts of these days; the neighbouring days' shifts too, since a punch goes to the nearest."""
        day = timedelta(days=1)
        query = select(
            Shift.id, Shift.agent_id, Shift.work_on, Shift.starts_at, Shift.ends_at, Shift.breaks
        ).where(Shift.work_on >= from_on - day, Shift.work_on <= to_on + day)
        if agent_ids is not None:
            query = query.where(Shift.agent_id.in_(agent_ids))
        roster = tuple(_roster_entry(row) for row in session.execute(query.order_by(Shift.starts_at)))
        if not roster:
            return _Facts((), {}, {}, {})
        begin = min(entry.starts_at for entry in roster) - REACH
        end = max(entry.ends_at for entry in roster) + REACH
        # A correction names the reading it replaces; the replaced one no longer counts.
        replaced = select(Punch.corrects_id).where(Punch.corrects_id.is_not(None))
        punches = select(Punch.agent_id, Punch.at, Punch.kind).where(
            Punch.at >= begin, Punch.at <= end, Punch.id.not_in(replaced)
        )
        leave = select(Leave.agent_id, Leave.starts_at, Leave.ends_at, Leave.type, Leave.status).where(
            Leave.ends_at >= begin, Leave.starts_at <= end, Leave.status.in_(("approved", "requested"))
        )
        away = select(OffPost.agent_id, OffPost.starts_at, OffPost.ends_at, OffPost.is_approved).where(
            OffPost.starts_at >= begin, OffPost.starts_at <= end
        )
        if agent_ids is not None:
            punches = punches.where(Punch.agent_id.in_(agent_ids))
            leave = leave.where(Leave.agent_id.in_(agent_ids))
            away = away.where(OffPost.agent_id.in_(agent_ids))
        on_leave: dict[int, list[rules.LeaveFact]] = defaultdict(list)
        for row in session.execute(leave):
            fact = rules.LeaveFact(row.starts_at, row.ends_at, row.type, row.status == "approved")
            on_leave[row.agent_id].append(fact)
        off_post: dict[int, list[rules.OffPostFact]] = defaultdict(list)
        for row in session.execute(away):
            off_post[row.agent_id].append(rules.OffPostFact(row.starts_at, row.ends_at, row.is_approved))
        return _Facts(roster, _by_shift(roster, session.execute(punches)), on_leave, off_post)

    def judge(self, entry: _Entry, book: Rulebook, now: datetime) -> rules.DayVerdict:
        """The verdict on one shift."""
        return rules.judge(
            rules.ShiftFacts(entry.starts_at, entry.ends_at, entry.breaks),
            self.punches.get(entry.id, ()),
            [
                fact
                for fact in self.leave.get(entry.agent_id, ())
                if fact.starts_at < entry.ends_at and fact.ends_at > entry.starts_at
            ],
            [
                fact
                for fact in self.off_post.get(entry.agent_id, ())
                if fact.starts_at < entry.ends_at and (fact.ends_at is None or fact.ends_at > entry.starts_at)
            ],
            book,
            now,
        )


def _by_shift(roster: Iterable[_Entry], punches: Iterable[Any]) -> dict[int, list[rules.PunchFact]]:
    """Each punch with the shift it is nearest to: an "in" by the start, an "out" by the end.

    So the clock-out after midnight goes to the evening before, and between two shifts back to back the
    one out and the other in find their own.
    """
    shifts: dict[int, list[_Entry]] = defaultdict(list)
    for entry in sorted(roster, key=lambda entry: entry.starts_at):
        shifts[entry.agent_id].append(entry)
    begins = {agent_id: [entry.starts_at for entry in entries] for agent_id, entries in shifts.items()}
    found: dict[int, list[rules.PunchFact]] = defaultdict(list)
    for punch in punches:
        entries = shifts.get(punch.agent_id, [])
        after = bisect(begins.get(punch.agent_id, []), punch.at)
        near = [
            (abs(punch.at - (entry.starts_at if punch.kind == "in" else entry.ends_at)), entry.id)
            for entry in entries[max(0, after - NEIGHBOURS) : after + NEIGHBOURS]
            if entry.starts_at - REACH <= punch.at <= entry.ends_at + REACH
        ]
        if near:
            found[min(near)[1]].append(rules.PunchFact(punch.at, punch.kind))
    return found
