"""`manage.py metric`: the figure of the contract, its groups, the cases behind it; refusals in one line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from commands.metric_words import COLUMNS
from commands.metrics import NOT_SHOWN
from db import demo, metrics, rulebooks, schema
from db.engine import engine_for, session_scope
from db.metrics import METRICS
from manage import main
from regulations.access import SYSTEM
from regulations.names import NAMES
from regulations.rulebook import load_rulebook
from settings import get_settings

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OCTOBER = ["--from", "2026-10-01", "--to", "2026-10-31", "--now", "2026-11-20T10:00:00+08:00"]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small demo department, filled once."""
    folder = tmp_path_factory.mktemp("data")
    url = f"sqlite:///{folder / 'desk.sqlite3'}"
    schema.migrate(url)
    with session_scope(url) as session:
        book = rulebooks.publish_configured(session, SYSTEM, NOW)
        demo.fill(session, now=NOW, book=book, months=3, scale=0.3)
    engine_for(url).dispose()
    return folder


@pytest.fixture(autouse=True)
def _desk(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def ask(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    assert main(["metric", *options, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["metric", *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_pattern_answers_the_metrics_of_a_subject(capsys: pytest.CaptureFixture[str]) -> None:
    found = ask(capsys, "attendance.*", *OCTOBER)["metrics"]
    assert [one["key"] for one in found] == [key for key in METRICS if key.startswith("attendance.")]
    assert len(found) >= 10
    assert all(one["denominator"] is not None or one["unit"] == "count" for one in found)
    assert "there is no metric 'weather.*'" in refusal(capsys, "weather.*")
    assert "need a KEY" in refusal(capsys, "attendance.*", "--by", "team")


@pytest.mark.parametrize("key", METRICS)
def test_the_answer_is_the_figure_of_the_pages(capsys: pytest.CaptureFixture[str], key: str) -> None:
    document = ask(capsys, key, *OCTOBER)
    with session_scope(get_settings().database) as session:
        book = rulebooks.in_force(session)
        figure = metrics.figure(session, SYSTEM, key, date(2026, 10, 1), date(2026, 10, 31), book, NOW)
    for name in ("key", "numerator", "denominator", "value", "target", "clauses"):
        assert name in document
    assert (document["numerator"], document["denominator"], document["value"]) == (
        figure.numerator,
        figure.denominator,
        figure.value,
    )
    assert document["clauses"] == list(figure.clauses)


def test_without_a_key_every_metric_with_its_definition(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, *OCTOBER, "--lang", "en")
    assert [one["key"] for one in document["metrics"]] == list(METRICS)
    assert all(one["definition"] == METRICS[one["key"]].definition_en for one in document["metrics"])
    assert main(["metric", *OCTOBER]) == 0
    table = capsys.readouterr().out
    assert all(key in table for key in METRICS)


def test_the_rows_are_the_denominator(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "callback.rate", *OCTOBER, "--rows")
    assert len(document["rows"]) == document["denominator"] > 0
    assert sum(row["counts"] for row in document["rows"]) == document["numerator"]
    assert document["rows"][0]["due_at"].endswith("+08:00")


def test_times_answer_percentiles_and_what_is_still_open(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "complaint.first_feedback_hours", "--by", "team", "--rows", *OCTOBER)
    assert document["unit"] == "hours"
    assert document["value"] == document["percentiles"]["50"]
    marks = [document["percentiles"][p] for p in ("50", "75", "90", "95")]
    assert marks == sorted(marks)
    assert document["open"] == document["denominator"] - document["numerator"]
    assert sum(row["hours"] is None for row in document["rows"]) == document["open"]
    assert sum(group["open"] for group in document["groups"]) == document["open"]
    assert all("percentiles" in group for group in document["groups"])
    assert main(["metric", "complaint.first_feedback_hours", "--by", "team", *OCTOBER]) == 0
    table = capsys.readouterr().out
    assert "p90" in table and "未办结" in table and " h" in table


def test_the_groups_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "complaint.all_clocks_attainment", "--by", "team", *OCTOBER)
    assert {group["group"] for group in document["groups"]} <= {"goods", "hospital", "property"}
    assert sum(group["denominator"] for group in document["groups"]) == document["denominator"]
    assert sum(group["numerator"] for group in document["groups"]) == document["numerator"]


def test_one_team_is_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    whole = ask(capsys, "complaint.received", "--by", "team", *OCTOBER)
    group = next(group for group in whole["groups"] if group["group"] == "goods")
    assert ask(capsys, "complaint.received", "--team", "goods", *OCTOBER)["value"] == group["value"]


def test_the_clock_can_be_turned_back(capsys: pytest.CaptureFixture[str]) -> None:
    now = ask(capsys, "callback.rate", *OCTOBER)
    then = ask(capsys, "callback.rate", *OCTOBER[:4], "--now", "2026-10-10T10:00:00+08:00")
    assert then["denominator"] < now["denominator"]


def test_without_days_it_is_this_month(capsys: pytest.CaptureFixture[str]) -> None:
    document = ask(capsys, "complaint.received", "--now", "2026-11-20T10:00:00+08:00")
    assert (document["from"], document["to"]) == ("2026-11-01", "2026-11-20")


def test_a_table_shows_figure_groups_and_cases(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metric", "callback.rate", "--by", "category", "--rows", *OCTOBER]) == 0
    shown = capsys.readouterr().out
    assert METRICS["callback.rate"].zh in shown
    assert "维修回访" in shown
    assert "HF2026" in shown
    assert main(["metric", "quality.pass_rate", *OCTOBER]) == 0
    assert "–" in capsys.readouterr().out, "nothing to divide by is shown as no figure"


def test_cases_are_told_in_words_and_their_codes_stay_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    (one, *_) = ask(capsys, "callback.rate", "--rows", *OCTOBER)["rows"]
    assert one["kind"] in NAMES["callback_kind"]
    for lang, title, word in (("zh", "应回访起点", 0), ("en", "Arisen", 1)):
        assert main(["metric", "callback.rate", "--rows", "--lang", lang, *OCTOBER]) == 0
        shown = capsys.readouterr().out
        assert title in shown and NAMES["callback_kind"][one["kind"]][word] in shown
        assert "arisen_at" not in shown and "callback_kind" not in shown


def test_every_column_of_every_metric_has_a_name_of_its_own() -> None:
    book = load_rulebook(["telecom_call_centre"])
    for metric in METRICS.values():
        columns = [*metric.cases(book, NOW).columns, "value", "weight", "hours", "on", "counts"]
        shown = [column for column in dict.fromkeys(columns) if column not in NOT_SHOWN]
        for place, script in ((0, "[\u4e00-\u9fff]"), (1, "[A-Z]")):
            names = [COLUMNS[column][place] for column in shown]
            assert len(set(names)) == len(names), metric.key
            assert all(re.search(script, name) for name in names)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["callback.nonsense"], "callback.rate"),
        (["callback.rate", "--by", "moon"], "month, day, team, agent"),
        (["callback.rate", "--team", "nope"], "goods, hospital, property"),
        (["callback.rate", "--from", "2026-11-02", "--to", "2026-11-01"], "is after"),
        (["callback.rate", "--from", "0001-01-01", "--to", "9999-12-31"], "hundred years"),
        (["--rows"], "need a KEY"),
    ],
)
def test_a_question_that_makes_no_sense_is_one_line(
    capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert said in refusal(capsys, *options)


@pytest.mark.parametrize(
    "options", [["--from", "2026-11-31"], ["--to", "soon"], ["--now", "2026-11-20T10:00"]]
)
def test_what_is_no_day_is_refused_by_name(capsys: pytest.CaptureFixture[str], options: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["metric", "callback.rate", *options])
    assert stopped.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_without_a_database_it_says_how_to_make_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "nothing"))
    get_settings.cache_clear()
    assert "migrate" in refusal(capsys, "callback.rate")
