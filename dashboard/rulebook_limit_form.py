"""The form for one value that inspection reads: speech, measures, calls, quality assurance."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from dashboard.components import refusal, section
from dashboard.formats import NOTHING, plain
from dashboard.i18n import _, lang, name
from dashboard.rulebook_books import base_book, draft_book
from dashboard.rulebook_saving import save, show_errors
from dashboard.rulebook_tables import choice_words, shown_value, unit_words
from dashboard.rulebook_words import categories_of, code_name
from db.models import RulebookDraft
from regulations.access import Scope
from regulations.code_words import column_words
from regulations.editing import SECTIONS
from regulations.names import NAMES
from regulations.parameter import Parameter
from regulations.schema import SPECS, ParameterSpec

ALL_KINDS = ""
CELL = " | "
_OF_CATEGORIES = "qa.critical_categories"


def show_form(scope: Scope, draft: RulebookDraft | None, key: str) -> None:
    """The form of one parameter; a refusal for a key that a draft cannot change."""
    spec = SPECS.get(key)
    if spec is None or spec.section not in SECTIONS:
        refusal(
            _("This value is not changed here"),
            _("Limits outside inspection come with the presets and the file of the site (SITE_RULEBOOK)."),
            icon="lock",
        )
        return
    book = base_book(None) if draft is None else draft_book(draft)
    section(_("Change: {text}", text=spec.meaning(lang())), spec.key)
    kind = ALL_KINDS
    if spec.kinds == "contact":
        kind = st.selectbox(
            _("Kind of contact"),
            [ALL_KINDS, *NAMES["contact_kind"]],
            format_func=lambda c: name("contact_kind", c) if c else _("All the others"),
            key=f"limit_kind:{key}",
            width=260,
        )
    now = book.parameter(key, kind or None)
    prefix = f"limit:{key}:{kind}:"
    st.session_state.setdefault(prefix + "off", now.state == "off")
    st.session_state.setdefault(prefix + "value", default_of(spec, now.value))
    if spec.type == "duration":
        st.session_state.setdefault(prefix + "unit", now.unit or spec.units[0].value)
    st.session_state.setdefault(prefix + "clause", " ".join(now.clauses))
    with st.form(prefix + "form", enter_to_submit=False, width=640):
        source = f"{name('parameter_status', now.status)} {' '.join(now.clauses)}".strip()
        st.markdown(
            plain(
                _("Now: {value} ({source})", value=shown_value(now, book, lang()) or NOTHING, source=source)
            )
        )
        _field(spec, prefix, categories_of(book, "banned"))
        show_errors("value")
        st.checkbox(_("Does not apply"), key=prefix + "off")
        st.text_input(
            _("Clauses it rests on"), key=prefix + "clause", placeholder="S.12",
            help=_("With a clause of your own regulations (S.12) it counts as stated, otherwise as our own choice."),
        )  # fmt: skip
        for field in ("source", "status", ""):
            show_errors(field)
        st.form_submit_button(
            _("Save in the draft"),
            type="primary",
            icon=":material/save:",
            on_click=_save,
            args=(scope, spec, kind, now, draft.row_version if draft else None, prefix),
        )


def default_of(spec: ParameterSpec, value: Any) -> Any:
    """What the field of the form holds for a value of the rulebook."""
    if spec.key == _OF_CATEGORIES:
        return list(value or ())
    if spec.type == "list":
        return "\n".join(str(v) for v in value or ())
    if spec.type == "table":
        return "\n".join(CELL.join(str(row.get(c, "")) for c, _type in spec.columns) for row in value or ())
    if spec.type == "duration":
        return float(value.value) if value else 0.0
    if spec.type == "bool":
        return bool(value)
    if spec.type == "enum":
        return value or spec.choices[0]
    return 0.0 if value is None else float(value)


def _field(spec: ParameterSpec, prefix: str, categories: tuple[str, ...]) -> None:
    title = _("Value ({unit})", unit=unit_words(spec.unit)) if spec.unit else _("Value")
    key = prefix + "value"
    if spec.key == _OF_CATEGORIES:
        st.multiselect(
            title, categories, key=key, format_func=lambda code: code_name("finding_category", code)
        )
    elif spec.type == "list":
        st.text_area(_("Value, one a line"), key=key, height=220)
    elif spec.type == "table":
        columns = CELL.join(column_words(column, lang()) for column, _type in spec.columns)
        st.text_area(_("One row a line: {columns}", columns=columns), key=key, height=220)
    elif spec.type == "duration":
        one, two = st.columns(2)
        one.number_input(_("Value"), key=key, step=1.0, format="%g")
        units = {unit.value: name("duration_unit", unit.value) for unit in spec.units}
        two.selectbox(_("Counted in"), list(units), format_func=lambda code: units[code], key=prefix + "unit")
    elif spec.type == "bool":
        st.toggle(title, key=key)
    elif spec.type == "enum":
        st.selectbox(
            title, list(spec.choices), key=key, format_func=lambda code: choice_words(spec.key, code)
        )
    else:
        st.number_input(title, key=key, step=1.0, format="%g")


def edit_of(
    spec: ParameterSpec,
    kind: str,
    value: Any,
    clauses: list[str],
    now: Parameter,
    *,
    is_off: bool,
    unit: str | None = None,
) -> dict[str, Any]:
    """The edit that the form asks for. What it leaves as it was keeps its status; a new value is our own choice, or
    stated where a clause of the site's own regulations is named. `unit` is that of a duration; None: as it is.
    """
    if spec.type == "list" and isinstance(value, str):
        value = [line.strip() for line in value.splitlines() if line.strip()]
    if spec.type == "table":
        value = [_row(line, spec) for line in value.splitlines() if line.strip()]
    as_was = default_of(spec, now.value)
    if spec.type == "list" and isinstance(as_was, str):
        as_was = as_was.splitlines()
    if spec.type == "table":
        as_was = [_row(line, spec) for line in as_was.splitlines()]
    units = {"unit": unit or now.unit or spec.units[0].value} if spec.type == "duration" else {}
    is_same = is_off == (now.state == "off") and tuple(clauses) == now.clauses
    is_same = is_same and unit in (None, now.unit)
    if is_same and (is_off or value == as_was):
        status: str = now.status
    else:
        status = "stated" if any(clause.startswith("S.") for clause in clauses) else "product_choice"
    edit = {
        "what": "parameter",
        "key": spec.key,
        "kind": kind,
        "state": "off" if is_off else "value",
        "source": clauses,
        "status": status,
    }
    return edit if is_off else {**edit, "value": value, **units}


def _row(line: str, spec: ParameterSpec) -> dict[str, str]:
    """A row of a table from its line; cells that are left empty are left out."""
    cells = [cell.strip() for cell in re.split(r"[|｜]", line)]
    names = [column for column, _type in spec.columns]
    return {column: cell for column, cell in zip(names, cells, strict=False) if cell}


def _save(
    scope: Scope, spec: ParameterSpec, kind: str, now: Parameter, seen: int | None, prefix: str
) -> None:
    clauses = str(st.session_state[prefix + "clause"]).replace("，", " ").replace(",", " ").split()
    is_off = bool(st.session_state[prefix + "off"])
    unit = st.session_state.get(prefix + "unit")
    edit = edit_of(spec, kind, st.session_state[prefix + "value"], clauses, now, is_off=is_off, unit=unit)
    save(scope, edit, seen, [prefix, f"limit_kind:{spec.key}"])
