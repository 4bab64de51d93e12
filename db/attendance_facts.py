"""What the verdicts of a range of days rest on, read at once: roster, punches, leave, time off the post, and around."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.attendance_queries import (
    DAY,
    instant_of,
    read_changes,
    read_failed_swaps,
    read_leave,
    read_off_post,
    read_overtime,
    read_punches,
    read_takeovers,
)
from db.attendance_relief import direct_reliefs, relieving
from db.models import Agent, Shift
from regulations import attendance as rules
from regulations.attendance_terms import terms_of
from regulations.intervals import Interval
from regulations.punches import belongs_to
from regulations.rulebook import Rulebook
from regulations.worktime import whole_seconds

# A punch this far from a shift still belongs to it when no other shift is nearer. Wider than what the
# rules accept, so that they, not the query, decide and say so in the explanation.
REACH = timedelta(hours=12)
NEIGHBOURS = 3  # shifts before and after a punch that are looked at; nobody has more within REACH


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A shift on the roster, without the weight of a mapped row.

    `rulebook_version`: of the swap that made the shift count for somebody who is not rostered on it; else empty.
    """

    id: int
    agent_id: int
    team_id: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Interval, ...]
    post: str
    rulebook_version: str = ""


def _entry(row: Any, agent_id: int, team_id: int, version: str = "") -> RosterEntry:
    breaks = tuple((instant_of(b["start"]), instant_of(b["end"])) for b in row.breaks) if row.breaks else ()
    return RosterEntry(
        row.id, agent_id, team_id, row.work_on, row.starts_at, row.ends_at, breaks, row.post, version
    )


@dataclass(slots=True)
class Facts:
    """Everything the verdicts of a range of days rest on, read with one query for each kind of fact.

    `charged` are shifts of swaps that failed, each as the shift of the one of the two who is not rostered on it.
    """

    roster: tuple[RosterEntry, ...] = ()
    charged: tuple[RosterEntry, ...] = ()
    failed: Mapping[tuple[int, int], rules.FailedSwap] = field(default_factory=dict)  # by shift and agent
    punches: Mapping[int, Sequence[rules.PunchFact]] = field(default_factory=dict)  # by shift
    leave: Mapping[int, Sequence[rules.LeaveFact]] = field(default_factory=dict)  # by agent
    off_post: Mapping[int, Sequence[rules.OffPostFact]] = field(default_factory=dict)  # by agent
    overtime: Mapping[int, Sequence[Interval]] = field(default_factory=dict)  # by agent, approved
    changes: Mapping[int, Sequence[rules.RosterChange]] = field(default_factory=dict)  # by shift
    corrected: Mapping[int, Sequence[rules.CorrectedReading]] = field(default_factory=dict)  # by shift
    before: dict[int, RosterEntry] = field(default_factory=dict)  # by shift: the person's shift before
    after: dict[int, RosterEntry] = field(default_factory=dict)  # by shift: the one that follows at once
    taken_over: Mapping[int, datetime] = field(default_factory=dict)  # by shift: signed for by who relieves
    by_id: Mapping[int, RosterEntry] = field(default_factory=dict)
    _reliefs: dict[str, dict[int, int]] = field(default_factory=dict)  # by rulebook: shift to shift

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
        rows = session.execute(query.order_by(Shift.starts_at, Shift.id))
        roster = tuple(_entry(row, row.agent_id, row.team_id) for row in rows)
        failed, charged = _failed_swaps(session, from_on, to_on, agent_ids)
        if not roster:
            return Facts(charged=charged, failed=failed)
        begin = min(entry.starts_at for entry in roster) - REACH
        end = max(entry.ends_at for entry in roster) + REACH
        punches, corrected = _by_shift(roster, read_punches(session, begin, end, agent_ids))
        facts = Facts(
            roster=roster,
            by_id={entry.id: entry for entry in roster},
            taken_over=read_takeovers(session, from_on, to_on),
            charged=charged,
            failed=failed,
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
        """Who had which shift before, and which follows at once."""
        last: dict[int, RosterEntry] = {}
        for entry in self.roster:
            earlier = last.get(entry.agent_id)
            if earlier is not None:
                self.before[entry.id] = earlier
                if earlier.ends_at == entry.starts_at:
                    self.after[earlier.id] = entry
            last[entry.agent_id] = entry

    def judge(
        self, entry: RosterEntry, book: Rulebook, now: datetime, month_count_before: int = 0
    ) -> rules.DayVerdict:
        """The verdict on one shift, with the person's latenesses earlier in the month."""
        failed = self._failed_swap(entry, now)
        if failed is not None and not failed.is_rostered:  # his own readings and leave have no part in it
            shift = rules.ShiftFacts(entry.starts_at, entry.ends_at, entry.breaks)
            return rules.judge(shift, (), (), (), book, now, context=rules.DayContext(failed_swap=failed))
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
            context=self._context(entry, book, now, month_count_before),
        )

    def concerns(self, entry: RosterEntry, book: Rulebook, now: datetime) -> bool:
        """Whether the person answers for the shift: it is on his roster, or a swap made it count for him too."""
        failed = self.failed.get((entry.id, entry.agent_id))
        if failed is None or failed.is_rostered:
            return True
        return failed.recorded_at <= now and terms_of(book).is_failed_swap_absence

    def _failed_swap(self, entry: RosterEntry, now: datetime) -> rules.FailedSwap | None:
        failed = self.failed.get((entry.id, entry.agent_id)) if self.failed else None
        return failed if failed is not None and failed.recorded_at <= now else None

    def _context(
        self, entry: RosterEntry, book: Rulebook, now: datetime, month_count_before: int
    ) -> rules.DayContext:
        earlier, later = self.before.get(entry.id), self.after.get(entry.id)
        is_awaited, relief = self._relief(entry, book, now)
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
            stayed_from=self._stayed_from(entry, now),
            stays_on=later is not None and self._went_on(entry, later, now, ("out",)),
            failed_swap=self._failed_swap(entry, now),
        )

    def _relief(self, entry: RosterEntry, book: Rulebook, now: datetime) -> tuple[bool, datetime | None]:
        """Whether a colleague takes over on the spot, and when he was there: clocked in, or signed for taking over, which
        somebody sent in his place does too. Who stayed on from a shift before is there."""
        pairs = self._reliefs.get(book.version)
        if pairs is None:
            is_asked = terms_of(book).waits_for_relief
            pairs = direct_reliefs(self.roster, self.leave, book) if is_asked else {}
            self._reliefs[book.version] = pairs
        relief_id = pairs.get(entry.id)
        if relief_id is None:
            return False, None
        incoming = self.by_id[relief_id]
        if self._stayed_from(incoming, now):
            return True, incoming.starts_at
        came_at, signed_at = self._first_in(incoming, now), self.taken_over.get(entry.id)
        if signed_at is not None and signed_at <= now:
            came_at = signed_at if came_at is None else min(came_at, signed_at)
        return True, None if came_at is None else whole_seconds(came_at)

    def _stayed_from(self, entry: RosterEntry, now: datetime) -> bool:
        earlier = self.before.get(entry.id)
        if earlier is None or earlier.ends_at != entry.starts_at:
            return False
        return self._went_on(earlier, entry, now, ("out", ""))

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


