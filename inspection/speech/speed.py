"""What transcribing costs in processor time, by this project's way and by others, on the same weights.

The weights are random, of a real model's size, but for one thing: the decoder's table of positions says which token
comes next, so that every window is answered with one text, known beforehand, in all its steps and no more. So each
engine runs as it is, with its own rules for time stamps, suppression and retries, and all write equally much.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import whisper
from whisper.audio import log_mel_spectrogram, pad_or_trim
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

from inspection.sound.engines import PROFILE, FloatArray, Precision
from inspection.speech import ct2
from inspection.speech.faster import FasterEngine
from inspection.speech.precision import settle
from inspection.speech.threads import hold
from inspection.speech.whisper_engine import WhisperEngine

SMALL = ModelDimensions(
    n_mels=80, n_audio_ctx=1500, n_audio_state=768, n_audio_head=12, n_audio_layer=12,
    n_vocab=51_865, n_text_ctx=448, n_text_state=768, n_text_head=12, n_text_layer=12,
)  # fmt: skip
TINY = ModelDimensions(
    n_mels=80, n_audio_ctx=1500, n_audio_state=64, n_audio_head=2, n_audio_layer=1,
    n_vocab=51_865, n_text_ctx=448, n_text_state=64, n_text_head=2, n_text_layer=2,
)  # fmt: skip
_SEED = 20_250_625
_LOUD = 30.0  # the position's voice among what the random layers add
_QUIET = 0.004  # spread of their weights


@dataclass(frozen=True, slots=True)
class Spent:
    """Processor seconds of all threads, and the texts that were written: one for each window."""

    seconds: float
    texts: tuple[str, ...]


def tokens_of(text: str) -> list[int]:
    """Whisper's tokens of a text, to be said by `speaker`."""
    encoded: list[int] = _tokenizer().encode(text)
    return encoded


def text_of(tokens: Sequence[int]) -> str:
    """The text again."""
    decoded: str = _tokenizer().decode(list(tokens))
    return decoded


def speaker(dims: ModelDimensions, said: Sequence[int], after: int) -> Any:
    """A Whisper that answers every window with `said` and ends there, when `after` tokens stand before its answer.

    float32; the same weights for the same dimensions, apart from the table of positions.
    """
    lots = torch.Generator().manual_seed(_SEED)
    model = Whisper(dims)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "ln" in name:
                weight.fill_(1.0 if name.endswith("weight") else 0.0)
            else:
                spread = 2 * dims.n_text_state**-0.5 if "token_embedding" in name else _QUIET
                weight.normal_(0.0, spread, generator=lots)
        tokenizer = _tokenizer()
        following = [tokenizer.timestamp_begin, *said]
        following += [tokenizer.eot] * (dims.n_text_ctx - after + 1 - len(following))
        model.decoder.positional_embedding[after - 1 :] = (
            _LOUD * model.decoder.token_embedding.weight[torch.tensor(following)]
        )
    heads = torch.zeros(dims.n_text_layer, dims.n_text_head, dtype=torch.bool)
    for layer, head in alignment_heads(dims):
        heads[layer, head] = True
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    return model.eval().requires_grad_(False)


def alignment_heads(dims: ModelDimensions) -> list[tuple[int, int]]:
    """Ten, as the real small model has; fewer in a smaller one."""
    later = range(dims.n_text_layer // 2, dims.n_text_layer)
    return [(layer, head) for head in range(dims.n_text_head) for layer in later][:10]


def before_ours() -> int:
    """Tokens that stand before an answer in this project's way of asking: the profile's prompt is among them."""
    tokenizer = _tokenizer()
    return 1 + len(tokenizer.encode(" " + PROFILE.prompt.strip())) + len(tokenizer.sot_sequence)


def before_others() -> int:
    """The same without a prompt."""
    return len(_tokenizer().sot_sequence)


def ours(model: Any, precision: Precision) -> WhisperEngine:
    """The default engine on this model. `auto` takes what it would take; the model is then in that precision."""
    return WhisperEngine("speed", model, "", settle(model, precision, lambda _model: ""))


def ours_on_faster(model: Any, folder: Path, threads: int) -> FasterEngine:
    """The optional engine on these weights, converted into the empty `folder`."""
    _convert(model, folder)
    return FasterEngine("speed", folder, "", threads)


def one_by_one(model: Any, windows: Sequence[FloatArray]) -> Spent:
    """Our windows, each through whisper's own `decode` by itself: what packing alone is worth."""
    options = whisper.DecodingOptions(language=PROFILE.language, prompt=PROFILE.prompt, fp16=False)
    begun = time.process_time()
    texts = []
    for window in windows:
        mel = log_mel_spectrogram(pad_or_trim(torch.from_numpy(window)), model.dims.n_mels)
        texts.append(whisper.decode(model, mel, options).text)
    return Spent(time.process_time() - begun, tuple(texts))


def by_whisper(model: Any, channels: Sequence[FloatArray]) -> Spent:
    """Each channel in full through `model.transcribe` as it comes.

    Two things are said, and both make it cheaper: the language, and that what was heard before is no prompt (a prompt
    would also move the positions, which the text hangs on).
    """
    begun = time.process_time()
    texts: list[str] = []
    for channel in channels:
        answer = model.transcribe(channel, language="zh", condition_on_previous_text=False, fp16=False)
        texts.extend(segment["text"] for segment in answer["segments"])
    return Spent(time.process_time() - begun, tuple(texts))


def by_faster(model: Any, channels: Sequence[FloatArray], folder: Path, threads: int) -> Spent:
    """The same through faster-whisper as it comes (five beams), int8; its weights are converted into `folder`."""
    from faster_whisper import WhisperModel

    _convert(model, folder)
    faster = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=threads)
    begun = time.process_time()
    texts: list[str] = []
    for channel in channels:
        segments, _ = faster.transcribe(channel, language="zh", condition_on_previous_text=False)
        texts.extend(segment.text for segment in segments)
    return Spent(time.process_time() - begun, tuple(texts))


def hold_threads(threads: int) -> None:
    """So many for torch in this process."""
    hold(threads)


def _convert(model: Any, folder: Path) -> None:
    dims = {name: int(size) for name, size in vars(model.dims).items()}
    ct2.write(dims, model.state_dict(), alignment_heads(model.dims), folder)


def _tokenizer() -> Any:
    return get_tokenizer(True, num_languages=99, language="zh", task="transcribe")
