"""What the supervisor does about a handover: he reviews it the same day (B1.15), or sends somebody else (A2.48, B1.17)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from db.accounts import display_name
from db.handover_reads import judged
from db.handover_refusals import settle_reports
from db.handover_rows import locked, log, refuse_reviewed, tidy
from db.models import Agent, Handover
from db.refusals import Refused, StaleCase
from db.visibility import demand
from regulations.access import Scope
from regulations.rulebook import Rulebook


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
    row = locked(session, scope, handover_id, expected_version)
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
    note = tidy(note)
    went_wrong = found.state in ("refused", "missing") or "unsigned" in found.flags
    if went_wrong and not note:
        raise Refused(
            "拒绝、未交接或缺签字的，请写明处理结果。",
            "it was refused, missing or not signed: say what was done",
        )
    row.reviewed_by, row.reviewed_at, row.review_note = scope.actor, now, note
    session.flush()
    log(session, scope, row, "handover.reviewed", now, state=found.state, flags=list(found.flags), note=note)
    settle_reports(session, scope, row, now)
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
    row = locked(session, scope, handover_id, expected_version)
    refuse_reviewed(row)
    if row.signed_in_at is not None:
        raise Refused("已签字接班，不能再换人。", "it is taken over already")
    reason = tidy(reason)
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
    log(session, scope, row, "handover.relief_named", now, before=before, incoming_id=agent.id, reason=reason)
    return row
