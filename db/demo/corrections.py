"""Clock readings of the demo that are put right: forgotten ones, and a day on which a device's clock was ahead."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import punch_corrections
from db.demo.accounts import Accounts
from db.demo.conduct import DEVICES, FAST_BY
from db.demo.people import PERSONAS, Person
from db.demo.roster import Roster
from db.demo.stage import Stage
from db.models import Punch, PunchCorrection
from db.refusals import Refused
from regulations.access import AccessRefused

_SINCE = timedelta(days=75)
_REASONS = ("忙于接待客户，忘记打卡", "考勤机前排队，未打上", "指纹识别失败，未重打")
_EVIDENCE = ("当班组长证明，电话系统登录记录可查", "监控录像可查", "同班同事证明")
_HOUR = timedelta(hours=1)


def fill_corrections(session: Session, stage: Stage, people: list[Person], roster: Roster) -> int:
    """Requests of the last weeks: approved, refused, still waiting; how many. And the device put right."""
    by_id, accounts = {person.id: person for person in people}, Accounts(session)
    made = 0
    wanted = [one for one in roster.forgotten if stage.now - one[2] < _SINCE and one[2] <= stage.now]
    for n, (shift, kind, at) in enumerate(wanted):
        is_recent = stage.now - at < timedelta(days=4)
        if n % 3 == 2 and not is_recent:
            continue  # nobody asked: the reading stays missing
        person = by_id[shift["agent_id"]]
        made += _ask(session, stage, accounts, person, kind, at, None, n, waits=is_recent)
    made += _agents_own(session, stage, accounts, by_id)
    _put_device_right(session, stage, accounts, roster)
    return made


def _ask(
    session: Session, stage: Stage, accounts: Accounts, person: Person, kind: str, at: datetime, replaces_id: int | None,
    n: int, *, waits: bool,
) -> int:  # fmt: skip
    asked_at = min(at + 15 * _HOUR, stage.now)
    with suppress(Refused, AccessRefused):
        row = punch_corrections.request_correction(
            session, accounts.person(person), agent_id=person.id, kind=kind, at=at, replaces_id=replaces_id,
            reason=_REASONS[n % 3], evidence=_EVIDENCE[n // 3 % 3], book=stage.book, now=asked_at,
        )  # fmt: skip
        if not waits:
            _decide(
                session,
                stage,
                accounts,
                person,
                row,
                is_approved=n % 5 != 3,
                at=min(asked_at + 5 * _HOUR, stage.now),
            )
        return 1
    return 0


def _decide(
    session: Session, stage: Stage, accounts: Accounts, person: Person, row: PunchCorrection, *, is_approved: bool,
    at: datetime,
) -> None:  # fmt: skip
    punch_corrections.decide_correction(
        session, accounts.decider(row.required_role, person.team), row.id, is_approved=is_approved,
        note="" if is_approved else "登录记录与所述时间不符", expected_version=row.row_version, book=stage.book, now=at,
    )  # fmt: skip


def _agents_own(session: Session, stage: Stage, accounts: Accounts, people: dict[int, Person]) -> int:
    """One request of the account that signs in as an agent: a reading that came some minutes after he did."""
    person = next(p for p in people.values() if p.number == PERSONAS.promising)
    punch = session.scalars(
        select(Punch)
        .where(Punch.agent_id == person.id, Punch.kind == "in", Punch.at < stage.now - _HOUR)
        .order_by(Punch.at.desc())
        .limit(1)
    ).first()
    if punch is None:
        return 0
    at = punch.at - timedelta(minutes=6)
    return _ask(session, stage, accounts, person, "in", at, punch.id, 1, waits=True)


def _put_device_right(session: Session, stage: Stage, accounts: Accounts, roster: Roster) -> None:
    """The readings that the device took while its clock was ahead, corrected the next morning by whoever may."""
    day: Any = roster.fast_on
    if day is None:
        return
    with suppress(Refused):
        punch_corrections.correct_device(
            session, accounts.scope("manager"), device=DEVICES[1], from_at=stage.at(day, 0), to_at=stage.at(day, 24.4),
            offset_seconds=-round(FAST_BY.total_seconds()), reason="考勤机时钟快八分钟，次日校准",
            now=stage.at(day + timedelta(days=1), 9),
        )  # fmt: skip
