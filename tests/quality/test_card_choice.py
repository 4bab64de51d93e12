"""Of the cards in force on a contact's day the narrowest judges it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from quality.card_choice import Edition, choose, in_force, without_card
from quality.scorecards import Contact, Criterion, Scorecard, shipped

DAY = date(2026, 11, 20)
PHONE = Contact("phone", "inbound", "complaint")


def edition(id_: int, code: str, since: int = 1, until: int | None = None, **values: Any) -> Edition:
    card = Scorecard(code, code, code, (Criterion("a", "甲", "A", Decimal(1)),), **values)
    return Edition(id_, 1, card, date(2026, 11, since), until and date(2026, 11, until))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("editions", "expected"),
    [
        ([], None),
        ([edition(1, "all")], 1),
        ([edition(1, "all", since=20)], 1),  # on its first day
        ([edition(1, "all", since=21)], None),
        ([edition(1, "all", until=20)], None),  # no longer
        ([edition(1, "all", until=21)], 1),
        ([edition(1, "all"), edition(2, "all", since=10)], 2),
        ([edition(1, "all"), edition(2, "all", since=10, until=15)], None),  # retired: the older one does not come back
        ([edition(1, "all", since=20), edition(2, "phone", channels=("phone",))], 2),
        ([edition(1, "phone", channels=("phone",)), edition(2, "in", directions=("inbound",))], 2),
        ([edition(1, "in", channels=("phone",), directions=("inbound",)), edition(2, "kind", kinds=("complaint",))], 2),
        ([edition(1, "chat", channels=("chat",)), edition(2, "all")], 2),
        ([edition(1, "one", since=3), edition(2, "two", since=2)], 1),  # equally narrow: begun last
        ([edition(1, "one"), edition(2, "two")], 2),  # begun together: always the same one
        ([edition(2, "two"), edition(1, "one")], 2),
    ],
)  # fmt: skip
def test_the_narrowest_version_in_force_judges(editions: list[Edition], expected: int | None) -> None:
    chosen = choose(editions, PHONE, DAY)
    assert (chosen.id if chosen else None) == expected
    assert len({e.card.code for e in in_force(editions, DAY)}) == len(in_force(editions, DAY))


def test_with_the_shipped_cards_every_telephone_and_chat_contact_has_one() -> None:
    cards = [Edition(n, 1, card, date(1970, 1, 1)) for n, card in enumerate(shipped())]
    assert without_card(cards, DAY) is None
    chosen = {
        kind: choose(cards, Contact("phone", "outbound", kind), DAY)
        for kind in ("callback_inpatient", "callback_repair", "complaint")
    }
    assert [e.card.code for e in chosen.values() if e] == [
        "patient_callback",
        "desk_checklist",
        "standard_phone",
    ]


def test_a_gap_is_named_with_its_day() -> None:
    cards = [
        edition(1, "phone", channels=("phone",), until=25),
        edition(2, "chat", channels=("chat",), since=2),
    ]
    found = without_card(cards, DAY)
    assert found is not None
    assert (found[0].channel, found[1]) == ("phone", date(2026, 11, 25))
    assert without_card([*cards, edition(3, "later", since=25)], DAY) is None
