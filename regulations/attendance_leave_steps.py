"""The sentences about leave for a shift, and about what is severe without it. Each answers in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from regulations.attendance_steps import Pair, between, named, stretches
from regulations.intervals import Interval
from regulations.wording import instant_text


def leave_is(span: Interval, kind: str, is_approved: bool | None, zone: tzinfo) -> Pair:
    """Leave that touches the shift, and whether it counts; None: nobody has decided yet."""
    zh, en = named("leave_type", kind)
    span_zh, span_en = between(span, zone)
    if is_approved:
        return f"{zh} {span_zh}，已批准", f"{en} leave {span_en}, approved"
    if is_approved is None:
        return f"{zh} {span_zh}，已申请，尚未审批", f"{en} leave {span_en}, asked for and not decided yet"
    return f"{zh} {span_zh}，未获批准，不计", f"{en} leave {span_en}, not approved: does not count"


def all_on_leave() -> Pair:
    """Nothing is left to be worked."""
    return "整个班次均已请假", "Leave covers the whole shift"


def owed_is(start: datetime, end: datetime, zone: tzinfo) -> Pair:
    """When one had to come and might go, with the leave taken off."""
    a, b = instant_text(start, zone), instant_text(end, zone)
    return f"扣除请假后，应到 {a}，应离 {b}", f"With the leave, work is owed from {a} to {b}"


# Twenty minutes and more

_WHY: dict[str, Pair] = {
    "approved": ("已请假，不按严重论", "leave was filed: not severe"),
    "requested": (
        "班前已请假、尚未审批，暂不按严重论",
        "leave was asked for before the shift and is not decided yet: not severe so far",
    ),
    "too_late": (
        "对这段时间的请假是班次开始后才提出的",
        "leave for that time was asked for after the shift had begun",
    ),
    "refused": ("对这段时间的请假未获批准", "leave for that time was not approved"),
    "elsewhere": ("对这段时间没有请假", "no leave was filed for that time"),
    "": ("未请假", "no leave was filed"),
}


def severe(is_late: bool, minutes: int, limit: int, called: Pair | None, stands: str | None) -> Pair:
    """Twenty minutes and more; `called` None: not severe. `stands`: how leave stands to it, None where that is not asked."""
    zh, en = ("迟到", "Late") if is_late else ("早退", "Left early")
    why = ("", "") if stands is None else _WHY[stands]
    if called is not None:
        why = (
            (f"{why[0]}：按{called[0]}", f"{why[1]}: {called[1]}")
            if why[0]
            else (f"按{called[0]}", called[1])
        )
    return (
        f"{zh} {minutes} 分钟，达到 {limit} 分钟，{why[0]}",
        f"{en} by {minutes} min, {limit} or more, {why[1]}",
    )


def early_counts(minutes: int, limit: int, is_off_post: bool, status: Pair) -> Pair:
    """Whether leaving before the end is counted as off the post, which only time off the post is severe for."""
    zh, en = f"早退 {minutes} 分钟，达到 {limit} 分钟", f"Left early by {minutes} min, {limit} or more"
    if is_off_post:
        return (
            f"{zh}：下班前离开按离岗计（{status[0]}）",
            f"{en}: leaving before the end is counted as off the post ({status[1].lower()})",
        )
    return (
        f"{zh}：早退与离岗分别规定，早退不按离岗计（{status[0]}），不按严重论",
        f"{en}: leaving early and leaving the post are two things here ({status[1].lower()}), so it is not severe",
    )


def severe_off_post(
    start: datetime, end: datetime, minutes: int, limit: int, called: Pair | None, zone: tzinfo
) -> Pair:
    """As long off the post without approval; `called` None: leave for it waits for its decision."""
    zh, en = between((start, end), zone)
    why = _WHY["requested"] if called is None else (f"按{called[0]}", called[1])
    return (
        f"{zh} 未经批准离岗 {minutes} 分钟，达到 {limit} 分钟：{why[0]}",
        f"Off the post without approval {en}, {minutes} min, {limit} or more: {why[1]}",
    )


# Nobody came, or somebody did during leave


def absent(called: Pair, stands: str) -> Pair:
    """Nobody came; `stands`: how leave stands to the shift."""
    why = {
        "": ("也没有请假", "and without leave"),
        "refused": ("请假未获批准", "and the leave was not approved"),
    }.get(stands, ("对这段时间没有请假", "and without leave for that time"))
    return (
        f"班次已结束，没有打卡，{why[0]}：{called[0]}",
        f"The shift is over without a punch {why[1]}: {called[1]}",
    )


def leave_waits(called: Pair) -> Pair:
    """Nobody came, and leave for all of it is not decided yet: nothing is judged before that."""
    return (
        f"没有打卡，请假尚未审批：审批后再判定，此前不按{called[0]}，也不计入任何合计",
        f"No punch, and leave that is not decided yet: judged when it is; until then no {called[1]}, and in no total",
    )


def worked_on_leave(spans: Sequence[Interval], minutes: int, zone: tzinfo) -> Pair:
    """Readings within leave that covers the whole shift."""
    zh, en = stretches(spans, zone)
    there = (f"：{zh} 在岗 {minutes} 分钟", f": there {en}, {minutes} min") if spans else ("", "")
    return (
        f"请假期间有打卡{there[0]}；请假未撤销，仍按请假，是否改为上班由主管核实",
        f"Clock readings during leave{there[1]}; the leave stands, and whether it was work is for the supervisor to establish",
    )
