"""Departments at work on a case: one event and one row each, refused when it cannot have happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import complaints, departments
from db.models import AuditEntry, Complaint, DepartmentAssignment
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.test_complaints import MANAGER, RECEIVED, clock, record, register, site_book
from tests.factories import make_agent, make_team, scope

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STORES = "储运部"


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(("goods_sales",))


@pytest.fixture
def case(session: Session, book: Rulebook) -> Complaint:
    return register(session, book)


Write = Callable[..., DepartmentAssignment]


def write(
    what: Write, session: Session, case: Complaint, book: Rulebook, at: datetime, *args: Any, **more: Any
) -> DepartmentAssignment:
    values = {
        "at": at,
        "expected_version": case.row_version,
        "book": book,
        "now": max(at, RECEIVED + HOUR),
        **more,
    }
    return what(session, values.pop("viewer", MANAGER), case, *args, **values)


def assign(
    session: Session, case: Complaint, book: Rulebook, hours: int = 1, **more: Any
) -> DepartmentAssignment:
    name = more.pop("name", STORES)
    return write(departments.assign, session, case, book, RECEIVED + hours * HOUR, name, **more)


def sign(
    session: Session, case: Complaint, book: Rulebook, hours: int = 2, **more: Any
) -> DepartmentAssignment:
    more = {"signed_by": "周部长", **more}
    return write(
        departments.sign, session, case, book, RECEIVED + hours * HOUR, more.pop("name", STORES), **more
    )


def answer(
    session: Session, case: Complaint, book: Rulebook, hours: int = 24, **more: Any
) -> DepartmentAssignment:
    more = {
        "cause": "own_fault", "findings": "装车漏单", "measures": "补发并复核", "rectify_due_on": date(2026, 11, 20), **more,
    }  # fmt: skip
    return write(
        departments.answer, session, case, book, RECEIVED + hours * HOUR, more.pop("name", STORES), **more
    )


def test_the_whole_way_of_a_case_through_a_department(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book, answer_due_on=date(2026, 11, 18), note="请查装车记录")
    sign(session, case, book)
    answer(session, case, book)
    write(departments.report_rectified, session, case, book, RECEIVED + 2 * DAY, STORES, note="已补发")
    row = write(
        departments.verify_rectification,
        session,
        case,
        book,
        RECEIVED + 3 * DAY,
        STORES,
        is_sufficient=True,
        note="",
    )
    session.commit()
    session.expire_all()
    assert (row.department, row.answer_due_on, row.signed_by) == (STORES, date(2026, 11, 18), "周部长")
    assert (row.sent_at, row.signed_at) == (RECEIVED + HOUR, RECEIVED + 2 * HOUR)
    assert (row.returned_at, row.cause, row.findings, row.measures) == (
        RECEIVED + DAY, "own_fault", "装车漏单", "补发并复核",
    )  # fmt: skip
    assert (row.rectify_due_on, row.rectified_at) == (date(2026, 11, 20), RECEIVED + 2 * DAY)
    assert (row.verified_at, row.verified_by, row.is_sufficient) == (RECEIVED + 3 * DAY, MANAGER.actor, True)
    assert case.department == STORES
    assert [e.kind for e in case.events][2:] == [
        "forwarded", "acknowledged", "returned", "rectified", "rectification_passed",
    ]  # fmt: skip
    assert session.scalars(select(DepartmentAssignment)).all() == [row]
    recorded = session.scalars(select(AuditEntry).where(AuditEntry.action == "complaint.event")).all()
    assert [entry.detail["department"] for entry in recorded] == [STORES] * 5
    assert clock(case, "forward").state == "met"
    assert clock(case, "rectification").met_at == RECEIVED + 2 * DAY


def test_a_department_that_has_the_case_again_rectifies_and_is_checked_for_what_it_declared_before(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    sign(session, case, book)
    answer(session, case, book)
    assign(session, case, book, 30)
    write(departments.report_rectified, session, case, book, RECEIVED + 2 * DAY, STORES, note="已补发")
    write(
        departments.verify_rectification, session, case, book, RECEIVED + 3 * DAY, STORES, is_sufficient=True, note=""
    )  # fmt: skip
    first, second = session.scalars(select(DepartmentAssignment).order_by(DepartmentAssignment.sent_at)).all()
    assert (first.is_sufficient, first.verified_by) == (True, MANAGER.actor)
    assert (second.rectified_at, second.verified_by) == (None, "")
    assert clock(case, "rectification").state == "met"
    sign(session, case, book, 80)
    with pytest.raises(Refused, match="needs the date"):  # the date of the first stay is used up
        answer(session, case, book, 90, rectify_due_on=None)


def test_a_case_sent_again_after_a_recall_is_another_stay(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    write(departments.recall, session, case, book, RECEIVED + 2 * HOUR, STORES, note="应由质检部处理")
    assign(session, case, book, 3, name="质检部")
    assign(session, case, book, 4)
    rows = session.scalars(select(DepartmentAssignment).order_by(DepartmentAssignment.sent_at)).all()
    assert [(r.department, r.recalled_at is not None) for r in rows] == [
        (STORES, True), ("质检部", False), (STORES, False),
    ]  # fmt: skip
    assert case.department == STORES


def test_a_department_is_written_the_way_it_was_the_first_time(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book, name="Stores（东区）")
    write(departments.recall, session, case, book, RECEIVED + 2 * HOUR, "Stores（东区）", note="x")
    assert assign(session, case, book, 3, name="  ＳＴＯＲＥＳ(东区) ").department == "Stores（东区）"
    assert departments.list_departments(session, MANAGER) == ["Stores（东区）"]


def test_departments_of_other_teams_are_not_offered(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    elsewhere = scope("supervisor", make_team(session))
    assert departments.list_departments(session, elsewhere) == []


@pytest.mark.parametrize(
    ("what", "zh"),
    [
        (lambda s, c, b: assign(s, c, b, name="  "), "责任部门"),
        (lambda s, c, b: assign(s, c, b, answer_due_on=date(2026, 11, 15)), "早于"),
        (lambda s, c, b: sign(s, c, b), "没有收到过"),
        (lambda s, c, b: (assign(s, c, b), sign(s, c, b, signed_by=" ")), "签收人"),
        (lambda s, c, b: (assign(s, c, b), assign(s, c, b, 2)), "已经在处理"),
        (lambda s, c, b: (assign(s, c, b), answer(s, c, b)), "先登记签收"),
        (lambda s, c, b: (assign(s, c, b), sign(s, c, b), answer(s, c, b, cause="nobody")), "原因"),
        (lambda s, c, b: (assign(s, c, b), sign(s, c, b), answer(s, c, b, findings=" ")), "调查结果"),
        (lambda s, c, b: (assign(s, c, b), sign(s, c, b), answer(s, c, b, measures="")), "整改措施"),
        (
            lambda s, c, b: (assign(s, c, b), sign(s, c, b), answer(s, c, b, rectify_due_on=None)),
            "整改完成日期",
        ),
        (
            lambda s, c, b: (
                assign(s, c, b),
                sign(s, c, b),
                answer(s, c, b, rectify_due_on=date(2026, 11, 16)),
            ),
            "早于",
        ),
        (
            lambda s, c, b: (assign(s, c, b), sign(s, c, b), answer(s, c, b, cause="other_cause")),
            "不填整改期限",
        ),
        (lambda s, c, b: (assign(s, c, b), sign(s, c, b, 0)), "没有收到过"),
    ],
)
def test_what_is_incomplete_or_cannot_have_happened_is_refused_and_says_what_to_do(
    session: Session, case: Complaint, book: Rulebook, what: Callable[..., object], zh: str
) -> None:
    with pytest.raises(Refused) as refused:
        what(session, case, book)
    assert zh in refused.value.zh
    assert refused.value.en


def test_another_cause_needs_neither_measures_nor_a_date(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    sign(session, case, book)
    row = answer(session, case, book, cause="other_cause", measures="建议改包装", rectify_due_on=None)
    assert (row.cause, row.rectify_due_on) == ("other_cause", None)


def test_no_signature_is_asked_for_where_the_rulebook_requires_none(session: Session, tmp_path: Path) -> None:
    lax = site_book(
        tmp_path, 'require_department_signature = { value = false, source = [], status = "product_choice" }'
    )
    case = register(session, lax)
    assign(session, case, lax)
    assert answer(session, case, lax).signed_at is None


def test_a_rectification_needs_an_order_or_a_declared_date(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    at = RECEIVED + 3 * HOUR
    with pytest.raises(Refused, match="order one first"):
        write(departments.report_rectified, session, case, book, at, STORES, note="")
    write(
        departments.order_rectification, session, case, book, at, STORES, due_on=date(2026, 11, 18), note=""
    )
    row = write(departments.report_rectified, session, case, book, at + HOUR, STORES, note="")
    assert row.rectify_due_on == date(2026, 11, 18)
    with pytest.raises(Refused, match="found wanting"):
        write(
            departments.verify_rectification,
            session,
            case,
            book,
            at + 2 * HOUR,
            STORES,
            is_sufficient=False,
            note=" ",
        )
    with pytest.raises(Refused, match="no new date"):
        write(
            departments.verify_rectification, session, case, book, at + 2 * HOUR, STORES, is_sufficient=True, note="",
            due_on=date(2026, 11, 25),
        )  # fmt: skip
    row = write(
        departments.verify_rectification, session, case, book, at + 2 * HOUR, STORES, is_sufficient=False,
        note="只补了一半", due_on=date(2026, 11, 25),
    )  # fmt: skip
    assert (row.is_sufficient, row.rectify_due_on, row.rectified_at) == (False, date(2026, 11, 25), None)


# Closing


def test_a_case_is_not_closed_while_a_department_has_not_answered(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    with pytest.raises(Refused, match="record the answer, or recall"):
        record(session, case, book, "closed", RECEIVED + DAY, note="客户满意")
    record(session, case, book, "final_feedback", RECEIVED + DAY)  # it did happen, whatever A6.26 wants
    write(departments.recall, session, case, book, RECEIVED + DAY + HOUR, STORES, note="误转")
    record(session, case, book, "closed", RECEIVED + 2 * DAY)
    assert case.status == "closed"


def test_an_open_rectification_outlives_the_case_only_with_a_reason(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    sign(session, case, book)
    answer(session, case, book)
    with pytest.raises(Refused, match="say why in the note"):
        record(session, case, book, "closed", RECEIVED + 2 * DAY)
    record(session, case, book, "closed", RECEIVED + 2 * DAY, note="客户已满意，整改另行跟踪")
    write(departments.report_rectified, session, case, book, RECEIVED + 3 * DAY, STORES, note="")
    row = write(
        departments.verify_rectification,
        session,
        case,
        book,
        RECEIVED + 4 * DAY,
        STORES,
        is_sufficient=True,
        note="",
    )
    assert (row.is_sufficient, case.status) == (True, "closed")
    with pytest.raises(Refused, match="reopen it first"):
        assign(session, case, book, 100, name="质检部")


def test_an_event_told_late_is_refused_when_it_makes_what_is_on_record_impossible(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    sign(session, case, book, 5)
    with pytest.raises(Refused):
        write(
            departments.recall,
            session,
            case,
            book,
            RECEIVED + 3 * HOUR,
            STORES,
            note="先收回",
            now=RECEIVED + 9 * HOUR,
        )
    assert [e.kind for e in case.events] == ["received", "registered", "forwarded", "acknowledged"]


# Who may, and two at once

WRITES: list[Callable[[Session, Complaint, Rulebook, Scope], object]] = [
    lambda s, c, b, v: assign(s, c, b, viewer=v, name="质检部"),
    lambda s, c, b, v: sign(s, c, b, viewer=v),
    lambda s, c, b, v: write(departments.recall, s, c, b, RECEIVED + 3 * HOUR, STORES, note="x", viewer=v),
    lambda s, c, b, v: write(
        departments.order_rectification, s, c, b, RECEIVED + 3 * HOUR, STORES, due_on=None, note="x", viewer=v
    ),
]


@pytest.mark.parametrize("do", WRITES)
@pytest.mark.parametrize("role", ["agent", "qa", "executive", "top", "administrator"])
def test_who_does_not_act_on_complaints_records_nothing(
    session: Session, book: Rulebook, role: str, do: Callable[..., object]
) -> None:
    agent = make_agent(session)
    case = register(session, book, agent)
    assign(session, case, book)
    viewer = scope(role, agent.team, agent=agent if role == "agent" else None)
    with pytest.raises(AccessRefused):
        do(session, case, book, viewer)
    assert [e.kind for e in case.events] == ["received", "registered", "forwarded"]


@pytest.mark.parametrize("do", WRITES)
def test_another_teams_supervisor_records_nothing(
    session: Session, case: Complaint, book: Rulebook, do: Callable[..., object]
) -> None:
    assign(session, case, book)
    with pytest.raises(AccessRefused):
        do(session, case, book, scope("supervisor", make_team(session)))


def test_the_second_of_two_is_told_who_did_what_and_changes_nothing(
    session: Session, case: Complaint, book: Rulebook
) -> None:
    assign(session, case, book)
    seen = case.row_version
    sign(session, case, book)
    with pytest.raises(complaints.StaleCase) as stale:
        sign(session, case, book, 3, signed_by="另一位", expected_version=seen)
    assert MANAGER.actor in stale.value.zh
    assert "部门签收" in stale.value.zh
    assert "Acknowledged by department" in stale.value.en
    assert session.scalars(select(DepartmentAssignment.signed_by)).all() == ["周部长"]
