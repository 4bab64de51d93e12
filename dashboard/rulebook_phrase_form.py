"""The form for one phrase: a new one, or one of the rulebook. What is typed stays until it is saved."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import reads
from dashboard.components import refusal, section
from dashboard.formats import plain
from dashboard.i18n import N_, _, name
from dashboard.quality_lists import severity_label
from dashboard.rulebook_books import base_book, draft_book
from dashboard.rulebook_saving import attempt, show_errors
from dashboard.rulebook_words import categories_of, code_name, field_words
from db import rulebook_drafts
from db.models import RulebookDraft
from db.quality import SEVERITIES
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.editing import basis_of, phrase_of
from regulations.names import NAMES
from regulations.phrase_rules import write_phrase
from regulations.values import PhraseRule

_BASES = {
    "ours": N_("Our own choice"),
    "clause": N_("A clause of our own regulations"),
    "kept": N_("As before"),
}
_LINES = ("texts", "patterns", "allow", "suggest")
_WORDING = ("texts", "patterns", "allow", "only", "unless")


def show_form(scope: Scope, draft: RulebookDraft | None, list_: str, id_: str) -> None:
    """The form; `id_` "" is a new phrase of the list `required` or `banned`."""
    book = base_book(None) if draft is None else draft_book(draft)
    rule = phrase_of(book, list_, id_) if id_ else None
    if id_ and rule is None:
        refusal(
            _("There is no such phrase"),
            _("It may have been removed in the draft. Choose one in the list of phrases."),
            icon="search_off",
        )
        return
    if rule is not None:
        title = _("Change: {text}", text=rule.texts[0])
    elif list_ == "banned":
        title = _("A new phrase that must not be said")
    else:
        title = _("A new phrase that must be said")
    section(title, _("It is saved in the draft; nothing applies before it is published."))
    prefix = f"phrase:{list_}:{id_}:"
    for field, value in _defaults(rule, book, list_).items():
        st.session_state.setdefault(prefix + field, value)
    seen = draft.row_version if draft else None
    with st.form(prefix + "form", enter_to_submit=False):
        _fields(prefix, rule, book, list_)
        st.form_submit_button(
            _("Save in the draft"),
            type="primary",
            icon=":material/save:",
            on_click=_save,
            args=(scope, list_, rule, _ids(book), seen, prefix),
        )
    if rule is not None:
        with st.popover(_("Remove this phrase"), icon=":material/delete:"):
            st.markdown(plain(_("It would no longer be looked for. The draft can take the removal back.")))
            if rule.status != "product_choice":
                st.warning(
                    plain(_("The regulations demand it: {clauses}.", clauses=" ".join(rule.clauses))),
                    icon=":material/gavel:",
                )
            st.button(
                _("Remove it in the draft"),
                key=prefix + "remove",
                on_click=_remove,
                args=(scope, list_, rule.id, seen, prefix),
            )


def _defaults(rule: PhraseRule | None, book: Rulebook, list_: str) -> dict[str, Any]:
    weight = book.decimal("qa.banned_weight" if list_ == "banned" else "qa.required_weight") or 0
    one = rule or PhraseRule("", "banned" if list_ == "banned" else "required", "", (), points=weight)  # type: ignore[arg-type]
    lines = {field: "\n".join(getattr(one, field)) for field in _LINES}
    return {
        **lines,
        "id": "",
        "category": one.category or categories_of(book, list_)[0],
        "phase": one.phase,
        "channels": list(one.channels),
        "directions": list(one.directions),
        "contact_kinds": list(one.contact_kinds),
        "severity": one.severity,
        "points": float(one.points),
        "sure": one.is_sure,
        "by_sound": one.by_sound,
        "times": one.times,
        "condition": one.condition,
        "match": one.match,
        "basis": "ours",
        "clause": "",
    }


def _fields(prefix: str, rule: PhraseRule | None, book: Rulebook, list_: str) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        _lines(
            prefix,
            "texts",
            _("Wordings, one a line"),
            130,
            _("Any of them counts. Variants as they are spoken."),
        )
        _lines(prefix, "suggest", _("Say instead, one a line"), 80, "")
        _lines(
            prefix, "patterns", _("Patterns, one a line"), 80,
            _("{a|b} is one of these, [a] may be left out, * is up to six characters, <n> up to n. Patterns only propose."),
        )  # fmt: skip
        if list_ == "banned":
            _lines(
                prefix, "allow", _("Exceptions, one a line"), 80,
                _("Longer harmless texts that contain the wording, such as 亲自 for 亲."),
            )  # fmt: skip
    with right:
        if rule is None:
            st.text_input(
                _("Id (may be left empty)"), key=prefix + "id", placeholder="cold-site-1",
                help=_("Findings and figures name the phrase by it for good."),
            )  # fmt: skip
        show_errors("id")
        one, two = st.columns(2)
        one.selectbox(
            _("Category"), categories_of(book, list_), key=prefix + "category",
            format_func=lambda code: code_name("finding_category", code),
        )  # fmt: skip
        two.selectbox(
            _("Phase"),
            list(NAMES["phrase_phase"]),
            key=prefix + "phase",
            format_func=lambda c: name("phrase_phase", c),
        )
        one.selectbox(_("Severity"), SEVERITIES, key=prefix + "severity", format_func=severity_label)
        two.number_input(_("Points off"), key=prefix + "points", step=1.0, format="%g")
        show_errors("points")
        st.selectbox(
            _("Match"),
            list(NAMES["phrase_match"]),
            key=prefix + "match",
            format_func=lambda c: name("phrase_match", c),
            help=_("A word by itself: 亲 counts, 父亲 does not."),
        )
        if list_ == "banned":
            one.toggle(_("May be sure"), key=prefix + "sure", help=_("Off: it only ever proposes a review."))
            two.toggle(
                _("Same sound too"),
                key=prefix + "by_sound",
                help=_("Other characters of the same sound propose a review."),
            )
            st.number_input(_("Counts from how many times in a contact"), key=prefix + "times", step=1)
            show_errors("times")
        else:
            st.selectbox(
                _("Owed when"),
                list(NAMES["phrase_condition"]),
                key=prefix + "condition",
                format_func=lambda c: name("phrase_condition", c),
            )
        _codes(prefix, "channels", _("Channel (none: all)"), "channel")
        _codes(prefix, "directions", _("Direction (none: both)"), "direction")
        _codes(prefix, "contact_kinds", _("Kind of contact (none: all)"), "contact_kind")
        bases = _BASES if rule is not None else {k: v for k, v in _BASES.items() if k != "kept"}
        st.radio(
            _("Where the wording comes from"), list(bases), key=prefix + "basis", horizontal=True,
            format_func=lambda code: _(_BASES[code]),
        )  # fmt: skip
        st.text_input(_("Clauses of our own regulations"), key=prefix + "clause", placeholder="S.12")
        for field in ("source", "status"):
            show_errors(field)
        if rule is not None:
            _kept(rule)


def _kept(rule: PhraseRule) -> None:
    """What the form leaves as it is."""
    parts = [_("Keeps its clauses: {clauses}.", clauses=" ".join(rule.clauses))] if rule.clauses else []
    if rule.only:
        parts.append(_("Counts only with: {words}.", words=field_words("only", rule.only)))
    if rule.unless:
        parts.append(_("Does not count with: {words}.", words=field_words("unless", rule.unless)))
    if parts:
        st.caption(plain(" ".join(parts)))


def _lines(prefix: str, field: str, title: str, height: int, help_text: str) -> None:
    st.text_area(title, key=prefix + field, height=height, help=help_text or None)
    show_errors(field)


def _codes(prefix: str, field: str, title: str, kind: str) -> None:
    st.multiselect(
        title,
        list(NAMES[kind]),
        key=prefix + field,
        format_func=lambda c: name(kind, c),
        placeholder=_("All"),
    )


def _ids(book: Rulebook) -> frozenset[str]:
    return frozenset(rule.id for rule in (*book.required_phrases(), *book.banned_phrases()))


def record_of(
    said: Mapping[str, Any], list_: str, rule: PhraseRule | None, taken: frozenset[str]
) -> dict[str, Any]:
    """What was filled in as a file would write it. Fields that the form does not show stay as they were.

    Wording that did not change keeps its status, unless a clause is named for it.
    """
    kept = {k: v for k, v in write_phrase(rule).items() if k != "kind"} if rule else {}
    record: dict[str, Any] = {
        **kept,
        "id": rule.id if rule else said["id"].strip() or _free_id(said["category"], taken),
        "category": said["category"],
        "phase": said["phase"],
        "channel": list(said["channels"]),
        "direction": list(said["directions"]),
        "contact_kind": list(said["contact_kinds"]),
        "severity": said["severity"],
        "match": said["match"],
        "points": said["points"],
        **{field: _written_lines(said[field]) for field in _LINES if field in said},
    }
    if list_ == "banned":
        record |= {"sure": said["sure"], "by_sound": said["by_sound"], "times": said["times"]}
    else:
        record |= {"condition": said["condition"]}
    basis = said["basis"]
    is_same = rule is not None and all(record.get(f, []) == kept.get(f, []) for f in _WORDING)
    if basis == "ours" and is_same:
        basis = "kept"
    clauses, status = basis_of(
        rule, basis, re.split(r"[\s,，、]+", said["clause"].strip()) if said["clause"].strip() else ()
    )
    return {**record, "source": list(clauses), "status": status}


def _written_lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _free_id(category: str, taken: frozenset[str]) -> str:
    base = f"{category.replace('_', '-')[:40]}-site"
    return next(f"{base}-{n}" for n in range(1, len(taken) + 2) if f"{base}-{n}" not in taken)


def _save(
    scope: Scope, list_: str, rule: PhraseRule | None, taken: frozenset[str], seen: int | None, prefix: str
) -> None:
    typed = {str(key): value for key, value in st.session_state.items()}
    said = {key.removeprefix(prefix): value for key, value in typed.items() if key.startswith(prefix)}
    record = record_of(said, list_, rule, taken)
    action = "change" if rule else "add"
    _write(
        scope,
        {"what": "phrase", "list": list_, "action": action, "id": record["id"], "record": record},
        seen,
        prefix,
    )


def _remove(scope: Scope, list_: str, id_: str, seen: int | None, prefix: str) -> None:
    _write(scope, {"what": "phrase", "list": list_, "action": "remove", "id": id_}, seen, prefix)


def _write(scope: Scope, edit: Mapping[str, Any], seen: int | None, prefix: str) -> None:
    done = _("Saved in the draft. It applies once it is published.")
    if attempt(
        lambda session: rulebook_drafts.save_edit(session, scope, edit, seen=seen, now=reads.now()), done
    ):
        forget_form([prefix])


def forget_form(prefixes: Sequence[str]) -> None:
    """Close the form and drop what was typed: it is saved."""
    for key in [k for k in st.session_state if str(k).startswith(tuple(prefixes))]:
        del st.session_state[key]
    if "edit" in st.query_params:
        del st.query_params["edit"]
