"""Trains the demo voice on processor cores: ``python -m inspection.demo_voice.train --pool FOLDER --out FOLDER``.

Several single-thread processes share each step (data parallel, gloo). A plan is a list of stages
``seconds:batch:minutes``: the length of the windows, how many of them per process and step, and for how long.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import time
from collections import defaultdict
from dataclasses import dataclass, fields
from pathlib import Path

import torch
import torch.distributed as distributed
from torch.multiprocessing.spawn import spawn
from torch.utils.data import DataLoader

from inspection.demo_voice.network import DemoWhisper, Losses, use_fast_kernels
from inspection.demo_voice.pool import Pool
from inspection.demo_voice.vocabulary import Vocabulary
from inspection.demo_voice.windows import FULL_WINDOW_SECONDS, Batch, WindowMaker

_SAVE_SECONDS = 120
_LOG_STEPS = 50
_WARM_UP_STEPS = 50
_NO_DECAY = ("embedding", "timestamp_mix", "timestamp_rest")


@dataclass(frozen=True)
class Stage:
    window_seconds: int
    batch_size: int
    minutes: float

    @classmethod
    def parse(cls, text: str) -> Stage:
        seconds, batch_size, minutes = text.split(":")
        return cls(int(seconds), int(batch_size), float(minutes))


@dataclass(frozen=True)
class Options:
    pool: Path
    out: Path
    plan: tuple[Stage, ...]
    init: Path | None
    learning_rate: float
    final_share: float
    attention_weight: float
    replace_share: float
    encoder_every: int
    seed: int
    processes: int


def combined_loss(losses: Losses, attention_weight: float, train_encoder: bool) -> torch.Tensor:
    """The number to minimise; the frame classifiers matter only where the encoder learns."""
    loss = losses.text + 0.5 * losses.timestamp + attention_weight * losses.attention
    if train_encoder:
        loss = loss + 0.6 * losses.character + 0.3 * losses.syllable
    return loss


def _load(model: DemoWhisper, path: Path) -> str:
    """``path`` is a state written here, or a packed checkpoint such as demo.pt."""
    raw = torch.load(path, map_location="cpu", weights_only=True)
    if "dims" in raw:
        unknown = model.initialise_from_checkpoint(path)
        return f"checkpoint {path.name}, {len(unknown)} tokens are new"
    model.load_state_dict(raw)
    return f"state {path.name}"


def _optimiser(model: DemoWhisper, learning_rate: float) -> torch.optim.AdamW:
    decayed: list[torch.nn.Parameter] = []
    plain: list[torch.nn.Parameter] = []
    for name, parameter in model.named_parameters():
        is_matrix = parameter.ndim >= 2 and name not in _NO_DECAY and "positional" not in name
        (decayed if is_matrix else plain).append(parameter)
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": plain, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(0.9, 0.98), eps=1e-8, fused=True)


def _average_gradients(model: DemoWhisper, processes: int) -> None:
    gradients = [parameter.grad for parameter in model.parameters() if parameter.grad is not None]
    flat = torch.cat([gradient.flatten() for gradient in gradients])
    distributed.all_reduce(flat)
    flat /= processes
    position = 0
    for gradient in gradients:
        gradient.copy_(flat[position : position + gradient.numel()].view_as(gradient))
        position += gradient.numel()


class _Trainer:
    """One process of the training. Process 0 keeps the clock, writes the log and saves."""

    def __init__(self, rank: int, options: Options) -> None:
        self._rank, self._options = rank, options
        torch.set_num_threads(1)
        torch.manual_seed(options.seed)
        self._pool = Pool(options.pool)
        self._vocabulary = Vocabulary.load()
        self._model = DemoWhisper(self._vocabulary)
        if options.init is not None:
            self._log(f"starts from {_load(self._model, options.init)}")
        torch.manual_seed(options.seed + 1 + rank)
        self._optimiser = _optimiser(self._model, options.learning_rate)
        self._seconds = 60 * sum(stage.minutes for stage in options.plan)
        self._started = self._saved = time.monotonic()
        self._step = 0
        self._sums: dict[str, float] = defaultdict(float)

    def _log(self, line: str) -> None:
        if self._rank == 0:
            print(line, flush=True)
            with (self._options.out / "log.txt").open("a", encoding="utf-8") as log:
                log.write(line + "\n")

    def _save(self) -> None:
        if self._rank == 0:
            partial = self._options.out / "state.pt.partial"
            torch.save(self._model.state_dict(), partial)
            partial.replace(self._options.out / "state.pt")
            self._model.export(self._options.out / "exported.pt")

    def _agree_on_time(self) -> float:
        """Seconds since the start as process 0 sees them, so that all processes stop at the same step."""
        elapsed = torch.tensor([time.monotonic() - self._started], dtype=torch.float64)
        distributed.broadcast(elapsed, 0)
        return float(elapsed)

    def _learning_rate(self, elapsed: float) -> float:
        """A cosine from the full rate to ``final_share`` of it, after a short warm-up."""
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, elapsed / self._seconds)))
        share = self._options.final_share + (1 - self._options.final_share) * cosine
        return self._options.learning_rate * share * min(1.0, (self._step + 1) / _WARM_UP_STEPS)

    def run(self) -> None:
        until = 0.0
        for number, stage in enumerate(self._options.plan):
            until += 60 * stage.minutes
            seed = self._options.seed + 1000 * number + 17 * self._rank
            maker = WindowMaker(self._pool, self._vocabulary, stage.window_seconds, stage.batch_size, seed)
            batches = iter(DataLoader(maker, batch_size=None, num_workers=1, prefetch_factor=6))
            while (elapsed := self._agree_on_time()) < until:
                self._train_step(next(batches), stage, elapsed)
        self._save()
        self._log(f"done: {self._step} steps")

    def _train_step(self, batch: Batch, stage: Stage, elapsed: float) -> None:
        options = self._options
        every = options.encoder_every if stage.window_seconds >= FULL_WINDOW_SECONDS else 1
        train_encoder = self._step % every == 0
        for group in self._optimiser.param_groups:
            group["lr"] = self._learning_rate(elapsed)
        losses = self._model.forward_bfloat16(
            batch, replace_share=options.replace_share, train_encoder=train_encoder
        )
        self._optimiser.zero_grad(set_to_none=True)
        combined_loss(losses, options.attention_weight, train_encoder).backward()  # type: ignore[no-untyped-call]
        _average_gradients(self._model, options.processes)
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 1.0)
        self._optimiser.step()
        self._step += 1
        for field in fields(losses):
            self._sums[field.name] += float(getattr(losses, field.name).detach())
        if self._step % _LOG_STEPS == 0:
            means = " ".join(f"{name} {value / _LOG_STEPS:.3f}" for name, value in self._sums.items())
            self._log(f"{stage.window_seconds} s step {self._step} after {elapsed:.0f} s: {means}")
            self._sums.clear()
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self._save()
            self._saved = time.monotonic()


def _process(rank: int, options: Options) -> None:
    rendezvous = (options.out / "rendezvous").absolute()
    distributed.init_process_group(
        "gloo", init_method=f"file://{rendezvous}", rank=rank, world_size=options.processes
    )
    use_fast_kernels()
    _Trainer(rank, options).run()
    distributed.destroy_process_group()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--pool", type=Path, required=True, help="folder written by inspection.demo_voice.pool"
    )
    parser.add_argument(
        "--out", type=Path, required=True, help="folder for state.pt, exported.pt and log.txt"
    )
    parser.add_argument(
        "--plan", default="8:28:18,30:12:30", help="stages seconds:batch:minutes, comma separated"
    )
    parser.add_argument(
        "--init", type=Path, help="state.pt of an earlier run, or a packed checkpoint (demo.pt)"
    )
    parser.add_argument("--learning-rate", type=float, default=1.3e-3)
    parser.add_argument("--final-share", type=float, default=0.02, help="of the learning rate, at the end")
    parser.add_argument("--attention-weight", type=float, default=0.7)
    parser.add_argument(
        "--replace-share", type=float, default=0.03, help="of the decoder's input tokens made random"
    )
    parser.add_argument(
        "--encoder-every", type=int, default=3, help="train the encoder every n-th step of 30 s windows"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    given.plan = tuple(Stage.parse(text) for text in given.plan.split(","))
    options = Options(**vars(given))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "rendezvous").unlink(missing_ok=True)
    # big buffers come and go at each step, and glibc gives each back to the system: 40 % of the time went into page
    # faults. Keep the middling ones, and take the big ones in huge pages.
    os.environ |= {
        "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_MMAP_THRESHOLD_": str(16 * 2**20),
        "MALLOC_TRIM_THRESHOLD_": str(512 * 2**20),
    }
    spawn(_process, (options,), options.processes)  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
