"""The panels of a case: asking for a signature, reporting upward, penalties; every role, and two people at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.formats import plain
from db import approvals, complaints, escalations, ledger, people, rulebooks
from db.engine import session_scope
from db.models import Agent, Approval, AuditEntry, Complaint, ComplaintEvent, Escalation, LedgerEntry, Team
from regulations.access import SYSTEM, Scope
from regulations.rulebook import load_rulebook
from tests.pages.conftest import USERNAMES, OpenPage, words

NUMBER = "TS-20261101-001"
NOW = datetime.now(UTC)
BOOK = load_rulebook(["product_after_sales", "goods_sales"])
HOSTILE = "<img src=x onerror=alert(1)> [点我](javascript:alert(1)) **粗** $x$"


@pytest.fixture
def url(bare_url: str) -> str:
    """A desk with one open case, under a rulebook with titles, tiers and penalties."""
    with session_scope(bare_url) as session:
        rulebooks.publish(session, SYSTEM, BOOK, NOW.date() - timedelta(days=40), NOW)
        agent = session.scalars(select(Agent)).one()
        case = Complaint(
            number=NUMBER,
            received_at=NOW - timedelta(days=3),
            received_on=(NOW - timedelta(days=3)).date(),
            channel="phone",
            kind="一般投诉",
            category="delivery",
            summary="送货晚了三天",
            agent_id=agent.id,
            team_id=agent.team_id,
            rulebook_version=BOOK.version,
        )
        case.events = [
            ComplaintEvent(kind="received", at=case.received_at, recorded_at=case.received_at, actor="test")
        ]
        session.add(case)
    return bare_url


def who(session: Session, role: str) -> Scope:
    return people.scope_of(people.get_user(session, USERNAMES[role]))


def the_case(session: Session) -> Complaint:
    return complaints.get_complaint(session, SYSTEM, NUMBER)


def case_id(url: str) -> int:
    with session_scope(url) as session:
        return the_case(session).id


def requested(url: str, amount: str = "800", role: str = "supervisor", reason: str = "客户损失属实") -> int:
    with session_scope(url) as session:
        return approvals.request_approval(
            session,
            who(session, role),
            the_case(session),
            kind="compensation",
            amount=Decimal(amount),
            reason=reason,
            book=BOOK,
            now=NOW - timedelta(hours=2),
        ).id


def raised(
    url: str, to_role: str = "manager", *, is_urgent: bool = False, proposal: str = "由经理回电"
) -> int:
    with session_scope(url) as session:
        return escalations.raise_escalation(
            session,
            who(session, "supervisor"),
            the_case(session),
            reason="other",
            to_role=to_role,
            detail="客户在现场",
            proposal=proposal,
            is_urgent=is_urgent,
            book=BOOK,
            now=NOW - timedelta(hours=2),
        ).id


def proposed(url: str) -> list[int]:
    with session_scope(url) as session:
        case = the_case(session)
        at = case.received_at + timedelta(hours=1)
        for kind, value in (("forwarded", ""), ("rectification_ordered", ""), ("returned", "own_fault")):
            at += timedelta(minutes=10)
            case.events.append(
                ComplaintEvent(
                    kind=kind, at=at, recorded_at=at, actor="test", department="物流部", value=value
                )
            )
        session.flush()
        return [row.id for row in ledger.propose_for_case(session, case, BOOK, NOW)]


def open_case(open_page: OpenPage, url: str, role: str = "supervisor", **query: str) -> AppTest:
    tested = open_page(url, "case", role, case=NUMBER, **query)
    assert not tested.exception
    return tested


def press(tested: AppTest, key: str) -> AppTest:
    tested.button(key=key).click()
    tested.run()
    assert not tested.exception
    return tested


def has_button(tested: AppTest, key: str) -> bool:
    return any(button.key == key for button in tested.button)


# Approvals


@pytest.mark.parametrize(
    ("amount", "title"),
    [(1000.0, "销售部门经理"), (1000.01, "公司领导"), (5000.0, "公司领导"), (5000.01, "总经理办公会议")],
)
def test_the_sentence_says_at_once_who_must_sign(
    url: str, open_page: OpenPage, amount: float, title: str
) -> None:
    tested = open_case(open_page, url)
    tested.number_input(key=f"approval_amount:{case_id(url)}").set_value(amount)
    tested.run()
    assert f"须由{title}审批" in "".join(info.value for info in tested.info)
    assert plain("C4.27") in "".join(info.value for info in tested.info)


@pytest.mark.parametrize("amount", [0.0, -5.0, 1.234, 1e15])
def test_what_is_no_amount_is_refused_in_words(url: str, open_page: OpenPage, amount: float) -> None:
    tested = open_case(open_page, url)
    own = case_id(url)
    tested.number_input(key=f"approval_amount:{own}").set_value(amount)
    tested.run()
    assert any("金额" in warning.value for warning in tested.warning)
    tested.text_area(key=f"approval_reason:{own}").input("理由")
    press(tested, "approval_send")
    assert any("金额" in warning.value for warning in tested.warning)
    with session_scope(url) as session:
        assert session.scalars(select(Approval)).all() == []


def test_a_supervisor_asks_and_the_right_level_approves(url: str, open_page: OpenPage) -> None:
    own = case_id(url)
    tested = open_case(open_page, url)
    tested.number_input(key=f"approval_amount:{own}").set_value(800.0)
    tested.text_area(key=f"approval_reason:{own}").input(HOSTILE)
    press(tested, "approval_send")
    assert "申请已提交" in words(tested)
    assert "待销售部门经理审批" in words(tested).replace("\\", "")
    assert plain(HOSTILE) in words(tested)
    assert tested.text_area(key=f"approval_reason:{own}").value == ""
    with session_scope(url) as session:
        row = session.scalars(select(Approval)).one()
        assert (row.amount, row.reason, row.requested_by) == (800, HOSTILE, USERNAMES["supervisor"])
    tested = open_case(open_page, url, "manager")
    press(tested, f"approval_approve:{row.id}")
    assert "已批准" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(Approval, row.id).decided_role == "manager"
        actions = session.scalars(select(AuditEntry.action)).all()
        assert {"approval.requested", "approval.approved"} <= set(actions)


@pytest.mark.parametrize(
    ("role", "said"),
    [("supervisor", "无权审批"), ("executive", "不得越级审批"), ("top", "不得越级审批")],
)
def test_another_level_reads_why_not_and_gets_no_button(
    url: str, open_page: OpenPage, role: str, said: str
) -> None:
    number = requested(url, role="manager")
    tested = open_case(open_page, url, role)
    assert not has_button(tested, f"approval_approve:{number}")
    assert said in words(tested) and plain("C4.27") in words(tested)


def test_nobody_gets_a_button_for_his_own_request_but_may_withdraw_it(url: str, open_page: OpenPage) -> None:
    number = requested(url, role="manager")
    tested = open_case(open_page, url, "manager")
    assert not has_button(tested, f"approval_approve:{number}")
    assert "不能审批自己提出的申请" in words(tested)
    press(tested, f"approval_withdraw:{number}")
    assert "已撤回申请" in words(tested)


def test_a_rejection_without_a_reason_is_refused(url: str, open_page: OpenPage) -> None:
    number = requested(url)
    tested = open_case(open_page, url, "manager")
    press(tested, f"approval_reject:{number}")
    assert "驳回时请写明理由" in words(tested)
    tested.text_input(key=f"approval_note:{number}").input("证据不足")
    press(tested, f"approval_reject:{number}")
    assert "证据不足" in words(tested)


def test_the_second_of_two_is_told_and_nothing_is_overwritten(url: str, open_page: OpenPage) -> None:
    number = requested(url)
    tested = open_case(open_page, url, "manager")
    with session_scope(url) as session:
        approvals.decide_approval(
            session,
            Scope(None, "另一经理", "manager", None),
            number,
            is_approved=False,
            note="先到",
            expected_version=1,
            book=BOOK,
            now=NOW,
        )
    press(tested, f"approval_approve:{number}")
    assert "已有人先行更新" in words(tested) and "另一经理" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(Approval, number).state == "rejected"


def test_what_needs_no_approval_is_said(url: str, open_page: OpenPage) -> None:
    with session_scope(url) as session:
        book = load_rulebook(["goods_sales"])
        rulebooks.publish(session, SYSTEM, book, NOW.date() - timedelta(days=1), NOW)
    tested = open_case(open_page, url)
    tested.selectbox(key=f"approval_kind:{case_id(url)}").set_value("return_note")
    tested.run()
    assert any("不设审批" in info.value for info in tested.info)


# Reports upward


def test_a_report_goes_to_the_next_level_with_a_proposal(url: str, open_page: OpenPage) -> None:
    own = case_id(url)
    tested = open_case(open_page, url)
    press(tested, "escalation_send")
    assert "上报须附拟办意见" in words(tested)
    tested.selectbox(key=f"escalation_reason:{own}").set_value("other")
    tested.run()
    tested.text_area(key=f"escalation_proposal:{own}").input("由经理回电")
    press(tested, "escalation_send")
    assert "已上报" in words(tested)
    with session_scope(url) as session:
        row = session.scalars(select(Escalation)).one()
        assert (row.to_role, row.proposal, row.is_bypass) == ("manager", "由经理回电", False)


def test_passing_a_level_over_is_warned_of_and_needs_urgency(url: str, open_page: OpenPage) -> None:
    own = case_id(url)
    tested = open_case(open_page, url)
    tested.selectbox(key=f"escalation_reason:{own}").set_value("other")
    tested.run()
    tested.selectbox(key=f"escalation_to:{own}:other").set_value("executive")
    tested.run()
    assert any("须逐级上报" in warning.value for warning in tested.warning)
    tested.checkbox(key=f"escalation_urgent:{own}").check()
    tested.run()
    assert any("补报" in info.value for info in tested.info)
    tested.text_area(key=f"escalation_proposal:{own}").input("先行赔付")
    press(tested, "escalation_send")
    with session_scope(url) as session:
        row = session.scalars(select(Escalation)).one()
        assert (row.to_role, row.skipped_roles, row.is_bypass) == ("executive", ["manager"], True)
    assert not tested.checkbox(key=f"escalation_urgent:{own}").value
    assert "补报" in words(tested)
    press(tested, f"escalation_send_told:{row.id}")
    assert "补报已登记" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(Escalation, row.id).reported_by == USERNAMES["supervisor"]


def test_a_serious_reason_needs_a_serious_case(url: str, open_page: OpenPage) -> None:
    own = case_id(url)
    tested = open_case(open_page, url)
    tested.selectbox(key=f"escalation_reason:{own}").set_value("serious_complaint")
    tested.run()
    tested.text_area(key=f"escalation_proposal:{own}").input("请领导出面")
    press(tested, "escalation_send")
    assert "请先变更严重程度" in words(tested)


def test_the_level_it_went_to_answers_and_the_others_read(url: str, open_page: OpenPage) -> None:
    number = raised(url, proposal=HOSTILE)
    for role in ("supervisor", "executive", "top"):
        tested = open_case(open_page, url, role)
        assert not has_button(tested, f"escalation_send_answer:{number}")
        assert plain(HOSTILE) in words(tested)
    tested = open_case(open_page, url, "manager")
    press(tested, f"escalation_send_answer:{number}")
    assert "请写明批示内容" in words(tested)
    tested.text_area(key=f"escalation_instruction:{number}").input("今日内回电")
    press(tested, f"escalation_send_answer:{number}")
    assert "批示已登记" in words(tested) and "今日内回电" in words(tested)


def test_a_matter_that_must_be_reported_is_named_in_the_report(url: str, open_page: OpenPage) -> None:
    own = case_id(url)
    tested = open_case(open_page, url)
    tested.selectbox(key=f"escalation_reason:{own}").set_value("must_report")
    tested.run()
    matter = tested.selectbox(key=f"escalation_matter:{own}").value
    tested.text_area(key=f"escalation_detail:{own}").input("机房起火")
    tested.text_area(key=f"escalation_proposal:{own}").input("疏散")
    press(tested, "escalation_send")
    with session_scope(url) as session:
        assert session.scalars(select(Escalation)).one().detail == f"{matter} · 机房起火"


# Penalties


def test_penalties_wait_for_a_person_and_say_why(url: str, open_page: OpenPage) -> None:
    money, points = proposed(url)
    tested = open_case(open_page, url, "supervisor")
    text = words(tested).replace("\\", "")
    assert "部门 物流部 · 200 元" in text and "部门 物流部 · 10 分" in text
    assert "目前没有已生效的处罚" in text and "等待经理或以上领导确认" in text
    assert not has_button(tested, f"ledger_confirm:{money}")
    tested = open_case(open_page, url, "manager")
    press(tested, f"ledger_waive:{points}")
    assert "免除时请写明理由" in words(tested)
    press(tested, f"ledger_confirm:{money}")
    text = words(tested).replace("\\", "")
    assert "处罚已确认" in text and "已生效合计：200 元" in text
    with session_scope(url) as session:
        assert session.get_one(LedgerEntry, money).decided_by == USERNAMES["manager"]


def test_a_raised_entry_takes_the_place_of_the_first(url: str, open_page: OpenPage) -> None:
    money, _points = proposed(url)
    with session_scope(url) as session:
        case = the_case(session)
        at = NOW - timedelta(days=1)
        for kind in ("rectified", "rectification_failed"):
            at += timedelta(minutes=5)
            case.events.append(
                ComplaintEvent(kind=kind, at=at, recorded_at=at, actor="test", department="物流部")
            )
        session.flush()
        raised_ = ledger.propose_for_case(session, case, BOOK, NOW)[0].id
    tested = open_case(open_page, url, "manager")
    assert f"已由第 {raised_} 号取代" in words(tested)
    assert not has_button(tested, f"ledger_confirm:{money}")
    press(tested, f"ledger_confirm:{raised_}")
    assert "已生效合计：400 元" in words(tested).replace("\\", "")


def test_two_managers_and_one_penalty(url: str, open_page: OpenPage) -> None:
    money, _points = proposed(url)
    tested = open_case(open_page, url, "manager")
    with session_scope(url) as session:
        other = Scope(None, "另一经理", "manager", None)
        ledger.decide_entry(
            session, other, money, is_confirmed=False, note="从宽", expected_version=1, now=NOW
        )
    press(tested, f"ledger_confirm:{money}")
    assert "已有人先行更新" in words(tested) and "从宽" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(LedgerEntry, money).state == "waived"


# All three


@pytest.mark.parametrize("role", ["supervisor", "manager", "executive", "top"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_role_sees_the_three_sections(url: str, open_page: OpenPage, role: str, lang: str) -> None:
    requested(url)
    raised(url, "top", is_urgent=True)
    proposed(url)
    tested = open_case(open_page, url, role, lang=lang)
    titles = [element.value for element in tested.subheader]
    expected = (
        ["审批", "上报与批示", "考核处罚"] if lang == "zh" else ["Approvals", "Reports upward", "Penalties"]
    )
    assert [title for title in titles if title in expected] == expected


@pytest.mark.parametrize("role", ["executive", "top"])
def test_who_does_not_work_on_cases_is_offered_no_request(url: str, open_page: OpenPage, role: str) -> None:
    assert not has_button(open_case(open_page, url, role), "approval_send")


def test_a_case_without_anything_says_so(url: str, open_page: OpenPage) -> None:
    text = words(open_case(open_page, url))
    for sentence in ("还没有需要审批的事项", "没有上报记录", "没有考核建议"):
        assert sentence in text


def test_another_teams_supervisor_cannot_act_through_an_old_page(url: str, open_page: OpenPage) -> None:
    """The page stands open while the supervisor loses the team."""
    number = requested(url)
    tested = open_case(open_page, url)
    with session_scope(url) as session:
        user = people.get_user(session, USERNAMES["supervisor"])
        other = Team(code="other", name="二组")
        session.add(other)
        user.teams = [other]
    press(tested, f"approval_withdraw:{number}")
    assert "没有这件投诉" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(Approval, number).state == "pending"
