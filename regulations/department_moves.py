"""What each event of a department does to its stay, or why it cannot have happened (A5.2, A6.23, A6.24, A6.27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from types import MappingProxyType

from regulations.stays import Assignment, Happened
from regulations.verdict import Step


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides besides the events."""

    needs_signature: bool
    zone: tzinfo


def _latest(found: Sequence[Assignment], department: str) -> int | None:
    """The position of the department's last stay; without a name, of the only one that is open."""
    if department:
        own = [i for i, a in enumerate(found) if a.department == department]
        return own[-1] if own else None
    going = [i for i, a in enumerate(found) if a.owes_answer]
    return going[0] if len(going) == 1 else None


def _rectifying(found: Sequence[Assignment], last: int) -> list[int]:
    """The stays that a word about the rectification is about: every one of the department that owes any.

    It may have got the case again while it rectifies what an earlier stay found; it rectifies once. Where none owes
    any, the last one, to say so.
    """
    name = found[last].department
    owing = [i for i, a in enumerate(found) if a.department == name and a.owes_rectification]
    return owing or [last]


def _never_got_it(department: str) -> Step:
    return Step(
        f"{department or '责任部门'}没有收到过这件投诉：请先登记转交。",
        f"{department or 'No department'} never got this case: record the forwarding first.",
        "A5.2",
    )


def _forward(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is not None and found[last].owes_answer:
        return Step(
            f"{event.department}已经在处理这件投诉：要重新转交，请先收回。",
            f"{event.department} has the case already: to send it again, recall it first.",
        )
    found.append(Assignment(event.department, event.at, event.due_on))
    return None


def _sign(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    stay = found[last]
    if stay.signed_at is not None or not stay.owes_answer:
        return Step(
            f"{stay.department}已签收、已反馈或已收回，不能再次签收。",
            f"{stay.department} has signed, answered or given the case back already.",
            "A5.2",
        )
    found[last] = replace(stay, signed_at=event.at, signed_by=event.value)
    return None


def _recall(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    if not found[last].owes_answer:
        return Step(
            f"{found[last].department}已反馈或已收回，没有可收回的。",
            f"{found[last].department} has answered or given the case back already: there is nothing to recall.",
        )
    found[last] = replace(found[last], recalled_at=event.at)
    return None


def _answer(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    stay = found[last]
    if not stay.owes_answer:
        return Step(
            f"{stay.department}已反馈或已收回：要它重新处理，请再次转交。",
            f"{stay.department} has answered or given the case back already: forward it again for another answer.",
            "A6.24",
        )
    if terms is not None and terms.needs_signature and stay.signed_at is None:
        return Step(
            f"{stay.department}还没有签收：请先登记签收，再登记反馈。",
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


def _day(at: datetime, terms: Terms | None) -> date:
    return at.astimezone(terms.zone).date() if terms is not None else at.date()


def _is_before(event: Happened, terms: Terms | None) -> bool:
    """Whether the date that the event names lies before its own day."""
    return terms is not None and event.due_on is not None and event.due_on < _day(event.at, terms)


def _due_before(event: Happened) -> Step:
    return Step(
        f"期限 {event.due_on} 早于事项发生的日期。",
        f"The due date {event.due_on} lies before the day of the event.",
    )


def _order(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is not None and found[last].recalled_at is not None:  # of what was not taken back, the last
        kept = [a.recalled_at is None and a.department == found[last].department for a in found]
        last = max((i for i, is_kept in enumerate(kept) if is_kept), default=None)
    if last is None:
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
    if stay.is_sufficient:  # what was done before was enough: this is another rectification
        stay = replace(stay, rectified_at=None, verified_at=None, is_sufficient=None, rectify_due_on=None)
    found[last] = replace(stay, is_ordered=True, rectify_due_on=stay.rectify_due_on or event.due_on)
    return None


def _rectify(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    owing = _rectifying(found, last)
    stay = found[owing[-1]]
    if not stay.owes_rectification:
        return Step(
            f"{stay.department}没有待完成的整改：请先下达整改通知，或登记其申报的整改期限。",
            f"{stay.department} has no rectification open: order one first, or record the date the department declared.",
            "A6.24",
        )
    if stay.rectified_at is not None and stay.is_sufficient is None:
        return Step(
            f"{stay.department}的整改已登记完成，请核查。",
            f"{stay.department} has reported the rectification already: verify it.",
            "A6.27",
        )
    for i in owing:
        found[i] = replace(found[i], rectified_at=event.at, is_sufficient=None, verified_at=None)
    return None


def _verify(found: list[Assignment], event: Happened, terms: Terms | None) -> Step | None:
    """Measures reported done are found sufficient or not; measures not taken by their date are insufficient."""
    last = _latest(found, event.department)
    if last is None:
        return _never_got_it(event.department)
    owing = _rectifying(found, last)
    stay, is_sufficient = found[owing[-1]], event.kind == "rectification_passed"
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
            f"{stay.department}还没有报告整改完成，也没有逾期：请先登记“整改完成”。",
            f"{stay.department} has not reported the rectification and its date has not passed: record it as rectified first.",
            "A6.27",
        )
    if _is_before(event, terms):
        return _due_before(event)
    for i in owing:
        stay = replace(found[i], verified_at=event.at, is_sufficient=is_sufficient)
        if not is_sufficient:  # the work goes on; a new date begins another round
            stay = replace(stay, rectified_at=None, rectify_due_on=event.due_on or stay.rectify_due_on)
        found[i] = stay
    return None


MOVES: Mapping[str, Callable[[list[Assignment], Happened, Terms | None], Step | None]] = MappingProxyType(
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
