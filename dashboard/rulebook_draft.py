"""The draft: what it changes, what it would have changed on the past calls, and its publication."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import reads, rulebook_cue_form, rulebook_limit_form, rulebook_phrase_form
from dashboard.components import empty, section
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import person
from dashboard.rulebook_books import DRAFT, base_book, draft_book, versions
from dashboard.rulebook_card import go_edit
from dashboard.rulebook_change import is_worked_out, show_change
from dashboard.rulebook_differences import Line, lines_of, show_lines
from dashboard.rulebook_look_at import show_look_at
from dashboard.rulebook_publish import show_publish
from dashboard.rulebook_restore import show_restore
from dashboard.rulebook_saving import ERRORS, attempt
from dashboard.rulebook_words import code_name
from db import rulebook_drafts
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.edit_words import explained
from regulations.editing import RECORDS, Edit, key_of
from regulations.rulebook import RulebookError

CUES = ("triggers", "flow")


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The form that was asked for, or the draft as it stands."""
    book: Rulebook | None = None
    if draft is not None:
        try:
            book = draft_book(draft)
        except RulebookError as error:
            _unusable(scope, draft, error)
            return
    if scope.may("rulebook.edit") and _shows_form(scope, draft):
        return
    st.session_state.pop(ERRORS, None)
    if scope.may("rulebook.edit"):
        _ways_in(scope, draft, book)
    if draft is None or book is None:
        said = (
            _(
                "Open a phrase and choose “Change it”, click a row under Flow or a value under Limits, or add a phrase here. Then it can be tried and published."
            )
            if scope.may("rulebook.edit")
            else _("QA staff and managers change the rulebook. What they prepare will stand here.")
        )
        empty(_("No draft is open"), said, "edit_note")
        return
    base = base_book(draft)
    section(
        _("Changes in the draft"),
        _(
            "Begun by {who}, against version {version}.",
            who=person(draft.created_by),
            version=draft.base_version[:8],
        ),
    )
    lines = lines_of(base, book)
    if lines:
        may_edit = scope.may("rulebook.edit")
        show_lines(lines, f"rulebook_draft_{draft.row_version}", _opener(draft, lines) if may_edit else None)
        if may_edit:
            st.caption(_("Click a row to change it again."))
        show_look_at(draft, base, book)
    else:
        empty(
            _("The draft changes nothing yet"),
            _("Add a phrase, or change one in the list of phrases."),
            "edit_note",
        )
    if scope.may("rulebook.edit"):
        _again(scope, draft, lines)
    if _is_overtaken(scope, draft):
        return
    if not lines:
        return
    show_change(scope, draft, base, book)
    show_publish(scope, draft, lines, is_weighed=is_worked_out(draft))


def _opener(draft: RulebookDraft, lines: list[Line]) -> Callable[[int], None]:
    """What a click on a difference does: the form of its edit, where there is one and it is no removal."""
    forms = {key_of(edit): _form_of(edit) for edit in draft.edits if edit.get("action") != "remove"}

    def open_one(position: int) -> None:
        if form := forms.get(lines[position].key):
            go_edit(form)

    return open_one


def _shows_form(scope: Scope, draft: RulebookDraft | None) -> bool:
    """Show the form that the address asks for, if it asks for one."""
    list_, _colon, id_ = st.query_params.get("edit", "").partition(":")
    if list_ != "limit" and list_ not in RECORDS:
        return False
    st.button(_("Back to the draft"), icon=":material/arrow_back:", type="tertiary", on_click=_leave)
    if list_ == "limit":
        rulebook_limit_form.show_form(scope, draft, id_)
    elif list_ in CUES:
        rulebook_cue_form.show_form(scope, draft, list_, id_)
    else:
        rulebook_phrase_form.show_form(scope, draft, list_, id_)
    return True


def _ways_in(scope: Scope, draft: RulebookDraft | None, book: Rulebook | None) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            _("Add a phrase that must not be said"),
            icon=":material/add:",
            on_click=go_edit,
            args=("banned:",),
            key="rulebook_add_banned",
        )
        st.button(
            _("Add a phrase that must be said"),
            icon=":material/add:",
            on_click=go_edit,
            args=("required:",),
            key="rulebook_add_required",
        )
        show_restore(scope, draft, book or base_book(None))
        if draft is not None:
            st.button(
                _("Try the draft"), icon=":material/play_arrow:", on_click=_try, key="rulebook_try_draft"
            )


