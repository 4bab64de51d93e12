"""What phrase rules, triggers and flow cues must not say, by themselves or of each other (catalogue sections 2.16, 2.17, 4.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from regulations.book import Rulebook
from regulations.layers import BASE
from regulations.patterns import regex_of
from regulations.phrase_rules import FULL_MARKS, TRIGGERED
from regulations.values import FlowCue, PhraseRule

_BETWEEN = "\n"  # between two required texts: no gap of a pattern reaches across it


def phrase_contradictions(book: Rulebook) -> Iterator[tuple[str, str, str]]:
    """Every contradiction as (key, origin of the value to mend, reason)."""
    origins = book.record_origins()
    yield from _twice(book, origins)
    yield from _required_and_banned(book, origins)
    yield from _banned_by_pattern(book, origins)
    yield from _never_owed(book, origins)
    yield from _after(book, origins)
    yield from _never_banned(book, origins)
    yield from _flow(book, origins)
    yield from _too_dear(book, origins)


def _twice(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    twice = {r.id for r in book.required_phrases()} & {r.id for r in book.banned_phrases()}
    for key in sorted(f"phrase.banned[{name}]" for name in twice):
        yield key, origins[key], "this id stands among the required phrases too"


def _required_and_banned(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    required: dict[str, list[PhraseRule]] = {}
    for rule in book.required_phrases():
        for text in rule.texts:
            required.setdefault(_bare(text), []).append(rule)
    for rule in book.banned_phrases():
        for text in rule.texts:
            for wanted in required.get(_bare(text), ()):
                if meet(rule, wanted):
                    yield _denied(rule, wanted, text, origins)


def _banned_by_pattern(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """A pattern that matches the whole of a required text. With words of its own around it, it may be meant."""
    wanted = [(_bare(text), rule) for rule in book.required_phrases() for text in rule.texts]
    together = _BETWEEN.join(text for text, _ in wanted)
    for rule in book.banned_phrases():
        if rule.only or rule.unless:
            continue
        for pattern in rule.patterns:
            regex = regex_of(pattern)
            if regex.search(together) is None:
                continue
            for text, required in wanted:
                if regex.fullmatch(text) and text not in rule.allow and meet(rule, required):
                    yield _denied(rule, required, text, origins)


def _denied(rule: PhraseRule, wanted: PhraseRule, text: str, origins: dict[str, str]) -> tuple[str, str, str]:
    one, two = f"phrase.banned[{rule.id}]", f"phrase.required[{wanted.id}]"
    origin = origins[one] if origins[one] != BASE else origins[two]
    return one, origin, f"{text} is banned here and required by {two} in the same contacts"


def _never_owed(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    triggers = book.triggers()
    for rule in book.required_phrases():
        if rule.condition in TRIGGERED and rule.condition not in triggers:
            key = f"phrase.required[{rule.id}]"
            reason = f"nothing brings about {rule.condition}: [[phrase.triggers]] has no such code"
            yield key, origins[key], reason


def _after(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    known = {rule.id: rule for rule in book.required_phrases()}
    for rule in known.values():
        where = f"phrase.required[{rule.id}]"
        if not rule.after:
            continue
        first = known.get(rule.after)
        if first is None:
            yield where, origins[where], f"it comes after {rule.after}, which is no required phrase"
        elif first is rule or first.after == rule.id:
            yield where, origins[where], f"it comes after {rule.after}, which comes after it"


def _never_banned(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for rule in book.banned_phrases():
        if rule.only and set(rule.only) <= set(rule.unless):
            key = f"phrase.banned[{rule.id}]"
            yield key, origins[key], "only and unless name the same words: it would never count"


def _flow(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    key = "callback.flow_steps"
    steps = {s for kind in (None, *book.kinds_of(key)) for s in book.items(key, kind) or ()}
    taken: list[FlowCue] = []
    # What comes from the base or an earlier file stands; the later one is to be mended.
    for cue in sorted(
        book.all_flow_cues(), key=lambda c: origins[f"phrase.flow[{c.code}]"] not in book.preset_ids
    ):
        where = f"phrase.flow[{cue.code}]"
        if steps and cue.step not in steps:
            yield where, origins[where], f"its step {cue.step} stands in no {key}"
        for other in taken:
            if other.step == cue.step and share(other.contact_kinds, cue.contact_kinds):
                reason = (
                    f"its step {cue.step} has a cue already, phrase.flow[{other.code}], in the same contacts"
                )
                yield where, origins[where], reason
        taken.append(cue)


def _too_dear(book: Rulebook, origins: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Points above full marks; where the general weight is too high, it alone is to be mended."""
    for list_, rules in (("required", book.required_phrases()), ("banned", book.banned_phrases())):
        key = f"qa.{list_}_weight"
        weight = book.decimal(key)
        if weight is not None and weight > FULL_MARKS:
            yield key, book.parameter(key).origin, f"must not be above {FULL_MARKS}: a contact has no more"
        for rule in rules:
            if rule.points > FULL_MARKS and rule.points != weight:
                where = f"phrase.{list_}[{rule.id}]"
                yield where, origins[where], f"points must not be above {FULL_MARKS}: a contact has no more"


@lru_cache(maxsize=32_768)
def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())


def share(a: Iterable[str], b: Iterable[str]) -> bool:
    """Whether two scopes have something in common; an empty one is everything."""
    return not a or not b or bool(set(a) & set(b))


def meet(one: PhraseRule, two: PhraseRule) -> bool:
    """Whether some contact is in the scope of both rules."""
    return (
        one.speaker == two.speaker
        and share(one.channels, two.channels)
        and share(one.directions, two.directions)
        and share(one.contact_kinds, two.contact_kinds)
    )
