"""Taking a complaint in: its number, its first events, its clocks (A5.1, E3.25 to E3.27, D1.5)."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from db import audit, surges
from db.clocks import set_clocks
from db.models import Agent, Complaint, ComplaintEvent
from db.numbering import add_numbered
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row, within
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

NUMBER_PREFIX = "TS"  # 投诉

_LONGEST = {
    "product": ("产品", "product"),
    "customer_name": ("客户姓名", "customer name"),
    "customer_phone": ("客户电话", "telephone"),
    "order_ref": ("订单号", "order number"),
    "document_ref": ("单据编号", "document number"),
    "department": ("责任部门", "department"),
}


def register(
    session: Session,
    scope: Scope,
    *,
    received_at: datetime,
    channel: str,
    category: str,
    summary: str,
    agent: Agent,
    book: Rulebook,
    now: datetime,
    kind: str | None = None,
    severity: str = "ordinary",
    product: str = "",
    customer_name: str = "",
    customer_phone: str = "",
    customer_demand: str = "",
    order_ref: str = "",
    document_ref: str = "",
    source_operator: str = "",
    cause_class: str = "",
    is_incident: bool = False,
    is_service_caused: bool = False,
    about_agent: Agent | None = None,
    department: str = "",
    previous: Complaint | None = None,
) -> Complaint:
    """Take a complaint in. `agent` was asked first and stays responsible for good (D1.5).

    An agent registers what he himself was told; a supervisor or manager, for an agent of his teams. Every
    choice must be one of the rulebook's. `previous` links a case taken up again to the one before it (C4.25).
    Raises AccessRefused without complaints.register or for somebody out of scope, Refused when something in
    it cannot be accepted.
    """
    demand(scope, "complaints.register")
    _demand_owner(scope, agent)
    if previous is not None:
        demand_row(scope, previous)
    check_facts(received_at, channel, severity, summary, book, now)
    kinds = book.items("complaint.kinds") or ()
    kind = kind or next(iter(kinds), "")
    _check_choices(kind, category, source_operator, cause_class, book)
    texts = {
        key: tidy(text)
        for key, text in {
            "product": product, "customer_name": customer_name, "customer_phone": customer_phone, "order_ref": order_ref,
            "document_ref": document_ref, "department": department,
        }.items()
    }  # fmt: skip
    _check_lengths(texts)
    received_on = WorkCalendar.from_rulebook(book).day_of(received_at)

    def make(number: str) -> Complaint:
        return Complaint(
            number=number,
            received_at=received_at,
            received_on=received_on,
            channel=channel,
            kind=kind,
            category=category,
            severity=severity,
            summary=summary.replace("\x00", "").strip(),
            customer_demand=customer_demand.replace("\x00", "").strip(),
            source_operator=source_operator,
            cause_class=cause_class,
            is_incident=is_incident,
            is_service_caused=is_service_caused or about_agent is not None,
            about_agent_id=about_agent.id if about_agent else None,
            team_id=agent.team_id,
            agent_id=agent.id,
            previous_id=previous.id if previous else None,
            rulebook_version=book.version,
            **texts,
        )

    complaint = add_numbered(session, make, Complaint.number, NUMBER_PREFIX, received_on)
    complaint.events = [
        ComplaintEvent(kind=event, at=at, recorded_at=now, actor=scope.actor)
        for event, at in _first_events(received_at, now, is_incident)
    ]
    complaint.clocks, complaint.assignments = [], []
    set_clocks(session, complaint, book, now)
    session.flush()
    detail = {"number": complaint.number, "channel": channel, "category": category, "severity": severity}
    audit.record(session, scope, "complaint.registered", "complaint", complaint.id, detail, at=now)
    surges.check_after_receipt(session, complaint, book, now)
    return complaint


def _first_events(received_at: datetime, now: datetime, is_incident: bool) -> list[tuple[str, datetime]]:
    registered_at = max(received_at, now)  # a browser's clock may be ahead of ours
    events = [("received", received_at), ("registered", registered_at)]
    return [*events, ("incident", registered_at)] if is_incident else events


def least_loaded(session: Session, scope: Scope, team_id: int | None = None) -> Agent | None:
    """The active agent in scope with the fewest open cases, the lowest staff number among equals; None: nobody."""
    works_on = or_(
        Complaint.handler_id == Agent.id, (Complaint.handler_id.is_(None)) & (Complaint.agent_id == Agent.id)
    )
    load = select(func.count()).where(works_on, Complaint.status != "closed").scalar_subquery()
    query = (
        select(Agent)
        .where(Agent.is_active.is_(True), *within(scope, team=Agent.team_id, agent=Agent.id))
        .order_by(load, Agent.number)
        .limit(1)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    return session.scalar(query)


def check_facts(
    received_at: datetime, channel: str, severity: str, summary: str, book: Rulebook, now: datetime
) -> None:
    """Raises Refused for facts that no complaint can have."""
    refuse_future(received_at, now)
    if channel not in (book.items("complaint.channels") or ()):
        raise Refused(f"没有“{channel}”这个受理渠道。", f"there is no channel {channel!r} in the rulebook")
    if severity not in (book.items("complaint.severity_levels") or ()):
        raise Refused(f"没有“{severity}”这个严重程度。", f"there is no severity {severity!r} in the rulebook")
    if not summary.strip():
        raise Refused("投诉内容不能为空。", "the summary is empty")


def tidy(text: str) -> str:
    """A short fact as it is kept: one line, full-width letters and digits made ordinary (NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\x00", "").split())


def _check_choices(kind: str, category: str, operator: str, cause_class: str, book: Rulebook) -> None:
    """Raises Refused for a kind, category, operator or class that is none of the department's."""
    for value, allowed, zh, en in (
        (kind, book.items("complaint.kinds") or ("",), "投诉级别", "kind of complaint"),
        (category, tuple(NAMES["complaint_category"]), "投诉类别", "category"),
        (operator, ("", *NAMES["operator"]), "来源运营商", "source operator"),
        (cause_class, ("", *(book.items("complaint.cause_classes") or ())), "原因分类", "class of cause"),
    ):
        if value not in allowed:
            raise Refused(
                f"没有“{value}”这个{zh}，请从列表中选择。",
                f"there is no {en} {value!r}: choose one of the list",
            )


def _check_lengths(texts: dict[str, str]) -> None:
    for key, (zh, en) in _LONGEST.items():
        most = getattr(Complaint, key).type.length
        if len(texts[key]) > most:
            raise Refused(
                f"{zh}最多 {most} 个字，请缩短。", f"the {en} may have {most} characters: shorten it"
            )


def _demand_owner(scope: Scope, agent: Agent) -> None:
    """Who was asked first: the agent himself, or one of the teams of whoever registers (D1.5)."""
    if scope.role == "agent" and agent.id != scope.agent_id:
        raise AccessRefused("An agent registers what he was told himself.")
    if not scope.sees_team(agent.team_id):
        demand_row(scope, agent)
    if not agent.is_active:
        raise Refused(
            f"{agent.name}已停用，请另选一人。", f"{agent.name} is no longer active: choose somebody else"
        )
