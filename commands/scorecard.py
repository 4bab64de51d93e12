"""`scorecard list|show|check|score`: what contacts are judged by, what is wrong with a card, and a call's score line by line."""

from __future__ import annotations

import argparse
import json
import tomllib
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from commands.database import desk_session
from commands.output import DONE, REFUSED_SOME, CommandError, print_json, print_table
from commands.reading import chosen_lang
from db import calls, quality, rulebooks, scorecard_trials, scorecards
from db.models import Scorecard as Row
from quality.scorecards import Problem, Scorecard, charges, check, given, score, to_record, wrong_answers
from regulations.access import Scope
from regulations.verdict import Lang

_READER = Scope(None, "system", "qa")
_LARGEST_FILE = 1024 * 1024


def register(commands: Any) -> None:
    """Adds `scorecard` with its four questions."""
    parser = commands.add_parser("scorecard", help="what contacts are judged by")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|check|score")
    _common(actions.add_parser("list", help="every version of every card"), _list)
    show = _common(actions.add_parser("show", help="a card with its items and their shares"), _show)
    show.add_argument("code", metavar="CODE")
    show.add_argument("--version", type=int, metavar="N", help="(default: the one published last)")
    checked = _common(actions.add_parser("check", help="what is wrong with files of cards"), _check)
    checked.add_argument("files", nargs="+", metavar="FILE", help="TOML or JSON")
    scored = _common(actions.add_parser("score", help="a call's score, line by line"), _score)
    scored.add_argument("call", metavar="CALL")
    scored.add_argument("--card", metavar="CODE", help="another card than its own; nothing is stored")
    scored.add_argument("--version", type=int, metavar="N", help="of --card")
    scored.add_argument("--machine", action="store_true", help="by the machine alone, though it was reviewed")
    scored.add_argument(
        "--answer", action="append", default=[], metavar="ITEM=ANSWER", help="as if a person had answered so"
    )


def _common(parser: argparse.ArgumentParser, run: Any) -> argparse.ArgumentParser:
    parser.add_argument("--lang", choices=("zh", "en"), help="language of names and explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)
    return parser


def _list(arguments: argparse.Namespace) -> int:
    lang = chosen_lang(arguments)
    with desk_session() as session:
        reviews = scorecards.count_reviews(session, _READER)
        rows = [_described(row, reviews, lang) for row in scorecards.list_cards(session, _READER)]
    if arguments.json:
        print_json({"cards": rows})
    else:
        print_table(rows, ("code", "version", "name", "state", "valid_from", "items", "total", "reviews"))
    return DONE


def _described(row: Row, reviews: dict[int, int], lang: Lang) -> dict[str, Any]:
    card = scorecards.card_of(row)
    return {
        "code": row.code,
        "version": row.version,
        "name": card.name(lang),
        "state": row.state,
        "valid_from": row.valid_from,
        "retired_from": row.retired_from,
        "items": len(card.criteria),
        "total": card.total,
        "reviews": reviews.get(row.id, 0),
        "note": row.note,
    }


def _show(arguments: argparse.Namespace) -> int:
    lang = chosen_lang(arguments)
    with desk_session() as session:
        row = _row(session, arguments.code, arguments.version)
        card = scorecards.card_of(row)
        document = _described(row, scorecards.count_reviews(session, _READER), lang) | {
            "card": to_record(card)
        }
    items = [
        {
            "code": item.code,
            "title": item.title(lang),
            "kind": item.kind,
            "weight": item.weight,
            "share": round(card.share(item), 1),
            "fails": item.auto_fail,
            "clauses": " ".join(item.clauses),
        }
        for item in card.criteria
    ]
    if arguments.json:
        print_json(document | {"shares": {item["code"]: item["share"] for item in items}})
    else:
        print(f"{document['code']} {document['version']}: {document['name']} ({document['state']})")
        print_table(items, ("code", "title", "kind", "weight", "share", "fails", "clauses"))
    return DONE


def _row(session: Session, code: str, version: int | None) -> Row:
    rows = [row for row in scorecards.list_cards(session, _READER) if row.code == code]
    if not rows:
        raise CommandError(f"there is no scorecard {code!r}; scorecard list names them")
    for row in rows:
        if row.version == version or (version is None and row.state != "draft"):
            return row
    raise CommandError(
        f"scorecard {code} has no such version; it has {', '.join(str(r.version) for r in rows)}"
    )


def _check(arguments: argparse.Namespace) -> int:
    lang = chosen_lang(arguments)
    with desk_session() as session:
        known = scorecards.known_categories(session)
    answers = [(file, check(_read(Path(file)), known)) for file in arguments.files]
    if arguments.json:
        print_json(
            {"files": [{"file": f, "accepted": not p, "problems": _problems(p, lang)} for f, p in answers]}
        )
    else:
        for file, problems in answers:
            print(f"{file}: {'refused' if problems else 'ok'}")
            for problem in problems:
                print(f"  {problem.item or '-'}: {problem.field}: {problem.text(lang)}")
    return REFUSED_SOME if any(problems for _file, problems in answers) else DONE


def _problems(problems: tuple[Problem, ...], lang: Lang) -> list[dict[str, str]]:
    return [{"item": p.item, "field": p.field, "reason": p.text(lang)} for p in problems]


def _read(file: Path) -> object:
    try:
        if file.stat().st_size > _LARGEST_FILE:
            raise CommandError(f"{file}: larger than a card can be (1 MiB)")
        text = file.read_text(encoding="utf-8")
        return json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file}: cannot be read: {error}") from None


def _score(arguments: argparse.Namespace) -> int:
    lang = chosen_lang(arguments)
    with desk_session() as session:
        try:
            call = calls.get_call(session, _READER, arguments.call)
        except LookupError:
            raise CommandError(f"there is no call {arguments.call!r}") from None
        try:
            inspection = quality.get_inspection(session, _READER, arguments.call)
        except LookupError:
            raise CommandError(f"call {arguments.call} was not inspected yet") from None
        try:
            row = (
                _row(session, arguments.card, arguments.version)
                if arguments.card
                else scorecards.card_for(session, call)
            )
        except LookupError as error:
            raise CommandError(str(error)) from None
        review = None if arguments.machine else scorecard_trials.standing_review(session, _READER, call.id)
        found = scorecards.found_of(inspection, review.added if review else ())
        contact = scorecards.contact_of(call, inspection)
        book = rulebooks.made_under(session, inspection.rulebook_version, rulebooks.in_force(session))
        card = scorecards.card_of(row)
    answers = _answers(card, arguments.answer, given(review.answers) if review else {})
    made = score(
        card,
        contact,
        answers,
        charges(found, by_machine=review is None),
        pass_score=book.decimal("qa.pass_score"),
    )
    if arguments.json:
        of = {"call_id": call.call_id, "card": row.code, "version": row.version}
        print_json(of | {"reviewer": review.reviewer if review else None} | made.as_json(lang))
    else:
        print(f"{call.call_id}: {row.code} {row.version}")
        for step in made.receipt():
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
    return DONE


def _answers(card: Scorecard, typed: list[str], reviewed: dict[str, str]) -> dict[str, str]:
    """The review's answers as far as the card has them, and those typed beside them, which go first."""
    mine = dict(pair.partition("=")[::2] for pair in typed)
    wrong = wrong_answers(card, mine)
    if wrong:
        raise CommandError(f"--answer: {wrong[0].en}")
    kept = {code: answer for code, answer in reviewed.items() if not wrong_answers(card, {code: answer})}
    return kept | mine
