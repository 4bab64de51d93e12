"""How likely somebody speaks, every 32 ms: the silero network, run by onnxruntime."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

FRAME = 512  # samples, 32 ms
FRAME_SECONDS = FRAME / 16_000
_CONTEXT = 64  # samples of the frame before that the network hears again
_BLOCK = 512  # frames a call: 16 s, so that hours never lie in memory
_NOTHING = 1e-4  # below -80 dB there is no line, let alone a voice


def speech_probabilities(
    channel: FloatArray, gain: float = 1.0, on_share: Callable[[float], None] | None = None
) -> FloatArray:
    """One number 0..1 for every 32 ms of a channel at 16 kHz, the last one for what is left.

    `channel` may lie in a file: it is read 16 s at a time. Safe to call from several threads. `on_share` is told the
    share 0..1 that is done between these pieces.
    """
    count = -(-len(channel) // FRAME)
    result = np.zeros(count, np.float32)
    state = fresh = (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
    context = np.zeros(_CONTEXT, np.float32)
    for first in range(0, count, _BLOCK):
        if first and on_share is not None:
            on_share(first / count)
        frames = min(_BLOCK, count - first)
        samples = np.asarray(channel[first * FRAME : (first + frames) * FRAME], np.float32)
        if max(samples.max(), -samples.min()) < _NOTHING:  # an hour of nothing costs nothing
            state, context = fresh, np.zeros(_CONTEXT, np.float32)
            continue
        block = np.zeros((frames, _CONTEXT + FRAME), np.float32)
        sound = np.zeros(frames * FRAME, np.float32)
        np.clip(samples * np.float32(gain), -1.0, 1.0, out=sound[: len(samples)])
        block[:, _CONTEXT:] = sound.reshape(frames, FRAME)
        block[0, :_CONTEXT] = context
        block[1:, :_CONTEXT] = block[:-1, -_CONTEXT:]
        context = block[-1, -_CONTEXT:].copy()
        said, *after = _session().run(
            ["speech_probs", "hn", "cn"], {"input": block, "h": state[0], "c": state[1]}
        )
        state = (after[0], after[1])
        result[first : first + frames] = said.reshape(-1)
    return result


@lru_cache(maxsize=1)
def _session() -> Any:
    """The network, loaded once per process. Its package is not imported: that would load torch and set its threads."""
    import onnxruntime

    found = importlib.util.find_spec("silero_vad")
    assert found is not None and found.origin is not None, "silero-vad is in requirements.txt"
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(
        str(Path(found.origin).parent / "data" / "silero_vad_16k_sequence.onnx"),
        options,
        providers=["CPUExecutionProvider"],
    )
