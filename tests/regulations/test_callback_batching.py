"""A month's callbacks crowded at its end or within minutes: remarked, unless the due dates explain it."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.callback_batching import Batching, Completion, batching, bursts, last_days_from
from regulations.worktime import WorkCalendar
from tests.regulations.callback_cases import HOSPITAL
from tests.regulations.site_books import at, book_of

OCTOBER = date(2026, 10, 1)  # its last three working days are 28, 29 and 30; the 31st is a Saturday
AFTER = at("2026-11-05 09:00")


def made(on: int, due: int | str, hour: int = 10, minute: int = 0) -> Completion:
    due_at = at(f"2026-10-{due:02d} 17:00") if isinstance(due, int) else at(due)
    return Completion(at(f"2026-10-{on:02d} {hour:02d}:{minute:02d}"), due_at)


def found(*completions: Completion, now=AFTER, site: str = "") -> Batching:  # type: ignore[no-untyped-def]
    book = book_of("hospital_callback", site=site) if site else HOSPITAL
    return batching(completions, book, OCTOBER, now)


def spread(count: int) -> list[Completion]:
    return [made(day, day) for day in range(10, 10 + count)]


def late(count: int, due: int | str = 12) -> list[Completion]:
    return [made(28 + n % 3, due, hour=9 + n // 3) for n in range(count)]


@pytest.mark.parametrize(
    ("month", "begins"),
    [
        ("2026-10", "2026-10-28"),
        ("2026-11", "2026-11-26"),  # ends on a Monday: 26, 27, 30
        ("2026-09", "2026-09-28"),
        ("2026-05", "2026-05-27"),  # the 30th and 31st are a weekend
    ],
)
def test_the_last_days_are_working_days_and_whatever_lies_between(month: str, begins: str) -> None:
    calendar = WorkCalendar.from_rulebook(HOSPITAL)
    assert last_days_from(date.fromisoformat(f"{month}-15"), 3, calendar) == date.fromisoformat(begins)


def test_a_month_with_fewer_working_days_is_all_last_days() -> None:
    assert last_days_from(OCTOBER, 100, WorkCalendar.from_rulebook(HOSPITAL)) == OCTOBER


def test_what_was_held_back_to_the_last_days_is_remarked() -> None:
    verdict = found(*spread(6), *late(4))
    assert (verdict.state, verdict.at_end, verdict.due_at_end, verdict.total) == ("batched", 4, 0, 10)
    assert verdict.is_remarked
    assert "这不是对个人的结论" in verdict.steps[-1].zh
    assert "No verdict about a person" in verdict.steps[-1].en


def test_the_share_is_compared_exactly() -> None:
    assert found(*spread(6), *late(4)).state == "batched"  # 40 % is the line
    assert found(*spread(7), *late(4)).state == "even"  # 36.4 %


def test_a_month_whose_callbacks_fell_due_late_is_not_accused() -> None:
    due_then = [made(28 + n % 3, 29, hour=9 + n // 3) for n in range(8)]
    verdict = found(*spread(4), *due_then)
    assert (verdict.state, verdict.due_at_end) == ("even", 8)
    assert "到期日本来就集中在月末" in verdict.steps[-1].zh


def test_what_is_made_early_at_the_end_of_the_month_is_not_held_back() -> None:
    assert found(*spread(4), *late(8, "2026-11-03 17:00")).state == "even"


def test_too_few_are_not_judged() -> None:
    assert found(*late(9)).state == "too_few"
    assert found(*late(10)).state == "batched"


def test_before_the_last_days_there_is_nothing_to_judge() -> None:
    verdict = found(*spread(12), now=at("2026-10-27 23:59"))
    assert verdict.state == "not_yet"


def test_other_months_and_what_lies_ahead_do_not_count() -> None:
    others = [Completion(at("2026-09-30 10:00"), at("2026-09-01 10:00"))] * 20
    ahead = late(12)
    assert found(*others, *ahead, now=at("2026-10-28 08:00")).total == 0


@pytest.mark.parametrize("key", ["month_end_days", "month_end_share"])
def test_the_rulebook_may_not_look_at_it(key: str) -> None:
    assert found(*late(12), site=f"callback.{key} = off").state == "off"


class TestBursts:
    def test_five_within_five_minutes_are_remarked(self) -> None:
        run = [made(15, 15, 10, minute) for minute in (0, 1, 2, 4, 5)]
        (one,) = found(*run).bursts
        assert (one.first_at, one.last_at, one.count) == (run[0].at, run[-1].at, 5)

    def test_a_second_more_is_none(self) -> None:
        run = [made(15, 15, 10, minute) for minute in (0, 1, 2, 4)]
        beyond = Completion(at("2026-10-15 10:05:01"), at("2026-10-15 17:00"))
        assert found(*run, beyond).bursts == ()

    def test_runs_that_overlap_are_one(self) -> None:
        run = [made(15, 15, 10, minute) for minute in range(12)]
        (one,) = found(*run).bursts
        assert one.count == 12

    def test_runs_apart_are_two(self) -> None:
        run = [made(15, 15, hour, minute) for hour in (10, 15) for minute in range(5)]
        assert [one.count for one in found(*run).bursts] == [5, 5]

    def test_the_rulebook_may_not_look_at_them(self) -> None:
        run = [made(15, 15, 10, minute) for minute in range(12)]
        assert found(*run, site="callback.burst_min = off").bursts == ()

    @given(minutes=st.lists(st.integers(0, 200), max_size=30))
    @settings(max_examples=100, deadline=None)
    def test_every_completion_in_a_run_of_five_is_in_a_burst_and_no_other(self, minutes: list[int]) -> None:
        start = at("2026-10-15 10:00")
        moments = sorted(start + timedelta(minutes=m) for m in minutes)
        crowded = set()
        for i in range(len(moments) - 4):
            if moments[i + 4] - moments[i] <= timedelta(minutes=5):
                crowded |= set(range(i, i + 5))
        answered = bursts([Completion(m, m) for m in moments], HOSPITAL)
        assert sum(one.count for one in answered) == len(crowded)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    chance = random.Random(seed)
    rows = [made(chance.randint(1, 31), chance.randint(1, 31), chance.randint(8, 18)) for _ in range(20)]
    assert found(*rows) == found(*chance.sample(rows, len(rows)))
