"""Requests: each level sees what waits for it with the rule check, decides it there, and nothing goes to the wrong level."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.exports.lists import Sheet
from dashboard.formats import plain
from dashboard.request_bulk import decide_all
from dashboard.request_table import table_key
from db import coverage, leave, overtime, swaps
from db.engine import session_scope
from db.models import AttendanceDay, Leave, Overtime, Punch, PunchCorrection, SwapRequest
from tests.factories import SHANGHAI
from tests.pages.conftest import ROLES, OpenPage, address, words
from tests.pages.request_rows import (
    HOSTILE,
    Department,
    add_shift,
    build,
    file_correction,
    file_leave,
    file_overtime,
    file_swap,
)

DECIDERS = ("supervisor", "manager", "executive", "top")


@pytest.fixture
def department(bare_url: str) -> Department:
    return build(bare_url)


def open_requests(open_page: OpenPage, department: Department | str, role: str, **query: str) -> AppTest:
    url = department if isinstance(department, str) else department.url
    tested = open_page(url, "requests", role, **query)
    assert not tested.exception, tested.exception
    return tested


def waiting(tested: AppTest) -> pd.DataFrame:
    """The list of what waits; empty where there is none."""
    found = [frame.value for frame in tested.dataframe if "urgency" in frame.value]
    return found[0] if found else pd.DataFrame({"key": []})


def settled(tested: AppTest) -> pd.DataFrame:
    found = [frame.value for frame in tested.dataframe if "state_name" in frame.value]
    return found[0] if found else pd.DataFrame({"key": []})


def card(tested: AppTest, label: str) -> int:
    return int(next(metric.value for metric in tested.metric if metric.label == label))


def press(tested: AppTest, key: str) -> AppTest:
    tested.button(key=key).click().run()
    assert not tested.exception, tested.exception
    return tested


def keys(tested: AppTest) -> set[str]:
    return {str(button.key) for button in tested.button}


def tick(tested: AppTest, wanted: set[str]) -> AppTest:
    """Tick these rows of the list."""
    rows = waiting(tested)
    positions = [n for n, key in enumerate(rows["key"]) if key in wanted]
    tested.session_state[table_key(rows, address(tested, "state") or "mine")] = {
        "selection": {"rows": positions, "columns": [], "cells": []}
    }
    tested.run()
    assert not tested.exception, tested.exception
    return tested


def said(tested: AppTest) -> str:
    return words(tested).replace("\\", "")


@pytest.mark.parametrize("role", [role for role in ROLES if role not in DECIDERS])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    role: str, department: Department, open_page: OpenPage
) -> None:
    file_leave(department)
    tested = open_requests(open_page, department, role)
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("role", DECIDERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("state", ["mine", "waiting", "payback", "slips", "unapproved", "settled"])
def test_an_empty_desk_says_so_in_every_list(
    role: str, lang: str, state: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = open_requests(open_page, bare_url, role, lang=lang, state=state)
    assert [metric.value for metric in tested.metric] == ["0"] * 5
    assert not tested.dataframe
    assert any(text.startswith("####") for text in (m.value for m in tested.markdown))


@pytest.mark.parametrize(("length", "level"), [(1, "supervisor"), (5, "manager")])
def test_leave_waits_for_the_level_of_its_length_and_for_no_other(
    length: int, level: str, department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department, length=length)
    for role in DECIDERS:
        tested = open_requests(open_page, department, role)
        mine = {f"leave-{number}"} if role == level else set()
        assert set(waiting(tested)["key"]) == mine, role
        assert card(tested, "待您处理") == len(mine)
        everything = open_requests(open_page, department, role, state="waiting")
        assert set(waiting(everything)["key"]) == {f"leave-{number}"}
        assert (f"request_approve:leave-{number}" in keys(everything)) is (role == level)
        if role != level:
            assert "A1.25" in said(everything) or "A2.53" in said(everything)


def test_the_check_stands_beside_the_request_before_it_is_decided(
    department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department)
    file_leave(department, "K3")
    tested = open_requests(open_page, department, "supervisor", open=f"leave-{number}")
    text = said(tested)
    title = department.book.role_title("supervisor", "zh")
    for part in ("符合规定", "A1.24", f"须由{title}审批", "批准后在岗人数", "丙", "家中有事"):
        assert part in text, part
    assert waiting(tested)["same_time"].tolist() == [1, 1]


def test_the_posts_that_would_be_short_are_named(department: Department, open_page: OpenPage) -> None:
    number = file_leave(department)
    with session_scope(department.url) as session:
        coverage.set_need(
            session, department.scope(session, "supervisor"), team_id=department.agent(session, "K1").team_id, post="",
            weekday=-1, starts_minute=9 * 60, ends_minute=12 * 60, required=3, now=datetime.now(UTC),
        )  # fmt: skip
    tested = open_requests(open_page, department, "supervisor", open=f"leave-{number}")
    gaps = next(frame.value for frame in tested.dataframe if "gap" in frame.value)
    assert gaps.iloc[0].to_dict() == {
        "time": "09:00–12:00",
        "post": "不限岗位",
        "required": "3",
        "left": "1",
        "gap": "2",
    }
    assert "缺 2 人" in said(tested)


def test_a_request_against_a_clause_says_which_and_who_decides(
    department: Department, open_page: OpenPage
) -> None:
    with session_scope(department.url) as session:
        starts_at, ends_at = department.span()
        number = leave.file_leave(
            session, department.scope(session, "agent"), agent_id=department.agent(session, "K1").id,
            type_="personal", starts_at=starts_at, ends_at=ends_at, reason="急事", book=department.book,
            now=starts_at - timedelta(minutes=30),
        ).id  # fmt: skip
    assert waiting(open_requests(open_page, department, "supervisor")).empty  # an exception is the manager's
    tested = open_requests(open_page, department, "manager")
    row = waiting(tested).iloc[0]
    assert row["check"].startswith("✗") and "A1.24" in row["check"]
    assert "只能作为例外批准" in said(tested)
    press(tested, f"request_approve:leave-{number}")
    assert "请在备注中写明为何准许" in said(tested)  # a plain approval says what to do
    tested.text_area(key=f"request_note:leave-{number}").set_value("孩子急诊")
    press(tested, f"request_approve:leave-{number}")
    with session_scope(department.url) as session:
        assert session.get_one(Leave, number).status == "approved"


def test_leave_is_approved_there_and_stays_open_until_the_next_is_asked_for(
    department: Department, open_page: OpenPage
) -> None:
    first, second = file_leave(department), file_leave(department, "K3", n=3)
    tested = open_requests(open_page, department, "supervisor", open=f"leave-{first}")
    press(tested, f"request_refuse:leave-{first}")
    assert "不批准时请写明理由" in words(tested)
    assert address(tested, "open") == f"leave-{first}"  # it stays open until it is decided
    press(tested, f"request_approve:leave-{first}")
    assert "已批准：甲 · 请假 · 事假 1 天" in said(tested) and address(tested, "open") == f"leave-{first}"
    assert list(waiting(tested)["key"]) == [f"leave-{second}"]
    assert f"request_approve:leave-{second}" not in keys(tested)
    press(tested, "requests_next")
    assert address(tested, "open") is None
    assert f"request_approve:leave-{second}" in keys(tested)
    history = settled(open_requests(open_page, department, "supervisor", state="settled"))
    assert list(history["key"]) == [f"leave-{first}"] and list(history["state"]) == ["approved"]


def test_a_refusal_keeps_its_reason(department: Department, open_page: OpenPage) -> None:
    number = file_leave(department)
    tested = open_requests(open_page, department, "supervisor")
    tested.text_area(key=f"request_note:leave-{number}").input(HOSTILE)
    press(tested, f"request_refuse:leave-{number}")
    tested = open_requests(open_page, department, "manager", state="settled")
    assert settled(tested).iloc[0]["note"] == HOSTILE
    assert plain(HOSTILE) in words(tested)


def test_overtime_belongs_to_the_manager(department: Department, open_page: OpenPage) -> None:
    number = file_overtime(department)
    assert waiting(open_requests(open_page, department, "supervisor")).empty
    tested = open_requests(open_page, department, "manager")
    assert "E3.14" in said(tested)
    press(tested, f"request_approve:overtime-{number}")
    with session_scope(department.url) as session:
        assert session.get_one(Overtime, number).state == "approved"


def test_a_clock_reading_is_put_right_there(department: Department, open_page: OpenPage) -> None:
    number = file_correction(department)
    tested = open_requests(open_page, department, "supervisor")
    assert "班长在场" in said(tested) and "打卡机断电" in said(tested)
    press(tested, f"request_approve:correction-{number}")
    with session_scope(department.url) as session:
        row = session.get_one(PunchCorrection, number)
        assert row.state == "approved" and row.punch_id is not None
        assert session.get_one(Punch, row.punch_id).source == "correction"


def test_a_swap_is_agreed_to_by_all_and_then_approved(department: Department, open_page: OpenPage) -> None:
    number = file_swap(department)
    tested = open_requests(open_page, department, "supervisor")
    assert tested.button(key=f"request_approve:swap-{number}").disabled
    assert "换班人尚未同意" in said(tested) and "A1.29" in said(tested)
    press(tested, f"swap_consent:{number}:partner")
    press(tested, f"swap_consent:{number}:requester_lead")
    assert not tested.button(key=f"request_approve:swap-{number}").disabled
    press(tested, f"request_approve:swap-{number}")
    with session_scope(department.url) as session:
        row = session.get_one(SwapRequest, number)
        assert row.state == "approved" and row.shift is not None and row.shift.agent_id == row.partner_id
    tested = open_requests(open_page, department, "supervisor", state="payback")
    assert card(tested, "待还班") == 1
    listed = next(frame.value for frame in tested.dataframe if "course" in frame.value)
    assert list(listed["key"]) == [f"swap-{number}"]
    # Nothing is to be confirmed, and nothing can have gone wrong, before the shifts have begun.
    assert not {f"swap_settle:{number}", f"swap_failed:{number}"} & keys(tested)


def test_a_swap_against_a_lent_rule_is_approved_as_an_exception_with_a_note(
    department: Department, open_page: OpenPage
) -> None:
    """The department's own sets say nothing of swaps: what the base lends is marked so, and a note says why."""
    number = file_swap(department)
    with session_scope(department.url) as session:
        department.agent(session, "K2").level = "初级"
        department.agent(session, "K1").level = "高级"
    tested = open_requests(open_page, department, "supervisor")
    assert "通用默认，可作为例外批准" in said(tested)
    for who in ("partner", "requester_lead"):
        press(tested, f"swap_consent:{number}:{who}")
    button = tested.button(key=f"request_approve:swap-{number}")
    assert (button.label, button.disabled) == ("例外批准", False)
    press(tested, f"request_approve:swap-{number}")
    with session_scope(department.url) as session:
        assert session.get_one(SwapRequest, number).state == "requested"
    assert "请在备注中写明为何准许" in said(tested)
    tested.text_area(key=f"request_note:swap-{number}").input("乙熟悉该岗位")
    press(tested, f"request_approve:swap-{number}")
    with session_scope(department.url) as session:
        row = session.get_one(SwapRequest, number)
        assert (row.state, row.decision_note) == ("approved", "乙熟悉该岗位")
        assert "作为例外批准，理由见备注" in [step["zh"] for step in row.steps]


