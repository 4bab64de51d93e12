"""The frame of the month's sample: every inspected call, with the weight it gets for what the machine found."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from db.models import Agent, Call, Finding, Inspection, SampleCall
from db.quality import FLAGS, is_flag, is_to_hear
from quality import queueing, risk
from quality.risk import Flag
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A call that is new in the frame: its row's id, its number, its stratum (agent and channel) and its weight."""

    id: int
    call_id: str
    stratum: str
    weight: float


def new_calls(
    session: Session, month: date, book: Rulebook, highest: float, now: datetime, sample_id: int | None = None
) -> list[FrameRow]:
    """The inspected calls of the month, begun by `now`, that are not in the frame of the sample yet."""
    following = (month.replace(day=1) + timedelta(days=32)).replace(day=1)
    wanted = [
        Inspection.is_current,
        Inspection.started_on >= month,
        Inspection.started_on < following,
        Call.started_at <= now,
    ]
    if sample_id is not None:
        wanted.append(~exists().where(SampleCall.call_id == Call.id, SampleCall.sample_id == sample_id))
    inspected = (
        select(Call.id, Call.call_id, Agent.number, Call.channel, Inspection.id.label("inspection_id"))
        .select_from(Inspection)
        .join(Call, Call.id == Inspection.call_id)
        .join(Agent, Agent.id == Call.agent_id)
        .where(*wanted)
        .order_by(Call.call_id, Inspection.id)
    )
    rows = {row.id: row for row in session.execute(inspected)}
    flags: dict[int, list[Flag]] = defaultdict(list)
    critical = set(book.items("qa.critical_categories") or ())
    found = (
        select(
            Finding.inspection_id, Finding.kind, Finding.category, Finding.verdict, Finding.stake, Finding.points,
            Finding.probability, Finding.decision,
        )
        .join(Inspection, Inspection.id == Finding.inspection_id)
        .join(Call, Call.id == Inspection.call_id)
        .where(*wanted, or_(is_flag(), is_to_hear()))
        .order_by(Finding.id)
    )  # fmt: skip
    for one in session.execute(found):
        if one.decision == "overturned":
            continue
        is_sure = one.verdict in FLAGS or one.decision == "confirmed"
        likely = queueing.UNKNOWN if one.probability is None else one.probability
        flags[one.inspection_id].append(
            Flag(
                float(one.stake or one.points),
                queueing.SURE if is_sure else likely,
                one.kind == "banned" and one.category in critical,
            )
        )
    return [
        FrameRow(
            row.id,
            row.call_id,
            f"{row.number}|{row.channel}"[:60],
            risk.weight_by_rulebook(flags[row.inspection_id], book, highest),
        )
        for row in rows.values()
    ]
