"""The four kinds of requests in one shape, as lists and panels show them, in the viewer's language.

What is about somebody's health is only in it for whoever may decide on it, and for the person himself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dashboard.formats import fmt_count, fmt_date, fmt_duration, fmt_instant, fmt_time, site_zone
from dashboard.i18n import N_, _, name
from dashboard.request_order import Wish
from db.leave import reason_for, type_for
from db.models import Agent, Leave, Overtime, PunchCorrection, SwapRequest
from db.requests import WAITING, Row
from regulations.access import Scope

PANEL = "request"  # whose flashes tell what became of something that was pressed about a request
KINDS = {
    "leave": N_("Leave"),
    "swap": N_("Swap"),
    "correction": N_("Correction"),
    "overtime": N_("Overtime"),
}
KIND_COLOURS = {"leave": "blue", "swap": "violet", "correction": "gray", "overtime": "orange"}
STATES = {
    "approved": N_("Approved"),
    "refused": N_("Not approved"),
    "withdrawn": N_("Withdrawn"),
    "amended": N_("Amended"),
    "settled": N_("Paid back"),
    "failed": N_("Shift left empty"),
}
STATE_COLOURS = {
    "requested": "orange",
    "approved": "green",
    "refused": "red",
    "withdrawn": "gray",
    "amended": "gray",
    "settled": "green",
    "failed": "red",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of whatever kind. `reason` is empty for whoever may not read it; `partner` is a swap's other person."""

    kind: str
    number: int
    version: int
    state: str
    agent_id: int
    person: str
    team_id: int
    team: str
    what: str
    when: str
    begins_at: datetime
    ends_at: datetime
    work_on: date
    asked_at: datetime
    asked_by: str
    reason: str
    required_role: str
    decided_by: str
    decided_role: str
    decided_at: datetime | None
    note: str
    clauses: tuple[str, ...]
    steps: tuple[dict[str, Any], ...]
    rulebook_version: str
    partner: str = ""
    partner_id: int | None = None

    @property
    def key(self) -> str:
        """As the address names it: "leave-12"."""
        return f"{self.kind}-{self.number}"

    @property
    def public(self) -> str:
        """What is asked for as it may leave the desk: that it is leave, not what kind."""
        return _("Leave") if self.kind == "leave" else self.what

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has decided on it yet."""
        return self.state == WAITING

    @property
    def wish(self) -> Wish:
        """Its place among the others."""
        ids = (self.agent_id,) if self.partner_id is None else (self.agent_id, self.partner_id)
        return Wish(self.key, self.kind, ids, self.team_id, self.begins_at, self.ends_at, self.asked_at)


def asked(scope: Scope, row: Row) -> Asked:
    """The request in the shape of lists and panels."""
    if isinstance(row, Leave):
        return _leave(scope, row)
    if isinstance(row, SwapRequest):
        return _swap(scope, row)
    return _correction(row) if isinstance(row, PunchCorrection) else _overtime(row)


def leave_words(scope: Scope, row: Leave) -> str:
    """What kind of leave it is; for others than those who may know, leave and no more."""
    type_ = type_for(scope, row)
    return _("Leave") if type_ is None else name("leave_type", type_)


def state_name(kind: str, state: str) -> str:
    """What a state is called for that kind."""
    return name("swap_state" if kind == "swap" else "request_state", state)


def has_state(kind: str, state: str) -> bool:
    """Whether requests of that kind can be in the state: only swaps are paid back or fail, and they are not amended."""
    return state != "amended" if kind == "swap" else state not in ("settled", "failed")


def fmt_span(begins_at: datetime, ends_at: datetime) -> str:
    """Local times: the day once where it begins and ends on one; midnight at its end is written 24:00."""
    first, last = begins_at.astimezone(site_zone()), ends_at.astimezone(site_zone())
    if last.time() == time() and (last.date() - first.date()).days == 1:
        return f"{fmt_instant(begins_at)}–24:00"
    if first.date() == last.date():
        return f"{fmt_instant(begins_at)}–{fmt_time(ends_at)}"
    return f"{fmt_instant(begins_at)} – {fmt_instant(ends_at)}"


def fmt_short(begins_at: datetime, ends_at: datetime) -> str:
    """As `fmt_span` for a narrow column: without the year, and of several days only the days.

    A night shift is one day. Everything else stands in the request itself.
    """
    if begins_at == ends_at:
        return fmt_instant(begins_at)[5:]
    first, _dash, last = fmt_span(begins_at, ends_at).partition(" – ")
    if not last:
        return first[5:]
    if ends_at - begins_at < timedelta(hours=24):
        return f"{first[5:]}–{last[11:]}"
    last_day = (ends_at - timedelta(seconds=1)).astimezone(site_zone())
    return f"{first[5:10]} – {last_day:%m-%d}"


def _leave(scope: Scope, row: Leave) -> Asked:
    words = leave_words(scope, row)
    if row.days is not None:
        words = _("{leave}, {n} d", leave=words, n=fmt_count(row.days))
    return Asked(
        kind="leave",
        state=row.status,
        what=words,
        when=fmt_span(row.starts_at, row.ends_at),
        begins_at=row.starts_at,
        ends_at=row.ends_at,
        work_on=row.starts_at.astimezone(site_zone()).date(),
        asked_at=row.filed_at,
        asked_by=row.filed_by,
        reason=reason_for(scope, row),
        required_role=row.required_role,
        decided_by=row.approver,
        **_person(row.agent),
        **_rest(row),
    )


def _swap(scope: Scope, row: SwapRequest) -> Asked:
    zone = site_zone()
    begins = row.shift.starts_at if row.shift else datetime.combine(row.swap_on, time(), zone)
    ends = row.shift.ends_at if row.shift else begins
    other = row.requester if scope.agent_id == row.partner_id else row.partner
    back = fmt_date(row.payback_on)[5:] if row.payback_on else _("day not agreed")
    return Asked(
        kind="swap",
        state=row.state,
        what=_("With {partner}, back {day}", partner=other.name, day=back),
        when=fmt_span(begins, ends) if row.shift else fmt_date(row.swap_on),
        begins_at=begins,
        ends_at=ends,
        work_on=row.swap_on,
        asked_at=row.requested_at,
        asked_by=row.requested_by,
        reason=row.reason,
        required_role="",
        decided_by=row.decided_by,
        partner=row.partner.name,
        partner_id=row.partner_id,
        **_person(row.requester),
        **_rest(row),
    )


def _correction(row: PunchCorrection) -> Asked:
    kind, at = name("punch_kind", row.kind), fmt_time(row.at)
    if row.replaces is None:
        what = _("{kind} {time}, missing", kind=kind, time=at)
    else:
        what = _("{kind} {time}, was {old}", kind=kind, time=at, old=fmt_time(row.replaces.at))
    return Asked(
        kind="correction",
        state=row.state,
        what=what,
        when=fmt_instant(row.at),
        begins_at=row.at,
        ends_at=row.at,
        work_on=row.work_on,
        asked_at=row.requested_at,
        asked_by=row.requested_by,
        reason=row.reason,
        required_role=row.required_role,
        decided_by=row.decided_by,
        **_person(row.agent),
        **_rest(row),
    )


def _overtime(row: Overtime) -> Asked:
    length = fmt_duration((row.ends_at - row.starts_at).total_seconds())
    return Asked(
        kind="overtime",
        state=row.state,
        what=_(
            "{length}, {compensation}", length=length, compensation=name("compensation", row.compensation)
        ),
        when=fmt_span(row.starts_at, row.ends_at),
        begins_at=row.starts_at,
        ends_at=row.ends_at,
        work_on=row.work_on,
        asked_at=row.requested_at,
        asked_by=row.requested_by,
        reason=row.reason,
        required_role=row.required_role,
        decided_by=row.decided_by,
        **_person(row.agent),
        **_rest(row),
    )


def _person(agent: Agent) -> dict[str, Any]:
    return {
        "agent_id": agent.id,
        "person": agent.name,
        "team_id": agent.team_id,
        "team": agent.team.name,
    }


def _rest(row: Row) -> dict[str, Any]:
    return {
        "number": row.id,
        "version": row.row_version,
        "decided_role": row.decided_role,
        "decided_at": row.decided_at,
        "note": row.decision_note or "",
        "clauses": tuple(str(clause) for clause in row.clauses),
        "steps": tuple(row.steps),
        "rulebook_version": row.rulebook_version,
    }
