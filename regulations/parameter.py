"""One parameter as it stands in a rulebook, and how two rulebooks differ in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from regulations import storage
from regulations.layers import BASE, Entry
from regulations.schema import ParameterSpec
from regulations.values import STATUSES, Status


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as it stands: its value, the clauses it rests on, and the file it comes from.

    `value` is None when the parameter is off. `inherited` says that no preset and no site states it.
    """

    key: str
    type: str
    unit: str | None
    value: Any
    state: Literal["value", "off"]
    clauses: tuple[str, ...]
    status: Status
    origin: str
    inherited: bool

    def as_json(self) -> dict[str, Any]:
        """The shape of `rulebook show --json`."""
        return {
            "key": self.key,
            "type": self.type,
            "unit": self.unit,
            "state": self.state,
            "value": storage.written(self.value),
            "clauses": list(self.clauses),
            "status": self.status,
            "origin": self.origin,
            "inherited": self.inherited,
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """A parameter or record that two rulebooks state differently; None where one lacks it."""

    key: str
    before: Parameter | None
    after: Parameter | None


def parameter_of(spec: ParameterSpec, entry: Entry, key: str | None = None) -> Parameter:
    """An entry of a layer seen as a parameter."""
    return Parameter(
        key=key or spec.key,
        type=spec.type,
        unit=entry.unit or spec.unit,
        value=entry.value,
        state=entry.state,
        clauses=entry.clauses,
        status=entry.status,
        origin=entry.origin,
        inherited=entry.origin == BASE,
    )


def collected(spec: ParameterSpec, entries: Iterable[Entry]) -> Parameter:
    """A collection seen as one parameter: all clauses, the weakest status, the last file."""
    entries = list(entries)
    stated = [e.origin for e in entries if e.origin != BASE]
    return Parameter(
        key=spec.key,
        type=spec.type,
        unit=None,
        value=tuple(e.value for e in entries),
        state="value",
        clauses=tuple(dict.fromkeys(c for e in entries for c in e.clauses)),
        status=max((e.status for e in entries), key=STATUSES.index, default="product_choice"),
        origin=stated[-1] if stated else BASE,
        inherited=not stated,
    )
