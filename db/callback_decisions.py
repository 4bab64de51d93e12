"""What a supervisor decides about a callback: a new number, no more calls, another caller. Each is in the log."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.callback_attempts import follow_attempts, locked
from db.callback_callers import ruling_for
from db.models import Agent, Callback
from db.refusals import Refused, StaleCase
from db.visibility import demand, demand_row
from regulations.access import Scope
from regulations.names import NAMES
from regulations.rulebook import Rulebook

LONGEST_PHONE = 40


def decide_unreachable(
    session: Session,
    scope: Scope,
    callback: Callback,
    *,
    action: str,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    reason: str = "",
    phone: str = "",
) -> Callback:
    """Decide about a callback that cannot be made: `retry` it, under a new `phone` if there is one, or `give_up`.

    Trying again counts the attempts anew. Giving up needs a `reason` of names.NAMES["settled_reason"] and a note; the
    callback stays owed and not completed. Raises AccessRefused, StaleCase when somebody else was quicker, Refused.
    """
    owed = _begin(session, scope, callback, expected_version)
    note, phone = note.replace("\x00", "").strip(), " ".join(phone.replace("\x00", "").split())
    if action == "retry":
        _check_retry(owed, phone)
        owed.resumed_at, owed.given_up_at = now, None
        owed.customer_phone = phone or owed.customer_phone
    elif action == "give_up":
        if owed.settled_at is not None:
            raise Refused("这项回访已经终止。", "the callback has ended already")
        if reason not in NAMES["settled_reason"] or not note:
            raise Refused(
                "终止回访须选择原因并写明情况。", "to end a callback, choose a reason and say what happened"
            )
        owed.given_up_at, owed.settled_reason = now, reason
    else:
        raise Refused("请选择再次拨打或终止。", "choose to try again or to end it")
    owed.decided_by, owed.decision_note = scope.actor[:80], note
    follow_attempts(session, owed, book, now)
    session.flush()
    detail = {
        "number": owed.number,
        "action": action,
        "reason": reason,
        "new_number": bool(phone),
        "note": note,
    }
    audit.record(session, scope, "callback.decided", "callback", owed.id, detail, at=now)
    return owed


def reassign(
    session: Session,
    scope: Scope,
    callback: Callback,
    agent: Agent,
    *,
    note: str,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> Callback:
    """Give a callback to somebody else to make. What was tried stays with who tried it; the deadline stays.

    Raises AccessRefused for a person out of scope, StaleCase, Refused for somebody who may not call (A5.5).
    """
    owed = _begin(session, scope, callback, expected_version)
    if not scope.sees_team(agent.team_id):
        demand_row(scope, agent)
    if owed.settled_at is not None:
        raise Refused("这项回访已经终止，请先决定再次拨打。", "it has ended: decide to try again first")
    if not agent.is_active:
        raise Refused(
            f"{agent.name}已停用，请另选一人。", f"{agent.name} is no longer active: choose somebody else"
        )
    if agent.id == owed.agent_id:
        raise Refused(f"现在就由{agent.name}回访。", f"{agent.name} is to call already")
    ruling = ruling_for(
        owed.kind, agent, owed.handler_id, rulebooks.made_under(session, owed.rulebook_version, book)
    )
    if not ruling.is_allowed:
        step = ruling.steps[-1]
        cited = f" ({step.clause})" if step.clause else ""
        raise Refused(
            f"{agent.name}不能承担这项回访：{step.zh}。请另选一人。{cited}",
            f"{agent.name} may not make it: {step.en}. Choose somebody else.{cited}",
        )
    before = owed.agent.number
    owed.agent, owed.agent_id, owed.team, owed.team_id = agent, agent.id, agent.team, agent.team_id
    owed.row_version += 1
    session.flush()
    detail = {
        "number": owed.number,
        "from": before,
        "to": agent.number,
        "note": note.replace("\x00", "")[:500],
    }
    audit.record(session, scope, "callback.reassigned", "callback", owed.id, detail, at=now)
    return owed


def _begin(session: Session, scope: Scope, callback: Callback, expected_version: int) -> Callback:
    """The callback under the lock, if it is still the one that was seen and not completed."""
    demand(scope, "callbacks.act")
    demand_row(scope, callback)
    owed = locked(session, callback.id)
    if owed.row_version != expected_version:
        raise StaleCase(
            "刚才有人更新了这项回访。请看过最新内容，再决定。",
            "somebody else has just changed this callback: look at it again, then decide",
        )
    if owed.completed_at is not None:
        raise Refused("这项回访已经完成。", "the callback is completed")
    return owed


def _check_retry(owed: Callback, phone: str) -> None:
    if len(phone) > LONGEST_PHONE or not phone.isprintable():
        raise Refused(
            "电话号码过长或含有不可见字符。", "the number is too long or has characters that cannot be seen"
        )
    last = owed.attempts[-1] if owed.attempts else None
    if not phone and last is not None and last.outcome == "wrong_number":
        raise Refused("原号码有误，请填写新的电话号码。", "the number was wrong: give another one")
