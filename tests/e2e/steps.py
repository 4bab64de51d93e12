"""What a visitor does, in the words of a person: sign in, open a page, click a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from db.demo import DEMO_PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.e2e.conftest import Desk

ROW_PIXELS = 35


def sign_in(page: Page, desk: Desk, username: str) -> None:
    """Through the sign-in form, as anybody would."""
    page.goto(f"{desk.address}/auth/login")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", DEMO_PASSWORD)
    page.click("button[type=submit]")
    settled(page)


def open_page(page: Page, desk: Desk, name: str, query: str = "") -> None:
    """By its address, as from a link a colleague sent."""
    page.goto(f"{desk.address}/{name}{'?' + query if query else ''}")
    settled(page)


def settled(page: Page) -> None:
    """Wait until the page stands: a title, and no script running."""
    page.wait_for_selector("h1")
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')", timeout=60_000)


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
