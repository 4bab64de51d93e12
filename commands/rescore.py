"""`rescore`: past calls judged again without transcribing: the findings that come and go."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from commands.database import desk_session, plain_errors
from commands.output import DONE, CommandError, print_json, print_table, say
from commands.reading import add_rule_arguments, chosen_lang, chosen_now, chosen_rulebook
from db import rulebooks
from db.engine import session_scope, sqlite_file
from regulations.access import SYSTEM
from regulations.names import name_of
from regulations.verdict import Lang
from settings import get_settings

SHOWN_CALLS = 30  # in the table; --json has all
_MANY = 400  # calls from which a second process is worth its start


def register(commands: Any) -> None:
    """Add `rescore`."""
    parser = commands.add_parser(
        "rescore",
        help="judge past calls again, without transcribing them again",
        description="With --dry-run: what another rulebook would find in the past calls and what it would not, stored"
        " nowhere. Without: calls that were judged by an earlier version of the desk, or under another rulebook than the"
        " one in force on their day, are judged again; the old inspections stay, and so do people's decisions.",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    parser.add_argument("--since", metavar="D", type=_day, help="calls from this local day on (default: all)")
    parser.add_argument("--until", metavar="D", type=_day, help="calls to this local day; with --dry-run")
    add_rule_arguments(parser)
    parser.set_defaults(run=run)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day such as 2026-10-01") from None


def run(arguments: argparse.Namespace) -> int:
    """Compare or judge again. Raises CommandError for a rulebook that is to be applied without being published."""
    from jobs.rescoring import Comparison, compare, rescore  # late: it brings the inspection

    lang, now = chosen_lang(arguments), chosen_now(arguments)
    if not arguments.dry_run:
        if arguments.rulebook is not None:
            raise CommandError(
                "rescore --rulebook needs --dry-run: another rulebook takes effect by being published from a date,"
                " never on calls before it"
            )
        if arguments.until is not None:
            raise CommandError("rescore --until needs --dry-run")
    progress = _Progress()
    with desk_session() as session:
        if arguments.dry_run:
            chosen = arguments.rulebook is not None
            book = chosen_rulebook(arguments) if chosen else rulebooks.in_force(session)
            result: Comparison = compare(
                session,
                SYSTEM,
                book,
                since=arguments.since,
                until=arguments.until,
                on_progress=progress,
                processes=_processes(session),
                url=get_settings().database,
            )
        else:
            book = rulebooks.in_force(session)
    if not arguments.dry_run:
        url = get_settings().database
        with plain_errors():
            result = rescore(
                lambda: session_scope(url), SYSTEM, since=arguments.since, now=now, on_progress=progress
            )
    if arguments.json:
        print_json(_as_json(result, book.version, dry_run=arguments.dry_run))
    else:
        _print(result, lang, dry_run=arguments.dry_run)
    return DONE


def _processes(session: Any) -> int:
    from db.rescoring import count_judged
    from jobs.cores import usable_cores

    url = get_settings().database
    is_in_memory = url.startswith("sqlite") and sqlite_file(url) is None
    return 1 if is_in_memory or count_judged(session, SYSTEM) < _MANY else usable_cores()


def _as_json(result: Any, version: str, *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "rulebook": version,
        "calls": result.calls,
        "changed": len(result.changed),
        "gained": [{"call_id": c.call_id, **f} for c in result.changed for f in c.gained],
        "lost": [{"call_id": c.call_id, **f} for c in result.changed for f in c.lost],
        "by_rule": [
            {"rule": r.rule, "category": r.category, "gained": r.gained, "lost": r.lost}
            for r in result.by_rule
        ],
        "scores": [
            {"call_id": c.call_id, "before": c.score_before, "after": c.score_after} for c in result.changed
        ],
        "seconds": round(result.seconds, 2),
    }


def _print(result: Any, lang: Lang, *, dry_run: bool) -> None:
    zh = lang == "zh"
    would = ("将" if dry_run else "已") if zh else ("would change" if dry_run else "changed")
    if zh:
        print(
            f"{result.calls} 通通话重新判断，{len(result.changed)} 通{would}有变化：多出 {result.gained} 条，少了 {result.lost} 条"
            f"（{result.seconds:.1f} 秒）"
        )
    else:
        print(
            f"calls judged again: {result.calls}, {would}: {len(result.changed)}; findings that come: {result.gained},"
            f" that go: {result.lost} ({result.seconds:.1f} s)"
        )
    if not result.changed:
        return
    print_table(
        [
            {
                "规则" if zh else "rule": r.rule,
                "类别" if zh else "category": name_of("finding_category", r.category, lang),
                "多出" if zh else "come": r.gained,
                "少了" if zh else "go": r.lost,
            }
            for r in result.by_rule
        ],
        ["规则", "类别", "多出", "少了"] if zh else ["rule", "category", "come", "go"],
    )
    print()
    columns = ["通话", "日期", "机器评分", "发现"] if zh else ["call", "day", "machine score", "findings"]
    print_table(
        [
            dict(
                zip(
                    columns,
                    (
                        c.call_id,
                        c.started_on.isoformat(),
                        f"{float(c.score_before):g} → {float(c.score_after):g}",
                        " ".join(
                            [
                                *(f"+{_words(f, lang)}" for f in c.gained),
                                *(f"−{_words(f, lang)}" for f in c.lost),
                            ]
                        ),
                    ),
                    strict=True,
                )
            )
            for c in result.changed[:SHOWN_CALLS]
        ],
        columns,
    )
    if (more := len(result.changed) - SHOWN_CALLS) > 0:
        say(f"还有 {more} 通，见 --json" if zh else f"{more} more calls: see --json")


def _words(finding: dict[str, Any], lang: Lang) -> str:
    space, opens, closes = ("", "（", "）") if lang == "zh" else (" ", " (", ")")
    quote = f"{space}“{finding['quote']}”" if finding["quote"] else ""
    verdict = name_of("finding_verdict", finding["verdict"], lang)
    return f"{name_of('finding_category', finding['category'], lang)}{quote}{opens}{verdict}{closes}"


class _Progress:
    """Says every tenth of the way on stderr."""

    def __init__(self) -> None:
        self._said = -1

    def __call__(self, done: int, total: int) -> None:
        tenth = 10 if not total else done * 10 // total
        if tenth > self._said and total:
            self._said = tenth
            say(f"{done} / {total}")
