"""Late, early, and severe: how far the punches of a shift lie from what was owed.

Clauses: E3.10 late and early from the first moment, no grace; A1.28, A2.58 and E3.19 twenty minutes and more,
that number included, when no leave was filed before the shift, or off the post as long without approval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from regulations.intervals import Interval, clip, total
from regulations.punches import LeaveFact, ShiftFacts
from regulations.values import Unit
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorktimeError

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_GRACE, _SEVERE = "attendance.late_grace", "attendance.severe_after"
_OFF_POST, _NO_LEAVE = "attendance.off_post_severe_after", "attendance.needs_no_leave_filed"
_SEVERE_CLASS = "attendance.severe_class"
_SEVERE_NAMES = {"absence": ("缺勤", "absence from duty"), "violation": ("违纪", "disciplinary offence")}


def span_of(book: Rulebook, key: str) -> timedelta | None:
    """A parameter in minutes or hours as a length of time; None when it is off.

    Raises WorktimeError for other units, which have no length without a date.
    """
    limit = book.duration(key)
    if limit is None:
        return None
    if limit.unit not in (Unit.MINUTE, Unit.HOUR):
        raise WorktimeError(f"{key} must be in minutes or hours, not {limit.text('en')}")
    return timedelta(seconds=int(limit.value * (3600 if limit.unit is Unit.HOUR else 60)))


def minutes_over(over: timedelta) -> int:
    """Whole minutes; any time at all is at least one, because nobody is late by nothing."""
    seconds = int(over.total_seconds())
    return max(1, seconds // 60) if seconds > 0 else 0


def late_by(came_at: datetime, owed_from: datetime, book: Rulebook) -> timedelta:
    """How long after the start somebody came; nothing up to and including the grace."""
    grace = span_of(book, _GRACE) or timedelta()
    return came_at - owed_from if came_at > owed_from + grace else timedelta()


def late_step(
    late: timedelta,
    came_at: datetime | None,
    owed_from: datetime,
    now: datetime,
    book: Rulebook,
    zone: tzinfo,
) -> Step:
    """The comparison of the arrival with start and grace; `came_at` None: not there yet at `now`."""
    grace, clause = book.duration(_GRACE), book.clause(_GRACE)
    zh_grace, en_grace = "无宽限", "no grace"
    if grace is not None and grace.value:
        zh_grace, en_grace = f"宽限 {grace.text('zh')}", f"grace {grace.text('en')}"
    start, minutes = instant_text(owed_from, zone), minutes_over(late)
    if came_at is None:
        at = instant_text(now, zone)
        return Step(
            f"应于 {start} 到岗（{zh_grace}），至 {at} 未到：已迟到 {minutes} 分钟",
            f"Due at {start} ({en_grace}), not there at {at}: late by {minutes} min so far",
            clause,
        )
    if not late:
        return Step(
            f"不晚于 {start}（{zh_grace}）：未迟到", f"Not after {start} ({en_grace}): not late", clause
        )
    return Step(
        f"晚于 {start}（{zh_grace}）：迟到 {minutes} 分钟（过一秒即为迟到，不足一分钟计一分钟，其余取整）",
        f"After {start} ({en_grace}): late by {minutes} min (any second is late; less than a minute is one, else whole minutes)",
        clause,
    )


def early_step(early: timedelta, owed_to: datetime, book: Rulebook, zone: tzinfo) -> Step:
    """The comparison of the departure with the end."""
    end, minutes = instant_text(owed_to, zone), minutes_over(early)
    clause = book.clause(_GRACE)  # E3.10 defines both ends of the shift
    if not early:
        return Step(f"不早于 {end} 离开：未早退", f"Not before {end}: did not leave early", clause)
    return Step(f"早于 {end} 离开：早退 {minutes} 分钟", f"Before {end}: left early by {minutes} min", clause)


@dataclass(frozen=True, slots=True)
class Severity:
    """Whether a shift is severe, and why or why not."""

    is_severe: bool
    steps: tuple[Step, ...]


def severity(
    late: timedelta,
    early: timedelta,
    due: Sequence[Interval],
    shift: ShiftFacts,
    leave: Sequence[LeaveFact],
    unapproved: Sequence[Interval],
    book: Rulebook,
    zone: tzinfo,
) -> Severity:
    """Whether lateness, leaving early, or a stretch off the post without approval makes the shift severe.

    `due` is the owed time and is not empty; `unapproved` are the stretches off the post, of which only the
    part in owed time counts.
    """
    zh_class, en_class = _SEVERE_NAMES.get(book.choice(_SEVERE_CLASS) or "", ("严重", "severe"))
    is_severe, steps = False, []
    limit = span_of(book, _SEVERE)
    ends = ((late, due[0][0], "迟到", "Late"), (early, due[-1][1], "早退", "Left early"))
    for over, edge, zh, en in ends if limit is not None else ():
        assert limit is not None
        if not over or over < limit:
            continue
        zh_why, en_why = f"未请假：按{zh_class}", f"no leave was filed: {en_class}"
        if book.flag(_NO_LEAVE) and _has_leave_up_to(edge, shift, leave):
            zh_why, en_why = "已请假，不按严重论", "leave was filed: not severe"
        else:
            is_severe = True
        steps.append(
            Step(
                f"{zh} {minutes_over(over)} 分钟，达到 {minutes_over(limit)} 分钟，{zh_why}",
                f"{en} by {minutes_over(over)} min, {minutes_over(limit)} or more, {en_why}",
                book.clause(_SEVERE),
            )
        )
    limit = span_of(book, _OFF_POST)
    for start, end in unapproved if limit is not None else ():
        assert limit is not None
        length = sum((total(clip([(start, end)], a, b)) for a, b in due), timedelta())
        if not length or length < limit:
            continue
        is_severe = True
        a, b = instant_text(start, zone), instant_text(end, zone)
        minutes, least = minutes_over(length), minutes_over(limit)
        steps.append(
            Step(
                f"{a} 至 {b} 未经批准离岗 {minutes} 分钟，达到 {least} 分钟：按{zh_class}",
                f"Off the post without approval {a} to {b}, {minutes} min, {least} or more: {en_class}",
                book.clause(_OFF_POST),
            )
        )
    return Severity(is_severe, tuple(steps))


def _has_leave_up_to(edge: datetime, shift: ShiftFacts, leave: Sequence[LeaveFact]) -> bool:
    """Whether approved leave within the shift reaches `edge`; a break between the two does not part them."""
    edges = {edge, *(t for pause in shift.breaks if pause[0] <= edge <= pause[1] for t in pause)}
    return any(
        fact.is_approved
        and clip([(fact.starts_at, fact.ends_at)], shift.starts_at, shift.ends_at)
        and any(fact.starts_at <= e <= fact.ends_at for e in edges)
        for fact in leave
    )
