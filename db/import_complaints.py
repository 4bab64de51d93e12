"""Complaints from a file, with their events; the clocks follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from db.clocks import set_clocks
from db.complaints import NUMBER_PREFIX, status_after
from db.import_columns import EVENT_FIELDS, FIELDS
from db.import_rows import BadCell, Job, Row, differences, each
from db.models import Complaint, ComplaintEvent
from db.numbering import next_number
from regulations.names import NAMES

_COPIED = ("channel", "kind", "category", "product", "severity", "summary", "customer_name", "customer_phone", "department")  # fmt: skip
MANY_TIMES = {"progress_contact", "reopened"}  # events that a case may have more than once
_LONGEST = {field.name: field.longest for field in FIELDS["complaints"]}


class ComplaintWriter:
    """Keyed by the case number; a file without numbers by time of receipt, person and content."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.next_of_day: dict[date, int] = {}
        self.kept: dict[object, Complaint] = {}
        kinds = job.book.items("complaint.kinds")
        self.first_kind = kinds[0] if kinds else ""

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the cases that are there and take each row."""
        self._fetch(rows)
        with self.job.session.no_autoflush:
            each(self.job, rows, self._take)
        self.job.session.flush()

    def finish(self) -> None:
        """Nothing: clocks were set with each case."""

    def _fetch(self, rows: Sequence[Row]) -> None:
        numbers = [row.get("number") for row in rows if row.get("number")]
        instants = [row.get("received_at") for row in rows if not row.get("number")]
        found = self.job.session.scalars(
            select(Complaint)
            .options(selectinload(Complaint.events), selectinload(Complaint.clocks))
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
            self._add(number, received_at, agent, values, events)
        else:
            self._follow(kept, row, received_at, agent, values, events)

    def _check_codes(self, row: Row) -> None:
        for name, key in (("channel", "complaint.channels"), ("severity", "complaint.severity_levels")):
            value, allowed = row.get(name), self.job.book.items(key) or ()
            if value is not None and value not in allowed:
                raise BadCell(name, "现行规则没有此项。", "the rulebook in force does not have it")
        wanted = row.get("category", "")
        for code, (zh, en) in NAMES["complaint_category"].items():
            if wanted.casefold() in (code, zh, en.casefold()):
                row.values["category"] = code

    def _events_of(self, row: Row, received_at: datetime) -> list[tuple[str, str, datetime]]:
        """Field, kind and instant of each event the row tells of."""
        events = []
        for name, kind in EVENT_FIELDS.items():
            at = row.get(name)
            if at is None:
                continue
            self.job.not_in_future(name, at)
            if at < received_at:
                raise BadCell(name, "早于受理时间。", "is before the complaint was received")
            events.append((name, kind, at))
        if any(kind == "reopened" for _, kind, _ in events) and not any(
            kind == "closed" for _, kind, _ in events
        ):
            raise BadCell("reopened_at", "没有结案时间,不能重新受理。", "reopened without having been closed")
        return events

    def _add(
        self,
        number: str,
        received_at: datetime,
        agent: Any,
        values: dict[str, Any],
        events: list[tuple[str, str, datetime]],
    ) -> None:
        job = self.job
        received_on = job.calendar.day_of(received_at)
        complaint = Complaint(
            number=number or self._new_number(received_on),
            received_at=received_at,
            received_on=received_on,
            agent_id=agent.id,
            team_id=agent.team_id,
            rulebook_version=job.book.version,
            **{"kind": self.first_kind, "severity": "ordinary", "product": "", "department": "", **values},
        )
        complaint.clocks = []
        complaint.events = [self._event("received", received_at)]
        complaint.events += [self._event(kind, at) for _, kind, at in events]
        self._settle(complaint)
        job.session.add(complaint)
        job.result.accepted += 1

    def _follow(
        self,
        kept: Complaint,
        row: Row,
        received_at: datetime,
        agent: Any,
        values: dict[str, Any],
        events: list[tuple[str, str, datetime]],
    ) -> None:
        job = self.job
        if not same_moment(kept.received_at, received_at):
            raise BadCell(
                "received_at",
                "与已有记录的受理时间不同;期限已据此设定,不能改写。",
                "differs from the time of receipt on record, from which the deadlines were set",
            )
        new_events = []
        for name, kind, at in events:
            known = [event.at for event in kept.events if event.kind == kind]
            if any(same_moment(there, at) for there in known):
                continue
            if known and kind not in MANY_TIMES:
                raise BadCell(
                    name,
                    "与已有记录的时间不同;事件不能改写,请在案件页补记。",
                    "differs from the event on record; events are not rewritten: record it on the case's page",
                )
            new_events.append((kind, at))
        changes = differences(kept, {**values, "agent_id": agent.id, "team_id": agent.team_id})
        if not changes and not new_events:
            job.result.unchanged += 1
            return
        for name, (_, after) in changes.items():
            setattr(kept, name, after)
        kept.events += [self._event(kind, at) for kind, at in new_events]
        self._settle(kept)
        told = {**changes, **{f"event {kind}": ("", at.isoformat()) for kind, at in new_events}}
        job.log_change("complaint", kept.id, told)
        job.result.updated += 1

    def _event(self, kind: str, at: datetime) -> ComplaintEvent:
        return ComplaintEvent(
            kind=kind, at=at, recorded_at=self.job.now, actor=self.job.scope.actor, department="", note=""
        )

    def _settle(self, complaint: Complaint) -> None:
        complaint.status, complaint.closed_at = status_after(complaint.events)
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
