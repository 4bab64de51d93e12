"""`attendance`: the verdict on one shift, from its punches."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, time, timedelta
from typing import Any

from commands.attendance_around import ends, read_context, read_leave
from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import (
    Node,
    add_rule_arguments,
    chosen_lang,
    chosen_now,
    chosen_rulebook,
    read_json,
)
from regulations.attendance import DayVerdict, OffPostFact, PunchFact, ShiftFacts, judge
from regulations.intervals import Interval
from regulations.names import NAMES, name_of
from regulations.verdict import Lang
from regulations.worktime import WorkCalendar, WorktimeError

_TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")
_ENDS = ("from", "to", "start", "end")
_DAY = _LONGEST_SHIFT = timedelta(days=1)


def register(commands: Any) -> None:
    """Adds `attendance`."""
    parser = commands.add_parser(
        "attendance",
        help="the verdict on a shift, with the reasoning",
        description="Late, early, absent or present: the verdict on one shift from its punches.",
        epilog='The file is JSON: {"agent": NAME, "shift": {"start": ISO, "end": ISO, "breaks": [{"start": ISO or "12:00",'
        ' "end": …}]}, "punches": [{"at": ISO, "kind": "in" or "out"}], "leave": [{"from": ISO or date, "to": ISO or'
        ' date, "type": "personal", "approved": true, false, or null while nobody has decided, "filed_at": ISO}],'
        ' "off_post": [{"from": ISO, "to": ISO, "approved": false}]}. Leave counts as approved and time off the post as'
        " not approved where nothing is said; leave without filed_at counts as filed before the shift.",
    )
    parser.add_argument("file", metavar="F", help="the shift; a JSON file, - for standard input")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the verdict. Raises CommandError for anything that cannot be read."""
    book, now, lang = chosen_rulebook(arguments), chosen_now(arguments), chosen_lang(arguments)
    document = read_json(arguments.file)
    fields = document.fields(needed=("shift", "punches"), known=("agent", "leave", "off_post", "context"))
    agent = fields["agent"].text() if "agent" in fields else ""
    try:
        calendar = WorkCalendar.from_rulebook(book)
        shift, post = _shift(fields["shift"], calendar)
        around = read_context(fields.get("context"), post)
        verdict = judge(
            shift,
            [_punch(node) for node in fields["punches"].elements()],
            [read_leave(node, calendar) for node in fields["leave"].elements()] if "leave" in fields else [],
            [_off_post(node) for node in fields["off_post"].elements()] if "off_post" in fields else [],
            book,
            now,
            context=around,
        )
    except WorktimeError as error:
        raise CommandError(f"{arguments.file}: {error}") from None
    if arguments.json:
        print_json(
            {"agent": agent, "now": now, "rulebook": book.version, **_as_json(verdict, lang)},
        )
    else:
        _print(agent, verdict, lang)
    return DONE


def _shift(node: Node, calendar: WorkCalendar) -> tuple[ShiftFacts, str]:
    """The shift, and its post."""
    fields = node.fields(known=(*_ENDS, "code", "post", "breaks"))
    start, end = ends(node, fields, ("start", "end"))
    if start == end:
        raise node.refuse("ends when it starts")
    if end - start > _LONGEST_SHIFT:
        raise node.one_of(fields, _ENDS[1::2]).refuse("lies more than 24 hours after the start of the shift")
    breaks = fields["breaks"].elements() if "breaks" in fields else []
    post = fields["post"].text(40) if "post" in fields else ""
    return ShiftFacts(start, end, tuple(_break(b, start, end, calendar) for b in breaks)), post