def test_a_swap_without_a_pay_back_day_gets_one(department: Department, open_page: OpenPage) -> None:
    number = file_swap(department, payback=None)
    tested = open_requests(open_page, department, "supervisor")
    press(tested, f"swap_consent:{number}:partner")
    press(tested, f"swap_consent:{number}:requester_lead")
    press(tested, f"request_approve:swap-{number}")
    tested = open_requests(open_page, department, "supervisor", state="payback")
    choice = tested.selectbox(key=f"swap_payback:{number}")
    choice.select_index(2).run()
    assert "符合规定" in said(tested)
    press(tested, f"swap_set_payback:{number}")
    with session_scope(department.url) as session:
        assert session.get_one(SwapRequest, number).payback_on is not None


def approved_swap(department: Department, open_page: OpenPage) -> int:
    number = file_swap(department)
    tested = open_requests(open_page, department, "supervisor")
    for who in ("partner", "requester_lead"):
        press(tested, f"swap_consent:{number}:{who}")
    press(tested, f"request_approve:swap-{number}")
    return number


def test_days_are_counted_from_the_agreed_pay_back_day(department: Department, open_page: OpenPage) -> None:
    number = approved_swap(department, open_page)
    with session_scope(department.url) as session:
        row = session.get_one(SwapRequest, number)
        today = datetime.now(UTC).astimezone(SHANGHAI).date()
        assert row.payback_shift is not None
        row.swap_on, row.payback_on = today - timedelta(days=5), today - timedelta(days=1)
        end = datetime.now(UTC) - timedelta(hours=20)
        row.payback_shift.starts_at, row.payback_shift.ends_at = end - timedelta(hours=9), end
    tested = open_requests(open_page, department, "supervisor", state="payback")
    rows = next(frame.value for frame in tested.dataframe if "days_open" in frame.value)
    assert rows["days_open"].tolist() == [1]
    assert "自约定的还班日起算" in said(tested)


