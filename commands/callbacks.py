"""`callbacks`: what a closed case, a repair or a discharge obliges to, and how it was met."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
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
from regulations.callbacks import (
    FLAGS,
    RATES,
    UNRESOLVED,
    Attempt,
    Obligation,
    Rates,
    obligation,
    rates,
    shortfall_points,
)
from regulations.names import NAMES, name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from regulations.worktime import WorktimeError

_ARISEN = ("arisen_at", "resolved_at", "closed_at", "finished_at", "discharged_at", "visited_at")
_ATTEMPT = ("outcome", "complete", "caller", "satisfaction", "channel", "note")


def register(commands: Any) -> None:
    """Adds `callbacks`."""
    parser = commands.add_parser(
        "callbacks",
        help="the callbacks that a case obliges to, and the rates",
        description="When the callback of a closed case, a repair or a discharge is due and whether it was made.",
        epilog='The file is JSON, one case, a list of cases, or {"cases": […]}. A case: {"kind": "complaint", "arisen_at": ISO'
        ' (or resolved_at, closed_at, finished_at, discharged_at, visited_at), "handler": NAME, "attempts": [{"at": ISO,'
        ' "outcome": "connected", "complete": true, "caller": NAME, "satisfaction": "satisfied"}]}. '
        f"Kinds: {', '.join(NAMES['callback_kind'])}. Outcomes: {', '.join(NAMES['attempt_outcome'])}; connected and"
        " complete where nothing is said.",
    )
    parser.add_argument("file", metavar="F", help="the case; a JSON file, - for standard input")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class _Case:
    kind: str
    arisen_at: datetime
    handler: str | None
    attempts: tuple[Attempt, ...]


def run(arguments: argparse.Namespace) -> int:
    """Answers with the obligations and their rates. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    cases = [_case(node, book) for node in _cases(read_json(arguments.file))]
    try:
        owed = [obligation(c.kind, c.arisen_at, c.attempts, book, now, c.handler) for c in cases]
    except WorktimeError as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    counts = rates([(o, c.attempts) for o, c in zip(owed, cases, strict=True)], now)
    if arguments.json:
        print_json(
            {
                "now": now,
                "rulebook": book.version,
                "obligations": [_as_json(o, lang) for o in owed],
                "rates": _rates_as_json(counts, book, lang),
            }
        )
    else:
        _print(owed, counts, book, lang)
    return DONE


def _cases(document: Node) -> list[Node]:
    if isinstance(document.value, list):
        return document.elements()
    if isinstance(document.value, dict) and "cases" in document.value:
        return document.fields(needed=("cases",))["cases"].elements()
    return [document]


def _case(node: Node, book: Rulebook) -> _Case:
    fields = node.fields(needed=("kind",), known=(*_ARISEN, "handler", "attempts", "number"))
    codes = dict.fromkeys(
        [*NAMES["callback_kind"], *(c.code for c in book.callback_categories()), UNRESOLVED]
    )
    attempts = fields["attempts"].elements() if "attempts" in fields else []
    return _Case(
        kind=fields["kind"].code(tuple(codes)),
        arisen_at=node.one_of(fields, _ARISEN).instant(),
        handler=fields["handler"].text() if "handler" in fields else None,
        attempts=tuple(_attempt(a) for a in attempts),
    )


def _attempt(node: Node) -> Attempt:
    fields = node.fields(needed=("at",), known=_ATTEMPT)
    outcome = "connected"
    if "outcome" in fields:
        outcome = fields["outcome"].code(tuple(NAMES["attempt_outcome"]))
    satisfaction = None
    if "satisfaction" in fields:
        satisfaction = fields["satisfaction"].code(tuple(NAMES["satisfaction"]))
    return Attempt(
        at=fields["at"].instant(),
        outcome=outcome,
        is_complete=fields["complete"].flag() if "complete" in fields else outcome == "connected",
        caller=fields["caller"].text() if "caller" in fields else "",
        satisfaction=satisfaction,
    )


def _as_json(owed: Obligation, lang: Lang) -> dict[str, Any]:
    return {
        "kind": owed.kind,
        "arisen_at": owed.arisen_at,
        "due_at": owed.due_at,
        "window": None if owed.window is None else {"start": owed.window[0], "end": owed.window[1]},
        "state": owed.state,
        "completed_at": owed.completed_at,
        "flags": owed.flags,
        "clauses": owed.clauses,
        "steps": [step.as_json(lang) for step in owed.steps],
    }


def _rates_as_json(counts: Rates, book: Rulebook, lang: Lang) -> dict[str, Any]:
    of = {}
    for name in RATES:
        numerator, denominator = counts.rate(name)
        percent = counts.percent(name)
        shown = None if percent is None else round(float(percent), 2)
        of[name] = {"numerator": numerator, "denominator": denominator, "percent": shown}
    completed = counts.percent("completed")
    points, steps = (None, ()) if completed is None else shortfall_points(completed, book)
    return {
        **{name: getattr(counts, name) for name in ("due", *RATES)},
        "of": of,
        "target": book.percent("callback.target_rate"),
        "clauses": book.clauses("callback.target_rate"),
        "shortfall_points": points,
        "steps": [step.as_json(lang) for step in steps],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("回访", "发生", "最迟", "状态", "完成", "备注"),
    "en": ("Callback", "Arose", "Due", "State", "Completed", "Remarks"),
}
_RATE_NAMES: dict[str, tuple[str, str]] = {
    "attempted": ("覆盖率（已拨打 / 应回访）", "Coverage (attempted / due)"),
    "connected": ("接通率（接通 / 已拨打）", "Connect rate (connected / attempted)"),
    "completed": ("回访率（完成 / 应回访）", "Callback rate (completed / due)"),
    "punctual": ("及时率（按时 / 应回访）", "Punctuality (on time / due)"),
    "satisfied": ("满意率（满意 / 完成）", "Satisfaction (satisfied / completed)"),
}


def _print(owed: Sequence[Obligation], counts: Rates, book: Rulebook, lang: Lang) -> None:
    columns = _COLUMNS[lang]
    en = lang == "en"
    rows = [
        dict(
            zip(
                columns,
                (
                    name_of("callback_kind", o.kind, lang),
                    o.arisen_at,
                    o.due_at,
                    name_of("callback_state", o.state, lang),
                    o.completed_at,
                    ", ".join(FLAGS[flag][en] for flag in o.flags),
                ),
                strict=True,
            )
        )
        for o in owed
    ]
    print_table(rows, columns)
    for o in owed:
        print(f"\n{name_of('callback_kind', o.kind, lang)}")
        for step in o.steps:
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
    print()
    for name, names in _RATE_NAMES.items():
        numerator, denominator = counts.rate(name)
        percent = counts.percent(name)
        shown = "" if percent is None else f"  {float(percent):.2f} %"
        print(f"{names[en]}: {numerator} / {denominator}{shown}")
    completed = counts.percent("completed")
    for step in () if completed is None else shortfall_points(completed, book)[1]:
        print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
