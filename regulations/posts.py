"""Posts that are empty or short of people, as conflicts of the roster (B1.17: the desk is never empty)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from regulations.coverage import Interval, hours_text
from regulations.roster import Conflict, RosterShift, in_order
from regulations.verdict import Step
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_EMPTY = "shift.empty_post_allowed"


def post_conflicts(
    on: date,
    intervals: Iterable[Interval],
    shifts: Iterable[RosterShift],
    book: Rulebook,
    calendar: WorkCalendar,
) -> tuple[Conflict, ...]:
    """The posts of a day that are empty (B1.17) or short of people, with the shifts that are there or away."""
    rostered = list(shifts)
    found: list[Conflict] = []
    for one in intervals:
        if not (one.gap or (one.is_empty and not book.flag(_EMPTY))):
            continue
        behind = [
            s
            for s in rostered
            if s.person in (*one.people, *one.away)
            and s.starts_at < one.ends_at
            and s.ends_at > one.starts_at
            and one.post in ("", s.post)
        ]
        is_empty = one.is_empty and not book.flag(_EMPTY)
        clause = book.clause(_EMPTY) if is_empty else None
        when = f"{on:%m-%d} {hours_text(one.starts_at, one.ends_at, calendar.timezone)}"
        zh, en = _post_words(one, when, is_empty=is_empty)
        steps = [
            Step(
                f"需 {one.required} 人，排班 {one.rostered} 人，其中 {len(one.away)} 人请假或未到，可到 {one.expected} 人",
                f"{one.required} needed, {one.rostered} rostered, of whom {len(one.away)} are on leave or have not come: {one.expected} expected",
            )
        ]
        if is_empty:
            steps.insert(0, Step("岗位不得空岗", "A post is never left empty", clause))
        found.append(
            Conflict(
                "empty_post" if is_empty else "short_post",
                clause,
                zh,
                en,
                tuple(sorted({*one.people, *one.away})),
                (on,),
                tuple(sorted(s.id for s in behind if s.id is not None)),
                one.post,
                tuple(steps),
            )
        )
    return in_order(found)


def _post_words(one: Interval, when: str, *, is_empty: bool) -> tuple[str, str]:
    at_zh, at_en = (f"“{one.post}”岗位 ", f" at {one.post}") if one.post else ("", "")
    if is_empty:
        return (
            f"{at_zh}{when} 空岗，需 {max(1, one.required)} 人",
            f"Nobody{at_en} {when}; {max(1, one.required)} needed",
        )
    return (
        f"{at_zh}{when} 缺 {one.gap} 人（需 {one.required} 人，可到 {one.expected} 人）",
        f"{one.gap} missing{at_en} {when} ({one.required} needed, {one.expected} expected)",
    )
