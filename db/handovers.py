"""Handovers between shifts: written, signed by both, refused or reviewed, each under one lock and one line in the log.

The rows themselves are owed by the roster (`db.handover_owed`). Who may do what: the outgoing person writes and signs his
own, the incoming person takes over or refuses his own; a supervisor may stand in for one of the two, never for both, and
does not review what he signed himself (A2.48, B1.10 to B1.15).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from db import attendance, rulebooks
from db.handover_owed import open_due
from db.handover_reads import Judged, facts_of, get_handover, judged, list_handovers, list_judged
from db.handover_refusals import list_reports, refuse, settle_reports
from db.handover_reviews import name_relief, review
from db.handover_rows import (
    LONGEST,
    demand_party,
    demand_written,
    locked,
    log,
    refuse_both,
    refuse_reviewed,
    tidy,
)
from db.models import Handover
from db.refusals import Refused, StaleCase
from db.visibility import demand
from regulations import handovers as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook

__all__ = [
    "LONGEST",
    "Judged",
    "StaleCase",
    "get_handover",
    "judged",
    "list_handovers",
    "list_judged",
    "list_reports",
    "name_relief",
    "open_due",
    "refuse",
    "review",
    "sign_in",
    "sign_out",
    "write_handover",
]


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

    Counts as written when every field is filled in; before that it is kept as a draft. Rewriting it moves the time of its
    text and keeps who completed it first and when; every version stands in the log. Raises AccessRefused for anybody but
    the outgoing person and a supervisor of the team, StaleCase, Refused for a field that the rulebook does not have and once
    the incoming person has taken over: what somebody signed for does not change.
    """
    demand(scope, "handovers.sign")
    row = locked(session, scope, handover_id, expected_version)
    demand_party(scope, row.outgoing_id)
    refuse_reviewed(row)
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
    kept = {name: tidy(entries.get(name, row.entries.get(name, ""))) for name in names}
    is_changed = kept != row.entries
    row.entries = kept
    lacking = rules.missing_fields(kept, book)
    if lacking and row.written_at is not None:
        zh, en = "、".join(lacking), ", ".join(lacking)
        raise Refused(
            f"已写好的记录不能留空：{zh}。无内容请填“无”。",
            f"it was complete: {en} may not be emptied; write “none”",
        )
    answers_refusal = (
        row.written_at is not None and row.refused_at is not None and row.written_at < row.refused_at
    )
    if row.written_at is None or is_changed or answers_refusal:
        if row.written_at is not None and row.first_written_at is None:
            row.first_written_by, row.first_written_at = row.written_by, row.written_at
        row.written_by = scope.actor
        row.written_at = None if lacking else now
    session.flush()
    log(session, scope, row, "handover.written", now, entries=kept, missing=list(lacking))
    return row


def sign_in(
    session: Session,
    scope: Scope,
    handover_id: int,
    *,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    reason: str = "",
) -> Handover:
    """The incoming person has read it, checked, has no doubts, and takes over (B1.11, B1.12, B1.14).

    After a refusal this settles it. A supervisor who signs for him says why, and it is kept as signed on his behalf. Raises
    AccessRefused for anybody else, StaleCase, Refused while it is not written and on behalf without a reason.
    """
    demand(scope, "handovers.sign")
    row = locked(session, scope, handover_id, expected_version)
    demand_party(scope, row.incoming_id)
    refuse_reviewed(row)
    if row.signed_in_at is not None:
        raise StaleCase("已经签字接班。", "it is taken over already")
    demand_written(row)
    refuse_both(scope, row.written_by, row.signed_out_by)
    reason = "" if scope.role == "agent" else tidy(reason)
    if scope.role != "agent" and not reason:
        raise Refused(
            "代接班人签字，请写明原因；接班人未到的，请安排他人接班。",
            "say why you sign for the incoming person; if he has not come, send somebody else to take over",
        )
    row.signed_in_by, row.signed_in_at, row.signed_in_reason = scope.actor, now, reason
    session.flush()
    words = {"on_behalf_of": row.incoming_id, "reason": reason} if reason else {}
    log(session, scope, row, "handover.signed_in", now, **words)
    people = [row.outgoing_id]  # whoever signs is there: the outgoing person may have left in time
    attendance.rejudge(session, agent_ids=people, from_on=row.work_on, to_on=row.work_on, now=now)
    settle_reports(session, scope, row, now)
    return row


def sign_out(
    session: Session, scope: Scope, handover_id: int, *, expected_version: int, book: Rulebook, now: datetime
) -> Handover:
    """The outgoing person signs and may leave: once relieved, where the rulebook has him wait (A2.48, B1.15).

    Raises AccessRefused for anybody else, StaleCase, Refused while it is not written, while a refusal stands, and while
    nobody has taken over.
    """
    demand(scope, "handovers.sign")
    row = locked(session, scope, handover_id, expected_version)
    demand_party(scope, row.outgoing_id)
    refuse_reviewed(row)
    if row.signed_out_at is not None:
        raise StaleCase("已经签字交班。", "it is signed already")
    demand_written(row)
    refuse_both(scope, row.signed_in_by)
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
    log(session, scope, row, "handover.signed_out", now)
    return row
