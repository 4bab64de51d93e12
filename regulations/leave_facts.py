"""What a leave request is judged by, and the ruling on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from regulations.intervals import Interval
from regulations.ruling import Violation
from regulations.values import Role
from regulations.verdict import Lang, Step
from regulations.wording import number_text

SICKNESS = frozenset({"sick", "emergency"})
"""Types of leave that say something about somebody's health, and that nobody chooses the hour of."""

CANNOT_BE_FILED = frozenset(
    {
        "ends_before_start",
        "type_not_offered",
        "proxy_not_allowed",
        "overlap",
        "swap_day",
        "holiday_forbidden",
        "night_forbidden",
        "no_balance",
        "no_working_time",
    }
)
"""Violations that nobody's approval mends; the other ones are for the level that decides on exceptions."""

EVIDENCE = frozenset({"certificate_missing", "certificate_gap", "slip_late", "not_reported_back"})
"""Violations that concern what comes after the leave: they change nothing about who decides on it."""


def days_text(days: Decimal) -> str:
    """ "1 day" or "3.5 days": the English of a length; the Chinese has no plural."""
    return f"{number_text(days)} day{'' if days == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class LeaveShift:
    """A rostered shift that the leave may touch. `work_on` is the local date it belongs to, also past midnight.

    Raises ValueError when it does not end after it starts.
    """

    work_on: date
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("a shift must end after it starts")


@dataclass(frozen=True, slots=True)
class SwappedShift:
    """A shift that the person works because of a swap, his colleague's or the one that pays it back."""

    work_on: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class OtherLeave:
    """Leave of the same person that is asked for or approved already: in this one's way, or next to it."""

    starts_at: datetime
    ends_at: datetime
    type: str
    state: str = "approved"  # names.NAMES["request_state"]


@dataclass(frozen=True, slots=True)
class LeaveRequestFacts:
    """A request for leave over [starts_at, ends_at) and what it meets. Instants are aware, dates local.

    `shifts` are the person's shifts around the leave; `rostered_until` is the last date for which the roster is
    drawn up, so that a day without a shift up to then is a rest day, and later ones are not known yet. `proxy` names
    who filed it for the person, "" in person. `told_at` is when an emergency was told by telephone (A2.55).
    `certificates` are the first and last day of each; `has_certificate` False says there is none, None that it is
    still to come. `balance` is what the account of the type holds, None where nobody says. `holidays` takes the
    place of the official calendar, `is_night` of what the shift's hours say. `swap_shifts` are what the person works
    through swaps; `swap_days` the dates of those whose hours nobody knows.
    """

    type: str  # names.NAMES["leave_type"], or leave_meeting.MEETING
    starts_at: datetime
    ends_at: datetime
    filed_at: datetime
    is_emergency: bool = False
    proxy: str = ""
    told_at: datetime | None = None
    shifts: tuple[LeaveShift, ...] = ()
    rostered_until: date | None = None
    others: tuple[OtherLeave, ...] = ()
    swap_days: frozenset[date] = frozenset()
    swap_shifts: tuple[SwappedShift, ...] = ()
    balance: Decimal | None = None
    has_certificate: bool | None = None
    certificates: tuple[tuple[date, date], ...] = ()
    slip_received_on: date | None = None
    returned_at: datetime | None = None
    is_approved: bool = False  # then the duties after the leave are looked at as well
    granted: Interval | None = (
        None  # approved leave that it amends: no notice is asked for what was granted before
    )
    holidays: frozenset[date] | None = None
    is_night: bool | None = None


@dataclass(frozen=True, slots=True)
class LeaveRuling:
    """What the rules say about a request.

    `is_allowed`: nothing stands against it. `can_be_filed`: it may still be put to the level that decides on
    exceptions (`needs_exception`), who says why he grants one and from which clauses (`exceptions`). `days` is its length
    by which the level follows, `charged_days` what it takes from an account. `certificate_due_on` and `report_back_by`
    are local dates, None where nothing is owed. The level follows from `days`, or from more where adjoining leave counts
    along (decision 12).
    """

    is_allowed: bool
    required_role: Role | None
    days: Decimal
    violations: tuple[Violation, ...]
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    certificate_due_on: date | None = None
    report_back_by: date | None = None
    charged_days: Decimal = Decimal(0)
    charged_steps: tuple[Step, ...] = ()
    first_on: date | None = None
    last_on: date | None = None
    needs_exception: bool = False
    exceptions: tuple[str, ...] = ()
    title: str = ""
    title_en: str = ""

    @property
    def can_be_filed(self) -> bool:
        """Whether somebody may still decide on it: no violation that nobody's approval mends."""
        return not self.obstacles

    @property
    def obstacles(self) -> tuple[Violation, ...]:
        """The violations that nobody's approval mends."""
        return tuple(v for v in self.violations if v.code in CANNOT_BE_FILED)

    def role_title(self, lang: Lang = "zh") -> str:
        """What the level that decides is called here, in the language asked for."""
        return self.title_en if lang == "en" else self.title

    def as_json(self, lang: Lang = "zh") -> dict[str, Any]:
        """The answer of contract.md, with what helps beside it."""
        return {
            "accepted": self.is_allowed,
            "approver": self.required_role,
            "approver_title": self.role_title(lang) or None,
            "needs_exception": self.needs_exception,
            "exceptions": self.exceptions,
            "days": self.days,
            "violations": [violation.as_json(lang) for violation in self.violations],
            "certificate_due_on": self.certificate_due_on,
            "report_back_by": self.report_back_by,
            "clauses": self.clauses,
            "steps": [step.as_json(lang) for step in self.steps],
        }
