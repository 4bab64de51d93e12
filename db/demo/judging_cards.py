"""The demo department's scorecards: the shipped ones, one of them improved two months ago, and a draft of its next version."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import rulebooks, scorecard_drafts, scorecards
from db.accounts import scope_of
from db.demo.stage import Stage
from db.models import Call, Scorecard, User
from regulations.rulebook import Rulebook

_CODE = "standard_phone"
_PUBLISHED = {"understood": 10, "courtesy": 8}  # item -> weight
_PUBLISHED_NOTE = "试行一个月后调整：解释到客户明白加到 10 分，礼貌用语减到 8 分"
_DRAFTED = {"voice_patient": 6, "voice_concise": 2, "closing": 4, "promise_clear": 6}


def ship_demo_cards(session: Session, now: datetime, book: Rulebook | None = None) -> dict[str, int]:
    """Publish the shipped cards; the manager's second version of the telephone card, valid from the demo's first day on
    or from two months ago, whichever is later; and a QA member's draft of the third.

    Answers {"scorecards": n}. Called again it changes nothing. Does not commit.
    """
    scorecards.ship_cards(session, now)
    users = {
        role: session.scalar(select(User).where(User.is_demo, User.role == role).order_by(User.id).limit(1))
        for role in ("qa", "manager")
    }
    qa, manager = users["qa"], users["manager"]
    first_call = session.scalar(select(func.min(Call.started_on)))
    known = session.scalar(select(func.max(Scorecard.version)).where(Scorecard.code == _CODE))
    if qa and manager and first_call and known == 1:
        stage = Stage(now.replace(microsecond=0), book or rulebooks.in_force(session), 0, 3, 1.0)
        valid_from = max(stage.start, first_call)
        before = stage.at(valid_from - timedelta(days=3), 10)
        for row in session.scalars(select(Scorecard)):  # the desk is older than its demo
            row.created_at = row.published_at = before - timedelta(days=90)
        draft = _drafted(session, qa, before, _PUBLISHED)
        scorecard_drafts.publish(
            session,
            scope_of(manager),
            draft.id,
            valid_from=valid_from,
            note=_PUBLISHED_NOTE,
            seen=draft.row_version,
            today=stage.day_of(before),
            now=before + timedelta(hours=5),
        )
        _drafted(session, qa, min(stage.at(stage.today - timedelta(days=2), 15), now), _DRAFTED)
    return {"scorecards": session.scalar(select(func.count()).select_from(Scorecard)) or 0}


def _drafted(session: Session, who: User, at: datetime, weights: dict[str, int]) -> Scorecard:
    last = session.scalars(
        select(Scorecard).where(Scorecard.code == _CODE).order_by(Scorecard.version)
    ).all()[-1]
    draft = scorecard_drafts.begin(session, scope_of(who), last.id, now=at)
    items: list[dict[str, Any]] = [
        {**item, "weight": weights.get(item["code"], item["weight"])} for item in draft.definition["criteria"]
    ]
    record = {**draft.definition, "criteria": items}
    return scorecard_drafts.save(session, scope_of(who), draft.id, record, seen=draft.row_version, now=at)
