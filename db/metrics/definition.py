"""What a metric is: one question, answered by one selection of rows, whoever asks.

The selection (`Cases`) names the rows in the denominator and, among them, those that count. The figure, the
figures by group and the list behind them are all read from the same selection, so that they agree by construction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement, SQLColumnExpression
from sqlalchemy.sql.roles import FromClauseRole

from quality.estimates import Estimate
from regulations.rulebook import Rulebook
from regulations.verdict import Step

Unit = Literal["percent", "count", "points", "minutes", "hours"]
MEANS: frozenset[Unit] = frozenset({"points", "minutes"})
Better = Literal["up", "down"]
Column = SQLColumnExpression[Any]


@dataclass(frozen=True)
class Group:
    """A way to break a metric down: the stored code, what it is called, and the kind of name it has."""

    code: Column
    name: Column | None = None  # a name that is stored; else
    names: str = ""  # the kind of names.NAMES that it is taken from


@dataclass(frozen=True)
class Cases:
    """Rows of the denominator as SQL. `value` is the number a row adds to a mean, for metrics in points or minutes.

    `hours` is how long a row that counts took, for metrics in hours; a row that does not count is still open. With a
    `weight` a percentage is of what rows weigh, not of rows: `value` of `weight`, each a whole number.
    """

    source: FromClauseRole
    on: Column  # local date: the period a row belongs to
    team: Any  # column with the team's id
    agent: Any | None  # column with the agent's id; None: its rows are nobody's, and no agent sees them
    conditions: Sequence[ColumnElement[bool]]
    counts: ColumnElement[bool]
    columns: Mapping[str, Column]  # for the list behind the figure; the first three identify a row
    groups: Mapping[str, Group] = field(default_factory=dict)
    value: Column | None = None
    hours: Column | None = None
    weight: Column | None = None
    inputs: Mapping[str, Column] = field(default_factory=dict)  # what the metric's `estimate` asks of a row


@dataclass(frozen=True)
class Metric:
    """A metric as it is defined, once. Texts are pairs (Chinese, English).

    `unit`: percent (numerator of denominator), count (numerator alone; there is no denominator), points and
    minutes (a mean: the sum of the values divided by how many), hours (the median of those that are done; the numerator is how many
    are, the denominator counts those still open too, so that none is silently dropped). With an `estimate` the value is
    what the rows in the numerator say about all in the denominator, so it is not their quotient. `better` says which direction is good. `parameters` are the
    rulebook's entries it rests on; `target_key` the one that sets its target, None where no regulation names one.
    """

    key: str
    zh: str
    en: str
    definition_zh: str
    definition_en: str
    numerator: tuple[str, str]
    denominator: tuple[str, str] | None
    unit: Unit
    better: Better
    clauses: tuple[str, ...]
    cases: Callable[..., Cases]  # of a rulebook, an instant, and what `needs_…` asks for
    target_key: str | None = None
    parameters: tuple[str, ...] = ()
    estimate: Callable[[Sequence[Any], Rulebook], Estimate] | None = None  # the value, from the rows' inputs
    has_interval: bool = False  # the percentage with Wilson's interval
    needs_unswept: bool = False  # deadlines that no sweep has written down yet count too (db.metrics.unswept)
    needs_stretches: bool = False  # it is read from the cover of the period's days (db.coverage_hours)

    def name(self, lang: str = "zh") -> str:
        """What it is called."""
        return self.en if lang == "en" else self.zh

    def definition(self, lang: str = "zh") -> str:
        """What it means, for whoever runs the department."""
        return self.definition_en if lang == "en" else self.definition_zh


@dataclass(frozen=True)
class Figure:
    """A metric's answer for a period. `value` is None where there is nothing to divide by.

    `value` and `target` are in the metric's unit: percent 0-100, points, minutes, hours, or a count. `denominator` is None
    for counts only. `percentiles` are for hours only: (50, 75, 90, 95) with the hours by nearest rank among the
    finished. `clauses` are those of the rulebook in force.
    """

    key: str
    numerator: float
    denominator: int | None
    value: float | None
    target: float | None
    unit: Unit
    clauses: tuple[str, ...]
    percentiles: tuple[tuple[int, float], ...] = ()
    low: float | None = (
        None  # the interval of 95 %, in the metric's unit; None where the value is no estimate
    )
    high: float | None = None
    n: int | None = None  # how many calls or findings an estimate rests on; None where the value is none
    steps: tuple[Step, ...] = ()  # how an estimate was arrived at

    @property
    def rest(self) -> int:
        """How many of the denominator are not in the numerator: missed, or for hours still open."""
        return 0 if self.denominator is None else self.denominator - int(self.numerator)

    def percentile(self, percent: int) -> float | None:
        """The hours within which that share of the finished was done; None where nothing is finished."""
        return dict(self.percentiles).get(percent)

    def as_json(self) -> dict[str, Any]:
        """The shape that contract.md promises, with the unit; for hours with the percentiles and what is open."""
        answer: dict[str, Any] = {
            "key": self.key,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "value": self.value,
            "target": self.target,
            "unit": self.unit,
            "clauses": list(self.clauses),
        }
        if self.n is not None:
            answer.update({"low": self.low, "high": self.high, "n": self.n})
        if self.unit == "hours":
            answer["percentiles"] = {str(percent): hours for percent, hours in self.percentiles}
            answer["open"] = self.rest
        return answer
