"""What an editor is told to look at: wordings that two phrases have, that stand in other words, that fit everything."""

from __future__ import annotations

from typing import Any

import pytest

from regulations.editing import edited, record_of
from regulations.phrase_warnings import MOST, PhraseWarning, warnings_of
from regulations.rulebook import Rulebook
from tests.regulations.few_phrases import book_of_few_phrases


def edit(list_: str = "banned", id_: str = "own", **fields: Any) -> dict[str, Any]:
    record = {"id": id_, "category": "cold", "texts": ["没人管你"], "source": [], "status": "product_choice"}
    return {"what": "phrase", "list": list_, "action": "add", "id": id_, "record": record | fields}


OTHER = edit(id_="other", texts=["不关我事"], allow=["不关我事的话我也帮您问"])
WANTED = edit("required", "wanted", category="check", texts=["请您核对一下金额"])


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return edited(book_of_few_phrases(), [OTHER, WANTED])


def found(book: Rulebook, list_: str = "banned", **fields: Any) -> list[PhraseWarning]:
    after = edited(book, [edit(list_, **fields)])
    record = record_of(after, list_, "own")
    assert record is not None
    return warnings_of(after, record)


def kinds(warnings: list[PhraseWarning]) -> list[tuple[str, str]]:
    return [(one.kind, one.other) for one in warnings]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, []),
        ({"texts": ["不关我事"]}, [("same", "banned:other"), ("in_allowed", "banned:other")]),
        ({"texts": ["这又不关我事"]}, [("found_already", "banned:other")]),
        ({"texts": ["不关我事"], "contact_kind": ["chat"], "channel": ["visit"]}, [("same", "banned:other"), ("in_allowed", "banned:other")]),
        ({"texts": ["核对一下"]}, [("in_required", "required:wanted")]),
        ({"texts": ["核对一下"], "allow": ["请您核对一下"]}, []),
        ({"patterns": ["核对*金额"]}, [("in_required", "required:wanted")]),
        ({"patterns": ["我*了"]}, [("broad", "")]),
        ({"patterns": ["我*你*办"]}, []),
        ({"texts": ["哼"]}, [("short", "")]),
        ({"texts": ["哼"], "match": "exact_word"}, []),
        ({"texts": ["哼"], "allow": ["哼唱"]}, []),
    ],
)  # fmt: skip
def test_a_banned_wording_meets_what_the_rulebook_says_elsewhere(
    book: Rulebook, fields: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert kinds(found(book, **fields)) == expected


def test_contacts_that_never_meet_are_no_matter(book: Rulebook) -> None:
    narrow = edited(book_of_few_phrases(), [edit(id_="other", texts=["不关我事"], channel=["chat"])])
    assert found(narrow, texts=["不关我事"], channel=["phone"]) == []
    assert kinds(found(narrow, texts=["不关我事"])) == [("same", "banned:other")]


def test_a_required_wording_that_holds_a_banned_one_is_named(book: Rulebook) -> None:
    said = found(book, "required", category="check", texts=["这不关我事，请找物业"])
    assert kinds(said) == [("banned_inside", "banned:other")]
    assert "不关我事" in said[0].text("zh") and "不关我事" in said[0].text("en")
    excused = found(book, "required", category="check", texts=["不关我事的话我也帮您问问"])
    assert excused == []


def test_two_steps_with_the_same_words_cannot_be_told_apart() -> None:
    book = book_of_few_phrases("hospital_callback")
    cue = next(c for c in book.all_flow_cues() if c.step == "感谢")
    text = next(c for c in book.all_flow_cues() if c.step == "健康宣教").texts[0]
    record = {
        "code": cue.code, "step": cue.step, "texts": [*cue.texts, text], "contact_kind": list(cue.contact_kinds),
        "source": [], "status": "product_choice",
    }  # fmt: skip
    after = edited(
        book, [{"what": "phrase", "list": "flow", "action": "change", "id": cue.code, "record": record}]
    )
    changed = record_of(after, "flow", cue.code)
    assert changed is not None
    assert [(one.kind, one.wording) for one in warnings_of(after, changed, cue)] == [("same", text)]


def test_only_what_is_new_is_remarked_and_not_without_end(book: Rulebook) -> None:
    before = record_of(book, "banned", "other")
    assert before is not None and warnings_of(book, before, before) == []
    assert len(found(book, texts=[f"{n}不关我事" for n in range(30)])) == MOST


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_sentence_names_the_wording(book: Rulebook, lang: str) -> None:
    cases: list[dict[str, Any]] = [
        {"texts": ["不关我事"]},
        {"texts": ["核对一下"]},
        {"patterns": ["我*了"]},
        {"texts": ["哼"]},
    ]
    for fields in cases:
        for one in found(book, **fields):
            assert one.wording in one.text(lang) and "{" not in one.text(lang)
