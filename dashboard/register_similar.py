"""What the complaint being registered may be a duplicate of, with the ways on: open it, add to it, link to it."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.auth import require
from dashboard.case_actions import say_recorded
from dashboard.components import section
from dashboard.formats import plain
from dashboard.i18n import _, lang, listed
from dashboard.reads import forget, now, open_session, rulebook
from dashboard.register_form import PREVIOUS, clear_form, text_of
from db import complaints
from db.complaints import SimilarCase
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FLASH = "similar_flash"
_GO_TO = "similar_open"


def show_similar(scope: Scope) -> None:
    """Similar cases in scope with their reasons; of others only how many there are."""
    target = st.session_state.pop(_GO_TO, None)
    if target is not None:
        navigation.go("case", {"case": target})
    section(_("Perhaps the same matter"))
    _flash()
    window = rulebook().duration("complaint.duplicate_window")
    with open_session() as session:
        found = complaints.find_similar(
            session, scope, book=rulebook(), now=now(), phone=text_of("phone"),
            customer_name=text_of("name"), order_ref=text_of("order"), category=text_of("category"),
            product=text_of("product"), text=text_of("summary"),
        )  # fmt: skip
    if not found.cases and not found.elsewhere:
        asked = any(text_of(field) for field in ("phone", "name", "order"))
        st.caption(
            plain(
                _("Nothing like it in the last {window}.", window=window.text(lang()))
                if asked and window is not None
                else _(
                    "As soon as a telephone, a name or an order number stands there, similar cases show here."
                )
            )
        )
    for case in found.cases:
        _one(scope, case)
    if found.elsewhere:
        st.info(
            plain(
                _("{n} similar cases with colleagues or other teams: ask your supervisor.", n=found.elsewhere)
                if scope.role == "agent"
                else _("{n} similar cases in other teams: ask the manager.", n=found.elsewhere)
            ),
            icon=":material/visibility_off:",
        )


def _one(scope: Scope, case: SimilarCase) -> None:
    with st.container(border=True, gap="xsmall"):
        reasons = listed(step.text(lang()) for step in case.reasons)
        st.markdown(f"**{plain(case.number)}** :gray[:small[{plain(reasons)}]]")
        st.markdown(plain(case.summary))
        with st.container(horizontal=True, gap="small"):
            if navigation.may_open(scope, "case"):
                st.button(
                    _("Open this case"),
                    key=f"open:{case.number}",
                    type="tertiary",
                    icon=":material/open_in_new:",
                    on_click=_open,
                    args=(case.number,),
                )
            if scope.may("complaints.act"):
                st.button(
                    _("Same matter: add a note there"),
                    key=f"same:{case.number}",
                    type="tertiary",
                    icon=":material/note_add:",
                    on_click=_add_note,
                    args=(case.number,),
                )
            is_linked = text_of("previous") == case.number
            st.button(
                _("Linked as the earlier case") if is_linked else _("New case that takes it up again"),
                key=f"link:{case.number}",
                type="tertiary",
                icon=":material/link:",
                disabled=is_linked,
                on_click=_link,
                args=(case.number,),
            )


def _open(number: str) -> None:
    st.session_state[_GO_TO] = number


def _link(number: str) -> None:
    st.session_state[PREVIOUS] = number


def _add_note(number: str) -> None:
    """The customer called again about a case: no second case, a note on the first."""
    scope, at = require("complaints.act"), now()
    said = text_of("summary")
    caller = " ".join(part for part in (text_of("name"), text_of("phone")) if part)
    try:
        if not said:
            raise Refused("请先写下客户这次说了什么。", "first write down what the customer says this time")
        with open_session() as session:
            case = complaints.get_complaint(session, scope, number)
            note = _(
                "The customer called again ({caller}): {said}", caller=caller or case.customer_name, said=said
            )
            complaints.record_event(session, scope, case, "note", at, note, case.row_version, rulebook(), at)
    except Refused as refused:
        st.session_state[_FLASH] = refused.text(lang())
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = _("You may not record events on this case.")
    else:
        clear_form()
        say_recorded("note")
        st.session_state[_GO_TO] = number
    forget()


def _flash() -> None:
    text = st.session_state.pop(_FLASH, "")
    if text:
        st.warning(plain(text), icon=":material/error:")
