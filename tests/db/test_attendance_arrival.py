"""The order in which readings arrive changes no verdict: shuffled, doubled, in one file or in many."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import importing, rulebooks
from db.device_clocks import correct_device
from db.models import Agent, AttendanceDay, DeviceCorrection, Punch, Shift
from db.refusals import Refused
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import (
    SHANGHAI,
    local,
    make_agent,
    make_leave,
    make_off_post,
    make_punch,
    make_shift,
    make_team,
    scope,
)

FIRST, DAYS = date(2026, 10, 28), 8  # a change of month in the middle
NOW = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
KEPT = (
    "class_",
    "late_minutes",
    "early_minutes",
    "worked_minutes",
    "off_post_minutes",
    "extra_minutes",
    "approved_extra_minutes",
    "month_count",
    "remarks",
    "first_in_at",
    "last_out_at",
    "clauses",
    "steps",
)
Reading = tuple[str, datetime, str]
DOOR, GATE = "一楼", "北门"


def department(session: Session, chance: random.Random) -> list[Reading]:
    """A team that relieves itself around the clock, some doubles, and the readings of its days."""
    team = make_team(session)
    readings: list[Reading] = []
    for index, (start, length) in enumerate(((9, 9), (18, 6), (18, 6), (0, 9), (9, 9))):
        agent = make_agent(session, team, f"P{index}")
        for n in range(DAYS):
            if chance.random() < 0.15:
                continue
            on = FIRST + timedelta(days=n)
            shift = make_shift(session, agent, on, start=start, hours=length, post="热线")
            readings += of_shift(agent, shift, chance)
            if chance.random() < 0.1:
                make_leave(session, agent, shift.starts_at, shift.starts_at + timedelta(hours=4))
            if chance.random() < 0.1:
                make_off_post(session, agent, shift.starts_at + timedelta(hours=2), chance.randint(5, 25))
    session.commit()
    return readings


def of_shift(agent: Agent, shift: Shift, chance: random.Random) -> list[Reading]:
    came = shift.starts_at + timedelta(seconds=chance.choice([-700, -300, 0, 1, 400, 1199, 1200]))
    left = shift.ends_at + timedelta(seconds=chance.choice([-1200, -1, 0, 200, 1799, 1800, 4000]))
    found = [(agent.number, came, "in"), (agent.number, left, "out")]
    if chance.random() < 0.3:
        found.append((agent.number, came + timedelta(seconds=chance.choice([2, 60, 61])), "out"))
    if chance.random() < 0.3:
        found.append((agent.number, left + timedelta(seconds=3), chance.choice(["in", "out"])))
    if chance.random() < 0.2:
        found.remove(chance.choice(found))
    return found


def arrive(session: Session, files: list[list[Reading]], folder: Path, book: Rulebook) -> list[Any]:
    """The verdicts after these files came in one after the other, in an empty house."""
    session.execute(delete(AttendanceDay))
    session.execute(delete(Punch))
    for number, rows in enumerate(files):
        lines = ["工号,打卡时间,类型"]
        lines += [
            f"{who},{at:%Y-%m-%d %H:%M:%S},{'上班' if kind == 'in' else '下班'}" for who, at, kind in rows
        ]
        path = folder / f"{number}.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        importing.import_file(session, SYSTEM, "punches", path, book=book, now=NOW)
    session.flush()
    session.expire_all()
    days = session.scalars(select(AttendanceDay).order_by(AttendanceDay.shift_id))
    return [(day.shift_id, *(getattr(day, name) for name in KEPT)) for day in days]


@pytest.mark.parametrize("seed", range(4, 9))
def test_however_they_come_the_verdicts_are_the_same(session: Session, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    book = load_rulebook(("ecommerce_shop",))
    readings = [(who, at.astimezone(SHANGHAI), kind) for who, at, kind in department(session, chance)]
    at_once = arrive(session, [readings], tmp_path, book)
    assert len(at_once) > 20
    for _ in range(3):
        mixed = chance.sample(readings, len(readings))
        cuts = sorted(chance.sample(range(len(mixed)), 4))
        files = [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True) if a < b]
        files.append(chance.sample(readings, 10))  # some come twice
        assert arrive(session, files, tmp_path, book) == at_once


# A device whose clock was wrong

WRONG_FROM, WRONG_TO = local(2026, 10, 30), local(2026, 11, 2, 23, 59, 59)


def at_device(reading: Reading) -> str:
    """Half of the people clock in at the door; its clock is seven minutes fast for some days."""
    return DOOR if reading[0] in ("P0", "P2", "P3") else GATE


def take(session: Session, rows: list[Reading], path: Path, book: Rulebook) -> importing.ImportResult:
    lines = ["工号,打卡时间,类型,设备"]
    lines += [
        f"{who},{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S},{'上班' if kind == 'in' else '下班'},{at_device((who, at, kind))}"
        for who, at, kind in rows
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return importing.import_file(session, SYSTEM, "punches", path, book=book, now=NOW)


def put_right(session: Session, seconds: int = -420) -> int:
    return correct_device(
        session,
        scope("manager"),
        device=DOOR,
        from_at=WRONG_FROM,
        to_at=WRONG_TO,
        offset_seconds=seconds,
        reason="快 7 分钟",
        now=NOW,
    )


def with_correction(
    session: Session, files: list[list[Reading]], after: int, folder: Path, book: Rulebook
) -> tuple[list[Any], int]:
    """The verdicts when the clock is put right after so many of the files, and how many readings were."""
    session.execute(delete(AttendanceDay))
    session.execute(delete(Punch).where(Punch.corrects_id.is_not(None)))
    session.execute(delete(Punch))
    session.execute(delete(DeviceCorrection))
    corrected = 0
    for number, rows in enumerate(files):
        if number == after:
            corrected += put_right(session)
        corrected += take(session, rows, folder / f"{number}.csv", book).clock_corrected
    if after == len(files):
        corrected += put_right(session)
    session.flush()
    session.expire_all()
    days = session.scalars(select(AttendanceDay).order_by(AttendanceDay.shift_id))
    return [(day.shift_id, *(getattr(day, name) for name in KEPT)) for day in days], corrected


@pytest.mark.parametrize("seed", range(11, 14))
def test_a_clock_put_right_at_any_point_of_the_arrival_gives_the_same_verdicts(
    session: Session, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    book = rulebooks.in_force(session)  # what the day is judged under whoever judges it first
    readings = department(session, chance)
    readings += [  # some fall where others will stand once they are put right
        (who, at + timedelta(minutes=7), kind)
        for who, at, kind in chance.sample(readings, 12)
        if (who, at + timedelta(minutes=7), kind) not in readings
    ]
    first = next(r for r in readings if at_device(r) == DOOR)  # else nobody knows the device yet
    at_once, corrected = with_correction(session, [readings], 1, tmp_path, book)
    assert corrected > 10 and len(at_once) > 20
    assert {"clock_corrected"} <= {remark for day in at_once for remark in day[9]}
    rest = [reading for reading in readings if reading != first]
    for after in range(1, 6):
        mixed = chance.sample(rest, len(rest))
        cuts = sorted(chance.sample(range(1, len(mixed)), 3))
        files = [mixed[a:b] for a, b in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]
        again = [[first], *files, chance.sample(readings, 10)]  # some come twice
        found = with_correction(session, again, after, tmp_path, book)
        assert found == (at_once, corrected)


class TestReadingsOfAWrongClockThatArriveLater:
    @pytest.fixture
    def agent(self, session: Session) -> Agent:
        agent = make_agent(session, number="P0")
        make_shift(session, agent, date(2026, 10, 30))
        make_punch(session, agent, local(2026, 10, 1, 9)).device = DOOR
        session.flush()
        return agent

    BOOK = load_rulebook(("ecommerce_shop",))
    LATE: Reading = ("P0", local(2026, 10, 30, 9, 7), "in")

    def take(self, session: Session, folder: Path, *rows: Reading) -> importing.ImportResult:
        return take(session, list(rows), folder / "late.csv", self.BOOK)

    def rows(self, session: Session) -> list[tuple[str, datetime, int | None]]:
        session.expire_all()
        query = select(Punch).where(Punch.at > local(2026, 10, 20)).order_by(Punch.id)
        return [(p.source, p.at, p.corrects_id) for p in session.scalars(query)]

    def test_get_a_new_row_beside_their_own_and_the_answer_says_so(
        self, session: Session, agent: Agent, tmp_path: Path
    ) -> None:
        assert put_right(session) == 0  # all of them are still to come
        found = self.take(session, tmp_path, self.LATE)
        assert (found.accepted, found.clock_corrected, found.as_json()["clock_corrected"]) == (1, 1, 1)
        (raw, right) = self.rows(session)
        assert raw == ("import", local(2026, 10, 30, 9, 7), None)
        assert right[:2] == ("device_clock", local(2026, 10, 30, 9, 0))
        assert right[2] is not None
        day = session.scalars(select(AttendanceDay)).one()
        assert (day.first_in_at, day.late_minutes) == (local(2026, 10, 30, 9, 0), 0)

    def test_stay_one_when_they_come_twice(self, session: Session, agent: Agent, tmp_path: Path) -> None:
        put_right(session)
        self.take(session, tmp_path, self.LATE)
        again = self.take(session, tmp_path, self.LATE)
        assert (again.accepted, again.unchanged, again.clock_corrected) == (0, 1, 0)
        assert len(self.rows(session)) == 2

    def test_one_that_falls_where_a_corrected_one_stands_is_a_reading_of_its_own(
        self, session: Session, agent: Agent, tmp_path: Path
    ) -> None:
        put_right(session)
        self.take(session, tmp_path, self.LATE)
        other: Reading = ("P0", local(2026, 10, 30, 9, 0), "in")
        for expected in (1, 0):  # and stays one too
            assert self.take(session, tmp_path, other).accepted == expected
        counted = [
            at.replace(microsecond=0) for source, at, _ in self.rows(session) if source == "device_clock"
        ]
        assert counted == [local(2026, 10, 30, 9, 0), local(2026, 10, 30, 8, 53)]

    @pytest.mark.parametrize(
        ("at", "corrected"),
        [
            (WRONG_FROM - timedelta(seconds=1), 0),
            (WRONG_FROM, 1),
            (WRONG_TO, 1),
            (WRONG_TO + timedelta(seconds=1), 0),
        ],
    )
    def test_outside_the_time_they_stay_as_they_are(
        self, session: Session, agent: Agent, tmp_path: Path, at: datetime, corrected: int
    ) -> None:
        put_right(session)
        assert self.take(session, tmp_path, ("P0", at, "in")).clock_corrected == corrected

    def test_of_another_device_or_of_people_of_another_team_too(
        self, session: Session, agent: Agent, tmp_path: Path
    ) -> None:
        stranger = make_agent(session, make_team(session), "P2")
        make_punch(session, stranger, local(2026, 10, 1, 9)).device = DOOR
        make_agent(session, agent.team, "P1")
        session.flush()
        correct_device(
            session, scope("supervisor", agent.team), device=DOOR, from_at=WRONG_FROM, to_at=WRONG_TO,
            offset_seconds=-420, reason="快 7 分钟", now=NOW,
        )  # fmt: skip
        at = local(2026, 10, 30, 9, 7)
        found = self.take(session, tmp_path, ("P0", at, "in"), ("P1", at, "in"), ("P2", at, "in"))
        assert (found.accepted, found.clock_corrected) == (3, 1)

    def test_the_future_is_that_of_the_right_time(
        self, session: Session, agent: Agent, tmp_path: Path
    ) -> None:
        def asked(offset: int) -> None:
            session.execute(delete(DeviceCorrection))
            correct_device(
                session, scope("manager"), device=DOOR, from_at=NOW - timedelta(hours=1),
                to_at=NOW + timedelta(hours=1), offset_seconds=offset, reason="试", now=NOW,
            )  # fmt: skip

        asked(-1200)
        assert self.take(session, tmp_path, ("P0", NOW + timedelta(minutes=15), "in")).accepted == 1
        asked(1200)
        refused = self.take(session, tmp_path, ("P0", NOW - timedelta(minutes=10), "in")).rejected
        assert [one.field for one in refused] == ["at"]

    def test_a_trial_keeps_nothing_of_them(self, session: Session, agent: Agent, tmp_path: Path) -> None:
        put_right(session)
        path = tmp_path / "trial.csv"
        path.write_text(f"工号,打卡时间,类型,设备\nP0,2026-10-30 09:07:00,上班,{DOOR}", encoding="utf-8")
        found = importing.import_file(session, SYSTEM, "punches", path, book=self.BOOK, now=NOW, dry_run=True)
        assert (found.accepted, found.clock_corrected) == (1, 1)
        assert self.rows(session) == []

    def test_the_same_time_is_not_put_right_twice_even_before_anything_came(
        self, session: Session, agent: Agent
    ) -> None:
        put_right(session)
        with pytest.raises(Refused, match="not put right again"):
            put_right(session, -300)