def test_an_approved_swap_is_cancelled_before_it_begins_with_a_reason(
    department: Department, open_page: OpenPage
) -> None:
    number = approved_swap(department, open_page)
    tested = open_requests(open_page, department, "supervisor", state="payback")
    press(tested, f"swap_cancel:{number}")
    assert "请写明取消换班的原因" in said(tested)
    tested.text_input(key=f"swap_cancel_note:{number}").input("家长会改期")
    press(tested, f"swap_cancel:{number}")
    assert "换班已取消" in said(tested)
    with session_scope(department.url) as session:
        row = session.get_one(SwapRequest, number)
        assert (row.state, row.decision_note) == ("withdrawn", "家长会改期")
        assert row.shift is not None and row.shift.agent_id == row.requester_id
        assert row.payback_shift is not None and row.payback_shift.agent_id == row.partner_id


@pytest.mark.parametrize("who", ["manager", "executive", "top"])
def test_no_other_level_cancels_or_closes_a_swap(
    who: str, department: Department, open_page: OpenPage
) -> None:
    number = approved_swap(department, open_page)
    tested = open_requests(open_page, department, who, state="payback", open=f"swap-{number}")
    assert not {f"swap_{what}:{number}" for what in ("cancel", "settle", "failed", "set_payback")} & keys(
        tested
    )
    assert "A2.53" in said(tested)


