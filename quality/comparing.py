"""Several people's judgements of the same calls, compared: item by item, call by call, and with the expert's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from quality.agreement import Agreement, measure
from quality.scorecards import NA, Criterion, Scorecard
from regulations.verdict import Step

Standing = Literal["reliable", "tentative", "low", "one_sided", "same", "nothing"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person made of one call: the answer to each item, and the score 0..100."""

    reviewer: int
    call: str
    answers: Mapping[str, str]
    score: float | None


@dataclass(frozen=True, slots=True)
class Limits:
    """From where a coefficient is called reliable or tentative (0..1), and an item's answers one-sided (share 0..1)."""

    reliable: float
    tentative: float
    one_sided: float


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """How far people agree on one item, and what that means in a sentence."""

    criterion: Criterion
    agreement: Agreement
    shares: tuple[tuple[str, float], ...]  # share of each answer, the most frequent first
    raters: int
    standing: Standing
    meaning: Step


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a reviewer's scores are from the expert's, over the calls both have judged. Points of 100.

    `signed` above 0: milder than the expert. `differing`: items with how often the answer was another, of how often both gave one;
    the most often first, items without difference left out.
    """

    reviewer: int
    calls: int
    signed: float | None
    absolute: float | None
    differing: tuple[tuple[Criterion, int, int], ...]


@dataclass(frozen=True, slots=True)
class CallSpread:
    """How far people are apart on one call: points between the highest and the lowest score, and the items they answered differently."""

    call: str
    reviewers: int
    lowest: float | None
    highest: float | None
    differing: tuple[Criterion, ...]

    @property
    def spread(self) -> float:
        """Points between the highest and the lowest score."""
        return 0.0 if self.lowest is None or self.highest is None else self.highest - self.lowest


def by_item(card: Scorecard, judgements: Sequence[Judgement], limits: Limits) -> tuple[ItemAgreement, ...]:
    """Every item that somebody answered, the one with the least agreement first."""
    found = []
    for criterion in card.criteria:
        one = _item(criterion, judgements, limits)
        if one is not None:
            found.append(one)
    return tuple(sorted(found, key=lambda one: 1.0 if one.agreement.raw is None else one.agreement.raw))


def of_scores(judgements: Sequence[Judgement]) -> Agreement:
    """How far the scores agree: alpha for amounts, which weighs a difference by its square."""
    return measure(
        [[j.score for j in group if j.score is not None] for group in _calls(judgements).values()], "interval"
    )


def from_expert(card: Scorecard, judgements: Sequence[Judgement], expert: int) -> tuple[Distance, ...]:
    """Every other reviewer's distance from the expert, the farthest first."""
    his = {j.call: j for j in judgements if j.reviewer == expert}
    found = []
    for reviewer in dict.fromkeys(j.reviewer for j in judgements if j.reviewer != expert):
        pairs = [(j, his[j.call]) for j in judgements if j.reviewer == reviewer and j.call in his]
        apart = [a.score - b.score for a, b in pairs if a.score is not None and b.score is not None]
        differing = []
        for criterion in card.criteria:
            answered = [
                (a.answers[criterion.code], b.answers[criterion.code])
                for a, b in pairs
                if criterion.code in a.answers and criterion.code in b.answers
            ]
            n = sum(a != b for a, b in answered)
            if n:
                differing.append((criterion, n, len(answered)))
        found.append(
            Distance(
                reviewer,
                len(pairs),
                fmean(apart) if apart else None,
                fmean(map(abs, apart)) if apart else None,
                tuple(sorted(differing, key=lambda one: (-one[1], one[2]))),
            )
        )
    return tuple(sorted(found, key=lambda one: -(one.absolute or 0.0)))


def by_call(card: Scorecard, judgements: Sequence[Judgement]) -> tuple[CallSpread, ...]:
    """Every call that two people judged, the one on which they are farthest apart first."""
    found = []
    for call, group in _calls(judgements).items():
        if len(group) < 2:
            continue
        scores = [j.score for j in group if j.score is not None]
        differing = tuple(
            criterion
            for criterion in card.criteria
            if len({j.answers[criterion.code] for j in group if criterion.code in j.answers}) > 1
        )
        found.append(
            CallSpread(call, len(group), min(scores, default=None), max(scores, default=None), differing)
        )
    return tuple(sorted(found, key=lambda one: (-one.spread, -len(one.differing), one.call)))


