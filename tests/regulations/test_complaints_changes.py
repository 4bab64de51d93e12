"""What changes in mid-course, and what does not: category, severity, an incident, reopening, waiting."""

from __future__ import annotations

from datetime import datetime

import pytest

from regulations.complaints import CaseEvent
from regulations.rulebook import Rulebook
from tests.regulations.complaint_cases import BY_CATEGORY, GOODS, event, facts_of, of_clock, only, told
from tests.regulations.site_books import at, book_of

LADDER = book_of(
    "goods_sales",
    site='complaint.leadership_submit_severities = ["serious"]',
)
PROPERTY = book_of("office_building_property")
PAUSING = book_of("goods_sales", site="complaint.pause_clock_when_waiting_customer = true")


class TestLimitsByCategory:
    """A7.9: response and handling times are defined for each type of problem."""

    def test_the_category_of_the_receipt_decides(self) -> None:
        refund = only("first_feedback", facts_of(category="refund"), BY_CATEGORY)
        delivery = only("first_feedback", facts_of(category="delivery"), BY_CATEGORY)
        assert (refund.due_at, refund.clauses) == (at("2026-11-03 23:59:59"), ("S.7",))
        assert (delivery.due_at, delivery.clauses) == (at("2026-11-04 23:59:59"), ("A6.28",))
        assert "按“退款退货”类别" in told(refund)
        assert "类别" not in told(delivery)

    def test_a_change_leaves_the_clock_that_runs_alone_and_says_so(self) -> None:
        changed = event("kind_changed", "2026-11-02 11:00", value="refund")
        clock = only("first_feedback", facts_of(changed, category="delivery"), BY_CATEGORY)
        assert clock.due_at == at("2026-11-04 23:59:59")
        assert "2026-11-02 11:00 变更为“退款退货”：已起算的期限不变" in told(clock)

    def test_what_starts_afterwards_has_the_limit_of_the_new_category(self) -> None:
        facts = facts_of(
            event("final_feedback", "2026-11-03 10:00"),
            event("kind_changed", "2026-11-04 10:00", value="refund"),
            event("reopened", "2026-11-05 10:00"),
            category="delivery",
        )
        first, second = of_clock("first_feedback", facts, BY_CATEGORY)
        assert first.due_at == at("2026-11-04 23:59:59")
        assert second.due_at == at("2026-11-06 23:59:59")

    def test_a_change_in_the_very_instant_of_the_start_counts(self) -> None:
        changed = event("kind_changed", "2026-11-02 10:00", value="refund")
        clock = only("first_feedback", facts_of(changed, category="delivery"), BY_CATEGORY)
        assert clock.due_at == at("2026-11-03 23:59:59")
        assert "已起算的期限不变" not in told(clock)

    def test_a_category_without_a_limit_starts_no_clock(self) -> None:
        investigated = event("investigated", "2026-11-05 10:00")
        ended = [
            (c.state, c.due_at)
            for category in ("delivery", "refund")
            for c in of_clock(
                "investigation_report",
                facts_of(investigated, category=category),
                BY_CATEGORY,
            )
        ]
        assert ended == [("breached", at("2026-11-08 23:59:59")), ("off", None)]

    def test_a_change_of_level_is_no_change_of_category(self) -> None:
        book = book_of(site='complaint.kinds = ["一般投诉", "省级投诉"]')
        changed = event("kind_changed", "2026-11-02 11:00", value="省级投诉")
        plain = facts_of(category="delivery")
        assert [
            c.due_at for c in of_clock("first_feedback", facts_of(changed, category="delivery"), book)
        ] == [c.due_at for c in of_clock("first_feedback", plain, book)]


class TestWhatGoesToTheLeadership:
    graver = event("severity_changed", "2026-11-03 15:00", value="serious")

    def test_is_every_complaint_where_no_severities_are_named(self) -> None:
        every = book_of("goods_sales", site="complaint.leadership_submit_severities = off")
        assert only("leadership_submit", facts_of(), every).started_at == at("2026-11-02 10:00")

    def test_is_none_that_is_ordinary_where_only_serious_ones_are(self) -> None:
        assert of_clock("leadership_submit", facts_of(), LADDER) == []
        assert only("leadership_submit", facts_of(severity="serious"), LADDER).due_at == at(
            "2026-11-02 10:30"
        )

    def test_starts_when_the_case_becomes_serious(self) -> None:
        clock = only("leadership_submit", facts_of(self.graver), LADDER)
        assert (clock.started_at, clock.due_at) == (at("2026-11-03 15:00"), at("2026-11-03 15:30"))
        assert "2026-11-03 15:00 变更严重程度为“重大”，由此起算" in told(clock)

    def test_a_submission_from_before_counts_for_nothing_and_is_named(self) -> None:
        early = event("submitted", "2026-11-02 16:00")
        clock = only("leadership_submit", facts_of(early, self.graver), LADDER)
        assert (clock.state, clock.met_at) == ("breached", None)
        assert "早于起算时刻，不计" in told(clock)

    def test_falling_back_stops_nothing_and_starts_nothing_new(self) -> None:
        back = event("severity_changed", "2026-11-03 15:10", value="ordinary")
        again = event("severity_changed", "2026-11-04 15:10", value="serious")
        clock = only("leadership_submit", facts_of(self.graver, back, again), LADDER)
        assert clock.due_at == at("2026-11-03 15:30")
        assert "变更为“一般”：已起算的期限不变" in told(clock)

    def test_a_change_moves_no_other_clock(self) -> None:
        with_, without = facts_of(self.graver), facts_of()
        for name in ("forward", "first_feedback", "final_feedback"):
            assert only(name, with_, LADDER).due_at == only(name, without, LADDER).due_at


