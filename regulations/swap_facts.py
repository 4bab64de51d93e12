"""What a swap of shifts is judged by: the two people, their shifts around the days, their other swaps and leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo

from regulations.ruling import Violation
from regulations.verdict import Step
from regulations.wording import instant_text

Finding = tuple[list[Step], list[Violation]]
"""What one rule says: its reasoning, and what it has against the swap."""

CONSENTS = ("requester", "partner", "requester_lead", "partner_lead")
"""Who agrees to a swap before it is decided; names.NAMES["swap_consent"] has their names."""


@dataclass(frozen=True, slots=True)
class ShiftSpan:
    """A rostered shift: when it runs, and the local date it belongs to."""

    starts_at: datetime
    ends_at: datetime
    work_on: date

    def text(self, zone: tzinfo) -> str:
        """ "2026-11-20 09:00–18:00"; the day of the end too where it is another."""
        start, end = instant_text(self.starts_at, zone), instant_text(self.ends_at, zone)
        day, _, time_of_day = end.partition(" ")
        return f"{start}–{time_of_day if start.startswith(day) else end}"


@dataclass(frozen=True, slots=True)
class OtherSwap:
    """Another swap of the same person that stands: approved, paid back or failed."""

    swap_on: date
    payback_on: date | None = None

    def days(self) -> tuple[date, ...]:
        """Its swap day, and its pay-back day where there is one."""
        return tuple(day for day in (self.swap_on, self.payback_on) if day is not None)


@dataclass(frozen=True, slots=True)
class LeaveSpan:
    """Leave that is approved, or asked for and not decided on."""

    starts_at: datetime
    ends_at: datetime
    is_approved: bool = True


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two. `shifts` are his shifts around both days, as the roster has them before the swap.

    `post` and `level` empty: not on record. `counted` adds to the swaps of the swap's month those of which only the
    number is known.
    """

    name: str
    post: str = ""
    level: str = ""
    shifts: tuple[ShiftSpan, ...] = ()
    swaps: tuple[OtherSwap, ...] = ()
    leave: tuple[LeaveSpan, ...] = ()
    counted: int = 0


@dataclass(frozen=True, slots=True)
class SwapFacts:
    """A swap as it is asked for: `shift` is the requester's and goes to the partner, `payback` the other way.

    `payback_on` None: the pay-back day is not agreed yet. A span of None: the day is known, the times are not.
    `consents` and `declined`: who agreed, and who said no. `form_number` None: not known whether it is registered;
    empty: it is not; likewise reason and briefing. `holidays`: whether days are public holidays, where something else
    than the calendar says so. `as_of` is when it is asked for or decided on; None leaves open whether it was in time.
    """

    requester: Party
    partner: Party
    swap_on: date
    payback_on: date | None = None
    shift: ShiftSpan | None = None
    payback: ShiftSpan | None = None
    consents: frozenset[str] = field(default_factory=frozenset)
    declined: frozenset[str] = field(default_factory=frozenset)
    form_number: str | None = None
    reason: str | None = None
    briefing: str | None = None
    holidays: tuple[tuple[date, bool], ...] = ()
    as_of: datetime | None = None

    def parties(self) -> tuple[Party, Party]:
        """Both people, the requester first."""
        return self.requester, self.partner

    def days(self) -> tuple[date, ...]:
        """The swap day, and the pay-back day where it is agreed."""
        return OtherSwap(self.swap_on, self.payback_on).days()

    def received(self, party: Party) -> ShiftSpan | None:
        """The shift this person takes over."""
        return self.payback if party is self.requester else self.shift

    def kept(self, party: Party) -> tuple[ShiftSpan, ...]:
        """The shifts that stay with this person: his own without the one he gives away."""
        given = self.shift if party is self.requester else self.payback
        return tuple(s for s in party.shifts if given is None or _times(s) != _times(given))


def _times(shift: ShiftSpan) -> tuple[datetime, datetime]:
    return shift.starts_at, shift.ends_at


def together(findings: Iterable[Finding]) -> Finding:
    """What several rules say, in their order."""
    steps: list[Step] = []
    violations: list[Violation] = []
    for said, against in findings:
        steps += said
        violations += against
    return steps, violations


def finding(clause: str | None, code: str, zh: str, en: str, *, is_broken: bool) -> Finding:
    """One comparison as a step; where it is broken, the same sentence as a violation too."""
    step = Step(zh, en, clause)
    return [step], [Violation(code, clause, f"{zh}。", f"{en}.")] if is_broken else []
