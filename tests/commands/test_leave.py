"""`manage.py leave`: the answers of the contract under every preset with such rules, and refusals that name what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main
from regulations.rulebook import preset_ids


def iso(moment: str) -> str:
    return f"{moment.replace(' ', 'T')}+08:00"


SHIFT: dict[str, Any] = {"start": iso("2026-11-20 09:00"), "end": iso("2026-11-20 18:00")}
FRIDAY: dict[str, Any] = {
    "agent": "王芳",
    "type": "personal",
    "from": iso("2026-11-20 09:00"),
    "to": iso("2026-11-20 18:00"),
    "filed_at": iso("2026-11-18 10:00"),
    "filed_by": "王芳",
    "certificate": None,
    "emergency": False,
    "shift": SHIFT,
    "holiday": False,
}
Answer = dict[str, Any]


def ask(
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    content: object,
    *options: str,
    preset: str = "ecommerce_shop",
) -> Answer:
    path = folder / "leave.json"
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    now = [] if "--now" in options else ["--now", iso("2026-11-20 08:00")]
    assert main(["leave", str(path), "--rulebook", preset, *now, "--json", *options]) == 0
    document: Answer = json.loads(capsys.readouterr().out)
    return document


def codes(answer: Answer) -> list[tuple[str, str | None]]:
    return [(violation["code"], violation["clause"]) for violation in answer["violations"]]


def test_answers_in_the_shape_of_the_contract(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    answer = ask(capsys, tmp_path, FRIDAY)
    assert (answer["accepted"], answer["approver"], answer["violations"]) == (True, "supervisor", [])
    assert all(set(step) == {"text", "clause"} for step in answer["steps"])
    late = ask(capsys, tmp_path, {**FRIDAY, "filed_at": iso("2026-11-20 07:00")})
    assert (late["accepted"], late["approver"], late["needs_exception"]) == (False, "manager", True)
    (violation,) = late["violations"]
    assert set(violation) == {"code", "clause", "message"}
    assert violation["clause"] == "A1.24" and "旷工" in violation["message"]


@pytest.mark.parametrize("preset", preset_ids())
def test_every_preset_answers(capsys: pytest.CaptureFixture[str], tmp_path: Path, preset: str) -> None:
    answer = ask(capsys, tmp_path, FRIDAY, preset=preset)
    assert answer["accepted"] and answer["approver"]
    assert answer["approver_title"]


def test_absence_from_a_meeting_names_the_right_body(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer = ask(capsys, tmp_path, {**FRIDAY, "type": "meeting"}, preset="property_service_centre")
    assert (answer["approver_title"], answer["days"], answer["exceptions"]) == ("市场拓展部", 0, [])
    late = {**FRIDAY, "type": "meeting", "filed_at": iso("2026-11-20 07:00")}
    english = ask(capsys, tmp_path, late, "--lang", "en", preset="property_service_centre")
    assert english["approver_title"] == "Market development department" and english["exceptions"] == ["A4.42"]


@pytest.mark.parametrize("preset", preset_ids())
def test_every_preset_answers_about_a_meeting(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, preset: str
) -> None:
    answer = ask(capsys, tmp_path, {**FRIDAY, "type": "meeting"}, preset=preset)
    assert answer["accepted"] and answer["approver_title"]


SET_RULES = [
    # preset, what is different, what stands against it, who decides
    ("ecommerce_shop", {"type": "special", "filed_at": iso("2026-11-20 07:00:00")}, [], "supervisor"),
    ("ecommerce_shop", {"type": "special", "filed_at": iso("2026-11-20 07:00:01")}, [("late_notice", "A1.24")], "manager"),
    ("ecommerce_shop", {"to": iso("2026-11-22 18:00")}, [], "supervisor"),
    ("ecommerce_shop", {"to": iso("2026-11-23 18:00")}, [], "manager"),
    ("ecommerce_shop", {"filed_by": "陈思远"}, [("proxy_not_allowed", "A1.26")], "supervisor"),
    ("ecommerce_shop", {"type": "sick", "filed_by": "陈思远", "certificate": False}, [], "supervisor"),
    ("telecom_call_centre", {"type": "special", "filed_at": iso("2026-11-20 08:00:00")}, [], "supervisor"),
    ("telecom_call_centre", {"type": "special", "filed_at": iso("2026-11-20 08:00:01")}, [("late_notice", "A2.52")], "manager"),
    ("telecom_call_centre", {"to": iso("2026-11-21 18:00")}, [], "manager"),
    ("telecom_call_centre", {"type": "sick", "certificate": False}, [("certificate_missing", "A2.55")], "supervisor"),
    ("telecom_call_centre", {"type": "sick", "certificate": False, "emergency": True}, [], "supervisor"),
    ("telecom_call_centre", {"filed_by": "陈思远"}, [("proxy_not_allowed", "A2.54")], "supervisor"),
    ("telecom_call_centre", {"holiday": True, "filed_at": iso("2026-11-19 10:00")}, [("holiday_late", "A2.57")], "manager"),
    ("telecom_call_centre", {"holiday": True}, [], "manager"),
    ("telecom_shift_swap", {"holiday": True}, [("holiday_forbidden", "A3.9")], "supervisor"),
    ("telecom_shift_swap", {"swap_days": ["2026-11-20"]}, [("swap_day", "A3.6")], "supervisor"),
    ("property_service_centre", {"filed_at": iso("2026-11-20 07:00")}, [("late_notice", "A4.17")], "manager"),
    ("property_service_centre", {"type": "meeting", "filed_at": iso("2026-11-19 23:59:59")}, [], "executive"),
    ("property_service_centre", {"type": "会议请假", "filed_at": iso("2026-11-20 00:00:00")}, [("meeting_late", "A4.42")], "executive"),
    ("property_service_centre", {"type": "meeting", "asked_of": "manager"}, [("asked_elsewhere", "A4.42")], "executive"),
    ("property_cs_rules", {"type": "special", "filed_at": iso("2026-11-20 08:00:01")}, [("late_notice", "E3.15")], "manager"),
    ("property_cs_rules", {"type": "sick", "certificate": False}, [("certificate_missing", "E3.18")], "supervisor"),
    ("property_cs_rules", {"type": "official"}, [], "manager"),
    ("cs_rules_short", {}, [], "manager"),
    ("cs_rules_short", {"filed_at": iso("2026-11-20 07:00")}, [("late_notice", "E4.4")], "manager"),
]  # fmt: skip


@pytest.mark.parametrize(("preset", "change", "violations", "approver"), SET_RULES)
def test_each_set_says_what_its_clauses_say(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    preset: str,
    change: Answer,
    violations: list[Any],
    approver: str,
) -> None:
    answer = ask(capsys, tmp_path, {**FRIDAY, **change}, preset=preset)
    assert codes(answer) == violations
    assert (answer["accepted"], answer["approver"]) == (not violations, approver)


NIGHT = {"from": iso("2026-11-20 18:00"), "to": iso("2026-11-21 00:00")}


@pytest.mark.parametrize("shift", ["late", "night", {"start": "18:00", "end": "24:00"}, {"code": "late"}, [{"start": iso("2026-11-20 18:00"), "end": iso("2026-11-20 24:00")}]])  # fmt: skip
@pytest.mark.parametrize(("filed", "holds"), [("11:59:59", True), ("12:00:00", False)])
def test_a_night_shift_however_it_is_written_is_left_only_before_noon(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shift: object, filed: str, holds: bool
) -> None:
    answer = ask(
        capsys, tmp_path, {**FRIDAY, **NIGHT, "shift": shift, "filed_at": iso(f"2026-11-20 {filed}")}
    )
    assert codes(answer) == ([] if holds else [("night_late", "A1.27")])
    assert answer["approver"] == "manager"


def test_dates_alone_are_whole_days(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plain = {"type": "事假", "from": "2026-11-23", "to": "2026-11-25", "filed_at": iso("2026-11-20 10:00")}
    answer = ask(capsys, tmp_path, plain)
    assert (answer["days"], answer["approver"]) == (3, "supervisor")


def test_the_official_calendar_speaks_where_the_file_says_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    day = {"type": "personal", "from": "2026-10-01", "to": "2026-10-01", "filed_at": iso("2026-09-30 10:00")}
    assert codes(ask(capsys, tmp_path, day, preset="telecom_call_centre")) == [("holiday_late", "A2.57")]
    assert codes(ask(capsys, tmp_path, {**day, "holiday": False}, preset="telecom_call_centre")) == []
    named = {
        **day,
        "from": "2026-11-23",
        "to": "2026-11-23",
        "holiday": ["2026-11-23"],
        "filed_at": iso("2026-11-22 09:00"),
    }
    assert codes(ask(capsys, tmp_path, named, preset="telecom_call_centre")) == [("holiday_late", "A2.57")]


def test_certificates_slips_and_reporting_back(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    sick = {
        **FRIDAY,
        "type": "sick",
        "to": iso("2026-11-22 18:00"),
        "approved": True,
        "returned_at": iso("2026-11-23 08:50"),
    }
    whole = [{"from": "2026-11-20", "to": "2026-11-20"}, {"from": "2026-11-21", "to": "2026-11-22"}]
    later = ("--now", iso("2026-11-25 09:00"))
    preset = "telecom_call_centre"
    good = {**sick, "certificate": whole, "slip_received_on": "2026-11-23"}
    assert ask(capsys, tmp_path, good, *later, preset=preset)["accepted"]
    for single in (["2026-11-20", "2026-11-21", "2026-11-22"], True):
        assert ask(capsys, tmp_path, {**good, "certificate": single}, *later, preset=preset)["accepted"]
    gap = {**good, "certificate": {"from": "2026-11-20", "to": iso("2026-11-21 12:00")}}
    assert codes(ask(capsys, tmp_path, gap, *later, preset=preset)) == [("certificate_gap", "A2.55")]
    late = {**good, "slip_received_on": "2026-11-24"}
    assert codes(ask(capsys, tmp_path, late, *later, preset=preset)) == [("slip_late", "A2.55")]
    away = {**good, "returned_at": None}
    assert codes(ask(capsys, tmp_path, away, *later, preset=preset)) == [("not_reported_back", "A2.51")]
    owed = ask(capsys, tmp_path, sick, preset=preset)
    assert (owed["certificate_due_on"], owed["report_back_by"]) == ("2026-11-23", "2026-11-23")


def test_what_else_it_meets(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other = {"from": iso("2026-11-20 17:00"), "to": iso("2026-11-20 18:00"), "state": "requested"}
    assert codes(ask(capsys, tmp_path, {**FRIDAY, "others": [other]})) == [("overlap", None)]
    poor = {**FRIDAY, "type": "time_off", "balance": 0.5}
    assert codes(ask(capsys, tmp_path, poor, preset="property_cs_rules")) == [("no_balance", "E3.14")]
    skipped = {**FRIDAY, "asked_of": "manager"}
    assert codes(ask(capsys, tmp_path, skipped, preset="telecom_call_centre")) == [("level_skipped", "A2.53")]
    crossed = {**FRIDAY, "own_line": False}
    assert codes(ask(capsys, tmp_path, crossed, preset="property_cs_rules")) == [("crossed", "E3.16")]


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "不超过 3 天的由客服部主管审批"), ("en", "Up to 3 days: CS supervisor")]
)
def test_without_json_there_is_a_table_and_the_reasoning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, said: str
) -> None:
    path = tmp_path / "leave.json"
    path.write_text(json.dumps({**FRIDAY, "filed_at": iso("2026-11-20 12:00")}), encoding="utf-8")
    assert main(["leave", str(path), "--rulebook", "ecommerce_shop", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert "王芳" in shown and said in shown and "✗" in shown and "[A1.24]" in shown


def changed(**members: object) -> Answer:
    return {**FRIDAY, **members}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "must be an object"),
        ({"from": "2026-11-20", "to": "2026-11-20"}, 'lacks "type"'),
        ({"type": "sick", "to": "2026-11-20"}, 'lacks "from"'),
        (changed(type="fishing"), "type: must be one of personal"),
        (changed(type=["sick"]), "type: must be one of"),
        (changed(**{"from": "2026-11-20T09:00"}), "from"),
        (changed(**{"from": "2026-02-30"}), "from: must be a date"),
        (changed(to=5), "to: must be an instant"),
        (changed(to="2090-01-01"), "to: lies more than ten years"),
        (changed(filed_at="yesterday"), "filed_at"),
        (changed(filed_by=7), "filed_by: must be a text"),
        (changed(emergency="yes"), "emergency: must be true or false"),
        (changed(certificate={"from": "2026-11-20"}), 'certificate: lacks "to"'),
        (changed(certificate={"from": "2026-11-21", "to": "2026-11-20"}), "certificate.to: lies before"),
        (changed(certificate=5), "certificate: must be an object"),
        (changed(certificate="no"), "certificate: must be a date"),
        (changed(certificate="没有"), "certificate: must be a date"),
        (changed(holiday="no"), "holiday: must be true, false, dates, or a public holiday's name"),
        (changed(holiday="没有"), "holiday: must be true, false, dates"),
        (changed(holiday={"from": "2026-11-20"}), 'holiday: lacks "to"'),
        (changed(agent=None), 'filed_by: says who filed it, but "agent" is missing'),
        (changed(to=FRIDAY["from"]), "to: lies before its beginning, or is the same"),
        (changed(to=iso("2026-11-19 18:00")), "to: lies before its beginning"),
        (changed(swap_days=[{"from": iso("2026-11-20 09:00")}]), 'swap_days[0]: lacks "to"'),
        (changed(colour="red", to=5), "to: must be an instant"),
        (changed(certificate=["soon"]), "certificate[0]: must be a date"),
        (changed(shift="dawn"), "shift: must be start and end, or one of early, late, night, day"),
        (changed(shift=3), "shift: must be an object"),
        (changed(shift={"start": iso("2026-11-20 09:00")}), 'shift: lacks "end"'),
        (changed(shift={"code": ["night"]}), "shift.code: must be a text"),
        (changed(shift={**SHIFT, "end": iso("2026-11-20 09:00")}), "shift.end: lies before"),
        (changed(shift={**SHIFT, "breaks": [["12:00"]]}), "shift.breaks[0]: must be a pair"),
        (changed(shift={**SHIFT, "breaks": [["20:00", "21:00"]]}), "shift.breaks[0]: lies outside"),
        (changed(holiday=1), "holiday: must be true or false"),
        (changed(holiday=["soon"]), "holiday[0]: must be a date"),
        (changed(others=[{"from": "2026-11-20"}]), 'others[0]: lacks "to"'),
        (changed(balance="much"), "balance: must be a number"),
        (changed(asked_of="god"), "asked_of: must be one of"),
    ],
)  # fmt: skip
def test_refuses_in_one_line_with_file_and_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: object, said: str
) -> None:
    path = tmp_path / "leave.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["leave", str(path), "--rulebook", "ecommerce_shop"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert said in line and str(path) in line


@pytest.mark.parametrize(
    "certificate", ["2026-11-20", {"from": "2026-11-20", "to": "2026-11-20"}, ["2026-11-20"]]
)
def test_a_certificate_is_its_dates(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, certificate: object
) -> None:
    sick = changed(type="sick", certificate=certificate)
    assert ask(capsys, tmp_path, sick, preset="telecom_call_centre")["accepted"]


@pytest.mark.parametrize(
    ("holiday", "is_one"),
    [
        (True, True),
        (False, False),
        ("2026-11-20", True),
        ("2026-11-21", False),
        (["2026-11-20"], True),
        ({"from": "2026-11-19", "to": "2026-11-21"}, True),
        ([{"from": "2026-11-21", "to": "2026-11-22"}], False),
        ("国庆节", True),
        ("National Day", True),
    ],
)
def test_a_holiday_is_said_in_dates_or_by_its_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, holiday: object, is_one: bool
) -> None:
    answer = ask(capsys, tmp_path, changed(holiday=holiday), preset="telecom_call_centre")
    assert answer["needs_exception"] is is_one


def test_swapped_shifts_are_told_by_their_hours(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    late = {"from": iso("2026-11-20 18:00"), "to": iso("2026-11-20 22:00")}
    day = {"from": iso("2026-11-20 09:00"), "to": iso("2026-11-20 18:00")}
    preset = "telecom_shift_swap"
    assert codes(ask(capsys, tmp_path, changed(swap_days=[late]), preset=preset)) == []
    assert codes(ask(capsys, tmp_path, changed(swap_days=[day]), preset=preset)) == [("swap_day", "A3.6")]


def test_falling_ill_at_ten_to_two_is_no_exception(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ill = changed(type="sick", **{"from": iso("2026-11-20 13:50"), "filed_at": iso("2026-11-20 13:45")})
    answer = ask(capsys, tmp_path, ill, preset="telecom_call_centre")
    assert answer["accepted"] and not answer["needs_exception"]
    assert any("不满一天" in step["text"] for step in answer["steps"])


def test_ten_minutes_of_time_off_cost_ten_minutes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    short = changed(type="time_off", to=iso("2026-11-20 09:10"), balance=0.0208)
    answer = ask(capsys, tmp_path, short, preset="property_cs_rules")
    assert answer["accepted"]
    assert any(
        "10 分钟，按 8 小时（480 分钟）折 1 天，扣 0.0208 天" in step["text"] for step in answer["steps"]
    )
    assert not ask(capsys, tmp_path, {**short, "balance": 0.02}, preset="property_cs_rules")["accepted"]


def test_what_stands_against_whom_was_asked_is_a_step_and_what_is_lent_stays_last(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    answer = ask(capsys, tmp_path, changed(asked_of="manager"), preset="property_cs_rules")
    texts = [step["text"] for step in answer["steps"]]
    assert answer["violations"][0]["message"] in texts
    assert [n for n, text in enumerate(texts) if "为通用默认" in text] == [len(texts) - 1]
    assert "A1.23" in texts[-1] and "E3.16" not in texts[-1]
