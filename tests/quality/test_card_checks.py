"""A card by which nobody could be scored is refused: the item, the field, and why."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from quality.scorecards import check, compare, from_record


def item(code: str, **values: Any) -> dict[str, Any]:
    return {"code": code, "zh": f"项目{code}", "weight": 10, **values}


def record(*items: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"code": "card", "zh": "评分表", "criteria": list(items), **values}


def only_if(code: str, *answers: str) -> dict[str, Any]:
    return {"only_if": {"criterion": code, "answers": list(answers)}}


GOOD, BAD = {"code": "good", "zh": "好", "share": 1}, {"code": "bad", "zh": "差", "share": 0}
MACHINE = {"kind": "machine", "categories": ["cold"]}
REFUSED: list[tuple[str, Any, list[tuple[str, str]]]] = [
    ("no table", "hello", [("", "criteria")]),
    ("no items", record(), [("", "criteria")]),
    ("an item that is no table", record("x"), [("", "criteria"), ("#1", "weight"), ("#1", "code"), ("#1", "zh")]),  # type: ignore[arg-type]
    ("too many items", record(*(item(f"i{n}") for n in range(101))), [("", "criteria")]),
    ("no code", {"zh": "表", "criteria": [item("a")]}, [("", "code")]),
    ("a long code", record(item("a" * 41)), [("a" * 41, "code")]),
    ("no name", {"code": "card", "criteria": [item("a")]}, [("", "zh")]),
    ("an unknown field", record(item("a", wieght=3)), [("a", "wieght")]),
    ("an unknown field of the card", record(item("a"), weights=3), [("", "weights")]),
    ("no weights", record(item("a", weight=0), item("b", weight=0)), [("a", "weight"), ("b", "weight")]),
    ("only gates", record(item("a", weight=0, auto_fail=True)), [("", "criteria")]),
    ("a missing weight", record({"code": "a", "zh": "甲"}), [("a", "weight")]),
    ("a negative weight", record(item("a", weight=-1)), [("a", "weight")]),
    ("no number", record(item("a", weight="10")), [("a", "weight")]),
    ("not a number", record(item("a", weight=float("nan"))), [("a", "weight")]),
    ("endless", record(item("a", weight=float("inf"))), [("a", "weight")]),
    ("too heavy", record(item("a", weight=1000.01)), [("a", "weight")]),
    ("three places", record(item("a", weight=0.125)), [("a", "weight")]),
    ("true as a weight", record(item("a", weight=True)), [("a", "weight")]),
    ("a pass mark above 100", record(item("a"), pass_score=101), [("", "pass_score")]),
    ("duplicate codes", record(item("a"), item("b"), item("a")), [("a", "code")]),
    ("an unknown kind", record(item("a", kind="robot")), [("a", "kind")]),
    ("unknown categories", record(item("a", kind="machine", categories=["cold", "nope"])), [("a", "categories")]),
    ("a machine item without categories", record(item("a", kind="machine")), [("a", "categories")]),
    ("a person's item with categories", record(item("a", categories=["cold"])), [("a", "categories")]),
    ("a machine item with levels", record(item("a", **MACHINE, levels=[GOOD, BAD])), [("a", "levels")]),
    ("categories that are no list", record(item("a", kind="machine", categories="cold")), [("a", "categories")]),
    ("one level", record(item("a", levels=[GOOD])), [("a", "levels")]),
    ("levels of which none earns all", record(item("a", levels=[BAD, {**GOOD, "share": 0.9}])), [("a", "levels")]),
    ("levels with the same code", record(item("a", levels=[GOOD, {**BAD, "code": "good"}])), [("a", "levels")]),
    ("a level called na", record(item("a", levels=[GOOD, {**BAD, "code": "na"}])), [("a", "levels")]),
    ("a share above 1", record(item("a", levels=[GOOD, {**BAD, "share": 2}])), [("a", "levels")]),
    ("a level without a share", record(item("a", levels=[GOOD, {"code": "bad", "zh": "差"}])), [("a", "levels")]),
    ("auto-fail without a level that earns nothing", record(item("a", auto_fail=True, levels=[GOOD, {**BAD, "share": 0.5}])), [("a", "auto_fail")]),
    ("auto-fail that is no yes or no", record(item("a", auto_fail="yes")), [("a", "auto_fail")]),
    ("a condition on nothing", record(item("a", **only_if("zz", "yes"))), [("a", "only_if")]),
    ("a condition without answers", record(item("a"), item("b", **only_if("a"))), [("b", "only_if")]),
    ("a condition that is no table", record(item("a", only_if="b")), [("a", "only_if")]),
    ("a condition on an answer that is none", record(item("a"), item("b", **only_if("a", "good"))), [("b", "only_if")]),
    ("a condition on not applicable", record(item("a"), item("b", **only_if("a", "na"))), [("b", "only_if")]),
    ("a condition on itself", record(item("a", **only_if("a", "yes")), item("b")), [("a", "only_if")]),
    (
        "circular conditions",
        record(item("a", **only_if("c", "yes")), item("b", **only_if("a", "yes")), item("c", **only_if("b", "no")), item("d", **only_if("a", "yes"))),
        [("a", "only_if"), ("b", "only_if"), ("c", "only_if")],
    ),
    ("auto-fail that never applies", record(item("a"), item("b", auto_fail=True, channels=["chat"]), channels=["phone"]), [("b", "auto_fail")]),
    ("an item that never applies", record(item("a"), item("b", kinds=["complaint"]), kinds=["other"]), [("b", "channels")]),
    (
        "an item whose condition never applies together with it",
        record(item("a", channels=["chat"]), item("b", auto_fail=True, channels=["phone"], **only_if("a", "yes")), item("c")),
        [("b", "auto_fail")],
    ),
    ("a chat by telephone", record(item("a"), item("b", kinds=["chat"]), channels=["phone"]), [("b", "channels")]),
    ("contacts to which nothing applies", record(item("a", directions=["inbound"])), [("", "criteria")]),
    ("a finding that costs twice", record(item("a", **MACHINE), item("b", **MACHINE)), [("b", "categories")]),
    ("an unknown channel", record(item("a", channels=["fax"]), item("b")), [("a", "channels")]),
    ("an unknown clause", record(item("a", source=["Z9.1"])), [("a", "source")]),
    ("stated by nothing", record(item("a", status="stated")), [("a", "source")]),
    ("an unknown status", record(item("a", status="sure")), [("a", "status")]),
    ("control characters", record(item("a", zh="甲\x00乙")), [("a", "zh")]),
    ("a title without end", record(item("a", zh="长" * 201)), [("a", "zh")]),
]  # fmt: skip


@pytest.mark.parametrize(("what", "raw", "expected"), REFUSED, ids=[r[0] for r in REFUSED])
def test_what_cannot_be_scored_is_refused(what: str, raw: Any, expected: list[tuple[str, str]]) -> None:
    found = check(raw)
    assert [(p.item, p.field) for p in found] == expected
    assert all(p.zh and p.en and p.text("en") == p.en for p in found)


FINE: list[tuple[str, dict[str, Any]]] = [
    ("one item", record(item("a"))),
    ("weights that do not add up to 100", record(item("a", weight=3), item("b", weight=1000))),
    ("a gate without weight beside items with it", record(item("a"), item("b", weight=0, auto_fail=True))),
    ("a question that only others depend on", record(item("a", weight=0), item("b", **only_if("a", "no")))),
    ("a category in two items for different channels", record(item("x"), item("a", **MACHINE, channels=["phone"]), item("b", **MACHINE, channels=["chat"]))),
    ("conditions in a row", record(item("c", **only_if("b", "yes")), item("b", **only_if("a", "yes")), item("a"))),
    ("the site's own clause", record(item("a", source=["S.1"], status="stated"))),
]  # fmt: skip


@pytest.mark.parametrize(("what", "raw"), FINE, ids=[r[0] for r in FINE])
def test_what_can_be_scored_is_taken(what: str, raw: dict[str, Any]) -> None:
    assert check(raw) == ()
    assert from_record(raw).code == "card"


def test_a_site_may_have_categories_of_its_own() -> None:
    own = record(item("a", kind="machine", categories=["our_own"]))
    assert [p.field for p in check(own)] == ["categories"]
    assert check(own, {"our_own"}) == ()
    assert from_record(own).criteria[0].categories == ("our_own",)  # what was published stays readable


def test_two_versions_are_compared_field_by_field() -> None:
    before = record(item("a"), item("b"), item("c"), pass_score=80)
    after = deepcopy(before)
    after["pass_score"] = 85
    after["criteria"][0]["weight"] = 20
    after["criteria"][1:] = [item("c", auto_fail=True), item("new")]
    found = compare(from_record(before), from_record(after))
    assert [(d.item, d.what, d.field, d.before, d.after) for d in found] == [
        ("", "changed", "pass_score", 80, 85),
        ("a", "changed", "weight", 10, 20),
        ("c", "changed", "auto_fail", False, True),
        ("new", "added", "", None, None),
        ("b", "removed", "", None, None),
    ]
    turned = {**before, "criteria": before["criteria"][::-1]}
    found = compare(from_record(before), from_record(turned))
    assert [(d.field, d.before, d.after) for d in found] == [("order", ("a", "b", "c"), ("c", "b", "a"))]
