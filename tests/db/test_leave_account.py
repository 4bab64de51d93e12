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

from db import leave, leave_account, leave_balances
from db.models import Agent, AuditEntry, Leave, LeaveEntry, Overtime, Shift
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.overtime_hours import hours_of
from regulations.rulebook import load_rulebook
from tests.db.test_races import at_once
from tests.factories import NOW, TODAY, local, make_agent, make_shift, make_team, scope

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
    return leave_balances.balance(session, MANAGER, agent.id, TIME_OFF, on)


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
    (entry,) = [e for e in leave_balances.list_entries(session, MANAGER, agent.id) if e.leave_id == row.id]
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
            leave_balances.balance(session, who, agent.id, TIME_OFF, MONDAY)
        with pytest.raises(AccessRefused):
            leave_balances.list_entries(session, who, agent.id)
    assert leave_balances.list_balances(session, himself, agent.id, BOOK, MONDAY) == {TIME_OFF: Decimal(1)}


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


@pytest.mark.parametrize("pieces", [(10,), (20,), (10, 10), (7, 13), (20, 20, 20), (10,) * 6, (9,) * 6])
def test_what_was_earned_by_the_minute_is_taken_by_the_minute(
    session: Session, agent: Agent, pieces: tuple[int, ...]
) -> None:
    leave_account.grant_time_off(session, overtime(session, agent), hours_of(sum(pieces)), BOOK, NOW)
    for number, minutes in enumerate(pieces):
        on = MONDAY + (30 + 2 * number) * DAY
        make_shift(session, agent, on)
        begins = local(on.year, on.month, on.day, 9)
        row = leave.file_leave(
            session, supervisor_of(agent), agent_id=agent.id, type_=TIME_OFF, starts_at=begins,
            ends_at=begins + timedelta(minutes=minutes), book=BOOK, now=NOW,
        )  # fmt: skip
        leave.decide_leave(
            session, supervisor_of(agent), row.id, is_approved=True, expected_version=row.row_version, book=BOOK,
            now=NOW,
        )  # fmt: skip
        session.commit()
    assert Decimal(0) <= held(session, agent, date(2027, 3, 1)) < Decimal("0.001")


def test_no_hours_are_no_time_off(session: Session, agent: Agent) -> None:
    with pytest.raises(Refused, match="no hours"):
        leave_account.grant_time_off(session, overtime(session, agent), Decimal(0), BOOK, NOW)


# Days that lapse


def lapse(session: Session, agent: Agent, days: str, on: date = TODAY, **values: Any) -> LeaveEntry:
    asked: dict[str, Any] = {"type_": TIME_OFF, "note": "到期清零", "book": BOOK, "now": NOW, **values}
    row = leave_account.lapse(
        session, supervisor_of(agent), agent_id=agent.id, days=Decimal(days), effective_on=on, **asked
    )
    session.commit()
    return row


def test_days_lapse_with_a_note_and_stay_on_record(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    with pytest.raises(Refused, match="say why the days lapse"):
        lapse(session, agent, "1", note=" \x00 ")
    row = lapse(session, agent, "0.5")
    assert (row.kind, row.days, row.note, row.entered_by) == ("expired", Decimal("-0.5"), "到期清零", "liu")
    assert held(session, agent) == Decimal("1.5")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "leave_account.expired")).one()
    assert entry.detail["days"] == "-0.5"


