"""Small builders for tests. Each adds its row to the session, flushes, and gives it back.

Nothing here goes through the writes under test: a test that needs a team does not test teams.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from db.models import (
    Agent,
    Call,
    Callback,
    Complaint,
    ComplaintEvent,
    Leave,
    OffPost,
    Punch,
    Shift,
    SurveyResponse,
    Team,
    User,
    WorkOrder,
)
from regulations.access import Scope

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "correct horse battery"
_PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)  # quick, for tests
_counter = itertools.count(1)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    """An instant given in Shanghai time."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI)


NOW = local(2026, 11, 20, 10, 0)  # a Friday
TODAY = date(2026, 11, 20)


def _added(session: Session, row: Any) -> Any:
    session.add(row)
    session.flush()
    return row


def make_team(session: Session, code: str | None = None, name: str | None = None) -> Team:
    """A team with a code of its own."""
    n = next(_counter)
    team: Team = _added(session, Team(code=code or f"team{n}", name=name or f"{n} 组"))
    return team


def make_agent(session: Session, team: Team | None = None, number: str | None = None, **values: Any) -> Agent:
    """An agent, in a new team unless one is given."""
    n = next(_counter)
    team = team or make_team(session)
    values = {"name": f"客服{n}", "is_active": True, **values}
    agent: Agent = _added(session, Agent(number=number or f"K{n:04d}", team_id=team.id, team=team, **values))
    return agent


def make_user(
    session: Session,
    role: str = "supervisor",
    teams: Iterable[Team] = (),
    agent: Agent | None = None,
    username: str | None = None,
    **values: Any,
) -> User:
    """An account whose password is PASSWORD."""
    name = username or f"user{next(_counter)}"
    values = {"display_name": name, "password_hash": _PASSWORD_HASH, "created_at": NOW, **values}
    user: User = _added(
        session,
        User(
            username=name,
            role=role,
            agent=agent,
            agent_id=agent.id if agent else None,
            teams=list(teams),
            **values,
        ),
    )
    return user


def scope(role: str, *teams: Team, agent: Agent | None = None, actor: str | None = None) -> Scope:
    """The scope of somebody in that role, without an account behind it."""
    team_ids = tuple(team.id for team in teams)
    sees_all = role in ("manager", "executive", "top", "qa", "administrator") and not teams
    if role == "agent" and agent is not None:
        team_ids = (agent.team_id,)
    return Scope(
        None, actor or f"a {role}", role, None if sees_all else team_ids, agent.id if agent else None
    )


def make_complaint(
    session: Session,
    agent: Agent | None = None,
    received_at: datetime = NOW - timedelta(days=1),
    number: str | None = None,
    events: Iterable[tuple[str, datetime]] = (),
    **values: Any,
) -> Complaint:
    """A complaint as a row, with its events and no clocks."""
    agent = agent or make_agent(session)
    values = {
        "channel": "phone",
        "kind": "一般投诉",
        "category": "delivery",
        "summary": "送货晚了三天",
        "rulebook_version": "test",
        **values,
    }
    complaint = Complaint(
        number=number or f"TS-TEST-{next(_counter):04d}",
        received_at=received_at,
        received_on=received_at.astimezone(SHANGHAI).date(),
        agent_id=agent.id,
        team_id=agent.team_id,
        agent=agent,
        team=agent.team,
        **values,
    )
    complaint.events = [
        ComplaintEvent(kind=kind, at=at, recorded_at=at, actor="test")
        for kind, at in [("received", received_at), *events]
    ]
    complaint.clocks = []
    _added(session, complaint)
    return complaint


def make_callback(
    session: Session,
    agent: Agent | None = None,
    due_at: datetime = NOW + timedelta(hours=2),
    kind: str = "complaint",
    complaint: Complaint | None = None,
    **values: Any,
) -> Callback:
    """An obligation to call somebody back."""
    agent = agent or make_agent(session)
    values = {
        "arisen_at": due_at - timedelta(hours=24),
        "clauses": [],
        "steps": [],
        "rulebook_version": "test",
        **values,
    }
    callback = Callback(
        number=f"HF-TEST-{next(_counter):04d}",
        kind=kind,
        complaint_id=complaint.id if complaint else None,
        agent_id=agent.id,
        team_id=agent.team_id,
        agent=agent,
        team=agent.team,
        due_at=due_at,
        due_on=due_at.astimezone(SHANGHAI).date(),
        **values,
    )
    callback.attempts = []
    _added(session, callback)
    return callback


