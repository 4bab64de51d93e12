"""When each word was said: where the decoder looks in the sound while it writes it.

Whisper's own method (median-filtered cross-attention of the alignment heads, then dynamic time warping), for a batch in
one pass: with the keys that decoding kept, only the heads and layers that are needed, and no logits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from inspection.sound.engines import HeardWord
from inspection.speech.decoding import Decoded, Encoded, through
from inspection.speech.words import is_spoken, split

_POSITIONS_PER_SECOND = 50
_USUAL_WORD_SECONDS = 0.7  # at most
_FILTER_WIDTH = 7  # the network below is for seven
# Compare and exchange the smaller to the first place; the fourth of seven is then the median (N. Devillard, opt_med7).
_EXCHANGES = (
    (0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4),
)  # fmt: skip


@torch.no_grad()
def align(
    model: Any, tokenizer: Any, sound: Encoded, decoded: Sequence[Decoded]
) -> list[tuple[HeardWord, ...]]:
    """The words of every window, with seconds from the window's start. Words joined are the window's text."""
    words = [split([tokenizer.encoding.decode_single_token_bytes(t) for t in d.tokens]) for d in decoded]
    spoken = [i for i, found in enumerate(words) if found]
    result: list[tuple[HeardWord, ...]] = [()] * len(decoded)
    if not spoken:
        return result
    start = (*tokenizer.sot_sequence, tokenizer.no_timestamps)
    sequences = [[*start, *decoded[i].tokens, tokenizer.eot] for i in spoken]
    weights = _attention(model, sound.pick(spoken), sequences, tokenizer.eot)
    for i, attention in zip(spoken, weights, strict=True):
        frames = max(1, math.ceil(sound.seconds[i] * _POSITIONS_PER_SECOND))
        # From the last start token on: a token is written while looking at what the one before it asked for.
        matrix = _sharpened(attention[:, :, :frames]).mean(dim=0)[len(start) - 1 : -1]
        begins = _begins(-matrix.double().cpu().numpy()) / _POSITIONS_PER_SECOND
        found = []
        for word in words[i]:
            share = math.exp(sum(decoded[i].logprobs[word.first : word.until]) / (word.until - word.first))
            at, until = float(begins[word.first]), float(begins[word.until])
            found.append(HeardWord(word.raw, at, min(until, sound.seconds[i]), min(1.0, share)))
        result[i] = _without_pauses(found)
    return result


def _without_pauses(words: Sequence[HeardWord]) -> tuple[HeardWord, ...]:
    """The first word after a pause begins where it is spoken: attention rests on it all through the pause.

    Whisper's own remedy: after punctuation, and at the beginning, a word is at most twice as long as the usual one.
    """
    lengths = [w.end - w.start for w in words if w.end > w.start]
    longest = 2 * min(_USUAL_WORD_SECONDS, median(lengths)) if lengths else 0.0
    result = []
    for before, word in zip((None, *words), words, strict=False):
        is_first = before is None or not is_spoken(before.raw[-1:])
        if is_first and word.end - word.start > longest:
            word = replace(word, start=word.end - longest)
        result.append(word)
    return tuple(result)


def _attention(model: Any, sound: Encoded, sequences: Sequence[Sequence[int]], pad: int) -> list[Tensor]:
    """For each window float32 [alignment heads, tokens, audio positions], before the softmax."""
    decoder = model.decoder
    longest = max(map(len, sequences))
    rows = [[*s, *[pad] * (longest - len(s))] for s in sequences]  # later tokens do not change earlier ones
    x = decoder.token_embedding(torch.tensor(rows, device=model.device))
    x = x + decoder.positional_embedding[:longest]
    heads: dict[int, list[int]] = {}
    for layer, head in model.alignment_heads.indices().T.tolist():
        heads.setdefault(layer, []).append(head)
    found: list[list[Tensor]] = [[] for _ in sequences]
    for layer, block in enumerate(decoder.blocks[: max(heads) + 1]):
        kept = [window[layer] for window in sound.cross]
        x, asked = through(block, x, decoder.mask, kept)
        for head in heads.get(layer, ()):
            for i, (keys, _values) in enumerate(kept):
                q, k = asked[i, head, : len(sequences[i])].float(), keys[0, head].float()
                found[i].append(q @ k.T * k.shape[-1] ** -0.5)
    return [torch.stack(f) for f in found]


def _sharpened(attention: Tensor) -> Tensor:
    """Softmax over time, normalised over the tokens, filtered over time: [heads, tokens, positions]."""
    weights = attention.softmax(dim=-1)
    std, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    std = std.clamp_min(1e-12)  # in a window of one position every token looks at it
    return torch.stack([median_filter((w - m) / s) for w, m, s in zip(weights, mean, std, strict=True)])


def median_filter(x: Tensor) -> Tensor:
    """The median of seven neighbours along the last dimension, mirrored at the ends; x [rows, positions].

    The same as whisper.timing.median_filter, which sorts every neighbourhood: most of an alignment's time.
    """
    reach = _FILTER_WIDTH // 2
    if x.shape[-1] <= reach:
        return x
    padded = torch.nn.functional.pad(x[None], (reach, reach), mode="reflect")[0]
    near = [padded[:, k : k + x.shape[-1]] for k in range(_FILTER_WIDTH)]
    for a, b in _EXCHANGES:
        near[a], near[b] = torch.minimum(near[a], near[b]), torch.maximum(near[a], near[b])
    return near[reach]


def _begins(cost: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """For each row the position at which the cheapest way through [rows, positions] enters it."""
    rows, positions = warp(cost)
    return positions[np.flatnonzero(np.diff(rows, prepend=-1))]


def warp(cost: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Dynamic time warping as whisper.timing.dtw does it: rows and positions of the cheapest way.

    Diagonal by diagonal in numpy: Whisper's own compiles itself for more than a second in every process and has threads
    of its own.
    """
    n, m = cost.shape
    skewed = np.full((n + m - 1, n), np.inf)  # [i + j, i]
    for i in range(n):
        skewed[i : i + m, i] = cost[i]
    total = np.full((n + m + 1, n + 1), np.inf)
    total[0, 0] = 0.0
    step = np.zeros((n + m + 1, n + 1), np.int8)
    for d in range(2, n + m + 1):
        low, high = max(1, d - m), min(n, d - 1)  # the rows on this diagonal
        across, down, along = (
            total[d - 2, low - 1 : high],
            total[d - 1, low - 1 : high],
            total[d - 1, low : high + 1],
        )
        is_across = (across < down) & (across < along)
        is_down = (down < across) & (down < along)
        step[d, low : high + 1] = np.where(is_across, 0, np.where(is_down, 1, 2))
        least = np.where(is_across, across, np.where(is_down, down, along))
        total[d, low : high + 1] = skewed[d - 2, low - 1 : high] + least
    i, j = n, m
    way = []
    while i > 0 or j > 0:
        way.append((i - 1, j - 1))
        kind = 2 if i == 0 else 1 if j == 0 else int(step[i + j, i])
        i, j = i - (kind != 2), j - (kind != 1)
    rows, positions = np.array(way[::-1]).T
    return rows, positions
