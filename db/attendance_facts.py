"""What the verdicts of a range of days rest on, read at once: roster, punches, leave, time off the post."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Leave, OffPost, Punch, Shift
from regulations import attendance as rules
from regulations.rulebook import Rulebook

# A punch this far from a shift still belongs to it when no other shift is nearer. Wider than what the
# rules accept, so that they, not the query, decide and say so in the explanation.
REACH = timedelta(hours=12)
NEIGHBOURS = 3  # shifts before and after a punch that are looked at; nobody has more within REACH


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A shift on the roster, without the weight of a mapped row."""

    id: int
    agent_id: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...]


def roster_entry(shift: Any) -> RosterEntry:
    """A shift, mapped or as a plain result row, as an entry."""
    return RosterEntry(
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
class Facts:
    """Everything the verdicts of a range of days rest on, read with one query for each kind of fact."""

    roster: tuple[RosterEntry, ...]
    punches: Mapping[int, Sequence[rules.PunchFact]]  # by shift
    leave: Mapping[int, Sequence[rules.LeaveFact]]  # by agent
    off_post: Mapping[int, Sequence[rules.OffPostFact]]  # by agent

    @staticmethod
    def gather(session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None = None) -> Facts:
        """The facts of these days; the neighbouring days' shifts too, since a punch goes to the nearest."""
        day = timedelta(days=1)
        query = select(
            Shift.id, Shift.agent_id, Shift.work_on, Shift.starts_at, Shift.ends_at, Shift.breaks
        ).where(Shift.work_on >= from_on - day, Shift.work_on <= to_on + day)
        if agent_ids is not None:
            query = query.where(Shift.agent_id.in_(agent_ids))
        roster = tuple(roster_entry(row) for row in session.execute(query.order_by(Shift.starts_at)))
        if not roster:
            return Facts((), {}, {}, {})
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
        for agent_id, starts_at, ends_at, type_, status in session.execute(leave):
            on_leave[agent_id].append(rules.LeaveFact(starts_at, ends_at, type_, status == "approved"))
        off_post: dict[int, list[rules.OffPostFact]] = defaultdict(list)
        for agent_id, left_at, back_at, is_approved in session.execute(away):
            off_post[agent_id].append(rules.OffPostFact(left_at, back_at, is_approved))
        return Facts(roster, _by_shift(roster, session.execute(punches)), on_leave, off_post)

    def judge(self, entry: RosterEntry, book: Rulebook, now: datetime) -> rules.DayVerdict:
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


def _by_shift(roster: Iterable[RosterEntry], punches: Iterable[Any]) -> dict[int, list[rules.PunchFact]]:
    """Each punch with the shift it is nearest to: an "in" by the start, an "out" by the end.

    So the clock-out after midnight goes to the evening before, and between two shifts back to back the
    one out and the other in find their own.
    """
    shifts: dict[int, list[RosterEntry]] = defaultdict(list)
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
