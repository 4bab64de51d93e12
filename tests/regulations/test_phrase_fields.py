"""Patterns, words nearby, triggers and cues: what is refused, what is stored, and what an older record means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from regulations.loading import base_layer
from regulations.names import NAMES
from regulations.patterns import parse, pattern_problem, stands_in
from regulations.phrase_rules import CONDITIONS, MATCHES, PHASES, TRIGGERED
from regulations.rulebook import Rulebook, check_file, load_rulebook
from regulations.storage import version_of
from regulations.values import FlowCue, Nearby, PhraseRule, PhraseTrigger

WELL = 'source = []\nstatus = "product_choice"\n'
BANNED = '[[phrase.banned]]\nid = "x"\ncategory = "cold"\ntexts = ["走开"]\n'
REQUIRED = '[[phrase.required]]\nid = "x"\ncategory = "thanks"\ntexts = ["多谢"]\n'
TRIGGER = '[[phrase.triggers]]\ncode = "disturbed"\nspeaker = "customer"\n'
CUE = '[[phrase.flow]]\ncode = "x"\nstep = "寒暄"\n'


def problems_of(tmp_path: Path, text: str, *presets: str) -> list[tuple[str, str]]:
    """Everything wrong with a site's file, over the base alone or over some presets."""
    file = tmp_path / "site.toml"
    extends = f'[preset]\nid = "site"\ntitle = "站点"\nextends = "{presets[0]}"\n' if presets else ""
    file.write_text(extends + text, encoding="utf-8")
    return [(p.key, p.reason) for p in check_file(file)]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        # patterns
        ('patterns = "走*开"\n', "must be a list"),
        ('patterns = ["走*开", 3]\n', "must be a text"),
        ('patterns = ["*走开"]\n', "begin and end with words"),
        ('patterns = ["走开*"]\n', "begin and end with words"),
        ('patterns = ["[你]走开"]\n', "begin and end with words"),
        ('patterns = ["走"]\n', "2 characters that have to be there"),
        ('patterns = ["{走|开门}"]\n', "2 characters that have to be there"),
        ('patterns = ["走{你|}开"]\n', "an alternative is empty"),
        ('patterns = ["走{你|您开"]\n', "cannot be read at"),
        ('patterns = ["走{你[们]|您}开"]\n', "cannot be read at"),
        ('patterns = ["走<0>开"]\n', "a gap is 1 to 20"),
        ('patterns = ["走<21>开"]\n', "a gap is 1 to 20"),
        ('patterns = ["走<九>开"]\n', "cannot be read at"),
        ('patterns = ["。。,,"]\n', "2 characters that have to be there"),
        # sure, by_sound, times
        ('sure = "no"\n', "sure must be true or false"),
        ("sure = 0\n", "sure must be true or false"),
        ("by_sound = 1\n", "by_sound must be true or false"),
        ("times = 0\n", "whole number, 1 to 100"),
        ("times = 101\n", "whole number, 1 to 100"),
        ("times = 1.5\n", "whole number, 1 to 100"),
        ('times = "twice"\n', "must be a number"),
        ("times = true\n", "must be a number"),
        ("times = inf\n", "finite"),
        # only, unless
        ('only = "您"\n', "only is a list of tables"),
        ('only = ["您"]\n', "only is a list of tables"),
        ('unless = { where = "before", texts = ["不"] }\n', "unless is a list of tables"),
        ('unless = [{ texts = ["不"] }]\n', "unless: where is missing"),
        ('unless = [{ where = "before" }]\n', "unless: texts is missing"),
        ('unless = [{ where = "before", texts = [] }]\n', "unless: texts needs one phrase"),
        ('unless = [{ where = "above", texts = ["不"] }]\n', "unless: where must be one of before, after, near"),
        ('unless = [{ where = "before", texts = ["不"], reach = -1 }]\n', "whole number, 0 to 1000"),
        ('unless = [{ where = "before", texts = ["不"], reach = 1001 }]\n', "whole number, 0 to 1000"),
        ('unless = [{ where = "before", texts = ["不"], unit = "words" }]\n', "unit must be one of characters"),
        ('unless = [{ where = "before", texts = ["不"], speaker = "unknown" }]\n', "speaker must be one of"),
        ('unless = [{ where = "before", texts = ["不"], speaker = "customer" }]\n', "say turns or seconds"),
        ('unless = [{ where = "before", texts = ["不"], regex = "a" }]\n', "unknown key 'regex'"),
        (
            'only = [{ where = "near", texts = ["钱"] }]\nunless = [{ where = "near", texts = ["钱"] }]\n',
            "it would never count",
        ),
        # an allowed text is longer than what it swallows
        ('patterns = ["走*远点"]\nallow = ["走远点"]\n', "must contain one of the texts or patterns"),
        ('allow = ["开走"]\n', "must contain one of the texts or patterns"),
    ],
)  # fmt: skip
def test_a_hostile_field_of_a_banned_phrase_is_refused(tmp_path: Path, record: str, reason: str) -> None:
    found = problems_of(tmp_path, BANNED + record + WELL)
    assert [key for key, _ in found] == ["phrase.banned[x]"], found
    assert reason in found[0][1]


