"""Whole contacts in which nothing is missing, and some in which something is: nobody is accused of what he said."""

from __future__ import annotations

from functools import lru_cache

from inspection.limits import limits_of
from inspection.phrases import is_in_scope
from inspection.required.verdicts import judge
from inspection.text.owed import Contact
from regulations.rulebook import Rulebook, load_rulebook
from tests.inspection.telling import FOLDER, Story, stories


@lru_cache
def book(presets: str) -> Rulebook:
    return load_rulebook(tuple(presets.split("+")) if presets != "base" else ())


def charged(story: Story, presets: str) -> set[str]:
    """The rules whose phrase is said to be missing for certain."""
    rules, contact = book(presets), Contact(story.contact, limits_of(book(presets)))
    owed = [r for r in rules.required_phrases() if is_in_scope(r, story.contact)]
    return {r.id for r in owed if judge(contact, r, rules).check.verdict == "absent"}


def told_in(*, guilty: bool) -> list[Story]:
    files = (f.name for f in sorted(FOLDER.glob("*.toml")))
    return [s for file in files if file.startswith("guilty") is guilty for s in stories(file)]


def test_nobody_is_charged_with_a_courtesy_that_he_said_or_did_not_owe() -> None:
    told = told_in(guilty=False)
    assert len({s.name for s in told}) == len(told) >= 100
    wrong = {(s.name, p): found for s in told for p in s.presets if (found := charged(s, p))}
    assert wrong == {}


def test_a_courtesy_that_is_truly_missing_is_charged_and_nothing_else() -> None:
    told = told_in(guilty=True)
    assert len(told) >= 30
    assert {(s.name, p): charged(s, p) for s in told for p in s.presets} == {
        (s.name, p): s.missing for s in told for p in s.presets
    }
