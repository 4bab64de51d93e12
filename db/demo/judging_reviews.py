"""What the demo's QA staff made of whole calls: the monthly samples heard, scored by their cards, coached where it was due."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from db import rulebooks, scorecards
from db.demo.stage import Stage, continue_numbering, insert_rows
from db.models import (
    AddedFinding,
    Call,
    CallNote,
    CallReview,
    Finding,
    FindingReview,
    Inspection,
    SampleCall,
    User,
)
from db.quality import FLAGS
from db.review_finishing import receipt
from db.review_missed import Missed, cost_of
from quality import card_choice
from quality.scorecards import Scored, charges, score
from regulations.rulebook import Rulebook

_BEHIND_DAYS = 6  # the sample of the last days waits in the queue
_REVIEWED = 0.93
_BEST = 0.86  # so often an item is answered with its best
_MISSED = 0.04  # of the calls: the ear notices what the words do not show
_COACHING = (
    "先安抚客户情绪，再解释原因，语速放慢一些。",
    "需要客户等待时先征得同意，并说明大概多久。",
    "答复要具体到人和时间，避免“尽快”这类说法。",
    "结束前再确认一次客户是否还有其他问题。",
)
_COMMENTS = ("背景声较大，已与设备组联系。", "处理得当，可作为培训录音。", "")


@dataclass
class _Rows:
    reviews: list[dict[str, Any]] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)


def review_demo_calls(
    session: Session, now: datetime, seed: int = 7, book: Rulebook | None = None
) -> dict[str, int]:
    """Let the demo's QA staff review most drawn calls older than six days. Needs the samples; calls with a review stay as they are.

    Answers {"call_reviews", "added_findings", "call_notes"}. Does not commit.
    """
    book = book or rulebooks.in_force(session)
    stage = Stage(now.replace(microsecond=0), book, seed, 1, 1.0)
    reviewers = session.execute(
        select(User.id, User.display_name).where(User.is_demo, User.role == "qa").order_by(User.id)
    ).all()
    rows = _Rows()
    if reviewers:
        ear = _Ear(session, stage, book, reviewers, rows)
        for drawn, inspection in _drawn(session, stage):
            ear.hear(drawn, inspection)
    insert_rows(session, CallReview, rows.reviews)
    insert_rows(session, AddedFinding, rows.added)
    insert_rows(session, CallNote, rows.notes)
    insert_rows(session, FindingReview, rows.decisions)
    continue_numbering(session, (CallReview, AddedFinding, CallNote, FindingReview))
    session.expire_all()
    return {
        "call_reviews": len(rows.reviews),
        "added_findings": len(rows.added),
        "call_notes": len(rows.notes),
    }


def _drawn(session: Session, stage: Stage) -> Sequence[tuple[SampleCall, Inspection]]:
    reviewed = select(CallReview.call_id)
    return [
        row._tuple()
        for row in session.execute(
            select(SampleCall, Inspection)
            .join(Call, Call.id == SampleCall.call_id)
            .join(Inspection, Inspection.call_id == Call.id)
            .where(
                SampleCall.is_drawn,
                Inspection.is_current,
                Call.started_on < stage.today - timedelta(days=_BEHIND_DAYS),
                Call.id.not_in(reviewed),
            )
            .options(selectinload(Inspection.findings))
            .order_by(Call.started_at, Call.id)
        )
    ]


class _Ear:
    """Hears one call after the other and writes down what comes of it."""

    def __init__(
        self, session: Session, stage: Stage, book: Rulebook, reviewers: Sequence[Any], rows: _Rows
    ) -> None:
        self.stage, self.book, self.reviewers, self.rows = stage, book, reviewers, rows
        self.editions = scorecards.editions(session, now=stage.now)
        self.first = {
            model: (session.scalar(select(func.max(model.id))) or 0) + 1
            for model in (CallReview, AddedFinding, CallNote, FindingReview)
        }

    def hear(self, drawn: SampleCall, inspection: Inspection) -> None:
        """One drawn call, unless the reviewers have not come to it."""
        call = inspection.call
        dice = self.stage.dice(
            f"review of {call.call_id}"
        )  # of each call by itself: asked again it says the same
        throw, delay = dice.random(), dice.uniform(1, 5)
        at = self.stage.into_office(call.started_at + timedelta(days=delay), dice, 9, 17.5)
        edition = card_choice.choose(self.editions, scorecards.contact_of(call, inspection), call.started_on)
        if throw >= _REVIEWED or edition is None or at > self.stage.now:
            return
        who = dice.choice(self.reviewers)
        at = at.replace(microsecond=0)
        review_id = self.first[CallReview] + len(self.rows.reviews)
        added = self._missed(dice, inspection, review_id, who.display_name, at - timedelta(minutes=6))
        for finding in inspection.findings:
            if finding.decision is None and finding.verdict in FLAGS:
                self._decide(finding, who, at)
        card, contact = edition.card, scorecards.contact_of(call, inspection)
        found = [*inspection.findings, *scorecards.found_of(None, added)]
        passing = self.book.decimal("qa.pass_score")
        given = {one.code: self._answer(dice, one.levels) for one in card.criteria if one.kind == "person"}
        scored = score(card, contact, given, charges(found), pass_score=passing)
        answers = {line.code: line.answer for line in scored.lines if line.state == "answered"}
        by_machine = charges(inspection.findings, by_machine=True)
        machine = score(card, contact, {}, by_machine, pass_score=passing).score
        self.rows.reviews.append(
            {
                "id": review_id,
                "call_id": call.id,
                "inspection_id": inspection.id,
                "sample_call_id": drawn.id,
                "purpose": "sample",
                "is_blind": drawn.is_blind,
                "judged_at": at - timedelta(minutes=2) if drawn.is_blind else None,
                "state": "finished",
                "reviewer_id": who.id,
                "reviewer": who.display_name,
                "claimed_at": at - timedelta(minutes=9),
                "claimed_until": at,
                "finished_at": at,
                "scorecard_id": edition.id,
                "answers": {code: {"answer": given, "note": ""} for code, given in answers.items()},
                "machine_score": machine,
                "score": scored.score,
                "is_failed": scored.is_failed,
                "receipt": [step.as_record() for step in receipt(scored, machine)],
                "comment": "",
                "stands": True,
                "row_version": 1,
            }
        )
        self._note(dice, call, scored, who, at)

    def _answer(self, dice: random.Random, levels: Sequence[Any]) -> str:
        ordered = sorted(levels, key=lambda level: -level.share)
        return str((ordered[0] if dice.random() < _BEST else ordered[min(1, len(ordered) - 1)]).code)

    def _decide(self, finding: Finding, who: Any, at: datetime) -> None:
        self.rows.decisions.append(
            {
                "id": self.first[FindingReview] + len(self.rows.decisions),
                "finding_id": finding.id,
                "reviewer_id": who.id,
                "reviewer": who.display_name,
                "decision": "confirmed",
                "reason": "",
                "at": at,
            }
        )
        finding.decision = "confirmed"

    def _missed(
        self, dice: random.Random, inspection: Inspection, review_id: int, who: str, at: datetime
    ) -> list[AddedFinding]:
        """A sentence whose tone only an ear can judge: no rule looks for it."""
        if dice.random() >= _MISSED or inspection.call.channel == "chat":
            return []
        found = {finding.segment for finding in inspection.findings}
        spoken = [
            s for s in inspection.transcript.segments if s.speaker == "agent" and s.ordinal not in found
        ]
        if not spoken:
            return []
        said = spoken[len(spoken) // 2]
        points, clauses = cost_of(self.book, Missed("banned", "impatience"))
        row = {
            "id": self.first[AddedFinding] + len(self.rows.added),
            "review_id": review_id,
            "call_id": inspection.call_id,
            "kind": "banned",
            "category": "impatience",
            "rule": "",
            "segment": said.ordinal,
            "start_seconds": said.start_seconds,
            "end_seconds": said.end_seconds,
            "quote": said.text,
            "clauses": clauses,
            "points": points,
            "note": "语气生硬、抢着说，文字上看不出来",
            "added_by": who,
            "added_at": at,
        }
        self.rows.added.append(row)
        return [AddedFinding(**row)]

    def _note(self, dice: random.Random, call: Call, scored: Scored, who: Any, at: datetime) -> None:
        throw, text, comment = dice.random(), dice.choice(_COACHING), dice.choice(_COMMENTS)
        seen = self.stage.into_office(at + timedelta(days=dice.uniform(0.3, 3)), dice, 9, 18)
        low = scored.score is not None and scored.score < Decimal(85)
        kind, words = (
            ("coaching", text) if low and throw < 0.6 else ("comment", comment if throw < 0.12 else "")
        )
        if not words:
            return
        self.rows.notes.append(
            {
                "id": self.first[CallNote] + len(self.rows.notes),
                "call_id": call.id,
                "agent_id": call.agent_id,
                "kind": kind,
                "text": words,
                "start_seconds": None,
                "user_id": who.id,
                "author": who.display_name,
                "written_at": at,
                "seen_at": seen if kind == "coaching" and seen <= self.stage.now and throw < 0.45 else None,
            }
        )
