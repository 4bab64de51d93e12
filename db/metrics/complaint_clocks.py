"""Deadlines kept, for every clock of a complaint: one definition, read from the instants alone.

A deadline counts once it has fallen due: kept, late, or open and overdue. Whether somebody noticed is of no
account, so a sweep that did not run cannot flatter a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, or_
from sqlalchemy.orm import join

from db.clocks import whole_second
from db.metrics.complaint_parts import COMPLAINT_COLUMNS, COMPLAINT_GROUPS, complaints_with_people
from db.metrics.definition import Cases, Group, Metric
from db.metrics.unswept import Round, clocks_with
from db.models import Complaint
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class ClockWords:
    """A clock's figure in words, the clauses it comes from and the parameter that sets its limit."""

    clock: str
    name: tuple[str, str]
    step: tuple[str, str]
    clauses: tuple[str, ...]
    parameter: str


CLOCK_WORDS: tuple[ClockWords, ...] = (
    ClockWords(
        "register", ("登记及时率", "Registered in time"), ("登记投诉", "registering a complaint"), ("E3.22",),
        "complaint.register_within",
    ),
    ClockWords(
        "forward", ("转交及时率", "Forwarded in time"), ("转交责任部门", "passing it to the department"),
        ("A6.22",), "complaint.forward_within",
    ),
    ClockWords(
        "leadership_submit", ("呈报及时率", "Submitted to leadership in time"),
        ("呈报领导", "submitting it to leadership"), ("A6.23",), "complaint.leadership_submit_within",
    ),
    ClockWords(
        "sign_off", ("部门签收及时率", "Signed for in time"), ("责任部门签收", "the department's signature"),
        ("A5.2",), "complaint.sign_off_within",
    ),
    ClockWords(
        "verify", ("当日核实率", "Verified in time"), ("调查核实", "verifying the complaint"), ("E3.22",),
        "complaint.verify_within",
    ),
    ClockWords(
        "first_feedback", ("首次反馈及时率", "First feedback in time"),
        ("首次反馈客户", "the first feedback to the customer"), ("A6.28",), "complaint.first_feedback_within",
    ),
    ClockWords(
        "progress", ("进展联系及时率", "Progress contacts in time"),
        ("未解决期间联系客户", "contacting the customer while unsolved"), ("E1.20",), "complaint.progress_interval",
    ),
    ClockWords(
        "investigation_report", ("调查报告及时率", "Investigation reports in time"),
        ("提交调查报告", "the investigation report"), ("C4.24",), "complaint.investigation_report_within",
    ),
    ClockWords(
        "incident_report", ("事件报告及时率", "Incident reports in time"),
        ("提交事件报告", "the report of an incident"), ("E1.4",), "complaint.incident_report_within",
    ),
    ClockWords(
        "rectification", ("整改按期率", "Rectified on schedule"), ("责任部门整改", "the department's rectification"),
        ("A6.24", "A6.27", "E1.54"), "complaint.rectification_by_schedule",
    ),
    ClockWords(
        "final_feedback", ("最终答复及时率", "Final feedback in time"),
        ("最终答复客户", "the final feedback to the customer"), ("A6.28",), "complaint.final_feedback_within",
    ),
    ClockWords(
        "close", ("结案及时率", "Closed in time"), ("结案", "closing the case"), ("C4.26",), "complaint.close_within",
    ),
)  # fmt: skip
"""Every clock a rulebook may set, in the order in which a case meets them."""


def attainment_key(clock: str = "all_clocks") -> str:
    """The metric that says how often a clock was kept."""
    return f"complaint.{clock}_attainment"


def _cases(*clocks: str) -> Callable[[Rulebook, datetime, Sequence[Round]], Cases]:
    """Deadlines that have fallen due: kept, late, or open and overdue. One not yet due is in no figure."""

    def cases(book: Rulebook, now: datetime, unswept: Sequence[Round] = ()) -> Cases:
        clock = clocks_with(unswept)
        conditions = [
            clock.due_at < whole_second(now),  # the due second itself is still in time
            # What waits for the customer where the rulebook pauses the clock has not fallen due.
            or_(clock.met_at.is_not(None), clock.state != "on_hold"),
        ]
        if clocks:
            conditions.append(clock.clock.in_(clocks))
        # A department's own clock counts against that department, whoever has the case by now.
        department = case((clock.department != "", clock.department), else_=Complaint.department)
        return Cases(
            source=join(complaints_with_people(), clock, clock.complaint_id == Complaint.id),
            on=clock.due_on,
            team=Complaint.team_id,
            agent=Complaint.agent_id,
            conditions=conditions,
            counts=and_(clock.met_at.is_not(None), clock.met_at <= clock.due_at),
            columns={
                "number": Complaint.number,
                "clock": clock.clock,
                "ordinal": clock.ordinal,
                **COMPLAINT_COLUMNS,
                "department": department,
                "due_at": clock.due_at,
                "met_at": clock.met_at,
            },
            groups={
                **COMPLAINT_GROUPS,
                "department": Group(department),
                "clock": Group(clock.clock, names="clock"),
            },
        )

    return cases


def _attainment(
    key: str, clocks: tuple[str, ...], name: tuple[str, str], step: tuple[str, str], clauses: tuple[str, ...],
    parameters: tuple[str, ...],
) -> Metric:  # fmt: skip
    return Metric(
        key=attainment_key(key),
        zh=name[0],
        en=name[1],
        definition_zh=f"期内到期的{step[0]}时限中，按时完成的占比。到期仍未完成的算超时；尚未到期的不计入。按到期日归入期间。",
        definition_en=f"Of the deadlines for {step[1]} that fell due in the period, the share that was kept. Open and overdue"
        " counts as missed; not yet due is left out. A deadline belongs to the day on which it falls due.",
        numerator=("按时完成的时限", "Deadlines kept"),
        denominator=("期内已到期的时限", "Deadlines fallen due in the period"),
        unit="percent",
        better="up",
        clauses=clauses,
        cases=_cases(*clocks),
        needs_unswept=not clocks or "progress" in clocks,
        target_key="complaint.on_time_target",
        parameters=parameters,
    )


PARAMETERS = tuple(words.parameter for words in CLOCK_WORDS)

CLOCK_METRICS: tuple[Metric, ...] = (
    _attainment(
        "all_clocks", (), ("投诉时限达成率", "All deadlines kept"), ("全部投诉", "any step of a complaint"),
        ("A6.22", "A6.28", "E1.20"), PARAMETERS,
    ),
    *(
        _attainment(words.clock, (words.clock,), words.name, words.step, words.clauses, (words.parameter,))
        for words in CLOCK_WORDS
    ),
)  # fmt: skip
