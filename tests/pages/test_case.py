"""One case: why each deadline is where it is, and recording what happened, also when two do it at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.case_choices import GROUPS
from dashboard.case_clocks import timeline_frame
from dashboard.case_next import next_steps
from dashboard.formats import plain, site_zone
from db import complaints, people, rulebooks
from db.engine import session_scope
from db.models import Approval, AuditEntry, Callback, Complaint, ComplaintClock
from regulations.access import SYSTEM
from regulations.departments import assignments_of, open_rectifications
from tests.factories import scope
from tests.pages.conftest import USERNAMES, OpenPage, words

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


@pytest.mark.parametrize("who", ["supervisor", "manager", "executive", "top"])
def test_an_overdue_case_says_why(who: str, case: Complaint, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "case", who, case=case.number)
    assert not tested.exception
    assert case.number in tested.title[0].value
    text = words(tested)
    late = next(c for c in case.clocks if c.met_at is None and c.due_at < NOW)
    assert "blue-badge" in text  # the clauses
    assert plain(late.clauses[0]) in text
    assert any("超时" in expander.label and expander.proto.expanded for expander in tested.expander)


def test_how_an_open_deadline_stands_is_said_for_now(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    """The words that were stored say how it stood when it was registered; what is overdue now says so."""
    with session_scope(demo_url) as session:
        for clock in complaints.get_complaint(session, SYSTEM, case.number).clocks:
            if clock.met_at is None:
                clock.steps = [{"zh": "当时还有四小时", "en": "four hours left then", "clause": None}]
    text = words(open_page(demo_url, "case", "supervisor", case=case.number))
    assert "当时还有四小时" not in text
    assert "已过到期时刻" in text


def test_what_waits_for_the_viewer_is_one_click_away(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    waiting = demo_session.scalars(
        select(Approval).where(Approval.state == "pending", Approval.required_role == "executive")
    ).first()
    assert waiting is not None and waiting.complaint is not None
    tested = open_page(demo_url, "case", "executive", case=waiting.complaint.number)
    assert any("待您决定" in str(link.proto.label) for link in tested.get("page_link"))
    order = [head.value for head in tested.subheader]
    assert order.index("审批") < order.index("责任部门")  # what a leader comes for stands first
    other = open_page(demo_url, "case", "supervisor", case=waiting.complaint.number)
    order = [head.value for head in other.subheader]
    assert order.index("责任部门") < order.index("审批")


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


def pick(tested: AppTest, kind: str) -> AppTest:
    """Choose what happened, as somebody clicks it: whom it concerns, then what."""
    group = next(code for code, (_label, actions) in GROUPS.items() if kind in [a.kind for a in actions])
    tested.segmented_control(key="case_group").set_value(group).run()
    tested.pills(key=f"case_action_{group}").set_value(kind)
    return tested.run()


def record(tested: AppTest) -> AppTest:
    tested.button(key="case_record").click()
    return tested.run()


def stored(url: str, number: str) -> Complaint:
    with session_scope(url) as session:
        return complaints.get_complaint(session, SYSTEM, number)


def test_what_is_recorded_meets_the_clock_and_is_in_the_audit_log(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    tested = pick(open_page(demo_url, "case", "supervisor", case=case.number), "note")
    tested.text_area(key="case_note").input("已电话联系 *客户*")
    record(tested)
    assert not tested.exception
    assert "已登记" in words(tested)
    with session_scope(demo_url) as session:
        kept = complaints.get_complaint(session, SYSTEM, case.number)
        assert kept.events[-1].note == "已电话联系 *客户*"
        assert kept.row_version > case.row_version
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.action == "complaint.event").order_by(AuditEntry.id.desc())
        ).first()
        assert entry is not None and entry.actor == USERNAMES["supervisor"]
    assert "已电话联系 \\*客户\\*" in words(tested)  # shown, not interpreted
    assert tested.text_area(key="case_note").value == ""


def test_the_second_of_two_people_is_told_and_keeps_what_he_wrote(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    tested = pick(open_page(demo_url, "case", "supervisor", case=case.number), "note")
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
    tested.text_area(key="case_note").input("主管后到")
    record(tested)
    assert not tested.exception
    assert "已有人先行更新" in words(tested)
    with session_scope(demo_url) as session:
        quicker = people.get_user(session, USERNAMES["manager"]).display_name
    assert f"{quicker}记录了“备注”" in words(tested)
    assert "经理先到" in words(tested)
    notes = [e.note for e in stored(demo_url, case.number).events]
    assert "经理先到" in notes and "主管后到" not in notes
    assert tested.text_area(key="case_note").value == "主管后到"
    record(tested)  # having seen it, he records his own as well
    assert "主管后到" in [e.note for e in stored(demo_url, case.number).events]


def test_a_closed_case_can_only_be_reopened_or_noted(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    closed = next(
        case
        for case in demo_session.scalars(
            select(Complaint).where(Complaint.team_id == own, Complaint.status == "closed")
        )
        if not open_rectifications(case.events)
    )
    tested = open_page(demo_url, "case", "supervisor", case=closed.number)
    assert not tested.exception
    assert tested.segmented_control(key="case_group").options == ["本件投诉"]
    assert tested.pills(key="case_action_case").options == ["重新受理", "备注"]
    assert "本件投诉没有待办事项" in words(tested)


def test_a_case_goes_through_a_department_by_what_the_page_offers(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    fresh = next(
        case
        for case in demo_session.scalars(
            select(Complaint).where(Complaint.team_id == own, Complaint.status == "open")
        )
        if not assignments_of(case.events)
    )
    tested = open_page(demo_url, "case", "supervisor", case=fresh.number)
    assert "尚未转交任何部门" in words(tested)
    pick(tested, "forwarded")
    tested.selectbox(key="case_new_department").set_value("综合管理部")
    record(tested)
    assert "综合管理部" in words(tested)
    pick(tested, "returned")
    record(tested)
    assert "请选择原因" in words(tested)
    pick(tested, "acknowledged")
    tested.text_input(key="case_signed_by").input("周部长")
    record(tested)
    assert not tested.exception
    pick(tested, "returned")
    tested.segmented_control(key="case_cause").set_value("own_fault")
    tested.text_area(key="case_findings").input("漏单")
    tested.text_area(key="case_measures").input("复核")
    record(tested)
    assert "整改完成日期" in words(tested)
    assert tested.text_area(key="case_findings").value == "漏单"  # what is refused is not lost
    tested.date_input(key="case_due_on").set_value(datetime.now(site_zone()).date() + timedelta(days=2))
    record(tested)
    assert not tested.exception
    (row,) = stored(demo_url, fresh.number).assignments
    assert (row.signed_by, row.cause, row.findings, row.measures) == ("周部长", "own_fault", "漏单", "复核")
    assert "督促综合管理部完成整改" in words(tested)


def test_the_most_urgent_comes_first_and_its_button_opens_its_form(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "case", "supervisor", case=case.number)
    steps = [button for button in tested.button if (button.key or "").startswith("next:")]
    assert steps
    kinds = [step.kind for step in next_steps(stored(demo_url, case.number), datetime.now(UTC))]
    assert [str(button.key).split(":")[2] for button in steps] == kinds
    steps[-1].click()
    tested.run()
    assert not tested.exception
    group = tested.segmented_control(key="case_group").value
    assert tested.pills(key=f"case_action_{group}").value == kinds[-1]


@pytest.mark.parametrize("who", ["executive", "top"])
def test_leadership_sees_everything_and_only_instructs(
    who: str, case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "case", who, case=case.number)
    assert not tested.exception
    assert plain(case.summary) in words(tested)
    assert not [button for button in tested.button if (button.key or "").startswith("next:")]
    assert tested.pills(key="case_action_inquiry").options == ["领导批示"]
    tested.text_area(key="case_note").input("三日内查清")
    record(tested)
    assert not tested.exception
    assert stored(demo_url, case.number).events[-1].note == "三日内查清"


def test_what_was_begun_on_one_case_is_not_carried_to_another(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    one, other = demo_session.scalars(
        select(Complaint).where(Complaint.team_id == own, Complaint.status == "open").limit(2)
    ).all()
    tested = pick(open_page(demo_url, "case", "supervisor", case=one.number), "note")
    tested.text_area(key="case_note").input("只属于第一件").run()
    tested.query_params["case"] = other.number
    tested.run()
    assert "只属于第一件" not in [area.value for area in tested.text_area]


def test_all_rounds_of_contact_share_a_lane_and_every_other_clock_has_its_own(
    demo_session: Session, demo_url: str, desk_at: Callable[[str], None]
) -> None:
    desk_at(demo_url)
    case = max(demo_session.scalars(select(Complaint)), key=lambda c: len(c.clocks))
    frame = timeline_frame(case, datetime.now(UTC))
    assert len(frame) == len(case.clocks)
    rounds = [c for c in case.clocks if c.clock == "progress"]
    assert len(set(frame["lane"])) == len(case.clocks) - max(0, len(rounds) - 1)


@pytest.mark.parametrize("state", ["previous", "following", "callback"])
def test_linked_cases_and_callbacks_are_one_click_away(
    state: str, demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    first, second = demo_session.scalars(
        select(Complaint).where(Complaint.team_id == own, Complaint.status == "closed").limit(2)
    ).all()
    with session_scope(demo_url) as session:
        complaints.get_complaint(session, SYSTEM, second.number).previous_id = first.id
        owed = session.scalars(select(Callback).where(Callback.complaint_id == first.id)).first()
        callback = owed.number if owed else ""
    shown = second.number if state == "previous" else first.number
    tested = open_page(demo_url, "case", "supervisor", case=shown)
    assert not tested.exception
    labels = " ".join(str(link.proto.label) for link in tested.get("page_link"))
    wanted = {"previous": first.number, "following": second.number, "callback": plain(callback)}[state]
    assert wanted in labels


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


def test_a_callback_is_recorded_where_the_case_is_shown(
    case: Complaint, demo_url: str, open_page: OpenPage
) -> None:
    with session_scope(demo_url) as session:
        book, by = rulebooks.in_force(session), scope("manager")
        answered = complaints.get_complaint(session, by, case.number)
        at = NOW - timedelta(minutes=5)
        complaints.record_event(
            session, by, answered, "final_feedback", at, "", answered.row_version, book, NOW
        )
    tested = open_page(demo_url, "case", "supervisor", case=case.number)
    tested.button(key="outcome_busy").click().run()
    assert not tested.exception
    with session_scope(demo_url) as session:
        owed = session.scalars(select(Callback).where(Callback.complaint_id == case.id)).one()
        assert [attempt.outcome for attempt in owed.attempts] == ["busy"]
        assert owed.next_attempt_at is not None
    looking_on = open_page(demo_url, "case", "executive", case=case.number)
    assert not [button for button in looking_on.button if str(button.key).startswith("outcome_")]
