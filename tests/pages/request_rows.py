"""A department with shifts ahead and behind, and requests of each kind in it: what the pages of requests are tried on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from db import leave, overtime, people, punch_corrections, rulebooks, swaps
from db.engine import session_scope
from db.models import Agent, Shift, Team
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.work_calendar import WorkCalendar
from tests.factories import SHANGHAI
from tests.pages.conftest import USERNAMES

DAY = timedelta(days=1)
HOSTILE = "**粗体** $x$ <script>alert(1)</script> [点我](javascript:1)"


@dataclass(frozen=True, slots=True)
class Department:
    """Where the rows are, and the days they are about: ordinary working days in a row, seen from now."""

    url: str
    book: Rulebook
    days: tuple[date, ...]

    def scope(self, session: Session, role: str) -> Scope:
        return people.scope_of(people.get_user(session, USERNAMES[role]))

    def agent(self, session: Session, number: str) -> Agent:
        return session.query(Agent).filter_by(number=number).one()

    def span(self, n: int = 0) -> tuple[datetime, datetime]:
        """The shift of the n-th day."""
        start = at(self.days[n], 9)
        return start, start + timedelta(hours=9)


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)


def build(url: str) -> Department:
    """Three agents of the first team with day shifts on ordinary days from four days ahead, and one of another team."""
    with session_scope(url) as session:
        book = rulebooks.in_force(session)
        calendar = WorkCalendar.from_rulebook(book)
        today = calendar.day_of(datetime.now(UTC))
        ahead = (today + n * DAY for n in range(4, 60))
        days = tuple(day for day in ahead if _is_ordinary(day, calendar))[:16]
        team = session.query(Team).filter_by(code="first").one()
        other = Team(code="second", name="二组")
        session.add(other)
        session.flush()
        session.add_all(
            [
                Agent(number="K2", name="乙", team_id=team.id),
                Agent(number="K3", name="丙", team_id=team.id),
                Agent(number="K9", name="外", team_id=other.id),
            ]
        )
        session.flush()
        department = Department(url, book, days)
        for number, several in (("K1", days[::2]), ("K2", days[1::2]), ("K3", days), ("K9", days)):
            agent = department.agent(session, number)
            for day in several:
                add_shift(session, agent, day)
    return department


def _is_ordinary(day: date, calendar: WorkCalendar) -> bool:
    around = (day - DAY, day, day + DAY)
    return day.weekday() < 5 and not any(calendar.is_public_holiday(one) for one in around)


def add_shift(session: Session, agent: Agent, day: date, hour: int = 9, hours: int = 9) -> Shift:
    start = at(day, hour)
    row = Shift(
        agent_id=agent.id, work_on=day, starts_at=start, ends_at=start + timedelta(hours=hours), breaks=[]
    )
    session.add(row)
    session.flush()
    return row


def file_leave(
    department: Department,
    number: str = "K1",
    n: int = 0,
    length: int = 1,
    type_: str = "personal",
    reason: str = "家中有事",
    now: datetime | None = None,
) -> int:
    """A leave over so many of the days, filed through the supervisor's account unless it is of the agent's own."""
    with session_scope(department.url) as session:
        role = "agent" if number == "K1" else "manager"
        starts_at, _end = department.span(n)
        ends_at = starts_at + (length - 1) * DAY + timedelta(hours=9)
        return leave.file_leave(
            session,
            department.scope(session, role),
            agent_id=department.agent(session, number).id,
            type_=type_,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason,
            book=department.book,
            now=now or datetime.now(UTC),
        ).id


def file_overtime(department: Department, number: str = "K1", n: int = 0, hours: int = 2) -> int:
    with session_scope(department.url) as session:
        _start, end = department.span(n)
        return overtime.request_overtime(
            session,
            department.scope(session, "agent" if number == "K1" else "supervisor"),
            agent_id=department.agent(session, number).id,
            starts_at=end,
            ends_at=end + timedelta(hours=hours),
            compensation="pay",
            reason="大促",
            book=department.book,
            now=datetime.now(UTC),
        ).id


def file_correction(department: Department, number: str = "K2") -> int:
    """A clock-in of yesterday that is missing, with a shift of yesterday to belong to."""
    with session_scope(department.url) as session:
        now = datetime.now(UTC)
        agent = department.agent(session, number)
        shift = add_shift(session, agent, WorkCalendar.from_rulebook(department.book).day_of(now) - DAY)
        return punch_corrections.request_correction(
            session,
            department.scope(session, "agent" if number == "K1" else "manager"),
            agent_id=agent.id,
            kind="in",
            at=shift.starts_at,
            replaces_id=None,
            reason="打卡机断电",
            evidence="班长在场",
            book=department.book,
            now=now,
        ).id


def file_swap(department: Department, n: int = 0, payback: int | None = 5) -> int:
    """K1 asks K2, who is off on that day, to work his shift, and pays back another one of hers."""
    with session_scope(department.url) as session:
        requester, partner = department.agent(session, "K1"), department.agent(session, "K2")
        shift = session.query(Shift).filter_by(agent_id=requester.id, work_on=department.days[n]).one()
        back = (
            None
            if payback is None
            else session.query(Shift).filter_by(agent_id=partner.id, work_on=department.days[payback]).one()
        )
        return swaps.request_swap(
            session,
            department.scope(session, "agent"),
            requester_id=requester.id,
            partner_id=partner.id,
            shift_id=shift.id,
            payback_shift_id=None if back is None else back.id,
            form_number="",
            reason="孩子家长会",
            briefing="夜里两件回访要打",
            book=department.book,
            now=datetime.now(UTC),
        ).id
