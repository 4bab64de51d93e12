"""The phrase rules of a rulebook on one transcript: what was said that must not be, and what was not that must."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from inspection.banned.layers import CHATTY, find_banned, in_force
from inspection.classifier.proposing import Utterance, proposals, utterances_of
from inspection.findings import Check, Finding, Findings
from inspection.limits import limits_of
from inspection.required.flow import judge_flow
from inspection.required.script_order import judge_order
from inspection.required.verdicts import judge
from inspection.text.owed import Contact
from inspection.text.wording import confuse, normalise
from inspection.transcript import Transcript
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule

__all__ = ["Check", "Finding", "Findings", "find", "find_many", "is_in_scope"]

_SWITCHES = {"greeting": "call.require_greeting", "closing": "call.require_closing"}


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules of a rulebook for one sort of contact. `courteous`: what polite phrases may be misheard as."""

    banned: Mapping[str, PhraseRule]
    required: tuple[PhraseRule, ...]
    courteous: frozenset[str]
    categories: frozenset[str]  # in which the classifier may propose


@dataclass(frozen=True, slots=True)
class _Read:
    """A contact by the rules alone, and what is left for the classifier to read."""

    contact: Contact
    scope: Scope
    findings: list[Finding]
    checks: tuple[Check, ...]
    utterances: list[Utterance]


def find(transcript: Transcript, book: Rulebook) -> Findings:
    """Findings and checks of a contact, in time order. Pure: the same transcript and rulebook give the same."""
    return find_many((transcript,), book)[0]


def find_many(transcripts: Iterable[Transcript], book: Rulebook) -> list[Findings]:
    """The findings of many contacts, as `find` gives them for each; the classifier reads all of them in one go."""
    threshold = limits_of(book).propose_from
    read = [_read(transcript, book) for transcript in transcripts]
    scores = _scores(read) if threshold is not None else {}
    result: list[Findings] = []
    for one in read:
        findings = one.findings
        if threshold is not None:
            of_each = [scores[u.text] for u in one.utterances]
            findings = findings + proposals(
                one.contact, one.contact.agent_perhaps, one.utterances, of_each, book, threshold,
                one.scope.categories,
            )  # fmt: skip
        findings.sort(key=lambda f: (f.start is None, f.start or 0.0, f.rule))
        result.append(Findings(tuple(findings), one.checks))
    return result


def _read(transcript: Transcript, book: Rulebook) -> _Read:
    contact = Contact(transcript, limits_of(book))
    scope = _scope(book, transcript.channel, transcript.direction, transcript.kind)
    spoken = find_banned(contact, book, scope.banned, scope.courteous)
    outcomes = [judge(contact, rule, book) for rule in scope.required]
    of_the_flow, steps = judge_flow(contact, book)
    findings = spoken.findings + [o.finding for o in outcomes if o.finding is not None] + of_the_flow
    findings += judge_order(contact, scope.required, book)
    utterances = utterances_of(contact.agent_perhaps, spoken.settled)
    return _Read(contact, scope, findings, (*(o.check for o in outcomes), *steps), utterances)


def _scores(read: list[_Read]) -> dict[str, dict[str, float]]:
    """The probabilities of every utterance, each asked for once: polite sentences come again and again."""
    # Here: scipy takes a while to import, and most processes never judge.
    from inspection.classifier.model import load

    texts = list(dict.fromkeys(u.text for one in read for u in one.utterances))
    return dict(zip(texts, load().score(texts), strict=True)) if texts else {}


@lru_cache(maxsize=256)
def _scope(book: Rulebook, channel: str, direction: str, kind: str) -> Scope:
    sort = Transcript("", channel, direction, kind)
    banned = [r for r in book.banned_phrases() if is_in_scope(r, sort) and r.speaker == "agent"]
    required = tuple(
        r for r in book.required_phrases() if is_in_scope(r, sort) and not _is_switched_off(r, book)
    )
    counted = in_force(banned, book, kind)
    # Where small talk is a step of the conversation only the words of a private advance tell it from one.
    is_required = book.choice("call.small_talk", kind) == "required"
    categories = frozenset(r.category for r in counted if r.category != CHATTY or not is_required)
    return Scope({r.id: r for r in counted}, required, _courteous_sounds((*required, *banned)), categories)


def _courteous_sounds(rules: Iterable[PhraseRule]) -> frozenset[str]:
    """How recognition may write the polite phrases of these rules with a polite character lost: 你好 for 您好."""
    wanted = {normalise(t).text for r in rules for t in (() if r.kind == "banned" else r.texts) + r.suggest}
    return frozenset(confuse(t) for t in wanted if confuse(t) != t)


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
