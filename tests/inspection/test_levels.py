"""How loud an utterance is: of its own speech, before any gain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.sound.activity import SAMPLE_RATE
from inspection.sound.levels import level_db
from tests.inspection.sounds import FloatArray, line, tone

WHOLE = ((0.0, 4.0),)


def voiced(level: float) -> FloatArray:
    """Four seconds: a tone for the third, silence around it."""
    sound = np.zeros(4 * SAMPLE_RATE, np.float32)
    sound[2 * SAMPLE_RATE : 3 * SAMPLE_RATE] = tone(1.0, 200, 1, 1, level)
    return sound


def test_a_full_tone_lies_three_decibels_below_full_scale_and_pauses_do_not_count() -> None:
    assert level_db(voiced(1.0), 2.0, 3.0, WHOLE) == pytest.approx(-3.01, abs=0.02)
    assert level_db(voiced(1.0), 0.0, 4.0, WHOLE) == pytest.approx(-3.01, abs=0.02)


@given(st.floats(-60, -1))
def test_a_decibel_more_of_sound_is_a_decibel_more(decibels: float) -> None:
    change = 10 ** (decibels / 20)
    loud, quiet = level_db(voiced(1.0), 2, 3, WHOLE), level_db(voiced(change), 2, 3, WHOLE)
    assert loud is not None and quiet is not None
    assert quiet - loud == pytest.approx(decibels, abs=0.03)


def test_only_what_is_speech_counts() -> None:
    sound = voiced(0.1)
    sound[:SAMPLE_RATE] = tone(1.0, 1400, 1, 1, 1.0)  # a beep, ten times as loud
    assert level_db(sound, 0.0, 4.0, ((2.0, 3.0),)) == pytest.approx(-23.01, abs=0.02)
    assert level_db(sound, 0.0, 4.0, WHOLE) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize(
    ("start", "end", "speech"),
    [
        (0.0, 1.0, WHOLE),
        (2.0, 3.0, ()),
        (2.0, 2.0, WHOLE),
        (2.0, 3.0, ((3.5, 4.0),)),
        (9.0, 10.0, ((0.0, 10.0),)),
    ],
)
def test_where_nothing_sounds_there_is_no_level(
    start: float, end: float, speech: tuple[tuple[float, float], ...]
) -> None:
    assert level_db(voiced(1.0), start, end, speech) is None


def test_a_square_wave_at_full_scale_is_zero_and_never_more() -> None:
    clipped = np.sign(tone(4.0, 200, 1, 1) + np.float32(1e-6)).astype(np.float32)
    assert level_db(clipped, 0, 4, WHOLE) == 0.0


def test_a_quiet_line_is_as_loud_as_it_is() -> None:
    assert level_db(line(4.0, 0.01), 0, 4, WHOLE) == pytest.approx(-40, abs=0.3)
