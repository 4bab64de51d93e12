"""The rulebook as tables people can read: each value with its unit, clauses, status and origin."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from dashboard.formats import NOTHING
from dashboard.i18n import N_, _, lang, name
from regulations.code_words import code_words
from regulations.loading import preset_title
from regulations.rulebook import Parameter, Rulebook
from regulations.schema import SPECS
from regulations.value_words import RECORDS, plain_words, record_words
from regulations.values import ROLES, Role, Tier
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
    *(N_("alpha"), N_("calls"), N_("reviewed calls")),
    *(N_("percent of answers"), N_("percent of decided findings"), N_("percent of the sample")),
    *(N_("seconds"), N_("sets"), N_("times"), N_("turns"), N_("weekday"), N_("weeks")),
)
"""The units of the declarations (regulations/parameters.toml), to be translated where they are shown."""


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
    return preset_words(origin)


def preset_words(id_: str) -> str:
    """What a preset or a file of a rulebook is called; a file of the site by its own id."""
    own = {"base": _("Default"), "site": _("This site")}
    return own[id_] if id_ in own else preset_title(id_, lang())


def choice_words(key: str, code: str) -> str:
    """What a choice of a parameter is called; the code itself where it has no words."""
    return code_words(key.partition("[")[0], code, lang())


def shown_value(parameter: Parameter, book: Rulebook, lang: Lang) -> str:
    """A parameter's value in words; "off" where it does not apply."""
    if parameter.state == "off":
        return _("does not apply")
    if parameter.type == "role" and isinstance(parameter.value, str):
        return book.role_title(cast(Role, parameter.value), lang)
    return _words(parameter, book, lang) or NOTHING


def _words(parameter: Parameter, book: Rulebook, lang: Lang) -> str:
    key, value = parameter.key.partition("[")[0], parameter.value
    if isinstance(value, RECORDS):
        return record_words(value, key, lang)
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        return f"{_number(value)} {unit_words(parameter.unit)}".rstrip()
    if isinstance(value, tuple):
        return " · ".join(_element(one, key, book, lang) for one in value)
    return plain_words(value, key, lang)


def _element(value: Any, key: str, book: Rulebook, lang: Lang) -> str:
    if isinstance(value, Tier):
        title = (value.title_en if lang == "en" else value.title) or book.role_title(value.role, lang)
        if value.upto is None:
            return _("above: {role}", role=title)
        return _("up to {n}: {role}", n=_number(value.upto), role=title)
    if isinstance(value, RECORDS):
        return record_words(value, key, lang)
    if value in ROLES:
        return book.role_title(cast(Role, value), lang)
    return plain_words(value, key, lang)


def unit_words(unit: str | None) -> str:
    """What a unit of the declarations is called."""
    return _("seconds" if unit == "second" else unit) if unit else ""


def _number(value: Decimal | int | float) -> str:
    text = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
