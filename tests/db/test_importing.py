"""Files in: good rows taken, bad ones refused with row, field, value and reason, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import importing
from db.importing import ImportResult, import_file
from db.models import (
    Agent,
    AttendanceDay,
    AuditEntry,
    Callback,
    Complaint,
    ImportRun,
    Leave,
    Punch,
    Shift,
    Team,
)
from db.refusals import Refused
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, SYSTEM, AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local, make_agent, make_complaint, make_shift, make_team, scope

NOW = local(2026, 11, 20, 20, 0)
Import = Callable[..., ImportResult]


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(("goods_sales", "hospital_callback"))


@pytest.fixture
def people(session: Session) -> dict[str, Agent]:
    goods, hospital = make_team(session, "goods", "售后一组"), make_team(session, "hospital", "回访二组")
    made = {n: make_agent(session, goods, n) for n in ("K1", "K2")} | {
        "H1": make_agent(session, hospital, "H1")
    }
    session.commit()
    return made


@pytest.fixture
def take(session: Session, book: Rulebook, tmp_path: Path) -> Import:
    """Import rows given as text lines (CSV) or as lists (xlsx)."""

    def run(kind: str, content: str | list[list[Any]], by: Scope = SYSTEM, **options: Any) -> ImportResult:
        path = tmp_path / f"{kind}.csv"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path = path.with_suffix(".xlsx")
            workbook = Workbook()
            for row in content:
                workbook.active.append(row)  # type: ignore[union-attr]
            workbook.save(path)
        return import_file(session, by, kind, path, book=book, now=NOW, **options)

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.updated, result.unchanged, len(result.rejected)


# Agents


AGENTS = "工号,姓名,班组,入职日期,在职\nA1,林小雨,goods,2024-03-01,是\nA2,陈思远,新班组,2023/5/9,在职\n"


def test_agents_are_taken_and_an_unknown_team_is_made(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    assert counts(take("agents", AGENTS)) == (2, 0, 0, 0)
    session.commit()
    added = session.scalars(select(Agent).where(Agent.number == "A2")).one()
    assert (added.name, added.team.code, added.hired_on) == ("陈思远", "新班组", date(2023, 5, 9))


def test_importing_again_changes_nothing_and_a_changed_row_changes_only_itself(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take("agents", AGENTS)
    assert counts(take("agents", AGENTS)) == (0, 0, 2, 0)
    assert counts(take("agents", AGENTS.replace("林小雨", "林晓雨"))) == (0, 1, 1, 0)
    session.commit()
    changed = session.scalars(select(AuditEntry).where(AuditEntry.action == "agent.imported_over")).one()
    assert changed.detail == {"name": ["林小雨", "林晓雨"]}


def test_a_row_is_refused_with_its_row_field_value_and_reason_and_the_others_go_on(
    people: dict[str, Agent], take: Import
) -> None:
    result = take(
        "agents",
        "工号,姓名,班组,入职日期\nA1,林小雨,goods,03/04/2024\n,无名,goods,\nA3,赵立强,goods,\nA3,又一个,goods,\n",
    )
    assert counts(result) == (1, 0, 0, 3)
    assert [(r.row, r.field, r.value) for r in result.rejected] == [
        (2, "hired_on", "03/04/2024"),
        (3, "number", ""),
        (5, "number", "A3"),
    ]
    assert all(r.reason and r.reason_en for r in result.rejected)
    assert "第 4 行" in result.rejected[2].reason
    assert result.as_json()["rejected"][0]["column"] == "入职日期"
    assert "Write 2026-11-20" in result.as_json("en")["rejected"][0]["reason"]


def test_every_problem_of_a_row_is_named_at_once(people: dict[str, Agent], take: Import) -> None:
    result = take("agents", "工号,姓名,班组,入职日期,在职\nA1,林小雨,goods,昨天,也许\n")
    assert "昨天" in result.rejected[0].reason and "也许" in result.rejected[0].reason


def test_a_supervisor_imports_only_into_his_own_team(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    lead = scope("supervisor", people["K1"].team)
    result = take(
        "agents", "工号,姓名,班组\nA1,新人,goods\nA2,新人,hospital\nH1,改名,goods\nA3,新人,自立门户\n", lead
    )
    assert counts(result) == (1, 0, 0, 3)
    session.commit()
    assert session.scalars(select(Agent.name).where(Agent.number == "H1")).one() != "改名"
    assert session.scalars(select(Team).where(Team.code == "自立门户")).all() == []


# Complaints


COMPLAINTS = (
    "投诉编号,受理时间,渠道,投诉类别,投诉内容,工号,责任部门,转交时间,首次反馈时间,结案时间\n"
    "T-1,2026-11-16 09:30,电话,物流配送,送货晚了三天,K1,储运部,2026-11-16 11:00,2026-11-17 10:00,2026-11-18 16:00\n"
    "T-2,2026年11月17日 下午2:05,来电,quality,包装破损,K2,,,,\n"
)


def test_complaints_come_with_events_clocks_and_status(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    assert counts(take("complaints", COMPLAINTS)) == (2, 0, 0, 0)
    session.commit()
    one, two = session.scalars(select(Complaint).order_by(Complaint.number))
    assert (one.status, one.department, one.category) == ("closed", "储运部", "delivery")
    assert [e.kind for e in one.events] == ["received", "forwarded", "first_feedback", "closed"]
    forward = next(c for c in one.clocks if c.clock == "forward")
    assert (forward.met_at, forward.state) == (local(2026, 11, 16, 11), "met")
    assert (two.received_at, two.channel, two.status) == (local(2026, 11, 17, 14, 5), "phone", "open")
    assert next(c for c in two.clocks if c.clock == "forward").state == "breached"
    assert session.scalars(select(Callback)).all() == []


def test_the_same_file_again_changes_nothing_and_a_later_one_adds_what_happened(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take("complaints", COMPLAINTS)
    session.commit()
    assert counts(take("complaints", COMPLAINTS)) == (0, 0, 2, 0)
    later = COMPLAINTS.replace("包装破损,K2,,,,", "包装破损,K2,质检部,2026-11-17 15:00,,")
    assert counts(take("complaints", later)) == (0, 1, 1, 0)
    session.commit()
    two = session.scalars(select(Complaint).where(Complaint.number == "T-2")).one()
    session.refresh(two)
    assert two.department == "质检部" and two.row_version == 2
    assert next(c for c in two.clocks if c.clock == "forward").state == "met"


def test_history_is_not_rewritten_by_a_file(session: Session, people: dict[str, Agent], take: Import) -> None:
    take("complaints", COMPLAINTS)
    session.commit()
    result = take(
        "complaints",
        COMPLAINTS.replace("2026-11-16 11:00", "2026-11-16 13:00").replace("下午2:05", "下午3:05"),
    )
    assert [(r.row, r.field) for r in result.rejected] == [(2, "forwarded_at"), (3, "received_at")]


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("电话", "飞鸽", "channel"),
        ("K1", "K9", "agent"),
        ("2026-11-16 09:30", "2026-11-26 09:30", "received_at"),
        ("2026-11-16 11:00", "2026-11-16 09:29", "forwarded_at"),
        ("2026-11-18 16:00", "2027-01-01 16:00", "closed_at"),
        ("送货晚了三天", "", "summary"),
        ("送货晚了三天", "长" * 4001, "summary"),
    ],
)
def test_a_complaint_that_cannot_be_is_refused(
    people: dict[str, Agent], take: Import, old: str, new: str, field: str
) -> None:
    result = take("complaints", COMPLAINTS.replace(old, new, 1))
    assert counts(result)[0] == 1
    assert [(r.row, r.field) for r in result.rejected] == [(2, field)]


def test_complaints_without_numbers_get_them_and_are_known_again(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    text = "受理时间,渠道,类别,内容,工号\n2026-11-16 09:30,电话,退款退货,钱没退,K1\n2026-11-16 09:40,电话,退款退货,钱没退,K1\n"
    assert counts(take("complaints", text)) == (2, 0, 0, 0)
    session.commit()
    assert session.scalars(select(Complaint.number).order_by(Complaint.number)).all() == [
        "TS-20261116-001",
        "TS-20261116-002",
    ]
    assert counts(take("complaints", text)) == (0, 0, 2, 0)


def test_a_supervisor_cannot_touch_another_teams_case(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    theirs = make_complaint(session, people["H1"], local(2026, 11, 16, 9, 30), number="T-1")
    session.commit()
    result = take("complaints", COMPLAINTS, scope("supervisor", people["K1"].team))
    assert [(r.row, r.field) for r in result.rejected] == [(2, "number")]
    session.refresh(theirs)
    assert theirs.summary == "送货晚了三天" and theirs.agent_id == people["H1"].id


# Callbacks


CALLBACKS = (
    "回访编号,回访类别,出院日期,客户姓名,客户电话,回访人工号,回访时间,回访结果,满意度\n"
    "C-1,出院患者回访,2026-11-02,王秀兰,13800138000,H1,2026-11-09 10:05,无人接听,\n"
    "C-1,出院患者回访,2026-11-02,王秀兰,13800138000,H1,2026-11-09 15:10,接通,非常满意\n"
    "C-2,出院,2026-11-05,李建军,13900139000,H1,,,\n"
)


def test_callbacks_come_with_their_attempts(session: Session, people: dict[str, Agent], take: Import) -> None:
    assert counts(take("callbacks", CALLBACKS)) == (2, 1, 0, 0)
    session.commit()
    one, two = session.scalars(select(Callback).order_by(Callback.number))
    assert [a.outcome for a in one.attempts] == ["no_answer", "connected"]
    assert (one.completed_at, one.satisfaction) == (local(2026, 11, 9, 15, 10), "satisfied")
    assert two.completed_at is None and two.due_at > local(2026, 11, 12)
    assert counts(take("callbacks", CALLBACKS)) == (0, 0, 3, 0)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("出院,2026-11-05", "满月酒,2026-11-05", "kind"),
        ("13900139000,H1,,,", "13900139000,H1,2026-11-12 10:00,,", "outcome"),
        ("13900139000,H1,,,", "13900139000,H1,2026-11-01 10:00,接通,", "attempt_at"),
        ("13900139000,H1", "1.39E+10,H1", "customer_phone"),
        ("13900139000,H1", "13900139000,H9", "agent"),
    ],
)
def test_a_callback_that_cannot_be_is_refused(
    people: dict[str, Agent], take: Import, old: str, new: str, field: str
) -> None:
    result = take("callbacks", CALLBACKS.replace(old, new))
    assert [(r.row, r.field) for r in result.rejected] == [(4, field)]


def test_a_kind_of_callback_that_the_rulebook_does_not_oblige_to_is_refused(
    session: Session, people: dict[str, Agent], tmp_path: Path
) -> None:
    path = tmp_path / "callbacks.csv"
    path.write_text(CALLBACKS, encoding="utf-8")
    result = import_file(session, SYSTEM, "callbacks", path, book=load_rulebook(), now=NOW)
    assert {(r.field, r.row) for r in result.rejected} == {("kind", 2), ("kind", 3), ("kind", 4)}


# Shifts, punches, leave


SHIFTS = "工号,日期,上班时间,下班时间,休息时间\nK1,2026-11-19,09:00,18:00,12:00-13:00\nK1,2026-11-20,9:00,18:00,12:00-13:00\nK2,2026-11-19,18:00,24:00,\nK2,2026-11-20,,,\n"


def test_shifts_are_placed_in_local_time(session: Session, people: dict[str, Agent], take: Import) -> None:
    result = take("shifts", SHIFTS)
    assert counts(result) == (3, 0, 0, 1)
    session.commit()
    shifts = list(session.scalars(select(Shift).order_by(Shift.starts_at)))
    assert [(s.work_on.day, s.starts_at, s.ends_at) for s in shifts] == [
        (19, local(2026, 11, 19, 9), local(2026, 11, 19, 18)),
        (19, local(2026, 11, 19, 18), local(2026, 11, 20)),
        (20, local(2026, 11, 20, 9), local(2026, 11, 20, 18)),
    ]
    assert shifts[0].breaks == [{"start": "2026-11-19T04:00:00+00:00", "end": "2026-11-19T05:00:00+00:00"}]
    assert counts(take("shifts", SHIFTS)) == (0, 0, 3, 1)


def test_a_shift_given_by_name_takes_its_times_from_the_rulebook(
    session: Session, people: dict[str, Agent], take: Import, book: Rulebook
) -> None:
    definition = book.shift_definitions()[0]
    result = take(
        "shifts",
        f"工号,日期,班次\nK1,2026-11-19,{definition.code}\nK1,2026-11-20,休\nK2,2026-11-20,没有这个班\n",
    )
    assert counts(result) == (1, 0, 1, 1)
    shift = session.scalars(select(Shift)).one()
    assert shift.starts_at == local(2026, 11, 19, definition.start.hour, definition.start.minute)


def test_a_night_shift_ends_the_next_day_and_overlaps_are_refused(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    text = "工号,日期,开始,结束\nK1,2026-11-18,22:00,06:00\nK1,2026-11-18,23:00,07:00\nK1,2026-11-19,05:00,09:00\nK1,2026-11-19,08:00,08:00\n"
    result = take("shifts", text)
    assert session.scalars(select(Shift.ends_at)).all()[0] == local(2026, 11, 19, 6)
    assert [(r.row, r.field) for r in result.rejected] == [(3, "start"), (4, "start")]


def test_a_changed_roster_moves_the_shift_and_its_verdict(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    make_shift(session, people["K1"], date(2026, 11, 19), start=9)
    take("punches", "工号,打卡时间,类型\nK1,2026-11-19 09:50,上班\nK1,2026-11-19 18:40,下班\n")
    session.commit()
    assert session.scalars(select(AttendanceDay.class_)).all() == ["severe"]
    assert counts(take("shifts", "工号,日期,开始,结束\nK1,2026-11-19,10:00,18:30\n")) == (0, 1, 0, 0)
    session.commit()
    session.expire_all()
    assert session.scalars(select(AttendanceDay.class_)).all() == ["present"]


PUNCHES = "工号,打卡时间,打卡类型\nK1,2026-11-19 08:55:12,上班\nK1,2026-11-19 18:03:40,下班\nK2,2026-11-19 17:58,in\nK2,2026-11-20 00:07,签退\n"


def test_punches_are_added_once_and_the_days_judged(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take("shifts", SHIFTS)
    assert counts(take("punches", PUNCHES)) == (4, 0, 0, 0)
    assert counts(take("punches", PUNCHES)) == (0, 0, 4, 0)
    session.commit()
    days = {(d.agent.number, d.work_on.day): d.class_ for d in session.scalars(select(AttendanceDay))}
    assert days == {("K1", 19): "present", ("K2", 19): "present", ("K1", 20): "absent"}
    assert session.scalar(select(func.count()).select_from(Punch)) == 4


def test_a_sheet_with_in_and_out_in_one_row_makes_two_punches(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    rows = [
        ["工号", "姓名", "日期", "上班时间", "下班时间"],
        ["K1", "林小雨", date(2026, 11, 19), "8:55", "18:02"],
        ["K2", "陈思远", date(2026, 11, 18), "17:58", "0:12"],
    ]
    assert counts(take("punches", rows)) == (2, 0, 0, 0)
    session.commit()
    assert [(p.at, p.kind) for p in session.scalars(select(Punch).order_by(Punch.at))] == [
        (local(2026, 11, 18, 17, 58), "in"),
        (local(2026, 11, 19, 0, 12), "out"),
        (local(2026, 11, 19, 8, 55), "in"),
        (local(2026, 11, 19, 18, 2), "out"),
    ]


def test_punches_that_cannot_be_are_refused(people: dict[str, Agent], take: Import) -> None:
    text = (
        PUNCHES
        + "K1,2026-11-19 08:55:12,上班\nK1,2026-11-21 08:00,上班\nK1,09:00,上班\nK1,2026-11-18 09:00,\nK1,2026-11-18 09:00,路过\nX,2026-11-18 09:00,上班\nK1,,上班\n"
    )
    result = take("punches", text)
    assert [(r.row, r.field) for r in result.rejected] == [
        (6, "at"),
        (7, "at"),
        (8, "at"),
        (9, "kind"),
        (10, "kind"),
        (11, "agent"),
        (12, "at"),
    ]


def test_twenty_thousand_punches_take_seconds(session: Session, take: Import) -> None:
    team = make_team(session)
    agents = [make_agent(session, team, f"P{n}").number for n in range(25)]
    session.commit()
    start = local(2026, 1, 1, 8, 50)
    lines = ["工号,打卡时间,打卡类型"]
    for n in range(400):
        for number in agents:
            at = start + timedelta(hours=19 * n)
            lines += [
                f"{number},{at:%Y-%m-%d %H:%M},in",
                f"{number},{at + timedelta(hours=8):%Y-%m-%d %H:%M},out",
            ]
    heard: list[float] = []
    result = take("punches", "\n".join(lines) + "\n", on_progress=heard.append)
    assert counts(result) == (20_000, 0, 0, 0)
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 10


def test_leave_excuses_the_day_and_a_bare_end_date_includes_that_day(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take("shifts", SHIFTS)
    text = "工号,请假类型,开始日期,结束日期,审批状态,申请时间,有无证明\nK1,病假,2026-11-19,2026-11-20,已批准,2026-11-18 08:00,有\nK2,事假,2026-11-19 18:00,2026-11-19 23:00,待审批,,\n"
    assert counts(take("leave", text)) == (2, 0, 0, 0)
    assert counts(take("leave", text)) == (0, 0, 2, 0)
    session.commit()
    leave = session.scalars(select(Leave).order_by(Leave.id)).first()
    assert leave is not None and leave.ends_at == local(2026, 11, 21) and leave.has_certificate
    days = {(d.agent.number, d.work_on.day): d.class_ for d in session.scalars(select(AttendanceDay))}
    assert days == {("K1", 19): "on_leave", ("K1", 20): "on_leave", ("K2", 19): "absent"}
    assert counts(take("leave", text.replace("待审批", "批准").replace("23:00", "24:00"))) == (0, 1, 1, 0)
    session.commit()
    session.expire_all()
    assert {d.class_ for d in session.scalars(select(AttendanceDay))} == {"on_leave"}


# The frame around every kind


def test_a_trial_says_the_same_and_writes_nothing(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    trial = take("complaints", COMPLAINTS, dry_run=True)
    assert trial.as_json()["dry_run"] is True
    session.commit()
    for table in (Complaint, ImportRun, AuditEntry):
        assert session.scalars(select(table)).all() == []
    assert counts(take("complaints", COMPLAINTS)) == counts(trial)
    shift_trial = take("shifts", SHIFTS, dry_run=True)
    assert shift_trial.accepted == 3 and session.scalars(select(AttendanceDay)).all() == []


def test_the_run_and_its_audit_line_stand_or_fall_with_the_rows(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take("complaints", COMPLAINTS.replace("K1", "K9"))
    session.rollback()
    assert session.scalars(select(ImportRun)).all() == []
    take("complaints", COMPLAINTS.replace("K1", "K9"))
    session.commit()
    run = session.scalars(select(ImportRun)).one()
    assert (run.kind, run.accepted, run.refused, run.actor) == ("complaints", 1, 1, "system")
    assert run.rejected[0]["row"] == 2 and run.rejected[0]["reason_en"] and len(run.sha256) == 64
    line = session.scalars(select(AuditEntry).where(AuditEntry.action == "data.imported")).one()
    assert line.object_id == str(run.id) and line.detail["refused"] == 1


def test_runs_are_listed_newest_first_and_a_supervisor_sees_his_own(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    lead = scope("supervisor", people["K1"].team, actor="罗文静")
    take("agents", AGENTS)
    take("punches", PUNCHES, lead)
    session.commit()
    assert [run.kind for run in importing.list_runs(session, SYSTEM)] == ["punches", "agents"]
    assert [run.kind for run in importing.list_runs(session, lead)] == ["punches"]
    with pytest.raises(AccessRefused):
        importing.list_runs(session, scope("agent"))


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
@pytest.mark.parametrize("kind", importing.IMPORT_KINDS)
def test_only_roles_that_import_may(
    session: Session, take: Import, role: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "IMPORTERS", {})
    if role in CAPABILITIES["data.import"]:
        with pytest.raises(Refused):
            take(kind, "什么,都不是\n1,2\n", scope(role))
    else:
        with pytest.raises(AccessRefused):
            take(kind, "什么,都不是\n1,2\n", scope(role))


def test_a_header_below_a_title_is_found_and_rows_keep_their_numbers(
    people: dict[str, Agent], take: Import
) -> None:
    result = take(
        "agents",
        [
            ["售后部人员名单"],
            [],
            ["制表:", "李"],
            ["工号", "姓名", "班组", "备注"],
            ["A1", "甲", "goods"],
            [],
            ["A2", None, "goods"],
        ],
    )
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejected[0].row == 7


def test_english_titles_in_any_case_and_order_are_understood(people: dict[str, Agent], take: Import) -> None:
    assert counts(take("agents", "Team Code;NAME;Staff number\ngoods;Anna;A1\n")) == (1, 0, 0, 0)


def test_a_mapping_names_columns_of_other_systems(people: dict[str, Agent], take: Import) -> None:
    text = "编码,称呼,所在\nA1,甲,goods\n"
    with pytest.raises(Refused, match="header"):
        take("agents", text)
    mapping = {"编码": "number", "称呼": "name", "所在": "team"}
    assert counts(take("agents", text, mapping=mapping)) == (1, 0, 0, 0)
    with pytest.raises(Refused, match="no field of ours"):
        take("agents", text, mapping={"编码": "nonsense"})


def test_a_mapping_goes_before_what_a_title_usually_means(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take("agents", "工号,新工号,姓名,班组\nOLD,NEW,甲,goods\n", mapping={"新工号": "number", "工号": "phone"})
    assert session.scalars(select(Agent.phone).where(Agent.number == "NEW")).one() == "OLD"


def test_a_mapping_file_that_is_none_is_refused(tmp_path: Path) -> None:
    for content in ("{", "[]", '{"a": 1}', "\ufeff"):
        path = tmp_path / "map.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(Refused):
            importing.read_mapping(path)
    with pytest.raises(Refused):
        importing.read_mapping(tmp_path / "none.json")
    path.write_text(json.dumps({"编码": "number"}), encoding="utf-8-sig")
    assert importing.read_mapping(path) == {"编码": "number"}


def test_missing_columns_are_named(people: dict[str, Agent], take: Import) -> None:
    with pytest.raises(Refused) as refused:
        take("agents", "工号,姓名\nA1,甲\n")
    assert "班组" in refused.value.zh and "team" in refused.value.en


def test_a_header_without_rows_is_refused(people: dict[str, Agent], take: Import) -> None:
    with pytest.raises(Refused, match="no rows"):
        take("agents", "工号,姓名,班组\n")


def test_a_row_shifted_by_an_unquoted_comma_is_refused_not_misread(
    people: dict[str, Agent], take: Import
) -> None:
    result = take("agents", "工号,姓名,班组\nA1,林,小雨,goods\nA2,陈思远,goods,,\n")
    assert counts(result) == (1, 0, 0, 1)
    assert "3" not in result.rejected[0].field and result.rejected[0].row == 2


def test_the_kinds_that_are_no_tables_can_be_registered(
    session: Session, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "IMPORTERS", {})
    with pytest.raises(Refused, match="cannot be imported"):
        take("transcripts", "x")
    monkeypatch.setitem(
        importing.IMPORTERS, "transcripts", lambda *_, **__: ImportResult("transcripts", accepted=3)
    )
    assert counts(take("transcripts", "x")) == (3, 0, 0, 0)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", list(importing.WRITERS))
def test_every_kind_tells_its_columns(kind: str, lang: str) -> None:
    columns = importing.columns_of(kind, lang)
    assert len(columns) >= 5
    assert any(value in ("是", "yes") for column in columns for value in column.values())
