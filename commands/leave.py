"""`leave`: whether leave may be taken, who decides on it, and what it owes afterwards."""

from __future__ import annotations

import argparse
from typing import Any

from commands.leave_file import KNOWN, facts_of
from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import (
    Node,
    add_rule_arguments,
    chosen_lang,
    chosen_now,
    chosen_rulebook,
    read_json,
)
from regulations.leave import LeaveRuling, check, may_decide, with_more
from regulations.leave_meeting import MEETING, asked_elsewhere
from regulations.rulebook import Rulebook
from regulations.values import ROLES
from regulations.verdict import Lang, Step
from regulations.worktime import WorktimeError


def register(commands: Any) -> None:
    """Adds `leave`."""
    parser = commands.add_parser(
        "leave",
        help="whether leave may be taken and who decides, with the reasoning",
        description="What stands against a leave request, who decides on it, and what it owes afterwards.",
        epilog='The file is JSON: {"agent": NAME, "type": CODE, "from": ISO, "to": ISO, "filed_at": ISO, "filed_by": NAME,'
        ' "certificate": true, false, a date or {"from": DATE, "to": DATE}, "emergency": false, "shift": {"start": ISO, "end": ISO,'
        ' "breaks": [["12:00", "13:00"]]}, "holiday": false}. More than one shift or certificate is a list. Without a shift'
        " the hours are those of the rulebook, without holiday (true, false, dates, a holiday's name) the official"
        " calendar's. Shifts after the leave say when a slip is due. It may also have told_at,"
        " slip_received_on, returned_at, approved, others, swap_days, balance, rostered_until, asked_of and own_line.",
    )
    parser.add_argument("file", metavar="F", help="the request; a JSON file, - for standard input")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the ruling. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    document = read_json(arguments.file)
    fields = document.fields(needed=("type", "from", "to"), known=KNOWN)
    agent = fields["agent"].text() if "agent" in fields else ""
    try:
        facts = facts_of(fields, agent, book, now)
        ruling = _asked_of(fields, check(facts, book, now), book, is_meeting=facts.type == MEETING)
    except WorktimeError as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    if arguments.json:
        print_json({"agent": agent, "now": now, "rulebook": book.version, **ruling.as_json(lang)})
    else:
        _print(agent, ruling, lang)
    return DONE


def _asked_of(
    fields: dict[str, Node], ruling: LeaveRuling, book: Rulebook, *, is_meeting: bool
) -> LeaveRuling:
    """The ruling with what stands against whoever was asked, where the file says who that is."""
    if ("asked_of" not in fields and "own_line" not in fields) or ruling.required_role is None:
        return ruling
    role = fields["asked_of"].code(ROLES) if "asked_of" in fields else ruling.required_role
    is_own_line = fields["own_line"].flag() if "own_line" in fields else True
    if is_meeting:
        violations = asked_elsewhere(role, book)  # type: ignore[arg-type]  # one of ROLES
    else:
        violations = may_decide(ruling.required_role, role, book, is_own_line=is_own_line).violations
    steps = tuple(Step(v.zh, v.en, v.clause) for v in violations)
    return with_more(ruling, violations, steps, book)


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("人员", "结论", "天数", "审批人"),
    "en": ("Agent", "Verdict", "Days", "Approver"),
}
_VERDICTS: dict[Lang, tuple[str, str, str]] = {
    "zh": ("符合规定", "须例外批准", "不符合规定"),
    "en": ("holds", "needs an exception", "does not hold"),
}


def _print(agent: str, ruling: LeaveRuling, lang: Lang) -> None:
    columns, (holds, exception, breaks) = _COLUMNS[lang], _VERDICTS[lang]
    verdict = (
        holds
        if ruling.is_allowed
        else exception
        if ruling.can_be_filed and ruling.needs_exception
        else breaks
    )
    cells = (agent, verdict, format(ruling.days, "f"), ruling.role_title(lang))
    print_table([dict(zip(columns, cells, strict=True))], columns)
    print()
    for violation in ruling.violations:
        print("✗ " + violation.text(lang) + (f"  [{violation.clause}]" if violation.clause else ""))
    for step in ruling.steps:
        print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
