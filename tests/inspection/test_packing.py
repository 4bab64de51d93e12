"""Windows of utterances against the plainest account of them: where every single sample went."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.sound.packing import SAMPLE_RATE, Span, Window, pack

LONGEST, GAP = 28.0, 1.0


@st.composite
def calls(draw: st.DrawFn) -> list[Span]:
    """Utterances of a call: short and long ones, close together, far apart, touching, off the sample grid."""
    spans: list[Span] = []
    at = draw(st.floats(0, 3))
    for _ in range(draw(st.integers(0, 12))):
        seconds = draw(st.floats(0.05, 12) | st.floats(20, 90))
        spans.append((at, at + seconds))
        at += seconds + draw(st.sampled_from([0.0, 1e-5, 0.3, 0.999, 1.0, 1.7, 40.0]))
    return spans


def samples_of(spans: list[Span]) -> list[tuple[int, int]]:
    return [(round(a * SAMPLE_RATE), round(b * SAMPLE_RATE)) for a, b in spans]


def standing(window: Window, samples: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The samples of the call that stand in a window, one after the other; -1 for what the call does not have."""
    where = [np.zeros(0, np.int64)]
    for piece in window.pieces:
        # Side by side: nothing between, nothing over another.
        assert sum(map(len, where)) == round(piece.begins * SAMPLE_RATE)
        begin = round((piece.start - piece.lead) * SAMPLE_RATE)
        where.append(np.arange(begin, round((piece.end + piece.tail) * SAMPLE_RATE)))
    every = np.concatenate(where)
    return np.where(every < samples, every, -1)


@settings(deadline=None, max_examples=30)
@given(calls(), st.sampled_from([0.0, 0.4, GAP]))
def test_every_sample_of_every_span_stands_in_exactly_one_window_once(spans: list[Span], gap: float) -> None:
    windows = pack(spans, LONGEST, gap)
    seen = np.zeros(round((spans[-1][1] if spans else 0) * SAMPLE_RATE) + 2 * SAMPLE_RATE, np.int64)
    for window in windows:
        assert 0 < window.seconds <= LONGEST + 1e-9
        for piece in window.pieces:
            first, after = (
                round((piece.start - piece.lead) * SAMPLE_RATE),
                round((piece.end + piece.tail) * SAMPLE_RATE),
            )
            assert first >= 0
            seen[first:after] += 1
            assert 0 <= piece.lead <= gap / 2 + 1e-4 and 0 <= piece.tail <= gap / 2 + 1e-4
    assert seen.max(initial=0) <= 1  # no sound stands twice, not even that of a pause
    for first, after in samples_of(spans):
        assert (seen[first:after] == 1).all()


@settings(deadline=None, max_examples=30)
@given(calls())
def test_utterances_stand_in_the_order_of_the_call_and_a_gap_apart(spans: list[Span]) -> None:
    windows = pack(spans, LONGEST, GAP)
    pieces = [p for w in windows for p in w.pieces]
    assert all(a.end <= b.start for a, b in pairwise(pieces))
    for window in windows:
        for a, b in pairwise(window.pieces):
            pause = b.start - a.end
            assert b.at - (a.at + a.end - a.start) == pytest.approx(min(pause, GAP), abs=1e-3) or (
                max(a.end - a.start, b.end - b.start) > LONGEST - GAP  # hardly any room beside it
            )


@settings(deadline=None, max_examples=40)
@given(calls(), st.lists(st.floats(-1, 31), min_size=2, max_size=40))
def test_the_way_back_never_goes_backwards_and_undoes_the_placing(spans: list[Span], at: list[float]) -> None:
    for window in pack(spans, LONGEST, GAP):
        back = [window.to_call(t) for t in sorted(at)]
        assert back == sorted(back)
        for piece in window.pieces:
            for share in (0.0, 0.31, 0.999):
                inside = share * (piece.end - piece.start)
                assert window.to_call(piece.at + inside) == pytest.approx(piece.start + inside, abs=1e-6)


@settings(deadline=None, max_examples=6)
@given(calls())
def test_a_window_sounds_like_the_call_at_the_second_that_the_way_back_names(spans: list[Span]) -> None:
    length = int(((spans[-1][1] if spans else 0) + 0.2) * SAMPLE_RATE)
    channel = np.arange(1, length + 1) / length  # every sample tells where it was
    for window in pack(spans, LONGEST, GAP):
        where = standing(window, len(channel))
        heard = window.samples(channel.astype(np.float32))
        assert len(heard) == len(where) == round(window.seconds * SAMPLE_RATE)
        for number in range(0, len(where), 4801):
            wanted = 0.0 if where[number] < 0 else channel[where[number]]
            assert heard[number] == pytest.approx(wanted, abs=1e-6)
            if where[number] >= 0:
                assert window.to_call(number / SAMPLE_RATE) == pytest.approx(
                    where[number] / SAMPLE_RATE, abs=1.5 / SAMPLE_RATE
                )


