"""The demo's attendance, requests and handovers: something of everything, decidable, true to the rules, and discreet."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import (
    accounts,
    attendance,
    attendance_months,
    coverage,
    exporting,
    leave,
    metrics,
    overtime,
    punch_corrections,
    swaps,
)
from db.demo.leave import _WORDS
from db.handover_reads import judged
from db.models import (
    Agent,
    AttendanceDay,
    AttendanceMonth,
    AuditEntry,
    Handover,
    Leave,
    LeaveEntry,
    OffPost,
    Overtime,
    Punch,
    PunchCorrection,
    Shift,
    ShiftChange,
    SwapRequest,
    User,
)
from regulations.access import SYSTEM, Scope
from tests.db.test_demo import NOW, filled, new_database, rulebook
from tests.factories import SHANGHAI

TODAY = NOW.astimezone(SHANGHAI).date()
STATES = {
    SwapRequest.state: {"requested", "approved", "refused", "withdrawn", "settled", "failed"},
    PunchCorrection.state: {"requested", "approved", "refused"},
    Overtime.state: {"requested", "approved", "refused"},
}


@pytest.fixture(scope="module")
def department() -> Iterator[Session]:
    """Four months at a small volume, on SQLite; read only."""
    with Session(new_database()) as session:
        filled(session, months=4, scale=0.05)
        yield session


def scopes(session: Session) -> list[Scope]:
    return [accounts.scope_of(user) for user in session.scalars(select(User))]


def test_every_kind_of_request_is_there_in_every_state(department: Session) -> None:
    for column, states in STATES.items():
        assert set(department.scalars(select(column).distinct())) >= states, column
    of_leave = set(department.scalars(select(Leave.status).distinct()))
    assert of_leave >= {"requested", "approved", "refused", "withdrawn"}
    assert department.scalar(select(func.count(Leave.id)).where(Leave.amends_id.is_not(None)))


def test_every_waiting_request_has_somebody_who_may_decide_on_it(department: Session) -> None:
    book, viewers = rulebook(), scopes(department)
    for row in department.scalars(select(Leave).where(Leave.status == "requested")):
        assert any(
            v.may("requests.decide") and leave.may_decide_now(department, v, row, book).is_allowed
            for v in viewers
        ), row.id
    for swap in department.scalars(select(SwapRequest).where(SwapRequest.state == "requested")):
        able = [v for v in viewers if v.may("requests.decide") and v.sees_team(swap.requester.team_id)]
        assert any(swaps.may_decide_now(department, v, swap, book).is_allowed for v in able), swap.id
    for asked in department.scalars(select(Overtime).where(Overtime.state == "requested")):
        able = [v for v in viewers if v.may("requests.decide") and v.sees_team(asked.agent.team_id)]
        assert any(overtime.may_decide_now(department, v, asked, book) is None for v in able), asked.id
    for one in department.scalars(select(PunchCorrection).where(PunchCorrection.state == "requested")):
        able = [v for v in viewers if v.may("requests.decide") and v.sees_team(one.agent.team_id)]
        assert any(punch_corrections.may_decide_now(department, v, one, book).is_allowed for v in able), (
            one.id
        )


def test_what_waits_is_partly_against_a_rule_and_says_which(department: Session) -> None:
    book = rulebook()
    waiting = department.scalars(select(Leave).where(Leave.status == "requested")).all()
    broken = [row for row in waiting if row.violations]
    assert broken
    assert len(broken) < len(waiting)
    for row in waiting:
        ruling = leave.ruling_of(department, row, book, NOW)
        assert {v.code for v in ruling.violations} == {v["code"] for v in row.violations}, row.id
        assert ruling.required_role == row.required_role
        assert row.steps
        assert row.clauses
    rulings = [
        swaps.ruling_of(department, row, book, NOW)
        for row in department.scalars(select(SwapRequest).where(SwapRequest.state == "requested"))
    ]
    assert [one for one in rulings if one.breaks or one.lent]
    assert [one for one in rulings if not one.violations]
    assert [one for one in rulings if one.missing]


def test_leave_that_was_decided_was_decided_by_the_level_that_the_rules_name(department: Session) -> None:
    roles = {user.username: user.role for user in department.scalars(select(User))}
    decided = department.scalars(
        select(Leave).where(Leave.required_role != "", Leave.decided_at.is_not(None))
    )
    seen = set()
    for row in decided:
        if row.status in ("approved", "refused"):
            seen.add(row.required_role)
            assert roles[row.approver] == row.required_role == row.decided_role, row.id
            assert row.filed_at <= row.decided_at <= NOW  # type: ignore[operator]
            assert row.status == "approved" or row.decision_note
    assert seen == {"supervisor", "manager"}


def test_somebody_is_away_too_long_at_this_moment(department: Session) -> None:
    away = department.scalars(select(OffPost).where(OffPost.kind == "away", OffPost.ends_at.is_(None))).all()
    assert away
    board = attendance.board(department, SYSTEM, TODAY, NOW, rulebook())
    for row in away:
        (seen,) = [one for one in board if "away_over" in one.remarks and one.agent.id == row.agent_id]
        assert seen.first_in_at is not None
    kinds = set(department.scalars(select(OffPost.kind).distinct()))
    assert kinds >= {"off_post", "away", "private_call", "visitor"}


def test_a_device_was_ahead_for_a_day_and_nobody_is_late_by_it(department: Session) -> None:
    replaced = {
        row.corrects_id: row
        for row in department.scalars(select(Punch).where(Punch.corrects_id.is_not(None)))
    }
    by_device = [row for row in replaced.values() if row.source == "device_clock"]
    days = {row.at.astimezone(SHANGHAI).date() for row in by_device}
    assert len(by_device) >= 5
    assert len(days) <= 2
    for row in by_device:
        before = department.get_one(Punch, row.corrects_id)
        assert before.at - row.at == timedelta(minutes=8)
        assert before.device == row.device
    sources = set(department.scalars(select(Punch.source).distinct()))
    assert sources == {"import", "correction", "device_clock"}


def test_the_evening_lacks_somebody_and_the_day_has_enough(department: Session) -> None:
    (team,) = coverage.coverage_of(department, SYSTEM_SUPERVISOR, TODAY, 1, rulebook(), NOW)
    assert team.has_needs
    evening = [gap for gap in team.gaps if gap.starts_at.astimezone(SHANGHAI).hour >= 18]
    assert evening
    assert team.sentence.zh


SYSTEM_SUPERVISOR = Scope(None, "test", "manager")


def test_a_month_is_fixed_and_what_came_later_is_a_difference(department: Session) -> None:
    (month,) = department.scalars(select(AttendanceMonth))
    assert (month.month, month.locked_by) == (date(2026, 10, 1), "manager")
    found = attendance_months.differences(department, SYSTEM, month.team_id, "2026-10", now=NOW)
    assert len(found) == 1


def test_shifts_were_changed_after_their_day_and_before(department: Session) -> None:
    changes = department.scalars(select(ShiftChange).where(ShiftChange.source == "roster")).all()
    late = [c for c in changes if c.changed_at.astimezone(SHANGHAI).date() >= c.work_on]
    assert late
    assert len(late) < len(changes)
    assert all(c.reason for c in changes)


def test_handovers_went_well_mostly_and_wrong_sometimes(department: Session) -> None:
    rows = department.scalars(select(Handover)).all()
    found = judged(department, rows, rulebook(), NOW)
    states = Counter(one.verdict.state for one in found)
    flags = Counter(flag for one in found for flag in one.verdict.flags)
    assert states["reviewed"] > len(rows) * 0.7
    assert states["missing"] or flags["missing"]
    assert flags["refused_before"] + states["refused"] > 0
    assert flags["unsigned"] > 0
    assert states.total() - states["reviewed"] > 5
    for row in rows:
        happened = [row.written_at, row.signed_out_at, row.signed_in_at, row.refused_at, row.reviewed_at]
        assert all(at is None or at <= NOW for at in happened)
        assert row.signed_out_by != row.signed_in_by or not row.signed_in_by


def test_time_off_is_on_the_account_and_never_below_nothing(department: Session) -> None:
    entries = department.scalars(select(LeaveEntry)).all()
    assert {entry.kind for entry in entries} >= {"granted", "corrected"}
    assert [entry for entry in entries if entry.overtime_id is not None]
    balances: Counter[int] = Counter()
    for entry in sorted(entries, key=lambda e: e.effective_on):
        balances[entry.agent_id] += entry.days  # type: ignore[assignment]
    assert min(balances.values()) >= Decimal(0)


def test_verdicts_are_what_the_rules_say_of_the_facts_as_they_are_now(department: Session) -> None:
    columns = (
        AttendanceDay.shift_id, AttendanceDay.agent_id, AttendanceDay.class_, AttendanceDay.late_minutes,
        AttendanceDay.extra_minutes, AttendanceDay.approved_extra_minutes, AttendanceDay.month_count,
    )  # fmt: skip
    query = select(*columns).order_by(AttendanceDay.shift_id, AttendanceDay.agent_id)
    before = department.execute(query).all()
    attendance.judge_days(department, from_on=date(2026, 8, 1), to_on=TODAY, book=rulebook(), now=NOW)
    assert department.execute(query).all() == before
    owner = dict(department.execute(select(Shift.id, Shift.agent_id)).all())
    failed = department.scalars(
        select(SwapRequest.failed_shift_id).where(SwapRequest.state == "failed")
    ).all()
    elsewhere = [(row.shift_id, row.class_) for row in before if row.agent_id != owner[row.shift_id]]
    assert (
        elsewhere
        == [(shift_id, "absent") for shift_id in sorted(one for one in failed if one is not None)]
        != []
    )


def test_nobodys_illness_leaves_by_a_figure_an_export_or_the_log(department: Session) -> None:
    words = {word for kind in ("sick", "emergency") for word in _WORDS[kind]}
    assert department.scalar(select(func.count(Leave.id)).where(Leave.reason.in_(words)))
    said = [json.dumps(entry.detail, ensure_ascii=False) for entry in department.scalars(select(AuditEntry))]
    period = date(2026, 8, 1), TODAY
    for key in metrics.METRICS:
        if key.partition(".")[0] in ("attendance", "handover"):
            said.append(str(metrics.rows(department, SYSTEM, key, *period, rulebook(), NOW)))
    for kind in ("attendance", "attendance_months"):
        for lang in ("zh", "en"):
            table = exporting.export_rows(
                department, SYSTEM, kind, from_on=period[0], to_on=period[1], now=NOW, lang=lang
            )
            said.append(str(table.titles) + str(table.rows))
    whole = "\n".join(said)
    assert not [word for word in (*words, "病假", "急诊", "'sick'", "Sick", "A2.55") if word in whole]


def test_telephone_numbers_of_agents_are_extensions_of_the_house(department: Session) -> None:
    assert all(re.fullmatch(r"8\d{4}", phone) for phone in department.scalars(select(Agent.phone)))
