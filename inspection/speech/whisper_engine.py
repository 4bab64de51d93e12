"""openai-whisper behind the protocol of inspection.engines: batches, fallback for failed windows, word times."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from whisper.decoding import DecodingOptions
from whisper.tokenizer import get_tokenizer

from inspection.sound.activity import SAMPLE_RATE
from inspection.sound.audio import decode as decode_audio
from inspection.sound.engines import (
    PROFILE,
    FloatArray,
    Heard,
    HeardWord,
    OnWindows,
    Precision,
    Profile,
)
from inspection.speech import checkpoints
from inspection.speech.alignment import align
from inspection.speech.decoding import Decoded, Encoded, OnStep, bytes_per_window, decode, encode
from inspection.speech.loops import is_loop, spoken
from inspection.speech.precision import settle
from inspection.speech.spellings import score
from inspection.speech.threads import hold

DECODING_VERSION = "2"
"""Raised when the same weights and profile would give other words than before: part of the settings hash."""

_KNOWN_RECORDING = Path(__file__).parents[2] / "demo" / "recordings" / "K1001_c15.wav"
_LARGEST_BATCH = 16  # a call of three minutes in one go: what a step reads of the weights is then read once
_MOST_BYTES = 1 << 30  # for the keys and values of a batch; the weights come on top
_NOTHING = Heard("", (), 0.0, 0.0, 1.0)


class WhisperEngine:
    """openai-whisper on the CPU, or on whatever torch finds. One recording at a time: callers wait for each other."""

    def __init__(
        self, name: str, model: Any, model_hash: str, precision: Precision, profile: Profile = PROFILE
    ) -> None:
        self.name, self.model_hash, self.precision = name, model_hash, precision
        self.versions = {
            "openai-whisper": version("openai-whisper"),
            "torch": str(torch.__version__),
            "profile": profile.name,
            "precision": precision,
            "decoding": DECODING_VERSION,
        }
        settings = {"profile": asdict(profile), "model": model_hash, "versions": self.versions}
        self.settings_hash = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        self._model, self._profile, self._prompt = model, profile, spoken(profile.prompt)
        self._lock = threading.Lock()

    def hear(self, windows: Sequence[FloatArray], on_windows: OnWindows | None = None) -> list[Heard]:
        """See Engine. `on_windows` is also told 0, after every window that is encoded and every token: it may stop there.

        Raises ValueError for a window of more than 30 s.
        """
        report = on_windows or (lambda _count: None)
        answers = [_NOTHING] * len(windows)
        lengths = [len(w) for w in windows]  # asked once: a window may be made when it is asked for
        order = sorted(
            (i for i, n in enumerate(lengths) if n), key=lambda i: (-lengths[i], i)
        )  # end together
        if len(order) < len(windows):
            report(len(windows) - len(order))
        size = max(1, min(_LARGEST_BATCH, _MOST_BYTES // bytes_per_window(self._model))) if order else 1
        for first in range(0, len(order), size):
            batch = order[first : first + size]
            with self._lock:
                heard = self._batch([windows[i] for i in batch], report)
            for i, answer in zip(batch, heard, strict=True):
                answers[i] = answer
        return answers

    def _batch(self, windows: Sequence[FloatArray], report: OnWindows) -> list[Heard]:
        model, profile = self._model, self._profile
        sound = encode(model, windows, lambda: report(0))
        waiting = len(windows)

        def on_step(ended: Sequence[Decoded]) -> None:
            nonlocal waiting
            good = sum(not self._has_failed(decoded) for decoded in ended)
            waiting -= good
            report(good)

        best = self._decode(sound, profile.temperatures[0], on_step)
        for temperature in profile.temperatures[1:]:
            failed = [i for i, decoded in enumerate(best) if self._has_failed(decoded)]
            if not failed:
                break
            report(0)
            again = self._decode(sound.pick(failed), temperature, on_step)
            for i, decoded in zip(failed, again, strict=True):
                best[i] = decoded
        report(0)
        said = [Decoded(d.temperature) if self._is_silence(d) else d for d in best]
        words = align(model, self._tokenizer(), sound, said)
        report(0)
        words = score(model, self._tokenizer(), sound, said, words)
        report(waiting)
        return [self._answer(d, w) for d, w in zip(best, words, strict=True)]

    def _decode(self, sound: Encoded, temperature: float, on_step: OnStep) -> list[Decoded]:
        options = DecodingOptions(
            language=self._profile.language,
            temperature=temperature,
            prompt=self._profile.prompt or None,  # to every window, and never what was heard before
            fp16=False,
        )
        return decode(self._model, sound, options, self._profile.seed, on_step)

    def _answer(self, decoded: Decoded, words: tuple[HeardWord, ...]) -> Heard:
        return Heard(
            "".join(w.raw for w in words),
            words,
            decoded.temperature,
            decoded.mean_logprob,
            decoded.no_speech_probability,
            self._has_failed(decoded),
        )

    def _has_failed(self, decoded: Decoded) -> bool:
        """A loop, a guess, or the prompt come back as speech; and not silence."""
        if self._is_silence(decoded):
            return False
        text = self._tokenizer().decode(decoded.tokens)
        return (
            decoded.is_cut
            or decoded.mean_logprob < self._profile.logprob_threshold
            or is_loop(text, self._profile.compression_ratio_threshold)
            or bool(self._prompt and self._prompt in spoken(text))
        )

    def _is_silence(self, decoded: Decoded) -> bool:
        return (
            decoded.no_speech_probability > self._profile.no_speech_threshold
            and decoded.mean_logprob < self._profile.logprob_threshold
        )

    def _tokenizer(self) -> Any:
        return get_tokenizer(
            self._model.is_multilingual,
            num_languages=self._model.num_languages,
            language=self._profile.language,
            task="transcribe",
        )


def load(model: str, threads: int = 0, precision: Precision = "auto") -> WhisperEngine:
    """The engine for `demo`, a Whisper name such as `small`, or a checkpoint's path; loaded once per process.

    `threads` 0 leaves torch's own choice. Raises EngineError; then nothing is kept, and a later call tries again.
    """
    hold(threads)
    return _load(checkpoints.find(model), precision)


@lru_cache(maxsize=4)
def _load(checkpoint: checkpoints.Checkpoint, precision: Precision) -> WhisperEngine:
    model, model_hash = checkpoints.read(checkpoint)
    if precision == "auto" and not _KNOWN_RECORDING.is_file():
        precision = "float32"  # installed without the demo: nothing to compare by
    with checkpoints.refusals(checkpoint):
        taken = settle(model, precision, _words_of)
    return WhisperEngine(checkpoint.name, model, model_hash, taken)


def _words_of(model: Any) -> str:
    """What is heard in the recording by which precisions are compared."""
    samples = decode_audio(_KNOWN_RECORDING).channels[0][: int(PROFILE.window_seconds * SAMPLE_RATE)]
    engine = WhisperEngine("", model, "", "float32")
    return engine.hear([np.ascontiguousarray(samples, np.float32)])[0].raw
