"""Whether two people may exchange shifts, who must agree, and who decides (A1.29 to A1.32, A3.1 to A3.9).

The texts allow no exception: a swap that breaks a rule of the department is not approved by anybody. Where its own
regulations are silent on swaps the base lends its rules; what only breaks one of these can be approved as an exception,
with a note. What each rule reads into its clause stands in `swap_limits` and `swap_shifts`; what follows the approval in
`swap_course`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.lent import lent_clauses
from regulations.levels import titles
from regulations.names import name_of
from regulations.ruling import Ruling, Violation, clauses_of
from regulations.swap_deciding import (
    APPROVERS,
    consents_needed,
    deciding_clause,
    deciding_level,
    may_decide,
    with_lent,
)
from regulations.swap_facts import (
    CONSENTS,
    Finding,
    LeaveSpan,
    OtherSwap,
    Party,
    ShiftSpan,
    SwapFacts,
    finding,
    together,
)
from regulations.swap_limits import consecutive, holidays, monthly_cap
from regulations.swap_shifts import no_leave, payback_follows, rest_between, same_job
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.work_calendar import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "CONSENTS",
    "LeaveSpan",
    "OtherSwap",
    "Party",
    "ShiftSpan",
    "SwapFacts",
    "SwapRuling",
    "check",
    "consents_needed",
    "deciding_level",
    "may_decide",
]

FORM = "swap.form"
REASON, STAFFING = "swap.reason_required", "swap.staffing_checked"
FAILURE = "swap.failure_class"
_UNAGREED, _NOBODY_ELSE = (
    "consent_missing",
    "same_person",
)  # these follow from what a swap is, whoever lends the clause


@dataclass(frozen=True, slots=True)
class SwapRuling(Ruling):
    """The ruling on a swap. `missing`: whose agreement is outstanding, in the order of `CONSENTS`.

    `is_allowed` means that it may be approved as it stands. Among the violations are agreements that are missing; `lent`,
    which only break a rule that the base lends; and `breaks`, the others, which no signature mends.
    """

    missing: tuple[str, ...] = ()
    lent: tuple[Violation, ...] = ()

    @property
    def breaks(self) -> tuple[Violation, ...]:
        """What stands against the swap itself by the department's own rules."""
        return tuple(v for v in self.violations if v.code != _UNAGREED and v not in self.lent)

    @property
    def needs_exception(self) -> bool:
        """Whether an approval is an exception from a lent rule, for which a note gives the reason."""
        return bool(self.lent) and not self.breaks

    @property
    def can_be_approved(self) -> bool:
        """Whether it may be approved now, as it stands or as an exception; agreements are no matter of exceptions."""
        return self.is_allowed or (self.needs_exception and not self.missing)

    @property
    def exceptions(self) -> tuple[str, ...]:
        """The lent clauses that an approval is an exception from."""
        return tuple(dict.fromkeys(v.clause for v in self.lent if v.clause))


def check(facts: SwapFacts, book: Rulebook, now: datetime) -> SwapRuling:
    """Whether the swap may be approved, what stands against it, and whose the decision is.

    Whether it is in time is judged by `facts.as_of`; where that is open, a shift that has begun by `now` is only
    pointed out. Raises WorktimeError for a rulebook whose calendar or rest cannot be computed with.
    """
    calendar = WorkCalendar.from_rulebook(book)
    role, levels = deciding_level(book)
    needed = consents_needed(book)
    missing = tuple(
        who for who in CONSENTS if (who in needed and who not in facts.consents) or who in facts.declined
    )
    rules: list[Finding] = [
        _opening(facts, book),
        _in_time(facts, now, book, calendar),
        _agreements(facts, missing, book),
        _registered(facts, book),
        _reasoned(facts, book),
        same_job(facts, book),
        monthly_cap(facts, book),
        consecutive(facts, book),
        holidays(facts, book, calendar),
        rest_between(facts, book, calendar.timezone),
        no_leave(facts, book, calendar),
        payback_follows(facts),
        _briefed(facts, book),
        _staffing(book),
        (list(levels), []),
    ]
    said, against = together(rules)
    violations = tuple(
        _marked(violation) if _is_lent(violation, book) else violation for violation in against
    )
    lent = tuple(violation for violation in violations if _is_lent(violation, book))
    steps = (*said, _conclusion(violations, lent))
    zh, en = titles(role, book) if role is not None else ("", "")
    clauses = clauses_of(steps, violations, *book.clauses(APPROVERS))
    return SwapRuling(
        not violations, role, violations, clauses, with_lent(steps, clauses, book), zh, en, missing, lent
    )


def _is_lent(violation: Violation, book: Rulebook) -> bool:
    """Whether it breaks no rule of the department, only one that the base lends."""
    if violation.clause is None or violation.code in (_UNAGREED, _NOBODY_ELSE):
        return False
    return bool(lent_clauses((violation.clause,), book))


def _marked(violation: Violation) -> Violation:
    return replace(
        violation,
        zh=f"{violation.zh.removesuffix('。')}（通用默认，可作为例外批准）。",
        en=f"{violation.en.removesuffix('.')} (a general default: it can be approved as an exception).",
    )


