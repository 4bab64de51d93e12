"""Data: try a file out, take it over, see what was refused; who may not import sees the queue."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO

import pytest
from openpyxl import load_workbook
from streamlit.testing.v1 import AppTest

from dashboard.exports.lists import list_workbook
from dashboard.i18n import using
from dashboard.import_result import refused_sheet
from db.engine import session_scope
from db.import_results import ImportResult, Rejection
from db.models import Agent, ClosedMonth, ColumnMapping, ImportRun
from tests.pages.conftest import OpenPage, words

STAFF = "工号,姓名,班组\nK9001,新人甲,一组\n,没有工号,一组\n"


@pytest.mark.parametrize("who", ["supervisor", "administrator"])
def test_those_who_may_import_start_with_the_import(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "data", who)
    assert not tested.exception
    assert tested.selectbox(key="import_kind").options


@pytest.mark.parametrize("view", ["queue", "history"])
@pytest.mark.parametrize("who", ["supervisor", "qa", "administrator"])
def test_the_queue_and_the_history_open(view: str, who: str, demo_url: str, open_page: OpenPage) -> None:
    assert not open_page(demo_url, "data", who, view=view).exception


@pytest.mark.parametrize("who", ["manager", "executive", "top", "agent"])
def test_others_are_refused(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "data", who)
    assert not tested.exception
    assert "数据" not in [title.value for title in tested.title]


def test_a_trial_writes_nothing_and_names_the_refused_row(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "data", "administrator")
    tested.file_uploader(key="import_file").upload("staff.csv", STAFF.encode("utf-8"), "text/csv").run()
    tested.button(key="import_try").click().run()
    assert not tested.exception
    refused = tested.dataframe[-1].value
    assert 3 in refused["行"].tolist()
    with session_scope(bare_url) as session:
        assert session.query(Agent).filter_by(number="K9001").count() == 0


def test_refused_rows_are_taken_away_as_a_spreadsheet_with_row_column_value_and_reason(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "data", "administrator")
    tested.file_uploader(key="import_file").upload("staff.csv", STAFF.encode("utf-8"), "text/csv").run()
    tested.button(key="import_try").click().run()
    labels = [button.proto.label for button in tested.get("download_button")]
    assert labels[:2] == ["下载拒收清单（xlsx）", "下载拒收清单（json）"]
    hostile = Rejection(7, "start", "=1+1", "没有上班时间。", "there is no start")
    result = ImportResult(
        "shifts", rejected=[hostile, Rejection(9, "code", "午夜班", "没有。", "none", "班别")]
    )
    with using("zh"):
        workbook = list_workbook(refused_sheet(result, "shifts", "排班.csv"), "2026-11-22")
    rows = [row[:4] for row in load_workbook(BytesIO(workbook)).active.iter_rows(values_only=True)]  # type: ignore[union-attr]
    assert rows[-3:] == [
        ("行", "列", "取值", "拒收原因"),
        (7, "上班时间", "'=1+1", "没有上班时间。"),
        (9, "班别", "午夜班", "没有。"),
    ]


def test_taking_over_keeps_the_good_row_and_says_which_was_refused(
    bare_url: str, open_page: OpenPage
) -> None:
    tested = open_page(bare_url, "data", "administrator")
    tested.file_uploader(key="import_file").upload("staff.csv", STAFF.encode("gb18030"), "text/csv").run()
    tested.button(key="import_take").click().run()
    assert not tested.exception
    with session_scope(bare_url) as session:
        assert session.query(Agent).filter_by(number="K9001").one().name == "新人甲"
        assert session.query(ImportRun).one().accepted == 1


def test_a_file_that_is_no_table_is_refused_in_words(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "data", "administrator")
    tested.file_uploader(key="import_file").upload("staff.xlsx", b"\x00\x01\x02 no table", "text/csv").run()
    tested.button(key="import_take").click().run()
    assert not tested.exception
    assert tested.error
    assert "Traceback" not in words(tested)


FOREIGN = "Nr,Wer,Wo\nK9001,新人甲,一组\nK1,甲,一组\n"


def choose(tested: AppTest, title: str, field: str) -> AppTest:
    """Choose what a column of the file is read as."""
    box = next(box for box in tested.selectbox if str(box.key).endswith(f":agents:{title}"))
    box.set_value(field)
    return tested.run()


def test_columns_of_another_system_are_chosen_once_and_remembered(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "data", "administrator")
    tested.file_uploader(key="import_file").upload("staff.csv", FOREIGN.encode(), "text/csv").run()
    assert any("工号" in warning.value for warning in tested.warning)  # says which columns are missing
    assert any("未识别：Nr、Wer、Wo" in expander.label for expander in tested.expander)
    assert tested.button(key="import_try").disabled and tested.button(key="import_take").disabled
    for title, field in (("Nr", "number"), ("Wer", "name"), ("Wo", "name")):
        choose(tested, title, field)
    assert any("班组" in warning.value for warning in tested.warning)
    choose(tested, "Wo", "team")
    assert not tested.warning
    tested.button(key="import_take").click().run()
    assert not tested.exception
    with session_scope(bare_url) as session:
        assert session.query(Agent).filter_by(number="K9001").one().name == "新人甲"
        kept = session.query(ColumnMapping).one()
        assert kept.mapping == {"Nr": "number", "Wer": "name", "Wo": "team"}
    again = open_page(bare_url, "data", "supervisor")
    again.file_uploader(key="import_file").upload("next.csv", FOREIGN.encode(), "text/csv").run()
    assert not again.warning
    assert any("沿用上次" in expander.label for expander in again.expander)


def test_two_columns_are_not_read_as_one_field(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "data", "administrator")
    sheet = "工号,姓名,班组,备注\nK9001,新人甲,一组,x\n"
    tested.file_uploader(key="import_file").upload("staff.csv", sheet.encode(), "text/csv").run()
    assert not tested.warning
    choose(tested, "备注", "name")
    assert any("有两列对应同一项：姓名" in warning.value for warning in tested.warning)
    assert tested.button(key="import_take").disabled


def test_the_result_of_one_file_is_not_shown_beside_another(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "data", "administrator")
    sheet = "工号,姓名,班组\nK9001,新人甲,一组\n"
    tested.file_uploader(key="import_file").upload("one.csv", sheet.encode(), "text/csv").run()
    tested.button(key="import_try").click().run()
    assert tested.metric
    tested.file_uploader(key="import_file").set_value(("two.csv", sheet.encode(), "text/csv")).run()
    assert not tested.metric and "还没有试导入文件" in words(tested)


def test_the_preview_tells_new_changed_and_refused_rows_apart(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "data", "administrator")
    sheet = "工号,姓名,班组\nK9001,新人甲,一组\nK1,改名,一组\n,没有工号,一组\n"
    tested.file_uploader(key="import_file").upload("staff.csv", sheet.encode(), "text/csv").run()
    tested.button(key="import_try").click().run()
    assert [metric.value for metric in tested.metric] == ["1", "1", "0", "1"]
    rows = {}
    for view in ("new", "changed", "refused"):
        tested.segmented_control(key="import_rows_True").set_value(view).run()
        rows[view] = tested.dataframe[-1].value
    assert rows["new"]["行"].tolist() == [2]
    assert "甲 → 改名" in rows["changed"]["变更内容"].tolist()[0]
    assert rows["refused"]["行"].tolist() == [4]
    with session_scope(bare_url) as session:
        assert session.query(Agent).count() == 1


def test_what_falls_into_closed_months_and_what_is_refused_most_is_said(
    bare_url: str, open_page: OpenPage
) -> None:
    with session_scope(bare_url) as session:
        session.add(ClosedMonth(month="2020-01", closed_at=datetime.now(UTC), closed_by="m", figures={}))
    lines = [
        f"T-{n},2020-01-0{n % 9 + 1} 09:00,{'电话' if n % 2 else '飞鸽'},质量,第{n}件,K1" for n in range(12)
    ]
    sheet = "\n".join(["投诉编号,受理时间,渠道,投诉类别,投诉内容,工号", *lines])
    tested = open_page(bare_url, "data", "administrator")
    tested.selectbox(key="import_kind").set_value("complaints").run()
    tested.file_uploader(key="import_file").upload("cases.csv", sheet.encode(), "text/csv").run()
    tested.button(key="import_try").click().run()
    assert not tested.exception
    assert any("2020-01 (6)" in told.value for told in tested.info)
    assert any("飞鸽” × 6" in told.value for told in tested.caption)


def test_what_changes_is_told_in_words_and_not_in_codes(bare_url: str, open_page: OpenPage) -> None:
    header = "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号,是否突发事件,首次反馈时间"
    before = f"{header}\nT-1,2020-01-05 09:00,电话,quality,漏水,K1,否,\n"
    after = f"{header}\nT-1,2020-01-05 09:00,来访,delivery,漏水,K1,是,2020-01-05 10:30\n"
    tested = open_page(bare_url, "data", "administrator")
    tested.selectbox(key="import_kind").set_value("complaints").run()
    for name, sheet, button in (("a.csv", before, "import_take"), ("b.csv", after, "import_try")):
        tested.file_uploader(key="import_file").upload(name, sheet.encode(), "text/csv").run()
        tested.button(key=button).click().run()
        assert not tested.exception
    (told,) = tested.dataframe[-1].value["变更内容"].tolist()
    for part in ("电话 → 来访", "质量", "否 → 是", "空 → 2020-01-05 10:30"):
        assert part in told, told