@pytest.mark.parametrize(
    "field", ["by_sound = false", "times = 2", "only = []", 'unless = [{ where = "near" }]']
)
def test_what_only_banned_phrases_have_is_refused_of_required_ones(tmp_path: Path, field: str) -> None:
    found = problems_of(tmp_path, f"{REQUIRED}{field}\n{WELL}")
    assert {key for key, _ in found} == {"phrase.required[x]"}
    assert f"{field.split()[0]} is for banned phrases only" in [reason for _, reason in found]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (f"{TRIGGER}{WELL}", "texts is missing"),
        (f"{TRIGGER}texts = []\n{WELL}", "texts needs one phrase"),
        (f'{TRIGGER}texts = ["吵"]\n', "source is missing"),
        (f'{TRIGGER}texts = ["吵"]\nunless = "不"\n{WELL}', "unless: value must be a list"),
        (f'{TRIGGER}texts = ["吵"]\nasked = "yes"\n{WELL}', "asked must be true or false"),
        (f'{TRIGGER}texts = ["吵"]\ncondition = "always"\n{WELL}', "unknown key 'condition'"),
        (f'[[phrase.triggers]]\nspeaker = "agent"\ntexts = ["吵"]\n{WELL}', "code is missing"),
        (f'[[phrase.triggers]]\ncode = "disturbed"\ntexts = ["吵"]\n{WELL}', "speaker is missing"),
        (f'[[phrase.triggers]]\ncode = "always"\nspeaker = "agent"\ntexts = ["吵"]\n{WELL}', "code must be one of"),
        (f'[[phrase.triggers]]\ncode = "on_hold"\nspeaker = "agent"\ntexts = ["等"]\n{WELL}', "code must be one of"),
        (f'[[phrase.triggers]]\ncode = "hungry"\nspeaker = "agent"\ntexts = ["饿"]\n{WELL}', "code must be one of"),
        (f'[[phrase.triggers]]\ncode = "disturbed"\nspeaker = "dog"\ntexts = ["汪"]\n{WELL}', "speaker must be one of"),
        (f'{CUE}{WELL}', "a step that is spoken has texts or patterns"),
        (f'{CUE}texts = ["天气"]\nspoken = false\n{WELL}', "one that is not has none"),
        (f'{CUE}texts = ["天气"]\nspoken = "no"\n{WELL}', "spoken must be true or false"),
        (f'{CUE}patterns = ["*天气"]\n{WELL}', "begin and end with words"),
        (f'{CUE}texts = ["天气"]\ncontact_kind = ["tea"]\n{WELL}', "contact_kind"),
        (f'{CUE}texts = ["天气"]\nspeaker = "nurse"\n{WELL}', "speaker must be one of"),
        (f'[[phrase.flow]]\ncode = "x"\ntexts = ["天气"]\n{WELL}', "step is missing"),
        (f'[[phrase.flow]]\nstep = "寒暄"\ntexts = ["天气"]\n{WELL}', "code is missing"),
        (f'{CUE}texts = ["天气"]\norder = 3\n{WELL}', "unknown key 'order'"),
    ],
)  # fmt: skip
def test_a_hostile_trigger_or_cue_is_refused(tmp_path: Path, record: str, reason: str) -> None:
    found = problems_of(tmp_path, record)
    assert found
    assert all(key.startswith(("phrase.triggers[", "phrase.flow[")) for key, _ in found)
    assert any(reason in r for _, r in found), found


