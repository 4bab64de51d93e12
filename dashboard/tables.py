"""Tables that open what they list: one click on a row leads to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts_time import STATE_SYMBOLS
from dashboard.formats import NOTHING
from dashboard.i18n import _, name

ROW_PIXELS = 35
MOST_ROWS_SEEN = 14

# Colours of the labels in a table; Streamlit has them for the light and the dark theme.
_STATE_COLOURS = {
    "breached": "red",
    "missed": "red",
    "due_soon": "orange",
    "on_track": "blue",
    "not_due": "blue",
    "met": "green",
    "completed": "green",
    "completed_late": "orange",
    "on_hold": "gray",
    "off": "gray",
    "late": "orange",
    "early": "orange",
    "late_and_early": "orange",
    "severe": "red",
    "absent": "red",
    "missing_punch": "violet",
}


def table(
    frame: pd.DataFrame,
    columns: Mapping[str, Any],
    *,
    key: str,
    can_open: bool = True,
    rows_seen: int = MOST_ROWS_SEEN,
    on_open: Callable[[int], None] | None = None,
) -> int | None:
    """Show the `columns` of a frame, in their order; the position of the row that was clicked, once.

    Whole rows are opened by a click on any of their cells. `on_open` is for rows that open something on the same
    page: it is called with the position when a row is clicked, and not again while it stays selected.
    """
    height: Any = "content" if len(frame) <= rows_seen else ROW_PIXELS * (rows_seen + 1)
    if not can_open:
        st.dataframe(
            frame,
            column_config=dict(columns),
            column_order=list(columns),
            hide_index=True,
            height=height,
            key=key,
            placeholder=NOTHING,
        )
        return None
    state = st.dataframe(
        frame,
        column_config=dict(columns),
        column_order=list(columns),
        hide_index=True,
        height=height,
        key=key,
        placeholder=NOTHING,
        on_select="rerun" if on_open is None else partial(_opened, key, len(frame), on_open),
        selection_mode="single-cell",
    )
    if on_open is not None:
        return None
    cells = state["selection"]["cells"]
    if not cells:
        return None
    position = int(cells[0][0])
    return position if 0 <= position < len(frame) else None


def _opened(key: str, size: int, on_open: Callable[[int], None]) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells and 0 <= int(cells[0][0]) < size:
        on_open(int(cells[0][0]))


def open_once(key: str, number: str | None) -> bool:
    """Whether a clicked row is a new click: a table remembers its selection, also after what it opened was closed."""
    is_new = number is not None and st.session_state.get(f"_opened:{key}") != number
    st.session_state[f"_opened:{key}"] = number
    return is_new


def state_label(kind: str, state: str) -> list[str]:
    """A state as the one label of a `state_column`: its symbol and its name."""
    symbol = STATE_SYMBOLS.get(
        {"missed": "breached", "completed": "met", "not_due": "on_track"}.get(state, state)
    )
    return [f"{symbol} {name(kind, state)}" if symbol else name(kind, state)]


def state_column(
    label: str,
    kind: str,
    states: Sequence[str],
    width: str | int = "small",
    more: Mapping[str, str] | None = None,
) -> Any:
    """A column of state labels, coloured, with symbol and name; `more` are further labels with their colours."""
    others = more or {}
    return label_column(
        label,
        [*others, *(state_label(kind, state)[0] for state in states)],
        [*others.values(), *(_STATE_COLOURS.get(state, "gray") for state in states)],
        width,
    )


def label_column(
    label: str, options: Sequence[str], colours: Sequence[str], width: str | int = "small"
) -> Any:
    """A column of one coloured label each."""
    return st.column_config.MultiselectColumn(
        label,
        options=list(options),
        color=list(colours),
        width=width,  # type: ignore[arg-type]
    )


def number_column(label: str, unit: str = "", width: int | None = None) -> Any:
    """Whole numbers, right-aligned, with their unit in the heading."""
    heading = _("{text} ({more})", text=label, more=unit) if unit else label
    return st.column_config.NumberColumn(heading, format="%d", width=width)


def percent_column(label: str, help_text: str | None = None) -> Any:
    """Percentages as a bar with the number beside it."""
    return st.column_config.ProgressColumn(label, format="%.1f%%", min_value=0, max_value=100, help=help_text)


def text_column(label: str, width: str | int | None = None, help_text: str | None = None) -> Any:
    """Words."""
    return st.column_config.TextColumn(label, width=width, help=help_text)  # type: ignore[arg-type]


def hint() -> None:
    """What a click on a row does."""
    st.caption(_("Click a row to open it."))
