"""The optional engine: the demo voice converted to CTranslate2 hears what openai-whisper hears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from whisper.tokenizer import get_tokenizer

from inspection.demo_voice.evaluate import edit_distance
from inspection.sound.activity import listen
from inspection.sound.audio import decode
from inspection.sound.engines import DEMO_MODEL, PROFILE, EngineError, FloatArray, load_engine
from inspection.sound.packing import pack
from inspection.speech import ct2, ct2_vocabulary, faster
from inspection.speech.faster import FasterEngine
from inspection.text.wording import normalise, simplify
from tests.inspection.sounds import demo

RECORDINGS = Path(__file__).parent.parent.parent / "demo" / "recordings"
WHISPERS = get_tokenizer(True, language="zh", task="transcribe")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("speech")


@pytest.fixture(scope="module")
def engine(cache: Path) -> Iterator[FasterEngine]:
    yield faster.load("demo", 1, cache)
    faster._load.cache_clear()


@pytest.fixture(scope="module")
def sounds() -> list[FloatArray]:
    """Windows of both sides of two demo recordings."""
    windows: list[FloatArray] = []
    for name in ("K1003_c03.ogg", "K1005_c05.wav"):
        for channel in decode(RECORDINGS / name).channels:
            heard = listen(channel)
            windows.extend(window.samples(channel, heard.gain) for window in pack(heard.speech))
    return windows


@pytest.mark.speech
def test_both_engines_hear_the_same_in_real_sound(engine: FasterEngine, sounds: list[FloatArray]) -> None:
    done: list[int] = []
    heard = engine.hear(sounds, done.append)
    whisper = load_engine("demo", 1, precision="float32").hear(sounds)
    wrong = total = 0
    for mine, theirs in zip(heard, whisper, strict=True):
        a, b = normalise(simplify(mine.raw)).text, normalise(simplify(theirs.raw)).text
        wrong, total = wrong + edit_distance(b, a), total + len(b)
    assert total > 150
    assert wrong / total < 0.03
    assert sum(done) == len(sounds)
    far = []
    for sound, mine, theirs in zip(sounds, heard, whisper, strict=True):
        assert "".join(word.raw for word in mine.words) == mine.raw
        times = [at for word in mine.words for at in (word.start, word.end)]
        assert times == sorted(times)
        assert 0 <= times[0] <= times[-1] <= len(sound) / 16_000
        assert all(0 < word.probability <= 1 for word in mine.words)
        if mine.raw == theirs.raw:
            far += [abs(a.start - b.start) for a, b in zip(mine.words, theirs.words, strict=True)]
    assert len(far) > 50
    assert np.median(far) <= 0.04  # two of Whisper's steps


@pytest.mark.speech
def test_both_engines_score_a_greeting_alike(engine: FasterEngine) -> None:
    _, audio = demo("c01")
    greets = np.ascontiguousarray(audio.channels[0][: 4 * 16_000], np.float32)
    for one in (engine, load_engine("demo", 1, precision="float32")):
        (answer,) = one.hear([greets])
        (greeting,) = (w for w in answer.words if w.alternatives)
        (written, polite), (other, plain) = greeting.alternatives
        assert (written, other) == (greeting.raw, greeting.raw.replace("您", "你"))
        assert -1 < polite <= 0 and polite - plain > 3


@pytest.mark.speech
def test_an_answer_hangs_neither_on_company_nor_on_order(
    engine: FasterEngine, sounds: list[FloatArray], cache: Path
) -> None:
    quick, slow, nothing = sounds[-1], sounds[0], np.zeros(0, np.float32)
    together = engine.hear([slow, nothing, quick])
    assert together[1].words == ()
    assert engine.hear([quick, slow]) == [together[2], together[0]]
    assert engine.hear([quick]) == [together[2]]


@pytest.mark.speech
def test_the_lots_of_a_window_that_failed_are_always_the_same(
    engine: FasterEngine, sounds: list[FloatArray], cache: Path
) -> None:
    folder = ct2.converted(DEMO_MODEL, engine.model_hash, cache)
    strict = replace(PROFILE, logprob_threshold=-0.01)  # nobody is as sure as that
    doubtful = [FasterEngine("doubtful", folder, engine.model_hash, 1, strict) for _ in range(2)]
    quick, other = sounds[-1][:64_000], sounds[0][:64_000]
    first = doubtful[0].hear([quick])
    assert first[0].temperature == PROFILE.temperatures[-1]
    assert first[0].has_failed
    assert doubtful[0].hear([quick]) == first
    assert doubtful[1].hear([other, quick])[1:] == first
    assert doubtful[0].settings_hash == doubtful[1].settings_hash != engine.settings_hash


@pytest.mark.speech
def test_a_wish_to_stop_is_heard_and_a_window_that_would_be_cut_is_refused(
    engine: FasterEngine, sounds: list[FloatArray]
) -> None:
    class Stopped(Exception):
        pass

    def stop(_count: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        engine.hear(sounds, stop)
    told: list[int] = []

    def stop_while_it_decodes(count: int) -> None:
        told.append(count)
        if len(told) == 3:  # one window is encoded, its answer is not there
            raise Stopped

    with pytest.raises(Stopped):
        engine.hear(sounds[:1], stop_while_it_decodes)
    assert told == [0, 0, 0]
    with pytest.raises(ValueError, match="30 s"):
        engine.hear([np.zeros(31 * 16_000, np.float32)])
    assert engine.hear([]) == []


@pytest.fixture(scope="module")
def written() -> Tokenizer:
    return Tokenizer.from_str(ct2_vocabulary.tokenizer(99))


@given(text=st.text() | st.text(alphabet="您好，再见。 的是\n\t'sS19一〇ａ—♪", max_size=40))
@settings(max_examples=200, deadline=None)
def test_the_tokenizer_that_is_written_reads_and_writes_as_whispers_own(
    written: Tokenizer, text: str
) -> None:
    tokens = WHISPERS.encode(text, disallowed_special=())
    assert written.encode(text, add_special_tokens=False).ids == tokens
    assert written.decode(tokens, skip_special_tokens=False) == text


def test_tokens_that_steer_whisper_have_their_numbers(written: Tokenizer) -> None:
    assert {name: written.token_to_id(name) for name in WHISPERS.special_tokens} == WHISPERS.special_tokens
    words = ct2_vocabulary.vocabulary(99)
    assert len(words) == 51_865
    assert [words.index(name) for name in ("<|endoftext|>", "<|0.00|>", "<|30.00|>")] == [
        50_257,
        50_364,
        51_864,
    ]
    assert ct2_vocabulary.vocabulary(100).index("<|30.00|>") == 51_865


def test_a_checkpoint_is_converted_once_and_again_when_somebody_tidied_up(
    cache: Path, engine: FasterEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[Path] = []
    convert = ct2.convert

    def counted(path: Path, folder: Path) -> None:
        times.append(path)
        convert(path, folder)

    monkeypatch.setattr(ct2, "convert", counted)
    folder = ct2.converted(DEMO_MODEL, engine.model_hash, cache)
    assert times == []
    (folder / "model.bin").unlink()
    assert ct2.converted(DEMO_MODEL, engine.model_hash, cache) == folder
    assert (folder / "model.bin").is_file()
    assert len(times) == 1
    assert [path.name for path in cache.iterdir()] == [folder.name]


def refusal(model: str, cache: Path) -> EngineError:
    with pytest.raises(EngineError) as refused:
        load_engine(model, 1, "faster", cache=cache)
    assert refused.value.zh
    return refused.value


@pytest.mark.parametrize("model", ["enormous", "small.en", "no/such/place", "gone.pt"])
def test_a_model_that_nobody_knows_is_named(model: str, tmp_path: Path) -> None:
    error = refusal(model, tmp_path)
    assert error.code == "model_unknown"
    assert model in error.en
    assert model in error.zh


def test_what_is_no_model_is_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.bin").write_bytes(b"\x00" * 1000)
    (tmp_path / "text.pt").write_text("no weights", encoding="utf-8")
    (tmp_path / "cut.pt").write_bytes(DEMO_MODEL.read_bytes()[:100_000])
    torch.save({"dims": {"n_vocab": 51_864}, "model_state_dict": {}}, tmp_path / "english.pt")
    torch.save({"dims": {"n_vocab": 51_865}, "model_state_dict": {}}, tmp_path / "hollow.pt")
    for name in ("empty", "broken", "text.pt", "cut.pt", "english.pt", "hollow.pt"):
        error = refusal(str(tmp_path / name), cache)
        assert error.code == "model_unreadable", name
        assert name in error.en
    assert "English only" in refusal(str(tmp_path / "english.pt"), cache).en
    assert list(cache.iterdir()) == []


def test_without_the_library_or_the_network_the_recording_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import faster_whisper

    def away(name: str, local_files_only: bool = False) -> str:
        raise ConnectionError("Name or service not known")

    monkeypatch.setattr(faster_whisper, "download_model", away)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # nor is whisper's own checkpoint there
    error = refusal("small", tmp_path)
    assert error.code == "no_network"
    assert "Name or service not known" in error.en
    monkeypatch.setattr(faster, "find_spec", lambda _name: None)
    error = refusal("demo", tmp_path)
    assert error.code == "engine_missing"
    assert "requirements-faster.txt" in error.en
