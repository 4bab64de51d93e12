"""What the panels of a case share: doing what was pressed, and saying what became of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import current_scope
from dashboard.components import told
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import forget, open_session
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused, Scope

LONGEST_NOTE = 2000


def attempt(panel: str, done: str, write: Callable[[Session, Scope], object]) -> bool:
    """Do what was pressed, before the page is made again, and keep what to say about it for that panel.

    The viewer is asked for anew, because his sign-in may have ended while the page stood open. True when done.
    """
    scope, flash = current_scope(), f"flash:{panel}"
    is_done = False
    try:
        with open_session() as session:
            write(session, scope)
    except StaleCase as stale:
        st.session_state[flash] = ("stale", stale.text(lang()))
    except Refused as refused:
        st.session_state[flash] = ("refused", refused.text(lang()))
    except (AccessRefused, LookupError):
        st.session_state[flash] = (
            "refused",
            _("You may not do this: the matter is not yours, or no longer."),
        )
    else:
        st.session_state[flash] = ("done", done)
        is_done = True
    forget()
    return is_done


def show_flash(panel: str) -> str:
    """What became of the last thing that was pressed in the panel; said once. `done`, `refused`, `stale` or ""."""
    kind, text = st.session_state.pop(f"flash:{panel}", (None, ""))
    if kind == "stale":
        told(_("Somebody else was quicker"), text)
    elif kind == "refused":
        st.warning(plain(text), icon=":material/error:")
    elif kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
    return kind or ""


def typed(key: str) -> str:
    """What stands in a text field."""
    return str(st.session_state.get(key) or "").strip()


def cited(sentence: str, clause: str | None) -> str:
    """A sentence with the clause it rests on."""
    return _("{sentence} ({clause})", sentence=sentence, clause=clause) if clause else sentence
