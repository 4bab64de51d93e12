"""What the exchange does to two rosters: same work, rest between shifts, no leave, pay-back after the swap.

Clauses: A3.3 no back-to-back shifts, A3.4 same job and level, A3.6 no leave on the swap or pay-back shift. That a
pay-back comes after the swap is no text's rule but what the words mean here. How much rest makes two shifts separate
(`shift.min_rest`) is ours: exactly that much is enough, and only shifts that somebody takes over are looked at, since
giving one away brings nothing closer together.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from regulations.lateness import span_of
from regulations.names import NAMES, name_of
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
    (one_zh, one_en), (two_zh, two_en) = _called(one), _called(two)
    if one.strip().casefold() == two.strip().casefold():
        return finding(
            clause, code, f"双方{zh}相同（{one_zh}）", f"Both have the same {en} ({one_en})", is_broken=False
        )
    return finding(
        clause,
        code,
        f"双方{zh}不同（{one_zh}、{two_zh}）",
        f"Their {en}s differ ({one_en}, {two_en})",
        is_broken=True,
    )


def _called(code: str) -> tuple[str, str]:
    """A post by its name where the desk has one for its code; what a department wrote itself as it is."""
    found = code.strip().casefold()
    return (name_of("role", found), name_of("role", found, "en")) if found in NAMES["role"] else (code, code)


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
    """Whether whoever works a shift after the swap is on leave in its hours, or has asked for it.

    Leave of whoever gives the shift away is not from this shift, nor is leave in another part of the date. Where the
    hours are not known only leave of the whole date is certain to meet it.
    """
    clause = book.clause(NO_LEAVE)
    if not book.flag(NO_LEAVE):
        return [Step("换班日、还班日可以请假", "Leave on swap and pay-back days is allowed", clause)], []
    one, two = facts.parties()
    legs: list[tuple[str, date, ShiftSpan | None, Party, Party]] = [
        ("swap", facts.swap_on, facts.shift, two, one)
    ]
    if facts.payback_on is not None:
        legs.append(("payback", facts.payback_on, facts.payback, one, two))
    found: list[Finding] = []
    for which, day, shift, works, gives in legs:
        found += [
            _on_leave(works, which, day, shift, leave, clause, calendar)
            for leave in works.leave
            if _is_near(leave, day, shift, calendar)
        ]
        found += [
            _given_away(gives, which, leave, clause, calendar)
            for leave in gives.leave
            if _is_near(leave, day, shift, calendar)
        ]
    if not any(against for _, against in found):
        zh = "换班后上这两个班的人在该班次时间内都没有请假"
        en = "Nobody who works one of these shifts after the swap is on leave in its hours"
        found.append(([Step(zh, en, clause)], []))
    return together(found)


def _is_near(leave: LeaveSpan, day: date, shift: ShiftSpan | None, calendar: WorkCalendar) -> bool:
    """Whether leave touches the date of a shift, or the shift where it runs past midnight."""
    start, end = calendar.start_of_day(day), calendar.start_of_day(day + timedelta(days=1))
    if shift is not None:
        start, end = min(start, shift.starts_at), max(end, shift.ends_at)
    return leave.starts_at < end and leave.ends_at > start


_LEGS = {"swap": ("换班班次", "swapped shift"), "payback": ("还班班次", "pay-back shift")}


def _on_leave(
    party: Party,
    which: str,
    day: date,
    shift: ShiftSpan | None,
    leave: LeaveSpan,
    clause: str | None,
    calendar: WorkCalendar,
) -> Finding:
    """Leave of whoever works the shift, against the hours of the shift."""
    zone = calendar.timezone
    leg_zh, leg_en = _LEGS[which]
    leave_zh, leave_en = _leave_words(leave, zone)
    code = "on_leave" if leave.is_approved else "leave_undecided"
    if shift is None:
        is_whole = leave.starts_at <= calendar.start_of_day(day) and leave.ends_at >= calendar.start_of_day(
            day + timedelta(days=1)
        )
        hours_zh, hours_en = day_text(day, "zh"), day_text(day, "en")
        if not is_whole:
            zh = f"{party.name} {hours_zh}{leave_zh}，没有给出{leg_zh}时间，请审批人核对是否重叠"
            en = f"{party.name} {leave_en} on {hours_en}; the hours of the {leg_en} are not given: see that they do not meet"
            return finding(clause, code, zh, en, is_broken=False)
    else:
        hours_zh = hours_en = shift.text(zone)
        if leave.starts_at >= shift.ends_at or leave.ends_at <= shift.starts_at:
            zh = f"{party.name} {leave_zh}，与{leg_zh}（{hours_zh}）时间不重叠，不违反"
            en = f"{party.name} {leave_en}, outside the {leg_en} ({hours_en}): not against it"
            return finding(clause, code, zh, en, is_broken=False)
    if leave.is_approved:
        zh = f"{party.name} 换班后上{leg_zh}（{hours_zh}），而此时{leave_zh}：换班、还班班次不得请假"
        en = f"{party.name} works the {leg_en} ({hours_en}) but {leave_en}: no leave on swapped and pay-back shifts"
    else:
        zh = f"{party.name} 换班后上{leg_zh}（{hours_zh}），而此时{leave_zh}，尚未审批：请先审批该请假"
        en = f"{party.name} works the {leg_en} ({hours_en}) but {leave_en}, which is not decided: decide on the leave first"
    return finding(clause, code, zh, en, is_broken=True)


def _given_away(
    party: Party, which: str, leave: LeaveSpan, clause: str | None, calendar: WorkCalendar
) -> Finding:
    leg_zh, leg_en = _LEGS[which]
    leave_zh, leave_en = _leave_words(leave, calendar.timezone)
    zh = f"{party.name} {leave_zh}；{leg_zh}换给他人上，不受影响"
    en = f"{party.name} {leave_en}; the {leg_en} is worked by the other, so it is not against it"
    return [Step(zh, en, clause)], []


def _leave_words(leave: LeaveSpan, zone: tzinfo) -> tuple[str, str]:
    start, end = instant_text(leave.starts_at, zone), instant_text(leave.ends_at, zone)
    if leave.is_approved:
        return f"已请假（{start} 至 {end}）", f"is on leave ({start} to {end})"
    return f"已申请请假（{start} 至 {end}）", f"has asked for leave ({start} to {end})"


def payback_follows(facts: SwapFacts) -> Finding:
    """Whether the pay-back comes after the swap: it begins when the swapped shift has ended, or later.

    No text says so: it is a choice of ours which of two shifts is the swap and which pays it back.
    """
    if facts.payback_on is None:
        zh = "还班日尚未约定，批准后须补登记"
        en = "The pay-back day is not agreed yet: it is to be entered after the approval"
        return [Step(zh, en)], []
    if facts.shift is not None and facts.payback is not None:
        is_before = facts.payback.starts_at < facts.shift.ends_at
    else:
        is_before = facts.payback_on < facts.swap_on
    swap_zh, pay_zh = day_text(facts.swap_on, "zh"), day_text(facts.payback_on, "zh")
    swap_en, pay_en = day_text(facts.swap_on, "en"), day_text(facts.payback_on, "en")
    if is_before:
        first = facts.partner.name
        zh = (
            f"还班（{pay_zh}）在换班（{swap_zh}）结束前就已开始：本系统以先上的班为换班（制度未写明），"
            f"请由 {first} 提出申请"
        )
        en = (
            f"The pay-back ({pay_en}) begins before the swapped shift ({swap_en}) is over: what is worked first is the swap"
            f" (a choice of this desk, no text says so), which {first} asks for"
        )
    else:
        zh, en = f"{swap_zh}换班，{pay_zh}还班", f"Swap on {swap_en}, pay-back on {pay_en}"
    return finding(None, "payback_before_swap", zh, en, is_broken=is_before)
