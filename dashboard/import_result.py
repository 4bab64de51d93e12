"""What came of a file, or would come of it: how many rows of each kind, and each of them with what changes or why not."""

from __future__ import annotations

import json
from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard.components import section
from dashboard.exports.lists import XLSX, Sheet, list_workbook
from dashboard.formats import fmt_count, fmt_instant, plain
from dashboard.i18n import _, lang, listed, name, using
from dashboard.reads import now
from db.import_fields import FIELDS, Field
from db.import_results import ImportResult, Rejection, Taken
from regulations.verdict import Lang

SHOWN_ROWS = 500
SHOWN_CAUSES = 3  # of refusals, the most frequent first
_CODES = {"category": "complaint_category"}  # a column of text that holds codes where it is one we know


def field_name(field: Field) -> str:
    """What a column of ours is called."""
    return field.en if lang() == "en" else field.zh


def show_result(result: ImportResult, kind: str, file_name: str, was_trial: bool) -> None:
    """What happened, or would happen, to the rows of a file."""
    section(
        _("Trial of {file}: nothing was written", file=file_name)
        if was_trial
        else _("{file} was taken over", file=file_name)
    )
    counts = {
        "new": (_("New"), result.accepted),
        "changed": (_("Changed"), result.updated),
        "unchanged": (_("Unchanged"), result.unchanged),
        "refused": (_("Refused"), len(result.rejected)),
    }
    total = sum(number for _label, number in counts.values())
    for column, (label, number) in zip(st.columns(4), counts.values(), strict=True):
        column.metric(label, fmt_count(number), border=True)
        column.caption(_("of {n} rows", n=fmt_count(total)))
    if result.closed_months:
        months = listed([f"{month} ({fmt_count(n)})" for month, n in sorted(result.closed_months.items())])
        st.info(
            _(
                "Rows that fall into closed months: {n}, in {months}. The figures that were closed stay as they are; the meeting page lists what has changed since.",
                n=fmt_count(sum(result.closed_months.values())),
                months=months,
            ),
            icon=":material/event_available:",
        )
    if result.fixed_months:
        months = listed([f"{month} ({fmt_count(n)})" for month, n in sorted(result.fixed_months.items())])
        st.info(
            _(
                "Rows that fall into months whose attendance was fixed: {n}, in {months}. What was fixed stays as it is; the attendance page lists the differences.",
                n=fmt_count(sum(result.fixed_months.values())),
                months=months,
            ),
            icon=":material/lock:",
        )
    if result.clock_corrected:
        st.info(
            _(
                "Readings put right because their device's clock was wrong then: {n}. What the device said is kept.",
                n=fmt_count(result.clock_corrected),
            ),
            icon=":material/more_time:",
        )
    if not result.rejected:
        st.success(_("Every row could be read."), icon=":material/check:")
    views = [code for code, (_label, number) in counts.items() if number and code != "unchanged"]
    if not views:
        return
    view = st.segmented_control(
        _("Rows"),
        views,
        default="refused" if "refused" in views else views[0],
        format_func=lambda code: f"{counts[code][0]} {fmt_count(counts[code][1])}",
        label_visibility="collapsed",
        required=True,
        key=f"import_rows_{was_trial}",
    )
    if view == "refused":
        _refused(result, kind, file_name)
    else:
        _taken(kind, [row for row in result.taken if row.action == view], counts[str(view)][1])


def _taken(kind: str, rows: list[Taken], total: int) -> None:
    """New or changed rows, with what changes in each."""
    fields = {field.name: field for field in FIELDS.get(kind, ())}

    def worded(field: Field | None, value: str) -> str:
        if not value:
            return _("empty")
        codes = _CODES.get(field.name, field.names) if field else ""
        return name(codes, value) if codes else {"True": _("yes"), "False": _("no")}.get(value, value)

    colon, semicolon = _marks()

    def told(row: Taken) -> str:
        return semicolon.join(
            f"{field_name(field) if (field := fields.get(key)) else key}{colon}{worded(field, before)} → {worded(field, after)}"
            for key, (before, after) in row.changes.items()
        )

    frame = pd.DataFrame(
        {_("Row"): row.row, _("What it is about"): row.about, _("What changes"): told(row)}
        for row in rows[:SHOWN_ROWS]
    )
    if rows and rows[0].action == "new":
        frame = frame.drop(columns=_("What changes"))
    widths = {_("Row"): 40, _("What it is about"): 320, _("What changes"): 280}
    st.dataframe(
        frame,
        hide_index=True,
        column_config={title: st.column_config.Column(width=width) for title, width in widths.items()},
    )
    if total > SHOWN_ROWS:
        st.caption(_("The first {n} of {total} rows are shown.", n=SHOWN_ROWS, total=fmt_count(total)))


def _marks() -> tuple[str, str]:
    """Colon and semicolon as the language writes them."""
    return (": ", "; ") if lang() == "en" else ("：", "；")


def _column(rejection: Rejection, kind: str) -> str:
    """The column as the file calls it; one the file lacks as we do."""
    field = next((field for field in FIELDS.get(kind, ()) if field.name == rejection.field), None)
    return rejection.column or (rejection.field if field is None else field_name(field))


def refused_sheet(result: ImportResult, kind: str, file_name: str) -> Sheet:
    """The refused rows as a spreadsheet, for whoever mends the file."""
    return Sheet(
        _("Refused rows"),
        ((_("File"), file_name),),
        (_("Row"), _("Column"), _("Value"), _("Why it was refused")),
        tuple((one.row, _column(one, kind), str(one.value), one.text(lang())) for one in result.rejected),
    )


def _refused_workbook(result: ImportResult, kind: str, file_name: str, language: Lang) -> bytes:
    with using(language):
        return list_workbook(refused_sheet(result, kind, file_name), fmt_instant(now()))


def _refused(result: ImportResult, kind: str, file_name: str) -> None:
    """Every refused row with its column, value and reason, and the whole list to take away."""
    often = Counter((_column(r, kind), r.value) for r in result.rejected).most_common(SHOWN_CAUSES)
    if len(result.rejected) > SHOWN_CAUSES:
        causes = _marks()[1].join(f"{column} “{value[:20]}” × {fmt_count(n)}" for (column, value), n in often)
        st.caption(plain(_("Refused most often: {causes}", causes=causes)))
    st.dataframe(
        pd.DataFrame(
            {
                _("Row"): rejection.row,
                _("Column"): _column(rejection, kind),
                _("Value"): str(rejection.value),
                _("Why it was refused"): rejection.text(lang()),
            }
            for rejection in result.rejected[:SHOWN_ROWS]
        ),
        hide_index=True,
    )
    if len(result.rejected) > SHOWN_ROWS:
        st.caption(_("The first {n} refusals are shown; the list below has all.", n=SHOWN_ROWS))
    with st.container(horizontal=True):
        st.download_button(
            _("Refused rows (xlsx)"),
            partial(_refused_workbook, result, kind, file_name, lang()),
            f"refused-{Path(file_name).stem}.xlsx",
            XLSX,
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            _("Refused rows as a list (json)"),
            json.dumps(result.as_json(lang()), ensure_ascii=False, indent=1, default=str),
            f"refused-{Path(file_name).stem}.json",
            "application/json",
            type="tertiary",
            on_click="ignore",
        )
