"""The demo department at eight hours of a year: true to the rules, plausible, and with something to see at each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import attendance, coverage, demo, metrics, people, work_orders
from db.models import (
    AttendanceDay,
    Callback,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    Leave,
    OffPost,
    Overtime,
    Shift,
    SurveyResponse,
    SwapRequest,
    WorkOrder,
)
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook
from regulations.surge import surges
from regulations.surveys import dimensions, grades
from tests.db.test_demo import new_database, rulebook
from tests.factories import SHANGHAI, local

Filled = tuple[Session, datetime, Rulebook]
SYSTEM_SUPERVISOR = Scope(None, "test", "manager")

HOURS = {
    "just after midnight": local(2026, 11, 20, 0, 10),
    "on a Sunday before dawn": local(2026, 11, 22, 4, 40),
    "on a Monday at noon": local(2026, 11, 23, 12, 0),
    "in the evening": local(2026, 11, 24, 22, 50),
    "at the last minute of a month": local(2026, 10, 31, 23, 59, 30),
    "at the first minute of a year": local(2027, 1, 1, 0, 0, 20),
    "on National Day": local(2026, 10, 1, 10, 30),
    "in the Spring Festival": local(2026, 2, 18, 9, 5),
}


@pytest.fixture(scope="module", params=list(HOURS.values()), ids=list(HOURS))
def filled(request: pytest.FixtureRequest) -> Iterator[Filled]:
    """Two months that end at the hour, on SQLite; read only."""
    book = rulebook()
    with Session(new_database()) as session:
        demo.fill(session, now=request.param, book=book, months=2, scale=0.4)
        yield session, request.param, book


def test_at_any_hour_there_is_something_to_see(filled: Filled) -> None:
    session, now, book = filled
    running = session.scalars(select(ComplaintClock).where(ComplaintClock.met_at.is_(None))).all()
    overdue = [now - c.due_at for c in running if c.due_at < now]
    assert [gap for gap in overdue if gap > timedelta(days=5)], "overdue for days"
    assert [gap for gap in overdue if timedelta(minutes=10) < gap < timedelta(hours=6)], "overdue for hours"
    ahead = [c.due_at - now for c in running if c.due_at >= now]
    assert len([gap for gap in ahead if gap <= timedelta(hours=1)]) >= 3, "due within the hour"
    today = now.astimezone(SHANGHAI).date()
    assert len([c for c in running if c.due_on == today and c.due_at > now + timedelta(seconds=10)]) >= 2
    assert [c for c in running if c.due_on == today + timedelta(days=1)], "due tomorrow"
    assert session.scalar(
        select(func.count())
        .select_from(Complaint)
        .where(Complaint.severity == "serious", Complaint.status == "open")
    )
    reopened = select(ComplaintEvent.complaint_id).where(ComplaintEvent.kind == "reopened")
    assert session.scalar(
        select(func.count())
        .select_from(Complaint)
        .where(Complaint.id.in_(reopened), Complaint.status == "open")
    )
    received = [
        (row.received_at, f"{row.category} {row.product}")
        for row in session.execute(
            select(Complaint.received_at, Complaint.category, Complaint.product).order_by(
                Complaint.received_at
            )
        )
    ]
    alarms = [surge for surge in surges(received, book, now) if now - surge.last_at < timedelta(hours=2)]
    assert alarms, "a surge"
    board = attendance.board(session, SYSTEM, today, now, book)
    if not board:  # before the first shift of the day begins the night shift of yesterday is on
        board = attendance.board(session, SYSTEM, today - timedelta(days=1), now, book)
    days = session.scalars(
        select(AttendanceDay).join(AttendanceDay.shift).where(Shift.starts_at <= now, Shift.ends_at > now)
    ).all()
    assert [day for day in days if day.late_minutes and day.first_in_at], "somebody late right now"
    assert [day for day in days if day.first_in_at is None and day.class_ != "on_leave"], "somebody missing"
    assert board


def test_at_any_hour_something_waits_and_the_figures_hold(filled: Filled) -> None:
    session, now, book = filled
    today = now.astimezone(SHANGHAI).date()
    waiting = session.scalars(select(Leave).where(Leave.status == "requested")).all()
    assert len(waiting) >= 4
    assert all(row.filed_at <= now < row.ends_at for row in waiting)
    assert session.scalar(select(func.count(SwapRequest.id)).where(SwapRequest.state == "requested"))
    assert session.scalar(select(func.count(Overtime.id)).where(Overtime.state == "requested"))
    team = people.list_teams(session, SYSTEM)[0]
    found = coverage.coverage_of(session, SYSTEM_SUPERVISOR, today, team.id, book, now)
    assert any(one.gaps for one in found)
    running = session.scalar(select(func.count(Shift.id)).where(Shift.starts_at <= now - timedelta(hours=1), Shift.ends_at > now)) or 0  # fmt: skip
    away = session.scalar(
        select(func.count(OffPost.id)).where(OffPost.kind == "away", OffPost.ends_at.is_(None))
    )
    assert away or running < 6
    for key in ("attendance.rate", "handover.complete_rate"):
        one = metrics.figure(session, SYSTEM, key, today - timedelta(days=31), today, book, now)
        assert 70 < (one.value or 0) <= 100, key


def test_the_orders_are_those_of_the_rules(filled: Filled) -> None:
    session, now, book = filled
    flags: Counter[str] = Counter()
    states: Counter[str] = Counter()
    for order in session.scalars(select(WorkOrder)):
        verdict = work_orders.verdict_of(session, order, book, now)
        assert verdict.due_at == order.arrival_due_at
        assert verdict.dispatch_due_at == order.dispatch_due_at
        assert (order.finished_on is None) == (order.finished_at is None)
        assert "out_of_order" not in verdict.flags, order.number
        flags.update(verdict.flags)
        states[verdict.state] += 1
    assert flags["undispatched_carried"] >= 2
    assert flags["arrival_overdue"] >= 2
    assert flags["return_overdue"] >= 1
    assert states["undispatched"] >= flags["undispatched_carried"]
    assert states["finished"] > sum(states.values()) * 0.7


def test_nothing_lies_in_the_future(filled: Filled) -> None:
    session, now, _book = filled
    for column in (
        WorkOrder.notified_at, WorkOrder.form_at, WorkOrder.arrived_at, WorkOrder.price_confirmed_at, WorkOrder.finished_at,
        WorkOrder.signed_at, WorkOrder.returned_at, WorkOrder.apologised_at, SurveyResponse.answered_at,
    ):  # fmt: skip
        last = session.scalar(select(func.max(column)))
        assert last is None or last <= now, column


def test_every_finished_repair_owes_its_callback(filled: Filled) -> None:
    session, _now, _book = filled
    finished = dict(
        session.execute(
            select(WorkOrder.id, WorkOrder.finished_at).where(WorkOrder.finished_at.is_not(None))
        ).all()
    )
    owed = dict(
        session.execute(
            select(Callback.work_order_id, Callback.arisen_at).where(Callback.kind == "repair")
        ).all()
    )
    assert owed == finished


def test_most_is_well_and_some_is_not(filled: Filled) -> None:
    session, now, book = filled
    period = (now.date().replace(year=now.year - 1), now.date())
    on_time = metrics.figure(session, SYSTEM, "repair.on_time_rate", *period, book, now).value
    coverage = metrics.figure(session, SYSTEM, "survey.coverage", *period, book, now).value
    assert on_time is not None and 80 < on_time < 99
    assert coverage is not None and 40 < coverage < 85
    found = set(session.execute(select(SurveyResponse.dimension, SurveyResponse.grade)).all())
    assert {d for d, _ in found} == set(dimensions(book))
    assert {g for _, g in found} <= set(grades(book))
