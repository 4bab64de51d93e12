"""The roster: a week with its conflicts, and every way of changing it, by one person and by two at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import roster
from db.coverage import set_need
from db.models import Agent, AttendanceDay, AuditEntry, Shift, ShiftChange, SwapRequest, Team
from db.refusals import Refused, StaleCase
from db.roster import Draft
from db.shift_changes import list_changes
from regulations.access import CAPABILITIES, AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.db.test_races import at_once
from tests.factories import (
    NOW,
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
DAY = timedelta(days=1)
MONDAY = date(2026, 11, 16)  # of the week of TODAY, a Friday
NEXT = MONDAY + 7 * DAY
HOUR = timedelta(hours=1)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session, "goods", "售后一组")


@pytest.fixture
def agent(session: Session, team: Team) -> Agent:
    return make_agent(session, team, "K1")


@pytest.fixture
def mate(session: Session, team: Team) -> Agent:
    return make_agent(session, team, "K2")


@pytest.fixture
def chief(team: Team) -> Scope:
    return scope("supervisor", team, actor="罗文静")


def shown(session: Session, who: Scope, on: date = MONDAY, team_id: int | None = None) -> roster.Week:
    return roster.week(session, who, on, team_id, book=BOOK, now=NOW)


def codes(session: Session, who: Scope, on: date = MONDAY) -> list[str]:
    return [conflict.code for conflict in shown(session, who, on).conflicts]


def test_the_week_before_is_counted_as_it_counts_itself(
    session: Session, chief: Scope, agent: Agent, mate: Agent
) -> None:
    """Both weeks are read at once: each conflict of the week before is counted as on that week's own page."""
    for n in range(-40, 9):
        make_shift(session, agent, MONDAY + n * DAY)  # never a rest day
        if n % 3:
            make_shift(session, mate, MONDAY + n * DAY, start=(9, 18)[n % 2])
    make_shift(session, mate, MONDAY - 3 * DAY, start=12)
    make_leave(session, mate, local(2026, 11, 12), local(2026, 11, 13))
    for weeks in range(3):
        on = MONDAY - weeks * 7 * DAY
        found = roster.week(session, chief, on, None, book=BOOK, now=NOW, with_before=True)
        alone = codes(session, chief, on - 7 * DAY)
        assert alone and dict(found.before) == dict(Counter(alone))
        plain = shown(session, chief, on)
        assert (found.conflicts, found.coverage) == (plain.conflicts, plain.coverage)
        assert plain.before == {}


def draft(shift: Shift, **changes: Any) -> Draft:
    return replace(
        Draft(shift.agent_id, shift.work_on, shift.starts_at, shift.ends_at, shift.code, shift.post),
        **changes,
    )


def change(session: Session, who: Scope, shift: Shift, reason: str = "", **changes: Any) -> Shift:
    return roster.change_shift(
        session, who, shift.id, draft(shift, **changes), reason=reason, expected=roster.seen(shift),
        book=BOOK, now=NOW,
    )  # fmt: skip


def add(
    session: Session, who: Scope, agent: Agent, on: date, start: int = 9, hours: int = 9, reason: str = ""
) -> Shift:
    begin = local(on.year, on.month, on.day, start)
    return roster.add_shift(
        session, who, Draft(agent.id, on, begin, begin + hours * HOUR), reason=reason, book=BOOK, now=NOW
    )


def remove(session: Session, who: Scope, shift: Shift, reason: str = "") -> None:
    roster.remove_shift(
        session, who, shift.id, reason=reason, expected=roster.seen(shift), book=BOOK, now=NOW
    )


# Reading


def test_a_week_shows_people_shifts_leave_and_what_is_wrong(
    session: Session, agent: Agent, mate: Agent, chief: Scope
) -> None:
    for n in range(7):
        make_shift(session, agent, NEXT + n * DAY, post="热线")
    make_shift(session, mate, NEXT, post="热线")
    make_leave(session, mate, local(2026, 11, 23), local(2026, 11, 24), reason="秘密的病情")
    make_leave(session, agent, local(2026, 11, 25), local(2026, 11, 26), status="requested")
    found = shown(session, chief, NEXT)
    assert [person.number for person in found.people] == ["K1", "K2"]
    assert found.shift_count == 8
    assert found.away == {(mate.id, NEXT)} and found.asked == {(agent.id, NEXT + 2 * DAY)}
    assert [conflict.code for conflict in found.conflicts] == ["no_rest_day", "on_leave"]
    assert "秘密的病情" not in str(found.conflicts)


