"""What the forms of phrases, triggers and flow cues have in common: lists of words, the source, removing and restoring."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.formats import plain
from dashboard.i18n import N_, _, lang, name
from dashboard.rulebook_books import shipped_book
from dashboard.rulebook_saving import ERRORS, FLASH, save, show_errors, tell
from dashboard.rulebook_words import record_title
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.editing import Edit, Record, edited, put, record_of, restoring
from regulations.phrase_warnings import PhraseWarning, warnings_of
from regulations.rulebook import RulebookError
from regulations.storage import written

_BASES = {
    "ours": N_("Our own choice"),
    "clause": N_("A clause of our own regulations"),
    "kept": N_("As before"),
}
_CHECKED = "rulebook_checked"  # (which form, what to look at in it): the answer to “Check it”
_STATUS_COLOURS = {"stated": "green", "inferred": "blue", "product_choice": "gray"}


def lines(prefix: str, field: str, title: str, height: int, help_text: str = "") -> None:
    """A list of words, one a line, with what is wrong with it."""
    st.text_area(title, key=prefix + field, height=height, help=help_text or None)
    show_errors(field)


def codes(prefix: str, field: str, title: str, names: dict[str, str]) -> None:
    """Several of the codes of a kind; none is all of them."""
    st.multiselect(
        title, list(names), key=prefix + field, format_func=lambda c: names[c], placeholder=_("All")
    )


def source_badges(record: Record) -> None:
    """The status and the clauses that the entry has now."""
    status = f":{_STATUS_COLOURS[record.status]}-badge[{plain(name('parameter_status', record.status))}]"
    st.markdown(" ".join([status, *(f":gray-badge[{plain(clause)}]" for clause in record.clauses)]))


def source(prefix: str, record: Record | None) -> None:
    """Where the wording comes from: who worded it, and the clause where one states it."""
    bases = _BASES if record is not None else {k: v for k, v in _BASES.items() if k != "kept"}
    st.radio(
        _("Where the wording comes from"), list(bases), key=prefix + "basis", horizontal=True,
        format_func=lambda code: _(_BASES[code]),
        help=_("Words that stay as they are keep their source; changed words are our own choice unless a clause is named."),
    )  # fmt: skip
    st.text_input(_("Clauses of our own regulations"), key=prefix + "clause", placeholder="S.12")
    for field in ("source", "status"):
        show_errors(field)
    if record is not None and record.clauses:
        st.caption(plain(_("Keeps its clauses: {clauses}.", clauses=" ".join(record.clauses))))


def submits(
    scope: Scope, draft: RulebookDraft | None, base: Rulebook, form: str, make: Callable[[], Edit]
) -> None:
    """The buttons of a form: save what was typed, or only look at it. `make` reads the fields when one is pressed."""
    seen, edits = (draft.row_version, list(draft.edits)) if draft else (None, [])
    with st.container(horizontal=True, gap="small"):
        st.form_submit_button(
            _("Save in the draft"),
            type="primary",
            icon=":material/save:",
            on_click=lambda: save(scope, make(), seen, [form]),
        )
        st.form_submit_button(
            _("Check it"),
            icon=":material/fact_check:",
            on_click=lambda: _check(base, edits, make(), form),
            help=_(
                "Says what would be refused and what to look at, such as a wording another phrase has. Nothing is saved."
            ),
        )


def _check(base: Rulebook, edits: list[Edit], edit: Edit, form: str) -> None:
    """Work out what is wrong with an edit and what is worth a look, without saving it."""
    for key in (ERRORS, _CHECKED):
        st.session_state.pop(key, None)
    try:
        after = edited(base, put(base, edits, edit))
    except RulebookError as refused:
        tell(refused)
        return
    list_, id_ = str(edit["list"]), str(edit["id"])
    record = record_of(after, list_, id_)
    found = warnings_of(after, record, record_of(base, list_, id_)) if record else []
    st.session_state[_CHECKED] = (form, found)
    if not found:
        st.session_state[FLASH] = ("done", _("Nothing is wrong with it. It is not saved yet."))


def show_checked(form: str, book: Rulebook) -> None:
    """What “Check it” found in this form."""
    kept = st.session_state.get(_CHECKED)
    if kept is not None and kept[0] == form and kept[1]:
        st.warning(plain(_("It could be saved, but look at this first:")), icon=":material/rule:")
        show_warnings(kept[1], book, "checked")


def show_warnings(found: list[PhraseWarning], book: Rulebook, key: str) -> None:
    """Each thing to look at, with the way to the other entry."""
    for number, one in enumerate(found):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f":material/chevron_right: {plain(one.text(lang()))}", width="content")
            list_, _colon, id_ = one.other.partition(":")
            other = record_of(book, list_, id_) if list_ else None
            if other is not None:
                st.button(
                    _("See “{text}”", text=record_title(other)),
                    type="tertiary",
                    icon=":material/open_in_new:",
                    on_click=_see,
                    args=(list_, id_),
                    key=f"rulebook_warning_{key}_{number}",
                )


def _see(list_: str, id_: str) -> None:
    st.session_state.pop(_CHECKED, None)
    st.query_params["view"] = "flow" if list_ in ("flow", "triggers") else "phrases"
    st.query_params["rule"] = id_


def ways_out(
    scope: Scope, list_: str, record: Record, base: Rulebook, seen: int | None, prefix: str, id_: str
) -> None:
    """Take the entry out of the rulebook, or give it back what the files of the regulations say."""
    with st.container(horizontal=True, gap="small"):
        with st.popover(_("Remove it"), icon=":material/delete:"):
            st.markdown(plain(_("It would no longer be looked for. The draft can take the removal back.")))
            if record.status != "product_choice":
                st.warning(
                    plain(_("The regulations demand it: {clauses}.", clauses=" ".join(record.clauses))),
                    icon=":material/gavel:",
                )
            removal = {"what": "phrase", "list": list_, "action": "remove", "id": id_}
            st.button(
                _("Remove it in the draft"),
                key=prefix + "remove",
                on_click=save,
                args=(scope, removal, seen, [prefix]),
            )
        shipped = shipped_book()
        edit = restoring(base, shipped, list_, id_)
        if edit is not None and written(record) != written(record_of(shipped, list_, id_)):
            with st.popover(_("Restore what the set says"), icon=":material/settings_backup_restore:"):
                before = record_of(shipped, list_, id_)
                words = " · ".join([*before.texts, *getattr(before, "patterns", ())][:20]) if before else ""
                st.markdown(
                    plain(_("It was changed here. The files of the regulations say: {text}", text=words))
                )
                st.button(
                    _("Restore it in the draft"),
                    key=prefix + "restore",
                    on_click=save,
                    args=(scope, edit, seen, [prefix]),
                )
