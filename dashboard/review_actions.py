"""What a reviewer's keys do: each writes one thing, changes the call on his bench likewise, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.desk import now, open_session
from dashboard.i18n import _, lang, name
from dashboard.reads import forget, rulebook
from dashboard.review_state import Bench, bench, clear_bench, put_on_bench
from db import review_finishing, review_missed, review_notes, reviews
from db.models import FindingReview
from db.quality import Decision
from db.refusals import Refused
from db.review_claims import NotYours
from db.review_missed import Missed
from db.review_work import read_work
from quality.scorecards import Line
from regulations.access import AccessRefused, Scope

WORK, WORDS = "review_work", "review_words"  # the fragments of the page
FLASH = "review_told"  # what the queue says once


def _write(write: Callable[[Session, Scope], Any]) -> Any:
    """Do it in one transaction; what speaks against it is said on the page. None then."""
    from dashboard.auth import require  # asked anew: the sign-in may have ended while the page stood open

    scope = require("quality.review")
    held = bench()
    try:
        with open_session() as session:
            return write(session, scope)
    except NotYours as refused:
        clear_bench()
        st.session_state[FLASH] = ("warning", refused.text(lang()))
        st.rerun()
    except Refused as refused:
        _tell(held, refused.text(lang()))
    except (AccessRefused, LookupError):
        _tell(held, _("You may not review this call."))
    return None


def _tell(held: Bench | None, sentence: str) -> None:
    if held is None:
        st.session_state[FLASH] = ("warning", sentence)
    else:
        held.told.append(("warning", sentence))


# -- taking --------------------------------------------------------------------------------------------


def take_next() -> None:
    """The first call of the queue that this reviewer gets; whoever was quicker with another one is named."""

    def write(session: Session, scope: Scope) -> Bench | None:
        found = reviews.next_for(session, scope, rulebook(), now())
        told = [("warning", taken.text(lang())) for taken in found.passed]
        if found.review is None:
            sentence = _("Nothing waits for a review.")
            st.session_state[FLASH] = told[-1] if told else ("done", sentence)
            return None
        return Bench(read_work(session, scope, found.review.id), rulebook(), found.place, told=told)

    clear_bench()
    _begin(_write(write))


def take(call_id: str) -> None:
    """This very call; if somebody else has it, the reviewer is told who, and gets the next of the queue."""

    def write(session: Session, scope: Scope) -> Bench:
        review = reviews.claim(session, scope, call_id, book=rulebook(), now=now())
        return Bench(read_work(session, scope, review.id), rulebook())

    def told_by(session: Session, scope: Scope) -> Bench | None:
        try:
            return write(session, scope)
        except reviews.Taken as taken:
            sentence = taken.text(lang())
        found = reviews.next_for(session, scope, rulebook(), now())
        if found.review is None:
            st.session_state[FLASH] = ("warning", sentence)
            return None
        told = [("warning", sentence), ("done", _("You have been given the next call instead."))]
        return Bench(read_work(session, scope, found.review.id), rulebook(), found.place, told=told)

    clear_bench()
    _begin(_write(told_by))


def take_up(review_id: int) -> None:
    """Work on a review that is this reviewer's: his own claim, also one in a calibration round."""

    def write(session: Session, scope: Scope) -> Bench:
        reviews.renew(session, scope, review_id, book=rulebook(), now=now())
        return Bench(read_work(session, scope, review_id), rulebook())

    _begin(_write(write))


def reopen(call_id: str, reason: str) -> None:
    """Take a finished review up again."""

    def write(session: Session, scope: Scope) -> Bench:
        review = review_finishing.reopen(session, scope, call_id, reason, book=rulebook(), now=now())
        return Bench(read_work(session, scope, review.id), rulebook())

    clear_bench()
    _begin(_write(write))


def _begin(found: Bench | None) -> None:
    if found is not None:
        put_on_bench(found)
        forget()


def give_back() -> None:
    """The call goes back to the queue."""
    held = bench()
    if held is None:
        return
    review_id = held.work.review.id
    if _write(lambda session, scope: reviews.release(session, scope, review_id, now=now())) is not None:
        clear_bench()
        st.session_state[FLASH] = ("done", _("Given back. What you had answered is kept for you."))
    st.rerun()


# -- work ----------------------------------------------------------------------------------------------


def move(by: int) -> None:
    """Another finding or item."""
    held = bench()
    if held is not None:
        held.move(by)


