"""Who changed a phrase from when on and why, and the way back to an earlier rulebook."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import rulebook_drafts, rulebook_history, rulebooks
from db.models import AuditEntry
from db.refusals import Refused, StaleCase
from regulations.access import AccessRefused
from regulations.editing import phrase_of
from tests.db.test_rulebook_drafts import MANAGER, QA, phrase, published  # noqa: F401
from tests.factories import NOW, TODAY, scope

KEY = "phrase.banned[cold-new]"


def publish_it(session: Session) -> None:
    draft = rulebook_drafts.save_edit(session, QA, phrase(), seen=None, now=NOW)
    assert draft is not None
    rulebook_drafts.publish(
        session, MANAGER, valid_from=TODAY, note="客户投诉", seen=draft.row_version, now=NOW
    )


def test_a_phrase_knows_who_changed_it_and_why(published: Session) -> None:  # noqa: F811
    assert rulebook_history.history_of(published, QA, KEY) == []
    publish_it(published)
    draft = rulebook_drafts.save_edit(published, QA, phrase("change", points=3), seen=None, now=NOW)
    assert draft is not None
    rulebook_drafts.discard(published, QA, seen=draft.row_version, now=NOW)
    (done,) = rulebook_history.history_of(published, QA, KEY)  # what was discarded changed nothing
    assert (done.note, done.valid_from) == ("客户投诉", TODAY)
    with pytest.raises(AccessRefused):
        rulebook_history.history_of(published, scope("agent"), KEY)


def test_the_way_back_is_a_draft_that_is_published_like_any_other(published: Session) -> None:  # noqa: F811
    first = rulebooks.by_version(published, rulebooks.list_versions(published)[0].version)
    publish_it(published)
    assert rulebook_history.return_to(published, QA, first, now=NOW) == []
    draft = rulebook_drafts.get_open(published, QA)
    assert draft is not None and [edit["action"] for edit in draft.edits] == ["remove"]
    assert rulebook_drafts.book_of(published, draft).version == first.version
    details = published.scalars(
        select(AuditEntry.detail).where(AuditEntry.action == "rulebook_draft.changed")
    )
    assert any(detail.get("returns_to") == first.version for detail in details)
    day = TODAY + timedelta(days=1)
    rulebook_drafts.publish(
        published, MANAGER, valid_from=day, note="改错了", seen=draft.row_version, now=NOW
    )
    assert phrase_of(rulebooks.in_force(published, TODAY), "banned", "cold-new") is not None
    assert phrase_of(rulebooks.in_force(published, day), "banned", "cold-new") is None


def test_there_is_no_way_back_to_where_one_stands_beside_a_draft_or_for_who_may_not_edit(
    published: Session,  # noqa: F811
) -> None:
    first = rulebooks.by_version(published, rulebooks.list_versions(published)[0].version)
    with pytest.raises(Refused, match="nothing to return to"):
        rulebook_history.return_to(published, QA, first, now=NOW)
    with pytest.raises(AccessRefused):
        rulebook_history.return_to(published, scope("supervisor"), first, now=NOW)
    publish_it(published)
    rulebook_drafts.save_edit(published, QA, phrase("change", points=3), seen=None, now=NOW)
    with pytest.raises(StaleCase):
        rulebook_history.return_to(published, QA, first, now=NOW)
