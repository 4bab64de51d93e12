"""The metric of cover: person-hours that a post was short of what it required (B1.17: the desk is never empty).

Cover is worked out by the rules (`db.coverage_hours`), not by SQL; what they found comes to the query as one document.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import literal
from sqlalchemy.orm import join

from db.coverage_hours import Required
from db.metrics.definition import Cases, Group, Metric
from db.metrics.sql import json_date, json_document, json_field, json_instant, json_integer, json_items
from db.models import Team
from regulations.rulebook import Rulebook


def _coverage_gap(book: Rulebook, now: datetime, found: Sequence[Required] = ()) -> Cases:
    document = json.dumps([_record(one) for one in found], ensure_ascii=False)
    stretches = json_items(json_document(document)).table_valued("value", name="stretches")
    stretch = stretches.c.value
    number = {
        key: json_integer(stretch, literal(key))
        for key in ("team_id", "required", "rostered", "expected", "present", "short", "weight")
    }
    on = json_date(stretch, literal("on"))
    return Cases(
        source=join(Team, stretches, Team.id == number["team_id"]),
        on=on,
        team=Team.id,
        agent=None,
        conditions=[],
        counts=number["short"] > 0,
        columns={
            "team": Team.name,
            "post": json_field(stretch, literal("post")),
            "starts_at": json_instant(stretch, literal("starts_at")),
            "ends_at": json_instant(stretch, literal("ends_at")),
            "required": number["required"],
            "rostered": number["rostered"],
            "expected": number["expected"],
            "present": number["present"],
        },
        groups={"category": Group(json_field(stretch, literal("post")))},
        value=number["short"],
        weight=number["weight"],
    )


def _record(one: Required) -> dict[str, object]:
    part = one.stretch
    return {
        "team_id": one.team_id,
        "on": one.on.isoformat(),
        "post": part.post,
        "starts_at": f"{part.starts_at:%Y-%m-%d %H:%M:%S}",
        "ends_at": f"{part.ends_at:%Y-%m-%d %H:%M:%S}",
        "required": part.required,
        "rostered": part.rostered,
        "expected": part.expected,
        "present": part.present,
        "short": part.gap_minutes,
        "weight": part.required_minutes,
    }


COVERAGE_METRICS: tuple[Metric, ...] = (
    Metric(
        key="attendance.coverage_gap",
        zh="岗位缺员率",
        en="Cover gap",
        definition_zh="各岗位所需人时中缺员人时的占比，计到当前时刻，以人·分钟计。实到为排班加已批准的加班，扣除批准的请假和未到的人，"
        "加上留守的人；超出所需的人不抵扣其他时段。岗位人数自设定之日起计入。",
        definition_en="Of the person-hours the posts required up to now, the share that nobody filled, counted in person-minutes. Present are"
        " those on the roster or on approved overtime who have no leave and came, and whoever stayed on; more people than required at"
        " one time make up for no other. A number of people counts from the day on which it was set.",
        numerator=("缺员人·分钟", "Person-minutes short"),
        denominator=("所需人·分钟", "Person-minutes required"),
        unit="percent",
        better="down",
        clauses=("B1.17",),
        cases=_coverage_gap,
        parameters=("shift.empty_post_allowed",),
        needs_stretches=True,
    ),
)
