"""Phrase rules in the words of the department: their fields, and what each says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dashboard.formats import NOTHING, fmt_count
from dashboard.i18n import N_, _, listed, name
from regulations.book import Rulebook
from regulations.editing import Record
from regulations.names import NAMES
from regulations.values import FlowCue, Nearby, PhraseRule, PhraseTrigger

Key = TypeVar("Key")
BANNED_CATEGORIES = (
    *(
        "insult",
        "profanity",
        "mockery",
        "quarrel",
        "impatience",
        "cold",
        "shirking",
        "obstruct",
        "confrontation",
    ),
    *("exaggeration", "unauthorised_promise", "disclosure", "idle_chat", "favours", "harms_company"),
    "informal_nihao",
)
_MEASURED = frozenset(
    [
        "dead_air",
        "rings",
        "agent_hangup",
        "flow",
        "interruption",
        "talk_share",
        "non_talk",
        "speaking_rate",
        "loudness",
    ]
)
REQUIRED_CATEGORIES = tuple(
    code for code in NAMES["finding_category"] if code not in BANNED_CATEGORIES and code not in _MEASURED
)

FIELDS: dict[str, str] = {
    "texts": N_("Wordings"),
    "patterns": N_("Patterns"),
    "allow": N_("Exceptions"),
    "only": N_("Only with"),
    "unless": N_("Not with"),
    "times": N_("Times"),
    "is_sure": N_("Certainty"),
    "by_sound": N_("Same sound"),
    "severity": N_("Severity"),
    "points": N_("Points off"),
    "suggest": N_("Say instead"),
    "category": N_("Category"),
    "kind": N_("Rule"),
    "condition": N_("Owed when"),
    "phase": N_("Phase"),
    "channels": N_("Channel"),
    "directions": N_("Direction"),
    "contact_kinds": N_("Kind of contact"),
    "speaker": N_("Speaker"),
    "after": N_("Said after"),
    "code": N_("Id"),
    "step": N_("Step"),
    "is_spoken": N_("Heard in words"),
    "also_asked": N_("Counts as a question too"),
    "match": N_("Match"),
    "needs_review": N_("Needs review"),
    "clauses": N_("Clauses"),
    "status": N_("Status"),
}
_NAMED = {
    "severity": "inspection_severity",
    "category": "finding_category",
    "channels": "channel",
    "directions": "direction",
    "contact_kinds": "contact_kind",
    "speaker": "speaker",
    "status": "parameter_status",
    "kind": "phrase_kind",
    "phase": "phrase_phase",
    "condition": "phrase_condition",
    "match": "phrase_match",
    "step": "flow_step",
}


def all_phrases(book: Rulebook) -> tuple[PhraseRule, ...]:
    """Every phrase rule: those that must be said first."""
    return (*book.required_phrases(), *book.banned_phrases())


def record_title(record: Record) -> str:
    """What a phrase, a trigger or a flow cue is called where it is one of many."""
    if isinstance(record, PhraseTrigger):
        return code_name("phrase_condition", record.code)
    if isinstance(record, FlowCue):
        return code_name("flow_step", record.step)
    return f"{(*record.texts, *record.patterns, record.id)[0]} · {code_name('finding_category', record.category)}"


def told_apart(titles: Mapping[Key, str], more: Callable[[Key], str]) -> dict[Key, str]:
    """Titles of a list to choose from; those that several have with something `more` behind them."""
    twice = {title for title, n in Counter(titles.values()).items() if n > 1}
    return {key: f"{title} · {more(key)}" if title in twice else title for key, title in titles.items()}


def flow_steps(book: Rulebook) -> tuple[str, ...]:
    """The steps as the rulebook orders them, for all kinds of callback or the first kind that has some."""
    for kind in (None, *book.kinds_of("callback.flow_steps")):
        if steps := book.items("callback.flow_steps", kind):
            return steps
    return ()


def list_of(rule: PhraseRule) -> str:
    """The list of the rulebook the phrase stands in: required or banned."""
    return "banned" if rule.kind == "banned" else "required"


def choices_of(kind: str) -> dict[str, str]:
    """The codes of a kind with their names."""
    return {code: name(kind, code) for code in NAMES[kind]}


def categories_of(book: Rulebook, list_: str) -> tuple[str, ...]:
    """The categories that a phrase of the list may have: those we know, and those the rulebook has besides."""
    known = BANNED_CATEGORIES if list_ == "banned" else REQUIRED_CATEGORIES
    rules = book.banned_phrases() if list_ == "banned" else book.required_phrases()
    return tuple(dict.fromkeys([*known, *(rule.category for rule in rules)]))


def code_name(kind: str, code: str) -> str:
    """What a stored code is called; a code of the site's own stands for itself."""
    return name(kind, code) if code in NAMES[kind] else code


def field_words(field: str, value: Any) -> str:
    """What a field of a phrase rule says."""
    if value and isinstance(value, tuple) and isinstance(value[0], Nearby):
        return listed(nearby_words(one) for one in value) or NOTHING
    if field == "is_sure":
        return _("May be sure") if value else _("Only proposes a review")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        codes = _NAMED.get(field)
        parts = [code_name(codes, str(v)) if codes else str(v) for v in value]
        if not parts and field in ("channels", "directions", "contact_kinds"):
            return _("All")
        return " · ".join(parts) or NOTHING
    if field in _NAMED:
        return code_name(_NAMED[field], str(value))
    if field in ("points", "times"):
        return fmt_count(value)
    return str(value)


def nearby_words(nearby: Nearby) -> str:
    """One condition of `only` or `unless` in words."""
    where = name("nearby_where", nearby.where)
    if nearby.unit == "turns" and not nearby.reach:
        reach = _("in the same turn")
    else:
        reach = _("within {n} {unit}", n=nearby.reach, unit=name("nearby_unit", nearby.unit))
    return _(
        "{speaker}, {where}, {reach}: {texts}",
        speaker=name("speaker", nearby.speaker),
        where=where,
        reach=reach,
        texts=" / ".join(nearby.texts),
    )


def counts(rules: tuple[PhraseRule, ...]) -> Mapping[str, int]:
    """How many of each kind and each status."""
    found: dict[str, int] = {}
    for rule in rules:
        for code in (rule.kind, rule.status):
            found[code] = found.get(code, 0) + 1
    return found
