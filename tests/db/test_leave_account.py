"""Leave accounts: lines are only added, what was taken comes back exactly, and no reading anew moves a balance."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import leave, leave_account
from db.models import Agent, Leave, LeaveEntry, Overtime, Shift
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.db.test_races import at_once
from tests.factories import NOW, local, make_agent, make_shift, make_team, scope

BOOK = load_rulebook(["property_cs_rules"])
MANAGER = scope("manager", actor="qin")
TIME_OFF = "time_off"
DAY = timedelta(days=1)
MONDAY = date(2026, 12, 7)


@pytest.fixture
def agent(session: Session) -> Agent:
    found = make_agent(session)
    for offset in range(7):
        make_shift(session, found, MONDAY + offset * DAY)
    session.commit()
    return found


def supervisor_of(agent: Agent) -> Scope:
    return scope("supervisor", agent.team, actor="liu")


def grant(
    session: Session, agent: Agent, days: str, on: date = date(2026, 11, 1), **values: Any
) -> LeaveEntry:
    asked: dict[str, Any] = {"type_": TIME_OFF, "note": "", "book": BOOK, "now": NOW, **values}
    row = leave_account.grant(
        session, supervisor_of(agent), agent_id=agent.id, days=Decimal(days), effective_on=on, **asked
    )
    session.commit()
    return row


def held(session: Session, agent: Agent, on: date = date(2027, 1, 1)) -> Decimal:
    return leave_account.balance(session, MANAGER, agent.id, TIME_OFF, on)


def take(session: Session, agent: Agent, on: date, days: int = 1) -> Leave:
    """Time off that was asked for and approved."""
    last = on + (days - 1) * DAY
    asked: dict[str, Any] = {"book": BOOK, "now": NOW}
    lead = supervisor_of(agent)
    row = leave.file_leave(
        session, lead, agent_id=agent.id, type_=TIME_OFF,
        starts_at=local(on.year, on.month, on.day, 9), ends_at=local(last.year, last.month, last.day, 18), **asked,
    )  # fmt: skip
    who = lead if row.required_role == "supervisor" else MANAGER
    leave.decide_leave(
        session, who, row.id, is_approved=True, note="", expected_version=row.row_version, **asked
    )
    session.commit()
    return row


def withdraw(session: Session, agent: Agent, row: Leave) -> None:
    leave.withdraw_leave(session, supervisor_of(agent), row.id, expected_version=row.row_version, now=NOW)
    session.commit()


def test_the_balance_is_the_sum_up_to_a_date(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    grant(session, agent, "0.5", date(2026, 12, 1))
    take(session, agent, MONDAY)
    assert held(session, agent, date(2026, 10, 31)) == 0
    assert held(session, agent, date(2026, 11, 1)) == 2
    assert held(session, agent, date(2026, 12, 6)) == Decimal("2.5")
    assert held(session, agent, MONDAY) == Decimal("1.5")


def test_approving_and_withdrawing_come_to_nothing(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    row = take(session, agent, MONDAY, days=2)
    assert held(session, agent) == 0
    withdraw(session, agent, row)
    for on in (date(2026, 11, 1), MONDAY, MONDAY + DAY, date(2027, 1, 1)):
        assert held(session, agent, on) == 2
    taken, returned = session.scalars(
        select(LeaveEntry).where(LeaveEntry.leave_id == row.id).order_by(LeaveEntry.id)
    ).all()
    assert (taken.kind, returned.kind, returned.reverses_id) == ("taken", "returned", taken.id)
    assert returned.days == -taken.days and returned.effective_on == taken.effective_on
    assert leave_account.return_for_leave(session, row, actor="liu", now=NOW) == []


def test_the_days_stay_as_they_were_counted_when_the_roster_changes(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    row = take(session, agent, MONDAY, days=2)
    (entry,) = [e for e in leave_account.list_entries(session, MANAGER, agent.id) if e.leave_id == row.id]
    assert entry.days == -2 and entry.steps and entry.rulebook_version == BOOK.version
    for shift in session.scalars(select(Shift).where(Shift.agent_id == agent.id)):
        session.delete(shift)
    session.commit()
    leave.ruling_of(session, row, BOOK, NOW)
    assert held(session, agent) == 0
    withdraw(session, agent, row)
    assert held(session, agent) == 2


def test_rest_days_in_a_leave_are_not_charged(session: Session, agent: Agent) -> None:
    session.delete(session.scalars(select(Shift).where(Shift.work_on == MONDAY + DAY)).one())
    grant(session, agent, "2")
    row = take(session, agent, MONDAY, days=3)
    assert row.days == 3  # by the calendar, for the level
    assert held(session, agent) == 0


def test_an_amendment_gives_back_and_takes_anew(session: Session, agent: Agent) -> None:
    grant(session, agent, "3")
    row = take(session, agent, MONDAY)
    lead = supervisor_of(agent)
    longer = leave.amend_leave(
        session, lead, row.id, starts_at=row.starts_at, ends_at=row.ends_at + 2 * DAY, reason="",
        expected_version=row.row_version, book=BOOK, now=NOW,
    )  # fmt: skip
    assert held(session, agent) == 2
    leave.decide_leave(
        session,
        lead,
        longer.id,
        is_approved=True,
        note="",
        expected_version=longer.row_version,
        book=BOOK,
        now=NOW,
    )
    session.commit()
    assert held(session, agent) == 0
    withdraw(session, agent, longer)
    assert held(session, agent) == 3


def test_an_amendment_may_use_what_it_gives_back(session: Session, agent: Agent) -> None:
    grant(session, agent, "1")
    row = take(session, agent, MONDAY)
    moved = leave.amend_leave(
        session, supervisor_of(agent), row.id, starts_at=row.starts_at + 2 * DAY, ends_at=row.ends_at + 2 * DAY,
        reason="", expected_version=row.row_version, book=BOOK, now=NOW,
    )  # fmt: skip
    assert moved.violations == []


def test_what_is_approved_for_later_cannot_be_taken_before(session: Session, agent: Agent) -> None:
    grant(session, agent, "1")
    take(session, agent, MONDAY + 3 * DAY)
    with pytest.raises(Refused, match="only 0 days"):
        take(session, agent, MONDAY)
    grant(session, agent, "1", MONDAY + 5 * DAY)
    with pytest.raises(Refused, match="only 0 days"):
        take(session, agent, MONDAY)
    assert take(session, agent, MONDAY + 5 * DAY).status == "approved"


def test_two_who_take_the_last_day_at_once(engine: Engine, session: Session, agent: Agent) -> None:
    grant(session, agent, "1")
    lead = supervisor_of(agent)
    rows = [
        leave.file_leave(
            session, lead, agent_id=agent.id, type_=TIME_OFF, starts_at=local(2026, 12, 7 + n, 9),
            ends_at=local(2026, 12, 7 + n, 18), book=BOOK, now=NOW,
        )
        for n in (0, 2)
    ]  # fmt: skip
    session.commit()

    def approve(row: Leave) -> Any:
        return lambda other: leave.decide_leave(
            other,
            lead,
            row.id,
            is_approved=True,
            note="",
            expected_version=row.row_version,
            book=BOOK,
            now=NOW,
        )

    outcomes = at_once(engine, *(approve(row) for row in rows))
    assert outcomes.count("done") == 1 and any("only 0 days" in said for said in outcomes), outcomes
    assert held(session, agent) == 0


# Granting


@pytest.mark.parametrize("days", ["0", "NaN", "Infinity", "1000", "0.00001", "-1000"])
def test_days_that_are_none_are_refused(session: Session, agent: Agent, days: str) -> None:
    with pytest.raises(Refused, match="days must be a number"):
        grant(session, agent, days, note="x")


def test_only_types_with_an_account_are_granted(session: Session, agent: Agent) -> None:
    for type_ in ("personal", "nonsense"):
        with pytest.raises(Refused, match="has no account"):
            grant(session, agent, "1", type_=type_)


def test_a_correction_says_why_and_leaves_no_debt(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    with pytest.raises(Refused, match="say why"):
        grant(session, agent, "-1")
    with pytest.raises(Refused, match="too small"):
        grant(session, agent, "-2.5", note="重复发放")
    assert grant(session, agent, "-1", note="重复发放").kind == "corrected"
    assert held(session, agent) == 1


def test_accounts_are_granted_and_read_by_whom_they_concern(session: Session, agent: Agent) -> None:
    grant(session, agent, "1")
    stranger = scope("supervisor", make_team(session))
    himself, other = scope("agent", agent=agent), scope("agent", agent=make_agent(session, agent.team))
    for who in (stranger, other, scope("qa"), himself):
        with pytest.raises(AccessRefused):
            leave_account.grant(
                session, who, agent_id=agent.id, type_=TIME_OFF, days=Decimal(1), effective_on=MONDAY, note="",
                book=BOOK, now=NOW,
            )  # fmt: skip
    for who in (stranger, other, scope("qa")):
        with pytest.raises(AccessRefused):
            leave_account.balance(session, who, agent.id, TIME_OFF, MONDAY)
        with pytest.raises(AccessRefused):
            leave_account.list_entries(session, who, agent.id)
    assert leave_account.list_balances(session, himself, agent.id, BOOK, MONDAY) == {TIME_OFF: Decimal(1)}


# Time off for overtime


def overtime(session: Session, agent: Agent) -> Overtime:
    row = Overtime(
        agent_id=agent.id, work_on=date(2026, 11, 14), starts_at=local(2026, 11, 14, 18), ends_at=local(2026, 11, 14, 20),
        compensation="time_off", requested_by="x", requested_at=NOW, required_role="manager", state="approved",
        decided_by="qin", clauses=[], steps=[], rulebook_version="test",
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.mark.parametrize(
    ("hours", "days"), [("8", "1"), ("4", "0.5"), ("1", "0.125"), ("0.5", "0.0625"), ("1.25", "0.1562")]
)
def test_hours_of_overtime_become_days_once(session: Session, agent: Agent, hours: str, days: str) -> None:
    worked = overtime(session, agent)
    entry = leave_account.grant_time_off(session, worked, Decimal(hours), BOOK, NOW)
    assert (entry.days, entry.effective_on, entry.entered_by) == (Decimal(days), worked.work_on, "qin")
    assert leave_account.grant_time_off(session, worked, Decimal(hours), BOOK, NOW) is entry
    session.expire_all()
    assert held(session, agent) == Decimal(days)


def test_no_hours_are_no_time_off(session: Session, agent: Agent) -> None:
    with pytest.raises(Refused, match="no hours"):
        leave_account.grant_time_off(session, overtime(session, agent), Decimal(0), BOOK, NOW)


# Invariants


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["grant", "take", "withdraw"]), st.integers(0, 6)), max_size=12))
def test_whatever_happens_the_account_is_its_lines_and_owes_nothing(
    session: Session, agent: Agent, doings: list[tuple[str, int]]
) -> None:
    for entry in session.scalars(select(LeaveEntry).order_by(LeaveEntry.id.desc())).all():
        session.delete(entry)
        session.flush()
    for row in session.scalars(select(Leave)).all():
        session.delete(row)
    session.commit()
    expected, standing = Decimal(0), {}
    for doing, n in doings:
        on = MONDAY + n * DAY
        if doing == "grant":
            grant(session, agent, "0.5")
            expected += Decimal("0.5")
        elif doing == "take" and on not in standing:
            if expected >= 1:
                standing[on] = take(session, agent, on)
                expected -= 1
            else:
                with pytest.raises(Refused):
                    take(session, agent, on)
                session.rollback()
        elif doing == "withdraw" and on in standing:
            withdraw(session, agent, standing.pop(on))
            expected += 1
        assert held(session, agent) == expected >= 0
    lines = leave_account.list_entries(session, MANAGER, agent.id)
    assert sum((line.days for line in lines), Decimal(0)) == expected
