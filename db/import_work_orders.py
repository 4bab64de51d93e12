"""Work orders from a file: each row an order with the times of what happened to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from itertools import chain
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select

from db.import_inserts import insert_rows
from db.import_lookups import Numbers, among, case_of, cases_of, rows_with, same_moment
from db.import_rows import BadCell, Job, Progress, Row, differences, each
from db.models import Agent, WorkOrder
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
_COMPARED = (
    "id", "number", "notified_at", "agent_id", "team_id", "summary", "complaint_id", "is_charged", "appointment_at",
    "arrival_due_at", *_COPIED, *_MAY_CHANGE, *EVENTS,
)  # fmt: skip
_CHANGED_AT_ONCE = 500
_HIGHEST_PRICE = Decimal("9999999999.99")


class WorkOrderWriter:
    """Keyed by number; without one by the time of the call, who took it and what is to be repaired."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.numbers = Numbers(job, WorkOrder.number, NUMBER_PREFIX)
        self.kept: dict[object, SimpleNamespace] = {}
        self.changed: dict[int, dict[str, Any]] = {}
        self.cases: dict[str, int] = {}
        self.new: list[dict[str, Any]] = []
        self.events = [name for name in EVENTS if name in job.header.titles]

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the orders that are there and take each row."""
        job = self.job
        self.kept, self.changed, self.new = {}, {}, []
        instants = [row.get("notified_at") for row in rows if not row.get("number")]
        for order in chain(
            _kept(job, WorkOrder.number, [row.get("number") for row in rows]),
            _kept(job, WorkOrder.notified_at, instants),
        ):
            self.kept[order.number] = order
            self.kept[(order.notified_at, order.agent_id, order.summary)] = order
        self.cases = cases_of(job, rows)
        each(job, rows, self._take)
        job.session.flush()
        insert_rows(job.session, WorkOrder, self.new)
        _change(job, self.changed)

    def finish(self, on_progress: Progress | None = None) -> None:
        """Nothing: callbacks come in from their own file, so that none is owed twice."""

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
        called_at = notified_at.replace(second=0, microsecond=0)
        for name in self.events:
            at = row.get(name)
            job.not_in_future(name, at)
            if at is not None and at < called_at:
                raise BadCell(name, "时间早于报修时间。", "the time is before the call")
        price = _price(row)
        case_id = case_of(row, self.cases)
        key: object = row.get("number") or (notified_at, agent.id, summary)
        if key in self.seen:
            first = self.seen[key]
            raise BadCell("number", f"与第 {first} 行重复。", f"the same order as in row {first}")
        kept = self.kept.get(key)
        if kept is None:
            self._add(row, agent, price, case_id)
            job.took(row, "new", at=notified_at)
        else:
            self._follow(kept, row, agent, price, case_id)
        self.seen[key] = row.number

    def _add(self, row: Row, agent: Agent, price: Decimal | None, case_id: int | None) -> None:
        job = self.job
        notified_at: datetime = row.get("notified_at")
        notified_on = job.calendar.day_of(notified_at)
        finished_at = row.get("finished_at")
        order = SimpleNamespace(
            number=row.get("number") or self.numbers.new(notified_on),
            complaint_id=case_id,
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
        # It has the attributes, without the cost of a mapped row; the words are said when it is opened.
        set_deadlines(cast(WorkOrder, order), job.book)
        order.steps = []
        self.new.append(vars(order))

    def _follow(
        self, kept: SimpleNamespace, row: Row, agent: Agent, price: Decimal | None, case_id: int | None
    ) -> None:
        job = self.job
        if not job.scope.sees_team(kept.team_id):
            raise BadCell(
                "number", "该编号属于其他班组的维修单。", "the number belongs to another team's order"
            )
        if not same_moment(kept.notified_at, row.get("notified_at")):
            raise BadCell(
                "notified_at",
                "与已有记录的报修时间不同；期限已据此设定，不能改写。",
                "differs from the time of the call on record, from which the deadlines were set",
            )
        wanted: dict[str, Any] = {
            name: row.get(name) for name in ("summary", *_COPIED) if row.get(name) is not None
        }
        wanted |= {"agent_id": agent.id, "team_id": agent.team_id}
        if case_id is not None:
            wanted["complaint_id"] = case_id
        if row.get("is_charged") is not None:
            wanted["is_charged"] = row.get("is_charged")
        for name in _MAY_CHANGE:
            value = price if name == "price" else row.get(name)
            if value is not None and not _is_same(getattr(kept, name), value):
                wanted[name] = value
        for name in ("appointment_at", *self.events):
            at, there = row.get(name), getattr(kept, name)
            if at is None or (there is not None and same_moment(there, at)):
                continue
            if there is not None or (name in _SETS_DEADLINE and kept.arrival_due_at is not None):
                raise BadCell(
                    name,
                    "与已有记录的时间不同；已发生的事项不能改写，请在维修页处理。",
                    "differs from the record; what happened is not rewritten: see to it on the repairs page",
                )
            wanted[name] = at
        changes = differences(kept, wanted)
        if not changes:
            job.took(row, "unchanged")
            return
        after = {name: value for name, (_, value) in changes.items()}
        vars(kept).update(after)
        self.changed.setdefault(kept.id, {}).update(after)
        job.log_change("work_order", kept.number, changes)
        job.took(row, "changed", changes, kept.notified_at)


def _kept(job: Job, column: Any, wanted: Sequence[Any]) -> Iterator[SimpleNamespace]:
    """The orders that are there and whose column has one of the values."""
    query = select(*(getattr(WorkOrder, name) for name in _COMPARED))
    for row in rows_with(job, query, column, wanted):
        yield SimpleNamespace(**row._mapping)


def _change(job: Job, changed: Mapping[int, Mapping[str, Any]]) -> None:
    """Write what the file changes in orders that are there; deadlines that are not set yet follow."""
    ids = list(changed)
    for first in range(0, len(ids), _CHANGED_AT_ONCE):
        # Locked and read anew: whoever works on an order at this moment comes before or after us.
        orders = job.session.scalars(
            select(WorkOrder)
            .where(among(job.session, WorkOrder.id, ids[first : first + _CHANGED_AT_ONCE]))
            .with_for_update(of=WorkOrder)
            .execution_options(populate_existing=True)
        )
        for order in orders:
            for name, value in changed[order.id].items():
                setattr(order, name, value)
            if order.finished_at is not None:
                order.finished_on = job.calendar.day_of(order.finished_at)
            set_deadlines(order, job.book)
        job.session.flush()


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
        raise BadCell(
            "price", "不是金额，请填写不小于 0 的数字。", "is no amount: give a number of 0 or more"
        )
    return price.quantize(Decimal("0.01"))
