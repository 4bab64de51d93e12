"""A case in the hands of departments: who has it, what each owes, and what cannot have happened.

Clauses: A5.2 the department's head signs for the form, A5.4 the form returns, A6.24 own fault means measures
with a schedule, A6.25 each department concerned is notified the same way, A6.26 the customer is answered when
all have answered, A6.27 progress is checked against the declared schedule, A6.29 measures not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from types import MappingProxyType
from typing import Protocol

from regulations.names import NAMES
from regulations.verdict import Step

_ORDER: Mapping[str, int] = MappingProxyType({kind: i for i, kind in enumerate(NAMES["complaint_event"])})

TRACKING = frozenset({"rectified", "rectification_passed", "rectification_failed"})
"""What is still followed up after a case was closed: the improvement outlives the case (A6.27, C4.25)."""


class Happened(Protocol):
    """An event as the rules read it: a code of names.NAMES["complaint_event"], its instant and its facts."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def department(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """One stay of the case with one department. Instants are None for what has not happened."""

    department: str
    sent_at: datetime
    answer_due_on: date | None = None
    signed_at: datetime | None = None
    signed_by: str = ""
    returned_at: datetime | None = None
    cause: str = ""
    rectify_due_on: date | None = None
    is_ordered: bool = False
    rectified_at: datetime | None = None
    verified_at: datetime | None = None
    is_sufficient: bool | None = None
    recalled_at: datetime | None = None

    @property
    def owes_answer(self) -> bool:
        """Whether the department has the case and has not answered."""
        return self.returned_at is None and self.recalled_at is None

    @property
    def owes_rectification(self) -> bool:
        """Whether a rectification was declared or ordered and has not been found sufficient."""
        if self.recalled_at is not None or self.is_sufficient:
            return False
        return self.is_ordered or self.rectify_due_on is not None

    @property
    def stage(self) -> str:
        """sent, signed, answered, rectifying, rectified, failed, done or recalled: where it stands."""
        if self.recalled_at is not None:
            return "recalled"
        if self.owes_answer:
            return "sent" if self.signed_at is None else "signed"
        if not self.owes_rectification:
            return "done" if self.is_sufficient else "answered"
        if self.rectified_at is not None and self.is_sufficient is None:
            return "rectified"
        return "failed" if self.is_sufficient is False and self.rectified_at is None else "rectifying"


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an event cannot have happened as it is told, and what to record instead."""

    kind: str
    at: datetime
    reason: Step


@dataclass(frozen=True, slots=True)
class _Terms:
    """What decides besides the events."""

    needs_signature: bool
    zone: tzinfo


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
    return tuple(_told(events, _Terms(needs_signature, zone))[1])


def in_order(events: Iterable[Happened]) -> list[Happened]:
    """The events as they happened; two of one instant in the order in which a case goes through them."""
    return sorted(events, key=lambda e: (e.at, _ORDER.get(e.kind, len(_ORDER))))


def _told(events: Iterable[Happened], terms: _Terms | None) -> tuple[list[Assignment], list[Fault]]:
    found: list[Assignment] = []
    faults: list[Fault] = []
    for event in in_order(events):
        if event.kind == "closed":
            reason = _closing_objection(found)
        elif event.kind in _MOVES and (event.department or event.kind != "forwarded"):
            reason = _MOVES[event.kind](found, event, terms)
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
        f"{zh}尚未反馈处理结果,不能结案:请先登记其反馈,或收回改派。",
        f"{en} has not answered yet, so the case cannot be closed: record the answer, or recall the case from it.",
        "A6.26",
    )


def open_rectifications(events: Iterable[Happened]) -> tuple[Assignment, ...]:
    """The stays whose rectification is declared or ordered and not yet found sufficient (A6.27)."""
    return tuple(a for a in assignments_of(events) if a.owes_rectification)


def _latest(found: Sequence[Assignment], department: str) -> int | None:
    """The position of the department's last stay; without a name, of the only one that is open."""
    if department:
        own = [i for i, a in enumerate(found) if a.department == department]
        return own[-1] if own else None
    going = [i for i, a in enumerate(found) if a.owes_answer]
    return going[0] if len(going) == 1 else None


def _never_got_it(department: str) -> Step:
    return Step(
        f"{department or '责任部门'}没有收到过这件投诉:请先登记转交。",
        f"{department or 'No department'} never got this case: record the forwarding first.",
        "A5.2",
    )


