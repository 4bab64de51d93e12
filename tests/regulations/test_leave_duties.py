"""What sick leave owes and when: full days, days off in between, falling ill on duty, and what only the base asks for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from regulations.leave import LeaveRuling, OtherLeave
from tests.regulations.leave_requests import broken, ruled, shift
from tests.regulations.site_books import at, book_of

SHOP, CENTRE, SWAPS = "ecommerce_shop", "telecom_call_centre", "telecom_shift_swap"
PROPERTY, RULES, SHORT = "property_service_centre", "property_cs_rules", "cs_rules_short"
FRIDAY, MONDAY = shift("2026-11-20"), shift("2026-11-23")
UNTIL = date(2026, 11, 30)


def said(ruling: LeaveRuling, words: str) -> bool:
    return any(words in step.zh or words in step.en for step in ruling.steps)


# A full day (A2.55, E3.18)


@pytest.mark.parametrize(
    ("start", "end", "is_full"),
    [
        ("09:00:00", "18:00:00", True),
        ("08:00:00", "19:00:00", True),
        ("09:00:01", "18:00:00", False),
        ("09:00:00", "17:59:59", False),
        ("11:00:00", "18:00:00", False),
    ],
)
@pytest.mark.parametrize("preset", [CENTRE, RULES])
def test_a_certificate_is_asked_for_from_a_full_day_and_not_from_a_rounded_one(
    preset: str, start: str, end: str, is_full: bool
) -> None:
    sick = ruled(
        book_of(preset), type="sick", starts_at=f"2026-11-20 {start}", ends_at=f"2026-11-20 {end}",
        filed_at="2026-11-20 08:00", shifts=(FRIDAY,), has_certificate=False,
    )  # fmt: skip
    assert [v.code for v in sick.violations] == (["certificate_missing"] if is_full else [])
    assert (sick.certificate_due_on is not None) is is_full
    assert sick.days == 1


def test_the_step_says_what_was_compared() -> None:
    sick = ruled(book_of(CENTRE), type="sick", starts_at="2026-11-20 11:00", filed_at="2026-11-20 08:00")
    assert said(sick, "请假 6 小时，当班 8 小时，不满一天")
    assert said(sick, "6 h of leave, 8 h of work: no full day")
    assert said(sick, "没有一天请满，不足 1 天，无须证明")


def test_two_half_days_are_no_full_day_and_a_day_and_a_half_has_one() -> None:
    shifts = (FRIDAY, shift("2026-11-21"))
    halves = ruled(
        book_of(CENTRE), type="sick", starts_at="2026-11-20 14:00", ends_at="2026-11-21 12:00",
        filed_at="2026-11-20 08:00", shifts=shifts, has_certificate=False,
    )  # fmt: skip
    assert broken(halves) == []
    more = ruled(
        book_of(CENTRE), type="sick", ends_at="2026-11-21 12:00", shifts=shifts, has_certificate=False,
    )  # fmt: skip
    assert broken(more) == [("certificate_missing", "A2.55")]


def test_a_weekend_between_two_half_days_makes_no_full_day() -> None:
    sick: dict[str, Any] = {
        "type": "sick", "starts_at": "2026-11-20 14:00", "ends_at": "2026-11-23 12:00",
        "filed_at": "2026-11-20 08:00", "shifts": (FRIDAY, MONDAY), "rostered_until": UNTIL, "has_certificate": False,
    }  # fmt: skip
    assert broken(ruled(book_of(CENTRE), **sick)) == []


# Falling ill on duty


@pytest.mark.parametrize("type_", ["sick", "emergency"])
@pytest.mark.parametrize(
    ("filed", "holds"),
    [("09:00:00", True), ("13:49:59", True), ("13:50:00", True), ("13:50:01", False)],
)
@pytest.mark.parametrize("preset", [SHOP, CENTRE, RULES])
def test_who_falls_ill_on_duty_tells_it_by_the_time_the_leave_begins(
    preset: str, type_: str, filed: str, holds: bool
) -> None:
    ill = ruled(
        book_of(preset),
        type=type_,
        starts_at="2026-11-20 13:50",
        filed_at=f"2026-11-20 {filed}",
        shifts=(FRIDAY,),
    )
    assert [v.code for v in ill.violations] == ([] if holds else ["not_before_leave"])
    assert ill.needs_exception is not holds
    assert said(ill, "以离岗（2026-11-20 13:50）为准")


def test_leave_of_the_whole_shift_is_still_told_before_it() -> None:
    late = ruled(book_of(CENTRE), type="sick", filed_at="2026-11-20 09:00", has_certificate=True)
    assert broken(late) == [("not_before_shift", "A2.52")]


def test_who_is_told_to_go_home_longer_tells_it_before_what_was_granted_ends() -> None:
    granted = at("2026-11-20 09:00"), at("2026-11-20 12:00")
    ill: dict[str, Any] = {"type": "sick", "granted": granted, "has_certificate": True, "shifts": (FRIDAY,)}
    assert ruled(book_of(CENTRE), **ill, filed_at="2026-11-20 11:00").is_allowed
    assert not ruled(book_of(CENTRE), **ill, filed_at="2026-11-20 12:00:01").is_allowed


def test_who_falls_ill_in_a_night_shift_is_not_bound_by_noon() -> None:
    ill = ruled(
        book_of(CENTRE), type="sick", starts_at="2026-11-20 20:00", ends_at="2026-11-21 00:00",
        filed_at="2026-11-20 19:55", shifts=(shift("2026-11-20", "18:00", "00:00", ""),),
    )  # fmt: skip
    assert ill.is_allowed and said(ill, "当班中生病不受夜班当日截止时刻限制")


def test_a_night_shift_is_explained_by_its_hours() -> None:
    night = ruled(
        book_of(SHOP), starts_at="2026-11-20 18:00", ends_at="2026-11-21 00:00",
        shifts=(shift("2026-11-20", "18:00", "00:00", ""),),
    )  # fmt: skip
    assert said(night, "班次 2026-11-20 18:00 至 2026-11-21 00:00，过了 22:00 仍在班，算夜班")
    assert said(night, "22:00 为本系统约定")


@pytest.mark.parametrize(("filed", "holds"), [("07:00:00", True), ("10:00:00", False)])
def test_personal_leave_from_mid_shift_is_still_measured_by_the_shift_and_says_so(
    filed: str, holds: bool
) -> None:
    asked = ruled(
        book_of(SHOP),
        type="special",
        starts_at="2026-11-20 14:00",
        filed_at=f"2026-11-20 {filed}",
        shifts=(FRIDAY,),
    )
    assert asked.is_allowed is holds
    assert said(asked, "以班次为准，不以离岗时间为准")


@pytest.mark.parametrize(("filed", "holds"), [("2026-11-19 23:59:59", True), ("2026-11-20 00:00:00", False)])
def test_special_leave_of_the_service_centre_is_asked_for_a_day_ahead(filed: str, holds: bool) -> None:
    asked = ruled(book_of(PROPERTY), type="special", filed_at=filed)
    assert broken(asked) == ([] if holds else [("late_notice", "A4.17")])


@pytest.mark.parametrize("preset", [PROPERTY, RULES, SHORT])
def test_sets_without_a_rule_for_nights_ask_for_no_noon_and_no_exception(preset: str) -> None:
    asked = ruled(
        book_of(preset), starts_at="2026-11-20 18:00", ends_at="2026-11-21 00:00", filed_at="2026-11-19 13:00",
        shifts=(shift("2026-11-20", "18:00", "00:00", ""),),
    )  # fmt: skip
    assert asked.is_allowed and not asked.needs_exception
    assert not {"A1.27", "A2.56"} & set(asked.clauses)


# The first day after


SICK: dict[str, Any] = {"type": "sick", "filed_at": "2026-11-20 08:00", "has_certificate": True}
DUE = [
    # shifts after the leave, roster known until, due
    ((), None, date(2026, 11, 21)),
    ((MONDAY,), None, date(2026, 11, 21)),
    ((MONDAY,), UNTIL, date(2026, 11, 23)),
    ((shift("2026-11-21"), MONDAY), UNTIL, date(2026, 11, 21)),
    ((), date(2026, 11, 20), date(2026, 11, 21)),
    ((), date(2026, 11, 22), date(2026, 11, 23)),
]


@pytest.mark.parametrize(("later", "until", "due"), DUE)
def test_slip_and_return_are_due_on_the_first_day_after_that_is_worked(
    later: tuple[Any, ...], until: date | None, due: date
) -> None:
    sick: dict[str, Any] = {**SICK, "shifts": (FRIDAY, *later), "rostered_until": until, "is_approved": True}
    on_time = ruled(
        book_of(CENTRE), "2026-12-10 09:00", **sick, slip_received_on=due, returned_at=f"{due} 08:50"
    )
    assert (on_time.certificate_due_on, on_time.report_back_by) == (due, due)
    assert broken(on_time) == []
    assert said(on_time, "顺延") is (due > date(2026, 11, 21))
    late = ruled(
        book_of(CENTRE),
        f"{due + timedelta(days=1)} 00:00:00",
        **sick,
        slip_received_on=due + timedelta(days=1),
    )
    assert [v.code for v in late.violations] == ["slip_late", "not_reported_back"]


def test_a_day_that_other_approved_leave_takes_is_no_day_to_hand_in_a_slip() -> None:
    away = OtherLeave(at("2026-11-23 09:00"), at("2026-11-23 18:00"), "marriage")
    sick: dict[str, Any] = {**SICK, "shifts": (FRIDAY, MONDAY, shift("2026-11-24")), "rostered_until": UNTIL}
    assert ruled(book_of(CENTRE), **sick).certificate_due_on == date(2026, 11, 23)
    assert ruled(book_of(CENTRE), **sick, others=(away,)).certificate_due_on == date(2026, 11, 24)


@pytest.mark.parametrize("preset", [PROPERTY, RULES, SHORT])
def test_reporting_back_that_only_the_base_asks_for_is_said_and_never_held_against_anybody(
    preset: str,
) -> None:
    back = ruled(book_of(preset), "2026-12-10 09:00", is_approved=True)
    assert broken(back) == [] and back.report_back_by is None
    assert said(back, "本部门规定未写销假") and "A1.23" in back.steps[-1].zh


# Days off between certificates


FRI, MON = (date(2026, 11, 20), date(2026, 11, 20)), (date(2026, 11, 23), date(2026, 11, 23))
OVER_THE_WEEKEND: dict[str, Any] = {**SICK, "ends_at": "2026-11-23 18:00", "certificates": (FRI, MON)}


@pytest.mark.parametrize(
    ("shifts", "until", "holds"),
    [
        ((FRIDAY, MONDAY), UNTIL, True),
        ((FRIDAY, shift("2026-11-22"), MONDAY), UNTIL, False),
        ((FRIDAY, MONDAY), None, False),
        ((FRIDAY, MONDAY), date(2026, 11, 21), False),
    ],
)
def test_certificates_may_leave_out_days_on_which_nobody_rostered_him(
    shifts: tuple[Any, ...], until: date | None, holds: bool
) -> None:
    asked = ruled(book_of(CENTRE), **OVER_THE_WEEKEND, shifts=shifts, rostered_until=until)
    assert broken(asked) == ([] if holds else [("certificate_gap", "A2.55")])
    assert said(asked, "未排班，不算间断") is holds


# Public holidays


HOLIDAY: dict[str, Any] = {
    "starts_at": "2026-10-01 09:00",
    "ends_at": "2026-10-01 18:00",
    "filed_at": "2026-09-20 10:00",
}


def test_leave_on_a_holiday_that_is_not_rostered_yet_is_an_exception_and_no_violation() -> None:
    asked = ruled(book_of(SWAPS), **HOLIDAY, shifts=())
    assert broken(asked) == [] and asked.needs_exception and asked.exceptions == ("A2.57",)
    assert asked.required_role == "manager" and said(asked, "未排班，排班后再核对")
    rostered = ruled(book_of(SWAPS), **HOLIDAY)
    assert broken(rostered) == [("holiday_forbidden", "A3.9")]
    off = ruled(
        book_of(SWAPS),
        **{**HOLIDAY, "starts_at": "2026-09-30 09:00"},
        shifts=(shift("2026-09-30"),),
        rostered_until=UNTIL,
    )
    assert off.is_allowed and not off.needs_exception
    late = ruled(book_of(SWAPS), **{**HOLIDAY, "filed_at": "2026-09-30 10:00"}, shifts=())
    assert ("holiday_late", "A2.57") in broken(late)


# Said to the end


@pytest.mark.parametrize("preset", [SHOP, CENTRE, PROPERTY, RULES, SHORT])
def test_what_the_base_lends_is_said_last(preset: str) -> None:
    book = book_of(preset)
    ruling = ruled(
        book,
        type="time_off",
        proxy="陈思远",
        filed_at="2026-11-20 10:00",
        swap_days=frozenset({date(2026, 11, 20)}),
    )
    lent = [clause for clause in ruling.clauses if clause.partition(".")[0] not in book.own_sets]
    assert ruling.steps[-1].zh.startswith("、".join(lent) + " 为通用默认") if lent else preset == SHOP
    for violation in ruling.violations:
        assert any(step.clause == violation.clause for step in ruling.steps)


def test_english_is_english() -> None:
    for preset in (CENTRE, RULES):
        official = ruled(book_of(preset), type="official")
        assert all(step.en.isascii() or "“" in step.en for step in official.steps[:-1])
    emergency = ruled(book_of(CENTRE), type="emergency", ends_at="2026-11-20 12:00")
    assert said(emergency, "Emergency leave of no full day") and not said(emergency, "Sick leave of")
    off = ruled(book_of(SHOP, site='leave.types = ["personal", "time_off"]'), type="maternity")
    assert "personal, time off in lieu" in off.violations[0].en
