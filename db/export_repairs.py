"""Work orders and survey grades for spreadsheets, under the titles that their import understands."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from db import rulebooks, work_orders
from db.import_fields import FIELDS
from db.models import WorkOrder
from db.surveys import list_forms
from regulations import repairs as rules
from regulations.access import Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook

Titles = tuple[tuple[str, str], ...]

_ORDER_FIELDS = (
    "number", "notified_at", "agent", "service_type", "summary", "customer_name", "customer_phone", "address", "engineer",
    "form_at", "appointment_at", "arrived_at", "is_charged", "price", "price_confirmed_at", "work_started_at",
    "finished_at", "signed_at", "unfinished_reason", "next_appointment_at", "returned_at", "apologised_at",
    "cancelled_at",
)  # fmt: skip
_FORM_FIELDS = ("number", "answered_at", "agent", "work_order", "callback", "dimension", "grade", "comment")


def _titles(kind: str, *names: str) -> Titles:
    fields = {field.name: field for field in FIELDS[kind]}
    return tuple((fields[name].zh, fields[name].en) for name in names)


ORDER_TITLES: Titles = (
    *_titles("work_orders", *_ORDER_FIELDS),
    ("接报人姓名", "Agent"),
    ("班组", "Team"),
    ("状态", "State"),
    ("最迟到场", "Arrival due"),
    ("到场结论", "Arrival"),
    ("超时秒数", "Late, s"),
    ("价格确认", "Price confirmed"),
    ("问题", "Flags"),
    ("条款", "Clauses"),
)
FORM_TITLES: Titles = (
    *_titles("surveys", *_FORM_FIELDS),
    ("折算分", "Points"),
    ("被评价人", "Agent"),
    ("班组", "Team"),
)


def order_rows(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    """Work orders by the day of the call, with their verdicts at `now`."""
    in_force = rulebooks.in_force(session)
    books: dict[str, Rulebook] = {}
    found = work_orders.list_orders(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)
    rows = []
    for order in reversed(found):
        version = order.rulebook_version
        if version not in books:
            books[version] = rulebooks.made_under(session, version, in_force)
        verdict = rules.order_verdict(work_orders.facts_of(order), books[version], now)
        rows.append((*_facts(order, lang), *_verdict(order, verdict, lang)))
    return rows


def _facts(order: WorkOrder, lang: str) -> tuple[Any, ...]:
    yes, no = ("yes", "no") if lang == "en" else ("是", "否")
    special: dict[str, Any] = {
        "agent": order.agent.number,
        "is_charged": yes if order.is_charged else no,
        "price": None if order.price is None else float(order.price),
    }
    return tuple(special.get(name, getattr(order, name)) for name in _ORDER_FIELDS)


def _verdict(order: WorkOrder, verdict: rules.OrderVerdict, lang: str) -> tuple[Any, ...]:
    return (
        order.agent.name,
        order.team.name,
        name_of("work_order_state", verdict.state, lang),
        verdict.due_at,
        name_of("arrival_state", verdict.arrival, lang),
        verdict.late_seconds,
        name_of("price_state", verdict.price, lang),
        (", " if lang == "en" else "、").join(
            name_of("work_order_flag", flag, lang) for flag in verdict.flags
        ),
        " ".join(verdict.clauses),
    )


def form_rows(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    """One row for each grade, by the day of the answer."""
    forms = list_forms(session, scope, from_on=from_on, to_on=to_on, team_id=team_id)
    forms.sort(key=lambda form: (form.first.answered_at, form.number))
    return [
        (
            answer.number,
            answer.answered_at,
            answer.agent.number,
            answer.work_order.number if answer.work_order else "",
            answer.callback.number if answer.callback else "",
            answer.dimension,
            answer.grade,
            answer.comment,
            None if answer.points is None else float(answer.points),
            answer.agent.name,
            answer.team.name,
        )
        for form in forms
        for answer in form.answers
    ]
