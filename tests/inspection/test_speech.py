"""Engines that cannot be had, what an engine says about itself, and the profile it is asked by."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest
import whisper

from inspection.sound.engines import DEMO_MODEL, PROFILE, EngineError, load_engine
from inspection.speech import checkpoints, whisper_engine
from inspection.speech.whisper_engine import WhisperEngine
from inspection.text.wording import confuse, normalise, simplify
from regulations.rulebook import load_rulebook

PRESETS = Path(__file__).parents[2] / "regulations" / "presets"


class TestEnginesThatCannotBeHad:
    def refusal(self, model: str) -> EngineError:
        with pytest.raises(EngineError) as error:
            load_engine(model, 1)
        assert error.value.zh and error.value.en and "\n" not in error.value.en
        return error.value

    def test_an_unknown_name_is_answered_with_the_known_ones(self) -> None:
        error = self.refusal("gigantic")
        assert error.code == "model_unknown" and "small" in error.en and "demo" in error.en

    def test_a_path_that_is_not_there(self, tmp_path: Path) -> None:
        assert self.refusal(str(tmp_path / "none.pt")).code == "model_unknown"

    @pytest.mark.parametrize("content", [b"", b"no checkpoint", b"PK\x03\x04" + bytes(100), bytes(5000)])
    def test_a_file_that_is_no_checkpoint(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.pt"
        path.write_bytes(content)
        assert self.refusal(str(path)).code == "model_unreadable"

    def test_a_truncated_checkpoint(self, tmp_path: Path) -> None:
        path = tmp_path / "half.pt"
        path.write_bytes(DEMO_MODEL.read_bytes()[:100_000])
        assert self.refusal(str(path)).code == "model_unreadable"

    def test_no_network(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))  # nothing downloaded before
        monkeypatch.setitem(whisper._MODELS, "tiny", "http://127.0.0.1:9/" + "0" * 64 + "/tiny.pt")
        error = self.refusal("tiny")
        assert error.code == "no_network" and "WHISPER_MODEL" in error.zh

    def test_a_failure_is_not_remembered(self, tmp_path: Path) -> None:
        path = tmp_path / "model.pt"
        path.write_bytes(b"not yet")
        self.refusal(str(path))
        path.write_bytes(DEMO_MODEL.read_bytes())
        assert load_engine(str(path), 1, precision="float32").name == "model"

    @pytest.mark.parametrize(
        "error",
        [
            MemoryError(),
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        ],
    )
    def test_no_memory(self, error: Exception) -> None:
        with pytest.raises(EngineError) as refused, checkpoints.refusals(checkpoints.find("demo")):
            raise error
        assert refused.value.code == "no_room" and "demo" in refused.value.zh


class TestWhatAnEngineSaysAboutItself:
    def test_it_is_loaded_once_and_knows_its_own_weights(self) -> None:
        one, two = (load_engine(model, 1, precision="float32") for model in ("demo", str(DEMO_MODEL)))
        assert one is two and one.name == "demo"
        assert one.model_hash == hashlib.sha256(DEMO_MODEL.read_bytes()).hexdigest()
        assert set(one.versions) == {"openai-whisper", "torch", "profile", "precision", "decoding"}

    def test_equal_hashes_mean_equal_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = WhisperEngine("a", None, "hash", "float32").settings_hash
        assert first == WhisperEngine("b", None, "hash", "float32").settings_hash  # a name is no setting
        others = [
            WhisperEngine("a", None, "other", "float32"),
            WhisperEngine("a", None, "hash", "bfloat16"),
            *(
                WhisperEngine("a", None, "hash", "float32", dataclasses.replace(PROFILE, **change))
                for change in ({"prompt": ""}, {"seed": 1}, {"temperatures": (0.0,)}, {"language": "yue"})
            ),
        ]
        monkeypatch.setattr(whisper_engine, "DECODING_VERSION", "later")
        others.append(WhisperEngine("a", None, "hash", "float32"))
        monkeypatch.setattr(whisper_engine, "version", lambda _package: "later")
        others.append(WhisperEngine("a", None, "hash", "float32"))
        assert len({first, *(o.settings_hash for o in others)}) == 1 + len(others)


class TestProfile:
    def test_it_is_what_the_regulations_ask_for(self) -> None:
        assert PROFILE.language == "zh" and PROFILE.temperatures == (0.0, 0.2, 0.4)
        assert PROFILE.compression_ratio_threshold == pytest.approx(1.9, abs=0.1)
        assert PROFILE.window_seconds <= 28

    def test_the_prompt_is_simplified_mandarin(self) -> None:
        assert PROFILE.prompt and simplify(PROFILE.prompt) == PROFILE.prompt
        assert all("\u4e00" <= c <= "\u9fff" or c in "，。" for c in PROFILE.prompt)

    def test_the_prompt_holds_no_phrase_of_any_preset(self) -> None:
        """A prompt comes back as speech: with a phrase in it the recogniser would say what nobody said."""
        prompt = confuse(normalise(PROFILE.prompt).text)
        texts: set[str] = set()
        for name in sorted(path.stem for path in PRESETS.glob("*.toml")):
            book = load_rulebook(() if name == "base" else (name,))
            for rule in (*book.required_phrases(), *book.banned_phrases()):
                texts |= {*rule.texts, *rule.suggest}
        assert len(texts) > 200
        assert [t for t in texts if confuse(normalise(t).text) in prompt] == []
