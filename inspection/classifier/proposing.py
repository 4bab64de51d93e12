"""What the classifier takes for banned wording where no list speaks of it: only ever proposed to a person."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import groupby

from inspection.banned.charging import UNCONFIRMED, phase_of
from inspection.findings import SEVERITIES, Finding, milder
from inspection.text.lexicon import LEXICON
from inspection.text.owed import Contact
from inspection.text.tracks import Track
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step, step

_ENDS = re.escape("".join(sorted(LEXICON.sentence_ends)))
_SENTENCE = re.compile(rf"[^{_ENDS}]+[{_ENDS}]*")
_CLAUSE = re.compile(r"[^,，、]+[,，、]*")
_LONG = (
    28  # characters of a sentence; a longer one is read by its clauses, so that one of them does not drown
)
_LEAST = 4  # compared characters; less says nothing by itself (我看看)


@dataclass(frozen=True, slots=True)
class Utterance:
    """A sentence of the agent, or a clause of a long one: characters [start, end) of the track, and how it is written."""

    start: int
    end: int
    text: str


def utterances_of(track: Track, settled: Sequence[int]) -> list[Utterance]:
    """What the agent said by the sentence, without what is doubtful or what another layer has spoken of already.

    `settled`: 1 for every character of the track that a layer spoke of; shorter where none did.
    """
    result: list[Utterance] = []
    first = 0
    for ordinal, group in groupby(track.owner):
        last = first + sum(1 for _ in group)
        if ordinal >= 0 and not track.segments[ordinal].is_doubtful:
            text = track.segments[ordinal].text
            for a, b in _pieces(text):
                start = bisect_left(track.at, a, first, last)
                end = bisect_left(track.at, b, first, last)
                if end - start >= _LEAST and not any(settled[start:end]):
                    result.append(Utterance(start, end, text[a:b].strip()))
        first = last
    return result


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    for sentence in _SENTENCE.finditer(text):
        if len(sentence.group()) <= _LONG:
            yield sentence.span()
        else:
            yield from (clause.span() for clause in _CLAUSE.finditer(text, *sentence.span()))


def proposals(
    contact: Contact,
    track: Track,
    utterances: Sequence[Utterance],
    scores: Sequence[Mapping[str, float]],
    book: Rulebook,
    threshold: float,
    categories: frozenset[str],
) -> list[Finding]:
    """One finding for every utterance whose likeliest category reaches the threshold, neighbours of one category joined.

    `scores` are the classifier's probabilities of each utterance; only the `categories` in force are proposed.
    """
    result: list[Finding] = []
    joined: list[tuple[str, float, Utterance, Utterance]] = []  # category, probability, first, last
    previous: str | None = None
    for utterance, score in zip(utterances, scores, strict=True):
        category = max(score, key=lambda c: (score[c], c), default=None)
        if category is None or score[category] < threshold or category not in categories:
            previous = None
            continue
        probability = score[category]
        if category == previous and _are_neighbours(track, joined[-1][3], utterance):
            _, highest, first, _ = joined[-1]
            joined[-1] = (category, max(highest, probability), first, utterance)
        else:
            joined.append((category, probability, utterance, utterance))
        previous = category
    window = {phase: contact.window(phase) for phase in ("opening", "closing")} if joined else {}
    for category, probability, first, last in joined:
        result.append(_finding(track, category, probability, first.start, last.end, window, book))
    return result


def _are_neighbours(track: Track, one: Utterance, two: Utterance) -> bool:
    """Whether nothing was said and nobody paused for long between them."""
    return one.end == two.start


def _finding(
    track: Track,
    category: str,
    probability: float,
    start: int,
    end: int,
    window: dict[str, frozenset[int]],
    book: Rulebook,
) -> Finding:
    place = track.place(start, end)
    clauses, severity = _of_category(book, category)
    zh, en = name_of("finding_category", category), name_of("finding_category", category, "en")
    return Finding(
        rule=f"classifier-{category}",
        kind="banned",
        category=category,
        verdict="cannot_tell",
        phase=phase_of(window, place.segment),
        segment=place.segment,
        start=place.start,
        end=place.end,
        quote=place.quote,
        clauses=clauses,
        severity=milder(severity),
        points=Decimal(0),
        needs_review=True,
        steps=(
            Step(
                f"客服在 {place.start:.1f} 秒说“{place.quote}”：与“{zh}”的例句相像，概率 {probability:.0%}",
                f"the agent says “{place.quote}” at {place.start:.1f} s: it resembles examples of {en}, probability"
                f" {probability:.0%}",
                clauses[0] if clauses else None,
            ),
            step(
                "依据：分类器（不在词句表中），只作提示，由人工判断",
                "found by: the classifier (no list holds these words), only a proposal, a person decides",
            ),
            UNCONFIRMED,
        ),
        layer="classifier",
        probability=probability,
    )


@lru_cache(maxsize=512)
def _of_category(book: Rulebook, category: str) -> tuple[tuple[str, ...], str]:
    """The clauses of the category's rules in the rulebook, and the mildest severity of them."""
    rules = [r for r in book.banned_phrases() if r.category == category]
    clauses = tuple(dict.fromkeys(clause for rule in rules for clause in rule.clauses))
    return clauses, min((r.severity for r in rules), key=SEVERITIES.index, default="medium")
