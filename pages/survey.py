"""The satisfaction survey: how many answered, what they said of each dimension, and who stands where."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import behind, charts, charts_survey, navigation, survey_lists
from dashboard.auth import require
from dashboard.components import (
    Filters,
    comparison_sentence,
    empty,
    explanation,
    figure_card,
    page_header,
    period_and_team_filters,
    section,
)
from dashboard.filters import preset_bounds
from dashboard.formats import fmt_count, plain
from dashboard.i18n import _
from dashboard.reads import figure, figures_by, rulebook, today
from dashboard.survey_panel import flash, show_form, show_recording
from dashboard.tables import hint, number_column, open_once, table, text_column
from db.metrics import Only
from regulations.access import Scope

COVERAGE, MEAN, POOR = "survey.coverage", "survey.mean_points", "survey.poor_share"


def _cards(scope: Scope, chosen: Filters) -> None:
    before = chosen.previous()
    columns = st.columns(3)
    asked: tuple[tuple[str, Only], ...] = ((COVERAGE, "rest"), (MEAN, "all"), (POOR, "counts"))
    for column, (key, only) in zip(columns, asked, strict=True):
        found = figure(scope, key, chosen.from_on, chosen.to_on, chosen.team_id)
        label = None
        if key == COVERAGE and found.rest:
            label = _("Show the {n} not graded", n=fmt_count(found.rest))
        if key == POOR and found.numerator:
            label = _("Show these {n}", n=fmt_count(found.numerator))
        with column:
            figure_card(
                found,
                figure(scope, key, *before, chosen.team_id),
                on_open=partial(behind.open_rows, key, only if label else "all"),
                link_label=label,
            )


def _shares(scope: Scope, chosen: Filters) -> None:
    frame = survey_lists.share_frame(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    if not len(frame) or not int(frame["count"].sum()):
        empty(
            _("Nobody has answered"), _("Choose a longer period, or record the forms that came in."), "inbox"
        )
        return
    _show(charts_survey.grade_shares(frame))
    shown = survey_lists.share_table(frame)
    grades = [column for column in shown.columns if column not in ("dimension", "answers")]
    state = st.dataframe(
        shown,
        column_config={
            "dimension": text_column(_("Dimension"), 95),
            "answers": number_column(_("Grades given"), width=95),
            **{grade: text_column(grade, 80) for grade in grades},
        },
        hide_index=True,
        key="shares",
        on_select="rerun",
        selection_mode="single-cell",
    )
    st.caption(_("Click a cell for the grades behind it."))
    cells = state["selection"]["cells"]
    picked: tuple[int, str] | None = (int(cells[0][0]), str(cells[0][1])) if cells else None
    if open_once("shares", None if picked is None else f"{picked[0]}:{picked[1]}") and picked is not None:
        row = shown.to_dict("records")[picked[0]]
        groups = {"dimension": str(row["dimension"])}
        if picked[1] in grades:
            groups["grade"] = str(picked[1])
        behind.open_rows(POOR, "all", **groups)
        st.rerun()


def _trend(scope: Scope, chosen: Filters) -> None:
    bounds = preset_bounds("months13", today())
    assert bounds is not None
    groups = figures_by(scope, MEAN, *bounds, "month", chosen.team_id)
    if not any(f.denominator for _code, _title, f in groups):
        empty(
            _("Nobody has answered"), _("Choose a longer period, or record the forms that came in."), "inbox"
        )
        return
    frame = pd.DataFrame(
        [(code, f.numerator, f.denominator, f.value) for code, _title, f in groups],
        columns=["month", "numerator", "denominator", "value"],
    )
    _show(charts.rate_trend(frame, None, _("points")))


def _ranking(scope: Scope, chosen: Filters) -> None:
    rows = survey_lists.ranking_rows(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("Nobody was graded"), _("Choose a longer period or another team."), "leaderboard")
        return
    values = [float(v) for v in rulebook().numbers("survey.grade_values") or (0, 100)]
    left, right = st.columns([4, 6], gap="medium")
    with left:
        _show(charts_survey.intervals(rows, (min(values), max(values))))
    with right:
        columns = {
            "rank_text": text_column(_("Rank"), 92),
            "possible": text_column(
                _("Possible ranks"),
                95,
                _("the ranks that the intervals leave possible: overlapping people may swap"),
            ),
            "person": text_column(_("Person"), 62),
            "team": text_column(_("Team"), 92),
            "responses": number_column(_("Forms"), width=52),
            "mean": st.column_config.NumberColumn(_("Mean"), format="%.1f", width=60),
            "interval": text_column(_("Interval"), 85),
            "poor": text_column(_("Worst grades / all"), 90),
        }
        opened = table(rows, columns, key="ranking", rows_seen=12)
        st.caption(
            plain(
                _(
                    "At least {n} forms to be ranked; the same mean shares a rank. Click a row for the reckoning.",
                    n=rulebook().integer("survey.min_responses") or 1,
                )
            )
        )
        if opened is not None:
            with st.container(border=True):
                explanation(rows.iloc[opened]["steps"], str(rows.iloc[opened]["person"]))


def _forms(scope: Scope, chosen: Filters) -> None:
    rows = survey_lists.form_rows(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    if rows.empty:
        empty(_("No survey form"), _("Choose a longer period, or record the forms that came in."), "inbox")
        return
    sentence = _(
        "{n} forms, {m} of them with the worst grade; those come first, with comments on top.",
        n=fmt_count(len(rows)),
        m=fmt_count(int(rows["is_poor"].sum())),
    )
    st.caption(plain(sentence))
    columns = {
        "mean": text_column(_("Mean"), 55),
        "comment": text_column(_("Comment"), 190),
        "grades": text_column(_("Grades"), 345),
        "person": text_column(_("Person"), 65),
        "team": text_column(_("Team"), 95),
        "answered": text_column(_("Answered at"), 130),
        "about": text_column(_("Work order"), 130),
        "number": text_column(_("Form"), 130),
    }
    opened = table(rows.head(survey_lists.MOST_FORMS), columns, key="forms", rows_seen=10)
    hint()
    _open("forms", None if opened is None else str(rows.iloc[opened]["number"]))


def _open(key: str, number: str | None) -> None:
    if open_once(key, number) and number is not None:
        st.query_params["form"] = number
        st.rerun()


def _show(shown: charts.Shown) -> None:
    chart, sentence = shown
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _page() -> None:
    scope = require("surveys.view")
    page_header(
        _("Satisfaction survey"),
        _(
            "What customers say of each dimension, how many were asked and answered, and who stands where."
            " For supervisors and managers."
        ),
    )
    chosen = period_and_team_filters(scope)
    if scope.may("surveys.record"):
        show_recording(scope)
    flash()
    number = st.query_params.get("form")
    if number is not None:
        show_form(scope, number)
    comparison_sentence(chosen)
    wanted = behind.asked_rows("survey")
    if wanted is not None:
        clicked = behind.show_rows(scope, chosen, wanted)
        if wanted.key == COVERAGE:
            if open_once("behind", clicked) and clicked is not None:
                navigation.go("repairs", {"order": clicked})
        else:
            _open("behind", clicked)
    _cards(scope, chosen)
    left, right = st.columns(2, gap="large")
    with left:
        section(_("Grades on each dimension"))
        _shares(scope, chosen)
    with right:
        section(_("Mean of the grades, month by month"))
        _trend(scope, chosen)
    section(
        _("Who stands where"),
        _("The bar is the interval of the mean: where bars overlap, the order may be chance."),
    )
    _ranking(scope, chosen)
    section(_("Forms and comments"))
    _forms(scope, chosen)


_page()
