"""Surges are raised whichever way the complaints came: registered, imported, or found by the minute's sweep."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import complaints, rulebooks
from db.importing import import_file
from db.models import SurgeAlert
from jobs.housekeeping import Housekeeper
from regulations.access import SYSTEM
from regulations.rulebook import load_rulebook
from settings import Settings
from tests.factories import NOW, make_agent, make_complaint, scope

BOOK = load_rulebook(("goods_sales",))
MINUTE = timedelta(minutes=1)


def alerts(session: Session) -> list[SurgeAlert]:
    return list(session.scalars(select(SurgeAlert)))


def test_the_registration_that_tips_it_raises_it(session: Session) -> None:
    agent = make_agent(session)
    make_complaint(session, agent, NOW - timedelta(days=60))
    for n in reversed(range(5)):
        complaints.register(
            session,
            scope("manager"),
            received_at=NOW - n * MINUTE,
            channel="phone",
            category="quality",
            summary="开箱即坏",
            agent=agent,
            book=BOOK,
            now=NOW,
        )
    (alert,) = alerts(session)
    assert (alert.count, alert.started_at) == (5, NOW)


def sheet(folder: Path, agent_number: str, minutes_ago: int) -> Path:
    """A spreadsheet of six complaints of one type, the last one that long ago."""
    last = NOW - minutes_ago * MINUTE
    rows = [
        f"IMP-{minutes_ago}-{n},{last - 5 * n * MINUTE:%Y-%m-%d %H:%M},phone,quality,开箱即坏,{agent_number}"
        for n in range(6)
    ]
    path = folder / f"complaints-{minutes_ago}.csv"
    path.write_text("number,received_at,channel,category,summary,agent\n" + "\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def known(session: Session) -> str:
    """A department whose records go back two months; the number of somebody in it."""
    agent = make_agent(session)
    make_complaint(session, agent, NOW - timedelta(days=60))
    session.commit()
    return str(agent.number)


def test_an_import_raises_it_once_and_a_trial_raises_nothing(
    session: Session, known: str, tmp_path: Path
) -> None:
    path = sheet(tmp_path, known, 30)
    trial = import_file(session, SYSTEM, "complaints", path, book=BOOK, now=NOW, dry_run=True)
    assert trial.accepted == 6
    assert alerts(session) == []
    for _again in range(2):
        import_file(session, SYSTEM, "complaints", path, book=BOOK, now=NOW)
        assert [alert.count for alert in alerts(session)] == [6]


def test_an_import_of_last_months_complaints_raises_no_storm(
    session: Session, known: str, tmp_path: Path
) -> None:
    for days in (2, 9, 20):
        path = sheet(tmp_path, known, days * 24 * 60)
        import_file(session, SYSTEM, "complaints", path, book=BOOK, now=NOW)
    assert alerts(session) == []


def test_the_sweep_finds_what_nobody_checked(session: Session, tables_url: str, tmp_path: Path) -> None:
    rulebooks.publish(session, SYSTEM, BOOK, NOW.date() - timedelta(days=90), NOW)
    agent = make_agent(session)
    make_complaint(session, agent, NOW - timedelta(days=60))
    for n in range(6):
        make_complaint(session, agent, NOW - n * MINUTE, category="quality")
    session.commit()
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=tables_url)
    keeper = Housekeeper(settings, lambda: NOW)
    assert keeper.check_surges() == 1
    assert keeper.check_surges() == 0
    session.expire_all()
    assert len(alerts(session)) == 1
