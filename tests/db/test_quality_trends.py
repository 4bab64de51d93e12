"""How often a phrase or a courtesy is said, by month and team."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from db.metrics.quality_trends import courtesy_trend, phrase_trend
from db.models import Call
from db.transcript_search import count_said
from regulations.rulebook import load_rulebook
from tests.db.call_rows import NOW, add_agents, add_inspected, add_queued, scope_for
from tests.db.search_rows import DAY, READER, say, search, speak


@pytest.fixture
def spoken(session: Session) -> Session:
    """Three calls of two teams; the second was a day earlier."""
    return speak(session)


def test_how_often_it_was_said_by_month_and_team_adds_up(spoken: Session) -> None:
    book = load_rulebook(["base"])
    say(spoken, "old", "退款", "退款", at=NOW - timedelta(days=31))
    say(spoken, "silent")  # nobody spoke: it is in no denominator
    add_queued(spoken, "waiting")
    wide = search("退款", from_on=date(2026, 10, 1), to_on=DAY)
    trend = phrase_trend(spoken, READER, wide, book, NOW + timedelta(hours=1))
    assert [(codes, f.numerator, f.denominator, f.value) for codes, _names, f in trend] == [
        (("2026-10", "A"), 1, 1, 100.0),
        (("2026-11", "A"), 2, 2, 100.0),
        (("2026-11", "B"), 0, 1, 0.0),
    ]
    (whole,) = phrase_trend(spoken, READER, wide, book, NOW + timedelta(hours=1), ())
    assert (whole[2].numerator, whole[2].denominator) == (3, 4)
    assert count_said(spoken, READER, wide).calls == 3
    by_agent = search("退款", from_on=date(2026, 10, 1), speaker="agent", kind="inbound_service")
    (said,) = phrase_trend(spoken, READER, by_agent, book, NOW + timedelta(hours=1), ())
    assert (said[2].numerator, said[2].denominator) == (2, 4)  # c3: the customer's
    own = scope_for(spoken, "supervisor", spoken.query(Call).filter_by(call_id="c2").one().team)
    assert [codes for codes, _n, _f in phrase_trend(spoken, own, wide, book, NOW + timedelta(hours=1))] == [
        ("2026-11", "B")
    ]


def test_courtesies_are_counted_by_month_and_team_as_their_metric_has_them(session: Session) -> None:
    add_agents(session)
    checks = [
        {"rule": "g", "category": "greeting", "verdict": "hit", "applicable": True},
        {"rule": "c", "category": "closing", "verdict": "absent", "applicable": True},
        {"rule": "t", "category": "thanks", "verdict": "cannot_tell", "applicable": True},
    ]
    for number, agent in (("c1", "K1"), ("c2", "K1"), ("c3", "K2")):
        add_inspected(session, number, agent=agent).checks = checks
    session.flush()
    book = load_rulebook(["base"])
    asked = (session, READER, "closing", date(2026, 11, 1), DAY, book, NOW + timedelta(hours=1))
    assert [(c, f.numerator, f.denominator) for c, _n, f in courtesy_trend(*asked)] == [
        (("2026-11", "A"), 0, 2),
        (("2026-11", "B"), 0, 1),
    ]
    whole = courtesy_trend(session, READER, "", date(2026, 11, 1), DAY, book, NOW + timedelta(hours=1))
    assert [(f.numerator, f.denominator) for _c, _n, f in whole] == [(2, 4), (1, 2)]
