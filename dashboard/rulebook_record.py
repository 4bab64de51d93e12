"""Between the fields of a form and the record of a phrase, a trigger or a flow cue as a file would write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, cast

from dashboard.rulebook_saving import written_lines
from dashboard.rulebook_words import categories_of
from regulations.book import Rulebook
from regulations.editing import Record, basis_of
from regulations.phrase_rules import write_flow_cue, write_phrase, write_trigger
from regulations.values import FlowCue, Nearby, PhraseRule, PhraseTrigger

LINES = ("texts", "patterns", "allow", "suggest")
CONDITIONS = ("only", "unless")
_WORDING = ("texts", "patterns", "allow", "only", "unless")
_CUE_WORDING = ("texts", "patterns", "unless", "spoken", "asked")


def phrase_fields(rule: PhraseRule | None, book: Rulebook, list_: str) -> dict[str, Any]:
    """What the fields of the form hold for a phrase, or for a new one of the list `required` or `banned`."""
    weight = book.decimal("qa.banned_weight" if list_ == "banned" else "qa.required_weight") or 0
    one = rule or PhraseRule("", "banned" if list_ == "banned" else "required", "", (), points=weight)  # type: ignore[arg-type]
    fields = {
        **{field: "\n".join(getattr(one, field)) for field in LINES},
        "id": "",
        "category": one.category or categories_of(book, list_)[0],
        "phase": one.phase,
        "channels": list(one.channels),
        "directions": list(one.directions),
        "contact_kinds": list(one.contact_kinds),
        "severity": one.severity,
        "points": float(one.points),
        "sure": one.is_sure,
        "by_sound": one.by_sound,
        "times": one.times,
        "condition": one.condition,
        "after": one.after,
        "match": one.match,
        "basis": "ours",
        "clause": "",
    }
    for field in CONDITIONS:
        for number, near in enumerate(getattr(one, field)):
            fields |= condition_fields(field, number, near)
    return fields


def condition_fields(field: str, number: int, near: Nearby | None) -> dict[str, Any]:
    """The fields of one condition of `only` or `unless`; of a new one as most of them are."""
    one = near or Nearby("before" if field == "unless" else "near", ())
    return {
        f"{field}:{number}:texts": "\n".join(one.texts),
        f"{field}:{number}:where": one.where,
        f"{field}:{number}:reach": one.reach,
        f"{field}:{number}:unit": one.unit,
        f"{field}:{number}:speaker": one.speaker,
    }


def _conditions(said: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """The conditions that were filled in; one without words is none."""
    numbers = sorted(int(key.split(":")[1]) for key in said if re.fullmatch(rf"{field}:\d+:texts", key))
    found = []
    for number in numbers:
        at = f"{field}:{number}:"
        if texts := written_lines(said[at + "texts"]):
            rest = {part: said[at + part] for part in ("where", "reach", "unit", "speaker")}
            found.append({**rest, "texts": texts})
    return found


def phrase_record(
    said: Mapping[str, Any], list_: str, rule: PhraseRule | None, taken: frozenset[str]
) -> dict[str, Any]:
    """What was filled in as a file would write it. Fields that the form does not show stay as they were.

    Wording that did not change keeps its status, unless a clause is named for it.
    """
    kept = {k: v for k, v in write_phrase(rule).items() if k != "kind"} if rule else {}
    record: dict[str, Any] = {
        **kept,
        "id": rule.id if rule else said["id"].strip() or _free_id(said["category"], taken),
        "category": said["category"],
        "phase": said["phase"],
        "channel": list(said["channels"]),
        "direction": list(said["directions"]),
        "contact_kind": list(said["contact_kinds"]),
        "severity": said["severity"],
        "match": said["match"],
        "points": said["points"],
        "sure": said["sure"],
        **{field: written_lines(said[field]) for field in LINES if field in said},
    }
    if list_ == "banned":
        record |= {"by_sound": said["by_sound"], "times": said["times"]}
        record |= {field: _conditions(said, field) for field in CONDITIONS}
    else:
        record |= {"condition": said["condition"]}
        record.pop("after", None)
        record |= {"after": said["after"]} if said["after"] else {}
    return _with_source(record, kept, said, rule, _WORDING)


def cue_fields(record: PhraseTrigger | FlowCue | None, list_: str) -> dict[str, Any]:
    """What the fields of the form hold for a trigger or a flow cue, or for a new one."""
    fields: dict[str, Any] = {
        "texts": "\n".join(record.texts) if record else "",
        "speaker": record.speaker if record else "customer" if list_ == "triggers" else "agent",
        "basis": "ours",
        "clause": "",
    }
    if list_ == "triggers":
        trigger = cast("PhraseTrigger | None", record)
        return fields | {
            "code": trigger.code if trigger else "",
            "unless": "\n".join(trigger.unless) if trigger else "",
            "asked": bool(trigger and trigger.also_asked),
        }
    cue = cast("FlowCue | None", record)
    return fields | {
        "step": cue.step if cue else "",
        "patterns": "\n".join(cue.patterns) if cue else "",
        "contact_kinds": list(cue.contact_kinds) if cue else [],
        "silent": bool(cue and not cue.is_spoken),
    }


def cue_record(
    said: Mapping[str, Any], list_: str, record: PhraseTrigger | FlowCue | None, taken: frozenset[str]
) -> dict[str, Any]:
    """What was filled in for a trigger or a flow cue, as a file would write it."""
    if list_ == "triggers":
        kept = write_trigger(record) if isinstance(record, PhraseTrigger) else {}
        found: dict[str, Any] = {
            "code": record.code if record else said["code"],
            "speaker": said["speaker"],
            "texts": written_lines(said["texts"]),
            "unless": written_lines(said["unless"]),
            **({"asked": True} if said["asked"] else {}),
        }
    else:
        kept = write_flow_cue(record) if isinstance(record, FlowCue) else {}
        found = {
            "code": record.code if record else _free_id("step", taken),
            "step": said["step"],
            "speaker": said["speaker"],
            "texts": [] if said["silent"] else written_lines(said["texts"]),
            "patterns": [] if said["silent"] else written_lines(said["patterns"]),
            "contact_kind": list(said["contact_kinds"]),
            "spoken": not said["silent"],
        }
    return _with_source(found, kept, said, record, _CUE_WORDING)


def _with_source(
    record: dict[str, Any],
    kept: Mapping[str, Any],
    said: Mapping[str, Any],
    before: Record | None,
    wording: tuple[str, ...],
) -> dict[str, Any]:
    basis = cast("Literal['kept', 'ours', 'clause']", said["basis"])
    is_same = before is not None and all((record.get(f) or []) == (kept.get(f) or []) for f in wording)
    if basis == "ours" and is_same:
        basis = "kept"
    named = said["clause"].strip()
    clauses, status = basis_of(before, basis, re.split(r"[\s,，、]+", named) if named else ())
    return {**record, "source": list(clauses), "status": status}


def _free_id(stem: str, taken: frozenset[str]) -> str:
    base = f"{stem.replace('_', '-')[:40]}-site"
    return next(f"{base}-{n}" for n in range(1, len(taken) + 2) if f"{base}-{n}" not in taken)
