"""How far scores against the sound tell 您好 from 你好: `python -m demo.measure_pairs`.

Openings are spoken with either greeting (espeak-ng is needed) in several voices, levels and noises, and come to real
Whisper with the demo voice in two ways: heard as the inspection hears them, where a margin exists only if one of the two
was written; and scored with the true text given, which shows the margin where the recogniser would have written
something else or nothing. docs/measurements.md quotes the figures; they say nothing about real voices.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

import numpy as np
import numpy.typing as npt

from inspection.demo_voice.evaluate import UNKNOWN_VARIANTS
from inspection.demo_voice.synthesis import SAMPLE_RATE, Voice, synthesise
from inspection.sound.activity import listen
from inspection.sound.engines import HeardWord, load_engine
from inspection.sound.listening import hear_channels
from inspection.speech.decoding import Decoded, encode
from inspection.speech.spellings import score
from inspection.speech.whisper_engine import WhisperEngine
from inspection.speech.words import split
from inspection.text.pairs import margin_at

FloatArray = npt.NDArray[np.float32]

GREETINGS = ("您好", "你好")
# The demo voice was taught the first three with 您好 and the others with 你好.
OPENINGS = (
    "，客服中心，请问有什么可以帮您？",
    "，这里是客服中心，请问您贵姓？",
    "，打扰了，我是人民医院的回访员。",
    "，我想查一下我的包裹。",
    "，我昨天买的手机坏了。",
)
KNOWN = (Voice("+f2", 170, 52, 50), Voice("+m3", 180, 45, 55), Voice("+f5", 165, 50, 50), Voice("+m1", 175))
UNKNOWN = tuple(Voice(variant, 175) for variant in UNKNOWN_VARIANTS)
LINES = (
    (0.0, -70.0),
    (-20.0, -70.0),
    (0.0, -45.0),
    (0.0, -35.0),
    (0.0, -30.0),
    (0.0, -25.0),
)  # gain, noise: dB
LIMITS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class Case:
    """One spoken greeting. Margins are above 0 where the sound was scored right: what was said less the other.

    `heard` None: neither 您好 nor 你好 was written. `given`: with the true text.
    """

    said: str
    is_known_voice: bool
    line: tuple[float, float]
    heard: float | None
    given: float


def cases(model: str, threads: int, seed: int) -> Iterator[Case]:
    """Every opening with either greeting, in every voice, on every line."""
    engine, rng = load_engine(model, threads), np.random.default_rng(seed)
    assert isinstance(engine, WhisperEngine)
    for text in (said + rest for rest in OPENINGS for said in GREETINGS):
        for voice in (*KNOWN, *UNKNOWN):
            clip = synthesise(text, voice)
            if clip is None:
                raise ValueError(f"espeak-ng cannot say {text!r}")
            for line in LINES:
                sound = _on_line(clip.samples, line, rng)
                said = text[:2]
                yield Case(
                    said, voice in KNOWN, line, _heard(sound, said, engine), _given(sound, text, engine)
                )


def _on_line(
    samples: npt.NDArray[np.int16], line: tuple[float, float], rng: np.random.Generator
) -> FloatArray:
    gain, noise = (10 ** (decibels / 20) for decibels in line)
    silence = np.zeros(SAMPLE_RATE // 2)
    sound = np.concatenate([silence, samples / 32768 * gain, silence])
    return np.clip(sound + noise * rng.standard_normal(len(sound)), -1, 1).astype(np.float32)


def _heard(sound: FloatArray, said: str, engine: WhisperEngine) -> float | None:
    (channel,) = hear_channels((sound,), engine)
    for segment in channel.segments:
        for at in range(len(segment.text)):
            margin = margin_at(segment, at) if segment.text[at : at + 2] in GREETINGS else None
            if margin is not None:
                return margin.difference if margin.written == said else -margin.difference
    return None


@cache
def _start(engine: WhisperEngine) -> tuple[int, ...]:
    """What the decoder has before it when a window begins: the prompt and the start tokens."""
    silence = encode(engine._model, [np.zeros(SAMPLE_RATE, np.float32)])
    (decoded,) = engine._decode(silence, 0.0, lambda _ended: None)
    start = engine._tokenizer().sot_sequence
    return tuple(decoded.written[: decoded.written.index(start[0]) + len(start)])


def _given(sound: FloatArray, text: str, engine: WhisperEngine) -> float:
    model, tokenizer = engine._model, engine._tokenizer()
    tokens = tokenizer.encode(text)
    decoded = Decoded(0.0, tokens, written=[*_start(engine), tokenizer.timestamp_begin, *tokens])
    words = split([tokenizer.encoding.decode_single_token_bytes(t) for t in tokens])
    levelled = np.clip(sound * np.float32(listen(sound).gain), -1, 1)
    (scored,) = score(
        model,
        tokenizer,
        encode(model, [levelled]),
        [decoded],
        [tuple(HeardWord(w.raw, 0, 0, 1) for w in words)],
    )
    (_, said), (_, other) = scored[0].alternatives
    return said - other


def summary(name: str, said: str, margins: Sequence[float], of: int) -> str:
    """How many were scored, how far on either side, and how many stand on the wrong side of each limit."""
    if not margins:
        return f"{name:36} {said}  0 of {of}"
    wrong = "  ".join(
        f"{limit:g}: {sum(m <= -limit and m < 0 for m in margins)}/{sum(abs(m) >= limit for m in margins)}"
        for limit in LIMITS
    )
    spread = f"{min(margins):+5.1f} {median(margins):+5.1f} {max(margins):+5.1f}"
    return f"{name:36} {said}  {len(margins)} of {of}  {spread}  wrong/told apart by limit  {wrong}"


def main() -> None:
    """Prints smallest, middle and largest margin by voice, line and greeting, and what each limit would mean."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    every = list(cases(given.model, given.threads, given.seed))
    for name, is_known in (("known voices", True), ("unknown voices", False)):
        for line in (*LINES, None):
            for said in GREETINGS:
                mine = [
                    c
                    for c in every
                    if c.is_known_voice == is_known and line in (None, c.line) and c.said == said
                ]
                where = "all lines" if line is None else f"{line[0]:+.0f} dB in {line[1]:.0f} dB"
                heard = [c.heard for c in mine if c.heard is not None]
                print(summary(f"{name}, {where}, heard", said, heard, len(mine)))
                print(summary(f"{name}, {where}, given", said, [c.given for c in mine], len(mine)))


if __name__ == "__main__":
    main()
