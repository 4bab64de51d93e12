"""When two people act on one request, the second is told what has become of it, and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from db.accounts import display_name
from db.refusals import StaleCase
from regulations.names import name_of


def demand_fresh(
    session: Session,
    state: str,
    states: Sequence[str],
    by: str,
    version: int,
    expected_version: int,
    *,
    kind: str = "request_state",
) -> None:
    """Raises StaleCase unless the request is in one of `states` and of the version that was seen.

    `by` is who put it into the state it is in, "" where nobody is named; `kind` is the code list that names states.
    """
    if state not in states:
        zh, en = name_of(kind, state), name_of(kind, state, "en").lower()
        who = display_name(session, by) if by else ""
        raise StaleCase(
            f"{who or '这份申请'}刚才已处理：{zh}。请查看最新内容。",
            f"{who or 'somebody'} was quicker: it is {en} already. Look at it again.",
        )
    if version != expected_version:
        raise StaleCase(
            "这份申请刚才有变动，请查看最新内容后再处理。",
            "the request has just changed: look at it again, then decide",
        )
