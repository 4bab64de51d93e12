"""A random sample with its reviews as rows, and its metrics worked out the slow way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from db.models import AddedFinding, Call, CallReview, Finding, Inspection, Sample, SampleCall

if TYPE_CHECKING:
    from tests.db.metric_rows import Case, World


@dataclass
class Framed:
    """A call of the frame, its current inspection and its review, where it has them."""

    call: Call
    row: SampleCall
    inspection: Inspection | None
    review: CallReview | None
    added: list[AddedFinding]


def add_sample(
    session: Session,
    calls: Sequence[Call],
    inspections: Sequence[Inspection],
    dice: random.Random,
    now: datetime,
) -> list[Framed]:
    """Most calls in the frame, some drawn, some of those reviewed or blind, reviews finished around `now`."""
    sample = Sample(month=now.date().replace(day=1), seed="s", created_at=now, created_by="t")
    session.add(sample)
    session.flush()
    current = {one.call_id: one for one in inspections if one.is_current}
    found = []
    for call in calls:
        if dice.random() < 0.2:
            continue
        is_drawn = dice.random() < 0.7
        row = SampleCall(
            sample_id=sample.id, call_id=call.id, stratum=f"{call.agent.number}|phone", wave=dice.randint(1, 2),
            number=dice.random(), weight=dice.choice((1.0, 4.0)), probability=dice.choice((0.1, 0.4, 1.0)),
            is_drawn=is_drawn, is_blind=is_drawn and dice.random() < 0.6, blind_probability=0.5,
        )  # fmt: skip
        framed = Framed(call, row, current.get(call.id), None, [])
        session.add(row)
        if dice.random() < 0.7:
            _review(session, framed, dice, now)
        found.append(framed)
    return found


def _review(session: Session, framed: Framed, dice: random.Random, now: datetime) -> None:
    finished_at = dice.choice((now, now - timedelta(days=1), now + timedelta(seconds=1)))
    framed.review = CallReview(
        call_id=framed.call.id, purpose="sample", state="finished", reviewer="甲", claimed_at=finished_at,
        claimed_until=finished_at, finished_at=finished_at, stands=True, is_blind=framed.row.is_blind or dice.random() < 0.2,
        inspection_id=None if framed.inspection is None else framed.inspection.id,
        score=dice.choice((None, Decimal(100), Decimal(79), Decimal(80), Decimal(0))),
    )  # fmt: skip
    session.add(framed.review)
    session.flush()
    for _ in range(dice.choice((0, 0, 1, 2))):
        added = AddedFinding(
            review_id=framed.review.id, call_id=framed.call.id, kind="banned", category=dice.choice(("insult", "cold")),
            segment=dice.choice((0, 1)), points=Decimal(5), added_by="甲", added_at=now,
            withdrawn_at=now if dice.random() < 0.2 else None,
        )  # fmt: skip
        session.add(added)
        framed.added.append(added)


def _offences(framed: Framed) -> Iterator[bool]:
    """Whether the machine had found it, of each offence of the call."""
    confirmed = [
        one
        for one in (framed.inspection.findings if framed.inspection else [])
        if one.decision == "confirmed" and one.kind != "measure"
    ]
    yield from (True for _ in confirmed)

    def names(one: Finding, added: AddedFinding) -> bool:
        same = (one.kind, one.category) == (added.kind, added.category)
        return same and (one.kind != "banned" or one.segment == added.segment)

    for added in framed.added:
        if added.withdrawn_at is None and not any(names(one, added) for one in confirmed):
            yield False


def samples(world: World, now: datetime, which: str) -> Iterator[Case]:
    """The cases of `quality.<which>`."""
    from tests.db.metric_rows import Case

    if which == "rule_precision":
        for inspection in world.inspections:
            call = inspection.call
            for one in inspection.findings if inspection.is_current else []:
                is_flag = one.verdict in ("hit", "absent")
                is_open = one.kind == "banned" and one.verdict == "cannot_tell" and one.needs_review
                if one.decision and (is_flag or is_open):
                    yield Case(call.started_on, call.team, call.agent, one.decision == "confirmed")
        return
    if which == "machine_score":
        for inspection in world.inspections:
            call = inspection.call
            if inspection.is_current and call.started_at <= now:
                score = float(inspection.machine_score)
                yield Case(call.started_on, call.team, call.agent, score >= 80, score)
        return
    for framed in world.framed:
        call, review = framed.call, framed.review
        if call.started_at > now:
            continue
        is_done = review is not None and review.finished_at is not None and review.finished_at <= now
        heard = is_done and framed.row.is_drawn and review is not None and review.score is not None
        owner = (call.started_on, call.team, call.agent)
        if which in ("estimated_score", "human_score", "estimated_pass_rate") or (
            which == "reviewed_share" and framed.row.is_drawn
        ):
            yield Case(*owner, heard)
        if which == "rule_recall" and is_done and review is not None and review.is_blind and framed.row.is_blind:  # fmt: skip
            yield from (Case(*owner, found) for found in _offences(framed))
