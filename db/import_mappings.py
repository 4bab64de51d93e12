"""Which column holds what: what a file shows, what we take it for, and what was agreed the last time.

A mapping is remembered for files of the same kind with the same column titles, so that next month's export of
another system comes in without a question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import audit
from db.import_columns import HEADER_WITHIN, guess_columns, normal
from db.import_fields import FIELDS, Field
from db.import_values import plain
from db.models import ColumnMapping
from db.refusals import Refused
from db.spreadsheets import read_sheets
from db.visibility import demand
from regulations.access import Scope
from settings import get_settings

SAMPLES = 3  # values shown of each column, so that a person sees what it holds
SHOWN_SAMPLE = 40


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file as a person has to judge them.

    `samples` gives the first values of each title; `taken_for` maps our field to the title it is read from;
    `is_remembered` says that a person settled it before. `missing` are fields that every row needs and no
    column gives.
    """

    titles: tuple[str, ...]
    samples: Mapping[str, tuple[str, ...]]
    taken_for: Mapping[str, str]
    missing: tuple[Field, ...]
    is_remembered: bool


def inspect_columns(session: Session, scope: Scope, kind: str, path: Path) -> Columns | None:
    """What the file's columns are taken for; None where no row among the first looks like a header.

    Raises AccessRefused without data.import, Refused for a file that is no table or a kind without columns.
    """
    demand(scope, "data.import")
    if kind not in FIELDS:
        raise Refused(f"“{kind}”没有列可对应。", f"{kind!r} has no columns to map")
    for sheet in read_sheets(path, get_settings().max_upload_mb * 1024 * 1024):
        first = list(islice(sheet.rows, HEADER_WITHIN + SAMPLES))
        titles_at = _title_row(kind, first)
        if titles_at is None:
            continue
        number, cells = first[titles_at]
        titles = titles_of(cells)
        kept = remembered(session, kind, titles)
        guess = guess_columns(kind, number, cells, kept)
        samples = {
            title: tuple(
                plain(row[position])[:SHOWN_SAMPLE]
                for _, row in first[titles_at + 1 : titles_at + 1 + SAMPLES]
                if position < len(row) and plain(row[position])
            )
            for position, title in _positions(cells)
        }
        missing = tuple(f for f in FIELDS[kind] if f.required and f.name not in guess.titles)
        return Columns(titles, samples, dict(guess.titles), missing, kept is not None)
    return None


def remembered(session: Session, kind: str, titles: Sequence[str]) -> dict[str, str] | None:
    """The mapping {"their column": "our field"} settled for files with these titles, if there is one.

    An empty field leaves its column out.
    """
    kept = session.scalar(
        select(ColumnMapping).where(
            ColumnMapping.kind == kind, ColumnMapping.header_hash == _fingerprint(titles)
        )
    )
    return None if kept is None else {str(title): str(name) for title, name in kept.mapping.items()}


def remembered_among(
    session: Session, kind: str, rows: Sequence[tuple[int, tuple[object, ...]]]
) -> dict[str, str] | None:
    """The mapping settled for whichever of the first rows is a header that was met before."""
    known = {
        m.header_hash: m for m in session.scalars(select(ColumnMapping).where(ColumnMapping.kind == kind))
    }
    if known:
        for _, cells in rows[:HEADER_WITHIN]:
            kept = known.get(_fingerprint(titles_of(cells)))
            if kept is not None:
                return {str(title): str(name) for title, name in kept.mapping.items()}
    return None


def remember(
    session: Session,
    scope: Scope,
    kind: str,
    titles: Sequence[str],
    mapping: Mapping[str, str],
    now: datetime,
) -> None:
    """Keep a mapping for the next file with the same titles; the one before is replaced, and the log has both.

    Raises AccessRefused without data.import, Refused for a field or a title that there is not.
    """
    demand(scope, "data.import")
    fields = {field.name for field in FIELDS.get(kind, ())}
    for title, name in mapping.items():
        if name and name not in fields:
            raise Refused(f"没有“{name}”这个字段。", f"there is no field {name!r}")
        if title not in titles:
            raise Refused(f"文件里没有“{title}”这一列。", f"the file has no column {title!r}")
    used = [name for name in mapping.values() if name]
    doubled = next((name for name in used if used.count(name) > 1), None)
    if doubled is not None:
        raise Refused(
            f"“{doubled}”对应了两列，只能对应一列。", f"{doubled!r} is given to two columns: choose one"
        )
    digest = _fingerprint(titles)
    kept = session.scalar(
        select(ColumnMapping).where(ColumnMapping.kind == kind, ColumnMapping.header_hash == digest)
    )
    before = {} if kept is None else dict(kept.mapping)
    if kept is None:
        kept = ColumnMapping(kind=kind, header_hash=digest, titles=list(titles), mapping={}, saved_by="")
        kept.saved_at = now
        session.add(kept)
    elif before == dict(mapping):
        return
    kept.mapping, kept.saved_by, kept.saved_at = dict(mapping), scope.actor[:80], now
    session.flush()
    detail = {"kind": kind, "titles": list(titles), "before": before, "after": dict(mapping)}
    audit.record(session, scope, "data.columns_mapped", "mapping", kept.id, detail, at=now)


def titles_of(cells: Sequence[object]) -> tuple[str, ...]:
    """The column titles of a header row, left to right."""
    return tuple(title for _, title in _positions(cells))


def _positions(cells: Sequence[object]) -> list[tuple[int, str]]:
    return [(at, cell.strip()) for at, cell in enumerate(cells) if isinstance(cell, str) and cell.strip()]


def _title_row(kind: str, rows: Sequence[tuple[int, tuple[object, ...]]]) -> int | None:
    """The row that names most columns we know; else the first with at least two texts and nothing else."""
    known = [
        (len(guess_columns(kind, number, cells, None).columns), -index)
        for index, (number, cells) in enumerate(rows[:HEADER_WITHIN])
    ]
    if known and max(known)[0] >= 2:
        return -max(known)[1]
    for index, (_, cells) in enumerate(rows[:HEADER_WITHIN]):
        written = [cell for cell in cells if cell is not None and cell != ""]
        if len(written) >= 2 and all(isinstance(cell, str) for cell in written):
            return index
    return None


def _fingerprint(titles: Sequence[str]) -> str:
    """The same for the same titles in any order: systems move their columns about."""
    text = "\n".join(sorted(normal(title) for title in titles))
    return hashlib.sha256(text.encode()).hexdigest()
