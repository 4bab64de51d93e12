"""Who did it and what his level was called: people by their names, levels by the titles of the day."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.formats import plain
from db import complaints, escalations, people, rulebooks
from db.engine import session_scope
from db.models import Complaint, LedgerEntry, SurgeAlert
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from tests.pages.conftest import USERNAMES, OpenPage, words


@pytest.fixture
def case(demo_session: Session) -> Complaint:
    supervisor = people.get_user(demo_session, USERNAMES["supervisor"])
    return demo_session.scalars(
        select(Complaint)
        .where(Complaint.status == "open", Complaint.team_id == supervisor.teams[0].id)
        .order_by(Complaint.received_at.desc())
    ).first() or pytest.fail("the demo department has no open case")


def test_the_history_of_a_case_names_people_as_their_colleagues_do(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    with session_scope(demo_url) as session:
        manager = people.get_user(session, USERNAMES["manager"])
        viewer, now = people.scope_of(manager), datetime.now(UTC)
        seen = complaints.get_complaint(session, viewer, case.number)
        book = rulebooks.in_force(session)
        complaints.record_event(session, viewer, seen, "note", now, "请尽快", seen.row_version, book, now)
    assert manager.display_name != manager.username
    line = next(
        part
        for element in open_page(demo_url, "case", "supervisor", case=case.number).markdown
        for part in element.value.split("\n- ")
        if "请尽快" in part
    )
    assert plain(manager.display_name) in line
    assert manager.username not in line


def test_the_page_of_a_surge_names_who_took_charge(demo_url: str, open_page: OpenPage) -> None:
    with session_scope(demo_url) as session:
        manager = people.get_user(session, USERNAMES["manager"])
        alert = session.scalars(select(SurgeAlert)).first() or pytest.fail("the demo department has no surge")
        alert.acknowledged_by, alert.acknowledged_at = manager.username, alert.raised_at
        alert_id = alert.id
    text = words(open_page(demo_url, "surges", "manager", alert=str(alert_id)))
    assert plain(manager.display_name) in text


def test_a_report_keeps_the_titles_that_levels_had_when_it_was_made(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    later = load_rulebook(["product_after_sales"])
    with session_scope(demo_url) as session:
        book, now = rulebooks.in_force(session), datetime.now(UTC)
        manager = people.scope_of(people.get_user(session, USERNAMES["manager"]))
        escalations.raise_escalation(
            session, manager, complaints.get_complaint(session, manager, case.number), reason="other",
            to_role="executive", detail="", proposal="请示处理", is_urgent=False, book=book, now=now,
        )  # fmt: skip
        rulebooks.publish(session, SYSTEM, later, now.date(), now)
    was = f"{book.role_title('manager', 'zh')} → {book.role_title('executive', 'zh')}"
    assert book.role_title("executive", "zh") != later.role_title("executive", "zh")
    text = words(open_page(demo_url, "case", "manager", case=case.number))
    assert plain(was) in text


def test_an_entry_that_takes_a_penalty_back_says_so(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    with session_scope(demo_url) as session:
        book, now = rulebooks.in_force(session), datetime.now(UTC)
        kept = {
            "complaint_id": case.id,
            "trigger": "upheld_complaint",
            "subject_kind": "department",
            "subject": "储运部",
            "kind": "money",
            "cause": "x",
            "proposed_at": now,
            "proposed_on": now.date(),
            "clauses": ["A6.29"],
            "steps": [],
            "rulebook_version": book.version,
        }
        old = LedgerEntry(
            amount=200, factor=1, state="confirmed", decided_by="manager", decided_at=now, **kept
        )
        session.add(old)
        session.flush()
        session.add(LedgerEntry(amount=0, factor=0, reverses_id=old.id, **kept))
    text = words(open_page(demo_url, "case", "manager", case=case.number))
    assert "撤回处罚" in text
    assert "Entry" not in text
