"""Only the exact layer charges at once: what a polite agent may say with its words inside is never charged."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspection.phrases import find
from inspection.transcript import Segment, Transcript
from tests.inspection.speaking import agent_says, department

HERE = Path(__file__).parent
INNOCENT = (HERE / "innocent_sentences.txt").read_text(encoding="utf-8").splitlines()
OFFENDING = (HERE / "offending_sentences.txt").read_text(encoding="utf-8").splitlines()


def charged(texts: list[str]) -> set[str]:
    """The texts with a sure finding of the lists, each said in a polite call of its own."""
    book = department()
    result = set()
    for text in texts:
        findings = find(agent_says(text), book).findings
        if any(f.kind == "banned" and f.verdict == "hit" for f in findings):
            result.add(text)
    return result


def test_no_innocent_sentence_is_charged() -> None:
    assert len(INNOCENT) >= 400
    assert charged(INNOCENT) == set()


def test_every_plainly_offending_sentence_is_charged() -> None:
    assert len(OFFENDING) >= 120
    assert set(OFFENDING) - charged(OFFENDING) == set()


@pytest.mark.parametrize(
    ("kind", "offending"),
    [
        ("您骂吧，我听着", "您骂吧"),
        ("要说多少遍都行", "要说多少遍"),
        ("您自己查去哪家医院方便", "您自己查去"),
        ("这我不管多晚都等您", "这我不管"),
        ("凭什么给您退？凭七天无理由", "凭什么给您退"),
        ("您跟我急也没用过的券可以退", "跟我急没用"),
        ("我这有您家地址，是幸福路八号对吗", "我这有您家地址"),
    ],
)
def test_what_follows_makes_a_courtesy_of_it_and_without_it_the_words_are_charged(
    kind: str, offending: str
) -> None:
    assert charged([kind, offending]) == {offending}


def test_a_courtesy_after_a_long_pause_excuses_nothing() -> None:
    said = (Segment("agent", 0, 2, "您骂吧"), Segment("agent", 30, 32, "我听着"))
    findings = find(Transcript("c", segments=said), department()).findings
    assert [f.verdict for f in findings if f.kind == "banned"] == ["hit"]
