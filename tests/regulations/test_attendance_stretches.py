"""The minutes of a verdict are the sum of the stretches that its steps name, and what is missing between is named too."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.attendance import (
    DayContext,
    DayVerdict,
    LeaveFact,
    OffPostFact,
    PunchFact,
    ShiftFacts,
    judge,
)
from regulations.attendance_steps import stretches
from regulations.rulebook import Rulebook
from tests.regulations.site_books import SHANGHAI, book_of
from tests.regulations.test_attendance import (
    DAY,
    LATE_SHIFT,
    LONG_AFTER,
    NEXT,
    NIGHT,
    NINE_TO_SIX,
    SHOP,
    moment,
    words,
)
from tests.regulations.test_attendance_remarks import away, verdict

TOWER = book_of("office_tower_handbook")
_SPAN = re.compile(
    r"(?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d(?::\d\d)?) to (?:(\d{4}-\d\d-\d\d) )?(\d\d:\d\d(?::\d\d)?)"
)


def named_spans(text: str) -> list[tuple[datetime, datetime]]:
    """The stretches of a sentence, read as somebody with a pencil would."""
    found, day = [], ""
    for on, start, until, end in _SPAN.findall(text):
        day = on or day
        begun = datetime.fromisoformat(f"{day} {start}")
        day = until or day
        found.append((begun, datetime.fromisoformat(f"{day} {end}")))
    return found


def worked_by_the_steps(found: DayVerdict) -> int:
    """The worked minutes as the step says them, recomputed from the stretches it names."""
    said = [step.en for step in found.steps if step.en.startswith("Worked ")]
    if not said:
        return 0
    minutes = int(re.findall(r"\d+", said[0])[0])
    total = sum(((end - start) for start, end in named_spans(said[0])), timedelta())
    assert minutes == int(total.total_seconds()) // 60
    return minutes


class TestGaps:
    """A1.7, A2.37: whether the supervisor was asked, punches cannot tell."""

    @pytest.mark.parametrize(
        ("told", "missing", "worked"),
        [
            (("in 08:50", "out 10:00", "in 10:25", "out 18:00"), ("2026-11-18 10:00 至 2026-11-18 10:25", "25 分钟"), 455),
            (("in 08:50", "out 12:00", "in 13:10", "out 18:00"), ("2026-11-18 13:00 至 2026-11-18 13:10", "10 分钟"), 470),
            (("in 08:50", "out 11:45", "in 13:00", "out 18:00"), ("2026-11-18 11:45 至 2026-11-18 12:00", "15 分钟"), 465),
            (("in 08:50", "out 10:00", "in 10:01:30", "out 18:00"), ("2026-11-18 10:00 至 2026-11-18 10:01:30", "1 分钟 30 秒"), 478),
        ],
    )  # fmt: skip
    def test_are_named_with_their_length_and_change_no_class(
        self, told: tuple[str, ...], missing: tuple[str, str], worked: int
    ) -> None:
        found = verdict(*told)
        assert (found.class_, found.remarks, found.worked_minutes) == ("present", ("gap_in_punches",), worked)
        assert f"打卡显示 {missing[0]} 不在岗，共 {missing[1]}" in words(found)
        assert "A1.7" in found.clauses
        assert worked_by_the_steps(found) == worked

    def test_of_an_hour_are_no_more_than_named(self) -> None:
        assert verdict("in 08:50", "out 14:00", "in 15:00", "out 18:00").class_ == "present"

    @pytest.mark.parametrize(
        "told",
        [
            ("in 08:50", "out 12:00", "in 13:00", "out 18:00"),
            ("in 08:50", "out 12:20", "in 12:40", "out 18:00"),
            ("in 08:50", "out 10:00", "in 10:00:40", "out 18:00"),  # a double press
            ("in 08:50", "out 18:10", "in 18:30", "out 19:00"),
        ],
    )
    def test_are_none_within_the_break_or_after_the_end(self, told: tuple[str, ...]) -> None:
        assert "gap_in_punches" not in verdict(*told).remarks

    def test_are_explained_by_recorded_time_off_the_post(self) -> None:
        told = ("in 08:50", "out 10:00", "in 10:25", "out 18:00")
        found = verdict(*told, away=(away("off_post", "10:00", "10:25", is_approved=True),))
        assert (found.remarks, found.worked_minutes) == ((), 455)
        part = verdict(*told, away=(away("off_post", "10:00", "10:20", is_approved=True),))
        assert part.remarks == ("gap_in_punches",)
        assert "打卡显示 2026-11-18 10:20 至 2026-11-18 10:25 不在岗" in words(part)

    def test_of_a_split_shift_at_either_half(self) -> None:
        split = ShiftFacts(moment("09:00"), moment("20:00"), ((moment("12:00"), moment("17:00")),))
        late_back = verdict("in 08:50", "out 12:00", "in 17:20", "out 20:00", shift=split)
        assert "打卡显示 2026-11-18 17:00 至 2026-11-18 17:20 不在岗" in words(late_back)
        gone_early = verdict("in 08:50", "out 11:30", "in 17:00", "out 20:00", shift=split)
        assert "打卡显示 2026-11-18 11:30 至 2026-11-18 12:00 不在岗" in words(gone_early)

    def test_name_no_approver_where_nobody_has_to_be_asked(self) -> None:
        book = book_of("ecommerce_shop", site="attendance.leave_post_approver = off")
        found = verdict("in 08:50", "out 10:00", "in 10:25", "out 18:00", book=book)
        assert found.remarks == ("gap_in_punches",)
        assert "由主管登记离岗" in words(found)


class TestTheLimits:
    def test_approved_time_beyond_the_limit_names_it_and_its_clause(self) -> None:
        long = verdict("in 08:50", "out 18:00", away=(away("away", "10:00", "10:10:01", is_approved=True),))
        assert (long.class_, long.remarks) == ("present", ())
        assert "超过 10 分钟；已获批准，不计超时" in words(long)
        assert "A1.8" in long.clauses
        kept = verdict("in 08:50", "out 18:00", away=(away("away", "10:00", "10:10", is_approved=True),))
        assert "，已获批准" in words(kept)
        assert "A1.8" not in kept.clauses

    @pytest.mark.parametrize(
        ("post", "clause"), [("前台", "B1.20"), ("desk", "B1.20"), ("大堂", "B1.8"), ("", "B1.8")]
    )
    def test_of_a_call_is_the_clause_of_the_post(self, post: str, clause: str) -> None:
        call = (away("private_call", "10:00", "10:02", stood_in=True),)
        found = verdict("in 08:50", "out 18:00", away=call, book=TOWER, post=post)
        assert set(found.clauses) & {"B1.20", "B1.8"} == {clause}

    @pytest.mark.parametrize(
        ("post", "remarks"),
        [("前台", ("not_relieved",)), ("", ()), ("巡楼", ()), ("front desk", ("not_relieved",))],
    )
    def test_of_the_desk_are_only_where_the_post_is_known_to_be_it(
        self, post: str, remarks: tuple[str, ...]
    ) -> None:
        leaving = (away("off_post", "10:00", "10:05", is_approved=True),)
        assert verdict("in 08:50", "out 18:00", away=leaving, book=TOWER, post=post).remarks == remarks


class TestTheLateShiftExtendsItself:
    """A1.6: by no approval, and from the first minute."""

    @pytest.mark.parametrize(
        ("left", "extra"),
        [
            ("00:00:00", 0),
            ("00:00:59", 0),
            ("00:01:00", 1),
            ("00:12:30", 12),
            ("00:29:59", 29),
            ("00:35:00", 35),
        ],
    )
    def test_from_the_first_minute(self, left: str, extra: int) -> None:
        found = verdict("in 17:50", f"out {NEXT} {left}", shift=LATE_SHIFT)
        assert (found.extra_minutes, found.approved_extra_minutes, found.remarks) == (extra, extra, ())
        assert ("A1.6" in found.clauses) is bool(extra)
        assert (f"延长 {extra} 分钟" in words(found)) is bool(extra)

    def test_another_shift_does_not(self) -> None:
        assert verdict("in 08:50", "out 18:20").extra_minutes == 0


def test_stretches_say_a_date_where_it_changes() -> None:
    spans = [
        (moment("22:00"), moment(f"{NEXT} 02:00")),
        (moment(f"{NEXT} 03:00"), moment(f"{NEXT} 06:00:30")),
    ]
    assert stretches(spans, SHANGHAI) == (
        "2026-11-18 22:00 至 2026-11-19 02:00、03:00 至 06:00:30",
        "2026-11-18 22:00 to 2026-11-19 02:00, 03:00 to 06:00:30",
    )
    assert stretches([], SHANGHAI) == ("", "")


@pytest.mark.parametrize(("count", "said"), [(1, "1 reading lies no more"), (2, "2 readings lie no more")])
def test_one_reading_lies_and_two_lie(count: int, said: str) -> None:
    found = verdict("in 08:50", *(f"in 08:50:0{n}" for n in range(1, count + 1)), "out 18:00")
    assert said in words(found, "en")


SECONDS = st.integers(-3600, 14 * 3600)


@given(
    rows=st.lists(st.tuples(SECONDS, st.sampled_from(("in", "out"))), max_size=8),
    absences=st.lists(st.tuples(SECONDS, st.integers(1, 5400), st.booleans()), max_size=3),
    leaves=st.lists(
        st.tuples(SECONDS, st.integers(60, 20_000), st.sampled_from((True, False, None))), max_size=2
    ),
    shift=st.sampled_from((NINE_TO_SIX, NIGHT, LATE_SHIFT)),
    book=st.sampled_from((SHOP, TOWER)),
    hours=st.integers(0, 30),
)
@settings(max_examples=300, deadline=None)
def test_the_worked_minutes_are_the_sum_of_what_the_steps_name(
    rows: list[tuple[int, str]],
    absences: list[tuple[int, int, bool]],
    leaves: list[tuple[int, int, bool | None]],
    shift: ShiftFacts,
    book: Rulebook,
    hours: int,
) -> None:
    def after(seconds: int) -> datetime:
        return shift.starts_at + timedelta(seconds=seconds)

    found = judge(
        shift,
        [PunchFact(after(at), kind) for at, kind in rows],
        [LeaveFact(after(at), after(at + length), "personal", state) for at, length, state in leaves],
        [OffPostFact(after(at), after(at + length), ok) for at, length, ok in absences],
        book,
        after(hours * 3600),
        context=DayContext(month_count_before=0),
    )
    assert worked_by_the_steps(found) == found.worked_minutes
    assert not re.search(r"\d 分(?!钟)", words(found))
    said = [step.zh for step in found.steps if step.zh.startswith("打卡显示")]
    assert bool(said) == ("gap_in_punches" in found.remarks)


def test_a_day_that_is_over_is_told_the_same_later() -> None:
    first = verdict("in 08:50", "out 10:00", "in 10:25", "out 18:00", now=LONG_AFTER)
    assert first == verdict("in 08:50", "out 10:00", "in 10:25", "out 18:00", now=f"{NEXT} 20:00")
    assert DAY in words(first)
