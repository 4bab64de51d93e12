"""Attendance: the board, the grid, the reasons, the totals."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import people
from db.models import Agent, AttendanceDay
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, words


@pytest.mark.parametrize("who", ["supervisor", "manager"])
def test_the_page_shows_board_grid_and_totals(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "attendance", who)
    assert not tested.exception
    assert [m.label for m in tested.metric][:3] == ["出勤率", "迟到率", "严重迟到脱岗率"]
    text = words(tested)
    assert "此刻" in text and "逐日考勤" in text and "个人汇总" in text


def test_the_board_puts_who_is_missing_first(demo_url: str, open_page: OpenPage) -> None:
    board = open_page(demo_url, "attendance", "manager").dataframe[0].value
    assert board["rank"].is_monotonic_increasing
    assert board["phone"].notna().all()


def test_the_worst_attendance_stands_on_top_of_the_totals(demo_url: str, open_page: OpenPage) -> None:
    totals = open_page(demo_url, "attendance", "manager").dataframe[-1].value
    keys = list(zip(-totals["missed"], -totals["severe"], -totals["late"], strict=True))
    assert keys == sorted(keys)


def test_a_day_in_the_address_is_explained_step_by_step(
    demo_session: Session, demo_url: str, open_page: OpenPage
) -> None:
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    day = demo_session.scalars(
        select(AttendanceDay)
        .join(Agent, Agent.id == AttendanceDay.agent_id)
        .where(Agent.team_id == own, AttendanceDay.class_ == "late")
        .order_by(AttendanceDay.work_on.desc())
        .limit(1)
    ).one()
    tested = open_page(
        demo_url,
        "attendance",
        "supervisor",
        shift=str(day.shift_id),
        **{"from": day.work_on.isoformat(), "to": day.work_on.isoformat()},
    )
    assert not tested.exception
    text = words(tested)
    assert day.agent.name in text and "迟到" in text and "blue-badge" in text


@pytest.mark.parametrize("shift", ["999999999", "abc", "<script>", "-1", "9" * 60])
def test_a_day_that_does_not_exist_leaves_the_reason_open(
    shift: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "attendance", "supervisor", shift=shift)
    assert not tested.exception
    assert "未选择" in words(tested)


def test_thirteen_months_show_the_grid_of_the_last_days_only(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "attendance", "manager")
    tested.segmented_control(key="_period").set_value("months13").run()
    assert not tested.exception
    assert "个人汇总" in words(tested)


@pytest.mark.parametrize("who", ["qa", "agent", "administrator"])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "attendance", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "attendance", who)
    assert not tested.exception
    if who in ("supervisor", "manager"):
        assert "今日没有排班" in words(tested)
        assert "这段时间没有班次" in words(tested)
