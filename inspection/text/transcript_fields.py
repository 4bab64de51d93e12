"""The fields of a transcript file (contract.md), each read or refused by its name."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from inspection.text.utterances import Segment, Word
from regulations.names import NAMES

# Guards against a file that is not a transcript of one contact; far above any real call.
MAX_SEGMENTS = 20_000
MAX_TEXT_CHARACTERS = 5_000
MAX_SECONDS = 24 * 3600.0
MAX_CALL_ID_CHARACTERS = 80
MAX_ALTERNATIVES = 20  # of a word
MIN_LOGPROB = -1_000.0
MIN_LEVEL_DB = -200.0

SPEAKERS = tuple(NAMES["speaker"])
_WORD_SLACK_SECONDS = 0.5  # other recognisers let words stick out of their utterance a little

HANGUP_BY = ("agent", "customer", "unknown")


class TranscriptError(ValueError):
    """A transcript file that cannot be used. `field` is the place in the file, such as `segments[3].end`."""

    def __init__(self, field: str, zh: str, en: str) -> None:
        super().__init__(f"{field}: {en}")
        self.field = field
        self.zh = f"{field}:{zh}"
        self.en = f"{field}: {en}"


def call_id_of(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise TranscriptError("call_id", "缺少，或不是文字", "missing, or not text")
    if len(value) > MAX_CALL_ID_CHARACTERS:
        raise TranscriptError(
            "call_id",
            f"超过 {MAX_CALL_ID_CHARACTERS} 个字符",
            f"longer than {MAX_CALL_ID_CHARACTERS} characters",
        )
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        raise TranscriptError("call_id", "含有控制字符", "contains control characters")
    return value.strip()


def code_of(data: Mapping[str, Any], key: str, known: tuple[str, ...], default: str, where: str = "") -> str:
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or value not in known:
        shown = repr(value)[:40]
        raise TranscriptError(
            f"{where}{key}",
            f"{shown} 不在 {'、'.join(known)} 之中",
            f"{shown} is not one of {', '.join(known)}",
        )
    return value


def segment_of(value: object, where: str) -> Segment:
    if not isinstance(value, Mapping):
        raise TranscriptError(where, "不是一个 JSON 对象", "not a JSON object")
    text = value.get("text")
    if not isinstance(text, str):
        raise TranscriptError(f"{where}.text", "缺少，或不是文字", "missing, or not text")
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TranscriptError(
            f"{where}.text",
            f"超过 {MAX_TEXT_CHARACTERS} 个字符",
            f"longer than {MAX_TEXT_CHARACTERS} characters",
        )
    text = _without_control(text)
    start, end = _seconds(value, "start", where), _seconds(value, "end", where)
    if end < start:
        raise TranscriptError(
            f"{where}.end", f"{end} 早于开始 {start}", f"{end} is before the start, {start}"
        )
    confidence = value.get("confidence")
    if confidence is not None:
        confidence = _number(confidence, f"{where}.confidence")
        if not 0 <= confidence <= 1:
            raise TranscriptError(f"{where}.confidence", "应在 0 与 1 之间", "must be between 0 and 1")
    speaker = code_of(value, "speaker", SPEAKERS, "unknown", f"{where}.")
    is_doubtful = value.get("is_doubtful")
    if is_doubtful is not None and not isinstance(is_doubtful, bool):
        raise TranscriptError(f"{where}.is_doubtful", "应为 true 或 false", "must be true or false")
    words = _words(value.get("words"), text, start, end, confidence, where)
    level = value.get("level_db")
    if level is not None:
        level = _number(level, f"{where}.level_db")
        if not MIN_LEVEL_DB <= level <= 0:
            raise TranscriptError(
                f"{where}.level_db",
                f"应在 {MIN_LEVEL_DB:g} 与 0 之间（满刻度以下的分贝）",
                f"must be between {MIN_LEVEL_DB:g} and 0 (decibels below full scale)",
            )
    return Segment(speaker, start, end, text, confidence, words, bool(is_doubtful), level_db=level)


def _words(
    value: object, text: str, start: float, end: float, confidence: float | None, where: str
) -> tuple[Word, ...]:
    """The words of a segment: joined they are its text, and their times run forward inside it."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise TranscriptError(f"{where}.words", "不是列表", "not a list")
    words: list[Word] = []
    for number, one in enumerate(value):
        word = _word(one, f"{where}.words[{number}]", 1.0 if confidence is None else confidence)
        earliest, since = (
            (words[-1].start, "上一个词的开始") if words else (start - _WORD_SLACK_SECONDS, "本段的开始")
        )
        if word.start < earliest:
            raise TranscriptError(
                f"{where}.words[{number}].start",
                f"{word.start} 早于{since}",
                f"{word.start} is before the word or segment it follows",
            )
        if word.end > end + _WORD_SLACK_SECONDS:
            raise TranscriptError(
                f"{where}.words[{number}].end",
                f"{word.end} 晚于本段的结束 {end}",
                f"{word.end} is after the segment's end, {end}",
            )
        words.append(word)
    if words and "".join(w.text for w in words) != text:
        raise TranscriptError(
            f"{where}.words",
            "各词连起来不是本段的 text（标点与空格也要写在词里）",
            "joined they are not the segment's text (punctuation and blanks belong to the words)",
        )
    return tuple(words)


