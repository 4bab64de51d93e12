"""What lies around a shift reaches its verdict: the month, the relief, overtime, the roster, readings put right."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, rest_days
from db.models import Agent, AttendanceDay, Overtime, Punch, ShiftChange
from regulations.access import AccessRefused
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import (
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
from tests.regulations.site_books import book_of

EVENING = local(2026, 11, 20, 23, 0)
DAY = timedelta(days=1)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook(("telecom_call_centre",))


def judge(session: Session, book: Rulebook, on: date = TODAY, to_on: date | None = None) -> None:
    attendance.judge_days(session, from_on=on, to_on=to_on or on, book=book, now=EVENING)
    session.flush()
    session.expire_all()


def days_of(session: Session, agent: Agent) -> list[AttendanceDay]:
    query = select(AttendanceDay).join(AttendanceDay.shift).where(AttendanceDay.agent_id == agent.id)
    return sorted(session.scalars(query), key=lambda day: day.shift.starts_at)


def worked(session: Session, agent: Agent, came: datetime, left: datetime) -> Punch:
    make_punch(session, agent, left, "out")
    return make_punch(session, agent, came)


class TestTheLatenessesOfTheMonth:
    @pytest.fixture
    def latecomer(self, session: Session) -> Agent:
        """Late on the last day of October and on the 2nd, 4th and 6th of November."""
        agent = make_agent(session, number="K1")
        for on in (date(2026, 10, 31), *(date(2026, 11, n) for n in (2, 3, 4, 6))):
            make_shift(session, agent, on)
            at = local(on.year, on.month, on.day, 9, 0 if on.day == 3 else 5)
            worked(session, agent, at, at + timedelta(hours=9))
        return agent

    BOOK = book_of("telecom_call_centre", site="attendance.lateness_allowance = 2")

    def counts(self, session: Session, agent: Agent) -> list[int]:
        session.expire_all()
        return [day.month_count for day in days_of(session, agent)]

    def test_are_counted_from_its_first_day_and_the_third_is_pointed_out(
        self, session: Session, latecomer: Agent
    ) -> None:
        judge(session, self.BOOK, date(2026, 10, 30), date(2026, 11, 7))
        assert self.counts(session, latecomer) == [1, 1, 0, 2, 3]
        assert ["over_allowance" in day.remarks for day in days_of(session, latecomer)] == [False] * 4 + [
            True
        ]

    def test_are_the_same_when_each_day_is_judged_by_itself_and_in_any_order(
        self, session: Session, latecomer: Agent
    ) -> None:
        for on in (6, 2, 4, 3):
            judge(session, self.BOOK, date(2026, 11, on))
        judge(session, self.BOOK, date(2026, 10, 31))
        assert self.counts(session, latecomer) == [1, 1, 0, 2, 3]

    def test_count_on_when_an_earlier_one_is_put_right(self, session: Session, latecomer: Agent) -> None:
        judge(session, self.BOOK, date(2026, 10, 30), date(2026, 11, 7))
        make_punch(session, latecomer, local(2026, 11, 2, 8, 40))
        attendance.rejudge(
            session, agent_ids=[latecomer.id], from_on=date(2026, 11, 2), to_on=date(2026, 11, 2), now=EVENING
        )
        assert self.counts(session, latecomer) == [1, 0, 0, 1, 2]

    def test_are_on_the_board_too(self, session: Session, latecomer: Agent) -> None:
        judge(session, self.BOOK, date(2026, 10, 30), date(2026, 11, 4))
        boss, at = scope("supervisor", latecomer.team), local(2026, 11, 6, 20)
        row = attendance.board(session, boss, date(2026, 11, 6), at, self.BOOK)[0]
        assert (row.month_count, "over_allowance" in row.remarks) == (3, True)


class TestTheRelief:
    def team(self, session: Session, came: int | None, post: str = "热线") -> tuple[Agent, Agent]:
        """Somebody whose shift ends at 18:00, and who takes over; `came` in minutes after 18:00."""
        team = make_team(session)
        out, into = make_agent(session, team, "out"), make_agent(session, team, "in")
        make_shift(session, out, post="热线")
        make_shift(session, into, start=18, hours=4, post=post)
        worked(session, out, local(2026, 11, 20, 8, 40), local(2026, 11, 20, 18, 1))
        if came is not None:
            make_punch(session, into, local(2026, 11, 20, 18) + timedelta(minutes=came))
        return out, into

    @pytest.mark.parametrize(
        ("came", "post", "is_remarked"),
        [
            (-10, "热线", False),
            (1, "热线", False),
            (2, "热线", True),
            (None, "热线", True),
            (None, "前台", False),
        ],
    )
    def test_is_who_takes_over_at_the_post(
        self, session: Session, book: Rulebook, came: int | None, post: str, is_remarked: bool
    ) -> None:
        out, _ = self.team(session, came, post)
        judge(session, book)
        assert ("left_unrelieved" in days_of(session, out)[0].remarks) is is_remarked

    def test_is_judged_again_with_the_one_who_takes_over(self, session: Session, book: Rulebook) -> None:
        out, into = self.team(session, None)
        judge(session, book)
        make_punch(session, into, local(2026, 11, 20, 17, 50))
        attendance.rejudge(session, agent_ids=[into.id], from_on=TODAY, to_on=TODAY, now=EVENING)
        session.expire_all()
        assert days_of(session, out)[0].remarks == []

    def test_is_not_waited_for_when_he_is_on_leave(self, session: Session, book: Rulebook) -> None:
        out, into = self.team(session, None)
        make_leave(session, into, local(2026, 11, 20, 18), local(2026, 11, 20, 22))
        judge(session, book)
        assert days_of(session, out)[0].remarks == []


def test_who_stays_from_one_shift_into_the_next_clocks_out_once(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    make_shift(session, agent)
    make_shift(session, agent, start=18, hours=4)
    worked(session, agent, local(2026, 11, 20, 8, 40), local(2026, 11, 20, 22, 1))
    judge(session, book)
    assert [(d.class_, d.worked_minutes, d.extra_minutes) for d in days_of(session, agent)] == [
        ("present", 540, 0),
        ("present", 240, 0),
    ]


def test_with_hours_in_between_each_shift_has_its_own_readings(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    make_shift(session, agent, hours=3)
    make_shift(session, agent, start=16, hours=4)
    worked(session, agent, local(2026, 11, 20, 8, 40), local(2026, 11, 20, 20, 1))
    judge(session, book)
    assert [d.class_ for d in days_of(session, agent)] == ["missing_punch", "missing_punch"]


@pytest.mark.parametrize(
    ("state", "approved", "remarks"), [("approved", 120, []), ("requested", 0, ["unapproved_extra"])]
)
def test_only_approved_overtime_counts(
    session: Session, book: Rulebook, state: str, approved: int, remarks: list[str]
) -> None:
    agent = make_agent(session)
    make_shift(session, agent)
    worked(session, agent, local(2026, 11, 20, 8, 40), local(2026, 11, 20, 20))
    session.add(
        Overtime(
            agent_id=agent.id,
            work_on=TODAY,
            starts_at=local(2026, 11, 20, 18),
            ends_at=local(2026, 11, 20, 20),
            requested_by="him",
            requested_at=EVENING - DAY,
            required_role="manager",
            state=state,
            clauses=[],
            steps=[],
            rulebook_version="test",
        )
    )
    judge(session, book)
    day = days_of(session, agent)[0]
    assert (day.extra_minutes, day.approved_extra_minutes, day.remarks) == (120, approved, remarks)


class TestARosterChange:
    def changed(self, session: Session, at: datetime, **after: object) -> AttendanceDay:
        agent = make_agent(session)
        shift = make_shift(session, agent)
        worked(session, agent, local(2026, 11, 20, 8, 40), local(2026, 11, 20, 18, 1))
        times = {
            "agent_id": agent.id,
            "starts_at": shift.starts_at.isoformat(),
            "ends_at": shift.ends_at.isoformat(),
        }
        session.add(
            ShiftChange(
                shift_id=shift.id,
                agent_id=agent.id,
                work_on=TODAY,
                before={**times, "starts_at": local(2026, 11, 20, 10).isoformat()},
                after={**times, **after},
                source="roster",
                reason="补录",
                changed_by="boss",
                changed_at=at,
            )
        )
        judge(session, load_rulebook(("telecom_call_centre",)))
        return days_of(session, agent)[0]

    def test_after_the_shift_had_begun_is_told(self, session: Session) -> None:
        day = self.changed(session, local(2026, 11, 20, 20))
        assert day.remarks == ["shift_changed"]
        assert any("按现行班表判定" in step["zh"] for step in day.steps)

    def test_before_it_is_a_matter_of_course(self, session: Session) -> None:
        assert self.changed(session, local(2026, 11, 20, 9)).remarks == []

    def test_that_takes_back_another_leaves_nothing_to_tell(self, session: Session) -> None:
        start = local(2026, 11, 20, 10).isoformat()
        assert self.changed(session, local(2026, 11, 20, 20), starts_at=start).remarks == []


class TestTheWords:
    def test_of_a_day_like_any_other_are_said_when_it_is_opened(
        self, session: Session, book: Rulebook
    ) -> None:
        agent = make_agent(session)
        make_shift(session, agent)
        worked(session, agent, local(2026, 11, 20, 8, 55), local(2026, 11, 20, 18, 1))
        judge(session, book)
        day = days_of(session, agent)[0]
        assert (day.class_, day.remarks, day.steps) == ("present", ["not_early"], [])
        told = attendance.steps_of(session, day, book)
        assert told[0]["zh"] == "班次 2026-11-20 09:00 至 2026-11-20 18:00"
        assert told[-2]["zh"] == "结论：出勤"
        assert told[-1]["zh"].startswith("E3.10 为通用默认")
        assert list(dict.fromkeys(s["clause"] for s in told if s["clause"])) == day.clauses

    def test_of_a_day_that_may_be_disputed_are_kept(self, session: Session, book: Rulebook) -> None:
        late, away = make_agent(session), make_agent(session)
        for agent, minute in ((late, 65), (away, 40)):
            make_shift(session, agent)
            came = local(2026, 11, 20, 8) + timedelta(minutes=minute)
            worked(session, agent, came, local(2026, 11, 20, 18, 1))
        make_off_post(session, away, local(2026, 11, 20, 10), 12)
        judge(session, book)
        for agent in (late, away):
            day = days_of(session, agent)[0]
            assert day.steps
            assert attendance.steps_of(session, day, book) == day.steps

    def test_speak_of_the_moment_it_was_judged_at(self, session: Session, book: Rulebook) -> None:
        agent = make_agent(session)
        make_shift(session, agent)
        make_punch(session, agent, local(2026, 11, 20, 8, 40))
        noon = local(2026, 11, 20, 12)
        attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=book, now=noon)
        day = days_of(session, agent)[0]
        assert attendance.steps_of(session, day, book)[-3]["zh"] == "2026-11-20 12:00：班次尚未结束"


class TestARestDayWorked:
    @pytest.fixture
    def agent(self, session: Session) -> Agent:
        """Was there on Saturday without a shift, and worked Friday's."""
        agent = make_agent(session, number="K1")
        make_shift(session, agent)
        worked(session, agent, local(2026, 11, 20, 8, 40), local(2026, 11, 20, 18, 1))
        worked(session, agent, local(2026, 11, 21, 10), local(2026, 11, 21, 15))
        return agent

    def listed(self, session: Session, book: Rulebook, viewer: object) -> list[tuple[str, date, int]]:
        found = rest_days.list_rest_days(
            session,
            viewer,  # type: ignore[arg-type]
            from_on=date(2026, 11, 1),
            to_on=date(2026, 11, 30),
            book=book,
            now=local(2026, 11, 22, 9),
        )
        return [(day.agent.number, day.on, day.verdict.extra_minutes) for day in found]

    def test_is_listed_with_its_hours(self, session: Session, agent: Agent, book: Rulebook) -> None:
        saturday = [("K1", date(2026, 11, 21), 300)]
        assert self.listed(session, book, scope("supervisor", agent.team)) == saturday
        assert self.listed(session, book, scope("agent", agent=agent)) == saturday
        assert self.listed(session, book, scope("supervisor", make_team(session))) == []
        with pytest.raises(AccessRefused):
            self.listed(session, book, scope("administrator"))

    def test_past_midnight_is_of_the_evening_before(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        worked(session, agent, local(2026, 11, 21, 20), local(2026, 11, 22, 1))
        rows = self.listed(session, book, scope("manager"))
        assert rows == [("K1", date(2026, 11, 21), 600)]

    def test_a_reading_that_was_put_right_counts_as_it_is_now(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        wrong = session.scalars(select(Punch).where(Punch.at == local(2026, 11, 21, 15))).one()
        make_punch(session, agent, local(2026, 11, 21, 14), "out").corrects_id = wrong.id
        session.flush()
        assert self.listed(session, book, scope("manager")) == [("K1", date(2026, 11, 21), 240)]


class TestASplitDay:
    """Nine to twelve and two to six: each shift has its own readings, its own verdict, its own lateness."""

    def judged(
        self, session: Session, book: Rulebook, *readings: tuple[int, int, str]
    ) -> list[AttendanceDay]:
        agent = make_agent(session)
        make_shift(session, agent, hours=3)
        make_shift(session, agent, start=14, hours=4)
        for hour, minute, kind in readings:
            make_punch(session, agent, local(2026, 11, 20, hour, minute), kind)
        judge(session, book)
        return days_of(session, agent)

    def test_that_went_as_planned(self, session: Session, book: Rulebook) -> None:
        days = self.judged(session, book, (8, 45, "in"), (12, 3, "out"), (13, 45, "in"), (18, 2, "out"))
        assert [(d.class_, d.worked_minutes, d.extra_minutes) for d in days] == [
            ("present", 180, 0),
            ("present", 240, 0),
        ]

    def test_who_comes_at_a_quarter_to_twelve_was_late_for_the_morning(
        self, session: Session, book: Rulebook
    ) -> None:
        days = self.judged(session, book, (11, 45, "in"), (12, 3, "out"), (13, 45, "in"), (18, 2, "out"))
        assert [(d.class_, d.late_minutes) for d in days] == [("severe", 165), ("present", 0)]
        assert days[1].first_in_at == local(2026, 11, 20, 13, 45)

    def test_who_leaves_at_half_past_two_left_the_afternoon(self, session: Session, book: Rulebook) -> None:
        days = self.judged(session, book, (8, 45, "in"), (12, 3, "out"), (13, 45, "in"), (14, 30, "out"))
        assert [(d.class_, d.early_minutes, d.extra_minutes) for d in days] == [
            ("present", 0, 0),
            ("severe", 210, 0),
        ]

    def test_each_lateness_counts_in_the_month(self, session: Session, book: Rulebook) -> None:
        days = self.judged(session, book, (9, 1, "in"), (12, 3, "out"), (14, 1, "in"), (18, 2, "out"))
        assert [(d.class_, d.month_count) for d in days] == [("late", 1), ("late", 2)]

    def test_leave_for_one_of_them_leaves_the_other(self, session: Session, book: Rulebook) -> None:
        agent = make_agent(session)
        make_shift(session, agent, hours=3)
        make_shift(session, agent, start=14, hours=4)
        make_leave(session, agent, local(2026, 11, 20, 9), local(2026, 11, 20, 12))
        make_punch(session, agent, local(2026, 11, 20, 13, 45))
        make_punch(session, agent, local(2026, 11, 20, 18, 1), "out")
        judge(session, book)
        assert [d.class_ for d in days_of(session, agent)] == ["on_leave", "present"]
