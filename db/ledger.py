"""Penalties: proposed by the desk from what a case's events say, confirmed or waived by a person, never rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from db import audit, rulebooks
from db.engine import take_write_lock
from db.models import Agent, Complaint, ComplaintClock, LedgerEntry, User, UserTeam
from db.refusals import Refused, StaleCase
from db.visibility import NOT_YOURS, demand, demand_row, within
from regulations import penalties as rules
from regulations.access import SYSTEM, AccessRefused, Scope
from regulations.departments import assignments_of
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.worktime import WorkCalendar, whole_seconds

__all__ = [
    "StaleCase",
    "decide_entry",
    "list_entries",
    "propose_for_case",
    "propose_overdue",
    "standing_entries",
    "unpriced_for_case",
]

_LONGEST_NOTE = 2000
_RECTIFICATION = "rectification"


def propose_for_case(
    session: Session, complaint: Complaint, book: Rulebook, now: datetime
) -> list[LedgerEntry]:
    """Propose what the case's events and clocks now call for beyond what was proposed before.

    Called when something was recorded, after the clocks were set, on a case nobody else can change meanwhile; asked
    twice it adds nothing. The rulebook is the one the case was received under.
    """
    book = rulebooks.made_under(session, complaint.rulebook_version, book)
    if not book.penalties():
        return []
    facts = _facts(session, complaint)
    found: list[LedgerEntry] = []
    for proposal in rules.proposals(facts, book, now):
        row = LedgerEntry(
            complaint_id=complaint.id,
            complaint=complaint,
            reverses_id=proposal.reverses_id,
            trigger=proposal.trigger,
            subject_kind=proposal.subject_kind,
            subject=proposal.subject,
            kind=proposal.kind,
            amount=proposal.amount,
            factor=proposal.factor,
            cause=proposal.cause,
            proposed_at=now,
            proposed_on=WorkCalendar.from_rulebook(book).day_of(now),
            clauses=list(proposal.clauses),
            steps=[step.as_record() for step in proposal.steps],
            rulebook_version=book.version,
        )
        session.add(row)
        session.flush()
        _log(session, SYSTEM, row, "ledger.proposed", now)
        found.append(row)
    return found


def propose_overdue(session: Session, book: Rulebook, now: datetime) -> list[LedgerEntry]:
    """The same for every case whose rectification ran out without anything being recorded: for the sweep."""
    overdue = (
        select(ComplaintClock.complaint_id)
        .where(
            ComplaintClock.clock == _RECTIFICATION,
            ComplaintClock.met_at.is_(None),
            ComplaintClock.due_at < whole_seconds(now),
            ~exists().where(
                LedgerEntry.complaint_id == ComplaintClock.complaint_id,
                LedgerEntry.subject == ComplaintClock.department,
                LedgerEntry.factor > 1,
            ),
        )
        .distinct()
    )
    ids = list(session.scalars(overdue))
    if not ids:
        return []
    take_write_lock(session.connection())
    cases = session.scalars(
        select(Complaint)
        .where(Complaint.id.in_(ids))
        .order_by(Complaint.id)
        .options(selectinload(Complaint.events), selectinload(Complaint.clocks))
        .with_for_update(of=Complaint)
        .execution_options(populate_existing=True)
    ).all()
    return [row for complaint in cases for row in propose_for_case(session, complaint, book, now)]


def unpriced_for_case(session: Session, complaint: Complaint, book: Rulebook) -> tuple[Step, ...]:
    """What the regulations attach to the case without an amount: said, never proposed (A1.19)."""
    book = rulebooks.made_under(session, complaint.rulebook_version, book)
    return rules.unpriced(_facts(session, complaint), book)


def decide_entry(
    session: Session,
    scope: Scope,
    entry_id: int,
    *,
    is_confirmed: bool,
    note: str,
    expected_version: int,
    now: datetime,
) -> LedgerEntry:
    """Confirm or waive a proposal. A waiver says why.

    Confirming one that takes the place of a proposal not yet decided settles that one too. Raises AccessRefused
    without ledger.decide or out of scope, StaleCase when somebody else was quicker, Refused for a waiver without a
    note and for an entry that a newer proposal takes the place of.
    """
    demand(scope, "ledger.decide")
    row = _locked(session, scope, entry_id, expected_version)
    note = note.replace("\x00", "").strip()[:_LONGEST_NOTE]
    if not is_confirmed and not note:
        raise Refused("免除时请写明理由。", "say why it is waived")
    newer = session.scalar(
        select(LedgerEntry.id).where(
            LedgerEntry.reverses_id == row.id, LedgerEntry.state.in_(("proposed", "confirmed"))
        )
    )
    if newer is not None:
        raise Refused(
            f"已有第 {newer} 号建议取代本条，请对第 {newer} 号作出决定。",
            f"entry {newer} takes the place of this one: decide on that",
        )
    _settle(session, scope, row, "confirmed" if is_confirmed else "waived", note, now)
    if is_confirmed and row.reverses_id is not None:
        before = session.get(LedgerEntry, row.reverses_id, populate_existing=True, with_for_update=True)
        if before is not None and before.state == "proposed":
            words = f"由第 {row.id} 号取代 · replaced by entry {row.id}"
            _settle(session, scope, before, "waived", words, now)
    return row


def list_entries(
    session: Session, scope: Scope, *, complaint_id: int | None = None, state: str | None = None
) -> Sequence[LedgerEntry]:
    """Entries of cases in scope: proposals first, the largest on top, then the decided, latest first.

    Raises AccessRefused without complaints.view.
    """
    demand(scope, "complaints.view")
    is_proposed = LedgerEntry.state == "proposed"
    query = (
        select(LedgerEntry)
        .outerjoin(LedgerEntry.complaint)
        .options(contains_eager(LedgerEntry.complaint))
        .order_by(
            case((is_proposed, 0), else_=1),
            case((is_proposed, LedgerEntry.proposed_on)),
            case((is_proposed, -LedgerEntry.amount)),
            LedgerEntry.decided_at.desc(),
            LedgerEntry.id,
        )
    )
    conditions: list[ColumnElement[bool]] = within(scope, team=Complaint.team_id, agent=Complaint.agent_id)
    if complaint_id is not None:
        conditions.append(LedgerEntry.complaint_id == complaint_id)
    if state is not None:
        conditions.append(LedgerEntry.state == state)
    return session.scalars(query.where(*conditions)).all()


def standing_entries(rows: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The entries that count: confirmed, and not replaced by a confirmed one."""
    counted = {entry.id for entry in rules.standing([_known(row) for row in rows])}
    return [row for row in rows if row.id in counted]


