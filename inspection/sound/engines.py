"""Speech to text behind one protocol: what is asked of an engine, how it is asked, and which engine answers.

Nothing here imports an engine: the libraries take seconds to load, and transcripts from elsewhere need none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
OnWindows = Callable[[int], None]  # told how many more windows are done

DEMO_MODEL = Path(__file__).parents[1] / "demo_voice" / "demo.pt"
EngineName = Literal["openai", "faster"]
Precision = Literal["auto", "float32", "bfloat16"]


class EngineError(Exception):
    """The engine cannot be had; the recording waits. `code` is stored, `zh` and `en` are shown.

    Codes: engine_missing model_unknown model_unreadable no_network no_room.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


@dataclass(frozen=True, slots=True)
class Profile:
    """How speech is listened to, under a name. Another answer needs another profile, and another hash."""

    name: str = "telephone-zh-2"
    language: str = "zh"  # never guessed: eight kilohertz and a dialect are enough to guess wrong
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4)  # the next one only for a window that failed
    # Plain Mandarin in simplified characters, given to every window and followed by nothing that was heard before.
    # It must hold no courtesy and no banned phrase: a prompt comes back as speech and would manufacture compliance.
    # The wording is one that the demo voice bears: it hears as much with it as without (docs/measurements.md).
    prompt: str = "电话录音，普通话。"
    compression_ratio_threshold: float = 1.9  # Chinese packs less well than English; 2.4 lets loops through
    logprob_threshold: float = -1.0
    no_speech_threshold: float = 0.6
    window_seconds: float = 28.0  # Whisper hears thirty; the rest keeps the last word whole
    gap_seconds: float = 1.0  # between two utterances that stand in one window
    hallucination_silence_seconds: float = 2.0  # words further than this from any speech were not said
    seed: int = 20_250_625  # temperatures above 0 draw lots; the same recording draws the same ones


PROFILE = Profile()


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word in a window: as the engine wrote it, seconds from the window's start, probability 0..1.

    `alternatives`: see inspection.text.utterances.Word, as the engine would have written them.
    """

    raw: str
    start: float
    end: float
    probability: float
    alternatives: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine heard in one window.

    `raw` is the whole text; the words joined are `raw`. `has_failed`: every temperature gave a loop or a guess, and
    this is the last of them. `temperature` is the one that answered, `mean_logprob` its tokens' mean log probability.
    """

    raw: str
    words: tuple[HeardWord, ...]
    temperature: float
    mean_logprob: float
    no_speech_probability: float
    has_failed: bool = False


class Engine(Protocol):
    """What turns windows of sound into words."""

    name: str
    model_hash: str  # sha256 of the weights
    settings_hash: str  # of profile, model, precision and versions: equal hashes give equal words
    versions: dict[str, str]

    def hear(self, windows: Sequence[FloatArray], on_windows: OnWindows | None = None) -> list[Heard]:
        """Windows of at most 30 s at 16 kHz, levelled -> what was heard in each, in the same order.

        An answer does not depend on what else is in `windows` or on their order. `on_windows` may raise to stop.
        """
        ...


def load_engine(
    model: str,
    threads: int = 0,
    engine: EngineName = "openai",
    precision: Precision = "auto",
    cache: Path | None = None,
) -> Engine:
    """The engine for `demo`, a Whisper name such as `small`, or a path; loaded once per process.

    `threads` 0 leaves the library's own choice; under `cache` an engine may keep what it made of the weights. Raises EngineError; then nothing is kept, and a later call tries again.
    """
    if engine == "faster":
        from inspection.speech import faster

        return faster.load(model, threads, cache)
    from inspection.speech import whisper_engine

    return whisper_engine.load(model, threads, precision)