class TestAnIncident:
    declared = event("incident", "2026-11-04 08:00")

    def test_is_reported_within_a_day_of_its_declaration(self) -> None:
        clock = only("incident_report", facts_of(self.declared), PROPERTY)
        assert clock.due_at == at("2026-11-05 08:00")
        assert "2026-11-04 08:00 认定为突发事件，由此起算" in told(clock)

    def test_that_came_in_as_one_runs_from_the_receipt(self) -> None:
        assert only("incident_report", facts_of(is_incident=True), PROPERTY).due_at == at("2026-11-03 10:00")

    def test_the_declaration_decides_where_there_is_one(self) -> None:
        facts = facts_of(self.declared, is_incident=True)
        assert only("incident_report", facts, PROPERTY).due_at == at("2026-11-05 08:00")

    def test_declared_twice_it_is_one(self) -> None:
        again = event("incident", "2026-11-04 20:00")
        assert only("incident_report", facts_of(self.declared, again), PROPERTY).due_at == at(
            "2026-11-05 08:00"
        )

    @pytest.mark.parametrize(("kind", "state"), [("incident_reported", "met"), ("reported", "breached")])
    def test_only_the_incident_report_meets_it(self, kind: str, state: str) -> None:
        facts = facts_of(self.declared, event(kind, "2026-11-04 18:00"))
        assert only("incident_report", facts, PROPERTY).state == state

    @pytest.mark.parametrize("kind", ["incident_reported", "reported"])
    def test_in_histories_of_the_first_release_either_report_meets_it(self, kind: str) -> None:
        facts = facts_of(event(kind, "2026-11-02 18:00"), is_incident=True)
        assert only("incident_report", facts, PROPERTY).state == "met"


class TestNotUpheld:
    def test_the_customer_is_told_all_the_same_and_the_clocks_run_on(self) -> None:
        found = event("not_upheld", "2026-11-03 10:00")
        clock = only("final_feedback", facts_of(found), now="2026-11-12 00:00")
        assert (clock.state, clock.overdue_seconds) == ("breached", 1)
        assert "认定不成立：仍须以最终答复告知客户" in told(clock)
        answered = facts_of(found, event("final_feedback", "2026-11-04 10:00"))
        assert only("final_feedback", answered).state == "met"


class TestReopenedWhileWaiting:
    def test_the_reopening_ends_the_wait_and_the_new_round_is_not_on_hold(self) -> None:
        facts = facts_of(
            event("final_feedback", "2026-11-03 10:00"),
            event("waiting_customer", "2026-11-03 11:00"),
            event("reopened", "2026-11-05 09:00"),
        )
        second = of_clock("first_feedback", facts, PAUSING, now="2026-11-05 10:00")[-1]
        assert (second.ordinal, second.state) == (2, "on_track")
        assert second.due_at == at("2026-11-07 23:59:59")

    def test_a_reopening_that_does_not_count_ends_no_wait(self) -> None:
        facts = facts_of(event("waiting_customer", "2026-11-02 11:00"), event("reopened", "2026-11-02 12:00"))
        assert only("forward", facts, PAUSING, now="2026-11-02 13:00").state == "on_hold"


class TestWaitingOverTheSpringFestival:
    """The festival of 2026: 15 to 23 February, worked instead on the 14th and the 28th."""

    received = "2026-02-11 10:00"  # a Wednesday

    def due(self, book: Rulebook, *events: CaseEvent) -> datetime | None:
        facts = facts_of(*events, received=self.received)
        return only("final_feedback", facts, book).due_at

    def test_without_a_pause_the_make_up_days_count(self) -> None:
        assert self.due(GOODS) == at("2026-02-27 23:59:59")

    def test_a_wait_over_the_festival_holds_back_only_the_working_days_in_it(self) -> None:
        wait = (
            event("waiting_customer", "2026-02-13 18:00"),
            event("resumed", "2026-02-25 09:00"),
        )
        # Held from midnight to midnight: the worked Saturday 14 and Tuesday 24; the festival did not count anyway.
        assert self.due(PAUSING, *wait) == at("2026-03-02 23:59:59")
        assert self.due(GOODS, *wait) == at("2026-02-27 23:59:59")

    def test_told_twice_or_in_parts_it_is_the_same_wait(self) -> None:
        parts = (
            event("waiting_customer", "2026-02-13 18:00"),
            event("waiting_customer", "2026-02-20 18:00"),
            event("resumed", "2026-02-25 09:00"),
            event("resumed", "2026-02-25 10:00"),
        )
        assert self.due(PAUSING, *parts) == at("2026-03-02 23:59:59")

    def test_each_held_day_is_named_and_no_holiday_is_named_twice(self) -> None:
        wait = (event("waiting_customer", "2026-02-13 18:00"), event("resumed", "2026-02-25 09:00"))
        text = told(only("final_feedback", facts_of(*wait, received=self.received), PAUSING))
        assert "2026-02-14（周六） 全天等待客户，不计" in text
        assert all(text.count(f"2026-02-{day}（") == 1 for day in range(14, 25))
