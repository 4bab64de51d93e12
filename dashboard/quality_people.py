"""Agents beside their own team, with intervals; whoever has few reviewed calls stands apart and is compared with nobody."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import charts_quality
from dashboard.charts_quality import side_word
from dashboard.components import empty, section
from dashboard.filters import show_view
from dashboard.formats import fmt_month, plain
from dashboard.i18n import _
from dashboard.quality_month_reads import MONTHS_OF_PEOPLE, Estimates, Month, Person
from dashboard.quality_words import interval_of, least_heard, written
from dashboard.tables import hint, label_column, number_column, table, text_column
from regulations.access import Scope

_ORDER = {"below": 0, "": 1, "above": 1}  # whoever is clearly below first; the others by their figure


def show(scope: Scope, chosen: Month, made: Estimates) -> None:
    """The chart and the list of those who can be compared, then those who cannot."""
    section(
        _("Agents"),
        _(
            "Share of calls that pass, {first} to {last}: one month's sample says too little of one person. Compared only from {least}"
            " reviewed calls on, and only with the own team.",
            first=fmt_month(f"{chosen.people_from:%Y-%m}"),
            last=fmt_month(chosen.month),
            least=least_heard(),
        ),
    )
    enough, few = divided(made.people)
    if not enough:
        empty(
            _("Nobody can be compared yet"),
            _(
                "Nobody has {least} reviewed calls in these {months} months.",
                least=least_heard(),
                months=MONTHS_OF_PEOPLE,
            ),
            "groups",
        )
    else:
        chart, listed = st.columns(2)
        frame = people_frame(enough)
        with chart:
            made_chart, said = charts_quality.people_beside_their_team(frame)
            st.altair_chart(made_chart, width="stretch", alt=said)
        with listed:
            _compared(enough)
        st.caption(plain(said))
    if few:
        _apart(few)


def divided(people: Sequence[Person]) -> tuple[list[Person], list[Person]]:
    """Those with enough reviewed calls, what hurts most first; and the others by team and number, without any rank."""
    enough = [one for one in people if one.reviewed >= least_heard() and one.passes.value is not None]
    few = [one for one in people if one not in enough]
    enough.sort(key=lambda one: (_ORDER[one.side], one.passes.value, one.score.value, one.number))
    few.sort(key=lambda one: (one.team_code, one.number))
    return enough, few


def people_frame(people: Sequence[Person]) -> pd.DataFrame:
    """People as `charts_quality.people_beside_their_team` takes them."""
    return pd.DataFrame(
        [
            {
                "name": one.name,
                "n": one.reviewed,
                "value": one.passes.value,
                "low": one.passes.low,
                "high": one.passes.high,
                "team_value": one.team_pass.value if one.team_pass is not None else None,
                "side": one.side,
            }
            for one in people
        ],
        columns=["name", "n", "value", "low", "high", "team_value", "side"],
    )


def _compared(people: Sequence[Person]) -> None:
    frame = pd.DataFrame(
        {
            "person": one.name,
            "heard": _("{n} of {d}", n=one.reviewed, d=one.drawn),
            "passes": f"{written(one.passes)} ({interval_of(one.passes)})",
            "score": written(one.score),
            "side": [side_word(one.side)],
        }
        for one in people
    )
    columns = {
        "person": text_column(_("Agent"), 70),
        "passes": text_column(_("Passes (interval)"), 130),
        "score": text_column(_("Mean score"), 78, _("The mean of these calls, with the machine's scores; shown for orientation, compared is the share that passes.")),
        "side": label_column(_("Beside the team"), [side_word(s) for s in ("below", "", "above")], ["red", "gray", "green"], 150),
        "heard": text_column(_("Reviewed"), 75),
    }  # fmt: skip
    _open(people, table(frame, columns, key="people_compared", rows_seen=12))


def _apart(people: Sequence[Person]) -> None:
    least = least_heard()
    words = _("Not compared: {n} agents with fewer than {least} reviewed calls", n=len(people), least=least)
    with st.expander(words, icon=":material/hourglass_empty:"):
        st.caption(plain(_("By team and number, not by merit: so few calls tell nothing about a person.")))
        frame = pd.DataFrame(
            {
                "person": one.name,
                "number": one.number,
                "team": one.team,
                "reviewed": one.reviewed,
                "drawn": one.drawn,
                "needed": least - one.reviewed,
                "waiting": one.drawn - one.reviewed,
            }
            for one in people
        )
        columns = {
            "person": text_column(_("Agent"), 120),
            "number": text_column(_("Number"), 90),
            "team": text_column(_("Team"), 170),
            "reviewed": number_column(_("Reviewed"), width=100),
            "needed": number_column(_("More reviews needed"), width=160),
            "waiting": number_column(_("Drawn, not reviewed yet"), width=170),
        }
        _open(people, table(frame, columns, key="people_apart", rows_seen=12))
        hint()


def _open(people: Sequence[Person], position: int | None) -> None:
    """To the drawn calls of the agent that was clicked: as many as were drawn of him in these months."""
    if position is None:
        return
    st.query_params.update({"agent": people[position].number, "months": str(MONTHS_OF_PEOPLE)})
    show_view("view", "sample")
    st.rerun()
