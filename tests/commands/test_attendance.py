"""`manage.py attendance`: the answers of the contract, and refusals that name what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main


def iso(moment: str) -> str:
    return f"2026-11-18T{moment}+08:00"


DAY: dict[str, Any] = {
    "agent": "王芳",
    "shift": {"start": iso("09:00"), "end": iso("18:00"), "breaks": [{"start": "12:00", "end": "13:00"}]},
    "punches": [{"at": iso("09:20:00"), "kind": "in"}, {"at": iso("18:00:00"), "kind": "out"}],
}


def ask(capsys: pytest.CaptureFixture[str], folder: Path, content: object, *options: str) -> dict[str, Any]:
    path = folder / "day.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    now = ["--now", "2026-11-19T12:00:00+08:00"]
    assert main(["attendance", str(path), "--rulebook", "ecommerce_shop", *now, "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], folder: Path, content: object) -> str:
    path = folder / "day.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["attendance", str(path), "--rulebook", "ecommerce_shop"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(path) in captured.err
    return captured.err.splitlines()[-1]


def test_answers_in_the_shape_of_the_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    document = ask(capsys, tmp_path, DAY)
    assert document["class"] == "severe"
    assert (document["late_minutes"], document["early_minutes"], document["worked_minutes"]) == (20, 0, 460)
    assert "A1.28" in document["clauses"]
    assert document["steps"][-2] == {"text": f"结论：{document['class_label']}", "clause": None}
    assert document["class_label"] == "缺勤"
    in_english = ask(capsys, tmp_path, DAY, "--lang", "en")
    assert in_english["class_label"] == "absence from duty"
    assert document["steps"][-1]["text"] == "E3.10 为通用默认：“电商客服”对此没有规定"


@pytest.mark.parametrize(
    "breaks",
    [
        [{"start": "12:00", "end": "13:00"}],
        [{"from": "12:00", "to": "13:00"}],
        [["12:00", "13:00"]],
        [[iso("12:00"), iso("13:00")]],
        [{"start": iso("12:00"), "end": "13:00"}],
    ],
)
def test_breaks_are_instants_or_times_of_day(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, breaks: object
) -> None:
    document = ask(capsys, tmp_path, {**DAY, "shift": {**DAY["shift"], "breaks": breaks}})
    assert document["worked_minutes"] == 460


def test_a_break_of_a_night_shift_falls_after_midnight(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    night = {
        "shift": {
            "start": iso("22:00"),
            "end": "2026-11-19T06:00+08:00",
            "breaks": [["02:00", "03:00"], ["23:30", "24:00"]],
        },
        "punches": [
            {"at": iso("22:00"), "kind": "in"},
            {"at": "2026-11-19T06:00:00+08:00", "kind": "out"},
        ],
    }
    document = ask(capsys, tmp_path, night)
    assert (document["class"], document["worked_minutes"]) == ("present", 390)


def test_leave_counts_as_approved_and_time_off_the_post_as_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    on_leave = {**DAY, "leave": [{"from": iso("09:00"), "to": iso("09:30")}]}
    assert ask(capsys, tmp_path, on_leave)["class"] == "present"
    refused = {**DAY, "leave": [{"from": iso("09:00"), "to": iso("09:30"), "approved": False}]}
    assert ask(capsys, tmp_path, refused)["class"] == "severe"
    punctual = {**DAY, "punches": [{"at": iso("09:00"), "kind": "in"}, {"at": iso("18:00"), "kind": "out"}]}
    away = {"from": iso("10:00"), "to": iso("10:20")}
    assert ask(capsys, tmp_path, {**punctual, "off_post": [away]})["class"] == "severe"
    assert ask(capsys, tmp_path, {**punctual, "off_post": [{**away, "approved": True}]})["class"] == "present"


@pytest.mark.parametrize(
    ("state", "class_"),
    [
        ({}, "present"),
        ({"approved": True}, "present"),
        ({"status": "approved"}, "present"),
        ({"approved": None}, "late"),
        ({"status": "requested"}, "late"),
        ({"status": "requested", "approved": None, "filed_at": iso("08:59:59")}, "late"),
        ({"status": "requested", "filed_at": iso("09:00:00")}, "severe"),
        ({"status": "requested", "filed_at": iso("12:00"), "told_at": iso("08:30")}, "late"),
        ({"approved": False}, "severe"),
        ({"status": "refused"}, "severe"),
    ],
)
def test_leave_may_wait_for_its_decision(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, state: dict[str, Any], class_: str
) -> None:
    told = {**DAY, "leave": [{"from": iso("09:00"), "to": iso("09:30"), **state}]}
    assert ask(capsys, tmp_path, told)["class"] == class_


@pytest.mark.parametrize(
    ("state", "class_"), [({}, "on_leave"), ({"approved": None}, "pending"), ({"approved": False}, "absent")]
)
def test_leave_may_be_told_in_whole_days(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, state: dict[str, Any], class_: str
) -> None:
    day = {"from": "2026-11-18", "to": "2026-11-18", **state}
    found = ask(capsys, tmp_path, {**DAY, "punches": [], "leave": [day]})
    assert (found["class"], found["remarks"]) == (class_, ["leave_undecided"] if class_ == "pending" else [])


def test_a_shift_may_last_a_day(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    whole = {"start": iso("09:00"), "end": "2026-11-19T09:00:00+08:00"}
    assert ask(capsys, tmp_path, {**DAY, "shift": whole})["class"] == "severe"


def test_who_is_off_the_post_and_not_back_has_no_end(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    running = {**DAY, "punches": [{"at": iso("09:00"), "kind": "in"}], "off_post": [{"from": iso("10:00")}]}
    assert ask(capsys, tmp_path, running, "--now", iso("10:05"))["class"] == "pending"
    assert ask(capsys, tmp_path, running, "--now", iso("10:20"))["class"] == "severe"


@pytest.mark.parametrize(("lang", "said"), [("zh", "迟到 20 分钟"), ("en", "late by 20 min")])
def test_without_json_there_is_a_table_and_the_reasoning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, said: str
) -> None:
    path = tmp_path / "day.json"
    path.write_text(json.dumps(DAY), encoding="utf-8")
    assert main(["attendance", str(path), "--rulebook", "ecommerce_shop", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert "王芳" in shown
    assert said in shown
    assert "[A1.28]" in shown


def changed(**members: object) -> dict[str, Any]:
    return {**DAY, **members}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "must be an object"),
        ({"punches": []}, 'lacks "shift"'),
        ({"shift": DAY["shift"]}, 'lacks "punches"'),
        (changed(shift={"start": iso("09:00")}), 'shift: lacks "end"'),
        (changed(shift={"start": iso("09:00"), "end": iso("09:00")}), "shift: ends when it starts"),
        (changed(shift={"start": iso("09:00"), "end": iso("08:00")}), "shift.end: lies before"),
        (changed(shift={**DAY["shift"], "breaks": [["12:00"]]}), "shift.breaks[0]: must be a pair"),
        (
            changed(shift={**DAY["shift"], "breaks": [["20:00", "21:00"]]}),
            "breaks[0]: lies outside the shift",
        ),
        (changed(shift={**DAY["shift"], "breaks": [["noon", "13:00"]]}), "shift.breaks[0][0]"),
        (
            changed(shift={**DAY["shift"], "breaks": [[iso("13:00"), iso("12:00")]]}),
            "breaks[0][1]: lies before",
        ),
        (
            changed(punches=[{"at": iso("09:00"), "kind": "sideways"}]),
            "punches[0].kind: must be one of in, out",
        ),
        (changed(punches=[{"at": "09:00", "kind": "in"}]), "punches[0].at"),
        (changed(punches=[{"at": 900, "kind": "in"}]), "punches[0].at: must be an instant"),
        (changed(leave=[{"from": iso("12:00"), "to": iso("11:00")}]), "leave[0].to: lies before"),
        (changed(leave=[{"from": iso("12:00"), "to": iso("13:00"), "type": "fishing"}]), "leave[0].type"),
        (changed(off_post=[{"from": iso("12:00"), "to": iso("11:00")}]), "off_post[0].to: lies before"),
        (
            changed(off_post=[{"from": iso("12:00"), "approved": 1}]),
            "off_post[0].approved: must be true or false",
        ),
        (
            changed(shift={**DAY["shift"], "breaks": [["13:00", "12:00"]]}),
            "breaks[0][1]: lies before its beginning",
        ),
        (
            changed(shift={"start": iso("09:00"), "end": "2026-11-19T09:00:01+08:00"}),
            "shift.end: lies more than 24 hours after",
        ),
        (changed(leave=[{"from": "2026-11-18", "to": "2026-11-17"}]), "leave[0].to: lies before"),
        (
            changed(leave=[{"from": "2026-11-31", "to": "2026-12-01"}]),
            "leave[0].from: must be an instant or a date",
        ),
        (
            changed(leave=[{"from": iso("12:00"), "to": iso("13:00"), "approved": "yes"}]),
            "leave[0].approved: must be",
        ),
        (
            changed(leave=[{"from": iso("12:00"), "to": iso("13:00"), "status": "asked"}]),
            "leave[0].status: must be",
        ),
        (
            changed(
                leave=[{"from": iso("12:00"), "to": iso("13:00"), "status": "refused", "approved": None}]
            ),
            "leave[0].status: does not agree with approved",
        ),
        (changed(agent=""), "agent: must be a text"),
        (changed(agent="a\nb"), "agent: must be a text"),
    ],
)
def test_refuses_in_one_line_with_file_and_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: object, said: str
) -> None:
    assert said in refusal(capsys, tmp_path, content)


PUNCTUAL = {**DAY, "punches": [{"at": iso("08:50"), "kind": "in"}, {"at": iso("18:40"), "kind": "out"}]}


class TestWhatLiesAroundTheShift:
    """Every field of `context` is optional, and nothing of it changes the classes of the contract."""

    def test_is_answered_beside_the_verdict(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        found = ask(capsys, tmp_path, PUNCTUAL)
        assert found["class"] == "present"
        assert (found["extra_minutes"], found["remarks"]) == (40, ["unapproved_extra"])
        late = {**DAY, "context": {"month_count_before": 2}}
        found = ask(capsys, tmp_path, late)
        assert (found["month_count"], found["class_label"]) == (3, "缺勤")

    def test_approved_overtime_the_relief_and_the_roster(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        around = {
            "overtime": [{"from": iso("18:00"), "to": iso("19:00")}],
            "changes": [
                {
                    "at": iso("20:00"),
                    "before": {"start": iso("10:00"), "end": iso("19:00")},
                    "after": {"start": iso("09:00"), "end": iso("18:00")},
                    "source": "swap",
                }
            ],
            "corrected": [{"kind": "in", "at": iso("08:50"), "before": iso("09:10")}],
            "rest_day": True,
            "previous_end": iso("03:00"),
            "relief": False,
        }
        found = ask(capsys, tmp_path, {**PUNCTUAL, "context": around})
        assert (found["extra_minutes"], found["approved_extra_minutes"]) == (40, 40)
        assert found["remarks"] == ["shift_changed", "rest_day_worked", "clock_corrected", "left_unrelieved"]

    @pytest.mark.parametrize("is_rostered", [True, False])
    def test_a_swap_that_failed_is_absence_for_both(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, is_rostered: bool
    ) -> None:
        failed = {
            "requester": "王芳",
            "partner": "李强",
            "by": "周主管",
            "at": iso("20:00"),
            "note": "各一半",
        }
        around = {"failed_swap": {**failed, "rostered": is_rostered}}
        found = ask(capsys, tmp_path, {**PUNCTUAL, "context": around})
        assert (found["class"], found["class_label"], found["worked_minutes"]) == ("absent", "旷工", 0)
        assert found["remarks"] == ["swap_failed"] and "A1.32" in found["clauses"]

    def test_kinds_of_absence_have_their_own_limits_by_post(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        call = {"from": iso("10:00"), "to": iso("10:04"), "kind": "private_call"}
        at_desk = {**PUNCTUAL, "shift": {**DAY["shift"], "post": "前台"}, "off_post": [call]}
        tower = ("--rulebook", "office_tower_handbook")
        assert set(ask(capsys, tmp_path, at_desk, *tower)["remarks"]) == {
            "call_over",
            "not_relieved",
            "unapproved_extra",
        }
        at_desk["off_post"] = [{**call, "to": iso("10:03"), "replacement": "K2"}]
        assert ask(capsys, tmp_path, at_desk, *tower)["remarks"] == ["unapproved_extra"]

    def test_the_table_shows_the_remarks(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        path = tmp_path / "day.json"
        path.write_text(json.dumps(PUNCTUAL), encoding="utf-8")
        assert main(["attendance", str(path), "--rulebook", "ecommerce_shop"]) == 0
        assert "! 未批准的延时" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("around", "said"),
        [
            ([], "context: must be an object"),
            ({"month_count_before": -1}, "context.month_count_before: must be a whole number"),
            ({"month_count_before": True}, "context.month_count_before: must be a whole number"),
            ({"relief": True}, "context.relief: must be the instant"),
            ({"overtime": [{"from": iso("19:00"), "to": iso("18:00")}]}, "overtime[0].to: lies before"),
            ({"changes": [{}]}, 'changes[0]: lacks "at"'),
            ({"changes": [{"at": iso("20:00"), "source": "rumour"}]}, "changes[0].source: must be one of"),
            ({"corrected": [{"at": iso("20:00"), "kind": "up"}]}, "corrected[0].kind: must be one of"),
            ({"rest_day": 1}, "context.rest_day: must be true or false"),
            ({"failed_swap": {"requester": "王芳"}}, 'context.failed_swap: lacks "partner"'),
            ({"failed_swap": True}, "context.failed_swap: must be an object"),
        ],
    )
    def test_is_refused_by_field(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path, around: object, said: str
    ) -> None:
        assert said in refusal(capsys, tmp_path, {**DAY, "context": around})
