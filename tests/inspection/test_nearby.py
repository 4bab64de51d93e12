"""Conditions of a banned phrase: other words near it, how often, in which phase, in which kind of contact."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from inspection.findings import Finding
from inspection.transcript import Transcript
from regulations.rulebook import Rulebook, load_rulebook
from tests.inspection.speaking import agent_says, listed, talk

RULES = {
    f"{name}-{where}-{unit}-{reach}": f'{name} = [{{ where = "{where}", texts = ["戊己"], reach = {reach}, unit = "{unit}",'
    f' speaker = "{speaker}" }}]'
    for name, where, (unit, reach, speaker) in product(
        ("only", "unless"),
        ("before", "after", "near"),
        [
            ("characters", 4, "agent"),
            ("turns", 0, "customer"),
            ("turns", 1, "customer"),
            ("seconds", 5, "customer"),
            ("seconds", 30, "customer"),
        ],
    )
}
RULES |= {
    "itself": 'only = [{ where = "near", texts = ["子"], unit = "turns", reach = 0 }]',
    "twice": "times = 2",
    "thrice": "times = 3",
    "unsure": "sure = false",
    "points": "points = 3",
    **{f"in-{phase}": f'phase = "{phase}"' for phase in ("opening", "body", "closing")},
}
WORDS = {
    name: "子丑寅卯"[: 1 + i // 64] + chr(0x8C00 + i) * 2 + "辰巳"
    for i, name in enumerate([*RULES, "chat", "advance"])
}
"""A nonsense text of its own for every rule, so that one rulebook holds them all."""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return load_rulebook(site=_site(tmp_path_factory.mktemp("site"), RULES))


def _site(folder: Path, rules: dict[str, str], category: str = "cold") -> Path:
    site = folder / "site.toml"
    site.write_text(
        "\n".join(
            f'[[phrase.banned]]\nid = "{name}"\ncategory = "{category}"\ntexts = ["{WORDS[name]}"]\n{more}\n'
            'source = []\nstatus = "product_choice"'
            for name, more in rules.items()
        ),
        encoding="utf-8",
    )
    return site


def found(book: Rulebook, name: str, said: Transcript) -> list[Finding]:
    return [f for f in listed(said, book) if f.rule == name]


@pytest.mark.parametrize(
    ("where", "said", "holds"),
    [
        ("before", "戊己一二{}", True),
        ("before", "{}戊己", False),
        ("before", "戊己一二三四{}", False),
        ("after", "{}一,戊己", True),
        ("after", "戊己{}", False),
        ("near", "{}戊己", True),
        ("near", "戊己{}", True),
        ("near", "{}", False),
    ],
)
def test_words_are_looked_for_on_their_side_and_within_reach(
    book: Rulebook, where: str, said: str, holds: bool
) -> None:
    for name, expected in (("only", holds), ("unless", not holds)):
        rule = f"{name}-{where}-characters-4"
        assert bool(found(book, rule, agent_says(said.format(WORDS[rule])))) == expected


@pytest.mark.parametrize(
    ("where", "reach", "holds"),
    [("before", 1, True), ("before", 0, False), ("after", 1, False), ("near", 1, True)],
)
def test_turns_are_counted_over_both_speakers(book: Rulebook, where: str, reach: int, holds: bool) -> None:
    rule = f"only-{where}-turns-{reach}"
    said = talk(("agent", "您好"), ("customer", "请问戊己呢"), ("agent", WORDS[rule]), ("customer", "好"))
    assert bool(found(book, rule, said)) == holds


@pytest.mark.parametrize(("reach", "holds"), [(30, True), (5, False)])
def test_seconds_are_counted_from_the_phrase(book: Rulebook, reach: int, holds: bool) -> None:
    rule = f"only-before-seconds-{reach}"
    said = talk(("customer", "请问戊己呢"), 10.0, ("agent", WORDS[rule]))
    assert bool(found(book, rule, said)) == holds


def test_a_phrase_does_not_stand_near_itself(book: Rulebook) -> None:
    text = WORDS["itself"]
    assert found(book, "itself", agent_says(text)) == []
    assert len(found(book, "itself", agent_says(f"{text},{text}"))) == 2


def test_fewer_than_the_times_are_nothing_and_the_one_that_counts_names_them_all(book: Rulebook) -> None:
    lines = [("agent", f"{WORDS['thrice']}。"), ("customer", "嗯,好。")]
    assert found(book, "thrice", talk(*lines * 2)) == []
    (one,) = found(book, "thrice", talk(*lines * 4))
    assert (one.verdict, one.segment) == ("hit", 4)
    assert any("4 次" in s.zh and "4 times" in s.en for s in one.steps)


def test_times_that_nobody_is_sure_of_leave_it_open(book: Rulebook) -> None:
    text = WORDS["twice"]
    said = talk(("agent", f"{text}。"), ("customer", "嗯。"), ("agent", f"您说{text}。"))
    (one,) = found(book, "twice", said)
    assert (one.verdict, one.points) == ("cannot_tell", 0)


@pytest.mark.parametrize(("phase", "counts"), [("opening", [0]), ("body", [6]), ("closing", [12])])
def test_a_phrase_counts_in_its_phase(book: Rulebook, phase: str, counts: list[int]) -> None:
    text = ("agent", WORDS[f"in-{phase}"] + "。")
    filler = [("customer", "我想问一下我的订单到哪里了。"), ("agent", "好的，我查一下。")]
    hm = ("customer", "嗯。")
    said = talk(text, *filler, 30.0, *filler, hm, text, 30.0, *filler, *filler, hm, text)
    assert [f.segment for f in found(book, f"in-{phase}", said)] == counts


def test_a_rule_that_is_not_sure_only_proposes(book: Rulebook) -> None:
    (one,) = found(book, "unsure", agent_says(WORDS["unsure"]))
    assert (one.verdict, one.points, one.layer) == ("cannot_tell", 0, "exact")


@pytest.mark.parametrize(
    ("presets", "verdicts"),
    [
        (("telecom_call_centre",), ["hit"]),  # A2.6 bans chatting with customers
        (("cs_rules_short",), ["hit"]),  # E4.2 too
        (("goods_sales",), ["cannot_tell"]),  # silent: a person decides where a friendly word becomes chat
        (("hospital_callback",), []),  # E5.6 wants 寒暄
    ],
)
def test_small_talk_counts_where_it_is_banned_and_private_advances_everywhere(
    tmp_path: Path, presets: tuple[str, ...], verdicts: list[str]
) -> None:
    rules = {"chat": 'severity = "medium"', "advance": 'severity = "high"'}
    book = load_rulebook(presets, site=_site(tmp_path, rules, "idle_chat"))
    for name, expected in (("chat", verdicts), ("advance", ["hit"])):
        said = agent_says(WORDS[name], kind="callback_inpatient", direction="outbound")
        assert [one.verdict for one in found(book, name, said)] == expected


def test_the_steps_say_what_by_which_layer_in_which_clause_what_was_checked_and_the_cost(
    book: Rulebook,
) -> None:
    text = WORDS["points"]
    (one,) = found(book, "points", agent_says(f"那么,您看{text}吧,好吗"))
    words = [s.zh for s in one.steps]
    assert len(words) == 5 and all(s.en for s in one.steps)
    assert text in words[0] and "词句" in words[1] and f"“您看{text}吧”" in words[2]
    assert "转述" in words[3] and "3" in words[4]
