"""Transcripts that another recogniser made (contract.md): stored, and inspected on the spot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from db import audit
from db.calls import CallFacts, RecordingRefused, add_call, get_call
from db.import_results import ImportResult, Rejection
from db.inspections import store_inspection
from db.models import Call, ImportRun
from db.refusals import Refused
from db.transcripts import find_transcript, store_transcript
from inspection.transcript import Transcript, TranscriptError
from jobs.results import inspection_facts, transcript_facts
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from settings import get_settings

ENGINE = "imported"
MEGABYTE = 1 << 20

OnProgress = Callable[[float], None]


def import_transcripts(
    session: Session,
    scope: Scope,
    path: Path,
    *,
    book: Rulebook,
    now: datetime,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
) -> ImportResult:
    """One transcript, a list of them, or one in a line (JSONL), each with its findings.

    A transcript belongs to a call that is known by its `call_id`; one of an unknown call says `agent` (staff
    number) and `started_at` (ISO 8601 with an offset) besides. Raises Refused when the file cannot be read.
    """
    result = ImportResult("transcripts", is_dry_run=dry_run)
    documents = list(read_documents(path, get_settings().max_upload_mb * MEGABYTE))
    calendar = WorkCalendar.from_rulebook(book)
    trial = session.begin_nested()
    for number, document in enumerate(documents, start=1):
        one = session.begin_nested()
        try:
            _take(session, scope, document, book, calendar, now, result)
        except TranscriptError as error:
            one.rollback()
            refusal = (error.zh, error.en)
            result.rejected.append(Rejection(number, error.field, _shown(document), *refusal))
        except Refused as refused:
            one.rollback()
            result.rejected.append(Rejection(number, "call_id", _shown(document), refused.zh, refused.en))
        else:
            one.commit()
        if on_progress is not None:
            on_progress(number / len(documents))
    if dry_run:
        trial.rollback()
        return result
    trial.commit()
    note_run(session, scope, "transcripts", path, now, result)
    return result


def read_documents(path: Path, max_bytes: int) -> Iterator[object]:
    """The JSON documents of a file. Raises Refused."""
    try:
        if path.stat().st_size > max_bytes:
            raise Refused("文件太大。", "the file is too large")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Refused(
            f"文件无法读取：{error.strerror}。", f"the file cannot be read: {error.strerror}"
        ) from None
    except UnicodeDecodeError:
        raise Refused("文件不是 UTF-8 文本。", "the file is not UTF-8 text") from None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        yield from _lines(text)
        return
    if isinstance(whole, list):
        yield from whole
    else:
        yield whole


def _lines(text: str) -> Iterator[object]:
    documents = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            documents.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise Refused(
                f"第 {number} 行不是 JSON。", f"line {number} is not JSON: {str(error)[:80]}"
            ) from None
    if not documents:
        raise Refused("文件是空的。", "the file is empty")
    yield from documents


def _take(
    session: Session,
    scope: Scope,
    document: object,
    book: Rulebook,
    calendar: WorkCalendar,
    now: datetime,
    result: ImportResult,
) -> None:
    from inspection.pipeline import (
        inspect_transcript,  # here: it brings the speech library, seconds of import
    )

    transcript = Transcript.from_json(document)
    call, is_new = _call(session, scope, transcript, document, calendar, now)
    inspected = inspect_transcript(transcript, book)
    if find_transcript(session, call, inspected.settings_hash) is not None:
        result.unchanged += 1
        return
    if not call.duration_seconds:
        call.duration_seconds = transcript.seconds
    stored = store_transcript(session, call, transcript_facts(inspected, engine=ENGINE), now=now)
    store_inspection(session, stored, call, inspection_facts(inspected), book_version=book.version, now=now)
    if is_new:
        result.accepted += 1
    else:
        result.updated += 1


def _call(
    session: Session,
    scope: Scope,
    transcript: Transcript,
    document: object,
    calendar: WorkCalendar,
    now: datetime,
) -> tuple[Call, bool]:
    try:
        return get_call(session, scope, transcript.call_id), False
    except LookupError:
        pass
    extra: Mapping[str, Any] = document if isinstance(document, Mapping) else {}
    agent, started = extra.get("agent"), extra.get("started_at")
    if not isinstance(agent, str) or not isinstance(started, str):
        raise RecordingRefused(
            "unknown_call",
            "没有这通通话；请先导入通话，或在文件中写明 agent（工号）与 started_at（通话时间）。",
            "there is no such call; import it first, or say agent (staff number) and started_at in the file",
        )
    try:
        started_at = datetime.fromisoformat(started)
    except ValueError:
        started_at = None
    if started_at is None or started_at.tzinfo is None or started_at > now:
        raise RecordingRefused(
            "bad_time",
            f"started_at“{started[:40]}”应为带时区的 ISO 8601 时间，且不晚于现在。",
            f"started_at {started[:40]!r} must be ISO 8601 with an offset, and not in the future",
        )
    facts = CallFacts(
        call_id=transcript.call_id,
        agent_number=agent,
        started_at=started_at,
        started_on=calendar.day_of(started_at),
        channel=transcript.channel,
        direction=transcript.direction,
        kind=transcript.kind,
        hangup_by=transcript.hangup_by,
        rings=transcript.rings,
        duration_seconds=transcript.seconds,
    )
    return add_call(session, scope, facts, now=now), True


def _shown(document: object) -> str:
    value = document.get("call_id") if isinstance(document, Mapping) else document
    return str(value)[:120]


def note_run(
    session: Session, scope: Scope, kind: str, path: Path, now: datetime, result: ImportResult
) -> None:
    """The line in the list of imports and in the audit log."""
    digest = hashlib.sha256(path.read_bytes() if path.is_file() else str(path).encode()).hexdigest()
    name = path.name.encode("utf-8", "replace").decode()[:300]
    counts = {
        "accepted": result.accepted,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "refused": len(result.rejected),
    }
    run = ImportRun(
        at=now,
        kind=kind,
        file_name=name,
        sha256=digest,
        actor=scope.actor[:80],
        rejected=[{**r.as_json(), "reason_en": r.text("en")} for r in result.rejected[:1000]],
        **counts,
    )
    session.add(run)
    session.flush()
    detail = {"kind": kind, "file": name, "sha256": digest, **counts}
    audit.record(session, scope, "data.imported", "import", run.id, detail, at=now)
