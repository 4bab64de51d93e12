"""The examples that the wording inspection is measured by: sentences of agents that we wrote, right and wrong ones."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"
SETS = ("dev", "test", "stock")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence of an agent. `labels`: the categories of which each is right; empty where it is fine to say."""

    labels: tuple[str, ...]
    kind: str
    text: str
    channel: str = "phone"


def read_set(name: str, folder: Path = EXAMPLES) -> list[Utterance]:
    """Every utterance of a set, file by file, in their order."""
    every: list[Utterance] = []
    for path in sorted((folder / name).glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                labels = () if row["label"] == "fine" else tuple(row["label"].split("|"))
                every.append(Utterance(labels, row["kind"], row["text"], row.get("channel") or "phone"))
    return every


def plain_list() -> tuple[str, ...]:
    """Ninety phrases as anybody would write them down (catalogue 2.17 and the like)."""
    return tuple((EXAMPLES / "plain_list.txt").read_text(encoding="utf-8").split())