def _word(value: object, where: str, default: float) -> Word:
    if not isinstance(value, Mapping):
        raise TranscriptError(where, "不是一个 JSON 对象", "not a JSON object")
    texts = {}
    for key in ("text", "raw"):
        text = value.get(key, value.get("text"))
        if not isinstance(text, str):
            raise TranscriptError(f"{where}.{key}", "缺少，或不是文字", "missing, or not text")
        texts[key] = _without_control(text)
    if len(texts["raw"]) != len(texts["text"]):
        raise TranscriptError(
            f"{where}.raw", "与 text 的字数不同", "does not have as many characters as the text"
        )
    start, end = _seconds(value, "start", where), _seconds(value, "end", where)
    if end < start:
        raise TranscriptError(
            f"{where}.end", f"{end} 早于开始 {start}", f"{end} is before the start, {start}"
        )
    probability = default
    if value.get("probability") is not None:
        probability = _number(value["probability"], f"{where}.probability")
        if not 0 <= probability <= 1:
            raise TranscriptError(f"{where}.probability", "应在 0 与 1 之间", "must be between 0 and 1")
    alternatives = _alternatives(value.get("alternatives"), texts["text"], where)
    return Word(texts["raw"], texts["text"], start, end, probability, alternatives)


def _alternatives(value: object, text: str, where: str) -> tuple[tuple[str, float], ...]:
    """[[spelling, log-probability], …]: each as long as the word, the word itself among them, none twice."""
    where = f"{where}.alternatives"
    if value is None or value == []:
        return ()
    if not isinstance(value, list):
        raise TranscriptError(where, "不是列表", "not a list")
    if len(value) > MAX_ALTERNATIVES:
        raise TranscriptError(where, f"超过 {MAX_ALTERNATIVES} 种", f"more than {MAX_ALTERNATIVES}")
    read: dict[str, float] = {}
    for number, one in enumerate(value):
        place = f"{where}[{number}]"
        if not isinstance(one, list) or len(one) != 2 or not isinstance(one[0], str):
            raise TranscriptError(place, "应为 [文字, 对数概率]", "must be [text, log-probability]")
        spelling, score = _without_control(one[0]), _number(one[1], f"{place}[1]")
        if len(spelling) != len(text):
            raise TranscriptError(
                f"{place}[0]", "与本词的字数不同", "does not have as many characters as the word"
            )
        if spelling in read:
            raise TranscriptError(f"{place}[0]", "重复", "stands there twice")
        if not MIN_LOGPROB <= score <= 0:
            raise TranscriptError(
                f"{place}[1]",
                f"对数概率应在 {MIN_LOGPROB:g} 与 0 之间",
                f"a log-probability lies between {MIN_LOGPROB:g} and 0",
            )
        read[spelling] = score
    if text not in read:
        raise TranscriptError(where, "缺少本词自己的评分", "the word's own score is missing")
    return tuple(read.items())


def _without_control(text: str) -> str:
    """Half a surrogate pair or a NUL would be refused much later, by the database."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def _seconds(value: Mapping[str, Any], key: str, where: str) -> float:
    if value.get(key) is None:
        raise TranscriptError(f"{where}.{key}", "缺少", "missing")
    seconds = _number(value[key], f"{where}.{key}")
    if not 0 <= seconds <= MAX_SECONDS:
        raise TranscriptError(
            f"{where}.{key}",
            f"应在 0 与 {MAX_SECONDS:.0f} 秒之间",
            f"must be between 0 and {MAX_SECONDS:.0f} seconds",
        )
    return seconds


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TranscriptError(where, "不是数字", "not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise TranscriptError(where, "不是有限的数字", "not a finite number")
    return number
