"""Leave balances on the page of requests: who holds what, its lines, entering one; and exceptions that need a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.request_bulk import decide_all
from dashboard.request_table import table_key
from db import leave, leave_account
from db.engine import session_scope
from db.models import Leave, LeaveEntry
from tests.factories import SHANGHAI
from tests.pages.conftest import ROLES, OpenPage, address, words
from tests.pages.request_rows import HOSTILE, Department, add_shift, build, file_leave

DECIDERS = ("supervisor", "manager", "executive", "top")


@pytest.fixture
def department(bare_url: str) -> Department:
    return build(bare_url)


def open_balances(
    open_page: OpenPage, department: Department, role: str = "supervisor", **query: str
) -> AppTest:
    tested = open_page(department.url, "requests", role, state="balances", **query)
    assert not tested.exception, tested.exception
    return tested


def said(tested: AppTest) -> str:
    return words(tested).replace("\\", "")


def accounts(tested: AppTest) -> pd.DataFrame:
    return next(frame.value for frame in tested.dataframe if "lapsed" in frame.value)


def lines(tested: AppTest) -> pd.DataFrame:
    found = [frame.value for frame in tested.dataframe if "is_ahead" in frame.value]
    return found[0] if found else pd.DataFrame({"days": []})


def grant(department: Department, number: str, days: str, note: str = "年初结转") -> int:
    with session_scope(department.url) as session:
        agent = department.agent(session, number)
        leave_account.grant(
            session, department.scope(session, "manager"), agent_id=agent.id, type_="time_off", days=Decimal(days),
            effective_on=datetime.now(SHANGHAI).date() - timedelta(days=30), note=note, book=department.book,
            now=datetime.now(UTC),
        )  # fmt: skip
        return agent.id


def enter(tested: AppTest, agent_id: int, kind: str, days: float | None, note: str = "") -> AppTest:
    tested.segmented_control(key=f"leave_line_kind:{agent_id}").set_value(kind)
    tested.number_input(key=f"leave_line_days:{agent_id}").set_value(days)
    tested.text_input(key=f"leave_line_note:{agent_id}").input(note)
    tested.button(key=f"leave_line:{agent_id}").click().run()
    assert not tested.exception, tested.exception
    return tested


@pytest.mark.parametrize("role", DECIDERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everybody_in_charge_sees_the_accounts_of_his_teams_the_largest_first(
    role: str, lang: str, department: Department, open_page: OpenPage
) -> None:
    grant(department, "K2", "1.5")
    grant(department, "K3", "2", note=HOSTILE)
    grant(department, "K9", "5")
    tested = open_balances(open_page, department, role, lang=lang)
    rows = accounts(tested)
    own = ["K3", "K2", "K1"] if role == "supervisor" else ["K9", "K3", "K2"]
    assert list(rows["number"])[:3] == own
    assert list(rows[rows["number"] == "K3"]["held"]) == ["2"]
    total = "3.5" if role == "supervisor" else "8.5"
    assert total in said(tested)


def test_balances_have_two_decimals_and_their_hours_and_the_lines_are_exact(
    department: Department, open_page: OpenPage
) -> None:
    grant(department, "K2", "1.3025")
    grant(department, "K3", "3.1675")
    tested = open_balances(open_page, department, account="K2")
    rows = accounts(tested).set_index("number")
    assert [rows["held"]["K2"], rows["hours"]["K2"]] == ["1.3", "10 小时 25 分"]
    assert [rows["held"]["K3"], rows["hours"]["K3"]] == ["3.16", "25 小时 20 分"]
    assert rows.loc["K1", "hours"] == "—"
    assert lines(tested)["days"].tolist() == ["+1.3025"] and lines(tested)["balance"].tolist() == ["1.3025"]


@pytest.mark.parametrize("role", [role for role in ROLES if role not in DECIDERS])
def test_other_roles_are_not_shown_them(role: str, department: Department, open_page: OpenPage) -> None:
    tested = open_page(department.url, "requests", role, state="balances")
    assert not tested.dataframe and not tested.exception


def test_days_lapse_on_the_page_with_a_note_and_never_below_what_is_left(
    department: Department, open_page: OpenPage
) -> None:
    agent_id = grant(department, "K2", "2")
    tested = open_balances(open_page, department, account="K2")
    assert list(lines(tested)["days"]) == ["+2"]
    enter(tested, agent_id, "expired", 1)
    assert "登记到期请写明依据" in said(tested)
    assert tested.number_input(key=f"leave_line_days:{agent_id}").value == 1  # what was typed stays
    enter(tested, agent_id, "expired", 2.5, "清零")
    assert "余额不足以扣减" in said(tested) and "只剩 2 天" in said(tested)
    enter(tested, agent_id, "expired", 1.5, "清零")
    assert "已登记" in said(tested)
    assert list(lines(tested)["days"]) == ["+2", "-1.5"] and list(lines(tested)["balance"]) == ["2", "0.5"]
    assert tested.number_input(key=f"leave_line_days:{agent_id}").value is None
    rows = accounts(tested)
    assert rows[rows["number"] == "K2"].iloc[0][["held", "granted", "lapsed"]].tolist() == ["0.5", "2", "1.5"]


def test_granting_and_correcting_on_the_page(department: Department, open_page: OpenPage) -> None:
    with session_scope(department.url) as session:
        agent_id = department.agent(session, "K3").id
    tested = open_balances(open_page, department, account="K3")
    assert "还没有变动记录" in said(tested)
    enter(tested, agent_id, "granted", None)
    assert "请填写变动、天数和生效日期" in said(tested)
    enter(tested, agent_id, "granted", -1, "扣")
    assert "发放天数须大于 0" in said(tested)
    enter(tested, agent_id, "granted", 1.5)
    enter(tested, agent_id, "corrected", 0.5)
    assert "更正余额请写明原因" in said(tested)
    enter(tested, agent_id, "corrected", 0.5, HOSTILE)
    with session_scope(department.url) as session:
        kept = [(e.kind, e.days, e.note) for e in session.query(LeaveEntry).order_by(LeaveEntry.id)]
    assert kept == [("granted", Decimal("1.5"), ""), ("corrected", Decimal("0.5"), HOSTILE)]


@pytest.mark.parametrize("asked", ["K9", "nobody", "", "1; drop table", "K2%00"])
def test_an_address_that_names_nobody_of_ones_own_opens_the_first(
    asked: str, department: Department, open_page: OpenPage
) -> None:
    grant(department, "K2", "1")
    grant(department, "K9", "5", note="外人的备注")
    tested = open_balances(open_page, department, account=asked)
    assert (
        "乙" in said(tested) and "外人的备注" not in said(tested) and "外人的备注" not in str(lines(tested))
    )


def test_an_agent_sees_what_is_left_after_leave_approved_for_later(
    department: Department, open_page: OpenPage
) -> None:
    grant(department, "K1", "2")
    number = file_leave(department, "K1", n=0, type_="time_off")
    tested = open_page(department.url, "mine", "agent", open=f"leave-{number}")
    assert "本次申请" in said(tested) and "扣除已批准的请假后" not in said(tested)
    with session_scope(department.url) as session:
        leave.decide_leave(
            session, department.scope(session, "supervisor"), number, is_approved=True, expected_version=1,
            book=department.book, now=datetime.now(UTC),
        )  # fmt: skip
    tested = open_page(department.url, "mine", "agent", open=f"leave-{number}")
    assert not tested.exception, tested.exception
    assert any(metric.value == "2 天" for metric in tested.metric)
    assert "扣除已批准的请假后剩 1 天" in said(tested)
    text = said(tested)
    assert (
        "本次请假已用: -1 天（-8 小时）" in text and "剩余: :green[1 天（8 小时）]" in text
    )  # not taken off once more
    shown = lines(tested)
    assert list(shown["balance"]) == ["2", "1"] and list(shown["is_ahead"]) == [False, True]


def test_an_exception_in_time_is_left_out_of_several_and_says_so(
    department: Department, open_page: OpenPage
) -> None:
    with session_scope(department.url) as session:
        agent = department.agent(session, "K2")
        night = add_shift(session, agent, department.days[2], hour=15, hours=8)
        number = leave.file_leave(
            session, department.scope(session, "manager"), agent_id=agent.id, type_="personal", starts_at=night.starts_at,
            ends_at=night.ends_at, reason="家事", book=department.book, now=datetime.now(UTC),
        ).id  # fmt: skip
    tested = open_page(department.url, "requests", "manager", open=f"leave-{number}")
    rows = next(frame.value for frame in tested.dataframe if "urgency" in frame.value)
    assert rows.iloc[0]["check"] == "! A1.27" and rows.iloc[0]["broken"] == 0
    assert "只能作为例外批准" in said(tested)
    tested.session_state[table_key(rows, address(tested, "state") or "mine")] = {
        "selection": {"rows": [0], "columns": [], "cells": []}
    }
    tested.run()
    assert "1 份只能作为例外批准，须逐份写明理由" in said(tested)
    assert tested.button(key="request_bulk_approve").disabled
    with session_scope(department.url) as session:
        manager = department.scope(session, "manager")
    ((code, _label, why),) = decide_all(manager, ((f"leave-{number}", 1, "夜班"),), True, "一并同意")
    assert code == "refused" and "不能批量处理" in why  # also from a list that is older than the roster
    tested.button(key=f"request_approve:leave-{number}").click().run()
    assert "请在备注中写明为何准许" in said(tested)
    tested.text_area(key=f"request_note:leave-{number}").set_value("已安排顶岗")
    tested.button(key=f"request_approve:leave-{number}").click().run()
    with session_scope(department.url) as session:
        row = session.get_one(Leave, number)
        assert (row.status, row.exceptions, row.decision_note) == ("approved", ["A1.27"], "已安排顶岗")
    tested = open_page(department.url, "requests", "manager", open=f"leave-{number}")
    assert "作为 A1.27 的例外批准" in said(tested)
