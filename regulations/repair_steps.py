"""The sentences that explain a verdict on a work order, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from regulations.names import name_of
from regulations.values import Duration
from regulations.verdict import Step
from regulations.wording import day_text, instant_text, span_text
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.repairs import OrderFacts
    from regulations.rulebook import Rulebook

_WITHIN, _START = "repair.arrival_within", "repair.clock_start"
_PRICE, _APOLOGY = "repair.price_confirmed_before", "repair.apology_when_late"
_AGAIN, _SIGNED = "repair.appointment_when_unfinished", "repair.signature_required"
_PRIORITY = "repair.undispatched_next_day_priority"


def no_limit(book: Rulebook) -> Step:
    """The rulebook sets no limit for the arrival."""
    return Step("现行规则没有到场时限", "The rulebook sets no limit for the arrival", book.clause(_WITHIN))


def not_dispatched(limit: Duration, book: Rulebook) -> Step:
    """The limit runs from the form, and there is none."""
    return Step(
        f"到场时限 {limit.text('zh')} 自派单起算，尚无派单时间",
        f"{limit.text('en')} to arrive, counted from dispatch: no time of dispatch yet",
        book.clause(_START),
    )


def clock_begun(facts: OrderFacts, start: datetime, from_form: bool, book: Rulebook, zone: tzinfo) -> Step:
    """From what the limit runs."""
    at = instant_text(start, zone)
    if facts.appointment_at is not None:
        return Step(
            f"客户约定 {at} 上门，到场时限自约定时间起算",
            f"The customer agreed to {at}: the limit runs from the appointment",
            book.clause(_AGAIN),
        )
    if from_form:
        return Step(
            f"{at} 派单（维修单送达工程人员），到场时限自此起算",
            f"Dispatched {at} (the engineer got the form): the limit runs from there",
            book.clause(_START),
        )
    return Step(
        f"客户 {at} 报修，到场时限自报修起算",
        f"The customer called at {at}: the limit runs from the call",
        book.clause(_START),
    )


def arrive_by(due_at: datetime, book: Rulebook, zone: tzinfo) -> Step:
    """The deadline."""
    at = instant_text(due_at, zone)
    return Step(f"最迟 {at} 到场", f"To be there by {at}", book.clause(_WITHIN))


def arrival(
    state: str, late: int | None, facts: OrderFacts, now: datetime, book: Rulebook, zone: tzinfo
) -> Step:
    """What became of the arrival."""
    clause = book.clause(_WITHIN)
    name_zh, name_en = (name_of("arrival_state", state, lang) for lang in ("zh", "en"))
    there_at = facts.there_at
    if there_at is None:
        seen_at = instant_text(facts.cancelled_at or now, zone)
        if state == "overdue":
            over = span_text(late or 0, "zh"), span_text(late or 0, "en")
            return Step(
                f"截至 {seen_at} 仍未到场，已超过 {over[0]}",
                f"Nobody there by {seen_at}, {over[1]} past the limit",
                clause,
            )
        return Step(f"截至 {seen_at}：{name_zh}", f"By {seen_at}: {name_en.lower()}", clause)
    at = instant_text(there_at, zone)
    if facts.arrived_at is None:
        seen = (
            f"没有记录到场时间，最迟为完工时间 {at}",
            f"No arrival recorded; at the latest when finished, {at}",
        )
    else:
        seen = f"{at} 到场", f"Arrived {at}"
    if state == "late":
        over = span_text(late or 0, "zh"), span_text(late or 0, "en")
        return Step(f"{seen[0]}，迟到 {over[0]}", f"{seen[1]}, {over[1]} late", clause)
    if state == "on_time":
        return Step(f"{seen[0]}，未超过时限", f"{seen[1]}, within the limit", clause)
    return Step(f"{seen[0]}：{name_zh}", f"{seen[1]}: {name_en.lower()}", clause)


def dispatching(
    facts: OrderFacts,
    due_at: datetime,
    is_carried: bool,
    now: datetime,
    book: Rulebook,
    calendar: WorkCalendar,
) -> list[Step]:
    """Whether it was dispatched on its day, and what follows if it was not."""
    zone, clause = calendar.timezone, book.clause(_PRIORITY)
    day = calendar.day_of(due_at)
    if is_carried:
        days = (calendar.day_of(now) - day).days
        return [
            Step(
                f"{day_text(day, 'zh')} 当日未派单，已过 {days} 天，报主管优先派单",
                f"Not dispatched on {day_text(day, 'en')}, {days} d ago: goes to the manager and first",
                clause,
            )
        ]
    if facts.form_at is not None and facts.form_at.replace(microsecond=0) > due_at:
        at = instant_text(facts.form_at, zone)
        return [
            Step(
                f"{day_text(day, 'zh')} 当日未派单，{at} 才派单",
                f"Not dispatched on {day_text(day, 'en')}, only at {at}",
                clause,
            )
        ]
    return []


def pricing(state: str, facts: OrderFacts, book: Rulebook, zone: tzinfo) -> list[Step]:
    """Whether the customer knew the price before the work began."""
    clause = book.clause(_PRICE)
    if state in ("not_charged", "off") or (state == "pending" and facts.cancelled_at is not None):
        return []
    begun_at = facts.work_started_at or facts.finished_at
    begun = instant_text(begun_at, zone) if begun_at else ""
    confirmed = instant_text(facts.price_confirmed_at, zone) if facts.price_confirmed_at else ""
    if state == "pending":
        return [
            Step("收费服务：开工前须由客户确认价格", "Charged: the customer confirms the price first", clause)
        ]
    if state == "missing":
        return [
            Step(
                f"收费服务：{begun} 已开工，客户未确认价格",
                f"Charged: work began {begun} without the customer's confirmation of the price",
                clause,
            )
        ]
    if state == "late":
        return [
            Step(
                f"收费服务：{begun} 开工，{confirmed} 才确认价格",
                f"Charged: work began {begun}, the price was confirmed only at {confirmed}",
                clause,
            )
        ]
    before = (
        f"，不晚于开工时间 {begun}" if begun else "",
        f", not after the work began {begun}" if begun else "",
    )
    return [
        Step(
            f"收费服务：{confirmed} 客户确认价格{before[0]}",
            f"Charged: price confirmed {confirmed}{before[1]}",
            clause,
        )
    ]


def unfinished(
    facts: OrderFacts,
    state: str,
    return_due_at: datetime | None,
    flags: Sequence[str],
    book: Rulebook,
    zone: tzinfo,
) -> list[Step]:
    """Why it was left unfinished, and for when the next visit is agreed."""
    if state != "unfinished":
        return []
    clause = book.clause(_AGAIN)
    steps: list[Step] = []
    if facts.unfinished_reason:
        steps.append(
            Step(f"未完工原因：{facts.unfinished_reason}", f"Not finished: {facts.unfinished_reason}", clause)
        )
    if "no_reason" in flags:
        steps.append(Step("未完工，没有说明原因", "Not finished, and no reason given", clause))
    if "no_appointment" in flags:
        steps.append(Step("未完工，没有预约下次上门", "Not finished, and no next visit agreed", clause))
    if return_due_at is not None and facts.next_appointment_at is not None:
        planned, due = (instant_text(t, zone) for t in (facts.next_appointment_at, return_due_at))
        is_over = "return_overdue" in flags
        steps.append(
            Step(
                f"下次预约 {planned}，最迟 {due} 到场" + ("，已过" if is_over else ""),
                f"Next visit agreed for {planned}, to be there by {due}" + (": passed" if is_over else ""),
                clause,
            )
        )
    return steps


def apology(
    facts: OrderFacts, flags: Sequence[str], arrival_state: str, state: str, book: Rulebook, zone: tzinfo
) -> list[Step]:
    """Whether the customer was told sorry where that is owed."""
    clause = book.clause(_APOLOGY)
    if "not_apologised" in flags:
        return [
            Step(
                "到场超时或未完工，应致歉并说明，尚无记录",
                "Late or not finished: an apology is owed and none recorded",
                clause,
            )
        ]
    if facts.apologised_at is not None and (arrival_state in ("late", "overdue") or state == "unfinished"):
        at = instant_text(facts.apologised_at, zone)
        return [Step(f"{at} 已向客户致歉", f"Apologised to the customer {at}", clause)]
    return []


def signature(is_signed: bool | None, facts: OrderFacts, book: Rulebook, zone: tzinfo) -> list[Step]:
    """Whether the customer accepted the finished work."""
    clause = book.clause(_SIGNED)
    if is_signed is None:
        return []
    if facts.signed_at is None:
        return [Step("已完工，客户尚未签字确认", "Finished, not signed by the customer yet", clause)]
    at = instant_text(facts.signed_at, zone)
    return [Step(f"{at} 客户签字确认", f"Signed by the customer {at}", clause)]


_ORDER = (
    ("notified_at", "报修", "the call"),
    ("form_at", "派单", "dispatch"),
    ("arrived_at", "到场", "arrival"),
    ("work_started_at", "开工", "start of work"),
    ("finished_at", "完工", "finish"),
    ("signed_at", "签字", "signature"),
)


def out_of_order(facts: OrderFacts, zone: tzinfo) -> list[Step]:
    """Events that are recorded before what has to come first. The times stand as they were recorded."""
    found: list[Step] = []
    before: tuple[datetime, str, str] | None = None
    for field, zh, en in _ORDER:
        at: datetime | None = getattr(facts, field)
        if at is None:
            continue
        if before is not None and at < before[0]:
            a, b = instant_text(at, zone), instant_text(before[0], zone)
            found.append(
                Step(
                    f"备注：{zh}（{a}）早于{before[1]}（{b}），按记录的时间计算",
                    f"Remark: {en} ({a}) is before {before[2]} ({b}); counted as recorded",
                )
            )
        before = (at, zh, en) if before is None or at >= before[0] else before
    return found
