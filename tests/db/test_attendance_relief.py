"""Who is waited for at the end of a shift is who the handover is written for: one notion of relief (A2.48)."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, handovers
from db.attendance_facts import Facts
from db.attendance_relief import direct_reliefs, relieved_by, relieving
from db.models import Agent, AttendanceDay, Handover, Shift
from regulations.handovers import fields_of
from regulations.rulebook import load_rulebook
from tests.factories import TODAY, local, make_agent, make_leave, make_punch, make_shift, make_team, scope

CENTRE = load_rulebook(["telecom_call_centre"])
EVENING = local(2026, 11, 20, 23, 30)
DAY = timedelta(days=1)


def at(hour: float) -> datetime:
    return local(2026, 11, 20) + timedelta(hours=hour)


def present(session: Session, agent: Agent, came: float | None, left: float | None = None) -> None:
    for hour, kind in ((came, "in"), (left, "out")):
        if hour is not None:
            make_punch(session, agent, at(hour), kind)


def remarks(session: Session, shift: Shift, now: datetime = EVENING) -> set[str]:
    """What stands beside the verdict on the shift, less what is everyday."""
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=CENTRE, now=now)
    session.flush()
    session.expire_all()
    query = select(AttendanceDay).where(AttendanceDay.shift_id == shift.id)
    return set(session.scalars(query).one().remarks) - {"not_early"}


class Post:
    """Two people of one team at the hotline."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.team = make_team(session)

    def shift(self, start: int, hours: int, number: str | None = None, post: str = "热线") -> Shift:
        agent = make_agent(self.session, self.team, number)
        return make_shift(self.session, agent, start=start, hours=hours, post=post)


@pytest.fixture
def post(session: Session) -> Post:
    return Post(session)


@pytest.mark.parametrize(("came", "is_remarked"), [(14.9, False), (18.0, False), (18.1, True), (None, True)])
def test_a_relief_whose_shift_overlaps_is_waited_for_too(
    session: Session, post: Post, came: float | None, is_remarked: bool
) -> None:
    out, into = post.shift(9, 9), post.shift(15, 8)
    present(session, out.agent, 8.5, 18.05)
    present(session, into.agent, came)
    assert ("left_unrelieved" in remarks(session, out)) is is_remarked


def test_who_only_finds_what_was_written_holds_nobody_back(session: Session, post: Post) -> None:
    out = post.shift(9, 9)
    post.shift(19, 4)
    present(session, out.agent, 8.5, 18)
    assert remarks(session, out) == set()


def test_of_two_who_come_together_each_relieves_his_own(session: Session, post: Post) -> None:
    one, two = post.shift(9, 9, "A1"), post.shift(9, 9, "A2")
    first, second = post.shift(18, 5, "B1"), post.shift(18, 5, "B2")
    for shift in (one, two):
        present(session, shift.agent, 8.5, 18.1)
    present(session, first.agent, 17.8)
    present(session, second.agent, 18.2)
    assert remarks(session, one) == set()
    assert remarks(session, two) == {"left_unrelieved"}


def test_a_relief_who_stayed_on_from_a_shift_of_his_own_is_there(session: Session, post: Post) -> None:
    out, into = post.shift(9, 9), post.shift(18, 5)
    make_shift(session, into.agent, start=12, hours=6, post="前台")
    present(session, out.agent, 8.5, 18)
    present(session, into.agent, 11.8, 23.1)
    assert remarks(session, out) == set()


def test_nobody_waits_at_the_end_of_his_leave(session: Session, post: Post) -> None:
    """With leave from three o'clock he may go at three; whoever comes at six is not relieving him."""
    out, _into = post.shift(9, 9), post.shift(18, 5)
    make_leave(session, out.agent, at(15), at(18))
    present(session, out.agent, 8.5, 15)
    assert remarks(session, out) == set()


@pytest.mark.parametrize(("until", "is_remarked"), [(18, True), (20, False)])
def test_a_relief_on_leave_is_not_waited_for(
    session: Session, post: Post, until: float, is_remarked: bool
) -> None:
    out, into = post.shift(9, 9), post.shift(16, 7)
    make_leave(session, into.agent, at(16), at(until))
    present(session, out.agent, 8.5, 18)
    assert ("left_unrelieved" in remarks(session, out)) is is_remarked


def test_a_reading_of_the_relief_judges_the_outgoing_again(session: Session, post: Post) -> None:
    out, into = post.shift(9, 9), post.shift(15, 8)
    present(session, out.agent, 8.5, 18.05)
    assert remarks(session, out) == {"left_unrelieved"}
    present(session, into.agent, 14.9)
    attendance.rejudge(session, agent_ids=[into.agent_id], from_on=TODAY, to_on=TODAY, now=EVENING)
    session.expire_all()
    day = session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == out.id)).one()
    assert "left_unrelieved" not in day.remarks


