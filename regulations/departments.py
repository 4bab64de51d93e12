"""A case in the hands of departments: who has it, what each owes, and what cannot have happened.

Clauses: A5.2 the department's head signs for the form, A5.4 the form returns, A6.24 own fault means measures
with a schedule, A6.25 each department concerned is notified the same way, A6.26 the customer is answered when
all have answered, A6.27 progress is checked against the declared schedule, A6.29 measures not taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from types import MappingProxyType

from regulations.department_moves import MOVES, Terms
from regulations.names import NAMES
from regulations.stays import Assignment, Happened
from regulations.verdict import Step

__all__ = [
    "DEPARTMENT_EVENTS",
    "TRACKING",
    "Assignment",
    "Fault",
    "Happened",
    "assignments_of",
    "faults_of",
    "in_order",
    "open_rectifications",
]

_ORDER: Mapping[str, int] = MappingProxyType({kind: i for i, kind in enumerate(NAMES["complaint_event"])})

TRACKING = frozenset({"rectified", "rectification_passed", "rectification_failed"})
"""What is still followed up after a case was closed: the improvement outlives the case (A6.27, C4.25)."""


DEPARTMENT_EVENTS = frozenset(MOVES)
"""The events that are one department's."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an event cannot have happened as it is told, and what to record instead."""

    kind: str
    at: datetime
    reason: Step


def assignments_of(events: Iterable[Happened]) -> tuple[Assignment, ...]:
    """Every stay of the case with a department, as the events tell it, the first sent first.

    What does not fit (a signature of a department that never got the case) changes nothing.
    """
    found, _faults = _told(events, None)
    return tuple(found)


def faults_of(events: Iterable[Happened], *, needs_signature: bool, zone: tzinfo) -> tuple[Fault, ...]:
    """The events of the departments that cannot have happened in this order, each with its reason.

    `needs_signature`: an answer counts only from a department that signed for the case (A5.2).
    """
    return tuple(_told(events, Terms(needs_signature, zone))[1])


def in_order(events: Iterable[Happened]) -> list[Happened]:
    """The events as they happened; two of one instant in the order in which a case goes through them."""
    return sorted(events, key=lambda e: (e.at, _ORDER.get(e.kind, len(_ORDER))))


def _told(events: Iterable[Happened], terms: Terms | None) -> tuple[list[Assignment], list[Fault]]:
    found: list[Assignment] = []
    faults: list[Fault] = []
    for event in in_order(events):
        if event.kind == "closed":
            reason = _closing_objection(found)
        elif event.kind in MOVES and (event.department or event.kind != "forwarded"):
            reason = MOVES[event.kind](found, event, terms)
        else:
            continue
        if reason is not None:
            faults.append(Fault(event.kind, event.at, reason))
    return found, faults


def _closing_objection(found: Sequence[Assignment]) -> Step | None:
    """A case is closed when every department's form is back (A5.4, A6.26)."""
    waiting = [a.department for a in found if a.owes_answer]
    if not waiting:
        return None
    zh, en = "、".join(waiting), ", ".join(waiting)
    return Step(
        f"{zh}尚未反馈处理结果，不能结案：请先登记其反馈，或收回改派。",
        f"{en} has not answered yet, so the case cannot be closed: record the answer, or recall the case from it.",
        "A6.26",
    )


def open_rectifications(events: Iterable[Happened]) -> tuple[Assignment, ...]:
    """The stays whose rectification is declared or ordered and not yet found sufficient (A6.27)."""
    return tuple(a for a in assignments_of(events) if a.owes_rectification)
