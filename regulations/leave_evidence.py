"""What leave owes afterwards: the certificate, its continuous dates, the slip, and reporting back.

Clauses: A2.55 and E3.18 (sick leave of a full day or more; emergency treatment exempt; the slip on the first day after),
A1.23 and A2.51 (请销假: whoever had leave reports back). A full day is all of a shift's working time, whatever the account
and the levels round a day to; the first day after is the first on which the person works (decision 9).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.intervals import subtract
from regulations.leave_days import LENGTH, Count, is_rest
from regulations.leave_facts import SICKNESS, LeaveRequestFacts, days_text
from regulations.leave_limits import day_after, days_of
from regulations.leave_notice import is_urgent_sickness
from regulations.ruling import Violation
from regulations.values import Duration
from regulations.verdict import Lang, Step
from regulations.wording import day_text, number_text, span_text
from regulations.worktime import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_FROM, _CONTINUOUS, _SLIP = "leave.certificate_from", "leave.certificate_continuous", "leave.slip_due"
_EXEMPT, _BACK = "leave.emergency_exempt", "leave.report_back_within"
_DAY = timedelta(days=1)
_SHOWN, _NAMED = 5, 3  # days that are spelt out


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is owed and by which local date, and what stands against it now."""

    certificate_due_on: date | None
    report_back_by: date | None
    violations: tuple[Violation, ...]
    steps: tuple[Step, ...]


def whole_days(counted: Count, book: Rulebook) -> Decimal:
    """The days of a leave that are full ones: no working time is left of them. None where no shift is wholly covered.

    Rest days in between count as they do for the length; without a whole shift beside them they are no day of sickness.
    """
    by_roster = book.choice(LENGTH) == "rostered_shift"
    whole = [part for part in counted.parts if part.is_whole and (part.is_rostered or not by_roster)]
    return Decimal(len(whole)) if any(part.is_work for part in whole) else Decimal(0)


def judge_evidence(
    facts: LeaveRequestFacts, counted: Count, first: date, last: date, book: Rulebook, now: datetime
) -> Evidence:
    """What the leave from `first` to `last` owes, and whether it has been given."""
    calendar = WorkCalendar.from_rulebook(book)
    today = calendar.day_of(now)
    violations: list[Violation] = []
    steps: list[Step] = []
    due_on = None
    if facts.type in SICKNESS:
        due_on = _certificate(facts, counted, first, last, today, book, violations, steps)
    back_by = _report_back(facts, last, today, calendar, book, violations, steps)
    return Evidence(due_on, back_by, tuple(violations), tuple(steps))


def first_workday(earliest: date, facts: LeaveRequestFacts) -> date:
    """The first day from `earliest` on that the person is there: free days are passed over, days not rostered yet are not.

    Neither a slip nor a return can be handed in on a day off, nor on one that other approved leave takes whole.
    """
    day = earliest
    while is_rest(day, facts) or _is_away(day, facts):
        day += _DAY
    return day


def _is_away(day: date, facts: LeaveRequestFacts) -> bool:
    """Whether the day's shifts lie wholly in other leave that is approved."""
    shifts = [(s.starts_at, s.ends_at) for s in facts.shifts if s.work_on == day]
    away = [(o.starts_at, o.ends_at) for o in facts.others if o.state == "approved"]
    return bool(shifts) and not subtract(shifts, away)


def _after(
    last: date, limit: Duration, facts: LeaveRequestFacts, calendar: WorkCalendar
) -> tuple[date, tuple[str, str]]:
    """The day by which something is owed after the leave, and the words for the free days that were passed over."""
    named = day_after(last, limit, calendar)
    due = first_workday(named, facts)
    if due == named:
        return due, ("", "")
    free, free_en = day_text(named, "zh"), day_text(named, "en")
    if any(shift.work_on == due for shift in facts.shifts):
        return due, (
            f"（{free} 不当班，顺延至其后首个当班日）",
            f" (off on {free_en}: the first day of work after it)",
        )
    return due, (
        f"（{free} 不当班，排班表上其后也无班次，顺延至尚未排班的第一天）",
        f" (off on {free_en} and to the end of the roster: the first day that is not rostered yet)",
    )


def _report_back(
    facts: LeaveRequestFacts,
    last: date,
    today: date,
    calendar: WorkCalendar,
    book: Rulebook,
    violations: list[Violation],
    steps: list[Step],
) -> date | None:
    """By when the person reports back (请销假); None where the department's own sets do not ask for it."""
    back = book.duration(_BACK)
    if back is None:
        return None
    by, moved = _after(last, back, facts, calendar)
    zh, en = day_text(by, "zh"), day_text(by, "en")
    clause = book.clause(_BACK)
    if book.own_sets and book.parameter(_BACK).inherited:
        steps.append(
            Step(
                f"本部门规定未写销假；按通用做法，假满后 {zh} 销假{moved[0]}，不作为违规",
                f"The department's regulations say nothing of reporting back; as a rule by {en}{moved[1]}, and no violation",
                clause,
            )
        )
        return None
    steps.append(Step(f"假满后最迟 {zh} 当日销假{moved[0]}", f"Reports back by {en}{moved[1]}", clause))
    if facts.is_approved and facts.returned_at is None and today > by:
        late = f"应在 {zh} 当日前销假，至今未销假", f"Was to report back by {en} and has not yet"
        steps.append(Step(*late, clause))
        violations.append(Violation("not_reported_back", clause, f"{late[0]}。", f"{late[1]}."))
    return by


