"""Monthly meeting: this month against target and last month, one topic a screen, to take away as files."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import meeting, meeting_words, reads
from dashboard.auth import require
from dashboard.charts import rate_trend
from dashboard.components import empty, figure_card, page_header, section
from dashboard.exports.pptx import meeting_slides
from dashboard.exports.xlsx import meeting_workbook
from dashboard.formats import NOTHING, fmt_instant, fmt_month, fmt_percent, fmt_quantity, plain
from dashboard.i18n import _, lang
from dashboard.tables import text_column
from db import meetings
from db.metrics import Figure

MOST_CARDS_A_ROW = 5
MOST_CLAUSES = 4
OVERVIEW = "overview"
SLIDES_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

scope = require("meeting.view")
today = reads.today()
months = meeting.months_back(today)

page_header(
    _("Monthly meeting"),
    _("What the meeting needs: each figure against its target and last month, one topic a screen."),
)


def chosen_month() -> str:
    """The month of the address, or the last complete one."""
    asked = st.query_params.get("month")
    default = asked if asked in months else meeting.last_complete_month(today)
    month = st.selectbox(
        _("Month"), months, index=months.index(default), format_func=fmt_month, key="meeting_month", width=180
    )
    st.query_params["month"] = month
    return month


@st.cache_data(ttl=reads.TTL_SECONDS, show_spinner=False, max_entries=100)
def read_pack(viewer: object, language: str, month: str, minute: object) -> meeting.MeetingPack:
    """The pack, kept for a minute for each viewer's scope and language."""
    with reads.open_session() as session:
        closed = meetings.closed_month(session, month)
        words = (
            _("Closed on {at} by {who}.", at=fmt_instant(closed.closed_at), who=closed.closed_by)
            if closed
            else ""
        )
        return meeting.build_pack(session, scope, month, reads.rulebook(), reads.now(), today, closed=words)


top = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
with top:
    month = chosen_month()
with st.spinner(_("Counting the month …")):
    pack = read_pack(scope, lang(), month, reads.minute())

with top:
    name = f"{_('monthly-meeting')}-{month}"
    if scope.may("meeting.export"):
        st.download_button(
            _("Spreadsheet (xlsx)"),
            lambda: meeting_workbook(pack),
            f"{name}.xlsx",
            BOOK_TYPE,
            icon=":material/table_view:",
            on_click="ignore",
            key="download_xlsx",
        )
        st.download_button(
            _("Slides (pptx)"),
            lambda: meeting_slides(pack),
            f"{name}.pptx",
            SLIDES_TYPE,
            icon=":material/slideshow:",
            on_click="ignore",
            key="download_pptx",
        )
    if scope.may("meeting.close") and not pack.closed and not pack.is_running:
        with st.popover(_("Close the month"), icon=":material/lock:"):
            st.write(
                _(
                    "Closing fixes the figures as they are now, with your name and the time. It cannot be undone."
                )
            )
            if st.button(_("Close {month}", month=fmt_month(month)), type="primary", key="close_month"):
                with reads.open_session() as session:
                    meetings.close_month(session, scope, month, reads.rulebook(), reads.now())
                reads.forget()
                st.rerun()
st.caption(plain(meeting_words.made_line(pack)))
if pack.closed and scope.team_ids is None:  # the figures that were fixed are those of the whole department
    with reads.open_session() as session:
        fixed = meetings.closed_month(session, month)
    changed = meeting_words.changed_since_closing(pack, fixed.figures if fixed else {})
    if changed:
        with st.expander(_("{n} figures have changed since the month was closed", n=len(changed))):
            st.markdown("\n".join(f"- {plain(line)}" for line in changed))

topics = {topic.code: topic for topic in pack.topics}
asked_topic = st.query_params.get("topic", OVERVIEW)
code = st.segmented_control(
    _("Topic"),
    [OVERVIEW, *topics],
    default=asked_topic if asked_topic in topics else OVERVIEW,
    format_func=lambda c: _("Overview") if c == OVERVIEW else topics[c].title,
    key="meeting_topic",
    label_visibility="collapsed",
    required=True,
)
st.query_params["topic"] = str(code)


