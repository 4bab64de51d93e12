"""What the rules need to know of a reading that is to be put right: its shift, what it replaces, what is there already."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from db.attendance_facts import REACH
from db.models import Punch, PunchCorrection, Shift
from db.refusals import Refused
from regulations import corrections as rules
from regulations.names import NAMES
from regulations.punches import belongs_to
from regulations.rulebook import Rulebook


def facts_of(
    session: Session,
    agent_id: int,
    kind: str,
    at: datetime,
    replaces_id: int | None,
    book: Rulebook,
    asked_at: datetime,
    without: PunchCorrection | None = None,
) -> tuple[rules.CorrectionFacts, Shift | None]:
    """What the rules need to know, and the shift that the reading belongs to; `without` is the request itself."""
    if kind not in NAMES["punch_kind"]:
        raise Refused("请选择上班或下班打卡。", "choose clock in or clock out")
    shift = shift_of(session, agent_id, kind, at)
    replaces = None if replaces_id is None else session.get(Punch, replaces_id)
    if replaces_id is not None and (replaces is None or replaces.agent_id != agent_id):
        raise Refused("要更正的打卡不是此人的。", "the reading to be replaced is not this person's")
    later = aliased(Punch)
    same = (
        select(Punch.id)
        .outerjoin(later, later.corrects_id == Punch.id)
        .where(
            Punch.agent_id == agent_id,
            Punch.kind == kind,
            Punch.at >= at,
            Punch.at < at + timedelta(seconds=1),
            later.id.is_(None),
        )
    )
    own = [i for i in (replaces_id, without and without.punch_id) if i is not None]
    same = same.where(Punch.id.not_in(own))
    work_on: date | None = None if shift is None else shift.work_on
    waiting = select(PunchCorrection.id).where(
        PunchCorrection.agent_id == agent_id,
        PunchCorrection.kind == kind,
        PunchCorrection.state == "requested",
        PunchCorrection.shift_id == (None if shift is None else shift.id),
    )
    if without is not None:
        waiting = waiting.where(PunchCorrection.id != without.id)
    others = select(Punch.id).where(Punch.corrects_id == replaces_id, Punch.id.not_in(own))
    is_replaced = replaces_id is not None and session.scalar(others.limit(1)) is not None
    facts = rules.CorrectionFacts(
        kind=kind,
        at=at,
        asked_at=asked_at,
        replaces=None if replaces is None else (replaces.at, replaces.kind),
        shift=None if shift is None else (shift.starts_at, shift.ends_at),
        work_on=work_on,
        has_same=session.scalar(same.limit(1)) is not None,
        is_replaced=is_replaced,
        is_waiting=shift is not None and session.scalar(waiting.limit(1)) is not None,
    )
    return facts, shift


def shift_of(session: Session, agent_id: int, kind: str, at: datetime) -> Shift | None:
    """The shift the reading belongs to, as the verdicts take it."""
    near = session.scalars(
        select(Shift)
        .where(Shift.agent_id == agent_id, Shift.starts_at <= at + REACH, Shift.ends_at >= at - REACH)
        .order_by(Shift.starts_at, Shift.id)
    ).all()
    place = belongs_to(at, kind, [(shift.starts_at, shift.ends_at) for shift in near], REACH)
    return None if place is None else near[place]
