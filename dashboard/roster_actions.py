"""Changing the roster from the page: what came of it is said once, on the next run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import require
from dashboard.components import show_flash
from dashboard.i18n import _, lang
from dashboard.reads import forget, now, open_session
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FLASH = "roster_flash"
WEEK_PARAM = "week"  # parameters of the address: the week shown, an open day of a person, an open conflict
CELL, CONFLICT = "cell", "conflict"

Act = Callable[[Session, Scope, datetime], object]


def perform(act: Act, done: str) -> bool:
    """Do it, and keep what is to be said about it; whether it was done. For callbacks of buttons."""
    scope, moment = require("roster.edit"), now()
    try:
        with open_session() as session:
            act(session, scope, moment)
    except Refused as refused:
        tell("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        tell("warning", _("You may not change this part of the roster, or it is gone by now."))
    else:
        tell("done", done)
        forget()
        return True
    forget()
    return False


def tell(kind: str, text: str) -> None:
    """Keep a message for the next run."""
    st.session_state[_FLASH] = (kind, text)


def flash() -> None:
    """Say once what came of the last action."""
    show_flash(_FLASH)


def open_cell(agent_id: int, on: date) -> None:
    """Open a person's day; for callbacks and clicks."""
    st.query_params[CELL] = f"{agent_id}.{on.isoformat()}"


def close(param: str) -> None:
    """Close what a parameter of the address opens."""
    if param in st.query_params:
        del st.query_params[param]
