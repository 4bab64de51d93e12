"""The bench of judging past calls again: our rules on all of them against one regular expression of the same phrases."""

from __future__ import annotations

import multiprocessing
import random
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.output import say

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from regulations.rulebook import Rulebook

CALLS = 3_000
SECONDS = 300.0  # each
PROCESSES = 2
_CHARACTERS_A_SECOND = 4.5
_AT_ONCE = 100
_state: dict[str, Any] = {}  # of a process of the baseline


def rescoring() -> dict[str, Any]:
    """3,000 calls of five minutes judged again under the rulebook in force, read from the database and compared with
    what was found before, on two processes; against a plain `re` alternation of the same phrases over the same calls,
    read and searched on as many processes.
    """
    from db.engine import engine_for, make_engine, session_scope
    from db.models import Base
    from jobs.rescoring import compare
    from regulations.access import SYSTEM
    from regulations.rulebook import load_rulebook

    book = load_rulebook(["goods_sales", "office_building_property", "hospital_callback"])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        engine = make_engine(url)
        Base.metadata.create_all(engine)
        with session_scope(url) as session:
            utterances, characters = _fill(session, book)
        engine.dispose()
        say(f"{CALLS} calls, {utterances} utterances, {characters} characters; judging …")
        with session_scope(url) as session:
            found = compare(session, SYSTEM, book, processes=PROCESSES, url=url)
        say(f"{found.seconds:.1f} s, {found.gained} findings; the regular expression …")
        texts = [t for r in (*book.required_phrases(), *book.banned_phrases()) for t in (*r.texts, *r.allow)]
        begun = time.perf_counter()
        hits = _search_all(url, sorted(set(texts), key=len, reverse=True))
        baseline = time.perf_counter() - begun
        engine_for(url).dispose()
    return {
        "ours": round(found.seconds, 2),
        "baseline": round(baseline, 2),
        "ratio": round(baseline / found.seconds, 2),
        "calls": CALLS,
        "utterances": utterances,
        "characters": characters,
        "phrases": len(set(texts)),
        "findings": found.gained,
        "baseline_hits": hits,
        "milliseconds_per_call": round(1000 * found.seconds * PROCESSES / CALLS, 2),
    }


def _fill(session: Session, book: Rulebook) -> tuple[int, int]:
    """A department with the calls, each inspected without a finding, so that everything found is new."""
    from db.demo.stage import insert_rows
    from db.models import Agent, Call, Inspection, Team, Transcript, TranscriptSegment

    team = Team(code="bench", name="bench")
    session.add(team)
    session.flush()
    agent = Agent(number="B1", name="bench", team_id=team.id)
    session.add(agent)
    session.flush()
    now = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    spoken = _spoken()
    dice = random.Random(6)
    calls: list[dict[str, Any]] = []
    segments: list[dict[str, Any]] = []
    for number in range(1, CALLS + 1):
        at = now - timedelta(minutes=number)
        calls.append(
            {
                "id": number, "call_id": f"B{number}", "agent_id": agent.id, "team_id": team.id, "started_at": at,
                "started_on": at.date(), "duration_seconds": SECONDS, "hangup_by": "customer",
            }
        )  # fmt: skip
        clock, ordinal = 1.0, 0
        while clock < SECONDS:
            speaker, text = spoken[dice.randrange(len(spoken))]
            end = clock + len(text) / _CHARACTERS_A_SECOND
            segments.append(
                {
                    "transcript_id": number, "ordinal": ordinal, "speaker": speaker, "start_seconds": clock,
                    "end_seconds": end, "text": text, "confidence": 0.9,
                }
            )  # fmt: skip
            clock, ordinal = end + dice.uniform(0.2, 1.5), ordinal + 1
    insert_rows(session, Call, calls)
    insert_rows(
        session,
        Transcript,
        [
            {
                "id": c["id"],
                "call_id": c["id"],
                "engine": "bench",
                "settings_hash": "bench",
                "created_at": now,
            }
            for c in calls
        ],
    )
    insert_rows(session, TranscriptSegment, segments)
    insert_rows(
        session,
        Inspection,
        [
            {
                "call_id": c["id"], "transcript_id": c["id"], "started_on": c["started_on"],
                "rulebook_version": book.version, "machine_score": Decimal(100), "measures": {}, "suppressed": [],
                "checks": [], "created_at": now,
            }
            for c in calls
        ],
    )  # fmt: skip
    return len(segments), sum(len(s["text"]) for s in segments)


def _spoken() -> list[tuple[str, str]]:
    """What people say in the demo's calls: speaker and text of every turn."""
    from demo.scripts import CALLS as SCRIPTS

    return [(turn.speaker, turn.text) for script in SCRIPTS for turn in script.turns]


def _search_all(url: str, texts: Sequence[str]) -> int:
    pieces = [range(i, min(i + _AT_ONCE, CALLS + 1)) for i in range(1, CALLS + 1, _AT_ONCE)]
    with ProcessPoolExecutor(
        PROCESSES, multiprocessing.get_context("spawn"), _begin, (url, list(texts))
    ) as pool:
        return sum(pool.map(_search, pieces))


def _begin(url: str, texts: Sequence[str]) -> None:
    _state.update(url=url, pattern=re.compile("|".join(re.escape(t) for t in texts)))


def _search(ids: range) -> int:
    """How often the expression matches in what the agents say in these calls."""
    from db.engine import session_scope
    from db.rescoring import load_judged

    with session_scope(_state["url"]) as session:
        return sum(
            len(_state["pattern"].findall(segment.text))
            for one in load_judged(session, list(ids))
            for segment in one.transcript.segments
            if segment.speaker == "agent"
        )