def _break(node: Node, shift_start: datetime, shift_end: datetime, calendar: WorkCalendar) -> Interval:
    """A break as instants, or as times of day that fall into the shift."""
    if isinstance(node.value, list):
        ends = node.elements()
        if len(ends) != 2:
            raise node.refuse("must be a pair of start and end")
        start, end = ends
    else:
        fields = node.fields(known=_ENDS)
        start, end = (node.one_of(fields, pair) for pair in (("start", "from"), ("end", "to")))
    begun = _moment(start, shift_start, calendar)
    over = _moment(end, begun, calendar)
    # A clock time that is past is looked for on the next day, which only a shift across midnight has.
    last_day = calendar.day_of(shift_end - timedelta(microseconds=1))
    if over <= begun or (
        _is_clock(end) and calendar.day_of(begun) == last_day < calendar.day_of(over) and over > shift_end
    ):
        raise end.refuse("lies before its beginning")
    if begun < shift_start or over > shift_end:
        raise node.refuse("lies outside the shift")
    return begun, over


def _moment(node: Node, after: datetime, calendar: WorkCalendar) -> datetime:
    """An instant, or a time of day: the first one at or after `after`."""
    if not _is_clock(node):
        return node.instant()
    hours, minutes = (int(part) for part in node.value.split(":"))
    day = calendar.day_of(after)
    at = datetime.combine(day, time(hours % 24, minutes), calendar.timezone)
    return at if at >= after else at + _DAY


def _is_clock(node: Node) -> bool:
    return isinstance(node.value, str) and _TIME_OF_DAY.fullmatch(node.value) is not None


def _punch(node: Node) -> PunchFact:
    fields = node.fields(needed=("at", "kind"), known=("device",))
    return PunchFact(fields["at"].instant(), fields["kind"].code(tuple(NAMES["punch_kind"])))


def _off_post(node: Node) -> OffPostFact:
    fields = node.fields(known=(*_ENDS, "approved", "reason", "kind", "replacement"))
    kind = fields["kind"].code(tuple(NAMES["off_post_kind"])) if "kind" in fields else "off_post"
    stood_in = "replacement" in fields and fields["replacement"].value is not False
    if stood_in and fields["replacement"].value is not True:
        fields["replacement"].text(80)
    is_approved = fields["approved"].flag() if "approved" in fields else False
    if "to" not in fields and "end" not in fields:
        begun = node.one_of(fields, ("from", "start")).instant()
        return OffPostFact(begun, None, is_approved, kind, stood_in)  # not back yet
    start, end = ends(node, fields, ("from", "to"))
    return OffPostFact(start, end, is_approved, kind, stood_in)


def _as_json(verdict: DayVerdict, lang: Lang) -> dict[str, Any]:
    return {
        "class": verdict.class_,
        "late_minutes": verdict.late_minutes,
        "early_minutes": verdict.early_minutes,
        "worked_minutes": verdict.worked_minutes,
        "class_label": verdict.label(lang),
        "off_post_minutes": verdict.off_post_minutes,
        "extra_minutes": verdict.extra_minutes,
        "approved_extra_minutes": verdict.approved_extra_minutes,
        "grace_minutes": verdict.grace_minutes,
        "month_count": verdict.month_count,
        "remarks": verdict.remarks,
        "first_in_at": verdict.first_in_at,
        "last_out_at": verdict.last_out_at,
        "clauses": verdict.clauses,
        "steps": [step.as_json(lang) for step in verdict.steps],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("人员", "结论", "迟到(分钟)", "早退(分钟)", "在岗(分钟)"),
    "en": ("Agent", "Verdict", "Late (min)", "Early (min)", "Worked (min)"),
}


def _print(agent: str, verdict: DayVerdict, lang: Lang) -> None:
    columns = _COLUMNS[lang]
    cells = (
        agent,
        verdict.label(lang) or name_of("attendance_class", verdict.class_, lang),
        verdict.late_minutes,
        verdict.early_minutes,
        verdict.worked_minutes,
    )
    print_table([dict(zip(columns, cells, strict=True))], columns)
    for code in verdict.remarks:
        print(f"  ! {name_of('attendance_remark', code, lang)}")
    print()
    for step in verdict.steps:
        print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
