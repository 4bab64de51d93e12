"""Inspections, findings and reviews: what is stored, what a reviewer decides, what comes first in the list."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import quality, quality_counts, quality_scores
from db.inspections import InspectionFacts, store_inspection, store_inspections
from db.models import AuditEntry, Finding, FindingReview, Inspection, Transcript, TranscriptSegment
from db.quality import ReviewRefused
from db.quality_channels import list_to_listen, seconds_to_listen
from db.transcripts import SegmentFacts, TranscriptFacts, list_uninspected, store_transcript
from regulations.access import SYSTEM, AccessRefused
from tests.db.call_rows import NOW, add_agents, add_inspected, finding, scope_for

DAY: dict[str, Any] = {"from_on": NOW.date(), "to_on": NOW.date()}


def count(session: Session, table: type[Any]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def flagged(session: Session, **filters: Any) -> list[str]:
    return [i.call.call_id for i in quality.list_flagged(session, SYSTEM, **(DAY | filters))]


def test_a_result_is_kept_with_its_findings_steps_and_segments(session: Session) -> None:
    add_agents(session)
    add_inspected(session, "c1", finding(points=7))
    kept = quality.get_inspection(session, SYSTEM, "c1")
    assert kept.machine_score == Decimal(90)
    assert kept.started_on == NOW.date()
    assert [s.speaker for s in kept.transcript.segments] == ["agent", "customer"]
    (found,) = kept.findings
    assert (found.points, found.clauses, found.decision) == (Decimal(7), ["E3.21"], None)
    assert found.steps == [{"zh": "逐字匹配", "en": "Matched word for word", "clause": "E3.21"}]


def test_storing_the_same_result_again_changes_nothing(session: Session) -> None:
    add_agents(session)
    first = add_inspected(session, "c1", finding())
    again = add_inspected(session, "c1", finding("insult", points=50), score=10)
    assert again.id == first.id
    assert again.machine_score == Decimal(90)
    assert (count(session, Inspection), count(session, Finding)) == (1, 1)
    assert (count(session, Transcript), count(session, TranscriptSegment)) == (1, 2)


def test_a_new_rulebook_makes_a_new_inspection_and_leaves_the_old_one_alone(session: Session) -> None:
    add_agents(session)
    old = add_inspected(session, "c1", finding())
    new = add_inspected(session, "c1", book_version="book-2", score=100)
    session.expire_all()
    assert (old.is_current, new.is_current) == (False, True)
    assert [f.rule for f in old.findings] == ["rule.shirking"]
    assert quality.get_inspection(session, SYSTEM, "c1").id == new.id
    assert flagged(session) == []


def test_a_simulated_inspection_does_not_become_the_current_one(session: Session) -> None:
    add_agents(session)
    old = add_inspected(session, "c1", finding())
    store_inspection(
        session,
        old.transcript,
        old.call,
        InspectionFacts(Decimal(100), ()),
        book_version="what-if",
        now=NOW,
        make_current=False,
    )
    session.expire_all()
    assert quality.get_inspection(session, SYSTEM, "c1").id == old.id


def test_another_model_adds_a_transcript_and_its_inspection_takes_over(session: Session) -> None:
    add_agents(session)
    old = add_inspected(session, "c1", finding())
    facts = TranscriptFacts("other", "other-settings", (SegmentFacts("agent", 0, 1, "您好"),))
    transcript = store_transcript(session, old.call, facts, now=NOW)
    new = store_inspection(
        session, transcript, old.call, InspectionFacts(Decimal(100), ()), book_version="book-1", now=NOW
    )
    session.expire_all()
    assert quality.get_inspection(session, SYSTEM, "c1").id == new.id
    assert count(session, Transcript) == 2


def test_transcripts_without_inspection_are_listed_in_pieces(session: Session) -> None:
    add_agents(session)
    done = add_inspected(session, "c1")
    facts = TranscriptFacts("imported", "x", (SegmentFacts("agent", 0, 1, "您好"),))
    waiting = store_transcript(session, done.call, facts, now=NOW)
    rows = list_uninspected(session, "book-1", limit=1)
    assert [(t.id, c.call_id) for t, c in rows] == [(waiting.id, "c1")]
    assert list_uninspected(session, "book-1", after_id=waiting.id) == []
    assert len(list_uninspected(session, "book-9")) == 2


# -- the list ----------------------------------------------------------------------------------------


def test_what_hurts_most_comes_first(session: Session) -> None:
    add_agents(session)
    add_inspected(session, "mild", finding(severity="low", points=2))
    add_inspected(session, "worst", finding("insult", severity="critical", points=20))
    add_inspected(session, "twice", finding(points=5), finding("cold", points=5))
    add_inspected(session, "clean")
    assert flagged(session) == ["worst", "twice", "mild"]


def test_a_call_all_decided_goes_behind_those_that_wait(session: Session) -> None:
    add_agents(session)
    worst = add_inspected(session, "worst", finding("insult", severity="critical", points=20))
    add_inspected(session, "mild", finding(severity="low", points=2))
    quality.decide(session, scope_for(session, "qa"), worst.findings[0].id, "confirmed", "", now=NOW)
    assert flagged(session) == ["mild", "worst"]
    assert flagged(session, undecided_only=True) == ["mild"]


def test_an_overturned_finding_hurts_no_more(session: Session) -> None:
    add_agents(session)
    first = add_inspected(
        session, "first", finding("insult", severity="critical", points=20), finding("cold")
    )
    add_inspected(session, "second", finding(severity="high", points=5))
    assert flagged(session) == ["first", "second"]
    insult = next(f for f in first.findings if f.category == "insult")
    quality.decide(session, scope_for(session, "qa"), insult.id, "overturned", "客户说的", now=NOW)
    session.expire_all()
    assert flagged(session) == ["second", "first"]
    assert [f.category for f in quality_scores.flags_of(first)] == ["cold"]


def test_what_cannot_be_told_accuses_nobody_but_banned_words_are_listed_for_listening(
    session: Session,
) -> None:
    add_agents(session)
    add_inspected(session, "mono", finding(verdict="cannot_tell", severity="critical", points=20))
    add_inspected(session, "short", finding("greeting", kind="missing", verdict="cannot_tell", start=None))
    add_inspected(session, "flag", finding(severity="low", points=1))
    assert flagged(session) == ["flag", "mono"]
    counts = quality_counts.count_period(session, SYSTEM, **DAY)
    assert (counts.inspected, counts.flagged, counts.findings) == (3, 1, 1)


def test_what_has_to_be_heard_begins_with_swapped_channels_then_the_longest(session: Session) -> None:
    add_agents(session)

    def stretch(seconds: float, reason: str = "no_words") -> dict[str, Any]:
        return {"channel": 0, "speaker": "agent", "start": 1.0, "end": 1.0 + seconds, "reason": reason}

    add_inspected(session, "clear")
    add_inspected(session, "short", to_listen=[stretch(2)])
    add_inspected(session, "long", to_listen=[stretch(9), stretch(3)])
    add_inspected(session, "hole", to_listen=[stretch(60, "lost")])  # there is nothing to hear
    add_inspected(session, "swapped", channel_map=[{"index": 0, "decided": "contradicted"}])
    day = NOW.date()
    found = list_to_listen(session, SYSTEM, from_on=day, to_on=day)
    assert [one.call.call_id for one in found] == ["swapped", "long", "short"]
    assert [seconds_to_listen(one) for one in found] == [0, 12, 2]


def test_the_list_is_filtered_by_category_agent_team_and_day(session: Session) -> None:
    first, second = add_agents(session)
    add_inspected(session, "a", finding("insult"), finding("cold"))
    add_inspected(session, "b", finding("cold"), agent="K2")
    add_inspected(session, "old", finding("cold"), started_at=NOW - timedelta(days=40))
    assert set(flagged(session, category="cold")) == {"a", "b"}
    assert flagged(session, category="insult") == ["a"]
    assert flagged(session, category="no_such") == []
    assert flagged(session, agent_id=first.id) == ["a"]
    assert flagged(session, team_id=second.team_id) == ["b"]
    assert len(flagged(session, limit=1)) == 1


def test_each_viewer_sees_his_own_calls(session: Session) -> None:
    first, second = add_agents(session)
    add_inspected(session, "a", finding(), agent="K1")
    add_inspected(session, "b", finding(), agent="K2")
    supervisor = scope_for(session, "supervisor", second.team)
    agent = scope_for(session, "agent", agent=first)

    def seen(scope: Any) -> list[str]:
        return [i.call.call_id for i in quality.list_flagged(session, scope, **DAY)]

    assert seen(supervisor) == ["b"]
    assert seen(agent) == ["a"]
    with pytest.raises(LookupError):
        quality.get_inspection(session, supervisor, "a")
    assert quality_counts.count_period(session, supervisor, **DAY).flagged == 1
    assert [row[0] for row in quality_counts.count_categories(session, agent, **DAY)] == ["shirking"]


# -- reviews -----------------------------------------------------------------------------------------


def test_decisions_are_added_never_changed_and_the_latest_counts(session: Session) -> None:
    add_agents(session)
    found = add_inspected(session, "c1", finding()).findings[0]
    qa = scope_for(session, "qa")
    quality.decide(session, qa, found.id, "confirmed", "", now=NOW)
    quality.decide(session, qa, found.id, "overturned", " 听错了 ", now=NOW + timedelta(minutes=1))
    session.expire_all()
    kept = quality.get_inspection(session, SYSTEM, "c1").findings[0]
    assert kept.decision == "overturned"
    assert [(r.decision, r.reason, r.reviewer) for r in kept.reviews] == [
        ("confirmed", "", qa.actor),
        ("overturned", "听错了", qa.actor),
    ]
    details = [
        entry.detail
        for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "finding.reviewed"))
    ]
    assert [d["before"] for d in details] == [None, "confirmed"]


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_overturning_takes_a_reason(session: Session, reason: str) -> None:
    add_agents(session)
    found = add_inspected(session, "c1", finding()).findings[0]
    with pytest.raises(ReviewRefused):
        quality.decide(session, scope_for(session, "qa"), found.id, "overturned", reason, now=NOW)
    assert count(session, FindingReview) == 0


@pytest.mark.parametrize("role", ["supervisor", "manager", "agent", "administrator"])
def test_only_qa_decides(session: Session, role: str) -> None:
    add_agents(session)
    found = add_inspected(session, "c1", finding()).findings[0]
    with pytest.raises(AccessRefused):
        quality.decide(session, scope_for(session, role), found.id, "confirmed", "", now=NOW)
    assert found.decision is None


def test_an_unknown_decision_and_an_unknown_finding_are_refused(session: Session) -> None:
    add_agents(session)
    found = add_inspected(session, "c1", finding()).findings[0]
    qa = scope_for(session, "qa")
    with pytest.raises(ReviewRefused):
        quality.decide(session, qa, found.id, "maybe", "", now=NOW)  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        quality.decide(session, qa, found.id + 1000, "confirmed", "", now=NOW)


def test_qa_of_one_team_cannot_decide_on_another_teams_call(session: Session) -> None:
    _first, second = add_agents(session)
    found = add_inspected(session, "c1", finding(), agent="K1").findings[0]
    with pytest.raises(LookupError):
        quality.decide(session, scope_for(session, "qa", second.team), found.id, "confirmed", "", now=NOW)


# -- counts ------------------------------------------------------------------------------------------


def test_each_count_is_a_part_of_the_one_before(session: Session) -> None:
    add_agents(session)
    qa = scope_for(session, "qa")
    both = add_inspected(session, "both", finding(), finding("cold"))
    add_inspected(session, "waiting", finding())
    innocent = add_inspected(session, "innocent", finding())
    add_inspected(session, "clean")
    quality.decide(session, qa, both.findings[0].id, "confirmed", "", now=NOW)
    quality.decide(session, qa, both.findings[1].id, "overturned", "无误", now=NOW)
    quality.decide(session, qa, innocent.findings[0].id, "overturned", "无误", now=NOW)
    counts = quality_counts.count_period(session, SYSTEM, **DAY)
    assert (counts.calls, counts.recorded) == (4, 0)
    assert (counts.inspected, counts.flagged, counts.reviewed, counts.confirmed) == (4, 3, 2, 1)
    assert (counts.findings, counts.findings_undecided) == (4, 1)
    assert (counts.findings_confirmed, counts.findings_overturned) == (1, 2)


def test_a_period_without_calls_counts_nothing(session: Session) -> None:
    counts = quality_counts.count_period(session, SYSTEM, **DAY)
    assert set(vars_of(counts)) == {0}


def vars_of(counts: quality_counts.PeriodCounts) -> list[int]:
    return [getattr(counts, name) for name in counts.__slots__]


def test_categories_count_the_findings_that_stand(session: Session) -> None:
    add_agents(session)
    qa = scope_for(session, "qa")
    first = add_inspected(session, "a", finding("cold"), finding("insult"))
    add_inspected(session, "b", finding("cold"))
    gone = add_inspected(session, "c", finding("cold"))
    quality.decide(session, qa, gone.findings[0].id, "overturned", "无误", now=NOW)
    quality.decide(session, qa, first.findings[0].id, "confirmed", "", now=NOW)
    rows = quality_counts.count_categories(session, SYSTEM, **DAY)
    assert [(category, n) for category, _, n, _ in rows] == [("cold", 2), ("insult", 1)]
    assert sum(confirmed for *_, confirmed in rows) == 1


# -- scores ------------------------------------------------------------------------------------------


def test_the_score_after_review_leaves_out_what_was_overturned(session: Session) -> None:
    add_agents(session)
    qa = scope_for(session, "qa")
    kept = add_inspected(
        session,
        "c1",
        finding("insult", points=20),
        finding("cold", points=5),
        finding("greeting", points=3, verdict="cannot_tell"),
        score=75,
    )
    insult, cold, greeting = (
        next(f for f in kept.findings if f.category == category)
        for category in ("insult", "cold", "greeting")
    )
    assert quality_scores.final_score(kept) == Decimal(75)
    assert quality_scores.confirmed_score(kept) == Decimal(100)
    assert not quality_scores.is_reviewed(kept)
    quality.decide(session, qa, insult.id, "overturned", "复述客户原话", now=NOW)
    quality.decide(session, qa, cold.id, "confirmed", "", now=NOW)
    assert quality_scores.final_score(kept) == Decimal(95)
    assert quality_scores.confirmed_score(kept) == Decimal(95)
    assert quality_scores.is_reviewed(kept)
    quality.decide(session, qa, greeting.id, "confirmed", "", now=NOW)
    assert quality_scores.final_score(kept) == Decimal(92)


def test_a_score_never_falls_under_nothing_and_overturning_counts_from_the_full_sum(session: Session) -> None:
    add_agents(session)
    kept = add_inspected(session, "c1", *[finding("insult", points=40) for _ in range(4)], score=0)
    assert quality_scores.final_score(kept) == Decimal(0)
    quality.decide(session, scope_for(session, "qa"), kept.findings[0].id, "overturned", "不是", now=NOW)
    assert quality_scores.final_score(kept) == Decimal(0)
    assert quality_scores.worst_severity(kept.findings) == "medium"
    assert quality_scores.worst_severity([]) is None


def test_many_results_are_stored_at_once(session: Session) -> None:
    add_agents(session)
    first = add_inspected(session, "a", finding())
    second = add_inspected(session, "b", finding())
    results = [
        (i.transcript, i.call, InspectionFacts(Decimal(80), (finding("cold"),))) for i in (first, second)
    ]
    assert store_inspections(session, results, book_version="book-2", now=NOW) == 2
    session.expire_all()
    assert not first.is_current
    assert quality.get_inspection(session, SYSTEM, "b").rulebook_version == "book-2"
    assert len(flagged(session, category="cold")) == 2


def test_of_two_transcripts_of_a_call_the_later_gives_the_current_inspection(session: Session) -> None:
    add_agents(session)
    done = add_inspected(session, "c1", finding())
    facts = TranscriptFacts("by hand", "x", (SegmentFacts("customer", 0, 1, "您好"),))
    later = store_transcript(session, done.call, facts, now=NOW)
    results = [(t, done.call, InspectionFacts(Decimal(70), ())) for t in (later, done.transcript)]
    assert store_inspections(session, results, book_version="book-2", now=NOW) == 2
    current = session.scalars(select(Inspection).where(Inspection.is_current)).all()
    assert [i.transcript_id for i in current] == [later.id]
