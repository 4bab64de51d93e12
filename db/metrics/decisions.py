"""Metrics of what people decide: requests for a signature, bypasses reported afterwards, proposed penalties.

A request or a report without a case belongs to no team, or to the team it names; only those who see every team
count the former.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, not_, or_, true
from sqlalchemy.orm import InstrumentedAttribute, aliased, outerjoin

from db.clocks import whole_second
from db.metrics.definition import Cases, Column, Group, Metric
from db.metrics.sql import hours_between
from db.models import Agent, Approval, Complaint, Escalation, LedgerEntry, Team
from regulations.rulebook import Rulebook


def _with_case(row: Any) -> Any:
    """The rows with their case, its team and its agent, where there is one."""
    cases = outerjoin(row, Complaint, Complaint.id == row.complaint_id)
    teams = outerjoin(cases, Team, Team.id == Complaint.team_id)
    return outerjoin(teams, Agent, Agent.id == Complaint.agent_id)


_CASE_COLUMNS: Mapping[str, Column] = {
    "number": Complaint.number,
    "team": Team.name,
    "agent": Agent.name,
    "summary": Complaint.summary,
}


def _by(at: InstrumentedAttribute[Any], now: datetime) -> ColumnElement[bool]:
    """Whether it had happened by `now`."""
    return and_(at.is_not(None), at <= now)


def _requests(
    now: datetime, counts: ColumnElement[bool], *conditions: ColumnElement[bool], hours: Column | None = None
) -> Cases:
    return Cases(
        source=_with_case(Approval),
        on=Approval.requested_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[Approval.requested_at <= now, *conditions],
        counts=counts,
        columns={
            "approval_id": Approval.id,
            "kind": Approval.kind,
            "amount": Approval.amount,
            **_CASE_COLUMNS,
            "level": Approval.required_role,
            "requested_by": Approval.requested_by,
            "requested_at": Approval.requested_at,
            "decided_by": Approval.decided_by,
            "decided_at": Approval.decided_at,
            "state": Approval.state,
        },
        groups={
            "kind": Group(Approval.kind, names="approval_kind"),
            "level": Group(Approval.required_role, names="role"),
        },
        hours=hours,
    )  # fmt: skip


def _pending(book: Rulebook, now: datetime) -> Cases:
    return _requests(now, true(), not_(_by(Approval.decided_at, now)))


def _decision_hours(book: Rulebook, now: datetime) -> Cases:
    is_decided = _by(Approval.decided_at, now)
    is_withdrawn = and_(Approval.state == "withdrawn", is_decided)
    took = hours_between(Approval.requested_at, Approval.decided_at)
    return _requests(now, is_decided, not_(is_withdrawn), hours=took)


def _told_in_time(book: Rulebook, now: datetime) -> Cases:
    row = Escalation
    cases = outerjoin(row, Complaint, Complaint.id == row.complaint_id)
    teams = outerjoin(cases, Team, Team.id == row.team_id)
    is_owed = or_(_by(row.reported_at, now), row.report_due_at < whole_second(now))
    return Cases(
        source=outerjoin(teams, Agent, Agent.id == Complaint.agent_id),
        on=row.raised_on,
        team=row.team_id,
        agent=Complaint.agent_id,
        conditions=[row.raised_at <= now, row.is_bypass.is_(True), row.report_due_at.is_not(None), is_owed],
        counts=and_(_by(row.reported_at, now), row.reported_at <= row.report_due_at),
        columns={
            "escalation_id": row.id,
            "reason": row.reason,
            "raised_by": row.raised_by,
            **_CASE_COLUMNS,
            "level": row.to_role,
            "raised_at": row.raised_at,
            "report_due_at": row.report_due_at,
            "reported_at": row.reported_at,
        },
        groups={
            "reason": Group(row.reason, names="escalation_reason"),
            "level": Group(row.to_role, names="role"),
        },
    )


def _undecided(book: Rulebook, now: datetime) -> Cases:
    row, newer = LedgerEntry, aliased(LedgerEntry, name="newer")
    is_waived = and_(newer.state == "waived", _by(newer.decided_at, now))
    is_replaced = exists().where(newer.reverses_id == row.id, newer.proposed_at <= now, not_(is_waived))
    return Cases(
        source=_with_case(row),
        on=row.proposed_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[row.proposed_at <= now, not_(is_replaced)],
        counts=not_(_by(row.decided_at, now)),
        columns={
            "entry_id": row.id,
            "subject_kind": row.subject_kind,
            "subject": row.subject,
            **_CASE_COLUMNS,
            "kind": row.kind,
            "amount": row.amount,
            "cause": row.cause,
            "proposed_at": row.proposed_at,
            "decided_by": row.decided_by,
            "decided_at": row.decided_at,
            "state": row.state,
        },
        groups={
            "kind": Group(row.kind, names="ledger_kind"),
            "subject": Group(row.subject),
        },
    )


DECISION_METRICS: tuple[Metric, ...] = (
    Metric(
        key="approval.pending",
        zh="待审批申请",
        en="Approvals pending",
        definition_zh="期内提出、至今既未审批也未撤回的申请件数。按提出当日归入期间。",
        definition_en="Requests made in the period that are neither decided nor withdrawn yet, by the local day of the request.",
        numerator=("待审批的申请", "Requests pending"),
        denominator=None,
        unit="count",
        better="down",
        clauses=("C4.27", "C4.29"),
        cases=_pending,
        parameters=("complaint.compensation_tiers",),
    ),
    Metric(
        key="approval.decision_hours",
        zh="审批用时",
        en="Time to decide an approval",
        definition_zh="期内提出的申请，从提出到批准或驳回用了多少小时（日历时间）：中位数，以及 75%、90%、95% 在多少小时内办结"
        "（最近秩法，只算已办结的）。未审批的还没有时长，不进百分位数，但件数始终并列显示；撤回的不计。",
        definition_en="How many hours (on the clock) requests made in the period took from being made to being approved or rejected: the"
        " median, and the hours within which 75, 90 and 95 % were decided (nearest rank, decided ones only). A pending one has no length"
        " yet and is in no percentile, but how many are pending always stands beside it. Withdrawn ones are left out.",
        numerator=("已办结的申请", "Requests decided"),
        denominator=("期内提出的申请（不含撤回）", "Requests made in the period, withdrawn ones left out"),
        unit="hours",
        better="down",
        clauses=("C4.27", "C4.29"),
        cases=_decision_hours,
        parameters=("complaint.compensation_tiers",),
    ),
    Metric(
        key="escalation.told_in_time",
        zh="越级补报及时率",
        en="Bypasses told in time",
        definition_zh="期内的越级上报中，已补报或补报期限已过的，按期向被越过的一级补报的占比。按上报当日归入期间；规定没有设补报期限的不计。",
        definition_en="Of the reports of the period that went past a level, where that level has been told or the limit for it is over, the"
        " share told in time. By the local day of the report; where the rulebook sets no limit they are left out.",
        numerator=("按期补报的越级上报", "Bypasses told in time"),
        denominator=("已补报或逾期未补报的越级上报", "Bypasses told or overdue"),
        unit="percent",
        better="up",
        clauses=("A2.2",),
        cases=_told_in_time,
        parameters=("escalation.bypass_allowed", "escalation.bypass_report_within"),
    ),
    Metric(
        key="penalty.undecided_share",
        zh="处罚建议未决率",
        en="Penalties not decided",
        definition_zh="期内提出的处罚建议中，至今无人确认或免除的占比。已被新建议取代的不计。建议经人确认之前不生效。",
        definition_en="Of the penalties proposed in the period, the share that nobody has confirmed or waived yet. One that a newer proposal"
        " takes the place of is left out. A proposal imposes nothing until a person confirms it.",
        numerator=("未决的处罚建议", "Proposals not decided"),
        denominator=("期内提出的处罚建议", "Penalties proposed in the period"),
        unit="percent",
        better="down",
        clauses=("A6.29", "C4.28"),
        cases=_undecided,
        parameters=("penalty.confirmation", "penalty.rectification_factor"),
    ),
)
