"""Overtime: whether it can be asked for, who approves it, how it is made good (E3.14, A1.6, A1.18).

The sets name no limit of hours. What a set says of it is who approves and in which order it is compensated: pay first, time
off in lieu as the case may be. Hours that nobody approved stay visible; the late shift that goes on by itself while
customers wait (A1.6) is not among them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.intervals import Interval, clip, subtract
from regulations.lent import lent_step
from regulations.levels import account_for, level_for, rank, titles
from regulations.names import NAMES, name_of
from regulations.overtime_hours import hours_of
from regulations.ruling import Violation, clauses_of
from regulations.values import ROLES, Role
from regulations.verdict import Step
from regulations.wording import instant_text, number_text
from regulations.worktime import WorkCalendar, whole_seconds

if TYPE_CHECKING:
    from datetime import tzinfo

    from regulations.rulebook import Rulebook

LONGEST = timedelta(hours=24)
"""A request for more than a day at a stretch is a slip of the finger: one request, one day's work."""

_APPROVER, _COMPENSATION = "overtime.approver", "overtime.compensation"
_EXTENDS = "shift.auto_extend"
_SKIPS = "leave.skip_level_allowed"
_WAITING = ("requested", "approved")


@dataclass(frozen=True, slots=True)
class OtherOvertime:
    """Another request of the same person; `state` is a code of names.NAMES["request_state"]."""

    starts_at: datetime
    ends_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class OvertimeFacts:
    """A request for overtime: when, how it is to be made good, and what else the person has at that time.

    `shifts` are rostered times, `leave` those of leave that is asked for or approved; `filed_at` is when it is asked for.
    """

    starts_at: datetime
    ends_at: datetime
    compensation: str
    filed_at: datetime
    shifts: tuple[Interval, ...] = ()
    leave: tuple[Interval, ...] = ()
    others: tuple[OtherOvertime, ...] = ()


@dataclass(frozen=True, slots=True)
class OvertimeRuling:
    """Whether it can be asked for, and whose it is to approve. `filed` is a code of names.NAMES["overtime_filed"].

    `required_role` None: refused, or no approval is asked for (then there are no violations).
    """

    is_allowed: bool
    required_role: Role | None
    minutes: int
    filed: str
    violations: tuple[Violation, ...] = ()
    clauses: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    title: str = ""
    title_en: str = ""

    @property
    def hours(self) -> Decimal:
        """Its length in hours, two decimals."""
        return hours_of(self.minutes)


def check(facts: OvertimeFacts, book: Rulebook, now: datetime) -> OvertimeRuling:
    """The ruling on a request for overtime at `now`; its last step names what of it the base lends.

    Refused where it lies in rostered time, in leave, or where overtime is asked for or approved already: the same hour
    does not count twice. Touching is no overlap. Nor does anybody work on after a shift he is on leave at the end of, or
    on a day whose shift is all leave: no set says so, it is a product choice that such leave is amended first. Filed before, meanwhile or afterwards is said, not judged.
    """
    ruling = _judged(facts, book)
    lent = lent_step(ruling.clauses, book)
    return ruling if lent is None else replace(ruling, steps=(*ruling.steps, lent))


def _judged(facts: OvertimeFacts, book: Rulebook) -> OvertimeRuling:
    zone = WorkCalendar.from_rulebook(book).timezone
    start, end = whole_seconds(facts.starts_at), whole_seconds(facts.ends_at)
    wrong = _not_a_time(start, end)
    if wrong is not None:
        return OvertimeRuling(False, None, 0, "before", (wrong,), (), ())
    violations = [
        *_overlaps(facts, (start, end), zone),
        *_leave_before(facts, start, zone),
        *_compensation_violations(facts, book),
    ]
    minutes = int((end - start).total_seconds()) // 60
    filed = filed_when(start, end, facts.filed_at)
    steps = [_opening(start, end, minutes, zone), _filed_step(filed, facts.filed_at, zone)]
    if not violations:
        steps.append(
            Step("与班次、请假和其他加班均不重叠", "It overlaps no shift, no leave and no other overtime")
        )
    steps += _extension_step(facts, book, start, end)
    steps += _compensation_step(facts.compensation, book)
    role = book.role(_APPROVER)
    if role is None:
        steps.append(Step("现行规定对加班不设审批", "This rulebook asks for no approval of overtime"))
        return OvertimeRuling(
            not violations,
            None,
            minutes,
            filed,
            tuple(violations),
            clauses_of(steps, violations),
            tuple(steps),
        )
    zh, en = titles(role, book)
    steps.append(Step(f"加班由{zh}审批", f"Overtime is approved by {en}", book.clause(_APPROVER)))
    level, moved = level_for(role, book)
    zh, en = titles(level, book)
    steps += moved
    return OvertimeRuling(
        is_allowed=not violations,
        required_role=level,
        minutes=minutes,
        filed=filed,
        violations=tuple(violations),
        clauses=clauses_of(steps, violations, *book.clauses(_APPROVER)),
        steps=tuple(steps),
        title=zh,
        title_en=en,
    )


