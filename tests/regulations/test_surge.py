"""Surges: the window, the comparison with the same hours before, honesty about chance and about too little history."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import comb
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from regulations import surge_steps
from regulations.surge import (
    Surge,
    are_related,
    count_within,
    groups_of,
    is_within,
    judge,
    surges,
    tail_probability,
    terms_of,
    window_before,
)
from tests.regulations.site_books import SHANGHAI, at, book_of

BOOK = book_of()  # five in sixty minutes, three times the mean, one in 100,000, an hour of quiet
NOW = at("2026-11-20 18:00")
LONG_AGO = (at("2026-09-01 09:00"), "其他")  # enough history for every comparison
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def burst(start: str, count: int, group: str = "质量", minutes: int = 5) -> list[tuple[datetime, str]]:
    return [(at(start) + timedelta(minutes=minutes * n), group) for n in range(count)]


def usual(per_day: int, days: int = 28, hour: str = "10:00") -> list[tuple[datetime, str]]:
    """So many complaints every day just after that hour, over the four weeks before."""
    first = at(f"2026-11-20 {hour}")
    return [
        (first - d * DAY + timedelta(seconds=n), "质量") for d in range(1, days + 1) for n in range(per_day)
    ]


def found(*complaints: tuple[datetime, str], now: datetime = NOW, **options: datetime) -> tuple[Surge, ...]:
    return surges(complaints, BOOK, now, **options)


def told(surge: Surge, lang: str = "zh") -> str:
    return "\n".join(s.en if lang == "en" else s.zh for s in surge.steps)


class TestTheWindow:
    def test_five_within_the_hour_raise_an_alarm_at_the_fifth(self) -> None:
        (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 5))
        assert (surge.group, surge.count) == ("质量", 5)
        assert surge.started_at == surge.last_at == at("2026-11-20 10:20")

    def test_four_do_not(self) -> None:
        assert found(LONG_AGO, *burst("2026-11-20 10:00", 4)) == ()

    def test_the_fifth_a_whole_hour_after_the_first_is_outside(self) -> None:
        assert found(LONG_AGO, *burst("2026-11-20 10:00", 5, minutes=15)) == ()
        almost = [*burst("2026-11-20 10:00", 4, minutes=15), (at("2026-11-20 10:59:59"), "质量")]
        assert len(found(LONG_AGO, *almost)) == 1

    def test_slides_across_the_full_hour_and_midnight(self) -> None:
        assert len(found(LONG_AGO, *burst("2026-11-19 23:40", 5, minutes=10))) == 1

    def test_groups_do_not_add_up(self) -> None:
        assert found(LONG_AGO, *burst("2026-11-20 10:00", 4), *burst("2026-11-20 10:01", 4, "物流")) == ()

    def test_what_has_not_happened_yet_is_not_known(self) -> None:
        assert found(LONG_AGO, *burst("2026-11-20 10:00", 5), now=at("2026-11-20 10:19:59")) == ()
        assert len(found(LONG_AGO, *burst("2026-11-20 10:00", 5), now=at("2026-11-20 10:20"))) == 1

    def test_the_order_in_which_complaints_are_given_does_not_matter(self) -> None:
        given_so = [LONG_AGO, *usual(1), *burst("2026-11-20 10:00", 9)]
        turned = given_so[:]
        random.Random(1).shuffle(turned)
        assert surges(turned, BOOK, NOW) == surges(given_so, BOOK, NOW)


class TestTheComparison:
    def test_is_the_mean_of_the_same_hour_over_four_weeks(self) -> None:
        (surge,) = found(LONG_AGO, *usual(2), *burst("2026-11-20 10:10", 12, minutes=4))
        assert surge.baseline == 2
        assert surge.ratio == 6
        assert "共 56 件，平均 2 件" in told(surge)
        assert "为平均的 6 倍，达到 3 倍" in told(surge)

    def test_below_three_times_the_mean_nothing_is_raised_however_improbable(self) -> None:
        book = book_of(site="surge.significance = off")
        for count, raised in ((59, 0), (60, 1)):
            crowd = burst("2026-11-20 10:10", count, minutes=0)
            every = surges([LONG_AGO, *usual(20), *crowd], book, NOW)
            assert sum(surge.started_at >= at("2026-11-20 00:00") for surge in every) == raised

    def test_three_times_the_mean_is_not_enough_where_chance_does_as_much(self) -> None:
        assert found(LONG_AGO, *usual(1), *burst("2026-11-20 10:10", 5)) == ()
        assert len(found(LONG_AGO, *usual(1), *burst("2026-11-20 10:10", 9))) == 1

    def test_another_hour_of_the_day_is_another_comparison(self) -> None:
        (surge,) = found(LONG_AGO, *usual(2), *burst("2026-11-20 15:00", 5))
        assert (surge.baseline, surge.ratio) == (Decimal(0), None)
        assert "对比的时段里一件也没有" in told(surge)

    def test_days_without_any_count_as_none(self) -> None:
        (surge,) = found(LONG_AGO, *usual(2, days=14), *burst("2026-11-20 10:10", 10))
        assert (surge.baseline, surge.ratio) == (Decimal(1), Decimal(10))

    def test_all_days_are_compared_working_days_and_days_off_alike(self) -> None:
        times = sorted(moment for moment, _group in usual(1))
        terms = terms_of(BOOK, NOW)
        assert terms is not None and terms.windows == 28
        judged = judge(times, at("2026-11-20 10:30"), terms, SHANGHAI, at("2026-01-01 00:00"))
        assert (judged.past, judged.mean) == (28, 1)

    def test_the_day_before_the_four_weeks_is_not_compared(self) -> None:
        too_old = [(at("2026-10-22 10:15"), "质量")] * 4  # 29 days before
        (surge,) = found(LONG_AGO, *too_old, *burst("2026-11-20 10:10", 5))
        assert surge.baseline == 0
        (surge,) = found(LONG_AGO, (at("2026-10-23 10:15"), "质量"), *burst("2026-11-20 10:10", 5))
        assert surge.baseline == Decimal(1) / 28

    def test_the_same_hour_is_that_of_the_wall_clock_and_as_long(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        noon = datetime(2026, 3, 29, 12, 0, tzinfo=berlin)  # summer time began in the night
        begins, ends = window_before(noon.astimezone(UTC), 1, HOUR, berlin)
        assert ends.astimezone(berlin).hour == 12
        assert ends - begins == HOUR
        assert noon.astimezone(UTC) - ends == timedelta(hours=23)

    def test_a_window_of_more_than_a_day_never_meets_itself(self) -> None:
        terms = terms_of(book_of(site="surge.window = 36 hour"), NOW)
        assert terms is not None
        assert (terms.apart, terms.windows) == (2, 14)
        spans = [window_before(NOW, terms.apart * n, terms.window, SHANGHAI) for n in range(15)]
        assert all(later[0] >= earlier[1] for later, earlier in pairwise(spans))

    def test_a_window_longer_than_the_history_is_no_watch(self) -> None:
        assert terms_of(book_of(site="surge.window = 680 hour"), NOW) is None


class TestTooLittleHistory:
    def test_nothing_is_raised_before_every_comparison_window_is_known(self) -> None:
        crowd = burst("2026-11-20 10:00", 9)
        last = crowd[-1][0]
        exactly = last - 28 * DAY - HOUR
        assert found(*crowd, known_since=exactly + timedelta(seconds=1)) == ()
        (surge,) = found(*crowd, known_since=exactly)
        assert surge.started_at == surge.last_at == last

    def test_the_earliest_complaint_is_where_knowledge_begins(self) -> None:
        assert found((at("2026-10-24 10:00"), "其他"), *burst("2026-11-20 10:00", 9)) == ()

    def test_why_it_is_silent_and_until_when_is_said(self) -> None:
        terms = terms_of(BOOK, NOW)
        assert terms is not None
        step = surge_steps.silent(at("2026-11-01 08:00"), at("2026-11-29 09:00"), terms, SHANGHAI, BOOK)
        assert "2026-11-01 08:00" in step.zh and "2026-11-29 09:00" in step.zh
        assert "2026-11-01 08:00" in step.en and "2026-11-29 09:00" in step.en

    def test_no_complaints_are_no_surge(self) -> None:
        assert surges([], BOOK, NOW) == ()
        assert surges([(NOW + timedelta(hours=1), "质量")], BOOK, NOW) == ()


def exact(count: int, past: int, windows: int) -> Fraction:
    """The binomial tail in whole numbers."""
    total = count + past
    return sum(
        (
            comb(total, k) * Fraction(windows ** (total - k), (windows + 1) ** total)
            for k in range(count, total + 1)
        ),
        start=Fraction(0),
    )


class TestChance:
    @given(st.integers(0, 60), st.integers(0, 200), st.integers(1, 60))
    @example(5, 0, 28)
    @example(1, 0, 1)
    @example(60, 200, 1)
    def test_is_the_exact_binomial_tail(self, count: int, past: int, windows: int) -> None:
        assert tail_probability(count, past, windows) == pytest.approx(
            float(exact(count, past, windows)), rel=1e-9
        )

    def test_five_after_four_weeks_of_none(self) -> None:
        assert tail_probability(5, 0, 28) == pytest.approx(29**-5, rel=1e-12)

    def test_large_counts_neither_overflow_nor_take_long(self) -> None:
        assert 0.4 < tail_probability(1000, 28_000, 28) < 0.6
        assert tail_probability(5000, 28_000, 28) < 1e-200 or tail_probability(5000, 28_000, 28) == 0

    @given(st.integers(1, 40), st.integers(0, 100), st.integers(1, 40))
    def test_more_in_the_window_is_rarer_and_more_before_is_more_usual(
        self, count: int, past: int, windows: int
    ) -> None:
        probability = tail_probability(count, past, windows)
        assert tail_probability(count + 1, past, windows) < probability * (1 + 1e-9)
        assert tail_probability(count, past + 1, windows) > probability * (1 - 1e-9)

    @pytest.mark.parametrize(
        ("probability", "words"),
        [
            (1 / 4000, "4,000"),
            (1 / 4321, "4,300"),
            (29.0**-5, "21,000,000"),
            (0.5, "2"),
            (1.0, "1"),
            (0.0, "1,000,000,000"),
        ],
    )
    def test_odds_have_two_digits_and_no_pretence(self, probability: float, words: str) -> None:
        assert surge_steps.odds(probability) == words

    def test_the_words_say_how_often_and_what_the_threshold_is(self) -> None:
        (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 5))
        assert "平时要约 21,000,000 个这样的时段才碰上一次，比门槛（100,000 个一次）更罕见" in told(surge)
        assert "once in about 21,000,000 such windows, rarer than the threshold of once in 100,000" in told(
            surge, "en"
        )
        (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 12))
        assert "超过 1,000,000,000 个" in told(surge)

    def test_at_the_threshold_itself_nothing_is_raised(self) -> None:
        p = tail_probability(5, 0, 28)
        terms = terms_of(BOOK, NOW)
        assert terms is not None
        times = [moment for moment, _group in burst("2026-11-20 10:00", 5)]
        for significance, is_surge in ((p, False), (p * 1.000001, True), (None, True)):
            changed = replace(terms, significance=significance)
            assert judge(times, times[-1], changed, SHANGHAI, LONG_AGO[0]).is_surge is is_surge


class TestGroups:
    FIELDS = ("category", "product")
    BOTH = (("category", "billing"), ("product", "X3"))
    WIDE = (("category", "billing"), ("product", ""))

    @pytest.mark.parametrize(
        ("values", "groups"),
        [
            ({"category": "billing", "product": "X3"}, (BOTH, WIDE)),
            ({"category": "billing", "product": " X3 "}, (BOTH, WIDE)),
            ({"category": "billing", "product": ""}, (WIDE,)),
            ({"category": "billing", "product": "  "}, (WIDE,)),
            ({"category": "billing"}, (WIDE,)),
            ({"category": "", "product": ""}, ()),
        ],
    )
    def test_a_complaint_is_of_its_type_and_of_the_wider_one(
        self, values: Mapping[str, str], groups: tuple[object, ...]
    ) -> None:
        assert groups_of(values, self.FIELDS) == groups

    def test_related_is_a_group_and_its_part_not_two_parts(self) -> None:
        other = (("category", "billing"), ("product", "T65"))
        assert is_within(self.BOTH, self.WIDE) and not is_within(self.WIDE, self.BOTH)
        assert are_related(self.BOTH, self.WIDE) and are_related(self.WIDE, self.BOTH)
        assert not are_related(self.BOTH, other)

    def test_names_say_what_is_left_open(self) -> None:
        assert surge_steps.group_text(self.WIDE, "zh").endswith("· 不分产品")
        assert surge_steps.group_text(self.WIDE, "en").endswith("· any product")
        assert surge_steps.group_text(self.BOTH, "en").endswith("· X3")


class TestQuietTime:
    def test_a_surge_that_goes_on_is_one_alarm_with_the_fullest_window(self) -> None:
        (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 8))
        assert (surge.started_at, surge.last_at) == (at("2026-11-20 10:20"), at("2026-11-20 10:35"))
        assert surge.count == 8
        assert "合并为一次提醒" in told(surge)

    def test_two_surges_far_apart_are_two(self) -> None:
        assert len(found(LONG_AGO, *burst("2026-11-20 08:00", 5), *burst("2026-11-20 15:00", 5))) == 2

    def test_without_quiet_time_each_trigger_is_one(self) -> None:
        book = book_of(site="surge.cooldown = off")
        assert len(surges([LONG_AGO, *burst("2026-11-20 10:00", 7)], book, NOW)) == 3


@pytest.mark.parametrize("key", ["surge.window", "surge.min_count", "surge.history_weeks"])
def test_a_rulebook_without_it_knows_no_surges(key: str) -> None:
    assert surges([LONG_AGO, *burst("2026-11-20 10:00", 9)], book_of(site=f"{key} = off"), NOW) == ()


def test_the_steps_speak_both_languages_and_name_their_clauses() -> None:
    (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 5, "quality"))
    assert "D1.10" in surge.clauses
    assert all(s.zh and s.en for s in surge.steps)
    assert not any("一" <= letter <= "鿿" for letter in told(surge, "en"))


def brute_force(received: list[tuple[datetime, str]], now: datetime) -> list[datetime]:
    """Every surging arrival of one group, by counting each window anew."""
    times = [moment for moment, _group in received if moment <= now]
    since = min(times)
    hits = []
    for moment in sorted(set(times)):
        if moment < since + 28 * DAY + HOUR:
            continue
        count = sum(moment - HOUR < other <= moment for other in times)
        past = sum(
            moment - d * DAY - HOUR < other <= moment - d * DAY for d in range(1, 29) for other in times
        )
        rare = exact(count, past, 28) < Fraction(1, 100_000)
        if count >= 5 and count * 28 >= 3 * past and rare:
            hits.append(moment)
    return hits


@given(
    st.lists(st.tuples(st.integers(0, 31), st.integers(0, 3), st.integers(0, 59)), min_size=1, max_size=90),
    st.lists(st.integers(0, 239), max_size=25),
)
@settings(max_examples=60, deadline=None)
def test_agrees_with_counting_every_window_anew(
    scattered: list[tuple[int, int, int]], crowd: list[int]
) -> None:
    received = [
        (at("2026-10-01 09:00") + timedelta(days=d, hours=h, minutes=m), "质量") for d, h, m in scattered
    ]
    received += [(at("2026-11-10 09:00") + timedelta(minutes=m), "质量") for m in crowd]
    received.append((at("2026-09-30 00:00"), "质量"))
    hits = brute_force(received, NOW)
    merged: list[list[datetime]] = []
    for hit in hits:
        if merged and hit - merged[-1][-1] <= HOUR:
            merged[-1].append(hit)
        else:
            merged.append([hit])
    assert [(s.started_at, s.last_at) for s in surges(received, BOOK, NOW)] == [(m[0], m[-1]) for m in merged]


def test_counting_is_open_at_the_start_and_closed_at_the_end() -> None:
    times = [at("2026-11-20 10:00"), at("2026-11-20 10:30"), at("2026-11-20 11:00")]
    assert count_within(times, at("2026-11-20 10:00"), at("2026-11-20 11:00")) == 2
