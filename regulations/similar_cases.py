"""Whether two complaints may be the same matter: what they share, and how much that says.

No clause knows duplicates; C4.25 wants a case taken up again to be linked to the one before it. What a shared
fact weighs is the rulebook's choice (`complaint.duplicate_*`), and the person registering decides: nothing is merged
by itself.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from difflib import SequenceMatcher
from functools import cached_property
from typing import TYPE_CHECKING

from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

FACTS = ("phone", "order", "name", "product", "category", "wording")
"""What two complaints may share, as `complaint.duplicate_weights` names it."""

_SHORTEST_PHONE = 7
_COUNTRY = ("0086", "86")
_MOBILE_DIGITS = 11
_MASK = "*"


@dataclass(frozen=True)
class Traits:
    """What is compared, as it was written."""

    phone: str = ""
    customer_name: str = ""
    order_ref: str = ""
    category: str = ""
    product: str = ""
    text: str = ""

    @cached_property
    def dialled(self) -> str:
        """The telephone's digits and masks without the country code; "" when too short to mean anybody."""
        return dialled(self.phone)

    @cached_property
    def name(self) -> str:
        """The customer's name, folded."""
        return folded(self.customer_name)

    @cached_property
    def order(self) -> str:
        """The order number, folded, without its punctuation."""
        return "".join(c for c in folded(self.order_ref) if c.isalnum())

    @cached_property
    def thing(self) -> str:
        """The product, folded."""
        return folded(self.product)

    @cached_property
    def words(self) -> str:
        """What is complained about, folded, without spaces and punctuation."""
        return "".join(c for c in folded(self.text) if c.isalnum())


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much two complaints share: `score` in points, and what it rests on."""

    score: int
    reasons: tuple[Step, ...]
    is_enough: bool
    """Whether it is worth showing to the person who registers."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What shared facts weigh: points by FACTS, the fewest that are enough, the share that makes wordings alike."""

    points: Mapping[str, int]
    enough: int
    alike: float


def weights_of(book: Rulebook) -> Weights | None:
    """The weights of the rulebook; None where it turns the comparison off."""
    rows, enough = book.table("complaint.duplicate_weights"), book.integer("complaint.duplicate_min_points")
    if rows is None or enough is None:
        return None
    share = book.percent("complaint.duplicate_wording")
    points = {str(row["fact"]): int(row["points"]) for row in rows}
    if share is None:
        points.pop("wording", None)
    return Weights(points, enough, float(share or 0) / 100)


def folded(text: str) -> str:
    """Text as it is compared: full and half width alike, without case, without spaces (NFKC)."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def dialled(phone: str) -> str:
    """What is dialled: ASCII digits, `*` where a digit is masked; "" for what can be nobody's number."""
    kept = "".join(
        c for c in unicodedata.normalize("NFKC", phone) if (c.isascii() and c.isdigit()) or c == _MASK
    )
    for code in _COUNTRY:
        if kept.startswith(code) and len(kept) == len(code) + _MOBILE_DIGITS:
            kept = kept[len(code) :]
    return kept if sum(c != _MASK for c in kept) >= _SHORTEST_PHONE else ""


def is_same_number(one: str, other: str) -> bool:
    """Whether two dialled numbers agree in every digit that neither of them masks."""
    if not one or len(one) != len(other):
        return False
    return all(a == b or _MASK in (a, b) for a, b in zip(one, other, strict=True))


def likeness(new: Traits, old: Traits, weights: Weights) -> Likeness:
    """What the two share. Empty facts are never shared; a category or a wording alone says nothing."""
    score, reasons = 0, []

    def add(fact: str, zh: str, en: str) -> None:
        nonlocal score
        points = weights.points.get(fact, 0)
        if points:
            score += points
            reasons.append(Step(zh, en))

    if is_same_number(new.dialled, old.dialled):
        add("phone", "电话相同", "same telephone")
    if new.order and new.order == old.order:
        add("order", "订单号相同", "same order number")
    if new.name and new.name == old.name:
        add("name", "客户姓名相同", "same customer name")
    if new.thing and new.thing == old.thing:
        add("product", "产品相同", "same product")
    if score and new.category and new.category == old.category:
        add("category", "类别相同", "same category")
    if score and weights.points.get("wording") and _is_alike(new.words, old.words, weights.alike):
        add("wording", "内容相近", "similar wording")
    return Likeness(score, tuple(reasons), score >= weights.enough)


def _is_alike(one: str, other: str, share: float) -> bool:
    if not one or not other:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # From the cheap upper bounds to the exact share: most pairs end with the first.
    return all(ratio() >= share for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


def age_step(received_at: datetime, now: datetime, zone: tzinfo) -> Step:
    """How long ago the other was received, in local days."""
    days = (_day(now, zone) - _day(received_at, zone)).days
    if days <= 0:
        return Step("今天受理", "received today")
    if days == 1:
        return Step("昨天受理", "received yesterday")
    return Step(f"{days} 天前受理", f"received {days} days ago")


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()
