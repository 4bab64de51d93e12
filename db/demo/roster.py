"""Shifts, punches, leave and time off the post; the verdicts come from the pure attendance rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.people import PERSONAS, Person
from db.demo.stage import Stage, insert_rows, pick
from db.models import AttendanceDay, Leave, OffPost, Punch, Shift
from regulations.attendance import LeaveFact, OffPostFact, PunchFact, ShiftFacts, judge
from regulations.values import ShiftDefinition

_AHEAD_DAYS = 7  # the roster is known a week ahead


@dataclass(frozen=True)
class Hours:
    """A kind of shift of this department as local hours; above 24 is the next day."""

    code: str
    start: float
    end: float
    rest_start: float
    rest_end: float


# The demo department's own roster; a shift of the same code in the rulebook takes its hours from there.
_HOURS = {
    "early": Hours("early", 7.5, 16.5, 11.5, 12.5),
    "day": Hours("day", 9, 18, 12, 13),
    "late": Hours("late", 15, 24, 19, 20),
    "night": Hours("night", 22.5, 31.5, 27, 28),
}
# Who works what: agents of a team take these in turn, moving on by one each week.
_TURNS = {
    "goods": ("early", "early", "early", "day", "day", "day", "day", "late", "late", "late"),
    "hospital": ("day",),
    "property": ("early", "early", "late", "late", "night", "night", "night"),
}
_LEAVE_WORDS = {
    "sick": ("感冒发烧，遵医嘱休息", "急性肠胃炎", "牙科治疗"),
    "personal": ("家中有事", "孩子家长会", "办理房产手续", "陪家人就医"),
    "official": ("参加集团服务礼仪培训", "参加消费者协会座谈"),
    "emergency": ("孩子突发高烧急诊",),
    "marriage": ("婚假",),
}


@dataclass
class Roster:
    """What the other parts need to know: who is at work when."""

    shifts: list[dict[str, Any]] = field(default_factory=list)
    by_day: dict[date, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=dict)


def fill_roster(session: Session, stage: Stage, people: Sequence[Person]) -> Roster:
    """Thirteen months of shifts and what became of them, up to `now`."""
    roster = Roster()
    _draw_up_shifts(stage, people, roster)
    leave = _grant_leave(stage, people, roster)
    conduct = _Conduct(stage, {p.id: p for p in people}, leave, roster)
    for shift in roster.shifts:
        if shift["starts_at"] <= stage.now:
            conduct.work(shift)
    conduct.stage_the_board(roster)
    counts = roster.counts
    counts["shifts"] = insert_rows(session, Shift, roster.shifts)
    counts["leave"] = insert_rows(session, Leave, [row for rows in leave.values() for row in rows])
    counts["punches"] = insert_rows(session, Punch, conduct.punch_rows())
    counts["off_post"] = insert_rows(session, OffPost, conduct.off_post_rows())
    counts["attendance_days"] = insert_rows(session, AttendanceDay, conduct.verdicts(roster))
    return roster


def _hours_of(stage: Stage) -> dict[str, Hours]:
    hours = dict(_HOURS)
    for definition in stage.book.shift_definitions():
        hours[definition.code] = _from_definition(definition, hours.get(definition.code))
    return hours


def _from_definition(definition: ShiftDefinition, ours: Hours | None) -> Hours:
    start = definition.start.hour + definition.start.minute / 60
    end = definition.end.hour + definition.end.minute / 60
    end = end if end > start else end + 24
    if definition.breaks:
        rest = definition.breaks[0]
        return Hours(
            definition.code,
            start,
            end,
            rest.start.hour + rest.start.minute / 60,
            rest.end.hour + rest.end.minute / 60,
        )
    # A rulebook that names no break leaves it to the department; keep ours while it lies inside the shift.
    rest_start, rest_end = (ours.rest_start, ours.rest_end) if ours else (start + 4, start + 5)
    return Hours(definition.code, start, end, rest_start, rest_end)


def _draw_up_shifts(stage: Stage, people: Sequence[Person], roster: Roster) -> None:
    hours = _hours_of(stage)
    days = [*stage.days, *(stage.today + timedelta(days=i) for i in range(1, _AHEAD_DAYS + 1))]
    for day in days:
        week = day.toordinal() // 7
        is_holiday = stage.calendar.is_public_holiday(day)
        for person in people:
            if day < person.hired_on or day.weekday() == (person.place + week) % 7:
                continue  # one rest day in the week, moving on by one
            if is_holiday and not _works_on_holiday(person, day):
                continue
            turns = _TURNS[person.team]
            kind = hours[turns[(person.place + week) % len(turns)]]
            shift = {
                "id": len(roster.shifts) + 1,
                "agent_id": person.id,
                "work_on": day,
                "code": kind.code,
                "starts_at": stage.at(day, kind.start),
                "ends_at": stage.at(day, kind.end),
                "breaks": [
                    {
                        "start": stage.at(day, kind.rest_start).isoformat(),
                        "end": stage.at(day, kind.rest_end).isoformat(),
                    }
                ],
                "post": {"goods": "热线", "hospital": "回访", "property": "前台"}[person.team],
            }
            roster.shifts.append(shift)
            roster.by_day[day].append(shift)


def _works_on_holiday(person: Person, day: date) -> bool:
    # No hospital callbacks are made on public holidays; after-sales halves its staff; the property desk stays.
    if person.team == "goods":
        return (person.place + day.toordinal()) % 2 == 0
    return person.team == "property"


def _grant_leave(stage: Stage, people: Sequence[Person], roster: Roster) -> dict[int, list[dict[str, Any]]]:
    dice = stage.dice("leave")
    shifts_of: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for shift in roster.shifts:
        shifts_of[shift["agent_id"]].append(shift)
    names = {p.id: p.name for p in people}
    granted: dict[int, list[dict[str, Any]]] = defaultdict(list)
    leave_id = 0
    for agent_id, shifts in shifts_of.items():
        at = 0
        while at < len(shifts):
            if dice.random() >= 0.016:
                at += 1
                continue
            kind = pick(dice, {"sick": 4, "personal": 5, "official": 2, "emergency": 1, "marriage": 0.15})
            length = {"marriage": 3}.get(kind, dice.choice((1, 1, 1, 2)))
            last = shifts[min(at + length, len(shifts)) - 1]
            starts_at, ends_at = shifts[at]["starts_at"], last["ends_at"]
            if ends_at - starts_at > timedelta(days=6):
                at += 1
                continue
            filed_at = starts_at - timedelta(
                hours=dice.uniform(1.2, 4) if kind == "emergency" else dice.uniform(20, 90)
            )
            if filed_at > stage.now:
                break
            status = "refused" if kind == "personal" and dice.random() < 0.08 else "approved"
            if starts_at > stage.now and stage.now - filed_at < timedelta(hours=18):
                status = "requested"
            leave_id += 1
            granted[agent_id].append(
                {
                    "id": leave_id,
                    "agent_id": agent_id,
                    "type": kind,
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                    "filed_at": filed_at,
                    "filed_by": names[agent_id],
                    "status": status,
                    "approver": "" if status == "requested" else ("秦岚" if length > 3 else "罗文静"),
                    "has_certificate": kind in ("sick", "emergency") and dice.random() < 0.8,
                    "reason": dice.choice(_LEAVE_WORDS[kind]),
                }
            )
            at += length
    return granted


class _Conduct:
    """Plays the shifts: who came when, who left when, who did not come at all."""

    def __init__(
        self,
        stage: Stage,
        people: dict[int, Person],
        leave: dict[int, list[dict[str, Any]]],
        roster: Roster,
    ) -> None:
        self.stage, self.people, self.leave = stage, people, leave
        self.dice = stage.dice("conduct")
        # Two shifts running not long ago, so that this month or the last one shows it, beside a few before.
        owed = [
            shift["id"]
            for shift in roster.shifts
            if people[shift["agent_id"]].number == PERSONAS.absent
            and (stage.today - shift["work_on"]).days >= 3
            and not self._on_leave(shift)
        ]
        self.truant_shifts = frozenset(owed[-2:])
        self.agent_of: dict[int, int] = {}
        self.punches: dict[int, list[tuple[datetime, str]]] = {}
        self.off_post: dict[int, list[tuple[datetime, datetime, bool, str]]] = {}

    def work(self, shift: dict[str, Any]) -> None:
        """Decide the day's punches of one shift; nothing later than `now` is kept."""
        dice, number = self.dice, self.people[shift["agent_id"]].number
        # Always the same number of throws for each shift: one day more does not change the days before.
        late, minutes, forgets, away, early = (dice.random() for _ in range(5))
        before, behind = dice.uniform(1, 14), dice.uniform(0, 12)
        self.agent_of[shift["id"]], self.punches[shift["id"]] = shift["agent_id"], []
        if self._on_leave(shift) or self._absent(shift, late):
            return
        came = shift["starts_at"] - timedelta(minutes=before)
        if late < self._late_chance(number):
            came = shift["starts_at"] + timedelta(minutes=1 + minutes * (17 if minutes < 0.93 else 18))
        elif late < self._late_chance(number) + (0.075 if number == PERSONAS.severely_late else 0.004):
            came = shift["starts_at"] + timedelta(minutes=21 + minutes * 38)
        went = shift["ends_at"] + timedelta(minutes=behind)
        if early < 0.009:
            went = shift["ends_at"] - timedelta(minutes=3 + minutes * 14)
        came, went = came.replace(microsecond=0), went.replace(microsecond=0)
        punches = [(came, "in"), (went, "out")]
        forget_chance = 0.06 if number == PERSONAS.forgets_to_punch else 0.006
        if forgets < forget_chance:
            punches.pop(0 if forgets < forget_chance * 0.3 else 1)
        self.punches[shift["id"]] = punches
        if away < 0.035:
            is_approved = away < 0.028
            begins = shift["starts_at"] + timedelta(minutes=round(60 + minutes * 120))
            length = timedelta(minutes=round(8 + late * 30))
            reason = "领取客户资料" if is_approved else "私自外出"
            self.off_post[shift["id"]] = [(begins, begins + length, is_approved, reason)]

    def _late_chance(self, number: str) -> float:
        return 0.42 if number == PERSONAS.chronic_latecomer else 0.022

    def _on_leave(self, shift: dict[str, Any]) -> bool:
        return any(
            row["status"] == "approved"
            and row["starts_at"] <= shift["starts_at"]
            and shift["ends_at"] <= row["ends_at"]
            for row in self.leave.get(shift["agent_id"], ())
        )

    def _absent(self, shift: dict[str, Any], throw: float) -> bool:
        if self.people[shift["agent_id"]].number != PERSONAS.absent:
            return throw > 0.9995
        return shift["id"] in self.truant_shifts or throw > 0.988

    def stage_the_board(self, roster: Roster) -> None:
        """See to it that at this very moment somebody is late and somebody is missing."""
        now = self.stage.now
        running = [
            shift
            for shift in roster.shifts
            if shift["starts_at"] + timedelta(minutes=10) <= now < shift["ends_at"]
            and not self._on_leave(shift)
        ]
        running.sort(key=lambda s: (s["starts_at"], s["agent_id"]))
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

    def punch_rows(self) -> list[dict[str, Any]]:
        """Punches up to `now`, in the order in which they were made."""
        made = sorted(
            (at, self.agent_of[shift_id], kind)
            for shift_id, punches in self.punches.items()
            for at, kind in punches
            if at <= self.stage.now
        )
        devices = ("一楼考勤机", "二楼考勤机")
        return [
            {
                "id": i,
                "agent_id": agent_id,
                "at": at,
                "kind": kind,
                "device": devices[agent_id % 2],
                "recorded_at": at,
                "corrects_id": None,
            }
            for i, (at, agent_id, kind) in enumerate(made, start=1)
        ]

    def off_post_rows(self) -> list[dict[str, Any]]:
        """Absences from the post that have begun; one still running has no end yet."""
        rows: list[dict[str, Any]] = []
        for shift_id, spells in self.off_post.items():
            for begins, ends, is_approved, reason in spells:
                if begins <= self.stage.now:
                    rows.append(
                        {
                            "id": len(rows) + 1,
                            "agent_id": self.agent_of[shift_id],
                            "starts_at": begins,
                            "ends_at": ends if ends <= self.stage.now else None,
                            "is_approved": is_approved,
                            "reason": reason,
                        }
                    )
        return rows

    def verdicts(self, roster: Roster) -> list[dict[str, Any]]:
        """The verdict on every shift that has begun, as the rules give it at `now`."""
        stage = self.stage
        rows: list[dict[str, Any]] = []
        for shift in roster.shifts:
            if shift["id"] not in self.punches:
                continue
            day = judge(
                ShiftFacts(
                    shift["starts_at"],
                    shift["ends_at"],
                    tuple((_instant(rest["start"]), _instant(rest["end"])) for rest in shift["breaks"]),
                ),
                tuple(PunchFact(at, kind) for at, kind in self.punches[shift["id"]] if at <= stage.now),
                tuple(
                    LeaveFact(row["starts_at"], row["ends_at"], row["type"], row["status"] == "approved")
                    for row in self.leave.get(shift["agent_id"], ())
                    if row["starts_at"] < shift["ends_at"] and shift["starts_at"] < row["ends_at"]
                ),
                tuple(
                    OffPostFact(begins, ends if ends <= stage.now else None, is_approved)
                    for begins, ends, is_approved, _ in self.off_post.get(shift["id"], ())
                    if begins <= stage.now
                ),
                stage.book,
                stage.now,
            )
            rows.append(
                {
                    "id": len(rows) + 1,
                    "shift_id": shift["id"],
                    "agent_id": shift["agent_id"],
                    "work_on": shift["work_on"],
                    "class_": day.class_,
                    "late_minutes": day.late_minutes,
                    "early_minutes": day.early_minutes,
                    "worked_minutes": day.worked_minutes,
                    "first_in_at": day.first_in_at,
                    "last_out_at": day.last_out_at,
                    "clauses": list(day.clauses),
                    "steps": [step.as_record() for step in day.steps],
                    "rulebook_version": stage.book.version,
                    # A shift is judged the morning after; one still running, now.
                    "judged_at": min(stage.now, stage.at(shift["work_on"] + timedelta(days=1), 8)),
                }
            )
        return rows


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
