"""Reasoning that is kept as facts and put into words only when somebody reads it.

A department's year is some hundred thousand verdicts, of which few are ever opened: deciding one is cheap, wording it
is not. A note holds which sentence it will be, the values in it and the clause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from regulations.verdict import Step

Words = Callable[..., tuple[str, str]]


class Note(NamedTuple):
    """One line of reasoning that has not been worded yet: `words(*values)` gives it in Chinese and English."""

    words: Words
    values: tuple[Any, ...] = ()
    clause: str | None = None

    def step(self) -> Step:
        """The line in words."""
        zh, en = self.words(*self.values)
        return Step(zh, en, self.clause)


def clauses_named(notes: Iterable[Note]) -> tuple[str, ...]:
    """The clauses that the notes name, each once, in the order of first mention."""
    return tuple(dict.fromkeys(note.clause for note in notes if note.clause))
