"""What waits for the viewer's own word, on Today: requests to sign at his level, reports that ask him for an instruction.

Penalties wait too, but nothing turns late with them: they are counted, one click away.
"""

from __future__ import annotations

from dashboard import navigation
from dashboard.components import section
from dashboard.decision_lists import KINDS, waiting_rows
from dashboard.formats import fmt_count
from dashboard.i18n import _
from dashboard.tables import table, text_column
from regulations.access import Scope

_DECIDED_HERE = ("approval", "report", "bypass")


def show_decisions(scope: Scope, team_id: int | None) -> int:
    """The table, where something waits; how many rows do. A click opens the matter where it is decided."""
    waiting = waiting_rows(scope, team_id)
    mine = waiting[waiting["is_mine"].astype(bool)]
    rows = mine[mine["kind"].isin(_DECIDED_HERE)].reset_index(drop=True)
    penalties = int((mine["kind"] == "penalty").sum())
    if rows.empty and not penalties:
        return 0
    section(
        _("Waits for your decision"), _("At your level, the longest waiting first; a click opens the matter.")
    )
    if len(rows):
        shown = rows.assign(
            kind_name=[f"! {_(KINDS[kind])}" if urgent else _(KINDS[kind]) for kind, urgent in zip(rows["kind"], rows["is_urgent"], strict=True)]
        )  # fmt: skip
        columns = {
            "waits": text_column(_("Waiting for"), 110),
            "kind_name": text_column(_("Kind"), 110),
            "amount": text_column(_("Amount"), 85),
            "matter": text_column(_("Matter"), 430),
            "by": text_column(_("Asked by"), 95),
            "since": text_column(_("Asked at"), 135),
            "clauses": text_column(_("Clauses"), 100),
        }
        opened = table(shown, columns, key="decisions", rows_seen=6)
        if opened is not None:
            navigation.go("decisions", {"open": str(rows.iloc[opened]["key"])})
    if penalties:
        text = _("{n} proposed penalties wait for somebody to confirm or waive them", n=fmt_count(penalties))
        navigation.link("decisions", text, ":material/gavel:", kind="penalty")
    return len(rows)
