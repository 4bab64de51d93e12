"""`search TEXT`: where something was said, and how often by month and team."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from commands.database import desk_session, moment
from commands.metrics import day
from commands.output import DONE, CommandError, print_json, print_table, say
from db import people, rulebooks, transcript_search
from db.metrics import Figure, quality_trends
from db.transcript_search import Search, SearchRefused
from quality.search_terms import places_of
from regulations.access import Scope
from regulations.names import NAMES, name_of
from regulations.verdict import Lang

LIMIT = 20
MONTHS = 13  # of the default period
_READER = Scope(None, "system", "qa")  # every team's words; the command line may read them all
_GROUPS = {"month": ("month",), "team": ("team",), "both": ("month", "team")}


def register(commands: Any) -> None:
    """Add `search`."""
    parser = commands.add_parser(
        "search",
        help="where something was said, and how often",
        description="The utterances with these characters in a row, the newest call first. Traditional and simplified"
        " characters, capitals, spaces and punctuation make no difference.",
    )
    parser.add_argument("text", metavar="TEXT", help="a word or a sentence")
    parser.add_argument(
        "--from", dest="from_on", type=day, metavar="D", help=f"first day (default: {MONTHS} months)"
    )
    parser.add_argument(
        "--to", dest="to_on", type=day, metavar="D", help="last day, included (default: today)"
    )
    parser.add_argument("--team", metavar="CODE", help="one team only")
    parser.add_argument("--agent", metavar="NUMBER", help="one agent's calls only")
    parser.add_argument("--speaker", choices=tuple(NAMES["speaker"]), help="who said it")
    parser.add_argument(
        "--kind", choices=tuple(NAMES["contact_kind"]), metavar="KIND", help="kind of contact"
    )
    parser.add_argument("--limit", type=int, default=LIMIT, metavar="N", help=f"how many to list ({LIMIT})")
    parser.add_argument(
        "--by", choices=tuple(_GROUPS), help="in how many calls it was said, by month, team or both"
    )
    parser.add_argument("--now", type=moment, metavar="ISO", help="today is the day of this instant")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="language of names")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search, and answer with what was found. Raises CommandError for what cannot be looked for."""
    if not 0 <= arguments.limit <= transcript_search.MOST_COUNTED:
        raise CommandError(f"--limit is 0 to {transcript_search.MOST_COUNTED}")
    now: datetime = arguments.now or datetime.now(UTC)
    with desk_session() as session:
        book = rulebooks.in_force(session)
        zone = ZoneInfo(book.text("calendar.timezone") or "UTC")
        wanted = _wanted(session, arguments, now.astimezone(zone).date())
        count = transcript_search.count_said(session, _READER, wanted)
        found = transcript_search.list_said(session, _READER, wanted, limit=arguments.limit)
        trend: quality_trends.Trend = []
        if arguments.by:
            by = _GROUPS[arguments.by]
            trend = quality_trends.phrase_trend(session, _READER, wanted, book, now, by, arguments.lang)
    document: dict[str, Any] = {
        "phrase": wanted.phrase.text,
        "from": wanted.from_on,
        "to": wanted.to_on,
        "utterances": count.utterances,
        "calls": count.calls,
        "more_than": transcript_search.MOST_COUNTED if count.utterances is None else None,
        "results": [
            {
                "call_id": said.call_id,
                "started_at": said.started_at.astimezone(zone),
                "speaker": said.speaker,
                "agent": said.agent_number,
                "agent_name": said.agent,
                "team": said.team,
                "kind": said.kind,
                "start": round(said.start_seconds, 2),
                "text": said.text,
                "places": [list(place) for place in places_of(wanted.phrase, said.text)],
            }
            for said in found
        ],
    }
    if arguments.by:
        names = _GROUPS[arguments.by]
        document["by"] = list(names)
        document["groups"] = [
            {**dict(zip(names, codes, strict=True)), **_numbers(one)} for codes, _names, one in trend
        ]
    if arguments.json:
        print_json(document)
    else:
        _print(document, arguments.lang)
    return DONE


def _wanted(session: Session, arguments: argparse.Namespace, today: date) -> Search:
    """What the arguments ask for. Raises CommandError for a team or agent that is none, and for no phrase."""
    to_on = arguments.to_on or max(today, arguments.from_on or today)
    months = to_on.year * 12 + to_on.month - MONTHS
    from_on = arguments.from_on or date(months // 12, months % 12 + 1, 1)
    if from_on > to_on:
        raise CommandError(f"--from {from_on} is after --to {to_on}")
    teams = {team.code: team.id for team in people.list_teams(session, _READER)}
    if arguments.team is not None and arguments.team not in teams:
        raise CommandError(
            f"there is no team {arguments.team!r}; there are: {', '.join(sorted(teams)) or 'none'}"
        )
    agents = {agent.number: agent.id for agent in people.list_agents(session, _READER, active_only=False)}
    if arguments.agent is not None and arguments.agent not in agents:
        raise CommandError(f"there is no agent {arguments.agent!r}")
    try:
        phrase = transcript_search.wanted_phrase(arguments.text)
    except SearchRefused as refused:
        raise CommandError(refused.text("en")) from None
    return Search(
        phrase, from_on, to_on, teams.get(arguments.team), agents.get(arguments.agent), arguments.speaker or "",
        arguments.kind or "",
    )  # fmt: skip


def _numbers(figure: Figure) -> dict[str, Any]:
    return {"numerator": figure.numerator, "denominator": figure.denominator, "value": figure.value}


def _print(document: dict[str, Any], lang: Lang) -> None:
    if document["utterances"] is None:
        say(f"more than {document['more_than']} utterances; narrow it with --from, --team or --agent")
    else:
        say(f"utterances: {document['utterances']}, in calls: {document['calls']}")
    rows = [
        {
            **row,
            "started_at": f"{row['started_at']:%Y-%m-%d %H:%M}",
            "speaker": name_of("speaker", row["speaker"], lang),
            "text": _bracketed(row["text"], row["places"]),
        }
        for row in document["results"]
    ]
    if rows:
        print_table(rows, ["call_id", "started_at", "agent_name", "speaker", "start", "text"])
    if document.get("groups"):
        print()
        print_table(document["groups"], [*document["by"], "numerator", "denominator", "value"])


def _bracketed(text: str, places: list[list[int]]) -> str:
    """The utterance on one line with the phrase in brackets."""
    for begin, end in reversed(places):
        text = f"{text[:begin]}【{text[begin:end]}】{text[end:]}"
    return " ".join(text.split())
