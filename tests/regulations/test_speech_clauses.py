"""docs/speech.md: every clause on speech is carried by a rule of its own set, or the page says why none can hear it."""

from __future__ import annotations

import re

import pytest

from regulations.reference import DOCUMENT
from regulations.rulebook import Rulebook, load_rulebook, preset_ids
from regulations.schema import SPECS, clause_problem

PAGE = DOCUMENT.parent / "speech.md"

# The clauses that the catalogue cites in its sections 2.15 to 2.17 and 3.7, written out; ranges in full.
CITED = {
    "2.15": "B1.8 A6.8 A2.18 E3.8 E4.3 B1.29 E5.18 B1.27 B1.28 E5.15 A4.34 A9.3 E2.3 A2.13 E3.6 D1.9 C4.30 C2.4 A2.6"
    " E4.2 E5.6 A2.38",
    "2.16": "A6.8 A6.9 A1.20 E5.17 A6.6 A6.10 E5.6 E1.49 B1.27 B1.28 E1.48 A6.18 B1.31 A6.12 B1.16 B1.29 B1.30 A2.18"
    " E3.8 E4.3",
    "2.17": "A1.20 B1.8 A4.31 C4.30 E5.13 E3.21 E3.23 A4.35 A4.34 E5.15 C4.25 A4.36 E3.8 A2.4 B1.23 A9.3 E2.3 A2.6 E4.2"
    " A6.11 A6.8 A2.38 A6.5",
    "3.7": "A1.20 A1.9 A6.8 A6.9 A6.12 E5.17 A2.6 E4.2 E5.6 B1.31 A4.34 E5.15 B1.28 C2.2 B1.8 A2.18 E3.8 E4.3",
}

ROW = re.compile(r"\| ([A-E]\d+\.\d+) \| `(\w+)` \| ([^|]+) \| ([^|]+) \|")
ROWS = [
    found.groups() for found in map(ROW.fullmatch, PAGE.read_text(encoding="utf-8").splitlines()) if found
]
BOOKS: dict[str, Rulebook] = {}


def book_of(preset: str) -> Rulebook:
    """The preset alone, over the base."""
    if preset not in BOOKS:
        BOOKS[preset] = load_rulebook([preset])
    return BOOKS[preset]


def clauses_of(book: Rulebook, name: str) -> tuple[str, ...]:
    """The clauses of a rule or parameter as the page names it; empty where the rulebook has none of that name."""
    if name.startswith("banned "):
        category = name.removeprefix("banned ")
        rules = [rule for rule in book.banned_phrases() if rule.category == category]
        return tuple(clause for rule in rules for clause in rule.clauses)
    key, _, kind = name.rstrip("]").partition("[")
    record = {p.key: p.clauses for p in book.flat()}.get(name)
    if record is not None or not kind:
        return record or ()
    return book.clauses(key, kind) if SPECS[key].kinds else ()


def test_every_line_of_the_tables_is_read() -> None:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [A-E]\d", line)]
    assert len(ROWS) == len(lines) >= 60
    assert len({clause for clause, *_ in ROWS}) == len(ROWS)


@pytest.mark.parametrize("section", sorted(CITED))
def test_every_clause_that_the_catalogue_cites_on_speech_has_its_row(section: str) -> None:
    assert set(CITED[section].split()) - {clause for clause, *_ in ROWS} == set()


@pytest.mark.parametrize(("clause", "preset", "says", "carried"), ROWS, ids=[row[0] for row in ROWS])
def test_a_clause_is_carried_by_rules_of_its_own_set_or_the_page_says_why_not(
    clause: str, preset: str, says: str, carried: str
) -> None:
    assert clause_problem(clause) is None
    assert preset in preset_ids()
    assert says.strip()
    if carried.startswith("— "):
        assert len(carried) > 20
        return
    if other := re.fullmatch(r"as ([A-E]\d+\.\d+)", carried):
        assert any(row[0] == other.group(1) and "`" in row[3] for row in ROWS)
        return
    book = book_of(preset)
    names = re.findall(r"`([^`]+)`", carried)
    assert names
    for name in names:
        assert clause in clauses_of(book, name), name


def test_no_preset_has_a_rule_on_speech_that_the_page_does_not_name() -> None:
    named = {(preset, name) for _, preset, _, carried in ROWS for name in re.findall(r"`([^`]+)`", carried)}
    missing = [
        (preset, p.key)
        for preset in preset_ids()
        for p in book_of(preset).flat()
        if p.origin == preset
        and p.key.startswith(("phrase.required[", "phrase.banned[", "phrase.flow["))
        and (preset, p.key) not in named
    ]
    assert missing == []


def test_the_page_is_linked_from_the_rulebooks_page() -> None:
    assert "(speech.md)" in DOCUMENT.read_text(encoding="utf-8")
