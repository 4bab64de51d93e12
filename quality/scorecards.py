"""The score of a contact on a scorecard, line by line, by the machine alone or with a person's answers.

The regulations give no weights and no pass mark (catalogue 2.18): cards are data, ours or the site's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from quality import card_words as words
from quality.card_checks import check, from_record, uncovered
from quality.card_compare import Difference, compare
from quality.card_findings import Charge, Found, charges
from quality.card_problems import CATEGORIES, CardError, Problem
from quality.card_records import to_record
from quality.card_types import (
    NA,
    NO,
    OWED_CATEGORIES,
    YES,
    Contact,
    Criterion,
    Level,
    OnlyIf,
    Scorecard,
)
from quality.shipped_cards import shipped
from regulations.verdict import Step

__all__ = [
    "CATEGORIES",
    "NA",
    "NO",
    "YES",
    "CardError",
    "Charge",
    "Contact",
    "Criterion",
    "Difference",
    "Found",
    "Level",
    "Line",
    "OnlyIf",
    "Problem",
    "Scorecard",
    "Scored",
    "charges",
    "check",
    "compare",
    "from_record",
    "given",
    "score",
    "shipped",
    "to_record",
    "uncovered",
    "wrong_answers",
]

State = Literal["answered", "found", "unanswered", "waiting", "not_applicable"]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one item.

    `state`: answered by a person; found, by the machine; unanswered: a person still has to; waiting: for the answer that it
    depends on; not_applicable. `earned` is None where the item does not count. `answer` is "" where there is none yet.
    """

    criterion: Criterion
    state: State
    answer: str
    earned: Decimal | None
    is_failing: bool
    why: tuple[Step, ...]

    @property
    def code(self) -> str:
        """The item's code."""
        return self.criterion.code

    @property
    def weight(self) -> Decimal:
        """What could be earned, in points of the card; 0 where the item does not count."""
        return Decimal(0) if self.earned is None else self.criterion.weight

    def as_json(self, lang: Literal["zh", "en"] = "zh") -> dict[str, Any]:
        """Item, answer, points and steps."""
        return {
            "criterion": self.code,
            "title": self.criterion.title(lang),
            "kind": self.criterion.kind,
            "state": self.state,
            "answer": self.answer,
            "earned": self.earned,
            "weight": self.weight,
            "is_failing": self.is_failing,
            "steps": [s.as_json(lang) for s in self.why],
        }


@dataclass(frozen=True, slots=True)
class Scored:
    """A contact's score: 0..100 with one decimal, None where no item counts.

    `is_failed`: an item failed the whole contact, whatever else was earned. `unanswered`: codes of the items that a person
    still has to answer; they are left out of `earned` and `weight`, in points of the card. `is_pass` is None without a
    score or a pass mark.
    """

    score: Decimal | None
    is_failed: bool
    is_pass: bool | None
    lines: tuple[Line, ...]
    unanswered: tuple[str, ...]
    earned: Decimal
    weight: Decimal
    steps: tuple[Step, ...]  # how the lines make the score

    def receipt(self) -> tuple[Step, ...]:
        """The score line by line, as it is kept."""
        return (*(s for line in self.lines for s in line.why), *self.steps)

    def as_json(self, lang: Literal["zh", "en"] = "zh") -> dict[str, Any]:
        """Score, lines and steps."""
        return {
            "score": self.score,
            "is_failed": self.is_failed,
            "is_pass": self.is_pass,
            "unanswered": list(self.unanswered),
            "lines": [line.as_json(lang) for line in self.lines],
            "steps": [s.as_json(lang) for s in self.steps],
        }


def score(
    card: Scorecard,
    contact: Contact,
    answers: Mapping[str, str],
    findings: Iterable[Charge] = (),
    *,
    pass_score: Decimal | None = None,
) -> Scored:
    """The score of a contact. `answers` by item code; `findings` that stand (`charges`).

    Without answers it is the machine's score on the card's scale. `pass_score` (the rulebook's) counts where the card has
    none. Items that do not apply are out of numerator and denominator. Raises ValueError for an answer that the
    card does not know.
    """
    wrong = wrong_answers(card, answers)
    if wrong:
        raise ValueError("; ".join(problem.en for problem in wrong))
    lines = _Lines(card, contact, answers, tuple(findings)).all()
    earned = sum((line.earned for line in lines if line.earned is not None), Decimal(0))
    weight = sum((line.weight for line in lines), Decimal(0))
    is_failed = any(line.is_failing for line in lines)
    value: Decimal | None = None
    if is_failed:
        value = Decimal(0)
    elif weight:
        value = words.of_hundred(earned, weight)
    limit = card.pass_score if card.pass_score is not None else pass_score
    is_pass = None if value is None or limit is None else not is_failed and value >= limit
    unanswered = tuple(line.code for line in lines if line.state == "unanswered")
    steps = words.result(
        value, earned, weight, limit, is_pass, [x for x in lines if x.is_failing], unanswered
    )
    return Scored(value, is_failed, is_pass, lines, unanswered, earned, weight, tuple(steps))


