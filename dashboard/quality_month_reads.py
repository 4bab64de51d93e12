"""The state of a month as plain values, kept with the viewer's scope in the key; estimates for as long as nothing changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import streamlit as st

from dashboard.i18n import lang
from dashboard.meeting import month_before, month_bounds
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today
from db import metrics, quality_month
from db.dispute_lists import list_disputes
from db.metrics import Figure
from db.quality_month import Found, Open, SampleState, get_state, list_found
from db.rule_precision import PoorRule, list_poor
from regulations.access import Scope
from settings import get_settings

MONTHS_OF_TREND = 6
MONTHS_OF_PEOPLE = 3
_KEPT_SECONDS = 900  # estimates carry a stamp in their key; this only bounds what is kept
Asked = Callable[..., list[tuple[tuple[str, ...], tuple[str, ...], Figure]]]


@dataclass(frozen=True, slots=True)
class Month:
    """Which month of whom: the state of the page's first view. `month` as "2026-11"."""

    month: str
    team_id: int | None = None

    @property
    def first(self) -> date:
        """Its first day."""
        return month_bounds(self.month)[0]

    @property
    def last(self) -> date:
        """Its last day, or today while it runs."""
        return max(self.first, min(month_bounds(self.month)[1], today()))

    @property
    def before(self) -> str:
        """The month before."""
        return month_before(self.month)

    @property
    def people_from(self) -> date:
        """The first day of the months over which people are compared: one month's sample says too little of anybody."""
        return month_bounds(month_before(self.month, MONTHS_OF_PEOPLE - 1))[0]

    @property
    def is_running(self) -> bool:
        """Whether it is not over yet."""
        return f"{today():%Y-%m}" == self.month

    def query(self) -> dict[str, str]:
        """Its days and its team as they stand in the address of a list."""
        values = {"from": self.first.isoformat(), "to": self.last.isoformat()}
        return values if self.team_id is None else {**values, "team": str(self.team_id)}


@dataclass(frozen=True, slots=True)
class Person:
    """An agent's figures of three months; `team` and `team_pass` are those of the team he belongs to."""

    number: str
    name: str
    team_code: str
    team: str
    score: Figure
    passes: Figure
    drawn: int
    team_pass: Figure | None

    @property
    def reviewed(self) -> int:
        """How many of his drawn calls were reviewed."""
        return self.passes.n or 0

    @property
    def side(self) -> str:
        """Where his whole interval lies beside his team's: "below", "above", or "" where they touch and nothing can be told."""
        own, team = self.passes, self.team_pass
        if own.low is None or own.high is None or team is None or team.low is None or team.high is None:
            return ""
        if own.high < team.low:
            return "below"
        return "above" if own.low > team.high else ""


@dataclass(frozen=True, slots=True)
class Estimates:
    """What the sample says of the month, of the month before, of teams, of people, and of six months."""

    score: Figure
    score_before: Figure | None
    passes: Figure
    passes_before: Figure | None
    human: Figure
    machine: Figure
    trend: tuple[tuple[str, Figure | None], ...]  # oldest month first; None without any call
    teams: tuple[tuple[str, Figure, Figure | None], ...]  # name, this month, last month
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """How far the machine can be trusted, from the decisions of six months."""

    precision: Figure
    recall: Figure
    poor: tuple[PoorRule, ...]
    from_on: date


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _state(database: str, scope: Scope, chosen: Month, version: str) -> SampleState:
    with open_session() as session:
        return get_state(session, scope, chosen.first, book=rulebook(), now=minute(), team_id=chosen.team_id)


def sample_state(scope: Scope, chosen: Month) -> SampleState:
    """How far the sample has come."""
    return _state(get_settings().database, scope, chosen, rulebook().version)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _open(database: str, scope: Scope, chosen: Month) -> Open:
    with open_session() as session:
        return quality_month.count_open(
            session, scope, from_on=chosen.first, to_on=chosen.last, team_id=chosen.team_id
        )


def open_findings(scope: Scope, chosen: Month) -> Open:
    """What waits for a decision in the calls of the month."""
    return _open(get_settings().database, scope, chosen)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _found(database: str, scope: Scope, chosen: Month) -> list[Found]:
    with open_session() as session:
        return list_found(session, scope, from_on=chosen.first, to_on=chosen.last, team_id=chosen.team_id)


def found(scope: Scope, chosen: Month) -> list[Found]:
    """What was found in the calls of the month, by category."""
    return _found(get_settings().database, scope, chosen)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=300)
