"""What a scorecard is made of: its items, what may be answered to each, and to which contacts it applies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from regulations.values import Status

Kind = Literal["machine", "person"]

YES, NO, NA = "yes", "no", "na"
"""Answers to an item without levels of its own: met, not met. `na`, it does not apply here, may be answered to every item."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What of a contact decides which items apply to it.

    `owed`: categories of required phrases that this contact owed its customer; None when nobody looked.
    """

    channel: str
    direction: str
    kind: str
    owed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """One answer and the share of the item's weight that it earns, 0 to 1."""

    code: str
    zh: str
    en: str
    share: Decimal

    def title(self, lang: str = "zh") -> str:
        """What the answer is called; in Chinese where it has no English."""
        return self.en if lang == "en" and self.en else self.zh


YES_NO = (Level(YES, "做到", "Met", Decimal(1)), Level(NO, "未做到", "Not met", Decimal(0)))


@dataclass(frozen=True, slots=True)
class OnlyIf:
    """An item counts only where another one was answered so."""

    criterion: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One item. `kind` machine: answered from the findings of its `categories`, unless a person answers; person: by a person alone.

    `channels`, `directions`, `kinds`: the contacts it applies to, () for all that the card applies to. With `auto_fail` the
    answer that earns nothing fails the whole contact. `weight` is in points of the card.
    """

    code: str
    zh: str
    en: str
    weight: Decimal
    kind: Kind = "person"
    levels: tuple[Level, ...] = YES_NO
    auto_fail: bool = False
    categories: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    only_if: OnlyIf | None = None
    guide_zh: str = ""  # what counts and what does not, for whoever answers
    guide_en: str = ""
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"

    def title(self, lang: str = "zh") -> str:
        """What the item asks for; in Chinese where it has no English."""
        return self.en if lang == "en" and self.en else self.zh

    def guide(self, lang: str = "zh") -> str:
        """How to answer it; in Chinese where there is no English."""
        return self.guide_en if lang == "en" and self.guide_en else self.guide_zh

    @property
    def is_scale(self) -> bool:
        """Whether it has levels of its own."""
        return self.levels != YES_NO

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that may be answered."""
        return (*(level.code for level in self.levels), NA)

    def level(self, answer: str) -> Level:
        """The level of an answer. Raises ValueError for one that the item does not have."""
        for level in self.levels:
            if level.code == answer:
                return level
        raise ValueError(f"{self.code} has no answer {answer}")

    def fits(self, contact: Contact) -> bool:
        """Whether it is made for contacts of this channel, direction and kind."""
        return _fits(self.channels, self.directions, self.kinds, contact)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What contacts are judged by. Weights need not add up to 100: scores are out of what applies."""

    code: str
    zh: str
    en: str
    criteria: tuple[Criterion, ...]
    pass_score: Decimal | None = None  # 0..100; None: the rulebook's
    channels: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"

    def name(self, lang: str = "zh") -> str:
        """What the card is called; in Chinese where it has no English name."""
        return self.en if lang == "en" and self.en else self.zh

    @property
    def total(self) -> Decimal:
        """The weights of all items together, in points of the card."""
        return sum((c.weight for c in self.criteria), Decimal(0))

    def criterion(self, code: str) -> Criterion:
        """The item of that code. Raises KeyError when there is none."""
        for criterion in self.criteria:
            if criterion.code == code:
                return criterion
        raise KeyError(code)

    def share(self, criterion: Criterion) -> Decimal:
        """The item's part of all weights, in percent."""
        return criterion.weight * 100 / self.total if self.total else Decimal(0)

    def fits(self, contact: Contact) -> bool:
        """Whether contacts of this channel, direction and kind are judged by it."""
        return _fits(self.channels, self.directions, self.kinds, contact)

    @property
    def narrowness(self) -> int:
        """Of two cards that fit a contact the narrower one holds: a named kind outweighs a direction, that a channel."""
        return 4 * bool(self.kinds) + 2 * bool(self.directions) + bool(self.channels)


def _fits(
    channels: tuple[str, ...], directions: tuple[str, ...], kinds: tuple[str, ...], contact: Contact
) -> bool:
    return (
        (not channels or contact.channel in channels)
        and (not directions or contact.direction in directions)
        and (not kinds or contact.kind in kinds)
    )


OWED_CATEGORIES = frozenset(
    {
        *("greeting", "self_intro", "name_check", "disturbance", "hold_notice", "clarification", "apology"),
        *("thanks", "praise_reply", "wish", "closing", "reception", "service_line", "check", "consent"),
        *("identity_check", "refusal", "transfer", "follow_up", "reason", "appointment", "price_first"),
        *("survey", "referral", "small_talk"),
    }
)
"""Categories of wording that is owed only on its occasion (catalogue 2.16): an item of these alone applies only where one was."""
