"""Which findings stand against a contact, as a scorecard charges them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

SURE = ("hit", "absent")


class Found(Protocol):
    """A finding as it is stored, by the machine or added by a person."""

    @property
    def category(self) -> str:
        """A code of names.NAMES["finding_category"], or the site's own."""

    @property
    def verdict(self) -> str:
        """hit, absent or cannot_tell."""

    @property
    def decision(self) -> str | None:
        """What a person made of it: confirmed, overturned, None while nobody has decided."""

    @property
    def points(self) -> Decimal:
        """What it takes off as it was found, in points of 100."""

    @property
    def stake(self) -> Decimal:
        """What it takes off once confirmed, in points of 100."""

    @property
    def quote(self) -> str:
        """The words, "" where something was not said."""

    @property
    def clauses(self) -> Sequence[str]:
        """What it offends."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One finding that stands. `points` of 100."""

    category: str
    points: Decimal
    quote: str = ""
    clauses: tuple[str, ...] = ()
    is_confirmed: bool = False


def charges(found: Iterable[Found], *, by_machine: bool = False) -> tuple[Charge, ...]:
    """What counts against the contact: what a person confirmed; or, by the machine alone, everything it is sure of.

    By the machine nobody's decision matters, so that its score stays comparable over calls that were reviewed and
    calls that were not. What is only proposed counts once it is confirmed, never before (decision 18).
    """
    if by_machine:
        return tuple(
            Charge(f.category, f.points, f.quote, tuple(f.clauses)) for f in found if f.verdict in SURE
        )
    return tuple(
        Charge(f.category, f.stake or f.points, f.quote, tuple(f.clauses), is_confirmed=True)
        for f in found
        if f.decision == "confirmed"
    )
