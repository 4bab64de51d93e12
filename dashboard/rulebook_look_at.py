"""What is allowed in the draft but seldom meant: a wording two phrases have, one inside words that must be said."""

from __future__ import annotations

import streamlit as st

from dashboard.formats import fmt_count, plain
from dashboard.i18n import _
from dashboard.rulebook_form_parts import show_warnings
from dashboard.rulebook_words import record_title
from db.models import RulebookDraft
from regulations.book import Rulebook
from regulations.editing import Edit, record_of
from regulations.phrase_warnings import PhraseWarning, warnings_of
from settings import get_settings

MOST_ENTRIES = 40  # of a draft whose every entry has something, the first say enough


def show_look_at(draft: RulebookDraft, base: Rulebook, book: Rulebook) -> None:
    """Each entry of the draft that has something, with links to what it meets; nothing where all is well."""
    found = _found(
        get_settings().database, draft.id, draft.row_version, _base=base, _book=book, _edits=draft.edits
    )
    if not found:
        return
    number = sum(len(warnings) for _key, _title, warnings in found)
    with st.expander(
        _("Look at this before it is published ({n})", n=fmt_count(number)),
        icon=":material/rule:",
        expanded=True,
    ):
        st.caption(_("Nothing of it is refused; it is seldom meant."))
        for key, list_id, warnings in found:
            record = record_of(book, *list_id)
            if record is not None:
                st.markdown(f"**{plain(record_title(record))}**")
                show_warnings(warnings, book, key)


@st.cache_data(show_spinner=False, max_entries=8)
def _found(
    database: str, draft_id: int, row_version: int, *, _base: Rulebook, _book: Rulebook, _edits: list[Edit]
) -> list[tuple[str, tuple[str, str], list[PhraseWarning]]]:
    """The entries that have something: a key, their list and id, and what it is."""
    found = []
    for number, edit in enumerate(_edits):
        if edit.get("what") != "phrase" or edit.get("action") == "remove":
            continue
        where = str(edit.get("list")), str(edit.get("id"))
        record = record_of(_book, *where)
        warnings = warnings_of(_book, record, record_of(_base, *where)) if record else []
        if warnings:
            found.append((str(number), where, warnings))
    return found[:MOST_ENTRIES]
