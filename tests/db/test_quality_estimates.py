"""Metrics of the sample: the figure is what the pure estimate says, for every group, and no list gives a blind call away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import metrics, rule_precision, samples
from db.metrics import METRICS, Figure
from db.models import AddedFinding, CallReview, Finding, Inspection, SampleCall
from db.samples import Settings
from quality import estimates
from quality.estimates import Heard
from quality.intervals import wilson
from regulations.access import SYSTEM, Scope
from regulations.rulebook import Rulebook, load_rulebook
from tests.db.call_rows import add_agents, scope_for
from tests.db.sample_rows import MONTH, NOW, add_month, review

BOOK = load_rulebook(["base"])
PERIOD = (MONTH, MONTH.replace(day=30))
HALF = Settings(percent=40, minimum=2, highest_weight=4, blind_percent=50)


def figure(session: Session, key: str, scope: Scope = SYSTEM, book: Rulebook = BOOK, **more: object) -> Figure:  # fmt: skip
    return metrics.figure(session, scope, key, *PERIOD, book, NOW, **more)  # type: ignore[arg-type]


@pytest.fixture
def drawn(session: Session) -> list[SampleCall]:
    """Twenty calls of K1 in team A and ten of K2 in team B, two fifths of them drawn."""
    first, _second = add_agents(session)
    add_month(session, 1, 20)
    add_month(session, 1, 10, "K2")
    manager = scope_for(session, "manager")
    samples.draw_month(session, manager, MONTH, book=BOOK, now=NOW, seed="s", settings=HALF)
    assert first.number == "K1"
    return list(samples.list_drawn(session, manager, MONTH))


def test_the_estimates_are_those_of_the_pure_functions(session: Session, drawn: list[SampleCall]) -> None:
    scores = [100, 70, 90, 80, 0, 100, 95, 60]
    heard = []
    for n, row in enumerate(drawn):
        score = scores[n] if n < len(scores) else None
        if score is not None:
            review(session, row, score)
        machine = 100.0 if row.weight == 1 else 80.0
        heard.append(Heard(f"{row.stratum}#1", row.probability, score, machine, row.weight > 1))
    frame = session.scalars(select(SampleCall)).all()
    mean = sum(100 if row.weight == 1 else 80 for row in frame) / 30
    expected = {
        "quality.human_score": estimates.human_score(heard, 30),
        "quality.estimated_score": estimates.combined_score(heard, mean, 30),
        "quality.estimated_pass_rate": estimates.share(heard, 30, 80, beyond_the_month=True),
    }
    for key, estimate in expected.items():
        found = figure(session, key)
        assert (found.value, found.low, found.high) == pytest.approx(
            (estimate.value, estimate.low, estimate.high), abs=1e-3
        )
        assert (found.n, found.numerator, found.denominator) == (8, 8, 30)
        assert found.steps == estimate.steps
        assert found.low < found.value < found.high  # type: ignore[operator]
        document = found.as_json()
        assert (document["low"], document["high"], document["n"]) == (found.low, found.high, 8)
    assert figure(session, "quality.machine_score").value == pytest.approx(mean)
    assert figure(session, "quality.reviewed_share").value == pytest.approx(100 * 8 / 12)
    assert figure(session, "quality.reviewed_share").as_json().keys().isdisjoint({"low", "high", "n"})


def test_each_agent_and_team_has_an_interval_of_its_own(session: Session, drawn: list[SampleCall]) -> None:
    for row in drawn:
        review(session, row, 60 if row.stratum.startswith("K1") else 100)
    asked = (session, SYSTEM, "quality.estimated_pass_rate", *PERIOD, BOOK, NOW)
    for by, codes in (("agent", ["K1", "K2"]), ("team", ["A", "B"])):
        groups = metrics.figures_by(*asked, by)
        assert [code for code, _name, _figure in groups] == codes
        (_, _, one), (_, _, other) = groups
        assert (one.value, other.value) == (0, 100)
        assert (one.n, other.n) == (8, 4)
        assert one.high is not None and other.low is not None
        assert one.high > 25 and other.low < 60  # nobody is certain after eight calls, or four
    lead = scope_for(session, "supervisor", drawn[0].call.team)
    assert figure(session, "quality.human_score", lead).denominator == 20


def test_a_review_counts_from_when_it_was_finished(session: Session, drawn: list[SampleCall]) -> None:
    review(session, drawn[0], 80, at=NOW + timedelta(seconds=1))
    found = figure(session, "quality.human_score")
    assert (found.value, found.n, found.denominator) == (None, 0, 30)
    assert figure(session, "quality.reviewed_share").numerator == 0


def test_a_list_shows_nothing_of_a_blind_call_before_it_is_judged(
    session: Session, drawn: list[SampleCall]
) -> None:
    blind = [row.call.call_id for row in drawn if row.is_blind]
    assert blind
    asked = (session, SYSTEM, "quality.estimated_score", *PERIOD, BOOK, NOW)
    hidden = {row["call_id"] for row in metrics.rows(*asked) if row["machine_score"] is None}
    assert hidden == set(blind)
    assert all(row["probability"] is None for row in metrics.rows(*asked) if row["call_id"] in hidden)
    review(session, next(row for row in drawn if row.is_blind), 90)
    assert len({row["call_id"] for row in metrics.rows(*asked) if row["machine_score"] is None}) == len(blind) - 1  # fmt: skip


def decide(session: Session, rule: str, confirmed: int, overturned: int, layer: str = "exact") -> None:
    """Findings of a rule that people decided."""
    inspection = session.scalars(select(Inspection).order_by(Inspection.id)).first()
    assert inspection is not None
    for n in range(confirmed + overturned):
        inspection.findings.append(
            Finding(
                rule=rule, kind="banned", category="cold", verdict="hit" if layer == "exact" else "cannot_tell",
                phase="body", clauses=[], severity="low", points=5, steps=[], layer=layer,
                decision="confirmed" if n < confirmed else "overturned",
            )
        )  # fmt: skip
    session.flush()


def test_precision_by_rule_has_wilsons_interval_and_poor_rules_are_named(
    session: Session, drawn: list[SampleCall]
) -> None:
    decide(session, "fine", 30, 1)
    decide(session, "poor", 3, 12)
    decide(session, "perhaps", 2, 1)
    decide(session, "pattern", 6, 6, "pattern")
    found = figure(session, "quality.rule_precision")
    assert (found.numerator, found.denominator) == (41, 61)
    assert (found.low, found.high) == pytest.approx([100 * end for end in wilson(41, 61)], abs=1e-3)
    asked = (session, SYSTEM, *PERIOD, BOOK, NOW)
    named = rule_precision.list_poor(*asked)
    assert [(one.rule, one.is_certain) for one in named] == [
        ("poor", True),
        ("pattern", True),
        ("perhaps", False),
    ]
    assert named[0].figure.n == 15
    assert "poor" in named[0].text("en") and "20 %" in named[0].text("en")
    assert "3" in named[0].text("zh")
    assert rule_precision.list_poor(*asked, certain_only=True) == named[:2]


def offences(session: Session, rows: Sequence[SampleCall], found: int, missed: int) -> None:
    """Review these calls, with so many confirmed findings and so many that the machine missed, in each."""
    for row in rows:
        made = review(session, row, 90)
        inspection = session.get_one(Inspection, made.inspection_id)
        for finding in inspection.findings:
            finding.decision = "overturned"
        for n in range(found):
            inspection.findings.append(
                Finding(
                    rule="r", kind="banned", category="cold", verdict="hit", phase="body", clauses=[], severity="low",
                    segment=n, points=5, steps=[], decision="confirmed",
                )
            )  # fmt: skip
        for n in range(missed):
            session.add(
                AddedFinding(
                    review_id=made.id, call_id=row.call_id, kind="banned", category="cold", segment=10 + n,
                    points=Decimal(5), added_by="r", added_at=NOW,
                )
            )  # fmt: skip
    session.flush()


def test_recall_comes_from_blind_reviews_alone_and_the_same_slip_counts_once(
    session: Session, drawn: list[SampleCall]
) -> None:
    blind = [row for row in drawn if row.is_blind]
    seen = [row for row in drawn if not row.is_blind]
    assert len(blind) >= 2 and seen
    offences(session, blind[:1], found=2, missed=0)
    offences(session, blind[1:2], found=0, missed=1)
    offences(session, seen, found=0, missed=5)  # not blind: it says nothing about what the machine misses
    one = session.scalars(select(AddedFinding).where(AddedFinding.call_id == blind[1].call_id)).one()
    session.add(
        AddedFinding(
            review_id=one.review_id, call_id=blind[0].call_id, kind="banned", category="cold", segment=1,
            points=Decimal(5), added_by="r", added_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    found = figure(session, "quality.rule_recall")
    assert (found.numerator, found.denominator, found.n) == (2, 3, 3)
    worth = [1 / (row.probability * 0.5) for row in blind[:2]]
    assert found.value == pytest.approx(100 * 2 * worth[0] / (2 * worth[0] + worth[1]), abs=1e-3)
    assert found.value and found.low and found.high and found.low < found.value < found.high
    heard = session.get_one(CallReview, one.review_id)
    # Added by who reopened the call, after the findings were shown.
    heard.judged_at = NOW - timedelta(seconds=1)
    session.flush()
    assert figure(session, "quality.rule_recall").value == 100
    heard.judged_at, one.withdrawn_at = NOW, NOW
    session.flush()
    assert figure(session, "quality.rule_recall").value == 100
    (group,) = metrics.figures_by(session, SYSTEM, "quality.rule_recall", *PERIOD, BOOK, NOW, "category")
    assert (group[0], group[2].denominator) == ("cold", 2)


def test_estimates_are_documented_as_such() -> None:
    for key, metric in METRICS.items():
        if metric.estimate is not None:
            assert "95" in metric.definition_zh and "95" in metric.definition_en, key
