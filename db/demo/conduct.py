"""How the demo's people keep their shifts: punches, time beyond the shift, time off the post. The rules judge it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from db.demo.accounts import SUPERVISOR_OF
from db.demo.people import PERSONAS, Person
from db.demo.stage import Stage

Shift = dict[str, Any]
DEVICES = ("一楼考勤机", "二楼考勤机")
FAST_BY = timedelta(minutes=8)  # a device whose clock was off for a day
_EXTRA_DAYS = 110
_REST_DAYS_WORKED = (5, 19)  # days ago on which somebody came in on his day off
_AWAY_SINCE = timedelta(minutes=17)
_ENOUGH = 3  # people of a team on at once


@dataclass(frozen=True, slots=True)
class Spell:
    """A time off the post; `kind` is a code of names.NAMES["off_post_kind"]."""

    starts_at: datetime
    ends_at: datetime | None
    kind: str
    is_approved: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Extra:
    """Time that somebody stayed on after a shift, and what became of it as overtime."""

    shift: Shift
    minutes: int
    outcome: str  # approved refused waiting none


class Conduct:
    """Plays the shifts: who came when, who left when, who did not come at all."""

    def __init__(
        self,
        stage: Stage,
        people: dict[int, Person],
        leave: dict[int, list[dict[str, Any]]],
        shifts: Sequence[Shift],
        empty_shifts: Collection[int] = (),
    ) -> None:
        self.stage, self.people, self.leave = stage, people, leave
        self.dice = stage.dice("conduct")
        # Two shifts running not long ago, so that this month or the last one shows it, beside a few before.
        owed = [
            shift["id"]
            for shift in shifts
            if people[shift["agent_id"]].number == PERSONAS.absent
            and (stage.today - shift["work_on"]).days >= 3
            and not self._on_leave(shift)
        ]
        self.truant_shifts = frozenset([*owed[-2:], *empty_shifts])
        self.extra = {extra.shift["id"]: extra for extra in self._staying_on(shifts)}
        self.agent_of: dict[int, int] = {}
        self.punches: dict[int, list[tuple[datetime, str]]] = {}
        self.off_post: dict[int, list[Spell]] = {}
        self.forgotten: list[tuple[Shift, str, datetime]] = []  # readings that nobody took: in or out, when

    def work(self, shift: Shift) -> None:
        """Decide the day's punches of one shift; nothing later than `now` is kept."""
        dice, number = self.dice, self.people[shift["agent_id"]].number
        # Always the same number of throws for each shift: one day more does not change the days before.
        late, minutes, forgets, away, early = (dice.random() for _ in range(5))
        before, behind = dice.uniform(1, 14), dice.uniform(0, 12)
        self.agent_of[shift["id"]], self.punches[shift["id"]] = shift["agent_id"], []
        if self._on_leave(shift) or self._absent(shift, late):
            self.extra.pop(shift["id"], None)
            return
        # Most are there ten minutes early for the handover, some only just in time.
        came = shift["starts_at"] - timedelta(minutes=before if before < 2.5 else 10.2 + before / 2)
        if late < self._late_chance(number):
            came = shift["starts_at"] + timedelta(minutes=1 + minutes * (17 if minutes < 0.93 else 18))
        elif late < self._late_chance(number) + (0.075 if number == PERSONAS.severely_late else 0.004):
            came = shift["starts_at"] + timedelta(minutes=21 + minutes * 38)
        went = shift["ends_at"] + timedelta(minutes=behind)
        if shift["id"] in self.extra:
            went = shift["ends_at"] + timedelta(minutes=self.extra[shift["id"]].minutes, seconds=behind)
        elif early < 0.009:
            went = shift["ends_at"] - timedelta(minutes=3 + minutes * 14)
        came, went = came.replace(microsecond=0), went.replace(microsecond=0)
        punches = [(came, "in"), (went, "out")]
        if 0.4 < forgets < 0.415:  # twice within seconds
            punches.insert(1, (came + timedelta(seconds=7), "in"))
        forget_chance = 0.06 if number == PERSONAS.forgets_to_punch else 0.006
        if forgets < forget_chance and shift["id"] not in self.extra:
            at, kind = punches.pop(0 if forgets < forget_chance * 0.3 else -1)
            self.forgotten.append((shift, kind, at))
        self.punches[shift["id"]] = punches
        if away < 0.035:
            self.off_post[shift["id"]] = [_spell(shift, away, minutes, late)]

    def _staying_on(self, shifts: Sequence[Shift]) -> Iterable[Extra]:
        """Who stayed on by half an hour and more, and whether he asked for it."""
        dice = self.stage.dice("overtime")
        for shift in shifts:
            throw, length, outcome = dice.random(), dice.random(), dice.random()
            days = (self.stage.today - shift["work_on"]).days
            ends_at = shift["ends_at"] + timedelta(minutes=180)
            if throw > 0.014 or not 0 <= days <= _EXTRA_DAYS or ends_at > self.stage.now:
                continue
            became = "approved" if outcome < 0.55 else "refused" if outcome < 0.63 else "none"
            yield Extra(shift, 40 + 5 * round(length * 22), "waiting" if days <= 2 else became)

    def _late_chance(self, number: str) -> float:
        return 0.42 if number == PERSONAS.chronic_latecomer else 0.022

    def _on_leave(self, shift: Shift) -> bool:
        return any(
            row["status"] == "approved"
            and row["starts_at"] <= shift["starts_at"]
            and shift["ends_at"] <= row["ends_at"]
            for row in self.leave.get(shift["agent_id"], ())
        )

    def _absent(self, shift: Shift, throw: float) -> bool:
        if shift["id"] in self.truant_shifts:
            return True
        return throw > (0.988 if self.people[shift["agent_id"]].number == PERSONAS.absent else 0.9995)

    def stage_the_board(self, shifts: Sequence[Shift]) -> None:
        """See to it that at this very moment somebody is late, somebody missing and somebody away too long: in each team
        of which enough are on, else in all of them together."""
        now = self.stage.now
        running = [
            shift
            for shift in shifts
            if shift["starts_at"] + timedelta(minutes=10) <= now < shift["ends_at"]
            and not self._on_leave(shift)
        ]
        running.sort(key=lambda s: (s["starts_at"], s["agent_id"]))
        teams = [[s for s in running if self.people[s["agent_id"]].team == team] for team in SUPERVISOR_OF]
        large = [team for team in teams if len(team) >= _ENOUGH]
        for team in large or [running]:
            self._stage(team)

    def _stage(self, running: Sequence[Shift]) -> None:
        if running:
            missing = running[-1]
            self.punches[missing["id"]] = []
            self.off_post.pop(missing["id"], None)
        if len(running) > 1:
            late = running[-2]
            came = late["starts_at"] + timedelta(
                minutes=self.dice.randint(6, 9), seconds=self.dice.randint(0, 59)
            )
            self.punches[late["id"]] = [(came, "in"), (late["ends_at"] + timedelta(minutes=4), "out")]
            self.off_post.pop(late["id"], None)
        since = self.stage.now - _AWAY_SINCE
        latest = since - timedelta(minutes=20)
        here = [s for s in running[:-2] if self._came(s) and s["starts_at"] < latest]
        if here:
            self.off_post[here[0]["id"]] = [Spell(since, None, "away", False, "挂起，未说明去向")]

    def _came(self, shift: Shift) -> bool:
        return any(kind == "in" and at <= self.stage.now for at, kind in self.punches[shift["id"]])

    def come_in_on_rest_days(self, shifts: Sequence[Shift]) -> None:
        """Somebody who was not rostered and came all the same."""
        rostered = {(shift["agent_id"], shift["work_on"]) for shift in shifts}
        for n, days in enumerate(_REST_DAYS_WORKED, start=1):
            day = self.stage.today - timedelta(days=days)
            near = (day - timedelta(days=1), day, day + timedelta(days=1))
            resting = [
                p.id
                for p in self.people.values()
                if (p.id, near[1]) not in rostered and day >= self.stage.start
            ]
            if resting:
                self.agent_of[-n] = resting[n % len(resting)]
                self.punches[-n] = [(self.stage.at(day, 13.05), "in"), (self.stage.at(day, 16.6), "out")]

    def punch_rows(self, fast_on: date | None) -> list[dict[str, Any]]:
        """Punches up to `now`, in the order in which they were made; on `fast_on` one device's clock is ahead."""
        made = sorted(
            (at, self.agent_of[shift_id], kind)
            for shift_id, punches in self.punches.items()
            for at, kind in punches
            if at <= self.stage.now
        )
        rows = []
        for i, (at, agent_id, kind) in enumerate(made, start=1):
            device = DEVICES[agent_id % 2]
            is_fast = device == DEVICES[1] and self.stage.day_of(at) == fast_on
            rows.append(
                {
                    "id": i,
                    "agent_id": agent_id,
                    "at": at + FAST_BY if is_fast else at,
                    "kind": kind,
                    "device": device,
                    "recorded_at": at,
                    "corrects_id": None,
                    "source": "import",
                    "recorded_by": "",
                }
            )
        return rows

    def off_post_rows(self) -> list[dict[str, Any]]:
        """Absences from the post that have begun; one still running has no end yet."""
        rows: list[dict[str, Any]] = []
        for shift_id, spells in self.off_post.items():
            who = SUPERVISOR_OF[self.people[self.agent_of[shift_id]].team]
            for spell in spells:
                if spell.starts_at <= self.stage.now:
                    is_over = spell.ends_at is not None and spell.ends_at <= self.stage.now
                    rows.append(
                        {
                            "id": len(rows) + 1,
                            "agent_id": self.agent_of[shift_id],
                            "starts_at": spell.starts_at,
                            "ends_at": spell.ends_at if is_over else None,
                            "is_approved": spell.is_approved,
                            "reason": spell.reason,
                            "kind": spell.kind,
                            "approved_by": who if spell.is_approved else "",
                            "replacement": "",
                            "recorded_by": who,
                            "recorded_at": spell.starts_at,
                        }
                    )
        return rows


def _spell(shift: Shift, away: float, minutes: float, late: float) -> Spell:
    """A time off the post: mostly with permission, else of some kind within its limit or beyond it."""
    begins = shift["starts_at"] + timedelta(minutes=round(60 + minutes * 120))
    if away < 0.025:
        kind, reason, length = "off_post", "领取客户资料", 8 + late * 30
    elif away < 0.0275:
        kind, reason, length = "private_call", "家里来电", 2 + late * 14
    elif away < 0.03:
        kind, reason, length = "visitor", "朋友来访", 15 + late * 30
    elif away < 0.0325:
        kind, reason, length = "away", "挂起", 4 + late * 14
    else:
        kind, reason, length = "off_post", "私自外出", 8 + late * 30
    return Spell(begins, begins + timedelta(minutes=round(length)), kind, away < 0.025, reason)
