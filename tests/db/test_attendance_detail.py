"""A day as it can be checked: its readings, leave, time off the post and reasoning, and who may read what."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from db import attendance
from db.attendance_detail import get_day, may_know_leave, readable
from db.attendance_months import lock_month
from regulations.access import CAPABILITIES
from regulations.names import NAMES
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import (
    local,
    make_agent,
    make_leave,
    make_off_post,
    make_punch,
    make_shift,
    make_team,
    scope,
)

DAY = date(2026, 10, 9)
AFTER = local(2026, 11, 3, 10)


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


def judged(session: Session, book: Rulebook) -> None:
    attendance.judge_days(session, from_on=date(2026, 10, 1), to_on=date(2026, 10, 31), book=book, now=AFTER)
    session.commit()


def test_a_day_shows_shift_readings_and_reasoning(session: Session, book: Rulebook) -> None:
    agent = make_agent(session, number="K1", name="甲", phone="13800000000")
    make_shift(session, agent, DAY, post="热线")
    wrong = make_punch(session, agent, local(2026, 10, 9, 9, 30))
    right = make_punch(session, agent, local(2026, 10, 9, 8, 58))
    right.corrects_id, right.source, right.recorded_by = wrong.id, "correction", "boss"
    make_punch(session, agent, local(2026, 10, 9, 18, 2), "out")
    make_off_post(session, agent, local(2026, 10, 9, 11), 12)
    judged(session, book)
    day = get_day(session, scope("manager"), "K1", DAY)
    assert (day.name, day.team_id, day.phone) == ("甲", agent.team_id, "13800000000")
    (shift,) = day.shifts
    assert (shift.post, shift.starts_at, shift.class_) == ("热线", local(2026, 10, 9, 9), "present")
    assert shift.steps and shift.rulebook_version == book.version
    assert [(r.at, r.kind, r.source, r.is_replaced) for r in day.readings] == [
        (local(2026, 10, 9, 8, 58), "in", "correction", False),
        (local(2026, 10, 9, 9, 30), "in", "import", True),
        (local(2026, 10, 9, 18, 2), "out", "import", False),
    ]
    assert [away.starts_at for away in day.off_post] == [local(2026, 10, 9, 11)]
    assert day.fixed_steps == ()


def test_the_clock_out_after_midnight_stands_with_the_evening_before(
    session: Session, book: Rulebook
) -> None:
    agent = make_agent(session, number="K1")
    for work_on in (DAY, DAY + timedelta(days=1)):
        make_shift(session, agent, work_on, start=18, hours=6)
    make_punch(session, agent, local(2026, 10, 9, 17, 50))
    make_punch(session, agent, local(2026, 10, 10, 0, 20), "out")
    make_punch(session, agent, local(2026, 10, 10, 17, 55))
    judged(session, book)
    first = get_day(session, scope("manager"), "K1", DAY)
    second = get_day(session, scope("manager"), "K1", DAY + timedelta(days=1))
    assert [r.at for r in first.readings] == [local(2026, 10, 9, 17, 50), local(2026, 10, 10, 0, 20)]
    assert [r.at for r in second.readings] == [local(2026, 10, 10, 17, 55)]


def test_a_day_without_a_shift_is_empty_and_one_not_begun_has_no_verdict(session: Session) -> None:
    agent = make_agent(session, number="K1")
    make_punch(session, agent, local(2026, 10, 9, 9))
    empty = get_day(session, scope("manager"), "K1", DAY)
    assert (empty.shifts, empty.readings, empty.leave, empty.off_post) == ((), (), (), ())
    make_shift(session, agent, date(2026, 12, 1))
    (shift,) = get_day(session, scope("manager"), "K1", date(2026, 12, 1)).shifts
    assert (shift.class_, shift.steps) == ("", ())


@pytest.mark.parametrize("number", ["K2", "", "K1'; --", "K1\x00x", "<b>"])
def test_a_number_that_is_nobody_is_not_found(number: str, session: Session) -> None:
    make_agent(session, number="K1")
    with pytest.raises(LookupError):
        get_day(session, scope("manager"), number, DAY)


def test_nobody_reads_a_day_of_a_team_that_is_not_his(session: Session) -> None:
    agent = make_agent(session, number="K1")
    for viewer in (
        scope("supervisor"),
        scope("supervisor", make_team(session)),
        scope("agent", agent=make_agent(session)),
    ):
        with pytest.raises(LookupError):
            get_day(session, viewer, "K1", DAY)
    assert get_day(session, scope("agent", agent=agent), "K1", DAY).agent_id == agent.id


@pytest.mark.parametrize("type_", sorted(NAMES["leave_type"]))
def test_the_kind_of_leave_is_told_only_to_who_decides_on_it_and_the_person(
    type_: str, session: Session, book: Rulebook
) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent, DAY)
    make_leave(session, agent, local(2026, 10, 9), local(2026, 10, 10), type=type_)
    judged(session, book)
    lock_month(
        session, scope("manager"), team_id=agent.team_id, month="2026-10", note="", now=AFTER, book=book
    )
    session.commit()
    zh, en = NAMES["leave_type"][type_]
    for viewer, knows in (
        (scope("supervisor", agent.team), True),
        (scope("agent", agent=agent), True),
        (scope("qa"), False),
        (scope("administrator"), False),
    ):
        assert may_know_leave(viewer, agent.id) is knows
        day = get_day(session, viewer, "K1", DAY)
        (leave,) = day.leave
        assert (leave.type is not None) is knows
        ((_shift_id, fixed),) = day.fixed_steps
        assert fixed
        for steps in (day.shifts[0].steps, fixed):
            said = " ".join(step.zh + step.en for step in steps)
            assert (f"{zh} 2026" in said) is knows
            assert (f"{en} leave 2026" in said) is knows
            if not knows:
                assert "请假 2026-10-09" in said and "Leave 2026-10-09" in said


def test_who_decides_is_read_from_the_table_of_capabilities() -> None:
    deciding = CAPABILITIES["requests.decide"]
    for role in ("supervisor", "manager", "executive", "top", "qa", "administrator"):
        assert may_know_leave(scope(role), 1) is (role in deciding)


def test_only_a_step_that_begins_with_the_kind_of_leave_loses_it() -> None:
    records: list[dict[str, str | None]] = [
        {
            "zh": "病假 2026-10-09 00:00 至 2026-10-10 00:00，已批准",
            "en": "Sick leave 2026-10-09 to …",
            "clause": "A1.24",
        },
        {"zh": "扣除请假后，应到 2026-10-09 09:00", "en": "With the leave, work is owed", "clause": None},
    ]
    assert [step.zh for step in readable(records, True)] == [record["zh"] for record in records]
    first, second = readable(records, False)
    assert (first.zh, first.en, first.clause) == (
        "请假 2026-10-09 00:00 至 2026-10-10 00:00，已批准",
        "Leave 2026-10-09 to …",
        "A1.24",
    )
    assert second.zh == records[1]["zh"]
