"""An openai checkpoint as a CTranslate2 folder, made here from the file itself: nothing is downloaded for it.

The folder stands alone: weights, vocabulary and a tokenizer.json, so that faster-whisper reads it as it is.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from inspection.sound.engines import EngineError
from inspection.speech import checkpoints, ct2_vocabulary
from inspection.speech.ct2_vocabulary import SPECIAL_BESIDE_LANGUAGES, TEXT_TOKENS, TIMESTAMPS

State = Mapping[str, torch.Tensor]

FORMAT = 1  # of the folder; another one is converted anew
MODEL, COMPLETE = "model.bin", "complete.json"
_SMALLEST_MULTILINGUAL = 51_865  # tokens; an English model has one language less and no other
_BLANK = (220, 50257)  # a space and the end of the text: never the first token


def converted(checkpoint: Path, sha256: str, cache: Path | None = None) -> Path:
    """The folder of this checkpoint, whose hash is `sha256`; made at the first call, found at every other.

    It lies under `cache`, or in the system's folder for temporary files. Two processes may make it at once: each
    writes its own and the first to finish is kept. Raises EngineError when the file is no multilingual checkpoint
    or when there is no room.
    """
    root = cache or Path(tempfile.gettempdir()) / f"desk-speech-{os.getuid() if hasattr(os, 'getuid') else 0}"
    folder = root / f"{sha256[:32]}-{FORMAT}"
    if _is_whole(folder):
        return folder
    try:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if cache is None and hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
            # somebody else's folder under a guessable name: his weights are not ours
            root = Path(tempfile.mkdtemp(prefix="desk-speech-"))
            folder = root / folder.name
        made = Path(tempfile.mkdtemp(prefix="making-", dir=root))
        try:
            convert(checkpoint, made)
            (made / COMPLETE).write_text(json.dumps({"checkpoint": sha256}), encoding="utf-8")
            if folder.exists() and not _is_whole(folder):  # somebody tidied up in it
                shutil.rmtree(folder)
            with contextlib.suppress(OSError):  # another process was quicker
                made.rename(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise EngineError(
            "no_room",
            f"语音模型 {checkpoint.name} 转换后无处存放：{root}:{reason}",
            f"the converted speech model {checkpoint.name} cannot be kept in {root}: {reason}",
        ) from None
    return folder


def _is_whole(folder: Path) -> bool:
    return all((folder / name).is_file() for name in (COMPLETE, MODEL, "config.json", "tokenizer.json"))


def convert(checkpoint: Path, folder: Path) -> None:
    """Write model.bin, config.json, vocabulary.json and tokenizer.json of an openai checkpoint into `folder`.

    The weights are kept as float16, as openai publishes them; they become int8 when they are loaded.
    Raises EngineError for a file that is no multilingual Whisper checkpoint.
    """
    dims, state = _read(checkpoint)
    write(dims, state, _alignment_heads(checkpoint, dims), folder)


def write(
    dims: Mapping[str, int], state: State, alignment_heads: Iterable[tuple[int, int]], folder: Path
) -> None:
    """The same from the weights themselves. `alignment_heads`: (layer, head) pairs that say when a token is spoken."""
    from ctranslate2.specs.whisper_spec import WhisperSpec

    spec = WhisperSpec(dims["n_audio_layer"], dims["n_audio_head"], dims["n_text_layer"], dims["n_text_head"])
    weights = {name: weight.numpy() for name, weight in state.items()}
    _fill_encoder(spec.encoder, weights)
    _fill_decoder(spec.decoder, weights)
    languages = dims["n_vocab"] - TEXT_TOKENS - TIMESTAMPS - SPECIAL_BESIDE_LANGUAGES
    spec.register_vocabulary(ct2_vocabulary.vocabulary(languages))
    first_language = TEXT_TOKENS + 2
    spec.config.lang_ids = list(range(first_language, first_language + languages))
    spec.config.suppress_ids = []  # each engine says what it does not want to hear
    spec.config.suppress_ids_begin = list(_BLANK)
    spec.config.alignment_heads = [list(pair) for pair in alignment_heads]
    spec.validate()
    spec.optimize(quantization="float16")
    spec.save(str(folder))
    (folder / "tokenizer.json").write_text(ct2_vocabulary.tokenizer(languages), encoding="utf-8")
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"feature_size": dims["n_mels"]}), encoding="utf-8"
    )


def _read(checkpoint: Path) -> tuple[dict[str, int], dict[str, torch.Tensor]]:
    with checkpoints.refusals(checkpoints.Checkpoint(checkpoint.stem, str(checkpoint))):
        content = torch.load(checkpoint, map_location="cpu", weights_only=True)
        dims = {str(name): int(size) for name, size in content["dims"].items()}
        state = {name: weight.float() for name, weight in content["model_state_dict"].items()}
        is_multilingual = dims["n_vocab"] >= _SMALLEST_MULTILINGUAL
    if not is_multilingual:
        raise EngineError(
            "model_unreadable",
            f"{checkpoint} 只懂英语；请使用多语言模型",
            f"{checkpoint} knows English only; use a multilingual model",
        )
    return dims, state


def _alignment_heads(checkpoint: Path, dims: Mapping[str, int]) -> list[tuple[int, int]]:
    """As whisper keeps them for its own names; else every head of the later half of the layers, as whisper does."""
    import base64
    import gzip

    import whisper

    if packed := whisper._ALIGNMENT_HEADS.get(checkpoint.stem):
        flags = np.frombuffer(gzip.decompress(base64.b85decode(packed)), dtype=bool)
        if flags.size == dims["n_text_layer"] * dims["n_text_head"]:
            layers, heads = flags.reshape(dims["n_text_layer"], dims["n_text_head"]).nonzero()
            return [(int(layer), int(head)) for layer, head in zip(layers, heads, strict=True)]
    later = range(dims["n_text_layer"] // 2, dims["n_text_layer"])
    return [(layer, head) for layer in later for head in range(dims["n_text_head"])]


Weights = Mapping[str, npt.NDArray[np.float32]]


def _fill_encoder(spec: Any, weights: Weights) -> None:
    for name in ("conv1", "conv2"):
        _linear(getattr(spec, name), weights, f"encoder.{name}")
    spec.position_encodings.encodings = weights["encoder.positional_embedding"]
    _norm(spec.layer_norm, weights, "encoder.ln_post")
    for number, layer in enumerate(spec.layer):
        _fill_layer(layer, weights, f"encoder.blocks.{number}")


def _fill_decoder(spec: Any, weights: Weights) -> None:
    spec.embeddings.weight = weights["decoder.token_embedding.weight"]
    spec.projection.weight = weights["decoder.token_embedding.weight"]
    spec.position_encodings.encodings = weights["decoder.positional_embedding"]
    _norm(spec.layer_norm, weights, "decoder.ln")
    for number, layer in enumerate(spec.layer):
        block = f"decoder.blocks.{number}"
        _fill_layer(layer, weights, block)
        _norm(layer.attention.layer_norm, weights, f"{block}.cross_attn_ln")
        query, key_value, out = layer.attention.linear
        _linear(query, weights, f"{block}.cross_attn.query")
        _fused(key_value, weights, f"{block}.cross_attn", ("key", "value"))
        _linear(out, weights, f"{block}.cross_attn.out")


def _fill_layer(layer: Any, weights: Weights, block: str) -> None:
    _norm(layer.self_attention.layer_norm, weights, f"{block}.attn_ln")
    _fused(layer.self_attention.linear[0], weights, f"{block}.attn", ("query", "key", "value"))
    _linear(layer.self_attention.linear[1], weights, f"{block}.attn.out")
    _norm(layer.ffn.layer_norm, weights, f"{block}.mlp_ln")
    _linear(layer.ffn.linear_0, weights, f"{block}.mlp.0")
    _linear(layer.ffn.linear_1, weights, f"{block}.mlp.2")


def _norm(spec: Any, weights: Weights, name: str) -> None:
    spec.gamma, spec.beta = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _linear(spec: Any, weights: Weights, name: str) -> None:
    spec.weight, spec.bias = weights[f"{name}.weight"], weights[f"{name}.bias"]


def _fused(spec: Any, weights: Weights, name: str, parts: tuple[str, ...]) -> None:
    """Several projections of the same input as one; Whisper's keys have no bias."""
    spec.weight = np.concatenate([weights[f"{name}.{part}.weight"] for part in parts])
    none = np.zeros(weights[f"{name}.value.bias"].shape, dtype=np.float32)
    spec.bias = np.concatenate([weights.get(f"{name}.{part}.bias", none) for part in parts])
