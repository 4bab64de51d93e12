"""Lines of leave accounts from a file: days granted, corrected and lapsed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from db.import_columns import LEAVE_ENTRIES
from db.import_rows import BadCell, Job, Progress, Row, each
from db.leave_account import (
    account_type,
    enter,
    refuse_lapse_ahead,
    refuse_overdraw,
    tidy_days,
    tidy_note,
)
from db.leave_balances import lock_person
from db.models import Agent, LeaveEntry
from db.refusals import Refused
from db.visibility import NOT_YOURS
from regulations.access import SYSTEM, AccessRefused, Scope
from regulations.names import name_of
from regulations.wording import day_text, number_text


def may_import_balances(scope: Scope) -> bool:
    """Whether a file of this viewer may add lines: whoever may enter one by hand, and the command line.

    Days are granted by who decides on leave; to carry files in is not to decide (decision 12).
    """
    return scope == SYSTEM or scope.may("requests.decide")


class LeaveBalanceWriter:
    """A line is its person, type, kind, day, and its number where one day has several.

    Lines are only ever added: the same line again changes nothing, and one that says something else than the line that
    stands is refused and says how to correct it. What takes away waits until all of the file has been granted.
    """

    def __init__(self, job: Job) -> None:
        if not may_import_balances(job.scope):
            raise AccessRefused(NOT_YOURS)
        self.job = job
        self.seen: dict[tuple[int, str], int] = {}
        self.kept: dict[int, list[LeaveEntry]] = {}
        self.later: list[Row] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Take what adds days; what takes some away waits."""
        giving = [row for row in rows if not self._takes_away(row)]
        self.later += [row for row in rows if self._takes_away(row)]
        each(self.job, giving, self._take)

    def finish(self, on_progress: Progress | None = None) -> None:
        """Take what takes days away, the earliest first."""
        self.later.sort(key=lambda row: (row.get("effective_on"), row.number))
        each(self.job, self.later, self._take)

    def _takes_away(self, row: Row) -> bool:
        return _kind(row) == "expired" or (_kind(row) == "corrected" and row.get("days") < 0)

    def _take(self, row: Row) -> None:
        job = self.job
        agent = job.agent_of(row)
        kind, type_, on = _kind(row), row.get("type"), row.get("effective_on")
        _in("type", account_type, type_, job.book)
        days = self._days(row, kind)
        note = tidy_note(row.get("note", ""))
        if kind != "granted" and not note:
            raise BadCell("note", "更正、到期须写明原因。", "say why days are corrected or lapse")
        key = f"{type_}|{kind}|{on.isoformat()}|{row.get('reference', '')}"
        self._refuse_twice(row, agent, key)
        standing = self._standing(agent, type_, kind, on, key)
        if standing is not None:
            self._refuse_change(standing, days, note, row)
            job.took(row, "unchanged")
            return
        if kind == "expired":
            _in("effective_on", refuse_lapse_ahead, on, job.book, job.now)
        if days < 0:
            lock_person(job.session, agent.id)
            _in("days", refuse_overdraw, job.session, agent.id, type_, on, -days)
        made = enter(
            job.session, job.scope, agent, type_, kind, days, on, note, job.book, job.now, import_key=key
        )
        self.kept[agent.id].append(made)
        job.took(row, "new")

    def _days(self, row: Row, kind: str) -> Decimal:
        """The days as the account counts them: lapsed ones are taken off, whichever sign the file gives them."""
        days: Decimal = _in("days", tidy_days, row.get("days"))
        if kind == "expired":
            return -abs(days)
        if kind == "granted" and days < 0:
            raise BadCell(
                "days",
                "发放天数须大于 0；扣减请写“更正”或“到期”。",
                "days that are granted are above 0: to take some off write corrected or expired",
            )
        return days

    def _refuse_twice(self, row: Row, agent: Agent, key: str) -> None:
        first = self.seen.setdefault((agent.id, key), row.number)
        if first != row.number:
            raise BadCell(
                "effective_on",
                f"与第 {first} 行是同一笔（人、假别、变动、日期相同）；确是另一笔的，请各填编号。",
                f"the same line as row {first} (person, type, entry, day); if it is another one give each a number",
            )

    def _standing(self, agent: Agent, type_: str, kind: str, on: date, key: str) -> LeaveEntry | None:
        """The line that stands already. Raises BadCell where a person entered one for that day by hand."""
        if agent.id not in self.kept:
            query = select(LeaveEntry).where(
                LeaveEntry.agent_id == agent.id, LeaveEntry.kind.in_(LEAVE_ENTRIES)
            )
            self.kept[agent.id] = list(self.job.session.scalars(query))
        entered = [
            one
            for one in self.kept[agent.id]
            if (one.type, one.kind, one.effective_on) == (type_, kind, on) and one.overtime_id is None
        ]
        for one in entered:
            if one.import_key == key:
                return one
        by_hand = next((one for one in entered if one.import_key is None), None)
        if by_hand is not None and key.endswith("|"):
            raise BadCell(
                "effective_on",
                f"{day_text(on, 'zh')} 已由 {by_hand.entered_by} 手工登记 {number_text(by_hand.days)} 天；确是另一笔的，请填编号。",
                f"{by_hand.entered_by} entered {number_text(by_hand.days)} days by hand for {day_text(on, 'en')};"
                " if this is another line give it a number",
            )
        return None

    def _refuse_change(self, standing: LeaveEntry, days: Decimal, note: str, row: Row) -> None:
        """Raises BadCell where the file says something else than the line that stands."""
        if days != standing.days:
            was, more = number_text(standing.days), number_text(days - standing.days)
            sign = "+" if days > standing.days else ""
            raise BadCell(
                "days",
                f"这一笔已记 {was} 天，已记的不改写。请保留原数，差额另起一行写“更正” {sign}{more} 天并注明原因。",
                f"this line stands with {was} days and is never rewritten: leave it as it is and add a line"
                f" {name_of('leave_entry', 'corrected', 'en').lower()} of {sign}{more} days that says why",
            )
        if row.get("note") is not None and note != standing.note:
            raise BadCell(
                "note",
                f"这一笔已记，备注为“{standing.note[:80]}”，已记的不改写。",
                f"this line stands with the note {standing.note[:80]!r} and is never rewritten",
            )


def _kind(row: Row) -> str:
    return str(row.get("kind", "granted"))


def _in(name: str, check: Callable[..., Any], *values: Any) -> Any:
    """What the check answers; what it refuses is about that field of the row."""
    try:
        return check(*values)
    except Refused as refused:
        raise BadCell(name, refused.zh, refused.en) from None
