"""From a TOML file to a layer of the rulebook. Everything wrong in a file is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from regulations.fields import provenance
from regulations.files import PRESETS, lexicon_records, parse, read_bytes
from regulations.layers import BASE, Entry, Layer, Problem, RulebookError, Slot
from regulations.phrase_rules import CONTACT_KINDS
from regulations.records import COLLECTIONS, Collection
from regulations.scalars import Refused, identifier, one_of, text
from regulations.schema import SPECS, ParameterSpec
from regulations.typed import read_value
from regulations.values import ROLES, Role, Status
from regulations.verdict import Lang

OTHERS = "*"
"""Among `kinds`: every other kind too, unless another file states something for it."""

_PRESET_KEYS = ("id", "title", "title_en", "extends", "set")
_ENTRY_KEYS = ("value", "unit", "source", "status", "state", "unless_stated", "kinds")
_STATES = ("value", "inherit", "off")


def shipped() -> tuple[str, ...]:
    """The ids of the presets that come with the desk, base apart."""
    return tuple(sorted(p.stem for p in PRESETS.glob("*.toml") if p.stem != BASE))


@lru_cache(maxsize=1)
def base_layer() -> Layer:
    """The defaults that every rulebook starts from."""
    path = PRESETS / f"{BASE}.toml"
    document = parse(path.name, read_bytes(path))
    document["phrase"]["banned"] = [*document["phrase"].get("banned", ()), *lexicon_records()]
    return _FileReader(path.name, BASE).read(document)[0]


@lru_cache(maxsize=64)
def preset_title(id_: str, lang: Lang) -> str:
    """What a preset that comes with the desk is called; the id itself for a file of the site."""
    if id_ not in (*shipped(), BASE):
        return id_
    path = PRESETS / f"{id_}.toml"
    layer, _extends = read_layer(path.name, read_bytes(path), id_)
    return layer.titles[0][lang == "en"]


@lru_cache(maxsize=64)
def read_layer(file: str, content: bytes, preset: str | None) -> tuple[Layer, str]:
    """The layer a file states, and the id of the preset that it extends.

    `preset` is the id a shipped preset must carry; None for a site's own file, which may have no
    `[preset]` table and may name clauses of its own regulations. Raises RulebookError with all problems.
    """
    return _FileReader(file, preset).read(parse(file, content))


class _FileReader:
    """Turns one parsed document into a layer, collecting the problems on the way."""

    def __init__(self, file: str, preset: str | None) -> None:
        self.file, self.preset, self.own = file, preset, preset is None
        self.problems: list[Problem] = []
        self.origin = preset or Path(file).stem

    def refuse(self, key: str, *reasons: str) -> None:
        self.problems += [Problem(self.file, key, reason) for reason in reasons]

    def read(self, document: dict[str, Any]) -> tuple[Layer, str]:
        extends, titles = self._header(document.pop("preset", None))
        roles = self._roles(document.pop("roles", {}))
        slots: dict[str, Slot] = {}
        records: dict[str, dict[str, Entry]] = {}
        for section, content in document.items():
            if not isinstance(content, dict):
                self.refuse(section, "parameters stand in tables: [section.key]")
                continue
            if not any(spec.section == section for spec in SPECS.values()):
                self.refuse(section, "unknown section")
                continue
            for name, raw in content.items():
                key = f"{section}.{name}"
                spec = SPECS.get(key)
                if spec is None:
                    self.refuse(key, "unknown parameter")
                elif key in COLLECTIONS:
                    records[key] = self._records(key, COLLECTIONS[key], raw)
                elif (slot := self._slot(spec, raw)) is not None:
                    slots[key] = slot
        if self.problems:
            raise RulebookError(tuple(self.problems))
        return Layer((self.origin,), titles, slots, records, roles), extends

    def _header(self, raw: object) -> tuple[str, tuple[tuple[str, str], ...]]:
        if raw is None:
            if self.preset is not None:
                self.refuse("preset", "a preset needs its [preset] table")
            return BASE, ()
        if not isinstance(raw, dict):
            self.refuse("preset", "[preset] must be a table")
            return BASE, ()
        self.refuse(
            "preset",
            *(
                f"unknown key {k!r}; known are {', '.join(_PRESET_KEYS)}"
                for k in raw
                if k not in _PRESET_KEYS
            ),
        )
        found: dict[str, str] = {}
        for name in _PRESET_KEYS:
            try:
                if name in raw:
                    found[name] = (
                        identifier(raw[name], name) if name in ("id", "extends") else text(raw[name], name)
                    )
                elif name in ("id", "title"):
                    self.refuse("preset", f"{name} is missing")
            except Refused as refused:
                self.refuse("preset", *refused.reasons)
        if self.preset is not None and found.get("id", self.preset) != self.preset:
            self.refuse("preset", f"id {found['id']!r} must be the name of the file, {self.preset!r}")
        self.origin = found.get("id", self.origin)
        extends = found.get("extends", BASE)
        if extends != BASE and extends not in shipped():
            self.refuse("preset", f"extends {extends!r}: there is no such preset")
        title = found.get("title", self.origin)
        return extends, ((title, found.get("title_en", title)),)

    def _roles(self, raw: object) -> dict[Role, Entry]:
        titles: dict[Role, Entry] = {}
        if not isinstance(raw, dict):
            self.refuse("roles", "role titles stand in tables: [roles.agent] zh = …, en = …")
            return titles
        for name, table in raw.items():
            key = f"roles.{name}"
            if name not in ROLES:
                self.refuse(key, f"unknown role; known are {', '.join(ROLES)}")
            elif not isinstance(table, dict):
                self.refuse(key, "must be a table with zh and en")
            else:
                try:
                    unknown = [k for k in table if k not in ("zh", "en", "unless_stated")]
                    if unknown:
                        raise Refused(f"unknown key {unknown[0]!r}")
                    zh = text(table.get("zh"), "zh", 40)
                    pair = (zh, text(table.get("en", zh), "en", 60))
                    yields = _yes(table.get("unless_stated", False), "unless_stated")
                    titles[name] = Entry(pair, "value", (), "stated", self.origin, yields=yields)
                except Refused as refused:
                    self.refuse(key, *refused.reasons)
        return titles

    def _slot(self, spec: ParameterSpec, raw: object) -> Slot | None:
        tables = raw if isinstance(raw, list) and spec.kinds else [raw]
        general: Entry | None = None
        by_kind: dict[str, Entry] = {}
        for table in tables:
            try:
                entry, kinds = self._entry(spec, table)
            except Refused as refused:
                self.refuse(spec.key, *refused.reasons)
                continue
            if entry is None:
                continue
            if not kinds or OTHERS in kinds:
                if general is not None:
                    self.refuse(spec.key, "stands twice for all kinds")
                general = replace(entry, yields=True) if kinds else entry
            for kind in (k for k in kinds if k != OTHERS):
                if kind in by_kind:
                    self.refuse(spec.key, f"stands twice for the kind {kind}")
                by_kind[kind] = entry
        return Slot(general, by_kind) if general is not None or by_kind else None

    def _entry(self, spec: ParameterSpec, raw: object) -> tuple[Entry | None, tuple[str, ...]]:
        if not isinstance(raw, dict):
            raise Refused(f"must be a table: [{spec.key}] with value, source and status")
        reasons = [
            f"unknown key {k!r}; known are {', '.join(_ENTRY_KEYS)}" for k in raw if k not in _ENTRY_KEYS
        ]
        clauses: tuple[str, ...] = ()
        status: Status = "product_choice"
        value = None

        def attempt(read: Any) -> Any:
            try:
                return read()
            except Refused as refused:
                reasons.extend(refused.reasons)
                return None

        state = attempt(lambda: one_of(raw.get("state", "value"), _STATES, "state"))
        yields = bool(attempt(lambda: _yes(raw.get("unless_stated", False), "unless_stated")))
        kinds = attempt(lambda: _kinds(spec, raw["kinds"]) if "kinds" in raw else ()) or ()
        if state == "value":
            if "value" in raw:
                value = attempt(lambda: read_value(spec, raw["value"], raw.get("unit")))
            else:
                reasons.append('value is missing; a parameter that does not apply is state = "off"')
            found = attempt(lambda: provenance(raw, own=self.own))
            clauses, status = found or ((), "product_choice")
        elif state is not None:
            reasons += [f"state {state!r} has no {k}" for k in ("value", "unit") if k in raw]
            if "source" in raw or "status" in raw:
                found = attempt(lambda: provenance(raw, own=self.own))
                clauses, status = found or ((), "product_choice")
        if reasons:
            raise Refused(*reasons)
        if state == "inherit":
            return None, ()
        kind_of: Literal["value", "off"] = "off" if state == "off" else "value"
        unit = raw.get("unit") if spec.type in ("duration", "tiers") else None
        return Entry(value, kind_of, clauses, status, self.origin, unit, yields), kinds

    def _records(self, key: str, collection: Collection, raw: object) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        if not isinstance(raw, list) or not all(isinstance(r, dict) for r in raw):
            self.refuse(key, f"is a list of records, each written as [[{key}]]")
            return entries
        for table in raw:
            name = collection.identity_of(table)
            where = f"{key}[{name}]"
            if name in entries:
                self.refuse(where, "stands twice in this file")
            try:
                entries[name] = self._record(collection, table)
            except Refused as refused:
                self.refuse(where, *refused.reasons)
        return entries

    def _record(self, collection: Collection, table: Mapping[str, Any]) -> Entry:
        fields = {k: v for k, v in table.items() if k not in ("state", "unless_stated")}
        state = one_of(table.get("state", "value"), ("value", "off"), "state")
        yields = _yes(table.get("unless_stated", False), "unless_stated")
        if yields and state != "off":
            raise Refused("only a record that is off may stand unless_stated")
        if state == "off":
            more = [k for k in fields if k not in (*collection.identity, "source", "status")]
            missing = [k for k in collection.identity if k not in fields]
            if more or missing:
                raise Refused(f"a record that is off has only {', '.join(collection.identity)}")
            clauses, status = (
                provenance(fields, own=self.own) if len(fields) > len(collection.identity) else ((), None)
            )
            return Entry(None, "off", clauses, status or "product_choice", self.origin, yields=yields)
        record = collection.read(fields, self.own)
        by_weight = "texts" in fields and "points" not in fields
        return Entry(record, "value", record.clauses, record.status, self.origin, by_weight=by_weight)


def _yes(raw: object, what: str) -> bool:
    if not isinstance(raw, bool):
        raise Refused(f"{what} must be true or false")
    return raw


def _kinds(spec: ParameterSpec, raw: object) -> tuple[str, ...]:
    if not spec.kinds:
        raise Refused("this parameter cannot be stated for single kinds")
    if not isinstance(raw, list) or not raw:
        raise Refused("kinds must be a list of kinds, not empty")
    if spec.kinds == "contact":
        return tuple(one_of(k, (*CONTACT_KINDS, OTHERS), "kinds") for k in raw)
    return tuple(k if k == OTHERS else identifier(k, "kinds") for k in raw)
