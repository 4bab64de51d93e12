"""Hours in a real browser: leave asked for, decided and seen; a month fixed with who and when."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.e2e.steps import open_page, opened, settled, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

REASON = "陪父亲复诊，已与同组约好"


def _asked(desk: Desk) -> int:
    """The request's number, read off the database that the desk writes."""
    with closing(sqlite3.connect(desk.data_dir / "desk.sqlite3")) as database:
        (number,) = database.execute("SELECT id FROM leave WHERE reason = ?", (REASON,)).fetchone()
    return int(number)


def test_leave_is_asked_for_decided_and_seen(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "agent")
    open_page(page, desk, "mine", "ask=leave")
    page.locator(".st-key-filing_leave_type button").filter(has_text=re.compile("^事假$")).click()
    settled(page)
    # A shift some days ahead: its times follow, and what the rules say stands beside them before it is sent.
    shift = page.locator("[role=option]").nth(4)
    opened(page.locator(".st-key-filing_leave_first input"), shift)
    shift.click()
    settled(page)
    check = page.locator(".st-key-filing_check")
    check.get_by_text("A1.24").locator("visible=true").first.wait_for()
    settled(page)
    reason = page.locator(".st-key-filing_leave_reason textarea")
    reason.fill(REASON)
    reason.press("Control+Enter")
    page.locator(".st-key-filing_send button:not([disabled])").click()
    page.get_by_text("申请已提交").wait_for()
    number = _asked(desk)
    # His supervisor reads why and the clauses, and signs.
    page.context.clear_cookies()
    sign_in(page, desk, "supervisor")
    open_page(page, desk, "requests", f"state=waiting&open=leave-{number}")
    page.get_by_text(REASON).wait_for()
    page.get_by_text("A1.24").locator("visible=true").first.wait_for()
    page.locator(f"[class*=st-key-request_approve][class*=leave-{number}] button").click()
    page.get_by_text(re.compile("已批准：.+请假")).locator(
        "visible=true"
    ).first.wait_for()  # it stays open and says whose it was
    with closing(sqlite3.connect(desk.data_dir / "desk.sqlite3")) as database:
        found = database.execute("SELECT status, decided_role FROM leave WHERE id = ?", (number,)).fetchone()
    assert found == ("approved", "supervisor")


def test_a_manager_fixes_a_month_and_it_says_who_and_when(page: Page, desk: Desk) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    before = (today.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)
    sign_in(page, desk, "manager")
    open_page(page, desk, "attendance", f"view=month&month={before:%Y-%m}")
    popover = page.locator("[class*=st-key-fix_] button").first
    confirm = page.locator("[class*=st-key-lock_]:not([class*=note]) button").last
    opened(popover, confirm)
    confirm.click()
    page.get_by_text(re.compile(r"秦岚.*(锁定|固定|封存)|(锁定|固定|封存).*秦岚")).locator(
        "visible=true"
    ).first.wait_for()
