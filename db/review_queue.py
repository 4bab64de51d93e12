"""Which calls wait for a reviewer, and in which order: rows gathered here, decided in quality/queueing.py."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session

from db.calls import in_scope
from db.models import Call, CallReview, Finding, Inspection, SampleCall, User
from db.quality import FLAGS, is_flag, is_to_hear
from db.review_blind import outside_his_rounds
from db.visibility import demand
from quality import queueing
from quality.queueing import OpenFinding, Place, Waiting
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

LEARNT_DAYS = 180  # decisions of the last half year tell how likely a finding of a rule is confirmed
FROM_THE_QUEUE = ("flag", "sample")


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A call that waits, its place, and why it stands there."""

    call: Call
    place: Place

    @property
    def is_blind(self) -> bool:
        """Whether it is to be reviewed without the machine's findings."""
        return self.place.lane == "blind"


@dataclass(frozen=True, slots=True)
class Held:
    """A call that somebody is reviewing just now."""

    call: Call
    by: str
    since: datetime
    until: datetime
    is_own: bool


def list_queue(
    session: Session, scope: Scope, book: Rulebook, now: datetime, *, limit: int | None = None
) -> list[QueueEntry]:
    """The calls in scope that wait for a review, in the order in which this reviewer takes them.

    From the last `qa.queue_reach`: calls with something undecided, and the drawn ones that nobody has reviewed. What somebody
    has in hand is not among them. Raises AccessRefused without the capability.
    """
    demand(scope, "quality.review")
    calls: dict[str, Call] = {}
    waiting: dict[str, Waiting] = {}
    period = _period(book, now)
    free = (
        *in_scope(scope),
        Call.started_on.between(*period),
        ~_is_held(now),
        *outside_his_rounds(scope),
    )
    for call, is_blind in _drawn(session, free):
        calls[call.call_id] = call
        waiting[call.call_id] = Waiting(call.call_id, call.started_at, (), is_drawn=True, is_blind=is_blind)
    for call, findings in _undecided(session, free, period[1]):
        known = waiting.get(call.call_id)
        if known is not None and known.is_blind:
            continue
        calls[call.call_id] = call
        waiting[call.call_id] = Waiting(
            call.call_id, call.started_at, findings, is_drawn=known is not None, is_blind=False
        )
    places = queueing.order(
        list(waiting.values()), queueing.terms_of(book), taken=_taken(session, scope, now, book)
    )
    return [QueueEntry(calls[place.call_id], place) for place in places[:limit]]


def list_held(session: Session, scope: Scope, now: datetime) -> list[Held]:
    """The calls in scope that somebody is reviewing now, the longest first; rounds of calibration are not among them."""
    demand(scope, "quality.review")
    rows = session.execute(
        select(CallReview, Call)
        .join(Call, Call.id == CallReview.call_id)
        .where(*_in_hand(now), *in_scope(scope))
        .order_by(CallReview.claimed_at, CallReview.id)
    )
    return [
        Held(
            call,
            review.reviewer,
            review.claimed_at,
            review.claimed_until,
            review.reviewer_id == scope.user_id,
        )
        for review, call in rows.tuples()
    ]


def given_back(session: Session, scope: Scope, since: datetime) -> set[int]:
    """The ids of calls that this reviewer gave back since then: they are offered to him last."""
    return set(
        session.scalars(
            select(CallReview.call_id).where(
                CallReview.state == "released",
                CallReview.reviewer_id == scope.user_id,
                CallReview.claimed_until >= since,
            )
        )
    )


def _period(book: Rulebook, now: datetime) -> tuple[date, date]:
    today = WorkCalendar.from_rulebook(book).day_of(now)
    reach = book.duration("qa.queue_reach")
    return today - timedelta(days=int(reach.value) if reach is not None else 45), today


def _in_hand(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return CallReview.state == "claimed", CallReview.round_id.is_(None), CallReview.claimed_until >= now


def _is_held(now: datetime) -> ColumnElement[bool]:
    return exists().where(CallReview.call_id == Call.id, *_in_hand(now))


def _drawn(session: Session, free: tuple[ColumnElement[bool], ...]) -> list[tuple[Call, bool]]:
    reviewed = exists().where(CallReview.call_id == Call.id, CallReview.stands)
    rows = session.execute(
        select(Call, SampleCall.is_blind)
        .join(SampleCall, SampleCall.call_id == Call.id)
        .where(SampleCall.is_drawn, ~reviewed, *free)
        .order_by(SampleCall.id)
    )
    return list(rows.tuples())


def _undecided(
    session: Session, free: tuple[ColumnElement[bool], ...], today: date
) -> list[tuple[Call, tuple[OpenFinding, ...]]]:
    reviewed = exists().where(
        CallReview.call_id == Call.id, CallReview.stands, CallReview.inspection_id == Inspection.id
    )
    rows = session.execute(
        select(
            Call.id,
            Finding.rule,
            Finding.layer,
            Finding.category,
            Finding.points,
            Finding.stake,
            Finding.verdict,
            Finding.probability,
        )
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(
            Inspection.is_current,
            Finding.decision.is_(None),
            or_(is_flag(), is_to_hear()),
            ~reviewed,
            *free,
        )
        .order_by(Finding.id)
    ).all()
    record = _record(session, today)
    found: dict[int, list[OpenFinding]] = defaultdict(list)
    for row in rows:
        prior = queueing.SURE if row.verdict in FLAGS else row.probability
        confirmed, decided = record.get((row.rule, row.layer), (0, 0))
        found[row.id].append(
            OpenFinding(
                row.category,
                row.stake or row.points,
                queueing.UNKNOWN if prior is None else prior,
                confirmed,
                decided,
            )
        )
    ids = list(found)
    calls: list[Call] = []
    for first in range(0, len(ids), 500):
        calls += session.scalars(select(Call).where(Call.id.in_(ids[first : first + 500])))
    return [(call, tuple(found[call.id])) for call in calls]


def _record(session: Session, today: date) -> dict[tuple[str, str], tuple[int, int]]:
    """Of each rule and layer: how many findings people confirmed, and how many they decided on."""
    rows: Any = session.execute(
        select(
            Finding.rule,
            Finding.layer,
            func.sum(case((Finding.decision == "confirmed", 1), else_=0)),
            func.count(),
        )
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .where(Finding.decision.is_not(None), Inspection.started_on >= today - timedelta(days=LEARNT_DAYS))
        .group_by(Finding.rule, Finding.layer)
    )
    return {(rule, layer): (int(confirmed), int(decided)) for rule, layer, confirmed, decided in rows}


def _taken(session: Session, scope: Scope, now: datetime, book: Rulebook) -> int:
    """How many calls this reviewer took from the queue within its reach and kept: where his rhythm goes on."""
    first = WorkCalendar.from_rulebook(book).start_of_day(_period(book, now)[0])
    return (
        session.scalar(
            select(func.count()).where(
                CallReview.reviewer_id == scope.user_id,
                CallReview.purpose.in_(FROM_THE_QUEUE),
                CallReview.state != "released",
                CallReview.claimed_at >= first,
            )
        )
        or 0
    )


def reviewer_name(session: Session, scope: Scope) -> str:
    """What colleagues call this viewer."""
    user = session.get(User, scope.user_id) if scope.user_id is not None else None
    return (user.display_name if user is not None else scope.actor)[:80]
