"""Rows that the tests of calls and quality begin with: two teams, an agent each, and what they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from db.calls import AudioFacts, CallFacts, add_call, add_recording
from db.inspections import FindingFacts, InspectionFacts, store_inspection
from db.models import Agent, Call, Inspection, Recording, Team, User
from db.transcripts import SegmentFacts, TranscriptFacts, store_transcript
from regulations.access import SYSTEM, Scope

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 at the site
_numbers = count(1)


def add_agents(session: Session) -> tuple[Agent, Agent]:
    """K1 in team A and K2 in team B."""
    one, two = Team(code="A", name="甲组"), Team(code="B", name="乙组")
    first = Agent(number="K1", name="王芳", team=one)
    second = Agent(number="K2", name="李强", team=two)
    session.add_all([first, second])
    session.flush()
    return first, second


def scope_for(session: Session, role: str, *teams: Team, agent: Agent | None = None) -> Scope:
    """An account of the role and its scope."""
    user = User(
        username=f"{role}{next(_numbers)}",
        display_name=role,
        password_hash="x",
        role=role,
        created_at=NOW,
        agent_id=agent.id if agent else None,
        teams=list(teams),
    )
    session.add(user)
    session.flush()
    return Scope(
        user.id,
        user.username,
        role,
        tuple(t.id for t in teams) if teams else None,
        agent.id if agent else None,
    )


def call_facts(call_id: str, agent: str = "K1", started_at: datetime = NOW) -> CallFacts:
    """The facts of a call on the day of NOW."""
    return CallFacts(call_id, agent, started_at, started_at.date())


def audio_facts(content: str) -> AudioFacts:
    """A stored file whose content has this name."""
    sha256 = content.encode().hex().ljust(64, "0")[:64]
    return AudioFacts(sha256, f"{content}.wav", f"{sha256[:2]}/{sha256}.wav", 100, "wav", 2, 8000, 60.0, 0)


def add_queued(session: Session, call_id: str, agent: str = "K1", at: datetime = NOW) -> Recording:
    """A recording that waits for a worker."""
    call = add_call(session, SYSTEM, call_facts(call_id, agent), now=at)
    return add_recording(session, SYSTEM, call, audio_facts(call_id), now=at)


def finding(
    category: str = "shirking",
    *,
    severity: str = "medium",
    points: int = 5,
    verdict: str = "hit",
    kind: str = "banned",
    start: float | None = 3.0,
) -> FindingFacts:
    """One finding."""
    return FindingFacts(
        rule=f"rule.{category}",
        kind=kind,
        category=category,
        verdict=verdict,
        phase="body",
        segment=0,
        start=start,
        end=None if start is None else start + 1,
        quote="这不归我管",
        clauses=("E3.21",),
        severity=severity,
        points=Decimal(points),
        needs_review=True,
        steps=({"zh": "逐字匹配", "en": "Matched word for word", "clause": "E3.21"},),
    )


def add_inspected(
    session: Session,
    call_id: str,
    *findings: FindingFacts,
    agent: str = "K1",
    started_at: datetime = NOW,
    score: int = 90,
    book_version: str = "book-1",
    **sound: Sequence[Mapping[str, Any]],
) -> Inspection:
    """A call with a transcript of two utterances and these findings. `sound`: its channel_map and to_listen."""
    call: Call = add_call(session, SYSTEM, call_facts(call_id, agent, started_at), now=started_at)
    transcript = store_transcript(
        session,
        call,
        TranscriptFacts(
            "test",
            f"settings-{call_id}",
            (
                SegmentFacts("agent", 0.5, 5.0, "您好,这不归我管。", 0.9),
                SegmentFacts("customer", 5.5, 8.0, "那归谁管?", None),
            ),
            channel_map=sound.get("channel_map", ()),
            to_listen=sound.get("to_listen", ()),
        ),
        now=started_at,
    )
    facts = InspectionFacts(Decimal(score), findings)
    return store_inspection(session, transcript, call, facts, book_version=book_version, now=started_at)
