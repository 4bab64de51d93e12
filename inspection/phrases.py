"""The phrase rules of a rulebook on one transcript: what was said that must not be, and what was not that must."""

from __future__ import annotations

from decimal import Decimal

from inspection.banned import courteous_sounds, find_banned
from inspection.findings import Check, Finding, Findings
from inspection.owed import Contact
from inspection.required import judge
from inspection.transcript import Transcript
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule

__all__ = ["Check", "Finding", "Findings", "find"]

_SWITCHES = {"greeting": "call.require_greeting", "closing": "call.require_closing"}


def find(transcript: Transcript, book: Rulebook) -> Findings:
    """Findings and checks of a contact, in time order. Pure: the same transcript and rulebook give the same."""
    contact = Contact(transcript)
    always_review = book.flag("qa.human_review_required") is not False
    banned = tuple(r for r in book.banned_phrases() if is_in_scope(r, transcript) and r.speaker == "agent")
    required = [
        r for r in book.required_phrases() if is_in_scope(r, transcript) and not _is_switched_off(r, book)
    ]
    window = {phase: contact.window(phase) for phase in ("opening", "closing")}
    findings = find_banned(
        contact.agent_perhaps,
        contact.unknown,
        contact.customer_perhaps,
        banned,
        book.decimal("qa.banned_weight") or Decimal(0),
        window,
        courteous_sounds((*required, *banned)),
        is_heard=contact.is_heard,
        always_review=always_review,
    )
    weight = book.decimal("qa.required_weight") or Decimal(0)
    outcomes = [judge(contact, rule, weight, always_review=always_review) for rule in required]
    findings += [o.finding for o in outcomes if o.finding is not None]
    findings.sort(key=lambda f: (f.start is None, f.start or 0.0, f.rule))
    return Findings(tuple(findings), tuple(o.check for o in outcomes))


def is_in_scope(rule: PhraseRule, transcript: Transcript) -> bool:
    """Channel, direction and kind of contact; an empty list admits all."""
    return (
        (not rule.channels or transcript.channel in rule.channels)
        and (not rule.directions or transcript.direction in rule.directions)
        and (not rule.contact_kinds or transcript.kind in rule.contact_kinds)
    )


def _is_switched_off(rule: PhraseRule, book: Rulebook) -> bool:
    """A site can do without greeting or closing as a whole (call.require_greeting, call.require_closing)."""
    key = _SWITCHES.get(rule.category)
    return key is not None and book.flag(key) is not True
