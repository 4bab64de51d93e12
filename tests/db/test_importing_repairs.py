"""Work orders and survey forms from files: taken, followed, refused with the reason, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import work_orders
from db.importing import ImportResult, import_file
from db.models import Agent, AuditEntry, Callback, SurveyResponse, WorkOrder
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local, make_agent, make_callback, make_team, make_work_order, scope

NOW = local(2026, 11, 20, 20, 0)
Import = Callable[..., ImportResult]

ORDERS = (
    "维修单号,报修时间,工号,服务类型,报修内容,客户,电话,房号,工程师,派单时间,到场时间,是否收费,价格,价格确认时间,开工时间,完工时间,签字时间\n"
    "WX1,2026-11-20 09:00,K1,有偿服务,空调不制冷,王丽,13800001111,A座1203,王师傅,2026-11-20 09:05,2026-11-20 09:20,"
    "是,￥80.50,2026-11-20 09:22,2026-11-20 09:25,2026-11-20 10:00,2026-11-20 10:02\n"
    "WX2,2026-11-20 11:00,K1,合同服务,漏水,,,,,,,否,,,,,\n"
)
WIDE = (
    "表号,评价时间,维修单号,态度,技术,到达时间,答应事项的办理,意见\n"
    "D1,2026-11-20 12:00,WX1,非常满意,满意,满意,一般,师傅很好\n"
)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def agent(session: Session) -> Agent:
    agent = make_agent(session, make_team(session, "property"), "K1")
    session.commit()
    return agent


@pytest.fixture
def take(session: Session, agent: Agent, book: Rulebook, tmp_path: Path) -> Import:
    def run(kind: str, content: str | list[list[Any]], by: Scope = SYSTEM, **options: Any) -> ImportResult:
        path = tmp_path / f"{kind}.csv"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path = path.with_suffix(".xlsx")
            workbook = Workbook()
            for row in content:
                workbook.active.append(row)  # type: ignore[union-attr]
            workbook.save(path)
        return import_file(session, by, kind, path, book=options.pop("book", book), now=NOW, **options)

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.updated, result.unchanged, len(result.rejected)


def reasons(result: ImportResult) -> list[tuple[int, str, str]]:
    return [(r.row, r.field, r.reason) for r in result.rejected]


def test_orders_come_in_with_their_deadlines_and_the_same_file_changes_nothing(
    session: Session, take: Import, book: Rulebook
) -> None:
    assert counts(take("work_orders", ORDERS)) == (2, 0, 0, 0)
    first, second = session.scalars(select(WorkOrder).order_by(WorkOrder.number)).all()
    assert first.arrival_due_at == local(2026, 11, 20, 9, 20)
    assert (first.price, first.is_charged, first.finished_on) == (Decimal("80.50"), True, NOW.date())
    assert work_orders.verdict_of(session, first, book, NOW).flags == ()
    assert (second.form_at, second.arrival_due_at) == (None, None)
    assert counts(take("work_orders", ORDERS)) == (0, 0, 2, 0)
    assert session.scalars(select(Callback)).all() == []  # callbacks have their own file


def test_what_happened_since_is_added_and_logged(session: Session, take: Import) -> None:
    take("work_orders", ORDERS)
    later = ORDERS.replace("漏水,,,,,,,否,,,,,", "漏水,,,,李师傅,2026-11-20 11:10,2026-11-20 11:30,否,,,,,")
    assert counts(take("work_orders", later)) == (0, 1, 1, 0)
    order = session.scalars(select(WorkOrder).where(WorkOrder.number == "WX2")).one()
    assert order.arrival_due_at == local(2026, 11, 20, 11, 25)
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "work_order.imported_over"))
    assert {"form_at", "arrived_at", "engineer"} <= set(entry.detail)


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("W,2026-11-20 09:00,K1,,漏水,2026-11-20 08:00,", "form_at", "早于报修时间"),
        ("W,2026-11-21 09:00,K1,,漏水,,", "notified_at", "不能晚于现在"),
        ("W,2026-11-20 09:00,K1,,漏水,2026-11-21 09:00,", "form_at", "晚于现在"),
        ("W,2026-11-20 09:00,K9,,漏水,,", "agent", "没有工号“K9”"),
        ("W,2026-11-20 09:00,K1,白干,漏水,,", "service_type", "没有“白干”这种服务类型"),
        ("W,2026-11-20 09:00,K1,,漏水,,八十", "price", "不是金额"),
        ("W,2026-11-20 09:00,K1,,漏水,,-5", "price", "不是金额"),
        ("W,2026-11-20 09:00,K1,,,,", "summary", "必填"),
        ("W,昨天,K1,,漏水,,", "notified_at", ""),
        ("WX1,2026-11-20 09:30,K1,,漏水,,", "notified_at", "期限已据此设定"),
        ("WX1,2026-11-20 09:00,K1,,漏水,2026-11-20 09:06,", "form_at", "不能改写"),
    ],
)
def test_each_bad_row_is_refused_with_its_reason(take: Import, line: str, field: str, said: str) -> None:
    take("work_orders", ORDERS)
    header = "维修单号,报修时间,工号,服务类型,报修内容,派单时间,价格\n"
    good = "WX9,2026-11-20 15:00,K1,,灯不亮,,\n"
    result = take("work_orders", header + line + "\n" + good)
    assert counts(result) == (1, 0, 0, 1)
    assert (result.rejected[0].row, result.rejected[0].field) == (2, field)
    assert said in result.rejected[0].reason and result.rejected[0].reason_en


def test_orders_without_numbers_are_known_by_call_person_and_content(session: Session, take: Import) -> None:
    plain = "报修时间,工号,报修内容\n2026-11-20 09:00,K1,漏水\n2026-11-20 09:00,K1,断电\n"
    assert counts(take("work_orders", plain)) == (2, 0, 0, 0)
    assert counts(take("work_orders", plain)) == (0, 0, 2, 0)
    numbers = session.scalars(select(WorkOrder.number).order_by(WorkOrder.number)).all()
    assert numbers == ["WX-20261120-001", "WX-20261120-002"]
    twice = plain + "2026-11-20 09:00,K1,漏水\n"
    assert reasons(take("work_orders", twice)) == [(4, "number", "与第 2 行重复。")]


def test_another_teams_order_is_not_touched(session: Session, take: Import) -> None:
    other = make_agent(session, make_team(session), "K7")
    make_work_order(session, other, notified_at=local(2026, 11, 20, 9, 0))
    number = session.scalars(select(WorkOrder.number)).one()
    session.commit()
    mine = scope("supervisor", session.scalars(select(Agent).where(Agent.number == "K1")).one().team)
    rows = f"维修单号,报修时间,工号,报修内容\n{number},2026-11-20 09:00,K1,空调不制冷\n"
    assert reasons(take("work_orders", rows, by=mine)) == [(2, "number", "该编号属于其他班组的维修单。")]


def test_a_trial_run_keeps_nothing(session: Session, take: Import) -> None:
    assert counts(take("work_orders", ORDERS, dry_run=True)) == (2, 0, 0, 0)
    assert session.scalars(select(WorkOrder)).all() == []


def test_a_spreadsheet_with_real_dates_is_taken(session: Session, take: Import) -> None:
    at = NOW.replace(tzinfo=None, hour=9)
    rows: list[list[Any]] = [
        ["报修时间", "工号", "报修内容", "派单时间", "价格"],
        [at, "K1", "漏水", at + timedelta(minutes=3), 120.5],
    ]
    assert counts(take("work_orders", rows)) == (1, 0, 0, 0)
    order = session.scalars(select(WorkOrder)).one()
    assert (order.notified_at, order.price, order.is_charged) == (
        local(2026, 11, 20, 9),
        Decimal("120.50"),
        True,
    )


def test_forms_with_a_column_for_each_dimension(session: Session, take: Import) -> None:
    take("work_orders", ORDERS)
    assert counts(take("surveys", WIDE)) == (1, 0, 0, 0)
    rows = session.scalars(select(SurveyResponse).order_by(SurveyResponse.id)).all()
    assert [(r.dimension, r.grade, r.points) for r in rows] == [
        ("态度", "非常满意", 100),
        ("技术", "满意", 80),
        ("到达时间", "满意", 80),
        ("答应事项的办理", "一般", 60),
    ]
    assert {(r.agent.number, r.comment) for r in rows} == {("K1", "师傅很好")}
    assert counts(take("surveys", WIDE)) == (0, 0, 1, 0)


def test_forms_with_a_row_for_each_grade(session: Session, take: Import) -> None:
    long = "表号,评价时间,工号,调查项目,等级\nD1,2026-11-20 12:00,K1,态度,满意\nD1,2026-11-20 12:00,K1,技术,一般\n"
    assert counts(take("surveys", long)) == (2, 0, 0, 0)
    assert counts(take("surveys", long)) == (0, 0, 2, 0)
    assert counts(take("surveys", long + "D1,2026-11-20 12:00,K1,到达时间,较差\n")) == (1, 0, 2, 0)
    changed = long.replace("技术,一般", "技术,满意")
    assert reasons(take("surveys", changed)) == [(3, "grade", "“技术”已录入为“一般”，不会改写。")]
    nameless = "评价时间,工号,调查项目,等级\n2026-11-20 12:00,K1,态度,满意\n"
    assert "须填写表号" in take("surveys", nameless).rejected[0].reason


def test_columns_mean_the_dimensions_of_the_rulebook_in_force(session: Session, take: Import) -> None:
    office = load_rulebook(("office_building_property",))
    wide = "评价时间,工号,态度,效率,效果,满意\n2026-11-20 12:00,K1,满意,一般,满意,满意\n"
    assert counts(take("surveys", wide, book=office)) == (1, 0, 0, 0)
    assert {r.dimension for r in session.scalars(select(SurveyResponse))} == {"态度", "效率", "效果", "满意"}
    wrong = take(
        "surveys",
        WIDE.replace("WX1", "").replace("维修单号", "工号").replace("12:00,", "12:00,K1"),
        book=office,
    )
    assert wrong.rejected[0].field == "grade_2"
    assert "现行规则没有“技术”这个调查项目；现有：态度、效率、效果、满意。" in wrong.rejected[0].reason


def test_own_titles_and_mapped_ones_mean_the_dimension_of_that_place(session: Session, take: Import) -> None:
    numbered = "评价时间,工号,第 1 项评价,第 3 项评价\n2026-11-20 12:00,K1,满意,较差\n"
    assert counts(take("surveys", numbered)) == (1, 0, 0, 0)
    mapped = "评价时间,工号,Q4\n2026-11-20 13:00,K1,一般\n"
    assert counts(take("surveys", mapped, mapping={"Q4": "grade_4"})) == (1, 0, 0, 0)
    found = [
        (r.dimension, r.grade) for r in session.scalars(select(SurveyResponse).order_by(SurveyResponse.id))
    ]
    assert found == [("态度", "满意"), ("到达时间", "较差"), ("答应事项的办理", "一般")]


@pytest.mark.parametrize(
    ("line", "field", "said"),
    [
        ("D2,2026-11-20 12:00,WX404,,满意,满意", "work_order", "没有维修单“WX404”"),
        ("D2,2026-11-20 12:00,,,满意,满意", "agent", "请填写被评价人的工号"),
        ("D2,2026-11-20 12:00,,K1,五星,满意", "grade_1", "没有“五星”这个等级"),
        ("D2,2026-11-20 12:00,,K1,,", "grade", "至少要有一项评价"),
        ("D2,2026-11-22 12:00,,K1,满意,", "answered_at", "不能晚于现在"),
        ("D2,2026-11-20 09:30,WX1,,满意,", "answered_at", "不能早于完工时间"),
        ("D2,2026-11-20 14:00,WX2,,满意,", "work_order", "还没有完工"),
        ("D2,2026-11-20 14:00,WX1,,满意,", "work_order", "这次服务已有评价 D1"),
        ("D1,2026-11-20 14:00,WX1,,满意,", "number", "已用于另一份调查表"),
        ("D1,2026-11-20 12:00,WX1,,较差,", "grade_1", "已录入为“非常满意”"),
    ],
)
def test_each_bad_form_is_refused_with_its_reason(take: Import, line: str, field: str, said: str) -> None:
    take("work_orders", ORDERS)
    take("surveys", WIDE)
    result = take("surveys", "表号,评价时间,维修单号,工号,态度,技术\n" + line + "\n")
    assert counts(result) == (0, 0, 0, 1)
    assert (result.rejected[0].field, said in result.rejected[0].reason) == (field, True), result.rejected


def test_a_form_about_a_callback(session: Session, take: Import, agent: Agent) -> None:
    order = make_work_order(session, agent, finished_at=local(2026, 11, 20, 10))
    callback = make_callback(session, make_agent(session, agent.team), kind="repair", work_order_id=order.id)
    session.commit()
    rows = f"评价时间,回访编号,态度\n2026-11-20 12:00,{callback.number},满意\n"
    assert counts(take("surveys", rows)) == (1, 0, 0, 0)
    assert counts(take("surveys", rows)) == (0, 0, 1, 0)
    kept = session.scalars(select(SurveyResponse)).one()
    assert (kept.callback_id, kept.work_order_id) == (callback.id, order.id)
