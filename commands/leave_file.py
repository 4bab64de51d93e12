"""The file of `leave`: a request as people write it down, read into what the rules judge."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from commands.reading import Node, shown
from regulations.intervals import Interval
from regulations.leave import LeaveRequestFacts, LeaveShift, OtherLeave, SwappedShift
from regulations.leave_meeting import MEETING
from regulations.names import NAMES
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar, whole_seconds

_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?|24:00")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DAY = timedelta(days=1)
_NIGHT = {"night": True, "夜班": True, "day": False, "日班": False, "白班": False}
_IN_PERSON = frozenset({"self", "in_person", "agent", "本人"})
_LONGEST_DAYS = 3660
KNOWN = (
    *("agent", "type", "from", "to", "filed_at", "filed_by", "certificate", "emergency", "shift", "holiday"),
    *("told_at", "slip_received_on", "returned_at", "approved", "others", "swap_days", "balance"),
    *("rostered_until", "asked_of", "own_line"),
)


def facts_of(fields: dict[str, Node], agent: str, book: Rulebook, now: datetime) -> LeaveRequestFacts:
    """The request with what the file says it meets. Raises CommandError naming the field that cannot be read."""
    calendar = WorkCalendar.from_rulebook(book)
    starts_at, ends_at = _begin(fields["from"], calendar), _end(fields["to"], calendar)
    if (ends_at - starts_at).days > _LONGEST_DAYS:
        raise fields["to"].refuse("lies more than ten years after its beginning")
    if whole_seconds(ends_at) <= whole_seconds(starts_at):
        raise fields["to"].refuse("lies before its beginning, or is the same")
    filed_by = fields["filed_by"].text() if "filed_by" in fields else ""
    if filed_by and not agent and filed_by not in _IN_PERSON:
        raise fields["filed_by"].refuse('says who filed it, but "agent" is missing: whose leave it is')
    shifts, is_night = _shifts(fields.get("shift"), starts_at, calendar, book)
    swap_days, swap_shifts = _swaps(fields.get("swap_days"), calendar)
    dated, has_certificate = _certificates(fields.get("certificate"), calendar)
    return LeaveRequestFacts(
        type=_type(fields["type"]),
        starts_at=starts_at,
        ends_at=ends_at,
        filed_at=fields["filed_at"].instant() if "filed_at" in fields else now,
        is_emergency=fields["emergency"].flag() if "emergency" in fields else False,
        proxy="" if filed_by in {agent, *_IN_PERSON} else filed_by,
        told_at=fields["told_at"].instant() if "told_at" in fields else None,
        shifts=shifts,
        rostered_until=_date(fields["rostered_until"]) if "rostered_until" in fields else None,
        others=_others(fields.get("others"), calendar),
        swap_days=swap_days,
        swap_shifts=swap_shifts,
        balance=_number(fields["balance"]) if "balance" in fields else None,
        has_certificate=has_certificate,
        certificates=dated,
        slip_received_on=_date(fields["slip_received_on"]) if "slip_received_on" in fields else None,
        returned_at=fields["returned_at"].instant() if "returned_at" in fields else None,
        is_approved=fields["approved"].flag() if "approved" in fields else False,
        holidays=_holidays(fields.get("holiday"), starts_at, ends_at, shifts, calendar),
        is_night=is_night,
    )


def _type(node: Node) -> str:
    """A code, or what it is called in Chinese."""
    called = {zh: code for code, (zh, _en) in NAMES["leave_type"].items()}
    called |= dict.fromkeys(("会议", "会议请假"), MEETING)
    if isinstance(node.value, str) and node.value in called:
        return called[node.value]
    return node.code((*NAMES["leave_type"], MEETING))


def _begin(node: Node, calendar: WorkCalendar) -> datetime:
    """An instant, or a date: its beginning."""
    if isinstance(node.value, str) and _DATE.fullmatch(node.value):
        return calendar.start_of_day(_date(node))
    return node.instant()


def _end(node: Node, calendar: WorkCalendar) -> datetime:
    """An instant, or a date: its end."""
    if isinstance(node.value, str) and _DATE.fullmatch(node.value):
        return calendar.start_of_day(_date(node) + _DAY)
    return node.instant()


def _date(node: Node) -> date:
    if isinstance(node.value, str) and _DATE.fullmatch(node.value):
        try:
            found = date.fromisoformat(node.value)
            if date(1990, 1, 1) <= found <= date(2099, 12, 30):
                return found
        except ValueError:
            pass
    raise node.refuse(f"must be a date such as 2026-11-20, not {shown(node.value)}")


def _number(node: Node) -> Decimal:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or abs(node.value) > 9999:
        raise node.refuse(f"must be a number of days, not {shown(node.value)}")
    return Decimal(str(node.value))


def _others(node: Node | None, calendar: WorkCalendar) -> tuple[OtherLeave, ...]:
    """Other leave of the person: asked for or approved."""
    if node is None:
        return ()
    found = []
    for element in node.elements():
        fields = element.fields(needed=("from", "to"), known=("type", "state"))
        kind = _type(fields["type"]) if "type" in fields else "personal"
        state = fields["state"].code(("requested", "approved")) if "state" in fields else "approved"
        found.append(OtherLeave(_begin(fields["from"], calendar), _end(fields["to"], calendar), kind, state))
    return tuple(found)


def _swaps(node: Node | None, calendar: WorkCalendar) -> tuple[frozenset[date], tuple[SwappedShift, ...]]:
    """The shifts that the person works through swaps: by their hours, or by the date where that is all there is."""
    days, shifts = set[date](), list[SwappedShift]()
    for element in () if node is None else node.elements():
        if isinstance(element.value, str):
            days.add(_date(element))
            continue
        fields = element.fields(known=("from", "to", "start", "end"))
        begun = element.one_of(fields, ("from", "start")).instant()
        end = element.one_of(fields, ("to", "end"))
        over = end.instant()
        if over <= begun:
            raise end.refuse("lies before its beginning")
        shifts.append(SwappedShift(calendar.day_of(begun), begun, over))
    return frozenset(days), tuple(shifts)


def _certificates(
    node: Node | None, calendar: WorkCalendar
) -> tuple[tuple[tuple[date, date], ...], bool | None]:
    """The dates of the certificates, and whether there is one at all; None where nothing is said."""
    if node is None:
        return (), None
    if isinstance(node.value, bool):
        return (), node.value
    found = _spans(node, calendar)
    return found, bool(found)


def _spans(node: Node, calendar: WorkCalendar) -> tuple[tuple[date, date], ...]:
    """First and last days: a date, {"from", "to"}, or a list of these."""
    found = []
    for element in node.elements() if isinstance(node.value, list) else [node]:
        if isinstance(element.value, str):
            found.append((_date(element), _date(element)))
            continue
        fields = element.fields(known=("from", "to", "start", "end"))
        begin, end = (element.one_of(fields, pair) for pair in (("from", "start"), ("to", "end")))
        first, last = _day_of(begin, calendar), _day_of(end, calendar)
        if last < first:
            raise end.refuse("lies before its beginning")
        found.append((first, last))
    return tuple(found)


def _day_of(node: Node, calendar: WorkCalendar) -> date:
    """A date, or the local date of an instant."""
    if isinstance(node.value, str) and not _DATE.fullmatch(node.value):
        return calendar.day_of(node.instant())
    return _date(node)


def _shifts(
    node: Node | None, starts_at: datetime, calendar: WorkCalendar, book: Rulebook
) -> tuple[tuple[LeaveShift, ...], bool | None]:
    """The shifts, and whether the file calls the work a night shift; None where it does not say."""
    if node is None:
        return (), None
    if isinstance(node.value, str):
        return _named(node, starts_at, calendar, book)
    found: list[LeaveShift] = []
    night: bool | None = None
    for element in node.elements() if isinstance(node.value, list) else [node]:
        fields = element.fields(
            known=("start", "end", "from", "to", "breaks", "code", "post", "work_on", "night")
        )
        if "night" in fields:
            night = fields["night"].flag()
        elif "code" in fields and night is None:
            night = _NIGHT.get(fields["code"].text(40)) or None  # "day" says nothing against the hours
        if not {"start", "from", "end", "to"} & set(fields):
            named, is_night = _named(fields.get("code", element), starts_at, calendar, book)
            found += named
            night = is_night if night is None else night
            continue
        begun = _moment(element.one_of(fields, ("start", "from")), starts_at, calendar, on_day=True)
        until = element.one_of(fields, ("end", "to"))
        over = _moment(until, begun, calendar)
        if over <= begun:
            raise until.refuse("lies before its beginning")
        breaks = fields["breaks"].elements() if "breaks" in fields else []
        work_on = _date(fields["work_on"]) if "work_on" in fields else calendar.day_of(begun)
        found.append(
            LeaveShift(work_on, begun, over, tuple(_break(b, begun, over, calendar) for b in breaks))
        )
    return tuple(found), night


def _named(
    node: Node, starts_at: datetime, calendar: WorkCalendar, book: Rulebook
) -> tuple[tuple[LeaveShift, ...], bool | None]:
    """A shift by its name: one of the rulebook's on the day the leave begins, or just by night or by day."""
    code = node.text() if isinstance(node.value, str) else ""
    day = calendar.day_of(starts_at)
    for definition in () if book.is_off("shift.definitions") else book.shift_definitions():
        if definition.code == code:
            until = day if definition.end > definition.start else day + _DAY
            begun = datetime.combine(day, definition.start, calendar.timezone)
            over = datetime.combine(until, definition.end, calendar.timezone)
            breaks = tuple((_at(w.start, begun), _at(w.end, begun)) for w in definition.breaks)
            return (LeaveShift(day, begun, over, breaks),), None
    if code in _NIGHT:
        return (), _NIGHT[code]
    known = [d.code for d in book.shift_definitions()] if not book.is_off("shift.definitions") else []
    raise node.refuse(
        f"must be start and end, or one of {', '.join(dict.fromkeys([*known, 'night', 'day']))}"
    )


