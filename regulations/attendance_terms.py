"""What a rulebook says about attendance, read once for all the shifts of a department."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from regulations.names import name_of
from regulations.notes import Note
from regulations.values import Duration, Role, Unit
from regulations.worktime import WorkCalendar, WorktimeError

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_KEYS = (
    "attendance.late_grace",
    "attendance.severe_after",
    "attendance.off_post_severe_after",
    "attendance.early_counts_off_post",
    "attendance.away_limit",
    "attendance.leave_post_approver",
    "attendance.replacement_required",
    "attendance.private_call_limit",
    "attendance.private_visitor_limit",
    "attendance.early_arrival",
    "attendance.double_punch",
    "attendance.lateness_allowance",
    "attendance.absence_sanctions",
    "shift.auto_extend",
    "shift.rest_days_per_week",
    "handover.wait_for_relief",
    "overtime.approver",
    "overtime.counts_from",
    "leave.unfiled_class",
    "swap.failure_class",
)
_OTHER = "other"
SEVERE_NAMES = {"absence": ("缺勤", "absence from duty"), "violation": ("违纪", "disciplinary offence")}
UNFILED_NAMES = {"absence": ("旷工", "absence without leave"), "violation": ("违纪", "disciplinary offence")}


@dataclass(frozen=True, slots=True, eq=False)  # one per rulebook, told apart by identity
class Terms:
    """The limits of attendance; None where the rulebook has a rule switched off."""

    zone: ZoneInfo
    grace: timedelta
    grace_text: tuple[str, str]
    search: timedelta  # off: only punches within the shift itself
    double_punch: timedelta | None
    severe_after: timedelta | None
    severe_names: tuple[str, str]
    needs_no_leave_filed: bool
    off_post_severe_after: timedelta | None
    early_counts_off_post: bool
    early_status: tuple[str, str]  # how sure that is, in words
    away_limit: timedelta | None
    leave_post_approver: tuple[str, str] | None
    is_replacement_required: bool
    call_limits: tuple[tuple[str, timedelta, str | None], ...]  # post, limit and its clause
    visitor_limit: timedelta | None
    early_arrival: timedelta
    waits_for_relief: bool
    extends_itself: bool
    night_after: time | None
    counts_from: timedelta
    overtime_approver: tuple[str, str] | None
    allowance: int | None
    unfiled_names: tuple[str, str]
    is_failed_swap_absence: bool
    clauses: Mapping[str, str | None]
    own_sets: frozenset[str]
    titles: tuple[str, str]
    lent: dict[tuple[str, ...], Note | None] = field(default_factory=dict)  # made once for equal clauses

    def call_limit(self, post: str) -> tuple[timedelta | None, str | None]:
        """How long a private call may be at a post, and its clause; a post the rulebook does not name is any other one."""
        limits = {code: (limit, clause) for code, limit, clause in self.call_limits}
        named = next((code for code in limits if code != _OTHER and is_post(post, code)), _OTHER)
        return limits.get(named, (None, None))


def is_post(post: str, code: str) -> bool:
    """Whether a post as the roster writes it ("一楼前台") is the one a rule names by code ("desk")."""
    written, names = post.casefold(), (code, name_of("post", code), name_of("post", code, "en"))
    return bool(written) and any(name.casefold() in written for name in names)


def span(limit: Duration | None, key: str) -> timedelta | None:
    """Minutes or hours as a length of time; None when off.

    Raises WorktimeError for other units, which have no length without a date.
    """
    if limit is None:
        return None
    if limit.unit not in (Unit.MINUTE, Unit.HOUR):
        raise WorktimeError(f"{key} must be in minutes or hours, not {limit.text('en')}")
    return timedelta(seconds=int(limit.value * (3600 if limit.unit is Unit.HOUR else 60)))


@lru_cache(maxsize=64)
def terms_of(book: Rulebook) -> Terms:
    """The limits of the rulebook. Raises WorktimeError for a unit that has no length without a date."""

    def length(key: str) -> timedelta | None:
        return span(book.duration(key), key)

    def title(role: Role | None) -> tuple[str, str] | None:
        return None if role is None else (book.role_title(role, "zh"), book.role_title(role, "en"))

    grace = book.duration("attendance.late_grace")
    has_grace = grace is not None and grace.value > 0
    call = "attendance.private_call_limit"
    status = book.status("attendance.early_counts_off_post")
    rows = book.table(call) or ()
    stated = book.clauses(call)
    by_row = stated if len(stated) == len(rows) else (book.clause(call),) * len(rows)
    limits = [
        (str(row["post"]), span(row["limit"], call), clause) for row, clause in zip(rows, by_row, strict=True)
    ]
    return Terms(
        zone=WorkCalendar.from_rulebook(book).timezone,
        grace=length("attendance.late_grace") or timedelta(),
        grace_text=(f"宽限 {grace.text('zh')}", f"grace {grace.text('en')}")
        if grace is not None and has_grace
        else ("无宽限", "no grace"),
        search=length("attendance.punch_search") or timedelta(),
        double_punch=length("attendance.double_punch"),
        severe_after=length("attendance.severe_after"),
        severe_names=SEVERE_NAMES.get(book.choice("attendance.severe_class") or "", ("严重", "severe")),
        needs_no_leave_filed=bool(book.flag("attendance.needs_no_leave_filed")),
        off_post_severe_after=length("attendance.off_post_severe_after"),
        early_counts_off_post=bool(book.flag("attendance.early_counts_off_post")),
        early_status=(name_of("parameter_status", status), name_of("parameter_status", status, "en")),
        away_limit=length("attendance.away_limit"),
        leave_post_approver=title(book.role("attendance.leave_post_approver")),
        is_replacement_required=bool(book.flag("attendance.replacement_required")),
        call_limits=tuple((post, limit, clause) for post, limit, clause in limits if limit is not None),
        visitor_limit=length("attendance.private_visitor_limit"),
        early_arrival=length("attendance.early_arrival") or timedelta(),
        waits_for_relief=bool(book.flag("handover.wait_for_relief")),
        extends_itself=bool(book.flag("shift.auto_extend")),
        night_after=book.time_of_day("shift.night_after"),
        counts_from=length("overtime.counts_from") or timedelta(),
        overtime_approver=title(book.role("overtime.approver")),
        allowance=book.integer("attendance.lateness_allowance"),
        unfiled_names=UNFILED_NAMES.get(book.choice("leave.unfiled_class") or "", UNFILED_NAMES["absence"]),
        is_failed_swap_absence=book.choice("swap.failure_class") == "absence",
        clauses={key: book.clause(key) for key in _KEYS},
        own_sets=book.own_sets,
        titles=(book.title("zh"), book.title("en")),
    )
