"""The optional engine: faster-whisper on CTranslate2 with int8 weights, asked exactly as the default engine is.

requirements-faster.txt installs it. Windows are decoded and timed in batches; one that failed is asked again alone.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from whisper.audio import HOP_LENGTH, N_FRAMES, N_SAMPLES, SAMPLE_RATE, log_mel_spectrogram, pad_or_trim
from whisper.tokenizer import get_tokenizer

from inspection.sound.engines import PROFILE, EngineError, FloatArray, Heard, HeardWord, OnWindows, Profile
from inspection.speech import checkpoints, ct2, faster_models, spellings
from inspection.speech.loops import is_loop
from inspection.speech.threads import hold
from inspection.speech.words import split

DECODING_VERSION = "1"
"""Raised when the same weights and profile would give other words than before: part of the settings hash."""

_COMPUTE_TYPE = "int8"
_LARGEST_BATCH = 16
_TEXT_CONTEXT = 448  # tokens that Whisper's decoder sees, prompt and answer together
_FIRST_TIMESTAMP_WITHIN = 50  # steps of 20 ms: Whisper's own rule
_SECONDS_PER_STEP = 0.02
_LOOK_EVERY_SECONDS = 0.1  # whether a batch is decoded, and whether somebody wishes to stop
_NOTHING = Heard("", (), 0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class _Answer:
    tokens: list[int]  # of the text, without timestamps
    temperature: float
    mean_logprob: float
    no_speech_probability: float
    is_cut: bool  # it would have gone on, but there was no room


class FasterEngine:
    """CTranslate2 on the CPU. One recording at a time: callers wait for each other."""

    def __init__(
        self, name: str, folder: Path, model_hash: str, threads: int = 0, profile: Profile = PROFILE
    ) -> None:
        self.name, self.model_hash = name, model_hash
        self.versions = {
            "faster-whisper": version("faster-whisper"),
            "ctranslate2": version("ctranslate2"),
            "profile": profile.name,
            "precision": _COMPUTE_TYPE,
            "decoding": f"{DECODING_VERSION}.{ct2.FORMAT}",
        }
        settings = {"profile": asdict(profile), "model": model_hash, "versions": self.versions}
        self.settings_hash = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
        self._profile, self._folder, self._threads = profile, folder, threads
        self._lock = threading.Lock()
        self._model = self._open()
        # large-v3 knows a hundredth language, and every token behind the languages has moved by one
        languages = 100 if self._model.n_mels == 128 else 99
        self._tokenizer = get_tokenizer(
            True, num_languages=languages, language=profile.language, task="transcribe"
        )
        self._suppressed = _suppressed(self._tokenizer)
        prompt = self._tokenizer.encode(" " + profile.prompt.strip()) if profile.prompt else []
        before = [self._tokenizer.sot_prev, *prompt] if prompt else []
        self._prompt = [*before, *self._tokenizer.sot_sequence]

    def hear(self, windows: Sequence[FloatArray], on_windows: OnWindows | None = None) -> list[Heard]:
        """See Engine. `on_windows` is also told 0, while a batch is under way: it may stop there too. CTranslate2 then
        decodes on behind it for nobody, and a process ends when it has finished.

        Raises ValueError for a window of more than 30 s.
        """
        report = on_windows or (lambda _count: None)
        lengths = [len(window) for window in windows]  # asked once: a window may be made when it is asked for
        if (longest := max(lengths, default=0)) > N_SAMPLES:
            raise ValueError(f"a window of {longest / SAMPLE_RATE:.1f} s; Whisper hears 30 s")
        answers = [_NOTHING] * len(windows)
        # Windows of one length end together.
        order = sorted((i for i, length in enumerate(lengths) if length), key=lambda i: (-lengths[i], i))
        if len(order) < len(windows):
            report(len(windows) - len(order))
        for first in range(0, len(order), _LARGEST_BATCH):
            batch = order[first : first + _LARGEST_BATCH]
            with self._lock:
                heard = self._batch([windows[i] for i in batch], report)
            for i, answer in zip(batch, heard, strict=True):
                answers[i] = answer
            report(len(batch))
        return answers

    def _batch(self, windows: Sequence[FloatArray], report: OnWindows) -> list[Heard]:
        encoded = []
        for window in windows:  # one by one, so that a wish to stop is heard soon
            encoded.append(np.array(self._model.encode(_view(_mel(window, self._model.n_mels)))))
            report(0)
        sound = np.concatenate(encoded)
        best = self._decode(self._model, sound, 0.0, report)
        for number, answer in enumerate(best):
            for temperature in self._profile.temperatures[1:]:
                if not self._has_failed(answer):
                    break
                report(0)
                answer = self._draw(sound[number : number + 1], temperature, report)
            best[number] = answer
        report(0)
        words = self._words(sound, best, [len(window) for window in windows])
        return [
            Heard(
                "".join(word.raw for word in said),
                said,
                answer.temperature,
                answer.mean_logprob,
                answer.no_speech_probability,
                self._has_failed(answer),
            )
            for answer, said in zip(best, words, strict=True)
        ]

    def _open(self) -> Any:
        from ctranslate2.models import Whisper

        return Whisper(
            str(self._folder),
            device="cpu",
            compute_type=_COMPUTE_TYPE,
            inter_threads=1,
            intra_threads=self._threads,
        )

    def _draw(self, sound: FloatArray, temperature: float, report: OnWindows) -> _Answer:
        """One window by lot. CTranslate2 seeds the lots of a model once and for all: a fresh one draws the same ones."""
        import ctranslate2

        ctranslate2.set_random_seed(self._profile.seed)
        return self._decode(self._open(), sound, temperature, report)[0]

    def _decode(self, model: Any, sound: FloatArray, temperature: float, report: OnWindows) -> list[_Answer]:
        room = _TEXT_CONTEXT - len(self._prompt)
        waiting = model.generate(
            _view(sound),
            [self._prompt] * len(sound),
            beam_size=1,
            max_length=2 * room,  # CTranslate2 keeps half of it for the prompt, however short that is
            max_initial_timestamp_index=_FIRST_TIMESTAMP_WITHIN,
            suppress_tokens=self._suppressed,
            return_scores=True,
            return_no_speech_prob=True,
            sampling_topk=0 if temperature else 1,
            sampling_temperature=temperature or 1.0,
            asynchronous=True,
        )
        while not all(one.done() for one in waiting):
            report(0)
            time.sleep(_LOOK_EVERY_SECONDS)
        answers = []
        for result in (one.result() for one in waiting):
            tokens = result.sequences_ids[0]
            text = [token for token in tokens if token < self._tokenizer.eot]
            logprob = float(result.scores[0]) * len(tokens) / (len(tokens) + 1)
            no_speech = float(result.no_speech_prob)
            answers.append(_Answer(text, temperature, logprob, no_speech, len(tokens) >= room))
        return answers

    def _words(
        self, sound: FloatArray, answers: Sequence[_Answer], lengths: Sequence[int]
    ) -> list[tuple[HeardWord, ...]]:
        """The words of every window; none where the answer is silence."""
        encoding = self._tokenizer.encoding
        written = [
            []
            if self._is_silence(answer)
            else split([encoding.decode_single_token_bytes(t) for t in answer.tokens])
            for answer in answers
        ]
        words: list[tuple[HeardWord, ...]] = [()] * len(answers)
        spoken = [number for number, found in enumerate(written) if found]
        if not spoken:
            return words
        aligned = self._model.align(
            _view(sound[spoken]),
            list(self._tokenizer.sot_sequence),
            [answers[number].tokens for number in spoken],
            [min(N_FRAMES, -(-lengths[number] // HOP_LENGTH)) for number in spoken],
        )
        for number, alignment in zip(spoken, aligned, strict=True):
            pairs = np.asarray(alignment.alignments)
            begins = pairs[np.flatnonzero(np.diff(pairs[:, 0], prepend=-1)), 1] * _SECONDS_PER_STEP
            shares = np.clip(alignment.text_token_probs, 1e-9, 1.0)
            end = lengths[number] / SAMPLE_RATE
            said = tuple(
                HeardWord(
                    word.raw,
                    float(begins[word.first]),
                    min(float(begins[word.until]), end),
                    float(np.exp(np.log(shares[word.first : word.until]).mean())),
                )
                for word in written[number]
            )
            tokens = answers[number].tokens
            places = spellings.places(written[number], tokens, self._tokenizer.decode, self._tokenizer.encode)
            if places and not answers[number].is_cut:  # whose text leaves no room
                scored = self._scored(sound[number : number + 1], tokens, places)
                said = spellings.with_alternatives(said, scored)
            words[number] = said
        return words

    def _scored(
        self, sound: FloatArray, tokens: list[int], places: Sequence[spellings.Place]
    ) -> list[tuple[spellings.Place, float, float]]:
        """As the default engine's, but without time stamps: CTranslate2 tells probabilities only where it aligns."""
        rows = [tokens] + [[*tokens[: place.first], *place.tokens] for place in places]
        aligned = self._model.align(
            _view(np.repeat(sound, len(rows), axis=0)), self._prompt, rows, [N_FRAMES] * len(rows)
        )
        logprobs = [np.log(np.clip(one.text_token_probs, 1e-9, 1.0)) for one in aligned]
        return [
            (p, float(logprobs[0][p.first : p.until].sum()), float(other[p.first :].sum()))
            for p, other in zip(places, logprobs[1:], strict=True)
        ]

    def _has_failed(self, answer: _Answer) -> bool:
        """A loop, or a guess, and not silence."""
        if self._is_silence(answer):
            return False
        return (
            answer.is_cut
            or answer.mean_logprob < self._profile.logprob_threshold
            or is_loop(self._tokenizer.decode(answer.tokens), self._profile.compression_ratio_threshold)
        )

    def _is_silence(self, answer: _Answer) -> bool:
        return (
            answer.no_speech_probability > self._profile.no_speech_threshold
            and answer.mean_logprob < self._profile.logprob_threshold
        )


