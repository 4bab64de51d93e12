"""Every write of the page Scorecards: done, or told which item and field stands in the way. Called from callbacks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import forget, open_session
from dashboard.scorecard_words import problem_words
from db.refusals import Refused
from quality.scorecards import CardError
from regulations.access import AccessRefused

FLASH = "scorecard_flash"
ERRORS = "scorecard_errors"
Done = TypeVar("Done")


def attempt(
    act: Callable[[Session], Done], done: str, titles: Mapping[str, str] | None = None
) -> Done | None:
    """Make one change and say so; what it answered, None where it was refused. `titles`: items by their codes."""
    st.session_state.pop(ERRORS, None)
    try:
        with open_session() as session:
            answer = act(session)
    except CardError as refused:
        st.session_state[ERRORS] = [problem_words(p, dict(titles or {})) for p in refused.problems]
        return None
    except Refused as refused:
        st.session_state[FLASH] = ("error", refused.text(lang()))
        return None
    except AccessRefused as refused:
        st.session_state[FLASH] = ("error", _(str(refused)))
        return None
    forget()
    st.session_state[FLASH] = ("done", done)
    return answer


def show_errors() -> None:
    """What the last attempt was refused for, line by line."""
    said = st.session_state.get(ERRORS, ())
    if said:
        lines = "".join(f"\n- {plain(one)}" for one in said)
        st.error(
            f"{plain(_('Not saved. Nobody could be scored by this card:'))}{lines}", icon=":material/block:"
        )
