"""Training windows: clips laid out on a time line, made worse like a telephone line, with everything to learn from them.

Whisper reads 30 s at a time and answers ``<|t|>text<|t|>`` for each stretch of speech. A window here is such a stretch
of 5 to 30 s, composed on the fly, so that no two are alike. Frames are encoder frames of 0.02 s.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import torch
from whisper.audio import log_mel_spectrogram

from inspection.demo_voice.pool import Pool, StoredClip
from inspection.demo_voice.synthesis import SAMPLE_RATE
from inspection.demo_voice.vocabulary import Vocabulary, special_tokens, tokenizer

FRAMES_PER_SECOND = 50
FULL_WINDOW_SECONDS = 30
FULL_WINDOW_FRAMES = 1500
MAX_PROMPT_TOKENS = 223  # what stock Whisper keeps of the text before
NOTHING = -1  # no target, no place in time

_KIND_SHARES = {"template": 0.32, "combination": 0.36, "script": 0.21, "phrase": 0.11}
_SILENCE_SHARE = 0.04
_TELEPHONE_SHARE = 0.5
_SPEECH_LEVEL = 0.1  # RMS of the clips, roughly: signal-to-noise ratios are meant against it


@dataclass(frozen=True)
class Batch:
    """B windows of F frames and L tokens.

    mel: float32 [B, 80, 2F]. frame_offset: int64 [B], where the window stands in Whisper's 30 s.
    character, syllable: int64 [B, F], classes of the vocabulary, 0 for none.
    tokens, targets: int64 [B, L]; targets are NOTHING where nothing is to be learnt.
    token_frames, target_frames: int64 [B, L, 2], from and until which frame the token is heard, or NOTHING.
    first_text: int64 [B], index of the first token after prompt and start tokens.
    """

    mel: torch.Tensor
    frame_offset: torch.Tensor
    character: torch.Tensor
    syllable: torch.Tensor
    tokens: torch.Tensor
    targets: torch.Tensor
    token_frames: torch.Tensor
    target_frames: torch.Tensor
    first_text: torch.Tensor


@dataclass(frozen=True)
class _Placed:
    """A clip and the second at which it starts."""

    start: float
    clip: StoredClip

    @property
    def speech_end(self) -> float:
        return self.start + float(self.clip.spans.max())


@dataclass(frozen=True)
class _TimedToken:
    token: int
    first: int = NOTHING
    until: int = NOTHING


@dataclass(frozen=True)
class _Window:
    mel: torch.Tensor
    frame_offset: int
    character: npt.NDArray[np.int64]
    syllable: npt.NDArray[np.int64]
    sequence: list[_TimedToken]
    first_text: int
    start_at: int
    has_speech: bool


@cache
def _token_characters(text: str) -> list[tuple[int, int, int]]:
    """(token, first character, last character) of each token; one hanzi may be several tokens and the reverse."""
    owner = [index for index, character in enumerate(text) for _ in character.encode()]
    result, position = [], 0
    for token in tokenizer().encode(text):
        size = len(tokenizer().encoding.decode_single_token_bytes(token))
        result.append((token, owner[position], owner[position + size - 1]))
        position += size
    return result


def _around(frame: int) -> tuple[int, int]:
    """The frames in which a timestamp may be heard."""
    return max(0, frame - 3), frame + 3


class WindowMaker(torch.utils.data.IterableDataset[Batch]):
    """An endless stream of batches; the same seed gives the same stream."""

    def __init__(self, pool: Pool, vocabulary: Vocabulary, seconds: int, batch_size: int, seed: int) -> None:
        self._pool = pool
        self._vocabulary = vocabulary
        self._seconds = seconds
        self._frames = seconds * FRAMES_PER_SECOND
        self._batch_size = batch_size
        self._rng = random.Random(seed)
        self._noise = np.random.default_rng(seed)

    @property
    def _is_full(self) -> bool:
        return self._seconds >= FULL_WINDOW_SECONDS

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        while True:
            yield self._collate([self._make() for _ in range(self._batch_size)])

    # -- what is said and when

    def _pick(self, variant: str | None) -> StoredClip:
        (kind,) = self._rng.choices(list(_KIND_SHARES), list(_KIND_SHARES.values()))
        return self._pool.pick(kind, variant, self._rng)

    def _lay_out(self) -> tuple[list[_Placed], float]:
        """The clips of a window and its length in seconds (shorter than the window: the recording ends there)."""
        rng, seconds = self._rng, self._seconds
        variant = rng.choice(self._pool.variants) if rng.random() < 0.7 else None
        mode = rng.choices(("short", "dense", "sparse"), (0.33, 0.33, 0.34))[0] if self._is_full else "dense"
        length = float(seconds) if mode != "short" and rng.random() < 0.75 else None
        if rng.random() < _SILENCE_SHARE:
            return [], length or rng.uniform(0.5, seconds)
        most = rng.choice((1, 1, 1, 2, 3)) if mode == "short" else 99
        if not self._is_full and rng.random() < 0.4:
            most = 1
        time = rng.choice(
            (0.0, rng.uniform(0, 0.6), rng.uniform(0, 1.2), rng.uniform(0, 12 if mode == "sparse" else 3))
        )
        placed: list[_Placed] = []
        while time < seconds - 0.2 and len(placed) < most:
            clip = self._pick(variant)
            if not self._is_full and time + clip.seconds > seconds:
                if placed or rng.random() < 0.6:
                    break
                time = min(time, 0.5)
                if time + clip.seconds > seconds:
                    time = 0.0
                    continue
            placed.append(_Placed(time, clip))
            pause = rng.uniform(0.05, 1.5)
            if mode == "sparse":  # one side of a call: long silences while the other speaks
                pause = rng.choice((rng.uniform(0.1, 1), rng.uniform(1.5, 10)))
            time += clip.seconds + pause
        if length is None:
            end = max((item.start + item.clip.seconds for item in placed), default=1.0)
            length = min(float(seconds), end + rng.choice((0, 0.2, rng.uniform(0, 1.5))))
        return placed, length

    # -- how it sounds

    def _sound(self, placed: list[_Placed], length: float) -> npt.NDArray[np.float32]:
        rng = self._rng
        audio = np.zeros(int(length * SAMPLE_RATE), np.float32)
        for item in placed:
            start = int(item.start * SAMPLE_RATE)
            samples = self._pool.samples(item.clip)[: max(0, len(audio) - start)]
            audio[start : start + len(samples)] += samples
        if rng.random() < _TELEPHONE_SHARE:
            spectrum = np.fft.rfft(audio)
            frequency = np.fft.rfftfreq(len(audio), 1 / SAMPLE_RATE)
            outside = (frequency < rng.uniform(80, 350)) | (frequency > rng.uniform(3200, 3950))
            spectrum[outside] *= rng.choice((0, 0, 0.02))
            audio = np.fft.irfft(spectrum, len(audio)).astype(np.float32)
        kind = rng.random()
        if kind < 0.7:
            noise = self._noise.standard_normal(len(audio)).astype(np.float32)
            if kind >= 0.6:
                audio += noise * 3e-5
            else:
                if rng.random() < 0.4:
                    noise = 1.6 * np.convolve(noise, (0.25, 0.5, 0.25), "same").astype(np.float32)
                audio += noise * _SPEECH_LEVEL * 10 ** (-rng.uniform(18, 50) / 20)
        audio *= rng.uniform(0.1, 1.2)
        if rng.random() < 0.3:  # as if stored in 16 bits
            audio = (np.round(audio * 32768) / 32768).astype(np.float32)
        return audio

    def _mel(self, audio: npt.NDArray[np.float32]) -> torch.Tensor:
        mel = log_mel_spectrogram(torch.from_numpy(audio))[:, : 2 * self._frames]
        if self._rng.random() < 0.5:  # Whisper's floor depends on the loudest moment of the whole file
            mel = mel.clamp(min=float(mel.max()) - 2 + self._rng.uniform(0, 0.12))
        padded = torch.zeros(80, 2 * self._frames)
        padded[:, : mel.shape[1]] = mel
        return padded

    # -- what is to be learnt

    def _frame_classes(self, placed: list[_Placed]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        characters = np.zeros(self._frames, np.int64)
        syllables = np.zeros(self._frames, np.int64)
        for item in placed:
            for character, span, syllable in zip(
                item.clip.text, item.clip.spans, item.clip.syllables, strict=True
            ):
                if span[0] < 0:
                    continue
                first = round((item.start + float(span[0])) * FRAMES_PER_SECOND)
                until = max(first + 1, round((item.start + float(span[1])) * FRAMES_PER_SECOND))
                characters[first:until] = self._vocabulary.character_class[character]
                syllables[first:until] = self._vocabulary.syllable_class.get(syllable, 0)
        return characters, syllables

    def _timed_text(self, item: _Placed) -> list[_TimedToken]:
        timed, heard = [], (item.start, item.start)
        for token, first, last in _token_characters(item.clip.text):
            spans = item.clip.spans[first : last + 1]
            spans = spans[spans[:, 0] >= 0]
            if len(spans):
                heard = item.start + float(spans[0, 0]), item.start + float(spans[-1, 1])
            else:  # punctuation is the gap after a character
                heard = heard[1] - 0.06, heard[1] + 0.12
            first_frame = int(heard[0] * FRAMES_PER_SECOND)
            timed.append(
                _TimedToken(
                    token, first_frame, max(first_frame + 1, int(np.ceil(heard[1] * FRAMES_PER_SECOND)))
                )
            )
        return timed

    def _timed_sequence(self, placed: list[_Placed], length: float, offset: int) -> list[_TimedToken]:
        """``<|t|>text<|t|>`` of each clip; one that the window cuts off has only its start."""
        special = special_tokens()
        sequence: list[_TimedToken] = []
        for index, item in enumerate(placed):
            if item.start > length - 0.15:
                break
            start = round(item.start * FRAMES_PER_SECOND)
            start_token = special.first_timestamp + offset + start
            heard = _around(int(item.start * FRAMES_PER_SECOND))
            if index == 0 and (offset + start) / FRAMES_PER_SECOND > 0.9:
                # Whisper must begin at 1.0 s or before: an empty segment bridges the silence
                sequence.append(_TimedToken(special.first_timestamp, 0, 2))
                sequence.append(_TimedToken(special.space, *heard))
                sequence.append(_TimedToken(start_token, *heard))
            sequence.append(_TimedToken(start_token, *heard))
            if item.speech_end > length - 0.02:
                break
            sequence += self._timed_text(item)
            end_token = special.first_timestamp + offset + round(item.speech_end * FRAMES_PER_SECOND)
            sequence.append(_TimedToken(end_token, *_around(int(item.speech_end * FRAMES_PER_SECOND))))
        return sequence or [_TimedToken(special.first_timestamp, 0, 2)]

    def _prompt(self) -> list[_TimedToken]:
        """Text that came before, which Whisper may be given and which is not to be repeated."""
        rng, special = self._rng, special_tokens()
        count = rng.randint(1, 150 if self._is_full else 60)
        prompt: list[_TimedToken] = []
        while len(prompt) < count:
            start = rng.randint(0, 1400)
            text = [_TimedToken(token) for token, _, _ in _token_characters(self._pick(None).text)]
            prompt.append(_TimedToken(special.first_timestamp + start))
            prompt += text
            prompt.append(_TimedToken(special.first_timestamp + start + 100))
        return [_TimedToken(special.previous), *prompt[-min(count, MAX_PROMPT_TOKENS) :]]

    def _make(self) -> _Window:
        rng, special = self._rng, special_tokens()
        placed, length = self._lay_out()
        mel = self._mel(self._sound(placed, length))
        offset = (
            0 if self._is_full or rng.random() < 0.5 else rng.randint(0, FULL_WINDOW_FRAMES - self._frames)
        )
        sequence = self._timed_sequence(placed, length, offset)
        start = [_TimedToken(token) for token in (special.start, special.language, special.task)]
        is_timestamp = [item.token >= special.first_timestamp for item in sequence]
        closed = len(sequence) < 2 or not is_timestamp[-1] or not is_timestamp[-2]
        if placed and closed and rng.random() < 0.12:
            text = [
                item
                for item in sequence
                if item.token < special.first_timestamp and item.token != special.space
            ]
            if text:
                sequence = text
                start.append(_TimedToken(special.no_timestamps))
        end_frame = int(length * FRAMES_PER_SECOND)
        sequence.append(_TimedToken(special.end, max(0, end_frame - 5), min(self._frames, end_frame + 5)))
        prompt = self._prompt() if self._seconds >= 14 and rng.random() < 0.4 else []
        characters, syllables = self._frame_classes(placed)
        return _Window(
            mel,
            offset,
            characters,
            syllables,
            prompt + start + sequence,
            len(prompt) + len(start),
            len(prompt),
            bool(placed),
        )

    def _collate(self, windows: list[_Window]) -> Batch:
        special = special_tokens()
        size = len(windows), max(len(window.sequence) for window in windows) - 1
        tokens, targets = torch.full(size, special.end), torch.full(size, NOTHING)
        token_frames, target_frames = torch.full((*size, 2), NOTHING), torch.full((*size, 2), NOTHING)
        for row, window in enumerate(windows):
            sequence = torch.tensor([(item.token, item.first, item.until) for item in window.sequence])
            count = len(sequence) - 1
            tokens[row, :count] = sequence[:-1, 0]
            token_frames[row, :count] = sequence[:-1, 1:]
            targets[row, :count] = sequence[1:, 0]
            target_frames[row, :count] = sequence[1:, 1:]
            targets[row, : window.first_text - 1] = NOTHING
            # what stock Whisper reads off the first prediction: is there speech at all?
            targets[row, window.start_at] = special.language if window.has_speech else special.no_speech
        return Batch(
            mel=torch.stack([window.mel for window in windows]),
            frame_offset=torch.tensor([window.frame_offset for window in windows]),
            character=torch.from_numpy(np.stack([window.character for window in windows])),
            syllable=torch.from_numpy(np.stack([window.syllable for window in windows])),
            tokens=tokens,
            targets=targets,
            token_frames=token_frames,
            target_frames=target_frames,
            first_text=torch.tensor([window.first_text for window in windows]),
        )
