"""What stands in for the speech model in the tests, and how they look at what became of a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from db.models import Recording
from inspection.sound.activity import Activity
from inspection.sound.listening import ChannelText
from inspection.transcript import Segment, Word
from jobs.inspecting import Inspector
from settings import Settings
from tests.db.call_rows import NOW

Factory = sessionmaker[Session]


class WrittenEngine:
    """Stands in for the speech model and what is around it: 'hears' what the test wrote, channel after channel."""

    name = "written"
    model_hash = "m" * 64
    settings_hash = "s" * 64
    versions = {"written": "1"}

    def __init__(self, *channels: str, during: Callable[[], None] | None = None) -> None:
        self.channels, self.during, self.heard = list(channels), during, 0

    def texts(
        self, channels: Sequence[Any], engine: object, on_progress: Callable[[float], None]
    ) -> list[ChannelText]:
        texts = []
        for number in range(len(channels)):
            text = self.channels[self.heard % len(self.channels)]
            self.heard += 1
            if self.during is not None:
                self.during()
            on_progress((number + 1) / len(channels))
            step = 1.7 / len(text)
            words = tuple(Word(c, c, 0.1 + i * step, 0.1 + (i + 1) * step, 0.9) for i, c in enumerate(text))
            said = [Segment("unknown", 0.1, 1.8, text, 0.9, words)]
            texts.append(ChannelText(Activity(((0.1, 1.8),), (), 1.0), said, [], []))
        return texts


def inspector(settings: Settings, worker: str = "w", now: datetime = NOW) -> Inspector:
    return Inspector(settings, lambda: now, worker)


def row(factory: Factory, recording_id: int) -> Recording:
    with factory() as session:
        return session.get_one(Recording, recording_id)


def how_many(factory: Factory, table: type[Any]) -> int:
    with factory() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0
