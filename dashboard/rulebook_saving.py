"""Every write of the page Rulebook: done, or told at the field why not. Called from the callbacks of buttons."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.formats import plain
from dashboard.i18n import _, lang, sentences
from dashboard.reads import forget_rulebook, open_session
from db.refusals import Refused
from regulations.access import AccessRefused
from regulations.edit_words import explained
from regulations.rulebook import RulebookError

FLASH = "rulebook_flash"
ERRORS = "rulebook_errors"  # what the last attempt was refused for, by field; "" for none in particular


def attempt(act: Callable[[Session], object], done: str) -> bool:
    """Make one change and say so; whether it was made. What was refused stands at its fields until the next attempt."""
    st.session_state.pop(ERRORS, None)
    try:
        with open_session() as session:
            act(session)
    except RulebookError as refused:
        found: dict[str, list[str]] = {}
        for problem in refused.problems:
            one = explained(problem)
            found.setdefault(one.field, []).append(one.text(lang()))
        st.session_state[ERRORS] = {field: list(dict.fromkeys(said)) for field, said in found.items()}
        st.session_state[FLASH] = (
            "error",
            sentences(
                _("Not saved: {n} fields have to be put right.", n=len(found)),
                *(f"{problem}" for problem in st.session_state[ERRORS].get("", ())),
            ),
        )
        return False
    except Refused as refused:
        st.session_state[FLASH] = ("error", refused.text(lang()))
        return False
    except AccessRefused as refused:
        st.session_state[FLASH] = ("error", _(str(refused)))
        return False
    forget_rulebook()
    st.session_state[FLASH] = ("done", done)
    return True


def show_errors(field: str) -> None:
    """What is wrong with a field, beneath it."""
    for said in st.session_state.get(ERRORS, {}).get(field, ()):
        st.markdown(f":red[:material/error: {plain(said)}]")
