"""`manage.py sample`: drawn, shown, tried, topped up; and metrics of it with their intervals."""

from __future__ import annotations

import pytest

from tests.commands.desk import Desk
from tests.db.call_rows import add_agents
from tests.db.sample_rows import add_month

ASKED = ("sample", "--month", "2026-11", "--now", "2026-11-20T12:00:00+08:00")


@pytest.fixture
def calling(desk: Desk) -> Desk:
    """A desk with thirty inspected calls of one agent."""
    with desk.session() as session:
        add_agents(session)
        add_month(session, 1, 30)
    return desk


def test_a_sample_is_drawn_once_and_then_shown(calling: Desk) -> None:
    drawn = calling.json(*ASKED, "--seed", "s", "--lang", "en")
    assert (drawn["month"], drawn["seed"], drawn["calls"], drawn["drawn"]) == ("2026-11", "s", 30, 4)
    assert drawn["stored"] is True
    assert [one["percent"] for one in drawn["draws"]] == [5]
    (stratum,) = drawn["strata"]
    assert (stratum["agent"], stratum["channel"], stratum["calls"], stratum["taken"]) == (
        "K1",
        "phone",
        30,
        4,
    )
    for one in drawn["sample"]:
        assert one["stratum"] == "K1|phone"
        assert 0 < one["probability"] < 1
        assert one["number"] / one["weight"] < stratum["threshold"]
        assert one["steps"]
        assert one["reason"] in ("minimum", "risk")
    assert calling.json(*ASKED, "--lang", "en") == drawn


def test_trying_stores_nothing_and_the_same_seed_draws_the_same(calling: Desk) -> None:
    tried = calling.json(*ASKED, "--seed", "s", "--dry-run")
    assert tried["stored"] is False
    other = calling.json(*ASKED, "--seed", "t", "--dry-run")
    assert {one["call"] for one in tried["sample"]} != {one["call"] for one in other["sample"]}
    stored = calling.json(*ASKED, "--seed", "s")
    assert stored["sample"] == tried["sample"]


def test_a_top_up_takes_late_calls_and_a_higher_share(calling: Desk) -> None:
    first = calling.json(*ASKED, "--seed", "s")
    assert calling.json(*ASKED, "--top-up")["sample"] == first["sample"]
    with calling.session() as session:
        add_month(session, 31, 90)
    late = calling.json(*ASKED, "--top-up")
    assert (len(late["draws"]), late["calls"]) == (2, 90)
    more = calling.json(*ASKED, "--top-up", "--percent", "20", "--minimum", "3")
    names = [{one["call"] for one in answer["sample"]} for answer in (first, late, more)]
    assert names[0] <= names[1] < names[2]
    assert more["drawn"] == 18
    assert {one["reason"] for one in more["sample"]} >= {"topped_up"}


def test_without_json_it_is_a_table(calling: Desk) -> None:
    status, out, _err = calling.run(*ASKED, "--seed", "s", "--lang", "en", "--dry-run")
    assert status == 0
    assert "4 of 30 calls drawn" in out and "nothing stored" in out
    _status, out, _err = calling.run(*ASKED, "--seed", "s")
    assert "30 通中抽 4 通" in out and "每人最少数" in out


@pytest.mark.parametrize(
    "wrong",
    [("--month", "November"), ("--month", "2026-13"), ("--percent", "101"), ("--percent", "x"), ("--minimum", "-1"),
     ("--month", "2026-10"), ("--top-up",), ("--seed", ""), ("--now", "noon")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused_in_one_line(calling: Desk, wrong: tuple[str, ...]) -> None:
    status, out, err = calling.run(*ASKED, *wrong)
    assert (status, out) == (2, "")
    assert err.strip() and "Traceback" not in err


def test_another_seed_for_a_drawn_month_is_refused(calling: Desk) -> None:
    calling.json(*ASKED, "--seed", "s")
    assert "another seed" in calling.refuses(*ASKED, "--seed", "t")


def test_a_metric_of_the_sample_carries_its_interval_in_every_group(calling: Desk) -> None:
    calling.json(*ASKED, "--seed", "s")
    asked = ("metric", "quality.estimated_score", "--from", "2026-11-01", "--to", "2026-11-30")
    empty = calling.json(*asked, "--by", "agent")
    assert [empty[name] for name in ("value", "low", "high", "n", "denominator")] == [None, None, None, 0, 30]
    assert empty["steps"][0]["text"] == "共 30 通，抽取 4 通，已复核 0 通"
    assert empty["groups"] == [
        {"group": "K1", "name": "王芳", "numerator": 0, "denominator": 30, "value": None, "low": None, "high": None, "n": 0,
         "is_comparable": False}
    ]  # fmt: skip
    _status, out, _err = calling.run(*asked, "--by", "agent", "--lang", "en")
    assert "30 calls, 4 drawn, 0 reviewed" in out and "Comparable" in out
    _status, out, _err = calling.run("metric", "quality.rule_precision", "--lang", "en", "--by", "rule")
    assert "Low (95 %)" in out
