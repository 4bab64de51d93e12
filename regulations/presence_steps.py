"""The sentences about time off the post, the handover and time beyond a shift. Each answers in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from regulations.attendance_steps import Pair, between, lasting, named, stretches
from regulations.intervals import Interval
from regulations.wording import instant_text

# At the post and off it


def off_post(span: Interval, kind: str, length: timedelta, limit: timedelta | None, zone: tzinfo) -> Pair:
    """A stretch off the post, held against the limit of its kind; over it is strictly over."""
    (zh, en), (span_zh, span_en), (for_zh, for_en) = (
        named("off_post_kind", kind),
        between(span, zone),
        lasting(length),
    )
    if limit is None:
        return f"{zh} {span_zh}，共 {for_zh}", f"{en} {span_en}, {for_en}"
    said = ("超过", "more than") if length > limit else ("未超过", "no more than")
    limit_zh, limit_en = lasting(limit)
    return (
        f"{zh} {span_zh}，共 {for_zh}，{said[0]} {limit_zh}",
        f"{en} {span_en}, {for_en}, {said[1]} {limit_en}",
    )


def off_post_approved(
    span: Interval, kind: str, length: timedelta, limit: timedelta | None, zone: tzinfo
) -> Pair:
    """Time off the post that was approved; `limit` where it was longer than that."""
    zh, en = off_post(span, kind, length, limit, zone)
    if limit is None:
        return f"{zh}，已获批准", f"{en}, approved"
    return f"{zh}；已获批准，不计超时", f"{en}; approved, so it does not count as too long"


def gap(span: Interval, length: timedelta, approver: Pair | None, zone: tzinfo) -> Pair:
    """Owed time between an out and the next in."""
    (zh, en), (for_zh, for_en) = between(span, zone), lasting(length)
    by = ("由主管登记离岗", "whether it was approved is recorded as time off the post")
    if approver is not None:
        by = (
            f"离岗须经{approver[0]}批准，是否获准请登记离岗",
            f"leaving the post is approved by {approver[1]}, and whether it was is recorded as time off the post",
        )
    return (
        f"打卡显示 {zh} 不在岗，共 {for_zh}，不计在岗；{by[0]}",
        f"By the punches not there {en}, {for_en}, not counted as worked; {by[1]}",
    )


def left_unasked(span: Interval, approver: Pair, zone: tzinfo) -> Pair:
    """Left the post without asking whoever has to be asked."""
    zh, en = between(span, zone)
    return (
        f"{zh} 离岗未经{approver[0]}批准：擅自离岗",
        f"Left the post {en} without asking {approver[1]}",
    )


def not_relieved(span: Interval, zone: tzinfo) -> Pair:
    """Nobody stood in at the post."""
    zh, en = between(span, zone)
    return f"{zh} 离岗期间无人替岗", f"Nobody stood in at the post {en}"


def not_early(at: datetime, early: timedelta, zone: tzinfo) -> Pair:
    """Not there as early as the handover asks; this is no lateness."""
    when, (zh, en) = instant_text(at, zone), lasting(early)
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


def overtime(minutes: int, spans: Sequence[Interval], zone: tzinfo) -> Pair:
    """Approved overtime that was worked."""
    zh, en = stretches(spans, zone)
    return (
        f"班次之外在岗，已批准的加班 {minutes} 分钟：{zh}",
        f"There beyond the shift: {minutes} min of approved overtime, {en}",
    )


def approved_by(approver: Pair | None) -> Pair:
    """Who would have had to approve overtime, as the end of a sentence; nothing where the regulations name nobody."""
    if approver is None:
        return "", ""
    return f"，加班须由{approver[0]}批准", f"; overtime is approved by {approver[1]}"


def unapproved_extra(minutes: int, limit: timedelta, approver: Pair | None) -> Pair:
    """Time beyond the shift that nobody approved."""
    zh, en = lasting(limit)
    by = approved_by(approver)
    return (
        f"班次结束后在岗 {minutes} 分钟，达到 {zh}，没有获批的加班{by[0]}",
        f"There for {minutes} min after the end, {en} or more, without approved overtime{by[1]}",
    )


def rest_day_worked(start: datetime, spans: Sequence[Interval], minutes: int, zone: tzinfo) -> Pair:
    """Punches on a day without a shift; no `spans`: nobody knows yet how long."""
    if not spans:
        when = instant_text(start, zone)
        return f"当日没有班次，{when} 有打卡", f"No shift that day, and a reading at {when}"
    zh, en = stretches(spans, zone)
    return f"当日没有班次，{zh} 在岗 {minutes} 分钟", f"No shift that day, there {en}, {minutes} min"
