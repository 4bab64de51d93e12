"""`metric [KEY]`: a figure with its numerator and denominator, broken down, and the cases behind it."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from commands.database import desk_session, moment
from commands.metric_words import titled, worded
from commands.output import DONE, CommandError, print_json, print_table
from db import metrics, people, rulebooks
from db.metrics import METRICS, PERCENTILES, Figure
from quality.estimates import is_comparable
from regulations.access import SYSTEM
from regulations.rulebook import Rulebook
from regulations.verdict import Lang

NOT_SHOWN = (
    "complaint_id",
    "callback_id",
    "finding_id",
    "offence_id",
    "attendance_day_id",
    "work_order_id",
    "survey_response_id",
    "swap_request_id",
    "handover_id",
)  # for machines, not for a table


def register(commands: Any) -> None:
    """Add `metric`."""
    parser = commands.add_parser(
        "metric",
        help="a metric of a period, its groups and the cases behind it",
        description="A metric of a period. Without KEY: every metric, with its definition. docs/metrics.md explains them.",
    )
    parser.add_argument(
        "key",
        nargs="?",
        metavar="KEY",
        help="such as callback.rate, or attendance.* for all of a subject; without it, every metric",
    )
    parser.add_argument(
        "--from", dest="from_on", type=day, metavar="D", help="first day (default: the first of this month)"
    )
    parser.add_argument(
        "--to", dest="to_on", type=day, metavar="D", help="last day, included (default: today)"
    )
    parser.add_argument("--by", metavar="X", help="break it down: month, day, team, agent, category …")
    parser.add_argument("--rows", action="store_true", help="the cases behind the figure")
    parser.add_argument("--team", metavar="CODE", help="one team only")
    parser.add_argument("--now", type=moment, metavar="ISO", help="the figure as of this instant")
    parser.add_argument(
        "--lang", choices=("zh", "en"), default="zh", help="language of names and definitions"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def day(text: str) -> date:
    """A local day, 2026-11-20. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write it like 2026-11-20") from None


def run(arguments: argparse.Namespace) -> int:
    """Answer with one metric or with all of them."""
    key = arguments.key
    asked = [one for one in METRICS if key is None or fnmatchcase(one, key)]
    if not asked:
        raise CommandError(f"there is no metric {key!r}; there are {', '.join(METRICS)}")
    if key not in METRICS and (arguments.by or arguments.rows):
        raise CommandError(
            "--by and --rows need a KEY, and one only: manage.py metric callback.rate --by month"
        )
    now = arguments.now or datetime.now(UTC)
    with desk_session() as session:
        book = rulebooks.in_force(session)
        from_on, to_on = _period(arguments, book, now)
        team_id = _team_id(session, arguments.team)
        if key not in METRICS:
            return _answer_all(session, arguments, asked, from_on, to_on, book, now, team_id)
        return _answer_one(session, arguments, from_on, to_on, book, now, team_id)


def _period(arguments: argparse.Namespace, book: Rulebook, now: datetime) -> tuple[date, date]:
    today = now.astimezone(ZoneInfo(book.text("calendar.timezone") or "UTC")).date()
    to_on = arguments.to_on or max(today, arguments.from_on or today)
    from_on = arguments.from_on or to_on.replace(day=1)
    if from_on > to_on:
        raise CommandError(f"--from {from_on} is after --to {to_on}")
    if to_on - from_on > timedelta(days=366 * 100):
        raise CommandError(f"{from_on} to {to_on} is more than a hundred years")
    return from_on, to_on


