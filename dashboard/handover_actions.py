"""What can be done about a handover now, for each of the two and for the supervisor: only what fits its state is offered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from dashboard.decisions import LONGEST_NOTE, attempt, typed
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import now, open_session, rulebook, rulebook_of
from db import handovers, people
from db.models import Handover
from regulations.access import Scope
from regulations.handover_rules import proposed_handling
from regulations.handovers import HandoverVerdict, fields_of, may_refuse
from regulations.verdict import Step

PANEL = "handover"


def show_actions(scope: Scope, row: Handover, verdict: HandoverVerdict) -> None:
    """The forms and buttons of this viewer for this handover; nothing once it is reviewed."""
    if row.reviewed_at is not None:
        return
    if scope.may("handovers.sign"):
        _for_the_outgoing(scope, row, verdict)
    with st.container(horizontal=True, vertical_alignment="center"):
        if scope.may("handovers.sign"):
            _for_the_incoming(scope, row, verdict)
        if scope.may("handovers.review") and row.signed_in_at is None and verdict.is_direct:
            _relief_form(scope, row)
    if scope.may("handovers.review") and verdict.may_be_reviewed:
        _review_form(row, verdict)


def writes_himself(scope: Scope, row: Handover) -> bool:
    """Whether the viewer is the outgoing person and may still write."""
    is_open = row.signed_in_at is None and row.signed_out_at is None and row.reviewed_at is None
    return scope.role == "agent" and _is(scope, row.outgoing_id) and is_open


def _is(scope: Scope, agent_id: int | None) -> bool:
    """Whether the viewer acts for that side himself; a supervisor stands in for either."""
    return scope.role != "agent" or (scope.agent_id is not None and scope.agent_id == agent_id)


def _for_the_outgoing(scope: Scope, row: Handover, verdict: HandoverVerdict) -> None:
    if not _is(scope, row.outgoing_id):
        return
    is_own = scope.role == "agent"
    if writes_himself(scope, row):
        _write_form(row)
    elif row.signed_in_at is None and row.signed_out_at is None:
        with st.expander(_("Write it for {who}", who=row.outgoing.name), icon=":material/edit_note:"):
            _write_form(row)
    if row.written_at is None or row.signed_out_at is not None or verdict.state == "refused":
        return
    must_wait = rulebook_of(row.rulebook_version).flag("handover.wait_for_relief")
    if must_wait and verdict.is_direct and row.signed_in_at is None:
        if is_own:
            st.caption(_("You sign and leave once your relief has taken over."))
        return
    st.button(
        _("Sign: handed over") if is_own else _("Sign for {who}: handed over", who=row.outgoing.name),
        icon=":material/logout:",
        type="primary" if is_own else "secondary",
        on_click=_do,
        args=("sign_out", row.id, row.row_version, _("Signed: handed over.")),
        key=f"handover_out_{row.id}",
    )


def _for_the_incoming(scope: Scope, row: Handover, verdict: HandoverVerdict) -> None:
    if not _is(scope, row.incoming_id) or row.incoming is None or row.signed_in_at is not None:
        return
    is_own = scope.role == "agent"
    if row.written_at is not None and not is_own:
        _sign_in_for(row, row.incoming.name)
    elif row.written_at is not None:
        st.button(
            _("Read, checked, no doubts: take over"),
            icon=":material/login:",
            type="primary",
            on_click=_do,
            args=("sign_in", row.id, row.row_version, _("Signed: taken over.")),
            key=f"handover_in_{row.id}",
        )
    elif is_own:
        st.caption(_("You take over when it is written."))
    if may_refuse(rulebook_of(row.rulebook_version)) and verdict.state != "refused":
        _refuse_form(scope, row)


def _sign_in_for(row: Handover, who: str) -> None:
    """The supervisor signs for whoever is to take over, and says why."""
    label = _("Sign for {who}: taken over", who=who)
    with (
        st.popover(label, icon=":material/login:"),
        st.form(f"handover_for_{row.id}", border=False, enter_to_submit=False),
    ):
        st.caption(_("It is kept as signed on {who}'s behalf, with your name and the reason.", who=who))
        reason = f"handover_for_reason_{row.id}"
        st.text_input(_("Reason"), key=reason, max_chars=200)
        st.form_submit_button(
            _("Sign on behalf"),
            type="primary",
            on_click=_do,
            args=("sign_in", row.id, row.row_version, _("Signed: taken over.")),
            kwargs={"words": {"reason": reason}},
        )


def _refuse_form(scope: Scope, row: Handover) -> None:
    label = _("Refuse to take over") if scope.role == "agent" else _("Record a refusal")
    with st.popover(label, icon=":material/block:"), st.form(f"handover_refuse_{row.id}", border=False):
        st.caption(
            _("Unfinished work or problems without a clear answer: say which. It goes to your superior.")
        )
        st.text_area(_("Reason"), key=f"handover_reason_{row.id}", max_chars=LONGEST_NOTE, height=90)
        proposal = f"handover_proposal_{row.id}"
        st.session_state.setdefault(proposal, Step(*proposed_handling()).text(lang()))
        st.text_area(_("Proposed handling"), key=proposal, max_chars=LONGEST_NOTE, height=68)
        st.form_submit_button(
            label,
            type="primary",
            on_click=_do,
            args=("refuse", row.id, row.row_version, _("The refusal is recorded and reported upward.")),
            kwargs={"words": {"reason": f"handover_reason_{row.id}", "proposal": proposal}},
        )


def _write_form(row: Handover) -> None:
    """A field for each thing the rulebook names; what is saved incomplete is kept as a draft."""
    names = fields_of(rulebook_of(row.rulebook_version))
    _fill_in(row, names)
    with st.form(f"handover_write_{row.id}", border=True):
        st.caption(_("Every field counts: write none where there is nothing to say."))
        for place, field in enumerate(names):
            st.text_area(plain(field), key=_field(row.id, place), max_chars=handovers.LONGEST, height=68)
        st.form_submit_button(
            _("Save the handover"),
            type="primary",
            icon=":material/save:",
            on_click=_save,
            args=(row.id, row.row_version, names),
        )


def _field(handover_id: int, place: int) -> str:
    return f"handover_field_{handover_id}_{place}"


def _fill_in(row: Handover, names: tuple[str, ...]) -> None:
    """What is kept, unless the viewer's own words were just refused: those stay in the form."""
    state, seen, typed_in = st.session_state, f"handover_seen_{row.id}", f"handover_typed_{row.id}"
    is_new = state.get(seen) != row.row_version and not state.pop(typed_in, False)
    for place, field in enumerate(names):
        if is_new or _field(row.id, place) not in state:
            state[_field(row.id, place)] = str(row.entries.get(field, ""))
    state[seen] = row.row_version


