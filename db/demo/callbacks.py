"""Callbacks owed and the attempts made at them: after complaints, repairs, discharges and first visits."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.complaints import Solved
from db.demo.people import PERSONAS, Person
from db.demo.repairs import Repaired
from db.demo.stage import Stage, insert_rows, pick, poisson
from db.demo.words import BUSINESS_USERS, CLINICS, customer
from db.models import Callback, CallbackAttempt
from regulations.callbacks import Attempt, Obligation, obligation

# What arises on a day beside complaints: kind -> team, mean a day, local hours in which it arises.
_ARISING: dict[str, tuple[str, float, float, float]] = {
    "discharge": ("hospital", 4.2, 9, 11.5),
    "specialist_first_visit": ("hospital", 2.6, 8.5, 16.5),
    "basic_first_visit": ("hospital", 2.1, 8.5, 16.5),
    "long_term_visit": ("goods", 0.4, 9, 17),
    "occasional_call": ("goods", 0.5, 9, 17),
}
_SATISFACTION = {"satisfied": 86.0, "neutral": 10.0, "dissatisfied": 4.0}
_UNREACHED = {"no_answer": 6.0, "busy": 2.5, "wrong_number": 0.5, "refused": 1.0}
_OPINIONS = {
    "satisfied": ("对处理结果表示认可", "恢复良好，感谢关心", "师傅准时，服务周到", "问题已解决"),
    "neutral": ("处理时间偏长", "希望减少等待时间", "沟通可以更主动"),
    "dissatisfied": ("对处理结果仍有意见", "问题复发，要求再次处理", "候诊时间过长"),
}


@dataclass(frozen=True)
class Owed:
    """A callback before it has a row."""

    kind: str
    arisen_at: datetime
    team: str
    customer_name: str
    customer_phone: str
    subject: str
    complaint_id: int | None = None
    handler_id: int | None = None
    work_order_id: int | None = None


def fill_callbacks(
    session: Session,
    stage: Stage,
    people: Sequence[Person],
    solved: Sequence[Solved],
    repaired: Sequence[Repaired] = (),
) -> dict[str, int]:
    """Every callback that arose in the demo's months, and what was tried; how many of each."""
    owed = sorted(
        [*_after_complaints(stage, solved), *_after_repairs(repaired), *_arising(stage)],
        key=lambda o: (o.arisen_at, o.kind),
    )
    round_ = _Round(stage, people)
    for one in owed:
        round_.call(one)
    return {
        "callbacks": insert_rows(session, Callback, round_.callbacks),
        "callback_attempts": insert_rows(session, CallbackAttempt, round_.attempts),
    }


def _after_complaints(stage: Stage, solved: Sequence[Solved]) -> Iterator[Owed]:
    for case in solved:
        yield Owed(
            "complaint", case.at, case.team, case.customer_name, case.customer_phone,
            f"{case.number} {case.summary}"[:200], case.complaint_id, case.agent_id,
        )  # fmt: skip


def _after_repairs(repaired: Sequence[Repaired]) -> Iterator[Owed]:
    for order in repaired:
        yield Owed(
            "repair", order.at, order.team, order.customer_name, order.customer_phone, order.subject[:200],
            work_order_id=order.work_order_id,
        )  # fmt: skip


def _arising(stage: Stage) -> Iterator[Owed]:
    kinds = {category.code for category in stage.book.callback_categories()}
    for kind, (team, mean, opens, shuts) in _ARISING.items():
        if kind not in kinds:
            continue
        dice = stage.dice(f"callbacks/{kind}")
        # What arose before the demo's first day is left out: the first days have few callbacks due.
        for day in stage.days:
            is_quiet = day.weekday() == 6 or stage.calendar.is_public_holiday(day)
            for _ in range(poisson(dice, mean * stage.scale * (0.35 if is_quiet else 1.1))):
                at = stage.at(day, dice.uniform(opens, shuts)) + timedelta(seconds=dice.randint(0, 59))
                name, phone = customer(dice)
                if at <= stage.now:
                    yield Owed(kind, at, team, name, phone, _subject(kind, dice))


def _subject(kind: str, dice: random.Random) -> str:
    if kind in ("long_term_visit", "occasional_call"):
        return (
            f"{dice.choice(BUSINESS_USERS)} {'长期用户走访' if kind == 'long_term_visit' else '零散用户联系'}"
        )
    return f"{dice.choice(CLINICS)} {'出院' if kind == 'discharge' else '初诊'}"


