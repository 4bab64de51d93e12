"""Looking for a phrase in what was said: the utterances with it, the newest call first, and how many there are.

Read is what stands: of each call the transcript that its current inspection rests on, else the newest. What the index is and
how it is kept: db/models/transcript_index.py.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    UnaryExpression,
    cast,
    column,
    exists,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.operators import custom_op

from db.calls import in_scope
from db.models import Agent, Call, Inspection, Recording, Team, Transcript, TranscriptSegment
from db.models.transcript_index import POSTGRES_ENTRIES, TABLE
from db.refusals import Refused
from db.visibility import demand
from quality.search_terms import MOST_OF_A_PHRASE, NoPhrase, Phrase, phrase_of
from regulations.access import Scope

CAPABILITY = "quality.view"  # whoever may open a call and read its words
MOST_COUNTED = 1_000  # utterances; beyond that a count says "more than"
MANY = 20_000  # utterances; a phrase in more of them is looked for call by call
_DAYS_LOOKED_AT = (7, 60)  # before the newest call; then the whole period
_INDEX = table(TABLE, column("rowid"))


class SearchRefused(Refused):
    """A phrase that cannot be looked for; what to type instead, in both languages."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and where: days inclusive and local; None or "" does not narrow."""

    phrase: Phrase
    from_on: date
    to_on: date
    team_id: int | None = None
    agent_id: int | None = None
    speaker: str = ""  # agent customer unknown
    kind: str = ""  # of the contact


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance with the phrase in it, and where it was said. Seconds from the start of the call."""

    call_id: str
    channel: str
    kind: str
    started_at: datetime
    agent: str
    agent_number: str
    team: str
    speaker: str
    start_seconds: float
    text: str
    is_doubtful: bool
    is_recorded: bool  # there is a sound to hear it in


@dataclass(frozen=True, slots=True)
class Count:
    """How many utterances, in how many calls; both None beyond MOST_COUNTED, where nobody counted to the end."""

    utterances: int | None
    calls: int | None


def wanted_phrase(typed: str) -> Phrase:
    """What somebody typed as a phrase. Raises SearchRefused for nothing to look for and for too much."""
    try:
        return phrase_of(typed)
    except NoPhrase as error:
        if error.code == "empty":
            raise SearchRefused(
                "请输入至少一个汉字、字母或数字；标点、空格和表情不参与检索。",
                "Type at least one character, letter or digit; punctuation, spaces and emoji are not looked for.",
            ) from None
        raise SearchRefused(
            f"检索词最多 {MOST_OF_A_PHRASE} 个字，请只输入其中一句。",
            f"A phrase has at most {MOST_OF_A_PHRASE} characters; type one sentence of it.",
        ) from None


def list_said(session: Session, scope: Scope, wanted: Search, *, limit: int, offset: int = 0) -> list[Said]:
    """The utterances with the phrase, the newest call first and within a call in its order.

    Raises AccessRefused without the capability.
    """
    demand(scope, CAPABILITY)
    is_frequent = _is_frequent(session, wanted)
    for first in _beginnings(session, wanted) if is_frequent else [wanted.from_on]:
        found = newest_first(_found(session, scope, replace(wanted, from_on=first), is_frequent))
        said = read(session, found.limit(limit).offset(offset))
        if len(said) == limit:
            break
    return said


def _is_frequent(session: Session, wanted: Search) -> bool:
    """Whether so many utterances have it that it is quicker met by going through the calls than taken from the index."""
    some = (
        select(_INDEX.c.rowid).where(_is_matched(wanted.phrase))
        if session.get_bind().dialect.name == "sqlite"
        else select(TranscriptSegment.id).where(_has_entries(wanted.phrase))
    )
    found = select(func.count()).select_from(some.limit(MANY + 1).subquery())
    return (session.scalar(found) or 0) > MANY


def _beginnings(session: Session, wanted: Search) -> list[date]:
    """Where to begin looking: what is said every day fills the list from the last days, so the years before may rest."""
    newest = session.scalar(select(func.max(Call.started_on)).where(Call.started_on <= wanted.to_on))
    if newest is None:
        return [wanted.from_on]
    near = [newest - timedelta(days=days) for days in _DAYS_LOOKED_AT]
    return [*(day for day in near if day > wanted.from_on), wanted.from_on]


def newest_first(found: Select[Any]) -> Select[*tuple[Any, ...]]:
    """What `Said` holds of each of these utterances, the newest call first and within a call in its order."""
    return found.with_only_columns(
        Call.call_id, Call.channel, Call.kind, Call.started_at, Agent.name, Agent.number, Team.name,
        TranscriptSegment.speaker, TranscriptSegment.start_seconds, TranscriptSegment.text,
        TranscriptSegment.is_doubtful, exists().where(Recording.call_id == Call.id),
        maintain_column_froms=True,
    ).order_by(Call.started_at.desc(), Call.id.desc(), TranscriptSegment.ordinal)  # fmt: skip


def read(session: Session, query: Select[*tuple[Any, ...]]) -> list[Said]:
    """What a query of `newest_first` answers."""
    return [Said(*list(row)) for row in session.execute(query)]


def count_said(session: Session, scope: Scope, wanted: Search) -> Count:
    """How many there are, counted up to MOST_COUNTED. Raises AccessRefused without the capability."""
    demand(scope, CAPABILITY)
    return count_of(session, _found(session, scope, wanted, _is_frequent(session, wanted)))


def count_of(session: Session, found: Select[Any]) -> Count:
    """How many utterances a query of `among_calls` finds, counted up to MOST_COUNTED."""
    some = (
        found.with_only_columns(Call.id.label("call"), maintain_column_froms=True)
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    utterances, calls = session.execute(
        select(func.count(), func.count(func.distinct(some.c.call))).select_from(some)
    ).one()
    return Count(None, None) if utterances > MOST_COUNTED else Count(utterances, calls)


def stands(call_id: InstrumentedAttribute[int] = Call.id) -> ColumnElement[int | None]:
    """The transcript of a call that is read: its current inspection's, else the newest; NULL where there is none."""
    current, newest = aliased(Inspection), aliased(Transcript)
    of_inspection = (
        select(current.transcript_id)
        .where(current.call_id == call_id, current.is_current)
        .order_by(current.id.desc())
        .limit(1)
        .correlate_except(current)  # the call is the one around it, however deep this stands
        .scalar_subquery()
    )
    of_call = (
        select(func.max(newest.id))
        .where(newest.call_id == call_id)
        .correlate_except(newest)
        .scalar_subquery()
    )
    return func.coalesce(of_inspection, of_call)


