"""Two people, or a person and the sweep, at the same moment: one succeeds, the other is told, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import (
    complaints,
    departments,
    escalations,
    ledger,
    rulebooks,
    surges,
    surveys,
    work_order_actions,
    work_orders,
)
from db.models import (
    Agent,
    AuditEntry,
    Callback,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    Escalation,
    LedgerEntry,
    SurgeAlert,
    SurveyResponse,
    WorkOrder,
)
from db.refusals import Refused, StaleCase
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, local, make_agent, make_complaint, make_work_order, scope

MANAGER = scope("manager", actor="秦岚")
RECEIVED = local(2026, 11, 16, 9, 30)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Work = Callable[[Session], Any]


def at_once(engine: Engine, *works: Work) -> list[str]:
    """What came of each, begun together in transactions of their own: done, stale, refused, or the error's name."""
    gate, outcomes = threading.Barrier(len(works)), [""] * len(works)

    def run(place: int, work: Work) -> None:
        try:
            with Session(engine, expire_on_commit=False) as session:
                gate.wait(30)
                work(session)
                session.commit()
                outcomes[place] = "done"
        except StaleCase:
            outcomes[place] = "stale"
        except Refused as refusal:
            outcomes[place] = f"refused: {refusal.en}" if "changed" not in refusal.en else "stale"
        except Exception as error:
            outcomes[place] = repr(error)

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return outcomes


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(["goods_sales"])


@pytest.fixture
def case(session: Session, book: Rulebook) -> Complaint:
    agent = make_agent(session)
    found = complaints.register(
        session, MANAGER, received_at=RECEIVED, channel="phone", category="delivery", summary="送货晚了三天",
        agent=agent, book=book, now=RECEIVED + MINUTE,
    )  # fmt: skip
    session.commit()
    return found


def record(
    session: Session, number: str, book: Rulebook, kind: str, at: datetime, **more: Any
) -> ComplaintEvent:
    """Recorded by somebody who looked at the case just now."""
    seen = complaints.get_complaint(session, MANAGER, number)
    return complaints.record_event(
        session, MANAGER, seen, kind, at, "", more.pop("version", seen.row_version), book, more.pop("now", at), **more
    )  # fmt: skip


def faulty(session: Session, number: str, book: Rulebook) -> None:
    """The department is ordered to rectify by 18 November, and says it was its own fault."""
    for kind, at, more in (
        ("forwarded", RECEIVED + HOUR, {}),
        ("acknowledged", RECEIVED + 2 * HOUR, {"value": "张主任"}),
        ("rectification_ordered", RECEIVED + 3 * HOUR, {"due_on": date(2026, 11, 18)}),
        ("returned", RECEIVED + 4 * HOUR, {"value": "own_fault"}),
    ):
        record(session, number, book, kind, at, department="储运部", **more)
    session.commit()