def _save(handover_id: int, version: int, names: tuple[str, ...]) -> None:
    entries = {field: typed(_field(handover_id, place)) for place, field in enumerate(names)}
    done = (
        _("Written. Now both of you sign.")
        if all(entries.values())
        else _("Kept as a draft: some fields are still empty.")
    )
    is_done = attempt(
        PANEL,
        done,
        lambda session, scope: handovers.write_handover(
            session, scope, handover_id, entries=entries, expected_version=version, book=rulebook(), now=now()
        ),
    )
    st.session_state[f"handover_typed_{handover_id}"] = not is_done


def _review_form(row: Handover, verdict: HandoverVerdict) -> None:
    went_wrong = verdict.state in ("missing", "refused") or "unsigned" in verdict.flags
    with st.form(f"handover_review_{row.id}_{row.row_version}", border=True):
        st.text_area(
            _("What was done about it") if went_wrong else _("Note"),
            key=f"handover_note_{row.id}",
            max_chars=LONGEST_NOTE,
            height=80,
            placeholder=_("needed: it was missing, refused or not signed") if went_wrong else "",
        )
        st.form_submit_button(
            _("Review and sign"),
            type="primary",
            icon=":material/fact_check:",
            on_click=_do,
            args=("review", row.id, row.row_version, _("Reviewed.")),
            kwargs={"words": {"note": f"handover_note_{row.id}"}},
        )


def _relief_form(scope: Scope, row: Handover) -> None:
    """Somebody of the team who can take over instead of whoever has not come."""
    with open_session() as session:
        agents = {
            agent.id: f"{agent.name} {agent.number}"
            for agent in people.list_agents(session, scope, team_id=row.team_id)
            if agent.id not in (row.outgoing_id, row.incoming_id)
        }
    if not agents:
        return
    with (
        st.popover(_("Send somebody else"), icon=":material/swap_horiz:"),
        st.form(f"handover_relief_{row.id}", border=False, enter_to_submit=False),
    ):
        st.selectbox(
            _("Who takes over"),
            list(agents),
            index=None,
            format_func=lambda agent_id: agents[agent_id],
            key=f"handover_helper_{row.id}",
        )
        st.text_input(_("Reason"), key=f"handover_why_{row.id}", max_chars=200)
        st.form_submit_button(
            _("Send this person"), type="primary", on_click=_send, args=(row.id, row.row_version)
        )


def _send(handover_id: int, version: int) -> None:
    helper = st.session_state.get(f"handover_helper_{handover_id}")
    attempt(
        PANEL,
        _("Sent: somebody else takes over."),
        lambda session, scope: handovers.name_relief(
            session, scope, handover_id, incoming_id=int(helper or 0), reason=typed(f"handover_why_{handover_id}"),
            expected_version=version, now=now(),
        ),
    )  # fmt: skip


def _do(what: str, handover_id: int, version: int, done: str, words: Mapping[str, str] | None = None) -> None:
    """Do what was pressed, as of the version the viewer saw. `words` are texts with the fields they stand in."""
    said: dict[str, Any] = {key: typed(field) for key, field in (words or {}).items()}
    acts: dict[str, Callable[..., Handover]] = {
        "sign_in": handovers.sign_in,
        "sign_out": handovers.sign_out,
        "refuse": handovers.refuse,
        "review": handovers.review,
    }
    attempt(
        PANEL,
        done,
        lambda session, scope: acts[what](
            session, scope, handover_id, expected_version=version, book=rulebook(), now=now(), **said
        ),
    )
