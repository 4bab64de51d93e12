"""Administration: who may sign in, the rulebook in force with its sources, and what was done by whom."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from dashboard import navigation, reads
from dashboard.auth import require
from dashboard.components import empty, page_header
from dashboard.formats import NOTHING, fmt_instant, plain
from dashboard.i18n import _, lang, name
from dashboard.rulebook_books import since_words
from db import audit, people, rulebooks
from db.refusals import Refused
from regulations.access import ACCOUNT_ROLES, AccessRefused

scope = require("users.manage")

page_header(
    _("Administration"),
    _("Accounts and what they may see, the rulebook every verdict is made under, and the log of changes."),
)

VIEWS = {"users": _("Accounts"), "rulebook": _("Rulebook in force"), "audit": _("Change log")}
asked = st.query_params.get("view")
view = st.segmented_control(
    _("View"),
    list(VIEWS),
    default=asked if asked in VIEWS else "users",
    format_func=lambda code: VIEWS[code],
    label_visibility="collapsed",
    required=True,
    key="administration_view",
)
st.query_params["view"] = str(view)


def show_users() -> None:
    """The accounts, a form for a new one, and what can be done to one."""
    with reads.open_session() as session:
        users = people.list_users(session, scope)
        teams = {team.code: team.name for team in people.list_teams(session, scope)}
        agents = {
            agent.number: f"{agent.number} {agent.name}" for agent in people.list_agents(session, scope)
        }
    st.dataframe(
        pd.DataFrame(
            {
                _("Sign-in name"): user.username,
                _("Name"): user.display_name,
                _("Role"): name("role", user.role),
                _("Sees"): _sees(user.role, [team.name for team in user.teams]),
                _("State"): _("open") if user.is_active else _("closed"),
                _("Demo account"): _("yes") if user.is_demo else "",
                _("Since"): fmt_instant(user.created_at),
            }
            for user in users
        ),
        hide_index=True,
        height="content",
    )
    st.caption(
        _("{n} accounts, {open} of them open.", n=len(users), open=sum(user.is_active for user in users))
    )
    left, right = st.columns(2, gap="large")
    with left:
        _new_user(teams, agents)
    with right:
        _change_user([user.username for user in users])


def _sees(role: str, team_names: list[str]) -> str:
    if role == "agent":
        return _("own rows only")
    if team_names:
        return "、".join(team_names)
    return _("no team yet") if role == "supervisor" else _("all teams")


def _new_user(teams: dict[str, str], agents: dict[str, str]) -> None:
    with st.form("new_user", clear_on_submit=False):
        st.markdown(f"**{_('New account')}**")
        username = st.text_input(_("Sign-in name"), help=_("Small letters, digits, dots and dashes."))
        display_name = st.text_input(_("Name"))
        role = st.selectbox(_("Role"), ACCOUNT_ROLES, index=1, format_func=lambda code: name("role", code))
        team_codes = st.multiselect(
            _("Teams he sees (supervisors)"),
            list(teams),
            format_func=lambda c: teams[c],
            placeholder=_("Choose"),
        )
        agent = st.selectbox(
            _("Staff number (agents)"),
            [None, *agents],
            format_func=lambda n: NOTHING if n is None else agents[n],
        )
        password = st.text_input(_("Password"), type="password", help=_("Ten characters or more."))
        if not st.form_submit_button(_("Add the account"), type="primary"):
            return
        try:
            with reads.open_session() as session:
                people.add_user(
                    session,
                    scope,
                    username=username,
                    password=password,
                    role=role,
                    now=reads.now(),
                    display_name=display_name,
                    team_codes=team_codes,
                    agent_number=agent,
                )
        except (Refused, AccessRefused) as refused:
            st.error(_reason(refused))
            return
        st.rerun()


def _change_user(usernames: list[str]) -> None:
    with st.form("change_user"):
        st.markdown(f"**{_('Change an account')}**")
        username = st.selectbox(_("Account"), usernames)
        action = st.radio(
            _("What to do"),
            ["password", "disable", "enable"],
            format_func=lambda a: {
                "password": _("New password (signs the account out everywhere)"),
                "disable": _("Close the account"),
                "enable": _("Open the account again"),
            }[a],
        )
        password = st.text_input(_("New password"), type="password")
        if not st.form_submit_button(_("Do it")):
            return
        try:
            with reads.open_session() as session:
                user = people.get_user(session, username)
                if action == "password":
                    people.set_password(session, scope, user, password, reads.now())
                elif action == "disable":
                    people.disable_user(session, scope, user, reads.now())
                else:
                    people.enable_user(session, scope, user, reads.now())
        except (Refused, AccessRefused) as refused:
            st.error(_reason(refused))
            return
        st.rerun()


def _reason(refused: Refused | AccessRefused) -> str:
    """What was refused and why, in the viewer's language where the refusal has both."""
    if isinstance(refused, Refused):
        return plain(refused.text(lang()))
    return plain(_(str(refused)))


def show_rulebook() -> None:
    """What is in force, the way to the page on which it is looked up and changed, and the published versions."""
    book = reads.rulebook()
    with reads.open_session() as session:
        versions = rulebooks.list_versions(session)
    st.markdown(
        _(
            "Version **{version}**, made of {presets}.",
            version=book.version,
            presets=" + ".join(book.preset_ids),
        )
    )
    st.caption(_("Phrases, limits, trying, changing and publishing are on the page Rulebook."))
    navigation.link("rulebook", _("Open the rulebook"), ":material/menu_book:")
    st.markdown(f"**{_('Published versions')}**")
    st.dataframe(
        pd.DataFrame(
            {
                _("Version"): row.version,
                _("Made of"): " + ".join(str(p) for p in row.presets),
                _("Valid from"): since_words(row.valid_from),
                _("Published"): fmt_instant(row.published_at),
                _("By"): reads.person(row.published_by),
            }
            for row in versions
        ),
        hide_index=True,
    )


def show_audit() -> None:
    """The latest changes, newest first."""
    with reads.open_session() as session:
        entries = audit.list_entries(session, scope)
    if not entries:
        empty(
            _("Nothing has been changed yet"),
            _("Every change, export, playback and sign-in will stand here."),
        )
        return
    st.caption(
        _("The latest {n} entries, newest first. Nothing here can be changed or deleted.", n=len(entries))
    )
    st.dataframe(
        pd.DataFrame(
            {
                _("When"): fmt_instant(entry.at),
                _("Who"): entry.actor,
                _("What"): entry.action,
                _("On"): f"{entry.object_kind} {entry.object_id}".strip(),
                _("Details"): json.dumps(entry.detail, ensure_ascii=False) if entry.detail else "",
            }
            for entry in entries
        ),
        hide_index=True,
        height=520,
    )


{"users": show_users, "rulebook": show_rulebook, "audit": show_audit}[str(view)]()
