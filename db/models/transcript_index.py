"""The index over what was said: pairs of neighbouring characters (quality/search_terms.py), kept by the database itself.

`transcript_segments.terms` is written with the row, whoever writes it. SQLite has a full-text table over the column, which
triggers keep; PostgreSQL an index. Migration 0007 makes the same. A later migration that makes transcript_segments
anew (SQLite's batch mode) has to make the triggers again and then fill the table: INSERT … VALUES ('rebuild').
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import DDL, Index, Table, event, text
from sqlalchemy.engine.default import DefaultExecutionContext

from quality.search_terms import index_terms

TABLE = "transcript_index"  # SQLite only
POSTGRES_INDEX = "ix_transcript_segments_terms"
# What PostgreSQL's index holds: each entry once, without places. A query has to ask for the very same expression.
POSTGRES_ENTRIES = "array_to_tsvector(string_to_array(terms, ' '))"

# ascii: letters, digits and whatever is beyond ASCII belong to an entry; spaces divide. Nothing is folded twice.
SQLITE_STATEMENTS = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5"
    "(terms, content='transcript_segments', content_rowid='id', tokenize='ascii', columnsize=0)",
    f"CREATE TRIGGER {TABLE}_add AFTER INSERT ON transcript_segments"
    f" BEGIN INSERT INTO {TABLE} (rowid, terms) VALUES (new.id, new.terms); END",
    f"CREATE TRIGGER {TABLE}_remove AFTER DELETE ON transcript_segments"
    f" BEGIN INSERT INTO {TABLE} ({TABLE}, rowid, terms) VALUES ('delete', old.id, old.terms); END",
)


def terms_of(context: DefaultExecutionContext) -> str:
    """The entries of the row being written; the default of the column `terms`."""
    row = context.get_current_parameters()  # type: ignore[no-untyped-call]
    return index_terms(str(row["text"]))


def is_of_models(name: str | None, kind: str, _parents: Any) -> bool:
    """Alembic's `include_name`: the full-text table and what SQLite keeps for it are no tables of the models."""
    return kind != "table" or name is None or not name.startswith(TABLE)


def keep_indexed(segments: Any) -> None:
    """Make the index with the table of utterances, wherever it is made from the models."""
    assert isinstance(segments, Table)
    Index(POSTGRES_INDEX, text(POSTGRES_ENTRIES), postgresql_using="gin", _table=segments).ddl_if(
        dialect="postgresql"
    )
    for statement in SQLITE_STATEMENTS:
        made = DDL(statement).execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]
        event.listen(segments, "after_create", made)
    gone = DDL(f"DROP TABLE IF EXISTS {TABLE}").execute_if(dialect="sqlite")  # type: ignore[no-untyped-call]
    event.listen(segments, "before_drop", gone)
