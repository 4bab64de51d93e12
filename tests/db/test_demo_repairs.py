"""The demo's repairs and survey forms: true to the rules, plausible, and something to see at any hour."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import demo, metrics, work_orders
from db.engine import make_engine
from db.models import Base, Callback, SurveyResponse, WorkOrder
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from regulations.surveys import dimensions, grades
from tests.factories import local

BOOK = ("goods_sales", "office_building_property", "hospital_callback")
HOURS = {
    "afternoon": local(2026, 11, 20, 15, 30),
    "just after midnight": local(2026, 11, 21, 0, 20),
    "early on the first of a month": local(2026, 11, 1, 6, 0),
    "in the Spring Festival": local(2026, 2, 18, 9, 5),
}


@pytest.fixture(scope="module", params=list(HOURS.values()), ids=list(HOURS))
def filled(request: pytest.FixtureRequest) -> tuple[Session, datetime, Rulebook]:
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    session, book = Session(engine), load_rulebook(BOOK)
    demo.fill(session, now=request.param, book=book, months=2, scale=0.4)
    return session, request.param, book


def test_the_orders_are_those_of_the_rules(filled: tuple[Session, datetime, Rulebook]) -> None:
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
    assert states["undispatched"] > flags["undispatched_carried"]
    assert states["finished"] > sum(states.values()) * 0.7


def test_nothing_lies_in_the_future(filled: tuple[Session, datetime, Rulebook]) -> None:
    session, now, _book = filled
    for column in (
        WorkOrder.notified_at, WorkOrder.form_at, WorkOrder.arrived_at, WorkOrder.price_confirmed_at, WorkOrder.finished_at,
        WorkOrder.signed_at, WorkOrder.returned_at, WorkOrder.apologised_at, SurveyResponse.answered_at,
    ):  # fmt: skip
        last = session.scalar(select(func.max(column)))
        assert last is None or last <= now, column


def test_every_finished_repair_owes_its_callback(filled: tuple[Session, datetime, Rulebook]) -> None:
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


def test_most_is_well_and_some_is_not(filled: tuple[Session, datetime, Rulebook]) -> None:
    session, now, book = filled
    period = (now.date().replace(year=now.year - 1), now.date())
    on_time = metrics.figure(session, SYSTEM, "repair.on_time_rate", *period, book, now).value
    coverage = metrics.figure(session, SYSTEM, "survey.coverage", *period, book, now).value
    assert on_time is not None and 80 < on_time < 99
    assert coverage is not None and 40 < coverage < 85
    found = set(session.execute(select(SurveyResponse.dimension, SurveyResponse.grade)).all())
    assert {d for d, _ in found} == set(dimensions(book))
    assert {g for _, g in found} <= set(grades(book))
