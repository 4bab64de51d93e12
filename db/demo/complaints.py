"""Complaints taken in as rows, with their events and with the clocks that the rules give them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.arrivals import Draft, arrivals
from db.demo.courses import play
from db.demo.departments import Setting, Work, more_facts, work_on
from db.demo.people import Person
from db.demo.roster import Roster
from db.demo.stage import Stage, insert_rows
from db.demo.words import CASES, customer, subject_of
from db.models import Complaint, ComplaintClock, ComplaintEvent, DepartmentAssignment
from regulations.complaints import CaseEvent, CaseFacts, clocks
from regulations.departments import assignments_of

NUMBER_PREFIX = "TS"
_RECENT_CASES = 150  # among which the case is looked for that a new form objects to


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
    desk = _Desk(stage, people, roster)
    for draft in arrivals(stage):
        desk.take(draft)
    counts = {
        "complaints": insert_rows(session, Complaint, desk.cases),
        "complaint_events": insert_rows(session, ComplaintEvent, desk.events),
        "complaint_clocks": insert_rows(session, ComplaintClock, desk.clocks),
        "department_assignments": insert_rows(session, DepartmentAssignment, desk.assignments),
    }
    return counts, desk.solved


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
        self.assignments: list[dict[str, Any]] = []
        self.more_dice, self.fact_dice = stage.dice("departments"), stage.dice("facts")
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
        team = [p for p in self.people if p.team == draft.team]
        facts = more_facts(self.fact_dice, draft.team, draft.category, draft.channel, team)
        if previous is not None:
            facts["order_ref"] = previous["order_ref"]
        others = sorted({one for one, _, _ in CASES[draft.team].values()} - {department})
        setting = Setting(
            department, others, draft.category, draft.severity, next(p for p in team if p.id == agent_id), team,
            is_plain=draft.is_staged,
        )  # fmt: skip
        work = work_on(stage, self.more_dice, history, setting)
        case = {
            "id": len(self.cases) + 1,
            "number": f"{NUMBER_PREFIX}-{received_on:%Y%m%d}-{ordinal:03d}",
            "received_at": draft.received_at,
            "received_on": received_on,
            "channel": draft.channel,
            "kind": "一般投诉",
            "category": draft.category,
            "product": product,
            "category_at_receipt": draft.category,
            "severity": work.severity,
            "severity_at_receipt": draft.severity,
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
            "handler_id": work.handler_id,
            "upheld": work.upheld,
            "is_incident": work.is_incident,
            **facts,
        }
        self.cases.append(case)
        self._write_events(case, work)
        self._write_assignments(case, work)
        self._write_clocks(case, work)
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

    def _write_events(self, case: dict[str, Any], work: Work) -> None:
        received = {"kind": "received", "at": case["received_at"], "actor": self.names[case["agent_id"]]}
        for event in ({**_NO_FACTS, **received}, *(vars(event) for event in work.events)):
            self.events.append(
                {
                    **event,
                    "id": len(self.events) + 1,
                    "complaint_id": case["id"],
                    "recorded_at": event["at"],
                }
            )

    def _write_assignments(self, case: dict[str, Any], work: Work) -> None:
        for stay in assignments_of(work.events):
            findings, measures = work.words.get(stay.department, ("", "")) if stay.returned_at else ("", "")
            self.assignments.append(
                {
                    "id": len(self.assignments) + 1,
                    "complaint_id": case["id"],
                    "department": stay.department,
                    "sent_at": stay.sent_at,
                    "answer_due_on": stay.answer_due_on,
                    "signed_at": stay.signed_at,
                    "signed_by": stay.signed_by,
                    "returned_at": stay.returned_at,
                    "cause": stay.cause,
                    "findings": findings,
                    "measures": measures,
                    "rectify_due_on": stay.rectify_due_on,
                    "rectified_at": stay.rectified_at,
                    "verified_at": stay.verified_at,
                    "verified_by": self.names[case["agent_id"]] if stay.verified_at else "",
                    "is_sufficient": stay.is_sufficient,
                    "recalled_at": stay.recalled_at,
                }
            )

    def _write_clocks(self, case: dict[str, Any], work: Work) -> None:
        stage = self.stage
        facts = CaseFacts(
            received_at=case["received_at"],
            channel=case["channel"],
            kind=case["kind"],
            severity=case["severity_at_receipt"],
            events=tuple(event.fact() for event in work.events),
            is_incident=case["is_incident"],
            category=case["category_at_receipt"],
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
                    "department": clock.department,
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


_NO_FACTS = {"department": "", "value": "", "due_on": None, "note": ""}
