"""What people made of the demo's past: QA decisions on findings, and the months that were closed.

Both come after the transcripts were inspected: findings are found, not written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from db import metrics, rulebooks
from db.demo.calls import ENGINE
from db.demo.stage import Stage, continue_numbering, insert_rows
from db.models import Call, ClosedMonth, Finding, FindingReview, Inspection, Transcript, User
from db.quality import is_flag
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook

_REVIEW_BEHIND_DAYS = 10  # the demo's QA staff are this far behind
_DECIDED = 0.93
_CONFIRMED = {"banned": 0.9, "missing": 0.84, "measure": 0.9}
_OVERTURNED = (
    "复述客户原话，不是客服自己的表达",
    "录音中已说，识别有误",
    "语境正常，属正当表达",
    "客户已先挂机，没有机会说",
)
_CONFIRMED_WORDS = ("", "", "", "已与本人沟通", "情况属实，纳入本月辅导")


def review_demo_findings(
    session: Session, now: datetime, seed: int = 7, book: Rulebook | None = None
) -> dict[str, int]:
    """Let the demo's QA users decide most findings of demo calls older than ten days.

    Answers {"reviewed", "confirmed", "overturned"}. Findings already decided are left alone, so a second call
    changes nothing. Does not commit.
    """
    book = book or rulebooks.in_force(session)
    stage = Stage(now.replace(microsecond=0), book, seed, 1, 1.0)
    reviewers = session.execute(
        select(User.id, User.display_name).where(User.is_demo, User.role == "qa").order_by(User.id)
    ).all()
    counts = {"reviewed": 0, "confirmed": 0, "overturned": 0}
    if not reviewers:
        return counts
    reviews: list[dict[str, Any]] = []
    decided: dict[str, list[int]] = {"confirmed": [], "overturned": []}
    next_id = (session.scalar(select(func.max(FindingReview.id))) or 0) + 1
    dice = stage.dice("reviews")
    for finding_id, kind, started_at in _to_decide(session, stage):
        throw, verdict, delay = dice.random(), dice.random(), dice.uniform(0.6, 6)
        if throw >= _DECIDED:
            continue
        decision = "confirmed" if verdict < _CONFIRMED.get(kind, 0.85) else "overturned"
        reviewer = dice.choice(reviewers)
        at = stage.into_office(started_at + timedelta(days=delay), dice, 9, 17.5)
        reviews.append(
            {
                "id": next_id + len(reviews),
                "finding_id": finding_id,
                "reviewer_id": reviewer.id,
                "reviewer": reviewer.display_name,
                "decision": decision,
                "reason": dice.choice(_CONFIRMED_WORDS if decision == "confirmed" else _OVERTURNED),
                "at": min(at, stage.now).replace(microsecond=0),
            }
        )
        decided[decision].append(finding_id)
    insert_rows(session, FindingReview, reviews)
    continue_numbering(session, (FindingReview,))
    for decision, ids in decided.items():
        counts[decision] = len(ids)
        for first in range(0, len(ids), 500):
            session.execute(
                update(Finding)
                .where(Finding.id.in_(ids[first : first + 500]))
                .values(decision=decision)
                .execution_options(synchronize_session=False)
            )
    counts["reviewed"] = len(reviews)
    session.expire_all()
    return counts


def _to_decide(session: Session, stage: Stage) -> Iterator[tuple[int, str, datetime]]:
    return (
        (row.id, row.kind, row.started_at)
        for row in session.execute(
            select(Finding.id, Finding.kind, Call.started_at)
            .join(Inspection, Inspection.id == Finding.inspection_id)
            .join(Transcript, Transcript.id == Inspection.transcript_id)
            .join(Call, Call.id == Inspection.call_id)
            .where(
                Transcript.engine == ENGINE,
                Inspection.started_on < stage.today - timedelta(days=_REVIEW_BEHIND_DAYS),
                Finding.decision.is_(None),
                is_flag(),
            )
            .order_by(Call.started_at, Finding.id)
        )
    )


def is_unfinished(session: Session, book: Rulebook) -> bool:
    """Whether the department was filled here, but some of its transcripts were not inspected yet."""
    inspected = select(Inspection.transcript_id).where(Inspection.rulebook_version == book.version)
    left = select(Transcript.id).where(Transcript.engine == ENGINE, Transcript.id.not_in(inspected)).limit(1)
    return session.scalar(left) is not None


def close_demo_months(session: Session, now: datetime, book: Rulebook) -> int:
    """Close every demo month before this one, with the figures as they stood then. Answers how many are closed.

    Called again after the findings were reviewed, it adds what the first call could not know: the figures of
    quality. Real months, which people close, are never touched: there are none in a demo database.
    """
    first_day = session.scalar(select(func.min(Call.started_on)))
    manager = session.scalar(select(User.display_name).where(User.is_demo, User.role == "manager").limit(1))
    if first_day is None or manager is None:
        return 0
    stage = Stage(now.replace(microsecond=0), book, 0, 1, 1.0)
    closed = 0
    month = first_day.replace(day=1)
    while month < stage.today.replace(day=1):
        following = (month + timedelta(days=32)).replace(day=1)
        _close(session, stage, month, following, manager)
        month, closed = following, closed + 1
    session.flush()
    return closed


def _close(session: Session, stage: Stage, first: date, following: date, manager: str) -> None:
    # On the third of the month, or this very minute on the first and second.
    closed_at = min(stage.at(following + timedelta(days=2), 10), stage.now)
    figures: dict[str, Any] = {}
    for key in metrics.METRICS:
        figure = metrics.figure(
            session, SYSTEM, key, first, following - timedelta(days=1), stage.book, closed_at
        )
        figures[key] = {
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "value": figure.value,
            "target": figure.target,
        }
    code = f"{first:%Y-%m}"
    row = session.scalar(select(ClosedMonth).where(ClosedMonth.month == code))
    if row is None:
        session.add(ClosedMonth(month=code, closed_at=closed_at, closed_by=manager, figures=figures, note=""))
    else:
        row.figures = figures
