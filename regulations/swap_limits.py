"""How often, on which days: the monthly cap, swaps that follow one another, public holidays (A1.31, A3.3, A3.9).

Readings of ours where the texts leave a gap. A swap counts for both people, in the month of the swapped shift; a
pay-back completes it and counts again only where `swap.counts` is per_leg, in its own month. Swaps are consecutive
when the day of one is the same as the day of another swap of the same person, or the day right before or after it;
days of pay-backs count for this only where `swap.consecutive_counts_payback` says so, and the two days of one swap only
where they count as two besides. A shift is on a public holiday when the date it belongs to is one.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from regulations.swap_facts import Finding, OtherSwap, Party, SwapFacts, finding, together
from regulations.verdict import Step
from regulations.wording import day_text
from regulations.work_calendar import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

CAP, COUNTS = "swap.monthly_cap", "swap.counts"
CONSECUTIVE, HOLIDAY = "swap.consecutive_allowed", "swap.on_holiday_allowed"
PAYBACKS = "swap.consecutive_counts_payback"
_DAY = timedelta(days=1)
Month = tuple[int, int]


def monthly_cap(facts: SwapFacts, book: Rulebook) -> Finding:
    """For both people: the swaps of each month that this one touches, with this one, against the cap."""
    cap, clause = book.integer(CAP), book.clause(CAP)
    if cap is None:
        return [Step("换班次数不设上限", "There is no cap on swaps")], []
    per_leg = is_per_leg(book)
    this = OtherSwap(facts.swap_on, facts.payback_on)
    months = sorted({_month(day) for day in _counting_days(this, per_leg)})
    rule = Step(
        "换班与还班各计一次" if per_leg else "还班是完成换班，与换班合计一次，计入换班当月",
        "Swap and pay-back count once each"
        if per_leg
        else "A pay-back completes the swap: both count once, in the month of the swap",
        book.clause(COUNTS),
    )
    found: list[Finding] = [([rule], [])]
    for party in facts.parties():
        for month in months:
            before = swaps_in_month(party, month, per_leg)
            if month == _month(facts.swap_on):
                before += party.counted
            total = before + sum(_month(day) == month for day in _counting_days(this, per_leg))
            found.append(_compared(party, month, before, total, cap, clause))
    return together(found)


def _compared(party: Party, month: Month, before: int, total: int, cap: int, clause: str | None) -> Finding:
    is_over = total > cap
    when = f"{month[0]}-{month[1]:02d}"
    zh = f"{party.name} {when} 月已换班 {before} 次，连同本次共 {total} 次，每人每月最多 {cap} 次"
    en = f"{party.name} has {before} in {when}, {total} with this one; at most {cap} a person a month"
    ends = ("：超出", ": too many") if is_over else ("：未超出", ": within it")
    return finding(clause, "over_monthly_cap", zh + ends[0], en + ends[1], is_broken=is_over)


def is_per_leg(book: Rulebook) -> bool:
    """Whether swap and pay-back count as two."""
    return book.choice(COUNTS) == "per_leg"


def swaps_in_month(party: Party, month: Month, per_leg: bool) -> int:
    """How many swaps of this person fall into the month, this one apart."""
    return sum(_month(day) == month for swap in party.swaps for day in _counting_days(swap, per_leg))


def _counting_days(swap: OtherSwap, with_payback: bool) -> tuple[date, ...]:
    return swap.days() if with_payback else (swap.swap_on,)


def _month(day: date) -> Month:
    return day.year, day.month


def consecutive(facts: SwapFacts, book: Rulebook) -> Finding:
    """For both people: whether a day of this swap is, or directly follows or precedes, a day of another."""
    if book.flag(CONSECUTIVE) is not False:
        return [Step("可以连续换班", "Consecutive swaps are allowed", book.clause(CONSECUTIVE))], []
    clause, with_paybacks = book.clause(CONSECUTIVE), bool(book.flag(PAYBACKS))
    rule = Step(
        "还班日也算换班日" if with_paybacks else "只看换班日，还班日不另算一次换班",
        "Pay-back days count as swap days"
        if with_paybacks
        else "Only swap days are looked at: a pay-back is no swap of its own",
        book.clause(PAYBACKS),
    )
    found: list[Finding] = [([rule], [])]
    for party in facts.parties():
        near = _near_days(facts, party, with_paybacks, is_per_leg(book))
        if near:
            ours, theirs = near[0]
            zh = f"{party.name} {day_text(ours, 'zh')}换班，与其 {day_text(theirs, 'zh')}的换班"
            en = f"{party.name}'s swap day {day_text(ours, 'en')}"
            if ours == theirs:
                zh = f"{party.name} {day_text(ours, 'zh')}已有换班，同日再换"
                en += " is a day of another swap already: consecutive"
            else:
                zh += "日期紧接"
                en += f" directly {'follows' if ours > theirs else 'precedes'} {day_text(theirs, 'en')}: consecutive"
            found.append(finding(clause, "consecutive", f"{zh}，属于连续换班", en, is_broken=True))
        else:
            what = ("换班或还班", "swap or pay-back") if with_paybacks else ("换班", "swap")
            zh = f"{party.name} 当日及前后一天没有其他{what[0]}，不是连续换班"
            en = f"{party.name} has no other {what[1]} on that day or the days next to it: not consecutive"
            found.append(finding(clause, "consecutive", zh, en, is_broken=False))
    return together(found)


def _near_days(facts: SwapFacts, party: Party, with_paybacks: bool, per_leg: bool) -> list[tuple[date, date]]:
    """Pairs of a day of this swap and a day of another that lie at most one day apart, the earliest first."""
    this = OtherSwap(facts.swap_on, facts.payback_on)
    others = [
        (ours, theirs)
        for ours in _counting_days(this, with_paybacks)
        for swap in party.swaps
        for theirs in _counting_days(swap, with_paybacks)
    ]
    if with_paybacks and per_leg and facts.payback_on is not None:
        others.append((facts.payback_on, facts.swap_on))
    return sorted(pair for pair in others if abs(pair[0] - pair[1]) <= _DAY)


def holidays(facts: SwapFacts, book: Rulebook, calendar: WorkCalendar) -> Finding:
    """Whether a shift that changes hands belongs to a public holiday."""
    clause = book.clause(HOLIDAY)
    if book.flag(HOLIDAY) is not False:
        return [Step("节假日当班可以换班", "Holiday shifts may be swapped", clause)], []
    found: list[Finding] = []
    said = dict(facts.holidays)
    for day in dict.fromkeys(facts.days()):
        is_known = day in said
        is_holiday = said[day] if is_known else calendar.is_public_holiday(day)
        zh_day, en_day = day_text(day, "zh"), day_text(day, "en")
        if is_holiday:
            zh_name, en_name = (calendar.holiday_name(day, lang) or "" for lang in ("zh", "en"))
            zh = f"{zh_day}是节假日{f'（{zh_name}）' if zh_name else ''}，当班人员不得换班"
            en = f"{en_day} is a public holiday{f' ({en_name})' if en_name else ''}: whoever is rostered may not swap"
        else:
            zh, en = f"{zh_day}不是节假日", f"{en_day} is no public holiday"
            if not is_known and calendar.is_provisional(day):
                zh += "（该年放假安排尚未公布，暂按法定节日判断）"
                en += " (the official calendar of that time is not published yet: provisional)"
        found.append(finding(clause, "holiday", zh, en, is_broken=is_holiday))
    return together(found)
