"""The words of the pages: every sentence has its Chinese, placeholders agree, one id means one thing."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from dashboard.i18n import LOCALE, _, catalogue_files, lang, listed, name, sentences, translations, using
from settings import ROOT


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """Every `_("…")` and `N_("…")` of a file with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("_", "N_", "translate")
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, str)
        ):
            yield node.lineno, node.args[0].value


SOURCES = sorted([*(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*.py")])


def known() -> set[str]:
    """Every message id of the Chinese catalogues."""
    found: set[str] = set()
    for path in catalogue_files("zh"):
        with path.open("rb") as file:
            found |= {str(message.id) for message in read_po(file) if message.id and message.string}
    return found


def placeholders(text: str) -> set[str]:
    return {field for _text, field, _spec, _conversion in string.Formatter().parse(text) if field}


@pytest.fixture(scope="module")
def written() -> list[tuple[str, str]]:
    """Every sentence of the pages with the place where it stands."""
    return [
        (f"{path.relative_to(ROOT).as_posix()}:{line}", text)
        for path in SOURCES
        for line, text in literals(path)
    ]


def test_there_is_something_to_translate(written: list[tuple[str, str]]) -> None:
    assert len(written) > 200


def test_every_sentence_has_its_chinese(written: list[tuple[str, str]]) -> None:
    has_chinese = known()
    assert [(place, text) for place, text in written if text not in has_chinese] == []


def test_the_chinese_has_the_same_placeholders(written: list[tuple[str, str]]) -> None:
    chinese = translations("zh").gettext
    assert [place for place, text in written if placeholders(chinese(text)) != placeholders(text)] == []


def test_no_two_files_translate_the_same_sentence_differently() -> None:
    found: dict[str, dict[str, str]] = {}
    for path in catalogue_files("zh"):
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    found.setdefault(str(message.id), {})[str(message.string)] = path.name
    assert {text: said for text, said in found.items() if len(said) > 1} == {}


def test_no_message_is_left_empty_or_marked_doubtful() -> None:
    for path in catalogue_files("zh"):
        with path.open("rb") as file:
            for message in read_po(file):
                assert not message.id or message.string, (path.name, message.id)
                assert not message.id or not message.fuzzy, (path.name, message.id)


def test_nothing_compiled_is_kept() -> None:
    assert not list(LOCALE.rglob("*.mo"))


def test_a_sentence_is_spoken_in_the_language_asked_for() -> None:
    with using("zh"):
        assert _("Complaints") == "投诉"
        assert name("clock_state", "breached") == "超时"
        assert sentences("一。", "", "二。") == "一。二。"
        assert listed(["甲", "乙"]) == "甲、乙"
    with using("en"):
        assert _("Complaints") == "Complaints"
        assert name("clock_state", "breached") == "Breached"
        assert sentences("One.", "Two.") == "One. Two."
        assert listed(["a", "b"]) == "a, b"


def test_the_language_falls_back_to_the_one_before() -> None:
    before = lang()
    with using("en"), using("zh"):
        assert lang() == "zh"
    assert lang() == before


def test_values_are_filled_in_as_they_are() -> None:
    with using("en"):
        assert _("{n} of {d}", n="{d}", d="<b>") == "{d} of <b>"


def test_a_sentence_without_values_keeps_its_braces() -> None:
    with using("en"):
        assert _("a {b} c") == "a {b} c"
