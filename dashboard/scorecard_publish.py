"""Publishing a draft from a date, shown once more before it is done; retiring a card."""

from __future__ import annotations

from datetime import date

import streamlit as st

from dashboard import reads
from dashboard.components import empty, section
from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.reads import open_session, today
from dashboard.scorecard_compare import show_differences
from dashboard.scorecard_saving import FLASH, attempt, show_errors
from db import scorecard_drafts
from db.models import Scorecard as Row
from db.scorecards import card_of
from quality.scorecards import compare
from regulations.access import Scope

_CONFIRM = "scorecard_confirm"  # (card id, row_version, day, note): what is about to be published


def show(scope: Scope, row: Row, own: list[Row]) -> None:
    """The date and the note, then the confirmation; for who may not publish, who may."""
    show_errors()
    before = next((other for other in own if other.version < row.version and other.state != "draft"), None)
    card = card_of(row)
    found = compare(card_of(before), card) if before is not None else ()
    section(
        _("Publish"),
        _(
            "It applies to contacts from its date on; contacts that were reviewed keep the version they were scored by."
        ),
    )
    if before is not None:
        if not found:
            empty(_("The draft changes nothing yet"), _("Change an item or a weight first."), "edit_note")
            return
        show_differences(card_of(before), card, found, "scorecard_publish_differences")
    if not scope.may("scorecards.publish"):
        st.info(plain(_("A manager publishes. Tell him that the draft is ready.")), icon=":material/lock:")
        return
    asked = st.session_state.get(_CONFIRM)
    if asked is not None and asked[:2] == (row.id, row.row_version):
        _confirm(scope, row, asked[2], asked[3])
        return
    first = _earliest(row)
    key = f"scorecard_from_{row.id}"
    st.session_state.setdefault(key, max(today(), first or today()))
    with st.form("scorecard_publish", enter_to_submit=False, width=640):
        st.date_input(_("Valid from"), key=key, format="YYYY-MM-DD", width=200)
        if first is not None:
            st.caption(
                plain(
                    _(
                        "From {day} on at the earliest: what came before was scored already, or belongs to an earlier version.",
                        day=first.isoformat(),
                    )
                )
            )
        st.text_area(_("Why it is changed"), key="scorecard_note", height=90,
                     placeholder=_("For whoever compares the versions later."))  # fmt: skip
        st.form_submit_button(
            _("Look at it once more"), icon=":material/visibility:", on_click=_asked,
            args=(row.id, row.row_version, key, first),
        )  # fmt: skip


def _earliest(row: Row) -> date | None:
    with open_session() as session:
        return scorecard_drafts.earliest(session, row, now=reads.now())


def _asked(card_id: int, seen: int, key: str, first: date | None) -> None:
    day, note = st.session_state[key], str(st.session_state["scorecard_note"]).strip()
    if not isinstance(day, date):
        st.session_state[FLASH] = ("error", _("Choose the day from which it applies."))
    elif first is not None and day < first:
        st.session_state[FLASH] = (
            "error",
            _(
                "From {day} on at the earliest: what came before was scored already, or belongs to an earlier version.",
                day=first.isoformat(),
            ),
        )
    elif not note:
        st.session_state[FLASH] = ("error", _("Say why it is changed: whoever looks later needs it."))
    else:
        st.session_state[_CONFIRM] = (card_id, seen, day, note)


def _confirm(scope: Scope, row: Row, day: date, note: str) -> None:
    with st.container(border=True, key="scorecard_confirm_box"):
        st.markdown(f"**{plain(_('This is published from {day} on', day=day.isoformat()))}**")
        st.markdown(f"> {plain(note)}")
        with st.container(horizontal=True, gap="small"):
            st.button(
                _("Publish from {day}", day=day.isoformat()), type="primary", icon=":material/publish:",
                on_click=_publish, args=(scope, row.id, row.row_version, day, note), key="scorecard_publish_now",
            )  # fmt: skip
            st.button(_("Not yet"), on_click=_not_yet, args=(row.id, day, note), key="scorecard_not_yet")


def _not_yet(card_id: int, day: date, note: str) -> None:
    st.session_state.pop(_CONFIRM, None)
    st.session_state[f"scorecard_from_{card_id}"], st.session_state["scorecard_note"] = day, note


def _publish(scope: Scope, card_id: int, seen: int, day: date, note: str) -> None:
    done = attempt(
        lambda session: scorecard_drafts.publish(
            session, scope, card_id, valid_from=day, note=note, seen=seen, today=today(), now=reads.now()
        ),
        _("Published from {day} on.", day=day.isoformat()),
    )
    if done is None:
        _not_yet(card_id, day, note)
        return
    for key in (_CONFIRM, "scorecard_note", f"scorecard_from_{card_id}"):
        st.session_state.pop(key, None)
    st.query_params["view"] = "compare"


def show_retire(scope: Scope, row: Row) -> None:
    """The way to take a card out of use, for who may."""
    with (
        st.popover(_("Retire the card"), icon=":material/inventory_2:"),
        st.form("scorecard_retire", border=False),
    ):
        first = _earliest(row)
        st.caption(plain(_("From its date on the next card that fits judges these contacts.")))
        st.date_input(
            _("No longer from"),
            value=max(today(), first or today()),
            key="scorecard_retire_from",
            format="YYYY-MM-DD",
        )
        st.text_area(_("Why"), key="scorecard_retire_note", height=80)
        st.form_submit_button(
            _("Retire it"),
            icon=":material/inventory_2:",
            on_click=_retire,
            args=(scope, row.id, row.row_version),
        )


def _retire(scope: Scope, card_id: int, seen: int) -> None:
    day, note = st.session_state["scorecard_retire_from"], str(st.session_state["scorecard_retire_note"])
    if not isinstance(day, date):
        st.session_state[FLASH] = ("error", _("Choose the day from which it applies."))
        return
    attempt(
        lambda session: scorecard_drafts.retire(
            session, scope, card_id, from_on=day, note=note, seen=seen, today=today(), now=reads.now()
        ),
        _("Retired from {day} on.", day=day.isoformat()),
    )