def _certificate(
    facts: LeaveRequestFacts,
    counted: Count,
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
    what = ("急诊", "Emergency leave") if is_urgent_sickness(facts) else ("病假", "Sick leave")
    days = whole_days(counted, book)
    steps += _compared(counted, clause)
    if days < days_of(limit):
        steps.append(
            Step(
                f"{what[0]}{_whole(days, 'zh')}，不足 {limit.text('zh')}，无须证明",
                f"{what[1]} of {_whole(days, 'en')}, less than {limit.text('en')}: no certificate needed",
                clause,
            )
        )
        return None
    if is_urgent_sickness(facts) and book.flag(_EXEMPT):
        steps.append(Step("急诊免证明", "Emergency treatment: no certificate needed", book.clause(_EXEMPT)))
        return None
    needed = (
        f"{what[0]}{_whole(days, 'zh')}，达到 {limit.text('zh')}，须有医院证明",
        f"{what[1]} of {_whole(days, 'en')}, {limit.text('en')} or more: a medical certificate is needed",
    )
    steps.append(Step(*needed, clause))
    slip = book.duration(_SLIP)
    due_on = None
    if slip is not None:
        due_on, moved = _after(last, slip, facts, WorkCalendar.from_rulebook(book))
        steps.append(
            Step(
                f"假条须在病假结束后 {slip.text('zh')}内交到，即最迟 {day_text(due_on, 'zh')}{moved[0]}",
                f"The slip is due within {slip.text('en')} after the leave, by {day_text(due_on, 'en')}{moved[1]}",
                book.clause(_SLIP),
            )
        )
    has_one = bool(facts.certificates) or bool(facts.has_certificate)
    is_overdue = due_on is not None and today > due_on
    if not has_one and (facts.has_certificate is False or is_overdue):
        steps.append(Step("没有医院证明", "There is no certificate", clause))
        violations.append(
            Violation(
                "certificate_missing", clause, f"{needed[0]}，没有证明。", f"{needed[1]}; there is none."
            )
        )
    if facts.certificates and book.flag(_CONTINUOUS):
        _check_continuous(facts, first, last, book, violations, steps)
    received = facts.slip_received_on
    if due_on is not None and received is not None:
        _received(received, due_on, book.clause(_SLIP), violations, steps)
    return due_on


def _received(
    received: date, due_on: date, clause: str | None, violations: list[Violation], steps: list[Step]
) -> None:
    """Whether the slip that was handed in came in time."""
    on, due = [(day_text(day, "zh"), day_text(day, "en")) for day in (received, due_on)]
    if received <= due_on:
        steps.append(Step(f"假条于 {on[0]} 交到，按时", f"The slip came on {on[1]}: in time", clause))
        return
    zh, en = f"假条应在 {due[0]} 交到，{on[0]} 才交", f"The slip was due on {due[1]} and came on {on[1]}"
    steps.append(Step(zh, en, clause))
    violations.append(Violation("slip_late", clause, f"{zh}。", f"{en}."))


def _compared(counted: Count, clause: str | None) -> list[Step]:
    """What of each day's working time is leave, day by day up to the first few; whole days in one line."""
    work = [part for part in counted.parts if part.is_work]
    steps = []
    for part in [*[p for p in work if not p.is_whole], *[p for p in work if p.is_whole][:1]][:_SHOWN]:
        leave, owed = (
            span_text(part.covered.total_seconds(), "zh"),
            span_text(part.owed.total_seconds(), "zh"),
        )
        leave_en, owed_en = (span_text(t.total_seconds(), "en") for t in (part.covered, part.owed))
        full = ("满一天", "a full day") if part.is_whole else ("不满一天", "no full day")
        steps.append(
            Step(
                f"{day_text(part.on, 'zh')}：请假 {leave}，当班 {owed}，{full[0]}",
                f"{day_text(part.on, 'en')}: {leave_en} of leave, {owed_en} of work: {full[1]}",
                clause,
            )
        )
    return steps


def _whole(days: Decimal, lang: Lang) -> str:
    if lang == "zh":
        return f"满 {number_text(days)} 天" if days else "没有一天请满"
    return f"{number_text(days) if days else 'no'} full day{'' if days == 1 or not days else 's'}"


def gaps(certificates: tuple[tuple[date, date], ...], first: date, last: date) -> list[date]:
    """The dates from `first` to `last` that no certificate covers."""
    found, day = [], first
    while day <= last:
        if not any(start <= day <= end for start, end in certificates):
            found.append(day)
        day += _DAY
    return found


def _check_continuous(
    facts: LeaveRequestFacts,
    first: date,
    last: date,
    book: Rulebook,
    violations: list[Violation],
    steps: list[Step],
) -> None:
    """That no day of work lies between the certificates; a day off that nobody certifies interrupts nothing."""
    bare = gaps(facts.certificates, first, last)
    missing = [day for day in bare if not is_rest(day, facts)]
    clause = book.clause(_CONTINUOUS)
    if not missing:
        zh, en = "证明日期连续，覆盖全部病假", "The certificates cover the leave without a gap"
        if bare:
            zh = f"证明日期连续：没有证明的 {len(bare)} 天（{_days(bare, 'zh')}）未排班，不算间断"
            en = f"The certificates are continuous: nobody was rostered on the {days_text(Decimal(len(bare)))} without one ({_days(bare, 'en')})"
        steps.append(Step(zh, en, clause))
        return
    zh = f"证明日期须连续：{_days(missing, 'zh')} 共 {len(missing)} 天没有证明"
    en = f"The dates of certificates must be continuous: {days_text(Decimal(len(missing)))} not covered ({_days(missing, 'en')})"
    steps.append(Step(zh, en, clause))
    violations.append(Violation("certificate_gap", clause, f"{zh}。", f"{en}."))


def _days(days: list[date], lang: Lang) -> str:
    """The first few of them."""
    between, more = ("、", "等") if lang == "zh" else (", ", " …")
    return between.join(day_text(day, lang) for day in days[:_NAMED]) + (more if len(days) > _NAMED else "")
