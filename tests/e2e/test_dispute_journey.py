"""An agent objects, whoever judged is refused, another reviewer decides, the agent sees the outcome and his new score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from db import people
from db.engine import session_scope
from db.models import Agent, Call, Dispute
from tests.e2e.steps import open_page, opened, settled, sign_in
from tests.pages.judged_calls import add_reviewed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CALL = "journey-objection"
REASON = "当时已经答应由我跟进"


def tab(browser: Browser) -> Page:
    """Another person's tab."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(30_000)
    return context.new_page()


def written(page: Page, key: str, words: str) -> None:
    """Write into a field and let the page take it."""
    field = page.locator(f".st-key-{key} textarea").first
    field.fill(words)
    field.press("Tab")
    settled(page)


def shown_score(page: Page) -> float:
    return float(page.locator(".st-key-my_call h3").first.inner_text().split()[0])


def test_an_objection_from_the_agent_to_his_new_score(page: Page, browser: Browser, desk: Desk) -> None:
    url = f"sqlite:///{desk.data_dir / 'desk.sqlite3'}"
    with session_scope(url) as session:
        number = session.get_one(Agent, people.get_user(session, "agent").agent_id).number
    add_reviewed(url, CALL, number)

    sign_in(page, desk, "agent")
    open_page(page, desk, "mine", f"call={CALL}")
    page.get_by_text("您的得分").wait_for()
    before = shown_score(page)
    field = page.locator(".st-key-objection_0 textarea")
    opened(page.locator(".st-key-object_0 button").first, field)
    written(page, "objection_0", REASON)
    page.locator(".st-key-send_objection_0 button").click()
    page.get_by_text("申诉已提交").wait_for()
    page.locator("[class*=st-key-objected_]").get_by_text(REASON).wait_for()

    first = tab(browser)
    sign_in(first, desk, "qa")
    dispute_id = _id_of(url)
    open_page(first, desk, "disputes", f"open={dispute_id}")
    first.get_by_text("须由另一位质检员或经理裁定").wait_for()
    assert not first.locator(f".st-key-accepted_{dispute_id}").count()

    second = tab(browser)
    sign_in(second, desk, "qa2")
    open_page(second, desk, "disputes", f"open={dispute_id}")
    second.get_by_text(REASON).first.wait_for()
    written(second, f"ruling_{dispute_id}", "重听录音，确实答应了跟进")
    second.locator(f".st-key-accepted_{dispute_id} button").click()
    second.get_by_text("已作出结论：申诉成立").wait_for()

    open_page(page, desk, "mine", f"call={CALL}")
    outcome = page.locator(f".st-key-objected_{dispute_id}")
    outcome.get_by_text("重听录音，确实答应了跟进").wait_for()
    outcome.get_by_text("申诉成立").first.wait_for()
    after = shown_score(page)
    assert after > before
    outcome.get_by_text(f"原 {before:g} 分，现 {after:g} 分").wait_for()
    for other in (first, second):
        other.context.close()


def _id_of(url: str) -> int:
    with session_scope(url) as session:
        found = session.scalar(
            select(Dispute.id).join(Call, Call.id == Dispute.call_id).where(Call.call_id == CALL)
        )
    assert found is not None
    return found
