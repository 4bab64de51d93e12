"""What is known already about a recording: who a person said is on which channel, and its words, heard once."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from db.models import Call
from db.quality_channels import get_settled
from db.transcripts import find_heard, find_transcript
from inspection.pipeline import CallContext, InspectionResult, inspect_transcript
from inspection.sound.engines import Engine
from inspection.sound.listening import settings_hash
from inspection.speakers import attribute
from jobs.results import stored_transcript
from regulations.rulebook import Rulebook


def known_result(
    session: Session, call: Call, sha256: str, context: CallContext, engine: Engine, book: Rulebook
) -> InspectionResult | None:
    """The result on the transcript that these settings already made of this sound, under whichever call.

    Where a person settled who is on which channel, the transcript as that person left it.
    """
    heard_as = settings_hash(engine)
    stored = get_settled(session, call, sha256)
    if stored is None or stored.versions.get("heard_as", stored.settings_hash) != heard_as:
        stored = find_transcript(session, call, heard_as, sha256) or find_heard(session, sha256, heard_as)
    if stored is None:
        return None
    transcript = stored_transcript(stored, call)
    if stored.call_id != call.id:  # who is on which channel was another call's affair
        transcript = attribute(transcript, context.agent_index, book, is_settled=context.is_settled)
    return replace(
        inspect_transcript(transcript, book),
        engine=engine.name,
        model_hash=engine.model_hash,
        settings_hash=stored.settings_hash if stored.call_id == call.id else heard_as,
        versions=stored.versions,
    )
