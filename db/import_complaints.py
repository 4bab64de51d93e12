"""Complaints from a file, with their events; the clocks follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from db.assignments import follow_events
from db.clocks import set_clocks
from db.complaints import NUMBER_PREFIX, status_after
from db.import_cases import NewCase, NewEvent, insert_cases
from db.import_columns import EVENT_FIELDS, FIELDS
from db.import_rows import BadCell, Job, Row, differences, each
from db.models import Complaint, ComplaintEvent
from db.numbering import next_number
from regulations.departments import DEPARTMENT_EVENTS
from regulations.names import NAMES

_COPIED = (
    "channel", "kind", "category", "product", "severity", "summary", "customer_name", "customer_phone", "department",
    "customer_demand", "order_ref", "document_ref", "source_operator", "cause_class", "is_incident",
)  # fmt: skip
_ALLOWED = {
    "channel": "complaint.channels",
    "kind": "complaint.kinds",
    "severity": "complaint.severity_levels",
    "cause_class": "complaint.cause_classes",
}
MANY_TIMES = {
    "progress_contact",
    "reopened",
    "waiting_customer",
    "resumed",
}  # events that a case may have more than once
_LONGEST = {field.name: field.longest for field in FIELDS["complaints"]}


class ComplaintWriter:
    """Keyed by the case number; a file without numbers by time of receipt, person and content."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.next_of_day: dict[date, int] = {}
        self.kept: dict[object, Complaint] = {}
        self.new: list[NewCase] = []
        kinds = job.book.items("complaint.kinds")
        # Rows inserted together need the same columns, also those that some of them leave empty.
        self.allowed = {name: job.book.items(key) or () for name, key in _ALLOWED.items()}
        self.defaults = {
            **dict.fromkeys(_COPIED, ""),
            "kind": kinds[0] if kinds else "",
            "severity": "ordinary",
            "is_incident": False,
        }

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the cases that are there and take each row."""
        self._fetch(rows)
        with self.job.session.no_autoflush:
            each(self.job, rows, self._take)
        self.job.session.flush()
        insert_cases(self.job, self.new)
        self.new = []

    def finish(self) -> None:
        """Nothing: clocks were set with each case."""

    def _fetch(self, rows: Sequence[Row]) -> None:
        numbers = [row.get("number") for row in rows if row.get("number")]
        instants = [row.get("received_at") for row in rows if not row.get("number")]
        found = self.job.session.scalars(
            select(Complaint)
            .options(selectinload(Complaint.events))  # the rest only of those that change
            .where(or_(Complaint.number.in_(numbers), Complaint.received_at.in_(instants)))
        )
        self.kept = {}
        for complaint in found:
            self.kept[complaint.number] = complaint
            self.kept[(complaint.received_at, complaint.agent_id, complaint.summary)] = complaint

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        received_at: datetime = row.get("received_at")
        job.not_in_future("received_at", received_at)
        self._check_codes(row)
        number = row.get("number", "")
        key: object = number or (received_at, agent.id, row.get("summary"))
        if key in self.seen:
            first = self.seen[key]
            name = "number" if number else "summary"
            raise BadCell(name, f"与第 {first} 行重复。", f"the same case as in row {first}")
        self.seen[key] = row.number
        kept = self.kept.get(key)
        if kept is not None and not job.scope.sees_team(kept.team_id):
            raise BadCell(
                "number", "该编号属于其他班组的投诉。", "the number belongs to a case of another team"
            )
        events = self._events_of(row, received_at)
        values = {name: row.get(name) for name in _COPIED if row.get(name) is not None}
        if kept is None:
            self._add(row, received_at, agent, values, events)
        else:
            self._follow(kept, row, received_at, agent, values, events)

    def _check_codes(self, row: Row) -> None:
        for name, allowed in self.allowed.items():
            value = row.get(name)
            if value is not None and value not in allowed:
                zh, en = "、".join(allowed) or "无", ", ".join(allowed) or "none"
                raise BadCell(
                    name,
                    f"现行规则没有此项;可用:{zh}。",
                    f"the rulebook in force does not have it; there are: {en}",
                )
        wanted = row.get("category", "")
        for code, (zh, en) in NAMES["complaint_category"].items():
            if wanted.casefold() in (code, zh, en.casefold()):
                row.values["category"] = code

    def _events_of(self, row: Row, received_at: datetime) -> list[NewEvent]:
        """Each event that the row tells of."""
        events = []
        for name, kind in EVENT_FIELDS.items():
            at = row.get(name)
            if at is None:
                continue
            self.job.not_in_future(name, at)
            if at < received_at:
                raise BadCell(name, "早于受理时间。", "is before the complaint was received")
            events.append(self._named(row, name, kind, at))
        kinds = {event.kind for event in events}
        if "reopened" in kinds and "closed" not in kinds:
            raise BadCell("reopened_at", "没有结案时间,不能重新受理。", "reopened without having been closed")
        return events

    def _named(self, row: Row, name: str, kind: str, at: datetime) -> NewEvent:
        """The event with what only a department's events carry: whose it is, its date, the cause it found."""
        if kind not in DEPARTMENT_EVENTS:
            return NewEvent(kind, at, name)
        department = row.get("department", "")
        if not department and kind != "forwarded":
            raise BadCell(
                "department",
                "没有责任部门,无法记录部门的处理。",
                "names no department for what a department did",
            )
        due_on = {"forwarded": row.get("answer_due_on"), "returned": row.get("rectify_due_on")}.get(kind)
        value = row.get("cause", "") if kind == "returned" else ""
        return NewEvent(kind, at, name, department, value, due_on)

    def _add(
        self,
        row: Row,
        received_at: datetime,
        agent: Any,
        values: dict[str, Any],
        events: list[NewEvent],
    ) -> None:
        job, number = self.job, row.get("number", "")
        received_on = job.calendar.day_of(received_at)
        case = {
            "number": number or self._new_number(received_on),
            "received_at": received_at,
            "received_on": received_on,
            "agent_id": agent.id,
            "team_id": agent.team_id,
            "rulebook_version": job.book.version,
            **self.defaults,
            **values,
        }
        self.new.append(NewCase(case, [NewEvent("received", received_at), *events]))
        job.took(row, "new")

    def _follow(
        self,
        kept: Complaint,
        row: Row,
        received_at: datetime,
        agent: Any,
        values: dict[str, Any],
        events: list[NewEvent],
    ) -> None:
        job = self.job
        if not same_moment(kept.received_at, received_at):
            raise BadCell(
                "received_at",
                "与已有记录的受理时间不同;期限已据此设定,不能改写。",
                "differs from the time of receipt on record, from which the deadlines were set",
            )
        new_events = []
        for event in events:
            known = [there.at for there in kept.events if there.kind == event.kind]
            if any(same_moment(there, event.at) for there in known):
                continue
            if known and event.kind not in MANY_TIMES:
                raise BadCell(
                    event.field,
                    "与已有记录的时间不同;事件不能改写,请在案件页补记。",
                    "differs from the event on record; events are not rewritten: record it on the case's page",
                )
            new_events.append(event)
        changes = differences(kept, {**values, "agent_id": agent.id, "team_id": agent.team_id})
        if not changes and not new_events:
            job.took(row, "unchanged")
            return
        for name, (_, after) in changes.items():
            setattr(kept, name, after)
        kept.events += [self._event(event) for event in new_events]
        self._settle(kept)
        told = {**changes, **{event.field: ("", self._shown(event.at)) for event in new_events}}
        job.log_change("complaint", kept.id, told)
        job.took(row, "changed", told)

    def _event(self, event: NewEvent) -> ComplaintEvent:
        return ComplaintEvent(
            kind=event.kind,
            at=event.at,
            recorded_at=self.job.now,
            actor=self.job.scope.actor,
            department=event.department,
            value=event.value,
            due_on=event.due_on,
            note="",
        )

    def _shown(self, at: datetime) -> str:
        return f"{at.astimezone(self.job.zone):%Y-%m-%d %H:%M}"

    def _settle(self, complaint: Complaint) -> None:
        complaint.status, complaint.closed_at = status_after(complaint.events)
        follow_events(complaint)
        set_clocks(self.job.session, complaint, self.job.book, self.job.now)

    def _new_number(self, on: date) -> str:
        if on not in self.next_of_day:
            first = next_number(self.job.session, Complaint.number, NUMBER_PREFIX, on)
            self.next_of_day[on] = int(first.rpartition("-")[2])
        number = self.next_of_day[on]
        self.next_of_day[on] += 1
        return f"{NUMBER_PREFIX}-{on:%Y%m%d}-{number:03d}"


def same_moment(kept: datetime, written: datetime) -> bool:
    """Whether what is written means what is kept: sheets often show minutes only."""
    if written.second == 0:
        return kept.replace(second=0, microsecond=0) == written
    return abs(kept - written) < timedelta(seconds=1)
