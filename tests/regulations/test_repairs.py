"""A work order judged: arrival to the second, dispatch by the day, the price before the work, what is left open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.names import NAMES
from regulations.repair_rates import ORDER_RATES, order_rates
from regulations.repairs import (
    FLAGS,
    OrderFacts,
    arrival_deadline,
    dispatch_due,
    known_at,
    order_verdict,
    work_order_rank,
)
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local
from tests.regulations.site_books import book_of

CALLED = local(2026, 11, 20, 9, 0)  # a Friday
SENT = local(2026, 11, 20, 9, 5)
NOW = local(2026, 11, 20, 12, 0)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(("office_building_property",))


def order(**facts: Any) -> OrderFacts:
    return OrderFacts(**{"notified_at": CALLED, **facts})


def finished(**facts: Any) -> OrderFacts:
    """An order without a fault."""
    usual = {
        "form_at": SENT,
        "arrived_at": SENT + timedelta(minutes=10),
        "work_started_at": SENT + timedelta(minutes=12),
        "finished_at": SENT + timedelta(minutes=50),
        "signed_at": SENT + timedelta(minutes=52),
    }
    return order(**{**usual, **facts})


@pytest.mark.parametrize(
    ("seconds", "arrival", "late"),
    [(0, "on_time", 0), (899, "on_time", 0), (900, "on_time", 0), (901, "late", 1), (1800, "late", 900)],
)
def test_fifteen_minutes_are_in_time_and_one_second_more_is_late(
    book: Rulebook, seconds: int, arrival: str, late: int
) -> None:
    facts = order(form_at=SENT, arrived_at=SENT + timedelta(seconds=seconds))
    verdict = order_verdict(facts, book, NOW)
    assert (verdict.arrival, verdict.late_seconds) == (arrival, late)
    assert verdict.due_at == SENT + timedelta(minutes=15)
    assert ("arrived_late" in verdict.flags) == (arrival == "late")
    assert "E1.46" in verdict.clauses


def test_parts_of_a_second_do_not_make_late(book: Rulebook) -> None:
    facts = order(form_at=SENT, arrived_at=SENT + timedelta(seconds=900, microseconds=999_999))
    assert order_verdict(facts, book, NOW).arrival == "on_time"


@pytest.mark.parametrize(("seconds", "arrival"), [(899, "pending"), (900, "pending"), (901, "overdue")])
def test_nobody_there_is_overdue_after_the_same_second(book: Rulebook, seconds: int, arrival: str) -> None:
    verdict = order_verdict(order(form_at=SENT), book, SENT + timedelta(seconds=seconds))
    assert verdict.arrival == arrival
    assert ("arrival_overdue" in verdict.flags) == (arrival == "overdue")


def test_the_limit_runs_from_the_call_where_the_rulebook_says_notice() -> None:
    book = book_of(site='repair.clock_start = "notice"')
    assert arrival_deadline(order(), book).due_at == CALLED + timedelta(minutes=15)
    verdict = order_verdict(order(form_at=SENT, arrived_at=SENT + timedelta(minutes=11)), book, NOW)
    assert (verdict.arrival, verdict.late_seconds) == ("late", 60)


def test_without_a_limit_nobody_is_late() -> None:
    book = book_of(site="repair.arrival_within = off")
    verdict = order_verdict(order(form_at=SENT), book, NOW + timedelta(days=9))
    assert (verdict.arrival, verdict.due_at, verdict.late_seconds) == ("off", None, None)


def test_an_appointment_the_customer_agreed_to_moves_the_start(book: Rulebook) -> None:
    agreed = local(2026, 11, 20, 14, 0)
    facts = order(form_at=SENT, appointment_at=agreed)
    deadline = arrival_deadline(facts, book)
    assert (deadline.started_at, deadline.due_at) == (agreed, agreed + timedelta(minutes=15))
    assert order_verdict(facts, book, agreed + timedelta(minutes=15)).arrival == "pending"
    assert order_verdict(facts, book, agreed + timedelta(minutes=15, seconds=1)).arrival == "overdue"


def test_a_late_dispatch_does_not_move_what_the_customer_was_promised(book: Rulebook) -> None:
    agreed = local(2026, 11, 20, 10, 0)
    verdict = order_verdict(order(appointment_at=agreed), book, NOW)
    assert (verdict.state, verdict.arrival) == ("undispatched", "overdue")
    sent_late = order(appointment_at=agreed, form_at=NOW, arrived_at=NOW + timedelta(minutes=5))
    assert order_verdict(sent_late, book, NOW + timedelta(hours=1)).arrival == "late"


def test_undispatched_is_not_judged_late_but_its_day_is(book: Rulebook) -> None:
    verdict = order_verdict(order(), book, NOW)
    assert (verdict.state, verdict.arrival, verdict.is_dispatched_in_time) == (
        "undispatched",
        "not_started",
        None,
    )
    assert verdict.flags == ()


@pytest.mark.parametrize(
    ("now", "is_carried"),
    [(local(2026, 11, 20, 23, 59, 59), False), (local(2026, 11, 21, 0, 0, 0), True)],
)
def test_what_is_left_at_midnight_goes_first_also_on_a_saturday(
    book: Rulebook, now: datetime, is_carried: bool
) -> None:
    verdict = order_verdict(order(), book, now)
    assert ("undispatched_carried" in verdict.flags) == is_carried
    assert verdict.is_dispatched_in_time is (False if is_carried else None)
    assert (work_order_rank(verdict, order())[0] == 0) == is_carried


def test_an_appointment_on_a_later_day_is_dispatched_by_that_day(book: Rulebook) -> None:
    facts = order(appointment_at=local(2026, 11, 23, 10, 0))
    assert dispatch_due(facts, book) == local(2026, 11, 23, 23, 59, 59)
    assert "undispatched_carried" not in order_verdict(facts, book, local(2026, 11, 22, 12, 0)).flags


def test_the_priority_can_be_off() -> None:
    book = book_of(site="repair.undispatched_next_day_priority = false")
    assert "undispatched_carried" not in order_verdict(order(), book, NOW + timedelta(days=3)).flags


@pytest.mark.parametrize(
    ("confirmed", "begun", "price"),
    [
        (None, None, "pending"),
        (None, 0, "missing"),
        (-60, 0, "confirmed"),
        (0, 0, "confirmed"),  # in the very second: the press of two buttons
        (1, 0, "late"),
        (0, None, "confirmed"),
    ],
)
def test_the_price_is_confirmed_before_the_work(
    book: Rulebook, confirmed: int | None, begun: int | None, price: str
) -> None:
    start = SENT + timedelta(minutes=12)
    facts = order(
        form_at=SENT,
        arrived_at=SENT + timedelta(minutes=10),
        is_charged=True,
        price_confirmed_at=None if confirmed is None else start + timedelta(seconds=confirmed),
        work_started_at=None if begun is None else start + timedelta(seconds=begun),
    )
    verdict = order_verdict(facts, book, NOW)
    assert verdict.price == price
    assert (f"price_{price}" in verdict.flags) == (price in ("missing", "late"))
    if price in ("missing", "late"):
        assert "E1.46" in verdict.clauses


def test_without_a_recorded_start_the_finish_is_the_latest_start(book: Rulebook) -> None:
    facts = finished(is_charged=True, work_started_at=None)
    assert order_verdict(facts, book, NOW).price == "missing"
    after = replace(facts, price_confirmed_at=SENT + timedelta(minutes=51))
    assert order_verdict(after, book, NOW).price == "late"


def test_a_free_service_has_no_price(book: Rulebook) -> None:
    assert order_verdict(finished(), book, NOW).price == "not_charged"
    off = book_of(site="repair.price_confirmed_before = false")
    assert order_verdict(finished(is_charged=True), off, NOW).price == "off"


def test_an_order_without_a_fault_has_no_flags(book: Rulebook) -> None:
    verdict = order_verdict(finished(), book, NOW)
    assert (verdict.state, verdict.arrival, verdict.flags, verdict.is_signed) == (
        "finished",
        "on_time",
        (),
        True,
    )
    assert work_order_rank(verdict, finished())[0] == 9


def test_finished_without_signature_is_marked(book: Rulebook) -> None:
    assert order_verdict(finished(signed_at=None), book, NOW).flags == ("not_signed",)
    off = book_of(site="repair.signature_required = false")
    assert order_verdict(finished(signed_at=None), off, NOW).flags == ()


def left(**facts: Any) -> OrderFacts:
    usual = {
        "form_at": SENT,
        "arrived_at": SENT + timedelta(minutes=5),
        "unfinished_reason": "缺配件",
        "next_appointment_at": NOW + timedelta(hours=3),
        "apologised_at": SENT + timedelta(minutes=30),
    }
    return order(**{**usual, **facts})


def test_unfinished_work_needs_reason_appointment_and_apology(book: Rulebook) -> None:
    verdict = order_verdict(left(), book, NOW)
    assert (verdict.state, verdict.flags) == ("unfinished", ())
    assert verdict.return_due_at == NOW + timedelta(hours=3, minutes=15)
    assert order_verdict(left(next_appointment_at=None), book, NOW).flags == ("no_appointment",)
    assert order_verdict(left(unfinished_reason=""), book, NOW).flags == ("no_reason",)
    assert order_verdict(left(apologised_at=None), book, NOW).flags == ("not_apologised",)


def test_the_next_appointment_is_followed_up(book: Rulebook) -> None:
    due = NOW + timedelta(hours=3, minutes=15)
    assert "return_overdue" not in order_verdict(left(), book, due).flags
    late = order_verdict(left(), book, due + timedelta(seconds=1))
    assert late.flags == ("return_overdue",)
    assert work_order_rank(late, left())[0] == 2
    back = left(returned_at=NOW + timedelta(hours=3))
    verdict = order_verdict(back, book, NOW + timedelta(hours=4))
    assert (verdict.state, verdict.flags) == ("on_site", ())


def test_an_appointment_that_was_kept_is_none_for_the_next_day(book: Rulebook) -> None:
    back = left(returned_at=NOW + timedelta(hours=3))
    verdict = order_verdict(back, book, NOW + timedelta(days=1))
    assert (verdict.state, verdict.flags) == ("unfinished", ("no_appointment",))


def test_who_came_yesterday_and_did_not_finish_left_it_open(book: Rulebook) -> None:
    facts = order(form_at=SENT, arrived_at=SENT + timedelta(minutes=5))
    assert order_verdict(facts, book, NOW).state == "on_site"
    verdict = order_verdict(facts, book, NOW + timedelta(days=1))
    assert verdict.state == "unfinished"
    assert set(verdict.flags) == {"no_reason", "no_appointment", "not_apologised"}


def test_late_without_apology_is_marked_until_it_is_made(book: Rulebook) -> None:
    late = finished(arrived_at=SENT + timedelta(minutes=16), work_started_at=None)
    assert order_verdict(late, book, NOW).flags == ("arrived_late", "not_apologised")
    said = replace(late, apologised_at=SENT + timedelta(minutes=17))
    assert order_verdict(said, book, NOW).flags == ("arrived_late",)


@pytest.mark.parametrize(
    ("cancelled", "arrival"), [(14 * 60, "void"), (15 * 60, "void"), (15 * 60 + 1, "overdue")]
)
def test_cancelling_after_the_limit_does_not_undo_the_lateness(
    book: Rulebook, cancelled: int, arrival: str
) -> None:
    facts = order(form_at=SENT, cancelled_at=SENT + timedelta(seconds=cancelled))
    verdict = order_verdict(facts, book, NOW)
    assert (verdict.state, verdict.arrival, verdict.flags) == ("cancelled", arrival, ())


def test_without_a_recorded_arrival_the_finish_decides(book: Rulebook) -> None:
    quick = finished(arrived_at=None, work_started_at=None, finished_at=SENT + timedelta(minutes=14))
    assert order_verdict(quick, book, NOW).arrival == "on_time"
    assert order_verdict(finished(arrived_at=None), book, NOW).arrival == "late"


def test_events_out_of_order_are_remarked_and_counted_as_recorded(book: Rulebook) -> None:
    facts = finished(arrived_at=SENT - timedelta(minutes=2))
    verdict = order_verdict(facts, book, NOW)
    assert (verdict.arrival, verdict.flags) == ("on_time", ("out_of_order",))
    early = finished(finished_at=SENT + timedelta(minutes=1), work_started_at=None)
    assert "out_of_order" in order_verdict(early, book, NOW).flags
    assert any("早于" in step.zh for step in order_verdict(early, book, NOW).steps)


def test_what_lies_after_now_is_not_known_yet(book: Rulebook) -> None:
    facts = finished()
    assert order_verdict(facts, book, SENT - timedelta(seconds=1)).state == "undispatched"
    assert order_verdict(facts, book, SENT).state == "dispatched"
    assert order_verdict(facts, book, SENT + timedelta(minutes=20)).state == "on_site"
    assert known_at(facts, NOW) == facts


def test_orders_are_sorted_by_what_hurts_most(book: Rulebook) -> None:
    now = local(2026, 11, 21, 9, 0)
    carried, older = order(), order(notified_at=CALLED - timedelta(days=2))
    overdue = order(notified_at=now - timedelta(hours=1), form_at=now - timedelta(minutes=30))
    soon = order(notified_at=now - timedelta(minutes=9), form_at=now - timedelta(minutes=8))
    sooner = order(notified_at=now - timedelta(minutes=20), form_at=now - timedelta(minutes=14))
    waiting = order(notified_at=now - timedelta(minutes=3))
    open_ended = left(
        next_appointment_at=None, arrived_at=now - timedelta(minutes=5), form_at=now - timedelta(minutes=9)
    )
    done = finished()
    shuffled = [done, waiting, soon, open_ended, carried, overdue, sooner, older]
    ranked = sorted(shuffled, key=lambda f: work_order_rank(order_verdict(f, book, now), f))
    assert ranked == [older, carried, overdue, open_ended, sooner, soon, waiting, done]


def test_rates_have_their_own_denominators(book: Rulebook) -> None:
    cases = [
        finished(is_charged=True, price_confirmed_at=SENT),
        finished(arrived_at=SENT + timedelta(minutes=20), signed_at=None, is_charged=True),
        order(),  # not dispatched yet: counts nowhere today
        order(form_at=SENT),  # overdue
        order(form_at=SENT, cancelled_at=SENT + timedelta(minutes=1)),
        order(is_charged=True, price_confirmed_at=SENT),  # not begun
        order(notified_at=CALLED - timedelta(days=1)),
    ]
    rates = order_rates([order_verdict(facts, book, NOW) for facts in cases])
    assert set(rates) == set(ORDER_RATES)
    counted = {name: (rate.numerator, rate.denominator) for name, rate in rates.items()}
    assert counted == {
        "on_time": (1, 3),
        "dispatched_same_day": (4, 5),
        "price_confirmed": (1, 2),
        "signed": (1, 2),
    }
    assert order_rates([])["on_time"].percent is None


_MOMENTS = st.none() | st.integers(-3_000, 200_000).map(lambda s: CALLED + timedelta(seconds=s))


@given(
    st.fixed_dictionaries(
        dict.fromkeys(("form_at", "appointment_at", "arrived_at", "price_confirmed_at", "work_started_at", "finished_at", "signed_at", "next_appointment_at", "returned_at", "apologised_at", "cancelled_at"), _MOMENTS)
    ),
    st.booleans(),
    st.sampled_from(["", "缺配件"]),
    st.integers(0, 250_000),
)  # fmt: skip
def test_any_record_is_judged_explained_and_consistent(
    times: dict[str, datetime | None], is_charged: bool, reason: str, later: int
) -> None:
    book = load_rulebook(("office_building_property",))
    facts = order(**times, is_charged=is_charged, unfinished_reason=reason)
    now = CALLED + timedelta(seconds=later)
    verdict = order_verdict(facts, book, now)
    assert verdict.state in NAMES["work_order_state"]
    assert verdict.arrival in NAMES["arrival_state"]
    assert verdict.price in NAMES["price_state"]
    assert list(verdict.flags) == [flag for flag in FLAGS if flag in verdict.flags]
    assert verdict.steps and all(step.zh and step.en for step in verdict.steps)
    assert set(verdict.clauses) == {step.clause for step in verdict.steps if step.clause}
    known = known_at(facts, now)
    there = known.arrived_at or known.finished_at
    start = known.appointment_at or known.form_at
    if start is not None and there is not None:
        late = there > start + timedelta(minutes=15)
        assert verdict.arrival == ("late" if late else "on_time")
    assert (verdict.late_seconds or 0) > 0 or verdict.arrival not in ("late", "overdue")
    assert isinstance(work_order_rank(verdict, facts)[0], int)
