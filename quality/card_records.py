"""A scorecard between its type and the record that a file or the database keeps."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

from quality.card_problems import Problem
from quality.card_reading import Fields
from quality.card_types import NA, YES_NO, Criterion, Kind, Level, OnlyIf, Scorecard
from regulations.phrase_rules import CHANNELS, CONTACT_KINDS, DIRECTIONS
from regulations.scalars import plain

MOST_ITEMS = 100
LONGEST_CODE, LONGEST_NAME, LONGEST_TITLE, LONGEST_GUIDE = 40, 80, 200, 500
HEAVIEST = Decimal(1000)

_CARD_KEYS = (
    *("code", "zh", "en", "pass_score", "channels", "directions", "kinds", "criteria", "source", "status"),
)
_ITEM_KEYS = (
    *("code", "zh", "en", "weight", "kind", "levels", "auto_fail", "categories", "channels", "directions"),
    *("kinds", "only_if", "guide_zh", "guide_en", "source", "status"),
)


def read(record: object) -> tuple[Scorecard | None, tuple[Problem, ...]]:
    """The card of a record, as far as each field goes, and what is wrong with single fields; None where hardly anything is there."""
    if not isinstance(record, Mapping):
        return None, (Problem("", "criteria", "评分表的格式读不懂", "the card must be a table of fields"),)
    problems: list[Problem] = []
    card = Fields(record, "", problems)
    card.known(_CARD_KEYS)
    raw = record.get("criteria")
    if not isinstance(raw, list | tuple) or not raw:
        card.wrong("criteria", "至少要有一个评分项目", "the card needs one item at least")
        raw = ()
    if len(raw) > MOST_ITEMS:
        card.wrong("criteria", f"最多 {MOST_ITEMS} 个项目", f"there are {MOST_ITEMS} items at most")
        raw = raw[:MOST_ITEMS]
    criteria = tuple(_criterion(item, number, problems) for number, item in enumerate(raw, 1))
    clauses, status = card.provenance()
    found = Scorecard(
        code=card.code("code", LONGEST_CODE),
        zh=card.text("zh", LONGEST_NAME, is_needed=True),
        en=card.text("en", LONGEST_NAME),
        criteria=criteria,
        pass_score=card.number("pass_score", Decimal(0), Decimal(100)),
        channels=card.codes("channels", CHANNELS),
        directions=card.codes("directions", DIRECTIONS),
        kinds=card.codes("kinds", CONTACT_KINDS),
        clauses=clauses,
        status=status,
    )
    return found, tuple(problems)


def _criterion(raw: object, number: int, problems: list[Problem]) -> Criterion:
    if not isinstance(raw, Mapping):
        problems.append(
            Problem("", "criteria", f"第 {number} 个项目读不懂", f"item {number} is no table of fields")
        )
        raw = {}
    item = Fields(raw, str(raw.get("code", "") or f"#{number}"), problems)
    item.known(_ITEM_KEYS)
    clauses, status = item.provenance()
    weight = item.number("weight", Decimal(0), HEAVIEST)
    if weight is None and "weight" not in item.failed:
        item.wrong("weight", "请填写分值", "give its weight")
    return Criterion(
        code=item.code("code", LONGEST_CODE),
        zh=item.text("zh", LONGEST_TITLE, is_needed=True),
        en=item.text("en", LONGEST_TITLE),
        weight=weight or Decimal(0),
        kind=cast(Kind, item.one_of("kind", ("machine", "person"), "person")),
        levels=_levels(item),
        auto_fail=item.flag("auto_fail"),
        categories=item.codes("categories"),
        channels=item.codes("channels", CHANNELS),
        directions=item.codes("directions", DIRECTIONS),
        kinds=item.codes("kinds", CONTACT_KINDS),
        only_if=_only_if(item),
        guide_zh=item.text("guide_zh", LONGEST_GUIDE),
        guide_en=item.text("guide_en", LONGEST_GUIDE),
        clauses=clauses,
        status=status,
    )


def _levels(item: Fields) -> tuple[Level, ...]:
    raw = item.raw.get("levels")
    if raw is None:
        return YES_NO
    if not isinstance(raw, list | tuple) or not 2 <= len(raw) <= 10:
        item.wrong("levels", "等级应有 2 到 10 个", "a scale has 2 to 10 levels")
        return YES_NO
    levels = []
    for one in raw:
        fields = Fields(one if isinstance(one, Mapping) else {}, item.item, item.problems, "levels")
        share = fields.number("share", Decimal(0), Decimal(1))
        if share is None and "share" not in fields.failed:
            fields.wrong("share", "每个等级要写明得分比例（0 到 1）", "each level needs its share, 0 to 1")
        code = fields.code("code", 20)
        levels.append(
            Level(code, fields.text("zh", 40, is_needed=True), fields.text("en", 40), share or Decimal(0))
        )
    codes = [level.code for level in levels]
    if len(set(codes)) < len(codes) or NA in codes:
        item.wrong(
            "levels",
            "等级的代码不能重复，也不能用“na”（不适用）",
            "codes of levels must differ, and na is kept for what does not apply",
        )
    if max(level.share for level in levels) != 1:
        item.wrong(
            "levels", "至少要有一个等级得满分（比例 1）", "one level must earn the full weight (share 1)"
        )
    return tuple(levels)


def _only_if(item: Fields) -> OnlyIf | None:
    raw = item.raw.get("only_if")
    if raw is None:
        return None
    if not isinstance(raw, Mapping):
        item.wrong("only_if", "条件读不懂", "the condition must name an item and its answers")
        return None
    fields = Fields(raw, item.item, item.problems, "only_if")
    answers = fields.codes("answers")
    if not answers and "answers" not in fields.failed:
        fields.wrong("answers", "条件至少要选一个答案", "the condition needs one answer at least")
    return OnlyIf(str(raw.get("criterion", "")), answers)


def to_record(card: Scorecard) -> dict[str, Any]:
    """The record of a card: what `read` makes the same card of. JSON-able."""
    return {
        "code": card.code,
        "zh": card.zh,
        "en": card.en,
        "pass_score": None if card.pass_score is None else plain(card.pass_score),
        "channels": list(card.channels),
        "directions": list(card.directions),
        "kinds": list(card.kinds),
        "source": list(card.clauses),
        "status": card.status,
        "criteria": [_item_record(criterion) for criterion in card.criteria],
    }


def _item_record(item: Criterion) -> dict[str, Any]:
    record: dict[str, Any] = {
        "code": item.code,
        "zh": item.zh,
        "en": item.en,
        "weight": plain(item.weight),
        "kind": item.kind,
        "auto_fail": item.auto_fail,
        "categories": list(item.categories),
        "channels": list(item.channels),
        "directions": list(item.directions),
        "kinds": list(item.kinds),
        "guide_zh": item.guide_zh,
        "guide_en": item.guide_en,
        "source": list(item.clauses),
        "status": item.status,
    }
    if item.is_scale:
        record["levels"] = [
            {"code": level.code, "zh": level.zh, "en": level.en, "share": plain(level.share)}
            for level in item.levels
        ]
    if item.only_if is not None:
        record["only_if"] = {"criterion": item.only_if.criterion, "answers": list(item.only_if.answers)}
    return record
