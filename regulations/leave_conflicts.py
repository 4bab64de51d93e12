"""What leave must not meet: a shift that is worked because of a swap (A3.6), and other leave of the same person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from regulations.intervals import clip
from regulations.leave_days import DayPart
from regulations.leave_facts import SICKNESS, LeaveRequestFacts
from regulations.names import name_of
from regulations.ruling import Violation
from regulations.wording import day_text, instant_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_SWAP = "leave.no_leave_on_swap"


def on_swapped_shift(
    facts: LeaveRequestFacts, parts: tuple[DayPart, ...], book: Rulebook
) -> Violation | None:
    """No leave on a swapped shift or on the one that pays it back (A3.6); sickness goes to the level of exceptions.

    The hours of that shift are compared, and the date only where nobody knows its hours.
    """
    if not book.flag(_SWAP):
        return None
    leave = [(whole_seconds(facts.starts_at), whole_seconds(facts.ends_at))]
    shift = next((one for one in facts.swap_shifts if clip(leave, one.starts_at, one.ends_at)), None)
    day = shift.work_on if shift else next((part.on for part in parts if part.on in facts.swap_days), None)
    if day is None:
        return None
    zh, en = day_text(day, "zh"), day_text(day, "en")
    if shift is None:
        zh, en = f"{zh} 是换班或还班日", f"{en} is a swapped shift or pays one back"
    else:
        zone = WorkCalendar.from_rulebook(book).timezone
        begun, over = (instant_text(at, zone) for at in (shift.starts_at, shift.ends_at))
        zh = f"{begun} 至 {over} 的班次是换班或还班"
        en = f"The shift from {begun} to {over} was swapped or pays one back"
    is_sick = facts.type in SICKNESS
    return Violation(
        "swap_day_sickness" if is_sick else "swap_day",
        book.clause(_SWAP),
        f"{zh}，不得请假" + ("；因病的，须经例外批准。" if is_sick else "，否则按旷工处理。"),
        f"{en}: no leave"
        + ("; sickness needs approval by exception." if is_sick else ", else it is absence."),
    )


def overlaps(facts: LeaveRequestFacts, book: Rulebook) -> Iterator[Violation]:
    """One leave at a time: half-open, so that one may end when the next begins."""
    zone = WorkCalendar.from_rulebook(book).timezone
    for other in facts.others:
        if other.starts_at < facts.ends_at and other.ends_at > facts.starts_at:
            begun, over = (instant_text(at, zone) for at in (other.starts_at, other.ends_at))
            state = name_of("request_state", other.state), name_of("request_state", other.state, "en").lower()
            yield Violation(
                "overlap",
                None,
                f"与已有的请假重叠：{begun} 至 {over}（{state[0]}）。请变更或撤回那一份。",
                f"Overlaps with leave from {begun} to {over} ({state[1]}). Amend or withdraw that one.",
            )
