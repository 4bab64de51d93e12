"""Clock readings put right on request, with evidence (补卡). Readings are only ever added.

For a device whose clock was wrong see db.device_clocks, which is offered here too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, rulebooks
from db.accounts import display_name
from db.correction_facts import facts_of
from db.correction_rows import demand_allowed, locked, log, own_ids, person_of, tidy, visible
from db.device_clocks import correct_device, count_device_readings, list_devices
from db.engine import take_write_lock
from db.models import Agent, Punch, PunchCorrection, User
from db.punch_instants import free_instant, taken_readings
from db.refusals import CLOCK_SKEW, Refused, StaleCase
from db.visibility import demand
from db.waiting_lists import only, waiting_first
from regulations import corrections as rules
from regulations.access import Scope
from regulations.levels import account_for
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.ruling import Ruling
from regulations.values import Role
from regulations.verdict import Step
from regulations.worktime import whole_seconds

__all__ = [
    "StaleCase",
    "check_request",
    "correct_device",
    "count_device_readings",
    "decide_correction",
    "get_correction",
    "is_late",
    "list_corrections",
    "list_devices",
    "may_decide_now",
    "request_correction",
    "ruling_of",
    "withdraw_correction",
]


def check_request(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    kind: str,
    at: datetime,
    replaces_id: int | None,
    book: Rulebook,
    now: datetime,
) -> Ruling:
    """What the rules say of such a request, before anybody makes it. Nothing is written.

    Raises AccessRefused for somebody out of scope (an agent asks for himself only), Refused for a reading of another
    person.
    """
    demand(scope, "requests.file")
    person_of(session, scope, agent_id)
    facts, _ = facts_of(session, agent_id, kind, whole_seconds(at), replaces_id, book, now)
    return rules.check(facts, book, now + CLOCK_SKEW)


def request_correction(
    session: Session,
    scope: Scope,
    *,
    agent_id: int,
    kind: str,
    at: datetime,
    replaces_id: int | None,
    reason: str,
    evidence: str,
    book: Rulebook,
    now: datetime,
) -> PunchCorrection:
    """Ask for a reading to be put right. Where the rulebook asks for no approval it is approved as it is made.

    Raises AccessRefused without requests.file or out of scope, Refused with the first violation of
    `regulations.corrections.check`, and without a reason or evidence.
    """
    demand(scope, "requests.file")
    take_write_lock(session.connection())
    agent = person_of(session, scope, agent_id)
    # Two requests for one person at once are made one after the other, so that each sees the other.
    session.execute(select(Agent.id).where(Agent.id == agent.id).with_for_update())
    reason, evidence = tidy(reason), tidy(evidence)
    if not reason:
        raise Refused("请写明打卡缺失或有误的原因。", "say why the reading is missing or wrong")
    if not evidence:
        raise Refused(
            "请写明证据：谁可以证明，或哪份记录可以查到。",
            "name the evidence: who saw it, or which record shows it",
        )
    at = whole_seconds(at)
    facts, shift = facts_of(session, agent_id, kind, at, replaces_id, book, now)
    ruling = rules.check(facts, book, now + CLOCK_SKEW)
    demand_allowed(ruling)
    assert facts.work_on is not None  # a request without a shift was refused
    row = PunchCorrection(
        agent_id=agent.id,
        agent=agent,
        shift_id=None if shift is None else shift.id,
        work_on=facts.work_on,
        kind=kind,
        at=at,
        replaces_id=replaces_id,
        reason=reason,
        evidence=evidence,
        requested_by=scope.actor,
        requested_at=now,
        required_role=ruling.required_role or "",
        clauses=list(ruling.clauses),
        steps=[step.as_record() for step in ruling.steps],
        rulebook_version=book.version,
    )
    session.add(row)
    session.flush()
    log(session, scope, row, "correction.requested", now, reason=reason, evidence=evidence)
    if ruling.required_role is None:
        row.state, row.decided_at = "approved", now
        _carry_out(session, scope, row, now)
    return row


def decide_correction(
    session: Session,
    scope: Scope,
    correction_id: int,
    *,
    is_approved: bool,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> PunchCorrection:
    """Approve or refuse. Approved, a new reading is added that names the one it replaces, and the day is judged again.

    Raises AccessRefused without requests.decide or out of scope, StaleCase when somebody else was quicker, Refused for the
    wrong level (naming the right one), for one's own reading, for a refusal without a note, for an approval that
    something has come to stand against since, and for one without a note of what was asked for late.
    """
    demand(scope, "requests.decide")
    row = locked(session, scope, correction_id, expected_version)
    demand_allowed(may_decide_now(session, scope, row, book))
    note = tidy(note)
    if not is_approved and not note:
        raise Refused("不批准时请写明理由。", "say why it is refused")
    ruling = ruling_of(session, row, book, now)
    if is_approved:
        demand_allowed(ruling)
        if not note and is_late(session, row, book):
            raise Refused(
                "逾期的补卡按例外批准：请在备注中写明理由。",
                "it was asked for late and is approved as an exception: say in the note why",
            )
    row.state = "approved" if is_approved else "refused"
    row.decided_by, row.decided_role, row.decided_at, row.decision_note = scope.actor, scope.role, now, note
    zh, en = name_of("request_state", row.state), name_of("request_state", row.state, "en").lower()
    said = Step(f"{ruling.title}审批：{zh}", f"Decided by {ruling.title_en}: {en}")
    row.clauses, row.steps = list(ruling.clauses), [step.as_record() for step in (*ruling.steps, said)]
    session.flush()
    log(session, scope, row, f"correction.{row.state}", now, note=note)
    if is_approved:
        _carry_out(session, scope, row, now)
    return row


def withdraw_correction(
    session: Session,
    scope: Scope,
    correction_id: int,
    *,
    expected_version: int,
    now: datetime,
    note: str = "",
) -> PunchCorrection:
    """Take a request back while nobody has decided; for the person it is about and for whoever asked for it.

    Raises AccessRefused, StaleCase, Refused for anybody else.
    """
    demand(scope, "requests.file")
    row = locked(session, scope, correction_id, expected_version)
    if row.agent_id not in own_ids(session, scope) and row.requested_by != scope.actor:
        who = display_name(session, row.requested_by)
        raise Refused(
            f"只有本人或申请人{who}可以撤回。", f"only the person or {who}, who asked for it, may withdraw it"
        )
    row.state, row.decided_by, row.decided_role, row.decided_at = "withdrawn", scope.actor, scope.role, now
    row.decision_note = tidy(note)
    session.flush()
    log(session, scope, row, "correction.withdrawn", now, note=row.decision_note)
    return row


def get_correction(session: Session, scope: Scope, correction_id: int) -> PunchCorrection:
    """The request. Raises LookupError when none is in scope, AccessRefused for a role that sees none."""
    row = session.scalar(visible(scope).where(PunchCorrection.id == correction_id))
    if row is None:
        raise LookupError(correction_id)
    return row


def list_corrections(
    session: Session, scope: Scope, *, state: str | None = None, agent_id: int | None = None
) -> Sequence[PunchCorrection]:
    """Requests in scope: those that wait first, the longest waiting on top, then the others, latest first.

    Raises AccessRefused for a role that sees none.
    """
    waits = PunchCorrection.state == "requested"
    query = only(visible(scope), (PunchCorrection.state, state), (PunchCorrection.agent_id, agent_id))
    query = waiting_first(
        query, waits, PunchCorrection.requested_at, PunchCorrection.at.desc(), PunchCorrection.id
    )
    return session.scalars(query).all()


def ruling_of(session: Session, row: PunchCorrection, book: Rulebook, now: datetime) -> Ruling:
    """The check of a request as things stand now, under the rulebook and for the moment it was asked for."""
    book = rulebooks.made_under(session, row.rulebook_version, book)
    facts, _ = facts_of(
        session, row.agent_id, row.kind, row.at, row.replaces_id, book, row.requested_at, without=row
    )
    return rules.check(facts, book, now + CLOCK_SKEW)


def is_late(session: Session, row: PunchCorrection, book: Rulebook) -> bool:
    """Whether it was asked for after `attendance.correction_within`: to approve it takes a note."""
    book = rulebooks.made_under(session, row.rulebook_version, book)
    facts, _ = facts_of(
        session, row.agent_id, row.kind, row.at, row.replaces_id, book, row.requested_at, without=row
    )
    return rules.is_late(facts, book)


def may_decide_now(session: Session, scope: Scope, row: PunchCorrection, book: Rulebook) -> Ruling:
    """Whether this viewer may decide on the request, by level; whether he sees it is asked elsewhere."""
    book = rulebooks.made_under(session, row.rulebook_version, book)
    required: Role = row.required_role or "supervisor"  # type: ignore[assignment]
    asked = session.scalar(select(User.role).where(User.username == row.requested_by))
    is_own = row.requested_by == scope.actor or row.agent_id in own_ids(session, scope)
    return rules.may_decide(
        scope.role,
        required,
        book,
        is_own=is_own,
        is_from_that_level=asked == account_for(required),
    )


def _carry_out(session: Session, scope: Scope, row: PunchCorrection, now: datetime) -> None:
    """Add the reading and judge its day again."""
    taken = taken_readings(session, [row.agent_id], row.at, row.at + timedelta(seconds=1))
    punch = Punch(
        agent_id=row.agent_id,
        at=free_instant(row.at, row.agent_id, row.kind, taken),
        kind=row.kind,
        device="",
        recorded_at=now,
        corrects_id=row.replaces_id,
        source="correction",
        recorded_by=scope.actor,
    )
    session.add(punch)
    session.flush()
    row.punch_id = punch.id
    session.flush()
    attendance.rejudge(session, agent_ids=[row.agent_id], from_on=row.work_on, to_on=row.work_on, now=now)
