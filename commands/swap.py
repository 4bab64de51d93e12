"""`swap`: whether two people may exchange shifts, who must agree and who decides."""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta
from typing import Any

from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import add_rule_arguments, chosen_lang, chosen_now, chosen_rulebook, read_json
from commands.swap_file import facts_of
from regulations.swaps import SwapFacts, SwapRuling, check
from regulations.verdict import Lang
from regulations.worktime import WorkCalendar, WorktimeError


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
    book, lang = chosen_rulebook(arguments), chosen_lang(arguments)
    document = read_json(arguments.file)
    try:
        facts = facts_of(document, WorkCalendar.from_rulebook(book))
        now = _judged_at(arguments, facts)
        ruling = check(facts, book, now)
    except WorktimeError as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    if arguments.json:
        print_json({"rulebook": book.version, "now": now, **_as_json(ruling, lang)})
    else:
        _print(facts, ruling, lang)
    return DONE


def _judged_at(arguments: argparse.Namespace, facts: SwapFacts) -> datetime:
    """--now; else when it was asked for, else the day before the shift, so that an old file is judged as it was."""
    if arguments.now is None and facts.as_of is not None:
        return facts.as_of
    if arguments.now is None and facts.shift is not None:
        return facts.shift.starts_at - timedelta(days=1)
    return chosen_now(arguments)


def _as_json(ruling: SwapRuling, lang: Lang) -> dict[str, Any]:
    return {
        "accepted": ruling.is_allowed,
        "approver": ruling.required_role,
        "approver_title": ruling.role_title(lang),
        "missing_consents": ruling.missing,
        "needs_exception": ruling.needs_exception,
        "exceptions": ruling.exceptions,
        "violations": [{**v.as_json(lang), "lent": v in ruling.lent} for v in ruling.violations],
        "clauses": ruling.clauses,
        "steps": [step.as_json(lang) for step in ruling.steps],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("申请人", "换班人", "换班日", "还班日", "结论", "审批"),
    "en": ("Requester", "Partner", "Swap", "Pay-back", "Verdict", "Decided by"),
}
_VERDICTS: dict[Lang, tuple[str, str, str]] = {
    "zh": ("符合", "须例外批准", "不符合"),
    "en": ("accepted", "needs an exception", "not accepted"),
}


def _print(facts: SwapFacts, ruling: SwapRuling, lang: Lang) -> None:
    columns, verdicts = _COLUMNS[lang], _VERDICTS[lang]
    cells = (
        *(facts.requester.name, facts.partner.name, facts.swap_on, facts.payback_on),
        *(verdicts[0 if ruling.is_allowed else 1 if ruling.can_be_approved else 2], ruling.role_title(lang)),
    )
    print_table([dict(zip(columns, cells, strict=True))], columns)
    print()
    for violation in ruling.violations:
        print(f"! {violation.text(lang)}" + (f"  [{violation.clause}]" if violation.clause else ""))
    if ruling.violations:
        print()
    for step in ruling.steps:
        print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
