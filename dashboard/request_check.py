"""The rule check beside a request: what stands against it, which clauses hold, who must decide, and the reasoning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import streamlit as st

from dashboard.components import explanation
from dashboard.formats import plain
from dashboard.i18n import _, lang
from dashboard.reads import rulebook
from dashboard.request_order import split_clauses
from regulations.ruling import Violation
from regulations.swaps import SwapRuling
from regulations.verdict import Step


class Check(Protocol):
    """What the rules say about a request, whatever kind it is."""

    @property
    def is_allowed(self) -> bool: ...
    @property
    def required_role(self) -> str | None: ...
    @property
    def violations(self) -> tuple[Violation, ...]: ...
    @property
    def clauses(self) -> tuple[str, ...]: ...
    @property
    def steps(self) -> tuple[Step, ...]: ...


def show_check(check: Check, *, is_open: bool = False) -> None:
    """The check in full: what is against it first, then what holds, who decides, and every step folded away."""
    broken, pending = against(check), outstanding(check)
    colour, icon = (
        ("red", "cancel") if broken else ("orange", "pending") if pending else ("green", "check_circle")
    )
    st.markdown(f":{colour}[:material/{icon}: **{plain(headline(check))}**]")
    lines = [f"- {plain(one.text(lang()))}{badge(one.clause, 'red')}" for one in broken]
    lines += [f"- {plain(one.text(lang()))}{badge(one.clause, 'orange')}" for one in pending]
    if lines:
        st.markdown("\n".join(lines))
    holding, _against = split_clauses(check.clauses, (one.clause for one in check.violations))
    kept = held_steps(check.steps, holding)
    if kept:
        st.caption(plain(_("What holds")))
        st.markdown("\n".join(f"- {plain(one.text(lang()))}{badge(one.clause, 'green')}" for one in kept))
    if check.required_role:
        st.markdown(f":material/approval: {plain(decider_sentence(check.required_role))}")
    with st.expander(_("Every step of the check"), expanded=is_open):
        explanation(check.steps)


def against(check: Check) -> tuple[Violation, ...]:
    """What stands against the request itself; an agreement that may still be given does not."""
    return check.breaks if isinstance(check, SwapRuling) else check.violations


def outstanding(check: Check) -> tuple[Violation, ...]:
    """Agreements to a swap that are not given yet."""
    return tuple(one for one in check.violations if one not in against(check))


def headline(check: Check) -> str:
    """The outcome in one line."""
    count = len(against(check))
    if not count:
        return _("Agreements are outstanding") if outstanding(check) else _("Nothing stands against it")
    return _("One point stands against it") if count == 1 else _("{n} points stand against it", n=count)


def held_steps(steps: Sequence[Step], holding: Sequence[str]) -> list[Step]:
    """The first step of each clause that holds: one line a clause."""
    first: dict[str, Step] = {}
    for one in steps:
        if one.clause in holding:
            first.setdefault(str(one.clause), one)
    return list(first.values())


def decider_sentence(role: str) -> str:
    """Who must decide, as this department calls them."""
    return _("{title} must decide", title=title_of(role))


def title_of(role: str) -> str:
    """What a level is called here."""
    return rulebook().role_title(role, lang())  # type: ignore[arg-type]


def short(check: Check) -> str:
    """The check in a cell of a list: a sign and the clauses that are broken."""
    broken = against(check)
    if not broken:
        return f"… {_('to be agreed')}" if outstanding(check) else f"✓ {_('holds')}"
    clauses = list(dict.fromkeys(one.clause for one in broken if one.clause))
    return f"✗ {' '.join(clauses)}" if clauses else f"✗ {_('does not hold')}"


def badge(clause: str | None, colour: str) -> str:
    """A clause as a badge in Markdown; nothing without one."""
    return f" :{colour}-badge[{plain(clause)}]" if clause else ""
