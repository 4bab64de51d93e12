"""The form for one phrase: a new one, or one of the rulebook. What is typed stays until it is saved."""

from __future__ import annotations

import streamlit as st

from dashboard.components import refusal, section
from dashboard.i18n import _, name
from dashboard.quality_lists import severity_label
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
from dashboard.rulebook_nearby_form import show_conditions
from dashboard.rulebook_record import phrase_fields, phrase_record
from dashboard.rulebook_saving import show_errors, typed
from dashboard.rulebook_words import categories_of, choices_of, code_name, record_title, told_apart
from db.models import RulebookDraft
from db.quality import SEVERITIES
from regulations.access import Scope
from regulations.book import Rulebook
from regulations.editing import Edit, phrase_of
from regulations.names import NAMES
from regulations.values import PhraseRule


def show_form(scope: Scope, draft: RulebookDraft | None, list_: str, id_: str) -> None:
    """The form; `id_` "" is a new phrase of the list `required` or `banned`."""
    base = base_book(draft)
    book = base if draft is None else draft_book(draft)
    rule = phrase_of(book, list_, id_) if id_ else None
    if id_ and rule is None:
        refusal(
            _("There is no such phrase"),
            _("It may have been removed in the draft. Choose one in the list of phrases."),
            icon="search_off",
        )
        return
    if rule is not None:
        title = _("Change: {text}", text=record_title(rule))
    elif list_ == "banned":
        title = _("A new phrase that must not be said")
    else:
        title = _("A new phrase that must be said")
    section(title, _("It is saved in the draft; nothing applies before it is published."))
    if rule is not None:
        source_badges(rule)
    prefix = f"phrase:{list_}:{id_}:"
    for field, value in phrase_fields(rule, book, list_).items():
        st.session_state.setdefault(prefix + field, value)
    show_checked(prefix, book)
    seen = draft.row_version if draft else None
    with st.form(prefix + "form", enter_to_submit=False):
        left, right = st.columns(2, gap="large")
        with left:
            _words(prefix, list_)
            if list_ == "required":
                source(prefix, rule)
        with right:
            _weight(prefix, rule, book, list_)
            if list_ == "banned":
                source(prefix, rule)
        if list_ == "banned":
            show_conditions(prefix, rule)
        submits(scope, draft, base, prefix, lambda: _edit(list_, rule, book, prefix))
    if rule is not None:
        ways_out(scope, list_, rule, base, seen, prefix, rule.id)


def _words(prefix: str, list_: str) -> None:
    lines(
        prefix,
        "texts",
        _("Wordings, one a line"),
        220 if list_ == "banned" else 150,
        _("Any of them counts. Variants as they are spoken."),
    )
    lines(
        prefix, "patterns", _("Patterns, one a line"), 80,
        _("{a|b} is one of these, [a] may be left out, * is up to six characters, <n> up to n. Patterns only propose."),
    )  # fmt: skip
    if list_ == "banned":
        lines(
            prefix, "allow", _("Exceptions, one a line"), 120,
            _("Longer harmless texts that contain the wording, such as 亲自 for 亲."),
        )  # fmt: skip
    lines(prefix, "suggest", _("Say instead, one a line"), 80)


def _weight(prefix: str, rule: PhraseRule | None, book: Rulebook, list_: str) -> None:
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
    with two:
        st.number_input(
            _("Points off"),
            key=prefix + "points",
            step=1.0,
            format="%g",
            help=_("Of the 100 points that a contact begins with."),
        )
        show_errors("points")
    one.selectbox(
        _("Match"),
        list(NAMES["phrase_match"]),
        key=prefix + "match",
        format_func=lambda c: name("phrase_match", c),
        help=_("A word by itself: 亲 counts, 父亲 does not."),
    )
    with two:
        if list_ == "banned":
            st.number_input(
                _("Counts from (times)"),
                key=prefix + "times",
                step=1,
                help=_("Said less often than this in one contact, it is not charged."),
            )
            show_errors("times")
        else:
            st.selectbox(
                _("Owed when"),
                list(NAMES["phrase_condition"]),
                key=prefix + "condition",
                format_func=lambda c: name("phrase_condition", c),
            )
            show_errors("condition")
    if list_ == "banned":
        one.toggle(_("May be sure"), key=prefix + "sure", help=_("Off: it only ever proposes a review."))
        two.toggle(
            _("Same sound too"),
            key=prefix + "by_sound",
            help=_("Other characters of the same sound propose a review."),
        )
    else:
        _order(prefix, rule, book)
        st.toggle(
            _("Its absence may be sure"),
            key=prefix + "sure",
            help=_("Off: that it was not said only proposes a review, because other words may do as well."),
        )
    codes(prefix, "channels", _("Channel (none: all)"), choices_of("channel"))
    codes(prefix, "directions", _("Direction (none: both)"), choices_of("direction"))
    codes(prefix, "contact_kinds", _("Kind of contact (none: all)"), choices_of("contact_kind"))


def _order(prefix: str, rule: PhraseRule | None, book: Rulebook) -> None:
    rules = [one for one in book.required_phrases() if rule is None or one.id != rule.id]
    others = told_apart({one.id: record_title(one) for one in rules}, str)
    st.selectbox(
        _("Said after"),
        ["", *others],
        key=prefix + "after",
        format_func=lambda id_: others.get(id_, id_) if id_ else _("No order"),
        help=_("The phrase that must have been said, and answered, before this one."),
    )
    show_errors("after")


def _edit(list_: str, rule: PhraseRule | None, book: Rulebook, prefix: str) -> Edit:
    taken = frozenset(one.id for one in (*book.required_phrases(), *book.banned_phrases()))
    record = phrase_record(typed(prefix), list_, rule, taken)
    action = "change" if rule else "add"
    return {"what": "phrase", "list": list_, "action": action, "id": record["id"], "record": record}
