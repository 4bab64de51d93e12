"""How many people a post needs at a time of day, and which of several such numbers counts (B1.17)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

ANY_POST = ""  # the row of a team's people at whatever post
EVERY_DAY, HOLIDAYS = -1, 7  # values of Need.weekday beside 0 Monday … 6 Sunday
MINUTES = 1440
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Need:
    """So many people at a post between two minutes after local midnight; the end may lie beyond 1440.

    `post` ANY_POST: at whatever post. Where several needs of a post fall on one time the more particular one
    counts: public holidays before a day of the week before every day; of two as particular, the larger.
    Raises ValueError for times in the wrong order or outside the day, and for less than nobody.
    """

    post: str
    weekday: int
    starts_minute: int
    ends_minute: int
    required: int

    def __post_init__(self) -> None:
        if not 0 <= self.starts_minute < MINUTES or not 0 < self.ends_minute - self.starts_minute <= MINUTES:
            raise ValueError("a need begins within its day, ends after it begins, and lasts a day at most")
        if not EVERY_DAY <= self.weekday <= HOLIDAYS or self.required < 0:
            raise ValueError("no such day of the week, or fewer than nobody")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A need on one day, as instants."""

    post: str
    rank: int  # how particular: 2 public holidays, 1 a day of the week, 0 every day
    starts_at: datetime
    ends_at: datetime
    required: int


def midnight(day: date, zone: tzinfo) -> datetime:
    """The beginning of a local day, UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def needs_on(
    needs: Iterable[Need], day: date, zone: tzinfo, is_holiday: Callable[[date], bool]
) -> list[Wanted]:
    """The needs that reach into the day: its own, and those of the day before that end after midnight."""
    found = []
    for need in needs:
        for of_day in (day - _DAY, day):
            is_for_day = (
                is_holiday(of_day)
                if need.weekday == HOLIDAYS
                else need.weekday in (EVERY_DAY, of_day.weekday())
            )
            if not is_for_day:
                continue
            local = datetime.combine(of_day, time(), zone)  # the times of day are read off the wall
            start = (local + need.starts_minute * _MINUTE).astimezone(UTC)
            end = (local + need.ends_minute * _MINUTE).astimezone(UTC)
            rank = 2 if need.weekday == HOLIDAYS else int(need.weekday != EVERY_DAY)
            if end > midnight(day, zone) and start < midnight(day + _DAY, zone):
                found.append(Wanted(need.post, rank, start, end, need.required))
    return found
