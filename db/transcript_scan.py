"""The plain way to look for something: LIKE over every utterance. What the index is measured against (`bench search`)."""

from __future__ import annotations

import time

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.models import TranscriptSegment
from db.models.transcript_index import POSTGRES_INDEX, TABLE
from db.transcript_search import CAPABILITY, Count, Said, Search, among_calls, count_of, newest_first, read
from db.visibility import demand
from regulations.access import Scope


def scan(
    session: Session, scope: Scope, wanted: Search, typed: str, *, limit: int
) -> tuple[Count, list[Said]]:
    """As `count_said` and `list_said`, by reading every utterance: only what is spelt just as it was typed is found.

    Raises AccessRefused without the capability.
    """
    demand(scope, CAPABILITY)
    said = select(TranscriptSegment).where(TranscriptSegment.text.contains(typed, autoescape=True))
    if wanted.speaker:
        said = said.where(TranscriptSegment.speaker == wanted.speaker)
    found = among_calls(scope, wanted, said, TranscriptSegment.__table__.c.transcript_id)
    return count_of(session, found), read(session, newest_first(found).limit(limit))


def rebuild_index(session: Session) -> float:
    """Make the index anew from the column of entries; the seconds it took."""
    begun = time.perf_counter()
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('rebuild')"))
    else:
        session.execute(text(f"REINDEX INDEX {POSTGRES_INDEX}"))
    session.commit()
    return time.perf_counter() - begun


def sizes(session: Session) -> dict[str, int]:
    """Bytes of the index, of the column it is made from, and of the words themselves."""
    of_words, of_terms = session.execute(
        text("SELECT sum(octet_length(text)), sum(octet_length(terms)) FROM transcript_segments")
        if session.get_bind().dialect.name != "sqlite"
        else text(
            "SELECT sum(length(CAST(text AS BLOB))), sum(length(CAST(terms AS BLOB))) FROM transcript_segments"
        )
    ).one()
    of_index = session.scalar(
        text(f"SELECT pg_relation_size('{POSTGRES_INDEX}')")
        if session.get_bind().dialect.name != "sqlite"
        else text(f"SELECT sum(length(block)) FROM {TABLE}_data")
    )
    return {"index": int(of_index or 0), "entries": int(of_terms or 0), "words": int(of_words or 0)}


def settle(session: Session) -> None:
    """Let PostgreSQL count what was just written, as it does by itself after a while."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))
        session.commit()
