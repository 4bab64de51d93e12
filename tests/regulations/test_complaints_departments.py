"""The clocks of the departments: signing for the case (A5.2) and rectifying by the named date (A6.24, A6.27)."""

from __future__ import annotations

import pytest

from regulations.complaints import Clock
from tests.regulations.complaint_cases import GOODS, event, facts_of, of_clock, only, told
from tests.regulations.site_books import at, book_of

SIGNING = book_of("goods_sales", site="complaint.sign_off_within = 1 working_day")
PAUSING = book_of(
    "goods_sales",
    site="complaint.sign_off_within = 1 working_day\ncomplaint.pause_clock_when_waiting_customer = true",
)

TO_STORES = event("forwarded", "2026-11-02 11:00", "储运部")


def seen(clocks: list[Clock]) -> list[tuple[int, str, str]]:
    return [(c.ordinal, c.department, c.state) for c in clocks]


class TestSigningForIt:
    def test_is_no_clock_where_no_limit_is_set(self) -> None:
        unlimited = book_of("goods_sales", site="complaint.sign_off_within = off")
        clock = only("sign_off", facts_of(TO_STORES), unlimited)
        assert (clock.state, clock.due_at) == ("off", None)

    def test_runs_from_the_hand_over_to_the_departments_signature(self) -> None:
        signed = event("acknowledged", "2026-11-03 23:59:59", "储运部")
        clock = only("sign_off", facts_of(TO_STORES, signed), SIGNING)
        assert (clock.department, clock.state) == ("储运部", "met")
        assert (clock.started_at, clock.due_at) == (at("2026-11-02 11:00"), at("2026-11-03 23:59:59"))
        assert "2026-11-02 11:00 转交责任部门（储运部），由此起算" in told(clock)
        assert "2026-11-03 23:59:59 部门签收（储运部）" in told(clock)

    def test_a_second_too_late_is_late(self) -> None:
        clock = only(
            "sign_off", facts_of(TO_STORES, event("acknowledged", "2026-11-04 00:00", "储运部")), SIGNING
        )
        assert (clock.state, clock.overdue_seconds) == ("breached", 1)

    @pytest.mark.parametrize("kind", ["returned", "recalled"])
    def test_an_answer_or_a_recall_without_a_signature_ends_it_too(self, kind: str) -> None:
        clock = only("sign_off", facts_of(TO_STORES, event(kind, "2026-11-03 09:00", "储运部")), SIGNING)
        assert (clock.state, clock.met_at) == ("met", at("2026-11-03 09:00"))

    def test_another_departments_signature_ends_nothing(self) -> None:
        facts = facts_of(
            TO_STORES,
            event("forwarded", "2026-11-02 12:00", "质量部"),
            event("acknowledged", "2026-11-02 15:00", "质量部"),
        )
        assert seen(of_clock("sign_off", facts, SIGNING)) == [(1, "储运部", "breached"), (2, "质量部", "met")]

    def test_a_signature_without_a_name_is_that_of_the_department_that_has_the_case(self) -> None:
        facts = facts_of(TO_STORES, event("acknowledged", "2026-11-02 15:00"))
        assert only("sign_off", facts, SIGNING).state == "met"

    def test_sent_once_more_before_it_was_signed_for_is_still_the_first(self) -> None:
        again = event("forwarded", "2026-11-03 16:00", "储运部")
        clock = only("sign_off", facts_of(TO_STORES, again), SIGNING)
        assert clock.due_at == at("2026-11-03 23:59:59")
        assert "再次转交责任部门（储运部），仍按第一次起算" in told(clock)

    def test_given_back_after_a_recall_it_runs_again(self) -> None:
        facts = facts_of(
            TO_STORES,
            event("recalled", "2026-11-03 09:00", "储运部"),
            event("forwarded", "2026-11-05 09:00", "储运部"),
        )
        first, second = of_clock("sign_off", facts, SIGNING, now="2026-11-05 10:00")
        assert (first.state, second.state) == ("met", "on_track")
        assert second.due_at == at("2026-11-06 23:59:59")
        assert "早于起算" not in told(second)  # the recall belongs to the run before

    def test_a_signature_from_before_the_hand_over_counts_for_nothing_and_is_named(self) -> None:
        early = event("acknowledged", "2026-11-02 10:30", "储运部")
        clock = only("sign_off", facts_of(early, TO_STORES), SIGNING)
        assert clock.state == "breached"
        assert "2026-11-02 10:30 的“部门签收（储运部）”早于起算时刻，不计" in told(clock)
        assert "before the clock started, not counted" in told(clock, "en")