def holding(dialect: str, phrase: Phrase, speaker: str = "") -> Select[Any]:
    """Every utterance with the phrase, as a query on TranscriptSegment that the index answers on SQLite or PostgreSQL."""
    said = select(TranscriptSegment)
    if dialect == "sqlite":
        said = said.join_from(_INDEX, TranscriptSegment, TranscriptSegment.id == _INDEX.c.rowid).where(
            _is_matched(phrase)
        )
    else:
        said = said.where(_has_entries(phrase))
        if len(phrase.pairs) > 1:  # the index knows which pairs there are, not where they stand
            said = said.where(TranscriptSegment.terms.contains(" ".join(phrase.pairs), autoescape=True))
    return said.where(TranscriptSegment.speaker == speaker) if speaker else said


def transcript_of(dialect: str) -> ColumnElement[int]:
    """The transcript's id of an utterance, to be joined with.

    Written with a plus on SQLite, which changes nothing but keeps it from walking from all calls of a team to their
    utterances and asking the index of each (minutes instead of milliseconds).
    """
    plain: ColumnElement[int] = TranscriptSegment.__table__.c.transcript_id
    return UnaryExpression(plain, operator=custom_op("+")) if dialect == "sqlite" else plain


def _is_matched(phrase: Phrase) -> ColumnElement[bool]:
    """SQLite: the entries in a row. They are letters and digits, so that nothing in them could end the quotation."""
    query = f'"{" ".join(phrase.pairs)}"' + ("*" if phrase.is_one_character else "")
    return literal_column(TABLE).op("MATCH", is_comparison=True)(query)


def _has_entries(phrase: Phrase) -> ColumnElement[bool]:
    """PostgreSQL: all of the entries, wherever they stand."""
    query = " & ".join(f"'{pair}'" for pair in phrase.pairs) + (":*" if phrase.is_one_character else "")
    return literal_column(POSTGRES_ENTRIES).op("@@", is_comparison=True)(cast(query, TSQUERY))


def _found(session: Session, scope: Scope, wanted: Search, is_frequent: bool) -> Select[Any]:
    dialect = session.get_bind().dialect.name
    if is_frequent:
        return among_calls(scope, wanted, _met(wanted), TranscriptSegment.__table__.c.transcript_id)
    said = holding(dialect, wanted.phrase, wanted.speaker)
    if dialect == "postgresql":  # once and for all, so that no guess about it turns the plan round
        held = said.with_only_columns(TranscriptSegment.id).cte("held").prefix_with("MATERIALIZED")
        said = select(TranscriptSegment).join_from(held, TranscriptSegment, TranscriptSegment.id == held.c.id)
    return among_calls(scope, wanted, said, transcript_of(dialect))


def _met(wanted: Search) -> Select[Any]:
    """The utterances with the phrase, as one meets them who reads all of a call."""
    said = select(TranscriptSegment).where(
        TranscriptSegment.terms.contains(" ".join(wanted.phrase.pairs), autoescape=True)
    )
    return said.where(TranscriptSegment.speaker == wanted.speaker) if wanted.speaker else said


def among_calls(
    scope: Scope, wanted: Search, said: Select[Any], transcript_id: ColumnElement[int]
) -> Select[Any]:
    """Those of the utterances that stand, in calls that are wanted and the viewer's to see; joined to all it takes."""
    conditions: list[ColumnElement[bool]] = [
        Call.started_on.between(wanted.from_on, wanted.to_on),
        Transcript.id == stands(),
        *in_scope(scope),
    ]
    if wanted.team_id is not None:
        conditions.append(Call.team_id == wanted.team_id)
    if wanted.agent_id is not None:
        conditions.append(Call.agent_id == wanted.agent_id)
    if wanted.kind:
        conditions.append(Call.kind == wanted.kind)
    return (
        said.join(Transcript, Transcript.id == transcript_id)
        .join(Call, Call.id == Transcript.call_id)
        .join(Team, Team.id == Call.team_id)
        .join(Agent, Agent.id == Call.agent_id)
        .where(*conditions)
    )
