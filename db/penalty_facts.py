"""What penalties look at in a case: its departments, whom it is about, and the entries it has already."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import Agent, Complaint, LedgerEntry, User, UserTeam
from regulations import penalties as rules
from regulations.fault import Rectification, departments_of


def facts_of(session: Session, complaint: Complaint) -> rules.CasePenaltyFacts:
    """The case as far as penalties look at it, with the entries it has."""
    about = None if complaint.about_agent_id is None else session.get(Agent, complaint.about_agent_id)
    known = session.scalars(
        select(LedgerEntry).where(LedgerEntry.complaint_id == complaint.id).order_by(LedgerEntry.id)
    )
    rectifications = [
        Rectification(clock.department, clock.started_at, rules.Target(clock.due_at, clock.met_at))
        for clock in complaint.clocks
        if clock.clock == "rectification"
    ]
    is_upheld = complaint.upheld == "yes"
    return rules.CasePenaltyFacts(
        number=complaint.number,
        departments=departments_of(complaint.events, rectifications, is_upheld=is_upheld),
        is_upheld=is_upheld,
        is_service_caused=complaint.is_service_caused,
        about_agent=about.number if about else None,
        leader=_leader(session, about) if about else "",
        known=[known_of(row) for row in known],
        is_dismissed=complaint.upheld == "no",
    )


def _leader(session: Session, agent: Agent) -> str:
    """The direct leader: the supervisor of the agent's team, or the team where there is not exactly one."""
    names = session.scalars(
        select(User.username)
        .join(UserTeam, UserTeam.user_id == User.id)
        .where(UserTeam.team_id == agent.team_id, User.role == "supervisor", User.is_active.is_(True))
    ).all()
    return names[0] if len(names) == 1 else agent.team.name


def known_of(row: LedgerEntry) -> rules.Known:
    """A row as the rules take it."""
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
