"""`roster`: what is wrong with a week of the roster, by clause, and how its posts are covered."""

from __future__ import annotations

import argparse
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from commands.database import desk_session
from commands.metrics import day
from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import chosen_lang, chosen_now
from db import people, roster, rulebooks
from db.coverage import TeamCoverage
from regulations.access import SYSTEM, Scope
from regulations.coverage import Interval, hours_text
from regulations.names import name_of
from regulations.roster import Conflict
from regulations.verdict import Lang
from regulations.work_calendar import WorkCalendar

_EVERYBODY = Scope(
    SYSTEM.user_id, SYSTEM.actor, "manager"
)  # the command line sees every team, as a manager does
_LAST = date(2100, 1, 1)


def register(commands: Any) -> None:
    """Adds `roster`."""
    parser = commands.add_parser(
        "roster",
        help="what is wrong with a week of the roster, and how its posts are covered",
        description="The week of a day (Monday to Sunday): shifts, conflicts with their clauses and steps, coverage.",
    )
    parser.add_argument("--week", type=day, metavar="D", help="any day of the week (default: this week)")
    parser.add_argument("--team", metavar="CODE", help="one team by its code (default: every team)")
    parser.add_argument("--now", metavar="ISO", help="what is known at that instant instead of now")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of the explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the week. Raises CommandError for a team that does not exist or a day out of reach."""
    lang, now = chosen_lang(arguments), chosen_now(arguments)
    with desk_session() as session:
        book = rulebooks.in_force(session)
        calendar = WorkCalendar.from_rulebook(book)
        asked = arguments.week or calendar.day_of(now)
        if not date(2000, 1, 1) <= asked <= _LAST:
            raise CommandError(f"--week {asked}: choose a day from 2000 to 2100")
        teams = {team.code: team.id for team in people.list_teams(session, _EVERYBODY)}
        if arguments.team is not None and arguments.team not in teams:
            raise CommandError(
                f"--team {arguments.team!r}: there is no such team; there are {', '.join(teams)}"
            )
        monday = asked - timedelta(days=asked.weekday())
        team_id = None if arguments.team is None else teams[arguments.team]
        week = roster.week(session, _EVERYBODY, monday, team_id, book=book, now=now)
        numbers = {agent.id: agent.number for agent in week.people}
    zone = calendar.timezone
    if arguments.json:
        print_json(
            {
                "from": week.days[0],
                "to": week.days[-1],
                "people": len(week.people),
                "shifts": week.shift_count,
                "conflicts": [_conflict(one, numbers, lang) for one in week.conflicts],
                "coverage": [_covered(one, zone, lang) for one in week.coverage],
            }
        )
    else:
        _print(week, numbers, zone, lang)
    return DONE


def _conflict(one: Conflict, numbers: dict[int, str], lang: Lang) -> dict[str, Any]:
    return {
        "code": one.code,
        "clause": one.clause,
        "is_note": one.is_note,
        "text": one.text(lang),
        "agents": [numbers[person] for person in one.people if person in numbers],
        "dates": list(one.dates),
        "post": one.post or None,
        "shifts": len(one.shift_ids),
        "steps": [step.as_json(lang) for step in one.steps],
    }


def _covered(one: TeamCoverage, zone: tzinfo, lang: Lang) -> dict[str, Any]:
    def local(at: datetime) -> datetime:
        return at.astimezone(zone)

    def stretch(part: Interval) -> dict[str, Any]:
        return {
            "post": part.post or None,
            "from": local(part.starts_at),
            "to": local(part.ends_at),
            "required": part.required,
            "rostered": part.rostered,
            "expected": part.expected,
            "present": part.present,
            "gap": part.gap,
        }

    return {
        "team": one.team,
        "on": one.on,
        "has_needs": one.has_needs,
        "sentence": one.sentence.text(lang),
        "intervals": [stretch(part) for part in one.intervals],
    }


def _print(week: roster.Week, numbers: dict[int, str], zone: tzinfo, lang: Lang) -> None:
    print(f"{week.days[0]} – {week.days[-1]}: {week.shift_count} shifts of {len(week.people)} people")
    rows = [
        {
            "conflict": name_of("roster_conflict", one.code, lang),
            "clause": one.clause or "",
            "who": ", ".join(numbers[person] for person in one.people if person in numbers),
            "what": one.text(lang),
        }
        for one in week.conflicts
    ]
    print_table(rows, ["conflict", "clause", "who", "what"])
    gaps = [
        {
            "team": one.team,
            "on": one.on,
            "time": hours_text(part.starts_at, part.ends_at, zone),
            "post": part.post,
            "needed": part.required,
            "expected": part.expected,
            "present": part.present,
        }
        for one in week.coverage
        for part in one.gaps
    ]
    if gaps:
        print_table(gaps, ["team", "on", "time", "post", "needed", "expected", "present"])
