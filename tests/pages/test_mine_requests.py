"""An agent's own page: he asks with the check beside it, sees what becomes of it, and nothing of anybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import leave, leave_account
from db.engine import session_scope
from db.models import Leave, Overtime, PunchCorrection, Shift, SwapRequest
from tests.factories import SHANGHAI
from tests.pages.conftest import OpenPage, address, words
from tests.pages.request_rows import (
    HOSTILE,
    Department,
    add_shift,
    build,
    file_leave,
    file_overtime,
    file_swap,
)


@pytest.fixture
def department(bare_url: str) -> Department:
    return build(bare_url)


def open_mine(open_page: OpenPage, department: Department, **query: str) -> AppTest:
    tested = open_page(department.url, "mine", "agent", **query)
    assert not tested.exception, tested.exception
    return tested


def own(tested: AppTest) -> pd.DataFrame:
    found = [frame.value for frame in tested.dataframe if "is_settled" in frame.value]
    return found[0] if found else pd.DataFrame({"key": []})


def press(tested: AppTest, key: str) -> AppTest:
    tested.button(key=key).click().run()
    assert not tested.exception, tested.exception
    return tested


def said(tested: AppTest) -> str:
    return words(tested).replace("\\", "")


def shift_id(department: Department, number: str, n: int) -> int:
    with session_scope(department.url) as session:
        agent = department.agent(session, number)
        return session.query(Shift).filter_by(agent_id=agent.id, work_on=department.days[n]).one().id


def test_leave_is_asked_for_with_the_check_shown_before(department: Department, open_page: OpenPage) -> None:
    tested = open_mine(open_page, department)
    assert tested.button(key="filing_send").disabled
    assert "填好后这里先显示" in said(tested)
    tested.pills(key="filing_leave_type").set_value("personal")
    tested.selectbox(key="filing_leave_first").set_value(shift_id(department, "K1", 0)).run()
    starts_at, ends_at = (at.astimezone(SHANGHAI).replace(tzinfo=None) for at in department.span())
    assert tested.session_state["filing_leave_start"] == starts_at
    assert tested.session_state["filing_leave_end"] == ends_at
    assert "符合规定" in said(tested) and "A1.24" in said(tested)
    assert tested.button(key="filing_send").disabled and "还需填写：事由" in said(tested)
    tested.text_area(key="filing_leave_reason").set_value("家长会").run()
    press(tested, "filing_send")
    assert "申请已提交" in said(tested)
    with session_scope(department.url) as session:
        row = session.query(Leave).one()
        assert (row.agent.number, row.status, row.reason, row.filed_by) == (
            "K1",
            "requested",
            "家长会",
            "agent",
        )
    assert list(own(tested)["key"]) == [f"leave-{row.id}"]
    title = department.book.role_title("supervisor", "zh")
    assert own(tested).iloc[0]["by"] == title
    assert tested.session_state["filing_leave_reason"] == ""  # ready for the next one


def test_what_the_rules_do_not_allow_is_said_and_cannot_be_sent(
    department: Department, open_page: OpenPage
) -> None:
    file_leave(department)
    tested = open_mine(open_page, department)
    tested.pills(key="filing_leave_type").set_value("personal")
    tested.text_area(key="filing_leave_reason").set_value("再请一次")
    tested.selectbox(key="filing_leave_first").set_value(shift_id(department, "K1", 0)).run()
    assert "不符合规定" in said(tested) and "按规定不能提交" in said(tested)
    assert tested.button(key="filing_send").disabled


def test_a_part_of_a_shift_keeps_its_own_times(department: Department, open_page: OpenPage) -> None:
    tested = open_mine(open_page, department)
    tested.pills(key="filing_leave_type").set_value("personal")
    tested.selectbox(key="filing_leave_first").set_value(shift_id(department, "K1", 0)).run()
    noon = tested.session_state["filing_leave_start"] + timedelta(hours=3)
    tested.datetime_input(key="filing_leave_end").set_value(noon)
    tested.text_area(key="filing_leave_reason").set_value("看牙").run()
    press(tested, "filing_send")
    with session_scope(department.url) as session:
        row = session.query(Leave).one()
        assert row.ends_at - row.starts_at == timedelta(hours=3)


def test_a_swap_is_asked_for_and_the_colleague_is_of_the_team(
    department: Department, open_page: OpenPage
) -> None:
    tested = open_mine(open_page, department)
    tested.segmented_control(key="filing_kind").set_value("swap").run()
    with session_scope(department.url) as session:
        partner = department.agent(session, "K2")
        partner.post, partner.level = "热线", "资深"
    tested = open_mine(open_page, department)
    tested.segmented_control(key="filing_kind").set_value("swap").run()
    assert any("K2) · 热线 · 资深" in one for one in tested.selectbox(key="filing_swap_partner").options)
    with session_scope(department.url) as session:
        partner_id = department.agent(session, "K2").id
        stranger_id = department.agent(session, "K9").id
    offered = tested.selectbox(key="filing_swap_partner").options
    assert any("K2" in option for option in offered) and not any("K9" in option for option in offered)
    tested.selectbox(key="filing_swap_shift").set_value(shift_id(department, "K1", 0))
    tested.selectbox(key="filing_swap_partner").set_value(partner_id).run()
    tested.selectbox(key="filing_swap_payback").set_value(shift_id(department, "K2", 5))
    tested.text_area(key="filing_swap_reason").set_value("家长会").run()
    assert "换班人尚未同意" in said(tested)  # the agreement may still come
    press(tested, "filing_send")
    with session_scope(department.url) as session:
        row = session.query(SwapRequest).one()
        assert (row.requester.number, row.partner_id, row.state) == ("K1", partner_id, "requested")
        assert row.partner_id != stranger_id and [one["who"] for one in row.consents] == ["requester"]


def test_a_clock_reading_is_asked_for_with_its_evidence(department: Department, open_page: OpenPage) -> None:
    with session_scope(department.url) as session:
        yesterday = datetime.now(SHANGHAI).date() - timedelta(days=1)
        shift = add_shift(session, department.agent(session, "K1"), yesterday)
        number, starts_at = shift.id, shift.starts_at
    tested = open_mine(open_page, department)
    tested.segmented_control(key="filing_kind").set_value("correction").run()
    tested.selectbox(key="filing_correction_shift").set_value(number).run()
    assert tested.session_state["filing_correction_time"] == starts_at.astimezone(SHANGHAI).replace(
        tzinfo=None
    )
    tested.text_area(key="filing_correction_reason").set_value("忘带工牌").run()
    assert "还需填写：证明" in said(tested)
    tested.text_area(key="filing_correction_evidence").set_value("监控可查").run()
    press(tested, "filing_send")
    with session_scope(department.url) as session:
        row = session.query(PunchCorrection).one()
        assert (row.kind, row.at, row.evidence) == ("in", starts_at, "监控可查")


def test_a_correction_opened_from_an_old_day_has_its_shift_filled_in(
    department: Department, open_page: OpenPage
) -> None:
    with session_scope(department.url) as session:
        long_ago = datetime.now(SHANGHAI).date() - timedelta(days=60)
        shift = add_shift(session, department.agent(session, "K1"), long_ago)
        number, ends_at = shift.id, shift.ends_at
    tested = open_page(
        department.url, "requests", "supervisor", state="ask", ask="correction", whom="K1",
        on=long_ago.isoformat(), shift=str(number), reading="out",
    )  # fmt: skip
    assert tested.session_state["filing_correction_shift"] == number
    assert tested.session_state["filing_correction_time"] == ends_at.astimezone(SHANGHAI).replace(tzinfo=None)
    tested.text_area(key="filing_correction_reason").set_value("考勤机故障").run()
    tested.text_area(key="filing_correction_evidence").set_value("监控可查").run()
    assert "按例外受理" in said(tested)
    press(tested, "filing_send")
    with session_scope(department.url) as session:
        row = session.query(PunchCorrection).one()
        assert (row.kind, row.at, row.work_on) == ("out", ends_at, long_ago)


def test_overtime_goes_on_from_a_shift(department: Department, open_page: OpenPage) -> None:
    tested = open_mine(open_page, department)
    tested.segmented_control(key="filing_kind").set_value("overtime").run()
    tested.selectbox(key="filing_overtime_shift").set_value(shift_id(department, "K1", 0)).run()
    tested.segmented_control(key="filing_overtime_way").set_value("time_off")
    tested.text_area(key="filing_overtime_reason").set_value("大促").run()
    assert "E3.14" in said(tested)
    press(tested, "filing_send")
    with session_scope(department.url) as session:
        row = session.query(Overtime).one()
        assert row.starts_at == department.span()[1] and row.compensation == "time_off"


def test_the_state_and_the_reason_of_a_refusal_stand_on_the_page(
    department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department)
    with session_scope(department.url) as session:
        leave.decide_leave(
            session, department.scope(session, "supervisor"), number, is_approved=False, note=HOSTILE,
            expected_version=1, book=department.book, now=datetime.now(UTC),
        )  # fmt: skip
    row = own(open_mine(open_page, department)).iloc[0]
    assert (row["state"], row["note"]) == ("refused", HOSTILE)


def test_one_takes_back_ones_own_request(department: Department, open_page: OpenPage) -> None:
    number = file_leave(department)
    tested = open_mine(open_page, department)
    press(tested, f"request_withdraw:leave-{number}")
    assert "已撤回申请" in said(tested)
    with session_scope(department.url) as session:
        assert session.get_one(Leave, number).status == "withdrawn"


def test_other_times_are_asked_for_and_the_old_ones_stay_on_record(
    department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department)
    tested = open_mine(open_page, department)
    end = tested.session_state[f"leave_amend_end:{number}"]
    tested.datetime_input(key=f"leave_amend_end:{number}").set_value(end - timedelta(hours=4)).run()
    press(tested, f"leave_amend:{number}")
    rows = own(tested)
    assert sorted(rows["state"]) == ["amended", "requested"]
    assert "变更前的申请" in said(tested)
    assert "申请已改为新的时间" in said(tested) and "照旧有效" not in said(tested)
    with session_scope(department.url) as session:
        new = session.query(Leave).filter_by(amends_id=number).one()
    assert address(tested, "open") == f"leave-{new.id}"


def test_leave_that_was_approved_stands_until_its_amendment_is(
    department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department)
    with session_scope(department.url) as session:
        leave.decide_leave(
            session, department.scope(session, "supervisor"), number, is_approved=True, expected_version=1,
            book=department.book, now=datetime.now(UTC),
        )  # fmt: skip
    tested = open_mine(open_page, department, open=f"leave-{number}")
    end = tested.session_state[f"leave_amend_end:{number}"]
    press(tested, f"leave_amend:{number}")
    assert "起止时间没有变化" in said(tested)
    tested.datetime_input(key=f"leave_amend_end:{number}").set_value(end - timedelta(hours=4)).run()
    press(tested, f"leave_amend:{number}")
    assert "原来批准的请假照旧有效" in said(tested)
    with session_scope(department.url) as session:
        assert session.get_one(Leave, number).status == "approved"


def test_a_colleague_agrees_to_a_swap_on_his_own_page(department: Department, open_page: OpenPage) -> None:
    """K1's account is the one that signs in, so here K2 asks and K1 is asked."""
    from db import swaps

    with session_scope(department.url) as session:
        requester, partner = department.agent(session, "K2"), department.agent(session, "K1")
        shift = session.query(Shift).filter_by(agent_id=requester.id, work_on=department.days[1]).one()
        number = swaps.request_swap(
            session, department.scope(session, "supervisor"), requester_id=requester.id, partner_id=partner.id,
            shift_id=shift.id, payback_shift_id=None, form_number="", reason="家长会", briefing="", book=department.book,
            now=datetime.now(UTC),
        ).id  # fmt: skip
    tested = open_mine(open_page, department)
    assert own(tested).iloc[0]["note"] == "等您同意"
    press(tested, f"swap_consent:{number}:partner")
    assert own(tested).iloc[0]["note"] != "等您同意"
    with session_scope(department.url) as session:
        assert {one["who"] for one in session.get_one(SwapRequest, number).consents} == {"partner"}


