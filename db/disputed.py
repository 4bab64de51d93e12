"""What agents have objected to: the same finding in every inspection of its call, and that a decision on it is final."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import or_, select
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


def is_same_slip(one: Finding | AddedFinding, other: Finding | AddedFinding) -> bool:
    """Whether both name the same slip: kind, category, sentence and words; of what was never said, kind and category."""
    if (one.kind, one.category) != (other.kind, other.category):
        return False
    if one.kind != "banned":
        return True
    return one.segment == other.segment and (one.quote in other.quote or other.quote in one.quote)


def refusal_of(session: Session, finding: Finding, decision: str) -> Refused | None:
    """Why nobody may decide so on the finding: an objection to it waits for another reviewer, or was decided.

    "confirmed" is refused too where an accepted objection took the same slip away, under another rule or as a person added it.
    """
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
    objected = _objected(session, finding.inspection.call_id) if decision == "confirmed" else []
    if any(one.decision == "accepted" and is_same_slip(finding, slip) for one, slip in objected):
        return Refused(
            "同一处已经申诉成立，不能再认定成立，请判为不成立。",
            "an objection to the same slip was accepted: overturn this",
        )
    return None


def refuse_again(session: Session, call_id: int, kind: str, category: str, segment: int | None) -> None:
    """Raises Refused where a person would add what an objection is about, open or decided: the same category in the same sentence."""
    for _dispute, slip in _objected(session, call_id):
        if (slip.kind, slip.category) != (kind, category):
            continue
        if kind != "banned" or segment is None or slip.segment in (None, segment):
            raise Refused(
                "这一处已有申诉，以申诉裁定为准，不能再补记。若是另一句话，请选中那句话。",
                "an objection is about this: it cannot be added again. If it was another sentence, choose that one",
            )


def refuse_withdrawing(session: Session, added: AddedFinding) -> None:
    """Raises Refused where what a person added would be taken back while an objection is about it, or after it was decided."""
    about = select(Dispute.id).where(Dispute.added_finding_id == added.id, Dispute.state != "withdrawn")
    if session.scalars(about.limit(1)).first() is not None:
        raise Refused(
            "这一处已有申诉，以申诉裁定为准，不能撤销。",
            "an objection is about this: what is decided there counts",
        )


def settled_items(session: Session, call_id: int) -> set[str]:
    """The items of the scorecard that an objection is about, open or decided."""
    return set(
        session.scalars(
            select(Dispute.criterion).where(
                Dispute.call_id == call_id, Dispute.criterion != "", Dispute.state != "withdrawn"
            )
        )
    )


def refuse_settled(
    session: Session, review: CallReview, answers: Mapping[str, Mapping[str, str] | None]
) -> None:
    """Raises Refused where an item would be answered anew that an objection is about, open or decided.

    A review begun after another rulebook judged the call may have no answer of its own: then the one that stands counts.
    """
    settled = settled_items(session, review.call_id).intersection(answers)
    if not settled:
        return
    stands = session.scalar(
        select(CallReview.answers).where(CallReview.call_id == review.call_id, CallReview.stands)
    )
    for code in settled:
        was, wanted = review.answers.get(code) or (stands or {}).get(code), answers[code]
        if was is not None and (wanted or {}).get("answer") != was.get("answer"):
            raise Refused(
                "这一项已有申诉，以申诉裁定为准，不能再改。",
                "an objection is about this item: what is decided there counts",
            )


def _objected(session: Session, call_id: int) -> list[tuple[Dispute, Finding | AddedFinding]]:
    """The objections in a call that were not withdrawn, each with the finding that it is about."""
    found: list[tuple[Dispute, Finding | AddedFinding]] = []
    for dispute in session.scalars(
        select(Dispute).where(
            Dispute.call_id == call_id,
            Dispute.state != "withdrawn",
            or_(Dispute.finding_id.is_not(None), Dispute.added_finding_id.is_not(None)),
        )
    ):
        slip = (
            session.get(Finding, dispute.finding_id)
            if dispute.finding_id is not None
            else session.get(AddedFinding, dispute.added_finding_id)
        )
        if slip is not None:
            found.append((dispute, slip))
    return found
