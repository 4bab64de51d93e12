"""How well a checkpoint hears: ``python -m inspection.demo_voice.evaluate [CHECKPOINT]`` prints a table.

Character error rate (CER) = insertions, deletions and substitutions of hanzi / hanzi of the reference; punctuation does
not count. Everything goes through stock ``whisper.load_model`` and ``transcribe``.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import whisper

from inspection.demo_voice import corpus
from inspection.demo_voice.synthesis import SAMPLE_RATE, VARIANTS, Voice, synthesise

CHECKPOINT = Path(__file__).with_name("demo.pt")
UNKNOWN_VARIANTS = ("+f4", "+m6", "+Alex", "+linda")  # never in a pool
_NOT_HANZI = re.compile(r"[^\u4e00-\u9fff]")


def hanzi(text: str) -> str:
    """``text`` without everything else."""
    return _NOT_HANZI.sub("", text)


def edit_distance(reference: str, heard: str) -> int:
    row = list(range(len(heard) + 1))
    for i, expected in enumerate(reference, 1):
        above, row[0] = row[:], i
        for j, got in enumerate(heard, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (expected != got))
    return row[-1]


@dataclass
class ErrorRate:
    """Errors summed over texts."""

    texts: int = 0
    exact: int = 0
    characters: int = 0
    errors: int = 0

    def add(self, reference: str, heard: str) -> int:
        reference, heard = hanzi(reference), hanzi(heard)
        errors = edit_distance(reference, heard)
        self.texts += 1
        self.exact += errors == 0
        self.characters += len(reference)
        self.errors += errors
        return errors

    @property
    def rate(self) -> float:
        return self.errors / max(1, self.characters)


def transcribe(model: whisper.Whisper, audio: npt.NDArray[np.float32]) -> list[dict[str, Any]]:
    """Segments with text of one channel, 16 kHz; the same call gives the same answer."""
    result = model.transcribe(
        audio, language="zh", temperature=0, condition_on_previous_text=False, fp16=False, verbose=None
    )
    return [segment for segment in result["segments"] if segment["text"].strip()]


def heard_text(segments: Sequence[dict[str, Any]]) -> str:
    return "".join(segment["text"] for segment in segments)


def measure_sentences(
    model: whisper.Whisper, sentences: Sequence[str], variants: Sequence[str], rng: random.Random
) -> tuple[ErrorRate, list[tuple[str, str]]]:
    """Speaks each sentence once with a random voice; also answers (reference, heard) of the wrong ones."""
    total, wrong = ErrorRate(), []
    for sentence in sentences:
        voice = Voice(rng.choice(variants), rng.choice((150, 175, 200)), rng.choice((40, 50, 60)))
        clip = synthesise(sentence, voice)
        assert clip is not None, sentence
        silence = np.zeros(SAMPLE_RATE // 4, np.float32)
        audio = np.concatenate([silence, clip.samples.astype(np.float32) / 32768, silence])
        heard = heard_text(transcribe(model, audio))
        if total.add(sentence, heard):
            wrong.append((sentence, heard))
    return total, wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=CHECKPOINT)
    parser.add_argument("--count", type=int, default=60, help="sentences of each set")
    parser.add_argument("--show", type=int, default=0, help="wrong sentences of each set to print")
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = whisper.load_model(str(options.checkpoint), device="cpu")
    material, rng = corpus.build(), random.Random(5)
    fillings = rng.sample(material.held_out_fillings, options.count)
    sets: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("trained templates, new fillings", fillings, VARIANTS),
        ("the same sentences, unknown voices", fillings, UNKNOWN_VARIANTS),
        ("unseen templates", rng.sample(material.held_out_templates, options.count), VARIANTS),
        ("phrases alone (trained)", material.phrase, VARIANTS),
    ]
    print("| set | sentences | CER | exact |\n|---|---|---|---|")
    for name, sentences, variants in sets:
        total, wrong = measure_sentences(model, sentences, variants, rng)
        print(f"| {name} | {total.texts} | {total.rate:.1%} | {total.exact / total.texts:.0%} |", flush=True)
        for reference, heard in wrong[: options.show]:
            print(f"  {reference} -> {heard}")
    silence = np.zeros(5 * SAMPLE_RATE, np.float32)
    noise = 0.003 * np.random.default_rng(0).standard_normal(40 * SAMPLE_RATE).astype(np.float32)
    for name, audio in (("5 s of silence", silence), ("40 s of white noise", noise)):
        print(f"{name}: {heard_text(transcribe(model, audio)) or 'no text'}")


if __name__ == "__main__":
    main()
