"""Reports up the ladder: to whom, past whom, and what a bypass still owes (A2.1 to A2.3, E3.1, E4.1).

Level by level, except that the regulations name the level for some matters themselves: a difficult customer (A2.1,
E4.1, B1.22), a serious complaint (C4.17, E1.54), a surge (D1.10). Going past a level otherwise needs an emergency, and
the level that was passed over is told afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations import escalation_words as words
from regulations.escalation_words import BYPASS, CASE_REASONS, REASONS, must_report
from regulations.first_asked import may_change_first_owner
from regulations.levels import between, joined, ladder, level_for, next_level, rank, titles
from regulations.ruling import Violation, clauses_of
from regulations.values import ROLES, Role
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "CASE_REASONS",
    "REASONS",
    "Route",
    "ladder",
    "may_change_first_owner",
    "must_report",
    "named_level",
    "next_level",
    "reachable",
    "route",
    "suggested_level",
]

_REPORT = "escalation.bypass_report_within"
_NAMED = {
    "difficult_customer": "escalation.difficult_customer",
    "serious_complaint": "complaint.severe_route",
    "surge": "surge.alert_role",
}


@dataclass(frozen=True, slots=True)
class Route:
    """Whether a report may go this way, and what it owes.

    `to_role` is the department's own level that gets it. `skipped_roles` are the levels passed over, from the bottom
    up; they are told by `report_due_at` (None: nobody was passed over, or the rulebook sets no limit for telling).
    """

    is_allowed: bool
    to_role: Role | None
    skipped_roles: tuple[Role, ...] = ()
    report_due_at: datetime | None = None
    is_provisional: bool = False
    violations: tuple[Violation, ...] = ()
    clauses: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def named_level(reason: str, from_role: Role, book: Rulebook) -> tuple[Role | None, str | None]:
    """The level above `from_role` that the regulations themselves name for this reason, and the clause.

    Where several are named in order (B1.22: colleagues, then the supervisor) it is the first above. None: the
    reason has no level of its own, or the person stands on it or above already.
    """
    key = _NAMED.get(reason)
    if key is None:
        return None, None
    role = None if key == _NAMED["difficult_customer"] else book.role(key)
    named = book.items(key) or () if key == _NAMED["difficult_customer"] else (role,) if role else ()
    levels = (level_for(level, book)[0] for level in ROLES if level in named)
    found = next((level for level in levels if rank(level) > rank(from_role)), None)
    return found, book.clause(key) if found else None


def suggested_level(reason: str, from_role: Role, book: Rulebook) -> Role | None:
    """To whom such a report goes when nothing is urgent; None above the highest level."""
    return named_level(reason, from_role, book)[0] or next_level(from_role, book)


def reachable(from_role: Role, book: Rulebook) -> tuple[Role, ...]:
    """Every level above, nearest first."""
    return tuple(level for level in ladder(book) if rank(level) > rank(from_role))


def route(
    reason: str,
    from_role: Role,
    to_role: Role,
    is_urgent: bool,
    proposal: str,
    book: Rulebook,
    now: datetime,
) -> Route:
    """Whether a report for `reason` may go from one level to another, and what it then owes.

    A report carries a proposed handling (A2.3). The level that the regulations name for the reason is reached
    directly and nobody is passed over by it; any other level beyond the next is reached only in an emergency, where
    `escalation.bypass_allowed`, and those passed over are told within `escalation.bypass_report_within`.
    """
    wrong = words.unknown(reason, from_role, to_role)
    if wrong:
        return Route(False, None, violations=wrong)
    level, moved = level_for(to_role, book)
    steps = [*words.reason_steps(reason, book), *moved]
    violations = list(words.proposal_violations(proposal, book))
    upward = words.upward_violation(from_role, level, book)
    if upward:
        violations.append(upward)
        return _ruled(None, (), violations, steps)
    named, clause = named_level(reason, from_role, book)
    goal = named or next_level(from_role, book) or level
    if rank(level) < rank(goal):
        violations.append(words.below_named(reason, level, goal, clause, book))
        return _ruled(None, (), violations, steps)
    if level == goal:
        steps.append(words.direct_step(from_role, level, named, clause, book))
        return _ruled(level, (), violations, steps)
    # Past the level whose it is: those below it were never due, it and those above it are passed over.
    first = (goal,) if named else ()
    skipped = first + between(goal if named else from_role, level, book)
    refused = words.bypass_violation(skipped, level, is_urgent, book)
    if refused:
        return _ruled(None, (), [*violations, refused], steps)
    return _bypass(level, skipped, violations, steps, book, now)


def _ruled(
    level: Role | None,
    skipped: tuple[Role, ...],
    violations: list[Violation],
    steps: list[Step],
    due_at: datetime | None = None,
    is_provisional: bool = False,
) -> Route:
    is_allowed = level is not None and not violations
    return Route(
        is_allowed,
        level if is_allowed else None,
        skipped if is_allowed else (),
        due_at if is_allowed else None,
        is_provisional,
        tuple(violations),
        clauses_of(steps, violations),
        tuple(steps),
    )


def _bypass(
    level: Role,
    skipped: tuple[Role, ...],
    violations: list[Violation],
    steps: list[Step],
    book: Rulebook,
    now: datetime,
) -> Route:
    (skipped_zh, skipped_en), (zh, en) = joined(skipped, book), titles(level, book)
    steps.append(
        Step(
            f"情况紧急，越过{skipped_zh}直接报{zh}",
            f"Urgent: straight to {en}, past {skipped_en}",
            book.clause(BYPASS),
        )
    )
    limit = book.duration(_REPORT)
    if limit is None:
        steps.append(
            Step(
                f"事后须向{skipped_zh}补报（未规定时限）",
                f"{skipped_en} is told afterwards (no limit is set)",
                book.clause(_REPORT),
            )
        )
        return _ruled(level, skipped, violations, steps)
    calendar = WorkCalendar.from_rulebook(book)
    due = add(now, limit, calendar, book.clause(_REPORT))
    until = instant_text(due.at, calendar.timezone)
    steps += [
        *due.steps,
        Step(
            f"最迟 {until} 向{skipped_zh}补报",
            f"{skipped_en} is told by {until}",
            book.clause(_REPORT),
        ),
    ]
    return _ruled(level, skipped, violations, steps, due.at, due.is_provisional)
