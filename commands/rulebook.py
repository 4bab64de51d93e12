"""`rulebook check|show|diff`: what the regulations say, where it comes from, and what is wrong with a file."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from commands.output import DONE, REFUSED_SOME, CommandError, print_json, print_table
from commands.phrase_text import by_category, record_fields
from commands.rulebook_text import difference_rows, preset_line, value_text
from regulations.completeness import HOURS, Gap, gaps
from regulations.names import name_of
from regulations.parameter import Parameter
from regulations.rulebook import Rulebook, RulebookError, check_file, diff, load_rulebook
from regulations.schema import SPECS
from regulations.values import ROLES, FlowCue, PhraseRule, PhraseTrigger
from regulations.verdict import Lang
from settings import get_settings

_MOST_BANNED = 40
"""Banned phrases that are listed one by one; more are counted by category."""


def register(commands: Any) -> None:
    """Adds `rulebook` with its three questions."""
    rulebook = commands.add_parser("rulebook", help="check, show and compare the regulations")
    actions = rulebook.add_subparsers(dest="action", required=True, metavar="check|show|diff")

    check = actions.add_parser("check", help="what is wrong with rulebook files, each over the base")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_check)

    show = actions.add_parser("show", help="value, status and clauses of the parameters")
    show.add_argument("key", nargs="?", metavar="KEY", help="a parameter or a section; all without it")
    show.add_argument("--rulebook", metavar="P[,Q…]", help="presets or files, merged left to right over base")
    show.add_argument(
        "--category", metavar="C", help="of phrases: every rule of this category, such as cold or greeting"
    )
    show.add_argument(
        "--completeness",
        action="store_true",
        help="instead: what the generic template (A7) asks an organisation to lay down, what attendance, leave, swaps,"
        " overtime and handover need besides, and what is missing",
    )
    show.add_argument("--lang", choices=("zh", "en"))
    show.add_argument("--json", action="store_true")
    show.set_defaults(run=_show)

    compare = actions.add_parser("diff", help="what the second states differently from the first")
    compare.add_argument(
        "before", metavar="A", help="presets or files separated by commas; base alone is base"
    )
    compare.add_argument("after", metavar="B")
    compare.add_argument("--lang", choices=("zh", "en"))
    compare.add_argument("--json", action="store_true")
    compare.set_defaults(run=_diff)


def rulebook_named(presets: str | None) -> Rulebook:
    """The rulebook of `--rulebook`, or of the settings. Raises CommandError when it cannot be used."""
    try:
        if presets is not None:
            return load_rulebook([p.strip() for p in presets.split(",") if p.strip()])
        settings = get_settings()
        return load_rulebook(settings.presets, settings.site_rulebook)
    except RulebookError as error:
        more = len(error.problems) - 1
        also = f" (and {more} more: rulebook check lists them)" if more else ""
        raise CommandError(f"{error.problems[0]}{also}") from None


def _check(arguments: argparse.Namespace) -> int:
    answers = []
    for file in arguments.files:
        problems = check_file(Path(file))
        answers.append((file, problems))
    if arguments.json:
        print_json(
            {
                "files": [
                    {
                        "file": file,
                        "accepted": not problems,
                        "problems": [{"file": p.file, "key": p.key, "reason": p.reason} for p in problems],
                    }
                    for file, problems in answers
                ]
            }
        )
    else:
        for file, problems in answers:
            print(f"{file}: {'refused' if problems else 'ok'}")
            for p in problems:
                print(f"  {p.key or p.file}: {p.reason}")
    return REFUSED_SOME if any(problems for _, problems in answers) else DONE


def _lang(arguments: argparse.Namespace) -> Lang:
    chosen: Lang = arguments.lang or get_settings().desk_language
    return chosen


def _show(arguments: argparse.Namespace) -> int:
    lang, book, key = _lang(arguments), rulebook_named(arguments.rulebook), arguments.key
    if arguments.completeness:
        if key is not None:
            raise CommandError(
                f"--completeness looks at the whole rulebook: leave out {key!r}, or leave out --completeness"
            )
        return _completeness(book, lang, as_json=arguments.json)
    wanted = [p for p in book.flat() if key is None or key in (p.key, p.key.partition("[")[0], _section(p))]
    if arguments.category is not None:
        wanted = _of_category(wanted, arguments.category, key)
    if not wanted and key in SPECS:  # a collection without records
        wanted = [book.parameter(key)]
    if not wanted:
        near = difflib.get_close_matches(key, [*SPECS, *{spec.section for spec in SPECS.values()}], 3, 0.5)
        raise CommandError(
            f"there is no parameter {key!r}" + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    if not arguments.json:
        _print(wanted, lang, is_one=key is not None and "[" in key, in_full=arguments.category is not None)
    elif arguments.category is not None:
        print_json({"version": book.version, "parameters": [_described(p, lang) for p in wanted]})
    elif key in SPECS:
        print_json(_one(book, key, lang))
    elif key is not None and len(wanted) == 1:
        print_json(_described(wanted[0], lang))
    else:
        print_json(
            {
                "version": book.version,
                "title": book.title(lang),
                "presets": list(book.preset_ids),
                "roles": {role: book.role_title(role, lang) for role in ROLES},
                "parameters": [_described(p, lang) for p in wanted],
            }
        )
    return DONE


def _of_category(found: list[Parameter], category: str, key: str | None) -> list[Parameter]:
    """The phrases of one category. Raises CommandError when there are none."""
    phrases = [p for p in found if isinstance(p.value, PhraseRule)]
    chosen = [p for p in phrases if p.value.category == category]
    if not chosen:
        known = ", ".join(sorted({p.value.category for p in phrases})) or "none"
        raise CommandError(
            f"no phrase of {key or 'the rulebook'} has the category {category!r}; there are {known}"
        )
    return chosen


def _print(found: list[Parameter], lang: Lang, *, is_one: bool, in_full: bool) -> None:
    """Rows; one record in all its fields; and of hundreds of banned phrases a row for each category."""
    first = found[0]
    if is_one and isinstance(first.value, PhraseRule | PhraseTrigger | FlowCue):
        rows = [(label, text) for label, text in record_fields(first.value, lang)]
        rows += [(column, _row(first, lang)[column]) for column in ("status", "clauses", "origin")]
        print_table([{"key": label, first.key: text} for label, text in rows], ("key", first.key))
        return
    banned = [p for p in found if p.key.startswith("phrase.banned[")]
    is_grouped = len(banned) > _MOST_BANNED and not in_full
    rest = [p for p in found if not (is_grouped and p in banned)] if is_grouped else found
    table = [_row(p, lang) for p in rest] + (by_category(banned, lang) if is_grouped else [])
    print_table(table, ("key", "value", "status", "clauses", "origin"))
    if is_grouped:
        print(
            "\nEach rule: rulebook show phrase.banned --category CODE; one of them: rulebook show 'phrase.banned[id]'"
            if lang == "en"
            else "\n逐条列出：rulebook show phrase.banned --category 代码；一条详情：rulebook show 'phrase.banned[id]'"
        )


_COMPLETENESS: dict[Lang, tuple[str, ...]] = {
    "zh": ("条款", "事项", "状态", "规定于", "缺什么"),
    "en": ("Clause", "Item", "State", "Laid down by", "What is missing"),
}


def _completeness(book: Rulebook, lang: Lang, *, as_json: bool) -> int:
    found, of_hours = gaps(book), gaps(book, HOURS)
    if as_json:
        print_json(
            {
                "version": book.version,
                "title": book.title(lang),
                "asked": len(found),
                "defined": sum(gap.is_defined for gap in found),
                "items": [_gap_described(gap, lang) for gap in found],
                "hours": [_gap_described(gap, lang) for gap in of_hours],
            }
        )
        return DONE
    for part in (found, of_hours):
        columns = _COMPLETENESS[lang]
        rows = [
            (
                gap.clause,
                gap.text(lang),
                name_of("completeness", gap.state, lang),
                " ".join(gap.by),
                gap.missing(lang),
            )
            for gap in part
        ]
        print_table([dict(zip(columns, row, strict=True)) for row in rows], columns)
        defined, asked = sum(gap.is_defined for gap in part), len(part)
        zh = (
            f"要求 {asked} 项，已规定 {defined} 项"
            if part is found
            else f"考勤与请假等 {asked} 项，已规定 {defined} 项"
        )
        print(f"\n{defined} of {asked} laid down\n" if lang == "en" else f"\n{zh}\n")
    return DONE


def _gap_described(gap: Gap, lang: Lang) -> dict[str, Any]:
    return {
        "clause": gap.clause,
        "item": gap.text(lang),
        "keys": gap.keys,
        "state": gap.state,
        "is_defined": gap.is_defined,
        "by": gap.by,
        "missing": gap.missing(lang),
    }


def _section(p: Parameter) -> str:
    return p.key.partition(".")[0]


def _one(book: Rulebook, key: str, lang: Lang) -> Mapping[str, Any]:
    kinds = {k: _described(book.parameter(key, k), lang) for k in book.kinds_of(key)}
    return {**_described(book.parameter(key), lang), **({"kinds": kinds} if kinds else {})}


def _described(p: Parameter, lang: Lang) -> dict[str, Any]:
    return {**p.as_json(), "meaning": SPECS[p.key.partition("[")[0]].meaning(lang)}


def _row(p: Parameter, lang: Lang) -> dict[str, str]:
    return {
        "key": p.key,
        "value": value_text(p, lang),
        "status": name_of("parameter_status", p.status, lang),
        "clauses": " ".join(p.clauses),
        "origin": p.origin,
    }


def _diff(arguments: argparse.Namespace) -> int:
    lang = _lang(arguments)
    before, after = rulebook_named(arguments.before), rulebook_named(arguments.after)
    found = diff(before, after)
    if arguments.json:
        print_json(
            {
                "before": before.version,
                "after": after.version,
                "differences": [
                    {
                        "key": d.key,
                        "before": d.before and d.before.as_json(),
                        "after": d.after and d.after.as_json(),
                    }
                    for d in found
                ],
            }
        )
    elif found:
        print(f"{preset_line(arguments.before, lang)} → {preset_line(arguments.after, lang)}\n")
        print_table(list(difference_rows(found, lang)), ("key", "what", "before", "after", "clauses"))
    else:
        print("no differences")
    return DONE
