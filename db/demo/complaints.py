"""Thirteen months of complaints with their events and clocks, and the cases that should catch the eye today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.courses import Course, play, received_for
from db.demo.people import Person
from db.demo.roster import Roster
from db.demo.stage import Stage, insert_rows, pick, poisson
from db.demo.words import CASES, SURGE_CATEGORY, SURGE_PRODUCT, SURGE_SUMMARIES, customer, subject_of
from db.models import Complaint, ComplaintClock, ComplaintEvent
from regulations.complaints import CaseEvent, CaseFacts, clocks

_PER_DAY = 3.75
_TEAM_SHARE = {"goods": 0.7, "property": 0.22, "hospital": 0.08}
# Spring festival is quiet; 618, the hot months and 双十一 are not.
_SEASON = (0.95, 0.78, 1.05, 0.95, 1.0, 1.2, 1.12, 1.05, 0.95, 0.95, 1.35, 1.1)
_WEEKDAY = (1.28, 1.1, 1.05, 1.0, 1.05, 0.82, 0.7)
_HOUR = {
    0: 0.3, 6: 0.3, 7: 1, 8: 5, 9: 10, 10: 12, 11: 9, 12: 5, 13: 6, 14: 9, 15: 10, 16: 9, 17: 7, 18: 5, 19: 5,
    20: 4, 21: 3, 22: 1.5, 23: 0.6,
}  # fmt: skip
_CHANNELS = {
    "phone": 62, "chat": 14, "email": 6, "visit": 6, "sms": 3, "letter": 1.5, "regulator": 1.5,
    "consumer_association": 2, "media": 0.5, "operator_forward": 3.5,
}  # fmt: skip
_SERIOUS_CHANNELS = ("regulator", "consumer_association", "media")
_BAD_MONTH_AGO = 4  # moving house and a new logistics partner: the month everybody remembers
_SURGE_CASES = 11
_RECENT_CASES = 150  # among which the case is looked for that a new form objects to


@dataclass(frozen=True)
class Draft:
    """A case before it is numbered. `previous` points into the drafts' own order of writing."""

    received_at: datetime
    team: str
    category: str
    course: Course
    channel: str = "phone"
    severity: str = "ordinary"
    product: str = ""
    summary: str = ""
    follows: bool = False


@dataclass(frozen=True)
class Solved:
    """A case that was answered: a callback is owed."""

    complaint_id: int
    number: str
    team: str
    agent_id: int
    at: datetime
    customer_name: str
    customer_phone: str
    summary: str


def fill_complaints(
    session: Session, stage: Stage, people: Sequence[Person], roster: Roster
) -> tuple[dict[str, int], list[Solved]]:
    """Complaints, events and clocks; how many of each, and the cases that were answered."""
    drafts = sorted([*_ordinary(stage), *_surge(stage), *_staged(stage)], key=lambda d: d.received_at)
    desk = _Desk(stage, people, roster)
    for draft in drafts:
        desk.take(draft)
    counts = {
        "complaints": insert_rows(session, Complaint, desk.cases),
        "complaint_events": insert_rows(session, ComplaintEvent, desk.events),
        "complaint_clocks": insert_rows(session, ComplaintClock, desk.clocks),
    }
    return counts, desk.solved


def _ordinary(stage: Stage) -> Iterator[Draft]:
    dice = stage.dice("complaints")
    for day in stage.days:
        mean = _PER_DAY * stage.scale * _SEASON[day.month - 1] * _WEEKDAY[day.weekday()]
        if stage.calendar.is_public_holiday(day):
            mean *= 0.55
        for _ in range(poisson(dice, mean)):
            hour = int(pick(dice, {str(h): w for h, w in _HOUR.items()})) + dice.random()
            received_at = stage.at(day, hour) + timedelta(seconds=dice.randint(0, 59))
            channel = pick(dice, _CHANNELS)
            is_serious = dice.random() < (0.5 if channel in _SERIOUS_CHANNELS else 0.02)
            team = pick(dice, _TEAM_SHARE)
            draft = Draft(
                received_at,
                team,
                pick(dice, {code: weight for code, (_, weight, _) in CASES[team].items()}),
                Course(_punctuality(stage, day), reopen=dice.random() < 0.025),
                channel,
                "serious" if is_serious else "ordinary",
                follows=dice.random() < 0.012,
            )
            if received_at <= stage.now:
                yield draft


def _punctuality(stage: Stage, day: date) -> float:
    if stage.months_ago(day) == _BAD_MONTH_AGO:
        return 0.8
    return 0.9 + 0.06 * stage.age(day)


def _surge(stage: Stage) -> Iterator[Draft]:
    """One kind of complaint, many times within the hour, about ninety minutes ago."""
    dice = stage.dice("surge")
    for i in range(_SURGE_CASES):
        received_at = stage.now - timedelta(minutes=104 - i * 3.3 - dice.random())
        course = Course(1.0, "forwarded" if i % 3 else "acknowledged")
        summary = SURGE_SUMMARIES[i % len(SURGE_SUMMARIES)]
        channel = "phone" if i % 4 else "chat"
        yield Draft(
            received_at.replace(microsecond=0), "goods", SURGE_CATEGORY, course, channel, product=SURGE_PRODUCT,
            summary=summary,
        )  # fmt: skip


