"""The questions a rulebook answers: typed, off as None, wrong questions as errors."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from regulations.rulebook import load_rulebook
from regulations.schema import SPECS
from regulations.values import Duration, Tier, Unit


def test_each_type_has_its_own_question() -> None:
    book = load_rulebook(["ecommerce_shop"])
    assert book.duration("leave.special_notice") == Duration(Decimal(2), Unit.HOUR)
    assert book.integer("swap.monthly_cap") == 2
    assert book.decimal("surge.baseline_ratio") == Decimal(3)
    assert book.percent("complaint.warn_at_fraction") == Decimal(75)
    assert book.money("award.cash") == Decimal(100)
    assert book.flag("shift.auto_extend") is True
    assert book.choice("attendance.severe_class") == "absence"
    assert book.text("handover.record_form") == "交接本"
    assert book.text("calendar.timezone") == "Asia/Shanghai"
    assert book.role("shift.rest_assigned_by") == "supervisor"
    assert book.items("complaint.channels") == ("chat",)
    assert book.items("escalation.difficult_customer") == ("supervisor",)
    assert book.numbers("survey.grade_values") == (Decimal(100), Decimal(80), Decimal(60), Decimal(30))
    assert book.tiers("leave.tiers") == (Tier(Decimal(3), True, "supervisor"), Tier(None, True, "manager"))
    assert book.time_of_day("leave.night_cutoff") == time(12)
    assert book.windows("callback.windows") is None


def test_dates_come_as_dates_and_as_text(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(
        '[calendar.holidays]\nvalue = ["2026-12-25", 2026-05-08]\nsource = []\nstatus = "product_choice"\n'
    )
    book = load_rulebook([], file)
    assert book.dates("calendar.holidays") == (date(2026, 5, 8), date(2026, 12, 25))
    assert book.items("calendar.holidays") == ("2026-05-08", "2026-12-25")


def test_the_cells_of_a_table_are_typed() -> None:
    desk, other = load_rulebook().table("attendance.private_call_limit") or ()
    assert desk == {"post": "desk", "limit": Duration(Decimal(3), Unit.MINUTE)}
    assert other["limit"].value == 10


def test_a_question_of_another_type_is_an_error_of_the_program() -> None:
    book = load_rulebook()
    with pytest.raises(TypeError, match=r"complaint\.forward_within is of type duration, not int"):
        book.integer("complaint.forward_within")
    with pytest.raises(KeyError):
        book.parameter("complaint.no_such_key")


def test_off_is_none_and_says_so() -> None:
    book = load_rulebook()
    assert book.is_off("complaint.close_within")
    assert book.duration("complaint.close_within") is None
    assert book.parameter("complaint.close_within").state == "off"
    assert not book.is_off("complaint.forward_within")


def test_a_parameter_knows_where_it_comes_from() -> None:
    book = load_rulebook(["goods_sales"])
    stated, inherited = book.parameter("complaint.forward_within"), book.parameter("surge.window")
    assert (stated.origin, stated.inherited) == ("goods_sales", False)
    assert (inherited.origin, inherited.inherited) == ("base", True)
    assert (stated.unit, book.clause("complaint.forward_within")) == ("hour", "A6.22")
    assert book.clause("complaint.warn_at_fraction") is None
    assert book.status("surge.window") == "product_choice"


def test_a_kind_that_is_not_stated_apart_gets_the_general_value() -> None:
    book = load_rulebook(["goods_sales", "office_building_property", "hospital_callback"])
    assert book.duration("callback.after_resolution_within", "repair") == book.duration(
        "callback.after_resolution_within"
    )
    assert "discharge" in book.kinds_of("callback.windows")
    assert book.choice("call.small_talk", "complaint") == "allowed"
    assert book.choice("call.small_talk", "callback_inpatient") == "required"


def test_every_parameter_can_be_written_as_json_with_its_meaning() -> None:
    for found in load_rulebook(["hospital_callback"]).flat():
        written = found.as_json()
        assert set(written) == {
            *("key", "type", "unit", "state", "value", "clauses", "status", "origin", "inherited"),
        }
    for spec in SPECS.values():
        assert spec.meaning("zh") != spec.meaning("en")
        assert spec.meaning("en").isascii()


def test_a_rulebook_is_equal_to_one_with_the_same_content() -> None:
    one, two = load_rulebook(["goods_sales"]), load_rulebook(["ecommerce_shop"])
    assert one == load_rulebook(["goods_sales"])
    assert one != two
    assert one != "goods_sales"
    assert len({one, two, load_rulebook(["goods_sales"])}) == 2
    assert "goods_sales" in repr(one)


def test_titles_name_the_presets_in_both_languages() -> None:
    book = load_rulebook(["goods_sales", "hospital_callback"])
    assert book.title() == "商品销售公司 + 医院电话回访"
    assert book.title("en") == "Goods company + Hospital follow-up calls"
    assert load_rulebook().title() == "通用基础"


def test_meetings_and_reports_are_typed_records() -> None:
    book = load_rulebook(["office_building_property"])
    monthly = {m.code: m for m in book.meetings()}["monthly"]
    assert monthly.chair == "supervisor"
    assert "质检奖罚" in monthly.agenda
    assert {r.code for r in book.reports()} >= {"repair_callbacks", "complaint_statistics"}
