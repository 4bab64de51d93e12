"""Time off the post: recorded when somebody leaves, ended when he is back."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from dashboard import attendance_lists
from dashboard.auth import current_scope
from dashboard.components import section, show_flash
from dashboard.desk import open_session
from dashboard.formats import fmt_duration, fmt_time, plain, site_zone
from dashboard.i18n import _, lang, name
from dashboard.reads import forget, minute, now, rulebook, today
from db import off_post, people
from db.models import Agent
from db.refusals import CLOCK_SKEW, Refused
from regulations.access import AccessRefused, Scope
from regulations.names import NAMES

_FLASH = "off_post_flash"
_AWAY_NOW = ("here", "late", "away", "away_over")
_LONGEST = 200


def show_away(scope: Scope, team_id: int | None) -> None:
    """Who is off the post at the moment of the board, with the way to end it."""
    section(
        _("Time off the post"),
        _("Record it when somebody leaves the post, end it when he is back: the limits run by themselves."),
    )
    _flash()
    agents, at = _agents(scope, team_id), minute()
    with open_session() as session:
        rows = [
            row
            for row in off_post.list_off_post(session, scope, on=today(), team_id=team_id)
            if row.ends_at is None and row.agent_id in agents
        ]
    if not rows:
        st.caption(plain(_("Nobody is recorded as off the post at the moment.")))
    for row in sorted(rows, key=lambda row: row.starts_at):
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            agent = agents[row.agent_id]
            length = fmt_duration(max(0.0, (at - row.starts_at).total_seconds()))
            approved = _("approved") if row.is_approved else _("not approved")
            words = [
                name("off_post_kind", row.kind),
                _("since {at}", at=fmt_time(row.starts_at)),
                length,
                approved,
            ]
            if row.reason:
                words.append(row.reason)
            st.markdown(f"**{plain(agent.name)}** · {plain(' · '.join(words))}", width="stretch")
            is_back = st.button(
                _("Back at the post"),
                key=f"back_{row.id}",
                icon=":material/login:",
                on_click=_end,
                args=(row.id, agent.name),
            )
            if is_back:
                st.rerun()  # the board stands in a block of its own; what is below it changes too


def show_form(scope: Scope, team_id: int | None) -> None:
    """The form that records it."""
    with st.popover(_("Record time off the post"), icon=":material/logout:"):
        _form(scope, _agents(scope, team_id), team_id)


def _agents(scope: Scope, team_id: int | None) -> dict[int, Agent]:
    with open_session() as session:
        return {agent.id: agent for agent in people.list_agents(session, scope, team_id)}


def _form(scope: Scope, agents: dict[int, Agent], team_id: int | None) -> None:
    board = attendance_lists.board_rows(scope, team_id)
    numbers = {agent.number: agent for agent in agents.values()}
    here = [n for n in board[board["code"].isin(_AWAY_NOW)]["number"] if n in numbers]
    order = [*dict.fromkeys(here), *(n for n in numbers if n not in set(here))]
    if not order:
        st.caption(plain(_("There is nobody in your teams yet: import the staff list first.")))
        return
    st.selectbox(
        _("Person"),
        order,
        index=None,
        format_func=lambda n: f"{numbers[n].name} ({n})" if n in numbers else n,
        key="off_post_person",
        placeholder=_("Choose a person"),
    )
    st.selectbox(
        _("Kind"),
        list(NAMES["off_post_kind"]),
        format_func=lambda k: name("off_post_kind", k),
        key="off_post_kind",
    )
    local = now().astimezone(site_zone())
    left, right = st.columns(2)
    left.time_input(_("Left at"), value=time(local.hour, local.minute), key="off_post_from", step=60)
    right.time_input(_("Back at (optional)"), value=None, key="off_post_to", step=60)
    st.checkbox(_("Approved beforehand"), key="off_post_approved")
    st.selectbox(
        _("Who stands in"),
        list(numbers),
        index=None,
        format_func=lambda n: f"{numbers[n].name} ({n})" if n in numbers else n,
        key="off_post_replacement",
        placeholder=_("Nobody"),
    )
    st.text_input(_("Reason"), key="off_post_reason", max_chars=_LONGEST)
    ids = {number: agent.id for number, agent in numbers.items()}
    st.button(_("Record"), type="primary", key="off_post_save", on_click=_record, args=(ids,))


def _at(clock: time | None) -> datetime | None:
    """The latest instant of that time of day: what would lie ahead was yesterday, in a shift past midnight."""
    if clock is None:
        return None
    at = datetime.combine(today(), clock, site_zone())
    return at - timedelta(days=1) if at > now() + CLOCK_SKEW else at


def _record(ids: dict[str, int]) -> None:
    state = st.session_state
    number, begin = state.get("off_post_person"), _at(state.get("off_post_from"))
    if number not in ids or begin is None:
        state[_FLASH] = ("warning", _("Choose a person and when he left."))
        return
    try:
        with open_session() as session:
            off_post.record_off_post(
                session,
                current_scope(),
                agent_id=ids[number],
                kind=state["off_post_kind"],
                starts_at=begin,
                ends_at=_at(state.get("off_post_to")),
                is_approved=bool(state.get("off_post_approved")),
                replacement=state.get("off_post_replacement") or "",
                reason=(state.get("off_post_reason") or "").strip(),
                book=rulebook(),
                now=now(),
            )
    except Refused as refused:
        state[_FLASH] = ("error", refused.text(lang()))
        return
    except (AccessRefused, LookupError):
        state[_FLASH] = ("error", _("You may not record this for that person."))
        return
    for key in (
        "off_post_person",
        "off_post_to",
        "off_post_approved",
        "off_post_replacement",
        "off_post_reason",
    ):
        state.pop(key, None)
    state[_FLASH] = ("done", _("Recorded."))
    forget()


def _end(row_id: int, who: str) -> None:
    try:
        with open_session() as session:
            off_post.end_off_post(session, current_scope(), row_id, at=now(), book=rulebook(), now=now())
    except Refused as refused:
        st.session_state[_FLASH] = ("error", refused.text(lang()))
    except (AccessRefused, LookupError):
        st.session_state[_FLASH] = ("error", _("You may not record this for that person."))
    else:
        st.session_state[_FLASH] = ("done", _("{who} is back at the post.", who=who))
    forget()


def _flash() -> None:
    show_flash(_FLASH)
