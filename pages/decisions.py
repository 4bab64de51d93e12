"""Approvals and reports: what waits for the viewer's word, decided here; what waits for others; what was decided."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import navigation
from dashboard.auth import require
from dashboard.components import count_card, empty, page_header, section
from dashboard.decision_history import OUTCOMES, decided_rows
from dashboard.decision_lists import KINDS, waiting_rows
from dashboard.decision_panel import asked_matter, open_matter, show_flashes, show_matter
from dashboard.exports.lists import Sheet, download
from dashboard.filters import Filters, choice_filter, period_and_team_filters, view_filter
from dashboard.formats import NOTHING, fmt_count, fmt_instant, plain
from dashboard.i18n import N_, _, lang, listed, sentences
from dashboard.reads import figure, now, rulebook
from dashboard.tables import label_column, table, text_column
from regulations.access import Scope
from regulations.values import ROLES

STATES = {
    "mine": N_("Waits for you"),
    "waiting": N_("All that waits"),
    "asked": N_("Asked by you"),
}
_KIND_COLOURS = {"approval": "blue", "report": "violet", "bypass": "orange", "penalty": "gray"}
_OUTCOME_COLOURS = {
    "approved": "green", "rejected": "red", "withdrawn": "gray", "answered": "green", "told": "green", "confirmed": "red",
    "waived": "gray",
}  # fmt: skip
TOLD = "escalation.told_in_time"


def _cards(scope: Scope, chosen: Filters, waiting: pd.DataFrame, decided: pd.DataFrame) -> None:
    mine = waiting["is_mine"].astype(bool)
    columns = st.columns(4)
    with columns[0]:
        count_card(
            _("Waits for you"),
            int(mine.sum()),
            _("of {n} that wait in all", n=fmt_count(len(waiting))),
            on_open=partial(_show_list, "mine", ""),
            is_alarm=True,
        )
    with columns[1]:
        signed = decided[decided["outcome"].isin(["approved", "rejected"])]
        count_card(
            _("Approvals decided"),
            len(signed),
            sentences(_by_level(signed), _of_requested(scope, chosen)),
            on_open=partial(_show_decided, "approval"),
        )
    with columns[2]:
        owed = waiting[waiting["kind"] == "bypass"]
        told = figure(scope, TOLD, chosen.from_on, chosen.to_on, chosen.team_id)
        said = _("{n} of them overdue.", n=fmt_count(int(owed["is_late"].astype(bool).sum())))
        if told.denominator:
            share = _("Of the period: {n} of {d} told in time.", n=fmt_count(told.numerator), d=fmt_count(told.denominator))  # fmt: skip
            said = sentences(said, share)
        count_card(
            _("Bypasses not told yet"),
            len(owed),
            said,
            on_open=partial(_show_list, "waiting", "bypass"),
            is_alarm=bool(owed["is_late"].astype(bool).any()),
        )
    with columns[3]:
        penalties = int((waiting["kind"] == "penalty").sum())
        proposed = figure(scope, "penalty.undecided_share", chosen.from_on, chosen.to_on, chosen.team_id)
        count_card(
            _("Penalties not decided"),
            penalties,
            _(
                "Proposed in the period: {n} of {d} undecided.",
                n=fmt_count(proposed.numerator),
                d=fmt_count(proposed.denominator),
            ),
            on_open=partial(_show_list, "waiting", "penalty"),
        )


def _by_level(signed: pd.DataFrame) -> str:
    """How many each level decided: "Manager 4, GM 1."."""
    if signed.empty:
        return _("None in the period.")
    counts = signed["role"].value_counts()
    title = rulebook().role_title
    said = [f"{title(role, lang())} {fmt_count(counts[role])}" for role in ROLES if role in counts]
    return _("{levels}.", levels=listed(said))


def _of_requested(scope: Scope, chosen: Filters) -> str:
    """How quickly the requests of the period were decided, with those that still wait beside it."""
    took = figure(scope, "approval.decision_hours", chosen.from_on, chosen.to_on, chosen.team_id)
    if not took.denominator:
        return ""
    return _(
        "Of {d} asked in the period {m} still wait.", d=fmt_count(took.denominator), m=fmt_count(took.rest)
    )


def _show_list(state: str, kind: str) -> None:
    st.query_params["state"] = state
    _set("kind", kind)
    _set("open", "")


def _show_decided(kind: str) -> None:
    _set("kind", kind)
    _set("outcome", "")


def _set(param: str, value: str) -> None:
    if value:
        st.query_params[param] = value
    else:
        st.query_params.pop(param, None)


def _waiting(scope: Scope, rows: pd.DataFrame, state: str) -> None:
    asked = asked_matter()
    if rows.empty and not asked:
        empty(_("Nothing waits here"), _empty_sentence(state), "task_alt")
        return
    key = asked or str(rows.iloc[0]["key"])
    left, right = st.columns([7, 5], gap="medium")
    with left:
        if rows.empty:
            empty(_("Nothing waits here"), _empty_sentence(state), "task_alt")
        else:
            _waiting_table(rows, state)
    with right:
        show_matter(scope, key)


def _empty_sentence(state: str) -> str:
    if state == "mine":
        return _("Nobody waits for your word. What waits for others stands under “All that waits”.")
    return _("Nothing of this kind is undecided in these teams.")


def _waiting_table(rows: pd.DataFrame, state: str) -> None:
    labels_of = [[_kind_name(kind, late)] for kind, late in zip(rows["kind"], rows["is_late"], strict=True)]
    shown = rows.assign(
        kind_label=pd.Series(labels_of, dtype=object),
        waits=[f"! {waits}" if urgent else waits for waits, urgent in zip(rows["waits"], rows["is_urgent"], strict=True)],
    )  # fmt: skip
    labels = [_kind_name(kind, False) for kind in KINDS] + [_kind_name("bypass", True)]
    columns = {
        "kind_label": label_column(_("Kind"), labels, [*_KIND_COLOURS.values(), "red"], 95),
        "waits": text_column(_("Waiting for"), 105),
        "amount": text_column(_("Amount"), 75),
        "matter": text_column(_("Matter"), 260 if state == "mine" else 235),
        "by": text_column(_("Asked by"), 78),
        "level": text_column(_("Waits for"), 102),
    }
    del columns["level" if state == "mine" else "by"]

    def opened(position: int) -> None:
        open_matter(str(rows.iloc[position]["key"]))

    kinds = "_".join(sorted(set(rows["kind"])))
    table(shown, columns, key=f"waiting_{state}_{kinds}", rows_seen=12, on_open=opened)
    st.caption(_("Urgent ones (!) first, then the longest waiting. Click a row to decide it here; after a decision the next one opens."))  # fmt: skip


def _kind_name(kind: str, is_late: bool) -> str:
    return f"▲ {_('Overdue bypass')}" if is_late else _(KINDS[kind])


def _decided(scope: Scope, chosen: Filters, rows: pd.DataFrame) -> None:
    span = _("{first} to {last}", first=chosen.from_on.isoformat(), last=chosen.to_on.isoformat())
    if rows.empty:
        empty(_("Nothing was decided"), _("Choose a longer period, another kind or another team."), "gavel")
        return
    head, action = st.columns([5, 1], vertical_alignment="center")
    head.caption(plain(_("{n} decisions, {span}; the latest first. Click a row to open its case.", n=fmt_count(len(rows)), span=span)))  # fmt: skip
    shown = rows.assign(
        kind_label=pd.Series([[_(KINDS[kind])] for kind in rows["kind"]], dtype=object),
        outcome_label=pd.Series([[_(OUTCOMES[outcome])] for outcome in rows["outcome"]], dtype=object),
        note=[note or NOTHING for note in rows["note"]],
        signer=[
            by if level == NOTHING else f"{by} · {level}"
            for by, level in zip(rows["by"], rows["level"], strict=True)
        ],
    )
    with action, st.container(horizontal=True, horizontal_alignment="right"):
        download(scope, _sheet(chosen, shown, span), "decided", "decisions")
    columns = {
        "at": text_column(_("Decided at"), 130),
        "kind_label": label_column(_("Kind"), [_(KINDS[k]) for k in KINDS], list(_KIND_COLOURS.values()), 95),
        "outcome_label": label_column(
            _("Decided how"), [_(OUTCOMES[o]) for o in OUTCOMES], [_OUTCOME_COLOURS[o] for o in OUTCOMES], 108
        ),
        "signer": text_column(_("Decided by"), 130),
        "amount": text_column(_("Amount"), 75),
        "matter": text_column(_("Matter"), 215),
        "note": text_column(_("Note"), 125),
        "took": text_column(_("Took"), 90),
        "clauses": text_column(_("Clauses"), 80),
    }  # fmt: skip
    opened = table(shown, columns, key="decided", rows_seen=12)
    if opened is not None:
        row = rows.iloc[opened]
        if row["case"]:
            navigation.go("case", {"case": str(row["case"])})
        open_matter(str(row["key"]))
        st.rerun()


def _sheet(chosen: Filters, rows: pd.DataFrame, span: str) -> Sheet:
    said = ((_("Period"), span), (_("Team"), chosen.team_name or _("All teams")))
    columns = {
        "at": _("Decided at"), "kind_label": _("Kind"), "outcome_label": _("Decided how"), "by": _("Decided by"), "level": _("Decided at level"),
        "amount": _("Amount"), "matter": _("Matter"), "note": _("Note"), "asked_by": _("Asked by"), "took": _("Took"),
        "team": _("Team"), "clauses": _("Clauses"),
    }  # fmt: skip
    cells = tuple(
        tuple(" ".join(row[c]) if isinstance(row[c], list) else row[c] for c in columns)
        for row in rows.to_dict("records")
    )
    return Sheet(_("Decided in the period"), said, tuple(columns.values()), cells)


def _page() -> None:
    scope = require("approvals.decide")
    page_header(
        _("Approvals and reports"),
        _("What waits for a decision, and what was decided: signatures, reports upward, penalties. As of {at}.", at=fmt_instant(now())),
    )  # fmt: skip
    chosen = period_and_team_filters(scope)
    show_flashes()
    waiting = waiting_rows(scope, chosen.team_id)
    decided = decided_rows(scope, chosen.from_on, chosen.to_on, chosen.team_id)
    _cards(scope, chosen, waiting, decided)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        state = view_filter("state", STATES, "decisions_state")
        kind = choice_filter("kind", _("Kind"), KINDS, "decisions_kind")
    if state != "waiting":
        waiting = waiting[waiting[f"is_{state}"].astype(bool)]
    if kind:
        waiting = waiting[waiting["kind"] == kind]
    _waiting(scope, waiting.reset_index(drop=True), state)
    section(_("Decided in the period"))
    outcome = choice_filter("outcome", _("Decided how"), OUTCOMES, "decisions_outcome")
    if kind:
        decided = decided[decided["kind"] == kind]
    if outcome:
        decided = decided[decided["outcome"] == outcome]
    _decided(scope, chosen, decided.reset_index(drop=True))


_page()
