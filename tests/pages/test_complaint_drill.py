"""Every figure of complaints leads to exactly its rows: same selection, same count, an address that can be sent on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashboard.complaint_drill import drill, drill_frame
from dashboard.exports import lists
from dashboard.filters import EARLIEST, Filters
from dashboard.i18n import using
from db import metrics, rulebooks
from db.metrics import METRICS
from db.models import AuditEntry
from regulations.access import SYSTEM, Scope
from tests.pages.conftest import OpenPage, address, press, words

DeskAt = Callable[[str], None]
KEYS = [key for key in METRICS if key.startswith("complaint.")]
PERIOD = {"from": "2026-01-01", "to": "2099-01-01"}


@pytest.mark.parametrize("key", KEYS)
def test_every_group_of_every_figure_has_as_many_rows_as_it_says(key: str, demo_session: Session) -> None:
    now = datetime.now(UTC)
    asked = (
        demo_session, SYSTEM, key, now.date() - timedelta(days=60), now.date(), rulebooks.in_force(demo_session), now,
    )  # fmt: skip
    whole = metrics.figure(*asked)
    for by in metrics.group_names(key, asked[5], now):
        groups = metrics.figures_by(*asked, by)
        assert sum(one.numerator for _c, _n, one in groups) == whole.numerator
        for code, _name, one in groups[-4:]:
            listed = metrics.rows(*asked, where={by: code})
            assert len(listed) == (one.numerator if one.denominator is None else one.denominator), (by, code)
            assert sum(row["counts"] for row in listed) == one.numerator, (by, code)


@pytest.mark.parametrize("key", KEYS)
def test_the_list_of_every_figure_can_be_opened_by_its_address(
    key: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", "manager", rows=key, **PERIOD)
    assert not tested.exception
    assert METRICS[key].zh in words(tested)
    assert "关闭清单" in [button.label for button in tested.button]


def test_a_card_opens_a_list_as_long_as_it_says(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "manager", **PERIOD)
    label = next(button.label for button in tested.button if button.label.startswith("查看超时的"))
    missed = int("".join(c for c in label if c.isdigit()))
    press(tested, label)
    assert not tested.exception
    assert len(tested.dataframe[0].value) == missed > 0
    assert (address(tested, "rows"), address(tested, "only")) == ("complaint.all_clocks_attainment", "rest")
    press(tested, "关闭清单")
    assert address(tested, "rows") is None and address(tested, "only") is None


def test_a_reason_opens_the_missed_deadlines_of_that_step_and_department(
    demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", "manager", **PERIOD)
    reason = next(button for button in tested.button if str(button.key).startswith("reason:"))
    reason.click().run()
    assert not tested.exception
    listed = tested.dataframe[0].value
    _reason, clock, department = str(reason.key).split(":")
    assert (address(tested, "in_clock"), address(tested, "in_department")) == (clock, department or "-")
    assert set(listed["department"]) == {department or "—"}
    assert listed["clock"].str.replace(r" \d+$", "", regex=True).nunique() == 1


@pytest.mark.parametrize("who", ["manager", "supervisor"])
def test_whose_they_are_opens_as_many_rows_as_it_says(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", who, **PERIOD)
    whose = next(button for button in tested.button if str(button.key).startswith("whose:"))
    _whose, by, code = str(whose.key).split(":")
    missed = int(re.search(r"超时 ([\d,]+)", whose.label).group(1).replace(",", ""))  # type: ignore[union-attr]
    called = str(whose.label).split("**")[1].replace("\\", "")
    whose.click().run()
    assert not tested.exception
    listed = tested.dataframe[0].value
    assert len(listed) == missed > 0
    assert address(tested, f"in_{by}") == code
    assert set(listed["team" if by == "team" else "person"]) == {called}
    assert called in words(tested)


def test_what_is_overdue_now_does_not_depend_on_the_period(demo_url: str, open_page: OpenPage) -> None:
    key = "complaint.open_overdue"
    wide = open_page(demo_url, "complaints", "manager", rows=key, **PERIOD).dataframe[0].value
    one_day = open_page(
        demo_url, "complaints", "manager", rows=key, **{"from": "2026-01-01", "to": "2026-01-01"}
    )
    assert len(one_day.dataframe[0].value) == len(wide) > 0
    overdue = open_page(demo_url, "complaints", "manager", show="overdue").dataframe[0].value
    assert set(overdue["number"]) == set(wide["number"])


def test_a_filter_narrows_cards_list_and_drill_alike(demo_url: str, open_page: OpenPage) -> None:
    query = {**PERIOD, "category": "refund", "show": "received"}
    tested = open_page(demo_url, "complaints", "manager", rows="complaint.received", **query)
    received = next(int(m.value) for m in tested.metric if m.label == "投诉受理量")
    drilled, listed = tested.dataframe[0].value, tested.dataframe[1].value
    assert len(drilled) == received == len(listed)
    assert set(drilled["category"]) == {"退款退货"} == set(listed["category"])


def test_a_supervisor_cannot_drill_into_another_team(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "complaints", "supervisor", rows="complaint.received", team="3", **PERIOD)
    assert set(tested.dataframe[0].value["team"]) == {"售后服务一组"}
    other = open_page(
        demo_url, "complaints", "supervisor", rows="complaint.received", in_team="property", **PERIOD
    )
    assert not other.exception
    assert "没有记录" in words(other)


@pytest.mark.parametrize(
    "query",
    [
        {"rows": "callback.rate"},
        {"rows": "nonsense"},
        {"rows": "complaint.received", "in_weather": "rain"},
        {"rows": "complaint.received", "in_month": "2026-99"},
        {"rows": "complaint.received", "in_month": "0001-01"},
        {"rows": "", "only": "<script>"},
        {"category": "'; DROP TABLE complaints; --"},
        {"department": "x" * 5000},
        {"clock": "moon", "state": "blue", "age": "99", "q": "%"},
        {"age": "²"},
        {"time": "received"},
        {"by": "password"},
    ],
)
def test_nonsense_in_the_address_opens_no_list_and_breaks_nothing(
    query: dict[str, str], demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "complaints", "manager", **query)
    assert not tested.exception
    assert "关闭清单" not in [button.label for button in tested.button]


def test_the_months_own_days_are_read_for_a_month(demo_url: str, desk_at: DeskAt) -> None:
    desk_at(demo_url)
    chosen = Filters(date(2026, 3, 1), date(2026, 3, 31))
    assert drill("complaint.received", month="2024-02").period(chosen) == (
        date(2024, 2, 1),
        date(2024, 2, 29),
    )
    assert drill("complaint.received", category="refund").period(chosen) == (chosen.from_on, chosen.to_on)
    assert drill("complaint.open_overdue").period(chosen)[0] == EARLIEST


def test_a_download_names_its_filters_and_runs_nothing(tmp_path: Path) -> None:
    sheet = lists.Sheet(
        "投诉时限达成率 · 超时",
        (("时间段", "2026-11-01 至 2026-11-30"), ("分类", "=cmd|' /C calc'!A0")),
        ("编号", "内容摘要", "超时时限数"),
        (("TS1", "=1+1", 2), ("TS2", "+86 138", 1)),
    )
    with using("zh"):
        (tmp_path / "list.xlsx").write_bytes(lists.list_workbook(sheet, "2026-11-22 10:00"))
    page = load_workbook(tmp_path / "list.xlsx").worksheets[0]
    cells = [[cell.value for cell in row] for row in page.iter_rows()]
    assert cells[0][0] == "投诉时限达成率 · 超时"
    assert cells[1][:2] == ["时间段", "2026-11-01 至 2026-11-30"]
    assert cells[2][:2] == ["分类", "'=cmd|' /C calc'!A0"]
    assert cells[3][:2] == ["行", "2"] or cells[3][1] == "2"
    head = next(n for n, row in enumerate(cells) if row[0] == "编号")
    assert cells[head + 1] == ["TS1", "'=1+1", 2]
    assert cells[head + 2] == ["TS2", "'+86 138", 1]
    assert not any(cell.data_type == "f" for row in page.iter_rows() for cell in row)


def test_taking_a_list_away_is_written_in_the_log(
    demo_url: str, desk_at: DeskAt, demo_session: Session
) -> None:
    desk_at(demo_url)
    sheet = lists.Sheet("清单", (("班组", "全部班组"),), ("编号",), (("TS1",),))
    lists._handed_out(Scope(None, "somebody", "manager"), sheet, "zh")
    entry = demo_session.scalars(
        select(AuditEntry).where(AuditEntry.actor == "somebody", AuditEntry.action == "data.exported")
    ).one()
    assert entry.detail == {"rows": 1, "list": "清单", "filters": {"班组": "全部班组"}}


def test_open_rows_say_how_long_they_have_been_waiting(
    demo_url: str, desk_at: DeskAt, demo_session: Session
) -> None:
    desk_at(demo_url)
    now = datetime.now(UTC)
    key = "complaint.close_hours"
    found = metrics.rows(
        demo_session, SYSTEM, key, now.date() - timedelta(days=60), now.date(), rulebooks.in_force(demo_session), now
    )  # fmt: skip
    with using("zh"):
        frame = drill_frame(key, found)
    is_open = [not row["counts"] for row in found]
    assert any(is_open) and not all(is_open)
    assert list(frame["done"] == "未完成") == is_open
    assert list(frame["time"].str.startswith("已等待")) == is_open
