"""Calls of the demo department, some with a transcript from the written conversations.

Only what a telephone system and a recogniser would deliver is written here: calls, transcripts, segments. What is
found in them is found by the inspection (`jobs.demo`), with the rulebook of the day, like in any other call.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.dialogues import Conversation, converse
from db.demo.people import PERSONAS, Person
from db.demo.roster import Roster
from db.demo.stage import Stage, insert_rows, pick, poisson
from db.demo.words import customer
from db.models import Call, Transcript, TranscriptSegment

ENGINE = "demo-script"
SETTINGS_HASH = "demo-script-1"  # one transcript of this engine for a call

_PER_DAY = 20.5
_KINDS = {
    "goods": {"inbound_service": 68.0, "complaint": 20.0, "chat": 12.0},
    "hospital": {"callback_inpatient": 46.0, "callback_outpatient": 44.0, "inbound_service": 10.0},
    "property": {
        "inbound_service": 42.0,
        "callback_repair": 34.0,
        "callback_property": 14.0,
        "complaint": 10.0,
    },
}
_FLAWS = {
    "": 72.0, "no_greeting": 3.2, "no_closing": 4.2, "silent_hold": 3.2, "rude": 0.7, "rude_customer": 4.0,
    "promise": 1.8, "lookalike": 4.0, "praise": 4.5, "steps_left_out": 5.0,
}  # fmt: skip
_RECENT_DAYS = 60
_TRANSCRIBED_RECENT, _TRANSCRIBED_BEFORE = 0.42, 0.145
_CHARACTERS_PER_SECOND = 4.3


def fill_calls(session: Session, stage: Stage, people: Sequence[Person], roster: Roster) -> dict[str, int]:
    """Calls within the shifts, up to `now`; how many of each kind of row."""
    exchange = _Exchange(stage, people)
    dice = stage.dice("calls")
    for day in stage.days:
        mean = _PER_DAY * stage.scale * (0.7 if day.weekday() == 6 else 1.05)
        moments = sorted(_moments(stage, dice, day, poisson(dice, mean), roster))
        for started_at, agent_id in moments:
            exchange.put_through(started_at, agent_id)
    return {
        "calls": insert_rows(session, Call, exchange.calls),
        "transcripts": insert_rows(session, Transcript, exchange.transcripts),
        "transcript_segments": insert_rows(session, TranscriptSegment, exchange.segments),
    }


def _moments(
    stage: Stage, dice: random.Random, day: date, count: int, roster: Roster
) -> list[tuple[datetime, int]]:
    shifts = roster.by_day.get(day, [])
    moments: list[tuple[datetime, int]] = []
    for _ in range(count if shifts else 0):
        shift = dice.choice(shifts)
        length = shift["ends_at"] - shift["starts_at"]
        started_at = (shift["starts_at"] + length * dice.uniform(0.01, 0.97)).replace(microsecond=0)
        if started_at <= stage.now - timedelta(minutes=5):
            moments.append((started_at, shift["agent_id"]))
    return moments


class _Exchange:
    """Turns a moment and an agent into a call, and some calls into a transcript."""

    def __init__(self, stage: Stage, people: Sequence[Person]) -> None:
        self.stage, self.people = stage, {p.id: p for p in people}
        self.dice = stage.dice("conversations")
        self.calls: list[dict[str, Any]] = []
        self.transcripts: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []

    def put_through(self, started_at: datetime, agent_id: int) -> None:
        """One call."""
        dice, person = self.dice, self.people[agent_id]
        started_on = self.stage.day_of(started_at)
        kind = pick(dice, _KINDS[person.team])
        if person.team == "property" and not 8 <= self.stage.hour_of(started_at) <= 20:
            kind = "inbound_service"  # nobody is called back at night
        is_outbound = kind.startswith("callback")
        call = {
            "id": len(self.calls) + 1,
            "call_id": f"YF{started_on:%Y%m%d}{len(self.calls) + 1:06d}",
            "agent_id": agent_id,
            "team_id": person.team_id,
            "started_at": started_at,
            "started_on": started_on,
            "channel": "chat" if kind == "chat" else "phone",
            "direction": "outbound" if is_outbound else "inbound",
            "kind": kind,
            "duration_seconds": float(round(min(1500, 40 + dice.lognormvariate(4.6, 0.6)))),
            "rings": None if is_outbound or kind == "chat" else self._rings(),
            "hangup_by": pick(dice, {"customer": 78, "agent": 18, "unknown": 4}),
        }
        self.calls.append(call)
        is_recent = (self.stage.today - started_on).days <= _RECENT_DAYS
        if dice.random() < (_TRANSCRIBED_RECENT if is_recent else _TRANSCRIBED_BEFORE):
            self._transcribe(call, person)

    def _rings(self) -> int:
        return int(pick(self.dice, {"1": 40, "2": 38, "3": 13, "4": 6, "5": 2, "7": 1}))

    def _transcribe(self, call: dict[str, Any], person: Person) -> None:
        dice = self.dice
        name, _ = customer(dice)
        conversation = converse(call["kind"], person.team, self._flaw(person), person.name, name, dice)
        segments = self._spoken(conversation, call["channel"])
        transcript_id = len(self.transcripts) + 1
        call["duration_seconds"] = round(segments[-1]["end_seconds"] + 0.8, 2)
        call["hangup_by"] = conversation.hangup_by
        self.transcripts.append(
            {
                "id": transcript_id,
                "call_id": call["id"],
                "audio_sha256": "",
                "engine": ENGINE,
                "model_hash": "",
                "settings_hash": SETTINGS_HASH,
                "versions": {},
                "created_at": min(self.stage.now, call["started_at"] + timedelta(hours=1)),
            }
        )
        for ordinal, segment in enumerate(segments):
            segment.update(id=len(self.segments) + 1, transcript_id=transcript_id, ordinal=ordinal)
            self.segments.append(segment)

    def _flaw(self, person: Person) -> str:
        weights = dict(_FLAWS)
        if person.number == PERSONAS.rude:
            weights["rude"] = 26.0
        if person.number == PERSONAS.promising:
            weights["promise"] = 12.0
        if person.number == PERSONAS.newcomer:
            weights["no_closing"] = 14.0
        return pick(self.dice, weights)

    def _spoken(self, conversation: Conversation, channel: str) -> list[dict[str, Any]]:
        """The turns on the time line: speech at an everyday pace, pauses as written."""
        dice, clock = self.dice, 0.0
        segments: list[dict[str, Any]] = []
        for turn in conversation.turns:
            start = max(0.0, clock + turn.pause)
            clock = start + max(0.5, len(turn.text) / (_CHARACTERS_PER_SECOND * dice.uniform(0.88, 1.15)))
            segments.append(
                {
                    "speaker": turn.speaker,
                    "start_seconds": round(start, 2),
                    "end_seconds": round(clock, 2),
                    "text": turn.text,
                    "confidence": None if channel == "chat" else round(dice.uniform(0.82, 0.98), 3),
                }
            )
        return segments
