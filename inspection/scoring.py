"""The score of a contact as the machine sees it, before any person has looked: 100 less the points of the findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from inspection.findings import Finding
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang, Step, step

_FULL = Decimal(100)


@dataclass(frozen=True, slots=True)
class Score:
    """0..100, whether a critical category was found (then the call fails by itself), whether it passes, and why.

    `is_pass` is None where the rulebook has no pass score.
    """

    value: Decimal
    steps: tuple[Step, ...]
    is_critical: bool = False
    is_pass: bool | None = None

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """Value, critical, pass and steps."""
        return {
            "value": self.value,
            "critical": self.is_critical,
            "pass": self.is_pass,
            "steps": [s.as_json(lang) for s in self.steps],
        }


def machine_score(findings: Iterable[Finding], book: Rulebook) -> Score:
    """100 less the points of every hit and every absence, never under 0. What cannot be told costs nothing."""
    steps = [step("满分 100 分", "100 points to begin with")]
    critical = set(book.items("qa.critical_categories") or ())
    lost = Decimal(0)
    named: list[str] = []
    undecided = 0
    for finding in findings:
        if finding.verdict == "cannot_tell":
            undecided += 1
            continue
        if finding.category in critical and finding.kind == "banned" and finding.category not in named:
            named.append(finding.category)
        if finding.points:
            lost += finding.points
            quote = f"“{finding.quote}”" if finding.quote else ""
            steps.append(
                Step(
                    f"{name_of('finding_category', finding.category)}{quote}：−{finding.points} 分",
                    f"{name_of('finding_category', finding.category, 'en')} {quote}: −{finding.points} points".replace(
                        " :", ":"
                    ),
                    finding.clauses[0] if finding.clauses else None,
                )
            )
    if undecided:
        steps.append(
            step(
                "{n} 处有待人工判断，不扣分",
                "left for a person to decide: {n}, no points off",
                n=undecided,
            )
        )
    value = max(Decimal(0), _FULL - lost)
    if lost > _FULL:
        steps.append(step("共扣 {lost} 分，最低为 0", "{lost} points off in all; never under 0", lost=lost))
    steps.append(
        step("机器评分 {v} 分，待人工复核", "machine score {v}, until a person has reviewed it", v=value)
    )
    for category in named:
        steps.append(
            Step(
                f"“{name_of('finding_category', category)}”属于一票否决类别：人工确认后本通话不合格",
                f"{name_of('finding_category', category, 'en')} fails a call by itself, once a person has confirmed it",
                book.clause("qa.critical_categories"),
            )
        )
    passing = book.decimal("qa.pass_score")
    is_pass = None if passing is None else not named and value >= passing
    if passing is not None:
        steps.append(step("合格分 {p}", "score that passes: {p}", book.clause("qa.pass_score"), p=passing))
    return Score(value, tuple(steps), bool(named), is_pass)
