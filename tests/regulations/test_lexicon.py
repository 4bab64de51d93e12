"""The starter lexicon of 服务忌语: many entries, no two alike, and none that polite talk runs into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import ahocorasick
import pytest
from opencc import OpenCC

from inspection.findings import Finding
from inspection.phrases import find
from inspection.text.wording import normalise
from inspection.transcript import Segment, Transcript
from regulations.files import LEXICON
from regulations.rulebook import load_rulebook, preset_ids
from regulations.values import PhraseRule
from tests.regulations.look_alikes import LOOK_ALIKES
from tests.regulations.polite_talk import ORDINARY

CATEGORIES = sorted(path.stem for path in LEXICON.glob("*.toml"))
RULES = [r for r in load_rulebook().banned_phrases() if r.category in CATEGORIES]
SPELLINGS = {normalise(t).text: (r, t) for r in RULES for t in r.texts}
CLAUSES = {
    "insult": {"B1.8", "A4.31"},
    "mockery": {"B1.8", "A4.31"},
    "profanity": {"C4.30"},
    "quarrel": {"B1.8"},
    "impatience": {"B1.8", "E5.13"},
    "cold": {"B1.8", "E5.13"},
    "shirking": {"E3.21", "E3.23", "A6.11"},
    "obstruct": {"E3.21", "E3.23"},
    "confrontation": {"E3.21", "C4.30"},
    "exaggeration": {"A4.35"},
    "unauthorised_promise": {"A4.34", "E5.15"},
    "harms_company": {"E3.8"},
    "disclosure": {"A2.4", "B1.23", "A9.3", "E2.3"},
    "idle_chat": {"A2.6", "E4.2"},
    "favours": {"E3.23"},
    "informal_nihao": {"A1.20"},
}
"""By which clauses each category is banned (catalogue, section 2.17)."""


def said_one_by_one(texts: Iterable[str]) -> dict[int, list[Finding]]:
    """The banned findings of a call in which the agent says every text after a long pause, by the text's number."""
    segments = tuple(Segment("agent", 10.0 * i, 10.0 * i + 3, text) for i, text in enumerate(texts))
    found: dict[int, list[Finding]] = {i: [] for i in range(len(segments))}
    for finding in find(Transcript("c", segments=segments), load_rulebook(preset_ids())).findings:
        if finding.kind == "banned" and finding.segment is not None:
            found[finding.segment].append(finding)
    return found


def test_the_lexicon_covers_the_sixteen_categories_with_four_hundred_entries() -> None:
    entries = Counter(r.category for r in RULES)
    assert set(entries) == set(CLAUSES)
    assert sum(entries.values()) >= 400
    scarce = {c: n for c, n in entries.items() if n < (5 if c == "informal_nihao" else 12)}
    assert not scarce


def test_every_entry_has_spoken_variants() -> None:
    assert [r.id for r in RULES if len(r.texts) < 2] == []


def test_an_id_begins_with_its_category() -> None:
    for rule in RULES:
        prefix = "promise" if rule.category == "unauthorised_promise" else rule.category.replace("_", "-")
        assert rule.id.startswith(f"{prefix}-"), rule.id


def test_every_entry_rests_on_the_clauses_of_its_category() -> None:
    assert [r.id for r in RULES if not r.clauses or not set(r.clauses) <= CLAUSES[r.category]] == []


def test_the_rules_of_the_first_lexicon_are_still_there() -> None:
    ids = {r.id for r in RULES}
    assert {"shirking-not-mine", "cold-dismiss", "promise-vouch", "profanity-gun", "quarrel-shouting"} <= ids
    assert {"insult-mind", "favours-treat", "disclosure-inside", "harms-company-way", "mockery-means"} <= ids


def test_no_two_texts_are_compared_alike() -> None:
    # Words that only propose may be sure where they stand alone, or beside others.
    everywhere = [r for r in RULES if r.match != "exact_word" and not r.only]
    spellings = Counter(normalise(t).text for r in everywhere for t in r.texts)
    assert [s for s, n in spellings.items() if n > 1] == []


