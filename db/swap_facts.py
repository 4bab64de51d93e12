"""What a swap is judged by, read from the roster, the other swaps and the leave of both people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from db.models import Agent, Leave, Shift, ShiftChange, SwapRequest
from regulations.rulebook import Rulebook
from regulations.swaps import LeaveSpan, OtherSwap, Party, ShiftSpan, SwapFacts
from regulations.wording import day_text
from regulations.work_calendar import WorkCalendar

STANDING = ("approved", "settled", "failed")  # states of swaps that count
_NEAR = timedelta(days=3)  # shifts further from both days cannot be back to back with them
_FAR = timedelta(days=1)


def gather(
    session: Session,
    *,
    requester: Agent,
    partner: Agent,
    shift: Shift | None,
    payback: Shift | None,
    swap_on: date,
    payback_on: date | None,
    book: Rulebook,
    swap_id: int | None = None,
    consents: frozenset[str] = frozenset(),
    form_number: str | None = None,
    reason: str | None = None,
    briefing: str | None = None,
    as_of: datetime | None = None,
    given_up: Shift | None = None,
) -> SwapFacts:
    """The facts as they are now, the roster as it was before this swap: what changed hands by it is put back.

    `given_up` is a pay-back that another one takes the place of; it is the partner's again.

    `swap_id` names the request itself, which does not count against itself.
    """
    calendar = WorkCalendar.from_rulebook(book)
    days = [day for day in (swap_on, payback_on) if day is not None]
    people = (requester.id, partner.id)
    shifts = _shifts(session, people, days)
    _put_back(shifts, shift, requester.id)
    _put_back(shifts, payback, partner.id)
    _put_back(shifts, given_up, partner.id)
    swaps = _swaps(session, people, days, swap_id)
    leave = _leave(session, people, days, calendar)

    def party(agent: Agent) -> Party:
        return Party(
            name=agent.name,
            post=agent.post,
            level=agent.level,
            shifts=tuple(shifts[agent.id].values()),
            swaps=tuple(swaps[agent.id]),
            leave=tuple(leave[agent.id]),
        )

    return SwapFacts(
        requester=party(requester),
        partner=party(partner),
        swap_on=swap_on,
        payback_on=payback_on,
        shift=span_of(shift),
        payback=span_of(payback),
        consents=consents,
        form_number=form_number,
        reason=reason,
        briefing=briefing,
        as_of=as_of,
    )


def facts_of(
    session: Session, row: SwapRequest, book: Rulebook, as_of: datetime | None, payback: Shift | None = None
) -> SwapFacts:
    """The facts of a request as they are now; `payback` in place of the one it has, where another is thought of."""
    given_up = row.payback_shift if payback is not None and payback is not row.payback_shift else None
    payback = payback or row.payback_shift
    return gather(
        session,
        requester=row.requester,
        partner=row.partner,
        shift=row.shift,
        payback=payback,
        swap_on=row.swap_on,
        payback_on=payback.work_on if payback is not None else row.payback_on,
        book=book,
        swap_id=row.id,
        consents=frozenset(entry["who"] for entry in row.consents),
        form_number=row.form_number,
        reason=row.reason,
        briefing=row.briefing,
        as_of=as_of,
        given_up=given_up,
    )


def span_of(shift: Shift | None) -> ShiftSpan | None:
    """A shift as the rules see it."""
    return None if shift is None else ShiftSpan(shift.starts_at, shift.ends_at, shift.work_on)


def _shifts(session: Session, people: Sequence[int], days: Sequence[date]) -> dict[int, dict[int, ShiftSpan]]:
    """The shifts of both around these days: by person, by shift."""
    near = or_(*(Shift.work_on.between(day - _NEAR, day + _NEAR) for day in days))
    found: dict[int, dict[int, ShiftSpan]] = {agent_id: {} for agent_id in people}
    rows = session.execute(
        select(Shift.id, Shift.agent_id, Shift.starts_at, Shift.ends_at, Shift.work_on)
        .where(Shift.agent_id.in_(people), near)
        .order_by(Shift.starts_at)
    )
    for id_, agent_id, starts_at, ends_at, work_on in rows:
        found[agent_id][id_] = ShiftSpan(starts_at, ends_at, work_on)
    return found


def _put_back(shifts: dict[int, dict[int, ShiftSpan]], shift: Shift | None, owner_id: int) -> None:
    """A shift of the swap goes to whose it was before, also where it has changed hands already."""
    if shift is None:
        return
    for held in shifts.values():
        held.pop(shift.id, None)
    shifts[owner_id][shift.id] = ShiftSpan(shift.starts_at, shift.ends_at, shift.work_on)


def _swaps(
    session: Session, people: Sequence[int], days: Sequence[date], swap_id: int | None
) -> dict[int, list[OtherSwap]]:
    """The standing swaps of both in the months of these days, and next to them."""
    first = min(day.replace(day=1) for day in days) - _FAR
    last = max((day.replace(day=28) + timedelta(days=4)).replace(day=1) for day in days)
    touched = or_(SwapRequest.swap_on.between(first, last), SwapRequest.payback_on.between(first, last))
    rows = session.execute(
        select(SwapRequest.requester_id, SwapRequest.partner_id, SwapRequest.swap_on, SwapRequest.payback_on)
        .where(
            or_(SwapRequest.requester_id.in_(people), SwapRequest.partner_id.in_(people)),
            SwapRequest.state.in_(STANDING),
            SwapRequest.id != (swap_id or 0),
            touched,
        )
        .order_by(SwapRequest.swap_on, SwapRequest.id)
    )
    found: dict[int, list[OtherSwap]] = defaultdict(list)
    for requester_id, partner_id, swap_on, payback_on in rows:
        for agent_id in (requester_id, partner_id):
            found[agent_id].append(OtherSwap(swap_on, payback_on))
    return found


def _leave(
    session: Session, people: Sequence[int], days: Sequence[date], calendar: WorkCalendar
) -> dict[int, list[LeaveSpan]]:
    """Leave of both around these days that is approved or waits; what kind it is, the rules do not ask."""
    begin = calendar.start_of_day(min(days) - _FAR)
    end = calendar.start_of_day(max(days) + 3 * _FAR)
    found: dict[int, list[LeaveSpan]] = defaultdict(list)
    rows = session.execute(
        select(Leave.agent_id, Leave.starts_at, Leave.ends_at, Leave.status)
        .where(
            Leave.agent_id.in_(people),
            Leave.status.in_(("approved", "requested")),
            Leave.starts_at < end,
            Leave.ends_at > begin,
        )
        .order_by(Leave.starts_at)
    )
    for agent_id, starts_at, ends_at, status in rows:
        found[agent_id].append(LeaveSpan(starts_at, ends_at, status == "approved"))
    return found


def roster_changes(
    session: Session, row: SwapRequest, book: Rulebook, *, is_exchanged: bool
) -> list[tuple[str, str]]:
    """What of the two shifts is no longer as the swap has it, in both languages; empty when the roster stands.

    `is_exchanged`: the swap was approved, so each shift should be with the other person.
    """
    said: list[tuple[str, str]] = []
    zone = WorkCalendar.from_rulebook(book).timezone
    first, second = (row.partner, row.requester) if is_exchanged else (row.requester, row.partner)
    pairs = [(row.shift_id, row.shift, row.swap_on, first)]
    if row.payback_on is not None:
        pairs.append((row.payback_shift_id, row.payback_shift, row.payback_on, second))
    for shift_id, shift, day, owner in pairs:
        zh_day, en_day = day_text(day, "zh"), day_text(day, "en")
        if shift_id is None or shift is None:
            said.append(
                (f"{zh_day}的班次已不在排班表上", f"the shift of {en_day} is no longer on the roster")
            )
        elif shift.agent_id != owner.id:
            holder = session.get_one(Agent, shift.agent_id).name
            said.append(
                (
                    f"{zh_day}的班次现在是{holder}的，不是{owner.name}的",
                    f"the shift of {en_day} is now {holder}'s, not {owner.name}'s",
                )
            )
        elif shift.work_on != day:
            said.append(
                (
                    f"{zh_day}的班次已改到 {day_text(shift.work_on, 'zh')}",
                    f"the shift of {en_day} was moved to {day_text(shift.work_on, 'en')}",
                )
            )
        elif _was_moved(session, shift_id, row.decided_at or row.requested_at):
            times = ShiftSpan(shift.starts_at, shift.ends_at, day).text(zone)
            said.append((f"{zh_day}的班次时间已改为 {times}", f"the shift of {en_day} now runs {times}"))
    return said


def _was_moved(session: Session, shift_id: int, since: datetime) -> bool:
    """Whether a shift has other times now than it had then; a change that was taken back is none."""
    rows = session.scalars(
        select(ShiftChange)
        .where(ShiftChange.shift_id == shift_id, ShiftChange.changed_at > since)
        .order_by(ShiftChange.changed_at, ShiftChange.id)
    ).all()
    if not rows:
        return False
    before, after = rows[0].before, rows[-1].after
    return any(_instant(before, name) != _instant(after, name) for name in ("starts_at", "ends_at"))


def _instant(kept: dict[str, object], name: str) -> datetime | None:
    said = kept.get(name)
    return datetime.fromisoformat(said) if isinstance(said, str) else None