def load(model: str, threads: int = 0, cache: Path | None = None) -> FasterEngine:
    """The engine for `demo`, a Whisper name such as `small`, a CTranslate2 folder, or an openai checkpoint's path.

    A checkpoint is converted once and kept under `cache` (see `ct2.converted`). Loaded once per process; `threads` 0
    leaves the library's own choice. Raises EngineError; then nothing is kept, and a later call tries again.
    """
    if any(find_spec(library) is None for library in ("faster_whisper", "ctranslate2")):
        raise EngineError(
            "engine_missing",
            "没有安装 faster-whisper；请安装 requirements-faster.txt，或把 SPEECH_ENGINE 设为 openai",
            "faster-whisper is not installed; install requirements-faster.txt, or set SPEECH_ENGINE to openai",
        )
    return _load(faster_models.find(model), threads, cache)


@lru_cache(maxsize=2)
def _load(source: faster_models.Source, threads: int, cache: Path | None) -> FasterEngine:
    hold(threads)  # the spectrogram is torch's
    folder, sha256 = faster_models.fetch(source, cache)
    with checkpoints.refusals(checkpoints.Checkpoint(source.name, str(source.path or folder))):
        return FasterEngine(source.name, folder, sha256, threads)


def _mel(window: FloatArray, bands: int) -> FloatArray:
    """float32 [1, bands, frames of 30 s], as the default engine hears it."""
    mel = log_mel_spectrogram(pad_or_trim(torch.from_numpy(window)), bands)
    padded: FloatArray = pad_or_trim(mel, N_FRAMES).numpy()[None]
    return padded


def _view(array: FloatArray) -> Any:
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.ascontiguousarray(array))


def _suppressed(tokenizer: Any) -> list[int]:
    """Tokens that are no speech: signs, and what steers Whisper itself."""
    steering = ("transcribe", "translate", "sot", "sot_prev", "sot_lm", "no_speech")
    return sorted({*tokenizer.non_speech_tokens, *(getattr(tokenizer, name) for name in steering)})
