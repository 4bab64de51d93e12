"""The verdict on one shift: present, late, left early, severe, absent, on leave, or a punch is missing.

Clauses: E3.10 late and early from the first moment; A1.28, A2.58 and E3.19 twenty minutes and more without leave;
A1.24 absence without leave. The verdict is about punches: what follows from it, a person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from regulations.intervals import Interval, clip, total
from regulations.lateness import early_step, late_by, late_step, minutes_over, severity, span_of
from regulations.names import name_of
from regulations.punches import (
    LeaveFact,
    OffPostFact,
    PunchFact,
    Readings,
    ShiftFacts,
    away_from_post,
    owed,
    read_punches,
    worked,
)
from regulations.verdict import Step, distinct_clauses
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = ["DayVerdict", "LeaveFact", "OffPostFact", "PunchFact", "ShiftFacts", "judge"]

_UNFILED = "leave.unfiled_class"
_SEARCH = "attendance.punch_search"
_UNFILED_NAMES = {
    "absence": ("旷工", "absence without leave"),
    "violation": ("违纪", "disciplinary offence"),
}


@dataclass(frozen=True, slots=True)
class DayVerdict:
    """The verdict on one shift at one moment. `class_` is a code of names.NAMES["attendance_class"].

    Minutes are whole; any lateness at all is at least one. `worked_minutes` are minutes within the owed time
    (the shift without breaks, leave and time off the post). While the shift runs the class is "pending" until
    something is certain: who is late now stays late.
    """

    class_: str
    late_minutes: int
    early_minutes: int
    worked_minutes: int
    first_in_at: datetime | None
    last_out_at: datetime | None
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]


def judge(
    shift: ShiftFacts,
    punches: Sequence[PunchFact],
    leave: Sequence[LeaveFact],
    off_post: Sequence[OffPostFact],
    book: Rulebook,
    now: datetime,
) -> DayVerdict:
    """The verdict on the shift from what is known at `now`.

    Late is who comes after start and grace, to the second; early is who leaves before the end. Approved
    leave moves the start or the end to where work was owed. From `attendance.severe_after` minutes (that
    number included) without leave for that end of the shift, or unapproved off the post as long at a
    stretch, it is severe. No punch and no leave is absence; a punch without its counterpart is missing.
    """
    zone = WorkCalendar.from_rulebook(book).timezone
    now = whole_seconds(now)
    due = owed(shift, leave)
    steps = _opening_steps(shift, leave, due, zone)
    if not due:
        return _verdict(DayVerdict("on_leave", 0, 0, 0, None, None, (), tuple(steps)), zone)
    owed_from, owed_to = due[0][0], due[-1][1]
    search = span_of(book, _SEARCH) or timedelta()  # off: only punches within the shift itself
    readings = read_punches(shift, (owed_from, owed_to), punches, search, now)
    steps += _punch_steps(readings, zone)

    came_at, left_at = readings.first_in_at, readings.last_out_at
    is_over, is_awaited = now >= shift.ends_at, now <= shift.ends_at + search
    late = early = timedelta()
    if came_at is not None or not (is_over or left_at is not None):
        late = late_by(came_at or now, owed_from, book)
        if came_at is not None or late:
            steps.append(late_step(late, came_at, owed_from, now, book, zone))
    if left_at is not None and is_over:
        early = max(owed_to - left_at, timedelta())
        steps.append(early_step(early, owed_to, book, zone))

    away, unapproved = away_from_post(shift, due, off_post, now)
    done = worked(readings, due, away)
    if came_at is None and left_at is None and is_over:
        class_ = "absent"
        steps.append(_absent_step(book))
    else:
        severe = severity(late, early, due, shift, leave, unapproved, book, zone)
        class_, closing = _class_of(readings, late, early, severe.is_severe, is_over, is_awaited)
        steps += [*severe.steps, _worked_step(done, away), *closing]
        if class_ == "pending":
            steps.append(_pending_step(now, owed_from, is_over, zone))
    return _verdict(
        DayVerdict(
            class_=class_,
            late_minutes=minutes_over(late),
            early_minutes=minutes_over(early),
            worked_minutes=int(total(done).total_seconds()) // 60,
            first_in_at=None if came_at is None else came_at.astimezone(zone),
            last_out_at=None if left_at is None else left_at.astimezone(zone),
            clauses=(),
            steps=tuple(steps),
        ),
        zone,
    )


def _verdict(found: DayVerdict, zone: tzinfo) -> DayVerdict:
    """The verdict with its last step and the clauses that its steps name."""
    zh, en = (name_of("attendance_class", found.class_, lang) for lang in ("zh", "en"))
    steps = (*found.steps, Step(f"结论：{zh}", f"Verdict: {en.lower()}"))
    return replace(found, steps=steps, clauses=distinct_clauses(steps))


def _class_of(
    readings: Readings,
    late: timedelta,
    early: timedelta,
    is_severe: bool,
    is_over: bool,
    is_awaited: bool,
) -> tuple[str, list[Step]]:
    """The class of a shift that somebody came to, and the steps that only the class explains.

    What is severe is so whatever else is missing; a missing punch stands before plain lateness, because
    without it the other end of the shift is unknown.
    """
    has_in, has_out = readings.first_in_at is not None, readings.last_out_at is not None
    if is_severe:
        return "severe", []
    if has_out and not has_in and is_over:
        return "missing_punch", [Step("有下班打卡而没有上班打卡", "There is a clock-out and no clock-in")]
    if has_in and not has_out and not is_awaited:
        return "missing_punch", [Step("有上班打卡而没有下班打卡", "There is a clock-in and no clock-out")]
    if late and early:
        return "late_and_early", []
    if late or early:
        return ("late" if late else "early"), []
    return ("present" if is_over and has_out else "pending"), []


# In words


def _absent_step(book: Rulebook) -> Step:
    zh, en = _UNFILED_NAMES.get(book.choice(_UNFILED) or "", _UNFILED_NAMES["absence"])
    return Step(
        f"班次已结束，没有打卡，也没有请假：{zh}",
        f"The shift is over without a punch and without leave: {en}",
        book.clause(_UNFILED),
    )


def _pending_step(now: datetime, owed_from: datetime, is_over: bool, zone: tzinfo) -> Step:
    at = instant_text(now, zone)
    if now < owed_from:
        return Step(f"{at}：尚未到上班时间", f"{at}: not yet time to start")
    if is_over:
        return Step(
            f"{at}：班次已结束，仍可能补到下班打卡", f"{at}: the shift is over, the clock-out may still come"
        )
    return Step(f"{at}：班次尚未结束", f"{at}: the shift is not over yet")


def _opening_steps(
    shift: ShiftFacts, leave: Sequence[LeaveFact], due: Sequence[Interval], zone: tzinfo
) -> list[Step]:
    """The shift, the leave, and what time was owed after both."""
    start, end = instant_text(shift.starts_at, zone), instant_text(shift.ends_at, zone)
    steps = [Step(f"班次 {start} 至 {end}", f"Shift {start} to {end}")]
    for pause in shift.breaks:
        a, b = (instant_text(t, zone) for t in pause)
        steps.append(Step(f"休息 {a} 至 {b}", f"Break {a} to {b}"))
    touching = {f for f in leave if clip([(f.starts_at, f.ends_at)], shift.starts_at, shift.ends_at)}
    for fact in sorted(touching, key=lambda f: (f.starts_at, f.ends_at, f.type, f.is_approved)):
        a, b = instant_text(fact.starts_at, zone), instant_text(fact.ends_at, zone)
        zh, en = (name_of("leave_type", fact.type, lang) for lang in ("zh", "en"))
        if fact.is_approved:
            steps.append(Step(f"{zh} {a} 至 {b}，已批准", f"{en} leave {a} to {b}, approved"))
        else:
            steps.append(
                Step(
                    f"{zh} {a} 至 {b}，未获批准，不计", f"{en} leave {a} to {b}, not approved: does not count"
                )
            )
    if not due:
        steps.append(Step("整个班次均已请假", "Leave covers the whole shift"))
    elif any(f.is_approved for f in touching):
        a, b = instant_text(due[0][0], zone), instant_text(due[-1][1], zone)
        steps.append(Step(f"扣除请假后，应到 {a}，应离 {b}", f"With the leave, work is owed from {a} to {b}"))
    return steps


def _punch_steps(readings: Readings, zone: tzinfo) -> list[Step]:
    """First in, last out, and the punches that belong to another shift."""
    steps = []
    for punch in readings.outside:
        at = instant_text(punch.at, zone)
        zh, en = (name_of("punch_kind", punch.kind, lang) for lang in ("zh", "en"))
        steps.append(
            Step(
                f"{at} 的{zh}打卡离班次太远，不属于本班次",
                f"{en} {at} is too far from the shift to belong to it",
            )
        )
    for instant, zh, en in (
        (readings.first_in_at, "上班打卡", "Clocked in"),
        (readings.last_out_at, "下班打卡", "Clocked out"),
    ):
        if instant is None:
            steps.append(Step(f"没有{zh}", f"{en}: no record"))
        else:
            at = instant_text(instant, zone)
            steps.append(Step(f"{zh} {at}", f"{en} {at}"))
    return steps


def _worked_step(done: Sequence[Interval], away: Sequence[Interval]) -> Step:
    minutes, off = (int(total(i).total_seconds()) // 60 for i in (done, away))
    zh_off, en_off = (f"、离岗 {off} 分钟", f", {off} min off the post") if away else ("", "")
    return Step(
        f"在岗 {minutes} 分钟，不含休息、请假{zh_off}",
        f"Worked {minutes} min, without breaks, leave{en_off}",
    )
