"""float32 or bfloat16 weights: the second is faster where the processor multiplies it, and must not change a word."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, cast

import torch
import whisper.model
from torch import Tensor, nn

from inspection.sound.engines import Precision

# LayerNorm stays: Whisper's own computes in float32 whatever comes. The token embedding stays because it also makes the
# logits: with eight bits neighbours become ties, and windows of the demo came out in other words.


class _ShortLinear(whisper.model.Linear):  # type: ignore[misc]
    """Multiplies in bfloat16. What it is added to stays float32, so that roundings do not add up layer by layer."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x.to(torch.bfloat16), self.weight, self.bias)


class _ShortConv1d(whisper.model.Conv1d):  # type: ignore[misc]
    """The same; Whisper goes on in the precision that comes out of here."""

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, super().forward(x.to(torch.bfloat16))).float()


_SHORT = {whisper.model.Linear: _ShortLinear, whisper.model.Conv1d: _ShortConv1d}


def settle(model: Any, wanted: Precision, words_of: Callable[[Any], str]) -> Precision:
    """Brings the model to the wanted precision and says which it is; `auto` may answer either.

    `auto` is the same every day on one machine: it asks what the processor can do, not how fast it is just now, and
    `words_of(model)` what is heard in a known recording, with either precision.
    """
    if wanted == "bfloat16" or (wanted == "auto" and model.device.type == "cpu" and is_fast_here()):
        before = words_of(model) if wanted == "auto" else ""
        kept = _shorten(model)
        if wanted == "bfloat16" or words_of(model) == before:
            return "bfloat16"
        for module, kind, parameter, weights in kept:
            module.__class__ = kind
            parameter.data = weights
    return "float32"


@cache
def is_fast_here() -> bool:
    """Whether the processor multiplies bfloat16 itself (AMX, or AVX-512 with BF16); elsewhere it is slower."""
    able = torch.cpu.get_capabilities()
    return bool((able.get("amx_bf16") and able.get("amx_tile")) or able.get("avx512_bf16"))


def _shorten(model: Any) -> list[tuple[nn.Module, type[nn.Module], nn.Parameter, Tensor]]:
    """Rounds the weights of the big layers; returns what they were."""
    kept = []
    for module in model.modules():
        if (kind := type(module)) in _SHORT:
            module.__class__ = _SHORT[kind]
            for parameter in module.parameters(recurse=False):
                kept.append((module, kind, parameter, parameter.data))
                parameter.data = parameter.data.to(torch.bfloat16)
    return kept
