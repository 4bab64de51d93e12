"""Whose decision a leave is: by its length, by exception, for errands; and who may not take it (A1.25, A2.53, E3.16)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.leave_facts import days_text
from regulations.lent import lent_step
from regulations.levels import level_for, rank, titles
from regulations.ruling import Ruling, Violation, clauses_of
from regulations.values import ROLES, Role, Tier
from regulations.verdict import Step
from regulations.wording import number_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_TIERS = "leave.tiers"
_EXCEPTION = "leave.exception_approver"
_ERRAND = "leave.errand_approver"
_SKIP, _CROSS = "leave.skip_level_allowed", "leave.crossed_allowed"
_ERRANDS = "official"  # business errands, external study, visits (A2.59, E3.13, E3.20)


def level_titles(role: Role | None, book: Rulebook) -> tuple[str, str]:
    """What the level is called here; "管理层" where the rulebook names none."""
    return ("管理层", "management") if role is None else titles(role, book)


def exception_level(book: Rulebook) -> tuple[Role | None, tuple[Step, ...]]:
    """The department's level that decides on exceptions; None where the rulebook names none."""
    role = book.role(_EXCEPTION)
    return (None, ()) if role is None else level_for(role, book)


def exception_titles(book: Rulebook) -> tuple[str, str]:
    """What the level that decides on exceptions is called here."""
    return level_titles(exception_level(book)[0], book)


def required_level(
    days: Decimal, type_: str, needs_exception: bool, book: Rulebook
) -> tuple[Role | None, tuple[Step, ...]]:
    """The level that decides: by length, and a higher one where an exception or an errand asks for it.

    None where the rulebook names nobody at all.
    """
    role, steps = _by_length(days, book)
    if type_ == _ERRANDS and (errand := book.role(_ERRAND)) is not None:
        level, moved = level_for(errand, book)
        zh, en = level_titles(level, book)
        steps += (
            Step(f"公假、外出办事由{zh}批准", f"Official leave and errands: {en}", book.clause(_ERRAND)),
            *moved,
        )
        role = _higher(role, level)
    if needs_exception:
        level_, moved = exception_level(book)
        if level_ is not None:
            zh, en = level_titles(level_, book)
            steps += (
                Step(f"例外请假由{zh}批准", f"Leave by exception: {en}", book.clause(_EXCEPTION)),
                *moved,
            )
            role = _higher(role, level_)
    if role is not None:
        zh, en = level_titles(role, book)
        steps += (Step(f"本次请假由{zh}审批", f"This leave is decided by {en}"),)
    return role, steps


def _higher(one: Role | None, other: Role) -> Role:
    return other if one is None or rank(other) > rank(one) else one


def _by_length(days: Decimal, book: Rulebook) -> tuple[Role | None, tuple[Step, ...]]:
    tiers = book.tiers(_TIERS)
    if tiers is None:
        return None, (Step("现行规定未分请假审批权限", "The rulebook names no levels for leave by length"),)
    steps: list[Step] = []
    below: Tier | None = None
    for tier in tiers:
        is_reached = tier.upto is None or days < tier.upto or (tier.inclusive and days == tier.upto)
        steps.append(_tier_step(days, below, tier, is_reached, book))
        if is_reached:
            if days == tier.upto and book.status(_TIERS) != "stated":
                edge, days_en = number_text(tier.upto), days_text(tier.upto)
                steps.append(
                    Step(
                        f"条文上下两档都写到 {edge} 天；本系统约定恰好 {edge} 天归下一级",
                        f"The clause names {days_en} in both tiers; by our reading exactly {edge} goes to the lower one",
                        book.clause(_TIERS),
                    )
                )
            level, moved = level_for(tier.role, book)
            return level, (*steps, *moved)
        below = tier
    raise AssertionError("the last tier is open")  # a rulebook is refused otherwise


def _tier_step(days: Decimal, below: Tier | None, tier: Tier, is_reached: bool, book: Rulebook) -> Step:
    zh, en = titles(tier.role, book)
    zh, en = tier.title or zh, tier.title_en or en
    ranges_zh, ranges_en = [], []
    if below is not None and below.upto is not None:
        edge, days_en = number_text(below.upto), days_text(below.upto)
        ranges_zh.append(f"{'超过' if below.inclusive else '不少于'} {edge} 天")
        ranges_en.append(f"{'more than' if below.inclusive else 'from'} {days_en}")
    if tier.upto is not None:
        edge, days_en = number_text(tier.upto), days_text(tier.upto)
        ranges_zh.append(f"{'不超过' if tier.inclusive else '少于'} {edge} 天")
        ranges_en.append(f"{'up to' if tier.inclusive else 'less than'} {days_en}")
    range_zh, range_en = "、".join(ranges_zh) or "不论天数", ", ".join(ranges_en) or "any length"
    said_zh, said_en = ("在此档内", "falls here") if is_reached else ("超出此档", "is more than that")
    number = number_text(days)
    return Step(
        f"{range_zh}的由{zh}审批；{number} 天{said_zh}",
        f"{range_en[0].upper()}{range_en[1:]}: {en}; {days_text(days)} {said_en}",
        book.clause(_TIERS),
    )


def may_decide(
    required: Role, role: str, book: Rulebook, *, is_own_line: bool = True, is_own_leave: bool = False
) -> Ruling:
    """Whether somebody of that level may decide on a leave that belongs to `required`.

    `is_own_line`: the person is of one of his teams; leave is not asked of another line (交叉). `is_own_leave`: it is
    his own. A lower level may not; a higher one does not take it away unless the rulebook lets levels be skipped.
    """
    zh, en = titles(required, book)
    violations: list[Violation] = []
    if role not in ROLES:
        violations.append(
            Violation(
                "unknown_level", None, f"“{role}”不是审批层级。", f"{role!r} is no level that approves."
            )
        )
    elif rank(role) < rank(required):
        mine = titles(role, book)
        violations.append(
            Violation(
                "level_too_low",
                book.clause(_TIERS),
                f"{mine[0]}无权审批，须由{zh}审批。",
                f"{mine[1]} may not decide this: it belongs to {en}.",
            )
        )
    elif rank(role) > rank(required) and not book.flag(_SKIP):
        mine = titles(role, book)
        violations.append(
            Violation(
                "level_skipped",
                book.clause(_SKIP),
                f"属于{zh}的权限，不得越级：{mine[0]}不代为审批。",
                f"It belongs to {en}: levels are not skipped, {mine[1]} does not take it over.",
            )
        )
    if not is_own_line and not book.flag(_CROSS):
        violations.append(
            Violation(
                "crossed",
                book.clause(_CROSS),
                "不得交叉请假：须由本人所在班组的上级审批。",
                "Leave is not asked of another line: the person's own line decides.",
            )
        )
    if is_own_leave:
        violations.append(
            Violation("own_request", None, "不能审批自己的请假。", "Nobody decides on his own leave.")
        )
    said = [Step(f"应由{zh}审批", f"It belongs to {en}", book.clause(_TIERS))]
    said += [Step(v.zh, v.en, v.clause) for v in violations]
    lent = lent_step(clauses_of(said, violations), book)
    steps = tuple(said if lent is None else [*said, lent])
    return Ruling(not violations, required, tuple(violations), clauses_of(steps, violations), steps, zh, en)
