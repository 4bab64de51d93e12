"""What the verdicts of a range of days rest on, read at once: roster, punches, leave, time off the post, and around."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.attendance_queries import (
    DAY,
    instant_of,
    read_changes,
    read_leave,
    read_off_post,
    read_overtime,
    read_punches,
)
from db.models import Agent, Shift
from regulations import attendance as rules
from regulations.intervals import Interval
from regulations.rulebook import Rulebook

# A punch this far from a shift still belongs to it when no other shift is nearer. Wider than what the
# rules accept, so that they, not the query, decide and say so in the explanation.
REACH = timedelta(hours=12)
NEIGHBOURS = 3  # shifts before and after a punch that are looked at; nobody has more within REACH
LAST = datetime.max.replace(tzinfo=UTC)  # later than anybody came
_Post = tuple[int, str, datetime]  # team, post, and when a shift there begins


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A shift on the roster, without the weight of a mapped row."""

    id: int
    agent_id: int
    team_id: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Interval, ...]
    post: str


def _entry(row: Any) -> RosterEntry:
    breaks = tuple((instant_of(b["start"]), instant_of(b["end"])) for b in row.breaks) if row.breaks else ()
    return RosterEntry(
        row.id, row.agent_id, row.team_id, row.work_on, row.starts_at, row.ends_at, breaks, row.post
    )


