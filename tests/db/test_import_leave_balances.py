"""Lines of leave accounts from files: taken once, never rewritten, and none that would take what is not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import leave, leave_account, leave_balances
from db.importing import ImportResult, import_file
from db.models import Agent, AuditEntry, LeaveEntry
from db.refusals import Refused
from regulations.access import SYSTEM, AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.factories import local, make_agent, make_shift, make_team, scope

NOW = local(2026, 11, 20, 20, 0)
BOOK = load_rulebook(["property_cs_rules"])
Import = Callable[..., ImportResult]
HEAD = "工号,假别,天数,生效日期,变动,备注,编号"
GRANTED = f"{HEAD}\nK1,调休,5,2026-01-01,发放,年初结转,\nK2,调休,2.5,2026-01-01,,,\n"


@pytest.fixture
def agent(session: Session) -> Agent:
    team = make_team(session, "goods")
    found = make_agent(session, team, "K1")
    make_agent(session, team, "K2")
    session.commit()
    return found


@pytest.fixture
def take(session: Session, tmp_path: Path) -> Import:
    def run(content: str | list[list[Any]], by: Scope = SYSTEM, **options: Any) -> ImportResult:
        path = tmp_path / "balances.csv"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            path = path.with_suffix(".xlsx")
            workbook = Workbook()
            for row in content:
                workbook.active.append(row)  # type: ignore[union-attr]
            workbook.save(path)
        result = import_file(session, by, "leave_balances", path, book=BOOK, now=NOW, **options)
        session.commit()
        return result

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.updated, result.unchanged, len(result.rejected)


def held(session: Session, agent: Agent, on: date = date(2026, 12, 31)) -> Decimal:
    return leave_balances.balance(session, scope("manager"), agent.id, "time_off", on)


def lines(session: Session) -> list[tuple[str, Decimal, str]]:
    session.expire_all()
    return [(e.kind, e.days, e.note) for e in session.scalars(select(LeaveEntry).order_by(LeaveEntry.id))]


def test_the_same_file_again_changes_nothing(session: Session, agent: Agent, take: Import) -> None:
    assert counts(take(GRANTED)) == (2, 0, 0, 0)
    assert held(session, agent) == 5
    assert counts(take(GRANTED)) == (0, 0, 2, 0)
    assert counts(take(GRANTED.replace(",5,2026-01-01", ",5.0,2026/1/1"))) == (0, 0, 2, 0)
    assert lines(session) == [("granted", Decimal(5), "年初结转"), ("granted", Decimal("2.5"), "")]
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "leave_account.granted")).all()
    assert len(logged) == 2 and logged[0].detail["days"] == "5"


def test_a_changed_line_is_refused_and_says_which_correction_to_add(
    session: Session, agent: Agent, take: Import
) -> None:
    take(GRANTED)
    result = take(GRANTED.replace("K1,调休,5,", "K1,调休,7.5,"))
    assert counts(result) == (0, 0, 1, 1)
    (bad,) = result.rejected
    assert (bad.row, bad.field, bad.value) == (2, "days", "7.5")
    assert "更正” +2.5 天" in bad.reason and "corrected of +2.5 days" in bad.reason_en
    assert held(session, agent) == 5
    corrected = f"{GRANTED}K1,调休,2.5,2026-01-01,更正,补记加班,\n"
    assert counts(take(corrected)) == (1, 0, 2, 0)
    assert counts(take(corrected)) == (0, 0, 3, 0)
    assert held(session, agent) == Decimal("7.5")


def test_a_changed_note_is_refused_too(session: Session, agent: Agent, take: Import) -> None:
    take(GRANTED)
    result = take(GRANTED.replace("年初结转", "别的"))
    assert counts(result) == (0, 0, 1, 1) and result.rejected[0].field == "note"
    assert counts(take(GRANTED.replace("年初结转", ""))) == (0, 0, 2, 0)  # says nothing against it
    assert lines(session)[0] == ("granted", Decimal(5), "年初结转")


def test_two_lines_of_one_day_are_told_apart_by_their_number(
    session: Session, agent: Agent, take: Import
) -> None:
    twice = f"{HEAD}\nK1,调休,1,2026-03-01,发放,,\nK1,调休,1,2026-03-01,发放,,\n"
    result = take(twice)
    assert counts(result) == (1, 0, 0, 1) and "第 2 行" in result.rejected[0].reason
    numbered = f"{HEAD}\nK1,调休,1,2026-03-01,发放,,A1\nK1,调休,1,2026-03-01,发放,,A2\n"
    assert counts(take(numbered)) == (2, 0, 0, 0)
    assert counts(take(numbered)) == (0, 0, 2, 0)
    assert held(session, agent) == 3


def test_what_a_person_entered_for_the_day_is_not_granted_again(
    session: Session, agent: Agent, take: Import
) -> None:
    leave_account.grant(
        session, scope("supervisor", agent.team, actor="liu"), agent_id=agent.id, type_="time_off", days=Decimal(5),
        effective_on=date(2026, 1, 1), note="手工", book=BOOK, now=NOW,
    )  # fmt: skip
    session.commit()
    result = take(GRANTED)
    assert counts(result) == (1, 0, 0, 1)
    assert "liu" in result.rejected[0].reason and "编号" in result.rejected[0].reason
    assert counts(take(f"{HEAD}\nK1,调休,5,2026-01-01,发放,,7\n")) == (1, 0, 0, 0)


def test_days_lapse_whichever_sign_and_place_the_file_gives_them(
    session: Session, agent: Agent, take: Import
) -> None:
    text = (
        f"{HEAD}\nK1,调休,-2,2026-06-30,过期,上年结转到期,\nK1,调休,1,2026-09-30,到期,半年到期,\n"
        "K1,调休,5,2026-01-01,发放,,\n"
    )
    assert counts(take(text)) == (3, 0, 0, 0)
    assert counts(take(text)) == (0, 0, 3, 0)
    assert counts(take(text.replace("-2", "2"))) == (0, 0, 3, 0)
    assert held(session, agent) == 2
    assert held(session, agent, date(2026, 6, 29)) == 5 and held(session, agent, date(2026, 6, 30)) == 3


def test_no_more_lapse_than_are_left_after_approved_leave(
    session: Session, agent: Agent, take: Import
) -> None:
    take(GRANTED)
    for day in (24, 25):
        make_shift(session, agent, date(2026, 11, day))
        row = leave.file_leave(
            session, scope("agent", agent=agent), agent_id=agent.id, type_="time_off", starts_at=local(2026, 11, day, 9),
            ends_at=local(2026, 11, day, 18), book=BOOK, now=NOW,
        )  # fmt: skip
        leave.decide_leave(
            session, scope("supervisor", agent.team), row.id, is_approved=True, expected_version=row.row_version,
            book=BOOK, now=NOW,
        )  # fmt: skip
    session.commit()
    lapsing = f"{HEAD}\nK1,调休,{{}},2026-11-20,到期,到期清零,\n"
    result = take(lapsing.format("3.5"))
    assert counts(result) == (0, 0, 0, 1)
    assert "只剩 3 天" in result.rejected[0].reason and "only 3 days" in result.rejected[0].reason_en
    assert counts(take(lapsing.format("3"))) == (1, 0, 0, 0)
    assert held(session, agent) == 0


def test_several_that_lapse_are_taken_one_after_the_other(
    session: Session, agent: Agent, take: Import
) -> None:
    take(GRANTED)
    result = take(f"{HEAD}\nK1,调休,4,2026-05-01,到期,甲,\nK1,调休,4,2026-04-01,到期,乙,\n")
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejected[0].row == 2  # the earlier day first
    assert held(session, agent) == 1


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ("K9,调休,1,2026-01-01,发放,,", "agent"),
        ("K1,年假,1,2026-01-01,发放,,", "type"),
        ("K1,病假,1,2026-01-01,发放,,", "type"),
        ("K1,调休,0,2026-01-01,发放,,", "days"),
        ("K1,调休,-1,2026-01-01,发放,,", "days"),
        ("K1,调休,很多,2026-01-01,发放,,", "days"),
        ("K1,调休,NaN,2026-01-01,发放,,", "days"),
        ("K1,调休,1e3,2026-01-01,发放,,", "days"),
        ("K1,调休,1000,2026-01-01,发放,,", "days"),
        ("K1,调休,0.00001,2026-01-01,发放,,", "days"),
        ("K1,调休,,2026-01-01,发放,,", "days"),
        ("K1,调休,#REF!,2026-01-01,发放,,", "days"),
        ("K1,调休,1,2026-13-01,发放,,", "effective_on"),
        ("K1,调休,1,03/04/2026,发放,,", "effective_on"),
        ("K1,调休,1,2026-01-01,使用,,", "kind"),
        ("K1,调休,1,2026-01-01,更正,,", "note"),
        ("K1,调休,1,2026-01-01,到期,,", "note"),
        ("K1,调休,1,2026-01-01,到期,没有余额,", "days"),
        ("K1,调休,-1,2026-01-01,更正,没有余额,", "days"),
        ("K2,调休,1,2026-11-21,到期,明天才到期,", "effective_on"),
        (f"K1,调休,1,2026-01-01,发放,{'长' * 2001},", "note"),
    ],
)
def test_odd_rows_are_refused_one_by_one(
    session: Session, agent: Agent, take: Import, cells: str, field: str
) -> None:
    good = "K2,调休,1,2026-02-01,发放,,"
    result = take(f"{HEAD}\n{cells}\n{good}\n")
    assert counts(result) == (1, 0, 0, 1)
    assert (result.rejected[0].row, result.rejected[0].field) == (2, field)
    assert len(lines(session)) == 1


def test_numbers_of_a_spreadsheet_and_hostile_text_are_kept_as_they_are(
    session: Session, agent: Agent, take: Import
) -> None:
    note = "@x <b>x</b> *粗* \u202e"
    rows: list[list[Any]] = [
        ["员工编号", "账户", "额度", "日期", "说明"],
        ["K1", "调休", 0.1 + 0.2, date(2026, 1, 1), note],
        ["K2", "Time off in lieu", "３ 天", "2026年2月1日", None],
    ]
    assert counts(take(rows)) == (2, 0, 0, 0)
    assert [(kind, days) for kind, days, _note in lines(session)] == [
        ("granted", Decimal("0.3")),
        ("granted", Decimal(3)),
    ]
    assert counts(take(rows)) == (0, 0, 2, 0)


def test_a_mapping_by_hand_reads_other_titles(session: Session, agent: Agent, take: Import) -> None:
    text = "谁,哪种,多少,几时\nK1,调休,2,2026-01-01\n"
    with pytest.raises(Refused, match="no header found"):
        take(text)
    mapping = {"谁": "agent", "哪种": "type", "多少": "days", "几时": "effective_on"}
    assert counts(take(text, mapping=mapping)) == (1, 0, 0, 0)


def test_a_trial_tells_what_would_be_refused_and_keeps_nothing(
    session: Session, agent: Agent, take: Import
) -> None:
    text = f"{GRANTED}K1,调休,6,2026-05-01,到期,太多,\nK1,调休,5,2026-05-02,到期,刚好,\n"
    assert counts(take(text, dry_run=True)) == (3, 0, 0, 1)
    assert lines(session) == []


def test_a_supervisor_brings_in_his_own_teams_lines_only(
    session: Session, agent: Agent, take: Import
) -> None:
    stranger = make_agent(session, make_team(session), "Z1")
    session.commit()
    own = take(
        f"{HEAD}\nK1,调休,1,2026-01-01,发放,,\nZ1,调休,1,2026-01-01,发放,,\n", scope("supervisor", agent.team)
    )
    assert counts(own) == (1, 0, 0, 1) and own.rejected[0].field == "agent"
    assert held(session, stranger) == 0


def test_a_file_adds_lines_only_for_who_may_enter_them_by_hand(
    session: Session, agent: Agent, take: Import
) -> None:
    line: dict[str, Any] = {
        "agent_id": agent.id,
        "type_": "time_off",
        "days": Decimal(1),
        "effective_on": NOW.date(),
    }
    administrator, his = scope("administrator"), scope("supervisor", agent.team)
    for refused in (
        lambda: take(GRANTED, administrator),
        lambda: leave_account.grant(session, administrator, **line, note="", book=BOOK, now=NOW),
    ):
        with pytest.raises(AccessRefused):
            refused()
        session.rollback()
    assert lines(session) == []
    assert counts(take(GRANTED, his)) == (2, 0, 0, 0)
    leave_account.grant(session, his, **line, note="", book=BOOK, now=NOW)
    assert len(lines(session)) == 3
