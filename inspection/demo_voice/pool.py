"""Speaks the corpus once and stores the clips: ``python -m inspection.demo_voice.pool --out FOLDER --sentences FILE``.

A pool is a folder with ``samples-N.npy`` (int16, all clips of part N one after the other) and ``clips-N.jsonl`` (one
clip a line: text, kind, voice variant, where it lies, and when each character is spoken).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inspection.demo_voice import corpus
from inspection.demo_voice.synthesis import SAMPLE_RATE, VARIANTS, Voice, synthesise
from inspection.demo_voice.vocabulary import VOCABULARY_FILE, Vocabulary

_DEFAULT_VOICE_SHARE = 0.35
_REPEATS_BY_HEART = 14  # phrases and script sentences are spoken by many voices


@dataclass(frozen=True)
class StoredClip:
    """A clip of a pool; ``spans`` and ``syllables`` as in ``synthesis.Clip``."""

    text: str
    kind: str
    variant: str
    part: int
    offset: int
    length: int
    spans: npt.NDArray[np.float32]
    syllables: tuple[str, ...]

    @property
    def seconds(self) -> float:
        return self.length / SAMPLE_RATE


class Pool:
    """Read access to a folder of clips."""

    def __init__(self, folder: Path) -> None:
        self._samples: list[npt.NDArray[np.int16]] = []
        self.clips: list[StoredClip] = []
        for part, path in enumerate(sorted(folder.glob("samples-*.npy"))):
            self._samples.append(np.load(path, mmap_mode="r"))
            index = path.with_name(path.name.replace("samples", "clips")).with_suffix(".jsonl")
            for line in index.read_text(encoding="utf-8").splitlines():
                raw = json.loads(line)
                spans = np.array(raw.pop("spans"), np.float32)
                self.clips.append(
                    StoredClip(part=part, spans=spans, syllables=tuple(raw.pop("syllables")), **raw)
                )
        self._groups: dict[tuple[str, str | None], list[int]] = {}
        for position, clip in enumerate(self.clips):
            for variant in (clip.variant, None):
                self._groups.setdefault((clip.kind, variant), []).append(position)
        self.variants = sorted({clip.variant for clip in self.clips})

    def samples(self, clip: StoredClip) -> npt.NDArray[np.float32]:
        """float32 [n] in -1..1 at 16 kHz."""
        raw = self._samples[clip.part][clip.offset : clip.offset + clip.length]
        return raw.astype(np.float32) / np.float32(32768)

    def pick(self, kind: str, variant: str | None, rng: random.Random) -> StoredClip:
        """A clip of the kind, of the variant where the pool has one."""
        group = self._groups.get((kind, variant)) or self._groups[kind, None]
        return self.clips[rng.choice(group)]


def _random_voice(rng: random.Random) -> Voice:
    variant = rng.choice(VARIANTS)
    if rng.random() < _DEFAULT_VOICE_SHARE:
        return Voice(variant)
    return Voice(variant, rng.randint(140, 220), rng.randint(30, 75), rng.randint(30, 70))


def _jobs(sentences: Sequence[str]) -> list[tuple[str, str]]:
    """(kind, text) of every clip to speak, in a fixed random order."""
    material = corpus.build(sentences)
    jobs = [("template", text) for text in material.template]
    jobs += [("combination", text) for text in material.combination]
    jobs += [("phrase", text) for text in material.phrase] * _REPEATS_BY_HEART
    jobs += [("script", text) for text in material.script] * _REPEATS_BY_HEART
    random.Random(3).shuffle(jobs)
    return jobs


def _write_part(folder: Path, part: int, jobs: Sequence[tuple[str, str]]) -> None:
    rng = random.Random(100 + part)
    samples: list[npt.NDArray[np.int16]] = []
    offset = 0
    with (folder / f"clips-{part}.jsonl").open("w", encoding="utf-8") as index:
        for kind, text in jobs:
            voice = _random_voice(rng)
            clip = synthesise(text, voice)
            if clip is None:
                continue
            spans = np.round(clip.spans.astype(float), 3).tolist()
            row = {
                "text": text,
                "kind": kind,
                "variant": voice.variant,
                "offset": offset,
                "length": len(clip.samples),
            }
            index.write(
                json.dumps(row | {"spans": spans, "syllables": clip.syllables}, ensure_ascii=False) + "\n"
            )
            samples.append(clip.samples)
            offset += len(clip.samples)
    np.save(folder / f"samples-{part}.npy", np.concatenate(samples))


def write_pool(folder: Path, sentences: Sequence[str], parts: int) -> Pool:
    """Speaks the corpus in ``parts`` processes (libespeak-ng allows one voice at a time in a process)."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = _jobs(sentences)
    with multiprocessing.get_context("spawn").Pool(parts) as workers:
        workers.starmap(_write_part, [(folder, part, jobs[part::parts]) for part in range(parts)])
    return Pool(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the clips (about 3 GB)")
    parser.add_argument("--sentences", type=Path, help="whole turns to learn by heart, one a line")
    parser.add_argument("--parts", type=int, default=2, help="processes")
    parser.add_argument("--extend-vocabulary", action="store_true", help="add what is new to vocabulary.json")
    options = parser.parse_args()
    sentences = options.sentences.read_text(encoding="utf-8").split() if options.sentences else []
    pool = write_pool(options.out, sentences, options.parts)
    hours = sum(clip.seconds for clip in pool.clips) / 3600
    print(f"{len(pool.clips)} clips, {hours:.1f} hours")
    if options.extend_vocabulary:
        old = Vocabulary.load() if VOCABULARY_FILE.exists() else Vocabulary((), (), ())
        texts = (clip.text for clip in pool.clips)
        new = old.extended(texts, (syllable for clip in pool.clips for syllable in clip.syllables))
        new.save()
        print(
            f"characters {len(old.characters)} -> {len(new.characters)}, tokens {len(old.text_tokens)} -> "
            f"{len(new.text_tokens)}"
        )


if __name__ == "__main__":
    main()
