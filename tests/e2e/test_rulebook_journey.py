"""QA adds a phrase, sees what it would change, tries it; the manager publishes it; later it is told who did and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.steps import open_page, settled, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

SAID = "预计半小时恢复"  # as agents of the demo department say it


def test_a_phrase_is_added_tried_weighed_and_published(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "qa", "rulebook?view=draft&edit=banned:")
    page.get_by_role("textbox", name="说法，一行一种", exact=True).fill(SAID)
    page.get_by_role("button", name="检查一下").click()
    page.get_by_text("没有发现问题").wait_for()
    settled(page)
    page.get_by_role("button", name="存入草稿").click()
    page.get_by_text("已存入草稿").wait_for()
    settled(page)
    page.get_by_role("button", name="计算").click()
    page.get_by_text("会变化的通话").locator("visible=true").first.wait_for()
    settled(page)
    counted = page.get_by_test_id("stMetricValue").all_inner_texts()
    assert int(counted[0]) > 0 and int(counted[1]) >= int(counted[0])
    assert page.get_by_role("button", name="再看一遍").count() == 0  # QA does not publish
    open_page(page, desk, "rulebook", "view=try&book=draft")
    page.get_by_role("textbox", name="话语内容").fill(f"客服：师傅在修，{SAID}。")
    page.get_by_role("button", name="试一试").click()
    page.get_by_text("1 处确定").wait_for()
    settled(page)
    page.context.clear_cookies()
    sign_in(page, desk, "manager", "rulebook?view=draft")
    page.get_by_role("textbox", name="修改原因").fill("没有把握的时间不要说")
    page.get_by_role("button", name="再看一遍").click()
    page.locator(".st-key-rulebook_publish_now button").wait_for()
    settled(page)
    page.locator(".st-key-rulebook_publish_now button").click()
    page.get_by_text("已发布，自").wait_for()
