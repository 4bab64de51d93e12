"""The handovers that the demo's roster owed: written, signed, reviewed; some refused, unsigned, forgotten."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.demo.accounts import SUPERVISOR_OF, actor_of
from db.demo.people import Person
from db.demo.roster import Roster
from db.demo.stage import Stage, continue_numbering, insert_rows
from db.models import Escalation, Handover, Leave
from regulations.escalation import route
from regulations.handover_pairs import Owed, PostShift, owed_handovers
from regulations.handover_rules import REFUSED, proposed_handling, refused_goes_to
from regulations.handovers import fields_of
from regulations.intervals import subtract

Row = dict[str, Any]
_DAYS = 120
_WORDS = (
    ("工单与回访均已录入系统", "完成接待与电话受理，无积压", "当班工作全部完成"),
    ("A 座 1203 空调漏水待工程部复查", "无", "客户张女士退款待财务确认，明早跟进", "无"),
    ("设备正常", "2 号话机耳麦有杂音，已报修", "设备正常，钥匙齐全"),
    ("无变动", "一人请假，已安排替班", "无变动"),
    ("无新增投诉", "投诉一件已登记，待责任部门回复", "客户建议增加夜间值守，已记录"),
    ("无新通知", "停水通知已张贴，答复口径见公告", "新品活动口径已更新"),
)
_REVIEWED = "已找当事人了解，补交接并提醒"
_REFUSALS = ("钥匙少一把，交班人未说明去向", "遗留投诉没有写明处理到哪一步")


def fill_handovers(session: Session, stage: Stage, people: Sequence[Person], roster: Roster) -> int:
    """Four months of handovers up to those of the shifts that run now; how many."""
    dice = stage.dice("handovers")
    persons = {person.id: person for person in people}
    days = {shift["id"]: shift["work_on"] for shift in roster.shifts}
    rows: list[Row] = []
    for one in owed_handovers(_owed_time(session, stage, roster, persons), stage.book):
        if one.outgoing.starts_at <= stage.now:
            row = _row(stage, dice, one, persons, roster.attended)
            rows.append({"id": len(rows) + 1, "work_on": days[one.outgoing.shift_id], **row})
    _leave_one_refused(stage, rows, persons)
    count = insert_rows(session, Handover, rows)
    continue_numbering(session, [Handover])
    session.add_all(_reports(stage, row, persons) for row in rows if row["refused_at"] is not None)
    session.flush()
    return count


def _leave_one_refused(stage: Stage, rows: Sequence[Row], persons: Mapping[int, Person]) -> None:
    """Of the last day's handovers that nobody has reviewed yet, the latest of the first team is refused and waits."""
    since = stage.now - timedelta(hours=20)
    for row in reversed(rows):
        is_fit = row["signed_in_at"] is not None and row["reviewed_at"] is None and row["refused_at"] is None
        if is_fit and row["team_id"] == 1 and row["due_at"] > since:
            row |= {
                "refused_at": row["signed_in_at"],
                "refused_by": actor_of(persons[row["incoming_id"]]),
                "refused_reason": _REFUSALS[0],
                "signed_in_at": None,
                "signed_in_by": "",
                "signed_out_at": None,
                "signed_out_by": "",
            }
            return


def _reports(stage: Stage, row: Row, persons: Mapping[int, Person]) -> Escalation:
    """The report that a refusal made, settled when it was taken over after all or reviewed."""
    proposal = proposed_handling()[0]
    found = route(
        REFUSED, "agent", refused_goes_to(stage.book), False, proposal, stage.book, row["refused_at"]
    )
    ended = [at for at in (row["signed_in_at"], row["reviewed_at"]) if at is not None]
    names = f"{persons[row['outgoing_id']].name} → {persons[row['incoming_id']].name}"
    return Escalation(
        handover_id=row["id"], team_id=row["team_id"], reason=REFUSED, proposal=proposal,
        detail=f"{row['work_on']} {row['post']} {names}：{row['refused_reason']}", from_role="agent",
        to_role=refused_goes_to(stage.book), raised_by=row["refused_by"], raised_at=row["refused_at"],
        raised_on=stage.day_of(row["refused_at"]), skipped_roles=[], clauses=list(found.clauses),
        steps=[step.as_record() for step in found.steps], rulebook_version=stage.book.version,
        settled_at=min(ended, default=None),
    )  # fmt: skip


