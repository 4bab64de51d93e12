"""Surges: the sliding window, the baseline of four weeks, quiet time, and honesty about too little history."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.surge import Surge, surges
from tests.regulations.site_books import at, book_of

BOOK = book_of()  # five in sixty minutes, three times the mean, an hour of quiet
NOW = at("2026-11-20 18:00")
LONG_AGO = (at("2026-09-01 09:00"), "其他")  # enough history for every comparison


def burst(start: str, count: int, group: str = "质量", minutes: int = 5) -> list[tuple[datetime, str]]:
    return [(at(start) + timedelta(minutes=minutes * n), group) for n in range(count)]


def found(*complaints: tuple[datetime, str], now: datetime = NOW) -> tuple[Surge, ...]:
    return surges(complaints, BOOK, now)


def told(surge: Surge) -> str:
    return "\n".join(s.zh for s in surge.steps)


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


class TestTheBaseline:
    def usual(self, per_day: int, days: int = 28) -> list[tuple[datetime, str]]:
        """So many complaints every day between ten and eleven, over the four weeks before."""
        return [
            (at("2026-11-20 10:05") - timedelta(days=d) + timedelta(minutes=n), "质量")
            for d in range(1, days + 1)
            for n in range(per_day)
        ]

    def test_is_the_mean_of_the_same_hour_over_four_weeks(self) -> None:
        (surge,) = found(LONG_AGO, *self.usual(2), *burst("2026-11-20 10:00", 6))
        assert surge.baseline == 2
        assert surge.ratio == 3
        assert "平均 2 件，为其 3 倍，达到 3 倍" in told(surge)

    def test_below_the_ratio_nothing_is_raised(self) -> None:
        assert found(LONG_AGO, *self.usual(2), *burst("2026-11-20 10:00", 5)) == ()

    def test_other_hours_of_the_day_do_not_count(self) -> None:
        (surge,) = found(LONG_AGO, *self.usual(2), *burst("2026-11-20 15:00", 5))
        assert (surge.baseline, surge.ratio) == (Decimal(0), None)
        assert "前四周同一时段没有此类投诉" in told(surge)

    def test_a_day_without_any_lowers_the_mean(self) -> None:
        (surge,) = found(LONG_AGO, *self.usual(2, days=14), *burst("2026-11-20 10:00", 5))
        assert (surge.baseline, surge.ratio) == (Decimal(1), Decimal(5))


class TestTooLittleHistory:
    def test_is_admitted_and_the_count_alone_decides(self) -> None:
        (surge,) = found((at("2026-10-24 10:00"), "其他"), *burst("2026-11-20 10:00", 5))
        assert (surge.baseline, surge.ratio) == (None, None)
        assert "历史记录自 2026-10-24 10:00 起，不足四周，无法与往常比较" in told(surge)

    def test_the_first_four_weeks_of_longer_records_are_history_only(self) -> None:
        early = burst("2026-10-05 10:00", 9)
        assert found((at("2026-10-01 10:00"), "其他"), *early) == ()

    def test_a_quiet_beginning_of_known_records_is_history_too(self) -> None:
        quiet_at_first = [(at("2026-11-01 10:00"), "其他"), *burst("2026-11-20 10:00", 5)]
        assert surges(quiet_at_first, BOOK, NOW)[0].baseline is None
        (surge,) = surges(quiet_at_first, BOOK, NOW, known_since=at("2026-10-01 00:00"))
        assert surge.baseline == 0

    def test_no_complaints_are_no_surge(self) -> None:
        assert surges([], BOOK, NOW) == ()
        assert surges([(NOW + timedelta(hours=1), "质量")], BOOK, NOW) == ()


class TestQuietTime:
    def test_what_goes_on_is_one_alarm_at_its_fullest(self) -> None:
        (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 8))
        assert (surge.started_at, surge.last_at) == (at("2026-11-20 10:20"), at("2026-11-20 10:35"))
        assert surge.count == 8
        assert "合并为一次提醒" in told(surge)

    def test_and_stays_one_however_long_it_goes_on(self) -> None:
        (surge,) = found(LONG_AGO, *burst("2026-11-20 08:00", 40))
        assert surge.last_at - surge.started_at > timedelta(hours=2)
        assert surge.count == 12

    def test_a_second_burst_after_it_is_a_second_alarm(self) -> None:
        both = found(LONG_AGO, *burst("2026-11-20 10:00", 5), *burst("2026-11-20 14:00", 5))
        assert [s.started_at for s in both] == [at("2026-11-20 10:20"), at("2026-11-20 14:20")]

    def test_without_quiet_time_only_the_same_moment_is_one_alarm(self) -> None:
        book = book_of(site="surge.cooldown = off")
        assert len(surges([LONG_AGO, *burst("2026-11-20 10:00", 7)], book, NOW)) == 3


@pytest.mark.parametrize("key", ["surge.window", "surge.min_count"])
def test_a_rulebook_without_window_or_count_knows_no_surges(key: str) -> None:
    assert surges([LONG_AGO, *burst("2026-11-20 10:00", 9)], book_of(site=f"{key} = off"), NOW) == ()


def test_the_steps_name_the_clause_and_both_languages() -> None:
    (surge,) = found(LONG_AGO, *burst("2026-11-20 10:00", 5, "quality"))
    assert "D1.10" in surge.clauses
    assert all(s.en.isascii() for s in surge.steps)


@given(seed=st.integers(0, 100_000))
@settings(max_examples=40, deadline=None)
def test_agrees_with_counting_every_window_by_hand(seed: int) -> None:
    chance = random.Random(seed)
    start = at("2026-10-15 00:00")
    times = [start + timedelta(minutes=5 * chance.randint(0, 12 * 24 * 36)) for _ in range(60)]
    times += [at("2026-11-18 10:00") + timedelta(minutes=chance.randint(0, 90)) for _ in range(8)]
    complaints = [(start, "其他"), *((t, "质量") for t in times)]
    chance.shuffle(complaints)
    hour, alarms = timedelta(hours=1), []
    for t in sorted(set(times)):
        count = sum(t - hour < other <= t for other in times)
        if count < 5 or t < start + timedelta(days=28):
            continue
        same_hour = [
            sum(t - timedelta(days=d) - hour < other <= t - timedelta(days=d) for other in times)
            for d in range(1, 29)
        ]
        mean = Decimal(sum(same_hour)) / 28
        if count >= 3 * mean:
            alarms.append(t)
    merged = [t for i, t in enumerate(alarms) if i == 0 or t - alarms[i - 1] > hour]
    assert [s.started_at for s in surges(complaints, BOOK, NOW)] == merged
