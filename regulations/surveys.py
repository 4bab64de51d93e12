"""Satisfaction surveys (满意度调查): grades by dimension, how many answered, and who stands where.

Clauses: C4.13 to C4.16 four dimensions and four grades, every service is asked; E1.22 what a repair callback asks;
C4.14 the rating is part of the monthly review; A10.5 the highest rating in the team. The grades' points are a product
choice. Nobody is ranked on chance: a mean stands with its interval, and few answers make no rank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from regulations.survey_forms import (
    DIMENSIONS,
    GRADES,
    VALUES,
    Answer,
    Problem,
    Share,
    coverage,
    dimensions,
    grades,
    points_of,
    poor_grade,
    problem_of,
    shares,
)
from regulations.verdict import Step
from regulations.wording import number_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "Answer",
    "Problem",
    "Share",
    "Standing",
    "coverage",
    "dimensions",
    "grades",
    "points_of",
    "poor_grade",
    "problem_of",
    "ranking",
    "shares",
]

_LEAST, _CONFIDENCE, _REVIEW = "survey.min_responses", "survey.confidence", "survey.feeds_monthly_review"
_HIGHEST_CONFIDENCE = 99.99  # of certainty there is no interval


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands. `mean` is over his forms, each form being the mean of its grades.

    `low` and `high` are the interval of the mean. `rank` is None with fewer than survey.min_responses forms; people
    with the same mean share a rank. `best_rank` and `worst_rank` are the ranks that the intervals leave
    possible: whoever overlaps with you may stand before or after you.
    """

    agent: str
    responses: int
    mean: Decimal
    low: Decimal
    high: Decimal
    rank: int | None
    best_rank: int | None
    worst_rank: int | None
    poor: int
    answers: int
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]


def ranking(answers: Iterable[Answer], book: Rulebook) -> tuple[Standing, ...]:
    """Everybody who was graded, the highest mean first; those with too few forms last, without a rank.

    The interval is Wilson's score interval, applied to where the mean lies between the worst and the best grade.
    Wilson's is made for yes and no; no other answers between the same two ends vary more, so for grades in between
    it errs on the wide side, and unlike a bootstrap it does not shrink to nothing when five customers agree.
    """
    forms, poor, counts = _forms(answers, book)
    least = book.integer(_LEAST) or 1
    # A millionth of a point apart is the same mean, however the sums were rounded.
    means = {
        agent: (sum(values, Decimal()) / len(values)).quantize(Decimal("0.000001"))
        for agent, values in forms.items()
    }
    spans = {agent: _interval(means[agent], len(values), book) for agent, values in forms.items()}
    ranked = [agent for agent, values in forms.items() if len(values) >= least]
    found = []
    for agent, values in forms.items():
        rank = best = worst = None
        if agent in ranked:
            rank = 1 + sum(means[other] > means[agent] for other in ranked)
            best = 1 + sum(spans[other][0] > spans[agent][1] for other in ranked)
            worst = sum(spans[other][1] >= spans[agent][0] for other in ranked)
        low, high = spans[agent]
        found.append(
            Standing(
                agent=agent,
                responses=len(values),
                mean=_rounded(means[agent]),
                low=_rounded(low),
                high=_rounded(high),
                rank=rank,
                best_rank=best,
                worst_rank=worst,
                poor=poor[agent],
                answers=counts[agent],
                clauses=_clauses(book),
                steps=_steps(means[agent], spans[agent], len(values), (rank, best, worst), len(ranked), book),
            )
        )
    # Who is not ranked does not stand in the order of his mean either.
    return tuple(
        sorted(
            found,
            key=lambda s: (s.rank is None, -means[s.agent] if s.rank else 0, -s.responses, s.agent),
        )
    )


def _forms(
    answers: Iterable[Answer], book: Rulebook
) -> tuple[dict[str, list[Decimal]], dict[str, int], dict[str, int]]:
    """For each person the mean points of every form, his worst grades, and his grades with points."""
    by_form: dict[tuple[str, str], list[Decimal]] = {}
    poor: dict[str, int] = {}
    counts: dict[str, int] = {}
    worst = poor_grade(book)
    for answer in answers:
        points = points_of(answer.grade, book) if answer.points is None else answer.points
        if points is None:  # a grade of an earlier rulebook, or no points at all
            continue
        by_form.setdefault((answer.agent, answer.form), []).append(points)
        poor[answer.agent] = poor.get(answer.agent, 0) + (answer.grade == worst)
        counts[answer.agent] = counts.get(answer.agent, 0) + 1
    forms: dict[str, list[Decimal]] = {}
    for (agent, _form), points_list in by_form.items():
        forms.setdefault(agent, []).append(sum(points_list, Decimal()) / len(points_list))
    return forms, poor, counts


def _interval(mean: Decimal, n: int, book: Rulebook) -> tuple[Decimal, Decimal]:
    values = book.numbers(VALUES) or (Decimal(0), Decimal(1))
    bottom, top = float(min(values)), float(max(values))
    if top == bottom:
        return mean, mean
    confidence = min(float(book.percent(_CONFIDENCE) or 0), _HIGHEST_CONFIDENCE)
    z = NormalDist().inv_cdf(0.5 + confidence / 200)
    share = (float(mean) - bottom) / (top - bottom)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(max(share * (1 - share), 0.0) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return tuple(Decimal(repr(bottom + (top - bottom) * edge)) for edge in (low, high))  # type: ignore[return-value]


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"))


def _clauses(book: Rulebook) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*book.clauses(DIMENSIONS), *book.clauses(GRADES), *book.clauses(_REVIEW)]))


def _steps(
    mean: Decimal,
    span: tuple[Decimal, Decimal],
    n: int,
    ranks: Sequence[int | None],
    people: int,
    book: Rulebook,
) -> tuple[Step, ...]:
    rank, best, worst = ranks
    values = [
        f"{grade} {number_text(value)}"
        for grade, value in zip(grades(book), book.numbers(VALUES) or (), strict=False)
    ]
    low, high, middle = (number_text(_rounded(v)) for v in (*span, mean))
    confidence = number_text(book.percent(_CONFIDENCE) or Decimal(0))
    least = book.integer(_LEAST) or 1
    steps = [
        Step(
            f"等级折算：{'、'.join(values)}",
            f"Points of the grades: {', '.join(values)}",
            book.clause(GRADES),
        ),
        Step(
            f"{n} 份评价，每份取各项平均，总平均 {middle} 分",
            f"{n} forms, each the mean of its grades: {middle} points on average",
            book.clause(DIMENSIONS),
        ),
        Step(
            f"{confidence}% 置信区间 {low} 至 {high}（Wilson 区间，偏保守）",
            f"{confidence} % interval {low} to {high} (Wilson's, on the wide side)",
        ),
    ]
    if rank is None:
        steps.append(
            Step(f"少于 {least} 份，不参与排名", f"Fewer than {least} forms: not ranked", book.clause(_LEAST))
        )
    else:
        same = best == worst
        steps.append(
            Step(
                f"{people} 人中列第 {rank}"
                + ("" if same else f"；区间有重叠，实际可能在第 {best} 至 {worst} 名"),
                f"Rank {rank} of {people}"
                + ("" if same else f"; intervals overlap, so it may be anything from {best} to {worst}"),
                book.clause(_REVIEW),
            )
        )
    if book.flag(_REVIEW):
        steps.append(
            Step("评价计入月度考核", "The rating is part of the monthly review", book.clause(_REVIEW))
        )
    return tuple(steps)