def _at(clock: time, after: datetime) -> datetime:
    """The first time it is that o'clock at or after an instant."""
    at = datetime.combine(after.date(), clock, after.tzinfo)
    return at if at >= after else at + _DAY


def _moment(node: Node, after: datetime, calendar: WorkCalendar, *, on_day: bool = False) -> datetime:
    """An instant, or a time of day: on the day of `after`, or the first one at or after it."""
    if not isinstance(node.value, str) or not _TIME_OF_DAY.fullmatch(node.value):
        return node.instant()
    local = after.astimezone(calendar.timezone)
    if node.value == "24:00":
        return calendar.start_of_day(local.date() + _DAY)
    clock = time.fromisoformat(node.value)
    return datetime.combine(local.date(), clock, calendar.timezone) if on_day else _at(clock, local)


def _break(node: Node, shift_start: datetime, shift_end: datetime, calendar: WorkCalendar) -> Interval:
    """A break as instants or as times of day that fall into the shift."""
    if isinstance(node.value, list):
        ends = node.elements()
        if len(ends) != 2:
            raise node.refuse("must be a pair of start and end")
        start, end = ends
    else:
        fields = node.fields(known=("start", "end", "from", "to"))
        start, end = (node.one_of(fields, pair) for pair in (("start", "from"), ("end", "to")))
    begun = _moment(start, shift_start, calendar)
    over = _moment(end, begun, calendar)
    if not shift_start <= begun < over <= shift_end:
        raise node.refuse("lies outside the shift")
    return begun, over


