"""Contacts told in files (tests/inspection/innocent_contacts): who says what, in lines, timed as people speak.

`服：` the agent, `客：` the customer, `谁：` nobody knows who; `服<`, `客<` cut in a second before the other has finished.
`(12)` is so many seconds of silence. Lines of one speaker in a row are pieces of one turn.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspection.transcript import Segment, Transcript, merge

FOLDER = Path(__file__).with_name("innocent_contacts")
_SPEAKERS = {"服": "agent", "客": "customer", "谁": "unknown"}
_LINE = re.compile(r"([服客谁])([：<])(.*)|\((\d+)\)")
_SECONDS_PER_CHARACTER = 0.22
_SAME, _OTHER, _CUT_IN = 0.3, 0.6, -1.0  # seconds to the next piece of a turn, to the next turn, and into one


@dataclass(frozen=True)
class Story:
    """A contact, the presets it is judged under, and the rules that are truly missing in it."""

    name: str
    presets: tuple[str, ...]
    contact: Transcript
    missing: frozenset[str]


def stories(file: str) -> Iterator[Story]:
    """The contacts of a file of the folder."""
    told = tomllib.loads((FOLDER / file).read_text(encoding="utf-8"))
    for record in told["contact"]:
        presets = tuple(record.get("under", told.get("under", ())))
        yield Story(record["id"], presets, _contact(record), frozenset(record.get("missing", ())))


def _contact(record: dict[str, Any]) -> Transcript:
    channel, direction, kind, hangup_by = record["is"].split()
    segments: list[Segment] = []
    at = 0.0
    for line in record["says"].split("\n"):
        if not line.strip():
            continue
        told = _LINE.fullmatch(line.strip())
        assert told is not None, f"{record['id']}: {line}"
        who, how, text, silence = told.groups()
        if silence:
            at += float(silence)
            continue
        speaker = _SPEAKERS[who]
        if segments:
            pause = _CUT_IN if how == "<" else _SAME if segments[-1].speaker == speaker else _OTHER
            at = max(0.0, at + pause)
        end = at + max(0.4, len(text) * _SECONDS_PER_CHARACTER)
        segments.append(Segment(speaker, at, end, text))
        at = end
    return Transcript(record["id"], channel, direction, kind, hangup_by, merge(segments))
