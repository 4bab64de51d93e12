"""A leave account like a receipt: its lines, oldest first, each with what the account holds after it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard.formats import NOTHING, fmt_count, fmt_date, plain
from dashboard.i18n import _, lang, name
from dashboard.reads import person, today
from dashboard.tables import table, text_column
from db.leave_balances import running
from db.models import LeaveEntry
from regulations.verdict import Step
from regulations.wording import number_text

_ROWS_SEEN = 8


def show_ledger(entries: Sequence[LeaveEntry], key: str, *, is_wide: bool = False) -> None:
    """The lines of one person's accounts. Those of days to come are marked: the balance of today is before them.

    `is_wide`: it has the whole width of the page.
    """
    lines = ledger(entries)
    columns = {
        "on": text_column(_("Day"), 96),
        "type": text_column(_("Leave account"), 110),
        "kind": text_column(_("Entry"), 84),
        "days": st.column_config.TextColumn(_("Days"), width=64, alignment="right"),
        "balance": st.column_config.TextColumn(_("Balance after it"), width=116, alignment="right"),
        "note": text_column(_("How it was counted"), 520 if is_wide else 190),
        "by": text_column(_("Entered by"), 90),
    }
    if lines["type"].nunique() < 2:
        del columns["type"]
    table(lines, columns, key=key, can_open=False, rows_seen=_ROWS_SEEN)
    ahead = int(lines["is_ahead"].sum())
    if ahead:
        st.caption(
            plain(
                _(
                    "Lines for days to come (›): {n}. The balance as of today is without them.",
                    n=fmt_count(ahead),
                )
            )
        )


def ledger(entries: Sequence[LeaveEntry]) -> pd.DataFrame:
    """The lines in their order. Columns: on, type, kind, days, balance (after it), note, by, is_ahead."""
    rows = []
    for line in running(entries):
        entry = line.entry
        is_ahead = entry.effective_on > today()
        rows.append(
            {
                "on": f"{'› ' if is_ahead else ''}{fmt_date(entry.effective_on)}",
                "type": name("leave_type", entry.type),
                "kind": name("leave_entry", entry.kind),
                "days": f"{'+' if entry.days > 0 else ''}{number_text(entry.days)}",
                "balance": number_text(line.balance),
                "note": counted(entry),
                "by": person(entry.entered_by) if entry.entered_by else NOTHING,
                "is_ahead": is_ahead,
            }
        )
    return pd.DataFrame(rows)


def counted(entry: LeaveEntry) -> str:
    """Why the line is there: its note and the steps of the count, as they were explained then."""
    said = [Step.from_record(step).text(lang()) for step in entry.steps]
    return " · ".join([*([entry.note] if entry.note else []), *said]) or NOTHING