def _try() -> None:
    st.query_params["view"] = "try"
    st.query_params["book"] = DRAFT


def _leave() -> None:
    st.session_state.pop(ERRORS, None)
    if "edit" in st.query_params:
        del st.query_params["edit"]


def _again(scope: Scope, draft: RulebookDraft, lines: list[Line]) -> None:
    """Change one of the edits again, take one back, or give the draft up."""
    titles = {line.key: line.title for line in lines}
    edits = {key_of(edit): edit for edit in draft.edits}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if edits:
            chosen = st.selectbox(
                _("One of the changes"),
                list(edits),
                format_func=lambda key: titles.get(key, _title(edits[key])),
                key=f"rulebook_edit_{draft.row_version}",
                width=380,
            )
            edit = edits[chosen]
            if edit.get("action") != "remove":
                st.button(_("Change again"), icon=":material/edit:", on_click=go_edit, args=(_form_of(edit),))
            st.button(
                _("Take back"),
                icon=":material/undo:",
                on_click=_take_back,
                args=(scope, chosen, draft.row_version),
            )
        with st.popover(_("Discard the draft"), icon=":material/delete:"):
            st.markdown(
                plain(_("All {n} changes are given up. The log keeps what they were.", n=len(draft.edits)))
            )
            st.button(
                _("Discard it"),
                key="rulebook_discard",
                on_click=_discard,
                args=(scope, draft.row_version),
            )


def _title(edit: Edit) -> str:
    if edit.get("what") == "phrase":
        record = edit.get("record") or {}
        if edit.get("list") in CUES:
            return code_name(
                "phrase_condition", code_name("flow_step", str(record.get("step", edit.get("id", ""))))
            )
        words = next(iter(record.get("texts", ())), edit.get("id", ""))
        return f"{words} · {code_name('finding_category', str(record.get('category', '')))}"
    return key_of(edit)


def _form_of(edit: Edit) -> str:
    if edit.get("what") == "phrase":
        return f"{edit.get('list')}:{edit.get('id')}"
    return f"limit:{edit.get('key')}"


def _take_back(scope: Scope, key: str, seen: int) -> None:
    attempt(
        lambda session: rulebook_drafts.take_back(session, scope, key, seen=seen, now=reads.now()),
        _("The change was taken back."),
    )


def _discard(scope: Scope, seen: int) -> None:
    attempt(
        lambda session: rulebook_drafts.discard(session, scope, seen=seen, now=reads.now()),
        _("The draft was discarded; the log keeps what it was."),
    )


def _is_overtaken(scope: Scope, draft: RulebookDraft) -> bool:
    """Whether another version was published since; then the way on is offered in place of the publication."""
    last = next(iter(versions()), None)
    if last is None or last.version == draft.base_version:
        return False
    st.warning(
        plain(
            _(
                "Version {version} was published since this draft began. Move the draft onto it, then look at what differs.",
                version=last.version[:8],
            )
        ),
        icon=":material/sync_problem:",
    )
    if scope.may("rulebook.edit"):
        st.button(
            _("Move the draft onto it"),
            icon=":material/sync:",
            on_click=_move,
            args=(scope, draft.row_version),
        )
    return True


def _move(scope: Scope, seen: int) -> None:
    attempt(
        lambda session: rulebook_drafts.move_to_latest(session, scope, seen=seen, now=reads.now()),
        _("The draft now builds on the version published last."),
    )


def _unusable(scope: Scope, draft: RulebookDraft, error: RulebookError) -> None:
    """A new release may refuse what an older one took: say what, and let it be taken back."""
    st.error(plain(_("This draft can no longer be used as it is:")), icon=":material/block:")
    for problem in error.problems:
        st.markdown(f"- {plain(problem.key)}: {plain(explained(problem).text(lang()))}")
    if scope.may("rulebook.edit"):
        _again(scope, draft, [])
