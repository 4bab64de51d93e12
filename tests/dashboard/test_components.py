"""Filters, figures and navigation: what they say about the data, without a page around them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import navigation
from dashboard.components import clause_list, denominator_sentence, target_sentence
from dashboard.filters import PRESETS, Filters, parse_day, preset_bounds, settle
from dashboard.i18n import using
from db.metrics import METRICS, Figure
from regulations.access import ACCOUNT_ROLES, CAPABILITIES, Scope

ON = date(2026, 11, 21)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with using("en"):
        yield


def figure(
    value: float | None, target: float | None = None, key: str = "complaint.all_clocks_attainment"
) -> Figure:
    numerator = 0 if value is None else value
    denominator = None if METRICS[key].unit == "count" else 0 if value is None else 100
    return Figure(key, numerator, denominator, value, target, METRICS[key].unit, ("A6.28",))


def test_a_figure_is_compared_with_its_target_in_words() -> None:
    assert "Target 95% reached" in target_sentence(figure(95.0, 95.0)).replace("\\", "")
    missed = target_sentence(figure(92.0, 95.0)).replace("\\", "")
    assert "missed by 3 percentage points" in missed and missed.startswith(":red[")
    assert target_sentence(figure(92.0)) == ""
    assert "Target 95%" in target_sentence(figure(None, 95.0)).replace("\\", "")


def test_where_less_is_better_less_reaches_the_target() -> None:
    late = next(
        key for key, metric in METRICS.items() if metric.better == "down" and metric.unit == "percent"
    )
    assert target_sentence(figure(2.0, 3.0, late)).startswith(":green[")
    assert target_sentence(figure(4.0, 3.0, late)).startswith(":red[")


def test_the_denominator_is_always_said() -> None:
    assert denominator_sentence(figure(92.0)) == "92 of 100"
    assert denominator_sentence(figure(None)) == "Nothing to count in this period"
    assert denominator_sentence(figure(5, key="complaint.received")) == ""


def test_a_rule_without_a_clause_shows_a_dash() -> None:
    assert clause_list(()) == "—"
    assert clause_list(("A6.22", "A6.28")) == "A6.22, A6.28"


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("month", date(2026, 11, 1), ON),
        ("last_month", date(2026, 10, 1), date(2026, 10, 31)),
        ("days30", date(2026, 10, 23), ON),
        ("months13", date(2025, 11, 1), ON),
    ],
)
def test_presets_are_whole_days(preset: str, first: date, last: date) -> None:
    assert preset_bounds(preset, ON) == (first, last)


@given(st.dates(min_value=date(2001, 1, 1), max_value=date(2090, 12, 31)))
def test_every_preset_has_bounds_in_order_on_every_day(on: date) -> None:
    for preset in PRESETS:
        bounds = preset_bounds(preset, on)
        assert bounds is None or bounds[0] <= bounds[1] <= on


@pytest.mark.parametrize(
    ("chosen", "before"),
    [
        # a running month is compared with the same days of the month before
        ((date(2026, 11, 1), date(2026, 11, 21)), (date(2026, 10, 1), date(2026, 10, 21))),
        ((date(2026, 3, 1), date(2026, 3, 30)), (date(2026, 2, 1), date(2026, 2, 28))),
        # a whole month with the whole month before
        ((date(2026, 3, 1), date(2026, 3, 31)), (date(2026, 2, 1), date(2026, 2, 28))),
        ((date(2026, 1, 1), date(2026, 1, 31)), (date(2025, 12, 1), date(2025, 12, 31))),
        # anything else with as many days before
        ((date(2026, 10, 23), date(2026, 11, 21)), (date(2026, 9, 23), date(2026, 10, 22))),
    ],
)
def test_the_previous_period_is_a_fair_comparison(
    chosen: tuple[date, date], before: tuple[date, date]
) -> None:
    assert Filters(*chosen).previous() == before


@pytest.mark.parametrize(
    "text", [None, "", "garbage", "2026-13-01", "2026-02-30", "0001-01-01", "20", "2026-1-1 "]
)
def test_a_day_that_is_none_is_none(text: str | None) -> None:
    assert parse_day(text) is None


def test_a_period_of_the_address_must_make_sense() -> None:
    usual = (date(2026, 11, 1), ON)
    assert settle("2026-01-01", "2026-01-31", usual, ON) == (date(2026, 1, 1), date(2026, 1, 31))
    assert settle("2026-02-01", "2026-01-31", usual, ON) == usual
    assert settle("2027-01-01", "2027-01-31", usual, ON) == usual
    assert settle("2026-11-01", "2027-01-31", usual, ON) == (date(2026, 11, 1), ON)  # the future is cut off
    assert settle("2026-11-01", None, usual, ON) == usual


def test_every_page_asks_for_a_capability_that_exists() -> None:
    assert {place.capability for place in navigation.PLACES} <= set(CAPABILITIES)


def test_every_page_has_a_place_and_every_place_its_page() -> None:
    files = {path.stem for path in navigation.PAGES_FOLDER.glob("*.py")}
    assert {place.name for place in navigation.PLACES} == files


@pytest.mark.parametrize("role", ACCOUNT_ROLES)
def test_every_role_has_somewhere_to_start(role: str) -> None:
    scope = Scope(1, "x", role)
    places = navigation.places_for(scope)
    assert places and places[0].is_listed
    assert all(scope.may(place.capability) for place in places)


def test_an_agent_is_shown_his_own_page_and_may_register_a_complaint_and_hand_over() -> None:
    assert [place.name for place in navigation.places_for(Scope(1, "x", "agent", (1,), 1))] == [
        "mine",
        "register",
        "handover",
    ]


def test_a_link_to_a_page_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        navigation.may_open(Scope(1, "x", "manager"), "nowhere")
