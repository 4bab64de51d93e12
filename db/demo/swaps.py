"""Swaps between colleagues of the demo: paid back, still owed, gone wrong, refused, waiting.

Every one goes through the desk's own writes, at the moment it would have been made, so that what it says of the rules
is what the rules say. What they do not let happen is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import swaps
from db.demo.accounts import Accounts
from db.demo.people import PERSONAS, Person
from db.demo.stage import Stage
from db.models import Agent, SwapRequest
from db.refusals import Refused

Shift = dict[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Story:
    """A swap as it is to be: the days from today to the swapped shift, and what became of it."""

    days: int
    outcome: str  # settled approved failed refused withdrawn waiting
    team: str
    reason: str
    briefing: str = "已当面交代待办客户与物品"
    consents: tuple[str, ...] = ("partner", "requester_lead")  # besides his own
    breaks: bool | None = False  # against a rule, so that whoever decides sees which; None: either
    note: str = ""
    payback_days: tuple[int, int] = (1, 6)  # after the swap


_STORIES = (
    Story(-109, "settled", "goods", "参加亲戚婚礼"),
    Story(-88, "settled", "property", "送孩子开学报到"),
    Story(-71, "settled", "goods", "办理居住证"),
    Story(-57, "settled", "property", "老人住院需陪护"),
    Story(-44, "settled", "goods", "驾照年审"),
    Story(-33, "refused", "goods", "与朋友聚会", note="当天已有两人请假，人手不足"),
    Story(-26, "settled", "goods", "家中水管维修", payback_days=(1, 9)),
    Story(-20, "failed", "goods", "看望家人", briefing="电话里说过一声", note="只在电话里说了一声，没有交代清楚日期，负主要责任；记错日期，也没有核对排班，负次要责任"),
    Story(-15, "withdrawn", "goods", "临时有事", consents=()),
    Story(-11, "settled", "goods", "办理过户手续", payback_days=(1, 5)),
    Story(-9, "approved", "property", "陪家人复诊", payback_days=(1, 6)),  # paid back, and nobody has confirmed it
    Story(-3, "approved", "goods", "陪老人体检", payback_days=(4, 12)),  # still owed
    Story(2, "waiting", "goods", "家中搬家，需本人在场"),
    Story(2, "waiting", "hospital", "孩子学校活动"),
    Story(3, "waiting", "goods", "外地同学来访", consents=(), breaks=None),
    Story(4, "waiting", "property", "办理房产手续", breaks=True),
    Story(5, "waiting", "goods", "驾校考试", breaks=True, consents=("partner",)),
)  # fmt: skip

_DECIDED_AFTER = timedelta(hours=6)


class Swaps:
    """The roster while its swaps are made. `days` are swap and pay-back days by person, `failed` the empty shifts."""

    def __init__(self, session: Session, stage: Stage, people: Sequence[Person], shifts: list[Shift]) -> None:
        self.session, self.stage, self.accounts = session, stage, Accounts(session)
        self.people = {person.id: person for person in people}
        rows = session.execute(select(Agent.id, Agent.post, Agent.level))
        self.levels = {row.id: (row.post, row.level) for row in rows}
        self.by_id = {shift["id"]: shift for shift in shifts}
        self.on: dict[tuple[int, date], Shift] = {(s["agent_id"], s["work_on"]): s for s in shifts}
        self.days: dict[int, set[date]] = {person.id: set() for person in people}
        self.failed: set[int] = set()
        self.count = 0

    def play(self) -> None:
        """Every story that fits the time the demo covers."""
        for story in _STORIES:
            if self.stage.today + timedelta(days=story.days) >= self.stage.start + 7 * _DAY:
                self._tell(story)

    def _tell(self, story: Story) -> None:
        asked_at = self._asked_at(story)
        if asked_at > self.stage.now:
            return
        for requester, partner, shift, payback in self._candidates(story):
            is_alike = self.levels[requester.id] == self.levels[partner.id]
            if is_alike is not story.breaks and self._fits(
                story, requester, partner, shift, payback, asked_at
            ):
                with suppress(Refused):
                    self._carry_out(story, requester, partner, shift, payback, asked_at)
                return

    def _asked_at(self, story: Story) -> datetime:
        if story.outcome == "waiting":
            return (self.stage.now - timedelta(hours=3 + story.days * 4)).replace(microsecond=0)
        return self.stage.at(self.stage.today + timedelta(days=story.days - 3), 10.25)

    def _candidates(self, story: Story) -> Iterator[tuple[Person, Person, Shift, Shift]]:
        """Who could swap which shift with whom: one of them rests on each of the two days."""
        # The account that signs in as an agent has nothing on it that went wrong.
        spared = {PERSONAS.absent} | ({PERSONAS.promising} if story.outcome == "failed" else set())
        team = [p for p in self.people.values() if p.team == story.team and p.number not in spared]
        team = team[story.days % len(team) :] + team[: story.days % len(team)]
        for is_same_week, nearby in product((True, False), (0, 1, -1, 2, -2, 3, -3)):
            swap_on = self.stage.today + timedelta(days=story.days + nearby)
            for requester in team:
                shift = self._free(requester, swap_on)
                if shift is None or shift["starts_at"] <= self._asked_at(story) + _DECIDED_AFTER:
                    continue
                for partner in team:
                    if partner is not requester and (partner.id, swap_on) not in self.on:
                        for payback in self._paybacks(story, requester, partner, swap_on):
                            # Paid back within the week, nobody loses his rest day.
                            if (_week(payback["work_on"]) == _week(swap_on)) == is_same_week:
                                yield requester, partner, shift, payback

    def _paybacks(self, story: Story, requester: Person, partner: Person, swap_on: date) -> Iterator[Shift]:
        """Shifts of the partner after the swap on which the requester rests."""
        for gap in range(story.payback_days[0], story.payback_days[1] + 1):
            payback = self._free(partner, swap_on + timedelta(days=gap))
            if payback is not None and (requester.id, payback["work_on"]) not in self.on:
                yield payback

    def _free(self, person: Person, day: date) -> Shift | None:
        """His shift of the day, unless it is in a swap already."""
        return None if day in self.days[person.id] else self.on.get((person.id, day))

    def _fits(
        self, story: Story, requester: Person, partner: Person, shift: Shift, payback: Shift, at: datetime
    ) -> bool:
        ruling = swaps.check_request(
            self.session, self.accounts.person(requester), requester_id=requester.id, partner_id=partner.id,
            shift_id=shift["id"], payback_shift_id=payback["id"], book=self.stage.book, now=at,
        )  # fmt: skip
        return story.breaks is None or bool(ruling.breaks or ruling.lent) == story.breaks

    def _carry_out(
        self, story: Story, requester: Person, partner: Person, shift: Shift, payback: Shift, at: datetime
    ) -> None:
        session, book, supervisor = self.session, self.stage.book, self.accounts.supervisor(story.team)
        mine, yours = self.accounts.person(requester), self.accounts.person(partner)
        row = swaps.request_swap(
            session, mine, requester_id=requester.id, partner_id=partner.id, shift_id=shift["id"],
            payback_shift_id=payback["id"], form_number="", reason=story.reason, briefing=story.briefing, book=book,
            now=at,
        )  # fmt: skip
        self.count += 1
        for n, who in enumerate(story.consents, start=1):
            scope, now = (
                yours if who == "partner" else supervisor,
                min(at + timedelta(hours=n), self.stage.now),
            )
            swaps.record_consent(session, scope, row.id, who=who, expected_version=row.row_version, now=now)
        if story.outcome == "withdrawn":
            swaps.withdraw_swap(
                session, mine, row.id, expected_version=row.row_version, now=at + timedelta(hours=5), note="事情已改期"
            )  # fmt: skip
        elif story.outcome != "waiting":
            self._decide(story, row, shift, payback, at + _DECIDED_AFTER)

    def _decide(self, story: Story, row: SwapRequest, shift: Shift, payback: Shift, at: datetime) -> None:
        session, book, supervisor = self.session, self.stage.book, self.accounts.supervisor(story.team)
        is_approved = story.outcome != "refused"
        swaps.decide_swap(
            session, supervisor, row.id, is_approved=is_approved, note=story.note if not is_approved else "同意",
            expected_version=row.row_version, book=book, now=at,
        )  # fmt: skip
        if not is_approved:
            return
        self._exchange(row, shift, payback)
        if story.outcome == "failed":
            self.failed.add(shift["id"])
            swaps.record_failure(
                session, supervisor, row.id, shift_id=shift["id"], shares=_shares(story.note), expected_version=row.row_version,
                book=book, now=min(self.stage.at(shift["work_on"] + _DAY, 9.5), self.stage.now),
            )  # fmt: skip
        elif story.outcome == "settled":
            over = max(shift["ends_at"], payback["ends_at"]) + timedelta(hours=3)
            if over <= self.stage.now:
                swaps.settle_swap(
                    session, supervisor, row.id, expected_version=row.row_version, book=book, now=over
                )

    def _exchange(self, row: SwapRequest, shift: Shift, payback: Shift) -> None:
        """The shifts here follow the rows."""
        for one, to in ((shift, row.partner_id), (payback, row.requester_id)):
            del self.on[one["agent_id"], one["work_on"]]
            one["agent_id"] = to
            self.on[to, one["work_on"]] = one
            for agent_id in (row.requester_id, row.partner_id):
                self.days[agent_id].add(one["work_on"])


def _shares(note: str) -> tuple[str, str]:
    """The requester's responsibility and the partner's, of a story that failed."""
    one, _, other = note.partition("；")
    return one, other


def _week(day: date) -> int:
    """The week as the roster counts it."""
    return day.toordinal() // 7
