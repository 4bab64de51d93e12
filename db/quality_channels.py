"""A person settles who is on which channel of a call: the inspection that follows from it takes the old one's place."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Text, cast, or_, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from db import audit
from db.calls import get_call
from db.models import Call, Inspection, Transcript
from db.quality import get_inspection, in_period
from db.refusals import StaleCase
from db.visibility import demand
from regulations.access import Scope


def lock_inspection(session: Session, scope: Scope, call_id: str, seen_id: int) -> Inspection:
    """The call's current inspection, held until the commit, for whoever may review it.

    Raises AccessRefused without the capability, LookupError when the call is not the viewer's to see or has not been
    inspected, StaleCase when it is no longer the inspection that was looked at.
    """
    demand(scope, "quality.review")
    call = get_call(session, scope, call_id)
    session.execute(select(Call.id).where(Call.id == call.id).with_for_update(of=Call))
    current = get_inspection(session, scope, call_id)
    if current.id != seen_id:
        raise StaleCase(
            "这通通话刚刚已被重新检查，请看过新的结果再决定。",
            "This call has just been inspected anew. Look at the new result first.",
        )
    return current


def get_settled(session: Session, call: Call, audio_sha256: str) -> Transcript | None:
    """The transcript on which the call's current inspection stands, if a person settled this sound's channels."""
    current = session.scalar(
        select(Transcript)
        .join(Inspection, Inspection.transcript_id == Transcript.id)
        .where(Inspection.call_id == call.id, Inspection.is_current, Transcript.audio_sha256 == audio_sha256)
        .options(selectinload(Transcript.segments))
        .order_by(Inspection.id.desc())
        .limit(1)
    )
    is_settled = current is not None and any(c.get("decided") == "by_hand" for c in current.channel_map)
    return current if is_settled else None


def list_to_listen(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
    limit: int | None = None,
) -> list[Inspection]:
    """Current inspections of calls with sound that only a person can make out, of the latest `limit` of them.

    Channels of which it is doubtful who is on them come first, because they leave the whole call open; then the calls with
    the most seconds without reliable words.
    """
    found = (
        session.scalars(
            select(Inspection)
            .join(Transcript, Transcript.id == Inspection.transcript_id)
            .join(Call, Call.id == Inspection.call_id)
            .where(
                Inspection.is_current,
                Inspection.started_on.between(from_on, to_on),
                or_(
                    cast(Transcript.to_listen, Text) != "[]",
                    cast(Transcript.channel_map, Text).contains('"contradicted"'),
                ),
                *in_period(scope, from_on, to_on, team_id, agent_id),
            )
            .options(
                selectinload(Inspection.findings),
                joinedload(Inspection.call),
                joinedload(Inspection.transcript),
            )
            .order_by(Call.started_at.desc(), Inspection.id)
            .limit(limit)
        )
        .unique()
        .all()
    )
    to_hear = (one for one in found if is_contradicted(one) or seconds_to_listen(one))
    return sorted(to_hear, key=lambda one: (not is_contradicted(one), -seconds_to_listen(one)))


def is_contradicted(inspection: Inspection) -> bool:
    """Whether the greeting stands on the channel that is not the agent's, and nobody has settled it."""
    return any(c.get("decided") == "contradicted" for c in inspection.transcript.channel_map)


def seconds_to_listen(inspection: Inspection) -> float:
    """How many seconds of the call only a person can make out; a hole in the file has no sound for anybody."""
    stretches = [p for p in inspection.transcript.to_listen if p.get("reason") != "lost"]
    return sum(float(p["end"]) - float(p["start"]) for p in stretches)


def replace_current(
    session: Session,
    scope: Scope,
    before: Inspection,
    after: Inspection,
    agent_channel: int,
    *,
    now: datetime,
) -> None:
    """`after` becomes the call's current inspection; `before` stays as it was, with its reviews.

    The recording remembers who is on which channel, for the day it is transcribed with other settings.
    """
    session.execute(
        update(Inspection)
        .where(Inspection.call_id == after.call_id, Inspection.id != after.id, Inspection.is_current)
        .values(is_current=False)
    )
    after.is_current = True
    if after.call.recording is not None:
        after.call.recording.agent_channel = agent_channel
    session.flush()
    detail = {"agent_channel": agent_channel, "before": before.id, "after": after.id}
    audit.record(session, scope, "call.channels_settled", "call", after.call.call_id, detail, at=now)
