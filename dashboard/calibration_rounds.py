"""Calibration rounds: the list, one that is opened, what it still needs, and a new one."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st
from sqlalchemy.orm import Session

from dashboard import calibration_results, navigation
from dashboard.components import empty, section
from dashboard.decisions import attempt, show_flash, typed
from dashboard.formats import NOTHING, fmt_count, fmt_date, fmt_instant, plain
from dashboard.i18n import _
from dashboard.reads import now, open_session, person, rulebook
from dashboard.tables import label_column, table, text_column
from db import calibration, calibration_compare, reviews
from db.models import CalibrationRound, Call, User
from regulations.access import Scope

PANEL = "calibration"
ROUND = "round"  # in the address: which round is opened
_NAME, _CALLS, _MEMBERS, _EXPERT, _DUE = (f"round_{field}" for field in ("name", "calls", "members", "expert", "due"))  # fmt: skip


def show(scope: Scope) -> None:
    """Rounds, open ones first; the one that is opened below."""
    st.caption(
        plain(
            _(
                "Several reviewers judge the same calls without seeing each other's answers. Then the answers are compared: where people differ, the rule is not clear enough."
            )
        )
    )
    show_flash(PANEL)
    with open_session() as session:
        rounds = calibration.list_rounds(session, scope)
        done = {one.id: calibration.progress(session, scope, one.id) for one in rounds}
    _new(scope, is_open=not rounds)
    if not rounds:
        empty(
            _("There was no round yet"),
            _("Open one: choose a few calls, at least two reviewers, and whose judgement is the measure."),
        )
        return
    _table(rounds, done)
    asked = st.query_params.get(ROUND, "")
    one = next((found for found in rounds if str(found.id) == asked), rounds[0])
    _show(scope, one, done[one.id])


def _table(rounds: list[CalibrationRound], done: dict[int, dict[tuple[int, int], str]]) -> None:
    def opened(position: int) -> None:
        st.query_params[ROUND] = str(rounds[position].id)

    table(
        pd.DataFrame(
            {
                "state": [_state(one)],
                "name": one.name,
                "calls": fmt_count(len(one.calls)),
                "people": fmt_count(len(one.members)),
                "done": _("{n} of {d}", n=_finished(done[one.id]), d=len(one.calls) * len(one.members)),
                "due": fmt_date(one.due_on),
                "opened": fmt_instant(one.opened_at),
            }
            for one in rounds
        ),
        {
            "state": label_column(_("State"), [_("Running"), _("Closed")], ["blue", "gray"], 80),
            "name": text_column(_("Round"), 260),
            "calls": text_column(_("Calls judged"), 90),
            "people": text_column(_("Reviewers"), 80),
            "done": text_column(_("Reviews finished"), 130),
            "due": text_column(_("Due"), 110),
            "opened": text_column(_("Opened"), 140),
        },
        key="rounds",
        rows_seen=5,
        on_open=opened,
    )


def _state(one: CalibrationRound) -> str:
    return _("Running") if one.closed_at is None else _("Closed")


def _finished(states: dict[tuple[int, int], str]) -> int:
    return sum(state == "finished" for state in states.values())


def _show(scope: Scope, one: CalibrationRound, done: dict[tuple[int, int], str]) -> None:
    section(plain(one.name), _about(one))
    if one.closed_at is None:
        _progress(scope, one, done)
        _close(one)
        return
    with open_session() as session:
        comparison = calibration_compare.compare(session, scope, one, rulebook())
        expert = None if one.expert_id is None else session.get(User, one.expert_id)
    calibration_results.show(comparison, "" if expert is None else expert.display_name, one.expert_id)
    _note(one)


def _about(one: CalibrationRound) -> str:
    words = [
        _("opened {at} by {who}", at=fmt_instant(one.opened_at), who=person(one.opened_by)),
        _("due {at}", at=fmt_date(one.due_on)) if one.due_on else "",
        _("closed {at} by {who}", at=fmt_instant(one.closed_at), who=person(one.closed_by))
        if one.closed_at
        else "",
    ]
    return " · ".join(word for word in words if word)


def _progress(scope: Scope, one: CalibrationRound, done: dict[tuple[int, int], str]) -> None:
    """Who has finished what, no more; and the viewer's own calls to review."""
    signs = {"finished": f"✓ {_('finished')}", "claimed": f"… {_('at work')}", "released": f"… {_('begun')}"}
    people = [member.user for member in one.members]
    frame = pd.DataFrame(
        {
            "call": part.call.call_id,
            "when": fmt_instant(part.call.started_at),
            **{
                f"u{user.id}": signs.get(done.get((part.call_id, user.id), ""), NOTHING) for user in people
            },
        }
        for part in one.calls
    )  # fmt: skip
    columns = {"call": text_column(_("Call"), 150), "when": text_column(_("When"), 140)}
    for user in people:
        label = _("{who} (expert)", who=user.display_name) if user.id == one.expert_id else user.display_name
        columns[f"u{user.id}"] = text_column(label, 130)
    table(frame, columns, key="round_progress", can_open=False)
    st.caption(plain(_("Answers stay hidden until the round is closed, from everybody.")))
    own = [part.call for part in one.calls if done.get((part.call_id, scope.user_id or 0)) != "finished"]
    if any(user.id == scope.user_id for user in people) and own:
        st.button(
            _("Review the next of your {n} calls", n=fmt_count(len(own))),
            type="primary",
            icon=":material/rate_review:",
            on_click=_begin,
            args=(one.id, own[0].call_id),
            key="round_review",
        )
        if st.session_state.pop(_GO, None) is not None:
            navigation.go("review", {"review": str(st.session_state.pop(_REVIEW))})


