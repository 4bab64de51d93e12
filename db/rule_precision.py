"""Rules that people contradict too often: named, so that somebody edits them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from db import metrics
from db.metrics import Figure
from quality.estimates import is_comparable
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Lang


@dataclass(frozen=True, slots=True)
class PoorRule:
    """A rule whose precision lies below `qa.low_precision`; certain where its whole interval
    does and as many were decided as people are compared from (`qa.compare_from`)."""

    rule: str
    figure: Figure
    is_certain: bool

    def text(self, lang: Lang = "zh") -> str:
        """What people made of it, in a sentence."""
        one = self.figure
        value, low, high = (part or 0.0 for part in (one.value, one.low, one.high))
        if lang == "en":
            doubt = "" if self.is_certain else "; too few decisions to be certain"
            return (
                f"{self.rule}: {one.numerator:g} of {one.n} decided findings were confirmed, {value:.0f} %"
                f" ({low:.0f} to {high:.0f} %){doubt}"
            )
        doubt = "" if self.is_certain else "；判定尚少，还不能断定"
        return (
            f"{self.rule}：已判定 {one.n} 处，成立 {one.numerator:g} 处，{value:.0f}%"
            f"（{low:.0f}% 至 {high:.0f}%）{doubt}"
        )


def list_poor(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    *,
    certain_only: bool = False,
) -> list[PoorRule]:
    """Rules below `qa.low_precision` among the calls of the period, the certain ones first, then the lowest.

    Few decisions prove nothing: such a rule is named only as uncertain.
    """
    least = book.percent("qa.low_precision")
    if least is None:
        return []
    found = [
        PoorRule(rule, one, is_comparable(one.n, book) and one.high is not None and one.high < least)
        for rule, _name, one in metrics.figures_by(
            session, scope, "quality.rule_precision", from_on, to_on, book, now, "rule"
        )
        if one.value is not None and one.value < least
    ]
    found.sort(key=lambda poor: (not poor.is_certain, poor.figure.value, poor.rule))
    return [poor for poor in found if poor.is_certain or not certain_only]
