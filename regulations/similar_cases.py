"""Whether two complaints may be the same matter: what they share, and how much that says.

No clause knows duplicates; C4.25 wants a case taken up again to be linked to the one before it. What a shared
fact weighs is our choice, and the person registering decides: nothing is merged by itself.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from difflib import SequenceMatcher
from functools import cached_property

from regulations.verdict import Step

# An order number or a telephone says whose matter it is; a product or a category alone says nothing.
_SAME_ORDER, _SAME_PHONE, _SAME_NAME, _SAME_PRODUCT, _SAME_CATEGORY, _LIKE_WORDS = 50, 40, 20, 15, 10, 20
_ENOUGH = 30
_LIKE = 0.6  # of the characters in common, in order
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

    @property
    def is_enough(self) -> bool:
        """Whether it is worth showing to the person who registers."""
        return self.score >= _ENOUGH


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


def likeness(new: Traits, old: Traits) -> Likeness:
    """What the two share. Empty facts are never shared."""
    score, reasons = 0, []

    def add(points: int, zh: str, en: str) -> None:
        nonlocal score
        score += points
        reasons.append(Step(zh, en))

    if is_same_number(new.dialled, old.dialled):
        add(_SAME_PHONE, "电话相同", "same telephone")
    if new.order and new.order == old.order:
        add(_SAME_ORDER, "订单号相同", "same order number")
    if new.name and new.name == old.name:
        add(_SAME_NAME, "客户姓名相同", "same customer name")
    if new.thing and new.thing == old.thing:
        add(_SAME_PRODUCT, "产品相同", "same product")
    if score and new.category and new.category == old.category:
        add(_SAME_CATEGORY, "类别相同", "same category")
    if score and _is_alike(new.words, old.words):
        add(_LIKE_WORDS, "内容相近", "similar wording")
    return Likeness(score, tuple(reasons))


def _is_alike(one: str, other: str) -> bool:
    if not one or not other:
        return False
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= _LIKE and matcher.quick_ratio() >= _LIKE and matcher.ratio() >= _LIKE


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