def test_nobody_elses_requests_are_on_it(department: Department, open_page: OpenPage) -> None:
    foreign = file_leave(department, "K3", reason="隐私")
    file_overtime(department, "K2", n=1)
    tested = open_mine(open_page, department, open=f"leave-{foreign}")
    assert own(tested).empty and "隐私" not in words(tested) and "丙" not in said(tested)
    assert "这段时间没有申请" in said(tested)


def test_an_agent_is_not_shown_who_else_is_away(department: Department, open_page: OpenPage) -> None:
    file_leave(department)
    file_leave(department, "K3")
    text = said(open_mine(open_page, department))
    assert "丙" not in text and "批准后在岗人数" not in text


def test_the_balance_is_shown_like_a_receipt(department: Department, open_page: OpenPage) -> None:
    with session_scope(department.url) as session:
        agent_id = department.agent(session, "K1").id
        today = datetime.now(SHANGHAI).date()
        for days, note in ((Decimal("2"), "期初"), (Decimal("-0.5"), "更正")):
            leave_account.grant(
                session, department.scope(session, "supervisor"), agent_id=agent_id, type_="time_off", days=days,
                effective_on=today - timedelta(days=3), note=note, book=department.book, now=datetime.now(UTC),
            )  # fmt: skip
    tested = open_mine(open_page, department)
    lines = next(frame.value for frame in tested.dataframe if "balance" in frame.value)
    assert lines["balance"].tolist() == ["2", "1.5"] and lines["days"].tolist() == ["+2", "-0.5"]
    assert any(metric.value == "1.5 天" for metric in tested.metric)


def test_a_swap_shows_both_shifts(department: Department, open_page: OpenPage) -> None:
    file_swap(department)
    text = said(open_mine(open_page, department))
    assert "乙 代上" in text and "甲 还班" in text
