"""Speech to text behind one protocol. The only module that imports whisper."""

from __future__ import annotations

import hashlib
import json
import math
import socket
import urllib.error
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
import whisper

from inspection.activity import SAMPLE_RATE, Span, gain_for, speech_spans, windows
from inspection.transcript import Segment
from inspection.wording import simplify

FloatArray = npt.NDArray[np.float32]
OnProgress = Callable[[float], None]

DEMO_MODEL = Path(__file__).with_name("demo_voice") / "demo.pt"
_NETWORK_TIMEOUT_SECONDS = 30.0


class EngineError(Exception):
    """The engine cannot be had; the recording waits. `code` is stored, `zh` and `en` are shown.

    Codes: model_unknown model_unreadable no_network no_room.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.zh, self.en = code, zh, en


@dataclass(frozen=True, slots=True)
class Profile:
    """How Whisper is asked, under a name. Another answer needs another profile, and another hash."""

    name: str = "telephone-zh-1"
    language: str = "zh"  # never guessed: eight kilohertz and a dialect are enough to guess wrong
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4)  # the next one only for a window that failed
    compression_ratio_threshold: float = 2.4
    logprob_threshold: float = -1.0
    no_speech_threshold: float = 0.6
    window_seconds: float = 28.0
    window_gap_seconds: float = 4.0
    pad_seconds: float = 0.2
    unheard_seconds: float = 0.6  # speech without any text from here on is asked for again
    most_repeats: int = 4  # in one window, so that music costs no more than a bounded time
    seed: int = 20_250_625  # temperatures above 0 draw lots; the same recording draws the same ones


PROFILE = Profile()


class Engine(Protocol):
    """What turns one channel into text."""

    name: str
    model_hash: str  # sha256 of the checkpoint
    settings_hash: str  # of profile, model and versions: equal hashes give equal transcripts
    versions: dict[str, str]

    def transcribe(self, audio: FloatArray, on_progress: OnProgress | None = None) -> list[Segment]:
        """One channel at 16 kHz -> its utterances in time order, speaker unknown. Progress goes from 0 to 1."""
        ...


class WhisperEngine:
    """openai-whisper on the CPU or whatever torch finds."""

    def __init__(self, name: str, model: Any, model_hash: str) -> None:
        self.name = name
        self.model_hash = model_hash
        self.versions = {
            "openai-whisper": version("openai-whisper"),
            "torch": str(torch.__version__),
            "profile": PROFILE.name,
        }
        settings = {"profile": asdict(PROFILE), "model": model_hash, "versions": self.versions}
        self.settings_hash = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        self._model = model

    def transcribe(self, audio: FloatArray, on_progress: OnProgress | None = None) -> list[Segment]:
        """See Engine. A silent channel costs nothing and gives nothing."""
        spans = speech_spans(audio)
        cuts = windows(audio, spans, PROFILE.window_seconds, PROFILE.window_gap_seconds)
        gain = gain_for(audio)
        segments: list[Segment] = []
        for number, (start, end) in enumerate(cuts, start=1):
            after = cuts[number][0] if number < len(cuts) else len(audio) / SAMPLE_RATE
            heard = list(self._window(audio, start, min(end + PROFILE.pad_seconds, after), gain))
            for begin, until in _unheard(spans, start, end, heard):
                heard.extend(self._window(audio, begin, until + PROFILE.pad_seconds, gain))
            segments.extend(sorted(heard, key=lambda s: s.start))
            if on_progress is not None:
                on_progress(number / len(cuts))
        if on_progress is not None and not cuts:
            on_progress(1.0)
        return segments

    def _window(self, audio: FloatArray, start: float, end: float, gain: float) -> Iterator[Segment]:
        first = max(0, int((start - PROFILE.pad_seconds) * SAMPLE_RATE))
        samples = np.clip(np.asarray(audio[first : int(end * SAMPLE_RATE)]) * np.float32(gain), -1.0, 1.0)
        with torch.random.fork_rng():
            torch.manual_seed(PROFILE.seed)
            answer = whisper.transcribe(
                self._model,
                samples.astype(np.float32),
                language=PROFILE.language,
                task="transcribe",
                temperature=PROFILE.temperatures,
                compression_ratio_threshold=PROFILE.compression_ratio_threshold,
                logprob_threshold=PROFILE.logprob_threshold,
                no_speech_threshold=PROFILE.no_speech_threshold,
                condition_on_previous_text=False,  # one wrong window must not colour the next
                initial_prompt=None,  # a prompt with courtesy phrases makes Whisper hear them
                fp16=False,
            )
        offset = first / SAMPLE_RATE
        for heard in answer["segments"]:
            text = simplify(heard["text"].replace("\ufffd", "").strip())  # half a character is none
            if text:
                at, until = offset + float(heard["start"]), offset + float(heard["end"])
                at, until = min(at, end), min(max(at, until), end)
                yield Segment("unknown", at, until, text, min(1.0, math.exp(float(heard["avg_logprob"]))))


def _unheard(spans: list[Span], start: float, end: float, heard: list[Segment]) -> list[Span]:
    """Speech inside the window for which Whisper wrote nothing: it is asked again for that alone, once."""
    missing: list[Span] = []
    for begin, until in spans:
        if begin < start or until > end:
            continue
        at = begin
        for segment in sorted(heard, key=lambda s: s.start):
            if segment.end > at and segment.start < until:
                missing.append((at, segment.start))
                at = segment.end
        missing.append((at, until))
    pieces = [(a, b) for a, b in missing if b - a > PROFILE.unheard_seconds]
    if pieces == [(start, end)]:  # the whole window: it would be asked the same again
        return []
    return pieces[: PROFILE.most_repeats]


def load_engine(model: str, threads: int = 0) -> Engine:
    """The engine for `demo`, a Whisper name such as `small`, or a checkpoint's path; loaded once per process.

    `threads` 0 leaves torch's own choice. Raises EngineError; then nothing is kept, and a later call tries again.
    """
    if threads > 0:
        torch.set_num_threads(threads)
    path = DEMO_MODEL if model == "demo" else Path(model)
    if model in whisper.available_models() and not path.is_file():
        return _load(model, str(model))
    if not path.is_file():
        if "/" in model or "\\" in model or model.endswith(".pt") or model == "demo":
            raise EngineError(
                "model_unknown", f"找不到语音模型文件 {path}", f"there is no speech model file {path}"
            )
        names = ", ".join(whisper.available_models())
        raise EngineError(
            "model_unknown",
            f"没有名为 {model!r} 的语音模型；可用:demo、{names}，或模型文件的路径",
            f"no speech model is called {model!r}; there are demo, {names}, or a checkpoint's path",
        )
    return _load("demo" if path.resolve() == DEMO_MODEL.resolve() else path.stem, str(path.resolve()))


@lru_cache(maxsize=2)
def _load(name: str, source: str) -> WhisperEngine:
    try:
        with _network_timeout():
            loaded = whisper.load_model(source)
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        reason = str(getattr(error, "reason", error))
        raise EngineError(
            "no_network",
            f"语音模型 {name} 无法下载({reason});请联网一次，或把 WHISPER_MODEL 设为模型文件的路径",
            f"the speech model {name} cannot be downloaded ({reason}); connect once, or set WHISPER_MODEL to a checkpoint's path",
        ) from None
    except MemoryError:
        raise EngineError(
            "no_room", f"内存不足，无法载入语音模型 {name}", f"not enough memory for the speech model {name}"
        ) from None
    except OSError as error:
        raise EngineError(
            "model_unreadable",
            f"语音模型 {name} 无法读取：{error.strerror or error}",
            f"the speech model {name} cannot be read: {error.strerror or error}",
        ) from None
    except Exception as error:  # unpickling a file that is no checkpoint raises almost anything
        raise EngineError(
            "model_unreadable",
            f"{source} 不是 Whisper 模型文件，或已损坏({type(error).__name__})",
            f"{source} is not a Whisper checkpoint, or is damaged ({type(error).__name__})",
        ) from None
    return WhisperEngine(name, loaded, _sha256(_checkpoint(source)))


def _checkpoint(source: str) -> Path:
    """Where the weights that were just loaded lie."""
    if (path := Path(source)).is_file():
        return path
    from os import environ

    cache = Path(environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "whisper"
    return cache / Path(whisper._MODELS[source]).name


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _network_timeout() -> Iterator[None]:
    """A network that swallows packets must not hold a worker for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_NETWORK_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
