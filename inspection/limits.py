"""The windows and limits of the inspection as one rulebook states them (sections `speech` and `measure`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from inspection.text.wording import normalise
from regulations.rulebook import Rulebook

_OFF = float("inf")
_CUES = (
    "akin_greeting",
    "akin_closing",
    "akin_thanks",
    "akin_wish",
    "akin_disturbance",
    "akin_praise_reply",
    "akin_hold_notice",
    "akin_apology",
    "akin_clarification",
    "akin_name_check",
    "openers",
    "nobody_answers",
    "wrong_number",
    "called_off",
    "deceased",
    "gives_name",
    "transfers",
    "waits_for_customer",
    "fetches",
    "customer_waits",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Section `speech` of a rulebook, typed. Seconds, turns, characters; shares are 0..1.

    The meaning of each stands in regulations/parameters.toml. `propose_from` and `nihao_margin` None: off.
    """

    opening_seconds: float
    opening_turns: int
    opening_until_matter: int | None
    closing_seconds: float
    closing_turns: int
    closing_cues: tuple[str, ...]
    short_call: float
    join_pause: float
    turn_pause: float
    reply_turns: int
    hold_from: float
    hold_notice_before: float
    gap_characters: int
    near_miss_from: float
    near_miss_characters: int
    least_confidence: float
    fastest_speech: float
    guard_reach: int
    quotation: tuple[str, ...]
    negation: tuple[str, ...]
    propose_from: float | None
    nihao_margin: float | None
    hellos: tuple[str, ...] = ()
    cues: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)  # word lists by name


@dataclass(frozen=True, slots=True)
class Measured:
    """Section `measure` of a rulebook, typed: seconds, shares 0..1, characters a minute, decibels.

    None: not remarked, or not counted at all. The meaning of each stands in regulations/parameters.toml.
    """

    dead_air_from: float | None
    dead_air_limit: float | None
    non_talk_limit: float | None
    agent_talk_limit: float | None
    interruption_tolerance: float | None
    interruptions_limit: int | None
    fastest_rate: float | None
    slowest_rate: float | None
    rate_stretch: float
    loudness_jump: float | None
    loudness_stretch: float
    listening: frozenset[str]


@lru_cache(maxsize=64)
def limits_of(book: Rulebook) -> Limits:
    """The limits of a rulebook; one that is off never takes effect."""

    def seconds(name: str, otherwise: float) -> float:
        value = book.decimal(f"speech.{name}")
        return otherwise if value is None else float(value)

    def count(name: str, otherwise: int) -> int:
        value = book.integer(f"speech.{name}")
        return otherwise if value is None else value

    def share(name: str, otherwise: float) -> float:
        value = book.percent(f"speech.{name}")
        return otherwise if value is None else float(value) / 100

    def texts(name: str) -> tuple[str, ...]:
        return book.items(f"speech.{name}") or ()

    threshold, margin = book.percent("speech.propose_from"), book.decimal("speech.nihao_margin")
    return Limits(
        opening_seconds=seconds("opening_seconds", _OFF),
        opening_turns=count("opening_turns", 0),
        opening_until_matter=book.integer("speech.opening_until_matter"),
        closing_seconds=seconds("closing_seconds", _OFF),
        closing_turns=count("closing_turns", 0),
        closing_cues=texts("closing_cues"),
        short_call=seconds("short_call", 0.0),
        join_pause=seconds("join_pause", 0.0),
        turn_pause=seconds("turn_pause", _OFF),
        reply_turns=count("reply_turns", 1),
        hold_from=seconds("hold_from", _OFF),
        hold_notice_before=seconds("hold_notice_before", 0.0),
        gap_characters=count("gap_characters", 0),
        near_miss_from=share("near_miss_from", 1.0),
        near_miss_characters=count("near_miss_characters", 1_000_000),
        least_confidence=share("least_confidence", 0.0),
        fastest_speech=seconds("fastest_speech", _OFF),
        guard_reach=count("guard_reach", 0),
        quotation=texts("quotation"),
        negation=texts("negation"),
        propose_from=None if threshold is None else float(threshold) / 100,
        nihao_margin=None if margin is None else float(margin),
        hellos=texts("hellos"),
        cues={name: texts(name) for name in _CUES},
    )


@lru_cache(maxsize=64)
def measured_by(book: Rulebook) -> Measured:
    """From where a rulebook counts and remarks what is measured."""

    def number(name: str) -> float | None:
        value = book.decimal(f"measure.{name}")
        return None if value is None else float(value)

    def share(name: str) -> float | None:
        value = book.percent(f"measure.{name}")
        return None if value is None else float(value) / 100

    return Measured(
        dead_air_from=number("dead_air_from"),
        dead_air_limit=number("dead_air_limit"),
        non_talk_limit=share("non_talk_limit"),
        agent_talk_limit=share("agent_talk_limit"),
        interruption_tolerance=number("interruption_tolerance"),
        interruptions_limit=book.integer("measure.interruptions_limit"),
        fastest_rate=number("fastest_rate"),
        slowest_rate=number("slowest_rate"),
        rate_stretch=number("rate_stretch") or 0.0,
        loudness_jump=number("loudness_jump"),
        loudness_stretch=number("loudness_stretch") or 0.0,
        listening=frozenset(normalise(word).text for word in book.items("measure.listening") or ()),
    )