def test_a_phrase_whose_condition_nothing_brings_about_is_refused(tmp_path: Path) -> None:
    off = '[[phrase.triggers]]\ncode = "cannot_answer"\nstate = "off"\n'
    assert problems_of(tmp_path, off) == [
        (
            "phrase.required[apology-no-answer]",
            "nothing brings about cannot_answer: [[phrase.triggers]] has no such code",
        )
    ]
    assert problems_of(tmp_path, f'{off}[[phrase.required]]\nid = "apology-no-answer"\nstate = "off"\n') == []


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ("nothing", "it comes after nothing, which is no required phrase"),
        ("x", "it comes after x, which comes after it"),
        ("A B", "after must be a code"),
    ],
)
def test_a_phrase_comes_after_another_that_is_required(tmp_path: Path, after: str, reason: str) -> None:
    (found,) = problems_of(tmp_path, f'{REQUIRED}after = "{after}"\n{WELL}')
    assert found[0] == "phrase.required[x]"
    assert reason in found[1]
    assert problems_of(tmp_path, f'{REQUIRED}after = "closing"\n{WELL}') == []
    assert any("required phrases only" in r for _, r in problems_of(tmp_path, f'{BANNED}after = "x"\n{WELL}'))


def test_a_cue_of_a_step_that_is_no_step_is_refused(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path, f'{CUE.replace("寒暄", "喝茶")}texts = ["喝茶"]\n{WELL}', "hospital_callback"
    )
    assert found == [("phrase.flow[x]", "its step 喝茶 stands in no callback.flow_steps")]


def test_two_cues_for_one_step_in_the_same_contacts_are_refused(tmp_path: Path) -> None:
    cue = f'{CUE}texts = ["天气"]\ncontact_kind = ["{{}}"]\n{WELL}'
    assert problems_of(tmp_path, cue.format("callback_inpatient"), "hospital_callback") == [
        (
            "phrase.flow[x]",
            "its step 寒暄 has a cue already, phrase.flow[patient-small-talk], in the same contacts",
        )
    ]
    assert problems_of(tmp_path, cue.format("callback_property"), "hospital_callback") == []


def test_a_site_without_a_flow_need_not_remove_the_cues_of_its_preset(tmp_path: Path) -> None:
    off = '[callback.flow_steps]\nstate = "off"\n'
    assert problems_of(tmp_path, off, "hospital_callback") == []


def test_a_pattern_that_matches_a_required_phrase_is_refused_in_the_same_contacts(tmp_path: Path) -> None:
    rule = BANNED + 'patterns = ["PATTERN"]\nchannel = ["CHANNEL"]\n' + WELL
    phone, chat = rule.replace("CHANNEL", "phone"), rule.replace("CHANNEL", "chat")
    (found,) = problems_of(tmp_path, phone.replace("PATTERN", "{再|拜}[了]见"))
    assert found[0] == "phrase.banned[x]"
    assert "再见 is banned here and required by phrase.required[closing]" in found[1]
    assert problems_of(tmp_path, chat.replace("PATTERN", "{再|拜}[了]见")) == []
    meant = 'only = [{ where = "before", texts = ["懒得"] }]\n'
    assert problems_of(tmp_path, phone.replace("PATTERN", "{再|拜}[了]见") + meant) == []
    # One word more than the farewell has, so that the farewell alone is no match.
    assert problems_of(tmp_path, phone.replace("PATTERN", "{再|拜}[了]见吧")) == []


def test_what_is_allowed_may_swallow_a_match_of_a_pattern(tmp_path: Path) -> None:
    assert problems_of(tmp_path, f'{BANNED}patterns = ["走*远点"]\nallow = ["您走慢点远点"]\n{WELL}') == []
    assert stands_in("{你|您}自己{看|查}", "请你自己看一下")
    assert not stands_in("{你|您}自己{看|查}", "你自己看")  # the match is the whole text
    assert not stands_in("{你|您}自己{看|查}", "你自个儿看一下")