def nearest(window: Window, middle: float) -> int:
    """By brute force: the piece in whose share of the window the middle lies."""
    for number, piece in enumerate(window.pieces):
        if middle < piece.begins + piece.seconds or number == len(window.pieces) - 1:
            return number
    raise AssertionError


@settings(deadline=None, max_examples=60)
@given(calls(), st.floats(-1, 31), st.floats(0, 4))
def test_a_word_belongs_where_its_middle_lies_and_is_held_there(
    spans: list[Span], start: float, seconds: float
) -> None:
    for window in pack(spans, LONGEST, GAP):
        number, begin, until = window.place(start, start + seconds)
        piece = window.pieces[number]
        assert number == nearest(window, start + seconds / 2)
        assert piece.start <= begin <= until <= piece.end
        shift = piece.start - piece.at
        if start + shift >= piece.start and start + seconds + shift <= piece.end:  # it was within already
            assert (begin, until) == pytest.approx((start + shift, start + seconds + shift))


def test_a_word_that_a_recogniser_stretched_over_the_pause_stays_with_its_utterance() -> None:
    (window,) = pack([(10, 12), (20, 22)], LONGEST, GAP)
    first, second = window.pieces
    assert second.at == pytest.approx(first.at + 2 + GAP)
    # The last word of the first, drawn out to the second; and the first word of the second, begun right after the first.
    assert window.place(first.at + 1.7, second.at) == (0, pytest.approx(11.7), 12.0)
    assert window.place(first.at + 2.0, second.at + 0.3) == (1, 20.0, pytest.approx(20.3))


def test_real_sound_pads_an_utterance_half_a_gap_each_side() -> None:
    (window,) = pack([(10, 12), (20, 22)], LONGEST, GAP)
    assert [(p.lead, p.tail) for p in window.pieces] == [(0.5, 0.5), (0.5, 0.5)]
    (close,) = pack([(10, 12), (12.4, 14)], LONGEST, GAP)
    assert close.pieces[0].tail == close.pieces[1].lead == pytest.approx(0.2)  # as far apart as they were
    (first,) = pack([(0.1, 2)], LONGEST, GAP)
    assert first.pieces[0].lead == pytest.approx(0.1)  # the call begins there


def test_speech_longer_than_a_window_is_cut_where_it_is_told() -> None:
    asked: list[tuple[float, float]] = []

    def cut(earliest: float, latest: float) -> float:
        asked.append((earliest, latest))
        return latest - 3.0

    windows = pack([(5, 65)], LONGEST, GAP, cut)
    assert asked == [(25.0, 33.0), (50.0, 58.0)]
    assert [(p.start, p.end) for w in windows for p in w.pieces] == [(5, 30), (30, 55), (55, 65)]
    assert windows[0].pieces[0].tail == 0.0  # the next window has that sound


@pytest.mark.parametrize("answer", [-100.0, 100_000.0])
def test_a_cut_outside_the_question_is_moved_into_it(answer: float) -> None:
    windows = pack([(0, 60)], LONGEST, GAP, lambda _a, _b: answer)
    assert all(w.seconds <= LONGEST for w in windows) and len(windows) in (3, 4)


def test_nothing_to_say_needs_no_window() -> None:
    assert pack([]) == []
    assert pack([(3.0, 3.0)]) == []


def test_a_window_is_levelled_and_stays_within_full_scale() -> None:
    (window,) = pack([(0, 1)], LONGEST, 0.0)
    channel = np.linspace(-0.5, 0.5, SAMPLE_RATE, dtype=np.float32)
    assert np.abs(window.samples(channel, 4.0)).max() == 1.0
    assert window.samples(channel, 0.5) == pytest.approx(channel / 2)


def test_sound_that_a_file_still_holds_is_read_a_window_at_a_time(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("packing") / "channel"
    mapped = np.memmap(path, np.float32, "w+", shape=(SAMPLE_RATE * 5,))
    mapped[:] = 0.25
    (window,) = pack([(1, 2)], LONGEST, GAP)
    assert window.samples(mapped).tolist() == [0.25] * (SAMPLE_RATE * 2)
