"""The forms of a survey: what is asked, which grades there are, what they are worth, and how many answered.

Clauses: C4.15 every service is asked, C4.16 four dimensions and four grades, E1.22 what a repair callback asks. The
grades' points are a product choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.verdict import Step
from regulations.wording import number_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

DIMENSIONS, GRADES, VALUES = "survey.dimensions", "survey.grades", "survey.grade_values"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form cannot be taken, and what there is instead."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One grade of one form. `agent` is whose service is graded; `points` what the grade was worth on that day,
    None for what the rulebook says now.
    """

    form: str
    agent: str
    dimension: str
    grade: str
    points: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """Of the answers on one dimension, those with one grade."""

    dimension: str
    grade: str
    count: int
    answers: int

    @property
    def percent(self) -> Decimal | None:
        """In percent, unrounded; None without answers."""
        return Decimal(100) * self.count / self.answers if self.answers else None


def dimensions(book: Rulebook) -> tuple[str, ...]:
    """What customers are asked about."""
    return book.items(DIMENSIONS) or ()


def grades(book: Rulebook) -> tuple[str, ...]:
    """The grades, best first."""
    return book.items(GRADES) or ()


def poor_grade(book: Rulebook) -> str | None:
    """The worst grade; None where the rulebook has no grades."""
    return next(reversed(grades(book)), None)


def points_of(grade: str, book: Rulebook) -> Decimal | None:
    """What a grade is worth; None for another grade, and where the rulebook gives no points."""
    return dict(zip(grades(book), book.numbers(VALUES) or (), strict=False)).get(grade)


def problem_of(answers: Mapping[str, str], book: Rulebook) -> Problem | None:
    """Why these grades by dimension are no form; None for one that can be taken.

    What a customer left out is left out, but a form without any grade says nothing.
    """
    asked, known = dimensions(book), grades(book)
    if not asked or not known:
        return Problem("现行规则没有满意度调查。", "the rulebook in force has no survey")
    for dimension, grade in answers.items():
        if dimension not in asked:
            return Problem(
                f"没有“{dimension}”这个调查项目；现有：{'、'.join(asked)}。",
                f"there is no dimension {dimension!r}; there are {', '.join(asked)}",
            )
        if grade not in known:
            return Problem(
                f"没有“{grade}”这个等级；现有：{'、'.join(known)}。",
                f"there is no grade {grade!r}; there are {', '.join(known)}",
            )
    if not answers:
        return Problem(
            f"调查表至少要有一项评价；调查项目：{'、'.join(asked)}。",
            f"a form needs one grade at least; the dimensions are {', '.join(asked)}",
        )
    return None


def shares(answers: Iterable[Answer], book: Rulebook) -> tuple[Share, ...]:
    """The share of every grade on every dimension, in the order of the rulebook.

    Dimensions and grades of an earlier rulebook follow after those of this one.
    """
    counted: dict[tuple[str, str], int] = {}
    for answer in answers:
        key = (answer.dimension, answer.grade)
        counted[key] = counted.get(key, 0) + 1
    asked = dict.fromkeys([*dimensions(book), *sorted(d for d, _ in counted)])
    known = dict.fromkeys([*grades(book), *sorted(g for _, g in counted)])
    totals = {d: sum(n for (dimension, _), n in counted.items() if dimension == d) for d in asked}
    return tuple(Share(d, g, counted.get((d, g), 0), totals[d]) for d in asked for g in known)


def coverage(answered: int, finished: int, book: Rulebook) -> tuple[Decimal | None, tuple[Step, ...]]:
    """Forms answered of services finished, in percent (C4.15: every service is asked), and why."""
    clause = book.clause(DIMENSIONS)
    if not finished:
        return None, (Step("期内没有完工的服务", "No service was finished in the period", clause),)
    percent = Decimal(100) * answered / finished
    shown = number_text(percent.quantize(Decimal("0.1")))
    return percent, (
        Step(
            f"期内完工 {finished} 件，收到评价 {answered} 件，覆盖率 {shown}%",
            f"{finished} services finished in the period, {answered} of them graded: {shown} %",
            clause,
        ),
    )
