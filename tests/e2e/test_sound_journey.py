"""A recording whose channels were connected the wrong way round: seen at once, listened to, settled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from tests.e2e.steps import open_page, opened, settled, sign_in
from tests.e2e.test_journeys import RECORDINGS, TRANSCRIBED_WITHIN_MS

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PROPER_CALL = "K1001_c01.ogg"
PLAYS_FROM = "() => { const a = document.querySelector('audio'); return a && !a.paused && a.currentTime }"


def swapped(source: Path, target: Path, seconds: int = 30) -> Path:
    """The beginning of a two-channel recording with left and right exchanged, as a WAV file at 16 kHz."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=16_000)
    with av.open(str(source)) as container, av.open(str(target), "w", format="wav") as out:
        stream = out.add_stream("pcm_s16le", rate=16_000, layout="stereo")
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                pairs = piece.to_ndarray().astype(np.int16).reshape(-1, 2)[:, ::-1]
                turned = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(pairs).reshape(1, -1), format="s16", layout="stereo"
                )
                turned.sample_rate = 16_000
                out.mux(stream.encode(turned))
            if frame.time is not None and frame.time > seconds:
                break
        out.mux(stream.encode(None))
    return target


def test_swapped_channels_are_seen_listened_to_and_settled(page: Page, desk: Desk, tmp_path: Path) -> None:
    recording = swapped(RECORDINGS / PROPER_CALL, tmp_path / "wrong_way_round.wav")
    sign_in(page, desk, "qa")
    open_page(page, desk, "data", "view=queue")
    page.set_input_files(".st-key-upload_file input[type=file]", str(recording))
    page.get_by_text(recording.name).locator("visible=true").first.wait_for()
    settled(page)
    agent = page.locator(".st-key-upload_agent input")
    agent.click()
    agent.fill("K1001")
    agent.press("Enter")
    page.locator(".st-key-upload_number input").fill("E2E-SWAPPED")
    page.get_by_role("button", name="提交").click()
    page.get_by_text("已收到 wrong_way_round.wav").wait_for()
    # The call's page waits for the work by itself; then the first thing it says is that the sides look swapped.
    open_page(page, desk, "call", "call=E2E-SWAPPED")
    notice = page.locator(".st-key-swapped")
    notice.wait_for(timeout=TRANSCRIBED_WITHIN_MS)
    settled(page)
    assert "左右声道可能接反了" in notice.inner_text()
    notice.get_by_role("button", name="听开头").click()
    page.wait_for_function(PLAYS_FROM)
    settled(page)
    right = page.locator(".st-key-settle_1 button")
    opened(notice.get_by_role("button", name="指明客服的声道"), right)
    right.click()
    page.get_by_text("已重新判定：客服在右声道").wait_for()
    settled(page)
    assert notice.count() == 0
    # Now it is known who said what, and a click on a line plays from that line.
    assert page.locator(".st-key-conversation [data-testid=stChatMessage]").count() > 1
    page.locator(".st-key-line_1 button").click()
    at = page.locator(".st-key-line_1 button").inner_text()
    minutes, seconds = re.search(r"(\d+):(\d\d)", at).groups()  # type: ignore[union-attr]
    begin = 60 * int(minutes) + int(seconds)
    page.wait_for_function(PLAYS_FROM.replace("a.currentTime }", f"a.currentTime >= {begin} }}"))
