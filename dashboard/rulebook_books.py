"""Which rulebook the page shows: the one in force, the draft, or one that was or will be in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import streamlit as st

from dashboard import navigation
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import _
from dashboard.reads import open_session, person, rulebook, today
from db import rulebook_drafts, rulebooks
from db.models import RulebookDraft, RulebookVersion
from regulations.access import Scope
from regulations.editing import edited
from regulations.rulebook import Rulebook, RulebookError
from regulations.values import PhraseRule
from settings import get_settings

IN_FORCE, DRAFT = "", "draft"
PARAM = "book"


@dataclass(frozen=True, slots=True)
class Shown:
    """A rulebook with the code by which the address names it: "", draft, or the number of a publication."""

    code: str
    book: Rulebook

    @property
    def is_draft(self) -> bool:
        """Whether it is not published yet."""
        return self.code == DRAFT

    def origin_of(self, rule: PhraseRule) -> str:
        """The file that the phrase comes from: a preset's id, base, or site."""
        key = f"phrase.{'banned' if rule.kind == 'banned' else 'required'}[{rule.id}]"
        return next((p.origin for p in self.book.flat() if p.key == key), "")


def versions() -> list[RulebookVersion]:
    """Everything that was published, the latest first."""
    with open_session() as session:
        return list(rulebooks.list_versions(session))


def open_draft(scope: Scope) -> RulebookDraft | None:
    """The open draft, as it is now."""
    with open_session() as session:
        return rulebook_drafts.get_open(session, scope)


@st.cache_resource(max_entries=8, show_spinner=False)
def _edited(database: str, draft_id: int, row_version: int) -> Rulebook:
    with open_session() as session:
        draft = session.get(RulebookDraft, draft_id)
        if draft is None:
            raise LookupError(draft_id)
        return edited(rulebook_drafts.base_of(session, draft), draft.edits)


def draft_book(draft: RulebookDraft) -> Rulebook:
    """The rulebook that the draft would be. Raises RulebookError when a new release no longer takes an edit."""
    return _edited(get_settings().database, draft.id, draft.row_version)


def base_book(draft: RulebookDraft | None) -> Rulebook:
    """The rulebook that edits are made against: the draft's, or the one published last."""
    with open_session() as session:
        if draft is not None:
            return rulebook_drafts.base_of(session, draft)
        rows = rulebooks.list_versions(session)
        return rulebooks.by_version(session, rows[0].version) if rows else rulebook()


def shipped_book() -> Rulebook:
    """The rulebook as the files of the settings state it, without what was changed on this page."""
    try:
        return rulebooks.configured()
    except RulebookError:  # a file of the site that is broken now; what was published stands
        return rulebook()


def book_of(code: str, draft: RulebookDraft | None) -> Shown:
    """The rulebook of a code of the address; the one in force for a code that leads nowhere."""
    if code == DRAFT and draft is not None:
        try:
            return Shown(DRAFT, draft_book(draft))
        except RulebookError:
            return Shown(IN_FORCE, rulebook())
    if code.isascii() and code.isdecimal() and len(code) < 10:
        row = next((row for row in versions() if row.id == int(code)), None)
        if row is not None:
            with open_session() as session:
                return Shown(code, rulebooks.by_version(session, row.version))
    return Shown(IN_FORCE, rulebook())


def since_words(valid_from: date) -> str:
    """From when a version applies; the first one of a desk applies to everything before it too."""
    if valid_from.year < 2000:
        return _("from the beginning")
    return _("from {day}", day=valid_from.isoformat())


def version_label(row: RulebookVersion, on: date) -> str:
    """A published version in a list: from when, by whom."""
    state = _(" (announced)") if row.valid_from > on else ""
    return f"{since_words(row.valid_from)}{state} · {person(row.published_by)} · {row.version[:8]}"


def labels(draft: RulebookDraft | None, *, with_draft: bool = True) -> dict[str, str]:
    """The rulebooks that can be chosen, by the codes of `book_of`."""
    found = {IN_FORCE: _("In force today")}
    if draft is not None and with_draft:
        found[DRAFT] = _("Draft (changes: {n})", n=len(draft.edits))
    on = today()
    return found | {str(row.id): version_label(row, on) for row in versions()}


def choose_book(draft: RulebookDraft | None, width: int = 300) -> Shown:
    """The box for the rulebook, bound to the address; `width` in pixels."""
    choices = labels(draft)
    asked = st.query_params.get(PARAM, IN_FORCE)
    st.session_state["rulebook_book"] = asked if asked in choices else IN_FORCE
    st.selectbox(
        _("Rulebook shown"),
        list(choices),
        format_func=lambda code: choices[code],
        key="rulebook_book",
        on_change=_chosen,
        width=width,
    )
    return book_of(str(st.session_state["rulebook_book"]), draft)


def _chosen() -> None:
    code = str(st.session_state["rulebook_book"])
    if code:
        st.query_params[PARAM] = code
    elif PARAM in st.query_params:
        del st.query_params[PARAM]


def state_line(draft: RulebookDraft | None) -> None:
    """What is in force, since when and by whom; and the draft, if there is one."""
    on = today()
    published = versions()
    begun = [row for row in published if row.valid_from <= on]
    coming = [row for row in published if row.valid_from > on]
    parts = []
    if begun:
        row = begun[0]
        parts.append(
            _(
                "In force: version {version}, {since}, published by {who} on {at}.",
                version=row.version[:8],
                since=since_words(row.valid_from),
                who=person(row.published_by),
                at=fmt_instant(row.published_at),
            )
        )
    parts += [
        _("From {day} on version {version} applies.", day=row.valid_from.isoformat(), version=row.version[:8])
        for row in reversed(coming)
    ]
    st.caption(plain(" ".join(parts)))
    if draft is not None:
        said = _(
            "A draft is open (changes: {n}); last changed by {who} on {at}.",
            n=len(draft.edits),
            who=person(draft.updated_by),
            at=fmt_instant(draft.updated_at),
        )
        if st.query_params.get("view") != "draft":
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f":material/edit_note: {plain(said)}", width="content")
                navigation.link("rulebook", _("Open the draft"), ":material/arrow_forward:", view="draft")
