"""`import KIND FILE`: spreadsheets, recordings and transcripts in, refusals row by row."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commands.database import desk_session
from commands.output import DONE, REFUSED_SOME, CommandError, print_json, print_table, say
from commands.reading import add_rule_arguments, chosen_lang, chosen_now, chosen_rulebook
from db import importing, rulebooks
from db.refusals import Refused
from regulations.access import SYSTEM

SHOWN_REFUSALS = 50  # in the table; --json has all


def register(commands: Any) -> None:
    """Add `import`."""
    parser = commands.add_parser(
        "import",
        help="take a file in; says row by row what was refused",
        description="Takes a spreadsheet (xlsx, csv), recordings or transcripts in. Good rows are taken, refused"
        " ones are listed with the row number of the spreadsheet; importing a file again changes nothing.",
    )
    parser.add_argument(
        "kind", choices=importing.IMPORT_KINDS, metavar="KIND", help=", ".join(importing.IMPORT_KINDS)
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--map",
        dest="mapping",
        type=Path,
        metavar="F",
        help='JSON {"their column": "our field"} for other titles',
    )
    parser.add_argument("--dry-run", action="store_true", help="try everything, keep nothing")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import one file."""
    import jobs.importing  # noqa: F401  registers recordings and transcripts; late, because it loads the audio decoder

    now, lang = chosen_now(arguments), chosen_lang(arguments)
    book = chosen_rulebook(arguments) if arguments.rulebook is not None else None
    with desk_session() as session:
        try:
            mapping = importing.read_mapping(arguments.mapping) if arguments.mapping else None
            result = importing.import_file(
                session,
                SYSTEM,
                arguments.kind,
                arguments.file,
                book=book or rulebooks.in_force(session),
                now=now,
                mapping=mapping,
                dry_run=arguments.dry_run,
                on_progress=_Progress(arguments.file.name),
            )
        except Refused as refused:
            raise CommandError(f"{arguments.file}: {refused.en}") from None
    answer = result.as_json(lang)
    if arguments.json:
        print_json(answer)
    else:
        verb = "would be " if arguments.dry_run else ""
        print(
            f"{arguments.kind}: {result.accepted} {verb}new, {result.updated} {verb}changed,"
            f" {result.unchanged} already there, {len(result.rejected)} refused"
        )
        if result.clock_corrected:
            print(f"{result.clock_corrected} readings put right: their device's clock was wrong then.")
        if result.closed_months:
            print(_closed_words(result.closed_months))
        if result.fixed_months:
            print(_fixed_words(result.fixed_months))
        if result.rejected:
            print_table(answer["rejected"][:SHOWN_REFUSALS], ["row", "column", "value", "reason"])
            if len(result.rejected) > SHOWN_REFUSALS:
                say(f"{len(result.rejected) - SHOWN_REFUSALS} more; --json lists them all")
    return REFUSED_SOME if result.rejected else DONE


def _named(months: Mapping[str, int]) -> str:
    return ", ".join(f"{month} ({months[month]})" for month in sorted(months))


def _fixed_words(months: Mapping[str, int]) -> str:
    return (
        f"{sum(months.values())} rows fall into months whose attendance was fixed: {_named(months)}."
        " What was fixed stays as it is; the attendance page lists the differences."
    )


def _closed_words(months: Mapping[str, int]) -> str:
    return (
        f"{sum(months.values())} rows fall into closed months: {_named(months)}. The figures that were closed stay as they are;"
        " the meeting page lists what has changed since."
    )


class _Progress:
    """Says every tenth of the way on stderr."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said = 0

    def __call__(self, done: float) -> None:
        tenth = int(done * 10)
        if tenth > self.said and tenth < 10:
            self.said = tenth
            say(f"{self.name}: {tenth * 10} %")
