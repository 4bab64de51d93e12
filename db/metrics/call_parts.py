"""What all metrics of calls share: where a call's rows are joined, what is shown of a call, how calls are broken down."""

from __future__ import annotations

from sqlalchemy import and_
from sqlalchemy.orm import join

from db.metrics.definition import Group
from db.models import Agent, Call, Inspection, Team

CALLS = join(join(Call, Team, Team.id == Call.team_id), Agent, Agent.id == Call.agent_id)
"""Every call with its team and its agent."""

IS_CURRENT = and_(Inspection.call_id == Call.id, Inspection.is_current)
"""The inspection that counts for a call."""

INSPECTED = join(CALLS, Inspection, IS_CURRENT)
"""Every inspected call with that inspection."""

CALL_COLUMNS = {
    "call_id": Call.call_id,
    "started_at": Call.started_at,
    "team": Team.name,
    "agent": Agent.name,
    "kind": Call.kind,
    "channel": Call.channel,
    "direction": Call.direction,
    "duration_seconds": Call.duration_seconds,
}
CALL_GROUPS = {
    "kind": Group(Call.kind, names="contact_kind"),
    "channel": Group(Call.channel, names="channel"),
    "direction": Group(Call.direction, names="direction"),
}
