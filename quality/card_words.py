"""What a score rests on, in words: a step for every item, and how they make the score."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol

from quality.card_findings import Charge
from quality.card_types import Criterion, Level
from regulations.names import name_of
from regulations.verdict import Step, step


class _Failing(Protocol):
    @property
    def criterion(self) -> Criterion: ...


def of_hundred(earned: Decimal, weight: Decimal) -> Decimal:
    """What was earned of a weight above 0, out of 100, with one decimal; a half goes up."""
    return (earned * 100 / weight).quantize(Decimal("0.1"), ROUND_HALF_UP)


def amount(value: Decimal) -> str:
    """A number of points without needless zeros, two places at most."""
    return f"{round(value, 2).normalize():f}"


def other_contact(criterion: Criterion) -> Step:
    """Why an item is not for this contact."""
    zh, en = _scope(criterion, "zh", "、"), _scope(criterion, "en", ", ")
    return _line(criterion, f"不适用，只用于{zh}", f"does not apply, only to {en}")


def condition_failed(criterion: Criterion, other: Criterion) -> Step:
    """Why an item falls away: the other one was answered otherwise, or does not apply itself."""
    zh, en = _condition(criterion, other)
    return _line(criterion, f"不适用，只在{zh}时计分", f"does not apply, counts only where {en}")


def condition_open(criterion: Criterion, other: Criterion) -> Step:
    """That an item waits for the answer to another."""
    zh, en = _condition(criterion, other)
    return _line(criterion, f"暂不计分，{zh}时才适用", f"left open, applies where {en}")


def answered_na(criterion: Criterion) -> Step:
    """That a person found the item not to apply."""
    return _line(criterion, "不适用（评审人判断）", "does not apply, as the reviewer found")


def never_owed(criterion: Criterion) -> Step:
    """That the occasion for what an item asks never came."""
    return _line(
        criterion,
        "不适用，本次通话中没有出现需要这样说的情形",
        "does not apply, nothing in this contact called for it",
    )


def to_be_answered(criterion: Criterion) -> Step:
    """That only a person can answer."""
    return _line(criterion, "待人工评分，暂不计分", "only a person can answer; not counted yet")


def answered(criterion: Criterion, level: Level, own: Sequence[Charge], *, is_failing: bool) -> Step:
    """What a person answered and what it earns; where the machine found something, that the person's word counts."""
    if not criterion.weight and not criterion.auto_fail:  # a question that only others depend on
        return _line(criterion, level.zh, level.title("en"))
    earned = amount(criterion.weight * level.share)
    of = amount(criterion.weight)
    more = ("；以人工评分为准", "; the reviewer's answer counts") if own else ("", "")
    fails = ("，一票否决", ", which fails the whole contact") if is_failing else ("", "")
    return _line(
        criterion,
        f"{level.zh}{_points_zh(earned, of)}{fails[0]}{more[0]}",
        f"{level.title('en')}{_points_en(earned, of)}{fails[1]}{more[1]}",
    )


def found(
    criterion: Criterion,
    own: Sequence[Charge],
    lost: Decimal,
    points: Decimal,
    total: Decimal,
    *,
    is_failing: bool,
) -> list[Step]:
    """What was found under an item, what each finding takes off, and what is left."""
    of = amount(criterion.weight)
    if not own:
        return [
            _line(criterion, f"没有成立的发现{_points_zh(of, of)}", f"no finding stands{_points_en(of, of)}")
        ]
    left = amount(criterion.weight - lost)
    fails = ("，一票否决", ", which fails the whole contact") if is_failing else ("", "")
    steps = [
        _line(
            criterion,
            f"有 {len(own)} 处发现{_points_zh(left, of)}{fails[0]}",
            f"findings: {len(own)}{_points_en(left, of)}{fails[1]}",
        )
    ]
    for charge in own:
        words = f"“{charge.quote}”" if charge.quote else ""
        off = amount(charge.points * total / 100)
        zh, en = (f"：−{off} 分", f": −{off} points") if criterion.weight else ("", "")
        steps.append(
            Step(
                f"· {name_of('finding_category', charge.category)}{words}{zh}",
                f"· {name_of('finding_category', charge.category, 'en')}{' ' if words else ''}{words}{en}",
                charge.clauses[0] if charge.clauses else None,
            )
        )
    scaled = points * total / 100
    if criterion.weight and scaled > lost:
        steps.append(
            step(
                "· 合计 {scaled} 分，本项最多扣 {of} 分",
                "· {scaled} points together; this item can lose {of} at most",
                scaled=amount(scaled),
                of=of,
            )
        )
    return steps


def result(
    value: Decimal | None,
    earned: Decimal,
    weight: Decimal,
    limit: Decimal | None,
    is_pass: bool | None,
    failing: Sequence[_Failing],
    unanswered: Sequence[str],
) -> list[Step]:
    """How the lines make the score, and whether it passes."""
    steps: list[Step] = []
    if weight:
        share = of_hundred(earned, weight)
        steps.append(
            step(
                "适用项目共 {weight} 分，得 {earned} 分，折合百分制 {share} 分",
                "{earned} points of the {weight} that apply, which is {share} of 100",
                weight=amount(weight),
                earned=amount(earned),
                share=share,
            )
        )
    for line in failing:
        steps.append(
            Step(
                f"“{line.criterion.zh}”为一票否决项，总分记 0 分",
                f"{line.criterion.title('en')} fails the whole contact: the score is 0",
                line.criterion.clauses[0] if line.criterion.clauses else None,
            )
        )
    if unanswered:
        steps.append(
            step(
                "还有 {n} 项待人工评分，未计入",
                "left for a person to answer and not counted: {n}",
                n=len(unanswered),
            )
        )
    if value is None:
        steps.append(step("没有可计分的项目，不出分", "no item counts, so there is no score"))
    elif limit is not None:
        steps.append(
            Step(
                f"{amount(value)} 分，合格线 {amount(limit)} 分，{'合格' if is_pass else '不合格'}",
                f"{amount(value)} points, {amount(limit)} pass: {'passed' if is_pass else 'not passed'}",
            )
        )
    return steps


def _points_zh(earned: str, of: str) -> str:
    return "" if of == "0" else f"，得 {earned}/{of} 分"


def _points_en(earned: str, of: str) -> str:
    return "" if of == "0" else f", {earned} of {of} points"


def _line(criterion: Criterion, zh: str, en: str) -> Step:
    clause = criterion.clauses[0] if criterion.clauses else None
    return Step(f"{criterion.zh}：{zh}", f"{criterion.title('en')}: {en}", clause)


def _condition(criterion: Criterion, other: Criterion) -> tuple[str, str]:
    wanted = criterion.only_if.answers if criterion.only_if else ()
    levels = [level for level in other.levels if level.code in wanted]
    return (
        f"“{other.zh}”为“{_or((level.zh for level in levels), '”或“')}”",
        f"“{other.title('en')}” is {_or((level.title('en') for level in levels), ' or ')}",
    )


def _or(names: Iterable[str], between: str) -> str:
    return between.join(names)


def _scope(criterion: Criterion, lang: str, comma: str) -> str:
    names = [
        name_of(kind, code, lang)
        for kind, codes in (
            ("channel", criterion.channels),
            ("direction", criterion.directions),
            ("contact_kind", criterion.kinds),
        )
        for code in codes
    ]
    return comma.join(names)
