"""What happened to a callback, put in order: which attempts count, what completed it, what ended it without that.

A refusal ended the attempts where `callback.refusal_settles` says so; a person may end them (nobody can be reached)
or have them taken up again (a new number was found). What ended like that is still owed and was not completed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.values import Role

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

COUNTS, REFUSAL = "callback.rate_counts", "callback.refusal_settles"

REACHED = frozenset({"connected", "refused"})
"""The outcomes in which the customer was spoken to. Who refuses was reached; a wrong number reached a stranger."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at reaching the customer. `is_complete`: the callback's content was covered.

    `caller_role` is the caller's level in the department; None where it is not known.
    """

    at: datetime
    outcome: str  # names.NAMES["attempt_outcome"]
    is_complete: bool
    caller: str = ""
    satisfaction: str | None = None  # names.NAMES["satisfaction"]
    caller_role: Role | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody decided when calling on led nowhere: try again ("retry") or end it ("give_up")."""

    at: datetime
    action: str  # retry give_up
    reason: str = ""  # of giving up: names.NAMES["settled_reason"]


@dataclass(frozen=True, slots=True)
class Course:
    """The attempts at one callback as known at some instant, oldest first.

    `made` end with the completing one. `since` is the last decision to try again: what was tried until then no
    longer counts for retrying. `settled_at` is when it ended without being completed, `settled_reason` why.
    """

    made: tuple[Attempt, ...]
    too_early: tuple[Attempt, ...]  # before it arose
    done: Attempt | None
    since: datetime | None
    settled_at: datetime | None
    settled_reason: str
    is_given_up: bool  # by a person's decision

    @property
    def counted(self) -> tuple[Attempt, ...]:
        """What was tried since the last decision to try again."""
        return tuple(a for a in self.made if self.since is None or a.at > self.since)


def course_of(
    kind: str,
    arisen_at: datetime,
    attempts: Sequence[Attempt],
    decisions: Sequence[Decision],
    book: Rulebook,
    now: datetime,
) -> Course:
    """The course until `now`. Order and repetition of the rows never matter.

    Completed by the first attempt that reached the customer and covered the content, or by the first one at all
    where `callback.rate_counts` is "attempted". Completion undoes an ending, whichever came first.
    """
    known = sorted({a for a in attempts if a.at <= now}, key=_order)
    owed = [a for a in known if a.at >= arisen_at]
    any_attempt = book.choice(COUNTS) == "attempted"
    done = next((a for a in owed if any_attempt or (a.outcome == "connected" and a.is_complete)), None)
    made = owed if done is None else owed[: owed.index(done) + 1]
    taken = sorted(
        (d for d in set(decisions) if arisen_at <= d.at <= now), key=lambda d: (d.at, d.action, d.reason)
    )
    since = max((d.at for d in taken if d.action == "retry"), default=None)
    settled_at, reason, is_given_up = None, "", False
    if done is None:
        endings = [(d.at, d.reason, True) for d in taken if d.action == "give_up" and _after(d.at, since)]
        if book.flag(REFUSAL, kind):
            endings += [
                (a.at, "refused", False) for a in owed if a.outcome == "refused" and _after(a.at, since)
            ]
        settled_at, reason, is_given_up = min(endings, default=(None, "", False))
    return Course(
        made=tuple(made),
        too_early=tuple(a for a in known if a.at < arisen_at),
        done=done,
        since=since,
        settled_at=settled_at,
        settled_reason=reason,
        is_given_up=is_given_up,
    )


def _after(at: datetime, since: datetime | None) -> bool:
    return since is None or at > since


def _order(attempt: Attempt) -> tuple[datetime, bool, bool, str, str, str, str]:
    """Oldest first; of one instant the one that reached the customer, so that the order of rows never matters."""
    return (
        attempt.at,
        attempt.outcome != "connected",
        not attempt.is_complete,
        attempt.outcome,
        attempt.caller,
        attempt.satisfaction or "",
        attempt.caller_role or "",
    )
