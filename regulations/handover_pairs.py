"""Which handovers the roster owes: every outgoing shift that another person's shift at the same post follows (A1.22, A2.48).

A relief that has begun when the outgoing shift ends takes over on the spot. Where nobody is there at that hour but a shift
begins soon enough (`handover.follows_within`), what is handed over is written for it to find: the late shift writes for the
morning (A1.22).
"""

from __future__ import annotations

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
        taken: dict[int, int] = defaultdict(int)  # how many an incoming shift takes over from already
        for outgoing in sorted(together, key=_order):
            following = _following(outgoing, together, within)
            if following:
                incoming = min(following, key=lambda s: (taken[s.shift_id], s.agent_id, s.shift_id))
                taken[incoming.shift_id] += 1
                found.append(Owed(outgoing, incoming))
    return tuple(sorted(found, key=lambda one: _order(one.outgoing)))


def _order(shift: PostShift) -> tuple[datetime, int, int]:
    return shift.ends_at, shift.agent_id, shift.shift_id


def _following(outgoing: PostShift, together: Sequence[PostShift], within: timedelta) -> list[PostShift]:
    """The shifts that begin together and are the next after the outgoing one; empty when none follows."""
    later = [
        shift
        for shift in together
        if shift.agent_id != outgoing.agent_id
        and shift.starts_at > outgoing.starts_at
        and shift.ends_at > outgoing.ends_at
        and shift.starts_at <= outgoing.ends_at + within
    ]
    if not later:
        return []
    there = [shift.starts_at for shift in later if shift.starts_at <= outgoing.ends_at]
    begins = max(there) if there else min(shift.starts_at for shift in later)
    return [shift for shift in later if shift.starts_at == begins]
