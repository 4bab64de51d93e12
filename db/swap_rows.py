"""Rows of swaps: which somebody sees, one at a time for whoever changes it, and the exchange of the shifts itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager

from db import attendance, audit
from db.accounts import display_name
from db.engine import take_write_lock
from db.models import Agent, Shift, SwapRequest
from db.refusals import Refused, StaleCase
from db.shift_changes import record_shift_change, snapshot
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.levels import account_for
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.ruling import Ruling, Violation
from regulations.swaps import SwapRuling, deciding_level, may_decide
from regulations.values import Role
from regulations.verdict import Step

LONGEST_TEXT = 2000


def visible(scope: Scope) -> Select[SwapRequest]:
    """The swaps of which one of the two is in scope; for an agent, those he is part of himself."""
    one, two = aliased(Agent), aliased(Agent)
    query = (
        select(SwapRequest)
        .join(one, SwapRequest.requester_id == one.id)
        .join(two, SwapRequest.partner_id == two.id)
        .options(
            contains_eager(SwapRequest.requester.of_type(one)),
            contains_eager(SwapRequest.partner.of_type(two)),
        )
    )
    return query.where(_in_scope(scope, one, two))


def _in_scope(scope: Scope, one: type[Agent], two: type[Agent]) -> ColumnElement[bool]:
    if scope.role == "agent":
        return false() if scope.agent_id is None else or_(one.id == scope.agent_id, two.id == scope.agent_id)
    if scope.team_ids is None:
        return or_(one.id == one.id)
    return or_(one.team_id.in_(scope.team_ids), two.team_id.in_(scope.team_ids))


def sees(scope: Scope, agent: Agent) -> bool:
    """Whether this person is in scope: his team, and for an agent himself."""
    if scope.role == "agent":
        return scope.agent_id == agent.id
    return scope.sees_team(agent.team_id)


def demand_either(scope: Scope, row: SwapRequest) -> None:
    """Raises AccessRefused unless one of the two is in scope."""
    if not (sees(scope, row.requester) or sees(scope, row.partner)):
        raise AccessRefused(NOT_YOURS)


def locked(
    session: Session,
    scope: Scope,
    swap_id: int,
    expected_version: int,
    states: Sequence[str] = ("requested",),
    other_shifts: Sequence[int] = (),
) -> SwapRequest:
    """The request as it is now, with nobody else able to act on it, its people or its shifts until we are done.

    `other_shifts` are locked with its own. Raises LookupError, AccessRefused out of scope, StaleCase when it is in none
    of `states` or was changed since.
    """
    take_write_lock(session.connection())
    row = session.get(SwapRequest, swap_id, populate_existing=True, with_for_update={"of": SwapRequest})
    if row is None:
        raise LookupError(swap_id)
    demand_either(scope, row)
    if row.state not in states:
        zh, en = name_of("swap_state", row.state), name_of("swap_state", row.state, "en").lower()
        who = display_name(session, row.decided_by or row.requested_by)
        raise StaleCase(
            f"这次换班已是“{zh}”（{who}）。请查看最新内容。",
            f"the swap is {en} already ({who}): look at it again",
        )
    if row.row_version != expected_version:
        raise StaleCase(
            "这次换班刚才有变动，请查看最新内容后再处理。",
            "the swap has just changed: look at it again, then decide",
        )
    lock_roster(
        session,
        [id_ for id_ in (row.shift_id, row.payback_shift_id, *other_shifts) if id_ is not None],
        [row.requester_id, row.partner_id],
    )
    return row


def lock_roster(session: Session, shift_ids: Iterable[int], agent_ids: Iterable[int]) -> None:
    """Shifts first, people second, each by number: whoever locks the same waits instead of blocking each other."""
    take_write_lock(session.connection())
    for model, ids in ((Shift, shift_ids), (Agent, agent_ids)):
        session.scalars(
            select(model)
            .where(model.id.in_(set(ids)))
            .order_by(model.id)
            .with_for_update(of=model)
            .execution_options(populate_existing=True)
        ).all()


def refuse_second(session: Session, shift_ids: Sequence[int], but: int = 0) -> None:
    """Raises Refused for a shift that another waiting request is about: it is in one at a time."""
    waiting = session.scalar(
        select(SwapRequest)
        .where(
            SwapRequest.state == "requested",
            SwapRequest.id != but,
            or_(SwapRequest.shift_id.in_(shift_ids), SwapRequest.payback_shift_id.in_(shift_ids)),
        )
        .limit(1)
    )
    if waiting is not None:
        raise Refused(
            f"这个班次已有待审批的换班（{waiting.form_number}），请先等其办结或撤回。",
            f"a swap of this shift is waiting ({waiting.form_number}): let it be decided or withdrawn first",
        )


def level_of(scope: Scope, required: Role | None) -> Role:
    """The level this account acts for: the required one where it acts for it, else its own."""
    if required is not None and account_for(required) == scope.role:
        return required
    level: Role = scope.role  # type: ignore[assignment]
    return level


def may_decide_now(session: Session, scope: Scope, row: SwapRequest, book: Rulebook) -> Ruling:
    """Whether this viewer may decide on the swap, by level and by whose team it is.

    The decision is the requester's side: another team's leader does not take it, unless requests may cross (A2.53).
    """
    required, _ = deciding_level(book)
    is_party = scope.agent_id is not None and scope.agent_id in (row.requester_id, row.partner_id)
    ruling = may_decide(level_of(scope, required), book, is_party=is_party)
    is_barred = book.flag("leave.crossed_allowed") is False
    if ruling.is_allowed and is_barred and not scope.sees_team(row.requester.team_id):
        team = row.requester.team.name
        crossed = Violation(
            "crossed",
            book.clause("leave.crossed_allowed"),
            f"换班由申请人所在的{team}审批，不得交叉审批。",
            f"The swap is decided in the requester's team ({team}), not across teams.",
        )
        return Ruling(
            False, required, (crossed,), ruling.clauses, ruling.steps, ruling.title, ruling.title_en
        )
    return ruling


def demand_acting(session: Session, scope: Scope, row: SwapRequest, book: Rulebook) -> None:
    """Raises AccessRefused or Refused unless this account may act on the swap as it stands."""
    if row.state == "requested":
        demand(scope, "requests.file")
        return
    demand(scope, "requests.decide")
    level = may_decide_now(session, scope, row, book)
    if not level.is_allowed:
        raise refusal(level.violations)


def has_begun(shift: Shift | None, now: datetime) -> bool:
    """Whether a shift of the swap has begun."""
    return shift is not None and shift.starts_at <= now


def hand_over(
    session: Session, scope: Scope, shift: Shift, to: Agent, reason: str, now: datetime
) -> tuple[int, date]:
    """Give a shift to another person and keep what it was. Answers whose it was, and its day."""
    before, was = snapshot(shift), shift.agent_id
    shift.agent_id, shift.agent = to.id, to
    session.flush()
    record_shift_change(
        session,
        shift_id=shift.id,
        before=before,
        after=snapshot(shift),
        source="swap",
        reason=reason,
        actor=scope.actor,
        now=now,
    )
    return was, shift.work_on


def rejudge(session: Session, row: SwapRequest, now: datetime) -> None:
    """Make both people's verdicts of both days anew."""
    for day in (row.swap_on, row.payback_on):
        if day is not None:
            people = [row.requester_id, row.partner_id]
            attendance.rejudge(session, agent_ids=people, from_on=day, to_on=day, now=now)


