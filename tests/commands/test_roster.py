"""`manage.py roster`: a week with its conflicts, clauses and steps, and the coverage of its posts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from db.coverage import set_need
from tests.commands.desk import Desk
from tests.factories import NOW, make_agent, make_shift, make_team, scope

MONDAY = date(2026, 11, 23)


@pytest.fixture
def rostered(desk: Desk) -> Desk:
    """A desk on which somebody works seven days on end, at a desk that needs two."""
    with desk.session() as session:
        team = make_team(session, "goods", "售后一组")
        agent = make_agent(session, team, "K1")
        for n in range(7):
            make_shift(session, agent, MONDAY + timedelta(days=n), post="前台")
        set_need(
            session, scope("manager"), team_id=team.id, post="前台", weekday=0, starts_minute=540, ends_minute=1080,
            required=2, now=NOW,
        )  # fmt: skip
    return desk


def test_the_week_of_any_day_comes_with_conflicts_clauses_and_steps(rostered: Desk) -> None:
    answer = rostered.json("roster", "--week", "2026-11-25", "--now", NOW.isoformat())
    assert (answer["from"], answer["to"], answer["shifts"]) == ("2026-11-23", "2026-11-29", 7)
    first, second = answer["conflicts"]
    assert (first["code"], first["clause"], first["agents"]) == ("no_rest_day", "A1.5", ["K1"])
    assert first["dates"][0] == "2026-11-23" and first["steps"][0]["clause"] == "A1.5"
    assert (second["code"], second["post"]) == ("short_post", "前台")
    monday = answer["coverage"][0]
    assert monday["sentence"].startswith("“前台”09:00–18:00 缺 1 人")
    assert monday["intervals"] == [
        {
            "post": "前台", "from": "2026-11-23T09:00:00+08:00", "to": "2026-11-23T18:00:00+08:00",
            "required": 2, "rostered": 1, "expected": 1, "present": 1, "gap": 1,
        }
    ]  # fmt: skip


def test_the_table_says_the_same_in_words(rostered: Desk) -> None:
    _status, out, _err = rostered.run(
        "roster", "--week", "2026-11-25", "--now", NOW.isoformat(), "--lang", "en"
    )
    assert "7 days without a rest day" in out and "09:00–18:00" in out


def test_one_team_is_asked_for_by_its_code(rostered: Desk) -> None:
    assert rostered.json("roster", "--week", "2026-11-25", "--team", "goods")["shifts"] == 7
    status, _out, err = rostered.run("roster", "--team", "nobody")
    assert status == 2 and "goods" in err


@pytest.mark.parametrize("week", ["1999-12-31", "2100-01-02", "9999-12-31", "0001-01-01"])
def test_a_week_out_of_reach_is_refused_in_one_line(week: str, desk: Desk) -> None:
    status, _out, err = desk.run("roster", "--week", week)
    assert status == 2 and "2000" in err


def test_a_desk_without_a_roster_answers_with_nothing(desk: Desk) -> None:
    answer = desk.json("roster", "--week", "2026-11-25")
    assert (answer["shifts"], answer["conflicts"], answer["coverage"]) == (0, [], [])
