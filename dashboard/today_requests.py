"""Requests that wait for the viewer's word, on Today: in one line, with how many of them are pressing."""

from __future__ import annotations

from dashboard import navigation
from dashboard.formats import fmt_count
from dashboard.i18n import _, sentences
from dashboard.request_lists import waiting_rows
from regulations.access import Scope


def show_requests(scope: Scope, team_id: int | None) -> int:
    """The line, where something waits; how many requests do."""
    if not (navigation.may_open(scope, "requests") and scope.may("requests.decide")):
        return 0
    rows = waiting_rows(scope, team_id)
    mine = rows[rows["is_mine"].astype(bool)]
    if mine.empty:
        return 0
    said = _("{n} requests for leave, swaps, clock readings or overtime wait for you", n=fmt_count(len(mine)))
    pressing = int(mine["urgency"].isin(["late", "soon"]).sum())
    if pressing:
        said = sentences(_("{said}.", said=said), _("{n} of them begin within 24 hours or have begun.", n=fmt_count(pressing)))  # fmt: skip
    navigation.link("requests", said, ":material/event_note:", state="mine")
    return len(mine)
