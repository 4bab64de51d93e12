"""The order in which readings arrive changes no verdict: shuffled, doubled, in one file or in many."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from db import importing
from db.models import Agent, AttendanceDay, Punch, Shift
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import SHANGHAI, make_agent, make_leave, make_off_post, make_shift, make_team

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
