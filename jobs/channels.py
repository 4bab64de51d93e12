"""Who is on which channel, settled by a person who listened: the call is judged again, nothing is transcribed again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from db import rulebooks
from db.inspections import store_inspection
from db.models import Inspection
from db.quality_channels import lock_inspection, replace_current
from db.refusals import Refused
from db.transcripts import store_transcript
from inspection.pipeline import inspect_transcript
from inspection.speakers import attribute
from jobs.results import inspection_facts, stored_transcript, transcript_facts
from regulations.access import Scope


def settle_channels(
    session: Session, scope: Scope, call_id: str, agent_channel: int, *, seen_id: int, now: datetime
) -> Inspection:
    """The call judged with the agent on this channel; the inspection before it stays, no longer current.

    `seen_id` is the inspection that the person looked at. The words are those of the same transcript, under the
    rulebook of the call's day. Raises AccessRefused, LookupError, StaleCase, and Refused where the recording does not
    have two channels or the agent is on this one already.
    """
    before = lock_inspection(session, scope, call_id, seen_id)
    stored, call = before.transcript, before.call
    if agent_channel not in choices(stored.channel_map):
        raise Refused(
            "这通通话的录音没有分开的两个声道，或客服已经在这个声道上，不能这样更正。",
            "This recording does not have two channels, or the agent is on this one already: there is nothing to settle.",
        )
    book = rulebooks.in_force(session, call.started_on)
    transcript = attribute(stored_transcript(stored, call), agent_channel, book, is_settled=True)
    heard_as = str(stored.versions.get("heard_as", stored.settings_hash))
    result = replace(
        inspect_transcript(transcript, book),
        engine=stored.engine,
        model_hash=stored.model_hash,
        settings_hash=hashlib.sha256(f"{heard_as}\nagent on channel {agent_channel}".encode()).hexdigest(),
        versions={**stored.versions, "heard_as": heard_as},
    )
    kept = store_transcript(
        session, call, transcript_facts(result, audio_sha256=stored.audio_sha256), now=now
    )
    after = store_inspection(
        session, kept, call, inspection_facts(result), book_version=book.version, now=now
    )
    replace_current(session, scope, before, after, agent_channel, now=now)
    return after


def choices(channel_map: Sequence[Mapping[str, Any]]) -> list[int]:
    """The channels on which a person may find the agent instead; empty where there are no two channels."""
    if len(channel_map) != 2:
        return []
    return [c["index"] for c in channel_map if c["speaker"] != "agent"]
