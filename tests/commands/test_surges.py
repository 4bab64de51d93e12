"""`manage.py surges`: the alerts of a period with their steps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from db import rulebooks, surges
from tests.commands.desk import Desk
from tests.factories import NOW, make_agent, make_complaint


@pytest.fixture
def surging(desk: Desk) -> Desk:
    """A desk on which six complaints came within half an hour."""
    with desk.session() as session:
        agent = make_agent(session)
        make_complaint(session, agent, NOW - timedelta(days=60), category="other")
        for n in reversed(range(6)):
            make_complaint(session, agent, NOW - timedelta(minutes=5 * n), category="billing", product="会员")
        surges.check_recent(session, rulebooks.in_force(session), NOW)
    return desk


def test_each_alert_comes_with_its_steps_and_clauses(surging: Desk) -> None:
    (alert,) = surging.json("surges", "--from", "2026-11-20", "--to", "2026-11-20")["alerts"]
    assert (alert["state"], alert["count"], alert["cases"], alert["baseline"]) == ("raised", 6, 6, 0)
    assert alert["group"] == {"category": "billing", "product": "会员"}
    assert alert["started_at"] == "2026-11-20T09:55:00+08:00"
    assert alert["window"] == {"value": 60, "unit": "minute"}
    assert 0 < alert["probability"] < 1e-5
    assert alert["clauses"] == ["D1.10"]
    assert "28 个时段共 0 件" in alert["steps"][1]["text"]
    english = surging.json("surges", "--lang", "en")["alerts"][0]
    assert "0 in 28 windows" in english["steps"][1]["text"]


def test_the_days_are_those_on_which_it_began(surging: Desk) -> None:
    assert surging.json("surges", "--to", "2026-11-19") == {"alerts": []}
    assert surging.json("surges", "--from", "2026-11-21") == {"alerts": []}
    assert len(surging.json("surges", "--open")["alerts"]) == 1


def test_without_json_it_is_a_table_with_the_reasoning_below(surging: Desk) -> None:
    status, out, _err = surging.run("surges", "--lang", "en")
    assert status == 0
    assert "Not acknowledged" in out and "[D1.10]" in out


@pytest.mark.parametrize(
    "wrong", [("--from", "yesterday"), ("--to", "2026-02-30"), ("--from", "2026-11-21", "--to", "2026-11-20")]
)
def test_days_that_are_none_are_refused_in_words(desk: Desk, wrong: tuple[str, ...]) -> None:
    status, out, err = desk.run("surges", *wrong)
    assert (status, out) == (2, "")
    assert err.strip()


def test_a_desk_without_a_database_is_told_how_to_make_one(bare_desk: Desk) -> None:
    assert "migrate" in bare_desk.refuses("surges")
