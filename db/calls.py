"""Calls and their recordings: what came in, who may see it, and where the work on it stands.

The work on a recording (claims, progress, failures) is in db/claims.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit
from db.models import Agent, AuditEntry, Call, Recording
from db.refusals import Refused
from db.visibility import NOT_YOURS, within
from regulations.access import AccessRefused, Scope

WRITERS = ("recordings.upload", "data.import")


class RecordingRefused(Refused):
    """A recording that is not taken in; the reason in both languages, for whoever brought it."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(zh, en)
        self.code = code


class DuplicateRecording(RecordingRefused):
    """The same audio is already here; `call_id` names the call it belongs to."""

    def __init__(self, call_id: str) -> None:
        super().__init__(
            "duplicate",
            f"这段录音已经在系统中，属于通话 {call_id}",
            f"This recording is already here; it belongs to call {call_id}",
        )
        self.call_id = call_id


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known about a call before anybody listens. `started_on` is the local date of `started_at`."""

    call_id: str
    agent_number: str
    started_at: datetime
    started_on: date
    channel: str = "phone"
    direction: str = "inbound"
    kind: str = "inbound_service"
    hangup_by: str = "unknown"
    rings: int | None = None
    duration_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AudioFacts:
    """A checked file in private storage. `agent_channel` 0 or 1; None when one channel carries both."""

    sha256: str
    original_name: str
    stored_name: str
    size_bytes: int
    container: str = ""
    channels: int = 0
    sample_rate_hz: int = 0
    duration_seconds: float = 0.0
    agent_channel: int | None = None


def in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions on `Call` under which a row is the viewer's to see."""
    return within(scope, team=Call.team_id, agent=Call.agent_id)


def agent_by_number(session: Session, scope: Scope, number: str) -> Agent:
    """The agent with the staff number. Raises RecordingRefused when unknown or outside the scope."""
    agent = session.scalar(select(Agent).where(Agent.number == number.strip()))
    if agent is None or not scope.sees_team(agent.team_id):
        raise RecordingRefused(
            "unknown_agent", f"没有工号为 {number} 的客服", f"There is no agent with number {number}"
        )
    return agent


def add_call(session: Session, scope: Scope, facts: CallFacts, *, now: datetime) -> Call:
    """The call with this number: the one already known, or a new one.

    Raises AccessRefused without the capability, RecordingRefused when the agent is unknown or the number
    already belongs to another agent's call.
    """
    _require_writer(scope)
    agent = agent_by_number(session, scope, facts.agent_number)
    known = session.scalar(select(Call).where(Call.call_id == facts.call_id))
    if known is not None:
        if known.agent_id != agent.id:
            raise RecordingRefused(
                "call_of_another",
                f"通话 {facts.call_id} 已登记在 {known.agent.name} 名下",
                f"Call {facts.call_id} is already recorded for {known.agent.name}",
            )
        return known
    call = Call(
        call_id=facts.call_id,
        agent=agent,
        team=agent.team,
        started_at=facts.started_at,
        started_on=facts.started_on,
        channel=facts.channel,
        direction=facts.direction,
        kind=facts.kind,
        hangup_by=facts.hangup_by,
        rings=facts.rings,
        duration_seconds=facts.duration_seconds,
    )
    session.add(call)
    session.flush()
    audit.record(session, scope, "call.added", "call", call.call_id, {"agent": agent.number}, at=now)
    return call


def find_duplicate(session: Session, sha256: str) -> str | None:
    """The number of the call that already has this audio, whoever may see it."""
    return session.scalar(
        select(Call.call_id).join(Recording, Recording.call_id == Call.id).where(Recording.sha256 == sha256)
    )


def add_recording(
    session: Session,
    scope: Scope,
    call: Call,
    audio: AudioFacts,
    *,
    now: datetime,
    failure: RecordingRefused | None = None,
) -> Recording:
    """Row and audit entry for a stored file: queued for transcription, or failed from the start.

    Raises DuplicateRecording when the same audio is here already, RecordingRefused when the call has
    another recording, AccessRefused without the capability.
    """
    _require_writer(scope)
    duplicate = find_duplicate(session, audio.sha256)
    if duplicate is not None:
        raise DuplicateRecording(duplicate)
    if session.scalar(select(exists().where(Recording.call_id == call.id))):
        raise RecordingRefused(
            "call_has_recording",
            f"通话 {call.call_id} 已有另一段录音",
            f"Call {call.call_id} already has another recording",
        )
    recording = Recording(
        call_id=call.id,
        sha256=audio.sha256,
        original_name=audio.original_name[-300:],
        stored_name=audio.stored_name,
        size_bytes=audio.size_bytes,
        container=audio.container[:40],
        channels=audio.channels,
        sample_rate_hz=audio.sample_rate_hz,
        duration_seconds=audio.duration_seconds,
        agent_channel=audio.agent_channel,
        uploaded_at=now,
        uploaded_by=scope.actor,
        status="queued",
    )
    if audio.duration_seconds:
        call.duration_seconds = audio.duration_seconds
    if failure is not None:
        recording.status, recording.finished_at = "failed", now
        recording.failure_code, recording.failure_reason = failure.code, f"{failure.zh}\n{failure.en}"
    try:
        with session.begin_nested():
            session.add(recording)
    except IntegrityError as error:  # two people brought the same file in the same instant
        winner = find_duplicate(session, audio.sha256)
        if winner is None:
            raise
        raise DuplicateRecording(winner) from error
    detail = {"call": call.call_id, "file": recording.original_name, "sha256": audio.sha256}
    audit.record(session, scope, "recording.added", "recording", recording.id, detail, at=now)
    return recording


