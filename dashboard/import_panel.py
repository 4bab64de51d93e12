"""A spreadsheet on its way in: its columns, a trial that says row by row what would happen, then the import."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import reads
from dashboard.components import empty
from dashboard.formats import plain
from dashboard.i18n import N_, _, lang, listed
from dashboard.import_result import field_name, show_result
from db import import_mappings, importing
from db.import_fields import FIELDS, Field
from db.import_leave_balances import may_import_balances
from db.import_mappings import Columns
from db.import_results import ImportResult
from db.refusals import Refused
from jobs import importing as _registers_transcripts  # noqa: F401
from regulations.access import AccessRefused, Scope
from settings import get_settings

MOST_COLUMNS = 60  # of a file, each with its choice
MOST_NAMED = 6

_KINDS = {
    "agents": N_("Staff list"),
    "complaints": N_("Complaints"),
    "callbacks": N_("Callbacks"),
    "work_orders": N_("Work orders"),
    "surveys": N_("Survey forms"),
    "shifts": N_("Shifts"),
    "punches": N_("Punches"),
    "leave": N_("Leave"),
    "leave_balances": N_("Leave balances"),
    "transcripts": N_("Transcripts (JSON)"),
}
_RESULT, _COLUMNS = "import_result", "import_columns"


def kind_name(kind: str) -> str:
    """What a kind of file is called."""
    return _(_KINDS[kind]) if kind in _KINDS else kind


def show_import(scope: Scope) -> None:
    """Choose a file, look at its columns, try it out, take it over. Trying out writes nothing."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        kinds = [kind for kind in _KINDS if kind in FIELDS or kind in importing.IMPORTERS]
        if not may_import_balances(scope):
            kinds.remove("leave_balances")
        asked = st.query_params.get("kind")
        kind = st.selectbox(
            _("What is in the file"),
            kinds,
            index=kinds.index(asked) if asked in kinds else 0,
            format_func=kind_name,
            key="import_kind",
        )
        upload = st.file_uploader(
            _("Spreadsheet (xlsx or csv) or JSON"),
            type=["xlsx", "csv", "json", "jsonl"],
            key="import_file",
            max_upload_size=get_settings().max_upload_mb,
        )
        mapping: dict[str, str] = {}
        is_settled = is_readable = True
        if upload is not None and kind in FIELDS:
            columns = _columns_of(scope, kind, upload.name, upload.getvalue(), upload.file_id)
            if columns is not None:
                mapping, is_readable = _choose_columns(kind, columns, upload.file_id)
                is_settled = {name: title for title, name in mapping.items() if name} == columns.taken_for
        try_out, take = st.columns(2)
        is_off = upload is None or not is_readable
        tried = try_out.button(_("Try it out"), disabled=is_off, width="stretch", key="import_try")
        taken = take.button(
            _("Take it over"), type="primary", disabled=is_off, width="stretch", key="import_take"
        )
        with st.expander(_("Columns this kind understands")):
            _known_columns(kind)
    with right:
        if upload is not None and (tried or taken):
            if taken and not is_settled:
                _remember(scope, kind, mapping)
            result = _run(scope, kind, upload.name, upload.getvalue(), mapping, is_trial=not taken)
            st.session_state[_RESULT] = (result, kind, upload.name, not taken) if result else None
            if result is None:
                return  # why is said already
        shown = st.session_state.get(_RESULT)
        if shown and (upload is None or shown[1:3] == (kind, upload.name)):
            show_result(*shown)
        else:
            empty(
                _("No file tried yet"),
                _(
                    "Try a file out first: you see what would be new, changed and refused before anything is written."
                ),
                icon="upload_file",
            )


def _known_columns(kind: str) -> None:
    columns = importing.columns_of(kind, lang())
    if columns:
        st.dataframe(pd.DataFrame(columns), hide_index=True)
    else:
        st.write(
            _("JSON: one call or a list of calls, each with its segments; docs/commands.md shows the shape.")
        )


def _columns_of(scope: Scope, kind: str, file_name: str, content: bytes, file_id: str) -> Columns | None:
    """The file's columns, looked at once for each upload; None where there is nothing to choose."""
    kept = st.session_state.get(_COLUMNS)
    if kept is not None and kept[0] == (kind, file_id):
        columns: Columns | None = kept[1]
        return columns
    with tempfile.TemporaryDirectory() as folder, reads.open_session() as session:
        path = Path(folder) / Path(file_name).name
        path.write_bytes(content)
        try:
            columns = import_mappings.inspect_columns(session, scope, kind, path)
        except (Refused, AccessRefused):
            columns = None  # the trial says why
    st.session_state[_COLUMNS] = ((kind, file_id), columns)
    return columns


