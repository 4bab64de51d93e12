"""Two colleagues with a shift each, in the same team or in two, and a swap between them for the tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db import swaps
from db.models import Agent, Shift, SwapRequest, Team
from regulations.access import Scope
from regulations.rulebook import Rulebook
from tests.factories import NOW, TODAY, make_agent, make_shift, make_team, scope

SWAP_ON, PAYBACK_ON = TODAY + timedelta(days=5), TODAY + timedelta(days=12)  # Wednesdays
AFTER = NOW + timedelta(days=13)


@dataclass
class Pair:
    """Wang and Li, their shifts, and the accounts that act for them."""

    session: Session
    book: Rulebook
    team: Team
    other_team: Team
    wang: Agent
    li: Agent
    shift: Shift
    payback: Shift

    @property
    def lead(self) -> Scope:
        return scope("supervisor", self.team, actor="周主管")

    @property
    def other_lead(self) -> Scope:
        return scope("supervisor", self.other_team, actor="郑主管")

    def as_agent(self, agent: Agent) -> Scope:
        return scope("agent", agent=agent, actor=agent.number)

    def ask(self, by: Scope | None = None, **more: Any) -> SwapRequest:
        """Filed by the requester's own account unless somebody else is named."""
        asked = {
            "requester_id": self.wang.id,
            "partner_id": self.li.id,
            "shift_id": self.shift.id,
            "payback_shift_id": self.payback.id,
            "form_number": "",
            "reason": "孩子家长会",
            "briefing": "交接本已说明",
            "now": NOW,
            **more,
        }
        return swaps.request_swap(self.session, by or self.as_agent(self.wang), book=self.book, **asked)

    def consent(self, row: SwapRequest, who: str, by: Scope) -> SwapRequest:
        return swaps.record_consent(
            self.session, by, row.id, who=who, expected_version=row.row_version, now=NOW
        )

    def agreed(self, **more: Any) -> SwapRequest:
        """A request that everybody agreed to."""
        row = self.ask(**more)
        self.consent(row, "partner", self.as_agent(row.partner))
        self.consent(row, "requester_lead", self.lead)
        if self.team.id != self.other_team.id:
            self.consent(row, "partner_lead", self.other_lead)
        return row

    def decide(self, row: SwapRequest, by: Scope | None = None, **more: Any) -> SwapRequest:
        decided = {"is_approved": True, "note": "", "expected_version": row.row_version, "now": NOW, **more}
        return swaps.decide_swap(self.session, by or self.lead, row.id, book=self.book, **decided)

    def approved(self, **more: Any) -> SwapRequest:
        return self.decide(self.agreed(**more))


def pair(
    session: Session, book: Rulebook, *, in_two_teams: bool = False, payback_on: date = PAYBACK_ON
) -> Pair:
    """Both on a day shift, a week apart."""
    team = make_team(session)
    other = make_team(session) if in_two_teams else team
    wang = make_agent(session, team, name="王芳", post="hotline", level="senior")
    li = make_agent(session, other, name="李强", post="hotline", level="senior")
    shift, payback = make_shift(session, wang, SWAP_ON), make_shift(session, li, payback_on)
    return Pair(session, book, team, other, wang, li, shift, payback)
