"""Surges as people see them: the alerts on Today, what is watched, and the forms to take charge of one and to end it."""

from __future__ import annotations

from datetime import datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import navigation
from dashboard.decisions import attempt, show_flash, typed
from dashboard.formats import fmt_count, fmt_duration, fmt_instant, fmt_time_left, plain
from dashboard.i18n import N_, _, lang, listed, name, sentences
from dashboard.reads import now, open_session, person, rulebook
from db import surges
from db.models import SurgeAlert
from regulations import surge_steps
from regulations.access import Scope

PANEL = "surge"
MOST_ON_TODAY = 5
FIELDS = {
    "category": N_("category"),
    "product": N_("product"),
    "channel": N_("channel"),
    "department": N_("department"),
}
_LONGEST_NOTE = 2000


def show(scope: Scope, team_id: int | None = None) -> None:
    """Draw the alerts nobody has closed, a line each, or what is watched when there is none (D1.8, D1.10)."""
    if not navigation.may_open(scope, "surges"):
        return
    at = now()
    with open_session() as session:
        alerts = surges.list_alerts(session, scope, open_only=True, team_id=team_id)
        counts = surges.count_cases(session, scope, alerts, team_id)
        watch = surges.watch_state(session, rulebook(), at) if not alerts else None
    show_flash(PANEL)
    for alert in alerts[:MOST_ON_TODAY]:
        _line(scope, alert, counts[alert.id], at)
    if len(alerts) > MOST_ON_TODAY:
        more = _("{n} more surges are open", n=len(alerts) - MOST_ON_TODAY)
        navigation.link("surges", more, ":material/trending_up:")
    if watch is not None:
        left, right = st.columns([5, 1], vertical_alignment="center")
        left.caption(plain(watch_sentence(watch, at)))
        with right:
            navigation.link("surges", _("Earlier surges"), ":material/history:")


def _line(scope: Scope, alert: SurgeAlert, cases: surges.CaseCount, at: datetime) -> None:
    with st.container(border=True, key=f"surge_{alert.id}"):
        left, middle, right = st.columns([6, 1.3, 1.3], vertical_alignment="center")
        colour = "red" if alert.acknowledged_at is None else "blue"
        left.markdown(
            f":{colour}[:material/trending_up:] **{plain(_('Surge: {title}', title=title(alert)))}** "
            f"{state_badge(alert, at)}  \n{plain(sentences(peak_sentence(alert), going_sentence(alert, at)))}"
        )
        with middle:
            if surges.state_of(alert) == "raised" and scope.may("surges.act"):
                with st.popover(_("Acknowledge"), icon=":material/front_hand:", width="stretch"):
                    acknowledge_form(alert)
        with right:
            label = _("Show the {n} cases", n=fmt_count(cases.seen))
            navigation.link("surges", label, ":material/list:", alert=str(alert.id))


def title(alert: SurgeAlert) -> str:
    """What the complaints are about."""
    return surge_steps.group_text(surges.group_of(alert), lang())


def state_badge(alert: SurgeAlert, at: datetime) -> str:
    """Where the alert stands, and how long there is to acknowledge it (Markdown)."""
    state = surges.state_of(alert)
    words = name("surge_state", state)
    if state == "closed":
        return f":green-badge[:material/check: {plain(words)}]"
    if state == "acknowledged":
        by = _(
            "{state} · {who} since {at}",
            state=words,
            who=person(alert.acknowledged_by),
            at=fmt_instant(alert.acknowledged_at),
        )
        return f":blue-badge[{plain(by)}]"
    if alert.acknowledge_due_at is None:
        return f":red-badge[{plain(words)}]"
    left = fmt_time_left(alert.acknowledge_due_at, at)
    return f":red-badge[:material/alarm: {plain(_('{state} · {left}', state=words, left=left))}]"


def peak_sentence(alert: SurgeAlert) -> str:
    """How many in the fullest window, against how many usually."""
    window = fmt_duration(alert.window_seconds)
    count = _("{count} complaints within {window}.", count=fmt_count(alert.count), window=window)
    if alert.baseline is None:
        return count
    if not alert.baseline:
        return sentences(count, _("Usually none at this time of day."))
    usual = fmt_count(alert.baseline) if alert.baseline >= 0.01 else "< 0.01"
    return sentences(count, _("Usually {baseline} at this time of day.", baseline=usual))


