"""Today: what needs me now, for each role its own."""

from __future__ import annotations

import pytest

from tests.pages.conftest import ROLES, OpenPage, address, words


@pytest.mark.parametrize("who", ["supervisor", "manager"])
def test_supervisors_and_managers_see_deadlines_callbacks_people_and_calls(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "today", who)
    assert not tested.exception
    labels = [metric.label for metric in tested.metric]
    assert labels[:6] == ["已超时", "1 小时内到期", "今日到期", "回访", "迟到或缺岗", "待复核通话"]
    assert int(tested.metric[0].value.replace(",", "")) > 0
    assert len(tested.dataframe) == 1


def test_the_list_is_ordered_by_when_things_turn_late(demo_url: str, open_page: OpenPage) -> None:
    listed = open_page(demo_url, "today", "manager").dataframe[0].value
    assert listed["due_at"].is_monotonic_increasing
    assert set(listed["kind"]) >= {"complaint", "callback"}
    assert all(clauses for clauses in listed["clauses"])


def test_the_surge_of_the_demo_department_is_told_first(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "supervisor")
    told = [*tested.error, *tested.info]
    assert told and "激增" in str(told[0].value)
    assert "同时段平常" in str(told[0].value)


def test_a_card_opens_its_list(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "supervisor")
    overdue = int(tested.metric[0].value)
    tested.button(key="open:已超时").click().run()
    assert not tested.exception
    assert len(tested.dataframe[0].value) == overdue
    assert address(tested, "focus") == "overdue"


def test_the_address_chooses_the_list(demo_url: str, open_page: OpenPage) -> None:
    listed = open_page(demo_url, "today", "manager", focus="callbacks").dataframe[0].value
    assert set(listed["kind"]) == {"callback"}


def test_quality_staff_see_the_calls_that_wait_for_them(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "qa")
    assert not tested.exception
    labels = [metric.label for metric in tested.metric]
    assert labels == ["待复核通话", "待裁定发现", "等待转写的录音", "转写失败的录音"]
    assert "已超时" not in words(tested)


@pytest.mark.parametrize("who", ["agent", "administrator"])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "today", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_says_that_nothing_is_to_be_done(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "today", who)
    assert not tested.exception
    if who in ("supervisor", "manager"):
        assert "这里没有待办" in words(tested)
        assert [metric.value for metric in tested.metric[:5]] == ["0"] * 5


@pytest.mark.parametrize(
    "query",
    [
        {"focus": "<script>alert(1)</script>"},
        {"team": "999"},
        {"team": "-1"},
        {"team": "١"},
        {"team": "9" * 50},
        {"team": ""},
        {"lang": "xx"},
    ],
)
def test_nonsense_in_the_address_is_ignored(
    query: dict[str, str], demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "today", "supervisor", **query)
    assert not tested.exception
    assert len(tested.dataframe) == 1


def test_the_page_speaks_english_when_asked(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", "supervisor", lang="en")
    assert not tested.exception
    assert tested.title[0].value == "Today"
    assert tested.metric[0].label == "Overdue"


def test_another_supervisors_team_stays_out_of_sight(demo_url: str, open_page: OpenPage) -> None:
    listed = open_page(demo_url, "today", "supervisor").dataframe[0].value
    assert listed["team"].nunique() == 1
    everything = open_page(demo_url, "today", "manager").dataframe[0].value
    assert everything["team"].nunique() == 3
