"""Which column holds what: guessed, settled by a person, remembered for files with the same titles."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import import_mappings, rulebooks
from db.importing import import_file
from db.models import Agent, AuditEntry, ColumnMapping, Team
from db.refusals import Refused
from regulations.access import SYSTEM, AccessRefused
from tests import factories

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)
MAPPING = {"Nr": "number", "Wer": "name", "Wo": "team", "Notiz": ""}


def file(folder: Path, text: str) -> Path:
    path = folder / "staff.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def team(session: Session) -> Team:
    return factories.make_team(session, "a", "一组")


def test_known_titles_are_taken_for_what_they_are_with_samples(session: Session, tmp_path: Path) -> None:
    path = file(tmp_path, "员工名单,,\n工号,姓名,爱好\nK1,甲,棋\nK2,乙,\n")
    columns = import_mappings.inspect_columns(session, SYSTEM, "agents", path)
    assert columns is not None
    assert columns.titles == ("工号", "姓名", "爱好")
    assert columns.taken_for == {"number": "工号", "name": "姓名"}
    assert columns.samples["工号"] == ("K1", "K2")
    assert [field.name for field in columns.missing] == ["team"]
    assert not columns.is_remembered


def test_a_header_without_a_known_title_is_still_shown(session: Session, tmp_path: Path) -> None:
    columns = import_mappings.inspect_columns(session, SYSTEM, "agents", file(tmp_path, "Nr,Wer\n1,x\n"))
    assert columns is not None
    assert columns.titles == ("Nr", "Wer")
    assert columns.taken_for == {}


def test_what_was_settled_is_used_for_the_next_file_in_any_order_of_columns(
    session: Session, team: Team, tmp_path: Path
) -> None:
    import_mappings.remember(session, SYSTEM, "agents", list(MAPPING), MAPPING, NOW)
    path = file(tmp_path, "Wo,notiz,NR,Wer\n一组,x,K7,庚\n")
    columns = import_mappings.inspect_columns(session, SYSTEM, "agents", path)
    assert columns is not None and columns.is_remembered
    assert columns.taken_for == {"number": "NR", "name": "Wer", "team": "Wo"}
    book = rulebooks.configured()
    result = import_file(session, SYSTEM, "agents", path, book=book, now=NOW)
    assert (result.accepted, result.rejected) == (1, [])
    assert session.scalars(select(Agent.name)).all() == ["庚"]


def test_a_mapping_that_is_given_goes_before_the_remembered_one(
    session: Session, team: Team, tmp_path: Path
) -> None:
    import_mappings.remember(session, SYSTEM, "agents", list(MAPPING), MAPPING, NOW)
    path = file(tmp_path, "Nr,Wer,Wo,Notiz\nK7,庚,一组,真名\n")
    given = {"Nr": "number", "Notiz": "name", "Wo": "team", "Wer": ""}
    import_file(session, SYSTEM, "agents", path, book=rulebooks.configured(), now=NOW, mapping=given)
    assert session.scalars(select(Agent.name)).all() == ["真名"]


def test_a_column_can_be_left_out_though_its_title_is_known(
    session: Session, team: Team, tmp_path: Path
) -> None:
    path = file(tmp_path, "工号,姓名,班组,岗位\nK7,庚,一组,组长\n")
    import_file(session, SYSTEM, "agents", path, book=rulebooks.configured(), now=NOW, mapping={"岗位": ""})
    assert session.scalars(select(Agent.post)).all() == ["agent"]


def test_settling_again_replaces_and_the_log_has_both(session: Session) -> None:
    titles = ["Nr", "Wer", "Wo"]
    import_mappings.remember(session, SYSTEM, "agents", titles, {"Nr": "number"}, NOW)
    import_mappings.remember(session, SYSTEM, "agents", titles, {"Nr": "number"}, NOW)  # nothing new
    import_mappings.remember(session, SYSTEM, "agents", titles, {"Wer": "number"}, NOW)
    assert session.scalars(select(ColumnMapping)).one().mapping == {"Wer": "number"}
    logged = session.scalars(select(AuditEntry).where(AuditEntry.action == "data.columns_mapped")).all()
    assert [entry.detail["before"] for entry in logged] == [{}, {"Nr": "number"}]


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        ({"Nr": "salary"}, "no field"),
        ({"Lohn": "number"}, "no column"),
        ({"Nr": "number", "Wer": "number"}, "two columns"),
    ],
)
def test_a_mapping_that_makes_no_sense_is_refused(
    session: Session, mapping: dict[str, str], why: str
) -> None:
    with pytest.raises(Refused, match=why):
        import_mappings.remember(session, SYSTEM, "agents", ["Nr", "Wer"], mapping, NOW)
    assert session.scalars(select(ColumnMapping)).all() == []


def test_only_roles_that_import_may_look_or_settle(session: Session, tmp_path: Path) -> None:
    qa = factories.scope("qa")
    with pytest.raises(AccessRefused):
        import_mappings.remember(session, qa, "agents", ["Nr"], {"Nr": "number"}, NOW)
    with pytest.raises(AccessRefused):
        import_mappings.inspect_columns(session, qa, "agents", file(tmp_path, "工号,姓名\n1,x\n"))


def test_a_file_of_numbers_has_no_columns_to_choose(session: Session, tmp_path: Path) -> None:
    assert import_mappings.inspect_columns(session, SYSTEM, "agents", file(tmp_path, "1\n2\n")) is None
