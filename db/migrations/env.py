"""Alembic's entry: runs the revisions on the connection that db.schema gives, or on the configured database."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import JSON, Connection

from db.engine import make_engine
from db.models import Base, UtcDateTime
from db.models.transcript_index import is_of_models
from settings import get_settings


def render(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    """Write our own types into a new revision as what they are in the database."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def run(connection: Connection) -> None:
    """Run the revisions on a connection; its transaction belongs to whoever opened it."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        include_name=is_of_models,
        render_item=render,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:  # `alembic revision --autogenerate` by a developer
    with make_engine(get_settings().database).begin() as opened:
        run(opened)
