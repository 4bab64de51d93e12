"""How the rest days went round, and what was changed on the roster of a week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components import empty
from dashboard.formats import NOTHING, fmt_instant, plain
from dashboard.i18n import _, lang, name, sentences
from dashboard.reads import TTL_SECONDS, minute, open_session, person, rulebook
from dashboard.roster_week import WEEKDAYS, ShownWeek, hours_of, shift_name
from dashboard.tables import number_column, table, text_column
from db import roster
from regulations.access import Scope
from regulations.rest_days import RestShare, fixed_weekday
from regulations.verdict import Lang
from settings import get_settings

REST_KEY = "shift.rest_days_per_week"


def show_rest(scope: Scope, to_on: date, team_id: int | None) -> None:
    """Rest days of each person over the last weeks, whoever had the fewest free days on top, and a sentence."""
    rows, first, said = _rest_rows(get_settings().database, scope, to_on, team_id, minute(), lang())
    clause = rulebook().clause(REST_KEY)
    badge = f" :blue-badge[{plain(clause)}]" if clause else ""
    who = rulebook().role("shift.rest_assigned_by")
    by = _("Rest days are assigned by {role}.", role=rulebook().role_title(who, lang())) if who else ""
    st.caption(
        plain(
            sentences(
                _("{first} to {last}, at least {n} in any seven days.", first=first.isoformat(), last=to_on.isoformat(), n=rulebook().integer(REST_KEY) or 0),
                by,
            )
        )
        + badge
    )  # fmt: skip
    if rows.empty:
        empty(
            _("Nobody was rostered in these weeks"), _("Choose a later week or another team."), "event_busy"
        )
        return
    columns = {
        "person": text_column(_("Person"), 90),
        "number": text_column(_("Staff number"), 90),
        "team": text_column(_("Team"), 130),
        "free": number_column(_("On weekends and holidays"), width=150),
        "rest": number_column(_("Rest days"), width=90),
        "days": number_column(_("Of days"), width=80),
        "run": number_column(_("Longest run of days worked"), width=160),
        "where": text_column(_("Rest days Monday … Sunday"), 210),
        "round": text_column(_("Going round"), 130),
    }
    if rows["team"].nunique() < 2:
        del columns["team"]
    table(rows, columns, key="rest", can_open=False, rows_seen=8)
    st.caption(plain(said))


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _rest_rows(
    database: str, scope: Scope, to_on: date, team_id: int | None, at: datetime, language: Lang
) -> tuple[pd.DataFrame, date, str]:
    with open_session() as session:
        shares, first, _last = roster.rest_shares(session, scope, to_on, team_id, book=rulebook())
        rows = [
            {
                "person": agent.name,
                "number": agent.number,
                "team": agent.team.name,
                "free": share.free_days,
                "rest": share.rest_days,
                "days": share.days,
                "run": share.longest_run,
                "where": _where(share),
                "round": _round(share),
            }
            for agent, share in shares
        ]
    columns = ["person", "number", "team", "free", "rest", "days", "run", "where", "round"]
    return pd.DataFrame(rows, columns=columns), first, _sentence(rows, [share for _agent, share in shares])


def _where(share: RestShare) -> str:
    return " · ".join(str(count) for count in share.weekdays)


def _round(share: RestShare) -> str:
    fixed = fixed_weekday(share)
    return _("always {day}", day=_(WEEKDAYS[fixed])) if fixed is not None else _("yes")


def _sentence(rows: list[dict[str, Any]], shares: list[RestShare]) -> str:
    if not rows:
        return ""
    fewest, most = rows[0], rows[-1]
    if fewest["free"] == most["free"]:
        said = _("Everybody had {n} rest days on weekends and holidays.", n=fewest["free"])
    else:
        said = _(
            "{first} had the fewest rest days on weekends and holidays ({n}), {last} the most ({m}).",
            first=fewest["person"],
            n=fewest["free"],
            last=most["person"],
            m=most["free"],
        )
    fixed = sum(1 for share in shares if fixed_weekday(share) is not None)
    more = _("For {n} people they do not go round.", n=fixed) if fixed else _("For everybody they go round.")
    return sentences(said, more)


def show_changes(scope: Scope, week: ShownWeek, team_id: int | None) -> None:
    """What was changed on the shifts of the week, the latest first; nothing where nothing was."""
    with open_session() as session:
        found = roster.list_changes(
            session, scope, from_on=week.days[0], to_on=week.days[-1], team_id=team_id
        )
        rows = [
            {
                "at": fmt_instant(change.changed_at),
                "by": person(change.changed_by),
                "who": week.people.get(change.agent_id, NOTHING),
                "before": _told(change.before, week),
                "after": _told(change.after, week),
                "source": name("shift_change_source", change.source),
                "reason": change.reason or NOTHING,
            }
            for change in found
        ]
    if not rows:
        return
    with st.expander(_("Changes to this week ({n})", n=len(rows)), icon=":material/history:"):
        columns = {
            "at": text_column(_("Changed at"), 135),
            "by": text_column(_("Changed by"), 90),
            "who": text_column(_("Person"), 90),
            "before": text_column(_("As it was"), 220),
            "after": text_column(_("As it is now"), 220),
            "source": text_column(_("Changed through"), 90),
            "reason": text_column(_("Reason"), 200),
        }
        table(pd.DataFrame(rows), columns, key="roster_changes", can_open=False, rows_seen=8)


def _told(shift: Mapping[str, Any], week: ShownWeek) -> str:
    """A shift of the history in words."""
    if not shift:
        return _("no shift")
    begin, end = datetime.fromisoformat(shift["starts_at"]), datetime.fromisoformat(shift["ends_at"])
    who = week.people.get(int(shift["agent_id"]), "")
    parts = (
        who,
        str(shift["work_on"])[5:],
        shift_name(str(shift["code"])),
        hours_of(begin, end),
        str(shift["post"]),
    )
    return " ".join(part for part in parts if part)
