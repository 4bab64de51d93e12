"""Work orders of repairs (维修单): lists, one order, taking a call, and the deadlines that follow (E1.45 to E1.49)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from db import audit, rulebooks
from db.engine import take_write_lock
from db.models import Agent, Callback, Complaint, Team, WorkOrder
from db.numbering import add_numbered
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row, within
from regulations import repairs as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

NUMBER_PREFIX = "WX"  # 维修


class StaleOrder(Refused):
    """Somebody else has changed the order since it was read."""


def list_orders(
    session: Session,
    scope: Scope,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
    team_id: int | None = None,
    open_only: bool = False,
    complaint_id: int | None = None,
    limit: int | None = None,
) -> list[WorkOrder]:
    """Work orders in scope, the latest call first. `from_on` and `to_on` are local dates of the call, both included."""
    query = _in_scope(scope).order_by(WorkOrder.notified_at.desc(), WorkOrder.id.desc())
    if from_on is not None:
        query = query.where(WorkOrder.notified_on >= from_on)
    if to_on is not None:
        query = query.where(WorkOrder.notified_on <= to_on)
    if team_id is not None:
        query = query.where(WorkOrder.team_id == team_id)
    if complaint_id is not None:
        query = query.where(WorkOrder.complaint_id == complaint_id)
    if open_only:
        query = query.where(WorkOrder.finished_at.is_(None), WorkOrder.cancelled_at.is_(None))
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def list_wanting(
    session: Session, scope: Scope, *, from_on: date, to_on: date, team_id: int | None = None
) -> list[WorkOrder]:
    """The open orders, whenever they came in, and those of a period that ended with something to be mended.

    Ended are those finished without a signature, charged, late, or without a recorded arrival: which of them lack
    something is for the rules to say.
    """
    query = _in_scope(scope).where(
        or_(
            and_(WorkOrder.finished_at.is_(None), WorkOrder.cancelled_at.is_(None)),
            and_(
                WorkOrder.notified_on.between(from_on, to_on),
                or_(
                    WorkOrder.signed_at.is_(None),
                    WorkOrder.is_charged.is_(True),
                    WorkOrder.arrived_at.is_(None),
                    WorkOrder.arrived_at > WorkOrder.arrival_due_at,
                ),
            ),
        )
    )
    if team_id is not None:
        query = query.where(WorkOrder.team_id == team_id)
    return list(session.scalars(query.order_by(WorkOrder.notified_at, WorkOrder.id)))


def get_order(session: Session, scope: Scope, number: str) -> WorkOrder:
    """The order of that number. Raises LookupError when none is in scope."""
    order: WorkOrder | None = session.scalar(_in_scope(scope).where(WorkOrder.number == number.strip()))
    if order is None:
        raise LookupError(number)
    return order


def list_callbacks_of(session: Session, scope: Scope, order: WorkOrder) -> list[Callback]:
    """The callbacks in scope that the order made owed, the latest first."""
    query = (
        select(Callback)
        .options(joinedload(Callback.agent))
        .where(
            Callback.work_order_id == order.id,
            *within(scope, team=Callback.team_id, agent=Callback.agent_id),
        )
        .order_by(Callback.arisen_at.desc(), Callback.id.desc())
    )
    return list(session.scalars(query))


def facts_of(order: WorkOrder) -> rules.OrderFacts:
    """The order as the rules take it."""
    return rules.OrderFacts(
        notified_at=order.notified_at,
        form_at=order.form_at,
        appointment_at=order.appointment_at,
        arrived_at=order.arrived_at,
        is_charged=order.is_charged,
        price_confirmed_at=order.price_confirmed_at,
        work_started_at=order.work_started_at,
        finished_at=order.finished_at,
        signed_at=order.signed_at,
        unfinished_reason=order.unfinished_reason,
        next_appointment_at=order.next_appointment_at,
        returned_at=order.returned_at,
        apologised_at=order.apologised_at,
        cancelled_at=order.cancelled_at,
    )


def verdict_of(session: Session, order: WorkOrder, book: Rulebook, now: datetime) -> rules.OrderVerdict:
    """The order as the rules see it at `now`, explained, under the rulebook it was taken under."""
    made_under = rulebooks.made_under(session, order.rulebook_version, book)
    return rules.order_verdict(facts_of(order), made_under, now)


def register(
    session: Session,
    scope: Scope,
    *,
    notified_at: datetime,
    summary: str,
    agent: Agent,
    book: Rulebook,
    now: datetime,
    service_type: str = "",
    is_charged: bool = False,
    customer_name: str = "",
    customer_phone: str = "",
    address: str = "",
    engineer: str = "",
    appointment_at: datetime | None = None,
    is_dispatched: bool = False,
    complaint: Complaint | None = None,
) -> WorkOrder:
    """Take a call (E1.45): its number, and when it is to be dispatched. `is_dispatched` sends the form out at once.

    Raises AccessRefused without repairs.act or for an agent of another team, Refused when something in it cannot
    be accepted.
    """
    demand(scope, "repairs.act")
    if not scope.sees_team(agent.team_id):
        demand_row(scope, agent)
    if complaint is not None:
        demand_row(scope, complaint)
    check_order(notified_at, summary, service_type, appointment_at, book, now)
    notified_at = notified_at.replace(microsecond=0)
    notified_on = WorkCalendar.from_rulebook(book).day_of(notified_at)

    def make(number: str) -> WorkOrder:
        order = WorkOrder(
            number=number,
            complaint_id=complaint.id if complaint else None,
            team_id=agent.team_id,
            agent_id=agent.id,
            agent=agent,
            service_type=service_type,
            customer_name=customer_name.strip()[:80],
            customer_phone=customer_phone.strip()[:40],
            address=address.strip()[:200],
            summary=summary.strip(),
            engineer=engineer.strip()[:80],
            notified_at=notified_at,
            notified_on=notified_on,
            appointment_at=appointment_at,
            form_at=now.replace(microsecond=0) if is_dispatched else None,
            is_charged=is_charged,
            unfinished_reason="",
            rulebook_version=book.version,
        )
        set_deadlines(order, book)
        return order

    order = add_numbered(session, make, WorkOrder.number, NUMBER_PREFIX, notified_on)
    detail = {"number": order.number, "service_type": service_type, "is_dispatched": is_dispatched}
    audit.record(session, scope, "work_order.registered", "work_order", order.id, detail, at=now)
    return order


def check_order(
    notified_at: datetime,
    summary: str,
    service_type: str,
    appointment_at: datetime | None,
    book: Rulebook,
    now: datetime,
) -> None:
    """Raises Refused for a call that no order can be made of."""
    refuse_future(notified_at, now)
    if not summary.strip():
        raise Refused("报修内容不能为空。", "say what is to be repaired")
    types: Sequence[str] = book.items("repair.service_types") or ()
    if service_type and service_type not in types:
        raise Refused(
            f"没有“{service_type}”这种服务类型；现有：{'、'.join(types)}。",
            f"there is no type of service {service_type!r}; there are {', '.join(types)}",
        )
    if appointment_at is not None and appointment_at < notified_at:
        raise Refused("约定上门时间不能早于报修时间。", "the appointment is before the call")


def set_deadlines(order: WorkOrder, book: Rulebook) -> None:
    """Store until when it is to be dispatched and somebody is to be there. A deadline once set never moves."""
    facts = facts_of(order)
    order.clauses, order.steps = order.clauses or [], order.steps or []
    if order.dispatch_due_at is None:
        order.dispatch_due_at = rules.dispatch_due(facts, book)
    if order.arrival_due_at is not None:
        return
    deadline = rules.arrival_deadline(facts, book)
    order.steps = [step.as_record() for step in deadline.steps]
    order.clauses = list(dict.fromkeys(step.clause for step in deadline.steps if step.clause))
    if deadline.due_at is not None:
        order.arrival_due_at = deadline.due_at
        order.arrival_due_on = WorkCalendar.from_rulebook(book).day_of(deadline.due_at)


def locked(session: Session, order_id: int) -> WorkOrder:
    """The order as it is in the database now, with nobody else able to change it until we are done."""
    take_write_lock(session.connection())
    session.execute(select(WorkOrder.id).where(WorkOrder.id == order_id).with_for_update())
    order = session.get(WorkOrder, order_id, populate_existing=True)
    if order is None:
        raise LookupError(order_id)
    return order


def _in_scope(scope: Scope) -> Select[Any]:
    return (
        select(WorkOrder)
        .options(selectinload(WorkOrder.complaint))
        .where(*within(scope, team=WorkOrder.team_id, agent=WorkOrder.agent_id))
    )


def count_by_state(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
) -> dict[tuple[str, str], int]:
    """How many orders called in the period stand how: (team's name, work_order_state) to a number.

    The same states as the rules give, counted by the database, so that a long period costs no more than a short one.
    """
    calendar = WorkCalendar.from_rulebook(book)
    today = calendar.start_of_day(calendar.day_of(now))
    visited = func.coalesce(WorkOrder.returned_at, WorkOrder.arrived_at)
    has_left = or_(WorkOrder.unfinished_reason != "", WorkOrder.next_appointment_at.is_not(None))
    state = case(
        (WorkOrder.cancelled_at.is_not(None), "cancelled"),
        (WorkOrder.finished_at.is_not(None), "finished"),
        (or_(and_(WorkOrder.returned_at.is_(None), has_left), visited < today), "unfinished"),
        (visited.is_not(None), "on_site"),
        (WorkOrder.form_at.is_not(None), "dispatched"),
        else_="undispatched",
    )
    query = (
        select(Team.name, state, func.count())
        .join(Team, Team.id == WorkOrder.team_id)
        .where(
            WorkOrder.notified_on.between(from_on, to_on),
            *within(scope, team=WorkOrder.team_id, agent=WorkOrder.agent_id),
        )
        .group_by(Team.name, state)
        .order_by(Team.name)
    )
    if team_id is not None:
        query = query.where(WorkOrder.team_id == team_id)
    return {(team, code): count for team, code, count in session.execute(query)}