def filed_when(starts_at: datetime, ends_at: datetime, filed_at: datetime) -> str:
    """Whether it was asked for before it began, while it ran, or afterwards; at the first second it is not yet begun."""
    filed_at = whole_seconds(filed_at)
    if filed_at <= starts_at:
        return "before"
    return "during" if filed_at < ends_at else "after"


def decide_violation(
    account_role: str, required: Role, book: Rulebook, *, is_own: bool, is_from_that_level: bool = False
) -> Violation | None:
    """Why an account of this role may not decide on a request that belongs to `required`; None when it may.

    A lower level may not; a higher one does not take it away where levels are not skipped (`leave.skip_level_allowed`),
    unless the level whose it is asked for it itself (`is_from_that_level`): nobody approves his own request, so it
    goes up.
    """
    clause = book.clause(_APPROVER)
    zh, en = titles(required, book)
    if is_own:
        return Violation(
            "own_request",
            clause,
            "不能审批自己提出的加班：请由同级的其他人或上一级审批。",
            "Nobody approves overtime he asked for himself: leave it to somebody else of the level, or to the next.",
        )
    if account_role == account_for(required):
        return None
    level = next((role for role in ROLES if role == account_role), None)
    if level is None or rank(level) < rank(required):
        return Violation(
            "level_too_low",
            clause,
            f"加班须由{zh}审批。",
            f"Overtime is approved by {en}: leave it to that level.",
        )
    if is_from_that_level or book.flag(_SKIPS):
        return None
    return Violation(
        "level_skipped",
        book.clause(_SKIPS),
        f"加班属于{zh}的权限，上级不越级审批。",
        f"Overtime belongs to {en}: a higher level does not take it away.",
    )


def _not_a_time(start: datetime, end: datetime) -> Violation | None:
    if end <= start:
        return Violation(
            "ends_before_start", None, "加班的结束须晚于开始。", "The overtime must end after it begins."
        )
    if end - start > LONGEST:
        return Violation(
            "too_long",
            None,
            "一次申请不超过 24 小时：跨多天的请逐日申请。",
            "One request is 24 hours at most: ask for each day by itself.",
        )
    if end - start < timedelta(minutes=1):
        return Violation("too_short", None, "不足一分钟的不用申请。", "Less than a minute needs no request.")
    return None


def _overlaps(facts: OvertimeFacts, asked: Interval, zone: tzinfo) -> list[Violation]:
    found = []
    for shift in sorted(facts.shifts):
        for common in clip([asked], *shift):
            a, b = (instant_text(at, zone) for at in common)
            found.append(
                Violation(
                    "within_shift",
                    None,
                    f"{a} 至 {b} 在排班之内，不算加班：请只申请班次以外的时间。",
                    f"{a} to {b} is rostered time and no overtime: ask only for what lies outside the shift.",
                )
            )
    for leave in sorted(facts.leave):
        for common in clip([asked], *leave):
            a, b = (instant_text(at, zone) for at in common)
            found.append(
                Violation(
                    "on_leave",
                    None,
                    f"{a} 至 {b} 已请假，不能同时加班：请先撤回或变更请假。",
                    f"{a} to {b} is leave: withdraw or amend the leave first.",
                )
            )
    for other in sorted(facts.others, key=lambda o: (o.starts_at, o.ends_at, o.state)):
        if other.state not in _WAITING:
            continue
        for common in clip([asked], other.starts_at, other.ends_at):
            a, b = (instant_text(at, zone) for at in common)
            zh, en = (name_of("request_state", other.state, lang) for lang in ("zh", "en"))
            found.append(
                Violation(
                    "overlaps",
                    None,
                    f"{a} 至 {b} 已有加班申请（{zh}），不能重复：请先撤回原申请。",
                    f"{a} to {b} is asked for already ({en.lower()}): withdraw that request first.",
                )
            )
    return found


