"""Complaints: figures with their denominators, the list that hurts most first, filters in the address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.orm import Session

from dashboard.complaint_headline import received_note, working_days
from dashboard.complaint_lists import AGES, by_age
from dashboard.filters import Filters
from dashboard.i18n import _, using
from db import case_lists
from db.engine import session_scope
from db.metrics import Figure
from db.models import Complaint
from regulations.access import SYSTEM
from tests.pages.conftest import ROLES, OpenPage, address, words


@pytest.mark.parametrize("who", ["supervisor", "manager", "executive", "top"])
def test_the_first_screen_says_how_often_why_and_whether_it_gets_better(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", who, **{"from": "2026-01-01", "to": "2099-01-01"})
    assert not tested.exception
    said = words(tested)
    assert "个时限中" in said and "个超时" in said
    assert "超时最多的环节与部门" in said
    assert 1 <= sum(str(button.key).startswith("reason:") for button in tested.button) <= 4
    by = "按现在的责任人" if who == "supervisor" else "按班组"  # whose: the supervisor has one team
    assert f"属于谁：{by}" in said and "不等于过错" in said
    assert 1 <= sum(str(button.key).startswith("whose:") for button in tested.button) <= 3
    assert "各月时限达成率" in said
    assert [metric.label for metric in tested.metric] == [
        "投诉时限达成率", "当前超时未结", "投诉受理量", "最终答复用时", "重新受理率", "重复投诉率", "投诉成立率",
    ]  # fmt: skip


def test_every_clock_of_the_rulebook_stands_in_the_table_the_worst_first(
    demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", "manager", **{"from": "2026-01-01", "to": "2099-01-01"})
    clocks = next(frame.value for frame in tested.dataframe if "trend" in frame.value)
    counted = clocks[clocks["due"] > 0]
    assert counted["value"].is_monotonic_increasing
    assert clocks["value"].isna().is_monotonic_increasing, "those with nothing due come last"
    assert {"转交责任部门", "首次反馈", "最终答复", "进展联系"} <= set(clocks["name"])
    assert all(clocks["clauses"])


def test_times_show_percentiles_and_what_is_still_open(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(
        demo_url, "complaints", "manager", time="forward_hours", **{"from": "2026-01-01", "to": "2099-01-01"}
    )
    times = next(frame.value for frame in tested.dataframe if "p90" in frame.value)
    assert list(times["key"])[:2] == ["complaint.forward_hours", "complaint.first_feedback_hours"]
    forward = times.iloc[0]
    assert forward["done"] > 0 and forward["p50"] != "—"
    assert "转交用时" in words(tested)
    assert "一半在" in words(tested) and "九成在" in words(tested)


def test_a_view_narrowed_by_the_address_can_be_sent_to_a_colleague(
    demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(
        demo_url, "complaints", "manager", show="open", clock="final_feedback", state="on_track", q="TS"
    )
    assert not tested.exception
    assert tested.selectbox(key="_list_clock").value == "final_feedback"
    assert tested.selectbox(key="_list_state").value == "on_track"
    assert tested.text_input(key="_q").value == "TS"
    tested.selectbox(key="_list_state").select("").run()
    assert address(tested, "state") is None
    tested.text_input(key="_q").set_value("没有这个词").run()
    assert address(tested, "q") == "没有这个词"
    assert "没有符合筛选条件的投诉" in words(tested)


def test_an_age_group_lists_its_cases(demo_url: str, open_page: OpenPage) -> None:
    everything = open_page(demo_url, "complaints", "manager", show="open").dataframe[0].value
    of_ages = [
        len(tested.dataframe[0].value) if "仅看" in "".join(b.label for b in tested.button) and "days_open" in tested.dataframe[0].value else 0
        for tested in (open_page(demo_url, "complaints", "manager", show="open", age=str(n)) for n in range(5))
    ]  # fmt: skip
    assert sum(of_ages) == len(everything)


def test_every_part_of_an_age_lists_as_many_cases_as_the_chart_counts(
    demo_url: str, open_page: OpenPage, demo_session: Session
) -> None:
    now = datetime.now(UTC)
    counted = by_age(
        [
            ((now - at).total_seconds() / 86_400, state)
            for at, state in case_lists.open_ages(demo_session, SYSTEM, now)
        ]
    )
    parts = counted[counted["count"] > 0].head(4).to_dict("records")
    assert parts
    for part in parts:
        age = next(n for n, (_limit, title) in enumerate(AGES) if _(title) == part["group"])
        tested = open_page(demo_url, "complaints", "manager", show="open", age=str(age), worst=part["state"])
        listed = tested.dataframe[0].value
        assert len(listed) == part["count"], part
        assert set(listed["worst"]) == {part["state"]}
    tested.button(key="all_ages").click().run()
    assert address(tested, "age") is None and address(tested, "worst") is None


def received(count: int) -> Figure:
    return Figure("complaint.received", count, None, count, None, "count", ())


def test_how_many_came_is_compared_with_the_same_days_and_for_each_working_day(
    demo_url: str, desk_at: Callable[[str], None]
) -> None:
    """October begins with a holiday: fewer came because fewer days were worked."""
    desk_at(demo_url)
    chosen = Filters(date(2026, 11, 1), date(2026, 11, 22))
    assert working_days(date(2026, 10, 1), date(2026, 10, 22)) == 12  # Saturday 10-10 makes up for a holiday
    assert working_days(chosen.from_on, chosen.to_on) == 15
    with using("en"):
        assert received_note(received(150), received(60), chosen) == (
            "60 from 10-01 to 10-22. 10 a working day, 5 then."
        )
        years = Filters(date(2026, 1, 1), date(2026, 1, 31))
        assert "31 from 2025-12-01 to 2025-12-31." in received_note(received(150), received(31), years)
        weekend = Filters(date(2026, 11, 21), date(2026, 11, 22))
        assert received_note(received(2), received(1), weekend) == "1 from 11-19 to 11-20."
        assert received_note(received(30), None, chosen) == (
            "2 a working day. The records do not reach back to an earlier period."
        )


def test_a_period_before_the_records_is_no_comparison(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "manager", **{"from": "2026-01-01", "to": "2099-01-01"})
    came = next(metric for metric in tested.metric if metric.label == "投诉受理量")
    assert not came.delta
    assert "没有完整记录" in words(tested)


def test_a_share_of_none_says_that_there_is_nothing_to_list(demo_url: str, open_page: OpenPage) -> None:
    with session_scope(demo_url) as session:
        for case in session.query(Complaint):
            case.previous_id = None
    tested = open_page(demo_url, "complaints", "manager", **{"from": "2026-01-01", "to": "2099-01-01"})
    assert next(metric.value for metric in tested.metric if metric.label == "重复投诉率") == "0%"
    assert "没有这样的投诉" in words(tested)
    assert not any(button.key == "open:complaint.repeat_share:" for button in tested.button)


def test_open_overdue_cases_come_first(demo_url: str, open_page: OpenPage) -> None:
    listed = open_page(demo_url, "complaints", "supervisor", show="open").dataframe[0].value
    # A case whose answer came late is breached too, but nothing can be done about it any more.
    is_overdue = (listed["worst"] == "breached") & listed["is_running"].astype(bool)
    assert is_overdue.any()
    assert is_overdue.is_monotonic_decreasing
    assert listed[is_overdue]["due_at"].is_monotonic_increasing


@pytest.mark.parametrize("show", ["overdue", "due_soon", "open", "received"])
def test_every_list_can_be_shown(show: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "manager", show=show)
    assert not tested.exception
    assert tested.segmented_control(key="complaints_show").value == show


def test_period_and_team_stand_in_the_address(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "manager", team="2", show="open")
    assert address(tested, "team") == "2"
    assert tested.dataframe[0].value["team"].nunique() == 1


def test_a_preset_stands_in_the_address(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "manager")
    assert address(tested, "from") is None  # a default is no step for the browser's Back
    tested.segmented_control(key="_period").set_value("last_month").run()
    assert not tested.exception
    assert (address(tested, "from") or "").endswith("-01")
    assert tested.segmented_control(key="_period").value == "last_month"


def test_a_period_in_the_address_is_shown_as_it_is(demo_url: str, open_page: OpenPage) -> None:
    query = {"from": "2026-01-05", "to": "2026-01-20"}
    tested = open_page(demo_url, "complaints", "manager", **query)
    assert tested.segmented_control(key="_period").value == "custom"
    assert tested.date_input(key="_days").value == (date(2026, 1, 5), date(2026, 1, 20))


def test_the_filters_go_along_to_another_page(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(
        demo_url, "complaints", "manager", team="2", **{"from": "2026-10-05", "to": "2026-10-20"}
    )
    for key in ("team", "from", "to"):
        tested.query_params.pop(key)
    tested.switch_page("../pages/callbacks.py").run()
    assert not tested.exception
    assert address(tested, "team") == "2"
    assert address(tested, "from") == "2026-10-05"
    assert address(tested, "to") == "2026-10-20"


def test_all_teams_can_be_chosen_again(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "manager", team="2")
    tested.selectbox(key="_team").select_index(0).run()
    assert not tested.exception
    assert address(tested, "team") is None
    tested.switch_page("../pages/callbacks.py").run()
    assert address(tested, "team") is None


@pytest.mark.parametrize(
    "query",
    [
        {"from": "garbage", "to": "2026-13-45"},
        {"from": "2026-11-20", "to": "2026-01-01"},
        {"from": "0001-01-01", "to": "9999-12-31"},
        {"from": "2999-01-01", "to": "2999-02-01"},
        {"team": "999"},
        {"team": "1; drop table teams"},
        {"show": "<script>"},
    ],
)
def test_nonsense_in_the_address_falls_back_to_the_default(
    query: dict[str, str], demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", "manager", **query)
    assert not tested.exception
    assert tested.segmented_control(key="_period").value == "month"
    assert tested.selectbox(key="_team").value == 0
    assert len(tested.metric) == 7


def test_a_supervisor_cannot_ask_for_another_team(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "supervisor", team="3", show="open")
    assert not tested.exception
    assert set(tested.dataframe[0].value["team"]) == {"售后服务一组"}


@pytest.mark.parametrize("who", ["qa", "agent", "administrator"])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "complaints", who)
    assert not tested.exception
    if who in ("supervisor", "manager"):
        assert "没有未结的投诉" in words(tested)
        assert "本期没有到期的时限" in words(tested)
        assert "没有受理投诉" in words(tested)
