"""Windows of sound to tokens with Whisper's own rules, in batches.

A window is encoded once: its keys and values for the decoder's cross-attention are kept, and every temperature and the
alignment use them. It is encoded alone, so that what the decoder sees does not depend on the other windows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor
from whisper.audio import N_FRAMES, N_SAMPLES, SAMPLE_RATE, log_mel_spectrogram, pad_or_trim
from whisper.decoding import DecodingOptions, DecodingTask

from inspection.engines import FloatArray
from inspection.speech.loops import repeats

_TOKENS_PER_SECOND = 12  # nine characters, the fastest announcers, of one to two tokens each
_TOKENS_ALWAYS = 24
_ALIGNMENT_TOKENS = 6  # the alignment puts this much around the text
_LOOK_FOR_LOOPS_EVERY = 32  # tokens
_COMPACT_BELOW = 0.75  # of the rows still speak: moving the others together pays


@dataclass(frozen=True, slots=True)
class Encoded:
    """Windows as the decoder hears them.

    `cross[layer]` are keys and values [windows, audio positions, width]; `features` [windows, 1, width] only tells
    the decoder in which precision and where it works. `seconds` are the windows' own lengths.
    """

    cross: tuple[tuple[Tensor, Tensor], ...]
    features: Tensor
    seconds: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.seconds)

    def pick(self, windows: Sequence[int]) -> Encoded:
        """Some of the windows, in this order."""
        if list(windows) == list(range(len(self))):
            return self
        at = torch.tensor(list(windows), device=self.features.device)
        return Encoded(
            tuple((keys[at], values[at]) for keys, values in self.cross),
            self.features[at],
            tuple(self.seconds[i] for i in windows),
        )


@dataclass(slots=True)
class Decoded:
    """Tokens of one window without its time stamps, each with its log probability.

    `mean_logprob` is Whisper's: over all tokens, time stamps and the end among them. `is_cut`: it would have gone on,
    but nobody speaks that much, or it had begun to repeat itself.
    """

    temperature: float
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    mean_logprob: float = 0.0
    no_speech_probability: float = 0.0
    is_cut: bool = False


def bytes_per_window(model: Any) -> int:
    """Memory that a window holds while it is decoded: cross-attention's keys and values."""
    dims = model.dims
    width = model.encoder.conv1.weight.element_size()
    return int(2 * dims.n_text_layer * dims.n_audio_ctx * dims.n_text_state * width)


@torch.no_grad()
def encode(model: Any, windows: Sequence[FloatArray], on_window: Callable[[], None] | None = None) -> Encoded:
    """Windows of at most 30 s at 16 kHz, levelled. `on_window` is called after each and may raise to stop.

    Raises ValueError for a longer one: Whisper would silently hear only its beginning.
    """
    blocks = model.decoder.blocks
    keys: list[list[Tensor]] = [[] for _ in blocks]
    values: list[list[Tensor]] = [[] for _ in blocks]
    last: list[Tensor] = []
    for samples in windows:
        if len(samples) > N_SAMPLES:
            raise ValueError(f"a window of {len(samples) / SAMPLE_RATE:.1f} s; Whisper hears 30 s")
        mel = log_mel_spectrogram(pad_or_trim(torch.tensor(samples, dtype=torch.float32)), model.dims.n_mels)
        mel = pad_or_trim(mel, N_FRAMES).to(model.device)
        features = model.encoder(mel[None])
        for layer, block in enumerate(blocks):
            keys[layer].append(block.cross_attn.key(features))
            values[layer].append(block.cross_attn.value(features))
        last.append(features[:, :1])
        if on_window is not None:
            on_window()
    cross = []
    for layer in range(len(blocks)):  # a layer at a time, so that never everything is there twice
        cross.append((torch.cat(keys[layer]), torch.cat(values[layer])))
        keys[layer].clear()
        values[layer].clear()
    return Encoded(tuple(cross), torch.cat(last), tuple(len(w) / SAMPLE_RATE for w in windows))


@torch.no_grad()
def decode(model: Any, sound: Encoded, options: DecodingOptions, seed: int) -> list[Decoded]:
    """Every window of `sound` at the temperature of `options`, in the same order.

    A window draws its own lots from `seed`, whoever else is in the batch.
    """
    return _Task(model, options, sound, seed).answers() if len(sound) else []