def test_every_text_is_long_enough_to_mean_something() -> None:
    assert [(r.id, t) for r in RULES for t in r.texts if len(normalise(t).text) < 2 and t != "滚"] == []
    # Two characters are sure only where they are a swear word.
    short = {r.category for r in RULES if r.is_sure for t in r.texts if len(normalise(t).text) < 3}
    assert short <= {"profanity", "insult", "mockery"}


def test_every_text_is_written_in_simplified_characters() -> None:
    simplified = OpenCC("t2s")  # character by character: it reads some words as others
    for rule in RULES:
        for text in (*rule.texts, *rule.allow, *rule.suggest):
            assert "".join(map(simplified.convert, text)) == text, (rule.id, text)


def test_every_allowed_text_is_longer_than_a_text_it_swallows() -> None:
    for rule in RULES:
        texts = [normalise(t).text for t in rule.texts]
        for allowed in rule.allow:
            spelling = normalise(allowed).text
            assert any(t in spelling and t != spelling for t in texts) or rule.patterns, (rule.id, allowed)


def test_no_allowed_text_is_one_of_the_texts() -> None:
    assert [
        (r.id, a) for r in RULES for a in r.allow if normalise(a).text in {normalise(t).text for t in r.texts}
    ] == []


def test_a_doubtful_text_never_hides_a_sure_one_of_another_category() -> None:
    """The longest text wins: one that only proposes would take the place of one that is sure."""
    automaton = ahocorasick.Automaton()
    for spelling, meaning in SPELLINGS.items():
        automaton.add_word(spelling, meaning)
    automaton.make_automaton()
    hidden = [
        (rule.id, text, inner.id)
        for spelling, (rule, text) in SPELLINGS.items()
        for _, (inner, _) in automaton.iter(spelling)
        if inner.is_sure and not rule.is_sure and inner.category != rule.category
    ]
    assert hidden == []


def test_what_a_regulation_wants_said_holds_no_banned_text() -> None:
    wanted = {normalise(t).text for r in load_rulebook(preset_ids()).required_phrases() for t in r.texts}
    # A text that must stand alone is not found inside another.
    inside = [s for s, (rule, _) in SPELLINGS.items() if rule.match != "exact_word"]
    assert [(w, s) for w in wanted for s in inside if s in w] == []


def test_what_is_better_said_holds_no_banned_text() -> None:
    better = {normalise(s).text for r in RULES for s in r.suggest}
    assert [(b, s) for b in better for s, (r, _) in SPELLINGS.items() if r.is_sure and s in b] == []


def test_casual_greetings_are_looked_for_in_chats_only_and_never_charged() -> None:
    casual = [r for r in RULES if r.category == "informal_nihao"]
    assert {(r.channels, r.is_sure, r.by_sound) for r in casual} == {(("chat",), False, False)}


def test_ordinary_polite_sentences_hold_nothing_of_the_lexicon() -> None:
    assert len(ORDINARY) >= 150
    found = said_one_by_one(ORDINARY)
    assert [(ORDINARY[i], f.rule, f.quote) for i, fs in found.items() for f in fs if f.layer == "exact"] == []


@pytest.mark.parametrize("rule", sorted(LOOK_ALIKES))
def test_innocent_sentences_around_a_risky_text_are_not_charged(rule: str) -> None:
    sentences = LOOK_ALIKES[rule]
    assert len(sentences) >= 10
    spellings = [normalise(t).text for r in _family(rule) for t in r.texts]
    assert sum(any(s in normalise(sentence).text for s in spellings) for sentence in sentences) >= 8
    charged = [
        (sentences[i], f.rule, f.quote)
        for i, found in said_one_by_one(sentences).items()
        for f in found
        if f.verdict == "hit"
    ]
    assert charged == []


def _family(rule: str) -> list[PhraseRule]:
    """The rule and those that hold its doubtful texts (insult-mind, insult-mind-maybe)."""
    family = [r for r in RULES if r.id == rule or r.id.startswith(f"{rule}-")]
    assert family, rule
    return family
