"""The schema that the migrations make is the schema the models describe, on both databases."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import UniqueConstraint, inspect, text

from db import schema
from db.engine import DatabaseError, make_engine
from db.models import Base
from db.models.transcript_index import is_of_models


def test_the_migrated_schema_is_what_the_models_describe(database_url: str) -> None:
    assert schema.migrate(database_url) == "missing"
    with make_engine(database_url).connect() as connection:
        opts = {"compare_type": True, "include_name": is_of_models}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, Base.metadata) == []


def test_every_unique_rule_and_foreign_key_of_the_models_is_in_the_database(database_url: str) -> None:
    schema.migrate(database_url)
    inspector = inspect(make_engine(database_url))
    for table in Base.metadata.tables.values():
        kept = {tuple(sorted(c["column_names"])) for c in inspector.get_unique_constraints(table.name)}
        asked = {
            tuple(sorted(column.name for column in constraint.columns))
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        }
        assert asked == kept, table.name
        assert len(inspector.get_foreign_keys(table.name)) == len(table.foreign_keys), table.name


def test_the_state_tells_missing_current_and_migrating_again_does_nothing(database_url: str) -> None:
    assert schema.schema_state(database_url) == "missing"
    schema.migrate(database_url)
    assert schema.schema_state(database_url) == "current"
    assert schema.migrate(database_url) == "current"
    schema.require_current(database_url)


def test_asking_for_the_state_does_not_make_a_database(tmp_path: Path) -> None:
    file = tmp_path / "none.sqlite3"
    assert schema.schema_state(f"sqlite:///{file}") == "missing"
    assert not file.exists()


def test_a_missing_database_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=r"manage\.py migrate"):
        schema.require_current(f"sqlite:///{tmp_path / 'none.sqlite3'}")


def test_a_newer_database_is_refused_and_left_alone(database_url: str) -> None:
    schema.migrate(database_url)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert schema.schema_state(database_url) == "newer"
    with pytest.raises(DatabaseError, match="newer version"):
        schema.migrate(database_url)
    with pytest.raises(DatabaseError, match="newer version"):
        schema.require_current(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"


@pytest.mark.parametrize("with_alembic", [False, True])
def test_somebody_elses_database_is_refused_and_left_alone(database_url: str, with_alembic: bool) -> None:
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE invoices (id INTEGER)"))
        if with_alembic:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
            connection.execute(text("INSERT INTO alembic_version VALUES ('abcdef')"))
    with pytest.raises(DatabaseError, match="another program"):
        schema.migrate(database_url)
    assert "teams" not in inspect(engine).get_table_names()


def test_a_failed_migration_leaves_nothing_half_done(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    made = op.create_table

    def fails_in_the_middle(name: str, *columns: Any, **options: Any) -> object:
        if name == "users":
            raise OSError(28, "No space left on device")
        return made(name, *columns, **options)

    with monkeypatch.context() as patched:
        patched.setattr(op, "create_table", fails_in_the_middle)
        with pytest.raises(OSError, match="No space"):
            schema.migrate(database_url)
    assert schema.schema_state(database_url) == "missing"
    assert schema.migrate(database_url) == "missing"
    assert schema.schema_state(database_url) == "current"


def test_two_processes_starting_at_once_migrate_once(database_url: str) -> None:
    states: list[object] = []

    def start() -> None:
        try:
            states.append(schema.migrate(database_url))
        except Exception as error:
            states.append(error)

    threads = [threading.Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, states)) == ["current", "missing"]


def test_the_revisions_are_one_line_without_branches() -> None:
    scripts = ScriptDirectory.from_config(schema.config())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_every_revision_can_be_taken_back(database_url: str) -> None:
    from alembic import command

    schema.migrate(database_url)
    engine = make_engine(database_url)
    with engine.begin() as connection:
        config = schema.config()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    assert schema.schema_state(database_url) == "missing"
    assert schema.migrate(database_url) == "missing"


def test_what_the_first_release_wrote_is_still_there_after_an_upgrade(database_url: str) -> None:
    from alembic import command

    engine = make_engine(database_url)
    config = schema.config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for row in (
            "INSERT INTO teams (id, code, name) VALUES (1, 'a', 'A')",
            "INSERT INTO agents (id, number, name, team_id, post, level, phone, is_active)"
            " VALUES (1, 'K1', 'K', 1, '', '', '', true)",
            "INSERT INTO complaints (id, number, received_at, received_on, channel, kind, category, product, severity,"
            " summary, customer_name, customer_phone, department, team_id, agent_id, status, rulebook_version,"
            " row_version) VALUES (1, 'TS1', '2026-09-30 09:20:00', '2026-09-30', 'phone', 'k', 'other', '',"
            " 'ordinary', 's', '', '', '', 1, 1, 'open', 'v', 1)",
            "INSERT INTO complaint_events (id, complaint_id, at, recorded_at, kind, actor, department, note)"
            " VALUES (1, 1, '2026-09-30 09:20:00', '2026-09-30 09:20:00', 'received', 'K1', '', '')",
        ):
            connection.execute(text(row))
    assert schema.migrate(database_url) == "older"
    with engine.connect() as connection:
        case = connection.execute(text("SELECT number, upheld, is_incident FROM complaints")).one()
        event = connection.execute(text("SELECT kind, value, due_on FROM complaint_events")).one()
    assert (case[0], case[1], bool(case[2])) == ("TS1", "open", False)
    assert tuple(event) == ("received", "", None)


def test_who_ended_a_swap_is_read_from_the_log_and_two_verdicts_on_a_shift_become_one_on_the_way_back(
    database_url: str,
) -> None:
    from alembic import command

    engine = make_engine(database_url)
    config = schema.config()
    at, json = "'2026-11-20 09:00:00'", "'[]'"
    swap = (
        "INSERT INTO swap_requests (id, requester_id, partner_id, shift_id, swap_on, form_number, reason, briefing,"
        " consents, requested_by, requested_at, state, decided_by, decided_role, decision_note, outcome_note, clauses,"
        " steps, rulebook_version, row_version)"
    )
    day = (
        "INSERT INTO attendance_days (shift_id, agent_id, work_on, class, late_minutes, early_minutes, worked_minutes,"
        " clauses, steps, rulebook_version, judged_at)"
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        for row in (
            "INSERT INTO teams (id, code, name) VALUES (1, 'a', 'A')",
            *(
                "INSERT INTO agents (id, number, name, team_id, post, level, phone, is_active)"
                f" VALUES ({n}, 'K{n}', 'K', 1, '', '', '', true)"
                for n in (1, 2)
            ),
            "INSERT INTO shifts (id, agent_id, work_on, code, starts_at, ends_at, breaks, post)"
            f" VALUES (1, 2, '2026-11-20', 'day', {at}, '2026-11-20 18:00:00', {json}, '')",
            *(
                f"{swap} VALUES ({n}, 1, 2, 1, '2026-11-20', 'F', '', '', {json}, 'K1', {at}, '{state}', 'boss', '',"
                f" '', '', {json}, {json}, 'v', 1)"
                for n, state in ((1, "failed"), (11, "settled"), (12, "failed"), (13, "approved"))
            ),
            *(
                "INSERT INTO audit_log (at, actor, action, object_kind, object_id, detail)"
                f" VALUES ({at}, '{actor}', '{action}', '{kind}', '{n}', '{{}}')"
                for n, action, actor, kind in (
                    (1, "swap.settled", "early", "swap"),
                    (1, "swap.failed", "zhou", "swap"),
                    (1, "swap.failed", "else", "other"),
                    (11, "swap.settled", "zheng", "swap"),
                    (13, "swap.failed", "nobody", "swap"),
                )
            ),
        ):
            connection.execute(text(row))
    assert schema.migrate(database_url) == "older"
    with engine.begin() as connection:
        found = connection.execute(text("SELECT id, settled_by FROM swap_requests ORDER BY id")).all()
        assert [tuple(row) for row in found] == [(1, "zhou"), (11, "zheng"), (12, ""), (13, "")]
        for agent_id in (1, 2):
            connection.execute(
                text(
                    f"{day} VALUES (1, {agent_id}, '2026-11-20', 'absent', 0, 0, 0, {json}, {json}, 'v', {at})"
                )
            )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
        kept = connection.execute(text("SELECT agent_id FROM attendance_days")).scalars().all()
    assert kept == [2]  # of whoever the shift is rostered to


def test_a_row_that_refers_to_nothing_stops_a_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.sqlite3'}"
    schema.migrate(url)
    engine = make_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.execute(text("INSERT INTO user_teams VALUES (77, 88)"))
        connection.commit()
        with pytest.raises(DatabaseError, match="nothing was changed"):
            schema._check_foreign_keys(connection, url)


def test_a_file_that_is_no_database_or_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(b"no database " * 500)
    for url in (f"sqlite:///{letter}", f"sqlite:///{letter}/below/desk.sqlite3", f"sqlite:///{tmp_path}"):
        with pytest.raises(DatabaseError) as raised:
            schema.migrate(url)
        assert "\n" not in str(raised.value)
        assert str(tmp_path) in str(raised.value)
