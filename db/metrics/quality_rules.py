"""Metrics of the rules: how often people agree with what was found, and how much of what there was had been found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased, join

from db.metrics.call_parts import CALL_COLUMNS, CALL_GROUPS, CALLS, INSPECTED
from db.metrics.definition import Cases, Group, Metric
from db.models import AddedFinding, Call, CallReview, Finding, Inspection, SampleCall
from db.quality import is_flag, is_to_hear
from quality import estimates
from quality.estimates import Blind, Estimate
from regulations.rulebook import Rulebook


def _precision(book: Rulebook, now: datetime) -> Cases:
    return Cases(
        source=join(INSPECTED, Finding, Finding.inspection_id == Inspection.id),
        on=Inspection.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[or_(is_flag(), is_to_hear()), Finding.decision.is_not(None)],
        counts=Finding.decision == "confirmed",
        columns={
            **CALL_COLUMNS,
            "finding_id": Finding.id,
            "rule": Finding.rule,
            "layer": Finding.layer,
            "category": Finding.category,
            "quote": Finding.quote,
            "decision": Finding.decision,
        },
        groups={
            **CALL_GROUPS,
            "rule": Group(Finding.rule),
            "layer": Group(Finding.layer, names="finding_layer"),
            "category": Group(Finding.category, names="finding_category"),
            "verdict": Group(Finding.verdict, names="finding_verdict"),
        },
    )


def _recall(book: Rulebook, now: datetime) -> Cases:
    """Offences in calls reviewed blind: those of the machine that people confirmed, and those that people added.

    What was added counts as missed unless the machine's confirmed findings name the same slip (db.review_missed.beside);
    what was added after the findings were shown, by who reopened the call, tells nothing about what was heard blind.
    """
    confirmed, own = aliased(Finding), aliased(CallReview)
    is_same = and_(
        confirmed.inspection_id == CallReview.inspection_id,
        confirmed.decision == "confirmed",
        confirmed.kind == AddedFinding.kind,
        confirmed.category == AddedFinding.category,
        or_(confirmed.kind != "banned", confirmed.segment == AddedFinding.segment),
    )
    found = select(
        Finding.id.label("id"), literal("found").label("what"), CallReview.id.label("review_id"), Finding.rule,
        Finding.category, Finding.quote,
    ).join_from(CallReview, Finding, Finding.inspection_id == CallReview.inspection_id)  # fmt: skip
    missed = select(
        AddedFinding.id.label("id"), literal("missed").label("what"), CallReview.id.label("review_id"), AddedFinding.rule,
        AddedFinding.category, AddedFinding.quote,
    ).join_from(CallReview, AddedFinding, AddedFinding.call_id == CallReview.call_id)  # fmt: skip
    is_rounds = exists().where(own.id == AddedFinding.review_id, own.round_id.is_not(None))
    offence = union_all(
        # Nobody adds what only a measurement can tell, so measurements cannot be missed.
        found.where(Finding.decision == "confirmed", Finding.kind != "measure"),
        missed.where(
            AddedFinding.withdrawn_at.is_(None),
            or_(CallReview.judged_at.is_(None), AddedFinding.added_at <= CallReview.judged_at),
            ~is_rounds,
            ~exists().where(is_same),
        ),
    ).subquery("offence")
    reviewed = join(
        join(CALLS, SampleCall, and_(SampleCall.call_id == Call.id, SampleCall.is_blind)),
        CallReview,
        and_(CallReview.call_id == Call.id, CallReview.stands, CallReview.is_blind),
    )
    return Cases(
        source=join(reviewed, offence, offence.c.review_id == CallReview.id),
        on=Call.started_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Call.started_at <= now, CallReview.finished_at <= now],
        counts=offence.c.what == "found",
        columns={
            **CALL_COLUMNS,
            "offence_id": offence.c.id,
            "rule": offence.c.rule,
            "category": offence.c.category,
            "quote": offence.c.quote,
        },
        groups={
            **CALL_GROUPS,
            "rule": Group(func.coalesce(offence.c.rule, "")),
            "category": Group(offence.c.category, names="finding_category"),
        },
        inputs={
            "call": Call.id,
            "stratum": SampleCall.stratum,
            "wave": SampleCall.wave,
            "probability": SampleCall.probability
            * case((SampleCall.blind_probability > 0, SampleCall.blind_probability), else_=1.0),
        },
    )


def _found_of_blind(rows: Sequence[Any], book: Rulebook) -> Estimate:
    calls: dict[int, list[Any]] = {}
    for row in rows:
        calls.setdefault(row.call, []).append(row)
    return estimates.recall(
        Blind(
            f"{one[0].stratum}#{one[0].wave}",
            one[0].probability,
            sum(row.counts for row in one),
            sum(not row.counts for row in one),
        )
        for one in calls.values()
    )


RULE_METRICS: tuple[Metric, ...] = (
    Metric(
        key="quality.rule_precision",
        zh="规则准确率",
        en="Precision of the rules",
        definition_zh="系统标出或提请人工听审、并已由人工判定的问题中，认定成立的占比，附 95% 区间（Wilson）。按规则看，低于目标的规则应修改。",
        definition_en="Of what the machine flagged or put before a person, and a person has decided, the share confirmed, with Wilson's"
        " interval of 95 %. By rule: one below the target needs editing.",
        numerator=("认定成立的问题", "Findings confirmed"),
        denominator=("已判定的问题", "Findings decided"),
        unit="percent",
        better="up",
        clauses=("E5.14",),
        cases=_precision,
        target_key="qa.low_precision",
        parameters=("qa.low_precision", "qa.human_review_required"),
        has_interval=True,
    ),
    Metric(
        key="quality.rule_recall",
        zh="规则查全率（盲审）",
        en="Recall of the rules (blind reviews)",
        definition_zh="只看盲审：复核人不看系统结果先听一遍。盲审通话中确有的问题里，系统找到的占比，按抽中机会加权，附 95% 区间。"
        "分子分母是问题的处数，数值是加权后的占比。",
        definition_en="From blind reviews only, in which the reviewer judges before he sees what the machine found: of the offences there"
        " were, the share that the machine had found, weighted by probability, with its interval of 95 %. Numerator and"
        " denominator count offences; the value is weighted.",
        numerator=("系统找到的问题", "Offences found by the machine"),
        denominator=("盲审通话中确有的问题", "Offences in calls reviewed blind"),
        unit="percent",
        better="up",
        clauses=("E5.14",),
        cases=_recall,
        parameters=("qa.blind_percent", "qa.human_review_required"),
        estimate=_found_of_blind,
    ),
)
