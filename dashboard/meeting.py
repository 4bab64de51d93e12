"""The monthly meeting: this month against target and last month, one topic after the other.

The page, the spreadsheet and the slides are all made from the same `MeetingPack`, so they agree.
Agenda: catalogue A2.14 and E3.5 (task completion, quality results, reports, open problems).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
from sqlalchemy.orm import Session

from dashboard.i18n import N_, _, lang
from dashboard.meeting_words import sentence_of
from db import metrics
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Lang

MONTHS_OF_TREND = 13

# One topic a screen: its code, title, the metrics in it, and the one its trend shows.
TOPICS: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    (
        "complaints",
        N_("Complaints: were we on time?"),
        (
            "complaint.forward_attainment",
            "complaint.first_feedback_attainment",
            "complaint.progress_attainment",
            "complaint.final_feedback_attainment",
            "complaint.rectification_attainment",
            "complaint.all_clocks_attainment",
            "complaint.final_feedback_hours",
            "complaint.reopen_rate",
        ),
        "complaint.all_clocks_attainment",
    ),
    (
        "callbacks",
        N_("Callbacks: did we call everyone back?"),
        (
            "callback.rate",
            "callback.punctuality",
            "callback.coverage",
            "callback.connect_rate",
            "callback.satisfaction",
        ),
        "callback.rate",
    ),
    (
        "repairs",
        N_("Repairs: in time, and good?"),
        (
            "repair.on_time_rate",
            "repair.dispatched_same_day",
            "repair.price_confirmed",
            "repair.signed",
            "survey.coverage",
            "survey.mean_points",
            "survey.poor_share",
        ),
        "repair.on_time_rate",
    ),
    (
        "attendance",
        N_("Attendance: were we there?"),
        ("attendance.rate", "attendance.late_rate", "attendance.severe_rate"),
        "attendance.rate",
    ),
    (
        "quality",
        N_("Quality: how did we speak to customers?"),
        (
            "quality.estimated_score",
            "quality.estimated_pass_rate",
            "quality.inspected_share",
            "quality.flagged_rate",
            "quality.confirmed_rate",
            "quality.courtesy_completion",
            "quality.pass_rate",
        ),
        "quality.courtesy_completion",
    ),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One metric of a topic: this month, last month, target."""

    key: str
    name: str
    definition: str
    this: metrics.Figure
    previous: metrics.Figure
    better: str  # "up" or "down"

    @property
    def change(self) -> float | None:
        """This month minus last month, in the metric's unit; None where one of them has no cases."""
        if self.this.value is None or self.previous.value is None:
            return None
        return self.this.value - self.previous.value

    @property
    def meets_target(self) -> bool | None:
        """Whether the target is reached; None without a target or without cases."""
        if self.this.value is None or self.this.target is None:
            return None
        if self.better == "down":
            return self.this.value <= self.this.target
        return self.this.value >= self.this.target


@dataclass(frozen=True, slots=True)
class Topic:
    """One screen of the meeting."""

    code: str
    title: str
    sentence: str
    lines: tuple[Line, ...]
    trend_name: str
    trend: tuple[tuple[str, metrics.Figure], ...]  # (month, figure), oldest first
    by_team: tuple[tuple[str, tuple[metrics.Figure, ...]], ...]  # (team, one figure a line)


@dataclass(frozen=True, slots=True)
class MeetingPack:
    """Everything the meeting of one month needs."""

    month: str  # "2026-10"
    title: str
    lang: Lang
    made_at: datetime  # local time of the site
    rulebook_version: str
    closed: str  # who closed the month and when; empty while it is open
    is_running: bool  # the month is not over yet: its figures will still move
    topics: tuple[Topic, ...] = field(default=())


def month_bounds(month: str) -> tuple[date, date]:
    """First and last day of "YYYY-MM". Raises ValueError for anything else."""
    year, number = (int(part) for part in month.split("-"))
    return date(year, number, 1), date(year, number, calendar.monthrange(year, number)[1])