def _opening(facts: SwapFacts, book: Rulebook) -> Finding:
    one, two = facts.parties()
    zh = f"{one.name} {day_text(facts.swap_on, 'zh')}的班由 {two.name} 代上"
    en = f"{two.name} works {one.name}'s shift of {day_text(facts.swap_on, 'en')}"
    if facts.payback_on is not None:
        zh += f"，{day_text(facts.payback_on, 'zh')}由 {one.name} 还班"
        en += f", and {one.name} pays back on {day_text(facts.payback_on, 'en')}"
    opening = finding(None, _NOBODY_ELSE, zh, en, is_broken=False)
    if one.name != two.name:
        return opening
    same = ("换班双方不能是同一个人", "Nobody swaps with himself")
    return together([opening, finding(book.clause(APPROVERS), _NOBODY_ELSE, *same, is_broken=True)])


def _in_time(facts: SwapFacts, now: datetime, book: Rulebook, calendar: WorkCalendar) -> Finding:
    """A swap that is asked for or decided on when the shift has begun was made privately."""
    if facts.shift is None:
        return [], []
    clause, begins = deciding_clause(book), instant_text(facts.shift.starts_at, calendar.timezone)
    if facts.as_of is None:
        if now < facts.shift.starts_at:
            return [], []
        zh = f"没有注明申请时间，未判断是否事先申请；班次已于 {begins} 开始，换班须事先批准"
        en = f"It is not said when it was asked for, so that is not judged; the shift began at {begins}, a swap is approved beforehand"
        return [Step(zh, en, clause)], []
    asked = instant_text(facts.as_of, calendar.timezone)
    is_late = facts.as_of >= facts.shift.starts_at
    if is_late:
        zh = f"{asked} 时 {begins} 的班次已经开始：换班须事先批准，不得私自换班"
        en = f"At {asked} the shift of {begins} had begun: a swap is approved beforehand, not made privately"
    else:
        zh, en = f"{asked} 在班次开始（{begins}）之前", f"{asked} is before the shift begins ({begins})"
    return finding(clause, "already_begun", zh, en, is_broken=is_late)


def _agreements(facts: SwapFacts, missing: tuple[str, ...], book: Rulebook) -> Finding:
    clause, needed = book.clause(APPROVERS), consents_needed(book)
    if not needed and not missing:
        return [], []
    if not missing:
        zh = "、".join(name_of("swap_consent", who) for who in needed)
        en = ", ".join(name_of("swap_consent", who, "en").lower() for who in needed)
        return [Step(f"已同意：{zh}", f"Agreed: {en}", clause)], []
    return together(
        finding(
            clause,
            _UNAGREED,
            f"{name_of('swap_consent', who)}尚未同意",
            f"The {name_of('swap_consent', who, 'en').lower()} has not agreed yet",
            is_broken=True,
        )
        for who in missing
    )


def _registered(facts: SwapFacts, book: Rulebook) -> Finding:
    form, clause = book.text(FORM), book.clause(FORM)
    if form is None:
        return [], []
    if facts.form_number is None:
        return [
            Step(f"须填写《{form}》并登记编号", f"The form {form} is filled in and registered", clause)
        ], []
    number = facts.form_number.strip()
    if not number:
        zh, en = f"没有登记《{form}》", f"It is not registered on the form {form}"
        return finding(clause, "not_registered", zh, en, is_broken=True)
    return finding(
        clause, "not_registered", f"《{form}》编号 {number}", f"Form {form} number {number}", is_broken=False
    )


def _reasoned(facts: SwapFacts, book: Rulebook) -> Finding:
    """A swap is for somebody who has something to deal with himself in working time."""
    clause = book.clause(REASON)
    if not book.flag(REASON) or facts.reason is None:
        return [], []
    if facts.reason.strip():
        return [Step("写明了换班事由", "The reason is given", clause)], []
    zh, en = "没有写明换班事由", "No reason is given"
    return finding(clause, "no_reason", zh, en, is_broken=True)


def _briefed(facts: SwapFacts, book: Rulebook) -> Finding:
    """The briefing is theirs to give; what it costs when it is unclear is said beforehand."""
    clause, class_ = book.clause(FAILURE), failure_name(book)
    if class_ is None:
        return [], []
    zh = f"双方须交代清楚，交代不清造成误班、空班的，双方按{class_[0]}处理"
    en = f"Both brief each other: a wrong or empty shift through an unclear briefing counts as {class_[1]} for both"
    steps = [Step(zh, en, clause)]
    if facts.briefing is not None and not facts.briefing.strip():
        zh, en = "申请中没有写明双方如何交代", "The request does not say what they told each other"
        steps.append(Step(zh, en, clause))
    return steps, []


def failure_name(book: Rulebook) -> tuple[str, str] | None:
    """What a wrong or empty shift counts as, in both languages; None where nothing is laid down."""
    return {
        "absence": ("旷工", "absence without leave"),
        "violation": ("违纪", "a disciplinary offence"),
    }.get(book.choice(FAILURE) or "")


def _staffing(book: Rulebook) -> Finding:
    if not book.flag(STAFFING):
        return [], []
    zh = "审批人须掌握当班人员情况，不轻易批准"
    en = "Whoever decides knows the staffing of both shifts and does not approve lightly"
    return [Step(zh, en, book.clause(STAFFING))], []


def _conclusion(violations: tuple[Violation, ...], lent: tuple[Violation, ...]) -> Step:
    if not violations:
        return Step("结论：符合换班规定", "Verdict: it keeps the rules on swaps")
    n = len(violations)
    if n == len(lent):
        return Step(
            f"结论：有 {n} 处不符合通用默认，只能作为例外批准，须写明理由",
            f"Verdict: {n} point{'' if n == 1 else 's'} against general defaults: only as an exception, with a reason",
        )
    return Step(
        f"结论：有 {n} 处不符合换班规定，不能批准",
        f"Verdict: {n} point{'' if n == 1 else 's'} against it, it cannot be approved",
    )
