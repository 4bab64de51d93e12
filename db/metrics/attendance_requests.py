"""Metrics of swaps and of handovers between shifts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.orm import aliased, join, outerjoin

from db.metrics.definition import Cases, Column, Group, Metric
from db.models import Agent, Handover, Shift, SwapRequest, Team
from regulations.rulebook import Rulebook

_Partner = aliased(Agent)
_SWAP_SOURCE = outerjoin(
    join(
        join(join(SwapRequest, Agent, Agent.id == SwapRequest.requester_id), Team, Team.id == Agent.team_id),
        _Partner,
        _Partner.id == SwapRequest.partner_id,
    ),
    Shift,
    Shift.id == SwapRequest.shift_id,
)
_SWAP_COLUMNS: Mapping[str, Column] = {
    "swap_request_id": SwapRequest.id,
    "swap_on": SwapRequest.swap_on,
    "team": Team.name,
    "number": Agent.number,
    "agent": Agent.name,
    "partner": _Partner.name,
    "shift": Shift.code,
    "payback_on": SwapRequest.payback_on,
    "state": SwapRequest.state,
    "decided_at": SwapRequest.decided_at,
    "settled_at": SwapRequest.settled_at,
}
_HANDOVER_SOURCE = outerjoin(
    join(join(Handover, Agent, Agent.id == Handover.outgoing_id), Team, Team.id == Handover.team_id),
    Shift,
    Shift.id == Handover.outgoing_shift_id,
)
_HANDOVER_COLUMNS: Mapping[str, Column] = {
    "handover_id": Handover.id,
    "work_on": Handover.work_on,
    "team": Team.name,
    "number": Agent.number,
    "agent": Agent.name,
    "post": Handover.post,
    "shift": Shift.code,
    "due_at": Handover.due_at,
    "written_at": Handover.written_at,
    "signed_out_at": Handover.signed_out_at,
    "signed_in_at": Handover.signed_in_at,
    "refused_at": Handover.refused_at,
    "reviewed_at": Handover.reviewed_at,
}


def _swap_cases(now: datetime, counts: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Cases:
    return Cases(
        source=_SWAP_SOURCE,
        on=SwapRequest.swap_on,
        team=Agent.team_id,
        agent=SwapRequest.requester_id,
        conditions=[SwapRequest.decided_at <= now, *conditions],
        counts=counts,
        columns=_SWAP_COLUMNS,
        groups={"category": Group(SwapRequest.state, names="swap_state"), "shift": Group(Shift.code)},
    )


def _swaps(book: Rulebook, now: datetime) -> Cases:
    agreed = SwapRequest.state.in_(("approved", "settled", "failed"))
    return _swap_cases(now, agreed, agreed)


def _paybacks_open(book: Rulebook, now: datetime) -> Cases:
    today = now.astimezone(ZoneInfo(book.text("calendar.timezone") or "UTC")).date()
    still_open = or_(SwapRequest.settled_at.is_(None), SwapRequest.settled_at > now)
    agreed = SwapRequest.state.in_(("approved", "settled"))
    return _swap_cases(now, still_open, agreed, SwapRequest.swap_on <= today)


def _handover_cases(now: datetime, counts: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Cases:
    return Cases(
        source=_HANDOVER_SOURCE,
        on=Handover.work_on,
        team=Handover.team_id,
        agent=Handover.outgoing_id,
        conditions=[Handover.due_at <= now, *conditions],
        counts=counts,
        columns=_HANDOVER_COLUMNS,
        groups={"category": Group(Handover.post), "shift": Group(Shift.code)},
    )


def _complete(book: Rulebook, now: datetime) -> Cases:
    done = and_(Handover.written_at <= now, Handover.signed_out_at <= now, Handover.signed_in_at <= now)
    return _handover_cases(now, done)


def _reviewed(book: Rulebook, now: datetime) -> Cases:
    owed = [] if book.choice("handover.supervisor_review") == "daily" else [false()]
    return _handover_cases(now, Handover.reviewed_at <= now, *owed)


ATTENDANCE_REQUEST_METRICS: tuple[Metric, ...] = (
    Metric(
        key="attendance.swaps",
        zh="换班数",
        en="Swaps",
        definition_zh="换班日在期内、已批准的换班，包括后来误班或空班的。换班与还班合计一次。",
        definition_en="Approved swaps whose day lies in the period, those included that left a shift empty. A swap and its pay-back are one.",
        numerator=("已批准的换班", "Approved swaps"),
        denominator=None,
        unit="count",
        better="down",
        clauses=("A1.31", "A3.3"),
        cases=_swaps,
        parameters=("swap.monthly_cap", "swap.counts"),
    ),
    Metric(
        key="attendance.paybacks_open",
        zh="未还班占比",
        en="Pay-backs still owed",
        definition_zh="换班日已到的已批准换班中，还班尚未完成的占比。",
        definition_en="Of the approved swaps whose day has come, the share that has not been paid back yet.",
        numerator=("尚未还班", "Not paid back yet"),
        denominator=("换班日已到的换班", "Swaps whose day has come"),
        unit="percent",
        better="down",
        clauses=("A3.3", "A3.6", "A3.8"),
        cases=_paybacks_open,
        parameters=("swap.consecutive_allowed", "leave.no_leave_on_swap"),
    ),
    Metric(
        key="handover.complete_rate",
        zh="交接完成率",
        en="Handovers complete",
        definition_zh="到点的交接中，已写明内容并由交接双方签字的占比。被拒绝后重新交接并签字的算完成。",
        definition_en="Of the handovers that were due, the share written and signed by both. One that was refused counts once it is signed"
        " after all.",
        numerator=("双方已签的交接", "Handovers signed by both"),
        denominator=("到点的交接", "Handovers due"),
        unit="percent",
        better="up",
        clauses=("A2.50", "B1.14", "B1.15"),
        cases=_complete,
        parameters=("handover.fields", "handover.wait_for_relief"),
    ),
    Metric(
        key="handover.reviewed_rate",
        zh="交接审阅率",
        en="Handovers reviewed",
        definition_zh="到点的交接中，主管已审阅的占比。规定不要求审阅的不计。",
        definition_en="Of the handovers that were due, the share reviewed by the supervisor. Where no review is asked for there is nothing to count.",
        numerator=("已审阅的交接", "Handovers reviewed"),
        denominator=("到点的交接", "Handovers due"),
        unit="percent",
        better="up",
        clauses=("B1.15",),
        cases=_reviewed,
        parameters=("handover.supervisor_review",),
    ),
)
