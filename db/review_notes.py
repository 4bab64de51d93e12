"""Notes to a call: comments among QA staff, and coaching that the agent reads and acknowledges. Append-only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.calls import get_call, in_scope
from db.models import Call, CallNote
from db.refusals import Refused
from db.review_queue import reviewer_name
from db.review_words import tidy
from db.visibility import demand
from regulations.access import AccessRefused, Scope

MAX_TEXT = 2000
WRITES = {"comment": "quality.review", "coaching": "quality.coach"}
READS_COMMENTS = ("quality.review", "quality.calibrate")


def write_note(
    session: Session,
    scope: Scope,
    call_id: str,
    kind: str,
    text: str,
    *,
    start_seconds: float | None = None,
    now: datetime,
) -> CallNote:
    """A comment (for who reviews) or coaching (for the agent too). `start_seconds`: the second of the call it speaks of.

    Raises AccessRefused without the capability, LookupError, Refused for an empty or endless text.
    """
    if kind not in WRITES:
        raise Refused("未知的备注类别", "unknown kind of note")
    demand(scope, WRITES[kind])
    call = get_call(session, scope, call_id)
    text = tidy(text, None)
    if not text:
        raise Refused("请写下内容", "write something first")
    if len(text) > MAX_TEXT:
        raise Refused(f"请控制在 {MAX_TEXT} 字以内", f"keep it under {MAX_TEXT} characters")
    note = CallNote(
        call_id=call.id,
        agent_id=call.agent_id,
        kind=kind,
        text=text,
        start_seconds=start_seconds,
        user_id=scope.user_id,
        author=reviewer_name(session, scope),
        written_at=now,
    )
    session.add(note)
    session.flush()
    audit.record(session, scope, f"note.{kind}", "call", call.call_id, {"note": note.id}, at=now)
    return note


def list_notes(session: Session, scope: Scope, call_id: str, kind: str | None = None) -> list[CallNote]:
    """The notes to a call that this viewer may read, the oldest first: an agent reads coaching alone, of his own calls."""
    query = (
        select(CallNote)
        .join(Call, Call.id == CallNote.call_id)
        .where(Call.call_id == call_id, *in_scope(scope))
    )
    if not any(scope.may(capability) for capability in READS_COMMENTS):
        query = query.where(CallNote.kind == "coaching")
    if kind is not None:
        query = query.where(CallNote.kind == kind)
    return list(session.scalars(query.order_by(CallNote.written_at, CallNote.id)))


def acknowledge(session: Session, scope: Scope, note_id: int, *, now: datetime) -> CallNote:
    """The agent has read coaching of his. Once seen it stays so. Raises LookupError, AccessRefused."""
    note = session.get(CallNote, note_id)
    if note is None or note.kind != "coaching":
        raise LookupError(f"note {note_id}")
    if scope.agent_id is None or note.agent_id != scope.agent_id:
        raise AccessRefused("Only the agent whom it is addressed to acknowledges coaching.")
    if note.seen_at is None:
        note.seen_at = now
        session.flush()
        audit.record(session, scope, "note.seen", "call_note", note.id, at=now)
    return note
