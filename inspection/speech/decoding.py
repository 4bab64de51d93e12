"""Windows of sound to tokens with Whisper's own rules, in batches.

A window is encoded once: its keys and values for the decoder's cross-attention are kept, and every temperature and the
alignment use them. It is encoded alone, so that what the decoder sees does not depend on the other windows.

On a processor a step costs what it reads: the weights, once for all rows; each window's keys and values, which therefore
lie head by head and are never copied; and the table of tokens, see `_Task._logits`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention
from whisper.audio import N_FRAMES, N_SAMPLES, SAMPLE_RATE, log_mel_spectrogram, pad_or_trim
from whisper.decoding import DecodingOptions, DecodingTask

from inspection.sound.engines import FloatArray
from inspection.speech.loops import repeats

_TOKENS_PER_SECOND = 12  # nine characters, the fastest announcers, of one to two tokens each
_TOKENS_ALWAYS = 24
_ALIGNMENT_TOKENS = 6  # the alignment puts this much around the text
_LOOK_FOR_LOOPS_EVERY = 32  # tokens
_CANDIDATES = 128  # for the next token; more than Whisper suppresses

OnStep = Callable[[Sequence["Decoded"]], None]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Windows as the decoder hears them.

    `cross[window][layer]` are keys and values [1, heads, audio positions, width of a head]; `seconds` are the windows'
    own lengths.
    """

    cross: tuple[tuple[tuple[Tensor, Tensor], ...], ...]
    seconds: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.seconds)

    def pick(self, windows: Sequence[int]) -> Encoded:
        """Some of the windows, in this order."""
        return Encoded(tuple(self.cross[i] for i in windows), tuple(self.seconds[i] for i in windows))


@dataclass(slots=True)
class Decoded:
    """Tokens of one window without its time stamps, each with its log probability.

    `written` is all that the decoder had before it at the end: prompt, start tokens, text and time stamps.
    `mean_logprob` is Whisper's: over all tokens, time stamps and the end among them. `is_cut`: it would have gone on,
    but nobody speaks that much, or it had begun to repeat itself.
    """

    temperature: float
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    mean_logprob: float = 0.0
    no_speech_probability: float = 0.0
    is_cut: bool = False


def bytes_per_window(model: Any) -> int:
    """Memory that a window holds while it is decoded: the sound's keys and values, and at most so many of the text."""
    dims = model.dims
    width = model.encoder.conv1.weight.element_size()
    return int(2 * dims.n_text_layer * (dims.n_audio_ctx + dims.n_text_ctx) * dims.n_text_state * width)


@torch.no_grad()
def encode(model: Any, windows: Sequence[FloatArray], on_window: Callable[[], None] | None = None) -> Encoded:
    """Windows of at most 30 s at 16 kHz, levelled. `on_window` is called after each and may raise to stop.

    Raises ValueError for a longer one: Whisper would silently hear only its beginning.
    """
    cross = []
    for samples in windows:
        if len(samples) > N_SAMPLES:
            raise ValueError(f"a window of {len(samples) / SAMPLE_RATE:.1f} s; Whisper hears 30 s")
        mel = log_mel_spectrogram(pad_or_trim(torch.tensor(samples, dtype=torch.float32)), model.dims.n_mels)
        mel = pad_or_trim(mel, N_FRAMES).to(model.device)
        features = model.encoder(mel[None])
        layers = [block.cross_attn for block in model.decoder.blocks]
        cross.append(tuple((_by_head(c, c.key(features)), _by_head(c, c.value(features))) for c in layers))
        if on_window is not None:
            on_window()
    return Encoded(tuple(cross), tuple(len(w) / SAMPLE_RATE for w in windows))


def through(
    block: Any, x: Tensor, mask: Tensor, kept: Sequence[tuple[Tensor, Tensor]], cache: Any = None
) -> tuple[Tensor, Tensor]:
    """A layer of the decoder: [rows, tokens, width] after it, and what it asked the sound [rows, heads, tokens, width].

    `kept` are each row's keys and values of this layer; `cache` is Whisper's for what was written before.
    """
    x = x + block.attn(block.attn_ln(x), mask=mask, kv_cache=cache)[0]
    cross = block.cross_attn
    asked = _by_head(cross, cross.query(block.cross_attn_ln(x)))
    seen = torch.cat([scaled_dot_product_attention(asked[i : i + 1], k, v) for i, (k, v) in enumerate(kept)])
    x = x + cross.out(seen.transpose(1, 2).flatten(2))
    return x + block.mlp(block.mlp_ln(x)), asked


def _by_head(attention: Any, x: Tensor) -> Tensor:
    """[rows, positions, width] -> [rows, heads, positions, width of a head]."""
    return x.view(*x.shape[:2], attention.n_head, -1).transpose(1, 2).contiguous()


@torch.no_grad()
def decode(
    model: Any, sound: Encoded, options: DecodingOptions, seed: int, on_step: OnStep | None = None
) -> list[Decoded]:
    """Every window of `sound` at the temperature of `options`, in the same order.

    A window draws its own lots from `seed`, whoever else is in the batch. `on_step` is called after every step but the
    last, with the windows that ended in it, and may raise to stop.
    """
    return _Task(model, options, sound, seed).answers(on_step or (lambda _ended: None)) if len(sound) else []


