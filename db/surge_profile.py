"""The chart of an alert: the group's complaints window by window, against the same hours of the weeks before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from db.models import SurgeAlert
from db.surge_arrivals import group_of, known_since, times_of
from regulations import surge as rules
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

_BINS_BEFORE, _MOST_BINS = 6, 24


@dataclass(frozen=True, slots=True)
class Bin:
    """One window of the chart: its complaints against the same hours of the weeks before.

    `usual` is their mean, `most` the largest of them; None with too little history.
    """

    begins_at: datetime
    ends_at: datetime
    count: int
    usual: float | None
    most: int | None


def profile(session: Session, alert: SurgeAlert, book: Rulebook, now: datetime) -> Sequence[Bin]:
    """The group's complaints window by window around an alert, one window ending at its peak.

    Counts are of the whole department, as those of the alert.
    """
    terms, since = rules.terms_of(book, now), known_since(session)
    zone = WorkCalendar.from_rulebook(book).timezone
    window = timedelta(seconds=alert.window_seconds)
    first = alert.peak_at - window * (_BINS_BEFORE + 1)
    until = min(now, max(alert.last_at, alert.peak_at) + 2 * window)
    ends = [first + window * n for n in range(1, _MOST_BINS + 1) if first + window * (n - 1) < until]
    reach = terms.reach if terms else timedelta()
    times = times_of(session, group_of(alert), first - reach - timedelta(days=1), ends[-1], book)
    found = []
    for end in ends:
        count = rules.count_within(times, end - window, end)
        usual, most = None, None
        if terms is not None and since is not None and end >= rules.ready_at(since, terms):
            before = [
                rules.count_within(times, *rules.window_before(end, terms.apart * n, window, zone))
                for n in range(1, terms.windows + 1)
            ]
            usual, most = sum(before) / len(before), max(before)
        found.append(Bin(end - window, end, count, usual, most))
    return found
