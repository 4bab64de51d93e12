"""The verdict on a shift: edges of the minute, leave, nights, punches that are missing, doubled or strange."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.attendance import DayVerdict, LeaveFact, OffPostFact, PunchFact, ShiftFacts, judge
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from tests.regulations.site_books import SHANGHAI, at, book_of

SHOP = book_of("ecommerce_shop")
DAY = "2026-11-18"  # a Wednesday
NEXT = "2026-11-19"
LONG_AFTER = f"{NEXT} 12:00"
NINE_TO_SIX = ShiftFacts(at(f"{DAY} 09:00"), at(f"{DAY} 18:00"), ((at(f"{DAY} 12:00"), at(f"{DAY} 13:00")),))
LATE_SHIFT = ShiftFacts(at(f"{DAY} 18:00"), at(f"{NEXT} 00:00"))  # A1.4: until 24:00
NIGHT = ShiftFacts(at(f"{DAY} 22:00"), at(f"{NEXT} 06:00"), ((at(f"{NEXT} 02:00"), at(f"{NEXT} 03:00")),))


def moment(text: str) -> datetime:
    """ "09:00" on the day, or a full date and time."""
    return at(text if "-" in text else f"{DAY} {text}")


def punches(*told: str) -> list[PunchFact]:
    """ "in 09:00", "out 18:00"."""
    return [PunchFact(moment(t.partition(" ")[2]), t.partition(" ")[0]) for t in told]


def leave(start: str, end: str, kind: str = "personal", is_approved: bool = True) -> LeaveFact:
    return LeaveFact(moment(start), moment(end), kind, is_approved)


def off(start: str, end: str | None, is_approved: bool = False) -> OffPostFact:
    return OffPostFact(moment(start), None if end is None else moment(end), is_approved)


def verdict(
    *told: str,
    shift: ShiftFacts = NINE_TO_SIX,
    leaves: tuple[LeaveFact, ...] = (),
    away: tuple[OffPostFact, ...] = (),
    book: Rulebook = SHOP,
    now: str = LONG_AFTER,
) -> DayVerdict:
    return judge(shift, punches(*told), leaves, away, book, moment(now))


def words(found: DayVerdict, lang: str = "zh") -> str:
    return "\n".join(s.text(lang) for s in found.steps)  # type: ignore[arg-type]


class TestTheMinuteOfArrival:
    @pytest.mark.parametrize(
        ("came", "class_", "minutes"),
        [
            ("08:50", "present", 0),
            ("09:00:00", "present", 0),
            ("09:00:01", "late", 1),
            ("09:00:59", "late", 1),
            ("09:01:00", "late", 1),
            ("09:01:59", "late", 1),
            ("09:02:00", "late", 2),
            ("09:19:59", "late", 19),
            ("09:20:00", "severe", 20),
            ("10:30:00", "severe", 90),
        ],
    )
    def test_decides(self, came: str, class_: str, minutes: int) -> None:
        found = verdict(f"in {came}", "out 18:00")
        assert (found.class_, found.late_minutes) == (class_, minutes)

    @pytest.mark.parametrize(
        ("left", "class_", "minutes"),
        [
            ("18:00:00", "present", 0),
            ("17:59:59", "early", 1),
            ("17:58:01", "early", 1),
            ("17:58:00", "early", 2),
            ("17:40:01", "early", 19),
            ("17:40:00", "severe", 20),
        ],
    )
    def test_and_the_minute_of_leaving(self, left: str, class_: str, minutes: int) -> None:
        found = verdict("in 09:00", f"out {left}")
        assert (found.class_, found.early_minutes) == (class_, minutes)

    def test_both_ends_can_be_wrong(self) -> None:
        found = verdict("in 09:05", "out 17:50")
        assert (found.class_, found.late_minutes, found.early_minutes) == ("late_and_early", 5, 10)
        assert found.worked_minutes == 465

    def test_parts_of_a_second_do_not_make_anybody_late(self) -> None:
        came = PunchFact(at(f"{DAY} 09:00") + timedelta(microseconds=999_999), "in")
        found = judge(NINE_TO_SIX, [came, *punches("out 18:00")], [], [], SHOP, moment(LONG_AFTER))
        assert found.class_ == "present"

    @pytest.mark.parametrize(
        ("came", "class_", "minutes"), [("09:05:00", "present", 0), ("09:05:01", "late", 5)]
    )
    def test_a_grace_moves_the_edge_but_not_the_count(self, came: str, class_: str, minutes: int) -> None:
        book = book_of("ecommerce_shop", site="attendance.late_grace = 5 minute")
        found = verdict(f"in {came}", "out 18:00", book=book)
        assert (found.class_, found.late_minutes) == (class_, minutes)


class TestTwentyMinutes:
    """A1.28 and A2.58: without leave, that number included."""

    def test_name_what_the_rulebook_calls_them_with_its_clause(self) -> None:
        found = verdict("in 09:20", "out 18:00")
        assert "迟到 20 分钟，达到 20 分钟，未请假：按缺勤" in words(found)
        assert "A1.28" in found.clauses
        assert "按违纪" in words(verdict("in 09:20", "out 18:00", book=book_of()))

    def test_are_forgiven_when_leave_was_filed_for_that_end(self) -> None:
        found = verdict("in 10:30", "out 18:00", leaves=(leave("09:00", "10:00"),))
        assert (found.class_, found.late_minutes) == ("late", 30)
        assert "已请假，不按严重论" in words(found)

    def test_are_not_forgiven_by_leave_for_the_other_end(self) -> None:
        found = verdict("in 09:30", "out 17:00", leaves=(leave("17:00", "18:00"),))
        assert found.class_ == "severe"

    def test_are_not_forgiven_by_leave_that_nobody_approved(self) -> None:
        refused = leave("09:00", "10:00", is_approved=False)
        found = verdict("in 10:00", "out 18:00", leaves=(refused,))
        assert (found.class_, found.late_minutes) == ("severe", 60)
        assert "未获批准，不计" in words(found)

    def test_are_severe_even_with_leave_where_the_rulebook_does_not_ask(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.needs_no_leave_filed = false")
        found = verdict("in 10:30", "out 18:00", leaves=(leave("09:00", "10:00"),), book=book)
        assert found.class_ == "severe"

    def test_stay_severe_when_a_punch_is_missing_too(self) -> None:
        assert verdict("in 09:40").class_ == "severe"


class TestOffThePost:
    @pytest.mark.parametrize(
        ("start", "end", "class_"),
        [
            ("10:00", "10:19:59", "present"),
            ("10:00", "10:20", "severe"),
            ("11:50", "13:09:59", "present"),  # nineteen minutes of it are owed, the break is not
            ("11:50", "13:10", "severe"),
            ("08:00", "09:10", "present"),  # before the shift nobody owes anything
            ("17:50", "19:00", "present"),
        ],
    )
    def test_counts_the_owed_minutes_of_one_stretch(self, start: str, end: str, class_: str) -> None:
        assert verdict("in 09:00", "out 18:00", away=(off(start, end),)).class_ == class_

    def test_two_short_stretches_do_not_add_up(self) -> None:
        away = (off("10:00", "10:15"), off("11:00", "11:15"))
        found = verdict("in 09:00", "out 18:00", away=away)
        assert (found.class_, found.worked_minutes) == ("present", 450)

    def test_but_overlapping_ones_are_one(self) -> None:
        assert (
            verdict("in 09:00", "out 18:00", away=(off("10:00", "10:15"), off("10:10", "10:25"))).class_
            == "severe"
        )

    def test_approved_time_away_is_no_offence_but_no_work_either(self) -> None:
        found = verdict("in 09:00", "out 18:00", away=(off("10:00", "11:00", is_approved=True),))
        assert (found.class_, found.worked_minutes) == ("present", 420)

    def test_approval_of_a_part_leaves_the_rest(self) -> None:
        away = (off("10:00", "10:30"), off("10:00", "10:15", is_approved=True))
        assert verdict("in 09:00", "out 18:00", away=away).class_ == "present"

    def test_an_open_end_lasts_until_now(self) -> None:
        away = (off("10:00", None),)
        assert verdict("in 09:00", away=away, now=f"{DAY} 10:19").class_ == "pending"
        assert verdict("in 09:00", away=away, now=f"{DAY} 10:20").class_ == "severe"


class TestLeave:
    def test_of_the_whole_shift(self) -> None:
        found = verdict(leaves=(leave("00:00", f"{NEXT} 00:00"),))
        assert (found.class_, found.worked_minutes) == ("on_leave", 0)
        assert "整个班次均已请假" in words(found)

    def test_of_both_halves_around_the_break_is_the_whole_shift(self) -> None:
        assert verdict(leaves=(leave("09:00", "12:00"), leave("13:00", "18:00", "sick"))).class_ == "on_leave"

    def test_of_the_morning_moves_the_start_behind_the_break(self) -> None:
        found = verdict("in 13:00", "out 18:00", leaves=(leave("09:00", "12:00"),))
        assert (found.class_, found.worked_minutes) == ("present", 300)
        assert "扣除请假后，应到 2026-11-18 13:00" in words(found)

    def test_of_the_afternoon_moves_the_end_before_the_break(self) -> None:
        found = verdict("in 09:00", "out 12:00", leaves=(leave("13:00", "18:00"),))
        assert (found.class_, found.early_minutes) == ("present", 0)

    def test_of_the_morning_forgives_twenty_minutes_behind_the_break(self) -> None:
        found = verdict("in 13:30", "out 18:00", leaves=(leave("09:00", "12:00"),))
        assert (found.class_, found.late_minutes) == ("late", 30)

    def test_in_the_middle_is_excused_and_not_worked(self) -> None:
        found = verdict("in 09:00", "out 18:00", leaves=(leave("14:00", "15:00"),))
        assert (found.class_, found.worked_minutes) == ("present", 420)

    def test_of_a_part_does_not_excuse_staying_away_altogether(self) -> None:
        assert verdict(leaves=(leave("09:00", "12:00"),)).class_ == "absent"

    def test_of_another_day_is_not_mentioned(self) -> None:
        found = verdict("in 09:00", "out 18:00", leaves=(leave(f"{NEXT} 09:00", f"{NEXT} 18:00"),))
        assert found.class_ == "present"
        assert "事假" not in words(found)


class TestMissingPunches:
    def test_nothing_at_all_and_no_leave_is_absence_with_its_clause(self) -> None:
        found = verdict()
        assert (found.class_, found.late_minutes, found.worked_minutes) == ("absent", 0, 0)
        assert "没有打卡，也没有请假：旷工" in words(found)
        assert "A1.24" in found.clauses

    def test_an_out_without_an_in(self) -> None:
        found = verdict("out 18:00")
        assert (found.class_, found.first_in_at, found.last_out_at) == (
            "missing_punch",
            None,
            moment("18:00"),
        )

    def test_an_in_without_an_out(self) -> None:
        found = verdict("in 09:00")
        assert (found.class_, found.last_out_at) == ("missing_punch", None)

    def test_an_in_without_an_out_is_waited_for(self) -> None:
        assert verdict("in 09:00", now=f"{DAY} 18:30").class_ == "pending"
        assert verdict("in 09:00", now=f"{DAY} 22:00").class_ == "pending"
        assert verdict("in 09:00", now=f"{DAY} 22:00:01").class_ == "missing_punch"

    def test_lateness_stays_on_record_beside_it(self) -> None:
        found = verdict("in 09:05")
        assert (found.class_, found.late_minutes) == ("missing_punch", 5)

    def test_who_went_out_and_came_back_but_never_left_is_missing_an_out(self) -> None:
        assert verdict("in 09:00", "out 12:00", "in 13:00").class_ == "missing_punch"


class TestPunchesThatAreStrange:
    def test_doubled_punches_are_one(self) -> None:
        found = verdict("in 08:55", "in 08:55:03", "in 09:10", "out 18:01", "out 18:01:05")
        assert (found.class_, found.first_in_at, found.last_out_at) == (
            "present",
            moment("08:55"),
            moment("18:01:05"),
        )

    def test_in_and_out_of_one_second_are_a_departure(self) -> None:
        found = verdict("in 09:00", "in 17:50", "out 17:50")
        assert (found.class_, found.last_out_at) == ("early", moment("17:50"))

    def test_too_far_from_the_shift_belongs_to_another_one_and_is_named(self) -> None:
        found = verdict("in 04:59:59", "in 09:05", "out 18:00", "out 22:00:01")
        assert (found.first_in_at, found.last_out_at) == (moment("09:05"), moment("18:00"))
        assert words(found).count("离班次太远") == 2
        assert verdict("in 05:00", "out 22:00").class_ == "present"

    def test_an_in_after_the_work_was_over_begins_the_next_shift(self) -> None:
        found = verdict("in 09:00", "out 18:02", "in 18:30", "out 21:00")
        assert found.last_out_at == moment("18:02")
        assert verdict("in 18:30", "out 21:00").class_ == "absent"

    def test_the_out_of_the_shift_before_is_not_ours(self) -> None:
        found = verdict("out 06:02", "in 09:00", "out 18:00")
        assert (found.class_, found.worked_minutes) == ("present", 480)
        assert verdict("out 06:02").class_ == "absent"

    def test_lunch_outside_is_not_worked_beyond_the_break(self) -> None:
        found = verdict("in 09:00", "out 11:45", "in 13:10", "out 18:00")
        assert (found.class_, found.worked_minutes) == ("present", 455)

    def test_time_before_and_after_the_shift_is_not_worked_time(self) -> None:
        assert verdict("in 07:00", "out 20:00").worked_minutes == 480

    def test_a_punch_of_tomorrow_is_not_known_today(self) -> None:
        assert verdict("in 09:00", "out 18:00", now=f"{DAY} 12:30").last_out_at is None

    @given(seed=st.integers(0, 100_000))
    @settings(max_examples=120, deadline=None)
    def test_order_and_repetition_of_the_rows_change_nothing(self, seed: int) -> None:
        chance = random.Random(seed)
        shift = chance.choice([NINE_TO_SIX, LATE_SHIFT, NIGHT])

        def near() -> datetime:
            return shift.starts_at + timedelta(
                minutes=chance.randint(-300, 800), seconds=chance.randint(0, 59)
            )

        rows = [PunchFact(near(), chance.choice(["in", "out"])) for _ in range(chance.randint(0, 7))]
        leaves = [
            LeaveFact(
                a := near(), a + timedelta(minutes=chance.randint(1, 300)), "sick", chance.random() < 0.7
            )
            for _ in range(chance.randint(0, 2))
        ]
        away = [
            OffPostFact(a := near(), a + timedelta(minutes=chance.randint(1, 60)), chance.random() < 0.5)
            for _ in range(chance.randint(0, 3))
        ]
        now = shift.starts_at + timedelta(minutes=chance.randint(-60, 1500))
        first = judge(shift, rows, leaves, away, SHOP, now)
        again = judge(
            shift,
            chance.sample(rows, len(rows)) + rows[:3],
            leaves[::-1] + leaves[:1],
            away[::-1] + away[:1],
            SHOP,
            now,
        )
        assert first == again
        assert first.class_ in NAMES["attendance_class"]
        assert all(s.zh and s.en for s in first.steps)
        owed = (shift.ends_at - shift.starts_at).total_seconds() / 60
        assert 0 <= first.worked_minutes <= owed
        assert (first.late_minutes > 0) <= (first.class_ not in ("present", "early", "absent", "on_leave"))


class TestNights:
    def test_a_late_shift_until_midnight_takes_the_punch_after_it(self) -> None:
        found = verdict("in 17:50", f"out {NEXT} 00:07", shift=LATE_SHIFT)
        assert (found.class_, found.worked_minutes) == ("present", 360)
        assert verdict("in 17:50", "out 23:59:59", shift=LATE_SHIFT).class_ == "early"

    def test_a_night_shift_across_midnight(self) -> None:
        found = verdict("in 21:58", f"out {NEXT} 06:03", shift=NIGHT)
        assert (found.class_, found.worked_minutes) == ("present", 420)

    def test_late_and_early_across_midnight(self) -> None:
        found = verdict(f"in {NEXT} 00:00", f"out {NEXT} 05:50", shift=NIGHT)
        assert (found.class_, found.late_minutes, found.early_minutes) == ("severe", 120, 10)


class TestWhileTheShiftRuns:
    def test_before_it_begins_nothing_is_known(self) -> None:
        found = verdict(now=f"{DAY} 08:00")
        assert (found.class_, found.late_minutes) == ("pending", 0)
        assert "尚未到上班时间" in words(found)

    def test_who_is_not_there_is_late_so_far_and_then_severe(self) -> None:
        assert verdict(now=f"{DAY} 09:00").class_ == "pending"
        found = verdict(now=f"{DAY} 09:12")
        assert (found.class_, found.late_minutes, found.first_in_at) == ("late", 12, None)
        assert "至 2026-11-18 09:12 未到：已迟到 12 分钟" in words(found)
        assert verdict(now=f"{DAY} 09:20").class_ == "severe"
        assert verdict(now=f"{DAY} 18:00").class_ == "absent"

    def test_who_came_late_stays_late(self) -> None:
        assert verdict("in 09:05", now=f"{DAY} 11:00").class_ == "late"

    def test_who_came_in_time_is_judged_after_the_end(self) -> None:
        found = verdict("in 08:59", now=f"{DAY} 11:00")
        assert (found.class_, found.worked_minutes) == ("pending", 120)
        assert "班次尚未结束" in words(found)

    def test_an_out_in_the_middle_is_not_yet_early(self) -> None:
        assert verdict("in 09:00", "out 12:00", now=f"{DAY} 12:30").class_ == "pending"


class TestTheRulebook:
    def test_may_say_how_far_punches_are_looked_for(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.punch_search = 60 minute")
        assert verdict("in 07:59", "in 09:01", "out 18:00", book=book).class_ == "late"

    def test_may_turn_the_twenty_minutes_off(self) -> None:
        book = book_of(
            "ecommerce_shop", site="attendance.severe_after = off\nattendance.off_post_severe_after = off"
        )
        found = verdict("in 10:00", "out 18:00", away=(off("14:00", "15:00"),), book=book)
        assert found.class_ == "late"


@pytest.mark.parametrize(
    ("start", "end"), [("2026-11-18 09:00", "2026-11-18 09:00"), ("2026-11-18 09:00", "2026-11-18 08:00")]
)
def test_a_shift_that_does_not_end_after_it_starts_is_refused(start: str, end: str) -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        ShiftFacts(at(start), at(end))


def test_a_break_that_runs_backwards_is_refused() -> None:
    with pytest.raises(ValueError, match="break"):
        ShiftFacts(at("2026-11-18 09:00"), at("2026-11-18 18:00"), ((moment("13:00"), moment("12:00")),))


def test_verdicts_are_told_in_local_time() -> None:
    found = verdict("in 09:05", "out 18:00")
    assert found.first_in_at is not None
    assert found.first_in_at.tzinfo == SHANGHAI
    assert "2026-11-18 09:05" in words(found)
    assert words(found, "en").isascii()
