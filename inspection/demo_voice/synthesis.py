"""espeak-ng through its C library: speech together with the time of every character.

The library is called through ctypes because the command line tool does not report when each character is spoken, and
those times are what makes the small network converge (see README.md). One synthesiser per process: libespeak-ng keeps
its state in globals.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from inspection.demo_voice.corpus import PUNCTUATION

SAMPLE_RATE = 16000
BASE_VOICE = "cmn-latn-pinyin"
VARIANTS = ("", "+f1", "+f2", "+f3", "+f5", "+m1", "+m2", "+m3", "+m4", "+m7")
_TAIL_SECONDS = 0.06  # kept after the last character

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 1
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak_PARAMETER
_POS_CHARACTER = 1
_CHARS_UTF8 = 1
_EVENT_END, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_ESPEAK_RATE = 22050  # what espeak-ng 1.51 synthesises at; 22050 * 320 / 441 = 16000


class _EventId(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


@dataclass(frozen=True)
class Voice:
    """One speaker: a variant of the base voice, speed in words a minute, pitch and its range from 0 to 99."""

    variant: str = ""
    speed: int = 175
    pitch: int = 50
    pitch_range: int = 50


@dataclass(frozen=True)
class Clip:
    """A spoken sentence.

    samples: int16 [n] at 16 kHz. spans: float32 [characters, 2], start and end in seconds, -1 for punctuation.
    syllables: the espeak phonemes of each character ("" for punctuation).
    """

    text: str
    samples: npt.NDArray[np.int16]
    spans: npt.NDArray[np.float32]
    syllables: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class _RawEvent:
    kind: int
    text_position: int  # counted from 1
    seconds: float
    phoneme: str


class _Synthesiser:
    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        rate = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 200, None, _INITIALIZE_PHONEME_EVENTS
        )
        if rate != _ESPEAK_RATE:
            raise RuntimeError(
                f"libespeak-ng answers {rate} Hz instead of {_ESPEAK_RATE}; is its data installed?"
            )
        self._buffers: list[npt.NDArray[np.int16]] = []
        self._events: list[_RawEvent] = []
        self._callback = _Callback(self._receive)  # kept: the library holds only the address
        self._library.espeak_SetSynthCallback(self._callback)

    def _receive(
        self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[_Event]
    ) -> int:
        if count > 0 and samples:
            self._buffers.append(np.ctypeslib.as_array(samples, (count,)).copy())
        index = 0
        while events[index].type != _EVENT_END:
            event = events[index]
            phoneme = (
                bytes(event.id.string).decode("utf-8", "replace") if event.type == _EVENT_PHONEME else ""
            )
            self._events.append(
                _RawEvent(event.type, event.text_position, event.audio_position / 1000, phoneme)
            )
            index += 1
        return 0

    def speak(self, text: str, voice: Voice) -> tuple[npt.NDArray[np.int16], list[_RawEvent]]:
        """The raw synthesis at 22.05 kHz and its word and phoneme events."""
        library = self._library
        if library.espeak_SetVoiceByName((BASE_VOICE + voice.variant).encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {BASE_VOICE + voice.variant}")
        for parameter, value in ((_RATE, voice.speed), (_PITCH, voice.pitch), (_RANGE, voice.pitch_range)):
            library.espeak_SetParameter(parameter, value, 0)
        self._buffers.clear()
        self._events.clear()
        encoded = text.encode()
        if (
            library.espeak_Synth(encoded, len(encoded) + 1, 0, _POS_CHARACTER, 0, _CHARS_UTF8, None, None)
            != 0
        ):
            raise RuntimeError("espeak_Synth failed")
        library.espeak_Synchronize()
        return np.concatenate(self._buffers), list(self._events)


@cache
def _synthesiser() -> _Synthesiser:
    return _Synthesiser()


def synthesise(text: str, voice: Voice) -> Clip | None:
    """Speaks ``text`` (hanzi and ``PUNCTUATION`` only). None if espeak-ng did not say when some character starts."""
    raw, events = _synthesiser().speak(text, voice)
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    syllables: dict[int, str] = {}
    current: int | None = None
    for event in events:
        if event.kind == _EVENT_WORD:  # with this voice every character is a word of its own
            if current is not None:
                ends.setdefault(current, event.seconds)
            current = event.text_position - 1
            starts[current] = event.seconds
        elif event.kind == _EVENT_PHONEME and current is not None:
            if event.phoneme.startswith("_"):
                if event.phoneme != "_|":  # a real pause, not a mere word boundary
                    ends.setdefault(current, event.seconds)
            elif current not in ends:
                syllables[current] = syllables.get(current, "") + event.phoneme
    spoken = [index for index, character in enumerate(text) if character not in PUNCTUATION]
    if not spoken or any(index not in starts for index in spoken):
        return None
    spans = np.full((len(text), 2), -1, np.float32)
    for index in spoken:
        spans[index] = starts[index], ends.get(index, len(raw) / _ESPEAK_RATE)
    samples = resample_poly(raw.astype(np.float32), 320, 441)
    samples = samples[: int((spans.max() + _TAIL_SECONDS) * SAMPLE_RATE)]
    return Clip(
        text,
        np.clip(samples, -32768, 32767).astype(np.int16),
        spans,
        tuple(syllables.get(index, "") for index in range(len(text))),
    )
