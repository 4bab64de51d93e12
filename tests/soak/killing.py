"""Killing the worker and its processes with SIGKILL at moments drawn by lot, and what is left of the work after it."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import calls
from db.engine import session_scope
from db.models import Call, Finding, Inspection, Recording, Transcript
from regulations.access import SYSTEM
from tests.db.call_rows import NOW
from tests.soak.desks import Desk

WAYS = ("process", "process", "process", "worker", "both")


@dataclass
class Kills:
    """What was killed, and which recordings were held by whom it hit."""

    ways: Counter[str] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    retried: Counter[int] = field(default_factory=Counter)


def kill_until_done(desk: Desk, kills: int, seed: int) -> Kills:
    """Kill so many times at random moments, starting the worker again each time it is gone; then let it finish.

    A recording that failed because its process was killed three times is sent round again, as a person would.
    """
    draw = random.Random(seed)
    done = Kills()
    desk.start_worker()
    for turn in range(kills):
        way = draw.choice(WAYS)
        enough = turn * len(desk.statuses()) // kills  # spread over the whole of the work
        desk.wait_until(partial(_has_done, desk, done, enough))
        if draw.random() < 0.85:  # the others hit a worker that starts or looks for work
            desk.wait_until(lambda: _is_working(desk) or desk.is_settled())
        time.sleep(draw.uniform(0.0, 2.5))
        _kill(desk, way, draw, done)
        _retry_failed(desk, done)
        if desk.is_settled():
            break
        print(f"  kill {turn + 1:2d}: {way}; {Counter(desk.statuses().values())}", flush=True)
    desk.wait_until(lambda: _retry_failed(desk, done) == 0 and desk.is_settled())
    return done


def _has_done(desk: Desk, done: Kills, enough: int) -> bool:
    _retry_failed(desk, done)
    return sum(status == "done" for status in desk.statuses().values()) >= enough


def _is_working(desk: Desk) -> bool:
    return bool(set(desk.held().values()) & set(desk.children()))


def _kill(desk: Desk, way: str, draw: random.Random, done: Kills) -> None:
    assert desk.process is not None
    children, held = desk.children(), desk.held()
    doomed = [draw.choice(children)] if way == "process" and children else [desk.process.pid]
    if way == "both":
        doomed += children
    for pid in doomed:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    done.ways[way] += 1
    done.held.update(row for row, pid in held.items() if pid in doomed)
    if desk.process.pid in doomed:
        desk.process.wait()
        desk.start_worker()


def _retry_failed(desk: Desk, done: Kills) -> int:
    with session_scope(desk.settings.database) as session:
        failed = session.scalars(select(Recording).where(Recording.status == "failed")).all()
        for row in failed:
            assert row.failure_code == "crashed", calls.failure_text(row, "en")
            assert calls.failure_text(row, "zh")
            calls.retry(session, SYSTEM, row.id, now=NOW)
            done.retried[row.id] += 1
    return len(failed)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is in the database about one recording; `said` is everything that was transcribed and judged."""

    name: str
    seconds: float
    status: str
    attempts: int
    interruptions: int
    transcripts: int
    inspections: int
    findings: int
    said: tuple[object, ...]


def outcomes(desk: Desk) -> dict[int, Outcome]:
    """The outcome of every recording."""
    with session_scope(desk.settings.database) as session:
        return {
            row.id: _outcome(session, row)
            for row in session.scalars(select(Recording).order_by(Recording.id))
        }


def _outcome(session: Session, row: Recording) -> Outcome:
    transcripts = session.scalars(select(Transcript).where(Transcript.call_id == row.call_id)).all()
    inspections = session.scalars(
        select(Inspection).join(Call, Call.id == Inspection.call_id).where(Call.id == row.call_id)
    ).all()
    ids = [inspection.id for inspection in inspections]
    findings = session.scalar(select(func.count()).where(Finding.inspection_id.in_(ids))) or 0
    said = tuple(
        (s.speaker, round(s.start_seconds, 2), round(s.end_seconds, 2), s.text)
        for transcript in transcripts
        for s in transcript.segments
    )
    scores = tuple(str(inspection.machine_score) for inspection in inspections)
    return Outcome(
        row.original_name,
        row.duration_seconds,
        row.status,
        row.attempts,
        row.interruptions,
        len(transcripts),
        len(inspections),
        findings,
        (*said, *scores),
    )
