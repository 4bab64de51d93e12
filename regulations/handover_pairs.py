"""Which handovers the roster owes: every outgoing shift that another person's shift at the same post follows (A1.22, A2.48).

A relief that has begun when the outgoing shift ends takes over on the spot. Where nobody is there at that hour but a shift
begins soon enough (`handover.follows_within`), what is handed over is written for it to find: the late shift writes for the
morning (A1.22).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from regulations.lateness import span_of

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_FOLLOWS = "handover.follows_within"


@dataclass(frozen=True, slots=True)
class PostShift:
    """The time that is owed of one shift: after approved leave. Who is on leave for all of it is not in the list.

    Raises ValueError when it does not end after it starts.
    """

    shift_id: int
    agent_id: int
    team_id: int
    post: str
    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("a shift must end after it starts")


@dataclass(frozen=True, slots=True)
class Owed:
    """A handover that the roster owes, from one shift to the one that follows."""

    outgoing: PostShift
    incoming: PostShift


def is_direct(outgoing_ends_at: datetime, incoming_starts_at: datetime | None) -> bool:
    """Whether the incoming shift has begun when the outgoing one ends, so that nobody leaves before it is there."""
    return incoming_starts_at is not None and incoming_starts_at <= outgoing_ends_at


def owed_handovers(shifts: Iterable[PostShift], book: Rulebook) -> tuple[Owed, ...]:
    """The handovers among these shifts, by the end of the outgoing one; the order of the shifts makes no difference.

    Who follows: somebody else at the same post of the same team, whose shift begins after the outgoing one began and goes
    on after it ends. Of several, those already there come first, the latest to begin of them; else the first to come.
    Those who begin together take over from the outgoing people in turn.
    """
    within = span_of(book, _FOLLOWS) or timedelta()
    posts: dict[tuple[int, str], list[PostShift]] = defaultdict(list)
    for shift in shifts:
        posts[shift.team_id, shift.post].append(shift)
    found: list[Owed] = []
    for together in posts.values():
        together.sort(key=lambda shift: shift.starts_at)
        starts = [shift.starts_at for shift in together]
        taken: dict[int, int] = defaultdict(int)  # how many an incoming shift takes over from already
        known: dict[
            tuple[datetime, datetime], list[PostShift]
        ] = {}  # those who leave together are followed alike
        for outgoing in sorted(together, key=_order):
            span = (outgoing.starts_at, outgoing.ends_at)
            following = known.get(span)
            if following is None:
                following = known[span] = _following(outgoing, together, starts, within, None)
            if any(shift.agent_id == outgoing.agent_id for shift in following):
                following = _following(outgoing, together, starts, within, outgoing.agent_id)
            if following:
                incoming = min(following, key=lambda shift: taken[shift.shift_id])
                taken[incoming.shift_id] += 1
                found.append(Owed(outgoing, incoming))
    return tuple(sorted(found, key=lambda one: _order(one.outgoing)))


def _order(shift: PostShift) -> tuple[datetime, int, int]:
    return shift.ends_at, shift.agent_id, shift.shift_id


def _following(
    outgoing: PostShift,
    together: Sequence[PostShift],
    starts: Sequence[datetime],
    within: timedelta,
    without: int | None,
) -> list[PostShift]:
    """The shifts that begin together and are the next after the outgoing one, by person; empty when none follows.

    `together` is ordered by start, `starts` are these; `without` is somebody whose shifts are left out.
    """
    after = bisect_right(starts, outgoing.starts_at)
    there = bisect_right(starts, outgoing.ends_at)
    until = bisect_right(starts, outgoing.ends_at + within)
    for order in (range(there - 1, after - 1, -1), range(there, until)):
        found: list[PostShift] = []
        for index in order:
            shift = together[index]
            if found and shift.starts_at != found[0].starts_at:
                break
            if shift.agent_id != without and shift.ends_at > outgoing.ends_at:
                found.append(shift)
        if found:
            return sorted(found, key=lambda shift: (shift.agent_id, shift.shift_id))
    return []
