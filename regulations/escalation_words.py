"""What is said about a report up the ladder: what stands against it, and why it goes where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulations.levels import LADDER, joined, next_level, rank, titles
from regulations.names import NAMES, name_of
from regulations.ruling import Violation
from regulations.values import ROLES, Role
from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

REASONS: tuple[str, ...] = tuple(NAMES["escalation_reason"])
CASE_REASONS = tuple(reason for reason in REASONS if reason != "handover_refused")
"""What somebody may report a case for; a refused handover reports itself."""

BYPASS = "escalation.bypass_allowed"
MUST_REPORT, PROPOSAL = "escalation.must_report_immediately", "escalation.proposal_required"


def must_report(book: Rulebook) -> tuple[str, ...]:
    """The matters that are reported at once, in the words of the regulations (A2.1, E3.1)."""
    return book.items(MUST_REPORT) or ()


def unknown(reason: str, from_role: Role, to_role: Role) -> tuple[Violation, ...]:
    """Why a report cannot be weighed at all: a reason or a level that there is none of."""
    if reason not in REASONS:
        known = "、".join(name_of("escalation_reason", r) for r in REASONS)
        return (
            Violation(
                "unknown_reason",
                None,
                f"没有“{reason}”这个上报事由；可选：{known}。",
                f"There is no reason {reason!r}; there are {', '.join(REASONS)}.",
            ),
        )
    for role in (from_role, to_role):
        if role not in ROLES:
            return (
                Violation(
                    "unknown_level",
                    None,
                    f"“{role}”不在上报层级之中。",
                    f"{role!r} is no level of the ladder.",
                ),
            )
    return ()


def proposal_violations(proposal: str, book: Rulebook) -> tuple[Violation, ...]:
    """What is wrong with a report that proposes nothing (A2.3)."""
    if proposal.strip() or not book.flag(PROPOSAL):
        return ()
    return (
        Violation(
            "no_proposal",
            book.clause(PROPOSAL),
            "上报须附拟办意见：请写明建议如何处理。",
            "A report carries a proposed handling: say what you propose to do.",
        ),
    )


def reason_steps(reason: str, book: Rulebook) -> list[Step]:
    """The reason in words, with the matters that must be reported at once where they are the reason."""
    zh, en = name_of("escalation_reason", reason), name_of("escalation_reason", reason, "en")
    steps = [Step(f"上报事由：{zh}", f"Reason: {en.lower()}")]
    if reason in ("must_report", "beyond_remit"):
        matters = must_report(book)
        if matters:
            steps.append(
                Step(
                    f"须立即上报的事项：{'、'.join(matters)}",
                    f"Matters that are reported at once: {', '.join(matters)}",
                    book.clause(MUST_REPORT),
                )
            )
    if reason == "handover_refused":
        key = "handover.refusal_allowed"
        zh, en = (
            "有未完事项或疑问的可以拒绝接班，并上报",
            "Where doubts are left the incoming person may refuse, and reports it",
        )
        steps.append(Step(zh, en, book.clause(key)))
    return steps


def upward_violation(from_role: Role, level: Role, book: Rulebook) -> Violation | None:
    """Why a report does not go up: the level is none above, or there is nobody above."""
    if rank(level) > rank(from_role):
        return None
    zh, en = titles(from_role, book)
    if next_level(from_role, book) is None:
        return Violation(
            "top_of_ladder",
            book.clause(LADDER),
            f"{zh}已是最高一级，请直接作出处理。",
            f"{en} is the highest level: decide it there.",
        )
    to_zh, to_en = titles(level, book)
    return Violation(
        "not_upward",
        book.clause(LADDER),
        f"{to_zh}不高于{zh}，请选择上一级。",
        f"{to_en} is not above {en}: choose a higher level.",
    )


def below_named(reason: str, level: Role, goal: Role, clause: str | None, book: Rulebook) -> Violation:
    """Why a matter whose level the regulations name does not go to a lower one."""
    zh, en = titles(level, book)
    goal_zh, goal_en = titles(goal, book)
    matter_zh, matter_en = name_of("escalation_reason", reason), name_of("escalation_reason", reason, "en")
    return Violation(
        "wrong_level",
        clause,
        f"“{matter_zh}”应直接报{goal_zh}，不是{zh}。",
        f"{matter_en}: the report goes to {goal_en}, not to {en}.",
    )


def direct_step(from_role: Role, level: Role, named: Role | None, clause: str | None, book: Rulebook) -> Step:
    """Why the report goes where it goes: the next level, or the one that the regulations name."""
    zh, en = titles(level, book)
    if named:
        return Step(f"此类事项由{zh}受理，直接上报", f"Such matters go straight to {en}", clause)
    from_zh, from_en = titles(from_role, book)
    return Step(
        f"逐级上报：{from_zh}的上一级是{zh}",
        f"Level by level: above {from_en} stands {en}",
        book.clause(LADDER),
    )


def bypass_violation(
    skipped: tuple[Role, ...], level: Role, is_urgent: bool, book: Rulebook
) -> Violation | None:
    """Why levels may not be passed over."""
    (skipped_zh, skipped_en), (zh, en) = joined(skipped, book), titles(level, book)
    if not is_urgent:
        return Violation(
            "level_skipped",
            book.clause(BYPASS),
            f"须逐级上报：报{zh}之前应先报{skipped_zh}；情况紧急的请注明紧急。",
            f"Reports go level by level: {skipped_en} comes before {en}. Mark it urgent if it cannot wait.",
        )
    if not book.flag(BYPASS):
        return Violation(
            "bypass_not_allowed",
            book.clause(BYPASS),
            f"本部门不允许越级上报，请先报{skipped_zh}。",
            f"This department allows no skipping of levels: report to {skipped_en} first.",
        )
    return None
