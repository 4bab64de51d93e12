"""The rulebook as tables people can read: each value with its unit, clauses, status and origin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any, cast

from dashboard.formats import NOTHING
from dashboard.i18n import N_, _, name
from regulations.rulebook import Parameter, Rulebook
from regulations.schema import SPECS
from regulations.values import Duration, Role, Tier, TimeWindow
from regulations.verdict import Lang

UNITS = (
    *(
        N_("CNY"),
        N_("attempts"),
        N_("callbacks"),
        N_("characters"),
        N_("characters a minute"),
        N_("characters a second"),
    ),
    *(N_("complaints"), N_("copies"), N_("day of December"), N_("day of month"), N_("days"), N_("decibel")),
    *(
        N_("hours"),
        N_("interruptions"),
        N_("kinds"),
        N_("log-probability"),
        N_("per 10 people"),
        N_("per day"),
    ),
    *(
        N_("per month"),
        N_("per person"),
        N_("per week"),
        N_("percent"),
        N_("percent of all speech"),
        N_("percent of recordings"),
    ),
    *(
        N_("percent of the contact"),
        N_("percent of the limit"),
        N_("percent of the phrase"),
        N_("percent, strictly below"),
        N_("persons"),
        N_("photos"),
    ),
    *(
        N_("points of rate"),
        N_("probability"),
        N_("rank"),
        N_("recordings per agent and period"),
        N_("responses"),
        N_("rings"),
    ),
    *(N_("seconds"), N_("sets"), N_("times"), N_("turns"), N_("weekday"), N_("weeks")),
)
"""The units of the declarations (regulations/parameters.toml), to be translated where they are shown."""

# Lists of stored codes, and the kind under which regulations.names has their words.
_NAMED = {
    "complaint.channels": "complaint_channel",
    "complaint.severity_levels": "severity",
    "qa.critical_categories": "finding_category",
    "swap.approvers": "role",
}


def parameter_rows(book: Rulebook, lang: Lang) -> list[dict[str, str]]:
    """One row a parameter, in the order of the catalogue."""
    keys = book.keys()
    return [
        {
            _("Key"): key,
            _("Meaning"): SPECS[key].en if lang == "en" else SPECS[key].zh,
            _("Value"): shown_value(book.parameter(key), book, lang),
            _("Clauses"): " ".join(book.clauses(key)) or NOTHING,
            _("Status"): name("parameter_status", book.status(key)),
            _("From"): origin_words(book.parameter(key).origin),
        }
        for key in keys
    ]


def origin_words(origin: str) -> str:
    """Where a value comes from: our own default, the site's edits, or a preset by its id."""
    return {"base": _("Default"), "site": _("This site")}.get(origin, origin)


# The choices of the values that inspection reads, in words.
_CHOICES = {
    "call.small_talk": {
        "banned": N_("not allowed"),
        "allowed": N_("allowed"),
        "required": N_("part of the conversation"),
    },
    "qa.sample_period": {"week": N_("by week"), "month": N_("by month"), "quarter": N_("by quarter")},
}


def choice_words(key: str, code: str) -> str:
    """What a choice of a parameter is called; the code itself where it has no words."""
    found = _CHOICES.get(key.partition("[")[0], {}).get(code)
    return _(found) if found else code


def shown_value(parameter: Parameter, book: Rulebook, lang: Lang) -> str:
    """A parameter's value in words; "off" where it does not apply."""
    if parameter.state == "off":
        return _("does not apply")
    if parameter.type == "role" and isinstance(parameter.value, str):
        return book.role_title(cast(Role, parameter.value), lang)
    if parameter.key in _NAMED and isinstance(parameter.value, tuple | list):
        return " · ".join(name(_NAMED[parameter.key], str(code)) for code in parameter.value) or NOTHING
    if parameter.type == "enum" and isinstance(parameter.value, str):
        return choice_words(parameter.key, parameter.value)
    return _words(parameter.value, parameter.unit, book, lang) or NOTHING


def _words(value: Any, unit: str | None, book: Rulebook, lang: Lang) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Duration):
        return value.text(lang)
    if isinstance(value, Tier):
        title = (value.title_en if lang == "en" else value.title) or book.role_title(value.role, lang)
        if value.upto is None:
            return _("above: {role}", role=title)
        return _("up to {n}: {role}", n=_number(value.upto), role=title)
    if isinstance(value, TimeWindow):
        end = "24:00" if value.end == time(0) else f"{value.end:%H:%M}"
        return f"{value.start:%H:%M}–{end}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, Decimal | int | float):
        return f"{_number(value)} {unit_words(unit)}".rstrip()
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_words(v, None, book, lang)}" for k, v in value.items() if v is not None)
    if isinstance(value, list | tuple | frozenset | set):
        return " · ".join(_words(item, None, book, lang) for item in value)
    return str(value)


def unit_words(unit: str | None) -> str:
    """What a unit of the declarations is called."""
    return _("seconds" if unit == "second" else unit) if unit else ""


def _number(value: Decimal | int | float) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
