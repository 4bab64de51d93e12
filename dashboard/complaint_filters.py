"""Which complaints a page is about, besides the period and the team: kept in the address, so that it can be sent on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard.filters import Filters
from dashboard.i18n import N_, _, name
from dashboard.reads import Where, figures_by, rulebook
from regulations.access import Scope
from regulations.names import NAMES

FACTS: dict[str, str] = {
    "category": N_("Category"),
    "department": N_("Department"),
    "channel": N_("Channel"),
    "severity": N_("Severity"),
    "kind": N_("Level"),
    "product": N_("Product"),
}
NAMED = {"category": "complaint_category", "channel": "complaint_channel", "severity": "severity"}
NONE = "-"  # how the address writes "has none"
LONGEST = 100
_RECEIVED = "complaint.received"


@dataclass(frozen=True, slots=True)
class CaseFilters:
    """What is kept: `where` narrows every figure and list of the page, the others only the list of cases."""

    where: Where = ()
    clock: str = ""
    state: str = ""
    search: str = ""

    @property
    def narrows_list(self) -> bool:
        """Whether the list of cases is narrowed beyond the figures."""
        return bool(self.clock or self.state or self.search)

    def described(self) -> list[tuple[str, str]]:
        """Each filter with its value, in words."""
        said = [(_(FACTS[fact]), value_name(fact, code)) for fact, code in self.where]
        if self.clock:
            said.append((_("Clock"), name("clock", self.clock)))
        if self.state:
            said.append((_("State"), name("clock_state", self.state)))
        if self.search:
            said.append((_("Search"), self.search))
        return said


def value_name(fact: str, code: str) -> str:
    """What a value of a fact is called; "not assigned" for none."""
    if not code:
        return _("not assigned")
    return name(NAMED[fact], code) if fact in NAMED else code


def to_address(code: str) -> str:
    """A value as the address writes it."""
    return code or NONE


def from_address(text: str) -> str:
    """A value as the address means it."""
    return "" if text == NONE else text[:LONGEST]


def asked_filters() -> CaseFilters:
    """The filters that the address names; what makes no sense is ignored."""
    asked = st.query_params
    where = tuple(sorted((fact, from_address(asked[fact])) for fact in FACTS if asked.get(fact)))
    clock, state = asked.get("clock", ""), asked.get("state", "")
    return CaseFilters(
        where,
        clock if clock in NAMES["clock"] else "",
        state if state in STATES else "",
        asked.get("q", "").strip()[:LONGEST],
    )


STATES = ("breached", "due_soon", "on_track", "on_hold", "met")


def fact_filters(scope: Scope, chosen: Filters) -> CaseFilters:
    """Show the boxes for the facts of a case and return what the address says."""
    shown = asked_filters()
    where = dict(shown.where)
    label = _("Filters ({n})", n=len(where)) if where else _("Filters")
    with st.popover(label, icon=":material/filter_list:"):
        for fact, title in FACTS.items():
            options = _options(scope, chosen, fact, where.get(fact))
            key = f"_fact_{fact}"
            st.session_state[key] = to_address(where[fact]) if fact in where else ""
            st.selectbox(
                _(title),
                ["", *options],
                format_func=partial(_fact_label, fact),
                key=key,
                on_change=_follow,
                args=(fact, key),
            )
    if where:
        st.button(_("Clear filters"), icon=":material/filter_list_off:", type="tertiary", on_click=_clear)
    return shown


def list_filters(shown: CaseFilters) -> None:
    """The boxes that narrow the list of cases only: clock, state, number or text."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.session_state["_q"] = shown.search
        st.text_input(
            _("Number, customer or text"),
            key="_q",
            max_chars=LONGEST,
            icon=":material/search:",
            on_change=_follow,
            args=("q", "_q"),
            width=220,
        )
        for param, kind, codes, title in (
            ("clock", "clock", tuple(NAMES["clock"]), _("Clock")),
            ("state", "clock_state", STATES, _("State")),
        ):
            key = f"_list_{param}"
            st.session_state[key] = getattr(shown, param)
            st.selectbox(
                title,
                ["", *codes],
                format_func=partial(_code_label, kind),
                key=key,
                on_change=_follow,
                args=(param, key),
                width=150,
            )


def _fact_label(fact: str, code: str) -> str:
    return value_name(fact, from_address(code)) if code else _("All")


def _code_label(kind: str, code: str) -> str:
    return name(kind, code) if code else _("All")


def _options(scope: Scope, chosen: Filters, fact: str, current: str | None) -> list[str]:
    """The values to choose from, as the address writes them: what the period has, most first, and the rulebook's."""
    found = figures_by(scope, _RECEIVED, chosen.from_on, chosen.to_on, fact, chosen.team_id)
    codes = [code for code, _n, one in sorted(found, key=lambda group: -group[2].numerator)]
    listed: Mapping[str, list[str]] = {
        "channel": list(rulebook().items("complaint.channels") or ()),
        "severity": list(rulebook().items("complaint.severity_levels") or ()),
        "kind": list(rulebook().items("complaint.kinds") or ()),
    }
    codes += listed.get(fact, [])
    if current is not None:
        codes.append(current)
    return [to_address(code) for code in dict.fromkeys(codes)]


def _follow(param: str, key: str) -> None:
    value = str(st.session_state[key] or "").strip()
    if value:
        st.query_params[param] = value
    elif param in st.query_params:
        del st.query_params[param]


def _clear() -> None:
    for param in FACTS:
        if param in st.query_params:
            del st.query_params[param]
