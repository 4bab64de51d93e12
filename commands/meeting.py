"""`pack`: the monthly meeting's spreadsheet and slides, the same files the page gives."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from commands.database import desk_session, moment
from commands.output import DONE, CommandError, print_json
from db import meetings, rulebooks
from regulations.access import SYSTEM

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def register(commands: Any) -> None:
    """Add `pack`."""
    parser = commands.add_parser(
        "pack",
        help="the monthly meeting as a spreadsheet and slides",
        description="Writes meeting-M.xlsx and meeting-M.pptx into DIR: this month against target and last month.",
    )
    parser.add_argument("--month", required=True, metavar="M", help="the month, such as 2026-10")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder for the two files; made if missing"
    )
    parser.add_argument("--now", type=moment, metavar="ISO", help="the figures as of this instant")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of the files")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write both files."""
    # Late: the exports bring charts and translations that no other command needs.
    from dashboard.exports.pptx import meeting_slides
    from dashboard.exports.xlsx import meeting_workbook
    from dashboard.i18n import using
    from dashboard.meeting import build_pack

    if not _MONTH.fullmatch(arguments.month):
        raise CommandError(f"{arguments.month!r} is no month; write it like 2026-10")
    now = arguments.now or datetime.now(UTC)
    with desk_session() as session, using(arguments.lang):
        book = rulebooks.in_force(session)
        today = now.astimezone(ZoneInfo(book.text("calendar.timezone") or "UTC")).date()
        if arguments.month > f"{today:%Y-%m}":
            raise CommandError(f"{arguments.month} has not begun yet; the running month is {today:%Y-%m}")
        closed = meetings.closed_month(session, arguments.month)
        pack = build_pack(
            session,
            SYSTEM,
            arguments.month,
            book,
            now,
            today,
            closed=f"{closed.closed_at:%Y-%m-%d} {closed.closed_by}" if closed else "",
        )
    files = {"xlsx": meeting_workbook(pack), "pptx": meeting_slides(pack)}
    written = []
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
        for kind, content in files.items():
            path = arguments.out / f"meeting-{arguments.month}.{kind}"
            path.write_bytes(content)
            written.append(str(path))
    except OSError as error:
        raise CommandError(
            f"{arguments.out}: {error.strerror}; choose a folder that can be written to"
        ) from None
    if arguments.json:
        print_json({"month": arguments.month, "rulebook": pack.rulebook_version, "files": written})
    else:
        print("\n".join(written))
    return DONE
