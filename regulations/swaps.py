"""Whether two people may exchange shifts, who must agree, and who decides (A1.29 to A1.32, A3.1 to A3.9).

The texts allow no exception: a swap that breaks one of these rules is not approved by anybody. What each rule reads
into its clause stands in `swap_limits` and `swap_shifts`; what follows the approval in `swap_course`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from regulations.levels import level_for, rank, titles
from regulations.names import name_of
from regulations.ruling import Ruling, Violation, clauses_of
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
from regulations.swap_limits import COUNTS, consecutive, holidays, monthly_cap
from regulations.swap_shifts import no_leave, payback_follows, rest_between, same_job
from regulations.values import Role
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

APPROVERS, FORM = "swap.approvers", "swap.form"
REASON, STAFFING = "swap.reason_required", "swap.staffing_checked"
FAILURE, SKIPPING = "swap.failure_class", "leave.skip_level_allowed"
_CONSENTS_OF = {"both_agents": CONSENTS[:2], "both_team_leads": CONSENTS[2:]}


@dataclass(frozen=True, slots=True)
class SwapRuling(Ruling):
    """The ruling on a swap. `missing`: whose agreement is outstanding, in the order of `CONSENTS`.

    `is_allowed` means that it may be approved as it stands. An agreement that is missing counts among the violations;
    `breaks` are the others, which no signature mends.
    """

    missing: tuple[str, ...] = ()

    @property
    def breaks(self) -> tuple[Violation, ...]:
        """What stands against the swap itself, agreements apart."""
        return tuple(v for v in self.violations if v.code != "consent_missing")


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
        payback_follows(facts, book.clause(COUNTS)),
        _briefed(facts, book),
        _staffing(book),
        (list(levels), []),
    ]
    said, against = together(rules)
    violations = tuple(against)
    steps = (*said, _conclusion(violations))
    zh, en = titles(role, book) if role is not None else ("", "")
    clauses = clauses_of(steps, violations, *book.clauses(APPROVERS))
    return SwapRuling(not violations, role, violations, clauses, steps, zh, en, missing)


def consents_needed(book: Rulebook) -> tuple[str, ...]:
    """Who agrees before the swap is decided: the agents, their leads, or all four."""
    named = book.items(APPROVERS) or ()
    return tuple(who for code, several in _CONSENTS_OF.items() if code in named for who in several)


def deciding_level(book: Rulebook) -> tuple[Role | None, tuple[Step, ...]]:
    """The level that decides: the supervisor where he is named (A1.29), else the team leads themselves (A3.2).

    None: only the agents' own agreement is asked for.
    """
    named, clause = book.items(APPROVERS) or (), book.clause(APPROVERS)
    if "supervisor" not in named and "both_team_leads" not in named:
        zh, en = "只须双方同意，不设审批", "Only the two have to agree: nobody decides"
        return None, (Step(zh, en, clause),)
    wanted: Role = "supervisor" if "supervisor" in named else "team_lead"
    role, moved = level_for(wanted, book)
    title_zh, title_en = titles(role, book)
    if wanted == "supervisor":
        step = Step(f"不得私自换班，须由{title_zh}批准", f"No private swaps: {title_en} decides", clause)
    else:
        step = Step(
            f"由双方{title_zh}同意后生效", f"It takes effect when {title_en} of both sides agrees", clause
        )
    return role, (*moved, step)


def may_decide(level: Role, book: Rulebook, *, is_party: bool = False) -> Ruling:
    """Whether somebody of that level may approve or refuse swaps. Nobody decides on one that he is part of himself.

    A lower level never may; a higher one does not take it away, unless levels may be skipped here (A2.53).
    """
    required, steps = deciding_level(book)
    clause, violations = book.clause(APPROVERS), list[Violation]()
    zh, en = titles(level, book)
    need_zh, need_en = titles(required, book) if required is not None else ("", "")
    if required is not None and rank(level) < rank(required):
        violations.append(
            Violation(
                "level_too_low",
                clause,
                f"{zh}无权审批换班，须由{need_zh}审批。",
                f"{en} may not decide on swaps: that belongs to {need_en}.",
            )
        )
    elif required is not None and rank(level) > rank(required) and book.flag(SKIPPING) is False:
        violations.append(
            Violation(
                "level_skipped",
                book.clause(SKIPPING) or clause,
                f"换班由{need_zh}审批，{zh}不越级代批。",
                f"Swaps belong to {need_en}: {en} does not skip that level.",
            )
        )
    if is_party:
        violations.append(
            Violation(
                "own_request",
                clause,
                "不能审批自己参加的换班，请由同级的其他人审批。",
                "Nobody decides on a swap of his own: leave it to somebody else of the level.",
            )
        )
    clauses = clauses_of(steps, violations, *book.clauses(APPROVERS))
    return Ruling(not violations, required, tuple(violations), clauses, steps, need_zh, need_en)


def _opening(facts: SwapFacts, book: Rulebook) -> Finding:
    one, two = facts.parties()
    zh = f"{one.name} {day_text(facts.swap_on, 'zh')}的班由 {two.name} 代上"
    en = f"{two.name} works {one.name}'s shift of {day_text(facts.swap_on, 'en')}"
    if facts.payback_on is not None:
        zh += f"，{day_text(facts.payback_on, 'zh')}由 {one.name} 还班"
        en += f", and {one.name} pays back on {day_text(facts.payback_on, 'en')}"
    opening = finding(None, "same_person", zh, en, is_broken=False)
    if one.name != two.name:
        return opening
    same = ("换班双方不能是同一个人", "Nobody swaps with himself")
    return together([opening, finding(book.clause(APPROVERS), "same_person", *same, is_broken=True)])


def _in_time(facts: SwapFacts, now: datetime, book: Rulebook, calendar: WorkCalendar) -> Finding:
    """A swap that is asked for or decided on when the shift has begun was made privately."""
    if facts.shift is None:
        return [], []
    clause, begins = book.clause(APPROVERS), instant_text(facts.shift.starts_at, calendar.timezone)
    if facts.as_of is None:
        if now < facts.shift.starts_at:
            return [], []
        zh = f"班次已于 {begins} 开始，换班须是事前批准的"
        en = f"The shift has begun at {begins}: the swap must have been approved before"
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
            "consent_missing",
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


def _conclusion(violations: tuple[Violation, ...]) -> Step:
    if not violations:
        return Step("结论：符合换班规定", "Verdict: it keeps the rules on swaps")
    n = len(violations)
    return Step(
        f"结论：有 {n} 处不符合换班规定，不能批准",
        f"Verdict: {n} point{'' if n == 1 else 's'} against it, it cannot be approved",
    )
