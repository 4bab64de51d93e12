"""Banned wording in the agent's speech: every phrase at once, look-alikes swallowed, doubtful ones left to a person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from inspection.banned.charging import Charge, finding_of
from inspection.banned.guards import Doubt, look
from inspection.banned.nearby import is_in_place
from inspection.findings import Finding
from inspection.limits import limits_of
from inspection.required.uncertain import DOUBTFUL
from inspection.required.wanted import is_word, must_stand_alone
from inspection.text.hits import Hit, one_each
from inspection.text.owed import Contact
from inspection.text.pairs import pair_steps
from inspection.text.phrase_index import Cover, index_of
from inspection.text.slots import slots_of
from inspection.text.sounds import sounds_of
from inspection.text.tracks import Track, is_on_both, was_said_before
from inspection.text.wording import confuse, normalise
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule
from regulations.verdict import Step, step

_WHOLE_SENTENCE = 6  # characters of a required wording; shorter ones stand in anything
_UNKNOWN = step(
    "分不清是谁说的：不计分，请人工判断", "nobody can tell who said it: no points, a person decides"
)
_ECHO = step(
    "同一时刻客户声道也有这句话：可能是串音，分不清是谁说的，不计分，请听录音",
    "the customer's channel carries the same words at the same moment: perhaps one channel is heard on the other, nobody"
    " can tell who said it, no points, listen to it",
)
_REPEATED = step(
    "客户刚说过同样的话：可能是在复述或核对，请人工判断",
    "the customer has just said the same words: perhaps they are repeated or checked, a person decides",
)
_NOT_SURE = step(
    "这个词句也可能是无心或正当的话：规则规定只作提示，请人工判断",
    "these words may be harmless too: by the rule they are only a proposal, a person decides",
)
_REPEATED_WITHIN = 60.0  # seconds in which what a customer said is still being talked about
_MOST_PLACES = 1000  # of one rule in one contact that are looked at in each layer
CHATTY = "idle_chat"
_GRAVE = ("high", "critical")


@dataclass(slots=True)
class Spoken:
    """What the words of a contact came to. `settled`: 1 for every character of the agent's that a layer spoke of."""

    findings: list[Finding] = field(default_factory=list)
    settled: bytearray = field(default_factory=bytearray)


def find_banned(
    contact: Contact, book: Rulebook, rules: Mapping[str, PhraseRule], courteous: frozenset[str]
) -> Spoken:
    """The banned phrases in what the agent said, and, undecided, in what somebody said.

    `rules` are those in scope of the contact, by id; `courteous` are what polite phrases may be misheard as. What the
    customer's channel carries at the same moment may be an echo of it: it accuses nobody, and the customer's words never do.
    """
    found = Spoken()
    window = {phase: contact.window(phase) for phase in ("opening", "closing")}
    judged = [
        (track, is_agent, _judged(contact, track, book, rules, window, found if is_agent else None))
        for track, is_agent in ((contact.agent_perhaps, True), (contact.unknown, False))
        if track.text
    ]
    for track, is_agent, hits in judged:
        charges = [_charge(contact, track, hit, doubt, courteous, is_agent) for hit, doubt in hits]
        for charge in _counted(charges):
            found.findings.append(finding_of(contact, track, charge, window, book, is_agent=is_agent))
    return found


def in_force(rules: Sequence[PhraseRule], book: Rulebook, kind: str) -> tuple[PhraseRule, ...]:
    """The rules as they count in this kind of contact: what `call.small_talk` makes of those on idle chat.

    Banned (A2.6, E4.2): idle chat counts as any other rule says. Allowed, because the regulations are silent: a friendly word
    is nobody's slip, and where one becomes private chat only a person can tell, so these rules only propose. Required as a
    step of the callback (E5.6 寒暄): they say nothing. What is no small talk by any reading, private advances (the rules of
    that category whose severity is high or critical), counts everywhere.
    """
    small_talk = book.choice("call.small_talk", kind)
    if small_talk == "banned":
        return tuple(rules)
    lesser = {r.id for r in rules if r.category == CHATTY and r.severity not in _GRAVE}
    if small_talk == "required":
        return tuple(r for r in rules if r.id not in lesser)
    return tuple(replace(r, is_sure=False) if r.id in lesser else r for r in rules)


def _judged(
    contact: Contact,
    track: Track,
    book: Rulebook,
    rules: Mapping[str, PhraseRule],
    window: dict[str, frozenset[int]],
    found: Spoken | None,
) -> list[tuple[Hit, Doubt | None]]:
    """The hits of all layers, the surer layer first, without what is certainly harmless or stands out of its place."""
    limits = limits_of(book)
    result: list[tuple[Hit, Doubt | None]] = []
    taken, excused = bytearray(len(track.text)), bytearray(len(track.text))
    layers: tuple[Callable[[], list[Hit]], ...] = (
        lambda: _exact(track, book, rules, excused),
        lambda: slots_of(book).find(track),
        lambda: sounds_of(book).find(track),
    )
    for layer in layers:
        hits = [
            hit
            for hit in _first_of_each(h for h in layer() if h.rule.id in rules)
            if _is_in_phase(hit.rule, track.owner[hit.start], window)
            and not any(taken[hit.start : hit.end])
            and (hit.layer == "exact" or not any(excused[hit.start : hit.end]))
            and is_in_place(contact, track, hit.start, hit.end, hit.rule)
        ]
        for hit in one_each(hits):
            doubt = look(track, hit.start, hit.end, hit.rule, limits)
            _mark(taken, hit.start, hit.end)
            if doubt is None or not doubt.is_innocent:
                result.append((hit, doubt))
    if found is not None:
        found.settled = taken
    return sorted(result, key=lambda pair: pair[0].start)


