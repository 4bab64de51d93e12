"""A rulebook as JSON: for the database, for comparison, and for the hash that is its version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from regulations.layers import Entry, Layer, Problem, RulebookError, Slot
from regulations.records import COLLECTIONS
from regulations.scalars import Refused
from regulations.schema import SPECS
from regulations.typed import read_value, write_value
from regulations.values import (
    ROLES,
    CallbackCategory,
    Duration,
    FlowCue,
    PenaltyRule,
    PhraseRule,
    PhraseTrigger,
    Schedule,
)

_WRITERS = {
    CallbackCategory: COLLECTIONS["callback.categories"].write,
    PenaltyRule: COLLECTIONS["penalty.rules"].write,
    PhraseRule: COLLECTIONS["phrase.required"].write,
    PhraseTrigger: COLLECTIONS["phrase.triggers"].write,
    FlowCue: COLLECTIONS["phrase.flow"].write,
    Schedule: COLLECTIONS["meeting.list"].write,
}


def written(value: Any) -> Any:
    """The JSON form of a value or of the records of a collection."""
    if type(value) in _WRITERS:
        return _WRITERS[type(value)](value)
    if isinstance(value, tuple) and value and type(value[0]) in _WRITERS:
        return [written(record) for record in value]
    return write_value(value)


def content_of(layer: Layer, *, origins: bool = False) -> dict[str, Any]:
    """Everything that the layer states: values, states, units, clauses, statuses, records, role titles."""

    def noted(record: dict[str, Any], entry: Entry) -> dict[str, Any]:
        return {**record, "origin": entry.origin} if origins else record

    def entry_of(entry: Entry) -> dict[str, Any]:
        if entry.state == "off":
            stated: dict[str, Any] = {"state": "off"}
        else:
            value = written(entry.value)
            stated = {"value": value["value"] if isinstance(entry.value, Duration) else value}
            if entry.unit is not None:
                stated["unit"] = entry.unit
        return noted({**stated, "source": list(entry.clauses), "status": entry.status}, entry)

    return {
        "parameters": {k: entry_of(s.general) for k, s in layer.slots.items() if s.general},
        "by_kind": {
            k: {kind: entry_of(e) for kind, e in s.by_kind.items()}
            for k, s in layer.slots.items()
            if s.by_kind
        },
        "records": {
            k: [noted(written(e.value), e) for e in entries.values()] for k, entries in layer.records.items()
        },
        "roles": {r: noted({"zh": e.value[0], "en": e.value[1]}, e) for r, e in layer.roles.items()},
    }


def version_of(content: Mapping[str, Any]) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the content in its canonical form."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def record_of(layer: Layer, version: str) -> dict[str, Any]:
    """The complete record, with origins, preset ids and titles, which are not part of the version."""
    return {
        "version": version,
        "presets": list(layer.ids),
        "titles": [list(pair) for pair in layer.titles],
        **content_of(layer, origins=True),
    }


def layer_of(record: Mapping[str, Any]) -> tuple[Layer, str]:
    """The layer and the version that `record_of` wrote.

    Raises RulebookError when the record is not one, or its content does not have its version any more.
    """
    try:
        version = str(record["version"])
        stripped = {
            "parameters": {k: _bare(e) for k, e in record["parameters"].items()},
            "by_kind": {k: {n: _bare(e) for n, e in v.items()} for k, v in record["by_kind"].items()},
            "records": {k: [_bare(e) for e in v] for k, v in record["records"].items()},
            "roles": {k: _bare(e) for k, e in record["roles"].items()},
        }
        if version_of(stripped) != version:
            raise Refused("the record was altered: its content does not have this version")
        return _read(record), version
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        reason = str(error) if isinstance(error, Refused) else f"not a rulebook record ({error!r})"
        name = record.get("version", "record") if isinstance(record, Mapping) else "record"
        raise RulebookError((Problem(f"version {name}", "", reason),)) from None


def _bare(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k != "origin"}


def _read(record: Mapping[str, Any]) -> Layer:
    def entry_of(key: str, raw: Mapping[str, Any]) -> Entry:
        off, unit = raw.get("state") == "off", raw.get("unit")
        value = None if off else read_value(SPECS[key], raw["value"], unit)
        return Entry(
            value, "off" if off else "value", tuple(raw["source"]), raw["status"], raw["origin"], unit
        )

    slots = {k: Slot(entry_of(k, raw)) for k, raw in record["parameters"].items() if k in SPECS}
    for key, kinds in record["by_kind"].items():
        if key in slots:
            slots[key] = Slot(slots[key].general, {k: entry_of(key, raw) for k, raw in kinds.items()})
    records: dict[str, dict[str, Entry]] = {}
    for key, rows in record["records"].items():
        collection = COLLECTIONS[key]
        records.setdefault(key, {})
        for raw in rows:
            value = collection.read(_bare(raw), True)
            entry = Entry(value, "value", value.clauses, value.status, raw["origin"])
            records[key][collection.identity_of(raw)] = entry
    roles = {
        r: Entry((raw["zh"], raw["en"]), "value", (), "stated", raw["origin"])
        for r in ROLES
        if (raw := record["roles"].get(r))
    }
    titles = tuple((zh, en) for zh, en in record["titles"])
    return Layer(tuple(record["presets"]), titles, slots, records, roles)
