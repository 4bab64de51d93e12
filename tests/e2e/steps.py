"""What a visitor does, in the words of a person: sign in, open a page, click a row."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING
from urllib.parse import quote

from db.demo import DEMO_PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.e2e.conftest import Desk

ROW_PIXELS = 35
QUIET_MS = 300
WAITS = count(1)
STANDS_STILL = """([quiet, wait]) => {
  const app = document.querySelector('[data-testid=stApp]');
  const idle = app && app.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED';
  if (!idle || window.quietWait !== wait) { window.quietSince = 0; window.quietWait = wait; }
  if (idle && !window.quietSince) window.quietSince = performance.now();
  return idle && performance.now() - window.quietSince >= quiet;
}"""


def sign_in(page: Page, desk: Desk, username: str, to: str = "") -> None:
    """Through the sign-in form, as anybody would; `to` is the page that a link led to."""
    page.goto(f"{desk.address}/auth/login?next={quote(f'/{to}', safe='')}")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.click("button[type=submit]")
    settled(page)


def open_page(page: Page, desk: Desk, name: str, query: str = "") -> None:
    """By its address, as from a link a colleague sent."""
    page.goto(f"{desk.address}/{name}{'?' + query if query else ''}")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page stands: a title, and no script running or about to.

    Streamlit's own mark of what the script does; it must stay quiet for a while, because a
    click reaches the server, and the server's answer the page, only after a moment.
    """
    page.wait_for_selector("h1")
    page.wait_for_function(STANDS_STILL, arg=[QUIET_MS, next(WAITS)], timeout=60_000)


def opened(button: Locator, inside: Locator) -> None:
    """Click the button until what it opens stands: a page that redraws just then loses the click."""
    from playwright.sync_api import TimeoutError

    for _ in range(10):
        button.click()
        try:
            inside.wait_for(timeout=3_000)
        except TimeoutError:
            continue
        return
    raise AssertionError("the button opens nothing")


def click_row(page: Page, key: str, row: int, x: int = 200) -> None:
    """A row of a table: tables are drawn on a canvas, so rows are found by their height."""
    canvas = page.locator(f".st-key-{key} canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None, f"the table {key} is not on the page"
    page.mouse.click(box["x"] + x, box["y"] + ROW_PIXELS * (row + 1) + ROW_PIXELS // 2)
