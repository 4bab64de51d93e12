"""`clocks` and `callbacks` under every preset: what each set of regulations limits and owes, and what it leaves out.

The tables are written from sections 2.2, 3.5, 3.6 and 4.3 of the catalogue, not from the presets.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main
from regulations.names import NAMES
from regulations.rulebook import preset_ids

NOW = "2026-10-05T12:00:00+08:00"
RECEIVED = "2026-09-30T17:20:00+08:00"
HAPPENED = [
    {"kind": "forwarded", "at": "2026-09-30T18:00:00+08:00", "department": "工程部"},
    {"kind": "first_feedback", "at": "2026-10-01T10:00:00+08:00"},
    {"kind": "investigated", "at": "2026-10-05T10:00:00+08:00"},
]
DUE = {
    "register": "2026-09-30T17:50:00+08:00",
    "forward": "2026-09-30T21:20:00+08:00",
    "leadership_submit": "2026-09-30T17:50:00+08:00",
    "verify": "2026-09-30T23:59:59+08:00",
    "first_feedback": "2026-10-02T23:59:59+08:00",
    "final_feedback": "2026-10-15T23:59:59+08:00",  # the make-up Saturday counts
    "close": "2026-10-06T23:59:59+08:00",
    "investigation_report": "2026-10-08T23:59:59+08:00",
    "progress": "2026-10-03T23:59:59+08:00",
    "incident_report": "2026-10-01T17:20:00+08:00",
    "sign_off": "2026-10-08T23:59:59+08:00",  # the first working day after the holidays
}
SILENT = {"verify", "first_feedback", "final_feedback", "progress", "incident_report"}
LIMITED: dict[str, set[str]] = {
    "ecommerce_shop": SILENT,
    "telecom_call_centre": SILENT,
    "telecom_shift_swap": SILENT,
    "property_service_centre": SILENT,
    "property_complaint_flow": {*SILENT, "sign_off"},
    "goods_sales": {*SILENT - {"verify"}, "forward", "leadership_submit"},
    "generic_template": SILENT,
    "office_tower_handbook": SILENT,
    "hospital_enquiry": SILENT,
    "product_after_sales": {
        *(SILENT - {"verify", "final_feedback"}),
        *("leadership_submit", "close", "investigation_report"),
    },
    "telecom_vas_complaints": SILENT - {"first_feedback", "final_feedback"},
    "office_building_property": SILENT,
    "property_cs_rules": {*SILENT, "register"},
    "cs_rules_short": SILENT,
    "hospital_callback": SILENT,
    "game_confidentiality": SILENT,
    "platform_confidentiality": SILENT,
}
PATIENTS = {"discharge", "specialist_first_visit", "basic_first_visit"}
OWED: dict[str, set[str]] = {
    "ecommerce_shop": {"complaint"},
    "telecom_call_centre": {"complaint"},
    "telecom_shift_swap": {"complaint"},
    "property_service_centre": {"complaint", "repair"},
    "property_complaint_flow": {"complaint", "repair"},
    "goods_sales": {"complaint", "long_term_visit", "occasional_call"},
    "generic_template": {"complaint", "repair"},
    "office_tower_handbook": {"complaint", "repair"},
    "hospital_enquiry": {"complaint", "visit_patient"},
    "product_after_sales": {"complaint", "repair"},
    "telecom_vas_complaints": {"complaint"},
    "office_building_property": {"complaint", "repair"},
    "property_cs_rules": {"complaint", "repair"},
    "cs_rules_short": {"complaint"},
    "hospital_callback": {"complaint", "repair", *PATIENTS},
    "game_confidentiality": {"complaint"},
    "platform_confidentiality": {"complaint"},
}


def test_the_tables_speak_of_every_preset() -> None:
    assert set(LIMITED) == set(OWED) == set(preset_ids())


def ask(capsys: pytest.CaptureFixture[str], *arguments: str, now: str = NOW) -> dict[str, Any]:
    assert main([*arguments, "--now", now, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.fixture
def serious_incident(tmp_path: Path) -> list[str]:
    """A serious incident passed on, answered once and investigated: every clock that can start has started."""
    events = tmp_path / "events.json"
    events.write_text(json.dumps(HAPPENED), encoding="utf-8")
    return ["--received", RECEIVED, "--severity", "serious", "--incident", "--events", str(events)]


@pytest.mark.parametrize("preset", preset_ids())
def test_the_clocks_that_run_are_those_the_set_has(
    preset: str, capsys: pytest.CaptureFixture[str], serious_incident: list[str]
) -> None:
    channel = "chat" if preset == "ecommerce_shop" else "phone"
    found = ask(capsys, "clocks", "--rulebook", preset, "--channel", channel, *serious_incident)["clocks"]
    running = {c["clock"]: c for c in reversed(found) if c["state"] != "off"}  # the first of each wins
    assert set(running) == LIMITED[preset]
    assert {c: running[c]["due_at"] for c in running} == {c: DUE[c] for c in running}
    for clock in found:
        assert clock["steps"]
        assert clock["clauses"] or clock["state"] == "off"
    off = {c["clock"] for c in found if c["state"] == "off"}
    assert off | set(running) >= set(DUE)
    assert off <= set(NAMES["clock"]) - LIMITED[preset]


@pytest.mark.parametrize("preset", preset_ids())
def test_an_ordinary_complaint_goes_to_the_leadership_only_where_all_do(
    preset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = ask(capsys, "clocks", "--rulebook", preset, "--received", RECEIVED)["clocks"]
    running = {c["clock"] for c in found if c["state"] != "off"}
    assert ("leadership_submit" in running) == (preset == "goods_sales")
    assert "incident_report" not in running


@pytest.mark.parametrize("preset", preset_ids())
def test_the_callbacks_that_are_owed_are_those_the_set_has(
    preset: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cases = tmp_path / "cases.json"
    kinds = list(NAMES["callback_kind"])
    cases.write_text(
        json.dumps([{"kind": k, "arisen_at": RECEIVED, "attempts": []} for k in kinds]), encoding="utf-8"
    )
    answer = ask(capsys, "callbacks", str(cases), "--rulebook", preset, now="2026-12-01T12:00:00+08:00")
    states = {o["kind"]: o for o in answer["obligations"]}
    assert set(states) == set(kinds)
    assert {k for k, o in states.items() if o["state"] != "off"} == {*OWED[preset], "unresolved"}
    for kind, owed in states.items():
        assert owed["steps"]
        assert (owed["due_at"] is None) == (kind not in {*OWED[preset], "unresolved"})
    rates = answer["rates"]
    assert rates["due"] == len(OWED[preset]) + 1
    assert (rates["target"] is None) == (preset == "property_cs_rules")  # E3.28: by gravity, not all
    assert (rates["completed"], rates["satisfied"]) == (0, 0)
