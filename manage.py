"""The command line of the desk: every capability without a browser. `python manage.py --help`."""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys

import commands
from commands.output import COULD_NOT_START, CommandError, OneLineParser, one_line, say_remarks


def build_parser() -> argparse.ArgumentParser:
    """The parser with every command of the `commands` package."""
    parser = OneLineParser(prog="manage.py", description="督导台 · the supervisor desk")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in sorted(m.name for m in pkgutil.iter_modules(commands.__path__)):
        register = getattr(importlib.import_module(f"commands.{module}"), "register", None)
        if register is not None:
            register(subparsers)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; its exit status. Bad input is one line on stderr, never a traceback."""
    # Settings are validated inside the commands that need them, so that --help always works.
    from settings import SettingsError

    arguments = build_parser().parse_args(argv)
    say_remarks(is_done=False)
    try:
        status = int(arguments.run(arguments))
        say_remarks(is_done=status != COULD_NOT_START)
        return status
    except (CommandError, SettingsError) as error:
        print(one_line(f"manage.py {arguments.command}: {error}"), file=sys.stderr)
        return COULD_NOT_START
    except BrokenPipeError:  # `manage.py … | head`
        return COULD_NOT_START
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
