"""What the demo's people ask for about their hours, and what waits for a decision today: leave, overtime, the account.

Written through the desk's own writes, each at the moment it would have been made: what the rulebook does not let happen
is simply not there. `settle_attendance` judges everything at the end and fixes a month.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from db import leave, leave_account, overtime
from db.demo.accounts import Accounts, username_for
from db.demo.people import PERSONAS, Person
from db.demo.roster import Roster
from db.demo.stage import Stage
from db.models import Leave
from db.refusals import Refused
from regulations.access import AccessRefused, Scope

Row = dict[str, Any]
_HOUR = timedelta(hours=1)
_WORKED_FOR = ("促销咨询高峰，排队客户较多", "系统切换后补录工单", "暴雨报修集中，留岗处理", "月末回访补齐")
_NO_OVERTIME = "可由晚班接手，不必延时"


@dataclass(frozen=True, slots=True)
class Wish:
    """Leave that somebody asks for: of a shift so many hours ahead, filed so many hours ago."""

    number: str  # staff number of the first to be tried; colleagues of his team follow
    type: str
    ahead: float  # hours from now to the earliest shift
    shifts: int
    filed: float  # hours ago
    reason: str
    by_himself: bool = False
    is_night: bool = False
    is_soon: bool = False  # whoever of the team comes next, rather than the first to be tried
    outcome: str = "waiting"  # waiting approved withdrawn amended
    more: dict[str, Any] = field(default_factory=dict)


_WISHES = (
    Wish(PERSONAS.promising, "personal", 40, 1, 5, "孩子家长会", by_himself=True),
    Wish("K1006", "special", 1.5, 1, 0.3, "家中水管爆裂，须本人到场", is_soon=True),
    Wish("K1002", "personal", 34, 4, 20, "回老家办理宅基地手续"),
    Wish("K3005", "personal", 1, 1, 0.5, "家中有事", is_night=True, is_soon=True),
    Wish("K1007", "personal", 2.2, 1, 0.5, "家中临时有事", is_soon=True),
    Wish("K2003", "sick", 1.2, 1, 0.7, "发烧，医生建议休息", is_soon=True, more={"told_at": 0.9}),
    Wish("K1001", "time_off", 60, 1, 26, "调休一天"),
    Wish("K3001", "official", 50, 1, 30, "参加消防培训"),
    Wish("K3002", "personal", 28, 1, 44, "办理社保手续", outcome="approved"),
    Wish("K2006", "personal", 74, 1, 28, "看望父母", outcome="withdrawn"),
    Wish("K2001", "personal", 52, 2, 50, "探亲", outcome="amended"),
)  # fmt: skip
_TIME_OFF = (
    ("K1001", "国庆值班调休", 1.5),
    ("K1005", "系统上线加班调休", 1.0),
    ("K3003", "防汛值守调休", 2.0),
)


def fill_requests(session: Session, stage: Stage, people: Sequence[Person], roster: Roster) -> dict[str, int]:
    """Overtime of the last months, accounts of time off, and what waits today; how many of each."""
    asking = _Asking(session, stage, people, roster)
    return {
        "overtime": asking.overtime(),
        "leave_entries": asking.accounts(),
        "leave_requests": sum(asking.wish(one) for one in _WISHES),
    }


class _Asking:
    def __init__(self, session: Session, stage: Stage, people: Sequence[Person], roster: Roster) -> None:
        self.session, self.stage, self.roster = session, stage, roster
        self.people = {person.id: person for person in people}
        self.by_number = {person.number: person for person in people}
        self.accounts_of = Accounts(session)

    def overtime(self) -> int:
        """Who stayed on: approved beforehand, refused, waiting; the rest never asked. One asks for this evening."""
        made = 0
        for n, extra in enumerate(self.roster.extra):
            if extra.outcome == "none":
                continue
            ends_at = extra.shift["ends_at"]
            asked_at = ends_at - 3 * _HOUR if extra.outcome == "approved" else ends_at + 2.8 * _HOUR
            until = ends_at + timedelta(minutes=extra.minutes)
            made += self._overtime(n, extra.shift, until, min(asked_at, self.stage.now), extra.outcome)
        ahead = [s for s in self._coming(0.5) if self.people[s["agent_id"]].team != "hospital"]
        for n, shift in enumerate(ahead[:2]):
            made += self._overtime(
                n, shift, shift["ends_at"] + 2 * _HOUR, self.stage.now - _HOUR / 2, "waiting"
            )
        return made

    def _overtime(self, n: int, shift: Row, until: datetime, at: datetime, outcome: str) -> int:
        team = self.people[shift["agent_id"]].team
        with suppress(Refused, AccessRefused):
            row = overtime.request_overtime(
                self.session, self.accounts_of.person(self.people[shift["agent_id"]]), agent_id=shift["agent_id"], starts_at=shift["ends_at"],
                ends_at=until, compensation="time_off" if n % 3 == 0 else "pay", reason=_WORKED_FOR[n % 4],
                book=self.stage.book, now=at,
            )  # fmt: skip
            if outcome != "waiting":
                overtime.decide_overtime(
                    self.session, self.accounts_of.decider(row.required_role, team), row.id,
                    is_approved=outcome == "approved", note="" if outcome == "approved" else _NO_OVERTIME,
                    expected_version=row.row_version, book=self.stage.book, now=min(at + _HOUR, self.stage.now),
                )  # fmt: skip
            return 1
        return 0

    def accounts(self) -> int:
        """Days of time off that are on the account already, and one line put right."""
        granted_on = max(self.stage.start, self.stage.today - timedelta(days=40))
        at = self.stage.at(granted_on, 16.5)
        if at > self.stage.now:
            return 0
        made = 0
        for number, note, days in _TIME_OFF:
            person = self.by_number[number]
            scope = self.accounts_of.supervisor(person.team)
            asked: dict[str, Any] = {
                "agent_id": person.id, "type_": "time_off", "effective_on": granted_on, "book": self.stage.book,
            }  # fmt: skip
            with suppress(Refused):
                leave_account.grant(self.session, scope, days=Decimal(str(days)), note=note, now=at, **asked)
                made += 1
        with suppress(Refused):
            later = min(at + 24 * _HOUR, self.stage.now)
            leave_account.grant(
                self.session, scope, days=Decimal("-0.5"), note="值守时长核对后更正", now=later, **asked
            )
            made += 1
        return made

    def wish(self, wish: Wish) -> int:
        """File it for the first of the team for whom the rules take it; how many requests came of it."""
        first = self.by_number[wish.number]
        team = [p for p in self.people.values() if p.team == first.team and p.number != PERSONAS.absent]
        place = team.index(first)
        tried = [first] if wish.by_himself else team[place:] + team[:place]
        spans = [(person, taken) for person in tried for taken in self._spans(person, wish)]
        if wish.is_soon:
            spans.sort(key=lambda one: one[1][0]["starts_at"])
        for person, taken in spans:
            with suppress(Refused, AccessRefused):
                return self._file(wish, person, taken)
        return 0

    def _file(self, wish: Wish, person: Person, taken: Sequence[Row]) -> int:
        at = (self.stage.now - wish.filed * _HOUR).replace(microsecond=0)
        scope = self.accounts_of.person(person)
        more = {name: self.stage.now - hours * _HOUR for name, hours in wish.more.items()}
        row = leave.file_leave(
            self.session, scope, agent_id=person.id, type_=wish.type, starts_at=taken[0]["starts_at"],
            ends_at=taken[-1]["ends_at"], reason=wish.reason, book=self.stage.book, now=at, **more,
        )  # fmt: skip
        later = min(at + 2 * _HOUR, self.stage.now)
        if wish.outcome == "withdrawn":
            leave.withdraw_leave(self.session, scope, row.id, expected_version=row.row_version, now=later)
        elif wish.outcome != "waiting":
            self._approve(row, person, later)
        if wish.outcome == "amended":
            leave.amend_leave(
                self.session, scope, row.id, starts_at=row.starts_at, ends_at=taken[0]["ends_at"], reason="事情提前办完，缩短一天",
                expected_version=row.row_version, book=self.stage.book, now=min(later + 6 * _HOUR, self.stage.now),
            )  # fmt: skip
            return 2
        return 1

    def _approve(self, row: Leave, person: Person, at: datetime) -> None:
        decider: Scope = self.accounts_of.scope(username_for(row.required_role, person.team))
        leave.decide_leave(
            self.session, decider, row.id, is_approved=True, note="情况属实，已安排人顶岗", expected_version=row.row_version,
            book=self.stage.book, now=at,
        )  # fmt: skip

    def _spans(self, person: Person, wish: Wish) -> Iterator[list[Row]]:
        """Runs of his shifts from that many hours ahead on."""
        own = [s for s in self._coming(wish.ahead) if s["agent_id"] == person.id]
        for at in range(max(0, len(own) - wish.shifts + 1)):
            taken = own[at : at + wish.shifts]
            if len(taken) == wish.shifts and (not wish.is_night or taken[0]["code"] == "night"):
                yield taken

    def _coming(self, hours: float) -> list[Row]:
        """The shifts that begin that much later, or afterwards, the next first."""
        begin = self.stage.now + hours * _HOUR
        return sorted(
            (s for s in self.roster.shifts if s["starts_at"] >= begin),
            key=lambda s: (s["starts_at"], s["agent_id"]),
        )
