"""What the classifier reads, and what becomes of its probabilities: proposals, one for what belongs together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspection.classifier.proposing import proposals, utterances_of
from inspection.classifier.training.examples import texts_of
from inspection.limits import limits_of
from inspection.phrases import find, find_many
from inspection.text.owed import Contact
from inspection.text.tracks import Track
from inspection.transcript import Segment, Transcript
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import agent_says, department, talk

BOOK = load_rulebook()
ALL = frozenset({"cold", "shirking"})


def track_of(*texts: str, doubtful: tuple[int, ...] = ()) -> Track:
    return Track(
        (
            (i, Segment("agent", i * 5.0, i * 5 + 4, t, is_doubtful=i in doubtful))
            for i, t in enumerate(texts)
        ),
        2.5,
    )


def read(*texts: str, settled: bytes = b"", doubtful: tuple[int, ...] = ()) -> list[str]:
    return [u.text for u in utterances_of(track_of(*texts, doubtful=doubtful), settled)]


def test_sentences_are_read_by_themselves_and_long_ones_by_their_clauses() -> None:
    assert read("好的，请稍等。这个我查一下！行吗") == [
        "好的，请稍等。",
        "这个我查一下！",
    ]  # 行吗 says nothing
    long = "您这个订单昨天下午已经从仓库发出来了，快递公司说今天晚上之前会派送到您的小区，请您留意电话。"
    assert read(long) == [
        "您这个订单昨天下午已经从仓库发出来了，",
        "快递公司说今天晚上之前会派送到您的小区，",
        "请您留意电话。",
    ]


def test_what_is_doubtful_or_spoken_of_already_is_not_read() -> None:
    assert read("我查一下。", "请您稍等。", doubtful=(0,)) == ["请您稍等。"]
    assert read("我查一下。请您稍等。", settled=b"\0\1") == ["请您稍等。"]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(st.sampled_from("好的请稍等，。！? 嗯😀\ud800"), max_size=40), max_size=4))
def test_every_character_is_read_once_at_most_and_in_order(texts: list[str]) -> None:
    track = track_of(*texts)
    at = 0
    for utterance in utterances_of(track, b""):
        assert at <= utterance.start < utterance.end <= len(track.text)
        at = utterance.end
        assert any(utterance.text in text for text in texts)


def proposed(
    scores: list[dict[str, float]], *texts: str, book_categories: frozenset[str] = ALL
) -> list[tuple[str, str, float]]:
    transcript = Transcript(
        "c", segments=tuple(Segment("agent", i * 5.0, i * 5.0 + 4, t) for i, t in enumerate(texts))
    )
    contact = Contact(transcript, limits_of(BOOK))
    utterances = utterances_of(contact.agent, b"")
    found = proposals(contact, contact.agent, utterances, scores, BOOK, 0.5, book_categories)
    assert all(
        (f.verdict, f.points, f.needs_review, f.layer, f.rule)
        == ("cannot_tell", 0, True, "classifier", f"classifier-{f.category}")
        for f in found
    )
    return [(f.category, f.quote, f.probability or 0.0) for f in found]


def test_the_likeliest_category_in_force_is_proposed_from_the_threshold_on() -> None:
    assert proposed([{"cold": 0.6, "shirking": 0.7}], "甲乙丙丁") == [("shirking", "甲乙丙丁", 0.7)]
    assert proposed([{"cold": 0.5}], "甲乙丙丁") == [("cold", "甲乙丙丁", 0.5)]
    assert proposed([{"cold": 0.49}], "甲乙丙丁") == []
    assert proposed([{}], "甲乙丙丁") == []
    assert proposed([{"idle_chat": 0.9}], "甲乙丙丁") == []


def test_neighbours_of_one_category_are_one_proposal_and_others_are_not() -> None:
    same = [{"cold": 0.6}, {"cold": 0.8}]
    assert proposed(same, "甲乙丙丁。戊己庚辛。") == [("cold", "甲乙丙丁。戊己庚辛", 0.8)]
    assert [q for _, q, _ in proposed([{"cold": 0.6}, {"shirking": 0.8}], "甲乙丙丁。戊己庚辛。")] == [
        "甲乙丙丁",
        "戊己庚辛",
    ]
    apart = [{"cold": 0.6}, {}, {"cold": 0.8}]
    assert len(proposed(apart, "甲乙丙丁。子丑寅卯。戊己庚辛。")) == 2


def test_a_proposal_names_probability_clauses_of_its_category_and_that_a_person_decides() -> None:
    transcript = Transcript("c", segments=(Segment("agent", 0.0, 4.0, "甲乙丙丁"),))
    contact = Contact(transcript, limits_of(BOOK))
    utterances = utterances_of(contact.agent, b"")
    (found,) = proposals(contact, contact.agent, utterances, [{"shirking": 0.912}], BOOK, 0.5, ALL)
    assert set(found.clauses) == {
        c for r in BOOK.banned_phrases() if r.category == "shirking" for c in r.clauses
    }
    assert "91%" in found.steps[0].zh and "人工" in found.steps[1].zh and "person" in found.steps[1].en


PARAPHRASE = "。".join(texts_of("mockery")[:40])
"""Examples that the classifier was trained on: whatever the lists come to hold, some of them only it knows."""


def test_many_contacts_come_to_the_same_as_each_by_itself() -> None:
    contacts = [
        agent_says("这不归我管。"),
        agent_says(PARAPHRASE),
        agent_says("好的,我帮您查。"),
        Transcript("empty"),
    ]
    assert find_many(contacts, department()) == [find(c, department()) for c in contacts]
    assert find_many([], department()) == []


def test_the_classifier_reads_no_customer_and_a_rulebook_can_do_without_it(tmp_path: Path) -> None:
    said = talk(("agent", "您好。"), ("customer", PARAPHRASE), ("agent", "非常抱歉,再见。"))
    assert not any(f.layer == "classifier" for f in find(said, department()).findings)
    site = tmp_path / "site.toml"
    site.write_text(
        '[speech]\npropose_from = { state = "off", source = [], status = "product_choice" }\n',
        encoding="utf-8",
    )
    off = find(agent_says(PARAPHRASE), load_rulebook(site=site))
    assert not any(f.layer == "classifier" for f in off.findings)
    assert any(f.layer == "classifier" for f in find(agent_says(PARAPHRASE), load_rulebook()).findings)


@pytest.mark.parametrize("speaker", ["agent", "customer", "unknown"])
def test_only_exact_words_may_be_sure(speaker: str) -> None:
    texts = [PARAPHRASE, "这部归我馆。", "您那个自己看着办。", "这不归我管。"]
    segments = tuple(Segment(speaker, i * 9.0, i * 9.0 + 5, t) for i, t in enumerate(texts))
    for f in find(Transcript("c", segments=segments), department()).findings:
        assert f.kind != "banned" or f.layer == "exact" or (f.verdict, f.points) == ("cannot_tell", 0)
