"""`manage.py repairs`: work orders judged, sorted by what hurts most, their rates, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main

NOW = "2026-11-20T12:00:00+08:00"
CALL: dict[str, Any] = {"number": "WX-1", "notified_at": "2026-11-20T09:00:00+08:00"}


def ask(capsys: pytest.CaptureFixture[str], folder: Path, content: object, *options: str) -> dict[str, Any]:
    path = folder / "orders.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    rules = ["--rulebook", "office_building_property", "--now", NOW]
    assert main(["repairs", str(path), *rules, "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize(
    ("arrived", "arrival", "late"),
    [
        ("2026-11-20T09:20:00+08:00", "on_time", 0),
        ("2026-11-20T09:20:01+08:00", "late", 1),
        (None, "overdue", 9600),
    ],
)
def test_the_limit_to_the_second(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arrived: str | None, arrival: str, late: int
) -> None:
    case = {**CALL, "form_at": "2026-11-20T09:05:00+08:00", "arrived_at": arrived}
    (found,) = ask(capsys, tmp_path, case)["orders"]
    assert (found["arrival"], found["arrived_late_seconds"]) == (arrival, late)
    assert found["due_at"] == "2026-11-20T09:20:00+08:00"
    assert "E1.46" in found["clauses"]
    assert any("到场时限自此起算" in step["text"] for step in found["steps"])


def test_what_was_left_yesterday_comes_first(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sent = {**CALL, "number": "late", "form_at": "2026-11-20T09:05:00+08:00"}
    left = {"number": "left", "notified_at": "2026-11-19T16:00:00+08:00"}
    document = ask(capsys, tmp_path, {"orders": [CALL, sent, left]}, "--lang", "en")
    assert [o["number"] for o in document["orders"]] == ["left", "late", "WX-1"]
    assert document["orders"][0]["flags"] == ["undispatched_carried"]
    assert document["orders"][0]["state"] == "undispatched"
    rates = document["rates"]
    assert (rates["on_time"]["numerator"], rates["on_time"]["denominator"]) == (0, 1)
    assert rates["on_time"]["target"] == 100
    assert (rates["dispatched_same_day"]["numerator"], rates["dispatched_same_day"]["denominator"]) == (1, 2)
    assert rates["price_confirmed"]["percent"] is None


@pytest.mark.parametrize(("lang", "said"), [("zh", "维修及时率"), ("en", "On time (in time")])
def test_without_json_there_is_a_table_and_the_reasoning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, said: str
) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps({**CALL, "form_at": CALL["notified_at"]}), encoding="utf-8")
    assert main(["repairs", str(path), "--now", NOW, "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert said in shown and "0 / 1  0.00 %" in shown and "[E1.46]" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, 'lacks "notified_at"'),
        ({"notified_at": "yesterday"}, "notified_at"),
        ({"notified_at": "2026-11-20T09:00:00"}, "has no offset"),
        ({**CALL, "charged": "yes"}, "charged: must be true"),
        ({**CALL, "arrived_at": 9}, "arrived_at"),
        ({**CALL, "unfinished_reason": ""}, "unfinished_reason"),
        ([CALL, 7], "[1]: must be an object"),
        ({"orders": {}}, "orders: must be a list"),
    ],
)
def test_refuses_in_one_line_with_file_and_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: object, said: str
) -> None:
    path = tmp_path / "orders.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["repairs", str(path), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(path) in captured.err and said in captured.err.splitlines()[-1]
