"""A measurement carries its own baseline and says on what machine it was taken."""

from __future__ import annotations

import json

import pytest

from commands import bench, bench_attendance, bench_rescore, bench_search, bench_transcribe
from commands.bench import EVERY
from manage import main

SMALL = (
    (bench, "ROUNDS", 1),
    (bench, "COMPLAINTS", 1000),
    (bench, "DEMO_MONTHS", 2),
    (bench_attendance, "PEOPLE", 10),
    (bench_rescore, "CALLS", 3),
    (bench_rescore, "PROCESSES", 1),
    (bench_search, "SEGMENTS", 1000),
    (bench_search, "ROUNDS", 1),
    (bench_search, "KINDS", ("sqlite",)),
    (bench_transcribe, "SIZE", "TINY"),
    (bench_transcribe, "CALLS", ("K1005_c05.wav",)),
)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_each_bench_answers_in_the_promised_shape(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, size, few in SMALL:  # the shape is the same with fewer
        monkeypatch.setattr(module, size, few)
    assert main(["bench", name, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer)[:5] == ["name", "ours", "baseline", "ratio", "machine"]
    assert answer["ours"] > 0
    assert answer["baseline"] > 0
