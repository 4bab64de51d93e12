"""The demo recordings are complete, small, decodable, and keep the two speakers apart."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from demo.make_recordings import MANIFEST, RECORDINGS, make
from demo.scripts import CALLS
from inspection.demo_voice.measure import read_channels
from inspection.demo_voice.synthesis import SAMPLE_RATE

ENTRIES: list[dict[str, Any]] = json.loads((RECORDINGS / MANIFEST).read_text(encoding="utf-8"))["recordings"]
TWO_CHANNEL = [entry for entry in ENTRIES if entry["layout"] == "two_channel"]
PLAYABLE = [entry for entry in ENTRIES if entry["layout"] != "damaged"]

# codes of findings and of contacts that the command line promises
BANNED = """insult profanity mockery quarrel impatience cold shirking obstruct confrontation exaggeration
    unauthorised_promise disclosure idle_chat favours harms_company informal_nihao"""
MISSING = """greeting self_intro name_check disturbance hold_notice clarification apology thanks praise_reply wish
    closing"""
KINDS = """inbound_service complaint chat callback_inpatient callback_outpatient callback_property callback_repair
    other"""


def _named(entries: list[dict[str, Any]]) -> Iterator[Any]:
    return (pytest.param(entry, id=entry["call_id"]) for entry in entries)


def test_every_script_has_its_recording_and_nothing_else_lies_there() -> None:
    assert [entry["call_id"] for entry in ENTRIES] == [call.call_id for call in CALLS]
    assert {path.name for path in RECORDINGS.iterdir()} == {MANIFEST, *(entry["file"] for entry in ENTRIES)}
    for entry in ENTRIES:
        assert Path(entry["file"]).stem == f"{entry['agent_number']}_{entry['call_id']}"


def test_the_manifest_still_says_what_the_scripts_say() -> None:
    for entry, call in zip(ENTRIES, CALLS, strict=True):
        assert [(turn["speaker"], turn["text"]) for turn in entry["turns"]] == [
            (turn.speaker, turn.text) for turn in call.turns
        ]
        assert [(item["kind"], item["category"], item.get("quote")) for item in entry["expected"]] == [
            (item.kind, item.category, item.quote) for item in call.expected
        ]


def test_all_files_together_are_at_most_three_megabytes() -> None:
    assert sum(path.stat().st_size for path in RECORDINGS.iterdir()) <= 3_000_000


def test_codes_are_those_of_the_contract() -> None:
    for entry in ENTRIES:
        assert entry["kind"] in KINDS.split()
        assert entry["channel"] == "phone"
        assert entry["direction"] in {"inbound", "outbound"}
        assert entry["hangup_by"] in {"agent", "customer", "unknown"}
        for finding in entry["expected"]:
            assert finding["category"] in {"banned": BANNED, "missing": MISSING}[finding["kind"]].split()


def test_banned_phrases_are_placed_inside_the_turn_of_the_agent_who_says_them() -> None:
    for entry in ENTRIES:
        for item in [
            *(found for found in entry["expected"] if found["kind"] == "banned"),
            *entry["lookalikes"],
        ]:
            turn = entry["turns"][item["turn"]]
            assert turn["speaker"] == "agent"
            assert item["quote"] in turn["text"]
            assert turn["start"] - 0.01 <= item["start"] < item["end"] <= turn["end"] + 0.01


def test_the_set_covers_what_the_demo_is_for() -> None:
    categories = {finding["category"] for entry in ENTRIES for finding in entry["expected"]}
    assert {"shirking", "impatience", "cold", "confrontation", "unauthorised_promise"} <= categories
    assert {"greeting", "closing", "hold_notice", "name_check", "disturbance", "wish"} <= categories
    assert len(TWO_CHANNEL) >= 10
    assert sum(not entry["expected"] for entry in TWO_CHANNEL) >= 5
    assert {entry["layout"] for entry in ENTRIES} == {"two_channel", "mono", "silent", "damaged"}


@pytest.mark.parametrize("entry", _named(PLAYABLE))
def test_a_recording_decodes_to_its_channels_and_duration(entry: dict[str, Any]) -> None:
    channels = read_channels(RECORDINGS / entry["file"])
    assert len(channels) == entry["channels"]
    assert channels.shape[1] / SAMPLE_RATE == pytest.approx(entry["duration_seconds"], abs=0.1)
    if entry["layout"] == "silent":
        assert np.abs(channels).max() < 1e-3
    else:
        assert 30 <= entry["duration_seconds"] <= 120


def test_the_damaged_file_cannot_be_decoded() -> None:
    (entry,) = (entry for entry in ENTRIES if entry["layout"] == "damaged")
    with pytest.raises(av.FFmpegError):
        read_channels(RECORDINGS / entry["file"])


@pytest.mark.parametrize("entry", _named(TWO_CHANNEL))
def test_a_speaker_does_not_bleed_into_the_other_channel(entry: dict[str, Any]) -> None:
    channels = read_channels(RECORDINGS / entry["file"])
    speaking = np.zeros(channels.shape, bool)
    for turn in entry["turns"]:
        start, end = (int(turn[key] * SAMPLE_RATE) for key in ("start", "end"))
        speaking[0 if turn["speaker"] == "agent" else 1, start:end] = True
    for speaker in (0, 1):
        alone = speaking[speaker] & ~speaking[1 - speaker]
        loud, quiet = (np.sqrt(np.mean(channels[channel][alone] ** 2)) for channel in (speaker, 1 - speaker))
        assert 20 * np.log10(quiet / loud) < -40


def test_the_long_wait_without_notice_is_really_in_the_recording() -> None:
    def longest_agent_pause(call_id: str) -> tuple[float, str]:
        (entry,) = (entry for entry in ENTRIES if entry["call_id"] == call_id)
        turns = [turn for turn in entry["turns"] if turn["speaker"] == "agent"]
        return max((after["start"] - before["end"], before["text"]) for before, after in pairwise(turns))

    seconds, before = longest_agent_pause("c08")
    assert seconds > 20
    assert "稍等" not in before
    seconds, before = longest_agent_pause("c09")
    assert seconds > 20
    assert "稍等" in before


def _espeak_is_missing() -> bool:
    try:
        ctypes.CDLL("libespeak-ng.so.1")
    except OSError:
        return True
    return False


@pytest.mark.skipif(_espeak_is_missing(), reason="libespeak-ng is not installed")
def test_making_a_call_again_gives_the_same_speech(tmp_path: Path) -> None:
    """A single call: espeak-ng carries a trace of the calls before, so only a whole run is the same to the byte."""
    (entry,) = make(tmp_path, [call for call in CALLS if call.call_id == "c05"])
    (kept,) = (kept for kept in ENTRIES if kept["call_id"] == "c05")
    assert (tmp_path / entry["file"]).exists()
    assert entry["duration_seconds"] == pytest.approx(kept["duration_seconds"], abs=0.1)
    for turn, kept_turn in zip(entry["turns"], kept["turns"], strict=True):
        assert turn["start"] == pytest.approx(kept_turn["start"], abs=0.1)
        assert turn["text"] == kept_turn["text"]
