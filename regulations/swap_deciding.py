"""Whose a swap is: who agrees to it, which level decides, and whether somebody may (A1.29, A1.30, A3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulations.lent import lent_step
from regulations.levels import level_for, rank, titles
from regulations.ruling import Ruling, Violation, clauses_of
from regulations.swap_facts import CONSENTS
from regulations.values import Role
from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

APPROVERS, SKIPPING = "swap.approvers", "leave.skip_level_allowed"
_CONSENTS_OF = {"both_agents": CONSENTS[:2], "both_team_leads": CONSENTS[2:]}


def consents_needed(book: Rulebook) -> tuple[str, ...]:
    """Who agrees before the swap is decided: the agents, their leads, or all four."""
    named = book.items(APPROVERS) or ()
    return tuple(who for code, several in _CONSENTS_OF.items() if code in named for who in several)


def deciding_level(book: Rulebook) -> tuple[Role | None, tuple[Step, ...]]:
    """The level that decides: the supervisor where he is named (A1.29), else the team leads themselves (A3.2).

    None: only the agents' own agreement is asked for.
    """
    named, clause = book.items(APPROVERS) or (), deciding_clause(book)
    if "supervisor" not in named and "both_team_leads" not in named:
        zh, en = "只须双方同意，不设审批", "Only the two have to agree: nobody decides"
        return None, (Step(zh, en, clause),)
    wanted: Role = "supervisor" if "supervisor" in named else "team_lead"
    role, moved = level_for(wanted, book)
    title_zh, title_en = titles(role, book)
    if wanted == "supervisor":
        step = Step(f"不得私自换班，须由{title_zh}批准", f"No private swaps: {title_en} decides", clause)
    else:
        step = Step(
            f"由双方{title_zh}同意后生效", f"It takes effect when {title_en} of both sides agrees", clause
        )
    return role, (*moved, step)


def deciding_clause(book: Rulebook) -> str | None:
    """Whose approval it takes and that nobody swaps privately (A1.29); the agreements are the clause before it (A1.30)."""
    return next(reversed(book.clauses(APPROVERS)), None)


def may_decide(level: Role, book: Rulebook, *, is_party: bool = False) -> Ruling:
    """Whether somebody of that level may approve or refuse swaps. Nobody decides on one that he is part of himself.

    A lower level never may; a higher one does not take it away, unless levels may be skipped here (A2.53).
    """
    required, steps = deciding_level(book)
    clause, violations = deciding_clause(book), list[Violation]()
    zh, en = titles(level, book)
    need_zh, need_en = titles(required, book) if required is not None else ("", "")
    if required is not None and rank(level) < rank(required):
        violations.append(
            Violation(
                "level_too_low",
                clause,
                f"{zh}无权审批换班，须由{need_zh}审批。",
                f"{en} may not decide on swaps: that belongs to {need_en}.",
            )
        )
    elif required is not None and rank(level) > rank(required) and book.flag(SKIPPING) is False:
        violations.append(
            Violation(
                "level_skipped",
                book.clause(SKIPPING) or clause,
                f"换班由{need_zh}审批，{zh}不越级代批。",
                f"Swaps belong to {need_en}: {en} does not skip that level.",
            )
        )
    if is_party:
        violations.append(
            Violation(
                "own_request",
                clause,
                "不能审批自己参加的换班，请由同级的其他人审批。",
                "Nobody decides on a swap of his own: leave it to somebody else of the level.",
            )
        )
    clauses = clauses_of(steps, violations, *book.clauses(APPROVERS))
    steps = with_lent(steps, clauses, book)
    return Ruling(not violations, required, tuple(violations), clauses, steps, need_zh, need_en)


def with_lent(steps: tuple[Step, ...], clauses: tuple[str, ...], book: Rulebook) -> tuple[Step, ...]:
    """The reasoning, and at its end the clauses that the base lends because the department's own texts are silent."""
    last = lent_step(clauses, book)
    return steps if last is None else (*steps, last)
