"""Two rulebooks side by side: what changed between them, who published them and why."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import reads
from dashboard.components import empty, section
from dashboard.formats import NOTHING, fmt_instant, plain
from dashboard.i18n import _
from dashboard.reads import open_session, person, today
from dashboard.rulebook_books import DRAFT, IN_FORCE, book_of, labels, since_words, version_label, versions
from dashboard.rulebook_differences import lines_of, show_lines
from dashboard.rulebook_saving import attempt
from dashboard.rulebook_tables import preset_words
from dashboard.tables import table, text_column
from db import rulebook_drafts, rulebook_history
from db.models import RulebookDraft
from regulations.access import Scope


def show(scope: Scope, draft: RulebookDraft | None) -> None:
    """The two boxes, what differs, and the history of publications."""
    published = versions()
    choices = labels(draft)
    later = DRAFT if draft is not None else IN_FORCE
    earlier = str(published[1].id) if draft is None and len(published) > 1 else IN_FORCE
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        a = _box("a", _("Older version"), choices, earlier)
        b = _box("b", _("Newer version"), choices, later)
    one, two = book_of(a, draft).book, book_of(b, draft).book
    if one.version == two.version:
        said = (
            _("Only one version was published so far. The first change will stand here.")
            if len(published) < 2 and draft is None
            else _("Choose two different ones, or the draft.")
        )
        empty(_("These two say the same"), said, "compare_arrows")
    else:
        show_lines(lines_of(one, two), "rulebook_differences")
    section(
        _("Published versions"),
        _("A version applies to calls from its date on; what was decided earlier stays."),
    )
    _history(scope)
    if scope.may("rulebook.edit"):
        _way_back(scope, draft)


def _way_back(scope: Scope, draft: RulebookDraft | None) -> None:
    """Begin a draft that says again what an earlier version said."""
    earlier = {str(row.id): version_label(row, today()) for row in versions()[1:]}
    if not earlier:
        return
    if draft is not None:
        st.caption(_("To return to an earlier version, publish or discard the open draft first."))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox(
            _("Return to an earlier version"),
            list(earlier),
            format_func=lambda code: earlier[code],
            key="rulebook_return_to",
            width=420,
        )
        st.button(
            _("Begin a draft with it"),
            icon=":material/history:",
            on_click=_return_to,
            args=(scope, str(chosen)),
            key="rulebook_return",
        )
    st.caption(
        _(
            "Its phrases, flow and inspection values come back as a draft, which is looked at and published like any other."
        )
    )


def _return_to(scope: Scope, code: str) -> None:
    target = book_of(code, None).book
    done = _("The draft says what that version said. Look at the differences, then publish it.")
    if attempt(lambda session: rulebook_history.return_to(session, scope, target, now=reads.now()), done):
        st.query_params["view"] = "draft"


def _box(param: str, title: str, choices: dict[str, str], default: str) -> str:
    asked = st.query_params.get(param, default)
    if asked == "now":
        asked = IN_FORCE
    key = f"rulebook_compare_{param}"
    st.session_state[key] = asked if asked in choices else default
    st.selectbox(
        title,
        list(choices),
        format_func=lambda code: choices[code],
        key=key,
        on_change=_chosen,
        args=(param, key),
        width=360,
    )
    return str(st.session_state[key])


def _chosen(param: str, key: str) -> None:
    st.query_params[param] = str(st.session_state[key]) or "now"


def _history(scope: Scope) -> None:
    on = today()
    with open_session() as session:
        finished = rulebook_drafts.list_finished(session, scope)
    notes = {
        (done.published_version, done.valid_from): done for done in finished if done.status == "published"
    }
    rows = []
    for row in versions():
        done = notes.get((row.version, row.valid_from))
        rows.append(
            {
                "version": row.version[:8],
                "from": since_words(row.valid_from) + (_(" (announced)") if row.valid_from > on else ""),
                "who": person(row.published_by),
                "at": fmt_instant(row.published_at),
                "changes": str(len(done.edits)) if done else NOTHING,
                "note": done.note if done else NOTHING,
                "presets": " + ".join(preset_words(str(p)) for p in row.presets),
            }
        )
    table(
        pd.DataFrame(rows),
        {
            "version": text_column(_("Version"), 80),
            "from": text_column(_("Valid from"), 130),
            "who": text_column(_("By"), 80),
            "at": text_column(_("Published"), 130),
            "changes": text_column(_("Changes"), 70),
            "note": text_column(_("Reason for the change"), 200),
            "presets": text_column(_("Made of"), 395),
        },
        key="rulebook_versions",
        can_open=False,
    )
    dropped = sum(done.status == "discarded" for done in finished)
    if dropped:
        st.caption(plain(_("{n} drafts were discarded; they are kept in the log.", n=dropped)))