def _disputes(database: str, scope: Scope, team_id: int | None, at: datetime) -> tuple[int, int]:
    with open_session() as session:
        waiting = list_disputes(session, scope, team_id=team_id, state="open")
        return len(waiting), sum(one.due_at is not None and one.due_at < at for one in waiting)


def open_disputes(scope: Scope, team_id: int | None) -> tuple[int, int]:
    """Objections that nobody has decided, whenever they were filed, and how many of them are overdue."""
    return _disputes(get_settings().database, scope, team_id, minute())


def estimates(scope: Scope, chosen: Month) -> Estimates:
    """Every estimate of the month; counted anew only when a draw, a review or an inspection came in."""
    with open_session() as session:
        stamp = quality_month.stamp(session)
    database = get_settings().database
    return _estimates(database, scope, chosen, chosen.last, stamp, rulebook().version, lang(), minute())


@st.cache_data(ttl=_KEPT_SECONDS, show_spinner=False, max_entries=200)
def _estimates(
    database: str, scope: Scope, chosen: Month, last: date, stamp: str, version: str, language: str, _at: datetime
) -> Estimates:  # fmt: skip
    book, team = rulebook(), chosen.team_id
    months = [month_before(chosen.month, n) for n in reversed(range(MONTHS_OF_TREND))]
    begin, before = month_bounds(months[0])[0], month_bounds(chosen.before)[0]
    with open_session() as session:

        def by(
            key: str, from_on: date, *groups: str
        ) -> list[tuple[tuple[str, ...], tuple[str, ...], Figure]]:
            return metrics.figures_across(
                session, scope, key, from_on, last, book, _at, groups, team_id=team, lang=language
            )

        def one(key: str) -> Figure:
            return metrics.figure(session, scope, key, chosen.first, last, book, _at, team_id=team)

        scores = {codes[0]: figure for codes, _names, figure in by("quality.estimated_score", begin, "month")}
        passes = {codes[0]: f for codes, _names, f in by("quality.estimated_pass_rate", before, "month")}
        teams: dict[tuple[str, str], dict[str, Figure]] = {}
        for (month, code), (_month, title), figure in by("quality.estimated_score", before, "month", "team"):
            teams.setdefault((code, title), {})[month] = figure
        return Estimates(
            score=scores.get(chosen.month) or one("quality.estimated_score"),
            score_before=scores.get(chosen.before),
            passes=passes.get(chosen.month) or one("quality.estimated_pass_rate"),
            passes_before=passes.get(chosen.before),
            human=one("quality.human_score"),
            machine=one("quality.machine_score"),
            trend=tuple((month, scores.get(month)) for month in months),
            teams=tuple(
                (title, figures[chosen.month], figures.get(chosen.before))
                for (_code, title), figures in teams.items()
                if chosen.month in figures
            ),
            people=tuple(_people(by, chosen.people_from)),
        )


def _people(by: Asked, first: date) -> list[Person]:
    passes_of_team = {
        codes[0]: figure for codes, _names, figure in by("quality.estimated_pass_rate", first, "team")
    }
    scores = {
        codes: figure for codes, _names, figure in by("quality.estimated_score", first, "agent", "team")
    }
    drawn = {
        codes: f.denominator for codes, _names, f in by("quality.reviewed_share", first, "agent", "team")
    }
    people = []
    for codes, (person, team), figure in by("quality.estimated_pass_rate", first, "agent", "team"):
        number, code = codes
        one = Person(
            number, person, code, team, scores[codes], figure, drawn.get(codes) or 0, passes_of_team.get(code)
        )
        people.append(one)
    return people


def rules(scope: Scope, month: str) -> Rules:
    """How often people agreed with the machine, and how much it finds, over the months of the trend and all teams in scope."""
    last = Month(month).last
    return _rules(get_settings().database, scope, month, last, rulebook().version, minute())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _rules(database: str, scope: Scope, month: str, last: date, version: str, _at: datetime) -> Rules:
    begin = month_bounds(month_before(month, MONTHS_OF_TREND - 1))[0]
    book = rulebook()
    with open_session() as session:
        precision, recall = (
            metrics.figure(session, scope, key, begin, last, book, _at)
            for key in ("quality.rule_precision", "quality.rule_recall")
        )
        return Rules(precision, recall, tuple(list_poor(session, scope, begin, last, book, _at)), begin)
