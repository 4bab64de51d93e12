"""What stands around every page: who is looking, the menu, the language."""

from __future__ import annotations

import streamlit as st

from dashboard import navigation
from dashboard.auth import SIGN_IN_ADDRESS, current_user, find_viewer, remember_language, sign_out
from dashboard.i18n import _, choose_language, lang, name, settle_language
from db.models import User
from regulations.verdict import Lang
from settings import ROOT

STYLE = ROOT / "dashboard" / "style.css"
ICON = ROOT / "dashboard" / "icon.svg"
LANGUAGES: dict[Lang, str] = {"zh": "中文", "en": "English"}


def _frame() -> None:
    found = find_viewer()
    settle_language(found[0].language if found else "")
    st.set_page_config(page_title=_("Supervisor desk"), page_icon=str(ICON), layout="wide")
    st.html(STYLE)
    if found is None:
        # A page that stood open when the sign-in ended: no menu, only the way back in.
        st.navigation(
            [st.Page(_signed_out, title=_("Sign in"), url_path="signed-out")], position="hidden"
        ).run()
        return
    user, scope = found
    menu = navigation.menu(scope)
    page = st.navigation(menu, position="sidebar", expanded=True)
    st.logo(ROOT / "dashboard" / f"logo_{lang()}.svg", size="large", icon_image=ICON)
    with st.sidebar:
        _account(user)
    page.run()


def _signed_out() -> None:
    current_user()


def _account(user: User) -> None:
    """Who is signed in, the language, and the way out."""
    st.caption(f"**{user.display_name}** · {name('role', user.role)}")
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=lambda code: LANGUAGES[code],
        default=st.session_state["lang"],
        key="_language",
        on_change=_switch_language,
        label_visibility="collapsed",
        required=True,
    )
    if st.button(_("Sign out"), icon=":material/logout:", width="stretch"):
        sign_out()
        st.html(f"<script>window.location.assign('{SIGN_IN_ADDRESS}')</script>", unsafe_allow_javascript=True)
        st.stop()


def _switch_language() -> None:
    language: Lang = "en" if st.session_state.get("_language") == "en" else "zh"
    choose_language(language)
    remember_language(language)


_frame()
