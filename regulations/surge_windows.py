"""One window of complaints of a type against the same hours of the weeks before: how unusual it is (D1.8, D1.10).

What usual means is estimated from few complaints, so the estimate is not taken for the truth: the two are compared
by the exact conditional test of two Poisson rates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from math import ceil, exp, lgamma, log, log1p
from typing import TYPE_CHECKING

from regulations.worktime import WorkCalendar, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

Group = tuple[tuple[str, str], ...]
"""What makes complaints the same type: a value for each field of surge.group_by, "" where any will do."""

_DAY = timedelta(days=1)
_DAYS_A_WEEK = 7
_NEGLIGIBLE = 1e-17  # a further term below this share of the sum changes no digit of it


@dataclass(frozen=True, slots=True)
class Terms:
    """The parameters `surge.*` at an instant. A test that is off (None) is not made."""

    window: timedelta
    min_count: int
    significance: float | None
    min_ratio: Decimal | None
    weeks: int
    cooldown: timedelta
    look_back: timedelta
    fields: tuple[str, ...]

    @property
    def apart(self) -> int:
        """Days between two windows that are compared: a window longer than a day must not meet itself."""
        return max(1, ceil(self.window / _DAY))

    @property
    def windows(self) -> int:
        """How many windows of the weeks before are compared with."""
        return self.weeks * _DAYS_A_WEEK // self.apart

    @property
    def reach(self) -> timedelta:
        """How far before the end of a window its comparison begins."""
        return _DAY * self.apart * self.windows + self.window


def terms_of(book: Rulebook, now: datetime) -> Terms | None:
    """The terms of the rulebook; None when window, count or history is off: nothing is watched then.

    A duration in working days is as long as it is from `now` on.
    """
    min_count, weeks = book.integer("surge.min_count"), book.integer("surge.history_weeks")
    window = _length(book, "surge.window", now)
    if not window or min_count is None or weeks is None:
        return None
    significance = book.decimal("surge.significance")
    terms = Terms(
        window=window,
        min_count=min_count,
        significance=None if significance is None else float(significance),
        min_ratio=book.decimal("surge.baseline_ratio"),
        weeks=weeks,
        cooldown=_length(book, "surge.cooldown", now),
        look_back=_length(book, "surge.look_back", now) or window,
        fields=tuple(book.items("surge.group_by") or ()),
    )
    return terms if terms.windows else None  # a window longer than the history has nothing to compare with


def _length(book: Rulebook, key: str, now: datetime) -> timedelta:
    limit = book.duration(key)
    if limit is None:
        return timedelta()
    moment = now.replace(microsecond=0)
    return add(moment, limit, WorkCalendar.from_rulebook(book)).at - moment


def groups_of(values: Mapping[str, str], fields: Sequence[str]) -> tuple[Group, ...]:
    """The groups a complaint belongs to, the narrowest first.

    `fields` go from wide to narrow: with category and product, a complaint about billing of X3 is one about
    billing of X3, and one about billing of anything. An empty value is not a value: without a product it is
    one about billing only.
    """
    known = [field for field in fields if values.get(field, "").strip()]
    return tuple(
        tuple((field, values[field].strip() if field in known[:depth] else "") for field in fields)
        for depth in range(len(known), 0, -1)
    )


def is_within(narrow: Group, wide: Group) -> bool:
    """Whether every complaint of the one group is one of the other as well."""
    mine = dict(narrow)
    return all(not value or mine.get(field) == value for field, value in wide)


def are_related(one: Group, other: Group) -> bool:
    """Whether one group is part of the other, so that an alert about either is about both."""
    return is_within(one, other) or is_within(other, one)


def window_before(at: datetime, days: int, window: timedelta, zone: tzinfo) -> tuple[datetime, datetime]:
    """The same hours so many days earlier on the wall clock: from (excluded) and to (included)."""
    # Subtracting days from a zoned datetime keeps the hour; its length is then measured in real time.
    ends = (at.astimezone(zone) - timedelta(days=days)).astimezone(UTC)
    return ends - window, ends


def count_within(times: Sequence[datetime], after: datetime, until: datetime) -> int:
    """How many of the sorted instants lie in (after, until]."""
    return bisect_right(times, until) - bisect_right(times, after)


@cache
def tail_probability(count: int, past: int, windows: int) -> float:
    """How probable `count` or more in one window are, if it is no different from the `windows` before with `past`.

    Two Poisson counts of equal rate: given their sum, each complaint falls into any of the windows with equal
    probability, so the count is binomial (n = count + past, 1 / (windows + 1)). Exact: what usual is need not
    be known. Relative error below 1e-9.
    """
    if count <= 0:
        return 1.0
    total, share = count + past, 1 / (windows + 1)
    log_odds = log(share) - log1p(-share)
    first = (
        lgamma(total + 1) - lgamma(count + 1) - lgamma(past + 1) + count * log(share) + past * log1p(-share)
    )
    summed, term, odds = 0.0, 1.0, exp(log_odds)
    for k in range(count, total + 1):
        summed += term
        term *= (total - k) / (k + 1) * odds
        if k > total * share and term < summed * _NEGLIGIBLE:
            break
    return min(1.0, exp(first + log(summed)))


@dataclass(frozen=True, slots=True)
class Judgement:
    """One window of one group against the same hours before. `at` is its end, an arrival.

    `past` complaints lie in the `windows` that were compared; None with too little history, and nothing is a
    surge then.
    """

    at: datetime
    count: int
    past: int | None
    windows: int
    probability: float | None
    is_surge: bool

    @property
    def mean(self) -> Decimal | None:
        """Usual: complaints per window of the same hours."""
        return None if self.past is None else Decimal(self.past) / self.windows

    @property
    def ratio(self) -> Decimal | None:
        """How many times the usual; None where the usual is 0 or unknown."""
        return (self.count / self.mean).quantize(Decimal("0.01")) if self.mean else None


def ready_at(known_since: datetime, terms: Terms) -> datetime:
    """From when windows can be judged, with records that are complete from `known_since` on."""
    return known_since + terms.reach


def judge(
    times: Sequence[datetime], at: datetime, terms: Terms, zone: tzinfo, known_since: datetime
) -> Judgement:
    """Judge the window of a group that ends at `at`. `times` are its sorted receipts, complete from `known_since`.

    A surge has at least `min_count`, at least `min_ratio` times the mean, and is less probable than
    `significance`. Compared are all days alike, working days and days off, as catalogue 5.3 defines the mean.
    """
    count = count_within(times, at - terms.window, at)
    if at < ready_at(known_since, terms):
        return Judgement(at, count, None, terms.windows, None, False)
    past = sum(
        count_within(times, *window_before(at, terms.apart * n, terms.window, zone))
        for n in range(1, terms.windows + 1)
    )
    probability = tail_probability(count, past, terms.windows)
    is_surge = count >= terms.min_count
    if terms.min_ratio is not None and count * terms.windows < terms.min_ratio * past:
        is_surge = False
    if terms.significance is not None and probability >= terms.significance:
        is_surge = False
    return Judgement(at, count, past, terms.windows, probability, is_surge)
