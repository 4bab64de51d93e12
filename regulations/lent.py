"""What the base lends: rules on which the department's own regulations are silent.

A parameter that no chosen set states is taken from the base, with the clause of the set it was found in. Whoever reads
such a clause under a verdict must be told that it is a general default and no sentence of his own regulations.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook


def lent_clauses(clauses: Iterable[str], book: Rulebook) -> tuple[str, ...]:
    """Those of the clauses that belong to no set of the rulebook, in their order; none where it is the base alone."""
    if not book.own_sets:
        return ()
    return tuple(clause for clause in clauses if set_of(clause) not in book.own_sets)


def lent_step(clauses: Iterable[str], book: Rulebook) -> Step | None:
    """The sentence that names them, to stand at the end of a reasoning; None when every clause is the department's."""
    lent = lent_clauses(clauses, book)
    if not lent:
        return None
    zh, en = lent_words(lent, book.title("zh"), book.title("en"))
    return Step(zh, en)


def lent_words(lent: tuple[str, ...], title: str, title_en: str) -> tuple[str, str]:
    """The sentence in Chinese and English."""
    return (
        f"{'、'.join(lent)} 为通用默认：“{title}”对此没有规定",
        f"{', '.join(lent)}: general defaults, {title_en} is silent on this",
    )


def set_of(clause: str) -> str:
    """The set a clause belongs to: "A1" of "A1.28"."""
    return clause.partition(".")[0]
