"""Metrics of repairs. They follow regulations.repairs row by row, with the deadlines as they were stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, false, or_
from sqlalchemy.orm import InstrumentedAttribute, join

from db.clocks import whole_second
from db.metrics.definition import Cases, Column, Group, Metric
from db.models import Agent, Team, WorkOrder
from regulations.rulebook import Rulebook

ORDER_SOURCE = join(
    join(WorkOrder, Team, Team.id == WorkOrder.team_id), Agent, Agent.id == WorkOrder.agent_id
)
ORDER_COLUMNS: Mapping[str, Column] = {
    "number": WorkOrder.number,
    "work_order_id": WorkOrder.id,
    "service_type": WorkOrder.service_type,
    "address": WorkOrder.address,
    "summary": WorkOrder.summary,
    "engineer": WorkOrder.engineer,
    "team": Team.name,
    "agent": Agent.name,
    "notified_at": WorkOrder.notified_at,
    "form_at": WorkOrder.form_at,
    "arrival_due_at": WorkOrder.arrival_due_at,
    "arrived_at": WorkOrder.arrived_at,
    "finished_at": WorkOrder.finished_at,
}
ORDER_GROUPS: Mapping[str, Group] = {
    "type": Group(WorkOrder.service_type),
    "engineer": Group(WorkOrder.engineer),
}


def _known(now: datetime, *columns: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The first of the instants that had come by `now`, else null."""
    return case(*((column <= now, column) for column in columns))


def _cases(now: datetime, on: Column, counts: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Cases:
    return Cases(
        source=ORDER_SOURCE,
        on=on,
        team=WorkOrder.team_id,
        agent=WorkOrder.agent_id,
        conditions=[WorkOrder.notified_at <= now, *conditions],
        counts=counts,
        columns=ORDER_COLUMNS,
        groups=ORDER_GROUPS,
    )


def _on_time(book: Rulebook, now: datetime) -> Cases:
    there = _known(now, WorkOrder.arrived_at, WorkOrder.finished_at)
    cancelled = _known(now, WorkOrder.cancelled_at)
    due = WorkOrder.arrival_due_at
    never = or_(
        and_(cancelled.is_(None), due < whole_second(now)), and_(cancelled.is_not(None), cancelled > due)
    )
    return _cases(
        now,
        WorkOrder.arrival_due_on,
        there <= due,
        due.is_not(None),
        or_(WorkOrder.form_at.is_(None), WorkOrder.form_at <= now, WorkOrder.appointment_at.is_not(None)),
        or_(there.is_not(None), never),
    )


def _dispatched(book: Rulebook, now: datetime) -> Cases:
    form = _known(now, WorkOrder.form_at)
    there = _known(now, WorkOrder.arrived_at, WorkOrder.finished_at)
    cancelled = _known(now, WorkOrder.cancelled_at)
    due = WorkOrder.dispatch_due_at
    left = and_(there.is_(None), due < whole_second(now), or_(cancelled.is_(None), cancelled > due))
    return _cases(now, WorkOrder.notified_on, form <= due, or_(form.is_not(None), left))


def _price(book: Rulebook, now: datetime) -> Cases:
    begun = _known(now, WorkOrder.work_started_at, WorkOrder.finished_at)
    is_owed = WorkOrder.is_charged.is_(True) if book.flag("repair.price_confirmed_before") else false()
    confirmed = _known(now, WorkOrder.price_confirmed_at)
    return _cases(now, WorkOrder.notified_on, confirmed <= begun, is_owed, begun.is_not(None))


def _signed(book: Rulebook, now: datetime) -> Cases:
    is_owed = WorkOrder.finished_at <= now if book.flag("repair.signature_required") else false()
    cancelled = _known(now, WorkOrder.cancelled_at)
    signed = _known(now, WorkOrder.signed_at)
    return _cases(now, WorkOrder.finished_on, signed.is_not(None), is_owed, cancelled.is_(None))


REPAIR_METRICS: tuple[Metric, ...] = (
    Metric(
        key="repair.on_time_rate",
        zh="维修及时率",
        en="Repairs on time",
        definition_zh="期内应到场的维修单中，在时限内到场的占比。时限自派单（或自报修，按规则）起算，与客户有约定的自约定时间起算。"
        "未记录到场的以完工时间为准；超时仍未到场、超时后才取消的算未及时；尚未派单、时限未到、到时限前取消的不计，未派单另见当日派单率。",
        definition_en="Of the work orders whose arrival was due in the period, the share in which somebody was there in time. The limit runs"
        " from dispatch (or from the call, as the rulebook says), and from the appointment where one was agreed. Without a recorded"
        " arrival the finish counts; overdue ones and those cancelled after the limit are missed; what is not dispatched, not due yet or"
        " cancelled before the limit is left out: for what is not dispatched see the share dispatched on its day.",
        numerator=("按时到场", "Arrived in time"),
        denominator=("已到场或超时未到场的维修单", "Orders arrived at or overdue"),
        unit="percent",
        better="up",
        clauses=("E1.46", "E1.49"),
        cases=_on_time,
        target_key="repair.on_time_target",
        parameters=("repair.arrival_within", "repair.clock_start", "repair.on_time_target"),
    ),
    Metric(
        key="repair.dispatched_same_day",
        zh="当日派单率",
        en="Dispatched the same day",
        definition_zh="期内报修的维修单中，当日（与客户约定了日期的，到约定当日）派出的占比。当日未派的次日交主管优先处理；当日尚未结束、"
        "未派单的不计，没有派单时间但已有人到场的不计。",
        definition_en="Of the calls of the period, the share dispatched on their day, or by the day agreed with the customer. What was left"
        " goes to the manager the next day and first. Left out is what may still be dispatched today, and orders without a time of"
        " dispatch on which somebody was there.",
        numerator=("当日派单", "Dispatched on their day"),
        denominator=("已派单或已过当日的维修单", "Orders dispatched, or whose day is over"),
        unit="percent",
        better="up",
        clauses=("C4.10",),
        cases=_dispatched,
        parameters=("repair.undispatched_next_day_priority",),
    ),
    Metric(
        key="repair.price_confirmed",
        zh="价格事先确认率",
        en="Price confirmed first",
        definition_zh="期内报修、已开工的收费维修单中，客户不晚于开工确认了价格的占比。没有开工记录的以完工时间为准。",
        definition_en="Of the charged orders of the period on which work began, the share in which the customer had confirmed the price"
        " by then. Without a recorded start the finish counts.",
        numerator=("开工前已确认价格", "Price confirmed before the work"),
        denominator=("已开工的收费维修单", "Charged orders on which work began"),
        unit="percent",
        better="up",
        clauses=("E1.46", "E1.62"),
        cases=_price,
        parameters=("repair.price_confirmed_before",),
    ),
    Metric(
        key="repair.signed",
        zh="客户签字率",
        en="Signed by the customer",
        definition_zh="期内完工的维修单中，客户已签字确认的占比。",
        definition_en="Of the orders finished in the period, the share that the customer has signed for.",
        numerator=("客户已签字", "Signed"),
        denominator=("完工的维修单", "Orders finished"),
        unit="percent",
        better="up",
        clauses=("E1.47", "C4.7", "C4.9"),
        cases=_signed,
        parameters=("repair.signature_required",),
    ),
)
