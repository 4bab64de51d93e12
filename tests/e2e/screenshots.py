"""Takes the screenshots of the README again: `make screenshots`. They are taken, never drawn."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.e2e.conftest import CHROMIUM, QUIET_FLAGS, ROOT, Desk, running_desk
from tests.e2e.steps import click_row, open_page, settled, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = ROOT / "docs" / "screenshots"
INSPECTED_WITHIN_SECONDS = 240
RUDE_CALL = "demo-c06"


def take(page: Page, name: str) -> None:
    """One screenshot at 1440 x 900, after charts and fonts have settled."""
    settled(page)
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"docs/screenshots/{name}.png")


def tour(page: Page, desk: Desk) -> None:
    """The pages that the README shows, as those who use them see them."""
    sign_in(page, desk, "supervisor")
    open_page(page, desk, "today")
    take(page, "today")
    open_page(page, desk, "complaints")
    take(page, "complaints")
    click_row(page, "cases_overdue", 0)
    page.wait_for_url("**/case?**")
    take(page, "case")
    for name in ("register", "decisions", "callbacks", "attendance", "requests", "roster", "handover"):
        open_page(page, desk, name)
        take(page, name)
    open_page(page, desk, "attendance", "view=month")
    take(page, "month")
    page.context.clear_cookies()
    sign_in(page, desk, "qa")
    open_page(page, desk, "quality")
    take(page, "quality")
    deadline = time.monotonic() + INSPECTED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        open_page(page, desk, "call", f"call={RUDE_CALL}")
        if page.locator("[class*=st-key-hear_]").count():
            break
        time.sleep(3)
    take(page, "call")
    open_page(page, desk, "rulebook", "q=不归我管&rule=shirking-not-mine")
    take(page, "rulebook")
    open_page(page, desk, "search", "q=退款")
    take(page, "search")
    open_page(page, desk, "scorecards", "card=standard_phone")
    take(page, "scorecards")
    open_page(page, desk, "review")
    settled(page)
    page.keyboard.press("g")
    page.locator(".st-key-review_confirm button, .st-key-review_answer_1 button").first.wait_for()
    take(page, "review")
    page.context.clear_cookies()
    sign_in(page, desk, "agent")
    open_page(page, desk, "mine")
    take(page, "mine")
    page.context.clear_cookies()
    sign_in(page, desk, "manager")
    open_page(page, desk, "disputes")
    take(page, "disputes")
    open_page(page, desk, "disputes", "view=calibration")
    take(page, "calibration")
    open_page(page, desk, "meeting", "topic=complaints")
    take(page, "meeting")


def main() -> int:
    """Start a desk on a fresh folder, take the tour, stop it."""
    if CHROMIUM is None:
        print("Chromium is missing: apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_desk(Path(folder)) as desk,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET_FLAGS)
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.set_default_timeout(60_000)
        tour(page, desk)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
