"""The few expressions that SQLite and PostgreSQL spell differently."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Float, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from db.models.base import UtcDateTime


class month_of(FunctionElement[str]):
    """A date's month as "2026-10"."""

    type = String()
    inherit_cache = True


class day_text(FunctionElement[str]):
    """A date as "2026-10-31"."""

    type = String()
    inherit_cache = True


class json_items(FunctionElement[Any]):
    """The items of a JSON array as rows with one column, `value`."""

    name = "json_items"
    inherit_cache = True


class json_field(FunctionElement[str]):
    """One text field of a JSON object: json_field(object, key)."""

    type = String()
    inherit_cache = True


class json_document(FunctionElement[Any]):
    """A JSON text, given with the query, as a document: json_document(text)."""

    name = "json_document"
    inherit_cache = True


class json_integer(FunctionElement[int]):
    """One whole number of a JSON object: json_integer(object, key)."""

    type = Integer()
    inherit_cache = True


class json_date(FunctionElement[date]):
    """One date of a JSON object, kept as "2026-10-31": json_date(object, key)."""

    type = Date()
    inherit_cache = True


class json_instant(FunctionElement[datetime]):
    """One instant of a JSON object, kept as "2026-10-31 16:00:00" in UTC: json_instant(object, key)."""

    type = UtcDateTime()
    inherit_cache = True


class hours_between(FunctionElement[float]):
    """The hours from one instant to a later one, to the second: hours_between(earlier, later)."""

    type = Float()
    inherit_cache = True


@compiles(month_of)
def _month_sqlite(element: month_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 7)"


@compiles(month_of, "postgresql")
def _month_postgres(element: month_of, compiler: SQLCompiler, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)}, 'YYYY-MM')"


@compiles(day_text)
def _day_sqlite(element: day_text, compiler: SQLCompiler, **kw: Any) -> str:
    return f"substr({compiler.process(element.clauses, **kw)}, 1, 10)"


@compiles(day_text, "postgresql")
def _day_postgres(element: day_text, compiler: SQLCompiler, **kw: Any) -> str:
    return f"to_char({compiler.process(element.clauses, **kw)}, 'YYYY-MM-DD')"


@compiles(json_items)
def _items_sqlite(element: json_items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **kw)})"


@compiles(json_items, "postgresql")
def _items_postgres(element: json_items, compiler: SQLCompiler, **kw: Any) -> str:
    return f"jsonb_array_elements({compiler.process(element.clauses, **kw)})"


@compiles(json_field)
def _field_sqlite(element: json_field, compiler: SQLCompiler, **kw: Any) -> str:
    value, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"CAST(json_extract({value}, '$.' || {key}) AS TEXT)"


@compiles(json_field, "postgresql")
def _field_postgres(element: json_field, compiler: SQLCompiler, **kw: Any) -> str:
    value, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({value} ->> {key})"


@compiles(json_document)
def _document_sqlite(element: json_document, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.clauses, **kw)


@compiles(json_document, "postgresql")
def _document_postgres(element: json_document, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS JSONB)"


@compiles(json_integer)
@compiles(json_date)
@compiles(json_instant)
def _typed_sqlite(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    value, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"json_extract({value}, '$.' || {key})"


@compiles(json_integer, "postgresql")
def _integer_postgres(element: json_integer, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({_of_object(element, compiler, **kw)} AS INTEGER)"


@compiles(json_date, "postgresql")
def _date_postgres(element: json_date, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({_of_object(element, compiler, **kw)} AS DATE)"


@compiles(json_instant, "postgresql")
def _instant_postgres(element: json_instant, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(CAST({_of_object(element, compiler, **kw)} AS TIMESTAMP) AT TIME ZONE 'UTC')"


def _of_object(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
    value, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({value} ->> {key})"


@compiles(hours_between)
def _hours_sqlite(element: hours_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"((strftime('%s', {later}) - strftime('%s', {earlier})) / 3600.0)"


@compiles(hours_between, "postgresql")
def _hours_postgres(element: hours_between, compiler: SQLCompiler, **kw: Any) -> str:
    earlier, later = (compiler.process(clause, **kw) for clause in element.clauses)
    seconds = f"date_trunc('second', {later}) - date_trunc('second', {earlier})"
    return f"(CAST(extract(epoch FROM ({seconds})) AS double precision) / 3600.0)"
