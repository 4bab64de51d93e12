"""A clause that the base lends is named as such; a department's own never is."""

from __future__ import annotations

import pytest

from regulations.lent import lent_clauses, lent_step
from regulations.records import COLLECTIONS
from regulations.rulebook import load_rulebook, preset_ids
from regulations.schema import SPECS


def test_under_the_base_alone_nothing_is_lent() -> None:
    assert lent_clauses(("A1.28", "E3.10"), load_rulebook()) == ()
    assert lent_step(("A1.28",), load_rulebook()) is None


@pytest.mark.parametrize(
    ("presets", "clauses", "lent"),
    [
        (("ecommerce_shop",), ("A1.28", "E3.10"), ("E3.10",)),
        (("property_cs_rules",), ("E3.10", "E3.19"), ()),
        (("cs_rules_short",), ("E3.10", "A1.24"), ("E3.10", "A1.24")),
        (("telecom_call_centre", "telecom_shift_swap"), ("A2.58", "A3.4"), ()),
        (("ecommerce_shop", "property_cs_rules"), ("A1.28", "E3.10", "A2.48"), ("A2.48",)),
        (("cs_rules_short",), (), ()),
    ],
)
def test_only_the_clauses_of_other_sets_are_lent(
    presets: tuple[str, ...], clauses: tuple[str, ...], lent: tuple[str, ...]
) -> None:
    assert lent_clauses(clauses, load_rulebook(presets)) == lent


def test_the_sentence_names_the_clauses_and_the_regulations_that_are_silent() -> None:
    step = lent_step(("A1.28", "E3.10"), load_rulebook(["ecommerce_shop"]))
    assert step is not None
    assert step.zh == "E3.10 为通用默认：“电商客服”对此没有规定"
    assert step.en == "E3.10: general defaults, E-commerce shop is silent on this"


@pytest.mark.parametrize("preset", preset_ids())
def test_what_a_preset_states_itself_is_its_own(preset: str) -> None:
    book = load_rulebook([preset])
    found = [book.parameter(key) for key in SPECS if key not in COLLECTIONS]
    assert all(lent_clauses(one.clauses, book) == () for one in found if one.origin == preset)
