"""Nobody who is not signed in sees anything of any page, even if the gate in front were not there."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import auth
from settings import ROOT
from tests.pages.conftest import OpenPage, words

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_run_by_itself_shows_only_the_way_to_the_sign_in(
    page: str, demo_url: str, desk_at: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a deep link renders a page without the entry script ever running."""
    desk_at(demo_url)  # type: ignore[operator]
    monkeypatch.setattr(auth, "sign_in_token", lambda: "")
    tested = AppTest.from_file(ROOT / "pages" / f"{page}.py", default_timeout=60).run()
    assert not tested.exception
    assert "登录已失效" in words(tested)
    assert not tested.metric and not tested.dataframe and not tested.title


def test_the_desk_shows_no_menu_to_somebody_signed_out(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "today", None)
    assert not tested.exception
    assert "登录已失效" in words(tested)
    assert not tested.sidebar.button


def test_a_made_up_token_opens_nothing(
    demo_url: str, desk_at: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk_at(demo_url)  # type: ignore[operator]
    monkeypatch.setattr(auth, "sign_in_token", lambda: "x" * 43)
    tested = AppTest.from_file(ROOT / "dashboard" / "app.py", default_timeout=60).run()
    assert not tested.exception
    assert "登录已失效" in words(tested)
