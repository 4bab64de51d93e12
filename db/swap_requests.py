"""Asking for a swap of shifts, seeing beforehand what the rules say of it, and taking it back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Agent, Shift, SwapRequest
from db.refusals import Refused
from db.swap_facts import facts_of, gather
from db.swap_rows import consent_of, keep_ruling, lock_roster, locked, log, refuse_second, sees, tidy
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook
from regulations.swaps import SwapRuling, check

LONGEST_FORM = 60
FILE = "requests.file"


def check_request(
    session: Session,
    scope: Scope,
    *,
    requester_id: int,
    partner_id: int,
    shift_id: int,
    payback_shift_id: int | None,
    book: Rulebook,
    now: datetime,
    reason: str | None = None,
    briefing: str | None = None,
) -> SwapRuling:
    """What the rules say of a swap before it is filed; nothing is kept.

    Raises AccessRefused without requests.file or for somebody else than oneself or one's team, Refused when a shift is
    not the person's (any more).
    """
    demand(scope, FILE)
    requester, partner = _people(session, scope, requester_id, partner_id)
    shift, payback = _own_shifts(session, requester, partner, shift_id, payback_shift_id)
    facts = gather(
        session,
        requester=requester,
        partner=partner,
        shift=shift,
        payback=payback,
        swap_on=shift.work_on,
        payback_on=payback.work_on if payback else None,
        book=book,
        consents=frozenset({"requester"} if scope.agent_id == requester.id else ()),
        reason=reason,
        briefing=briefing,
        as_of=now,
    )
    return check(facts, book, now)


def request_swap(
    session: Session,
    scope: Scope,
    *,
    requester_id: int,
    partner_id: int,
    shift_id: int,
    payback_shift_id: int | None,
    form_number: str,
    reason: str,
    briefing: str,
    book: Rulebook,
    now: datetime,
) -> SwapRequest:
    """Ask for a swap. What breaks a rule may be asked for: whoever decides sees the clause, and it is not approved.

    `form_number` empty: the desk is the register and gives the number itself. Filed by the requester's own account it
    has his consent; filed for him, his consent is recorded like the others'. The caller commits. Raises AccessRefused
    as `check_request`, Refused without a reason, for a shift that is not his or has begun, for one that is in a swap
    already, and for a number that is taken.
    """
    demand(scope, FILE)
    requester, partner = _people(session, scope, requester_id, partner_id)
    lock_roster(
        session, [id_ for id_ in (shift_id, payback_shift_id) if id_ is not None], [requester_id, partner_id]
    )
    shift, payback = _own_shifts(session, requester, partner, shift_id, payback_shift_id)
    reason, briefing, number = tidy(reason), tidy(briefing), tidy(form_number, LONGEST_FORM)
    if book.flag("swap.reason_required") and not reason:
        raise Refused("请写明换班事由。", "say why the swap is asked for")
    if shift.starts_at <= now:
        raise Refused(
            "这个班次已经开始，不能再申请换班：换班须事先批准。",
            "the shift has begun: a swap is asked for and approved beforehand",
        )
    refuse_second(session, [one.id for one in (shift, payback) if one is not None])
    if number and session.scalar(select(SwapRequest.id).where(SwapRequest.form_number == number)) is not None:
        raise Refused(
            f"登记编号 {number} 已用于另一次换班，请核对。",
            f"the form number {number} belongs to another swap",
        )
    by_himself = scope.agent_id == requester.id
    row = SwapRequest(
        requester_id=requester.id,
        partner_id=partner.id,
        requester=requester,
        partner=partner,
        shift_id=shift.id,
        payback_shift_id=payback.id if payback else None,
        shift=shift,
        payback_shift=payback,
        swap_on=shift.work_on,
        payback_on=payback.work_on if payback else None,
        form_number=number,
        reason=reason,
        briefing=briefing,
        consents=[consent_of("requester", scope, now)] if by_himself else [],
        requested_by=scope.actor,
        requested_at=now,
        state="requested",
        clauses=[],
        steps=[],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    if not number:
        row.form_number = f"HB-{row.swap_on:%Y%m%d}-{row.id:04d}"
    keep_ruling(row, check(facts_of(session, row, book, now), book, now))
    session.flush()
    log(session, scope, row, "swap.requested", now, reason=reason)
    return row


def withdraw_swap(
    session: Session, scope: Scope, swap_id: int, *, expected_version: int, now: datetime, note: str = ""
) -> SwapRequest:
    """Take a request back while nobody has decided: whoever filed it, or one of the two. The caller commits.

    Raises AccessRefused, StaleCase, Refused for anybody else's.
    """
    demand(scope, FILE)
    row = locked(session, scope, swap_id, expected_version)
    if row.requested_by != scope.actor and scope.agent_id not in (row.requester_id, row.partner_id):
        raise Refused(
            "只有提出申请的人和换班双方可以撤回。",
            "only whoever filed it and the two themselves may withdraw it",
        )
    row.state, row.decided_by, row.decided_role = "withdrawn", scope.actor, scope.role
    row.decided_at, row.decision_note = now, tidy(note)
    session.flush()
    log(session, scope, row, "swap.withdrawn", now, note=row.decision_note)
    return row


def _people(session: Session, scope: Scope, requester_id: int, partner_id: int) -> tuple[Agent, Agent]:
    requester, partner = session.get(Agent, requester_id), session.get(Agent, partner_id)
    if requester is None or not sees(scope, requester):
        raise AccessRefused(NOT_YOURS)
    if partner is None or not partner.is_active:
        raise Refused("请选择在岗的换班人。", "choose somebody to swap with who still works here")
    if partner.id == requester.id:
        raise Refused("换班双方不能是同一个人。", "nobody swaps with himself")
    return requester, partner


def _own_shifts(
    session: Session, requester: Agent, partner: Agent, shift_id: int, payback_shift_id: int | None
) -> tuple[Shift, Shift | None]:
    """The shifts, each still its owner's on the roster."""
    shift = session.get(Shift, shift_id)
    if shift is None or shift.agent_id != requester.id:
        raise _not_his(requester)
    if payback_shift_id is None:
        return shift, None
    payback = session.get(Shift, payback_shift_id)
    if payback is None or payback.agent_id != partner.id:
        raise _not_his(partner)
    return shift, payback


def _not_his(agent: Agent) -> Refused:
    return Refused(
        f"这个班次不在{agent.name}的排班中，请重新选择。",
        f"this shift is not on {agent.name}'s roster: choose again",
    )
