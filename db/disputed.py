"""Findings that an agent has objected to: the same finding in every inspection of its call, and that a decision on it is final."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import AddedFinding, CallReview, Dispute, Finding, Inspection
from db.refusals import Refused


def same_findings(session: Session, finding: Finding) -> list[Finding]:
    """The finding and its like in the call's other inspections: the same rule at the same words (db.rescoring)."""
    call_id = select(Inspection.call_id).where(Inspection.id == finding.inspection_id).scalar_subquery()
    found = session.scalars(
        select(Finding)
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(Inspection.call_id == call_id, Finding.rule == finding.rule, Finding.kind == finding.kind)
        .order_by(Finding.id)
    )
    return [one for one in found if (one.segment, one.quote) == (finding.segment, finding.quote)]


def refusal_of(session: Session, finding: Finding) -> Refused | None:
    """Why nobody may decide on the finding any more: an objection to it waits for another reviewer, or was decided."""
    ids = [one.id for one in same_findings(session, finding)]
    states = session.scalars(select(Dispute.state).where(Dispute.finding_id.in_(ids))).all()
    if "decided" in states:
        return Refused(
            "这一处已经申诉裁定，裁定为最终结果，不能再改。",
            "an objection to this was decided: that is final",
        )
    if "open" in states:
        return Refused(
            "当事人已对这一处提出申诉，请到“申诉与校准”裁定。",
            "the agent has objected to this: it is decided under Disputes and calibration",
        )
    return None


def refuse_settled(
    session: Session, review: CallReview, answers: Mapping[str, Mapping[str, str] | None]
) -> None:
    """Raises Refused where an item would be answered anew that an objection is about, open or decided."""
    settled = session.scalars(
        select(Dispute.criterion).where(
            Dispute.call_id == review.call_id, Dispute.criterion != "", Dispute.state != "withdrawn"
        )
    )
    # A review begun after another rulebook judged the call has no answers of its own: then those count that stand.
    stands = session.scalar(
        select(CallReview.answers).where(CallReview.call_id == review.call_id, CallReview.stands)
    )
    for code in set(settled).intersection(answers):
        was, wanted = review.answers.get(code) or (stands or {}).get(code), answers[code]
        if was is not None and (wanted or {}).get("answer") != was.get("answer"):
            raise Refused(
                "这一项已有申诉，以申诉裁定为准，不能再改。",
                "an objection is about this item: what is decided there counts",
            )


def refuse_taken_away(
    session: Session, review: CallReview, kind: str, category: str, segment: int | None
) -> None:
    """Raises Refused where what is to be added was taken away by an accepted objection: its kind, category and sentence."""
    accepted = Dispute.call_id == review.call_id, Dispute.decision == "accepted"
    found: list[Finding | AddedFinding] = [
        *session.scalars(select(Finding).join(Dispute, Dispute.finding_id == Finding.id).where(*accepted)),
        *session.scalars(
            select(AddedFinding).join(Dispute, Dispute.added_finding_id == AddedFinding.id).where(*accepted)
        ),
    ]
    if any(
        (one.kind, one.category) == (kind, category) and (kind != "banned" or one.segment == segment)
        for one in found
    ):
        raise Refused(
            "这一处已经申诉裁定不成立，裁定为最终结果，不能再补记。",
            "an objection to this was accepted: that is final, it cannot be added again",
        )
