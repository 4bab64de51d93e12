"""Phrase rules between a file and their type (catalogue section 4.4)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from regulations.fields import Reader, flag, origin, points, words
from regulations.names import NAMES
from regulations.scalars import identifier, one_of, plain
from regulations.values import PhraseRule

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
)
"""When a required phrase is owed. `always` is every contact in scope."""
SEVERITIES = ("low", "medium", "high", "critical")
MATCHES = ("exact_word", "contains", "fuzzy")

_PHRASE_KEYS = (
    *("id", "texts", "category", "phase", "channel", "direction", "contact_kind", "speaker", "condition"),
    *("severity", "points", "match", "allow", "needs_review", "suggest", "kind", "source", "status"),
)


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
    texts = r.need("texts", words) or ()
    allow, suggest = r.get("allow", words, ()), r.get("suggest", words, ())
    if "texts" in raw and not texts and not r.reasons:
        r.reasons.append("texts needs one phrase at least")
    useless = [a for a in allow if not any(t in a and t != a for t in texts)]
    if texts and useless:
        r.reasons.append(
            f"allow {', '.join(useless)}: an allowed text must contain one of the texts and be longer"
        )
    fields = {
        "id": r.need("id", identifier),
        "category": r.need("category", identifier),
        "phase": r.get("phase", lambda v, w: one_of(v, PHASES, w), "any"),
        "channels": r.get("channel", lambda v, w: words(v, w, CHANNELS), ()),
        "directions": r.get("direction", lambda v, w: words(v, w, DIRECTIONS), ()),
        "contact_kinds": r.get("contact_kind", lambda v, w: words(v, w, CONTACT_KINDS), ()),
        "speaker": r.get("speaker", lambda v, w: one_of(v, ("agent", "customer"), w), "agent"),
        "severity": r.get("severity", lambda v, w: one_of(v, SEVERITIES, w), "medium"),
        "points": r.get("points", points, Decimal(0)),
        "match": r.get("match", lambda v, w: one_of(v, MATCHES, w), "contains"),
        "needs_review": r.get("needs_review", flag, True),
    }
    clauses, status = r.provenance(own=own)
    r.done()
    return PhraseRule(
        kind=kind,
        texts=texts,
        allow=allow,
        suggest=suggest,
        condition=condition,
        clauses=clauses,
        status=status,
        **fields,
    )


def write_phrase(p: PhraseRule) -> dict[str, Any]:
    """The record as a file would write it."""
    return {
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
