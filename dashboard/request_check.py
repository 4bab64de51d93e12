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
from regulations.leave import LeaveRuling
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
    show_outcome(check)
    show_reasons(check, is_open=is_open)


def show_outcome(check: Check) -> None:
    """The outcome in a line, and what stands against it or is still lacking."""
    broken, pending = against(check), outstanding(check)
    is_open_point = pending or needs_reason(check)
    colour, icon = (
        ("red", "cancel") if broken else ("orange", "pending") if is_open_point else ("green", "check_circle")
    )
    st.markdown(f":{colour}[:material/{icon}: **{plain(headline(check))}**]")
    lines = [f"- {plain(one.text(lang()))}{badge(one.clause, 'red')}" for one in broken]
    lines += [f"- {plain(one.text(lang()))}{badge(one.clause, 'orange')}" for one in (*lent(check), *pending)]
    lines += [f"- {plain(one.text(lang()))}{badge(one.clause, 'orange')}" for one in exceptions(check)]
    if lines:
        st.markdown("\n".join(lines))


def show_reasons(check: Check, *, is_open: bool = False) -> None:
    """What holds, who decides, and every step folded away."""
    not_held = (*(one.clause for one in check.violations), *(one.clause for one in exceptions(check)))
    holding, _against = split_clauses(check.clauses, not_held)
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
    kept = (*against(check), *lent(check))
    return tuple(one for one in check.violations if one not in kept)


def lent(check: Check) -> tuple[Violation, ...]:
    """What only breaks a rule that the base lends, the department's own being silent on swaps."""
    return check.lent if isinstance(check, SwapRuling) else ()


def needs_reason(check: Check) -> bool:
    """Whether an approval is an exception that a note gives the reason for: leave that is late, from a night shift or on
    a holiday; a swap that only breaks what the base lends.
    """
    return isinstance(check, LeaveRuling | SwapRuling) and check.needs_exception


def exceptions(check: Check) -> list[Step]:
    """What makes an approval an exception though nothing stands against the request: the step of each such clause."""
    if not isinstance(check, LeaveRuling):
        return []
    broken = {one.clause for one in check.violations}
    return held_steps(check.steps, [clause for clause in check.exceptions if clause not in broken])


def headline(check: Check) -> str:
    """The outcome in one line."""
    count = len(against(check))
    if not count and outstanding(check):
        return _("Agreements are outstanding")
    if not count and needs_reason(check):
        return _("It can only be approved as an exception")
    if not count:
        return _("Nothing stands against it")
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
    """The check in a cell of a list: a sign, the first clause that is broken, and how many others are."""
    broken = against(check)
    if not broken and isinstance(check, LeaveRuling | SwapRuling) and check.needs_exception:
        return _cell("!", list(check.exceptions), _("exception"))
    if not broken:
        return f"… {_('to be agreed')}" if outstanding(check) else f"✓ {_('holds')}"
    clauses = list(dict.fromkeys(one.clause for one in broken if one.clause))
    return _cell("✗", clauses, _("does not hold"))


def _cell(sign: str, clauses: Sequence[str], otherwise: str) -> str:
    """The first clause and how many others: a narrow column would cut them off without a word."""
    if not clauses:
        return f"{sign} {otherwise}"
    return f"{sign} {clauses[0]} +{len(clauses) - 1}" if len(clauses) > 1 else f"{sign} {clauses[0]}"


def badge(clause: str | None, colour: str) -> str:
    """A clause as a badge in Markdown; nothing without one."""
    return f" :{colour}-badge[{plain(clause)}]" if clause else ""
