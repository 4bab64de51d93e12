"""How far the inspection's seconds are from the true ones: `python -m demo.measure_times`.

The demo's sentences are spoken anew (espeak-ng is needed), each call with pauses, levels, noise and a codec of its own,
so that the true second of every character is known. Real audio through real Whisper with the demo voice: the figures
are about our way from sound to second, not about real voices. docs/measurements.md quotes them.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from demo.make_recordings import AudioFormat, SpokenTurn, mix, speak, write_audio
from demo.scripts import CALLS, CallScript
from inspection.examination.measure_demo import department
from inspection.pipeline import CallContext, InspectionResult, inspect_audio
from inspection.sound.engines import load_engine
from inspection.text.tracks import times_of
from inspection.text.wording import normalise

_SAME_PLACE_SECONDS = 2.0
_SURE_CHARACTERS = 3  # fewer in a row agree by chance
_FORMATS = (
    AudioFormat("wav", "pcm_alaw", 8_000),
    AudioFormat("wav", "pcm_mulaw", 8_000),
    AudioFormat("wav", "pcm_s16le", 16_000),
    AudioFormat("mp3", "libmp3lame", 16_000, 40_000, (("joint_stereo", "0"),)),
    AudioFormat("mp3", "libmp3lame", 8_000, 24_000, (("joint_stereo", "0"),)),
    AudioFormat("ogg", "libopus", 16_000, 24_000, (("mapping_family", "255"), ("application", "voip"))),
)


@dataclass
class Errors:
    """Seconds by which findings and words begin late (early ones are negative), and what was not compared."""

    findings: list[float] = field(default_factory=list)
    words: list[float] = field(default_factory=list)
    missed: int = 0  # banned phrases of the scripts that were not reported
    wrong: list[str] = field(default_factory=list)  # charged, though no script contains it

    def add(self, other: Errors) -> None:
        self.findings += other.findings
        self.words += other.words
        self.missed += other.missed
        self.wrong += other.wrong


def fresh_calls(count: int, seed: int) -> Iterator[tuple[CallScript, np.random.Generator]]:
    """Scripts of two channels in turn, those with banned phrases twice as often, every pause drawn anew."""
    scripts = [c for c in CALLS if c.layout == "two_channel"]
    rude = [c for c in scripts if any(e.quote for e in c.expected)]
    pool = [*scripts, *rude]
    for number in range(count):
        script = pool[number * 7 % len(pool)] if len(pool) % 7 else pool[number % len(pool)]
        rng = np.random.default_rng((seed, number))
        turns = tuple(
            replace(t, pause_before_seconds=float(rng.uniform(0.15, 3.0) if rng.random() < 0.9 else -0.2))
            for t in script.turns
        )
        yield replace(script, call_id=f"{script.call_id}-{seed}-{number}", turns=turns), rng


def record(script: CallScript, rng: np.random.Generator, folder: Path) -> tuple[Path, list[SpokenTurn], str]:
    """The call spoken, levelled, made noisy and coded; and how, in words."""
    spoken = speak(script)
    line = mix(script, spoken)
    gains = rng.uniform(-24, 3, 2)
    noise = float(rng.uniform(-72, -52))
    kind = _FORMATS[int(rng.integers(len(_FORMATS)))]
    line = line * (10 ** (gains / 20)).astype(np.float32)
    line += (10 ** (noise / 20) * rng.standard_normal(line.shape)).astype(np.float32)
    path = folder / f"{script.call_id}.{kind.extension}"
    write_audio(path, line, kind)
    how = f"{kind.codec} {kind.sample_rate} Hz, {gains[0]:+.0f}/{gains[1]:+.0f} dB, noise {noise:.0f} dB"
    return path, spoken, how


def compare(script: CallScript, spoken: list[SpokenTurn], result: InspectionResult) -> Errors:
    """What the inspection says against when it was said."""
    errors = Errors()
    found = [f for f in result.findings if f.kind == "banned"]
    for wanted in script.expected:
        if wanted.turn is None or wanted.quote is None:
            continue
        begins = spoken[wanted.turn].place(wanted.quote)[0]
        near = [
            f
            for f in found
            if f.category == wanted.category and f.quote[:1] == wanted.quote[:1]
            and f.start is not None and abs(f.start - begins) < _SAME_PLACE_SECONDS
        ]  # fmt: skip
        match = min(near, key=lambda f: abs((f.start or 0.0) - begins), default=None)
        if match is None or match.start is None:
            errors.missed += 1
        else:
            errors.findings.append(match.start - begins)
            found.remove(match)
    owed = {e.category for e in script.expected if e.kind == "missing"}
    errors.wrong = [f"banned {f.category} {f.quote}" for f in found if f.verdict == "hit"]
    errors.wrong += [
        f"missing {f.category}"
        for f in result.findings
        if f.kind == "missing" and f.verdict == "absent" and f.category not in owed
    ]
    for who in ("agent", "customer"):
        errors.words += _word_errors(who, spoken, result)
    return errors


def _word_errors(who: str, spoken: list[SpokenTurn], result: InspectionResult) -> list[float]:
    """Of every character that was heard as it was said: when it begins, against when it began."""
    said: list[tuple[str, float]] = []
    for turn in spoken:
        if turn.speaker == who:
            words = normalise(turn.text)
            said += [
                (c, turn.start + float(turn.clip.spans[at, 0]))
                for c, at in zip(words.text, words.positions, strict=True)
            ]
    heard: list[tuple[str, float]] = []
    for segment in result.transcript.segments:
        if segment.speaker == who:
            words = normalise(segment.text)
            times = times_of(segment, words.positions)
            heard += [(c, begins) for c, (begins, _) in zip(words.text, times, strict=True)]
    matcher = SequenceMatcher(None, [c for c, _ in said], [c for c, _ in heard], autojunk=False)
    return [
        heard[b + i][1] - said[a + i][1]
        for a, b, size in matcher.get_matching_blocks()
        if size >= _SURE_CHARACTERS
        for i in range(size)
        if abs(heard[b + i][1] - said[a + i][1])
        < 3 * _SAME_PLACE_SECONDS  # another place with the same words
    ]


def summary(name: str, off: list[float]) -> str:
    """Median and 95th percentile of the absolute error, and the share within a second."""
    if not off:
        return f"{name}: none"
    far = sorted(abs(o) for o in off)
    return (
        f"{name}: {len(far)}, median {statistics.median(far):.2f} s, 95th percentile"
        f" {far[math.ceil(0.95 * len(far)) - 1]:.2f} s, largest {far[-1]:.2f} s,"
        f" within 1 s {sum(o <= 1.0 for o in far) / len(far):.1%}, begin {statistics.median(off):+.2f} s (median)"
    )


def main() -> None:
    """Prints a line for each call, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    engine, book = load_engine(given.model, given.threads), department()
    every = Errors()
    with tempfile.TemporaryDirectory() as folder:
        for script, rng in fresh_calls(given.calls, given.seed):
            path, spoken, how = record(script, rng, Path(folder))
            context = CallContext(
                script.call_id, script.channel, script.direction, script.kind, script.hangup_by, "left"
            )
            errors = compare(script, spoken, inspect_audio(path, context, engine, book))
            every.add(errors)
            far = [abs(o) for o in errors.words]
            print(
                f"{script.call_id:10} {how:45} words {len(far):4}, median {statistics.median(far or [0]):.2f} s;"
                f" findings {len(errors.findings)}, missed {errors.missed}",
                *(f"\n    wrongly charged: {w}" for w in errors.wrong),
                flush=True,
            )
            path.unlink()
    print(summary("findings", every.findings))
    print(summary("characters", every.words))
    print(f"banned phrases missed {every.missed}, wrongly charged {len(every.wrong)}")


if __name__ == "__main__":
    main()
