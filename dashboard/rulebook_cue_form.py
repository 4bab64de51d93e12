"""The forms for what makes a phrase owed (a trigger) and for the words of a step of a conversation (a flow cue)."""

from __future__ import annotations

import streamlit as st

from dashboard.components import refusal, section
from dashboard.formats import plain
from dashboard.i18n import _, listed
from dashboard.rulebook_books import base_book, draft_book
from dashboard.rulebook_form_parts import (
    codes,
    lines,
    show_checked,
    source,
    source_badges,
    submits,
    ways_out,
)
from dashboard.rulebook_record import cue_fields, cue_record
from dashboard.rulebook_saving import show_errors, typed
from dashboard.rulebook_words import choices_of, code_name, flow_steps, record_title
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.editing import Edit, record_of
from regulations.phrase_rules import TRIGGERED
from regulations.values import FlowCue, PhraseTrigger


def show_form(scope: Scope, draft: RulebookDraft | None, list_: str, id_: str) -> None:
    """The form; `list_` is `triggers` or `flow`, `id_` "" a new one."""
    base = base_book(draft)
    book = base if draft is None else draft_book(draft)
    found = record_of(book, list_, id_) if id_ else None
    record = found if isinstance(found, PhraseTrigger | FlowCue) else None
    if id_ and record is None:
        refusal(
            _("There are no such words"),
            _("They may have been removed in the draft. Choose a row of the view Flow."),
            icon="search_off",
        )
        return
    if not id_ and not _free(book, list_):
        refusal(
            _("Nothing is left to add"),
            _("Every condition has its words already; choose a row of the view Flow to change them.")
            if list_ == "triggers"
            else _("This rulebook prescribes no steps; they come with the presets of a hospital."),
            icon="done_all",
        )
        return
    if record is not None:
        title = _("Change: {text}", text=record_title(record))
    else:
        title = _("Words of a condition") if list_ == "triggers" else _("Words of a step")
    section(title, _("It is saved in the draft; nothing applies before it is published."))
    if record is not None:
        source_badges(record)
    if isinstance(record, PhraseTrigger):
        _owed(book, record)
    prefix = f"cue:{list_}:{id_}:"
    fields = cue_fields(record, list_)
    if record is None:
        fields["code" if list_ == "triggers" else "step"] = _free(book, list_)[0]
    for field, value in fields.items():
        st.session_state.setdefault(prefix + field, value)
    show_checked(prefix, book)
    with st.form(prefix + "form", enter_to_submit=False, width=760):
        if list_ == "triggers":
            _trigger(prefix, record, book)
        else:
            _cue(prefix, book)
        source(prefix, record)
        submits(scope, draft, base, prefix, lambda: _edit(list_, record, book, prefix))
    if record is not None:
        ways_out(scope, list_, record, base, draft.row_version if draft else None, prefix, record.code)


def _free(book: Rulebook, list_: str) -> list[str]:
    """The conditions that have no words yet, or the steps that there are."""
    if list_ == "triggers":
        return [code for code in TRIGGERED if code not in book.triggers()]
    return list(flow_steps(book))


def _owed(book: Rulebook, trigger: PhraseTrigger) -> None:
    rules = [r for r in book.required_phrases() if r.condition == trigger.code]
    said = (
        _("Then owed: {names}.", names=listed(record_title(rule) for rule in rules))
        if rules
        else _("No phrase of this rulebook hangs on it.")
    )
    st.caption(plain(said))


def _trigger(prefix: str, record: PhraseTrigger | FlowCue | None, book: Rulebook) -> None:
    if record is None:
        st.selectbox(
            _("Condition"), _free(book, "triggers"), key=prefix + "code",
            format_func=lambda code: code_name("phrase_condition", code),
        )  # fmt: skip
        show_errors("condition")
    lines(prefix, "texts", _("Recognised by, one a line"), 220, _("One of them is enough."))
    lines(
        prefix, "unless", _("Not after these words, one a line"), 120,
        _("Just before the wording they take it back: 不 before 满意."),
    )  # fmt: skip
    _speaker(prefix)
    st.toggle(
        _("Counts as a question too"),
        key=prefix + "asked",
        help=_("A request or a reproach counts when asked (怎么还没来?), an opinion does not (满意吗?)."),
    )


def _cue(prefix: str, book: Rulebook) -> None:
    st.selectbox(
        _("Step"), _free(book, "flow"), key=prefix + "step",
        format_func=lambda step: code_name("flow_step", step),
    )  # fmt: skip
    show_errors("step")
    codes(prefix, "contact_kinds", _("Kind of contact (none: all)"), choices_of("contact_kind"))
    show_errors("contact_kind")
    lines(prefix, "texts", _("Recognised by, one a line"), 220, _("One of them is enough."))
    lines(
        prefix, "patterns", _("Patterns, one a line"), 80,
        _("{a|b} is one of these, [a] may be left out, * is up to six characters, <n> up to n."),
    )  # fmt: skip
    _speaker(prefix)
    st.toggle(
        _("Leaves no words"),
        key=prefix + "silent",
        help=_("Nothing is looked for; people check this step. The words above are dropped."),
    )


def _speaker(prefix: str) -> None:
    names = {code: said for code, said in choices_of("speaker").items() if code != "unknown"}
    st.radio(
        _("Said by"), list(names), key=prefix + "speaker", horizontal=True, format_func=lambda c: names[c]
    )


def _edit(list_: str, record: PhraseTrigger | FlowCue | None, book: Rulebook, prefix: str) -> Edit:
    taken = frozenset(cue.code for cue in book.all_flow_cues())
    written = cue_record(typed(prefix), list_, record, taken)
    action = "change" if record else "add"
    return {"what": "phrase", "list": list_, "action": action, "id": written["code"], "record": written}
