"""Swaps: every rule with its edge on both sides, under both sets that have a chapter on them (A1.29–A1.32, A3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from regulations.levels import account_for
from regulations.rulebook import Rulebook, preset_ids
from regulations.swaps import (
    CONSENTS,
    LeaveSpan,
    OtherSwap,
    SwapFacts,
    SwapRuling,
    check,
    consents_needed,
    deciding_level,
    may_decide,
)
from regulations.values import Role
from tests.regulations.site_books import at, book_of
from tests.regulations.swap_cases import ALL_FOUR, NOW, PAYBACK_ON, SWAP_ON, day_shift, span, swap

SHOP, CENTRE = "ecommerce_shop", "telecom_shift_swap"
WITH_RULES = (SHOP, CENTRE)


def ruled(facts: SwapFacts, preset: str = CENTRE, site: str = "") -> SwapRuling:
    return check(facts, book_of(preset, site=site), NOW)


def codes(facts: SwapFacts, preset: str = CENTRE, site: str = "") -> list[str]:
    return [v.code for v in ruled(facts, preset, site).violations]


def clause_of(ruling: SwapRuling, code: str) -> str | None:
    return next(v.clause for v in ruling.violations if v.code == code)


@pytest.mark.parametrize("preset", preset_ids())
def test_a_swap_that_keeps_every_rule_may_be_approved_under_every_preset(preset: str) -> None:
    found = ruled(swap(), preset)
    assert found.is_allowed
    assert (found.violations, found.missing) == ((), ())
    said = [step.zh for step in found.steps if not step.zh.endswith("对此没有规定")]
    assert said[-1] == "结论：符合换班规定"
    assert all(step.zh and step.en for step in found.steps)
    assert found.clauses
    assert found.required_role in (book_of(preset).items("escalation.ladder") or ())
    assert found.role_title("zh") and found.role_title("en").isascii()


# Who agrees, who decides


def test_the_shop_asks_all_four_and_its_supervisor_decides() -> None:
    """A1.29, A1.30."""
    book = book_of(SHOP)
    assert consents_needed(book) == CONSENTS
    assert deciding_level(book)[0] == "supervisor"
    found = ruled(swap(consents=frozenset()), SHOP)
    assert found.missing == CONSENTS
    assert [v.clause for v in found.violations] == ["A1.30"] * 4
    assert deciding_level(book)[1][-1].clause == "A1.29"
    assert found.breaks == ()


def test_the_call_centre_asks_both_squad_leaders() -> None:
    """A3.2: nobody above them, and of the two themselves it says nothing."""
    book = book_of(CENTRE)
    assert consents_needed(book) == ("requester_lead", "partner_lead")
    role, _ = deciding_level(book)
    assert (role, account_for(role or "")) == ("team_lead", "supervisor")
    assert ruled(swap(consents=frozenset(("requester_lead", "partner_lead")))).is_allowed
    found = ruled(swap(consents=frozenset(("requester", "partner", "requester_lead"))))
    assert (found.missing, clause_of(found, "consent_missing")) == (("partner_lead",), "A3.2")


@pytest.mark.parametrize("who", CONSENTS)
def test_each_agreement_that_is_missing_is_named(who: str) -> None:
    found = ruled(swap(consents=ALL_FOUR - {who}), SHOP)
    assert (found.missing, [v.code for v in found.violations]) == ((who,), ["consent_missing"])


@pytest.mark.parametrize("preset", WITH_RULES)
def test_nobody_is_swapped_against_his_will(preset: str) -> None:
    """Said no counts also where his own agreement is not asked for."""
    found = ruled(swap(declined=frozenset(("partner",))), preset)
    assert found.missing == ("partner",)


def test_where_only_the_two_agree_nobody_decides() -> None:
    site = 'swap.approvers = ["both_agents"]'
    found = ruled(swap(consents=frozenset(("requester", "partner"))), SHOP, site)
    assert (found.is_allowed, found.required_role, found.role_title()) == (True, None, "")
    assert may_decide("supervisor", book_of(SHOP, site=site)).is_allowed


def test_a_level_the_department_lacks_moves_up() -> None:
    assert deciding_level(book_of("cs_rules_short"))[0] == "manager"


@pytest.mark.parametrize(
    ("preset", "site", "level", "code"),
    [
        (SHOP, "", "supervisor", None),
        (SHOP, "", "team_lead", "level_too_low"),
        (SHOP, "", "agent", "level_too_low"),
        (SHOP, "", "manager", "level_skipped"),
        (SHOP, "leave.skip_level_allowed = true", "manager", None),
        (SHOP, "leave.skip_level_allowed = true", "team_lead", "level_too_low"),
        (CENTRE, "", "team_lead", None),
        (CENTRE, "", "supervisor", "level_skipped"),
        (CENTRE, "", "agent", "level_too_low"),
    ],
)
def test_one_level_decides_no_lower_and_no_higher(
    preset: str, site: str, level: Role, code: str | None
) -> None:
    found = may_decide(level, book_of(preset, site=site))
    assert [v.code for v in found.violations] == ([code] if code else [])
    assert found.is_allowed == (code is None)
    assert all(v.clause for v in found.violations)


def test_nobody_decides_on_a_swap_of_his_own() -> None:
    found = may_decide("supervisor", book_of(SHOP), is_party=True)
    assert [v.code for v in found.violations] == ["own_request"]


# The form, the reason, the briefing


@pytest.mark.parametrize(
    ("number", "expected"),
    [("HB-0012", []), ("", ["not_registered"]), ("  ", ["not_registered"]), (None, [])],
)
@pytest.mark.parametrize("preset", WITH_RULES)
def test_a_swap_is_registered_on_the_form(preset: str, number: str | None, expected: list[str]) -> None:
    found = ruled(swap(form_number=number), preset)
    assert [v.code for v in found.violations] == expected
    form = {SHOP: "换班登记", CENTRE: "换班登记表"}[
        preset
    ]  # it must be registered (A1.30); the form has its name in A3.2
    assert any(f"《{form}》" in step.zh for step in found.steps)


def test_where_there_is_no_form_nothing_is_registered() -> None:
    assert codes(swap(form_number=""), site="swap.form = off") == []


@pytest.mark.parametrize(("reason", "expected"), [("看病", []), ("", ["no_reason"]), (None, [])])
def test_a_swap_is_for_somebody_who_has_something_to_do(reason: str | None, expected: list[str]) -> None:
    """A3.1."""
    found = ruled(swap(reason=reason))
    assert [v.code for v in found.violations] == expected
    assert all(v.clause == "A3.1" for v in found.violations)
    assert codes(swap(reason=reason), site="swap.reason_required = false") == []


def test_what_an_unclear_briefing_costs_is_said_beforehand() -> None:
    found = ruled(swap(briefing=""))
    assert found.is_allowed
    said = [step for step in found.steps if step.clause == "A3.5"]
    assert "旷工" in said[0].zh
    assert said[1].zh == "申请中没有写明双方如何交代"
    assert ruled(swap(), SHOP).clauses.count("A1.32") == 1


# The same job and level


@pytest.mark.parametrize(
    ("post", "level", "expected"),
    [
        ("hotline", "senior", []),
        (" Hotline", "SENIOR ", []),
        ("desk", "senior", ["post_differs"]),
        ("hotline", "junior", ["level_differs"]),
        ("desk", "junior", ["post_differs", "level_differs"]),
        ("", "", []),
        ("", "junior", ["level_differs"]),
    ],
)
def test_both_have_the_same_job_and_level(post: str, level: str, expected: list[str]) -> None:
    """A3.4."""
    facts = swap(partner={"post": post, "level": level})
    found = ruled(facts)
    assert [v.code for v in found.violations] == expected
    assert all(v.clause == "A3.4" for v in found.violations)
    assert codes(facts, site="swap.same_job_required = false") == []


def test_the_job_is_told_by_its_name_and_never_by_its_code() -> None:
    said = [step.zh for step in ruled(swap(requester={"post": "agent"}, partner={"post": "agent"})).steps]
    assert "双方工种相同（客服）" in said
    [found] = ruled(swap(requester={"post": "team_lead"}, partner={"post": "夜班 A"})).violations
    assert "组长、夜班 A" in found.zh and "team lead, 夜班 a" in found.en.lower()


def test_a_level_that_is_not_on_record_is_left_to_whoever_decides() -> None:
    found = ruled(swap(partner={"level": ""}))
    assert found.is_allowed
    assert any("请审批人核对" in step.zh for step in found.steps)


# At most two a month


def others(*days: date) -> dict[str, Any]:
    return {"swaps": tuple(OtherSwap(day) for day in days)}


@pytest.mark.parametrize("preset", WITH_RULES)
@pytest.mark.parametrize("side", ["requester", "partner"])
@pytest.mark.parametrize(
    ("days", "is_over"),
    [
        ((), False),
        ((date(2026, 11, 3),), False),  # this is the second
        ((date(2026, 11, 3), date(2026, 11, 10)), True),  # the third
        ((date(2026, 11, 1), date(2026, 11, 30)), True),
        ((date(2026, 10, 31), date(2026, 12, 1)), False),  # other months
        ((date(2026, 10, 30), date(2026, 10, 31), date(2026, 11, 3)), False),
        ((date(2025, 11, 3), date(2025, 11, 10)), False),  # the same month of another year
    ],
)
def test_the_second_swap_of_a_month_is_allowed_and_the_third_is_not(
    preset: str, side: str, days: tuple[date, ...], is_over: bool
) -> None:
    found = ruled(swap(**{side: others(*days)}), preset)
    assert [v.code for v in found.violations] == (["over_monthly_cap"] if is_over else [])
    if is_over:
        assert clause_of(found, "over_monthly_cap") == {SHOP: "A1.31", CENTRE: "A3.3"}[preset]
        assert "共 3 次" in found.violations[0].zh


@pytest.mark.parametrize(("counted", "is_over"), [(0, False), (1, False), (2, True), (3, True)])
def test_swaps_of_which_only_the_number_is_known_count_too(counted: int, is_over: bool) -> None:
    assert codes(swap(partner={"counted": counted})) == (["over_monthly_cap"] if is_over else [])
    with_one = {"counted": counted, **others(date(2026, 11, 3))}
    assert codes(swap(partner=with_one)) == (["over_monthly_cap"] if counted >= 1 else [])


PER_LEG = 'swap.counts = "per_leg"'


@pytest.mark.parametrize(
    ("others_before", "payback_on", "site", "is_over"),
    [
        ((), PAYBACK_ON, PER_LEG, False),  # swap and pay-back are the two
        ((OtherSwap(date(2026, 11, 3)),), PAYBACK_ON, PER_LEG, True),
        ((OtherSwap(date(2026, 11, 3)),), PAYBACK_ON, "", False),
        (
            (OtherSwap(date(2026, 11, 3)),),
            date(2026, 12, 4),
            PER_LEG,
            False,
        ),  # the pay-back counts in its own month
        ((OtherSwap(date(2026, 11, 3)),), None, PER_LEG, False),  # not agreed yet
        ((OtherSwap(date(2026, 11, 3), date(2026, 11, 10)),), date(2026, 12, 4), PER_LEG, True),
        ((OtherSwap(date(2026, 11, 3), date(2026, 11, 10)),), date(2026, 12, 4), "", False),
        ((OtherSwap(date(2026, 10, 3), date(2026, 11, 10)),), date(2026, 12, 4), PER_LEG, False),
        (
            (OtherSwap(date(2026, 12, 8), date(2026, 12, 15)),),
            date(2026, 12, 4),
            PER_LEG,
            True,
        ),  # over in December
    ],
)
def test_a_payback_counts_again_only_where_it_is_said_so(
    others_before: tuple[OtherSwap, ...], payback_on: date | None, site: str, is_over: bool
) -> None:
    facts = swap(requester={"swaps": others_before}, payback_on=payback_on)
    assert codes(facts, site=site) == (["over_monthly_cap"] if is_over else [])


@pytest.mark.parametrize(
    ("cap", "is_over"), [("swap.monthly_cap = 3", False), ("swap.monthly_cap = off", False), ("", True)]
)
def test_the_cap_is_the_rulebooks(cap: str, is_over: bool) -> None:
    facts = swap(requester=others(date(2026, 11, 3), date(2026, 11, 10)))
    assert codes(facts, site=cap) == (["over_monthly_cap"] if is_over else [])


# None consecutive

PAYBACKS_COUNT = "swap.consecutive_counts_payback = true"


@pytest.mark.parametrize("preset", WITH_RULES)
@pytest.mark.parametrize("side", ["requester", "partner"])
@pytest.mark.parametrize(
    ("other", "is_consecutive", "with_paybacks"),
    [
        (OtherSwap(SWAP_ON - timedelta(days=2)), False, False),
        (OtherSwap(SWAP_ON - timedelta(days=1)), True, True),
        (OtherSwap(SWAP_ON), True, True),
        (OtherSwap(SWAP_ON + timedelta(days=1)), True, True),
        (OtherSwap(SWAP_ON + timedelta(days=2)), False, False),
        (OtherSwap(PAYBACK_ON - timedelta(days=1)), False, True),  # the day before the pay-back
        (OtherSwap(PAYBACK_ON + timedelta(days=1)), False, True),
        (OtherSwap(PAYBACK_ON + timedelta(days=2)), False, False),
        (OtherSwap(date(2026, 11, 2), SWAP_ON - timedelta(days=1)), False, True),  # somebody else's pay-back
        (OtherSwap(date(2026, 11, 2), SWAP_ON - timedelta(days=2)), False, False),
    ],
)
def test_swaps_do_not_follow_one_another(
    preset: str, side: str, other: OtherSwap, is_consecutive: bool, with_paybacks: bool
) -> None:
    """No text says whether a pay-back is a swap here: it is none, as in the cap, unless the department says so."""
    found = ruled(swap(**{side: {"swaps": (other,)}}), preset)
    assert [v.code for v in found.violations] == (["consecutive"] if is_consecutive else [])
    if is_consecutive:
        assert clause_of(found, "consecutive") == {SHOP: "A1.31", CENTRE: "A3.3"}[preset]
        assert "连续换班" in found.violations[0].zh
    strict = codes(swap(**{side: {"swaps": (other,)}}), preset, PAYBACKS_COUNT)
    assert strict == (["consecutive"] if with_paybacks else [])


def test_the_day_before_the_first_of_a_month_is_next_to_it() -> None:
    facts = swap(swap_on=date(2026, 12, 1), payback_on=None, requester=others(date(2026, 11, 30)))
    assert codes(facts) == ["consecutive"]


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("", []),
        (PER_LEG, []),
        (PAYBACKS_COUNT, []),
        (f"{PER_LEG}\n{PAYBACKS_COUNT}", ["consecutive", "consecutive"]),
    ],
)
def test_the_two_days_of_one_swap_are_one_swap_unless_they_count_as_two(
    site: str, expected: list[str]
) -> None:
    assert codes(swap(payback_on=SWAP_ON + timedelta(days=1)), site=site) == expected


def test_consecutive_swaps_may_be_allowed() -> None:
    facts = swap(requester=others(SWAP_ON - timedelta(days=1)))
    assert codes(facts, site="swap.consecutive_allowed = true") == []
    assert codes(facts, site="swap.consecutive_allowed = off") == []


# Public holidays


@pytest.mark.parametrize(
    ("day", "is_holiday"),
    [
        (date(2026, 9, 30), False),
        (date(2026, 10, 1), True),
        (date(2026, 10, 7), True),
        (date(2026, 10, 8), False),
        (date(2026, 10, 10), False),  # a Saturday that is worked
        (date(2026, 11, 21), False),  # an ordinary Saturday
    ],
)
def test_whoever_is_rostered_on_a_public_holiday_may_not_swap(day: date, is_holiday: bool) -> None:
    """A3.9."""
    found = ruled(swap(swap_on=day, payback_on=None, as_of=at("2026-09-01 10:00")))
    assert [v.code for v in found.violations] == (["holiday"] if is_holiday else [])
    if is_holiday:
        assert clause_of(found, "holiday") == "A3.9"
        assert "国庆" in found.violations[0].zh


def test_the_payback_may_not_be_on_a_holiday_either() -> None:
    facts = swap(swap_on=date(2026, 9, 20), payback_on=date(2026, 10, 1), as_of=at("2026-09-01 10:00"))
    assert codes(facts) == ["holiday"]
    assert codes(facts, site="swap.on_holiday_allowed = true") == []


def test_weekends_count_where_the_site_says_so() -> None:
    saturday = swap(swap_on=date(2026, 11, 21), payback_on=None)
    assert codes(saturday, site="calendar.weekends_count_as_holidays = true") == ["holiday"]


def test_what_is_said_of_a_day_comes_before_the_calendar() -> None:
    assert codes(swap(holidays=((SWAP_ON, True),))) == ["holiday"]
    national_day: dict[str, Any] = {
        "swap_on": date(2026, 10, 1),
        "payback_on": None,
        "as_of": at("2026-09-01 10:00"),
    }
    assert codes(swap(holidays=((date(2026, 10, 1), False),), **national_day)) == []


def test_a_year_that_is_not_published_is_said_to_be_provisional() -> None:
    found = ruled(swap(swap_on=date(2031, 5, 6), payback_on=None))
    assert any("尚未公布" in step.zh for step in found.steps)


# No back-to-back shifts


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (("2026-11-20 00:00", "2026-11-20 01:00"), []),  # ends eight hours before nine: just enough
        (("2026-11-19 23:00", "2026-11-20 01:00:01"), ["back_to_back"]),  # a second less
        (("2026-11-19 18:00", "2026-11-20 00:00"), []),
        (("2026-11-20 06:00", "2026-11-20 09:00"), ["back_to_back"]),  # no break at all
        (("2026-11-20 18:00", "2026-11-20 24:00"), ["back_to_back"]),
        (("2026-11-21 02:00", "2026-11-21 09:00"), []),
        (("2026-11-21 01:59:59", "2026-11-21 09:00"), ["back_to_back"]),
        (("2026-11-20 17:59:59", "2026-11-20 20:00"), ["double_booking"]),
        (("2026-11-20 09:00", "2026-11-20 18:00"), ["double_booking"]),
        (("2026-11-20 12:00", "2026-11-20 13:00"), ["double_booking"]),
    ],
)
def test_the_partner_rests_eight_hours_around_the_shift_he_takes_over(
    other: tuple[str, str], expected: list[str]
) -> None:
    """A3.3; how much rest makes it another shift is ours."""
    start, end = (t.replace("20 24:00", "21 00:00") for t in other)
    facts = swap(partner={"shifts": (day_shift(PAYBACK_ON), span(start, end))})
    found = ruled(facts)
    assert [v.code for v in found.violations] == expected
    if expected == ["back_to_back"]:
        assert clause_of(found, "back_to_back") == "A3.3"
        assert "李强" in found.violations[0].zh


def test_the_one_who_pays_back_rests_too() -> None:
    evening = span("2026-11-26 18:00", "2026-11-27 01:30")
    facts = swap(requester={"shifts": (day_shift(SWAP_ON), evening)})
    assert codes(facts) == ["back_to_back"]
    assert "王芳" in ruled(facts).violations[0].zh


def test_what_somebody_gives_away_is_not_held_against_him() -> None:
    """The partner gives his evening away and takes the morning after it: he does not work both."""
    evening = span("2026-11-20 18:00", "2026-11-20 23:00")
    facts = swap(payback=evening, payback_on=SWAP_ON, partner={"shifts": (evening,)})
    assert codes(facts) == []


def test_shifts_that_were_close_together_before_are_not_this_swaps_doing() -> None:
    split = (span("2026-11-18 08:00", "2026-11-18 12:00"), span("2026-11-18 14:00", "2026-11-18 18:00"))
    assert codes(swap(partner={"shifts": (day_shift(PAYBACK_ON), *split)})) == []


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        ("swap.back_to_back_allowed = true", []),
        ("swap.back_to_back_allowed = off", []),
        ("shift.min_rest = 3 hour", []),
        ("shift.min_rest = 4 hour", ["back_to_back"]),
        ("shift.min_rest = off", []),
    ],
)
def test_how_much_rest_is_the_rulebooks(site: str, expected: list[str]) -> None:
    three_hours_later = span("2026-11-20 21:00", "2026-11-20 23:00")
    assert codes(swap(partner={"shifts": (day_shift(PAYBACK_ON), three_hours_later)}), site=site) == expected


def test_without_a_least_rest_only_shifts_without_a_break_are_back_to_back() -> None:
    follows = span("2026-11-20 18:00", "2026-11-20 23:00")
    facts = swap(partner={"shifts": (day_shift(PAYBACK_ON), follows)})
    assert codes(facts, site="shift.min_rest = off") == ["back_to_back"]


def test_nobody_is_at_two_posts_whatever_is_allowed() -> None:
    facts = swap(partner={"shifts": (day_shift(PAYBACK_ON), span("2026-11-20 17:00", "2026-11-20 19:00"))})
    assert codes(facts, site="swap.back_to_back_allowed = true") == ["double_booking"]


def test_without_times_of_shifts_it_says_that_it_did_not_look() -> None:
    found = ruled(swap(shift=None, payback=None))
    assert found.is_allowed
    assert any(step.zh == "没有给出班次时间，未核对连班" for step in found.steps)


# No leave on the shifts that change hands

SWAPPED, PAID_BACK = "swapped", "paid back"


def leave_on(shift: str, start: str, end: str, *, is_approved: bool = True) -> dict[str, Any]:
    """Leave of whoever works that shift after the swap."""
    side = {SWAPPED: "partner", PAID_BACK: "requester"}[shift]
    return {side: {"leave": (LeaveSpan(at(start), at(end), is_approved),)}}


@pytest.mark.parametrize(
    ("shift", "start", "end", "is_met"),
    [
        (SWAPPED, "2026-11-20 09:00", "2026-11-20 18:00", True),
        (SWAPPED, "2026-11-20 00:00", "2026-11-20 09:00", False),  # over when the shift begins
        (SWAPPED, "2026-11-20 00:00", "2026-11-20 09:00:01", True),
        (SWAPPED, "2026-11-20 17:59:59", "2026-11-20 23:00", True),
        (SWAPPED, "2026-11-20 18:00", "2026-11-20 23:00", False),  # begins when it is over
        (SWAPPED, "2026-11-19 00:00", "2026-11-20 00:00", False),
        (SWAPPED, "2026-11-20 00:00", "2026-11-21 00:00", True),
        (PAID_BACK, "2026-11-27 14:00", "2026-11-27 18:00", True),
        (PAID_BACK, "2026-11-27 18:00", "2026-11-28 00:00", False),
        (PAID_BACK, "2026-11-20 09:00", "2026-11-20 18:00", False),  # his own old shift, which he gave away
        (SWAPPED, "2026-11-27 09:00", "2026-11-27 18:00", False),
    ],
)
def test_whoever_works_a_shift_after_the_swap_is_not_on_leave_in_its_hours(
    shift: str, start: str, end: str, is_met: bool
) -> None:
    """A3.6."""
    found = ruled(swap(**leave_on(shift, start, end)))
    assert [v.code for v in found.violations] == (["on_leave"] if is_met else [])
    if is_met:
        assert clause_of(found, "on_leave") == "A3.6"


def test_leave_in_another_part_of_the_date_is_said_to_be_no_violation() -> None:
    found = ruled(swap(**leave_on(SWAPPED, "2026-11-20 18:00", "2026-11-20 23:00")))
    assert found.is_allowed
    assert any("时间不重叠，不违反" in step.zh and step.clause == "A3.6" for step in found.steps)


def test_leave_of_whoever_gives_the_shift_away_is_said_to_be_no_violation() -> None:
    off = LeaveSpan(at("2026-11-20 09:00"), at("2026-11-20 18:00"))
    found = ruled(swap(requester={"leave": (off,)}))
    assert found.is_allowed
    assert any(step.zh.startswith("王芳 已请假") and "换给他人上" in step.zh for step in found.steps)


def test_leave_that_waits_is_to_be_decided_first() -> None:
    asked = leave_on(SWAPPED, "2026-11-20 09:00", "2026-11-20 12:00", is_approved=False)
    found = ruled(swap(**asked))
    assert [v.code for v in found.violations] == ["leave_undecided"]
    assert "请先审批该请假" in found.violations[0].zh
    assert "decide on the leave first" in found.violations[0].en
    assert codes(swap(**asked), site="leave.no_leave_on_swap = false") == []
    elsewhere = leave_on(SWAPPED, "2026-11-20 19:00", "2026-11-20 20:00", is_approved=False)
    assert codes(swap(**elsewhere)) == []


@pytest.mark.parametrize(
    ("end", "expected"), [("2026-11-21 00:00", ["on_leave"]), ("2026-11-20 23:59:59", [])]
)
def test_where_the_hours_are_not_known_only_a_whole_day_is_certain_to_meet(
    end: str, expected: list[str]
) -> None:
    facts = swap(shift=None, payback=None, **leave_on(SWAPPED, "2026-11-20 00:00", end))
    found = ruled(facts)
    assert [v.code for v in found.violations] == expected
    assert any("请审批人核对是否重叠" in step.zh for step in found.steps) == (not expected)


def test_the_shop_says_nothing_of_leave_on_swapped_shifts() -> None:
    met = swap(**leave_on(SWAPPED, "2026-11-20 09:00", "2026-11-20 18:00"))
    assert ruled(met, SHOP).is_allowed
    assert not ruled(met, CENTRE).is_allowed


def test_a_night_shift_is_met_by_leave_after_midnight() -> None:
    night = span("2026-11-20 22:00", "2026-11-21 06:00")
    leave = LeaveSpan(at("2026-11-21 05:00"), at("2026-11-21 12:00"))
    facts = swap(shift=night, requester={"shifts": (night,)}, partner={"leave": (leave,)})
    assert codes(facts) == ["on_leave"]


# What the base lends to sets that say nothing of swaps

SILENT = (
    "telecom_call_centre",
    "property_cs_rules",
    "cs_rules_short",
    "property_service_centre",
    "office_tower_handbook",
)
THIRD: dict[str, Any] = {
    "requester": {"swaps": (OtherSwap(date(2026, 11, 3)), OtherSwap(date(2026, 11, 10)))}
}


@pytest.mark.parametrize("preset", SILENT)
def test_what_breaks_only_a_lent_rule_may_be_approved_as_an_exception(preset: str) -> None:
    found = ruled(swap(**THIRD), preset)
    assert [v.code for v in found.violations] == ["over_monthly_cap"]
    assert "通用默认" in found.violations[0].zh and "general default" in found.violations[0].en
    assert not found.is_allowed
    assert (found.needs_exception, found.can_be_approved, found.breaks) == (True, True, ())
    assert found.exceptions == ("A1.31",)
    assert "只能作为例外批准" in found.steps[-2].zh
    assert "为通用默认" in found.steps[-1].zh and "A1.31" in found.steps[-1].zh


@pytest.mark.parametrize("preset", WITH_RULES)
def test_what_breaks_a_rule_of_the_department_is_approved_by_nobody(preset: str) -> None:
    found = ruled(swap(**THIRD), preset)
    assert (found.lent, found.needs_exception, found.can_be_approved) == ((), False, False)
    assert found.breaks == found.violations


def test_an_agreement_is_no_matter_of_exceptions() -> None:
    found = ruled(swap(consents=ALL_FOUR - {"partner"}, **THIRD), SILENT[0])
    assert (found.missing, found.breaks) == (("partner",), ())
    assert [v.code for v in found.lent] == ["over_monthly_cap"]
    assert not found.can_be_approved
    assert ruled(swap(consents=ALL_FOUR - {"partner"}), SILENT[0]).lent == ()


@pytest.mark.parametrize("preset", SILENT)
def test_nobody_is_at_two_posts_or_swaps_with_himself_by_exception(preset: str) -> None:
    twice = span("2026-11-20 12:00", "2026-11-20 20:00")
    for facts in (swap(partner={"shifts": (twice,)}), swap(partner={"name": "王芳"})):
        found = ruled(facts, preset)
        assert found.breaks and not found.can_be_approved


def test_what_the_site_states_itself_is_not_lent() -> None:
    found = ruled(swap(**THIRD), SILENT[0], "swap.monthly_cap = 2")
    assert not found.can_be_approved


def test_the_base_alone_lends_nothing() -> None:
    found = check(swap(**THIRD), book_of(), NOW)
    assert (found.lent, found.can_be_approved) == ((), False)
    assert found.steps[-1].zh.startswith("结论")


# In time, and the pay-back after it


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-11-20 08:59:59", []),
        ("2026-11-20 09:00", ["already_begun"]),
        ("2026-11-21 09:00", ["already_begun"]),
    ],
)
def test_a_swap_is_asked_for_before_the_shift_begins(as_of: str, expected: list[str]) -> None:
    """A1.29: no private swaps."""
    found = ruled(swap(as_of=at(as_of)), SHOP)
    assert [v.code for v in found.violations] == expected
    assert all(v.clause == "A1.29" for v in found.violations)


def test_where_it_is_not_said_when_it_was_asked_for_a_begun_shift_is_only_pointed_out() -> None:
    found = check(swap(as_of=None), book_of(SHOP), at("2026-11-20 09:00"))
    assert found.is_allowed
    assert any("未判断是否事先申请" in step.zh for step in found.steps)


@pytest.mark.parametrize(
    ("payback", "expected"),
    [
        (("2026-11-20 18:00", "2026-11-20 23:00"), []),  # when the swapped shift is over
        (("2026-11-20 17:59:59", "2026-11-20 23:00"), ["payback_before_swap"]),
        (("2026-11-13 09:00", "2026-11-13 18:00"), ["payback_before_swap"]),
        (("2026-11-21 09:00", "2026-11-21 18:00"), []),
    ],
)
def test_the_payback_comes_after_the_swap(payback: tuple[str, str], expected: list[str]) -> None:
    """No text says so: the refusal names no clause, and says that it is a choice of ours."""
    shift = span(*payback)
    found = ruled(swap(payback=shift, payback_on=shift.work_on, partner={"shifts": (shift,)}))
    assert [v.code for v in found.violations] == expected
    assert all(v.clause is None and "制度未写明" in v.zh for v in found.violations)


def test_without_times_the_days_are_compared() -> None:
    bare = {"shift": None, "payback": None}
    assert codes(swap(payback_on=SWAP_ON - timedelta(days=1), **bare)) == ["payback_before_swap"]
    assert codes(swap(payback_on=SWAP_ON, **bare)) == []


def test_a_payback_that_is_not_agreed_is_said_to_be_owed() -> None:
    found = ruled(swap(payback_on=None))
    assert found.is_allowed
    assert any("还班日尚未约定" in step.zh for step in found.steps)


def test_nobody_swaps_with_himself() -> None:
    assert codes(swap(partner={"name": "王芳"})) == ["same_person"]


@pytest.mark.parametrize("preset", WITH_RULES)
def test_every_rule_that_is_broken_is_named_in_both_languages_with_its_clause(preset: str) -> None:
    facts = swap(
        consents=frozenset(),
        form_number="",
        requester={
            "post": "desk",
            "level": "junior",
            "swaps": (OtherSwap(date(2026, 11, 3)), OtherSwap(SWAP_ON)),
        },
        partner={"leave": (LeaveSpan(at("2026-11-20 09:00"), at("2026-11-20 12:00")),)},
        holidays=((SWAP_ON, True),),
    )
    found = ruled(facts, preset)
    everywhere = {"consent_missing", "not_registered", "over_monthly_cap", "consecutive"}
    # The shop's rules say nothing about posts, levels, public holidays and leave: they refuse nobody.
    of_the_chapter = {"post_differs", "level_differs", "holiday", "on_leave"} if preset == CENTRE else set()
    assert {v.code for v in found.violations} == everywhere | of_the_chapter
    assert all(v.clause and v.zh and v.en for v in found.violations)
    assert {v.clause for v in found.violations} <= set(found.clauses)
    assert len(found.breaks) == len(found.violations) - len(found.missing)
    assert any(f"有 {len(found.violations)} 处不符合" in step.zh for step in found.steps)


def test_the_rulebook_of_the_chapter_says_what_the_chapter_says() -> None:
    """A3 adds to A2: its own rules, and everything of the call centre besides."""
    book: Rulebook = book_of(CENTRE)
    assert book.preset_ids == ("telecom_call_centre", "telecom_shift_swap")
    assert book.choice("leave.holiday_policy") == "forbidden"
    assert book.clause("leave.holiday_policy") == "A3.9"
    assert book.role_title("team_lead") == "班长"
    assert book.clause("leave.tiers") == "A2.53"
    own = {c for p in book.flat() if p.origin == CENTRE for c in p.clauses}
    assert own == {"A3.1", "A3.2", "A3.3", "A3.4", "A3.5", "A3.6", "A3.7", "A3.9"}
