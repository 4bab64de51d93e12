"""Swaps of shifts: asked for, agreed to by everybody named, decided once, and followed until they are paid back.

Approving one exchanges the shifts in the same transaction. The pay-back is in `swap_paybacks`, how a swap ends in
`swap_outcomes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import case, or_
from sqlalchemy.orm import Session

from db import rulebooks
from db.models import SwapRequest
from db.refusals import Refused
from db.swap_facts import facts_of, roster_changes
from db.swap_outcomes import cancel_swap, record_failure, settle_swap, settling
from db.swap_paybacks import course_of, list_unpaid, payback_ruling, set_payback
from db.swap_requests import check_request, request_swap, withdraw_swap
from db.swap_rows import (
    consent_of,
    hand_over,
    keep_ruling,
    level_of,
    locked,
    log,
    may_decide_now,
    refusal,
    refusal_of_changes,
    refuse_obstacles,
    rejudge,
    sees,
    tidy,
    visible,
)
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.levels import account_for, level_for
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.swaps import CONSENTS, SwapRuling, check
from regulations.verdict import Step

__all__ = [
    "cancel_swap",
    "check_request",
    "course_of",
    "decide_swap",
    "get_swap",
    "list_swaps",
    "list_unpaid",
    "may_consent",
    "may_decide_now",
    "payback_ruling",
    "record_consent",
    "record_failure",
    "request_swap",
    "ruling_of",
    "set_payback",
    "settle_swap",
    "settling",
    "withdraw_swap",
]


def may_consent(scope: Scope, row: SwapRequest, who: str, book: Rulebook) -> bool:
    """Whether this account may record that agreement.

    A person agrees with his own account; whoever may file for his team may record it from the signed form. A team
    lead's agreement is recorded by the account that acts for that level, in the team it sees.
    """
    if who not in CONSENTS:
        return False
    side = row.requester if who.startswith("requester") else row.partner
    if not sees(scope, side):
        return False
    if who in CONSENTS[:2]:
        return scope.may("requests.file")
    return scope.may("requests.decide") and account_for(level_for("team_lead", book)[0]) == scope.role


def record_consent(
    session: Session, scope: Scope, swap_id: int, *, who: str, expected_version: int, now: datetime
) -> SwapRequest:
    """Record that somebody agreed: who, by which account, when. A lead of both people's team agrees for both sides.

    The caller commits. Raises AccessRefused for somebody else's agreement, StaleCase, Refused when it is recorded.
    """
    row = locked(session, scope, swap_id, expected_version)
    book = rulebooks.made_under(session, row.rulebook_version, rulebooks.in_force(session))
    if not may_consent(scope, row, who, book):
        raise AccessRefused(NOT_YOURS)
    given = {entry["who"] for entry in row.consents}
    if who in given:
        name_zh, name_en = name_of("swap_consent", who), name_of("swap_consent", who, "en").lower()
        raise Refused(f"{name_zh}已经同意。", f"the {name_en} has agreed already")
    agreed = {who}
    if who in CONSENTS[2:] and row.requester.team_id == row.partner.team_id:
        agreed = set(CONSENTS[2:])
    new = [consent_of(code, scope, now) for code in CONSENTS if code in agreed - given]
    row.consents = [*row.consents, *new]
    session.flush()
    log(session, scope, row, "swap.agreed", now, who=[entry["who"] for entry in new])
    return row


def decide_swap(
    session: Session,
    scope: Scope,
    swap_id: int,
    *,
    is_approved: bool,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> SwapRequest:
    """Approve or refuse, once, under the rulebook it was asked for under. Approved, the shifts change hands.

    The caller commits. Raises AccessRefused without requests.decide or out of scope, StaleCase when somebody was
    quicker, Refused for the wrong level, for a refusal without a note, when the roster was changed meanwhile (saying
    what), and for an approval against the rules, naming each clause. What only breaks rules that the base lends is
    approved as an exception, with a note that says why; the steps and the log keep the clauses.
    """
    demand(scope, "requests.decide")
    row = locked(session, scope, swap_id, expected_version)
    book = rulebooks.made_under(session, row.rulebook_version, book)
    level = may_decide_now(session, scope, row, book)
    if not level.is_allowed:
        raise refusal(level.violations)
    note = tidy(note)
    if not is_approved and not note:
        raise Refused("不批准时请写明理由。", "say why it is not approved")
    if is_approved:
        changes = roster_changes(session, row, book, is_exchanged=False)
        if changes:
            raise refusal_of_changes(changes)
    ruling = check(facts_of(session, row, book, now), book, now)
    if is_approved:
        refuse_obstacles(ruling, note)
    row.state = "approved" if is_approved else "refused"
    row.decided_by, row.decided_role, row.decided_at = scope.actor, scope.role, now
    row.decision_note = note
    keep_ruling(row, ruling, is_exception=is_approved and ruling.needs_exception)
    if is_approved:
        assert row.shift is not None
        hand_over(session, scope, row.shift, row.partner, row.reason, now)
        if row.payback_shift is not None:
            hand_over(session, scope, row.payback_shift, row.requester, row.reason, now)
    session.flush()
    level_taken = level_of(scope, level.required_role)
    exception = {"exception": ruling.exceptions} if is_approved and ruling.needs_exception else {}
    log(session, scope, row, f"swap.{row.state}", now, note=note, level=level_taken, **exception)
    if is_approved:
        rejudge(session, row, now)
    return row


def get_swap(session: Session, scope: Scope, swap_id: int) -> SwapRequest:
    """The request. Raises AccessRefused for who may see none, LookupError when none is in scope."""
    _demand_view(scope)
    row: SwapRequest | None = session.scalar(visible(scope).where(SwapRequest.id == swap_id))
    if row is None:
        raise LookupError(swap_id)
    return row


def list_swaps(
    session: Session,
    scope: Scope,
    *,
    state: str | None = None,
    agent_id: int | None = None,
    from_on: date | None = None,
    to_on: date | None = None,
) -> Sequence[SwapRequest]:
    """Swaps in scope: those that wait first, the nearest shift on top, then the others, the latest day first.

    `agent_id` keeps those of one person on either side; the dates keep swaps of which a day, swap or pay-back, lies
    between them, both included. Raises AccessRefused without requests.view, but for an agent's own.
    """
    _demand_view(scope)
    waiting = SwapRequest.state == "requested"
    query = visible(scope).order_by(
        case((waiting, 0), else_=1),
        case((waiting, SwapRequest.swap_on)),
        SwapRequest.swap_on.desc(),
        SwapRequest.id,
    )
    if state is not None:
        query = query.where(SwapRequest.state == state)
    if agent_id is not None:
        query = query.where(or_(SwapRequest.requester_id == agent_id, SwapRequest.partner_id == agent_id))
    first, last = from_on or date.min, to_on or date.max
    if from_on is not None or to_on is not None:
        query = query.where(
            or_(SwapRequest.swap_on.between(first, last), SwapRequest.payback_on.between(first, last))
        )
    return session.scalars(query).all()


def ruling_of(session: Session, row: SwapRequest, book: Rulebook, now: datetime) -> SwapRuling:
    """What the rules say of the request: as it stands now while it waits, as it was decided afterwards."""
    if row.state == "requested":
        book = rulebooks.made_under(session, row.rulebook_version, book)
        return check(facts_of(session, row, book, now), book, now)
    steps = tuple(Step.from_record(record) for record in row.steps)
    is_allowed = row.state in ("approved", "settled", "failed")
    return SwapRuling(is_allowed, None, (), tuple(row.clauses), steps)


def _demand_view(scope: Scope) -> None:
    if not (scope.may("requests.view") or scope.may("own.view")):
        raise AccessRefused(NOT_YOURS)
