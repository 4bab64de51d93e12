"""Phrase rules, triggers and flow cues as `rulebook show` and `rulebook diff` print them, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from regulations.names import name_of
from regulations.parameter import Parameter
from regulations.values import FlowCue, Nearby, PhraseRule, PhraseTrigger
from regulations.verdict import Lang

Record = PhraseRule | PhraseTrigger | FlowCue
"""A record that has words."""

_SHOWN = 8  # wordings in one line; the record by itself shows all of them

_LABELS: Mapping[str, tuple[str, str]] = {
    "kind": ("类型", "Kind"),
    "category": ("类别", "Category"),
    "code": ("代码", "Code"),
    "step": ("步骤", "Step"),
    "is_spoken": ("有话可听", "Spoken"),
    "texts": ("说法", "Wordings"),
    "patterns": ("句式", "Patterns"),
    "allow": ("不算的说法", "Allowed"),
    "only": ("须另有", "Only with"),
    "unless": ("有则不算", "Not with"),
    "also_asked": ("问句也算", "Counts when asked"),
    "times": ("说几次才算", "Times"),
    "is_sure": ("可直接认定", "May be sure"),
    "by_sound": ("查同音", "Looked for by sound"),
    "condition": ("何时须说", "Owed when"),
    "after": ("须在其后", "Comes after"),
    "phase": ("阶段", "Phase"),
    "channels": ("渠道", "Channel"),
    "directions": ("方向", "Direction"),
    "contact_kinds": ("联系类型", "Kind of contact"),
    "speaker": ("说话人", "Speaker"),
    "match": ("比对方式", "Match"),
    "severity": ("程度", "Severity"),
    "points": ("扣分", "Points"),
    "needs_review": ("须人工复核", "Needs review"),
    "suggest": ("建议说法", "Say instead"),
}
_NAMED = {
    "kind": "phrase_kind",
    "category": "finding_category",
    "condition": "phrase_condition",
    "phase": "phrase_phase",
    "match": "phrase_match",
    "channels": "channel",
    "directions": "direction",
    "contact_kinds": "contact_kind",
    "speaker": "speaker",
    "severity": "inspection_severity",
    "step": "flow_step",
}
_BANNED_ONLY = ("allow", "only", "unless", "times", "is_sure", "by_sound", "suggest")


def record_fields(record: Record, lang: Lang) -> list[tuple[str, str]]:
    """Label and content of every field that says something, the words in full."""
    return [(_label(name, lang), _text(record, name, lang)) for name in _fields(record)]


def changed_fields(before: Record, after: Record, lang: Lang) -> list[tuple[str, str, str]]:
    """Label, content before and content after of every field in which two versions of a record differ."""
    names = [n for n in _LABELS if hasattr(after, n) and getattr(before, n) != getattr(after, n)]
    return [(_label(n, lang), _text(before, n, lang), _text(after, n, lang)) for n in names]


def in_one_line(record: Record, lang: Lang) -> str:
    """The record in short: what it is, its first wordings, and what else restricts it."""
    said = _some([*record.texts, *getattr(record, "patterns", ())], lang)
    match record:
        case PhraseTrigger():
            start = f"{name_of('phrase_condition', record.code, lang)}: {name_of('speaker', record.speaker, lang)}"
            more = [f"{_label('unless', lang)} {_some(record.unless, lang)}"] if record.unless else []
        case FlowCue():
            step = name_of("flow_step", record.step, lang)
            return f"{step}: {said}" if record.is_spoken else f"{step}: {_nothing_said(lang)}"
        case PhraseRule():
            start = name_of("finding_category", record.category, lang)
            names = [
                n
                for n in _fields(record)
                if n in ("condition", "phase", "only", "unless", "times", "is_sure")
            ]
            more = [f"{_label(n, lang)} {_text(record, n, lang)}" for n in names if _restricts(record, n)]
    return "; ".join([f"{start}: {said}", *more])


def by_category(rules: Iterable[Parameter], lang: Lang) -> list[dict[str, str]]:
    """A row for each category of phrase rules: rules, wordings and patterns in it, and how many may be sure."""
    groups: dict[str, list[Parameter]] = {}
    for p in rules:
        groups.setdefault(p.value.category, []).append(p)
    return [_group(category, found, lang) for category, found in sorted(groups.items())]


def _group(category: str, found: list[Parameter], lang: Lang) -> dict[str, str]:
    rules: list[PhraseRule] = [p.value for p in found]
    texts, patterns = sum(len(r.texts) for r in rules), sum(len(r.patterns) for r in rules)
    sure = sum(r.is_sure for r in rules)
    value = (
        f"{len(rules)} rules: {texts} wordings, {patterns} patterns; {sure} may be sure, {len(rules) - sure} only propose"
        if lang == "en"
        else f"{len(rules)} 条：{texts} 种说法，{patterns} 个句式；{sure} 条可直接认定，{len(rules) - sure} 条只提请复核"
    )
    key = found[0].key.partition("[")[0]
    return {
        "key": f"{key} {category} {name_of('finding_category', category, lang)}",
        "value": value,
        "status": ", ".join(dict.fromkeys(name_of("parameter_status", p.status, lang) for p in found)),
        "clauses": " ".join(dict.fromkeys(clause for p in found for clause in p.clauses)),
        "origin": " ".join(dict.fromkeys(p.origin for p in found)),
    }


def _label(name: str, lang: Lang) -> str:
    return _LABELS[name][1 if lang == "en" else 0]


def _fields(record: Record) -> list[str]:
    banned = isinstance(record, PhraseRule) and record.kind == "banned"
    return [
        name
        for name in _LABELS
        if hasattr(record, name)
        and getattr(record, name) not in ((), "")
        and not (isinstance(record, PhraseRule) and not banned and name in _BANNED_ONLY and name != "allow")
        and not (banned and name == "condition")
    ]


def _restricts(rule: PhraseRule, name: str) -> bool:
    """Whether the field says anything beyond what most rules say."""
    return getattr(rule, name) not in ("always", "any", 1, True)


def _text(record: Record, name: str, lang: Lang) -> str:
    value = getattr(record, name)
    if name in _NAMED:
        codes = value if isinstance(value, tuple) else (value,)
        return ", ".join(name_of(_NAMED[name], code, lang) for code in codes) or "-"
    if isinstance(value, bool):
        return ("yes" if value else "no") if lang == "en" else ("是" if value else "否")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, tuple):
        return " / ".join(_nearby(v, lang) if isinstance(v, Nearby) else str(v) for v in value) or "-"
    return str(value)


def _nearby(near: Nearby, lang: Lang) -> str:
    where, unit = name_of("nearby_where", near.where, lang), name_of("nearby_unit", near.unit, lang)
    who, words = name_of("speaker", near.speaker, lang), ", ".join(near.texts)
    if near.unit == "turns" and near.reach == 0:
        within = "the same turn" if lang == "en" else "同一轮话"
    else:
        within = f"{near.reach} {unit}"
    return (
        f"{who}, {where.lower()}, {within}: {words}" if lang == "en" else f"{who}{where} {within}内：{words}"
    )


def _some(words: Iterable[str], lang: Lang) -> str:
    said = list(words)
    more = len(said) - _SHOWN
    shown = " / ".join(said[:_SHOWN])
    return f"{shown} (+{more})" if more > 0 else shown or _nothing_said(lang)


def _nothing_said(lang: Lang) -> str:
    return "no words" if lang == "en" else "没有话可听"
