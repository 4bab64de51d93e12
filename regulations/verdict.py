"""The explanation that every verdict carries.

A rule is a pure function of facts, rulebook and `now`. Whatever it decides, it answers with the
steps that led there, each naming the clause it rests on, so that nobody has to believe a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Lang = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Step:
    """One line of reasoning, already worded in both languages so that a stored one never changes."""

    zh: str
    en: str
    clause: str | None = None  # e.g. "A6.28"; None for arithmetic that needs no clause

    def text(self, lang: Lang = "zh") -> str:
        """The sentence in the language asked for."""
        return self.en if lang == "en" else self.zh

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """The shape that contract.md promises: {"text", "clause"}."""
        return {"text": self.text(lang), "clause": self.clause}

    def as_record(self) -> dict[str, Any]:
        """The shape kept in the database: both languages."""
        return {"zh": self.zh, "en": self.en, "clause": self.clause}

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Step:
        """The inverse of `as_record`."""
        return Step(record["zh"], record["en"], record.get("clause"))


def step(zh: str, en: str, clause: str | None = None, **values: object) -> Step:
    """A step whose two templates are filled with the same values (str.format)."""
    return Step(zh.format(**values), en.format(**values), clause)


def distinct_clauses(steps: Iterable[Step], *more: str) -> tuple[str, ...]:
    """The clauses named by the steps and by `more`, each once, in the order of first mention."""
    return tuple(dict.fromkeys([*more, *(s.clause for s in steps if s.clause)]))