def begun(department: Department, number: int) -> None:
    """The swapped shift is made to have begun an hour ago."""
    with session_scope(department.url) as session:
        shift = session.get_one(SwapRequest, number).shift
        assert shift is not None
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        shift.starts_at, shift.ends_at = at, at + timedelta(hours=9)


def test_an_empty_shift_is_recorded_with_the_share_of_each(
    department: Department, open_page: OpenPage
) -> None:
    """A3.5: not without both shares; and a swap that has begun is no longer cancelled."""
    number = approved_swap(department, open_page)
    begun(department, number)
    tested = open_requests(open_page, department, "supervisor", state="payback")
    assert f"swap_cancel:{number}" not in keys(tested)
    shares = [f"swap_failed_share:{number}:{n}" for n in (0, 1)]
    tested.text_area(key=shares[0]).input("没有说明班次时间")
    press(tested, f"swap_failed:{number}")
    assert "还缺：" in said(tested) and "A3.5" in said(tested)
    tested.text_area(key=shares[0]).input("没有说明班次时间")
    tested.text_area(key=shares[1]).input("没有核对排班")
    press(tested, f"swap_failed:{number}")
    with session_scope(department.url) as session:
        row = session.get_one(SwapRequest, number)
        assert row.state == "failed" and "没有核对排班" in row.outcome_note
        names = (row.requester.name, row.partner.name)
    opened = said(open_requests(open_page, department, "supervisor", state="settled", open=f"swap-{number}"))
    assert all(f"{name}：" in opened for name in names)


def test_a_shift_with_readings_is_recorded_as_empty_only_once_they_were_seen(
    department: Department, open_page: OpenPage
) -> None:
    number = approved_swap(department, open_page)
    begun(department, number)
    with session_scope(department.url) as session:
        row = session.get_one(SwapRequest, number)
        assert row.shift is not None
        shift_id, person = row.shift.id, row.shift.agent.name
        start, end = row.shift.starts_at - timedelta(hours=10), row.shift.starts_at - timedelta(hours=1)
        row.shift.starts_at, row.shift.ends_at = start, end
        for kind, at in (("in", start - timedelta(minutes=16)), ("out", end + timedelta(minutes=10))):
            session.add(Punch(agent_id=row.shift.agent_id, at=at, kind=kind, recorded_at=at))
    times = [
        at.astimezone(SHANGHAI).strftime("%H:%M")
        for at in (start - timedelta(minutes=16), end + timedelta(minutes=10))
    ]
    tested = open_requests(open_page, department, "supervisor", state="payback")
    assert "–".join(times) in said(tested) and "有打卡" in said(tested)

    def record() -> None:
        for n, share in enumerate(("没有说明班次时间", "没有核对排班")):
            tested.text_area(key=f"swap_failed_share:{number}:{n}").input(share)
        press(tested, f"swap_failed:{number}")

    record()
    assert f"{person}这一班有打卡" in said(tested)
    with session_scope(department.url) as session:
        assert session.get_one(SwapRequest, number).state == "approved"
    tested.checkbox(key=f"swap_failed_sure:{number}:{shift_id}").check()
    record()
    with session_scope(department.url) as session:
        assert session.get_one(SwapRequest, number).state == "failed"
    assert "双方均按" in said(tested) and "都已还班" not in said(tested)