def month_before(month: str, count: int = 1) -> str:
    """The month `count` months earlier."""
    year, number = (int(part) for part in month.split("-"))
    index = year * 12 + number - 1 - count
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def build_pack(
    session: Session,
    scope: Scope,
    month: str,
    book: Rulebook,
    now: datetime,
    today: date,
    *,
    closed: str = "",
    team_id: int | None = None,
) -> MeetingPack:
    """Read every figure of the meeting once. `today` is the local date; a running month ends there."""
    first, last = month_bounds(month)
    last = min(last, today) if first <= today else last
    before_first, before_last = month_bounds(month_before(month))
    if last < month_bounds(month)[1]:  # compare a running month with the same days of the last one
        before_last = min(before_last, before_first + (last - first))
    trend_first = month_bounds(month_before(month, MONTHS_OF_TREND - 1))[0]
    topics = []
    for code, title, keys, trend_key in TOPICS:
        lines = tuple(
            _line(session, scope, key, (first, last), (before_first, before_last), book, now, team_id)
            for key in keys
        )
        trend = metrics.figures_by(
            session, scope, trend_key, trend_first, last, book, now, by="month", team_id=team_id
        )
        teams: dict[str, dict[str, metrics.Figure]] = {}
        for key in keys:
            for _team, name, figure in metrics.figures_by(
                session, scope, key, first, last, book, now, by="team", team_id=team_id
            ):
                teams.setdefault(name, {})[key] = figure
        topics.append(
            Topic(
                code,
                _(title),
                sentence_of(lines),
                lines,
                _name(trend_key),
                tuple((group, figure) for group, _group_name, figure in trend),
                tuple(
                    (
                        name,
                        tuple(figures.get(line.key) or _without_cases(line.this) for line in lines),
                    )
                    for name, figures in teams.items()
                ),
            )
        )
    return MeetingPack(
        month,
        _("Monthly meeting {month}", month=month),
        lang(),
        now.astimezone(ZoneInfo(book.text("calendar.timezone") or "UTC")),
        book.version,
        closed,
        first <= today <= month_bounds(month)[1],
        tuple(topics),
    )


def _without_cases(like: metrics.Figure) -> metrics.Figure:
    """A figure of the same metric with no cases."""
    return replace(like, numerator=0, denominator=0, value=None)


def _name(key: str) -> str:
    metric = metrics.METRICS[key]
    return metric.en if lang() == "en" else metric.zh


def _line(
    session: Session,
    scope: Scope,
    key: str,
    period: tuple[date, date],
    before: tuple[date, date],
    book: Rulebook,
    now: datetime,
    team_id: int | None,
) -> Line:
    metric = metrics.METRICS[key]
    return Line(
        key,
        metric.en if lang() == "en" else metric.zh,
        metric.definition_en if lang() == "en" else metric.definition_zh,
        metrics.figure(session, scope, key, *period, book, now, team_id=team_id),
        metrics.figure(session, scope, key, *before, book, now, team_id=team_id),
        metric.better,
    )


def trend_frame(topic: Topic) -> pd.DataFrame:
    """The topic's trend as the charts take it: month, numerator, denominator, value."""
    return pd.DataFrame(
        [(month, f.numerator, f.denominator, f.value) for month, f in topic.trend],
        columns=["month", "numerator", "denominator", "value"],
    )


def trend_target(topic: Topic) -> float | None:
    """The target in force at the end of the trend."""
    return topic.trend[-1][1].target if topic.trend else None


def months_back(today: date, count: int = MONTHS_OF_TREND) -> list[str]:
    """The running month and those before it, newest first."""
    this = f"{today:%Y-%m}"
    return [month_before(this, n) for n in range(count)]


def last_complete_month(today: date) -> str:
    """The month before the running one."""
    return f"{today.replace(day=1) - timedelta(days=1):%Y-%m}"
