"""Who is on which channel: what the configuration says, checked against who greets. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from inspection.limits import Limits, limits_of
from inspection.phrases import is_in_scope
from inspection.required.wanted import occurrences
from inspection.text.tracks import Track
from inspection.text.wording import normalise
from inspection.transcript import Channel, Segment, Transcript
from regulations.rulebook import Rulebook
from regulations.values import PhraseRule

Check = Literal["confirmed", "not_checked", "contradicted"]

CONTRADICTED = "contradicted"
BY_HAND = "by_hand"
_SHORTEST = 3  # characters; 您好 and 我是 are said by everybody
_TELLING = 3  # that many different courtesies on the wrong channel, and none on the right one; customers say 不好意思 too


def attribute(
    heard: Transcript, agent_index: int | None, book: Rulebook, *, is_settled: bool = False
) -> Transcript:
    """The transcript with its speakers: agent and customer by channel, or unknown where nobody can tell.

    `agent_index` is the configured channel, None when nobody knows. `is_settled`: a person listened and said so; then
    nothing is checked. A transcript without channels stays as it is.
    """
    if not heard.channels:
        return heard
    decided = _decide(heard, agent_index, book, is_settled)
    is_known = decided in ("confirmed", "not_checked", BY_HAND)

    def speaker(channel: int | None) -> str:
        if not is_known or channel is None:
            return "unknown"
        return "agent" if channel == agent_index else "customer"

    return replace(
        heard,
        segments=tuple(replace(s, speaker=speaker(s.channel)) for s in heard.segments),
        channels=tuple(replace(c, speaker=speaker(c.index), decided=decided) for c in heard.channels),
        to_listen=tuple(replace(p, speaker=speaker(p.channel)) for p in heard.to_listen),
        suppressed=tuple({**d, "speaker": speaker(d.get("channel"))} for d in heard.suppressed),
    )


def _decide(heard: Transcript, agent_index: int | None, book: Rulebook, is_settled: bool) -> str:
    if len(heard.channels) == 1:
        return "dual_mono" if heard.channels[0].decided == "dual_mono" else "mono"
    if is_settled and agent_index is not None:
        return BY_HAND
    if agent_index is None or not 0 <= agent_index < len(heard.channels):
        return "not_configured"
    sounding = [c for c in heard.channels if _sounds(c, heard.segments)]
    if len(sounding) == 1:  # perhaps both speak on the one that sounds, perhaps one was not recorded
        return "one_silent"
    return check_channels(heard, agent_index, book)


def _sounds(channel: Channel, segments: Sequence[Segment]) -> bool:
    return bool(channel.speech or channel.doubtful) or any(s.channel == channel.index for s in segments)


def check_channels(heard: Transcript, agent_index: int, book: Rulebook) -> Check:
    """Whether the channel taken for the agent's is the one that greets.

    `confirmed`: it says an opening that the rulebook asks for, and the other does not say more of them.
    `contradicted`: only the other one does, or only the other one says the courtesies of the whole call; then left and
    right were probably connected the wrong way round. `not_checked`: nobody greeted, or both did.
    """
    rules = [r for r in book.required_phrases() if is_in_scope(r, heard)]
    opening, courtesies = _texts(r for r in rules if r.phase == "opening"), _texts(rules)
    limits = limits_of(book)
    agent, others = _tracks(heard, agent_index, limits, is_opening=True)
    gap = limits.gap_characters
    mine, theirs = _said(agent, opening, gap), _said(others, opening, gap)
    agent, others = _tracks(heard, agent_index, limits, is_opening=False)
    my_courtesies, their_courtesies = _said(agent, courtesies, gap), _said(others, courtesies, gap)
    if mine > theirs:
        return "confirmed"
    if theirs and not mine and their_courtesies > my_courtesies:
        return "contradicted"
    if their_courtesies >= _TELLING and not my_courtesies:
        return "contradicted"
    return "not_checked"


def _texts(rules: Iterable[PhraseRule]) -> frozenset[str]:
    return frozenset(text for rule in rules for text in rule.texts if len(normalise(text).text) >= _SHORTEST)


def _tracks(heard: Transcript, agent_index: int, limits: Limits, *, is_opening: bool) -> tuple[Track, Track]:
    """The words of the agent's channel and of the others; only what each says first, if asked for."""
    mine: list[tuple[int, Segment]] = []
    others: list[tuple[int, Segment]] = []
    for ordinal, segment in enumerate(heard.segments):
        if not segment.is_doubtful and segment.channel is not None:
            (mine if segment.channel == agent_index else others).append((ordinal, segment))
    if is_opening:
        mine, others = _first(mine, limits.opening_seconds), _first(others, limits.opening_seconds)
    return Track(mine, limits.join_pause), Track(others, limits.join_pause)


def _first(spoken: list[tuple[int, Segment]], seconds: float) -> list[tuple[int, Segment]]:
    limit = spoken[0][1].start + seconds if spoken else 0.0
    return [(ordinal, s) for ordinal, s in spoken if s.start <= limit]


def _said(track: Track, texts: frozenset[str], gap: int) -> int:
    """How many different ones of the texts; one that is a part of another that was said does not count besides."""
    said = {normalise(text).text for text in texts if occurrences(track, text, gap=gap)}
    return sum(not any(one != other and one in other for other in said) for one in said)
