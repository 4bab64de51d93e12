"""Administration: accounts, the rulebook in force with its sources, the log. Administrators only."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from db import people
from db.engine import session_scope
from regulations.access import SYSTEM
from tests.pages.conftest import OpenPage


@pytest.mark.parametrize("view", ["users", "rulebook", "audit"])
def test_each_view_opens_for_the_administrator(view: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "administration", "administrator", view=view)
    assert not tested.exception
    assert tested.dataframe


@pytest.mark.parametrize("who", ["supervisor", "qa", "manager", "agent"])
def test_others_are_refused(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "administration", who)
    assert not tested.exception
    assert "系统管理" not in [title.value for title in tested.title]


def test_a_password_too_short_is_refused_in_words(
    demo_url: str, demo_session: Session, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "administration", "administrator")
    before = len(people.list_users(demo_session, SYSTEM))
    tested.text_input[0].set_value("new.person")
    tested.selectbox[0].set_value("qa")
    next(box for box in tested.text_input if "密码" in box.label).set_value("short")
    next(button for button in tested.button if button.label == "新建").click().run()
    assert not tested.exception
    assert tested.error
    with session_scope(demo_url) as session:
        assert len(people.list_users(session, SYSTEM)) == before


def test_a_new_account_can_sign_in_at_once(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "administration", "administrator")
    tested.text_input[0].set_value("new.person")
    tested.selectbox[0].set_value("qa")
    next(box for box in tested.text_input if "密码" in box.label).set_value("long-enough-2026")
    next(button for button in tested.button if button.label == "新建").click().run()
    assert not tested.exception
    with session_scope(demo_url) as session:
        assert people.get_user(session, "new.person").role == "qa"


@pytest.mark.parametrize("view", ["<script>", "nothing", ""])
def test_a_view_that_is_none_opens_the_accounts(view: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "administration", "administrator", view=view)
    assert not tested.exception
    assert "admin" in tested.dataframe[0].value.iloc[:, 0].tolist()
