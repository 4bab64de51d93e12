"""`repairs`: how work orders stand, and the rates."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import (
    Node,
    add_rule_arguments,
    chosen_lang,
    chosen_now,
    chosen_rulebook,
    read_json,
)
from regulations.names import name_of
from regulations.repair_rates import ORDER_RATES, Rate, order_rates
from regulations.repairs import FLAGS, OrderFacts, OrderVerdict, order_verdict, work_order_rank
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from regulations.worktime import WorktimeError

_TIMES = (
    "form_at", "appointment_at", "arrived_at", "price_confirmed_at", "work_started_at", "finished_at", "signed_at",
    "next_appointment_at", "returned_at", "apologised_at", "cancelled_at",
)  # fmt: skip
_LONGEST_REASON = 2000


def register(commands: Any) -> None:
    """Adds `repairs`."""
    parser = commands.add_parser(
        "repairs",
        help="how work orders stand, and the rates",
        description="Whether somebody was there in time, the order was dispatched on its day, the price was confirmed"
        " before the work, unfinished work has a reason and an appointment. What hurts most comes first.",
        epilog='The file is JSON, one order, a list, or {"orders": […]}. An order: {"number": "WX-1", "notified_at": ISO,'
        ' "charged": true, "unfinished_reason": TEXT} and any of ' + ", ".join(_TIMES) + ".",
    )
    parser.add_argument("file", metavar="F", help="the orders; a JSON file, - for standard input")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the verdicts and their rates. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    orders = [_order(node, place) for place, node in enumerate(_orders(read_json(arguments.file)), start=1)]
    try:
        judged = [(number, facts, order_verdict(facts, book, now)) for number, facts in orders]
    except (WorktimeError, OverflowError) as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    judged.sort(key=lambda one: work_order_rank(one[2], one[1]))
    rates = order_rates(verdict for _number, _facts, verdict in judged)
    if arguments.json:
        print_json(
            {
                "now": now,
                "rulebook": book.version,
                "orders": [_as_json(number, verdict, lang) for number, _facts, verdict in judged],
                "rates": _rates_as_json(rates, book),
            }
        )
    else:
        _print([(number, facts, verdict) for number, facts, verdict in judged], rates, lang)
    return DONE


def _orders(document: Node) -> list[Node]:
    if isinstance(document.value, list):
        return document.elements()
    if isinstance(document.value, dict) and "orders" in document.value:
        return document.fields(needed=("orders",))["orders"].elements()
    return [document]


def _order(node: Node, place: int) -> tuple[str, OrderFacts]:
    known = ("number", "charged", "unfinished_reason", *_TIMES)
    fields = node.fields(needed=("notified_at",), known=known)
    times: dict[str, Any] = {name: fields[name].instant() for name in _TIMES if name in fields}
    facts = OrderFacts(
        notified_at=fields["notified_at"].instant(),
        is_charged=fields["charged"].flag() if "charged" in fields else False,
        unfinished_reason=fields["unfinished_reason"].text(_LONGEST_REASON)
        if "unfinished_reason" in fields
        else "",
        **times,
    )
    return (fields["number"].text(40) if "number" in fields else str(place)), facts


def _as_json(number: str, verdict: OrderVerdict, lang: Lang) -> dict[str, Any]:
    return {
        "number": number,
        "state": verdict.state,
        "due_at": verdict.due_at,
        "arrival": verdict.arrival,
        "arrived_late_seconds": verdict.late_seconds,
        "dispatch_due_at": verdict.dispatch_due_at,
        "dispatched_in_time": verdict.is_dispatched_in_time,
        "price": verdict.price,
        "return_due_at": verdict.return_due_at,
        "flags": verdict.flags,
        "clauses": verdict.clauses,
        "steps": [step.as_json(lang) for step in verdict.steps],
    }


_TARGETS = {"on_time": "repair.on_time_target"}
_RESTS_ON = {
    "on_time": ("repair.arrival_within", "repair.on_time_target"),
    "dispatched_same_day": ("repair.undispatched_next_day_priority",),
    "price_confirmed": ("repair.price_confirmed_before",),
    "signed": ("repair.signature_required",),
}


def _rates_as_json(rates: Mapping[str, Rate], book: Rulebook) -> dict[str, Any]:
    return {
        name: {
            "numerator": rate.numerator,
            "denominator": rate.denominator,
            "percent": None if rate.percent is None else round(float(rate.percent), 2),
            "target": book.percent(_TARGETS[name]) if name in _TARGETS else None,
            "clauses": list(dict.fromkeys(c for key in _RESTS_ON[name] for c in book.clauses(key))),
        }
        for name, rate in rates.items()
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("维修单", "报修", "状态", "最迟到场", "到场", "备注"),
    "en": ("Order", "Called", "State", "Due", "Arrival", "Remarks"),
}
_RATE_NAMES: dict[str, tuple[str, str]] = {
    "on_time": ("维修及时率（按时到场 / 已到场或超时）", "On time (in time / arrived or overdue)"),
    "dispatched_same_day": (
        "当日派单率（当日派单 / 已派单或已过当日）",
        "Dispatched the same day (of those dispatched or left)",
    ),
    "price_confirmed": (
        "价格事先确认率（开工前确认 / 已开工收费单）",
        "Price confirmed first (of charged orders begun)",
    ),
    "signed": ("客户签字率（已签字 / 完工）", "Signed (of those finished)"),
}


def _print(
    judged: Sequence[tuple[str, OrderFacts, OrderVerdict]], rates: Mapping[str, Rate], lang: Lang
) -> None:
    columns, en = _COLUMNS[lang], lang == "en"

    def cells(number: str, called: datetime, verdict: OrderVerdict) -> tuple[object, ...]:
        remarks = ", ".join(FLAGS[flag][en] for flag in verdict.flags)
        state = name_of("work_order_state", verdict.state, lang)
        arrival = name_of("arrival_state", verdict.arrival, lang)
        return number, called, state, verdict.due_at, arrival, remarks

    rows = [
        dict(zip(columns, cells(number, facts.notified_at, verdict), strict=True))
        for number, facts, verdict in judged
    ]
    print_table(rows, columns)
    for number, _facts, verdict in judged:
        print(f"\n{number}")
        for step in verdict.steps:
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
    print()
    for name in ORDER_RATES:
        rate = rates[name]
        shown = "" if rate.percent is None else f"  {float(rate.percent):.2f} %"
        print(f"{_RATE_NAMES[name][en]}: {rate.numerator} / {rate.denominator}{shown}")
