"""How a command answers: one JSON document, or a readable table; refusals as one line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NoReturn

DONE, REFUSED_SOME, COULD_NOT_START = 0, 1, 2


class CommandError(Exception):
    """The command could not start: one line saying what, where, and how to mend it (exit status 2)."""


class OneLineParser(argparse.ArgumentParser):
    """A parser that refuses in one line too, as every other refusal is one."""

    def error(self, message: str) -> NoReturn:
        """Says what is wrong with the arguments and where the right ones stand, and ends with exit status 2."""
        self.exit(COULD_NOT_START, one_line(f"{self.prog}: {message}; see {self.prog} --help") + "\n")


_remarks: list[str] = []


def remark(message: str) -> None:
    """A remark on what was read, to be said on stderr once the command is through: a refusal stands alone."""
    _remarks.append(message)


def say_remarks(*, is_done: bool) -> None:
    """The remarks so far, or none of them when the command could not start."""
    for message in dict.fromkeys(_remarks) if is_done else ():
        say(one_line(message))
    _remarks.clear()


def one_line(text: str) -> str:
    """A text as one line, also where it quotes a file's name that has line breaks."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document on stdout and nothing else there."""
    json.dump(document, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    sys.stdout.write("\n")


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows as aligned text; wide characters count as two columns."""
    cells = [[str(c) for c in columns], *[[_text(row.get(c)) for c in columns] for row in rows]]
    widths = [max(_width(line[i]) for line in cells) for i in range(len(columns))]
    for line in cells:
        print(
            "  ".join(cell + " " * (w - _width(cell)) for cell, w in zip(line, widths, strict=True)).rstrip()
        )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _width(text: str) -> int:
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def say(message: str) -> None:
    """Progress and logs: stderr, so that --json stays clean."""
    print(message, file=sys.stderr, flush=True)
