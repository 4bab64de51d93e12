"""Rulebook files on disk: their content as a TOML document, or refused in words."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from regulations.layers import Problem, RulebookError

PRESETS = Path(__file__).resolve().parent / "presets"
LEXICON = Path(__file__).resolve().parent / "lexicon"
"""The starter lexicon of banned wording, a file for each category; part of the base."""
LARGEST_FILE = 1_000_000  # bytes


def read_bytes(path: Path) -> bytes:
    """The content of a rulebook file. Raises RulebookError when it cannot be read."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _broken(str(path), f"the file is larger than {LARGEST_FILE} bytes")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, RulebookError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _broken(str(path), f"cannot be read: {reason}") from None


def lexicon_records() -> list[dict[str, Any]]:
    """The records of the starter lexicon: each file has a `[category]` table of what its `[[phrase]]` records share."""
    records: list[dict[str, Any]] = []
    for path in sorted(LEXICON.glob("*.toml")):
        document = parse(path.name, read_bytes(path))
        shared = {"category": path.stem, **document["category"]}
        records += [{**shared, **phrase} for phrase in document["phrase"]]
    return records


def _broken(file: str, reason: str, key: str = "") -> RulebookError:
    return RulebookError((Problem(file, key, reason),))


def parse(file: str, content: bytes) -> dict[str, Any]:
    """The document that a file's bytes hold. Raises RulebookError with the line that cannot be read."""
    try:
        document = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _broken(file, f"line {line}: not UTF-8 text") from None
    try:
        return tomllib.loads(document, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line_number = int(at.group(1)) if at else document.count("\n") + 1
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise _broken(file, f"line {line_number}: not valid TOML: {reason}") from None
    except (RecursionError, InvalidOperation, ValueError) as error:
        raise _broken(file, f"not valid TOML: {type(error).__name__}") from None
