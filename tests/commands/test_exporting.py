"""`manage.py export KIND FILE`: scope, guard against formulas, and the way back in."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from db import attendance, exporting
from db.export_complaints import COMPLAINT_TITLES
from db.import_columns import normal
from db.import_fields import FIELDS
from db.models import Agent, AuditEntry, ComplaintClock, Finding, Inspection, Leave, Transcript
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, AccessRefused
from regulations.names import name_of
from regulations.rulebook import load_rulebook
from tests.commands.desk import Desk
from tests.factories import (
    NOW,
    TODAY,
    make_agent,
    make_call,
    make_callback,
    make_complaint,
    make_punch,
    make_response,
    make_shift,
    make_team,
    make_work_order,
    scope,
)

HOSTILE = ("=cmd|' /C calc'!A0", "+1+1", "-1", "@SUM(A1)", "\t=1")
PERIOD = ("--from", "2026-11-01", "--to", "2026-11-30", "--now", "2026-11-20T10:00:00+08:00")


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """Two teams with one of everything."""
    with desk.session() as session:
        for code in ("goods", "hospital"):
            agent = make_agent(session, make_team(session, code, f"{code}组"), f"K-{code}")
            make_complaint(
                session,
                agent,
                NOW - timedelta(days=3),
                number=f"T-{code}",
                summary=HOSTILE[0],
                events=[("forwarded", NOW - timedelta(days=2))],
            )
            make_callback(session, agent, NOW, customer_name=HOSTILE[3])
            order = make_work_order(session, agent, finished_at=NOW, unfinished_reason=HOSTILE[2])
            make_response(session, agent, comment=HOSTILE[0], work_order_id=order.id)
            make_shift(session, agent)
            make_punch(session, agent, NOW - timedelta(minutes=50))
            call = make_call(session, agent)
            transcript = Transcript(call_id=call.id, engine="test", settings_hash="x", created_at=NOW)
            session.add(transcript)
            session.flush()
            inspection = Inspection(
                call_id=call.id,
                transcript_id=transcript.id,
                started_on=TODAY,
                rulebook_version="x",
                machine_score=90,
                suppressed=[],
                checks=[],
                created_at=NOW,
            )
            inspection.findings = [
                Finding(
                    rule="r",
                    kind="banned",
                    category="quarrel",
                    verdict="hit",
                    phase="body",
                    quote=HOSTILE[1],
                    clauses=["A1.20"],
                    severity="high",
                    points=5,
                    steps=[],
                )
            ]
            session.add(inspection)
        session.flush()
        attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=load_rulebook(), now=NOW)
    return desk


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("kind", list(exporting.KINDS))
def test_every_kind_is_written_and_read_back(filled: Desk, tmp_path: Path, kind: str, ending: str) -> None:
    path = tmp_path / f"out.{ending}"
    answer = filled.json("export", kind, path, *PERIOD)
    assert answer["rows"] == 2
    if ending == "xlsx":
        rows = list(load_workbook(path).active.iter_rows(values_only=True))  # type: ignore[union-attr]
    else:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [tuple(row) for row in csv.reader(file)]
    assert len(rows) == 3 and len({len(row) for row in rows}) == 1
    assert all(title for title in rows[0])


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_no_cell_can_be_run_as_a_formula(filled: Desk, tmp_path: Path, ending: str) -> None:
    for kind in exporting.KINDS:
        path = tmp_path / f"{kind}.{ending}"
        filled.json("export", kind, path, *PERIOD)
        if ending == "csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                cells: list[Any] = [cell for row in csv.reader(file) for cell in row]
        else:
            sheet = load_workbook(path).active
            cells = [cell.value for row in sheet.iter_rows() for cell in row]  # type: ignore[union-attr]
            assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)  # type: ignore[union-attr]
        for cell in cells:
            assert not (isinstance(cell, str) and cell.startswith(exporting.FORMULA_STARTS)), cell


@pytest.mark.parametrize("value", HOSTILE)
def test_the_guard_is_an_apostrophe_before_text_only(value: str) -> None:
    assert exporting.guarded(value) == f"'{value}"
    assert exporting.guarded(-1) == -1
    assert exporting.guarded("林=小雨") == "林=小雨"


def test_exported_complaints_can_come_back_in_and_change_nothing(desk: Desk, tmp_path: Path) -> None:
    with desk.session() as session:
        make_agent(session, make_team(session, "goods"), "K1")
    file = tmp_path / "in.csv"
    file.write_text(
        "投诉编号,受理时间,渠道,类别,内容,工号,转交时间,首次反馈时间,结案时间,客户电话\nT1,2026-11-16 09:30:17,电话,物流配送,送货晚了,K1,2026-11-16 11:00:05,2026-11-17 10:00,2026-11-18 16:00,13800138000\n",
        encoding="utf-8",
    )
    desk.json("import", "complaints", file, "--now", "2026-11-20T10:00:00+08:00")
    for ending in ("xlsx", "csv"):
        out = tmp_path / f"out.{ending}"
        desk.json("export", "complaints", out, *PERIOD)
        back = desk.json("import", "complaints", out, "--now", "2026-11-20T10:00:00+08:00")
        assert (back["accepted"], back["updated"], back["unchanged"], back["rejected"]) == (0, 0, 1, [])


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_exported_orders_and_survey_forms_can_come_back_in_and_change_nothing(
    desk: Desk, tmp_path: Path, ending: str
) -> None:
    now = ("--now", "2026-11-20T20:00:00+08:00")
    with desk.session() as session:
        make_agent(session, make_team(session, "property"), "K1")
    orders, forms = tmp_path / "orders.csv", tmp_path / "forms.csv"
    orders.write_text(
        "维修单号,报修时间,工号,报修内容,派单时间,到场时间,价格,是否收费,完工时间\nW1,2026-11-20 09:00,K1,漏水,2026-11-20 09:05:10,"
        "2026-11-20 09:19,80.5,是,2026-11-20 10:00\nW2,2026-11-20 09:00,K1,断电,,,,否,\n",
        encoding="utf-8",
    )
    forms.write_text(
        "表号,评价时间,维修单号,第 1 项评价,第 2 项评价,意见\nD1,2026-11-20 12:00,W1,满意,一般,好\n",
        encoding="utf-8",
    )
    for kind, file, size in (("work_orders", orders, 2), ("surveys", forms, 2)):
        desk.json("import", kind, file, *now)
        out = tmp_path / f"out.{ending}"
        assert desk.json("export", kind, out, *PERIOD)["rows"] == size
        back = desk.json("import", kind, out, *now)
        assert (back["accepted"], back["updated"], back["unchanged"], back["rejected"]) == (0, 0, size, [])


def test_a_team_a_period_and_a_language_can_be_chosen(filled: Desk, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert filled.json("export", "complaints", path, *PERIOD, "--team", "goods", "--lang", "en")["rows"] == 1
    assert path.read_text(encoding="utf-8-sig").startswith("Case number,Received at")
    assert (
        filled.json("export", "complaints", path, "--from", "2026-10-01", "--to", "2026-10-31")["rows"] == 0
    )


def test_every_export_is_logged(filled: Desk, tmp_path: Path) -> None:
    filled.json("export", "complaints", tmp_path / "out.csv", *PERIOD)
    with filled.session() as session:
        line = session.scalars(select(AuditEntry).where(AuditEntry.action == "data.exported")).one()
    assert (line.object_kind, line.detail["rows"]) == ("complaints", 2)


def test_the_scope_holds_for_exports_too(filled: Desk) -> None:
    with filled.session() as session:
        from db import people

        goods = next(team for team in people.list_teams(session, scope("manager")) if team.code == "goods")
        for kind in exporting.KINDS:
            table = exporting.export_rows(
                session, scope("supervisor", goods), kind, from_on=TODAY.replace(day=1), to_on=TODAY, now=NOW
            )
            assert len(table.rows) == 1
            assert "hospital" not in str(table.rows)


def test_a_month_of_attendance_is_the_sum_of_its_days_and_says_nothing_of_health(filled: Desk) -> None:
    with filled.session() as session:
        agent = session.scalars(select(Agent).where(Agent.number == "K-goods")).one()
        for day, type_ in ((2, "sick"), (3, "emergency")):
            on = TODAY.replace(day=day)
            shift = make_shift(session, agent, on)
            session.add(
                Leave(
                    agent_id=agent.id, type=type_, starts_at=shift.starts_at, ends_at=shift.ends_at, filed_at=NOW,
                    reason="急性肠胃炎", status="approved",
                )
            )  # fmt: skip
        session.flush()
        first = TODAY.replace(day=1)
        attendance.judge_days(session, from_on=first, to_on=TODAY, book=load_rulebook(), now=NOW)
        period: dict[str, Any] = {"from_on": first, "to_on": TODAY, "now": NOW}
        for lang, on_leave in (("zh", "请假"), ("en", "On leave")):
            days = exporting.export_rows(session, scope("manager"), "attendance", lang=lang, **period)
            months = exporting.export_rows(
                session, scope("manager"), "attendance_months", lang=lang, **period
            )
            verdicts = [row[7] for row in days.rows if row[1] == "K-goods"]
            (of_month,) = [row for row in months.rows if row[1] == "K-goods"]
            at = months.titles.index(on_leave)
            assert (
                of_month[at]
                == len([v for v in verdicts if v == name_of("attendance_class", "on_leave", lang)])
                == 2
            )
            said = str(days.rows) + str(months.rows)
            assert not [word for word in ("病", "急诊", "肠胃", "ick", "mergency", "A2.55") if word in said]


def test_months_are_whole_and_as_many_as_the_period_touches(filled: Desk) -> None:
    with filled.session() as session:
        agent = session.scalars(select(Agent).where(Agent.number == "K-goods")).one()
        for on in (date(2025, 12, 31), date(2026, 2, 1)):
            make_shift(session, agent, on)
        attendance.judge_days(
            session, from_on=date(2025, 12, 1), to_on=date(2026, 3, 1), book=load_rulebook(), now=NOW
        )
        table = exporting.export_rows(
            session,
            scope("manager"),
            "attendance_months",
            from_on=date(2025, 12, 31),
            to_on=date(2026, 2, 1),
            now=NOW,
        )
        assert [row[0] for row in table.rows] == ["2025-12", "2026-02"]


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_who_may_not_see_a_kind_may_not_export_it(filled: Desk, role: str) -> None:
    with filled.session() as session:
        for kind, (capability, *_) in exporting.KINDS.items():
            viewer = scope(role)
            if role in CAPABILITIES[capability]:
                exporting.export_rows(session, viewer, kind, from_on=TODAY, to_on=TODAY, now=NOW)
            else:
                with pytest.raises(AccessRefused):
                    exporting.export_rows(session, viewer, kind, from_on=TODAY, to_on=TODAY, now=NOW)


def test_what_cannot_be_written_is_one_line_and_leaves_nothing(filled: Desk, tmp_path: Path) -> None:
    assert ".xlsx or .csv" in filled.refuses("export", "complaints", tmp_path / "out.pdf")
    assert "cannot be written" in filled.refuses("export", "complaints", tmp_path / "nowhere" / "out.csv")
    assert "no team" in filled.refuses("export", "complaints", tmp_path / "out.csv", "--team", "x")
    assert "before" in filled.refuses(
        "export", "complaints", tmp_path / "out.csv", "--from", "2026-11-02", "--to", "2026-11-01"
    )
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be written" in filled.refuses("export", "complaints", tmp_path / "folder.csv")
    assert not list(tmp_path.glob(".export-*"))


def test_no_column_of_a_clock_is_mistaken_for_one_that_the_import_writes() -> None:
    known = {normal(title) for field in FIELDS["complaints"] for title in (field.zh, field.en)}
    for zh, en in COMPLAINT_TITLES:
        is_counted = zh.endswith(("时限", "结论", "时限数"))
        assert not (is_counted and known & {normal(zh), normal(en)}), zh
    assert (
        len({zh for zh, _en in COMPLAINT_TITLES})
        == len({en for _zh, en in COMPLAINT_TITLES})
        == len(COMPLAINT_TITLES)
    )


def test_every_clock_has_its_deadline_and_its_verdict_in_the_export(desk: Desk, tmp_path: Path) -> None:
    with desk.session() as session:
        case = make_complaint(session, make_agent(session), NOW - timedelta(days=3))
        for ordinal, (days, met) in enumerate(((2, None), (1, 1)), start=1):
            due_at = NOW - timedelta(days=days)
            case.clocks.append(
                ComplaintClock(
                    clock="progress", ordinal=ordinal, started_at=due_at, due_at=due_at, due_on=due_at.date(), warn_at=due_at,
                    met_at=due_at if met else None, state="on_track", clauses=[], steps=[], limit={}, rulebook_version="test",
                )
            )  # fmt: skip
    path = tmp_path / "out.csv"
    desk.json("export", "complaints", path, *PERIOD, "--lang", "zh")
    with path.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["超时时限数"] == "1"
    assert row["进展联系结论"] == "超时", "the round that was missed is told, not the one that was kept"
    assert row["进展联系时限"].startswith("2026-11-18")
    assert row["结案结论"] == "" and row["事件报告时限"] == ""
