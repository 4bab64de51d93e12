"""What happens to a work order, from dispatch to the customer's signature; each action is one transaction.

Every action compares the `row_version` the viewer saw: who is second is told, and nothing is overwritten. Events come
in their order (dispatch, arrival, price, start, finish, signature); what cannot have happened yet is refused.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.callback_obligations import add_callback
from db.models import Callback, WorkOrder
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row
from db.work_orders import StaleOrder, locked, set_deadlines
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

_HIGHEST_PRICE = Decimal("9999999999.99")  # what the column holds


def dispatch(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    *,
    at: datetime,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    engineer: str = "",
    appointment_at: datetime | None = None,
) -> WorkOrder:
    """Send the notice form to the engineer (E1.45); `appointment_at` if the customer agreed to a time meanwhile.

    A time can be agreed until dispatch, not after it: the limit would move. Raises as every action here:
    AccessRefused, StaleOrder when somebody else was quicker, Refused when it cannot have happened.
    """
    kept = _begin(session, scope, order, expected_version, at, now)
    if kept.form_at is not None:
        raise Refused("这张维修单已经派出。", "the order is dispatched already")
    at = _after(at, kept.notified_at, "派单时间不能早于报修时间。", "the dispatch is before the call")
    if appointment_at is not None:
        if kept.appointment_at is not None and kept.appointment_at != appointment_at:
            raise Refused(
                "登记时已与客户约定时间，不能改写；如客户改期，请取消后重新登记。",
                "a time was agreed when the call was taken and stays; if the customer changes it, cancel and register anew",
            )
        kept.appointment_at = _after(
            appointment_at,
            kept.notified_at,
            "约定上门时间不能早于报修时间。",
            "the appointment is before the call",
        )
    kept.form_at = at
    kept.engineer = engineer.strip()[:80] or kept.engineer
    set_deadlines(kept, rulebooks.made_under(session, kept.rulebook_version, book))
    return _done(session, scope, kept, "dispatched", at, now, engineer=kept.engineer)


def arrive(
    session: Session, scope: Scope, order: WorkOrder, *, at: datetime, expected_version: int, now: datetime
) -> WorkOrder:
    """The engineer is on site; at the next appointment this is his return. Raises as `dispatch`."""
    kept = _begin(session, scope, order, expected_version, at, now)
    if kept.form_at is None:
        raise Refused("请先派单，再记录到场。", "dispatch it first, then record the arrival")
    if kept.arrived_at is None:
        at = _after(at, kept.form_at, "到场时间不能早于派单时间。", "the arrival is before the dispatch")
        kept.arrived_at = at
        return _done(session, scope, kept, "arrived", at, now)
    if not kept.unfinished_reason and kept.next_appointment_at is None:
        raise Refused("已经记录过到场。", "the arrival is recorded already")
    if kept.returned_at is not None:
        raise Refused("已经记录过再次到场。", "the return is recorded already")
    at = _after(at, kept.arrived_at, "再次到场不能早于首次到场。", "the return is before the first arrival")
    kept.returned_at = at
    return _done(session, scope, kept, "returned", at, now)


def confirm_price(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    *,
    at: datetime,
    price: Decimal,
    expected_version: int,
    now: datetime,
) -> WorkOrder:
    """The customer agreed to the price of a charged service (E1.46, E1.62). Raises as `dispatch`.

    Also when the work has begun: that it came too late is for the rules to say, not to be kept out of the record.
    """
    kept = _begin(session, scope, order, expected_version, at, now)
    if not kept.is_charged:
        raise Refused("不收费的服务无须确认价格。", "a service that is not charged has no price")
    if kept.price_confirmed_at is not None:
        raise Refused("价格已经确认，不能改写。", "the price is confirmed already and stays")
    if not price.is_finite() or not 0 <= price <= _HIGHEST_PRICE:
        raise Refused("请填写不小于 0 的金额。", "give an amount of 0 or more")
    at = _after(at, kept.notified_at, "确认价格不能早于报修时间。", "the confirmation is before the call")
    kept.price, kept.price_confirmed_at = price.quantize(Decimal("0.01")), at
    return _done(session, scope, kept, "price_confirmed", at, now, price=str(kept.price))


def start_work(
    session: Session, scope: Scope, order: WorkOrder, *, at: datetime, expected_version: int, now: datetime
) -> WorkOrder:
    """The work begins. Raises as `dispatch`."""
    kept = _begin(session, scope, order, expected_version, at, now)
    if kept.arrived_at is None:
        raise Refused("请先记录到场，再记录开工。", "record the arrival first, then the start of the work")
    if kept.work_started_at is not None:
        raise Refused("已经记录过开工。", "the start of the work is recorded already")
    at = _after(at, kept.arrived_at, "开工不能早于到场。", "the work began before the arrival")
    kept.work_started_at = at
    return _done(session, scope, kept, "started", at, now)


def finish(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    *,
    at: datetime,
    expected_version: int,
    book: Rulebook,
    now: datetime,
    is_signed: bool = False,
) -> Callback | None:
    """The work is done, `is_signed` by the customer at once (E1.47); its callback is owed from then on (E1.22).

    Answers with that callback, None where the rulebook obliges to none. Raises as `dispatch`.
    """
    kept = _begin(session, scope, order, expected_version, at, now)
    latest = kept.returned_at or kept.work_started_at or kept.arrived_at
    if latest is None:
        raise Refused("请先记录到场，再记录完工。", "record the arrival first, then the finish")
    at = _after(at, latest, "完工不能早于到场或开工。", "the finish is before the arrival or the start")
    kept.finished_at = at
    kept.finished_on = WorkCalendar.from_rulebook(book).day_of(at)
    if is_signed:
        kept.signed_at = at
    _done(session, scope, kept, "finished", at, now, is_signed=is_signed)
    callback = add_callback(
        session,
        scope,
        kind="repair",
        arisen_at=at,
        agent=kept.agent,
        book=book,
        now=now,
        complaint=kept.complaint,
        customer_name=kept.customer_name,
        customer_phone=kept.customer_phone,
        subject=" ".join(part for part in (kept.number, kept.address, kept.summary) if part)[:200],
    )
    if callback is not None:
        callback.work_order_id = kept.id
        session.flush()
    return callback


def leave_unfinished(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    *,
    at: datetime,
    reason: str,
    next_appointment_at: datetime | None,
    has_apologised: bool,
    expected_version: int,
    book: Rulebook,
    now: datetime,
) -> WorkOrder:
    """The engineer leaves without having finished: why, when he comes again, and the apology (E1.48).

    Raises as `dispatch`; Refused without reason, and where the rulebook wants a new appointment or an apology
    and there is none.
    """
    kept = _begin(session, scope, order, expected_version, at, now)
    rules = rulebooks.made_under(session, kept.rulebook_version, book)
    here_at = kept.returned_at or kept.arrived_at
    if here_at is None:
        raise Refused("请先记录到场。", "record the arrival first")
    at = _after(at, here_at, "时间不能早于到场。", "the time is before the arrival")
    if not reason.strip():
        raise Refused("请说明未完工的原因。", "give the reason why it is not finished")
    if rules.flag("repair.appointment_when_unfinished") and next_appointment_at is None:
        raise Refused("未完工须与客户预约下次上门时间。", "agree with the customer when somebody comes again")
    if next_appointment_at is not None:
        next_appointment_at = _after(
            next_appointment_at, at, "下次预约须晚于现在。", "the next appointment lies in the past"
        )
    if rules.flag("repair.apology_when_late") and not has_apologised:
        raise Refused("未完工须先向客户致歉并说明。", "apologise to the customer and explain, then record it")
    kept.unfinished_reason, kept.next_appointment_at = reason.strip(), next_appointment_at
    kept.returned_at = None
    if has_apologised:
        kept.apologised_at = at
    appointment = next_appointment_at.isoformat() if next_appointment_at else None
    return _done(session, scope, kept, "unfinished", at, now, reason=reason.strip(), appointment=appointment)


def apologise(
    session: Session, scope: Scope, order: WorkOrder, *, at: datetime, expected_version: int, now: datetime
) -> WorkOrder:
    """The customer was told sorry for lateness or unfinished work (E1.48). Raises as `dispatch`."""
    kept = _begin(session, scope, order, expected_version, at, now, also_finished=True)
    at = _after(at, kept.notified_at, "致歉不能早于报修时间。", "the apology is before the call")
    kept.apologised_at = at
    return _done(session, scope, kept, "apologised", at, now)


def sign(
    session: Session, scope: Scope, order: WorkOrder, *, at: datetime, expected_version: int, now: datetime
) -> WorkOrder:
    """The customer accepts the finished work (E1.47). Raises as `dispatch`."""
    kept = _begin(session, scope, order, expected_version, at, now, also_finished=True)
    if kept.finished_at is None:
        raise Refused("请先记录完工，再记录签字。", "record the finish first, then the signature")
    if kept.signed_at is not None:
        raise Refused("客户已经签字。", "it is signed already")
    at = _after(at, kept.finished_at, "签字不能早于完工。", "the signature is before the finish")
    kept.signed_at = at
    return _done(session, scope, kept, "signed", at, now)


def cancel(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    *,
    at: datetime,
    reason: str,
    expected_version: int,
    now: datetime,
) -> WorkOrder:
    """The customer no longer wants it. The reason stands in the log. Raises as `dispatch`."""
    kept = _begin(session, scope, order, expected_version, at, now)
    if not reason.strip():
        raise Refused("请说明取消的原因。", "give the reason for cancelling")
    at = _after(at, kept.notified_at, "取消不能早于报修时间。", "the cancellation is before the call")
    kept.cancelled_at = at
    return _done(session, scope, kept, "cancelled", at, now, reason=reason.strip()[:200])


def _begin(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    expected_version: int,
    at: datetime,
    now: datetime,
    *,
    also_finished: bool = False,
) -> WorkOrder:
    demand(scope, "repairs.act")
    demand_row(scope, order)
    refuse_future(at, now)
    kept = locked(session, order.id)
    if kept.row_version != expected_version:
        raise StaleOrder(
            "刚才有人更新了这张维修单，请查看最新内容后再操作。",
            "somebody else has just changed this order: look at it again, then act",
        )
    if kept.cancelled_at is not None:
        raise Refused("这张维修单已经取消。", "the order is cancelled")
    if kept.finished_at is not None and not also_finished:
        raise Refused("这张维修单已经完工。", "the order is finished")
    return kept


def _after(at: datetime, earliest: datetime, zh: str, en: str) -> datetime:
    """The time itself, at whole seconds. Raises Refused when it is before what had to come first."""
    # Forms give minutes, buttons give seconds: the same minute is not before, but the moment after.
    if at < earliest.replace(second=0, microsecond=0):
        raise Refused(zh, en)
    return max(at.replace(microsecond=0), earliest)


def _done(
    session: Session,
    scope: Scope,
    order: WorkOrder,
    action: str,
    at: datetime,
    now: datetime,
    **detail: object,
) -> WorkOrder:
    session.flush()
    told = {"number": order.number, "at": at.isoformat(), **detail}
    audit.record(session, scope, f"work_order.{action}", "work_order", order.id, told, at=now)
    return order
