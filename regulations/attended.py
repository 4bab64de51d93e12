"""Who was there, so far as the clock says, of the time he was expected: for how many people a post really had.

It reads the clock as the day's verdict does (`regulations.punches`): whoever clocked in and not out is taken as there
to the end of what was expected of him, whoever only clocked out as there from its beginning.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from regulations.intervals import Interval, clip, merge, subtract
from regulations.punches import PunchFact, ShiftFacts, read_punches


@dataclass(frozen=True, slots=True)
class Attended:
    """Of one person, instants half-open: `missing` is expected time he was not there, or will not be so far as is known;

    `stayed` is time after what was expected at which the clock shows him still there.
    """

    missing: tuple[Interval, ...] = ()
    stayed: tuple[Interval, ...] = ()


def attended(
    expected: Iterable[Interval],
    breaks: Iterable[Interval],
    readings: Iterable[PunchFact],
    search: timedelta,
    double: timedelta | None,
    now: datetime,
) -> Attended:
    """What became of one person's expected time (shifts and approved overtime) by `now`.

    What touches or overlaps is one stretch of work. A stretch that has begun without a reading is missing to its end,
    and so is the rest of one that somebody left; one that has not begun is not. A break counts as time there while he
    works around it, and whoever clocked out for the break that runs is expected back. `search` and `double` are those of the verdict.
    """
    blocks = merge(expected)
    own: list[list[PunchFact]] = [[] for _ in blocks]
    starts, ends = [block[0] for block in blocks], [block[1] for block in blocks]
    for reading in readings if blocks else ():
        if reading.at <= now:
            own[_nearest(starts, ends, reading)].append(reading)
    pauses = merge(breaks)
    missing: list[Interval] = []
    stayed: list[Interval] = []
    for n, block in enumerate(blocks):
        if block[0] > now:
            break
        breaks_of = [pause for pause in pauses if pause[0] < block[1] and pause[1] > block[0]]
        there = _there(block, clip(breaks_of, *block), own[n], search, double, now)
        missing += subtract([block], there)
        stayed += clip(there, block[1], block[1] + search)
    return Attended(tuple(missing), tuple(stayed))


def _nearest(starts: Sequence[datetime], ends: Sequence[datetime], reading: PunchFact) -> int:
    """The stretch that a reading belongs to: the one it lies in, else an in by the beginning, an out by the end."""
    is_in, at = reading.kind == "in", reading.at
    inside = bisect_right(starts, at) - 1 if is_in else bisect_left(starts, at) - 1
    if inside >= 0 and (at < ends[inside] if is_in else at <= ends[inside]):
        return inside
    edges = starts if is_in else ends
    after = bisect_left(edges, at)
    if after in (0, len(edges)):
        return min(after, len(edges) - 1)
    return after if edges[after] - at < at - edges[after - 1] else after - 1


def _there(
    block: Interval,
    breaks: Sequence[Interval],
    readings: Sequence[PunchFact],
    search: timedelta,
    double: timedelta | None,
    now: datetime,
) -> list[Interval]:
    """When he was there, and from now on may be counted on; beyond the end only where he clocked out after it."""
    start, end = block
    # Read as of the end: what is open lasts until then. Later readings are left out already.
    read = read_punches(ShiftFacts(start, end), block, readings, search, double, max(end + search, now))
    if read.first_in_at is None:
        if read.last_out_at is None:
            return []
        there = [(start, read.last_out_at)]
    else:
        there = [*read.stays]
    if not there:
        return []
    left_at = None if read.is_inside else read.last_out_at
    if left_at is not None and any(a <= now < b and left_at >= a - (b - a) for a, b in breaks):
        there.append((now, end))
    there = merge(there)
    return merge([*there, *clip(breaks, there[0][0], there[-1][1])])
