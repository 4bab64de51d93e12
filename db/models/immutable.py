"""Tables whose rows are never changed once written: the database itself refuses, whoever asks.

A correction is a new row; retention may delete. The migrations make the same triggers (0005). A later migration that
makes such a table anew (SQLite's batch mode) has to make its trigger again.
"""

from __future__ import annotations

from sqlalchemy import DDL, FromClause, Table, event

FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are never changed: write a new one', TG_TABLE_NAME;
END $$
"""


def triggers_for(table: str, dialect: str) -> tuple[str, ...]:
    """The statements that make the table's rows unchangeable on SQLite or PostgreSQL."""
    name = f"{table}_are_immutable"
    if dialect == "sqlite":
        return (
            f"CREATE TRIGGER {name} BEFORE UPDATE ON {table}"
            f" BEGIN SELECT RAISE(ABORT, '{table} rows are never changed: write a new one'); END",
        )
    return (
        FUNCTION,
        f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    )


def keep_unchanged(*tables: FromClause) -> None:
    """Make the triggers with the tables, wherever they are made from the models."""
    for table in tables:
        assert isinstance(table, Table)
        for dialect in ("sqlite", "postgresql"):
            for statement in triggers_for(table.name, dialect):
                made = DDL(statement.replace("%", "%%")).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
                event.listen(table, "after_create", made)
