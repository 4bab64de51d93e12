"""In which order requests are looked at, and which of them want the same day: plain values, nothing else.

The one question is by when a decision is needed. A leave, a swap or overtime is of no use decided after it has
begun; a clock reading is put right before the month's figures are handed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

KINDS: tuple[str, ...] = ("leave", "swap", "correction", "overtime")
SOON = timedelta(hours=24)  # a shift that begins within a day is arranged today

Urgency = Literal["late", "soon", "later"]
URGENCIES: tuple[Urgency, ...] = ("late", "soon", "later")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for, as far as its place in the list goes: whose, of which team, from when to when."""

    key: str
    kind: str
    agent_ids: tuple[int, ...]  # both people of a swap
    team_id: int
    begins_at: datetime
    ends_at: datetime
    asked_at: datetime


def needed_at(wish: Wish, work_on: date, zone: tzinfo) -> datetime:
    """By when the decision is needed: before it begins.

    For a clock reading, and for what was asked for when it was over, before the month of `work_on` is over (local time).
    """
    if wish.kind != "correction" and wish.asked_at < wish.ends_at:
        return wish.begins_at
    following = (work_on.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone)


def urgency(needed: datetime, now: datetime) -> Urgency:
    """`late` once the moment is there, `soon` within 24 hours of it (included), else `later`."""
    if needed <= now:
        return "late"
    return "soon" if needed - now <= SOON else "later"


def in_order(wanted: Iterable[tuple[str, datetime, datetime]]) -> list[str]:
    """Keys of (key, needed_at, asked_at): what is needed first stands first; of two, the one that waits longer."""
    return [key for key, _needed, _asked in sorted(wanted, key=lambda one: (one[1], one[2], one[0]))]


def wants_the_same_time(one: Wish, others: Sequence[Wish]) -> tuple[str, ...]:
    """The keys of the requests that would take other people of the same team away at the same time.

    Ends are not included: a leave until noon and one from noon do not meet. Overtime and clock readings take nobody
    away. A swap takes nobody away either, since one comes for the other; it is no competitor.
    """
    if one.kind != "leave":
        return ()
    return tuple(
        other.key
        for other in others
        if other.kind == "leave"
        and other.key != one.key
        and other.team_id == one.team_id
        and not set(other.agent_ids) & set(one.agent_ids)
        and other.begins_at < one.ends_at
        and one.begins_at < other.ends_at
    )


def split_clauses(
    clauses: Iterable[str], broken: Iterable[str | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The clauses that hold and those that are broken, each once, in the order they were named."""
    against = tuple(dict.fromkeys(clause for clause in broken if clause))
    return tuple(clause for clause in dict.fromkeys(clauses) if clause not in against), against
