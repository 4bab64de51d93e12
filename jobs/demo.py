"""What the demo department needs from the inspection: its transcripts inspected, its recordings queued.

Nothing is canned: the findings on the demo's calls come from the same code as those on real ones.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from db.calls import CallFacts, DuplicateRecording, RecordingRefused
from db.inspections import store_inspections
from db.transcripts import list_uninspected
from inspection.pipeline import inspect_transcript
from jobs.receiving import Received, SessionFactory, receive_recording
from jobs.results import inspection_facts, stored_transcript
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from settings import ROOT, Settings

RECORDINGS = ROOT / "demo" / "recordings"
MANIFEST = "manifest.json"
_AT_ONCE = 200  # transcripts held in memory

OnProgress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class DemoRecordings:
    """What became of the demo recordings. `refused`: file and reason; `known`: were there before."""

    queued: list[Received]
    failed: list[Received]  # kept, so that people see what a damaged file looks like
    known: list[str]
    refused: list[tuple[str, str]]


def inspect_demo_transcripts(
    session_factory: SessionFactory, book: Rulebook, now: datetime, on_progress: OnProgress | None = None
) -> int:
    """Inspect every stored transcript that has no inspection under this rulebook; how many there were."""
    done, last_id = 0, 0
    while True:
        with session_factory() as session, session.begin():
            rows = list_uninspected(session, book.version, after_id=last_id, limit=_AT_ONCE)
            if not rows:
                return done
            store_inspections(
                session,
                [
                    (
                        stored,
                        call,
                        inspection_facts(inspect_transcript(stored_transcript(stored, call), book)),
                    )
                    for stored, call in rows
                ],
                book_version=book.version,
                now=now,
            )
            last_id = rows[-1][0].id
        done += len(rows)
        if on_progress is not None:
            on_progress(done)


def queue_demo_recordings(
    session_factory: SessionFactory,
    settings: Settings,
    book: Rulebook,
    now: datetime,
    folder: Path = RECORDINGS,
) -> DemoRecordings:
    """Take the demo recordings in as the demo agents' calls, through the ordinary door, so that a worker
    transcribes them. The damaged one is kept as failed with its reason. Safe to repeat.

    Raises OSError or ValueError when the manifest cannot be read.
    """
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    calendar = WorkCalendar.from_rulebook(book)
    result = DemoRecordings([], [], [], [])
    for entry in manifest["recordings"]:
        path = folder / str(entry["file"])
        try:
            received = receive_recording(
                session_factory,
                SYSTEM,
                path,
                path.name,
                _facts(entry, calendar, now),
                settings,
                now=now,
                agent_channel=entry["agent_channel"],
                keep_unreadable=True,
            )
        except DuplicateRecording:
            result.known.append(path.name)
        except RecordingRefused as refused:
            result.refused.append((path.name, refused.en))
        else:
            (result.failed if received.status == "failed" else result.queued).append(received)
    return result


def _facts(entry: dict[str, Any], calendar: WorkCalendar, now: datetime) -> CallFacts:
    """The call of a manifest's entry, so many days before today at its local time."""
    day = calendar.day_of(now) - timedelta(days=int(entry["days_before_today"]))
    started_at = datetime.combine(day, time.fromisoformat(entry["local_time"]), calendar.timezone)
    return CallFacts(
        call_id=f"demo-{entry['call_id']}",
        agent_number=entry["agent_number"],
        started_at=started_at,
        started_on=day,
        channel=entry["channel"],
        direction=entry["direction"],
        kind=entry["kind"],
        hangup_by=entry["hangup_by"],
    )