def test_of_two_closings_one_is_recorded(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    number, version = case.number, case.row_version
    close = [
        lambda mine, n=n: record(mine, number, book, "closed", RECEIVED + n * HOUR, version=version)
        for n in (1, 2)
    ]
    assert sorted(at_once(engine, *close)) == ["done", "stale"]
    session.expire_all()
    assert session.scalar(select(func.count()).where(ComplaintEvent.kind == "closed")) == 1
    assert session.scalar(select(func.count()).where(Callback.complaint_id == case.id)) == 1


def test_two_departments_are_assigned_one_after_the_other(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    number, version = case.number, case.row_version

    def assign(name: str) -> Work:
        return lambda mine: departments.assign(
            mine, MANAGER, complaints.get_complaint(mine, MANAGER, number), name, at=RECEIVED + HOUR,
            expected_version=version, book=book, now=RECEIVED + HOUR,
        )  # fmt: skip

    assert sorted(at_once(engine, assign("储运部"), assign("质量部"))) == ["done", "stale"]
    session.expire_all()
    assert len(case.assignments) == 1


def test_the_sweep_and_an_answer_leave_one_verdict(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    """The answer was given in time and is recorded late, just as the sweep finds the deadline passed."""
    number, swept = case.number, RECEIVED + 30 * DAY
    answer: Work = lambda mine: record(mine, number, book, "final_feedback", RECEIVED + DAY, now=swept)  # noqa: E731
    outcomes = at_once(
        engine, answer, lambda mine: complaints.sweep(mine, swept), lambda mine: complaints.sweep(mine, swept)
    )
    assert outcomes == ["done", "done", "done"]
    complaints.sweep(session, swept)
    session.commit()
    session.expire_all()
    found = {clock.clock: clock for clock in case.clocks}
    assert (found["final_feedback"].state, found["final_feedback"].met_at) == ("met", RECEIVED + DAY)
    noted = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "clock.breached")).all()
    told = [(detail["clock"], detail["ordinal"]) for detail in noted]
    assert len(told) == len(set(told))


def test_the_sweep_and_a_recorder_propose_the_doubled_penalty_once(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    faulty(session, case.number, book)
    late, number = RECEIVED + 5 * DAY, case.number
    outcomes = at_once(
        engine,
        lambda mine: record(mine, number, book, "rectified", late, department="储运部"),
        lambda mine: ledger.propose_overdue(mine, book, late),
        lambda mine: ledger.propose_overdue(mine, book, late),
    )
    assert outcomes == ["done", "done", "done"]
    ledger.propose_overdue(session, book, late)
    session.commit()
    doubled = session.scalars(select(LedgerEntry).where(LedgerEntry.factor == 2)).all()
    assert sorted(row.kind for row in doubled) == ["money", "points"]


def test_of_two_who_decide_on_a_penalty_one_is_told(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    faulty(session, case.number, book)
    row = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "money")).one()
    entry_id, version = row.id, row.row_version
    session.commit()

    def decide(is_confirmed: bool) -> Work:
        return lambda mine: ledger.decide_entry(
            mine, MANAGER, entry_id, is_confirmed=is_confirmed, note="x", expected_version=version, now=NOW
        )

    assert sorted(at_once(engine, decide(True), decide(False))) == ["done", "stale"]


def test_a_penalty_is_not_confirmed_while_the_case_is_found_not_upheld(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    """Whoever is first: either it is refused, or its taking back is proposed. It never stands unnoticed."""
    faulty(session, case.number, book)
    row = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "money")).one()
    entry_id, version, number = row.id, row.row_version, case.number
    rulebooks.publish(session, SYSTEM, book, RECEIVED.date(), RECEIVED)
    session.commit()
    outcomes = at_once(
        engine,
        lambda mine: ledger.decide_entry(
            mine, MANAGER, entry_id, is_confirmed=True, note="", expected_version=version, now=NOW
        ),
        lambda mine: record(mine, number, book, "not_upheld", RECEIVED + 5 * HOUR),
    )
    assert outcomes[1] == "done"
    session.expire_all()
    back = session.scalars(select(LedgerEntry).where(LedgerEntry.reverses_id == entry_id)).all()
    state = session.get_one(LedgerEntry, entry_id).state
    assert (state, len(back)) in (("confirmed", 1), ("proposed", 0))
    assert (outcomes[0] == "done") == (state == "confirmed")


def test_of_two_who_close_a_surge_one_is_told(session: Session, engine: Engine, book: Rulebook) -> None:
    agent = make_agent(session)
    make_complaint(session, agent, NOW - 60 * DAY, category="other")
    for n in range(5):
        one = make_complaint(session, agent, NOW - n * MINUTE, category="billing", product="会员")
        surges.check_after_receipt(session, one, book, NOW)
    alert = session.scalars(select(SurgeAlert)).one()
    surges.acknowledge(session, MANAGER, alert.id, plan="安抚", expected_version=1, now=NOW)
    session.commit()
    alert_id, version = alert.id, alert.row_version
    close: Work = lambda mine: surges.close(  # noqa: E731
        mine, MANAGER, alert_id, outcome="已修复", expected_version=version, now=NOW
    )
    assert sorted(at_once(engine, close, close)) == ["done", "stale"]


