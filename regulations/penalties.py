"""What a case costs a department or a person: proposed here, imposed by nobody but a person (A6.29, A1.19).

A department that got the rectification notice and was found at fault: money and points. Measures missing,
insufficient or late: the same times `penalty.rectification_factor`. A complaint about an agent for a service reason
that was upheld: money. What has no amount in the regulations is said, and left to whoever decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from regulations.names import name_of
from regulations.ruling import clauses_of
from regulations.values import PenaltyRule
from regulations.verdict import Step
from regulations.wording import instant_text, money_text, number_text
from regulations.work_calendar import WorkCalendar
from regulations.worktime import whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

DEPARTMENT_FAULT, SERVICE_COMPLAINT = "upheld_complaint", "service_complaint"
_FACTOR = "penalty.rectification_factor"
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Target:
    """A rectification that was due, and when it was done (None: not yet)."""

    due_at: datetime
    met_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DepartmentFacts:
    """What a case's events say of one department.

    `ordered_at`: it got the rectification notice. `is_at_fault`: verified. `failed_at`: its measures were found wanting.
    """

    department: str
    ordered_at: datetime | None
    is_at_fault: bool
    targets: Sequence[Target] = ()
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that is in the ledger already."""

    id: int
    trigger: str
    subject_kind: str
    subject: str
    kind: str
    amount: Decimal
    factor: Decimal
    state: str  # names.NAMES["ledger_state"]
    reverses_id: int | None = None


@dataclass(frozen=True, slots=True)
class CasePenaltyFacts:
    """One case as far as penalties look at it; `about_agent` is the staff number, `leader` his direct leader."""

    number: str
    departments: Sequence[DepartmentFacts] = ()
    is_upheld: bool = False
    is_service_caused: bool = False
    about_agent: str | None = None
    leader: str = ""
    known: Sequence[Known] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """An entry to propose. `amount` is the whole of it; `net` what it adds to the one it takes the place of."""

    trigger: str
    subject_kind: str
    subject: str
    kind: str
    amount: Decimal
    factor: Decimal
    net: Decimal
    cause: str
    reverses_id: int | None
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]


def proposals(facts: CasePenaltyFacts, book: Rulebook, now: datetime) -> tuple[Proposal, ...]:
    """What is to be proposed for the case beyond the entries it already has.

    One entry for each department or person, trigger and kind. Failed rectification makes a new entry in the
    raised amount that names the one before; an entry that was waived is not raised. Nothing is ever changed.
    """
    found: list[Proposal] = []
    for rule in book.penalties():
        if rule.amount is None:
            continue
        if rule.trigger == DEPARTMENT_FAULT and rule.subject == "department":
            for department in facts.departments:
                found += _for_department(department, rule, facts, book, now)
        elif rule.trigger == SERVICE_COMPLAINT and _is_service_complaint(facts):
            found += _for_person(rule, facts, book)
    return tuple(found)


def unpriced(facts: CasePenaltyFacts, book: Rulebook) -> tuple[Step, ...]:
    """What the regulations also attach to the case without naming an amount (A1.19: the leader, correspondingly)."""
    if not _is_service_complaint(facts):
        return ()
    return tuple(
        Step(
            f"{rule.title}：{name_of('ledger_subject', rule.subject)}另须受相应处理，条文未定金额，不生成建议，由负责人决定",
            f"{rule.title_en}: the {name_of('ledger_subject', rule.subject, 'en').lower()} is dealt with"
            " correspondingly; no amount is stated, so none is proposed: whoever is in charge decides",
            next(iter(rule.clauses), None),
        )
        for rule in book.penalties()
        if rule.trigger == SERVICE_COMPLAINT and rule.amount is None
    )


def standing(entries: Sequence[Known]) -> tuple[Known, ...]:
    """The entries that count: confirmed, and not replaced by a confirmed one."""
    confirmed = [entry for entry in entries if entry.state == "confirmed"]
    replaced = {entry.reverses_id for entry in confirmed}
    return tuple(entry for entry in confirmed if entry.id not in replaced)


def amount_text(kind: str, amount: Decimal, lang: str) -> str:
    """The amount with its unit: "200 元", "10 分", "¥200", "10 points"."""
    if kind in ("money", "reward_money"):
        return money_text(amount, "en" if lang == "en" else "zh")
    number = number_text(amount)
    if lang == "en":
        return f"{number} point" if amount == 1 else f"{number} points"
    return f"{number} 分"


def _is_service_complaint(facts: CasePenaltyFacts) -> bool:
    return facts.is_upheld and facts.is_service_caused and facts.about_agent is not None


def _head(facts: CasePenaltyFacts, rule: PenaltyRule, subject: str) -> Known | None:
    """The latest entry of its kind: the one that no other names."""
    same = [
        entry
        for entry in facts.known
        if (entry.trigger, entry.subject_kind, entry.subject, entry.kind)
        == (rule.trigger, rule.subject, subject, rule.kind)
    ]
    named = {entry.reverses_id for entry in same}
    return max((entry for entry in same if entry.id not in named), key=lambda entry: entry.id, default=None)


