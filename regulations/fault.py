"""Which departments a case finds at fault, and what each of them still owed (A6.24, A6.27, A6.29).

What was taken back from a department counts for nothing: neither the notice nor the date of a stay that was recalled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from regulations.departments import Happened, assignments_of


@dataclass(frozen=True, slots=True)
class Target:
    """A rectification that was due, and when it was done (None: not yet)."""

    due_at: datetime
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """What a case's events say of one department.

    `ordered_at`: it got the rectification notice. `is_at_fault`: verified. `failed_at`: its measures were found wanting.
    """

    department: str
    ordered_at: datetime | None
    is_at_fault: bool
    targets: Sequence[Target] = ()
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Rectification:
    """One run of a department's rectification clock."""

    department: str
    started_at: datetime
    target: Target


def departments_of(
    events: Iterable[Happened], rectifications: Iterable[Rectification], *, is_upheld: bool
) -> tuple[DepartmentFacts, ...]:
    """What the events say of each department that still has, or has answered, the case.

    Its own last answer says whether it is at fault (A6.24); where it named no cause, that the case was upheld does.
    """
    happened, runs = list(events), list(rectifications)
    stays = assignments_of(happened)
    found = []
    for name in dict.fromkeys(stay.department for stay in stays):
        own = [stay for stay in stays if stay.department == name]
        kept = [stay for stay in own if stay.recalled_at is None]
        if not kept:
            continue
        taken_back = [(stay.sent_at, stay.recalled_at) for stay in own if stay.recalled_at is not None]
        events_kept = [e for e in happened if e.department == name and not _is_in(e.at, taken_back)]
        runs_kept = [r for r in runs if r.department == name and not _is_in(r.started_at, taken_back)]
        answered = [stay for stay in kept if stay.returned_at is not None]
        cause = answered[-1].cause if answered else ""
        found.append(
            DepartmentFacts(
                name,
                _first("rectification_ordered", events_kept),
                cause == "own_fault" or (not cause and is_upheld),
                tuple(sorted((r.target for r in runs_kept), key=lambda target: target.due_at)),
                _first("rectification_failed", events_kept),
            )
        )
    return tuple(found)


def _is_in(at: datetime, spans: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(begins <= at <= ends for begins, ends in spans)


def _first(kind: str, events: Iterable[Happened]) -> datetime | None:
    return min((event.at for event in events if event.kind == kind), default=None)
