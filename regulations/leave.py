"""Whether leave may be taken, who decides on it, and what it owes afterwards (catalogue 2.11, 3.1).

Clauses: A1.23 to A1.28, A2.51 to A2.59, A3.6, A3.9, A4.17, E3.13 to E3.20, E4.4. What is filed too late, from a night
shift or on a public holiday goes to the level that decides on exceptions. What no approval mends cannot be filed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.leave_adjoining import days_for_level
from regulations.leave_conflicts import on_swapped_shift, overlaps
from regulations.leave_days import Count, count
from regulations.leave_evidence import judge_evidence
from regulations.leave_exceptions import is_night_shift, judge_notice
from regulations.leave_facts import (
    CANNOT_BE_FILED,
    EVIDENCE,
    SICKNESS,
    LeaveRequestFacts,
    LeaveRuling,
    LeaveShift,
    OtherLeave,
    SwappedShift,
    days_text,
)
from regulations.leave_levels import level_titles, may_decide, required_level
from regulations.leave_meeting import MEETING, judge_meeting
from regulations.leave_notice import is_urgent_sickness, named
from regulations.lent import lent_step
from regulations.names import name_of
from regulations.ruling import Violation, clauses_of
from regulations.verdict import Step
from regulations.wording import number_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "CANNOT_BE_FILED",
    "EVIDENCE",
    "SICKNESS",
    "LeaveRequestFacts",
    "LeaveRuling",
    "LeaveShift",
    "OtherLeave",
    "SwappedShift",
    "check",
    "is_account_type",
    "is_night_shift",
    "may_decide",
    "with_more",
]

_TYPES, _PROXY, _OFFICIAL = "leave.types", "leave.proxy_types", "leave.official_reasons"
_ACCOUNT = "leave.account_types"


def is_account_type(type_: str, book: Rulebook) -> bool:
    """Whether leave of the type is drawn from an account, so that it needs a balance."""
    return type_ in (book.items(_ACCOUNT) or ())


def check(facts: LeaveRequestFacts, book: Rulebook, now: datetime) -> LeaveRuling:
    """What the rules say about the request at `now`; every rule is looked at, whatever another one says."""
    if facts.type == MEETING:
        return _closed(judge_meeting(facts, book), book)
    calendar = WorkCalendar.from_rulebook(book)
    counted = count(facts, book)
    steps: list[Step] = list(counted.steps)
    violations: list[Violation] = []
    _form(facts, counted, book, violations, steps)
    steps += _reasons(facts, book)
    _person(facts, book, violations, steps)
    notice = judge_notice(facts, counted.parts, book)
    violations += notice.violations
    steps += notice.steps
    exception, exceptions = notice.needs_exception, notice.exceptions
    for found in (on_swapped_shift(facts, counted.parts, book), *overlaps(facts, book)):
        if found is None:
            continue
        _against(found, violations, steps)
        if found.code not in CANNOT_BE_FILED:
            exception, exceptions = True, named(*exceptions, found.clause)
    _balance(facts, counted, book, violations, steps)
    first = calendar.day_of(whole_seconds(facts.starts_at))
    last = max(first, calendar.day_of(facts.ends_at) if not counted.parts else counted.parts[-1].on)
    if counted.parts:
        first = counted.parts[0].on
    evidence = judge_evidence(facts, counted, first, last, book, now)
    violations += evidence.violations
    steps += evidence.steps
    together, beside = days_for_level(facts, counted.days, book)
    role, level_steps = required_level(together, facts.type, exception, book)
    steps += (*beside, *level_steps)
    title = level_titles(role, book)
    ruling = LeaveRuling(
        is_allowed=not violations,
        required_role=role,
        days=counted.days,
        violations=tuple(violations),
        clauses=clauses_of(steps, violations),
        steps=tuple(steps),
        certificate_due_on=evidence.certificate_due_on,
        report_back_by=evidence.report_back_by,
        charged_days=counted.charged if is_account_type(facts.type, book) else Decimal(0),
        charged_steps=counted.charged_steps,
        first_on=first,
        last_on=last,
        needs_exception=exception,
        exceptions=exceptions,
        title=title[0],
        title_en=title[1],
    )
    return _closed(ruling, book)


def with_more(
    ruling: LeaveRuling, violations: tuple[Violation, ...], steps: tuple[Step, ...], book: Rulebook
) -> LeaveRuling:
    """The ruling with what else stands against it; what is lent is said last again."""
    lent = lent_step(ruling.clauses, book)
    before = ruling.steps[:-1] if lent is not None and ruling.steps[-1:] == (lent,) else ruling.steps
    return _closed(
        replace(ruling, violations=(*ruling.violations, *violations), steps=(*before, *steps)), book
    )


def _closed(ruling: LeaveRuling, book: Rulebook) -> LeaveRuling:
    """The ruling with all its clauses and, as its last step, which of them the base lends."""
    clauses = clauses_of(ruling.steps, ruling.violations)
    lent = lent_step(clauses, book)
    return replace(
        ruling,
        is_allowed=not ruling.violations,
        clauses=clauses,
        steps=ruling.steps if lent is None else (*ruling.steps, lent),
    )


def _against(violation: Violation, violations: list[Violation], steps: list[Step]) -> None:
    """What stands against it is a step of the reasoning too."""
    violations.append(violation)
    steps.append(Step(violation.zh, violation.en, violation.clause))


def _form(
    facts: LeaveRequestFacts, counted: Count, book: Rulebook, violations: list[Violation], steps: list[Step]
) -> None:
    """That it is leave at all: of a type that there is, with an end after its start and work in it."""
    offered = book.items(_TYPES)
    if offered is not None and facts.type not in offered:
        known = "、".join(name_of("leave_type", code) for code in offered)
        known_en = ", ".join(name_of("leave_type", code, "en").lower() for code in offered)
        _against(
            Violation(
                "type_not_offered",
                book.clause(_TYPES),
                f"没有“{name_of('leave_type', facts.type)}”这种假；可选：{known}。",
                f"There is no leave of the type “{name_of('leave_type', facts.type, 'en').lower()}”; there are {known_en}.",
            ),
            violations,
            steps,
        )
    if whole_seconds(facts.ends_at) <= whole_seconds(facts.starts_at):
        wrong = "结束时间要在开始之后。", "Leave must end after it begins."
        _against(Violation("ends_before_start", None, *wrong), violations, steps)
    elif not any(part.is_work for part in counted.parts):
        free = (
            "这段时间没有排班，不用请假；请检查起止时间。",
            "No work is rostered in this time, so no leave is needed; check when it begins and ends.",
        )
        _against(Violation("no_working_time", None, *free), violations, steps)


def _reasons(facts: LeaveRequestFacts, book: Rulebook) -> tuple[Step, ...]:
    """What official leave is given for (E3.13): whether it is that, whoever decides judges."""
    reasons = book.items(_OFFICIAL)
    if facts.type != "official" or not reasons:
        return ()
    zh = "、".join(reasons)
    en = ", ".join(name_of("official_reason", reason, "en") for reason in reasons)
    return (
        Step(
            f"公假事由：{zh}；是否属于其中，由审批人判断",
            f"Official leave is given for {en}; whether it is that, the approver judges",
            book.clause(_OFFICIAL),
        ),
    )


def _person(facts: LeaveRequestFacts, book: Rulebook, violations: list[Violation], steps: list[Step]) -> None:
    """In person; whoever is sick may have somebody else file it (A1.26, A2.54, E3.17, E4.4)."""
    allowed = book.items(_PROXY)
    clause = book.clause(_PROXY)
    if not facts.proxy:
        steps.append(Step("本人提出", "Filed in person", clause))
        return
    if allowed is None:
        return
    # An emergency is a sickness: what the rule allows the one, it allows the other (A2.55).
    if facts.type in allowed or (is_urgent_sickness(facts) and "sick" in allowed):
        steps.append(
            Step(
                f"由{facts.proxy}代为提出，此类假可以代请",
                f"Filed by {facts.proxy}: allowed for this type",
                clause,
            )
        )
        return
    types_zh = "、".join(name_of("leave_type", code) for code in allowed) or "任何假别"
    types_en = ", ".join(name_of("leave_type", code, "en").lower() for code in allowed) or "no"
    _against(
        Violation(
            "proxy_not_allowed",
            clause,
            f"须本人请假，不得由{facts.proxy}代请；只有{types_zh}可以代请。",
            f"Leave is asked for in person, not by {facts.proxy}; {types_en} leave alone may be filed by somebody else.",
        ),
        violations,
        steps,
    )


def _balance(
    facts: LeaveRequestFacts,
    counted: Count,
    book: Rulebook,
    violations: list[Violation],
    steps: list[Step],
) -> None:
    """Leave that is drawn from an account needs as many days in it."""
    if not is_account_type(facts.type, book) or facts.balance is None:
        return
    clause = book.clause(_ACCOUNT)
    asked, held = number_text(counted.charged), number_text(facts.balance)
    zh, en = name_of("leave_type", facts.type), name_of("leave_type", facts.type, "en")
    if counted.is_by_the_hour:
        steps += counted.charged_steps[1:]  # the first says from when to when, as the ruling does
    steps.append(
        Step(
            f"{zh}余额 {held} 天，本次按排班用 {asked} 天",
            f"{en}: {days_text(facts.balance)} in the account, {asked} of rostered work asked for",
            clause,
        )
    )
    if counted.charged > facts.balance:
        violations.append(
            Violation(
                "no_balance",
                clause,
                f"{zh}余额只有 {held} 天，不够 {asked} 天。",
                f"{en}: only {days_text(facts.balance)} in the account, {asked} asked for.",
            )
        )
