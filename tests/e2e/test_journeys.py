"""The journeys of the desk's people, in a real browser on a real desk."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import av
import openpyxl
import pytest
from pptx import Presentation

from tests.e2e.steps import click_row, open_page, settled, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900), pytest.mark.xdist_group("browser")]

RECORDINGS = Path(__file__).resolve().parent.parent.parent / "demo" / "recordings"
RUDE_CALL = "K1003_c06.ogg"
PAGES = (
    "today",
    "complaints",
    "case",
    "callbacks",
    "attendance",
    "quality",
    "call",
    "meeting",
    "data",
    "administration",
    "mine",
)
TRANSCRIBED_WITHIN_MS = 600_000


def as_new_file(source: Path, target: Path) -> Path:
    """The same sound in another container, so that it is not the file the desk already has."""
    with av.open(str(source)) as container, av.open(str(target), "w", format="wav") as out:
        stream = out.add_stream("pcm_s16le", rate=16000, layout="stereo")
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=16000)
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                piece.pts = None
                out.mux(stream.encode(piece))
        out.mux(stream.encode(None))
    return target


def test_supervisor_sees_what_is_late_and_reads_why(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "supervisor")
    assert "/today" in page.url or page.url.rstrip("/") == desk.address
    page.get_by_text("已超时").first.wait_for()
    open_page(page, desk, "complaints")
    click_row(page, "cases_overdue", 0)
    page.wait_for_url(re.compile(r"/case\?.*case=TS"))
    settled(page)
    # Why it is late: the limit's clause and the comparison, in words.
    page.get_by_text("超时").first.wait_for()
    body = page.locator("[data-testid=stMain]").inner_text()
    assert re.search(r"A6\.2[28]|E1\.20", body)
    assert re.search(r"\d+ ?(个工作日|天|小时)", body)


def test_reviewer_uploads_hears_and_decides(page: Page, desk: Desk, tmp_path: Path) -> None:
    recording = as_new_file(RECORDINGS / RUDE_CALL, tmp_path / "sample.wav")
    sign_in(page, desk, "qa")
    open_page(page, desk, "quality")
    page.get_by_text("上传录音").first.click()
    page.set_input_files(".st-key-upload_file input[type=file]", str(recording))
    page.get_by_text("sample.wav").first.wait_for()
    agent = page.locator(".st-key-upload_agent input")
    agent.click()
    agent.fill("K1003")
    agent.press("Enter")
    page.locator(".st-key-upload_number input").fill("E2E-1")
    page.get_by_role("button", name=re.compile("收下|上传|提交")).last.click()
    page.get_by_text("E2E-1").first.wait_for()
    # The queue follows the work by itself until Whisper is done.
    row = page.locator("div", has_text="sample.wav").last
    row.wait_for()
    open_page(page, desk, "call", "call=E2E-1")
    deadline = TRANSCRIBED_WITHIN_MS
    while page.locator(".stMain [class*=st-key-hear_]").count() == 0 and deadline > 0:
        page.wait_for_timeout(3_000)
        deadline -= 3_000
        page.reload()
        settled(page)
    # Hearing it: the player starts three seconds before the words, through the guarded route.
    with page.expect_response(re.compile(r"/recordings/\d+")) as heard:
        page.locator("[class*=st-key-hear_] button").first.click()
    assert heard.value.status in (200, 206)
    page.locator("audio").wait_for(state="attached")
    # One finding stands, another does not.
    page.locator("[class*=st-key-confirm_] button").first.click()
    page.get_by_text("成立").first.wait_for()
    settled(page)
    page.get_by_role("button", name=re.compile("不成立|推翻")).last.click()
    page.locator("[class*=st-key-reason_] textarea").last.fill("客服是在复述客户的话")
    page.locator("[class*=st-key-overturn_] button").last.click()
    page.get_by_text("客服是在复述客户的话").first.wait_for()


def test_manager_takes_the_meeting_home(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "manager")
    open_page(page, desk, "meeting")
    with page.expect_download() as sheet:
        page.locator(".st-key-download_xlsx button").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(str(sheet.value.path())).read_bytes()))
    assert len(book.sheetnames) == 5
    with page.expect_download() as slides:
        page.locator(".st-key-download_pptx button").click()
    deck = Presentation(io.BytesIO(Path(str(slides.value.path())).read_bytes()))
    assert len(deck.slides) == 5
    shown = page.locator("[data-testid=stMain]").inner_text()
    percentages = {
        round(cell.value, 1)
        for row in book.worksheets[0].iter_rows()
        for cell in row
        if isinstance(cell.value, float) and "%" in (cell.number_format or "")
    }
    mentioned = [float(text) for text in re.findall(r"（(\d+\.\d)%，目标", shown)]
    assert percentages
    assert all(value in percentages for value in mentioned)


@pytest.mark.parametrize("name", PAGES)
def test_signed_out_every_address_shows_only_the_sign_in(page: Page, desk: Desk, name: str) -> None:
    page.goto(f"{desk.address}/{name}?case=TS1&call=c01")
    page.wait_for_selector("input[name=password]")
    assert page.locator("[data-testid=stSidebar]").count() == 0
    assert "/auth/login" in page.url


def test_signed_out_nothing_else_answers(context: BrowserContext, desk: Desk) -> None:
    request = context.request
    assert request.get(f"{desk.address}/recordings/1", max_redirects=0).status in (302, 303, 401)
    answer = request.get(
        f"{desk.address}/_stcore/stream",
        headers={
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "x" * 22 + "==",
        },
        max_redirects=0,
    )
    assert answer.status >= 300


def test_an_agent_sees_his_own_page_and_is_refused_the_others(page: Page, desk: Desk) -> None:
    sign_in(page, desk, "agent")
    page.get_by_role("heading", name="我的工作").wait_for()
    page.goto(f"{desk.address}/complaints")
    page.get_by_text("您的角色不能查看本页").wait_for()
    assert page.get_by_role("heading", name="投诉清单").count() == 0
