"""What is allowed in a phrase, a trigger or a flow cue but seldom meant: said to its editor, never refused.

A wording that another phrase has already, that would hit inside words the rulebook asks for or holds harmless, or that
fits nearly every sentence (catalogue sections 2.16, 4.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal

from regulations.book import Rulebook
from regulations.editing import Record
from regulations.patterns import parse, regex_of
from regulations.phrase_contradictions import meet, share
from regulations.values import FlowCue, PhraseRule, PhraseTrigger

MOST = 8
"""Warnings for one record: whoever mends these is told of more."""
_LEAST_LITERAL = 3  # characters that a pattern with a gap must hold before it says something of its own

Kind = Literal["same", "found_already", "in_required", "in_allowed", "banned_inside", "broad", "short"]


@dataclass(frozen=True, slots=True)
class PhraseWarning:
    """One thing to look at. `wording` is the editor's; `other` the record it meets (`banned:id`), `said` the words of it."""

    kind: Kind
    wording: str
    other: str = ""
    said: str = ""

    def text(self, lang: str) -> str:
        """What is the matter and what may be done, in one sentence of the language."""
        zh, en = _WORDS[self.kind]
        return (en if lang == "en" else zh).format(wording=self.wording, said=self.said)


_WORDS: dict[Kind, tuple[str, str]] = {
    "same": ("“{wording}”在另一条里已经有了；留一处就够，以免两条各算各的。",
             "“{wording}” stands in another entry already: keep it in one of the two, or each counts it in its own way."),
    "found_already": ("“{wording}”里含有另一条的“{said}”，那一条已经能查到；不必再写。",
                      "“{wording}” holds “{said}” of another phrase, which finds it already: it need not be written."),
    "in_required": ("必说用语“{said}”里就含有“{wording}”，照规定说话也会被查到；请写得更长，或把那句话列为例外。",
                    "“{said}”, which must be said, holds “{wording}”: write more of it, or make that sentence an exception."),
    "in_allowed": ("另一条用语把“{said}”当作正常用语，而“{wording}”会在其中被查到；请写得更长，或同样列为例外。",
                   "Another phrase holds “{said}” harmless, and “{wording}” would be found in it: write more of it, or make the same exception."),
    "banned_inside": ("“{wording}”里含有忌语“{said}”，照着说会被扣分；请换一种说法，或在那条忌语里列为例外。",
                      "“{wording}” holds the banned “{said}”: whoever says it loses points. Word it differently, or make it an exception there."),
    "broad": ("句式“{wording}”中固定的字太少，几乎什么话都会对上；请多写几个一定会说的字。",
              "The pattern “{wording}” fits nearly every sentence: write more characters that have to be there."),
    "short": ("“{wording}”只有一个字，会在许多正常的词里被查到；请写成完整的说法，或选“独立成词”，或列出例外。",
              "“{wording}” is one character and stands in many harmless words: write more, match it as a word, or list exceptions."),
}  # fmt: skip


def warnings_of(book: Rulebook, record: Record, before: Record | None = None) -> list[PhraseWarning]:
    """What an editor should look at, MOST at most, in the wordings that `before` does not have.

    `book` is the rulebook with the record in it.
    """
    known = {*before.texts, *getattr(before, "patterns", ())} if before else set()
    if isinstance(record, PhraseTrigger | FlowCue):
        found = _of_cue(book, record)
    elif record.kind == "banned":
        found = _of_banned(book, record)
    else:
        found = _of_required(book, record)
    return list(islice(dict.fromkeys(one for one in found if one.wording not in known), MOST))


def _of_banned(book: Rulebook, rule: PhraseRule) -> Iterator[PhraseWarning]:
    yield from _too_wide(rule)
    others = [one for one in book.banned_phrases() if one.id != rule.id and meet(one, rule)]
    for text in rule.texts:
        yield from _known(text, others)
        literally = re.compile(re.escape(_bare(text)))
        yield from _inside(rule, text, book.required_phrases(), "in_required", literally)
        yield from _inside(rule, text, others, "in_allowed", literally)
    for pattern in rule.patterns:
        for one in others:
            if pattern in one.patterns:
                yield PhraseWarning("same", pattern, f"banned:{one.id}")
        yield from _inside(rule, pattern, book.required_phrases(), "in_required", regex_of(pattern))


def _too_wide(rule: PhraseRule) -> Iterator[PhraseWarning]:
    for pattern in rule.patterns:
        parts = parse(pattern)
        literal = sum(min(map(len, p.texts)) for p in parts if p.kind in ("literal", "choice"))
        if literal < _LEAST_LITERAL and any(p.kind == "gap" for p in parts):
            yield PhraseWarning("broad", pattern)
    if rule.match == "contains" and not rule.allow and not rule.only:
        for text in rule.texts:
            if len(_bare(text)) == 1:
                yield PhraseWarning("short", text)


def _known(text: str, others: Iterable[PhraseRule]) -> Iterator[PhraseWarning]:
    bare = _bare(text)
    for one in others:
        for said in one.texts:
            if _bare(said) == bare:
                yield PhraseWarning("same", text, f"banned:{one.id}")
            elif _is_plain(one) and len(_bare(said)) > 1 and _bare(said) in bare and not _excused(one, bare):
                yield PhraseWarning("found_already", text, f"banned:{one.id}", said)


def _is_plain(rule: PhraseRule) -> bool:
    """Whether the rule's texts count wherever they stand."""
    return not rule.only and not rule.unless and rule.times == 1 and rule.match == "contains"


def _inside(
    rule: PhraseRule, wording: str, others: Iterable[PhraseRule], kind: Kind, found: re.Pattern[str]
) -> Iterator[PhraseWarning]:
    """Words that are asked for (in_required) or held harmless (in_allowed) in which the wording would be found."""
    for one in others:
        for said in one.texts if kind == "in_required" else one.allow:
            bare = _bare(said)
            if bare != _bare(wording) and found.search(bare) and meet(one, rule) and not _excused(rule, bare):
                yield PhraseWarning(kind, wording, f"{_list_of(one)}:{one.id}", said)
                break


def _excused(rule: PhraseRule, bare: str) -> bool:
    folded = bare.replace("您", "你")
    return any(_bare(allowed).replace("您", "你") in folded for allowed in rule.allow)


def _of_required(book: Rulebook, rule: PhraseRule) -> Iterator[PhraseWarning]:
    banned = [one for one in book.banned_phrases() if _is_plain(one) and meet(one, rule)]
    for text in rule.texts:
        bare = _bare(text)
        for one in banned:
            said = next((t for t in one.texts if _bare(t) in bare and _bare(t)), None)
            if said is not None and not _excused(one, bare):
                yield PhraseWarning("banned_inside", text, f"banned:{one.id}", said)


def _of_cue(book: Rulebook, record: PhraseTrigger | FlowCue) -> Iterator[PhraseWarning]:
    """Words that another step of the same contacts has too: which of the two was meant cannot be told."""
    if isinstance(record, PhraseTrigger):
        return
    for other in book.all_flow_cues():
        if other.code == record.code or other.speaker != record.speaker:
            continue
        if not share(other.contact_kinds, record.contact_kinds):
            continue
        known = {_bare(text) for text in other.texts}
        for text in record.texts:
            if _bare(text) in known:
                yield PhraseWarning("same", text, f"flow:{other.code}")


def _list_of(rule: PhraseRule) -> str:
    return "banned" if rule.kind == "banned" else "required"


@lru_cache(maxsize=32_768)
def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())
