"""Patterns with slots, as phrase rules write them: `{你|您}自己{看着办|想办法}`, `[你]爱{信|买|来}不*`.

Syntax: `{a|b|c}` one of these; `[x]` x or nothing (`[a|b]` too); `*` up to six characters that are no pause; `<n>` up to
n characters. Everything else stands for itself. Slots do not nest. A pattern must hold two literal characters outside
of `[…]` and `*`, so that it cannot match everything. Compared are normalised characters (inspection/text/wording.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

STAR = 6
"""Characters that `*` may stand for at most."""

_MOST_GAP = 20
_LEAST_LITERAL = 2
_TOKEN = re.compile(r"\{([^{}\[\]<>*]*)\}|\[([^{}\[\]<>*]*)\]|(\*)|<(\d+)>|([^{}\[\]<>*|]+)")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a pattern. `texts` are the alternatives of literal, choice and maybe; `most` the length of a gap."""

    kind: Literal["literal", "choice", "maybe", "gap"]
    texts: tuple[str, ...] = ()
    most: int = 0


def parse(pattern: str) -> tuple[Part, ...]:
    """The parts of a pattern, in order. Raises ValueError saying what is wrong with it."""
    parts: list[Part] = []
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            raise ValueError(f"cannot be read at {pattern[at : at + 5]!r}")
        choice, maybe, star, gap, literal = token.groups()
        if literal is not None:
            parts.append(Part("literal", (literal,)))
        elif star is not None or gap is not None:
            most = STAR if star else int(gap)
            if not 0 < most <= _MOST_GAP:
                raise ValueError(f"a gap is 1 to {_MOST_GAP} characters long")
            parts.append(Part("gap", most=most))
        else:
            texts = tuple((choice if choice is not None else maybe).split("|"))
            if not all(text.strip() for text in texts):
                raise ValueError("an alternative is empty")
            parts.append(Part("choice" if choice is not None else "maybe", texts))
        at = token.end()
    if not parts or parts[0].kind in ("gap", "maybe") or parts[-1].kind in ("gap", "maybe"):
        raise ValueError("it must begin and end with words that have to be there")
    least = sum(min(map(_characters, p.texts)) for p in parts if p.kind in ("literal", "choice"))
    if least < _LEAST_LITERAL:
        raise ValueError(f"it needs {_LEAST_LITERAL} characters that have to be there")
    return tuple(parts)


def pattern_problem(pattern: str) -> str | None:
    """Why the pattern cannot be used; None when it can."""
    try:
        parse(pattern)
    except ValueError as error:
        return str(error)
    return None


@lru_cache(maxsize=4096)
def regex_of(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression over characters as they are written. Raises ValueError as `parse` does."""

    def one(part: Part) -> str:
        if part.kind == "gap":
            return f".{{0,{part.most}}}"
        either = "|".join(re.escape(text) for text in part.texts)
        return f"(?:{either})?" if part.kind == "maybe" else f"(?:{either})"

    return re.compile("".join(map(one, parse(pattern))))


def stands_in(pattern: str, text: str) -> bool:
    """Whether the text, as it is written, holds a match of the pattern that is shorter than itself."""
    found = regex_of(pattern).search(text)
    return found is not None and found.group() != text


def _characters(text: str) -> int:
    return sum(c.isalnum() for c in text)
