"""What `inspect` finds in the demo recordings against what their scripts contain: `python -m inspection.examination.measure_demo`.

Real audio through real Whisper with the demo checkpoint, which was trained on the sentences of these very scripts: the
figures say that the way through works, and nothing about real calls. docs/measurements.md quotes them.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspection.files import AudioError
from inspection.findings import Finding
from inspection.pipeline import CallContext, InspectionResult, inspect_audio
from inspection.sound.engines import load_engine
from inspection.text.wording import normalise
from regulations.rulebook import Rulebook, load_rulebook

RECORDINGS = Path(__file__).resolve().parents[2] / "demo" / "recordings"
PRESETS = ("goods_sales", "office_building_property", "hospital_callback")
_FAR_SECONDS = 0.5  # told by name
_NEAR_SECONDS = 2.0  # a reviewer hears three seconds before the finding; two either way is the right place


def department() -> Rulebook:
    """The demo department's rulebook."""
    return load_rulebook(PRESETS)


@dataclass
class Tally:
    """Expected findings, and what became of them. `lines` name every miss and everything not expected.

    `sure` and `proposed` count findings by layer (names.NAMES["finding_layer"]): charged, and left to a person.
    """

    expected: int = 0
    found: int = 0
    found_open: int = 0  # expected, and only proposed
    extra: int = 0
    open: int = 0
    edits: int = 0
    characters: int = 0
    seconds: float = 0.0
    spent: float = 0.0
    off: list[float] = field(default_factory=list)  # seconds between a quote's true start and its finding's
    listen_seconds: float = 0.0
    lines: list[str] = field(default_factory=list)
    sure: Counter[str] = field(default_factory=Counter)
    proposed: Counter[str] = field(default_factory=Counter)


def measure(
    manifest: Path, model: str, presets: tuple[str, ...], threads: int
) -> Iterator[tuple[str, Tally]]:
    """One tally for each recording, in the order of the manifest."""
    engine, book = load_engine(model, threads), load_rulebook(presets)
    for entry in json.loads(manifest.read_text(encoding="utf-8"))["recordings"]:
        context = CallContext(
            entry["call_id"],
            entry["channel"],
            entry["direction"],
            entry["kind"],
            entry["hangup_by"],
            entry["agent_channel"],
        )
        started = time.perf_counter()
        try:
            result = inspect_audio(manifest.parent / entry["file"], context, engine, book)
        except AudioError as error:
            yield entry["call_id"], Tally(lines=[f"refused: {error.code}"])
            continue
        yield entry["call_id"], _compare(entry, result, time.perf_counter() - started)


def _compare(entry: dict[str, Any], result: InspectionResult, spent: float) -> Tally:
    tally = Tally(seconds=result.duration_seconds, spent=spent)
    charged = [f for f in result.findings if f.verdict != "cannot_tell" and f.kind != "measure"]
    tally.open = sum(f.verdict == "cannot_tell" for f in result.findings)
    for found in result.findings:
        (tally.proposed if found.verdict == "cannot_tell" else tally.sure)[found.layer] += 1
    for wanted in entry["expected"]:
        tally.expected += 1
        match = next((f for f in charged if _is_it(wanted, f)), None)
        if match is None:
            is_open = any(f.verdict == "cannot_tell" and _is_it(wanted, f) for f in result.findings)
            tally.found_open += is_open
            tally.lines.append(
                f"{'only proposed' if is_open else 'missed'}: {wanted['kind']} {wanted['category']} {wanted.get('quote', '')}"
            )
        else:
            tally.found += 1
            charged.remove(match)
            if "quote" in wanted and match.start is not None:
                tally.off.append(abs(match.start - wanted["start"]))
                if tally.off[-1] > _FAR_SECONDS:
                    tally.lines.append(f"off by {tally.off[-1]:.2f} s: {wanted['quote']} as {match.quote}")
    tally.extra = len(charged)
    tally.listen_seconds = sum(p.end - p.start for p in result.transcript.to_listen)
    tally.lines += [f"extra: {f.kind} {f.category} {f.quote} ({f.rule})" for f in charged]
    tally.lines += [
        f"open: {f.kind} {f.category} {f.quote} ({f.rule}, {f.layer})"
        for f in result.findings
        if f.verdict == "cannot_tell"
    ]
    for who in ("agent", "customer", "unknown"):
        is_who = ("agent", "customer") if entry["layout"] == "mono" else (who,)
        said = "".join(normalise(t["text"]).text for t in entry["turns"] if t["speaker"] in is_who)
        heard = "".join(normalise(s.text).text for s in result.transcript.segments if s.speaker == who)
        if entry["layout"] == "mono" and who != "unknown":
            continue
        tally.edits += _edits(said, heard)
        tally.characters += len(said)
    return tally


def _is_it(wanted: dict[str, Any], found: Finding) -> bool:
    if (wanted["kind"], wanted["category"]) != (found.kind, found.category):
        return False
    if "quote" not in wanted or found.start is None:
        return True
    said = set(wanted["quote"])
    is_same = 2 * len(said & set(found.quote)) >= len(said)  # a few may be misheard, or more be quoted
    return is_same and bool(abs(found.start - wanted["start"]) <= _NEAR_SECONDS)


def _edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        fresh = [i]
        for j, y in enumerate(b, start=1):
            fresh.append(min(row[j - 1] + (x != y), row[j] + 1, fresh[-1] + 1))
        row = fresh
    return row[-1]


def main() -> None:
    """Prints a line for each recording, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--manifest", type=Path, default=RECORDINGS / "manifest.json")
    parser.add_argument("--model", default="demo")
    parser.add_argument("--rulebook", default=",".join(PRESETS))
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    every: list[Tally] = []
    for call_id, t in measure(given.manifest, given.model, tuple(given.rulebook.split(",")), given.threads):
        every.append(t)
        error = f"{t.edits / t.characters:6.1%}" if t.characters else "      "
        print(
            f"{call_id}  {t.seconds:5.1f} s in {t.spent:5.1f} s  CER {error}  expected {t.expected} found {t.found} extra {t.extra} open {t.open}",
            flush=True,
        )
        for line in t.lines:
            print(f"      {line}", flush=True)
    expected, found, extra = (sum(getattr(t, n) for t in every) for n in ("expected", "found", "extra"))
    edits, characters = sum(t.edits for t in every), sum(t.characters for t in every)
    seconds, spent = sum(t.seconds for t in every), sum(t.spent for t in every)
    off = sorted(o for t in every for o in t.off)
    if off:
        print(
            f"time error of {len(off)} quotes: median {statistics.median(off):.2f} s,"
            f" 95th percentile {off[math.ceil(0.95 * len(off)) - 1]:.2f} s, largest {off[-1]:.2f} s"
        )
    for layer in sorted({layer for t in every for layer in (*t.sure, *t.proposed)}):
        sure, proposed = sum(t.sure[layer] for t in every), sum(t.proposed[layer] for t in every)
        print(f"layer {layer}: sure {sure}, proposed {proposed}")
    found_open = sum(t.found_open for t in every)
    print(f"sure and proposed together: {found + found_open}/{expected} of what is expected")
    print(f"to be listened to: {sum(t.listen_seconds for t in every):.1f} s")
    print(
        f"recall {found}/{expected}, precision {found}/{found + extra}, CER {edits}/{characters}, {spent:.0f} s for {seconds:.0f} s of recordings"
    )


if __name__ == "__main__":
    main()
