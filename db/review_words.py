"""What people type, as it is kept: one place for every reason, note and quote of a judgement."""

from __future__ import annotations

MOST_WORDS = 500  # characters of a reason, a note or a quote


def tidy(text: str, most: int | None = MOST_WORDS) -> str:
    """The text without what no database stores (NUL, halves of characters), trimmed and cut to `most` characters."""
    stored = text.encode("utf-8", "ignore").decode("utf-8").replace("\x00", "").strip()
    return stored if most is None else stored[:most].rstrip()