def _team_id(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    teams = {team.code: team.id for team in people.list_teams(session, SYSTEM)}
    if code not in teams:
        raise CommandError(f"there is no team {code!r}; there are: {', '.join(sorted(teams)) or 'none yet'}")
    return teams[code]


def _answer_all(
    session: Session, arguments: argparse.Namespace, keys: list[str], from_on: date, to_on: date, book: Rulebook,
    now: datetime, team_id: int | None,
) -> int:  # fmt: skip
    lang = arguments.lang
    answers = []
    for metric in (METRICS[key] for key in keys):
        figure = metrics.figure(session, SYSTEM, metric.key, from_on, to_on, book, now, team_id)
        answers.append(
            {
                **figure.as_json(),
                "name": metric.name(lang),
                "definition": metric.definition(lang),
                "better": metric.better,
                "by": list(metrics.group_names(metric.key, book, now)),
            }
        )
    if arguments.json:
        print_json({"from": from_on, "to": to_on, "metrics": answers})
        return DONE
    columns = ["key", "name", "value", "numerator", "denominator", "target", "clauses"]
    print_table(*titled([{**row, **_shown(row)} for row in answers], columns, lang))
    return DONE


def _answer_one(
    session: Session, arguments: argparse.Namespace, from_on: date, to_on: date, book: Rulebook, now: datetime,
    team_id: int | None,
) -> int:  # fmt: skip
    key, lang = arguments.key, arguments.lang
    asked = (session, SYSTEM, key, from_on, to_on, book, now)
    figure = metrics.figure(*asked, team_id)
    document: dict[str, Any] = {
        **figure.as_json(),
        "name": METRICS[key].name(lang),
        "definition": METRICS[key].definition(lang),
        "from": from_on,
        "to": to_on,
    }
    if figure.steps:
        document["steps"] = [step.as_json(lang) for step in figure.steps]
    if arguments.by:
        try:
            found = metrics.figures_by(*asked, by=arguments.by, team_id=team_id, lang=lang)
        except metrics.UnknownGroup as error:
            raise CommandError(str(error)) from None
        document["by"] = arguments.by
        document["groups"] = [{"group": code, "name": name, **_numbers(one)} for code, name, one in found]
        if arguments.by == "agent" and METRICS[key].estimate is not None:
            for group in document["groups"]:
                group["is_comparable"] = is_comparable(group["n"], book)
    if arguments.rows:
        document["rows"] = [_local(row, book) for row in metrics.rows(*asked, team_id)]
    if arguments.json:
        print_json(document)
        return DONE
    _print(document, lang)
    return DONE


def _local(row: dict[str, Any], book: Rulebook) -> dict[str, Any]:
    """The row with its instants in the department's zone."""
    zone = ZoneInfo(book.text("calendar.timezone") or "UTC")
    return {
        name: value.astimezone(zone) if isinstance(value, datetime) else value for name, value in row.items()
    }


def _numbers(figure: Figure) -> dict[str, Any]:
    names = ("numerator", "denominator", "value", "low", "high", "n", "percentiles", "open")
    return {name: value for name, value in figure.as_json().items() if name in names}


def _print(document: dict[str, Any], lang: Lang) -> None:
    print(document["name"])
    print(document["definition"])
    columns = ["from", "to", "value", "numerator", "denominator", "target", "clauses"]
    times = [*(f"p{p}" for p in PERCENTILES[1:]), "open"] if document["unit"] == "hours" else []
    if "n" in document:
        times = ["low", "high", "n"]
    print_table(*titled([{**document, **_shown(document)}], [*columns, *times], lang))
    for step in document.get("steps", ()):
        print(f"  {step['text']}")
    if "groups" in document:
        print()
        shown = [{**row, **_shown({**row, "unit": document["unit"]})} for row in document["groups"]]
        if any("is_comparable" in row for row in shown):
            times = [*times, "is_comparable"]
            shown = [{**row, "is_comparable": "✓" if row["is_comparable"] else "·"} for row in shown]
        print_table(*titled(shown, ["group", "name", "value", "numerator", "denominator", *times], lang))
    if document.get("rows"):
        print()
        columns = [name for name in document["rows"][0] if name not in NOT_SHOWN]
        rows = [_legible(document["key"], row, lang) for row in document["rows"]]
        print_table(*titled(rows, columns, lang))


def _legible(key: str, row: dict[str, Any], lang: Lang) -> dict[str, Any]:
    legible = {
        name: f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value
        for name, value in worded(key, row, lang).items()
    }
    return {**legible, "counts": "✓" if row["counts"] else "·"}


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    unit = {"percent": "%", "hours": " h", "minutes": " min"}.get(row["unit"], "")
    shown: dict[str, Any] = {
        name: "–" if row.get(name) is None else f"{row[name]:.4g}{unit}"
        for name in ("value", "low", "high", "target")
        if name in row
    }
    for percent, hours in row.get("percentiles", {}).items():
        shown[f"p{percent}"] = f"{hours:.4g}{unit}"
    shown["numerator"] = f"{row['numerator']:g}" if row["numerator"] < 1e6 else str(row["numerator"])
    return {**shown, "clauses": " ".join(row.get("clauses", ()))}
