"""The levels of a department: which of the abstract roles it has, who is above whom (catalogue 4.2, A2.2).

`escalation.ladder` names the levels. What belongs to a level the department does not have moves up to the next one
it has; above its highest level there is nobody, so what belongs there stays with the highest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulations.values import ROLES, Role
from regulations.verdict import Step

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

LADDER = "escalation.ladder"
_WITHOUT_ACCOUNTS: tuple[Role, ...] = ("agent", "team_lead")


def rank(role: Role) -> int:
    """How high an abstract role stands, whatever it is called; 0 is the lowest."""
    return ROLES.index(role)


def ladder(book: Rulebook) -> tuple[Role, ...]:
    """The levels the department has, from the bottom up; all of them when the rulebook names none."""
    named = book.items(LADDER)
    return tuple(role for role in ROLES if named is None or role in named)


def next_level(role: Role, book: Rulebook) -> Role | None:
    """The level directly above; None above the highest."""
    return next((level for level in ladder(book) if rank(level) > rank(role)), None)


def between(low: Role, high: Role, book: Rulebook) -> tuple[Role, ...]:
    """The department's levels strictly between two, from the bottom up."""
    return tuple(level for level in ladder(book) if rank(low) < rank(level) < rank(high))


def level_for(role: Role, book: Rulebook) -> tuple[Role, tuple[Step, ...]]:
    """The department's level that stands for an abstract one, and why when it is another."""
    levels = ladder(book)
    if role in levels:
        return role, ()
    above = next_level(role, book)
    found = above or levels[-1]
    (absent_zh, absent_en), (found_zh, found_en) = titles(role, book), titles(found, book)
    if above:
        zh = f"本部门没有“{absent_zh}”这一级，上移一级，由{found_zh}负责"
        en = f"This department has no level {absent_en}: it moves up to {found_en}"
    else:
        zh = f"本部门没有“{absent_zh}”这一级，其上也没有更高层级，由最高一级{found_zh}负责"
        en = f"This department has no level {absent_en} and none above it: it stays with its highest, {found_en}"
    return found, (Step(zh, en, book.clause(LADDER)),)


def account_for(role: str) -> str:
    """The role of the accounts that act for a level: below the supervisor no account decides anything."""
    return "supervisor" if role in _WITHOUT_ACCOUNTS else role


def acts_for(account_role: str) -> tuple[Role, ...]:
    """The levels that an account of this role acts for; none for one that stands on no ladder."""
    return tuple(role for role in ROLES if account_for(role) == account_role)


def titles(role: Role, book: Rulebook) -> tuple[str, str]:
    """What the role is called here, in Chinese and in English."""
    return book.role_title(role, "zh"), book.role_title(role, "en")


def joined(roles: tuple[Role, ...], book: Rulebook) -> tuple[str, str]:
    """Several titles in a row, in Chinese and in English."""
    return (
        "、".join(book.role_title(role, "zh") for role in roles),
        ", ".join(book.role_title(role, "en") for role in roles),
    )
