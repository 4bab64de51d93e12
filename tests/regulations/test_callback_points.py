"""The points of E5.14B at every edge, what would save one, and rates that add up whatever was tried."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.callbacks import RATES, Attempt, Decision, obligation, rates, shortfall
from regulations.names import NAMES
from tests.regulations.callback_cases import HOSPITAL
from tests.regulations.site_books import at, book_of

CEIL = book_of("hospital_callback", site='callback.step_rounding = "ceil"')


class TestShortfall:
    @pytest.mark.parametrize(
        ("completed", "due", "full", "begun"),
        [
            (100, 100, 0, 0),
            (9501, 10_000, 0, 1),  # 95.01 %
            (95, 100, 1, 1),  # 95.00 %
            (19, 20, 1, 1),
            (9499, 10_000, 1, 2),  # 94.99 %
            (9001, 10_000, 1, 2),
            (90, 100, 2, 2),
            (8999, 10_000, 2, 3),
            (2, 3, 6, 7),
            (0, 1, 20, 20),
        ],
    )
    def test_full_tiers_count_or_begun_ones(self, completed: int, due: int, full: int, begun: int) -> None:
        assert shortfall(completed, due, HOSPITAL, "discharge").points == full
        assert shortfall(completed, due, CEIL, "discharge").points == begun

    def test_the_reckoning_is_told_without_rounding_over_an_edge(self) -> None:
        found = shortfall(950_001, 1_000_000, HOSPITAL)
        assert found.points == 0
        assert "95.0001%" in "\n".join(s.zh for s in found.steps)
        assert "低 4.9999 个百分点" in "\n".join(s.zh for s in found.steps)

    def test_nothing_due_costs_nothing(self) -> None:
        found = shortfall(0, 0, HOSPITAL)
        assert (found.rate, found.points, found.to_save) == (None, 0, None)

    @pytest.mark.parametrize(
        ("completed", "due", "to_save"),
        [
            (95, 100, 1),
            (94, 100, 2),
            (90, 100, 1),
            (89, 100, 2),
            (0, 1, 1),
            (100, 100, None),
            (96, 100, None),
        ],
    )
    def test_how_many_more_would_save_a_point(self, completed: int, due: int, to_save: int | None) -> None:
        found = shortfall(completed, due, HOSPITAL)
        assert found.to_save == to_save
        if to_save is not None:
            assert shortfall(completed + to_save, due, HOSPITAL).points < found.points
            assert shortfall(completed + to_save - 1, due, HOSPITAL).points == found.points

    def test_a_kind_has_its_own_target_and_no_target_costs_nothing(self) -> None:
        book = book_of("property_cs_rules")  # E3.28: by gravity, no rate is named
        assert shortfall(0, 10, book, "complaint").points == 0
        assert shortfall(0, 10, book).target is None
        assert shortfall(0, 10, HOSPITAL, "discharge").target == 100

    def test_rests_on_the_clause(self) -> None:
        found = shortfall(9, 10, HOSPITAL, "discharge")
        assert "E5.14" in {s.clause for s in found.steps}
        assert "出院患者回访完成率 90%，目标 100%" in "\n".join(s.zh for s in found.steps)
        assert all(s.en.isascii() for s in found.steps)

    @given(
        completed=st.integers(0, 400), due=st.integers(1, 400), more=st.integers(0, 50), ceil=st.booleans()
    )
    @settings(max_examples=300, deadline=None)
    def test_points_never_rise_with_the_rate_and_match_a_count_of_tiers(
        self, completed: int, due: int, more: int, ceil: bool
    ) -> None:
        book = CEIL if ceil else HOSPITAL
        completed = min(completed, due)
        better = min(due, completed + more)
        points = shortfall(completed, due, book).points
        assert shortfall(better, due, book).points <= points
        tiers = 0  # the slow way, in whole numbers: 5 percent of due, once for each tier
        while (due - completed) * 100 >= (tiers + 1) * 5 * due:
            tiers += 1
        is_begun = ceil and (due - completed) * 100 > tiers * 5 * due
        assert points == tiers + is_begun


CASES = st.lists(
    st.tuples(
        st.sampled_from(["discharge", "specialist_first_visit"]),
        st.sampled_from(["K1", "K2", "K3"]),
        st.integers(0, 20),
        st.lists(
            st.tuples(
                st.integers(-30, 400),
                st.sampled_from(list(NAMES["attempt_outcome"])),
                st.booleans(),
                st.sampled_from([None, *NAMES["satisfaction"]]),
            ),
            max_size=4,
        ),
        st.booleans(),
    ),
    max_size=12,
)


@given(cases=CASES, hours=st.integers(0, 800))
@settings(max_examples=150, deadline=None)
def test_rates_add_up_over_any_grouping_and_no_part_exceeds_its_whole(cases: list, hours: int) -> None:  # type: ignore[type-arg]
    start = at("2026-10-12 09:00")
    now = start + timedelta(hours=hours)
    answered = []
    for kind, caller, days, tries, is_given_up in cases:
        arisen = start + timedelta(days=days)
        attempts = [
            Attempt(arisen + timedelta(hours=h), outcome, done and outcome == "connected", caller, mood)
            for h, outcome, done, mood in tries
        ]
        decisions = (Decision(arisen + timedelta(days=9), "give_up", "unreachable"),) if is_given_up else ()
        owed = obligation(kind, arisen, attempts, HOSPITAL, now, decisions=decisions)
        answered.append(((kind, caller), (owed, attempts)))
    total = rates([one for _group, one in answered], now)
    assert total.completed + total.settled <= total.due
    assert total.punctual <= total.completed <= total.connected <= total.attempted <= total.due
    assert total.satisfied <= total.completed
    for place in (0, 1):
        groups = {group[place] for group, _one in answered}
        parts = [rates([one for group, one in answered if group[place] == code], now) for code in groups]
        for name in ("due", *RATES, "settled"):
            assert sum(getattr(part, name) for part in parts) == getattr(total, name)
    for name in RATES:
        percent = total.percent(name)
        assert percent is None or Decimal(0) <= percent <= 100
