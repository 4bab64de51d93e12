"""How many threads torch may use in this process."""

from __future__ import annotations

import contextlib

import torch


def hold(threads: int) -> None:
    """At most `threads` at work at once; 0 leaves torch's own choice.

    torch keeps a second pool for work beside other work, as large as the machine: nothing here uses it, and nothing
    shall start it.
    """
    if threads > 0:
        torch.set_num_threads(threads)
        with contextlib.suppress(RuntimeError):  # it has started already
            torch.set_num_interop_threads(1)
