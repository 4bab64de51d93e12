"""What a month adds up to: which shifts count, what they are a share of, and what changed since it was fixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.attendance_totals import (
    MEASURES,
    DayFact,
    Totals,
    added,
    days_behind,
    differences,
    missed_classes,
    rest_day_id,
    total,
)
from regulations.names import NAMES
from regulations.rulebook import load_rulebook

DAY = date(2026, 10, 9)
VIOLATION = frozenset({"absent"})  # E3.19: severe is an offence by somebody who was there
ABSENCE = frozenset({"absent", "severe"})  # A1.28: severe is an absence


def fact(class_: str = "present", **values: object) -> DayFact:
    return replace(DayFact(1, DAY, class_), **values)  # type: ignore[arg-type]


# The oracle: every class written out by hand, with lateness and earliness of five minutes each and ten minutes extra.
# class: (rostered, scheduled, attended if a violation, attended if an absence, late, early)
BY_HAND = {
    "present": (1, 1, 1, 1, 0, 0),
    "late": (1, 1, 1, 1, 1, 0),
    "early": (1, 1, 1, 1, 0, 1),
    "late_and_early": (1, 1, 1, 1, 1, 1),
    "severe": (1, 1, 1, 0, 1, 1),
    "absent": (1, 1, 0, 0, 0, 0),
    "on_leave": (1, 0, 0, 0, 0, 0),
    "missing_punch": (1, 1, 1, 1, 0, 0),
    "pending": (0, 0, 0, 0, 0, 0),
    "rest": (0, 0, 0, 0, 0, 0),
}


def test_the_table_by_hand_knows_every_class_and_every_total_has_a_name() -> None:
    assert set(BY_HAND) == set(NAMES["attendance_class"])
    assert set(MEASURES) == set(NAMES["attendance_total"])


@pytest.mark.parametrize("class_", BY_HAND)
def test_each_class_counts_where_it_should(class_: str) -> None:
    rostered, scheduled, if_violation, if_absence, late, early = BY_HAND[class_]
    day = fact(class_, late_minutes=5, early_minutes=5)
    found = total([day], VIOLATION)
    assert (found["rostered"], found["scheduled"], found["attended"]) == (rostered, scheduled, if_violation)
    assert total([day], ABSENCE)["attended"] == if_absence
    assert (found["late"], found["late_minutes"]) == (late, 5 * late)
    assert (found["early"], found["early_minutes"]) == (early, 5 * early)
    for code in ("severe", "absent", "missing_punch", "on_leave"):
        assert found[code] == (1 if class_ == code else 0)


def test_a_shift_still_running_is_in_no_total() -> None:
    running = fact("late", late_minutes=7, extra_minutes=3, remarks=("not_early",), is_over=False)
    assert not any(total([running], VIOLATION).values.values())


def test_severe_for_time_off_the_post_is_no_lateness() -> None:
    found = total([fact("severe")], VIOLATION)
    assert (found["severe"], found["late"], found["early"]) == (1, 0, 0)


@pytest.mark.parametrize(
    ("extra", "approved", "expected"),
    [
        (0, 0, (0, 0)),
        (30, 0, (0, 30)),
        (30, 30, (30, 0)),
        (30, 29, (29, 1)),
        (30, 45, (30, 0)),
        (0, 45, (0, 0)),
    ],
)
def test_extra_minutes_are_approved_or_not_and_never_more_than_were_worked(
    extra: int, approved: int, expected: tuple[int, int]
) -> None:
    found = total([fact(extra_minutes=extra, approved_extra_minutes=approved)], VIOLATION)
    assert (found["approved_extra_minutes"], found["unapproved_extra_minutes"]) == expected


def test_an_everyday_remark_alone_makes_no_shift_with_remarks() -> None:
    days = [fact(remarks=("not_early",)), fact(remarks=("not_early", "away_over")), fact("rest", remarks=("rest_day_worked",))]  # fmt: skip
    assert total(days, VIOLATION)["remarks"] == 1 == len(days_behind(days, "remarks", VIOLATION))
    assert [day.has_remarks for day in days] == [False, True, False]


def test_a_shift_with_two_remarks_is_one_shift_with_remarks() -> None:
    assert total([fact(remarks=("not_early", "away_over")), fact()], VIOLATION)["remarks"] == 1


def test_shares_say_what_they_are_shares_of() -> None:
    found = total([fact(), fact("on_leave"), fact("absent")], VIOLATION)
    assert found.denominator("attended") == found["scheduled"] == 2
    assert found.denominator("on_leave") == found["rostered"] == 3
    assert found.denominator("late_minutes") is None


def test_a_month_fixed_before_a_total_existed_has_none_of_it() -> None:
    assert Totals.from_record({"late": 2})["remarks"] == 0
    with pytest.raises(KeyError):
        Totals({})["lateness"]


@pytest.mark.parametrize(
    ("preset", "expected"), [("ecommerce_shop", ABSENCE), ("property_cs_rules", VIOLATION)]
)
def test_what_counts_as_not_attended_is_the_rulebooks(preset: str, expected: frozenset[str]) -> None:
    assert missed_classes(load_rulebook((preset,))) == expected


minutes = st.integers(0, 600)
facts = st.builds(
    DayFact,
    shift_id=st.integers(1, 10_000),
    work_on=st.integers(0, 30).map(lambda n: date(2026, 10, 1) + timedelta(days=n)),
    class_=st.sampled_from(sorted(NAMES["attendance_class"])),
    is_over=st.booleans(),
    late_minutes=minutes,
    early_minutes=minutes,
    worked_minutes=minutes,
    extra_minutes=minutes,
    approved_extra_minutes=minutes,
    remarks=st.lists(st.sampled_from(sorted(NAMES["attendance_remark"])), max_size=3).map(tuple),
)
months = st.lists(facts, max_size=40, unique_by=lambda day: day.shift_id)
missed = st.sampled_from([VIOLATION, ABSENCE])


@settings(deadline=None)
@given(months, missed)
def test_the_days_behind_a_total_add_up_to_it(days: list[DayFact], not_attended: frozenset[str]) -> None:
    found = total(days, not_attended)
    for code, measure in MEASURES.items():
        behind = days_behind(days, code, not_attended)
        if measure.unit == "shifts":
            assert len(behind) == found[code]
        else:
            assert sum(measure.amount(day, not_attended) for day in behind) == found[code]
            assert all(measure.amount(day, not_attended) > 0 for day in behind)


@settings(deadline=None)
@given(months, missed)
def test_totals_hang_together(days: list[DayFact], not_attended: frozenset[str]) -> None:
    found = total(days, not_attended)
    assert found["rostered"] == found["scheduled"] + found["on_leave"]
    not_there = found["absent"] + (found["severe"] if "severe" in not_attended else 0)
    assert found["scheduled"] == found["attended"] + not_there
    assert all(
        found[code] <= (found.denominator(code) or 0) for code, one in MEASURES.items() if one.of is not None
    )


@settings(deadline=None)
@given(months, st.integers(0, 40), st.randoms())
def test_the_parts_add_up_to_the_whole_in_any_order(days: list[DayFact], at: int, dice: object) -> None:
    whole = total(days, VIOLATION)
    assert added([total(days[:at], VIOLATION), total(days[at:], VIOLATION)]) == whole
    dice.shuffle(days)  # type: ignore[attr-defined]
    assert total(days, VIOLATION) == whole == Totals.from_record(whole.as_record())


@settings(deadline=None)
@given(months, months)
def test_only_what_changed_is_a_difference(before: list[DayFact], after: list[DayFact]) -> None:
    assert differences(before, before) == []
    found = {one.shift_id: one for one in differences(before, after)}
    then, now = ({day.shift_id: day for day in days} for days in (before, after))
    for shift_id in {*then, *now}:
        old, new = then.get(shift_id), now.get(shift_id)
        if old is None or new is None or replace(old, is_over=True) != replace(new, is_over=True):
            assert (found[shift_id].before, found[shift_id].after) == (old, new)
        else:
            assert shift_id not in found
    assert [one.work_on for one in differences(before, after)] == sorted(
        one.work_on for one in found.values()
    )


@pytest.mark.parametrize(
    ("extra", "approved", "expected"),
    [
        (0, 0, (1, 0, 0, 0)),
        (240, 0, (1, 240, 0, 240)),
        (240, 240, (1, 240, 240, 0)),
        (240, 100, (1, 240, 100, 140)),
        (240, 300, (1, 240, 240, 0)),
    ],
)
def test_a_day_worked_without_a_shift_has_totals_of_its_own_and_is_in_no_other(
    extra: int, approved: int, expected: tuple[int, int, int, int]
) -> None:
    """A1.5, E3.14: approved or not, never more than was worked, and nothing of it among the shifts."""
    day = fact("rest", extra_minutes=extra, approved_extra_minutes=approved, remarks=("rest_day_worked",))
    found = total([day], VIOLATION)
    codes = ("rest_days", "rest_day_minutes", "approved_rest_day_minutes", "unapproved_rest_day_minutes")
    assert tuple(found[code] for code in codes) == expected
    assert not any(found[code] for code in MEASURES if code not in codes)
    assert not any(total([replace(day, is_over=False)], VIOLATION).values.values())


@settings(deadline=None)
@given(months, missed)
def test_rest_days_are_approved_or_not_and_shifts_are_never_among_them(
    days: list[DayFact], not_attended: frozenset[str]
) -> None:
    found = total(days, not_attended)
    rest = [day for day in days if day.class_ == "rest" and day.is_over]
    assert found["rest_days"] == len(rest)
    assert found["rest_day_minutes"] == sum(day.extra_minutes for day in rest)
    assert (
        found["approved_rest_day_minutes"] + found["unapproved_rest_day_minutes"] == found["rest_day_minutes"]
    )
    without = total([day for day in days if day.class_ != "rest"], not_attended)
    assert all(found[code] == without[code] for code in MEASURES if "rest_day" not in code)


def test_every_day_without_a_shift_has_a_number_of_its_own_that_no_shift_has() -> None:
    days = [DAY + timedelta(days=n) for n in (0, 1, 31, 366)]
    numbers = [rest_day_id(who, on, nth) for who in (1, 2, 10, 99_999) for on in days for nth in (0, 1)]
    assert len(set(numbers)) == len(numbers) and max(numbers) < 0
