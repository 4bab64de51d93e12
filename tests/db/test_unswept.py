"""A stopped sweep flatters no figure: what it would have written down counts all the same."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from db import clock_states, clocks, metrics
from db.models import ComplaintClock, ComplaintEvent
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, make_agent, make_complaint

ALWAYS = (date(1990, 1, 1), date(2099, 12, 31))
KEYS = ("complaint.all_clocks_attainment", "complaint.progress_attainment", "complaint.open_overdue")


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(("office_building_property",))


def a_forgotten_case(session: Session, book: Rulebook, days: int) -> None:
    """Answered once, never contacted again, its clocks as they stood when that was recorded."""
    received_at = NOW - timedelta(days=days)
    case = make_complaint(session, make_agent(session), received_at, rulebook_version=book.version)
    contact_at = received_at + timedelta(hours=2)
    case.events.append(
        ComplaintEvent(kind="first_feedback", at=contact_at, recorded_at=contact_at, actor="test")
    )
    clocks.set_clocks(session, case, book, contact_at)
    session.flush()


@pytest.mark.parametrize("days", [1, 3, 5, 12, 40])
def test_figures_and_lists_are_the_same_before_and_after_the_sweep(
    session: Session, book: Rulebook, days: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from db import rulebooks

    monkeypatch.setattr(rulebooks, "in_force", lambda *_a, **_k: book)
    a_forgotten_case(session, book, days)
    a_forgotten_case(session, book, days + 2)
    before = {key: read(session, key, book) for key in KEYS}
    swept = clock_states.sweep(session, NOW)
    session.flush()
    assert swept > 0 or days == 1
    assert {key: read(session, key, book) for key in KEYS} == before


def read(session: Session, key: str, book: Rulebook) -> tuple[object, ...]:
    asked = (session, SYSTEM, key, *ALWAYS, book, NOW)
    by = [
        ("month", metrics.figures_by(*asked, "month")),
        ("department", metrics.figures_by(*asked, "department")),
    ]
    listed = [
        (row["number"], row.get("clock"), row.get("ordinal"), row["due_at"]) for row in metrics.rows(*asked)
    ]
    return metrics.figure(*asked), by, listed


def test_every_missed_interval_counts_though_nobody_swept(session: Session, book: Rulebook) -> None:
    a_forgotten_case(session, book, days=12)
    kept = session.query(ComplaintClock).filter_by(clock="progress").count()
    found = metrics.figure(session, SYSTEM, "complaint.progress_attainment", *ALWAYS, book, NOW)
    assert kept == 1
    assert (found.numerator, found.denominator) == (0, 5)
    listed = metrics.rows(session, SYSTEM, "complaint.progress_attainment", *ALWAYS, book, NOW, only="rest")
    assert [row["ordinal"] for row in listed] == [1, 2, 3, 4, 5]
    of_clock = metrics.figure(
        session, SYSTEM, "complaint.all_clocks_attainment", *ALWAYS, book, NOW, where={"clock": "progress"}
    )
    assert of_clock.denominator == found.denominator


def test_reading_a_figure_writes_nothing(session: Session, book: Rulebook) -> None:
    a_forgotten_case(session, book, days=12)
    read(session, KEYS[0], book)
    assert not session.new and not session.dirty
    assert session.query(ComplaintClock).filter_by(clock="progress").count() == 1
