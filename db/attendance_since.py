"""What was recorded about people's attendance since a moment: corrections, readings, leave, the roster, swaps, overtime."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.accounts import display_names
from db.models import Leave, OffPost, Overtime, Punch, PunchCorrection, ShiftChange, SwapRequest
from db.month_days import MonthDay
from regulations.access import SYSTEM
from regulations.names import name_of
from regulations.verdict import Step
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar

REACH = timedelta(hours=12)  # a reading this near a shift may have changed its verdict
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Something recorded after the month was fixed, and which time of whom, or which shift, it touches."""

    agent_id: int
    begin: datetime
    end: datetime
    step: Step
    shift_id: int | None = None

    def touches(self, agent_id: int, day: MonthDay) -> bool:
        """Whether it may have changed the verdict on that shift of that person."""
        if self.shift_id == day.fact.shift_id:  # also where it has become somebody else's
            return True
        return self.agent_id == agent_id and self.begin < day.ends_at and self.end > day.starts_at


def recorded_since(
    session: Session,
    agents: AbstractSet[int],
    shifts: AbstractSet[int],
    period: tuple[date, date],
    since: datetime,
    work: WorkCalendar,
) -> list[Recorded]:
    """Everything that was recorded about these people's month after it was fixed, the earliest first."""
    first, last = period
    begin, end = work.start_of_day(first) - REACH, work.start_of_day(last + _DAY) + REACH
    names = display_names(session)
    zone = work.timezone
    found: list[tuple[datetime, Recorded]] = []

    def tell(
        agent_id: int,
        span: tuple[datetime, datetime],
        at: datetime,
        zh: str,
        en: str,
        shift_id: int | None = None,
    ) -> None:
        said = instant_text(at, zone)
        found.append((at, Recorded(agent_id, *span, Step(f"{said} {zh}", f"{said} {en}"), shift_id)))

    def who(actor: str, language: str) -> str:
        if actor in ("", SYSTEM.actor):
            return "系统" if language == "zh" else "the desk"
        return names.get(actor, actor)

    def day_span(day: date) -> tuple[datetime, datetime]:
        return work.start_of_day(day), work.start_of_day(day + _DAY)

    for c in session.scalars(
        select(PunchCorrection).where(
            PunchCorrection.agent_id.in_(agents),
            PunchCorrection.state == "approved",
            PunchCorrection.decided_at > since,
            PunchCorrection.work_on.between(first, last),
        )
    ):
        assert c.decided_at is not None
        at = instant_text(c.at, zone)
        zh_kind, en_kind = (name_of("punch_kind", c.kind, language) for language in ("zh", "en"))
        tell(
            c.agent_id,
            (c.at - REACH, c.at + REACH),
            c.decided_at,
            f"{who(c.decided_by, 'zh')}批准补卡：{zh_kind} {at}",
            f"{who(c.decided_by, 'en')} approved a correction: {en_kind.lower()} {at}",
        )
    for p in session.scalars(
        select(Punch).where(
            Punch.agent_id.in_(agents),
            Punch.recorded_at > since,
            Punch.source != "correction",  # told by its request
            Punch.at.between(begin, end),
        )
    ):
        at = instant_text(p.at, zone)
        zh_kind, en_kind = (name_of("punch_kind", p.kind, language) for language in ("zh", "en"))
        zh_source, en_source = (name_of("punch_source", p.source, language) for language in ("zh", "en"))
        tell(
            p.agent_id,
            (p.at - REACH, p.at + REACH),
            p.recorded_at,
            f"{zh_source}打卡：{zh_kind} {at}",
            f"{en_source} reading: {en_kind.lower()} {at}",
        )
    for leave in session.scalars(
        select(Leave).where(
            Leave.agent_id.in_(agents),
            (Leave.decided_at > since) | (Leave.decided_at.is_(None) & (Leave.filed_at > since)),
            Leave.starts_at < end,
            Leave.ends_at > begin,
        )
    ):
        a, b = instant_text(leave.starts_at, zone), instant_text(leave.ends_at, zone)
        zh_state, en_state = (name_of("request_state", leave.status, language) for language in ("zh", "en"))
        tell(
            leave.agent_id,
            (leave.starts_at, leave.ends_at),
            leave.decided_at or leave.filed_at,
            f"请假 {a} 至 {b}：{zh_state}",
            f"leave {a} to {b}: {en_state.lower()}",
        )
    for change in session.scalars(
        select(ShiftChange).where(
            ShiftChange.agent_id.in_(agents) | ShiftChange.shift_id.in_(shifts),
            ShiftChange.changed_at > since,
            ShiftChange.work_on.between(first, last),
        )
    ):
        zh_source, en_source = (
            name_of("shift_change_source", change.source, language) for language in ("zh", "en")
        )
        tell(
            change.agent_id,
            day_span(change.work_on),
            change.changed_at,
            f"{who(change.changed_by, 'zh')}变更班次（{zh_source}）：{change.reason or '未写原因'}",
            f"{who(change.changed_by, 'en')} changed the shift ({en_source.lower()}): {change.reason or 'no reason given'}",
            change.shift_id,
        )
    for extra in session.scalars(
        select(Overtime).where(
            Overtime.agent_id.in_(agents),
            Overtime.decided_at > since,
            Overtime.work_on.between(first, last),
        )
    ):
        assert extra.decided_at is not None
        zh_state, en_state = (name_of("request_state", extra.state, language) for language in ("zh", "en"))
        tell(
            extra.agent_id,
            day_span(extra.work_on),
            extra.decided_at,
            f"加班申请：{zh_state}（{who(extra.decided_by, 'zh')}）",
            f"overtime: {en_state.lower()} ({who(extra.decided_by, 'en')})",
        )
    for swap in session.scalars(
        select(SwapRequest).where(
            SwapRequest.state == "failed",
            SwapRequest.settled_at > since,
            SwapRequest.failed_shift_id.in_(shifts),
        )
    ):
        assert swap.settled_at is not None
        day = swap.swap_on if swap.failed_shift_id == swap.shift_id else swap.payback_on or swap.swap_on
        tell(
            swap.requester_id,
            day_span(day),
            swap.settled_at,
            f"{who(swap.settled_by, 'zh')}登记换班误班、空班（{swap.form_number}）",
            f"{who(swap.settled_by, 'en')} recorded that a swap failed ({swap.form_number})",
            swap.failed_shift_id,
        )
    for away in session.scalars(
        select(OffPost).where(
            OffPost.agent_id.in_(agents), OffPost.recorded_at > since, OffPost.starts_at.between(begin, end)
        )
    ):
        assert away.recorded_at is not None
        zh_kind, en_kind = (name_of("off_post_kind", away.kind, language) for language in ("zh", "en"))
        at = instant_text(away.starts_at, zone)
        tell(
            away.agent_id,
            (away.starts_at, away.ends_at or away.starts_at + REACH),
            away.recorded_at,
            f"{who(away.recorded_by, 'zh')}登记{zh_kind} {at}",
            f"{who(away.recorded_by, 'en')} recorded {en_kind.lower()} {at}",
        )
    return [one for _at, one in sorted(found, key=lambda pair: pair[0])]
