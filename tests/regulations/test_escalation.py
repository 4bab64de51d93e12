"""Reports upward: level by level, the ways the regulations name, the bypass and what it owes, the first person asked."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.escalation import (
    REASONS,
    Route,
    ladder,
    may_change_first_owner,
    must_report,
    named_level,
    next_level,
    reachable,
    route,
    suggested_level,
)
from regulations.rulebook import Rulebook, load_rulebook, preset_ids
from regulations.values import ROLES, Role
from tests.regulations.site_books import at, book_of

GOODS = book_of("goods_sales")
TELECOM = book_of("telecom_call_centre")
SHORT = book_of("cs_rules_short")
TOWER = book_of("office_tower_handbook")
PROPERTY = book_of("office_building_property")
VAS = book_of("telecom_vas_complaints")
NO_BYPASS = book_of("goods_sales", site="escalation.bypass_allowed = false")
NOW = at("2026-11-20 10:00")  # a Friday


def go(
    from_role: Role,
    to_role: Role,
    book: Rulebook = GOODS,
    *,
    reason: str = "other",
    urgent: bool = False,
    proposal: str = "先行赔付",
    now: datetime = NOW,
) -> Route:
    return route(reason, from_role, to_role, urgent, proposal, book, now)


def codes(found: Route) -> list[str]:
    return [violation.code for violation in found.violations]


class TestLevelByLevel:
    def test_the_next_level_gets_it_and_nobody_is_passed_over(self) -> None:
        found = go("supervisor", "manager")
        assert (found.is_allowed, found.to_role, found.skipped_roles) == (True, "manager", ())
        assert found.report_due_at is None
        assert "逐级上报：综合管理部的上一级是部门经理" in found.steps[-1].zh
        assert found.steps[-1].clause == GOODS.clause("escalation.ladder")

    def test_a_level_that_is_passed_over_without_need_is_refused_by_name_and_clause(self) -> None:
        found = go("supervisor", "executive")
        assert codes(found) == ["level_skipped"]
        assert "报公司领导之前应先报部门经理" in found.violations[0].zh
        assert found.violations[0].clause == "A2.2"
        assert (found.to_role, found.skipped_roles) == (None, ())

    @pytest.mark.parametrize("to_role", ["agent", "supervisor"])
    def test_a_report_goes_up(self, to_role: Role) -> None:
        assert codes(go("supervisor", to_role)) == ["not_upward"]

    def test_above_the_highest_level_there_is_nobody(self) -> None:
        assert codes(go("top", "top")) == ["top_of_ladder"]
        assert codes(go("manager", "executive", SHORT)) == ["top_of_ladder"]

    def test_a_department_without_the_level_sends_it_to_the_next_it_has(self) -> None:
        found = go("agent", "supervisor", SHORT)
        assert (found.is_allowed, found.to_role) == (True, "manager")
        assert any("没有“客服主管”这一级" in step.zh for step in found.steps)

    def test_somebody_off_the_ladder_reports_to_the_next_level_above_him(self) -> None:
        assert go("supervisor", "manager", SHORT).is_allowed

    def test_where_there_is_no_team_lead_the_supervisor_is_next(self) -> None:
        assert go("agent", "supervisor", PROPERTY_SITE).is_allowed


PROPERTY_SITE = book_of("property_cs_rules")


class TestTheProposal:
    @pytest.mark.parametrize("proposal", ["", "  ", "\n\t"])
    def test_a_report_carries_a_proposed_handling(self, proposal: str) -> None:
        found = go("supervisor", "manager", proposal=proposal)
        assert codes(found) == ["no_proposal"]
        assert not found.is_allowed and found.to_role is None
        assert found.violations[0].clause == "A2.3"

    def test_a_site_may_do_without_one(self) -> None:
        book = book_of("goods_sales", site="escalation.proposal_required = false")
        assert go("supervisor", "manager", book, proposal="").is_allowed

    def test_everything_that_is_wrong_is_said_at_once(self) -> None:
        assert codes(go("supervisor", "top", proposal="")) == ["no_proposal", "level_skipped"]

    def test_an_unknown_reason_and_an_unknown_level_are_refused(self) -> None:
        assert codes(go("supervisor", "manager", reason="boredom")) == ["unknown_reason"]
        assert codes(go("qa", "manager")) == ["unknown_level"]  # type: ignore[arg-type]


class TestTheBypass:
    def test_an_emergency_passes_levels_over_and_they_are_told_within_a_working_day(self) -> None:
        found = go("supervisor", "top", urgent=True)
        assert found.is_allowed
        assert found.skipped_roles == ("manager", "executive")
        assert found.report_due_at == at("2026-11-23 23:59:59")  # the Monday after
        assert "最迟 2026-11-23 23:59:59 向部门经理、公司领导补报" in found.steps[-1].zh

    def test_the_working_day_is_counted_over_the_national_day(self) -> None:
        found = go("supervisor", "executive", urgent=True, now=at("2026-09-30 17:20"))
        assert found.report_due_at == at("2026-10-08 23:59:59")
        assert sum("国庆节" in step.zh for step in found.steps) == 7

    def test_urgency_without_skipping_owes_nothing(self) -> None:
        found = go("supervisor", "manager", urgent=True)
        assert (found.is_allowed, found.skipped_roles, found.report_due_at) == (True, (), None)

    def test_a_department_may_forbid_it(self) -> None:
        found = go("supervisor", "executive", NO_BYPASS, urgent=True)
        assert codes(found) == ["bypass_not_allowed"]

    def test_without_a_limit_they_are_told_all_the_same(self) -> None:
        book = book_of("goods_sales", site="escalation.bypass_report_within = off")
        found = go("supervisor", "executive", book, urgent=True)
        assert (found.skipped_roles, found.report_due_at) == (("manager",), None)
        assert "未规定时限" in found.steps[-1].zh


class TestTheWaysTheRegulationsName:
    @pytest.mark.parametrize(
        ("book", "to_role", "clause"),
        [(TELECOM, "team_lead", "A2.1"), (SHORT, "manager", "E4.1"), (TOWER, "supervisor", "B1.22")],
    )
    def test_a_difficult_customer_goes_where_the_department_says(
        self, book: Rulebook, to_role: Role, clause: str
    ) -> None:
        assert named_level("difficult_customer", "agent", book) == (to_role, clause)
        found = go("agent", to_role, book, reason="difficult_customer")
        assert (found.is_allowed, found.skipped_roles) == (True, ())
        assert clause in found.clauses

    def test_after_the_named_levels_it_goes_level_by_level(self) -> None:
        assert suggested_level("difficult_customer", "team_lead", TELECOM) == "supervisor"
        assert go("team_lead", "supervisor", TELECOM, reason="difficult_customer").is_allowed
        assert codes(go("team_lead", "manager", TELECOM, reason="difficult_customer")) == ["level_skipped"]

    def test_a_list_is_gone_through_in_order(self) -> None:
        book = book_of("goods_sales", site='escalation.difficult_customer = ["supervisor", "executive"]')
        ways = [
            suggested_level("difficult_customer", role, book) for role in ("agent", "supervisor", "manager")
        ]
        assert ways == ["supervisor", "executive", "executive"]

    @pytest.mark.parametrize(
        ("book", "title", "clause"),
        [(PROPERTY, "项目总经理", "E1.54"), (book_of("product_after_sales"), "副总经理", "C4.17")],
    )
    def test_a_serious_complaint_goes_straight_to_the_executive(
        self, book: Rulebook, title: str, clause: str
    ) -> None:
        found = go("supervisor", "executive", book, reason="serious_complaint")
        assert (found.is_allowed, found.skipped_roles) == (True, ())
        assert title in found.steps[-1].zh and found.steps[-1].clause == clause

    def test_a_lower_level_than_the_named_one_is_the_wrong_one(self) -> None:
        found = go("supervisor", "manager", PROPERTY, reason="serious_complaint", urgent=True)
        assert codes(found) == ["wrong_level"]
        assert "应直接报项目总经理" in found.violations[0].zh
        assert found.violations[0].clause == "E1.54"

    def test_going_past_the_named_level_is_a_bypass_of_it_alone(self) -> None:
        assert codes(go("supervisor", "top", PROPERTY, reason="serious_complaint")) == ["level_skipped"]
        found = go("supervisor", "top", PROPERTY, reason="serious_complaint", urgent=True)
        assert found.skipped_roles == ("executive",)  # the manager was never due it

    def test_a_surge_is_told_to_the_supervisor_and_then_to_the_leadership(self) -> None:
        assert named_level("surge", "agent", VAS) == ("supervisor", "D1.10")
        assert suggested_level("surge", "supervisor", VAS) == "manager"
        assert VAS.role_title("manager") == "公司领导"

    def test_what_must_be_reported_at_once_is_named(self) -> None:
        found = go("supervisor", "manager", TELECOM, reason="must_report")
        assert found.is_allowed
        listed = next(step for step in found.steps if "须立即上报的事项" in step.zh and step.clause)
        assert all(matter in listed.zh for matter in must_report(TELECOM))
        assert len(must_report(TELECOM)) >= 4


class TestTheFirstPersonAsked:
    def test_stays_and_the_refusal_says_what_to_do_instead(self) -> None:
        ruling = may_change_first_owner(VAS)
        assert not ruling.is_allowed
        assert ruling.violations[0].clause == "D1.5"
        assert "更换经办人" in ruling.violations[0].zh
        assert "handler" in ruling.violations[0].en

    def test_a_site_may_let_him_go(self) -> None:
        ruling = may_change_first_owner(book_of("goods_sales", site="complaint.first_asked_stays = false"))
        assert (ruling.is_allowed, ruling.violations) == (True, ())


BOOKS = [load_rulebook([preset]) for preset in preset_ids()] + [NO_BYPASS]


def oracle(
    reason: str, from_role: Role, to_role: Role, urgent: bool, book: Rulebook
) -> tuple[str, ...] | None:
    """The levels passed over, climbing the ladder a step at a time; None when the report may not go there."""
    levels = [role for role in ROLES if role in ladder(book)]
    above = [role for role in levels if ROLES.index(role) > ROLES.index(from_role)]
    at_or_above = [role for role in levels if ROLES.index(role) >= ROLES.index(to_role)]
    goal_to = at_or_above[0] if at_or_above else levels[-1]
    if goal_to not in above:
        return None
    named, _ = named_level(reason, from_role, book)
    way = above[above.index(named) :] if named else above
    if goal_to not in way:
        return None
    passed = tuple(way[: way.index(goal_to)])
    if passed and not (urgent and book.flag("escalation.bypass_allowed")):
        return None
    return passed


@given(
    st.sampled_from(BOOKS),
    st.sampled_from(REASONS),
    st.sampled_from(ROLES),
    st.sampled_from(ROLES),
    st.booleans(),
)
def test_a_report_may_go_exactly_where_climbing_by_hand_leads(
    book: Rulebook, reason: str, from_role: Role, to_role: Role, urgent: bool
) -> None:
    found = route(reason, from_role, to_role, urgent, "拟办", book, NOW)
    expected = oracle(reason, from_role, to_role, urgent, book)
    assert found.is_allowed is (expected is not None)
    assert found.skipped_roles == (expected or ())
    assert (found.report_due_at is not None) is bool(expected)
    assert found.is_allowed is (not found.violations)


@given(st.sampled_from(BOOKS), st.sampled_from(REASONS), st.sampled_from(ROLES))
def test_what_is_suggested_is_always_allowed(book: Rulebook, reason: str, role: Role) -> None:
    suggested = suggested_level(reason, role, book)
    if suggested is None:
        assert next_level(role, book) is None and reachable(role, book) == ()
    else:
        assert suggested in reachable(role, book)
        assert route(reason, role, suggested, False, "拟办", book, NOW).is_allowed
