"""Who is looking, and whether he may. Every page begins with `require(...)`."""

from __future__ import annotations

import streamlit as st

from dashboard.desk import now, open_session
from dashboard.i18n import _, name
from db import people
from db.models import User
from regulations.access import Scope
from regulations.verdict import Lang

COOKIE = "desk_sign_in"
"""The sign-in cookie: HttpOnly, holding a random token whose hash is in the database."""

SIGN_IN_ADDRESS = "/auth/login"
SIGN_OUT_ADDRESS = "/auth/logout"


def sign_in_token() -> str:
    """The token this browser presented when it connected; empty when it presented none."""
    return str(st.context.cookies.get(COOKIE) or "")


def viewer_of(token: str) -> tuple[User, Scope] | None:
    """The account a token belongs to and what it may see; None when nobody is signed in with it."""
    if not token:
        return None
    with open_session() as session:
        user = people.user_for_token(session, token, now())
        return None if user is None else (user, people.scope_of(user))


def find_viewer() -> tuple[User, Scope] | None:
    """Who is looking, asked anew in every run: a sign-in may have ended while the page stood open."""
    return viewer_of(sign_in_token())


def current_user() -> User:
    """The account that is signed in. Without one the run ends here with the way to the sign-in."""
    return _viewer()[0]


def current_scope() -> Scope:
    """What the signed-in account may see and do. Without one the run ends here."""
    return _viewer()[1]


def require(capability: str) -> Scope:
    """The viewer's scope, if he may; otherwise the run ends here with a page that says so.

    Raises KeyError for a capability that does not exist: a mistake in the page, not of the viewer.
    """
    scope = current_scope()
    if not scope.may(capability):
        from dashboard.components import refusal  # late: the components build on this module

        refusal(
            _("This page is not for your role"),
            _(
                "You are signed in as {role}. Ask an administrator if your work needs this page.",
                role=name("role", scope.role),
            ),
        )
        st.stop()
    return scope


def sign_out() -> None:
    """End this browser's sign-in for good: its token is worthless from now on."""
    with open_session() as session:
        people.sign_out(session, sign_in_token(), now())


def remember_language(language: Lang) -> None:
    """Keep the viewer's language for his next sign-in."""
    with open_session() as session:
        user = people.user_for_token(session, sign_in_token(), now())
        if user is not None:
            user.language = language


def _viewer() -> tuple[User, Scope]:
    found = find_viewer()
    if found is None:
        _show_signed_out()
        st.stop()
    return found


def _show_signed_out() -> None:
    """The sign-in has ended while the page was open. The middleware keeps everybody else out."""
    from dashboard.components import refusal  # late, as above

    refusal(
        _("Your sign-in has ended"),
        _("Sign in again to go on. What you had saved is kept."),
        link=(SIGN_IN_ADDRESS, _("Sign in")),
    )
