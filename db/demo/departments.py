"""What departments, leadership and colleagues do with a demo case between its receipt and its end.

Added to the course of a case with dice of its own, so that nothing else of the demo shifts. Every sequence is one
that the desk itself would have let happen: a test asks the rules.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from db.demo.people import Person
from db.demo.stage import Stage, after
from db.demo.words import FINDINGS, MEASURES, SUGGESTIONS, head_of
from regulations.complaints import CaseEvent

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_OWN_FAULT = 0.62
_WRONG_DEPARTMENT = 0.06
_LATE_RECTIFICATION = 0.18
_FOUND_WANTING = 0.12


@dataclass(frozen=True)
class DemoEvent:
    """An event with all that the desk keeps of it."""

    kind: str
    at: datetime
    department: str = ""
    value: str = ""
    due_on: date | None = None
    actor: str = ""
    note: str = ""

    def fact(self) -> CaseEvent:
        """The event as the rules read it."""
        return CaseEvent(self.kind, self.at, self.department, self.value, self.due_on)


@dataclass
class Work:
    """What became of a case: its events, the words of its departments, and the facts that changed on the way."""

    events: list[DemoEvent]
    words: dict[str, tuple[str, str]] = field(default_factory=dict)  # department -> findings, measures
    upheld: str = "open"
    is_incident: bool = False
    severity: str = ""
    handler_id: int | None = None


@dataclass(frozen=True)
class Setting:
    """What the work on a case depends on."""

    department: str  # the right one
    others: Sequence[str]
    category: str
    severity: str
    agent: Person
    colleagues: Sequence[Person]
    is_plain: bool  # a case placed to be seen as it is: nothing is added but what its departments owe


def work_on(stage: Stage, dice: random.Random, history: Sequence[CaseEvent], setting: Setting) -> Work:
    """The whole history up to `now`, oldest first."""
    work = Work([], severity=setting.severity)
    at = {event.kind: event.at for event in reversed(history)}  # the first of each kind
    for event in history:
        work.events.append(_plain(event, setting, dice))
    if "forwarded" in at and "acknowledged" in at:
        if not setting.is_plain and dice.random() < _WRONG_DEPARTMENT and setting.others:
            _misroute(work, dice, at, setting)
        _answer(stage, dice, work, at, setting)
    if not setting.is_plain:
        _change(stage, dice, work, at, setting)
        _lead(stage, dice, work, at)
    work.events = sorted((e for e in work.events if e.at <= stage.now), key=lambda e: e.at)
    return work


def _plain(event: CaseEvent, setting: Setting, dice: random.Random) -> DemoEvent:
    agent, department = setting.agent.name, setting.department
    note = _NOTES.get(event.kind, "")
    if event.kind == "forwarded":
        due_on = event.at.date() + 4 * _DAY if dice.random() < 0.3 else None
        return DemoEvent(event.kind, event.at, department, "", due_on, agent, note)
    if event.kind == "acknowledged":
        return DemoEvent(event.kind, event.at, department, head_of(department), None, agent, note)
    return DemoEvent(event.kind, event.at, actor=agent, note=note)


def _misroute(work: Work, dice: random.Random, at: Mapping[str, datetime], setting: Setting) -> None:
    """It went to the wrong department first, which gave it back unsigned."""
    span = at["acknowledged"] - at["forwarded"]
    if span < 6 * _MINUTE:
        return
    recalled_at = at["forwarded"] + span * dice.uniform(0.3, 0.6)
    wrong, agent = dice.choice(list(setting.others)), setting.agent.name
    for place, event in enumerate(work.events):
        if event.kind == "forwarded":
            work.events[place] = DemoEvent("forwarded", event.at, wrong, "", None, agent, event.note)
    recalled_at = recalled_at.replace(microsecond=0)
    work.events += [
        DemoEvent("recalled", recalled_at, wrong, "", None, agent, f"经核对应由{setting.department}负责"),
        DemoEvent("forwarded", recalled_at + _MINUTE, setting.department, "", None, agent, "改派责任部门"),
    ]


def _answer(
    stage: Stage, dice: random.Random, work: Work, at: Mapping[str, datetime], setting: Setting
) -> None:
    """The department's answer before the customer's; for a case still open, now and then already there."""
    signed_at, final_at = at["acknowledged"], at.get("final_feedback")
    roll, own, slow = dice.random(), dice.random() < _OWN_FAULT, dice.uniform(0.3, 0.9)
    if final_at is not None:
        latest = max(signed_at + _MINUTE, final_at - 5 * _MINUTE)
        returned_at = min(max(at.get("investigated", signed_at) + 9 * _MINUTE, signed_at + _MINUTE), latest)
        if returned_at >= final_at:
            return
    else:
        returned_at = stage.into_office(after(dice, signed_at, 26 * 60 * slow), dice)
        if roll > 0.55 or returned_at >= stage.now - timedelta(hours=1):
            return
    returned_at = returned_at.replace(microsecond=0)
    due_on = stage.day_of(returned_at) + dice.randint(2, 6) * _DAY if own else None
    if own and not setting.is_plain and dice.random() < 0.3:
        ordered_at = signed_at + (returned_at - signed_at) * 0.4
        work.events.append(
            DemoEvent(
                "rectification_ordered", ordered_at.replace(microsecond=0), setting.department, "", due_on,
                setting.agent.name, "按领导批示下达整改通知单",
            )
        )  # fmt: skip
    cause = "own_fault" if own else "other_cause"
    work.events.append(
        DemoEvent("returned", returned_at, setting.department, cause, due_on, setting.agent.name)
    )
    kind = setting.category if setting.category in FINDINGS else "other"
    work.words[setting.department] = (
        dice.choice(FINDINGS[kind]), dice.choice(MEASURES if own else SUGGESTIONS),
    )  # fmt: skip
    _judge(dice, work, returned_at, final_at, own, setting)
    if due_on is not None:
        _rectify(stage, dice, work, returned_at, due_on, at, setting)


def _judge(
    dice: random.Random,
    work: Work,
    returned_at: datetime,
    final_at: datetime | None,
    own: bool,
    setting: Setting,
) -> None:
    """Whether the complaint is upheld, before the customer is told."""
    roll = dice.random()
    upheld = "yes" if own and roll < 0.7 else "no" if not own and roll < 0.45 else "open"
    judged_at = (returned_at + 3 * _MINUTE).replace(microsecond=0)
    if upheld == "open" or (final_at is not None and judged_at >= final_at):
        return
    kind = "upheld" if upheld == "yes" else "not_upheld"
    note = "责任部门确认属实" if upheld == "yes" else "经核实不属我方责任，已向客户说明"
    work.upheld = upheld
    work.events.append(DemoEvent(kind, judged_at, actor=setting.agent.name, note=note))


def _rectify(
    stage: Stage,
    dice: random.Random,
    work: Work,
    returned_at: datetime,
    due_on: date,
    at: Mapping[str, datetime],
    setting: Setting,
) -> None:
    """Done by the declared day or late, then verified; found wanting now and then, and done again."""
    is_late, is_wanting = dice.random() < _LATE_RECTIFICATION, dice.random() < _FOUND_WANTING
    over, agent, department = dice.randint(1, 4), setting.agent.name, setting.department
    rectified_at = max(
        stage.at(due_on, dice.uniform(9, 17)) - dice.randint(0, 1) * _DAY, returned_at + 60 * _MINUTE
    )
    if is_late:
        rectified_at = stage.at(due_on + over * _DAY, dice.uniform(9, 17))
    verified_at = stage.at(stage.day_of(rectified_at) + _DAY, dice.uniform(9.5, 16.5))
    work.events.append(
        DemoEvent(
            "rectified", rectified_at.replace(microsecond=0), department, actor=agent, note="措施已落实"
        )
    )
    last_at = verified_at
    if is_wanting:
        again_on = stage.day_of(verified_at) + 3 * _DAY
        work.events += [
            DemoEvent(
                "rectification_failed",
                verified_at,
                department,
                "",
                again_on,
                agent,
                "抽查发现措施未全面落实，限期再改",
            ),
            DemoEvent("rectified", stage.at(again_on, 15), department, actor=agent, note="补充措施已落实"),
        ]
        last_at = stage.at(again_on + _DAY, 10.5)
    work.events.append(
        DemoEvent("rectification_passed", last_at, department, actor=agent, note="现场核查通过")
    )
    closed_at = at.get("closed")
    if closed_at is not None and closed_at < last_at:
        for place, event in enumerate(work.events):
            if event.kind == "closed":
                note = "客户已认可处理结果，整改继续跟踪"
                work.events[place] = DemoEvent("closed", event.at, actor=event.actor, note=note)


def _change(
    stage: Stage, dice: random.Random, work: Work, at: Mapping[str, datetime], setting: Setting
) -> None:
    """What changes in mid-course: the severity, whether it is an incident, who works on it."""
    severe, incident, handed, waits = (dice.random() for _ in range(4))
    hours, agent = dice.uniform(1, 6), setting.agent.name
    begun = at.get("forwarded", at.get("registered"))
    if begun is None:
        return
    end = min(at.get("final_feedback", stage.now), stage.now)
    moment = (begun + timedelta(hours=hours)).replace(microsecond=0)
    if severe < 0.03 and setting.severity == "ordinary" and moment < end:
        work.severity = "serious"
        work.events.append(
            DemoEvent("severity_changed", moment, "", "serious", None, agent, "客户反映影响扩大")
        )
    if incident < (0.12 if setting.severity == "serious" else 0.004):
        declared = (at["registered"] + 8 * _MINUTE).replace(microsecond=0)
        reported = (declared + timedelta(hours=min(30.0, 9 + hours * 3))).replace(microsecond=0)
        work.is_incident = True
        work.events += [
            DemoEvent("incident", declared, actor=agent, note="存在安全隐患，按突发事件处理"),
            DemoEvent("incident_reported", reported, actor=agent, note="事件报告已提交"),
        ]
    if handed < 0.05 and len(setting.colleagues) > 1 and moment + _MINUTE < end:
        colleague = dice.choice([p for p in setting.colleagues if p.id != setting.agent.id])
        work.handler_id = colleague.id
        who = f"{colleague.name} ({colleague.number})"
        work.events.append(DemoEvent("handler_changed", moment + _MINUTE, "", who, None, agent, "班次交接"))
    resumed_at = moment + timedelta(hours=20)
    if waits < 0.04 and resumed_at < end:
        work.events += [
            DemoEvent("waiting_customer", moment + 2 * _MINUTE, actor=agent, note="等待客户补充凭证"),
            DemoEvent("resumed", resumed_at, actor=agent, note="客户已补充凭证"),
        ]


def _lead(stage: Stage, dice: random.Random, work: Work, at: Mapping[str, datetime]) -> None:
    """The instruction that leadership gives on what was submitted to it (A6.23)."""
    roll, minutes = dice.random(), dice.uniform(20, 300)
    if "submitted" in at and roll < 0.5:
        instructed_at = (at["submitted"] + timedelta(minutes=minutes)).replace(microsecond=0)
        closed_at = at.get("closed")
        if closed_at is None or instructed_at < closed_at:
            title = stage.book.role_title("executive")
            work.events.append(
                DemoEvent("instructed", instructed_at, actor=title, note=dice.choice(_INSTRUCTIONS))
            )


def more_facts(
    dice: random.Random, team: str, category: str, channel: str, colleagues: Sequence[Person]
) -> dict[str, Any]:
    """The facts of a complaint beside what happened: order, document, demand, source, whom it is about."""
    order, demand, about = dice.random(), dice.random(), dice.random()
    number, person = dice.randint(10_000_000, 99_999_999), dice.choice(list(colleagues))
    asked = dice.choice(_DEMANDS)
    is_service = category == "service"
    return {
        "order_ref": f"DD{number}" if team == "goods" and order < 0.6 else "",
        "document_ref": f"LH-{number % 10_000:04d}" if channel in ("letter", "fax", "regulator") else "",
        "customer_demand": asked if demand < 0.5 else "",
        "source_operator": ("mobile", "unicom", "telecom")[number % 3]
        if channel == "operator_forward"
        else "",
        "is_service_caused": is_service,
        "about_agent_id": person.id if is_service and about < 0.5 else None,
    }


_NOTES = {
    "forwarded": "已送达用户投诉通知单",
    "acknowledged": "责任部门已签收",
    "first_feedback": "已告知客户处理部门与预计答复时间",
    "progress_contact": "已向客户说明当前进展",
    "investigated": "原因已查明，提出处理意见",
    "final_feedback": "已将处理结果告知客户",
    "reopened": "客户对处理结果不认可，重新受理",
}
_INSTRUCTIONS = (
    "请责任部门当日查明原因，两日内答复客户",
    "同意按规定处理，注意安抚客户情绪",
    "请举一反三，杜绝同类问题",
)
_DEMANDS = ("要求退款", "要求更换", "要求道歉并说明原因", "要求尽快上门处理", "要求赔偿损失")
