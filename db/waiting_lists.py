"""Lists of what waits for somebody's word: kept to what is asked for, what waits first, the longest waiting on top."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case

from regulations.levels import acts_for

Rows = TypeVar("Rows")
Wanted = tuple[Any, Any]  # a column and the value it is to have; None asks for nothing


def only(query: Select[Rows], *wanted: Wanted) -> Select[Rows]:
    """The query kept to the columns that are to have a value."""
    return query.where(*(column == value for column, value in wanted if value is not None))


def waiting_for(
    query: Select[Rows], waits: ColumnElement[bool], required_role: Any, account_role: str | None
) -> Select[Rows]:
    """The query kept to what waits for an account of this role; None keeps everything."""
    if account_role is None:
        return query
    return query.where(waits, required_role.in_(acts_for(account_role)))


def waiting_first(query: Select[Rows], waits: ColumnElement[bool], since: Any, *then: Any) -> Select[Rows]:
    """The query in the order of such lists: what waits, by `since` when; then the others, by the columns that follow."""
    return query.order_by(case((waits, 0), else_=1), case((waits, since)), *then)
