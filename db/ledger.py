"""Penalties: proposed by the desk from what a case's events say, confirmed or waived by a person, never rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, case, exists, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from db import audit, rulebooks
from db.accounts import display_name
from db.engine import take_write_lock
from db.models import Complaint, ComplaintClock, ComplaintEvent, LedgerEntry
from db.penalty_facts import facts_of, known_of
from db.refusals import Refused, StaleCase
from db.visibility import NOT_YOURS, demand, demand_row, within
from regulations import penalties as rules
from regulations.access import SYSTEM, AccessRefused, Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.worktime import WorkCalendar, whole_seconds

__all__ = [
    "StaleCase",
    "decide_entry",
    "get_entry",
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
    facts = facts_of(session, complaint)
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
    """The same for every case whose rectification ran out without anything being recorded: for the sweep.

    A case that somebody has in hand is left to him: what he records is proposed for there.
    """
    overdue = (
        select(ComplaintClock.complaint_id)
        .where(
            ComplaintClock.clock == _RECTIFICATION,
            ComplaintClock.met_at.is_(None),
            ComplaintClock.due_at < whole_seconds(now),
            exists().where(  # without the notice nothing is owed
                ComplaintEvent.complaint_id == ComplaintClock.complaint_id,
                ComplaintEvent.department == ComplaintClock.department,
                ComplaintEvent.kind == "rectification_ordered",
            ),
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
        .with_for_update(of=Complaint, skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    return [row for complaint in cases for row in propose_for_case(session, complaint, book, now)]


def unpriced_for_case(session: Session, complaint: Complaint, book: Rulebook) -> tuple[Step, ...]:
    """What the regulations attach to the case without an amount: said, never proposed (A1.19)."""
    book = rulebooks.made_under(session, complaint.rulebook_version, book)
    return rules.unpriced(facts_of(session, complaint), book)


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
    note, for an entry that a newer proposal takes the place of, and for confirming what the case no longer calls for.
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
    if is_confirmed:
        _refuse_groundless(session, row, now)
    _settle(session, scope, row, "confirmed" if is_confirmed else "waived", note, now)
    if is_confirmed and row.reverses_id is not None:
        before = session.get(LedgerEntry, row.reverses_id, populate_existing=True, with_for_update=True)
        if before is not None and before.state == "proposed":
            words = f"由第 {row.id} 号取代 · replaced by entry {row.id}"
            _settle(session, scope, before, "waived", words, now)
    return row


def list_entries(
    session: Session,
    scope: Scope,
    *,
    complaint_id: int | None = None,
    state: str | None = None,
    decided: tuple[datetime, datetime] | None = None,
) -> Sequence[LedgerEntry]:
    """Entries of cases in scope: proposals first, the largest on top, then the decided, latest first.

    `decided` keeps what was decided between two instants, both included. Raises AccessRefused without complaints.view.
    """
    demand(scope, "complaints.view")
    is_proposed = LedgerEntry.state == "proposed"
    query = _visible(scope).order_by(
        case((is_proposed, 0), else_=1),
        case((is_proposed, LedgerEntry.proposed_on)),
        case((is_proposed, -LedgerEntry.amount)),
        LedgerEntry.decided_at.desc(),
        LedgerEntry.id,
    )
    if complaint_id is not None:
        query = query.where(LedgerEntry.complaint_id == complaint_id)
    if state is not None:
        query = query.where(LedgerEntry.state == state)
    if decided is not None:
        query = query.where(LedgerEntry.decided_at.between(*decided))
    return session.scalars(query).all()


def get_entry(session: Session, scope: Scope, entry_id: int) -> LedgerEntry:
    """The entry. Raises AccessRefused without complaints.view, LookupError when none is in scope."""
    demand(scope, "complaints.view")
    row = session.scalar(_visible(scope).where(LedgerEntry.id == entry_id))
    if row is None:
        raise LookupError(entry_id)
    return row


def _visible(scope: Scope) -> Select[LedgerEntry]:
    query = (
        select(LedgerEntry).outerjoin(LedgerEntry.complaint).options(contains_eager(LedgerEntry.complaint))
    )
    return query.where(*within(scope, team=Complaint.team_id, agent=Complaint.agent_id))


def standing_entries(rows: Sequence[LedgerEntry]) -> list[LedgerEntry]:
    """The entries that count: confirmed, and not replaced by a confirmed one."""
    counted = {entry.id for entry in rules.standing([known_of(row) for row in rows])}
    return [row for row in rows if row.id in counted]


def _locked(session: Session, scope: Scope, entry_id: int, expected_version: int) -> LedgerEntry:
    take_write_lock(session.connection())
    # The case before its entries, as whoever records something does: nothing is proposed meanwhile.
    case_id = session.scalar(select(LedgerEntry.complaint_id).where(LedgerEntry.id == entry_id))
    session.execute(select(Complaint.id).where(Complaint.id == case_id).with_for_update())
    row = session.get(LedgerEntry, entry_id, populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(entry_id)
    if row.complaint is not None:
        demand_row(scope, row.complaint)
    elif scope.team_ids is not None:
        raise AccessRefused(NOT_YOURS)
    if row.state != "proposed":
        zh, en = name_of("ledger_state", row.state), name_of("ledger_state", row.state, "en").lower()
        who = display_name(session, row.decided_by)
        raise StaleCase(f"{who}刚才已决定：{zh}。", f"{who} was quicker: it is {en} already")
    if row.row_version != expected_version:
        raise StaleCase(
            "这条建议刚才有变动，请查看最新内容。", "the entry has just changed: look at it again"
        )
    return row


def _refuse_groundless(session: Session, row: LedgerEntry, now: datetime) -> None:
    """What the case no longer calls for is waived, not confirmed: it may have changed since it was proposed."""
    if row.complaint is None:
        return
    book = rulebooks.made_under(session, row.rulebook_version, rulebooks.in_force(session))
    if rules.called_for(facts_of(session, row.complaint), known_of(row), book, now):
        return
    raise Refused(
        "按案件现有记录，本条建议已失去依据，不能确认；请免除并写明理由。",
        "by the case's record as it is now nothing calls for this entry any more: waive it and say why",
    )


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
