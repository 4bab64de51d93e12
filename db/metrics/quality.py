"""Metrics of quality. What the machine found and what people confirmed are different figures and named so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Numeric, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import join

from db.metrics.call_parts import CALL_COLUMNS, CALL_GROUPS, CALLS, INSPECTED
from db.metrics.definition import Cases, Group, Metric
from db.metrics.sql import json_field, json_items
from db.models import Call, Finding, Inspection
from db.quality import is_flag
from regulations.rulebook import Rulebook

_BEST_SCORE = 100  # the scale of inspections.machine_score: 0..100


def _inspected_share(book: Rulebook, now: datetime) -> Cases:
    return Cases(
        source=CALLS,
        on=Call.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Call.started_at <= now],
        # Written so that no planner takes the index on is_current, which nearly every row matches.
        counts=exists().where(Inspection.call_id == Call.id, case((Inspection.is_current, 1), else_=0) == 1),
        columns=CALL_COLUMNS,
        groups=CALL_GROUPS,
    )


def _flagged_rate(book: Rulebook, now: datetime) -> Cases:
    return Cases(
        source=INSPECTED,
        on=Inspection.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Call.started_at <= now],
        counts=exists().where(Finding.inspection_id == Inspection.id, is_flag()),
        columns={**CALL_COLUMNS, "machine_score": Inspection.machine_score},
        groups=CALL_GROUPS,
    )


def _confirmed_rate(book: Rulebook, now: datetime) -> Cases:
    return Cases(
        source=join(INSPECTED, Finding, Finding.inspection_id == Inspection.id),
        on=Inspection.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[is_flag(), Finding.decision.is_not(None)],
        counts=Finding.decision == "confirmed",
        columns={
            **CALL_COLUMNS,
            "finding_id": Finding.id,
            "rule": Finding.rule,
            "category": Finding.category,
            "severity": Finding.severity,
            "quote": Finding.quote,
            "decision": Finding.decision,
        },
        groups={
            **CALL_GROUPS,
            "category": Group(Finding.category, names="finding_category"),
            "severity": Group(Finding.severity, names="inspection_severity"),
            "rule": Group(Finding.rule),
        },
    )


def _courtesy(book: Rulebook, now: datetime) -> Cases:
    check = json_items(Inspection.checks).table_valued("value", name="checks")
    field = {key: json_field(check.c.value, literal(key)) for key in ("rule", "category", "verdict")}
    is_owed = func.coalesce(json_field(check.c.value, literal("applicable")), "1").not_in(("0", "false"))
    return Cases(
        source=join(INSPECTED, check, literal(1) == 1),
        on=Inspection.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        # Only what was owed and could be judged: cannot_tell accuses nobody and praises nobody.
        # Steps of a script are no courtesies, and one that is not found is never judged absent.
        conditions=[is_owed, field["verdict"].in_(("hit", "absent")), field["category"] != "flow"],
        counts=field["verdict"] == "hit",
        columns={**CALL_COLUMNS, **field},
        groups={**CALL_GROUPS, "category": Group(field["category"], names="finding_category")},
    )


def _reviewed(book: Rulebook, now: datetime) -> Cases:
    """Inspections in which people have decided every flag; the score is what their confirmations leave."""
    is_critical = and_(
        Finding.decision == "confirmed",
        Finding.kind == "banned",
        Finding.category.in_(book.items("qa.critical_categories") or ()),
    )
    decided = (
        select(
            Finding.inspection_id,
            func.sum(case((Finding.decision == "confirmed", Finding.stake), else_=0)).label("deducted"),
            func.sum(case((Finding.decision == "confirmed", 1), else_=0)).label("confirmed"),
            func.sum(case((Finding.decision.is_(None), 1), else_=0)).label("undecided"),
            func.sum(case((is_critical, 1), else_=0)).label("critical"),
        )
        .where(or_(is_flag(), Finding.decision == "confirmed"))
        .group_by(Finding.inspection_id)
        .subquery()
    )
    score = cast(
        case((decided.c.deducted > _BEST_SCORE, 0), else_=_BEST_SCORE - decided.c.deducted), Numeric(6, 1)
    )
    pass_score = book.decimal("qa.pass_score")
    return Cases(
        source=join(INSPECTED, decided, decided.c.inspection_id == Inspection.id),
        on=Inspection.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[decided.c.undecided == 0],
        counts=and_(score >= (pass_score if pass_score is not None else 0), decided.c.critical == 0),
        columns={
            **CALL_COLUMNS,
            "machine_score": Inspection.machine_score,
            "confirmed_findings": decided.c.confirmed,
            "critical_findings": decided.c.critical,
            "score": score,
        },
        groups=CALL_GROUPS,
    )


def _average_score(book: Rulebook, now: datetime) -> Cases:
    cases = _reviewed(book, now)
    return Cases(
        cases.source, cases.on, cases.team, cases.agent, cases.conditions, cases.counts, cases.columns, cases.groups,
        value=cases.columns["score"],
    )  # fmt: skip


_REVIEWED = ("复核完毕的通话", "Calls whose review is completed")

QUALITY_METRICS: tuple[Metric, ...] = (
    Metric(
        key="quality.inspected_share",
        zh="质检覆盖率",
        en="Share of calls inspected",
        definition_zh="期内通话中，已由系统检查过的占比。目标为规则中的抽检比例。",
        definition_en="Of the calls of the period, the share that the machine has inspected. The target is the rulebook's sampling"
        " share.",
        numerator=("已检查的通话", "Calls inspected"),
        denominator=("期内的通话", "Calls of the period"),
        unit="percent",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_inspected_share,
        target_key="qa.sample_percent",
        parameters=("qa.sample_percent", "qa.sample_period"),
    ),
    Metric(
        key="quality.flagged_rate",
        zh="系统标记率",
        en="Flagged rate",
        definition_zh="已检查的通话中，系统至少标记了一处（用语，或振铃、静默等测量项）的占比。标记是线索，不是结论，须经人工复核。",
        definition_en="Of the calls inspected, the share in which the machine flagged something, be it wording or a measurement (rings,"
        " silence …). A flag is a lead, not a verdict,"
        " until a person has reviewed it.",
        numerator=("有标记的通话", "Calls flagged"),
        denominator=("已检查的通话", "Calls inspected"),
        unit="percent",
        better="down",
        clauses=("E5.14",),
        cases=_flagged_rate,
        parameters=("qa.human_review_required",),
    ),
    Metric(
        key="quality.confirmed_rate",
        zh="标记成立率",
        en="Confirmed rate",
        definition_zh="已复核的标记中，复核人认定成立的占比。数值低说明规则误报多，应修改用语规则。",
        definition_en="Of the flags that a person has decided, the share confirmed. A low figure means that the rules flag what is"
        " innocent and need editing.",
        numerator=("认定成立的标记", "Flags confirmed"),
        denominator=("已复核的标记", "Flags decided"),
        unit="percent",
        better="up",
        clauses=("E5.14",),
        cases=_confirmed_rate,
        parameters=("qa.human_review_required",),
    ),
    Metric(
        key="quality.courtesy_completion",
        zh="服务用语完成率",
        en="Courtesy completion",
        definition_zh="通话中应当使用的服务用语（问候、致谢、结束语等），实际说了的占比。条件未出现的、无法判断的不计入。",
        definition_en="Of the courtesy phrases owed in the calls (greeting, thanks, closing …), the share that was said. Phrases whose"
        " condition did not arise and those that cannot be judged are left out.",
        numerator=("说了的服务用语", "Phrases said"),
        denominator=("应说且可判断的服务用语", "Phrases owed that can be judged"),
        unit="percent",
        better="up",
        clauses=("A6.8", "A6.9", "E5.17"),
        cases=_courtesy,
        target_key="qa.courtesy_target",
        parameters=("call.require_greeting", "call.require_closing"),
    ),
    Metric(
        key="quality.pass_rate",
        zh="质检合格率",
        en="Pass rate",
        definition_zh="复核完毕的通话中，得分不低于合格分、且没有一票否决项的占比。只有人工认定成立的标记才扣分。"
        "没有任何标记的通话不经人工复核，不在分母中。",
        definition_en="Of the calls whose review is completed, the share scoring at least the pass score without a critical"
        " finding. Only flags confirmed by a person cost points. Calls without any flag are not reviewed and not in the denominator.",
        numerator=("得分合格的通话", "Calls that pass"),
        denominator=_REVIEWED,
        unit="percent",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_reviewed,
        parameters=("qa.pass_score", "qa.critical_categories"),
    ),
    Metric(
        key="quality.average_score",
        zh="质检平均分",
        en="Average score",
        definition_zh="复核完毕的通话的平均得分：满分减去人工认定成立的标记的扣分，最低为零。目标为规则中的合格分。",
        definition_en="The mean score of the calls whose review is completed: full marks less the points of the flags that a person"
        " confirmed, never below zero. The target is the rulebook's pass score.",
        numerator=("得分之和", "Sum of the scores"),
        denominator=_REVIEWED,
        unit="points",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_average_score,
        target_key="qa.pass_score",
        parameters=("qa.pass_score", "qa.required_weight", "qa.banned_weight"),
    ),
)