@dataclass(slots=True)
class Facts:
    """Everything the verdicts of a range of days rest on, read with one query for each kind of fact."""

    roster: tuple[RosterEntry, ...] = ()
    punches: Mapping[int, Sequence[rules.PunchFact]] = field(default_factory=dict)  # by shift
    leave: Mapping[int, Sequence[rules.LeaveFact]] = field(default_factory=dict)  # by agent
    off_post: Mapping[int, Sequence[rules.OffPostFact]] = field(default_factory=dict)  # by agent
    overtime: Mapping[int, Sequence[Interval]] = field(default_factory=dict)  # by agent, approved
    changes: Mapping[int, Sequence[rules.RosterChange]] = field(default_factory=dict)  # by shift
    corrected: Mapping[int, Sequence[rules.CorrectedReading]] = field(default_factory=dict)  # by shift
    before: dict[int, RosterEntry] = field(default_factory=dict)  # by shift: the person's shift before
    after: dict[int, RosterEntry] = field(default_factory=dict)  # by shift: the one that follows at once
    starting: Mapping[_Post, Sequence[RosterEntry]] = field(default_factory=dict)
    _reliefs: dict[tuple[_Post, datetime], list[tuple[datetime, int]]] = field(default_factory=dict)

    @staticmethod
    def gather(session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None = None) -> Facts:
        """The facts of these days; the neighbouring days' shifts too, since a punch goes to the nearest.

        With `agent_ids` also those of the colleagues who take over at their posts.
        """
        if agent_ids is not None:
            agent_ids = sorted({*agent_ids, *relieving(session, from_on, to_on, agent_ids)})
        query = (
            select(
                Shift.id,
                Shift.agent_id,
                Agent.team_id,
                Shift.work_on,
                Shift.starts_at,
                Shift.ends_at,
                Shift.breaks,
                Shift.post,
            )
            .join(Agent, Agent.id == Shift.agent_id)
            .where(Shift.work_on >= from_on - DAY, Shift.work_on <= to_on + DAY)
        )
        if agent_ids is not None:
            query = query.where(Shift.agent_id.in_(agent_ids))
        roster = tuple(_entry(row) for row in session.execute(query.order_by(Shift.starts_at, Shift.id)))
        if not roster:
            return Facts()
        begin = min(entry.starts_at for entry in roster) - REACH
        end = max(entry.ends_at for entry in roster) + REACH
        punches, corrected = _by_shift(roster, read_punches(session, begin, end, agent_ids))
        facts = Facts(
            roster=roster,
            punches=punches,
            corrected=corrected,
            leave=read_leave(session, begin, end, agent_ids),
            off_post=read_off_post(session, begin, end, agent_ids),
            overtime=read_overtime(session, begin, end, agent_ids),
            changes=read_changes(session, from_on, to_on, {entry.id for entry in roster}),
        )
        facts._link()
        return facts

    def _link(self) -> None:
        """Who had which shift before, which follows at once, and which begin at a post at a moment."""
        last: dict[int, RosterEntry] = {}
        starting: dict[tuple[int, str, datetime], list[RosterEntry]] = defaultdict(list)
        for entry in self.roster:
            earlier = last.get(entry.agent_id)
            if earlier is not None:
                self.before[entry.id] = earlier
                if earlier.ends_at == entry.starts_at:
                    self.after[earlier.id] = entry
            last[entry.agent_id] = entry
            starting[entry.team_id, entry.post, entry.starts_at].append(entry)
        self.starting = starting

    def judge(
        self, entry: RosterEntry, book: Rulebook, now: datetime, month_count_before: int = 0
    ) -> rules.DayVerdict:
        """The verdict on one shift, with the person's latenesses earlier in the month."""
        leave, off_post = self.leave.get(entry.agent_id, ()), self.off_post.get(entry.agent_id, ())
        if leave:
            leave = [
                fact for fact in leave if fact.starts_at < entry.ends_at and fact.ends_at > entry.starts_at
            ]
        if off_post:
            off_post = [
                fact
                for fact in off_post
                if fact.starts_at < entry.ends_at and (fact.ends_at is None or fact.ends_at > entry.starts_at)
            ]
        return rules.judge(
            rules.ShiftFacts(entry.starts_at, entry.ends_at, entry.breaks),
            self.punches.get(entry.id, ()),
            leave,
            off_post,
            book,
            now,
            context=self._context(entry, now, month_count_before),
        )

    def _context(self, entry: RosterEntry, now: datetime, month_count_before: int) -> rules.DayContext:
        earlier, later = self.before.get(entry.id), self.after.get(entry.id)
        is_joined = earlier is not None and earlier.ends_at == entry.starts_at
        is_awaited, relief = self._relief(entry, now)
        overtime = self.overtime.get(entry.agent_id, ())
        if overtime:
            overtime = [
                (a, b) for a, b in overtime if a < entry.ends_at + REACH and b > entry.starts_at - REACH
            ]
        return rules.DayContext(
            month_count_before=month_count_before,
            previous_ends_at=None if earlier is None else earlier.ends_at,
            relief=relief,
            overtime=tuple(overtime),
            changes=tuple(self.changes.get(entry.id, ())),
            corrected=tuple(self.corrected.get(entry.id, ())),
            post=entry.post,
            awaits_relief=is_awaited,
            stayed_from=is_joined and earlier is not None and self._went_on(earlier, entry, now, ("out", "")),
            stays_on=later is not None and self._went_on(entry, later, now, ("out",)),
        )

    def _relief(self, entry: RosterEntry, now: datetime) -> tuple[bool, datetime | None]:
        """Whether a colleague takes over at the post who has no leave then, and when the first of them clocked in."""
        key = ((entry.team_id, entry.post, entry.ends_at), now)
        found = self._reliefs.get(key)
        if found is None:
            coming = [other for other in self.starting.get(key[0], ()) if not self._is_excused(other)]
            came = sorted((self._first_in(other, now) or LAST, other.agent_id) for other in coming)
            found = self._reliefs[key] = came[:2]  # one of the first two is somebody else
        for came_at, agent_id in found:
            if agent_id != entry.agent_id:
                return True, None if came_at == LAST else came_at
        return False, None

    def _is_excused(self, entry: RosterEntry) -> bool:
        """Whether the person has leave at the start of the shift: nobody waits for him."""
        return any(
            fact.is_approved and fact.starts_at <= entry.starts_at < fact.ends_at
            for fact in self.leave.get(entry.agent_id, ())
        )

    def _first_in(self, entry: RosterEntry, now: datetime) -> datetime | None:
        came = [p.at for p in self.punches.get(entry.id, ()) if p.kind == "in" and p.at <= now]
        return min(came, default=None)

    def _went_on(
        self, entry: RosterEntry, later: RosterEntry, now: datetime, next_kinds: tuple[str, ...]
    ) -> bool:
        """Whether the last thing known of a shift is a clock-in, and of the one that follows it at once a clock-out
        or, with "" among `next_kinds`, nothing yet."""
        known = [max(((p.at, p.kind) for p in self.punches.get(entry.id, ()) if p.at <= now), default=None)]
        following = min(((p.at, p.kind) for p in self.punches.get(later.id, ()) if p.at <= now), default=None)
        if known[0] is None or known[0][1] != "in":
            return False
        return ("" if following is None else following[1]) in next_kinds


