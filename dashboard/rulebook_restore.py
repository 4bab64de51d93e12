"""Phrases, triggers and cues that the files of the regulations have and this rulebook does not: brought back."""

from __future__ import annotations

import streamlit as st

from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.rulebook_books import base_book, shipped_book
from dashboard.rulebook_saving import save
from dashboard.rulebook_words import all_phrases, list_of, record_title, told_apart
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.editing import restoring


def removed(book: Rulebook, shipped: Rulebook) -> dict[tuple[str, str], str]:
    """List and id of what is missing in `book`, with what each is called."""
    known = {(list_of(rule), rule.id) for rule in all_phrases(book)}
    known |= {("triggers", code) for code in book.triggers()}
    known |= {("flow", cue.code) for cue in book.all_flow_cues()}
    found = {(list_of(rule), rule.id): record_title(rule) for rule in all_phrases(shipped)}
    found |= {("triggers", code): record_title(one) for code, one in shipped.triggers().items()}
    found |= {("flow", cue.code): record_title(cue) for cue in shipped.all_flow_cues()}
    missing = {where: title for where, title in found.items() if where not in known}
    return told_apart(missing, lambda where: where[1])


def show_restore(scope: Scope, draft: RulebookDraft | None, book: Rulebook) -> None:
    """The choice among what was removed; nothing where nothing was."""
    shipped = shipped_book()
    missing = removed(book, shipped)
    if not missing:
        return
    with st.popover(_("Restore what was removed"), icon=":material/settings_backup_restore:"):
        st.caption(_("The files of the regulations have it; this rulebook does not any more."))
        chosen = st.selectbox(
            _("Removed entry"),
            list(missing),
            format_func=lambda where: plain(missing[where]),
            key="rulebook_removed",
            width=360,
        )
        edit = restoring(base_book(draft), shipped, *chosen)
        if edit is not None:
            st.button(
                _("Restore it in the draft"),
                key="rulebook_restore",
                on_click=save,
                args=(scope, edit, draft.row_version if draft else None, ["rulebook_removed"]),
            )
