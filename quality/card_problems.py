"""What is wrong with a scorecard: at which item, in which field, and why."""

from __future__ import annotations

from dataclasses import dataclass

from regulations.names import NAMES

CATEGORIES = frozenset(NAMES["finding_category"])
"""Categories that findings have out of the box; a rulebook may add the site's own."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `item` is the code of a criterion, "" for the card itself."""

    item: str
    field: str
    zh: str
    en: str

    def text(self, lang: str = "zh") -> str:
        """What is wrong and what to do instead."""
        return self.en if lang == "en" else self.zh


class CardError(ValueError):
    """A scorecard that nothing can be scored by; `problems` says everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.item or 'card'}: {p.field}: {p.en}" for p in problems))
        self.problems = problems
