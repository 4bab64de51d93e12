"""The bench of attendance: a department's year, judged as the desk does it and by a plain loop over the rules."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

PEOPLE, DAYS = 500, 365


def attendance_of_a_year() -> tuple[Callable[[], object], Callable[[], object]]:
    """A year of 500 people read, judged and kept in one go, against a plain loop over the rules from the same facts that
    words every verdict and keeps it by itself."""
    from sqlalchemy.orm import Session

    from db import attendance, rulebooks
    from db.attendance_facts import Facts
    from db.engine import make_engine
    from db.models import AttendanceDay, Base

    now = datetime.now(UTC).replace(microsecond=0)
    engine = make_engine("sqlite://")
    Base.metadata.create_all(engine)
    session = Session(engine)
    book = rulebooks.configured()
    first = now.date() - timedelta(days=DAYS)
    last = first + timedelta(days=DAYS - 1)
    _department(session, first)
    session.commit()

    def ours() -> None:
        attendance.judge_days(session, from_on=first, to_on=last, book=book, now=now)
        session.rollback()

    def baseline() -> None:
        late: Counter[tuple[int, int]] = Counter()
        facts = Facts.gather(session, first, last)
        for number, shift in enumerate(facts.roster):
            if number % 5000 == 0:  # else the memory of it is what is measured
                session.flush()
                session.expunge_all()
            month = (shift.agent_id, shift.work_on.month)
            verdict = facts.judge(shift, book, now, late[month])
            late[month] += verdict.late_minutes > 0
            session.add(
                AttendanceDay(
                    shift_id=shift.id,
                    agent_id=shift.agent_id,
                    work_on=shift.work_on,
                    class_=verdict.class_,
                    late_minutes=verdict.late_minutes,
                    early_minutes=verdict.early_minutes,
                    worked_minutes=verdict.worked_minutes,
                    off_post_minutes=verdict.off_post_minutes,
                    extra_minutes=verdict.extra_minutes,
                    approved_extra_minutes=verdict.approved_extra_minutes,
                    month_count=verdict.month_count,
                    remarks=list(verdict.remarks),
                    first_in_at=verdict.first_in_at,
                    last_out_at=verdict.last_out_at,
                    clauses=list(verdict.clauses),
                    steps=[step.as_record() for step in verdict.steps],
                    rulebook_version=book.version,
                    judged_at=now,
                )
            )
        session.flush()
        session.rollback()

    return ours, baseline


def _department(session: Session, first: date) -> None:
    """People with a shift a day and its punches; some are late, on leave, away, or forget to clock out."""
    from db.demo.stage import insert_rows
    from db.models import Agent, Leave, OffPost, Punch, Shift, Team

    dice = random.Random(11)
    teams = [Team(code=f"t{n}", name=f"T{n}") for n in range(max(1, PEOPLE // 25))]
    session.add_all(teams)
    session.flush()
    agents = [Agent(number=f"B{n}", name=f"B{n}", team_id=teams[n % len(teams)].id) for n in range(PEOPLE)]
    session.add_all(agents)
    session.flush()
    shifts, punches, leave, away = [], [], [], []
    for agent in agents:
        for n in range(DAYS):
            on = first + timedelta(days=n)
            is_late = (agent.id + n // 7) % 3 == 0  # 18:00 to 24:00, the others 9:00 to 18:00 Shanghai time
            starts = datetime(on.year, on.month, on.day, 10 if is_late else 1, tzinfo=UTC)
            ends = starts + timedelta(hours=6 if is_late else 9)
            shifts.append(
                {
                    "agent_id": agent.id,
                    "work_on": on,
                    "code": "day",
                    "starts_at": starts,
                    "ends_at": ends,
                    "breaks": [],
                    "post": "",
                }
            )
            throw = dice.random()
            if throw < 0.02:
                leave.append(
                    {
                        "agent_id": agent.id,
                        "type": "personal",
                        "starts_at": starts,
                        "ends_at": ends,
                        "filed_at": starts,
                        "status": "approved",
                    }
                )
                continue
            came = starts + timedelta(
                seconds=dice.randint(-900, 0) if throw > 0.05 else dice.randint(1, 2400)
            )
            left = ends + timedelta(seconds=dice.randint(0, 900))
            for at, kind in ((came, "in"), (left, "out")) if throw > 0.025 else ((came, "in"),):
                punches.append(
                    {"agent_id": agent.id, "at": at, "kind": kind, "device": "", "recorded_at": at}
                )
            if throw > 0.98:
                begins = starts + timedelta(hours=2)
                away.append(
                    {
                        "agent_id": agent.id,
                        "starts_at": begins,
                        "ends_at": begins + timedelta(minutes=dice.randint(3, 25)),
                        "is_approved": throw > 0.99,
                    }
                )
    for model, rows in ((Shift, shifts), (Punch, punches), (Leave, leave), (OffPost, away)):
        insert_rows(session, model, rows)
