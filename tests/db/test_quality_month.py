"""The state of a month in the database: the sample in numbers, what waits, what was found, and what a blind reviewer must not see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import quality, quality_month, samples
from db.models import Call, Finding, SampleCall
from db.quality_month import Found, get_state
from db.samples import Settings
from regulations.access import AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.db.call_rows import add_agents, add_inspected, finding, scope_for
from tests.db.review_rows import proposal
from tests.db.sample_rows import MONTH, NOW, add_month, review

BOOK = load_rulebook(["base"])
RULES = Settings.of(BOOK)
PERIOD: dict[str, Any] = {"from_on": MONTH, "to_on": quality_month.month_end(MONTH)}


@pytest.fixture
def qa(session: Session) -> Scope:
    add_agents(session)
    return scope_for(session, "qa")


def draw(session: Session, scope: Scope, blind_percent: float) -> list[SampleCall]:
    settings = Settings(RULES.percent, RULES.minimum, RULES.highest_weight, blind_percent)
    samples.draw_month(session, scope, MONTH, book=BOOK, now=NOW, seed="s", settings=settings)
    return list(samples.list_drawn(session, scope, MONTH))


def test_before_the_draw_it_says_what_is_wanted_and_afterwards_what_is_drawn_and_heard(
    session: Session, qa: Scope
) -> None:
    add_month(session, 1, 30)
    add_month(session, 1, 2, "K2")
    before = get_state(session, qa, MONTH, book=BOOK, now=NOW)
    assert (before.inspected, before.drawn, before.reviewed) == (32, 0, 0)
    assert before.wanted == before.missing > 2
    drawn = draw(session, qa, 100)
    review(session, drawn[0], 90)
    after = get_state(session, qa, MONTH, book=BOOK, now=NOW)
    assert (after.late, after.missing, after.wanted) == (0, 0, before.wanted)
    assert after.drawn == after.blind == len(drawn) == before.wanted
    assert after.reviewed == after.blind_reviewed == 1


def test_calls_that_come_after_the_draw_are_late_and_wanted_until_it_is_topped_up(
    session: Session, qa: Scope
) -> None:
    add_month(session, 1, 3)
    draw(session, qa, 0)
    add_month(session, 1, 3, "K2")
    late = get_state(session, qa, MONTH, book=BOOK, now=NOW)
    assert (late.late, late.missing) == (3, min(3, RULES.minimum))
    samples.top_up(session, qa, MONTH, book=BOOK, now=NOW)
    done = get_state(session, qa, MONTH, book=BOOK, now=NOW)
    assert (done.late, done.missing) == (0, 0)


def test_a_supervisor_counts_his_team_and_an_agent_nothing(session: Session, qa: Scope) -> None:
    add_month(session, 1, 4)
    add_month(session, 1, 2, "K2")
    team = session.scalars(select(Call).where(Call.call_id == "K2-1")).one().team
    assert (
        get_state(session, scope_for(session, "supervisor", team), MONTH, book=BOOK, now=NOW).inspected == 2
    )
    assert get_state(session, qa, MONTH, book=BOOK, now=NOW, team_id=team.id).inspected == 2
    agent = scope_for(session, "agent")
    for asked in (
        lambda: get_state(session, agent, MONTH, book=BOOK, now=NOW),
        lambda: quality_month.count_open(session, agent, **PERIOD),
        lambda: quality_month.list_found(session, agent, **PERIOD),
        lambda: quality_month.list_measured_only(session, agent, **PERIOD),
    ):
        with pytest.raises(AccessRefused):
            asked()


def test_what_waits_is_counted_by_harm_and_proposals_and_measurements_apart(
    session: Session, qa: Scope
) -> None:
    rings = finding("rings", kind="measure", severity="low", points=0)
    one = add_inspected(session, "c1", finding(severity="high"), finding(severity="low"), rings, proposal())
    measured = add_inspected(session, "c2", rings)
    add_inspected(session, "c3")
    waiting = quality_month.count_open(session, qa, **PERIOD)
    assert waiting.by_severity == {"high": 1, "low": 1}
    assert (waiting.wording, waiting.measured, waiting.proposed, waiting.calls) == (2, 2, 1, 2)
    assert quality_month.list_measured_only(session, qa, **PERIOD) == {measured.id}
    quality.decide(session, qa, one.findings[0].id, "confirmed", "", now=NOW)
    quality.decide(session, qa, measured.findings[0].id, "overturned", "转接", now=NOW)
    waiting = quality_month.count_open(session, qa, **PERIOD)
    assert (waiting.by_severity, waiting.measured, waiting.calls) == ({"low": 1}, 1, 1)


def test_what_was_found_has_as_many_calls_as_the_list_behind_it_and_wording_stands_before_measurements(
    session: Session, qa: Scope
) -> None:
    rings = finding("rings", kind="measure", severity="low", points=0)
    first = add_inspected(session, "c1", finding(), finding(), rings)
    add_inspected(session, "c2", finding(), proposal())
    add_inspected(session, "c3", finding("closing", kind="missing", verdict="absent"), rings)
    quality.decide(session, qa, first.findings[0].id, "confirmed", "", now=NOW)
    quality.decide(session, qa, first.findings[1].id, "overturned", "误判", now=NOW)
    found = quality_month.list_found(session, qa, **PERIOD)
    assert found[0] == Found("shirking", "banned", 1, 1, found[0].proposed, 1, 2)
    assert [one.kind for one in found][-1] == "measure"
    for one in found:
        listed = quality.list_flagged(session, qa, category=one.category, **PERIOD)
        assert one.calls == len(listed) > 0


def test_whoever_reviews_learns_nothing_of_a_blind_call_before_he_judged_it(
    session: Session, qa: Scope
) -> None:
    add_inspected(session, "c1", finding())
    drawn = draw(session, qa, 100)
    manager = scope_for(session, "manager")
    assert quality_month.list_unheard_blind(session, qa, **PERIOD) == {drawn[0].call_id}
    assert quality_month.list_unheard_blind(session, manager, **PERIOD) == set()
    assert quality_month.list_found(session, qa, **PERIOD) == []
    assert quality_month.count_open(session, qa, **PERIOD).calls == 0
    assert quality_month.count_open(session, manager, **PERIOD).calls == 1
    review(session, drawn[0], 80)
    assert quality_month.list_unheard_blind(session, qa, **PERIOD) == set()
    assert quality_month.count_open(session, qa, **PERIOD).calls == 1


def test_the_stamp_of_the_estimates_changes_with_a_draw_a_review_and_an_inspection_and_with_nothing_else(
    session: Session, qa: Scope
) -> None:
    add_month(session, 1, 4)
    seen = [quality_month.stamp(session)]
    drawn = draw(session, qa, 0)
    seen.append(quality_month.stamp(session))
    review(session, drawn[0], 80)
    seen.append(quality_month.stamp(session))
    add_inspected(session, "late", finding(), started_at=NOW - timedelta(hours=1))
    seen.append(quality_month.stamp(session))
    assert len(set(seen)) == len(seen)
    undecided = session.scalars(select(Finding).where(Finding.decision.is_(None)).limit(1)).one()
    quality.decide(session, qa, undecided.id, "confirmed", "", now=NOW)
    assert quality_month.stamp(session) == seen[-1]
