"""A small random department as rows, and every metric worked out over it the slow way, in plain Python."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from db.models import (
    Agent,
    Approval,
    AttendanceDay,
    Call,
    Callback,
    CallbackAttempt,
    Complaint,
    ComplaintClock,
    ComplaintEvent,
    CoverageNeed,
    DepartmentAssignment,
    Dispute,
    Escalation,
    Finding,
    Handover,
    Inspection,
    Leave,
    LedgerEntry,
    Overtime,
    Punch,
    Shift,
    SurgeAlert,
    SurveyResponse,
    SwapRequest,
    Team,
    Transcript,
    WorkOrder,
)
from db.work_orders import facts_of, set_deadlines
from regulations.names import NAMES
from regulations.repairs import order_verdict
from regulations.rulebook import load_rulebook
from tests.db import metric_disputes, metric_samples
from tests.factories import SHANGHAI

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
FIRST = date(2026, 9, 25)
CRITICAL = "insult"  # one of the base rulebook's qa.critical_categories
ORDER_TIMES = (
    "form_at", "appointment_at", "arrived_at", "price_confirmed_at", "work_started_at", "finished_at", "signed_at",
    "cancelled_at",
)  # fmt: skip
GRADE_POINTS = {"非常满意": 100, "满意": 80, "一般": 60, "较差": 30}


@dataclass(frozen=True)
class Case:
    """A row of a denominator: what is needed to filter, group and count it."""

    on: date
    team: Team
    agent: Agent | None
    counts: bool
    value: float = 0.0
    hours: float | None = None
    weight: int | None = None


@dataclass
class World:
    """The rows as they were made."""

    teams: list[Team] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    complaints: list[Complaint] = field(default_factory=list)
    alerts: list[tuple[SurgeAlert, Complaint]] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    days: list[tuple[AttendanceDay, Shift]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    inspections: list[Inspection] = field(default_factory=list)
    orders: list[WorkOrder] = field(default_factory=list)
    responses: list[SurveyResponse] = field(default_factory=list)
    requests: list[tuple[Approval, Complaint]] = field(default_factory=list)
    reports: list[tuple[Escalation, Complaint]] = field(default_factory=list)
    entries: list[tuple[LedgerEntry, Complaint]] = field(default_factory=list)
    swaps: list[SwapRequest] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    cover: list[Covering] = field(default_factory=list)
    disputes: list[Dispute] = field(default_factory=list)
    framed: list[metric_samples.Framed] = field(default_factory=list)


@dataclass
class Covering:
    """A team whose desk needs people from eight to ten, and who is there: minutes after local midnight."""

    team: Team
    required: int
    since: date
    present: dict[tuple[date, Agent], list[tuple[int, int]]] = field(default_factory=dict)


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
    for n in range(dice.randint(0, 20)):
        _order(session, world, dice, n)
    for n in range(dice.randint(0, 15)):
        _form(session, world, dice, n)
    for case in world.complaints:
        _decisions(session, world, dice, case)
    for day, shift in world.days:
        _hours_of(session, dice, day, shift)
    for _ in range(dice.randint(0, 12)):
        _swap(session, world, dice)
        _handover(session, world, dice)
    for team in world.teams[: dice.randint(0, 2)]:
        _cover(session, world, dice, team)
    session.flush()
    world.framed += metric_samples.add_sample(session, world.calls, world.inspections, dice, NOW)
    world.disputes += metric_disputes.add_disputes(session, world.calls, dice, NOW)
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
    closed_at = received_at + timedelta(seconds=dice.randint(1, 30 * 86400)) if dice.random() < 0.5 else None
    if closed_at is not None and dice.random() < 0.2:
        closed_at = max(received_at, _near(dice, NOW))
    case = Complaint(
        number=f"TS{n}", received_at=received_at, received_on=local_day(received_at),
        channel=dice.choice(("phone", "visit")), kind=dice.choice(("一般投诉", "越级投诉")),
        category=dice.choice(("quality", "refund")), product=dice.choice(("", "X3")), summary="…", agent_id=agent.id,
        team_id=agent.team_id, agent=agent, team=agent.team, rulebook_version="test", closed_at=closed_at,
        status="closed" if closed_at else "open", department=dice.choice(("质量部", "物流部", "")),
        severity=dice.choice(("ordinary", "serious")), upheld=dice.choice(("open", "yes", "no")),
        handler_id=dice.choice(world.agents).id if dice.random() < 0.3 else None,
    )  # fmt: skip
    if world.complaints and dice.random() < 0.3:
        case.previous = dice.choice(world.complaints)
    case.clocks, case.events, case.assignments = [], [], []
    for clock in NAMES["clock"]:
        if dice.random() < 0.6:
            continue
        due_at = _moment(dice)
        met_at = _near(dice, due_at) if dice.random() < 0.6 else None
        on_hold = met_at is None and dice.random() < 0.2
        case.clocks.append(
            ComplaintClock(
                clock=clock, ordinal=1, started_at=due_at - timedelta(days=1), due_at=due_at, due_on=local_day(due_at),
                warn_at=due_at, met_at=met_at, state="on_hold" if on_hold else "on_track", clauses=[], steps=[],
                limit={}, rulebook_version="test", department="设备部" if clock in ("sign_off", "rectification") else "",
            )
        )  # fmt: skip
    _history(case, dice, received_at)
    session.add(case)
    world.complaints.append(case)
    if dice.random() < 0.3:
        session.flush()
        _alert(session, world, dice, case)


def _history(case: Complaint, dice: random.Random, received_at: datetime) -> None:
    """Some of the events a case may have, closing ones among them, and what became of it in a department."""
    for kind in ("forwarded", "first_feedback", "final_feedback", "closed", "reopened"):
        for _ in range(dice.choice((0, 0, 1, 2))):
            at = received_at + timedelta(seconds=dice.randint(0, 20 * 86400))
            event = ComplaintEvent(kind=kind, at=at, recorded_at=at, actor="test")
            if (kind, at) not in {(e.kind, e.at) for e in case.events}:
                case.events.append(event)
    for department in dice.sample(("质量部", "物流部"), dice.randint(0, 2)):
        sent_at = received_at + timedelta(seconds=dice.randint(0, 5 * 86400))
        later = sent_at + timedelta(seconds=dice.randint(0, 9 * 86400))
        case.assignments.append(
            DepartmentAssignment(
                department=department, sent_at=sent_at, returned_at=later if dice.random() < 0.5 else None,
                recalled_at=later if dice.random() < 0.2 else None,
            )
        )  # fmt: skip


def _alert(session: Session, world: World, dice: random.Random, case: Complaint) -> None:
    raised_at = case.received_at + timedelta(seconds=dice.randint(0, 60))
    alert = SurgeAlert(
        group_key=f"g{case.id}", group={"category": case.category}, started_at=case.received_at, started_on=case.received_on,
        last_at=case.received_at, raised_at=raised_at, tipped_by_id=case.id, count=5, peak_at=case.received_at, window_seconds=3600, clauses=[], steps=[],
        rulebook_version="test", acknowledged_at=_later(dice, raised_at), closed_at=_later(dice, raised_at),
        acknowledge_due_at=raised_at + timedelta(hours=12 * (case.id % 3)) if case.id % 4 else None,
    )  # fmt: skip
    session.add(alert)
    world.alerts.append((alert, case))


def _later(dice: random.Random, at: datetime) -> datetime | None:
    return at + timedelta(seconds=dice.randint(0, 3 * 86400)) if dice.random() < 0.6 else None


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
        outcome = dice.choice(("connected", "no_answer", "refused", "wrong_number"))
        callback.attempts.append(CallbackAttempt(at=at, agent_id=agent.id, outcome=outcome))
        if outcome == "connected" and dice.random() < 0.7 and callback.completed_at is None:
            callback.completed_at = at
            callback.satisfaction = dice.choice(("satisfied", "neutral", None))
    if callback.completed_at is None and dice.random() < 0.3:
        callback.settled_at, callback.settled_reason = _near(dice, due_at), "unreachable"
    session.add(callback)
    world.callbacks.append(callback)


def _day(session: Session, world: World, dice: random.Random, n: int) -> None:
    agent = dice.choice(world.agents)
    starts_at = _moment(dice) + timedelta(seconds=3 * n)  # nobody starts twice at once
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


REMARKS = ("away_over", "call_over", "visitor_over", "not_relieved", "not_early", "shift_changed")


def _hours_of(session: Session, dice: random.Random, day: AttendanceDay, shift: Shift) -> None:
    """Minutes beside the verdict, and for somebody on leave the leave, or two that meet, or none any more."""
    day.early_minutes = dice.choice((0, 0, 4, 40))
    day.off_post_minutes = dice.choice((0, 0, 12))
    day.extra_minutes = dice.choice((0, 0, 35, 90))
    day.approved_extra_minutes = dice.choice((0, 30, 120))
    day.remarks = dice.sample(REMARKS, dice.choice((0, 0, 1, 2)))
    if day.class_ == "on_leave":
        for revision in range(1, 1 + dice.choice((0, 1, 1, 2))):
            session.add(
                Leave(
                    agent_id=day.agent_id, type=dice.choice(("sick", "personal", "official", "time_off")), filed_at=NOW,
                    starts_at=shift.starts_at - timedelta(hours=1), ends_at=shift.ends_at + timedelta(seconds=1),
                    status=dice.choice(("approved", "approved", "refused")), revision=revision,
                )
            )  # fmt: skip


def _swap(session: Session, world: World, dice: random.Random) -> None:
    one, other = dice.sample(world.agents, 2)
    asked_at = _moment(dice)
    swap = SwapRequest(
        requester_id=one.id, partner_id=other.id, requester=one, partner=other, swap_on=local_day(_moment(dice)),
        shift_id=dice.choice(world.days)[1].id if world.days and dice.random() < 0.8 else None, consents=[],
        requested_by="甲", requested_at=asked_at, clauses=[], steps=[], rulebook_version="test",
        state=dice.choice(("requested", "approved", "approved", "refused", "withdrawn", "settled", "failed")),
    )  # fmt: skip
    if swap.state != "requested":
        swap.decided_at = _near(dice, NOW) if dice.random() < 0.3 else asked_at
    if swap.state in ("settled", "failed"):
        swap.settled_at = _near(dice, NOW)
    session.add(swap)
    world.swaps.append(swap)


def _handover(session: Session, world: World, dice: random.Random) -> None:
    agent = dice.choice(world.agents)
    due_at = _moment(dice)
    free = [s for _, s in world.days if s.id not in {h.outgoing_shift_id for h in world.handovers}]
    row = Handover(
        team_id=agent.team_id, team=agent.team, work_on=local_day(due_at), post=dice.choice(("前台", "")),
        outgoing_shift_id=dice.choice(free).id if free else None, outgoing_id=agent.id, outgoing=agent, due_at=due_at,
        entries={}, rulebook_version="test",
    )  # fmt: skip
    for name in ("written_at", "signed_out_at", "signed_in_at", "refused_at", "reviewed_at"):
        if dice.random() < 0.75:
            setattr(row, name, _near(dice, due_at))
    session.add(row)
    world.handovers.append(row)


def _cover(session: Session, world: World, dice: random.Random, team: Team) -> None:
    """A desk that needs people from eight to ten: late, gone early, on leave, absent, on overtime, on a day off."""
    since = local_day(NOW) - timedelta(days=2)
    covering = Covering(team, dice.randint(1, 2), since)
    session.add(
        CoverageNeed(
            team_id=team.id, post="总台", starts_minute=480, ends_minute=600, required=covering.required, set_by="甲",
            set_at=datetime.combine(since, time(23), SHANGHAI),
        )
    )  # fmt: skip
    agents = [Agent(number=f"Z{team.id}{n}", name="前台", team_id=team.id, team=team) for n in range(2)]
    session.add_all(agents)
    session.flush()
    for agent in agents:
        for day in (since - timedelta(days=1), since, since + timedelta(days=1), since + timedelta(days=2)):
            begin, end = dice.choice((450, 480, 500)), dice.choice((540, 600, 630))
            came, left = begin + dice.choice((0, 0, 7)), end - dice.choice((0, 0, 11))
            state = dice.choice(("there", "there", "there", "absent", "leave", "off"))
            if state == "off":
                continue
            at = {
                minute: datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute)
                for minute in (begin, end, came, left, 600, 660)
            }
            session.add(
                Shift(agent_id=agent.id, work_on=day, code="day", starts_at=at[begin], ends_at=at[end], breaks=[], post="总台")
            )  # fmt: skip
            if state == "leave":
                session.add(
                    Leave(agent_id=agent.id, type="personal", filed_at=NOW, starts_at=at[begin], ends_at=at[end], status="approved")
                )  # fmt: skip
            if state != "there":
                continue
            is_extended = end < 600 and dice.random() < 0.5
            if is_extended:
                session.add(
                    Overtime(
                        agent_id=agent.id, work_on=day, starts_at=at[end], ends_at=at[600], requested_by="甲", requested_at=NOW,
                        required_role="manager", state="approved", clauses=[], steps=[], rulebook_version="test",
                    )
                )  # fmt: skip
            gone = 600 if is_extended else left
            session.add_all(
                Punch(agent_id=agent.id, at=at[minute], kind=kind, recorded_at=NOW)
                for minute, kind in ((came, "in"), (gone, "out"))
            )
            covering.present[day, agent] = [(came, gone)]
    world.cover.append(covering)


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


def _order(session: Session, world: World, dice: random.Random, n: int) -> None:
    """A work order with any of its times, in any order, and the deadlines the rules give it."""
    agent = dice.choice(world.agents)
    notified_at = _moment(dice)
    times: dict[str, Any] = dict.fromkeys(ORDER_TIMES)
    for name in ORDER_TIMES:
        if dice.random() < 0.5:
            times[name] = notified_at + timedelta(
                seconds=dice.choice((0, 300, 900, 901, 5000, 90000, 200000))
            )
    order = WorkOrder(
        number=f"WX{n}", team_id=agent.team_id, agent_id=agent.id, agent=agent, team=agent.team, summary="…",
        service_type=dice.choice(("有偿服务", "")), engineer=dice.choice(("王", "李", "")), notified_at=notified_at,
        notified_on=local_day(notified_at), is_charged=dice.random() < 0.5, unfinished_reason="", rulebook_version="test",
        **times,
    )  # fmt: skip
    order.finished_on = local_day(order.finished_at) if order.finished_at else None
    set_deadlines(order, load_rulebook(()))
    session.add(order)
    world.orders.append(order)


def _form(session: Session, world: World, dice: random.Random, n: int) -> None:
    agent = dice.choice(world.agents)
    answered_at = _moment(dice)
    session.flush()
    graded = dice.choice(world.orders) if world.orders and dice.random() < 0.6 else None
    for dimension in ("态度", "技术")[: dice.randint(1, 2)]:
        grade = dice.choice(("非常满意", "满意", "一般", "较差", "从前的等级"))
        response = SurveyResponse(
            number=f"DC{n}", dimension=dimension, grade=grade, points=GRADE_POINTS.get(grade), answered_at=answered_at,
            answered_on=local_day(answered_at), team_id=agent.team_id, agent_id=agent.id, agent=agent, team=agent.team,
            work_order_id=graded.id if graded else None, rulebook_version="test",
        )  # fmt: skip
        session.add(response)
        world.responses.append(response)


def _decisions(session: Session, world: World, dice: random.Random, case: Complaint) -> None:
    """What somebody asked for on a case, a report that may have passed a level, a penalty that may be replaced."""
    if dice.random() < 0.5:
        at = _moment(dice)
        request = Approval(
            complaint_id=case.id, kind=dice.choice(("compensation", "return_note")), reason="…", requested_by="甲",
            requested_at=at, requested_on=local_day(at), required_role=dice.choice(("manager", "top")),
            state="pending", clauses=[], steps=[], rulebook_version="test", decided_at=_later(dice, at),
        )  # fmt: skip
        if request.decided_at is not None:
            request.state = dice.choice(("approved", "rejected", "withdrawn"))
        session.add(request)
        world.requests.append((request, case))
    if dice.random() < 0.5:
        at = _moment(dice)
        due_at = at + timedelta(days=1) if dice.random() < 0.8 else None
        report = Escalation(
            complaint_id=case.id, team_id=case.team_id, reason=dice.choice(("surge", "other")), proposal="…",
            from_role="supervisor", to_role="executive", raised_by="甲", raised_at=at, raised_on=local_day(at),
            is_bypass=dice.random() < 0.7, skipped_roles=[], report_due_at=due_at, clauses=[], steps=[],
            rulebook_version="test",
            reported_at=dice.choice((None, due_at, at + timedelta(seconds=dice.randint(0, 2 * 86400)))),
        )  # fmt: skip
        session.add(report)
        world.reports.append((report, case))
    before: LedgerEntry | None = None
    for _ in range(dice.choice((0, 1, 1, 2))):
        at = _moment(dice)
        entry = LedgerEntry(
            complaint_id=case.id, reverses_id=before.id if before else None, trigger="t", subject_kind="department",
            subject=dice.choice(("物流部", "质量部")), kind=dice.choice(("money", "points")), amount=Decimal(200), cause="…",
            proposed_at=at, proposed_on=local_day(at), clauses=[], steps=[], rulebook_version="test",
            decided_at=_later(dice, at), state="proposed",
        )  # fmt: skip
        if entry.decided_at is not None:
            entry.state = dice.choice(("confirmed", "waived"))
        session.add(entry)
        session.flush()
        world.entries.append((entry, case))
        before = entry


def _finding(dice: random.Random) -> Finding:
    stake = dice.choice((5, 25, 60))
    return Finding(
        rule="r", kind=dice.choice(("banned", "missing")), category=dice.choice((CRITICAL, "closing")),
        verdict=dice.choice(("hit", "absent", "cannot_tell")), phase="any", quote="", clauses=[], severity="medium",
        points=stake, stake=stake, needs_review=True, steps=[],
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


def _shares(world: World, now: datetime, which: str) -> Iterator[Case]:
    for case in world.complaints:
        if case.received_at > now:
            continue
        known = {event.kind for event in case.events if event.at <= now}
        if (which == "upheld_share" and case.upheld == "open") or (
            which == "reopen_rate" and "closed" not in known
        ):
            continue
        counts = {
            "received": True,
            "upheld_share": case.upheld == "yes",
            "reopen_rate": "reopened" in known,
            "repeat_share": case.previous is not None,
        }[which]
        yield Case(case.received_on, case.team, case.agent, counts)


def _took(begun: datetime, done: datetime | None, now: datetime) -> float | None:
    """Hours until it was done, if it was by now."""
    if done is None or done > now:
        return None
    return (done.replace(microsecond=0) - begun.replace(microsecond=0)).total_seconds() / 3600


def _is_open(case: Complaint, now: datetime) -> bool:
    return case.closed_at is None or case.closed_at > now


def _times(world: World, now: datetime, which: str) -> Iterator[Case]:
    kinds = {
        "forward_hours": ("forwarded",),
        "first_feedback_hours": ("first_feedback", "final_feedback"),
        "final_feedback_hours": ("final_feedback",),
    }
    for case in world.complaints:
        if case.received_at > now:
            continue
        if which == "close_hours":
            done = case.closed_at
        else:
            done = min((e.at for e in case.events if e.kind in kinds[which]), default=None)
        hours = _took(case.received_at, done, now)
        if hours is not None or _is_open(case, now):
            yield Case(case.received_on, case.team, case.agent, hours is not None, hours=hours)


def _department_answers(world: World, now: datetime) -> Iterator[Case]:
    for case in world.complaints:
        for sent in case.assignments:
            if sent.sent_at > now:
                continue
            hours = _took(sent.sent_at, sent.returned_at, now)
            is_recalled = sent.recalled_at is not None and sent.recalled_at <= now
            if hours is not None or (_is_open(case, now) and not is_recalled):
                yield Case(case.received_on, case.team, case.agent, hours is not None, hours=hours)


def _surge_answers(world: World, now: datetime) -> Iterator[Case]:
    for alert, case in world.alerts:
        if alert.raised_at > now:
            continue
        hours = _took(alert.raised_at, alert.acknowledged_at, now)
        is_closed = alert.closed_at is not None and alert.closed_at <= now
        if hours is not None or not is_closed:
            yield Case(alert.started_on, case.team, case.agent, hours is not None, hours=hours)


def _surges_in_time(world: World, now: datetime) -> Iterator[Case]:
    for alert, case in world.alerts:
        due_at, taken_at = alert.acknowledge_due_at, alert.acknowledged_at
        is_taken = taken_at is not None and taken_at <= now
        if alert.raised_at > now or due_at is None or not (is_taken or due_at < now):
            continue
        yield Case(alert.started_on, case.team, case.agent, is_taken and taken_at <= due_at)  # type: ignore[operator]


def _approvals(world: World, now: datetime, which: str) -> Iterator[Case]:
    for row, case in world.requests:
        if row.requested_at > now:
            continue
        hours = _took(row.requested_at, row.decided_at, now)
        if which == "pending" and hours is None:
            yield Case(row.requested_on, case.team, case.agent, True)
        if which == "decision_hours" and (row.state != "withdrawn" or hours is None):
            yield Case(row.requested_on, case.team, case.agent, hours is not None, hours=hours)


def _told_in_time(world: World, now: datetime) -> Iterator[Case]:
    for row, case in world.reports:
        if row.raised_at > now or not row.is_bypass or row.report_due_at is None:
            continue
        is_told = row.reported_at is not None and row.reported_at <= now
        if is_told or row.report_due_at < now:
            in_time = is_told and row.reported_at <= row.report_due_at  # type: ignore[operator]
            yield Case(row.raised_on, case.team, case.agent, in_time)


def _undecided_penalties(world: World, now: datetime) -> Iterator[Case]:
    for row, case in world.entries:
        is_replaced = any(
            newer.reverses_id == row.id
            and newer.proposed_at <= now
            and not (newer.state == "waived" and newer.decided_at is not None and newer.decided_at <= now)
            for newer, _case in world.entries
        )
        if row.proposed_at <= now and not is_replaced:
            is_decided = row.decided_at is not None and row.decided_at <= now
            yield Case(row.proposed_on, case.team, case.agent, not is_decided)


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
        ended = not done and one.settled_at is not None and one.settled_at <= now
        if not done and not ended and one.due_at >= now:
            continue
        if (which == "connect_rate" and not tried) or (which == "satisfaction" and not done):
            continue
        counts = {
            "rate": done,
            "punctuality": done and one.completed_at is not None and one.completed_at <= one.due_at,
            "coverage": bool(tried),
            "connect_rate": any(a.outcome in ("connected", "refused") for a in tried),
            "settled": ended,
            "satisfaction": one.satisfaction == "satisfied",
        }[which]
        yield Case(one.due_on, one.team, one.agent, counts)


def _attendance(world: World, now: datetime, which: str) -> Iterator[Case]:
    with_leave = which in ("approved_extra_minutes", "unapproved_extra_minutes", "leave_share")
    for day, shift in world.days:
        if day.class_ in ("pending", "rest") or shift.ends_at > now:
            continue
        if day.class_ == "on_leave" and not with_leave:
            continue
        late, early = ("late", "late_and_early", "severe"), ("early", "late_and_early", "severe")
        counts: float = {
            "rate": day.class_ != "absent",
            "late_rate": day.class_ in late and day.late_minutes > 0,
            "early_rate": day.class_ in early and day.early_minutes > 0,
            "severe_rate": day.class_ == "severe",
            "absence": day.class_ == "absent",
            "missing_punch_rate": day.class_ == "missing_punch",
            "leave_share": day.class_ == "on_leave",
            "off_post_rate": bool(set(day.remarks) & set(REMARKS[:4])),
            "off_post_minutes": day.off_post_minutes,
            "approved_extra_minutes": min(day.extra_minutes, day.approved_extra_minutes),
            "unapproved_extra_minutes": max(day.extra_minutes - day.approved_extra_minutes, 0),
        }[which]
        yield Case(day.work_on, day.agent.team, day.agent, counts > 0, float(counts))


def _covered(world: World, now: datetime) -> Iterator[Case]:
    """Minute by minute: who of the desk was there."""
    for one in world.cover:
        day = one.since
        while day <= local_day(now):
            for minute in range(480, 600):
                if datetime.combine(day, time(), SHANGHAI) + timedelta(minutes=minute) >= now:
                    break
                there = {
                    agent.id
                    for (on, agent), spans in one.present.items()
                    if on == day and any(a <= minute < b for a, b in spans)
                }
                short = max(0, one.required - len(there))
                yield Case(day, one.team, None, short > 0, float(short), weight=one.required)
            day += timedelta(days=1)


def _swapped(world: World, now: datetime, which: str) -> Iterator[Case]:
    for swap in world.swaps:
        if swap.decided_at is None or swap.decided_at > now:
            continue
        owner = (swap.swap_on, swap.requester.team, swap.requester)
        if which == "swaps" and swap.state in ("approved", "settled", "failed"):
            yield Case(*owner, True)
        is_due = swap.swap_on <= local_day(now)
        if which == "paybacks_open" and swap.state in ("approved", "settled") and is_due:
            yield Case(*owner, swap.settled_at is None or swap.settled_at > now)


def _handed_over(world: World, now: datetime, which: str) -> Iterator[Case]:
    for row in world.handovers:
        if row.due_at > now:
            continue
        wanted = (
            [row.reviewed_at]
            if which == "reviewed_rate"
            else [row.written_at, row.signed_out_at, row.signed_in_at]
        )
        yield Case(row.work_on, row.team, row.outgoing, all(at is not None and at <= now for at in wanted))


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
        confirmed = [
            f for f in inspection.findings if f.decision == "confirmed"
        ]  # what a person found out too
        if (
            which in ("pass_rate", "average_score")
            and (flags or confirmed)
            and all(f.decision for f in flags)
        ):
            score = max(0.0, 100.0 - float(sum(f.stake for f in confirmed)))
            critical = any(f.kind == "banned" and f.category == CRITICAL for f in confirmed)
            yield Case(*owner, score >= 80 and not critical, score)


def _repairs(world: World, now: datetime, which: str) -> Iterator[Case]:
    """What the pure rules say of each order."""
    for order in world.orders:
        if order.notified_at > now:
            continue
        verdict = order_verdict(facts_of(order), load_rulebook(()), now)
        owner = (order.team, order.agent)
        if which == "on_time_rate" and verdict.arrival in ("on_time", "late", "overdue"):
            assert order.arrival_due_on is not None
            yield Case(order.arrival_due_on, *owner, verdict.arrival == "on_time")
        if which == "dispatched_same_day" and verdict.is_dispatched_in_time is not None:
            yield Case(order.notified_on, *owner, verdict.is_dispatched_in_time)
        if which == "price_confirmed" and verdict.has_begun and order.is_charged:
            yield Case(order.notified_on, *owner, verdict.price == "confirmed")
        if which == "signed" and verdict.is_signed is not None:
            assert order.finished_on is not None
            yield Case(order.finished_on, *owner, verdict.is_signed)


def _surveys(world: World, now: datetime, which: str) -> Iterator[Case]:
    known = [answer for answer in world.responses if answer.answered_at <= now]
    if which == "coverage":
        graded = {answer.work_order_id for answer in known}
        for order in world.orders:
            if order.finished_at is not None and order.finished_at <= now:
                assert order.finished_on is not None
                yield Case(order.finished_on, order.team, order.agent, order.id in graded)
    for answer in known:
        owner = (answer.answered_on, answer.team, answer.agent)
        if which == "poor_share":
            yield Case(*owner, answer.grade == "较差")
        if which == "mean_points" and answer.points is not None:
            yield Case(*owner, True, float(answer.points))


Slow = Callable[[World, datetime], Iterator[Case]]


def _bound(function: Callable[..., Iterator[Case]], argument: Any) -> Slow:
    return lambda world, now: function(world, now, argument)


SLOW: dict[str, Slow] = {
    "complaint.all_clocks_attainment": _bound(_clock_cases, ()),
    **{
        f"complaint.{clock}_attainment": _bound(_clock_cases, (clock,))
        for clock in NAMES["clock"]
    },
    **{
        f"complaint.{name}": _bound(_shares, name)
        for name in ("received", "upheld_share", "reopen_rate", "repeat_share")
    },
    **{
        f"complaint.{name}": _bound(_times, name)
        for name in ("forward_hours", "first_feedback_hours", "final_feedback_hours", "close_hours")
    },
    "complaint.department_answer_hours": _department_answers,
    "complaint.surge_acknowledge_hours": _surge_answers,
    "complaint.surge_acknowledge_attainment": _surges_in_time,
    **{f"approval.{name}": _bound(_approvals, name) for name in ("pending", "decision_hours")},
    "escalation.told_in_time": _told_in_time,
    "penalty.undecided_share": _undecided_penalties,
    "complaint.open_overdue": _open_overdue,
    **{
        f"callback.{name}": _bound(_callbacks, name)
        for name in ("rate", "punctuality", "coverage", "connect_rate", "satisfaction", "settled")
    },
    **{
        f"repair.{name}": _bound(_repairs, name)
        for name in ("on_time_rate", "dispatched_same_day", "price_confirmed", "signed")
    },
    **{f"survey.{name}": _bound(_surveys, name) for name in ("coverage", "mean_points", "poor_share")},
    **{
        f"attendance.{name}": _bound(_attendance, name)
        for name in (
            "rate", "late_rate", "severe_rate", "absence", "early_rate", "missing_punch_rate", "off_post_minutes",
            "off_post_rate", "approved_extra_minutes", "unapproved_extra_minutes", "leave_share",
        )
    },
    "attendance.coverage_gap": _covered,
    **{f"attendance.{name}": _bound(_swapped, name) for name in ("swaps", "paybacks_open")},
    **{f"handover.{name}": _bound(_handed_over, name) for name in ("complete_rate", "reviewed_rate")},
    **{
        f"quality.{name}": _bound(_quality, name)
        for name in (
            "inspected_share", "flagged_rate", "confirmed_rate", "courtesy_completion", "pass_rate", "average_score",
        )
    },
    **{
        f"quality.{name}": _bound(metric_samples.samples, name)
        for name in (
            "estimated_score", "machine_score", "human_score", "estimated_pass_rate", "reviewed_share", "rule_precision",
            "rule_recall",
        )
    },
    **{
        f"quality.dispute_{name}": _bound(metric_disputes.disputes, name)
        for name in ("filed", "open", "in_time", "accepted_rate")
    },
}  # fmt: skip
