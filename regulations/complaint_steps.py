"""The reasoning of a complaint's clock in words: what started it, its limit, what stopped it, the comparison."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from regulations.case_history import CaseEvent, CaseFacts
from regulations.names import name_of
from regulations.values import Duration
from regulations.verdict import Step
from regulations.wording import day_text, instant_text, span_text


def _names(kind: str, code: str) -> tuple[str, str]:
    return name_of(kind, code, "zh"), name_of(kind, code, "en")


def event_names(event: CaseEvent) -> tuple[str, str]:
    """What the event is called, with the department where one is named."""
    zh, en = _names("complaint_event", event.kind)
    return (f"{zh}（{event.department}）", f"{en} ({event.department})") if event.department else (zh, en)


def start_step(facts: CaseFacts, event: CaseEvent | None, begun: datetime, zone: tzinfo) -> Step:
    """What started the clock: the receipt, an event, or the end of an interval that was missed."""
    at = instant_text(begun, zone)
    if event is None:
        zh, en = _names("complaint_channel", facts.channel)
        return Step(f"{at} 受理投诉（{zh}）", f"Complaint received {at} ({en})")
    if begun > event.at:  # a missed interval of progress contacts: the next one follows on it
        return Step(
            f"上一次间隔于 {at} 届满而未联系客户，由此起算下一次",
            f"The interval before ended {at} without a contact; the next one follows on it",
        )
    zh, en = event_names(event)
    if event.kind == "severity_changed":
        to_zh, to_en = _names("severity", event.value)
        zh, en = f"{zh}为“{to_zh}”", f"{en} to {to_en.lower()}"
    return Step(f"{at} {zh}，由此起算", f"{en} at {at}: the clock starts here")


def limit_step(
    clock: str, limit: Duration, status: str, clause: str | None, is_today: bool, category: str | None
) -> Step:
    """The limit, how it rests on the regulations, and whether the first day counts.

    `category` is given where the limit is that of one category of complaints (A7.9).
    """
    zh, en = _names("clock", clock)
    zh_status, en_status = _names("parameter_status", status)
    if is_today:
        zh_status, en_status = f"{zh_status}，受理当日为第 1 天", f"{en_status}, the day of receipt is day 1"
    if category is not None:
        zh_name, en_name = _names("complaint_category", category)
        zh_status, en_status = f"{zh_status}，按“{zh_name}”类别", f"{en_status}, for the category {en_name}"
    return Step(
        f"{zh}：限 {limit.text('zh')}（{zh_status}）",
        f"{en}: within {limit.text('en')} ({en_status[0].lower()}{en_status[1:]})",
        clause,
    )


def schedule_step(clock: str, event: CaseEvent, due_on: date, status: str, clause: str | None) -> Step:
    """The date that a department named or was given, instead of a limit that is counted."""
    zh, en = _names("clock", clock)
    zh_status, en_status = _names("parameter_status", status)
    zh_event, en_event = _names("complaint_event", event.kind)
    zh_who, en_who = (event.department or "责任部门"), (event.department or "the department")
    by_zh, by_en = day_text(due_on, "zh"), day_text(due_on, "en")
    if event.due_on is None:
        return Step(
            f"{zh}：{zh_event}而未另定日期，仍以此前所定的 {by_zh} 为限，至当日结束（{zh_who}；{zh_status}）",
            f"{en}: {en_event.lower()} without a new date, so still by the end of {by_en}, the date named before"
            f" ({en_who}; {en_status.lower()})",
            clause,
        )
    return Step(
        f"{zh}：以“{zh_event}”所定的 {by_zh} 为限，至当日结束（{zh_who}；{zh_status}）",
        f"{en}: by the end of {by_en}, the date named in: {en_event.lower()} ({en_who}; {en_status.lower()})",
        clause,
    )


def kept_step(kept: datetime, counted: datetime, zone: tzinfo) -> Step:
    """Why a deadline that would be another one today stays as it was set."""
    was, would = instant_text(kept, zone), instant_text(counted, zone)
    return Step(
        f"期限此前已设定为 {was}，一经设定不再改动（按现有记录推算为 {would}）",
        f"The deadline was set before to {was} and stays (by the record as it is now: {would})",
    )


def no_limit_step(clock: str, clause: str | None) -> Step:
    """Why a clock is off."""
    zh, en = _names("clock", clock)
    return Step(f"现行规则不设{zh}时限", f"The rulebook sets no limit for: {en.lower()}", clause)


def no_pause_step(clause: str | None) -> Step:
    """Why waiting for the customer did not stop the clock."""
    return Step(
        "有“等待客户”的记录，但现行规则不允许暂停计时，照常计算",
        "The case was waiting for the customer, but the rulebook allows no pause: the clock ran on",
        clause,
    )


def named_date_step() -> Step:
    """Why waiting for the customer does not move a date that was named."""
    return Step(
        "期限是指定的日期，等待客户不顺延",
        "The limit is a date that was named: waiting for the customer does not move it",
    )


def due_step(due_at: datetime, warn_at: datetime, zone: tzinfo, clause: str | None) -> Step:
    """When the clock runs out and from when it warns."""
    due, warn = instant_text(due_at, zone), instant_text(warn_at, zone)
    return Step(f"到期：{due}，自 {warn} 起提醒", f"Due {due}; warning from {warn}", clause)


def stop_step(stops: tuple[str, ...], event: CaseEvent | None, now: datetime, zone: tzinfo) -> Step:
    """The event that stopped the clock, or that none did yet."""
    if event is not None:
        zh, en = event_names(event)
        at = instant_text(event.at, zone)
        return Step(f"{at} {zh}", f"{en} at {at}")
    zh = "、".join(name_of("complaint_event", k, "zh") for k in stops)
    en = ", ".join(name_of("complaint_event", k, "en").lower() for k in stops)
    at = instant_text(now, zone)
    return Step(f"截至 {at} 没有“{zh}”的记录", f"Until {at} there is no record of: {en}")


def verdict_step(
    due_at: datetime, met_at: datetime | None, now: datetime, state: str, overdue: int, clause: str | None
) -> Step:
    """The comparison that decides the state."""
    if state == "met":
        return Step("不晚于到期时刻：按时", "Not later than the due instant: met", clause)
    if state == "breached":
        zh, en = span_text(overdue, "zh"), span_text(overdue, "en")
        if met_at is not None:
            return Step(f"晚于到期时刻 {zh}：超时", f"{en} after the due instant: breached", clause)
        return Step(
            f"已过到期时刻 {zh} 仍未完成：超时", f"Still open {en} after the due instant: breached", clause
        )
    left = max(timedelta(), due_at - now).total_seconds()
    zh, en = _names("clock_state", state)
    return Step(
        f"距到期还有 {span_text(left, 'zh')}：{zh}", f"{span_text(left, 'en')} left: {en.lower()}", clause
    )
