"""What came of an import: each row new, changed, already there as it is, or refused, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SHOWN_VALUE = 200  # characters of a refused value that are repeated


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one row was not taken. `row` is its number in the spreadsheet; `column` the title the file gives it.

    `reason` is Chinese, `reason_en` the same in English.
    """

    row: int
    field: str
    value: str
    reason: str
    reason_en: str = ""
    column: str = ""

    def text(self, lang: str = "zh") -> str:
        """The reason in the language asked for."""
        return self.reason_en if lang == "en" and self.reason_en else self.reason

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The shape that contract.md promises: {"row","field","value","reason"}, and the file's column."""
        return {
            "row": self.row,
            "field": self.field,
            "value": self.value,
            "reason": self.text(lang),
            "column": self.column,
        }


Action = Literal["new", "changed", "unchanged"]
KEPT_ROWS = 2_000  # of each kind: what a person would ever look through; the counts have all


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that is new or changes what is there. `about` tells it apart; `changes`: field to before and after."""

    row: int
    action: Action
    about: str
    changes: Mapping[str, tuple[str, str]]

    def as_json(self) -> dict[str, Any]:
        """For the trial's answer: {"row","action","about","changes"}."""
        return {
            "row": self.row,
            "action": self.action,
            "about": self.about,
            "changes": {name: list(pair) for name, pair in self.changes.items()},
        }


@dataclass(slots=True)
class ImportResult:
    """What an import did: rows new, changed, already there as they are, and refused."""

    kind: str
    accepted: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)  # what was new or changed, up to KEPT_ROWS of each
    is_dry_run: bool = False
    clock_corrected: int = 0  # readings put right because their device's clock is known to have been wrong
    closed_months: dict[str, int] = field(default_factory=dict)  # rows taken into months that were closed
    fixed_months: dict[str, int] = field(
        default_factory=dict
    )  # rows taken into months of attendance that were fixed

    def as_json(self, lang: str = "zh") -> dict[str, Any]:
        """The shape that contract.md promises."""
        return {
            "kind": self.kind,
            "dry_run": self.is_dry_run,
            "accepted": self.accepted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            **({"clock_corrected": self.clock_corrected} if self.kind == "punches" else {}),
            "closed_months": dict(sorted(self.closed_months.items())),
            "fixed_months": dict(sorted(self.fixed_months.items())),
            "rejected": [rejection.as_json(lang) for rejection in self.rejected],
            **({"preview": [row.as_json() for row in self.taken]} if self.is_dry_run else {}),
        }

    def count(self, action: Action) -> int:
        """How many rows were new, changed or unchanged."""
        return {"new": self.accepted, "changed": self.updated, "unchanged": self.unchanged}[action]

    def count_taken(self, action: Action) -> bool:
        """Count a row that was taken; whether the preview has room to tell of it."""
        match action:
            case "new":
                self.accepted += 1
            case "changed":
                self.updated += 1
            case _:
                self.unchanged += 1
                return False
        return self.count(action) <= KEPT_ROWS