def _leave_before(facts: OvertimeFacts, start: datetime, zone: tzinfo) -> Iterable[Violation]:
    """Shifts of that day, or ending as the overtime begins, that the person is on leave from."""
    for shift in sorted(facts.shifts):
        begins, ends = (whole_seconds(at) for at in shift)
        if begins > start:
            continue
        worked = subtract([(begins, ends)], facts.leave)
        is_same_day = begins.astimezone(zone).date() == start.astimezone(zone).date()
        is_away_then = ends == start and (not worked or worked[-1][1] < ends)
        if is_away_then or (is_same_day and not worked):
            a, b = instant_text(begins, zone), instant_text(ends, zone)
            yield Violation(
                "leave_before",
                None,
                f"该时段前的班次（{a} 至 {b}）已请假，不能接着加班：请先撤回或变更请假。",
                f"The shift before it ({a} to {b}) is leave, nobody works on after it: withdraw or amend the leave first.",
            )


def _compensation_violations(facts: OvertimeFacts, book: Rulebook) -> Iterable[Violation]:
    allowed = book.items(_COMPENSATION)
    choices = tuple(NAMES["compensation"]) if allowed is None else allowed
    if facts.compensation in choices:
        return
    zh = "、".join(name_of("compensation", code) for code in choices)
    en = ", ".join(name_of("compensation", code, "en").lower() for code in choices)
    yield Violation(
        "compensation", book.clause(_COMPENSATION), f"补偿方式可选：{zh}。", f"It can be made good by {en}."
    )


def compensation_order(book: Rulebook) -> tuple[str, ...]:
    """How overtime is made good, the usual way first (E3.14); every way we know where the rulebook names none."""
    named = book.items(_COMPENSATION)
    return tuple(NAMES["compensation"]) if named is None else tuple(named)


def _opening(start: datetime, end: datetime, minutes: int, zone: tzinfo) -> Step:
    a, b, hours = instant_text(start, zone), instant_text(end, zone), number_text(hours_of(minutes))
    return Step(f"加班 {a} 至 {b}，共 {hours} 小时", f"Overtime {a} to {b}, {hours} h")


def _filed_step(filed: str, filed_at: datetime, zone: tzinfo) -> Step:
    at = instant_text(whole_seconds(filed_at), zone)
    zh, en = (name_of("overtime_filed", filed, lang) for lang in ("zh", "en"))
    return Step(f"{at} 申请：{zh}", f"Asked for at {at}: {en.lower()}")


def _extension_step(facts: OvertimeFacts, book: Rulebook, start: datetime, end: datetime) -> list[Step]:
    """A reminder where the time follows a shift that goes on by itself: that needs no approval (A1.6)."""
    if not book.flag(_EXTENDS) or not any(whole_seconds(shift_end) == start for _, shift_end in facts.shifts):
        return []
    return [
        Step(
            "晚班因客户仍在咨询而自动顺延的，无须申请；本申请按加班处理",
            "A late shift that goes on while customers wait needs no request; this one is treated as overtime",
            book.clause(_EXTENDS),
        )
    ]


def _compensation_step(asked: str, book: Rulebook) -> list[Step]:
    order = compensation_order(book)
    if asked not in order:
        return []
    zh, en = name_of("compensation", asked), name_of("compensation", asked, "en").lower()
    if asked == order[0]:
        return [Step(f"补偿方式：{zh}", f"Made good by {en}", book.clause(_COMPENSATION))]
    usual, usual_en = name_of("compensation", order[0]), name_of("compensation", order[0], "en").lower()
    return [
        Step(
            f"补偿方式：一般为{usual}，视情况{zh}；本次申请{zh}",
            f"Made good as a rule by {usual_en}, by {en} as the case may be; {en} is asked for",
            book.clause(_COMPENSATION),
        )
    ]
