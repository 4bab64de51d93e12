"""A handover that somebody acts on: locked, his to act on, not closed, and each act with one line in the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from db import audit
from db.engine import take_write_lock
from db.models import Handover
from db.refusals import Refused, StaleCase
from db.visibility import NOT_YOURS
from regulations.access import AccessRefused, Scope

LONGEST = 2000  # characters of one field, a reason or a note


def locked(session: Session, scope: Scope, handover_id: int, expected_version: int) -> Handover:
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


def demand_party(scope: Scope, agent_id: int | None) -> None:
    """An agent acts for himself only."""
    if scope.role == "agent" and scope.agent_id != agent_id:
        raise AccessRefused(NOT_YOURS)


def demand_written(row: Handover) -> None:
    """Nobody signs what is not complete."""
    if row.written_at is None:
        raise Refused(
            "交接内容未填完，请先补全再签字。",
            "it is not written completely: fill in every field before signing",
        )


def refuse_reviewed(row: Handover) -> None:
    """What is reviewed is closed."""
    if row.reviewed_at is not None:
        raise Refused("主管已审阅，不能再改。", "it is reviewed and closed")


def refuse_both(scope: Scope, *others: str) -> None:
    """Two people sign a handover: whoever wrote or signed for one side does not sign for the other."""
    if scope.actor in others:
        raise Refused(
            "交班和接班须由两个人分别签字。",
            "two people sign a handover: you have written or signed the other side",
        )


def tidy(text: object) -> str:
    """Words as they are kept."""
    return str(text).replace("\x00", "").strip()[:LONGEST]


def log(session: Session, scope: Scope, row: Handover, action: str, now: datetime, **words: object) -> None:
    """One line in the log."""
    detail = {
        "work_on": row.work_on.isoformat(),
        "outgoing_id": row.outgoing_id,
        "incoming_id": row.incoming_id,
        **words,
    }
    audit.record(session, scope, action, "handover", row.id, detail, at=now)
