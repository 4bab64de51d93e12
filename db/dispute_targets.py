"""What an agent can object to: a finding a person confirmed, one a person added, an answer that cost points; who judged it, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import review_finishing
from db.disputed import same_findings
from db.models import AddedFinding, Call, CallReview, Finding, FindingReview, Inspection
from db.refusals import Refused
from quality.scorecards import Line
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar, add


@dataclass(frozen=True, slots=True)
class Judged:
    """Something that counts against the agent of a call, and whoever judged so.

    `judges` are the ids of their accounts, `names` their names as rows keep them: either says who may not decide.
    """

    target: str
    judged_at: datetime
    judges: frozenset[int]
    names: frozenset[str]
    review: CallReview | None
    finding: Finding | None = None
    added: AddedFinding | None = None
    line: Line | None = None

    def is_judge(self, scope: Scope) -> bool:
        """Whether the viewer is one of those who judged."""
        return scope.user_id in self.judges or scope.actor in self.names


def judged(session: Session, call: Call, target: str, book: Rulebook) -> Judged:
    """What the target means for this call: "finding:<id>", "added:<id>" or "criterion:<code>".

    Raises LookupError where the call has no such thing, Refused where it does not count against anybody.
    """
    kind, _colon, which = target.partition(":")
    if kind == "criterion":
        return _criterion(session, call, which, book)
    if kind not in ("finding", "added") or not (which.isascii() and which.isdecimal() and len(which) < 10):
        raise LookupError(target)
    return _finding(session, call, int(which)) if kind == "finding" else _added(session, call, int(which))


def latest_for(judged_at: datetime, book: Rulebook) -> datetime | None:
    """Until when an agent may object to what was judged then; None where the rulebook names no limit."""
    limit = book.duration("qa.dispute_within")
    return None if limit is None else add(judged_at, limit, WorkCalendar.from_rulebook(book)).at


def due_for(filed_at: datetime, book: Rulebook) -> datetime | None:
    """By when an objection filed then has to be decided; None where the rulebook names no limit."""
    limit = book.duration("qa.dispute_decide_within")
    return None if limit is None else add(filed_at, limit, WorkCalendar.from_rulebook(book)).at


def standing_review(session: Session, call: Call) -> CallReview | None:
    """The finished review that counts for the call."""
    return session.scalar(select(CallReview).where(CallReview.call_id == call.id, CallReview.stands))


def _reviewers(session: Session, call: Call) -> list[tuple[int | None, str]]:
    """Who reviewed the call; not who decided an objection, nor who calibrated."""
    rows = session.execute(
        select(CallReview.reviewer_id, CallReview.reviewer).where(
            CallReview.call_id == call.id,
            CallReview.state == "finished",
            CallReview.round_id.is_(None),
            CallReview.purpose != "dispute",
        )
    )
    return [(user_id, name) for user_id, name in rows]


def _made(
    target: str,
    judged_at: datetime,
    people: list[tuple[int | None, str]],
    review: CallReview | None,
    *,
    finding: Finding | None = None,
    added: AddedFinding | None = None,
    line: Line | None = None,
) -> Judged:
    return Judged(
        target,
        judged_at,
        frozenset(user_id for user_id, _name in people if user_id is not None),
        frozenset(name for _id, name in people if name),
        review,
        finding,
        added,
        line,
    )


def _finding(session: Session, call: Call, finding_id: int) -> Judged:
    finding = session.scalar(
        select(Finding)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(Finding.id == finding_id, Inspection.call_id == call.id)
    )
    if finding is None:
        raise LookupError(f"finding {finding_id}")
    finding = next((one for one in same_findings(session, finding) if one.inspection.is_current), finding)
    stands = standing_review(session, call)
    # What the score rests on counts also after another rulebook, which has no such rule, has judged the call again.
    counts = finding.inspection.is_current or (
        stands is not None and stands.inspection_id == finding.inspection_id
    )
    if finding.decision != "confirmed" or not counts:
        raise Refused(
            "这一处没有认定成立，不计入任何结果，不必申诉。",
            "nobody has confirmed this: it counts for nothing, there is nothing to object to",
        )
    reviews = session.scalars(
        select(FindingReview).where(FindingReview.finding_id == finding.id).order_by(FindingReview.at)
    ).all()
    at = max((r.at for r in reviews), default=finding.inspection.created_at)
    people = [(r.reviewer_id, r.reviewer) for r in reviews]
    people += _reviewers(session, call)
    return _made(f"finding:{finding.id}", at, people, stands, finding=finding)


def _added(session: Session, call: Call, added_id: int) -> Judged:
    added = session.scalar(
        select(AddedFinding).where(AddedFinding.id == added_id, AddedFinding.call_id == call.id)
    )
    review = standing_review(session, call)
    if added is None or review is None or added.review.round_id is not None:
        raise LookupError(f"added finding {added_id}")
    if added.withdrawn_at is not None:
        raise Refused("这一处已经撤销，不计入结果。", "this was withdrawn and counts for nothing")
    people = [(None, added.added_by), *_reviewers(session, call)]
    at = _first_judged(session, call, review)
    return _made(f"added:{added.id}", at, people, review, added=added)


def _criterion(session: Session, call: Call, code: str, book: Rulebook) -> Judged:
    review = standing_review(session, call)
    if review is None or review.scorecard is None:
        raise LookupError(f"criterion {code}")
    lines = review_finishing.judge(session, review, book).scored.lines
    line = next((one for one in lines if one.code == code), None)
    if line is None:
        raise LookupError(f"criterion {code}")
    if line.state == "found" and line.earned != line.weight:
        raise Refused(
            "这一项的扣分来自具体的发现，请对那一处提出申诉。",
            "this item lost its points to findings: object to the finding itself",
        )
    if line.state != "answered" or line.earned is None or line.earned >= line.weight:
        raise Refused("这一项没有扣分，不必申诉。", "this item lost no points: there is nothing to object to")
    at, people = _first_judged(session, call, review), _reviewers(session, call)
    return _made(f"criterion:{code}", at, people, review, line=line)


def _first_judged(session: Session, call: Call, review: CallReview) -> datetime:
    """When the answers were given: a review that only carries another objection's outcome gives nobody more time."""
    if review.purpose != "dispute":
        return review.finished_at or review.claimed_at
    before = session.scalars(
        select(CallReview.finished_at)
        .where(
            CallReview.call_id == call.id,
            CallReview.state == "finished",
            CallReview.round_id.is_(None),
            CallReview.purpose != "dispute",
        )
        .order_by(CallReview.finished_at.desc())
        .limit(1)
    ).first()
    return before or review.finished_at or review.claimed_at
