"""One parameter value between a file and its type: read with its unit, written back the same.

Reading refuses with `Refused`, whose reasons are all that is wrong with the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from regulations.scalars import (
    WEEKDAYS,
    Refused,
    day,
    duration,
    each,
    identifier,
    minutes_of,
    nested_duration,
    number,
    one_of,
    plain,
    role,
    shown,
    table_of,
    text,
    time_of_day,
)
from regulations.schema import ParameterSpec
from regulations.values import Duration, ShiftDefinition, Tier, TimeWindow


def windows(raw: object, *, overnight: bool = False) -> tuple[TimeWindow, ...]:
    """Daily intervals in order that do not overlap; with `overnight` the last may end on the next day."""

    def read(element: object, what: str) -> TimeWindow:
        table = table_of(element, what, ("start", "end"), ("start", "end"))
        window = TimeWindow(
            time_of_day(table["start"], f"{what} start"), time_of_day(table["end"], f"{what} end")
        )
        if minutes_of(window.end, end=True) <= minutes_of(window.start) and (
            not overnight or window.end == window.start
        ):
            raise Refused(f"{what} ends before it starts")
        return window

    found: tuple[TimeWindow, ...] = tuple(sorted(each(raw, read), key=lambda w: w.start))
    if not found:
        raise Refused('a list of time windows needs one at least; state = "off" means no windows')
    following = [minutes_of(w.start) for w in found[1:]] + [minutes_of(found[0].start) + 1440]
    for one, two, begins in zip(found, (*found[1:], found[0]), following, strict=True):
        end = minutes_of(one.end, end=True)
        if end + (1440 if end <= minutes_of(one.start) else 0) > begins:
            raise Refused(
                f"windows {one.start:%H:%M}-{one.end:%H:%M} and {two.start:%H:%M}-{two.end:%H:%M} overlap"
            )
    return found


def _tiers(raw: object) -> tuple[Tier, ...]:
    def read(element: object, what: str) -> Tier:
        table = table_of(element, what, ("upto", "inclusive", "role", "title", "title_en"), ("role",))
        inclusive = table.get("inclusive", True)
        if not isinstance(inclusive, bool):
            raise Refused(f"{what}: inclusive must be true or false")
        upto = number(table["upto"], f"{what} upto") if "upto" in table else None
        titles = {key: text(table[key], f"{what} {key}", 80) for key in ("title", "title_en") if key in table}
        return Tier(upto, inclusive, role(table["role"], f"{what} role"), **titles)

    found: tuple[Tier, ...] = each(raw, read)
    reasons = []
    if not found or found[-1].upto is not None:
        reasons.append("the last tier must be open (no upto), so that every amount has an approver")
    if any(t.upto is None for t in found[:-1]):
        reasons.append("only the last tier may be open")
    bounds = [t.upto for t in found if t.upto is not None]
    if any(b <= a for a, b in pairwise(bounds)) or any(b < 0 for b in bounds):
        reasons.append("tiers must ascend")
    if reasons:
        raise Refused(*reasons)
    return found


def _shifts(raw: object) -> tuple[ShiftDefinition, ...]:
    def read(element: object, what: str) -> ShiftDefinition:
        table = table_of(element, what, ("code", "start", "end", "breaks"), ("code", "start", "end"))
        start, end = (
            time_of_day(table["start"], f"{what} start"),
            time_of_day(table["end"], f"{what} end"),
        )
        if start == end:
            raise Refused(f"{what} starts and ends at the same time")
        breaks = windows(table["breaks"]) if table.get("breaks") else ()
        length = (minutes_of(end) - minutes_of(start)) % 1440
        for pause in breaks:
            begun = (minutes_of(pause.start) - minutes_of(start)) % 1440
            if begun + minutes_of(pause.end, end=True) - minutes_of(pause.start) > length:
                raise Refused(f"{what}: the break at {pause.start:%H:%M} lies outside the shift")
        return ShiftDefinition(identifier(table["code"], f"{what} code"), start, end, breaks)

    found: tuple[ShiftDefinition, ...] = each(raw, read)
    if not found:
        raise Refused("at least one shift is needed")
    if len({s.code for s in found}) < len(found):
        raise Refused("two shifts have the same code")
    return found


_CELLS: Mapping[str, Callable[[object, str], Any]] = {
    "text": text,
    "bool": lambda raw, what: _bool(raw, what),
    "int": lambda raw, what: _int(raw, what),
    "decimal": number,
    "duration": nested_duration,
    "role": role,
    "time": time_of_day,
    "weekday": lambda raw, what: one_of(raw, WEEKDAYS, what),
    "list": lambda raw, what: each(raw, text),
}


def _table(raw: object, spec: ParameterSpec) -> tuple[Mapping[str, Any], ...]:
    allowed = tuple(name for name, _ in spec.columns)
    needed = tuple(name for name, kind in spec.columns if not kind.endswith("?"))

    def read(element: object, what: str) -> Mapping[str, Any]:
        row = table_of(element, what, allowed, needed)
        cells: dict[str, Any] = {}
        reasons: list[str] = []
        for name, kind in spec.columns:
            if name in row:
                try:
                    cells[name] = _CELLS[kind.rstrip("?")](row[name], f"{what} {name}")
                except Refused as refused:
                    reasons += [r if r.startswith(what) else f"{what} {name}: {r}" for r in refused.reasons]
        if reasons:
            raise Refused(*reasons)
        return MappingProxyType(cells)

    rows: tuple[Mapping[str, Any], ...] = each(raw, read)
    first = [row[allowed[0]] for row in rows]
    if allowed[0] == "code" and len(set(first)) < len(first):
        raise Refused("two rows have the same code")
    return rows


def _bool(raw: object, what: str = "value") -> bool:
    if not isinstance(raw, bool):
        raise Refused(f"{what} must be true or false, not {shown(raw)}")
    return raw


def _int(raw: object, what: str = "value") -> int:
    value = number(raw, what)
    if value != value.to_integral_value():
        raise Refused(f"{what} must be a whole number")
    return int(value)


def _list(raw: object, spec: ParameterSpec) -> tuple[str, ...]:
    def read(element: object, what: str) -> str:
        return one_of(element, spec.choices, what) if spec.choices else text(element, what)

    found: tuple[str, ...] = each(raw, read)
    if spec.nonempty and not found:
        raise Refused("at least one element is needed")
    if len(set(found)) < len(found):
        raise Refused("an element stands twice in the list")
    return found


def _within(value: Decimal, spec: ParameterSpec, maximum: Decimal | None) -> Decimal:
    if spec.positive and value <= 0:
        raise Refused("must be more than 0")
    if value < spec.minimum:
        raise Refused(f"must not be below {spec.minimum}")
    if maximum is not None and value > maximum:
        raise Refused(f"must not be above {maximum}")
    return value


def read_value(spec: ParameterSpec, raw: object, unit: object) -> Any:
    """The typed value. Raises Refused with everything that is wrong with value and unit."""
    if spec.type == "duration":
        value = duration(raw, unit, spec.units)
        if spec.positive and value.value <= 0:
            raise Refused("must be more than 0")
        return value
    if spec.type == "tiers":
        units = ("calendar_day", "working_day") if spec.unit == "calendar_day" else (spec.unit or "",)
        if unit is None:
            raise Refused(f"tiers need their unit: {', '.join(units)}")
        one_of(unit, units, "unit")
        return _tiers(raw)
    if unit is not None and unit != spec.unit:
        wanted = f"its unit is {spec.unit!r}" if spec.unit else "it has no unit"
        raise Refused(f"unit {shown(unit)} is wrong: {wanted}")
    return _read_unitless(spec, raw)


def _read_unitless(spec: ParameterSpec, raw: object) -> Any:
    match spec.type:
        case "bool":
            return _bool(raw)
        case "int":
            return int(_within(Decimal(_int(raw)), spec, spec.maximum))
        case "decimal" | "money":
            return _within(number(raw), spec, spec.maximum)
        case "percent":
            return _within(number(raw), spec, Decimal(100))
        case "enum":
            return one_of(raw, spec.choices)
        case "text":
            return text(raw)
        case "timezone":
            return _zone(text(raw))
        case "role":
            return role(raw)
        case "roles":
            return each(raw, role)
        case "time":
            return time_of_day(raw)
        case "time_windows":
            return windows(raw, overnight=spec.overnight)
        case "list":
            return _list(raw, spec)
        case "numbers":
            return each(raw, number)
        case "dates":
            return tuple(sorted(set(each(raw, day))))
        case "table":
            return _table(raw, spec)
        case "shifts":
            return _shifts(raw)
        case other:  # pragma: no cover - parameters.toml declares only the types above
            raise AssertionError(other)


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused(f"{name!r} is not a time zone such as Asia/Shanghai") from None
    return name


def write_value(value: Any) -> Any:
    """The JSON form of a typed value, which `read_value` reads back (the unit of a duration apart)."""
    match value:
        case bool() | str() | None:
            return value
        case int():
            return value
        case Decimal():
            return plain(value)
        case Duration():
            return value.as_json()
        case Tier():
            upto = {} if value.upto is None else {"upto": plain(value.upto)}
            titles = {key: said for key in ("title", "title_en") if (said := getattr(value, key))}
            return {**upto, "inclusive": value.inclusive, "role": value.role, **titles}
        case TimeWindow():
            return {"start": f"{value.start:%H:%M}", "end": _end(value.end)}
        case ShiftDefinition():
            return {
                "code": value.code,
                "start": f"{value.start:%H:%M}",
                "end": _end(value.end),
                "breaks": write_value(value.breaks),
            }
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case Mapping():
            return {k: write_value(v) for k, v in value.items()}
        case _:
            return [write_value(v) for v in value]


def _end(value: time) -> str:
    return "24:00" if value == time(0) else f"{value:%H:%M}"
