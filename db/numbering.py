"""Numbers that people read out to each other: TS-20261121-003, counted within a local day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.engine import take_write_lock

MAX_TRIES = 20  # each try loses only to a number that somebody else has just taken

Row = TypeVar("Row", bound=Any)


def next_number(session: Session, column: InstrumentedAttribute[str], prefix: str, on: date) -> str:
    """The number after the highest of the day, as far as this transaction can see."""
    stem = f"{prefix}-{on:%Y%m%d}-"
    taken = session.scalars(select(column).where(column.startswith(stem, autoescape=True)))
    counted = [int(number[len(stem) :]) for number in taken if number[len(stem) :].isdigit()]
    return f"{stem}{max(counted, default=0) + 1:03d}"


def add_numbered(
    session: Session, make: Callable[[str], Row], column: InstrumentedAttribute[str], prefix: str, on: date
) -> Row:
    """Add a row under the next free number, even when others are numbering at the same time.

    The unique constraint decides; who loses tries the next number. Raises IntegrityError when the
    row breaks another constraint.
    """
    take_write_lock(session.connection())
    for last_try in [False] * (MAX_TRIES - 1) + [True]:
        number = next_number(session, column, prefix, on)
        row = make(number)
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError:
            taken = session.scalar(select(column).where(column == number))
            if last_try or taken is None:
                raise
        else:
            return row
    raise AssertionError("unreachable")
