"""Whoever was asked first stays responsible for a case (首问负责, D1.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulations.ruling import Ruling, Violation, clauses_of
from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_FIRST_ASKED = "complaint.first_asked_stays"


def may_change_first_owner(book: Rulebook) -> Ruling:
    """Whether the person asked first may be replaced by another (首问负责, D1.5): only where the rulebook lets him go.

    Passing a case on changes who works on it (the handler), never who was asked first.
    """
    clause = book.clause(_FIRST_ASKED)
    if not book.flag(_FIRST_ASKED):
        said = Step(
            "现行规定不要求首问责任人不变", "This rulebook does not hold to the person asked first", clause
        )
        return Ruling(True, None, (), book.clauses(_FIRST_ASKED), (said,))
    step = Step(
        "首问负责：转交或改派只更换经办人，首问责任人不变",
        "Whoever was asked first stays responsible: passing a case on changes its handler only",
        clause,
    )
    violation = Violation(
        "first_asked_stays",
        clause,
        "首问责任人不能更换；需要由他人办理的，请更换经办人。",
        "The person asked first stays responsible. If somebody else is to work on it, change the handler.",
    )
    return Ruling(False, None, (violation,), clauses_of((step,), (violation,)), (step,))
