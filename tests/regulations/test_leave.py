"""Leave: notice, night shifts, holidays, who files, evidence and levels, each edge on both sides, under each set.

The tables are written from sections 2.11, 3.1 and 4.3 of the catalogue, not from the presets.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from regulations.leave import CANNOT_BE_FILED, OtherLeave, check, is_night_shift, may_decide
from regulations.leave_evidence import gaps
from regulations.ruling import Violation
from regulations.verdict import Step
from tests.regulations.leave_requests import broken, request, ruled, shift
from tests.regulations.site_books import at, book_of

SHOP, CENTRE, SWAPS = "ecommerce_shop", "telecom_call_centre", "telecom_shift_swap"
PROPERTY, RULES, SHORT = "property_service_centre", "property_cs_rules", "cs_rules_short"
ALL = (SHOP, CENTRE, PROPERTY, RULES, SHORT)
ORDINARY = {SHOP: "A1.24", CENTRE: "A2.52", PROPERTY: "A4.17", RULES: "E3.15", SHORT: "E4.4"}


# Notice


@pytest.mark.parametrize("preset", ALL)
def test_ordinary_personal_leave_is_asked_for_by_the_end_of_the_day_before(preset: str) -> None:
    book = book_of(preset)
    assert ruled(book, filed_at="2026-11-19 23:59:59").is_allowed
    late = ruled(book, filed_at="2026-11-20 00:00:00")
    assert broken(late) == [("late_notice", ORDINARY[preset])]
    assert late.needs_exception and late.can_be_filed
    assert late.required_role == "manager"


@pytest.mark.parametrize(("filed", "holds"), [("2026-11-19 09:00:00", True), ("2026-11-19 09:00:01", False)])
def test_a_day_before_may_mean_24_hours(filed: str, holds: bool) -> None:
    book = book_of(SHOP, site='leave.notice_basis = "hours_before_shift"')
    assert ruled(book, filed_at=filed).is_allowed is holds


SPECIAL = {
    SHOP: ("07:00", "A1.24"),
    CENTRE: ("08:00", "A2.52"),
    RULES: ("08:00", "E3.15"),
    SHORT: ("08:00", "E4.4"),
}


@pytest.mark.parametrize("preset", SPECIAL)
def test_special_leave_is_asked_for_one_or_two_hours_before_to_the_second(preset: str) -> None:
    latest, clause = SPECIAL[preset]
    book = book_of(preset)
    assert ruled(book, type="special", filed_at=f"2026-11-20 {latest}:00").is_allowed
    late = ruled(book, type="special", filed_at=f"2026-11-20 {latest}:01")
    assert broken(late) == [("late_notice", clause)]
    assert late.required_role == "manager"


def test_personal_leave_that_is_urgent_has_the_notice_of_special_leave() -> None:
    book = book_of(SHOP)
    assert ruled(book, is_emergency=True, filed_at="2026-11-20 07:00").is_allowed
    assert not ruled(book, is_emergency=True, filed_at="2026-11-20 07:01").is_allowed


def test_notice_of_an_afternoon_counts_from_the_shift_and_not_from_the_leave() -> None:
    book = book_of(SHOP)
    assert not ruled(
        book, type="special", starts_at="2026-11-20 14:00", filed_at="2026-11-20 08:00"
    ).is_allowed


@pytest.mark.parametrize("type_", ["sick", "emergency", "official", "marriage", "bereavement", "maternity"])
def test_what_has_no_notice_of_its_own_is_asked_for_before_the_shift(type_: str) -> None:
    book = book_of(SHOP)
    assert ruled(book, type=type_, filed_at="2026-11-20 08:59:59").is_allowed
    late = ruled(book, type=type_, filed_at="2026-11-20 09:00:00")
    assert broken(late) == [("not_before_shift", "A1.24")]
    assert late.can_be_filed and late.required_role == "manager"


def test_an_emergency_told_by_telephone_before_the_shift_is_in_time() -> None:
    book = book_of(CENTRE)
    told: dict[str, Any] = {"type": "sick", "is_emergency": True, "filed_at": "2026-11-20 11:00"}
    assert ruled(book, **told, told_at="2026-11-20 08:59:59").is_allowed
    assert broken(ruled(book, **told, told_at="2026-11-20 09:00:00")) == [("not_before_shift", "A2.55")]
    assert broken(ruled(book, **told)) == [("not_before_shift", "A2.55")]


def test_the_telephone_does_not_lengthen_the_notice_of_personal_leave() -> None:
    late = ruled(book_of(CENTRE), filed_at="2026-11-20 08:00", told_at="2026-11-18 08:00")
    assert broken(late) == [("late_notice", "A2.52")]


def test_what_was_not_asked_for_in_time_says_what_it_counts_as() -> None:
    late = ruled(book_of(SHOP), filed_at="2026-11-20 10:00")
    assert "旷工" in late.violations[0].zh and "经理" in late.violations[0].zh
    assert "absence without leave" in late.violations[0].en


# Night shifts


NIGHT: dict[str, Any] = {"starts_at": "2026-11-20 18:00", "ends_at": "2026-11-21 00:00"}
LATE_SHIFT = (shift("2026-11-20", "18:00", "00:00", ""),)


@pytest.mark.parametrize(("preset", "clause"), [(SHOP, "A1.27"), (CENTRE, "A2.56")])
def test_leave_from_a_night_shift_is_raised_before_noon_of_the_day(preset: str, clause: str) -> None:
    book = book_of(preset)
    in_time = ruled(book, type="sick", **NIGHT, shifts=LATE_SHIFT, filed_at="2026-11-20 11:59:59")
    assert in_time.is_allowed and in_time.needs_exception
    assert in_time.required_role == "manager"
    assert clause in in_time.clauses
    at_noon = ruled(book, type="sick", **NIGHT, shifts=LATE_SHIFT, filed_at="2026-11-20 12:00:00")
    assert broken(at_noon) == [("night_late", clause)]
    assert at_noon.can_be_filed and at_noon.required_role == "manager"


@pytest.mark.parametrize(("filed", "holds"), [("11:59:59", True), ("12:00:00", False)])
def test_noon_takes_the_place_of_the_day_before_for_personal_leave(filed: str, holds: bool) -> None:
    asked = ruled(book_of(SHOP), **NIGHT, shifts=LATE_SHIFT, filed_at=f"2026-11-20 {filed}")
    assert broken(asked) == ([] if holds else [("night_late", "A1.27")])
    assert asked.required_role == "manager"


def test_a_day_shift_in_the_same_leave_keeps_its_own_notice() -> None:
    shifts = (shift("2026-11-20"), *(shift("2026-11-21", "18:00", "00:00", ""),))
    both: dict[str, Any] = {"ends_at": "2026-11-22 00:00", "shifts": shifts}
    assert ruled(book_of(SHOP), **both, filed_at="2026-11-19 23:59:59").is_allowed
    assert broken(ruled(book_of(SHOP), **both, filed_at="2026-11-20 08:00")) == [("late_notice", "A1.24")]


def test_special_leave_from_a_night_shift_keeps_its_hours_and_noon() -> None:
    early = (shift("2026-11-20", "13:00", "23:00", ""),)
    asked: dict[str, Any] = {
        "type": "special",
        "starts_at": "2026-11-20 13:00",
        "ends_at": "2026-11-20 23:00",
        "shifts": early,
    }
    assert ruled(book_of(SHOP), **asked, filed_at="2026-11-20 11:00:00").is_allowed
    assert broken(ruled(book_of(SHOP), **asked, filed_at="2026-11-20 11:00:01")) == [("late_notice", "A1.24")]


def test_an_emergency_is_not_bound_by_noon() -> None:
    asked = ruled(
        book_of(CENTRE), type="emergency", **NIGHT, shifts=LATE_SHIFT, filed_at="2026-11-20 17:59:59"
    )
    assert asked.is_allowed and asked.required_role == "manager"


def test_a_rulebook_may_forbid_leave_from_night_shifts_but_for_sickness() -> None:
    book = book_of(SHOP, site='leave.night_default = "forbidden"')
    personal = ruled(book, **NIGHT, shifts=LATE_SHIFT)
    assert broken(personal) == [("night_forbidden", "S.1")] and not personal.can_be_filed
    sick = ruled(book, type="sick", **NIGHT, shifts=LATE_SHIFT)
    assert broken(sick) == [("night_sickness", "S.1")] and sick.can_be_filed


@pytest.mark.parametrize(
    ("start", "end", "night"),
    [("09:00", "18:00", False), ("14:00", "22:00", False), ("14:00", "22:01", True), ("18:00", "00:00", True), ("22:00", "06:00", True), ("23:30", "07:30", True)],
)  # fmt: skip
def test_a_night_shift_is_one_that_still_runs_at_ten(start: str, end: str, night: bool) -> None:
    one = shift("2026-11-20", start, end, "")
    assert is_night_shift(one.starts_at, one.ends_at, one.work_on, book_of(SHOP)) is night


# Public holidays


HOLIDAY: dict[str, Any] = {"starts_at": "2026-10-01 09:00", "ends_at": "2026-10-01 18:00"}


@pytest.mark.parametrize("preset", [CENTRE])
def test_leave_on_a_holiday_is_asked_for_two_days_ahead_and_decided_by_management(preset: str) -> None:
    book = book_of(preset)
    in_time = ruled(book, **HOLIDAY, filed_at="2026-09-29 23:59:59")
    assert in_time.is_allowed and in_time.needs_exception
    assert in_time.required_role == "manager" and "A2.57" in in_time.clauses
    late = ruled(book, **HOLIDAY, filed_at="2026-09-30 00:00:00")
    assert broken(late) == [("holiday_late", "A2.57")]
    assert late.can_be_filed


def test_whoever_is_rostered_on_a_holiday_takes_no_leave_at_all_where_swaps_are_ruled() -> None:
    book = book_of(CENTRE, SWAPS)
    asked = ruled(book, **HOLIDAY, filed_at="2026-09-01 09:00")
    assert broken(asked) == [("holiday_forbidden", "A3.9")]
    assert not asked.can_be_filed


def test_sickness_on_a_forbidden_holiday_goes_to_the_level_of_exceptions() -> None:
    asked = ruled(
        book_of(CENTRE, SWAPS), type="sick", **HOLIDAY, has_certificate=True, filed_at="2026-10-01 08:00"
    )
    assert broken(asked) == [("holiday_sickness", "A3.9")]
    assert asked.can_be_filed and asked.required_role == "manager"


def test_a_holiday_on_which_nobody_works_is_no_leave_on_a_holiday() -> None:
    rest = ruled(
        book_of(CENTRE, SWAPS),
        starts_at="2026-09-30 09:00",
        ends_at="2026-10-01 18:00",
        filed_at="2026-09-28 09:00",
        shifts=(shift("2026-09-30"),),
        rostered_until=date(2026, 10, 10),
    )
    assert rest.is_allowed and not rest.needs_exception


def test_a_make_up_day_is_no_holiday() -> None:
    on: dict[str, Any] = {
        "starts_at": "2026-10-10 09:00",
        "ends_at": "2026-10-10 18:00",
        "filed_at": "2026-10-09 20:00",
    }
    asked = ruled(book_of(CENTRE), **on, shifts=())
    assert asked.is_allowed and not asked.needs_exception
    assert any("调休上班" in step.zh for step in asked.steps)


def test_a_rulebook_may_allow_leave_on_holidays() -> None:
    book = book_of(CENTRE, site='leave.holiday_policy = "allowed"')
    assert not ruled(book, **HOLIDAY, filed_at="2026-09-30 09:00").needs_exception


# Who files


PROXY = {SHOP: "A1.26", CENTRE: "A2.54", RULES: "E3.17", SHORT: "E4.4"}


@pytest.mark.parametrize("preset", PROXY)
def test_leave_is_asked_for_in_person_unless_somebody_is_sick(preset: str) -> None:
    book = book_of(preset)
    asked = ruled(book, proxy="陈思远")
    assert broken(asked) == [("proxy_not_allowed", PROXY[preset])]
    assert not asked.can_be_filed
    half: dict[str, Any] = {"starts_at": "2026-11-20 14:00", "proxy": "陈思远"}
    assert ruled(book, type="sick", **half).is_allowed
    assert ruled(book, type="emergency", **half).is_allowed
    assert ruled(book, type="sick", **half, is_emergency=True).is_allowed


# Evidence


@pytest.mark.parametrize(("preset", "clause"), [(CENTRE, "A2.55"), (RULES, "E3.18")])
def test_sick_leave_of_a_full_day_needs_a_certificate(preset: str, clause: str) -> None:
    book = book_of(preset)
    assert broken(ruled(book, type="sick", has_certificate=False)) == [("certificate_missing", clause)]
    assert ruled(book, type="sick", has_certificate=True).is_allowed
    assert ruled(book, type="sick", has_certificate=False, ends_at="2026-11-20 13:00").is_allowed
    assert ruled(book, type="sick", has_certificate=False, is_emergency=True).is_allowed
    assert ruled(book, type="emergency", has_certificate=False).is_allowed
    assert ruled(book, type="personal", has_certificate=False).is_allowed


@pytest.mark.parametrize("preset", [SHOP, SHORT])
def test_sets_that_ask_for_no_certificate(preset: str) -> None:
    asked = ruled(book_of(preset), type="sick", has_certificate=False, ends_at="2026-11-22 18:00")
    assert asked.is_allowed and asked.certificate_due_on is None


def test_a_certificate_to_come_is_owed_by_the_first_day_after() -> None:
    book = book_of(CENTRE)
    sick: dict[str, Any] = {"type": "sick", "filed_at": "2026-11-20 08:00", "ends_at": "2026-11-21 18:00"}
    asked = ruled(book, **sick)
    assert asked.is_allowed and asked.certificate_due_on == date(2026, 11, 22)
    assert ruled(book, "2026-11-22 23:59:59", **sick).is_allowed
    assert broken(ruled(book, "2026-11-23 00:00:00", **sick)) == [("certificate_missing", "A2.55")]


@pytest.mark.parametrize(("received", "holds"), [(date(2026, 11, 22), True), (date(2026, 11, 23), False)])
def test_the_slip_is_handed_in_on_the_first_day_after(received: date, holds: bool) -> None:
    handed = ruled(
        book_of(CENTRE), "2026-11-24 09:00", type="sick", filed_at="2026-11-20 08:00", ends_at="2026-11-21 18:00",
        has_certificate=True, slip_received_on=received,
    )  # fmt: skip
    assert [v.code for v in handed.violations] == ([] if holds else ["slip_late"])


THREE_DAYS: dict[str, Any] = {"type": "sick", "ends_at": "2026-11-22 18:00"}


@pytest.mark.parametrize(
    ("certificates", "holds"),
    [
        (((date(2026, 11, 20), date(2026, 11, 22)),), True),
        (((date(2026, 11, 19), date(2026, 11, 30)),), True),
        (((date(2026, 11, 20), date(2026, 11, 20)), (date(2026, 11, 21), date(2026, 11, 22))), True),
        (((date(2026, 11, 22), date(2026, 11, 22)), (date(2026, 11, 20), date(2026, 11, 21))), True),
        (((date(2026, 11, 20), date(2026, 11, 20)), (date(2026, 11, 22), date(2026, 11, 22))), False),
        (((date(2026, 11, 20), date(2026, 11, 21)),), False),
        (((date(2026, 11, 21), date(2026, 11, 22)),), False),
    ],
)
def test_certificates_are_continuous(certificates: tuple[tuple[date, date], ...], holds: bool) -> None:
    asked = ruled(book_of(CENTRE), **THREE_DAYS, certificates=certificates)
    assert broken(asked) == ([] if holds else [("certificate_gap", "A2.55")])
    off = book_of(CENTRE, site="leave.certificate_continuous = false")
    assert ruled(off, **THREE_DAYS, certificates=certificates).is_allowed


def test_the_gap_is_named_by_its_dates() -> None:
    assert gaps(((date(2026, 11, 20), date(2026, 11, 20)),), date(2026, 11, 20), date(2026, 11, 22)) == [
        date(2026, 11, 21),
        date(2026, 11, 22),
    ]


@pytest.mark.parametrize(("now", "holds"), [("2026-11-21 23:59:59", True), ("2026-11-22 00:00:00", False)])
def test_whoever_had_leave_reports_back(now: str, holds: bool) -> None:
    book = book_of(SHOP)
    back = ruled(book, now, is_approved=True)
    assert back.report_back_by == date(2026, 11, 21)
    assert broken(back) == ([] if holds else [("not_reported_back", "A1.23")])
    assert ruled(book, now, is_approved=True, returned_at="2026-11-21 08:55").is_allowed
    assert ruled(book, now).is_allowed  # what was never approved owes nothing


# Whose decision it is


def asked_for(preset: str, end: str, *, breaks: str = "12:00-13:00") -> tuple[str | None, Decimal]:
    found = ruled(book_of(preset), ends_at=end, shifts=(shift("2026-11-20", breaks=breaks),))
    assert found.is_allowed
    return found.required_role, found.days


@pytest.mark.parametrize(
    ("preset", "end", "days", "role"),
    [
        (SHOP, "2026-11-20 18:00:00", "1", "supervisor"),
        (SHOP, "2026-11-21 18:00:00", "2", "supervisor"),
        (SHOP, "2026-11-22 18:00:00", "3", "supervisor"),
        (SHOP, "2026-11-23 09:00:00", "3", "supervisor"),
        (SHOP, "2026-11-23 09:00:01", "3.5", "manager"),
        (SHOP, "2026-11-23 18:00:00", "4", "manager"),
        (CENTRE, "2026-11-20 12:00:00", "0.5", "supervisor"),
        (CENTRE, "2026-11-20 18:00:00", "1", "supervisor"),
        (CENTRE, "2026-11-21 09:00:00", "1", "supervisor"),
        (CENTRE, "2026-11-21 09:00:01", "1.5", "manager"),
        (CENTRE, "2026-11-21 18:00:00", "2", "manager"),
        (SWAPS, "2026-11-21 18:00:00", "2", "manager"),
        (RULES, "2026-11-22 18:00:00", "3", "supervisor"),
        (RULES, "2026-11-23 18:00:00", "4", "manager"),
        (PROPERTY, "2026-11-22 18:00:00", "3", "supervisor"),
        (SHORT, "2026-11-20 12:00:00", "0.5", "manager"),
        (SHORT, "2026-11-23 18:00:00", "4", "manager"),
    ],
)
def test_the_level_follows_from_the_length(preset: str, end: str, days: str, role: str) -> None:
    assert asked_for(preset, end) == (role, Decimal(days))


def test_the_levels_are_called_as_the_department_calls_them() -> None:
    assert ruled(book_of(CENTRE)).title == "客服部主任"
    assert ruled(book_of(CENTRE), ends_at="2026-11-21 18:00").title == "客服中心主任"
    assert ruled(book_of(SHORT)).title == "经理"


@pytest.mark.parametrize("preset", [CENTRE, RULES])
def test_errands_are_approved_by_the_level_that_the_clause_names(preset: str) -> None:
    errand = ruled(book_of(preset), type="official")
    assert errand.required_role == "manager"
    assert {"A2.59", "E3.20"} & set(errand.clauses)
    assert any("工伤" in step.zh and step.clause == "E3.13" for step in errand.steps)
    assert ruled(book_of(preset), type="marriage").required_role == "supervisor"


@pytest.mark.parametrize("preset", [CENTRE, RULES, SHORT, SHOP])
def test_nobody_but_the_level_itself_decides(preset: str) -> None:
    book = book_of(preset)
    assert may_decide("manager", "manager", book).is_allowed
    assert [v.code for v in may_decide("manager", "supervisor", book).violations] == ["level_too_low"]
    assert [v.code for v in may_decide("supervisor", "manager", book).violations] == ["level_skipped"]
    assert [v.code for v in may_decide("supervisor", "qa", book).violations] == ["unknown_level"]


@pytest.mark.parametrize(("preset", "clause"), [(CENTRE, "A2.53"), (RULES, "E3.16"), (SHORT, "E4.4")])
def test_skipping_and_crossing_name_their_clause(preset: str, clause: str) -> None:
    book = book_of(preset)
    (skipped,) = may_decide("manager", "executive", book).violations
    (crossed,) = may_decide("manager", "manager", book, is_own_line=False).violations
    assert (skipped.code, skipped.clause) == ("level_skipped", clause)
    assert (crossed.code, crossed.clause) == ("crossed", clause)


def test_a_rulebook_may_let_levels_be_skipped_and_lines_crossed() -> None:
    book = book_of(CENTRE, site="leave.skip_level_allowed = true\nleave.crossed_allowed = true")
    assert may_decide("supervisor", "manager", book, is_own_line=False).is_allowed
    assert not may_decide("manager", "supervisor", book).is_allowed


def test_nobody_decides_on_his_own_leave() -> None:
    ruling = may_decide("supervisor", "supervisor", book_of(SHOP), is_own_leave=True)
    assert [v.code for v in ruling.violations] == ["own_request"]


# What it meets


@pytest.mark.parametrize(
    ("begins", "ends", "overlaps"),
    [
        ("2026-11-20 18:00:00", "2026-11-21 18:00:00", False),
        ("2026-11-20 17:59:59", "2026-11-21 18:00:00", True),
        ("2026-11-19 09:00:00", "2026-11-20 09:00:00", False),
        ("2026-11-19 09:00:00", "2026-11-20 09:00:01", True),
        ("2026-11-20 12:00:00", "2026-11-20 13:00:00", True),
        ("2026-11-01 12:00:00", "2026-11-30 13:00:00", True),
    ],
)
def test_requests_do_not_overlap(begins: str, ends: str, overlaps: bool) -> None:
    other = OtherLeave(at(begins), at(ends), "sick", "requested")
    asked = ruled(book_of(SHOP), others=(other,))
    assert broken(asked) == ([("overlap", None)] if overlaps else [])
    assert asked.can_be_filed is not overlaps


def test_no_leave_on_a_swapped_or_paid_back_shift() -> None:
    book = book_of(CENTRE, SWAPS)
    swapped = ruled(book, swap_days=frozenset({date(2026, 11, 20)}))
    assert broken(swapped) == [("swap_day", "A3.6")] and not swapped.can_be_filed
    assert ruled(book, swap_days=frozenset({date(2026, 11, 19), date(2026, 11, 21)})).is_allowed
    sick = ruled(book, type="sick", has_certificate=True, swap_days=frozenset({date(2026, 11, 20)}))
    assert broken(sick) == [("swap_day_sickness", "A3.6")]
    assert sick.can_be_filed and sick.required_role == "manager"
    allowed = book_of(CENTRE, site="leave.no_leave_on_swap = false")
    assert ruled(allowed, swap_days=frozenset({date(2026, 11, 20)})).is_allowed


@pytest.mark.parametrize(("held", "holds"), [("1", True), ("0.99", False), ("0", False)])
def test_time_off_needs_its_days_in_the_account(held: str, holds: bool) -> None:
    asked = ruled(book_of(RULES), type="time_off", balance=Decimal(held))
    assert broken(asked) == ([] if holds else [("no_balance", "E3.14")])
    assert asked.charged_days == 1
    assert ruled(book_of(RULES), type="personal", balance=Decimal(0)).is_allowed


def test_only_types_that_the_rulebook_has_are_leave() -> None:
    book = book_of(SHOP, site='leave.types = ["personal", "sick"]')
    assert broken(ruled(book, type="maternity")) == [("type_not_offered", "S.1")]
    assert ruled(book, type="sick").is_allowed


def test_leave_must_end_after_it_begins_and_touch_work() -> None:
    book = book_of(SHOP)
    for end in ("2026-11-20 09:00:00", "2026-11-19 09:00:00"):
        assert ("ends_before_start", None) in broken(ruled(book, ends_at=end))
    rest = ruled(
        book, starts_at="2026-11-20 19:00", ends_at="2026-11-20 21:00",
        shifts=(shift("2026-11-20"),), rostered_until=date(2026, 11, 30),
    )  # fmt: skip
    assert broken(rest) == [("no_working_time", None)]


def test_rest_days_alone_need_no_leave() -> None:
    weekend: dict[str, Any] = {
        "starts_at": "2026-11-21 09:00",
        "ends_at": "2026-11-22 18:00",
        "shifts": (shift("2026-11-20"),),
    }
    known = ruled(book_of(SHOP), **weekend, rostered_until=date(2026, 11, 30))
    assert broken(known) == [("no_working_time", None)] and not known.can_be_filed
    assert ruled(book_of(SHOP), **weekend).is_allowed  # no roster yet: it may become a working day


# Amending


def test_shortening_what_was_granted_needs_no_notice() -> None:
    granted = at("2026-11-20 09:00"), at("2026-11-22 18:00")
    book = book_of(SHOP)
    assert ruled(book, filed_at="2026-11-20 17:00", granted=granted).is_allowed
    longer: dict[str, Any] = {"ends_at": "2026-11-23 18:00", "granted": granted}
    assert ruled(book, filed_at="2026-11-22 23:59:59", **longer).is_allowed
    assert not ruled(book, filed_at="2026-11-23 00:00:00", **longer).is_allowed


# Explanations


@pytest.mark.parametrize("preset", [*ALL, SWAPS])
def test_every_ruling_explains_itself_in_both_languages(preset: str) -> None:
    ruling = ruled(
        book_of(preset), "2026-12-01 09:00", type="sick", proxy="陈思远", filed_at="2026-10-05 12:00",
        starts_at="2026-10-01 18:00", ends_at="2026-10-08 00:00", shifts=(shift("2026-10-01", "18:00", "00:00", ""),),
        certificates=((date(2026, 10, 2), date(2026, 10, 3)),), slip_received_on=date(2026, 10, 20), is_approved=True,
    )  # fmt: skip
    assert ruling.violations and ruling.steps
    everything: list[Violation | Step] = [*ruling.violations, *ruling.steps]
    for said in everything:
        assert said.zh and said.en
        clause = said.clause
        assert clause is None or clause in ruling.clauses
    for step in ruling.steps:
        assert Step.from_record(step.as_record()) == step


def test_only_what_no_approval_mends_cannot_be_filed() -> None:
    late = ruled(book_of(SHOP), filed_at="2026-11-20 12:00")
    assert late.obstacles == () and late.violations
    proxy = ruled(book_of(SHOP), filed_at="2026-11-20 12:00", proxy="陈思远")
    assert {v.code for v in proxy.obstacles} == {"proxy_not_allowed"} <= CANNOT_BE_FILED


def test_a_check_is_the_same_whoever_asks_again() -> None:
    facts = request(type="sick", ends_at="2026-11-23 18:00")
    book = book_of(CENTRE)
    assert check(facts, book, at("2026-11-20 10:00")) == check(facts, book, at("2026-11-20 10:00"))
