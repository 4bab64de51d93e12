"""`manage.py migrate`, and what every command says without a usable database."""

from __future__ import annotations

import sqlite3

import pytest

from tests.commands.desk import Desk


def test_migrate_makes_the_database_and_puts_the_rulebook_in_force(bare_desk: Desk) -> None:
    answer = bare_desk.json("migrate")
    assert (answer["before"], answer["state"]) == ("missing", "current")
    assert len(answer["rulebook"]) == 16
    again = bare_desk.json("migrate")
    assert (again["before"], again["rulebook"]) == ("current", answer["rulebook"])


def test_without_a_database_commands_say_how_to_make_one(bare_desk: Desk) -> None:
    assert "run manage.py migrate" in bare_desk.refuses("user", "list")


def test_a_newer_a_foreign_and_a_broken_database_are_one_line(bare_desk: Desk) -> None:
    bare_desk.run("migrate")
    file = bare_desk.folder / "desk.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "newer version" in bare_desk.refuses("migrate")
    assert "newer version" in bare_desk.refuses("user", "list")


def test_a_file_that_is_no_database_is_one_line(bare_desk: Desk) -> None:
    bare_desk.folder.mkdir()
    (bare_desk.folder / "desk.sqlite3").write_bytes(b"no database" * 1000)
    assert "not a database" in bare_desk.refuses("migrate")


def test_a_folder_that_cannot_be_made_is_one_line(bare_desk: Desk) -> None:
    bare_desk.folder.write_text("a file where the folder should be")
    assert "cannot be made" in bare_desk.refuses("migrate")


def test_a_rulebook_that_does_not_exist_is_one_line(bare_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    import settings

    monkeypatch.setenv("RULEBOOK", "no_such_preset")
    settings.get_settings.cache_clear()
    assert "no_such_preset" in bare_desk.refuses("migrate")


def test_an_address_that_is_none_is_one_line_without_its_password(
    bare_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    import settings

    monkeypatch.setenv("DATABASE_URL", "postgresql://desk:secret@127.0.0.1:9/desk")
    settings.get_settings.cache_clear()
    line = bare_desk.refuses("migrate")
    assert "secret" not in line and "127.0.0.1" in line
