"""Rows that go in many at once stand as if each had been recorded in the desk; what falls into closed months is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import callbacks, importing
from db.import_inserts import insert_rows
from db.import_results import ImportResult
from db.importing import import_file
from db.models import (
    Agent,
    AttendanceMonth,
    AuditEntry,
    Callback,
    CallbackAttempt,
    ClosedMonth,
    Complaint,
    ComplaintClock,
    SurveyResponse,
    WorkOrder,
)
from db.surveys import rows_of
from db.work_orders import verdict_of
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local, make_agent, make_team, scope

NOW = local(2026, 11, 20, 20, 0)
OWED = "回访编号,回访类别,应回访起点,客户姓名,客户电话,处理人工号,回访人工号"
TRIED = f"{OWED},回访时间,回访结果,满意度"
Take = Callable[..., ImportResult]


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(("goods_sales", "hospital_callback", "property_complaint_flow"))


@pytest.fixture
def people(session: Session) -> dict[str, Agent]:
    team = make_team(session, "goods", "售后一组")
    made = {number: make_agent(session, team, number) for number in ("K1", "K2")}
    session.commit()
    return made


@pytest.fixture
def take(session: Session, book: Rulebook, people: dict[str, Agent], tmp_path: Path) -> Take:
    def run(kind: str, text: str, **options: Any) -> ImportResult:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text, encoding="utf-8")
        result = import_file(session, SYSTEM, kind, path, book=book, now=NOW, **options)
        session.commit()
        return result

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.updated, result.unchanged, len(result.rejected)


# Plain rows


def test_plain_rows_come_back_as_objects_would(session: Session, people: dict[str, Agent]) -> None:
    at = local(2026, 11, 2, 9, 30, 15)
    row = {
        "number": "W-1",
        "complaint_id": None,
        "team_id": people["K1"].team_id,
        "agent_id": people["K1"].id,
        "summary": "漏水 'quoted' \\ %s ?",
        "notified_at": at,
        "notified_on": date(2026, 11, 2),
        "dispatch_due_at": at.astimezone(UTC) + timedelta(microseconds=7),
        "form_at": None,
        "is_charged": True,
        "price": Decimal("80.50"),
        "clauses": ["E1.46", "一"],
        "steps": [{"zh": "“甲”", "n": [1, None, True]}],
        "rulebook_version": "v",
    }
    insert_rows(session, WorkOrder, [row, {**row, "number": "W-2", "price": None, "clauses": []}])
    one, two = session.scalars(select(WorkOrder).order_by(WorkOrder.number))
    assert {name: getattr(one, name) for name in row} == row
    assert (two.price, two.clauses, two.steps) == (None, [], row["steps"])
    assert (one.row_version, one.customer_name, one.unfinished_reason) == (1, "", "")
    assert session.scalar(select(WorkOrder.id).where(WorkOrder.notified_at == at)) is not None


def test_an_instant_without_its_offset_is_refused_for_plain_rows_too(
    session: Session, people: dict[str, Agent], book: Rulebook
) -> None:
    rows = rows_of(
        {"满意": "好"},
        number="D-1",
        answered_at=datetime(2026, 11, 2, 9, 0),
        answered_on=date(2026, 11, 2),
        agent=people["K1"],
        comment="",
        book=book,
    )
    with pytest.raises(ValueError, match="offset"):
        insert_rows(session, SurveyResponse, rows)


# Callbacks


def standing(session: Session, number: str) -> tuple[Any, ...]:
    session.expire_all()
    one = session.scalars(select(Callback).where(Callback.number == number)).one()
    attempts = [(a.at, a.agent.number, a.outcome, a.is_complete, a.satisfaction) for a in one.attempts]
    told = ("kind", "due_at", "due_on", "completed_at", "settled_at", "settled_reason", "next_attempt_at")
    return (*(getattr(one, name) for name in (*told, "satisfaction", "clauses")), attempts)


ATTEMPTS: dict[str, list[tuple[int, str, str | None]]] = {
    "connected": [(24, "connected", "satisfied")],
    "busy_then_connected": [(2, "busy", None), (26, "connected", "dissatisfied")],
    "nobody": [(2, "no_answer", None), (20, "busy", None)],
    "refused": [(3, "refused", None)],
    "wrong_number": [(3, "wrong_number", None)],
}
NAMES = {
    "connected": "接通",
    "busy": "占线",
    "no_answer": "无人接听",
    "refused": "拒访",
    "wrong_number": "空号",
}


@pytest.mark.parametrize("course", ATTEMPTS)
@pytest.mark.parametrize("kind", ["discharge", "complaint"])
@pytest.mark.parametrize("is_later_file", [False, True])
def test_attempts_of_a_file_mean_what_they_mean_in_the_desk(
    session: Session,
    people: dict[str, Agent],
    book: Rulebook,
    take: Take,
    course: str,
    kind: str,
    is_later_file: bool,
) -> None:
    arisen_at = local(2026, 11, 5, 9, 0)
    supervisor = scope("supervisor", people["K1"].team)
    twin = callbacks.add_callback(
        session, supervisor, kind=kind, arisen_at=arisen_at, agent=people["K1"], book=book, now=NOW,
        handler=people["K2"], customer_name="王", customer_phone="138",
    )  # fmt: skip
    assert twin is not None
    owed = f"C-1,{kind},2026-11-05 09:00,王,138,K2,K1"
    lines = []
    for hours, outcome, satisfaction in ATTEMPTS[course]:
        at = arisen_at + timedelta(hours=hours)
        callbacks.record_attempt(
            session, supervisor, twin, at=at, outcome=outcome, book=book, now=NOW,
            is_complete=outcome == "connected", satisfaction=satisfaction,
        )  # fmt: skip
        told = {"satisfied": "满意", "dissatisfied": "不满意", None: ""}[satisfaction]
        lines.append(f"{owed},{at:%Y-%m-%d %H:%M},{NAMES[outcome]},{told}")
    session.commit()
    if is_later_file:
        assert counts(take("callbacks", f"{OWED}\n{owed}\n")) == (1, 0, 0, 0)
        assert counts(take("callbacks", "\n".join([TRIED, *lines]))) == (0, len(lines), 0, 0)
    else:
        assert counts(take("callbacks", "\n".join([TRIED, *lines]))) == (1, len(lines) - 1, 0, 0)
    assert standing(session, "C-1") == standing(session, twin.number)
    assert counts(take("callbacks", "\n".join([TRIED, *lines]))) == (0, 0, len(lines), 0)


def test_attempts_of_one_callback_may_lie_far_apart_in_a_file(
    session: Session, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    others = [f"C-{n},discharge,2026-11-0{n} 09:00,王,13{n},K2,K1,,," for n in range(2, 7)]
    first = "C-1,discharge,2026-11-01 09:00,王,138,K2,K1,2026-11-08 10:30,占线,"
    last = "C-1,discharge,2026-11-01 09:00,王,138,K2,K1,2026-11-08 15:30,接通,满意"
    assert counts(take("callbacks", "\n".join([TRIED, first, *others, last]))) == (6, 1, 0, 0)
    _, _, _, completed_at, *_, attempts = standing(session, "C-1")
    assert completed_at == local(2026, 11, 8, 15, 30) and len(attempts) == 2
    logged = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "callback.imported_over")
    assert session.scalar(logged) == 0  # what a file makes it does not change


def test_a_callback_of_the_desk_keeps_its_words_when_a_file_tells_of_an_attempt(
    session: Session, people: dict[str, Agent], book: Rulebook, take: Take
) -> None:
    by = scope("supervisor", people["K1"].team)
    made = callbacks.add_callback(
        session, by, kind="discharge", arisen_at=local(2026, 11, 5, 9), agent=people["K1"], book=book, now=NOW
    )
    assert made is not None
    session.commit()
    take("callbacks", f"{TRIED}\n{made.number},discharge,2026-11-05 09:00,,,,K1,2026-11-12 10:30,接通,满意\n")
    assert any("回访完成" in step["zh"] for step in made.steps) and made.row_version == 2


def test_what_an_imported_callback_rests_on_is_said_when_it_is_opened(
    session: Session, book: Rulebook, take: Take
) -> None:
    take("callbacks", f"{OWED}\nC-1,discharge,2026-11-05 09:00,王,138,K2,K1\n")
    one = session.scalars(select(Callback)).one()
    assert one.steps == [] and one.clauses
    assert len(callbacks.obligation_of(session, one, book, NOW).steps) > 3


def test_what_an_imported_order_rests_on_is_said_when_it_is_opened(
    session: Session, book: Rulebook, take: Take
) -> None:
    take(
        "work_orders",
        "维修单号,报修时间,工号,报修内容,派单时间\nW-1,2026-11-05 09:00,K1,漏水,2026-11-05 09:10\n",
    )
    one = session.scalars(select(WorkOrder)).one()
    assert one.steps == []
    assert len(verdict_of(session, one, book, NOW).steps) > 2


# Complaints


def test_a_case_named_twice_by_its_number_and_by_its_content_takes_both(session: Session, take: Take) -> None:
    header = "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号"
    take("complaints", f"{header}\nT-1,2026-11-02 09:00,电话,quality,漏水,K1\n")
    result = take(
        "complaints",
        f"{header},首次反馈时间,客户姓名\nT-1,2026-11-02 09:00,电话,quality,漏水,K1,2026-11-03 10:00,\n"
        ",2026-11-02 09:00,电话,quality,漏水,K1,2026-11-03 10:00,王\n",
    )
    assert counts(result) == (0, 2, 0, 0)
    one = session.scalars(select(Complaint)).one()
    assert one.customer_name == "王"
    assert [event.kind for event in one.events] == ["received", "first_feedback"]
    clock = session.scalars(select(ComplaintClock).where(ComplaintClock.clock == "first_feedback")).one()
    assert (clock.state, clock.steps) == ("met", [])  # worded when it is opened, like the rest of it


def test_objects_that_were_read_before_an_import_show_what_it_changed(session: Session, take: Take) -> None:
    take("callbacks", f"{OWED}\nC-1,discharge,2026-11-05 09:00,王,138,K2,K1\n")
    one = session.scalars(select(Callback)).one()
    assert one.completed_at is None
    take("callbacks", f"{TRIED}\nC-1,discharge,2026-11-05 09:00,王,138,K2,K1,2026-11-12 10:30,接通,满意\n")
    assert one.completed_at == local(2026, 11, 12, 10, 30)
    assert session.scalar(select(func.count()).select_from(CallbackAttempt)) == 1


# Closed months


def close(session: Session, *months: str) -> None:
    for month in months:
        session.add(ClosedMonth(month=month, closed_at=NOW, closed_by="manager", figures={}))
    session.commit()


COMPLAINTS = (
    "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号\nT-1,2026-09-30 23:59,电话,quality,甲,K1\n"
    "T-2,2026-10-01 00:00,电话,quality,乙,K1\nT-3,2026-11-02 09:00,电话,quality,丙,K1\n"
)


def test_rows_that_fall_into_closed_months_are_taken_and_counted_by_month(
    session: Session, take: Take
) -> None:
    close(session, "2026-09", "2026-10")
    trial = take("complaints", COMPLAINTS, dry_run=True)
    assert (trial.accepted, trial.closed_months) == (3, {"2026-09": 1, "2026-10": 1})
    assert take("complaints", COMPLAINTS).as_json()["closed_months"] == {"2026-09": 1, "2026-10": 1}
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "data.imported")).one()
    assert logged.detail["closed_months"] == {"2026-09": 1, "2026-10": 1}
    assert take("complaints", COMPLAINTS).closed_months == {}  # nothing changed, so nothing fell anywhere


def test_rows_of_fixed_attendance_are_taken_and_counted_for_the_team_that_fixed_it(
    session: Session, take: Take
) -> None:
    teams = {agent.number: agent.team_id for agent in session.scalars(select(Agent))}
    other = make_agent(session, number="K9")
    for month in (date(2026, 9, 1), date(2026, 10, 1)):
        session.add(
            AttendanceMonth(
                team_id=teams["K1"], month=month, locked_by="manager", locked_at=NOW, rulebook_version=""
            )
        )
    session.commit()
    text = "工号,打卡时间,类型\nK1,2026-10-31 08:55,上班\nK1,2026-11-01 08:55,上班\n" + (
        f"{other.number},2026-10-31 08:55,上班\n"
    )
    first = take("punches", text)
    assert (first.accepted, first.fixed_months, first.closed_months) == (3, {"2026-10": 1}, {})
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "data.imported")).one()
    assert logged.detail["fixed_months"] == {"2026-10": 1}
    assert take("punches", text).fixed_months == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("callbacks", f"{OWED}\nC-1,discharge,2026-10-29 09:00,王,138,K2,K1\nC-2,discharge,2026-10-02 09:00,李,139,K2,K1\n"),
        ("work_orders", "维修单号,报修时间,工号,报修内容\nW-1,2026-10-31 23:00,K1,漏水\nW-2,2026-11-01 00:00,K1,漏电\n"),
        ("surveys", "调查表号,评价时间,工号,态度\nD-1,2026-10-31 23:00,K1,满意\nD-2,2026-11-01 01:00,K1,满意\n"),
        ("shifts", "工号,日期,开始,结束\nK1,2026-10-31,09:00,18:00\nK1,2026-11-01,09:00,18:00\n"),
        ("punches", "工号,打卡时间,类型\nK1,2026-10-31 08:55,上班\nK1,2026-11-01 08:55,上班\n"),
        ("leave", "工号,请假类型,开始,结束\nK1,病假,2026-10-31,2026-11-01\nK1,事假,2026-11-02,2026-11-02\n"),
    ],
)  # fmt: skip
def test_every_kind_counts_by_the_date_its_figures_count_by(
    session: Session, take: Take, kind: str, text: str
) -> None:
    close(session, "2026-10")
    result = take(kind, text)
    assert (result.rejected, result.accepted) == ([], 2)
    assert result.closed_months == {"2026-10": 1}


# Progress


@pytest.mark.parametrize("kind", ["complaints", "punches"])
def test_the_progress_moves_on_to_the_end(take: Take, kind: str) -> None:
    begun = local(2026, 1, 5, 9, 0)
    if kind == "punches":
        header, line = "工号,打卡时间,类型", "K1,{at:%Y-%m-%d %H:%M},上班"
    else:
        header, line = (
            "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号",
            "T-{n},{at:%Y-%m-%d %H:%M},电话,quality,第{n}件,K1",
        )
    lines = [line.format(n=n, at=begun + timedelta(hours=2 * n)) for n in range(3_000)]
    heard: list[float] = []
    take(kind, "\n".join([header, *lines]), on_progress=heard.append)
    assert heard == sorted(heard) and heard[-1] == 1.0
    assert max(after - before for before, after in zip([0.0, *heard], heard, strict=False)) < 0.2
