"""Complaints from a file, with their events; the clocks follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from db.complaints import NUMBER_PREFIX
from db.import_cases import CaseChange, KeptCase, NewCase, NewEvent, change_cases, insert_cases, kept_cases
from db.import_columns import EVENT_FIELDS
from db.import_lookups import Numbers, same_moment
from db.import_rows import BadCell, Job, Progress, Row, each
from db.models import Agent, Complaint
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
_CHANGED_BY = {
    "severity": "severity_changed",
    "category": "kind_changed",
    "kind": "kind_changed",
    "department": "forwarded",
    "is_incident": "incident",
}  # what the case's own events say of these outweighs a file that tells of the receipt
_CATEGORIES = {
    spelling.casefold(): code
    for code, names in NAMES["complaint_category"].items()
    for spelling in (code, *names)
}


class ComplaintWriter:
    """Keyed by the case number; a file without numbers by time of receipt, person and content."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.numbers = Numbers(job, Complaint.number, NUMBER_PREFIX)
        self.kept: dict[object, KeptCase] = {}
        self.new: list[NewCase] = []
        self.changed: list[CaseChange] = []
        self.copied = [name for name in _COPIED if name in job.header.titles]
        self.events = [(name, kind) for name, kind in EVENT_FIELDS.items() if name in job.header.titles]
        self.allowed = {
            name: frozenset(job.book.items(key) or ())
            for name, key in _ALLOWED.items()
            if name in job.header.titles
        }
        kinds = job.book.items("complaint.kinds")
        # Rows inserted together need the same columns, also those that some of them leave empty.
        self.defaults = {
            **dict.fromkeys(_COPIED, ""),
            "kind": kinds[0] if kinds else "",
            "severity": "ordinary",
            "is_incident": False,
        }

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the cases that are there and take each row."""
        job = self.job
        self.kept, self.new, self.changed = {}, [], []
        instants = [row.get("received_at") for row in rows if not row.get("number")]
        for case in chain(
            kept_cases(job, Complaint.number, [row.get("number") for row in rows]),
            kept_cases(job, Complaint.received_at, instants),
        ):
            values = case.values
            content = (values["received_at"], values["agent_id"], values["summary"])
            self.kept[values["number"]] = self.kept[content] = case
        each(job, rows, self._take)
        job.session.flush()
        insert_cases(job, self.new)
        change_cases(job, self.changed)

    def finish(self, on_progress: Progress | None = None) -> None:
        """Nothing: clocks were set with each case."""

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
        if kept is not None and not job.scope.sees_team(kept.values["team_id"]):
            raise BadCell(
                "number", "该编号属于其他班组的投诉。", "the number belongs to a case of another team"
            )
        events = self._events_of(row, received_at)
        values = {name: value for name in self.copied if (value := row.get(name)) is not None}
        if kept is None:
            self._add(row, received_at, agent, values, events)
        else:
            self._follow(kept, row, received_at, agent, values, events)

    def _check_codes(self, row: Row) -> None:
        for name, allowed in self.allowed.items():
            value = row.get(name)
            if value is not None and value not in allowed:
                known = self.job.book.items(_ALLOWED[name]) or ()
                zh, en = "、".join(known) or "无", ", ".join(known) or "none"
                raise BadCell(
                    name,
                    f"现行规则没有此项；可用：{zh}。",
                    f"the rulebook in force does not have it; there are: {en}",
                )
        code = _CATEGORIES.get(row.get("category", "").casefold())
        if code is not None:
            row.values["category"] = code

    def _events_of(self, row: Row, received_at: datetime) -> list[NewEvent]:
        """Each event that the row tells of."""
        events = []
        for name, kind in self.events:
            at = row.get(name)
            if at is None:
                continue
            self.job.not_in_future(name, at)
            if at < received_at:
                raise BadCell(name, "早于受理时间。", "is before the complaint was received")
            events.append(self._named(row, name, kind, at))
        if row.get("reopened_at") is not None and row.get("closed_at") is None:
            raise BadCell(
                "reopened_at", "没有结案时间，不能重新受理。", "reopened without having been closed"
            )
        return events

    def _named(self, row: Row, name: str, kind: str, at: datetime) -> NewEvent:
        """The event with what only a department's events carry: whose it is, its date, the cause it found."""
        if kind not in DEPARTMENT_EVENTS:
            return NewEvent(kind, at, field=name)
        department = row.get("department", "")
        if not department and kind != "forwarded":
            raise BadCell(
                "department",
                "没有责任部门，无法记录部门的处理。",
                "names no department for what a department did",
            )
        due_on = {"forwarded": row.get("answer_due_on"), "returned": row.get("rectify_due_on")}.get(kind)
        value = row.get("cause", "") if kind == "returned" else ""
        return NewEvent(kind, at, department, value, due_on, field=name)

    def _add(
        self,
        row: Row,
        received_at: datetime,
        agent: Agent,
        values: dict[str, Any],
        events: list[NewEvent],
    ) -> None:
        job, number = self.job, row.get("number", "")
        received_on = job.calendar.day_of(received_at)
        case = {
            "number": number or self.numbers.new(received_on),
            "received_at": received_at,
            "received_on": received_on,
            "agent_id": agent.id,
            "team_id": agent.team_id,
            "rulebook_version": job.book.version,
            **self.defaults,
            **values,
        }
        self.new.append(NewCase(case, [NewEvent("received", received_at), *events]))
        job.took(row, "new", at=received_at)

    def _follow(
        self,
        kept: KeptCase,
        row: Row,
        received_at: datetime,
        agent: Agent,
        values: dict[str, Any],
        events: list[NewEvent],
    ) -> None:
        job = self.job
        if not same_moment(kept.values["received_at"], received_at):
            raise BadCell(
                "received_at",
                "与已有记录的受理时间不同；期限已据此设定，不能改写。",
                "differs from the time of receipt on record, from which the deadlines were set",
            )
        new_events = []
        for event in events:
            known = kept.events.get(event.kind, ())
            if any(same_moment(there, event.at) for there in known):
                continue
            if known and event.kind not in MANY_TIMES:
                raise BadCell(
                    event.field,
                    "与已有记录的时间不同；事件不能改写，请在案件页补记。",
                    "differs from the event on record; events are not rewritten: record it on the case's page",
                )
            new_events.append(event)
        stated = {name: value for name, value in values.items() if _CHANGED_BY.get(name) not in kept.events}
        wanted = {**stated, "agent_id": agent.id, "team_id": agent.team_id}
        changes = {n: (kept.values[n], value) for n, value in wanted.items() if kept.values[n] != value}
        if not changes and not new_events:
            job.took(row, "unchanged")
            return
        self.changed.append(CaseChange(kept.id, {n: after for n, (_, after) in changes.items()}, new_events))
        kept.values |= wanted
        for event in new_events:
            kept.events.setdefault(event.kind, []).append(event.at)
        told = {**changes, **{event.field: (None, event.at) for event in new_events}}
        job.log_change("complaint", kept.id, told)
        job.took(row, "changed", told, kept.values["received_at"])
