"""What people write into cells, and what it means."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils import datetime as excel_dates
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from db import import_dates as dates
from db import import_values as values
from db.import_values import BadValue
from db.spreadsheets import Uncached
from tests.factories import SHANGHAI, local

to_excel: Any = excel_dates.to_excel
HALF_PAST_NINE = local(2026, 11, 20, 9, 30)


def at(cell: Any, epoch: datetime = WINDOWS_EPOCH, zone: ZoneInfo = SHANGHAI) -> datetime:
    return dates.instant(cell, epoch, zone)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20 09:30",
        "2026-11-20T09:30:00",
        "2026/11/20 9:30",
        "2026.11.20 9:30:00",
        "2026-11-20 9:30:00.000",
        "2026年11月20日 9:30",
        "2026年11月20日9时30分",
        "2026年11月20日 上午9点半",
        "2026年11月20日 星期五 上午 9:30:00",
        "2026-11-20(周五) 09:30",
        "2026-11-20 AM 9:30",
        "2026-11-20 9:30 am",
        "2026-11-20 9:30AM",
        "2026-11-20 09:30",
        "20261120 0930",
        "202611200930",
        "20261120093000",
        "2026-11-20T01:30:00Z",
        "2026-11-20T09:30:00+08:00",
        "2026-11-20 09:30 +0800",
        "2026-11-19 20:30:00-05:00",
        datetime(2026, 11, 20, 9, 30),
        datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
        46346.395833333336,
        "46346.395833333336",
    ],
)
def test_one_moment_in_many_spellings(written: Any) -> None:
    assert at(written) == HALF_PAST_NINE


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-20 下午2:05", (14, 5)),
        ("2026-11-20 下午14:05", (14, 5)),
        ("2026-11-20 下午12:05", (12, 5)),
        ("2026-11-20 上午12:05", (0, 5)),
        ("2026-11-20 12:05 AM", (0, 5)),
        ("2026-11-20 12:05 PM", (12, 5)),
        ("2026-11-20 中午12点", (12, 0)),
        ("2026-11-20 中午1点10分", (13, 10)),
        ("2026-11-20 晚上8点", (20, 0)),
        ("2026-11-20 凌晨3:00", (3, 0)),
    ],
)
def test_halves_of_the_day(written: str, expected: tuple[int, int]) -> None:
    assert at(written) == local(2026, 11, 20, *expected)


def test_midnight_at_the_end_of_a_day() -> None:
    assert at("2026-11-20 24:00") == local(2026, 11, 21)
    assert at("2026-11-20 晚上12点") == local(2026, 11, 21)
    assert dates.time_of_day("24:00") == timedelta(days=1)


@pytest.mark.parametrize(
    "written",
    ["03/04/2026", "26-11-20", "11/20/2026 9:30", "2026-13-01", "2026-02-30", "2026-11-20 25:00", "2026-11-20 24:01", "2026-11-20 9:60",
     "明天", "昨天 9:30", "9:30", "2026-11", "2026", "1900-01-00", "0", "1899-12-31", "2026-11-20 9:30 CST", "2026-11-20 09:30+25:00",
     "9999999999999", 0, 1, -5, 1e300, float("nan"), float("inf"), True, "", "#REF!", "二〇二六年", Uncached("=NOW()"),
     datetime(1900, 1, 1), date(2300, 1, 1), "2026-11-20 09:30; DROP TABLE"],
)  # fmt: skip
def test_what_is_ambiguous_or_nonsense_is_refused_in_both_languages(written: Any) -> None:
    with pytest.raises(BadValue) as refused:
        at(written)
    assert refused.value.zh and refused.value.en


def test_serial_dates_count_from_the_workbooks_own_day() -> None:
    naive = datetime(2026, 11, 20, 9, 30)
    assert at(to_excel(naive, WINDOWS_EPOCH)) == HALF_PAST_NINE
    assert at(to_excel(naive, MAC_EPOCH), MAC_EPOCH) == HALF_PAST_NINE


def test_a_bare_date_is_its_first_moment_or_asked_so_its_last() -> None:
    for cell in ("2026-11-20", date(2026, 11, 20), datetime(2026, 11, 20), 46346, "20261120", 20261120):
        assert at(cell) == local(2026, 11, 20)
        assert dates.instant(cell, WINDOWS_EPOCH, SHANGHAI, end_of_day=True) == local(2026, 11, 21)
    assert dates.instant("2026-11-20 09:30", WINDOWS_EPOCH, SHANGHAI, end_of_day=True) == HALF_PAST_NINE


def test_an_hour_that_the_clocks_skip_is_refused() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(BadValue):
        at("2026-03-29 02:30", zone=berlin)
    assert at("2026-03-29 03:30", zone=berlin) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@given(st.datetimes(datetime(1995, 1, 1), datetime(2095, 1, 1)), st.sampled_from([WINDOWS_EPOCH, MAC_EPOCH]))
def test_every_second_survives_the_way_through_a_spreadsheet(moment: datetime, epoch: datetime) -> None:
    moment = moment.replace(microsecond=0)
    serial = to_excel(moment, epoch)
    if int(serial) in dates.SERIAL_DAYS:
        assert at(serial, epoch) == moment.replace(tzinfo=SHANGHAI)
    assert at(f"{moment:%Y年%m月%d日 %H:%M:%S}") == moment.replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("written", "expected"),
    [("9:30", (9, 30)), ("09:30", (9, 30)), ("0930", (9, 30)), ("9时30分", (9, 30)), ("9点", (9, 0)), ("下午3点半", (15, 30)), (time(9, 30), (9, 30)),
     (0.395833333333333, (9, 30)), (timedelta(hours=9, minutes=30), (9, 30)), (datetime(2026, 1, 1, 9, 30), (9, 30)), ("7:05 pm", (19, 5))],
)  # fmt: skip
def test_times_of_day(written: Any, expected: tuple[int, int]) -> None:
    assert dates.time_of_day(written) == timedelta(hours=expected[0], minutes=expected[1])


@pytest.mark.parametrize(
    "written", ["9", "25:00", "九点", "", "2026-11-20", 2, -0.5, timedelta(days=2), "12:00+08:00", True]
)
def test_what_is_no_time_of_day_is_refused(written: Any) -> None:
    with pytest.raises(BadValue):
        dates.time_of_day(written)


@pytest.mark.parametrize(
    ("written", "expected"),
    [(13800138000, "13800138000"), (13800138000.0, "13800138000"), ("138 0013 8000", "138 0013 8000"), (" K1001 ", "K1001"),
     ("k1001", "k1001"), (1001.0, "1001"), ("010-88886666", "010-88886666"), ("0012", "0012"), (0, "0")],
)  # fmt: skip
def test_numbers_that_are_names_keep_their_digits(written: Any, expected: str) -> None:
    assert values.number_text(written, 40) == expected


@pytest.mark.parametrize(
    "written",
    [
        6.2170038e18,
        1.38e16,
        12345678901234567,
        "6.21700380001E+18",
        "1.38E+10",
        3.5,
        float("nan"),
        "x" * 41,
        "#N/A",
    ],
)
def test_numbers_that_have_lost_digits_are_refused(written: Any) -> None:
    with pytest.raises(BadValue):
        values.number_text(written, 40)


def test_text_is_tidied_but_not_changed() -> None:
    assert values.text(" 送货\x00晚了\n三天 ", 40) == "送货晚了\n三天"
    assert values.text("A公司", 40) == "A公司"
    assert values.text(Decimal("3"), 40) == "3"
    with pytest.raises(BadValue, match="at most 3"):
        values.text("四个字的", 3)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("电话", "phone"),
        ("PHONE", "phone"),
        ("Phone", "phone"),
        (" 消费者协会 ", "consumer_association"),
        ("微信", "chat"),
    ],
)
def test_codes_by_any_of_their_names(written: str, expected: str) -> None:
    assert values.code(written, "complaint_channel", {"微信": "chat"}) == expected


def test_an_unknown_code_names_what_there_is() -> None:
    with pytest.raises(BadValue) as refused:
        values.code("飞鸽", "complaint_channel")
    assert "电话" in refused.value.zh and "Phone" in refused.value.en


@pytest.mark.parametrize(
    ("written", "expected"),
    [("是", True), ("否", False), (True, True), (0, False), ("Y", True), ("离职", False), ("√", True)],
)
def test_yes_and_no(written: Any, expected: bool) -> None:
    assert values.flag(written) is expected


@pytest.mark.parametrize("written", ["也许", 2, "是否"])
def test_neither_yes_nor_no_is_refused(written: Any) -> None:
    with pytest.raises(BadValue):
        values.flag(written)


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=60),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
)


@given(CELLS)
def test_no_cell_whatever_it_holds_ends_in_anything_but_a_value_or_a_refusal(cell: Any) -> None:
    for read in (
        at,
        dates.time_of_day,
        values.flag,
        lambda c: dates.day(c, WINDOWS_EPOCH),
        lambda c: values.text(c, 40),
        lambda c: values.number_text(c, 40),
        lambda c: values.code(c, "severity"),
    ):
        try:
            read(cell)
        except BadValue as refused:
            assert refused.zh and refused.en


@given(st.text(alphabet="0123456789-/:. 年月日时分上下午amp+T", max_size=24))
def test_what_looks_like_a_date_is_read_or_refused(written: str) -> None:
    for read in (at, dates.time_of_day):
        with contextlib.suppress(BadValue):
            read(written)
