"""A place where banned wording may have been said, by whichever layer found it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inspection.text.phrase_index import Cover
from regulations.values import PhraseRule
from regulations.verdict import Step


@dataclass(frozen=True, slots=True)
class Hit:
    """Characters [start, end) of a track's compared text that a rule speaks of.

    `text` is the text or pattern of the rule that was found, `layer` a code of names.NAMES["finding_layer"], `how` says
    in what way it was found where the words alone do not. `longer`: the harmless wording that the words are a part of,
    if a pause inside it means nothing. `is_divided`: punctuation or a pause stands inside.
    """

    start: int
    end: int
    rule: PhraseRule
    text: str
    layer: str = "exact"
    how: Step | None = None
    longer: str = ""
    is_divided: bool = False


def one_each(hits: Iterable[Hit]) -> list[Hit]:
    """Leftmost-longest of all rules together: words are charged once, by the graver rule where two say the same.

    In 急什么,急什么 a phrase that runs on across the comma goes behind the one that does not. What only proposes never
    hides a sure one: 你好 counts in 喂你好 as well.
    """
    ordered = sorted(
        hits,
        key=lambda h: (
            *(h.start, h.is_divided, -h.end),
            *(h.layer != "exact", not h.rule.is_sure, -GRAVITY[h.rule.severity], h.rule.id),
        ),
    )
    sure = _apart(h for h in ordered if h.rule.is_sure)
    taken = Cover((h.start, h.end) for h in sure)
    rest = [h for h in ordered if not h.rule.is_sure and not taken.meets(h.start, h.end)]
    return sorted(sure + _apart(rest), key=lambda h: h.start)


def _apart(ordered: Iterable[Hit]) -> list[Hit]:
    chosen: list[Hit] = []
    for hit in ordered:
        if not chosen or hit.start >= chosen[-1].end:
            chosen.append(hit)
    return chosen


GRAVITY = {"low": 0, "medium": 1, "high": 2, "critical": 3}