def test_the_pay_back_of_a_waiting_swap_is_agreed_on_and_agreements_are_asked_anew(
    department: Department, open_page: OpenPage
) -> None:
    number = file_swap(department)
    tested = open_requests(open_page, department, "supervisor")
    press(tested, f"swap_consent:{number}:partner")
    tested.selectbox(key=f"swap_payback:{number}").select_index(1).run()
    assert "须重新取得同意" in said(tested)
    press(tested, f"swap_set_payback:{number}")
    with session_scope(department.url) as session:
        assert "partner" not in {entry["who"] for entry in session.get_one(SwapRequest, number).consents}


def test_whoever_is_away_on_the_pay_back_day_stands_beside_a_swap(
    department: Department, open_page: OpenPage
) -> None:
    number, back = file_swap(department), 5
    file_leave(department, "K3", n=back)
    opened = said(open_requests(open_page, department, "supervisor", open=f"swap-{number}"))
    with session_scope(department.url) as session:
        name = department.agent(session, "K3").name
    around = opened[opened.index("已请假和同时申请的人") :]
    assert name in around[: around.index("换班日、还班日的人手")]


def test_several_are_decided_at_once_and_each_result_is_said(
    department: Department, open_page: OpenPage
) -> None:
    first, second = file_leave(department), file_leave(department, "K3", n=3)
    tested = tick(open_requests(open_page, department, "supervisor"), {f"leave-{first}", f"leave-{second}"})
    press(tested, "request_bulk_approve")
    assert "2 项中已办结 2 项" in said(tested)
    with session_scope(department.url) as session:
        assert {session.get_one(Leave, n).status for n in (first, second)} == {"approved"}
    assert waiting(tested).empty


def test_two_that_together_empty_a_post_are_approved_only_with_a_reason(
    department: Department, open_page: OpenPage
) -> None:
    first, second = file_leave(department), file_leave(department, "K3")
    both = {f"leave-{first}", f"leave-{second}"}
    day = department.days[0].isoformat()
    tested = tick(open_requests(open_page, department, "supervisor"), {f"leave-{first}"})
    assert "一起批准后" not in said(tested)  # each alone leaves the other there
    tick(tested, both)
    assert (
        f"{day} 不限岗位 09:00–18:00：无人在岗（不在：" in said(tested)
        and "无人在岗" in said(tested)
        and "一起批准后" in said(tested)
    )
    press(tested, "request_bulk_approve")
    assert "尚未办理任何一项" in said(tested)
    with session_scope(department.url) as session:
        assert {session.get_one(Leave, n).status for n in (first, second)} == {"requested"}
    tick(tested, both)
    tested.text_input(key="request_bulk_note").input("当天由二组顶岗")
    press(tested, "request_bulk_approve")
    assert "2 项中已办结 2 项" in said(tested) and "现在人手不足" in said(tested)
    with session_scope(department.url) as session:
        assert {session.get_one(Leave, n).decision_note for n in (first, second)} == {"当天由二组顶岗"}


def test_a_number_that_two_leaves_miss_together_is_named(department: Department, open_page: OpenPage) -> None:
    with session_scope(department.url) as session:
        who = department.scope(session, "supervisor")
        team_id = department.agent(session, "K1").team_id
        add_shift(session, department.agent(session, "K2"), department.days[0])
        coverage.set_need(
            session, who, team_id=team_id, post="", weekday=-1, starts_minute=9 * 60, ends_minute=12 * 60,
            required=2, now=datetime.now(UTC),
        )  # fmt: skip
    first, second = file_leave(department), file_leave(department, "K3")
    tested = tick(open_requests(open_page, department, "supervisor"), {f"leave-{first}"})
    assert "一起批准后" not in said(tested)
    tick(tested, {f"leave-{first}", f"leave-{second}"})
    text = said(tested)
    assert "09:00–12:00" in text and "1 / 2 人" in text and "丙" in text


