"""`sample`: the month's sample, drawn, topped up or shown, every call with its probability."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy.orm import Session

from commands.database import desk_session
from commands.output import DONE, CommandError, print_json, print_table
from commands.reading import chosen_lang, chosen_now
from db import rulebooks, sample_reads, samples
from db.models import Sample, SampleCall
from db.refusals import Refused
from db.samples import Settings
from quality.sampling import Taken
from regulations.access import SYSTEM, Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang
from regulations.work_calendar import WorkCalendar

_EVERYBODY = Scope(
    SYSTEM.user_id, SYSTEM.actor, "manager"
)  # the command line sees every team, as a manager does


def register(commands: Any) -> None:
    """Adds `sample`."""
    parser = commands.add_parser(
        "sample",
        help="the month's sample of calls for review: draw it, top it up, show it",
        description="Draws the month's sample where there is none yet, else shows it: call, stratum, probability, reason.",
    )
    parser.add_argument("--month", type=month, required=True, metavar="M", help="such as 2026-11")
    parser.add_argument("--seed", metavar="S", help="draw with this seed (default: a new random one)")
    parser.add_argument(
        "--top-up",
        action="store_true",
        help="draw from the calls that came since, and more where the share is raised",
    )
    parser.add_argument(
        "--percent", type=percent, metavar="P", help="share of the calls instead of the rulebook's"
    )
    parser.add_argument(
        "--minimum", type=count, metavar="N", help="fewest calls of each agent and channel instead"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be drawn, store nothing")
    parser.add_argument("--now", metavar="ISO", help="the calls begun by this instant instead of now")
    parser.add_argument("--lang", choices=["zh", "en"], help="language of the explanations")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    parser.set_defaults(run=run)


def month(text: str) -> date:
    """The first day of a month written like 2026-11. Raises ArgumentTypeError."""
    try:
        return datetime.strptime(text, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month; write it like 2026-11") from None


def percent(text: str) -> float:
    """A share of 0 to 100. Raises ArgumentTypeError."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is no share from 0 to 100")
    return value


def count(text: str) -> int:
    """A number of calls from 0 on. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of calls")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Answers with the sample as it stands then. Raises CommandError where none can be drawn or the seed is another."""
    lang, now = chosen_lang(arguments), chosen_now(arguments)
    with desk_session() as session:
        book = rulebooks.in_force(session)
        try:
            sample, is_changed = _sample(session, arguments, book, now)
        except Refused as error:
            raise CommandError(error.text("en")) from None
        document = _document(session, sample, WorkCalendar.from_rulebook(book).timezone, lang)
        document["stored"] = not arguments.dry_run
        if arguments.dry_run and is_changed:
            session.rollback()
    if arguments.json:
        print_json(document)
    else:
        _print(document, lang)
    return DONE


def _sample(
    session: Session, arguments: argparse.Namespace, book: Rulebook, now: datetime
) -> tuple[Sample, bool]:
    settings = Settings.of(book)
    if arguments.percent is not None:
        settings = replace(settings, percent=arguments.percent)
    if arguments.minimum is not None:
        settings = replace(settings, minimum=arguments.minimum)
    known = samples.get_sample(session, _EVERYBODY, arguments.month)
    if known is not None and arguments.seed is not None and arguments.seed.strip() != known.seed:
        raise CommandError(
            f"--seed: the sample of {arguments.month:%Y-%m} was drawn with another seed, which stays"
        )
    asked: dict[str, Any] = {"book": book, "now": now, "settings": settings}
    if arguments.top_up:
        return samples.top_up(session, _EVERYBODY, arguments.month, **asked), True
    if known is None:
        seed = arguments.seed
        return samples.draw_month(session, _EVERYBODY, arguments.month, seed=seed, **asked), True
    return known, False


def _document(session: Session, sample: Sample, zone: tzinfo, lang: Lang) -> dict[str, Any]:
    waves = samples.waves_of(sample)
    drawn = samples.list_drawn(session, _EVERYBODY, sample.month)
    return {
        "month": f"{sample.month:%Y-%m}",
        "seed": sample.seed,
        "draws": [
            {
                "draw": one.ordinal,
                "drawn_at": one.drawn_at.astimezone(zone),
                "drawn_by": one.drawn_by,
                "rulebook": one.rulebook_version,
                **one.settings,
            }
            for one in sample.draws
        ],
        "calls": sum(wave.calls for wave in waves),
        "drawn": len(drawn),
        "blind": sum(one.is_blind for one in drawn),
        "strata": [_wave(wave) for wave in waves],
        "sample": [_call(session, one, waves, zone, lang) for one in drawn],
    }


def _wave(wave: Taken) -> dict[str, Any]:
    agent, _, channel = wave.stratum.partition("|")
    return {"agent": agent, "channel": channel, **wave.as_record()}


def _call(
    session: Session, one: SampleCall, waves: Sequence[Taken], zone: tzinfo, lang: Lang
) -> dict[str, Any]:
    return {
        "call": one.call.call_id,
        "agent": one.call.agent.number,
        "team": one.call.team.code,
        "started_at": one.call.started_at.astimezone(zone),
        "stratum": one.stratum,
        "wave": one.wave,
        "number": one.number,
        "weight": one.weight,
        "probability": one.probability,
        "reason": one.reason,
        "is_blind": one.is_blind,
        "steps": [step.as_json(lang) for step in sample_reads.explain(session, _EVERYBODY, one, waves)],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("通话", "员工", "渠道", "时间", "权重", "机会", "原因", "盲审"),
    "en": ("Call", "Agent", "Channel", "Began", "Weight", "Probability", "Reason", "Blind"),
}


def _print(document: dict[str, Any], lang: Lang) -> None:
    zh = (
        "{month}：{calls} 通中抽 {drawn} 通，其中盲审 {blind} 通；种子 {seed}"
        "；{n} 次抽样" + ("" if document["stored"] else "（试抽，未保存）")
    )  # fmt: skip
    en = (
        "{month}: {drawn} of {calls} calls drawn, {blind} of them blind; seed {seed}; {n} draws"
        + ("" if document["stored"] else " (tried, nothing stored)")
    )  # fmt: skip
    print((en if lang == "en" else zh).format(n=len(document["draws"]), **document))
    columns = _COLUMNS[lang]
    rows = []
    for one in document["sample"]:
        channel = name_of("channel", one["stratum"].partition("|")[2], lang)
        chance = f"{one['probability']:.1%}"
        blind = "✓" if one["is_blind"] else ""
        began = f"{one['started_at']:%Y-%m-%d %H:%M}"
        reason = name_of("sample_reason", one["reason"], lang)
        cells = (
            one["call"], one["agent"], channel, began, f"{one['weight']:g}", chance, reason, blind,
        )  # fmt: skip
        rows.append(dict(zip(columns, cells, strict=True)))
    print_table(rows, columns)