def test_somebody_sent_instead_relieves_when_he_signs(session: Session, post: Post) -> None:
    """The rostered relief never came; the supervisor sent another, who signed for taking over before the first left."""
    out, _into = post.shift(9, 9), post.shift(18, 5)
    sent = make_agent(session, post.team, "S1")
    present(session, out.agent, 8.5, 18.5)
    assert "left_unrelieved" in remarks(session, out)
    handovers.open_due(session, CENTRE, at(17.5))
    row = session.scalars(select(Handover)).one()
    handovers.name_relief(
        session, scope("supervisor", post.team), row.id, incoming_id=sent.id, reason="接班人未到",
        expected_version=row.row_version, now=at(18.2),
    )  # fmt: skip
    asked = {"book": CENTRE, "expected_version": row.row_version}
    entries = dict.fromkeys(fields_of(CENTRE), "无")
    by = scope("agent", agent=out.agent)
    handovers.write_handover(session, by, row.id, entries=entries, now=at(18.3), **asked)  # type: ignore[arg-type]
    asked["expected_version"] = row.row_version
    handovers.sign_in(session, scope("agent", agent=sent, actor="S1"), row.id, now=at(18.4), **asked)  # type: ignore[arg-type]
    session.expire_all()
    day = session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == out.id)).one()
    assert "left_unrelieved" not in day.remarks


def test_who_is_read_with_whom(session: Session, post: Post) -> None:
    out, into, elsewhere = post.shift(9, 9), post.shift(15, 8), post.shift(15, 8, post="前台")
    stranger = make_shift(session, make_agent(session), start=15, hours=8, post="热线")
    asked = (session, TODAY, TODAY)
    assert relieving(*asked, [out.agent_id]) == {into.agent_id}
    assert relieved_by(*asked, [into.agent_id]) == {out.agent_id}
    assert relieved_by(*asked, [out.agent_id]) == set()
    for shift in (elsewhere, stranger):
        assert (relieving(*asked, [shift.agent_id]), relieved_by(*asked, [shift.agent_id])) == (set(), set())


@pytest.mark.parametrize("seed", range(6))
def test_the_verdict_waits_for_whom_the_handover_names(session: Session, seed: int) -> None:
    """Overlapping shifts, leave and several at a time: both read the same pairs."""
    chance = random.Random(seed)
    team = make_team(session)
    for n in range(9):
        agent = make_agent(session, team, f"A{n}")
        for on in (TODAY - DAY, TODAY):
            if chance.random() < 0.2:
                continue
            start = chance.choice([0, 8, 9, 12, 15, 18])
            hours = min(chance.choice([6, 8, 9]), 24 - start)
            shift = make_shift(
                session, agent, on, start=start, hours=hours, post=chance.choice(["热线", "前台"])
            )
            if chance.random() < 0.3:
                begins = shift.starts_at + timedelta(hours=chance.choice([-1, 0, 4]))
                make_leave(session, agent, begins, begins + timedelta(hours=chance.choice([2, 5, 10])))
    handovers.open_due(session, CENTRE, EVENING)
    session.flush()
    facts = Facts.gather(session, TODAY - DAY, TODAY)
    pairs = direct_reliefs(facts.roster, facts.leave, CENTRE)
    rows = session.scalars(select(Handover)).all()
    starts = dict(session.execute(select(Shift.id, Shift.starts_at)).tuples().all())
    named = {
        row.outgoing_shift_id: row.incoming_shift_id
        for row in rows
        if row.incoming_shift_id is not None and _begins(facts, row.incoming_shift_id, starts) <= row.due_at
    }
    assert named and {out: pairs.get(out) for out in named if out is not None} == named


def _begins(facts: Facts, shift_id: int, starts: dict[int, datetime]) -> datetime:
    """When the person has to be there: the shift's start, or the end of leave at its beginning."""
    entry = facts.by_id[shift_id]
    begins = starts[shift_id]
    for leave in sorted(facts.leave.get(entry.agent_id, ()), key=lambda fact: fact.starts_at):
        if leave.starts_at <= begins < leave.ends_at:
            begins = leave.ends_at
    return begins


def test_the_shift_of_another_day_relieves_across_midnight(session: Session, post: Post) -> None:
    late = make_agent(session, post.team, "L1")
    evening = make_shift(session, late, date(2026, 11, 19), start=18, hours=6, post="热线")
    post.shift(0, 8)
    make_punch(session, late, local(2026, 11, 19, 17, 45))
    make_punch(session, late, local(2026, 11, 20, 0, 5), "out")
    attendance.judge_days(session, from_on=TODAY - DAY, to_on=TODAY, book=CENTRE, now=EVENING)
    day = session.scalars(select(AttendanceDay).where(AttendanceDay.shift_id == evening.id)).one()
    assert "left_unrelieved" in day.remarks
