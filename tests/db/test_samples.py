"""The month's sample in the database: drawn, repeated, topped up; who may, and what is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from db import audit, sample_reads, samples
from db.demo.judging_samples import draw_demo_samples
from db.models import AuditEntry, CallReview, SampleCall, User
from db.refusals import Refused
from db.samples import Settings
from quality.sampling import number
from regulations.access import AccessRefused, Scope
from regulations.rulebook import load_rulebook
from tests.db.call_rows import add_agents, add_inspected, finding, scope_for
from tests.db.sample_rows import MONTH, NOW, add_month
from tests.db.test_races import at_once

BOOK = load_rulebook(["base"])
TEN = Settings(percent=10, minimum=2, highest_weight=4, blind_percent=50)


@pytest.fixture
def qa(session: Session) -> Scope:
    add_agents(session)
    return scope_for(session, "qa")


def drawn_of(session: Session, scope: Scope) -> dict[str, SampleCall]:
    return {one.call.call_id: one for one in samples.list_drawn(session, scope, MONTH)}


def test_a_draw_keeps_number_weight_and_probability_of_every_call(session: Session, qa: Scope) -> None:
    add_month(session, 1, 30)
    add_month(session, 1, 2, "K2")
    sample = samples.draw_month(session, qa, date(2026, 11, 17), book=BOOK, now=NOW, seed="s", settings=TEN)
    rows = session.scalars(select(SampleCall)).all()
    assert len(rows) == 32
    assert {one.number for one in rows} == {number("s", MONTH, one.call.call_id) for one in rows}
    assert {one.weight for one in rows if one.call.call_id.startswith("K1")} == {1.0, 4.0}
    assert all(0 < one.probability <= 1 for one in rows)
    assert sum(one.probability for one in rows) == pytest.approx(3 + 2)
    drawn = drawn_of(session, qa)
    assert len(drawn) == 5
    assert {drawn["K2-1"].reason, drawn["K2-2"].reason} == {"all"}
    assert {one.reason for one in drawn.values()} <= {"all", "share", "risk"}
    assert [(wave.stratum, wave.calls, wave.taken) for wave in samples.waves_of(sample)] == [
        ("K1|phone", 30, 3),
        ("K2|phone", 2, 2),
    ]
    assert session.scalars(select(AuditEntry.action)).all()[-1] == "sample.drawn"


def test_the_same_seed_draws_the_same_calls_and_another_one_others(session: Session, qa: Scope) -> None:
    add_month(session, 1, 60)
    session.commit()
    found = []
    for seed in ("one", "one", "two"):
        samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed=seed, settings=TEN)
        found.append({(c, one.is_blind, one.reason) for c, one in drawn_of(session, qa).items()})
        session.rollback()
    assert found[0] == found[1] != found[2]


def test_calls_that_come_late_are_drawn_from_and_nothing_drawn_leaves(session: Session, qa: Scope) -> None:
    add_month(session, 1, 10)
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed="s", settings=TEN)
    before = {c: (one.probability, one.is_blind, one.draw_id) for c, one in drawn_of(session, qa).items()}
    same = samples.top_up(session, qa, MONTH, book=BOOK, now=NOW, settings=TEN)
    assert len(same.draws) == 1  # nothing came, nothing is raised
    add_month(session, 11, 60)
    sample = samples.top_up(session, qa, MONTH, book=BOOK, now=NOW, settings=TEN)
    after = {c: (one.probability, one.is_blind, one.draw_id) for c, one in drawn_of(session, qa).items()}
    assert before.items() <= after.items()
    assert len(after) == 2 + 5  # 10 % of the fifty that came late
    assert {one.wave for one in session.scalars(select(SampleCall))} == {1, 2}
    assert [draw.ordinal for draw in sample.draws] == [1, 2]
    assert sample.row_version == 3


def test_a_higher_share_takes_more_and_a_lower_one_takes_nothing_back(session: Session, qa: Scope) -> None:
    add_month(session, 1, 40)
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed="s", settings=TEN)
    few = drawn_of(session, qa)
    assert len(few) == 4
    twenty = Settings(percent=20, minimum=2, highest_weight=4, blind_percent=0)
    samples.top_up(session, qa, MONTH, book=BOOK, now=NOW, settings=twenty)
    more = drawn_of(session, qa)
    assert few.keys() < more.keys()
    assert len(more) == 8
    assert {more[c].reason for c in more.keys() - few.keys()} == {"topped_up"}
    assert {c: more[c].is_blind for c in few} == {c: one.is_blind for c, one in few.items()}
    assert sum(one.probability for one in session.scalars(select(SampleCall))) == pytest.approx(8)
    samples.top_up(session, qa, MONTH, book=BOOK, now=NOW, settings=TEN)
    assert drawn_of(session, qa).keys() == more.keys()


def test_what_was_overturned_gives_no_weight_and_what_is_open_gives_some(session: Session, qa: Scope) -> None:
    overturned = add_inspected(session, "over", finding(points=20))
    overturned.findings[0].decision = "overturned"
    add_inspected(session, "open", finding(points=20, verdict="cannot_tell"))
    add_inspected(session, "critical", finding("insult", points=5))
    add_inspected(session, "clean")
    session.flush()
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed="s", settings=TEN)
    weights = {one.call.call_id: one.weight for one in session.scalars(select(SampleCall))}
    assert weights["over"] == weights["clean"] == 1
    assert weights["critical"] == 4
    assert 1 < weights["open"] < 4


def test_blind_reviews_fall_on_flagged_and_unflagged_calls_alike(session: Session, qa: Scope) -> None:
    add_month(session, 1, 120)
    everything = Settings(percent=100, minimum=1, highest_weight=4, blind_percent=50)
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed="s", settings=everything)
    rows = samples.list_drawn(session, qa, MONTH)
    blind = [one.weight > 1 for one in rows if one.is_blind]
    assert 40 <= len(blind) <= 80
    assert 5 <= sum(blind) <= 19  # half of the 24 that were flagged
    assert {one.blind_probability for one in rows} == {0.5}


def test_what_cannot_be_drawn_says_why(session: Session, qa: Scope) -> None:
    with pytest.raises(Refused, match="nothing to draw from"):
        samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW)
    with pytest.raises(Refused, match="draw it first"):
        samples.top_up(session, qa, MONTH, book=BOOK, now=NOW)
    add_month(session, 1, 5)
    for seed in ("", " ", "x" * 81, "a\nb"):
        with pytest.raises(Refused, match="seed"):
            samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed=seed)
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW)
    with pytest.raises(Refused, match="top it up"):
        samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW)
    assert not samples.list_drawn(session, qa, date(2026, 10, 1))


def test_only_who_sees_everybody_draws_and_each_sees_his_own_teams(session: Session) -> None:
    first, _ = add_agents(session)
    add_month(session, 1, 6)
    add_month(session, 1, 6, "K2")
    for scope in (scope_for(session, "supervisor"), scope_for(session, "qa", first.team)):
        with pytest.raises(AccessRefused):
            samples.draw_month(session, scope, MONTH, book=BOOK, now=NOW)
        with pytest.raises(AccessRefused):
            samples.top_up(session, scope, MONTH, book=BOOK, now=NOW)
    manager = scope_for(session, "manager")
    samples.draw_month(session, manager, MONTH, book=BOOK, now=NOW, settings=TEN)
    lead = scope_for(session, "supervisor", first.team)
    assert {one.call.agent.number for one in samples.list_drawn(session, lead, MONTH)} == {"K1"}
    agent = scope_for(session, "agent", agent=first)
    with pytest.raises(AccessRefused):
        samples.list_drawn(session, agent, MONTH)
    with pytest.raises(AccessRefused):
        samples.get_sample(session, agent, MONTH)
    administrator = scope_for(session, "administrator")
    assert "sample.drawn" in [one.action for one in audit.list_entries(session, administrator)]


def test_calls_of_later_this_month_and_of_other_months_are_not_in_the_frame(
    session: Session, qa: Scope
) -> None:
    add_inspected(session, "now", started_at=NOW)
    add_inspected(session, "later", started_at=NOW + timedelta(hours=1))
    add_inspected(session, "october", started_at=datetime(2026, 10, 31, 3, tzinfo=UTC))
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW)
    assert drawn_of(session, qa).keys() == {"now"}


def test_each_call_explains_its_chance_but_a_blind_one_only_once_it_is_judged(
    session: Session, qa: Scope
) -> None:
    add_month(session, 1, 30)
    samples.draw_month(session, qa, MONTH, book=BOOK, now=NOW, seed="s", settings=TEN)
    rows = session.scalars(select(SampleCall)).all()
    plain = next(one for one in rows if one.is_drawn and not one.is_blind)
    texts = [step.en for step in sample_reads.explain(session, qa, plain)]
    assert texts[0] == "K1, Phone: 3 of 30 calls drawn"
    assert f"permanent random number {plain.number:.4f} ÷ weight {plain.weight:g}" in texts[1]
    assert f"{plain.probability:.1%}" in texts[3]
    assert texts[-1].startswith("drawn: ")
    left = next(one for one in rows if not one.is_drawn)
    assert sample_reads.explain(session, qa, left)[-1].en == "not drawn"
    blind = next(one for one in rows if one.is_blind)
    assert len(sample_reads.explain(session, qa, blind)) == 1
    review = CallReview(
        call_id=blind.call_id, purpose="sample", is_blind=True, state="claimed", reviewer="r", claimed_at=NOW,
        claimed_until=NOW,
    )  # fmt: skip
    session.add(review)
    session.flush()
    assert len(sample_reads.explain(session, qa, blind)) == 1
    assert sample_reads.progress(session, qa, MONTH).blind_reviewed == 0
    review.state, review.stands, review.finished_at = "finished", True, NOW
    session.flush()
    assert len(sample_reads.explain(session, qa, blind)) == 5
    done = sample_reads.progress(session, qa, MONTH)
    assert (done.frame, done.drawn, done.reviewed, done.blind_reviewed) == (30, 3, 1, 1)
    assert done.blind == sum(one.is_blind for one in rows)


def test_the_demo_has_two_months_drawn_the_same_every_time(session: Session, qa: Scope) -> None:
    assert draw_demo_samples(session, NOW, 7, BOOK) == 0  # nobody of the demo is here
    session.get_one(User, qa.user_id).is_demo = True
    add_month(session, 1, 25)
    add_month(session, -700, -670)  # the middle of October
    session.commit()
    counts = draw_demo_samples(session, NOW, 7, BOOK)
    first = drawn_of(session, qa).keys()
    october = samples.list_drawn(session, qa, date(2026, 10, 1))
    assert len(first) >= 4 and len(october) >= 4 and counts == len(first) + len(october)
    assert draw_demo_samples(session, NOW, 7, BOOK) == 0  # months with a sample stay
    session.rollback()
    assert draw_demo_samples(session, NOW, 7, BOOK) == counts
    assert drawn_of(session, qa).keys() == first


def test_of_two_who_draw_at_once_one_is_told_and_two_top_ups_draw_one_after_the_other(
    session: Session, engine: Engine, qa: Scope
) -> None:
    add_month(session, 1, 40)
    session.commit()

    def draw(one: Session) -> None:
        samples.draw_month(one, qa, MONTH, book=BOOK, now=NOW, settings=TEN)

    outcomes = sorted(at_once(engine, draw, draw))
    assert outcomes == ["done", "refused: the sample of 2026-11 is drawn already: top it up to have more"]
    add_month(session, 41, 80)
    session.commit()

    def top_up(one: Session) -> None:
        samples.top_up(one, qa, MONTH, book=BOOK, now=NOW, settings=TEN)

    assert at_once(engine, top_up, top_up) == ["done", "done"]
    session.expire_all()
    sample = samples.get_sample(session, qa, MONTH)
    assert sample is not None
    assert [one.ordinal for one in sample.draws] == [1, 2]
    assert len(session.scalars(select(SampleCall)).all()) == 80
