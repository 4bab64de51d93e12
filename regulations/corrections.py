"""Putting a clock reading right (补卡): what may be asked for, what is late, and whose decision it is.

What is asked for after the limit is late and no dead end: a reading that nobody may put right leaves a wrong verdict
for ever. It is taken as an exception, and whoever approves it says why.

The regulations name no procedure: the time limit and the approver are product choices of `attendance.correction_*`. That no
level is skipped is A2.53, E3.16 and E4.4, read for every request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from regulations.attendance_terms import terms_of
from regulations.intervals import Interval
from regulations.lent import lent_step
from regulations.levels import account_for, level_for, rank, titles
from regulations.names import name_of
from regulations.ruling import Ruling, Violation, clauses_of
from regulations.values import ROLES, Role
from regulations.verdict import Step
from regulations.wording import day_text, instant_text
from regulations.worktime import WorkCalendar, add, whole_seconds

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_WITHIN, _APPROVER = "attendance.correction_within", "attendance.correction_approver"
_SEARCH, _SKIP = "attendance.punch_search", "leave.skip_level_allowed"


@dataclass(frozen=True, slots=True)
class CorrectionFacts:
    """A reading as it is claimed. `kind` "in" or "out"; `at` when it really was; `asked_at` when it is asked for.

    `replaces`: instant and kind of the reading that is wrong, None for one that is missing. `shift` is the nearest one with
    its local date `work_on`, None where the person has none. `has_same`: such a reading counts already; `is_replaced`: the
    wrong one was put right before; `is_waiting`: another request for this end of the shift waits for its decision.
    """

    kind: str
    at: datetime
    asked_at: datetime
    replaces: tuple[datetime, str] | None = None
    shift: Interval | None = None
    work_on: date | None = None
    has_same: bool = False
    is_replaced: bool = False
    is_waiting: bool = False


def check(facts: CorrectionFacts, book: Rulebook, now: datetime) -> Ruling:
    """Whether the reading may be put right, and whose decision it is. What is against it comes as violations.

    The limit is counted from the day of the shift and includes its last second; what is later is an exception that the steps
    tell and `is_late` answers, never a violation. The search reaches as far as punches are looked for. Raises WorktimeError for a limit that cannot be counted with.
    """
    calendar = WorkCalendar.from_rulebook(book)
    zone = calendar.timezone
    zh, en = name_of("punch_kind", facts.kind), name_of("punch_kind", facts.kind, "en")
    claimed = instant_text(facts.at, zone)
    steps = [Step(f"申请补记{zh}打卡 {claimed}", f"{en} {claimed} is asked for")]
    violations: list[Violation] = []
    if facts.replaces is not None:
        was, kind = instant_text(facts.replaces[0], zone), facts.replaces[1]
        steps.append(
            Step(
                f"代替 {was} 的{name_of('punch_kind', kind)}打卡；原记录保留",
                f"It takes the place of {name_of('punch_kind', kind, 'en').lower()} {was}, which is kept",
            )
        )
        if facts.is_replaced:
            violations.append(
                Violation(
                    "already_replaced",
                    None,
                    "这条打卡已经更正过：请选择更正后的那一条。",
                    "That reading was put right already: choose the one that counts now.",
                )
            )
        elif (whole_seconds(facts.replaces[0]), kind) == (whole_seconds(facts.at), facts.kind):
            violations.append(
                Violation(
                    "no_change",
                    None,
                    "更正前后相同，无须申请。",
                    "Nothing would change: no request is needed.",
                )
            )
    if facts.at > now:
        violations.append(
            Violation("in_future", None, "打卡时间不能晚于现在。", "The time lies in the future.")
        )
    violations += _of_the_day(facts, steps, calendar, book)
    if facts.has_same:
        violations.append(
            Violation(
                "same_reading",
                None,
                f"已有 {claimed} 的{zh}打卡，无须补记。",
                f"There is a reading of that kind at {claimed} already.",
            )
        )
    if facts.is_waiting:
        violations.append(
            Violation(
                "still_waiting",
                None,
                f"这一班的{zh}打卡已有申请在等待审批，请先等其办结或撤回。",
                f"A request for the {en.lower()} of this shift is waiting: let it be decided or withdrawn first.",
            )
        )
    role, said = _approver(book)
    steps += said
    title = ("", "") if role is None else titles(role, book)
    clauses = clauses_of(steps, violations)
    return Ruling(
        is_allowed=not violations,
        required_role=role,
        violations=tuple(violations),
        clauses=clauses,
        steps=_with_lent(steps, clauses, book),
        title=title[0],
        title_en=title[1],
    )


def may_decide(
    account_role: str, required: Role, book: Rulebook, *, is_own: bool, is_from_that_level: bool = False
) -> Ruling:
    """Whether an account of this role may decide on a correction that belongs to `required`.

    A lower level may not; a higher one does not take it away where levels are not skipped, unless the level itself asked
    for it (`is_from_that_level`): nobody decides on his own reading (`is_own`), so that it goes up.
    """
    zh, en = titles(required, book)
    clause = book.clause(_APPROVER)
    violations: list[Violation] = []
    level = next((role for role in ROLES if role == account_role), None)
    if is_own:
        violations.append(
            Violation(
                "own_request",
                clause,
                "不能审批自己的补卡：请由同级的其他人或上一级审批。",
                "Nobody decides on his own reading: leave it to somebody else of the level, or to the next.",
            )
        )
    elif account_role == account_for(required):
        pass
    elif level is None or rank(level) < rank(required):
        violations.append(
            Violation("level_too_low", clause, f"补卡须由{zh}审批。", f"Readings are put right by {en}.")
        )
    elif not is_from_that_level and not book.flag(_SKIP):
        violations.append(
            Violation(
                "level_skipped",
                book.clause(_SKIP),
                f"补卡属于{zh}的权限，上级不越级审批。",
                f"It belongs to {en}: a higher level does not take it away.",
            )
        )
    steps = [Step(f"补卡由{zh}审批", f"Readings are put right by {en}", clause)]
    clauses = clauses_of(steps, violations)
    return Ruling(
        is_allowed=not violations,
        required_role=required,
        violations=tuple(violations),
        clauses=clauses,
        steps=_with_lent(steps, clauses, book),
        title=zh,
        title_en=en,
    )


def _with_lent(steps: list[Step], clauses: tuple[str, ...], book: Rulebook) -> tuple[Step, ...]:
    lent = lent_step(clauses, book)
    return tuple(steps) if lent is None else (*steps, lent)


def _of_the_day(
    facts: CorrectionFacts, steps: list[Step], calendar: WorkCalendar, book: Rulebook
) -> list[Violation]:
    """What the shift says: whether there is one near; and in the steps whether its day is longer ago than the limit."""
    zone, search = calendar.timezone, terms_of(book).search
    if facts.shift is None or facts.work_on is None:
        return [_no_shift()]
    a, b = (instant_text(at, zone) for at in facts.shift)
    steps.append(Step(f"所属班次 {a} 至 {b}", f"It belongs to the shift {a} to {b}"))
    violations = []
    if not facts.shift[0] - search <= facts.at <= facts.shift[1] + search:
        violations.append(_no_shift())
    limit, due_at = book.duration(_WITHIN), _due_at(facts.work_on, calendar, book)
    if limit is None or due_at is None:
        return violations
    until = instant_text(due_at, zone)
    day_zh, day_en = day_text(facts.work_on, "zh"), day_text(facts.work_on, "en")
    steps.append(
        Step(
            f"{day_zh}的打卡须在 {limit.text('zh')}内申请更正，到 {until} 为止",
            f"Readings of {day_en} are put right within {limit.text('en')}, until {until}",
            book.clause(_WITHIN),
        )
    )
    asked = instant_text(facts.asked_at, zone)
    if is_late(facts, book):
        steps.append(
            Step(
                f"{asked} 提出，已过期限：逾期申请按例外受理，批准时须在备注中写明理由",
                f"Asked for at {asked}, past the limit: it is taken as an exception, and an approval says why in its note",
                book.clause(_WITHIN),
            )
        )
        if book.status(_WITHIN) == "product_choice":
            steps.append(
                Step(
                    f"制度没有规定补卡期限，这是本系统的设定（{_WITHIN}），可在规则参数中修改",
                    f"The regulations set no such limit: it is a choice of this product ({_WITHIN}), changed in the rulebook",
                )
            )
    else:
        steps.append(Step(f"{asked} 提出，未过期限", f"Asked for at {asked}, in time"))
    return violations


def is_late(facts: CorrectionFacts, book: Rulebook) -> bool:
    """Whether it is asked for after the limit, whose last second is in time. Raises WorktimeError as `check`."""
    due_at = None
    if facts.work_on is not None:
        due_at = _due_at(facts.work_on, WorkCalendar.from_rulebook(book), book)
    return due_at is not None and whole_seconds(facts.asked_at) > due_at


def _due_at(work_on: date, calendar: WorkCalendar, book: Rulebook) -> datetime | None:
    limit = book.duration(_WITHIN)
    if limit is None:
        return None
    return add(calendar.start_of_day(work_on), limit, calendar, book.clause(_WITHIN)).at


def _no_shift() -> Violation:
    return Violation(
        "no_shift",
        None,
        "这个时间附近没有您的班次：请核对日期；班次以外的工作请申请加班。",
        "There is no shift near that time: check the date; work outside a shift is overtime.",
    )


def _approver(book: Rulebook) -> tuple[Role | None, list[Step]]:
    role = book.role(_APPROVER)
    if role is None:
        return None, [Step("现行规定对补卡不设审批", "Putting a reading right needs no approval here")]
    level, moved = level_for(role, book)
    zh, en = titles(level, book)
    return level, [*moved, Step(f"由{zh}审批", f"Decided by {en}", book.clause(_APPROVER))]
