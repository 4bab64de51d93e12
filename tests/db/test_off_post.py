"""Time off the post: recorded, ended, judged with the day, and seen by whom it concerns."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import attendance, off_post
from db.models import Agent, AttendanceDay, OffPost
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import TODAY, local, make_agent, make_punch, make_shift, make_team, scope

EVENING = local(2026, 11, 20, 23, 0)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def agent(session: Session) -> Agent:
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    make_punch(session, agent, local(2026, 11, 20, 8, 40))
    make_punch(session, agent, local(2026, 11, 20, 18, 3), "out")
    return agent


def record(session: Session, agent: Agent, book: Rulebook, **changes: object) -> OffPost:
    asked = {
        "by": scope("supervisor", agent.team),
        "agent_id": agent.id,
        "kind": "away",
        "starts_at": local(2026, 11, 20, 10),
        "ends_at": local(2026, 11, 20, 10, 12),
        "is_approved": False,
        "replacement": "",
        "reason": "",
        "now": EVENING,
        **changes,
    }
    by = asked.pop("by")
    return off_post.record_off_post(session, by, book=book, **asked)  # type: ignore[arg-type]


def day(session: Session) -> AttendanceDay:
    session.expire_all()
    return session.scalars(select(AttendanceDay)).one()


def test_what_is_recorded_is_judged_at_once(session: Session, agent: Agent, book: Rulebook) -> None:
    record(session, agent, book)
    assert (day(session).class_, day(session).off_post_minutes) == ("present", 12)
    assert "away_over" in day(session).remarks
    record(session, agent, book, starts_at=local(2026, 11, 20, 14), ends_at=local(2026, 11, 20, 14, 20))
    assert (day(session).class_, day(session).off_post_minutes) == ("severe", 32)


def test_who_is_not_back_yet_is_ended_later(session: Session, agent: Agent, book: Rulebook) -> None:
    row = record(session, agent, book, ends_at=None, now=local(2026, 11, 20, 10, 1))
    boss = scope("supervisor", agent.team)
    at = local(2026, 11, 20, 10, 9)
    assert off_post.end_off_post(session, boss, row.id, at=at, book=book, now=at).ends_at == at
    with pytest.raises(StaleCase):
        off_post.end_off_post(session, boss, row.id, at=at, book=book, now=EVENING)
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=book, now=EVENING)
    assert (day(session).off_post_minutes, day(session).remarks) == (9, [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "fishing"}, "what kind"),
        ({"starts_at": local(2026, 11, 20, 19), "ends_at": None}, "no shift"),
        ({"starts_at": EVENING + timedelta(minutes=6), "ends_at": None}, "future"),
        ({"ends_at": EVENING + timedelta(minutes=6)}, "future"),
        ({"ends_at": local(2026, 11, 20, 10)}, "follow"),
        ({"replacement": "nobody"}, "stand in"),
        ({"replacement": "K1"}, "for himself"),
    ],
)
def test_what_cannot_be_is_refused(
    session: Session, agent: Agent, book: Rulebook, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        record(session, agent, book, **changes)
    assert session.scalars(select(OffPost)).all() == []


@pytest.mark.parametrize(("start", "is_free"), [((10, 11), False), ((10, 12), True), ((9, 55), False)])
def test_nobody_is_away_twice_at_once(
    session: Session, agent: Agent, book: Rulebook, start: tuple[int, int], is_free: bool
) -> None:
    record(session, agent, book)
    again = {"starts_at": local(2026, 11, 20, *start), "ends_at": local(2026, 11, 20, 10, 30)}
    if is_free:
        assert record(session, agent, book, **again).id
    else:
        with pytest.raises(Refused, match="already"):
            record(session, agent, book, **again)


def test_while_somebody_is_away_the_return_comes_first(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    record(session, agent, book, ends_at=None)
    with pytest.raises(Refused, match="return first"):
        record(session, agent, book, starts_at=local(2026, 11, 20, 15), ends_at=None)


class TestWhoApproves:
    """A1.7 the supervisor, A2.20 the duty leader, E4.3 the manager."""

    @pytest.mark.parametrize(
        ("preset", "role", "is_allowed"),
        [
            ("ecommerce_shop", "supervisor", True),
            ("ecommerce_shop", "manager", True),
            ("telecom_call_centre", "supervisor", True),
            ("cs_rules_short", "supervisor", False),
            ("cs_rules_short", "manager", True),
        ],
    )
    def test_is_the_level_of_the_rulebook_or_above(
        self, session: Session, agent: Agent, preset: str, role: str, is_allowed: bool
    ) -> None:
        book = load_rulebook((preset,))
        by = scope(role, agent.team) if role == "supervisor" else scope(role)
        if is_allowed:
            row = record(session, agent, book, by=by, is_approved=True)
            assert row.approved_by == f"a {role}"
        else:
            with pytest.raises(Refused, match=r"E4\.3"):
                record(session, agent, book, by=by, is_approved=True)
            assert not record(session, agent, book, by=by).is_approved


@pytest.mark.parametrize("role", ["agent", "qa", "executive", "top", "administrator"])
def test_others_record_nothing(session: Session, agent: Agent, book: Rulebook, role: str) -> None:
    with pytest.raises(AccessRefused):
        record(session, agent, book, by=scope(role, agent=agent if role == "agent" else None))


def test_a_supervisor_records_for_his_own_teams(session: Session, agent: Agent, book: Rulebook) -> None:
    other = scope("supervisor", make_team(session))
    with pytest.raises(AccessRefused):
        record(session, agent, book, by=other)
    row = record(session, agent, book, ends_at=None)
    with pytest.raises(AccessRefused):
        off_post.end_off_post(session, other, row.id, at=EVENING, book=book, now=EVENING)
    with pytest.raises(LookupError):
        off_post.end_off_post(session, scope("manager"), 4711, at=EVENING, book=book, now=EVENING)


def test_the_list_is_of_the_days_shifts_in_scope(session: Session, agent: Agent, book: Rulebook) -> None:
    night = make_agent(session, agent.team, "K2")
    make_shift(session, night, TODAY - timedelta(days=1), start=22, hours=8)
    late: datetime = local(2026, 11, 20, 2)
    record(session, night, book, starts_at=late, ends_at=late + timedelta(minutes=5))
    record(session, agent, book)

    def seen(by: Scope, days_ago: int = 0) -> list[int]:
        on = TODAY - timedelta(days=days_ago)
        return [row.agent_id for row in off_post.list_off_post(session, by, on=on)]

    boss = scope("supervisor", agent.team)
    assert (seen(boss), seen(boss, 1)) == ([agent.id], [night.id])
    assert seen(scope("supervisor", make_team(session))) == []
    assert seen(scope("agent", agent=night)) == []
    assert seen(scope("agent", agent=agent)) == [agent.id]
    with pytest.raises(AccessRefused):
        seen(scope("administrator"))
