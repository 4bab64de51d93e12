"""Asking for a swap: one's own shift, the colleague who works it, the shift that is worked in return."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.decisions import LONGEST_NOTE, typed
from dashboard.formats import plain
from dashboard.i18n import _, name
from dashboard.reads import open_session, rulebook, today
from dashboard.request_check import Check
from dashboard.request_fields import AHEAD, Draft, reason_field, shift_text, shifts_of, still_needed
from db import request_choices, swaps
from db.models import Agent, Shift
from regulations.access import Scope
from regulations.swaps import SwapRuling

PREFIX = "filing_swap"


def fields(scope: Scope, person: Agent) -> Draft:
    """The form of a swap, and what stands in it so far."""
    own = shifts_of(scope, person, today(), today() + AHEAD)
    if not own:
        st.caption(plain(_("No shift is on the roster for the next {n} days: there is nothing to swap yet.", n=AHEAD.days)))  # fmt: skip
    shift_id = _choice(_("Which shift"), own, "shift", _("Choose a shift"))
    colleagues = _colleagues(scope, person)
    partner_id = _partner(colleagues)
    theirs = _shifts_of_partner(scope, person, partner_id) if partner_id else {}
    payback_id = _choice(_("Paid back by working"), theirs, "payback", _("to be agreed later"))
    form = rulebook().text("swap.form")
    st.text_input(
        _("Number of the form {form}", form=form) if form else _("Number of the form"),
        key=f"{PREFIX}_form",
        placeholder=_("empty: the desk gives it a number"),
        max_chars=60,
    )
    reason = reason_field(PREFIX, _("Why the swap is needed"))
    st.text_area(
        _("What you told each other about both shifts"),
        key=f"{PREFIX}_briefing",
        max_chars=LONGEST_NOTE,
        height=80,
    )
    missing = still_needed(shift=shift_id, partner=partner_id, reason=reason)
    if not shift_id or not partner_id:
        return Draft("swap", missing, None, None, can_send)
    who: dict[str, Any] = {
        "requester_id": person.id,
        "partner_id": partner_id,
        "shift_id": shift_id,
        "payback_shift_id": payback_id,
        "book": rulebook(),
    }

    def check(session: Session, asking: Scope, at: datetime) -> Check:
        return swaps.check_request(session, asking, now=at, **who)

    def send(session: Session, asking: Scope, at: datetime) -> object:
        return swaps.request_swap(
            session,
            asking,
            form_number=typed(f"{PREFIX}_form"),
            reason=reason,
            briefing=typed(f"{PREFIX}_briefing"),
            now=at,
            **who,
        )

    return Draft("swap", missing, check, send, can_send)


def can_send(check: Check) -> bool:
    """Agreements may still come; everything else that stands against a swap is mended by nobody's signature."""
    return not check.breaks if isinstance(check, SwapRuling) else check.is_allowed


def _choice(label: str, shifts: dict[int, Shift], field: str, placeholder: str) -> int | None:
    key = f"{PREFIX}_{field}"
    if st.session_state.get(key) not in shifts:
        st.session_state[key] = None
    return st.selectbox(
        label,
        list(shifts),
        index=None,
        format_func=lambda n: shift_text(shifts[n]) if n in shifts else str(n),
        key=key,
        placeholder=placeholder,
    )


def _colleagues(scope: Scope, person: Agent) -> dict[int, Agent]:
    with open_session() as session:
        return {one.id: one for one in request_choices.list_colleagues(session, scope, person.id)}


def _partner(colleagues: dict[int, Agent]) -> int | None:
    key = f"{PREFIX}_partner"
    if st.session_state.get(key) not in colleagues:
        st.session_state[key] = None
    return st.selectbox(
        _("With whom"),
        list(colleagues),
        index=None,
        format_func=lambda n: _named(colleagues[n]) if n in colleagues else str(n),
        key=key,
        placeholder=_("Choose a colleague of the team"),
    )


def _named(agent: Agent) -> str:
    """A colleague with what a swap asks to be the same: post and level."""
    post = name("role", agent.post)  # a department's own word for a post stays as it is
    return " · ".join(part for part in (f"{agent.name} ({agent.number})", post, agent.level) if part)


def _shifts_of_partner(scope: Scope, person: Agent, partner_id: int) -> dict[int, Shift]:
    with open_session() as session:
        found = request_choices.list_partner_shifts(
            session, scope, person.id, partner_id, from_on=today(), to_on=today() + AHEAD
        )
    return {shift.id: shift for shift in found}
