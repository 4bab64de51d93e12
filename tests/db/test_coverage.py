"""Coverage read from the roster: leave, who has not come, needs, one person away; each viewer his own teams."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import metrics
from db.coverage import (
    coverage_of,
    coverage_without,
    coverage_without_all,
    list_needs,
    remove_need,
    set_need,
)
from db.models import Agent, AuditEntry, CoverageNeed, OffPost, Overtime, Team
from db.refusals import Refused
from regulations.access import CAPABILITIES, AccessRefused, Scope
from regulations.coverage import Absence, hours_text
from regulations.rulebook import load_rulebook
from regulations.work_calendar import WorkCalendar
from tests.factories import (
    NOW,
    SHANGHAI,
    TODAY,
    local,
    make_agent,
    make_leave,
    make_punch,
    make_shift,
    make_team,
    scope,
)

BOOK = load_rulebook()
TOMORROW = TODAY + timedelta(days=1)
DAY = timedelta(days=1)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session, "goods", "售后一组")


@pytest.fixture
def pair(session: Session, team: Team) -> tuple[Agent, Agent]:
    return make_agent(session, team, "K1"), make_agent(session, team, "K2")


@pytest.fixture
def chief(team: Team) -> Scope:
    return scope("supervisor", team)


def need(
    session: Session, who: Scope, team: Team, start: int = 9, end: int = 18, required: int = 2
) -> CoverageNeed:
    return set_need(
        session, who, team_id=team.id, post="前台", weekday=-1, starts_minute=start * 60, ends_minute=end * 60,
        required=required, now=NOW,
    )  # fmt: skip


def rows(session: Session, who: Scope, on: date = TOMORROW) -> list[tuple[str, int, int, int]]:
    return [
        (hours_text(i.starts_at, i.ends_at, SHANGHAI), i.required, i.rostered, i.expected)
        for one in coverage_of(session, who, on, None, BOOK, NOW)
        for i in one.intervals
    ]


def presence(
    session: Session, who: Scope, on: date = TODAY, at: datetime = NOW
) -> list[tuple[str, int, int, int]]:
    return [
        (hours_text(i.starts_at, i.ends_at, SHANGHAI), i.rostered, i.expected, i.present)
        for one in coverage_of(session, who, on, None, BOOK, at)
        for i in one.intervals
    ]


def overtime(session: Session, agent: Agent, start: datetime, end: datetime, state: str = "approved") -> None:
    session.add(
        Overtime(
            agent_id=agent.id, work_on=start.astimezone(SHANGHAI).date(), starts_at=start, ends_at=end, state=state,
            requested_by="甲", requested_at=NOW, required_role="manager", clauses=[], steps=[], rulebook_version="test",
        )
    )  # fmt: skip
    session.flush()


def test_leave_that_is_approved_takes_somebody_away_and_other_leave_does_not(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    for agent in pair:
        make_shift(session, agent, TOMORROW, post="前台")
    need(session, chief, team)
    assert rows(session, chief) == [("09:00–18:00", 2, 2, 2)]
    make_leave(session, pair[0], local(2026, 11, 21, 9), local(2026, 11, 21, 12))
    make_leave(session, pair[1], local(2026, 11, 21, 9), local(2026, 11, 21, 18), status="requested")
    assert rows(session, chief) == [("09:00–12:00", 2, 2, 1), ("12:00–18:00", 2, 2, 2)]
    [one] = coverage_of(session, chief, TOMORROW, team.id, BOOK, NOW)
    assert one.has_needs and "缺 1 人" in one.sentence.zh and len(one.gaps) == 1


def test_who_has_not_clocked_in_by_now_is_not_counted_on(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    for agent in pair:
        make_shift(session, agent, TODAY, post="前台")
    make_punch(session, pair[0], local(2026, 11, 20, 9, 40))
    assert presence(session, chief) == [("09:00–09:40", 2, 2, 0), ("09:40–18:00", 2, 2, 1)]


@pytest.mark.parametrize(("hour", "present"), [(5, 1), (4, 0)])
def test_a_clock_reading_counts_as_far_from_the_shift_as_the_rulebook_says(
    hour: int, present: int, session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TODAY, post="前台")
    make_punch(session, pair[0], local(2026, 11, 20, hour))
    assert presence(session, chief) == [("09:00–18:00", 1, 1, present)]


def test_a_reading_that_was_put_right_no_longer_counts(
    session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TODAY, post="前台")
    first = make_punch(session, pair[0], local(2026, 11, 20, 9, 40))
    put_right = make_punch(session, pair[0], local(2026, 11, 20, 9, 0))
    put_right.corrects_id = first.id
    session.flush()
    assert presence(session, chief) == [("09:00–18:00", 1, 1, 1)]


def test_who_left_the_post_is_not_present_until_he_is_back_unless_somebody_stands_in(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    for agent in pair:
        make_shift(session, agent, TODAY, post="前台")
        make_punch(session, agent, local(2026, 11, 20, 8, 50))
    left, ten = local(2026, 11, 20, 9, 30), local(2026, 11, 20, 10)
    away = OffPost(agent_id=pair[0].id, starts_at=left)
    session.add(away)
    session.flush()
    # Over the limit of his kind: nobody knows when he comes back.
    assert presence(session, chief, at=ten) == [("09:00–09:30", 2, 2, 2), ("09:30–18:00", 2, 2, 1)]
    [one] = coverage_of(session, chief, TODAY, team.id, BOOK, ten)
    assert one.intervals[1].off_post == (pair[0].id,) and one.intervals[1].missing == ()
    away.ends_at = local(2026, 11, 20, 9, 50)
    session.flush()
    assert presence(session, chief, at=ten)[1:] == [("09:30–09:50", 2, 2, 1), ("09:50–18:00", 2, 2, 2)]
    away.replacement = pair[1].number
    session.flush()
    assert {row[3] for row in presence(session, chief, at=ten)} == {2}


@pytest.mark.parametrize(
    ("state", "counts"), [("approved", True), ("requested", False), ("refused", False), ("withdrawn", False)]
)
def test_overtime_counts_once_it_is_approved_at_the_post_of_the_shift_it_goes_on_from(
    state: str, counts: bool, session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TOMORROW, post="前台")
    overtime(session, pair[0], local(2026, 11, 21, 18), local(2026, 11, 21, 20), state)
    found = presence(session, chief, TOMORROW)
    assert found == [("09:00–18:00", 1, 1, 1)] + ([("18:00–20:00", 0, 1, 1)] if counts else [])
    [covered] = coverage_of(session, chief, TOMORROW, None, BOOK, NOW)
    assert {one.post for one in covered.intervals} == {"前台"}


def test_overtime_on_a_rest_day_is_worked_at_the_usual_post_and_has_to_be_turned_up_for(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TODAY - 3 * DAY, post="前台")
    need(session, chief, team, 9, 12, 1)
    overtime(session, pair[0], local(2026, 11, 20, 9), local(2026, 11, 20, 12))
    late = local(2026, 11, 20, 9, 30)
    assert presence(session, chief, at=late) == [("09:00–12:00", 0, 1, 0)]
    make_punch(session, pair[0], late)
    assert presence(session, chief, at=late) == [("09:00–09:30", 0, 1, 0), ("09:30–12:00", 0, 1, 1)]
    [covered] = coverage_of(session, chief, TODAY, None, BOOK, late)
    assert [one.missing for one in covered.gaps] == [(pair[0].id,)]


def test_who_waited_for_the_relief_was_present_until_he_left(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TODAY, start=9, hours=3, post="前台")
    make_shift(session, pair[1], TODAY, start=12, hours=3, post="前台")
    need(session, chief, team, 9, 15, 1)
    for agent, hour, minute, kind in (
        (0, 9, 0, "in"),
        (0, 12, 10, "out"),
        (1, 12, 10, "in"),
        (1, 15, 0, "out"),
    ):
        make_punch(session, pair[agent], local(2026, 11, 20, hour, minute), kind)
    assert presence(session, chief, at=local(2026, 11, 20, 16)) == [
        ("09:00–12:00", 1, 1, 1),
        ("12:00–12:10", 1, 1, 1),
        ("12:10–15:00", 1, 1, 1),
    ]


def test_a_shift_that_has_not_begun_is_expected(
    session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TODAY, start=15, hours=9, post="前台")
    assert rows(session, chief, TODAY) == [("15:00–24:00", 0, 1, 1)]


def test_a_night_shift_of_the_day_before_covers_the_morning(
    session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TOMORROW, start=22, hours=9, post="前台")
    assert rows(session, chief, TOMORROW + DAY) == [("00:00–07:00", 0, 1, 1)]


def test_what_is_left_without_somebody_is_told_for_his_own_shifts(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TOMORROW, post="前台")
    make_shift(session, pair[1], TOMORROW, start=12, hours=9, post="前台")
    need(session, chief, team, 9, 21, 1)
    [left] = coverage_without(session, chief, pair[0].id, local(2026, 11, 21), local(2026, 11, 23), BOOK, NOW)
    assert left.on == TOMORROW
    assert [(hours_text(i.starts_at, i.ends_at, SHANGHAI), i.expected, i.gap) for i in left.intervals] == [
        ("09:00–12:00", 0, 1),
        ("12:00–18:00", 1, 0),
    ]
    assert "空岗" in left.sentence.zh and left.sentence.clause == "B1.17"
    morning = coverage_without(
        session, chief, pair[0].id, local(2026, 11, 21, 9), local(2026, 11, 21, 11), BOOK, NOW
    )
    assert [hours_text(i.starts_at, i.ends_at, SHANGHAI) for i in morning[0].intervals] == ["09:00–11:00"]
    assert not coverage_without(
        session, chief, pair[0].id, local(2026, 11, 22), local(2026, 11, 23), BOOK, NOW
    )


def test_two_whose_leave_is_fine_alone_leave_the_post_empty_together(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    make_shift(session, pair[0], TOMORROW, post="前台")
    make_shift(session, pair[1], TOMORROW, start=12, hours=9, post="前台")
    need(session, chief, team, 12, 18, 1)
    away = [Absence(one.id, local(2026, 11, 21), local(2026, 11, 22)) for one in pair]
    for one in away:  # from 12:00 to 18:00, when somebody is needed, either is enough
        [alone] = coverage_without(session, chief, one.person, one.starts_at, one.ends_at, BOOK, NOW)
        assert not any(i.gap for i in alone.intervals)
    [both] = coverage_without_all(session, chief, away, BOOK, NOW)
    assert [(hours_text(i.starts_at, i.ends_at, SHANGHAI), i.expected, i.gap) for i in both.intervals] == [
        ("09:00–12:00", 0, 0),
        ("12:00–18:00", 0, 1),
        ("18:00–21:00", 0, 0),
    ]
    assert set(both.intervals[1].away) == {one.id for one in pair}


def test_several_away_on_different_days_and_of_different_teams_are_told_day_by_day(
    session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    other = make_agent(session)
    for agent, on in ((pair[0], TOMORROW), (pair[1], TOMORROW + 3 * DAY), (other, TOMORROW)):
        make_shift(session, agent, on, post="前台")
    away = [
        Absence(pair[0].id, local(2026, 11, 21), local(2026, 11, 22)),
        Absence(pair[1].id, local(2026, 11, 24), local(2026, 11, 25)),
    ]
    assert [one.on for one in coverage_without_all(session, chief, away, BOOK, NOW)] == [
        TOMORROW,
        TOMORROW + 3 * DAY,
    ]
    assert not coverage_without_all(session, chief, [], BOOK, NOW)
    theirs = Absence(other.id, local(2026, 11, 21), local(2026, 11, 22))
    assert len(coverage_without_all(session, scope("manager"), [*away, theirs], BOOK, NOW)) == 3
    with pytest.raises(AccessRefused):
        coverage_without_all(session, chief, [*away, theirs], BOOK, NOW)


def test_nobody_outside_the_team_is_counted_or_seen(
    session: Session, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    stranger = make_agent(session)
    make_shift(session, stranger, TOMORROW, post="前台")
    assert rows(session, chief) == []
    assert len(rows(session, scope("manager"))) == 1
    with pytest.raises(AccessRefused):
        coverage_without(session, chief, stranger.id, NOW, NOW + DAY, BOOK, NOW)
    with pytest.raises(LookupError):
        coverage_without(session, chief, 999_999, NOW, NOW + DAY, BOOK, NOW)


@pytest.mark.parametrize("role", ["qa", "agent", "administrator"])
def test_who_may_not_see_rosters_sees_no_coverage(
    role: str, session: Session, pair: tuple[Agent, Agent]
) -> None:
    who = scope(role, pair[0].team, agent=pair[0])
    for ask in (
        lambda: coverage_of(session, who, TODAY, None, BOOK, NOW),
        lambda: coverage_without(session, who, pair[0].id, NOW, NOW + DAY, BOOK, NOW),
        lambda: list_needs(session, who),
    ):
        with pytest.raises(AccessRefused):
            ask()


def test_a_need_set_again_is_replaced_and_each_setting_is_logged(
    session: Session, team: Team, chief: Scope
) -> None:
    first = need(session, chief, team, required=2)
    second = need(session, chief, team, end=20, required=3)
    assert first.id == second.id
    assert [(n.ends_minute, n.required) for n in list_needs(session, chief)] == [(1200, 3)]
    remove_need(session, chief, first.id, now=NOW)
    assert list(list_needs(session, chief)) == []
    actions = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["coverage_need.set", "coverage_need.set", "coverage_need.removed"]
    with pytest.raises(LookupError):
        remove_need(session, chief, first.id, now=NOW)


@pytest.mark.parametrize(
    ("start", "end", "required", "post"),
    [(540, 540, 1, ""), (540, 500, 1, ""), (-1, 500, 1, ""), (540, 2000, 1, ""), (540, 600, -1, ""), (540, 600, 501, ""), (540, 600, 1, "岗" * 41)],
)  # fmt: skip
def test_a_need_that_cannot_be_is_refused_with_what_to_do(
    start: int, end: int, required: int, post: str, session: Session, team: Team, chief: Scope
) -> None:
    with pytest.raises(Refused):
        set_need(
            session, chief, team_id=team.id, post=post, weekday=-1, starts_minute=start, ends_minute=end,
            required=required, now=NOW,
        )  # fmt: skip


@pytest.mark.parametrize("role", ["executive", "top", "qa", "agent", "administrator"])
def test_only_who_may_edit_the_roster_sets_needs(role: str, session: Session, team: Team) -> None:
    assert role not in CAPABILITIES["roster.edit"]
    with pytest.raises(AccessRefused):
        need(session, scope(role, team), team)


def test_another_teams_needs_are_not_touched(session: Session, team: Team, chief: Scope) -> None:
    other = make_team(session)
    kept = need(session, scope("manager"), other)
    with pytest.raises(AccessRefused):
        need(session, chief, other)
    with pytest.raises(AccessRefused):
        remove_need(session, chief, kept.id, now=NOW)
    assert list(list_needs(session, chief)) == []
    assert list(list_needs(session, chief, other.id)) == []


def test_a_public_holiday_has_its_own_need(session: Session, team: Team, chief: Scope) -> None:
    need(session, chief, team, required=2)
    set_need(
        session, chief, team_id=team.id, post="前台", weekday=7, starts_minute=540, ends_minute=1080,
        required=1, now=NOW,
    )  # fmt: skip
    holiday = date(2026, 10, 1)
    assert WorkCalendar.from_rulebook(BOOK).is_public_holiday(holiday)
    assert rows(session, chief, holiday) == [("09:00–18:00", 1, 0, 0)]
    assert rows(session, chief, TOMORROW) == [("09:00–18:00", 2, 0, 0)]


# The metric


def gap_of(session: Session, who: Scope, first: date, last: date, at: datetime) -> tuple[float, int | None]:
    found = metrics.figure(session, who, "attendance.coverage_gap", first, last, BOOK, at)
    return found.numerator, found.denominator


def test_the_share_of_hours_short_counts_late_and_leave_minute_by_minute_up_to_now(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    need(session, chief, team, 9, 12, 2)
    for agent in pair:
        make_shift(session, agent, TODAY, hours=3, post="前台")
    make_punch(session, pair[0], local(2026, 11, 20, 9, 20))
    make_punch(session, pair[1], local(2026, 11, 20, 9))
    make_leave(session, pair[1], local(2026, 11, 20, 11), local(2026, 11, 20, 12))
    noon = local(2026, 11, 20, 13)
    assert gap_of(session, chief, TODAY, TODAY, noon) == (20 + 60, 2 * 180)
    assert gap_of(session, chief, TODAY, TODAY, local(2026, 11, 20, 9)) == (0, 0)
    assert gap_of(session, chief, TODAY, TODAY, local(2026, 11, 20, 9, 21)) == (20, 2 * 21)
    listed = metrics.rows(session, chief, "attendance.coverage_gap", TODAY, TODAY, BOOK, noon)
    assert [(row["expected"], row["present"], row["value"], row["weight"]) for row in listed] == [
        (2, 2, 0, 200), (2, 1, 20, 40), (1, 1, 60, 120),
    ]  # fmt: skip
    assert listed[1]["starts_at"] == local(2026, 11, 20, 9)
    overtime(session, make_agent(session, team), local(2026, 11, 20, 11), local(2026, 11, 20, 12))
    assert gap_of(session, chief, TODAY, TODAY, noon) == (80, 360)  # approved, and nobody came


def test_a_number_counts_from_the_day_on_which_it_was_set(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    need(session, chief, team, 0, 24, 1)  # set today
    assert gap_of(session, chief, TODAY - DAY, TODAY - DAY, NOW) == (0, 0)
    assert gap_of(session, chief, TODAY - DAY, TODAY, local(2026, 11, 21))[1] == 24 * 60
    assert (
        gap_of(session, chief, TODAY, TODAY + 9 * DAY, local(2026, 11, 21))[1] == 24 * 60
    )  # what is ahead does not


def test_another_teams_hours_and_an_agents_own_are_not_told(
    session: Session, team: Team, pair: tuple[Agent, Agent], chief: Scope
) -> None:
    need(session, chief, team, 9, 12, 1)
    later = local(2026, 11, 20, 13)
    assert gap_of(session, scope("supervisor", make_team(session)), TODAY, TODAY, later) == (0, 0)
    assert gap_of(session, scope("agent", team, agent=pair[0]), TODAY, TODAY, later) == (0, 0)
    assert gap_of(session, scope("manager"), TODAY, TODAY, later) == (180, 180)
