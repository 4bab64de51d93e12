"""What the demo voice knows: its characters, its syllables, and the few Whisper tokens it needs.

``vocabulary.json`` pins the lists, because the rows of the trained matrices follow them. New entries are found with
``extended``; the rows of the old ones keep their weights (see ``network.initialise``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from whisper.tokenizer import Tokenizer, get_tokenizer

from inspection.demo_voice.corpus import PUNCTUATION

VOCABULARY_FILE = Path(__file__).with_name("vocabulary.json")
TOTAL_TOKENS = 51865  # stock Whisper (multilingual) accepts no other size
TIMESTAMPS = 1501  # <|0.00|> to <|30.00|> in steps of 0.02 s


@cache
def tokenizer() -> Tokenizer:
    return get_tokenizer(True, num_languages=99, language="zh", task="transcribe")


@dataclass(frozen=True)
class SpecialTokens:
    """Token ids with a meaning of their own."""

    end: int
    start: int
    language: int
    task: int
    previous: int
    no_speech: int
    no_timestamps: int
    first_timestamp: int
    space: int

    def trained(self) -> list[int]:
        """The special tokens with an embedding row, in the order of the rows."""
        return [
            self.end,
            self.start,
            self.language,
            self.task,
            self.previous,
            self.no_speech,
            self.no_timestamps,
        ]


@cache
def special_tokens() -> SpecialTokens:
    tk = tokenizer()
    start, language, task = tk.sot_sequence
    (space,) = tk.encode(" ")
    return SpecialTokens(
        tk.eot, start, language, task, tk.sot_prev, tk.no_speech, tk.no_timestamps, tk.timestamp_begin, space
    )


@dataclass(frozen=True)
class Vocabulary:
    """Sorted lists. Class 0 of the character and syllable classifiers means "none"; entry i is class i + 1."""

    characters: tuple[str, ...]
    syllables: tuple[str, ...]
    text_tokens: tuple[int, ...]

    @classmethod
    def load(cls, path: Path = VOCABULARY_FILE) -> Vocabulary:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return cls(tuple(raw["characters"]), tuple(raw["syllables"].split()), tuple(raw["text_tokens"]))

    def save(self, path: Path = VOCABULARY_FILE) -> None:
        raw = {
            "characters": "".join(self.characters),
            "syllables": " ".join(self.syllables),
            "text_tokens": list(self.text_tokens),
        }
        path.write_text(json.dumps(raw, ensure_ascii=False) + "\n", encoding="utf-8")

    def extended(self, texts: Iterable[str], syllables: Iterable[str]) -> Vocabulary:
        """This vocabulary and whatever the texts and syllables add to it."""
        texts = set(texts)
        characters = {character for text in texts for character in text} - set(PUNCTUATION)
        tokens = {token for text in texts for token in tokenizer().encode(text)}
        return Vocabulary(
            tuple(sorted({*self.characters, *characters})),
            tuple(sorted({*self.syllables, *(syllable for syllable in syllables if syllable)})),
            tuple(sorted({*self.text_tokens, *tokens, special_tokens().space})),
        )

    @cached_property
    def character_class(self) -> dict[str, int]:
        return {character: index + 1 for index, character in enumerate(self.characters)}

    @cached_property
    def syllable_class(self) -> dict[str, int]:
        return {syllable: index + 1 for index, syllable in enumerate(self.syllables)}

    def covers(self, text: str) -> bool:
        """Whether the network can write ``text``."""
        known = set(self.characters) | set(PUNCTUATION)
        return set(text) <= known and set(tokenizer().encode(text)) <= set(self.text_tokens)
