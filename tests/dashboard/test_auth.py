"""Who a token lets in, and what the sign-in page tells about accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard import auth, desk, sign_in
from dashboard.middleware import local_address
from db import people
from db.engine import session_scope
from regulations.access import SYSTEM
from settings import get_settings
from tests.dashboard.served import PASSWORD, small_desk


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A small desk that the settings point to."""
    address = small_desk(tmp_path / "desk.sqlite3")
    monkeypatch.setenv("DATABASE_URL", address)
    get_settings.cache_clear()
    yield address
    get_settings.cache_clear()


def token_of(url: str, username: str, hours: int = 1, ago: timedelta = timedelta()) -> str:
    with session_scope(url) as session:
        return people.sign_in(session, username, PASSWORD, desk.now() - ago, hours)[1]


@pytest.mark.parametrize("username", ["supervisor", "qa", "manager", "agent", "admin"])
def test_a_token_lets_in_its_account_with_its_scope(url: str, username: str) -> None:
    found = auth.viewer_of(token_of(url, username))
    assert found is not None
    user, scope = found
    assert user.username == username and scope.role == user.role
    assert (scope.team_ids is None) == (user.role in ("qa", "manager", "administrator"))
    assert (scope.agent_id is not None) == (user.role == "agent")


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "' or 1=1 --", "\ud800", "\x00"])
def test_nonsense_lets_nobody_in(url: str, token: str) -> None:
    assert auth.viewer_of(token) is None


def test_an_expired_sign_in_lets_nobody_in(url: str) -> None:
    assert auth.viewer_of(token_of(url, "manager", hours=1, ago=timedelta(hours=2))) is None


def test_a_closed_account_is_out_at_once(url: str) -> None:
    token = token_of(url, "qa")
    assert auth.viewer_of(token) is not None
    with session_scope(url) as session:
        people.disable_user(session, SYSTEM, people.get_user(session, "qa"), desk.now())
    assert auth.viewer_of(token) is None


def test_signing_out_makes_the_token_worthless(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(url, "manager")
    monkeypatch.setattr(auth, "sign_in_token", lambda: token)
    auth.sign_out()
    assert auth.find_viewer() is None


def test_the_language_is_kept_for_the_next_sign_in(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(url, "manager")
    monkeypatch.setattr(auth, "sign_in_token", lambda: token)
    auth.remember_language("en")
    found = auth.viewer_of(token_of(url, "manager"))
    assert found is not None and found[0].language == "en"


def test_demo_accounts_are_told_of_only_where_they_exist(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tmp_path / "real"
    real.mkdir()
    monkeypatch.setenv("DATABASE_URL", small_desk(real / "desk.sqlite3", is_demo=False))
    get_settings.cache_clear()
    try:
        assert PASSWORD not in bytes(sign_in.form_page("zh", "/", "", "", 200).body).decode()
    finally:
        get_settings.cache_clear()


def test_demo_accounts_are_told_of_in_the_demo(url: str) -> None:
    body = bytes(sign_in.form_page("en", "/", "", "", 200).body).decode()
    assert PASSWORD in body and "only in the demo department" in body


@pytest.mark.parametrize(
    ("address", "onward"),
    [
        (None, "/"),
        ("", "/"),
        ("/today", "/today"),
        ("/case?case=TS1&from=2026-01-01", "/case?case=TS1&from=2026-01-01"),
        ("/case?next=http://x", "/case?next=http://x"),
        ("http://x", "/"),
        ("//x", "/"),
        ("/\\x", "/"),
        ("/a\\b", "/"),
        ("/a\nb", "/"),
        ("/auth/logout", "/"),
        ("today", "/"),
        ("/[", "/["),
        ("///x", "/"),
    ],
)
def test_only_a_path_of_the_desk_is_gone_on_to(address: str | None, onward: str) -> None:
    assert local_address(address) == onward
