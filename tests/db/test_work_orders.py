"""Work orders: taking the call, every action in its order, the second person told, and the callback that follows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import work_order_actions as acts
from db import work_orders
from db.models import Agent, AuditEntry, Callback, WorkOrder
from db.refusals import Refused
from regulations import repairs as rules
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, make_agent, make_complaint, make_team, make_work_order, scope
from tests.regulations.site_books import book_of

CALLED = NOW - timedelta(minutes=30)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(("office_building_property",))


@pytest.fixture
def agent(session: Session) -> Agent:
    return make_agent(session)


@pytest.fixture
def viewer(agent: Agent) -> Scope:
    return scope("supervisor", agent.team)


@pytest.fixture
def call(session: Session, viewer: Scope, agent: Agent, book: Rulebook) -> Callable[..., WorkOrder]:
    def take(**values: Any) -> WorkOrder:
        usual = {"notified_at": CALLED, "summary": "空调不制冷", "agent": agent, "book": book, "now": NOW}
        return work_orders.register(session, viewer, **{**usual, **values})

    return take


def told(session: Session) -> list[str]:
    session.flush()
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_call_gets_a_number_a_day_and_a_line_in_the_log(
    session: Session, call: Callable[..., WorkOrder]
) -> None:
    first, second = call(service_type="有偿服务", is_charged=True), call()
    assert [first.number, second.number] == ["WX-20261120-001", "WX-20261120-002"]
    assert first.notified_on.isoformat() == "2026-11-20"
    assert first.arrival_due_at is None  # the limit runs from the form, and there is none yet
    assert told(session) == ["work_order.registered"] * 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"summary": "  "}, "报修内容不能为空"),
        ({"notified_at": NOW + timedelta(minutes=6)}, "时间不能晚于现在"),
        ({"service_type": "白干"}, "没有“白干”这种服务类型；现有：有偿服务"),
        ({"appointment_at": CALLED - timedelta(minutes=1)}, "约定上门时间不能早于报修时间"),
    ],
)
def test_a_call_that_cannot_be_is_refused(
    call: Callable[..., WorkOrder], values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        call(**values)
    assert said in refused.value.zh
    assert refused.value.en


def test_only_who_may_takes_calls_and_only_for_his_team(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    values: dict[str, Any] = {
        "notified_at": CALLED,
        "summary": "漏水",
        "agent": agent,
        "book": book,
        "now": NOW,
    }
    for stranger in (scope("qa"), scope("agent", agent=agent), scope("supervisor", make_team(session))):
        with pytest.raises(AccessRefused):
            work_orders.register(session, stranger, **values)
    other = make_complaint(session)
    with pytest.raises(AccessRefused):
        work_orders.register(session, scope("supervisor", agent.team), **values, complaint=other)


def test_dispatch_sets_the_deadline_and_nothing_moves_it(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call()
    at = NOW - timedelta(minutes=10)
    acts.dispatch(session, viewer, order, at=at, engineer="王师傅", expected_version=1, book=book, now=NOW)
    assert order.arrival_due_at == at + timedelta(minutes=15)
    assert order.engineer == "王师傅"
    assert order.row_version == 2
    with pytest.raises(Refused, match="dispatched already"):
        acts.dispatch(session, viewer, order, at=NOW, expected_version=2, book=book, now=NOW)
    assert order.arrival_due_at == at + timedelta(minutes=15)
    assert any(step["clause"] == "E1.46" for step in order.steps)


def test_an_appointment_sets_the_deadline_before_dispatch(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    agreed = NOW + timedelta(hours=4)
    order = call(appointment_at=agreed)
    assert order.arrival_due_at == agreed + timedelta(minutes=15)
    with pytest.raises(Refused, match="agreed when the call was taken"):
        acts.dispatch(
            session, viewer, order, at=NOW, appointment_at=agreed + timedelta(hours=1), expected_version=1, book=book, now=NOW
        )  # fmt: skip
    acts.dispatch(session, viewer, order, at=NOW, expected_version=1, book=book, now=NOW)
    assert order.arrival_due_at == agreed + timedelta(minutes=15)


def test_the_whole_course_makes_a_callback_owed(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call(is_charged=True, is_dispatched=True, customer_name="王丽", customer_phone="138")
    step = timedelta(minutes=4)
    now = NOW + timedelta(hours=1)
    acts.arrive(session, viewer, order, at=NOW + step, expected_version=1, now=now)
    acts.confirm_price(
        session, viewer, order, at=NOW + 2 * step, price=Decimal("80"), expected_version=2, now=now
    )
    acts.start_work(session, viewer, order, at=NOW + 2 * step, expected_version=3, now=now)
    callback = acts.finish(
        session, viewer, order, at=NOW + 5 * step, is_signed=True, expected_version=4, book=book, now=now
    )
    assert callback is not None
    assert (callback.kind, callback.work_order_id, callback.arisen_at) == ("repair", order.id, NOW + 5 * step)
    assert (callback.customer_name, order.number in callback.subject) == ("王丽", True)
    verdict = work_orders.verdict_of(session, order, book, now)
    assert (verdict.state, verdict.arrival, verdict.price, verdict.flags) == (
        "finished",
        "on_time",
        "confirmed",
        (),
    )
    assert told(session) == [
        f"work_order.{what}" for what in ("registered", "arrived", "price_confirmed", "started", "finished")
    ] + ["callback.owed"]
    with pytest.raises(Refused, match="finished"):
        acts.finish(session, viewer, order, at=now, expected_version=5, book=book, now=now)
    assert len(session.scalars(select(Callback)).all()) == 1


def test_a_rulebook_without_repair_callbacks_owes_none(session: Session, agent: Agent, viewer: Scope) -> None:
    book = book_of(site="callback.after_resolution_within = off")
    order = work_orders.register(
        session,
        viewer,
        notified_at=CALLED,
        summary="漏水",
        agent=agent,
        book=book,
        now=NOW,
        is_dispatched=True,
    )
    acts.arrive(session, viewer, order, at=NOW, expected_version=1, now=NOW)
    assert acts.finish(session, viewer, order, at=NOW, expected_version=2, book=book, now=NOW) is None


def test_events_come_in_their_order(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call()
    early: dict[str, Any] = {"at": NOW, "now": NOW, "expected_version": 1}
    with pytest.raises(Refused, match="dispatch it first"):
        acts.arrive(session, viewer, order, **early)
    with pytest.raises(Refused, match="record the arrival first"):
        acts.start_work(session, viewer, order, **early)
    with pytest.raises(Refused, match="record the arrival first"):
        acts.finish(session, viewer, order, book=book, **early)
    with pytest.raises(Refused, match="record the finish first"):
        acts.sign(session, viewer, order, **early)
    with pytest.raises(Refused, match="has no price"):
        acts.confirm_price(session, viewer, order, price=Decimal(1), **early)
    with pytest.raises(Refused, match="before the call"):
        acts.dispatch(
            session, viewer, order, at=CALLED - timedelta(minutes=1), expected_version=1, book=book, now=NOW
        )
    with pytest.raises(Refused, match="future"):
        acts.dispatch(
            session, viewer, order, at=NOW + timedelta(hours=1), expected_version=1, book=book, now=NOW
        )
    assert order.row_version == 1


def test_the_same_minute_on_a_form_is_the_moment_after(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call()
    sent = NOW.replace(second=40)
    acts.dispatch(session, viewer, order, at=sent, expected_version=1, book=book, now=sent)
    acts.arrive(session, viewer, order, at=NOW.replace(second=0), expected_version=2, now=sent)
    assert order.arrived_at == sent
    assert "out_of_order" not in work_orders.verdict_of(session, order, book, sent).flags


def unfinished(**values: Any) -> dict[str, Any]:
    usual = {"at": NOW, "now": NOW, "reason": "缺配件", "has_apologised": True, "expected_version": 2}
    return {"next_appointment_at": NOW + timedelta(days=1), **usual, **values}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reason": " "}, "give the reason"),
        ({"next_appointment_at": None}, "agree with the customer"),
        ({"next_appointment_at": NOW - timedelta(hours=1)}, "in the past"),
        ({"has_apologised": False}, "apologise to the customer"),
    ],
)
def test_unfinished_needs_reason_appointment_and_apology(
    session: Session,
    viewer: Scope,
    book: Rulebook,
    call: Callable[..., WorkOrder],
    values: dict[str, Any],
    said: str,
) -> None:
    order = call(is_dispatched=True)
    acts.arrive(session, viewer, order, at=NOW, expected_version=1, now=NOW)
    with pytest.raises(Refused, match=said):
        acts.leave_unfinished(session, viewer, order, book=book, **unfinished(**values))


def test_an_unfinished_order_is_taken_up_again(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call(is_dispatched=True)
    acts.arrive(session, viewer, order, at=NOW, expected_version=1, now=NOW)
    with pytest.raises(Refused, match="recorded already"):
        acts.arrive(session, viewer, order, at=NOW, expected_version=2, now=NOW)
    acts.leave_unfinished(session, viewer, order, book=book, **unfinished())
    assert work_orders.verdict_of(session, order, book, NOW).state == "unfinished"
    later = NOW + timedelta(days=1)
    acts.arrive(session, viewer, order, at=later, expected_version=3, now=later)
    assert order.arrived_at == NOW and order.returned_at == later
    acts.leave_unfinished(
        session, viewer, order, book=book,
        **unfinished(at=later, now=later, expected_version=4, reason="仍缺配件", next_appointment_at=later + timedelta(days=1)),
    )  # fmt: skip
    assert order.returned_at is None
    assert work_orders.verdict_of(session, order, book, later).flags == ()


def test_the_second_of_two_is_told_and_nothing_is_overwritten(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call()
    acts.dispatch(session, viewer, order, at=NOW, engineer="甲", expected_version=1, book=book, now=NOW)
    with pytest.raises(work_orders.StaleOrder):
        acts.dispatch(session, viewer, order, at=NOW, engineer="乙", expected_version=1, book=book, now=NOW)
    with pytest.raises(work_orders.StaleOrder):
        acts.cancel(session, viewer, order, at=NOW, reason="误报", expected_version=1, now=NOW)
    assert order.engineer == "甲" and order.cancelled_at is None


def test_who_may_only_look_changes_nothing(
    session: Session, agent: Agent, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call()
    how: dict[str, Any] = {"at": NOW, "expected_version": 1, "now": NOW}
    for stranger in (
        scope("executive"),
        scope("qa"),
        scope("agent", agent=agent),
        scope("supervisor", make_team(session)),
    ):
        with pytest.raises(AccessRefused):
            acts.dispatch(session, stranger, order, book=book, **how)
        with pytest.raises(AccessRefused):
            acts.cancel(session, stranger, order, reason="误报", **how)
    assert order.row_version == 1


def test_a_cancelled_order_is_over(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call()
    with pytest.raises(Refused, match="reason"):
        acts.cancel(session, viewer, order, at=NOW, reason="", expected_version=1, now=NOW)
    acts.cancel(session, viewer, order, at=NOW, reason="客户自行修好", expected_version=1, now=NOW)
    assert work_orders.verdict_of(session, order, book, NOW).state == "cancelled"
    with pytest.raises(Refused, match="cancelled"):
        acts.dispatch(session, viewer, order, at=NOW, expected_version=2, book=book, now=NOW)


@pytest.mark.parametrize("price", [Decimal("-1"), Decimal("NaN"), Decimal("Infinity"), Decimal("1e12")])
def test_a_price_is_an_amount(
    session: Session, viewer: Scope, call: Callable[..., WorkOrder], price: Decimal
) -> None:
    order = call(is_charged=True)
    with pytest.raises(Refused, match="amount"):
        acts.confirm_price(session, viewer, order, at=NOW, price=price, expected_version=1, now=NOW)


def test_signature_and_apology_may_come_after_the_finish(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    order = call(is_dispatched=True)
    late = NOW + timedelta(minutes=30)
    acts.arrive(session, viewer, order, at=late, expected_version=1, now=late)
    acts.finish(session, viewer, order, at=late, expected_version=2, book=book, now=late)
    flags = work_orders.verdict_of(session, order, book, late).flags
    assert flags == ("arrived_late", "not_apologised", "not_signed")
    acts.apologise(session, viewer, order, at=late, expected_version=3, now=late)
    acts.sign(session, viewer, order, at=late, expected_version=4, now=late)
    assert work_orders.verdict_of(session, order, book, late).flags == ("arrived_late",)
    with pytest.raises(Refused, match="signed already"):
        acts.sign(session, viewer, order, at=late, expected_version=5, now=late)


def test_lists_stay_inside_the_scope_and_the_period(
    session: Session, viewer: Scope, agent: Agent, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    mine = call()
    old = call(notified_at=NOW - timedelta(days=40))
    other = make_agent(session)
    work_orders.register(
        session,
        scope("supervisor", other.team),
        notified_at=CALLED,
        summary="漏水",
        agent=other,
        book=book,
        now=NOW,
    )
    today = NOW.date()
    assert work_orders.list_orders(session, viewer, from_on=today, to_on=today) == [mine]
    assert work_orders.list_orders(session, viewer, open_only=True) == [mine, old]
    assert work_orders.list_wanting(session, viewer, from_on=today, to_on=today) == [old, mine]
    assert len(work_orders.list_orders(session, scope("manager"))) == 3
    assert work_orders.list_orders(session, scope("manager"), team_id=other.team_id)[0].agent == other
    with pytest.raises(LookupError):
        work_orders.get_order(session, scope("supervisor", other.team), mine.number)
    assert work_orders.get_order(session, viewer, f" {mine.number} ") is mine


def test_the_stored_deadline_is_the_one_the_rules_explain(
    session: Session, viewer: Scope, book: Rulebook, call: Callable[..., WorkOrder]
) -> None:
    moments: list[datetime | None] = [None, NOW + timedelta(hours=2)]
    for appointment in moments:
        order = call(appointment_at=appointment, is_dispatched=True)
        verdict = work_orders.verdict_of(session, order, book, NOW)
        assert verdict.due_at == order.arrival_due_at
        assert verdict.dispatch_due_at == order.dispatch_due_at


def test_states_are_counted_as_the_rules_give_them(
    session: Session, viewer: Scope, agent: Agent, book: Rulebook
) -> None:
    yesterday = NOW - timedelta(days=1)
    kinds: list[dict[str, Any]] = [
        {},
        {"form_at": NOW},
        {"form_at": yesterday, "arrived_at": NOW},
        {"form_at": yesterday, "arrived_at": yesterday},
        {"form_at": yesterday, "arrived_at": NOW, "unfinished_reason": "缺配件"},
        {"form_at": yesterday, "arrived_at": yesterday, "unfinished_reason": "缺配件", "returned_at": NOW},
        {"form_at": yesterday, "arrived_at": yesterday, "next_appointment_at": NOW + timedelta(days=1)},
        {"finished_at": NOW, "unfinished_reason": "缺配件"},
        {"cancelled_at": NOW, "finished_at": NOW},
    ]
    expected: dict[tuple[str, str], int] = {}
    for values in kinds:
        order = make_work_order(session, agent, notified_at=yesterday, **values)
        state = rules.order_verdict(work_orders.facts_of(order), book, NOW).state
        expected[agent.team.name, state] = expected.get((agent.team.name, state), 0) + 1
    assert len(expected) == 6
    period: dict[str, Any] = {"from_on": yesterday.date(), "to_on": NOW.date()}
    found = work_orders.count_by_state(session, viewer, **period, book=book, now=NOW)
    assert found == expected
    stranger = scope("supervisor", make_team(session))
    assert work_orders.count_by_state(session, stranger, **period, book=book, now=NOW) == {}
