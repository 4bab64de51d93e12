"""Where the demo department stands in time: its today, its zone, its own dice.

Everything is derived from `seed` and `now`, so the same two give the same rows on any machine.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, inspect, select, text
from sqlalchemy.orm import Session

from db.models import Base
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

Progress = Callable[[str], None]

_BATCH_ROWS = 2_000


@dataclass(frozen=True)
class Stage:
    """The frame of one filling. `months` calendar months ending today; `scale` multiplies the volumes."""

    now: datetime
    book: Rulebook
    seed: int
    months: int
    scale: float

    @cached_property
    def calendar(self) -> WorkCalendar:
        """Working days and holidays as the rulebook has them."""
        return WorkCalendar.from_rulebook(self.book)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The department's zone."""
        return ZoneInfo(self.book.text("calendar.timezone") or "UTC")

    @cached_property
    def today(self) -> date:
        """The local date of `now`."""
        return self.day_of(self.now)

    @cached_property
    def start(self) -> date:
        """The first day of the demo: the first of the month `months` - 1 before this one."""
        month_index = self.today.year * 12 + self.today.month - 1 - (self.months - 1)
        return date(month_index // 12, month_index % 12 + 1, 1)

    @cached_property
    def days(self) -> tuple[date, ...]:
        """Every day from `start` to today."""
        return tuple(self.start + timedelta(days=i) for i in range((self.today - self.start).days + 1))

    def dice(self, name: str) -> random.Random:
        """A random stream of its own for each part, so that one part does not disturb another."""
        return random.Random(f"{self.seed}/{name}")

    def at(self, day: date, hour: float) -> datetime:
        """The instant of a local clock time; `hour` 24.5 is half past midnight of the next day."""
        local = datetime.combine(day, time(), self.zone)
        # Whole local minutes are added before the zone is applied: demo zones have no clock changes.
        return (local + timedelta(minutes=round(hour * 60))).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        """The local date of an instant."""
        return at.astimezone(self.zone).date()

    def hour_of(self, at: datetime) -> float:
        """The local clock time of an instant as hours."""
        local = at.astimezone(self.zone)
        return local.hour + local.minute / 60 + local.second / 3600

    def months_ago(self, day: date) -> int:
        """How many calendar months a day lies before this month."""
        return (self.today.year - day.year) * 12 + self.today.month - day.month

    def age(self, day: date) -> float:
        """0.0 on the first day of the demo, 1.0 today: what trends run on."""
        return (day - self.start).days / max(1, (self.today - self.start).days)

    def into_office(
        self, at: datetime, dice: random.Random, opens: float = 8.5, shuts: float = 20.5
    ) -> datetime:
        """The instant moved to the next hour at which somebody is there to do it."""
        hour, day = self.hour_of(at), self.day_of(at)
        if opens <= hour <= shuts:
            return at
        if hour > shuts:
            day += timedelta(days=1)
        return self.at(day, opens) + timedelta(seconds=dice.randint(60, 5400))


def poisson(dice: random.Random, mean: float) -> int:
    """A Poisson count (Knuth); for larger means the normal approximation."""
    if mean > 40:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, product = math.exp(-mean), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


def pick(dice: random.Random, weights: Mapping[str, float]) -> str:
    """One of the keys, by weight."""
    return dice.choices(list(weights), list(weights.values()))[0]


def after(dice: random.Random, at: datetime, median_minutes: float, spread: float = 0.6) -> datetime:
    """An instant a log-normal time after `at`: most soon, a few long after."""
    return at + timedelta(seconds=round(dice.lognormvariate(math.log(median_minutes * 60), spread)))


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> int:
    """Insert rows that carry their own ids, in batches. Answers how many."""
    for part in _batches(rows):
        session.execute(insert(model), part)
    return len(rows)


def _batches(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for first in range(0, len(rows), _BATCH_ROWS):
        yield [dict(row) for row in rows[first : first + _BATCH_ROWS]]


def continue_numbering(session: Session, models: Sequence[type[Base]]) -> None:
    """Let the database number on after rows that brought their own ids (PostgreSQL keeps sequences)."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for model in models:
        column = inspect(model).primary_key[0]
        highest = session.scalar(select(func.max(column)))
        if highest is not None:
            session.execute(
                text("SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"),
                {"table": str(model.__tablename__), "column": column.name, "highest": highest},
            )
