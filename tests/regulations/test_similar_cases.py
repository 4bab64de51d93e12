"""Which complaints may be the same matter: by digits, folded names and orders, never by a product alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulations.similar_cases import (
    FACTS,
    Traits,
    Weights,
    age_step,
    dialled,
    folded,
    is_same_number,
    likeness,
    weights_of,
)
from tests.regulations.site_books import book_of

ZONE = ZoneInfo("Asia/Shanghai")


def _weights() -> Weights:
    found = weights_of(book_of())
    assert found is not None
    return found


WEIGHTS = _weights()


def test_every_fact_has_its_weight_in_the_rulebook_and_a_site_may_give_another() -> None:
    assert set(WEIGHTS.points) == set(FACTS)
    site = 'complaint.duplicate_weights = [{fact = "name", points = 30}]'
    own = weights_of(book_of(site=site))
    assert own is not None
    found = likeness(
        Traits(customer_name="王芳", phone="13812345678"),
        Traits(customer_name="王芳", phone="13812345678"),
        own,
    )
    assert (found.score, found.is_enough, [s.en for s in found.reasons]) == (30, True, ["same customer name"])


@pytest.mark.parametrize("key", ["duplicate_weights", "duplicate_min_points"])
def test_turned_off_nothing_is_compared(key: str) -> None:
    assert weights_of(book_of(site=f"complaint.{key} = off")) is None


def test_wordings_are_not_compared_where_no_share_is_set() -> None:
    own = weights_of(book_of(site="complaint.duplicate_wording = off"))
    assert own is not None and "wording" not in own.points


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("13812345678", "138-1234-5678", True),
        ("13812345678", "+86 138 1234 5678", True),
        ("13812345678", "008613812345678", True),
        ("１３８１２３４５６７８", "13812345678", True),
        ("138****5678", "13812345678", True),
        ("138****5678", "139****5678", False),
        ("13812345678", "13812345679", False),
        ("0755-8123456", "07558123456", True),
        ("12345", "12345", False),
        ("", "", False),
        ("*******", "*******", False),
        ("无", "无", False),
        ("٠١٢٣٤٥٦٧٨٩", "٠١٢٣٤٥٦٧٨٩", False),
    ],
)
def test_telephones_agree_by_their_digits(one: str, other: str, same: bool) -> None:
    assert is_same_number(dialled(one), dialled(other)) is same
    assert is_same_number(dialled(other), dialled(one)) is same


def test_names_are_folded() -> None:
    assert folded(" Ｌｉ  Ming ") == folded("li ming") == "liming"


@pytest.mark.parametrize(
    ("new", "old", "is_enough", "said"),
    [
        (Traits(phone="13812345678"), Traits(phone="138 1234 5678"), True, ["same telephone"]),
        (Traits(order_ref="a-1001"), Traits(order_ref="Ａ1001"), True, ["same order number"]),
        (Traits(customer_name="王芳"), Traits(customer_name="王芳"), False, ["same customer name"]),
        (
            Traits(customer_name="王芳", product="X3"),
            Traits(customer_name="王 芳", product="x3"),
            True,
            ["same customer name", "same product"],
        ),
        (
            Traits(customer_name="王芳", category="delivery"),
            Traits(customer_name="王芳", category="delivery"),
            True,
            ["same customer name", "same category"],
        ),
        (Traits(product="X3", category="quality"), Traits(product="X3", category="quality"), False, None),
        (Traits(category="quality"), Traits(category="quality"), False, []),
        (Traits(), Traits(), False, []),
        (
            Traits(customer_name="王芳", text="洗衣机漏水，地板被泡"),
            Traits(customer_name="王芳", text="洗衣机漏水,地板泡了"),
            True,
            ["same customer name", "similar wording"],
        ),
        (
            Traits(customer_name="王芳", text="洗衣机漏水"),
            Traits(customer_name="王芳", text="会员被重复扣款"),
            False,
            ["same customer name"],
        ),
    ],
)
def test_what_is_shared_says_so_and_weighs(
    new: Traits, old: Traits, is_enough: bool, said: list[str] | None
) -> None:
    found = likeness(new, old, WEIGHTS)
    assert found.is_enough is is_enough
    if said is not None:
        assert [step.en for step in found.reasons] == said


TEXT = st.text("王芳李 13８-*aAＡ,，", max_size=14)
TRAITS = st.builds(Traits, TEXT, TEXT, TEXT, st.sampled_from(["", "quality", "delivery"]), TEXT, TEXT)


@given(TRAITS, TRAITS)
def test_every_point_has_its_reason(one: Traits, other: Traits) -> None:
    found = likeness(one, other, WEIGHTS)
    assert (found.score > 0) == bool(found.reasons)
    assert all(step.zh and step.en for step in found.reasons)


@given(TRAITS)
def test_nothing_is_more_alike_than_itself(one: Traits) -> None:
    itself = likeness(one, one, WEIGHTS)
    if one.dialled or one.order:
        assert itself.is_enough
    assert itself.score >= likeness(one, Traits(one.phone), WEIGHTS).score


@pytest.mark.parametrize(
    ("hours", "words"), [(1, "received today"), (12, "received yesterday"), (80, "received 3 days ago")]
)
def test_the_age_is_counted_in_local_days(hours: int, words: str) -> None:
    now = datetime(2026, 11, 20, 9, 30, tzinfo=ZONE)
    assert age_step(now - timedelta(hours=hours), now, ZONE).en == words
