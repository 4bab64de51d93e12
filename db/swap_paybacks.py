"""The pay-back of a swap: agreed on, perhaps changed, and followed until it was worked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from db import rulebooks
from db.models import Shift, SwapRequest
from db.refusals import Refused
from db.swap_facts import facts_of, roster_changes, span_of
from db.swap_rows import (
    demand_acting,
    demand_reason,
    hand_over,
    has_begun,
    keep_ruling,
    locked,
    log,
    refusal,
    refusal_of_changes,
    refuse_second,
    rejudge,
    tidy,
    visible,
)
from db.visibility import NOT_YOURS
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook
from regulations.ruling import Violation
from regulations.swap_course import Course, payback_course
from regulations.swaps import OtherSwap, SwapRuling, check
from regulations.work_calendar import WorkCalendar


def set_payback(
    session: Session,
    scope: Scope,
    swap_id: int,
    *,
    payback_shift_id: int,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    note: str = "",
) -> SwapRequest:
    """Agree on the pay-back, or on another one, as long as it has not begun. The caller commits.

    While the request waits, whoever may file it sets it, and agreements given before are asked for anew: they were
    given to something else. Once the swap is approved whoever decides on swaps sets it, and the shift changes hands.
    Raises AccessRefused, StaleCase, Refused when it breaks a rule (naming the clause), when the roster was changed, and
    for a shift that another request is about. What only breaks a rule that the base lends needs a note that says why.
    """
    states = ("requested", "approved")
    row = locked(session, scope, swap_id, expected_version, states, [payback_shift_id])
    book = rulebooks.made_under(session, row.rulebook_version, book)
    is_exchanged = row.state == "approved"
    demand_acting(session, scope, row, book)
    shift = session.get(Shift, payback_shift_id)
    if shift is None or shift.agent_id != row.partner_id:
        name = row.partner.name
        raise Refused(
            f"这个班次不在{name}的排班中，请重新选择。", f"this shift is not on {name}'s roster: choose again"
        )
    if shift.id == row.shift_id:
        raise Refused("换出的班次不能同时用来还班。", "the shift that was swapped cannot pay itself back")
    if shift.starts_at <= now or has_begun(row.payback_shift, now):
        raise Refused("还班的班次已经开始，不能再改。", "the pay-back has begun: it can no longer be changed")
    refuse_second(session, [shift.id], but=row.id)
    changes = roster_changes(session, row, book, is_exchanged=is_exchanged)
    if changes:
        raise refusal_of_changes(changes)
    note = tidy(note)
    against, lent = new_violations(session, row, shift, book, now) if is_exchanged else ((), ())
    if against:
        raise refusal(against)
    demand_reason(lent, note)
    if is_exchanged and row.payback_shift is not None:
        hand_over(session, scope, row.payback_shift, row.partner, row.reason, now)
        rejudge(session, row, now)
    row.payback_shift, row.payback_shift_id, row.payback_on = shift, shift.id, shift.work_on
    if is_exchanged:
        hand_over(session, scope, shift, row.requester, row.reason, now)
    else:
        row.consents = [
            entry for entry in row.consents if entry["who"] == "requester" and entry["by"] == scope.actor
        ]
    ruling = check(facts_of(session, row, book, None if is_exchanged else now), book, now)
    keep_ruling(row, ruling, is_exception=is_exchanged and ruling.needs_exception)
    session.flush()
    exception = {"note": note, "exception": [v.clause for v in lent]} if lent else {}
    log(session, scope, row, "swap.payback_set", now, **exception)
    if is_exchanged:
        rejudge(session, row, now)
    return row


def payback_ruling(
    session: Session, scope: Scope, row: SwapRequest, payback: Shift, book: Rulebook, now: datetime
) -> SwapRuling:
    """What the rules say of the swap with this shift as its pay-back. Raises AccessRefused out of scope."""
    _demand_part(scope, row)
    book = rulebooks.made_under(session, row.rulebook_version, book)
    as_of = now if row.state == "requested" else None
    return check(facts_of(session, row, book, as_of, payback), book, now)


def new_violations(
    session: Session, row: SwapRequest, payback: Shift, book: Rulebook, now: datetime
) -> tuple[tuple[Violation, ...], tuple[Violation, ...]]:
    """What this pay-back adds against the swap, by the department's own rules and by those that the base lends.

    What stood against it before is not the pay-back's doing.
    """
    facts = facts_of(session, row, book, None, payback)
    with_it = check(facts, book, now)
    before = check(replace(facts, payback=None, payback_on=None), book, now).violations
    new = tuple(v for v in with_it.violations if v not in before)
    return tuple(v for v in new if v not in with_it.lent), tuple(v for v in new if v in with_it.lent)


def course_of(row: SwapRequest, book: Rulebook, now: datetime) -> Course:
    """Where the pay-back of a swap stands."""
    return payback_course(
        row.state,
        OtherSwap(row.swap_on, row.payback_on),
        span_of(row.payback_shift),
        now,
        WorkCalendar.from_rulebook(book),
    )


def list_unpaid(session: Session, scope: Scope, *, before_on: date | None = None) -> Sequence[SwapRequest]:
    """Approved swaps in scope that are not paid back and confirmed yet, the longest open first.

    `before_on` keeps those of which the swapped shift belongs to an earlier day. Raises AccessRefused without
    requests.view, but for an agent's own.
    """
    if not (scope.may("requests.view") or scope.may("own.view")):
        raise AccessRefused(NOT_YOURS)
    query = visible(scope).where(SwapRequest.state == "approved")
    if before_on is not None:
        query = query.where(SwapRequest.swap_on < before_on)
    return session.scalars(query.order_by(SwapRequest.swap_on, SwapRequest.id)).all()


def _demand_part(scope: Scope, row: SwapRequest) -> None:
    is_one = scope.role == "agent" and scope.agent_id in (row.requester_id, row.partner_id)
    if not (is_one or (scope.role != "agent" and scope.may("requests.file")) or scope.may("requests.decide")):
        raise AccessRefused(NOT_YOURS)
