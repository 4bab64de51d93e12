"""Leave accounts of the teams: who holds how many days, line by line how it came to that, and entering a line."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard.components import empty, section
from dashboard.decisions import LONGEST_NOTE, attempt, show_flash, typed
from dashboard.formats import fmt_count, fmt_date, plain
from dashboard.i18n import _, name
from dashboard.reads import TTL_SECONDS, minute, now, open_session, rulebook, today
from dashboard.request_leave_days import hours_of, short_days
from dashboard.request_leave_ledger import show_ledger
from dashboard.request_lists import of_team
from dashboard.tables import table, text_column
from db import leave_account, leave_balances
from db.refusals import Refused
from regulations.access import Scope
from settings import get_settings

PANEL = "leave_account"
OPEN = "account"  # in the address: whose account is opened, by staff number
KINDS = ("granted", "expired", "corrected")
_FIELDS = ("kind", "type", "days", "on", "note")
_MOST = 999.0
_COLUMNS = ("number", "person", "team", "team_id", "type", "held", "left", "granted", "taken", "lapsed", "lines", "agent_id")  # fmt: skip


def show(scope: Scope, team_id: int | None) -> None:
    """Everybody's accounts, the largest balance first; one opened with its lines and, for who decides, a form."""
    types = tuple(rulebook().items(leave_balances.ACCOUNTS) or ())
    section(
        _("Leave balances"),
        _(
            "As of {day}. A balance is the sum of its lines; lines are only added, never changed.",
            day=fmt_date(today()),
        ),
    )
    rows = of_team(_rows(get_settings().database, scope, minute()), team_id)
    if rows.empty:
        said = _(
            "No type of leave is drawn from an account: the parameter leave.account_types names those that are."
        )
        empty(_("No leave accounts"), _("Nobody of these teams is here.") if types else said)
        return
    _list(rows)
    numbers = list(dict.fromkeys(rows["number"]))
    asked = st.query_params.get(OPEN)
    opened = rows[rows["number"] == (asked if asked in numbers else numbers[0])]
    _account(scope, opened, types)


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=200)
def _rows(database: str, scope: Scope, at: datetime) -> pd.DataFrame:
    with open_session() as session:
        found = leave_balances.list_accounts(session, scope, rulebook(), today())
        rows = [
            {
                "number": one.agent.number,
                "person": one.agent.name,
                "team": one.agent.team.name,
                "team_id": one.agent.team_id,
                "type": one.type,
                "held": one.held,
                "left": one.left,
                "granted": one.granted,
                "taken": one.taken,
                "lapsed": one.lapsed,
                "lines": one.lines,
                "agent_id": one.agent.id,
            }
            for one in found
        ]
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _list(rows: pd.DataFrame) -> None:
    numbers = ("held", "left", "granted", "taken", "lapsed")
    shown = rows.assign(
        type_name=[name("leave_type", code) for code in rows["type"]],
        **{column: [short_days(value) for value in rows[column]] for column in numbers},
        hours=[hours_of(code, days) for code, days in zip(rows["type"], rows["held"], strict=True)],
        lines=[fmt_count(value) for value in rows["lines"]],
    )
    columns = {
        "number": text_column(_("Staff number"), 100),
        "person": text_column(_("Person"), 90),
        "team": text_column(_("Team"), 140),
        "type_name": text_column(_("Leave account"), 130),
        "held": _number(_("Balance (d)"), 100),
        "hours": _number(_("In hours"), 120),
        "left": _number(_("May be taken (d)"), 130, _("What is left after leave that is approved for later")),
        "granted": _number(_("Granted (d)"), 100, _("Everything granted up to today, corrections included")),
        "taken": _number(_("Taken (d)"), 100),
        "lapsed": _number(_("Lapsed (d)"), 100),
        "lines": _number(_("Lines"), 70),
    }  # fmt: skip
    if rows["type"].nunique() < 2:
        del columns["type_name"]
    table(shown, columns, key="leave_accounts", rows_seen=8, on_open=partial(_open, tuple(rows["number"])))
    held = rows[rows["held"] != 0]
    st.caption(
        plain(
            _(
                "{n} of {m} accounts hold days, {days} d in all; the largest stands on top. Click a row to see its lines.",
                n=fmt_count(len(held)),
                m=fmt_count(len(rows)),
                days=short_days(sum(rows["held"], Decimal(0))),
            )
        )
    )


