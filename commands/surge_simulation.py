"""How often the watch for surges is wrong, and how soon it is right: complaints thrown at random, judged as the desk does.

`python -m commands.surge_simulation` prints the tables of docs/measurements.md. Complaints of one group arrive by a
Poisson process whose rate is known, so every alert without a surge is a false one. One look is made at each arrival.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from regulations import surge
from regulations.rulebook import Rulebook, load_rulebook
from regulations.surge import Terms

ZONE = ZoneInfo("Asia/Shanghai")
BEGINS = datetime(2026, 1, 5, tzinfo=ZONE)  # a Monday
MONTH_DAYS, HOURS = 30, 24
# A centre's day and week: how busy each hour and each day is, as multiples of the mean.
DAY_SHAPE = (0.3,) * 7 + (1, 5, 10, 12, 9, 5, 6, 9, 10, 9, 7, 5, 5, 4, 3, 1.5, 0.6)
WEEK_SHAPE = (1.28, 1.1, 1.05, 1.0, 1.05, 0.82, 0.7)
RATES = (0.05, 0.2, 0.5, 1.0, 2.0, 5.0)
PROCESSES = ("homogeneous", "daily cycle", "daily and weekly cycle", "cycles, days vary by 30 %")


def arrivals(rate: float, days: int, process: str, dice: random.Random) -> list[datetime]:
    """Receipts of a group with so many complaints an hour on average."""
    times: list[datetime] = []
    for day in range(days):
        of_day = rate
        if process in PROCESSES[2:]:
            of_day *= WEEK_SHAPE[day % 7]
        if process == PROCESSES[3]:
            of_day *= dice.gammavariate(1 / 0.09, 0.09)  # mean 1, standard deviation 0.3
        for hour in range(HOURS):
            shape = 1.0 if process == PROCESSES[0] else DAY_SHAPE[hour] * HOURS / sum(DAY_SHAPE)
            at = dice.expovariate(of_day * shape)
            while at < 1:
                times.append(BEGINS + timedelta(days=day, hours=hour + at))
                at += dice.expovariate(of_day * shape)
    return times


def false_alarms(rate: float, process: str, months: int, terms: Terms, dice: random.Random) -> float:
    """Alerts per group and month where nothing happened; the history before the month is not counted."""
    history = surge.ready_at(BEGINS, terms) - BEGINS
    days = history.days + 1 + MONTH_DAYS
    found = 0
    for _ in range(months):
        found += len(surge.stretches(arrivals(rate, days, process, dice), terms, ZONE, BEGINS))
    return found / months


def detected_after(rate: float, surging: float, tries: int, terms: Terms, dice: random.Random) -> list[int]:
    """How many complaints of a surge (so many an hour, on top of the usual) came until it was raised.

    One entry for each surge of three hours that was raised at all.
    """
    history = surge.ready_at(BEGINS, terms) - BEGINS
    found = []
    for _ in range(tries):
        usual = arrivals(rate, history.days + 3, PROCESSES[1], dice)
        begins = BEGINS + timedelta(days=history.days + 1, hours=10)
        extra, at = [], dice.expovariate(surging)
        while at < 3:
            extra.append(begins + timedelta(hours=at))
            at += dice.expovariate(surging)
        times = sorted([*usual, *extra])
        for count, moment in enumerate(extra, start=1):
            if surge.judge(times, moment, terms, ZONE, BEGINS).is_surge:
                found.append(count)
                break
    return found


def report(
    months: int, tries: int, book: Rulebook, significance: float | None = None, seed: int = 7
) -> list[str]:
    """Both tables as Markdown. `significance` replaces the rulebook's."""
    terms = surge.terms_of(book, BEGINS)
    assert terms is not None
    terms = replace(terms, significance=significance or terms.significance)
    lines = ["| complaints an hour | " + " | ".join(PROCESSES) + " |", "|---|" + "---|" * len(PROCESSES)]
    for rate in RATES:
        share = max(1, round(months * min(1.0, 0.5 / rate)))  # busy groups cost more and say more
        row = [
            f"{false_alarms(rate, process, share, terms, random.Random(f'{seed} {rate} {process}')):.3f}"
            for process in PROCESSES
        ]
        lines.append(f"| {rate} ({share} months) | " + " | ".join(row) + " |")
    lines += [
        "",
        "| usual an hour | surge an hour | raised | median complaints until then | 9 of 10 |",
        "|---|---|---|---|---|",
    ]
    for rate, surging in ((0.05, 8.0), (0.2, 8.0), (0.5, 8.0), (1.0, 10.0), (2.0, 15.0)):
        counts = detected_after(rate, surging, tries, terms, random.Random(f"{seed} {rate}"))
        lines.append(
            f"| {rate} | {surging} | {len(counts)} of {tries} | {_median(counts)} | {_ninth(counts)} |"
        )
    return lines


def _median(counts: Sequence[int]) -> str:
    return f"{statistics.median(counts):g}" if counts else "–"


def _ninth(counts: Sequence[int]) -> str:
    return str(sorted(counts)[min(len(counts) - 1, int(len(counts) * 0.9))]) if counts else "–"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=400)
    parser.add_argument("--tries", type=int, default=200)
    parser.add_argument("--significance", type=float, help="instead of the base rulebook's")
    arguments = parser.parse_args()
    print("\n".join(report(arguments.months, arguments.tries, load_rulebook(), arguments.significance)))


if __name__ == "__main__":
    main()
