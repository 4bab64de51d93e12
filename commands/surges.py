"""`surges`: the alerts of complaints that came close together, with the reasoning."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from commands.database import desk_session
from commands.metrics import day
from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import chosen_lang
from db import rulebooks, surges
from db.models import SurgeAlert
from regulations import surge_steps
from regulations.access import SYSTEM, Scope
from regulations.names import name_of
from regulations.verdict import Lang, Step
from regulations.worktime import WorkCalendar

_EVERYBODY = Scope(
    SYSTEM.user_id, SYSTEM.actor, "manager"
)  # the command line sees every team, as a manager does


def register(commands: Any) -> None:
    """Adds `surges`."""
    parser = commands.add_parser(
        "surges",
        help="alerts of complaints that came close together, with the reasoning",
        description="The surge alerts that began in a period, open ones first, each with its steps.",
    )
    parser.add_argument(
        "--from", dest="from_on", type=day, metavar="D", help="first day on which an alert began"
    )
    parser.add_argument("--to", dest="to_on", type=day, metavar="D", help="last day, included")
    parser.add_argument("--open", action="store_true", help="only alerts that nobody has closed")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of the explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the alerts. Raises CommandError for a period that ends before it begins."""
    from_on, to_on, lang = arguments.from_on, arguments.to_on, chosen_lang(arguments)
    if from_on is not None and to_on is not None and from_on > to_on:
        raise CommandError(f"--from {from_on} is after --to {to_on}")
    with desk_session() as session:
        zone = WorkCalendar.from_rulebook(rulebooks.in_force(session)).timezone
        found = surges.list_alerts(
            session, _EVERYBODY, open_only=arguments.open, from_on=from_on, to_on=to_on
        )
        counts = surges.count_cases(session, _EVERYBODY, found)
    if arguments.json:
        print_json({"alerts": [_as_json(alert, counts[alert.id].all, zone, lang) for alert in found]})
    else:
        _print(found, lang, zone)
    return DONE


def _as_json(alert: SurgeAlert, cases: int, zone: tzinfo, lang: Lang) -> dict[str, Any]:
    def local(at: datetime | None) -> datetime | None:
        return None if at is None else at.astimezone(zone)

    return {
        "id": alert.id,
        "state": surges.state_of(alert),
        "group": alert.group,
        "started_at": local(alert.started_at),
        "last_at": local(alert.last_at),
        "raised_at": local(alert.raised_at),
        "window": {"value": alert.window_seconds // 60, "unit": "minute"},
        "peak_at": local(alert.peak_at),
        "count": alert.count,
        "baseline": alert.baseline,
        "probability": alert.probability,
        "cases": cases,
        "acknowledge_due_at": local(alert.acknowledge_due_at),
        "acknowledged_at": local(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by or None,
        "plan": alert.plan or None,
        "closed_at": local(alert.closed_at),
        "closed_by": alert.closed_by or None,
        "outcome": alert.outcome or None,
        "rulebook": alert.rulebook_version,
        "clauses": alert.clauses,
        "steps": [Step.from_record(step).as_json(lang) for step in alert.steps],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("编号", "状态", "内容", "开始", "最后", "件数", "平时"),
    "en": ("Id", "State", "About", "Began", "Last", "Count", "Usual"),
}


def _print(found: Sequence[SurgeAlert], lang: Lang, zone: tzinfo) -> None:
    columns = _COLUMNS[lang]
    rows = []
    for alert in found:
        began, last = (
            at.astimezone(zone).strftime("%Y-%m-%d %H:%M") for at in (alert.started_at, alert.last_at)
        )
        usual = None if alert.baseline is None else f"{alert.baseline:.2f}"
        title = surge_steps.group_text(surges.group_of(alert), lang)
        state = name_of("surge_state", surges.state_of(alert), lang)
        rows.append(
            dict(zip(columns, (alert.id, state, title, began, last, alert.count, usual), strict=True))
        )
    print_table(rows, columns)
    for alert in found:
        print(f"\n{alert.id}  {surge_steps.group_text(surges.group_of(alert), lang)}")
        for record in alert.steps:
            step = Step.from_record(record)
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
