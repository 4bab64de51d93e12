"""Whether the two channels of a recording carry the same call: then nobody can tell the speakers apart by channel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

_BLOCK = 16_000  # a second: who speaks changes slower than that, and noise of a codec averages out
_QUIETEST = 1e-5  # -50 dB of mean power; below lie the line's own noise and two silent channels
_WIDEST_RANGE = 3e-4  # -35 dB below the loudest second
_MOST_APART = (
    0.1  # of a second's power; what MP3 and Opus at telephone rates leave between two equal channels
)
_MOST_GAIN = 4.0  # 12 dB; further apart one of them merely overhears the other
_SAME_SHARE = 0.95  # of the seconds in which anything sounds


def same_channel(channels: Sequence[FloatArray]) -> int | None:
    """Which of two channels to keep where both carry the same sound (the louder one); None where they differ.

    Told second by second, so that loud music on both does not hide two people who each have a channel. Equal but for
    what a codec adds, and but for one being louder.
    """
    if len(channels) != 2 or len(channels[0]) != len(channels[1]) or not len(channels[0]):
        return None
    left, right, both = _products(*channels)
    if not left.sum() or not right.sum():
        return None
    gain = float(np.sqrt(right.sum() / left.sum()))
    if both.sum() <= 0 or not 1 / _MOST_GAIN <= gain <= _MOST_GAIN:
        return None
    power = np.maximum(left, right / gain**2)
    heard = power > max(_QUIETEST, _WIDEST_RANGE * float(power.max()))
    if not heard.any():
        return None
    apart = left - 2 * both / gain + right / gain**2  # of the two at one level
    is_same = apart[heard] < _MOST_APART * (left + right / gain**2)[heard]
    if float(is_same.mean()) < _SAME_SHARE:
        return None
    return 1 if gain > 1.1 else 0


def _products(left: FloatArray, right: FloatArray) -> tuple[npt.NDArray[np.float64], ...]:
    """Mean power of each second of both channels, and of their product. Read a minute at a time."""
    count = -(-len(left) // _BLOCK)
    result = np.zeros((3, count))
    for at in range(0, count, 60):
        part = slice(at * _BLOCK, (at + 60) * _BLOCK)
        one, two = np.asarray(left[part], np.float64), np.asarray(right[part], np.float64)
        seconds = -(-len(one) // _BLOCK)
        pair = np.zeros((2, seconds * _BLOCK))
        pair[:, : len(one)] = one, two
        one, two = pair.reshape(2, seconds, _BLOCK)
        for row, product in enumerate((one * one, two * two, one * two)):
            result[row, at : at + seconds] = product.mean(axis=1)
    return tuple(result)
