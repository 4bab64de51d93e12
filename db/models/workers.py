"""The workers that are running, as they last said so themselves."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base


class Worker(Base):
    """A `manage.py worker` on some machine. It renews `seen_at` while it lives and removes its row when it stops."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)  # machine and process
    processes: Mapped[int]  # transcriptions that it runs at once
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime] = mapped_column(index=True)
