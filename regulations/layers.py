"""What one file of a rulebook states, and how two files merge.

Merging is a right-biased union: a later file wins, a file that says nothing about a key (or `inherit`)
changes nothing. An `off` marked `unless_stated` only fills a gap: it never undoes what another file
states, before or after it. Merging is therefore associative, whatever the number of files.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal, TypeVar

from regulations.values import PhraseRule, Role, Status

BASE = "base"
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file: where, under which key, and why."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


class RulebookError(ValueError):
    """Rulebook files that cannot be used. `problems` are all of them; str() is one line each."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Entry:
    """A value, or off, with where it comes from. `yields`: it gives way to any other file's entry."""

    value: Any
    state: Literal["value", "off"]
    clauses: tuple[str, ...]
    status: Status
    origin: str
    unit: str | None = None  # of a duration or of tiers, which may have more than one
    yields: bool = False
    by_weight: bool = False  # a phrase rule without points of its own takes the weight of qa.*_weight


@dataclass(frozen=True, slots=True)
class Slot:
    """What a file states about one parameter: for all kinds, and for some kinds of contact only."""

    general: Entry | None = None
    by_kind: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one file, or several merged, states. Absent keys are inherited."""

    ids: tuple[str, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    slots: Mapping[str, Slot] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)  # collection -> identity
    roles: Mapping[Role, Entry] = field(default_factory=dict)  # value: (zh, en)


def later(one: Entry | None, two: Entry | None) -> Entry | None:
    """The entry that stands when `two` comes after `one`."""
    if two is None or (two.yields and one is not None):
        return one
    return two


def merge_slots(one: Slot, two: Slot) -> Slot:
    """`two` over `one`. A general entry that does not yield replaces the entries for single kinds too."""
    if two.general is not None and not two.general.yields:
        return two
    return Slot(later(one.general, two.general), _union(one.by_kind, two.by_kind))


def merge(one: Layer, two: Layer) -> Layer:
    """`two` over `one`."""
    slots = dict(one.slots)
    for key, slot in two.slots.items():
        slots[key] = merge_slots(slots[key], slot) if key in slots else slot
    records = {k: dict(v) for k, v in one.records.items()}
    for key, entries in two.records.items():
        records[key] = _union(records.get(key, {}), entries)
    return Layer(
        tuple(dict.fromkeys([*one.ids, *two.ids])),
        tuple(dict.fromkeys([*one.titles, *two.titles])),
        slots,
        records,
        _union(one.roles, two.roles),
    )


def over_base(base: Layer, stated: Layer) -> Layer:
    """What the presets state over the base, where even a yielding entry replaces the default."""
    slots = {k: Slot(_firm(s.general), _firm_all(s.by_kind)) for k, s in stated.slots.items()}
    records = {k: _firm_all(v) for k, v in stated.records.items()}
    return merge(base, Layer(stated.ids, stated.titles, slots, records, _firm_all(stated.roles)))


def resolved(layer: Layer) -> Layer:
    """The layer as it applies: records that are off are gone, phrases have their points, all in order."""
    weights = {
        kind: slot.general.value
        for kind in ("required", "banned")
        if (slot := layer.slots.get(f"qa.{kind}_weight")) and slot.general
    }

    def weighted(entry: Entry) -> Entry:
        if not entry.by_weight or not isinstance(entry.value, PhraseRule):
            return entry
        points = weights.get("banned" if entry.value.kind == "banned" else "required")
        return replace(entry, value=replace(entry.value, points=points or Decimal(0)), by_weight=False)

    return replace(
        layer,
        slots={
            k: Slot(s.general, {kind: s.by_kind[kind] for kind in sorted(s.by_kind)})
            for k, s in sorted(layer.slots.items())
        },
        records={
            k: {name: weighted(e) for name, e in sorted(entries.items()) if e.state == "value"}
            for k, entries in sorted(layer.records.items())
        },
    )


def _firm(entry: Entry | None) -> Entry | None:
    return entry if entry is None else replace(entry, yields=False)


def _firm_all(entries: Mapping[K, Entry]) -> dict[K, Entry]:
    return {k: replace(e, yields=False) for k, e in entries.items()}


def _union(one: Mapping[K, Entry], two: Mapping[K, Entry]) -> dict[K, Entry]:
    union = dict(one)
    for key, entry in two.items():
        union[key] = later(union.get(key), entry) or entry
    return union


def sets_stated(layer: Layer) -> frozenset[str]:
    """The sets of regulations (A1, E3 …) whose clauses the files beside the base name."""
    slots = [one for slot in layer.slots.values() for one in (slot.general, *slot.by_kind.values()) if one]
    records = [entry for kept in layer.records.values() for entry in kept.values()]
    stated = [entry for entry in (*slots, *records) if entry.origin != BASE]
    return frozenset(clause.partition(".")[0] for entry in stated for clause in entry.clauses)
