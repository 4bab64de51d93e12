"""A metric is defined once: figure, groups and list agree with each other, with the scope, and with plain arithmetic."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from db import metrics
from db.metrics import METRICS
from db.metrics.definition import MEANS
from db.metrics.document import PLACE, markdown
from db.models import ComplaintClock, Team
from regulations.access import SYSTEM, Scope
from regulations.names import NAMES, SHOWN_LEAVE
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.metric_rows import FIRST, NOW, SLOW, Case, World, make_world
from tests.factories import make_agent, make_callback, make_complaint, make_team, scope

LAST = date(2026, 11, 24)
ALWAYS = (date(1990, 1, 1), date(2099, 12, 31))
SEEDS = range(10)


def seeds(session: Session) -> range:
    """The worlds that are tried: the sums are the same on either database, on PostgreSQL a few show that they are."""
    return SEEDS if session.get_bind().dialect.name == "sqlite" else SEEDS[:2]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook(())


def slowly(
    world: World,
    key: str,
    from_on: date,
    to_on: date,
    now: datetime,
    viewer: Scope,
    team_id: int | None = None,
) -> list[Case]:
    return [
        case
        for case in SLOW[key](world, now)
        if from_on <= case.on <= to_on
        and viewer.sees_team(case.team.id)
        and (viewer.agent_id is None or (case.agent is not None and viewer.agent_id == case.agent.id))
        and team_id in (None, case.team.id)
    ]


def test_every_metric_has_its_slow_twin() -> None:
    assert set(SLOW) == set(METRICS)
    assert len(METRICS) >= 15


def nearest_ranks(finished: list[float]) -> dict[int, float]:
    """Of n values the one at place ceil(P x n / 100), counted from one."""
    ranks = {percent: math.ceil(percent * len(finished) / 100) for percent in metrics.PERCENTILES}
    return {percent: finished[rank - 1] for percent, rank in ranks.items() if finished}


def test_figure_groups_and_list_agree_with_plain_arithmetic(session: Session, book: Rulebook) -> None:
    for seed in seeds(session):
        world, dice = make_world(session, seed), random.Random(seed)
        viewers = [
            SYSTEM,
            scope("supervisor", world.teams[0]),
            scope("supervisor", world.teams[0], world.teams[1]),
            scope("agent", agent=world.agents[0]),
            scope("supervisor"),
        ]
        for key in METRICS:
            _agrees(session, book, world, key, SYSTEM, FIRST, LAST, NOW, None)
            for _ in range(4):
                from_on = FIRST + timedelta(days=dice.randint(0, 60))
                to_on = from_on + timedelta(days=dice.choice((0, 1, 6, 30)))
                now = NOW - timedelta(days=dice.choice((0, 0, 15)))
                team_id = dice.choice((None, None, world.teams[0].id, world.teams[2].id))
                _agrees(session, book, world, key, dice.choice(viewers), from_on, to_on, now, team_id)
        session.rollback()


def _agrees(
    session: Session,
    book: Rulebook,
    world: World,
    key: str,
    viewer: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
) -> None:
    metric = METRICS[key]
    expected = slowly(world, key, from_on, to_on, now, viewer, team_id)
    counting = sum(case.counts for case in expected)
    asked = (session, viewer, key, from_on, to_on, book, now)
    found = metrics.figure(*asked, team_id=team_id)
    listed = metrics.rows(*asked, team_id=team_id)
    if metric.needs_stretches:  # weighed: the stretches against every minute
        short, required = (int(sum(getattr(case, part) for case in expected)) for part in ("value", "weight"))
        assert (found.numerator, found.denominator) == (short, required)
        assert (sum(row["value"] for row in listed), sum(row["weight"] for row in listed)) == (
            short,
            required,
        )
        assert found.value == (pytest.approx(100 * short / required, abs=1e-3) if required else None)
        assert all(row["counts"] == (row["value"] > 0) for row in listed)
        return
    assert len(listed) == len(expected), key
    assert sum(row["counts"] for row in listed) == counting, key
    if metric.estimate is not None:
        assert (found.numerator, found.denominator) == (counting, len(expected)), key
        assert (found.value is None) == (found.n == 0), key
        return
    if metric.unit in MEANS:
        assert found.numerator == pytest.approx(sum(case.value for case in expected))
        assert sum(float(row["value"]) for row in listed) == pytest.approx(found.numerator)
    else:
        assert found.numerator == counting, key
    assert found.denominator == (None if metric.unit == "count" else len(expected)), key
    if metric.unit == "hours":
        finished = sorted(case.hours for case in expected if case.hours is not None)
        assert sorted(row["hours"] for row in listed if row["counts"]) == pytest.approx(finished)
        assert found.rest == sum(row["hours"] is None for row in listed)
        assert dict(found.percentiles) == pytest.approx(nearest_ranks(finished), abs=1e-3)
        assert found.value == found.percentile(50)
    if expected and metric.unit == "percent":
        assert found.value == pytest.approx(100 * counting / len(expected), abs=1e-3)


def test_every_breakdown_adds_up_and_has_the_groups_of_its_cases(session: Session, book: Rulebook) -> None:
    codes: dict[str, Callable[[Case], str]] = {
        "month": lambda case: f"{case.on:%Y-%m}",
        "day": lambda case: case.on.isoformat(),
        "team": lambda case: case.team.code,
        "agent": lambda case: "" if case.agent is None else case.agent.number,
    }
    for seed in seeds(session):
        world = make_world(session, seed)
        for key, metric in METRICS.items():
            whole = metrics.figure(session, SYSTEM, key, FIRST, LAST, book, NOW)
            expected = slowly(world, key, FIRST, LAST, NOW, SYSTEM)
            for by in metrics.group_names(key, book, NOW):
                found = metrics.figures_by(session, SYSTEM, key, FIRST, LAST, book, NOW, by)
                assert sum(one.numerator for _, _, one in found) == pytest.approx(whole.numerator), (key, by)
                assert sum(one.denominator or 0 for _, _, one in found) == (whole.denominator or 0), (key, by)
                if by in codes and metric.needs_stretches:
                    minutes: Counter[str] = Counter()
                    for case in expected:
                        minutes[codes[by](case)] += case.weight or 0
                    assert {code: one.denominator for code, _, one in found} == minutes
                elif by in codes:
                    size = {c: f.numerator if metric.unit == "count" else f.denominator for c, _, f in found}
                    assert size == Counter(codes[by](case) for case in expected), (key, by)
                    assert [code for code, _, _ in found] == sorted(size)
        session.rollback()


def test_every_group_is_the_same_figure_and_the_same_list_when_it_is_asked_for(
    session: Session, book: Rulebook
) -> None:
    for seed in seeds(session)[:1]:  # every group of every metric: one world has hundreds
        make_world(session, seed)
        for key in METRICS:
            asked = (session, SYSTEM, key, FIRST, LAST, book, NOW)
            for by in set(metrics.group_names(key, book, NOW)) - {"day"}:
                for code, _name, of_group in metrics.figures_by(*asked, by):
                    where = {by: code}
                    assert metrics.figure(*asked, where=where) == of_group, (key, by, code)
                    listed = metrics.rows(*asked, where=where)
                    size = of_group.numerator if of_group.denominator is None else of_group.denominator
                    assert sum(row.get("weight", 1) for row in listed) == size, (key, by, code)
                    rest = metrics.rows(*asked, where=where, only="rest")
                    missed = [row for row in listed if not row["counts"]]
                    assert sorted(map(repr, rest)) == sorted(map(repr, missed)), (key, by, code)
        session.rollback()


def test_two_breakdowns_at_once_add_up_to_each_of_them(session: Session, book: Rulebook) -> None:
    for seed in seeds(session):
        make_world(session, seed)
        key = "complaint.all_clocks_attainment"
        asked = (session, SYSTEM, key, FIRST, LAST, book, NOW)
        crossed = metrics.figures_across(*asked, ("clock", "department"), lang="en")
        for place, by in enumerate(("clock", "department")):
            sums: Counter[str] = Counter()
            for codes, _names, one in crossed:
                sums[codes[place]] += one.denominator or 0
            assert sums == {code: one.denominator for code, _, one in metrics.figures_by(*asked, by)}
        for codes, names, one in crossed:
            assert names == (NAMES["clock"][codes[0]][1], codes[1])
            where = {"clock": codes[0], "department": codes[1]}
            assert metrics.figure(*asked, where=where) == one
        session.rollback()


def test_a_departments_own_clock_counts_against_that_department(session: Session, book: Rulebook) -> None:
    case = make_complaint(session, department="质量部")
    for clock, department in (("forward", ""), ("sign_off", "物流部")):
        due_at = NOW - timedelta(hours=1)
        case.clocks.append(
            ComplaintClock(
                clock=clock, ordinal=1, department=department, started_at=due_at, due_at=due_at, due_on=NOW.date(),
                warn_at=due_at, state="on_track", clauses=[], steps=[], limit={}, rulebook_version="test",
            )
        )  # fmt: skip
    session.flush()
    asked = (session, SYSTEM, "complaint.all_clocks_attainment", *ALWAYS, book, NOW)
    crossed = metrics.figures_across(*asked, ("department", "clock"))
    assert {codes for codes, _names, _one in crossed} == {("质量部", "forward"), ("物流部", "sign_off")}


def test_another_teams_cases_are_never_listed(session: Session, book: Rulebook) -> None:
    world = make_world(session, 1)
    viewer = scope("supervisor", world.teams[0])
    for key in METRICS:
        for team in world.teams[1:]:
            assert metrics.rows(session, viewer, key, *ALWAYS, book, NOW, team_id=team.id) == []
        listed = metrics.rows(session, viewer, key, *ALWAYS, book, NOW)
        assert {row["team"] for row in listed} <= {world.teams[0].name}


def test_nothing_to_divide_by_is_no_figure(session: Session, book: Rulebook) -> None:
    for key, metric in METRICS.items():
        found = metrics.figure(session, SYSTEM, key, *ALWAYS, book, NOW)
        nothing = (0, None, 0) if metric.unit == "count" else (0, 0, None)
        assert (found.numerator, found.denominator, found.value) == nothing, key
        assert metrics.rows(session, SYSTEM, key, *ALWAYS, book, NOW) == []
        assert metrics.figures_by(session, SYSTEM, key, *ALWAYS, book, NOW) == []


def test_an_agent_without_a_person_behind_him_sees_nothing(session: Session, book: Rulebook) -> None:
    make_world(session, 3)
    nobody = Scope(None, "nobody", "agent")
    for key in METRICS:
        assert metrics.rows(session, nobody, key, *ALWAYS, book, NOW) == []
        assert not metrics.figure(session, nobody, key, *ALWAYS, book, NOW).numerator


def test_a_breakdown_is_one_query(session: Session, statements: list[str], book: Rulebook) -> None:
    make_world(session, 5)
    for key in METRICS:
        statements.clear()
        metrics.figures_by(session, SYSTEM, key, FIRST, LAST, book, NOW, "team")
        # Where a sweep stood still, its deadlines are looked up first, and cover is worked out first: once for all groups.
        grouped = [one for one in statements if "GROUP BY" in one]
        assert len(grouped) == (0 if METRICS[key].estimate else 1), key  # an estimate is made from the rows
        assert len(statements) == 1 or METRICS[key].needs_unswept or METRICS[key].needs_stretches, key
        assert len(statements) < 8, key


def test_unknown_metrics_and_breakdowns_are_refused(session: Session, book: Rulebook) -> None:
    with pytest.raises(KeyError):
        metrics.figure(session, SYSTEM, "callback.nonsense", *ALWAYS, book, NOW)
    with pytest.raises(metrics.UnknownGroup, match=r"month, day, team, agent"):
        metrics.figure(session, SYSTEM, "callback.rate", *ALWAYS, book, NOW, where={"weather": "rain"})
    with pytest.raises(metrics.UnknownGroup, match=r"month, day, team, agent"):
        metrics.figures_by(
            session, SYSTEM, "callback.rate", *ALWAYS, book, NOW, "weather'; DROP TABLE teams; --"
        )
    assert session.query(Team).count() == 0


def test_the_names_of_groups_are_in_the_language_asked_for(session: Session, book: Rulebook) -> None:
    agent = make_agent(session, make_team(session, "north", "北区"))
    make_callback(session, agent, due_at=NOW - timedelta(hours=3), kind="repair")
    asked = (session, SYSTEM, "callback.rate", *ALWAYS, book, NOW)
    assert metrics.figures_by(*asked, "category")[0][:2] == ("repair", "维修回访")
    assert metrics.figures_by(*asked, "category", lang="en")[0][:2] == ("repair", "Repair callback")
    assert metrics.figures_by(*asked, "team")[0][:2] == ("north", "北区")


def test_the_target_is_the_rulebooks_and_none_where_it_is_off(
    session: Session, book: Rulebook, tmp_path: Path
) -> None:
    found = metrics.figure(session, SYSTEM, "callback.rate", *ALWAYS, book, NOW)
    assert found.target == book.percent("callback.target_rate")
    site = tmp_path / "site.toml"
    site.write_text(
        '[preset]\nid = "site"\ntitle = "本单位"\n\n[callback.target_rate]\nstate = "off"\n', encoding="utf-8"
    )
    off = load_rulebook((), site)
    assert off.is_off("callback.target_rate")
    assert metrics.figure(session, SYSTEM, "callback.rate", *ALWAYS, off, NOW).target is None
    assert metrics.figure(session, SYSTEM, "attendance.rate", *ALWAYS, book, NOW).target is None


def test_severe_lateness_is_an_absence_where_the_rulebook_says_so(session: Session, book: Rulebook) -> None:
    shop = load_rulebook(("ecommerce_shop",))
    assert (book.choice("attendance.severe_class"), shop.choice("attendance.severe_class")) == (
        "violation",
        "absence",
    )
    for seed in seeds(session):
        world = make_world(session, seed)
        ended = [d.class_ for d, s in world.days if s.ends_at <= NOW]
        missed = ended.count("absent"), ended.count("severe")
        plain = metrics.figure(session, SYSTEM, "attendance.rate", *ALWAYS, book, NOW)
        strict = metrics.figure(session, SYSTEM, "attendance.rate", *ALWAYS, shop, NOW)
        assert plain.numerator == (plain.denominator or 0) - missed[0]
        assert strict.numerator == (strict.denominator or 0) - sum(missed)
        session.rollback()


def test_nobodys_health_shows_in_a_figure_of_leave_or_in_the_rows_behind_it(
    session: Session, book: Rulebook
) -> None:
    for seed in seeds(session):
        make_world(session, seed)
        key = "attendance.leave_share"
        asked = (session, SYSTEM, key, *ALWAYS, book, NOW)
        groups = {code for code, _name, _one in metrics.figures_by(*asked, "category")}
        assert groups <= {"", "leave", "official", "time_off"}
        listed = metrics.rows(*asked)
        assert {row["leave"] for row in listed} == groups
        assert {row["leave"] for row in listed if not row["counts"]} <= {""}
        assert "" not in {row["leave"] for row in listed if row["counts"]}
        session.rollback()
    assert not {"sick", "emergency", "personal", "maternity"} & set(SHOWN_LEAVE)


def test_where_nobody_has_to_review_handovers_there_is_nothing_to_count(
    session: Session, book: Rulebook
) -> None:
    shop = load_rulebook(("ecommerce_shop",))
    make_world(session, 4)
    asked = (session, SYSTEM, "handover.reviewed_rate", *ALWAYS)
    assert metrics.figure(*asked, book, NOW).denominator
    assert metrics.figure(*asked, shop, NOW).value is None
    assert metrics.figure(session, SYSTEM, "handover.complete_rate", *ALWAYS, shop, NOW).denominator


def test_a_mean_in_minutes_shows_the_sum_and_what_it_was_divided_by(session: Session, book: Rulebook) -> None:
    world = make_world(session, 2)
    found = metrics.figure(session, SYSTEM, "attendance.unapproved_extra_minutes", *ALWAYS, book, NOW)
    over = [d for d, s in world.days if s.ends_at <= NOW and d.class_ not in ("pending", "rest")]
    minutes = sum(max(0, d.extra_minutes - d.approved_extra_minutes) for d in over)
    assert (found.unit, found.numerator, found.denominator) == ("minutes", minutes, len(over))
    assert found.value == pytest.approx(minutes / len(over), abs=1e-3)


def test_open_and_overdue_is_missed_and_not_yet_due_is_left_out(session: Session, book: Rulebook) -> None:
    agent = make_agent(session)
    make_callback(session, agent, due_at=NOW - timedelta(seconds=1))
    make_callback(session, agent, due_at=NOW)  # the due second itself is in time
    make_callback(session, agent, due_at=NOW + timedelta(days=1))
    found = metrics.figure(session, SYSTEM, "callback.punctuality", *ALWAYS, book, NOW)
    assert (found.numerator, found.denominator, found.value) == (0, 1, 0.0)


def test_every_metric_says_what_it_means_in_both_languages() -> None:
    for key, metric in METRICS.items():
        assert key == metric.key
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", key)
        for text in (metric.zh, metric.definition_zh, metric.numerator[0]):
            assert re.search(r"[\u4e00-\u9fff]", text), key
        for text in (metric.en, metric.definition_en, metric.numerator[1]):
            assert text
            assert not re.search(r"[\u4e00-\u9fff]", text), key
        assert (metric.denominator is None) == (metric.unit == "count")
        assert metric.clauses
        assert all(re.fullmatch(r"[A-E]\d+\.\d+[a-z]?", clause) for clause in metric.clauses), key
    assert len({metric.zh for metric in METRICS.values()}) == len(METRICS)
    assert len({metric.en for metric in METRICS.values()}) == len(METRICS)


def test_every_parameter_a_metric_rests_on_is_in_the_rulebook(book: Rulebook) -> None:
    known = set(book.keys())
    for metric in METRICS.values():
        assert {*metric.parameters, *filter(None, [metric.target_key])} <= known, metric.key


def test_the_document_is_the_registry() -> None:
    assert PLACE.read_text(encoding="utf-8") == markdown(), "python -m db.metrics.document"
