"""Callbacks while a matter is unsolved: one for each interval (E1.20), the customer being told how it stands.

The same rule is the `progress` clock of a complaint: the intervals and their ends are the same, so that for a case the
desk keeps the clock alone and owes no callback of this kind beside it. A contact answers for the interval in which it
was made, never for one that ran out before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.callback_course import Attempt, Decision
from regulations.callback_terms import UNRESOLVED
from regulations.callbacks import Obligation, obligation
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

# An interval of minutes on a matter left open for years would give hundreds of thousands of rounds.
_MOST_ROUNDS = 1000


def rounds_while_unsolved(
    arisen_at: datetime,
    attempts: Sequence[Attempt],
    book: Rulebook,
    now: datetime,
    solved_at: datetime | None = None,
    decisions: Sequence[Decision] = (),
) -> tuple[tuple[Obligation, tuple[Attempt, ...]], ...]:
    """Every interval since the matter arose with the attempts made in it, oldest first, as it stands at `now`.

    The next interval begins at the contact, or where one ran out without. None begins from `solved_at` on; one that
    was not over then is no longer owed. Raises WorktimeError where a day cannot be computed.
    """
    found: list[tuple[Obligation, tuple[Attempt, ...]]] = []
    begun, left = arisen_at, tuple(sorted(set(attempts), key=lambda a: a.at))
    until = now if solved_at is None else min(now, solved_at)
    while begun <= until and len(found) < _MOST_ROUNDS:
        due_at = obligation(UNRESOLVED, begun, (), book, now).due_at
        if due_at is None:
            break
        made = tuple(a for a in left if begun <= a.at and whole_seconds(a.at) <= due_at)
        owed = obligation(UNRESOLVED, begun, made, book, now, decisions=decisions)
        if owed.completed_at is None and solved_at is not None and due_at >= whole_seconds(solved_at):
            break
        found.append((owed, tuple(a for a in made if a.at <= (owed.completed_at or a.at))))
        if owed.completed_at is None and whole_seconds(now) <= due_at:
            break
        following = owed.completed_at or due_at
        left = tuple(a for a in left if a.at > following)
        if following <= begun and owed.completed_at is None:
            break
        begun = following
    return tuple(found)
