"""`manage.py clocks`: the answers of the contract, and refusals that name what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main

RECEIVED = "2026-09-30T17:20:00+08:00"
NOW = "2026-10-12T09:00:00+08:00"


def ask(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["clocks", "--rulebook", "goods_sales", "--now", NOW, "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["clocks", *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("manage.py clocks: ")
    return lines[0]


def named(document: dict[str, Any], clock: str) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in document["clocks"] if c["clock"] == clock)
    return found


@pytest.fixture
def events(tmp_path: Path) -> Path:
    path = tmp_path / "events.json"
    path.write_text(
        json.dumps(
            [
                {"kind": "forwarded", "at": "2026-09-30T21:20:00+08:00"},
                {"kind": "first_feedback", "at": "2026-10-03T00:00:00+08:00", "note": "电话"},
            ]
        ),
        encoding="utf-8",
    )
    return path


def test_answers_with_every_clock_in_the_shape_of_the_contract(
    capsys: pytest.CaptureFixture[str], events: Path
) -> None:
    document = ask(capsys, "--received", RECEIVED, "--events", str(events))
    final = named(document, "final_feedback")
    assert final["due_at"] == "2026-10-15T23:59:59+08:00"
    assert final["limit"] == {"value": 7, "unit": "working_day"}
    assert (final["state"], final["met_at"], final["overdue_seconds"]) == ("due_soon", None, 0)
    assert final["clauses"] == ["A6.28"]
    assert {"text": "2026-10-10（周六） 调休上班，计为第 3 个工作日", "clause": "A6.28"} in final["steps"]
    assert named(document, "forward")["state"] == "met"
    first = named(document, "first_feedback")
    assert (first["state"], first["overdue_seconds"]) == ("breached", 1)
    assert named(document, "close")["state"] == "off"
    assert named(document, "close")["due_at"] is None


def test_a_clock_warns_as_the_moment_of_asking_moves_on(capsys: pytest.CaptureFixture[str]) -> None:
    states = []
    for now in ("2026-10-12T00:00:00+08:00", "2026-10-15T23:59:59+08:00", "2026-10-16T00:00:00+08:00"):
        document = ask(capsys, "--received", RECEIVED, "--now", now)
        states.append(named(document, "final_feedback")["state"])
    assert states == ["on_track", "due_soon", "breached"]


def test_explains_itself_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "--received", RECEIVED, "--lang", "en")
    steps = [s["text"] for s in named(document, "final_feedback")["steps"]]
    assert "Sat 2026-10-10: make-up working day, counted as working day 3" in steps


def test_an_incident_has_its_own_clock(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "--received", RECEIVED, "--incident")
    assert named(document, "incident_report")["due_at"] == "2026-10-01T17:20:00+08:00"
    plain = ask(capsys, "--received", RECEIVED)
    assert "incident_report" not in [c["clock"] for c in plain["clocks"]]


def test_without_json_there_is_a_table_and_the_reasoning(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clocks", "--received", RECEIVED, "--rulebook", "goods_sales", "--now", NOW]) == 0
    shown = capsys.readouterr().out
    assert "最终答复" in shown.splitlines()[6]
    assert "2026-10-15 23:59:59+08:00" in shown
    assert "  2026-10-01（周四） 国庆节，不计  [A6.28]" in shown


def test_an_instant_at_twenty_four_is_the_next_midnight(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "--received", "2026-11-02T24:00+08:00", "--now", "2026-11-03T12:00+08:00")
    assert document["received_at"] == "2026-11-03T00:00:00+08:00"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--received", "yesterday"), "--received"),
        (("--received", "2026-09-30T17:20:00"), "no offset"),
        (("--received", "0001-01-01T00:00:00+14:00"), "--received"),
        (("--received", "9999-12-31T23:59:59-12:00"), "--received"),
        (("--received", "1066-10-14T09:00:00+00:00"), "years"),
        (("--received", RECEIVED, "--now", "soon"), "--now"),
        (("--received", RECEIVED, "--channel", "pigeon"), "--channel"),
        (("--received", RECEIVED, "--severity", "dreadful"), "--severity"),
        (("--received", RECEIVED, "--rulebook", "no_such_preset"), "no_such_preset"),
        (("--received", RECEIVED, "--events", "/no/such/file.json"), "/no/such/file.json"),
        (("--received", RECEIVED, "--events", "/"), "cannot be read"),
        (("--received", RECEIVED, "--events", "nul\0byte"), "nul"),
    ],
)
def test_refuses_in_one_line(capsys: pytest.CaptureFixture[str], options: tuple[str, ...], said: str) -> None:
    assert said in refusal(capsys, *options)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"kind": "forwarded"}]', '[0]: lacks "at"'),
        ('[{"at": "2026-09-30T18:00:00+08:00"}]', '[0]: lacks "kind"'),
        ('[{"kind": "teleported", "at": "2026-09-30T18:00:00+08:00"}]', "[0].kind: must be one of"),
        ('{"events": [{"kind": "closed", "at": "noon"}]}', "events[0].at"),
        ('{"events": 7}', "events: must be a list"),
        ("{}", 'lacks "events"'),
        ('"closed"', "must be a list"),
        ('[{"kind": "closed", "kind": "note", "at": "2026-09-30T18:00:00+08:00"}]', "stands twice"),
        ("[NaN]", "NaN"),
        ("[" * 100_000, "file"),
        ("", "is not JSON"),
        ("[1" + "0" * 5000 + "]", "file"),
    ],
)
def test_names_file_and_field_of_a_bad_event(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str, said: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(content, encoding="utf-8")
    line = refusal(capsys, "--received", RECEIVED, "--events", str(path))
    assert str(path) in line
    assert said in line


def test_text_that_is_not_utf8_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "gb.json"
    path.write_bytes('[{"kind": "转交"}]'.encode("gb18030"))
    assert "is not UTF-8" in refusal(capsys, "--received", RECEIVED, "--events", str(path))


def test_a_field_nobody_knows_is_ignored_and_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "events.json"
    path.write_text('[{"kind": "note", "at": "2026-09-30T18:00:00+08:00", "colour": 1}]', encoding="utf-8")
    assert main(["clocks", "--received", RECEIVED, "--events", str(path), "--json"]) == 0
    captured = capsys.readouterr()
    assert '"colour" is unknown here and was ignored' in captured.err
    json.loads(captured.out)
