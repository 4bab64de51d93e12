"""Surge alerts: reading them, and what people do about them. `db.surge_watch` raises them (D1.8, D1.10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from db import audit
from db.accounts import display_name
from db.engine import take_write_lock
from db.models import Complaint, SurgeAlert, SurgeCase
from db.refusals import Refused, StaleCase
from db.surge_arrivals import group_of, known_since
from db.surge_profile import Bin, profile
from db.surge_watch import Watch, check_after_receipt, check_recent, watch_state
from db.visibility import NOT_YOURS, demand, within
from regulations.access import AccessRefused, Scope

__all__ = [
    "Bin",
    "CaseCount",
    "StaleCase",
    "Watch",
    "acknowledge",
    "check_after_receipt",
    "check_recent",
    "close",
    "count_cases",
    "get_alert",
    "group_of",
    "is_active",
    "known_since",
    "list_alerts",
    "list_cases",
    "profile",
    "state_of",
    "watch_state",
]

LONGEST_TEXT = 4_000


@dataclass(frozen=True, slots=True)
class CaseCount:
    """How many complaints an alert is about, and how many of them the viewer may open."""

    all: int
    seen: int


def state_of(alert: SurgeAlert) -> str:
    """raised, acknowledged or closed: codes of names.NAMES["surge_state"]."""
    if alert.closed_at is not None:
        return "closed"
    return "raised" if alert.acknowledged_at is None else "acknowledged"


def is_active(alert: SurgeAlert, now: datetime) -> bool:
    """Whether complaints still come: the last window that was full ended less than a window ago."""
    return now <= alert.last_at + timedelta(seconds=alert.window_seconds)


def list_alerts(
    session: Session,
    scope: Scope,
    *,
    open_only: bool = False,
    from_on: date | None = None,
    to_on: date | None = None,
    team_id: int | None = None,
    limit: int | None = None,
) -> list[SurgeAlert]:
    """Alerts with a complaint in scope (and of the team): those nobody has acknowledged first, closed ones last.

    `from_on` and `to_on` are local dates on which they started, both included. Raises AccessRefused.
    """
    demand(scope, "complaints.view")
    query = select(SurgeAlert).order_by(
        SurgeAlert.closed_at.is_not(None),
        SurgeAlert.acknowledged_at.is_not(None),
        SurgeAlert.started_at.desc(),
        SurgeAlert.id.desc(),
    )
    if open_only:
        query = query.where(SurgeAlert.closed_at.is_(None))
    if from_on is not None:
        query = query.where(SurgeAlert.started_on >= from_on)
    if to_on is not None:
        query = query.where(SurgeAlert.started_on <= to_on)
    conditions = _seen_by(scope, team_id)
    if conditions:
        query = query.where(_has_case(conditions))
    if limit is not None:
        query = query.limit(limit)
    return list(session.scalars(query))


def get_alert(session: Session, scope: Scope, alert_id: int) -> SurgeAlert:
    """The alert, if one of its complaints is in scope. Raises AccessRefused, and LookupError when there is none."""
    demand(scope, "complaints.view")
    query = select(SurgeAlert).where(SurgeAlert.id == alert_id)
    conditions = _seen_by(scope)
    if conditions:
        query = query.where(_has_case(conditions))
    alert = session.scalar(query)
    if alert is None:
        raise LookupError(alert_id)
    return alert


def list_cases(
    session: Session, scope: Scope, alert: SurgeAlert, team_id: int | None = None
) -> list[Complaint]:
    """The complaints of an alert that are in scope, the latest received first."""
    demand(scope, "complaints.view")
    return list(
        session.scalars(
            select(Complaint)
            .join(SurgeCase, SurgeCase.complaint_id == Complaint.id)
            .where(SurgeCase.alert_id == alert.id, *_seen_by(scope, team_id))
            .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        )
    )


def count_cases(
    session: Session, scope: Scope, alerts: Iterable[SurgeAlert], team_id: int | None = None
) -> Mapping[int, CaseCount]:
    """How many complaints each alert is about, by its id: all of them, and those `list_cases` would list."""
    demand(scope, "complaints.view")
    ids = [alert.id for alert in alerts]
    if not ids:
        return {}

    def counted(*conditions: ColumnElement[bool]) -> dict[int, int]:
        query = (
            select(SurgeCase.alert_id, func.count())
            .join(Complaint, Complaint.id == SurgeCase.complaint_id)
            .where(SurgeCase.alert_id.in_(ids), *conditions)
            .group_by(SurgeCase.alert_id)
        )
        return dict(session.execute(query).tuples().all())

    everything = counted()
    conditions = _seen_by(scope, team_id)
    seen = counted(*conditions) if conditions else everything
    return {alert_id: CaseCount(everything.get(alert_id, 0), seen.get(alert_id, 0)) for alert_id in ids}


def acknowledge(
    session: Session, scope: Scope, alert_id: int, *, plan: str, expected_version: int, now: datetime
) -> SurgeAlert:
    """Take charge of an alert: what is done, and what the agents tell customers (D1.9, D1.10). The caller commits.

    `expected_version` is the `row_version` the viewer saw; further complaints do not change it. Raises
    AccessRefused, LookupError, StaleCase when somebody else was quicker, Refused without a plan.
    """
    plan = _said(plan, "处置安排", "what is done about it")
    alert = _locked(session, scope, alert_id)
    if alert.acknowledged_at is not None:
        who = display_name(session, alert.acknowledged_by)
        raise StaleCase(
            f"{who}已经确认了这次集中投诉，您写的内容没有保存；请查看处置安排。",
            f"{who} has acknowledged this surge already; what you wrote was not saved: see the plan",
        )
    _refuse_closed(session, alert)
    _refuse_changed(alert, expected_version)
    alert.acknowledged_by, alert.acknowledged_at, alert.plan = scope.actor[:80], now, plan
    session.flush()
    audit.record(session, scope, "surge.acknowledged", "surge", alert.id, {"plan": plan}, at=now)
    return alert


def close(
    session: Session, scope: Scope, alert_id: int, *, outcome: str, expected_version: int, now: datetime
) -> SurgeAlert:
    """End an alert: what it was, and what came of it. After `surge.cooldown` the group may alert again.

    Raises AccessRefused, LookupError, StaleCase when somebody else was quicker, Refused without an outcome or
    before anybody has acknowledged it. The caller commits.
    """
    outcome = _said(outcome, "原因和结果", "what it was and what came of it")
    alert = _locked(session, scope, alert_id)
    _refuse_closed(session, alert)
    _refuse_changed(alert, expected_version)
    if alert.acknowledged_at is None:
        raise Refused(
            "还没有人确认这次集中投诉；请先确认并写明处置安排，再关闭。",
            "nobody has acknowledged this surge: acknowledge it with what is done about it, then close it",
        )
    alert.closed_by, alert.closed_at, alert.outcome = scope.actor[:80], now, outcome
    session.flush()
    audit.record(session, scope, "surge.closed", "surge", alert.id, {"outcome": outcome}, at=now)
    return alert


def _seen_by(scope: Scope, team_id: int | None = None) -> list[ColumnElement[bool]]:
    conditions = within(scope, team=Complaint.team_id, agent=Complaint.agent_id)
    if team_id is not None:
        conditions.append(Complaint.team_id == team_id)
    return conditions


def _has_case(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    cases = (
        select(SurgeCase.alert_id)
        .join(Complaint, Complaint.id == SurgeCase.complaint_id)
        .where(SurgeCase.alert_id == SurgeAlert.id, *conditions)
    )
    return cases.exists()


def _locked(session: Session, scope: Scope, alert_id: int) -> SurgeAlert:
    """The alert as it is now, with nobody else able to decide on it until we are done."""
    demand(scope, "surges.act")
    take_write_lock(session.connection())
    session.execute(select(SurgeAlert.id).where(SurgeAlert.id == alert_id).with_for_update())
    alert = session.get(SurgeAlert, alert_id, populate_existing=True)
    if alert is None:
        raise LookupError(alert_id)
    conditions = _seen_by(scope)
    if conditions and not session.scalar(
        select(SurgeAlert.id).where(SurgeAlert.id == alert_id, _has_case(conditions))
    ):
        raise AccessRefused(NOT_YOURS)
    return alert


def _refuse_closed(session: Session, alert: SurgeAlert) -> None:
    if alert.closed_at is not None:
        who = display_name(session, alert.closed_by)
        raise StaleCase(
            f"{who}已经关闭了这次集中投诉，您写的内容没有保存。",
            f"{who} has closed this surge already; what you wrote was not saved",
        )


def _refuse_changed(alert: SurgeAlert, expected_version: int) -> None:
    if alert.row_version != expected_version:
        raise StaleCase(
            "刚才有人处理了这次集中投诉，您写的内容没有保存；请查看最新内容后再处理。",
            "somebody has just acted on this surge; what you wrote was not saved: look at it again",
        )


def _said(text: str, zh: str, en: str) -> str:
    """The text without blanks around it. Raises Refused when there is none, or far too much."""
    text = text.strip()
    if not text:
        raise Refused(f"请写明{zh}。", f"write down {en}")
    if len(text) > LONGEST_TEXT:
        raise Refused(
            f"内容过长（{len(text):,} 字），请控制在 {LONGEST_TEXT:,} 字以内。",
            f"the text has {len(text):,} characters; {LONGEST_TEXT:,} at most",
        )
    return text