def _staged(stage: Stage) -> Iterator[Draft]:
    """Open cases placed around `now`: overdue, due within the hour, today, tomorrow; serious, reopened."""
    dice = stage.dice("staged")
    now, minute = stage.now, timedelta(minutes=1)
    midnight = stage.at(stage.today, 24)

    def lately() -> Iterator[datetime]:
        return (
            now.replace(second=dice.randint(0, 59), microsecond=0) - minute * 3 * i for i in range(1, 600)
        )

    def days_back(hour: float) -> Iterator[datetime]:
        return (stage.at(stage.today - timedelta(days=i), hour) for i in range(30))

    def staged(received_at: datetime | None, category: str, stop: str, **more: Any) -> Iterator[Draft]:
        if received_at is not None:
            skip = more.pop("skip", frozenset())
            yield Draft(received_at, more.pop("team", "goods"), category, Course(1.0, stop, skip), **more)

    # Not yet forwarded: overdue for hours and for minutes, and due within the hour.
    for low, high, category in ((-260, -150, "delivery"), (-50, -20, "quality")):
        yield from staged(
            received_for(stage, "forward", lately(), now + low * minute, now + high * minute),
            category,
            "forwarded",
        )
    for low, high, team, category in (
        (6, 18, "goods", "installation"), (22, 36, "property", "property"), (40, 57, "goods", "refund"),
    ):  # fmt: skip
        received_at = received_for(stage, "forward", lately(), now + low * minute, now + high * minute)
        yield from staged(received_at, category, "forwarded", team=team)
    # Final answer overdue by days; the longest a serious one.
    for newest, oldest, category, severity in (
        (1, 3, "refund", "ordinary"), (4, 6, "installation", "ordinary"), (8, 12, "quality", "serious"),
    ):  # fmt: skip
        latest, earliest = midnight - timedelta(days=newest), midnight - timedelta(days=oldest)
        received_at = received_for(stage, "final_feedback", days_back(dice.uniform(9, 17)), earliest, latest)
        yield from staged(received_at, category, "final_feedback", severity=severity)
    # First feedback: overdue since yesterday, due today, due tomorrow.
    for first_day, category, team in (
        (-1, "quality", "goods"), (0, "delivery", "goods"), (0, "property", "property"), (1, "refund", "goods"),
        (1, "service", "hospital"),
    ):  # fmt: skip
        latest = midnight + timedelta(days=first_day)
        received_at = received_for(
            stage, "first_feedback", days_back(dice.uniform(0.1, 20)), latest - timedelta(hours=23), latest
        )
        yield from staged(received_at, category, "first_feedback", team=team)
    # Final answer due today or on the next working day, and one whose customer has heard nothing for days.
    for ahead in (0, 1):
        latest = midnight + timedelta(days=ahead)
        received_at = received_for(
            stage, "final_feedback", days_back(dice.uniform(9, 17)), latest - timedelta(hours=23), latest
        )
        yield from staged(received_at, "installation", "final_feedback")
    silent = stage.at(stage.today - timedelta(days=6), dice.uniform(9, 17))
    yield from staged(
        silent, "property", "final_feedback", team="property", skip=frozenset({"progress_contact"})
    )
    # Serious and open; reopened and open again.
    serious = stage.at(stage.today - timedelta(days=2), dice.uniform(9, 17))
    yield from staged(serious, "quality", "final_feedback", severity="serious", channel="regulator")
    for days, hours in ((9, 5), (13, 20)):
        received_at = stage.at(stage.today - timedelta(days=days), dice.uniform(9, 17))
        course = Course(reopened_at=now - timedelta(hours=hours, minutes=dice.randint(0, 59)))
        yield Draft(received_at, "goods", "refund", course)


