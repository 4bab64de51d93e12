"""Posts that are empty or short of people, as conflicts of the roster (B1.17: the desk is never empty)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from regulations.coverage import Interval, hours_text
from regulations.coverage_words import count_words
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
    """The posts of a day that are empty (B1.17) or short of people, with the shifts that are there or away.

    Of time that is over only what the roster itself left open is a conflict of it: who came late or not at all is the
    matter of the day's verdict.
    """
    rostered = list(shifts)
    found: list[Conflict] = []
    for one in intervals:
        if one.when == "over" and one.expected and not one.planned_gap:
            continue
        if not (one.gap or (one.is_empty and not book.flag(_EMPTY))):
            continue
        behind = [
            s
            for s in rostered
            if s.person in one.everybody
            and s.starts_at < one.ends_at
            and s.ends_at > one.starts_at
            and one.post in ("", s.post)
        ]
        is_empty = one.is_empty and not book.flag(_EMPTY)
        clause = book.clause(_EMPTY) if is_empty else None
        when = f"{on:%m-%d} {hours_text(one.starts_at, one.ends_at, calendar.timezone)}"
        zh, en = _post_words(one, when, is_empty=is_empty)
        steps = [
            _counts(one),
        ]
        if is_empty:
            steps.insert(0, Step("岗位不得空岗", "A post is never left empty", clause))
        found.append(
            Conflict(
                "empty_post" if is_empty else "short_post",
                clause,
                zh,
                en,
                one.everybody,
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
    count_zh, count_en = count_words(one)
    return (
        f"{at_zh}{when} 缺 {one.gap} 人（需 {one.required} 人，{count_zh}）",
        f"{one.gap} missing{at_en} {when} ({one.required} needed, {count_en})",
    )


def _counts(one: Interval) -> Step:
    """From the required to the present, each number with its name."""
    zh = [f"需 {one.required} 人", f"排班 {one.rostered} 人"]
    en = [f"{one.required} needed", f"{one.rostered} rostered"]
    for people, word_zh, word_en in (
        (one.overtime, "加班", "on overtime"),
        (one.away, "请假", "on leave"),
        (one.missing, "未到", "not there"),
        (one.stayed, "留守", "stayed on"),
        (one.off_post, "离岗", "off the post"),
    ):
        if people:
            zh.append(f"{word_zh} {len(people)} 人")
            en.append(f"{len(people)} {word_en}")
    count_zh, count_en = count_words(one)
    return Step("，".join([*zh, count_zh]), ", ".join([*en, count_en]))
