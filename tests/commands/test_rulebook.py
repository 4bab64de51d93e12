"""`rulebook check|show|diff` as people and scripts use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manage import main
from regulations.rulebook import load_rulebook
from settings import get_settings


@pytest.fixture(autouse=True)
def fresh_settings() -> Any:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, expect: int = 0) -> Any:
    assert main(["rulebook", *arguments, "--json"]) == expect
    out = capsys.readouterr()
    return json.loads(out.out) if expect != 2 else out.err


def test_show_gives_value_status_and_clauses_of_a_parameter(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "show", "complaint.forward_within", "--rulebook", "goods_sales")
    assert found["value"] == {"value": 4, "unit": "hour"}
    assert (found["status"], found["clauses"], found["origin"]) == ("stated", ["A6.22"], "goods_sales")
    assert found["meaning"] == "转交责任部门的时限"


def test_show_speaks_english_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "show", "complaint.forward_within", "--lang", "en")
    assert found["meaning"] == "Limit for passing it to the responsible department"


def test_show_gives_a_value_for_single_kinds_beside_the_general_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = answer(
        capsys, "show", "callback.windows", "--rulebook", "office_building_property,hospital_callback"
    )
    assert found["value"] == [{"start": "10:00", "end": "12:00"}, {"start": "15:00", "end": "17:00"}]
    assert found["kinds"]["discharge"]["clauses"] == ["E5.8"]
    assert found["kinds"]["complaint"]["state"] == "off"


def test_show_without_a_key_gives_the_whole_rulebook(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "show", "--rulebook", "ecommerce_shop")
    keys = {p["key"] for p in found["parameters"]}
    assert {"leave.tiers", "phrase.banned[a1-nihao]", "penalty.rules[service_complaint.agent.money]"} <= keys
    assert (found["presets"], len(found["version"])) == (["ecommerce_shop"], 16)
    assert found["roles"]["supervisor"] == "客服部主管"


def test_show_gives_a_section_a_collection_and_a_record(capsys: pytest.CaptureFixture[str]) -> None:
    section = answer(capsys, "show", "surge", "--rulebook", "base")
    assert {p["key"].split(".")[0] for p in section["parameters"]} == {"surge"}
    collection = answer(capsys, "show", "phrase.banned", "--rulebook", "ecommerce_shop")
    assert any(r["texts"] == ["你好"] and r["channel"] == ["chat"] for r in collection["value"])
    record = answer(capsys, "show", "phrase.banned[a1-nihao]", "--rulebook", "ecommerce_shop")
    assert record["value"]["suggest"] == ["您好", "亲"]
    assert answer(capsys, "show", "penalty.rules", "--rulebook", "base")["value"] == []


def test_show_uses_the_department_of_the_settings(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[qa.pass_score]\nvalue = 91\nsource = []\nstatus = "product_choice"\n')
    monkeypatch.setenv("RULEBOOK", "ecommerce_shop")
    monkeypatch.setenv("SITE_RULEBOOK", str(site))
    found = answer(capsys, "show")
    assert found["presets"] == ["ecommerce_shop", "site"]
    assert answer(capsys, "show", "qa.pass_score")["value"] == 91


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["show", "complaint.forwrd_within"], "did you mean complaint.forward_within"),
        (["show", "x", "--rulebook", "nowhere"], "there is no such preset; shipped are"),
        (["diff", "goods_sales", "nowhere.toml"], "cannot be read"),
    ],
)
def test_what_cannot_start_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    error = answer(capsys, *arguments, expect=2)
    assert line in error
    assert len(error.splitlines()) == 1


def test_check_accepts_good_files_and_lists_what_is_wrong_with_others(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('[qa.pass_score]\nvalue = 90\nsource = []\nstatus = "product_choice"\n')
    bad.write_text('[qa.pass_score]\nvalue = 900\nsource = []\nstatus = "stated"\n[qa.nothing]\nvalue = 1\n')
    assert answer(capsys, "check", str(good)) == {
        "files": [{"file": str(good), "accepted": True, "problems": []}]
    }
    found = answer(capsys, "check", str(good), str(bad), str(tmp_path / "absent.toml"), expect=1)["files"]
    assert [f["accepted"] for f in found] == [True, False, False]
    assert [p["key"] for p in found[1]["problems"]] == ["qa.pass_score", "qa.pass_score", "qa.nothing"]
    assert all(p["file"] == str(bad) and p["reason"] for p in found[1]["problems"])


def test_check_accepts_every_shipped_preset(capsys: pytest.CaptureFixture[str]) -> None:
    files = sorted(str(p) for p in Path("regulations/presets").glob("*.toml"))
    assert len(files) >= 5
    assert all(f["accepted"] for f in answer(capsys, "check", *files)["files"])


def test_completeness_says_what_is_laid_down_and_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "show", "--completeness", "--rulebook", "goods_sales", "--lang", "en")
    assert found["asked"] == len(found["items"])
    assert found["defined"] == sum(i["is_defined"] for i in found["items"])
    (response,) = [i for i in found["items"] if i["item"] == "Response time"]
    assert (response["clause"], response["state"], response["missing"]) == ("A7.9", "defined", "")
    assert response["by"] == ["complaint.first_feedback_within"]
    assert all(bool(i["missing"]) != i["is_defined"] for i in found["items"])
    (limit,) = [i for i in found["hours"] if i["clause"] == "A2.29"]
    assert (limit["keys"], limit["state"]) == (["attendance.away_limit"], "default")


def test_completeness_in_words_has_one_line_for_each_item_and_counts_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for lang, count in (("zh", "要求 33 项，已规定 0 项"), ("en", "0 of 33 laid down")):
        assert (
            main(["rulebook", "show", "--completeness", "--rulebook", "generic_template", "--lang", lang])
            == 0
        )
        out = capsys.readouterr().out
        assert out.count("A7.") >= 33
        assert count in out


def test_completeness_looks_at_the_whole_rulebook(capsys: pytest.CaptureFixture[str]) -> None:
    error = answer(capsys, "show", "leave", "--completeness", expect=2)
    assert "leave out 'leave'" in error
    assert len(error.splitlines()) == 1


def test_diff_names_both_values(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "diff", "base", "ecommerce_shop")
    differences = {d["key"]: d for d in found["differences"]}
    assert found["before"] != found["after"]
    notice = differences["leave.special_notice"]
    assert notice["before"]["value"] == {"value": 1, "unit": "hour"}
    assert notice["after"]["value"] == {"value": 2, "unit": "hour"}
    assert differences["phrase.banned[a1-nihao]"]["before"] is None
    assert answer(capsys, "diff", "goods_sales", "goods_sales")["differences"] == []


def test_diff_says_names_with_their_codes_and_json_the_codes_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = printed(capsys, "diff", "base", "hospital_callback", "--lang", "en")
    assert rows[0] == "Common base (base) → Hospital follow-up calls (hospital_callback)"
    (steps,) = [row for row in rows if row.startswith("callback.flow_steps ")]
    assert "Steps of the callback conversation" in steps and "Polite greeting (礼貌问候)" in steps
    (period,) = [row for row in rows if row.startswith("qa.sample_period ")]
    assert "by month (month)" in period and "[" in period  # the same value, for another reason: both sources
    assert any("phrase.flow[patient-thanks]" in row and "Thanks" in row for row in rows)
    chinese = printed(capsys, "diff", "base", "hospital_callback", "--lang", "zh")
    assert any("每月 (month), 每季度 (quarter)" in row for row in chinese)
    assert any(
        "出院患者" in row or "出院" in row for row in chinese if "callback.categories[discharge]" in row
    )
    found = {d["key"]: d for d in answer(capsys, "diff", "base", "hospital_callback")["differences"]}
    assert found["callback.summary_periods"]["after"]["value"] == ["month", "quarter"]
    assert found["callback.flow_steps"]["after"]["value"][0] == "礼貌问候"


def test_diff_takes_lists_and_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[complaint.forward_within]\nvalue = 2\nunit = "hour"\nsource = ["S.1"]\nstatus = "stated"\n'
    )
    found = answer(capsys, "diff", "goods_sales,hospital_callback", f"goods_sales,hospital_callback,{own}")
    assert [d["key"] for d in found["differences"]] == ["complaint.forward_within"]


def test_tables_for_people_have_no_code_of_the_program_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["show"],
        ["show", "--lang", "en"],
        ["diff", "base", "ecommerce_shop"],
        ["check", "x.toml"],
    ):
        main(["rulebook", *arguments])
        out = capsys.readouterr().out
        assert out
        assert not any(word in out for word in ("Decimal(", "Duration(", "PhraseRule(", "None", "datetime"))


def test_the_table_says_what_a_person_would_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rulebook", "show", "leave", "--rulebook", "ecommerce_shop", "--lang", "en"]) == 0
    out = capsys.readouterr().out
    assert "≤ 3 Supervisor, > Manager" in out
    assert "2 hours" in out
    assert "off" in out


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["rulebook", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_hundreds_of_banned_phrases_are_counted_by_category(capsys: pytest.CaptureFixture[str]) -> None:
    rows = printed(capsys, "show", "phrase.banned", "--rulebook", "base", "--lang", "en")
    rules = load_rulebook(["base"]).banned_phrases()
    categories = {rule.category for rule in rules}
    assert len([row for row in rows if row.startswith("phrase.banned ")]) == len(categories) < len(rules)
    (cold,) = [row for row in rows if row.startswith("phrase.banned cold ")]
    mine = [rule for rule in rules if rule.category == "cold"]
    sure = sum(rule.is_sure for rule in mine)
    assert f"{len(mine)} rules: {sum(len(rule.texts) for rule in mine)} wordings" in cold
    assert f"{sure} may be sure, {len(mine) - sure} only propose" in cold
    assert "E5.13" in cold
    assert "--category" in rows[-1]
    chinese = printed(capsys, "show", "phrase.banned", "--rulebook", "base", "--lang", "zh")
    assert any("冷语相对" in row and "只提请复核" in row for row in chinese)


def test_a_category_of_phrases_is_listed_rule_by_rule(capsys: pytest.CaptureFixture[str]) -> None:
    rows = printed(capsys, "show", "phrase.banned", "--category", "cold", "--rulebook", "base")
    ids = [rule.id for rule in load_rulebook(["base"]).banned_phrases() if rule.category == "cold"]
    assert [row.partition(" ")[0] for row in rows[1:]] == [f"phrase.banned[{name}]" for name in ids]
    found = answer(capsys, "show", "--category", "wish", "--rulebook", "hospital_callback")
    assert {p["key"] for p in found["parameters"]} == {
        *("phrase.required[inpatient-wish]", "phrase.required[outpatient-wish]"),
    }
    refusal = answer(capsys, "show", "phrase.banned", "--category", "warm", expect=2)
    assert "has the category 'warm'; there are" in refusal
    assert "cold" in refusal
    assert "there are none" in answer(capsys, "show", "complaint", "--category", "cold", expect=2)


SITE = """
[[phrase.banned]]
id = "own-watch"
category = "cold"
texts = ["你就看着"]
patterns = ["{你|您}*看着{呗|吧}"]
sure = TRUTH
times = 2
only = [{ where = "near", texts = ["钱"], reach = 2, unit = "turns", speaker = "customer" }]
unless = [{ where = "before", texts = ["帮"], reach = REACH }]
source = []
status = "product_choice"
"""


def test_a_phrase_by_itself_shows_everything_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE.replace("TRUTH", "false").replace("REACH", "6"), encoding="utf-8")
    rows = printed(capsys, "show", "phrase.banned[own-watch]", "--rulebook", str(file), "--lang", "en")
    shown = {label.strip(): rest for label, _, rest in (row.partition("  ") for row in rows)}
    assert shown["Patterns"].strip() == "{你|您}*看着{呗|吧}"
    assert shown["May be sure"].strip() == "no"
    assert shown["Times"].strip() == "2"
    assert shown["Only with"].strip() == "Customer, before or after, 2 turns: 钱"
    assert shown["Not with"].strip() == "Agent, before, 6 characters: 帮"
    chinese = printed(capsys, "show", "phrase.banned[own-watch]", "--rulebook", str(file), "--lang", "zh")
    assert any("客户前后 2 轮话内：钱" in row for row in chinese)


def test_a_difference_of_phrases_names_the_field_that_changed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text(SITE.replace("TRUTH", "false").replace("REACH", "6"), encoding="utf-8")
    two.write_text(SITE.replace("TRUTH", "true").replace("REACH", "9"), encoding="utf-8")
    rows = printed(capsys, "diff", str(one), str(two), "--lang", "en")
    assert [row.split("  ")[0] for row in rows[3:]] == [
        "phrase.banned[own-watch] Not with",
        "phrase.banned[own-watch] May be sure",
    ]
    assert "6 characters" in rows[3]
    assert "9 characters" in rows[3]


def test_triggers_and_steps_are_shown_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    rows = printed(capsys, "show", "phrase.triggers", "--lang", "en")
    assert any("[cannot_answer]" in row and "Cannot answer: Agent:" in row for row in rows)
    steps = printed(capsys, "show", "phrase.flow", "--rulebook", "hospital_callback", "--lang", "zh")
    assert any("登记回访信息: 没有话可听" in row for row in steps)
    assert any("寒暄: " in row for row in steps)
    one = printed(capsys, "show", "phrase.triggers[disturbed]", "--lang", "zh")
    assert any(row.startswith("有则不算") for row in one)
