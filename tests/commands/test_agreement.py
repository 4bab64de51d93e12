"""`agreement`: the published worked example from a file, and one line for what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.desk import Desk
from tests.quality.test_agreement import KRIPPENDORFF


def written(folder: Path, document: Any) -> Path:
    path = folder / "answers.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_the_published_example_from_a_file(desk: Desk, tmp_path: Path, level: str, published: float) -> None:
    units = [[*unit, None] for unit in KRIPPENDORFF]
    found = desk.json("agreement", written(tmp_path, {"level": level, "units": units}), "--lang", "en")
    assert found["alpha"] == pytest.approx(published, abs=0.0005)
    assert (found["units"], found["answers"]) == (11, 40)
    assert (found["kappa"] is None) == (level != "nominal") and "Alpha is" in found["meaning"]


def test_texts_have_the_order_that_is_given(desk: Desk, tmp_path: Path) -> None:
    units = [["good", "fair"], ["poor", "poor"], ["good", "good"], ["fair", "poor"]]
    order = ["poor", "fair", "good"]
    found = desk.json("agreement", written(tmp_path, {"level": "ordinal", "units": units, "order": order}))
    ranks = [[order.index(one) for one in unit] for unit in units]
    same = desk.json("agreement", written(tmp_path, {"level": "ordinal", "units": ranks}))
    assert found["alpha"] == same["alpha"] and found["prevalence"]["good"] == 0.375
    status, out, _err = desk.run("agreement", tmp_path / "answers.json")
    assert status == 0 and "alpha" in out


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("{", "JSON"),
        ([], "object"),
        ({"level": "nominal"}, "units"),
        ({"level": "ratio", "units": []}, "nominal, ordinal, interval"),
        ({"level": "interval", "units": [["yes"]]}, "no order"),
        ({"level": "ordinal", "units": [["yes"]], "order": ["no"]}, "not in the order"),
        ({"level": "ordinal", "units": [[1]], "order": ["no"]}, "text of the order"),
        ({"level": "nominal", "units": [[True]]}, "text or a number"),
        ({"level": "nominal", "units": [[{}]]}, "text or a number"),
        ({"level": "interval", "units": [[10**400]]}, ""),
        ({"level": "nominal", "units": [1]}, "list"),
    ],
)
def test_what_cannot_be_read_is_one_line(desk: Desk, tmp_path: Path, document: Any, said: str) -> None:
    assert said in desk.refuses("agreement", written(tmp_path, document))


def test_a_round_that_is_not_there_is_one_line(desk: Desk) -> None:
    assert "no closed round 7" in desk.refuses("agreement", "--round", "7")
