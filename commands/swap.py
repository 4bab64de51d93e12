"""`swap`: whether two people may exchange shifts, who must agree and who decides."""

from __future__ import annotations

import argparse
from datetime import date, datetime, time, timedelta
from typing import Any

from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import (
    Node,
    add_rule_arguments,
    chosen_lang,
    chosen_now,
    chosen_rulebook,
    read_json,
    shown,
)
from regulations.swaps import LeaveSpan, OtherSwap, Party, ShiftSpan, SwapFacts, SwapRuling, check
from regulations.verdict import Lang
from regulations.worktime import WorkCalendar, WorktimeError

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


def register(commands: Any) -> None:
    """Adds `swap`."""
    parser = commands.add_parser(
        "swap",
        help="whether two people may swap shifts, with the reasoning",
        description="Who must agree to a swap of shifts, what stands against it, and who decides.",
        epilog='The file is JSON: {"requester": {"agent": NAME, "post": TEXT, "level": TEXT, "shift": {"start": ISO, "end":'
        ' ISO}, "adjacent_shifts": [{"start": ISO, "end": ISO}], "swaps_this_month": 1 or ["2026-11-03"], "lead_consent":'
        ' true, "consent": true, "leave": [{"from": ISO, "to": ISO}]}, "partner": {the same; its shift is the pay-back},'
        ' "swap_on": "2026-11-20", "payback_on": "2026-11-27", "holiday": false, "form_number": TEXT, "reason": TEXT,'
        ' "briefing": TEXT, "filed_at": ISO}. What is left out is not held against the two, but for the leads\' consent.',
    )
    parser.add_argument("file", metavar="F", help="the swap; a JSON file, - for standard input")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the ruling. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    document = read_json(arguments.file)
    try:
        facts = _facts(document, WorkCalendar.from_rulebook(book))
        ruling = check(facts, book, now)
    except WorktimeError as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    if arguments.json:
        print_json({"rulebook": book.version, "now": now, **_as_json(ruling, lang)})
    else:
        _print(facts, ruling, lang)
    return DONE


def _facts(document: Node, calendar: WorkCalendar) -> SwapFacts:
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
        holidays=_holidays(fields, (first, second), (swap_on, payback_on)),
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
            if node is not None:
                named.setdefault(name, node)
    swap_on = _day(named["swap_on"]) if "swap_on" in named else shift.work_on if shift else None
    if swap_on is None:
        raise document.refuse('lacks "swap_on", and the requester\'s shift is not given either')
    payback_on = _day(named["payback_on"]) if "payback_on" in named else payback.work_on if payback else None
    return swap_on, payback_on


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
    fields: dict[str, Node], sides: tuple[dict[str, Node], dict[str, Node]], days: tuple[date, date | None]
) -> tuple[tuple[date, bool], ...]:
    """Which days are public holidays, where the file says so; the calendar speaks of the others.

    true or false is about the swap day, a list of dates about both days; within a person, about the day of his shift.
    """
    said: dict[date, bool] = {}
    if "holiday" in fields:
        node = fields["holiday"]
        if isinstance(node.value, list):
            listed = {_day(n) for n in node.elements()}
            said = {day: day in listed for day in days if day is not None}
        else:
            said[days[0]] = node.flag()
    for side, day in zip(sides, days, strict=True):
        if "holiday" in side and day is not None:
            said[day] = side["holiday"].flag()
    return tuple(said.items())


def _free(node: Node | None) -> str:
    if node is None or node.value == "":
        return ""
    return node.text()


def _free_text(fields: dict[str, Node], name: str) -> str | None:
    return _free(fields[name]) if name in fields else None


def _as_json(ruling: SwapRuling, lang: Lang) -> dict[str, Any]:
    return {
        "accepted": ruling.is_allowed,
        "approver": ruling.required_role,
        "approver_title": ruling.role_title(lang),
        "missing_consents": ruling.missing,
        "violations": [v.as_json(lang) for v in ruling.violations],
        "clauses": ruling.clauses,
        "steps": [step.as_json(lang) for step in ruling.steps],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("申请人", "换班人", "换班日", "还班日", "结论", "审批"),
    "en": ("Requester", "Partner", "Swap", "Pay-back", "Verdict", "Decided by"),
}
_VERDICTS: dict[Lang, tuple[str, str]] = {"zh": ("符合", "不符合"), "en": ("accepted", "not accepted")}


def _print(facts: SwapFacts, ruling: SwapRuling, lang: Lang) -> None:
    columns, verdicts = _COLUMNS[lang], _VERDICTS[lang]
    cells = (
        *(facts.requester.name, facts.partner.name, facts.swap_on, facts.payback_on),
        *(verdicts[0 if ruling.is_allowed else 1], ruling.role_title(lang)),
    )
    print_table([dict(zip(columns, cells, strict=True))], columns)
    print()
    for violation in ruling.violations:
        print(f"! {violation.text(lang)}" + (f"  [{violation.clause}]" if violation.clause else ""))
    if ruling.violations:
        print()
    for step in ruling.steps:
        print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
