"""Every write of the page Rulebook: done, or told at the field why not. Called from the callbacks of buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard import reads
from dashboard.formats import plain
from dashboard.i18n import _, lang, sentences
from dashboard.reads import forget_rulebook, open_session
from db import rulebook_drafts
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.edit_words import explained
from regulations.editing import Edit
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
        tell(refused)
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


def tell(refused: RulebookError) -> None:
    """Put what is wrong with an edit at its fields, and say above how many have to be put right."""
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


def show_errors(field: str) -> None:
    """What is wrong with a field, beneath it."""
    for said in st.session_state.get(ERRORS, {}).get(field, ()):
        st.markdown(f":red[:material/error: {plain(said)}]")


def save(scope: Scope, edit: Edit, seen: int | None, prefixes: Sequence[str]) -> None:
    """Put one edit into the draft; when that is done the form closes, else what was typed stays."""
    done = _("Saved in the draft. It applies once it is published.")
    if attempt(
        lambda session: rulebook_drafts.save_edit(session, scope, edit, seen=seen, now=reads.now()), done
    ):
        forget_form(prefixes)


def typed(prefix: str) -> Mapping[str, Any]:
    """What stands in the fields of a form, by their names without the prefix."""
    found = {str(key): value for key, value in st.session_state.items()}
    return {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)}


def forget_form(prefixes: Sequence[str]) -> None:
    """Close the form and drop what was typed: it is saved."""
    for key in [k for k in st.session_state if str(k).startswith(tuple(prefixes))]:
        del st.session_state[key]
    if "edit" in st.query_params:
        del st.query_params["edit"]


def written_lines(text: str) -> list[str]:
    """The lines of a field, each once, without empty ones."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
