"""Callbacks made all at once: a month's work on its last days, or many within minutes.

Done in a rush at the month's end a callback serves the figure, not the customer. What is found is a remark for a
person to look into, never a verdict: what fell due on those days belongs there, and is told beside it. No set of
regulations names a limit; the numbers are the rulebook's product choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from regulations.verdict import Step
from regulations.wording import instant_text, number_text
from regulations.worktime import WorkCalendar, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

DAYS, SHARE, FEWEST = "callback.month_end_days", "callback.month_end_share", "callback.month_end_min"
BURST_WITHIN, BURST_MIN = "callback.burst_within", "callback.burst_min"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Completion:
    """A callback that somebody completed: when, until when it had to be, and its number for a list."""

    at: datetime
    due_at: datetime
    number: str = ""


@dataclass(frozen=True, slots=True)
class Burst:
    """Many completions close together."""

    first_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class Batching:
    """How one person's completions of a month are spread over it.

    `state`: even, batched, too_few, not_yet (its last days have not begun), off. `at_end` of `total` were completed
    from `last_days_from` on; `due_at_end` of `total` were due then or later. `bursts` are remarked on their own.
    """

    state: str
    total: int
    at_end: int
    due_at_end: int
    last_days_from: date | None
    bursts: tuple[Burst, ...]
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]

    @property
    def is_remarked(self) -> bool:
        """Whether there is something for a person to look into."""
        return self.state == "batched" or bool(self.bursts)


def batching(completions: Iterable[Completion], book: Rulebook, month: date, now: datetime) -> Batching:
    """Whether one person's completions of the month of `month` were crowded together.

    Remarked at the month's end when at least `callback.month_end_min` were completed in it, at least
    `callback.month_end_share` of them from the first of its last `callback.month_end_days` working days on, and what
    was due on those days or later would not have made that share by itself.
    """
    calendar = WorkCalendar.from_rulebook(book)
    first, last = month_of(month)
    made = sorted(
        (c for c in completions if first <= calendar.day_of(c.at) <= last and c.at <= now),
        key=lambda c: (c.at, c.due_at),
    )
    found = bursts(made, book)
    clauses = tuple(dict.fromkeys(c for key in (DAYS, SHARE, FEWEST) for c in book.clauses(key)))
    days, share, fewest = book.integer(DAYS), book.percent(SHARE), book.integer(FEWEST)
    steps = [Step(f"本月完成 {len(made)} 项", f"{len(made)} completed in the month")]
    remarks = [_burst_step(one, calendar) for one in found]
    if days is None or share is None:
        steps.append(Step("现行规则不看月末集中", "The rulebook does not look at the month's end"))
        return Batching("off", len(made), 0, 0, None, found, clauses, (*steps, *remarks))
    begins = last_days_from(month, days, calendar)
    at_end = sum(calendar.day_of(c.at) >= begins for c in made)
    due_at_end = sum(calendar.day_of(c.due_at) >= begins for c in made)
    state = "even"
    if calendar.day_of(now) < begins:
        state = "not_yet"
        steps.append(Step(f"月末几天自 {begins} 起，尚未开始", f"The last days begin on {begins}: not yet"))
    elif len(made) < (fewest or 1):
        state = "too_few"
        steps.append(Step(f"少于 {fewest} 项，不判断", f"Fewer than {fewest}: not judged"))
    else:
        done_share, due_share = _share(at_end, made), _share(due_at_end, made)
        limit = number_text(share)
        steps += [
            Step(
                f"其中 {at_end} 项（{_percent(done_share)}%）在最后 {days} 个工作日（自 {begins} 起）完成，提示线 {limit}%",
                f"{at_end} of them ({_percent(done_share)} %) on the last {days} working days, from {begins} on;"
                f" remarked from {limit} % on",
            ),
            Step(
                f"按到期日，{due_at_end} 项（{_percent(due_share)}%）本来就在这几天或之后到期",
                f"By their due dates {due_at_end} ({_percent(due_share)} %) belonged on those days or later",
            ),
        ]
        if done_share >= share > due_share:
            state = "batched"
            steps.append(
                Step(
                    "月末集中完成，到期日不能解释，请了解原因；这不是对个人的结论",
                    "Crowded at the month's end, and the due dates do not explain it: ask why. No verdict about a person",
                )
            )
        elif done_share >= share:
            steps.append(Step("到期日本来就集中在月末，不提示", "They fell due then: not remarked"))
        else:
            steps.append(Step("未达到提示线", "Below the line"))
    return Batching(state, len(made), at_end, due_at_end, begins, found, clauses, (*steps, *remarks))


def month_of(day: date) -> tuple[date, date]:
    """The first and the last day of the day's month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - _DAY


def last_days_from(month: date, days: int, calendar: WorkCalendar) -> date:
    """The day on which the last working days of the month begin; its first where it has not that many."""
    first, day = month_of(month)
    left = days
    while True:
        left -= calendar.is_working_day(day)
        if left <= 0 or day == first:
            return day
        day -= _DAY


def bursts(completions: Sequence[Completion], book: Rulebook) -> tuple[Burst, ...]:
    """Every run of completions of which at least `callback.burst_min` lie within `callback.burst_within`.

    Runs that overlap are one.
    """
    within, fewest = book.duration(BURST_WITHIN), book.integer(BURST_MIN)
    if within is None or fewest is None:
        return ()
    calendar = WorkCalendar.from_rulebook(book)
    moments = sorted(c.at for c in completions)
    runs: list[tuple[int, int]] = []
    for i in range(len(moments) - fewest + 1):
        j = i + fewest - 1
        if moments[j] <= add(moments[i], within, calendar).at:
            if runs and i <= runs[-1][1]:
                runs[-1] = (runs[-1][0], j)
            else:
                runs.append((i, j))
    return tuple(Burst(moments[i], moments[j], j - i + 1) for i, j in runs)


def _share(part: int, made: Sequence[Completion]) -> Decimal:
    return Decimal(100) * part / len(made)


def _percent(share: Decimal) -> str:
    return number_text(share.quantize(Decimal("0.1")))


def _burst_step(burst: Burst, calendar: WorkCalendar) -> Step:
    a, b = (instant_text(at, calendar.timezone) for at in (burst.first_at, burst.last_at))
    return Step(
        f"{a} 至 {b} 之间连续完成 {burst.count} 项，请核对录音；这不是对个人的结论",
        f"{burst.count} completed between {a} and {b}: check the recordings. No verdict about a person",
    )
