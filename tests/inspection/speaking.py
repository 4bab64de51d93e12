"""Conversations for the tests: written as lines, timed as people speak."""

from __future__ import annotations

from inspection.findings import Finding
from inspection.phrases import find
from inspection.transcript import Segment, Transcript, merge
from regulations.rulebook import Rulebook, load_rulebook

SECONDS_PER_CHARACTER = 0.25
PAUSE = 0.6

GREETING = "您好,客服中心,请问有什么可以帮您?"
CLOSING = "谢谢您的来电,再见。"


def department() -> Rulebook:
    """The demo department's rulebook."""
    return load_rulebook(("goods_sales", "office_building_property", "hospital_callback"))


def shop() -> Rulebook:
    """The chat shop's rulebook."""
    return load_rulebook(("ecommerce_shop",))


def talk(
    *lines: tuple[str, str] | float,
    channel: str = "phone",
    direction: str = "inbound",
    kind: str = "inbound_service",
    hangup_by: str = "agent",
    rings: int | None = None,
    seconds: float = 0.0,
    is_complete: bool = True,
) -> Transcript:
    """A contact: ("agent", "…"), ("customer", "…"), ("unknown", "…"), and numbers for seconds of silence."""
    segments: list[Segment] = []
    at = 0.0
    for line in lines:
        if isinstance(line, int | float):
            at += line
            continue
        speaker, text = line
        end = at + max(0.5, len(text) * SECONDS_PER_CHARACTER)
        segments.append(Segment(speaker, at, end, text))
        at = end + PAUSE
    return Transcript(
        "call-1", channel, direction, kind, hangup_by, merge(segments), rings, seconds, is_complete
    )


def agent_says(text: str, **about: str) -> Transcript:
    """A polite call in which the agent says one thing in the middle."""
    return talk(
        ("agent", GREETING),
        ("customer", "我想问一下订单。"),
        ("agent", text),
        ("customer", "好的。"),
        ("agent", CLOSING),
        **about,  # type: ignore[arg-type]
    )


def banned(transcript: Transcript, book: Rulebook | None = None) -> list[tuple[str, str, str]]:
    """(category, verdict, quote) of the banned findings."""
    return [(f.category, f.verdict, f.quote) for f in of_kind(transcript, "banned", book)]


def missing(transcript: Transcript, book: Rulebook | None = None) -> list[tuple[str, str]]:
    """(category, verdict) of the missing phrases; the order of a script is another matter."""
    found = of_kind(transcript, "missing", book)
    return [(f.category, f.verdict) for f in found if f.layer != "script"]


def of_kind(transcript: Transcript, kind: str, book: Rulebook | None = None) -> list[Finding]:
    """The findings of one kind."""
    return [f for f in find(transcript, book or department()).findings if f.kind == kind]


def listed(transcript: Transcript, book: Rulebook | None = None) -> list[Finding]:
    """The banned findings of the lists; what the classifier proposes is measured, not tested sentence by sentence."""
    return [f for f in of_kind(transcript, "banned", book) if f.layer != "classifier"]