def test_one_that_has_changed_does_not_stop_the_others(department: Department, open_page: OpenPage) -> None:
    first, second = file_leave(department), file_leave(department, "K3", n=3)
    tested = tick(open_requests(open_page, department, "supervisor"), {f"leave-{first}", f"leave-{second}"})
    with session_scope(department.url) as session:
        leave.withdraw_leave(
            session, department.scope(session, "agent"), first, expected_version=1, now=datetime.now(UTC)
        )
    press(tested, "request_bulk_approve")
    assert "2 项中已办结 1 项" in said(tested) and "已撤回" in said(tested)
    with session_scope(department.url) as session:
        assert session.get_one(Leave, first).status == "withdrawn"
        assert session.get_one(Leave, second).status == "approved"


def test_what_belongs_to_another_level_is_left_out_of_a_decision_on_several(
    department: Department, open_page: OpenPage
) -> None:
    mine, theirs, hours = file_leave(department), file_leave(department, "K3", length=5), file_overtime(department, "K2", n=1)  # fmt: skip
    tested = open_requests(open_page, department, "supervisor", state="waiting")
    tick(tested, {f"leave-{mine}", f"leave-{theirs}", f"overtime-{hours}"})
    assert "有 2 项不归您审批" in said(tested) and "经理" in said(tested)
    press(tested, "request_bulk_approve")
    with session_scope(department.url) as session:
        assert session.get_one(Leave, mine).status == "approved"
        assert session.get_one(Leave, theirs).status == "requested"
        assert session.get_one(Overtime, hours).state == "requested"


def test_several_are_refused_with_one_reason_and_not_without(
    department: Department, open_page: OpenPage
) -> None:
    first, second = file_leave(department), file_leave(department, "K3", n=3)
    both = {f"leave-{first}", f"leave-{second}"}
    tested = tick(open_requests(open_page, department, "supervisor"), both)
    press(tested, "request_bulk_refuse")
    assert "尚未办理任何一项" in said(tested) and "项中已办结" not in said(tested)
    tick(tested, both)
    tested.text_input(key="request_bulk_note").input("当天人手不足")
    press(tested, "request_bulk_refuse")
    assert "2 项中已办结 2 项" in said(tested)
    with session_scope(department.url) as session:
        assert {session.get_one(Leave, n).decision_note for n in (first, second)} == {"当天人手不足"}


def test_what_breaks_a_clause_is_not_approved_with_others(
    department: Department, open_page: OpenPage
) -> None:
    swap = file_swap(department)
    clean = file_leave(department, "K3", n=3)
    tested = tick(open_requests(open_page, department, "supervisor"), {f"swap-{swap}", f"leave-{clean}"})
    assert "有 1 项与条款不符" in said(tested)
    press(tested, "request_bulk_approve")
    with session_scope(department.url) as session:
        assert session.get_one(SwapRequest, swap).state == "requested"
        assert session.get_one(Leave, clean).status == "approved"


def test_the_second_of_two_is_told_and_nothing_is_overwritten(
    department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department)
    tested = open_requests(open_page, department, "supervisor")
    with session_scope(department.url) as session:
        leave.decide_leave(
            session, department.scope(session, "supervisor"), number, is_approved=False, note="人手不足",
            expected_version=1, book=department.book, now=datetime.now(UTC),
        )  # fmt: skip
    press(tested, f"request_approve:leave-{number}")
    assert "已有人先行更新" in words(tested)
    with session_scope(department.url) as session:
        assert session.get_one(Leave, number).status == "refused"


def test_a_supervisor_sees_his_teams_only(department: Department, open_page: OpenPage) -> None:
    foreign = file_leave(department, "K9")
    tested = open_requests(open_page, department, "supervisor", state="waiting", open=f"leave-{foreign}")
    assert "找不到这份申请" in words(tested)
    assert waiting(tested).empty and "家中有事" not in words(tested)


def test_the_soonest_stands_first_and_filters_stand_in_the_address(
    department: Department, open_page: OpenPage
) -> None:
    later, sooner = file_leave(department, "K3", n=6), file_leave(department, n=0)
    hours = file_overtime(department, "K2", n=3)
    tested = open_requests(open_page, department, "manager", state="waiting")
    assert list(waiting(tested)["key"]) == [f"leave-{sooner}", f"overtime-{hours}", f"leave-{later}"]
    tested.selectbox(key="requests_kind").select("overtime").run()
    assert address(tested, "kind") == "overtime" and list(waiting(tested)["key"]) == [f"overtime-{hours}"]
    tested.selectbox(key="requests_needed").select("late").run()
    assert address(tested, "needed") == "late" and waiting(tested).empty


