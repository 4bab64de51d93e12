"""Who must sign: every edge of the tiers, every wrong level, what is no amount, and what the rulebook leaves free."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.approvals import KINDS, LARGEST, may_decide, required_level
from regulations.levels import account_for, acts_for, ladder, next_level
from regulations.names import NAMES
from regulations.rulebook import Rulebook, load_rulebook, preset_ids
from regulations.values import ROLES, Role
from tests.regulations.site_books import book_of

AFTER_SALES = book_of("product_after_sales")
GOODS = book_of("goods_sales")
SHORT = book_of("cs_rules_short")  # agent and manager only
COMPENSATION = "compensation"


def codes(ruling: object) -> list[str]:
    return [violation.code for violation in ruling.violations]  # type: ignore[attr-defined]


class TestTheScaleOfC427:
    @pytest.mark.parametrize(
        ("amount", "role", "title"),
        [
            ("0.01", "manager", "销售部门经理"),
            ("999.99", "manager", "销售部门经理"),
            ("1000", "manager", "销售部门经理"),
            ("1000.00", "manager", "销售部门经理"),
            ("1000.01", "executive", "副总经理"),
            ("4999.99", "executive", "副总经理"),
            ("5000", "executive", "副总经理"),
            ("5000.01", "top", "总经理"),
            ("9999999999.99", "top", "总经理"),
        ],
    )
    def test_the_lower_tier_has_its_edge(self, amount: str, role: str, title: str) -> None:
        ruling = required_level(COMPENSATION, Decimal(amount), AFTER_SALES)
        assert (ruling.is_allowed, ruling.required_role, ruling.title) == (True, role, title)
        assert ruling.clauses[0] == "C4.27"

    def test_an_amount_on_an_edge_says_that_this_is_our_reading(self) -> None:
        on_edge = required_level(COMPENSATION, Decimal(1000), AFTER_SALES)
        beside = required_level(COMPENSATION, Decimal("999.99"), AFTER_SALES)
        assert any("边界数归下一级" in step.zh for step in on_edge.steps)
        assert not any("边界数" in step.zh for step in beside.steps)

    def test_every_tier_that_was_looked_at_is_named(self) -> None:
        steps = [s.en for s in required_level(COMPENSATION, Decimal("5000.01"), AFTER_SALES).steps]
        assert steps == [
            "Requested: compensation of ¥5,000.01",
            "Up to ¥1,000: Sales department manager; ¥5,000.01 is more than that",
            "Above ¥1,000 and up to ¥5,000: Deputy general manager; ¥5,000.01 is more than that",
            "Above ¥5,000: General manager; ¥5,000.01 falls here",
        ]

    def test_a_tier_that_leaves_its_edge_to_the_next_one_does(self, tmp_path: Path) -> None:
        site = tmp_path / "site.toml"
        site.write_text(
            '[preset]\nid = "site"\ntitle = "本单位"\n\n[complaint.compensation_tiers]\nunit = "CNY"\n'
            'value = [{ upto = 1000, inclusive = false, role = "supervisor" }, { role = "top" }]\n'
            'source = []\nstatus = "product_choice"\n',
            encoding="utf-8",
        )
        book = load_rulebook(["product_after_sales"], site)
        assert required_level(COMPENSATION, Decimal("999.99"), book).required_role == "supervisor"
        ruling = required_level(COMPENSATION, Decimal(1000), book)
        assert ruling.required_role == "top"
        assert "不低于 1,000 元" in ruling.steps[-1].zh


class TestWhatIsNoAmount:
    @pytest.mark.parametrize(
        ("amount", "code"),
        [
            (Decimal(0), "amount_not_positive"),
            (Decimal("-0.01"), "amount_not_positive"),
            (Decimal("NaN"), "amount_not_a_number"),
            (Decimal("sNaN"), "amount_not_a_number"),
            (Decimal("Infinity"), "amount_not_a_number"),
            (Decimal("-Infinity"), "amount_not_a_number"),
            (Decimal("0.001"), "amount_too_precise"),
            (Decimal("1000.005"), "amount_too_precise"),
            (LARGEST + Decimal("0.01"), "amount_too_large"),
            (Decimal("1e999999"), "amount_too_large"),
            (None, "amount_missing"),
        ],
    )
    @pytest.mark.parametrize("ask", ["required", "decide"])
    def test_it_is_refused_in_words_and_nobody_may_decide_it(
        self, amount: Decimal | None, code: str, ask: str
    ) -> None:
        ruling = (
            required_level(COMPENSATION, amount, GOODS)
            if ask == "required"
            else may_decide(COMPENSATION, amount, "top", GOODS)
        )
        assert not ruling.is_allowed
        assert ruling.required_role is None
        assert codes(ruling) == [code]
        assert ruling.violations[0].zh.endswith("。") and ruling.violations[0].en.endswith(".")

    def test_cents_written_out_are_not_too_precise(self) -> None:
        assert required_level(COMPENSATION, Decimal("12.3000"), GOODS).is_allowed

    def test_a_wrong_amount_is_refused_where_no_amount_decides_too(self) -> None:
        assert codes(required_level("return_note", Decimal(-1), AFTER_SALES)) == ["amount_not_positive"]

    def test_an_unknown_request_is_refused_with_the_known_ones(self) -> None:
        ruling = required_level("bribe", Decimal(5), GOODS)
        assert codes(ruling) == ["unknown_kind"]
        assert all(kind in ruling.violations[0].en for kind in KINDS)


class TestOtherRequests:
    @pytest.mark.parametrize(
        ("kind", "role", "clause"),
        [
            ("discount_note", "executive", "C4.29"),
            ("return_note", "executive", "C4.29"),
            ("sanction_note", "top", "C4.28"),
            ("remote_trip", "manager", "C4.11"),
        ],
    )
    @pytest.mark.parametrize("amount", [None, Decimal("0.01"), Decimal(1_000_000)])
    def test_one_level_signs_whatever_the_amount(
        self, kind: str, role: str, clause: str, amount: Decimal | None
    ) -> None:
        ruling = required_level(kind, amount, AFTER_SALES)
        assert (ruling.required_role, ruling.clauses[0]) == (role, clause)

    @pytest.mark.parametrize("kind", ["discount_note", "return_note", "sanction_note", "remote_trip"])
    def test_a_rulebook_that_names_nobody_needs_no_approval_and_says_so(self, kind: str) -> None:
        for ruling in (required_level(kind, None, GOODS), may_decide(kind, None, "agent", GOODS)):
            assert (ruling.is_allowed, ruling.required_role, ruling.violations) == (True, None, ())
            assert "不设审批" in ruling.steps[-1].zh
            assert "no approval" in ruling.steps[-1].en

    def test_compensation_without_tiers_is_free_too(self) -> None:
        book = book_of("goods_sales", site="complaint.compensation_tiers = off")
        ruling = may_decide(COMPENSATION, Decimal(9999), "agent", book)
        assert (ruling.is_allowed, ruling.required_role) == (True, None)


class TestWrongLevels:
    def test_too_low_names_who_must_decide_and_the_clause(self) -> None:
        ruling = may_decide(COMPENSATION, Decimal("1000.01"), "manager", AFTER_SALES)
        assert codes(ruling) == ["level_too_low"]
        assert "副总经理" in ruling.violations[0].zh
        assert ruling.violations[0].clause == "C4.27"

    def test_a_higher_level_does_not_take_the_decision_away(self) -> None:
        ruling = may_decide(COMPENSATION, Decimal(800), "top", AFTER_SALES)
        assert codes(ruling) == ["level_skipped"]
        assert "销售部门经理" in ruling.violations[0].zh
        assert ruling.violations[0].clause == "C4.27"

    def test_urgent_past_the_level_is_allowed_and_that_level_is_told(self) -> None:
        ruling = may_decide(COMPENSATION, Decimal(800), "top", AFTER_SALES, is_urgent=True)
        assert ruling.is_allowed
        assert "1 个工作日内向销售部门经理补报" in ruling.steps[-1].zh
        assert ruling.steps[-1].clause == "A2.2"

    def test_urgency_lifts_nobody_above_his_own_level(self) -> None:
        ruling = may_decide(COMPENSATION, Decimal(6000), "manager", AFTER_SALES, is_urgent=True)
        assert codes(ruling) == ["level_too_low"]

    def test_a_department_without_bypass_has_none(self) -> None:
        book = book_of("product_after_sales", site="escalation.bypass_allowed = false")
        ruling = may_decide(COMPENSATION, Decimal(800), "top", book, is_urgent=True)
        assert codes(ruling) == ["bypass_not_allowed"]

    def test_a_bypass_without_a_limit_for_telling_still_tells(self) -> None:
        book = book_of("product_after_sales", site="escalation.bypass_report_within = off")
        ruling = may_decide(COMPENSATION, Decimal(800), "top", book, is_urgent=True)
        assert "事后须向销售部门经理补报" in ruling.steps[-1].zh

    def test_what_the_level_itself_reported_upward_may_be_decided_there(self) -> None:
        ruling = may_decide(COMPENSATION, Decimal(800), "executive", AFTER_SALES, is_handed_up=True)
        assert ruling.is_allowed
        assert "已将此事上报" in ruling.steps[-1].zh

    @pytest.mark.parametrize("role", ["manager", "top"])
    def test_nobody_approves_his_own_request(self, role: Role) -> None:
        ruling = may_decide(COMPENSATION, Decimal(800), role, AFTER_SALES, is_urgent=True, is_requester=True)
        assert codes(ruling)[-1] == "own_request"
        assert not ruling.is_allowed

    def test_a_role_off_the_ladder_decides_nothing(self) -> None:
        assert codes(may_decide(COMPENSATION, Decimal(1), "qa", GOODS)) == ["unknown_level"]  # type: ignore[arg-type]


class TestLevelsADepartmentDoesNotHave:
    def test_they_move_up_to_the_next_it_has(self) -> None:
        book = book_of("goods_sales", site='escalation.ladder = ["agent", "supervisor", "executive"]')
        ruling = required_level(COMPENSATION, Decimal(10), book)
        assert (ruling.required_role, ruling.title) == ("executive", "公司领导")
        assert "没有“部门经理”这一级" in ruling.steps[-1].zh
        assert may_decide(COMPENSATION, Decimal(10), "executive", book).is_allowed

    def test_above_the_highest_there_is_nobody_so_it_stays_there(self) -> None:
        ruling = required_level(COMPENSATION, Decimal(1_000_000), SHORT)
        assert (ruling.required_role, ruling.title) == ("manager", "经理")
        assert "由最高一级经理负责" in ruling.steps[-1].zh

    @pytest.mark.parametrize("preset", preset_ids())
    def test_every_department_has_somebody_for_every_amount(self, preset: str) -> None:
        book = load_rulebook([preset])
        for amount in ("0.01", "1000", "1000.01", "5000", "5000.01", "1000000"):
            ruling = required_level(COMPENSATION, Decimal(amount), book)
            assert ruling.required_role in ladder(book)
            assert ruling.title and ruling.title_en

    def test_an_unordered_ladder_is_read_from_the_bottom_up(self) -> None:
        book = book_of("goods_sales", site='escalation.ladder = ["manager", "agent", "supervisor"]')
        assert ladder(book) == ("agent", "supervisor", "manager")
        assert next_level("agent", book) == "supervisor"
        assert next_level("manager", book) is None

    def test_levels_without_an_account_are_acted_for_by_the_supervisor(self) -> None:
        assert [account_for(role) for role in ROLES] == ["supervisor"] * 3 + ["manager", "executive", "top"]
        assert acts_for("supervisor") == ("agent", "team_lead", "supervisor")
        assert acts_for("qa") == ()


BOOKS = [load_rulebook([preset]) for preset in preset_ids()]
CENTS = st.integers(min_value=1, max_value=1_000_000).map(lambda cents: Decimal(cents) / 100)


def oracle(amount: Decimal, book: Rulebook) -> Role:
    """The tiers read one by one, and the ladder climbed one step at a time."""
    tiers = book.tiers("complaint.compensation_tiers") or ()
    wanted = tiers[-1].role
    for tier in reversed(tiers[:-1]):
        assert tier.upto is not None
        if amount < tier.upto or (amount == tier.upto and tier.inclusive):
            wanted = tier.role
    levels = book.items("escalation.ladder") or ROLES
    for role in ROLES[ROLES.index(wanted) :]:
        if role in levels:
            return role
    return next(role for role in reversed(ROLES) if role in levels)


@given(st.sampled_from(BOOKS), CENTS | st.sampled_from([Decimal(n) for n in (1000, 5000)]))
def test_exactly_one_level_may_decide_any_amount(book: Rulebook, amount: Decimal) -> None:
    allowed = [role for role in ROLES if may_decide(COMPENSATION, amount, role, book).is_allowed]
    assert allowed == [oracle(amount, book)]


@given(st.sampled_from(BOOKS), CENTS, CENTS)
def test_a_larger_amount_never_belongs_to_a_lower_level(book: Rulebook, one: Decimal, two: Decimal) -> None:
    low, high = sorted((one, two))
    ranks = [ROLES.index(required_level(COMPENSATION, n, book).required_role) for n in (low, high)]
    assert ranks[0] <= ranks[1]


@given(
    st.sampled_from(BOOKS),
    CENTS,
    st.sampled_from(ROLES),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_a_ruling_is_allowed_exactly_when_nothing_stands_against_it(
    book: Rulebook, amount: Decimal, role: Role, urgent: bool, handed_up: bool, own: bool
) -> None:
    ruling = may_decide(
        COMPENSATION, amount, role, book, is_urgent=urgent, is_handed_up=handed_up, is_requester=own
    )
    assert ruling.is_allowed is (not ruling.violations)
    assert ruling.required_role is not None
    rank = ROLES.index(role) - ROLES.index(ruling.required_role)
    may = rank == 0 or (rank > 0 and (handed_up or (urgent and bool(book.flag("escalation.bypass_allowed")))))
    assert ruling.is_allowed is (may and not own)
    assert all(step.zh and step.en for step in ruling.steps)


def test_the_kinds_are_those_with_names_and_parameters() -> None:
    assert set(KINDS) == set(NAMES["approval_kind"])
    for kind in KINDS[1:]:
        assert book_of("goods_sales").parameter(f"approval.{kind}").type == "role"


def test_the_tiers_of_every_preset_ascend_in_level() -> None:
    for book in BOOKS:
        tiers = book.tiers("complaint.compensation_tiers") or ()
        assert all(ROLES.index(a.role) <= ROLES.index(b.role) for a, b in pairwise(tiers))
