"""What a shift's file for `attendance` may say of what lies around it: the month, the relief, overtime, the roster."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from commands.reading import Node
from regulations.attendance import CorrectedReading, DayContext, FailedSwap, LeaveFact, RosterChange
from regulations.intervals import Interval
from regulations.names import NAMES
from regulations.worktime import WorkCalendar

_ENDS = ("from", "to", "start", "end")
_KNOWN = (
    "month_count_before",
    "previous_end",
    "relief",
    "overtime",
    "changes",
    "corrected",
    "rest_day",
    "stayed_from",
    "stays_on",
    "failed_swap",
)
_MOST = 1000  # latenesses of a month
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_IS_APPROVED = {"approved": True, "refused": False, "requested": None}


def ends(node: Node, fields: dict[str, Node], names: tuple[str, str]) -> Interval:
    """The instants between which something lies; `names` are what its ends are called, either pair will do."""
    begun = node.one_of(fields, (names[0], "from", "start")).instant()
    end = node.one_of(fields, (names[1], "to", "end"))
    over = end.instant()
    if over < begun:
        raise end.refuse("lies before its beginning")
    return begun, over


def read_leave(node: Node, calendar: WorkCalendar) -> LeaveFact:
    """Leave, its ends instants or whole days. Approved where nothing is said; `approved` null: nobody has decided yet.

    Raises CommandError naming the field.
    """
    fields = node.fields(known=(*_ENDS, "type", "approved", "status", "filed_at", "told_at"))
    begun = _edge(node.one_of(fields, ("from", "start")), calendar)
    end = node.one_of(fields, ("to", "end"))
    over = _edge(end, calendar, is_end=True)
    if over < begun or (over == begun and _is_date(end)):  # the day before ends where this one begins
        raise end.refuse("lies before its beginning")
    asked = [fields[name].instant() for name in ("filed_at", "told_at") if name in fields]
    kind = fields["type"].code(tuple(NAMES["leave_type"])) if "type" in fields else "personal"
    return LeaveFact(begun, over, kind, _is_approved(node, fields), min(asked, default=None))


def _is_approved(node: Node, fields: dict[str, Node]) -> bool | None:
    told: list[bool | None] = []
    if "status" in fields:
        told.append(_IS_APPROVED[fields["status"].code(tuple(_IS_APPROVED))])
    if "approved" in node.value:  # null is an answer here
        told.append(fields["approved"].flag() if "approved" in fields else None)
    if len(set(told)) > 1:
        raise fields["status"].refuse("does not agree with approved")
    return told[0] if told else True


def _is_date(node: Node) -> bool:
    return isinstance(node.value, str) and _DATE.fullmatch(node.value) is not None


def _edge(node: Node, calendar: WorkCalendar, *, is_end: bool = False) -> datetime:
    """An instant, or a date: its beginning, or its end."""
    if not _is_date(node):
        return node.instant()
    try:
        on = date.fromisoformat(node.value)
        return calendar.start_of_day(on + timedelta(days=1) if is_end else on)
    except (ValueError, OverflowError):
        raise node.refuse("must be an instant or a date such as 2026-11-20") from None


def read_context(node: Node | None, post: str) -> DayContext:
    """The context of the file, or as much as the shift itself says. Raises CommandError naming the field."""
    if node is None:
        return DayContext(post=post)
    fields = node.fields(known=_KNOWN)
    relief = _relief(fields.get("relief"))
    return DayContext(
        month_count_before=_count(fields["month_count_before"]) if "month_count_before" in fields else None,
        previous_ends_at=fields["previous_end"].instant() if "previous_end" in fields else None,
        relief=relief[1],
        awaits_relief=relief[0],
        overtime=tuple(ends(n, n.fields(known=_ENDS), ("from", "to")) for n in _list(fields.get("overtime"))),
        changes=tuple(_change(n) for n in _list(fields.get("changes"))),
        corrected=tuple(_corrected(n) for n in _list(fields.get("corrected"))),
        is_rest_day=_flag(fields.get("rest_day")),
        post=post,
        stayed_from=_flag(fields.get("stayed_from")),
        stays_on=_flag(fields.get("stays_on")),
        failed_swap=_failed_swap(fields.get("failed_swap")),
    )


def _relief(node: Node | None) -> tuple[bool, datetime | None]:
    """Whether somebody is to take over, and when he clocked in: an instant, or false while nobody has come."""
    if node is None:
        return False, None
    if isinstance(node.value, bool):
        if node.value:
            raise node.refuse("must be the instant of the clock-in, or false while nobody has come")
        return True, None
    return True, node.instant()


def _change(node: Node) -> RosterChange:
    fields = node.fields(needed=("at",), known=("before", "after", "source"))
    before, after = (_span(fields[name]) if name in fields else None for name in ("before", "after"))
    source = fields["source"].code(tuple(NAMES["shift_change_source"])) if "source" in fields else "roster"
    return RosterChange(fields["at"].instant(), before, after, source)


def _span(node: Node) -> Interval:
    return ends(node, node.fields(known=_ENDS), ("start", "end"))


def _corrected(node: Node) -> CorrectedReading:
    fields = node.fields(needed=("at", "kind"), known=("before", "source"))
    source = fields["source"].code(tuple(NAMES["punch_source"])) if "source" in fields else "correction"
    before = fields["before"].instant() if "before" in fields else None
    return CorrectedReading(
        fields["kind"].code(tuple(NAMES["punch_kind"])), fields["at"].instant(), before, source
    )


def _failed_swap(node: Node | None) -> FailedSwap | None:
    """What a person established of a swap that failed; without `rostered` the shift is on the person's own roster."""
    if node is None:
        return None
    fields = node.fields(needed=("requester", "partner", "by", "at"), known=("briefing", "note", "rostered"))
    said = {name: fields[name].text() for name in ("requester", "partner", "by")}
    more = {name: fields[name].text() if name in fields else "" for name in ("briefing", "note")}
    return FailedSwap(
        requester=said["requester"],
        partner=said["partner"],
        recorded_by=said["by"],
        recorded_at=fields["at"].instant(),
        briefing=more["briefing"],
        note=more["note"],
        is_rostered=_flag(fields["rostered"]) if "rostered" in fields else True,
    )


def _list(node: Node | None) -> list[Node]:
    return [] if node is None else node.elements()


def _flag(node: Node | None) -> bool:
    return False if node is None else node.flag()


def _count(node: Node) -> int:
    value: Any = node.value
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise node.refuse(f"must be a whole number from 0 to {_MOST}")
    return value
