"""What time off in lieu costs: the hours it takes, at the rate at which overtime became days (E3.14)."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from regulations.intervals import Interval
from regulations.leave_facts import days_text
from regulations.verdict import Step
from regulations.wording import day_text, instant_text, number_text
from regulations.worktime import WorkCalendar, provisional_steps

if TYPE_CHECKING:
    from regulations.leave_days import DayPart
    from regulations.rulebook import Rulebook

DAY_HOURS = "leave.day_hours"
BY_THE_HOUR = "time_off"
_SMALLEST = Decimal("0.0001")  # of a day: what an account keeps


def by_the_hour(
    leave: Interval, parts: tuple[DayPart, ...], per_day: Decimal, calendar: WorkCalendar, book: Rulebook
) -> tuple[Decimal, tuple[Step, ...]]:
    """What so much working time costs: the exchange at which overtime became time off, the other way round (E3.14)."""
    begun, over = (instant_text(at, calendar.timezone) for at in leave)
    steps = [Step(f"请假时段：{begun} 至 {over}", f"Leave from {begun} to {over}")]
    taken = 0
    for part in parts:
        minutes = int(part.covered.total_seconds()) // 60
        zh, en = day_text(part.on, "zh"), day_text(part.on, "en")
        if not part.is_rostered:
            steps.append(Step(f"{zh}：未排班，不扣", f"{en}: no shift rostered, nothing taken"))
            continue
        most = int(per_day * 60)
        taken += min(minutes, most)
        if minutes > most:
            rate = number_text(per_day)
            steps.append(
                Step(
                    f"{zh}：占用当班时间 {minutes} 分钟，一天最多扣 1 天（{rate} 小时，即 {most} 分钟）",
                    f"{en}: {minutes} min of working time; a day costs 1 day at most ({rate} h, {most} min)",
                    book.clause(DAY_HOURS),
                )
            )
            continue
        steps.append(Step(f"{zh}：占用当班时间 {minutes} 分钟", f"{en}: {minutes} min of working time"))
    charged = days_of_minutes(taken, per_day, ROUND_DOWN)
    rate, days = number_text(per_day), number_text(charged)
    steps.append(
        Step(
            f"调休按小时扣：{taken} 分钟，按 {rate} 小时（{int(per_day * 60)} 分钟）折 1 天，扣 {days} 天",
            f"Time off is charged by the hour: {taken} min at {rate} h ({int(per_day * 60)} min) a day are {days_text(charged)}",
            book.clause(DAY_HOURS),
        )
    )
    unknown = (p.on for p in parts if not p.is_known)
    return charged, (*steps, *provisional_steps(unknown, calendar))


def days_of_minutes(minutes: int, per_day: Decimal, rounding: str) -> Decimal:
    """So many minutes as days of an account, where `per_day` hours make one.

    What is taken is rounded down, so that an hour that was earned may be taken in any number of pieces.
    """
    return (Decimal(minutes) / (per_day * 60)).quantize(_SMALLEST, rounding)