def make_work_order(
    session: Session,
    agent: Agent | None = None,
    notified_at: datetime = NOW - timedelta(hours=1),
    **values: Any,
) -> WorkOrder:
    """A repair somebody called for; `form_at` in `values` and it is dispatched."""
    agent = agent or make_agent(session)
    form_at = values.get("form_at")
    due_at = form_at + timedelta(minutes=15) if form_at else None
    finished_at = values.get("finished_at")
    day = notified_at.astimezone(SHANGHAI).date()
    values = {
        "summary": "空调不制冷",
        "clauses": [],
        "steps": [],
        "rulebook_version": "test",
        "arrival_due_at": due_at,
        "arrival_due_on": due_at.astimezone(SHANGHAI).date() if due_at else None,
        "dispatch_due_at": datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=SHANGHAI),
        "finished_on": finished_at.astimezone(SHANGHAI).date() if finished_at else None,
        **values,
    }
    order: WorkOrder = _added(
        session,
        WorkOrder(
            number=f"WX-TEST-{next(_counter):04d}",
            agent_id=agent.id,
            team_id=agent.team_id,
            agent=agent,
            team=agent.team,
            notified_at=notified_at,
            notified_on=day,
            **values,
        ),
    )
    return order


def make_response(
    session: Session, agent: Agent | None = None, answered_at: datetime = NOW, **values: Any
) -> SurveyResponse:
    """One grade of a survey form."""
    agent = agent or make_agent(session)
    values = {"dimension": "态度", "grade": "满意", "points": 80, "rulebook_version": "test", **values}
    response: SurveyResponse = _added(
        session,
        SurveyResponse(
            number=values.pop("number", None) or f"DC-TEST-{next(_counter):04d}",
            answered_at=answered_at,
            answered_on=answered_at.astimezone(SHANGHAI).date(),
            agent_id=agent.id,
            team_id=agent.team_id,
            agent=agent,
            team=agent.team,
            **values,
        ),
    )
    return response


def make_shift(
    session: Session, agent: Agent, work_on: date = TODAY, start: int = 9, hours: int = 9, **values: Any
) -> Shift:
    """A shift from `start` o'clock local time, nine hours long unless said otherwise."""
    starts_at = datetime(work_on.year, work_on.month, work_on.day, start, tzinfo=SHANGHAI)
    shift: Shift = _added(
        session,
        Shift(
            agent_id=agent.id,
            agent=agent,
            work_on=work_on,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            **{"breaks": [], **values},
        ),
    )
    return shift


def make_punch(session: Session, agent: Agent, at: datetime, kind: str = "in") -> Punch:
    """A clock reading."""
    punch: Punch = _added(session, Punch(agent_id=agent.id, at=at, kind=kind, recorded_at=at))
    return punch


def make_leave(
    session: Session, agent: Agent, starts_at: datetime, ends_at: datetime, **values: Any
) -> Leave:
    """An approved personal leave, filed two days before."""
    values = {"type": "personal", "filed_at": starts_at - timedelta(days=2), "status": "approved", **values}
    leave: Leave = _added(
        session, Leave(agent_id=agent.id, agent=agent, starts_at=starts_at, ends_at=ends_at, **values)
    )
    return leave


def make_off_post(
    session: Session, agent: Agent, starts_at: datetime, minutes: int, **values: Any
) -> OffPost:
    """Time away from the post."""
    ends_at = starts_at + timedelta(minutes=minutes)
    off_post: OffPost = _added(
        session, OffPost(agent_id=agent.id, starts_at=starts_at, ends_at=ends_at, **values)
    )
    return off_post


def make_call(
    session: Session, agent: Agent | None = None, started_at: datetime = NOW, **values: Any
) -> Call:
    """A call of three minutes."""
    agent = agent or make_agent(session)
    values = {"duration_seconds": 180.0, **values}
    call: Call = _added(
        session,
        Call(
            call_id=f"call-{next(_counter):05d}",
            agent_id=agent.id,
            team_id=agent.team_id,
            agent=agent,
            team=agent.team,
            started_at=started_at,
            started_on=started_at.astimezone(SHANGHAI).date(),
            **values,
        ),
    )
    return call