def _for_department(
    facts: DepartmentFacts, rule: PenaltyRule, case: CasePenaltyFacts, book: Rulebook, now: datetime
) -> list[Proposal]:
    if facts.ordered_at is None or not facts.is_at_fault:
        return []
    zone = WorkCalendar.from_rulebook(book).timezone
    factor = book.decimal(_FACTOR) or Decimal(1)
    failures = _failures(facts, book, now, zone) if factor != 1 else []
    applied = factor if failures else Decimal(1)
    head = _head(case, rule, facts.department)
    if head is not None and (not failures or head.state == "waived" or head.factor >= factor):
        return []
    ordered = instant_text(facts.ordered_at, zone)
    steps = [
        Step(
            f"{ordered} 向{facts.department}下达整改通知，经核实属该部门责任",
            f"{facts.department} got the rectification notice on {ordered} and was found at fault",
            next(iter(rule.clauses), None),
        ),
        _price_step(rule),
        *failures,
    ]
    return [_proposal(rule, facts.department, case.number, applied, head, steps, book)]


def _failures(facts: DepartmentFacts, book: Rulebook, now: datetime, zone: tzinfo) -> list[Step]:
    """Measures insufficient, missing or late: each with its reason."""
    clause, found = book.clause(_FACTOR), []
    for target in facts.targets:
        due = instant_text(target.due_at, zone)
        if target.met_at is None and whole_seconds(now) > target.due_at:
            found.append(
                Step(
                    f"整改应于 {due} 前完成，至今未完成",
                    f"Rectification was due by {due} and is not done",
                    clause,
                )
            )
        elif target.met_at is not None and whole_seconds(target.met_at) > target.due_at:
            met = instant_text(target.met_at, zone)
            found.append(
                Step(
                    f"整改应于 {due} 前完成，{met} 才完成",
                    f"Rectification was due by {due} and was done on {met}",
                    clause,
                )
            )
    if facts.failed_at is not None:
        failed = instant_text(facts.failed_at, zone)
        found.append(
            Step(
                f"{failed} 核查整改：措施不到位", f"The check of {failed} found the measures wanting", clause
            )
        )
    return found


def _for_person(rule: PenaltyRule, case: CasePenaltyFacts, book: Rulebook) -> list[Proposal]:
    subject = case.about_agent if rule.subject == "agent" else case.leader if rule.subject == "leader" else ""
    if not subject or _head(case, rule, subject) is not None:
        return []
    steps = [
        Step(
            f"投诉 {case.number} 因服务原因涉及工号 {case.about_agent}，已认定成立",
            f"Complaint {case.number} about staff number {case.about_agent} for a service reason was upheld",
            next(iter(rule.clauses), None),
        ),
        _price_step(rule),
        *unpriced(case, book),
    ]
    return [_proposal(rule, subject, case.number, Decimal(1), None, steps, book)]


def _price_step(rule: PenaltyRule) -> Step:
    assert rule.amount is not None
    zh, en = amount_text(rule.kind, rule.amount, "zh"), amount_text(rule.kind, rule.amount, "en")
    into_zh, into_en = (f"，归入{rule.fund}", f", paid into {rule.fund}") if rule.fund else ("", "")
    return Step(
        f"{rule.title}：每件 {zh}{into_zh}",
        f"{rule.title_en}: {en} for each case{into_en}",
        next(iter(rule.clauses), None),
    )


def _proposal(
    rule: PenaltyRule,
    subject: str,
    number: str,
    factor: Decimal,
    head: Known | None,
    steps: list[Step],
    book: Rulebook,
) -> Proposal:
    assert rule.amount is not None
    amount = (rule.amount * factor).quantize(_CENT, ROUND_HALF_UP)
    steps = list(steps)
    if factor != 1:
        steps.append(_factor_step(rule.kind, rule.amount, factor, amount, book))
    net = amount - (head.amount if head else 0)
    if head is not None:
        steps.append(_raise_step(rule.kind, head, amount, net))
    steps.append(
        Step(
            "以上为建议，须经有权人员确认后生效",
            "This is a proposal: it takes effect when a person confirms it",
        )
    )
    return Proposal(
        trigger=rule.trigger,
        subject_kind=rule.subject,
        subject=subject,
        kind=rule.kind,
        amount=amount,
        factor=factor,
        net=net,
        cause=rule.title or number,
        reverses_id=head.id if head else None,
        clauses=clauses_of(steps, (), *rule.clauses),
        steps=tuple(steps),
    )


def _factor_step(kind: str, price: Decimal, factor: Decimal, amount: Decimal, book: Rulebook) -> Step:
    times = number_text(factor)
    sums = {
        lang: f"{amount_text(kind, price, lang)} × {times} = {amount_text(kind, amount, lang)}"
        for lang in ("zh", "en")
    }
    return Step(
        f"整改不力，按 {times} 倍计：{sums['zh']}",
        f"Rectification failed, so {times} times: {sums['en']}",
        book.clause(_FACTOR),
    )


def _raise_step(kind: str, head: Known, amount: Decimal, net: Decimal) -> Step:
    before, total, more = (
        (amount_text(kind, number, "zh"), amount_text(kind, number, "en"))
        for number in (head.amount, amount, net)
    )
    return Step(
        f"取代第 {head.id} 号{name_of('ledger_state', head.state)} {before[0]}，合计 {total[0]}，净增 {more[0]}",
        f"Takes the place of entry {head.id} ({name_of('ledger_state', head.state, 'en').lower()}, {before[1]}):"
        f" {total[1]} in all, {more[1]} more",
    )
