"""The cards we ship: quality/cards/*.toml. Their weights are ours, what they ask for has its clauses."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from quality.card_checks import check, from_record
from quality.card_problems import CardError
from quality.card_types import Scorecard

CARDS = Path(__file__).resolve().parent / "cards"
_ORDER = ("standard_phone", "standard_chat", "patient_callback", "desk_checklist")


@lru_cache(maxsize=1)
def shipped() -> tuple[Scorecard, ...]:
    """Every shipped card, the most general first. Raises CardError for a file that was damaged."""
    cards = []
    for code in _ORDER:
        record = tomllib.loads((CARDS / f"{code}.toml").read_text(encoding="utf-8"))
        problems = check(record)
        if problems:
            raise CardError(problems)
        cards.append(from_record(record))
    return tuple(cards)
