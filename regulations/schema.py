"""What a rulebook can hold: every parameter with its type, unit and meaning (catalogue section 4.3).

The declarations are data, in parameters.toml beside this module; the values are in presets/*.toml.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from regulations.values import Unit

DECLARATIONS = Path(__file__).resolve().parent / "parameters.toml"

CLAUSES_IN_SET: Mapping[str, int] = MappingProxyType(
    {f"A{i}": last for i, last in enumerate((32, 59, 10, 55, 14, 30, 13, 9, 7, 14), 1)}
    | {"B1": 33, "C2": 7, "C3": 10, "C4": 31, "D1": 13}
    | {f"E{i}": last for i, last in enumerate((64, 7, 28, 4, 18), 1)}
)
"""The regulation sets and how many clauses each has."""

OWN_SET = "S"
"""The set of clause ids (`S.12`) with which a site names its own regulations."""

_CLAUSE = re.compile(r"([A-Z](?:[1-9][0-9]?)?)\.([1-9][0-9]{0,2})[a-z]?")
IDENTIFIER = re.compile(r"[a-z][a-z0-9_-]{0,59}")

_UNITS: Mapping[str, tuple[Unit, ...]] = {
    "clock": (Unit.MINUTE, Unit.HOUR, Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK),
    "minute": (Unit.MINUTE, Unit.HOUR),
    "hour": (Unit.MINUTE, Unit.HOUR, Unit.CALENDAR_DAY, Unit.WORKING_DAY),
    "day": (Unit.CALENDAR_DAY, Unit.WEEK),
    "calendar_day": (Unit.HOUR, Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK),
    "working_day": (Unit.HOUR, Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.WEEK),
    "month": (Unit.CALENDAR_DAY, Unit.WEEK, Unit.MONTH),
}


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One declared parameter. `units` are the units of duration that it accepts, its own first."""

    key: str
    type: str
    zh: str
    en: str
    unit: str | None = None
    units: tuple[Unit, ...] = ()
    choices: tuple[str, ...] = ()
    minimum: Decimal = Decimal(0)
    maximum: Decimal | None = None
    positive: bool = False
    nonempty: bool = False
    overnight: bool = False  # of time windows: the last one may cross midnight
    columns: tuple[tuple[str, str], ...] = ()  # name and type; a type ending in "?" may be left out
    kinds: str = ""  # "callback", "contact" or "category" where a value may be stated for some kinds only

    @property
    def section(self) -> str:
        """The part of the key before the dot."""
        return self.key.partition(".")[0]

    def meaning(self, lang: str = "zh") -> str:
        """What the parameter says, in one line."""
        return self.en if lang == "en" else self.zh


def clause_problem(clause: object, *, own: bool = False) -> str | None:
    """Why `clause` is not the id of a clause, or None. `own` also admits the site's own set, `S.12`."""
    if not isinstance(clause, str) or not (found := _CLAUSE.fullmatch(clause)):
        return f"{clause!r} is not a clause id such as A6.28 or A2.1e"
    group, number = found.group(1), int(found.group(2))
    if group == OWN_SET and own:
        return None
    if group not in CLAUSES_IN_SET:
        return f"{clause}: there is no regulation set {group}"
    if number > CLAUSES_IN_SET[group]:
        return f"{clause}: set {group} has only {CLAUSES_IN_SET[group]} clauses"
    return None


def _specs() -> dict[str, ParameterSpec]:
    document = tomllib.loads(DECLARATIONS.read_text(encoding="utf-8"))
    specs = {}
    for section, declared in document.items():
        for name, d in declared.items():
            key, unit = f"{section}.{name}", d.get("unit")
            units = _UNITS[d.get("units", unit)] if d["type"] == "duration" else ()
            specs[key] = ParameterSpec(
                key=key,
                type=d["type"],
                zh=d["zh"],
                en=d["en"],
                unit=unit,
                units=tuple(sorted(units, key=lambda u: u.value != unit)),
                choices=tuple(d.get("choices", ())),
                minimum=Decimal(d.get("min", 0)),
                maximum=Decimal(d["max"]) if "max" in d else None,
                positive=d.get("positive", False),
                nonempty=d.get("nonempty", False),
                overnight=d.get("overnight", False),
                columns=tuple(d.get("columns", {}).items()),
                kinds=d.get("kinds", ""),
            )
    return specs


SPECS: Mapping[str, ParameterSpec] = MappingProxyType(_specs())
"""Every parameter by key, in the order of the declarations."""
