"""An agent's own calls: what counts against him and what does not, nothing that is only proposed, nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from db import disputes, own_calls, review_notes
from db.models import Finding
from regulations.access import ACCOUNT_ROLES, AccessRefused, Scope
from tests.db.call_rows import scope_for
from tests.db.review_rows import BOOK, NOW, add_inspected, finding, proposal
from tests.db.test_disputes import DAY, Desk


def listed(session: Session, scope: Scope) -> list[own_calls.OwnCall]:
    on = NOW.date()
    return own_calls.list_own(session, scope, from_on=on - 30 * DAY, to_on=on + DAY)


def test_only_what_a_person_decided_or_will_decide_is_there(session: Session) -> None:
    desk = Desk(session, worst=True)
    add_inspected(session, "proposed", proposal())
    add_inspected(session, "waits", finding("cold"), started_at=NOW - DAY)
    add_inspected(session, "clean")
    add_inspected(session, "others", finding("cold"), agent="K2")
    measured = add_inspected(session, "measured", finding("rings", kind="measure", points=0))
    measured.findings[0].decision = "confirmed"
    session.flush()
    found = {one.call.call_id: one for one in listed(session, desk.agent)}
    assert set(found) == {"c1", "waits", "measured"}
    assert [f.id for f in found["c1"].confirmed] == [desk.slip.id] and not found["c1"].waiting
    assert len(found["waits"].waiting) == 1 and not found["waits"].confirmed
    assert len(found["measured"].noted) == 1 and not found["measured"].confirmed
    assert {one.call.call_id for one in listed(session, desk.other)} == {"others"}
    assert listed(session, Scope(None, "nobody", "agent")) == []


def test_what_counts_against_him_can_be_objected_to_in_time_and_once(session: Session) -> None:
    desk = Desk(session, missed=True, worst=True)

    def charges(now: object = NOW) -> dict[str, own_calls.Charge]:
        own = own_calls.get_own(session, desk.agent, "c1")
        return {one.target: one for one in own_calls.charges(session, own, BOOK, now)}  # type: ignore[arg-type]

    before = charges()
    assert {f"finding:{desk.slip.id}", f"added:{desk.added.id}", "criterion:voice_polite"} <= set(before)
    assert "criterion:responsibility" not in before  # that is the finding
    assert all(one.may_object and one.until is not None and one.until > NOW for one in before.values())
    assert not any(one.may_object for one in charges(NOW + timedelta(days=9)).values())
    desk.file(desk.about_slip())
    after = charges()[desk.about_slip()]
    assert not after.may_object and after.dispute is not None and after.dispute.state == "open"
    disputes.withdraw(session, desk.agent, after.dispute.id, now=NOW)
    assert charges()[desk.about_slip()].may_object


def test_the_receipt_is_the_kept_score_or_none(session: Session) -> None:
    desk = Desk(session)
    own = own_calls.get_own(session, desk.agent, "c1")
    receipt = own_calls.receipt(session, own, BOOK)
    assert receipt is not None and own.review is not None and receipt.score == own.review.score
    session.get_one(Finding, desk.slip.id).decision = "overturned"  # as after another rulebook
    session.flush()
    assert own_calls.receipt(session, own_calls.get_own(session, desk.agent, "c1"), BOOK) is None


def test_coaching_is_unread_until_he_acknowledges_it(session: Session) -> None:
    desk = Desk(session)
    note = review_notes.write_note(session, desk.manager, "c1", "coaching", "慢一点", now=NOW)
    assert [one.id for one in own_calls.list_unread(session, desk.agent)] == [note.id]
    assert own_calls.list_unread(session, desk.other) == []
    review_notes.acknowledge(session, desk.agent, note.id, now=NOW)
    assert own_calls.list_unread(session, desk.agent) == []
    assert [one.id for one in own_calls.get_own(session, desk.agent, "c1").notes] == [note.id]


def test_it_is_the_agents_page_alone(session: Session) -> None:
    desk = Desk(session)
    for role in ACCOUNT_ROLES:
        if role == "agent":
            continue
        viewer = scope_for(session, role)
        with pytest.raises(AccessRefused):
            listed(session, viewer)
        with pytest.raises(AccessRefused):
            own_calls.list_unread(session, viewer)
    with pytest.raises(LookupError):
        own_calls.get_own(session, desk.other, "c1")
