"""`manage.py import KIND FILE`: the contract's shape and exit statuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from db.models import Agent, ClosedMonth, Complaint
from tests.commands.desk import Desk
from tests.factories import make_agent, make_team

NOW = "2026-11-20T20:00:00+08:00"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_a_clean_file_ends_with_0_and_the_counts(desk: Desk, file: Path) -> None:
    file.write_text("工号,姓名,班组\nK1,林小雨,goods\n", encoding="gb18030")
    answer = desk.json("import", "agents", file)
    assert (answer["accepted"], answer["updated"], answer["unchanged"], answer["rejected"]) == (1, 0, 0, [])


def test_refused_rows_end_with_1_and_say_row_field_value_reason(desk: Desk, file: Path) -> None:
    with desk.session() as session:
        make_agent(session, make_team(session, "goods"), "K1")
    file.write_text(
        "投诉编号,受理时间,渠道,类别,内容,工号\nT1,2026-11-16 09:30,电话,物流配送,送货晚了,K1\nT2,2026-11-16 9:30,飞鸽,物流配送,送货晚了,K1\n",
        encoding="utf-8",
    )
    answer = desk.json("import", "complaints", file, "--now", NOW, "--lang", "en", status=1)
    assert answer["accepted"] == 1
    (rejected,) = answer["rejected"]
    assert {key: rejected[key] for key in ("row", "field", "value")} == {
        "row": 3,
        "field": "channel",
        "value": "飞鸽",
    }
    assert "unknown" in rejected["reason"]
    zh = desk.json("import", "complaints", file, "--now", NOW, "--lang", "zh", status=1)
    assert "不认识" in zh["rejected"][0]["reason"] and zh["unchanged"] == 1
    status, out, _ = desk.run("import", "complaints", file, "--now", NOW)
    assert status == 1 and "飞鸽" in out and "1 refused" in out


def test_a_trial_keeps_nothing(desk: Desk, file: Path) -> None:
    file.write_text("工号,姓名,班组\nK1,林小雨,goods\n", encoding="utf-8")
    assert desk.json("import", "agents", file, "--dry-run")["accepted"] == 1
    with desk.session() as session:
        assert session.scalar(select(func.count()).select_from(Agent)) == 0


def test_rows_of_closed_months_are_told_and_the_progress_goes_to_stderr(desk: Desk, file: Path) -> None:
    with desk.session() as session:
        make_agent(session, make_team(session, "goods"), "K1")
        session.add(ClosedMonth(month="2026-10", closed_at=datetime.now(UTC), closed_by="m", figures={}))
    cases = [f"T{n},2026-{10 + n % 2}-05 09:30,电话,物流配送,第{n}件,K1" for n in range(1_200)]
    file.write_text("\n".join(["投诉编号,受理时间,渠道,类别,内容,工号", *cases]), encoding="utf-8")
    status, out, err = desk.run("import", "complaints", file, "--now", NOW, "--dry-run")
    assert status == 0 and "600 rows fall into closed months: 2026-10 (600)" in out
    assert [line for line in err.splitlines() if "%" in line]
    answer = desk.json("import", "complaints", file, "--now", NOW)
    assert answer["closed_months"] == {"2026-10": 600}
    assert desk.json("import", "complaints", file, "--now", NOW)["closed_months"] == {}


def test_a_mapping_file_names_columns(desk: Desk, file: Path, tmp_path: Path) -> None:
    file.write_text("编码,称呼,所在\nK1,林小雨,goods\n", encoding="utf-8")
    mapping = tmp_path / "map.json"
    mapping.write_text(json.dumps({"编码": "number", "称呼": "name", "所在": "team"}), encoding="utf-8")
    assert "header" in desk.refuses("import", "agents", file)
    assert desk.json("import", "agents", file, "--map", mapping)["accepted"] == 1
    mapping.write_text("{", encoding="utf-8")
    assert "mapping" in desk.refuses("import", "agents", file, "--map", mapping)


def test_another_rulebook_may_be_named_for_the_deadlines(desk: Desk, file: Path) -> None:
    with desk.session() as session:
        make_agent(session, make_team(session, "goods"), "K1")
    file.write_text(
        "投诉编号,受理时间,渠道,类别,内容,工号\nT1,2026-11-16 09:30,电话,其他,送货晚了,K1\n", encoding="utf-8"
    )
    desk.json("import", "complaints", file, "--now", NOW, "--rulebook", "office_building_property")
    with desk.session() as session:
        first = session.scalars(select(Complaint.rulebook_version)).one()
    from db import rulebooks

    assert first != rulebooks.configured().version


@pytest.mark.parametrize(
    ("content", "mentions"),
    [(b"", "empty"), (b"%PDF-1.7", "PDF"), (b"PK\x03\x04nothing", "damaged"), (b"a,b\n1,2\n", "header")],
)
def test_a_file_that_is_none_is_one_line_with_its_name(
    desk: Desk, file: Path, content: bytes, mentions: str
) -> None:
    file.write_bytes(content)
    line = desk.refuses("import", "agents", file)
    assert mentions in line and "file.csv" in line


def test_a_missing_file_and_a_wrong_clock_are_one_line(desk: Desk, tmp_path: Path) -> None:
    assert "cannot be read" in desk.refuses("import", "agents", tmp_path / "none.csv")
    assert "offset" in desk.refuses("import", "agents", tmp_path / "none.csv", "--now", "2026-11-20T20:00:00")


def test_an_unknown_kind_is_refused_by_the_parser(desk: Desk, file: Path) -> None:
    status, _, err = desk.run("import", "invoices", file)
    assert status == 2 and "agents" in err