class TestReassignment:
    facts = facts_of(
        TO_STORES,
        event("recalled", "2026-11-04 09:00", "储运部"),
        event("forwarded", "2026-11-04 09:30", "质量部"),
    )

    def test_forwarding_was_met_by_the_first_hand_over_and_starts_no_second_time(self) -> None:
        clock = only("forward", self.facts)
        assert (clock.state, clock.met_at) == ("met", at("2026-11-02 11:00"))
        assert "2026-11-04 09:00 收回改派（储运部）：转交时限已了结，改派不重新起算" in told(clock)

    def test_the_customers_deadlines_stay(self) -> None:
        before = facts_of(TO_STORES)
        for name in ("first_feedback", "final_feedback"):
            assert only(name, self.facts).due_at == only(name, before).due_at

    def test_each_department_has_a_clock_of_its_own(self) -> None:
        assert seen(of_clock("sign_off", self.facts, SIGNING, now="2026-11-04 10:00")) == [
            (1, "储运部", "breached"),
            (2, "质量部", "on_track"),
        ]


ANSWERED = event("returned", "2026-11-05 10:00", "储运部", "own_fault", "2026-11-12")


class TestRectification:
    def test_has_no_clock_until_a_date_is_named(self) -> None:
        undated = event("returned", "2026-11-05 10:00", "储运部", "other_cause")
        assert of_clock("rectification", facts_of(TO_STORES, undated)) == []

    def test_runs_to_the_end_of_the_day_that_was_declared(self) -> None:
        clock = only("rectification", facts_of(ANSWERED), now="2026-11-12 23:59:59")
        assert (clock.due_at, clock.state) == (at("2026-11-12 23:59:59"), "due_soon")
        assert (clock.department, clock.limit, clock.clauses[0]) == ("储运部", None, "A6.24")
        assert "以“部门反馈处理结果”所定的 2026-11-12（周四） 为限" in told(clock)
        assert only("rectification", facts_of(ANSWERED), now="2026-11-13 00:00").overdue_seconds == 1

    def test_an_ordered_date_starts_it_as_well(self) -> None:
        ordered = event("rectification_ordered", "2026-11-03 10:00", "储运部", due_on="2026-11-06")
        assert only("rectification", facts_of(ordered)).due_at == at("2026-11-06 23:59:59")

    @pytest.mark.parametrize(
        ("done", "state"), [("2026-11-12 23:59:59", "met"), ("2026-11-13 00:00", "breached")]
    )
    def test_ends_when_that_department_has_rectified(self, done: str, state: str) -> None:
        assert only("rectification", facts_of(ANSWERED, event("rectified", done, "储运部"))).state == state

    def test_is_not_ended_by_another_department(self) -> None:
        other = event("rectified", "2026-11-06 10:00", "质量部")
        assert only("rectification", facts_of(ANSWERED, other)).state == "breached"

    @pytest.mark.parametrize("kind", ["returned", "rectification_ordered"])
    @pytest.mark.parametrize("date", ["2026-11-30", "2026-11-08"])
    def test_a_later_word_does_not_move_the_date_neither_way(self, kind: str, date: str) -> None:
        later = event(kind, "2026-11-06 10:00", "储运部", due_on=date)
        clock = only("rectification", facts_of(ANSWERED, later))
        assert clock.due_at == at("2026-11-12 23:59:59")
        assert f"另列 {date}" in told(clock)
        assert "已定的期限不变" in told(clock)

    def test_a_failed_verification_with_a_new_date_starts_a_further_round(self) -> None:
        facts = facts_of(
            ANSWERED,
            event("rectified", "2026-11-11 10:00", "储运部"),
            event("rectification_failed", "2026-11-13 10:00", "储运部", due_on="2026-11-20"),
            event("rectified", "2026-11-21 10:00", "储运部"),
        )
        first, second = of_clock("rectification", facts)
        assert (first.ordinal, first.state, first.due_at) == (1, "met", at("2026-11-12 23:59:59"))
        assert (second.ordinal, second.state, second.due_at) == (2, "breached", at("2026-11-20 23:59:59"))

    def test_a_verification_that_finds_nothing_done_leaves_the_first_round_late(self) -> None:
        failed = event("rectification_failed", "2026-11-13 10:00", "储运部", due_on="2026-11-20")
        rectified = event("rectified", "2026-11-18 10:00", "储运部")
        first, second = of_clock("rectification", facts_of(ANSWERED, failed, rectified))
        assert (first.state, second.state) == ("breached", "met")

    def test_a_failed_verification_without_a_date_starts_none(self) -> None:
        facts = facts_of(
            ANSWERED,
            event("rectified", "2026-11-11 10:00", "储运部"),
            event("rectification_failed", "2026-11-13 10:00", "储运部"),
        )
        assert only("rectification", facts).state == "met"

    def test_found_wanting_while_the_date_lies_ahead_it_goes_on_to_that_date(self) -> None:
        facts = facts_of(
            ANSWERED,
            event("rectified", "2026-11-06 10:00", "储运部"),
            event("rectification_failed", "2026-11-12 23:59:59", "储运部"),
        )
        first, second = of_clock("rectification", facts)
        assert (first.state, second.state) == ("met", "breached")
        assert second.due_at == at("2026-11-12 23:59:59")
        assert "整改核查不通过而未另定日期，仍以此前所定的 2026-11-12（周四） 为限" in told(second)
        assert "without a new date, so still by the end of" in told(second, "en")

    def test_two_departments_have_their_own_dates(self) -> None:
        other = event("returned", "2026-11-06 10:00", "质量部", "own_fault", "2026-11-09")
        facts = facts_of(ANSWERED, other, event("rectified", "2026-11-09 10:00", "质量部"))
        assert seen(of_clock("rectification", facts)) == [(1, "储运部", "breached"), (2, "质量部", "met")]

    def test_a_recalled_department_owes_it_no_longer(self) -> None:
        recalled = event("recalled", "2026-11-10 10:00", "储运部")
        clock = only("rectification", facts_of(TO_STORES, ANSWERED, recalled))
        assert (clock.state, clock.met_at) == ("met", at("2026-11-10 10:00"))
        assert "收回改派（储运部）" in told(clock)

    def test_taking_back_a_later_hand_over_does_not_end_what_was_declared_before_it(self) -> None:
        facts = facts_of(
            TO_STORES,
            ANSWERED,
            event("forwarded", "2026-11-09 10:00", "储运部"),
            event("recalled", "2026-11-10 10:00", "储运部"),
        )
        clock = only("rectification", facts)
        assert (clock.state, clock.due_at) == ("breached", at("2026-11-12 23:59:59"))
        assert "收回的是其后的一次转交，此前所定的整改照常" in told(clock)
        assert "took back a later hand-over" in told(clock, "en")

    def test_goes_on_when_the_case_is_closed(self) -> None:
        facts = facts_of(
            ANSWERED, event("final_feedback", "2026-11-06 10:00"), event("closed", "2026-11-06 11:00")
        )
        assert only("rectification", facts, now="2026-11-07 10:00").state == "on_track"
        assert only("rectification", facts, now="2026-11-13 10:00").state == "breached"

    def test_a_date_that_had_passed_when_it_was_named_is_late_from_the_start(self) -> None:
        clock = only(
            "rectification",
            facts_of(event("rectification_ordered", "2026-11-05 10:00", "储运部", due_on="2026-11-03")),
        )
        assert clock.state == "breached"
        assert clock.warn_at == clock.started_at

    def test_waiting_for_the_customer_does_not_move_a_date_that_was_named(self) -> None:
        facts = facts_of(ANSWERED, event("waiting_customer", "2026-11-06 10:00"))
        clock = only("rectification", facts, PAUSING, now="2026-11-10 10:00")
        assert (clock.state, clock.due_at) == ("on_track", at("2026-11-12 23:59:59"))
        assert "等待客户不顺延" in told(clock)

    def test_has_no_clock_where_the_rulebook_keeps_no_schedule(self) -> None:
        book = book_of("goods_sales", site="complaint.rectification_by_schedule = false")
        assert only("rectification", facts_of(ANSWERED), book).state == "off"

    def test_is_told_in_both_languages(self) -> None:
        text = told(only("rectification", facts_of(ANSWERED), GOODS), "en")
        assert "Rectification: by the end of Thu 2026-11-12, the date named in: department's answer" in text
