"""Leave of absence from a meeting (A4.42): asked for a day before, of the body that runs the meetings.

It is no leave from work: it has no length, takes nothing from an account, and no attendance verdict rests on it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.leave_facts import LeaveRequestFacts, LeaveRuling
from regulations.leave_levels import level_titles
from regulations.leave_limits import latest_for
from regulations.leave_notice import BASIS, named
from regulations.ruling import Violation, clauses_of
from regulations.values import Role
from regulations.verdict import Step
from regulations.wording import instant_text, money_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

MEETING = "meeting"
"""The type of such a request; `leave.types` does not have it, since nobody is away from work."""

_NOTICE, _APPROVER, _FINE = "meeting.leave_notice", "meeting.leave_approver", "meeting.absence_fine"


def judge_meeting(facts: LeaveRequestFacts, book: Rulebook) -> LeaveRuling:
    """The ruling on absence from the meeting of [starts_at, ends_at); who is asked is who the clause names."""
    calendar = WorkCalendar.from_rulebook(book)
    begins, asked = whole_seconds(facts.starts_at), whole_seconds(facts.filed_at)
    role = book.role(_APPROVER)
    title = level_titles(role, book)
    on = calendar.day_of(begins)
    violations: list[Violation] = []
    steps = [
        Step(
            f"会议请假向{title[0]}提出",
            f"Absence from a meeting is asked of {title[1]}",
            book.clause(_APPROVER),
        )
    ]
    if whole_seconds(facts.ends_at) <= begins:
        wrong = "结束时间要在开始之后。", "It must end after it begins."
        violations.append(Violation("ends_before_start", None, *wrong))
        steps.append(Step(*wrong))
    limit = book.duration(_NOTICE)
    clause = book.clause(_NOTICE)
    is_late = False
    if limit is not None:
        by_hours = book.choice(BASIS) == "hours_before_shift"
        latest = latest_for(limit, on, begins, calendar, by_hours=by_hours)
        is_late = asked > latest
        meeting, at, by = (instant_text(moment, calendar.timezone) for moment in (begins, asked, latest))
        zh = f"会议于 {meeting} 开始，须提前 {limit.text('zh')}请假，即不晚于 {by}；提出于 {at}"
        en = f"The meeting begins {meeting}; absence is asked for {limit.text('en')} ahead, by {by}; asked {at}"
        steps.append(
            Step(
                f"{zh}，{'已迟' if is_late else '在时限内'}",
                f"{en}: {'too late' if is_late else 'in time'}",
                clause,
            )
        )
        if is_late:
            violations.append(
                Violation(
                    "meeting_late",
                    clause,
                    f"{zh}，已迟。须经{title[0]}例外批准，否则缺席按无故缺席处理。",
                    f"{en}: too late. It needs {title[1]}'s approval by exception, else it is absence without cause.",
                )
            )
    steps += _fine(book)
    return LeaveRuling(
        is_allowed=not violations,
        required_role=role,
        days=Decimal(0),
        violations=tuple(violations),
        clauses=clauses_of(steps, violations),
        steps=tuple(steps),
        first_on=on,
        last_on=on,
        needs_exception=is_late,
        exceptions=named(clause) if is_late else (),
        title=title[0],
        title_en=title[1],
    )


def asked_elsewhere(role: Role, book: Rulebook) -> tuple[Violation, ...]:
    """What stands against asking that level: absence from a meeting is asked of one body and nobody else."""
    owner = book.role(_APPROVER)
    if owner is None or role == owner:
        return ()
    right, asked = level_titles(owner, book), level_titles(role, book)
    return (
        Violation(
            "asked_elsewhere",
            book.clause(_APPROVER),
            f"会议请假须向{right[0]}提出，不是向{asked[0]}。",
            f"Absence from a meeting is asked of {right[1]}, not of {asked[1]}.",
        ),
    )


def _fine(book: Rulebook) -> list[Step]:
    """What it costs to stay away without leave, where the rulebook names a sum (A4.47)."""
    amount = book.money(_FINE)
    if not amount:
        return []
    return [
        Step(
            f"无故缺席会议：{money_text(amount, 'zh')}",
            f"Absence without cause costs {money_text(amount, 'en')}",
            book.clause(_FINE),
        )
    ]