def test_no_more_lapses_than_is_left_after_leave_approved_for_later(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    take(session, agent, MONDAY)
    with pytest.raises(Refused, match="only 1 days are left after approved leave"):
        lapse(session, agent, "1.5")
    lapse(session, agent, "1")
    assert held(session, agent, TODAY) == 1 and held(session, agent) == 0


@pytest.mark.parametrize("days", ["0", "-1", "NaN", "1000", "0.00001"])
def test_what_is_no_number_of_days_does_not_lapse(session: Session, agent: Agent, days: str) -> None:
    grant(session, agent, "5")
    with pytest.raises(Refused):
        lapse(session, agent, days)


def test_what_lapses_later_may_be_taken_until_then(session: Session, agent: Agent) -> None:
    grant(session, agent, "1")
    with pytest.raises(Refused, match="still to come"):
        lapse(session, agent, "1", TODAY + DAY)
    assert lapse(session, agent, "1", TODAY).days == -1


def test_days_lapse_by_the_word_of_whoever_decides_in_his_own_teams(session: Session, agent: Agent) -> None:
    grant(session, agent, "2")
    for who in (
        scope("supervisor", make_team(session)),
        scope("agent", agent=agent),
        scope("qa"),
        scope("administrator"),
    ):
        with pytest.raises(AccessRefused):
            leave_account.lapse(
                session, who, agent_id=agent.id, type_=TIME_OFF, days=Decimal(1), effective_on=TODAY, note="x",
                book=BOOK, now=NOW,
            )  # fmt: skip
    with pytest.raises(Refused, match="has no account"):
        lapse(session, agent, "1", type_="sick")


def test_a_correction_upwards_is_called_one(session: Session, agent: Agent) -> None:
    with pytest.raises(Refused, match="say why"):
        grant(session, agent, "1", is_correction=True)
    assert grant(session, agent, "1", is_correction=True, note="漏记").kind == "corrected"


# The accounts of the teams


def test_the_accounts_of_the_teams_are_the_sums_of_their_lines(session: Session, agent: Agent) -> None:
    grant(session, agent, "3")
    lapse(session, agent, "0.5")
    row = take(session, agent, MONDAY)
    withdraw(session, agent, row)
    take(session, agent, MONDAY + DAY)
    colleague = make_agent(session, agent.team, "K9")
    gone = make_agent(session, agent.team, "K8", is_active=False)
    make_agent(session, make_team(session), "Z1")
    session.commit()
    found = leave_balances.list_accounts(session, supervisor_of(agent), BOOK, TODAY)
    assert [(one.agent.number, one.held, one.left) for one in found] == [
        (agent.number, Decimal("2.5"), Decimal("1.5")),
        (colleague.number, Decimal(0), Decimal(0)),
    ]
    assert (found[0].granted, found[0].taken, found[0].lapsed, found[0].lines) == (3, 0, Decimal("0.5"), 5)
    later = leave_balances.list_accounts(session, MANAGER, BOOK, MONDAY + DAY)
    assert (later[0].held, later[0].taken) == (Decimal("1.5"), 1)
    assert gone.number not in {one.agent.number for one in later}
    with pytest.raises(AccessRefused):
        leave_balances.list_accounts(session, scope("agent", agent=agent), BOOK, TODAY)


def test_an_account_that_the_rulebook_has_no_more_is_still_shown(session: Session, agent: Agent) -> None:
    grant(session, agent, "1")
    other = load_rulebook(["property_cs_rules", "cs_rules_short"])
    for book in (BOOK, other):
        assert any(one.held == 1 for one in leave_balances.list_accounts(session, MANAGER, book, TODAY))


# Invariants


def brute_force(lines: list[tuple[date, Decimal]], on: date) -> tuple[Decimal, Decimal]:
    """What an account holds at the end of a date, and the least it holds at the end of that or any later date."""
    days = [on, *(at for at, _days in lines if at > on)]
    ends = [sum((days for at, days in lines if at <= day), Decimal(0)) for day in days]
    return ends[0], min(ends)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["grant", "take", "withdraw", "amend", "amend_and_withdraw", "lapse", "correct"]),
            st.integers(0, 6),
        ),
        max_size=12,
    )
)
def test_whatever_happens_the_account_is_its_lines_and_owes_nothing(
    session: Session, agent: Agent, doings: list[tuple[str, int]]
) -> None:
    for entry in session.scalars(select(LeaveEntry).order_by(LeaveEntry.id.desc())).all():
        session.delete(entry)
        session.flush()
    for row in session.scalars(select(Leave).order_by(Leave.id.desc())).all():
        session.delete(row)
        session.flush()
    session.commit()
    expected: list[tuple[date, Decimal]] = []  # what was granted, corrected and lapsed
    standing: dict[date, Leave] = {}

    def lines() -> list[tuple[date, Decimal]]:
        return expected + [(on, Decimal(-1)) for on in standing]

    for doing, n in doings:
        on = MONDAY + n * DAY
        if doing == "grant":
            grant(session, agent, "0.5")
            expected.append((date(2026, 11, 1), Decimal("0.5")))
        elif doing in ("lapse", "correct"):
            undo = lapse if doing == "lapse" else grant
            days = "0.5" if doing == "lapse" else "-0.5"
            if brute_force(lines(), TODAY)[1] >= Decimal("0.5"):
                undo(session, agent, days, TODAY, note="因故")
                expected.append((TODAY, Decimal("-0.5")))
            else:
                with pytest.raises(Refused):
                    undo(session, agent, days, TODAY, note="因故")
                session.rollback()
        elif doing == "take" and on not in standing:
            if brute_force(lines(), on)[1] >= 1:
                standing[on] = take(session, agent, on)
            else:
                with pytest.raises(Refused):
                    take(session, agent, on)
                session.rollback()
        elif doing == "withdraw" and on in standing:
            withdraw(session, agent, standing.pop(on))
        elif doing in ("amend", "amend_and_withdraw") and on in standing:
            free = next((MONDAY + m * DAY for m in range(7) if MONDAY + m * DAY not in standing), None)
            if free is None:
                continue
            moved = change(session, agent, standing[on], free)
            if doing == "amend":
                standing.pop(on)
                standing[free] = approve(session, agent, moved)
            else:
                withdraw(session, agent, standing.pop(on))  # the change that waits goes with it
        for day in (date(2026, 10, 31), TODAY, MONDAY, on, date(2027, 1, 1)):
            balance, least = brute_force(lines(), day)
            assert held(session, agent, day) == balance >= 0
            assert leave_balances.available(session, agent.id, TIME_OFF, day) == least
    shown = leave_balances.running(leave_balances.list_entries(session, MANAGER, agent.id))
    assert [line.balance for line in shown] == [
        sum((line.entry.days for line in shown[: n + 1]), Decimal(0)) for n in range(len(shown))
    ]
    assert [line.entry.effective_on for line in shown] == sorted(line.entry.effective_on for line in shown)
    assert (shown[-1].balance if shown else 0) == held(session, agent)
    (account,) = leave_balances.list_accounts(session, MANAGER, BOOK, TODAY)
    assert (account.held, account.left) == brute_force(lines(), TODAY)


def change(session: Session, agent: Agent, row: Leave, on: date) -> Leave:
    """The same leave asked for on another day."""
    found = leave.amend_leave(
        session, supervisor_of(agent), row.id, starts_at=local(on.year, on.month, on.day, 9),
        ends_at=local(on.year, on.month, on.day, 18), reason="", expected_version=row.row_version, book=BOOK, now=NOW,
    )  # fmt: skip
    session.commit()
    return found


def approve(session: Session, agent: Agent, row: Leave) -> Leave:
    leave.decide_leave(
        session,
        supervisor_of(agent),
        row.id,
        is_approved=True,
        expected_version=row.row_version,
        book=BOOK,
        now=NOW,
    )
    session.commit()
    return row
