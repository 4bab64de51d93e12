"""Random objections as rows, and their metrics worked out the slow way."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from db.models import Call, Dispute
from tests.factories import SHANGHAI

if TYPE_CHECKING:
    from tests.db.metric_rows import Case, World


def add_disputes(session: Session, calls: list[Call], dice: random.Random, now: datetime) -> list[Dispute]:
    """Some objections to some of the calls, many of them due, decided or filed just at `now`."""
    found = []
    for n, call in enumerate(calls):
        if dice.random() < 0.5:
            continue
        filed_at = dice.choice((now, now + timedelta(seconds=1), call.started_at + timedelta(days=2)))
        due_at = dice.choice((None, now, now - timedelta(seconds=1), filed_at + timedelta(days=3)))
        state = dice.choice(("open", "decided", "decided", "withdrawn"))
        decided_at = None
        if state == "decided":
            decided_at = dice.choice((now, now + timedelta(days=1), due_at or now, filed_at))
        found.append(
            Dispute(
                call_id=call.id, agent_id=call.agent_id, reason="r", filed_at=filed_at, due_at=due_at, state=state,
                target=dice.choice((f"finding:{n}", f"added:{n}", "criterion:tone")), decided_at=decided_at,
                decision=dice.choice(("accepted", "rejected")) if state == "decided" else "",
                filed_on=filed_at.astimezone(SHANGHAI).date(),
            )
        )  # fmt: skip
        found[-1].call = call
    session.add_all(found)
    return found


def disputes(world: World, now: datetime, which: str) -> Iterator[Case]:
    """The cases of `quality.dispute_<which>`."""
    from tests.db.metric_rows import Case

    for one in world.disputes:
        if one.filed_at > now:
            continue
        is_decided = one.decided_at is not None and one.decided_at <= now
        owner = (one.filed_on, one.call.team, one.call.agent)
        if which == "filed" or (which == "open" and not is_decided and one.state != "withdrawn"):
            yield Case(*owner, True)
        if which == "accepted_rate" and is_decided:
            yield Case(*owner, one.decision == "accepted")
        is_late = one.due_at is not None and one.due_at < now
        if which == "in_time" and one.state != "withdrawn" and (is_decided or is_late):
            kept = (
                is_decided
                and one.decided_at is not None
                and (one.due_at is None or one.decided_at <= one.due_at)
            )
            yield Case(*owner, kept)
