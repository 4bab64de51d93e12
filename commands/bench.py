"""`bench NAME`: a measurement with its own baseline in the same run, so that the ratio holds anywhere."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from commands.output import DONE, print_json

ROUNDS = 5
Measured = tuple[Callable[[], object], Callable[[], object]]


def register(commands: Any) -> None:
    """Add `bench`."""
    parser = commands.add_parser(
        "bench",
        help="a measurement with its own baseline in the same run",
        description="Runs ours and a baseline in turn and prints the medians in seconds and their ratio"
        " (baseline / ours). " + " ".join(f"{name}: {measure.__doc__}" for name, measure in BENCHES.items()),
    )
    parser.add_argument("name", choices=sorted(BENCHES), metavar="NAME", help=", ".join(sorted(BENCHES)))
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, ours and baseline in turn, and answer with medians and ratio."""
    ours, baseline = BENCHES[arguments.name]()
    ours()  # once unmeasured: imports, caches, the database's own pages
    times: tuple[list[float], list[float]] = ([], [])
    for _round in range(ROUNDS):
        for kept, work in zip(times, (ours, baseline), strict=True):
            begun = time.perf_counter()
            work()
            kept.append(time.perf_counter() - begun)
    medians = [statistics.median(kept) for kept in times]
    answer = {
        "name": arguments.name,
        "ours": round(medians[0], 4),
        "baseline": round(medians[1], 4),
        "ratio": round(medians[1] / medians[0], 2),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }
    if arguments.json:
        print_json(answer)
    else:
        print("  ".join(f"{key}: {value}" for key, value in answer.items()))
    return DONE


def metrics_by_month() -> Measured:
    """Thirteen months of every metric in one query each, against a query for each month."""
    from sqlalchemy.orm import Session

    from dashboard.meeting import month_before, month_bounds
    from db import demo, metrics, rulebooks
    from db.engine import make_engine
    from db.models import Base
    from regulations.access import SYSTEM

    now = datetime.now(UTC)
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    book = rulebooks.configured()
    demo.fill(session, now=now, book=book)
    today = (now + timedelta(hours=8)).date()
    months = [month_bounds(month_before(f"{today:%Y-%m}", count)) for count in range(13)]

    def ours() -> None:
        for key in metrics.METRICS:
            metrics.figures_by(session, SYSTEM, key, months[-1][0], today, book, now, by="month")

    def baseline() -> None:
        for key in metrics.METRICS:
            for first, last in months:
                metrics.figure(session, SYSTEM, key, first, min(last, today), book, now)

    return ours, baseline


def attendance_by_the_batch() -> Measured:
    """A month of verdicts gathered with a few queries, against a judgement day by day."""
    from sqlalchemy.orm import Session

    from db import attendance, demo, rulebooks
    from db.engine import make_engine
    from db.models import Base

    now = datetime.now(UTC)
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    book = rulebooks.configured()
    demo.fill(session, months=2, now=now, book=book)
    today = (now + timedelta(hours=8)).date()
    first = today - timedelta(days=30)

    def ours() -> None:
        attendance.judge_days(session, from_on=first, to_on=today, book=book, now=now)

    def baseline() -> None:
        for days in range(31):
            day = first + timedelta(days=days)
            attendance.judge_days(session, from_on=day, to_on=day, book=book, now=now)

    return ours, baseline


BENCHES: dict[str, Callable[[], Measured]] = {
    "metrics": metrics_by_month,
    "attendance": attendance_by_the_batch,
}
