"""Whether somebody may do something, and what stands against it, each with its clause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from regulations.values import Role
from regulations.verdict import Lang, Step, distinct_clauses


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason against: a code, the clause it rests on, and the sentence for the person who is refused."""

    code: str
    clause: str | None
    zh: str
    en: str

    def text(self, lang: Lang = "zh") -> str:
        """The sentence in the language asked for."""
        return self.en if lang == "en" else self.zh

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """The shape that contract.md has for violations: {"code", "clause", "message"}."""
        return {"code": self.code, "clause": self.clause, "message": self.text(lang)}


@dataclass(frozen=True, slots=True)
class Ruling:
    """The answer to "may he": with the level whose it is, what stands against it, clauses and reasoning.

    `required_role` None: nobody has to sign, or the question itself was refused (then there are violations).
    `title` and `title_en` are what that level is called here.
    """

    is_allowed: bool
    required_role: Role | None
    violations: tuple[Violation, ...] = ()
    clauses: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    title: str = ""
    title_en: str = ""

    def role_title(self, lang: Lang = "zh") -> str:
        """What the required level is called here, in the language asked for."""
        return self.title_en if lang == "en" else self.title


def clauses_of(steps: Iterable[Step], violations: Iterable[Violation], *more: str) -> tuple[str, ...]:
    """Every clause that a ruling names, each once: the parameters' first, then steps and violations."""
    named = (v.clause for v in violations if v.clause)
    return tuple(dict.fromkeys([*distinct_clauses(steps, *more), *named]))
