"""Banned wording in the agent's speech: every phrase at once, look-alikes swallowed, doubtful ones left to a person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

import ahocorasick

from inspection.findings import SEVERITIES, Finding, milder
from inspection.lexicon import LEXICON
from inspection.tracks import Track, is_on_both
from inspection.uncertain import DOUBTFUL
from inspection.wanted import is_word, must_stand_alone
from inspection.wording import confuse, normalise
from regulations.names import name_of
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_NEGATION_REACH = 3  # characters between the negation and what it negates
_OPENING_QUOTES, _CLOSING_QUOTES = set("“‘「『\"'《"), set("”’」』\"'》")


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    rule: PhraseRule
    text: str
    longer: str = ""  # the harmless wording that it is a part of, if a pause inside that means nothing


@lru_cache(maxsize=64)
def _automaton(rules: tuple[PhraseRule, ...]) -> Any:
    """All texts and all allowed look-alikes of the rules in one Aho-Corasick automaton."""
    entries: dict[str, list[tuple[PhraseRule, str, bool]]] = {}
    for rule in rules:
        for is_allowed, texts in ((False, rule.texts), (True, rule.allow)):
            for text in texts:
                if spelling := normalise(text).text:
                    entries.setdefault(spelling, []).append((rule, text, is_allowed))
    automaton = ahocorasick.Automaton()
    for spelling, meaning in entries.items():
        automaton.add_word(spelling, (len(spelling), meaning))
    automaton.make_automaton()
    return automaton if entries else None


def _hits(track: Track, rules: tuple[PhraseRule, ...]) -> list[_Hit]:
    """Leftmost-longest hits that no look-alike of their rule covers."""
    automaton = _automaton(rules)
    if automaton is None or not track.text:
        return []
    hits: list[_Hit] = []
    allowed: list[_Hit] = []
    for last, (length, meaning) in automaton.iter(track.text):
        for rule, text, is_allowed in meaning:
            (allowed if is_allowed else hits).append(_Hit(last + 1 - length, last + 1, rule, text))
    # A look-alike broken up by punctuation is none: in 亲,自己看 nobody says 亲自.
    perhaps = [a for a in allowed if not track.is_divided(a.start, a.end, by_pauses=False)]
    allowed = [a for a in allowed if not track.is_divided(a.start, a.end) or not a.text.isalnum()]
    remaining = [
        replace(h, longer=next((a.text for a in perhaps if _covers(a, h)), ""))
        for h in hits
        if not any(_covers(a, h) for a in allowed)
        and (not must_stand_alone(h.rule.match, h.start, h.end) or is_word(track, h.start, h.end))
    ]
    remaining.sort(key=lambda h: (h.start, h.start - h.end, -SEVERITIES.index(h.rule.severity)))
    chosen: list[_Hit] = []
    for hit in remaining:
        if not chosen or hit.start >= chosen[-1].end:
            chosen.append(hit)
    return chosen


def _covers(harmless: _Hit, hit: _Hit) -> bool:
    return harmless.rule is hit.rule and harmless.start <= hit.start and harmless.end >= hit.end


def _doubt(track: Track, hit: _Hit) -> Step | None:
    """Why these words may not be meant: a part of something longer, quoted, negated, or not one sentence at all."""
    if hit.longer:
        return step(
            "停顿前后连起来是“{text}”：可能不是这个意思，请人工判断",
            "read across the pause it is “{text}”: perhaps that is what was meant, a person decides",
            text=hit.longer,
        )
    said = track.before(hit.start, LEXICON.guard_reach, in_clause=False)
    for marker in LEXICON.quotation:
        at = said.rfind(normalise(marker).text)
        if at >= 0 and not said[at + len(marker) :].startswith("得"):  # 您说得对 quotes nobody
            return step(
                "之前有“{marker}”：可能是转述别人的话，请人工判断",
                "“{marker}” stands before it: perhaps somebody else's words are repeated, a person decides",
                marker=marker,
            )
    left, right = track.between(hit.start - 1, hit.start), track.between(hit.end - 1, hit.end)
    if set(left) & _OPENING_QUOTES and set(right) & _CLOSING_QUOTES:
        return step(
            "写在引号里：可能是转述，请人工判断",
            "stands in quotation marks: perhaps repeated words, a person decides",
        )
    said = track.before(hit.start, _NEGATION_REACH + 2, in_clause=True)
    for marker in LEXICON.negation:
        at = said.rfind(marker)
        reach = 0 if len(marker) == 1 else _NEGATION_REACH
        if at >= 0 and len(said) - at - len(marker) <= reach:
            return step(
                "之前有否定词“{marker}”：可能不是这个意思，请人工判断",
                "the negation “{marker}” stands before it: perhaps the opposite is meant, a person decides",
                marker=marker,
            )
    if track.crosses_sentence(hit.start, hit.end):
        return step(
            "跨过了句末标点，可能是巧合，请人工判断",
            "runs across the end of a sentence: perhaps a coincidence, a person decides",
        )
    return None


def find_banned(
    agent: Track,
    unknown: Track,
    customer: Track,
    rules: tuple[PhraseRule, ...],
    weight: Decimal,
    window: dict[str, frozenset[int]],
    courteous: frozenset[str],
    *,
    is_heard: bool,
    always_review: bool,
) -> list[Finding]:
    """The banned phrases in what the agent said, and, undecided, in what somebody said.

    What the customer's channel carries at the same moment may be an echo of it: it accuses nobody.
    `window` names the segments of the opening and the closing; `courteous` are what polite phrases may be misheard as.
    """
    findings: list[Finding] = []
    for track, is_agent in ((agent, True), (unknown, False)):
        for hit in _hits(track, rules):
            rule = hit.rule
            if rule.phase in window and track.owner[hit.start] not in window[rule.phase]:
                continue
            place = track.place(hit.start, hit.end)
            segment = track.segments[place.segment]
            steps = [_found(rule, place.quote, place.start, is_agent)]
            doubt: Step | None = None
            if not is_agent:
                doubt = step(
                    "分不清是谁说的：不计分，请人工判断",
                    "nobody can tell who said it: no points, a person decides",
                )
            elif track.is_doubtful(hit.start, hit.end):
                doubt = DOUBTFUL
            elif is_heard and is_on_both(track.text[hit.start : hit.end], place, customer):
                doubt = step(
                    "同一时刻客户声道也有这句话：可能是串音，分不清是谁说的，不计分，请听录音",
                    "the customer's channel carries the same words at the same moment: perhaps one channel is heard on"
                    " the other, nobody can tell who said it, no points, listen to it",
                )
            elif is_heard and _sounds_courteous(hit.text, courteous):
                doubt = step(
                    "电话语音识别分不清“{text}”与敬语，不单独计分",
                    "in recognised speech “{text}” cannot be told from its polite form; never charged by itself",
                    text=hit.text,
                )
            else:
                doubt = _doubt(track, hit)
            if doubt is not None:
                steps.append(doubt)
            if is_heard and segment.confidence is not None and segment.confidence < 0.5:
                steps.append(
                    step(
                        "识别置信度 {c:.0%}，请听录音",
                        "recognised with {c:.0%} confidence: listen to it",
                        c=segment.confidence,
                    )
                )
            points = (rule.points or weight) if doubt is None else Decimal(0)
            steps.append(_cost(points, rule.points))
            findings.append(
                Finding(
                    rule=rule.id,
                    kind="banned",
                    category=rule.category,
                    verdict="hit" if doubt is None else "cannot_tell",
                    phase=_phase(window, place.segment) if is_agent else "any",
                    segment=place.segment,
                    start=place.start,
                    end=place.end,
                    quote=place.quote,
                    clauses=rule.clauses,
                    severity=rule.severity if doubt is None else milder(rule.severity),
                    points=points,
                    needs_review=always_review or rule.needs_review or doubt is not None,
                    steps=tuple(steps),
                )
            )
    return findings


def _found(rule: PhraseRule, quote: str, at: float, is_agent: bool) -> Step:
    zh, en = name_of("finding_category", rule.category), name_of("finding_category", rule.category, "en")
    clause = rule.clauses[0] if rule.clauses else None
    suggestion = f",应说“{'”或“'.join(rule.suggest)}”" if rule.suggest else ""
    return Step(
        f"{'客服' if is_agent else '有人'}在 {at:.1f} 秒说“{quote}”，属于服务忌语“{zh}”{suggestion}",
        f"{'the agent' if is_agent else 'somebody'} says “{quote}” at {at:.1f} s: banned wording, {en}"
        + (f"; better {' or '.join(rule.suggest)}" if rule.suggest else ""),
        clause,
    )


def _cost(points: Decimal, own: Decimal) -> Step:
    if not points:
        return step("扣 0 分", "0 points")
    if own:
        return step("按本条规则扣 {p} 分", "{p} points by this rule", p=points)
    return step("按 qa.banned_weight 扣 {p} 分", "{p} points by qa.banned_weight", p=points)


def _sounds_courteous(text: str, courteous: frozenset[str]) -> bool:
    return confuse(normalise(text).text) in courteous


def _phase(window: dict[str, frozenset[int]], segment: int) -> str:
    return next((name for name in ("opening", "closing") if segment in window[name]), "body")


@lru_cache(maxsize=64)
def courteous_sounds(rules: tuple[PhraseRule, ...]) -> frozenset[str]:
    """How recognition may write the polite phrases of these rules with a polite character lost: 你好 for 您好."""
    wanted = {normalise(t).text for r in rules for t in (() if r.kind == "banned" else r.texts) + r.suggest}
    return frozenset(confuse(t) for t in wanted if confuse(t) != t)
