"""What is compared when transcripts are searched: one spelling, pairs of characters, and where a phrase stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.text.lexicon import LEXICON
from inspection.text.wording import normalise
from quality.search_terms import (
    MOST_OF_A_PHRASE,
    MOST_OF_A_TEXT,
    NoPhrase,
    Phrase,
    index_terms,
    phrase_of,
    places_of,
)

# Few characters, so that phrases are found; among them what is folded, dropped, or means something to a database.
LETTERS = st.text(alphabet="退退款請请AaＡ1 ，。%_'\"*^-😀\0\ud800é")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("退款吗？", "退款 款吗 吗"),
        ("退 款，吗", "退款 款吗 吗"),
        ("請問", "请问 问"),
        ("ＡＢ c", "ab bc c"),
        ("好", "好"),
        ("", ""),
        ("……%_*\"'😀", ""),
    ],
)
def test_a_text_is_kept_as_its_pairs_and_its_last_character(text: str, terms: str) -> None:
    assert index_terms(text) == terms


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [("退款", ("退款",)), (" 请問 您，", ("请问", "问您")), ("款", ("款",)), ("Ok", ("ok",))],
)
def test_a_phrase_is_its_pairs_in_their_order(typed: str, pairs: tuple[str, ...]) -> None:
    assert phrase_of(typed).pairs == pairs
    assert phrase_of(typed).is_one_character is (len(pairs[0]) == 1)


@pytest.mark.parametrize("typed", ["", "   ", "，。！？", "%", "_", "*", '"', "'--", "😀", "\0", "\ud800"])
def test_without_a_letter_or_digit_there_is_nothing_to_look_for(typed: str) -> None:
    with pytest.raises(NoPhrase) as raised:
        phrase_of(typed)
    assert raised.value.code == "empty"


def test_a_phrase_has_an_end() -> None:
    assert len(phrase_of("退" * MOST_OF_A_PHRASE + "，").text) == MOST_OF_A_PHRASE
    for size in (MOST_OF_A_PHRASE + 1, 10_000):
        with pytest.raises(NoPhrase) as raised:
            phrase_of("退" * size)
        assert raised.value.code == "too_long"


def test_a_text_of_any_length_is_taken_in_up_to_its_limit() -> None:
    text = "退" * MOST_OF_A_TEXT + "款"
    assert index_terms(text).endswith(" 退")
    assert places_of(Phrase("款"), text) == []


def test_the_places_are_those_of_the_text_as_it_was_written() -> None:
    text = "請退，款吧。退 款退款"
    found = places_of(phrase_of("退款"), text)
    assert [text[begin:end] for begin, end in found] == ["退，款", "退 款", "退款"]


@given(text=LETTERS, typed=LETTERS)
def test_a_phrase_stands_where_its_pairs_stand_in_a_row(text: str, typed: str) -> None:
    """The index looks for pairs, the page marks characters; both are the same as looking for the compared text."""
    try:
        phrase = phrase_of(typed)
    except NoPhrase:
        return
    compared = "".join(term[0] for term in index_terms(text).split())
    is_there = phrase.text in compared
    entries, pairs = index_terms(text).split(), list(phrase.pairs)
    if phrase.is_one_character:
        assert any(entry.startswith(phrase.text) for entry in entries) is is_there
    else:
        rows = [entries[i : i + len(pairs)] for i in range(len(entries))]
        assert (pairs in rows) is is_there
    assert bool(places_of(phrase, text)) is is_there
    for begin, end in places_of(phrase, text):
        assert phrase_of(text[begin:end]) == phrase


@given(text=LETTERS)
def test_the_inspection_compares_the_same_characters_less_the_fillers(text: str) -> None:
    compared = "".join(term[0] for term in index_terms(text).split())
    assert normalise(text).text == "".join(c for c in compared if c not in LEXICON.fillers)
