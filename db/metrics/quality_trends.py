"""How often something is said, by month and team: a phrase that somebody asks about, and the courtesies of the rulebook.

A phrase is no metric of the registry, which has one definition each; it is a metric made for one question, read by the same
machinery, so that the month, the team and the calls behind them agree. Courtesies are quality.courtesy_completion.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session, join

from db.metrics import reading
from db.metrics.definition import Cases, Figure, Metric
from db.models import Agent, Call, Team, Transcript, TranscriptSegment
from db.transcript_search import CAPABILITY, Search, holding, stands, transcript_of
from db.visibility import demand
from quality.search_terms import Phrase
from regulations.access import Scope
from regulations.rulebook import Rulebook

COURTESY = "quality.courtesy_completion"
TREND = ("month", "team")
Trend = list[tuple[tuple[str, ...], tuple[str, ...], Figure]]


def phrase_metric(dialect: str, phrase: Phrase, speaker: str = "", kind: str = "") -> Metric:
    """The share of the calls with words in which the phrase was said, by anybody or by one `speaker`."""
    return Metric(
        key="quality.phrase_share",
        zh="出现该词句的通话占比",
        en="Calls with the phrase",
        definition_zh="已有文字的通话中，至少一次说到该词句的占比。换了说法的、识别有误的找不到。",
        definition_en="Of the calls whose words are known, the share in which the phrase was said at least once. Other words for the"
        " same, and words that were misheard, are not found.",
        numerator=("说到该词句的通话", "Calls in which it was said"),
        denominator=("已有文字的通话", "Calls whose words are known"),
        unit="percent",
        better="down",
        clauses=(),
        cases=partial(_cases, dialect, phrase, speaker, kind),
    )


def _cases(dialect: str, phrase: Phrase, speaker: str, kind: str, book: Rulebook, now: datetime) -> Cases:
    said = (
        holding(dialect, phrase, speaker)
        .join(Transcript, Transcript.id == transcript_of(dialect))
        .where(Transcript.id == stands(Transcript.call_id))
        .with_only_columns(Transcript.call_id, maintain_column_froms=True)
    )
    has_words = select(TranscriptSegment.id).where(TranscriptSegment.transcript_id == stands()).exists()
    return Cases(
        source=join(join(Call, Team, Team.id == Call.team_id), Agent, Agent.id == Call.agent_id),
        on=Call.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Call.started_at <= now, has_words, *([Call.kind == kind] if kind else [])],
        counts=Call.id.in_(said),
        columns={
            "call_id": Call.call_id,
            "started_at": Call.started_at,
            "team": Team.name,
            "agent": Agent.name,
            "kind": Call.kind,
        },
    )


def phrase_trend(
    session: Session, scope: Scope, wanted: Search, book: Rulebook, now: datetime, by: tuple[str, ...] = TREND, lang: str = "zh"
) -> Trend:  # fmt: skip
    """((month, team), their names, figure) of each month and team with calls whose words are known.

    `by` may be () for one figure, or other breakdowns of the metric. Raises AccessRefused without the capability.
    """
    demand(scope, CAPABILITY)
    metric = phrase_metric(session.get_bind().dialect.name, wanted.phrase, wanted.speaker, wanted.kind)
    return reading.figures_across(
        session, scope, metric, wanted.from_on, wanted.to_on, book, now, by, wanted.team_id, wanted.agent_id, lang
    )  # fmt: skip


def courtesy_trend(
    session: Session, scope: Scope, category: str, from_on: date, to_on: date, book: Rulebook, now: datetime,
    team_id: int | None = None, lang: str = "zh",
) -> Trend:  # fmt: skip
    """As `phrase_trend`, for one courtesy of the rulebook (greeting, thanks, closing …) or, with "", for all of them."""
    return reading.figures_across(
        session, scope, COURTESY, from_on, to_on, book, now, TREND, team_id, None, lang,
        {"category": category} if category else None,
    )  # fmt: skip
