"""Whether contacts can be scored by a card: everything that is wrong with one, before anybody is judged by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import product

from quality.card_problems import CATEGORIES, CardError, Problem
from quality.card_records import read
from quality.card_types import Contact, Criterion, Scorecard
from regulations.names import name_of
from regulations.phrase_rules import CHANNELS, CONTACT_KINDS, DIRECTIONS

CONTACTS = tuple(
    Contact(channel, direction, kind)
    for channel, direction, kind in product(CHANNELS, DIRECTIONS, CONTACT_KINDS)
    if kind != "chat" or channel == "chat"
)
"""Every sort of contact there is."""


def from_record(record: object) -> Scorecard:
    """The card of a record. Raises CardError with everything that is wrong; any category is taken (`check` knows which exist)."""
    card, problems = _checked(record, None)
    if card is None or problems:
        raise CardError(problems)
    return card


def check(record: object, categories: Collection[str] = CATEGORIES) -> tuple[Problem, ...]:
    """Everything for which a card has to be refused, item by item; () for one that can be used."""
    return _checked(record, categories)[1]


def uncovered(card: Scorecard, categories: Collection[str]) -> tuple[str, ...]:
    """Categories whose findings would cost nothing on this card, because no item is answered from them."""
    covered = {category for criterion in card.criteria for category in criterion.categories}
    return tuple(category for category in categories if category not in covered)


def _checked(
    record: object, categories: Collection[str] | None
) -> tuple[Scorecard | None, tuple[Problem, ...]]:
    card, problems = read(record)
    if card is None or problems:
        return card, problems
    found = [*_duplicates(card), *_items(card, categories)]
    if not found:  # what follows walks along conditions and needs every one of them to lead somewhere
        found = list(_circles(card))
    if not found:
        found = [*_weights(card), *_never(card), *_twice(card)]
    return card, tuple(found)


def _duplicates(card: Scorecard) -> Iterator[Problem]:
    for code, times in Counter(criterion.code for criterion in card.criteria).items():
        if times > 1:
            yield Problem(
                code,
                "code",
                f"代码“{code}”用了 {times} 次，请改成不同的",
                f"the code {code} is used {times} times",
            )


def _items(card: Scorecard, categories: Collection[str] | None) -> Iterator[Problem]:
    items = {criterion.code: criterion for criterion in card.criteria}
    asked = {criterion.only_if.criterion for criterion in card.criteria if criterion.only_if}
    for item in card.criteria:
        unknown = [c for c in item.categories if categories is not None and c not in categories]
        if unknown:
            yield Problem(
                item.code,
                "categories",
                f"没有这些发现类别：{'、'.join(unknown)}",
                f"there are no findings of the category {', '.join(unknown)}",
            )
        if item.kind == "machine" and not item.categories:
            yield Problem(
                item.code,
                "categories",
                "机器评分的项目要选至少一个发现类别",
                "an item that the machine answers needs the categories of findings it is answered from",
            )
        if item.kind == "person" and item.categories:
            yield Problem(
                item.code,
                "categories",
                "人工评分的项目不按发现扣分，请去掉发现类别或改为机器评分",
                "a person answers this item: take the categories away, or let the machine answer it",
            )
        if item.kind == "machine" and item.is_scale:
            yield Problem(
                item.code,
                "levels",
                "机器评分的项目只有做到和未做到，不能分等级",
                "an item that the machine answers is met or not met, it has no levels",
            )
        if item.auto_fail and all(level.share for level in item.levels):
            yield Problem(
                item.code,
                "auto_fail",
                "一票否决要有一个得 0 分的等级",
                "to fail a contact it needs a level that earns nothing",
            )
        if not item.weight and not item.auto_fail and item.code not in asked:
            yield Problem(
                item.code,
                "weight",
                "分值为 0，又不是一票否决，也没有项目以它为条件，对得分没有影响；请填分值或设为一票否决",
                "it weighs nothing, fails nothing and no condition asks for it: give it a weight, or let it fail the contact",
            )
        if item.only_if is not None:
            yield from _condition(item, items.get(item.only_if.criterion))


def _condition(item: Criterion, other: Criterion | None) -> Iterator[Problem]:
    assert item.only_if is not None
    if other is None:
        yield Problem(
            item.code,
            "only_if",
            f"条件中的项目“{item.only_if.criterion}”不存在",
            f"its condition names the item {item.only_if.criterion!r}, which is not there",
        )
        return
    known = [level.code for level in other.levels]
    unknown = [answer for answer in item.only_if.answers if answer not in known]
    if unknown:
        yield Problem(
            item.code,
            "only_if",
            f"“{other.zh}”没有这些答案：{'、'.join(unknown)}",
            f"{other.code} has no answer {', '.join(unknown)}; it has {', '.join(known)}",
        )


def _chain(card: Scorecard, item: Criterion) -> list[Criterion]:
    """The item and what its condition rests on, one after the other; ends where an item comes again."""
    chain = [item]
    while (condition := chain[-1].only_if) is not None:
        other = card.criterion(condition.criterion)
        if other in chain:
            return [*chain, other]
        chain.append(other)
    return chain


def _circles(card: Scorecard) -> Iterator[Problem]:
    for item in card.criteria:
        chain = _chain(card, item)
        if len(chain) > 1 and chain[-1] is item:
            names = " → ".join(one.code for one in chain)
            yield Problem(
                item.code,
                "only_if",
                f"条件绕成了圈：{names}；请去掉其中一个条件",
                f"the conditions run in a circle: {names}; take one of them away",
            )


def _weights(card: Scorecard) -> Iterator[Problem]:
    if not card.total:
        yield Problem(
            "", "criteria", "所有项目的分值都是 0，算不出得分", "no item has a weight: nothing can be scored"
        )
        return
    for contact in (c for c in CONTACTS if card.fits(c)):
        if not any(item.weight and contact in _contacts(card, item) for item in card.criteria):
            yield Problem(
                "",
                "criteria",
                f"对“{_named(contact, 'zh')}”没有一个有分值的项目适用，算不出得分",
                f"no item with a weight applies to {_named(contact, 'en')}: it could not be scored",
            )
            return


def _never(card: Scorecard) -> Iterator[Problem]:
    for item in card.criteria:
        if _contacts(card, item):
            continue
        if item.auto_fail:
            yield Problem(
                item.code,
                "auto_fail",
                "这个一票否决项对本表的任何通话都不适用，永远不起作用；请改适用范围或条件",
                "it should fail contacts but applies to none that the card is for: change what it applies to, or its condition",
            )
        else:
            yield Problem(
                item.code,
                "channels",
                "这个项目对本表的任何通话都不适用；请改适用范围或条件",
                "it applies to no contact that the card is for: change what it applies to, or its condition",
            )


def _twice(card: Scorecard) -> Iterator[Problem]:
    """One finding must not be charged in two items."""
    for number, item in enumerate(card.criteria):
        for before in card.criteria[:number]:
            both = [category for category in item.categories if category in before.categories]
            if both and not _contacts(card, item).isdisjoint(_contacts(card, before)):
                yield Problem(
                    item.code,
                    "categories",
                    f"“{_categories(both, 'zh')}”已属于“{before.zh}”，同一处发现会扣两次分",
                    f"findings of {_categories(both, 'en')} count in {before.code} already: each would cost twice",
                )


def _contacts(card: Scorecard, item: Criterion) -> frozenset[Contact]:
    """The sorts of contact that the item can apply to."""
    chain = _chain(card, item)
    return frozenset(c for c in CONTACTS if card.fits(c) and all(one.fits(c) for one in chain))


def _named(contact: Contact, lang: str) -> str:
    return " · ".join(
        name_of(kind, code, lang)
        for kind, code in (
            ("channel", contact.channel),
            ("direction", contact.direction),
            ("contact_kind", contact.kind),
        )
    )


def _categories(codes: Collection[str], lang: str) -> str:
    return ("、" if lang == "zh" else ", ").join(name_of("finding_category", code, lang) for code in codes)
