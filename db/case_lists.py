"""Lists of cases as people work them: what is overdue, what falls due soon, what is open, what came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Subquery, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from db.clock_states import in_state
from db.clocks import whole_second
from db.models import Complaint, ComplaintClock
from db.visibility import within
from regulations.access import Scope

VIEWS = ("overdue", "due_soon", "open", "received")
_COLUMNS = {
    "category": Complaint.category,
    "department": Complaint.department,
    "channel": Complaint.channel,
    "severity": Complaint.severity,
    "kind": Complaint.kind,
    "product": Complaint.product,
}

_IS_OPEN = Complaint.status.in_(("open", "answered"))  # as a range of the index, which "not closed" is not


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """What is asked for. `from_on` and `to_on` are days of receipt, both included, and bound `received` only.

    `where` keeps a value of some facts ("" is none). `clock` and `state` (names.NAMES["clock_state"]) keep cases
    with such a clock; `worst` keeps open cases by the state of the running clock that hurts most, as `open_ages` counts
    them. `search` finds a whole number anywhere, and text within the view. `older_than` and
    `not_older_than` bound the receipt: received before the one, not before the other.
    """

    view: str
    from_on: date
    to_on: date
    team_id: int | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    clock: str = ""
    state: str = ""
    search: str = ""
    older_than: datetime | None = None
    not_older_than: datetime | None = None
    worst: str = ""


def list_cases(
    session: Session, scope: Scope, query: CaseQuery, now: datetime, limit: int
) -> tuple[list[Complaint], int]:
    """The cases with their clocks, what hurts most first, at most `limit` of them; and how many there are.

    Open cases come first, the one whose running deadline is the oldest at the top. Raises KeyError for an
    unknown view, state or fact.
    """
    running = _running(now)
    is_overdue = running.c.due_at < whole_second(now)
    is_received = Complaint.received_on.between(query.from_on, query.to_on)
    seen = {
        "overdue": is_overdue,
        "due_soon": and_(running.c.due_at >= whole_second(now), running.c.is_warned == 1),
        "open": _IS_OPEN,
        "received": is_received,
    }[query.view]
    conditions = [*within(scope, team=Complaint.team_id, agent=Complaint.agent_id), *_kept(query, now)]
    if query.worst:
        conditions.append(_worst(running, now) == query.worst)
    text = query.search.strip()
    if text:
        # The number is looked up first: asked for in one condition with the rest, it would cost the index.
        numbered = session.scalar(select(Complaint.id).where(Complaint.number.in_((text, text.upper()))))
        seen = or_(and_(seen, _mentions(text)), Complaint.id == (numbered or 0))
    found = (
        select(Complaint).outerjoin(running, running.c.complaint_id == Complaint.id).where(seen, *conditions)
    )
    total = session.scalar(select(func.count()).select_from(found.with_only_columns(Complaint.id).subquery()))
    page = (
        found.options(selectinload(Complaint.clocks), joinedload(Complaint.handler))
        .order_by(
            case((Complaint.status == "closed", 1), else_=0),
            running.c.due_at.nulls_last(),
            Complaint.received_at.desc(),
            Complaint.id,
        )
        .limit(limit)
    )
    return list(session.scalars(page)), total or 0


def first_received_on(session: Session, scope: Scope, team_id: int | None = None) -> date | None:
    """The day of the oldest complaint in scope: before it there is nothing to compare with. None without any."""
    query = select(func.min(Complaint.received_on)).where(
        *within(scope, team=Complaint.team_id, agent=Complaint.agent_id)
    )
    if team_id is not None:
        query = query.where(Complaint.team_id == team_id)
    return session.scalar(query)


def open_ages(
    session: Session,
    scope: Scope,
    now: datetime,
    team_id: int | None = None,
    where: Mapping[str, str] | None = None,
) -> list[tuple[datetime, str]]:
    """When each open case was received, and the state of the running clock that hurts most.

    `off` where none runs, `on_hold` where all that run rest. Raises KeyError for an unknown fact.
    """
    running = _running(now)
    query = CaseQuery("open", now.date(), now.date(), team_id, where or {})
    found = (
        select(Complaint.received_at, _worst(running, now))
        .outerjoin(running, running.c.complaint_id == Complaint.id)
        .where(_IS_OPEN, *_kept(query, now))
        .where(*within(scope, team=Complaint.team_id, agent=Complaint.agent_id))
    )
    return [(received_at, code) for received_at, code in session.execute(found)]


def _worst(running: Subquery, now: datetime) -> ColumnElement[str]:
    """The state of an open case's running clock that hurts most; `off` where none runs."""
    return case(
        (running.c.due_at < whole_second(now), "breached"),
        (running.c.is_warned == 1, "due_soon"),
        (running.c.due_at.is_not(None), "on_track"),
        (exists().where(ComplaintClock.complaint_id == Complaint.id, in_state("on_hold", now)), "on_hold"),
        else_="off",
    )


def _running(now: datetime) -> Subquery:
    """Of each open case with a running clock: its oldest deadline, and whether one is past its warning."""
    return (
        select(
            ComplaintClock.complaint_id,
            func.min(ComplaintClock.due_at).label("due_at"),
            func.max(case((ComplaintClock.warn_at <= now, 1), else_=0)).label("is_warned"),
        )
        .join(Complaint, Complaint.id == ComplaintClock.complaint_id)
        .where(_IS_OPEN, ComplaintClock.met_at.is_(None), ComplaintClock.state != "on_hold")
        .group_by(ComplaintClock.complaint_id)
        .subquery()
    )


def _kept(query: CaseQuery, now: datetime) -> list[ColumnElement[bool]]:
    kept: list[ColumnElement[bool]] = []
    if query.team_id is not None:
        kept.append(Complaint.team_id == query.team_id)
    for name, value in query.where.items():
        kept.append(_COLUMNS[name] == value)
    if query.clock or query.state:
        clock = [ComplaintClock.clock == query.clock] if query.clock else []
        state = [in_state(query.state, now)] if query.state else []
        kept.append(exists().where(ComplaintClock.complaint_id == Complaint.id, *clock, *state))
    if query.older_than is not None:
        kept.append(Complaint.received_at < query.older_than)
    if query.not_older_than is not None:
        kept.append(Complaint.received_at >= query.not_older_than)
    return kept


def _mentions(text: str) -> ColumnElement[bool]:
    """Whether a case says the text anywhere; signs that LIKE gives a meaning have none here."""
    if not text:
        return false()
    columns = (
        Complaint.number,
        Complaint.summary,
        Complaint.customer_name,
        Complaint.customer_phone,
        Complaint.product,
        Complaint.order_ref,
    )
    return or_(*(column.icontains(text, autoescape=True) for column in columns))
