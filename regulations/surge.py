"""Surges: complaints of one type that come close together (D1.8, D1.10).

The regulations give no numbers; window, count, ratio and quiet time are product choices of the rulebook.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.verdict import Step, distinct_clauses
from regulations.wording import instant_text, number_text, span_text
from regulations.worktime import WorkCalendar, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_WINDOW, _COUNT = "surge.window", "surge.min_count"
_RATIO, _COOLDOWN, _GROUP = "surge.baseline_ratio", "surge.cooldown", "surge.group_by"
_HISTORY_DAYS = 28  # "the previous four weeks" of the definition (catalogue 5.3)


@dataclass(frozen=True, slots=True)
class Surge:
    """One alarm. `count`, `baseline` and `ratio` are those of its fullest window.

    `started_at` is the complaint that first raised it, `last_at` the last one that kept it up. `baseline`
    is the mean of the same window of the day over the four weeks before; None when there is less history
    than that, and `ratio` is None then and when the baseline is 0: nothing is compared with nothing.
    """

    group: str
    started_at: datetime
    last_at: datetime
    count: int
    baseline: Decimal | None
    ratio: Decimal | None
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Peak:
    at: datetime
    count: int
    baseline: Decimal | None

    @property
    def ratio(self) -> Decimal | None:
        if not self.baseline:
            return None
        return (self.count / self.baseline).quantize(Decimal("0.01"))


def surges(
    received: Sequence[tuple[datetime, str]],
    book: Rulebook,
    now: datetime,
    known_since: datetime | None = None,
) -> tuple[Surge, ...]:
    """The alarms among complaints given as (received_at, group), in the order in which they arose.

    An alarm is raised when, at the arrival of a complaint, its group has at least `surge.min_count` within
    the window that ends there and at least `surge.baseline_ratio` times the baseline. Alarms of one group
    no more than `surge.cooldown` apart are one. What lies after `now` is ignored. `known_since` is the instant
    from which `received` is complete; left out, it is taken to be the earliest complaint. The first four
    weeks from there are history only; where less is known than that, the count alone decides and the steps
    say that there was nothing to compare with. A rulebook with window or count off knows no surges.
    """
    window_limit, min_count = book.duration(_WINDOW), book.integer(_COUNT)
    if window_limit is None or min_count is None:
        return ()
    calendar = WorkCalendar.from_rulebook(book)
    window = add(now, window_limit, calendar).at - now.replace(microsecond=0)
    cooldown_limit = book.duration(_COOLDOWN)
    cooldown = timedelta()
    if cooldown_limit is not None:
        cooldown = add(now, cooldown_limit, calendar).at - now.replace(microsecond=0)
    known = [(at.astimezone(calendar.timezone), group) for at, group in received if at <= now]
    if not known:
        return ()
    history_from = min(at for at, _ in known) if known_since is None else known_since
    has_history = now - history_from >= timedelta(days=_HISTORY_DAYS)
    judge_from = history_from + timedelta(days=_HISTORY_DAYS) if has_history else history_from
    arrivals: dict[str, list[datetime]] = {}
    for at, group in known:
        arrivals.setdefault(group, []).append(at)
    found: list[Surge] = []
    for group, times in sorted(arrivals.items()):
        times.sort()
        judge = _Judge(group, times, window, min_count, book.decimal(_RATIO), has_history)
        for peaks in judge.alarms(judge_from, cooldown):
            found.append(_surge(judge, peaks, history_from, book, calendar))
    return tuple(sorted(found, key=lambda s: (s.started_at, s.group)))


@dataclass(frozen=True, slots=True)
class _Judge:
    group: str
    times: list[datetime]
    window: timedelta
    min_count: int
    min_ratio: Decimal | None
    has_history: bool

    def count_until(self, at: datetime) -> int:
        """Complaints in (at - window, at]."""
        return bisect_right(self.times, at) - bisect_right(self.times, at - self.window)

    def baseline_at(self, at: datetime) -> Decimal | None:
        """The mean of the same window of the day over the four weeks before."""
        if not self.has_history:
            return None
        # Local wall time: subtracting days from a zoned datetime keeps the hour of the day.
        counts = [self.count_until(at - timedelta(days=n)) for n in range(1, _HISTORY_DAYS + 1)]
        return Decimal(sum(counts)) / _HISTORY_DAYS

    def alarms(self, judge_from: datetime, cooldown: timedelta) -> list[list[_Peak]]:
        """The windows that raise an alarm, those of one alarm together."""
        found: list[list[_Peak]] = []
        for at in self.times[bisect_left(self.times, judge_from) :]:
            count = self.count_until(at)
            if count < self.min_count:
                continue
            baseline = self.baseline_at(at)
            if baseline and self.min_ratio is not None and count < self.min_ratio * baseline:
                continue
            peak = _Peak(at, count, baseline)
            if found and at - found[-1][-1].at <= cooldown:
                found[-1].append(peak)
            else:
                found.append([peak])
        return found


def _surge(
    judge: _Judge, peaks: list[_Peak], history_from: datetime, book: Rulebook, calendar: WorkCalendar
) -> Surge:
    top = max(peaks, key=lambda p: p.count)
    span = {lang: span_text(judge.window.total_seconds(), lang) for lang in ("zh", "en")}
    first, last = (instant_text(p.at, calendar.timezone) for p in (peaks[0], peaks[-1]))
    at = instant_text(top.at, calendar.timezone)
    steps = [
        Step(
            f"截至 {at} 的 {span['zh']} 内，“{judge.group}”投诉 {top.count} 件，达到 {judge.min_count} 件",
            f"{top.count} complaints of {judge.group!r} in the {span['en']} to {at}, at least {judge.min_count}",
            book.clause(_GROUP) or book.clause(_COUNT),
        ),
        _comparison(judge, top, history_from, book, calendar),
    ]
    if len(peaks) > 1:
        steps.append(
            Step(
                f"{first} 至 {last} 间的多次触发合并为一次提醒",
                f"What was raised from {first} to {last} is one alarm",
                book.clause(_COOLDOWN),
            )
        )
    return Surge(
        group=judge.group,
        started_at=peaks[0].at,
        last_at=peaks[-1].at,
        count=top.count,
        baseline=top.baseline,
        ratio=top.ratio,
        clauses=distinct_clauses(steps, *book.clauses(_GROUP), *book.clauses(_COUNT)),
        steps=tuple(steps),
    )


def _comparison(
    judge: _Judge, top: _Peak, history_from: datetime, book: Rulebook, calendar: WorkCalendar
) -> Step:
    clause = book.clause(_RATIO)
    if top.baseline is None:
        since = instant_text(history_from, calendar.timezone)
        return Step(
            f"历史记录自 {since} 起，不足四周，无法与往常比较，仅按件数提醒",
            f"The records begin {since}, less than four weeks: nothing to compare with, raised by the count alone",
            clause,
        )
    if top.ratio is None:
        return Step(
            "前四周同一时段没有此类投诉",
            "There were none in the same window of the day over the four weeks before",
            clause,
        )
    mean = number_text(top.baseline.quantize(Decimal("0.01")))
    ratio = number_text(top.ratio)
    wanted = "" if judge.min_ratio is None else number_text(judge.min_ratio)
    return Step(
        f"前四周同一时段平均 {mean} 件，为其 {ratio} 倍" + (f"，达到 {wanted} 倍" if wanted else ""),
        f"The mean of the same window of the day over the four weeks before is {mean}: {ratio} times that"
        + (f", at least {wanted}" if wanted else ""),
        clause,
    )
