"""Half-open intervals of time [start, end): what hours, holds, breaks and absences are made of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time, sorted, with overlapping and touching intervals joined and empty ones dropped."""
    merged: list[Interval] = []
    left = [i for i in intervals if i[0] < i[1]]
    if len(left) < 2:
        return left
    for start, end in sorted(left):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of `intervals` outside every hole."""
    left = merge(intervals)
    for hole_start, hole_end in merge(holes) if left else ():
        kept: list[Interval] = []
        for start, end in left:
            kept.append((start, min(end, hole_start)))
            kept.append((max(start, hole_end), end))
        left = [i for i in kept if i[0] < i[1]]
    return left


def clip(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """The part of `intervals` inside [start, end)."""
    return merge((max(a, start), min(b, end)) for a, b in intervals)


def total(intervals: Iterable[Interval]) -> timedelta:
    """The length of time covered; what overlaps counts once."""
    return sum((end - start for start, end in merge(intervals)), timedelta())
