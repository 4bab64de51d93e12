"""The bench of transcribing: processor seconds per second of a call, ours against openai-whisper and faster-whisper."""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from commands.output import say
from settings import ROOT

if TYPE_CHECKING:
    from inspection.sound.engines import FloatArray

RECORDINGS = ROOT / "demo" / "recordings"
CALLS = (
    "K1003_c03.ogg",
    "K1003_c06.ogg",
    "K1004_c04.ogg",
    "K1005_c05.wav",
)  # three minutes; each side speaks 40 %
SIZE = "SMALL"  # as in inspection.speech.speed
THREADS = 1


def transcription() -> dict[str, Any]:
    """A call of three minutes on two channels, transcribed with random weights of the size of Whisper `small`, in
    processor seconds (all threads) per second of the call; faster-whisper with int8 weights beside it.

    Equal for all: weights, tokens in all, one thread. Not equal: the others are told the language and take no prompt
    from what they heard before (both make them cheaper); only ours has a prompt, finds speech and times its words.
    Raises AssertionError when an engine wrote anything but its script: then nothing was measured.
    """
    from inspection.speech import speed

    speed.hold_threads(THREADS)
    channels, said = call()
    seconds = len(channels[0]) / 16_000
    windows = our_windows(channels)
    theirs = len(channels) * math.ceil(seconds / 30)
    total = tokens_in_all(len(speed.tokens_of(said)), len(windows), theirs)
    dims = getattr(speed, SIZE)
    script = speed.tokens_of(said)
    at_once, each = script[: total // len(windows)], script[: total // theirs]

    other = speed.speaker(dims, each, speed.before_others())
    say("openai-whisper, each channel in full …")
    baseline = _checked(speed.by_whisper(other, channels), each, theirs)
    say(f"{baseline:.1f} s; faster-whisper, each channel in full …")
    with tempfile.TemporaryDirectory() as folder:
        faster = _checked(speed.by_faster(other, channels, Path(folder), THREADS), each, theirs)
    del other
    own = speed.speaker(dims, at_once, speed.before_ours())
    say(f"{faster:.1f} s; our windows one by one …")
    packed = _checked(speed.one_by_one(own, windows), at_once, len(windows))
    say(f"{packed:.1f} s; our windows through faster-whisper …")
    with tempfile.TemporaryDirectory() as folder:
        ours_on_faster = _ours(speed.ours_on_faster(own, Path(folder), THREADS), channels, at_once)
    say(f"{ours_on_faster:.1f} s; our windows in batches, float32 …")
    in_float32 = _ours(speed.ours(own, "float32"), channels, at_once)
    say(f"{in_float32:.1f} s; as it runs here …")
    engine = speed.ours(own, "auto")
    ours = _ours(engine, channels, at_once) if engine.precision != "float32" else in_float32

    def per_second(spent: float) -> float:
        return round(spent / seconds, 4)

    return {
        "ours": per_second(ours),
        "baseline": per_second(baseline),
        "ratio": round(baseline / ours, 2),
        "precision": engine.precision,
        "call_seconds": round(seconds, 1),
        "tokens": total,
        "windows": len(windows),
        "baseline_windows": theirs,
        "by_packing": round(baseline / packed, 2),
        "by_batches": round(packed / in_float32, 2),
        "by_precision": round(in_float32 / ours, 2),
        "faster_whisper": per_second(faster),
        "ratio_to_faster_whisper": round(faster / ours, 2),
        "ours_on_faster_whisper": per_second(ours_on_faster),
    }


def call() -> tuple[list[FloatArray], str]:
    """Recordings of the demo one after the other: two channels at 16 kHz, and what is said in them."""
    from inspection.sound.audio import decode

    manifest = json.loads((RECORDINGS / "manifest.json").read_text(encoding="utf-8"))
    known = {entry["file"]: entry for entry in manifest["recordings"]}
    sides: list[list[FloatArray]] = [[], []]
    for name in CALLS:
        for side, channel in zip(sides, decode(RECORDINGS / name).channels, strict=True):
            side.append(np.asarray(channel, np.float32))
    said = "".join(turn["text"] for name in CALLS for turn in known[name]["turns"])
    return [np.concatenate(side) for side in sides], said


def our_windows(channels: Sequence[FloatArray]) -> list[FloatArray]:
    """What an engine is given of a call: speech and what may be speech, without the pauses."""
    from inspection.sound.activity import listen, quietest
    from inspection.sound.engines import PROFILE
    from inspection.sound.packing import pack

    windows: list[FloatArray] = []
    for channel in channels:
        heard = listen(channel)
        for spans in (heard.speech, heard.doubtful):
            packed = pack(spans, PROFILE.window_seconds, PROFILE.gap_seconds, quietest(channel))
            windows.extend(window.samples(channel, heard.gain) for window in packed)
    return windows


def tokens_in_all(spoken: int, ours: int, theirs: int) -> int:
    """About as many tokens as the call has, and the same number in each of our windows and in each of theirs."""
    step = math.lcm(ours, theirs)
    return max(1, round(spoken / step)) * step


def _ours(engine: Any, channels: Sequence[FloatArray], script: Sequence[int]) -> float:
    """Seconds for everything between the samples and the words with their times: finding speech, packing, hearing."""
    from inspection.speech import speed

    begun = time.process_time()
    heard = engine.hear(our_windows(channels))
    spent = time.process_time() - begun
    return _checked(speed.Spent(spent, tuple(one.raw for one in heard)), script, len(heard))


def _checked(spent: Any, script: Sequence[int], windows: int) -> float:
    """Its seconds, when every window was answered with the whole script: else it is no measurement."""
    from inspection.speech import speed

    wanted = speed.text_of(script).strip("\ufffd ")
    texts = [text.strip("\ufffd ") for text in spent.texts]
    assert texts == [wanted] * windows, (len(texts), windows, texts[:2], wanted)
    return float(spent.seconds)
