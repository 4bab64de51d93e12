"""Callbacks: when they are due, hours and holidays, what completes them, the rates and the points."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.callbacks import Attempt, Obligation, Rates, obligation, rates, shortfall_points
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar
from tests.regulations.site_books import at, book_of

HOSPITAL = book_of("hospital_callback")
OFFICE = book_of("office_building_property")
GOODS = book_of("goods_sales")
LATER = "2027-03-01 12:00"


def owed(
    kind: str,
    arisen: str,
    *attempts: Attempt,
    book: Rulebook = HOSPITAL,
    now: str = LATER,
    handler: str | None = None,
) -> Obligation:
    return obligation(kind, at(arisen), attempts, book, at(now), handler)


def call(
    when: str, outcome: str = "connected", is_complete: bool = True, caller: str = "", mood: str | None = None
) -> Attempt:
    return Attempt(at(when), outcome, is_complete, caller, mood)


def told(found: Obligation, lang: str = "zh") -> str:
    return "\n".join(s.text(lang) for s in found.steps)  # type: ignore[arg-type]


class TestPatients:
    """E5: a day named by the rule, two windows a day, none on holidays."""

    def test_are_called_a_week_after_discharge_with_a_day_of_tolerance(self) -> None:
        found = owed("discharge", "2026-11-02 15:00")
        assert found.window == (at("2026-11-09 10:00"), at("2026-11-09 17:00"))
        assert found.due_at == at("2026-11-10 17:00")
        assert found.clauses[:1] == ("E5.9",)
        assert "应在 7 天后回访（条文原文）" in told(found)
        assert "应访日之后宽限 1 天" in told(found)

    @pytest.mark.parametrize(
        ("kind", "day"), [("specialist_first_visit", "2026-11-09"), ("basic_first_visit", "2026-11-12")]
    )
    def test_first_visits_by_department(self, kind: str, day: str) -> None:
        found = owed(kind, "2026-11-02 15:00")
        assert found.window == (at(f"{day} 10:00"), at(f"{day} 17:00"))

    def test_a_day_in_the_national_holiday_moves_behind_it_and_each_day_is_named(self) -> None:
        found = owed("discharge", "2026-09-24 09:00")
        assert found.window == (at("2026-10-08 10:00"), at("2026-10-08 17:00"))
        assert found.due_at == at("2026-10-09 17:00")
        assert told(found).count("国庆节，节假日不回访，顺延") == 7
        assert "E5.8" in found.clauses

    def test_the_tolerance_does_not_end_on_a_holiday_either(self) -> None:
        found = owed("discharge", "2026-09-23 09:00")  # the day is 30 September, the tolerance 1 October
        assert found.window == (at("2026-09-30 10:00"), at("2026-09-30 17:00"))
        assert found.due_at == at("2026-10-08 17:00")

    def test_a_weekend_is_no_holiday_unless_the_rulebook_says_so(self) -> None:
        assert owed("discharge", "2026-11-07 09:00").window == (
            at("2026-11-14 10:00"),
            at("2026-11-14 17:00"),
        )
        book = book_of("hospital_callback", site="calendar.weekends_count_as_holidays = true")
        found = owed("discharge", "2026-11-07 09:00", book=book)
        assert found.window == (at("2026-11-16 10:00"), at("2026-11-16 17:00"))
        assert "周末，节假日不回访" in told(found)

    def test_a_make_up_saturday_is_an_ordinary_day(self) -> None:
        found = owed("discharge", "2026-10-03 09:00")
        assert found.window == (at("2026-10-10 10:00"), at("2026-10-10 17:00"))

    @given(arisen=st.datetimes(datetime(2025, 1, 1), datetime(2026, 11, 30)))
    @settings(max_examples=100, deadline=None)
    def test_the_planned_day_is_the_first_permitted_one_from_the_seventh_day_on(
        self, arisen: datetime
    ) -> None:
        calendar = WorkCalendar.from_rulebook(HOSPITAL)
        found = owed("discharge", arisen.isoformat(sep=" ", timespec="seconds"))
        day = arisen.date() + timedelta(days=7)
        while calendar.is_public_holiday(day):
            day += timedelta(days=1)
        assert found.window is not None
        assert found.window[0].date() == day
        assert found.due_at is not None
        assert found.due_at > found.window[1] - timedelta(seconds=1)
        assert not calendar.is_public_holiday(found.due_at.date())


class TestSolvedCases:
    """E1.20, E1.21: within the limit of the rulebook after the solution, which gets no tolerance."""

    def test_are_called_within_the_limit(self) -> None:
        found = owed("complaint", "2026-11-02 15:00", book=OFFICE)
        assert (found.due_at, found.window) == (at("2026-11-03 15:00"), None)
        assert "E1.20" in found.clauses
        assert "宽限" not in told(found)

    def test_holidays_do_not_move_a_kind_that_is_called_every_day(self) -> None:
        both = book_of("office_building_property", "hospital_callback")
        found = owed("repair", "2026-09-30 15:00", book=both)
        assert found.due_at == at("2026-10-01 15:00")

    def test_a_limit_outside_the_hours_moves_to_the_end_of_the_next_ones(self) -> None:
        book = book_of(
            site='callback.windows = [{start = "10:00", end = "12:00"}, {start = "15:00", end = "17:00"}]\n'
            "callback.skip_holidays = true"
        )
        due = {
            arisen: owed("complaint", arisen, book=book).due_at
            for arisen in (
                "2026-11-02 10:30",
                "2026-11-02 08:00",
                "2026-11-02 12:00",
                "2026-11-02 13:00",
                "2026-11-02 20:00",
                "2026-09-30 16:00",
            )
        }
        assert due == {
            "2026-11-02 10:30": at("2026-11-03 10:30"),
            "2026-11-02 08:00": at("2026-11-03 12:00"),
            "2026-11-02 12:00": at("2026-11-03 12:00"),
            "2026-11-02 13:00": at("2026-11-03 17:00"),
            "2026-11-02 20:00": at("2026-11-04 12:00"),
            "2026-09-30 16:00": at("2026-10-08 12:00"),
        }

    def test_while_it_is_unsolved_the_customer_hears_every_two_days(self) -> None:
        assert owed("unresolved", "2026-11-02 15:00", book=OFFICE).due_at == at("2026-11-04 23:59:59")

    def test_long_term_users_are_visited_a_month_on(self) -> None:
        found = owed("long_term_visit", "2026-10-31 15:00", book=GOODS)
        assert found.due_at is not None
        assert found.due_at >= at("2026-11-30 23:59:59")
        assert found.clauses[:1] == ("A6.19",)

    def test_a_kind_the_rulebook_does_not_oblige_to_is_off(self) -> None:
        found = owed("discharge", "2026-11-02 15:00", book=OFFICE)
        assert (found.state, found.due_at, found.window) == ("off", None, None)
        assert "不要求" in told(found)
        off = book_of(site="callback.after_resolution_within = off")
        assert owed("complaint", "2026-11-02 15:00", book=off).state == "off"


class TestStates:
    arisen = "2026-11-02 15:00"  # planned for the 9th, due by the 10th at 17:00

    @pytest.mark.parametrize(
        ("now", "state"),
        [
            ("2026-11-08 23:59:59", "not_due"),
            ("2026-11-09 00:00:00", "due_soon"),
            ("2026-11-10 17:00:00", "due_soon"),
            ("2026-11-10 17:00:01", "missed"),
        ],
    )
    def test_without_a_call(self, now: str, state: str) -> None:
        assert owed("discharge", self.arisen, now=now).state == state

    @pytest.mark.parametrize(
        ("when", "state"),
        [
            ("2026-11-04 10:00", "completed"),
            ("2026-11-10 17:00:00", "completed"),
            ("2026-11-10 17:00:01", "completed_late"),
        ],
    )
    def test_with_one(self, when: str, state: str) -> None:
        found = owed("discharge", self.arisen, call(when))
        assert (found.state, found.completed_at) == (state, at(when))

    def test_lateness_is_told(self) -> None:
        assert "逾期完成，超过 1 分" in told(owed("discharge", self.arisen, call("2026-11-10 17:01")))
        assert "逾期未完成，超过 1 天" in told(owed("discharge", self.arisen, now="2026-11-11 17:00"))


class TestAttempts:
    arisen = "2026-11-02 15:00"

    def test_unreached_calls_are_attempts_and_complete_nothing(self) -> None:
        found = owed(
            "complaint",
            self.arisen,
            call("2026-11-02 16:00", "busy"),
            call("2026-11-02 17:00", "no_answer"),
            call("2026-11-02 18:00"),
            book=OFFICE,
        )
        assert found.completed_at == at("2026-11-02 18:00")
        assert "2026-11-02 16:00 占线，只计为一次尝试" in told(found)

    def test_a_conversation_that_did_not_cover_the_content_does_not_complete(self) -> None:
        found = owed("complaint", self.arisen, call("2026-11-02 16:00", is_complete=False), book=OFFICE)
        assert found.state == "missed"
        assert "内容未完成" in told(found)

    def test_a_completed_call_that_nobody_answered_is_a_contradiction_and_completes_nothing(self) -> None:
        assert owed("complaint", self.arisen, call("2026-11-02 16:00", "busy"), book=OFFICE).state == "missed"

    def test_a_call_before_it_arose_does_not_count_and_is_named(self) -> None:
        found = owed("complaint", self.arisen, call("2026-11-02 14:59"), book=OFFICE)
        assert found.completed_at is None
        assert "早于事项发生，不计" in told(found)

    def test_a_call_after_now_is_not_known(self) -> None:
        found = owed("complaint", self.arisen, call("2026-11-02 16:00"), book=OFFICE, now="2026-11-02 15:30")
        assert (found.state, found.completed_at) == ("not_due", None)

    def test_the_rulebook_may_count_attempts(self) -> None:
        book = book_of("office_building_property", site='callback.rate_counts = "attempted"')
        found = owed("complaint", self.arisen, call("2026-11-02 16:00", "busy"), book=book)
        assert found.completed_at == at("2026-11-02 16:00")

    @given(seed=st.integers(0, 10_000))
    @settings(max_examples=50, deadline=None)
    def test_order_and_repetition_of_the_rows_change_nothing(self, seed: int) -> None:
        chance = random.Random(seed)
        attempts = [
            Attempt(
                at(self.arisen) + timedelta(hours=chance.randint(-5, 30)),
                chance.choice(list(NAMES["attempt_outcome"])),
                chance.random() < 0.5,
                chance.choice(["a", "b"]),
                chance.choice([None, "satisfied", "dissatisfied"]),
            )
            for _ in range(6)
        ]
        shuffled = chance.sample(attempts, 6) + attempts[:2]
        now = at(self.arisen) + timedelta(hours=chance.randint(0, 60))
        first, second = (
            obligation("complaint", at(self.arisen), a, OFFICE, now, "a") for a in (attempts, shuffled)
        )
        assert first == second
        assert rates([(first, attempts)], now) == rates([(second, shuffled)], now)


class TestRemarks:
    def test_a_call_outside_the_hours_counts_and_is_remarked(self) -> None:
        found = owed("discharge", "2026-11-02 15:00", call("2026-11-09 13:00"))
        assert (found.state, found.flags) == ("completed", ("outside_window",))
        assert "备注：不在规定的回访时段" in told(found)

    @pytest.mark.parametrize("moment", ["10:00", "12:00", "15:00", "17:00"])
    def test_the_edges_of_the_hours_are_inside(self, moment: str) -> None:
        assert owed("discharge", "2026-11-02 15:00", call(f"2026-11-09 {moment}")).flags == ()

    def test_a_call_on_a_holiday_is_remarked(self) -> None:
        assert owed("discharge", "2026-09-24 09:00", call("2026-10-01 10:30")).flags == ("on_holiday",)

    def test_a_caller_who_handled_the_case_is_remarked(self) -> None:
        found = owed(
            "complaint",
            "2026-11-02 15:00",
            call("2026-11-02 16:00", caller="王芳"),
            handler="王芳",
            book=GOODS,
        )
        assert found.flags == ("caller_is_handler",)
        assert "A5.5" in found.clauses
        other = owed(
            "complaint",
            "2026-11-02 15:00",
            call("2026-11-02 16:00", caller="李伟"),
            handler="王芳",
            book=GOODS,
        )
        assert other.flags == ()

    def test_unless_the_rulebook_is_silent_about_it(self) -> None:
        book = book_of(site="complaint.callback_by_other_than_handler = off")
        found = owed(
            "complaint",
            "2026-11-02 15:00",
            call("2026-11-02 16:00", caller="王芳"),
            handler="王芳",
            book=book,
        )
        assert found.flags == ()


class TestRates:
    now = at("2026-11-20 12:00")

    def case(self, *attempts: Attempt, arisen: str = "2026-11-02 15:00") -> tuple[Obligation, list[Attempt]]:
        return obligation("complaint", at(arisen), attempts, OFFICE, self.now), list(attempts)

    def test_each_has_its_own_denominator(self) -> None:
        counts = rates(
            [
                self.case(call("2026-11-02 16:00", mood="satisfied")),
                self.case(call("2026-11-05 16:00", mood="neutral")),  # late
                self.case(call("2026-11-02 16:00", is_complete=False)),  # connected only
                self.case(call("2026-11-02 16:00", "busy")),  # attempted only
                self.case(),
                self.case(arisen="2026-11-20 11:00"),  # not due yet
            ],
            self.now,
        )
        assert counts == Rates(due=5, attempted=4, connected=3, completed=2, punctual=1, satisfied=1)
        assert [counts.rate(n) for n in ("attempted", "connected", "completed", "punctual", "satisfied")] == [
            (4, 5),
            (3, 4),
            (2, 5),
            (1, 5),
            (1, 2),
        ]
        assert counts.percent("completed") == 40

    def test_what_is_completed_before_its_due_instant_counts(self) -> None:
        counts = rates([self.case(call("2026-11-20 11:30"), arisen="2026-11-20 11:00")], self.now)
        assert (counts.due, counts.completed) == (1, 1)

    def test_what_the_rulebook_does_not_oblige_to_counts_nowhere(self) -> None:
        off = obligation("discharge", at("2026-11-02 15:00"), [], OFFICE, self.now)
        assert rates([(off, [])], self.now).due == 0

    def test_nothing_due_has_no_rate(self) -> None:
        counts = rates([], self.now)
        assert counts.percent("completed") is None
        with pytest.raises(KeyError):
            counts.rate("happiness")

    def test_satisfaction_is_that_of_the_completing_contact(self) -> None:
        counts = rates(
            [
                self.case(
                    call("2026-11-02 16:00", is_complete=False, mood="satisfied"),
                    call("2026-11-02 17:00", mood="dissatisfied"),
                )
            ],
            self.now,
        )
        assert (counts.completed, counts.satisfied) == (1, 0)


class TestShortfall:
    """E5.14: one point for each full five percent below target."""

    @pytest.mark.parametrize(
        ("rate", "points"),
        [("100", 0), ("95.01", 0), ("95", 1), ("90.01", 1), ("90", 2), ("89.9", 2), ("0", 20), ("120", 0)],
    )
    def test_full_tiers_count(self, rate: str, points: int) -> None:
        assert shortfall_points(Decimal(rate), HOSPITAL)[0] == points

    @pytest.mark.parametrize(("rate", "points"), [("100", 0), ("99.99", 1), ("95", 1), ("94.99", 2)])
    def test_begun_tiers_count_where_the_rulebook_says_so(self, rate: str, points: int) -> None:
        book = book_of("hospital_callback", site='callback.step_rounding = "ceil"')
        assert shortfall_points(Decimal(rate), book)[0] == points

    def test_a_third_does_not_slip_over_an_edge(self) -> None:
        counts = Rates(due=20, attempted=19, connected=19, completed=19, punctual=19, satisfied=19)
        percent = counts.percent("completed")
        assert percent is not None
        assert shortfall_points(percent, HOSPITAL)[0] == 1

    def test_is_explained(self) -> None:
        points, steps = shortfall_points(89.9, HOSPITAL)
        assert points == 2
        assert [s.zh for s in steps] == [
            "回访率 89.9%，目标 100%",
            "低 10.1 个百分点，每 5 个百分点一档（不足一档不计），共 2 档",
            "每档 1 分，扣 2 分",
        ]
        assert "E5.14" in {s.clause for s in steps}

    @pytest.mark.parametrize("key", ["target_rate", "shortfall_step", "points_per_step"])
    def test_costs_nothing_where_the_rulebook_does_not_say(self, key: str) -> None:
        points, steps = shortfall_points(50, book_of(site=f"callback.{key} = off"))
        assert points == 0
        assert "不因回访率扣分" in steps[0].zh


@pytest.mark.parametrize("kind", list(NAMES["callback_kind"]))
def test_every_kind_is_explained_in_both_languages(kind: str) -> None:
    for book in (HOSPITAL, OFFICE, GOODS):
        found = owed(kind, "2026-09-24 15:00", call("2026-10-01 16:00"), book=book)
        assert found.steps
        assert all(s.zh and s.en.isascii() for s in found.steps)
        assert found.state in NAMES["callback_state"]
