"""Everything a reviewer needs of one call, read once. Of a blind review the machine's findings are not even read."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from db import scorecards
from db.models import (
    AddedFinding,
    Call,
    CallNote,
    CallReview,
    Finding,
    Inspection,
    Recording,
    Transcript,
    TranscriptSegment,
)
from db.review_finishing import is_hidden
from db.review_missed import standing_added
from db.review_notes import list_notes
from db.reviews import get_review, is_frozen
from quality.scorecards import Contact, Scorecard
from regulations.access import Scope


@dataclass
class Work:
    """A call under review. `findings` and `owed` of the contact are empty while the machine's results are hidden."""

    review: CallReview
    call: Call
    recording: Recording | None
    transcript: Transcript | None
    segments: list[TranscriptSegment]
    findings: list[Finding]
    added: list[AddedFinding]
    notes: list[CallNote]
    card: Scorecard | None
    contact: Contact
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    is_frozen: bool = (
        False  # blind, and the first judgement is finished: answers and added findings stay as they are
    )

    @property
    def is_hidden(self) -> bool:
        """Whether the machine's findings are kept from the reviewer."""
        return self.review.round_id is not None or is_hidden(self.review)


def read_work(session: Session, scope: Scope, review_id: int) -> Work:
    """The call with its words, and, unless they are hidden, the machine's findings. Raises AccessRefused, LookupError (`get_review`)."""
    review = get_review(session, scope, review_id)
    call = review.call
    hidden = review.round_id is not None or is_hidden(review)
    inspection: Inspection | None = None
    if review.inspection_id is not None and not hidden:
        inspection = session.scalar(
            select(Inspection)
            .where(Inspection.id == review.inspection_id)
            .options(selectinload(Inspection.findings).selectinload(Finding.reviews))
        )
    transcript = _transcript(session, review)
    own = standing_added(session, call.id, review.id)
    before = [] if review.round_id is not None or hidden else standing_added(session, call.id)
    added = {one.id: one for one in (*before, *own)}
    return Work(
        review,
        call,
        session.scalar(select(Recording).where(Recording.call_id == call.id)),
        transcript,
        [] if transcript is None else list(transcript.segments),
        [] if inspection is None else list(inspection.findings),
        list(added.values()),
        # What colleagues remarked may tell what the machine found, too.
        [] if hidden else list_notes(session, scope, call.call_id),
        None if review.scorecard is None else scorecards.card_of(review.scorecard),
        scorecards.contact_of(call, inspection),
        {code: dict(one) for code, one in review.answers.items()},
        is_frozen(session, review),
    )


def _transcript(session: Session, review: CallReview) -> Transcript | None:
    query = select(Transcript).options(selectinload(Transcript.segments))
    if review.inspection_id is not None:
        query = query.join(Inspection, Inspection.transcript_id == Transcript.id).where(
            Inspection.id == review.inspection_id
        )
    else:
        query = query.where(Transcript.call_id == review.call_id).order_by(Transcript.created_at.desc())
    return session.scalar(query.limit(1))


def list_segments(session: Session, call_id: int) -> list[TranscriptSegment]:
    """The words of a call by its row's id, as its current inspection read them, without anything that was found."""
    found = session.scalar(
        select(Transcript)
        .join(Inspection, Inspection.transcript_id == Transcript.id)
        .where(Inspection.call_id == call_id, Inspection.is_current)
        .options(selectinload(Transcript.segments))
        .order_by(Inspection.created_at.desc())
        .limit(1)
    )
    return [] if found is None else list(found.segments)
