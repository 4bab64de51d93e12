"""What is asked of those above on the demo's recent cases: approvals, reports with instructions, proposed penalties.

Written through the desk's own writes, so that each one is what the rulebook in force lets happen; what it does not
let happen is simply not there.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from db import approvals, escalations, ledger, people
from db.demo.stage import Stage
from db.models import Complaint, DepartmentAssignment
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

_RECENT = timedelta(days=45)
# amount, days ago, what became of it, by whom, why it was asked for
_APPROVALS = (
    (300, 0.2, "", "", "客户要求补偿运费及误工费"),
    (860, 3.0, "approved", "manager", "维修三次未修好，折价补偿"),
    (1000, 0.9, "", "", "地板被泡，协商赔偿一千元"),
    (2600, 1.2, "", "", "换货并补偿差价"),
    (4800, 5.0, "approved", "director", "安装损坏墙面，赔偿修复费用"),
    (7200, 0.4, "", "", "整机退款并赔偿损失"),
    (1500, 6.0, "rejected", "director", "客户要求精神补偿"),
    (450, 2.0, "withdrawn", "", "重复申请"),
)
# reason, to, is it urgent, days ago, who answers, what is the matter, what is proposed
_REPORTS = (
    ("difficult_customer", "manager", False, 0.3, "", "客户多次辱骂并要求当面道歉", "建议由经理出面沟通，一次说清处理方案"),
    ("serious_complaint", "executive", False, 1.5, "director", "客户向消费者协会投诉", "建议先行退款，同步提交书面说明"),
    ("beyond_remit", "executive", True, 0.6, "", "客户扬言曝光，要求两小时内答复", "建议按最高补偿标准先行答复"),
    ("must_report", "manager", False, 4.0, "manager", "涉及安全隐患", "建议停用同批产品并逐户通知"),
)  # fmt: skip
_INSTRUCTION = "同意所拟办法，今日内答复客户，结果报我"


def fill_decisions(session: Session, stage: Stage) -> dict[str, int]:
    """Some of everything, on the newest cases; how many of each."""
    cases = _recent(session, stage)
    return {
        "approvals": _approvals(session, stage, cases),
        "escalations": _reports(session, stage, cases),
        "ledger_entries": _penalties(session, stage),
    }


def _scope(session: Session, username: str) -> Scope:
    return people.scope_of(people.get_user(session, username))


def _recent(session: Session, stage: Stage) -> list[Complaint]:
    """Open and lately answered cases of the first team, the newest first."""
    team_ids = _scope(session, "supervisor").team_ids or ()
    return list(
        session.scalars(
            select(Complaint)
            .where(
                Complaint.team_id.in_(team_ids),
                Complaint.received_at < stage.now - timedelta(hours=6),
                Complaint.received_at > stage.now - _RECENT,
            )
            .order_by(Complaint.status != "open", Complaint.received_at.desc(), Complaint.id.desc())
        )
    )


def _when(stage: Stage, case: Complaint, days: float) -> datetime:
    """So many days ago, but not before the case was there."""
    return max(stage.now - timedelta(days=days), case.received_at + timedelta(hours=1)).replace(microsecond=0)


def _approvals(session: Session, stage: Stage, cases: list[Complaint]) -> int:
    asking, made = _scope(session, "supervisor"), 0
    for case, (amount, days, outcome, who, reason) in zip(cases, _APPROVALS, strict=False):
        at = _when(stage, case, days)
        with suppress(Refused, AccessRefused):
            row = approvals.request_approval(
                session,
                asking,
                case,
                kind="compensation",
                amount=Decimal(amount),
                reason=reason,
                book=stage.book,
                now=at,
            )
            made += 1
            later = min(at + timedelta(hours=5), stage.now)
            if outcome == "withdrawn":
                approvals.withdraw_approval(
                    session,
                    asking,
                    row.id,
                    expected_version=row.row_version,
                    now=later,
                    note="已与另一件合并",
                )
            elif outcome:
                approvals.decide_approval(
                    session, _scope(session, who), row.id, is_approved=outcome == "approved",
                    note="同意" if outcome == "approved" else "依据不足，请补充材料",
                    expected_version=row.row_version, book=stage.book, now=later,
                )  # fmt: skip
    return made


def _reports(session: Session, stage: Stage, cases: list[Complaint]) -> int:
    asking, made = _scope(session, "supervisor"), 0
    serious = [case for case in cases if case.severity == "serious"]
    ordinary = [case for case in cases if case.severity != "serious"][len(_APPROVALS) :]
    for reason, to_role, is_urgent, days, who, detail, proposal in _REPORTS:
        chosen = serious if reason == "serious_complaint" else ordinary
        if not chosen:
            continue
        case = chosen.pop(0)
        at = _when(stage, case, days)
        with suppress(Refused, AccessRefused):
            row = escalations.raise_escalation(
                session, asking, case, reason=reason, to_role=to_role, detail=detail, proposal=proposal,
                is_urgent=is_urgent, book=stage.book, now=at,
            )  # fmt: skip
            made += 1
            if who:
                escalations.answer_escalation(
                    session, _scope(session, who), row.id, instruction=_INSTRUCTION, expected_version=row.row_version,
                    book=stage.book, now=min(at + timedelta(hours=2), stage.now),
                )  # fmt: skip
    return made


def _penalties(session: Session, stage: Stage) -> int:
    """What the regulations attach to the departments' faults of the last weeks; the older half is decided."""
    at_fault = select(DepartmentAssignment.complaint_id).where(
        DepartmentAssignment.cause == "own_fault", DepartmentAssignment.returned_at > stage.now - _RECENT
    )
    cases = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(at_fault))
        .order_by(Complaint.id)
        .options(selectinload(Complaint.events), selectinload(Complaint.clocks))
    ).all()
    deciding, made = _scope(session, "manager"), 0
    dice = stage.dice("penalties")
    for case in cases:
        entries = ledger.propose_for_case(session, case, stage.book, stage.now)
        made += len(entries)
        for entry in entries if dice.random() < 0.4 else ():
            with suppress(Refused, AccessRefused):
                is_confirmed = dice.random() < 0.75
                ledger.decide_entry(
                    session, deciding, entry.id, is_confirmed=is_confirmed, note="" if is_confirmed else "首次发生，已整改",
                    expected_version=entry.row_version, now=stage.now,
                )  # fmt: skip
    return made