class _Task(DecodingTask):  # type: ignore[misc]
    """Whisper's prompt, start tokens and filters; its loop, but a row that has ended does not go on with the others."""

    def __init__(self, model: Any, options: DecodingOptions, sound: Encoded, seed: int) -> None:
        super().__init__(model, options)
        self._sound = sound
        room = self.n_ctx - max(len(self.initial_tokens), _ALIGNMENT_TOKENS)
        self._limits = [min(room, _TOKENS_ALWAYS + int(s * _TOKENS_PER_SECOND)) for s in sound.seconds]
        self._lots = [torch.Generator().manual_seed(seed) for _ in sound.seconds]
        self._heard = [
            Decoded(cast(float, options.temperature), written=list(self.initial_tokens))
            for _ in sound.seconds
        ]
        self._sums = [0.0] * len(sound)
        self._lengths = [0] * len(sound)
        self._table = model.decoder.token_embedding.weight.float()
        is_short = sound.cross[0][0][0].dtype == torch.bfloat16 and options.temperature == 0
        self._rounded = self._table[: self.tokenizer.eot].to(torch.bfloat16) if is_short else None

    def answers(self, on_step: OnStep) -> list[Decoded]:
        """What was heard in each window."""
        device = self.model.device
        cache, hooks = self.model.install_kv_cache_hooks()
        rows = list(range(len(self._sound)))  # the window of each row
        kept = list(self._sound.cross)
        tokens = torch.tensor([self.initial_tokens]).repeat(len(rows), 1).to(device)
        fresh = tokens
        try:
            while True:
                states = self._states(fresh, tokens.shape[1], kept, cache)
                if tokens.shape[1] == self.sample_begin:
                    self._note_silence(states[:, self.sot_index])
                logits = self._logits(states[:, -1])
                for logit_filter in self.logit_filters:
                    logit_filter.apply(logits, tokens)
                fresh = self._choose(logits, rows).to(device)
                tokens = torch.cat([tokens, fresh], dim=1)
                left = self._left(rows, tokens)
                if not left:
                    return self._heard
                on_step([self._heard[window] for i, window in enumerate(rows) if i not in left])
                if len(left) < len(rows):
                    at = torch.tensor(left, device=device)
                    for module in cache:
                        cache[module] = cache[module][at]
                    rows, kept = [rows[i] for i in left], [kept[i] for i in left]
                    tokens, fresh = tokens[at], fresh[at]
        finally:
            for hook in hooks:
                hook.remove()

    def _states(self, fresh: Tensor, until: int, kept: Sequence[Any], cache: Any) -> Tensor:
        """Whisper's decoder without its logits, for the tokens that end before position `until`."""
        decoder = self.model.decoder
        x = decoder.token_embedding(fresh) + decoder.positional_embedding[until - fresh.shape[1] : until]
        for layer, block in enumerate(decoder.blocks):
            x, _ = through(block, x, decoder.mask, [window[layer] for window in kept], cache)
        return cast(Tensor, decoder.ln(x))

    def _logits(self, states: Tensor) -> Tensor:
        """In float32, see inspection.speech.precision; all of them, or all that may be chosen.

        The table is the most that a step reads. With the other weights in bfloat16 a rounded one names the candidates;
        what they have, and time stamps, is computed with the whole one. Lots are drawn from the whole one alone.
        """
        if self._rounded is None:
            return cast(Tensor, states @ self._table.T)
        logits = linear(states.to(torch.bfloat16), self._rounded).float()
        best = logits.topk(_CANDIDATES).indices
        logits.scatter_(1, best, (self._table[best] @ states[:, :, None])[:, :, 0])
        return torch.cat([logits, states @ self._table[self.tokenizer.eot :].T], dim=1)

    def _note_silence(self, states: Tensor) -> None:
        if self.tokenizer.no_speech is not None:
            shares = (states @ self._table.T).softmax(dim=-1)[:, self.tokenizer.no_speech]
            for heard, share in zip(self._heard, shares.tolist(), strict=True):
                heard.no_speech_probability = share

    def _choose(self, logits: Tensor, rows: list[int]) -> Tensor:
        """The next token of every row, [rows, 1], noted for its window."""
        logprobs = logits.float().log_softmax(dim=-1)
        best = logprobs.argmax(dim=-1).tolist()
        eot, temperature = self.tokenizer.eot, cast(float, self.options.temperature)
        chosen = []
        for row, window in enumerate(rows):
            token = best[row]
            if temperature > 0:
                shares = (logprobs[row] / temperature).softmax(dim=-1).cpu()
                token = int(torch.multinomial(shares, 1, generator=self._lots[window]))
            chosen.append(token)
            logprob = float(logprobs[row, token])
            self._sums[window] += logprob
            self._lengths[window] += token != eot
            if token != eot:
                self._heard[window].written.append(token)
            if token < eot:
                self._heard[window].tokens.append(token)
                self._heard[window].logprobs.append(logprob)
        return torch.tensor(chosen)[:, None]

    def _left(self, rows: list[int], tokens: Tensor) -> list[int]:
        """The rows whose text neither has ended nor has to."""
        written = tokens.shape[1] - self.sample_begin
        last = tokens[:, -1].tolist()
        left = []
        for row, window in enumerate(rows):
            heard = self._heard[window]
            has_ended = last[row] == self.tokenizer.eot
            heard.is_cut = not has_ended and (
                written >= self._limits[window]
                or (written % _LOOK_FOR_LOOPS_EVERY == 0 and repeats(self.tokenizer.decode(heard.tokens)))
            )
            if has_ended or heard.is_cut:
                heard.mean_logprob = self._sums[window] / (self._lengths[window] + 1)
            else:
                left.append(row)
        return left
