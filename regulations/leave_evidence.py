"""What leave owes afterwards: the certificate, its continuous dates, the slip, and reporting back.

Clauses: A2.55 and E3.18 (sick leave of a full day or more; emergency treatment exempt; the slip on the first day after),
A1.23 and A2.51 (请销假: whoever had leave reports back).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.leave_facts import SICKNESS, LeaveRequestFacts, days_text
from regulations.leave_notice import is_urgent_sickness
from regulations.ruling import Violation
from regulations.verdict import Step
from regulations.wording import day_text, number_text
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_FROM, _CONTINUOUS, _SLIP = "leave.certificate_from", "leave.certificate_continuous", "leave.slip_due"
_EXEMPT, _BACK = "leave.emergency_exempt", "leave.report_back_within"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is owed and by which local date, and what stands against it now."""

    certificate_due_on: date | None
    report_back_by: date | None
    violations: tuple[Violation, ...]
    steps: tuple[Step, ...]


def needs_certificate(facts: LeaveRequestFacts, days: Decimal, book: Rulebook) -> bool:
    """Whether sick leave of so many days asks for a certificate."""
    limit = book.duration(_FROM)
    if limit is None or facts.type not in SICKNESS or days < limit.value:
        return False
    return not (is_urgent_sickness(facts) and book.flag(_EXEMPT))


def judge_evidence(
    facts: LeaveRequestFacts, days: Decimal, first: date, last: date, book: Rulebook, now: datetime
) -> Evidence:
    """What the leave from `first` to `last` owes, and whether it has been given."""
    today = WorkCalendar.from_rulebook(book).day_of(now)
    violations: list[Violation] = []
    steps: list[Step] = []
    due_on = None
    if facts.type in SICKNESS:
        due_on = _certificate(facts, days, first, last, today, book, violations, steps)
    back = book.duration(_BACK)
    back_by = None if back is None else last + int(back.value) * _DAY
    if back_by is not None:
        zh, en = day_text(back_by, "zh"), day_text(back_by, "en")
        steps.append(Step(f"假满后最迟 {zh} 当日销假", f"Reports back by {en}", book.clause(_BACK)))
        if facts.is_approved and facts.returned_at is None and today > back_by:
            violations.append(
                Violation(
                    "not_reported_back",
                    book.clause(_BACK),
                    f"应在 {zh} 当日前销假，至今未销假。",
                    f"Was to report back by {en} and has not yet.",
                )
            )
    return Evidence(due_on, back_by, tuple(violations), tuple(steps))


def _certificate(
    facts: LeaveRequestFacts,
    days: Decimal,
    first: date,
    last: date,
    today: date,
    book: Rulebook,
    violations: list[Violation],
    steps: list[Step],
) -> date | None:
    """The date by which the slip is due, None where no certificate is asked for."""
    limit = book.duration(_FROM)
    if limit is None:
        steps.append(Step("现行规定未要求病假证明", "The rulebook asks for no certificate"))
        return None
    clause = book.clause(_FROM)
    if not needs_certificate(facts, days, book):
        if days < limit.value:
            zh = f"病假 {number_text(days)} 天，不足 {limit.text('zh')}，无须证明"
            en = f"Sick leave of {days_text(days)}, less than {limit.text('en')}: no certificate needed"
        else:
            zh, en, clause = "急诊免证明", "Emergency treatment: no certificate needed", book.clause(_EXEMPT)
        steps.append(Step(zh, en, clause))
        return None
    steps.append(
        Step(
            f"病假 {number_text(days)} 天，达到 {limit.text('zh')}，须有医院证明",
            f"Sick leave of {days_text(days)}, {limit.text('en')} or more: a medical certificate is needed",
            clause,
        )
    )
    slip = book.duration(_SLIP)
    due_on = None if slip is None else last + int(slip.value) * _DAY
    if due_on is not None:
        steps.append(
            Step(
                f"假条须在病假结束后第 {int(slip.value) if slip else 1} 天，即 {day_text(due_on, 'zh')} 交到",
                f"The slip is due on day {int(slip.value) if slip else 1} after the leave, {day_text(due_on, 'en')}",
                book.clause(_SLIP),
            )
        )
    has_one = bool(facts.certificates) or bool(facts.has_certificate)
    is_overdue = due_on is not None and today > due_on
    if not has_one and (facts.has_certificate is False or is_overdue):
        violations.append(
            Violation(
                "certificate_missing",
                clause,
                f"病假 {number_text(days)} 天须有医院证明，没有证明。",
                f"Sick leave of {days_text(days)} needs a medical certificate; there is none.",
            )
        )
    if facts.certificates and book.flag(_CONTINUOUS):
        _check_continuous(facts.certificates, first, last, book, violations, steps)
    received = facts.slip_received_on
    if due_on is not None and received is not None and received > due_on:
        violations.append(
            Violation(
                "slip_late",
                book.clause(_SLIP),
                f"假条应在 {day_text(due_on, 'zh')} 交到，{day_text(received, 'zh')} 才交。",
                f"The slip was due on {day_text(due_on, 'en')} and came on {day_text(received, 'en')}.",
            )
        )
    return due_on


def gaps(certificates: tuple[tuple[date, date], ...], first: date, last: date) -> list[date]:
    """The dates from `first` to `last` that no certificate covers."""
    found, day = [], first
    while day <= last:
        if not any(start <= day <= end for start, end in certificates):
            found.append(day)
        day += _DAY
    return found


def _check_continuous(
    certificates: tuple[tuple[date, date], ...],
    first: date,
    last: date,
    book: Rulebook,
    violations: list[Violation],
    steps: list[Step],
) -> None:
    missing = gaps(certificates, first, last)
    clause = book.clause(_CONTINUOUS)
    if not missing:
        steps.append(
            Step("证明日期连续，覆盖全部病假", "The certificates cover the leave without a gap", clause)
        )
        return
    zh = "、".join(day_text(day, "zh") for day in missing[:3]) + ("等" if len(missing) > 3 else "")
    en = ", ".join(day_text(day, "en") for day in missing[:3]) + (" …" if len(missing) > 3 else "")
    violations.append(
        Violation(
            "certificate_gap",
            clause,
            f"证明日期须连续：{zh} 共 {len(missing)} 天没有证明。",
            f"The dates of certificates must be continuous: {days_text(Decimal(len(missing)))} not covered ({en}).",
        )
    )
