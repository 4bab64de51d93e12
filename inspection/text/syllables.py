"""How Chinese characters sound: one code for all that a dialect or a telephone mixes up."""

from __future__ import annotations

import re
from threading import Lock

from inspection.text.lexicon import LEXICON
from inspection.text.tracks import BREAK

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_FOLDS = (
    (re.compile(r"^([zcs])h"), r"\1"),
    (re.compile(r"^n(?=.)"), "l"),
    (re.compile(r"^f(?=[ae])"), "hu"),  # fei hui, fan huan
    (re.compile(r"^fu$"), "hu"),
    (re.compile(r"^hue"), "hu"),  # fei → huei → hui, fen → huen → hun
    (re.compile(r"(?<=[aei])ng$"), "n"),
)
_INITIALS = "bpmfdtnlgkhjqxzcsrwy"
_FIRST_CODE = 0xE000  # private use: one character for each folded syllable


class Syllables(dict[int, str]):
    """Characters, as str.translate asks for them, to the code of their folded syllable; met once, then known."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._codes: dict[str, str] = {}
        self._parts: dict[str, tuple[str, str]] = {}
        self.common: set[str] = set()

    def are_akin(self, one: str, other: str) -> bool:
        """Whether two syllables begin or end alike."""
        first, second = self._parts.get(one), self._parts.get(other)
        return first is not None and second is not None and (first[0] == second[0] or first[1] == second[1])

    def __missing__(self, point: int) -> str:
        character = chr(point)
        plain = syllable(character)
        if character == BREAK or not plain:
            code = character
        else:
            code = self._code(_folded(plain))
            if plain in LEXICON.common_syllables:
                self.common.add(code)
        self[point] = code
        return code

    def _code(self, folded: str) -> str:
        with self._lock:  # two threads that meet new syllables at once must not give them one code
            code = self._codes.setdefault(folded, chr(_FIRST_CODE + len(self._codes)))
        final = folded.lstrip(_INITIALS)
        self._parts[code] = (folded.removesuffix(final), final)
        return code


def syllable(character: str) -> str:
    """The usual reading of a Chinese character or a digit without its tone; nothing for anything else."""
    spoken = _DIGITS.get(character, character)
    if spoken < "\u3400":
        return ""
    from pypinyin import (
        Style,
        pinyin,
    )  # its dictionaries take 0.16 s to import, and most processes never judge

    read = pinyin(spoken, style=Style.NORMAL, errors="ignore", v_to_u=False)
    return read[0][0] if read else ""


def _folded(plain: str) -> str:
    for pattern, into in _FOLDS:
        plain = pattern.sub(into, plain)
    return plain


SYLLABLES = Syllables()


def sound_of(text: str) -> str:
    """A compared text as one code a character; characters that sound alike have the same code. Keeps the length."""
    return text.translate(SYLLABLES)