def _owed_time(
    session: Session, stage: Stage, roster: Roster, people: Mapping[int, Person]
) -> list[PostShift]:
    """The shifts of the last months with the time that is owed of each after approved leave."""
    since = stage.now - timedelta(days=_DAYS)
    absent: dict[int, list[tuple[datetime, datetime]]] = {}
    query = select(Leave.agent_id, Leave.starts_at, Leave.ends_at).where(
        Leave.status == "approved", Leave.ends_at > since
    )
    for agent_id, starts_at, ends_at in session.execute(query):
        absent.setdefault(agent_id, []).append((starts_at, ends_at))
    found = []
    for shift in roster.shifts:
        if shift["ends_at"] > since:
            due = subtract([(shift["starts_at"], shift["ends_at"])], absent.get(shift["agent_id"], ()))
            if due:
                team_id = people[shift["agent_id"]].team_id
                found.append(
                    PostShift(shift["id"], shift["agent_id"], team_id, shift["post"], due[0][0], due[-1][1])
                )
    return found


def _row(
    stage: Stage, dice: random.Random, one: Owed, people: Mapping[int, Person], attended: Collection[int]
) -> Row:
    """One handover as far as it has come by now; nothing later than `now` is kept."""
    throws = [dice.random() for _ in range(7)]
    out, into, due_at = one.outgoing, one.incoming, one.outgoing.ends_at
    entries = _entries(stage, dice, throws[6])
    written_at = due_at - timedelta(minutes=10 + round(throws[3] * 12))
    taken_at = max(due_at, into.starts_at) - timedelta(minutes=1 + round(throws[4] * 4))
    is_written = throws[0] >= 0.015 and out.shift_id in attended
    is_complete = is_written and all(entries.values())
    is_refused = is_complete and throws[1] < 0.018
    refused_at = taken_at if is_refused else None
    if refused_at is not None:
        taken_at = refused_at + timedelta(minutes=25)
    is_settled = not is_refused or throws[4] < 0.5
    is_taken = is_complete and is_settled and throws[2] >= 0.02 and into.shift_id in attended
    at = {
        "written_at": written_at if is_complete else None,
        "signed_in_at": taken_at if is_taken else None,
        "signed_out_at": max(taken_at, due_at) + timedelta(minutes=1) if is_taken else None,
        "refused_at": refused_at,
        "reviewed_at": _reviewed(stage, max(due_at, into.starts_at), throws[5]),
    }
    by = {
        "written_at": ("written_by", actor_of(people[out.agent_id])),
        "signed_in_at": ("signed_in_by", actor_of(people[into.agent_id])),
        "signed_out_at": ("signed_out_by", actor_of(people[out.agent_id])),
        "refused_at": ("refused_by", actor_of(people[into.agent_id])),
        "reviewed_at": ("reviewed_by", SUPERVISOR_OF[people[out.agent_id].team]),
    }
    row: Row = {
        "team_id": out.team_id,
        "post": out.post,
        "outgoing_shift_id": out.shift_id,
        "incoming_shift_id": into.shift_id,
        "outgoing_id": out.agent_id,
        "incoming_id": into.agent_id,
        "relief_named_by": "",
        "due_at": due_at,
        "rulebook_version": stage.book.version,
        "row_version": 1,
    }
    for name, (actor_field, who) in by.items():
        moment = at[name]
        row[name] = moment if moment is not None and moment <= stage.now else None
        row[actor_field] = who if row[name] is not None else ""
    has_words = is_written and written_at <= stage.now
    row["entries"] = entries if has_words else {}
    row["written_by"] = actor_of(people[out.agent_id]) if has_words else ""
    row["refused_reason"] = _REFUSALS[out.shift_id % len(_REFUSALS)] if row["refused_at"] is not None else ""
    went_wrong = row["signed_out_at"] is None
    row["review_note"] = _REVIEWED if went_wrong and row["reviewed_at"] is not None else ""
    return row


def _reviewed(stage: Stage, due_at: datetime, throw: float) -> datetime | None:
    """The supervisor reads them in the evening and in the morning; of the last days some are left."""
    if throw < 0.04 or (throw < 0.3 and stage.now - due_at < timedelta(days=2)):
        return None
    day, hour = stage.day_of(due_at), stage.hour_of(due_at)
    if hour < 9:
        return stage.at(day, 10 + throw)
    if hour < 17.4:
        return stage.at(day, 17.5 + throw)
    return stage.at(day, hour + 0.6 + throw * 0.4) if hour < 22 else due_at + timedelta(minutes=15)


def _entries(stage: Stage, dice: random.Random, throw: float) -> dict[str, str]:
    """What was written in each field; now and then one was left out."""
    kept = {name: dice.choice(_WORDS[n % len(_WORDS)]) for n, name in enumerate(fields_of(stage.book))}
    if throw < 0.01 and kept:
        kept[next(iter(kept))] = ""
    return kept
