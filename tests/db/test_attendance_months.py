"""A month of attendance: its totals, fixing it, and what shows when something changes afterwards."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import attendance, attendance_months, metrics
from db.attendance_months import count_undecided, differences, lock_month, month_bounds, totals
from db.importing import import_file
from db.models import (
    Agent,
    AttendanceDay,
    AttendanceMonth,
    AuditEntry,
    Leave,
    Overtime,
    Punch,
    PunchCorrection,
    Shift,
    ShiftChange,
    SwapRequest,
    Team,
)
from db.refusals import Refused, StaleCase
from regulations.access import SYSTEM, AccessRefused
from regulations.attendance_totals import MEASURES, days_behind
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.test_races import at_once
from tests.factories import (
    local,
    make_agent,
    make_leave,
    make_punch,
    make_shift,
    make_team,
    scope,
)

OCTOBER = "2026-10"
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
AFTER = local(2026, 11, 3, 10, 0)
LATER = local(2026, 11, 9, 10, 0)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def worked(
    session: Session,
    agent: Agent,
    day: int,
    came: tuple[int, int] | None = (8, 55),
    left: tuple[int, int] | None = (18, 1),
) -> Shift:
    """A shift of October from nine to six with its clock readings."""
    shift = make_shift(session, agent, date(2026, 10, day))
    for at, kind in ((came, "in"), (left, "out")):
        if at is not None:
            make_punch(session, agent, local(2026, 10, day, *at), kind)
    return shift


@pytest.fixture
def team(session: Session, book: Rulebook) -> Team:
    """Anna: present, late by seven minutes, absent, on leave. Bert: present, severe, no clock-out."""
    team = make_team(session, name="一组")
    anna, bert = (make_agent(session, team, number=n, name=n) for n in ("anna", "bert"))
    worked(session, anna, 9)
    worked(session, anna, 10, came=(9, 7))
    worked(session, anna, 11, came=None, left=None)
    make_shift(session, anna, date(2026, 10, 12))
    make_leave(session, anna, local(2026, 10, 12), local(2026, 10, 13))
    worked(session, bert, 9)
    worked(session, bert, 10, came=(9, 40))
    worked(session, bert, 11, left=None)
    judged(session, book)
    return team


def judged(session: Session, book: Rulebook, now: datetime = AFTER) -> None:
    attendance.judge_days(session, from_on=FIRST, to_on=LAST, book=book, now=now)
    session.commit()


def of(session: Session, number: str) -> Agent:
    return session.scalars(select(Agent).where(Agent.number == number)).one()


def lock(
    session: Session, team: Team, book: Rulebook, now: datetime = AFTER, **changes: Any
) -> AttendanceMonth:
    values: dict[str, Any] = {"team_id": team.id, "month": OCTOBER, "note": "", "now": now, "book": book}
    row = lock_month(session, scope("manager", actor="boss"), **{**values, **changes})
    session.commit()
    return row


def test_each_persons_totals_are_what_the_days_add_up_to(
    session: Session, team: Team, book: Rulebook
) -> None:
    month = totals(session, scope("manager"), OCTOBER, book=book, now=AFTER)
    anna, bert = month.people
    assert (anna.name, anna.totals["scheduled"], anna.totals["absent"], anna.totals["on_leave"]) == (
        "anna",
        3,
        1,
        1,
    )
    assert (anna.totals["late"], anna.totals["late_minutes"]) == (1, 7)
    assert (bert.totals["severe"], bert.totals["late_minutes"], bert.totals["missing_punch"]) == (1, 40, 1)
    for code in MEASURES:
        assert month.totals[code] == anna.totals[code] + bert.totals[code]
    assert month.is_over and month.teams[0].fixed is None


def test_the_totals_agree_with_the_figures_of_the_meeting(
    session: Session, team: Team, book: Rulebook
) -> None:
    month = totals(session, scope("manager"), OCTOBER, book=book, now=AFTER).totals
    for key, code in (
        ("attendance.rate", "attended"),
        ("attendance.late_rate", "late"),
        ("attendance.severe_rate", "severe"),
    ):
        figure = metrics.figure(session, scope("manager"), key, FIRST, LAST, book, AFTER)
        assert (figure.numerator, figure.denominator) == (month[code], month["scheduled"])


def test_the_days_behind_a_total_are_as_many_as_it_says(session: Session, team: Team, book: Rulebook) -> None:
    (found,) = totals(session, scope("manager"), OCTOBER, book=book, now=AFTER).teams
    for person in found.people:
        facts = [day.fact for day in person.days]
        for code, measure in MEASURES.items():
            behind = days_behind(facts, code, found.missed)
            assert sum(measure.amount(day, found.missed) for day in behind) == person.totals[code]


def test_a_supervisor_sees_his_teams_and_an_agent_himself(
    session: Session, team: Team, book: Rulebook
) -> None:
    other = make_team(session)
    worked(session, make_agent(session, other, number="carl"), 9)
    judged(session, book)

    def seen(viewer: Any) -> list[str]:
        return [p.number for p in totals(session, viewer, OCTOBER, book=book, now=AFTER).people]

    assert seen(scope("manager")) == ["anna", "bert", "carl"]
    assert seen(scope("supervisor", other)) == ["carl"]
    assert seen(scope("supervisor")) == []
    assert seen(scope("agent", agent=of(session, "bert"))) == ["bert"]
    assert totals(session, scope("supervisor", other), OCTOBER, team.id, book=book, now=AFTER).teams == ()
    lock(session, team, book)
    assert seen(scope("agent", agent=of(session, "bert"))) == ["bert"]
    assert seen(scope("supervisor", other)) == ["carl"]


@pytest.mark.parametrize("month", ["2026-13", "2026-1", "October", "", "2026-10-01", "２０２６-10"])
def test_what_is_no_month_is_refused(month: str, session: Session, team: Team, book: Rulebook) -> None:
    with pytest.raises(ValueError):
        month_bounds(month)
    with pytest.raises(Refused, match="2026-10"):
        lock(session, team, book, month=month)


def test_fixing_keeps_every_figure_with_who_and_when(session: Session, team: Team, book: Rulebook) -> None:
    before = totals(session, scope("manager"), OCTOBER, book=book, now=AFTER)
    row = lock(session, team, book, note="  十月考勤\x00 ")
    session.expire_all()
    after = totals(session, scope("manager"), OCTOBER, book=book, now=LATER)
    (fixed,) = after.teams
    assert fixed.fixed is not None and (fixed.fixed.by, fixed.fixed.note) == ("boss", "十月考勤")
    assert fixed.fixed.at == AFTER and row.rulebook_version == book.version
    assert [(p.number, p.totals, p.days) for p in after.people] == [
        (p.number, p.totals, p.days) for p in before.people
    ]
    assert differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER) == ()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "attendance.month_locked")).one()
    assert entry.actor == "boss" and entry.detail["totals"]["late_minutes"] == 47


def test_a_fixed_day_keeps_its_reasoning(session: Session, team: Team, book: Rulebook) -> None:
    row = lock(session, team, book)
    for person in row.rows:
        assert person.days and all(day["steps"] and day["steps"][0]["zh"] for day in person.days)


def test_a_correction_after_the_fixing_is_a_difference_and_moves_no_figure(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    bert = of(session, "bert")
    punch = late_reading(session, bert, local(2026, 10, 11, 18, 5), "out", "correction")
    session.add(correction(bert, punch, state="approved", decided_by="boss", decided_at=LATER))
    judged(session, book, LATER)
    (month,) = totals(session, scope("manager"), OCTOBER, book=book, now=LATER).teams
    assert month.totals["missing_punch"] == 1
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert (one.number, one.work_on) == ("bert", date(2026, 10, 11))
    assert one.before is not None and one.after is not None
    assert (one.before.fact.class_, one.after.fact.class_) == ("missing_punch", "present")
    assert [step.zh for step in one.reasons] == ["2026-11-09 10:00 boss批准补卡：下班 2026-10-11 18:05"]


def late_reading(session: Session, agent: Agent, at: datetime, kind: str, source: str = "import") -> Punch:
    """A clock reading that was recorded after the month was fixed."""
    punch = make_punch(session, agent, at, kind)
    punch.source, punch.recorded_at = source, LATER
    session.commit()
    return punch


def correction(agent: Agent, punch: Punch | None = None, **values: Any) -> PunchCorrection:
    return PunchCorrection(
        agent_id=agent.id,
        work_on=date(2026, 10, 11),
        kind="out",
        at=local(2026, 10, 11, 18, 5),
        punch_id=punch.id if punch else None,
        requested_by="bert",
        requested_at=LATER,
        required_role="supervisor",
        clauses=[],
        steps=[],
        rulebook_version="test",
        **values,
    )


def test_readings_imported_after_the_fixing_are_accepted_and_show(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    anna = of(session, "anna")
    late_reading(session, anna, local(2026, 10, 11, 8, 50), "in")
    late_reading(session, anna, local(2026, 10, 11, 18, 3), "out")
    judged(session, book, LATER)
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert one.after is not None and one.after.fact.class_ == "present"
    assert len(one.reasons) == 2 and all("导入打卡" in step.zh for step in one.reasons)


def test_a_file_for_a_fixed_month_is_taken_in_and_shows_as_differences(
    session: Session, team: Team, book: Rulebook, tmp_path: Path
) -> None:
    lock(session, team, book)
    file = tmp_path / "punches.csv"
    file.write_text("工号,打卡时间,类型\nbert,2026-10-11 18:02,下班\n", encoding="utf-8")
    result = import_file(session, SYSTEM, "punches", file, book=book, now=LATER)
    session.commit()
    assert (result.accepted, len(result.rejected)) == (1, 0)
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert one.after is not None and one.after.fact.class_ == "present"
    assert [step.zh for step in one.reasons] == ["2026-11-09 10:00 导入打卡：下班 2026-10-11 18:02"]
    assert totals(session, scope("manager"), OCTOBER, book=book, now=LATER).totals["missing_punch"] == 1


def test_leave_approved_afterwards_is_told_without_its_kind(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    leave = make_leave(session, of(session, "anna"), local(2026, 10, 11), local(2026, 10, 12), type="sick")
    leave.decided_at = LATER
    judged(session, book, LATER)
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert one.after is not None and one.after.fact.class_ == "on_leave"
    (why,) = one.reasons
    assert "请假" in why.zh and "病" not in why.zh and "sick" not in why.en.lower()


def test_leave_that_says_not_when_it_came_in_is_explained_by_what_the_reasoning_says_now(
    session: Session, team: Team, book: Rulebook
) -> None:
    """Imported leave knows when it was filed, not when the file came in."""
    lock(session, team, book)
    make_leave(session, of(session, "anna"), local(2026, 10, 11), local(2026, 10, 12), type="sick")
    judged(session, book, LATER)
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert [step.zh for step in one.reasons][:2] == [
        "2026-11-09 10:00 重新判定",
        "请假 2026-10-11 00:00 至 2026-10-12 00:00，已批准",
    ]
    assert all("病" not in step.zh and "sick" not in step.en.lower() for step in one.reasons)


def test_a_shift_taken_off_or_added_afterwards_is_a_difference(
    session: Session, team: Team, book: Rulebook
) -> None:
    lock(session, team, book)
    anna, bert = of(session, "anna"), of(session, "bert")
    gone = session.scalars(
        select(Shift).where(Shift.agent_id == anna.id, Shift.work_on == date(2026, 10, 9))
    ).one()
    session.execute(AttendanceDay.__table__.delete().where(AttendanceDay.shift_id == gone.id))  # type: ignore[attr-defined]
    session.delete(gone)
    added = worked(session, bert, 20)
    session.add(
        ShiftChange(
            shift_id=added.id, agent_id=bert.id, work_on=date(2026, 10, 20), before={}, after={"code": "day"},
            source="roster", reason="顶班补录", changed_by="boss", changed_at=LATER,
        )
    )  # fmt: skip
    judged(session, book, LATER)
    found = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    (first, rest), second = sorted(found[:2], key=lambda one: one.before is None), found[2]
    assert len(found) == 3 and (first.number, first.after) == ("anna", None)
    assert [step.en for step in first.reasons] == ["The shift is no longer on the roster"]
    # She was there all the same: it is a day without a shift now.
    assert rest.number == "anna" and rest.after is not None and rest.after.fact.class_ == "rest"
    assert (second.number, second.before) == ("bert", None)
    assert any("顶班补录" in step.zh for step in second.reasons)


def test_who_changes_teams_stays_in_the_month_that_was_fixed(
    session: Session, team: Team, book: Rulebook
) -> None:
    other = make_team(session)
    carl = make_agent(session, other, number="carl")
    worked(session, carl, 9)
    judged(session, book)
    lock(session, team, book)
    of(session, "anna").team_id = other.id
    session.commit()
    month = totals(session, scope("manager"), OCTOBER, book=book, now=LATER)
    counted = Counter(day.fact.shift_id for person in month.people for day in person.days)
    assert len(counted) == 8 and set(counted.values()) == {1}
    assert differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER) == ()
    lock(session, other, book, now=LATER)
    assert session.scalar(select(func.count()).select_from(AttendanceMonth)) == 2
    month = totals(session, scope("manager"), OCTOBER, book=book, now=LATER)
    assert [p.number for p in month.people] == ["anna", "bert", "carl"]


def test_who_joins_a_fixed_team_afterwards_is_a_difference_with_its_reason(
    session: Session, team: Team, book: Rulebook
) -> None:
    carl = make_agent(session, make_team(session), number="carl")
    worked(session, carl, 9)
    judged(session, book)
    lock(session, team, book)
    carl.team_id = team.id
    session.commit()
    (one,) = differences(session, scope("manager"), team.id, OCTOBER, book=book, now=LATER)
    assert (one.number, one.before) == ("carl", None)
    assert any("名单" in step.zh for step in one.reasons)


def test_figures_that_went_out_of_date_are_judged_before_they_are_fixed(
    session: Session, team: Team, book: Rulebook
) -> None:
    make_punch(session, of(session, "bert"), local(2026, 10, 11, 18, 5), "out")
    session.commit()
    lock(session, team, book)
    assert totals(session, scope("manager"), OCTOBER, book=book, now=AFTER).totals["missing_punch"] == 0


# -- refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["supervisor", "qa", "executive", "top", "agent", "administrator"])
def test_only_a_manager_fixes_a_month(role: str, session: Session, team: Team, book: Rulebook) -> None:
    with pytest.raises(AccessRefused):
        lock_month(session, scope(role, team), team_id=team.id, month=OCTOBER, note="", now=AFTER, book=book)


def test_a_manager_fixes_only_the_teams_he_sees(session: Session, team: Team, book: Rulebook) -> None:
    viewer = scope("manager", make_team(session))
    with pytest.raises(AccessRefused):
        lock_month(session, viewer, team_id=team.id, month=OCTOBER, note="", now=AFTER, book=book)
    with pytest.raises(AccessRefused):
        differences(session, viewer, team.id, OCTOBER, book=book, now=AFTER)
    with pytest.raises(AccessRefused):
        lock_month(session, scope("manager"), team_id=987654, month=OCTOBER, note="", now=AFTER, book=book)


@pytest.mark.parametrize(
    ("now", "is_allowed"),
    [(local(2026, 10, 31, 23, 59, 59), False), (local(2026, 11, 1), True)],
)
def test_a_month_is_fixed_when_its_last_day_is_over(
    now: datetime, is_allowed: bool, session: Session, team: Team, book: Rulebook
) -> None:
    if is_allowed:
        assert lock(session, team, book, now=now).locked_at == now
    else:
        with pytest.raises(Refused, match="not over"):
            lock(session, team, book, now=now)


def test_a_month_is_not_fixed_twice(session: Session, team: Team, book: Rulebook) -> None:
    lock(session, team, book)
    with pytest.raises(StaleCase) as told:
        lock(session, team, book, now=LATER)
    assert "boss" in told.value.zh and "2026-11-03 10:00" in told.value.zh


def test_a_night_shift_that_runs_into_the_next_month_is_waited_for(
    session: Session, team: Team, book: Rulebook
) -> None:
    bert = of(session, "bert")
    make_shift(session, bert, LAST, start=22, hours=9)
    make_punch(session, bert, local(2026, 10, 31, 21, 55))
    judged(session, book, local(2026, 11, 1, 1))
    with pytest.raises(Refused, match="1 shifts are not over"):
        lock(session, team, book, now=local(2026, 11, 1, 1))


def test_undecided_requests_are_counted_by_kind_before_anything_is_fixed(
    session: Session, team: Team, book: Rulebook
) -> None:
    anna, bert = of(session, "anna"), of(session, "bert")
    stranger = make_agent(session)
    make_leave(session, anna, local(2026, 9, 29), local(2026, 10, 2), status="requested")
    make_leave(
        session, anna, local(2026, 9, 28), local(2026, 10, 1), status="requested", type="sick"
    )  # ends before
    make_leave(session, stranger, local(2026, 10, 5), local(2026, 10, 6), status="requested")
    session.add(correction(bert))
    session.add(correction(anna, state="refused"))
    session.add(
        Overtime(
            agent_id=bert.id, work_on=LAST, starts_at=local(2026, 10, 31, 18), ends_at=local(2026, 10, 31, 20),
            requested_by="bert", requested_at=AFTER, required_role="supervisor", clauses=[], steps=[],
            rulebook_version="test",
        )
    )  # fmt: skip
    session.add(
        SwapRequest(
            requester_id=stranger.id, partner_id=bert.id, swap_on=date(2026, 9, 30), payback_on=FIRST, consents=[],
            requested_by="x", requested_at=AFTER, clauses=[], steps=[], rulebook_version="test",
        )
    )  # fmt: skip
    session.commit()
    agents = [anna.id, bert.id]
    expected = {"leave": 1, "swap": 1, "correction": 1, "overtime": 1}
    assert count_undecided(session, agents, OCTOBER, book) == expected
    with pytest.raises(Refused) as told:
        lock(session, team, book)
    assert told.value.zh == "还有 4 项申请未审批（请假 1、换班 1、补卡 1、加班 1），请先审批再锁定。"
    session.rollback()
    for row in (*session.scalars(select(Leave)), *session.scalars(select(PunchCorrection))):
        setattr(row, "status" if isinstance(row, Leave) else "state", "approved")
    for row in (*session.scalars(select(Overtime)), *session.scalars(select(SwapRequest))):
        row.state = "refused"
    session.commit()
    assert lock(session, team, book).id


def test_a_team_without_a_shift_has_nothing_to_fix(session: Session, book: Rulebook) -> None:
    with pytest.raises(Refused, match="nothing to fix"):
        lock(session, make_team(session), book)


def test_the_rules_of_a_fixed_month_are_those_it_was_fixed_under(
    session: Session, team: Team, book: Rulebook
) -> None:
    """What counts as not attended is read by the lock's rulebook, whatever is in force by now."""
    lock(session, team, book)
    shop = load_rulebook(("ecommerce_shop",))  # severe is an absence there
    (found,) = totals(session, scope("manager"), OCTOBER, book=shop, now=LATER).teams
    assert (
        found.totals
        == attendance_months.totals(session, scope("manager"), OCTOBER, book=book, now=LATER).totals
    )
    assert replace(found, fixed=None).fixed is None


def test_of_two_managers_who_fix_at_once_the_second_is_told(
    session: Session, engine: Engine, team: Team, book: Rulebook
) -> None:
    team_id = team.id
    works = [
        lambda mine: lock_month(
            mine, scope("manager"), team_id=team_id, month=OCTOBER, note="", now=AFTER, book=book
        )
    ] * 2
    assert sorted(at_once(engine, *works)) == ["done", "stale"]
    assert session.scalar(select(func.count()).select_from(AttendanceMonth)) == 1
