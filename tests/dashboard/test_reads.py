"""Reads that are shared for a minute: whoever wrote sees at once what he wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import reads

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Clock = Callable[[float], None]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """Set the desk's clock to so many seconds after nine."""

    def at(seconds: float) -> None:
        monkeypatch.setattr(reads, "now", lambda: START + timedelta(seconds=seconds))

    monkeypatch.setattr(reads, "_written", [])
    at(0)
    yield at


def test_reads_of_one_minute_are_the_same_read(clock: Clock) -> None:
    clock(1)
    first = reads.minute()
    clock(59.9)
    assert reads.minute() == first == START


def test_what_was_written_this_minute_is_asked_for_at_once(clock: Clock) -> None:
    clock(20)
    reads.forget()
    clock(21)
    assert reads.minute() == START + timedelta(seconds=20)
    clock(59)
    assert reads.minute() == START + timedelta(seconds=20)  # and shared for the rest of the minute
    clock(60)
    assert reads.minute() == START + timedelta(seconds=60)


def test_the_last_write_counts(clock: Clock) -> None:
    for seconds in (10, 30):
        clock(seconds)
        reads.forget()
    assert reads.minute() == START + timedelta(seconds=30)


def test_a_write_is_never_in_the_future(clock: Clock) -> None:
    clock(40)
    reads.forget()
    clock(5)  # a clock that was set back
    assert reads.minute() == START