class _Task(DecodingTask):  # type: ignore[misc]
    """Whisper's prompt, start tokens and filters; its loop, but a row that has ended does not go on with the others."""

    def __init__(self, model: Any, options: DecodingOptions, sound: Encoded, seed: int) -> None:
        super().__init__(model, options)
        self._sound = sound
        room = self.n_ctx - max(len(self.initial_tokens), _ALIGNMENT_TOKENS)
        self._limits = [min(room, _TOKENS_ALWAYS + int(s * _TOKENS_PER_SECOND)) for s in sound.seconds]
        self._lots = [torch.Generator().manual_seed(seed) for _ in sound.seconds]
        self._heard = [Decoded(cast(float, options.temperature)) for _ in sound.seconds]
        self._sums = [0.0] * len(sound)
        self._lengths = [0] * len(sound)

    def answers(self) -> list[Decoded]:
        model, device = self.model, self._sound.features.device
        cache, hooks = model.install_kv_cache_hooks(self._cache())
        rows = list(range(len(self._sound)))  # the window of each row; -1 once it has ended
        tokens = torch.tensor([self.initial_tokens]).repeat(len(rows), 1).to(device)
        features, fresh = self._sound.features, tokens
        try:
            while True:
                states = self._states(fresh, tokens.shape[1], features, cache)
                if tokens.shape[1] == self.sample_begin:
                    self._note_silence(states[:, self.sot_index])
                logits = self._logits(states[:, -1])
                for logit_filter in self.logit_filters:
                    logit_filter.apply(logits, tokens)
                fresh = self._choose(logits, rows).to(device)
                tokens = torch.cat([tokens, fresh], dim=1)
                self._end(rows, tokens)
                left = [i for i, window in enumerate(rows) if window >= 0]
                if not left:
                    return self._heard
                if len(left) <= _COMPACT_BELOW * len(rows):
                    at = torch.tensor(left, device=device)
                    for module in cache:
                        cache[module] = cache[module][at]
                    rows = [rows[i] for i in left]
                    tokens, fresh, features = tokens[at], fresh[at], features[at]
        finally:
            for hook in hooks:
                hook.remove()

    def _cache(self) -> dict[Any, Tensor]:
        blocks = self.model.decoder.blocks
        cache = {}
        for block, (keys, values) in zip(blocks, self._sound.cross, strict=True):
            cache[block.cross_attn.key], cache[block.cross_attn.value] = keys, values
        return cache

    def _states(self, fresh: Tensor, until: int, features: Tensor, cache: dict[Any, Tensor]) -> Tensor:
        """Whisper's decoder without its logits, for the tokens that end before position `until`."""
        decoder = self.model.decoder
        x = decoder.token_embedding(fresh) + decoder.positional_embedding[until - fresh.shape[1] : until]
        x = x.to(features.dtype)
        for block in decoder.blocks:
            x = block(x, features, mask=decoder.mask, kv_cache=cache)
        return cast(Tensor, decoder.ln(x))

    def _logits(self, states: Tensor) -> Tensor:
        """In float32 whatever the other weights: see inspection.speech.precision."""
        return cast(Tensor, states.float() @ self.model.decoder.token_embedding.weight.float().T)

    def _note_silence(self, states: Tensor) -> None:
        if self.tokenizer.no_speech is not None:
            shares = self._logits(states).softmax(dim=-1)[:, self.tokenizer.no_speech]
            for heard, share in zip(self._heard, shares.tolist(), strict=True):
                heard.no_speech_probability = share

    def _choose(self, logits: Tensor, rows: list[int]) -> Tensor:
        """The next token of every row, [rows, 1], noted for its window; the end of the text for one that has ended."""
        logprobs = logits.float().log_softmax(dim=-1)
        best = logprobs.argmax(dim=-1).tolist()
        eot, temperature = self.tokenizer.eot, self.options.temperature
        chosen = []
        for row, window in enumerate(rows):
            if window < 0:
                chosen.append(eot)
                continue
            token = best[row]
            if temperature > 0:
                shares = (logprobs[row] / temperature).softmax(dim=-1).cpu()
                token = int(torch.multinomial(shares, 1, generator=self._lots[window]))
            chosen.append(token)
            logprob = float(logprobs[row, token])
            self._sums[window] += logprob
            self._lengths[window] += token != eot
            if token < eot:
                self._heard[window].tokens.append(token)
                self._heard[window].logprobs.append(logprob)
        return torch.tensor(chosen)[:, None]

    def _end(self, rows: list[int], tokens: Tensor) -> None:
        """Takes out the windows whose text has ended, or has to."""
        written = tokens.shape[1] - self.sample_begin
        last = tokens[:, -1].tolist()
        for row, window in enumerate(rows):
            if window < 0:
                continue
            heard = self._heard[window]
            has_ended = last[row] == self.tokenizer.eot
            heard.is_cut = not has_ended and (
                written >= self._limits[window]
                or (written % _LOOK_FOR_LOOPS_EVERY == 0 and repeats(self.tokenizer.decode(heard.tokens)))
            )
            if has_ended or heard.is_cut:
                heard.mean_logprob = self._sums[window] / (self._lengths[window] + 1)
                rows[row] = -1
