"""The network in training: a Whisper of 4 + 3 small layers with two aids that the finished checkpoint does not keep.

The aids use the exact times that the synthesiser reports: classifiers of the syllable and the character in every encoder
frame, and a penalty on cross-attention that looks elsewhere than where a token is spoken. Only the token embeddings in
use are trained; ``export`` puts them into Whisper's full table.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
import whisper.model
from torch import Tensor, nn
from whisper.model import ModelDimensions, MultiHeadAttention, Whisper

from inspection.demo_voice.vocabulary import TIMESTAMPS, TOTAL_TOKENS, Vocabulary, special_tokens
from inspection.demo_voice.windows import FULL_WINDOW_FRAMES, NOTHING, Batch

DIMENSIONS = ModelDimensions(
    n_mels=80, n_audio_ctx=FULL_WINDOW_FRAMES, n_audio_state=192, n_audio_head=4, n_audio_layer=4,
    n_vocab=TOTAL_TOKENS, n_text_ctx=448, n_text_state=192, n_text_head=4, n_text_layer=3,
)  # fmt: skip
_GUIDED_HEADS = 2
_TIMESTAMP_TARGET = {-2: 0.08, -1: 0.22, 0: 0.4, 1: 0.22, 2: 0.08}  # neighbouring bins are nearly right
_SILENT_FRAME_SHARE = 0.12  # frames without speech that the character classifier sees
_MASS_FLOOR = 1e-4


def use_fast_kernels() -> None:
    """Whisper's attention and normalisation without its casts to float32, which cost half the time in bfloat16."""

    def attention(
        self: MultiHeadAttention, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
    ) -> tuple[Tensor, None]:
        q, k, v = (z.view(*z.shape[:2], self.n_head, -1).permute(0, 2, 1, 3) for z in (q, k, v))
        out = F.scaled_dot_product_attention(q, k, v, is_causal=mask is not None and q.shape[2] > 1)
        return out.permute(0, 2, 1, 3).flatten(start_dim=2), None

    def normalise(self: nn.LayerNorm, x: Tensor) -> Tensor:
        return F.layer_norm(
            x, self.normalized_shape, self.weight.to(x.dtype), self.bias.to(x.dtype), self.eps
        )

    whisper.model.MultiHeadAttention.qkv_attention = attention
    whisper.model.LayerNorm.forward = normalise


@dataclass(frozen=True)
class Losses:
    """Mean losses of a batch, and shares between 0 and 1 that say how it goes."""

    text: Tensor
    timestamp: Tensor
    character: Tensor
    syllable: Tensor
    attention: Tensor
    token_accuracy: Tensor
    character_accuracy: Tensor


def _timestamp_basis() -> Tensor:
    """float32 [TIMESTAMPS, features]: ramps and waves, so that timestamps learn from their neighbours."""
    position = np.arange(TIMESTAMPS)
    share = position / (TIMESTAMPS - 1)
    waves = [wave(math.pi * 2**power * share) for power in range(9) for wave in (np.sin, np.cos)]
    waves += [
        wave(2 * np.pi * position / period)
        for period in (300, 150, 75, 50, 25, 12, 6)
        for wave in (np.sin, np.cos)
    ]
    return torch.tensor(np.stack([np.ones(TIMESTAMPS), share, *waves], axis=1), dtype=torch.float32)


