"""The sentences that explain the verdict on a shift. Each answers in Chinese and English.

Those about leave and the twenty minutes are in `attendance_leave_steps`, those about time off the post and beyond the shift in
`presence_steps`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from regulations.intervals import Interval
from regulations.names import name_of
from regulations.wording import instant_text, span_text

Pair = tuple[str, str]
_DATE = len("2026-11-20")


def named(kind: str, code: str) -> Pair:
    """A stored code by its names."""
    return name_of(kind, code), name_of(kind, code, "en")


def between(interval: Interval, zone: tzinfo) -> Pair:
    """From when to when."""
    a, b = (instant_text(at, zone) for at in interval)
    return f"{a} 至 {b}", f"{a} to {b}"


def lasting(length: timedelta) -> Pair:
    """How long."""
    seconds = length.total_seconds()
    return span_text(seconds, "zh").replace(" 分", " 分钟"), span_text(seconds, "en")


def stretches(spans: Sequence[Interval], zone: tzinfo) -> Pair:
    """Several times from when to when; the date is said where it changes."""
    zh, en, last = [], [], None
    for a, b in spans:
        start, end = instant_text(a, zone), instant_text(b, zone)
        begun, over = start[:_DATE], end[:_DATE]
        end = end[_DATE + 1 :] if over == begun else end
        start = start[_DATE + 1 :] if begun == last else start
        last = over
        zh.append(f"{start} 至 {end}")
        en.append(f"{start} to {end}")
    return "、".join(zh), ", ".join(en)


# The shift and what was owed


def shift_is(span: Interval, zone: tzinfo) -> Pair:
    """When the shift is."""
    zh, en = between(span, zone)
    return f"班次 {zh}", f"Shift {en}"


def break_is(span: Interval, zone: tzinfo) -> Pair:
    """A break of the shift."""
    zh, en = between(span, zone)
    return f"休息 {zh}", f"Break {en}"


# The punches


def too_far(at: datetime, kind: str, zone: tzinfo) -> Pair:
    """A punch that belongs to no shift near by."""
    zh, en = named("punch_kind", kind)
    when = instant_text(at, zone)
    return (
        f"{when} 的{zh}打卡离班次太远，不属于本班次",
        f"{en} {when} is too far from the shift to belong to it",
    )


def doubled(count: int, limit: timedelta) -> Pair:
    """Readings taken as one."""
    zh, en = lasting(limit)
    return (
        f"有 {count} 次打卡与前一次相隔不超过 {zh}，按重复打卡计为一次",
        f"{count} reading{'s lie' if count > 1 else ' lies'} no more than {en} after another: a double press counts once",
    )


def corrected(kind: str, at: datetime, before: datetime | None, source: str, zone: tzinfo) -> Pair:
    """A reading that was put right or added later."""
    (zh, en), (by_zh, by_en) = named("punch_kind", kind), named("punch_source", source)
    now = instant_text(at, zone)
    if before is None:
        return f"{zh}打卡 {now} 为事后补记（{by_zh}）", f"{en} {now} was added later ({by_en.lower()})"
    was = instant_text(before, zone)
    return (
        f"{zh}打卡由 {was} 更正为 {now}（{by_zh}），原记录保留",
        f"{en} corrected from {was} to {now} ({by_en.lower()}); the first record is kept",
    )


def came(at: datetime | None, zone: tzinfo) -> Pair:
    """The first clock-in."""
    if at is None:
        return "没有上班打卡", "Clocked in: no record"
    when = instant_text(at, zone)
    return f"上班打卡 {when}", f"Clocked in {when}"


def left(at: datetime | None, zone: tzinfo) -> Pair:
    """The last clock-out."""
    if at is None:
        return "没有下班打卡", "Clocked out: no record"
    when = instant_text(at, zone)
    return f"下班打卡 {when}", f"Clocked out {when}"


def stayed_from(at: datetime, zone: tzinfo) -> Pair:
    """There since the shift before."""
    when = instant_text(at, zone)
    return (
        f"上一班到 {when} 为止，两班相接，其间没有下班打卡：视为 {when} 已在岗",
        f"The shift before ends at {when} and nobody clocked out in between: taken as there from {when}",
    )


def stays_on(at: datetime, zone: tzinfo) -> Pair:
    """There until the next shift and on."""
    when = instant_text(at, zone)
    return (
        f"下一班自 {when} 开始，两班相接，其间没有打卡：视为在岗到 {when}",
        f"The next shift begins at {when} and nobody clocked in between: taken as there until {when}",
    )


# Late and early


def not_there(owed_from: datetime, now: datetime, minutes: int, grace: Pair, zone: tzinfo) -> Pair:
    """Late so far, and not there yet."""
    start, at = instant_text(owed_from, zone), instant_text(now, zone)
    return (
        f"应于 {start} 到岗（{grace[0]}），至 {at} 未到：已迟到 {minutes} 分钟",
        f"Due at {start} ({grace[1]}), not there at {at}: late by {minutes} min so far",
    )


def arrival(owed_from: datetime, minutes: int, used: int, grace: Pair, zone: tzinfo) -> Pair:
    """The comparison of the arrival with start and grace; `used` are minutes of the grace."""
    start = instant_text(owed_from, zone)
    if used:
        return (
            f"晚于 {start} {used} 分钟，在宽限之内（{grace[0]}）：未迟到",
            f"{used} min after {start}, within the {grace[1]}: not late",
        )
    if not minutes:
        return f"不晚于 {start}（{grace[0]}）：未迟到", f"Not after {start} ({grace[1]}): not late"
    return (
        f"晚于 {start}（{grace[0]}）：迟到 {minutes} 分钟（过一秒即为迟到，不足一分钟计一分钟，其余取整）",
        f"After {start} ({grace[1]}): late by {minutes} min (any second is late; less than a minute is one, else whole"
        " minutes)",
    )


def departure(owed_to: datetime, minutes: int, zone: tzinfo) -> Pair:
    """The comparison of the departure with the end."""
    end = instant_text(owed_to, zone)
    if not minutes:
        return f"不早于 {end} 离开：未早退", f"Not before {end}: did not leave early"
    return f"早于 {end} 离开：早退 {minutes} 分钟", f"Before {end}: left early by {minutes} min"


def month_count(count: int, allowance: int | None) -> Pair:
    """Which lateness of the month it is, against the number after which it is pointed out."""
    zh, en = f"本月第 {count} 次迟到", f"Lateness no. {count} of the month"
    if allowance is None:
        return zh, en
    if count > allowance:
        return f"{zh}，超过每月 {allowance} 次", f"{en}, more than {allowance} a month"
    return f"{zh}，未超过每月 {allowance} 次", f"{en}, no more than {allowance} a month"


# The verdict


def out_only() -> Pair:
    """A clock-out without a clock-in."""
    return "有下班打卡而没有上班打卡", "There is a clock-out and no clock-in"


def in_only() -> Pair:
    """A clock-in without a clock-out."""
    return "有上班打卡而没有下班打卡", "There is a clock-in and no clock-out"


def worked(minutes: int, off: int, is_away: bool, spans: Sequence[Interval], zone: tzinfo) -> Pair:
    """The minutes of work, and the times they are the sum of."""
    zh_off, en_off = (f"、离岗 {off} 分钟", f", {off} min off the post") if is_away else ("", "")
    zh, en = stretches(spans, zone)
    return (
        f"在岗 {minutes} 分钟，不含休息、请假{zh_off}" + (f"：{zh}" if spans else ""),
        f"Worked {minutes} min, without breaks, leave{en_off}" + (f": {en}" if spans else ""),
    )


def pending(now: datetime, owed_from: datetime, is_over: bool, zone: tzinfo) -> Pair:
    """Not certain yet, and why."""
    at = instant_text(now, zone)
    if now < owed_from:
        return f"{at}：尚未到上班时间", f"{at}: not yet time to start"
    if is_over:
        return (
            f"{at}：班次已结束，仍可能补到下班打卡",
            f"{at}: the shift is over, the clock-out may still come",
        )
    return f"{at}：班次尚未结束", f"{at}: the shift is not over yet"


def verdict(class_: str, remark: str = "", called: Pair | None = None) -> Pair:
    """What it comes to; `remark` where that says better than the class why nothing is certain yet.

    `called`: what the rulebook calls the class, where it has a word of its own.
    """
    zh, en = called or named("attendance_class", class_)
    if remark:
        zh, en = named("attendance_remark", remark)
    return f"结论：{zh}", f"Verdict: {en.lower()}"
