"""Data: bring spreadsheets in, see what was refused and why, and watch the recordings being worked on."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import reads
from dashboard.auth import require
from dashboard.components import empty, page_header, section
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang
from dashboard.queue_panel import show_queue
from db import importing
from db.importing import ImportResult
from db.refusals import Refused
from jobs import importing as _registers_transcripts  # noqa: F401
from regulations.access import AccessRefused
from settings import get_settings

SHOWN_REFUSALS = 500

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

KINDS = {
    "agents": _("Staff list"),
    "complaints": _("Complaints"),
    "callbacks": _("Callbacks"),
    "shifts": _("Shifts"),
    "punches": _("Punches"),
    "leave": _("Leave"),
    "transcripts": _("Transcripts (JSON)"),
}


def show_import() -> None:
    """Choose, try out, then take over. Trying out writes nothing."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        kind = st.selectbox(
            _("What is in the file"), list(KINDS), format_func=lambda code: KINDS[code], key="import_kind"
        )
        upload = st.file_uploader(
            _("Spreadsheet (xlsx or csv) or JSON"),
            type=["xlsx", "csv", "json", "jsonl"],
            key="import_file",
            max_upload_size=get_settings().max_upload_mb,
        )
        try_out, take = st.columns(2)
        tried = try_out.button(_("Try it out"), disabled=upload is None, width="stretch", key="import_try")
        taken = take.button(
            _("Take it over"), type="primary", disabled=upload is None, width="stretch", key="import_take"
        )
        with st.expander(_("Columns this kind understands")):
            columns = importing.columns_of(kind, lang())
            if columns:
                st.dataframe(pd.DataFrame(columns), hide_index=True)
            else:
                st.write(
                    _(
                        "JSON: one call or a list of calls, each with its segments; docs/commands.md shows the shape."
                    )
                )
    with right:
        if upload is not None and (tried or taken):
            result = _run(kind, upload.name, upload.getvalue(), dry_run=not taken)
            st.session_state["import_result"] = (result, upload.name, not taken) if result else None
        shown = st.session_state.get("import_result")
        if shown:
            _show_result(*shown)
        else:
            empty(
                _("No file tried yet"),
                _(
                    "Try a file out first: you see what would be new, changed and refused before anything is written."
                ),
                icon="upload_file",
            )


def _run(kind: str, file_name: str, content: bytes, *, dry_run: bool) -> ImportResult | None:
    """Import the uploaded bytes through a private temporary file; a refusal of the whole file is shown."""
    bar = st.progress(0.0, text=_("Reading {file} …", file=file_name))

    def report(done: float) -> None:
        bar.progress(min(max(done, 0.0), 1.0), text=_("Reading {file} …", file=file_name))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(file_name).name
        path.write_bytes(content)
        try:
            with reads.open_session() as session:
                result = importing.import_file(
                    session,
                    scope,
                    kind,
                    path,
                    book=reads.rulebook(),
                    now=reads.now(),
                    dry_run=dry_run,
                    on_progress=report,
                )
        except (Refused, AccessRefused) as refused:
            st.error(
                plain(refused.text(lang()) if isinstance(refused, Refused) else str(refused)),
                icon=":material/block:",
            )
            return None
        finally:
            bar.empty()
    if not dry_run:
        reads.forget()
    return result


def _show_result(result: ImportResult, file_name: str, was_dry: bool) -> None:
    """What happened, or would happen, to the rows of a file."""
    section(
        _("Trial of {file}: nothing was written", file=file_name)
        if was_dry
        else _("{file} was taken over", file=file_name)
    )
    total = result.accepted + result.updated + result.unchanged + len(result.rejected)
    counts = (
        (_("New"), result.accepted),
        (_("Changed"), result.updated),
        (_("Unchanged"), result.unchanged),
        (_("Refused"), len(result.rejected)),
    )
    for column, (label, number) in zip(st.columns(4), counts, strict=True):
        column.metric(label, fmt_count(number), border=True)
        column.caption(_("of {n} rows", n=fmt_count(total)))
    if not result.rejected:
        st.success(_("Every row could be read."), icon=":material/check:")
        return
    st.dataframe(
        pd.DataFrame(
            {
                _("Row"): rejection.row,
                _("Column"): rejection.field,
                _("Value"): str(rejection.value),
                _("Why it was refused"): rejection.text(lang()),
            }
            for rejection in result.rejected[:SHOWN_REFUSALS]
        ),
        hide_index=True,
    )
    if len(result.rejected) > SHOWN_REFUSALS:
        st.caption(_("The first {n} refusals are shown; the list below has all.", n=SHOWN_REFUSALS))
    st.download_button(
        _("Refused rows as a list (json)"),
        json.dumps(result.as_json(), ensure_ascii=False, indent=1, default=str),
        f"refused-{Path(file_name).stem}.json",
        "application/json",
        on_click="ignore",
    )


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
                _("Who"): run.actor,
                _("What"): KINDS.get(run.kind, run.kind),
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
    show_import()
elif view == "history":
    show_history()
else:
    show_queue(scope)
