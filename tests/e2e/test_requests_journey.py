"""Requests in a real browser: an agent asks with the check beside him, his supervisor decides on several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.steps import ROW_PIXELS, open_page, opened, settled, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

TICK_X = 18  # the box at the beginning of a row
LIST = "[class*=st-key-requests_mine_] canvas"


def test_an_agent_asks_for_overtime_and_sees_it_wait(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "agent")
    open_page(page, desk, "mine", "ask=overtime")
    last = page.locator("[role=option]").last
    opened(page.locator(".st-key-filing_overtime_shift input"), last)
    last.click()
    page.get_by_text("规定核对").wait_for()
    page.get_by_text("E3.14").locator("visible=true").first.wait_for()
    settled(page)
    page.locator(".st-key-filing_overtime_reason textarea").fill("大促值守")
    page.locator(".st-key-filing_overtime_reason textarea").press("Control+Enter")
    send = page.locator(".st-key-filing_send button:not([disabled])")
    send.wait_for()
    settled(page)
    send.click()
    page.get_by_text("申请已提交").wait_for()


def test_a_supervisor_decides_on_several_at_once(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "supervisor")
    open_page(page, desk, "requests", "state=mine&kind=leave")
    canvas = page.locator(LIST).first
    canvas.wait_for()
    for row in range(2):
        box = canvas.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + TICK_X, box["y"] + ROW_PIXELS * (row + 1) + ROW_PIXELS // 2)
        page.get_by_text(f"已勾选 {row + 1} 项").wait_for()
        settled(page)
    page.locator(".st-key-request_bulk_refuse button").click()
    page.get_by_text("请在备注中写明为何不批准").wait_for()  # nobody is refused without a reason
    note = page.locator(".st-key-request_bulk_note input")
    note.fill("人手不够，不同意")
    note.press("Enter")  # no decision is made by a key
    page.wait_for_timeout(1500)
    page.get_by_text("已勾选 2 项").wait_for()
    assert not page.get_by_text("2 项中已办结").count()
