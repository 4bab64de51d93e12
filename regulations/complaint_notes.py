"""What else is on record about a clock and why it changes nothing: a stop before the start, a later change."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from typing import TYPE_CHECKING

from regulations.case_history import FORWARDED, CaseEvent, History
from regulations.clock_runs import FAILED, NAMING, SEVERITIES, ClockRule, Run
from regulations.complaint_steps import event_names
from regulations.names import name_of
from regulations.verdict import Step
from regulations.wording import day_text, instant_text

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook


def before_the_start(run: Run, history: History, zone: tzinfo) -> Iterator[Step]:
    """Events that would have stopped the clock had they come after its start."""
    for position in history.all_of(run.stops, run.since, run.position, run.department):
        event = history.events[position]
        at, (zh, en) = instant_text(event.at, zone), event_names(event)
        yield Step(f"{at} 的“{zh}”早于起算时刻，不计", f"{en} at {at}: before the clock started, not counted")


def after_the_start(
    rule: ClockRule, run: Run, history: History, book: Rulebook, zone: tzinfo
) -> Iterator[Step]:
    """Changes while the clock ran, or after it was met, that leave it as it is."""
    until = len(history.events) if run.stop is None else run.stop
    clause = book.clause(rule.parameter)
    if book.kinds_of(rule.parameter):
        for event in _between(history, run, ("kind_changed",), until):
            yield _unmoved(event, name_of("complaint_category", event.value), zone, "complaint_category")
    if rule.start == "grave" and (severities := book.items(SEVERITIES)) is not None:
        for event in _between(history, run, ("severity_changed",), until):
            if event.value not in severities:
                yield _unmoved(event, name_of("severity", event.value), zone, "severity")
    if rule.start == "scheduled":
        for event in _between(history, run, NAMING, until):
            if event.due_on is not None and event.kind != FAILED:
                at, (zh, en) = instant_text(event.at, zone), event_names(event)
                yield Step(
                    f"{at} 的“{zh}”另列 {day_text(event.due_on, 'zh')}：已定的期限不变",
                    f"{en} at {at} names {day_text(event.due_on, 'en')}: the date named before stays",
                    clause,
                )
        for event in _between(history, run, ("recalled",), until):
            at, (zh, en) = instant_text(event.at, zone), event_names(event)
            yield Step(
                f"{at} {zh}：收回的是其后的一次转交，此前所定的整改照常",
                f"{en} at {at}: that took back a later hand-over, the rectification goes on",
            )
    if rule.start == FORWARDED:
        for event in _between(history, run, (FORWARDED,), until):
            at, (zh, en) = instant_text(event.at, zone), event_names(event)
            yield Step(
                f"{at} 再次{zh}，仍按第一次起算", f"{en} again at {at}: still counted from the first time"
            )
    if rule.clock == "forward" and run.stop is not None:
        for position in history.all_of(("recalled",), run.stop):
            at, (zh, en) = (
                instant_text(history.events[position].at, zone),
                event_names(history.events[position]),
            )
            yield Step(
                f"{at} {zh}：转交时限已了结，改派不重新起算",
                f"{en} at {at}: the case had been forwarded, reassigning it starts no new clock",
            )
    if "final_feedback" in rule.stops and rule.start == "received":
        for event in _between(history, run, ("not_upheld",), until):
            at = instant_text(event.at, zone)
            yield Step(
                f"{at} 认定不成立：仍须以最终答复告知客户，时限照常",
                f"Found not upheld at {at}: the customer is still told by the final feedback, the clock runs on",
            )


def _between(history: History, run: Run, kinds: tuple[str, ...], until: int) -> Iterator[CaseEvent]:
    for position in history.all_of(kinds, run.position, until, run.department):
        if history.events[position].at > run.begun:  # what fell into the very instant did count
            yield history.events[position]


def _unmoved(event: CaseEvent, zh_value: str, zone: tzinfo, names: str) -> Step:
    at = instant_text(event.at, zone)
    en_value = name_of(names, event.value, "en")
    return Step(
        f"{at} 变更为“{zh_value}”：已起算的期限不变",
        f"Changed to {en_value} at {at}: a limit that has begun stays as it is",
    )
