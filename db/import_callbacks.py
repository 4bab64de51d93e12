"""Callbacks from a file: each row an obligation, with the attempt made at it if there was one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from db.callback_obligations import NUMBER_PREFIX
from db.callbacks import check_attempt, follow_attempts
from db.import_complaints import same_moment
from db.import_rows import BadCell, Job, Row, differences, each
from db.models import Callback, CallbackAttempt, Complaint
from db.numbering import next_number
from db.refusals import Refused
from regulations import callbacks as rules

_COPIED = ("customer_name", "customer_phone", "subject")


class CallbackWriter:
    """Keyed by number; without one by kind, origin, caller and customer. Rows of one key are its attempts."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.next_of_day: dict[date, int] = {}
        self.kept: dict[object, Callback] = {}
        self.complaints: dict[str, Complaint] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the obligations that are there and take each row."""
        session = self.job.session
        numbers = [row.get("number") for row in rows if row.get("number")]
        instants = [row.get("arisen_at") for row in rows if not row.get("number")]
        for callback in session.scalars(
            select(Callback)
            .options(selectinload(Callback.attempts), selectinload(Callback.handler))
            .where(or_(Callback.number.in_(numbers), Callback.arisen_at.in_(instants)))
        ):
            self._remember(callback)
        cases = [row.get("complaint") for row in rows if row.get("complaint")]
        self.complaints = {
            case.number: case
            for case in session.scalars(select(Complaint).where(Complaint.number.in_(cases)))
        }
        with session.no_autoflush:
            each(self.job, rows, self._take)
        session.flush()

    def finish(self) -> None:
        """Nothing."""

    def _remember(self, callback: Callback) -> None:
        self.kept[callback.number] = callback
        self.kept[_key(callback.kind, callback.arisen_at, callback.agent_id, callback.customer_phone)] = (
            callback
        )

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        handler = job.agent_of(row, "handler") if row.get("handler") else None
        arisen_at = row.get("arisen_at")
        job.not_in_future("arisen_at", arisen_at)
        self._check_attempt(row)
        complaint = self._complaint_of(row)
        key = row.get("number") or _key(row.get("kind"), arisen_at, agent.id, row.get("customer_phone", ""))
        line = (key, row.get("attempt_at"))
        if line in self.seen:
            first = self.seen[line]
            raise BadCell(
                "attempt_at" if row.get("attempt_at") else "number",
                f"与第 {first} 行重复。",
                f"the same as row {first}",
            )
        kept = self.kept.get(key)
        if kept is None:
            kept = self._add(row, agent, handler, complaint)
            is_new, changes = True, dict[str, tuple[Any, Any]]()
        else:
            is_new, changes = False, self._changes(kept, row, agent)
        self.seen[line] = row.number
        has_attempt = self._add_attempt(kept, row, agent)
        for name, (_, after) in changes.items():
            setattr(kept, name, after)
        if has_attempt:
            follow_attempts(job.session, kept, job.book, job.now)
        if is_new:
            job.took(row, "new")
        elif changes or has_attempt:
            told = {
                **changes,
                **({"attempt": ("", row.get("attempt_at").isoformat())} if has_attempt else {}),
            }
            job.log_change("callback", kept.number, told)
            job.took(row, "changed", told)
        else:
            job.took(row, "unchanged")

    def _check_attempt(self, row: Row) -> None:
        at, outcome = row.get("attempt_at"), row.get("outcome")
        if at is None and outcome is None:
            return
        if at is None or outcome is None:
            missing = "attempt_at" if at is None else "outcome"
            raise BadCell(
                missing, "回访时间和回访结果要一起填写。", "time and outcome of an attempt belong together"
            )
        try:
            check_attempt(
                row.get("arisen_at"), at, outcome, _is_complete(row), row.get("satisfaction"), self.job.now
            )
        except Refused as refused:
            raise BadCell("attempt_at", refused.zh, refused.en) from None

    def _complaint_of(self, row: Row) -> Complaint | None:
        number = row.get("complaint")
        if not number:
            return None
        complaint = self.complaints.get(number)
        if complaint is None or not self.job.scope.sees_team(complaint.team_id):
            raise BadCell("complaint", f"没有投诉“{number}”。", f"there is no case {number!r}")
        return complaint

    def _add(self, row: Row, agent: Any, handler: Any, complaint: Complaint | None) -> Callback:
        job, kind, arisen_at = self.job, row.get("kind"), row.get("arisen_at")
        owed = rules.obligation(
            kind, arisen_at, (), job.book, job.now, handler=handler.number if handler else None
        )
        if owed.due_at is None:
            raise BadCell(
                "kind", "现行规则不要求这类回访。", "the rulebook in force does not oblige to this kind"
            )
        due_at = owed.due_at.replace(microsecond=0)
        callback = Callback(
            number=row.get("number") or self._new_number(job.calendar.day_of(arisen_at)),
            kind=kind,
            complaint_id=complaint.id if complaint else None,
            team_id=agent.team_id,
            agent_id=agent.id,
            agent=agent,
            handler_id=handler.id if handler else None,
            handler=handler,
            arisen_at=arisen_at,
            due_at=due_at,
            due_on=job.calendar.day_of(due_at),
            clauses=list(owed.clauses),
            steps=[step.as_record() for step in owed.steps],
            rulebook_version=job.book.version,
            **{name: row.get(name, "") for name in _COPIED},
        )
        callback.attempts = []
        job.session.add(callback)
        self._remember(callback)
        return callback

    def _changes(self, kept: Callback, row: Row, agent: Any) -> dict[str, tuple[Any, Any]]:
        if not self.job.scope.sees_team(kept.team_id):
            raise BadCell(
                "number", "该编号属于其他班组的回访。", "the number belongs to another team's callback"
            )
        if kept.kind != row.get("kind") or not same_moment(kept.arisen_at, row.get("arisen_at")):
            raise BadCell(
                "arisen_at",
                "与已有记录的类别或起点不同;期限已据此设定,不能改写。",
                "differs in kind or origin from the record, from which the deadline was set",
            )
        wanted = {name: row.get(name) for name in _COPIED if row.get(name) is not None}
        if row.get("attempt_at") is None:  # with an attempt the column names who called, not who is to call
            wanted |= {"agent_id": agent.id, "team_id": agent.team_id}
        return differences(kept, wanted)

    def _add_attempt(self, kept: Callback, row: Row, agent: Any) -> bool:
        at = row.get("attempt_at")
        if at is None or any(
            attempt.agent_id == agent.id and same_moment(attempt.at, at) for attempt in kept.attempts
        ):
            return False
        kept.attempts.append(
            CallbackAttempt(
                at=at,
                agent_id=agent.id,
                agent=agent,
                outcome=row.get("outcome"),
                is_complete=_is_complete(row),
                satisfaction=row.get("satisfaction"),
                note=row.get("note", ""),
            )
        )
        return True

    def _new_number(self, on: date) -> str:
        if on not in self.next_of_day:
            first = next_number(self.job.session, Callback.number, NUMBER_PREFIX, on)
            self.next_of_day[on] = int(first.rpartition("-")[2])
        number = self.next_of_day[on]
        self.next_of_day[on] += 1
        return f"{NUMBER_PREFIX}-{on:%Y%m%d}-{number:03d}"


def _key(kind: object, arisen_at: object, agent_id: int, phone: str) -> tuple[object, ...]:
    return (kind, arisen_at, agent_id, phone)


def _is_complete(row: Row) -> bool:
    """Whether the content was covered; a sheet without that column means that reaching was enough."""
    said = row.get("is_complete")
    return bool(said) if said is not None else row.get("outcome") == "connected"
