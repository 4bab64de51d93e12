"""Callbacks owed and the attempts made at them: after complaints, repairs, discharges and first visits."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.demo.complaints import Solved
from db.demo.people import PERSONAS, Person
from db.demo.repairs import Repaired
from db.demo.stage import Stage, insert_rows, pick, poisson
from db.demo.words import BUSINESS_USERS, CLINICS, customer
from db.models import Callback, CallbackAttempt, ComplaintEvent
from regulations.callback_attempts import WAITS_FOR_A_PERSON
from regulations.callbacks import Attempt, Decision, Obligation, next_attempt, obligation

# What arises on a day beside complaints: kind -> team, mean a day, local hours in which it arises.
_ARISING: dict[str, tuple[str, float, float, float]] = {
    "discharge": ("hospital", 4.2, 9, 11.5),
    "specialist_first_visit": ("hospital", 2.6, 8.5, 16.5),
    "basic_first_visit": ("hospital", 2.1, 8.5, 16.5),
    "long_term_visit": ("goods", 0.4, 9, 17),
    "occasional_call": ("goods", 0.5, 9, 17),
}
_SATISFACTION = {"satisfied": 86.0, "neutral": 10.0, "dissatisfied": 4.0}
_UNREACHED = {"no_answer": 6.0, "busy": 2.5}
_NEVER = {"no_answer": 5.0, "wrong_number": 1.5, "refused": 2.5}  # those who are not reached in the end
_GIVEN_UP = {
    "no_answer": ("unreachable", "多次拨打无人接听，已发短信告知"),
    "busy": ("unreachable", "多次拨打占线，已发短信告知"),
    "wrong_number": ("wrong_number", "登记号码有误，其他联系方式也未找到"),
}
_FRESH_DAYS = 6  # what fell due longer ago is decided or was made late, but for a few that were forgotten
_FORGOTTEN = 0.03
_BUSIEST_SHARE = 2.0  # in a small demo one person is given more, so that his month's end can be seen
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
    round_ = _Round(stage, people, _reopenings(session))
    for one in owed:
        round_.call(one)
    return {
        "callbacks": insert_rows(session, Callback, round_.callbacks),
        "callback_attempts": insert_rows(session, CallbackAttempt, round_.attempts),
    }


def _reopenings(session: Session) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = {}
    for case, at in session.execute(
        select(ComplaintEvent.complaint_id, ComplaintEvent.at).where(ComplaintEvent.kind == "reopened")
    ):
        found.setdefault(case, []).append(at)
    return found


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

    def __init__(self, stage: Stage, people: Sequence[Person], reopenings: dict[int, list[datetime]]) -> None:
        self.stage = stage
        self.reopenings = reopenings
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
        tried = tried or self._tried_just_now(owed, caller, plain)
        decisions = self._decided(owed, tried)
        asked = (owed.kind, owed.arisen_at, tuple(tried), stage.book, stage.now)
        verdict = obligation(*asked, decisions=decisions)
        later = next_attempt(*asked, decisions)
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
                "next_attempt_at": later.at if tried else None,
                "settled_at": verdict.settled_at,
                "settled_reason": verdict.settled_reason,
                "given_up_at": decisions[0].at if decisions else None,
                "decided_by": self._supervisor(owed) if decisions else "",
                "decision_note": _GIVEN_UP[tried[-1].outcome][1] if decisions else "",
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
        batcher = max(1.0, min(_BUSIEST_SHARE, 1 / self.stage.scale))
        weights = [batcher if p.number == PERSONAS.month_end_batcher else 1.0 for p in able]
        return self.dice.choices(able, weights)[0]

    def _supervisor(self, owed: Owed) -> str:
        return "罗文静" if owed.team == "goods" else "贺建国"

    def _decided(self, owed: Owed, tried: Sequence[Attempt]) -> tuple[Decision, ...]:
        """A supervisor ends what waits for him, a day or two later."""
        stage = self.stage
        later = next_attempt(owed.kind, owed.arisen_at, tuple(tried), stage.book, stage.now)
        if not tried or later.reason not in WAITS_FOR_A_PERSON:
            return ()
        day = stage.day_of(tried[-1].at) + timedelta(days=self.dice.choice((1, 1, 2, 3)))
        at = stage.at(day, self.dice.uniform(9, 18)).replace(microsecond=0)
        return (Decision(at, "give_up", _GIVEN_UP[tried[-1].outcome][0]),) if at <= stage.now else ()

    def _tries(self, owed: Owed, caller: Person, plain: Obligation) -> Iterator[Attempt]:
        dice, stage = self.dice, self.stage
        chance = 0.91 + 0.05 * stage.age(stage.day_of(owed.arisen_at))
        on_time, reached, never = dice.random() < chance, dice.random(), dice.random() < 0.022
        at = self._first_try(owed, plain) if on_time else self._late_try(plain)
        # This month he has been spoken to already: most of it is not left for the last day.
        share = 0.25 if stage.months_ago(stage.day_of(owed.arisen_at)) == 0 else 0.8
        if caller.number == PERSONAS.month_end_batcher and dice.random() < share:
            at = self._at_month_end(owed)
        if never and dice.random() < 0.5:
            yield from self._never_reached(owed, caller, at)
            return
        if never and self._may_be_forgotten(plain):
            return
        # Two in ten are not reached at the first try, some not at the second.
        made: list[Attempt] = []
        while reached < 0.2:
            made.append(Attempt(at, pick(dice, _UNREACHED), False, caller.number, None))
            yield made[-1]
            at = self._again(owed, made, plain)
            reached += 0.13
        yield Attempt(at, "connected", True, caller.number, self._mood(owed, at))

    def _tried_just_now(self, owed: Owed, caller: Person, plain: Obligation) -> list[Attempt]:
        """Some of what is open for today has been tried within the hour, so that it is to be tried again."""
        dice, now = self.dice, self.stage.now
        at = (now - timedelta(minutes=dice.randint(15, 70))).replace(microsecond=0)
        outcome, is_tried = pick(dice, _UNREACHED), dice.random() < 0.4
        opens, shuts = plain.window or (owed.arisen_at, now)
        assert plain.due_at is not None
        if (
            is_tried
            and now <= plain.due_at <= now + timedelta(days=2)
            and max(opens, owed.arisen_at) <= at <= shuts
        ):
            return [Attempt(at, outcome, False, caller.number, None)]
        return []

    def _may_be_forgotten(self, plain: Obligation) -> bool:
        assert plain.due_at is not None
        age = self.stage.today - self.stage.day_of(plain.due_at)
        return age <= timedelta(days=_FRESH_DAYS) or self.dice.random() < _FORGOTTEN

    def _never_reached(self, owed: Owed, caller: Person, at: datetime) -> Iterator[Attempt]:
        """Tried as often as the rules say, until a supervisor has to decide, or refused."""
        stage, made = self.stage, list[Attempt]()
        outcome = pick(self.dice, _NEVER)
        for _ in range(10):
            made.append(Attempt(at, outcome, False, caller.number, None))
            yield made[-1]
            later = next_attempt(owed.kind, owed.arisen_at, made, stage.book, at)
            if later.at is None:
                return
            at = later.at + timedelta(minutes=self.dice.randint(1, 25))

    def _again(self, owed: Owed, made: Sequence[Attempt], plain: Obligation) -> datetime:
        """Somewhat after the rules say that it is time."""
        later = next_attempt(owed.kind, owed.arisen_at, tuple(made), self.stage.book, made[-1].at)
        soonest = later.at or made[-1].at + timedelta(hours=1)
        return self._permitted(soonest + timedelta(minutes=self.dice.randint(1, 60)), plain)

    def _mood(self, owed: Owed, at: datetime) -> str:
        """What the customer says. Who is dissatisfied with a case has it reopened; nobody else of a case is."""
        if owed.complaint_id is None:
            return pick(self.dice, _SATISFACTION)
        if any(at <= reopened for reopened in self.reopenings.get(owed.complaint_id, ())):
            return "dissatisfied"
        return pick(self.dice, {mood: w for mood, w in _SATISFACTION.items() if mood != "dissatisfied"})

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
