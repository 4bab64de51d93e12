"""What a file for `swap` says: both people, their shifts and other swaps, the days, and who has agreed."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from commands.reading import Node, shown
from regulations.swaps import LeaveSpan, OtherSwap, Party, ShiftSpan, SwapFacts
from regulations.worktime import WorkCalendar

_MOST_SWAPS = 31
_PARTY = (
    "agent",
    "name",
    "post",
    "level",
    "shift",
    "adjacent_shifts",
    "swaps_this_month",
    "other_swaps",
    "leave",
)
_AGREED = ("consent", "lead_consent", "holiday")
_FILE = (
    *(
        "requester",
        "partner",
        "agents",
        "swap_on",
        "payback_on",
        "dates",
        "holiday",
        "leads_consent",
        "consents",
    ),
    *("form_number", "reason", "briefing", "filed_at"),
)


def facts_of(document: Node, calendar: WorkCalendar) -> SwapFacts:
    """The facts of a swap. Raises CommandError naming the field that cannot be read."""
    fields = document.fields(known=_FILE)
    one, two = _sides(document, fields)
    first = one.fields(known=(*_PARTY, *_AGREED))
    second = two.fields(known=(*_PARTY, *_AGREED))
    shift = _shift(first["shift"], calendar) if "shift" in first else None
    payback = _shift(second["shift"], calendar) if "shift" in second else None
    swap_on, payback_on = _days(document, fields, shift, payback)
    number, reason, briefing = (_free_text(fields, name) for name in ("form_number", "reason", "briefing"))
    return SwapFacts(
        requester=_party(first, "requester", swap_on, calendar),
        partner=_party(second, "partner", swap_on, calendar),
        swap_on=swap_on,
        payback_on=payback_on,
        shift=shift,
        payback=payback,
        consents=_consents(fields, first, second),
        declined=frozenset(
            who
            for who, side in (("requester", first), ("partner", second))
            if "consent" in side and not side["consent"].flag()
        ),
        form_number=number,
        reason=reason,
        briefing=briefing,
        holidays=_holidays(fields, (first, second), (swap_on, payback_on), calendar),
        as_of=fields["filed_at"].instant() if "filed_at" in fields else None,
    )


def _sides(document: Node, fields: dict[str, Node]) -> tuple[Node, Node]:
    """The two people: `requester` and `partner`, or the two elements of `agents` in this order."""
    if "agents" in fields:
        sides = fields["agents"].elements()
        if len(sides) != 2:
            raise fields["agents"].refuse("must be the two people, the requester first")
        return sides[0], sides[1]
    return document.one_of(fields, ("requester",)), document.one_of(fields, ("partner",))


def _days(
    document: Node, fields: dict[str, Node], shift: ShiftSpan | None, payback: ShiftSpan | None
) -> tuple[date, date | None]:
    """The swap day and the pay-back day: as named, else those of the shifts."""
    named: dict[str, Node] = {name: fields[name] for name in ("swap_on", "payback_on") if name in fields}
    if "dates" in fields:
        given = fields["dates"]
        if isinstance(given.value, dict):
            within = given.fields(known=("swap", "payback"))
            listed = [within.get("swap"), within.get("payback")]
        else:
            elements = given.elements()
            if not 1 <= len(elements) <= 2:
                raise given.refuse("must be the swap day, then the pay-back day")
            listed = [*elements, None][:2]
        for name, node in zip(("swap_on", "payback_on"), listed, strict=True):
            if node is not None and name in named and _day(named[name]) != _day(node):
                raise node.refuse(
                    f"says {_day(node)}, but {name} says {_day(named[name])}: leave one of them out"
                )
            if node is not None:
                named.setdefault(name, node)
    swap_on = _day_of(named.get("swap_on"), shift, "the requester's shift")
    if swap_on is None:
        raise document.refuse('lacks "swap_on", and the requester\'s shift is not given either')
    return swap_on, _day_of(named.get("payback_on"), payback, "the partner's shift")


def _day_of(node: Node | None, shift: ShiftSpan | None, whose: str) -> date | None:
    """The day as it is named, else that of the shift; both, and not the same, contradict each other."""
    if node is None:
        return None if shift is None else shift.work_on
    day = _day(node)
    if shift is not None and shift.work_on != day:
        raise node.refuse(f"is {day}, but {whose} is of {shift.work_on}: they must be the same day")
    return day


def _day(node: Node) -> date:
    if isinstance(node.value, str):
        try:
            day = date.fromisoformat(node.value.strip())
        except ValueError:
            day = None
        if day is not None and 1990 <= day.year <= 2099:
            return day
    raise node.refuse(f"must be a date such as 2026-11-20, not {shown(node.value)}")


def _party(fields: dict[str, Node], role: str, swap_on: date, calendar: WorkCalendar) -> Party:
    counted, swaps = 0, []
    if "swaps_this_month" in fields:
        node = fields["swaps_this_month"]
        if isinstance(node.value, list):
            swaps += [_other(n) for n in node.elements()]
        else:
            counted = _count(node)
    if "other_swaps" in fields:
        swaps += [_other(n) for n in fields["other_swaps"].elements()]
    shifts = fields["adjacent_shifts"].elements() if "adjacent_shifts" in fields else []
    named = fields.get("agent") or fields.get("name")
    return Party(
        name=named.text() if named else role,
        post=_free(fields.get("post")),
        level=_free(fields.get("level")),
        shifts=tuple(_shift(node, calendar) for node in shifts),
        swaps=tuple(swaps),
        leave=tuple(_leave(n, calendar) for n in fields["leave"].elements()) if "leave" in fields else (),
        counted=counted,
    )


def _count(node: Node) -> int:
    number = node.value
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _MOST_SWAPS:
        raise node.refuse(f"must be a number from 0 to {_MOST_SWAPS} or a list of dates, not {shown(number)}")
    return number


def _other(node: Node) -> OtherSwap:
    """Another swap: the date of the swap, or an object that has the pay-back too."""
    if not isinstance(node.value, dict):
        return OtherSwap(_day(node))
    fields = node.fields(needed=("swap_on",), known=("payback_on",))
    return OtherSwap(_day(fields["swap_on"]), _day(fields["payback_on"]) if "payback_on" in fields else None)


def _shift(node: Node, calendar: WorkCalendar) -> ShiftSpan:
    fields = node.fields(known=("start", "end", "from", "to", "date", "code", "post"))
    start = node.one_of(fields, ("start", "from")).instant()
    end = node.one_of(fields, ("end", "to"))
    over = end.instant()
    if over <= start:
        raise end.refuse("lies before its beginning")
    return ShiftSpan(start, over, _day(fields["date"]) if "date" in fields else calendar.day_of(start))


def _leave(node: Node, calendar: WorkCalendar) -> LeaveSpan:
    """Leave between two instants, or a date that stands for the whole day."""
    if isinstance(node.value, str):
        begin = datetime.combine(_day(node), time(), calendar.timezone)
        return LeaveSpan(begin, begin + timedelta(days=1))
    fields = node.fields(known=("from", "to", "start", "end", "approved", "type"))
    begun = node.one_of(fields, ("from", "start")).instant()
    end = node.one_of(fields, ("to", "end"))
    over = end.instant()
    if over <= begun:
        raise end.refuse("lies before its beginning")
    return LeaveSpan(begun, over, fields["approved"].flag() if "approved" in fields else True)


def _consents(fields: dict[str, Node], first: dict[str, Node], second: dict[str, Node]) -> frozenset[str]:
    """Who agreed. The two themselves did unless it is said otherwise; of their leads it has to be said."""
    agreed = {"requester", "partner"}
    for who, side in (("requester_lead", first), ("partner_lead", second)):
        if "lead_consent" in side and side["lead_consent"].flag():
            agreed.add(who)
    if "leads_consent" in fields:
        node = fields["leads_consent"]
        said = [n.flag() for n in node.elements()] if isinstance(node.value, list) else [node.flag()] * 2
        if len(said) != 2:
            raise node.refuse("must be true or false, or both leads' answers, the requester's first")
        agreed |= {who for who, has in zip(("requester_lead", "partner_lead"), said, strict=True) if has}
    if "consents" in fields:
        codes = ("requester", "partner", "requester_lead", "partner_lead")
        agreed = {node.code(codes) for node in fields["consents"].elements()}
    return frozenset(agreed)


def _holidays(
    fields: dict[str, Node],
    sides: tuple[dict[str, Node], dict[str, Node]],
    days: tuple[date, date | None],
    calendar: WorkCalendar,
) -> tuple[tuple[date, bool], ...]:
    """Which days are public holidays, where the file says so; the calendar speaks of the others.

    true, false or a holiday's name is about the swap day, a list of dates about both days; within a person, about the
    day of his shift.
    """
    said: dict[date, bool] = {}
    if "holiday" in fields:
        node = fields["holiday"]
        if isinstance(node.value, list):
            listed = {_day(n) for n in node.elements()}
            said = {day: day in listed for day in days if day is not None}
        else:
            said[days[0]] = _is_holiday(node, days[0], calendar)
    for side, day in zip(sides, days, strict=True):
        if "holiday" in side and day is not None:
            said[day] = _is_holiday(side["holiday"], day, calendar)
    return tuple(said.items())


def _is_holiday(node: Node, day: date, calendar: WorkCalendar) -> bool:
    """true, false, or what a public holiday of that year is called, in Chinese or English."""
    if not isinstance(node.value, str):
        return node.flag()
    year = (date(day.year, 1, 1) + timedelta(days=n) for n in range(366))
    names = {calendar.holiday_name(on, lang) for on in year for lang in ("zh", "en")}
    if node.value not in names:
        raise node.refuse(f"must be true, false, or a public holiday's name, not {shown(node.value)}")
    return True


def _free(node: Node | None) -> str:
    if node is None or node.value == "":
        return ""
    return node.text()


def _free_text(fields: dict[str, Node], name: str) -> str | None:
    return _free(fields[name]) if name in fields else None
