"""A surge in words: every number that led to the alert, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.names import name_of
from regulations.verdict import Lang, Step
from regulations.wording import instant_text, number_text, span_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook
    from regulations.surge_windows import Group, Terms

_LANGUAGES: tuple[Lang, ...] = ("zh", "en")
_NAME_KINDS = {"category": "complaint_category", "channel": "complaint_channel"}
_ANY: dict[str, tuple[str, str]] = {
    "category": ("不分类别", "any category"),
    "product": ("不分产品", "any product"),
    "channel": ("不分渠道", "any channel"),
    "department": ("不分部门", "any department"),
}
_RAREST = 10**9  # odds beyond this say nothing more to anybody


def group_text(group: Group, lang: Lang) -> str:
    """What a group is called: "账单 · 云帆会员", or "账单 · 不分产品" for the wider one."""
    parts = []
    for field, value in group:
        if not value:
            parts.append(_ANY[field][_LANGUAGES.index(lang)])
        else:
            parts.append(name_of(_NAME_KINDS[field], value, lang) if field in _NAME_KINDS else value)
    return " · ".join(parts)


def odds(probability: float) -> str:
    """A small probability as 4,000 in "one in 4,000": two digits of it, because it is no more exact than that."""
    inverse = round(1 / probability) if probability > 1 / _RAREST else _RAREST
    digits = max(0, len(str(inverse)) - 2)
    return f"{round(inverse, -digits):,}"


def window(
    at: datetime,
    count: int,
    length: timedelta,
    min_count: int,
    group: Mapping[str, str],
    zone: tzinfo,
    book: Rulebook,
) -> Step:
    """Which complaints, in which window, against the fewest that raise an alert."""
    begins, ends = instant_text(at - length, zone), instant_text(at, zone)
    zh, en = (span_text(length.total_seconds(), lang) for lang in _LANGUAGES)
    reached = count >= min_count
    return Step(
        f"{begins} 之后至 {ends}（{zh}）受理“{group['zh']}”投诉 {count} 件，{'达到' if reached else '不到'} {min_count} 件",
        f"{count} complaints of “{group['en']}” received after {begins} until {ends} ({en}):"
        f" {'at least' if reached else 'fewer than'} {min_count}",
        book.clause("surge.group_by") or book.clause("surge.min_count"),
    )


def comparison(
    first: datetime,
    last: datetime,
    windows: int,
    past: int,
    mean: Decimal,
    terms: Terms,
    zone: tzinfo,
    book: Rulebook,
) -> Step:
    """With what the window is compared, and what was usual there."""
    usual = number_text(mean.quantize(Decimal("0.01")))
    days = (f"每 {terms.apart} 天", f"every {terms.apart} days") if terms.apart > 1 else ("每天", "every day")
    opens, closes = first.astimezone(zone), last.astimezone(zone)
    begins, ends = instant_text(first, zone), instant_text(last, zone)
    hours = f"{opens:%H:%M}–{closes:%H:%M}"
    return Step(
        f"对比此前 {terms.weeks} 周（{begins} 至 {ends}）{days[0]}的同一时段 {hours}，工作日与休息日不分："
        f"{windows} 个时段共 {past} 件，平均 {usual} 件",
        f"Compared with the same hours ({hours}) {days[1]} of the {terms.weeks} weeks before ({begins} to {ends}),"
        f" working days and days off alike: {past} in {windows} windows, {usual} on average",
        book.clause("surge.baseline_ratio"),
    )


def ratio(times: Decimal | None, wanted: Decimal | None, book: Rulebook) -> Step:
    """How many times the usual it is."""
    clause = book.clause("surge.baseline_ratio")
    if times is None:
        return Step(
            "对比的时段里一件也没有，无从计算倍数，由下面的机会判断",
            "There were none in the hours compared with: no multiple can be given, chance decides below",
            clause,
        )
    number = number_text(times)
    if wanted is None:
        return Step(f"为平均的 {number} 倍", f"{number} times the average", clause)
    limit, reached = number_text(wanted), times >= wanted
    return Step(
        f"为平均的 {number} 倍，{'达到' if reached else '不到'} {limit} 倍",
        f"{number} times the average, {'at least' if reached else 'less than'} {limit} times",
        clause,
    )


def chance(
    count: int, past: int, windows: int, probability: float, significance: float | None, book: Rulebook
) -> Step:
    """How often as many would come together by chance, without any pretence of knowing the usual rate."""
    total, rare = count + past, odds(probability)
    more = probability * _RAREST < 1
    zh = (
        f"与往常无异时，这 {total} 件会随机落在 {windows + 1} 个时段里；其中 {count} 件及以上落在这一个时段，"
        f"平时要{'超过' if more else '约'} {rare} 个这样的时段才碰上一次"
    )
    en = (
        f"If nothing were unusual, these {total} would fall at random into {windows + 1} windows; {count} or more in"
        f" this one happen once in {'more than' if more else 'about'} {rare} such windows"
    )
    if significance is not None:
        limit, rarer = odds(significance), probability < significance
        zh += f"，{'比门槛（' if rarer else '不比门槛（'}{limit} 个一次）{'更罕见' if rarer else '罕见'}"
        en += f", {'rarer than' if rarer else 'not rarer than'} the threshold of once in {limit}"
    return Step(zh, en, book.clause("surge.significance"))


def merged(first: datetime, last: datetime, zone: tzinfo, book: Rulebook) -> Step:
    """That several windows are one alert."""
    begins, ends = instant_text(first, zone), instant_text(last, zone)
    return Step(
        f"{begins} 至 {ends} 间的多次触发合并为一次提醒",
        f"What was raised from {begins} to {ends} is one alert",
        book.clause("surge.cooldown"),
    )


def peak(
    at: datetime,
    count: int,
    length: timedelta,
    mean: Decimal,
    probability: float,
    zone: tzinfo,
    book: Rulebook,
) -> Step:
    """The fullest window of an alert that went on after it was raised, compared in the same way."""
    begins, ends = instant_text(at - length, zone), instant_text(at, zone)
    usual, rare = number_text(mean.quantize(Decimal("0.01"))), odds(probability)
    more = probability * _RAREST < 1
    return Step(
        f"之后继续增多，最集中的是 {begins} 之后至 {ends}：{count} 件，同样对比平均 {usual} 件，"
        f"平时要{'超过' if more else '约'} {rare} 个这样的时段才碰上一次",
        f"It went on; the fullest window is after {begins} until {ends}: {count}, with {usual} on average in the same"
        f" comparison, once in {'more than' if more else 'about'} {rare} such windows",
        book.clause("surge.group_by") or book.clause("surge.min_count"),
    )


def told(due_at: datetime | None, role: Mapping[str, str], zone: tzinfo, book: Rulebook) -> Step:
    """Who is told, and by when somebody must have acknowledged it."""
    clause = book.clause("surge.alert_role")
    if due_at is None:
        return Step(f"立即通知{role['zh']}", f"Told at once: {role['en']}", clause)
    by = instant_text(due_at, zone)
    return Step(
        f"立即通知{role['zh']}，{by} 前须确认并写明处置安排",
        f"Told at once: {role['en']}; to be acknowledged, with what is done about it, by {by}",
        clause,
    )


def silent(known_since: datetime, ready: datetime, terms: Terms, zone: tzinfo, book: Rulebook) -> Step:
    """Why nothing is raised yet, and until when."""
    since, until = instant_text(known_since, zone), instant_text(ready, zone)
    return Step(
        f"投诉记录自 {since} 起，不足 {terms.weeks} 周，还说不出平时有多少，因此不提醒；{until} 起开始判断",
        f"The records begin {since}, less than {terms.weeks} weeks ago: what is usual is not known, so nothing is"
        f" raised until {until}",
        book.clause("surge.history_weeks"),
    )
