"""The draft of the next rulebook: two editors, publication from a date, nothing lost and nothing rewritten."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import rule_findings, rulebook_drafts, rulebooks
from db.engine import make_engine
from db.models import AuditEntry, Base, Call, Finding, Inspection, RulebookDraft, Transcript
from db.refusals import Refused, StaleCase
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, SYSTEM, AccessRefused
from regulations.editing import phrase_of
from regulations.rulebook import RulebookError
from tests.factories import NOW, TODAY, make_agent, make_call, scope
from tests.regulations.few_phrases import book_of_few_phrases

QA, MANAGER = scope("qa"), scope("manager")


def phrase(id_: str = "cold-new", action: str = "add", **fields: Any) -> dict[str, Any]:
    record = {
        "id": id_,
        "category": "cold",
        "texts": ["关我什么事"],
        "source": [],
        "status": "product_choice",
    }
    return {"what": "phrase", "list": "banned", "action": action, "id": id_, "record": {**record, **fields}}


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture
def published(session: Session) -> Session:
    """A desk whose rulebook was published some time ago."""
    rulebooks.publish(session, SYSTEM, book_of_few_phrases(), date(2026, 1, 1), NOW)
    return session


def test_the_first_edit_begins_the_draft_and_every_change_is_on_record(published: Session) -> None:
    draft = rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    assert draft is not None
    rulebook_drafts.save_edit(published, QA, phrase("cold-more", texts=["少来烦我"]), seen=1, now=NOW)
    rulebook_drafts.take_back(published, QA, "phrase.banned[cold-new]", seen=2, now=NOW)
    rulebook_drafts.discard(published, QA, seen=3, now=NOW)
    assert rulebook_drafts.get_open(published, QA) is None
    assert actions(published)[1:] == [
        f"rulebook_draft.{a}" for a in ("started", "changed", "changed", "changed", "discarded")
    ]
    kept = published.scalars(select(RulebookDraft)).one()
    assert [edit["id"] for edit in kept.edits] == ["cold-more"]


def test_the_second_of_two_editors_is_told_and_loses_nothing_of_the_first(published: Session) -> None:
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    with pytest.raises(StaleCase) as told:  # began one too, at the same time
        rulebook_drafts.save_edit(published, MANAGER, phrase("cold-mine"), seen=None, now=NOW)
    assert "没有保存" in told.value.zh and "not saved" in told.value.en
    rulebook_drafts.save_edit(published, QA, phrase("cold-more"), seen=1, now=NOW)
    for act in (
        lambda: rulebook_drafts.save_edit(published, MANAGER, phrase("cold-mine"), seen=1, now=NOW),
        lambda: rulebook_drafts.take_back(published, MANAGER, "phrase.banned[cold-new]", seen=1, now=NOW),
        lambda: rulebook_drafts.discard(published, MANAGER, seen=1, now=NOW),
        lambda: rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=1, now=NOW),
    ):
        with pytest.raises(StaleCase):
            act()
    draft = rulebook_drafts.get_open(published, QA)
    assert draft is not None and [edit["id"] for edit in draft.edits] == ["cold-new", "cold-more"]


def test_two_first_edits_in_two_transactions_make_one_draft(database_url: str) -> None:
    engine = make_engine(database_url)
    Base.metadata.create_all(engine)
    with Session(engine) as one, one.begin():
        rulebooks.publish(one, SYSTEM, book_of_few_phrases(), date(2026, 1, 1), NOW)
    with Session(engine) as one, Session(engine) as two:
        assert rulebook_drafts.get_open(two, QA) is None
        two.rollback()
        rulebook_drafts.save_edit(one, QA, phrase(), seen=None, now=NOW)
        one.commit()
        with pytest.raises(StaleCase):
            rulebook_drafts.save_edit(two, QA, phrase("cold-mine"), seen=None, now=NOW)
    engine.dispose()


def test_a_published_draft_holds_from_its_day_and_earlier_days_keep_theirs(published: Session) -> None:
    was = rulebooks.in_force(published, TODAY)
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    day = TODAY + timedelta(days=3)
    row = rulebook_drafts.publish(published, MANAGER, valid_from=day, note="九月投诉", seen=1, now=NOW)
    assert rulebooks.in_force(published, day).version == row.version != was.version
    assert rulebooks.in_force(published, day - timedelta(days=1)).version == was.version
    assert phrase_of(rulebooks.in_force(published, day), "banned", "cold-new") is not None
    done = rulebook_drafts.list_finished(published, QA)[0]
    assert (done.status, done.note, done.published_version, done.valid_from) == (
        "published",
        "九月投诉",
        row.version,
        day,
    )
    assert (row.published_by, actions(published)[-2:]) == (
        MANAGER.actor, ["rulebook.published", "rulebook_draft.published"],
    )  # fmt: skip
    # The next draft builds on what is announced already, and cannot take effect before it.
    rulebook_drafts.save_edit(published, QA, phrase("cold-more", texts=["少来烦我"]), seen=None, now=NOW)
    with pytest.raises(Refused, match="announced"):
        rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=1, now=NOW)
    rulebook_drafts.publish(published, MANAGER, valid_from=day, note="x", seen=1, now=NOW)
    assert phrase_of(rulebooks.in_force(published, day), "banned", "cold-new") is not None


@pytest.mark.parametrize(
    ("valid_from", "note", "said"),
    [
        (TODAY - timedelta(days=1), "x", "不能早于今天"),
        (TODAY + timedelta(days=367), "x", "一年之内"),
        (TODAY, "  ", "为什么修改"),
        (TODAY, "长" * 1001, "最多 1000 字"),
    ],
)
def test_a_publication_is_refused_with_what_to_do(
    published: Session, valid_from: date, note: str, said: str
) -> None:
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    with pytest.raises(Refused) as refused:
        rulebook_drafts.publish(published, MANAGER, valid_from=valid_from, note=note, seen=1, now=NOW)
    assert said in refused.value.zh
    assert len(rulebooks.list_versions(published)) == 1


def test_a_draft_that_changes_nothing_is_not_published(published: Session) -> None:
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    rulebook_drafts.take_back(published, QA, "phrase.banned[cold-new]", seen=1, now=NOW)
    with pytest.raises(Refused, match="changes nothing"):
        rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=2, now=NOW)


def test_an_edit_that_changes_nothing_begins_no_draft(published: Session) -> None:
    book = rulebooks.in_force(published, TODAY)
    same = {
        "what": "parameter",
        "key": "speech.join_pause",
        "value": float(book.decimal("speech.join_pause") or 0),
    }
    edit = {
        **same,
        "source": list(book.clauses("speech.join_pause")),
        "status": book.status("speech.join_pause"),
    }
    assert rulebook_drafts.save_edit(published, QA, edit, seen=None, now=NOW) is None
    assert rulebook_drafts.get_open(published, QA) is None


def test_a_wrong_edit_leaves_the_draft_as_it_was(published: Session) -> None:
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    with pytest.raises(RulebookError):
        rulebook_drafts.save_edit(published, QA, phrase("cold-more", texts=["再见"]), seen=1, now=NOW)
    draft = rulebook_drafts.get_open(published, QA)
    assert draft is not None and (draft.row_version, len(draft.edits)) == (1, 1)


def test_a_draft_that_was_overtaken_is_moved_before_it_is_published(published: Session) -> None:
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    rulebooks.publish(published, SYSTEM, book_of_few_phrases("ecommerce_shop"), TODAY, NOW)
    with pytest.raises(Refused, match="another version"):
        rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=1, now=NOW)
    rulebook_drafts.move_to_latest(published, QA, seen=1, now=NOW)
    rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=2, now=NOW)
    book = rulebooks.in_force(published, TODAY)
    assert "ecommerce_shop" in book.preset_ids and phrase_of(book, "banned", "cold-new") is not None


def test_going_back_on_the_same_day_says_that_it_takes_a_day(published: Session) -> None:
    book = book_of_few_phrases()
    rulebooks.publish(published, SYSTEM, book, TODAY, NOW)
    rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
    rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=1, now=NOW)
    rulebook_drafts.save_edit(published, QA, phrase(action="remove"), seen=None, now=NOW)
    with pytest.raises(Refused, match="a day later"):
        rulebook_drafts.publish(published, MANAGER, valid_from=TODAY, note="x", seen=1, now=NOW)
    rulebook_drafts.publish(
        published, MANAGER, valid_from=TODAY + timedelta(days=1), note="x", seen=1, now=NOW
    )


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_who_may_edit_and_who_may_publish(published: Session, role: str) -> None:
    if role not in CAPABILITIES["rulebook.edit"]:
        with pytest.raises(AccessRefused):
            rulebook_drafts.save_edit(published, scope(role), phrase(), seen=None, now=NOW)
        rulebook_drafts.save_edit(published, QA, phrase(), seen=None, now=NOW)
        for act in (rulebook_drafts.discard, rulebook_drafts.move_to_latest):
            with pytest.raises(AccessRefused):
                act(published, scope(role), seen=1, now=NOW)
    else:
        rulebook_drafts.save_edit(published, scope(role), phrase(), seen=None, now=NOW)
    if role not in CAPABILITIES["rulebook.publish"]:
        with pytest.raises(AccessRefused):
            rulebook_drafts.publish(published, scope(role), valid_from=TODAY, note="x", seen=1, now=NOW)


def test_how_often_a_phrase_was_found_counts_what_the_viewer_sees(published: Session) -> None:
    ours, theirs = make_agent(published), make_agent(published)
    decisions = ["confirmed", "overturned", None]
    for agent in (ours, theirs):
        call: Call = make_call(published, agent)
        transcript = Transcript(
            call_id=call.id, engine="x", model_hash="", settings_hash=str(agent.id), versions={},
            suppressed=[], created_at=NOW,
        )  # fmt: skip
        published.add(transcript)
        published.flush()
        findings = [
            Finding(
                rule="cold-x", kind="banned", category="cold", phase="any", quote="x", clauses=[], severity="low",
                points=1, steps=[], decision=decision, verdict="cannot_tell" if decision is None else "hit",
            )
            for decision in decisions
        ]  # fmt: skip
        published.add(
            Inspection(
                call_id=call.id, transcript_id=transcript.id, started_on=call.started_on, rulebook_version="v",
                machine_score=100, suppressed=[], checks=[], created_at=NOW, findings=findings,
            )
        )  # fmt: skip
    published.flush()
    day = {"from_on": call.started_on, "to_on": call.started_on}
    use, inspected = rule_findings.count_by_rule(published, QA, **day)
    assert (use["cold-x"], inspected) == (rule_findings.RuleUse(4, 2, 2, 2, 2), 2)
    supervisor = scope("supervisor", ours.team)
    use, inspected = rule_findings.count_by_rule(published, supervisor, **day)
    assert (use["cold-x"], inspected) == (rule_findings.RuleUse(2, 1, 1, 1, 1), 1)
    rows = rule_findings.list_of_rule(published, supervisor, "cold-x", **day)
    assert len(rows) == use["cold-x"].total and {row.agent_name for row in rows} == {ours.name}
    with pytest.raises(AccessRefused):
        rule_findings.count_by_rule(published, scope("administrator"), **day)