def given(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The answers alone out of what a review keeps: {code: {"answer", "note"}}."""
    return {code: str(kept["answer"]) for code, kept in stored.items() if kept.get("answer")}


def wrong_answers(card: Scorecard, answers: Mapping[str, str]) -> tuple[Problem, ...]:
    """Answers to items that the card does not have, and answers that an item does not have."""
    known = {criterion.code: criterion for criterion in card.criteria}
    found = []
    for code, answer in answers.items():
        if code not in known:
            found.append(Problem(code, "code", f"评分表里没有项目“{code}”", f"the card has no item {code}"))
        elif answer not in known[code].choices:
            choices = ", ".join(known[code].choices)
            found.append(
                Problem(
                    code,
                    "answer",
                    f"项目“{known[code].zh}”没有“{answer}”这个选项；可选：{choices}",
                    f"item {code} has no answer {answer!r}; it has {choices}",
                )
            )
    return tuple(found)


class _Lines:
    """Every item's line, each made after the one it depends on."""

    def __init__(
        self, card: Scorecard, contact: Contact, answers: Mapping[str, str], findings: Sequence[Charge]
    ) -> None:
        self.card, self.contact, self.answers, self.findings = card, contact, answers, findings
        self.made: dict[str, Line] = {}

    def all(self) -> tuple[Line, ...]:
        """The lines in the order of the card."""
        return tuple(self.line(criterion) for criterion in self.card.criteria)

    def line(self, criterion: Criterion) -> Line:
        """The line of one item."""
        if criterion.code not in self.made:
            self.made[criterion.code] = self._applied(criterion) or self._answered(criterion)
        return self.made[criterion.code]

    def _applied(self, criterion: Criterion) -> Line | None:
        """The line of an item that does not apply, or not yet; None for one that does."""
        if not criterion.fits(self.contact):
            return _left_out(criterion, words.other_contact(criterion))
        if criterion.only_if is None:
            return None
        other = self.line(self.card.criterion(criterion.only_if.criterion))
        if other.state in ("unanswered", "waiting"):
            why = words.condition_open(criterion, other.criterion)
            return Line(criterion, "waiting", "", None, is_failing=False, why=(why,))
        if other.state == "not_applicable" or other.answer not in criterion.only_if.answers:
            return _left_out(criterion, words.condition_failed(criterion, other.criterion))
        return None

    def _answered(self, criterion: Criterion) -> Line:
        own = [charge for charge in self.findings if charge.category in criterion.categories]
        answer = self.answers.get(criterion.code)
        if answer == NA:
            return _left_out(criterion, words.answered_na(criterion), NA)
        if answer is not None:
            level = criterion.level(answer)
            is_failing = criterion.auto_fail and not level.share
            why = words.answered(criterion, level, own, is_failing=is_failing)
            return Line(criterion, "answered", answer, criterion.weight * level.share, is_failing, (why,))
        if criterion.kind == "person":
            why = words.to_be_answered(criterion)
            return Line(criterion, "unanswered", "", None, is_failing=False, why=(why,))
        if not own and self._was_never_owed(criterion):
            return _left_out(criterion, words.never_owed(criterion))
        points = sum((charge.points for charge in own), Decimal(0))
        lost = min(criterion.weight, points * self.card.total / 100)
        is_failing = criterion.auto_fail and bool(own)
        steps = words.found(criterion, own, lost, points, self.card.total, is_failing=is_failing)
        answer = NO if own else YES
        return Line(criterion, "found", answer, criterion.weight - lost, is_failing, tuple(steps))

    def _was_never_owed(self, criterion: Criterion) -> bool:
        owed = self.contact.owed
        return (
            owed is not None
            and OWED_CATEGORIES.issuperset(criterion.categories)
            and owed.isdisjoint(criterion.categories)
        )


def _left_out(criterion: Criterion, why: Step, answer: str = "") -> Line:
    return Line(criterion, "not_applicable", answer, None, is_failing=False, why=(why,))