def test_a_run_without_rest_is_seen_across_two_weeks(session: Session, agent: Agent, chief: Scope) -> None:
    for n in range(3, 10):
        make_shift(session, agent, MONDAY + n * DAY)
    [first] = [c for c in shown(session, chief).conflicts if c.code == "no_rest_day"]
    [second] = [c for c in shown(session, chief, NEXT).conflicts if c.code == "no_rest_day"]
    assert first == second and len(first.dates) == 7


def test_an_empty_post_is_a_conflict_with_the_shifts_behind_it(
    session: Session, agent: Agent, team: Team, chief: Scope
) -> None:
    shift = make_shift(session, agent, NEXT, post="前台")
    make_leave(session, agent, local(2026, 11, 23), local(2026, 11, 24))
    set_need(
        session, chief, team_id=team.id, post="前台", weekday=0, starts_minute=540, ends_minute=1080, required=1, now=NOW,
    )  # fmt: skip
    conflict = shown(session, chief, NEXT).conflicts[0]
    assert (conflict.code, conflict.clause, conflict.shift_ids) == ("empty_post", "B1.17", (shift.id,))


def test_a_shift_that_came_by_a_swap_is_known_as_one(
    session: Session, agent: Agent, mate: Agent, chief: Scope
) -> None:
    shift = make_shift(session, mate, NEXT)
    make_shift(session, mate, NEXT, start=18, hours=6, code="late")
    assert shown(session, chief, NEXT).conflicts[0].steps[-1].clause is None
    session.add(swap(shift, agent, mate, "approved"))
    session.flush()
    conflict = shown(session, chief, NEXT).conflicts[0]
    assert conflict.code == "back_to_back" and "换班" in conflict.steps[-1].zh


def swap(shift: Shift, requester: Agent, partner: Agent, state: str) -> SwapRequest:
    return SwapRequest(
        requester_id=requester.id, partner_id=partner.id, shift_id=shift.id, swap_on=shift.work_on, consents=[],
        requested_by="甲", requested_at=NOW, state=state, clauses=[], steps=[], rulebook_version="test",
    )  # fmt: skip


def test_each_viewer_sees_his_own_teams(session: Session, agent: Agent, chief: Scope) -> None:
    stranger = make_agent(session)
    make_shift(session, stranger, NEXT)
    assert [p.id for p in shown(session, chief, NEXT).people] == [agent.id]
    assert {p.id for p in shown(session, scope("manager"), NEXT).people} == {agent.id, stranger.id}
    assert [p.id for p in shown(session, scope("manager"), NEXT, stranger.team_id).people] == [stranger.id]


@pytest.mark.parametrize("role", ["qa", "agent", "administrator"])
def test_who_may_not_see_rosters_is_refused(role: str, session: Session, agent: Agent) -> None:
    who = scope(role, agent.team, agent=agent)
    with pytest.raises(AccessRefused):
        shown(session, who)
    with pytest.raises(AccessRefused):
        roster.rest_shares(session, who, TODAY, None, book=BOOK)
    with pytest.raises(AccessRefused):
        list_changes(session, who, from_on=TODAY, to_on=TODAY)


def test_rest_days_are_compared_over_eight_weeks(
    session: Session, agent: Agent, mate: Agent, chief: Scope
) -> None:
    for n in range(56):
        if (TODAY - n * DAY).weekday() != 6:
            make_shift(session, agent, TODAY - n * DAY)
        if (TODAY - n * DAY).weekday() != 2:
            make_shift(session, mate, TODAY - n * DAY)
    shares, first, last = roster.rest_shares(session, chief, TODAY, None, book=BOOK)
    assert (last - first).days == 55
    assert [(person.number, share.rest_days) for person, share in shares] == [("K2", 8), ("K1", 8)]
    assert shares[0][1].free_days < shares[1][1].free_days


