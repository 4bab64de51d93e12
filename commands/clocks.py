"""`clocks`: the deadlines of one complaint, from its facts alone."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from commands.output import DONE, CommandError, print_json, print_table
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
from regulations.complaints import CaseEvent, CaseFacts, Clock, clocks
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from regulations.worktime import WorktimeError


def register(commands: Any) -> None:
    """Adds `clocks`."""
    parser = commands.add_parser(
        "clocks",
        help="the deadlines of a complaint, with the reasoning",
        description="When each clock of a complaint runs out and how it stands.",
        epilog='The events file is JSON: [{"kind": "forwarded", "at": "2026-09-30T18:05:00+08:00"}, …] or {"events": […]}.'
        f" Kinds: {', '.join(NAMES['complaint_event'])}.",
    )
    parser.add_argument("--received", required=True, metavar="ISO", help="when the complaint was received")
    parser.add_argument("--kind", default="", help="kind of complaint (default: the rulebook's first)")
    parser.add_argument("--channel", default="phone", help="how it came in (default: phone)")
    parser.add_argument("--severity", default="ordinary", help="severity (default: ordinary)")
    parser.add_argument("--incident", action="store_true", help="it is an emergency that needs a report")
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
        events=_events(read_json(arguments.events)) if arguments.events else (),
        is_incident=arguments.incident,
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


def _events(document: Node) -> tuple[CaseEvent, ...]:
    if isinstance(document.value, dict):
        document = document.fields(needed=("events",))["events"]
    events = []
    for node in document.elements():
        fields = node.fields(needed=("kind", "at"), known=("actor", "department", "note"))
        kind = fields["kind"].code(tuple(NAMES["complaint_event"]))
        events.append(CaseEvent(kind, fields["at"].instant()))
    return tuple(events)


def _as_json(clock: Clock, lang: Lang) -> dict[str, Any]:
    return {
        "clock": clock.clock,
        "ordinal": clock.ordinal,
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


def _print(found: Sequence[Clock], lang: Lang) -> None:
    columns = _COLUMNS[lang]
    rows = [
        dict(
            zip(
                columns,
                (
                    name_of("clock", clock.clock, lang),
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
            print(f"\n{name_of('clock', clock.clock, lang)} {clock.ordinal}")
            for step in clock.steps:
                print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
