"""Many new rows of one table at once, as plain values: a file of a hundred thousand lines means a million of them.

What SQLAlchemy does for each value of each row (types, defaults) is done here once for values that are equal: the
deadlines of a day end in the same second, and most rows carry the same clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Dialect, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.models import Base
from db.models.base import UtcDateTime

Write = Callable[[Any], Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; what they leave out gets its plain default.

    Raises ValueError for an instant without its offset, and what the database raises.
    """
    if not rows:
        return
    table, connection = model.__table__, session.connection()
    assert isinstance(table, Table)
    dialect = connection.dialect
    defaults = {
        column.name: column.default.arg
        for column in table.columns
        if column.name not in rows[0] and column.default is not None and column.default.is_scalar
    }
    columns = [table.c[name] for name in (*rows[0], *defaults)]
    writes = [(place, write) for place, column in enumerate(columns) if (write := _write(column, dialect))]
    taken, constant = list(rows[0]), list(defaults.values())
    values = []
    for row in rows:
        cells = [row[name] for name in taken] + constant
        for place, write in writes:
            cells[place] = write(cells[place])
        values.append(tuple(cells))
    target = dialect.identifier_preparer.format_table(table)
    names = ", ".join(dialect.identifier_preparer.format_column(column) for column in columns)
    if dialect.name == "postgresql":  # a message for each row would keep the server busier than the rows do
        _copy(connection, f"COPY {target} ({names}) FROM STDIN", values)
        return
    places = ", ".join(["?"] * len(columns))
    connection.exec_driver_sql(f"INSERT INTO {target} ({names}) VALUES ({places})", values)


def _copy(connection: Connection, statement: str, values: Sequence[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except errors as error:  # as SQLAlchemy says it for every other statement
        raise DBAPIError.instance(statement, None, error, errors, dialect=connection.dialect) from error


def _write(column: Column[Any], dialect: Dialect) -> Write | None:
    """What turns a value of the column into what the driver takes, equal values once; None: it takes them as they are."""
    process: Write | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    if isinstance(column.type, UtcDateTime) and dialect.name == "sqlite":
        process = _sqlite_instant
    if process is None:
        return None
    known: dict[Any, Any] = {}
    is_json = isinstance(column.type.dialect_impl(dialect), JSON)

    def write(value: Any) -> Any:
        key = repr(value) if is_json else value
        try:
            return known[key]
        except KeyError:
            written = known[key] = process(value)
            return written

    return write


def _sqlite_instant(at: datetime | None) -> str | None:
    """As SQLAlchemy writes it, in a quarter of the time."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at!r}: an instant needs its offset")
    return at.astimezone(UTC).isoformat(" ", "microseconds")[:-6]
