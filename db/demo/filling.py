"""Filling an empty database with the demo department."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.demo.callbacks import fill_callbacks
from db.demo.calls import fill_calls
from db.demo.complaints import fill_complaints
from db.demo.corrections import fill_corrections
from db.demo.decisions import fill_decisions
from db.demo.handovers import fill_handovers
from db.demo.people import fill_people
from db.demo.repairs import fill_repairs
from db.demo.requests import fill_requests
from db.demo.reviews import close_demo_months
from db.demo.roster import fill_roster
from db.demo.settling import change_shifts, fill_needs, settle_attendance
from db.demo.stage import Stage, continue_numbering
from db.demo.surges import fill_surges
from db.demo.surveys import fill_surveys
from db.models import (
    Agent,
    Call,
    Callback,
    CallbackAttempt,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    DepartmentAssignment,
    SurveyResponse,
    Team,
    Transcript,
    TranscriptSegment,
    User,
    WorkOrder,
)
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook

_NUMBERED = (
    Team, Agent, User, Complaint, ComplaintEvent, ComplaintClock, DepartmentAssignment,
    Callback, CallbackAttempt, Call, Transcript, TranscriptSegment, WorkOrder, SurveyResponse,
)  # fmt: skip


class DemoNeedsEmptyDatabase(Exception):
    """The demo department is never mixed with real data."""


def is_empty(session: Session) -> bool:
    """Whether nobody has put people, cases, calls or accounts into the database yet."""
    return all(
        session.scalar(select(model.id).limit(1)) is None for model in (Team, Agent, User, Complaint, Call)
    )


def fill(
    session: Session,
    *,
    seed: int = 7,
    months: int = 13,
    scale: float = 1.0,
    now: datetime,
    book: Rulebook,
    on_progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, int]:
    """Fill an empty database with `months` calendar months of the demo department, ending at `now`.

    `scale` multiplies complaints, callbacks and calls; people and shifts stay. Answers how many rows of each kind.
    `on_progress(part, done, parts)` is told of each part. The transcripts are not inspected here (`jobs.demo`); after
    that `review_demo_findings` lets the demo's QA staff decide. Does not commit.

    Raises DemoNeedsEmptyDatabase, and ValueError for months or a scale that make no sense or a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError("now needs its offset")
    if not 1 <= months <= 120:
        raise ValueError(f"months must be 1 to 120, not {months}")
    if not 0 < scale <= 1000:
        raise ValueError(f"scale must be above 0 and at most 1000, not {scale}")
    if not is_empty(session):
        raise DemoNeedsEmptyDatabase("the database is not empty")
    stage = Stage(now.replace(microsecond=0), book, seed, months, scale)
    counts: dict[str, int] = {}
    parts = ("people", "attendance", "complaints", "repairs", "callbacks", "calls", "closed months")

    def begin(part: str) -> None:
        if on_progress is not None:
            on_progress(part, parts.index(part), len(parts))

    begin("people")
    if not rulebooks.list_versions(session):
        rulebooks.publish(session, SYSTEM, book, date(1970, 1, 1), stage.now)
    people = fill_people(session, stage)
    continue_numbering(session, (Team, Agent, User))
    counts["agents"] = len(people)
    begin("attendance")
    roster = fill_roster(session, stage, people)
    counts.update(roster.counts)
    counts.update(fill_requests(session, stage, people, roster))
    counts["punch_corrections"] = fill_corrections(session, stage, people, roster)
    counts["coverage_needs"] = fill_needs(session, stage, people, roster)
    counts["handovers"] = fill_handovers(session, stage, people, roster)
    counts["shift_changes"] = change_shifts(session, stage, people)
    counts.update(settle_attendance(session, stage))
    begin("complaints")
    complaint_counts, solved = fill_complaints(session, stage, people, roster)
    counts.update(complaint_counts)
    counts["surge_alerts"] = fill_surges(session, stage)
    begin("repairs")
    repair_counts, repaired = fill_repairs(session, stage, people)
    counts.update(repair_counts)
    counts.update(fill_surveys(session, stage, people, repaired))
    begin("callbacks")
    counts.update(fill_callbacks(session, stage, people, solved, repaired))
    begin("calls")
    counts.update(fill_calls(session, stage, people, roster))
    continue_numbering(session, _NUMBERED)
    counts.update(fill_decisions(session, stage))
    begin("closed months")
    counts["closed_months"] = close_demo_months(session, stage.now, book)
    audit.record(
        session,
        SYSTEM,
        "demo.filled",
        "database",
        "",
        {"seed": seed, "months": months, "scale": scale},
        at=stage.now,
    )
    session.flush()
    return counts
