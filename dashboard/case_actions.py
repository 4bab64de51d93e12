"""What people do next on a case: chosen in words, recorded by one form, told when somebody was quicker."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import streamlit as st
from sqlalchemy.orm import Session

from dashboard.auth import require
from dashboard.case_choices import GROUP_OF, GROUPS, Action, possible
from dashboard.case_fields import FIELDS
from dashboard.components import told
from dashboard.formats import plain, site_zone
from dashboard.i18n import _, lang
from dashboard.reads import forget, now, open_session, rulebook
from db import complaints, departments, people
from db.models import Complaint
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_FLASH = "case_flash"
_FIELDS = ("note", "signed_by", "findings", "measures")


def choose(kind: str, department: str = "") -> None:
    """Open the form of an action: what the buttons of the next steps do."""
    st.session_state["case_group"] = GROUP_OF[kind]
    st.session_state[f"case_action_{GROUP_OF[kind]}"] = kind
    st.session_state["case_department"] = department


def show_actions(case: Complaint, scope: Scope, first: str | None) -> None:
    """The choice of what to record and its form. `first`: what is most urgent, chosen to begin with."""
    groups = possible(case, scope)
    if not groups:
        return
    state = st.session_state
    _begin(case.number)
    codes = list(groups)
    if state.get("case_group") not in codes:
        start = GROUP_OF.get(first or "", codes[0])
        state["case_group"] = start if start in codes else codes[0]
    group = st.segmented_control(
        _("Whom does it concern?"),
        codes,
        format_func=lambda code: _(GROUPS[code][0]),
        key="case_group",
        required=True,
    )
    actions = {action.kind: action for action in groups[str(group)]}
    key = f"case_action_{group}"
    if state.get(key) not in actions:
        state[key] = first if first in actions else next(iter(actions))
    kind = st.pills(
        _("What happened?"),
        list(actions),
        format_func=lambda k: actions[k].words if k in actions else str(k),
        key=key,
        required=True,
        wrap=True,
    )
    _form(case, scope, actions[str(kind)])


def _begin(number: str) -> None:
    """What was begun on another case is not carried over to this one."""
    state = st.session_state
    if state.get("case_number") != number:
        for key in [key for key in state if str(key).startswith("case_") and key != _FLASH]:
            del state[key]
        _empty_fields()
        state["case_number"] = number


def _empty_fields() -> None:
    """Each field is set, not dropped: the browser would go on showing what it shows."""
    for field in _FIELDS:
        st.session_state[f"case_{field}"] = ""
    for field in ("at", "due_on", "cause", "new_department"):
        st.session_state[f"case_{field}"] = None


def _form(case: Complaint, scope: Scope, action: Action) -> None:
    with st.form("case_form", border=True):
        for field in action.fields:
            FIELDS[field](case, scope, action)
        st.text_area(_note_label(action.kind), key="case_note", max_chars=2000, height=80)
        local_now = now().astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0)
        st.datetime_input(
            _("When it happened (empty: now)"),
            value=None,
            min_value=case.received_at.astimezone(site_zone()).replace(tzinfo=None, second=0, microsecond=0),
            max_value=local_now + timedelta(minutes=1),
            step=60,
            format="YYYY-MM-DD",
            key="case_at",
        )
        st.form_submit_button(
            _("Record: {action}", action=action.words),
            type="primary",
            icon=":material/add_task:",
            on_click=_record,
            args=(case.number, action.kind),
            key="case_record",
        )


def _note_label(kind: str) -> str:
    return {
        "recalled": _("Why it is taken back"),
        "rectification_failed": _("What is found wanting"),
        "instructed": _("The instruction"),
        "not_upheld": _("Why it is not upheld"),
    }.get(kind, _("Note"))


def _record(number: str, kind: str) -> None:
    """Runs before the page is made again, with the version of the case that the viewer was looking at."""
    state = st.session_state
    seen = state.get(f"seen:{number}")
    if seen is None:
        return
    scope = require("complaints.view")
    local: datetime | None = state.get("case_at")
    at = now() if local is None else local.replace(tzinfo=site_zone())
    try:
        with open_session() as session:
            case = complaints.get_complaint(session, scope, number)
            _write(session, scope, case, kind, at, seen)
    except complaints.StaleCase as stale:
        state[_FLASH] = ("stale", stale.text(lang()))
    except Refused as refused:
        state[_FLASH] = ("warning", refused.text(lang()))
    except (AccessRefused, LookupError):
        state[_FLASH] = ("warning", _("You may not record events on this case."))
    else:
        say_recorded(kind)
        _empty_fields()  # what was written is kept only where it was not recorded
        state.pop("case_group", None)  # on to what is most urgent now
        state.pop(f"case_action_{GROUP_OF[kind]}", None)
        state.pop(f"seen:{number}", None)
    forget()


def say_recorded(kind: str) -> None:
    """Let the case page say, when it is shown next, that this was recorded."""
    st.session_state[_FLASH] = ("done", _("Recorded: {event}", event=_said(kind)))


def _said(kind: str) -> str:
    return next(a.words for _label, actions in GROUPS.values() for a in actions if a.kind == kind)


def _write(session: Session, scope: Scope, case: Complaint, kind: str, at: datetime, seen: int) -> None:
    state, book = st.session_state, rulebook()

    def text(field: str) -> str:
        return str(state.get(f"case_{field}") or "").strip()

    common: dict[str, Any] = {"note": text("note"), "expected_version": seen, "book": book, "now": now()}
    due_on, department = state.get("case_due_on"), text("department")
    if kind == "forwarded":
        departments.assign(
            session, scope, case, text("new_department"), at=at, answer_due_on=due_on, **common
        )
    elif kind == "acknowledged":
        departments.sign(session, scope, case, department, at=at, signed_by=text("signed_by"), **common)
    elif kind == "returned":
        departments.answer(
            session, scope, case, department, at=at, cause=text("cause"), findings=text("findings"),
            measures=text("measures"), rectify_due_on=due_on, **common,
        )  # fmt: skip
    elif kind == "recalled":
        departments.recall(session, scope, case, department, at=at, **common)
    elif kind == "rectification_ordered":
        departments.order_rectification(session, scope, case, department, at=at, due_on=due_on, **common)
    elif kind == "rectified":
        departments.report_rectified(session, scope, case, department, at=at, **common)
    elif kind in ("rectification_passed", "rectification_failed"):
        is_sufficient = kind == "rectification_passed"
        departments.verify_rectification(
            session, scope, case, department, at=at, is_sufficient=is_sufficient,
            due_on=None if is_sufficient else due_on, **common,
        )  # fmt: skip
    elif kind == "handler":
        handler = people.get_agent(session, scope, text("handler"))
        complaints.change_handler(session, scope, case, handler, **common)
    else:
        value = {"kind_changed": text("kind"), "severity_changed": text("severity")}.get(kind, "")
        complaints.record_event(session, scope, case, kind, at, value=value, **common)


def show_flash() -> None:
    """What became of the last record."""
    kind, text = st.session_state.pop(_FLASH, (None, ""))
    if kind == "stale":
        told(_("Somebody else was quicker"), f"{text} {_('What you wrote is still in the form.')}")
    elif kind == "warning":
        st.warning(plain(text), icon=":material/error:")
    elif kind == "done":
        st.success(plain(text), icon=":material/check_circle:")
