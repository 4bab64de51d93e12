"""How `callbacks` answers: obligations with the next try, rates with their denominators, points, by whom and of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commands.output import print_table
from regulations.callback_course import Attempt
from regulations.callbacks import FLAGS, RATES, NextAttempt, Obligation, Rates, rates, shortfall
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang

_GROUPS = ("kind", "caller", "team")


@dataclass(frozen=True, slots=True)
class Answered:
    """One obligation with what was tried and when to try next. `groups`: its kind, caller and team, "" for unsaid."""

    owed: Obligation
    attempts: tuple[Attempt, ...]
    next: NextAttempt
    number: str
    groups: Mapping[str, str]


def answer_of(answered: Sequence[Answered], book: Rulebook, now: datetime, lang: Lang) -> dict[str, Any]:
    """The JSON document."""
    return {
        "now": now,
        "rulebook": book.version,
        "obligations": [_obligation(one, lang) for one in answered],
        "rates": {
            **_rates(_counts(answered, now), book, lang),
            "by": {
                by: {
                    code: _rates(_counts(group, now), book, lang, code if by == "kind" else None)
                    for code, group in _grouped(answered, by).items()
                }
                for by in _GROUPS
            },
        },
    }


def _obligation(one: Answered, lang: Lang) -> dict[str, Any]:
    owed, later = one.owed, one.next
    return {
        **({"number": one.number} if one.number else {}),
        "kind": owed.kind,
        "arisen_at": owed.arisen_at,
        "due_at": owed.due_at,
        "window": None if owed.window is None else {"start": owed.window[0], "end": owed.window[1]},
        "state": owed.state,
        "completed_at": owed.completed_at,
        "settled_at": owed.settled_at,
        "settled_reason": owed.settled_reason or None,
        "flags": owed.flags,
        "next_attempt": {
            "at": later.at,
            "reason": later.reason,
            "steps": [step.as_json(lang) for step in later.steps],
        },
        "clauses": owed.clauses,
        "steps": [step.as_json(lang) for step in owed.steps],
    }


def _counts(answered: Sequence[Answered], now: datetime) -> Rates:
    return rates([(one.owed, one.attempts) for one in answered], now)


def _grouped(answered: Sequence[Answered], by: str) -> dict[str, list[Answered]]:
    """The obligations of each group that was named, in the order of the codes; nothing where none was."""
    found: dict[str, list[Answered]] = {}
    for one in answered:
        found.setdefault(one.groups[by], []).append(one)
    return {} if set(found) <= {""} else dict(sorted(found.items()))


def _rates(counts: Rates, book: Rulebook, lang: Lang, kind: str | None = None) -> dict[str, Any]:
    of = {}
    for name in RATES:
        numerator, denominator = counts.rate(name)
        percent = counts.percent(name)
        shown = None if percent is None else round(float(percent), 2)
        of[name] = {"numerator": numerator, "denominator": denominator, "percent": shown}
    found = shortfall(counts.completed, counts.due, book, kind)
    is_any = bool(counts.due)
    return {
        **{name: getattr(counts, name) for name in ("due", *RATES, "settled")},
        "of": of,
        "target": found.target,
        "clauses": book.clauses("callback.target_rate"),
        "shortfall_points": found.points if is_any else None,
        "to_save_a_point": found.to_save,
        "steps": [step.as_json(lang) for step in found.steps] if is_any else [],
    }


_COLUMNS: dict[Lang, tuple[str, ...]] = {
    "zh": ("回访", "发生", "最迟", "状态", "完成", "下次拨打", "备注"),
    "en": ("Callback", "Arose", "Due", "State", "Completed", "Next try", "Remarks"),
}
_RATE_NAMES: dict[str, tuple[str, str]] = {
    "attempted": ("覆盖率（已拨打 / 应回访）", "Coverage (attempted / due)"),
    "connected": ("接通率（接通 / 已拨打）", "Connect rate (connected / attempted)"),
    "completed": ("回访率（完成 / 应回访）", "Callback rate (completed / due)"),
    "punctual": ("及时率（按时 / 应回访）", "Punctuality (on time / due)"),
    "satisfied": ("满意率（满意 / 完成）", "Satisfaction (satisfied / completed)"),
}
_SETTLED = ("终止未完成", "Ended, not made")


def print_answer(answered: Sequence[Answered], book: Rulebook, now: datetime, lang: Lang) -> None:
    """The table, the reasoning of each, the rates and the points."""
    en = lang == "en"
    print_table([_row(one, lang) for one in answered], _COLUMNS[lang])
    for one in answered:
        print(f"\n{name_of('callback_kind', one.owed.kind, lang)}")
        for step in (*one.owed.steps, *one.next.steps):
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))
    print()
    counts = _counts(answered, now)
    for name, names in _RATE_NAMES.items():
        numerator, denominator = counts.rate(name)
        percent = counts.percent(name)
        shown = "" if percent is None else f"  {float(percent):.2f} %"
        print(f"{names[en]}: {numerator} / {denominator}{shown}")
    if counts.settled:
        print(f"{_SETTLED[en]}: {counts.settled}")
    if counts.due:
        for step in shortfall(counts.completed, counts.due, book).steps:
            print(f"  {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))


def _row(one: Answered, lang: Lang) -> dict[str, Any]:
    owed, en = one.owed, lang == "en"
    cells = (
        name_of("callback_kind", owed.kind, lang),
        owed.arisen_at,
        owed.due_at,
        name_of("callback_state", owed.state, lang),
        owed.completed_at,
        one.next.at or name_of("next_attempt", one.next.reason, lang),
        ", ".join(FLAGS[flag][en] for flag in owed.flags),
    )
    return dict(zip(_COLUMNS[lang], cells, strict=True))
