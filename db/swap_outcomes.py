"""How an approved swap ends: paid back and confirmed, cancelled in time, or a shift that was left empty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, rulebooks
from db.models import Agent, AttendanceDay, Shift, SwapRequest
from db.refusals import Refused
from db.swap_facts import roster_changes, span_of
from db.swap_rows import (
    demand_acting,
    hand_over,
    has_begun,
    locked,
    log,
    refusal,
    refusal_of_changes,
    rejudge,
    tidy,
)
from db.visibility import demand
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.ruling import Ruling
from regulations.swap_course import failure, may_settle
from regulations.swaps import OtherSwap
from regulations.wording import day_text

ABSENT = "absent"


def settle_swap(
    session: Session,
    scope: Scope,
    swap_id: int,
    *,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    note: str = "",
) -> SwapRequest:
    """Confirm that both shifts were worked: the swap is closed. The caller commits.

    A note is needed where there was no pay-back, or the roster is no longer as it was approved. Raises AccessRefused,
    StaleCase, Refused for the wrong level, while a shift is not over, and where the attendance of one says that nobody was there.
    """
    demand(scope, "requests.decide")
    row = locked(session, scope, swap_id, expected_version, ("approved",))
    book = rulebooks.made_under(session, row.rulebook_version, book)
    demand_acting(session, scope, row, book)
    note = tidy(note)
    ruling = settling(session, row, book, now, has_note=bool(note))
    if not ruling.is_allowed:
        raise refusal(ruling.violations)
    changes = roster_changes(session, row, book, is_exchanged=True)
    if changes and not note:
        raise refusal_of_changes(changes)
    row.state, row.settled_at, row.settled_by, row.outcome_note = "settled", now, scope.actor, note
    session.flush()
    log(session, scope, row, "swap.settled", now, note=note)
    return row


def settling(session: Session, row: SwapRequest, book: Rulebook, now: datetime, *, has_note: bool) -> Ruling:
    """Whether the swap can be confirmed as paid back now, and what is in the way."""
    absent = session.scalars(
        select(AttendanceDay.work_on)
        .join(Shift, (Shift.id == AttendanceDay.shift_id) & (Shift.agent_id == AttendanceDay.agent_id))
        .where(
            AttendanceDay.shift_id.in_([i for i in (row.shift_id, row.payback_shift_id) if i is not None]),
            AttendanceDay.class_ == ABSENT,
        )
        .order_by(AttendanceDay.work_on)
    ).all()
    return may_settle(
        OtherSwap(row.swap_on, row.payback_on),
        span_of(row.shift),
        span_of(row.payback_shift),
        tuple(absent),
        now,
        book,
        has_note=has_note,
    )


def record_failure(
    session: Session,
    scope: Scope,
    swap_id: int,
    *,
    shift_id: int,
    shares: tuple[str, str],
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> SwapRequest:
    """Record that a shift of the swap was wrong or left empty through an unclear briefing, and each one's share of it.

    `shares` are the requester's and the partner's responsibility, in words (A3.5). Where `swap.failure_class` says absence
    the shift is one for both from now on: whoever of them is rostered on it and the other get that verdict, whatever the
    readings say (A1.32). No penalty follows by itself. The caller commits. Raises AccessRefused, StaleCase, Refused for
    the wrong level, another shift, one that has not begun, and without the shares.
    """
    demand(scope, "requests.decide")
    row = locked(session, scope, swap_id, expected_version, ("approved", "settled"))
    book = rulebooks.made_under(session, row.rulebook_version, book)
    demand_acting(session, scope, row, book)
    shift = {row.shift_id: row.shift, row.payback_shift_id: row.payback_shift}.get(shift_id)
    if shift is None:
        raise Refused("请选择这次换班的班次。", "choose one of the shifts of this swap")
    if now < shift.starts_at:
        raise Refused("班次还没有开始。", "the shift has not begun")
    names = (row.requester.name, row.partner.name)
    said = (tidy(shares[0]), tidy(shares[1]))
    ruling = failure(names, shift.work_on, said, book)
    if not ruling.is_allowed:
        raise refusal(ruling.violations)
    row.state, row.settled_at, row.settled_by, row.failed_shift_id = "failed", now, scope.actor, shift.id
    row.outcome_note = tidy(
        "；".join(f"{name}：{share}" for name, share in zip(names, said, strict=True) if share)
    )
    row.clauses = list(dict.fromkeys([*row.clauses, *ruling.clauses]))
    row.steps = [*row.steps, *(step.as_record() for step in ruling.steps)]
    session.flush()
    log(session, scope, row, "swap.failed", now, shift_id=shift.id, note=row.outcome_note)
    people = [row.requester_id, row.partner_id, shift.agent_id]
    attendance.rejudge(session, agent_ids=people, from_on=shift.work_on, to_on=shift.work_on, now=now)
    return row


def cancel_swap(
    session: Session,
    scope: Scope,
    swap_id: int,
    *,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> SwapRequest:
    """Take an approved swap back before the swapped shift begins: each shift returns to whose it was.

    It counts as withdrawn, not as a swap. The caller commits. Raises AccessRefused, StaleCase, Refused for the wrong
    level, without a note, when a shift has begun or the roster was changed, and where somebody has another shift by now.
    """
    demand(scope, "requests.decide")
    row = locked(session, scope, swap_id, expected_version, ("approved",))
    book = rulebooks.made_under(session, row.rulebook_version, book)
    demand_acting(session, scope, row, book)
    note = tidy(note)
    if not note:
        raise Refused("请写明取消换班的原因。", "say why the swap is cancelled")
    if has_begun(row.shift, now) or has_begun(row.payback_shift, now):
        raise Refused(
            "换班的班次已经开始，不能取消。请改约还班，或写明说明后确认办结。",
            "the swapped shift has begun: agree on another pay-back, or settle the swap with a note",
        )
    changes = roster_changes(session, row, book, is_exchanged=True)
    if changes:
        raise refusal_of_changes(changes)
    returning = [(row.shift, row.requester), (row.payback_shift, row.partner)]
    for shift, owner in returning:
        if shift is not None:
            _refuse_overlap(session, shift, owner, [s.id for s, _ in returning if s is not None])
    for shift, owner in returning:
        if shift is not None:
            hand_over(session, scope, shift, owner, note, now)
    row.state, row.decided_by, row.decided_role = "withdrawn", scope.actor, scope.role
    row.decided_at, row.decision_note = now, note
    session.flush()
    log(session, scope, row, "swap.cancelled", now, note=note)
    rejudge(session, row, now)
    return row


def _refuse_overlap(session: Session, shift: Shift, owner: Agent, but: Sequence[int]) -> None:
    """Raises Refused when whoever gets a shift back has been put on another at that time."""
    other = session.scalar(
        select(Shift)
        .where(
            Shift.agent_id == owner.id,
            Shift.starts_at < shift.ends_at,
            Shift.ends_at > shift.starts_at,
            Shift.id.not_in(but),
        )
        .limit(1)
    )
    if other is not None:
        zh, en = day_text(other.work_on, "zh"), day_text(other.work_on, "en")
        raise Refused(
            f"{owner.name} {zh}已另有班次，时间重叠，请先调整排班。",
            f"{owner.name} has another shift on {en} by now that overlaps: change the roster first",
        )
