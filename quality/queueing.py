"""In which order calls are reviewed: what would cost most and is likeliest true first, the random sample in between.

Two lanes. In the first stand calls in which something undecided was found, by expected points: what each finding
would cost, times how likely a person confirms it, more for what fails a call by itself (`qa.critical_categories`).
In the second stand the calls of the sample that show nothing, and every call that is reviewed blind; one review in
`qa.sample_every` comes from there, so that neither lane starves the other. Nothing about a blind call's place comes
from what the machine found: whoever reads the queue learns nothing about it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step, step

Lane = Literal["harm", "sample", "blind"]

SURE, UNKNOWN = 1.0, 0.5
"""How likely a finding is confirmed before anybody has decided on one like it: the machine was sure; it proposed without an estimate."""

PRIOR_WEIGHT = 5
"""So many decisions on findings of the same rule weigh as much as what the machine says of itself."""

SHOWN = 3  # findings named one by one; the others are counted


@dataclass(frozen=True, slots=True)
class OpenFinding:
    """Something undecided. `stake`: points once confirmed. `prior`: how likely it holds, 0..1, by the machine's own word.

    `confirmed` of `decided`: what people made of the same rule, found in the same way, so far.
    """

    category: str
    stake: Decimal
    prior: float = SURE
    confirmed: int = 0
    decided: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits for a reviewer. `findings` of a blind call are never looked at."""

    call_id: str
    since: datetime
    findings: tuple[OpenFinding, ...] = ()
    is_drawn: bool = False
    is_blind: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rulebook says about the order."""

    every: int
    critical: frozenset[str]
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands, from 1, and why. `expected`: points; None for a blind call."""

    position: int
    call_id: str
    lane: Lane
    expected: float | None
    steps: tuple[Step, ...]


def terms_of(book: Rulebook) -> Terms:
    """The rulebook's parameters of the queue."""
    return Terms(
        max(2, book.integer("qa.sample_every") or 3),
        frozenset(book.items("qa.critical_categories") or ()),
        book.decimal("qa.critical_factor") or Decimal(1),
    )


def likelihood(finding: OpenFinding) -> float:
    """How likely a person confirms it, 0..1: the machine's word, corrected by what people decided on its like."""
    return (finding.confirmed + PRIOR_WEIGHT * finding.prior) / (finding.decided + PRIOR_WEIGHT)


def expected_points(findings: Iterable[OpenFinding], terms: Terms) -> float:
    """Harm times probability over the undecided findings of a call, in points."""
    return sum(_expected(finding, terms) for finding in findings)


def order(waiting: Sequence[Waiting], terms: Terms, *, taken: int = 0) -> tuple[Place, ...]:
    """Every waiting call with its place. `taken`: how many calls the reviewer has taken from the queue before, which
    is where the rhythm of the sample goes on.
    """
    harm = sorted(
        (w for w in waiting if w.findings and not w.is_blind),
        key=lambda w: (-expected_points(w.findings, terms), w.since, w.call_id),
    )
    sample = sorted(
        (w for w in waiting if w.is_blind or not w.findings),
        key=lambda w: (_month(w.since), _mixed(w.call_id)),
    )
    places: list[Place] = []
    while harm or sample:
        is_samples_turn = (taken + len(places) + 1) % terms.every == 0
        lane = sample if sample and (is_samples_turn or not harm) else harm
        places.append(_place(len(places) + 1, lane.pop(0), terms))
    return tuple(places)


def _month(at: datetime) -> tuple[int, int]:
    return at.year, at.month


def _mixed(call_id: str) -> str:
    """An order that tells nothing: the permanent random number would, since risky calls are drawn with higher ones."""
    return hashlib.sha256(f"queue:{call_id}".encode()).hexdigest()


def _expected(finding: OpenFinding, terms: Terms) -> float:
    factor = terms.factor if finding.category in terms.critical else Decimal(1)
    return float(finding.stake * factor) * likelihood(finding)


def _place(position: int, one: Waiting, terms: Terms) -> Place:
    if one.is_blind:
        return Place(position, one.call_id, "blind", None, (_BLIND, _rhythm(terms)))
    if not one.findings:
        return Place(position, one.call_id, "sample", 0.0, (_NOTHING_FOUND, _rhythm(terms)))
    dearest = sorted(one.findings, key=lambda f: -_expected(f, terms))
    total = expected_points(one.findings, terms)
    steps = [_reason(finding, terms) for finding in dearest[:SHOWN]]
    rest = dearest[SHOWN:]
    if rest:
        steps.append(
            step(
                "另有 {n} 处，预计 {p:.1f} 分",
                "{n} more, {p:.1f} points expected",
                n=len(rest),
                p=expected_points(rest, terms),
            )
        )
    steps.append(
        step(
            "合计预计 {p:.1f} 分，从高到低排", "{p:.1f} points expected in all; the most comes first", p=total
        )
    )
    if one.is_drawn:
        steps.append(step("同时属于本月抽检", "also drawn for the monthly sample"))
    return Place(position, one.call_id, "harm", round(total, 1), tuple(steps))


_BLIND = Step(
    "盲审：完成第一遍判断之前不显示机器结果，排位也与机器结果无关",
    "blind: the machine's results are hidden until the first judgement is finished, and have no part in this place",
)
_NOTHING_FOUND = Step("抽检抽中，机器没有提示", "drawn for the sample; the machine found nothing undecided")


def _rhythm(terms: Terms) -> Step:
    return step(
        "每 {n} 通里有 1 通来自随机抽检，不会只复核机器提示的通话",
        "one call in {n} comes from the random sample, so that not only flagged calls are reviewed",
        n=terms.every,
    )


def _reason(finding: OpenFinding, terms: Terms) -> Step:
    zh, en = (
        name_of("finding_category", finding.category),
        name_of("finding_category", finding.category, "en"),
    )
    if not finding.stake:
        return Step(f"{zh}：待判断，不扣分", f"{en}: to be decided, costs no points")
    points = (
        f"{finding.stake:f}".rstrip("0").rstrip(".") if "." in f"{finding.stake:f}" else f"{finding.stake}"
    )
    zh += f"：{points} 分 × 成立可能 {likelihood(finding):.0%}"
    en += f": {points} points × {likelihood(finding):.0%} likely"
    if finding.decided:
        zh += f"（同类已复核 {finding.decided} 处，成立 {finding.confirmed} 处）"
        en += f" (of {finding.decided} like it reviewed, {finding.confirmed} confirmed)"
    if finding.category in terms.critical:
        zh += f" × {terms.factor}（一票否决类别）"
        en += f" × {terms.factor} (fails a call by itself)"
    value = _expected(finding, terms)
    return Step(f"{zh} = {value:.1f}", f"{en} = {value:.1f}")
