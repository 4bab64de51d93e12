"""The demo's samples: last month's, drawn in its middle and topped up when it was over, and this month's so far."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import samples
from db.demo.stage import Stage
from db.models import User
from db.refusals import Refused
from regulations.access import Scope
from regulations.rulebook import Rulebook


def draw_demo_samples(session: Session, now: datetime, seed: int, book: Rulebook) -> int:
    """Draw the samples of last month and this one as the demo's QA staff would have; how many calls are drawn.

    Comes after the transcripts were inspected and before reviews. Months with a sample already stay. Does not commit.
    """
    stage = Stage(now.replace(microsecond=0), book, seed, 1, 1.0)
    user = session.scalars(
        select(User).where(User.is_demo, User.role == "qa").order_by(User.id).limit(1)
    ).first()
    if user is None:
        return 0
    scope = Scope(user.id, user.username, "qa")
    this = stage.today.replace(day=1)
    last = (this - timedelta(days=1)).replace(day=1)
    moments = {
        last: [stage.at(last + timedelta(days=14), 9), stage.at(this, 9)],
        this: [stage.at(this + timedelta(days=7), 9), stage.at(stage.today, 8)],
    }
    return sum(_draw(session, scope, stage, month, moments[month]) for month in (last, this))


def _draw(session: Session, scope: Scope, stage: Stage, month: date, moments: list[datetime]) -> int:
    if samples.get_sample(session, scope, month) is not None:
        return 0
    for at in sorted({min(moment, stage.now) for moment in moments}):
        try:
            if samples.get_sample(session, scope, month) is None:
                seed = f"demo-{stage.seed}-{month:%Y-%m}"
                samples.draw_month(session, scope, month, book=stage.book, now=at, seed=seed)
            else:
                samples.top_up(session, scope, month, book=stage.book, now=at)
        except Refused:  # nothing was inspected by then
            continue
    return len(samples.list_drawn(session, scope, month))
