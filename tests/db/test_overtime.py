"""Overtime as rows: asked for, decided by the level that may, counted once; and the hours nobody approved."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import attendance, leave_balances, overtime, overtime_hours, rulebooks
from db.models import Agent, AttendanceDay, AuditEntry, LeaveEntry, Overtime, Team
from db.refusals import Refused, StaleCase
from regulations.access import SYSTEM, AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.test_races import at_once
from tests.factories import (
    TODAY,
    local,
    make_agent,
    make_leave,
    make_punch,
    make_shift,
    make_team,
    make_user,
    scope,
)
from tests.regulations.site_books import book_of

BOOK = load_rulebook(["property_cs_rules"])
NOON, END = local(2026, 11, 20, 12), local(2026, 11, 20, 18)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MANAGER = scope("manager", actor="经理")


@pytest.fixture(autouse=True)
def published(session: Session) -> None:
    rulebooks.publish(session, SYSTEM, BOOK, TODAY - 30 * DAY, NOON - 30 * DAY)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session)


@pytest.fixture
def agent(session: Session, team: Team) -> Agent:
    """At work from nine to six."""
    found = make_agent(session, team)
    make_shift(session, found)
    return found


def himself(agent: Agent) -> Scope:
    return scope("agent", agent=agent, actor=agent.number)


def ask(
    session: Session,
    agent: Agent,
    viewer: Scope | None = None,
    starts_at: datetime = END,
    hours: float = 2,
    book: Rulebook = BOOK,
    now: datetime = NOON,
    **more: Any,
) -> Overtime:
    values = {"compensation": "pay", "reason": "双十一加班", **more}
    return overtime.request_overtime(
        session, viewer or himself(agent), agent_id=agent.id, starts_at=starts_at, ends_at=starts_at + hours * HOUR,
        book=book, now=now, **values,
    )  # fmt: skip


def decide(
    session: Session,
    row: Overtime,
    viewer: Scope = MANAGER,
    is_approved: bool = True,
    now: datetime = NOON,
    **more: Any,
) -> Overtime:
    values = {"note": "", "expected_version": row.row_version, "book": BOOK, **more}
    return overtime.decide_overtime(session, viewer, row.id, is_approved=is_approved, now=now, **values)


def logged(session: Session) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.object_kind == "overtime").order_by(AuditEntry.id)
    return list(session.scalars(query))


# Asking


def test_it_is_asked_for_and_approved_by_the_manager(session: Session, agent: Agent) -> None:
    row = ask(session, agent)
    assert (row.state, row.required_role, row.work_on) == ("requested", "manager", TODAY)
    assert "E3.14" in row.clauses and row.steps
    decide(session, row)
    assert (row.state, row.decided_by, row.decided_role) == ("approved", "经理", "manager")
    assert "已批准" in row.steps[-1]["zh"]
    assert logged(session) == ["overtime.requested", "overtime.approved"]


def test_after_a_shift_that_is_approved_leave_it_can_neither_be_asked_for_nor_approved(
    session: Session, agent: Agent
) -> None:
    row = ask(session, agent)
    make_leave(session, agent, END - 9 * HOUR, END)
    with pytest.raises(Refused, match="withdraw or amend the leave"):
        decide(session, row)
    with pytest.raises(Refused, match="withdraw or amend the leave"):
        ask(session, agent, starts_at=END + 3 * HOUR, hours=1)


def test_the_check_beside_the_form_says_the_same_and_writes_nothing(session: Session, agent: Agent) -> None:
    asked: dict[str, Any] = {
        "agent_id": agent.id,
        "starts_at": END - MINUTE,
        "ends_at": END + HOUR,
        "compensation": "pay",
    }
    ruling = overtime.check_request(session, himself(agent), book=BOOK, now=NOON, **asked)
    assert [v.code for v in ruling.violations] == ["within_shift"]
    with pytest.raises(Refused, match="rostered time"):
        overtime.request_overtime(session, himself(agent), reason="x", book=BOOK, now=NOON, **asked)
    assert session.scalar(select(func.count()).select_from(Overtime)) == 0


@pytest.mark.parametrize("text", ["", "   ", "\x00"])
def test_a_reason_is_asked_for(session: Session, agent: Agent, text: str) -> None:
    with pytest.raises(Refused, match="what the overtime is for"):
        ask(session, agent, reason=text)


def test_the_same_hour_is_asked_for_once_until_it_is_withdrawn(session: Session, agent: Agent) -> None:
    row = ask(session, agent)
    with pytest.raises(Refused, match="asked for already"):
        ask(session, agent, starts_at=END + HOUR)
    overtime.withdraw_overtime(session, himself(agent), row.id, expected_version=row.row_version, now=NOON)
    assert ask(session, agent, starts_at=END + HOUR).state == "requested"


def test_leave_and_overtime_exclude_each_other(session: Session, agent: Agent) -> None:
    make_leave(session, agent, END + HOUR, END + 2 * HOUR, type="sick", status="requested")
    with pytest.raises(Refused, match="is leave") as told:
        ask(session, agent)
    assert "病" not in told.value.zh  # what kind of leave it is, is nobody's business here


@pytest.mark.parametrize(
    ("starts_at", "on"),
    [
        (END, TODAY),
        (local(2026, 11, 20, 22), TODAY),  # four hours after the shift at most
        (local(2026, 11, 20, 22, 0, 1), TODAY),
        (local(2026, 11, 21, 0, 30), TODAY + DAY),
        (local(2026, 11, 20, 6), TODAY),  # leads up to the shift
    ],
)
def test_it_belongs_to_the_day_of_the_shift_it_goes_on_from(
    session: Session, agent: Agent, starts_at: datetime, on: object
) -> None:
    assert ask(session, agent, starts_at=starts_at).work_on == on


def test_past_midnight_it_belongs_to_the_evening_before(session: Session, team: Team) -> None:
    late = make_agent(session, team)
    make_shift(session, late, start=15, hours=9)
    assert ask(session, late, starts_at=local(2026, 11, 21)).work_on == TODAY


def test_where_no_approval_is_asked_for_it_counts_at_once(session: Session, agent: Agent) -> None:
    free = book_of("property_cs_rules", site="overtime.approver = off")
    row = ask(session, agent, book=free)
    assert (row.state, row.required_role, row.decided_by) == ("approved", "", "")


def test_who_may_ask_for_whom(session: Session, agent: Agent, team: Team) -> None:
    other = make_agent(session, team)
    for viewer in (
        himself(other),
        scope("supervisor", make_team(session)),
        scope("qa"),
        scope("administrator"),
        scope("executive"),
        Scope(None, "x", "agent", (team.id,), None),
    ):
        with pytest.raises(AccessRefused):
            ask(session, agent, viewer)
    assert ask(session, agent, scope("supervisor", team, actor="主管")).requested_by == "主管"


def test_nobody_asks_for_somebody_who_does_not_exist(session: Session) -> None:
    with pytest.raises(AccessRefused):
        overtime.request_overtime(
            session, MANAGER, agent_id=999, starts_at=END, ends_at=END + HOUR, compensation="pay", reason="x",
            book=BOOK, now=NOON,
        )  # fmt: skip


# Deciding


@pytest.mark.parametrize(
    ("role", "why"),
    [("supervisor", "approved by"), ("executive", "does not take it away"), ("top", "does not take")],
)
def test_the_wrong_level_is_refused_with_the_right_one(
    session: Session, agent: Agent, team: Team, role: str, why: str
) -> None:
    row = ask(session, agent)
    with pytest.raises(Refused, match=why):
        decide(session, row, scope(role, *([team] if role == "supervisor" else [])))
    assert row.state == "requested"


@pytest.mark.parametrize("role", ["qa", "administrator", "agent"])
def test_those_who_decide_nothing_decide_nothing(session: Session, agent: Agent, role: str) -> None:
    row = ask(session, agent)
    with pytest.raises(AccessRefused):
        decide(session, row, himself(agent) if role == "agent" else scope(role))


def test_what_the_manager_asked_for_goes_to_the_next_level(session: Session, agent: Agent) -> None:
    manager = make_user(session, "manager", username="boss")
    asking = Scope(manager.id, "boss", "manager", None)
    row = ask(session, agent, asking)
    with pytest.raises(Refused, match="himself"):
        decide(session, row, asking)
    decide(session, row, scope("executive", actor="总"))
    assert row.state == "approved"


def test_a_manager_does_not_approve_what_is_about_himself(session: Session, agent: Agent) -> None:
    manager = make_user(session, "manager", username="boss", agent=agent)
    row = ask(session, agent)
    with pytest.raises(Refused, match="himself"):
        decide(session, row, Scope(manager.id, "boss", "manager", None))


def test_a_refusal_says_why(session: Session, agent: Agent) -> None:
    row = ask(session, agent)
    with pytest.raises(Refused, match="why it is refused"):
        decide(session, row, is_approved=False)
    decide(session, row, is_approved=False, note="可次日处理")
    assert (row.state, row.decision_note) == ("refused", "可次日处理")
    assert ask(session, agent).state == "requested"  # what was refused may be asked for again


def test_it_is_not_approved_once_the_roster_has_taken_the_hours(session: Session, agent: Agent) -> None:
    row = ask(session, agent)
    make_shift(session, agent, start=19, hours=4)
    assert [v.code for v in overtime.ruling_of(session, row, BOOK, NOON).violations] == ["within_shift"]
    with pytest.raises(Refused, match="rostered time"):
        decide(session, row)
    decide(session, row, is_approved=False, note="已排班")


def test_of_two_who_decide_one_is_told(session: Session, engine: Engine, agent: Agent) -> None:
    row = ask(session, agent)
    session.commit()
    row_id, version = row.id, row.row_version

    def by(is_approved: bool) -> Any:
        return lambda mine: overtime.decide_overtime(
            mine,
            MANAGER,
            row_id,
            is_approved=is_approved,
            note="x",
            expected_version=version,
            book=BOOK,
            now=NOON,
        )

    assert sorted(at_once(engine, by(True), by(False))) == ["done", "stale"]


def test_of_two_who_ask_for_the_same_hour_one_is_told(session: Session, engine: Engine, agent: Agent) -> None:
    session.commit()
    viewer, agent_id = himself(agent), agent.id

    def asking(mine: Session) -> None:
        ask(mine, mine.get_one(Agent, agent_id), viewer)

    outcomes = at_once(engine, asking, asking)
    assert sorted(one.split(":")[0] for one in outcomes) == ["done", "refused"]
    assert session.scalar(select(func.count()).select_from(Overtime)) == 1


def test_who_saw_it_before_it_was_decided_is_told(session: Session, agent: Agent) -> None:
    row = ask(session, agent)
    seen = row.row_version
    decide(session, row)
    with pytest.raises(StaleCase, match="quicker"):
        decide(session, row, expected_version=seen)


# Withdrawing


@pytest.mark.parametrize(("now", "may"), [(END - SECOND, True), (END, False)])
def test_approved_overtime_is_withdrawn_before_it_begins(
    session: Session, agent: Agent, now: datetime, may: bool
) -> None:
    row = decide(session, ask(session, agent))

    def withdraw() -> Overtime:
        return overtime.withdraw_overtime(
            session, himself(agent), row.id, expected_version=row.row_version, now=now
        )

    if may:
        assert withdraw().state == "withdrawn"
    else:
        with pytest.raises(Refused, match="has begun"):
            withdraw()


def test_only_the_person_and_whoever_asked_withdraw_it(session: Session, agent: Agent, team: Team) -> None:
    row = ask(session, agent, scope("supervisor", team, actor="主管"))
    with pytest.raises(Refused, match="only the person"):
        overtime.withdraw_overtime(
            session, scope("supervisor", team, actor="另一位"), row.id, expected_version=1, now=NOON
        )
    overtime.withdraw_overtime(session, himself(agent), row.id, expected_version=row.row_version, now=NOON)
    assert row.state == "withdrawn"


# Lists


def test_lists_keep_to_the_viewer_and_put_what_waits_longest_first(
    session: Session, agent: Agent, team: Team
) -> None:
    other = make_agent(session)
    first = ask(session, agent, now=NOON - HOUR)
    second = ask(session, agent, starts_at=END + 3 * HOUR)
    third = decide(session, ask(session, agent, starts_at=END + 6 * HOUR))
    elsewhere = ask(session, other, now=NOON - 2 * HOUR)

    def ids(viewer: Scope, **more: Any) -> list[int]:
        return [row.id for row in overtime.list_overtime(session, viewer, **more)]

    assert ids(MANAGER) == [elsewhere.id, first.id, second.id, third.id]
    assert ids(scope("supervisor", team)) == [first.id, second.id, third.id]
    assert ids(himself(other)) == [elsewhere.id]
    assert ids(MANAGER, state="approved") == [third.id]
    assert ids(MANAGER, agent_id=agent.id, team_id=team.id) == [first.id, second.id, third.id]
    assert ids(MANAGER, waits_for_role="manager", to_on=TODAY) == [elsewhere.id, first.id, second.id]
    assert ids(MANAGER, waits_for_role="supervisor") == []
    assert ids(MANAGER, from_on=TODAY + DAY) == [third.id]
    with pytest.raises(LookupError):
        overtime.get_overtime(session, himself(other), first.id)
    for role in ("qa", "administrator"):
        with pytest.raises(AccessRefused):
            ids(scope(role))


# Hours


def day(session: Session, agent: Agent, extra: int, approved: int, back: int = 0) -> AttendanceDay:
    shift = make_shift(session, agent, TODAY - back * DAY)
    row = AttendanceDay(
        shift_id=shift.id, agent_id=agent.id, work_on=shift.work_on, class_="present", extra_minutes=extra,
        approved_extra_minutes=approved, clauses=[], steps=[], rulebook_version=BOOK.version, judged_at=NOON, remarks=[],
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_unapproved_hours_are_told_by_person_the_most_first(session: Session, team: Team) -> None:
    one, two, three = (make_agent(session, team) for _ in range(3))
    day(session, one, 40, 0)
    day(session, one, 90, 60, back=1)
    day(session, one, 500, 0, back=40)
    day(session, two, 120, 0)
    day(session, three, 60, 60)
    found = overtime.unapproved(session, MANAGER, TODAY - 7 * DAY, TODAY, book=BOOK)
    assert [(p.agent.id, p.minutes) for p in found] == [(two.id, 120), (one.id, 70)]
    assert [(d.minutes, d.work_on) for d in found[1].days] == [(40, TODAY), (30, TODAY - DAY)]
    assert all(p.minutes == sum(d.minutes for d in p.days) for p in found)
    assert overtime.unapproved(session, himself(two), TODAY, TODAY)[0].agent.id == two.id
    assert overtime.unapproved(session, scope("supervisor", make_team(session)), TODAY, TODAY) == []
    assert overtime.unapproved(session, MANAGER, TODAY, TODAY, team_id=999) == []
    with pytest.raises(AccessRefused):
        overtime.unapproved(session, scope("qa"), TODAY, TODAY)


def test_what_was_stayed_is_unapproved_until_it_is_approved(session: Session, agent: Agent) -> None:
    """From the punches to the figure and back again."""
    make_punch(session, agent, END - 9 * HOUR)
    make_punch(session, agent, END + 2 * HOUR, "out")
    after = END + 3 * HOUR
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=BOOK, now=after)
    assert [p.minutes for p in overtime.unapproved(session, MANAGER, TODAY, TODAY)] == [120]
    row = ask(session, agent, hours=1.5, now=after)
    assert any("事后补报" in step["zh"] for step in row.steps)
    assert [p.minutes for p in overtime.unapproved(session, MANAGER, TODAY, TODAY)] == [120]
    decide(session, row, now=after)
    assert [p.minutes for p in overtime.unapproved(session, MANAGER, TODAY, TODAY)] == [30]


@pytest.mark.parametrize(("minutes", "counted"), [(29, 0), (30, 30)])
def test_a_few_minutes_are_no_overtime(session: Session, agent: Agent, minutes: int, counted: int) -> None:
    make_punch(session, agent, END - 9 * HOUR)
    make_punch(session, agent, END + minutes * MINUTE, "out")
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=BOOK, now=END + 3 * HOUR)
    assert sum(p.minutes for p in overtime.unapproved(session, MANAGER, TODAY, TODAY)) == counted


def test_a_rest_day_that_was_worked_is_unapproved_from_its_first_hour(session: Session, team: Team) -> None:
    free = make_agent(session, team)
    make_punch(session, free, END - 3 * HOUR)
    make_punch(session, free, END, "out")

    def minutes() -> list[int]:
        found = overtime.unapproved(session, MANAGER, TODAY, TODAY, book=BOOK, now=END + 5 * HOUR)
        return [p.minutes for p in found]

    assert minutes() == [180]
    row = ask(session, free, starts_at=END - 3 * HOUR, hours=2, now=END)
    assert row.work_on == TODAY
    decide(session, row, now=END)
    assert minutes() == [60]


def test_the_late_shift_that_goes_on_by_itself_is_no_unapproved_time(session: Session, team: Team) -> None:
    shop = load_rulebook(["ecommerce_shop"])
    late = make_agent(session, team)
    make_shift(session, late, start=18, hours=6)
    make_punch(session, late, END)
    make_punch(session, late, END + 7 * HOUR, "out")
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=shop, now=END + 9 * HOUR)
    assert overtime.unapproved(session, MANAGER, TODAY, TODAY, book=shop) == []


def test_time_off_is_granted_for_what_was_worked_once(session: Session, agent: Agent) -> None:
    row = decide(session, ask(session, agent, compensation="time_off"))
    make_punch(session, agent, END - 9 * HOUR)
    assert overtime_hours.grant_worked(session, BOOK, END + 2 * HOUR) == 0  # not clocked out yet
    make_punch(session, agent, END + 90 * MINUTE, "out")
    assert overtime_hours.grant_worked(session, BOOK, END + 2 * HOUR) == 0  # he may have come back: wait
    after = END + 6 * HOUR
    assert overtime_hours.grant_worked(session, BOOK, after) == 1
    assert overtime_hours.grant_worked(session, BOOK, after) == 0
    entry = session.scalars(select(LeaveEntry).where(LeaveEntry.overtime_id == row.id)).one()
    assert "1.5" in entry.steps[0]["zh"]
    assert leave_balances.balance(session, MANAGER, agent.id, "time_off", TODAY) == entry.days > Decimal(0)


def test_what_is_paid_or_was_not_worked_grants_nothing(session: Session, agent: Agent) -> None:
    decide(session, ask(session, agent, compensation="time_off"))
    decide(session, ask(session, agent, starts_at=END + 3 * HOUR, compensation="pay"))
    assert overtime_hours.grant_worked(session, BOOK, END + 20 * HOUR) == 0


def test_the_clock_out_at_the_end_settles_it_at_once(session: Session, agent: Agent) -> None:
    decide(session, ask(session, agent, compensation="time_off"))
    make_punch(session, agent, END - 9 * HOUR)
    make_punch(session, agent, END + 2 * HOUR, "out")
    assert overtime_hours.grant_worked(session, BOOK, END + 2 * HOUR) == 1


def test_two_workers_grant_it_once(session: Session, engine: Engine, agent: Agent) -> None:
    decide(session, ask(session, agent, compensation="time_off"))
    make_punch(session, agent, END - 9 * HOUR)
    make_punch(session, agent, END + 2 * HOUR, "out")
    session.commit()
    grant = lambda mine: overtime_hours.grant_worked(mine, BOOK, END + 3 * HOUR)  # noqa: E731
    assert at_once(engine, grant, grant) == ["done", "done"]
    assert session.scalar(select(func.count()).select_from(LeaveEntry)) == 1
