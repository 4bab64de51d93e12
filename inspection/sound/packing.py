"""Utterances of a channel packed into windows for an engine, with the way back to the time of the call.

An engine pays for a whole window however little is said in it, so the pauses of a call are left out. What stands
between two utterances in a window is the real sound around them, never silence made of zeros. Pure.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
Span = tuple[float, float]  # seconds, start and end

SAMPLE_RATE = 16_000
_LATEST_CUT = 8.0  # speech without a pause is cut within the last seconds of its window


@dataclass(frozen=True, slots=True)
class Piece:
    """An utterance, or a part of one: seconds of the call, and where `start` stands in the window.

    `lead` and `tail` are the seconds of real sound before and after it that stand in the window too.
    """

    start: float
    end: float
    at: float
    lead: float = 0.0
    tail: float = 0.0

    @property
    def begins(self) -> float:
        """The first second of the window that is this piece's, its lead included."""
        return self.at - self.lead

    @property
    def seconds(self) -> float:
        """How much of the window it takes, lead and tail included."""
        return self.lead + (self.end - self.start) + self.tail


@dataclass(frozen=True, slots=True)
class Window:
    """What an engine is given at once. Pieces stand in the order of the call and side by side."""

    pieces: tuple[Piece, ...]

    @property
    def seconds(self) -> float:
        """How long the window is."""
        last = self.pieces[-1]
        return last.begins + last.seconds

    def samples(self, channel: FloatArray, gain: float = 1.0) -> FloatArray:
        """The window's sound, levelled and held within full scale. A tail beyond the channel's end is silent."""
        result = np.zeros(_position(self.seconds), np.float32)
        for piece in self.pieces:
            first = _position(piece.start - piece.lead)
            sound = channel[first : _position(piece.end + piece.tail)]
            to = _position(piece.begins)
            result[to : to + len(sound)] = sound
        levelled: FloatArray = np.clip(result * np.float32(gain), -1.0, 1.0)
        return levelled

    def to_call(self, seconds: float) -> float:
        """The second of the call that stands at `seconds` of the window; never falls as `seconds` rises."""
        piece = self._at(seconds)
        begins = piece.start - piece.lead
        return min(max(begins + (seconds - piece.begins), begins), piece.end + piece.tail)

    def place(self, start: float, end: float) -> tuple[int, float, float]:
        """A word of the window: which piece it belongs to by its middle, and its start and end in the call.

        It is held within its utterance: a recogniser's times run over into the pause.
        """
        piece = self._at((start + end) / 2)
        shift = piece.start - piece.at
        begin = min(max(start + shift, piece.start), piece.end)
        return self.pieces.index(piece), begin, min(max(end + shift, begin), piece.end)

    def _at(self, seconds: float) -> Piece:
        return self.pieces[max(0, bisect_right(self.pieces, seconds, key=lambda p: p.begins) - 1)]


def pack(
    spans: Iterable[Span],
    longest: float = 28.0,
    gap: float = 1.0,
    quietest: Callable[[float, float], float] | None = None,
) -> list[Window]:
    """Windows of at most `longest` seconds that hold every span once, in order.

    `spans` are in order and do not overlap. Two utterances stand `gap` apart, or as they do in the call where that is
    closer. A span longer than a window is cut at `quietest(earliest, latest)`, by default as late as possible.
    """
    whole = _cut([(_grid(a), _grid(b)) for a, b in spans], longest, quietest)
    windows: list[Window] = []
    pieces: list[Piece] = []
    for number, (start, end) in enumerate(whole):
        before = start - whole[number - 1][1] if number else 2 * start
        after = whole[number + 1][0] - end if number + 1 < len(whole) else 2 * gap
        # Half of a pause each, so that no sound stands in two windows; the call's own edges are nobody's to share.
        room = max(0.0, longest - (end - start))
        lead = min(_grid(before - _grid(before / 2)), _grid(gap / 2), _grid(room / 2))
        tail = min(_grid(after / 2), _grid(gap / 2), _grid(room / 2))
        at = pieces[-1].begins + pieces[-1].seconds if pieces else 0.0
        if pieces and at + lead + (end - start) + tail > longest:
            windows.append(Window(tuple(pieces)))
            pieces, at = [], 0.0
        pieces.append(Piece(start, end, _grid(at + lead), lead, tail))
    return [*windows, Window(tuple(pieces))] if pieces else windows


def _cut(
    spans: Iterable[Span], longest: float, quietest: Callable[[float, float], float] | None
) -> list[Span]:
    whole: list[Span] = []
    for start, end in spans:
        while end - start > longest:
            latest = start + longest
            earliest = max(start + longest / 2, latest - _LATEST_CUT)
            chosen = latest if quietest is None else quietest(earliest, latest)
            cut = min(max(_floor(chosen), _floor(earliest)), _floor(latest))
            whole.append((start, cut))
            start = cut
        if end > start:
            whole.append((start, end))
    return whole


def _position(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)


def _grid(seconds: float) -> float:
    """The nearest whole sample: sums of such seconds never lose one."""
    return round(seconds * SAMPLE_RATE) / SAMPLE_RATE


def _floor(seconds: float) -> float:
    return int(seconds * SAMPLE_RATE) / SAMPLE_RATE
