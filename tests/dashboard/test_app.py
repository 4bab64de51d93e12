"""The gate: on a fresh server nobody sees anything without signing in, and signing in is done safely."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from settings import ROOT
from tests.dashboard.served import PASSWORD, Desk, served, small_desk

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    small_desk(folder / "desk.sqlite3")
    with served(folder) as running:
        yield running


@pytest.mark.parametrize(
    "path", ["/", *(f"/{page}" for page in PAGES), "/case?case=TS1", "/nowhere", "/a/b/c"]
)
def test_signed_out_every_address_leads_to_the_sign_in(desk: Desk, path: str) -> None:
    answer = desk.ask(path)
    assert answer.status == 303
    assert answer.headers["location"].startswith("/auth/login")
    assert "streamlit" not in answer.body.lower()


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/index.js",
        "/media/0123456789abcdef.svg",
        "/recordings/1",
        "/component/x/index.html",
        "/_stcore/host-config",
        "/_stcore/upload_file/a/b",
        "/_stcore/bidi-components/x",
        "/_stcore/stream",
        "/index.html",
        "/favicon.png",
        "/app/static/x",
    ],
)
def test_signed_out_no_file_and_no_endpoint_answers(desk: Desk, path: str) -> None:
    answer = desk.ask(path)
    assert answer.status in (303, 401)
    assert "streamlit" not in answer.body.lower()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_signed_out_nothing_can_be_sent(desk: Desk, method: str) -> None:
    assert desk.ask("/_stcore/upload_file/a/b", method=method).status == 401
    assert desk.ask("/today", method=method).status == 401


@pytest.mark.parametrize("path", ["/_stcore/agent/mcp", "/_stcore/agent/interact", "/_stcore/metrics"])
def test_some_endpoints_are_nobodys(desk: Desk, path: str) -> None:
    assert desk.ask(path).status == 404
    assert desk.ask(path, headers=desk.cookie("manager")).status == 404


def test_the_websocket_is_refused_before_any_script_runs(desk: Desk) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"ws://127.0.0.1:{desk.port}/_stcore/stream"):
        pass
    assert refused.value.response.status_code == 403


def test_the_websocket_opens_for_somebody_who_is_signed_in(desk: Desk) -> None:
    headers = {**desk.cookie("supervisor"), "Origin": f"http://127.0.0.1:{desk.port}"}
    with connect(f"ws://127.0.0.1:{desk.port}/_stcore/stream", additional_headers=headers) as socket:
        assert socket.response is not None and socket.response.status_code == 101


def test_a_made_up_cookie_opens_nothing(desk: Desk) -> None:
    forged = {"Cookie": f"desk_sign_in={'A' * 43}"}
    assert desk.ask("/today", headers=forged).status == 303
    assert desk.ask("/static/js/index.js", headers=forged).status == 401
    with (
        pytest.raises(InvalidStatus),
        connect(f"ws://127.0.0.1:{desk.port}/_stcore/stream", additional_headers=forged),
    ):
        pass


def test_an_address_that_is_no_page_leads_to_the_first_one(desk: Desk) -> None:
    signed_in = desk.cookie("manager")
    assert desk.ask("/nowhere", headers=signed_in).headers["location"] == "/"
    assert desk.ask("/today", headers=signed_in).status == 200


def test_the_form_is_chinese_and_english(desk: Desk) -> None:
    assert "登录" in desk.ask("/auth/login").body
    english = desk.ask("/auth/login?lang=en")
    assert "Sign in" in english.body and "登录" not in english.body
    assert "desk_lang=en" in english.headers["set-cookie"]


def test_the_demo_accounts_are_shown_as_what_they_are(desk: Desk) -> None:
    body = desk.ask("/auth/login").body
    assert "演示部门" in body and PASSWORD in body and "supervisor2" in body


def test_signing_in_sets_a_cookie_scripts_cannot_read_and_goes_on(desk: Desk) -> None:
    answer = desk.sign_in("supervisor", onward="/case?case=TS1")
    assert answer.status == 303
    assert answer.headers["location"] == "/case?case=TS1"
    cookies = answer.headers["set-cookie"].lower().splitlines()
    cookie = next(c for c in cookies if c.startswith("desk_sign_in="))
    assert "httponly" in cookie and "samesite=lax" in cookie and "path=/" in cookie
    assert desk.ask("/today", headers=desk.cookie("supervisor")).status == 200


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/auth/login",
        "/a\r\nSet-Cookie: x=1",
        "evil",
        "/" + "a" * 5000,
        "///evil.example",
        "/\t/evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(desk: Desk, onward: str) -> None:
    assert desk.sign_in("manager", onward=onward).headers["location"] == "/"


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(desk: Desk) -> None:
    wrong, unknown = desk.sign_in("agent", "wrong"), desk.sign_in("nobody-here", "wrong")
    assert wrong.status == unknown.status == 401
    assert "用户名或密码不正确" in wrong.body and "用户名或密码不正确" in unknown.body
    assert "set-cookie" not in wrong.headers


def test_five_failures_lock_an_account_and_the_form_says_so(desk: Desk) -> None:
    for _attempt in range(5):
        desk.sign_in("qa2", "wrong")
    locked = desk.sign_in("qa2")
    assert locked.status == 401
    assert "分钟后再试" in locked.body


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_from_another_site_signs_nobody_in_or_out(desk: Desk, headers: dict[str, str]) -> None:
    assert desk.sign_in("manager", **headers).status == 403
    signed_in = desk.cookie("manager")
    assert desk.ask("/auth/logout", method="POST", headers={**headers, **signed_in}).status == 403
    assert desk.ask("/today", headers=signed_in).status == 200


def test_the_form_of_the_desk_itself_is_accepted(desk: Desk) -> None:
    own = {"Origin": f"http://127.0.0.1:{desk.port}", "Sec-Fetch-Site": "same-origin"}
    assert desk.sign_in("manager", **own).status == 303


@pytest.mark.parametrize("username", ["<script>alert(1)</script>", '"><img src=x>', "' or 1=1 --", "a" * 500])
def test_what_was_typed_comes_back_escaped(desk: Desk, username: str) -> None:
    answer = desk.sign_in(username, "x")
    assert answer.status == 401
    assert "<script>" not in answer.body and "<img" not in answer.body


def test_an_address_in_next_comes_back_escaped(desk: Desk) -> None:
    assert "<script>" not in desk.ask("/auth/login?next=/%22%3E%3Cscript%3E").body


def test_a_form_that_is_too_large_or_empty_is_refused(desk: Desk) -> None:
    assert desk.sign_in("manager", "x" * 20_000).status == 413
    assert desk.ask("/auth/login", method="POST", form={}).status == 401


def test_signing_out_ends_the_sign_in_everywhere(desk: Desk) -> None:
    signed_in = desk.cookie("manager")
    assert desk.ask("/today", headers=signed_in).status == 200
    assert desk.ask("/auth/logout", headers=signed_in).status == 303  # a mere link signs nobody out
    assert desk.ask("/today", headers=signed_in).status == 200
    answer = desk.ask("/auth/logout", method="POST", headers=signed_in)
    assert answer.status == 303 and "desk_sign_in=" in answer.headers["set-cookie"]
    assert desk.ask("/today", headers=signed_in).status == 303
    with (
        pytest.raises(InvalidStatus),
        connect(f"ws://127.0.0.1:{desk.port}/_stcore/stream", additional_headers=signed_in),
    ):
        pass


@pytest.mark.parametrize("path", ["/", "/auth/login", "/static/x", "/_stcore/agent/mcp", "/_stcore/health"])
def test_every_answer_carries_the_protecting_headers(desk: Desk, path: str) -> None:
    headers = desk.ask(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "referrer-policy" in headers and "permissions-policy" in headers


def test_the_sign_in_page_runs_no_script_at_all(desk: Desk) -> None:
    answer = desk.ask("/auth/login")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.body
    assert answer.headers["cache-control"] == "no-store"


def test_a_page_may_fetch_nothing_from_outside(desk: Desk) -> None:
    policy = desk.ask("/today", headers=desk.cookie("manager")).headers["content-security-policy"]
    assert "connect-src 'self'" in policy and "default-src 'self'" in policy