def test_an_order_is_finished_once_and_owes_one_callback(
    session: Session, engine: Engine, book: Rulebook
) -> None:
    office = load_rulebook(["office_building_property"])
    order = make_work_order(session, form_at=NOW - HOUR, arrived_at=NOW - 50 * MINUTE)
    session.commit()
    order_id, version = order.id, order.row_version

    def finish(mine: Session) -> None:
        work_order_actions.finish(
            mine,
            MANAGER,
            mine.get_one(WorkOrder, order_id),
            at=NOW,
            expected_version=version,
            book=office,
            now=NOW,
        )

    assert sorted(at_once(engine, finish, finish)) == ["done", "stale"]
    assert session.scalar(select(func.count()).select_from(Callback)) == 1


def test_a_service_is_graded_once(session: Session, engine: Engine) -> None:
    office = load_rulebook(["office_building_property"])
    order = make_work_order(session, form_at=NOW - HOUR, arrived_at=NOW - HOUR, finished_at=NOW - MINUTE)
    session.commit()
    order_id = order.id
    dimension = (office.items("survey.dimensions") or ("",))[0]
    grade = (office.items("survey.grades") or ("",))[0]

    def answer(mine: Session) -> None:
        surveys.record_form(
            mine, MANAGER, answers={dimension: grade}, answered_at=NOW, book=office, now=NOW,
            work_order=mine.get_one(WorkOrder, order_id),
        )  # fmt: skip

    outcomes = at_once(engine, answer, answer)
    assert sorted(one.split(":")[0] for one in outcomes) == ["done", "refused"]
    assert session.scalar(select(func.count()).select_from(SurveyResponse)) == 1


def test_a_matter_is_reported_upward_once_and_answered_once(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    case_id = case.id

    def report(mine: Session) -> None:
        escalations.raise_escalation(
            mine, MANAGER, mine.get_one(Complaint, case_id), reason="other", to_role="executive", detail="",
            proposal="请示", is_urgent=False, book=book, now=NOW,
        )  # fmt: skip

    outcomes = at_once(engine, report, report)
    assert sorted(one.split(":")[0] for one in outcomes) == ["done", "refused"]
    row = session.scalars(select(Escalation)).one()
    escalation_id, version = row.id, row.row_version
    session.commit()
    answer: Work = lambda mine: escalations.answer_escalation(  # noqa: E731
        mine, scope("executive", actor="总"), escalation_id, instruction="照办", expected_version=version, book=book, now=NOW
    )  # fmt: skip
    assert sorted(at_once(engine, answer, answer)) == ["done", "stale"]


def test_numbers_of_orders_taken_at_once_differ(session: Session, engine: Engine, book: Rulebook) -> None:
    agent = make_agent(session)
    session.commit()
    agent_id = agent.id

    def take(mine: Session) -> None:
        work_orders.register(
            mine,
            MANAGER,
            notified_at=NOW,
            summary="漏水",
            agent=mine.get_one(Agent, agent_id),
            book=book,
            now=NOW,
        )

    assert at_once(engine, take, take, take) == ["done"] * 3
    assert session.scalar(select(func.count(WorkOrder.number.distinct()))) == 3


def test_every_clock_of_a_case_worked_on_by_many_is_kept_once(
    session: Session, engine: Engine, case: Complaint, book: Rulebook
) -> None:
    """Notes, contacts and sweeps together: whoever is stale looks again, and no run is kept twice."""
    number = case.number

    def contact(n: int) -> Work:
        def work(mine: Session) -> None:
            for _try in range(8):
                try:
                    record(mine, number, book, "progress_contact", RECEIVED + n * HOUR, now=RECEIVED + DAY)
                    return
                except StaleCase:
                    mine.rollback()
            raise AssertionError("always stale")

        return work

    outcomes = at_once(
        engine, *(contact(n) for n in (1, 2, 3)), lambda mine: complaints.sweep(mine, RECEIVED + DAY)
    )
    assert outcomes == ["done"] * 4
    rows = session.execute(
        select(ComplaintClock.clock, ComplaintClock.started_at).where(ComplaintClock.complaint_id == case.id)
    ).all()
    assert len(rows) == len(set(rows))
    assert sum(name == "progress" for name, _ in rows) == 3
