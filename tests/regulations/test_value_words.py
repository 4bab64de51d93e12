"""The values of a rulebook in words: no code without its name, in either language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from regulations.code_words import code_words
from regulations.loading import preset_title
from regulations.names import NAMES
from regulations.parameter import Parameter
from regulations.rulebook import load_rulebook, preset_ids
from regulations.schema import SPECS
from regulations.value_words import RECORDS, plain_words, record_words, row_words
from regulations.verdict import Lang


def test_every_choice_that_a_parameter_declares_has_words_in_both_languages() -> None:
    for spec in SPECS.values():
        for code in spec.choices:
            assert re.search("[一-鿿]", code_words(spec.key, code, "zh")), (spec.key, code)
            assert "_" not in code_words(spec.key, code, "en"), (spec.key, code)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_records_and_rows_of_every_preset_are_words(lang: Lang) -> None:
    for parameter in _values():
        key, value = parameter.key.partition("[")[0], parameter.value
        if isinstance(value, RECORDS):
            said = [record_words(value, key, lang)]
        elif isinstance(value, tuple) and SPECS[key].type in ("table", "shifts"):
            said = [
                row_words(one, key, lang) if not isinstance(one, RECORDS) else record_words(one, key, lang)
                for one in value
            ]
        elif value and SPECS[key].type in ("time_windows", "time", "list"):
            said = [plain_words(value, key, lang)]
        else:
            continue
        for one in said:
            assert one and not re.search(r"Decimal|datetime|None|mappingproxy|[a-z]+_[a-z]+", one), (
                parameter.key,
                one,
            )


def _values() -> Iterator[Parameter]:
    for id_ in preset_ids():
        yield from (
            p for p in load_rulebook([id_]).flat() if not p.key.startswith("phrase.") and p.state == "value"
        )


def test_steps_weekdays_and_presets_have_their_names() -> None:
    for step in load_rulebook(["hospital_callback"]).items("callback.flow_steps") or ():
        assert code_words("callback.flow_steps", step, "zh") == step
        assert code_words("callback.flow_steps", step, "en").isascii()
    assert [code_words("calendar.workdays", day, "en") for day in ("mon", "sun")] == ["Mon", "Sun"]
    assert set(NAMES["duration_unit"]) == {u.value for spec in SPECS.values() for u in spec.units}
    for id_ in preset_ids():
        assert re.search("[一-鿿]", preset_title(id_, "zh")) and preset_title(id_, "en").isascii()
    assert preset_title("my_own_file", "zh") == "my_own_file"