def failure_text(recording: Recording, lang: str = "zh") -> str:
    """Why the recording waits or failed, in the language asked for; empty when nothing went wrong."""
    zh, _, en = recording.failure_reason.partition("\n")
    return (en or zh) if lang == "en" else zh


def retry(session: Session, scope: Scope, recording_id: int, *, now: datetime) -> Recording:
    """A person asks for another try at a failed recording.

    Raises AccessRefused without the capability, LookupError when it is not the viewer's to see.
    """
    _require_writer(scope)
    recording = get_recording(session, scope, recording_id)
    if recording.status == "failed":
        send_round(session, scope, recording, now=now)
    return recording


def send_round(session: Session, scope: Scope, recording: Recording, *, now: datetime) -> None:
    """Put a failed recording back into the queue with all its tries before it, and note who did."""
    detail = {"call": recording.call.call_id, "code": recording.failure_code}
    recording.status, recording.progress = "queued", 0.0
    recording.attempts = recording.interruptions = 0
    recording.failure_code = recording.failure_reason = ""
    recording.finished_at = recording.claimed_until = recording.claimed_at = None
    audit.record(session, scope, "recording.retried", "recording", recording.id, detail, at=now)
    session.flush()


def get_recording(session: Session, scope: Scope, recording_id: int) -> Recording:
    """The recording, if it is the viewer's to see. Raises LookupError otherwise."""
    found = session.scalar(
        select(Recording).join(Recording.call).where(Recording.id == recording_id, *in_scope(scope))
    )
    if found is None:
        raise LookupError(f"recording {recording_id}")
    return found


def get_call(session: Session, scope: Scope, call_id: str) -> Call:
    """The call with this number, if it is the viewer's to see. Raises LookupError otherwise."""
    found = session.scalar(select(Call).where(Call.call_id == call_id, *in_scope(scope)))
    if found is None:
        raise LookupError(f"call {call_id}")
    return found


def list_calls(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
    limit: int | None = None,
) -> list[Call]:
    """Calls of the local days from..to, both included, newest first."""
    conditions = [Call.started_on.between(from_on, to_on), *in_scope(scope)]
    if team_id is not None:
        conditions.append(Call.team_id == team_id)
    if agent_id is not None:
        conditions.append(Call.agent_id == agent_id)
    return list(
        session.scalars(select(Call).where(*conditions).order_by(Call.started_at.desc()).limit(limit))
    )


def count_queue(session: Session, scope: Scope) -> dict[str, int]:
    """How many recordings are in each state."""
    rows = session.execute(
        select(Recording.status, func.count())
        .join(Recording.call)
        .where(*in_scope(scope))
        .group_by(Recording.status)
    )
    return {"queued": 0, "claimed": 0, "done": 0, "failed": 0} | dict(rows.tuples().all())


def record_playback(
    session: Session, scope: Scope, recording: Recording, sign_in: str, *, now: datetime
) -> bool:
    """Note that somebody listens: one audit row for a recording and sign-in, whatever byte ranges follow.

    `sign_in` is any text that is the same throughout one sign-in, and no secret. Whether a row was written.
    """
    played = select(AuditEntry.detail).where(
        AuditEntry.object_kind == "recording",
        AuditEntry.object_id == str(recording.id),
        AuditEntry.action == "recording.played",
        AuditEntry.actor_id == scope.user_id,
    )
    if any(detail.get("sign_in") == sign_in for detail in session.scalars(played)):
        return False
    detail = {"call": recording.call.call_id, "sign_in": sign_in}
    audit.record(session, scope, "recording.played", "recording", recording.id, detail, at=now)
    return True


def _require_writer(scope: Scope) -> None:
    if not any(scope.may(capability) for capability in WRITERS):
        raise AccessRefused(NOT_YOURS)
