"""One complaint: its facts, its clocks along the time, why each deadline is where it is, what happened."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard import charts_time, navigation
from dashboard.auth import require
from dashboard.complaint_lists import clock_state, clock_title
from dashboard.components import empty, explanation, page_header, refusal, section, told
from dashboard.formats import NOTHING, fmt_instant, fmt_time_left, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import forget, now, open_session, rulebook
from db import complaints
from db.models import Complaint, ComplaintClock
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES
from regulations.values import Duration, Unit

_FLASH = "case_flash"


def _limit(clock: ComplaintClock) -> str:
    if not clock.limit:
        return NOTHING
    return Duration(Decimal(str(clock.limit["value"])), Unit(clock.limit["unit"])).text(lang())


def _local(at: datetime) -> pd.Timestamp:
    """Wall clock time without a zone, as the charts take it."""
    return pd.Timestamp(at.astimezone(site_zone()).replace(tzinfo=None))


def _facts(case: Complaint) -> None:
    rows = (
        (_("Received"), fmt_instant(case.received_at)),
        (_("Channel"), name("complaint_channel", case.channel)),
        (_("Category"), name("complaint_category", case.category)),
        (_("Product"), case.product or NOTHING),
        (_("Severity"), name("severity", case.severity)),
        (_("Responsible department"), case.department or NOTHING),
        (_("First responsible person"), f"{case.agent.name} ({case.agent.number})"),
        (_("Team"), case.team.name),
        (
            _("Customer"),
            " ".join(part for part in (case.customer_name, case.customer_phone) if part) or NOTHING,
        ),
    )
    with st.container(border=True):
        st.markdown(plain(case.summary))
        for start in range(0, len(rows), 3):
            for column, (label, value) in zip(st.columns(3), rows[start : start + 3], strict=False):
                column.markdown(f":gray[:small[{plain(label)}]]  \n{plain(value)}")


def _timeline(case: Complaint, at: datetime) -> None:
    clocks = pd.DataFrame(
        [
            {
                "lane": clock_title(clock),
                "started": _local(clock.started_at),
                "due": _local(clock.due_at),
                "met": _local(clock.met_at) if clock.met_at else pd.NaT,
                "end": _local(clock.met_at or at),
                "state": clock_state(clock, at),
                "limit": _limit(clock),
                "due_text": fmt_instant(clock.due_at),
                "met_text": fmt_instant(clock.met_at),
            }
            for clock in case.clocks
        ]
    )
    if clocks.empty:
        empty(
            _("No clock runs on this case"), _("The rulebook it was received under sets no deadline for it.")
        )
        return
    events = pd.DataFrame(
        [
            {"at": _local(e.at), "label": name("complaint_event", e.kind), "text": fmt_instant(e.at)}
            for e in case.events
        ],
        columns=["at", "label", "text"],
    )
    chart, sentence = charts_time.case_timeline(clocks, events, _local(at))
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def _deadlines(case: Complaint, at: datetime) -> None:
    """Every clock with its reasoning; what is done and was in time only when asked for."""
    clocks = sorted(case.clocks, key=lambda c: (c.met_at is not None, c.due_at))
    pressing = [c for c in clocks if c.met_at is None or clock_state(c, at) == "breached"]
    calm = [c for c in clocks if c not in pressing]
    for clock in pressing:
        _deadline(clock, at)
    if calm and (
        not pressing
        or st.toggle(_("Show the {n} that were met in time", n=len(calm)), key=f"calm:{case.number}")
    ):
        for clock in calm:
            _deadline(clock, at)


def _deadline(clock: ComplaintClock, at: datetime) -> None:
    state = clock_state(clock, at)
    symbol = charts_time.STATE_SYMBOLS.get(state, "")
    when = _("met {at}", at=fmt_instant(clock.met_at)) if clock.met_at else fmt_time_left(clock.due_at, at)
    colour = {"breached": "red", "due_soon": "orange", "met": "green"}.get(state, "gray")
    title = (
        f":{colour}[{symbol} **{plain(name('clock_state', state))}**] · {plain(clock_title(clock))} · "
        f"{plain(_('due {at}', at=fmt_instant(clock.due_at)))} · {plain(when)}"
    )
    with st.expander(title, expanded=state in ("breached", "due_soon") and clock.met_at is None):
        explanation(clock.steps)
        st.caption(
            plain(
                _("Limit {limit} · rulebook {version}", limit=_limit(clock), version=clock.rulebook_version)
            )
        )
        if clock.is_provisional:
            st.caption(
                plain(_("The holidays of that year are not published yet: this deadline is provisional."))
            )


def _history(case: Complaint) -> None:
    """What happened, the latest first."""
    lines = []
    for event in reversed(case.events):
        who = " · ".join(part for part in (fmt_instant(event.at), event.actor, event.department) if part)
        note = f"  \n{plain(event.note)}" if event.note else ""
        lines.append(f"- **{plain(name('complaint_event', event.kind))}** :gray[{plain(who)}]{note}")
    with st.container(border=True, height=420 if len(lines) > 9 else "content"):
        st.markdown("\n".join(lines))


def _record(number: str) -> None:
    """Runs before the page is made again, with the version of the case that the viewer was looking at."""
    seen = st.session_state.get(f"seen:{number}")
    local = st.session_state["event_at"]
    kind = st.session_state["event_kind"]
    if seen is None or local is None or kind is None:
        st.session_state[_FLASH] = ("warning", _("Choose what happened and when."))
        return
    scope = require("complaints.act")
    at = local.replace(tzinfo=site_zone())
    try:
        with open_session() as session:
            complaints.record_event(
                session,
                scope,
                complaints.get_complaint(session, scope, number),
                kind,
                at,
                st.session_state["event_note"].strip(),
                seen,
                rulebook(),
                now(),
                department=st.session_state["event_department"].strip(),
            )
    except complaints.StaleCase as stale:
        st.session_state[_FLASH] = ("stale", stale.text(lang()))
    except Refused as refused:
        st.session_state[_FLASH] = ("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = ("warning", _("You may not record events on this case."))
    else:
        st.session_state[_FLASH] = ("done", _("Recorded: {event}", event=name("complaint_event", kind)))
        st.session_state["event_note"] = ""
    forget()


def _possible(case: Complaint) -> list[str]:
    """What can still happen to the case."""
    if case.status == "closed":
        return ["reopened", "note"]
    return [kind for kind in NAMES["complaint_event"] if kind not in ("received", "reopened")]


def _action(case: Complaint, scope: Scope) -> None:
    if not scope.may("complaints.act"):
        return
    section(
        _("Record what happened"),
        _("The deadlines are met by what is recorded here; nothing is overwritten."),
    )
    with st.form("record", border=True):
        left, right = st.columns(2)
        left.selectbox(
            _("Event"), _possible(case), format_func=lambda k: name("complaint_event", k), key="event_kind"
        )
        local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
        right.datetime_input(_("When it happened"), value=local_now, max_value=local_now, key="event_at")
        st.text_input(
            _("Department"), key="event_department", max_chars=80, placeholder=_("when it is forwarded")
        )
        st.text_area(_("Note"), key="event_note", max_chars=2000, height=80)
        st.form_submit_button(
            _("Record"), type="primary", icon=":material/add_task:", on_click=_record, args=(case.number,)
        )


def _flash() -> None:
    kind, text = st.session_state.pop(_FLASH, (None, ""))
    if kind == "stale":
        told(_("Somebody else was quicker"), text)
    elif kind == "warning":
        st.warning(plain(text), icon=":material/error:")
    elif kind == "done":
        st.success(plain(text), icon=":material/check_circle:")


def _show() -> None:
    scope = require("complaints.view")
    number = st.query_params.get("case", "")
    try:
        with open_session() as session:
            case = complaints.get_complaint(session, scope, number)
    except LookupError:
        page_header(_("Case"), _("One complaint with its deadlines and the reasons for them."))
        refusal(
            _("There is no such case"),
            _("No complaint in your teams has this number. It may belong to another team."),
            icon="search_off",
        )
        navigation.link("complaints", _("All complaints"), ":material/arrow_back:")
        return
    at = now()
    navigation.link("complaints", _("All complaints"), ":material/arrow_back:")
    page_header(
        _("Case {number}", number=case.number),
        _(
            "{status} · {category} · received {at}",
            status=name("complaint_status", case.status),
            category=name("complaint_category", case.category),
            at=fmt_instant(case.received_at),
        ),
    )
    _flash()
    _facts(case)
    section(_("Clocks"))
    _timeline(case, at)
    left, right = st.columns([3, 2], gap="large")
    with left:
        section(_("Why these deadlines"))
        _deadlines(case, at)
    with right:
        section(_("What happened"))
        _history(case)
        _action(case, scope)
    st.session_state[f"seen:{case.number}"] = case.row_version


_show()
