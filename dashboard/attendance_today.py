"""Today's board: who is missing and whether the rest of the day is covered, first; it refreshes by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import attendance_device, attendance_lists, attendance_off_post
from dashboard.attendance_cover import show_ahead, show_every_stretch
from dashboard.attendance_day import may_call
from dashboard.auth import current_scope
from dashboard.components import count_card, empty, explanation, section
from dashboard.filters import team_filter
from dashboard.formats import NOTHING, fmt_count, fmt_duration, fmt_time, plain
from dashboard.i18n import _
from dashboard.reads import minute
from dashboard.tables import label_column, number_column, table, text_column
from regulations.access import Scope

REFRESH_SECONDS = 30.0
MOST_NAMED = 8
_STATE, _TEAM, _SPAN, _OPEN = "state", "group", "hours", "shift"  # in the address
_CARDS = (
    "missing",
    "away_over",
    "late",
    "here",
    "on_leave",
    "not_yet",
    "gone",
)  # always; the others where anybody is one
_CARDS_ABREAST = 7


def show_today(scope: Scope, bar: DeltaGenerator) -> None:
    """The whole view, its filter in the bar. To be called at the top level of a page: it holds a block that repeats itself."""
    with bar:
        team_id = team_filter(scope)
    st.fragment(_board, run_every=REFRESH_SECONDS)(team_id)
    if scope.may("attendance.record"):
        attendance_off_post.show_form(scope, team_id)
        attendance_device.show(scope)


def _board(team_id: int | None) -> None:
    # A block that repeats itself runs without the page around it: it asks for itself who is looking.
    scope = current_scope()
    _standing(scope, team_id)
    if scope.may("attendance.record"):
        attendance_off_post.show_away(scope, team_id)  # in here, so that its minutes are those of the board


def _standing(scope: Scope, team_id: int | None) -> None:
    board = attendance_lists.board_rows(scope, team_id)
    st.caption(
        plain(
            _(
                "As of {at}; refreshes every {n} seconds.",
                at=fmt_time(minute()),
                n=fmt_count(REFRESH_SECONDS),
            )
        )
    )
    left, right = st.columns([1, 1], gap="medium")
    with left, st.container(border=True, height="stretch", gap="small"):
        _who_is_missing(scope, board)
    with right, st.container(border=True, height="stretch", gap="small"):
        show_ahead(scope, team_id)
    show_every_stretch(scope, team_id)
    if board.empty:
        empty(
            _("Nobody is on the roster today"),
            _("Import the roster, or it is a day off for these teams."),
            "event_busy",
        )
        return
    _cards(board)
    _people(scope, board)
    _shifts(board)


def _who_is_missing(scope: Scope, board: pd.DataFrame) -> None:
    st.markdown(f"**{plain(_('Who is missing now?'))}**")
    missing = board[board["code"].isin(["missing", "away_over"])]
    if missing.empty:
        words = _("Nobody is missing.") if len(board) else _("Nobody is on the roster today.")
        st.markdown(f":green[:material/check_circle:] {plain(words)}")
        return
    for row in missing.head(MOST_NAMED).to_dict("records"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            icon = "person_off" if row["code"] == "missing" else "timer"
            st.markdown(f":red[:material/{icon}:] **{plain(row['person'])}**", width="content")
            if may_call(scope) and row["phone"] != NOTHING:
                st.link_button(
                    str(row["phone"]),
                    f"tel:{row['phone']}",
                    icon=":material/call:",
                    type="tertiary",
                    key=f"call_{row['shift_id']}",
                )
            st.markdown(f":small[{plain(_said(row))}]", width="content")
    if len(missing) > MOST_NAMED:
        st.caption(plain(_("and {n} more, in the list below", n=fmt_count(len(missing) - MOST_NAMED))))


def _said(row: dict[object, object]) -> str:
    minutes = row["late"] if row["code"] == "missing" else row["away"]
    length = fmt_duration(float(minutes) * 60 if isinstance(minutes, int | float) else None)
    words = (
        _("missing for {length}", length=length)
        if row["code"] == "missing"
        else _("off the post for {length}", length=length)
    )
    return " · ".join([str(row["team"]), str(row["shift"]), words])


def _cards(board: pd.DataFrame) -> None:
    counts = board["code"].value_counts()
    others = [code for code in attendance_lists.PRESENCES if code not in _CARDS and code in counts]
    codes = sorted([*_CARDS, *others], key=attendance_lists.PRESENCES.index)
    rows = -(-len(codes) // _CARDS_ABREAST)
    abreast = -(-len(codes) // rows)
    places = [column for _row in range(rows) for column in st.columns(abreast)]
    for column, code in zip(places, codes, strict=False):
        with column:
            count_card(
                attendance_lists.presence_name(code),
                int(counts.get(code, 0)),
                _("of {n} on today's roster", n=fmt_count(len(board))),
                on_open=lambda code=code: _keep(code),  # type: ignore[misc]
                is_alarm=code in ("missing", "away_over"),
            )
    parts = [
        f"{attendance_lists.presence_name(code)} {fmt_count(int(counts.get(code, 0)))}" for code in codes
    ]
    st.caption(plain(_("On today's roster: {n} = {parts}", n=fmt_count(len(board)), parts=" + ".join(parts))))


def _keep(state: str = "", team: str = "", span: str = "") -> None:
    """Keep some of the list; for callbacks."""
    for param, value in ((_STATE, state), (_TEAM, team), (_SPAN, span)):
        if value:
            st.query_params[param] = value
        elif param in st.query_params:
            del st.query_params[param]


def _shifts(board: pd.DataFrame) -> None:
    """Team by shift, with how many stand how; a click keeps those people in the list above."""
    section(_("By team and shift"), _("Click a number to see the people in the list above."))
    frame = shift_counts(board)
    shown = [code for code in attendance_lists.PRESENCES if code in frame and frame[code].any()]
    st.dataframe(
        frame,
        column_config={
            "team": text_column(_("Team"), 120),
            "shift": text_column(_("Shift"), 110),
            "total": number_column(_("Rostered"), width=75),
            **{code: _presence_column(code) for code in shown},
        },
        column_order=["team", "shift", "total", *shown],
        hide_index=True,
        height="content" if len(frame) <= 9 else 35 * 10,
        key="board_shifts",
        on_select=lambda: _shift_clicked(frame),
        selection_mode="single-cell",
    )


def _presence_column(code: str) -> Any:
    label = attendance_lists.presence_label(code)[0]
    return number_column(label, width=128 if len(label) > 13 else 100)


def shift_counts(board: pd.DataFrame) -> pd.DataFrame:
    """How many stand how, by team and shift in the order of the day. Columns: team, team_id, span, shift, total, each presence."""
    rows = []
    for (team, team_id, span, shift), people in board.groupby(
        ["team", "team_id", "span", "shift"], sort=True
    ):
        counts = people["code"].value_counts()
        rows.append(
            {
                "team": team,
                "team_id": team_id,
                "span": span,
                "shift": shift,
                "total": len(people),
                **{code: int(counts.get(code, 0)) for code in attendance_lists.PRESENCES},
            }
        )
    return pd.DataFrame(rows)


def _shift_clicked(frame: pd.DataFrame) -> None:
    cells = st.session_state["board_shifts"]["selection"]["cells"]
    if not cells or not 0 <= int(cells[0][0]) < len(frame):
        _keep()
        return
    row, column = frame.iloc[int(cells[0][0])], str(cells[0][1])
    state = column if column in attendance_lists.PRESENCES else ""
    _keep(state, str(row["team_id"]), "" if column == "team" else str(row["span"]))


def kept_rows(board: pd.DataFrame, state: str, team: str, span: str) -> pd.DataFrame:
    """The people of the list: everybody, or those of a presence, a team, a shift. What is unknown keeps everybody."""
    kept = board
    if state in attendance_lists.PRESENCES:
        kept = kept[kept["code"] == state]
    if team in {str(one) for one in board["team_id"]}:
        kept = kept[kept["team_id"].astype(str) == team]
    if span in set(board["span"]):
        kept = kept[kept["span"] == span]
    return kept.reset_index(drop=True)


def _people(scope: Scope, board: pd.DataFrame) -> None:
    asked = [st.query_params.get(param, "") for param in (_STATE, _TEAM, _SPAN)]
    shown = kept_rows(board, *asked)
    head, action = st.columns([5, 1], vertical_alignment="bottom")
    with head:
        section(_("Right now"), _list_sentence(shown, board, asked))
    if any(asked):
        action.button(_("Show everybody"), icon=":material/close:", on_click=_keep, key="board_all")
    if shown.empty:
        empty(_("Nobody"), _("Nobody on today's roster stands like that at the moment."), "task_alt")
        return
    labels = [attendance_lists.presence_label(code)[0] for code in attendance_lists.PRESENCES]
    colours = [attendance_lists.COLOURS[code] for code in attendance_lists.PRESENCES]
    columns = {
        "presence": label_column(_("Now"), labels, colours, 142),
        "person": text_column(_("Person"), 85),
        "phone": text_column(_("Telephone"), 110),
        "late": number_column(_("Late (min)"), width=90),
        "away": number_column(_("Off the post (min)"), width=135),
        "team": text_column(_("Team"), 125),
        "shift": text_column(_("Shift"), 110),
        "post": text_column(_("Post"), 90),
        "first_in": text_column(_("Clocked in"), 90),
        "number": text_column(_("Staff number"), 105),
    }
    if not may_call(scope):
        del columns["phone"]
    table(
        shown,
        columns,
        key=f"board_{'_'.join(asked)}",
        rows_seen=12,
        on_open=lambda position: st.query_params.update({_OPEN: str(shown.iloc[position]["shift_id"])}),
    )
    st.caption(_("Click a row to see why."))
    _why(board)


def _list_sentence(shown: pd.DataFrame, board: pd.DataFrame, asked: Sequence[str]) -> str:
    if not any(asked):
        return _("{n} on today's roster, who needs somebody first on top.", n=fmt_count(len(board)))
    return _("{n} of {m} on today's roster", n=fmt_count(len(shown)), m=fmt_count(len(board)))


def _why(board: pd.DataFrame) -> None:
    """The reasoning behind one person's moment: of the row that was clicked, or of the address."""
    asked = st.query_params.get(_OPEN, "")
    chosen = board[board["shift_id"].astype(str) == asked]
    if chosen.empty:
        return
    row = chosen.iloc[0]
    with st.container(border=True, key="board_why"):
        explanation(row["steps"], f"{row['person']} · {row['shift']} · {row['presence'][0]}")
        st.space("xsmall")  # a list that ends a box hangs over its padding
