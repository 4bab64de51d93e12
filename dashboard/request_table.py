"""The list of waiting requests: a click on a row opens it beside the list, a tick marks it for a decision with others."""

from __future__ import annotations

from functools import partial
from hashlib import sha256

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_count
from dashboard.i18n import _
from dashboard.request_kinds import KIND_COLOURS, KINDS
from dashboard.request_lists import URGENCY_NAMES, urgency_label
from dashboard.tables import ROW_PIXELS, label_column, text_column

OPEN = "open"  # in the address: which request is opened
_ROWS_SEEN = 14


def show_waiting(rows: pd.DataFrame, state: str) -> pd.DataFrame:
    """Draw the list; the ticked rows. A list that has changed forgets its ticks: they stand on places, not on rows."""
    shown = rows.assign(
        kind_label=pd.Series([[_(KINDS[kind])] for kind in rows["kind"]], dtype=object),
        urgency_label=pd.Series([[urgency_label(code)] for code in rows["urgency"]], dtype=object),
        others=[_("{n} more", n=fmt_count(n)) if n else NOTHING for n in rows["same_time"]],
    )
    columns = {
        "urgency_label": label_column(_("Decide by"), [urgency_label(c) for c in URGENCY_NAMES], ["red", "orange", "gray"], 104),
        "kind_label": label_column(_("Kind"), [_(KINDS[kind]) for kind in KINDS], [KIND_COLOURS[kind] for kind in KINDS], 94),
        "person": text_column(_("Person"), 62),
        "what": text_column(_("Asked for"), 156),
        "short": text_column(_("When"), 120),
        "check": text_column(_("Rule check"), 92, _("The first clause it breaks and how many others; all of them stand in the request beside it")),
        "others": text_column(_("Same time"), 75, _("How many others of the team have asked for leave at the same time")),
        "level": text_column(_("Waits for"), 92),
        "waits": text_column(_("Waiting for"), 92),
    }  # fmt: skip
    if state == "mine":
        del columns["level"]
    key = table_key(rows, state)
    selection = st.dataframe(
        shown,
        column_config=columns,
        column_order=list(columns),
        hide_index=True,
        height="content" if len(rows) <= _ROWS_SEEN else ROW_PIXELS * (_ROWS_SEEN + 1),
        key=key,
        placeholder=NOTHING,
        on_select=partial(_opened, key, tuple(rows["key"])),
        selection_mode=["multi-row", "single-cell"],
    )
    ticked = [n for n in selection["selection"]["rows"] if 0 <= n < len(rows)]
    return rows.iloc[ticked].reset_index(drop=True)


def table_key(rows: pd.DataFrame, state: str) -> str:
    """A key that changes with the rows and their versions."""
    seen = "|".join(f"{key}.{version}" for key, version in zip(rows["key"], rows["version"], strict=True))
    return f"requests_{state}_{sha256(seen.encode()).hexdigest()[:12]}"


def _opened(key: str, keys: tuple[str, ...]) -> None:
    cells = st.session_state[key]["selection"]["cells"]
    if cells and 0 <= int(cells[0][0]) < len(keys):
        st.query_params[OPEN] = keys[int(cells[0][0])]


def asked_key() -> str:
    """The request that the address names, if it can be one; else ""."""
    key = st.query_params.get(OPEN, "")
    kind, _dash, number = key.partition("-")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return key if is_number and kind in KINDS else ""
