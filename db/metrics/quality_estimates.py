"""Metrics of the month's sample: what people heard, and what that says about all calls, with its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, null, or_
from sqlalchemy.orm import join, outerjoin

from db.metrics.call_parts import CALL_COLUMNS, CALL_GROUPS, CALLS, INSPECTED, IS_CURRENT
from db.metrics.definition import Cases, Group, Metric
from db.models import Call, CallReview, Inspection, SampleCall
from quality import estimates
from quality.estimates import Estimate, Heard
from regulations.rulebook import Rulebook

_FRAME = outerjoin(
    outerjoin(
        join(CALLS, SampleCall, SampleCall.call_id == Call.id),
        Inspection,
        IS_CURRENT,
    ),
    CallReview,
    and_(CallReview.call_id == Call.id, CallReview.stands),
)


def is_heard(now: datetime) -> ColumnElement[bool]:
    """The condition under which a call of the frame was drawn, and its review finished by `now`, with a score."""
    return and_(
        SampleCall.is_drawn,
        CallReview.finished_at.is_not(None),
        CallReview.finished_at <= now,
        CallReview.score.is_not(None),
    )


def _machine_score(book: Rulebook, now: datetime) -> Cases:
    return Cases(
        source=INSPECTED,
        on=Inspection.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Call.started_at <= now],
        counts=Inspection.machine_score >= (book.decimal("qa.pass_score") or 0),
        columns={**CALL_COLUMNS, "machine_score": Inspection.machine_score},
        groups=CALL_GROUPS,
        value=Inspection.machine_score,
    )


def _frame(book: Rulebook, now: datetime) -> Cases:
    heard = is_heard(now)
    # What a blind call's row shows would tell its reviewer what the machine found, so it shows once he has judged.
    open_ = or_(~SampleCall.is_blind, heard)
    return Cases(
        source=_FRAME,
        on=Call.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Call.started_at <= now],
        counts=heard,
        columns={
            **CALL_COLUMNS,
            "is_drawn": SampleCall.is_drawn,
            "probability": case((open_, SampleCall.probability), else_=null()),
            "machine_score": case((open_, Inspection.machine_score), else_=null()),
            "score": case((heard, CallReview.score), else_=null()),
        },
        groups=CALL_GROUPS,
        inputs={
            "stratum": SampleCall.stratum,
            "wave": SampleCall.wave,
            "probability": SampleCall.probability,
            "is_drawn": SampleCall.is_drawn,
            "weight": SampleCall.weight,
            "machine": Inspection.machine_score,
            "score": case((heard, CallReview.score), else_=null()),
        },
    )


def _drawn(book: Rulebook, now: datetime) -> Cases:
    cases = _frame(book, now)
    return Cases(
        cases.source, cases.on, cases.team, cases.agent, [*cases.conditions, SampleCall.is_drawn.is_(True)], cases.counts,
        cases.columns, {**cases.groups, "reviewer": Group(func.coalesce(CallReview.reviewer, ""))},
    )  # fmt: skip


def _heard(rows: Sequence[Any]) -> list[Heard]:
    return [
        Heard(
            f"{row.stratum}#{row.wave}",
            row.probability,
            None if row.score is None else float(row.score),
            None if row.machine is None else float(row.machine),
            row.weight > 1,
        )
        for row in rows
        if row.is_drawn
    ]


def _human(rows: Sequence[Any], book: Rulebook) -> Estimate:
    return estimates.human_score(_heard(rows), len(rows))


def _combined(rows: Sequence[Any], book: Rulebook) -> Estimate:
    machine = [float(row.machine) for row in rows if row.machine is not None]
    mean = sum(machine) / len(machine) if machine else 0.0
    return estimates.combined_score(_heard(rows), mean, len(rows))


def _passing(rows: Sequence[Any], book: Rulebook) -> Estimate:
    passing = float(book.decimal("qa.pass_score") or 0)
    return estimates.share(_heard(rows), len(rows), passing, beyond_the_month=True)


_HEARD = ("抽中且已复核的通话", "Calls drawn and reviewed")
_POPULATION = ("样本框内的通话", "Calls that could be drawn")

ESTIMATE_METRICS: tuple[Metric, ...] = (
    Metric(
        key="quality.estimated_score",
        zh="全部通话质检得分（估计）",
        en="Score of all calls (estimate)",
        definition_zh="全部质检过的通话的平均得分：系统评分对每通都有，再按抽样复核中人工与系统之差修正（分层、按抽中机会加权）。"
        "附 95% 区间。分子是已复核的抽中通话，分母是可抽的全部通话，数值不是二者之商。",
        definition_en="The mean score of all inspected calls: the machine's, which every call has, put right by how far people were"
        " from it in the sample (stratified, weighted by probability), with its interval of 95 %. The numerator counts reviewed"
        " calls of the sample, the denominator all that could be drawn; the value is not their quotient.",
        numerator=_HEARD,
        denominator=_POPULATION,
        unit="points",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_frame,
        target_key="qa.pass_score",
        parameters=("qa.pass_score", "qa.sample_percent", "qa.min_per_agent", "qa.risk_weight"),
        estimate=_combined,
    ),
    Metric(
        key="quality.machine_score",
        zh="系统评分平均",
        en="Machine's score",
        definition_zh="全部质检过的通话的系统评分平均：满分减去系统确信之处的扣分，未经人工复核。仅供对照，不作考核依据。",
        definition_en="The mean of the machine's scores of all inspected calls: full marks less the points of what it is sure of, before"
        " any review. For comparison only; nobody is judged by it.",
        numerator=("系统评分之和", "Sum of the machine's scores"),
        denominator=("已检查的通话", "Calls inspected"),
        unit="points",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_machine_score,
        target_key="qa.pass_score",
        parameters=("qa.pass_score", "qa.required_weight", "qa.banned_weight"),
    ),
    Metric(
        key="quality.human_score",
        zh="人工得分（抽样推算）",
        en="People's score (from the sample)",
        definition_zh="只凭人工复核过的抽中通话，推算全部通话的平均得分：每通按抽中机会的倒数加权（Hájek）。附 95% 区间。"
        "分子是已复核的抽中通话，分母是可抽的全部通话。",
        definition_en="The mean score of all calls from the reviewed calls of the sample alone, each weighted by one over its probability"
        " (Hájek), with its interval of 95 %. The numerator counts reviewed calls, the denominator all that could be drawn.",
        numerator=_HEARD,
        denominator=_POPULATION,
        unit="points",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_frame,
        target_key="qa.pass_score",
        parameters=("qa.pass_score", "qa.sample_percent", "qa.min_per_agent", "qa.risk_weight"),
        estimate=_human,
    ),
    Metric(
        key="quality.estimated_pass_rate",
        zh="质检合格率（抽样推算）",
        en="Pass rate (from the sample)",
        definition_zh="由人工复核过的抽中通话推算：得分不低于合格分的通话占比，附 95% 区间（Wilson，按设计效应折算）。"
        "复核通数少时区间很宽；少于规则所定通数的人员之间不作比较。",
        definition_en="From the reviewed calls of the sample: the share of calls that score at least the pass score, with Wilson's"
        " interval of 95 % for the effective number of calls. Few calls make it wide; people with fewer than the rulebook says are not compared.",
        numerator=_HEARD,
        denominator=_POPULATION,
        unit="percent",
        better="up",
        clauses=("E5.14", "A2.14"),
        cases=_frame,
        parameters=("qa.pass_score", "qa.sample_percent", "qa.min_per_agent", "qa.compare_from"),
        estimate=_passing,
    ),
    Metric(
        key="quality.reviewed_share",
        zh="样本复核完成率",
        en="Share of the sample reviewed",
        definition_zh="抽中的通话中，已由人工复核完毕的占比。",
        definition_en="Of the calls drawn for the sample, the share whose review is finished.",
        numerator=_HEARD,
        denominator=("抽中的通话", "Calls drawn"),
        unit="percent",
        better="up",
        clauses=("E5.14",),
        cases=_drawn,
        parameters=("qa.sample_percent", "qa.min_per_agent"),
    ),
)