_GO, _REVIEW = "round_go", "round_go_review"


def _begin(round_id: int, call_id: str) -> None:
    def claim(session: Session, scope: Scope) -> None:
        review = reviews.claim(session, scope, call_id, book=rulebook(), now=now(), round_id=round_id)
        st.session_state[_REVIEW] = review.id

    if attempt(PANEL, "", claim):
        st.session_state.pop(f"flash:{PANEL}")  # the page is left at once: nothing to say
        st.session_state[_GO] = True


def _close(one: CalibrationRound) -> None:
    with (
        st.popover(_("Close the round"), icon=":material/lock:"),
        st.form(f"closing_{one.id}", border=False),
    ):
        st.caption(plain(_("Then the answers are compared. What is not finished stays out.")))
        st.text_area(_("What was agreed"), key="closing_note", max_chars=2000, height=90)
        st.form_submit_button(
            _("Close and compare"), type="primary", on_click=_do_close, args=(one.id, one.row_version)
        )


def _do_close(round_id: int, version: int) -> None:
    attempt(
        PANEL,
        _("The round is closed."),
        lambda session, scope: calibration.close_round(
            session, scope, round_id, typed("closing_note"), expected_version=version, now=now()
        ),
    )


def _note(one: CalibrationRound) -> None:
    st.markdown(f"**{plain(_('What was agreed'))}**  \n{plain(one.note or NOTHING)}")
    with st.popover(_("Change the note"), icon=":material/edit:"), st.form(f"noting_{one.id}", border=False):
        st.session_state.setdefault(f"round_note_{one.id}", one.note)
        st.text_area(_("What was agreed"), key=f"round_note_{one.id}", max_chars=2000, height=120)
        st.form_submit_button(_("Save"), type="primary", on_click=_do_note, args=(one.id, one.row_version))


def _do_note(round_id: int, version: int) -> None:
    attempt(
        PANEL,
        _("The note is kept."),
        lambda session, scope: calibration.write_note(
            session, scope, round_id, typed(f"round_note_{round_id}"), expected_version=version, now=now()
        ),
    )


def _new(scope: Scope, *, is_open: bool) -> None:
    with st.expander(_("Open a new round"), icon=":material/add:", expanded=is_open):
        with open_session() as session:
            people = {user.id: user.display_name for user in calibration.list_reviewers(session, scope)}
            calls = {call.call_id: _call_label(call) for call in calibration.list_choosable(session, scope)}
        if len(people) < calibration.FEWEST_MEMBERS:
            st.caption(plain(_("A round takes two reviewers; there is only one account that may review.")))
            return
        with st.form("new_round", border=False, enter_to_submit=False):
            left, right = st.columns(2)
            left.text_input(_("Name of the round"), key=_NAME, max_chars=80)
            right.date_input(_("Due"), value=None, key=_DUE, format="YYYY-MM-DD")
            st.multiselect(
                _("Calls to judge"),
                list(calls),
                format_func=lambda call_id: calls[call_id],
                key=_CALLS,
                max_selections=calibration.MOST_CALLS,
                placeholder=_("Choose calls"),
                help=_(
                    "Calls that nobody has reviewed come first. All have to be judged by the same scorecard."
                ),
            )
            left, right = st.columns(2)
            left.multiselect(
                _("Reviewers"),
                list(people),
                default=list(people),
                format_func=lambda i: people[i],
                key=_MEMBERS,
                placeholder=_("Choose reviewers"),
            )
            right.selectbox(
                _("Expert, whose judgement is the measure"),
                list(people),
                format_func=lambda i: people[i],
                key=_EXPERT,
            )
            st.form_submit_button(
                _("Open the round"), type="primary", icon=":material/groups:", on_click=_open
            )


def _call_label(call: Call) -> str:
    return f"{fmt_instant(call.started_at)} · {call.agent.name} · {call.call_id}"


def _open() -> None:
    state = st.session_state
    due_on = state.get(_DUE)
    attempt(
        PANEL,
        _("The round is open. Its reviewers find their calls here."),
        lambda session, scope: calibration.open_round(
            session,
            scope,
            name=typed(_NAME),
            call_ids=list(state.get(_CALLS) or ()),
            member_ids=list(state.get(_MEMBERS) or ()),
            expert_id=int(state.get(_EXPERT) or 0),
            due_on=due_on if isinstance(due_on, date) else None,
            now=now(),
        ),
    )
