"""Who may make a callback: the level the rulebook names, not the handler of the case, and how many people at all.

Clauses: A5.5 management calls back, E1.18 CS, C4.19 the CS manager, E5.2 one dedicated officer, E3.28 by gravity.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from regulations.levels import rank, titles
from regulations.values import ROLES, Role
from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

CALLER, HEADCOUNT = "callback.caller", "callback.dedicated_headcount"
OTHER = "complaint.callback_by_other_than_handler"


@dataclass(frozen=True, slots=True)
class CallerRuling:
    """Whether somebody may be given a callback, and why not. `flag` is a code of callbacks.FLAGS, "" if he may."""

    is_allowed: bool
    required_role: Role
    flag: str
    steps: tuple[Step, ...]


@lru_cache(maxsize=512)  # of few posts, asked for every attempt of a file
def role_of_post(post: str, book: Rulebook) -> Role:
    """The level that a post stands for: its code, or what the department calls it; an agent otherwise."""
    named = post.strip()
    for role in reversed(ROLES):
        if named and named in (role, *titles(role, book)):
            return role
    return "agent"


def required_role(kind: str, book: Rulebook) -> Role:
    """The level from which this kind of callback is made."""
    return book.role(CALLER, kind) or "agent"


def may_call(kind: str, role: Role, book: Rulebook, *, is_handler: bool = False) -> CallerRuling:
    """Whether somebody of that level may make a callback of this kind, for a case that he handled or not."""
    needed = required_role(kind, book)
    (is_zh, is_en), (needs_zh, needs_en) = titles(role, book), titles(needed, book)
    steps = [
        Step(
            f"应由{needs_zh}及以上回访，此人为{is_zh}",
            f"To be made by {needs_en} or above; this is {is_en}",
            book.clause(CALLER, kind),
        )
    ]
    flag = "" if rank(role) >= rank(needed) else "caller_below_role"
    if not flag and is_handler and book.flag(OTHER):
        flag = "caller_is_handler"
        steps.append(
            Step(
                "此人是案件处理人，回访须由他人进行",
                "He handled the case; somebody else is to call",
                book.clause(OTHER),
            )
        )
    return CallerRuling(not flag, needed, flag, tuple(steps))


def headcount(kind: str, callers: Iterable[str], book: Rulebook) -> tuple[bool, tuple[Step, ...]]:
    """Whether no more people make this kind of callback than are dedicated to it (E5.2), and how they were counted."""
    allowed = book.integer(HEADCOUNT, kind)
    people = sorted({c for c in callers if c})
    if allowed is None:
        return True, ()
    clause = book.clause(HEADCOUNT, kind)
    counted = Step(
        f"规定专职回访员 {allowed} 人，实际由 {len(people)} 人回访",
        f"{allowed} dedicated to it by the rulebook; {len(people)} people made them",
        clause,
    )
    return len(people) <= allowed, (counted,)
