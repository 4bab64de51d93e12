"""The state of the month: how far the sample is, what it says with its uncertainty, what waits."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import (
    charts_quality,
    navigation,
    quality_found,
    quality_people,
    quality_sampling,
    quality_trust,
)
from dashboard.charts_quality import compared
from dashboard.components import clause_list, empty, explanation, section
from dashboard.filters import team_filter
from dashboard.formats import NOTHING, fmt_count, fmt_month, plain
from dashboard.i18n import _, lang, name, sentences
from dashboard.meeting import months_back
from dashboard.quality_month_reads import (
    Estimates,
    Month,
    estimates,
    found,
    open_disputes,
    open_findings,
    rules,
    sample_state,
)
from dashboard.quality_words import end_of, interval_of, is_told, least_heard, numbers, written
from dashboard.reads import rulebook, today
from db.metrics import METRICS, Figure
from db.quality_month import SampleState
from regulations.access import Scope

_KEY = "quality_month"


def choose_month(scope: Scope, top: DeltaGenerator) -> Month:
    """The month of the address, else the running one; and the team. `top`: the row in which both are chosen."""
    months = months_back(today())
    asked = st.query_params.get("month", "")
    st.session_state[_KEY] = asked if asked in months else months[0]
    with top:
        st.selectbox(_("Month"), months, format_func=fmt_month, key=_KEY, on_change=_month_changed, width=180)
        team_id = team_filter(scope)
    return Month(str(st.session_state[_KEY]), team_id)


def _month_changed() -> None:
    st.query_params["month"] = str(st.session_state[_KEY])


def show(scope: Scope, top: DeltaGenerator) -> None:
    """The whole view, what is asked first on top."""
    chosen = choose_month(scope, top)
    quality_sampling.show_flash()
    state = sample_state(scope, chosen)
    if not state.inspected:
        empty(
            _("No call of this month has been inspected"),
            _(
                "Choose another month, or wait until recordings are inspected: a sample is drawn from inspected calls."
            ),
            "hearing",
        )
        return
    made = estimates(scope, chosen)
    _first_screen(scope, chosen, state, made)
    quality_people.show(scope, chosen, made)
    quality_found.show(scope, chosen)
    quality_trust.show(scope, chosen)
    _trend(made)


def _first_screen(scope: Scope, chosen: Month, state: SampleState, made: Estimates) -> None:
    drawn, heard, score, passes = st.columns(4)
    with drawn:
        quality_sampling.show_drawn(scope, chosen, state)
    with heard:
        quality_sampling.show_heard(scope, state)
    with score:
        words = _("the mean of the {d} calls it covers", d=fmt_count(made.score.denominator))
        _card(made.score, made.score_before, words)
    with passes:
        words = _("the share of calls handled like these that reach {goal}", goal=_goal())
        _card(made.passes, made.passes_before, words)
    chart, waiting = st.columns([3, 2])
    with chart, st.container(border=True, height="stretch", gap="xsmall"):
        _groups(chosen, made)
    with waiting, st.container(border=True, height="stretch", gap="xsmall"):
        _waiting(scope, chosen)
        _in_short(scope, chosen)


def _goal() -> str:
    return fmt_count(rulebook().decimal("qa.pass_score"))


def _card(figure: Figure, before: Figure | None, of_what: str) -> None:
    """An estimate with its interval in words, on what it rests, and whether it differs from the month before."""
    metric = METRICS[figure.key]
    with st.container(border=True, height="stretch", gap="xsmall"):
        shown = is_told(figure)
        text = _(
            "{definition} Clauses: {clauses}",
            definition=metric.definition(lang()),
            clauses=clause_list(figure.clauses),
        )
        value = written(figure) if shown else NOTHING
        st.metric(metric.name(lang()), value, help=plain(text))
        if not shown:
            words = _(
                "Cannot be told yet: {n} calls heard; it is told from {least} on.",
                n=fmt_count(figure.n or 0),
                least=least_heard(),
            )
            st.caption(plain(words))
            return
        st.markdown(f":small[{plain(_interval(figure, of_what))}]")
        st.caption(
            plain(
                _("From {n} reviewed of {d} calls.", n=fmt_count(figure.n), d=fmt_count(figure.denominator))
            )
        )
        if before is not None and is_told(before):
            words = _(
                "Month before: {value} ({low} to {high}).",
                value=written(before),
                low=end_of(before, "low"),
                high=end_of(before, "high"),
            )
            st.caption(plain(sentences(words, compared(_three(figure), _three(before)))))


def _interval(figure: Figure, of_what: str) -> str:
    return _(
        "With 95 % confidence {what} lies between {low} and {high}.",
        what=of_what,
        low=end_of(figure, "low"),
        high=end_of(figure, "high"),
    )


def _three(figure: Figure) -> tuple[float, float, float]:
    return figure.value or 0.0, figure.low or 0.0, figure.high or 0.0


def _groups(chosen: Month, made: Estimates) -> None:
    st.markdown(f"**{plain(_('Score of all calls, by team'))}**")
    rows = [(_("Everybody"), made.score, made.score_before), *made.teams]
    if len(made.teams) == 1:
        rows = [(made.teams[0][0], made.teams[0][1], made.teams[0][2])]
    frame = pd.DataFrame(
        [
            {
                "name": title,
                "n": figure.n or 0,
                **numbers(figure, ""),
                **numbers(before, "before"),
            }
            for title, figure, before in rows
        ]
    )
    chart, said = charts_quality.groups_beside_last_month(
        frame, fmt_month(chosen.month), fmt_month(chosen.before)
    )
    if chosen.is_running:
        said = sentences(said, _("The month is not over."))
    st.altair_chart(chart, width="stretch", alt=said)
    st.caption(plain(said))
    with st.expander(_("How the score was worked out")):
        explanation(made.score.steps)
        st.caption(
            plain(
                _(
                    "The machine alone: {machine} over all calls. People alone, from the sample: {human}.",
                    machine=written(made.machine),
                    human=f"{written(made.human)} ({interval_of(made.human)})",
                )
            )
        )


def _waiting(scope: Scope, chosen: Month) -> None:
    """Undecided findings by harm, proposals, objections; each with its way down."""
    st.markdown(f"**{plain(_('What waits for a decision'))}**")
    waiting = open_findings(scope, chosen)
    wording, measured, proposed = st.columns(3)
    with wording:
        st.metric(
            _("Wording"),
            fmt_count(waiting.wording),
            help=plain(_("Findings of banned or missing wording that nobody has decided.")),
        )
    with measured:
        st.metric(
            _("Measurements"),
            fmt_count(waiting.measured),
            help=plain(_("Rings, silence, interruptions and the like; they cost no points.")),
        )
    with proposed:
        st.metric(
            _("Only proposed"),
            fmt_count(waiting.proposed),
            help=plain(_("Only a person can tell; nothing is charged until somebody does.")),
        )
    if waiting.by_severity:
        harm = " · ".join(
            f"{name('inspection_severity', code)} {fmt_count(n)}" for code, n in waiting.by_severity.items()
        )
        st.caption(plain(_("By severity, wording: {harm}", harm=harm)))
    if waiting.calls:
        label = _("{n} calls in which something waits", n=fmt_count(waiting.calls))
        if st.button(label, icon=":material/list:", type="tertiary", key="to_waiting"):
            navigation.go("quality", {"view": "calls", "undecided": "1", **chosen.query()})
    else:
        st.caption(plain(_("Nothing waits in the calls of this month.")))
    if not navigation.may_open(scope, "disputes"):
        return
    disputes, overdue = open_disputes(scope, chosen.team_id)
    words = (
        _("{n} objections of agents are open", n=fmt_count(disputes))
        if disputes
        else _("No objection is open")
    )
    if overdue:
        words = _(
            "{n} objections of agents are open, {m} of them overdue",
            n=fmt_count(disputes),
            m=fmt_count(overdue),
        )
    if st.button(words, icon=":material/balance:", type="tertiary", key="to_disputes"):
        navigation.go("disputes", {})


def _in_short(scope: Scope, chosen: Month) -> None:
    """What was found most and how far the machine is right, for whoever reads no further."""
    st.markdown(f"**{plain(_('In short'))}**")
    rows = found(scope, chosen)
    if rows:
        st.caption(plain(quality_found.sentence(rows)))
    st.caption(plain(quality_trust.sentence(rules(scope, chosen.month))))


def _trend(made: Estimates) -> None:
    section(
        _("Six months"),
        _("The score of all calls, estimated from each month's sample, with its interval of 95 %."),
    )
    frame = pd.DataFrame(
        [
            {"month": month, "n": (figure.n or 0) if figure is not None else 0, **numbers(figure, "")}
            for month, figure in made.trend
        ]
    )
    chart, said = charts_quality.trend_with_band(frame, made.score.target)
    st.altair_chart(chart, width="stretch", alt=said)
    st.caption(plain(said))
