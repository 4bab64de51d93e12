"""A penalty in words: its price, why it was raised, what it takes the place of, and why its ground is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.fault import Target
from regulations.names import name_of
from regulations.values import PenaltyRule
from regulations.verdict import Step
from regulations.wording import instant_text, money_text, number_text
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

FACTOR = "penalty.rectification_factor"


def amount_text(kind: str, amount: Decimal, lang: str) -> str:
    """The amount with its unit: "200 元", "10 分", "¥200", "10 points"."""
    if kind in ("money", "reward_money"):
        return money_text(amount, "en" if lang == "en" else "zh")
    number = number_text(amount)
    if lang == "en":
        return f"{number} point" if amount == 1 else f"{number} points"
    return f"{number} 分"


def ordered(department: str, at: datetime, clause: str | None, zone: tzinfo) -> Step:
    """A department got the notice and is at fault."""
    when = instant_text(at, zone)
    return Step(
        f"{when} 向{department}下达整改通知，经核实属该部门责任",
        f"{department} got the rectification notice on {when} and was found at fault",
        clause,
    )


def about_agent(number: str, agent: str | None, clause: str | None) -> Step:
    """A complaint about an agent for a service reason was upheld."""
    return Step(
        f"投诉 {number} 因服务原因涉及工号 {agent}，已认定成立",
        f"Complaint {number} about staff number {agent} for a service reason was upheld",
        clause,
    )


def price(rule: PenaltyRule) -> Step:
    """What the regulations ask for each case."""
    assert rule.amount is not None
    zh, en = amount_text(rule.kind, rule.amount, "zh"), amount_text(rule.kind, rule.amount, "en")
    into_zh, into_en = (f"，归入{rule.fund}", f", paid into {rule.fund}") if rule.fund else ("", "")
    return Step(
        f"{rule.title}：每件 {zh}{into_zh}",
        f"{rule.title_en}: {en} for each case{into_en}",
        next(iter(rule.clauses), None),
    )


def failures(
    targets: Sequence[Target], failed_at: datetime | None, book: Rulebook, now: datetime, zone: tzinfo
) -> list[Step]:
    """Measures insufficient, missing or late: each with its reason; none when the rectification is in order."""
    clause, found = book.clause(FACTOR), []
    for target in targets:
        due = instant_text(target.due_at, zone)
        if target.met_at is None and whole_seconds(now) > target.due_at:
            found.append(
                Step(
                    f"整改应于 {due} 前完成，至今未完成",
                    f"Rectification was due by {due} and is not done",
                    clause,
                )
            )
        elif target.met_at is not None and whole_seconds(target.met_at) > target.due_at:
            met = instant_text(target.met_at, zone)
            found.append(
                Step(
                    f"整改应于 {due} 前完成，{met} 才完成",
                    f"Rectification was due by {due} and was done on {met}",
                    clause,
                )
            )
    if failed_at is not None:
        failed = instant_text(failed_at, zone)
        found.append(
            Step(
                f"{failed} 核查整改：措施不到位", f"The check of {failed} found the measures wanting", clause
            )
        )
    return found


def multiplied(kind: str, each: Decimal, factor: Decimal, amount: Decimal, book: Rulebook) -> Step:
    """The amount times the factor."""
    times = number_text(factor)
    sums = {
        lang: f"{amount_text(kind, each, lang)} × {times} = {amount_text(kind, amount, lang)}"
        for lang in ("zh", "en")
    }
    return Step(
        f"整改不力，按 {times} 倍计：{sums['zh']}",
        f"Rectification failed, so {times} times: {sums['en']}",
        book.clause(FACTOR),
    )


def takes_the_place(entry_id: int, state: str, kind: str, before: Decimal, amount: Decimal) -> Step:
    """Which entry this one takes the place of, and what that adds or takes off."""
    was, total, change = (
        (amount_text(kind, number, "zh"), amount_text(kind, number, "en"))
        for number in (before, amount, abs(amount - before))
    )
    zh, en = ("净增", "more") if amount >= before else ("净减", "less")
    return Step(
        f"取代第 {entry_id} 号{name_of('ledger_state', state)} {was[0]}，合计 {total[0]}，{zh} {change[0]}",
        f"Takes the place of entry {entry_id} ({name_of('ledger_state', state, 'en').lower()}, {was[1]}):"
        f" {total[1]} in all, {change[1]} {en}",
    )


def groundless(is_dismissed: bool, clause: str | None) -> Step:
    """Why what was confirmed is proposed to be taken back."""
    if is_dismissed:
        return Step(
            "投诉后来认定不成立，处罚失去依据",
            "The complaint was found not upheld afterwards: the penalty has lost its ground",
            clause,
        )
    return Step(
        "按现有记录，处罚的前提（成立、有责任、已下达整改通知）不再具备",
        "By the record as it is now, what the penalty rests on (upheld, at fault, notice given) no longer holds",
        clause,
    )


def in_order_after_all(clause: str | None) -> Step:
    """Why a raised amount is proposed to be lowered again."""
    return Step(
        "按现有记录，整改按期到位，不再加倍",
        "By the record as it is now the rectification was in time and sufficient: it is no longer multiplied",
        clause,
    )


def only_proposed() -> Step:
    """That nothing takes effect by itself."""
    return Step(
        "以上为建议，须经有权人员确认后生效", "This is a proposal: it takes effect when a person confirms it"
    )


def without_amount(rule: PenaltyRule) -> Step:
    """What the regulations attach without saying how much."""
    who_zh, who_en = (
        name_of("ledger_subject", rule.subject),
        name_of("ledger_subject", rule.subject, "en").lower(),
    )
    return Step(
        f"{rule.title}：{who_zh}另须受相应处理，条文未定金额，不生成建议，由负责人决定",
        f"{rule.title_en}: the {who_en} is dealt with correspondingly; no amount is stated, so none is proposed:"
        " whoever is in charge decides",
        next(iter(rule.clauses), None),
    )