class DemoWhisper(nn.Module):
    """D = 192 throughout; the rows of the token table are text tokens, special tokens, timestamps."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        state = DIMENSIONS.n_text_state
        self.vocabulary = vocabulary
        self.whisper = Whisper(replace(DIMENSIONS, n_vocab=1))
        del self.whisper.decoder.token_embedding
        self.token_ids = [*vocabulary.text_tokens, *special_tokens().trained()]
        self.text_rows = len(vocabulary.text_tokens)
        self.untimed_rows = len(self.token_ids)
        self.embedding = nn.Parameter(torch.randn(self.untimed_rows, state) * 0.04)
        basis = _timestamp_basis()
        self.timestamp_basis: Tensor
        self.register_buffer("timestamp_basis", basis, persistent=False)
        self.timestamp_mix = nn.Parameter(torch.randn(basis.shape[1], state) * 0.02)
        self.timestamp_rest = nn.Parameter(torch.zeros(TIMESTAMPS, state))
        self.character_head = nn.Linear(state, len(vocabulary.characters) + 1)
        self.syllable_head = nn.Linear(state, len(vocabulary.syllables) + 1)
        row_of = torch.full((TOTAL_TOKENS,), -1)
        row_of[torch.tensor(self.token_ids)] = torch.arange(self.untimed_rows)
        first = special_tokens().first_timestamp
        row_of[first:] = self.untimed_rows + torch.arange(TIMESTAMPS)
        self.row_of: Tensor
        self.register_buffer("row_of", row_of, persistent=False)
        self._initialise_layers(state)

    def _initialise_layers(self, state: int) -> None:
        nn.init.normal_(self.whisper.decoder.positional_embedding, std=0.02)
        for module in self.whisper.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.7 * state**-0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for block in (*self.whisper.encoder.blocks, *self.whisper.decoder.blocks):
            with torch.no_grad():
                block.attn.out.weight *= 0.4
            nn.init.normal_(block.mlp[2].weight, std=0.4 * (4 * state) ** -0.5)

    def token_table(self) -> Tensor:
        """[rows, D]"""
        return torch.cat([self.embedding, self.timestamp_basis @ self.timestamp_mix + self.timestamp_rest])

    def encode(self, mel: Tensor, frame_offset: Tensor) -> tuple[Tensor, Tensor]:
        """mel [B, 80, 2F] -> the encoder's output [B, F, D] and its state after half of the layers."""
        encoder = self.whisper.encoder
        x = F.gelu(encoder.conv1(mel.to(encoder.conv1.weight.dtype)))
        x = F.gelu(encoder.conv2(x)).permute(0, 2, 1)
        position = encoder.positional_embedding.to(x.dtype)
        x = x + position[frame_offset[:, None] + torch.arange(x.shape[1])[None]]
        middle = x
        for index, block in enumerate(encoder.blocks):
            x = block(x)
            if index == len(encoder.blocks) // 2 - 1:
                middle = x
        return encoder.ln_post(x), middle

    def decode(self, rows: Tensor, audio: Tensor, table: Tensor) -> tuple[Tensor, list[Tensor]]:
        """rows [B, L], audio [B, F, D] -> logits [B, L, rows], and the attention [B, heads, L, F] of the last two layers."""
        decoder = self.whisper.decoder
        x = F.embedding(rows, table).to(audio.dtype) + decoder.positional_embedding[: rows.shape[1]].to(
            audio.dtype
        )
        watched: list[Tensor] = []
        for index, block in enumerate(decoder.blocks):
            x = x + block.attn(block.attn_ln(x), mask=decoder.mask)[0]
            normalised, cross = block.cross_attn_ln(x), block.cross_attn
            if index < len(decoder.blocks) - 2:
                x = x + cross(normalised, audio)[0]
            else:
                q, k, v = (
                    z.view(*z.shape[:2], cross.n_head, -1).transpose(1, 2)
                    for z in (cross.query(normalised), cross.key(audio), cross.value(audio))
                )
                weights = ((q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5).softmax(-1)
                watched.append(weights)
                x = x + cross.out((weights.to(v.dtype) @ v).transpose(1, 2).flatten(2))
            x = x + block.mlp(block.mlp_ln(x))
        return decoder.ln(x).float() @ table.t(), watched

    def forward(self, batch: Batch, replace_share: float = 0.0, train_encoder: bool = True) -> Losses:
        """``replace_share`` of the text tokens fed to the decoder are random ones, so that it learns to listen."""
        with torch.set_grad_enabled(train_encoder and torch.is_grad_enabled()):
            audio, middle = self.encode(batch.mel, batch.frame_offset)
        seen = (batch.character > 0) | (torch.rand(batch.character.shape) < _SILENT_FRAME_SHARE)
        character_logits = self.character_head(audio[seen].float())
        character = batch.character[seen]

        rows = self.row_of[batch.tokens]
        is_text = (torch.arange(rows.shape[1])[None] >= batch.first_text[:, None]) & (rows < self.text_rows)
        swap = is_text & (torch.rand(rows.shape) < replace_share)
        rows = torch.where(swap, torch.randint(0, self.text_rows, rows.shape), rows)
        logits, watched = self.decode(rows, audio, self.token_table())

        has_target = batch.targets != NOTHING
        target = self.row_of[batch.targets.clamp(min=0)].clamp(min=0)
        is_timestamp = has_target & (target >= self.untimed_rows)
        is_word = has_target & ~is_timestamp
        normaliser = self._log_normaliser(logits)
        word_loss = (normaliser - logits.gather(-1, target[..., None])[..., 0])[is_word].mean()
        with torch.no_grad():
            spoken = character > 0
            character_accuracy = (character_logits.argmax(-1)[spoken] == character[spoken]).float().mean()
            token_accuracy = (logits.argmax(-1)[is_word] == target[is_word]).float().mean()
        return Losses(
            text=word_loss,
            timestamp=self._timestamp_loss(
                logits[is_timestamp], normaliser[is_timestamp], target[is_timestamp]
            ),
            character=F.cross_entropy(character_logits, character),
            syllable=F.cross_entropy(self.syllable_head(middle[seen].float()), batch.syllable[seen]),
            attention=self._attention_loss(watched, batch, has_target),
            token_accuracy=token_accuracy,
            character_accuracy=character_accuracy,
        )

    def _log_normaliser(self, logits: Tensor) -> Tensor:
        """log of the softmax' denominator [B, L]; the rows that are not trained are zero and count with exp(0) each."""
        untrained = torch.full(
            (*logits.shape[:-1], 1), math.log(TOTAL_TOKENS - self.untimed_rows - TIMESTAMPS)
        )
        return torch.logsumexp(torch.cat([logits, untrained], -1), -1)

    def _timestamp_loss(self, logits: Tensor, normaliser: Tensor, target: Tensor) -> Tensor:
        """logits [N, rows], normaliser and target [N]."""
        if not len(target):
            return logits.sum() * 0
        last = self.untimed_rows + TIMESTAMPS - 1
        expected = torch.zeros_like(normaliser)
        for shift, weight in _TIMESTAMP_TARGET.items():
            row = (target + shift).clamp(self.untimed_rows, last)
            expected = expected + weight * logits.gather(-1, row[:, None])[:, 0]
        return (normaliser - expected).mean()

    @staticmethod
    def _attention_loss(watched: list[Tensor], batch: Batch, has_target: Tensor) -> Tensor:
        """The last layer but one looks at the token just read, the last layer at the token to come."""
        total = torch.zeros(())
        for weights, frames in zip(watched, (batch.token_frames, batch.target_frames), strict=True):
            count = weights.shape[-1]
            cumulated = F.pad(weights[:, :_GUIDED_HEADS].cumsum(-1), (1, 0))
            heard = (frames[..., 0] >= 0) & has_target
            shape = (-1, _GUIDED_HEADS, -1, 1)
            first = (frames[..., 0] - 1).clamp(0, count)[:, None, :, None].expand(*shape)
            until = (frames[..., 1] + 1).clamp(0, count)[:, None, :, None].expand(*shape)
            mass = (cumulated.gather(-1, until) - cumulated.gather(-1, first))[..., 0]
            loss = -mass.clamp(min=_MASS_FLOOR).log() * heard[:, None]
            total = total + loss.sum() / (_GUIDED_HEADS * heard.sum() + 1e-6)
        return total / 2

    def forward_bfloat16(self, batch: Batch, **options: Any) -> Losses:
        """``forward`` with the Whisper layers in bfloat16; the parameters and their gradients stay float32."""
        halved = {
            name: parameter.to(torch.bfloat16) if name.startswith("whisper.") else parameter
            for name, parameter in self.named_parameters()
        }
        losses: Losses = torch.func.functional_call(self, halved, (batch,), options)
        return losses

    @torch.no_grad()
    def export(self, path: Path) -> None:
        """Writes a checkpoint for ``whisper.load_model``, in float16."""
        table, full = self.token_table(), torch.zeros(TOTAL_TOKENS, DIMENSIONS.n_text_state)
        full[torch.tensor(self.token_ids)] = table[: self.untimed_rows]
        full[special_tokens().first_timestamp :] = table[self.untimed_rows :]
        weights = {**self.whisper.state_dict(), "decoder.token_embedding.weight": full}
        halves = {
            name: weight.half() if weight.is_floating_point() else weight for name, weight in weights.items()
        }
        torch.save({"dims": DIMENSIONS.__dict__, "model_state_dict": halves}, path)

    @torch.no_grad()
    def initialise_from_checkpoint(self, path: Path) -> list[int]:
        """Takes over a packed checkpoint; answers the text tokens it did not know, which keep their random rows.

        The two classifiers are not part of a checkpoint and start afresh; they are learnt again in minutes.
        """
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        weights = {
            name: weight.float() if weight.is_floating_point() else weight
            for name, weight in checkpoint["model_state_dict"].items()
        }
        full = weights.pop("decoder.token_embedding.weight")
        self.whisper.load_state_dict(weights)
        unknown = []
        for row, token in enumerate(self.token_ids):
            if full[token].any():
                self.embedding[row] = full[token]
            else:
                unknown.append(token)
        self.timestamp_mix.zero_()
        self.timestamp_rest.copy_(full[special_tokens().first_timestamp :])
        return unknown
