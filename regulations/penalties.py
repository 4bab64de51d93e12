"""What a case costs a department or a person: proposed here, imposed by nobody but a person (A6.29, A1.19).

A department that got the rectification notice and was found at fault: money and points. Measures missing,
insufficient or late: the same times `penalty.rectification_factor`. A complaint about an agent for a service reason
that was upheld: money. What has no amount in the regulations is said, and left to whoever decides. Whatever
`penalty.confirmation` says, an entry counts only when a person has confirmed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from regulations import penalty_steps as words
from regulations.fault import DepartmentFacts, Target
from regulations.penalty_steps import amount_text
from regulations.ruling import clauses_of
from regulations.values import PenaltyRule
from regulations.verdict import Step
from regulations.work_calendar import WorkCalendar

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = [
    "CasePenaltyFacts",
    "DepartmentFacts",
    "Known",
    "Proposal",
    "Target",
    "amount_text",
    "called_for",
    "proposals",
    "standing",
    "unpriced",
]

DEPARTMENT_FAULT, SERVICE_COMPLAINT = "upheld_complaint", "service_complaint"
_NOTHING = Decimal(0)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that is in the ledger already. A `factor` of 0 takes back the one it reverses."""

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
    """One case as far as penalties look at it; `about_agent` is the staff number, `leader` his direct leader.

    `is_dismissed`: found not upheld. Nobody is at fault then, whatever a department answered.
    """

    number: str
    departments: Sequence[DepartmentFacts] = ()
    is_upheld: bool = False
    is_service_caused: bool = False
    about_agent: str | None = None
    leader: str = ""
    known: Sequence[Known] = ()
    is_dismissed: bool = False


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


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a rule asks of one subject now: `factor` times its amount, 0 for nothing; and why."""

    rule: PenaltyRule
    subject: str
    factor: Decimal
    reasons: tuple[Step, ...]


def proposals(facts: CasePenaltyFacts, book: Rulebook, now: datetime) -> tuple[Proposal, ...]:
    """What is to be proposed for the case beyond the entries it already has.

    One entry for each department or person, trigger and kind. Failed rectification makes a new entry in the
    raised amount that names the one before; a confirmed entry whose ground is gone (the case is not upheld after all)
    a new one of 0 that names it. What a person waived is not proposed again. Nothing is ever changed.
    """
    found: list[Proposal] = []
    for claim in _claims(facts, book, now):
        chain = _chain(facts.known, claim.rule, claim.subject)
        head = _head(chain)
        if _is_to_propose(chain, head, claim.factor):
            found.append(_proposal(claim, head, facts, book))
    return tuple(found)


def called_for(facts: CasePenaltyFacts, entry: Known, book: Rulebook, now: datetime) -> bool:
    """Whether the case still calls for an entry that was proposed: not less than it asks for, or its taking back.

    True where the rulebook knows nothing of it any more: then only a person can tell.
    """
    for claim in _claims(facts, book, now):
        if entry in _chain(facts.known, claim.rule, claim.subject):
            before = next((known for known in facts.known if known.id == entry.reverses_id), None)
            takes_off = before is not None and before.factor > entry.factor
            return claim.factor <= entry.factor if takes_off else claim.factor >= entry.factor
    return True


def unpriced(facts: CasePenaltyFacts, book: Rulebook) -> tuple[Step, ...]:
    """What the regulations also attach to the case without naming an amount.

    A1.19: the leader, correspondingly. C4.25 and C4.28: whoever is responsible, by a standard that the text does not
    contain.
    """
    said = []
    for rule in book.penalties():
        if rule.amount is not None:
            continue
        is_due = _is_service_complaint(facts)
        if rule.trigger == DEPARTMENT_FAULT:
            is_due = facts.is_upheld or any(department.is_at_fault for department in _at_fault(facts))
        elif rule.trigger != SERVICE_COMPLAINT:
            continue
        if is_due:
            said.append(words.without_amount(rule))
    return tuple(said)


def standing(entries: Sequence[Known]) -> tuple[Known, ...]:
    """The entries that count: confirmed, not replaced by a confirmed one, and of more than nothing."""
    confirmed = [entry for entry in entries if entry.state == "confirmed"]
    replaced = {entry.reverses_id for entry in confirmed}
    return tuple(entry for entry in confirmed if entry.id not in replaced and entry.factor)


def _is_service_complaint(facts: CasePenaltyFacts) -> bool:
    return facts.is_upheld and facts.is_service_caused and facts.about_agent is not None


def _at_fault(facts: CasePenaltyFacts) -> list[DepartmentFacts]:
    return (
        []
        if facts.is_dismissed
        else [department for department in facts.departments if department.is_at_fault]
    )


def _claims(facts: CasePenaltyFacts, book: Rulebook, now: datetime) -> list[_Claim]:
    """What each rule with an amount asks of each subject, those included that stand in the ledger for it."""
    found = []
    for rule in book.penalties():
        if rule.amount is None:
            continue
        if rule.trigger == DEPARTMENT_FAULT and rule.subject == "department":
            at_fault = {department.department: department for department in _at_fault(facts)}
            for name in dict.fromkeys([*at_fault, *_subjects(facts.known, rule)]):
                found.append(_of_department(name, at_fault.get(name), rule, book, now))
        elif rule.trigger == SERVICE_COMPLAINT and rule.subject in ("agent", "leader"):
            found += _of_person(rule, facts, book)
    return found


def _of_department(
    name: str, facts: DepartmentFacts | None, rule: PenaltyRule, book: Rulebook, now: datetime
) -> _Claim:
    if facts is None or facts.ordered_at is None:
        return _Claim(rule, name, _NOTHING, ())
    zone = WorkCalendar.from_rulebook(book).timezone
    factor = book.decimal(words.FACTOR) or Decimal(1)
    failures = words.failures(facts.targets, facts.failed_at, book, now, zone) if factor != 1 else []
    clause = next(iter(rule.clauses), None)
    reasons = (words.ordered(name, facts.ordered_at, clause, zone), words.price(rule), *failures)
    return _Claim(rule, name, factor if failures else Decimal(1), reasons)


def _of_person(rule: PenaltyRule, facts: CasePenaltyFacts, book: Rulebook) -> list[_Claim]:
    # Who led the agent is whoever did when it was proposed: a later leader is not charged for it.
    known = _subjects(facts.known, rule)
    subject = known[0] if known else (facts.about_agent if rule.subject == "agent" else facts.leader)
    if not subject:
        return []
    if not _is_service_complaint(facts):
        return [_Claim(rule, subject, _NOTHING, ())]
    clause = next(iter(rule.clauses), None)
    said = words.about_agent(facts.number, facts.about_agent, clause)
    return [_Claim(rule, subject, Decimal(1), (said, words.price(rule), *unpriced(facts, book)))]


def _subjects(known: Sequence[Known], rule: PenaltyRule) -> list[str]:
    of_rule = (
        entry
        for entry in known
        if (entry.trigger, entry.subject_kind, entry.kind) == (rule.trigger, rule.subject, rule.kind)
    )
    return list(dict.fromkeys(entry.subject for entry in of_rule))


def _chain(known: Sequence[Known], rule: PenaltyRule, subject: str) -> list[Known]:
    """The entries of one rule about one subject, each naming the one before it."""
    same = (rule.trigger, rule.subject, subject, rule.kind)
    return [e for e in known if (e.trigger, e.subject_kind, e.subject, e.kind) == same]


def _is_turned_down(entry: Known) -> bool:
    """A waived change of another entry: that one stands as it was."""
    return entry.state == "waived" and entry.reverses_id is not None


def _head(chain: Sequence[Known]) -> Known | None:
    """The latest entry of a chain: the one that no other names."""
    left = [entry for entry in chain if not _is_turned_down(entry)]
    named = {entry.reverses_id for entry in left}
    return max((entry for entry in left if entry.id not in named), key=lambda entry: entry.id, default=None)


def _is_to_propose(chain: Sequence[Known], head: Known | None, wanted: Decimal) -> bool:
    if head is None:
        return wanted > 0
    if any(e.reverses_id == head.id and e.factor == wanted for e in chain if _is_turned_down(e)):
        return False
    if head.state == "confirmed":
        return wanted != head.factor
    before = next((entry for entry in chain if entry.id == head.reverses_id), None)
    takes_off = before is not None and before.factor > head.factor
    # What is not decided yet is only ever raised: one that is too high, or a taking back that is none, is waived.
    return head.state == "proposed" and not takes_off and wanted > head.factor


def _proposal(claim: _Claim, head: Known | None, facts: CasePenaltyFacts, book: Rulebook) -> Proposal:
    rule, factor = claim.rule, claim.factor
    assert rule.amount is not None
    amount = (rule.amount * factor).quantize(_CENT, ROUND_HALF_UP)
    clause = next(iter(rule.clauses), None)
    steps = list(claim.reasons) if factor else [words.groundless(facts.is_dismissed, clause)]
    if factor not in (0, 1):
        steps.append(words.multiplied(rule.kind, rule.amount, factor, amount, book))
    elif factor == 1 and head is not None and head.factor > factor:
        steps.append(words.in_order_after_all(book.clause(words.FACTOR)))
    if head is not None:
        steps.append(words.takes_the_place(head.id, head.state, rule.kind, head.amount, amount))
    steps.append(words.only_proposed())
    return Proposal(
        trigger=rule.trigger,
        subject_kind=rule.subject,
        subject=claim.subject,
        kind=rule.kind,
        amount=amount,
        factor=factor,
        net=amount - (head.amount if head else 0),
        cause=rule.title or facts.number,
        reverses_id=head.id if head else None,
        clauses=clauses_of(steps, (), *rule.clauses),
        steps=tuple(steps),
    )
