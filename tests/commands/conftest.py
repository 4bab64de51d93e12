"""The desks that tests of the command line run on."""

from __future__ import annotations

from tests.commands.desk import bare_desk, desk, migrated_file

__all__ = ["bare_desk", "desk", "migrated_file"]