def _number(label: str, width: int, help_text: str | None = None) -> Any:
    """A number that was written already, right-aligned."""
    return st.column_config.TextColumn(label, width=width, help=help_text, alignment="right")


def _open(numbers: tuple[str, ...], position: int) -> None:
    st.query_params[OPEN] = numbers[position]


def _account(scope: Scope, rows: pd.DataFrame, types: tuple[str, ...]) -> None:
    """One person's lines, and beside them the form for who decides."""
    first = rows.iloc[0]
    agent_id = int(first["agent_id"])
    st.markdown(f"#### {plain(first['person'])} ({plain(first['number'])})")
    show_flash(PANEL)
    with open_session() as session:
        entries = leave_balances.list_entries(session, scope, agent_id)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if entries:
            show_ledger(entries, f"leave_ledger:{agent_id}")
        else:
            empty(
                _("Nothing has been entered yet"),
                _(
                    "Grant days beside this, import them on the Data page, or have overtime compensated by time off."
                ),
            )
    with right:
        if scope.may("requests.decide") and types:
            _form(agent_id, types)


def _form(agent_id: int, types: tuple[str, ...]) -> None:
    """A line: days granted, days that lapse, a correction. What was typed stays when it is refused."""
    keys = {field: f"leave_line_{field}:{agent_id}" for field in _FIELDS}
    st.session_state.setdefault(keys["on"], today())
    with st.container(border=True), st.form(f"leave_line_form:{agent_id}", border=False):
        st.markdown(f"**{plain(_('Enter a line'))}**")
        st.segmented_control(
            _("Entry"),
            KINDS,
            default=None if keys["kind"] in st.session_state else KINDS[0],
            format_func=lambda code: name("leave_entry", code),
            key=keys["kind"],
            required=True,
        )
        if len(types) > 1:
            st.selectbox(
                _("Leave account"), types, format_func=lambda code: name("leave_type", code), key=keys["type"]
            )
        days, on = st.columns(2)
        days.number_input(
            _("Number of days"),
            min_value=-_MOST,
            max_value=_MOST,
            value=None,
            step=0.5,
            format="%.7g",
            key=keys["days"],
            help=_("A correction that takes days off is below 0; days that lapse are above 0."),
        )
        on.date_input(_("Counts from"), key=keys["on"], format="YYYY-MM-DD")
        st.text_input(
            _("Note"),
            key=keys["note"],
            max_chars=LONGEST_NOTE,
            placeholder=_("needed for a lapse or a correction"),
        )
        st.form_submit_button(
            _("Enter the line"),
            key=f"leave_line:{agent_id}",
            icon=":material/check:",
            on_click=_enter,
            args=(agent_id, types[0]),
        )
    st.caption(plain(_("No more lapse than is left after approved leave, and not before their day.")))


def _enter(agent_id: int, only_type: str) -> None:
    state = st.session_state
    keys = {field: f"leave_line_{field}:{agent_id}" for field in _FIELDS}
    kind, days, on = state.get(keys["kind"]), state.get(keys["days"]), state.get(keys["on"])

    def write(session: Session, scope: Scope) -> None:
        if days is None or not isinstance(on, date) or kind not in KINDS:
            raise Refused("请填写变动、天数和生效日期。", "say what happens, how many days, and from when")
        if kind == "granted" and days < 0:
            raise Refused(
                "发放天数须大于 0；扣减请选“更正”或“到期”。",
                "days that are granted are above 0: to take some off choose a correction or a lapse",
            )
        put = (
            leave_account.lapse
            if kind == "expired"
            else partial(leave_account.grant, is_correction=kind == "corrected")
        )
        put(
            session,
            scope,
            agent_id=agent_id,
            type_=state.get(keys["type"]) or only_type,
            days=Decimal(str(days)),
            effective_on=on,
            note=typed(keys["note"]),
            book=rulebook(),
            now=now(),
        )

    if attempt(PANEL, _("The line is entered; the balance has changed."), write):
        state[keys["days"]], state[keys["note"]] = None, ""
