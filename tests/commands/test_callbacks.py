"""`manage.py callbacks`: obligations and rates of a case, a list of cases, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main

NOW = "2026-11-20T12:00:00+08:00"
DISCHARGE: dict[str, Any] = {"kind": "discharge", "discharged_at": "2026-09-24T09:00:00+08:00"}


def ask(capsys: pytest.CaptureFixture[str], folder: Path, content: object, *options: str) -> dict[str, Any]:
    path = folder / "case.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    rules = "office_building_property,hospital_callback"
    assert main(["callbacks", str(path), "--rulebook", rules, "--now", NOW, "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, content: object) -> str:
    path = folder / "case.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["callbacks", str(path), "--rulebook", "hospital_callback", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(path) in captured.err
    return captured.err


def test_a_discharge_before_the_holiday(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    attempts = [
        {"at": "2026-10-08T10:05:00+08:00", "outcome": "busy"},
        {"at": "2026-10-08T15:05:00+08:00", "caller": "回访员甲", "satisfaction": "satisfied"},
    ]
    document = ask(capsys, tmp_path, {**DISCHARGE, "attempts": attempts})
    (found,) = document["obligations"]
    assert (found["kind"], found["state"], found["flags"]) == ("discharge", "completed", [])
    assert found["due_at"] == "2026-10-09T17:00:00+08:00"
    assert found["window"] == {"start": "2026-10-08T10:00:00+08:00", "end": "2026-10-08T17:00:00+08:00"}
    assert found["completed_at"] == "2026-10-08T15:05:00+08:00"
    assert {"E5.8", "E5.9"} <= set(found["clauses"])
    assert any("国庆节，节假日不回访，顺延" in s["text"] for s in found["steps"])
    assert document["rates"]["of"]["completed"] == {"numerator": 1, "denominator": 1, "percent": 100.0}
    assert document["rates"]["of"]["satisfied"]["denominator"] == 1


def test_many_cases_and_their_rates(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    solved = {"kind": "complaint", "resolved_at": "2026-11-02T15:00:00+08:00"}
    done = {**solved, "attempts": [{"at": "2026-11-02T16:00:00+08:00"}]}
    rates = ask(capsys, tmp_path, {"cases": [solved, done, done, done]})["rates"]
    assert (rates["due"], rates["attempted"], rates["completed"], rates["punctual"]) == (4, 3, 3, 3)
    assert rates["target"] == 100
    assert rates["shortfall_points"] == 5
    assert ask(capsys, tmp_path, [solved, done])["rates"]["completed"] == 1


def test_nothing_due_has_no_rate_and_no_points(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rates = ask(capsys, tmp_path, {**DISCHARGE, "discharged_at": NOW})["rates"]
    assert (rates["due"], rates["of"]["completed"]["percent"], rates["shortfall_points"]) == (0, None, None)


def test_a_call_by_the_handler_outside_the_hours_is_remarked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    attempts = [{"at": "2026-10-08T13:00:00+08:00"}]
    document = ask(capsys, tmp_path, {**DISCHARGE, "attempts": attempts}, "--lang", "en")
    assert document["obligations"][0]["flags"] == ["outside_window"]
    assert "Remark: outside the callback hours" in [s["text"] for s in document["obligations"][0]["steps"]]


def test_a_kind_without_obligation_is_off(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = {"kind": "long_term_visit", "visited_at": "2026-11-02T15:00:00+08:00"}
    (found,) = ask(capsys, tmp_path, case)["obligations"]
    assert (found["state"], found["due_at"], found["window"]) == ("off", None, None)


def test_when_to_try_again_is_told_with_its_reasons(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    attempts = [{"at": "2026-11-20T11:50:00+08:00", "outcome": "busy"}]
    (found,) = ask(capsys, tmp_path, {**DISCHARGE, "attempts": attempts})["obligations"]
    assert found["next_attempt"]["at"] == "2026-11-20T15:00:00+08:00"
    assert found["next_attempt"]["reason"] == "retry"
    assert "E5.8" in {step["clause"] for step in found["next_attempt"]["steps"]}


def test_what_ended_stays_due_and_is_counted_apart(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    refused = {**DISCHARGE, "attempts": [{"at": "2026-10-08T10:05:00+08:00", "outcome": "refused"}]}
    given_up = {**DISCHARGE, "decisions": [{"at": "2026-10-12T10:00:00+08:00", "action": "give_up"}]}
    document = ask(capsys, tmp_path, [refused, given_up])
    assert [(o["state"], o["settled_reason"]) for o in document["obligations"]] == [
        ("settled", "refused"),
        ("settled", "unreachable"),
    ]
    rates = document["rates"]
    assert (rates["due"], rates["connected"], rates["completed"], rates["settled"]) == (2, 1, 0, 2)


def test_rates_by_kind_caller_and_team_add_up_and_cost_points_each(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    solved = {"kind": "complaint", "resolved_at": "2026-11-02T15:00:00+08:00", "caller": "K1", "team": "甲"}
    done = {**solved, "caller": "K2", "attempts": [{"at": "2026-11-02T16:00:00+08:00"}]}
    rates = ask(capsys, tmp_path, [solved, done, {**DISCHARGE, "caller": "K1", "team": "乙"}])["rates"]
    by = rates["by"]
    assert set(by["kind"]) == {"complaint", "discharge"}
    for groups in by.values():
        assert sum(group["due"] for group in groups.values()) == rates["due"] == 3
        assert sum(group["completed"] for group in groups.values()) == rates["completed"] == 1
    assert [by["caller"][c]["shortfall_points"] for c in ("K1", "K2")] == [20, 0]
    assert (by["kind"]["complaint"]["shortfall_points"], by["kind"]["complaint"]["to_save_a_point"]) == (
        10,
        1,
    )


def test_groups_that_nobody_named_are_left_out(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    by = ask(capsys, tmp_path, DISCHARGE)["rates"]["by"]
    assert (set(by["kind"]), by["caller"], by["team"]) == ({"discharge"}, {}, {})


def test_a_caller_below_the_level_is_remarked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    attempt = {"at": "2026-11-02T16:00:00+08:00", "caller": "K1", "caller_role": "agent"}
    case = {"kind": "complaint", "resolved_at": "2026-11-02T15:00:00+08:00", "attempts": [attempt]}
    document = ask(capsys, tmp_path, case, "--rulebook", "property_complaint_flow")
    assert document["obligations"][0]["flags"] == ["caller_below_role"]


def test_every_interval_while_unsolved(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    case = {
        "kind": "unresolved",
        "arisen_at": "2026-11-02T15:00:00+08:00",
        "until": "2026-11-09T09:00:00+08:00",
        "attempts": [{"at": "2026-11-05T10:00:00+08:00"}],
    }
    document = ask(capsys, tmp_path, case)
    assert [o["state"] for o in document["obligations"]] == ["missed", "completed", "missed"]
    assert (document["rates"]["due"], document["rates"]["completed"]) == (3, 1)
    still_open = ask(capsys, tmp_path, {**case, "until": None})
    assert len(still_open["obligations"]) > 3
    assert len(ask(capsys, tmp_path, {k: v for k, v in case.items() if k != "until"})["obligations"]) == 1


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "回访率（完成 / 应回访）"), ("en", "Callback rate (completed / due)")]
)
def test_without_json_there_is_a_table_and_the_reasoning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, said: str
) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(DISCHARGE), encoding="utf-8")
    rules = ["--rulebook", "hospital_callback", "--now", NOW, "--lang", lang]
    assert main(["callbacks", str(path), *rules]) == 0
    shown = capsys.readouterr().out
    assert f"{said}: 0 / 1  0.00 %" in shown
    assert "[E5.9]" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({}, 'lacks "kind"'),
        ({"kind": "haunting", "at": NOW}, "kind: must be one of"),
        ({"kind": "discharge"}, 'lacks "arisen_at"'),
        ({"kind": "discharge", "arisen_at": "2026-11-02"}, "arisen_at"),
        ({**DISCHARGE, "attempts": {}}, "attempts: must be a list"),
        ({**DISCHARGE, "attempts": [{"outcome": "busy"}]}, 'attempts[0]: lacks "at"'),
        ({**DISCHARGE, "attempts": [{"at": NOW, "outcome": "ghost"}]}, "attempts[0].outcome"),
        ({**DISCHARGE, "attempts": [{"at": NOW, "complete": "yes"}]}, "attempts[0].complete: must be true"),
        ({**DISCHARGE, "attempts": [{"at": NOW, "caller": "a\ud800"}]}, "attempts[0].caller"),
        ({**DISCHARGE, "attempts": [{"at": NOW, "caller_role": "king"}]}, "attempts[0].caller_role"),
        ({**DISCHARGE, "decisions": {}}, "decisions: must be a list"),
        ({**DISCHARGE, "decisions": [{"at": NOW}]}, 'decisions[0]: lacks "action"'),
        ({**DISCHARGE, "decisions": [{"at": NOW, "action": "wait"}]}, "decisions[0].action: must be one of"),
        (
            {**DISCHARGE, "decisions": [{"at": NOW, "action": "give_up", "reason": "x"}]},
            "decisions[0].reason: must be one of",
        ),
        ({**DISCHARGE, "until": NOW}, '"until" is for kind unresolved'),
        (
            {"kind": "unresolved", "arisen_at": NOW, "until": "2026-11-01T00:00:00+08:00"},
            "until: lies before",
        ),
        ({**DISCHARGE, "team": ""}, "team: must be a text"),
        ([DISCHARGE, 7], "[1]: must be an object"),
        ({"cases": [{"kind": "discharge"}]}, "cases[0]"),
    ],
)
def test_refuses_in_one_line_with_file_and_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: object, said: str
) -> None:
    assert said in refusal(capsys, tmp_path, content).splitlines()[-1]
