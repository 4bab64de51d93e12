"""Work orders of the property and the after-sales team: mostly in time, some late, some left, some charged."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from db.demo.people import Person
from db.demo.stage import Stage, after, insert_rows, pick, poisson
from db.demo.words import BUILDINGS, GOODS_PRODUCTS, REPAIR_SUBJECTS, customer
from db.models import WorkOrder
from db.work_orders import NUMBER_PREFIX
from regulations.repairs import OrderFacts, arrival_deadline, dispatch_due, order_verdict

_PER_DAY = {"property": 4.6, "goods": 1.4}
# By place in repair.service_types: paid, contract, free, internal (C4.5).
_TYPES = {"property": (0.22, 0.5, 0.1, 0.18), "goods": (0.45, 0.15, 0.4, 0.0)}
_APPOINTMENTS = {"property": 0.1, "goods": 0.75}
_ENGINEERS = {
    "property": ("魏国强", "蒋师傅", "沈卫东", "余海"),
    "goods": ("潘志刚", "任师傅", "苏建华"),
}
_GOODS_FAULTS = ("不制冷，上门检修", "异响，上门检修", "漏水，上门检修", "移机安装", "更换滤芯")
_REASONS = ("缺少配件，已向供应商订货", "需停水配合，改日施工", "客户临时外出，未能完成", "需电梯厂家到场")
_PRICES = (30, 50, 80, 120, 150, 200, 260)
_FIXED = ("notified_at", "appointment_at", "next_appointment_at")


@dataclass(frozen=True)
class Repaired:
    """A repair that was finished: a callback is owed, and the customer is asked how it was."""

    work_order_id: int
    number: str
    team: str
    agent_id: int
    at: datetime
    customer_name: str
    customer_phone: str
    subject: str
    was_late: bool


def fill_repairs(
    session: Session, stage: Stage, people: Sequence[Person]
) -> tuple[dict[str, int], list[Repaired]]:
    """Every work order of the demo's months; how many, and those that were finished."""
    desk = _Desk(stage, people)
    calls = [*_ordinary(stage), *_staged(stage)]
    for team, notified_at, course in sorted(calls, key=lambda call: (call[1], call[0])):
        desk.take(team, notified_at, course)
    return {"work_orders": insert_rows(session, WorkOrder, desk.orders)}, desk.repaired


def _ordinary(stage: Stage) -> Iterator[tuple[str, datetime, str]]:
    for team, mean in _PER_DAY.items():
        dice = stage.dice(f"repairs/{team}")
        for day in stage.days:
            is_quiet = day.weekday() == 6 or stage.calendar.is_public_holiday(day)
            for _ in range(poisson(dice, mean * stage.scale * (0.35 if is_quiet else 1.1))):
                at = stage.at(day, dice.uniform(8, 17.6)) + timedelta(seconds=dice.randint(0, 59))
                if at <= stage.now - timedelta(hours=1):
                    yield team, at, "ordinary"


def _staged(stage: Stage) -> Iterator[tuple[str, datetime, str]]:
    """What is to be seen at any hour: left from yesterday, overdue, on the way, on site, unfinished."""
    now, yesterday = stage.now, stage.today - timedelta(days=1)
    yield "property", stage.at(yesterday, 16.7), "left"
    yield "goods", stage.at(yesterday, 17.4), "left"
    yield "property", now - timedelta(minutes=31), "overdue"
    yield "goods", now - timedelta(minutes=52), "overdue"
    yield "property", now - timedelta(minutes=9), "on the way"
    yield "property", now - timedelta(minutes=4), "just called"
    yield "goods", now - timedelta(minutes=6), "just called"
    yield "property", now - timedelta(minutes=40), "price open"
    yield "goods", now - timedelta(minutes=70), "price open"
    yield "property", stage.at(yesterday, 10.2), "appointment passed"
    yield "property", stage.at(yesterday, 14.1), "no appointment"
    yield "goods", stage.at(yesterday, 13.3), "appointment ahead"


