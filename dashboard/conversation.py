"""A conversation for the eye: who said what, with the words of the findings marked. Pure text work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.formats import plain
from db.models import Finding, TranscriptSegment
from db.quality import FLAGS

LEAD_SECONDS = 3  # playing starts this much before the words, so that the ear has the context
_MARKS = {"critical": "red", "high": "red", "medium": "orange", "low": "gray"}


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance: its Markdown with the findings marked, and the numbers of the findings in it."""

    speaker: str
    start: float
    end: float
    markdown: str
    numbers: tuple[int, ...]
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Words that a person marked, shown as a finding's are."""

    segment: int | None
    quote: str
    severity: str = "medium"
    verdict: str = "hit"
    decision: str | None = None


Marked = Finding | Mark


def play_from(seconds: float | None) -> int:
    """Where to start playing to hear what is at `seconds`, in whole seconds."""
    return max(0, int((seconds or 0.0) - LEAD_SECONDS))


def shortly_before(seconds: float) -> int:
    """Where to start playing to hear just what is at `seconds`, in whole seconds."""
    return max(0, int(seconds - 1))


def clock_text(seconds: float) -> str:
    """A place in a recording: 1:05."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def numbered(findings: Sequence[Finding]) -> list[tuple[int, Finding]]:
    """Findings numbered from 1 in the order in which the page shows them and they are worked through.

    Sure wording, missing phrases, proposals (the likeliest first), measurements, what cannot be told; each in the
    order of the call.
    """
    return list(enumerate(sorted(findings, key=_by_work), start=1))


def _by_work(finding: Finding) -> tuple[int, float, float, int]:
    is_flag = finding.verdict in FLAGS
    group = {"banned": 0 if is_flag else 2, "missing": 1 if finding.verdict == "absent" else 4}.get(
        finding.kind, 3
    )
    # Words that stand there come before what only resembles them; an estimate by how likely it is.
    likely = 1.0 if finding.probability is None or group != 2 else finding.probability
    return group, -likely, finding.start_seconds or 0.0, finding.id


def lines_of(segments: Sequence[TranscriptSegment], findings: Sequence[tuple[int, Marked]]) -> list[Line]:
    """The utterances with every quoted finding marked on its words."""
    lines = []
    for segment in segments:
        here = [
            (number, f)
            for number, f in findings
            if f.segment == segment.ordinal and f.quote and f.verdict != "absent"
        ]
        lines.append(
            Line(
                segment.speaker,
                segment.start_seconds,
                segment.end_seconds,
                marked(segment.text, here),
                tuple(number for number, _ in here),
                bool(segment.is_doubtful),
            )
        )
    return lines


def marked(text: str, findings: Sequence[tuple[int, Marked]]) -> str:
    """The text as Markdown, each quote on a coloured ground with its number; the rest shown as it is.

    A quote that is not in the text word for word (it ran over two utterances) marks nothing. Where two quotes
    overlap, the longer one is marked and carries both numbers.
    """
    spans: list[tuple[int, int, list[int], str]] = []
    for number, finding in sorted(findings, key=lambda pair: -len(pair[1].quote)):
        at = _free_place(text, finding.quote, spans)
        if at is not None:
            spans.append((at, at + len(finding.quote), [number], _colour(finding)))
            continue
        inside = next((s for s in spans if finding.quote in text[s[0] : s[1]]), None)
        if inside is not None:
            inside[2].append(number)
    parts, after = [], 0
    for begin, end, numbers, colour in sorted(spans):
        label = ",".join(str(n) for n in sorted(numbers))
        parts += [plain(text[after:begin]), f":{colour}-background[**{plain(text[begin:end])}** {label}]"]
        after = end
    return "".join([*parts, plain(text[after:])])


def _free_place(text: str, quote: str, taken: Sequence[tuple[int, int, list[int], str]]) -> int | None:
    """Where the quote stands outside what is marked already: said twice, it is marked twice."""
    at = text.find(quote)
    while at >= 0:
        if all(at + len(quote) <= begin or at >= end for begin, end, _, _ in taken):
            return at
        at = text.find(quote, at + 1)
    return None


def _colour(finding: Marked) -> str:
    if finding.decision == "overturned":
        return "gray"
    return _MARKS.get(finding.severity, "orange") if finding.verdict in FLAGS else "blue"
