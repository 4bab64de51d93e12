"""Handovers between shifts: written, signed by both, refused or reviewed, each under one lock and one line in the log.

The rows themselves are owed by the roster (`db.handover_owed`). Who may do what: the outgoing person writes and signs his
own, the incoming person takes over or refuses his own; a supervisor may stand in for one of the two, never for both, and
does not review what he signed himself (A2.48, B1.10 to B1.15).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.accounts import display_name
from db.engine import take_write_lock
from db.handover_owed import open_due
from db.handover_reads import Judged, facts_of, get_handover, judged, list_handovers, list_judged
from db.models import Agent, Handover
from db.refusals import Refused, StaleCase
from db.visibility import NOT_YOURS, demand
from regulations import handovers as rules
from regulations.access import AccessRefused, Scope
from regulations.handover_rules import refused_goes_to
from regulations.rulebook import Rulebook

__all__ = [
    "LONGEST",
    "Judged",
    "StaleCase",
    "get_handover",
    "judged",
    "list_handovers",
    "list_judged",
    "name_relief",
    "open_due",
    "refuse",
    "review",
    "sign_in",
    "sign_out",
    "write_handover",
]

LONGEST = 2000  # characters of one field, a reason or a note


def write_handover(
    session: Session,
    scope: Scope,
    handover_id: int,
    *,
    entries: Mapping[str, str],
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Handover:
    """Write down what is handed over, field by field as the rulebook names them (A1.22, A2.50, B1.10).

    Counts as written when every field is filled in; before that it is kept as a draft. Raises AccessRefused for anybody but
    the outgoing person and a supervisor of the team, StaleCase, Refused for a field that the rulebook does not have and once
    the incoming person has taken over: what somebody signed for does not change.
    """
    demand(scope, "handovers.sign")
    row = _locked(session, scope, handover_id, expected_version)
    _demand_party(scope, row.outgoing_id)
    _refuse_reviewed(row)
    if row.signed_in_at is not None or row.signed_out_at is not None:
        raise Refused(
            "已签字的交接记录不能再改；有补充的请在下一次交接中说明。",
            "it is signed and stays as it is: say what is to be added in the next handover",
        )
    book = rulebooks.made_under(session, row.rulebook_version, book)
    names = rules.fields_of(book)
    unknown = [name for name in entries if name not in names]
    if unknown:
        raise Refused(
            f"交接记录没有这一项：{'、'.join(unknown)[:80]}。",
            f"a handover has no field {', '.join(unknown)[:80]}",
        )
    kept = {name: _tidy(entries.get(name, row.entries.get(name, ""))) for name in names}
    row.entries = kept
    lacking = rules.missing_fields(kept, book)
    if not lacking:
        # Put right after a refusal it counts from then; what was complete before keeps its time.
        is_anew = row.written_at is None or (row.refused_at is not None and row.written_at < row.refused_at)
        row.written_at = now if is_anew else row.written_at
    elif row.written_at is not None:
        zh, en = "、".join(lacking), ", ".join(lacking)
        raise Refused(
            f"已写好的记录不能留空：{zh}。无内容请填“无”。",
            f"it was complete: {en} may not be emptied; write “none”",
        )
    row.written_by = scope.actor
    session.flush()
    _log(session, scope, row, "handover.written", now, entries=kept, missing=list(lacking))
    return row


def sign_in(
    session: Session, scope: Scope, handover_id: int, *, expected_version: int, book: Rulebook, now: datetime
) -> Handover:
    """The incoming person has read it, checked, has no doubts, and takes over (B1.11, B1.12, B1.14).

    After a refusal this settles it. Raises AccessRefused for anybody else, StaleCase, Refused while it is not written.
    """
    demand(scope, "handovers.sign")
    row = _locked(session, scope, handover_id, expected_version)
    _demand_party(scope, row.incoming_id)
    _refuse_reviewed(row)
    if row.signed_in_at is not None:
        raise StaleCase("已经签字接班。", "it is taken over already")
    _demand_written(row)
    _refuse_both(scope, row.written_by, row.signed_out_by)
    row.signed_in_by, row.signed_in_at = scope.actor, now
    session.flush()
    _log(session, scope, row, "handover.signed_in", now)
    return row


def sign_out(
    session: Session, scope: Scope, handover_id: int, *, expected_version: int, book: Rulebook, now: datetime
) -> Handover:
    """The outgoing person signs and may leave: once relieved, where the rulebook has him wait (A2.48, B1.15).

    Raises AccessRefused for anybody else, StaleCase, Refused while it is not written, while a refusal stands, and while
    nobody has taken over.
    """
    demand(scope, "handovers.sign")
    row = _locked(session, scope, handover_id, expected_version)
    _demand_party(scope, row.outgoing_id)
    _refuse_reviewed(row)
    if row.signed_out_at is not None:
        raise StaleCase("已经签字交班。", "it is signed already")
    _demand_written(row)
    _refuse_both(scope, row.signed_in_by)
    book = rulebooks.made_under(session, row.rulebook_version, book)
    facts = facts_of(session, [row])[row.id]
    if rules.is_refused(facts):
        raise Refused(
            "接班人拒绝接班，请先补充交接内容，或由上级处理。",
            "the incoming person refused: complete what is handed over, or leave it to the superior",
        )
    if rules.must_wait(facts, book):
        clause = book.clause("handover.wait_for_relief")
        raise Refused(
            f"接班人尚未签字接班，交班人不得离岗；接班人未到的，请主管安排人接替。({clause})",
            f"nobody has taken over yet: the outgoing person stays; if the relief has not come, ask the supervisor to send somebody ({clause})",
        )
    row.signed_out_by, row.signed_out_at = scope.actor, now
    session.flush()
    _log(session, scope, row, "handover.signed_out", now)
    return row


def refuse(
    session: Session,
    scope: Scope,
    handover_id: int,
    *,
    reason: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Handover:
    """The incoming person does not take over, and why; it is reported upward (B1.13).

    Raises AccessRefused for anybody else, StaleCase, Refused without a reason, where the rulebook allows no refusal, and
    once it is taken over.
    """
    demand(scope, "handovers.sign")
    row = _locked(session, scope, handover_id, expected_version)
    _demand_party(scope, row.incoming_id)
    _refuse_reviewed(row)
    book = rulebooks.made_under(session, row.rulebook_version, book)
    if not rules.may_refuse(book):
        raise Refused(
            "现行规定不允许拒绝接班，请先接班再向主管反映。",
            "this rulebook allows no refusal: take over, then report it",
        )
    if row.signed_in_at is not None:
        raise Refused(
            "已签字接班，不能再拒绝；有问题请向主管反映。", "it is taken over already: report what is wrong"
        )
    reason = _tidy(reason)
    if not reason:
        raise Refused("请写明拒绝接班的理由。", "say why it is not taken over")
    row.refused_by, row.refused_at, row.refused_reason = scope.actor, now, reason
    session.flush()
    _log(session, scope, row, "handover.refused", now, reason=reason, reported_to=refused_goes_to(book))
    return row


def review(
    session: Session,
    scope: Scope,
    handover_id: int,
    *,
    note: str = "",
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Handover:
    """The supervisor has looked at it (B1.15). What was refused, missing or not signed needs a note of what was done.

    Raises AccessRefused without handovers.review, out of scope and for somebody who signed it; StaleCase; Refused while it
    is not finished, without such a note, and where no review is asked for.
    """
    demand(scope, "handovers.review")
    row = _locked(session, scope, handover_id, expected_version)
    if row.reviewed_at is not None:
        who = display_name(session, row.reviewed_by)
        raise StaleCase(f"{who}刚才已审阅。", f"{who} has reviewed it already")
    found = judged(session, [row], book, now)[0].verdict
    if not found.may_be_reviewed:
        if found.review_due_at is None and found.state == "signed":
            raise Refused("现行规定不要求主管审阅。", "this rulebook asks for no review")
        raise Refused(
            "交接尚未完成，双方签字后再审阅。", "it is not finished: review it when both have signed"
        )
    if scope.actor in (row.signed_in_by, row.signed_out_by, row.written_by):
        raise Refused(
            "您写过或签过这份交接，请由其他主管或上级审阅。",
            "you wrote or signed it yourself: leave the review to another supervisor or your superior",
        )
    note = _tidy(note)
    went_wrong = found.state in ("refused", "missing") or "unsigned" in found.flags
    if went_wrong and not note:
        raise Refused(
            "拒绝、未交接或缺签字的，请写明处理结果。",
            "it was refused, missing or not signed: say what was done",
        )
    row.reviewed_by, row.reviewed_at, row.review_note = scope.actor, now, note
    session.flush()
    _log(session, scope, row, "handover.reviewed", now, state=found.state, flags=list(found.flags), note=note)
    return row


def name_relief(
    session: Session,
    scope: Scope,
    handover_id: int,
    *,
    incoming_id: int,
    reason: str,
    expected_version: int,
    now: datetime,
) -> Handover:
    """Send somebody else of the team to take over, because whoever was rostered has not come (A2.48, B1.17).

    Raises AccessRefused without handovers.review and out of scope, StaleCase, Refused for the outgoing person himself,
    somebody of another team, without a reason, and once it is taken over.
    """
    demand(scope, "handovers.review")
    row = _locked(session, scope, handover_id, expected_version)
    _refuse_reviewed(row)
    if row.signed_in_at is not None:
        raise Refused("已签字接班，不能再换人。", "it is taken over already")
    reason = _tidy(reason)
    if not reason:
        raise Refused("请写明换人接班的原因。", "say why somebody else takes over")
    agent = session.get(Agent, incoming_id)
    if agent is None or agent.team_id != row.team_id or not agent.is_active:
        raise Refused("请选择本组在岗的人接班。", "choose somebody of this team")
    if agent.id in (row.outgoing_id, row.incoming_id):
        raise Refused("请选择交班人和原接班人以外的人。", "choose somebody other than the two who are named")
    before = row.incoming_id
    row.incoming_id, row.incoming, row.relief_named_by = agent.id, agent, scope.actor
    session.flush()
    _log(
        session, scope, row, "handover.relief_named", now, before=before, incoming_id=agent.id, reason=reason
    )
    return row


def _locked(session: Session, scope: Scope, handover_id: int, expected_version: int) -> Handover:
    """The row as it is now, with nobody else able to act on it until we are done."""
    take_write_lock(session.connection())
    row = session.get(Handover, handover_id, populate_existing=True, with_for_update={"of": Handover})
    if row is None:
        raise LookupError(handover_id)
    if not scope.sees_team(row.team_id):
        raise AccessRefused(NOT_YOURS)
    if scope.role == "agent" and scope.agent_id not in (row.outgoing_id, row.incoming_id):
        raise AccessRefused(NOT_YOURS)
    if row.row_version != expected_version:
        raise StaleCase(
            "这份交接刚才有变动，请查看最新内容后再处理。",
            "the handover has just changed: look at it again, then go on",
        )
    return row


def _demand_party(scope: Scope, agent_id: int | None) -> None:
    """An agent acts for himself only."""
    if scope.role == "agent" and scope.agent_id != agent_id:
        raise AccessRefused(NOT_YOURS)


def _demand_written(row: Handover) -> None:
    if row.written_at is None:
        raise Refused(
            "交接内容未填完，请先补全再签字。",
            "it is not written completely: fill in every field before signing",
        )


def _refuse_reviewed(row: Handover) -> None:
    if row.reviewed_at is not None:
        raise Refused("主管已审阅，不能再改。", "it is reviewed and closed")


def _refuse_both(scope: Scope, *others: str) -> None:
    """Two people sign a handover: whoever wrote or signed for one side does not sign for the other."""
    if scope.actor in others:
        raise Refused(
            "交班和接班须由两个人分别签字。",
            "two people sign a handover: you have written or signed the other side",
        )


def _tidy(text: object) -> str:
    return str(text).replace("\x00", "").strip()[:LONGEST]


def _log(session: Session, scope: Scope, row: Handover, action: str, now: datetime, **words: object) -> None:
    detail = {
        "work_on": row.work_on.isoformat(),
        "outgoing_id": row.outgoing_id,
        "incoming_id": row.incoming_id,
        **words,
    }
    audit.record(session, scope, action, "handover", row.id, detail, at=now)
