"""A complete rulebook and the typed questions it answers. `regulations.rulebook` loads one.

It never changes: what was decided under it names its `version`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from regulations import storage
from regulations.layers import BASE, Layer, sets_stated
from regulations.loading import base_layer
from regulations.names import name_of
from regulations.parameter import Parameter, collected, parameter_of
from regulations.records import COLLECTIONS
from regulations.schema import SPECS
from regulations.values import (
    CallbackCategory,
    Duration,
    FlowCue,
    PenaltyRule,
    PhraseRule,
    PhraseTrigger,
    Role,
    Schedule,
    ShiftDefinition,
    Status,
    Tier,
    TimeWindow,
)
from regulations.verdict import Lang


class Rulebook:
    """A complete, immutable set of parameters and phrase rules. Made by `load_rulebook`."""

    def __init__(self, layer: Layer, version: str | None = None) -> None:
        self._layer = layer
        defaults = base_layer().slots
        # A stored rulebook older than a collection takes the base's, as it does with a parameter.
        self._records = {**base_layer().records, **layer.records}
        self.preset_ids: tuple[str, ...] = tuple(i for i in layer.ids if i != BASE)
        self.own_sets: frozenset[str] = sets_stated(layer)
        self._parameters: dict[str, Parameter] = {}
        self._by_kind: dict[str, dict[str, Parameter]] = {}
        for key, spec in SPECS.items():
            if key in COLLECTIONS:
                self._parameters[key] = collected(spec, self._records.get(key, {}).values())
                continue
            slot = layer.slots.get(key) or defaults[key]
            general = slot.general or defaults[key].general
            assert (
                general is not None
            )  # the base states every parameter for all kinds; a test holds it to that
            self._parameters[key] = parameter_of(spec, general)
            for kind, entry in slot.by_kind.items():
                self._by_kind.setdefault(key, {})[kind] = parameter_of(spec, entry, f"{key}[{kind}]")
        self.version: str = version or storage.version_of(storage.content_of(layer))

    # What it is

    def title(self, lang: Lang = "zh") -> str:
        """The titles of the presets that made it."""
        titles = self._layer.titles[1:] or self._layer.titles
        return " + ".join(en if lang == "en" else zh for zh, en in titles)

    def role_title(self, role: Role, lang: Lang = "zh") -> str:
        """What the role is called in this department (catalogue section 4.2)."""
        entry = self._layer.roles.get(role)
        if entry is None:
            return name_of("role", role, lang)
        zh, en = entry.value
        return str(en if lang == "en" else zh)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rulebook) and self.version == other.version

    def __hash__(self) -> int:
        return hash(self.version)

    def __repr__(self) -> str:
        return f"<Rulebook {self.version} {','.join(self.preset_ids) or BASE}>"

    # What it says of one parameter

    def keys(self) -> tuple[str, ...]:
        """Every parameter's key, in the order of the declarations."""
        return tuple(self._parameters)

    def parameter(self, key: str, kind: str | None = None) -> Parameter:
        """The parameter; with `kind`, as it stands for that kind of callback or contact.

        Raises KeyError for a key that is not declared.
        """
        special = self._by_kind.get(key, {}).get(kind) if kind is not None else None
        return special or self._parameters[key]

    def kinds_of(self, key: str) -> tuple[str, ...]:
        """The kinds for which the parameter is stated apart from the rest."""
        return tuple(self._by_kind.get(key, {}))

    def clauses(self, key: str, kind: str | None = None) -> tuple[str, ...]:
        """The clauses that the parameter rests on."""
        return self.parameter(key, kind).clauses

    def clause(self, key: str, kind: str | None = None) -> str | None:
        """The first of its clauses, if any."""
        return next(iter(self.clauses(key, kind)), None)

    def status(self, key: str, kind: str | None = None) -> Status:
        """Whether the value is stated, inferred or a product choice."""
        return self.parameter(key, kind).status

    def is_off(self, key: str, kind: str | None = None) -> bool:
        """Whether the parameter does not apply."""
        return self.parameter(key, kind).state == "off"

    def _value(self, key: str, kind: str | None, *types: str) -> Any:
        found = self.parameter(key, kind)
        if found.type not in types:
            raise TypeError(f"{key} is of type {found.type}, not {' or '.join(types)}")
        return found.value

    # Typed answers; each is None when the parameter is off and raises TypeError for another type

    def duration(self, key: str, kind: str | None = None) -> Duration | None:
        """A length of time with its unit."""
        value: Duration | None = self._value(key, kind, "duration")
        return value

    def integer(self, key: str, kind: str | None = None) -> int | None:
        """A whole number."""
        value: int | None = self._value(key, kind, "int")
        return value

    def decimal(self, key: str, kind: str | None = None) -> Decimal | None:
        """A number that may have decimals."""
        value: Decimal | None = self._value(key, kind, "decimal")
        return value

    def percent(self, key: str, kind: str | None = None) -> Decimal | None:
        """0 to 100."""
        value: Decimal | None = self._value(key, kind, "percent")
        return value

    def money(self, key: str) -> Decimal | None:
        """An amount in CNY."""
        value: Decimal | None = self._value(key, None, "money")
        return value

    def flag(self, key: str, kind: str | None = None) -> bool | None:
        """Yes or no."""
        value: bool | None = self._value(key, kind, "bool")
        return value

    def choice(self, key: str, kind: str | None = None) -> str | None:
        """One of the declared choices."""
        value: str | None = self._value(key, kind, "enum")
        return value

    def text(self, key: str) -> str | None:
        """A name or another text."""
        value: str | None = self._value(key, None, "text", "timezone")
        return value

    def role(self, key: str, kind: str | None = None) -> Role | None:
        """An abstract role; `role_title` says what it is called here."""
        value: Role | None = self._value(key, kind, "role")
        return value

    def items(self, key: str, kind: str | None = None) -> tuple[str, ...] | None:
        """A list of texts, codes, roles, or dates as ISO text."""
        value = self._value(key, kind, "list", "roles", "dates")
        return None if value is None else tuple(str(v) for v in value)

    def dates(self, key: str) -> tuple[date, ...] | None:
        """A list of calendar dates, ascending."""
        value: tuple[date, ...] | None = self._value(key, None, "dates")
        return value

    def numbers(self, key: str) -> tuple[Decimal, ...] | None:
        """A list of numbers."""
        value: tuple[Decimal, ...] | None = self._value(key, None, "numbers")
        return value

    def tiers(self, key: str) -> tuple[Tier, ...] | None:
        """An approval ladder, lowest first; `parameter(key).unit` is the unit of its bounds."""
        value: tuple[Tier, ...] | None = self._value(key, None, "tiers")
        return value

    def windows(self, key: str, kind: str | None = None) -> tuple[TimeWindow, ...] | None:
        """Daily intervals in order, without overlap."""
        value: tuple[TimeWindow, ...] | None = self._value(key, kind, "time_windows")
        return value

    def time_of_day(self, key: str) -> time | None:
        """A local time."""
        value: time | None = self._value(key, None, "time")
        return value

    def table(self, key: str) -> tuple[Mapping[str, Any], ...] | None:
        """Rows with the declared columns; durations, times and roles in them are typed."""
        value: tuple[Mapping[str, Any], ...] | None = self._value(key, None, "table")
        return value

    # Records

    def callback_categories(self) -> tuple[CallbackCategory, ...]:
        """Who must be called back, by code."""
        value: tuple[CallbackCategory, ...] = self._parameters["callback.categories"].value
        return value

    def callback_windows(self, kind: str) -> tuple[TimeWindow, ...] | None:
        """The hours in which this kind of callback is made; None is any time in the shift (E5.8)."""
        return self.windows("callback.windows", kind)

    def callback_skips_holidays(self, kind: str) -> bool:
        """Whether this kind of callback is not made on holidays (E5.8)."""
        return bool(self.flag("callback.skip_holidays", kind))

    def shift_definitions(self) -> tuple[ShiftDefinition, ...]:
        """The named shifts; empty when none are defined."""
        value: tuple[ShiftDefinition, ...] | None = self._value("shift.definitions", None, "shifts")
        return value or ()

    def penalties(self) -> tuple[PenaltyRule, ...]:
        """What confirmed events cost or earn, by trigger."""
        value: tuple[PenaltyRule, ...] = self._parameters["penalty.rules"].value
        return value

    def meetings(self) -> tuple[Schedule, ...]:
        """The regular meetings, by code (catalogue section 2.23)."""
        value: tuple[Schedule, ...] = self._parameters["meeting.list"].value
        return value

    def reports(self) -> tuple[Schedule, ...]:
        """The periodic reports, by code (catalogue section 2.24)."""
        value: tuple[Schedule, ...] = self._parameters["report.list"].value
        return value

    def required_phrases(self) -> tuple[PhraseRule, ...]:
        """The phrases that must be said, always or under a condition, by id."""
        value: tuple[PhraseRule, ...] = self._parameters["phrase.required"].value
        return value

    def banned_phrases(self) -> tuple[PhraseRule, ...]:
        """The phrases that must not be said, by id."""
        value: tuple[PhraseRule, ...] = self._parameters["phrase.banned"].value
        return value

    def triggers(self) -> Mapping[str, PhraseTrigger]:
        """What makes conditional phrases owed, by condition."""
        value: tuple[PhraseTrigger, ...] = self._parameters["phrase.triggers"].value
        return {trigger.code: trigger for trigger in value}

    def all_flow_cues(self) -> tuple[FlowCue, ...]:
        """The words by which the steps of conversations are recognised, for every kind of contact, by code."""
        value: tuple[FlowCue, ...] = self._parameters["phrase.flow"].value
        return value

    def flow_cues(self, contact_kind: str) -> tuple[FlowCue, ...]:
        """Those of one kind of contact."""
        return tuple(
            cue for cue in self.all_flow_cues() if not cue.contact_kinds or contact_kind in cue.contact_kinds
        )

    # The whole of it

    def record_origins(self) -> dict[str, str]:
        """The file of every record, by its key as `flat` names it."""
        return {f"{key}[{n}]": e.origin for key, found in self._records.items() for n, e in found.items()}

    def flat(self) -> Iterator[Parameter]:
        """Every parameter, then its values for single kinds as `key[kind]`, and records as `key[id]`."""
        for key, found in self._parameters.items():
            if key not in COLLECTIONS:
                yield found
            yield from self._by_kind.get(key, {}).values()
            for name, entry in self._records.get(key, {}).items():
                yield parameter_of(SPECS[key], entry, f"{key}[{name}]")

    def as_record(self) -> dict[str, Any]:
        """The complete rulebook as JSON, for storage; `from_record` reads it back."""
        return storage.record_of(self._layer, self.version)

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> Rulebook:
        """The rulebook that `as_record` wrote, with the same version.

        A parameter that a later release added is taken from `base`, so that an old record can be read.
        Raises RulebookError when the record is not one, or was altered since.
        """
        layer, version = storage.layer_of(record)
        return Rulebook(layer, version)
