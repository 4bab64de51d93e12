"""What commands read: the rulebook, the moment, and JSON files, each refusal one line with file, field and reason."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from commands.output import CommandError, remark
from regulations.rulebook import Rulebook, RulebookError, load_rulebook
from regulations.verdict import Lang
from settings import get_settings

_LARGEST_FILE = 16 * 1024 * 1024
_FIRST_YEAR, _LAST_YEAR = 1990, 2099  # what the official calendar and a working life can span
_MIDNIGHT_AS_24 = "T24:00"


def add_rule_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that judges by the rulebook: --rulebook, --now, --lang, --json."""
    parser.add_argument(
        "--rulebook", metavar="P[,Q…]", help="presets over base (default: the setting RULEBOOK)"
    )
    parser.add_argument("--now", metavar="ISO", help="judge as of this instant (default: the clock)")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of the explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")


def chosen_rulebook(arguments: argparse.Namespace) -> Rulebook:
    """The rulebook of --rulebook, else the department's own. Raises CommandError when it cannot be used."""
    named: str | None = arguments.rulebook
    try:
        if named is not None:
            return load_rulebook([p.strip() for p in named.split(",") if p.strip()])
        settings = get_settings()
        return load_rulebook(settings.presets, settings.site_rulebook)
    except RulebookError as error:
        first, more = error.problems[0], len(error.problems) - 1
        rest = f" (and {more} more; rulebook check lists them)" if more else ""
        raise CommandError(f"{first}{rest}".replace("\n", " ")) from None


def chosen_now(arguments: argparse.Namespace) -> datetime:
    """The instant of --now, else the present one. Raises CommandError when it cannot be read."""
    if arguments.now is None:
        return datetime.now(UTC)
    return instant_of(arguments.now, "--now")


def chosen_lang(arguments: argparse.Namespace) -> Lang:
    """The language of --lang, else the setting LANGUAGE."""
    lang: Lang | None = arguments.lang
    return lang or get_settings().desk_language


def instant_of(raw: object, where: str) -> datetime:
    """An aware instant from ISO 8601 text. Raises CommandError naming `where` and what is wrong."""
    if not isinstance(raw, str):
        raise CommandError(f"{where}: must be an instant such as 2026-09-30T17:20:00+08:00, not {shown(raw)}")
    text, later = raw.strip(), timedelta()
    if _MIDNIGHT_AS_24 in text:  # the end of a day, as rosters write it
        text, later = text.replace(_MIDNIGHT_AS_24, "T00:00", 1), timedelta(days=1)
    try:
        at = datetime.fromisoformat(text) + later
        if at.utcoffset() is None:
            raise CommandError(f"{where}: {shown(raw)} has no offset; write 2026-09-30T17:20:00+08:00")
        year = at.astimezone(UTC).year
    except (ValueError, OverflowError):
        raise CommandError(
            f"{where}: {shown(raw)} is not an instant such as 2026-09-30T17:20:00+08:00"
        ) from None
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise CommandError(f"{where}: {shown(raw)} lies outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return at


def shown(raw: object) -> str:
    """A value as a refusal quotes it: on one line and not too long."""
    try:
        text = json.dumps(raw)
    except (TypeError, ValueError, RecursionError):
        text = type(raw).__name__
    return text if len(text) <= 60 else text[:57] + "..."


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a JSON file that knows where it stands, so that a refusal can name file and field."""

    file: str
    where: str  # "punches[2].at"; "" for the whole file
    value: Any

    def refuse(self, reason: str) -> CommandError:
        """The refusal to raise: file, field, reason."""
        place = f"{self.where}: " if self.where else ""
        return CommandError(f"{self.file}: {place}{reason}")

    def fields(self, needed: Sequence[str] = (), known: Sequence[str] = ()) -> dict[str, Node]:
        """The members of an object; null counts as left out. Raises CommandError when a needed one is missing.

        A member that is neither needed nor known is ignored, and said on stderr in the end, as it may be a typing error.
        """
        if not isinstance(self.value, dict):
            raise self.refuse(f"must be an object, not {shown(self.value)}")
        found = {
            name: Node(self.file, f"{self.where}.{name}" if self.where else name, value)
            for name, value in self.value.items()
            if value is not None
        }
        for name in needed:
            if name not in found:
                raise self.refuse(f"lacks {shown(name)}")
        for name in found:
            if name not in needed and name not in known:
                remark(
                    f"{self.file}: {self.where or 'the file'}: {shown(name)} is unknown here and was ignored"
                )
        return found

    def elements(self) -> list[Node]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            raise self.refuse(f"must be a list, not {shown(self.value)}")
        return [Node(self.file, f"{self.where}[{i}]", value) for i, value in enumerate(self.value)]

    def text(self, longest: int = 200) -> str:
        """A text on one line, not empty."""
        if not isinstance(self.value, str):
            raise self.refuse(f"must be a text, not {shown(self.value)}")
        text = self.value.strip()
        if not text or len(text) > longest or not text.isprintable():
            raise self.refuse(
                f"must be a text of 1 to {longest} printable characters, not {shown(self.value)}"
            )
        return text

    def code(self, codes: Sequence[str]) -> str:
        """One of the codes."""
        if not isinstance(self.value, str) or self.value not in codes:
            raise self.refuse(f"must be one of {', '.join(codes)}, not {shown(self.value)}")
        return self.value

    def flag(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            raise self.refuse(f"must be true or false, not {shown(self.value)}")
        return self.value

    def instant(self) -> datetime:
        """An aware instant."""
        return instant_of(self.value, f"{self.file}: {self.where}")

    def one_of(self, fields: dict[str, Node], names: Sequence[str]) -> Node:
        """The first of `names` among the fields of this object. Raises CommandError when none is there."""
        for name in names:
            if name in fields:
                return fields[name]
        raise self.refuse(f"lacks {shown(names[0])}")


def read_json(name: str) -> Node:
    """The content of a JSON file; `-` reads standard input. Raises CommandError when it cannot be read."""
    file = "standard input" if name == "-" else name
    try:
        data = sys.stdin.buffer.read(_LARGEST_FILE + 1) if name == "-" else _read(Path(name))
        if len(data) > _LARGEST_FILE:
            raise CommandError(f"{file}: larger than {_LARGEST_FILE // 1024**2} MB")
        document = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_members, parse_constant=_no_constant
        )
    except OSError as error:
        raise CommandError(f"{file}: cannot be read: {error.strerror or 'unreadable'}") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: is not UTF-8 text (byte {error.start})") from None
    except RecursionError:
        raise CommandError(f"{file}: is nested too deeply") from None
    except ValueError as error:  # also a NUL in the file's name
        raise CommandError(f"{file}: is not JSON: {error}".replace("\n", " ")) from None
    return Node(file, "", document)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST_FILE + 1)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{shown(twice)} stands twice in one object")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")
