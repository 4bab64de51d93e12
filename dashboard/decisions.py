"""What the panels of a case share: doing what was pressed, and saying what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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


def attempt(
    panel: str,
    done: str | Callable[[Any], str],
    write: Callable[[Session, Scope], object],
    *,
    beside: str = "",
) -> bool:
    """Do what was pressed, before the page is made again, and keep what to say about it for that panel.

    `done` is what to say when it is done, or makes that of what `write` answered. `beside` names the place of the panel
    where a refusal is said: at the button that was pressed. The viewer is asked for anew, because his sign-in may have
    ended while the page stood open. True when done.
    """
    scope, flash = current_scope(), f"flash:{panel}"
    is_done = False
    st.session_state.pop(_place(panel), None)
    try:
        with open_session() as session:
            answer = write(session, scope)
    except StaleCase as stale:
        st.session_state[flash] = ("stale", stale.text(lang()))
    except Refused as refused:
        st.session_state[flash] = ("refused", refused.text(lang()))
        st.session_state[_place(panel)] = beside
    except (AccessRefused, LookupError):
        st.session_state[flash] = (
            "refused",
            _("You may not do this: the matter is not yours, or no longer."),
        )
    else:
        st.session_state[flash] = ("done", done if isinstance(done, str) else done(answer))
        is_done = True
    forget()
    return is_done


def show_flash(panel: str, *, beside: str | None = None) -> str:
    """What became of the last thing that was pressed in the panel; said once. `done`, `refused`, `stale` or "".

    With `beside` only what belongs to that place of the panel ("": to none); without it whatever there is.
    """
    if beside is not None and st.session_state.get(_place(panel), "") != beside:
        return ""
    st.session_state.pop(_place(panel), None)
    kind, text = st.session_state.pop(f"flash:{panel}", (None, ""))
    if kind == "stale":
        told(_("Somebody else was quicker"), text)
    elif kind == "refused":
        st.warning(plain(text), icon=":material/error:")
    elif kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
    return kind or ""


def _place(panel: str) -> str:
    return f"flash_beside:{panel}"


def typed(key: str) -> str:
    """What stands in a text field."""
    return str(st.session_state.get(key) or "").strip()


def cited(sentence: str, clause: str | None) -> str:
    """A sentence with the clause it rests on."""
    return _("{sentence} ({clause})", sentence=sentence, clause=clause) if clause else sentence
