"""Scorecards: which version judges which call, and what was published when. Their changes are in db/scorecard_drafts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.models import AddedFinding, Call, CallReview, Inspection, Scorecard
from db.visibility import demand
from quality import card_choice, scorecards
from quality.card_choice import Edition
from quality.scorecards import Contact, Found
from regulations.access import SYSTEM, Scope

SHIPPED_FROM = date(1970, 1, 1)
"""Shipped cards are valid for everything that was before them too."""


@dataclass(frozen=True, slots=True)
class _Added:
    """What a person added, as a finding that he confirmed by adding it."""

    category: str
    points: Decimal
    quote: str
    clauses: tuple[str, ...]
    verdict: str = "hit"
    decision: str | None = "confirmed"
    stake: Decimal = Decimal(0)


# -- which card ----------------------------------------------------------------------------------------


def ship_cards(session: Session, now: datetime) -> int:
    """Publish the shipped cards of which no version is there yet, valid from the beginning; how many. The caller commits."""
    known = set(session.scalars(select(Scorecard.code)))
    count = 0
    for card in scorecards.shipped():
        if card.code in known:
            continue
        row = Scorecard(
            code=card.code,
            version=1,
            name_zh=card.zh,
            name_en=card.en,
            definition=scorecards.to_record(card),
            state="published",
            valid_from=SHIPPED_FROM,
            created_at=now,
            created_by=SYSTEM.actor,
            published_at=now,
            published_by=SYSTEM.actor,
        )
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError:  # another process ships it just now
            continue
        detail = {"version": 1, "valid_from": SHIPPED_FROM.isoformat()}
        audit.record(session, SYSTEM, "scorecard.published", "scorecard", card.code, detail, at=now)
        count += 1
    return count


def editions(session: Session, *, now: datetime | None = None) -> list[Edition]:
    """Every version that was ever published. Ships the shipped cards where there is none at all."""
    wanted = select(Scorecard).where(Scorecard.state != "draft").order_by(Scorecard.code, Scorecard.version)
    rows = session.scalars(wanted).all()
    if not rows:
        ship_cards(session, now or datetime.now(UTC))
        rows = session.scalars(wanted).all()
    return [
        Edition(row.id, row.version, card_of(row), row.valid_from, row.retired_from)
        for row in rows
        if row.valid_from is not None
    ]


def card_for(session: Session, call: Call, *, now: datetime | None = None) -> Scorecard:
    """The version by which the call is judged: in force on its local day, made for its channel, direction and kind.

    Raises LookupError where none is. For many calls read `editions` once and ask `quality.card_choice.choose`.
    """
    chosen = card_choice.choose(editions(session, now=now), contact_of(call, None), call.started_on)
    row = session.get(Scorecard, chosen.id) if chosen else None
    if row is None:
        raise LookupError(
            f"no scorecard for {call.channel} {call.direction} {call.kind} on {call.started_on}"
        )
    return row


def card_of(row: Scorecard) -> scorecards.Scorecard:
    """The card of a row. Raises CardError for a definition that was damaged."""
    return _read(json.dumps(row.definition, sort_keys=True))


@lru_cache(maxsize=128)
def _read(definition: str) -> scorecards.Scorecard:
    return scorecards.from_record(json.loads(definition))


# -- what it is asked ----------------------------------------------------------------------------------


def contact_of(call: Call, inspection: Inspection | None) -> Contact:
    """The call as cards see it; with its inspection also which wording it owed its customer."""
    owed = None
    if inspection is not None:
        owed = frozenset(str(check["category"]) for check in inspection.checks if check.get("applicable"))
    return Contact(call.channel, call.direction, call.kind, owed)


def found_of(inspection: Inspection | None, added: Iterable[AddedFinding] = ()) -> list[Found]:
    """What was found in a call, by the machine and by people; what somebody withdrew is left out."""
    mine = [
        _Added(one.category, one.points, one.quote, tuple(one.clauses))
        for one in added
        if one.withdrawn_at is None
    ]
    return [*(inspection.findings if inspection is not None else ()), *mine]


# -- reads ---------------------------------------------------------------------------------------------


def list_cards(session: Session, scope: Scope, *, now: datetime | None = None) -> Sequence[Scorecard]:
    """Every version and every draft, by card, the newest version first. Raises AccessRefused without scorecards.view."""
    demand(scope, "scorecards.view")
    editions(session, now=now)
    return session.scalars(select(Scorecard).order_by(Scorecard.code, Scorecard.version.desc())).all()


def get_card(session: Session, scope: Scope, code: str, version: int) -> Scorecard:
    """One version or draft. Raises AccessRefused without scorecards.view, LookupError when it is not there."""
    demand(scope, "scorecards.view")
    row = session.scalar(select(Scorecard).where(Scorecard.code == code, Scorecard.version == version))
    if row is None:
        raise LookupError(f"{code} {version}")
    return row


def count_reviews(session: Session, scope: Scope) -> dict[int, int]:
    """Finished reviews by the scorecard row that they were scored by. Raises AccessRefused without scorecards.view."""
    demand(scope, "scorecards.view")
    counted = (
        select(CallReview.scorecard_id, func.count())
        .where(CallReview.state == "finished", CallReview.scorecard_id.is_not(None))
        .group_by(CallReview.scorecard_id)
    )
    return {card_id: count for card_id, count in session.execute(counted) if card_id is not None}


def last_scored_on(session: Session, card: scorecards.Scorecard, *, now: datetime) -> date | None:
    """The local day of the latest call that was reviewed, or is being reviewed, and that this card concerns.

    That is one scored by any version of it, or one that it would fit. Calibration rounds name their card and do not count.
    """
    fits = [
        column.in_(codes)
        for column, codes in (
            (Call.channel, card.channels),
            (Call.direction, card.directions),
            (Call.kind, card.kinds),
        )
        if codes
    ]
    return session.scalar(
        select(func.max(Call.started_on))
        .select_from(CallReview)
        .join(Call, Call.id == CallReview.call_id)
        .outerjoin(Scorecard, Scorecard.id == CallReview.scorecard_id)
        .where(
            CallReview.round_id.is_(None),
            or_(
                CallReview.state == "finished",
                (CallReview.state == "claimed") & (CallReview.claimed_until > now),
            ),
            or_(Scorecard.code == card.code, and_(true(), *fits)),
        )
    )


def known_categories(session: Session) -> frozenset[str]:
    """Categories that findings may have: those known out of the box and those of the rulebook in force."""
    book = rulebooks.in_force(session)
    return scorecards.CATEGORIES | {
        rule.category for rule in (*book.required_phrases(), *book.banned_phrases())
    }