# Writing


def test_a_shift_ahead_is_changed_without_a_reason_and_its_history_kept(
    session: Session, agent: Agent, chief: Scope
) -> None:
    shift = make_shift(session, agent, NEXT)
    change(session, chief, shift, ends_at=shift.ends_at + HOUR, post="热线")
    [kept] = session.scalars(select(ShiftChange)).all()
    assert kept.before["ends_at"] == "2026-11-23T10:00:00+00:00"
    assert kept.after["ends_at"] == "2026-11-23T11:00:00+00:00" and kept.after["post"] == "热线"
    assert (kept.source, kept.changed_by, kept.work_on) == ("roster", "罗文静", NEXT)
    [entry] = session.scalars(select(AuditEntry)).all()
    assert entry.action == "shift.changed" and entry.detail["after"]["post"] == "热线"


def test_saving_without_a_change_writes_nothing(session: Session, agent: Agent, chief: Scope) -> None:
    change(session, chief, make_shift(session, agent, NEXT))
    assert session.scalar(select(func.count()).select_from(ShiftChange)) == 0
    assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0


@pytest.mark.parametrize(
    ("start", "needs_reason"), [(9, True), (10, True), (11, False)], ids=["begun", "this moment", "ahead"]
)
def test_a_shift_that_has_begun_is_changed_only_with_a_reason(
    start: int, needs_reason: bool, session: Session, agent: Agent, chief: Scope
) -> None:
    shift = make_shift(session, agent, TODAY, start=start)
    if needs_reason:
        with pytest.raises(Refused, match="say why"):
            change(session, chief, shift, reason="  ", post="热线")
        with pytest.raises(Refused, match="say why"):
            remove(session, chief, shift)
    else:
        change(session, chief, shift, post="热线")


def test_a_shift_moved_from_the_past_needs_a_reason_too(session: Session, agent: Agent, chief: Scope) -> None:
    shift = make_shift(session, agent, TODAY - DAY)
    ahead: dict[str, Any] = {
        "work_on": NEXT,
        "starts_at": local(2026, 11, 23, 9),
        "ends_at": local(2026, 11, 23, 18),
    }
    with pytest.raises(Refused, match="say why"):
        change(session, chief, shift, **ahead)
    assert change(session, chief, shift, "排错了日期", **ahead).work_on == NEXT


def test_a_change_after_the_day_makes_its_verdict_anew(session: Session, agent: Agent, chief: Scope) -> None:
    on = TODAY - DAY
    make_punch(session, agent, local(2026, 11, 19, 9, 40))
    make_punch(session, agent, local(2026, 11, 19, 18, 5), "out")
    shift = add(session, chief, agent, on, reason="补排班")
    assert session.scalars(select(AttendanceDay.class_)).all() == ["severe"]
    change(session, chief, shift, "当天改为十点上班", starts_at=shift.starts_at + HOUR)
    session.expire_all()
    assert session.scalars(select(AttendanceDay.class_)).all() == ["present"]
    remove(session, chief, session.get_one(Shift, shift.id), "当天实为休息")
    assert session.scalars(select(AttendanceDay)).all() == []
    changes = list_changes(session, chief, from_on=on, to_on=on)
    assert [(bool(c.before), bool(c.after), c.reason) for c in changes] == [
        (True, False, "当天实为休息"),
        (True, True, "当天改为十点上班"),
        (False, True, "补排班"),
    ]


def test_a_shift_given_to_somebody_else_takes_its_verdict_along(
    session: Session, agent: Agent, mate: Agent, chief: Scope
) -> None:
    shift = add(session, chief, agent, TODAY - DAY, reason="补排班")
    assert session.scalars(select(AttendanceDay.agent_id)).all() == [agent.id]
    change(session, chief, shift, "实际由同事当班", agent_id=mate.id)
    session.expire_all()
    assert session.scalars(select(AttendanceDay.agent_id)).all() == [mate.id]


