"""Callbacks from a file: each row an obligation, with the attempt made at it if there was one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from db.callback_obligations import NUMBER_PREFIX
from db.callbacks import check_attempt
from db.import_attempts import Owed, Tried, insert_owed, kept_owed, settle
from db.import_lookups import Numbers, case_of, cases_of, same_moment
from db.import_rows import BadCell, Job, Progress, Row, each
from db.models import Agent, Callback
from db.refusals import Refused
from regulations.callback_terms import term_of

_COPIED = ("customer_name", "customer_phone", "subject")


class CallbackWriter:
    """Keyed by number; without one by kind, origin, caller and customer. Rows of one key are its attempts."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.numbers = Numbers(job, Callback.number, NUMBER_PREFIX)
        self.kept: dict[object, Owed] = {}
        self.cases: dict[str, int] = {}
        self.new: list[Owed] = []
        self.touched: dict[str, Owed] = {}
        self.of_this_file: set[str] = set()  # what it made needs no word in the log when its next row comes
        self.is_owed: dict[str, bool] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the obligations that are there and take each row."""
        job = self.job
        self.kept, self.new, self.touched = {}, [], {}
        instants = [row.get("arisen_at") for row in rows if not row.get("number")]
        for owed in chain(
            kept_owed(job, Callback.number, [row.get("number") for row in rows]),
            kept_owed(job, Callback.arisen_at, instants),
        ):
            self._remember(owed)
        self.cases = cases_of(job, rows)
        each(job, rows, self._take)
        job.session.flush()
        settle(job, list(self.touched.values()))
        insert_owed(job, self.new)

    def finish(self, on_progress: Progress | None = None) -> None:
        """Nothing."""

    def _remember(self, owed: Owed) -> None:
        values = owed.values
        key = _key(values["kind"], values["arisen_at"], values["agent_id"], values["customer_phone"])
        self.kept[values["number"]] = self.kept[key] = owed

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        handler = job.agent_of(row, "handler") if row.get("handler") else None
        arisen_at, at = row.get("arisen_at"), row.get("attempt_at")
        job.not_in_future("arisen_at", arisen_at)
        self._check_attempt(row)
        case_id = case_of(row, self.cases)
        key = row.get("number") or _key(row.get("kind"), arisen_at, agent.id, row.get("customer_phone", ""))
        line = (key, at)
        if line in self.seen:
            first = self.seen[line]
            raise BadCell(
                "attempt_at" if at else "number", f"与第 {first} 行重复。", f"the same as row {first}"
            )
        kept = self.kept.get(key)
        changes: dict[str, tuple[Any, Any]] = {}
        if kept is None:
            owed = self._add(row, agent, handler, case_id)
        else:
            owed, changes = kept, self._changes(kept, row, agent)
        self.seen[line] = row.number
        if at is not None and not any(
            caller == agent.id and same_moment(there, at) for there, caller in owed.tried
        ):
            owed.tried.append((at, agent.id))
            owed.attempts.append(
                Tried(
                    at,
                    agent.id,
                    row.get("outcome"),
                    _is_complete(row),
                    row.get("satisfaction"),
                    row.get("note", ""),
                )
            )
            changes = {**changes, "attempt_at": (None, at)}
        owed.rows += kept is None or bool(changes)
        if kept is None:
            job.took(row, "new")
        elif changes:
            self._change(owed, row, changes)
        else:
            job.took(row, "unchanged")

    def _change(self, owed: Owed, row: Row, changes: dict[str, tuple[Any, Any]]) -> None:
        after = {name: pair[1] for name, pair in changes.items() if name != "attempt_at"}
        owed.values |= after
        if owed.id is not None:
            owed.changes |= after
            self.touched[owed.number] = owed
        if owed.number not in self.of_this_file:
            self.job.log_change("callback", owed.number, changes)
        self.job.took(row, "changed", changes)

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

    def _add(self, row: Row, agent: Agent, handler: Agent | None, case_id: int | None) -> Owed:
        job, kind, arisen_at = self.job, row.get("kind"), row.get("arisen_at")
        if kind not in self.is_owed:
            self.is_owed[kind] = term_of(kind, job.book) is not None
        if not self.is_owed[kind]:
            raise BadCell(
                "kind", "现行规则不要求这类回访。", "the rulebook in force does not oblige to this kind"
            )
        values = {
            "number": row.get("number") or self.numbers.new(job.calendar.day_of(arisen_at)),
            "kind": kind,
            "complaint_id": case_id,
            "team_id": agent.team_id,
            "agent_id": agent.id,
            "handler_id": handler.id if handler else None,
            "arisen_at": arisen_at,
            **{name: row.get(name, "") for name in _COPIED},
        }
        owed = Owed(None, values)
        self.new.append(owed)
        self.of_this_file.add(owed.number)
        self._remember(owed)
        return owed

    def _changes(self, kept: Owed, row: Row, agent: Agent) -> dict[str, tuple[Any, Any]]:
        there = kept.values
        if not self.job.scope.sees_team(there["team_id"]):
            raise BadCell(
                "number", "该编号属于其他班组的回访。", "the number belongs to another team's callback"
            )
        if there["kind"] != row.get("kind") or not same_moment(there["arisen_at"], row.get("arisen_at")):
            raise BadCell(
                "arisen_at",
                "与已有记录的类别或起点不同；期限已据此设定，不能改写。",
                "differs in kind or origin from the record, from which the deadline was set",
            )
        wanted = {name: row.get(name) for name in _COPIED if row.get(name) is not None}
        if row.get("attempt_at") is None:  # with an attempt the column names who called, not who is to call
            wanted |= {"agent_id": agent.id, "team_id": agent.team_id}
        return {name: (there[name], value) for name, value in wanted.items() if there[name] != value}


def _key(kind: object, arisen_at: object, agent_id: int, phone: str) -> tuple[object, ...]:
    return (kind, arisen_at, agent_id, phone)


def _is_complete(row: Row) -> bool:
    """Whether the content was covered; a sheet without that column means that reaching was enough."""
    said = row.get("is_complete")
    return bool(said) if said is not None else row.get("outcome") == "connected"