class _Desk:
    """Numbers the drafts in the order of receipt and plays each one."""

    def __init__(self, stage: Stage, people: Sequence[Person], roster: Roster) -> None:
        self.stage, self.people, self.roster = stage, people, roster
        self.dice = stage.dice("cases")
        self.team_of = {p.id: p.team for p in people}
        self.names = {p.id: p.name for p in people}
        self.team_ids = {p.team: p.team_id for p in people}
        self.cases: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.clocks: list[dict[str, Any]] = []
        self.solved: list[Solved] = []
        self._of_day: dict[date, int] = {}

    def take(self, draft: Draft) -> None:
        """One case with its events and clocks."""
        stage, dice = self.stage, self.dice
        received_on = stage.day_of(draft.received_at)
        self._of_day[received_on] = ordinal = self._of_day.get(received_on, 0) + 1
        department, _, summaries = CASES[draft.team][draft.category]
        product = draft.product or subject_of(draft.team, draft.category, dice)
        summary = draft.summary or dice.choice(summaries).format(p=product)
        name, phone = customer(dice)
        previous = self._previous(draft) if draft.follows else None
        if previous is not None:
            name, phone, product = previous["customer_name"], previous["customer_phone"], previous["product"]
            summary = f"对 {previous['number']} 的处理结果不认可：{previous['summary']}"
        agent_id = self._at_the_desk(draft)
        history = play(stage, dice, draft.received_at, draft.channel, draft.severity, draft.course)
        case = {
            "id": len(self.cases) + 1,
            "number": f"TS{received_on:%Y%m%d}-{ordinal:03d}",
            "received_at": draft.received_at,
            "received_on": received_on,
            "channel": draft.channel,
            "kind": "一般投诉",
            "category": draft.category,
            "product": product,
            "severity": draft.severity,
            "summary": summary,
            "customer_name": name,
            "customer_phone": phone,
            "department": department,
            "team_id": self.team_ids[draft.team],
            "agent_id": agent_id,
            "status": "open",
            "closed_at": None,
            "previous_id": previous["id"] if previous else None,
            "rulebook_version": stage.book.version,
            "row_version": 1,
        }
        self.cases.append(case)
        self._write_events(case, history)
        self._write_clocks(case, history)
        self._settle(case, draft, history)

    def _at_the_desk(self, draft: Draft) -> int:
        on_duty: list[int] = [
            shift["agent_id"]
            for shift in self.roster.by_day.get(self.stage.day_of(draft.received_at), ())
            if self.team_of[shift["agent_id"]] == draft.team
            and shift["starts_at"] <= draft.received_at < shift["ends_at"]
        ]
        team = [p.id for p in self.people if p.team == draft.team]
        return self.dice.choice(on_duty or team)

    def _previous(self, draft: Draft) -> dict[str, Any] | None:
        """A case of the same team closed in the weeks before: the new form is linked to it (C4.25)."""
        for case in reversed(self.cases[-_RECENT_CASES:]):
            is_closed = case["closed_at"] is not None and case["closed_at"] < draft.received_at
            if is_closed and case["previous_id"] is None and case["team_id"] == self.team_ids[draft.team]:
                found: dict[str, Any] = case
                return found
        return None

    def _write_events(self, case: dict[str, Any], history: Sequence[CaseEvent]) -> None:
        whole = [CaseEvent("received", case["received_at"]), *history]
        for event in whole:
            by_department = event.kind in ("acknowledged", "investigated", "verified")
            self.events.append(
                {
                    "id": len(self.events) + 1,
                    "complaint_id": case["id"],
                    "at": event.at,
                    "recorded_at": event.at,
                    "kind": event.kind,
                    "actor": case["department"] if by_department else self.names[case["agent_id"]],
                    "department": case["department"] if by_department or event.kind == "forwarded" else "",
                    "note": _NOTES.get(event.kind, ""),
                }
            )

    def _write_clocks(self, case: dict[str, Any], history: Sequence[CaseEvent]) -> None:
        stage = self.stage
        facts = CaseFacts(
            case["received_at"], case["channel"], case["kind"], case["severity"], tuple(history)
        )
        for clock in clocks(facts, stage.book, stage.now):
            if clock.due_at is None:
                continue
            is_breached = clock.state == "breached"
            self.clocks.append(
                {
                    "id": len(self.clocks) + 1,
                    "complaint_id": case["id"],
                    "clock": clock.clock,
                    "ordinal": clock.ordinal,
                    "started_at": clock.started_at,
                    "due_at": clock.due_at,
                    "due_on": stage.day_of(clock.due_at),
                    "warn_at": clock.warn_at,
                    "met_at": clock.met_at,
                    "breach_recorded_at": min(stage.now, clock.due_at + timedelta(minutes=5))
                    if is_breached
                    else None,
                    "state": clock.state,
                    "clauses": list(clock.clauses),
                    "steps": [step.as_record() for step in clock.steps],
                    "limit": clock.limit.as_json() if clock.limit is not None else {},
                    "is_provisional": clock.is_provisional,
                    "rulebook_version": stage.book.version,
                }
            )

    def _settle(self, case: dict[str, Any], draft: Draft, history: Sequence[CaseEvent]) -> None:
        for event in history:
            if event.kind == "final_feedback":
                case["status"] = "answered"
                self.solved.append(
                    Solved(
                        case["id"], case["number"], draft.team, case["agent_id"], event.at, case["customer_name"],
                        case["customer_phone"], case["summary"],
                    )
                )  # fmt: skip
            elif event.kind == "closed":
                case["status"], case["closed_at"] = "closed", event.at
            elif event.kind == "reopened":
                case["status"], case["closed_at"] = "open", None


_NOTES = {
    "forwarded": "已送达用户投诉通知单",
    "acknowledged": "责任部门已签收",
    "first_feedback": "已告知客户处理部门与预计答复时间",
    "progress_contact": "已向客户说明当前进展",
    "investigated": "原因已查明，提出处理意见",
    "final_feedback": "已将处理结果告知客户",
    "reopened": "客户对处理结果不认可，重新受理",
}
