"""One case: why each deadline is where it is, and recording what happened, also when two do it at once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.formats import plain
from db import complaints, people, rulebooks
from db.engine import session_scope
from db.models import AuditEntry, Complaint, ComplaintClock
from regulations.access import SYSTEM
from tests.pages.conftest import USERNAMES, OpenPage, press, words

NOW = datetime.now(UTC)


def overdue_case(session: Session) -> Complaint:
    """An open case of the first supervisor's team with a running clock that is late."""
    supervisor = people.get_user(session, USERNAMES["supervisor"])
    return session.scalars(
        select(Complaint)
        .join(ComplaintClock)
        .where(
            Complaint.status == "open",
            ComplaintClock.met_at.is_(None),
            ComplaintClock.due_at < datetime.now(UTC),
            Complaint.team_id == supervisor.teams[0].id,
        )
        .order_by(ComplaintClock.due_at)
    ).first() or pytest.fail("the demo department has no overdue case")


@pytest.fixture
def case(demo_session: Session) -> Complaint:
    return overdue_case(demo_session)


@pytest.mark.parametrize("who", ["supervisor", "manager"])
def test_an_overdue_case_says_why(who: str, case: Complaint, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "case", who, case=case.number)
    assert not tested.exception
    assert case.number in tested.title[0].value
    text = words(tested)
    late = next(c for c in case.clocks if c.met_at is None and c.due_at < NOW)
    assert "blue-badge" in text  # the clauses
    assert plain(late.clauses[0]) in text
    assert any("超时" in expander.label and expander.proto.expanded for expander in tested.expander)


def test_the_timeline_counts_what_was_missed(case: Complaint, demo_url: str, open_page: OpenPage) -> None:
    assert "竖线为截止时间" in words(open_page(demo_url, "case", "supervisor", case=case.number))


@pytest.mark.parametrize("number", ["", "<script>alert(1)</script>", "TS0", "' or 1=1 --", "x" * 500, "%00"])
def test_a_number_that_leads_nowhere_is_answered_kindly(
    number: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "case", "supervisor", case=number)
    assert not tested.exception
    assert "没有这件投诉" in words(tested)
    assert "<script>" not in words(tested)


def test_another_teams_case_is_as_if_it_did_not_exist(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    other = demo_session.scalars(select(Complaint).where(Complaint.team_id != own).limit(1)).one()
    tested = open_page(demo_url, "case", "supervisor", case=other.number)
    assert "没有这件投诉" in words(tested)
    assert other.summary not in words(tested)


@pytest.mark.parametrize("who", ["qa", "agent", "administrator"])
def test_other_roles_do_not_see_a_case(who: str, case: Complaint, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "case", who, case=case.number)
    assert not tested.exception
    assert case.summary not in words(tested)
    assert "您的角色不能查看本页" in words(tested)


def test_what_is_recorded_meets_the_clock_and_is_in_the_audit_log(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "case", "supervisor", case=case.number)
    tested.selectbox(key="event_kind").select("note")
    tested.text_area(key="event_note").input("已电话联系 *客户*")
    press(tested, "登记")
    assert not tested.exception
    assert "已登记" in words(tested)
    with session_scope(demo_url) as session:
        stored = complaints.get_complaint(session, SYSTEM, case.number)
        assert stored.events[-1].note == "已电话联系 *客户*"
        assert stored.row_version > case.row_version
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "complaint.event").order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None and entry.actor == USERNAMES["supervisor"]
    assert "已电话联系 \\*客户\\*" in words(tested)  # shown, not interpreted


def test_the_second_of_two_people_is_told_and_shown_the_newer_state(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "case", "supervisor", case=case.number)
    with session_scope(demo_url) as session:  # meanwhile the manager records something
        manager = people.scope_of(people.get_user(session, USERNAMES["manager"]))
        complaints.record_event(
            session,
            manager,
            complaints.get_complaint(session, manager, case.number),
            "note",
            datetime.now(UTC),
            "经理先到",
            case.row_version,
            rulebooks.in_force(session),
            datetime.now(UTC),
        )
    tested.selectbox(key="event_kind").select("note")
    tested.text_area(key="event_note").input("主管后到")
    press(tested, "登记")
    assert not tested.exception
    assert "已有人先行更新" in words(tested)
    assert "经理先到" in words(tested)
    with session_scope(demo_url) as session:
        notes = [e.note for e in complaints.get_complaint(session, SYSTEM, case.number).events]
    assert "经理先到" in notes and "主管后到" not in notes


def test_a_closed_case_can_only_be_reopened_or_noted(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    closed = demo_session.scalars(
        select(Complaint).where(Complaint.team_id == own, Complaint.status == "closed").limit(1)
    ).one()
    tested = open_page(demo_url, "case", "supervisor", case=closed.number)
    assert not tested.exception
    assert tested.selectbox(key="event_kind").options == ["重新受理", "备注"]


def test_hostile_words_of_a_customer_are_shown_and_not_interpreted(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    with session_scope(demo_url) as session:
        stored = complaints.get_complaint(session, SYSTEM, case.number)
        stored.summary = "<img src=x onerror=alert(1)> [点我](javascript:alert(1)) :red[假] $x$"
        stored.customer_name = "**老板**"
    text = words(open_page(demo_url, "case", "supervisor", case=case.number))
    assert "<img" not in text.replace("\\<img", "")
    assert "\\[点我\\]\\(javascript\\:alert\\(1\\)\\)" in text
    assert "\\*\\*老板\\*\\*" in text
