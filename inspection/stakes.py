"""What an open finding would cost if a person confirmed it; until then it costs nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from inspection.findings import Finding
from regulations.rulebook import Rulebook


def with_stakes(findings: Iterable[Finding], book: Rulebook) -> tuple[Finding, ...]:
    """The findings, each with its `stake`: the points it takes off, or would take off once confirmed."""
    return tuple(replace(f, stake=f.points or _if_confirmed(f, book)) for f in findings)


def _if_confirmed(finding: Finding, book: Rulebook) -> Decimal:
    if finding.kind == "measure" or finding.layer == "script":
        return Decimal(0)
    by_rule, by_category = _points(book)
    return by_rule.get(finding.rule, by_category.get(finding.category, Decimal(0)))


@lru_cache(maxsize=64)
def _points(book: Rulebook) -> tuple[Mapping[str, Decimal], Mapping[str, Decimal]]:
    """Points by rule; and what most rules of a category of banned wording take off, for what has no rule of its own."""
    rules = (*book.required_phrases(), *book.banned_phrases())
    weights = {
        "banned": book.decimal("qa.banned_weight") or Decimal(0),
        "required": book.decimal("qa.required_weight") or Decimal(0),
    }
    by_rule = {r.id: r.points or weights["banned" if r.kind == "banned" else "required"] for r in rules}
    usual: dict[str, Counter[Decimal]] = {}
    for rule in book.banned_phrases():
        usual.setdefault(rule.category, Counter())[by_rule[rule.id]] += 1
    return by_rule, {
        category: min(counts, key=lambda p: (-counts[p], p)) for category, counts in usual.items()
    }
