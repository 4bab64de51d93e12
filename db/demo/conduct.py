"""How the demo's people keep their shifts: punches and time off the post; the verdicts come from the pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from db.demo.people import PERSONAS, Person
from db.demo.stage import Stage
from regulations.attendance import LeaveFact, OffPostFact, PunchFact, ShiftFacts, judge


class Conduct:
    """Plays the shifts: who came when, who left when, who did not come at all."""

    def __init__(
        self,
        stage: Stage,
        people: dict[int, Person],
        leave: dict[int, list[dict[str, Any]]],
        shifts: Sequence[dict[str, Any]],
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

    def stage_the_board(self, shifts: Sequence[dict[str, Any]]) -> None:
        """See to it that at this very moment somebody is late and somebody is missing."""
        now = self.stage.now
        running = [
            shift
            for shift in shifts
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

    def verdicts(self, shifts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """The verdict on every shift that has begun, as the rules give it at `now`."""
        stage = self.stage
        rows: list[dict[str, Any]] = []
        for shift in shifts:
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
