"""`worker`: transcribe what waits, watch the folder, sweep the deadlines; until asked to stop."""

from __future__ import annotations

import argparse
import logging
import sys
from typing import Any

from commands.output import CommandError


def register(commands: Any) -> None:
    """Add the `worker` command."""
    parser = commands.add_parser(
        "worker",
        help="transcribe and inspect recordings, sweep deadlines, watch the folder (stops on Ctrl-C)",
        description="Transcribes and inspects waiting recordings, takes new ones from WATCH_DIR, sweeps deadlines"
        " and judges attendance every minute. Stops cleanly on SIGINT and SIGTERM; work under way is put back.",
    )
    parser.set_defaults(run=run_worker)


def run_worker(arguments: argparse.Namespace) -> int:
    """Run the worker; its exit status. Raises CommandError when the database cannot be used."""
    from db.engine import DatabaseError
    from db.schema import require_current
    from jobs.worker import run
    from settings import get_settings

    settings = get_settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("huey").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        require_current(settings.database)
        return run(settings)
    except DatabaseError as error:
        raise CommandError(str(error)) from None
