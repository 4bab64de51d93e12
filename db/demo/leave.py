"""The leave of the demo's people over the months: asked for, decided by whoever the rules name, certified, reported back.

The rows are written in bulk; what each says of the rules is what `regulations.leave.check` says of it at the moment it
was filed. What waits for a decision today is filed through the desk itself (`requests`).
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from db.demo.accounts import actor_of, username_for
from db.demo.people import PERSONAS, Person
from db.demo.stage import Stage, pick
from db.leave_rows import stored
from regulations.leave import LeaveRequestFacts, LeaveShift, OtherLeave, check
from regulations.levels import account_for

Row = dict[str, Any]
_DAY = timedelta(days=1)
_LARGE_TEAMS = ("goods", "hospital")
_SICK = ("sick", "emergency")
_WORDS = {
    "sick": ("感冒发烧，遵医嘱休息", "急性肠胃炎", "牙科治疗"),
    "personal": ("家中有事", "孩子家长会", "办理房产手续", "陪家人就医"),
    "special": ("家中漏水，须本人到场", "孩子突然生病要接回家"),
    "official": ("参加集团服务礼仪培训", "参加消费者协会座谈"),
    "emergency": ("夜间突发腹痛，送急诊",),
    "marriage": ("婚假",),
}
_REFUSALS = ("当天人手不足，请改期", "事由不清，请补充后再提")
_STILL_OPEN = timedelta(days=25)  # only of leave this recent is a slip or a report still missing


def grant_leave(
    stage: Stage, people: Sequence[Person], shifts: Sequence[Row], swap_days: Mapping[int, set[date]]
) -> dict[int, list[Row]]:
    """The leave by person, as rows of `leave` with their ids; decided, all of it, and none on a swap day."""
    dice = stage.dice("leave")
    persons = {person.id: person for person in people}
    shifts_of: dict[int, list[Row]] = defaultdict(list)
    for shift in sorted(shifts, key=lambda s: s["starts_at"]):
        shifts_of[shift["agent_id"]].append(shift)
    granted: dict[int, list[Row]] = defaultdict(list)
    for agent_id in sorted(shifts_of):
        own, at = shifts_of[agent_id], 0
        while at < len(own):
            if dice.random() >= 0.016:
                at += 1
                continue
            kind = pick(
                dice,
                {"sick": 4, "personal": 5, "special": 1.2, "official": 2, "emergency": 1, "marriage": 0.15},
            )
            length = {"marriage": 3, "special": 1}.get(kind, dice.choice((1, 1, 1, 2)))
            taken = own[at : at + length]
            row = _granted(stage, dice, kind, taken, own, persons[agent_id], granted[agent_id], swap_days)
            if row is not None:
                granted[agent_id].append(row)
            at += 1 if row is None else length
    _see_somebody_off(stage, dice, shifts_of, persons, granted, swap_days)
    for number, row in enumerate((row for rows in granted.values() for row in rows), start=1):
        row["id"] = number
    return granted


def _see_somebody_off(
    stage: Stage, dice: random.Random, shifts_of: Mapping[int, list[Row]], people: Mapping[int, Person],
    granted: dict[int, list[Row]], swap_days: Mapping[int, set[date]],
) -> None:  # fmt: skip
    """In each large team somebody is on leave today, asked for in good time."""
    for team in _LARGE_TEAMS:
        for person in people.values():
            today = [shift for shift in shifts_of[person.id] if shift["work_on"] == stage.today]
            if person.team != team or not today or person.number in (PERSONAS.absent, PERSONAS.promising):
                continue
            row = _granted(
                stage, dice, "official", today, shifts_of[person.id], person, granted[person.id], swap_days
            )
            if row is not None and not row["violations"]:
                granted[person.id].append(row)
                break


def _granted(
    stage: Stage, dice: random.Random, kind: str, taken: Sequence[Row], own: Sequence[Row], person: Person,
    before: Sequence[Row], swap_days: Mapping[int, set[date]],
) -> Row | None:  # fmt: skip
    """Leave for these shifts as it was filed, decided and settled; None where nothing could have come of it."""
    row = _request(stage, dice, kind, taken, person)
    if row is None or {shift["work_on"] for shift in taken} & swap_days.get(person.id, set()):
        return None
    _rule(stage, row, own, before)
    if not _decide(stage, dice, row, person.team):
        return None
    _afterwards(stage, dice, row, own)
    return row


def _request(
    stage: Stage, dice: random.Random, kind: str, taken: Sequence[Row], person: Person
) -> Row | None:
    """The request as it was filed; None where it would not have been yet, or spans a gap in the roster."""
    starts_at, ends_at = taken[0]["starts_at"], taken[-1]["ends_at"]
    if ends_at - starts_at > timedelta(days=6):
        return None
    filed_at = _filed(stage, dice, kind, taken[0])
    if filed_at > stage.now:
        return None
    return {
        "agent_id": person.id,
        "type": kind,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "filed_at": filed_at,
        "filed_by": actor_of(person),
        "reason": dice.choice(_WORDS[kind]),
        "is_emergency": kind == "emergency",
        "proxy": "家属" if kind == "emergency" else "",
        "told_at": filed_at if kind in _SICK else None,
        "has_certificate": False,
        "certificate_from_on": None,
        "certificate_to_on": None,
        "slip_received_on": None,
        "returned_at": None,
        "amends_id": None,
        "revision": 1,
        "rulebook_version": stage.book.version,
        "row_version": 1,
    }


def _filed(stage: Stage, dice: random.Random, kind: str, shift: Row) -> datetime:
    """When it was filed: sickness in the hours before, the rest days ahead, now and then too late."""
    hours = dice.uniform(1.2, 4)
    shortly: datetime = (shift["starts_at"] - timedelta(hours=hours)).replace(microsecond=0)
    if kind in (*_SICK, "special"):
        return shortly
    if kind == "personal" and dice.random() < 0.12:  # too late: for the level that decides on exceptions
        return shortly
    ahead = 21 if kind == "marriage" else dice.choice((1, 2, 3, 5))
    return stage.at(shift["work_on"] - timedelta(days=ahead), 9 + hours * 2)


def _rule(stage: Stage, row: Row, own: Sequence[Row], others: Sequence[Row]) -> None:
    """What the rules say of it when it is filed."""
    near = [
        s
        for s in own
        if row["starts_at"] - 2 * _DAY < s["ends_at"] and s["starts_at"] < row["ends_at"] + _DAY
    ]
    facts = LeaveRequestFacts(
        type=row["type"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        filed_at=row["filed_at"],
        is_emergency=row["is_emergency"],
        proxy=row["proxy"],
        told_at=row["told_at"],
        shifts=tuple(LeaveShift(s["work_on"], s["starts_at"], s["ends_at"], _breaks(s)) for s in near),
        rostered_until=own[-1]["work_on"],
        others=tuple(OtherLeave(o["starts_at"], o["ends_at"], o["type"], o["status"]) for o in others),
    )
    ruling = check(facts, stage.book, row["filed_at"])
    row["_can_be_filed"] = ruling.can_be_filed
    row.update(stored(ruling, stage.book))


def _breaks(shift: Row) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(
        (datetime.fromisoformat(b["start"]), datetime.fromisoformat(b["end"])) for b in shift["breaks"]
    )


def _decide(stage: Stage, dice: random.Random, row: Row, team: str) -> bool:
    """Have it decided by its level; whether it was, and could be asked for at all."""
    is_refused = row["type"] == "personal" and dice.random() < (0.4 if row["violations"] else 0.06)
    wait = (
        timedelta(minutes=dice.uniform(12, 55))
        if row["type"] in (*_SICK, "special")
        else timedelta(hours=dice.uniform(0.5, 6))
    )
    decided_at = min(row["filed_at"] + wait, row["starts_at"] - timedelta(minutes=5)).replace(microsecond=0)
    if not row.pop("_can_be_filed") or decided_at > stage.now:
        return False
    row |= {
        "status": "refused" if is_refused else "approved",
        "approver": username_for(row["required_role"], team),
        "decided_role": account_for(row["required_role"]),
        "decided_at": decided_at,
        "decision_note": dice.choice(_REFUSALS) if is_refused else "",
    }
    return True


def _afterwards(stage: Stage, dice: random.Random, row: Row, own: Sequence[Row]) -> None:
    """Certificate and slip of the sick, and who reported back: nearly always, and of what is long past always."""
    if row["status"] != "approved" or row["ends_at"] > stage.now:
        return
    forgets = dice.random() < 0.4 and stage.now - row["ends_at"] < _STILL_OPEN
    after = bisect_right([shift["starts_at"] for shift in own], row["ends_at"])
    back = own[after] if after < len(own) else None
    if back is not None and back["starts_at"] <= stage.now and not forgets:
        row["returned_at"] = back["starts_at"] - timedelta(minutes=5)
    if row["type"] not in _SICK:
        return
    first, last = stage.day_of(row["starts_at"]), stage.day_of(row["ends_at"])
    row["has_certificate"] = not forgets
    if not forgets:
        row["certificate_from_on"], row["certificate_to_on"] = first, last
        if back is not None and back["work_on"] <= stage.today:
            row["slip_received_on"] = back["work_on"]
