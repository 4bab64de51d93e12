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


# The cases that the issue names


def site(tmp_path: Path, *lines: str) -> str:
    """A rulebook file: the goods company with a site's own values."""
    path = tmp_path / "site.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"goods_sales,{path}"


def said(clock: dict[str, Any]) -> list[str]:
    return [step["text"] for step in clock["steps"]]


def test_the_national_day_case_names_each_skipped_day(capsys: pytest.CaptureFixture[str]) -> None:
    final = named(ask(capsys, "--received", RECEIVED), "final_feedback")
    assert final["due_at"] == "2026-10-15T23:59:59+08:00"
    assert [text for text in said(final) if text.endswith("不计")] == [
        "2026-10-01（周四） 国庆节，不计",
        "2026-10-02（周五） 国庆节，不计",
        "2026-10-03（周六） 国庆节，不计",
        "2026-10-04（周日） 国庆节，不计",
        "2026-10-05（周一） 国庆节，不计",
        "2026-10-06（周二） 国庆节，不计",
        "2026-10-07（周三） 国庆节，不计",
        "2026-10-11（周日） 周末，不计",
    ]
    assert not final["is_provisional"]


@pytest.mark.parametrize(
    ("received", "first", "final"),
    [
        ("2026-10-10T09:00:00+08:00", "2026-10-12", "2026-10-20"),  # on a make-up Saturday
        ("2026-11-02T23:59:59+08:00", "2026-11-04", "2026-11-11"),
        ("2026-11-03T00:00:00+08:00", "2026-11-05", "2026-11-12"),
        ("2026-11-02T15:59:59Z", "2026-11-04", "2026-11-11"),  # the same second, told in another zone
    ],
)
def test_the_day_of_receipt_is_the_local_one_and_does_not_count(
    capsys: pytest.CaptureFixture[str], received: str, first: str, final: str
) -> None:
    document = ask(capsys, "--received", received)
    assert named(document, "first_feedback")["due_at"] == f"{first}T23:59:59+08:00"
    assert named(document, "final_feedback")["due_at"] == f"{final}T23:59:59+08:00"


def test_a_pause_over_the_spring_festival_holds_back_only_the_working_days_in_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pausing = site(
        tmp_path,
        "[complaint.pause_clock_when_waiting_customer]",
        'value = true\nsource = []\nstatus = "product_choice"',
    )
    waits = tmp_path / "events.json"
    waits.write_text(
        json.dumps(
            [
                {"kind": "waiting_customer", "at": "2026-02-13T18:00:00+08:00"},
                {"kind": "resumed", "at": "2026-02-25T09:00:00+08:00"},
            ]
        ),
        encoding="utf-8",
    )
    asked = ("--received", "2026-02-11T10:00:00+08:00", "--events", str(waits))
    paused = named(ask(capsys, *asked, "--rulebook", pausing), "final_feedback")
    assert paused["due_at"] == "2026-03-02T23:59:59+08:00"
    assert "2026-02-14（周六） 全天等待客户，不计" in said(paused)  # a worked Saturday
    assert "2026-02-28（周六） 调休上班，计为第 6 个工作日" in said(paused)
    plain = named(ask(capsys, *asked), "final_feedback")
    assert plain["due_at"] == "2026-02-27T23:59:59+08:00"
    assert any("不允许暂停计时" in text for text in said(plain))


