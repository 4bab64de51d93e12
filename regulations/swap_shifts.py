"""What the exchange does to two rosters: same work, rest between shifts, no leave, pay-back after the swap.

Clauses: A3.3 no back-to-back shifts, A3.4 same job and level, A3.6 no leave on the swap or pay-back shift. How much
rest makes two shifts separate (`shift.min_rest`) is ours: exactly that much is enough, and only shifts that somebody
takes over are looked at, since giving one away brings nothing closer together.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from regulations.lateness import span_of
from regulations.swap_facts import Finding, LeaveSpan, Party, ShiftSpan, SwapFacts, finding, together
from regulations.verdict import Step
from regulations.wording import day_text, instant_text, span_text
from regulations.work_calendar import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

SAME_JOB, BACK_TO_BACK, MIN_REST = "swap.same_job_required", "swap.back_to_back_allowed", "shift.min_rest"
NO_LEAVE = "leave.no_leave_on_swap"


def same_job(facts: SwapFacts, book: Rulebook) -> Finding:
    """Whether both have the same post and level. What is not on record cannot be held against anybody."""
    clause = book.clause(SAME_JOB)
    if not book.flag(SAME_JOB):
        return [Step("不要求同工种同水平", "No same job and level is asked for", clause)], []
    one, two = facts.parties()
    return together(
        [
            _alike(clause, "post_differs", ("工种", "post"), one.post, two.post),
            _alike(clause, "level_differs", ("业务水平", "level"), one.level, two.level),
        ]
    )


def _alike(clause: str | None, code: str, what: tuple[str, str], one: str, two: str) -> Finding:
    zh, en = what
    if not one or not two:
        said_zh = f"双方{zh}没有都登记，请审批人核对是否相当"
        said_en = f"The {en} of one or both is not on record: whoever decides sees that they are comparable"
        return finding(clause, code, said_zh, said_en, is_broken=False)
    if one.strip().casefold() == two.strip().casefold():
        return finding(
            clause, code, f"双方{zh}相同（{one}）", f"Both have the same {en} ({one})", is_broken=False
        )
    return finding(
        clause, code, f"双方{zh}不同（{one}、{two}）", f"Their {en}s differ ({one}, {two})", is_broken=True
    )


def rest_between(facts: SwapFacts, book: Rulebook, zone: tzinfo) -> Finding:
    """For both people: the time between the shift taken over and every other, against the rest that is needed.

    Shifts that run at the same time are refused whatever the rulebook says: nobody is at two posts.
    """
    clause, least = book.clause(BACK_TO_BACK), span_of(book, MIN_REST) or timedelta()
    is_forbidden = book.flag(BACK_TO_BACK) is False
    found: list[Finding] = []
    for party in facts.parties():
        taken = facts.received(party)
        if taken is None:
            continue
        close = [(_gap(taken, other), other) for other in facts.kept(party)]
        bad = [(gap, other) for gap, other in close if is_too_close(gap, least, is_forbidden)]
        if bad:
            found += [
                _too_close(party, taken, other, gap, least, clause, zone)
                for gap, other in sorted(bad, key=_by_time)
            ]
        else:
            found.append(_apart(party, close, least, is_forbidden, clause))
    if not found:
        zh, en = (
            "没有给出班次时间，未核对连班",
            "No times of shifts are given: back-to-back shifts were not looked for",
        )
        found.append(([Step(zh, en, clause)], []))
    return together(found)


def is_too_close(gap: timedelta, least: timedelta, is_forbidden: bool) -> bool:
    """Whether two shifts may not be worked by one person. Without a least rest only shifts without a break are."""
    return gap < timedelta() or (is_forbidden and (gap < least or not gap))


def _gap(one: ShiftSpan, two: ShiftSpan) -> timedelta:
    """The time between two shifts; negative where they overlap."""
    return max(one.starts_at - two.ends_at, two.starts_at - one.ends_at)


def _by_time(pair: tuple[timedelta, ShiftSpan]) -> datetime:
    return pair[1].starts_at


def _too_close(
    party: Party,
    taken: ShiftSpan,
    other: ShiftSpan,
    gap: timedelta,
    least: timedelta,
    clause: str | None,
    zone: tzinfo,
) -> Finding:
    one, two = taken.text(zone), other.text(zone)
    if gap < timedelta():
        zh = f"{party.name} 换班后 {one} 与 {two} 两班时间重叠"
        en = f"{party.name} would work {one} and {two}, which overlap"
        return finding(None, "double_booking", zh, en, is_broken=True)
    rest_zh, rest_en = (span_text(gap.total_seconds(), lang) for lang in ("zh", "en"))
    least_zh, least_en = (span_text(least.total_seconds(), lang) for lang in ("zh", "en"))
    zh = f"{party.name} 换班后 {one} 与 {two} 之间只休息 {rest_zh}，不足 {least_zh}，属于连班"
    en = f"{party.name} would rest {rest_en} between {one} and {two}, less than {least_en}: back to back"
    return finding(clause, "back_to_back", zh, en, is_broken=True)


def _apart(
    party: Party,
    close: list[tuple[timedelta, ShiftSpan]],
    least: timedelta,
    is_forbidden: bool,
    clause: str | None,
) -> Finding:
    if not is_forbidden:
        zh, en = (
            f"{party.name} 换班后各班不重叠；连班不受限制",
            f"{party.name} has no overlapping shifts; back-to-back ones are allowed",
        )
    elif close:
        shortest = min(gap for gap, _ in close).total_seconds()
        zh = f"{party.name} 换班后两班之间至少休息 {span_text(shortest, 'zh')}，不少于 {span_text(least.total_seconds(), 'zh')}，不是连班"
        en = (
            f"{party.name} rests at least {span_text(shortest, 'en')} between shifts,"
            f" not less than {span_text(least.total_seconds(), 'en')}: not back to back"
        )
    else:
        zh, en = (
            f"{party.name} 前后没有其他班次，不是连班",
            f"{party.name} has no other shift near it: not back to back",
        )
    return [Step(zh, en, clause)], []


def no_leave(facts: SwapFacts, book: Rulebook, calendar: WorkCalendar) -> Finding:
    """Whether either of them is on leave, or has asked for it, on the swap day or the pay-back day."""
    clause = book.clause(NO_LEAVE)
    if not book.flag(NO_LEAVE):
        return [Step("换班日、还班日可以请假", "Leave on swap and pay-back days is allowed", clause)], []
    spans = [(facts.swap_on, facts.shift)]
    if facts.payback_on is not None:
        spans.append((facts.payback_on, facts.payback))
    found: list[Finding] = []
    for party in facts.parties():
        for day, shift in spans:
            start, end = calendar.start_of_day(day), calendar.start_of_day(day + timedelta(days=1))
            if shift is not None:  # past midnight too
                start, end = min(start, shift.starts_at), max(end, shift.ends_at)
            met = [leave for leave in party.leave if leave.starts_at < end and leave.ends_at > start]
            found += [_on_leave(party, day == facts.swap_on, leave, clause, calendar) for leave in met[:1]]
    if not found:
        zh = "双方在换班日、还班日都没有请假"
        en = "Neither of them is on leave on the swap day or the pay-back day"
        found.append(([Step(zh, en, clause)], []))
    return together(found)


def _on_leave(
    party: Party, is_swap_day: bool, leave: LeaveSpan, clause: str | None, calendar: WorkCalendar
) -> Finding:
    start, end = (instant_text(at, calendar.timezone) for at in (leave.starts_at, leave.ends_at))
    zh_day, en_day = ("换班日", "swap day") if is_swap_day else ("还班日", "pay-back day")
    zh_state, en_state = (
        ("已请假", "is on leave") if leave.is_approved else ("已申请请假", "has asked for leave")
    )
    zh = f"{party.name} {zh_day}{zh_state}（{start} 至 {end}），换班日、还班日不得请假"
    en = f"{party.name} {en_state} on the {en_day} ({start} to {end}): no leave on swap and pay-back days"
    return finding(clause, "on_leave", zh, en, is_broken=True)


def payback_follows(facts: SwapFacts, clause: str | None) -> Finding:
    """Whether the pay-back comes after the swap: it begins when the swapped shift has ended, or later."""
    if facts.payback_on is None:
        zh = "还班日尚未约定，批准后须补登记"
        en = "The pay-back day is not agreed yet: it is to be entered after the approval"
        return [Step(zh, en, clause)], []
    if facts.shift is not None and facts.payback is not None:
        is_before = facts.payback.starts_at < facts.shift.ends_at
    else:
        is_before = facts.payback_on < facts.swap_on
    swap_zh, pay_zh = day_text(facts.swap_on, "zh"), day_text(facts.payback_on, "zh")
    swap_en, pay_en = day_text(facts.swap_on, "en"), day_text(facts.payback_on, "en")
    if is_before:
        first = facts.partner.name
        zh = f"还班（{pay_zh}）在换班（{swap_zh}）结束前就已开始：先上的班是换班，请由 {first} 提出申请"
        en = (
            f"The pay-back ({pay_en}) begins before the swapped shift ({swap_en}) is over:"
            f" what is worked first is the swap, which {first} asks for"
        )
    else:
        zh, en = f"{swap_zh}换班，{pay_zh}还班", f"Swap on {swap_en}, pay-back on {pay_en}"
    return finding(clause, "payback_before_swap", zh, en, is_broken=is_before)
