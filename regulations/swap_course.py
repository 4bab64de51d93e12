"""What follows an approved swap: the pay-back until it is worked, and a shift left empty (A1.32, A3.5, A3.8).

No text names a time for the pay-back; the desk only shows how long it has been open. What a failed swap costs whom is
established by a person from each one's share of responsibility; nothing here imposes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from regulations.ruling import Ruling, Violation, clauses_of
from regulations.swap_deciding import with_lent
from regulations.swap_facts import OtherSwap, ShiftSpan
from regulations.swaps import FAILURE, failure_name
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.work_calendar import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

SHARES = "swap.responsibility_shared"
COURSES = ("not_agreed", "awaited", "under_way", "to_settle", "settled", "failed", "none")
"""Where the pay-back stands; names.NAMES["swap_payback"] has their names."""
_ENDS = {
    "settled": "settled",
    "failed": "failed",
    "refused": "none",
    "withdrawn": "none",
    "requested": "none",
}


@dataclass(frozen=True, slots=True)
class Course:
    """Where the pay-back of a swap stands, and for how many days it has been open since the swap was worked."""

    code: str
    days_open: int
    step: Step


def payback_course(
    state: str,
    swap: OtherSwap,
    payback: ShiftSpan | None,
    now: datetime,
    calendar: WorkCalendar,
) -> Course:
    """Where the pay-back stands. `state` is that of the request; a pay-back of None is not on the roster (any more)."""
    today = calendar.day_of(now)
    days = max(0, (today - swap.swap_on).days)
    ended = _ENDS.get(state)
    if ended is not None:
        zh, en = {
            "settled": ("已还班，换班办结", "Paid back: the swap is settled"),
            "failed": (
                "出现误班或空班，按责任处理",
                "A shift was wrong or left empty: it is being established",
            ),
            "none": ("没有生效的换班，无须还班", "No swap is in force: nothing is to be paid back"),
        }[ended]
        return Course(ended, 0, Step(zh, en))
    if swap.payback_on is None:
        zh = f"还班日未约定，换班已过 {days} 天" if days else "还班日未约定"
        en = f"No pay-back day is agreed, {days} d after the swap" if days else "No pay-back day is agreed"
        return Course("not_agreed", days, Step(zh, en))
    zh_day, en_day = day_text(swap.payback_on, "zh"), day_text(swap.payback_on, "en")
    starts_at = payback.starts_at if payback else calendar.start_of_day(swap.payback_on)
    ends_at = payback.ends_at if payback else calendar.end_of_day(swap.payback_on)
    if now < starts_at:
        return Course("awaited", days, Step(f"待 {zh_day}还班", f"Pay-back is due on {en_day}"))
    if now < ends_at:
        return Course("under_way", days, Step(f"{zh_day}正在还班", f"The pay-back of {en_day} is under way"))
    over = max(0, (today - swap.payback_on).days)
    zh = f"还班日 {zh_day}已过 {over} 天，待确认还班" if over else f"{zh_day}还班已下班，待确认"
    en = f"The pay-back of {en_day} is over: it is to be confirmed"
    return Course("to_settle", days, Step(zh, en))


def may_settle(
    swap: OtherSwap,
    shift: ShiftSpan | None,
    payback: ShiftSpan | None,
    absent: tuple[date, ...],
    now: datetime,
    book: Rulebook,
    *,
    has_note: bool,
) -> Ruling:
    """Whether the swap can be closed as paid back: both shifts over, nobody absent, or a note saying why anyhow.

    `absent` are the days of the swap on which nobody was at the post by the attendance verdict.
    """
    calendar = WorkCalendar.from_rulebook(book)
    violations: list[Violation] = []
    for span, zh, en in ((shift, "换班", "The swapped shift"), (payback, "还班", "The pay-back")):
        if span is not None and now < span.ends_at:
            end = instant_text(span.ends_at, calendar.timezone)
            violations.append(
                Violation(
                    "not_over",
                    None,
                    f"{zh}班次 {end} 才结束，请结束后再确认。",
                    f"{en} ends at {end}: settle it then.",
                )
            )
    if swap.payback_on is None and not has_note:
        violations.append(
            Violation(
                "payback_not_agreed",
                None,
                "还没有还班：请先登记还班日；双方约定不还班的，请写明说明。",
                "Nothing was paid back: enter the pay-back day, or say why they agreed on none.",
            )
        )
    if absent:
        days_zh, days_en = (
            "、".join(day_text(d, "zh") for d in absent),
            ", ".join(day_text(d, "en") for d in absent),
        )
        violations.append(
            Violation(
                "shift_empty",
                book.clause(FAILURE),
                f"{days_zh}的考勤为旷工：请先补正打卡，或登记误班、空班。",
                f"Nobody is on record for {days_en}: put the readings right, or record that the shift was left empty.",
            )
        )
    return Ruling(not violations, None, tuple(violations), clauses_of((), violations))


def failure(names: tuple[str, str], failed_on: date, shares: tuple[str, str], book: Rulebook) -> Ruling:
    """What a wrong or empty shift through an unclear briefing counts as, for both; refused without each one's share.

    The class comes from `swap.failure_class`; `shares` are what a person established about the responsibility of the
    one and of the other (A3.5).
    """
    clause, class_ = book.clause(FAILURE), failure_name(book)
    if class_ is None:
        said = Violation(
            "no_failure_class",
            None,
            "现行规定没有写明误班、空班如何处理。",
            "This rulebook lays nothing down for wrong or empty shifts.",
        )
        return Ruling(False, None, (said,), ())
    day_zh, day_en = day_text(failed_on, "zh"), day_text(failed_on, "en")
    steps = [
        Step(
            f"{day_zh}因交代不清出现误班或空班：{names[0]}、{names[1]}双方均按{class_[0]}处理",
            f"The shift of {day_en} was wrong or left empty through an unclear briefing: it counts as {class_[1]}"
            f" for both {names[0]} and {names[1]}",
            clause,
        )
    ]
    violations: list[Violation] = []
    clause_of_shares = book.clause(SHARES)
    if book.flag(SHARES):
        steps.append(
            Step(
                "按双方责任大小分别考核，由人认定，系统不自动处分",
                "Each is assessed by his share of responsibility, which a person establishes; nothing is imposed by itself",
                clause_of_shares,
            )
        )
        missing = [name for name, share in zip(names, shares, strict=True) if not share.strip()]
        if missing:
            violations.append(
                Violation(
                    "no_shares",
                    clause_of_shares,
                    f"请写明双方各自的责任，还缺：{'、'.join(missing)}。",
                    f"Say what each one's responsibility was; still missing: {', '.join(missing)}.",
                )
            )
    steps += [
        Step(f"{name}的责任：{share.strip()}", f"{name}'s responsibility: {share.strip()}", clause_of_shares)
        for name, share in zip(names, shares, strict=True)
        if share.strip()
    ]
    clauses = clauses_of(steps, violations, *book.clauses(FAILURE))
    return Ruling(not violations, None, tuple(violations), clauses, with_lent(tuple(steps), clauses, book))
