"""Penalties: what is proposed, when it is doubled, what is never proposed twice, and what has no amount."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.penalties import (
    CasePenaltyFacts,
    DepartmentFacts,
    Known,
    Proposal,
    Target,
    called_for,
    proposals,
    standing,
    unpriced,
)
from regulations.rulebook import Rulebook, load_rulebook
from tests.regulations.site_books import at, book_of

GOODS = book_of("goods_sales")
SHOP = book_of("ecommerce_shop")
NOW = at("2026-11-20 10:00")
ORDERED = at("2026-11-10 09:00")
DUE = at("2026-11-18 23:59:59")
SECOND = timedelta(seconds=1)


def department(name: str = "物流部", **changes: object) -> DepartmentFacts:
    values = {"ordered_at": ORDERED, "is_at_fault": True, **changes}
    return DepartmentFacts(name, **values)  # type: ignore[arg-type]


def case(*departments: DepartmentFacts, known: tuple[Known, ...] = (), **changes: object) -> CasePenaltyFacts:
    return CasePenaltyFacts("TS-1", departments, known=known, **changes)  # type: ignore[arg-type]


def entry(
    number: int,
    kind: str = "money",
    amount: int = 200,
    factor: int = 1,
    state: str = "proposed",
    reverses: int | None = None,
    subject: str = "物流部",
) -> Known:
    return Known(
        number,
        "upheld_complaint",
        "department",
        subject,
        kind,
        Decimal(amount),
        Decimal(factor),
        state,
        reverses,
    )


def kept(found: tuple[Proposal, ...], first: int = 1, state: str = "proposed") -> tuple[Known, ...]:
    """The proposals as the ledger keeps them."""
    return tuple(
        Known(n, p.trigger, p.subject_kind, p.subject, p.kind, p.amount, p.factor, state, p.reverses_id)
        for n, p in enumerate(found, start=first)
    )


def sums(found: tuple[Proposal, ...]) -> list[tuple[str, str, Decimal]]:
    return [(p.subject, p.kind, p.amount) for p in found]


class TestADepartmentAtFault:
    def test_two_hundred_yuan_and_ten_points(self) -> None:
        found = proposals(case(department()), GOODS, NOW)
        assert sums(found) == [("物流部", "money", Decimal(200)), ("物流部", "points", Decimal(10))]
        assert all(p.clauses == ("A6.29",) and p.reverses_id is None and p.factor == 1 for p in found)
        words = "\n".join(step.zh for step in found[0].steps)
        assert "下达整改通知" in words and "每件 200 元" in words
        assert "须经有权人员确认" in found[0].steps[-1].zh

    @pytest.mark.parametrize(
        "facts", [department(ordered_at=None), department(is_at_fault=False)], ids=["no notice", "no fault"]
    )
    def test_needs_both_the_notice_and_the_fault(self, facts: DepartmentFacts) -> None:
        assert proposals(case(facts), GOODS, NOW) == ()

    def test_each_department_has_its_own(self) -> None:
        found = proposals(case(department(), department("仓储部")), GOODS, NOW)
        assert [p.subject for p in found] == ["物流部", "仓储部", "物流部", "仓储部"]

    def test_asked_again_nothing_is_added(self) -> None:
        first = proposals(case(department()), GOODS, NOW)
        for state in ("proposed", "confirmed", "waived"):
            assert proposals(case(department(), known=kept(first, state=state)), GOODS, NOW) == ()

    def test_a_rulebook_without_amounts_proposes_nothing(self) -> None:
        assert proposals(case(department(failed_at=NOW)), book_of("office_building_property"), NOW) == ()


class TestRectificationThatFails:
    @pytest.mark.parametrize(
        ("target", "now", "is_doubled"),
        [
            (Target(DUE), DUE, False),
            (Target(DUE), DUE + SECOND, True),
            (Target(DUE), DUE + timedelta(milliseconds=900), False),
            (Target(DUE, DUE), NOW, False),
            (Target(DUE, DUE + SECOND), NOW, True),
            (Target(DUE, DUE - timedelta(days=3)), NOW, False),
        ],
    )
    def test_is_doubled_from_the_second_after_the_deadline(
        self, target: Target, now: object, is_doubled: bool
    ) -> None:
        found = proposals(case(department(targets=(target,))), GOODS, now)  # type: ignore[arg-type]
        expected = [Decimal(400), Decimal(20)] if is_doubled else [Decimal(200), Decimal(10)]
        assert [p.amount for p in found] == expected

    def test_insufficient_measures_double_too(self) -> None:
        found = proposals(case(department(failed_at=NOW)), GOODS, NOW)
        assert [p.amount for p in found] == [Decimal(400), Decimal(20)]
        assert any("措施不到位" in step.zh for step in found[0].steps)
        assert any("200 元 × 2 = 400 元" in step.zh for step in found[0].steps)

    def test_one_late_round_of_several_is_enough(self) -> None:
        rounds = (Target(DUE, DUE), Target(DUE, DUE + SECOND))
        assert proposals(case(department(targets=rounds)), GOODS, NOW)[0].amount == 400

    @pytest.mark.parametrize("state", ["proposed", "confirmed"])
    def test_the_raise_is_a_new_entry_that_names_the_old_and_its_net(self, state: str) -> None:
        known = (entry(7, state=state), entry(8, "points", 10, state=state))
        money, points = proposals(case(department(failed_at=NOW), known=known), GOODS, NOW)
        assert (money.reverses_id, money.amount, money.net, money.factor) == (7, 400, 200, 2)
        assert (points.reverses_id, points.amount, points.net) == (8, 20, 10)
        assert any("取代第 7 号" in s.zh and "合计 400 元，净增 200 元" in s.zh for s in money.steps)

    def test_what_was_waived_is_not_raised(self) -> None:
        known = (entry(7, state="waived"), entry(8, "points", 10, state="confirmed"))
        found = proposals(case(department(failed_at=NOW), known=known), GOODS, NOW)
        assert [p.kind for p in found] == ["points"]

    def test_it_is_doubled_once_however_often_it_fails(self) -> None:
        known = (entry(7), entry(9, amount=400, factor=2, reverses=7), entry(8, "points", 20, 2))
        rounds = (Target(DUE), Target(DUE + timedelta(days=1)))
        assert proposals(case(department(targets=rounds, failed_at=NOW), known=known), GOODS, NOW) == ()

    def test_a_department_whose_factor_is_one_is_not_raised(self) -> None:
        book = book_of("goods_sales", site="penalty.rectification_factor = 1")
        found = proposals(case(department(failed_at=NOW)), book, NOW)
        assert [(p.amount, p.factor) for p in found] == [(200, 1), (10, 1)]

    def test_another_factor_multiplies_to_the_cent(self) -> None:
        book = book_of("goods_sales", site="penalty.rectification_factor = 1.333")
        assert proposals(case(department(failed_at=NOW)), book, NOW)[0].amount == Decimal("266.60")


class TestAComplaintAboutAnAgent:
    FACTS = CasePenaltyFacts(
        "TS-9", is_upheld=True, is_service_caused=True, about_agent="K1004", leader="班组甲"
    )

    def test_fifty_yuan_into_the_fund_and_the_leader_is_only_said(self) -> None:
        (found,) = proposals(self.FACTS, SHOP, NOW)
        assert (found.subject_kind, found.subject, found.kind, found.amount) == (
            "agent",
            "K1004",
            "money",
            50,
        )
        assert found.clauses[0] == "A1.19"
        words = "\n".join(step.zh for step in found.steps)
        assert "归入部门活动经费" in words
        assert "直接领导另须受相应处理，条文未定金额" in words
        (said,) = unpriced(self.FACTS, SHOP)
        assert said.clause == "A1.19" and "none is proposed" in said.en

    @pytest.mark.parametrize("change", ["is_upheld", "is_service_caused"])
    def test_not_before_it_was_upheld_and_never_for_another_reason(self, change: str) -> None:
        facts = replace(self.FACTS, **{change: False})  # type: ignore[arg-type]
        assert proposals(facts, SHOP, NOW) == ()
        assert unpriced(facts, SHOP) == ()

    def test_not_without_knowing_whom_it_is_about(self) -> None:
        assert proposals(CasePenaltyFacts("TS-9", is_upheld=True, is_service_caused=True), SHOP, NOW) == ()

    def test_once_for_each_case(self) -> None:
        known = kept(proposals(self.FACTS, SHOP, NOW))
        again = CasePenaltyFacts(
            "TS-9", is_upheld=True, is_service_caused=True, about_agent="K1004", known=known
        )
        assert proposals(again, SHOP, NOW) == ()

    def test_a_change_of_leader_charges_nobody_else(self, tmp_path: Path) -> None:
        site = tmp_path / "site.toml"
        site.write_text(
            '[[penalty.rules]]\ntrigger = "service_complaint"\nsubject = "leader"\nkind = "money"\namount = 30\n'
            'title = "连带"\ntitle_en = "Leader"\nsource = []\nstatus = "product_choice"\n',
            encoding="utf-8",
        )
        book = load_rulebook([], site)
        known = kept(proposals(self.FACTS, book, NOW))
        assert [k.subject for k in known] == ["班组甲"]
        assert proposals(replace(self.FACTS, leader="新主管", known=known), book, NOW) == ()


class TestWhatHasNoAmount:
    PRODUCT = book_of("product_after_sales")

    @pytest.mark.parametrize(
        ("facts", "subjects"),
        [
            (CasePenaltyFacts("TS-1", is_upheld=True), ["个人", "部门"]),
            (case(department(ordered_at=None)), ["个人", "部门"]),
            (case(department(is_at_fault=False)), []),
            (case(department(), is_dismissed=True), []),
            (CasePenaltyFacts("TS-1"), []),
        ],
        ids=["upheld", "own fault", "another cause", "not upheld", "nothing decided"],
    )
    def test_the_standard_that_the_text_does_not_contain_is_named_and_nothing_is_proposed(
        self, facts: CasePenaltyFacts, subjects: list[str]
    ) -> None:
        said = unpriced(facts, self.PRODUCT)
        assert [step.zh.split("：")[1][:2] for step in said] == subjects
        assert all(step.clause in ("C4.25", "C4.28") and "none is proposed" in step.en for step in said)
        assert proposals(facts, self.PRODUCT, NOW) == ()


class TestTakingBack:
    """A confirmed penalty whose ground is gone: a new entry of nothing that names it, for a person to confirm."""

    CONFIRMED = (entry(7, state="confirmed"), entry(8, "points", 10, state="confirmed"))

    def test_a_case_that_was_not_upheld_after_all(self) -> None:
        found = proposals(case(department(), known=self.CONFIRMED, is_dismissed=True), GOODS, NOW)
        assert [(p.kind, p.amount, p.net, p.factor, p.reverses_id) for p in found] == [
            ("money", 0, -200, 0, 7),
            ("points", 0, -10, 0, 8),
        ]
        assert "后来认定不成立" in found[0].steps[0].zh
        assert any("取代第 7 号已确认 200 元，合计 0 元，净减 200 元" in s.zh for s in found[0].steps)
        assert "须经有权人员确认" in found[0].steps[-1].zh

    def test_a_department_that_was_let_out_or_answered_anew(self) -> None:
        for facts in (case(known=self.CONFIRMED), case(department(is_at_fault=False), known=self.CONFIRMED)):
            assert [p.factor for p in proposals(facts, GOODS, NOW)] == [0, 0]

    def test_a_doubling_that_a_late_record_disproves_goes_back_to_once(self) -> None:
        known = (entry(7, state="confirmed"), entry(9, amount=400, factor=2, state="confirmed", reverses=7))
        (money, _points) = proposals(case(department(targets=(Target(DUE, DUE),)), known=known), GOODS, NOW)
        assert (money.amount, money.net, money.reverses_id) == (200, -200, 9)
        assert any("不再加倍" in s.zh for s in money.steps)

    def test_what_is_only_proposed_is_for_a_person_to_waive(self) -> None:
        known = (entry(7), entry(8, "points", 10))
        facts = case(department(), known=known, is_dismissed=True)
        assert proposals(facts, GOODS, NOW) == ()
        assert [called_for(facts, k, GOODS, NOW) for k in known] == [False, False]

    def test_proposed_once_whatever_is_decided_about_it(self) -> None:
        facts = case(department(), known=self.CONFIRMED, is_dismissed=True)
        for state in ("proposed", "confirmed", "waived"):
            known = (*self.CONFIRMED, *kept(proposals(facts, GOODS, NOW), 9, state))
            assert proposals(replace(facts, known=known), GOODS, NOW) == ()

    def test_once_taken_back_nothing_counts_and_a_fault_found_again_is_proposed_again(self) -> None:
        facts = case(department(), known=self.CONFIRMED, is_dismissed=True)
        known = (*self.CONFIRMED, *kept(proposals(facts, GOODS, NOW), 9, "confirmed"))
        assert standing(known) == ()
        again = proposals(case(department(), known=known), GOODS, NOW)
        assert [(p.amount, p.reverses_id) for p in again] == [(200, 9), (10, 10)]

    def test_a_taking_back_that_is_none_any_more_is_waived_not_confirmed(self) -> None:
        facts = case(department(), known=self.CONFIRMED, is_dismissed=True)
        back = kept(proposals(facts, GOODS, NOW), 9)
        upheld = case(department(), known=(*self.CONFIRMED, *back))
        assert proposals(upheld, GOODS, NOW) == ()
        assert not called_for(upheld, back[0], GOODS, NOW)
        assert called_for(replace(facts, known=(*self.CONFIRMED, *back)), back[0], GOODS, NOW)

    def test_a_complaint_about_an_agent_that_was_not_upheld_after_all(self) -> None:
        upheld = TestAComplaintAboutAnAgent.FACTS
        known = kept(proposals(upheld, SHOP, NOW), state="confirmed")
        dismissed = replace(upheld, is_upheld=False, is_dismissed=True, known=known)
        (back,) = proposals(dismissed, SHOP, NOW)
        assert (back.subject, back.amount, back.net, back.reverses_id) == ("K1004", 0, -50, 1)


class TestWhatCounts:
    def test_only_what_is_confirmed_and_not_replaced(self) -> None:
        old, new = entry(1, state="confirmed"), entry(2, amount=400, factor=2, state="confirmed", reverses=1)
        assert standing([old, new]) == (new,)
        assert standing([old, entry(2, amount=400, state="proposed", reverses=1)]) == (old,)
        assert standing([old, entry(2, amount=400, state="waived", reverses=1)]) == (old,)
        assert standing([entry(1), entry(3, state="waived")]) == ()


@given(
    st.lists(st.sampled_from(["late", "fail", "confirm", "waive", "ask"]), max_size=8),
    st.sampled_from([GOODS]),
)
def test_however_it_goes_the_ledger_holds_one_chain_for_each_kind(history: list[str], book: Rulebook) -> None:
    """Played through step by step: never two entries that both count, never more than double."""
    failed_at, targets = None, (Target(DUE, DUE),)
    ledger: tuple[Known, ...] = ()
    for happened in history:
        if happened == "late":
            targets = (Target(DUE),)
        elif happened == "fail":
            failed_at = NOW
        elif happened in ("confirm", "waive"):
            state = "confirmed" if happened == "confirm" else "waived"
            ledger = tuple(replace(k, state=state) if k.state == "proposed" else k for k in ledger)
        found = proposals(case(department(targets=targets, failed_at=failed_at), known=ledger), book, NOW)
        ledger += kept(found, len(ledger) + 1)
        for kind, price in (("money", 200), ("points", 10)):
            own = [k for k in ledger if k.kind == kind]
            heads = [k for k in own if k.id not in {o.reverses_id for o in own}]
            assert len(heads) == 1
            assert len(own) <= 2
            assert heads[0].amount in (price, 2 * price)
            counting = [k for k in standing(ledger) if k.kind == kind]
            assert sum(k.amount for k in counting) <= 2 * price


@given(
    st.lists(
        st.sampled_from(["dismiss", "uphold", "late", "in time", "recall", "confirm", "waive"]), max_size=12
    )
)
def test_what_stands_never_exceeds_what_was_called_for_when_it_was_confirmed(history: list[str]) -> None:
    """Persons confirm only what the case calls for; then what counts is one entry of each kind, or none."""
    is_dismissed, has_it, targets = False, True, (Target(DUE, DUE),)
    ledger: tuple[Known, ...] = ()
    for happened in history:
        if happened in ("dismiss", "uphold"):
            is_dismissed = happened == "dismiss"
        elif happened in ("late", "in time"):
            targets = (Target(DUE, DUE + SECOND if happened == "late" else DUE),)
        elif happened == "recall":
            has_it = not has_it
        facts = case(
            *([department(targets=targets)] if has_it else []), is_dismissed=is_dismissed, known=ledger
        )
        if happened in ("confirm", "waive"):
            replaced = {k.reverses_id for k in ledger if k.state != "waived"}
            for open_entry in [k for k in ledger if k.state == "proposed" and k.id not in replaced]:
                is_confirmed = happened == "confirm" and called_for(facts, open_entry, GOODS, NOW)
                state = "confirmed" if is_confirmed else "waived"
                ledger = tuple(
                    replace(k, state=state)
                    if k.id == open_entry.id
                    else replace(k, state="waived")
                    if is_confirmed and k.id == open_entry.reverses_id and k.state == "proposed"
                    else k
                    for k in ledger
                )
        found = proposals(replace(facts, known=ledger), GOODS, NOW)
        ledger += kept(found, len(ledger) + 1)
        assert proposals(replace(facts, known=ledger), GOODS, NOW) == ()
        for kind, price in (("money", 200), ("points", 10)):
            counting = [k for k in standing(ledger) if k.kind == kind]
            assert [k.amount for k in counting] in ([], [price], [2 * price])
