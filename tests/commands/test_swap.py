"""`swap F`: the answer of the contract under every preset, and hostile files refused in one line."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from manage import main
from regulations.rulebook import preset_ids


def iso(day: str, time: str) -> str:
    return f"{day}T{time}:00+08:00"


def shift(day: str, start: str = "09:00", end: str = "18:00") -> dict[str, str]:
    return {"start": iso(day, start), "end": iso(day, end)}


SWAP: dict[str, Any] = {
    "requester": {
        "agent": "K1001",
        "post": "hotline",
        "level": "senior",
        "shift": shift("2026-11-20"),
        "adjacent_shifts": [shift("2026-11-19"), shift("2026-11-26")],
        "swaps_this_month": 1,
        "lead_consent": True,
    },
    "partner": {
        "agent": "K1002",
        "post": "hotline",
        "level": "senior",
        "shift": shift("2026-11-27"),
        "adjacent_shifts": [shift("2026-11-19"), shift("2026-11-26")],
        "swaps_this_month": ["2026-11-03"],
        "lead_consent": True,
    },
    "swap_on": "2026-11-20",
    "payback_on": "2026-11-27",
    "holiday": False,
    "form_number": "HB-0012",
}


def changed(path: str = "", value: object = None) -> dict[str, Any]:
    """The swap with one field put in (a dotted path); None takes it out."""
    document = copy.deepcopy(SWAP)
    node: Any = document
    *way, last = path.split(".")
    for name in way:
        node = node[name]
    if value is None:
        node.pop(last, None)
    else:
        node[last] = value
    return document


def ask(
    capsys: pytest.CaptureFixture[str],
    folder: Path,
    content: object,
    *options: str,
    preset: str = "telecom_shift_swap",
) -> dict[str, Any]:
    path = folder / "swap.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    now = [] if "--now" in options else ["--now", "2026-11-16T10:00:00+08:00"]
    assert main(["swap", str(path), "--rulebook", preset, *now, "--json", *options]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def codes(document: dict[str, Any]) -> list[str]:
    return [violation["code"] for violation in document["violations"]]


@pytest.mark.parametrize("preset", ["base", *preset_ids()])
def test_a_swap_that_keeps_the_rules_is_accepted_under_every_preset(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, preset: str
) -> None:
    answer = ask(capsys, tmp_path, SWAP, preset=preset)
    assert (answer["accepted"], answer["violations"]) == (True, [])
    assert answer["approver"] and answer["approver_title"]
    assert answer["clauses"] and answer["steps"]


@pytest.mark.parametrize(
    ("filed_at", "judged_at", "is_accepted"),
    [
        (None, iso("2020-11-19", "09:00"), True),
        (iso("2020-11-20", "08:59"), iso("2020-11-20", "08:59"), True),
        (iso("2020-11-20", "09:00"), iso("2020-11-20", "09:00"), False),
    ],
)
def test_without_now_an_old_file_is_judged_as_of_its_own_time(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    filed_at: str | None,
    judged_at: str,
    is_accepted: bool,
) -> None:
    path = tmp_path / "swap.json"
    old = json.loads(json.dumps(changed("filed_at", filed_at)).replace('"2026-', '"2020-'))
    path.write_text(json.dumps(old), encoding="utf-8")
    assert main(["swap", str(path), "--rulebook", "telecom_shift_swap", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert datetime.fromisoformat(answer["now"]) == datetime.fromisoformat(judged_at)
    assert answer["accepted"] == is_accepted
    assert ("already_begun" in codes(answer)) != is_accepted
    assert not any("未判断" in step["text"] for step in answer["steps"])


@pytest.mark.parametrize(
    ("preset", "approver", "title", "clauses"),
    [
        ("ecommerce_shop", "supervisor", "客服部主管", {"A1.29", "A1.30", "A1.31", "A1.32"}),
        ("telecom_shift_swap", "team_lead", "班长", {"A3.2", "A3.3", "A3.4", "A3.5", "A3.6", "A3.7", "A3.9"}),
    ],
)
def test_answers_in_the_shape_of_the_contract(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    preset: str,
    approver: str,
    title: str,
    clauses: set[str],
) -> None:
    answer = ask(capsys, tmp_path, changed("partner.swaps_this_month", 2), preset=preset)
    assert (answer["accepted"], answer["approver"], answer["approver_title"]) == (False, approver, title)
    (violation,) = answer["violations"]
    assert violation["code"] == "over_monthly_cap"
    assert violation["clause"] in ("A1.31", "A3.3")
    assert violation["message"].startswith("K1002")
    assert clauses <= set(answer["clauses"])
    said = [step for step in answer["steps"] if not step["text"].endswith("对此没有规定")]
    assert said[-1] == {"text": "结论：有 1 处不符合换班规定，不能批准", "clause": None}
    assert (answer["needs_exception"], answer["exceptions"], violation["lent"]) == (False, [], False)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("requester.swaps_this_month", 1, []),  # this is the second
        ("requester.swaps_this_month", 2, ["over_monthly_cap"]),  # and this the third
        ("requester.swaps_this_month", ["2026-11-03", "2026-11-10"], ["over_monthly_cap"]),
        ("requester.swaps_this_month", ["2026-11-19"], ["consecutive"]),
        ("requester.other_swaps", [{"swap_on": "2026-10-30", "payback_on": "2026-11-21"}], []),
        ("requester.lead_consent", False, ["consent_missing"]),
        ("requester.lead_consent", None, ["consent_missing"]),
        ("partner.consent", False, ["consent_missing"]),
        ("partner.post", "desk", ["post_differs"]),
        ("partner.level", "junior", ["level_differs"]),
        ("partner.level", "", []),
        ("holiday", True, ["holiday"]),
        ("holiday", ["2026-11-27"], ["holiday"]),
        ("holiday", "国庆节", ["holiday"]),
        ("holiday", "National Day", ["holiday"]),
        ("partner.holiday", "中秋节", ["holiday"]),
        ("partner.holiday", True, ["holiday"]),
        ("form_number", "", ["not_registered"]),
        ("form_number", None, []),
        ("reason", "", ["no_reason"]),
        ("partner.adjacent_shifts", [{"start": iso("2026-11-20", "01:00"), "end": iso("2026-11-20", "01:30")}], ["back_to_back"]),
        ("partner.adjacent_shifts", [{"start": iso("2026-11-19", "20:00"), "end": iso("2026-11-20", "01:00")}], []),
        ("partner.adjacent_shifts", [{"start": iso("2026-11-20", "17:00"), "end": iso("2026-11-20", "20:00")}], ["double_booking"]),
        ("partner.leave", ["2026-11-20"], ["on_leave"]),
        ("partner.leave", [{"from": iso("2026-11-20", "18:00"), "to": iso("2026-11-20", "23:00")}], []),
        ("partner.leave", [{"from": iso("2026-11-20", "09:00"), "to": iso("2026-11-20", "10:00"), "approved": False}], ["leave_undecided"]),
        ("requester.leave", ["2026-11-20"], []),  # he gives this shift away
        ("requester.leave", ["2026-11-27"], ["on_leave"]),
        ("dates", ["2026-11-20", "2026-11-27"], []),  # said twice, and the same
        ("partner.leave", [{"from": iso("2026-11-21", "09:00"), "to": iso("2026-11-21", "18:00")}], []),
        ("filed_at", iso("2026-11-20", "09:00"), ["already_begun"]),
        ("filed_at", iso("2026-11-20", "08:59"), []),
        ("payback_on", None, []),
        ("briefing", "", []),
    ],
)  # fmt: skip
def test_each_rule_has_its_edge(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, path: str, value: object, expected: list[str]
) -> None:
    answer = ask(capsys, tmp_path, changed(path, value))
    assert (codes(answer), answer["accepted"]) == (expected, not expected)


def test_the_calendar_knows_the_holidays_where_nothing_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    document = changed("holiday")
    document["swap_on"], document["requester"]["shift"] = "2026-10-01", shift("2026-10-01")
    assert codes(ask(capsys, tmp_path, document)) == ["holiday"]
    assert codes(ask(capsys, tmp_path, {**document, "holiday": False})) == []


@pytest.mark.parametrize(
    "said",
    [
        {"leads_consent": True},
        {"leads_consent": [True, True]},
        {"consents": ["requester_lead", "partner_lead"]},
    ],
)
def test_the_leads_consent_may_be_said_for_both_at_once(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, said: dict[str, Any]
) -> None:
    document = changed("requester.lead_consent")
    del document["partner"]["lead_consent"]
    assert ask(capsys, tmp_path, document)["missing_consents"] == ["requester_lead", "partner_lead"]
    assert ask(capsys, tmp_path, {**document, **said})["accepted"]


@pytest.mark.parametrize(
    "dates", [["2026-11-20", "2026-11-27"], {"swap": "2026-11-20", "payback": "2026-11-27"}, ["2026-11-20"]]
)
def test_two_agents_and_their_dates_will_do(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, dates: object
) -> None:
    bare = {"post": "hotline", "level": "senior", "swaps_this_month": 0, "lead_consent": True}
    document = {"agents": [{**bare, "name": "王芳"}, {**bare, "name": "李强"}], "dates": dates}
    answer = ask(capsys, tmp_path, document)
    assert answer["accepted"]
    assert any("未核对连班" in step["text"] for step in answer["steps"])


@pytest.mark.parametrize(
    ("lang", "said"), [("zh", "! K1002 2026-11 月已换班 2 次"), ("en", "! K1002 has 2 in 2026-11")]
)
def test_without_json_there_is_a_table_what_is_against_it_and_the_reasoning(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, lang: str, said: str
) -> None:
    path = tmp_path / "swap.json"
    path.write_text(json.dumps(changed("partner.swaps_this_month", 2)), encoding="utf-8")
    assert main(["swap", str(path), "--rulebook", "ecommerce_shop", "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert "K1001" in shown.splitlines()[1]
    assert said in shown
    assert "[A1.31]" in shown


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "must be an object"),
        ({}, 'lacks "requester"'),
        ({"requester": {}}, 'lacks "partner"'),
        ({"requester": {}, "partner": {}}, 'lacks "swap_on"'),
        ({"requester": [], "partner": {}}, "requester: must be an object"),
        ({"agents": [{}]}, "agents: must be the two people"),
        ({"agents": {}}, "agents: must be a list"),
        (changed("swap_on", "20.11.2026"), "swap_on: must be a date"),
        (changed("swap_on", "2026-11-21"), "swap_on: is 2026-11-21, but the requester's shift is of 2026-11-20"),
        (changed("payback_on", "2026-11-28"), "payback_on: is 2026-11-28, but the partner's shift is of 2026-11-27"),
        (changed("dates", ["2026-11-20", "2026-11-28"]), "dates[1]: says 2026-11-28, but payback_on says 2026-11-27"),
        (changed("dates", {"swap": "2026-11-19"}), "dates.swap: says 2026-11-19, but swap_on says 2026-11-20"),
        (changed("holiday", "yes"), "holiday: must be true, false, or a public holiday's name"),
        (changed("partner.holiday", "星期五"), "partner.holiday: must be true, false, or a public holiday's name"),
        (changed("holiday", 1), "holiday: must be true or false"),
        (changed("swap_on", "0001-01-01"), "swap_on: must be a date"),
        (changed("swap_on", 20261120), "swap_on: must be a date"),
        (changed("payback_on", "2026-02-30"), "payback_on: must be a date"),
        ({**changed("swap_on"), "dates": ["a", "b", "c"]}, "dates: must be the swap day"),
        ({**changed("swap_on"), "dates": []}, "dates: must be the swap day"),
        (changed("requester.shift", {"start": iso("2026-11-20", "09:00")}), 'requester.shift: lacks "end"'),
        (changed("requester.shift", shift("2026-11-20", "09:00", "09:00")), "requester.shift.end: lies before"),
        (changed("requester.shift", {"start": "2026-11-20T09:00:00", "end": "x"}), "has no offset"),
        (changed("partner.adjacent_shifts", {}), "partner.adjacent_shifts: must be a list"),
        (changed("partner.swaps_this_month", -1), "partner.swaps_this_month: must be a number"),
        (changed("partner.swaps_this_month", 1.5), "partner.swaps_this_month: must be a number"),
        (changed("partner.swaps_this_month", True), "partner.swaps_this_month: must be a number"),
        (changed("partner.swaps_this_month", "2"), "partner.swaps_this_month: must be a number"),
        (changed("partner.swaps_this_month", 10**30), "partner.swaps_this_month: must be a number"),
        (changed("partner.swaps_this_month", [5]), "partner.swaps_this_month[0]: must be a date"),
        (changed("partner.other_swaps", [{}]), 'partner.other_swaps[0]: lacks "swap_on"'),
        (changed("partner.lead_consent", "yes"), "partner.lead_consent: must be true or false"),
        (changed("leads_consent", [True]), "leads_consent: must be true or false"),
        (changed("consents", ["everybody"]), "consents[0]: must be one of"),
        (changed("form_number", 12), "form_number: must be a text"),
        (changed("requester.agent", "a\u0000b"), "requester.agent: must be a text"),
        (changed("requester.post", "x" * 300), "requester.post: must be a text"),
        (changed("partner.leave", ["tomorrow"]), "partner.leave[0]: must be a date"),
        (changed("partner.leave", [{"from": iso("2026-11-20", "09:00"), "to": iso("2026-11-20", "09:00")}]), "leave[0].to: lies before"),
        (changed("filed_at", "now"), "filed_at"),
    ],
)  # fmt: skip
def test_refuses_in_one_line_with_file_and_field(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: object, said: str
) -> None:
    path = tmp_path / "swap.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["swap", str(path), "--rulebook", "telecom_shift_swap"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert str(path) in captured.err
    assert said in captured.err.splitlines()[-1]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"null", b'{"requester": NaN}', b"[" * 100_000])
def test_what_is_no_swap_at_all_is_refused_without_a_traceback(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "swap.json"
    path.write_bytes(content)
    assert main(["swap", str(path), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert main(["swap", str(tmp_path / "nowhere.json")]) == 2
    assert main(["swap", str(path), "--rulebook", "no_such_preset"]) == 2


SILENT = ("telecom_call_centre", "property_cs_rules", "cs_rules_short", "property_service_centre", "office_tower_handbook")  # fmt: skip


@pytest.mark.parametrize("preset", SILENT)
def test_a_set_that_says_nothing_of_swaps_is_said_to_be_lent_the_rule_and_may_make_an_exception(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, preset: str
) -> None:
    answer = ask(capsys, tmp_path, changed("requester.swaps_this_month", 2), preset=preset)
    (violation,) = answer["violations"]
    assert (violation["code"], violation["clause"], violation["lent"]) == ("over_monthly_cap", "A1.31", True)
    assert "通用默认" in violation["message"]
    assert (answer["accepted"], answer["needs_exception"], answer["exceptions"]) == (False, True, ["A1.31"])
    assert "为通用默认" in answer["steps"][-1]["text"]
    path = tmp_path / "swap.json"
    assert main(["swap", str(path), "--rulebook", preset, "--lang", "zh"]) == 0
    assert "须例外批准" in capsys.readouterr().out
