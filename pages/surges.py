"""Surges: one alert with its cases, its reasoning and what is done about it; without one in the address, all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd
import streamlit as st

from dashboard import navigation, surge_chart, surge_list, surge_panel, surge_report
from dashboard.auth import require
from dashboard.components import (
    count_card,
    explanation,
    page_header,
    refusal,
    section,
)
from dashboard.decisions import show_flash
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_instant, fmt_time, plain
from dashboard.i18n import _, name, sentences
from dashboard.reads import now, open_session, person, rulebook
from dashboard.tables import hint, label_column, table, text_column
from db import surges
from db.models import Complaint, SurgeAlert
from regulations.access import SYSTEM, Scope
from regulations.names import NAMES

_CASE_COLOURS = {"open": "orange", "answered": "blue", "closed": "green"}


def _asked() -> int | None:
    """The alert in the address; None for none, or for anything that cannot be one."""
    text = st.query_params.get("alert", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _header() -> None:
    page_header(
        _("Surges"), _("Complaints of one type that came close together, and what was done about them.")
    )


def _one(scope: Scope, alert_id: int) -> None:
    at = now()
    with open_session() as session:
        try:
            alert = surges.get_alert(session, scope, alert_id)
        except LookupError:
            alert = None
        if alert is not None:
            cases = surges.list_cases(session, scope, alert)
            total = surges.count_cases(session, scope, [alert])[alert.id].all
            bins = surges.profile(session, alert, rulebook(), at)
    if alert is None:
        _header()
        refusal(
            _("There is no such surge"),
            _("The address names none, or none with a case of your teams."),
            icon="search_off",
        )
        navigation.link("surges", _("All surges"), ":material/arrow_back:")
        return
    page_header(
        _("Surge: {title}", title=surge_panel.title(alert)),
        sentences(surge_panel.peak_sentence(alert), surge_panel.going_sentence(alert, at)),
    )
    navigation.link("surges", _("All surges"), ":material/arrow_back:")
    show_flash(surge_panel.PANEL)
    st.markdown(surge_panel.state_badge(alert, at))
    _cards(alert, cases, total, at)
    left, right = st.columns([3, 2], gap="large")
    with left:
        section(_("Against what is usual"))
        _chart(bins, alert)
    with right:
        section(_("Why this is a surge"))
        explanation(alert.steps)
    _actions(scope, alert, cases)
    section(_("The cases behind it"), _cases_sentence(len(cases), total))
    _cases(scope, alert, cases)
    section(_("What happened"))
    _history(alert)
    if alert.closed_at is not None or not scope.may("surges.act"):
        surge_report.show_reports(scope, alert, cases)


def _cards(alert: SurgeAlert, cases: list[Complaint], total: int, at: datetime) -> None:
    window = fmt_duration(alert.window_seconds)
    columns = st.columns(4)
    with columns[0]:
        count_card(
            _("In the fullest window"),
            alert.count,
            _("within {window}, up to {at}", window=window, at=fmt_instant(alert.peak_at)),
        )
    with columns[1]:
        beyond = _("{n} of them in your teams", n=len(cases)) if len(cases) < total else _("all listed below")
        count_card(_("Cases in all"), total, beyond)
    with columns[2], st.container(border=True, height="stretch", gap="xsmall"):
        usual = NOTHING if alert.baseline is None else fmt_count(alert.baseline)
        st.metric(_("Usual"), usual)
        st.caption(plain(_("on average in the same hours of the weeks before")))
    with columns[3], st.container(border=True, height="stretch", gap="xsmall"):
        st.metric(
            _("Time to acknowledge"),
            fmt_duration(
                ((alert.acknowledged_at or alert.closed_at or at) - alert.raised_at).total_seconds()
            ),
        )
        st.caption(plain(_due_sentence(alert)))


def _due_sentence(alert: SurgeAlert) -> str:
    if alert.acknowledge_due_at is None:
        return _("the rulebook sets no limit")
    due = fmt_instant(alert.acknowledge_due_at)
    if alert.acknowledged_at is None:
        return _("not acknowledged yet; due by {at}", at=due)
    if surge_list.is_in_time(alert):
        return _("in time: it was due by {at}", at=due)
    return _("too late: it was due by {at}", at=due)


def _chart(bins: Sequence[surges.Bin], alert: SurgeAlert) -> None:
    frame = pd.DataFrame(
        [
            {
                "label": fmt_instant(one.ends_at)[5:],
                "span": f"{fmt_time(one.begins_at)}–{fmt_time(one.ends_at)}",
                "count": one.count,
                "usual": one.usual,
                "most": one.most,
                "is_peak": one.ends_at == alert.peak_at,
            }
            for one in bins
        ],
        columns=["label", "span", "count", "usual", "most", "is_peak"],
    ).astype({"usual": "float64", "most": "float64"})
    chart, sentence = surge_chart.against_usual(frame)
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _actions(scope: Scope, alert: SurgeAlert, cases: list[Complaint]) -> None:
    if alert.closed_at is not None:
        return
    section(
        _("What to do"), _("Told to whoever is in charge at once; leadership learns of a failure (D1.10).")
    )
    if not scope.may("surges.act"):
        st.caption(_("Supervisors and managers take charge of a surge; your role looks on."))
        return
    left, right = st.columns(2, gap="large")
    with left, st.container(border=True):
        if alert.acknowledged_at is None:
            st.markdown(f"**{plain(_('Acknowledge'))}**")
            surge_panel.acknowledge_form(alert)
        else:
            st.markdown(f"**{plain(_('Close the surge'))}**")
            surge_panel.close_form(alert)
    with right, st.container(border=True):
        surge_report.show(scope, alert, cases)


def _cases_sentence(seen: int, total: int) -> str:
    if seen == total:
        return _("{n} cases, from the first window to one window after the last that kept it up.", n=seen)
    return _("{n} cases of your teams; {m} more belong to others.", n=seen, m=total - seen)


def _cases(scope: Scope, alert: SurgeAlert, cases: list[Complaint]) -> None:
    rows = pd.DataFrame(
        [
            {
                "number": case.number,
                "received": fmt_instant(case.received_at),
                "status": [name("complaint_status", case.status)],
                "summary": case.summary,
                "product": case.product or NOTHING,
                "channel": name("complaint_channel", case.channel),
                "department": case.department or NOTHING,
                "who": case.agent.name,
                "team": case.team.name,
            }
            for case in cases
        ]
    )
    states = {
        name("complaint_status", code): _CASE_COLOURS.get(code, "gray") for code in NAMES["complaint_status"]
    }
    opened = table(
        rows,
        {
            "number": text_column(_("Number"), 150),
            "received": text_column(_("Received"), 135),
            "status": label_column(_("State"), list(states), list(states.values()), 90),
            "summary": text_column(_("Matter"), 330),
            "product": text_column(_("Product"), 130),
            "channel": text_column(_("Channel"), 80),
            "department": text_column(_("Responsible department"), 110),
            "who": text_column(_("Responsible"), 80),
            "team": text_column(_("Team"), 100),
        },
        key=f"surge_cases_{alert.id}",
    )
    hint()
    if opened is not None and navigation.may_open(scope, "case"):
        navigation.go("case", {"case": str(rows.iloc[opened]["number"])})


def _history(alert: SurgeAlert) -> None:
    raised = _("Raised by the desk at {at}.", at=fmt_instant(alert.raised_at))
    if (alert.raised_at - alert.started_at).total_seconds() > alert.window_seconds:
        raised = sentences(raised, _("The complaint that tipped it was recorded late."))
    lines = [f":material/notifications_active: {plain(raised)}"]
    if alert.acknowledged_at is not None:
        who = _(
            "Acknowledged by {who} at {at}:",
            who=person(alert.acknowledged_by),
            at=fmt_instant(alert.acknowledged_at),
        )
        lines.append(f":material/front_hand: {plain(who)} {plain(alert.plan)}")
    if alert.closed_at is not None:
        at = fmt_instant(alert.closed_at)
        if alert.closed_by == SYSTEM.actor:
            text = _("Closed by the desk at {at}, when the next surge began; nobody had closed it.", at=at)
            lines.append(f":material/task_alt: {plain(text)}")
        else:
            text = _("Closed by {who} at {at}:", who=person(alert.closed_by), at=at)
            lines.append(f":material/task_alt: {plain(text)} {plain(alert.outcome)}")
    st.markdown("\n".join(f"- {line}" for line in lines))


def _page() -> None:
    scope = require("complaints.view")
    alert_id = _asked()
    if alert_id is None and "alert" not in st.query_params:
        _header()
        surge_list.show(scope)
    else:
        _one(scope, alert_id if alert_id is not None else 0)


_page()