def relieving(session: Session, from_on: date, to_on: date, agent_ids: Sequence[int]) -> set[int]:
    """Who takes over at the post of one of these people, the moment his shift ends."""
    out, into = _pairs()
    return _pair_ids(session, into.agent_id, out.agent_id.in_(agent_ids), out, into, from_on, to_on)


def relieved_by(session: Session, from_on: date, to_on: date, agent_ids: Sequence[int]) -> set[int]:
    """Whose post one of these people takes over, the moment that shift ends."""
    out, into = _pairs()
    return _pair_ids(session, out.agent_id, into.agent_id.in_(agent_ids), out, into, from_on, to_on)


def _pairs() -> tuple[Any, Any]:
    return aliased(Shift), aliased(Shift)


def _pair_ids(
    session: Session, wanted: Any, condition: Any, out: Any, into: Any, from_on: date, to_on: date
) -> set[int]:
    leaving, coming = aliased(Agent), aliased(Agent)
    query = (
        select(wanted)
        .select_from(out)
        .join(leaving, leaving.id == out.agent_id)
        .join(into, (into.starts_at == out.ends_at) & (into.post == out.post))
        .join(coming, (coming.id == into.agent_id) & (coming.team_id == leaving.team_id))
        .where(
            condition,
            out.agent_id != into.agent_id,
            out.work_on.between(from_on - DAY, to_on + DAY),
            into.work_on.between(from_on - DAY, to_on + DAY),
        )
        .distinct()
    )
    return set(session.scalars(query))


def _by_shift(
    roster: Iterable[RosterEntry], punches: Iterable[Any]
) -> tuple[dict[int, list[rules.PunchFact]], dict[int, list[rules.CorrectedReading]]]:
    """Each punch with the shift it is nearest to: an "in" by the start, an "out" by the end.

    So the clock-out after midnight goes to the evening before, and between two shifts back to back the
    one out and the other in find their own.
    """
    shifts: dict[int, list[tuple[datetime, datetime, RosterEntry]]] = defaultdict(list)
    for entry in roster:
        shifts[entry.agent_id].append((entry.starts_at - REACH, entry.ends_at + REACH, entry))
    begins = {agent_id: [entry.starts_at for _, _, entry in spans] for agent_id, spans in shifts.items()}
    found: dict[int, list[rules.PunchFact]] = defaultdict(list)
    corrected: dict[int, list[rules.CorrectedReading]] = defaultdict(list)
    for agent_id, at, kind, source, before_at in punches:
        if agent_id not in shifts:
            continue
        after, is_in = bisect(begins[agent_id], at), kind == "in"
        nearest: tuple[timedelta, datetime, int] | None = None
        for begin, end, entry in shifts[agent_id][max(0, after - NEIGHBOURS) : after + NEIGHBOURS]:
            if begin <= at <= end:
                far = abs(at - (entry.starts_at if is_in else entry.ends_at))
                if nearest is None or (far, entry.starts_at, entry.id) < nearest:
                    nearest = (far, entry.starts_at, entry.id)
        if nearest is not None:
            found[nearest[2]].append(rules.PunchFact(at, kind))
            if source != "import":
                corrected[nearest[2]].append(rules.CorrectedReading(kind, at, before_at, source))
    return found, corrected
