"""Rulebooks in force: from a day on, never changed afterwards."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import rulebooks
from db.models import AuditEntry, RulebookVersion
from regulations.access import ACCOUNT_ROLES, SYSTEM, AccessRefused
from regulations.rulebook import Rulebook, load_rulebook
from tests.factories import NOW, TODAY, scope


@pytest.fixture
def two_books(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rulebook, Rulebook]:
    site = tmp_path_factory.mktemp("site") / "site.toml"
    site.write_text(
        '[preset]\nid = "site"\ntitle = "本单位"\n\n[complaint.forward_within]\nvalue = 2\nunit = "hour"\nsource = []\nstatus = "product_choice"\n',
        encoding="utf-8",
    )
    return load_rulebook(), load_rulebook((), site)


def test_without_a_published_one_the_rulebook_of_the_settings_applies(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebooks, "configured", lambda: load_rulebook())
    assert rulebooks.in_force(session).version == load_rulebook().version
    assert rulebooks.list_versions(session) == []


def test_the_first_publication_of_the_settings_happens_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rulebooks, "configured", lambda: load_rulebook())
    first = rulebooks.publish_configured(session, SYSTEM, NOW)
    assert rulebooks.publish_configured(session, SYSTEM, NOW).version == first.version
    assert len(rulebooks.list_versions(session)) == 1


def test_a_rulebook_applies_from_its_day_and_the_earlier_one_before_it(
    session: Session, two_books: tuple[Rulebook, Rulebook]
) -> None:
    old, new = two_books
    assert old.version != new.version
    rulebooks.publish(session, SYSTEM, old, date(2026, 1, 1), NOW)
    rulebooks.publish(session, SYSTEM, new, TODAY, NOW)
    assert rulebooks.in_force(session, TODAY).version == new.version
    assert rulebooks.in_force(session, TODAY - timedelta(days=1)).version == old.version
    assert rulebooks.in_force(session, date(2020, 1, 1)).version == old.version


def test_one_that_comes_into_force_again_does_not_rewrite_when_it_was_in_force_before(
    session: Session, two_books: tuple[Rulebook, Rulebook]
) -> None:
    old, new = two_books
    for book, day in ((old, 1), (new, 10), (old, 20)):
        rulebooks.publish(session, SYSTEM, book, date(2026, 11, day), NOW)
    versions = [rulebooks.in_force(session, date(2026, 11, day)).version for day in (5, 15, 25)]
    assert versions == [old.version, new.version, old.version]
    assert [row.valid_from.day for row in rulebooks.list_versions(session)] == [20, 10, 1]


def test_publishing_the_same_for_the_same_day_changes_nothing(
    session: Session, two_books: tuple[Rulebook, Rulebook]
) -> None:
    first = rulebooks.publish(session, SYSTEM, two_books[0], TODAY, NOW)
    again = rulebooks.publish(session, SYSTEM, two_books[0], TODAY, NOW + timedelta(days=1))
    assert again.id == first.id and again.published_at == NOW
    assert len(session.scalars(select(AuditEntry)).all()) == 1


def test_a_kept_rulebook_reads_back_as_the_same(
    session: Session, two_books: tuple[Rulebook, Rulebook], monkeypatch: pytest.MonkeyPatch
) -> None:
    rulebooks.publish(session, SYSTEM, two_books[1], TODAY, NOW)
    session.commit()
    session.expire_all()
    monkeypatch.setattr(rulebooks, "_kept", {})
    book = rulebooks.by_version(session, two_books[1].version)
    assert book.version == two_books[1].version
    assert book.duration("complaint.forward_within") == two_books[1].duration("complaint.forward_within")


def test_an_unknown_version_is_a_lookup_error_and_falls_back_where_one_is_given(
    session: Session, two_books: tuple[Rulebook, Rulebook]
) -> None:
    with pytest.raises(LookupError):
        rulebooks.by_version(session, "0" * 16)
    assert rulebooks.made_under(session, "0" * 16, two_books[0]) is two_books[0]
    rulebooks.publish(session, SYSTEM, two_books[1], TODAY, NOW)
    assert rulebooks.made_under(session, two_books[1].version, two_books[0]).version == two_books[1].version


@pytest.mark.parametrize("role", [r for r in ACCOUNT_ROLES if r not in ("manager", "administrator")])
def test_only_a_manager_or_an_administrator_publishes(session: Session, role: str) -> None:
    with pytest.raises(AccessRefused):
        rulebooks.publish(session, scope(role), load_rulebook(), TODAY, NOW)
    assert session.scalars(select(RulebookVersion)).all() == []
