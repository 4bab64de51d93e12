"""`agreement F`: how far people agree who judged the same things; `--round N`: the items of a closed calibration round."""

from __future__ import annotations

import argparse
from typing import Any

from commands.database import desk_session
from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import Node, chosen_lang, chosen_rulebook, read_json
from db import calibration, calibration_compare
from db.calibration_compare import limits_of
from quality.agreement import Agreement, Level, measure
from quality.comparing import meaning_of
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Lang

_READER = Scope(None, "system", "manager")
_LEVELS: tuple[Level, ...] = ("nominal", "ordinal", "interval")
_MOST_ANSWERS = 100_000
_LARGEST = 10**9


def register(commands: Any) -> None:
    """Adds `agreement`."""
    parser = commands.add_parser(
        "agreement",
        help="how far several people agree who judged the same calls",
        description="Raw agreement, the share of each answer, Krippendorff's alpha with its interval, Fleiss' kappa for names.",
        epilog='The file is JSON: {"level": "nominal", "units": [["yes", "no", null], …]}: one list a call, one answer a person, null'
        ' where he gave none. Ordinal and interval answers are numbers, or texts with their "order", lowest first.',
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", nargs="?", metavar="F", help="the answers; a JSON file, - for standard input")
    source.add_argument(
        "--round", type=int, metavar="N", help="a closed calibration round of the desk, item by item"
    )
    parser.add_argument(
        "--rulebook",
        metavar="P[,Q…]",
        help="whose limits say what is reliable (default: the setting RULEBOOK)",
    )
    parser.add_argument("--lang", choices=("zh", "en"), help="language of names and explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the agreement. Raises CommandError for anything that cannot be read."""
    book, lang = chosen_rulebook(arguments), chosen_lang(arguments)
    found = (
        [_of_file(arguments.file, book, lang)] if arguments.file else _of_round(arguments.round, book, lang)
    )
    if arguments.json:
        print_json(found[0] if arguments.file else {"round": arguments.round, "items": found})
        return DONE
    print_table(
        [{**one, "prevalence": _shares(one["prevalence"])} for one in found],
        [column for column in _COLUMNS if column in found[0]],
    )
    for one in found:
        print(f"  {one['item'] + ': ' if 'item' in one else ''}{one['meaning']}")
    return DONE


_COLUMNS = (
    "item",
    "units",
    "answers",
    "agreeing_pairs",
    "pairs",
    "raw",
    "prevalence",
    "alpha",
    "low",
    "high",
    "kappa",
)


def _of_file(name: str, book: Rulebook, lang: Lang) -> dict[str, Any]:
    document = read_json(name)
    fields = document.fields(needed=("level", "units"), known=("level", "units", "order"))
    level: Level = fields["level"].code(_LEVELS)  # type: ignore[assignment]  # one of _LEVELS
    order = [one.text() for one in fields["order"].elements()] if "order" in fields else []
    units = [
        [_answer(one, level, order) for one in unit.elements() if one.value is not None]
        for unit in fields["units"].elements()
    ]
    if sum(map(len, units)) > _MOST_ANSWERS:
        raise CommandError(f"{name}: more than {_MOST_ANSWERS:,} answers")
    given = list(dict.fromkeys(answer for unit in units for answer in unit))
    if order:
        numbers = {answer: float(order.index(str(answer))) for answer in given}
    elif level == "nominal":
        numbers = {answer: float(place) for place, answer in enumerate(given)}
    else:
        numbers = {answer: float(answer) for answer in given}
    words = {
        number: answer if isinstance(answer, str) else f"{answer:g}" for answer, number in numbers.items()
    }
    found = measure([[numbers[answer] for answer in unit] for unit in units], level)
    return {
        "level": level,
        **_described(found, words),
        "meaning": meaning_of(found, limits_of(book))[1].text(lang),
    }


def _answer(node: Node, level: Level, order: list[str]) -> str | float:
    """A number, or a text that has its place in the order; as names anything will do."""
    if isinstance(node.value, str):
        text = node.text()
        if order and text not in order:
            raise node.refuse(f"is not in the order: {', '.join(order)}")
        if not order and level != "nominal":
            raise node.refuse("is no number, and there is no order of texts")
        return text
    if isinstance(node.value, bool) or not isinstance(node.value, int | float) or order:
        raise node.refuse("must be a text of the order" if order else "must be a text or a number")
    if abs(node.value) > _LARGEST:
        raise node.refuse("is too large a number")
    return float(node.value)


def _of_round(number: int, book: Rulebook, lang: Lang) -> list[dict[str, Any]]:
    with desk_session() as session:
        one = next((r for r in calibration.list_rounds(session, _READER) if r.id == number), None)
        if one is None or one.closed_at is None:
            raise CommandError(
                f"there is no closed round {number}. Mend: take its number from the address of its page, and close it first"
            )
        compared = calibration_compare.compare(session, _READER, one, book)
    return [
        {
            "criterion": item.criterion.code,
            "item": item.criterion.title(lang),
            **_described(item.agreement, {}),
            "prevalence": dict(item.shares),
            "raters": item.raters,
            "meaning": item.meaning.text(lang),
        }
        for item in compared.items
    ]  # fmt: skip


def _described(found: Agreement, words: dict[float, str]) -> dict[str, Any]:
    return {
        "units": found.units,
        "answers": found.answers,
        "agreeing_pairs": found.agreeing_pairs,
        "pairs": found.pairs,
        "raw": _rounded(found.raw),
        "prevalence": {words.get(value, str(value)): share for value, share in found.prevalence.items()},
        "alpha": _rounded(found.alpha),
        "low": _rounded(found.low),
        "high": _rounded(found.high),
        "kappa": _rounded(found.kappa),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _shares(prevalence: dict[str, float]) -> str:
    return " · ".join(f"{answer} {share:.0%}" for answer, share in prevalence.items())
