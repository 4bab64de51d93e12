"""Complaints from a file: their departments, what a trial shows of each row, and that many go in as one would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import complaints
from db.import_results import KEPT_ROWS, ImportResult
from db.importing import BATCH, import_file
from db.models import Agent, Complaint, ComplaintClock, ComplaintEvent
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local, make_agent, make_team

NOW = local(2026, 11, 20, 20, 0)
HEADER = "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号"
MANAGER = Scope(None, "manager", "manager", None)
Take = Callable[..., ImportResult]


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(("goods_sales", "property_complaint_flow"))


@pytest.fixture
def agent(session: Session) -> Agent:
    made = make_agent(session, make_team(session, "goods", "售后一组"), "K1")
    session.commit()
    return made


@pytest.fixture
def take(session: Session, book: Rulebook, agent: Agent, tmp_path: Path) -> Take:
    def run(text: str, **options: Any) -> ImportResult:
        path = tmp_path / "cases.csv"
        path.write_text(text, encoding="utf-8")
        return import_file(session, SYSTEM, "complaints", path, book=book, now=NOW, **options)

    return run


def case(session: Session, number: str) -> Complaint:
    session.expire_all()
    return session.scalars(select(Complaint).where(Complaint.number == number)).one()


DEPARTMENT = (
    f"{HEADER},责任部门,转交时间,签收时间,部门反馈时间,责任认定,整改期限,整改完成时间\n"
    "T-1,2026-11-02 09:00,电话,quality,漏水,K1,质量部,2026-11-02 10:00,2026-11-02 11:00,2026-11-04 09:00,本部门,2026-11-10,2026-11-12 10:00\n"
)


def test_what_a_department_did_comes_with_its_clocks(session: Session, take: Take) -> None:
    assert take(DEPARTMENT).accepted == 1
    one = case(session, "T-1")
    (stay,) = one.assignments
    assert (stay.department, stay.cause, stay.rectify_due_on) == ("质量部", "own_fault", date(2026, 11, 10))
    assert stay.rectified_at == local(2026, 11, 12, 10)
    clocks = {clock.clock: clock for clock in one.clocks}
    assert clocks["sign_off"].state == "met"
    assert clocks["rectification"].state == "breached"  # two days after the date it declared
    assert clocks["rectification"].due_at == local(2026, 11, 10, 23, 59, 59)
    assert clocks["rectification"].department == "质量部"


def test_what_a_department_did_needs_its_name(take: Take) -> None:
    result = take(DEPARTMENT.replace(",K1,质量部,", ",K1,,"))
    assert [(r.row, r.field) for r in result.rejected] == [(2, "department")]


def test_a_case_from_a_file_stands_as_one_that_was_followed_step_by_step(
    session: Session, book: Rulebook, agent: Agent, take: Take
) -> None:
    take(DEPARTMENT)
    imported = case(session, "T-1")
    twin = Complaint(
        number="T-2", team_id=agent.team_id, agent_id=agent.id, rulebook_version=book.version,
        **{n: getattr(imported, n) for n in ("received_at", "received_on", "channel", "kind", "category", "severity", "summary")},
    )  # fmt: skip
    twin.events = [
        ComplaintEvent(**{n: getattr(e, n) for n in ("kind", "at", "recorded_at", "department", "value", "due_on")})
        for e in imported.events
    ]  # fmt: skip
    twin.clocks = []
    session.add(twin)
    complaints.set_clocks(session, twin, book, NOW)
    session.flush()
    told = (
        "clock",
        "ordinal",
        "department",
        "started_at",
        "due_at",
        "due_on",
        "warn_at",
        "met_at",
        "state",
        "clauses",
        "limit",
    )
    assert sorted(
        ([getattr(c, n) for n in told] for c in imported.clocks), key=lambda c: (c[0], c[1])
    ) == sorted(([getattr(c, n) for n in told] for c in twin.clocks), key=lambda c: (c[0], c[1]))


def test_the_reasons_of_an_imported_deadline_are_said_when_the_case_is_opened(
    session: Session, book: Rulebook, take: Take
) -> None:
    take(f"{HEADER}\nT-1,2026-09-30 17:20,电话,quality,漏水,K1\n")
    one = case(session, "T-1")
    clocks = {clock.clock: clock for clock in one.clocks}
    assert clocks["final_feedback"].due_at == local(2026, 10, 15, 23, 59, 59)
    steps = complaints.steps_of(session, one, clocks["final_feedback"], book, NOW)
    assert any("10-10" in step["zh"] for step in steps)  # the make-up Saturday counts
    assert all(complaints.steps_of(session, one, clock, book, NOW) for clock in one.clocks)


def test_a_trial_shows_new_and_changed_rows_with_what_changes(session: Session, take: Take) -> None:
    take(f"{HEADER}\nT-1,2026-11-02 09:00,电话,quality,漏水,K1\nT-2,2026-11-02 09:00,电话,quality,漏电,K1\n")
    session.commit()
    result = take(
        f"{HEADER},首次反馈时间\nT-1,2026-11-02 09:00,电话,delivery,漏水,K1,2026-11-03 08:00\n"
        "T-2,2026-11-02 09:00,电话,quality,漏电,K1,\nT-3,2026-11-02 09:00,电话,quality,新的,K1,\n"
        "T-4,2026-11-02 09:00,鸽子,quality,新的,K1,\n",
        dry_run=True,
    )
    assert (result.accepted, result.updated, result.unchanged, len(result.rejected)) == (1, 1, 1, 1)
    changed, new = result.taken
    assert (changed.row, changed.action) == (2, "changed")
    assert changed.changes == {
        "category": ("quality", "delivery"),
        "first_feedback_at": ("", "2026-11-03 08:00"),
    }
    assert (new.row, new.action, new.about.split(" · ")[0]) == (4, "new", "T-3")
    assert result.as_json()["preview"][0]["changes"]["category"] == ["quality", "delivery"]
    assert case(session, "T-1").category == "quality"


def test_more_rows_than_a_batch_and_than_a_preview_holds_are_all_taken(session: Session, take: Take) -> None:
    count = KEPT_ROWS + BATCH // 2
    lines = [
        f"T-{i},{local(2026, 11, 1) + timedelta(minutes=i):%Y-%m-%d %H:%M},电话,quality,第{i}件,K1"
        for i in range(count)
    ]
    text = "\n".join([HEADER, *lines])
    result = take(text)
    assert (result.accepted, len(result.taken)) == (count, KEPT_ROWS)
    assert session.scalar(select(func.count()).select_from(Complaint)) == count
    with_clocks = session.scalar(select(func.count(ComplaintClock.complaint_id.distinct())))
    assert with_clocks == count
    again = take(text)
    assert (again.unchanged, again.taken) == (count, [])


@pytest.mark.parametrize(("column", "value"), [("投诉性质", "天大的投诉"), ("原因分类", "命运")])
def test_kinds_and_causes_that_the_rulebook_does_not_have_are_refused_with_those_it_has(
    take: Take, column: str, value: str
) -> None:
    result = take(f"{HEADER},{column}\nT-1,2026-11-02 09:00,电话,quality,漏水,K1,{value}\n")
    (refused,) = result.rejected
    assert refused.value == value and "可用" in refused.reason


def test_the_same_file_again_takes_back_nothing_that_was_recorded_since(
    session: Session, book: Rulebook, take: Take
) -> None:
    text = DEPARTMENT.replace("工号,", "工号,严重程度,").replace(",K1,", ",K1,一般,")
    assert take(text).accepted == 1
    one = case(session, "T-1")
    for kind, value, department in (
        ("severity_changed", "serious", ""),
        ("kind_changed", "refund", ""),
        ("forwarded", "", "储运部"),
        ("incident", "", ""),
    ):
        complaints.record_event(
            session, MANAGER, one, kind, NOW - timedelta(hours=1), "", one.row_version, book, NOW, department, value
        )  # fmt: skip
    session.commit()
    again = take(text)
    assert (again.accepted, again.updated) == (0, 0)
    one = case(session, "T-1")
    assert (one.severity, one.category, one.department, one.is_incident) == (
        "serious",
        "refund",
        "储运部",
        True,
    )
