"""Surges: complaints of one type that come close together (D1.8, D1.10).

The regulations give no numbers: window, count, probability, ratio and quiet time are product choices of the
rulebook. What usual means is estimated from few complaints, so the estimate is not taken for the truth: the window
and the same hours of the weeks before are compared by the exact conditional test of two Poisson rates.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations import surge_steps
from regulations.surge_windows import (
    Group,
    Judgement,
    Terms,
    are_related,
    count_within,
    groups_of,
    is_within,
    judge,
    ready_at,
    tail_probability,
    terms_of,
    window_before,
)
from regulations.verdict import Step, distinct_clauses
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "Group",
    "Judgement",
    "Surge",
    "Terms",
    "are_related",
    "clauses_of",
    "count_within",
    "explain",
    "groups_of",
    "is_within",
    "judge",
    "ready_at",
    "stretches",
    "surges",
    "tail_probability",
    "terms_of",
    "window_before",
]


@dataclass(frozen=True, slots=True)
class Surge:
    """A stretch of surging windows. `count`, `baseline`, `ratio` and `probability` are those of its fullest one.

    `started_at` is the complaint that first raised it, `last_at` the last one that kept it up. `ratio` is None
    when usual is 0.
    """

    group: str
    started_at: datetime
    last_at: datetime
    count: int
    baseline: Decimal
    ratio: Decimal | None
    probability: float
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]


def surges(
    received: Iterable[tuple[datetime, str]],
    book: Rulebook,
    now: datetime,
    known_since: datetime | None = None,
) -> tuple[Surge, ...]:
    """The surges among complaints given as (received_at, group), in the order in which they arose.

    Every arrival is looked at, alone and from the start: this is what the alerts of the desk must agree with.
    Surging windows of one group no more than `surge.cooldown` apart are one. What lies after `now` is ignored.
    `known_since` is the instant from which `received` is complete; left out, the earliest complaint.
    """
    terms = terms_of(book, now)
    known = sorted((at, group) for at, group in received if at <= now)
    if terms is None or not known:
        return ()
    zone = WorkCalendar.from_rulebook(book).timezone
    since = known[0][0] if known_since is None else known_since
    arrivals: dict[str, list[datetime]] = {}
    for at, group in known:
        arrivals.setdefault(group, []).append(at)
    found = []
    for group, times in arrivals.items():
        for stretch in stretches(times, terms, zone, since):
            found.append(_surge(group, stretch, terms, book, zone))
    return tuple(sorted(found, key=lambda surge: (surge.started_at, surge.group)))


def stretches(times: list[datetime], terms: Terms, zone: tzinfo, since: datetime) -> list[list[Judgement]]:
    """The surging windows of one group's sorted receipts, those no more than the cooldown apart together."""
    found: list[list[Judgement]] = []
    for at in times[bisect_left(times, ready_at(since, terms)) :]:
        if count_within(times, at - terms.window, at) < terms.min_count:
            continue
        judged = judge(times, at, terms, zone, since)
        if not judged.is_surge:
            continue
        if found and at - found[-1][-1].at <= terms.cooldown:
            found[-1].append(judged)
        else:
            found.append([judged])
    return found


def _surge(group: str, stretch: list[Judgement], terms: Terms, book: Rulebook, zone: tzinfo) -> Surge:
    top = max(stretch, key=lambda judged: judged.count)
    assert top.mean is not None and top.probability is not None
    steps = explain(top, {"zh": group, "en": group}, terms, book, zone)
    if len(stretch) > 1:
        steps = (*steps, surge_steps.merged(stretch[0].at, stretch[-1].at, zone, book))
    return Surge(
        group=group,
        started_at=stretch[0].at,
        last_at=stretch[-1].at,
        count=top.count,
        baseline=top.mean,
        ratio=top.ratio,
        probability=top.probability,
        clauses=clauses_of(steps, book),
        steps=steps,
    )


def explain(
    judged: Judgement, group: Mapping[str, str], terms: Terms, book: Rulebook, zone: tzinfo
) -> tuple[Step, ...]:
    """A judgement in words: the window, what it is compared with, how often chance does as much.

    `group` is what the group is called, by language.
    """
    if judged.past is None or judged.probability is None or judged.mean is None:
        return (
            surge_steps.window(judged.at, judged.count, terms.window, terms.min_count, group, zone, book),
        )
    first, _ = window_before(judged.at, terms.apart * terms.windows, terms.window, zone)
    _, last = window_before(judged.at, terms.apart, terms.window, zone)
    return (
        surge_steps.window(judged.at, judged.count, terms.window, terms.min_count, group, zone, book),
        surge_steps.comparison(first, last, judged.windows, judged.past, judged.mean, terms, zone, book),
        surge_steps.ratio(judged.ratio, terms.min_ratio, book),
        surge_steps.chance(
            judged.count, judged.past, judged.windows, judged.probability, terms.significance, book
        ),
    )


def clauses_of(steps: Iterable[Step], book: Rulebook) -> tuple[str, ...]:
    """The clauses an alert rests on."""
    return distinct_clauses(steps, *book.clauses("surge.group_by"), *book.clauses("surge.min_count"))
