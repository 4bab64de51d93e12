"""What the demo voice hears in the demo recordings: ``python -m inspection.demo_voice.measure`` prints a table.

Every turn of these calls was in the training text of the checkpoint: the figures say that the demo works, not how the
checkpoint does on other calls. For that see ``inspection.demo_voice.evaluate``.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import torch
import whisper

from inspection.demo_voice.evaluate import CHECKPOINT, ErrorRate, hanzi, heard_text, transcribe
from inspection.demo_voice.synthesis import SAMPLE_RATE

MANIFEST = "manifest.json"
RECORDINGS = Path(__file__).parents[2] / "demo" / "recordings"


@dataclass
class CallMeasure:
    """``found``: (quote, seconds between where it was heard and where it was spoken); ``missed``: quotes not heard."""

    errors: dict[str, ErrorRate] = field(default_factory=dict)
    found: list[tuple[str, float]] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)


def read_channels(path: Path) -> npt.NDArray[np.float32]:
    """float32 [channels, samples] at 16 kHz."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", rate=SAMPLE_RATE)
        frames = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def _heard_at(segments: list[dict[str, Any]], quote: str) -> list[float]:
    """Where ``quote`` starts, taking the characters of a segment as equally long."""
    moments = []
    for segment in segments:
        text = hanzi(segment["text"])
        position = text.find(quote)
        if position >= 0:
            seconds = segment["end"] - segment["start"]
            moments.append(segment["start"] + seconds * position / len(text))
    return moments


def measure_call(model: whisper.Whisper, entry: dict[str, Any], folder: Path) -> CallMeasure:
    """Transcribes each channel on its own."""
    channels = read_channels(folder / entry["file"])
    result = CallMeasure()
    names = {2: ("agent", "customer"), 1: ("both",)}[len(channels)]
    for name, samples in zip(names, channels, strict=True):
        segments = transcribe(model, np.ascontiguousarray(samples))
        turns = [turn for turn in entry["turns"] if name in (turn["speaker"], "both")]
        result.errors[name] = ErrorRate()
        result.errors[name].add("".join(turn["text"] for turn in turns), heard_text(segments))
        if name != "agent":
            continue
        for finding in entry["expected"]:
            if finding["kind"] != "banned":
                continue
            moments = _heard_at(segments, finding["quote"])
            if moments:
                result.found.append(
                    (finding["quote"], min(abs(moment - finding["start"]) for moment in moments))
                )
            else:
                result.missed.append(finding["quote"])
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path, nargs="?", default=CHECKPOINT)
    parser.add_argument("--recordings", type=Path, default=RECORDINGS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    model = whisper.load_model(str(options.checkpoint), device="cpu")
    manifest = json.loads((options.recordings / MANIFEST).read_text(encoding="utf-8"))
    total: dict[str, ErrorRate] = {}
    late: list[float] = []
    expected = 0
    print(
        "| call | agent CER | customer CER | banned phrases heard | largest time error |\n|---|---|---|---|---|"
    )
    for entry in manifest["recordings"]:
        if entry["layout"] == "damaged":
            continue
        call = measure_call(model, entry, options.recordings)
        cells = [entry["file"]]
        for name in ("agent", "customer"):
            errors = call.errors.get(name) or call.errors.get("both")
            assert errors is not None
            if errors.characters:
                cells.append(f"{errors.rate:.1%}" + (" (both)" if name not in call.errors else ""))
            else:
                cells.append(f"{errors.errors} characters invented")
        for name, errors in call.errors.items():
            into = total.setdefault(name, ErrorRate())
            into.characters += errors.characters
            into.errors += errors.errors
        count = len(call.found) + len(call.missed)
        expected += count
        late += [seconds for _, seconds in call.found]
        missed = f", not {' '.join(call.missed)}" if call.missed else ""
        cells.append(f"{len(call.found)} of {count}{missed}" if count else "none expected")
        cells.append(f"{max(seconds for _, seconds in call.found):.2f} s" if call.found else "")
        print("| " + " | ".join(cells) + " |", flush=True)
    for name, errors in total.items():
        print(f"{name}: CER {errors.rate:.1%} of {errors.characters} characters")
    average = f", off by {sum(late) / len(late):.2f} s on average" if late else ""
    print(f"banned phrases heard word for word: {len(late)} of {expected}{average}")


if __name__ == "__main__":
    main()
