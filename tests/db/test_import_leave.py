"""Leave from files: another system's decisions, what still waits, certificates, and what the desk decided itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import leave
from db.importing import ImportResult, import_file
from db.models import Agent, AuditEntry, Leave
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from tests.factories import local, make_agent, make_shift, make_team, scope

NOW = local(2026, 11, 20, 20, 0)
BOOK = load_rulebook(["telecom_call_centre"])
Import = Callable[..., ImportResult]


@pytest.fixture
def agent(session: Session) -> Agent:
    found = make_agent(session, make_team(session, "goods"), "K1")
    for day in range(23, 28):
        make_shift(session, found, date(2026, 11, day))
    session.commit()
    return found


@pytest.fixture
def take(session: Session, tmp_path: Path) -> Import:
    def run(text: str, **options: Any) -> ImportResult:
        path = tmp_path / "leave.csv"
        path.write_text(text, encoding="utf-8")
        result = import_file(session, SYSTEM, "leave", path, book=BOOK, now=NOW, **options)
        session.commit()
        return result

    return run


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.accepted, result.updated, result.unchanged, len(result.rejected)


def the_leave(session: Session) -> Leave:
    session.expire_all()
    return session.scalars(select(Leave)).one()


HEAD = "工号,请假类型,开始时间,结束时间,申请时间,审批状态,审批人"
WAITING = f"{HEAD}\nK1,事假,2026-11-24 09:00,2026-11-25 18:00,2026-11-20 09:00,待审批,\n"


def test_what_still_waits_goes_to_the_level_whose_it_is(session: Session, agent: Agent, take: Import) -> None:
    assert counts(take(WAITING)) == (1, 0, 0, 0)
    row = the_leave(session)
    assert (row.status, row.required_role, row.days) == ("requested", "manager", Decimal(2))
    assert "A2.53" in row.clauses and row.steps
    decided = leave.decide_leave(
        session,
        scope("manager"),
        row.id,
        is_approved=True,
        note="",
        expected_version=row.row_version,
        book=BOOK,
        now=NOW,
    )
    assert decided.status == "approved"


def test_another_systems_decision_is_taken_as_it_says(session: Session, agent: Agent, take: Import) -> None:
    take(WAITING)
    assert counts(take(WAITING.replace("待审批,", "已批准,赵主任"))) == (0, 1, 0, 0)
    row = the_leave(session)
    assert (row.status, row.approver) == ("approved", "赵主任")


def test_what_was_asked_for_in_the_desk_is_decided_there(
    session: Session, agent: Agent, take: Import
) -> None:
    row = leave.file_leave(
        session, scope("agent", agent=agent), agent_id=agent.id, type_="sick", starts_at=local(2026, 11, 24, 9),
        ends_at=local(2026, 11, 25, 18), book=BOOK, now=NOW,
    )  # fmt: skip
    session.commit()
    said = "K1,病假,2026-11-24 09:00,2026-11-25 18:00"
    result = take(f"{HEAD}\n{said},2026-11-20 09:00,已批准,\n")
    assert counts(result) == (0, 0, 0, 1)
    assert result.rejected[0].field == "status" and "decided there" in result.rejected[0].reason_en
    proof = f"工号,请假类型,开始时间,结束时间,证明开始日期,证明结束日期\n{said},2026-11-24,2026-11-25\n"
    assert counts(take(proof)) == (0, 1, 0, 0)
    row = the_leave(session)
    assert (row.status, row.certificate_to_on) == ("requested", date(2026, 11, 25))


EVIDENCE = "工号,请假类型,开始日期,结束日期,审批状态,是否急诊,证明开始日期,证明结束日期,交假条日期,销假时间"


def test_certificates_slips_and_reporting_back_come_from_files(
    session: Session, agent: Agent, take: Import
) -> None:
    text = f"{EVIDENCE}\nK1,病假,2026-11-17,2026-11-18,已批准,否,2026-11-17,2026-11-18,2026-11-19,2026-11-19 08:50\n"
    assert counts(take(text)) == (1, 0, 0, 0)
    assert counts(take(text)) == (0, 0, 1, 0)
    row = the_leave(session)
    assert (row.certificate_from_on, row.certificate_to_on) == (date(2026, 11, 17), date(2026, 11, 18))
    assert (row.slip_received_on, row.returned_at) == (date(2026, 11, 19), local(2026, 11, 19, 8, 50))
    assert not row.is_emergency


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ("2026-11-17,,,", "certificate_to_on"),
        (",2026-11-17,,", "certificate_from_on"),
        ("2026-11-18,2026-11-17,,", "certificate_to_on"),
        (",,2026-11-21,", "slip_received_on"),
        (",,,2026-11-21 08:00", "returned_at"),
        (",,,2026-11-16 08:00", "returned_at"),
        ("soon,2026-11-18,,", "certificate_from_on"),
    ],
)
def test_odd_evidence_is_refused_row_by_row(
    session: Session, agent: Agent, take: Import, cells: str, field: str
) -> None:
    good = "K1,病假,2026-11-10,2026-11-10,已批准,是,,,,"
    result = take(f"{EVIDENCE}\nK1,病假,2026-11-17,2026-11-18,已批准,否,{cells}\n{good}\n")
    assert counts(result) == (1, 0, 0, 1)
    assert result.rejected[0].field == field and result.rejected[0].row == 2
    assert the_leave(session).is_emergency


def test_a_trial_checks_and_keeps_nothing(session: Session, agent: Agent, take: Import) -> None:
    assert counts(take(WAITING, dry_run=True)) == (1, 0, 0, 0)
    session.expire_all()
    assert session.scalars(select(Leave)).all() == []


def test_the_log_tells_that_a_reason_changed_and_not_what_it_says(
    session: Session, agent: Agent, take: Import
) -> None:
    text = "工号,请假类型,开始日期,结束日期,审批状态,事由\nK1,病假,2026-11-17,2026-11-18,已批准,{}\n"
    take(text.format("感冒"))
    take(text.format("偏头痛"))
    (entry,) = session.scalars(select(AuditEntry).where(AuditEntry.action == "leave.imported_over")).all()
    assert "reason" in entry.detail and "偏头痛" not in str(entry.detail) and "感冒" not in str(entry.detail)


def test_the_latest_of_several_requests_with_one_start_is_meant(
    session: Session, agent: Agent, take: Import
) -> None:
    take(WAITING.replace("待审批", "驳回"))
    first = the_leave(session)
    again = leave.file_leave(
        session, scope("agent", agent=agent), agent_id=agent.id, type_="personal", starts_at=first.starts_at,
        ends_at=first.ends_at, book=BOOK, now=NOW,
    )  # fmt: skip
    session.commit()
    assert again.revision == 2
    assert counts(take(WAITING.replace("2026-11-20 09:00", ""))) == (0, 0, 1, 0)