def _forward(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is not None and found[last].owes_answer:
        return Step(
            f"{event.department}已经在处理这件投诉:要重新转交,请先收回。",
            f"{event.department} has the case already: to send it again, recall it first.",
        )
    found.append(Assignment(event.department, event.at, event.due_on))
    return None


def _sign(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    stay = found[last]
    if stay.signed_at is not None or not stay.owes_answer:
        return Step(
            f"{stay.department}已签收、已反馈或已收回,不能再次签收。",
            f"{stay.department} has signed, answered or given the case back already.",
            "A5.2",
        )
    found[last] = replace(stay, signed_at=event.at, signed_by=event.value)
    return None


def _recall(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    if not found[last].owes_answer:
        return Step(
            f"{found[last].department}已反馈或已收回,没有可收回的。",
            f"{found[last].department} has answered or given the case back already: there is nothing to recall.",
        )
    found[last] = replace(found[last], recalled_at=event.at)
    return None


def _answer(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    stay = found[last]
    if not stay.owes_answer:
        return Step(
            f"{stay.department}已反馈或已收回:要它重新处理,请再次转交。",
            f"{stay.department} has answered or given the case back already: forward it again for another answer.",
            "A6.24",
        )
    if terms is not None and terms.needs_signature and stay.signed_at is None:
        return Step(
            f"{stay.department}还没有签收:请先登记签收,再登记反馈。",
            f"{stay.department} has not signed for the case: record the signature first, then the answer.",
            "A5.2",
        )
    if _is_before(event, terms):
        return _due_before(event)
    found[last] = replace(
        stay,
        returned_at=event.at,
        cause=event.value,
        rectify_due_on=stay.rectify_due_on or event.due_on,
    )
    return None


def _day(at: datetime, terms: _Terms | None) -> date:
    return at.astimezone(terms.zone).date() if terms is not None else at.date()


def _is_before(event: Happened, terms: _Terms | None) -> bool:
    """Whether the date that the event names lies before its own day."""
    return terms is not None and event.due_on is not None and event.due_on < _day(event.at, terms)


def _due_before(event: Happened) -> Step:
    return Step(
        f"期限 {event.due_on} 早于事项发生的日期。",
        f"The due date {event.due_on} lies before the day of the event.",
    )


def _order(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None or found[last].recalled_at is not None:
        return _never_got_it(event.department)
    stay = found[last]
    if stay.is_ordered and stay.owes_rectification:
        return Step(
            f"已向{stay.department}下达过整改通知。",
            f"{stay.department} has been ordered to rectify already.",
            "A6.23",
        )
    if _is_before(event, terms):
        return _due_before(event)
    found[last] = replace(stay, is_ordered=True, rectify_due_on=stay.rectify_due_on or event.due_on)
    return None


def _rectify(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    stay = found[last]
    if not stay.owes_rectification:
        return Step(
            f"{stay.department}没有待完成的整改:请先下达整改通知,或登记其申报的整改期限。",
            f"{stay.department} has no rectification open: order one first, or record the date the department declared.",
            "A6.24",
        )
    if stay.rectified_at is not None and stay.is_sufficient is None:
        return Step(
            f"{stay.department}的整改已登记完成,请核查。",
            f"{stay.department} has reported the rectification already: verify it.",
            "A6.27",
        )
    found[last] = replace(stay, rectified_at=event.at, is_sufficient=None, verified_at=None)
    return None


def _verify(found: list[Assignment], event: Happened, terms: _Terms | None) -> Step | None:
    """Measures reported done are found sufficient or not; measures not taken by their date are insufficient."""
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    stay, is_sufficient = found[last], event.kind == "rectification_passed"
    is_reported = stay.rectified_at is not None and stay.is_sufficient is None
    day = _day(event.at, terms)
    is_overdue = (
        stay.owes_rectification
        and stay.rectified_at is None
        and stay.rectify_due_on is not None
        and stay.rectify_due_on < day
        and (stay.verified_at is None or _day(stay.verified_at, terms) <= stay.rectify_due_on)
    )
    if not is_reported and (is_sufficient or not is_overdue):
        return Step(
            f"{stay.department}还没有报告整改完成,也没有逾期:请先登记“整改完成”。",
            f"{stay.department} has not reported the rectification and its date has not passed: record it as rectified first.",
            "A6.27",
        )
    if _is_before(event, terms):
        return _due_before(event)
    stay = replace(stay, verified_at=event.at, is_sufficient=is_sufficient)
    if not is_sufficient:  # the work goes on; a new date begins another round
        stay = replace(stay, rectified_at=None, rectify_due_on=event.due_on or stay.rectify_due_on)
    found[last] = stay
    return None


_MOVES: Mapping[str, Callable[[list[Assignment], Happened, _Terms | None], Step | None]] = MappingProxyType(
    {
        "forwarded": _forward,
        "acknowledged": _sign,
        "recalled": _recall,
        "returned": _answer,
        "rectification_ordered": _order,
        "rectified": _rectify,
        "rectification_passed": _verify,
        "rectification_failed": _verify,
    }
)
DEPARTMENT_EVENTS = frozenset(_MOVES)
"""The events that are one department's."""
