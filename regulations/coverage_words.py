"""What the cover of posts says in words, for whoever reads one sentence (B1.17)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from regulations.coverage import Interval, gaps, hours_text
from regulations.verdict import Step


def count_words(interval: Interval) -> tuple[str, str]:
    """How many there are: present, or of time ahead still counted on (Chinese, English)."""
    if interval.when == "ahead":
        return f"可到 {interval.present} 人", f"{interval.present} counted on"
    return f"实到 {interval.present} 人", f"{interval.present} present"


def sentence(intervals: Sequence[Interval], zone: tzinfo, clause: str | None = None) -> Step:
    """What the intervals say in one sentence: empty, short by how many, enough, or that nobody said how many are needed."""
    worst = gaps(intervals)
    if not intervals:
        return Step("没有排班，也没有人数要求", "Nobody is rostered and nobody is required")
    if not worst:
        if any(i.required for i in intervals):
            return Step("各时段人数均已满足", "Every stretch has the people it needs")
        fewest = min(intervals, key=lambda i: (i.present, i.starts_at))
        when = _between(fewest, zone)
        return Step(
            f"尚未设定所需人数；最少时 {when} 有 {fewest.present} 人",
            f"No number of people is set; the fewest are {fewest.present} at {when}",
        )
    first, rest = worst[0], len(worst) - 1
    where_zh, where_en = (f"“{first.post}”", f" at {first.post}") if first.post else ("", "")
    when = _between(first, zone)
    more_zh, more_en = (
        (f"；另有 {rest} 个时段人手不足", f"; {rest} more stretches are short") if rest else ("", "")
    )
    if rest == 1:
        more_en = "; one more stretch is short"
    if first.is_empty:
        why_zh, why_en = _why_empty(first)
        zh = f"{where_zh}{when} 空岗（需 {first.required} 人，{why_zh}）{more_zh}"
        en = f"Nobody{where_en} {when} ({first.required} needed, {why_en}){more_en}"
    else:
        count_zh, count_en = count_words(first)
        zh = f"{where_zh}{when} 缺 {first.gap} 人（需 {first.required} 人，{count_zh}）{more_zh}"
        en = f"{first.gap} missing{where_en} {when} ({first.required} needed, {count_en}){more_en}"
    return Step(zh, en, clause if first.is_empty else None)


def _why_empty(interval: Interval) -> tuple[str, str]:
    """Why nobody is at a post: nobody was rostered, or what became of those who were."""
    if not interval.rostered and not interval.overtime:
        return "没有排班", "0 rostered"
    zh, en = [f"排班 {interval.rostered} 人"], [f"{interval.rostered} rostered"]
    for people, word_zh, word_en in (
        (interval.away, "请假", "on leave"),
        (interval.missing, "未到", "not there"),
        (interval.off_post, "离岗", "off the post"),
    ):
        if people:
            zh.append(f"{word_zh} {len(people)} 人")
            en.append(f"{len(people)} {word_en}")
    return "，".join([*zh, "无人在岗"]), ", ".join(en)


def _between(interval: Interval, zone: tzinfo) -> str:
    return hours_text(interval.starts_at, interval.ends_at, zone)