def _facts(session: Session, complaint: Complaint) -> rules.CasePenaltyFacts:
    about = None if complaint.about_agent_id is None else session.get(Agent, complaint.about_agent_id)
    known = session.scalars(
        select(LedgerEntry).where(LedgerEntry.complaint_id == complaint.id).order_by(LedgerEntry.id)
    )
    return rules.CasePenaltyFacts(
        number=complaint.number,
        departments=[] if complaint.upheld == "no" else _departments(complaint),
        is_upheld=complaint.upheld == "yes",
        is_service_caused=complaint.is_service_caused,
        about_agent=about.number if about else None,
        leader=_leader(session, about) if about else "",
        known=[_known(row) for row in known],
    )


def _departments(complaint: Complaint) -> list[rules.DepartmentFacts]:
    """What the events say of each department that was not let out of the case again."""
    last = {stay.department: stay for stay in assignments_of(complaint.events)}
    found = []
    for department, stay in last.items():
        if stay.recalled_at is not None:
            continue
        own = [event for event in complaint.events if event.department == department]
        ordered = [event.at for event in own if event.kind == "rectification_ordered"]
        failed = [event.at for event in own if event.kind == "rectification_failed"]
        targets = [
            rules.Target(clock.due_at, clock.met_at)
            for clock in complaint.clocks
            if clock.clock == _RECTIFICATION and clock.department == department
        ]
        is_at_fault = stay.cause == "own_fault" or (not stay.cause and complaint.upheld == "yes")
        found.append(
            rules.DepartmentFacts(
                department,
                min(ordered, default=None),
                is_at_fault,
                sorted(targets, key=lambda target: target.due_at),
                min(failed, default=None),
            )
        )
    return found


def _leader(session: Session, agent: Agent) -> str:
    """The direct leader: the supervisor of the agent's team, or the team where there is not exactly one."""
    names = session.scalars(
        select(User.username)
        .join(UserTeam, UserTeam.user_id == User.id)
        .where(UserTeam.team_id == agent.team_id, User.role == "supervisor", User.is_active.is_(True))
    ).all()
    return names[0] if len(names) == 1 else agent.team.name


def _known(row: LedgerEntry) -> rules.Known:
    return rules.Known(
        row.id,
        row.trigger,
        row.subject_kind,
        row.subject,
        row.kind,
        row.amount,
        row.factor,
        row.state,
        row.reverses_id,
    )


def _locked(session: Session, scope: Scope, entry_id: int, expected_version: int) -> LedgerEntry:
    take_write_lock(session.connection())
    row = session.get(LedgerEntry, entry_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(entry_id)
    if row.complaint is not None:
        demand_row(scope, row.complaint)
    elif scope.team_ids is not None:
        raise AccessRefused(NOT_YOURS)
    if row.state != "proposed":
        zh, en = name_of("ledger_state", row.state), name_of("ledger_state", row.state, "en").lower()
        raise StaleCase(
            f"{row.decided_by}刚才已决定：{zh}。", f"{row.decided_by} was quicker: it is {en} already"
        )
    if row.row_version != expected_version:
        raise StaleCase(
            "这条建议刚才有变动，请查看最新内容。", "the entry has just changed: look at it again"
        )
    return row


def _settle(session: Session, scope: Scope, row: LedgerEntry, state: str, note: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at, row.decision_note = state, scope.actor, now, note
    session.flush()
    _log(session, scope, row, f"ledger.{state}", now, note=note)


def _log(session: Session, scope: Scope, row: LedgerEntry, action: str, now: datetime, **words: str) -> None:
    detail = {
        "complaint_id": row.complaint_id,
        "subject": row.subject,
        "kind": row.kind,
        "amount": str(row.amount),
        "factor": str(row.factor),
        "reverses": row.reverses_id,
        **words,
    }
    audit.record(session, scope, action, "ledger_entry", row.id, detail, at=now)
