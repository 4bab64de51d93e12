"""Phrase rules between a file and their type (catalogue section 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from regulations.fields import Reader, flag, origin, points, words
from regulations.names import NAMES
from regulations.patterns import pattern_problem, stands_in
from regulations.scalars import Refused, identifier, number, one_of, plain, text
from regulations.values import FlowCue, Nearby, PhraseRule, PhraseTrigger

PHASES = ("opening", "body", "closing", "any")
CHANNELS = ("phone", "chat", "visit")
DIRECTIONS = ("inbound", "outbound")
CONTACT_KINDS = tuple(NAMES["contact_kind"])
CONDITIONS = (
    "always",
    "customer_praised",
    "customer_satisfied",
    "customer_dissatisfied",
    "not_understood",
    "on_hold",
    "cannot_answer",
    "disturbed",
    "receipt_handed_over",
    "complaint_received",
    "own_fault",
    "not_solved_yet",
    "repair_late",
    "repair_unfinished",
    "promise_made",
    "paid_service",
    "asked_about_tenant",
    "asked_for_data",
    "asked_for_transfer",
    "patient_unwell",
)
"""When a required phrase is owed. `always` is every contact in scope."""
TRIGGERED = tuple(c for c in CONDITIONS if c not in ("always", "on_hold"))
"""Conditions that words bring about; who waits on hold is heard by the silence."""
SPEAKERS = ("agent", "customer")
SEVERITIES = ("low", "medium", "high", "critical")
MATCHES = ("exact_word", "contains", "fuzzy")

_PHRASE_KEYS = (
    *("id", "texts", "category", "phase", "channel", "direction", "contact_kind", "speaker", "condition"),
    *("severity", "points", "match", "allow", "needs_review", "suggest", "kind", "source", "status"),
    *("patterns", "sure", "by_sound", "only", "unless", "times", "after"),
)
_BANNED_ONLY = ("by_sound", "only", "unless", "times")
_WHERE, _REACH_UNITS = ("before", "after", "near"), ("characters", "turns", "seconds")
_MOST_TIMES, _FURTHEST = 100, 1000
FULL_MARKS = Decimal(100)
"""What a contact has before anything is taken off (catalogue section 3.7): a phrase that costs more is a slip."""


def read_phrase(raw: Mapping[str, Any], own: bool, *, banned: bool) -> PhraseRule:
    """A `[[phrase.required]]` or `[[phrase.banned]]` record (catalogue section 4.4)."""
    r = Reader(raw)
    r.known(*_PHRASE_KEYS)
    condition = r.get("condition", lambda v, w: one_of(v, CONDITIONS, w), "always")
    kind: Literal["required", "banned", "conditional"] = (
        "banned" if banned else "required" if condition == "always" else "conditional"
    )
    if raw.get("kind", kind) != kind:
        r.reasons.append(f"kind {raw['kind']!r} contradicts its list and condition, which make it {kind}")
    if banned and condition != "always":
        r.reasons.append("a banned phrase has no condition")
    r.reasons += [f"{k} is for banned phrases only" for k in _BANNED_ONLY if not banned and k in raw]
    if banned and "after" in raw:
        r.reasons.append("after is for required phrases only")
    texts = r.need("texts", words) or ()
    allow, suggest = r.get("allow", words, ()), r.get("suggest", words, ())
    if "texts" in raw and not texts and not r.reasons:
        r.reasons.append("texts needs one phrase at least")
    patterns = r.get("patterns", _patterns, ())
    useless = [a for a in allow if not _covers(a, texts, patterns)]
    if texts and useless:
        r.reasons.append(
            f"allow {', '.join(useless)}: an allowed text must contain one of the texts or patterns and be longer"
        )
    fields = {
        "id": r.need("id", identifier),
        "category": r.need("category", identifier),
        "phase": r.get("phase", lambda v, w: one_of(v, PHASES, w), "any"),
        "channels": r.get("channel", lambda v, w: words(v, w, CHANNELS), ()),
        "directions": r.get("direction", lambda v, w: words(v, w, DIRECTIONS), ()),
        "contact_kinds": r.get("contact_kind", lambda v, w: words(v, w, CONTACT_KINDS), ()),
        "speaker": r.get("speaker", lambda v, w: one_of(v, SPEAKERS, w), "agent"),
        "severity": r.get("severity", lambda v, w: one_of(v, SEVERITIES, w), "medium"),
        "points": r.get("points", points, Decimal(0)),
        "match": r.get("match", lambda v, w: one_of(v, MATCHES, w), "contains"),
        "needs_review": r.get("needs_review", flag, True),
        "is_sure": r.get("sure", flag, True),
        "by_sound": r.get("by_sound", flag, True),
        "only": r.get("only", _nearby, ()),
        "unless": r.get("unless", _nearby, ()),
        "after": r.get("after", identifier, ""),
        "times": r.get("times", lambda v, w: _whole(v, w, 1, _MOST_TIMES), 1),
    }
    clauses, status = r.provenance(own=own)
    r.done()
    return PhraseRule(
        kind=kind,
        texts=texts,
        allow=allow,
        suggest=suggest,
        patterns=patterns,
        condition=condition,
        clauses=clauses,
        status=status,
        **fields,
    )


def _covers(allowed: str, texts: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    """Whether the allowed text is longer than a text or a match of a pattern in it. 您 and 你 are compared as one."""

    def folded(text: str) -> str:
        return text.replace("您", "你")

    longer = folded(allowed)
    return any(folded(t) in longer and len(t) < len(longer) for t in texts) or any(
        stands_in(folded(p), longer) for p in patterns
    )


def _patterns(raw: object, what: str) -> tuple[str, ...]:
    """Patterns with slots; each must be one that can be read (regulations/patterns.py)."""
    patterns = words(raw, what)
    if reasons := [f"{what}: {p}: {reason}" for p in patterns if (reason := pattern_problem(p))]:
        raise Refused(*reasons)
    return patterns


def _nearby(raw: object, what: str) -> tuple[Nearby, ...]:
    """The tables of `only` and `unless`."""
    if not isinstance(raw, list) or not all(isinstance(table, Mapping) for table in raw):
        raise Refused(f"{what} is a list of tables: {{ where, texts, reach, unit, speaker }}")
    return tuple(_one_nearby(table, what) for table in raw)


def _one_nearby(raw: Mapping[str, Any], what: str) -> Nearby:
    r = Reader(raw)
    r.known("where", "texts", "reach", "unit", "speaker")
    fields = {
        "where": r.need("where", lambda v, w: one_of(v, _WHERE, w)),
        "texts": r.need("texts", words),
        "reach": r.get("reach", lambda v, w: _whole(v, w, 0, _FURTHEST), 12),
        "unit": r.get("unit", lambda v, w: one_of(v, _REACH_UNITS, w), "characters"),
        "speaker": r.get("speaker", lambda v, w: one_of(v, SPEAKERS, w), "agent"),
    }
    if fields["texts"] == ():
        r.reasons.append("texts needs one phrase at least")
    if fields["unit"] == "characters" and fields["speaker"] != "agent":
        r.reasons.append(
            "characters are counted in the agent's words; say turns or seconds of the customer's"
        )
    if r.reasons:
        raise Refused(*(f"{what}: {reason}" for reason in r.reasons))
    return Nearby(**fields)


def _whole(raw: object, what: str, least: int, most: int) -> int:
    value = number(raw, what)
    if value != value.to_integral_value() or not least <= value <= most:
        raise Refused(f"{what} must be a whole number, {least} to {most}")
    return int(value)


def read_trigger(raw: Mapping[str, Any], own: bool) -> PhraseTrigger:
    """A `[[phrase.triggers]]` record: what makes a conditional phrase owed."""
    r = Reader(raw)
    r.known("code", "speaker", "texts", "unless", "asked", "source", "status")
    code = r.need("code", lambda v, w: one_of(v, TRIGGERED, w))
    speaker = r.need("speaker", lambda v, w: one_of(v, SPEAKERS, w))
    texts = r.need("texts", words) or ()
    if "texts" in raw and not texts and not r.reasons:
        r.reasons.append("texts needs one phrase at least")
    unless, also_asked = r.get("unless", words, ()), r.get("asked", flag, False)
    clauses, status = r.provenance(own=own)
    r.done()
    return PhraseTrigger(code, speaker, texts, unless, clauses, status, also_asked)


def write_trigger(t: PhraseTrigger) -> dict[str, Any]:
    """The record as a file would write it."""
    return {
        "code": t.code,
        "speaker": t.speaker,
        "texts": list(t.texts),
        "unless": list(t.unless),
        **({"asked": True} if t.also_asked else {}),
        **origin(t),
    }


def read_flow_cue(raw: Mapping[str, Any], own: bool) -> FlowCue:
    """A `[[phrase.flow]]` record: the words by which a step of a conversation is recognised."""
    r = Reader(raw)
    r.known("code", "step", "speaker", "texts", "patterns", "contact_kind", "spoken", "source", "status")
    fields = {
        "code": r.need("code", identifier),
        "step": r.need("step", text),
        "speaker": r.get("speaker", lambda v, w: one_of(v, SPEAKERS, w), "agent"),
        "texts": r.get("texts", words, ()),
        "patterns": r.get("patterns", _patterns, ()),
        "contact_kinds": r.get("contact_kind", lambda v, w: words(v, w, CONTACT_KINDS), ()),
        "is_spoken": r.get("spoken", flag, True),
    }
    if not r.reasons and fields["is_spoken"] != bool(fields["texts"] or fields["patterns"]):
        r.reasons.append("a step that is spoken has texts or patterns, and one that is not has none")
    clauses, status = r.provenance(own=own)
    r.done()
    return FlowCue(**fields, clauses=clauses, status=status)


def write_flow_cue(c: FlowCue) -> dict[str, Any]:
    """The record as a file would write it."""
    return {
        "code": c.code,
        "step": c.step,
        "speaker": c.speaker,
        "texts": list(c.texts),
        "patterns": list(c.patterns),
        "contact_kind": list(c.contact_kinds),
        "spoken": c.is_spoken,
        **origin(c),
    }


def _written_nearby(n: Nearby) -> dict[str, Any]:
    return {
        "where": n.where, "texts": list(n.texts), "reach": n.reach, "unit": n.unit, "speaker": n.speaker,
    }  # fmt: skip


def write_phrase(p: PhraseRule) -> dict[str, Any]:
    """The record as a file would write it. What a later release added is left out where it says nothing.

    So a rulebook that was published before keeps its version.
    """
    added = {
        "patterns": list(p.patterns),
        "sure": None if p.is_sure else False,
        "by_sound": None if p.by_sound else False,
        "only": [_written_nearby(n) for n in p.only],
        "unless": [_written_nearby(n) for n in p.unless],
        "times": None if p.times == 1 else p.times,
        "after": p.after or None,
    }
    return {
        **{k: v for k, v in added.items() if v not in (None, [])},
        "id": p.id,
        "kind": p.kind,
        "category": p.category,
        "texts": list(p.texts),
        "phase": p.phase,
        "channel": list(p.channels),
        "direction": list(p.directions),
        "contact_kind": list(p.contact_kinds),
        "speaker": p.speaker,
        "condition": p.condition,
        "severity": p.severity,
        "points": plain(p.points),
        "match": p.match,
        "allow": list(p.allow),
        "needs_review": p.needs_review,
        "suggest": list(p.suggest),
        **origin(p),
    }
