"""The order of two phrases of a script: asked whether it is the patient, heard yes, and only then who is calling (E5.17).

Only ever proposed: the words are found by our wordings, and a yes may be too quiet to be recognised.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from inspection.findings import Finding
from inspection.required.wanted import search
from inspection.text.owed import Contact
from inspection.text.phrase_index import index_of
from inspection.text.tracks import Place
from inspection.transcript import Segment, Stretch
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule
from regulations.verdict import Step, step


def judge_order(contact: Contact, rules: Iterable[PhraseRule], book: Rulebook) -> list[Finding]:
    """A finding for each rule that was said before the one it follows (`after`), or before that was answered.

    Where one of the two was not said at all there is no order: that it is missing is another finding.
    """
    owed = {rule.id: rule for rule in rules}
    findings: list[Finding] = []
    for rule in owed.values():
        if rule.after not in owed:
            continue
        first, then = _place(contact, owed[rule.after], book), _place(contact, rule, book)
        if first is None or then is None:
            continue
        if then.start < first.start:
            reason = step(
                "{b:.1f} 秒已说“{then}”，{a:.1f} 秒才说“{first}”",
                "“{then}” is said at {b:.1f} s already, “{first}” only at {a:.1f} s",
                then=then.quote, first=first.quote, a=first.start, b=then.start,
            )  # fmt: skip
        elif not _is_answered(contact, first, then):
            reason = step(
                "{a:.1f} 秒说“{first}”，没有等对方回答，{b:.1f} 秒就说“{then}”",
                "“{first}” at {a:.1f} s, and “{then}” at {b:.1f} s without waiting for the answer",
                then=then.quote, first=first.quote, a=first.start, b=then.start,
            )  # fmt: skip
        else:
            continue
        findings.append(_finding(owed[rule.after], rule, then, reason))
    return findings


def _place(contact: Contact, rule: PhraseRule, book: Rulebook) -> Place | None:
    track = contact.agent
    found = search(track, rule, index_of(book), contact.limits, is_heard=contact.is_heard)
    return None if found is None else track.place(found.start, found.end)


def _is_answered(contact: Contact, first: Place, then: Place) -> bool:
    """Whether anybody but the agent, certainly or perhaps, makes a sound between the two."""
    sounds: list[Segment | Stretch] = [s for s in contact.segments if s.speaker != "agent"]
    sounds += contact.transcript.to_listen
    return any(s.end > first.start and s.start < then.start for s in sounds)


def _finding(first: PhraseRule, rule: PhraseRule, at: Place, reason: Step) -> Finding:
    clause = rule.clauses[-1] if rule.clauses else None
    one, two = (
        tuple(name_of("finding_category", r.category, lang) for lang in ("zh", "en")) for r in (first, rule)
    )
    demand = Step(
        f"话术的顺序：先“{one[0]}”，等对方回答后再“{two[0]}”",
        f"the order of the script: {one[1]}, the answer, then {two[1]}",
        clause,
    )
    open_ = step(
        "顺序只作提示：不计分，请人工判断",
        "the order is a hint only: no points, a person decides",
    )
    return Finding(
        rule=f"{rule.id}-order",
        kind="missing",
        category="flow",
        verdict="cannot_tell",
        phase=rule.phase,
        segment=at.segment,
        start=at.start,
        end=at.end,
        quote=at.quote,
        clauses=rule.clauses,
        severity="low",
        points=Decimal(0),
        needs_review=True,
        steps=(demand, reason, open_),
        layer="script",
    )
