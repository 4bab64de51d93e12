"""`demo`: the demo department in an empty database, inspected and ready to be looked at."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session, sessionmaker

from commands.database import moment, plain_errors
from commands.output import DONE, REFUSED_SOME, CommandError, print_json, say
from db import demo, rulebooks, schema
from db.engine import engine_for, place, session_scope
from regulations.access import SYSTEM
from regulations.names import name_of
from settings import Settings, get_settings


def register(commands: Any) -> None:
    """Add `demo`."""
    parser = commands.add_parser(
        "demo",
        help="fill an empty database with the demo department",
        description="Fills an empty database with an invented department: people, shifts, complaints, callbacks and"
        " calls up to now, the same for the same seed and now. Its transcripts are inspected, its recordings queued.",
    )
    parser.add_argument(
        "--scale", type=float, default=1.0, metavar="N", help="times as many complaints, callbacks and calls"
    )
    parser.add_argument(
        "--months", type=int, default=13, metavar="M", help="calendar months, this one included (default 13)"
    )
    parser.add_argument("--seed", type=int, default=7, metavar="S", help="another seed, another department")
    parser.add_argument(
        "--now", type=moment, metavar="ISO", help="the instant at which it ends (default: now)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fill the database and print the sign-ins."""
    answer = set_up(
        get_settings(),
        seed=arguments.seed,
        months=arguments.months,
        scale=arguments.scale,
        now=arguments.now or datetime.now(UTC),
    )
    if arguments.json:
        print_json(answer)
        return REFUSED_SOME if answer["refused"] else DONE
    rows = ", ".join(f"{count:,} {kind.replace('_', ' ')}" for kind, count in answer["rows"].items())
    print(f"{answer['database']}: {rows}")
    for refused in answer["refused"]:
        print(f"not taken in: {refused['file']}: {refused['reason']}")
    print(f"demo sign-ins, all with the password {demo.DEMO_PASSWORD}:")
    for entry in answer["sign_ins"]:
        role = f"{name_of('role', entry['role'])} {name_of('role', entry['role'], 'en')}"
        print(f"  {entry['username']:<12} {role}: {entry['zh']} · {entry['en']}")
    return REFUSED_SOME if answer["refused"] else DONE


def set_up(
    settings: Settings, *, seed: int = 7, months: int = 13, scale: float = 1.0, now: datetime
) -> dict[str, Any]:
    """The demo department in the settings' database, which is made if it is missing: what `demo` answers.

    One that was left unfinished is finished; every part of that is safe to repeat. Progress goes to stderr.
    Raises CommandError for a database that holds anything else, or for numbers that make no sense.
    """
    # Here, because the inspection is slow to import and most commands do not need it.
    from jobs.demo import inspect_demo_transcripts, queue_demo_recordings

    url, begun = settings.database, time.monotonic()
    with plain_errors():
        schema.migrate(url)
        with session_scope(url) as session:
            book = rulebooks.publish_configured(session, SYSTEM, now)
        with session_scope(url) as session:
            if demo.is_empty(session):
                rows = _fill(session, seed=seed, months=months, scale=scale, now=now, book=book)
            elif demo.is_unfinished(session, book):
                say("the demo department is there, but was not finished: finishing it")
                rows = {}
            else:
                raise CommandError(
                    f"{place(url)} is not empty, and the demo is never mixed with anything else. Mend: name another"
                    " place in DATA_DIR or DATABASE_URL, or remove that database if you do not need it"
                )
        factory = sessionmaker(engine_for(url), expire_on_commit=False)
        say("inspecting the transcripts …")
        rows["inspections"] = inspect_demo_transcripts(factory, book, now)
        say("hearing calls, drawing samples, objecting …")
        with session_scope(url) as session:
            rows |= demo.judge_demo(session, now, seed, book)
        try:
            recordings = queue_demo_recordings(factory, settings, book, now)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"the demo recordings cannot be read: {error}. Mend: restore demo/recordings"
            ) from None
    rows["recordings"] = len(recordings.queued) + len(recordings.failed)
    say(f"the demo department is ready ({time.monotonic() - begun:.0f} s)")
    return {
        "database": place(url),
        "rows": rows,
        "refused": [{"file": file, "reason": reason} for file, reason in recordings.refused],
        "password": demo.DEMO_PASSWORD,
        "sign_ins": [
            {"username": username, "role": role, "zh": zh, "en": en}
            for username, role, zh, en in demo.DEMO_SIGN_INS
        ],
    }


def _fill(session: Session, **how: Any) -> dict[str, int]:
    def progress(part: str, done: int, parts: int) -> None:
        say(f"[{done + 1}/{parts}] {part} …")

    try:
        return demo.fill(session, on_progress=progress, **how)
    except ValueError as error:
        raise CommandError(str(error)) from None
