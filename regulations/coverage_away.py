"""How long somebody who left his post is not counted on: while he is away, and ahead as far as he is not to be expected.

Whoever is away within the limit of his kind (A1.8, B1.8, B1.20, A4.28) is expected back when it ends; who has run over
it, or has none, is not counted on for the rest of his work, like somebody who clocked out. Where somebody stands in,
the post is held (B1.17).
"""

from __future__ import annotations

from datetime import datetime

from regulations.attendance_terms import Terms
from regulations.intervals import Interval
from regulations.punches import OffPostFact


def away_until(fact: OffPostFact, work: Interval, post: str, now: datetime, terms: Terms) -> Interval | None:
    """The part of a stretch of work for which the post is without him, [start, end); None where there is none.

    Known at `now`: what begins later is not looked at.
    """
    start, end = work
    if fact.is_relieved or fact.starts_at > now or not start <= fact.starts_at < end:
        return None
    if fact.ends_at is not None:
        until = fact.ends_at
    else:
        limit = {
            "private_call": terms.call_limit(post)[0],
            "visitor": terms.visitor_limit,
        }.get(fact.kind, terms.away_limit)
        is_within = limit is not None and now < fact.starts_at + limit
        until = fact.starts_at + limit if limit is not None and is_within else end
    until = min(until, end)
    return (fact.starts_at, until) if until > fact.starts_at else None
