"""Clock readings put right: asked for with evidence, decided by the right level, and for a device whose clock was wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import attendance, punch_corrections
from db.models import Agent, AttendanceDay, AuditEntry, Punch, PunchCorrection
from db.punch_corrections import StaleCase
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.test_races import at_once
from tests.factories import TODAY, local, make_agent, make_punch, make_shift, make_team, make_user, scope

EVENING = local(2026, 11, 20, 23, 0)  # a Friday
DAY = timedelta(days=1)


@pytest.fixture
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def agent(session: Session) -> Agent:
    """Somebody who came at 8:40 and has no clock-out."""
    agent = make_agent(session, number="K1")
    make_shift(session, agent)
    make_punch(session, agent, local(2026, 11, 20, 8, 40))
    attendance.judge_days(
        session, from_on=TODAY, to_on=TODAY, book=load_rulebook(), now=local(2026, 11, 20, 22, 30)
    )
    return agent


def himself(agent: Agent) -> Scope:
    return scope("agent", agent=agent, actor="himself")


def ask(session: Session, agent: Agent, book: Rulebook, **changes: object) -> PunchCorrection:
    asked = {
        "agent_id": agent.id,
        "kind": "out",
        "at": local(2026, 11, 20, 18, 2),
        "replaces_id": None,
        "reason": "忘记打卡",
        "evidence": "监控可查",
        "now": EVENING,
        **changes,
    }
    by = asked.pop("by", himself(agent))
    return punch_corrections.request_correction(session, by, book=book, **asked)  # type: ignore[arg-type]


def decide(
    session: Session,
    by: Scope,
    row: PunchCorrection,
    book: Rulebook,
    is_approved: bool = True,
    note: str = "",
) -> PunchCorrection:
    return punch_corrections.decide_correction(
        session,
        by,
        row.id,
        is_approved=is_approved,
        note=note,
        expected_version=row.row_version,
        book=book,
        now=EVENING,
    )


def class_of(session: Session, agent: Agent) -> str:
    session.expire_all()
    return session.scalars(select(AttendanceDay).where(AttendanceDay.agent_id == agent.id)).one().class_


def test_an_approved_correction_adds_a_reading_and_the_day_is_judged_again(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    assert class_of(session, agent) == "missing_punch"
    row = ask(session, agent, book)
    assert (row.state, row.required_role, row.work_on) == ("requested", "supervisor", TODAY)
    assert class_of(session, agent) == "missing_punch"
    decided = decide(session, scope("supervisor", agent.team), row, book)
    assert (decided.state, decided.decided_role) == ("approved", "supervisor")
    added = session.get(Punch, decided.punch_id)
    assert added is not None
    assert (added.source, added.corrects_id, added.recorded_by) == ("correction", None, "a supervisor")
    assert class_of(session, agent) == "present"
    day = session.scalars(select(AttendanceDay)).one()
    assert day.remarks == ["clock_corrected"]
    assert any("事后补记（补卡）" in step["zh"] for step in day.steps)


def test_the_reading_that_was_wrong_is_kept_and_named(session: Session, agent: Agent, book: Rulebook) -> None:
    wrong = make_punch(session, agent, local(2026, 11, 20, 17, 0), "out")
    row = ask(session, agent, book, replaces_id=wrong.id)
    decide(session, scope("supervisor", agent.team), row, book)
    kept = list(session.scalars(select(Punch).where(Punch.kind == "out").order_by(Punch.id)))
    assert [(p.at, p.corrects_id) for p in kept] == [
        (local(2026, 11, 20, 17), None),
        (local(2026, 11, 20, 18, 2), wrong.id),
    ]
    assert class_of(session, agent) == "present"
    assert punch_corrections.ruling_of(session, row, book, EVENING).violations == ()
    again = punch_corrections.check_request(
        session,
        himself(agent),
        agent_id=agent.id,
        kind="out",
        at=local(2026, 11, 20, 18, 30),
        replaces_id=wrong.id,
        book=book,
        now=EVENING,
    )
    assert [v.code for v in again.violations] == ["already_replaced"]


def test_a_refusal_says_why_and_changes_nothing(session: Session, agent: Agent, book: Rulebook) -> None:
    row, boss = ask(session, agent, book), scope("supervisor", agent.team)
    with pytest.raises(Refused, match="why it is refused"):
        decide(session, boss, row, book, is_approved=False)
    assert decide(session, boss, row, book, is_approved=False, note="监控中没有此人").state == "refused"
    assert session.scalars(select(Punch).where(Punch.kind == "out")).all() == []
    with pytest.raises(StaleCase):
        decide(session, boss, row, book)


def test_who_was_quicker_has_decided(session: Session, agent: Agent, book: Rulebook) -> None:
    row = ask(session, agent, book)
    seen = row.row_version
    decide(session, scope("supervisor", agent.team, actor="quick"), row, book)
    with pytest.raises(StaleCase, match="quick"):
        punch_corrections.decide_correction(
            session,
            scope("supervisor", agent.team),
            row.id,
            is_approved=False,
            note="late",
            expected_version=seen,
            book=book,
            now=EVENING,
        )


class TestNothingIsApprovedByTheWrongLevel:
    def test_the_manager_does_not_take_it_away(self, session: Session, agent: Agent, book: Rulebook) -> None:
        row = ask(session, agent, book)
        with pytest.raises(Refused, match=r"A2\.53"):
            decide(session, scope("manager"), row, book)
        assert row.state == "requested"

    def test_another_teams_supervisor_does_not_see_it(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        row = ask(session, agent, book)
        other = scope("supervisor", make_team(session))
        assert list(punch_corrections.list_corrections(session, other)) == []
        with pytest.raises(AccessRefused):
            decide(session, other, row, book)

    def test_nobody_decides_on_what_he_asked_for(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        boss = make_user(session, "supervisor", [agent.team], username="boss")
        his = scope("supervisor", agent.team, actor=boss.username)
        row = ask(session, agent, book, by=his)
        with pytest.raises(Refused, match="his own reading"):
            decide(session, his, row, book)
        assert decide(session, scope("manager"), row, book).state == "approved"

    def test_nor_on_his_own_reading_that_somebody_else_asked_for(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        account = make_user(session, "supervisor", [agent.team], agent=agent)
        row = ask(session, agent, book, by=scope("supervisor", agent.team, actor="a colleague"))
        own = Scope(account.id, account.username, "supervisor", (agent.team_id,))
        with pytest.raises(Refused, match="his own reading"):
            decide(session, own, row, book)

    @pytest.mark.parametrize("role", ["agent", "qa", "administrator"])
    def test_others_decide_on_nothing(
        self, session: Session, agent: Agent, book: Rulebook, role: str
    ) -> None:
        row = ask(session, agent, book)
        with pytest.raises(AccessRefused):
            decide(session, scope(role, agent=agent if role == "agent" else None), row, book)


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"reason": " "}, "say why"),
            ({"evidence": "\x00"}, "name the evidence"),
            ({"kind": "sideways"}, "choose clock in"),
            ({"at": EVENING + timedelta(minutes=6)}, "future"),
            ({"at": local(2026, 11, 20, 22, 0, 1)}, "no shift near"),
            ({"at": local(2026, 11, 10, 18)}, "no shift near"),
            ({"kind": "in", "at": local(2026, 11, 20, 8, 40)}, "already"),
            ({"replaces_id": 4711}, "not this person's"),
        ],
    )
    def test_in_a_sentence(
        self, session: Session, agent: Agent, book: Rulebook, changes: dict[str, object], said: str
    ) -> None:
        with pytest.raises(Refused, match=said):
            ask(session, agent, book, **changes)
        assert session.scalars(select(PunchCorrection)).all() == []

    def test_the_last_moment_that_punches_are_looked_for_is_near_enough(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        assert ask(session, agent, book, at=local(2026, 11, 20, 22, 0, 0)).state == "requested"

    def test_a_second_request_for_the_same_end_of_the_shift(
        self, session: Session, agent: Agent, book: Rulebook
    ) -> None:
        ask(session, agent, book)
        with pytest.raises(Refused, match="is waiting"):
            ask(session, agent, book, at=local(2026, 11, 20, 18, 5))
        assert ask(session, agent, book, kind="in", at=local(2026, 11, 20, 8, 50)).state == "requested"

    def test_a_request_for_somebody_else(self, session: Session, agent: Agent, book: Rulebook) -> None:
        colleague = make_agent(session, agent.team, "K2")
        with pytest.raises(AccessRefused):
            ask(session, agent, book, by=himself(colleague))
        with pytest.raises(AccessRefused):
            ask(session, agent, book, by=scope("supervisor", make_team(session)))

    @pytest.mark.parametrize(
        ("asked_at", "is_in_time"),
        [(local(2026, 11, 25, 23, 59, 59), True), (local(2026, 11, 26, 0, 0), False)],
    )
    def test_a_request_after_the_third_working_day_is_late(
        self, session: Session, agent: Agent, book: Rulebook, asked_at: datetime, is_in_time: bool
    ) -> None:
        """Friday, then Monday, Tuesday, Wednesday until midnight."""
        row = ask(session, agent, book, now=asked_at)
        assert (row.state, punch_corrections.is_late(session, row, book)) == ("requested", not is_in_time)


def test_one_takes_ones_own_request_back_while_it_waits(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    row = ask(session, agent, book)
    with pytest.raises(Refused, match="only the person"):
        punch_corrections.withdraw_correction(
            session, scope("supervisor", agent.team), row.id, expected_version=row.row_version, now=EVENING
        )
    punch_corrections.withdraw_correction(
        session, himself(agent), row.id, expected_version=row.row_version, now=EVENING
    )
    assert row.state == "withdrawn"
    with pytest.raises(StaleCase):
        decide(session, scope("supervisor", agent.team), row, book)


def test_lists_show_what_is_in_scope_the_waiting_first(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    first = ask(session, agent, book)
    decide(session, scope("supervisor", agent.team), first, book)
    second = ask(session, agent, book, kind="in", at=local(2026, 11, 20, 8, 55))
    boss = scope("supervisor", agent.team)
    assert [row.id for row in punch_corrections.list_corrections(session, boss)] == [second.id, first.id]
    assert [r.id for r in punch_corrections.list_corrections(session, boss, state="approved")] == [first.id]
    assert [r.id for r in punch_corrections.list_corrections(session, himself(agent))] == [
        second.id,
        first.id,
    ]
    assert list(punch_corrections.list_corrections(session, boss, agent_id=4711)) == []
    with pytest.raises(AccessRefused):
        punch_corrections.list_corrections(session, scope("qa"))
    with pytest.raises(LookupError):
        punch_corrections.get_correction(session, scope("supervisor", make_team(session)), first.id)


class TestADeviceWhoseClockIsWrong:
    """The reading stays; a new row says what it should have said."""

    @pytest.fixture
    def late_by_the_clock(self, session: Session, book: Rulebook) -> Agent:
        agent = make_agent(session, number="D1")
        make_shift(session, agent)
        for at, kind in ((local(2026, 11, 20, 9, 6), "in"), (local(2026, 11, 20, 18, 9), "out")):
            make_punch(session, agent, at, kind).device = "一楼"
        session.flush()
        attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=book, now=EVENING)
        return agent

    def correct(self, session: Session, by: Scope, seconds: int = -420, **changes: object) -> int:
        asked = {
            "device": "一楼",
            "from_at": local(2026, 11, 20),
            "to_at": local(2026, 11, 20, 23),
            "reason": "快 7 分钟",
            "now": EVENING,
            **changes,
        }
        return punch_corrections.correct_device(session, by, offset_seconds=seconds, **asked)  # type: ignore[arg-type]

    def test_everybodys_readings_move_and_the_days_with_them(
        self, session: Session, late_by_the_clock: Agent
    ) -> None:
        assert class_of(session, late_by_the_clock) == "late"
        assert self.correct(session, scope("manager")) == 2
        assert class_of(session, late_by_the_clock) == "present"
        rows = list(session.scalars(select(Punch).order_by(Punch.id)))
        assert [(p.source, p.at.minute) for p in rows] == [
            ("import", 6),
            ("import", 9),
            ("device_clock", 59),
            ("device_clock", 2),
        ]
        day = session.scalars(select(AttendanceDay)).one()
        assert day.remarks == ["clock_corrected", "not_early"]
        assert any("由 2026-11-20 09:06 更正为 2026-11-20 08:59（设备校时）" in s["zh"] for s in day.steps)
        logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "punches.device_corrected"))
        assert [entry.detail["readings"] for entry in logged] == [2]

    def test_a_second_time_there_is_nothing_left_to_correct(
        self, session: Session, late_by_the_clock: Agent
    ) -> None:
        self.correct(session, scope("manager"))
        with pytest.raises(Refused, match="not put"):
            self.correct(session, scope("manager"))

    def test_a_reading_that_falls_on_another_of_the_same_device_has_room(
        self, session: Session, late_by_the_clock: Agent
    ) -> None:
        make_punch(session, late_by_the_clock, local(2026, 11, 20, 8, 59)).device = "一楼"
        session.flush()
        assert self.correct(session, scope("manager")) == 3
        found = session.scalars(select(Punch.at).where(Punch.source == "device_clock").order_by(Punch.at))
        assert [at.replace(microsecond=0) for at in found] == [
            local(2026, 11, 20, 8, 52),
            local(2026, 11, 20, 8, 59),
            local(2026, 11, 20, 18, 2),
        ]
        assert class_of(session, late_by_the_clock) == "present"

    def test_a_supervisor_corrects_his_own_teams_readings_only(
        self, session: Session, late_by_the_clock: Agent
    ) -> None:
        with pytest.raises(Refused, match="no reading"):
            self.correct(session, scope("supervisor", make_team(session)))
        with pytest.raises(AccessRefused):
            self.correct(session, scope("qa"))

    @pytest.mark.parametrize(
        ("seconds", "changes", "said"),
        [
            (0, {}, "at least a second"),
            (86_401, {}, "at most 24 hours"),
            (20_000, {}, "future"),
            (-420, {"reason": ""}, "how the device"),
            (-420, {"device": " "}, "choose a device"),
            (-420, {"device": "三楼"}, "no reading"),
            (-420, {"to_at": local(2026, 11, 19)}, "before the start"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, session: Session, late_by_the_clock: Agent, seconds: int, changes: dict[str, object], said: str
    ) -> None:
        with pytest.raises(Refused, match=said):
            self.correct(session, scope("manager"), seconds, **changes)


def test_both_ends_of_a_shift_put_right_at_once_are_both_seen(engine: Engine, book: Rulebook) -> None:
    """Whoever judges second sees what the first one changed."""
    with Session(engine, expire_on_commit=False) as session:
        agent = make_agent(session, number="K1")
        make_shift(session, agent)
        attendance.judge_days(session, from_on=TODAY, to_on=TODAY, book=book, now=EVENING)
        boss = scope("supervisor", agent.team)
        rows = [
            ask(session, agent, book, kind="in", at=local(2026, 11, 20, 8, 40)),
            ask(session, agent, book, kind="out", at=local(2026, 11, 20, 18, 2)),
        ]
        session.commit()

    def approve(row: PunchCorrection) -> Callable[[Session], object]:
        return lambda session: punch_corrections.decide_correction(
            session,
            boss,
            row.id,
            is_approved=True,
            note="",
            expected_version=1,
            book=book,
            now=EVENING,
        )

    assert at_once(engine, *(approve(row) for row in rows)) == ["done", "done"]
    assert sorted(at_once(engine, *(approve(rows[0]) for _ in range(2)))) == ["stale", "stale"]
    with Session(engine) as session:
        assert session.scalars(select(AttendanceDay.class_)).all() == ["present"]


def test_two_who_approve_the_same_reading_add_it_once(engine: Engine, book: Rulebook) -> None:
    with Session(engine, expire_on_commit=False) as session:
        agent = make_agent(session, number="K1")
        make_shift(session, agent)
        row = ask(session, agent, book)
        boss = scope("supervisor", agent.team)
        session.commit()

    def approve(session: Session) -> object:
        return decide(session, boss, row, book)

    assert sorted(at_once(engine, approve, approve)) == ["done", "stale"]
    with Session(engine) as session:
        assert len(session.scalars(select(Punch)).all()) == 1


def test_what_is_asked_for_late_is_filed_and_approved_with_a_note(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    row = ask(session, agent, book, now=EVENING + 20 * DAY)
    assert (row.state, row.required_role) == ("requested", "supervisor")
    assert any("按例外受理" in step["zh"] for step in row.steps)
    assert punch_corrections.is_late(session, row, book)
    boss = scope("supervisor", agent.team)
    with pytest.raises(Refused, match="say in the note why"):
        decide(session, boss, row, book)
    assert decide(session, boss, row, book, note="考勤机故障，当天无法提出").state == "approved"
    assert class_of(session, agent) == "present"