def show_overview() -> None:
    """Every figure of the meeting in one table, furthest from its target first."""
    lines = [(topic, line) for topic in pack.topics for line in topic.lines]
    lines.sort(key=lambda pair: (pair[1].meets_target is not False, -_distance(pair[1])))
    for topic in pack.topics:
        with st.container(border=True, gap="xsmall"):
            st.markdown(f"**{plain(topic.title)}**")
            st.markdown(plain(topic.sentence))
    section(_("All figures, furthest from their target first"))
    st.dataframe(
        pd.DataFrame(
            {
                _("Topic"): topic.title.split("：")[0].split(":")[0],
                _("Figure"): line.name,
                _("This month"): fmt_quantity(line.this.value, line.this.unit),
                _("Cases"): meeting_words.cases_text(line.this),
                _("Target"): fmt_quantity(line.this.target, line.this.unit),
                _("Last month"): fmt_quantity(line.previous.value, line.previous.unit),
                _("Change"): meeting_words.shown_change(line.change, line.this.unit),
                _("Reached"): {True: _("yes"), False: _("no"), None: NOTHING}[line.meets_target],
                _("Clauses"): _few(line.this.clauses),
            }
            for topic, line in lines
        ),
        column_config={
            _("Topic"): text_column(_("Topic"), 95),
            _("Figure"): text_column(_("Figure"), 185),
            _("This month"): text_column(_("This month"), 95),
            _("Cases"): text_column(_("Cases"), 150),
            _("Target"): text_column(_("Target"), 60),
            _("Last month"): text_column(_("Last month"), 95),
            _("Change"): text_column(_("Change"), 105),
            _("Reached"): text_column(_("Reached"), 70),
            _("Clauses"): text_column(_("Clauses"), 215),
        },
        hide_index=True,
        height="content",
    )


def _few(clauses: tuple[str, ...]) -> str:
    """The first clauses; all of them stand in the spreadsheet."""
    more = len(clauses) - MOST_CLAUSES
    said = " ".join(clauses[:MOST_CLAUSES])
    return f"{said} +{more}" if more > 0 else said


def _distance(line: meeting.Line) -> float:
    if line.this.value is None or line.this.target is None:
        return 0.0
    return abs(line.this.target - line.this.value)


def show_topic(topic: meeting.Topic) -> None:
    """One screen: the sentence, the figures, the trend of thirteen months, the teams side by side."""
    st.markdown(f"#### {plain(topic.sentence)}")
    size = len(topic.lines)
    a_row = (
        size if size <= MOST_CARDS_A_ROW else -(-size // 2)
    )  # all alike wide, the last row filled from the left
    for start in range(0, size, a_row):
        row = topic.lines[start : start + a_row]
        for column, line in zip(st.columns(a_row), row, strict=False):
            with column:
                figure_card(line.this, line.previous)
    section(_("{name}, thirteen months", name=topic.trend_name))
    chart, sentence = rate_trend(meeting.trend_frame(topic), meeting.trend_target(topic))
    st.altair_chart(chart, width="stretch")
    st.caption(plain(sentence))
    section(_("By team"))
    if not topic.by_team:
        empty(_("No cases in this month"), _("Choose another month, or import the month's data."))
        return
    st.dataframe(
        pd.DataFrame(
            {
                _("Team"): team,
                **{line.name: _with_cases(f) for line, f in zip(topic.lines, figures, strict=True)},
            }
            for team, figures in topic.by_team
        ),
        hide_index=True,
    )


def _with_cases(figure: Figure) -> str:
    if figure.low is not None:  # an estimate is no quotient
        return f"{fmt_quantity(figure.value, figure.unit)} ({figure.low:.1f}–{figure.high:.1f})"
    if figure.unit not in ("percent", "%"):
        return fmt_quantity(figure.value, figure.unit)
    return (
        f"{fmt_percent(figure.numerator, figure.denominator)} ({figure.numerator:,}/{figure.denominator:,})"
    )


if code in topics:
    show_topic(topics[str(code)])
else:
    show_overview()