def _choose_columns(kind: str, columns: Columns, file_id: str) -> tuple[dict[str, str], bool]:
    """What each column of the file is read as, in the order of the file.

    Answers {"their column": "our field"} for every column, "" where it is not read; and whether a row can be
    made of it: every field that is needed has one column, and no field has two.
    """
    read_as = {title: name for name, title in columns.taken_for.items()}
    fields = {field.name: field for field in sorted(FIELDS[kind], key=lambda field: not field.required)}
    chosen = {title: read_as.get(title, "") for title in columns.titles}

    def named(name: str) -> str:
        return field_name(fields[name]) + (" *" if fields[name].required else "") if name else _("not read")

    with st.expander(_columns_sentence(columns, len(read_as)), expanded=bool(columns.missing)):
        wanting = st.empty()
        shown = columns.titles[:MOST_COLUMNS]
        for start in range(0, len(shown), 2):
            for place, title in zip(st.columns(2), shown[start : start + 2], strict=False):
                chosen[title] = place.selectbox(
                    plain(title),
                    ["", *fields],
                    index=["", *fields].index(chosen[title]),
                    format_func=named,
                    help=_sample(columns, title),
                    key=f"column:{file_id}:{kind}:{title}",
                )
        if len(columns.titles) > len(shown):
            st.caption(_("The first {n} columns are shown; the others stay as recognised.", n=len(shown)))
        problem = _columns_problem([f for f in fields.values() if f.required], chosen, fields)
        if problem:
            wanting.warning(plain(problem), icon=":material/view_column:")
        st.caption(_("* is needed. What is chosen here is remembered for files with the same titles."))
    return chosen, not problem


def _columns_problem(needed: Sequence[Field], chosen: Mapping[str, str], fields: Mapping[str, Field]) -> str:
    """Why no row can be made of the columns as they are chosen; "" when it can."""
    read = [name for name in chosen.values() if name]
    missing = [field_name(field) for field in needed if field.name not in read]
    if missing:
        return _("Choose a column for: {fields}", fields=listed(missing))
    twice = [field_name(field) for name, field in fields.items() if read.count(name) > 1]
    return _("Two columns are read as: {fields}", fields=listed(twice)) if twice else ""


def _remember(scope: Scope, kind: str, mapping: Mapping[str, str]) -> None:
    """Keep what was chosen by hand for the next file with these titles, whatever becomes of this one."""
    try:
        with reads.open_session() as session:
            import_mappings.remember(session, scope, kind, list(mapping), mapping, reads.now())
    except Refused as refused:
        st.warning(plain(refused.text(lang())), icon=":material/view_column:")


def _columns_sentence(columns: Columns, taken: int) -> str:
    count = _("Columns: {n} of {total} recognised", n=taken, total=len(columns.titles))
    if columns.is_remembered:
        return f"{count} · {_('as settled the last time')}"
    unread = [title for title in columns.titles if title not in columns.taken_for.values()]
    if not unread:
        return count
    names = listed(unread[:MOST_NAMED]) + (" …" if len(unread) > MOST_NAMED else "")
    return plain(f"{count} · {_('not recognised: {columns}', columns=names)}")


def _sample(columns: Columns, title: str) -> str | None:
    values = columns.samples.get(title, ())
    return _("For example: {values}", values=plain(" · ".join(values))) if values else None


def _run(
    scope: Scope,
    kind: str,
    file_name: str,
    content: bytes,
    mapping: Mapping[str, str],
    *,
    is_trial: bool,
) -> ImportResult | None:
    """Import the uploaded bytes through a private temporary file; a refusal of the whole file is shown."""
    words = _("Reading {file} …", file=file_name)
    bar = st.progress(0.0, text=words)

    def report(done: float) -> None:
        bar.progress(min(max(done, 0.0), 1.0), text=f"{words} {done:.0%}")

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
                    mapping=mapping or None,
                    dry_run=is_trial,
                    on_progress=report,
                )
        except (Refused, AccessRefused) as refused:
            text = refused.text(lang()) if isinstance(refused, Refused) else _(str(refused))
            st.error(plain(text), icon=":material/block:")
            return None
        finally:
            bar.empty()
    if not is_trial:
        reads.forget()
    return result
