"""Callbacks: the work list, four rates with four denominators, and recording an attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import callbacks, people
from db.engine import session_scope
from db.models import Callback
from regulations.access import SYSTEM
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, press, words


@pytest.fixture
def owed(demo_session: Session) -> Callback:
    """A callback of the first supervisor's team that is not completed."""
    own = people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id
    now = datetime.now(UTC)
    return demo_session.scalars(
        select(Callback)
        .where(
            Callback.team_id == own,
            Callback.completed_at.is_(None),
            Callback.arisen_at < now - timedelta(hours=1),
        )
        .order_by(Callback.due_at.desc())
        .limit(1)
    ).one()


@pytest.mark.parametrize("who", ["supervisor", "manager"])
def test_rates_stand_beside_what_they_were_divided_by(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", who)
    assert not tested.exception
    assert [m.label for m in tested.metric] == [
        "回访率",
        "回访及时率",
        "回访接通率",
        "回访满意率",
        "可能扣分",
    ]
    assert sum(" / " in caption.value for caption in tested.caption) >= 3
    rates = tested.dataframe[-1].value
    assert {"rate_n", "rate_d", "connect_rate_d", "satisfaction_d"} <= set(rates.columns)


@pytest.mark.parametrize("show", ["today", "week", "old", "period"])
def test_every_list_can_be_shown(show: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "manager", show=show)
    assert not tested.exception
    assert tested.segmented_control(key="callbacks_show").value == show


def test_open_callbacks_come_before_completed_ones(demo_url: str, open_page: OpenPage) -> None:
    listed = open_page(demo_url, "callbacks", "manager", show="period").dataframe[0].value
    assert listed["is_done"].is_monotonic_increasing


def test_the_address_opens_one_callback_with_its_reasons(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    assert not tested.exception
    assert "截止时间的由来" in words(tested)
    assert "blue-badge" in words(tested)


@pytest.mark.parametrize("number", ["HF0", "<script>", "", "x" * 300])
def test_a_number_that_leads_nowhere_is_answered_kindly(
    number: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=number)
    assert not tested.exception
    assert "没有这项回访" in words(tested)


def test_a_complete_attempt_completes_the_callback(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    tested.selectbox(key="attempt_outcome").select("connected")
    tested.selectbox(key="attempt_satisfaction").select("satisfied")
    tested.checkbox(key="attempt_complete").check()
    press(tested, "登记回访")
    assert not tested.exception
    assert "已登记" in words(tested)
    with session_scope(demo_url) as session:
        stored = callbacks.get_callback(session, SYSTEM, owed.number)
        assert stored.completed_at is not None
        assert stored.satisfaction == "satisfied"


def test_an_attempt_that_cannot_be_is_refused_in_words(
    owed: Callback, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", "supervisor", callback=owed.number)
    tested.selectbox(key="attempt_outcome").select("no_answer")
    tested.selectbox(key="attempt_satisfaction").select("satisfied")
    press(tested, "登记回访")
    assert not tested.exception
    assert "没有接通" in words(tested)


def test_a_manager_looks_on_but_records_nothing(owed: Callback, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "callbacks", "manager", callback=owed.number)
    assert not tested.exception
    assert "登记回访" not in [button.label for button in tested.button]


@pytest.mark.parametrize("who", ["qa", "agent", "administrator"])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "callbacks", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "callbacks", who)
    assert not tested.exception
    if who in ("supervisor", "manager"):
        assert "没有到期的回访" in words(tested)


def test_hours_are_named_only_for_kinds_that_have_them(demo_url: str, open_page: OpenPage) -> None:
    goods = open_page(demo_url, "callbacks", "supervisor", show="period")
    assert not goods.exception
    shown = set(goods.dataframe[0].value["kind"])
    assert not any("患者" in kind or "初诊" in kind for kind in shown)
    assert "回访时段" not in words(goods)
    everybody = open_page(demo_url, "callbacks", "manager", show="period")
    assert "回访时段" in words(everybody)
