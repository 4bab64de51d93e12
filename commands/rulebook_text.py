"""Values of a rulebook in one line for people, in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from commands.phrase_text import changed_fields, in_one_line
from regulations.code_words import code_words
from regulations.loading import preset_title
from regulations.names import name_of
from regulations.parameter import Difference, Parameter
from regulations.schema import SPECS
from regulations.value_words import RECORDS, plain_words, record_words
from regulations.values import (
    Duration,
    FlowCue,
    PenaltyRule,
    PhraseRule,
    PhraseTrigger,
    Schedule,
    Tier,
)
from regulations.verdict import Lang


def value_text(p: Parameter, lang: Lang) -> str:
    """The value in one line for people."""
    if p.state == "off":
        return "off" if lang == "en" else "不适用"
    if isinstance(p.value, Duration):
        return p.value.text(lang)
    if isinstance(p.value, bool):
        return ("yes" if p.value else "no") if lang == "en" else ("是" if p.value else "否")
    if p.type in ("role", "roles"):
        roles = [p.value] if p.type == "role" else p.value
        return ", ".join(_beside(role, name_of("role", role, lang)) for role in roles)
    shown = _short(p.value, p.key.partition("[")[0], lang)
    return f"{shown} {p.unit}" if p.unit and p.type != "list" else shown


def _short(value: Any, key: str, lang: Lang) -> str:
    """A value or a record without what the other columns say; codes with their names before them."""
    if isinstance(value, RECORDS):
        return record_words(value, key, lang)
    match value:
        case Tier():
            edge = "" if value.upto is None else f"{'≤' if value.inclusive else '<'} {value.upto:f} "
            return f"{edge or '> '}{name_of('role', value.role, lang)}"
        case PhraseRule() | PhraseTrigger() | FlowCue():
            return in_one_line(value, lang)
        case Decimal():
            return f"{value:f}"
        case str():
            return _beside(value, code_words(key, value, lang))
        case tuple():
            return ", ".join(_short(v, key, lang) for v in value)
        case _:
            return plain_words(value, key, lang)


def _beside(code: str, word: str) -> str:
    """A word with its code, where that says something else."""
    return word if word.lower() == code.lower() else f"{word} ({code})"


def preset_line(presets: str, lang: Lang) -> str:
    """The presets and files of an argument with their titles beside them."""
    ids = [id_.strip() for id_ in presets.split(",") if id_.strip()]
    return ", ".join(_beside(id_, preset_title(id_, lang)) for id_ in ids)


def meaning_of(d: Difference, lang: Lang) -> str:
    """What a difference is about, in words: the parameter's meaning with the kind, or the record's name."""
    key, _bracket, part = d.key.partition("[")
    found = d.after or d.before
    value = found.value if found else None
    match value:
        case PhraseRule():
            return f"{(*value.texts, value.id)[0]}: {name_of('finding_category', value.category, lang)}"
        case PhraseTrigger():
            return name_of("phrase_condition", value.code, lang)
        case FlowCue():
            return name_of("flow_step", value.step, lang)
        case PenaltyRule() | Schedule():
            return value.title_en if lang == "en" else value.title
    kind = name_of("contact_kind", name := part.rstrip("]"), lang) if part else ""
    if kind and kind == name:
        kind = name_of("callback_kind", name, lang)
    meaning = SPECS[key].meaning(lang)
    return f"{meaning} ({kind})" if kind else meaning


def difference_rows(found: Iterable[Difference], lang: Lang) -> Iterable[dict[str, str]]:
    """A row for each difference; of a phrase, trigger or cue that both have, one for each field that changed."""
    for d in found:
        stated, what = d.after or d.before, meaning_of(d, lang)
        clauses = " ".join(stated.clauses) if stated else ""
        one, two = (p.value if p else None for p in (d.before, d.after))
        if isinstance(one, PhraseRule | PhraseTrigger | FlowCue) and isinstance(two, type(one)):
            for label, before, after in changed_fields(one, two, lang):
                yield {
                    "key": f"{d.key} {label}", "what": what, "before": before, "after": after, "clauses": clauses,
                }  # fmt: skip
            if _origin_of(d.before, lang) == _origin_of(d.after, lang):
                continue
            yield {
                "key": d.key,
                "what": what,
                "before": _origin_of(d.before, lang),
                "after": _origin_of(d.after, lang),
                "clauses": clauses,
            }
            continue
        before, after = (value_text(p, lang) if p else "-" for p in (d.before, d.after))
        if before == after:  # the same, but for another reason
            before, after = (
                f"{said} [{_origin_of(p, lang)}]" for said, p in ((before, d.before), (after, d.after))
            )
        yield {"key": d.key, "what": what, "before": before, "after": after, "clauses": clauses}


def _origin_of(p: Parameter | None, lang: Lang) -> str:
    return f"{' '.join(p.clauses)} {name_of('parameter_status', p.status, lang)}".strip() if p else "-"
