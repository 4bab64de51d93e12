"""The clocks of one case: drawn along the time, and each deadline with its reasoning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboard import charts_time
from dashboard.complaint_lists import clock_state
from dashboard.components import empty, explanation, section
from dashboard.formats import NOTHING, fmt_instant, fmt_time_left, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import open_session, rulebook
from db import complaints
from db.models import Complaint, ComplaintClock
from regulations.complaints import CLOCKS
from regulations.values import Duration, Unit
from regulations.verdict import Step

Said = Mapping[tuple[str, int], Sequence[Step]]
_ORDER = {rule.clock: place for place, rule in enumerate(CLOCKS)}


def title_of(clock: ComplaintClock) -> str:
    """What a clock is called: its round where it comes round again, its department where it is one's."""
    title = name("clock", clock.clock)
    if clock.department:
        return f"{title} · {clock.department}"
    return f"{title} {clock.ordinal}" if clock.ordinal > 1 else title


def lane_of(clock: ComplaintClock) -> str:
    """The lane a clock is drawn in: contacts come round every few days and share one."""
    return name("clock", clock.clock) if clock.clock == "progress" else title_of(clock)


def limit_text(clock: ComplaintClock) -> str:
    """The clock's limit in words; a clock that runs to a named date has none."""
    if not clock.limit:
        return NOTHING
    return Duration(Decimal(str(clock.limit["value"])), Unit(clock.limit["unit"])).text(lang())


def _local(at: datetime) -> pd.Timestamp:
    """Wall clock time without a zone, as the charts take it."""
    return pd.Timestamp(at.astimezone(site_zone()).replace(tzinfo=None))


def timeline_frame(case: Complaint, at: datetime) -> pd.DataFrame:
    """Every clock of the case as charts_time.case_timeline takes them, in the order in which a case meets them."""
    ordered = sorted(case.clocks, key=lambda c: (_ORDER.get(c.clock, len(_ORDER)), c.ordinal))
    return pd.DataFrame(
        [
            {
                "lane": lane_of(clock),
                "started": _local(clock.started_at),
                "due": _local(clock.due_at),
                "met": _local(clock.met_at) if clock.met_at else pd.NaT,
                "end": _local(clock.met_at or at),
                "state": clock_state(clock, at),
                "limit": limit_text(clock),
                "due_text": fmt_instant(clock.due_at),
                "met_text": fmt_instant(clock.met_at),
            }
            for clock in ordered
        ]
    )


def show_timeline(case: Complaint, at: datetime) -> None:
    """The case along the time."""
    section(_("Clocks"))
    clocks = timeline_frame(case, at)
    if clocks.empty:
        empty(
            _("No clock runs on this case"), _("The rulebook it was received under sets no deadline for it.")
        )
        return
    events = pd.DataFrame(
        [
            {
                "at": _local(e.at),
                "label": " · ".join(part for part in (name("complaint_event", e.kind), e.department) if part),
                "text": fmt_instant(e.at),
            }
            for e in case.events
        ],
        columns=["at", "label", "text"],
    )
    chart, sentence = charts_time.case_timeline(clocks, events, _local(at))
    st.altair_chart(chart, width="stretch", alt=sentence)
    st.caption(plain(sentence))


def show_deadlines(case: Complaint, at: datetime) -> None:
    """Every clock with its reasoning; what is done and was in time only when asked for."""
    section(_("Why these deadlines"))
    clocks = sorted(case.clocks, key=lambda c: (c.met_at is not None, c.due_at))
    pressing = [c for c in clocks if c.met_at is None or clock_state(c, at) == "breached"]
    calm = [c for c in clocks if c not in pressing]
    said = _said_now(case, at)
    for clock in pressing:
        _deadline(clock, said, at)
    if calm and (
        not pressing
        or st.toggle(_("Show the {n} that were met in time", n=len(calm)), key=f"calm:{case.number}")
    ):
        for clock in calm:
            _deadline(clock, said, at)


def _deadline(clock: ComplaintClock, said: Said, at: datetime) -> None:
    state = clock_state(clock, at)
    symbol = charts_time.STATE_SYMBOLS.get(state, "")
    when = _("met {at}", at=fmt_instant(clock.met_at)) if clock.met_at else fmt_time_left(clock.due_at, at)
    colour = {"breached": "red", "due_soon": "orange", "met": "green"}.get(state, "gray")
    title = (
        f":{colour}[{symbol} **{plain(name('clock_state', state))}**] · {plain(title_of(clock))} · "
        f"{plain(_('due {at}', at=fmt_instant(clock.due_at)))} · {plain(when)}"
    )
    with st.expander(title, expanded=state in ("breached", "due_soon") and clock.met_at is None):
        now_said = said.get((clock.clock, clock.ordinal), ())
        # How an open clock stands was true when it was written; what is decided stays in the words of its day.
        explanation(now_said or clock.steps if clock.met_at is None else clock.steps or now_said)
        st.caption(
            plain(
                _(
                    "Limit {limit} · rulebook {version}",
                    limit=limit_text(clock),
                    version=clock.rulebook_version,
                )
            )
        )
        if clock.is_provisional:
            st.caption(
                plain(_("The holidays of that year are not published yet: this deadline is provisional."))
            )


def _said_now(case: Complaint, at: datetime) -> Said:
    """Every clock of the case worded for now, its deadline as it was set: for the open ones, and for those that
    came with a spreadsheet and were stored without words.
    """
    with open_session() as session:
        told = complaints.explained_clocks(session, case, rulebook(), at)
    return {(clock.clock, clock.ordinal): clock.steps for clock in told}
