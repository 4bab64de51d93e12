"""The handovers of a day as the page lists them, what hurts most first, and how many of each kind there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pandas as pd
import streamlit as st

from dashboard.components import clause_list
from dashboard.formats import NOTHING, fmt_date, fmt_instant
from dashboard.i18n import N_, lang, name
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, rulebook_of, today
from db import handovers
from regulations.access import Scope
from regulations.handovers import clause_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from settings import get_settings

VIEWS = {
    "day": N_("The whole day"),
    "wrong": N_("Missing or refused"),
    "relief": N_("Nobody to relieve"),
    "running": N_("Due or to be signed"),
    "review": N_("To review"),
    "remarks": N_("Not as the rules ask"),
    "carried": N_("From earlier days"),
}
STATE_COLOURS = {
    "missing": "red", "refused": "red", "review_late": "orange", "due": "blue", "written": "blue", "signed": "violet",
    "not_due": "gray", "reviewed": "green",
}  # fmt: skip
FLAG_COLOURS = {
    "unrelieved": "red", "left_unrelieved": "red", "missing": "red", "refused_before": "orange", "late": "orange",
    "unsigned": "orange", "review_late": "orange", "not_early": "yellow", "incomplete": "gray",
}  # fmt: skip
REMARKS = ("left_unrelieved", "late", "unsigned", "not_early")
OWN_VIEWS = {view: VIEWS[view] for view in ("day", "running", "carried")}  # what an agent has to do
CARRIED_DAYS = 14  # how far back what nobody settled is still listed
_UNSETTLED = ("missing", "refused", "review_late", "written")
_COLUMNS = (
    "id", "state_code", "flag_codes", "state", "flags", "due", "from_to", "outgoing", "incoming", "post", "team",
    "day", "clauses", "is_direct", "waits", "is_signed",
)  # fmt: skip


def day_rows(scope: Scope, on: date, team_id: int | None = None) -> pd.DataFrame:
    """The handovers of outgoing shifts of a local date, and those of the night before that fall on it.

    Columns: id, state_code (names "handover_state"), flag_codes (names "handover_flag"), state and flags (as labels), due,
    from_to, outgoing, incoming, post, team, day, clauses, is_direct, waits (for a review), is_signed (by both). What hurts most first.
    """
    return _rows(get_settings().database, scope, on, on, False, team_id, minute(), lang())


def carried_rows(scope: Scope, team_id: int | None = None) -> pd.DataFrame:
    """What was left from the last days and nobody has settled; columns as `day_rows`."""
    on = today()
    first, last = on - timedelta(days=CARRIED_DAYS), on - timedelta(days=1)
    return _rows(get_settings().database, scope, first, last, True, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _rows(
    database: str,
    scope: Scope,
    from_on: date,
    to_on: date,
    is_carried: bool,
    team_id: int | None,
    at: datetime,
    language: Lang,
) -> pd.DataFrame:
    with open_session() as session:
        found = handovers.list_judged(
            session,
            scope,
            from_on=from_on - timedelta(days=1),
            to_on=to_on,
            team_id=team_id,
            book=rulebook(),
            now=at,
        )
        is_own = scope.role == "agent"
        kept = [one for one in found if _belongs(one, from_on, to_on, is_carried, is_own)]
        return pd.DataFrame([_row(one) for one in kept], columns=list(_COLUMNS))


def _belongs(one: handovers.Judged, from_on: date, to_on: date, is_carried: bool, is_own: bool) -> bool:
    """Whether a handover is of the day; of earlier ones, whether it fell on them and is not settled.

    Of his own an agent settles what is not written or not signed: the review is not his.
    """
    if not is_carried:
        return from_on in (one.row.work_on, one.verdict.falls_on)
    if is_own and one.verdict.state == "review_late" and "unsigned" not in one.verdict.flags:
        return False
    return from_on <= one.verdict.falls_on <= to_on and one.verdict.state in _UNSETTLED


def _row(one: handovers.Judged) -> dict[str, object]:
    row, verdict = one.row, one.verdict
    incoming = row.incoming.name if row.incoming is not None else NOTHING
    book = rulebook_of(row.rulebook_version)
    return {
        "id": row.id,
        "state_code": verdict.state,
        "flag_codes": verdict.flags,
        "state": [labelled("handover_state", verdict.state, book)],
        "flags": [
            labelled("handover_flag", flag, book) for flag in shown_flags(verdict.state, verdict.flags)
        ],
        "due": fmt_instant(row.due_at)[5:],  # month, day and time: a night shift ends on the next day
        "from_to": f"{row.outgoing.name} → {incoming}",
        "outgoing": row.outgoing.name,
        "incoming": incoming,
        "post": row.post or NOTHING,
        "team": row.team.name,
        "day": fmt_date(row.work_on),
        "clauses": clause_list(verdict.clauses),
        "is_direct": verdict.is_direct,
        "waits": verdict.waits_for_review,
        "is_signed": row.signed_out_at is not None and row.signed_in_at is not None,
    }


def labelled(kind: str, code: str, book: Rulebook) -> str:
    """A state or a flag with the clause it rests on, if it breaks one."""
    clause = clause_of(code, book)
    return f"{name(kind, code)} {clause}" if clause else name(kind, code)


def label_colours(rows: pd.DataFrame) -> tuple[dict[str, str], dict[str, str]]:
    """The colours of the labels that stand in these rows: of the states, and of what is wrong."""
    states: dict[str, str] = {}
    flags: dict[str, str] = {}
    for row in rows.to_dict("records"):
        states[row["state"][0]] = STATE_COLOURS[row["state_code"]]
        for code, label in zip(shown_flags(row["state_code"], row["flag_codes"]), row["flags"], strict=True):
            flags[label] = FLAG_COLOURS[code]
    return states, flags


def shown_flags(state: str, flags: Sequence[str]) -> list[str]:
    """The flags that say more than the state does."""
    return [flag for flag in flags if flag != state]


def viewed(rows: pd.DataFrame, view: str) -> pd.DataFrame:
    """The rows of one list of the page."""
    return rows[mask(rows, view)].reset_index(drop=True)


def mask(rows: pd.DataFrame, view: str) -> pd.Series:
    """Which rows belong to a view; the cards count with the same."""
    if view == "wrong":
        return rows["state_code"].isin(["missing", "refused"])
    if view == "relief":
        return _flagged(rows, ("unrelieved",))
    if view == "running":
        return rows["state_code"].isin(["due", "written"])
    if view == "review":
        return rows["waits"].astype(bool)
    if view == "remarks":
        return _flagged(rows, REMARKS)
    return pd.Series(True, index=rows.index)


def _flagged(rows: pd.DataFrame, wanted: Sequence[str]) -> pd.Series:
    return pd.Series(
        [bool(set(wanted) & set(flags)) for flags in rows["flag_codes"]], index=rows.index, dtype=bool
    )
