"""`clocks`: the deadlines of one complaint, from its facts alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from typing import Any

from commands.output import DONE, CommandError, print_json, print_table, say
from commands.reading import (
    Node,
    add_rule_arguments,
    chosen_lang,
    chosen_now,
    chosen_rulebook,
    instant_of,
    read_json,
    shown,
)
from regulations.complaints import CLOCKS, CaseEvent, CaseFacts, Clock, clocks
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from regulations.worktime import WorktimeError

_LONGEST = 80  # characters of a department's name, as it can be kept


def register(commands: Any) -> None:
    """Adds `clocks`."""
    parser = commands.add_parser(
        "clocks",
        help="the deadlines of a complaint, with the reasoning",
        description="When each clock of a complaint runs out and how it stands.",
        epilog='The events file is JSON: [{"kind": "forwarded", "at": "2026-09-30T18:05:00+08:00", "department": "储运部"}, …]'
        ' or {"events": […]}. "department" is whose event it is, "value" what kind_changed or severity_changed'
        ' changed to, "due_on" the date by which a department is to rectify.'
        f" Kinds: {', '.join(NAMES['complaint_event'])}.",
    )
    parser.add_argument("--received", required=True, metavar="ISO", help="when the complaint was received")
    parser.add_argument("--kind", default="", help="kind of complaint (default: the rulebook's first)")
    parser.add_argument("--channel", default="phone", help="how it came in (default: phone)")
    parser.add_argument("--category", default="", help="category at receipt, where limits differ by it")
    parser.add_argument("--severity", default="ordinary", help="severity at receipt (default: ordinary)")
    parser.add_argument(
        "--incident", action="store_true", help="it came in as an emergency that needs a report"
    )
    parser.add_argument(
        "--events", metavar="F", help="what happened since; a JSON file, - for standard input"
    )
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with every clock. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    facts = CaseFacts(
        received_at=instant_of(arguments.received, "--received"),
        channel=_known(
            arguments.channel, "--channel", NAMES["complaint_channel"], book, "complaint.channels"
        ),
        kind=arguments.kind or next(iter(book.items("complaint.kinds") or ("",))),
        severity=_known(
            arguments.severity, "--severity", NAMES["severity"], book, "complaint.severity_levels"
        ),
        events=_events(read_json(arguments.events), book) if arguments.events else (),
        is_incident=arguments.incident,
        category=_category(arguments.category, book),
    )
    try:
        found = clocks(facts, book, now)
    except WorktimeError as error:
        raise CommandError(str(error)) from None
    if arguments.json:
        print_json(
            {
                "received_at": facts.received_at,
                "now": now,
                "rulebook": book.version,
                "clocks": [_as_json(clock, lang) for clock in found],
            }
        )
    else:
        _print(found, lang)
    return DONE


def _known(code: str, option: str, names: dict[str, Any], book: Rulebook, key: str) -> str:
    codes = tuple(dict.fromkeys([*names, *(book.items(key) or ())]))
    if code not in codes:
        raise CommandError(f"{option}: must be one of {', '.join(codes)}, not {shown(code)}")
    return code


def _category(code: str, book: Rulebook) -> str:
    if len(code) > _LONGEST or not code.isprintable():
        raise CommandError(f"--category: {shown(code)} is no code of at most {_LONGEST} characters")
    known = {*NAMES["complaint_category"], *(k for rule in CLOCKS for k in book.kinds_of(rule.parameter))}
    if code and code not in known:
        say(f"--category: {shown(code)} is a category nobody named; the limits for all categories apply")
    return code


def _events(document: Node, book: Rulebook) -> tuple[CaseEvent, ...]:
    if isinstance(document.value, dict):
        document = document.fields(needed=("events",))["events"]
    events = []
    for node in document.elements():
        fields = node.fields(needed=("kind", "at"), known=("actor", "department", "due_on", "note", "value"))
        kind = fields["kind"].code(tuple(NAMES["complaint_event"]))
        value = ""
        if "value" in fields and kind == "severity_changed":
            levels = (*NAMES["severity"], *(book.items("complaint.severity_levels") or ()))
            value = fields["value"].code(tuple(dict.fromkeys(levels)))
        elif "value" in fields:
            value = fields["value"].text(_LONGEST)
        elif kind in ("severity_changed", "kind_changed"):
            raise node.refuse(f'lacks "value": what {kind} changed it to')
        events.append(
            CaseEvent(
                kind=kind,
                at=fields["at"].instant(),
                department=fields["department"].text(_LONGEST) if "department" in fields else "",
                value=value,
                due_on=_date(fields["due_on"]) if "due_on" in fields else None,
            )
        )
    return tuple(events)


def _date(node: Node) -> date:
    try:
        day = date.fromisoformat(node.value)
    except (TypeError, ValueError):
        raise node.refuse(f"must be a date such as 2026-10-15, not {shown(node.value)}") from None
    instant_of(f"{day}T12:00:00+00:00", f"{node.file}: {node.where}")  # refuses years nobody reckons with
    return day


def _as_json(clock: Clock, lang: Lang) -> dict[str, Any]:
    return {
        "clock": clock.clock,
        "ordinal": clock.ordinal,
        "department": clock.department,
        "limit": None if clock.limit is None else clock.limit.as_json(),
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "warn_at": clock.warn_at,
        "state": clock.state,
        "met_at": clock.met_at,
        "overdue_seconds": clock.overdue_seconds,
        "is_provisional": clock.is_provisional,
        "clauses": clock.clauses,
        "steps": [step.as_json(lang) for step in clock.steps],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("时限", "轮次", "限期", "到期", "状态", "完成"),
    "en": ("Clock", "Round", "Limit", "Due", "State", "Met"),
}


def _title(clock: Clock, lang: Lang) -> str:
    title = name_of("clock", clock.clock, lang)
    return f"{title} {clock.department}" if clock.department else title


def _print(found: Sequence[Clock], lang: Lang) -> None:
    columns = _COLUMNS[lang]
    rows = [
        dict(
            zip(
                columns,
                (
                    _title(clock, lang),
                    clock.ordinal,
                    None if clock.limit is None else clock.limit.text(lang),
                    clock.due_at,
                    name_of("clock_state", clock.state, lang),
                    clock.met_at,
                ),
                strict=True,
            )
        )
        for clock in found
    ]
    print_table(rows, columns)
    for clock in found:
        if clock.state != "off":
            print(f"\n{_title(clock, lang)} {clock.ordinal}")
            for step in clock.steps:
                print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
