"""Work orders from a file: each row an order with the times of what happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import insert, or_, select

from db.import_complaints import same_moment
from db.import_rows import BadCell, Job, Row, differences, each
from db.models import Complaint, WorkOrder
from db.numbering import next_number
from db.refusals import Refused
from db.work_orders import NUMBER_PREFIX, check_order, set_deadlines

_COPIED = ("service_type", "customer_name", "customer_phone", "address", "engineer")
# What happened, in its order. It is written down once; the order of the times is for the rules to remark.
EVENTS = (
    "form_at", "arrived_at", "price_confirmed_at", "work_started_at", "finished_at", "signed_at", "returned_at",
    "apologised_at", "cancelled_at",
)  # fmt: skip
_SETS_DEADLINE = ("form_at", "appointment_at")
_MAY_CHANGE = ("unfinished_reason", "next_appointment_at", "price")
_HIGHEST_PRICE = Decimal("9999999999.99")


class WorkOrderWriter:
    """Keyed by number; without one by the time of the call, who took it and what is to be repaired."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.next_of_day: dict[date, int] = {}
        self.kept: dict[object, WorkOrder] = {}
        self.complaints: dict[str, Complaint] = {}
        self.new: list[dict[str, Any]] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the orders that are there and take each row."""
        session = self.job.session
        numbers = [row.get("number") for row in rows if row.get("number")]
        instants = [row.get("notified_at") for row in rows if not row.get("number")]
        self.kept = {}
        for order in session.scalars(
            select(WorkOrder).where(or_(WorkOrder.number.in_(numbers), WorkOrder.notified_at.in_(instants)))
        ):
            self._remember(order)
        cases = [row.get("complaint") for row in rows if row.get("complaint")]
        self.complaints = {
            case.number: case
            for case in session.scalars(select(Complaint).where(Complaint.number.in_(cases)))
        }
        with session.no_autoflush:
            each(self.job, rows, self._take)
        session.flush()
        if self.new:
            session.execute(insert(WorkOrder), self.new)
            self.new = []

    def finish(self) -> None:
        """Nothing: callbacks come in from their own file, so that none is owed twice."""

    def _remember(self, order: WorkOrder) -> None:
        self.kept[order.number] = order
        self.kept[(order.notified_at, order.agent_id, order.summary)] = order

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        notified_at, summary = row.get("notified_at"), row.get("summary")
        try:
            check_order(
                notified_at,
                summary,
                row.get("service_type", ""),
                row.get("appointment_at"),
                job.book,
                job.now,
            )
        except Refused as refused:
            name = "service_type" if row.get("service_type") else "notified_at"
            if row.get("appointment_at") is not None and row.get("appointment_at") < notified_at:
                name = "appointment_at"
            raise BadCell(name, refused.zh, refused.en) from None
        for name in EVENTS:
            job.not_in_future(name, row.get(name))
            if row.get(name) is not None and row.get(name) < notified_at.replace(second=0, microsecond=0):
                raise BadCell(name, "时间早于报修时间。", "the time is before the call")
        price = _price(row)
        complaint = self._complaint_of(row)
        key: object = row.get("number") or (notified_at, agent.id, summary)
        if key in self.seen:
            first = self.seen[key]
            raise BadCell("number", f"与第 {first} 行重复。", f"the same order as in row {first}")
        kept = self.kept.get(key)
        if kept is None:
            self._add(row, agent, price, complaint)
            job.took(row, "new")
        else:
            self._follow(kept, row, agent, price, complaint)
        self.seen[key] = row.number

    def _complaint_of(self, row: Row) -> Complaint | None:
        number = row.get("complaint")
        if not number:
            return None
        complaint = self.complaints.get(number)
        if complaint is None or not self.job.scope.sees_team(complaint.team_id):
            raise BadCell("complaint", f"没有投诉“{number}”。", f"there is no case {number!r}")
        return complaint

    def _add(self, row: Row, agent: Any, price: Decimal | None, complaint: Complaint | None) -> None:
        job = self.job
        notified_at: datetime = row.get("notified_at")
        notified_on = job.calendar.day_of(notified_at)
        finished_at = row.get("finished_at")
        order = SimpleNamespace(
            number=row.get("number") or self._new_number(notified_on),
            complaint_id=complaint.id if complaint else None,
            team_id=agent.team_id,
            agent_id=agent.id,
            summary=row.get("summary"),
            notified_at=notified_at,
            notified_on=notified_on,
            appointment_at=row.get("appointment_at"),
            is_charged=_is_charged(row, price),
            price=price,
            unfinished_reason=row.get("unfinished_reason", ""),
            next_appointment_at=row.get("next_appointment_at"),
            finished_on=job.calendar.day_of(finished_at) if finished_at else None,
            rulebook_version=job.book.version,
            **dict.fromkeys(("dispatch_due_at", "arrival_due_at", "arrival_due_on", "clauses", "steps")),
            **{name: row.get(name, "") for name in _COPIED},
            **{name: row.get(name) for name in EVENTS},
        )
        set_deadlines(
            cast(WorkOrder, order), job.book
        )  # has the attributes, without the cost of a mapped row
        self.new.append(vars(order))

    def _follow(
        self, kept: WorkOrder, row: Row, agent: Any, price: Decimal | None, complaint: Complaint | None
    ) -> None:
        job = self.job
        if not job.scope.sees_team(kept.team_id):
            raise BadCell(
                "number", "该编号属于其他班组的维修单。", "the number belongs to another team's order"
            )
        if not same_moment(kept.notified_at, row.get("notified_at")):
            raise BadCell(
                "notified_at",
                "与已有记录的报修时间不同;期限已据此设定,不能改写。",
                "differs from the time of the call on record, from which the deadlines were set",
            )
        wanted: dict[str, Any] = {
            name: row.get(name) for name in ("summary", *_COPIED) if row.get(name) is not None
        }
        wanted |= {"agent_id": agent.id, "team_id": agent.team_id}
        if complaint is not None:
            wanted["complaint_id"] = complaint.id
        if row.get("is_charged") is not None:
            wanted["is_charged"] = row.get("is_charged")
        for name in _MAY_CHANGE:
            value = price if name == "price" else row.get(name)
            if value is not None and not _is_same(getattr(kept, name), value):
                wanted[name] = value
        for name in ("appointment_at", *EVENTS):
            at, there = row.get(name), getattr(kept, name)
            if at is None or (there is not None and same_moment(there, at)):
                continue
            if there is not None or (name in _SETS_DEADLINE and kept.arrival_due_at is not None):
                raise BadCell(
                    name,
                    "与已有记录的时间不同;已发生的事项不能改写,请在维修页处理。",
                    "differs from the record; what happened is not rewritten: see to it on the repairs page",
                )
            wanted[name] = at
        changes = differences(kept, wanted)
        if not changes:
            job.took(row, "unchanged")
            return
        for name, (_, after) in changes.items():
            setattr(kept, name, after)
        if "finished_at" in changes:
            kept.finished_on = job.calendar.day_of(wanted["finished_at"])
        set_deadlines(kept, job.book)
        job.log_change("work_order", kept.number, changes)
        job.took(row, "changed", changes)

    def _new_number(self, on: date) -> str:
        if on not in self.next_of_day:
            first = next_number(self.job.session, WorkOrder.number, NUMBER_PREFIX, on)
            self.next_of_day[on] = int(first.rpartition("-")[2])
        number = self.next_of_day[on]
        self.next_of_day[on] += 1
        return f"{NUMBER_PREFIX}-{on:%Y%m%d}-{number:03d}"


def _is_same(kept: Any, written: Any) -> bool:
    if isinstance(kept, datetime) and isinstance(written, datetime):
        return same_moment(kept, written)
    return bool(kept == written)


def _is_charged(row: Row, price: Decimal | None) -> bool:
    """As the sheet says; a sheet without that column charges what has a price."""
    said = row.get("is_charged")
    return bool(said) if said is not None else bool(price)


def _price(row: Row) -> Decimal | None:
    written = row.get("price")
    if written is None:
        return None
    try:
        price = Decimal(str(written).replace(",", "").replace("，", "").strip("¥￥元 "))
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or not 0 <= price <= _HIGHEST_PRICE:
        raise BadCell("price", "不是金额,请填写不小于 0 的数字。", "is no amount: give a number of 0 or more")
    return price.quantize(Decimal("0.01"))
