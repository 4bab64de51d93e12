"""The sentences that explain the verdict on a shift. Each answers in Chinese and English."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from regulations.intervals import Interval
from regulations.names import name_of
from regulations.wording import instant_text, span_text

Pair = tuple[str, str]


def _names(kind: str, code: str) -> Pair:
    return name_of(kind, code), name_of(kind, code, "en")


def _span(interval: Interval, zone: tzinfo) -> Pair:
    a, b = (instant_text(at, zone) for at in interval)
    return f"{a} 至 {b}", f"{a} to {b}"


def _length(length: timedelta) -> Pair:
    seconds = length.total_seconds()
    return span_text(seconds, "zh"), span_text(seconds, "en")


# The shift and what was owed


def shift_is(span: Interval, zone: tzinfo) -> Pair:
    """When the shift is."""
    zh, en = _span(span, zone)
    return f"班次 {zh}", f"Shift {en}"


def break_is(span: Interval, zone: tzinfo) -> Pair:
    """A break of the shift."""
    zh, en = _span(span, zone)
    return f"休息 {zh}", f"Break {en}"


def roster_changed(
    at: datetime,
    before: Interval | None,
    after: Interval | None,
    source: str,
    is_handed_over: bool,
    zone: tzinfo,
) -> Pair:
    """A change of the roster that was made after the shift had begun."""
    by_zh, by_en = _names("shift_change_source", source)
    none = ("无班次", "no shift")
    (a_zh, a_en), (b_zh, b_en) = (none if span is None else _span(span, zone) for span in (before, after))
    when = instant_text(at, zone)
    if is_handed_over:
        b_zh, b_en = f"{b_zh}，并换了人", f"{b_en}, and to another person"
    return (
        f"班次开始后，班表于 {when} 变更（{by_zh}）：原为 {a_zh}，改为 {b_zh}；按现行班表判定",
        f"The roster was changed at {when}, after the shift had begun ({by_en.lower()}): from {a_en} to {b_en};"
        " judged by the roster as it is now",
    )


def rest_day(zone: tzinfo) -> Pair:
    """The day was to be free."""
    return "当日按轮休为休息日，安排了上班", "By the rotation the day was to be free, and work was assigned"


def leave_is(span: Interval, kind: str, is_approved: bool, zone: tzinfo) -> Pair:
    """Leave that touches the shift, and whether it counts."""
    zh, en = _names("leave_type", kind)
    span_zh, span_en = _span(span, zone)
    if is_approved:
        return f"{zh} {span_zh}，已批准", f"{en} leave {span_en}, approved"
    return f"{zh} {span_zh}，未获批准，不计", f"{en} leave {span_en}, not approved: does not count"


def all_on_leave() -> Pair:
    """Nothing is left to be worked."""
    return "整个班次均已请假", "Leave covers the whole shift"


def owed_is(start: datetime, end: datetime, zone: tzinfo) -> Pair:
    """When one had to come and might go, with the leave taken off."""
    a, b = instant_text(start, zone), instant_text(end, zone)
    return f"扣除请假后，应到 {a}，应离 {b}", f"With the leave, work is owed from {a} to {b}"


# The punches


def too_far(at: datetime, kind: str, zone: tzinfo) -> Pair:
    """A punch that belongs to no shift near by."""
    zh, en = _names("punch_kind", kind)
    when = instant_text(at, zone)
    return (
        f"{when} 的{zh}打卡离班次太远，不属于本班次",
        f"{en} {when} is too far from the shift to belong to it",
    )


def doubled(count: int, limit: timedelta) -> Pair:
    """Readings taken as one."""
    zh, en = _length(limit)
    return (
        f"有 {count} 次打卡与前一次相隔不超过 {zh}，按重复打卡计为一次",
        f"{count} readings lie no more than {en} after another: a double press counts once",
    )


def corrected(kind: str, at: datetime, before: datetime | None, source: str, zone: tzinfo) -> Pair:
    """A reading that was put right or added later."""
    (zh, en), (by_zh, by_en) = _names("punch_kind", kind), _names("punch_source", source)
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


# Late, early, severe


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


def severe(is_late: bool, minutes: int, limit: int, named: Pair | None) -> Pair:
    """Twenty minutes and more; `named` None: leave was filed."""
    zh, en = ("迟到", "Late") if is_late else ("早退", "Left early")
    why = ("已请假，不按严重论", "leave was filed: not severe")
    if named is not None:
        why = (f"未请假：按{named[0]}", f"no leave was filed: {named[1]}")
    return (
        f"{zh} {minutes} 分钟，达到 {limit} 分钟，{why[0]}",
        f"{en} by {minutes} min, {limit} or more, {why[1]}",
    )


def severe_off_post(
    start: datetime, end: datetime, minutes: int, limit: int, named: Pair, zone: tzinfo
) -> Pair:
    """As long off the post without approval."""
    zh, en = _span((start, end), zone)
    return (
        f"{zh} 未经批准离岗 {minutes} 分钟，达到 {limit} 分钟：按{named[0]}",
        f"Off the post without approval {en}, {minutes} min, {limit} or more: {named[1]}",
    )


def month_count(count: int, allowance: int | None) -> Pair:
    """Which lateness of the month it is, against the number after which it is pointed out."""
    zh, en = f"本月第 {count} 次迟到", f"Lateness no. {count} of the month"
    if allowance is None:
        return zh, en
    if count > allowance:
        return f"{zh}，超过每月 {allowance} 次", f"{en}, more than {allowance} a month"
    return f"{zh}，未超过每月 {allowance} 次", f"{en}, no more than {allowance} a month"


# At the post and off it


def off_post(span: Interval, kind: str, length: timedelta, limit: timedelta | None, zone: tzinfo) -> Pair:
    """A stretch off the post, held against the limit of its kind; over it is strictly over."""
    (zh, en), (span_zh, span_en), (for_zh, for_en) = (
        _names("off_post_kind", kind),
        _span(span, zone),
        _length(length),
    )
    if limit is None:
        return f"{zh} {span_zh}，共 {for_zh}", f"{en} {span_en}, {for_en}"
    said = ("超过", "more than") if length > limit else ("未超过", "no more than")
    limit_zh, limit_en = _length(limit)
    return (
        f"{zh} {span_zh}，共 {for_zh}，{said[0]} {limit_zh}",
        f"{en} {span_en}, {for_en}, {said[1]} {limit_en}",
    )


def off_post_approved(span: Interval, kind: str, length: timedelta, zone: tzinfo) -> Pair:
    """Time off the post that was approved."""
    zh, en = off_post(span, kind, length, None, zone)
    return f"{zh}，已获批准", f"{en}, approved"


def not_relieved(span: Interval, zone: tzinfo) -> Pair:
    """Nobody stood in at the post."""
    zh, en = _span(span, zone)
    return f"{zh} 离岗期间无人替岗", f"Nobody stood in at the post {en}"


def not_early(at: datetime, early: timedelta, zone: tzinfo) -> Pair:
    """Not there as early as the handover asks; this is no lateness."""
    when, (zh, en) = instant_text(at, zone), _length(early)
    return (
        f"交接班应提前 {zh}（{when}）到岗，未做到；这一条本身不算迟到",
        f"For the handover one is there {en} early ({when}); this was not met, which by itself is no lateness",
    )


def left_unrelieved(at: datetime, relief: datetime | None, zone: tzinfo) -> Pair:
    """Gone before whoever takes over had come."""
    when = instant_text(at, zone)
    if relief is None:
        return f"{when} 离岗时接班人未到岗", f"Left at {when}; whoever takes over was not there"
    came = instant_text(relief, zone)
    return f"{when} 离岗，接班人 {came} 才到岗", f"Left at {when}; whoever takes over came at {came}"


# Beyond the shift


def extends_itself(end: datetime, minutes: int, zone: tzinfo) -> Pair:
    """The shift went on by itself while customers were waiting."""
    when = instant_text(end, zone)
    return (
        f"晚班到 {when} 为止，客户仍在咨询时自动延长：延长 {minutes} 分钟，不需另行批准",
        f"The late shift ends at {when} and extends itself while customers are waiting: {minutes} min, no approval needed",
    )


def waited_for_relief(relief: datetime, minutes: int, zone: tzinfo) -> Pair:
    """Time beyond the shift spent waiting for whoever takes over."""
    when = instant_text(relief, zone)
    return (
        f"接班人 {when} 到岗，等候接班 {minutes} 分钟，不算未批准的延时",
        f"Whoever takes over came at {when}: {minutes} min of waiting are not counted as unapproved",
    )


def overtime(minutes: int) -> Pair:
    """Approved overtime that was worked."""
    return (
        f"班次之外在岗，已批准的加班 {minutes} 分钟",
        f"There beyond the shift: {minutes} min of approved overtime",
    )


def unapproved_extra(minutes: int, limit: timedelta, approver: Pair | None) -> Pair:
    """Time beyond the shift that nobody approved."""
    zh, en = _length(limit)
    by = (
        ("", "")
        if approver is None
        else (f"，加班须由{approver[0]}批准", f"; overtime is approved by {approver[1]}")
    )
    return (
        f"班次结束后在岗 {minutes} 分钟，达到 {zh}，没有获批的加班{by[0]}",
        f"There for {minutes} min after the end, {en} or more, without approved overtime{by[1]}",
    )


def rest_day_worked(start: datetime, end: datetime | None, minutes: int, zone: tzinfo) -> Pair:
    """Punches on a day without a shift."""
    if end is None:
        when = instant_text(start, zone)
        return f"当日没有班次，{when} 有打卡", f"No shift that day, and a reading at {when}"
    zh, en = _span((start, end), zone)
    return f"当日没有班次，{zh} 在岗 {minutes} 分钟", f"No shift that day, there {en}, {minutes} min"


# The verdict


def absent(named: Pair) -> Pair:
    """Nobody came, nobody filed leave."""
    return (
        f"班次已结束，没有打卡，也没有请假：{named[0]}",
        f"The shift is over without a punch and without leave: {named[1]}",
    )


def out_only() -> Pair:
    """A clock-out without a clock-in."""
    return "有下班打卡而没有上班打卡", "There is a clock-out and no clock-in"


def in_only() -> Pair:
    """A clock-in without a clock-out."""
    return "有上班打卡而没有下班打卡", "There is a clock-in and no clock-out"


def worked(minutes: int, off: int, is_away: bool) -> Pair:
    """The minutes of work."""
    zh_off, en_off = (f"、离岗 {off} 分钟", f", {off} min off the post") if is_away else ("", "")
    return (
        f"在岗 {minutes} 分钟，不含休息、请假{zh_off}",
        f"Worked {minutes} min, without breaks, leave{en_off}",
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


def verdict(class_: str) -> Pair:
    """What it comes to."""
    zh, en = _names("attendance_class", class_)
    return f"结论：{zh}", f"Verdict: {en.lower()}"
