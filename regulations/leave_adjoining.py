"""Leave that adjoins other leave: one absence, whatever the number of requests, so that levels are not passed by splitting.

No rostered time lies between two leaves that adjoin (decision 12). A1.25 and A2.53 give levels by the length.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.intervals import clip, subtract
from regulations.leave_days import Windows, count, hours_on, is_rest, usual_hours
from regulations.leave_facts import LeaveRequestFacts, OtherLeave, days_text
from regulations.names import name_of
from regulations.verdict import Step
from regulations.wording import instant_text, number_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=31)  # no rest between two leaves is as long


def days_for_level(
    facts: LeaveRequestFacts, days: Decimal, book: Rulebook
) -> tuple[Decimal, tuple[Step, ...]]:
    """The days by which the level follows, and the other requests that are in them; `days` are this one's own."""
    others = adjoining(facts, book)
    if not others:
        return days, ()
    together = max(days, count_together(facts, others, book))
    zone = WorkCalendar.from_rulebook(book).timezone
    steps = []
    for other in others:
        begun, over = (instant_text(at, zone) for at in (other.starts_at, other.ends_at))
        kind, state = name_of("leave_type", other.type), name_of("request_state", other.state)
        en = (
            name_of("leave_type", other.type, "en").lower(),
            name_of("request_state", other.state, "en").lower(),
        )
        steps.append(
            Step(
                f"与另一份{kind}（{begun} 至 {over}，{state}）相连，其间没有当班时间",
                f"It adjoins other leave ({en[0]}, {begun} to {over}, {en[1]}), with no work in between",
            )
        )
    said = Step(
        f"相连的请假合并定审批层级（本系统约定）：合计 {number_text(together)} 天，本次 {number_text(days)} 天",
        f"Adjoining leave counts together for the level (our reading): {days_text(together)} in all,"
        f" {number_text(days)} in this request",
    )
    return together, (*steps, said)


def adjoining(facts: LeaveRequestFacts, book: Rulebook) -> tuple[OtherLeave, ...]:
    """Other leave of the type that, with no rostered time in between, is one absence with this one, the earliest first."""
    calendar = WorkCalendar.from_rulebook(book)
    start, end = whole_seconds(facts.starts_at), whole_seconds(facts.ends_at)
    if end <= start:
        return ()
    usual = usual_hours(facts, (start, end), calendar, book)
    same = [one for one in facts.others if one.type == facts.type]
    left = [
        one for one in same if not (one.starts_at < end and one.ends_at > start)
    ]  # what overlaps is refused
    found: list[OtherLeave] = []
    while True:
        near = [
            one
            for one in left
            if one.ends_at > start - _FARTHEST
            and one.starts_at < end + _FARTHEST
            and not _works(facts, one.ends_at, start, usual, calendar)
            and not _works(facts, end, one.starts_at, usual, calendar)
        ]
        if not near:
            return tuple(sorted(found, key=lambda one: one.starts_at))
        found += near
        left = [one for one in left if one not in near]
        start, end = min(start, *(o.starts_at for o in near)), max(end, *(o.ends_at for o in near))


def count_together(facts: LeaveRequestFacts, others: Iterable[OtherLeave], book: Rulebook) -> Decimal:
    """The days of one leave that would run from the first beginning to the last end of all these."""
    spans = [(facts.starts_at, facts.ends_at), *((o.starts_at, o.ends_at) for o in others)]
    whole = replace(facts, starts_at=min(s for s, _ in spans), ends_at=max(e for _, e in spans))
    return count(whole, book).days


def _works(
    facts: LeaveRequestFacts, start: datetime, end: datetime, usual: Windows | None, calendar: WorkCalendar
) -> bool:
    """Whether work is rostered, or usual where the roster is not drawn up, between two instants."""
    day = calendar.day_of(start) - _DAY
    while start < end and day <= calendar.day_of(end):
        found = [s for s in facts.shifts if s.work_on == day]
        is_free = not found and (is_rest(day, facts) or not calendar.is_working_day(day))
        if found:
            hours = [h for s in found for h in subtract([(s.starts_at, s.ends_at)], s.breaks)]
        elif usual is not None:
            hours = hours_on(day, usual, calendar)
        else:  # nobody knows when he works: on a day that neither of the two touches
            hours = [(calendar.start_of_day(day), calendar.start_of_day(day + _DAY))]
            is_free = is_free or day in (calendar.day_of(start), calendar.day_of(end))
        if not is_free and clip(hours, start, end):
            return True
        day += _DAY
    return False
