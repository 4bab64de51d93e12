"""The rulebook as tables people can read: each value with its unit, clauses, status and origin."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any, cast

from dashboard.formats import NOTHING
from dashboard.i18n import _, name
from regulations.rulebook import Parameter, Rulebook
from regulations.schema import SPECS
from regulations.values import Duration, Role, Tier, TimeWindow
from regulations.verdict import Lang

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
            _("From"): book.parameter(key).origin,
        }
        for key in keys
    ]


def phrase_rows(book: Rulebook, lang: Lang) -> list[dict[str, str]]:
    """One row a phrase rule: required ones first, then banned ones by category."""
    rules = [*book.required_phrases(), *sorted(book.banned_phrases(), key=lambda rule: rule.category)]
    return [
        {
            _("Kind"): {"required": _("required"), "conditional": _("required when")}.get(
                rule.kind, _("banned")
            ),
            _("Category"): name("finding_category", rule.category),
            _("Phrases"): " · ".join(rule.texts),
            _("Severity"): name("inspection_severity", rule.severity),
            _("Not meant"): " · ".join(rule.allow),
            _("Clauses"): " ".join(rule.clauses) or NOTHING,
            _("Status"): name("parameter_status", rule.status),
        }
        for rule in rules
    ]


def shown_value(parameter: Parameter, book: Rulebook, lang: Lang) -> str:
    """A parameter's value in words; "off" where it does not apply."""
    if parameter.state == "off":
        return _("does not apply")
    if parameter.type == "role" and isinstance(parameter.value, str):
        return book.role_title(cast(Role, parameter.value), lang)
    if parameter.key in _NAMED and isinstance(parameter.value, tuple | list):
        return " · ".join(name(_NAMED[parameter.key], str(code)) for code in parameter.value) or NOTHING
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
        return f"{_number(value)}{' ' + unit if unit else ''}"
    if isinstance(value, Mapping):
        return "; ".join(f"{k}: {_words(v, None, book, lang)}" for k, v in value.items() if v is not None)
    if isinstance(value, list | tuple | frozenset | set):
        return " · ".join(_words(item, None, book, lang) for item in value)
    return str(value)


def _number(value: Decimal | int | float) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
