"""What differs between two versions of a scorecard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Literal

from quality.card_types import Criterion, Scorecard


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs. `item` "" is the card itself; an item added or removed has the field "" and no values.

    `title_zh`, `title_en` name the item as it is now, or as it was where it is gone.
    """

    item: str
    title_zh: str
    title_en: str
    what: Literal["added", "removed", "changed"]
    field: str
    before: Any
    after: Any


def compare(before: Scorecard, after: Scorecard) -> tuple[Difference, ...]:
    """Everything that differs: the card first, then the items in the order of the newer version, then what is gone.

    A mere change of places is one difference of the card, in the field `order`: the codes of the items that both have.
    """
    return (*_card(before, after), *_items(before, after))


def _card(before: Scorecard, after: Scorecard) -> Iterator[Difference]:
    for field in fields(Scorecard):
        one, two = getattr(before, field.name), getattr(after, field.name)
        if field.name not in ("code", "criteria") and one != two:
            yield Difference("", after.zh, after.name("en"), "changed", field.name, one, two)
    both = {c.code for c in before.criteria} & {c.code for c in after.criteria}
    orders = [tuple(c.code for c in card.criteria if c.code in both) for card in (before, after)]
    if orders[0] != orders[1]:
        yield Difference("", after.zh, after.name("en"), "changed", "order", orders[0], orders[1])


def _items(before: Scorecard, after: Scorecard) -> Iterator[Difference]:
    old = {criterion.code: criterion for criterion in before.criteria}
    for item in after.criteria:
        if item.code in old:
            yield from _changes(old[item.code], item)
        else:
            yield Difference(item.code, item.zh, item.title("en"), "added", "", None, None)
    kept = {criterion.code for criterion in after.criteria}
    for item in before.criteria:
        if item.code not in kept:
            yield Difference(item.code, item.zh, item.title("en"), "removed", "", None, None)


def _changes(before: Criterion, after: Criterion) -> Iterator[Difference]:
    for field in fields(Criterion):
        one, two = getattr(before, field.name), getattr(after, field.name)
        if one != two:
            yield Difference(after.code, after.zh, after.title("en"), "changed", field.name, one, two)