def open_form(mode: str) -> None:
    """Open a form, or close the one that is open."""
    held = bench()
    if held is not None:
        held.mode = "" if held.mode == mode else mode  # type: ignore[assignment]


def decide(key: str, decision: Decision, reason: str = "") -> None:
    """Confirm or overturn what is looked at, and go on."""
    held = bench()
    if held is None:
        return
    _number, finding = held.finding(key)
    review_id = held.work.review.id

    def write(session: Session, scope: Scope) -> FindingReview:
        return reviews.decide(
            session, scope, review_id, finding.id, decision, reason, book=rulebook(), now=now()
        )

    if _write(write) is not None:
        finding.decision = decision
        held.go_on()


def overturn_with(key: str, field: str) -> None:
    """Overturn with the words that were typed."""
    decide(key, "overturned", str(st.session_state.get(field) or ""))


def answer(code: str, chosen: str) -> None:
    """Answer an item of the scorecard, and go on."""
    held = bench()
    if held is not None and _answered(held, {code: {"answer": chosen, "note": ""}}):
        held.go_on()


def answer_all_best(lines: list[Line]) -> None:
    """Every item that waits gets its best answer: the reviewer has marked the exceptions."""
    held = bench()
    if held is None:
        return
    best = {
        line.code: {"answer": max(line.criterion.levels, key=lambda level: level.share).code, "note": ""}
        for line in lines
        if line.state == "unanswered"
    }
    if best and _answered(held, best):
        held.go_on()


def _answered(held: Bench, answers: dict[str, dict[str, str]]) -> bool:
    review_id = held.work.review.id
    done = _write(
        lambda session, scope: reviews.save_answers(
            session, scope, review_id, answers, book=rulebook(), now=now()
        )
    )
    if done is not None:
        held.work.answers.update(answers)
    return done is not None


def add_missed(missed: Missed) -> None:
    """What the machine missed."""
    held = bench()
    if held is None:
        return
    review_id = held.work.review.id
    row = _write(
        lambda session, scope: review_missed.add_missed(
            session, scope, review_id, missed, book=rulebook(), now=now()
        )
    )
    if row is not None:
        held.work.added.append(row)
        held.mode = ""
        held.told.append(("done", _("Added: {category}", category=name("finding_category", row.category))))
        st.rerun([WORK, WORDS])


def withdraw(added_id: int) -> None:
    """Take back what was added."""
    held = bench()
    if held is None:
        return
    row = _write(lambda session, scope: review_missed.withdraw_missed(session, scope, added_id, now=now()))
    if row is not None:
        held.work.added = [one for one in held.work.added if one.id != added_id]
        held.go_on()
        st.rerun([WORK, WORDS])


def note(kind: str, field: str) -> None:
    """A comment or coaching, at the sentence that is looked at."""
    held = bench()
    if held is None:
        return
    text = str(st.session_state.get(field) or "")
    said, call_id = held.segment_here(), held.work.call.call_id
    start = None if said is None else said.start_seconds
    row = _write(
        lambda session, scope: review_notes.write_note(
            session, scope, call_id, kind, text, start_seconds=start, now=now()
        )
    )
    if row is not None:
        held.work.notes.append(row)
        held.mode = ""
        held.told.append(("done", _("Noted: {kind}", kind=name("note_kind", kind))))


def finish() -> None:
    """Close the first judgement of a blind review, or finish the review."""
    held = bench()
    if held is None:
        return
    review_id = held.work.review.id
    is_first_of_two = held.work.is_hidden and held.work.review.round_id is None

    def write(session: Session, scope: Scope) -> Bench:
        step = review_finishing.close_blind if is_first_of_two else review_finishing.finish
        step(session, scope, review_id, book=rulebook(), now=now())
        session.flush()
        return Bench(
            read_work(session, scope, review_id), rulebook(), held.place, is_done=not is_first_of_two
        )

    after = _write(write)
    if after is None:
        items = held.items(held.scored())
        held.at = next((item.key for item in items if item.is_open), held.at)
        return
    if is_first_of_two:
        sentence = _("First judgement finished. This is what the machine found; decide on each.")
        if not after.findings():
            sentence = _("First judgement finished. The machine had found nothing to decide on.")
        after.told.append(("done", sentence))
    put_on_bench(after)
    forget()
    st.rerun()
