"""Days judged from punches, leave and time off the post; today's board; who sees whose days."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from db import attendance, rulebooks
from db.models import AttendanceDay, Punch, Shift
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import (
    SHANGHAI,
    TODAY,
    local,
    make_agent,
    make_leave,
    make_off_post,
    make_punch,
    make_shift,
    make_team,
    scope,
)

EVENING = local(2026, 11, 20, 23, 0)
DAY = timedelta(days=1)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook()


def judge(
    session: Session, book: Rulebook, now: datetime = EVENING, from_on: date = TODAY, to_on: date = TODAY
) -> int:
    written = attendance.judge_days(session, from_on=from_on, to_on=to_on, book=book, now=now)
    session.commit()
    session.expire_all()
    return written


def verdicts(session: Session) -> dict[str, str]:
    return {day.agent.number: day.class_ for day in session.scalars(select(AttendanceDay))}


def test_each_kind_of_day_gets_its_verdict(session: Session, book: Rulebook) -> None:
    punched = {
        "present": ((8, 55, "in"), (18, 1, "out")),
        "late": ((9, 7, "in"), (18, 1, "out")),
        "early": ((8, 55, "in"), (17, 50, "out")),
        "severe": ((9, 40, "in"), (18, 1, "out")),
        "missing_punch": ((8, 55, "in"),),
        "absent": (),
    }
    for number, readings in punched.items():
        agent = make_agent(session, number=number)
        make_shift(session, agent)
        for hour, minute, kind in readings:
            make_punch(session, agent, local(2026, 11, 20, hour, minute), kind)
    on_leave = make_agent(session, number="on_leave")
    make_shift(session, on_leave)
    make_leave(session, on_leave, local(2026, 11, 20), local(2026, 11, 21))
    assert judge(session, book) == 7
    assert verdicts(session) == {number: number for number in [*punched, "on_leave"]}
    late = session.scalars(select(AttendanceDay).where(AttendanceDay.class_ == "late")).one()
    assert (late.late_minutes, late.rulebook_version) == (7, book.version)
    assert late.steps and late.first_in_at == local(2026, 11, 20, 9, 7)


def test_judging_again_writes_nothing_until_a_fact_changes(session: Session, book: Rulebook) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    assert judge(session, book) == 1
    assert judge(session, book) == 0
    make_punch(session, agent, local(2026, 11, 20, 8, 50))
    make_punch(session, agent, local(2026, 11, 20, 18, 2), "out")
    assert judge(session, book) == 1
    assert verdicts(session) == {"K1": "present"}
    assert len(session.scalars(select(AttendanceDay)).all()) == 1


def test_a_correction_replaces_the_reading_it_names(session: Session, book: Rulebook) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    wrong = make_punch(session, agent, local(2026, 11, 20, 9, 30))
    make_punch(session, agent, local(2026, 11, 20, 18, 2), "out")
    judge(session, book)
    assert verdicts(session) == {"K1": "severe"}
    right = make_punch(session, agent, local(2026, 11, 20, 8, 58))
    right.corrects_id = wrong.id
    judge(session, book)
    assert verdicts(session) == {"K1": "present"}


def test_a_shift_that_has_not_begun_has_no_verdict_yet(session: Session, book: Rulebook) -> None:
    make_shift(session, make_agent(session), TODAY + DAY)
    assert judge(session, book, to_on=TODAY + DAY) == 0


def test_the_clock_out_after_midnight_belongs_to_the_evening_before(session: Session, book: Rulebook) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent, TODAY - DAY, start=18, hours=6)
    make_shift(session, agent, TODAY, start=18, hours=6)
    make_punch(session, agent, local(2026, 11, 19, 17, 55))
    make_punch(session, agent, local(2026, 11, 20, 0, 12), "out")
    make_punch(session, agent, local(2026, 11, 20, 17, 58))
    make_punch(session, agent, local(2026, 11, 21, 0, 3), "out")
    judge(session, book, now=local(2026, 11, 21, 9), from_on=TODAY - DAY)
    days = list(session.scalars(select(AttendanceDay).order_by(AttendanceDay.work_on)))
    assert [(d.class_, d.last_out_at) for d in days] == [
        ("present", local(2026, 11, 20, 0, 12)),
        ("present", local(2026, 11, 21, 0, 3)),
    ]


def test_judging_one_day_alone_leaves_the_neighbours_punches_to_them(
    session: Session, book: Rulebook
) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent, TODAY - DAY, start=18, hours=6)
    make_shift(session, agent, TODAY, start=9)
    make_punch(session, agent, local(2026, 11, 20, 0, 12), "out")
    judge(session, book)
    day = session.scalars(select(AttendanceDay)).one()
    assert (day.class_, day.last_out_at) == ("absent", None)


def test_two_shifts_back_to_back_find_their_own_punches(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    make_shift(session, agent, start=9, hours=9)
    make_shift(session, agent, start=18, hours=5)
    for hour, minute, kind in ((8, 55, "in"), (18, 2, "out"), (17, 59, "in"), (23, 1, "out")):
        make_punch(session, agent, local(2026, 11, 20, hour, minute), kind)
    judge(session, book, now=local(2026, 11, 21, 9))
    days = sorted(session.scalars(select(AttendanceDay)), key=lambda d: d.shift_id)
    assert [(d.class_, d.first_in_at, d.last_out_at) for d in days] == [
        ("present", local(2026, 11, 20, 8, 55), local(2026, 11, 20, 18, 2)),
        ("present", local(2026, 11, 20, 17, 59), local(2026, 11, 20, 23, 1)),
    ]


def test_refused_leave_excuses_nothing_and_time_off_the_post_counts(session: Session, book: Rulebook) -> None:
    refused, away = make_agent(session, number="refused"), make_agent(session, number="away")
    for agent in (refused, away):
        make_shift(session, agent)
    make_leave(session, refused, local(2026, 11, 20), local(2026, 11, 21), status="refused")
    make_punch(session, away, local(2026, 11, 20, 8, 50))
    make_punch(session, away, local(2026, 11, 20, 18, 5), "out")
    make_off_post(session, away, local(2026, 11, 20, 14), 45)
    judge(session, book)
    assert verdicts(session) == {"refused": "absent", "away": "severe"}


def test_a_new_rulebook_does_not_rewrite_days_already_judged(
    session: Session, book: Rulebook, tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text(
        '[preset]\nid = "site"\ntitle = "本单位"\n\n[attendance]\n'
        'late_grace = { value = 10, unit = "minute", source = [], status = "product_choice" }\n',
        encoding="utf-8",
    )
    lenient = load_rulebook((), site)
    rulebooks.publish(session, SYSTEM, book, date(2026, 1, 1), EVENING)
    agent = make_agent(session, number="K1")
    for day in (TODAY - DAY, TODAY):
        make_shift(session, agent, day)
        at = datetime(day.year, day.month, day.day, 9, 7, tzinfo=SHANGHAI)
        make_punch(session, agent, at)
        make_punch(session, agent, at + timedelta(hours=9), "out")
    judge(session, book, from_on=TODAY - DAY, to_on=TODAY - DAY)
    judge(session, lenient, from_on=TODAY - DAY)
    days = list(session.scalars(select(AttendanceDay).order_by(AttendanceDay.work_on)))
    assert [(d.class_, d.rulebook_version) for d in days] == [
        ("late", book.version),
        ("present", lenient.version),
    ]


def test_only_the_agents_asked_for_are_judged(session: Session, book: Rulebook) -> None:
    one, two = make_agent(session, number="one"), make_agent(session, number="two")
    make_shift(session, one)
    make_shift(session, two)
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=book, now=EVENING, agent_ids=[one.id])
    assert verdicts(session) == {"one": "absent"}


def test_the_board_shows_how_today_stands_and_writes_nothing(session: Session, book: Rulebook) -> None:
    team = make_team(session)
    here, late, off = (make_agent(session, team, n) for n in ("here", "late", "off"))
    for agent in (here, late):
        make_shift(session, agent)
    make_shift(session, off, TODAY + DAY)
    make_punch(session, here, local(2026, 11, 20, 8, 50))
    rows = attendance.board(session, scope("supervisor", team), TODAY, local(2026, 11, 20, 9, 30), book)
    assert [(row.agent.number, row.class_) for row in rows] == [("here", "pending"), ("late", "severe")]
    assert rows[1].late_minutes == 30 and rows[1].steps
    assert session.scalars(select(AttendanceDay)).all() == []


def test_a_supervisor_never_sees_another_teams_days_and_an_agent_only_his_own(
    session: Session, book: Rulebook
) -> None:
    a, b = make_team(session, "a"), make_team(session, "b")
    anna, ava, bert = (
        make_agent(session, a, "anna"),
        make_agent(session, a, "ava"),
        make_agent(session, b, "bert"),
    )
    for agent in (anna, ava, bert):
        make_shift(session, agent)
    judge(session, book)
    for viewer, expected in (
        (scope("supervisor", a), ["anna", "ava"]),
        (scope("supervisor", b), ["bert"]),
        (scope("supervisor"), []),
        (scope("agent", agent=ava), ["ava"]),
        (scope("manager"), ["anna", "ava", "bert"]),
    ):
        days = attendance.list_days(session, viewer, from_on=TODAY, to_on=TODAY)
        assert [day.agent.number for day in days] == expected
        assert [
            row.agent.number for row in attendance.board(session, viewer, TODAY, EVENING, book)
        ] == expected
    assert (
        attendance.list_days(session, scope("supervisor", a), from_on=TODAY, to_on=TODAY, team_id=b.id) == []
    )
    assert (
        attendance.list_days(session, scope("supervisor", a), from_on=TODAY, to_on=TODAY, agent_id=bert.id)
        == []
    )


def test_the_list_keeps_to_the_days_asked_for(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    for n in range(4):
        make_shift(session, agent, TODAY - n * DAY)
    judge(session, book, from_on=TODAY - 3 * DAY)
    days = attendance.list_days(session, scope("manager"), from_on=TODAY - 2 * DAY, to_on=TODAY - DAY)
    assert [day.work_on for day in days] == [TODAY - 2 * DAY, TODAY - DAY]
    assert attendance.list_days(session, scope("manager"), from_on=TODAY, to_on=TODAY, class_="present") == []


def test_a_year_of_a_department_is_judged_in_seconds_with_a_handful_of_queries(
    session: Session, statements: list[str], book: Rulebook
) -> None:
    team = make_team(session)
    agents = [make_agent(session, team) for _ in range(8)]
    days = [TODAY - n * DAY for n in range(200)]
    shifts, punches = [], []
    for agent in agents:
        for day in days:
            start = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
            end = start + timedelta(hours=9)
            shifts.append(
                {
                    "agent_id": agent.id,
                    "work_on": day,
                    "starts_at": start,
                    "ends_at": end,
                    "breaks": [],
                    "code": "day",
                    "post": "",
                }
            )
            for at, kind in ((start - timedelta(minutes=3), "in"), (end + timedelta(minutes=2), "out")):
                punches.append(
                    {"agent_id": agent.id, "at": at, "kind": kind, "recorded_at": at, "device": ""}
                )
    session.execute(insert(Shift), shifts)
    session.execute(insert(Punch), punches)
    session.commit()
    statements.clear()
    assert judge(session, book, from_on=days[-1]) == 1600
    assert len(statements) < 20
    assert {d.class_ for d in session.scalars(select(AttendanceDay))} == {"present"}


@pytest.mark.parametrize("judge_again", ["import", "rejudge"])
def test_a_settled_verdict_is_never_taken_back_to_an_earlier_moment(
    session: Session, book: Rulebook, judge_again: str
) -> None:
    """`import --now` and a clerk whose clock stood still for a minute: what is known now was known then."""
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    make_punch(session, agent, local(2026, 11, 20, 8, 50))
    make_punch(session, agent, local(2026, 11, 20, 18, 1), "out")
    judge(session, book, now=local(2026, 11, 20, 19))
    kept = session.scalars(select(AttendanceDay)).one()
    assert (kept.class_, kept.judged_at) == ("present", local(2026, 11, 20, 19))
    earlier = local(2026, 11, 20, 17, 59)
    if judge_again == "import":
        assert judge(session, book, now=earlier) == 0
    else:
        assert attendance.rejudge(
            session, agent_ids=[agent.id], from_on=TODAY, to_on=TODAY, now=earlier
        ) == 0  # fmt: skip
    session.expire_all()
    assert (kept.class_, kept.judged_at) == ("present", local(2026, 11, 20, 19))


def test_what_changes_a_settled_verdict_is_judged_for_the_moment_it_was_settled_at(
    session: Session, book: Rulebook
) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    make_punch(session, agent, local(2026, 11, 20, 9, 30))
    make_punch(session, agent, local(2026, 11, 20, 18, 1), "out")
    judge(session, book, now=local(2026, 11, 20, 19))
    make_punch(session, agent, local(2026, 11, 20, 8, 50))
    assert judge(session, book, now=local(2026, 11, 20, 9, 5)) == 1
    session.expire_all()
    day = session.scalars(select(AttendanceDay)).one()
    assert (day.class_, day.worked_minutes, day.judged_at) == ("present", 540, local(2026, 11, 20, 19))


def test_what_is_still_running_is_judged_for_now(session: Session, book: Rulebook) -> None:
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    judge(session, book, now=local(2026, 11, 20, 9, 5))
    assert judge(session, book, now=local(2026, 11, 20, 9, 20)) == 1
    assert verdicts(session) == {"K1": "severe"}


class TestLeaveThatWaits:
    """A1.24, A1.28: who asked before the shift has asked; nobody is absent before it is decided."""

    def late(self, session: Session, book: Rulebook, **asked: object) -> str:
        agent = make_agent(session, number="K1")
        make_shift(session, agent)
        make_punch(session, agent, local(2026, 11, 20, 9, 40))
        make_punch(session, agent, local(2026, 11, 20, 18, 1), "out")
        make_leave(
            session, agent, local(2026, 11, 20), local(2026, 11, 21), **{"status": "requested", **asked}
        )
        judge(session, book)
        return verdicts(session)["K1"]

    def test_asked_for_before_the_shift_it_was_asked_for(self, session: Session, book: Rulebook) -> None:
        assert self.late(session, book, filed_at=local(2026, 11, 20, 8, 59)) == "late"

    def test_asked_for_when_the_shift_had_begun_it_was_not(self, session: Session, book: Rulebook) -> None:
        assert self.late(session, book, filed_at=local(2026, 11, 20, 9)) == "severe"

    def test_told_by_telephone_before_it_was(self, session: Session, book: Rulebook) -> None:
        told = {"filed_at": local(2026, 11, 20, 12), "told_at": local(2026, 11, 20, 8, 30), "type": "sick"}
        assert self.late(session, book, **told) == "late"

    def test_amended_later_it_was_asked_for_when_it_was_first(self, session: Session, book: Rulebook) -> None:
        other = make_agent(session, number="first")
        first = make_leave(session, other, local(2026, 11, 20), local(2026, 11, 21), status="amended")
        filed_at = local(2026, 11, 20, 12)
        assert self.late(session, book, filed_at=filed_at, amends_id=first.id) == "late"

    @pytest.mark.parametrize("status", ["refused", "withdrawn"])
    def test_refused_or_taken_back_it_covers_nothing(
        self, session: Session, book: Rulebook, status: str
    ) -> None:
        assert self.late(session, book, status=status) == "severe"

    def test_who_did_not_come_waits_for_it(self, session: Session, book: Rulebook) -> None:
        agent = make_agent(session, number="K1")
        make_shift(session, agent)
        leave = make_leave(
            session, agent, local(2026, 11, 20), local(2026, 11, 21), status="requested", filed_at=EVENING
        )
        judge(session, book)
        assert verdicts(session) == {"K1": "pending"}
        boss = scope("supervisor", agent.team)
        row = attendance.board(session, boss, TODAY, EVENING, book)[0]
        assert (row.class_, row.remarks) == ("pending", ("leave_undecided",))
        day = session.scalars(select(AttendanceDay)).one()
        assert any("审批后再判定" in step["zh"] for step in attendance.steps_of(session, day, book))
        for status, class_ in (("refused", "absent"), ("approved", "on_leave")):
            leave.status = status
            session.flush()
            attendance.rejudge(session, agent_ids=[agent.id], from_on=TODAY, to_on=TODAY, now=EVENING)
            session.expire_all()
            assert verdicts(session) == {"K1": class_}
