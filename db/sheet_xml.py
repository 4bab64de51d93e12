"""The rows of one sheet of a workbook, read straight from its XML: values and formulas in one pass, nothing kept.

openpyxl opens the workbook (styles, sheets); its own reader of rows takes twice to four times as long and does not say of
an empty cell whether it holds a formula.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from xml.parsers import expat

from openpyxl.utils.datetime import from_excel, from_ISO8601

from db.tables import Uncached, check_size

CHUNK = 1 << 16
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ROW, _CELL, _VALUE, _FORMULA, _INLINE, _TEXT, _PHONETIC, _STRING = (
    f"{_MAIN} {name}" for name in ("row", "c", "v", "f", "is", "t", "rPh", "si")
)


@dataclass(frozen=True, slots=True)
class Lookups:
    """What cells refer to: the workbook's strings, its day 0, and the styles that show dates or spans of time."""

    strings: Sequence[str]
    epoch: datetime
    dates: Collection[int]
    spans: Collection[int]


def sheet_rows(stream: IO[bytes], lookups: Lookups) -> Iterator[tuple[int, list[Any]]]:
    """Row number and cells of each row that has any, in the order of the file.

    A formula whose result is missing is Uncached; a cell that is not there is None. Raises Refused for a row that is too
    wide or too far down, ValueError, LookupError or ExpatError for a sheet that is damaged.
    """
    parser = _parser()
    reading = _Reading(parser, lookups)
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
        yield from reading.rows
        reading.rows.clear()
    parser.Parse(b"", True)
    yield from reading.rows


def shared_strings(stream: IO[bytes]) -> list[str]:
    """The strings of a workbook that its cells refer to by number; readings in another script are left out."""
    strings: list[str] = []
    parts: list[str] = []
    parser, phonetic = _parser(), 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal phonetic
        if name == _STRING:
            parts.clear()
        elif name == _PHONETIC:
            phonetic += 1
        elif name == _TEXT and not phonetic:
            parser.CharacterDataHandler = parts.append

    def end(name: str) -> None:
        nonlocal phonetic
        if name == _TEXT:
            parser.CharacterDataHandler = None
        elif name == _PHONETIC:
            phonetic -= 1
        elif name == _STRING:
            strings.append("".join(parts))

    parser.StartElementHandler, parser.EndElementHandler = start, end
    while chunk := stream.read(CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return strings


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_declared: object) -> None:
    raise ValueError("DOCTYPE")


class _Reading:
    """Where the parser is: the row, the cell, and the text that is being gathered."""

    __slots__ = (
        "cells", "column", "columns", "formula", "inline", "is_filled", "kind", "lookups", "parser", "parts", "phonetic", "row",
        "rows", "style", "value",
    )  # fmt: skip

    def __init__(self, parser: expat.XMLParserType, lookups: Lookups) -> None:
        self.parser, self.lookups = parser, lookups
        self.rows: list[tuple[int, list[Any]]] = []
        self.cells: list[Any] = []
        self.row = self.column = self.phonetic = 0
        self.columns: dict[str, int] = {}
        self.is_filled = False
        self.kind, self.style = "n", 0
        self.value: str | None = None
        self.formula: str | None = None
        self.inline: list[str] | None = None
        self.parts: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in (_VALUE, _FORMULA, _TEXT):
            self.parts = []
            self.parser.CharacterDataHandler = self.parts.append
        elif name == _CELL:
            place = attributes.get("r")
            self.column = self.column + 1 if place is None else self._column_of(place)
            check_size(0, self.column)
            self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self.value = self.formula = self.inline = None
        elif name == _ROW:
            self.row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
            self.cells, self.column, self.is_filled = [], 0, False
        elif name == _INLINE:
            self.inline = []
        elif name == _PHONETIC:
            self.phonetic += 1

    def end(self, name: str) -> None:
        if name in (_VALUE, _FORMULA, _TEXT):
            self.parser.CharacterDataHandler = None
            written = "".join(self.parts)
            if name == _VALUE:
                self.value = written
            elif name == _FORMULA:
                self.formula = written
            elif self.inline is not None and not self.phonetic:
                self.inline.append(written)
        elif name == _CELL:
            self._take(self._cell())
        elif name == _ROW:
            if self.is_filled:
                check_size(self.row, 0)
                self.rows.append((self.row, self.cells))
        elif name == _PHONETIC:
            self.phonetic -= 1

    def _column_of(self, place: str) -> int:
        """The number of the column in a reference such as AB12."""
        letters = place.rstrip("0123456789")
        if letters not in self.columns:
            if not (letters.isascii() and letters.isalpha() and len(letters) <= 4):
                raise ValueError(f"no cell {place[:20]!r}")
            number = 0
            for letter in letters.upper():
                number = number * 26 + ord(letter) - 64
            self.columns[letters] = number
        return self.columns[letters]

    def _take(self, value: Any) -> None:
        if value is None:
            return
        missing = self.column - 1 - len(self.cells)
        if missing >= 0:
            self.cells += [None] * missing
            self.cells.append(value)
        else:
            self.cells[self.column - 1] = value  # told twice, or out of order
        self.is_filled = True

    def _cell(self) -> Any:
        written, kind, lookups = self.value, self.kind, self.lookups
        if kind == "inlineStr":
            return "".join(self.inline) if self.inline else None
        if not written:
            # An empty text is the result of a formula that says so; no result at all is none.
            is_missing = self.formula is not None and not (kind == "str" and written is not None)
            return Uncached(f"={self.formula}") if is_missing else None
        match kind:
            case "n":
                number = (
                    float(written) if "." in written or "e" in written or "E" in written else int(written)
                )
                return self._dated(number) if self.style in lookups.dates else number
            case "s":
                return lookups.strings[int(written)]
            case "b":
                return bool(int(written))
            case "d":
                return from_ISO8601(written)  # type: ignore[no-untyped-call]
            case _:
                return written

    def _dated(self, number: float) -> Any:
        lookups = self.lookups
        try:
            return from_excel(number, lookups.epoch, timedelta=self.style in lookups.spans)
        except (OverflowError, ValueError):
            return number  # a date that no calendar has: said where the column is read
