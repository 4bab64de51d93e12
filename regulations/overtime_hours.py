"""Hours of overtime: what nobody approved, what was worked of what was approved, and how minutes become hours (E3.14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.intervals import Interval, clip, merge, total
from regulations.names import name_of
from regulations.verdict import Step
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_APPROVER, _COUNTS = "overtime.approver", "overtime.counts_from"


def hours_of(minutes: int) -> Decimal:
    """Whole minutes as hours with two decimals: what is paid, or goes to the account for time off."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"))


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Time beyond the shift on one day that no approved overtime covers, with its reasoning. Minutes are whole."""

    extra_minutes: int
    approved_minutes: int
    steps: tuple[Step, ...]

    @property
    def minutes(self) -> int:
        """What nobody approved."""
        return max(self.extra_minutes - self.approved_minutes, 0)


def uncovered(extra_minutes: int, approved_minutes: int, book: Rulebook) -> Uncovered:
    """What of a day's time beyond the shift is not approved; nothing where the rulebook asks for no approval.

    `extra_minutes` is what the day's verdict counts beyond the shift: from `overtime.counts_from` on, and without the
    late shift that goes on by itself (A1.6).
    """
    approved = min(approved_minutes, extra_minutes)
    if book.role(_APPROVER) is None:
        approved = extra_minutes
    limit = book.duration(_COUNTS)
    counted = (
        ("", "") if limit is None else (f"（{limit.text('zh')}起计）", f" (counted from {limit.text('en')})")
    )
    zh, en = (name_of("attendance_remark", "unapproved_extra", lang) for lang in ("zh", "en"))
    left = max(extra_minutes - approved, 0)
    return Uncovered(
        extra_minutes,
        approved,
        (
            Step(
                f"超出班次 {extra_minutes} 分钟{counted[0]}，其中已批准 {approved} 分钟",
                f"{extra_minutes} min beyond the shift{counted[1]}, {approved} of them approved",
                book.clause(_COUNTS),
            ),
            Step(f"{zh} {left} 分钟", f"{en}: {left} min", book.clause(_APPROVER)),
        ),
    )


def worked_minutes(approved: Interval, present: Iterable[Interval]) -> int:
    """Whole minutes of the approved time at which the person was there: what time off in lieu is granted for."""
    return int(total(clip(present, *approved)).total_seconds()) // 60


def stays(readings: Iterable[tuple[datetime, str]]) -> list[Interval]:
    """The times between an "in" and the next "out"; a reading without its counterpart makes no time."""
    found: list[Interval] = []
    since: datetime | None = None
    for at, kind in sorted({(whole_seconds(at), kind) for at, kind in readings}):
        if kind == "in":
            since = since or at
        elif since is not None:
            found.append((since, at))
            since = None
    return merge(found)