class _Desk:
    """Numbers the calls in their order and plays each one up to now."""

    def __init__(self, stage: Stage, people: Sequence[Person]) -> None:
        self.stage = stage
        self.dice = stage.dice("repair courses")
        self.teams: dict[str, list[Person]] = {}
        for person in people:
            self.teams.setdefault(person.team, []).append(person)
        self.types = stage.book.items("repair.service_types") or ("",)
        self.orders: list[dict[str, Any]] = []
        self.repaired: list[Repaired] = []
        self._of_day: dict[date, int] = {}

    def take(self, team: str, notified_at: datetime, course: str) -> None:
        """One order with everything that has happened to it by now."""
        stage, dice = self.stage, self.dice
        on = stage.day_of(notified_at)
        self._of_day[on] = ordinal = self._of_day.get(on, 0) + 1
        weights = dict(zip(self.types, _TYPES[team], strict=False))
        service_type = pick(dice, weights)
        times = self._play(team, notified_at, course, is_charged=service_type == self.types[0])
        facts = OrderFacts(**_until(times, stage.now))
        deadline = arrival_deadline(facts, stage.book)
        agent = dice.choice([p for p in self.teams[team] if p.hired_on <= on])
        name, phone = customer(dice)
        address, summary = _what(team, dice)
        row: dict[str, Any] = {
            "id": len(self.orders) + 1,
            "number": f"{NUMBER_PREFIX}-{on:%Y%m%d}-{ordinal:03d}",
            "team_id": agent.team_id,
            "agent_id": agent.id,
            "service_type": service_type,
            "customer_name": name,
            "customer_phone": phone,
            "address": address,
            "summary": summary,
            "engineer": dice.choice(_ENGINEERS[team]) if facts.form_at else "",
            "notified_on": on,
            "dispatch_due_at": dispatch_due(facts, stage.book),
            "price": Decimal(dice.choice(_PRICES)) if facts.price_confirmed_at else None,
            "finished_on": stage.day_of(facts.finished_at) if facts.finished_at else None,
            "arrival_due_at": deadline.due_at,
            "arrival_due_on": stage.day_of(deadline.due_at) if deadline.due_at else None,
            "clauses": list(dict.fromkeys(s.clause for s in deadline.steps if s.clause)),
            "steps": [step.as_record() for step in deadline.steps],
            "rulebook_version": stage.book.version,
            "row_version": 1,
            **{name: getattr(facts, name) for name in OrderFacts.__slots__},
        }
        self.orders.append(row)
        if facts.finished_at is not None:
            was_late = order_verdict(facts, stage.book, stage.now).arrival == "late"
            subject = f"{row['number']} {address} {summary}".replace("  ", " ")
            self.repaired.append(
                Repaired(
                    row["id"],
                    row["number"],
                    team,
                    agent.id,
                    facts.finished_at,
                    name,
                    phone,
                    subject,
                    was_late,
                )
            )

    def _play(self, team: str, notified_at: datetime, course: str, *, is_charged: bool) -> dict[str, Any]:
        if course != "ordinary":
            return _staged_course(self.stage, notified_at, course, is_charged)
        stage, dice = self.stage, self.dice
        times: dict[str, Any] = {"notified_at": notified_at, "is_charged": is_charged}
        if dice.random() < _APPOINTMENTS[team]:
            day = stage.day_of(notified_at) + timedelta(days=1)
            times["appointment_at"] = stage.at(day, dice.choice((9, 9.5, 10, 11, 13.5, 14, 15, 16)))
        form_at = after(dice, notified_at, 7, 0.8)
        if dice.random() < 0.03 or stage.day_of(form_at) > stage.day_of(notified_at):
            form_at = stage.at(stage.day_of(notified_at) + timedelta(days=1), 8.6) + timedelta(
                minutes=dice.randint(0, 30)
            )
        times["form_at"] = form_at
        start = max(form_at, times.get("appointment_at", form_at))
        if dice.random() < 0.02:
            times["cancelled_at"] = form_at + timedelta(minutes=dice.randint(1, 12))
            return times
        arrived_at = self._arrival(times, start)
        times["arrived_at"] = arrived_at
        if dice.random() < 0.85:
            times["apologised_at"] = self._apology(times, arrived_at)
        begun_at = arrived_at + timedelta(minutes=dice.randint(3, 8), seconds=dice.randint(0, 59))
        times["work_started_at"] = begun_at
        if is_charged and (chance := dice.random()) < 0.97:
            minutes = dice.randint(4, 20) if chance < 0.03 else -dice.randint(1, 2)
            times["price_confirmed_at"] = begun_at + timedelta(minutes=minutes)
        finished_at = after(dice, begun_at, 40, 0.5)
        if dice.random() < 0.06:
            finished_at = self._second_visit(times, begun_at)
        times["finished_at"] = finished_at
        if dice.random() < 0.97:
            times["signed_at"] = finished_at + timedelta(minutes=dice.randint(1, 6))
        return times

    def _arrival(self, times: dict[str, Any], start: datetime) -> datetime:
        """In time more and more often; an appointment is rarely missed, sometimes kept a little early."""
        dice = self.dice
        promised = times.get("appointment_at")
        limit = timedelta(minutes=15)
        if dice.random() < 0.9 + 0.06 * self.stage.age(self.stage.day_of(start)):
            earliest = -5 if promised is not None else 3
            came_at = start + timedelta(seconds=dice.randint(earliest * 60, 895))
            form_at: datetime = times["form_at"]
            return max(form_at, came_at)
        return start + limit + timedelta(seconds=round(dice.lognormvariate(6.4, 0.8)))

    def _apology(self, times: dict[str, Any], arrived_at: datetime) -> datetime | None:
        start = times.get("appointment_at") or times["form_at"]
        is_late = arrived_at > start + timedelta(minutes=15)
        return arrived_at + timedelta(minutes=1) if is_late else None

    def _second_visit(self, times: dict[str, Any], begun_at: datetime) -> datetime:
        dice, stage = self.dice, self.stage
        times["apologised_at"] = begun_at + timedelta(minutes=20)
        times["unfinished_reason"] = dice.choice(_REASONS)
        day = stage.day_of(begun_at) + timedelta(days=dice.choice((1, 1, 2)))
        times["next_appointment_at"] = stage.at(day, dice.choice((9.5, 10, 14, 15)))
        times["returned_at"] = times["next_appointment_at"] + timedelta(minutes=dice.randint(-5, 12))
        return after(dice, times["returned_at"], 35, 0.4)


