"""A small random department as rows, and every metric worked out over it the slow way, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.models import (
    Agent,
    AttendanceDay,
    Call,
    Callback,
    CallbackAttempt,
    Complaint,
    ComplaintClock,
    Finding,
    Inspection,
    Shift,
    Team,
    Transcript,
)
from tests.factories import SHANGHAI

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
FIRST = date(2026, 9, 25)
CRITICAL = "insult"  # one of the base rulebook's qa.critical_categories


@dataclass(frozen=True)
class Case:
    """A row of a denominator: what is needed to filter, group and count it."""

    on: date
    team: Team
    agent: Agent
    counts: bool
    value: float = 0.0


@dataclass
class World:
    """The rows as they were made."""

    teams: list[Team] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    days: list[tuple[AttendanceDay, Shift]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)


def local_day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def make_world(session: Session, seed: int) -> World:
    """Random rows, many of them on an edge: this very second, the last second of a day, nothing at all."""
    dice = random.Random(seed)
    world = World()
    for n in range(3):
        world.teams.append(Team(code=f"t{n}", name=f"{n} 组"))
    session.add_all(world.teams)
    session.flush()
    for n in range(5):
        team = dice.choice(world.teams)
        world.agents.append(Agent(number=f"K{n}", name=f"客服{n}", team_id=team.id, team=team))
    session.add_all(world.agents)
    session.flush()
    for n in range(dice.randint(0, 18)):
        _complaint(session, world, dice, n)
    for n in range(dice.randint(0, 25)):
        _callback(session, world, dice, n)
    for n in range(dice.randint(0, 30)):
        _day(session, world, dice, n)
    for n in range(dice.randint(0, 20)):
        _call(session, world, dice, n)
    session.flush()
    return world


def _moment(dice: random.Random) -> datetime:
    """Some instant around the two months before NOW, often a telling one."""
    at = NOW - timedelta(seconds=dice.randint(-4 * 86400, 55 * 86400))
    if dice.random() < 0.3:
        at = datetime.combine(local_day(at), datetime.max.time().replace(microsecond=0), SHANGHAI).astimezone(
            UTC
        )
    if dice.random() < 0.08:
        at = NOW + timedelta(seconds=dice.choice((-1, 0, 1)))
    return at


def _near(dice: random.Random, at: datetime) -> datetime:
    return at + timedelta(seconds=dice.choice((-90000, -3600, -1, 0, 1, 3600, 200000)))


def _complaint(session: Session, world: World, dice: random.Random, n: int) -> None:
    agent = dice.choice(world.agents)
    received_at = _moment(dice)
    closed_at = _near(dice, NOW) if dice.random() < 0.5 else None
    case = Complaint(
        number=f"TS{n}", received_at=received_at, received_on=local_day(received_at), channel="phone",
        category=dice.choice(("quality", "refund")), summary="…", agent_id=agent.id, team_id=agent.team_id,
        agent=agent, team=agent.team, rulebook_version="test", closed_at=closed_at,
        status="closed" if closed_at else "open", department="质量部", severity="ordinary",
    )  # fmt: skip
    case.clocks = []
    for clock in ("forward", "first_feedback", "final_feedback", "progress", "verify"):
        if dice.random() < 0.3:
            continue
        due_at = _moment(dice)
        met_at = _near(dice, due_at) if dice.random() < 0.6 else None
        on_hold = met_at is None and dice.random() < 0.2
        case.clocks.append(
            ComplaintClock(
                clock=clock, ordinal=1, started_at=due_at - timedelta(days=1), due_at=due_at, due_on=local_day(due_at),
                warn_at=due_at, met_at=met_at, state="on_hold" if on_hold else "on_track", clauses=[], steps=[],
                limit={}, rulebook_version="test",
            )
        )  # fmt: skip
    session.add(case)
    world.complaints.append(case)


def _callback(session: Session, world: World, dice: random.Random, n: int) -> None:
    agent = dice.choice(world.agents)
    due_at = _moment(dice)
    arisen_at = due_at - timedelta(hours=24)
    callback = Callback(
        number=f"HF{n}", kind=dice.choice(("complaint", "repair")), agent_id=agent.id, team_id=agent.team_id,
        agent=agent, team=agent.team, arisen_at=arisen_at, due_at=due_at, due_on=local_day(due_at), clauses=[], steps=[],
        rulebook_version="test",
    )  # fmt: skip
    callback.attempts = []
    moments = sorted({_near(dice, due_at) for _ in range(dice.randint(0, 3))})
    for at in moments:
        outcome = dice.choice(("connected", "no_answer"))
        callback.attempts.append(CallbackAttempt(at=at, agent_id=agent.id, outcome=outcome))
        if outcome == "connected" and dice.random() < 0.7 and callback.completed_at is None:
            callback.completed_at = at
            callback.satisfaction = dice.choice(("satisfied", "neutral", None))
    session.add(callback)
    world.callbacks.append(callback)


def _day(session: Session, world: World, dice: random.Random, n: int) -> None:
    agent = dice.choice(world.agents)
    starts_at = _moment(dice) + timedelta(seconds=n)
    shift = Shift(
        agent_id=agent.id, work_on=local_day(starts_at), code="day", starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=dice.choice((0, 9))), breaks=[],
    )  # fmt: skip
    session.add(shift)
    session.flush()
    class_ = dice.choice(
        (
            "present",
            "late",
            "early",
            "late_and_early",
            "severe",
            "absent",
            "on_leave",
            "missing_punch",
            "pending",
            "rest",
        )
    )
    day = AttendanceDay(
        shift_id=shift.id, agent_id=agent.id, agent=agent, work_on=shift.work_on, class_=class_,
        late_minutes=dice.choice((0, 5, 30)), clauses=[], steps=[], rulebook_version="test", judged_at=NOW,
    )  # fmt: skip
    session.add(day)
    world.days.append((day, shift))


def _call(session: Session, world: World, dice: random.Random, n: int) -> None:
    agent = dice.choice(world.agents)
    started_at = _moment(dice)
    call = Call(
        call_id=f"c{n}", agent_id=agent.id, team_id=agent.team_id, agent=agent, team=agent.team, started_at=started_at,
        started_on=local_day(started_at), kind=dice.choice(("inbound_service", "complaint")),
    )  # fmt: skip
    session.add(call)
    session.flush()
    world.calls.append(call)
    for is_current in ([True], [False, True], [False], [])[dice.randint(0, 3)]:
        transcript = Transcript(call_id=call.id, engine="test", settings_hash=f"{is_current}", created_at=NOW)
        session.add(transcript)
        session.flush()
        checks = [
            {
                "rule": f"r{i}", "category": dice.choice(("greeting", "closing")),
                "verdict": dice.choice(("hit", "absent", "cannot_tell", "")), "applicable": dice.random() < 0.8,
            }
            for i in range(dice.randint(0, 4))
        ]  # fmt: skip
        inspection = Inspection(
            call_id=call.id, call=call, transcript_id=transcript.id, started_on=call.started_on, rulebook_version="test",
            machine_score=90, measures={}, suppressed=[], checks=checks, created_at=NOW, is_current=is_current,
        )  # fmt: skip
        inspection.findings = [_finding(dice) for _ in range(dice.randint(0, 3))]
        session.add(inspection)
        world.inspections.append(inspection)


def _finding(dice: random.Random) -> Finding:
    return Finding(
        rule="r", kind=dice.choice(("banned", "missing")), category=dice.choice((CRITICAL, "closing")),
        verdict=dice.choice(("hit", "absent", "cannot_tell")), phase="any", quote="", clauses=[], severity="medium",
        points=dice.choice((5, 25, 60)), needs_review=True, steps=[],
        decision=dice.choice(("confirmed", "overturned", None)),
    )  # fmt: skip


# -- the metrics, the slow way ---------------------------------------------------------------------------


def _clock_cases(world: World, now: datetime, names: tuple[str, ...]) -> Iterator[Case]:
    for case in world.complaints:
        for clock in case.clocks:
            if names and clock.clock not in names:
                continue
            if clock.due_at >= now or (clock.met_at is None and clock.state == "on_hold"):
                continue
            kept = clock.met_at is not None and clock.met_at <= clock.due_at
            yield Case(clock.due_on, case.team, case.agent, kept)


def _received(world: World, now: datetime) -> Iterator[Case]:
    for case in world.complaints:
        if case.received_at <= now:
            yield Case(case.received_on, case.team, case.agent, True)


def _open_overdue(world: World, now: datetime) -> Iterator[Case]:
    for case in world.complaints:
        overdue = [
            clock.due_on
            for clock in case.clocks
            if clock.due_at < now
            and clock.state != "on_hold"
            and (clock.met_at is None or clock.met_at > now)
        ]
        if overdue and (case.closed_at is None or case.closed_at > now):
            yield Case(min(overdue), case.team, case.agent, True)


def _callbacks(world: World, now: datetime, which: str) -> Iterator[Case]:
    for one in world.callbacks:
        done = one.completed_at is not None and one.completed_at <= now
        tried = [a for a in one.attempts if one.arisen_at <= a.at <= now]
        if not done and one.due_at >= now:
            continue
        if (which == "connect_rate" and not tried) or (which == "satisfaction" and not done):
            continue
        counts = {
            "rate": done,
            "punctuality": done and one.completed_at is not None and one.completed_at <= one.due_at,
            "coverage": bool(tried),
            "connect_rate": any(a.outcome == "connected" for a in tried),
            "satisfaction": one.satisfaction == "satisfied",
        }[which]
        yield Case(one.due_on, one.team, one.agent, counts)


def _attendance(world: World, now: datetime, which: str) -> Iterator[Case]:
    for day, shift in world.days:
        if day.class_ in ("on_leave", "pending", "rest") or shift.ends_at > now:
            continue
        counts = {
            "rate": day.class_ != "absent",
            "late_rate": day.class_ in ("late", "late_and_early", "severe") and day.late_minutes > 0,
            "severe_rate": day.class_ == "severe",
        }[which]
        yield Case(day.work_on, day.agent.team, day.agent, counts)


def _flags(inspection: Inspection) -> list[Finding]:
    return [f for f in inspection.findings if f.verdict in ("hit", "absent")]


def _quality(world: World, now: datetime, which: str) -> Iterator[Case]:
    current = {i.call_id: i for i in world.inspections if i.is_current}
    for call in world.calls:
        inspection = current.get(call.id)
        owner = (call.started_on, call.team, call.agent)
        if which == "inspected_share" and call.started_at <= now:
            yield Case(*owner, inspection is not None)
        if inspection is None:
            continue
        flags = _flags(inspection)
        if which == "flagged_rate" and call.started_at <= now:
            yield Case(*owner, bool(flags))
        if which == "confirmed_rate":
            yield from (Case(*owner, f.decision == "confirmed") for f in flags if f.decision)
        if which == "courtesy_completion":
            owed = [c for c in inspection.checks if c["applicable"] and c["verdict"] in ("hit", "absent")]
            yield from (Case(*owner, c["verdict"] == "hit") for c in owed)
        if which in ("pass_rate", "average_score") and flags and all(f.decision for f in flags):
            confirmed = [f for f in flags if f.decision == "confirmed"]
            score = max(0.0, 100.0 - float(sum(f.points for f in confirmed)))
            critical = any(f.kind == "banned" and f.category == CRITICAL for f in confirmed)
            yield Case(*owner, score >= 80 and not critical, score)


Slow = Callable[[World, datetime], Iterator[Case]]


def _bound(function: Callable[..., Iterator[Case]], argument: Any) -> Slow:
    return lambda world, now: function(world, now, argument)


SLOW: dict[str, Slow] = {
    "complaint.all_clocks_attainment": _bound(_clock_cases, ()),
    **{
        f"complaint.{clock}_attainment": _bound(_clock_cases, (clock,))
        for clock in ("forward", "first_feedback", "final_feedback", "progress")
    },
    "complaint.received": _received,
    "complaint.open_overdue": _open_overdue,
    **{
        f"callback.{name}": _bound(_callbacks, name)
        for name in ("rate", "punctuality", "coverage", "connect_rate", "satisfaction")
    },
    **{f"attendance.{name}": _bound(_attendance, name) for name in ("rate", "late_rate", "severe_rate")},
    **{
        f"quality.{name}": _bound(_quality, name)
        for name in (
            "inspected_share", "flagged_rate", "confirmed_rate", "courtesy_completion", "pass_rate", "average_score",
        )
    },
}  # fmt: skip
