"""Handovers as rows: owed by the roster, written, signed by two, refused, reviewed; nobody overwrites anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from db import attendance, handovers
from db.models import Agent, AuditEntry, Handover, Shift, Team
from db.refusals import Refused, StaleCase
from regulations.access import SYSTEM, AccessRefused, Scope
from regulations.handovers import fields_of
from regulations.rulebook import load_rulebook
from tests.db.test_races import at_once
from tests.factories import TODAY, local, make_agent, make_leave, make_punch, make_shift, make_team, scope

BOOK = load_rulebook(["telecom_call_centre"])
SHOP = load_rulebook(["ecommerce_shop"])
FULL = {name: f"{name}：无" for name in fields_of(BOOK)}
END = local(2026, 11, 20, 18)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOON = local(2026, 11, 20, 12)
Act = Callable[..., Handover]


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session, name="一组")


@pytest.fixture
def going(session: Session, team: Team) -> Agent:
    return make_agent(session, team, name="交班的人")


@pytest.fixture
def coming(session: Session, team: Team) -> Agent:
    return make_agent(session, team, name="接班的人")


@pytest.fixture
def roster(session: Session, going: Agent, coming: Agent) -> tuple[Shift, Shift]:
    """From nine to six, and from half past five to midnight."""
    day = make_shift(session, going, post="热线")
    late = make_shift(session, coming, start=17, hours=7, post="热线")
    return day, late


@pytest.fixture
def row(session: Session, roster: tuple[Shift, Shift]) -> Handover:
    assert handovers.open_due(session, BOOK, NOON) == 1
    session.commit()
    return session.scalars(select(Handover)).one()


def person(agent: Agent) -> Scope:
    return scope("agent", agent=agent, actor=agent.number)


def boss(team: Team, actor: str = "主管") -> Scope:
    return scope("supervisor", team, actor=actor)


def act(
    session: Session, doing: Act, viewer: Scope, row: Handover, now: datetime = END, **more: Any
) -> Handover:
    """Done by somebody who looked at the row just now."""
    common: dict[str, Any] = {"expected_version": row.row_version, "now": now, **more}
    if doing is not handovers.name_relief:
        common["book"] = common.get("book", BOOK)
    return doing(session, viewer, row.id, **common)


def write(session: Session, row: Handover, now: datetime = END - 20 * MINUTE, **entries: str) -> Handover:
    return act(session, handovers.write_handover, person(row.outgoing), row, now, entries=FULL | entries)


def state_of(session: Session, row: Handover, now: datetime) -> str:
    return handovers.judged(session, [row], BOOK, now)[0].verdict.state


def logged(session: Session) -> list[str]:
    query = select(AuditEntry.action).where(AuditEntry.object_kind == "handover").order_by(AuditEntry.id)
    return list(session.scalars(query))


# What is owed


def test_a_row_is_made_once_the_outgoing_shift_has_begun(
    session: Session, roster: tuple[Shift, Shift], going: Agent, coming: Agent
) -> None:
    assert handovers.open_due(session, BOOK, local(2026, 11, 20, 8, 59, 59)) == 0
    assert handovers.open_due(session, BOOK, local(2026, 11, 20, 9)) == 1
    assert handovers.open_due(session, BOOK, NOON) == 0
    row = session.scalars(select(Handover)).one()
    assert (row.outgoing_id, row.incoming_id, row.due_at) == (going.id, coming.id, END)
    assert (row.work_on, row.post, row.rulebook_version) == (TODAY, "热线", BOOK.version)


def test_a_worker_that_stood_still_for_a_day_misses_none_and_makes_none_for_older_days(
    session: Session, roster: tuple[Shift, Shift]
) -> None:
    assert handovers.open_due(session, BOOK, END + DAY) == 0
    assert handovers.open_due(session, BOOK, END + DAY - SECOND) == 1


def test_whoever_is_on_leave_hands_over_nothing_and_takes_over_nothing(
    session: Session, roster: tuple[Shift, Shift], team: Team, coming: Agent
) -> None:
    day, late = roster
    make_leave(session, coming, late.starts_at, late.ends_at)
    another = make_agent(session, team)
    make_shift(session, another, start=16, hours=8, post="热线")
    handovers.open_due(session, BOOK, NOON)
    row = session.scalars(select(Handover)).one()
    assert row.incoming_id == another.id
    make_leave(session, day.agent, day.starts_at, day.ends_at)
    handovers.open_due(session, BOOK, NOON)
    assert session.scalar(select(func.count()).select_from(Handover)) == 0
    assert logged(session) == ["handover.withdrawn"]


def test_somebody_who_leaves_early_with_leave_hands_over_when_he_leaves(
    session: Session, roster: tuple[Shift, Shift]
) -> None:
    day, _late = roster
    make_leave(session, day.agent, END - 2 * HOUR, END)
    handovers.open_due(session, BOOK, NOON)
    assert session.scalars(select(Handover.due_at)).one() == END - 2 * HOUR


def test_leave_that_is_only_asked_for_changes_nothing(session: Session, roster: tuple[Shift, Shift]) -> None:
    day, _late = roster
    make_leave(session, day.agent, day.starts_at, day.ends_at, status="requested")
    assert handovers.open_due(session, BOOK, NOON) == 1


def test_a_row_follows_the_roster_until_somebody_has_signed(
    session: Session, row: Handover, roster: tuple[Shift, Shift], team: Team
) -> None:
    day, late = roster

    def takes_over() -> Agent:
        another = make_agent(session, team)
        late.agent_id = another.id
        session.flush()
        handovers.open_due(session, BOOK, NOON)
        return another

    second = takes_over()
    assert row.incoming_id == second.id
    write(session, row, NOON)
    third = takes_over()
    assert row.incoming_id == third.id
    day.ends_at = END + HOUR
    session.flush()
    handovers.open_due(session, BOOK, NOON)
    assert row.due_at == END + HOUR
    act(session, handovers.sign_in, person(third), row, NOON)
    assert takes_over().id != row.incoming_id == third.id
    assert logged(session) == [
        "handover.follows",
        "handover.written",
        "handover.follows",
        "handover.follows",
        "handover.signed_in",
    ]


def test_what_somebody_began_to_write_is_not_taken_back(
    session: Session, row: Handover, roster: tuple[Shift, Shift]
) -> None:
    write(session, row, NOON, 疑难问题="")
    session.delete(roster[1])
    session.flush()
    handovers.open_due(session, BOOK, NOON)
    assert session.scalar(select(func.count()).select_from(Handover)) == 1


def test_what_was_owed_when_the_shift_ended_stays_owed(
    session: Session, row: Handover, roster: tuple[Shift, Shift]
) -> None:
    session.delete(roster[1])
    session.flush()
    handovers.open_due(session, BOOK, END)
    assert session.scalar(select(func.count()).select_from(Handover)) == 1


def test_two_workers_make_one_row(session: Session, engine: Engine, roster: tuple[Shift, Shift]) -> None:
    session.commit()
    work = lambda mine: handovers.open_due(mine, BOOK, NOON)  # noqa: E731
    assert at_once(engine, work, work, work) == ["done"] * 3
    assert session.scalar(select(func.count()).select_from(Handover)) == 1


# From writing to review


def test_the_whole_way_in_its_order(session: Session, row: Handover, team: Team, coming: Agent) -> None:
    write(session, row)
    assert state_of(session, row, END) == "written"
    act(session, handovers.sign_in, person(coming), row)
    act(session, handovers.sign_out, person(row.outgoing), row)
    assert state_of(session, row, END) == "signed"
    act(session, handovers.review, boss(team), row, END + HOUR, note="已阅")
    assert state_of(session, row, END + HOUR) == "reviewed"
    assert (row.signed_in_by, row.signed_out_by, row.reviewed_by) == (
        coming.number,
        row.outgoing.number,
        "主管",
    )
    assert logged(session) == [
        "handover.written",
        "handover.signed_in",
        "handover.signed_out",
        "handover.reviewed",
    ]


def test_a_draft_is_kept_and_cannot_be_signed(session: Session, row: Handover, coming: Agent) -> None:
    write(session, row, 疑难问题="")
    assert row.written_at is None
    assert row.entries["设备状况"] == "设备状况：无"
    for doing, who in ((handovers.sign_in, coming), (handovers.sign_out, row.outgoing)):
        with pytest.raises(Refused, match="every field"):
            act(session, doing, person(who), row)
    write(session, row, END)
    assert row.written_at == END
    with pytest.raises(Refused, match="may not be emptied"):
        write(session, row, END, 疑难问题=" ")


def test_correcting_a_word_does_not_make_it_late(session: Session, row: Handover) -> None:
    write(session, row, END - MINUTE)
    write(session, row, END + HOUR, 设备状况="三号耳机已换")
    assert (row.written_at, row.first_written_at) == (END + HOUR, END - MINUTE)
    assert (row.first_written_by, row.entries["设备状况"]) == (row.outgoing.number, "三号耳机已换")
    verdict = handovers.judged(session, [row], BOOK, END + HOUR)[0].verdict
    assert "late" not in verdict.flags
    assert any("修改过" in step.zh for step in verdict.steps)


def test_rewriting_twice_keeps_the_first_time_and_every_version_stands_in_the_log(
    session: Session, row: Handover, team: Team
) -> None:
    write(session, row, END - MINUTE)
    act(session, handovers.write_handover, boss(team), row, END, entries=FULL | {"设备状况": "一"})
    write(session, row, END + MINUTE, 设备状况="二")
    write(session, row, END + HOUR, 设备状况="二")  # saved again as it stands: nothing was written
    assert (row.first_written_at, row.written_at) == (END - MINUTE, END + MINUTE)
    assert (row.first_written_by, row.written_by) == (row.outgoing.number, row.outgoing.number)
    kept = session.scalars(
        select(AuditEntry.detail).where(AuditEntry.action == "handover.written").order_by(AuditEntry.id)
    )
    assert [one["entries"]["设备状况"] for one in kept] == ["设备状况：无", "一", "二", "二"]


def test_the_outgoing_person_signs_when_somebody_has_taken_over(
    session: Session, row: Handover, coming: Agent
) -> None:
    write(session, row)
    with pytest.raises(Refused, match=r"nobody has taken over yet.*A2\.48"):
        act(session, handovers.sign_out, person(row.outgoing), row)
    act(session, handovers.sign_in, person(coming), row)
    act(session, handovers.sign_out, person(row.outgoing), row)


def test_the_late_shift_signs_alone_for_the_morning(session: Session, going: Agent, coming: Agent) -> None:
    make_shift(session, going, start=18, hours=6)
    make_shift(session, coming, TODAY + DAY, start=9)
    handovers.open_due(session, SHOP, local(2026, 11, 20, 20))
    row = session.scalars(select(Handover)).one()
    late = local(2026, 11, 20, 23, 55)
    act(
        session,
        handovers.write_handover,
        person(going),
        row,
        late,
        entries={"交接事项": "客户 1024 待回复"},
        book=SHOP,
    )
    act(session, handovers.sign_out, person(going), row, late, book=SHOP)
    assert row.signed_out_at == late
    with pytest.raises(Refused, match="not finished"):
        act(session, handovers.review, boss(row.team), row, late, book=SHOP)


def test_the_supervisor_signs_for_somebody_with_a_reason_and_it_is_kept_as_such(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    write(session, row)
    with pytest.raises(Refused, match="say why you sign"):
        act(session, handovers.sign_in, boss(team), row)
    act(session, handovers.sign_in, boss(team), row, reason="本人在岗，账号停用")
    assert (row.signed_in_by, row.signed_in_reason) == ("主管", "本人在岗，账号停用")
    detail = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "handover.signed_in")).one()
    assert (detail["on_behalf_of"], detail["reason"]) == (coming.id, "本人在岗，账号停用")


def test_whoever_signs_himself_signs_on_nobodys_behalf(
    session: Session, row: Handover, coming: Agent
) -> None:
    write(session, row)
    act(session, handovers.sign_in, person(coming), row, reason="x")
    assert (row.signed_in_by, row.signed_in_reason) == (coming.number, "")


@pytest.mark.parametrize("is_written", [True, False])
def test_leave_that_is_approved_after_the_end_changes_who_takes_over(
    session: Session, row: Handover, roster: tuple[Shift, Shift], team: Team, coming: Agent, is_written: bool
) -> None:
    another = make_agent(session, team)
    make_shift(session, another, start=16, hours=8, post="热线")
    if is_written:
        write(session, row)
    handovers.open_due(session, BOOK, END + MINUTE)
    assert row.incoming_id == coming.id
    make_leave(session, coming, roster[1].starts_at, roster[1].ends_at)
    handovers.open_due(session, BOOK, END + 2 * MINUTE)
    assert row.incoming_id == another.id
    assert logged(session)[-1] == "handover.follows"


def test_what_somebody_took_over_before_his_leave_stays_his(
    session: Session, row: Handover, roster: tuple[Shift, Shift], team: Team, coming: Agent
) -> None:
    make_shift(session, make_agent(session, team), start=16, hours=8, post="热线")
    write(session, row)
    act(session, handovers.sign_in, person(coming), row)
    make_leave(session, coming, roster[1].starts_at, roster[1].ends_at)
    handovers.open_due(session, BOOK, END + 2 * MINUTE)
    assert row.incoming_id == coming.id


def test_what_is_signed_does_not_change(session: Session, row: Handover, coming: Agent, team: Team) -> None:
    write(session, row)
    act(session, handovers.sign_in, person(coming), row)
    with pytest.raises(Refused, match="it is signed"):
        write(session, row)
    with pytest.raises(StaleCase):
        act(session, handovers.sign_in, person(coming), row)
    act(session, handovers.sign_out, person(row.outgoing), row)
    act(session, handovers.review, boss(team), row)
    for doing, who, more in (
        (handovers.write_handover, row.outgoing, {"entries": FULL}),
        (handovers.sign_in, coming, {}),
        (handovers.sign_out, row.outgoing, {}),
        (handovers.refuse, coming, {"reason": "x"}),
    ):
        with pytest.raises(Refused, match="reviewed and closed"):
            act(session, doing, person(who), row, **more)


def test_a_refusal_needs_its_reason_and_is_settled_by_writing_anew(
    session: Session, row: Handover, coming: Agent, team: Team
) -> None:
    write(session, row)
    with pytest.raises(Refused, match="say why"):
        act(session, handovers.refuse, person(coming), row, reason=" \x00 ")
    act(session, handovers.refuse, person(coming), row, END - 10 * MINUTE, reason="设备故障没有说明")
    assert state_of(session, row, END) == "refused"
    with pytest.raises(Refused, match="refused"):
        act(session, handovers.sign_out, person(row.outgoing), row)
    write(session, row, END - 5 * MINUTE, 设备状况="三号坐席耳机坏，已报修")
    assert state_of(session, row, END) == "written"
    act(session, handovers.sign_in, person(coming), row)
    with pytest.raises(Refused, match="taken over already"):
        act(session, handovers.refuse, person(coming), row, reason="x")
    detail = session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "handover.refused")).one()
    assert (detail["reason"], detail["reported_to"]) == ("设备故障没有说明", "supervisor")


def test_a_refusal_can_come_before_anything_is_written_and_be_settled_by_the_supervisor(
    session: Session, row: Handover, coming: Agent, team: Team
) -> None:
    act(session, handovers.refuse, person(coming), row, reason="什么都没有写")
    with pytest.raises(Refused, match="say what was done"):
        act(session, handovers.review, boss(team), row)
    act(session, handovers.review, boss(team), row, note="已当面补交，提醒交班人")
    assert state_of(session, row, END) == "reviewed"


def test_where_no_refusal_is_allowed_it_is_refused_itself(
    session: Session, row: Handover, coming: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.regulations.site_books import book_of

    strict = book_of("telecom_call_centre", site="handover.refusal_allowed = false")
    row.rulebook_version = strict.version
    session.flush()
    with pytest.raises(Refused, match="allows no refusal"):
        act(session, handovers.refuse, person(coming), row, reason="x", book=strict)


def test_an_unfinished_handover_is_not_reviewed_and_a_missing_one_only_with_a_note(
    session: Session, row: Handover, team: Team
) -> None:
    with pytest.raises(Refused, match="not finished"):
        act(session, handovers.review, boss(team), row, END)
    with pytest.raises(Refused, match="say what was done"):
        act(session, handovers.review, boss(team), row, END + SECOND)
    act(session, handovers.review, boss(team), row, END + SECOND, note="补写")
    found = handovers.judged(session, [row], BOOK, END + HOUR)[0].verdict
    assert found.state == "reviewed"
    assert "missing" in found.flags


def test_the_clock_says_who_was_there_and_who_left(
    session: Session, row: Handover, going: Agent, coming: Agent
) -> None:
    make_punch(session, going, END - 9 * HOUR)
    make_punch(session, going, END, "out")
    make_punch(session, coming, END - HOUR - 9 * MINUTE)
    attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=BOOK, now=END + MINUTE)
    verdict = handovers.judged(session, [row], BOOK, END + MINUTE)[0].verdict
    assert verdict.state == "missing"
    assert set(verdict.flags) == {"missing", "not_early"}


# Who may


def test_an_agent_acts_for_himself_and_sees_only_his_own(
    session: Session, row: Handover, team: Team, going: Agent, coming: Agent
) -> None:
    stranger = make_agent(session, team)
    for who, sees in ((going, True), (coming, True), (stranger, False)):
        found = handovers.list_handovers(session, person(who), from_on=TODAY, to_on=TODAY)
        assert ([one.id for one in found] == [row.id]) == sees
    with pytest.raises(LookupError):
        handovers.get_handover(session, person(stranger), row.id)
    attempts: list[tuple[Act, Agent, dict[str, Any]]] = [
        (handovers.write_handover, coming, {"entries": FULL}),
        (handovers.sign_out, coming, {}),
        (handovers.sign_in, going, {}),
        (handovers.refuse, going, {"reason": "x"}),
        (handovers.write_handover, stranger, {"entries": FULL}),
        (handovers.review, going, {"note": "x"}),
        (handovers.name_relief, going, {"incoming_id": stranger.id, "reason": "x"}),
    ]
    for doing, who, more in attempts:
        with pytest.raises(AccessRefused):
            act(session, doing, person(who), row, **more)
    assert logged(session) == []


@pytest.mark.parametrize("role", ["qa", "administrator", "executive", "top", "manager"])
def test_other_roles_sign_nothing(session: Session, row: Handover, role: str) -> None:
    tried: list[tuple[Act, dict[str, Any]]] = [
        (handovers.write_handover, {"entries": FULL}),
        (handovers.sign_in, {}),
    ]
    for doing, more in tried:
        with pytest.raises(AccessRefused):
            act(session, doing, scope(role), row, **more)
    if role in ("qa", "administrator"):
        with pytest.raises(AccessRefused):
            handovers.list_handovers(session, scope(role), from_on=TODAY, to_on=TODAY)


def test_an_agent_account_that_is_tied_to_nobody_sees_nothing(session: Session, row: Handover) -> None:
    nobody = Scope(None, "x", "agent", (row.team_id,), None)
    assert not handovers.list_handovers(session, nobody, from_on=TODAY, to_on=TODAY)
    with pytest.raises(AccessRefused):
        act(session, handovers.write_handover, nobody, row, entries=FULL)


def test_another_teams_supervisor_does_nothing(session: Session, row: Handover) -> None:
    other = boss(make_team(session))
    assert not handovers.list_handovers(session, other, from_on=TODAY, to_on=TODAY)
    tried: list[tuple[Act, dict[str, Any]]] = [(handovers.review, {"note": "x"}), (handovers.sign_in, {})]
    for doing, more in tried:
        with pytest.raises(AccessRefused):
            act(session, doing, other, row, **more)


def test_a_supervisor_stands_in_for_one_side_and_reviews_what_others_signed(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    act(session, handovers.write_handover, boss(team), row, entries=FULL)
    with pytest.raises(Refused, match="two people"):
        act(session, handovers.sign_in, boss(team), row)
    act(session, handovers.sign_in, person(coming), row)
    act(session, handovers.sign_out, boss(team), row)
    with pytest.raises(Refused, match="yourself"):
        act(session, handovers.review, boss(team), row)
    act(session, handovers.review, scope("manager", actor="经理"), row)


def test_somebody_else_is_sent_to_take_over_and_the_sweep_leaves_it_at_that(
    session: Session, row: Handover, team: Team, coming: Agent
) -> None:
    helper = make_agent(session, team)
    for wrong, why in (
        (make_agent(session).id, "of this team"),
        (0, "of this team"),
        (row.outgoing_id, "other than"),
        (coming.id, "other than"),
    ):
        with pytest.raises(Refused, match=why):
            act(session, handovers.name_relief, boss(team), row, NOON, incoming_id=wrong, reason="缺岗")
    with pytest.raises(Refused, match="say why"):
        act(session, handovers.name_relief, boss(team), row, NOON, incoming_id=helper.id, reason="")
    act(session, handovers.name_relief, boss(team), row, NOON, incoming_id=helper.id, reason="接班人来电请假")
    handovers.open_due(session, BOOK, NOON + MINUTE)
    assert row.incoming_id == helper.id
    write(session, row)
    with pytest.raises(AccessRefused):
        act(session, handovers.sign_in, person(coming), row)
    act(session, handovers.sign_in, person(helper), row)
    with pytest.raises(Refused, match="taken over"):
        act(session, handovers.name_relief, boss(team), row, NOON, incoming_id=coming.id, reason="x")


# Together, and nonsense


def test_of_two_who_act_at_once_one_is_told(
    session: Session, engine: Engine, row: Handover, coming: Agent
) -> None:
    write(session, row)
    session.commit()
    row_id, version, taker = row.id, row.row_version, person(coming)
    common: dict[str, Any] = {"expected_version": version, "book": BOOK, "now": END}
    outcomes = at_once(
        engine,
        lambda mine: handovers.sign_in(mine, taker, row_id, **common),
        lambda mine: handovers.refuse(mine, taker, row_id, reason="有疑问", **common),
    )
    assert sorted(outcomes) == ["done", "stale"]
    session.expire_all()
    assert (row.signed_in_at is None) != (row.refused_at is None)


def test_a_review_and_the_sweep_do_not_lose_each_other(
    session: Session, engine: Engine, row: Handover, team: Team
) -> None:
    row_id, version, viewer = row.id, row.row_version, boss(team)
    outcomes = at_once(
        engine,
        lambda mine: handovers.open_due(mine, BOOK, END + MINUTE),
        lambda mine: handovers.review(
            mine, viewer, row_id, note="补写", expected_version=version, book=BOOK, now=END + MINUTE
        ),
    )
    assert outcomes == ["done", "done"]
    session.expire_all()
    assert row.reviewed_by == "主管"


def test_whoever_saw_an_older_version_is_told(session: Session, row: Handover) -> None:
    seen = row.row_version
    write(session, row)
    with pytest.raises(StaleCase):
        handovers.write_handover(
            session, person(row.outgoing), row.id, entries={}, expected_version=seen, book=BOOK, now=END
        )


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'; DROP TABLE handovers; --", "\x00a\x00", "好" * 9000]
)
def test_whatever_is_written_is_kept_as_text_within_its_length(
    session: Session, row: Handover, text: str
) -> None:
    write(session, row, 设备状况=text)
    session.commit()
    session.expire_all()
    assert row.entries["设备状况"] == text.replace("\x00", "")[:2000]


def test_a_field_that_the_rulebook_does_not_have_is_refused(session: Session, row: Handover) -> None:
    with pytest.raises(Refused, match="no field"):
        write(session, row, 心情="好")


def test_a_row_that_is_not_there_is_not_found(session: Session) -> None:
    with pytest.raises(LookupError):
        handovers.sign_in(
            session, scope("supervisor", make_team(session)), 99, expected_version=1, book=BOOK, now=END
        )


# Lists


def test_what_hurts_most_stands_first(session: Session, team: Team) -> None:
    now = END + MINUTE
    agents = [make_agent(session, team) for _ in range(6)]
    kept = []
    cases: tuple[dict[str, Any], ...] = (
        {"written_at": END, "signed_in_at": END, "signed_out_at": END, "reviewed_at": END},
        {"written_at": END, "signed_in_at": END, "signed_out_at": END},
        {"written_at": END},
        {"refused_at": END, "refused_reason": "x"},
        {},
        {"due_at": END + 5 * HOUR},
    )
    for agent, facts in zip(agents, cases, strict=True):
        values: dict[str, Any] = {"due_at": END, **facts}
        one = Handover(
            team_id=team.id,
            work_on=TODAY,
            outgoing_id=agent.id,
            entries={},
            rulebook_version=BOOK.version,
            **values,
        )
        session.add(one)
        kept.append(one)
    session.flush()
    found = handovers.list_judged(session, SYSTEM_LIKE, from_on=TODAY, to_on=TODAY, book=BOOK, now=now)
    assert [one.verdict.state for one in found] == [
        "missing",
        "refused",
        "written",
        "signed",
        "not_due",
        "reviewed",
    ]
    missing = handovers.list_handovers(
        session, SYSTEM_LIKE, from_on=TODAY, to_on=TODAY, state="missing", book=BOOK, now=now
    )
    assert list(missing) == [kept[4]]
    with pytest.raises(ValueError, match="moment"):
        handovers.list_handovers(session, SYSTEM_LIKE, from_on=TODAY, to_on=TODAY, state="missing")


SYSTEM_LIKE = scope("manager")


def test_a_list_keeps_to_its_days_and_its_team(session: Session, row: Handover, team: Team) -> None:
    for viewer in (boss(team), SYSTEM_LIKE):
        listed = handovers.list_handovers(session, viewer, from_on=TODAY, to_on=TODAY, team_id=team.id)
        assert [one.id for one in listed] == [row.id]
        assert not handovers.list_handovers(session, viewer, from_on=TODAY + DAY, to_on=TODAY + DAY)
        assert not handovers.list_handovers(session, viewer, from_on=TODAY, to_on=TODAY, team_id=999)


def test_a_row_keeps_the_rulebook_it_was_made_under(session: Session, row: Handover) -> None:
    from db import rulebooks

    rulebooks.publish(session, SYSTEM, BOOK, TODAY, NOON)
    rulebooks.publish(session, SYSTEM, SHOP, TODAY, NOON)
    verdict = handovers.judged(session, [row], SHOP, END)[0].verdict
    assert verdict.missing_fields == fields_of(BOOK)
