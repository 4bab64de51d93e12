"""The version of a rulebook is its content, and a stored rulebook is read back the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from regulations.rulebook import Rulebook, RulebookError, load_rulebook, preset_ids
from regulations.storage import version_of

ONE = """
[complaint.first_feedback_within]
value = 3
unit = "calendar_day"
source = ["S.1"]
status = "stated"

[qa.pass_score]
value = 85
source = []
status = "product_choice"

[[phrase.banned]]
id = "own-one"
category = "cold"
texts = ["爱来不来"]
source = []
status = "product_choice"

[[phrase.banned]]
id = "own-two"
category = "cold"
texts = ["你等着"]
source = []
status = "product_choice"
"""

THE_SAME_IN_ANOTHER_ORDER = """
# a comment
[phrase]
banned = [
    { status = "product_choice", source = [], id = "own-two", category = "cold", texts = ["你等着"] },
    { status = "product_choice", source = [], id = "own-one", category = "cold", texts = ["爱来不来"] },
]

[qa]
pass_score = { status = "product_choice", source = [], value = 85.0 }

[complaint]
first_feedback_within = { status = "stated", source = ["S.1"], unit = "calendar_day", value = 3.00 }
"""


def book_of(tmp_path: Path, text: str, name: str = "site.toml") -> Rulebook:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return load_rulebook(["goods_sales"], file)


def test_order_spacing_and_comments_do_not_count(tmp_path: Path) -> None:
    one = book_of(tmp_path, ONE)
    assert one.version == book_of(tmp_path, THE_SAME_IN_ANOTHER_ORDER, "other.toml").version
    assert one.version == book_of(tmp_path, ONE.replace("\n", "\r\n"), "windows.toml").version
    assert one.version == book_of(tmp_path, "\ufeff" + ONE, "with_mark.toml").version


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value = 3", "value = 4"),
        ('unit = "calendar_day"', 'unit = "working_day"'),
        ('source = ["S.1"]', 'source = ["S.2"]'),
        ('status = "stated"', 'status = "inferred"'),
        ('value = 3\nunit = "calendar_day"', 'state = "off"'),
        ("你等着", "你等着吧"),
        ('id = "own-two"\ncategory = "cold"', 'id = "own-two"\ncategory = "quarrel"'),
        ('texts = ["你等着"]', 'texts = ["你等着"]\nseverity = "high"'),
        ("value = 85", "value = 85.000001"),
    ],
)
def test_every_change_of_content_is_another_version(tmp_path: Path, old: str, new: str) -> None:
    assert old in ONE
    assert book_of(tmp_path, ONE).version != book_of(tmp_path, ONE.replace(old, new, 1)).version


def test_the_version_is_sixteen_hexadecimal_digits_and_the_same_in_another_process() -> None:
    book = load_rulebook(["goods_sales"])
    assert len(book.version) == 16
    assert int(book.version, 16) >= 0
    command = "from regulations.rulebook import load_rulebook; print(load_rulebook(['goods_sales']).version)"
    root = Path(__file__).resolve().parents[2]
    answer = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True, cwd=root
    )
    assert answer.stdout.strip() == book.version


@pytest.mark.parametrize("presets", [(), *((p,) for p in preset_ids()), preset_ids()], ids=str)
def test_a_stored_rulebook_is_read_back_the_same(presets: tuple[str, ...]) -> None:
    book = load_rulebook(presets)
    record = json.loads(json.dumps(book.as_record(), ensure_ascii=False))
    back = Rulebook.from_record(record)
    assert back == book
    assert back.as_record() == book.as_record()
    assert list(back.flat()) == list(book.flat())
    assert (back.title("en"), back.preset_ids) == (book.title("en"), book.preset_ids)
    assert back.role_title("supervisor") == book.role_title("supervisor")


def test_a_record_that_was_altered_is_refused() -> None:
    record = load_rulebook(["goods_sales"]).as_record()
    record["parameters"]["complaint.forward_within"]["value"] = 40
    with pytest.raises(RulebookError, match="altered"):
        Rulebook.from_record(record)


@pytest.mark.parametrize(
    "record", [{}, {"version": "x"}, {"version": "x", "parameters": 3}, {"version": None}], ids=str
)
def test_something_that_is_no_record_is_refused_without_a_traceback(record: dict[str, object]) -> None:
    with pytest.raises(RulebookError):
        Rulebook.from_record(record)


def test_a_record_older_than_a_parameter_is_read_with_the_default_and_keeps_its_version() -> None:
    record = load_rulebook(["goods_sales"]).as_record()
    del record["parameters"]["call.seconds_per_ring"]
    bare = {
        part: {k: _without_origin(v) for k, v in record[part].items()}
        for part in ("parameters", "by_kind", "records", "roles")
    }
    record["version"] = version_of(bare)
    back = Rulebook.from_record(record)
    assert back.version == record["version"]
    assert back.decimal("call.seconds_per_ring") == 5
    assert Rulebook.from_record(back.as_record()).version == back.version


def _without_origin(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_origin(v) for k, v in value.items() if k != "origin"}
    return [_without_origin(v) for v in value] if isinstance(value, list) else value


def test_the_same_files_give_the_same_rulebook_object_and_a_changed_file_another(tmp_path: Path) -> None:
    assert load_rulebook(["goods_sales"]) is load_rulebook(["goods_sales"])
    before = book_of(tmp_path, ONE)
    after = book_of(tmp_path, ONE.replace("value = 3", "value = 5"))
    assert before.version != after.version
