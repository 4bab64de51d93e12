"""Complaints as rows of a spreadsheet: the facts, when each step happened, and how every clock was kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from db.import_columns import EVENT_FIELDS, FIELDS
from db.models import Complaint, ComplaintClock
from db.visibility import within
from regulations.access import Scope
from regulations.complaints import state_at
from regulations.names import NAMES, name_of

_FIELDS = {field.name: field for field in FIELDS["complaints"]}
# Titles that the import does not know: what is counted cannot be written back.
COMPLAINT_TITLES: tuple[tuple[str, str], ...] = (
    *(
        (_FIELDS[name].zh, _FIELDS[name].en)
        for name in (
            "number", "received_at", "channel", "kind", "category", "product", "severity", "summary", "customer_name",
            "customer_phone", "customer_demand", "order_ref", "document_ref", "department", "agent",
        )
    ),
    ("受理人姓名", "Agent"),
    ("现处理人", "Works on it now"),
    ("班组", "Team"),
    ("处理状态", "State"),
    ("是否成立", "Upheld"),
    ("上一件编号", "Previous case"),
    *((_FIELDS[name].zh, _FIELDS[name].en) for name in EVENT_FIELDS),
    ("超时时限数", "Deadlines missed"),
    *(
        (f"{NAMES['clock'][clock][0]}{zh}", f"{NAMES['clock'][clock][1]} {en}")
        for clock in NAMES["clock"]
        for zh, en in (("时限", "deadline"), ("结论", "verdict"))
    ),
)  # fmt: skip


def complaint_rows(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    """Complaints by their day of receipt, in the order of COMPLAINT_TITLES."""
    query = (
        select(Complaint)
        .options(
            selectinload(Complaint.events),
            selectinload(Complaint.clocks),
            joinedload(Complaint.handler),
            joinedload(Complaint.previous),
        )
        .where(
            Complaint.received_on >= from_on,
            Complaint.received_on <= to_on,
            *within(scope, team=Complaint.team_id, agent=Complaint.agent_id),
        )
        .order_by(Complaint.received_at, Complaint.id)
    )
    if team_id is not None:
        query = query.where(Complaint.team_id == team_id)
    return [_row(case, now, lang) for case in session.scalars(query)]


def _row(case: Complaint, now: datetime, lang: str) -> tuple[Any, ...]:
    first: dict[str, datetime] = {}
    for event in case.events:
        first.setdefault(event.kind, event.at)
    states = [(clock, state_of(clock, now)) for clock in case.clocks]
    verdicts: list[Any] = [sum(state == "breached" for _clock, state in states)]
    for name in NAMES["clock"]:
        verdicts += _verdict([(clock, state) for clock, state in states if clock.clock == name], lang)
    return (
        case.number,
        case.received_at,
        name_of("complaint_channel", case.channel, lang),
        case.kind,
        name_of("complaint_category", case.category, lang),
        case.product,
        name_of("severity", case.severity, lang),
        case.summary,
        case.customer_name,
        case.customer_phone,
        case.customer_demand,
        case.order_ref,
        case.document_ref,
        case.department,
        case.agent.number,
        case.agent.name,
        (case.handler or case.agent).name,
        case.team.name,
        name_of("complaint_status", case.status, lang),
        name_of("upheld", case.upheld, lang),
        case.previous.number if case.previous else "",
        *(first.get(kind) for kind in EVENT_FIELDS.values()),
        *verdicts,
    )


def state_of(clock: ComplaintClock, now: datetime) -> str:
    """The state of a clock from its instants; only that it rests is what was stored."""
    if clock.met_at is None and clock.state == "on_hold":
        return "on_hold"
    return state_at(clock.due_at, clock.warn_at, clock.met_at, now)


def _verdict(rounds: list[tuple[ComplaintClock, str]], lang: str) -> list[Any]:
    """Of several rounds of one clock the one that tells most: the first that was missed, else the last."""
    if not rounds:
        return [None, ""]
    rounds.sort(key=lambda pair: pair[0].due_at)
    clock, state = next((pair for pair in rounds if pair[1] == "breached"), rounds[-1])
    return [clock.due_at, name_of("clock_state", state, lang)]