def test_cards_open_lists_as_long_as_they_say(department: Department, open_page: OpenPage) -> None:
    file_leave(department)
    file_overtime(department, "K2", n=1)
    tested = open_requests(open_page, department, "manager", state="settled", kind="swap")
    for label in ("待您处理", "过时限未批"):
        press(tested, f"open:{label}")
        assert len(waiting(tested)) == card(tested, label), label


def test_slips_are_followed_until_they_are_there_and_returns_only_where_the_regulations_ask(
    department: Department, open_page: OpenPage
) -> None:
    with session_scope(department.url) as session:
        agent = department.agent(session, "K1")
        now = datetime.now(UTC)
        row = Leave(
            agent_id=agent.id, type="sick", starts_at=now - timedelta(days=6), ends_at=now - timedelta(days=4),
            filed_at=now - timedelta(days=7), filed_by="agent", status="approved", approver="supervisor",
            required_role="supervisor", decided_role="supervisor", decided_at=now - timedelta(days=7),
            rulebook_version=department.book.version, reason="发烧",
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id
    tested = open_requests(open_page, department, "supervisor", state="slips")
    listed = next(frame.value for frame in tested.dataframe if "due_on" in frame.value)
    assert card(tested, "待交假条、待销假") == len(listed) == 1
    assert list(listed["owed"]) == ["假条"]  # E3 has no clause on reporting back
    press(tested, f"leave_slip:{number}")
    assert card(tested, "待交假条、待销假") == 0
    with session_scope(department.url) as session:
        kept = session.get_one(Leave, number)
        assert kept.slip_received_on is not None and kept.returned_at is None


def test_overtime_that_nobody_approved_is_listed_with_its_reasoning(
    department: Department, open_page: OpenPage
) -> None:
    on = datetime.now(SHANGHAI).date()
    with session_scope(department.url) as session:
        for number, extra, approved in (("K1", 95, 60), ("K2", 45, 0), ("K3", 60, 60), ("K9", 30, 0)):
            agent = department.agent(session, number)
            shift = add_shift(session, agent, on)
            session.add(
                AttendanceDay(
                    shift_id=shift.id, agent_id=agent.id, work_on=on, class_="present", extra_minutes=extra,
                    approved_extra_minutes=approved, clauses=[], steps=[], judged_at=datetime.now(UTC),
                    rulebook_version=department.book.version,
                )
            )  # fmt: skip
    tested = open_requests(open_page, department, "supervisor", state="unapproved")
    listed = next(frame.value for frame in tested.dataframe if "minutes" in frame.value)
    assert listed[["person", "minutes"]].values.tolist() == [["乙", 45], ["甲", 35]]
    assert card(tested, "有未批加班的天数") == len(listed)
    assert "E3.14" in said(tested)
    assert card(open_requests(open_page, department, "manager"), "有未批加班的天数") == 3


def test_leave_that_was_worked_after_all_is_taken_back_with_a_reason(
    department: Department, open_page: OpenPage
) -> None:
    with session_scope(department.url) as session:
        now = datetime.now(UTC)
        row = Leave(
            agent_id=department.agent(session, "K1").id, type="personal", starts_at=now - timedelta(days=3),
            ends_at=now - timedelta(days=2), filed_at=now - timedelta(days=6), filed_by="agent", status="approved",
            approver="supervisor", required_role="supervisor", decided_role="supervisor",
            decided_at=now - timedelta(days=5), rulebook_version=department.book.version,
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id
    tested = open_requests(open_page, department, "supervisor", state="settled", open=f"leave-{number}")
    press(tested, f"leave_not_taken:{number}")
    assert "请写明原因" in said(tested)
    tested.text_input(key=f"leave_not_taken_note:{number}").input("当天照常上班")
    press(tested, f"leave_not_taken:{number}")
    assert "请假已撤回" in said(tested)
    with session_scope(department.url) as session:
        kept = session.get_one(Leave, number)
        assert (kept.status, kept.decision_note) == ("withdrawn", "当天照常上班")


def test_the_export_names_no_kind_of_leave_and_no_reason(
    department: Department, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = file_leave(department, "K3", type_="official", reason="隐情")
    with session_scope(department.url) as session:
        leave.decide_leave(
            session, department.scope(session, "manager"), number, is_approved=True, note="病历已看",
            expected_version=1, book=department.book, now=datetime.now(UTC),
        )  # fmt: skip
    sheets: list[Sheet] = []
    monkeypatch.setattr(
        "dashboard.request_settled.download", lambda scope, sheet, *rest: sheets.append(sheet)
    )
    tested = open_requests(open_page, department, "supervisor", state="settled")
    assert list(settled(tested)["what"]) == ["公假 1 天"]
    cells = [str(cell) for row in sheets[0].rows for cell in row]
    assert "请假" in cells and not any(word in cell for cell in cells for word in ("公假", "隐情", "病历"))
    assert len(sheets[0].rows) == len(settled(tested))


@pytest.mark.parametrize(
    "query",
    [
        {"open": "leave-999999"},
        {"open": "leave-"},
        {"open": "leave-²"},
        {"open": "swap-1; DROP TABLE leave"},
        {"open": "<script>alert(1)</script>"},
        {"open": "case-1"},
        {"state": "everything", "kind": "money", "needed": "x" * 3000},
        {"team": "999", "from": "garbage"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(
    query: dict[str, str], department: Department, open_page: OpenPage
) -> None:
    file_leave(department)
    tested = open_requests(open_page, department, "supervisor", **query)
    assert len(waiting(tested)) == 1


def test_what_people_wrote_is_shown_and_never_interpreted(
    department: Department, open_page: OpenPage
) -> None:
    number = file_leave(department, reason=HOSTILE)
    tested = open_requests(open_page, department, "supervisor", open=f"leave-{number}")
    assert plain(HOSTILE) in words(tested)


def test_a_supervisor_asks_for_somebody_and_sees_the_check_first(
    department: Department, open_page: OpenPage
) -> None:
    tested = open_requests(open_page, department, "supervisor", state="ask", ask="overtime", whom="K2")
    with session_scope(department.url) as session:
        _start, end = department.span(1)
    start = end.astimezone(SHANGHAI).replace(tzinfo=None)
    tested.datetime_input(key="filing_overtime_start").set_value(start)
    tested.datetime_input(key="filing_overtime_end").set_value(start + timedelta(hours=2))
    tested.text_area(key="filing_overtime_reason").set_value("大促值守")
    tested.run()
    assert "符合规定" in said(tested) and "E3.14" in said(tested)
    press(tested, "filing_send")
    assert "申请已提交" in said(tested)
    with session_scope(department.url) as session:
        row = session.query(Overtime).one()
        assert (row.agent.number, row.reason, row.state) == ("K2", "大促值守", "requested")


def test_today_says_how_many_wait_and_leads_there(department: Department, open_page: OpenPage) -> None:
    file_leave(department)
    tested = open_page(department.url, "today", "supervisor")
    assert not tested.exception
    labels = [str(getattr(link.proto, "label", "")) for link in tested.get("page_link")]
    assert any("有 1 份" in label for label in labels)
    assert not any("份请假" in str(getattr(link.proto, "label", "")) for link in open_page(department.url, "today", "executive").get("page_link"))  # fmt: skip


def test_nobody_decides_past_the_rules_behind_the_page(
    department: Department, desk_at: Callable[[str], None]
) -> None:
    """The page hides what a level may not do; the writes refuse it all the same."""
    desk_at(department.url)
    number, hours = file_leave(department, length=5), file_overtime(department, "K2", n=1)
    swap = file_swap(department, n=2)
    with session_scope(department.url) as session:
        scope = department.scope(session, "supervisor")
        seen = session.get_one(SwapRequest, swap).row_version
    rows = (
        (f"leave-{number}", 1, "leave"),
        (f"overtime-{hours}", 1, "overtime"),
        ("leave-999999", 1, "nothing"),
        (f"swap-{swap}", seen, "swap"),
    )
    results = decide_all(scope, rows, True, "")
    assert [code for code, _label, _text in results] == ["refused"] * 4
    assert "A1.25" in results[0][2] and "E3.14" in results[1][2] and "A1.30" in results[3][2]
    with session_scope(department.url) as session:
        assert leave.get_leave(session, scope, number).status == "requested"
        assert overtime.get_overtime(session, scope, hours).state == "requested"
        assert swaps.get_swap(session, scope, swap).state == "requested"
