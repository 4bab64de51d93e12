"""The sentences about a shift that is not as it was planned: changed, on a free day, one of a swap that failed."""

from __future__ import annotations

from datetime import datetime, tzinfo

from regulations.attendance_steps import Pair, between, named
from regulations.intervals import Interval
from regulations.wording import instant_text


def roster_changed(
    at: datetime,
    before: Interval | None,
    after: Interval | None,
    source: str,
    is_handed_over: bool,
    zone: tzinfo,
) -> Pair:
    """A change of the roster that was made after the shift had begun."""
    by_zh, by_en = named("shift_change_source", source)
    none = ("无班次", "no shift")
    (a_zh, a_en), (b_zh, b_en) = (none if span is None else between(span, zone) for span in (before, after))
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


def others_shift(requester: str, partner: str) -> Pair:
    """The shift is one of a swap and on somebody else's roster by now."""
    return (
        f"本班次是{requester}与{partner}换班中的班次，现不排在本人名下",
        f"The shift is one of the swap between {requester} and {partner}, and is not on this person's own roster now",
    )


def swap_failed(
    requester: str, partner: str, by: str, at: datetime, briefing: str, note: str, called: Pair, zone: tzinfo
) -> Pair:
    """A person established that the shift of a swap was wrong or left empty; the readings decide nothing then."""
    when = instant_text(at, zone)
    told = (
        (f"；双方交代：{briefing}", f"; what they had told each other: {briefing}") if briefing else ("", "")
    )
    shares = (f"；责任认定：{note}", f"; each one's responsibility: {note}") if note else ("", "")
    return (
        f"{by}于 {when} 认定本班次因换班交代不清造成误班或空班：{requester}、{partner}双方均按{called[0]}处理，"
        f"不再以打卡判定{told[0]}{shares[0]}",
        f"{by} established at {when} that this shift of a swap was wrong or left empty through an unclear briefing: it is"
        f" {called[1]} for both {requester} and {partner}, whatever the readings say{told[1]}{shares[1]}",
    )
