"""What a roster's reader has to see though nobody mends it: approved leave and public holidays (A3.9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from regulations.coverage import hours_text
from regulations.intervals import Interval, subtract, total
from regulations.roster_terms import Conflict, RosterShift, ids_of
from regulations.verdict import Step
from regulations.wording import day_text, span_text
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_SWAP_HOLIDAY = "swap.on_holiday_allowed"


def is_touched(shift: RosterShift, away: Sequence[Interval]) -> bool:
    """Whether any of these times has a part in the shift."""
    return any(begin < shift.ends_at and end > shift.starts_at for begin, end in away)


def on_leave(
    ordered: Sequence[RosterShift], away: Sequence[Interval], calendar: WorkCalendar
) -> list[Conflict]:
    """Shifts from which the person has approved leave, wholly or for a part: somebody else is needed."""
    found: list[Conflict] = []
    for shift in ordered:
        if not is_touched(shift, away):
            continue
        whole = shift.ends_at - shift.starts_at
        left = total(subtract([(shift.starts_at, shift.ends_at)], away))
        if left == whole:
            continue
        when = f"{shift.work_on:%m-%d} {hours_text(shift.starts_at, shift.ends_at, calendar.timezone)}"
        seconds = (whole - left).total_seconds()
        if left:
            zh = f"{when} 的班次中有 {span_text(seconds, 'zh')}已批准请假"
            en = f"On leave for {span_text(seconds, 'en')} of the shift {when}"
        else:
            zh, en = f"{when} 的班次已批准请假", f"On leave from the shift {when}"
        found.append(
            Conflict("on_leave", None, zh, en, (shift.person,), (shift.work_on,), ids_of(shift), shift.post, (Step(zh, en),))
        )  # fmt: skip
    return found


def on_holidays(
    shifts_by_person: Mapping[int, Sequence[RosterShift]], book: Rulebook, calendar: WorkCalendar
) -> list[Conflict]:
    """Who is rostered on each public holiday; a shift that came there by a swap is one by itself."""
    by_day: dict[date, list[RosterShift]] = defaultdict(list)
    for shifts in shifts_by_person.values():
        for shift in shifts:
            if calendar.is_public_holiday(shift.work_on):
                by_day[shift.work_on].append(shift)
    is_barred = book.flag(_SWAP_HOLIDAY) is False
    clause = book.clause(_SWAP_HOLIDAY) if is_barred else None
    found: list[Conflict] = []
    for on, shifts in by_day.items():
        zh_day, en_day = calendar.holiday_name(on) or "", calendar.holiday_name(on, "en") or ""
        people = tuple(sorted({s.person for s in shifts}))
        zh = f"{on:%m-%d} {zh_day}当班 {len(people)} 人"
        en = f"{len(people)} on duty on {on:%m-%d}, {en_day}"
        rule = Step(
            "节假日当班人员不得换班" if is_barred else "节假日当班",
            "Who is on duty on a public holiday may not swap" if is_barred else "On duty on a public holiday",
            clause,
        )
        steps = [Step(f"{day_text(on, 'zh')} 是{zh_day}", f"{day_text(on, 'en')} is {en_day}"), rule]
        if calendar.is_provisional(on):
            steps.append(
                Step(
                    "当年官方放假安排尚未公布，暂按法定节日",
                    "The official list is not published yet: provisional",
                )
            )
        found.append(
            Conflict("holiday_shift", clause, zh, en, people, (on,), ids_of(*shifts), steps=tuple(steps))
        )
        if not is_barred:
            continue
        for shift in shifts:
            if shift.is_swapped:
                found.append(
                    Conflict(
                        "swap_on_holiday",
                        clause,
                        f"{on:%m-%d} {zh_day}的班次经换班而来",
                        f"The shift on {on:%m-%d}, {en_day}, came by a swap",
                        (shift.person,),
                        (on,),
                        ids_of(shift),
                        shift.post,
                        tuple(steps),
                    )
                )
    return found