Values = Callable[[Shift], dict[str, Any]]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: {"ends_at": s.starts_at},
        lambda s: {"ends_at": s.starts_at - HOUR},
        lambda s: {"ends_at": s.starts_at + 25 * HOUR},
        lambda s: {"work_on": s.work_on + DAY},
        lambda s: {"work_on": s.work_on - 2 * DAY},
        lambda s: {"code": "   "},
        lambda s: {"code": "班" * 21},
        lambda s: {"post": "岗" * 41},
        lambda s: {"breaks": ((s.starts_at - HOUR, s.starts_at + HOUR),)},
        lambda s: {"breaks": ((s.starts_at + HOUR, s.starts_at + HOUR),)},
    ],
)
def test_a_shift_that_cannot_be_is_refused(
    wrong: Values, session: Session, agent: Agent, chief: Scope
) -> None:
    shift = make_shift(session, agent, NEXT)
    with pytest.raises(Refused):
        change(session, chief, shift, **wrong(shift))


def test_a_shift_after_midnight_may_belong_to_the_day_before(
    session: Session, agent: Agent, chief: Scope
) -> None:
    begin = local(2026, 11, 24, 0, 30)
    made = roster.add_shift(
        session, chief, Draft(agent.id, NEXT, begin, begin + 7 * HOUR, "night"), reason="", book=BOOK, now=NOW
    )
    assert made.work_on == NEXT


def test_nobody_is_booked_twice_but_shifts_may_touch(session: Session, agent: Agent, chief: Scope) -> None:
    make_shift(session, agent, NEXT)
    with pytest.raises(Refused, match="09:00–18:00 on 11-23 that overlaps"):
        add(session, chief, agent, NEXT, start=17)
    assert add(session, chief, agent, NEXT, start=18, hours=6).id


def test_somebody_who_has_left_gets_no_shift(session: Session, team: Team, chief: Scope) -> None:
    gone = make_agent(session, team, is_active=False)
    with pytest.raises(Refused, match="has left"):
        add(session, chief, gone, NEXT)


@pytest.mark.parametrize("state", ["requested", "approved"])
def test_a_shift_that_a_swap_rests_on_stays_where_it_is(
    state: str, session: Session, agent: Agent, mate: Agent, chief: Scope
) -> None:
    shift = make_shift(session, agent, NEXT)
    session.add(swap(shift, agent, mate, state))
    session.flush()
    with pytest.raises(Refused, match="swap"):
        remove(session, chief, shift)
    with pytest.raises(Refused, match="swap"):
        change(session, chief, shift, agent_id=mate.id)
    change(session, chief, shift, post="热线")  # where he stands is nobody else's matter


def test_a_settled_swap_holds_nothing(session: Session, agent: Agent, mate: Agent, chief: Scope) -> None:
    shift = make_shift(session, agent, NEXT)
    session.add(swap(shift, agent, mate, "settled"))
    session.flush()
    remove(session, chief, shift)
    assert session.scalars(select(SwapRequest.shift_id)).all() == [None]


@pytest.mark.parametrize("role", ["qa", "executive", "top", "agent", "administrator"])
def test_who_only_looks_changes_nothing(role: str, session: Session, agent: Agent) -> None:
    assert role not in CAPABILITIES["roster.edit"]
    who = scope(role, agent.team, agent=agent)
    shift = make_shift(session, agent, NEXT)
    for act in (
        lambda: change(session, who, shift, post="热线"),
        lambda: remove(session, who, shift),
        lambda: add(session, who, agent, NEXT + DAY),
        lambda: roster.plan_copy(session, who, MONDAY, NEXT, None, book=BOOK, now=NOW),
        lambda: roster.copy_week(session, who, MONDAY, NEXT, None, expected="", book=BOOK, now=NOW),
    ):
        with pytest.raises(AccessRefused):
            act()