def going_sentence(alert: SurgeAlert, at: datetime) -> str:
    """Since when, and whether it still goes on."""
    started, last = fmt_instant(alert.started_at), fmt_instant(alert.last_at)
    if surges.is_active(alert, at):
        return _("Since {started}, still going on.", started=started)
    return _("From {started} to {last}, quiet since.", started=started, last=last)


def watch_sentence(watch: surges.Watch, at: datetime) -> str:
    """What is watched and since when, or why nothing can be raised yet and until when."""
    if watch.terms is None:
        return _("The rulebook in force watches for no surges of complaints.")
    if watch.known_since is None or watch.ready_at is None:
        return _("No surge can be told yet: there are no complaints to say what is usual.")
    if at < watch.ready_at:
        return _(
            "No surge can be told yet: the records begin {since}, and what is usual takes {weeks} weeks to know."
            " Surges are raised from {ready} on.",
            since=fmt_instant(watch.known_since),
            weeks=watch.terms.weeks,
            ready=fmt_instant(watch.ready_at),
        )
    return sentences(_("No surge of complaints is open."), terms_sentence(watch))


def terms_sentence(watch: surges.Watch) -> str:
    """When an alert is raised, in one sentence."""
    terms = watch.terms
    if terms is None:
        return ""
    return _(
        "Watched since {since}: complaints of the same {fields}; raised from {count} within {window}, if that is"
        " {ratio} times the usual and chance does it no more than once in {odds} such windows.",
        since=fmt_instant(watch.ready_at),
        fields=listed(
            " + ".join(_(FIELDS[field]) for field in terms.fields[:depth])
            for depth in range(1, len(terms.fields) + 1)
        ),
        count=terms.min_count,
        window=fmt_duration(terms.window.total_seconds()),
        ratio=fmt_count(terms.min_ratio or 0),
        odds=surge_steps.odds(terms.significance or 1.0),
    )


def acknowledge_form(alert: SurgeAlert) -> None:
    """Take charge of it: what is done, and what the agents tell customers (D1.9, D1.10)."""
    with st.form(f"surge_acknowledge:{alert.id}", border=False):
        st.text_area(
            _("What is done, and what agents tell customers"),
            key=f"surge_plan:{alert.id}",
            max_chars=_LONGEST_NOTE,
            height=110,
            placeholder=_(
                "e.g. engineers informed; told to customers: charged twice by mistake, refunded in 24 h"
            ),
        )
        st.form_submit_button(
            _("Acknowledge, I take charge"),
            key=f"surge_send_plan:{alert.id}",
            type="primary",
            icon=":material/front_hand:",
            on_click=_acknowledge,
            args=(alert.id, alert.row_version),
        )


def close_form(alert: SurgeAlert) -> None:
    """End it: what it was, what came of it."""
    with st.form(f"surge_close:{alert.id}", border=False):
        st.text_area(
            _("What it was, and what came of it"),
            key=f"surge_outcome:{alert.id}",
            max_chars=_LONGEST_NOTE,
            height=110,
        )
        st.form_submit_button(
            _("Close the surge"),
            key=f"surge_send_outcome:{alert.id}",
            icon=":material/task_alt:",
            on_click=_close,
            args=(alert.id, alert.row_version),
        )


def _acknowledge(alert_id: int, seen: int) -> None:
    """Runs before the page is made again."""

    def write(session: Session, scope: Scope) -> None:
        plan = typed(f"surge_plan:{alert_id}")
        surges.acknowledge(session, scope, alert_id, plan=plan, expected_version=seen, now=now())

    attempt(PANEL, _("Acknowledged: you are in charge of this surge."), write)


def _close(alert_id: int, seen: int) -> None:
    def write(session: Session, scope: Scope) -> None:
        outcome = typed(f"surge_outcome:{alert_id}")
        surges.close(session, scope, alert_id, outcome=outcome, expected_version=seen, now=now())

    attempt(PANEL, _("The surge is closed."), write)