@settings(deadline=None)
@given(st.text(alphabet="你走开|{}[]<>*3 。", max_size=12))
def test_every_pattern_is_either_parsed_or_given_a_reason(pattern: str) -> None:
    reason = pattern_problem(pattern)
    if reason is not None:
        assert reason.strip()
        return
    parts = parse(pattern)
    assert parts[0].kind in ("literal", "choice")
    assert parts[-1].kind in ("literal", "choice")


FULL = """
[[phrase.banned]]
id = "own"
category = "cold"
texts = ["走开"]
patterns = ["{你|您}*走远点"]
sure = false
by_sound = false
times = 3
only = [{ where = "near", texts = ["客户", "用户"], reach = 2, unit = "turns", speaker = "customer" }]
unless = [{ where = "before", texts = ["请勿"] }, { where = "after", texts = ["一下"], reach = 4, unit = "seconds" }]
source = ["S.9"]
status = "stated"

[[phrase.required]]
id = "own-thanks"
category = "thanks"
texts = ["谢谢您"]
patterns = ["{谢谢|感谢}*{配合|支持}"]
condition = "own_fault"
sure = false
after = "patient-name-check"
source = []
status = "product_choice"

[[phrase.triggers]]
code = "own_fault"
speaker = "agent"
texts = ["怪我们"]
unless = ["不"]
asked = true
source = ["S.10"]
status = "stated"
"""


def site(tmp_path: Path, text: str) -> Rulebook:
    file = tmp_path / "site.toml"
    file.write_text(text, encoding="utf-8")
    return load_rulebook(["hospital_callback"], file)


def test_every_new_field_is_read_and_stored_and_read_back_the_same(tmp_path: Path) -> None:
    book = site(tmp_path, FULL)
    back = Rulebook.from_record(json.loads(json.dumps(book.as_record(), ensure_ascii=False)))
    assert back == book
    assert list(back.flat()) == list(book.flat())
    rule = {r.id: r for r in back.banned_phrases()}["own"]
    assert (rule.patterns, rule.is_sure, rule.by_sound, rule.times) == (("{你|您}*走远点",), False, False, 3)
    assert rule.only == (Nearby("near", ("客户", "用户"), 2, "turns", "customer"),)
    assert rule.unless == (Nearby("before", ("请勿",)), Nearby("after", ("一下",), 4, "seconds"))
    thanks = {r.id: r for r in back.required_phrases()}["own-thanks"]
    assert (thanks.patterns, thanks.is_sure, thanks.after) == (
        *(("{谢谢|感谢}*{配合|支持}",), False, "patient-name-check"),
    )
    assert back.triggers()["own_fault"] == PhraseTrigger(
        *("own_fault", "agent", ("怪我们",), ("不",), ("S.10",), "stated"), also_asked=True
    )
    assert [c.step for c in back.flow_cues("callback_inpatient") if not c.is_spoken] == ["登记回访信息"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sure = false\n", ""),
        ("by_sound = false\n", ""),
        ("times = 3", "times = 4"),
        ("走远点", "走近点"),
        ("reach = 2", "reach = 3"),
        ('unit = "turns"', 'unit = "seconds"'),
        ('where = "near"', 'where = "before"'),
        ("怪我们", "怪我们的"),
        ('unless = ["不"]', "unless = []"),
        ("asked = true\n", ""),
        ('after = "patient-name-check"\n', ""),
    ],
)
def test_a_change_of_any_new_field_is_another_version(tmp_path: Path, old: str, new: str) -> None:
    assert old in FULL
    assert site(tmp_path, FULL).version != site(tmp_path, FULL.replace(old, new, 1)).version


