"""How the header of a file is found and its columns recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from db.import_fields import EVENT_FIELDS, FIELDS, LEAVE_ENTRIES, LEAVE_STATUS, Field
from db.refusals import Refused

__all__ = [
    "EVENT_FIELDS",
    "FIELDS",
    "HEADER_WITHIN",
    "LEAVE_ENTRIES",
    "LEAVE_STATUS",
    "Field",
    "Header",
    "columns_of",
    "find_header",
    "normal",
]

HEADER_WITHIN = 20  # rows in which the header is looked for: titles and notes may stand above it


def normal(title: object) -> str:
    """A column title as it is compared: width, case, blanks and punctuation make no difference."""
    narrow = unicodedata.normalize("NFKC", str(title)).casefold()
    return re.sub(r"[\s\u200b\ufeff_\-()/*:.·、,'\"\[\]【】]+", "", narrow)


@dataclass(frozen=True, slots=True)
class Header:
    """Where each field stands: field and its column number, with the title it has in the file."""

    row: int
    columns: tuple[tuple[Field, int], ...]
    titles: Mapping[str, str]
    width: int
    doubled: tuple[str, ...] = ()  # titles that stand over more than one column and name a field

    def is_repeated(self, cells: tuple[Any, ...]) -> bool:
        """Whether a row names the columns once more, as files do that were put together from several."""
        return all(
            position < len(cells)
            and isinstance(cells[position], str)
            and cells[position].strip() == self.titles[field.name]
            for field, position in self.columns
        )


def columns_of(kind: str, lang: str = "zh") -> list[dict[str, str]]:
    """The columns a kind understands, for a page or a help text: field, title, whether needed, other names."""
    yes, no = ("yes", "") if lang == "en" else ("是", "")
    words = (
        ("Column", "Required", "Also called", "Field")
        if lang == "en"
        else ("列名", "必填", "也可写作", "字段")
    )
    return [
        {
            words[0]: field.en if lang == "en" else field.zh,
            words[1]: yes if field.required else no,
            words[2]: "、".join(field.aliases[:6]),
            words[3]: field.name,
        }
        for field in FIELDS.get(kind, ())
    ]


def find_header(
    kind: str, rows: Sequence[tuple[int, tuple[Any, ...]]], mapping: Mapping[str, str] | None
) -> Header:
    """The header among the first rows: the one that names the most columns we understand.

    `mapping` gives the field for a title of the file and goes before the titles we know; "" leaves a column
    out. Raises Refused when there is none, or when a column that every row needs is missing.
    """
    fields = {field.name: field for field in FIELDS[kind]}
    wanted = {normal(title): name for title, name in (mapping or {}).items()}
    for name in wanted.values():
        if name and name not in fields:
            raise Refused(
                f"列对应中的“{name}”不是我们的字段；可用：{'、'.join(fields)}。",
                f"the mapping names {name!r}, which is no field of ours; there are {', '.join(fields)}",
            )
    known = _known_titles(kind)
    best: Header | None = None
    for titles in _candidates(rows[:HEADER_WITHIN]):
        header = _header_of(*titles, fields, wanted, known)
        if best is None or len(header.columns) > len(best.columns):
            best = header
    needed = [field for field in fields.values() if field.required]
    if best is None or len(best.columns) < min(2, len(fields)):
        zh, en = "、".join(field.zh for field in needed), ", ".join(field.name for field in needed)
        raise Refused(
            f"找不到表头。前 {HEADER_WITHIN} 行中要有一行列名，至少包括：{zh}。",
            f"no header found: one of the first {HEADER_WITHIN} rows must name the columns, at least {en}",
        )
    missing = [field for field in needed if field.name not in best.titles]
    if missing:
        zh, en = "、".join(field.zh for field in missing), ", ".join(field.name for field in missing)
        raise Refused(
            f"第 {best.row} 行的表头缺少列：{zh}。列名不同的，请指定列对应关系。",
            f"the header in row {best.row} lacks {en}; if a column has another name, give a mapping",
        )
    if best.doubled:
        zh, en = "、".join(best.doubled), ", ".join(best.doubled)
        raise Refused(
            f"第 {best.row} 行的表头中有重名的列：{zh}。请把不要的一列改名或删去。",
            f"the header in row {best.row} names more than one column {en}: rename or remove the one not meant",
        )
    return best


def _candidates(rows: Sequence[tuple[int, tuple[Any, ...]]]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Each row, and each row with its gaps filled from the one above: titles merged over two rows stand in the first."""
    above: tuple[int, tuple[Any, ...]] | None = None
    for number, cells in rows:
        yield number, cells
        if above is not None and above[0] == number - 1:
            pairs = zip_longest(cells, above[1])
            yield number, tuple(over if cell is None or cell == "" else cell for cell, over in pairs)
        above = number, cells


def guess_columns(kind: str, row: int, cells: tuple[Any, ...], mapping: Mapping[str, str] | None) -> Header:
    """What the cells of one row would stand for, were it the header."""
    fields = {field.name: field for field in FIELDS[kind]}
    wanted = {normal(title): name for title, name in (mapping or {}).items() if not name or name in fields}
    return _header_of(row, cells, fields, wanted, _known_titles(kind))


def _known_titles(kind: str) -> dict[str, list[str]]:
    """For each title the fields that have it, those whose own name it is before those it is an alias of."""
    known: dict[str, list[str]] = {}
    for rank in ("own", "alias"):
        for field in FIELDS[kind]:
            titles = (field.name, field.zh, field.en) if rank == "own" else field.aliases
            for title in titles:
                names = known.setdefault(normal(title), [])
                if field.name not in names:
                    names.append(field.name)
    return known


def _header_of(
    number: int,
    cells: tuple[Any, ...],
    fields: Mapping[str, Field],
    wanted: Mapping[str, str],
    known: Mapping[str, list[str]],
) -> Header:
    columns: dict[str, int] = {}
    titles: dict[str, str] = {}
    doubled: list[str] = []
    width = 0
    for mapped in (True, False):  # what was mapped by hand first, so that nothing else takes its field
        for position, cell in enumerate(cells):
            if not isinstance(cell, str) or not cell.strip():
                continue
            width = max(width, position + 1)
            title = normal(cell)
            if mapped:
                names = [wanted[title]] if wanted.get(title) else []
            else:
                names = [] if title in wanted else known.get(title, [])
            for name in names:
                if name not in columns:
                    columns[name], titles[name] = position, cell.strip()
                    break
            else:
                if names and normal(titles[names[0]]) == title:
                    doubled.append(cell.strip())
    found = tuple((fields[name], at) for name, at in columns.items())
    return Header(number, found, titles, width, tuple(dict.fromkeys(doubled)))
