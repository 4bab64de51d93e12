"""Days worked without a shift in a month of attendance: their totals, the days behind them, fixing, what changes later."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db import export_attendance
from db.attendance_months import differences, lock_month, sums, totals
from db.models import Agent, AttendanceMonthRow, Overtime, Team
from db.month_rest import rest_of_day
from regulations.access import Scope
from regulations.attendance_totals import MEASURES, days_behind
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import local, make_agent, make_punch, make_shift, make_team, scope

OCTOBER = "2026-10"
SUNDAY = date(2026, 10, 18)
AFTER, LATER = local(2026, 11, 3, 10, 0), local(2026, 11, 9, 10, 0)
REST = ("rest_days", "rest_day_minutes", "approved_rest_day_minutes", "unapproved_rest_day_minutes")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def there(
    session: Session, agent: Agent, day: int, came: tuple[int, int], left: tuple[int, int] | None
) -> None:
    make_punch(session, agent, local(2026, 10, day, *came), "in")
    if left is not None:
        make_punch(session, agent, local(2026, 10, day, *left), "out")


def approve(
    session: Session, agent: Agent, starts_at: datetime, ends_at: datetime, at: datetime = AFTER
) -> None:
    session.add(
        Overtime(
            agent_id=agent.id, work_on=SUNDAY, starts_at=starts_at, ends_at=ends_at, requested_by="anna", requested_at=at,
            state="approved", decided_by="boss", decided_at=at, required_role="supervisor", clauses=[], steps=[],
            rulebook_version="test",
        )
    )  # fmt: skip
    session.commit()


@pytest.fixture
def team(session: Session, book: Rulebook) -> Team:
    """Anna has a shift on Friday and was there on Sunday for four hours, two of them approved; Bert only on Sunday."""
    team = make_team(session, name="一组")
    anna, bert = (make_agent(session, team, number=n, name=n) for n in ("anna", "bert"))
    make_shift(session, anna, date(2026, 10, 16))
    there(session, anna, 16, (8, 55), (18, 1))
    there(session, anna, 18, (9, 0), (13, 0))
    approve(session, anna, local(2026, 10, 18, 9), local(2026, 10, 18, 11))
    there(session, bert, 18, (14, 0), (15, 30))
    judge(session, book)
    return team


def judge(session: Session, book: Rulebook, now: datetime = AFTER) -> None:
    from db import attendance

    attendance.judge_days(session, from_on=date(2026, 10, 1), to_on=date(2026, 10, 31), book=book, now=now)
    session.commit()


def of_rest(totals: Any) -> tuple[int, ...]:
    return tuple(totals[code] for code in REST)


def month_of(session: Session, book: Rulebook, viewer: Scope | None = None, now: datetime = AFTER) -> Any:
    return totals(session, viewer or scope("manager"), OCTOBER, book=book, now=now)


def lock(session: Session, team: Team, book: Rulebook) -> None:
    lock_month(
        session, scope("manager", actor="boss"), team_id=team.id, month=OCTOBER, note="", now=AFTER, book=book
    )
    session.commit()


def test_what_was_worked_without_a_shift_has_totals_of_its_own(
    session: Session, team: Team, book: Rulebook
) -> None:
    anna, bert = month_of(session, book).people
    assert of_rest(anna.totals) == (1, 240, 120, 120)
    assert of_rest(bert.totals) == (1, 90, 0, 90)
    assert (anna.totals["rostered"], anna.totals["unapproved_extra_minutes"]) == (1, 0)
    assert bert.totals["rostered"] == 0
    assert of_rest(month_of(session, book).totals) == (2, 330, 120, 210)


@pytest.mark.parametrize("code", REST)
def test_the_days_behind_are_as_many_or_add_up_to_it(
    code: str, session: Session, team: Team, book: Rulebook
) -> None:
    (found,) = month_of(session, book).teams
    for person in found.people:
        behind = days_behind([day.fact for day in person.days], code, found.missed)
        assert sum(MEASURES[code].amount(day, found.missed) for day in behind) == person.totals[code]
        assert all((day.class_, day.work_on) == ("rest", SUNDAY) for day in behind)


def test_the_days_of_a_person_stand_in_order(session: Session, team: Team, book: Rulebook) -> None:
    anna = month_of(session, book).people[0]
    assert [(day.fact.work_on, day.fact.class_) for day in anna.days] == [
        (date(2026, 10, 16), "present"),
        (SUNDAY, "rest"),
    ]
    assert anna.days[1].fact.remarks == ("rest_day_worked", "unapproved_extra")


def test_other_teams_and_other_people_see_nothing_of_it(session: Session, team: Team, book: Rulebook) -> None:
    other = make_team(session)
    assert month_of(session, book, scope("supervisor", other)).people == ()
    bert = next(p for p in month_of(session, book).people if p.number == "bert")
    own = month_of(session, book, scope("agent", agent=session.get_one(Agent, bert.agent_id)))
    assert [p.number for p in own.people] == ["bert"] and of_rest(own.totals) == (1, 90, 0, 90)


def test_who_has_not_left_yet_is_in_no_total_that_day(session: Session, team: Team, book: Rulebook) -> None:
    carl = make_agent(session, team, number="carl")
    there(session, carl, 19, (9, 0), None)
    session.commit()
    during = month_of(session, book, now=local(2026, 10, 19, 12))
    assert of_rest(next(p for p in during.people if p.number == "carl").totals) == (0, 0, 0, 0)
    after = next(p for p in month_of(session, book).people if p.number == "carl")
    assert of_rest(after.totals) == (1, 0, 0, 0)


def test_a_fixed_month_keeps_them_with_their_reasoning(session: Session, team: Team, book: Rulebook) -> None:
    lock(session, team, book)
    before = month_of(session, book)
    assert of_rest(before.totals) == (2, 330, 120, 210)
    rows = session.query(AttendanceMonthRow).all()
    kept = [day for row in rows for day in row.days if day["class"] == "rest"]
    assert len(kept) == 2
    assert all(day["steps"] and "当日没有班次" in day["steps"][0]["zh"] for day in kept)
    assert differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER) == ()


def test_an_approval_after_the_fixing_is_a_difference_and_moves_no_figure(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    anna = month_of(session, book).people[0]
    approve(
        session,
        session.get_one(Agent, anna.agent_id),
        local(2026, 10, 18, 11),
        local(2026, 10, 18, 13),
        LATER,
    )
    assert of_rest(month_of(session, book, now=LATER).totals) == (2, 330, 120, 210)
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert (one.number, one.work_on) == ("anna", SUNDAY)
    assert one.before is not None and one.after is not None
    assert (one.before.fact.approved_extra_minutes, one.after.fact.approved_extra_minutes) == (120, 240)
    assert any("加班申请" in step.zh for step in one.reasons)


def test_readings_that_come_in_afterwards_are_a_difference(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    anna = session.query(Agent).filter_by(number="anna").one()
    for hour, kind in ((9, "in"), (12, "out")):
        make_punch(session, anna, local(2026, 10, 25, hour), kind).recorded_at = LATER
    session.commit()
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert one.before is None and one.after is not None and one.after.fact.extra_minutes == 180
    assert len(one.reasons) == 2


def test_a_shift_rostered_afterwards_takes_the_readings(session: Session, team: Team, book: Rulebook) -> None:
    lock(session, team, book)
    bert = session.query(Agent).filter_by(number="bert").one()
    make_shift(session, bert, SUNDAY, start=14, hours=2)
    session.commit()
    judge(session, book, LATER)
    found = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    gone = next(one for one in found if one.after is None)
    assert gone.before is not None and gone.before.fact.class_ == "rest"
    assert [step.zh for step in gone.reasons] == ["这些打卡已归入班次"]


def test_a_month_fixed_before_they_were_counted_shows_no_difference(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    for row in session.query(AttendanceMonthRow):
        row.totals = {code: n for code, n in row.totals.items() if "rest_day" not in code}
        row.days = [day for day in row.days if day["class"] != "rest"]
    session.commit()
    assert differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER) == ()
    assert of_rest(month_of(session, book, now=LATER).totals) == (0, 0, 0, 0)


def test_the_day_says_how_it_was_counted_and_from_which_readings(
    session: Session, team: Team, book: Rulebook
) -> None:
    anna = month_of(session, book).people[0]
    (one,) = rest_of_day(session, anna.agent_id, SUNDAY, book, AFTER)
    assert one.day == anna.days[1]
    assert [reading.kind for reading in one.readings] == ["in", "out"]
    assert any(step.clause for step in one.steps)
    assert rest_of_day(session, anna.agent_id, date(2026, 10, 16), book, AFTER) == ()


def test_the_spreadsheet_of_months_has_them(session: Session, team: Team, book: Rulebook) -> None:
    rows = export_attendance.month_rows(
        session, scope("manager"), date(2026, 10, 1), date(2026, 10, 31), AFTER, None, "zh"
    )
    titles = [zh for zh, _en in export_attendance.MONTH_TITLES]
    (anna,) = [row for row in rows if row[1] == "anna"]
    assert anna[titles.index("休息日在岗分钟")] == 240
    assert anna[titles.index("休息日未批分钟")] == 120


def test_two_goes_on_one_date_are_two_days(session: Session, team: Team, book: Rulebook) -> None:
    """Half past midnight, and again in the evening more than 16 hours later."""
    carl = make_agent(session, team, number="carl")
    there(session, carl, 20, (0, 30), (2, 0))
    there(session, carl, 20, (19, 0), (20, 0))
    session.commit()
    person = next(p for p in month_of(session, book).people if p.number == "carl")
    numbers = [day.fact.shift_id for day in person.days]
    assert len(set(numbers)) == len(numbers)
    assert person.totals["rest_day_minutes"] == 150


@pytest.mark.parametrize("fixes", [False, True])
def test_the_sums_of_a_month_are_those_of_its_shifts(
    fixes: bool, session: Session, team: Team, book: Rulebook
) -> None:
    """Read by kinds of days, for a comparison; also where one team is fixed and another is not."""
    other = make_team(session)
    carl = make_agent(session, other, number="carl")
    make_shift(session, carl, date(2026, 10, 16))
    there(session, carl, 16, (9, 7), (18, 40))
    make_shift(session, carl, date(2026, 10, 17))
    judge(session, book)
    if fixes:
        lock(session, team, book)
        there(session, carl, 25, (9, 0), (10, 0))
        session.commit()
    for viewer in (
        scope("manager"),
        scope("supervisor", team),
        scope("supervisor", other),
        scope("agent", agent=carl),
    ):
        for team_id in (None, team.id, other.id):
            whole = totals(session, viewer, OCTOBER, team_id, book=book, now=LATER).totals
            assert sums(session, viewer, OCTOBER, team_id, book=book, now=LATER) == whole
    running = local(2026, 10, 16, 12)
    assert (
        sums(session, scope("manager"), OCTOBER, book=book, now=running)
        == totals(session, scope("manager"), OCTOBER, book=book, now=running).totals
    )