def test_a_four_hour_forward_across_lunch_counts_service_hours_only(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    serving = site(
        tmp_path,
        '[complaint.hours_clock]\nvalue = "service_hours"\nsource = []\nstatus = "product_choice"',
        '[calendar.service_hours]\nvalue = [{start = "09:00", end = "12:00"}, {start = "13:30", end = "18:00"}]',
        'source = []\nstatus = "product_choice"',
    )
    document = ask(capsys, "--received", "2026-11-03T10:00:00+08:00", "--rulebook", serving)
    forward = named(document, "forward")
    assert forward["due_at"] == "2026-11-03T15:30:00+08:00"
    assert [text for text in said(forward) if "服务时间" in text] == [
        "2026-11-03 10:00 至 2026-11-03 12:00 在服务时间内，计 2 小时",
        "2026-11-03 13:30 至 2026-11-03 15:30 在服务时间内，计 2 小时",
    ]
    on_the_wall = named(ask(capsys, "--received", "2026-11-03T10:00:00+08:00"), "forward")
    assert on_the_wall["due_at"] == "2026-11-03T14:00:00+08:00"


def test_a_year_without_a_published_calendar_is_provisional_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = ask(capsys, "--received", "2027-09-30T17:20:00+08:00", "--now", "2027-10-01T09:00:00+08:00")
    final = named(document, "final_feedback")
    assert final["is_provisional"]
    assert any("2027 年的放假调休安排尚未全部公布" in text for text in said(final))
    assert not named(document, "forward")["is_provisional"]


def test_departments_have_their_own_clocks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    signing = site(
        tmp_path,
        '[complaint.sign_off_within]\nvalue = 1\nunit = "working_day"\nsource = []\nstatus = "product_choice"',
    )
    path = tmp_path / "events.json"
    path.write_text(
        json.dumps(
            [
                {"kind": "forwarded", "at": "2026-11-02T11:00:00+08:00", "department": "储运部"},
                {"kind": "forwarded", "at": "2026-11-02T11:30:00+08:00", "department": "质量部"},
                {"kind": "acknowledged", "at": "2026-11-02T15:00:00+08:00", "department": "质量部"},
                {
                    "kind": "returned",
                    "at": "2026-11-05T15:00:00+08:00",
                    "department": "质量部",
                    "value": "own_fault",
                    "due_on": "2026-11-12",
                },
            ]
        ),
        encoding="utf-8",
    )
    asked = ("--received", "2026-11-02T10:00:00+08:00", "--now", "2026-11-06T09:00:00+08:00")
    document = ask(capsys, *asked, "--events", str(path), "--rulebook", signing)
    found = [
        (c["clock"], c["ordinal"], c["department"], c["state"], c["due_at"])
        for c in document["clocks"]
        if c["department"]
    ]
    assert found == [
        ("sign_off", 1, "储运部", "breached", "2026-11-03T23:59:59+08:00"),
        ("sign_off", 2, "质量部", "met", "2026-11-03T23:59:59+08:00"),
        ("rectification", 1, "质量部", "on_track", "2026-11-12T23:59:59+08:00"),
    ]
    assert named(document, "rectification")["limit"] is None
    assert main(["clocks", *asked, "--events", str(path), "--rulebook", signing]) == 0
    assert "整改 质量部" in capsys.readouterr().out


def test_the_category_at_receipt_chooses_the_limit(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    by_category = site(
        tmp_path,
        '[[complaint.first_feedback_within]]\nkinds = ["refund"]\nvalue = 1\nunit = "calendar_day"',
        'source = ["S.1"]\nstatus = "stated"',
    )
    asked = ("--received", "2026-11-02T10:00:00+08:00", "--rulebook", by_category)
    days = {
        category: named(ask(capsys, *asked, "--category", category), "first_feedback")["due_at"][:10]
        for category in ("refund", "delivery")
    }
    assert days == {"refund": "2026-11-03", "delivery": "2026-11-04"}


def test_a_category_nobody_named_is_said_and_has_the_general_limits(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["clocks", "--received", RECEIVED, "--category", "refnud", "--json"]) == 0
    captured = capsys.readouterr()
    assert '"refnud" is a category nobody named' in captured.err
    json.loads(captured.out)


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
        (("--received", RECEIVED, "--category", "x" * 81), "--category"),
        (("--received", RECEIVED, "--category", "re\nfund"), "--category"),
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
        (
            '[{"kind": "note", "at": "2026-09-30T18:00:00+08:00"}, {"kind": "returned", "at": "2026-09-30T18:00:00+08:00",'
            ' "due_on": "20 October"}]',
            "[1].due_on: must be a date such as 2026-10-15",
        ),
        (
            '[{"kind": "returned", "at": "2026-09-30T18:00:00+08:00", "due_on": 20261020}]',
            "[0].due_on: must be a date",
        ),
        (
            '[{"kind": "returned", "at": "2026-09-30T18:00:00+08:00", "due_on": "0001-01-01"}]',
            "[0].due_on: ",
        ),
        (
            '[{"kind": "forwarded", "at": "2026-09-30T18:00:00+08:00", "department": 7}]',
            "[0].department: must be a text",
        ),
        ('[{"kind": "severity_changed", "at": "2026-09-30T18:00:00+08:00"}]', '[0]: lacks "value"'),
        (
            '[{"kind": "severity_changed", "at": "2026-09-30T18:00:00+08:00", "value": "dire"}]',
            "[0].value: must be one of ordinary, serious",
        ),
        (
            '[{"kind": "kind_changed", "at": "2026-09-30T18:00:00+08:00", "value": ""}]',
            "[0].value: must be a text",
        ),
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