def _first_of_each(hits: Iterable[Hit]) -> Iterator[Hit]:
    """The first places of every rule. Nobody speaks so often; a file of one phrase over and over keeps nobody busy."""
    seen: Counter[str] = Counter()
    for hit in sorted(hits, key=lambda h: h.start):
        seen[hit.rule.id] += 1
        if seen[hit.rule.id] <= _MOST_PLACES:
            yield hit


def _exact(track: Track, book: Rulebook, rules: Mapping[str, PhraseRule], excused: bytearray) -> list[Hit]:
    """The texts of the rules where no look-alike of their own rule covers them.

    The look-alikes go to `excused`: what is harmless to the letter is not proposed for how it sounds either. So do whole
    sentences that the regulations want said.
    """
    hits = index_of(book).find(track)
    for wanted in book.required_phrases():
        for place in hits.of(wanted):
            if place.end - place.start >= _WHOLE_SENTENCE:
                _mark(excused, place.start, place.end)
    result: list[Hit] = []
    for list_name, rule_id in hits.spoken():
        rule = rules.get(rule_id)
        if list_name != "banned" or rule is None:
            continue
        # A look-alike broken up by punctuation is none: in 亲,自己看 nobody says 亲自.
        perhaps = [a for a in hits.allowed(rule) if not track.is_divided(a.start, a.end, by_pauses=False)]
        whole = [
            a for a in hits.allowed(rule) if not track.is_divided(a.start, a.end) or not a.text.isalnum()
        ]
        for harmless in whole:
            _mark(excused, harmless.start, harmless.end)
        swallowed = Cover((a.start, a.end) for a in whole)
        found = hits.of(rule)
        # A look-alike that goes on after the words makes a longer text with the same end harmless too: 您|闭嘴咬一下.
        goes_on = {f.end for f in found if any(a.start <= f.start and f.end < a.end for a in whole)}
        for place in found:
            if place.end in goes_on or swallowed.holds(place.start, place.end):
                continue
            if must_stand_alone(rule.match, place.start, place.end) and not is_word(
                track, place.start, place.end
            ):
                continue
            longer = next((a.text for a in perhaps if a.start <= place.start and a.end >= place.end), "")
            is_divided = track.is_divided(place.start, place.end)
            result.append(Hit(place.start, place.end, rule, place.text, longer=longer, is_divided=is_divided))
    return result


def _mark(characters: bytearray, start: int, end: int) -> None:
    characters[start:end] = b"\1" * (end - start)


def _is_in_phase(rule: PhraseRule, segment: int, window: dict[str, frozenset[int]]) -> bool:
    if rule.phase == "any":
        return True
    if rule.phase == "body":
        return not any(segment in segments for segments in window.values())
    return segment in window[rule.phase]


def _charge(
    contact: Contact,
    track: Track,
    hit: Hit,
    doubt: Doubt | None,
    courteous: frozenset[str],
    is_agent: bool,
) -> Charge:
    """A hit with the first reason that nobody can be sure of it: who said it, whether, in which words, in what sense."""
    place = track.place(hit.start, hit.end)
    reasons: list[Step] = []
    if not is_agent:
        reasons.append(_UNKNOWN)
    elif track.is_doubtful(hit.start, hit.end):
        reasons.append(DOUBTFUL)
    elif contact.is_heard and is_on_both(track.text[hit.start : hit.end], place, contact.customer_perhaps):
        reasons.append(_ECHO)
    elif contact.is_heard and confuse(normalise(hit.text).text) in courteous:
        reasons.append(
            step(
                "电话语音识别分不清“{text}”与敬语，不单独计分",
                "in recognised speech “{text}” cannot be told from its polite form; never charged by itself",
                text=hit.text,
            )
        )
        reasons += pair_steps(track, hit.start, hit.end, contact.limits.nihao_margin)
    elif hit.longer:
        reasons.append(
            step(
                "停顿前后连起来是“{text}”：可能不是这个意思，请人工判断",
                "read across the pause it is “{text}”: perhaps that is what was meant, a person decides",
                text=hit.longer,
            )
        )
    if doubt is not None:
        reasons.append(doubt.step)
    said = track.text[hit.start : hit.end]
    if not reasons and was_said_before(said, place, contact.customer_perhaps, _REPEATED_WITHIN):
        reasons.append(_REPEATED)
    if hit.layer == "exact" and not hit.rule.is_sure and not reasons:
        reasons.append(_NOT_SURE)
    return Charge(hit, place, tuple(reasons), is_guarded=doubt is not None)


def _counted(charges: list[Charge]) -> list[Charge]:
    """Without what a rule forbids only from the n-th time on (`times`) and was not said so often.

    It is sure only if so many of its places are sure. One finding, at the n-th place, names the places before it.
    """
    by_rule: dict[str, list[Charge]] = defaultdict(list)
    for charge in charges:
        by_rule[charge.hit.rule.id].append(charge)
    result: list[Charge] = []
    for same in by_rule.values():
        times = same[0].hit.rule.times
        if times == 1:
            result += same
            continue
        sure = [c for c in same if c.is_sure]
        counted = sure if len(sure) >= times else same
        if len(counted) < times:
            continue
        told = step(
            "本次通话中说了 {n} 次（规定从第 {limit} 次起算），分别在 {at} 秒",
            "said {n} times in this contact (it counts from {limit} times on), in seconds: {at}",
            n=len(counted),
            limit=times,
            at="、".join(f"{c.place.start:.1f}" for c in counted),
        )
        last = counted[times - 1]
        doubts = last.doubts or next((c.doubts for c in counted if c.doubts), ())
        result.append(replace(last, doubts=doubts, told=told))
    return sorted(result, key=lambda c: c.hit.start)