def _holidays(
    node: Node | None,
    starts_at: datetime,
    ends_at: datetime,
    shifts: tuple[LeaveShift, ...],
    calendar: WorkCalendar,
) -> frozenset[date] | None:
    """The public holidays in the leave: as the calendar has them, or as the file says."""
    if node is None:
        return None
    first, last = calendar.day_of(starts_at), calendar.day_of(max(starts_at, ends_at - timedelta(seconds=1)))
    days = [first + n * _DAY for n in range((last - first).days + 1)]
    name = node.value if isinstance(node.value, str) and not _DATE.fullmatch(node.value) else None
    if isinstance(node.value, list | dict) or (name is None and isinstance(node.value, str)):
        spans = _spans(node, calendar)
        near = [first - _DAY, *days]  # a shift across midnight belongs to the day before
        return frozenset(day for day in near if any(start <= day <= end for start, end in spans))
    if name is None and not node.flag():
        return frozenset()
    if name is not None and name not in _festivals(first, calendar):
        raise node.refuse(f"must be true, false, dates, or a public holiday's name, not {shown(name)}")
    known = frozenset(
        day
        for day in days
        if calendar.is_public_holiday(day)
        and name in (None, calendar.holiday_name(day), calendar.holiday_name(day, "en"))
    )
    return known or frozenset({first, *(s.work_on for s in shifts[:1])})


def _festivals(day: date, calendar: WorkCalendar) -> frozenset[str]:
    """What the public holidays of that year are called, in both languages."""
    new_year = date(day.year, 1, 1)
    whole = (new_year + n * _DAY for n in range(366))
    holidays = [on for on in whole if calendar.is_public_holiday(on)]
    names = {calendar.holiday_name(on, lang) for on in holidays for lang in ("zh", "en")}
    return frozenset(name for name in names if name)