def _failed_swaps(
    session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None
) -> tuple[dict[tuple[int, int], rules.FailedSwap], tuple[RosterEntry, ...]]:
    """What was established of swaps that failed, and the shifts that count for whoever is not rostered on them."""
    failed: dict[tuple[int, int], rules.FailedSwap] = {}
    charged = []
    for row, parties in read_failed_swaps(session, from_on, to_on, agent_ids):
        for agent_id, (team_id, told) in parties.items():
            failed[row.id, agent_id] = told
            if not told.is_rostered:
                charged.append(_entry(row, agent_id, team_id, row.rulebook_version))
    return failed, tuple(charged)


def _by_shift(
    roster: Iterable[RosterEntry], punches: Iterable[Any]
) -> tuple[dict[int, list[rules.PunchFact]], dict[int, list[rules.CorrectedReading]]]:
    """Each punch with the shift it belongs to.

    So the clock-out after midnight goes to the evening before, and between two shifts back to back the
    one out and the other in find their own.
    """
    ids: dict[int, list[int]] = defaultdict(list)
    spans: dict[int, list[Interval]] = defaultdict(list)
    begins: dict[int, list[datetime]] = defaultdict(list)
    for entry in roster:
        ids[entry.agent_id].append(entry.id)
        spans[entry.agent_id].append((entry.starts_at, entry.ends_at))
        begins[entry.agent_id].append(entry.starts_at)
    found: dict[int, list[rules.PunchFact]] = defaultdict(list)
    corrected: dict[int, list[rules.CorrectedReading]] = defaultdict(list)
    for agent_id, at, kind, source, before_at in punches:
        if agent_id not in ids:
            continue
        after = bisect(begins[agent_id], at)
        first = max(0, after - NEIGHBOURS)
        place = belongs_to(at, kind, spans[agent_id][first : after + NEIGHBOURS], REACH)
        if place is not None:
            shift_id = ids[agent_id][first + place]
            found[shift_id].append(rules.PunchFact(at, kind))
            if source != "import":
                corrected[shift_id].append(rules.CorrectedReading(kind, at, before_at, source))
    return found, corrected