class _Round:
    """Makes the calls: who calls whom when, whether anybody answers, and how pleased he is."""

    def __init__(self, stage: Stage, people: Sequence[Person]) -> None:
        self.stage = stage
        self.dice = stage.dice("callback attempts")
        self.people = {p.id: p for p in people}
        self.teams: dict[str, list[Person]] = {}
        for person in people:
            self.teams.setdefault(person.team, []).append(person)
        self.callbacks: list[dict[str, Any]] = []
        self.attempts: list[dict[str, Any]] = []

    def call(self, owed: Owed) -> None:
        """One obligation with its attempts up to `now`."""
        stage = self.stage
        caller = self._caller(owed)
        plain = obligation(owed.kind, owed.arisen_at, (), stage.book, stage.now, None)
        if plain.due_at is None:
            return
        tried = [a for a in self._tries(owed, caller, plain) if a.at <= stage.now]
        verdict = obligation(owed.kind, owed.arisen_at, tuple(tried), stage.book, stage.now, None)
        callback_id = len(self.callbacks) + 1
        done = next((a for a in tried if a.is_complete), None)
        self.callbacks.append(
            {
                "id": callback_id,
                "number": f"HF{stage.day_of(owed.arisen_at):%Y%m%d}-{callback_id:05d}",
                "kind": owed.kind,
                "complaint_id": owed.complaint_id,
                "work_order_id": owed.work_order_id,
                "customer_name": owed.customer_name,
                "customer_phone": owed.customer_phone,
                "subject": owed.subject,
                "team_id": caller.team_id,
                "agent_id": caller.id,
                "handler_id": owed.handler_id,
                "arisen_at": owed.arisen_at,
                "due_at": plain.due_at,
                "due_on": stage.day_of(plain.due_at),
                "completed_at": verdict.completed_at,
                "satisfaction": done.satisfaction if done else None,
                "clauses": list(plain.clauses),
                "steps": [step.as_record() for step in plain.steps],
                "rulebook_version": stage.book.version,
            }
        )
        for attempt in tried:
            self.attempts.append(
                {
                    "id": len(self.attempts) + 1,
                    "callback_id": callback_id,
                    "at": attempt.at,
                    "agent_id": caller.id,
                    "channel": "phone",
                    "outcome": attempt.outcome,
                    "is_complete": attempt.is_complete,
                    "satisfaction": attempt.satisfaction,
                    "note": self.dice.choice(_OPINIONS[attempt.satisfaction]) if attempt.satisfaction else "",
                }
            )

    def _caller(self, owed: Owed) -> Person:
        """Somebody of the team, hired by then, and not who handled the case (A5.5)."""
        day = self.stage.day_of(owed.arisen_at)
        able = [p for p in self.teams[owed.team] if p.hired_on <= day and p.id != owed.handler_id]
        return self.dice.choice(able)

    def _tries(self, owed: Owed, caller: Person, plain: Obligation) -> Iterator[Attempt]:
        dice, stage = self.dice, self.stage
        chance = 0.91 + 0.05 * stage.age(stage.day_of(owed.arisen_at))
        on_time, reached, never = dice.random() < chance, dice.random(), dice.random() < 0.022
        at = self._first_try(owed, plain) if on_time else self._late_try(plain)
        if caller.number == PERSONAS.month_end_batcher and dice.random() < 0.8:
            at = self._at_month_end(owed)
        if never:
            if dice.random() < 0.5:
                yield Attempt(at, pick(dice, _UNREACHED), False, caller.number, None)
            return
        # Two in ten are not reached at the first try, some not at the second.
        while reached < 0.2:
            yield Attempt(at, pick(dice, _UNREACHED), False, caller.number, None)
            at = self._permitted(at + timedelta(minutes=dice.randint(25, 200)), plain)
            reached += 0.13
        satisfaction = pick(dice, _SATISFACTION)
        yield Attempt(at, "connected", True, caller.number, satisfaction)

    def _first_try(self, owed: Owed, plain: Obligation) -> datetime:
        """In time: on the day it is planned for, some on the day of grace; or soon after the solution."""
        assert plain.due_at is not None
        dice, stage = self.dice, self.stage
        on_grace_day, share = dice.random() < 0.22, dice.uniform(0.03, 0.9)
        opens, shuts = owed.arisen_at, plain.due_at
        if plain.window is not None:
            opens, shuts = plain.window
            if on_grace_day and stage.day_of(plain.due_at) > stage.day_of(shuts):
                opens = stage.at(stage.day_of(plain.due_at), stage.hour_of(opens))
                shuts = plain.due_at
        at = self._permitted(opens + (shuts - opens) * share, plain)
        return min(at, plain.due_at - timedelta(minutes=dice.randint(1, 30)))

    def _late_try(self, plain: Obligation) -> datetime:
        assert plain.due_at is not None
        day = self.stage.day_of(plain.due_at) + timedelta(days=self.dice.choice((1, 1, 2, 3, 5)))
        return self._permitted(self.stage.at(day, self.dice.uniform(9, 17)), plain)

    def _at_month_end(self, owed: Owed) -> datetime:
        """The batcher makes his calls all at once, on the last afternoon of the month."""
        day = self.stage.day_of(owed.arisen_at)
        first_of_next = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        at = self.stage.at(first_of_next - timedelta(days=1), self.dice.uniform(14, 18))
        return max(at, owed.arisen_at + timedelta(minutes=self.dice.randint(5, 40))).replace(microsecond=0)

    def _permitted(self, at: datetime, plain: Obligation) -> datetime:
        """Within the hours in which this kind of callback may be made, and never at night."""
        stage, dice = self.stage, self.dice
        at = stage.into_office(at, dice, 9, 19.5).replace(microsecond=0)
        windows = stage.book.windows("callback.windows")
        if plain.window is None or not windows:
            return at
        hours = [(w.start.hour + w.start.minute / 60, w.end.hour + w.end.minute / 60) for w in windows]
        day = stage.day_of(at)
        for _ in range(30):
            if not stage.calendar.is_public_holiday(day):
                for opens, shuts in hours:
                    if day > stage.day_of(at) or stage.hour_of(at) < shuts - 0.1:
                        start = stage.hour_of(at) if day == stage.day_of(at) else opens
                        return stage.at(day, dice.uniform(max(opens, start), shuts - 0.05))
            day += timedelta(days=1)
        return at
