"""Rosters from files: the same file again changes nothing, in whatever order it comes, and late changes are kept."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import roster
from db.importing import ImportResult, import_file
from db.models import Agent, Shift, ShiftChange
from db.roster import Draft
from db.shift_changes import record_shift_change, snapshot
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from tests.factories import local, make_agent, make_team, scope

NOW = local(2026, 11, 20, 10, 0)
BOOK = load_rulebook()
SYSTEM_EDITOR = scope("manager")
HEAD = "工号,日期,班次,上班时间,下班时间\n"
HOUR = timedelta(hours=1)
Import = Callable[..., ImportResult]


@pytest.fixture
def people(session: Session) -> dict[str, Agent]:
    team = make_team(session, "goods")
    made = {number: make_agent(session, team, number) for number in ("K1", "K2")}
    session.commit()
    return made


@pytest.fixture
def take(session: Session, tmp_path: Path) -> Import:
    def run(rows: list[str], **options: Any) -> ImportResult:
        path = tmp_path / "roster.csv"
        path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
        return import_file(session, SYSTEM, "shifts", path, book=BOOK, now=NOW, **options)

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.updated, result.unchanged, len(result.rejected)


def kept(session: Session) -> list[tuple[str, Any, Any]]:
    query = select(Shift).order_by(Shift.starts_at, Shift.agent_id)
    return [(shift.agent.number, shift.starts_at, shift.ends_at) for shift in session.scalars(query)]


ROWS = [
    "K1,2026-11-18,day,09:00,18:00",
    "K1,2026-11-19,休,,",
    "K2,2026-11-18,late,18:00,24:00",
    "K2,2026-11-19,night,22:30,07:30",
    "K1,2026-11-23,day,10:00,12:00",
    "K1,2026-11-23,day,15:00,17:00",
]


SHOP = load_rulebook(["ecommerce_shop"])


@pytest.mark.parametrize("head", ["上班,下班", "上班时间,下班时间", "开始,结束", "Start,End"])
def test_start_and_end_are_known_by_every_name_people_give_them(
    head: str, session: Session, people: dict[str, Agent], tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(f"工号,日期,{head}\nK1,2026-11-18,9:00,18:00\n", encoding="utf-8")
    result = import_file(session, SYSTEM, "shifts", path, book=BOOK, now=NOW)
    assert counts(result) == (1, 0, 0, 0)
    assert kept(session) == [("K1", local(2026, 11, 18, 9), local(2026, 11, 18, 18))]


@pytest.mark.parametrize("called", ["early", "早班", "EARLY", " 早班 "])
def test_a_shift_that_the_rulebook_defines_is_known_by_its_code_and_its_name(
    called: str, session: Session, people: dict[str, Agent], tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    path.write_text(f"工号,日期,班次\nK1,2026-11-18,{called}\n", encoding="utf-8")
    assert counts(import_file(session, SYSTEM, "shifts", path, book=SHOP, now=NOW)) == (1, 0, 0, 0)
    shift = session.scalars(select(Shift)).one()
    assert (shift.code, shift.starts_at, shift.ends_at) == (
        "early",
        local(2026, 11, 18, 9),
        local(2026, 11, 18, 18),
    )


@pytest.mark.parametrize("called", ["night", "夜班", "Night"])
def test_a_shift_is_known_as_the_teams_roster_has_it_over_midnight_and_with_its_breaks(
    called: str, session: Session, people: dict[str, Agent], tmp_path: Path
) -> None:
    path = tmp_path / "roster.csv"
    first = "工号,日期,班次,上班,下班,休息\nK1,2026-11-18,夜班,22:30,7:30,01:00-01:30\n"
    path.write_text(first, encoding="utf-8")
    assert counts(import_file(session, SYSTEM, "shifts", path, book=BOOK, now=NOW)) == (1, 0, 0, 0)
    path.write_text(f"工号,日期,班次\nK2,2026-11-25,{called}\nK2,2026-11-26,午夜班\n", encoding="utf-8")
    result = import_file(session, SYSTEM, "shifts", path, book=BOOK, now=NOW)
    assert counts(result) == (1, 0, 0, 1)
    shift = session.scalars(select(Shift).where(Shift.agent_id == people["K2"].id)).one()
    assert (shift.code, shift.starts_at, shift.ends_at) == (
        "night",
        local(2026, 11, 25, 22, 30),
        local(2026, 11, 26, 7, 30),
    )
    assert [b["start"][:16] for b in shift.breaks] == ["2026-11-25T17:00"]  # one o'clock at night, UTC
    refused = result.rejected[0]
    assert (refused.field, refused.column) == ("code", "班次")
    assert refused.reason == "没有名为“午夜班”的班次。可用：白班、夜班。其他班次请写明上班时间和下班时间。"


def test_a_name_under_which_the_team_works_at_several_times_is_refused_with_these_times(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take(["K1,2026-11-18,late,18:00,24:00", "K2,2026-11-18,late,17:00,23:00"])
    result = take(["K1,2026-11-25,晚班,,"])
    assert counts(result) == (0, 0, 0, 1)
    assert {"18:00–24:00", "17:00–23:00"} == set(
        re.findall(r"\d\d:\d\d–\d\d:\d\d", result.rejected[0].reason)
    )
    take(["K1,2026-11-19,late,18:00,24:00"])
    assert counts(take(["K1,2026-11-25,晚班,,"])) == (1, 0, 0, 0)  # what most of them work
    assert kept(session)[-1] == ("K1", local(2026, 11, 25, 18), local(2026, 11, 26))


def test_what_is_missing_is_named_as_people_call_it(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    result = take(["K1,2026-11-18,,09:00,", "K1,11月20日,day,09:00,18:00"])
    first, second = result.rejected if result.rejected[0].row == 2 else result.rejected[::-1]
    assert (first.column, first.reason[:7]) == ("下班时间", "没有下班时间。")
    assert second.column == "日期"
    assert second.reason.endswith("请写成 2026-11-20。")


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_rows_changes_nothing(
    seed: int, session: Session, people: dict[str, Agent], take: Import
) -> None:
    rows = list(ROWS)
    random.Random(seed).shuffle(rows)
    assert counts(take(rows)) == (5, 0, 1, 0)
    assert kept(session) == [
        ("K1", local(2026, 11, 18, 9), local(2026, 11, 18, 18)),
        ("K2", local(2026, 11, 18, 18), local(2026, 11, 19)),
        ("K2", local(2026, 11, 19, 22, 30), local(2026, 11, 20, 7, 30)),
        ("K1", local(2026, 11, 23, 10), local(2026, 11, 23, 12)),
        ("K1", local(2026, 11, 23, 15), local(2026, 11, 23, 17)),
    ]
    random.Random(seed + 1).shuffle(rows)
    assert counts(take(rows)) == (0, 0, 6, 0)
    assert session.scalars(select(ShiftChange)).all() == []  # a roster that comes late is no change of one


@pytest.mark.parametrize(
    ("on", "is_kept"), [("2026-11-18", True), ("2026-11-20", True), ("2026-11-23", False)]
)
def test_a_file_that_changes_a_shift_that_has_begun_leaves_a_trace(
    on: str, is_kept: bool, session: Session, people: dict[str, Agent], take: Import
) -> None:
    take([f"K1,{on},day,09:00,18:00"])
    take([f"K1,{on},day,09:30,18:00"], dry_run=True)
    assert session.scalars(select(ShiftChange)).all() == []
    assert counts(take([f"K1,{on},day,09:30,18:00"])) == (0, 1, 0, 0)
    changes = session.scalars(select(ShiftChange)).all()
    assert [change.source for change in changes] == (["import"] if is_kept else [])
    if is_kept:
        assert changes[0].before["starts_at"] < changes[0].after["starts_at"]
        assert changes[0].work_on == date.fromisoformat(on)


def test_the_same_file_again_does_not_take_back_what_the_desk_changed(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take(["K1,2026-11-23,day,09:00,18:00", "K2,2026-11-23,休,,", "K2,2026-11-24,day,09:00,18:00"])
    first, second = session.scalars(select(Shift).order_by(Shift.starts_at)).all()
    before = snapshot(first)
    first.agent_id = people["K2"].id  # an approved swap
    session.flush()
    record_shift_change(
        session, shift_id=first.id, before=before, after=snapshot(first), source="swap", reason="", actor="x", now=NOW
    )  # fmt: skip
    roster.change_shift(
        session, SYSTEM_EDITOR, second.id,
        Draft(second.agent_id, second.work_on, second.starts_at + HOUR, second.ends_at, second.code),
        reason="", expected=roster.seen(second), book=BOOK, now=NOW,
    )  # fmt: skip
    session.commit()
    session.expire_all()
    as_it_is = kept(session)
    again = take(["K1,2026-11-23,day,09:00,18:00", "K2,2026-11-23,休,,", "K2,2026-11-24,day,09:00,18:00"])
    assert counts(again) == (0, 0, 3, 0)
    assert kept(session) == as_it_is
    assert counts(take(["K2,2026-11-24,day,11:00,18:00"])) == (0, 1, 0, 0)  # another roster counts


def test_a_shift_taken_off_does_not_come_back_with_the_same_file(
    session: Session, people: dict[str, Agent], take: Import
) -> None:
    take(["K1,2026-11-23,day,09:00,18:00"])
    shift = session.scalars(select(Shift)).one()
    roster.remove_shift(
        session, SYSTEM_EDITOR, shift.id, reason="", expected=roster.seen(shift), book=BOOK, now=NOW
    )
    assert counts(take(["K1,2026-11-23,day,09:00,18:00"])) == (0, 0, 1, 0)
    assert kept(session) == []


@pytest.mark.parametrize("is_first", [True, False])
def test_a_day_off_on_which_there_is_a_shift_is_refused_with_what_to_do(
    is_first: bool, session: Session, people: dict[str, Agent], take: Import
) -> None:
    rows = ["K1,2026-11-23,休,,", "K1,2026-11-23,day,09:00,18:00"]
    result = take(rows if is_first else rows[::-1])
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejected[0].row == (2 if is_first else 3)
    assert "排班" in result.rejected[0].reason
    assert len(kept(session)) == 1


@pytest.mark.parametrize(
    "row",
    ["K9,2026-11-23,day,09:00,18:00", "K1,昨天,day,09:00,18:00", "K1,2026-11-23,day,九点,18:00",
     "K1,2026-11-23,没有的班,,", "K1,,day,09:00,18:00", "=1+1,2026-11-23,day,09:00,18:00"],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_refused_and_the_others_are_taken(
    row: str, session: Session, people: dict[str, Agent], take: Import
) -> None:
    result = take([row, "K2,2026-11-23,day,09:00,18:00"])
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejected[0].row == 2
