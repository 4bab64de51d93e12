"""Who may do what: one table of capabilities per role, read by pages, routes and writes alike."""

from __future__ import annotations

from dataclasses import dataclass

# Roles of accounts. `supervisor` sees own teams; the rest below see all teams, an agent only himself.
# `executive` and `top` are the levels above the department (catalogue 4.2): they look on and approve.
ACCOUNT_ROLES: tuple[str, ...] = (
    "agent",
    "supervisor",
    "qa",
    "manager",
    "executive",
    "top",
    "administrator",
)
LEADERS = frozenset({"manager", "executive", "top"})

CAPABILITIES: dict[str, frozenset[str]] = {
    "today.view": frozenset({"supervisor", "qa", *LEADERS}),
    "complaints.view": frozenset({"supervisor", *LEADERS}),
    "complaints.register": frozenset({"agent", "supervisor", "manager"}),  # whoever is asked first (D1.5)
    "complaints.act": frozenset({"supervisor", "manager"}),
    "approvals.decide": frozenset({"supervisor", *LEADERS}),  # up to which amount is the rulebook's
    "escalations.answer": frozenset({"supervisor", *LEADERS}),
    "surges.act": frozenset({"supervisor", "manager"}),
    "ledger.decide": LEADERS,  # a penalty is proposed by the desk, imposed by a person
    "callbacks.view": frozenset({"supervisor", *LEADERS}),
    "callbacks.act": frozenset({"supervisor"}),
    "repairs.view": frozenset({"supervisor", *LEADERS}),
    "repairs.act": frozenset({"supervisor", "manager"}),
    "surveys.view": frozenset({"supervisor", *LEADERS}),
    "surveys.record": frozenset({"supervisor", "manager"}),
    "attendance.view": frozenset({"supervisor", *LEADERS}),
    "attendance.record": frozenset({"supervisor", "manager"}),  # time off the post, device clocks
    "attendance.lock": frozenset({"manager"}),
    "requests.file": frozenset({"agent", "supervisor", "manager"}),  # an agent only for himself
    "requests.view": frozenset({"supervisor", *LEADERS}),
    "requests.decide": frozenset({"supervisor", *LEADERS}),  # which level is the rulebook's
    "roster.view": frozenset({"supervisor", *LEADERS}),
    "roster.edit": frozenset({"supervisor", "manager"}),
    "handovers.view": frozenset({"agent", "supervisor", *LEADERS}),  # an agent his own
    "handovers.sign": frozenset({"agent", "supervisor"}),
    "handovers.review": frozenset({"supervisor", "manager"}),
    "quality.view": frozenset({"supervisor", "qa", *LEADERS}),
    "quality.review": frozenset({"qa"}),
    "quality.sample": frozenset({"qa", "manager"}),  # draw a month's sample, top it up
    "quality.coach": frozenset({"supervisor", "qa", "manager"}),  # a note that the agent reads
    "quality.calibrate": frozenset(
        {"qa", "manager"}
    ),  # open and close a round; reviews in it are the reviewers'
    "disputes.view": frozenset({"supervisor", "qa", *LEADERS}),
    "disputes.decide": frozenset({"qa", "manager"}),  # never who decided before
    "disputes.file": frozenset({"agent"}),  # about his own calls
    "scorecards.view": frozenset({"supervisor", "qa", *LEADERS}),
    "scorecards.edit": frozenset({"qa", "manager"}),  # a draft
    "scorecards.publish": frozenset({"manager"}),
    "recordings.play": frozenset({"supervisor", "qa", "manager"}),
    "recordings.upload": frozenset({"qa", "administrator"}),
    "meeting.view": frozenset({"supervisor", *LEADERS}),
    "meeting.export": frozenset({"supervisor", *LEADERS}),
    "meeting.close": frozenset({"manager"}),
    "data.view": frozenset({"supervisor", "qa", "administrator"}),
    "data.import": frozenset({"supervisor", "administrator"}),
    "users.manage": frozenset({"administrator"}),
    "rulebook.view": frozenset({"supervisor", "qa", *LEADERS, "administrator"}),
    "rulebook.edit": frozenset({"qa", "manager", "administrator"}),  # the draft
    "rulebook.publish": frozenset({"manager", "administrator"}),
    "own.view": frozenset({"agent"}),  # an agent sees his own calls, findings and days, nobody else's
}


def may(role: str, capability: str) -> bool:
    """Whether the role holds the capability. An unknown capability is a programming error: KeyError."""
    return role in CAPABILITIES[capability]


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is asking and what rows he may see; an argument of every read and write, and of every cache.

    `team_ids` None means all teams. `agent_id` set narrows to one person's own rows.
    """

    user_id: int | None
    actor: str
    role: str
    team_ids: tuple[int, ...] | None = None
    agent_id: int | None = None

    def may(self, capability: str) -> bool:
        """Whether this viewer holds the capability."""
        return may(self.role, capability)

    def sees_team(self, team_id: int) -> bool:
        """Whether rows of the team are in scope."""
        return self.team_ids is None or team_id in self.team_ids


class AccessRefused(Exception):
    """The viewer may not do this. The message says what to do instead."""


SYSTEM = Scope(None, "system", "administrator")
"""The worker and the command line: everything, with its own name in the audit log."""
