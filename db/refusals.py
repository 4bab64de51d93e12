"""What a write answers when it will not do what was asked: one sentence in each language."""

from __future__ import annotations

from datetime import datetime, timedelta

CLOCK_SKEW = timedelta(minutes=5)  # browsers and servers disagree by that much; more is the future


class Refused(ValueError):
    """The input cannot be accepted. Says what is wrong and what to do, in Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en

    def text(self, lang: str = "zh") -> str:
        """The sentence in the language asked for."""
        return self.en if lang == "en" else self.zh


class StaleCase(Refused):
    """Somebody else has changed the row since it was read: look at it again, then decide."""


def refuse_future(at: datetime, now: datetime) -> None:
    """Raises Refused for something that is said to have happened later than now."""
    if at > now + CLOCK_SKEW:
        raise Refused("时间不能晚于现在。", "the time lies in the future")
