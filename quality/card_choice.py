"""Which scorecard a contact is judged by: of the versions in force on its day that fit it, the narrowest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from quality.card_checks import CONTACTS
from quality.card_types import Contact, Scorecard


@dataclass(frozen=True, slots=True)
class Edition:
    """A published version: valid for contacts of the local days from `valid_from` on, until before `retired_from`."""

    id: int
    version: int
    card: Scorecard
    valid_from: date
    retired_from: date | None = None


def in_force(editions: Iterable[Edition], on: date) -> list[Edition]:
    """One version of each card: the one begun last, unless it is retired by then."""
    latest: dict[str, Edition] = {}
    for edition in editions:
        before = latest.get(edition.card.code)
        if edition.valid_from <= on and (before is None or before.valid_from < edition.valid_from):
            latest[edition.card.code] = edition
    return [e for e in latest.values() if e.retired_from is None or on < e.retired_from]


def choose(editions: Iterable[Edition], contact: Contact, on: date) -> Edition | None:
    """The version by which a contact of that day is judged; None where no card is made for it.

    Of several the narrowest (`Scorecard.narrowness`), of equally narrow ones the one begun last.
    """
    fitting = [e for e in in_force(editions, on) if e.card.fits(contact)]
    return max(fitting, key=lambda e: (e.card.narrowness, e.valid_from, e.card.code), default=None)


def without_card(editions: Iterable[Edition], since: date) -> tuple[Contact, date] | None:
    """A telephone or chat contact that nothing would judge on a day from `since` on, with that day; None where all is well."""
    kept = list(editions)
    turns = {since} | {
        day for e in kept for day in (e.valid_from, e.retired_from) if day is not None and day > since
    }
    for day in sorted(turns):
        for contact in CONTACTS:
            if contact.channel != "visit" and choose(kept, contact, day) is None:
                return contact, day
    return None
