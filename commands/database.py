"""`migrate`, and opening the desk's database for every other command that needs it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from commands.output import DONE, CommandError, print_json, say
from db import rulebooks, schema, scorecards
from db.engine import DatabaseError, place, session_scope
from regulations.access import SYSTEM
from regulations.rulebook import RulebookError
from settings import get_settings


def register(commands: Any) -> None:
    """Add `migrate`."""
    parser = commands.add_parser(
        "migrate",
        help="make the database or bring it up to date",
        description="Makes the database or brings it up to date, and puts the rulebook of the settings in force"
        " where there is none. Safe to repeat.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run_migrate)


def run_migrate(arguments: argparse.Namespace) -> int:
    """Migrate and say what was done."""
    url = get_settings().database
    with plain_errors():
        before = schema.migrate(url)
        with session_scope(url) as session:
            book = rulebooks.publish_configured(session, SYSTEM, datetime.now(UTC))
            scorecards.ship_cards(session, datetime.now(UTC))
    answer = {"database": place(url), "before": before, "state": "current", "rulebook": book.version}
    if arguments.json:
        print_json(answer)
    else:
        done = {
            "missing": "made",
            "older": "brought up to date",
            "current": "is up to date",
        }
        say(f"{place(url)}: {done[before]}; rulebook {book.version}")
    return DONE


@contextmanager
def desk_session() -> Iterator[Session]:
    """A session on the desk's database, committed at the end of the block.

    Raises CommandError, in one line, when there is no usable database of this version.
    """
    url = get_settings().database
    with plain_errors():
        schema.require_current(url)
        with session_scope(url) as session:
            yield session


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what can go wrong with database and rulebook into the one line of a command."""
    try:
        yield
    except (DatabaseError, RulebookError) as error:
        raise CommandError(" · ".join(str(error).splitlines())) from None


def moment(text: str) -> datetime:
    """The instant of `--now`: ISO 8601 with an offset. Raises ArgumentTypeError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no instant; write it like 2026-11-20T09:30:00+08:00, with the offset"
        )
    return at
