"""Publishing the draft from a date: first what it changes is shown once more, then it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from dashboard import reads
from dashboard.components import section
from dashboard.formats import plain
from dashboard.i18n import _
from dashboard.reads import today
from dashboard.rulebook_differences import Line, show_lines, summary
from dashboard.rulebook_saving import FLASH, attempt
from db import rulebook_drafts
from db.models import RulebookDraft
from regulations.access import Scope

_CONFIRM = "rulebook_confirm"  # (row_version, day, note): what is about to be published


def show_publish(scope: Scope, draft: RulebookDraft, lines: Sequence[Line], *, is_weighed: bool) -> None:
    """The date and the note, then the confirmation; for who may not publish, who may.

    `is_weighed`: what it would have changed on the past calls was looked at; else the confirmation says so.
    """
    section(
        _("Publish"),
        _("It applies to calls from its date on; calls before that date keep the verdicts they have."),
    )
    if not scope.may("rulebook.publish"):
        st.info(
            plain(_("A manager or an administrator publishes. Tell them that the draft is ready.")),
            icon=":material/lock:",
        )
        return
    asked = st.session_state.get(_CONFIRM)
    if asked is not None and asked[0] == draft.row_version:
        _confirm(scope, asked, lines, is_weighed=is_weighed)
        return
    st.session_state.setdefault("rulebook_valid_from", today())
    with st.form("rulebook_publish", enter_to_submit=False, width=640):
        st.date_input(_("Valid from"), key="rulebook_valid_from", format="YYYY-MM-DD", width=200)
        st.text_area(
            _("Why it is changed"),
            key="rulebook_note",
            height=90,
            placeholder=_("For whoever compares the versions later."),
        )
        st.form_submit_button(
            _("Look at it once more"),
            icon=":material/visibility:",
            on_click=_asked,
            args=(draft.row_version,),
        )


def _asked(seen: int) -> None:
    day, note = st.session_state["rulebook_valid_from"], str(st.session_state["rulebook_note"]).strip()
    if not isinstance(day, date):
        st.session_state[FLASH] = ("error", _("Choose the day from which it applies."))
    elif day < today():
        st.session_state[FLASH] = (
            "error",
            _(
                "It cannot take effect before today: calls that were judged keep their verdicts. Choose today or later."
            ),
        )
    elif not note:
        st.session_state[FLASH] = ("error", _("Say why it is changed: whoever looks later needs it."))
    else:
        st.session_state[_CONFIRM] = (seen, day, note)


def _confirm(scope: Scope, asked: tuple[int, date, str], lines: Sequence[Line], *, is_weighed: bool) -> None:
    seen, day, note = asked
    with st.container(border=True, key="rulebook_confirm_box"):
        st.markdown(f"**{plain(_('This is published from {day} on', day=day.isoformat()))}**")
        st.markdown(f"> {plain(note)}")
        show_lines(lines, "rulebook_confirm_lines")
        if not is_weighed:
            st.warning(
                plain(
                    _(
                        "You have not worked out what it would have changed on the past calls: the button is above."
                    )
                ),
                icon=":material/calculate:",
            )
        with st.container(horizontal=True, gap="small"):
            st.button(
                _("Publish from {day}", day=day.isoformat()),
                type="primary",
                icon=":material/publish:",
                on_click=_publish,
                args=(scope, seen, day, note, summary(lines)),
                key="rulebook_publish_now",
            )
            st.button(_("Not yet"), on_click=_not_yet, args=(day, note), key="rulebook_not_yet")


def _not_yet(day: date, note: str) -> None:
    st.session_state.pop(_CONFIRM, None)
    st.session_state["rulebook_valid_from"], st.session_state["rulebook_note"] = day, note


def _publish(scope: Scope, seen: int, day: date, note: str, said: str) -> None:
    done = _("Published from {day} on. {summary}", day=day.isoformat(), summary=said)
    is_done = attempt(
        lambda session: rulebook_drafts.publish(
            session, scope, valid_from=day, note=note, seen=seen, now=reads.now()
        ),
        done,
    )
    if is_done:
        for key in (_CONFIRM, "rulebook_valid_from", "rulebook_note"):
            st.session_state.pop(key, None)
        st.query_params["view"] = "compare"
    else:
        _not_yet(day, note)
