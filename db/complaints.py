"""Complaints: lists and one case. Registering (db.registering) and recording events are offered here too."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from db.case_events import change_handler, record_event, status_after
from db.clock_states import in_state, list_clocks_due, sweep
from db.clocks import explained_clocks, set_clocks, steps_of
from db.models import Callback, CallbackAttempt, Complaint, ComplaintClock
from db.refusals import StaleCase
from db.registering import NUMBER_PREFIX, check_facts, least_loaded, register
from db.similar_cases import SimilarCase, SimilarCases, find_similar, similar_to
from db.visibility import within
from regulations.access import Scope

__all__ = [
    "NUMBER_PREFIX",
    "SimilarCase",
    "SimilarCases",
    "StaleCase",
    "change_handler",
    "check_facts",
    "explained_clocks",
    "find_similar",
    "get_complaint",
    "least_loaded",
    "list_callbacks_of",
    "list_clocks_due",
    "list_complaints",
    "list_following",
    "record_event",
    "register",
    "set_clocks",
    "similar_to",
    "status_after",
    "steps_of",
    "sweep",
]


def list_complaints(
    session: Session,
    scope: Scope,
    *,
    now: datetime,
    status: str | None = None,
    team_id: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
    clock: str | None = None,
    state: str | None = None,
    department: str | None = None,
    category: str | None = None,
    limit: int | None = None,
) -> list[Complaint]:
    """Complaints in scope with their clocks, the latest received first.

    `from_on` and `to_on` are local dates of receipt, both included. `clock` and `state` keep the cases
    that have such a clock (of that name, in that state at `now`). Raises KeyError for an unknown state.
    """
    query = (
        select(Complaint)
        .options(selectinload(Complaint.clocks))
        .where(*within(scope, team=Complaint.team_id, agent=Complaint.agent_id))
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
    )
    for column, value in (
        (Complaint.status, status),
        (Complaint.team_id, team_id),
        (Complaint.department, department),
        (Complaint.category, category),
    ):
        if value is not None:
            query = query.where(column == value)
    if from_on is not None:
        query = query.where(Complaint.received_on >= from_on)
    if to_on is not None:
        query = query.where(Complaint.received_on <= to_on)
    if clock is not None or state is not None:
        clocks = select(ComplaintClock.complaint_id)
        if clock is not None:
            clocks = clocks.where(ComplaintClock.clock == clock)
        if state is not None:
            clocks = clocks.where(in_state(state, now))
        query = query.where(Complaint.id.in_(clocks))
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def get_complaint(session: Session, scope: Scope, number: str) -> Complaint:
    """The case of that number with its events and clocks. Raises LookupError when none is in scope."""
    complaint = session.scalar(
        select(Complaint)
        .options(
            selectinload(Complaint.clocks),
            selectinload(Complaint.events),
            selectinload(Complaint.assignments),
            selectinload(Complaint.previous),
            joinedload(Complaint.handler),
            joinedload(Complaint.about_agent),
        )
        .where(
            Complaint.number == number.replace("\x00", "").strip(),
            *within(scope, team=Complaint.team_id, agent=Complaint.agent_id),
        )
    )
    if complaint is None:
        raise LookupError(number)
    return complaint


def list_following(session: Session, scope: Scope, complaint: Complaint) -> list[Complaint]:
    """The cases in scope in which this one was taken up again (C4.25), the oldest first."""
    return list(
        session.scalars(
            select(Complaint)
            .where(
                Complaint.previous_id == complaint.id,
                *within(scope, team=Complaint.team_id, agent=Complaint.agent_id),
            )
            .order_by(Complaint.received_at, Complaint.id)
        )
    )


def list_callbacks_of(session: Session, scope: Scope, complaint: Complaint) -> list[Callback]:
    """The callbacks in scope that the case made owed, the latest first, with every attempt and its caller."""
    return list(
        session.scalars(
            select(Callback)
            .options(selectinload(Callback.attempts).joinedload(CallbackAttempt.agent))
            .where(
                Callback.complaint_id == complaint.id,
                *within(scope, team=Callback.team_id, agent=Callback.agent_id),
            )
            .order_by(Callback.arisen_at.desc(), Callback.id.desc())
        )
    )
