"""`export KIND FILE`: rows as a spreadsheet (xlsx or csv)."""

from __future__ import annotations

import argparse
import csv
import os
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from commands.database import desk_session, moment
from commands.metrics import day
from commands.output import DONE, CommandError, print_json, say
from db import exporting, people, rulebooks
from db.exporting import Export
from regulations.access import SYSTEM
from regulations.worktime import WorkCalendar
from settings import get_settings

LARGEST_SHEET = 1_048_575  # rows below the header that an .xlsx can hold


def register(commands: Any) -> None:
    """Add `export`."""
    parser = commands.add_parser(
        "export",
        help="rows as a spreadsheet",
        description="Writes rows as a spreadsheet; the ending of FILE, .xlsx or .csv, chooses. Every export is"
        " logged. Cells that look like formulas are written as text.",
    )
    parser.add_argument(
        "kind", choices=tuple(exporting.KINDS), metavar="KIND", help=", ".join(exporting.KINDS)
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument(
        "--from", dest="from_on", type=day, metavar="D", help="first day (default: the first of this month)"
    )
    parser.add_argument(
        "--to", dest="to_on", type=day, metavar="D", help="last day, included (default: today)"
    )
    parser.add_argument("--team", metavar="CODE", help="one team only")
    parser.add_argument(
        "--now", type=moment, metavar="ISO", help="states as of this instant (default: the clock)"
    )
    parser.add_argument("--lang", choices=("zh", "en"), help="language of titles and names")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Export one kind."""
    write = {".xlsx": write_workbook, ".csv": write_csv}.get(arguments.file.suffix.lower())
    if write is None:
        raise CommandError(f"{arguments.file}: name the file .xlsx or .csv")
    now: datetime = arguments.now or datetime.now(UTC)
    lang = arguments.lang or get_settings().desk_language
    with desk_session() as session:
        calendar = WorkCalendar.from_rulebook(rulebooks.in_force(session))
        today = calendar.day_of(now)
        from_on: date = arguments.from_on or today.replace(day=1)
        to_on: date = arguments.to_on or today
        if to_on < from_on:
            raise CommandError(f"--to {to_on} is before --from {from_on}")
        team_id = None
        if arguments.team is not None:
            team_id = next(
                (t.id for t in people.list_teams(session, SYSTEM) if t.code == arguments.team), None
            )
            if team_id is None:
                raise CommandError(f"there is no team {arguments.team!r}")
        table = exporting.export_rows(
            session, SYSTEM, arguments.kind, from_on=from_on, to_on=to_on, now=now, team_id=team_id, lang=lang
        )
        if write is write_workbook and len(table.rows) > LARGEST_SHEET:
            raise CommandError(
                f"{len(table.rows)} rows do not fit into one sheet: export a shorter period, or a .csv"
            )
        _write_whole(arguments.file, lambda path: write(path, table, calendar.timezone))
    answer = {
        "kind": arguments.kind,
        "file": str(arguments.file),
        "from": from_on,
        "to": to_on,
        "rows": len(table.rows),
    }
    if arguments.json:
        print_json(answer)
    else:
        say(f"{arguments.file}: {len(table.rows)} rows of {arguments.kind}, {from_on} to {to_on}")
    return DONE


def _write_whole(path: Path, write: Any) -> None:
    """Write beside the file and move it over, so that there is never half a file under the name."""
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=".export-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        write(temporary)
        temporary.chmod(0o600)  # customers' names and telephone numbers
        temporary.replace(path)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        reason = getattr(error, "strerror", None) or error
        raise CommandError(
            f"{path} cannot be written: {reason}. Choose another place or free some space"
        ) from None


def write_csv(path: Path, table: Export, zone: ZoneInfo) -> None:
    """UTF-8 with a mark, which Excel needs to read Chinese."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(table.titles)
        for row in table.rows:
            writer.writerow(
                [
                    "" if c is None else _local(c, zone).isoformat(" ") if isinstance(c, datetime) else c
                    for c in row
                ]
            )


def write_workbook(path: Path, table: Export, zone: ZoneInfo) -> None:
    """Dates as dates, everything else as it is; nothing becomes a formula or a link."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        instants = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(table.titles) - 1, 18)
        for column, title in enumerate(table.titles):
            sheet.write_string(0, column, title, bold)
        for number, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    sheet.write_datetime(number, column, _local(cell, zone), instants)
                elif isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, days)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, microsecond=0)
