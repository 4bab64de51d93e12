"""What lies below every rulebook: how words are written and misheard. Read once from `lexicon.toml` beside this file.

Nothing here is a rule about a person, nor a window or a limit; those are in the rulebook (inspection/limits.py).
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything in lexicon.toml, typed."""

    fillers: frozenset[str]
    same: tuple[tuple[str, ...], ...]
    spoken_fillers: tuple[str, ...]
    sentence_ends: frozenset[str]
    confusable: dict[str, str]
    common_syllables: frozenset[str]
    before_word: frozenset[str]
    after_word: frozenset[str]
    hallucinations: tuple[str, ...]


def _read(data: dict[str, Any]) -> Lexicon:
    text, recognition = data["text"], data["recognition"]
    return Lexicon(
        fillers=frozenset(text["fillers"]),
        same=tuple(tuple(group) for group in text["same"]),
        spoken_fillers=tuple(text["spoken_fillers"]),
        sentence_ends=frozenset(text["sentence_ends"]),
        confusable=dict(recognition["confusable"]),
        common_syllables=frozenset(recognition["common_syllables"].split()),
        before_word=frozenset(data["word"]["before"]),
        after_word=frozenset(data["word"]["after"]),
        hallucinations=tuple(data["hallucinations"]["texts"]),
    )


LEXICON = _read(tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")))