def refusal(violations: Sequence[Violation]) -> Refused:
    """All that stands against it, each with its clause, as one refusal."""
    zh = " ".join(v.zh + (f"（{v.clause}）" if v.clause else "") for v in violations)
    en = " ".join(v.en + (f" ({v.clause})" if v.clause else "") for v in violations)
    return Refused(zh, en)


def refusal_of_changes(changes: Sequence[tuple[str, str]]) -> Refused:
    """The roster is no longer as the swap has it: what is different, and what to do."""
    zh = "；".join(said[0] for said in changes)
    en = "; ".join(said[1] for said in changes)
    return Refused(
        f"排班在此期间有变动：{zh}。请核对排班，需要时重新申请。",
        f"the roster has been changed meanwhile: {en}. Look at the roster; if need be the swap is asked for anew",
    )


def tidy(text: str, longest: int = LONGEST_TEXT) -> str:
    """Text as it is kept."""
    return text.replace("\x00", "").strip()[:longest]


def log(session: Session, scope: Scope, row: SwapRequest, action: str, now: datetime, **more: Any) -> None:
    """One line in the log, with whose swap it is and of which days."""
    detail = {
        "requester_id": row.requester_id,
        "partner_id": row.partner_id,
        "swap_on": row.swap_on.isoformat(),
        "payback_on": row.payback_on.isoformat() if row.payback_on else None,
        "form_number": row.form_number,
        **more,
    }
    audit.record(session, scope, action, "swap", row.id, detail, at=now)


def consent_of(who: str, scope: Scope, now: datetime) -> dict[str, str]:
    """One agreement as it is kept: whose, recorded by which account, when."""
    return {"who": who, "by": scope.actor, "at": now.isoformat()}


def refuse_obstacles(ruling: SwapRuling, note: str) -> None:
    """Raises Refused for what is not to be approved, and for an exception that nobody gives a reason for."""
    if not (ruling.is_allowed or ruling.can_be_approved):
        raise refusal(ruling.violations)
    demand_reason(ruling.lent, note)


def demand_reason(lent: Sequence[Violation], note: str) -> None:
    """Raises Refused when something breaks a lent rule and no note says why it is granted all the same."""
    if not lent or note:
        return
    said = refusal(lent)
    raise Refused(
        f"{said.zh}请在备注中写明为何准许，再作为例外批准。",
        f"{said.en} Say in the note why it is granted, then approve it as an exception",
    )


def keep_ruling(row: SwapRequest, ruling: SwapRuling, *, is_exception: bool = False) -> None:
    """Keep the check a request was filed or decided on, in its words; and that it was approved as an exception."""
    row.clauses = list(ruling.clauses)
    steps = list(ruling.steps)
    if is_exception:
        clause = next(iter(ruling.exceptions), None)
        said = Step("作为例外批准，理由见备注", "Approved as an exception; the note says why", clause)
        steps.insert(-1, said)  # what the base lends is said last
    row.steps = [step.as_record() for step in steps]
