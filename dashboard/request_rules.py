"""What can be done with a request, whatever kind it is: the check as it stands, who may decide, decide, take it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dashboard.reads import rulebook
from dashboard.request_check import Check, against, outstanding
from db import leave, overtime, punch_corrections, swaps
from db.models import Leave, PunchCorrection, SwapRequest
from db.requests import WAITING, Row
from regulations.access import Scope
from regulations.leave import LeaveRuling
from regulations.ruling import Ruling, Violation
from regulations.swaps import SwapRuling

_DECIDE: dict[str, Callable[..., Any]] = {
    "leave": leave.decide_leave,
    "swap": swaps.decide_swap,
    "correction": punch_corrections.decide_correction,
    "overtime": overtime.decide_overtime,
}
_WITHDRAW: dict[str, Callable[..., Any]] = {
    "leave": leave.withdraw_leave,
    "swap": swaps.withdraw_swap,
    "correction": punch_corrections.withdraw_correction,
    "overtime": overtime.withdraw_overtime,
}


def check_of(session: Session, row: Row, at: datetime) -> Check:
    """What the rules say of the request: as things stand now while it waits, as it was decided afterwards."""
    book = rulebook()
    if isinstance(row, Leave):
        return leave.ruling_of(session, row, book, at)
    if isinstance(row, SwapRequest):
        return swaps.ruling_of(session, row, book, at)
    if isinstance(row, PunchCorrection):
        return punch_corrections.ruling_of(session, row, book, at)
    return overtime.ruling_of(session, row, book, at)


def refusal_of(session: Session, scope: Scope, row: Row) -> Violation | None:
    """Why this viewer may not decide on the request, with its clause; None when he may."""
    book = rulebook()
    if isinstance(row, Leave):
        return _first(leave.may_decide_now(session, scope, row, book))
    if isinstance(row, SwapRequest):
        return _first(swaps.may_decide_now(session, scope, row, book))
    if isinstance(row, PunchCorrection):
        return _first(punch_corrections.may_decide_now(session, scope, row, book))
    return overtime.may_decide_now(session, scope, row, book)


def may_decide(session: Session, scope: Scope, row: Row) -> bool:
    """Whether it waits for this viewer's word."""
    return scope.may("requests.decide") and refusal_of(session, scope, row) is None


def can_approve(check: Check) -> bool:
    """Whether an approval may be given at all: leave and what breaks only lent rules also by exception."""
    if isinstance(check, SwapRuling):
        return check.can_be_approved
    return check.can_be_filed if isinstance(check, LeaveRuling) else check.is_allowed


def is_only_unagreed(check: Check) -> bool:
    """Whether a swap lacks nothing but agreements that may still be given."""
    return bool(outstanding(check)) and not against(check)


def decide(
    session: Session,
    scope: Scope,
    kind: str,
    number: int,
    *,
    is_approved: bool,
    note: str,
    version: int,
    at: datetime,
) -> None:
    """Approve or refuse. Raises what the kind's own decision raises: AccessRefused, StaleCase, Refused, LookupError."""
    _DECIDE[kind](
        session,
        scope,
        number,
        is_approved=is_approved,
        note=note,
        expected_version=version,
        book=rulebook(),
        now=at,
    )


def may_withdraw(scope: Scope, row: Row, at: datetime) -> bool:
    """Whether the way to take it back is offered; the rules of each kind are asked when it is done.

    Whoever it is about or asked for it, while it waits; approved leave and overtime until they begin.
    """
    if not scope.may("requests.file"):
        return False
    if isinstance(row, SwapRequest):
        is_his = row.requested_by == scope.actor or scope.agent_id in (row.requester_id, row.partner_id)
        return is_his and row.state == WAITING
    by = row.filed_by if isinstance(row, Leave) else row.requested_by
    state = row.status if isinstance(row, Leave) else row.state
    if by != scope.actor and scope.agent_id != row.agent_id:
        return False
    if isinstance(row, PunchCorrection):
        return state == WAITING
    return state == WAITING or (state == "approved" and row.starts_at > at)


def withdraw(session: Session, scope: Scope, kind: str, number: int, *, version: int, at: datetime) -> None:
    """Take it back. Raises as `decide`."""
    _WITHDRAW[kind](session, scope, number, expected_version=version, now=at)


def _first(ruling: Ruling) -> Violation | None:
    return None if ruling.is_allowed else next(iter(ruling.violations), _NOBODY)


_NOBODY = Violation(
    "nobody",
    None,
    "现行规定没有写明由谁审批。",
    "The rulebook does not say who decides.",
)
