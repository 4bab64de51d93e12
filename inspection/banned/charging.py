"""From a hit of banned wording to its finding: what it says, what it costs, and every step that led there."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from inspection.banned.guards import LOOKED_AT
from inspection.findings import Finding, milder
from inspection.text.hits import Hit
from inspection.text.owed import Contact
from inspection.text.tracks import BREAK, Place, Track
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule
from regulations.verdict import Step, step

UNCONFIRMED = Step("人工认定成立之前不扣分", "costs nothing unless a person confirms it")
_LONGEST_CLAUSE = 24  # characters shown on either side
_LAYERS = {
    "exact": Step("依据：词句表中的原文", "found by: the very words of the list"),
    "pattern": Step("依据：句式", "found by: a pattern"),
    "sound": Step("依据：读音", "found by: the sound"),
}


@dataclass(frozen=True, slots=True)
class Charge:
    """A hit, where it stands, and why it is not sure. `told` is what else is to be said of it."""

    hit: Hit
    place: Place
    doubts: tuple[Step, ...]
    is_guarded: bool = False
    told: Step | None = None

    @property
    def is_sure(self) -> bool:
        """Only the very words of the list may be, and only where nothing speaks against it."""
        return self.hit.layer == "exact" and not self.doubts


def finding_of(
    contact: Contact,
    track: Track,
    charge: Charge,
    window: dict[str, frozenset[int]],
    book: Rulebook,
    *,
    is_agent: bool,
) -> Finding:
    """The finding of a charge. Sure ones cost the rule's points, or `qa.banned_weight`; the others nothing."""
    hit, place, rule = charge.hit, charge.place, charge.hit.rule
    weight = book.decimal("qa.banned_weight") or Decimal(0)
    points = (rule.points or weight) if charge.is_sure else Decimal(0)
    steps = [_found(rule, place, is_agent), _LAYERS[hit.layer]]
    if hit.how is not None:
        steps.append(hit.how)
    steps.append(_clause(track, hit.start, hit.end))
    if charge.told is not None:
        steps.append(charge.told)
    steps += charge.doubts if charge.is_guarded else (LOOKED_AT, *charge.doubts)
    confidence = track.segments[place.segment].confidence
    if contact.is_heard and confidence is not None and confidence < 0.5:
        steps.append(
            step(
                "识别置信度 {c:.0%}，请听录音",
                "recognised with {c:.0%} confidence: listen to it",
                c=confidence,
            )
        )
    steps.append(_cost(points, rule.points))
    return Finding(
        rule=rule.id,
        kind="banned",
        category=rule.category,
        verdict="hit" if charge.is_sure else "cannot_tell",
        phase=phase_of(window, place.segment) if is_agent else "any",
        segment=place.segment,
        start=place.start,
        end=place.end,
        quote=place.quote,
        clauses=rule.clauses,
        severity=rule.severity if charge.is_sure else milder(rule.severity),
        points=points,
        needs_review=not charge.is_sure
        or rule.needs_review
        or book.flag("qa.human_review_required") is not False,
        steps=tuple(steps),
        layer=hit.layer,
    )


def phase_of(window: dict[str, frozenset[int]], segment: int) -> str:
    """The phase that a segment of the agent stands in."""
    return next((name for name in ("opening", "closing") if segment in window[name]), "body")


def _found(rule: PhraseRule, place: Place, is_agent: bool) -> Step:
    zh, en = name_of("finding_category", rule.category), name_of("finding_category", rule.category, "en")
    clause = rule.clauses[0] if rule.clauses else None
    suggestion = f"，应说“{'”或“'.join(rule.suggest)}”" if rule.suggest else ""
    return Step(
        f"{'客服' if is_agent else '有人'}在 {place.start:.1f} 秒说“{place.quote}”，属于服务忌语“{zh}”{suggestion}",
        f"{'the agent' if is_agent else 'somebody'} says “{place.quote}” at {place.start:.1f} s: banned wording, {en}"
        + (f"; better {' or '.join(rule.suggest)}" if rule.suggest else ""),
        clause,
    )


def _clause(track: Track, start: int, end: int) -> Step:
    """The clause around the words, in its original spelling."""
    first, last = start, end
    while first > 0 and start - first < _LONGEST_CLAUSE and not _is_divided(track, first):
        first -= 1
    while last < len(track.text) and last - end < _LONGEST_CLAUSE and not _is_divided(track, last):
        last += 1
    return step("所在分句：“{said}”", "said in “{said}”", said=track.place(first, last).quote)


def _is_divided(track: Track, at: int) -> bool:
    """Whether punctuation or a pause stands between the characters at - 1 and at."""
    gap = track.between(at - 1, at)
    return BREAK in gap or any(not c.isalnum() and not c.isspace() for c in gap)


def _cost(points: Decimal, own: Decimal) -> Step:
    if not points:
        return UNCONFIRMED
    if own:
        return step("按本条规则扣 {p} 分", "points off by this rule: {p}", p=points)
    return step("按一次忌语的一般扣分扣 {p} 分", "points off, as for any banned phrase: {p}", p=points)