def test_another_teams_shift_is_not_touched_nor_moved_into(
    session: Session, agent: Agent, chief: Scope
) -> None:
    stranger = make_agent(session)
    theirs, ours = make_shift(session, stranger, NEXT), make_shift(session, agent, NEXT)
    for act in (
        lambda: change(session, chief, theirs, post="热线"),
        lambda: remove(session, chief, theirs),
        lambda: change(session, chief, ours, agent_id=stranger.id),
        lambda: add(session, chief, stranger, NEXT + DAY),
    ):
        with pytest.raises(AccessRefused):
            act()


# Two at once


def test_the_second_who_changes_a_shift_is_told_what_it_is_now(
    session: Session, agent: Agent, chief: Scope
) -> None:
    shift = make_shift(session, agent, NEXT)
    expected = roster.seen(shift)
    change(session, chief, shift, post="热线", ends_at=shift.ends_at + HOUR)
    with pytest.raises(StaleCase) as told:
        roster.change_shift(
            session,
            chief,
            shift.id,
            draft(shift, post="前台"),
            reason="",
            expected=expected,
            book=BOOK,
            now=NOW,
        )
    assert "09:00–19:00" in told.value.zh
    remove(session, chief, shift)
    with pytest.raises(StaleCase, match="taken off"):
        roster.remove_shift(session, chief, shift.id, reason="", expected=expected, book=BOOK, now=NOW)


def test_of_two_changes_at_the_same_moment_one_is_done_and_the_other_told(
    engine: Engine, session: Session, agent: Agent, chief: Scope
) -> None:
    shift = make_shift(session, agent, NEXT)
    session.commit()
    expected = roster.seen(shift)

    def post(name: str) -> Callable[[Session], object]:
        return lambda other: roster.change_shift(
            other, chief, shift.id, draft(shift, post=name), reason="", expected=expected, book=BOOK, now=NOW
        )

    assert sorted(at_once(engine, post("前台"), post("热线"))) == ["done", "stale"]
    assert session.scalar(select(func.count()).select_from(ShiftChange)) == 1


def test_two_overlapping_shifts_added_at_the_same_moment_become_one(
    engine: Engine, session: Session, agent: Agent, chief: Scope
) -> None:
    session.commit()
    outcomes = at_once(
        engine,
        lambda other: add(other, chief, agent, NEXT, start=9),
        lambda other: add(other, chief, agent, NEXT, start=10),
    )
    assert sorted(outcome.split(":")[0] for outcome in outcomes) == ["done", "refused"]
    assert session.scalar(select(func.count()).select_from(Shift)) == 1


# Copying a week


def plan(
    session: Session, who: Scope, source: date = MONDAY, target: date = NEXT, **more: Any
) -> roster.CopyPlan:
    return roster.plan_copy(session, who, source, target, None, book=BOOK, now=NOW, **more)


def copy(session: Session, who: Scope, found: roster.CopyPlan, **more: Any) -> roster.CopyPlan:
    return roster.copy_week(
        session, who, found.source_on, found.target_on, None, expected=found.fingerprint, book=BOOK, now=NOW, **more
    )  # fmt: skip


def test_a_copied_week_keeps_days_hours_posts_and_breaks(
    session: Session, agent: Agent, chief: Scope
) -> None:
    pause = [{"start": "2026-11-16T04:00:00+00:00", "end": "2026-11-16T05:00:00+00:00"}]
    make_shift(session, agent, MONDAY, post="热线", breaks=pause)
    make_shift(session, agent, MONDAY + 2 * DAY, start=22, hours=9, code="night")
    found = plan(session, chief)
    assert len(found.drafts) == 2 and session.scalar(select(func.count()).select_from(Shift)) == 2
    copy(session, chief, found)
    first, second = session.scalars(select(Shift).where(Shift.work_on >= NEXT).order_by(Shift.starts_at))
    assert (first.starts_at, first.ends_at, first.post) == (
        local(2026, 11, 23, 9),
        local(2026, 11, 23, 18),
        "热线",
    )
    assert first.breaks == [{"start": "2026-11-23T04:00:00+00:00", "end": "2026-11-23T05:00:00+00:00"}]
    assert (second.work_on, second.code, second.ends_at) == (NEXT + 2 * DAY, "night", local(2026, 11, 26, 7))
    [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "roster.copied"))
    assert entry.detail["shifts"] == 2


