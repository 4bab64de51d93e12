"""Data: bring spreadsheets in, see what was refused and why, and watch the recordings being worked on."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import reads
from dashboard.auth import require
from dashboard.components import empty, page_header
from dashboard.formats import fmt_instant
from dashboard.i18n import _
from dashboard.import_panel import kind_name, show_import
from dashboard.queue_panel import show_queue
from db import importing

scope = require("data.view")

page_header(
    _("Data"),
    _(
        "Spreadsheets in, with every refused row and its reason; and the recordings waiting, running, done or failed."
    ),
)

VIEWS = {
    "import": _("Import a spreadsheet"),
    "queue": _("Recordings at work"),
    "history": _("Earlier imports"),
}
if not scope.may("data.import"):
    del VIEWS["import"]
asked = st.query_params.get("view")
view = st.segmented_control(
    _("View"),
    list(VIEWS),
    default=asked if asked in VIEWS else next(iter(VIEWS)),
    format_func=lambda code: VIEWS[code],
    label_visibility="collapsed",
    required=True,
    key="data_view",
)
st.query_params["view"] = str(view)


def show_history() -> None:
    """Earlier imports, newest first."""
    with reads.open_session() as session:
        runs = importing.list_runs(session, scope)
    if not runs:
        empty(_("Nothing was imported yet"), _("Imports appear here with who, when and what was refused."))
        return
    st.dataframe(
        pd.DataFrame(
            {
                _("When"): fmt_instant(run.at),
                _("Who"): reads.person(run.actor),
                _("What"): kind_name(run.kind),
                _("File"): run.file_name,
                _("New"): run.accepted,
                _("Changed"): run.updated,
                _("Refused"): run.refused,
            }
            for run in runs
        ),
        hide_index=True,
    )


if view == "import":
    show_import(scope)
elif view == "history":
    show_history()
else:
    show_queue(scope)
