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

from commands.bench_attendance import attendance_of_a_year
from commands.bench_rescore import rescoring
from commands.bench_search import searching
from commands.bench_transcribe import transcription
from commands.output import DONE, print_json

ROUNDS = 5
COMPLAINTS = 100_000  # of `surge`
DEMO_MONTHS = 13  # of `metrics`
LONG = {"attendance": 1}  # a year of a department is long enough to be measured once
Measured = tuple[Callable[[], object], Callable[[], object]]


def register(commands: Any) -> None:
    """Add `bench`."""
    parser = commands.add_parser(
        "bench",
        help="a measurement with its own baseline in the same run",
        description="Runs ours and a baseline in turn and prints the medians in seconds and their ratio"
        " (baseline / ours). " + " ".join(f"{name}: {measure.__doc__}" for name, measure in EVERY.items()),
    )
    parser.add_argument("name", choices=sorted(EVERY), metavar="NAME", help=", ".join(sorted(EVERY)))
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Measure, ours and baseline in turn, and answer with medians and ratio."""
    answer = WHOLE[arguments.name]() if arguments.name in WHOLE else _medians(arguments.name)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    first = {key: answer.pop(key) for key in ("ours", "baseline", "ratio")}
    answer = {"name": arguments.name, **first, "machine": machine, **answer}
    if arguments.json:
        print_json(answer)
    else:
        print("  ".join(f"{key}: {value}" for key, value in answer.items()))
    return DONE


def _medians(name: str) -> dict[str, Any]:
    ours, baseline = BENCHES[name]()
    rounds = LONG.get(name, ROUNDS)
    if rounds > 1:
        ours()  # once unmeasured: imports, caches, the database's own pages
    times: tuple[list[float], list[float]] = ([], [])
    for _round in range(rounds):
        for kept, work in zip(times, (ours, baseline), strict=True):
            begun = time.perf_counter()
            work()
            kept.append(time.perf_counter() - begun)
    medians = [statistics.median(kept) for kept in times]
    return {
        "ours": round(medians[0], 4),
        "baseline": round(medians[1], 4),
        "ratio": round(medians[1] / medians[0], 2),
    }


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
    demo.fill(session, months=DEMO_MONTHS, now=now, book=book)
    today = (now + timedelta(hours=8)).date()
    months = [month_bounds(month_before(f"{today:%Y-%m}", count)) for count in range(DEMO_MONTHS)]

    def ours() -> None:
        for key in metrics.METRICS:
            metrics.figures_by(session, SYSTEM, key, months[-1][0], today, book, now, by="month")

    def baseline() -> None:
        for key in metrics.METRICS:
            for first, last in months:
                metrics.figure(session, SYSTEM, key, first, min(last, today), book, now)

    return ours, baseline


def import_of_cases() -> Measured:
    """Fifty cases with four events each from a CSV file, against registering them and recording event by event."""
    import tempfile
    from pathlib import Path

    from sqlalchemy.orm import Session

    from db import complaints, importing, rulebooks
    from db.engine import make_engine
    from db.models import Agent, Base, Team
    from regulations.access import SYSTEM, Scope
    from regulations.worktime import WorkCalendar

    now = datetime.now(UTC)
    book = rulebooks.configured()
    zone = WorkCalendar.from_rulebook(book).timezone
    hours = {"forwarded": 2, "first_feedback": 20, "final_feedback": 90, "closed": 100}
    first = (now - timedelta(days=200)).astimezone(zone).replace(second=0, microsecond=0)
    cases = [(f"T-{i}", first + timedelta(minutes=60 * i)) for i in range(50)]
    lines = ["投诉编号,受理时间,渠道,投诉类别,投诉内容,工号,转交时间,首次反馈时间,最终答复时间,结案时间"]
    for number, at in cases:
        told = ",".join(f"{at + timedelta(hours=h):%Y-%m-%d %H:%M}" for h in hours.values())
        lines.append(f"{number},{at:%Y-%m-%d %H:%M},电话,产品质量,漏水,K1,{told}")
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "cases.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    manager = Scope(None, "bench", "manager")

    def department() -> tuple[Session, Agent]:
        engine = make_engine("sqlite://")
        Base.metadata.create_all(engine)
        session = Session(engine)
        team = Team(code="a", name="A")
        session.add(team)
        session.flush()
        agent = Agent(number="K1", name="K", team_id=team.id)
        session.add(agent)
        session.flush()
        return session, agent

    def ours() -> None:
        assert folder  # keeps the file until the last round
        session, _agent = department()
        result = importing.import_file(session, SYSTEM, "complaints", path, book=book, now=now)
        assert result.accepted == len(cases)

    def baseline() -> None:
        session, agent = department()
        for _number, at in cases:
            case = complaints.register(
                session,
                manager,
                received_at=at,
                channel="phone",
                category="quality",
                summary="漏水",
                agent=agent,
                book=book,
                now=now,
            )
            for kind, after in hours.items():
                complaints.record_event(
                    session, manager, case, kind, at + timedelta(hours=after), "", case.row_version, book, now
                )

    return ours, baseline


def surge_check() -> Measured:
    """One check for surges on 100,000 complaints of thirteen months, against judging every one of them anew."""
    import random

    from sqlalchemy.orm import Session

    from db import rulebooks, surge_arrivals, surge_watch
    from db.demo.stage import insert_rows
    from db.engine import make_engine
    from db.models import Agent, Base, Complaint, Team
    from regulations import surge
    from regulations.worktime import WorkCalendar

    now = datetime.now(UTC)
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    book = rulebooks.configured()
    calendar = WorkCalendar.from_rulebook(book)
    team = Team(code="bench", name="bench")
    session.add(team)
    session.flush()
    agent = Agent(number="B1", name="bench", team_id=team.id)
    session.add(agent)
    session.flush()
    dice = random.Random(7)
    rows = []
    for number in range(COMPLAINTS):
        received_at = now - timedelta(minutes=dice.uniform(0, 395 * 24 * 60))
        rows.append(
            {
                "number": f"B{number}",
                "received_at": received_at,
                "received_on": calendar.day_of(received_at),
                "channel": "phone",
                "category": f"c{dice.randrange(12)}",
                "product": f"p{dice.randrange(20)}",
                "summary": "bench",
                "team_id": team.id,
                "agent_id": agent.id,
                "rulebook_version": book.version,
            }
        )
    insert_rows(session, Complaint, rows)
    session.commit()

    def ours() -> None:
        surge_watch.check_recent(session, book, now)

    def baseline() -> None:
        terms = surge.terms_of(book, now)
        fields = terms.fields if terms else ()
        received = [
            (at, surge_arrivals.key_of(group))
            for at, values in surge_arrivals.everything_received(session, fields)
            for group in surge.groups_of(values, fields)
        ]
        surge.surges(received, book, now)

    return ours, baseline


BENCHES: dict[str, Callable[[], Measured]] = {
    "surge": surge_check,
    "metrics": metrics_by_month,
    "attendance": attendance_of_a_year,
    "import": import_of_cases,
}
WHOLE: dict[str, Callable[[], dict[str, Any]]] = {
    "transcribe": transcription,
    "rescore": rescoring,
    "search": searching,
}
"""Those that measure by themselves, in one go."""
EVERY = {**BENCHES, **WHOLE}
