"""The words and windows that the regulations leave open, read once from `lexicon.toml` beside this file.

Nothing here is a rule about a person; the rules are in the rulebook. Kept as data so that a QA lead can edit it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes a conditional phrase owed: one of `texts` said by `speaker`, not taken back by `unless` before it."""

    speaker: str
    texts: tuple[str, ...]
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """Where phrases are looked for. Seconds and numbers of turns; the meaning of each stands in lexicon.toml."""

    opening_seconds: float
    opening_turns: int
    closing_seconds: float
    closing_turns: int
    short_call_seconds: float
    join_seconds: float
    turn_pause_seconds: float
    reply_turns: int
    hold_seconds: float
    hold_notice_seconds: float
    gap_characters: int
    dead_air_seconds: float


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything in lexicon.toml, typed."""

    fillers: frozenset[str]
    variants: dict[str, str]
    sentence_ends: frozenset[str]
    confusable: dict[str, str]
    near_miss_ratio: float
    near_miss_min_characters: int
    least_sure: float
    fastest_speech: float
    windows: Windows
    before_word: frozenset[str]
    after_word: frozenset[str]
    quotation: tuple[str, ...]
    negation: tuple[str, ...]
    guard_reach: int
    triggers: dict[str, Trigger]
    hallucinations: tuple[str, ...]


def _read(data: dict[str, Any]) -> Lexicon:
    text, recognition, guards = data["text"], data["recognition"], data["guards"]
    return Lexicon(
        fillers=frozenset(text["fillers"]),
        variants=dict(text["variants"]),
        sentence_ends=frozenset(text["sentence_ends"]),
        confusable=dict(recognition["confusable"]),
        near_miss_ratio=float(recognition["near_miss_ratio"]),
        near_miss_min_characters=int(recognition["near_miss_min_characters"]),
        least_sure=float(recognition["least_sure"]),
        fastest_speech=float(recognition["fastest_speech"]),
        windows=Windows(**data["windows"]),
        before_word=frozenset(data["word"]["before"]),
        after_word=frozenset(data["word"]["after"]),
        quotation=tuple(guards["quotation"]),
        negation=tuple(guards["negation"]),
        guard_reach=int(guards["reach"]),
        triggers={
            name: Trigger(t["speaker"], tuple(t["texts"]), tuple(t["unless"]))
            for name, t in data["triggers"].items()
        },
        hallucinations=tuple(data["hallucinations"]["texts"]),
    )


LEXICON = _read(tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")))
