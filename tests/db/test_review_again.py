"""A review that is reopened or changed by an objection, and the notes to a call."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from db import quality, review_finishing, review_missed, review_notes
from db.refusals import Refused
from db.review_missed import Missed
from regulations.access import AccessRefused
from tests.db.review_rows import (
    BOOK,
    NOW,
    add_inspected,
    department,
    finding,
    finished,
    scope_for,
)

MINUTE = timedelta(minutes=1)


# -- again ---------------------------------------------------------------------------------------------


def test_a_reopened_review_leaves_the_old_one_standing_until_it_is_finished(session: Session) -> None:
    first, second = department(session)
    add_inspected(session, "c1", finding(points=10))
    old = finished(session, first, "c1")
    receipt = list(old.receipt)
    with pytest.raises(Refused):
        review_finishing.reopen(session, second, "c1", "  ", book=BOOK, now=NOW)
    new = review_finishing.reopen(session, second, "c1", "听错了", book=BOOK, now=NOW)
    assert (old.stands, new.stands, new.answers) == (True, False, old.answers)
    with pytest.raises(Refused, match="reviewing this call"):
        review_finishing.reopen(session, first, "c1", "我也要看", book=BOOK, now=NOW)
    added = review_missed.add_missed(session, second, new.id, Missed("banned", "cold", 0), book=BOOK, now=NOW)
    done = review_finishing.finish(session, second, new.id, book=BOOK, now=NOW)
    assert (old.stands, done.stands, old.receipt) == (False, True, receipt)
    assert old.score is not None and done.score is not None and done.score < old.score
    assert added.review_id == done.id


def test_an_accepted_objection_makes_another_review_that_stands(session: Session) -> None:
    first, second = department(session)
    inspection = add_inspected(session, "c1", finding(points=10))
    assert review_finishing.rescore(session, second, "c1", book=BOOK, now=NOW) is None
    old = finished(session, first, "c1")
    quality.decide(session, second, inspection.findings[0].id, "overturned", "客户原话", now=NOW)
    new = review_finishing.rescore(session, second, "c1", book=BOOK, now=NOW, note="申诉成立")
    assert new is not None and (new.purpose, new.stands, old.stands) == ("dispute", True, False)
    assert (old.score, new.score) == (old.score, Decimal(100))
    assert new.machine_score == old.machine_score
    assert new.finished_at == NOW and new.comment == "申诉成立"


# -- notes ---------------------------------------------------------------------------------------------


def test_coaching_is_the_agents_to_read_and_comments_are_not(session: Session) -> None:
    first, _ = department(session)
    call = add_inspected(session, "c1").call
    agent = scope_for(session, "agent", call.team, agent=call.agent)
    supervisor = scope_for(session, "supervisor", call.team)
    review_notes.write_note(session, first, "c1", "comment", "先听开头", now=NOW)
    note = review_notes.write_note(
        session, supervisor, "c1", "coaching", "先致歉", start_seconds=3.0, now=NOW
    )
    assert [n.text for n in review_notes.list_notes(session, first, "c1")] == ["先听开头", "先致歉"]
    assert [n.text for n in review_notes.list_notes(session, agent, "c1")] == ["先致歉"]
    with pytest.raises(AccessRefused):
        review_notes.write_note(session, supervisor, "c1", "comment", "x", now=NOW)
    with pytest.raises(Refused):
        review_notes.write_note(session, first, "c1", "coaching", " \x00 ", now=NOW)
    with pytest.raises(AccessRefused):
        review_notes.acknowledge(session, supervisor, note.id, now=NOW)
    review_notes.acknowledge(session, agent, note.id, now=NOW)
    review_notes.acknowledge(session, agent, note.id, now=NOW + MINUTE)
    assert note.seen_at == NOW
