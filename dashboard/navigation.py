"""The pages of the desk: where they are, what they are called, who sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from dashboard.i18n import N_, _
from regulations.access import Scope
from settings import ROOT

PAGES_FOLDER = ROOT / "pages"


@dataclass(frozen=True, slots=True)
class Place:
    """One page: `pages/<name>.py`, its address, its title, and the capability it takes to see it."""

    name: str
    title: str
    icon: str
    capability: str
    section: str
    is_listed: bool = True  # False: opened from another page only

    @property
    def exists(self) -> bool:
        """Whether the page's file is there."""
        return (PAGES_FOLDER / f"{self.name}.py").is_file()

    def page(self, *, is_listed: bool = True) -> StreamlitPage:
        """The page as Streamlit's navigation takes it."""
        return st.Page(
            PAGES_FOLDER / f"{self.name}.py",
            title=_(self.title),
            icon=f":material/{self.icon}:",
            url_path=self.name,
            visibility="visible" if self.is_listed and is_listed else "hidden",
        )


WORK, CALLS = N_("Daily work"), N_("Calls and quality")
MEETINGS, SYSTEM = N_("Meetings"), N_("System")

PLACES: tuple[Place, ...] = (
    Place("today", N_("Today"), "today", "today.view", WORK),
    Place("mine", N_("My work"), "person", "own.view", WORK),
    Place("complaints", N_("Complaints"), "report", "complaints.view", WORK),
    Place("register", N_("Register a complaint"), "add_comment", "complaints.register", WORK),
    Place("case", N_("Case"), "description", "complaints.view", WORK, is_listed=False),
    Place("surges", N_("Surges"), "trending_up", "complaints.view", WORK, is_listed=False),
    Place("decisions", N_("Approvals and reports"), "approval", "approvals.decide", WORK),
    Place("callbacks", N_("Callbacks"), "phone_callback", "callbacks.view", WORK),
    Place("repairs", N_("Repairs"), "home_repair_service", "repairs.view", WORK),
    Place("survey", N_("Satisfaction survey"), "sentiment_satisfied", "surveys.view", WORK),
    Place("attendance", N_("Attendance"), "schedule", "attendance.view", WORK),
    Place("roster", N_("Roster"), "calendar_view_week", "roster.view", WORK),
    Place("requests", N_("Requests"), "event_note", "requests.view", WORK),
    Place("handover", N_("Handover"), "sync_alt", "handovers.view", WORK),
    Place("quality", N_("Quality"), "hearing", "quality.view", CALLS),
    Place("review", N_("Review"), "rate_review", "quality.review", CALLS),
    Place("call", N_("Call"), "call", "quality.view", CALLS, is_listed=False),
    Place("scorecards", N_("Scorecards"), "fact_check", "scorecards.view", CALLS),
    Place("disputes", N_("Disputes and calibration"), "balance", "disputes.view", CALLS),
    Place("search", N_("Search calls"), "manage_search", "quality.view", CALLS),
    Place("meeting", N_("Monthly meeting"), "groups", "meeting.view", MEETINGS),
    Place("data", N_("Data"), "database", "data.view", SYSTEM),
    Place("rulebook", N_("Rulebook"), "menu_book", "rulebook.view", SYSTEM),
    Place("administration", N_("Administration"), "settings", "users.manage", SYSTEM),
)
_BY_NAME = {place.name: place for place in PLACES}


def places_for(scope: Scope) -> list[Place]:
    """The pages this viewer may open, in the order of the menu; the first one is where he starts."""
    return [place for place in PLACES if place.exists and scope.may(place.capability)]


def menu(scope: Scope) -> dict[str, list[StreamlitPage]]:
    """The navigation by section.

    Hidden pages are in it too: they have addresses of their own. So are the pages the viewer may not see,
    because they, not Streamlit, should tell him so. The bare address "/" belongs to a hidden page that leads
    on to the viewer's first one.
    """
    allowed = places_for(scope)
    sections: dict[str, list[StreamlitPage]] = {}
    for place in allowed:
        sections.setdefault(_(place.section), []).append(place.page())
    first = allowed[0]

    def start() -> None:
        st.switch_page(first.page())

    start_page = st.Page(start, title=_(first.title), url_path="start", default=True, visibility="hidden")
    others = [place.page(is_listed=False) for place in PLACES if place.exists and place not in allowed]
    next(iter(sections.values())).extend([start_page, *others])
    return sections


def addresses() -> frozenset[str]:
    """The address of every page there is."""
    return frozenset(f"/{place.name}" for place in PLACES if place.exists)


def may_open(scope: Scope, name: str) -> bool:
    """Whether a link to the page leads anywhere for this viewer."""
    place = _BY_NAME[name]
    return place.exists and scope.may(place.capability)


def target(name: str) -> StreamlitPage:
    """The page of that name, to be linked to. Raises KeyError for a name that is none."""
    return _BY_NAME[name].page()


def link(name: str, label: str, icon: str | None = None, **query: str) -> None:
    """A link to another page of the desk, with what it should show in its address."""
    st.page_link(target(name), label=label, icon=icon, query_params=query or None)


def go(name: str, query: Mapping[str, str]) -> NoReturn:
    """Leave for another page, with what it should show in its address."""
    st.switch_page(target(name), query_params=dict(query))
