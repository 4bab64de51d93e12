"""Scorecards: what contacts are judged by; see them, try them on past calls, change, compare and publish them."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import (
    reads,
    scorecard_compare,
    scorecard_edit,
    scorecard_items,
    scorecard_list,
    scorecard_publish,
    scorecard_try,
)
from dashboard.auth import require
from dashboard.components import page_header, refusal, show_flash
from dashboard.filters import view_filter
from dashboard.formats import fmt_instant, plain
from dashboard.i18n import N_, _
from dashboard.reads import open_session, person, today
from dashboard.scorecard_compare import version_label
from dashboard.scorecard_saving import FLASH, attempt, show_errors
from dashboard.scorecard_words import row_name, state_of
from db import scorecard_drafts, scorecards
from db.models import Scorecard as Row
from regulations.access import Scope

PUBLISHED = {"items": N_("Items"), "try": N_("Try it on past calls"), "compare": N_("Compare versions")}
DRAFT = {
    "items": N_("Items"),
    "try": N_("Try it on past calls"),
    "compare": N_("Compare versions"),
    "publish": N_("Publish"),
}


def _page() -> None:
    scope = require("scorecards.view")
    on = today()
    with open_session() as session:
        rows = list(scorecards.list_cards(session, scope))
        reviews = scorecards.count_reviews(session, scope)
    code = st.query_params.get("card", "")
    own = [row for row in rows if row.code == code]
    if not own:
        page_header(
            _("Scorecards"),
            _(
                "What contacts are judged by: items with their weights and clauses. A version applies from its date on."
            ),
        )
        show_flash(FLASH)
        if code:
            refusal(
                _("There is no such scorecard"), _("Choose one of those that there are."), icon="search_off"
            )
        scorecard_list.show(rows, reviews, on)
        return
    _card(scope, _asked(own, on), own, reviews, on)


def _asked(own: list[Row], on: date) -> Row:
    """The version that the address names, else the one in force, else the newest."""
    version = st.query_params.get("version", "")
    named = next((row for row in own if str(row.version) == version), None)
    return named or next((row for row in own if state_of(row, own, on) == "in_force"), own[0])


def _card(scope: Scope, row: Row, own: list[Row], reviews: dict[int, int], on: date) -> None:
    st.button(_("All scorecards"), icon=":material/arrow_back:", type="tertiary", on_click=_leave)
    page_header(plain(row_name(row)), _state_sentence(row, own, reviews, on))
    show_flash(FLASH)
    _ways(scope, row, own, on)
    is_draft = row.state == "draft"
    view = view_filter("view", DRAFT if is_draft else PUBLISHED, "scorecard_view")
    if view == "try":
        scorecard_try.show(scope, row)
    elif view == "compare":
        scorecard_compare.show(row, own, reviews, on)
    elif view == "publish":
        scorecard_publish.show(scope, row, own)
    elif is_draft and scope.may("scorecards.edit"):
        scorecard_edit.show(scope, row)
    else:
        scorecard_items.heading()
        scorecard_items.show(scorecards.card_of(row))


def _state_sentence(row: Row, own: list[Row], reviews: dict[int, int], on: date) -> str:
    said = version_label(row, own, on)
    if row.state == "draft":
        return _("{version}. Begun by {who} on {at}; it judges nobody before it is published.", version=said,
                 who=person(row.created_by), at=fmt_instant(row.created_at))  # fmt: skip
    return _("{version}. Published by {who} on {at}; {n} finished reviews were scored by it.", version=said,
             who=person(row.published_by), at=fmt_instant(row.published_at), n=reviews.get(row.id, 0))  # fmt: skip


def _ways(scope: Scope, row: Row, own: list[Row], on: date) -> None:
    """The other versions, and what may be begun from this one."""
    choices = {str(other.version): version_label(other, own, on) for other in own}
    draft = next((other for other in own if other.state == "draft"), None)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.session_state["scorecard_version"] = str(row.version)
        st.selectbox(
            _("Version shown"), list(choices), key="scorecard_version", format_func=lambda code: choices[code],
            on_change=_version_chosen, args=(row.code,), width=320,
        )  # fmt: skip
        if scope.may("scorecards.edit"):
            if draft is None:
                st.button(
                    _("Change this card"),
                    icon=":material/edit:",
                    on_click=_begin,
                    args=(scope, row.id),
                    key="scorecard_begin",
                )
            elif draft.id != row.id:
                st.button(
                    _("Open the draft"), icon=":material/edit_note:", key="scorecard_open_draft",
                    on_click=scorecard_list.go, args=(draft.code, draft.version),
                )  # fmt: skip
            with (
                st.popover(_("New card from this one"), icon=":material/content_copy:"),
                st.form("scorecard_copy", border=False),
            ):
                st.text_input(_("Chinese name"), key="scorecard_copy_zh")
                st.text_input(_("English name"), key="scorecard_copy_en")
                st.text_input(_("Code"), key="scorecard_copy_code", placeholder="complaint_phone",
                              help=_("Small letters, digits, _ and -; reviews name the card by it for good."))  # fmt: skip
                st.form_submit_button(
                    _("Begin it"), icon=":material/add:", on_click=_copy, args=(scope, row.id)
                )
        last = max(
            (o for o in own if o.valid_from is not None), key=lambda o: o.valid_from or on, default=None
        )
        if scope.may("scorecards.publish") and last is row and row.state == "published":
            scorecard_publish.show_retire(scope, row)
    if row.state != "draft":
        show_errors()


def _version_chosen(code: str) -> None:
    view = st.query_params.get("view", "")
    scorecard_list.go(code, int(st.session_state["scorecard_version"]), "" if view == "publish" else view)


def _begin(scope: Scope, source_id: int) -> None:
    row = attempt(
        lambda session: scorecard_drafts.begin(session, scope, source_id, now=reads.now()),
        _("A draft was begun. Click an item to change it."),
    )
    if row is not None:
        scorecard_list.go(row.code, row.version)


def _copy(scope: Scope, source_id: int) -> None:
    typed = {field: str(st.session_state[f"scorecard_copy_{field}"]) for field in ("code", "zh", "en")}
    row = attempt(
        lambda session: scorecard_drafts.begin(session, scope, source_id, now=reads.now(), **typed),
        _("A new card was begun as a draft. Say first which contacts it is for."),
    )
    if row is not None:
        scorecard_list.go(row.code, row.version)


def _leave() -> None:
    for key in ("card", "version", "view", "item", "a", "b", "call"):
        st.query_params.pop(key, None)


_page()
