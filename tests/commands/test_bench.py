"""A measurement carries its own baseline and says on what machine it was taken."""

from __future__ import annotations

import json

import pytest

from commands import bench_attendance
from commands.bench import BENCHES
from manage import main


@pytest.mark.parametrize("name", sorted(BENCHES))
def test_each_bench_answers_in_the_promised_shape(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench_attendance, "PEOPLE", 10)  # the shape is the same with fewer
    assert main(["bench", name, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["name", "ours", "baseline", "ratio", "machine"]
    assert answer["ours"] > 0
    assert answer["baseline"] > 0