def meaning_of(agreement: Agreement, limits: Limits) -> tuple[Standing, Step]:
    """What an agreement means for those who want to rely on it."""
    standing = _standing(agreement, limits)
    zh, en = _MEANINGS[standing]
    values = _values(agreement, limits)
    return standing, Step(zh.format(**values), en.format(**values))


def _item(criterion: Criterion, judgements: Sequence[Judgement], limits: Limits) -> ItemAgreement | None:
    answered = [j for j in judgements if criterion.code in j.answers]
    if not answered:
        return None
    # A scale's levels have an order where each earns another share; "does not apply" has no place in it.
    is_ordered = criterion.is_scale and len({level.share for level in criterion.levels}) == len(
        criterion.levels
    )
    if is_ordered:
        ranks = {level.code: float(level.share) for level in criterion.levels}
        answered = [j for j in answered if j.answers[criterion.code] != NA]
    else:
        ranks = {code: float(place) for place, code in enumerate(criterion.choices)}
    units = [[ranks[j.answers[criterion.code]] for j in group] for group in _calls(answered).values()]
    agreement = measure(units, "ordinal" if is_ordered else "nominal")
    codes = {rank: code for code, rank in ranks.items()}
    standing, meaning = meaning_of(agreement, limits)
    return ItemAgreement(
        criterion,
        agreement,
        tuple((codes[value], share) for value, share in agreement.prevalence.items()),
        len({j.reviewer for j in answered}),
        standing,
        meaning,
    )


def _calls(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    groups: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        groups.setdefault(judgement.call, []).append(judgement)
    return groups


def _standing(agreement: Agreement, limits: Limits) -> Standing:
    if not agreement.pairs:
        return "nothing"
    if agreement.alpha is None:
        return "same"
    if agreement.alpha >= limits.reliable:
        return "reliable"
    if agreement.alpha >= limits.tentative:
        return "tentative"
    is_one_sided = agreement.most_frequent >= limits.one_sided
    return "one_sided" if is_one_sided and (agreement.raw or 0) >= limits.reliable else "low"


def _values(agreement: Agreement, limits: Limits) -> dict[str, object]:
    return {
        "same": agreement.agreeing_pairs,
        "pairs": agreement.pairs,
        "most": round(100 * agreement.most_frequent),
        "alpha": f"{agreement.alpha:.2f}" if agreement.alpha is not None else "",
        "reliable": f"{limits.reliable:.2f}",
        "tentative": f"{limits.tentative:.2f}",
    }


_MEANINGS: dict[Standing, tuple[str, str]] = {
    "nothing": (
        "没有一通有两人以上作答，无从比较。",
        "No call was answered by two people: there is nothing to compare.",
    ),
    "same": (
        "{pairs} 对全部相同，而且每次都是同一个回答：完全一致，只是没有别的回答可比，系数算不出来。",
        "All {pairs} pairs agree, always on the same answer: full agreement, but without another answer there is no coefficient.",
    ),
    "reliable": (
        "α 为 {alpha}，不低于 {reliable}：不管谁来评，结果基本一样，可以作为依据。",
        "Alpha is {alpha}, at least {reliable}: whoever judges, the answer is nearly the same. It can be relied on.",
    ),
    "tentative": (
        "α 为 {alpha}，在 {tentative} 与 {reliable} 之间：大体一致，下结论要谨慎。",
        "Alpha is {alpha}, between {tentative} and {reliable}: people mostly agree; conclude with care.",
    ),
    "one_sided": (
        "{pairs} 对中有 {same} 对相同，但 {most}% 的回答都是同一个：凭碰巧也会经常相同，所以 α 只有 {alpha}。"
        "这里系数低不等于分歧大，请看回答不同的那几通。",
        "{same} of {pairs} pairs agree, but {most}% of the answers are the same one: chance alone agrees often, so alpha is only {alpha}."
        " Low does not mean much disagreement here; look at the few calls that differ.",
    ),
    "low": (
        "α 为 {alpha}，低于 {tentative}：同一通电话，不同的人评得不一样。请一起听分歧大的通话，把评分标准写清楚。",
        "Alpha is {alpha}, below {tentative}: people judge the same call differently. Listen to those calls together and write down"
        " what counts.",
    ),
}
