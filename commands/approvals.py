"""`approval`: who must sign a request, and whether somebody of a given level may."""

from __future__ import annotations

import argparse
from decimal import Decimal, InvalidOperation
from typing import Any

from commands.output import DONE, REFUSED_SOME, CommandError, print_json
from commands.reading import add_rule_arguments, chosen_lang, chosen_rulebook, shown
from regulations.approvals import KINDS, may_decide, required_level
from regulations.values import ROLES


def register(commands: Any) -> None:
    """Adds `approval`."""
    parser = commands.add_parser(
        "approval",
        help="who must approve a compensation or another note, with the reasoning",
        description="Who must approve a request, and with --role whether that level may decide on it.",
    )
    parser.add_argument("--kind", default="compensation", choices=KINDS, help="what is asked for")
    parser.add_argument("--amount", metavar="CNY", help="the sum in yuan; needed for compensation")
    parser.add_argument("--role", choices=ROLES, help="the level that would decide (default: none, who must)")
    parser.add_argument(
        "--urgent", action="store_true", help="it was escalated urgently to that level, past the one between"
    )
    parser.add_argument("--requester", action="store_true", help="it is that person's own request")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the ruling; exit status 1 when the request itself is refused. Raises CommandError."""
    book, lang = chosen_rulebook(arguments), chosen_lang(arguments)
    amount = None if arguments.amount is None else _amount(arguments.amount)
    asked = required_level(arguments.kind, amount, book)
    ruling = asked
    if arguments.role is not None:
        ruling = may_decide(
            arguments.kind,
            amount,
            arguments.role,
            book,
            is_urgent=arguments.urgent,
            is_requester=arguments.requester,
        )
    if arguments.json:
        print_json(
            {
                "is_allowed": ruling.is_allowed,
                "required_role": ruling.required_role,
                "role_title": ruling.role_title(lang) or None,
                "violations": [violation.as_json(lang) for violation in ruling.violations],
                "clauses": ruling.clauses,
                "steps": [step.as_json(lang) for step in ruling.steps],
            }
        )
    else:
        for violation in ruling.violations:
            print(violation.text(lang) + (f"  [{violation.clause}]" if violation.clause else ""))
        for step in ruling.steps:
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
    return DONE if asked.is_allowed else REFUSED_SOME


def _amount(typed: str) -> Decimal:
    try:
        return Decimal(typed.strip().replace(",", "").removeprefix("¥"))
    except InvalidOperation:
        raise CommandError(
            f"--amount: must be a sum in yuan such as 1000 or 99.50, not {shown(typed)}"
        ) from None