def _staged_course(stage: Stage, notified_at: datetime, course: str, is_charged: bool) -> dict[str, Any]:
    minute = timedelta(minutes=1)
    times: dict[str, Any] = {"notified_at": notified_at, "is_charged": is_charged or course == "price open"}
    if course in ("left", "just called"):
        return times
    times["form_at"] = notified_at + 3 * minute
    if course in ("overdue", "on the way"):
        return times
    times["arrived_at"] = notified_at + 14 * minute
    if course == "price open":
        return times
    times["work_started_at"] = notified_at + 18 * minute
    times["unfinished_reason"] = _REASONS[0]
    if course == "no appointment":
        return times
    times["apologised_at"] = notified_at + 30 * minute
    gap = -90 * minute if course == "appointment passed" else 200 * minute
    times["next_appointment_at"] = (stage.now + gap).replace(second=0, microsecond=0)
    return times


def _until(times: dict[str, Any], now: datetime) -> dict[str, Any]:
    """What is recorded by now. Who is still at the first visit has not left it unfinished yet."""
    known = {
        name: None if isinstance(value, datetime) and name not in _FIXED and value > now else value
        for name, value in times.items()
    }
    left_at = times.get("apologised_at") or times.get("work_started_at")
    if "unfinished_reason" in times and left_at is not None and left_at > now:
        known |= {"unfinished_reason": "", "next_appointment_at": None}
    return known


def _what(team: str, dice: random.Random) -> tuple[str, str]:
    if team == "property":
        return f"{dice.choice(BUILDINGS)} {dice.randint(3, 26)} 层", dice.choice(REPAIR_SUBJECTS)
    product = dice.choice([p for p in GOODS_PRODUCTS if "会员" not in p])
    return "", f"{product} {dice.choice(_GOODS_FAULTS)}"