# A rulebook as it was stored before patterns, words nearby, triggers and flow cues existed; written by hand.
OLD_PHRASE = {
    "id": "cold-old",
    "kind": "banned",
    "category": "cold",
    "texts": ["走开"],
    "phase": "any",
    "channel": ["phone"],
    "direction": [],
    "contact_kind": [],
    "speaker": "agent",
    "condition": "always",
    "severity": "medium",
    "points": 5,
    "match": "contains",
    "allow": ["走开一下"],
    "needs_review": True,
    "suggest": [],
    "source": ["E5.13"],
    "status": "product_choice",
}
OLD_CONTENT = {
    "parameters": {"call.max_rings": {"value": 4, "source": ["B1.8"], "status": "inferred"}},
    "by_kind": {},
    "records": {"phrase.banned": [OLD_PHRASE], "phrase.required": []},
    "roles": {"agent": {"zh": "客服", "en": "Agent"}},
}


def test_a_rulebook_stored_before_these_fields_existed_keeps_its_version_and_its_words() -> None:
    version = version_of(OLD_CONTENT)
    assert version == "5881f585e4a163de"
    record = {
        "version": version,
        "presets": [],
        "titles": [["通用基础", "Common base"]],
        **_with_origins(OLD_CONTENT),
    }
    book = Rulebook.from_record(json.loads(json.dumps(record)))
    assert book.version == version
    assert Rulebook.from_record(book.as_record()).version == version
    (rule,) = book.banned_phrases()
    assert rule == PhraseRule(
        id="cold-old",
        kind="banned",
        category="cold",
        texts=("走开",),
        channels=("phone",),
        points=rule.points,
        allow=("走开一下",),
        clauses=("E5.13",),
    )
    assert (rule.patterns, rule.is_sure, rule.by_sound, rule.only, rule.unless, rule.times) == (
        *((), True, True),
        *((), (), 1),
    )
    assert book.integer("call.max_rings") == 4
    # What it could not say is the base's: the triggers that were not yet the rulebook's. It had no flow.
    assert book.triggers() == load_rulebook().triggers()
    assert book.decimal("speech.join_pause") == load_rulebook().decimal("speech.join_pause")
    assert book.all_flow_cues() == ()


def _with_origins(content: dict[str, object]) -> dict[str, object]:
    noted = json.loads(json.dumps(content))
    for part in ("parameters", "roles"):
        for entry in noted[part].values():
            entry["origin"] = "base"
    for entries in noted["records"].values():
        for entry in entries:
            entry["origin"] = "base"
    return dict(noted)


def test_every_condition_that_words_bring_about_has_a_trigger_and_every_code_a_name() -> None:
    assert set(load_rulebook().triggers()) == set(TRIGGERED)
    assert set(NAMES["phrase_condition"]) == set(CONDITIONS)
    assert set(NAMES["phrase_phase"]) == set(PHASES)
    assert set(NAMES["phrase_match"]) == set(MATCHES)
    for table in (
        "phrase_condition",
        "phrase_phase",
        "phrase_match",
        "phrase_kind",
        "nearby_where",
        "nearby_unit",
    ):
        assert all(zh and en.isascii() for zh, en in NAMES[table].values())


def test_the_nine_steps_of_a_callback_have_a_cue_each_and_only_the_record_is_not_heard() -> None:
    book = load_rulebook(["hospital_callback"])
    steps = book.items("callback.flow_steps", "discharge") or ()
    for kind in ("callback_inpatient", "callback_outpatient"):
        cues: dict[str, FlowCue] = {cue.step: cue for cue in book.flow_cues(kind)}
        assert set(cues) == set(steps)
        assert [s for s in steps if not cues[s].is_spoken] == ["登记回访信息"]
        for step in steps[:-1]:
            assert len(cues[step].texts) >= 8 or cues[step].patterns
            assert all("E5.6" in cue.clauses for cue in cues.values())
    assert book.flow_cues("inbound_service") == ()


def test_a_word_that_recognises_one_step_recognises_no_other() -> None:
    cues = load_rulebook(["hospital_callback"]).flow_cues("callback_inpatient")
    words = [(text, cue.step) for cue in cues for text in cue.texts]
    assert len({text for text, _ in words}) == len(words)
    inside = [(a, s, b, t) for a, s in words for b, t in words if s != t and a in b]
    assert inside == []


def test_base_triggers_are_the_same_for_every_preset() -> None:
    assert {e.origin for e in base_layer().records["phrase.triggers"].values()} == {"base"}