def test_copying_again_finds_nothing_to_copy(session: Session, agent: Agent, chief: Scope) -> None:
    make_shift(session, agent, MONDAY)
    copy(session, chief, plan(session, chief))
    again = plan(session, chief)
    assert (again.kept, again.drafts) == (1, ())
    with pytest.raises(Refused, match="nothing to copy"):
        copy(session, chief, again)


def test_what_is_not_copied_is_counted_by_its_reason(session: Session, team: Team, chief: Scope) -> None:
    kept, away, gone, fine = (
        make_agent(session, team),
        make_agent(session, team),
        make_agent(session, team, is_active=False),
        make_agent(session, team),
    )
    for person in (kept, away, gone, fine):
        make_shift(session, person, MONDAY)
    make_shift(session, kept, NEXT, start=14)
    make_leave(session, away, local(2026, 11, 23), local(2026, 11, 24))
    found = plan(session, chief)
    assert (found.kept, found.on_leave, found.left, found.past) == (1, 1, 1, 0)
    assert [d.agent_id for d in found.drafts] == [fine.id]


def test_days_that_have_begun_are_not_copied_into(session: Session, agent: Agent, chief: Scope) -> None:
    for n in range(6):
        make_shift(session, agent, MONDAY - 7 * DAY + n * DAY)
    found = plan(session, chief, MONDAY - 7 * DAY, MONDAY)
    assert (found.past, [d.work_on for d in found.drafts]) == (5, [TODAY + DAY])


def test_the_preview_shows_what_would_be_wrong(session: Session, agent: Agent, chief: Scope) -> None:
    for n in range(6):
        make_shift(session, agent, MONDAY + n * DAY)
    make_shift(session, agent, MONDAY + 6 * DAY, start=22, hours=9)
    found = plan(session, chief)
    assert [c.code for c in found.conflicts][:1] == ["no_rest_day"]
    assert "连续 14 天" in found.conflicts[0].zh
    assert codes(session, chief, NEXT) == []  # nothing of it is written


def test_rest_days_can_move_on_by_a_day(session: Session, agent: Agent, chief: Scope) -> None:
    for n in range(6):
        make_shift(session, agent, MONDAY + n * DAY)  # Sunday off
    found = plan(session, chief, rest_moves_on=1)
    assert {(d.work_on - NEXT).days for d in found.drafts} == {1, 2, 3, 4, 5, 6}  # Monday off
    copy(session, chief, found, rest_moves_on=1)
    assert codes(session, chief, NEXT) == []


@pytest.mark.parametrize("days", [-6, -1, 0, 1, 6])
def test_a_week_is_not_copied_onto_itself(days: int, session: Session, chief: Scope) -> None:
    with pytest.raises(Refused, match="overlap"):
        plan(session, chief, MONDAY, MONDAY + days * DAY)


def test_a_plan_that_has_changed_since_the_preview_is_told(
    session: Session, agent: Agent, mate: Agent, chief: Scope
) -> None:
    make_shift(session, agent, MONDAY)
    make_shift(session, mate, MONDAY)
    found = plan(session, chief)
    make_shift(session, mate, NEXT, start=14)
    with pytest.raises(StaleCase, match="new preview"):
        copy(session, chief, found)


def test_of_two_copies_at_the_same_moment_one_is_done(
    engine: Engine, session: Session, agent: Agent, chief: Scope
) -> None:
    make_shift(session, agent, MONDAY)
    session.commit()
    found = plan(session, chief)
    session.commit()
    works = [lambda other: copy(other, chief, found)] * 2
    assert sorted(at_once(engine, *works)) == ["done", "stale"]
    assert session.scalar(select(func.count()).select_from(Shift).where(Shift.work_on >= NEXT)) == 1


def test_a_supervisor_copies_his_own_team_only(session: Session, agent: Agent, chief: Scope) -> None:
    make_shift(session, make_agent(session), MONDAY)
    make_shift(session, agent, MONDAY)
    assert [d.agent_id for d in plan(session, chief).drafts] == [agent.id]
    assert len(plan(session, scope("manager")).drafts) == 2
