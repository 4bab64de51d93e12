"""Typed parameter values of a rulebook: units are part of the type (catalogue section 4.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Role = Literal["agent", "team_lead", "supervisor", "manager", "executive", "top"]
ROLES: tuple[Role, ...] = ("agent", "team_lead", "supervisor", "manager", "executive", "top")

Status = Literal["stated", "inferred", "product_choice"]
STATUSES: tuple[Status, ...] = ("stated", "inferred", "product_choice")


class Unit(StrEnum):
    """Units of duration. `working_day` needs a calendar; `month` needs a start date."""

    MINUTE = "minute"
    HOUR = "hour"
    CALENDAR_DAY = "calendar_day"
    WORKING_DAY = "working_day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time with its unit. "2 calendar days" and "48 hours" are different values."""

    value: Decimal
    unit: Unit

    def as_json(self) -> dict[str, object]:
        """The shape that contract.md promises: {"value": 4, "unit": "hour"}."""
        whole = self.value == self.value.to_integral_value()
        return {"value": int(self.value) if whole else float(self.value), "unit": self.unit.value}

    def text(self, lang: str = "zh") -> str:
        """ "7 个工作日" or "7 working days"."""
        number = self.as_json()["value"]
        zh, en = _UNIT_WORDS[self.unit]
        return f"{number} {en}{'' if number == 1 else 's'}" if lang == "en" else f"{number} {zh}"


_UNIT_WORDS: dict[Unit, tuple[str, str]] = {
    Unit.MINUTE: ("分钟", "minute"),
    Unit.HOUR: ("小时", "hour"),
    Unit.CALENDAR_DAY: ("天", "calendar day"),
    Unit.WORKING_DAY: ("个工作日", "working day"),
    Unit.WEEK: ("周", "week"),
    Unit.MONTH: ("个月", "month"),
}


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """A daily interval [start, end); `end` at 00:00 means 24:00, an end before the start the next day."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Tier:
    """One rung of an approval ladder. `upto` None is the open top rung.

    `title` is what the clause itself calls whoever signs, where that is not the role's usual title.
    """

    upto: Decimal | None
    inclusive: bool
    role: Role
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class CallbackCategory:
    """Who must be called back: `offset` after `start_event` (catalogue 4.3, callback.categories)."""

    code: str  # complaint repair discharge specialist_first_visit basic_first_visit long_term_visit …
    start_event: str
    offset: Duration | None  # None: as callback.after_resolution_within says
    target: Decimal  # percent
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"


@dataclass(frozen=True, slots=True)
class PenaltyRule:
    """What a confirmed trigger costs whom. Never imposed by the machine (penalty.confirmation)."""

    trigger: str
    subject: str  # agent leader department
    kind: str  # money points warning sanction
    amount: Decimal | None
    fund: str | None
    clauses: tuple[str, ...]
    status: Status
    title: str = ""  # what happened, in Chinese
    title_en: str = ""

    @property
    def id(self) -> str:
        """What makes it the same rule in two files: trigger, subject and kind."""
        return f"{self.trigger}.{self.subject}.{self.kind}"


@dataclass(frozen=True, slots=True)
class Nearby:
    """Other words that a phrase stands near to: how `only` and `unless` of a phrase rule are read.

    `where`: before (they stand before the phrase), after, or near (either side). `reach` is counted in `unit`:
    characters of the same speaker's words, turns of the contact (0: the same turn), or seconds. `speaker` said them.
    """

    where: Literal["before", "after", "near"]
    texts: tuple[str, ...]
    reach: int = 12
    unit: Literal["characters", "turns", "seconds"] = "characters"
    speaker: Literal["agent", "customer"] = "agent"


@dataclass(frozen=True, slots=True)
class PhraseRule:
    """One record of the phrase catalogue (section 4.4).

    `texts` are alternatives: one of them satisfies (required) or offends (banned). `patterns` are alternatives with
    slots (regulations/patterns.py has the syntax). `allow` are longer harmless strings that swallow a hit (亲自, 父亲).
    `condition` says when a required phrase is owed. `is_sure` False only ever proposes for review: of a banned phrase
    that it was said, whatever the guards say, of a required one that it was not (the words are ours, others may do).
    Of a banned phrase: `by_sound` proposes it too where other characters of the same sound were written; `only` (one of
    them must hold) and `unless` (none may) are other words near it; `times` is how often it must be said in a contact
    before it counts. Of a required phrase: `after` is the id of another that must be said, and answered, before it.
    """

    id: str
    kind: Literal["required", "banned", "conditional"]
    category: str  # contract.md codes
    texts: tuple[str, ...]
    phase: Literal["opening", "body", "closing", "any"] = "any"
    channels: tuple[str, ...] = ()  # empty: every channel (phone, chat)
    directions: tuple[str, ...] = ()  # empty: both
    contact_kinds: tuple[str, ...] = ()  # empty: every kind of contact
    speaker: str = "agent"
    condition: str = "always"
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    points: Decimal = Decimal(0)
    match: Literal["exact_word", "contains", "fuzzy"] = "contains"
    allow: tuple[str, ...] = ()
    needs_review: bool = True
    suggest: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"
    patterns: tuple[str, ...] = ()
    is_sure: bool = True
    by_sound: bool = True
    only: tuple[Nearby, ...] = ()
    unless: tuple[Nearby, ...] = ()
    times: int = 1
    after: str = ""


@dataclass(frozen=True, slots=True)
class PhraseTrigger:
    """What makes a conditional phrase owed: one of `texts`, said by `speaker` and not taken back by `unless` before it.

    `code` is a condition of phrase rules (customer_praised, cannot_answer …). `also_asked`: it counts as a question too;
    of an opinion it does not (满意吗), of a request or a reproach it does (怎么还没来?).
    """

    code: str
    speaker: Literal["agent", "customer"]
    texts: tuple[str, ...]
    unless: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"
    also_asked: bool = False


@dataclass(frozen=True, slots=True)
class FlowCue:
    """By which words a step of a prescribed conversation is recognised (the nine callback steps, E5.6).

    `step` is the step's name in `callback.flow_steps`, whose order is the conversation's. `is_spoken` False: the step
    leaves no words (登记回访信息), so nothing is looked for.
    """

    code: str
    step: str
    speaker: Literal["agent", "customer"]
    texts: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    contact_kinds: tuple[str, ...] = ()
    is_spoken: bool = True
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"


@dataclass(frozen=True, slots=True)
class ShiftDefinition:
    """A named shift; `end` at 00:00 means 24:00, an end before the start crosses midnight."""

    code: str
    start: time
    end: time
    breaks: tuple[TimeWindow, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Schedule:
    """A regular meeting or report. `rule` words a day that weekday and day cannot say, and the reading of it."""

    code: str
    title: str
    title_en: str
    every: str  # each_shift daily weekly monthly quarterly half_yearly yearly as_needed
    weekday: str | None = None  # mon … sun
    day: int | None = None  # of the month
    at: time | None = None
    until: time | None = None
    rule: str = ""
    chair: Role | None = None
    recipient: str = ""
    agenda: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    status: Status = "product_choice"
