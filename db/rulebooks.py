"""The rulebooks that were and are in force. A published one never changes; a new one has its own row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from db import audit
from db.models import RulebookVersion
from db.visibility import demand
from regulations.access import Scope
from regulations.rulebook import Rulebook, load_rulebook
from settings import get_settings

_kept: dict[str, Rulebook] = {}  # by version, which is a content hash: a rulebook once read stays true


def in_force(session: Session, on: date | None = None) -> Rulebook:
    """The rulebook in force on a local date; None: today.

    The latest whose `valid_from` has come; before the first one, the first. While none is published
    the rulebook of the settings (RULEBOOK, SITE_RULEBOOK) applies. Raises RulebookError for one that
    cannot be loaded.
    """
    rows = session.execute(
        select(RulebookVersion.version, RulebookVersion.valid_from).order_by(
            RulebookVersion.valid_from, RulebookVersion.id
        )
    ).all()
    if not rows:
        return configured()
    first = by_version(session, rows[0].version)
    day = on or datetime.now(ZoneInfo(first.text("calendar.timezone") or "Asia/Shanghai")).date()
    begun = [row.version for row in rows if row.valid_from <= day]
    return by_version(session, begun[-1]) if begun else first


def by_version(session: Session, version: str) -> Rulebook:
    """The rulebook of a version. Raises LookupError when it was never published here."""
    if version not in _kept:
        row = session.scalar(select(RulebookVersion).where(RulebookVersion.version == version).limit(1))
        if row is None:
            raise LookupError(version)
        _kept[version] = Rulebook.from_record(row.content)
    return _kept[version]


def made_under(session: Session, version: str, otherwise: Rulebook) -> Rulebook:
    """The rulebook a row was made under; `otherwise` when that one was never published here."""
    if version == otherwise.version:
        return otherwise
    try:
        return by_version(session, version)
    except LookupError:
        return otherwise


def publish(
    session: Session, scope: Scope, book: Rulebook, valid_from: date, now: datetime
) -> RulebookVersion:
    """Put a rulebook in force from a local date on; publishing the same for the same day changes nothing.

    What was decided under earlier ones stays as it was. Raises AccessRefused without rulebook.publish.
    """
    demand(scope, "rulebook.publish")
    row = session.scalar(
        select(RulebookVersion).where(
            RulebookVersion.version == book.version, RulebookVersion.valid_from == valid_from
        )
    )
    if row is not None:
        return row
    row = RulebookVersion(
        version=book.version,
        presets=list(book.preset_ids),
        content=book.as_record(),
        valid_from=valid_from,
        published_at=now,
        published_by=scope.actor,
    )
    session.add(row)
    session.flush()
    detail = {"version": book.version, "valid_from": valid_from.isoformat(), "presets": list(book.preset_ids)}
    audit.record(session, scope, "rulebook.published", "rulebook", book.version, detail, at=now)
    return row


def publish_configured(session: Session, scope: Scope, now: datetime) -> Rulebook:
    """Publish the rulebook of the settings in an empty database, valid for everything before it too."""
    if session.scalar(select(RulebookVersion.id).limit(1)) is None:
        publish(session, scope, configured(), date(1970, 1, 1), now)
    return in_force(session)


def list_versions(session: Session) -> Sequence[RulebookVersion]:
    """All published rulebooks, the latest first; their content is read only when it is asked for."""
    return session.scalars(
        select(RulebookVersion)
        .options(defer(RulebookVersion.content))
        .order_by(RulebookVersion.valid_from.desc(), RulebookVersion.id.desc())
    ).all()


def configured() -> Rulebook:
    """The rulebook of the settings. Raises RulebookError, SettingsError."""
    settings = get_settings()
    return load_rulebook(settings.presets, settings.site_rulebook)
