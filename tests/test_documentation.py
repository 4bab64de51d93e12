"""Every setting and every command is documented; a new one without its line fails here."""

from __future__ import annotations

import argparse
from pathlib import Path

from manage import build_parser
from settings import Settings

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_every_setting_is_documented_with_its_default() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        assert f"| `{name.upper()}` |" in text, f"docs/settings.md lacks {name.upper()}"
        assert field.description, f"{name} has no description"
        assert field.description in text, f"docs/settings.md says something else about {name.upper()}"


def test_nothing_is_documented_that_is_not_a_setting() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    listed = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert listed == {name.upper() for name in Settings.model_fields}


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    raise AssertionError("manage.py has no commands")


def test_every_command_is_documented_and_nothing_else() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    listed = {
        line.removeprefix("## `").split("`")[0].split()[0]
        for line in text.splitlines()
        if line.startswith("## `")
    }
    assert listed == set(commands_of(build_parser()))


def test_every_option_of_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    sections = {part.split("`")[0].split()[0]: part for part in text.split("## `")[1:]}
    for name, parser in commands_of(build_parser()).items():
        stack = [parser]
        while stack:
            current = stack.pop()
            for action in current._actions:
                if isinstance(action, argparse._SubParsersAction):
                    stack += list(action.choices.values())
                for option in action.option_strings:
                    if option not in {"-h", "--help"}:
                        assert option in sections[name], f"docs/commands.md, {name}: lacks {option}"
