"""The sentences the demo voice is trained on: templates with slots, word combinations, phrases.

Everything is written with hanzi and the four punctuation marks of ``PUNCTUATION``; numbers are spelled out. The
vocabulary itself is in ``sentences.toml``. ``build`` is deterministic: the same arguments give the same corpus.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PUNCTUATION = "，。？！"
_DIGITS = "零一二三四五六七八九"
_SLOT = re.compile(r"\{(\w+)\}")
_BREAKS = re.compile(r"\{\w+\}|[，。？！]")
_SENTENCE_FILE = Path(__file__).with_name("sentences.toml")


@dataclass(frozen=True)
class Language:
    """The hand-written part of the corpus: what ``sentences.toml`` holds."""

    slots: dict[str, list[str]]
    templates: list[str]
    held_out_templates: list[str]
    phrases: list[str]
    words: list[str]


@dataclass(frozen=True)
class Corpus:
    """Sentences by use. The two ``held_out_*`` lists are never trained on."""

    template: list[str]
    combination: list[str]
    phrase: list[str]
    script: list[str]
    held_out_fillings: list[str]
    held_out_templates: list[str]


@cache
def language() -> Language:
    """Reads ``sentences.toml``; lists are written there as words separated by white space, or one template a line."""
    raw = tomllib.loads(_SENTENCE_FILE.read_text(encoding="utf-8"))
    lines = {
        name: [line.strip() for text in group.values() for line in text.strip().splitlines()]
        for name, group in raw["templates"].items()
    }
    return Language(
        slots={name: text.split() for name, text in raw["slots"].items()},
        templates=lines["trained"],
        held_out_templates=lines["held_out"],
        phrases=[word for text in raw["phrases"].values() for word in text.split()],
        words=[word for text in raw["words"].values() for word in text.split()],
    )


def fill(template: str, rng: random.Random) -> str:
    """Fills each slot ``{name}``; ``{d8}`` becomes eight digits and ``{n}`` a number from one to ten."""
    slots = language().slots

    def choose(match: re.Match[str]) -> str:
        name = match.group(1)
        if name[0] == "d" and name[1:].isdigit():
            return "".join(rng.choice(_DIGITS) for _ in range(int(name[1:])))
        if name == "n":
            return rng.choice("一两三四五六七八九十")
        return rng.choice(slots[name])

    return _SLOT.sub(choose, template)


def sentences_of(text: str) -> list[str]:
    """Splits a turn after each full stop, question or exclamation mark."""
    return [part for part in re.findall(r"[^。？！]+[。？！]?", text) if part]


@cache
def _lexicon() -> tuple[list[str], list[str]]:
    """All words and template pieces, and those of at most four characters."""
    lang = language()
    pieces = {word for values in lang.slots.values() for word in values}
    pieces.update(part for template in lang.templates for part in _BREAKS.split(template) if part)
    pieces.update(lang.words, lang.phrases, _DIGITS, "两百千万元十")
    everything = sorted(pieces)
    return everything, [piece for piece in everything if len(piece) <= 4]


def combine_pieces(rng: random.Random) -> str:
    """Two to five pieces of templates and words in any order: grammar of a sort, but no sentence to memorise."""
    everything, short = _lexicon()
    count, text = rng.randint(2, 5), ""
    for index in range(count):
        text += rng.choice(everything if rng.random() < 0.5 else short)
        if index < count - 1 and rng.random() < 0.3:
            text += "，"
        if len(text) > 22:
            break
    return text.rstrip("，") + rng.choice("。。。？")


def combine_words(rng: random.Random) -> str:
    """Three to seven short words at random: the decoder has to listen, it cannot guess."""
    words, (_, short) = language().words, _lexicon()
    chosen = (rng.choice(words if rng.random() < 0.55 else short) for _ in range(rng.randint(3, 7)))
    return "".join(chosen)[:18] + rng.choice("。。？")


def _distinct(make: Iterable[str], count: int, avoid: set[str]) -> list[str]:
    found: dict[str, None] = {}
    for sentence in make:
        if sentence not in avoid:
            found.setdefault(sentence)
        if len(found) == count:
            return list(found)
    raise AssertionError("the generator is endless")


def build(
    scripts: Sequence[str] = (),
    seed: int = 7,
    fillings: int = 9000,
    piece_combinations: int = 7000,
    word_combinations: int = 11000,
    held_out: int = 300,
) -> Corpus:
    """The corpus. ``scripts`` are whole turns to learn by heart: each is added whole and sentence by sentence."""
    lang = language()
    rng = random.Random(seed)

    def endless(templates: Sequence[str]) -> Iterable[str]:
        for _ in range(400_000 // len(templates)):
            for template in templates:
                yield fill(template, rng)

    def repeated(make: object) -> Iterable[str]:
        assert callable(make)
        while True:
            yield make(rng)

    slotted = [template for template in lang.templates if "{" in template]
    held_out_fillings = _distinct(endless(slotted), held_out, set(scripts))
    held_out_sentences = _distinct(endless(lang.held_out_templates), held_out, set(scripts))
    avoid = {*held_out_fillings, *held_out_sentences}
    template = _distinct(endless(lang.templates), fillings, avoid)
    combination = _distinct(repeated(combine_pieces), piece_combinations, avoid)
    combination += _distinct(repeated(combine_words), word_combinations, avoid)
    by_heart = list(dict.fromkeys(part for turn in scripts for part in (turn, *sentences_of(turn))))
    return Corpus(
        template=template,
        combination=combination,
        phrase=[phrase + "。" for phrase in lang.phrases],
        script=[sentence for sentence in by_heart if sentence not in avoid],
        held_out_fillings=held_out_fillings,
        held_out_templates=[s for s in held_out_sentences if s not in set(template)],
    )
